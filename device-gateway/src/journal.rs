//! What one spool record holds: a reading exactly as its device sent and signed it, and what became of it.
//!
//! ```text
//! entry = version u8 | fate | received ms u64 | topic text | payload (u32 | bytes)
//! fate  = 01 salt 16            counts; the salt hides the count of the batch that it closes (zero elsewhere)
//!       | 02 reason u8          quarantined
//! ```
//! Integers, text and blobs are those of `proof::codec`. Recovery plays counted entries through the same steps again.

use crate::topic::TOPIC_BYTES_MAX;
use tracelight_api::line::{LineReason, PAYLOAD_BYTES_MAX};
use tracelight_proof::codec::{Canonical, DecodeError, Reader, write_blob, write_text};

const VERSION: u8 = 1;
/// Bytes of a payload that quarantine keeps; a longer one is cut, and its reason says how long it was.
pub const KEPT_BYTES_MAX: usize = PAYLOAD_BYTES_MAX;

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It counts.
    Stored {
        /// Drawn for each reading, used by the one that closes a batch.
        salt: [u8; 16],
    },
    /// It is kept and does not count.
    Quarantined(LineReason),
}

/// One spool record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What became of it.
    pub fate: Fate,
    /// Gateway clock, milliseconds since 1970. For people.
    pub received_ms: u64,
    /// Topic it came on.
    pub topic: String,
    /// Payload as it came.
    pub payload: Vec<u8>,
}

/// Numbers of the reasons on disk. Never reused.
const REASONS: [(u8, LineReason); 23] = [
    (1, LineReason::Malformed),
    (2, LineReason::BadSignature),
    (3, LineReason::UnknownDevice),
    (4, LineReason::Conflict),
    (5, LineReason::SequenceGap),
    (6, LineReason::BadRead),
    (7, LineReason::ForeignCode),
    (8, LineReason::Duplicate),
    (9, LineReason::WrongLevel),
    (10, LineReason::NotCommissioned),
    (11, LineReason::WrongStep),
    (12, LineReason::NoOpenBatch),
    (13, LineReason::Empty),
    (14, LineReason::ServerUnreachable),
    (15, LineReason::SpoolFull),
    (16, LineReason::QuotaReached),
    (17, LineReason::WrongProduct),
    (18, LineReason::WrongExpiry),
    (19, LineReason::WrongRatio),
    (20, LineReason::GradeTooLow),
    (21, LineReason::DeadLabel),
    (22, LineReason::Held),
    (23, LineReason::CountsDiffer),
];

impl Canonical for Fate {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Stored { salt } => {
                out.push(1);
                salt.write(out);
            }
            Self::Quarantined(reason) => {
                out.push(2);
                out.push(REASONS.iter().find(|(_, known)| known == reason).map_or(0, |(code, _)| *code));
            }
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::read(r)? {
            1 => Ok(Self::Stored { salt: Canonical::read(r)? }),
            2 => {
                let code = u8::read(r)?;
                let known = REASONS.iter().find(|(number, _)| *number == code);
                known.map(|(_, reason)| Self::Quarantined(*reason)).ok_or_else(|| r.invalid("reason", 1))
            }
            _ => Err(r.invalid("fate", 1)),
        }
    }
}

impl Canonical for Entry {
    fn write(&self, out: &mut Vec<u8>) {
        VERSION.write(out);
        self.fate.write(out);
        self.received_ms.write(out);
        write_text(&self.topic, out);
        write_blob(&self.payload, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(r)? != VERSION {
            return Err(r.invalid("entry version", 1));
        }
        Ok(Self {
            fate: Canonical::read(r)?,
            received_ms: Canonical::read(r)?,
            topic: r.text(TOPIC_BYTES_MAX, "topic")?.to_owned(),
            payload: r.blob(KEPT_BYTES_MAX, "payload")?.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_their_bytes_are_golden() {
        let entry = Entry {
            fate: Fate::Stored { salt: [7; 16] },
            received_ms: 0x0102_0304,
            topic: "tt/v1/a/b/c/d/evt".to_owned(),
            payload: b"{}".to_vec(),
        };
        let bytes = entry.to_bytes();
        let golden = "010107070707070707070707070707070707000000000102030400117474\
                      2f76312f612f622f632f642f657674000000027b7d";
        assert_eq!(hex::encode(&bytes), golden.replace(' ', ""), "a change is a new version and an ADR");
        assert_eq!(Entry::parse(&bytes, 1_000, "entry"), Ok(entry.clone()));
        assert_eq!(REASONS.map(|(_, reason)| reason), LineReason::ALL, "every reason has its number");
        for (_, reason) in REASONS {
            let entry = Entry { fate: Fate::Quarantined(reason), ..entry.clone() };
            assert_eq!(Entry::parse(&entry.to_bytes(), 1_000, "entry"), Ok(entry));
        }
        for cut in 0..bytes.len() {
            assert!(Entry::parse(&bytes[..cut], 1_000, "entry").is_err());
        }
    }
}
