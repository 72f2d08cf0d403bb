//! The physical marks that this server enrols and checks: the kinds of `tracelight_marks` whose keys it has, and those that need none
//! (what a person sees of a hologram, the number of an RFID chip).
//!
//! Keys come out of files at the start and stay in memory ([`crate::config::MarksConfig`]); PINs are made here and told once.

mod pins;

pub use pins::new_pin;

use crate::config::{MarksConfig, TagLayout};
use std::io::Read as _;
use std::path::Path;
use tracelight_api::rest::marks::{HologramQuestion, HologramQuestions as HologramQuestionsView};
use tracelight_domain::ids::{PublicKey, UnitId};
use tracelight_marks::hologram::{HologramQuestions, Question, Questionnaire};
use tracelight_marks::nfc::{AesKey, Diversification, Layout, MasterKey, Ntag424, TagKeys, Tamper, diversify};
use tracelight_marks::pin::{CoveredPin, Pepper, TRIES};
use tracelight_marks::rfid::RfidTid;
use tracelight_marks::score::CopyScore;
use tracelight_marks::{
    Confidence, EnrolError, Enrolment, Fields, Item, KeyId, Keys, Kind, Registry, RegistryError, Slot, nfc,
};
use zeroize::Zeroizing;

/// How sure a check has to be for its good news to count. Those of PINs and tags are above it.
pub const CONFIDENCE_MIN: Confidence = Confidence::percent(80);
/// Bytes that a key can be diversified by, behind the UID.
const DIVERSIFY_BYTES_MAX: usize = 24;

/// The kinds that are known here.
pub struct Marks {
    registry: Registry,
    tags: Option<Ntag424>,
}

impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.registry.kinds()).finish()
    }
}

impl Marks {
    /// Reads the keys.
    ///
    /// # Errors
    /// Every fault, each with the name of its setting. No key stands in it.
    pub fn read(config: &MarksConfig) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let peppers = peppers(config, &mut faults);
        let tags = tag_keys(config, &mut faults);
        let services = services(config, &mut faults);
        if config.tags.tamper_at.is_some() && config.tags.layout == TagLayout::WithoutFile {
            faults
                .push("marks.tags.tamper_at: needs layout = \"with_file\", in whose data the loop is told".to_owned());
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let layout = match config.tags.layout {
            TagLayout::WithoutFile => Layout::without_file(),
            TagLayout::WithFile => Layout::with_file(),
        };
        let tamper = config.tags.tamper_at.map_or(Tamper::None, Tamper::InFile);
        let tags = tags.map(|keys| Ntag424::new(keys, layout, tamper));
        let twice = |error: RegistryError| vec![format!("marks: {error}")];
        // These two need no key.
        let mut registry = Registry::new().with(Box::new(HologramQuestions)).map_err(twice)?;
        registry = registry.with(Box::new(RfidTid)).map_err(twice)?;
        if let Some(services) = services {
            registry = registry.with(Box::new(CopyScore::new(services))).map_err(twice)?;
        }
        if let Some(peppers) = peppers {
            registry = registry.with(Box::new(CoveredPin::new(peppers, TRIES))).map_err(twice)?;
        }
        if let Some(tags) = &tags {
            registry = registry.with(Box::new(tags.clone())).map_err(twice)?;
        }
        Ok(Self { registry, tags })
    }

    /// The checks.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The check of NFC tags, when this server has keys of some.
    #[must_use]
    pub const fn tags(&self) -> Option<&Ntag424> {
        self.tags.as_ref()
    }

    /// Does it check this kind?
    #[must_use]
    pub fn knows(&self, kind: &Kind) -> bool {
        self.registry.kinds().any(|known| known == kind)
    }

    /// What is kept of a mark, and by what it is found when it names no item.
    ///
    /// # Errors
    /// [`RegistryError`], for the people at the line.
    pub fn enrol(
        &self,
        unit: &UnitId,
        kind: &Kind,
        reference: &Fields,
        random: &[u8; 32],
    ) -> Result<(Enrolment, Option<Slot>), RegistryError> {
        let enrolment = self.registry.enrol(kind, &Item::from(unit), reference, random)?;
        let finder = (*kind == nfc::KIND).then(|| finder(enrolment.body()));
        Ok((enrolment, finder))
    }
}

/// The questions as their check knows them: names by place, one point for each right answer.
///
/// # Errors
/// [`EnrolError`] names what cannot be.
pub fn questionnaire(asked: &HologramQuestionsView) -> Result<Questionnaire, EnrolError> {
    let place = |prefix: char, at: usize| format!("{prefix}{at}");
    let question = |(at, question): (usize, &HologramQuestion)| Question {
        name: place('q', at),
        points: 1,
        options: (0..question.options.len()).map(|at| place('o', at)).collect(),
        // What is no place of an option is refused below.
        right: u8::try_from(question.right).unwrap_or(u8::MAX),
    };
    let enough = u16::try_from(asked.enough).unwrap_or(u16::MAX);
    Questionnaire::new(asked.questions.iter().enumerate().map(question).collect(), enough)
}

/// By what a tag is found: a hash, as the key of its slot.
#[must_use]
pub fn finder(uid: &[u8]) -> Slot {
    Slot::of(&nfc::KIND, &[b"finder", uid])
}

