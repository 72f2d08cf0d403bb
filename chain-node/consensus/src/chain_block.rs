//! [`Block`] as the type that commonware handles, and its form on the wire to peers and on the engine's disk.

use crate::block::{Block, BlockError, HEADER_BYTES_MAX, HEADER_BYTES_MIN};
use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, EncodeSize, Error as CodecError, RangeCfg, Read, Write};
use commonware_consensus::{Block as ConsensusBlock, BoundedBlock, Heightable, types::Height};
use commonware_cryptography::{Digestible, sha256::Digest};

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
    use rand::{Rng as _, SeedableRng as _};

    fn block(height: u64, body: &'static [u8]) -> Block {
        let mut header = vec![1];
        header.extend_from_slice(&height.to_be_bytes());
        header.extend_from_slice(&[7; 32]);
        header.extend_from_slice(blake3::hash(body).as_bytes());
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

    #[test]
    fn a_block_has_one_spelling_and_noise_is_refused() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let good = encoded(&block(3, b"body"));
        for _ in 0..20_000 {
            let mut bytes = good.clone();
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bytes.len());
                match rng.random_range(0..3) {
                    0 => bytes[at] = rng.random(),
                    1 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, rng.random()),
                }
            }
            if let Some(read) = decode(bytes.clone()) {
                assert_eq!(encoded(&read), bytes, "a second spelling");
            }
        }
        // A length that is spelled with a byte more.
        let long = [&[good[0] | 0x80, 0], &good[1..]].concat();
        assert_eq!(decode(long), None);
    }
}
