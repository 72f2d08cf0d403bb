//! Short forms of a header and of a certificate: what a checker that follows the validators cannot know already.
//!
//! ```text
//! header      = flags u8: 1 the block has transactions, 2 the next validators are others
//!               | height varint | parent 32 | [body hash 32 | transactions root 32 | transactions varint]
//!               | time varint | executed, from height | state root 32 | outcomes 32 | events varint | log root 32
//!               | [next validators 32]
//! certificate = epoch varint | view varint | parent view, from view | bytes of bitmap u8 | bitmap | 64 bytes a set bit
//! ```
//! Chain id and validators are those that the checker has followed so far; a body without transactions has one hash. "From"
//! is a difference ([`crate::codec::write_difference`]). A certificate's block id is computed from the header.

use crate::block::{Header, body_digest, encode_body, txs_root};
use crate::certificate::VALIDATORS_MAX;
use crate::codec::{Canonical, DecodeError, Reader, write_difference, write_varint};
use tracelight_domain::ids::{ChainId, Hash, Height};

const HAS_TXS: u8 = 1;
const OTHER_NEXT: u8 = 2;

/// A header without what its checker knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortHeader {
    /// Position.
    pub height: Height,
    /// Id of the block before.
    pub parent: Hash,
    /// What stands in the block; none for a block without transactions.
    pub content: Option<BlockContent>,
    /// BFT time, milliseconds since 1970.
    pub time_ms: u64,
    /// The height up to which the next four fields speak.
    pub executed: Height,
    /// Root of the authenticated state.
    pub state_root: Hash,
    /// Hash chain over all outcomes.
    pub outcomes: Hash,
    /// Events since genesis.
    pub events: u64,
    /// Root of the log of block ids.
    pub log_root: Hash,
    /// Hash of the set that certifies the next header, when it is another set.
    pub next_validators: Option<Hash>,
}

/// What a block with transactions holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockContent {
    /// BLAKE3 of the body.
    pub body: Hash,
    /// Merkle root over the transactions.
    pub txs_root: Hash,
    /// How many.
    pub txs: u32,
}

impl BlockContent {
    fn none() -> Self {
        let body = encode_body::<&[u8]>(&[]);
        Self { body: body_digest(&body), txs_root: txs_root::<&[u8]>(&[]), txs: 0 }
    }
}

impl ShortHeader {
    /// The short form of a header.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        let content = BlockContent { body: header.body, txs_root: header.txs_root, txs: header.txs };
        Self {
            height: header.height,
            parent: header.parent,
            content: (content != BlockContent::none()).then_some(content),
            time_ms: header.time_ms,
            executed: header.executed,
            state_root: header.state_root,
            outcomes: header.outcomes,
            events: header.events,
            log_root: header.log_root,
            next_validators: (header.next_validators != header.validators).then_some(header.next_validators),
        }
    }

    /// The header of this chain under these validators.
    #[must_use]
    pub fn expand(&self, chain: ChainId, validators: Hash) -> Header {
        let content = self.content.unwrap_or_else(BlockContent::none);
        Header {
            height: self.height,
            parent: self.parent,
            body: content.body,
            chain,
            time_ms: self.time_ms,
            txs_root: content.txs_root,
            txs: content.txs,
            executed: self.executed,
            state_root: self.state_root,
            outcomes: self.outcomes,
            events: self.events,
            log_root: self.log_root,
            validators,
            next_validators: self.next_validators.unwrap_or(validators),
        }
    }
}

