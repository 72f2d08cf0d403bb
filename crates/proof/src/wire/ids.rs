//! Ids. GS1 keys are written as numbers, because their digits are checked on the way back in.

use crate::codec::{Canonical, DecodeError, Reader, canonical_struct, write_text};
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Hash, ProposalId, PublicKey, RecallId, ShipmentId, TxId, UnitId};

macro_rules! digits {
    ($name:ident, $length:literal, $what:literal) => {
        impl Canonical for $name {
            fn write(&self, out: &mut Vec<u8>) {
                let number = self.as_bytes().iter().fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'));
                number.write(out);
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let number = u64::read(reader)?;
                $name::parse(&format!("{number:0width$}", width = $length)).map_err(|_| reader.invalid($what, 8))
            }
        }
    };
}
digits!(Gtin, 14, "GTIN");
digits!(Gln, 13, "GLN");
digits!(Sscc, 18, "SSCC");

macro_rules! text {
    ($name:ident, $what:literal) => {
        impl Canonical for $name {
            fn write(&self, out: &mut Vec<u8>) {
                write_text(self.as_str(), out);
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let text = reader.text(20, $what)?;
                $name::parse(text).map_err(|_| reader.invalid($what, text.len()))
            }
        }
    };
}
text!(Lot, "lot");
text!(Serial, "serial");

macro_rules! raw {
    ($($name:ident),+) => {$(
        impl Canonical for $name {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0);
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.array(stringify!($name)).map(Self)
            }
        }
    )+};
}
raw!(Hash, ChainId, TxId, PublicKey, ShipmentId, RecallId, ProposalId);

impl Canonical for Date {
    fn write(&self, out: &mut Vec<u8>) {
        self.year().write(out);
        self.month().write(out);
        self.day().write(out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (year, month, day) = (u16::read(reader)?, u8::read(reader)?, u8::read(reader)?);
        Self::new(year, month, day).map_err(|_| reader.invalid("date", 4))
    }
}

canonical_struct!(BatchId { gtin, lot });
canonical_struct!(UnitId { gtin, serial });
