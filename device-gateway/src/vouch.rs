//! Readings of devices that know nothing of readings: raw scanners, and edge nodes that speak Sparkplug. The gateway writes
//! and numbers them, so that they lie in the spool like any other and are played back the same way.
//!
//! Nobody signs them. That they are of the device is the broker's word: such a device is only as trustworthy as the broker's
//! access list ([`crate::reading::Trust::Broker`]). Numbers begin anew, under a new boot id, whenever the gateway starts; what
//! a broker delivers twice is a reading of its own, which the line then refuses as a duplicate.

use crate::core::Incoming;
use crate::reading::Way;
use crate::topic::Place;
use serde::Deserialize;
use std::collections::BTreeMap;
use tracelight_api::line::codec::{CodecError, Encoding, encode};
use tracelight_api::line::{Ack, Fill, LineOp, Purpose, ReadingBody};
use tracelight_domain::gs1::scan::parse_scan;

/// What a scanner at this place means by a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Station {
    /// A label was printed.
    Print,
    /// A pack is good.
    Commission,
    /// A pack or label is bad.
    Reject,
    /// A pack is taken for the laboratory.
    Sample,
    /// A pack or bundle goes into what is open; the label of a case (00) closes it.
    Pack,
    /// A case goes onto the pallet.
    Stack,
    /// The label of a pallet closes it.
    ClosePallet,
}

impl Station {
    /// What it means by a code.
    #[must_use]
    pub fn op(self, raw: String) -> LineOp {
        match self {
            Self::Print => LineOp::Print { raw },
            Self::Commission => LineOp::Commission { raw },
            Self::Reject => LineOp::reject(raw),
            Self::Sample => LineOp::Sample { raw, purpose: Purpose::Quality },
            Self::Pack if is_label(&raw) => LineOp::CloseCase { raw, fill: Fill::Full },
            Self::Pack => LineOp::Pack { raw },
            Self::Stack => LineOp::Stack { raw },
            Self::ClosePallet => LineOp::ClosePallet { raw, fill: Fill::Full },
        }
    }
}

fn is_label(raw: &str) -> bool {
    parse_scan(raw.as_bytes()).is_ok_and(|scan| scan.sscc().is_some())
}

/// Writes and numbers.
#[derive(Debug)]
pub struct Voucher {
    boot: String,
    next: BTreeMap<Place, u64>,
}

impl Voucher {
    /// With a boot id drawn for this start.
    #[must_use]
    pub fn new(boot: [u8; 8]) -> Self {
        Self { boot: hex::encode(boot), next: BTreeMap::new() }
    }

    /// The reading that a code at a place is.
    ///
    /// # Errors
    /// [`CodecError::TooLong`]; nothing was numbered.
    pub fn reading(&self, place: &Place, op: LineOp, now_ms: u64, salt: [u8; 16]) -> Result<Incoming, CodecError> {
        let seq = self.next.get(place).copied().unwrap_or(0);
        let body = ReadingBody { boot: self.boot.clone(), seq, ts_ms: now_ms, op };
        let payload = encode(Encoding::Json, &body, |_| Vec::new())?;
        Ok(Incoming { topic: place.topic("evt"), payload, way: Way::Broker, received_ms: now_ms, salt })
    }

    /// Takes notice of the answer: the number behind the highest one that is held is next. Bytes that were no reading had
    /// no number, and one that was not taken is used again.
    pub fn answered(&mut self, place: &Place, ack: &Ack) {
        if let Some(held) = ack.contiguous.filter(|_| ack.boot == self.boot) {
            self.next.insert(place.clone(), held + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_domain::gs1::Sscc;

    #[test]
    fn a_station_means_what_its_place_says_and_a_label_at_the_packer_closes_the_case() {
        let label = format!("]C100{}", Sscc::build(3, "9506000", 1).expect("a label"));
        let pack = "(01)09506000134352(21)S1".to_owned();
        assert_eq!(Station::Pack.op(pack.clone()), LineOp::Pack { raw: pack.clone() });
        assert_eq!(Station::Commission.op(pack.clone()), LineOp::Commission { raw: pack.clone() });
        assert_eq!(Station::Print.op(pack.clone()), LineOp::Print { raw: pack.clone() });
        assert_eq!(Station::Reject.op("smudge".into()), LineOp::reject("smudge"));
        assert_eq!(Station::Pack.op(label.clone()), LineOp::close_case(label.clone()));
        assert_eq!(Station::Stack.op(label.clone()), LineOp::Stack { raw: label.clone() });
        assert_eq!(Station::ClosePallet.op(label.clone()), LineOp::close_pallet(label));
    }
}
