//! Keys that sign labels ([`tracelight_labels::signature`]), and `GET /v1/label-keys`, where everybody reads the public ones.
//!
//! * They come from the configuration ([`crate::config::LabelKeyConfig`]), the secret ones from files, and lie in no database.
//! * Of a member with several keys the first with a file signs. The others are published for as long as packs with their labels are
//!   about: a key that is taken out of the list is one under which labels are no longer known.
//! * The page that checks labels offline ([`crate::scan`]) carries all of them, with the products of their makers: a maker's key says
//!   nothing about another maker's product.

use crate::app::AppState;
use crate::config::LabelKeyConfig;
use crate::http::ApiError;
use crate::marks::key_file;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::MemberId;
use tracelight_labels::signature::{CONTEXT, LabelKey, LabelPublicKey};

/// Keys in all: each reader of the page carries them.
const KEYS_MAX: usize = 256;

/// The keys of labels that this server knows.
#[derive(Debug, Default)]
pub struct LabelKeys(Vec<Held>);

#[derive(Debug)]
struct Held {
    member: MemberId,
    public: LabelPublicKey,
    secret: Option<LabelKey>,
}

/// The answer of `GET /v1/label-keys`.
#[derive(Debug, Serialize)]
pub struct Published {
    /// What the signed bytes begin with.
    signs: &'static str,
    /// `ES256`: ECDSA on P-256 with SHA-256.
    algorithm: &'static str,
    keys: Vec<PublishedKey>,
}

#[derive(Debug, Serialize)]
struct PublishedKey {
    member: String,
    name: String,
    hint: String,
    public: String,
}

impl LabelKeys {
    /// Reads the keys.
    ///
    /// # Errors
    /// Every fault, each with the name of its setting. No key stands in it.
    pub fn read(config: &[LabelKeyConfig]) -> Result<Self, Vec<String>> {
        let (mut keys, mut faults) = (Vec::<Held>::new(), Vec::new());
        if config.len() > KEYS_MAX {
            faults.push(format!("label_keys: {} keys, expected at most {KEYS_MAX}", config.len()));
        }
        for (index, key) in config.iter().enumerate() {
            let at = format!("label_keys[{index}]");
            let member = Gln::parse(&key.member).map_err(|error| faults.push(format!("{at}.member: {error}")));
            let held = held(&at, key, &mut faults);
            let (Ok(member), Some((public, secret))) = (member, held) else { continue };
            // A hint finds one key: of two with the same, the second would never be asked.
            if keys.iter().any(|other| other.member == member && other.public.hint() == public.hint()) {
                faults
                    .push(format!("{at}: a key of {member} with the hint {} stands twice", hex::encode(public.hint())));
            }
            keys.push(Held { member, public, secret });
        }
        if faults.is_empty() { Ok(Self(keys)) } else { Err(faults) }
    }

    /// What signs a member's labels.
    #[must_use]
    pub fn signing(&self, member: MemberId) -> Option<&LabelKey> {
        self.0.iter().filter(|held| held.member == member).find_map(|held| held.secret.as_ref())
    }

    /// All public keys, with whose they are.
    pub fn public(&self) -> impl Iterator<Item = (MemberId, LabelPublicKey)> + '_ {
        self.0.iter().map(|held| (held.member, held.public))
    }

    /// What to say to a member that has none.
    #[must_use]
    pub fn missing() -> ApiError {
        let detail =
            "its operator has to name one: a file with 64 hexadecimal digits (openssl rand -hex 32) in [[label_keys]]";
        let title = "this server has no key that signs labels of your company";
        ApiError::new(axum::http::StatusCode::CONFLICT, "label_key_missing", title).field("signed").detail(detail)
    }
}

/// The key of one entry.
fn held(at: &str, key: &LabelKeyConfig, faults: &mut Vec<String>) -> Option<(LabelPublicKey, Option<LabelKey>)> {
    match (&key.file, &key.public) {
        (Some(file), None) => {
            let bytes = key_file::<32>(&format!("{at}.file"), file, faults)?;
            let secret = LabelKey::new(&bytes);
            if secret.is_none() {
                faults.push(format!("{at}.file: it is no number of the curve P-256; make another"));
            }
            secret.map(|secret| (secret.public(), Some(secret)))
        }
        (None, Some(public)) => {
            let point = hex::decode(public).ok().and_then(|bytes| LabelPublicKey::of_point(&bytes));
            if point.is_none() {
                faults
                    .push(format!("{at}.public: expected a point of P-256, 130 hexadecimal digits that begin with 04"));
            }
            point.map(|public| (public, None))
        }
        _ => {
            faults.push(format!("{at}: expected one of `file` and `public`"));
            None
        }
    }
}

/// `GET /v1/label-keys`
pub async fn published(State(state): State<AppState>) -> Json<Published> {
    let keys = state.label_keys.public().map(|(member, key)| PublishedKey {
        member: member.to_string(),
        name: state.alliance.name_en(member),
        hint: hex::encode(key.hint()),
        public: hex::encode(key.point()),
    });
    Json(Published { signs: CONTEXT, algorithm: "ES256", keys: keys.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(member: &str, file: Option<&std::path::Path>, public: Option<String>) -> LabelKeyConfig {
        LabelKeyConfig { member: member.to_owned(), file: file.map(Into::into), public }
    }

    #[test]
    fn every_fault_of_the_keys_is_named_and_no_key_is_told() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let file = |name: &str, text: &str| {
            let path = scratch.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        let (good, other, zero) =
            (file("a", &"41".repeat(32)), file("b", &"42".repeat(32)), file("zero", &"00".repeat(32)));
        let keys = LabelKeys::read(&[
            entry("6901234000009", Some(&good), None),
            entry("6901234000009", Some(&other), None),
            entry("9506000134369", Some(&other), None),
        ])
        .expect("good keys");
        let maker = Gln::parse("6901234000009").expect("a GLN");
        let first = LabelKey::new(&[0x41; 32]).expect("a key").public();
        assert_eq!(keys.signing(maker).expect("the first signs").public(), first);
        assert_eq!(keys.public().count(), 3);
        let public = hex::encode(first.point());
        let keys = LabelKeys::read(&[entry("6901234000009", None, Some(public.clone()))]).expect("a good key");
        assert!(keys.signing(maker).is_none() && keys.public().count() == 1);
        let faults = LabelKeys::read(&[
            entry("6901234000008", Some(&good), None),
            entry("6901234000009", Some(&zero), None),
            entry("6901234000009", Some(&scratch.path().join("none")), None),
            entry("6901234000009", Some(&good), Some(public)),
            entry("6901234000009", None, Some("04ff".to_owned())),
            entry("6901234000009", Some(&good), None),
            entry("6901234000009", Some(&good), None),
        ])
        .expect_err("faults");
        let expected = ["[0].member", "[1].file", "[2].file", "[3]: expected one", "[4].public", "[6]: a key of"];
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, words) in faults.iter().zip(expected) {
            assert!(fault.contains(words) && !fault.contains("4141"), "{fault}");
        }
    }
}
