//! `cdp.score`: an outside service has looked at a picture of a copy-detection pattern, and signs what it found.
//!
//! ```text
//! reference   service          the key's name
//!             genuine_from     score, 0 to 1000, from which on the print is an original
//!             copy_below       score below which it is a copy
//!             proof_below      optional: score below which the service vouches that it is one
//!             window_ms        how old a statement may be
//! evidence    statement        the bytes below
//!             signature        64 bytes, ed25519 over "tracelight/mark-score/v1" ‖ statement
//!
//! statement = version u8 = 1 | item text | image hash, 32 bytes | score u16 | at_ms u64         text = u8 length, bytes
//! body      = genuine_from u16 | copy_below u16 | proof_below u16, 0 for none | window_ms u64
//! ```
//! Signatures are checked under ZIP-215, as everywhere here.
//!
//! | found | outcome | why |
//! |---|---|---|
//! | score at or above `genuine_from`, first time | Genuine, fresh | |
//! | the same statement again | already used | or one good picture would serve for every copy, as long as the window is open |
//! | between | Inconclusive | take a better picture |
//! | below `copy_below` | Suspect | most low scores are bad pictures |
//! | below `proof_below` | Counterfeit | only where the service vouches for such a score |
//! | about another item | Suspect | somebody shows the picture of another pack |
//! | not signed, too old, from the future | Inconclusive | anybody can send such things; they say nothing about the pack |
//!
//! The service's clock may be ahead of ours by [`AHEAD_MS_MAX`].

use crate::bytes::{DecodeError, Reader, put_text};
use crate::check::{Check, Context, EnrolError, Item, Reading, Resistance};
use crate::claim::{Claim, Slot};
use crate::enrolment::Enrolment;
use crate::fields::Fields;
use crate::keys::Keys;
use crate::names::{KeyId, Kind};
use crate::outcome::{Confidence, Outcome, Reason, Verdict};
use crate::reasons;
use ed25519_zebra::{Signature, VerificationKey};
use tracelight_domain::ids::{Hash, PublicKey};

/// The kind.
pub const KIND: Kind = Kind::ours("cdp.score");
const ALGORITHM: u16 = 1;
const VERSION: u8 = 1;
const WHAT: &str = "score statement";
const MESSAGE: &[u8] = b"tracelight/mark-score/v1";
/// The highest score.
pub const SCORE_MAX: u16 = 1_000;
/// Bytes of a statement.
pub const STATEMENT_BYTES_MAX: usize = 256;
/// How far the service's clock may be ahead, milliseconds.
pub const AHEAD_MS_MAX: u64 = 60_000;
/// The longest window, milliseconds: a day. A statement is for a visit.
pub const WINDOW_MS_MAX: u64 = 24 * 3_600_000;

/// What a service says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// About which item.
    pub item: Item,
    /// SHA-256 of the picture, so that it can be asked for in a dispute.
    pub image: Hash,
    /// 0, a copy, to [`SCORE_MAX`], an original.
    pub score: u16,
    /// When it looked, milliseconds since 1970.
    pub at_ms: u64,
}

impl Statement {
    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_text(&mut out, self.item.as_str());
        out.extend(self.image.0);
        out.extend(self.score.to_be_bytes());
        out.extend(self.at_ms.to_be_bytes());
        out
    }

    /// The bytes that the service's key signs.
    #[must_use]
    pub fn signed_message(&self) -> Vec<u8> {
        [MESSAGE, &self.to_bytes()].concat()
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, bytes, STATEMENT_BYTES_MAX)?;
        reader.version(VERSION)?;
        let item = Item::parse(reader.text("item")?).map_err(|_| reader.value("item"))?;
        let image = Hash(reader.array()?);
        let score = reader.u16()?;
        if score > SCORE_MAX {
            return Err(reader.value("score"));
        }
        let at_ms = reader.u64()?;
        reader.end()?;
        Ok(Self { item, image, score, at_ms })
    }
}

/// A product's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    genuine_from: u16,
    copy_below: u16,
    /// 0 when the service vouches for no score: then nothing is below it.
    proof_below: u16,
    window_ms: u64,
}

impl Limits {
    const fn hold(&self) -> bool {
        self.proof_below <= self.copy_below
            && self.copy_below <= self.genuine_from
            && self.genuine_from > 0
            && self.genuine_from <= SCORE_MAX
            && self.window_ms > 0
            && self.window_ms <= WINDOW_MS_MAX
    }

    fn to_bytes(self) -> Vec<u8> {
        let scores = [self.genuine_from, self.copy_below, self.proof_below];
        scores.iter().flat_map(|score| score.to_be_bytes()).chain(self.window_ms.to_be_bytes()).collect()
    }

    fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new("score limits", bytes, 14)?;
        let (genuine_from, copy_below, proof_below) = (reader.u16()?, reader.u16()?, reader.u16()?);
        let limits = Self { genuine_from, copy_below, proof_below, window_ms: reader.u64()? };
        let wrong = reader.value("limits");
        reader.end()?;
        if limits.hold() { Ok(limits) } else { Err(wrong) }
    }

    fn finding(self, score: u16) -> Outcome {
        let reason = |id| Reason { id, number: Some(u64::from(score)) };
        if score >= self.genuine_from {
            Outcome::new(Verdict::Genuine, Confidence::percent(90), reason(reasons::SCORE_HIGH))
        } else if score < self.proof_below {
            Outcome::new(Verdict::Counterfeit, Confidence::percent(90), reason(reasons::SCORE_LOW))
        } else if score < self.copy_below {
            Outcome::new(Verdict::Suspect, Confidence::percent(60), reason(reasons::SCORE_LOW))
        } else {
            Outcome::inconclusive(reason(reasons::SCORE_BETWEEN))
        }
    }
}

/// The check, with the public keys of the services that are believed.
#[derive(Clone, Debug)]
pub struct CopyScore {
    services: Keys<PublicKey>,
}

impl CopyScore {
    /// A check that believes these services.
    #[must_use]
    pub const fn new(services: Keys<PublicKey>) -> Self {
        Self { services }
    }

    /// The statement, if the service signed these very bytes.
    fn statement(key: &PublicKey, evidence: &Fields) -> Result<Statement, Outcome> {
        let unreadable = || Outcome::inconclusive(reasons::EVIDENCE_UNREADABLE);
        let bytes = evidence.bytes("statement").map_err(|_| unreadable())?;
        let signature = evidence.bytes("signature").map_err(|_| unreadable())?;
        let signature: [u8; 64] = signature.try_into().map_err(|_| unreadable())?;
        let statement = Statement::parse(bytes).map_err(|_| unreadable())?;
        let key = VerificationKey::try_from(key.0).map_err(|_| Outcome::inconclusive(reasons::KEY_MISSING))?;
        key.verify(&Signature::from(signature), &statement.signed_message())
            .map_err(|_| Outcome::inconclusive(reasons::SCORE_SIGNATURE_DIFFERS))?;
        Ok(statement)
    }
}

fn score_of(reference: &Fields, name: &'static str) -> Result<u16, EnrolError> {
    let wrong = EnrolError::Value { field: name, expected: "a score, 0 to 1000" };
    u16::try_from(reference.number(name)?).ok().filter(|score| *score <= SCORE_MAX).ok_or(wrong)
}

impl Check for CopyScore {
    fn kind(&self) -> Kind {
        KIND
    }

    fn resistance(&self) -> Resistance {
        Resistance::High
    }

    fn enrol(&self, _: &Item, reference: &Fields, _: &[u8; 32]) -> Result<Enrolment, EnrolError> {
        let wrong = |_| EnrolError::Value { field: "service", expected: "the name of a key" };
        let service = KeyId::parse(reference.text("service")?).map_err(wrong)?;
        if self.services.get(&service).is_none() {
            return Err(EnrolError::NoKey(service));
        }
        let proof_below = if reference.get("proof_below").is_some() { score_of(reference, "proof_below")? } else { 0 };
        let limits = Limits {
            genuine_from: score_of(reference, "genuine_from")?,
            copy_below: score_of(reference, "copy_below")?,
            proof_below,
            window_ms: reference.number("window_ms")?,
        };
        if !limits.hold() {
            let expected = "proof_below <= copy_below <= genuine_from, and a window of 1 ms to a day";
            return Err(EnrolError::Value { field: "limits", expected });
        }
        Ok(Enrolment::new(KIND, ALGORITHM, Some(service), limits.to_bytes())?)
    }

    fn read(&self, enrolment: &Enrolment, evidence: &Fields, context: Context<'_>) -> Result<Reading, Outcome> {
        let unreadable = || Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE);
        if enrolment.kind() != &KIND || enrolment.algorithm() != ALGORITHM {
            return Err(unreadable());
        }
        let limits = Limits::parse(enrolment.body()).map_err(|_| unreadable())?;
        let key = enrolment.key().and_then(|id| self.services.get(id));
        let key = key.ok_or_else(|| Outcome::inconclusive(reasons::KEY_MISSING))?;
        let statement = Self::statement(key, evidence)?;
        let at = |id| Outcome::inconclusive(Reason { id, number: Some(statement.at_ms) });
        if statement.item != *context.item {
            let other = Outcome::new(Verdict::Suspect, Confidence::percent(70), reasons::SCORE_OTHER_ITEM);
            return Ok(Reading::of(other));
        }
        if statement.at_ms > context.now_ms.saturating_add(AHEAD_MS_MAX) {
            return Err(at(reasons::SCORE_FROM_FUTURE));
        }
        if context.now_ms.saturating_sub(statement.at_ms) > limits.window_ms {
            return Err(at(reasons::SCORE_TOO_OLD));
        }
        // The picture is what is used up: signing it again does not make it another.
        let slot = Slot::of(&KIND, &[context.item.as_str().as_bytes(), &statement.image.0]);
        Ok(Reading { claim: Claim::First { slot, tries: None }, finding: limits.finding(statement.score) })
    }
}

#[cfg(test)]
mod tests;
