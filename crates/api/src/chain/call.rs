//! The body of `POST /v1/txs`, taken apart: it comes from strangers.

use super::TXS_PER_CALL_MAX;
use thiserror::Error;
use tracelight_domain::tx::TX_BYTES_MAX;
use tracelight_proof::codec::{Canonical as _, DecodeError, Reader};

/// Why a body is no list of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// Not the format.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// More than a call may hold.
    #[error("{0} transactions; at most {TXS_PER_CALL_MAX} are taken in one call")]
    TooMany(usize),
}

/// The items of a call, in order, not looked into. An item over [`TX_BYTES_MAX`] keeps only its place, so that the others of its
/// call are still answered. The caller bounds the body ([`super::TXS_CALL_BYTES_MAX`]).
///
/// # Errors
/// [`CallError`].
pub fn split_call(body: &[u8]) -> Result<Vec<Option<&[u8]>>, CallError> {
    let mut reader = Reader::new(body);
    let count = usize::try_from(u32::read(&mut reader)?).unwrap_or(usize::MAX);
    if count > TXS_PER_CALL_MAX {
        return Err(CallError::TooMany(count));
    }
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        let item = reader.blob(body.len(), "transaction")?;
        items.push((item.len() <= TX_BYTES_MAX).then_some(item));
    }
    reader.finish()?;
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_proof::block::encode_body;

    #[test]
    fn items_keep_their_places_and_bounds_hold() {
        let large = vec![7; TX_BYTES_MAX + 1];
        let body = encode_body(&[b"one".as_slice(), &large, b"three"]);
        assert_eq!(split_call(&body), Ok(vec![Some(b"one".as_slice()), None, Some(b"three".as_slice())]));
        for length in 0..16 {
            assert!(split_call(&body[..length]).is_err(), "cut to {length}");
        }
        assert!(split_call(&[body.as_slice(), &[0]].concat()).is_err(), "a byte more");
        let many = u32::try_from(TXS_PER_CALL_MAX + 1).expect("a small number");
        assert_eq!(split_call(&many.to_be_bytes()), Err(CallError::TooMany(TXS_PER_CALL_MAX + 1)));
    }
}
