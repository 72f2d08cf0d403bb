//! Blocks as the engine sees them; the layout is in the crate comment. Names nothing of commonware, so that the fuzz target
//! `engine` can compile this file alone; `chain_block.rs` ties it to commonware.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// The fixed part of a header: version, height, parent id, body hash.
pub const HEADER_BYTES_MIN: usize = 1 + 8 + 32 + 32;

/// Headers travel in proofs to phones; this keeps them small. Raising it changes the wire format.
pub const HEADER_BYTES_MAX: usize = 1024;

/// Separates block ids from every other SHA-256 in the system.
const BLOCK_ID_DOMAIN: &[u8] = b"tracelight/block/v1";

const HEIGHT_AT: usize = 1;
const PARENT_AT: usize = 9;
const BODY_HASH_AT: usize = 41;

/// A block: its header and its body. Cloning shares the bytes.
///
/// A block that the engine hands out is well formed: its header has the fixed fields and its body fits them. The bytes may
/// share a network buffer with other messages; copy what is kept for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Header bytes; see the crate comment.
    pub header: Bytes,
    /// Body bytes. Their BLAKE3 hash is in the header.
    pub body: Bytes,
}

/// Why a header and a body are not a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Outside [`HEADER_BYTES_MIN`]..=[`HEADER_BYTES_MAX`].
    #[error("the header has {bytes} bytes, not {HEADER_BYTES_MIN} to {HEADER_BYTES_MAX}")]
    HeaderLength {
        /// Bytes of the header.
        bytes: usize,
    },
    /// Version 0 is never used.
    #[error("the header has version 0")]
    Version,
    /// Larger than the chain allows.
    #[error("the body has {bytes} bytes, more than the {max} allowed")]
    BodyLength {
        /// Bytes of the body.
        bytes: usize,
        /// The chain's bound.
        max: usize,
    },
    /// The header is of another body.
    #[error("the body hash in the header is not the hash of the body")]
    BodyHash,
}

impl Block {
    /// Number of blocks between this one and the genesis, which has height 0.
    #[must_use]
    pub fn height(&self) -> u64 {
        u64::from_be_bytes(self.field(HEIGHT_AT))
    }

    /// The id of the block before this one.
    #[must_use]
    pub fn parent(&self) -> [u8; 32] {
        self.field(PARENT_AT)
    }

    /// The id of this block: what validators sign.
    #[must_use]
    pub fn id(&self) -> [u8; 32] {
        Sha256::new().chain_update(BLOCK_ID_DOMAIN).chain_update(&self.header).finalize().into()
    }

    /// Checks everything that the engine demands of a block on its own.
    ///
    /// # Errors
    ///
    /// [`BlockError`] naming the first thing that is wrong.
    pub fn check(&self, body_bytes_max: usize) -> Result<(), BlockError> {
        let bytes = self.header.len();
        if !(HEADER_BYTES_MIN..=HEADER_BYTES_MAX).contains(&bytes) {
            return Err(BlockError::HeaderLength { bytes });
        }
        if self.header.first() == Some(&0) {
            return Err(BlockError::Version);
        }
        if self.body.len() > body_bytes_max {
            return Err(BlockError::BodyLength { bytes: self.body.len(), max: body_bytes_max });
        }
        if self.field::<32>(BODY_HASH_AT) != *blake3::hash(&self.body).as_bytes() {
            return Err(BlockError::BodyHash);
        }
        Ok(())
    }

    /// A fixed field. Zero where the header is too short, which [`Block::check`] refuses.
    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        self.header.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }
}
