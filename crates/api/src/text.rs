//! How ids and bytes look in JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{ChainId, Hash, ProposalId, PublicKey, RecallId, ShipmentId, TxId};

/// An id that is written as its text. Reading it parses it; the error names field, position and what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<T>(pub T);

/// A fixed number of bytes, in lower-case hex.
pub type Hex<T> = Text<T>;

/// Bytes in standard base64 with padding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base64(pub Vec<u8>);

/// Types with one text form.
pub trait TextForm: Sized {
    /// Reads the text.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    fn from_text(text: &str) -> Result<Self, String>;
    /// Writes the text.
    fn to_text(&self) -> String;
}

macro_rules! keys {
    ($($name:ident: $parse:ident),+) => {$(
        impl TextForm for $name {
            fn from_text(text: &str) -> Result<Self, String> {
                $name::$parse(text).map_err(|error| error.to_string())
            }
            fn to_text(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
keys!(Gtin: parse, Gln: parse, Sscc: parse, Lot: parse, Serial: parse, Date: parse_iso);

macro_rules! hexes {
    ($($name:ident),+) => {$(
        impl TextForm for $name {
            fn from_text(text: &str) -> Result<Self, String> {
                $name::parse_hex(text).ok_or_else(|| {
                    format!("`{}` is not {} lower-case hexadecimal digits", text.chars().take(80).collect::<String>(), 2 * $name::LEN)
                })
            }
            fn to_text(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
hexes!(Hash, ChainId, TxId, PublicKey, ShipmentId, RecallId, ProposalId);

impl<T: TextForm> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_text())
    }
}

impl<'de, T: TextForm> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::from_text(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl<T: TextForm> core::fmt::Display for Text<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0.to_text())
    }
}

impl<T: TextForm> core::str::FromStr for Text<T> {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        T::from_text(text).map(Self)
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let text = String::deserialize(deserializer)?;
        base64::engine::general_purpose::STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}
