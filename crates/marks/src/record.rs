//! An outcome in its canonical bytes: what is signed, stored and anchored.
//!
//! ```text
//! record    = version u8 = 1 | item text | kind text | algorithm u16 | key text, empty for none | resistance u8 | at_ms u64
//!             | verdict u8 | confidence u8 | freshness | count u8 | reason*
//! freshness = 0 none | 1 fresh | 2 at_ms u64, count u32
//! reason    = id text | 0, or 1 and number u64
//! message   = "tracelight/mark-outcome/v1" | record             what is signed
//! ```
//! Integers are big endian, a text is a length of one byte and its bytes. A number that is given to a verdict, a resistance
//! or a freshness is never given to another. Evidence does not stand in it: a PIN is nobody's to anchor.

use crate::bytes::{DecodeError, Reader, put_text};
use crate::check::{Item, Resistance};
use crate::enrolment::{Enrolment, optional_key};
use crate::names::{KeyId, Kind, ReasonId};
use crate::outcome::{Confidence, Freshness, Outcome, REASONS_MAX, Reason, Verdict};

const VERSION: u8 = 1;
const WHAT: &str = "outcome record";
const MESSAGE: &[u8] = b"tracelight/mark-outcome/v1";
/// Bytes of a record: 128 of the item, three names, 8 reasons of 58, and 40 of numbers.
pub const RECORD_BYTES_MAX: usize = 1024;

/// An outcome, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The item.
    pub item: Item,
    /// The kind of mark.
    pub kind: Kind,
    /// The kind's own version of how the enrolment was made.
    pub algorithm: u16,
    /// The key that was used, if any.
    pub key: Option<KeyId>,
    /// How hard the mark was to copy, as its check said then.
    pub resistance: Resistance,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// What was found.
    pub outcome: Outcome,
}

impl Record {
    /// The record of an outcome of this enrolment.
    #[must_use]
    pub fn new(item: Item, enrolment: &Enrolment, resistance: Resistance, at_ms: u64, outcome: Outcome) -> Self {
        let (kind, algorithm, key) = (enrolment.kind().clone(), enrolment.algorithm(), enrolment.key().cloned());
        Self { item, kind, algorithm, key, resistance, at_ms, outcome }
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_text(&mut out, self.item.as_str());
        put_text(&mut out, self.kind.as_str());
        out.extend(self.algorithm.to_be_bytes());
        put_text(&mut out, self.key.as_ref().map_or("", KeyId::as_str));
        out.push(resistance_number(self.resistance));
        out.extend(self.at_ms.to_be_bytes());
        out.push(verdict_number(self.outcome.verdict()));
        out.push(self.outcome.confidence().as_percent());
        match self.outcome.freshness() {
            Freshness::None => out.push(0),
            Freshness::Fresh => out.push(1),
            Freshness::AlreadyUsed { at_ms, count } => {
                out.push(2);
                out.extend(at_ms.to_be_bytes());
                out.extend(count.to_be_bytes());
            }
        }
        let reasons = self.outcome.reasons();
        out.push(u8::try_from(reasons.len()).unwrap_or(u8::MAX));
        for reason in reasons {
            put_text(&mut out, reason.id.as_str());
            out.push(u8::from(reason.number.is_some()));
            out.extend(reason.number.iter().flat_map(|number| number.to_be_bytes()));
        }
        out
    }

    /// The bytes that a server's key signs over this record, and over nothing else.
    #[must_use]
    pub fn signed_message(&self) -> Vec<u8> {
        [MESSAGE, &self.to_bytes()].concat()
    }

    /// Reads the canonical bytes. They say what their writer said, "fresh" too: check who signed them first.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, bytes, RECORD_BYTES_MAX)?;
        reader.version(VERSION)?;
        let item = Item::parse(reader.text("item")?).map_err(|_| reader.value("item"))?;
        let kind = Kind::parse(reader.text("kind")?).map_err(|_| reader.value("kind"))?;
        let algorithm = reader.u16()?;
        let key = optional_key(&mut reader)?;
        let resistance = match reader.byte()? {
            0 => Resistance::None,
            1 => Resistance::Low,
            2 => Resistance::High,
            _ => return Err(reader.value("resistance")),
        };
        let at_ms = reader.u64()?;
        let outcome = read_outcome(&mut reader)?;
        reader.end()?;
        Ok(Self { item, kind, algorithm, key, resistance, at_ms, outcome })
    }
}

const fn resistance_number(resistance: Resistance) -> u8 {
    match resistance {
        Resistance::None => 0,
        Resistance::Low => 1,
        Resistance::High => 2,
    }
}

const fn verdict_number(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Genuine => 1,
        Verdict::Suspect => 2,
        Verdict::Counterfeit => 3,
        Verdict::Inconclusive => 4,
    }
}

fn read_outcome(reader: &mut Reader<'_>) -> Result<Outcome, DecodeError> {
    let verdict = match reader.byte()? {
        1 => Verdict::Genuine,
        2 => Verdict::Suspect,
        3 => Verdict::Counterfeit,
        4 => Verdict::Inconclusive,
        _ => return Err(reader.value("verdict")),
    };
    let percent = reader.byte()?;
    if percent > 100 {
        return Err(reader.value("confidence"));
    }
    let freshness = match reader.byte()? {
        0 => Freshness::None,
        1 => Freshness::Fresh,
        2 => Freshness::AlreadyUsed { at_ms: reader.u64()?, count: reader.u32()? },
        _ => return Err(reader.value("freshness")),
    };
    let count = usize::from(reader.byte()?);
    if count == 0 || count > REASONS_MAX {
        return Err(reader.value("reasons"));
    }
    let first = read_reason(reader)?;
    let outcome = Outcome::new(verdict, Confidence::percent(percent), first);
    let outcome = (1..count).try_fold(outcome, |outcome, _| Ok(outcome.because(read_reason(reader)?)))?;
    Ok(outcome.with_freshness(freshness))
}

fn read_reason(reader: &mut Reader<'_>) -> Result<Reason, DecodeError> {
    let id = ReasonId::parse(reader.text("reason")?).map_err(|_| reader.value("reason"))?;
    let number = match reader.byte()? {
        0 => None,
        1 => Some(reader.u64()?),
        _ => return Err(reader.value("number")),
    };
    Ok(Reason { id, number })
}
