//! `nfc.ntag424`: a tag that makes a new, keyed message for each tap (NXP NTAG 424 DNA, SUN, AES mode).
//!
//! | module | holds |
//! |---|---|
//! | [`aes`](AesKey) | keys, key diversification (AN10922) |
//! | [`sun`] | one message: its keys, its MAC, its file data |
//! | [`url`](Layout) | the message within the address that the tag shows to a phone |
//!
//! ```text
//! reference   uid   14 hex digits, read at the line
//! evidence    url   the address, or its query, as the tag mirrored it
//! body        UID, 7 bytes; the key names meta and file keys
//! ```
//! What is said of a message:
//!
//! | found | outcome | why |
//! |---|---|---|
//! | MAC fits, UID of this item, counter above all earlier ones | Genuine, fresh | only the tag holds the key |
//! | same or lower counter | already used | a browser that reloads sends the same address: tap again |
//! | loop of the seal was cut | Suspect | the tag is true; what is in the pack may not be |
//! | MAC fits, UID of another item | Suspect | a tag was moved, or two were swapped at the line |
//! | MAC differs | Counterfeit | no tag of ours made this message |
//! | LRP, no counter, no UID, not of the form | Inconclusive | says nothing |
//!
//! A message whose UID is not known, or whose PICC data decrypt to nonsense, costs the same work and gets the same answer as a
//! wrong MAC, so that nobody learns which UIDs exist. When the code on the pack is not known either, [`Ntag424::decoy`] is the
//! enrolment to read against.
//!
//! It stops copies and replays. It does not stop a tag that is peeled off and stuck on another pack: that is what the seal's
//! loop (TagTamper) is for.

mod aes;
pub mod sun;
mod url;

pub use aes::{AesKey, DIVERSIFICATION_BYTES_MAX, KeyError, MasterKey, diversify};
pub use sun::{Counter, Opened, SunError, Uid};
pub use url::{Bulk, Layout, MacFrom, Separate, URL_BYTES_MAX, UrlError};

use crate::check::{Check, Context, EnrolError, Item, Reading, Resistance};
use crate::claim::{Claim, Slot};
use crate::enrolment::Enrolment;
use crate::fields::Fields;
use crate::keys::Keys;
use crate::names::Kind;
use crate::outcome::{Confidence, Outcome, Verdict};
use crate::reasons;
use subtle::ConstantTimeEq as _;

/// The kind.
pub const KIND: Kind = Kind::ours("nfc.ntag424");
/// SUN in AES mode.
const ALGORITHM: u16 = 1;

/// How the file key of one tag comes of the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Diversification {
    /// All tags share it: whoever opens one chip opens them all.
    Shared,
    /// AN10922 over UID and these bytes (application, system), at most 24.
    An10922(Vec<u8>),
}

/// The keys of a series of tags.
#[derive(Clone, Debug)]
pub struct TagKeys {
    /// `K_SDMMetaRead`, which all of a series share: the UID is not known before it is used.
    pub meta: MasterKey,
    /// The master of `K_SDMFileRead`.
    pub file: MasterKey,
    /// How each tag's own comes of it.
    pub diversification: Diversification,
}

impl TagKeys {
    /// The file key of one tag; `None` when the diversification is longer than AN10922 takes.
    fn file_key(&self, uid: &Uid) -> Option<AesKey> {
        match &self.diversification {
            Diversification::Shared => Some(self.file.key().clone()),
            Diversification::An10922(suffix) => diversify(self.file.key(), &[&uid.0, suffix.as_slice()].concat()).ok(),
        }
    }
}

/// Does the tag say whether its seal was cut, and where?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// A tag without a loop.
    None,
    /// Two characters of the encrypted file data, from this byte on: as it was for good, and as it is now. `CC` is intact, an
    /// `O` in either place is cut. A status in clear outside the MAC could be written by anybody and is not read.
    InFile(u8),
}

/// The check.
#[derive(Clone, Debug)]
pub struct Ntag424 {
    keys: Keys<TagKeys>,
    layout: Layout,
    tamper: Tamper,
}

impl Ntag424 {
    /// A check for tags that are set up in this way.
    #[must_use]
    pub const fn new(keys: Keys<TagKeys>, layout: Layout, tamper: Tamper) -> Self {
        Self { keys, layout, tamper }
    }

    /// An enrolment that no tag fits, to be read against when there is none: the answer takes as long, and is no other.
    #[must_use]
    pub fn decoy(&self) -> Option<Enrolment> {
        Enrolment::new(KIND, ALGORITHM, Some(self.keys.current().0.clone()), vec![0; Uid::LEN]).ok()
    }