impl Canonical for ShortHeader {
    fn write(&self, out: &mut Vec<u8>) {
        let flag = |set: bool, bit| if set { bit } else { 0 };
        out.push(flag(self.content.is_some(), HAS_TXS) | flag(self.next_validators.is_some(), OTHER_NEXT));
        write_varint(self.height, out);
        self.parent.write(out);
        if let Some(content) = &self.content {
            content.body.write(out);
            content.txs_root.write(out);
            write_varint(u64::from(content.txs), out);
        }
        write_varint(self.time_ms, out);
        write_difference(self.height, self.executed, out);
        self.state_root.write(out);
        self.outcomes.write(out);
        write_varint(self.events, out);
        self.log_root.write(out);
        self.next_validators.iter().for_each(|next| next.write(out));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let flags = u8::read(r)?;
        if flags & !(HAS_TXS | OTHER_NEXT) != 0 {
            return Err(r.invalid("header flags", 1));
        }
        let (height, parent) = (r.varint("height")?, Canonical::read(r)?);
        let content = if flags & HAS_TXS == 0 {
            None
        } else {
            let (body, txs_root) = (Canonical::read(r)?, Canonical::read(r)?);
            let txs = u32::try_from(r.varint("transactions")?).map_err(|_| r.invalid("transactions", 1))?;
            let content = BlockContent { body, txs_root, txs };
            // The block without transactions has its own, shorter spelling.
            if content == BlockContent::none() {
                return Err(r.invalid("block content", 1));
            }
            Some(content)
        };
        Ok(Self {
            height,
            parent,
            content,
            time_ms: r.varint("time")?,
            executed: r.difference(height, "executed height")?,
            state_root: Canonical::read(r)?,
            outcomes: Canonical::read(r)?,
            events: r.varint("events")?,
            log_root: Canonical::read(r)?,
            next_validators: if flags & OTHER_NEXT == 0 { None } else { Some(Canonical::read(r)?) },
        })
    }
}

/// A certificate without its block id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortCertificate {
    /// The epoch whose validators signed.
    pub epoch: u64,
    /// The view of the proposal.
    pub view: u64,
    /// The view that it builds on.
    pub parent_view: u64,
    /// Who signed, one bit a validator, lowest bit first.
    pub signers: Vec<u8>,
    /// In the order of the bits.
    pub signatures: Vec<[u8; 64]>,
}

impl ShortCertificate {
    /// Takes a certificate apart ([`crate::certificate`] has the layout); `None` when it is none.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let mut r = Reader::new(certificate);
        let mut varint = || r.varint("view").ok();
        let (epoch, view, parent_view) = (varint()?, varint()?, varint()?);
        r.take(32, "block id").ok()?;
        let validators = usize::try_from(u64::read(&mut r).ok()?).ok().filter(|count| *count <= VALIDATORS_MAX)?;
        let signers = r.take(validators.div_ceil(8), "signers").ok()?.to_vec();
        let count = r.small(VALIDATORS_MAX, "signatures").ok()?;
        let signatures: Option<Vec<_>> = (0..count).map(|_| r.array("signature").ok()).collect();
        let short = Self { epoch, view, parent_view, signers, signatures: signatures? };
        (r.finish().is_ok() && short.signer_count() == count).then_some(short)
    }

    /// The certificate over this block, by a set of so many validators.
    #[must_use]
    pub fn expand(&self, block: &Hash, validators: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(96 + 64 * self.signatures.len());
        for number in [self.epoch, self.view, self.parent_view] {
            write_varint(number, &mut out);
        }
        block.write(&mut out);
        // A bitmap of another length is one for another number of validators, and the parser shall say so.
        let fits = self.signers.len() == validators.div_ceil(8);
        let count = if fits { validators } else { self.signers.len() * 8 };
        (count as u64).write(&mut out);
        out.extend_from_slice(&self.signers);
        write_varint(self.signatures.len() as u64, &mut out);
        self.signatures.iter().for_each(|signature| out.extend_from_slice(signature));
        out
    }

    fn signer_count(&self) -> usize {
        self.signers.iter().map(|byte| byte.count_ones() as usize).sum()
    }
}

impl Canonical for ShortCertificate {
    fn write(&self, out: &mut Vec<u8>) {
        write_varint(self.epoch, out);
        write_varint(self.view, out);
        write_difference(self.view, self.parent_view, out);
        out.push(u8::try_from(self.signers.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(&self.signers);
        self.signatures.iter().for_each(|signature| out.extend_from_slice(signature));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (epoch, view) = (r.varint("epoch")?, r.varint("view")?);
        let parent_view = r.difference(view, "parent view")?;
        let bytes = usize::from(u8::read(r)?);
        if bytes > VALIDATORS_MAX.div_ceil(8) {
            return Err(DecodeError::TooLong {
                what: "signers",
                length: bytes as u64,
                max: VALIDATORS_MAX.div_ceil(8),
            });
        }
        let signers = r.take(bytes, "signers")?.to_vec();
        let mut short = Self { epoch, view, parent_view, signers, signatures: Vec::new() };
        short.signatures = (0..short.signer_count()).map(|_| r.array("signature")).collect::<Result<_, _>>()?;
        Ok(short)
    }
}
