//! Blocks as the engine sees them; the layout is in the crate comment.

use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, EncodeSize, Error as CodecError, RangeCfg, Read, Write};
use commonware_consensus::{Block as ConsensusBlock, BoundedBlock, Heightable, types::Height};
use commonware_cryptography::{Blake3, Digestible, Hasher as _, Sha256, sha256::Digest};

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
        Sha256::hash(&[BLOCK_ID_DOMAIN, &self.header]).0
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
        if self.field::<32>(BODY_HASH_AT) != body_hash(&self.body) {
            return Err(BlockError::BodyHash);
        }
        Ok(())
    }

    /// A fixed field. Zero where the header is too short, which [`Block::check`] refuses.
    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        self.header.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }
}

fn body_hash(body: &[u8]) -> [u8; 32] {
    let digest = Blake3::hash(&[body]);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

/// A [`Block`] that passed [`Block::check`]; the type that commonware handles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChainBlock(Block);

impl ChainBlock {
    pub(crate) fn new(block: Block, body_bytes_max: usize) -> Result<Self, BlockError> {
        block.check(body_bytes_max)?;
        Ok(Self(block))
    }

    /// A cheap copy for the application.
    pub(crate) fn share(&self) -> Block {
        self.0.clone()
    }
}

impl Write for ChainBlock {
    fn write(&self, buf: &mut impl BufMut) {
        self.0.header.write(buf);
        self.0.body.write(buf);
    }
}

impl EncodeSize for ChainBlock {
    fn encode_size(&self) -> usize {
        self.0.header.encode_size() + self.0.body.encode_size()
    }
}

impl Read for ChainBlock {
    /// The chain's bound on body bytes.
    type Cfg = usize;

    fn read_cfg(buf: &mut impl Buf, body_bytes_max: &usize) -> Result<Self, CodecError> {
        let header = RangeCfg::from(HEADER_BYTES_MIN..=HEADER_BYTES_MAX);
        let block = Block {
            header: Bytes::read_cfg(buf, &header)?,
            body: Bytes::read_cfg(buf, &RangeCfg::from(0..=*body_bytes_max))?,
        };
        Self::new(block, *body_bytes_max).map_err(|error| CodecError::Wrapped("tracelight::Block", Box::new(error)))
    }
}

impl Digestible for ChainBlock {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        Digest(self.0.id())
    }
}

impl Heightable for ChainBlock {
    fn height(&self) -> Height {
        Height::new(self.0.height())
    }
}

impl ConsensusBlock for ChainBlock {
    fn parent(&self) -> Digest {
        Digest(self.0.parent())
    }
}

impl BoundedBlock for ChainBlock {
    /// Two lengths of at most 5 bytes each, the header and the body.
    fn max_encode_size(body_bytes_max: &usize) -> usize {
        5 + HEADER_BYTES_MAX + 5 + body_bytes_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonware_codec::{Decode as _, Encode as _};

    fn block(height: u64, body: &'static [u8]) -> Block {
        let mut header = vec![1];
        header.extend_from_slice(&height.to_be_bytes());
        header.extend_from_slice(&[7; 32]);
        header.extend_from_slice(&body_hash(body));
        header.extend_from_slice(b"more");
        Block { header: header.into(), body: Bytes::from_static(body) }
    }

    fn encoded(block: &Block) -> Vec<u8> {
        ChainBlock(block.clone()).encode().to_vec()
    }

    fn decode(bytes: Vec<u8>) -> Option<Block> {
        ChainBlock::decode_cfg(Bytes::from(bytes), &1000).ok().map(|block| block.0)
    }

    #[test]
    fn fields_stand_where_the_specification_says() {
        let block = block(0x0102_0304, b"body");
        assert_eq!(block.height(), 0x0102_0304);
        assert_eq!(block.parent(), [7; 32]);
        assert_eq!(decode(encoded(&block)), Some(block));
    }

    #[test]
    fn a_header_never_stands_before_another_body() {
        let good = block(3, b"body");
        let other = Block { body: Bytes::from_static(b"bodY"), ..good.clone() };
        assert_eq!(other.id(), good.id(), "the id covers the header only");
        assert_eq!(other.check(1000), Err(BlockError::BodyHash));
        assert_eq!(decode(encoded(&other)), None);
    }

    #[test]
    fn bounds_are_kept() {
        let good = block(3, b"body");
        assert_eq!(good.check(3), Err(BlockError::BodyLength { bytes: 4, max: 3 }));
        let cut = Block { header: good.header.slice(..72), ..good.clone() };
        assert_eq!(cut.check(1000), Err(BlockError::HeaderLength { bytes: 72 }));
        assert_eq!(decode(encoded(&cut)), None);
        let mut long = good.header.to_vec();
        long.resize(HEADER_BYTES_MAX + 1, 0);
        let long = Block { header: long.into(), ..good.clone() };
        assert_eq!(decode(encoded(&long)), None);
        let mut zero = good.header.to_vec();
        zero[0] = 0;
        let zero = Block { header: zero.into(), ..good.clone() };
        assert_eq!(zero.check(1000), Err(BlockError::Version));
        let bytes = encoded(&good);
        assert_eq!(decode(bytes[..bytes.len() - 1].to_vec()), None);
        assert!(bytes.len() <= ChainBlock::max_encode_size(&4));
    }
}