    /// Which tag sent this, when the address names no item: its UID, of a message whose MAC fits under one of the keys. All
    /// of them are tried, whichever fits.
    ///
    /// It claims nothing: [`Check::read`] has to follow, against the item's enrolment or the [`Self::decoy`].
    #[must_use]
    pub fn identify(&self, evidence: &Fields) -> Option<Uid> {
        self.keys.all().filter_map(|keys| self.open(keys, evidence).ok()).fold(None, |found, opened| {
            // No short cut at the first: an old key must not take longer than a new one.
            found.or(Some(opened.uid))
        })
    }

    fn open(&self, keys: &TagKeys, evidence: &Fields) -> Result<Opened, Outcome> {
        let unreadable = || Outcome::inconclusive(reasons::EVIDENCE_UNREADABLE);
        let message = match evidence.text("url").map(|url| self.layout.parse(url)) {
            Ok(Ok(message)) => message,
            Ok(Err(UrlError::Message(SunError::Lrp))) => return Err(Outcome::inconclusive(reasons::NFC_LRP)),
            Ok(Err(_)) | Err(_) => return Err(unreadable()),
        };
        sun::open(&message, keys.meta.key(), |uid| keys.file_key(uid)).map_err(|error| match error {
            SunError::MacDiffers => {
                Outcome::new(Verdict::Counterfeit, Confidence::percent(95), reasons::NFC_MAC_DIFFERS)
            }
            SunError::NoCounter => Outcome::inconclusive(reasons::NFC_NO_COUNTER),
            SunError::NoUid => Outcome::inconclusive(reasons::NFC_NO_UID),
            SunError::Lrp => Outcome::inconclusive(reasons::NFC_LRP),
            SunError::FileKey => Outcome::inconclusive(reasons::KEY_MISSING),
            SunError::Picc(_) | SunError::File(_) => unreadable(),
        })
    }

    /// What the seal says of a message whose MAC fits.
    fn seal(&self, opened: &Opened) -> Result<(), Outcome> {
        let Tamper::InFile(offset) = self.tamper else { return Ok(()) };
        let from = usize::from(offset);
        let status = opened.file.as_deref().and_then(|file| file.get(from..from + 2));
        match status {
            Some(b"CC") => Ok(()),
            Some([b'C' | b'O', b'C' | b'O']) => {
                Err(Outcome::new(Verdict::Suspect, Confidence::percent(95), reasons::NFC_OPENED))
            }
            // A loop that was never closed, or data of another layout: not intact, and not known to be cut.
            _ => Err(Outcome::inconclusive(reasons::NFC_SEAL_UNREADABLE)),
        }
    }
}

impl Check for Ntag424 {
    fn kind(&self) -> Kind {
        KIND
    }

    fn resistance(&self) -> Resistance {
        Resistance::High
    }

    fn enrol(&self, _: &Item, reference: &Fields, _: &[u8; 32]) -> Result<Enrolment, EnrolError> {
        let uid = reference.hex("uid")?;
        let wrong = EnrolError::Value { field: "uid", expected: "the 7 bytes of an NTAG 424 DNA's UID" };
        // NXP's own first byte. All zero is the decoy's.
        if uid.len() != Uid::LEN || uid.first() != Some(&0x04) {
            return Err(wrong);
        }
        Ok(Enrolment::new(KIND, ALGORITHM, Some(self.keys.current().0.clone()), uid)?)
    }

    fn read(&self, enrolment: &Enrolment, evidence: &Fields, _: Context<'_>) -> Result<Reading, Outcome> {
        let unreadable = || Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE);
        let enrolled: [u8; Uid::LEN] = enrolment.body().try_into().map_err(|_| unreadable())?;
        if enrolment.kind() != &KIND || enrolment.algorithm() != ALGORITHM {
            return Err(unreadable());
        }
        let keys = enrolment.key().and_then(|id| self.keys.get(id));
        let keys = keys.ok_or_else(|| Outcome::inconclusive(reasons::KEY_MISSING))?;
        let opened = match self.open(keys, evidence) {
            Ok(opened) => opened,
            Err(outcome) => return Ok(Reading::of(outcome)),
        };
        if !bool::from(opened.uid.0.ct_eq(&enrolled)) {
            let other = Outcome::new(Verdict::Suspect, Confidence::percent(90), reasons::NFC_OTHER_TAG);
            return Ok(Reading::of(other));
        }
        let fits = || Outcome::new(Verdict::Genuine, Confidence::percent(99), reasons::NFC_FITS);
        let finding = self.seal(&opened).map_or_else(|outcome| outcome, |()| fits());
        let slot = Slot::of(&KIND, &[&opened.uid.0]);
        Ok(Reading { claim: Claim::Advance { slot, counter: opened.counter.get() }, finding })
    }
}

#[cfg(test)]
mod tests;
