//! A chain inside a test's own process: four members, their keys, real certificates, the real rules. What it leaves out is
//! the network, the disk and the state tree: a header's state root is a hash over all states, and there are no proofs.
//!
//! Block h is executed before block h + 1 is made, so block h + 1 states the outcomes of block h.

use crate::keys::Signer as Key;
use crate::tx::TxBuilder;
use ed25519_dalek::{Signer as _, SigningKey};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::chain::{ChainBlock, Step};
use tracelight_api::{Base64, Text};
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::{Hash, Height, MemberId, PublicKey};
use tracelight_domain::rules::{self, Change, Context, Ledger, Refusal, RuleError, Signer};
use tracelight_domain::state::{Event, History, KeyPurpose, MemberRole, ObjectId, ObjectState, StateBody};
use tracelight_domain::tx::{SignedTx, TxBody};
use tracelight_proof::block::{Header, body_digest, encode_body, next_outcomes, txs_root};
use tracelight_proof::certificate::ValidatorSet;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::commitments::Sha256Commitments;
use tracelight_proof::genesis::{
    EPOCH_BLOCKS, Genesis, GenesisMember, SUITE_SHA256_ED25519, consensus_namespace, validators_hash,
};
use tracelight_proof::hash::sha256;
use tracelight_proof::history;
use tracelight_proof::log::Frontier;
use tracelight_proof::signed::tx_id;

/// BFT time of the genesis, milliseconds: 2026-11-22.
pub const GENESIS_MS: u64 = 1_795_305_600_000;
/// Milliseconds between two blocks.
pub const BLOCK_MS: u64 = 1_000;

/// A member of the test alliance.
#[derive(Debug)]
pub struct TestMember {
    /// Its GLN.
    pub gln: MemberId,
    /// Signs for its people.
    pub operator: Key,
    /// The second person.
    pub approver: Key,
    validator: SigningKey,
}

/// The chain.
#[derive(Debug)]
pub struct TestChain {
    /// Who the alliance is.
    pub genesis: Genesis,
    /// Manufacturer, logistics, pharmacy, regulator.
    pub members: Vec<TestMember>,
    /// State of every object after the newest block.
    pub state: BTreeMap<ObjectId, ObjectState>,
    /// Events of every object, oldest first.
    pub events: BTreeMap<ObjectId, Vec<Event>>,
    blocks: Vec<ChainBlock>,
    headers: Vec<Header>,
    nonces: BTreeSet<(PublicKey, u64)>,
    outcomes: Hash,
    /// Log of all blocks; the genesis block counts with an id of zeros.
    log: Frontier,
    event_count: u64,
    next_nonce: u64,
    /// Who certifies the next block, by place in `members`.
    seats: Vec<usize>,
    /// Who certifies from the block after the next on, if that changes.
    next_seats: Option<Vec<usize>>,
    /// BFT time of the next block when that is later than [`BLOCK_MS`] after the last: for tests with the real clock.
    pub clock_ms: u64,
}

struct Objects<'a> {
    states: &'a BTreeMap<ObjectId, ObjectState>,
    events: &'a BTreeMap<ObjectId, Vec<Event>>,
    headers: &'a [Header],
}

impl Ledger for Objects<'_> {
    type Error = core::convert::Infallible;
    fn get(&self, id: &ObjectId) -> Result<Option<StateBody>, Self::Error> {
        Ok(self.states.get(id).map(|state| state.body.clone()))
    }
    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, Self::Error> {
        let events = self.events.get(id).map(Vec::as_slice).unwrap_or_default();
        Ok(events.get(seq as usize).cloned())
    }
    fn block_id(&self, height: Height) -> Result<Option<Hash>, Self::Error> {
        Ok(self.headers.iter().find(|header| header.height == height).map(Header::id))
    }
}