fn peppers(config: &MarksConfig, faults: &mut Vec<String>) -> Option<Keys<Pepper>> {
    let mut found = Vec::new();
    for (index, pepper) in config.pin_peppers.iter().enumerate() {
        let at = format!("marks.pin_peppers[{index}]");
        let id = key_id(&at, &pepper.id, &found, faults);
        let bytes = key_file::<32>(&format!("{at}.file"), &pepper.file, faults);
        let key = bytes.and_then(|bytes| {
            let key = Pepper::new(*bytes);
            if key.is_none() {
                faults.push(format!("{at}.file: the key is all zero. Hint: was the file ever filled in?"));
            }
            key
        });
        found.extend(id.zip(key));
    }
    keys(found)
}

/// The services whose scores of copy-detection patterns are believed.
fn services(config: &MarksConfig, faults: &mut Vec<String>) -> Option<Keys<PublicKey>> {
    let mut found = Vec::new();
    for (index, service) in config.score_services.iter().enumerate() {
        let at = format!("marks.score_services[{index}]");
        let id = key_id(&at, &service.id, &found, faults);
        let mut bytes = [0; 32];
        let key = hex::decode_to_slice(&service.public, &mut bytes).map(|()| PublicKey(bytes)).ok();
        if key.is_none() {
            faults.push(format!("{at}.public: expected the 64 hexadecimal digits of an ed25519 key"));
        }
        found.extend(id.zip(key));
    }
    keys(found)
}

fn tag_keys(config: &MarksConfig, faults: &mut Vec<String>) -> Option<Keys<TagKeys>> {
    let mut found = Vec::new();
    for (index, series) in config.tag_keys.iter().enumerate() {
        let at = format!("marks.tag_keys[{index}]");
        let id = key_id(&at, &series.id, &found, faults);
        let meta = master(&format!("{at}.meta_key_file"), &series.meta_key_file, faults);
        let file = master(&format!("{at}.file_key_file"), &series.file_key_file, faults);
        let diversification = match &series.diversify_by {
            None => Some(Diversification::Shared),
            Some(text) => diversification(&at, text, faults),
        };
        let all = meta.zip(file).zip(diversification);
        found.extend(id.zip(all.map(|((meta, file), diversification)| TagKeys { meta, file, diversification })));
    }
    keys(found)
}

fn diversification(at: &str, text: &str, faults: &mut Vec<String>) -> Option<Diversification> {
    // The crate's own bound is that of UID and these bytes together.
    let fits = |bytes: &Vec<u8>| {
        bytes.len() <= DIVERSIFY_BYTES_MAX
            && diversify(&AesKey::new([1; 16]), &[&[0; 7], bytes.as_slice()].concat()).is_ok()
    };
    let bytes = hex::decode(text).ok().filter(fits);
    if bytes.is_none() {
        faults.push(format!(
            "{at}.diversify_by: `{text}` is not an even number of hexadecimal digits, for at most {DIVERSIFY_BYTES_MAX} bytes"
        ));
    }
    bytes.map(Diversification::An10922)
}

fn key_id<K>(at: &str, text: &str, there: &[(KeyId, K)], faults: &mut Vec<String>) -> Option<KeyId> {
    match KeyId::parse(text) {
        Ok(id) if there.iter().any(|(other, _)| *other == id) => {
            faults.push(format!("{at}.id: `{text}` stands twice"));
            None
        }
        Ok(id) => Some(id),
        Err(error) => {
            faults.push(format!("{at}.id: `{text}`: {error}"));
            None
        }
    }
}

fn master(at: &str, path: &Path, faults: &mut Vec<String>) -> Option<MasterKey> {
    let bytes = key_file::<16>(at, path, faults)?;
    match MasterKey::new(*bytes) {
        Ok(key) => Some(key),
        Err(error) => {
            faults.push(format!("{at}: {error}"));
            None
        }
    }
}

/// A key out of its file: so many bytes in hexadecimal digits. Who may read the file is its folder's matter, as with the file of
/// the database's password: a container reads its secrets under its own account.
pub(crate) fn key_file<const N: usize>(at: &str, path: &Path, faults: &mut Vec<String>) -> Option<Zeroizing<[u8; N]>> {
    // Digits and the end of the line; a byte more shows that it is no such file.
    let bytes_max = 2 * N + 2;
    let mut text = Zeroizing::new(Vec::with_capacity(bytes_max + 1));
    let read = std::fs::File::open(path).and_then(|file| file.take(bytes_max as u64 + 1).read_to_end(&mut text));
    if let Err(error) = read {
        faults.push(format!("{at}: `{}` cannot be read: {error}", path.display()));
        return None;
    }
    let mut bytes = Zeroizing::new([0; N]);
    if hex::decode_to_slice(text.trim_ascii_end(), bytes.as_mut_slice()).is_err() {
        faults.push(format!("{at}: `{}` does not hold {} hexadecimal digits", path.display(), 2 * N));
        return None;
    }
    Some(bytes)
}

fn keys<K>(found: Vec<(KeyId, K)>) -> Option<Keys<K>> {
    let mut found = found.into_iter();
    let (id, key) = found.next()?;
    Some(found.fold(Keys::new(id, key), |keys, (id, key)| keys.with_older(id, key)))
}

#[cfg(test)]
mod tests;
