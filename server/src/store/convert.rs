//! Values of rows and values of `domain`, both ways. What cannot be read back is [`StoreError::Corrupt`].

use super::StoreError;
use sea_orm::Value;
use tracelight_api::rest::Evidence;
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, Hash, TxId};
use tracelight_proof::codec::Canonical;
use uuid::Uuid;

/// A count or a time as SQL holds it. Nothing of ours reaches 2^63.
pub fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// An id as SQL holds it.
pub fn uuid(id: Uuid) -> Value {
    id.as_bytes().to_vec().into()
}

/// Back from SQL.
pub fn uint(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// The canonical tag of an enum without fields, or the first byte of one with fields.
pub fn tag<T: Canonical>(value: &T) -> i16 {
    value.to_bytes().first().copied().map_or(0, i16::from)
}

/// Back from its tag.
pub fn from_tag<T: Canonical>(table: &'static str, column: &'static str, value: i16) -> Result<T, StoreError> {
    let byte = u8::try_from(value).map_err(|error| StoreError::corrupt(table, column, error))?;
    T::parse(&[byte], 1, column).map_err(|error| StoreError::corrupt(table, column, error))
}

macro_rules! keys {
    ($($function:ident: $type:ident, $parse:ident;)+) => {$(
        #[doc = concat!("A ", stringify!($type), " of a row.")]
        pub fn $function(table: &'static str, column: &'static str, text: &str) -> Result<$type, StoreError> {
            $type::$parse(text).map_err(|error| StoreError::corrupt(table, column, format!("`{text}`: {error}")))
        }
    )+};
}
keys! { gtin: Gtin, parse; gln: Gln, parse; sscc: Sscc, parse; date: Date, parse_iso; }

macro_rules! texts {
    ($($function:ident: $type:ident;)+) => {$(
        #[doc = concat!("A ", stringify!($type), " of a row.")]
        pub fn $function(table: &'static str, column: &'static str, bytes: &[u8]) -> Result<$type, StoreError> {
            let text = std::str::from_utf8(bytes).map_err(|error| StoreError::corrupt(table, column, error))?;
            $type::parse(text).map_err(|error| StoreError::corrupt(table, column, error))
        }
    )+};
}
texts! { lot: Lot; serial: Serial; }

/// A fixed number of bytes of a row.
pub fn bytes<const N: usize>(table: &'static str, column: &'static str, value: &[u8]) -> Result<[u8; N], StoreError> {
    value.try_into().map_err(|_| StoreError::corrupt(table, column, format!("{} bytes, expected {N}", value.len())))
}

/// A hash of a row.
pub fn hash(table: &'static str, column: &'static str, value: &[u8]) -> Result<Hash, StoreError> {
    bytes(table, column, value).map(Hash)
}

/// A batch's key of a row.
pub fn batch_id(table: &'static str, gtin_text: &str, lot_bytes: &[u8]) -> Result<BatchId, StoreError> {
    Ok(BatchId { gtin: gtin(table, "gtin", gtin_text)?, lot: lot(table, "lot", lot_bytes)? })
}

/// Where a fact stands on the chain.
pub fn evidence(table: &'static str, tx: &[u8], height: i64, time_ms: i64) -> Result<Evidence, StoreError> {
    let tx = TxId(bytes(table, "tx_id", tx)?);
    Ok(Evidence { tx_id: tx.to_string(), height: uint(height), time_ms: uint(time_ms) })
}
