//! A block as the consensus engine takes it from a peer: a header and a body, of which it reads four fields
//! (`chain-node/consensus/src/block.rs`), and which the ledger then reads whole.
//!
//! ```text
//! input    length of the header u16 BE | header | body
//! ```

use bytes::Bytes;
use tracelight_proof::block::{Header, block_id, body_digest, decode_body, split_body};

#[path = "../../../chain-node/consensus/src/block.rs"]
pub mod block;

use block::Block;

/// Bytes of a body on a chain of the smallest bound.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let Some((header, body)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))) else { return };
    let block = Block { header: Bytes::copy_from_slice(header), body: Bytes::copy_from_slice(body) };
    let fields = (block.height(), block.parent(), block.id());
    let fits = block.check(BODY_BYTES_MAX).is_ok();
    if !fits {
        return;
    }
    assert_eq!(fields.2, block_id(header).0, "engine and ledger name a block differently");
    let Ok(read) = Header::decode(header) else { return };
    assert_eq!((read.height, read.parent.0), (fields.0, fields.1), "engine and ledger read a header differently");
    assert_eq!(read.body, body_digest(body), "the engine let a body pass that is not its header's");
    let (split, decoded) = (split_body(body), decode_body(body));
    assert!(split.is_ok() || decoded.is_err(), "transactions in a body that cannot be split");
}
