//! An ed25519 seed (RFC 8032) and its two file formats: 64 hexadecimal digits and a line feed, or [`sealed`](crate::sealed)
//! under a passphrase.

use crate::file::{self, KeyError};
use crate::passphrase::Unlock;
use crate::sealed::{self, Cost};
use ed25519_dalek::SigningKey;
use std::fmt;
use std::path::Path;
use tracelight_domain::ids::PublicKey;
use zeroize::Zeroizing;

const EXPECTED: &str = "64 hexadecimal digits, nor an encrypted key";

/// An ed25519 seed; wiped from memory when dropped.
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// A new one.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self(file::random()?))
    }

    /// A seed that is known, for tests.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads a key file of either format; `unlock` says where the passphrase of an encrypted one comes from.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn read(path: &Path, unlock: &Unlock) -> Result<Self, KeyError> {
        let text = file::read(path, sealed::FILE_BYTES_MAX, EXPECTED)?;
        if sealed::is_sealed(&text) {
            let claimed = sealed::public(path, &text)?;
            let seed = Self(sealed::open(path, &text, &unlock.passphrase(path)?)?);
            // Under the seal, so only the program that sealed it can have been wrong.
            let expected = "the seed of the public key that it names";
            let same = seed.public() == claimed;
            return if same { Ok(seed) } else { Err(KeyError::Format { path: path.to_owned(), expected }) };
        }
        let mut seed = Zeroizing::new([0; 32]);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        hex::decode_to_slice(text.strip_suffix('\r').unwrap_or(text), seed.as_mut())
            .map_err(|_| KeyError::Format { path: path.to_owned(), expected: EXPECTED })?;
        Ok(Self(seed))
    }

    /// The public half of a key file; of an encrypted one as it claims, without the passphrase.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn public_of(path: &Path) -> Result<PublicKey, KeyError> {
        let text = file::read(path, sealed::FILE_BYTES_MAX, EXPECTED)?;
        if sealed::is_sealed(&text) {
            sealed::public(path, &text)
        } else {
            Ok(Self::read(path, &Unlock::Terminal)?.public())
        }
    }

    /// Writes a new plain key file, mode 0600. An existing file is never overwritten.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        file::write_new(path, &Zeroizing::new(format!("{}\n", hex::encode(self.0.as_slice()))))
    }

    /// Writes a new encrypted key file, mode 0600. An existing file is never overwritten.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn write_sealed(&self, path: &Path, passphrase: &str) -> Result<(), KeyError> {
        self.write_sealed_at(path, passphrase, Cost::default())
    }

    fn write_sealed_at(&self, path: &Path, passphrase: &str, cost: Cost) -> Result<(), KeyError> {
        file::write_new(path, &sealed::seal(path, &self.0, self.public(), passphrase, cost)?)
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(SigningKey::from_bytes(&self.0).verifying_key().to_bytes())
    }

    /// The seed, for whoever signs with it.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<[u8; 32]> {
        self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed(of {})", self.public())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    struct Scratch(tempfile::TempDir);

    impl Scratch {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("scratch"))
        }
        fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
            let path = self.0.path().join(name);
            std::fs::write(&path, text).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("our own file");
            path
        }
        fn passphrase(&self, text: &str) -> Unlock {
            Unlock::File(self.file("passphrase", text, 0o600))
        }
    }

    #[test]
    fn both_formats_are_read_back() {
        let scratch = Scratch::new();
        let seed = Seed::generate().expect("random");
        let (plain, sealed) = (scratch.0.path().join("plain"), scratch.0.path().join("sealed"));
        seed.write_new(&plain).expect("written");
        seed.write_sealed_at(&sealed, "correct horse", CHEAP).expect("written");
        for path in [&plain, &sealed] {
            let mode = std::fs::metadata(path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert_eq!(Seed::public_of(path).expect("a key"), seed.public());
            assert!(matches!(seed.write_new(path), Err(KeyError::Io { .. })), "never overwritten");
        }
        assert_eq!(Seed::read(&plain, &Unlock::Terminal).expect("plain").public(), seed.public());
        let read = Seed::read(&sealed, &scratch.passphrase("correct horse\n")).expect("opens");
        assert_eq!(read.into_bytes(), seed.0);
        let text = std::fs::read_to_string(&sealed).expect("text");
        assert!(!text.contains(&hex::encode(seed.0.as_slice())), "the seed is not in the file");
        let wrong = Seed::read(&sealed, &scratch.passphrase("wrong horse"));
        assert!(matches!(wrong, Err(KeyError::WrongPassphrase { .. })), "{wrong:?}");
    }

    #[test]
    fn every_changed_byte_of_an_encrypted_key_is_noticed() {
        let scratch = Scratch::new();
        let path = scratch.0.path().join("sealed");
        let seed = Seed::from_bytes([7; 32]);
        seed.write_sealed_at(&path, "secret", CHEAP).expect("written");
        let text = std::fs::read_to_string(&path).expect("text");
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            // Another digit where there is a digit, so that the form stays as it is.
            changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
            let changed = String::from_utf8(changed).expect("still text");
            assert!(sealed::open(&path, &changed, "secret").is_err(), "byte {at}: {changed}");
        }
        for cut in 0..text.len() {
            assert!(sealed::open(&path, &text[..cut], "secret").is_err(), "cut at {cut}");
        }
        assert!(sealed::open(&path, &format!("{text}\n"), "secret").is_err());
    }

    #[test]
    fn a_file_that_asks_for_the_whole_machine_is_refused() {
        let scratch = Scratch::new();
        let path = scratch.0.path().join("sealed");
        Seed::from_bytes([7; 32]).write_sealed_at(&path, "secret", CHEAP).expect("written");
        let text = std::fs::read_to_string(&path).expect("text");
        for (from, to) in [("m=64 ", "m=4294967295 "), ("t=1 ", "t=4294967295 "), ("p=1 ", "p=255 "), ("m=64 ", "m=1 ")]
        {
            let found = sealed::open(&path, &text.replace(from, to), "secret");
            assert!(matches!(found, Err(KeyError::Cost { .. })), "{to}: {found:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let scratch = Scratch::new();
        let open = scratch.file("open", &"07".repeat(32), 0o640);
        assert!(matches!(Seed::read(&open, &Unlock::Terminal), Err(KeyError::Open { mode: 0o640, .. })));
        for (index, text) in ["", "07", &"07".repeat(33), &"0z".repeat(32), "tracelight-key v2\n"].iter().enumerate() {
            let path = scratch.file(&index.to_string(), text, 0o600);
            let found = Seed::read(&path, &scratch.passphrase("x"));
            assert!(matches!(found, Err(KeyError::Format { .. })), "`{text}`: {found:?}");
        }
        let absent = Seed::read(Path::new("/nonexistent/key"), &Unlock::Terminal);
        assert!(matches!(absent, Err(KeyError::Io { .. })));
        let sealed = scratch.0.path().join("sealed");
        Seed::from_bytes([7; 32]).write_sealed_at(&sealed, "x", CHEAP).expect("written");
        let others = Unlock::File(scratch.file("others", "x", 0o644));
        assert!(matches!(Seed::read(&sealed, &others), Err(KeyError::Open { mode: 0o644, .. })));
    }
}
