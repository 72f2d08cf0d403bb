//! One SUN message in AES mode (NXP AN12196).
//!
//! ```text
//! PICC data = AES-CBC-decrypt(K_meta, IV 0, 16 bytes)
//!             [0] tag: bit 7 UID present, bit 6 counter present, low nibble length of the UID: 0xC7
//!             [1..8) UID    [8..11) counter, LITTLE endian
//! SV1 = C33C 0001 0080 ‖ UID ‖ counter, little endian, zeros to 16     K_enc = CMAC(K_file, SV1)
//! SV2 = 3CC3 0001 0080 ‖ UID ‖ counter, little endian, zeros to 16     K_mac = CMAC(K_file, SV2)
//! MAC       = bytes 1, 3, 5 … 15 of CMAC(K_mac, text between the offsets as it was mirrored, which may be empty)
//! file data = AES-CBC-decrypt(K_enc, IV = AES(K_enc, counter, little endian ‖ 13 zero bytes))
//! ```
//! Mirrored in clear the counter is six digits, BIG endian. 24 bytes of PICC data are of LRP mode: recognised, and refused by
//! name.
//!
//! Every message that has the form costs one decryption, one file key and two CMACs, whatever is in it; a single comparison in
//! constant time decides. File data are decrypted only behind a MAC that fits.

use super::aes::{AesKey, Block};
use std::fmt;
use subtle::{Choice, ConstantTimeEq as _};
use thiserror::Error;

/// Bytes of encrypted file data: a tag's file has 256.
pub const FILE_BYTES_MAX: usize = 256;
/// Bytes of a MAC as it is mirrored.
pub const MAC_BYTES: usize = 8;

/// Why there is nothing to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SunError {
    /// 24 bytes of PICC data.
    #[error("the tag is in LRP mode, which is not read here. Hint: set the tags up in AES mode")]
    Lrp,
    /// Neither 16 nor 24 bytes.
    #[error("PICC data of {0} bytes, expected 16")]
    Picc(usize),
    /// Not whole blocks, or too many.
    #[error("file data of {0} bytes, expected whole blocks of 16, at most {FILE_BYTES_MAX} bytes")]
    File(usize),
    /// Made by somebody without the key, or altered; also when the PICC data decrypt to nonsense.
    #[error("the MAC does not fit the message")]
    MacDiffers,
    /// A true message of a tag that mirrors no counter, which everybody can send again.
    #[error("the message has no counter. Hint: set the tags up to mirror SDMReadCtr")]
    NoCounter,
    /// PICC data without a UID.
    #[error("the message has no UID. Hint: set the tags up to mirror the UID")]
    NoUid,
    /// There is no file key for the tag.
    #[error("there is no file key for this tag")]
    FileKey,
}

/// The number of a chip, 7 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub [u8; 7]);

impl Uid {
    /// Bytes.
    pub const LEN: usize = 7;
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uid(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
        f.write_str(")")
    }
}

/// How often the tag was read: 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Counter([u8; 3]);

impl Counter {
    /// As it stands in PICC data and in the session vectors.
    #[must_use]
    pub const fn from_little_endian(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    /// As it stands in an address in clear.
    #[must_use]
    pub const fn from_big_endian([high, middle, low]: [u8; 3]) -> Self {
        Self([low, middle, high])
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        let [low, middle, high] = self.0;
        u32::from_le_bytes([low, middle, high, 0])
    }
}

/// Who the tag says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picc {
    /// Under the meta key.
    Encrypted([u8; 16]),
    /// In clear.
    Plain {
        /// The chip.
        uid: Uid,
        /// Its counter.
        counter: Counter,
    },
}

impl Picc {
    /// Encrypted PICC data.
    ///
    /// # Errors
    /// [`SunError::Lrp`] of 24 bytes, [`SunError::Picc`].
    pub fn encrypted(bytes: &[u8]) -> Result<Self, SunError> {
        match (bytes.try_into(), bytes.len()) {
            (Ok(bytes), _) => Ok(Self::Encrypted(bytes)),
            (Err(_), 24) => Err(SunError::Lrp),
            (Err(_), length) => Err(SunError::Picc(length)),
        }
    }
}

/// A message of the right form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    picc: Picc,
    file: Option<Vec<u8>>,
    mac: [u8; MAC_BYTES],
    mac_input: Vec<u8>,
}

impl Message {
    /// Puts a message together; `mac_input` is the text that the MAC is over, as it was mirrored.
    ///
    /// # Errors
    /// [`SunError::File`].
    pub fn new(picc: Picc, file: Option<Vec<u8>>, mac: [u8; MAC_BYTES], mac_input: Vec<u8>) -> Result<Self, SunError> {
        if let Some(file) = &file
            && (file.is_empty() || !file.len().is_multiple_of(16) || file.len() > FILE_BYTES_MAX)
        {
            return Err(SunError::File(file.len()));
        }
        Ok(Self { picc, file, mac, mac_input })
    }
}

