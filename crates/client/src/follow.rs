//! What of a node's blocks may be believed, and when. Pure: blocks in, verified blocks out.
//!
//! A node sends blocks with their outcomes. It is one member's machine and may lie. A block is believed when
//!
//! 1. its header and body parse, follow the block before (height, parent id, time, alliance, validators), and the body has
//!    the header's hash, transactions root and count;
//! 2. a certificate of a quorum covers it, or covers a later block that links back to it through parent ids;
//! 3. its outcomes are confirmed: `outcomes(h) = H(outcomes(h-1), h, codes)` runs on to the value that a certified later
//!    header states for its `executed` height (execution is deferred, ADR 0003).
//!
//! Only then is it released, in order of height, with each transaction's outcome. A certified header also states the count
//! of all events after its `executed` block: the released block of that height carries it, so that whoever executes the
//! block again can compare.
//!
//! The validators change between epochs only (ADR 0005, ADR 0006). The last block of an epoch then names the hash of the next
//! set; the node sends the keys with it, and its own certificate by the old set, which is checked at once. A follower
//! that goes on somewhere in the middle is led there from the genesis by such steps ([`VerifiedFollower::walk`]).
//!
//! Otherwise, in one call only the newest certificate is checked: it covers everything before it through the parent ids. Block 1 names
//! the genesis block as its parent, which nobody has to compute: a quorum has certified block 1 under the alliance's own
//! namespace. The same block states `outcomes(0)`, where the chain of outcomes begins.
//!
//! A fault is the node's, not the chain's: the follower is unchanged by a call that fails, and can go on with another node.

use std::collections::{BTreeMap, VecDeque};
use thiserror::Error;
use tracelight_api::chain::{ChainBlock, Step};
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey};
use tracelight_domain::rules::Refusal;
use tracelight_domain::tx::SignedTx;
use tracelight_proof::block::{
    BodyError, Header, block_id, body_digest, decode_body, next_outcomes, split_body, txs_root,
};
use tracelight_proof::certificate::{Certificate, CertificateError, ValidatorSet};
use tracelight_proof::codec::DecodeError;
use tracelight_proof::genesis::{Genesis, GenesisError, consensus_namespace, validators_hash};

// The path, because `crates/decoders` compiles this file by its own.
#[cfg(test)]
#[path = "follow/tests.rs"]
mod tests;

/// Blocks that may wait for a certificate or for their outcomes. Worst case 2 MB each; quiet ones are 300 bytes. A chain
/// whose execution lags this far behind has stopped for all purposes.
pub const PENDING_BLOCKS_MAX: usize = 1_024;

/// Where a follower stands: after the last block that it released. Keep it with what was made of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Height of that block; 0 before the first.
    pub height: Height,
    /// Its id; unknown before the first.
    pub block: Option<Hash>,
    /// `outcomes(height)`; unknown before the first.
    pub outcomes: Option<Hash>,
    /// Its BFT time, milliseconds.
    pub time_ms: u64,
}

/// A block that a quorum stands behind, with the outcome of each transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBlock {
    /// Its header.
    pub header: Header,
    /// Its id.
    pub id: Hash,
    /// Its transactions; `None` was applied.
    pub txs: Vec<(SignedTx, Option<Refusal>)>,
    /// Events since genesis after this block, when a certified header states it for this very height.
    pub events: Option<u64>,
    /// Where the follower stands after it.
    pub position: Position,
}

