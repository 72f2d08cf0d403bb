//! Ids that are made by the network itself. Ids that are printed on packs live in [`crate::gs1`].
//!
//! Every id is a fixed number of bytes, compared byte for byte, and is never shown to a shopper.

use crate::gs1::{Gln, Gtin, Lot, Serial};
use core::fmt;

/// A member organisation, named by its Global Location Number (GS1 General Specifications, AI 417).
pub type MemberId = Gln;

fn hex_digit(half: u8) -> char {
    char::from_digit(u32::from(half), 16).unwrap_or('0')
}

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Reads the form that is written: lower-case hexadecimal digits. Anything else is `None`.
            #[must_use]
            pub fn parse_hex(text: &str) -> Option<Self> {
                let mut out = [0u8; $len];
                if text.len() != 2 * $len {
                    return None;
                }
                let mut digits = text.chars().map(|c| c.to_digit(16).filter(|_| !c.is_ascii_uppercase()));
                for byte in &mut out {
                    let (high, low) = (digits.next()??, digits.next()??);
                    *byte = u8::try_from(high * 16 + low).ok()?;
                }
                Some(Self(out))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Answers and logs are full of these; the formatter's own way costs a call for each byte.
                let mut text = String::with_capacity(2 * $len);
                for byte in self.0 {
                    text.extend([byte >> 4, byte & 15].map(hex_digit));
                }
                f.write_str(&text)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

bytes_id!(
    /// A 32-byte hash (SHA-256 unless the field says otherwise).
    Hash, 32
);
bytes_id!(
    /// Which alliance: the hash of its genesis. Every signature covers it, so none can be replayed on another chain.
    ChainId, 32
);
bytes_id!(
    /// A transaction, by the hash of what was signed (not of the signature, which has several valid spellings).
    TxId, 32
);
bytes_id!(
    /// An ed25519 public key. It is also the name of the key on the chain.
    PublicKey, 32
);
bytes_id!(
    /// A hand-over, chosen at random by the shipper.
    ShipmentId, 16
);
bytes_id!(
    /// A recall, chosen at random by whoever opens it.
    RecallId, 16
);
bytes_id!(
    /// A proposed change of the alliance, chosen at random by whoever proposes it.
    ProposalId, 16
);

impl Hash {
    /// All zero: "nothing yet" at the start of a hash chain.
    pub const ZERO: Self = Self([0; 32]);
}

/// A block's position; genesis is 0.
pub type Height = u64;

/// A batch (lot) of one product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId {
    /// Global Trade Item Number (AI 01).
    pub gtin: Gtin,
    /// Batch or lot (AI 10).
    pub lot: Lot,
}

/// One pack, named as GS1 does: GTIN and serial (SGTIN, AI 01 + 21).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId {
    /// Global Trade Item Number (AI 01).
    pub gtin: Gtin,
    /// Serial number (AI 21).
    pub serial: Serial,
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(01){}(10){}", self.gtin, self.lot)
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(01){}(21){}", self.gtin, self.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = RecallId([0xab; 16]);
        assert_eq!(RecallId::parse_hex(&id.to_string()), Some(id));
        let long = "ab".repeat(17);
        let (upper, other) = ("AB".repeat(16), "é".repeat(16));
        for text in [upper.as_str(), "", "ab", &long, &other, &format!("{}0g", "ab".repeat(15))] {
            assert_eq!(RecallId::parse_hex(text), None, "`{text}`");
        }
    }
}
