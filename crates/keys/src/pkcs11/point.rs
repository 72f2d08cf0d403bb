//! The public half of an Edwards key as tokens give it out (`CKA_EC_POINT`).
//!
//! ```text
//! raw:     32 bytes, little-endian point (RFC 8032)       PKCS#11 3.0
//! wrapped: 04 20 | the same 32 bytes                      DER OCTET STRING: SoftHSM, and PKCS#11 3.1
//! bits:    03 21 00 | the same 32 bytes                   DER BIT STRING: some tokens
//! ```
//! Nothing else is taken. The three have different lengths, so none can be read as another.

use thiserror::Error;
use tracelight_domain::ids::PublicKey;

/// Bytes of a point at most; longer ones are not fetched from the token.
pub const POINT_BYTES_MAX: usize = 64;

/// Why bytes are not a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{bytes} bytes are not the public half of an Edwards key (32 bytes, alone or as a DER string)")]
pub struct NotAPoint {
    /// How many there are.
    pub bytes: usize,
}

/// Reads a point in any of the forms.
///
/// # Errors
/// [`NotAPoint`]. Whether it is on the curve is not looked at: the first signature's check does that.
pub fn parse(bytes: &[u8]) -> Result<PublicKey, NotAPoint> {
    let raw = match bytes {
        [0x04, 0x20, raw @ ..] if bytes.len() == 34 => raw,
        [0x03, 0x21, 0x00, raw @ ..] if bytes.len() == 35 => raw,
        raw => raw,
    };
    raw.try_into().map(PublicKey).map_err(|_| NotAPoint { bytes: bytes.len() })
}

/// The wrapped form, which PKCS#11 asks for where a point is given to a token.
pub(super) fn wrapped(key: PublicKey) -> Vec<u8> {
    [[0x04, 0x20].as_slice(), &key.0].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_occur_are_one_point_and_nothing_else_is() {
        let key = PublicKey(std::array::from_fn(|at| u8::try_from(at).expect("below 32")));
        assert_eq!(parse(&key.0), Ok(key));
        assert_eq!(parse(&wrapped(key)), Ok(key));
        assert_eq!(parse(&[[0x03, 0x21, 0x00].as_slice(), &key.0].concat()), Ok(key));
        // A raw point that begins like a DER string is raw: 32 bytes are never a wrapped form.
        let tricky = PublicKey([&[0x04, 0x20][..], &[7; 30]].concat().try_into().expect("32 bytes"));
        assert_eq!(parse(&tricky.0), Ok(tricky));
        for length in (0..80).filter(|length| *length != 32) {
            for first in [[0x04, 0x20, 0x00], [0x03, 0x21, 0x00], [0x04, 0x81, 0x20], [0x00, 0x00, 0x00]] {
                let bytes: Vec<u8> = first.into_iter().chain([9; 80]).take(length).collect();
                let good =
                    (length == 34 && first[..2] == [0x04, 0x20]) || (length == 35 && first == [0x03, 0x21, 0x00]);
                assert_eq!(parse(&bytes).is_ok(), good, "{bytes:02x?}");
            }
        }
    }
}