/// What a node sent that cannot be true.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FollowError {
    /// The genesis is none.
    #[error("{0}")]
    Genesis(#[from] GenesisError),
    /// A header that does not parse.
    #[error("block {height}: header: {source}")]
    Header {
        /// The height that was due.
        height: Height,
        /// Why.
        source: DecodeError,
    },
    /// A body that does not parse.
    #[error("block {height}: {source}")]
    Body {
        /// Its height.
        height: Height,
        /// Why.
        source: BodyError,
    },
    /// A part of the block contradicts its header, or the header the block before.
    #[error("block {height}: its {part} does not fit")]
    Mismatch {
        /// Its height.
        height: Height,
        /// Which part.
        part: &'static str,
    },
    /// A certificate that proves nothing.
    #[error("block {height}: {source}")]
    Certificate {
        /// Its height.
        height: Height,
        /// Why.
        source: CertificateError,
    },
    /// A change of the validators that proves nothing.
    #[error("the change of validators at block {height} cannot be followed: {what}")]
    Step {
        /// The last block of the epoch.
        height: Height,
        /// Why.
        what: String,
    },
    /// An outcome that no rule has.
    #[error("block {height}: outcome {code} is not known to this program; a newer one may know it")]
    UnknownOutcome {
        /// Its height.
        height: Height,
        /// The number.
        code: u16,
    },
    /// Outcomes that certified headers contradict.
    #[error("the outcomes up to block {executed} are not those that certified block {height} states")]
    Outcomes {
        /// The certified block.
        height: Height,
        /// Up to where it speaks.
        executed: Height,
    },
    /// Too many blocks wait.
    #[error(
        "{PENDING_BLOCKS_MAX} blocks after {height} wait for their outcomes to be confirmed; execution has stopped"
    )]
    Stalled {
        /// Where the follower stands.
        height: Height,
    },
}

/// A block that fits its place but is not released yet.
#[derive(Clone, Debug)]
struct Pending {
    header: Header,
    id: Hash,
    txs: Vec<SignedTx>,
    codes: Vec<u16>,
    /// `outcomes(height)` if the codes are true.
    outcomes: Option<Hash>,
}

/// Takes a node's blocks in order and releases those that are verified.
#[derive(Clone, Debug)]
pub struct VerifiedFollower {
    chain: ChainId,
    namespace: Vec<u8>,
    epoch_blocks: u64,
    /// Who certifies, from which height on. The newest is that of the block that is needed next.
    sets: BTreeMap<Height, ValidatorSet>,
    position: Position,
    /// Blocks after the position, without a gap.
    pending: VecDeque<Pending>,
    /// Newest height that a certificate covers.
    certified: Height,
    /// Newest height whose outcomes a certified header has confirmed.
    confirmed: Height,
}

impl VerifiedFollower {
    /// Follows from the genesis on.
    ///
    /// # Errors
    /// [`FollowError::Genesis`].
    pub fn new(genesis: &Genesis) -> Result<Self, FollowError> {
        let start = Position { height: 0, block: None, outcomes: None, time_ms: genesis.time_ms };
        Self::resume(genesis, start)
    }

    /// Goes on after the last released block. If the validators have changed before it, [`VerifiedFollower::walk`] is the next
    /// call.
    ///
    /// # Errors
    /// [`FollowError::Genesis`].
    pub fn resume(genesis: &Genesis, position: Position) -> Result<Self, FollowError> {
        genesis.check()?;
        let validators = genesis.validators().map_err(GenesisError::Validators)?;
        let chain = genesis.chain_id();
        Ok(Self {
            chain,
            namespace: consensus_namespace(chain),
            epoch_blocks: u64::from(genesis.epoch_blocks),
            sets: BTreeMap::from([(0, validators)]),
            position,
            pending: VecDeque::new(),
            certified: position.height,
            confirmed: position.height,
        })
    }

    /// Learns the validators of the position from the changes before it, oldest first; changes after it are skipped, because
    /// blocks come with them.
    ///
    /// # Errors
    /// [`FollowError::Step`] or another, naming the first change that does not follow; those before it are taken.
    pub fn walk(&mut self, steps: &[Step]) -> Result<(), FollowError> {
        for step in steps {
            let header = Header::decode(&step.header.0).map_err(|source| FollowError::Header { height: 0, source })?;
            let height = header.height;
            let (from, set) = self.newest_set();
            if height > self.position.height || height < from {
                continue;
            }
            if header.chain != self.chain || header.validators != validators_hash(set) {
                return Err(FollowError::Step { height, what: "it does not follow the one before".to_owned() });
            }
            let failed = |source| FollowError::Certificate { height, source };
            let certificate = Certificate::parse(&step.certificate.0, set).map_err(failed)?;
            certificate.verify(&self.namespace, set, &block_id(&step.header.0).0).map_err(failed)?;
            let keys: Vec<PublicKey> = step.validators.iter().map(|key| key.0).collect();
            let next = self.next_set(&header, Some(&keys))?;
            self.sets.extend(next.map(|set| (height + 1, set)));
        }
        Ok(())
    }