/// A message whose MAC fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The chip.
    pub uid: Uid,
    /// Its counter, used up by nobody yet.
    pub counter: Counter,
    /// The decrypted file data, when the message has some.
    pub file: Option<Vec<u8>>,
}

/// The keys of one tap.
#[derive(Clone, Debug)]
pub struct SessionKeys {
    /// Of file data.
    pub enc: AesKey,
    /// Of the MAC.
    pub mac: AesKey,
}

/// The keys of one tap: `shown` is the UID and the counter in little endian, as far as they are mirrored.
fn session_keys(file_key: &AesKey, shown: &[u8]) -> SessionKeys {
    let vector = |prefix: [u8; 2]| {
        let mut block: Block = [0; 16];
        let bytes = prefix.into_iter().chain([0x00, 0x01, 0x00, 0x80]).chain(shown.iter().copied());
        block.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        AesKey::new(file_key.cmac(&block))
    };
    SessionKeys { enc: vector([0xC3, 0x3C]), mac: vector([0x3C, 0xC3]) }
}

/// The keys of one tap of a tag.
#[must_use]
pub fn session_keys_of(file_key: &AesKey, uid: &Uid, counter: Counter) -> SessionKeys {
    session_keys(file_key, &[uid.0.as_slice(), &counter.0].concat())
}

/// What PICC data show, and whether they are any.
struct Shown {
    uid: Option<Uid>,
    counter: Option<Counter>,
    sane: Choice,
}

impl Shown {
    fn of(picc: &Picc, meta: &AesKey) -> Self {
        // Plain data are decrypted as well, to nothing, so that both forms cost the same.
        let data = match picc {
            Picc::Encrypted(data) => *data,
            Picc::Plain { .. } => [0; 16],
        };
        let clear = meta.cbc_decrypt(&[0; 16], &data);
        if let Picc::Plain { uid, counter } = picc {
            return Self { uid: Some(*uid), counter: Some(*counter), sane: Choice::from(1) };
        }
        let Some((tag, rest)) = clear.split_first() else { return Self::nonsense() };
        let (has_uid, has_counter, uid_bytes) = (tag & 0x80 != 0, tag & 0x40 != 0, tag & 0x0F);
        if has_uid && usize::from(uid_bytes) != Uid::LEN {
            return Self::nonsense();
        }
        let (uid, rest) = match rest.split_first_chunk() {
            Some((uid, rest)) if has_uid => (Some(Uid(*uid)), rest),
            _ => (None, rest),
        };
        let counter = rest.first_chunk().filter(|_| has_counter).map(|bytes| Counter(*bytes));
        Self { uid, counter, sane: Choice::from(1) }
    }

    /// Decrypted to no PICC data: the work goes on with a UID that no tag has.
    fn nonsense() -> Self {
        Self { uid: Some(Uid([0; Uid::LEN])), counter: Some(Counter([0; 3])), sane: Choice::from(0) }
    }
}

/// Opens a message. `file_key` gives the key of a tag, for any UID.
///
/// # Errors
/// [`SunError`]; of a message that nobody with the key made it is always [`SunError::MacDiffers`].
pub fn open(
    message: &Message,
    meta: &AesKey,
    file_key: impl FnOnce(&Uid) -> Option<AesKey>,
) -> Result<Opened, SunError> {
    let shown = Shown::of(&message.picc, meta);
    let key = file_key(&shown.uid.unwrap_or(Uid([0; Uid::LEN]))).ok_or(SunError::FileKey)?;
    let uid = shown.uid.iter().flat_map(|uid| uid.0);
    let bytes: Vec<u8> = uid.chain(shown.counter.iter().flat_map(|counter| counter.0)).collect();
    let session = session_keys(&key, &bytes);
    let full = session.mac.cmac(&message.mac_input);
    let short: Vec<u8> = full.iter().skip(1).step_by(2).copied().collect();
    if !bool::from(short.ct_eq(&message.mac) & shown.sane) {
        return Err(SunError::MacDiffers);
    }
    let uid = shown.uid.ok_or(SunError::NoUid)?;
    let counter = shown.counter.ok_or(SunError::NoCounter)?;
    let file = message.file.as_ref().map(|file| {
        let [low, middle, high] = counter.0;
        let mut block: Block = [0; 16];
        block.iter_mut().zip([low, middle, high]).for_each(|(to, from)| *to = from);
        session.enc.cbc_decrypt(&session.enc.encrypt_block(block), file)
    });
    Ok(Opened { uid, counter, file })
}
