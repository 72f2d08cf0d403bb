//! One record in bytes.

/// Bytes before the payload.
pub const HEADER_BYTES: usize = 16;
/// Bytes of a payload: a reading of 16 KiB, or a transaction of 16 KiB, with what is kept beside it.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;
/// How far the id of a record behind a bad one may be ahead and still count as one of ours. A segment holds fewer.
const IDS_AHEAD_MAX: u64 = 1 << 24;

/// What stands at the front of some bytes.
pub(super) enum Parsed<'a> {
    /// Nothing more.
    End,
    /// A whole record.
    Record { id: u64, payload: &'a [u8], length: usize },
    /// Something else.
    Bad(&'static str),
}

/// A record as it lies on disk.
#[must_use]
pub fn encode(id: u64, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = Vec::with_capacity(HEADER_BYTES + payload.len());
    out.extend_from_slice(&length);
    out.extend_from_slice(&checksum(length, id, payload).to_be_bytes());
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

fn checksum(length: [u8; 4], id: u64, payload: &[u8]) -> u32 {
    let head = crc32c::crc32c_append(crc32c::crc32c(&length), &id.to_be_bytes());
    crc32c::crc32c_append(head, payload)
}

pub(super) fn parse(bytes: &[u8]) -> Parsed<'_> {
    if bytes.is_empty() {
        return Parsed::End;
    }
    let Some((length, crc, id, rest)) = header(bytes) else { return Parsed::Bad("the header is cut off") };
    let count = u32::from_be_bytes(length) as usize;
    if count == 0 || count > RECORD_BYTES_MAX {
        return Parsed::Bad("the length is out of range");
    }
    let Some(payload) = rest.get(..count) else { return Parsed::Bad("the payload is cut off") };
    if checksum(length, id, payload) != crc {
        return Parsed::Bad("the checksum does not fit");
    }
    Parsed::Record { id, payload, length: HEADER_BYTES + count }
}

/// Is there a good record somewhere behind the bad one that `bytes` begin with?
pub(super) fn record_behind(bytes: &[u8], expected: u64) -> bool {
    (1..bytes.len()).any(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        // The checksum is only worth computing where the id is plausible.
        header(rest).is_some_and(|(_, _, id, _)| id >= expected && id - expected < IDS_AHEAD_MAX)
            && matches!(parse(rest), Parsed::Record { .. })
    })
}

fn header(bytes: &[u8]) -> Option<([u8; 4], u32, u64, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let (id, rest) = rest.split_first_chunk::<8>()?;
    Some((*length, u32::from_be_bytes(*crc), u64::from_be_bytes(*id), rest))
}