    /// Who certifies the newest blocks, and from which height on.
    fn newest_set(&self) -> (Height, &ValidatorSet) {
        let (from, set) = self.sets.last_key_value().expect("there is always a set");
        (*from, set)
    }

    /// The set that this block introduces, if it is the last of an epoch and introduces one.
    fn next_set(&self, header: &Header, keys: Option<&[PublicKey]>) -> Result<Option<ValidatorSet>, FollowError> {
        let height = header.height;
        if header.next_validators == header.validators {
            return Ok(None);
        }
        let fault = |what: &str| FollowError::Step { height, what: what.to_owned() };
        if !height.wrapping_add(1).is_multiple_of(self.epoch_blocks) {
            return Err(fault("it is not the last block of an epoch"));
        }
        let keys: Vec<[u8; 32]> =
            keys.ok_or_else(|| fault("the keys are not given"))?.iter().map(|key| key.0).collect();
        let next = ValidatorSet::new(&keys).map_err(|error| fault(&error.to_string()))?;
        if validators_hash(&next) != header.next_validators {
            return Err(fault("the keys are others than it names"));
        }
        Ok(Some(next))
    }

    /// The alliance.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }

    /// Where it stands: after the last released block.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The height of the block that it needs next.
    #[must_use]
    pub fn next_height(&self) -> Height {
        self.pending.back().map_or(self.position.height, |block| block.header.height) + 1
    }

    /// Takes blocks from [`VerifiedFollower::next_height`] on and releases what can be believed now. Blocks below that
    /// height are skipped: nodes may repeat themselves.
    ///
    /// # Errors
    /// The first thing that cannot be true; the follower is as it was before the call.
    pub fn push(&mut self, blocks: &[ChainBlock]) -> Result<Vec<VerifiedBlock>, FollowError> {
        let mut next = self.clone();
        let newest_certificate = blocks.iter().rposition(|block| block.certificate.is_some());
        for (index, block) in blocks.iter().enumerate() {
            next.append(block)?;
            if Some(index) == newest_certificate || block.next_validators.is_some() {
                next.certify(block)?;
            }
        }
        next.confirm()?;
        let released = next.release()?;
        if next.pending.len() > PENDING_BLOCKS_MAX {
            return Err(FollowError::Stalled { height: next.position.height });
        }
        *self = next;
        Ok(released)
    }

    /// Step 1: the block fits its place.
    fn append(&mut self, block: &ChainBlock) -> Result<(), FollowError> {
        let height = self.next_height();
        let header = Header::decode(&block.header.0).map_err(|source| FollowError::Header { height, source })?;
        if header.height < height {
            return Ok(());
        }
        let (parent, before_ms, before_executed) = match self.pending.back() {
            Some(last) => (Some(last.id), last.header.time_ms, last.header.executed),
            None => (self.position.block, self.position.time_ms, 0),
        };
        let raw = split_body(&block.body.0).map_err(|source| FollowError::Body { height, source })?;
        let checks = [
            ("height", header.height == height),
            ("parent", parent.is_none_or(|parent| parent == header.parent)),
            ("alliance", header.chain == self.chain),
            ("validators", header.validators == validators_hash(self.newest_set().1)),
            ("time", header.time_ms > before_ms),
            ("executed height", header.executed < height && header.executed >= before_executed),
            ("body hash", header.body == body_digest(&block.body.0)),
            ("transaction count", usize::try_from(header.txs) == Ok(raw.len())),
            ("transactions root", header.txs_root == txs_root(&raw)),
            ("number of outcomes", block.outcomes.len() == raw.len()),
        ];
        if let Some((part, _)) = checks.iter().find(|(_, fits)| !fits) {
            return Err(FollowError::Mismatch { height, part });
        }
        let txs = decode_body(&block.body.0).map_err(|source| FollowError::Body { height, source })?;
        let before = match self.pending.back() {
            Some(last) => last.outcomes,
            // Block 1 is executed on nothing but the genesis, so it states where the chain of outcomes begins.
            None => self.position.outcomes.or((height == 1).then_some(header.outcomes)),
        };
        let outcomes = before.map(|before| next_outcomes(&before, height, &block.outcomes));
        let keys: Option<Vec<PublicKey>> =
            block.next_validators.as_ref().map(|keys| keys.iter().map(|key| key.0).collect());
        let next_set = self.next_set(&header, keys.as_deref())?;
        if next_set.is_some() && block.certificate.is_none() {
            return Err(FollowError::Step { height, what: "it comes without its certificate".to_owned() });
        }
        self.sets.extend(next_set.map(|set| (height + 1, set)));
        let id = block_id(&block.header.0);
        self.pending.push_back(Pending { header, id, txs, codes: block.outcomes.clone(), outcomes });
        Ok(())
    }

