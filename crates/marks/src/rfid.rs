//! `rfid.tid`: the number that the chip's maker wrote into it, beside the EPC that was written at the line.
//!
//! ```text
//! reference   tid, epc   hexadecimal, as read at the line; epc_locked `yes` or `no`
//! evidence    tid, epc   hexadecimal; epc_locked when the reader can tell
//! body        locked u8 | tid length u8, bytes | epc
//!
//! TID, class E2h (EPC Gen2; GS1 EPC Tag Data Standard, section 16)
//!   bits 0..8    E2h
//!   bit  8       X: an extended TID follows
//!   bits 9, 10   security, file
//!   bits 11..20  mask designer
//!   bits 20..32  model
//!   bits 32..48  XTID header, when X; its top three bits: N > 0 is a serial of 48 + 16 (N - 1) bits behind it
//! TID, class E0h (ISO/IEC 7816-6): E0h, maker 8 bits, serial 48 bits
//! ```
//! A TID without a serial is that of a whole model and cannot be enrolled.
//!
//! | found | outcome | why |
//! |---|---|---|
//! | TID and EPC are those of the line | Genuine, never fresh | the chip is the one, if the reader is believed |
//! | this EPC, another TID | Counterfeit | the EPC was copied onto another chip |
//! | another EPC, this TID | Suspect | rewritten, or another code was scanned beside it |
//! | memory was locked at the line and is not now | Suspect | a locked bank of a true chip stays locked |
//! | no TID, no serial in it | Inconclusive | |
//!
//! **Resistance is low.** A chip says its TID in clear to whoever asks, and there are chips and readers that say any; the
//! evidence is worth what the reader is worth that sends it. So it supports an answer and never carries "genuine" alone.

use crate::bytes::Reader;
use crate::check::{Check, Context, EnrolError, Item, Reading, Resistance};
use crate::enrolment::Enrolment;
use crate::fields::{FieldError, Fields};
use crate::names::Kind;
use crate::outcome::{Confidence, Outcome, Verdict};
use crate::reasons;
use thiserror::Error;

/// The kind.
pub const KIND: Kind = Kind::ours("rfid.tid");
const ALGORITHM: u16 = 1;
/// Bytes of a TID: header, and the longest serial, 144 bits; what may follow it.
pub const TID_BYTES_MAX: usize = 64;
/// Bytes of an EPC: the longest that a chip can announce, 31 words.
pub const EPC_BYTES_MAX: usize = 62;

/// Why bytes are no TID that names one chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TidError {
    /// None of the lengths that a TID has.
    #[error("a TID of {0} bytes")]
    Length(usize),
    /// Neither E0h nor E2h in front.
    #[error("a TID of class {0:02X}h, expected E0h or E2h")]
    Class(u8),
    /// The same for all chips of the model.
    #[error("the TID has no serial number, so it names a model and no chip. Hint: buy chips with an XTID")]
    NoSerial,
}

/// What a TID says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TidClass {
    /// E2h.
    Gen2 {
        /// Who designed the chip, 9 bits.
        mask_designer: u16,
        /// Which one, 12 bits.
        model: u16,
        /// The XTID header.
        xtid: u16,
        /// Bits of the serial.
        serial_bits: u16,
    },
    /// E0h.
    Iso7816 {
        /// Who made the chip.
        maker: u8,
    },
}

/// A TID that names one chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tid {
    class: TidClass,
    bytes: Vec<u8>,
}

impl Tid {
    /// Reads a TID from its first bit on.
    ///
    /// # Errors
    /// [`TidError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, TidError> {
        let length = TidError::Length(bytes.len());
        if bytes.len() > TID_BYTES_MAX {
            return Err(length);
        }
        let class = match *bytes {
            [0xE0, maker, _, _, _, _, _, _] => TidClass::Iso7816 { maker },
            [0xE0, ..] => return Err(length),
            [0xE2, b1, b2, b3, ref rest @ ..] => gen2([b1, b2, b3], rest, bytes.len())?,
            [0xE2, ..] | [] => return Err(length),
            [class, ..] => return Err(TidError::Class(class)),
        };
        Ok(Self { class, bytes: bytes.to_vec() })
    }

    /// What it says.
    #[must_use]
    pub const fn class(&self) -> TidClass {
        self.class
    }
}