/// The role a member of the test alliance has, and its place in [`TestChain::members`].
pub const MAKER: usize = 0;
/// The logistics company.
pub const CARRIER: usize = 1;
/// The pharmacy chain.
pub const PHARMACY: usize = 2;
/// The regulator.
pub const REGULATOR: usize = 3;

impl Default for TestChain {
    fn default() -> Self {
        Self::new()
    }
}

impl TestChain {
    fn objects(&self) -> Objects<'_> {
        Objects { states: &self.state, events: &self.events, headers: &self.headers }
    }

    /// An alliance of four, at its genesis. Its keys are the same in every test.
    ///
    /// # Panics
    /// Never: its parts are constants.
    #[must_use]
    pub fn new() -> Self {
        let parts = [
            (MemberRole::Manufacturer, "Qinling Pharmaceutical", "秦岭制药"),
            (MemberRole::Logistics, "Silk Road Logistics", "丝路物流"),
            (MemberRole::Pharmacy, "Yangtze Pharmacies", "长江大药房"),
            (MemberRole::Regulator, "Drug Administration", "药品监督管理局"),
        ];
        let seed = |member: usize, purpose: u8| [u8::try_from(member).unwrap_or(0) * 16 + purpose + 1; 32];
        let mut members = Vec::new();
        let mut founding = Vec::new();
        for (index, (role, name_en, name_zh)) in parts.into_iter().enumerate() {
            let gln = Gln::build("6901234", index as u64 + 1).expect("a GLN of constants");
            let operator = Key::from_seed(&seed(index, 1));
            let approver = Key::from_seed(&seed(index, 2));
            let validator = SigningKey::from_bytes(&seed(index, 3));
            founding.push(GenesisMember {
                gln,
                role,
                name_en: name_en.to_owned(),
                name_zh: name_zh.to_owned(),
                place_en: "Xi'an".to_owned(),
                place_zh: "西安".to_owned(),
                validator: PublicKey(validator.verifying_key().to_bytes()),
                keys: vec![
                    (operator.public_key(), KeyPurpose::Operator),
                    (approver.public_key(), KeyPurpose::Approver),
                ],
            });
            members.push(TestMember { gln, operator, approver, validator });
        }
        let genesis = Genesis {
            suite: SUITE_SHA256_ED25519,
            name: "Test alliance".to_owned(),
            time_ms: GENESIS_MS,
            epoch_blocks: EPOCH_BLOCKS,
            members: founding,
            witnesses: Vec::new(),
        };
        genesis.check().expect("a genesis of constants");
        let mut log = Frontier::default();
        log.append(&Hash::ZERO.0);
        Self {
            state: genesis.objects().into_iter().collect(),
            genesis,
            members,
            events: BTreeMap::new(),
            blocks: Vec::new(),
            headers: Vec::new(),
            nonces: BTreeSet::new(),
            outcomes: Hash::ZERO,
            log,
            event_count: 0,
            next_nonce: 1,
            seats: vec![MAKER, CARRIER, PHARMACY, REGULATOR],
            next_seats: None,
            clock_ms: 0,
        }
    }

    /// The same alliance with short epochs. Nothing may have happened yet.
    #[must_use]
    pub fn with_epochs(mut self, epoch_blocks: u32) -> Self {
        self.genesis.epoch_blocks = epoch_blocks;
        self.state = self.genesis.objects().into_iter().collect();
        self
    }

    /// The next block, which has to be the last of an epoch, names these members as the next validators.
    pub fn change_validators(&mut self, seats: Vec<usize>) {
        self.next_seats = Some(seats);
    }

    /// Keys of some members' validators, ascending.
    fn keys_of(&self, seats: &[usize]) -> Vec<[u8; 32]> {
        let mut keys: Vec<_> =
            seats.iter().map(|seat| self.member(*seat).validator.verifying_key().to_bytes()).collect();
        keys.sort_unstable();
        keys
    }

    /// The changes of the validators so far, as a node tells them.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let step = |block: &ChainBlock| {
            let validators = block.next_validators.clone()?;
            Some(Step { header: block.header.clone(), certificate: block.certificate.clone()?, validators })
        };
        self.blocks.iter().filter_map(step).collect()
    }

    /// Newest height.
    #[must_use]
    pub fn height(&self) -> Height {
        self.blocks.len() as Height
    }

    /// A member by its place: [`MAKER`] and so on.
    ///
    /// # Panics
    /// When there is no such place.
    #[must_use]
    pub fn member(&self, index: usize) -> &TestMember {
        self.members.get(index).expect("one of the four")
    }

    /// A transaction signed by a member's operator.
    pub fn sign(&mut self, member: usize, body: TxBody) -> SignedTx {
        self.next_nonce += 1;
        let builder = TxBuilder::new(self.genesis.chain_id(), self.height());
        builder.sign(&self.member(member).operator, self.next_nonce, body).expect("a key in memory signs")
    }

    /// A transaction signed by a member's approver.
    pub fn sign_as_approver(&mut self, member: usize, body: TxBody) -> SignedTx {
        self.next_nonce += 1;
        let builder = TxBuilder::new(self.genesis.chain_id(), self.height());
        builder.sign(&self.member(member).approver, self.next_nonce, body).expect("a key in memory signs")
    }

    /// A transaction signed by any key.
    pub fn sign_with(&mut self, key: &Key, body: TxBody) -> SignedTx {
        self.next_nonce += 1;
        TxBuilder::new(self.genesis.chain_id(), self.height())
            .sign(key, self.next_nonce, body)
            .expect("a key in memory signs")
    }

    /// Orders, certifies and executes these transactions as the next block. Returns its outcomes.
    pub fn block(&mut self, txs: &[SignedTx]) -> Vec<Option<Refusal>> {
        let header = self.next_header(txs);
        let encoded: Vec<Vec<u8>> = txs.iter().map(|tx| tx.to_bytes()).collect();
        let body = encode_body(&encoded);
        let outcomes: Vec<Option<Refusal>> = txs.iter().map(|tx| self.execute(tx, &header)).collect();
        let codes: Vec<u16> = outcomes.iter().map(|outcome| outcome.map_or(0, Refusal::code)).collect();
        self.outcomes = next_outcomes(&self.outcomes, header.height, &codes);
        let signers: Vec<usize> = self.seats.iter().copied().take(3).collect();
        let certificate = Some(Base64(self.certify(&header, &signers)));
        let next_seats = self.next_seats.take();
        let next_validators =
            next_seats.as_ref().map(|seats| self.keys_of(seats).into_iter().map(|key| Text(PublicKey(key))).collect());
        self.blocks.push(ChainBlock {
            header: Base64(header.encode()),
            body: Base64(body),
            certificate,
            outcomes: codes,
            next_validators,
        });
        self.seats = next_seats.unwrap_or_else(|| self.seats.clone());
        self.log.append(&header.id().0);
        self.headers.push(header);
        outcomes
    }

    /// Blocks from a height on.
    #[must_use]
    pub fn blocks_from(&self, from: Height, max: usize) -> Vec<ChainBlock> {
        let skip = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        self.blocks.iter().skip(skip).take(max).cloned().collect()
    }

    /// A certificate of a header by the validators with these places in [`TestChain::members`].
    #[must_use]
    pub fn certify(&self, header: &Header, signers: &[usize]) -> Vec<u8> {
        let view = u8::try_from(header.height % 100).unwrap_or(0) + 1;
        let mut proposal = vec![0, view, view - 1];
        proposal.extend_from_slice(&header.id().0);
        let mut tag = consensus_namespace(self.genesis.chain_id());
        tag.extend_from_slice(b"_FINALIZE");
        let mut message = vec![u8::try_from(tag.len()).expect("a namespace is short")];
        message.extend_from_slice(&tag);
        message.extend_from_slice(&proposal);
        let order = self.keys_of(&self.seats);
        let mut signatures = BTreeMap::new();
        for signer in signers {
            let key = &self.member(*signer).validator;
            let public = key.verifying_key().to_bytes();
            let number = order.iter().position(|other| *other == public).expect("it is one of the validators");
            signatures.insert(number, key.sign(&message).to_bytes());
        }
        let mut out = proposal;
        out.extend_from_slice(&(order.len() as u64).to_be_bytes());
        out.push(signatures.keys().fold(0, |bits, number| bits | 1 << number));
        out.push(u8::try_from(signatures.len()).expect("at most four"));
        signatures.values().for_each(|signature| out.extend_from_slice(signature));
        out
    }

    fn next_header(&self, txs: &[SignedTx]) -> Header {
        let encoded: Vec<Vec<u8>> = txs.iter().map(|tx| tx.to_bytes()).collect();
        let height = self.height() + 1;
        let set_of = |seats: &[usize]| ValidatorSet::new(&self.keys_of(seats)).expect("keys of members");
        let validators = validators_hash(&set_of(&self.seats));
        let next_validators = self.next_seats.as_ref().map_or(validators, |seats| validators_hash(&set_of(seats)));
        let states: Vec<u8> =
            self.state.iter().flat_map(|(id, state)| [id.to_bytes(), state.to_bytes()].concat()).collect();
        Header {
            height,
            parent: self.headers.last().map_or(Hash::ZERO, Header::id),
            body: body_digest(&encode_body(&encoded)),
            chain: self.genesis.chain_id(),
            time_ms: self.clock_ms.max(self.headers.last().map_or(GENESIS_MS, |last| last.time_ms) + BLOCK_MS),
            txs_root: txs_root(&encoded),
            txs: u32::try_from(txs.len()).expect("a test's block is small"),
            executed: height - 1,
            state_root: sha256(&states),
            outcomes: self.outcomes,
            events: self.event_count,
            log_root: self.log.root(),
            validators,
            next_validators,
        }
    }

    fn execute(&mut self, signed: &SignedTx, header: &Header) -> Option<Refusal> {
        if tracelight_proof::signed::verify(signed).is_err() {
            return Some(Refusal::BadSignature);
        }
        let admitted = rules::admit(&self.objects(), self.genesis.chain_id(), header.height, &signed.tx);
        let (signer, used) = match admitted {
            Ok(admitted) => admitted,
            Err(RuleError::Refused(refusal)) => return Some(refusal),
            Err(RuleError::Storage(never)) => match never {},
        };
        if !self.nonces.insert((signed.tx.key, signed.tx.nonce)) {
            return Some(Refusal::NonceUsed);
        }
        if let Some(change) = used {
            self.write(change, &signer, signed, header);
        }
        let applied = {
            let ledger = self.objects();
            let context = Context {
                ledger: &ledger,
                commitments: &Sha256Commitments,
                height: header.height,
                time_ms: header.time_ms,
            };
            rules::apply(&context, &signer, &signed.tx)
        };
        match applied {
            Ok(changes) => {
                changes.into_iter().for_each(|change| self.write(change, &signer, signed, header));
                None
            }
            Err(RuleError::Refused(refusal)) => Some(refusal),
            Err(RuleError::Storage(never)) => match never {},
        }
    }

    fn write(&mut self, change: Change, signer: &Signer, signed: &SignedTx, header: &Header) {
        let mut history = self.state.get(&change.object).map_or(History::EMPTY, |state| state.history);
        if let Some(event) = change.event {
            let event = event.placed(header.height, header.time_ms, signer.member, tx_id(&signed.tx));
            history = history::extend(history, &event);
            self.event_count += 1;
            self.events.entry(change.object.clone()).or_default().push(event);
        }
        self.state.insert(change.object, ObjectState { history, body: change.body });
    }
}