    /// Step 2: a quorum stands behind everything up to this block.
    fn certify(&mut self, block: &ChainBlock) -> Result<(), FollowError> {
        let Some(bytes) = &block.certificate else { return Ok(()) };
        let height = height_of(block);
        let failed = |source| FollowError::Certificate { height, source };
        let Some((_, set)) = self.sets.range(..=height).next_back() else {
            // Long before the position: it says nothing about the blocks that wait.
            return Ok(());
        };
        let certificate = Certificate::parse(&bytes.0, set).map_err(failed)?;
        let id = block_id(&block.header.0);
        certificate.verify(&self.namespace, set, &id.0).map_err(failed)?;
        // A certificate of a block that was skipped above says nothing about those that wait.
        if self.pending.iter().any(|waiting| waiting.id == id) {
            self.certified = self.certified.max(height);
        }
        Ok(())
    }

    /// Step 3: certified headers state the outcomes of earlier blocks.
    fn confirm(&mut self) -> Result<(), FollowError> {
        for stating in self.pending.iter().take_while(|block| block.header.height <= self.certified) {
            let (height, executed) = (stating.header.height, stating.header.executed);
            let computed = match executed.checked_sub(self.position.height) {
                // What it speaks of was confirmed and released before.
                None => continue,
                Some(0) => self.position.outcomes,
                Some(ahead) => usize::try_from(ahead - 1)
                    .ok()
                    .and_then(|index| self.pending.get(index))
                    .and_then(|block| block.outcomes),
            };
            if executed > 0 && computed != Some(stating.header.outcomes) {
                return Err(FollowError::Outcomes { height, executed });
            }
            self.confirmed = self.confirmed.max(executed);
        }
        Ok(())
    }

    fn release(&mut self) -> Result<Vec<VerifiedBlock>, FollowError> {
        let mut released = Vec::new();
        let counts: Vec<(Height, u64)> = self
            .pending
            .iter()
            .take_while(|block| block.header.height <= self.certified)
            .map(|block| (block.header.executed, block.header.events))
            .collect();
        while self.pending.front().is_some_and(|block| block.header.height <= self.confirmed) {
            let Some(block) = self.pending.pop_front() else { break };
            let height = block.header.height;
            let txs = block
                .txs
                .into_iter()
                .zip(&block.codes)
                .map(|(tx, code)| Ok((tx, outcome(height, *code)?)))
                .collect::<Result<Vec<_>, FollowError>>()?;
            self.position =
                Position { height, block: Some(block.id), outcomes: block.outcomes, time_ms: block.header.time_ms };
            let events = counts.iter().find(|(executed, _)| *executed == height).map(|(_, events)| *events);
            let position = self.position;
            released.push(VerifiedBlock { header: block.header, id: block.id, txs, events, position });
        }
        Ok(released)
    }
}

fn outcome(height: Height, code: u16) -> Result<Option<Refusal>, FollowError> {
    if code == 0 {
        return Ok(None);
    }
    Refusal::from_code(code).map(Some).ok_or(FollowError::UnknownOutcome { height, code })
}

fn height_of(block: &ChainBlock) -> Height {
    Header::decode(&block.header.0).map_or(0, |header| header.height)
}
