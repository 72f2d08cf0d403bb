//! A record of the gateway's spool (`device-gateway/src/spool/record.rs`): bytes that a crash may have cut or a disk changed.

#[path = "../../../device-gateway/src/spool/record.rs"]
pub mod record;

use record::{HEADER_BYTES, Parsed, RECORD_BYTES_MAX, encode, parse, record_behind};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    match parse(bytes) {
        Parsed::End => assert!(bytes.is_empty(), "bytes are overlooked"),
        Parsed::Record { id, payload, length } => {
            assert!((1..=RECORD_BYTES_MAX).contains(&payload.len()) && length == HEADER_BYTES + payload.len());
            assert_eq!(Some(encode(id, payload).as_slice()), bytes.get(..length), "a second spelling");
        }
        Parsed::Bad(why) => assert!(!why.is_empty()),
    }
    let expected = bytes.first().copied().map_or(0, u64::from);
    let _ = record_behind(bytes, expected);
    // A record is found behind noise, and every cut of it is noticed.
    let Some((noise, payload)) = bytes.split_at_checked(usize::from(bytes.len() > 8) * 8) else { return };
    if !payload.is_empty() && payload.len() <= 256 {
        let whole = encode(expected, payload);
        assert!(record_behind(&[noise, &whole].concat(), expected) != noise.is_empty());
        let cut = whole.get(..whole.len() - 1).unwrap_or_default();
        assert!(matches!(parse(cut), Parsed::Bad(_)), "a cut record counts");
    }
}