fn gen2([b1, b2, b3]: [u8; 3], rest: &[u8], length: usize) -> Result<TidClass, TidError> {
    let mask_designer = u16::from(b1 & 0x1F) << 4 | u16::from(b2 >> 4);
    let model = u16::from(b2 & 0x0F) << 8 | u16::from(b3);
    if b1 & 0x80 == 0 {
        return Err(TidError::NoSerial);
    }
    let (header, serial) = rest.split_first_chunk::<2>().ok_or(TidError::Length(length))?;
    let xtid = u16::from_be_bytes(*header);
    let serial_bits = match xtid >> 13 {
        0 => return Err(TidError::NoSerial),
        n => 48 + 16 * (n - 1),
    };
    if serial.len() * 8 < usize::from(serial_bits) {
        return Err(TidError::Length(length));
    }
    Ok(TidClass::Gen2 { mask_designer, model, xtid, serial_bits })
}

/// What stands in the memory of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    tid: Tid,
    epc: Vec<u8>,
}

fn tag(fields: &Fields) -> Result<Tag, EnrolError> {
    let tid = Tid::parse(&fields.hex("tid")?).map_err(|_| EnrolError::Value {
        field: "tid",
        expected: "a TID of class E2h or E0h with a serial number, from its first bit on",
    })?;
    let epc = fields.hex("epc")?;
    if epc.is_empty() || epc.len() > EPC_BYTES_MAX || epc.len() % 2 != 0 {
        return Err(EnrolError::Value { field: "epc", expected: "whole words of 16 bits, at most 31" });
    }
    Ok(Tag { tid, epc })
}

fn yes_or_no(fields: &Fields) -> Result<bool, FieldError> {
    match fields.text("epc_locked")? {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(FieldError::Form { name: "epc_locked".to_owned(), expected: "`yes` or `no`" }),
    }
}

/// The check. It has no keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct RfidTid;

impl Check for RfidTid {
    fn kind(&self) -> Kind {
        KIND
    }

    fn resistance(&self) -> Resistance {
        Resistance::Low
    }

    fn enrol(&self, _: &Item, reference: &Fields, _: &[u8; 32]) -> Result<Enrolment, EnrolError> {
        let tag = tag(reference)?;
        let mut body = vec![u8::from(yes_or_no(reference)?)];
        body.push(u8::try_from(tag.tid.bytes.len()).unwrap_or(u8::MAX));
        body.extend(&tag.tid.bytes);
        body.extend(&tag.epc);
        Ok(Enrolment::new(KIND, ALGORITHM, None, body)?)
    }

    fn read(&self, enrolment: &Enrolment, evidence: &Fields, _: Context<'_>) -> Result<Reading, Outcome> {
        let Some((locked, kept_tid, kept_epc)) = enrolled(enrolment) else {
            return Err(Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE));
        };
        let tag = tag(evidence).map_err(|_| Outcome::inconclusive(reasons::EVIDENCE_UNREADABLE))?;
        let unlocked = match evidence.get("epc_locked") {
            None => false,
            Some(_) => !yes_or_no(evidence).map_err(|_| Outcome::inconclusive(reasons::EVIDENCE_UNREADABLE))?,
        };
        let finding = match (tag.tid.bytes == kept_tid, tag.epc == kept_epc) {
            (true, true) if locked && unlocked => {
                Outcome::new(Verdict::Suspect, Confidence::percent(70), reasons::RFID_UNLOCKED)
            }
            (true, true) => Outcome::new(Verdict::Genuine, Confidence::percent(60), reasons::RFID_FITS),
            (false, true) => Outcome::new(Verdict::Counterfeit, Confidence::percent(90), reasons::RFID_TID_DIFFERS),
            (true, false) => Outcome::new(Verdict::Suspect, Confidence::percent(70), reasons::RFID_EPC_DIFFERS),
            // Nothing of it is this item's: most likely the neighbour on the shelf answered.
            (false, false) => Outcome::inconclusive(reasons::RFID_EPC_DIFFERS).because(reasons::RFID_TID_DIFFERS),
        };
        Ok(Reading::of(finding))
    }
}

/// What was enrolled: locked, TID, EPC.
fn enrolled(enrolment: &Enrolment) -> Option<(bool, &[u8], &[u8])> {
    if enrolment.kind() != &KIND || enrolment.algorithm() != ALGORITHM {
        return None;
    }
    let mut reader = Reader::new("rfid enrolment", enrolment.body(), 2 + TID_BYTES_MAX + EPC_BYTES_MAX).ok()?;
    let locked = reader.byte().ok()? == 1;
    let length = usize::from(reader.byte().ok()?);
    let tid = reader.take(length).ok()?;
    let epc = enrolment.body().get(2 + length..)?;
    Some((locked, tid, epc)).filter(|_| !epc.is_empty())
}

#[cfg(test)]
mod tests;
