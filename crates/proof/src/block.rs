//! Blocks: the header that validators certify, the body it covers, and the outcomes of its transactions.
//!
//! ```text
//! header = version u8 | height u64 | parent 32 | BLAKE3(body) 32          (these 73 bytes are fixed: consensus reads them)
//!        | chain 32 | time ms u64 | transactions root 32 | transactions u32
//!        | executed height u64 | state root 32 | outcomes 32 | events u64 | log root 32 | validators 32 | next validators 32
//! body   = count u32 | (length u32 | signed transaction)*
//! block id = H(block ‖ header)
//! outcomes(h) = H(outcomes ‖ outcomes(h-1) ‖ h u64 ‖ count u32 ‖ code u16 per transaction)      code 0 = applied
//! ```
//! Execution is deferred: state root, outcomes, events and log root are those after block `executed height`, which is below
//! the header's own height, never falls, and is the newest block the proposer had executed (ADR 0003). The log root covers
//! the ids of blocks `0..=executed height` ([`crate::log`]); only block 0, which has nothing before it, states the root of the
//! empty log. `next validators` is the set that certifies the next block: another one than `validators` only in the last
//! block of an epoch (ADR 0006).

use crate::codec::{Canonical, DecodeError, Reader, canonical_struct, write_blob};
use crate::hash::{BLOCK, OUTCOMES, TX_LEAF, body_hash, hash};
use crate::merkle;
use thiserror::Error;
use tracelight_domain::ids::{ChainId, Hash, Height};
use tracelight_domain::tx::{SignedTx, TX_BYTES_MAX};

/// Bytes of a header.
pub const HEADER_BYTES: usize = 73 + 32 + 8 + 32 + 4 + 8 + 32 + 32 + 8 + 32 + 32 + 32;
/// Bytes of a body.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Transactions of a block: what fits when each is as small as can be.
pub const TXS_PER_BLOCK_MAX: usize = 10_000;

const HEADER_VERSION: u8 = 2;

/// What a header with `executed` at a height has to say of it, and where a node finds that state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitments {
    /// Root of the authenticated state.
    pub state_root: Hash,
    /// Hash chain over all outcomes.
    pub outcomes: Hash,
    /// Events since genesis.
    pub events: u64,
    /// Root of the log of blocks up to here.
    pub log_root: Hash,
    /// Version of the tree that holds this state. Blocks that write nothing share the version before. No header says it.
    pub version: u64,
}
canonical_struct!(Commitments { state_root, outcomes, events, log_root, version });

/// What validators certify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Position; genesis is 0.
    pub height: Height,
    /// Id of the block before.
    pub parent: Hash,
    /// BLAKE3 of the body.
    pub body: Hash,
    /// The alliance.
    pub chain: ChainId,
    /// BFT time, milliseconds since 1970; grows with every block.
    pub time_ms: u64,
    /// Merkle root over the signed transactions.
    pub txs_root: Hash,
    /// Transactions in the body.
    pub txs: u32,
    /// The height up to which the next four fields speak.
    pub executed: Height,
    /// Root of the authenticated state.
    pub state_root: Hash,
    /// Hash chain over all outcomes.
    pub outcomes: Hash,
    /// Events since genesis.
    pub events: u64,
    /// Root of the log of block ids, entries `0..=executed`.
    pub log_root: Hash,
    /// Hash of the set that certifies this header.
    pub validators: Hash,
    /// Hash of the set that certifies the next one.
    pub next_validators: Hash,
}

struct HeaderBytes {
    version: u8,
    header: Header,
}

canonical_struct!(Header {
    height,
    parent,
    body,
    chain,
    time_ms,
    txs_root,
    txs,
    executed,
    state_root,
    outcomes,
    events,
    log_root,
    validators,
    next_validators
});

impl Canonical for HeaderBytes {
    fn write(&self, out: &mut Vec<u8>) {
        self.version.write(out);
        self.header.write(out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = u8::read(reader)?;
        if version != HEADER_VERSION {
            return Err(reader.invalid("header version", 1));
        }
        Ok(Self { version, header: Header::read(reader)? })
    }
}

impl Header {
    /// The bytes that are hashed and stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        HeaderBytes { version: HEADER_VERSION, header: self.clone() }.to_bytes()
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        HeaderBytes::parse(bytes, HEADER_BYTES, "header").map(|bytes| bytes.header)
    }

    /// The block's id, which is what a certificate covers.
    #[must_use]
    pub fn id(&self) -> Hash {
        block_id(&self.encode())
    }
}

/// The id of the block with this header.
#[must_use]
pub fn block_id(header: &[u8]) -> Hash {
    hash(BLOCK, &[header])
}

/// Why a body is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BodyError {
    /// Not the format.
    #[error("block body: {0}")]
    Decode(#[from] DecodeError),
    /// More than a block may hold.
    #[error("block body: {0} transactions, at most {TXS_PER_BLOCK_MAX} are allowed")]
    TooMany(usize),
}

/// Puts encoded signed transactions into a body.
#[must_use]
pub fn encode_body<T: AsRef<[u8]>>(txs: &[T]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + txs.iter().map(|tx| 4 + tx.as_ref().len()).sum::<usize>());
    out.extend_from_slice(&u32::try_from(txs.len()).unwrap_or(u32::MAX).to_be_bytes());
    txs.iter().for_each(|tx| write_blob(tx.as_ref(), &mut out));
    out
}

/// Splits a body into the bytes of its transactions, without looking into them.
///
/// # Errors
/// [`BodyError`].
pub fn split_body(body: &[u8]) -> Result<Vec<&[u8]>, BodyError> {
    if body.len() > BODY_BYTES_MAX {
        return Err(DecodeError::TooLong { what: "block body", length: body.len() as u64, max: BODY_BYTES_MAX }.into());
    }
    let mut reader = Reader::new(body);
    let count = usize::try_from(u32::read(&mut reader)?).unwrap_or(usize::MAX);
    if count > TXS_PER_BLOCK_MAX {
        return Err(BodyError::TooMany(count));
    }
    let txs = (0..count).map(|_| reader.blob(TX_BYTES_MAX, "transaction")).collect::<Result<Vec<_>, _>>()?;
    reader.finish()?;
    Ok(txs)
}

/// Reads the transactions of a body.
///
/// # Errors
/// [`BodyError`].
pub fn decode_body(body: &[u8]) -> Result<Vec<SignedTx>, BodyError> {
    split_body(body)?.into_iter().map(|bytes| Ok(crate::signed::parse(bytes)?)).collect()
}

/// Merkle root over the signed transactions of a block.
#[must_use]
pub fn txs_root<T: AsRef<[u8]>>(txs: &[T]) -> Hash {
    merkle::root(txs.iter().map(|tx| hash(TX_LEAF, &[tx.as_ref()])).collect())
}

/// Hash of a body for its header.
#[must_use]
pub fn body_digest(body: &[u8]) -> Hash {
    body_hash(body)
}

/// The outcomes hash after block `height`, given the one before. Code 0 is "applied".
#[must_use]
pub fn next_outcomes(before: &Hash, height: Height, codes: &[u16]) -> Hash {
    let count = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    let codes: Vec<u8> = codes.iter().flat_map(|code| code.to_be_bytes()).collect();
    hash(OUTCOMES, &[&before.0, &height.to_be_bytes(), &count.to_be_bytes(), &codes])
}
