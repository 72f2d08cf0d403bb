//! A small true chain of any shape: so many validators, changes of them, hops, objects and packs; and true bundles over it.
//! The liar-server suite, the table of sizes and the benchmark of the checker stand on it. Every byte follows from the plan.
//!
//! What it leaves out is the network and the rules of the ledger: objects and events are put into the state as the rules
//! would have put them, and only headers that a bundle can show exist.

use crate::alliance::{State, gln, gtin, sscc};
use ed25519_dalek::{Signer as _, SigningKey};
use std::collections::BTreeMap;
use tracelight_domain::gs1::{Date, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Hash, PublicKey, TxId, UnitId};
use tracelight_domain::rules::Commitments as _;
use tracelight_domain::state::{
    Event, EventKind, KeyPurpose, Level, LogisticStatus, MemberRole, ObjectId, StateBody, UnitStatus,
};
use tracelight_domain::tx::{RecallClass, UnitTouch};
use tracelight_proof::block::{Header, body_digest, encode_body, txs_root};
use tracelight_proof::bundle::{
    Anchor, Bundle, BundleObject, Certified, Cosignature, Cosigned, ShortCertificate, ShortHeader, Step,
};
use tracelight_proof::certificate::ValidatorSet;
use tracelight_proof::codec::{Canonical as _, write_varint};
use tracelight_proof::commitments::{Sha256Commitments, count_commitment, unit_leaf, unit_root, unit_salt};
use tracelight_proof::genesis::{
    Genesis, GenesisMember, GenesisWitness, SUITE_SHA256_ED25519, consensus_namespace, validators_hash,
};
use tracelight_proof::hash::sha256;
use tracelight_proof::log::{Frontier, LogHead, Nodes, Place, prove_consistency};
use tracelight_proof::merkle::Tree;
use tracelight_proof::note::{Checkpoint, cosignature_message};
use tracelight_proof::state_proof::{EMPTY, ProofLeaf, StateProof, leaf_hash, node_hash, state_key};

/// BFT time of the newest header: 22 November 2026, 00:00 UTC.
pub const NOW_MS: u64 = crate::alliance::AS_OF_MS;
/// Blocks of an epoch in these chains.
pub const EPOCH_BLOCKS: u32 = 600;

/// What a chain is to look like.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Members, each with a validator, at the genesis. 4..=64.
    pub validators: usize,
    /// Changes of the validators: by turns one is replaced and one joins.
    pub steps: usize,
    /// Hand-overs of the goods.
    pub hops: usize,
    /// The first half of the hops stands on a pallet.
    pub pallet: bool,
    /// Other objects in the state.
    pub others: usize,
    /// Packs of the batch.
    pub packs: usize,
    /// Packs in the case.
    pub in_case: usize,
    /// Witnesses of the alliance.
    pub witnesses: u8,
    /// A recall is in force.
    pub recalled: bool,
    /// The pack was supplied to a patient.
    pub dispensed: bool,
    /// Blocks before the certified one.
    pub height: u64,
}

impl Plan {
    /// Six hops, four validators, a few hundred objects: for tests that run often.
    pub const SMALL: Self = Self {
        validators: 4,
        steps: 2,
        hops: 6,
        pallet: true,
        others: 200,
        packs: 60,
        in_case: 12,
        witnesses: 2,
        recalled: false,
        dispensed: false,
        height: 3_000,
    };
    /// A pack of an alliance that has worked for some days: a million objects, batches of 20,000, cases of 48.
    pub const REAL: Self = Self {
        validators: 4,
        steps: 0,
        hops: 6,
        pallet: false,
        others: 1_000_000,
        packs: 20_000,
        in_case: 48,
        witnesses: 2,
        recalled: false,
        dispensed: false,
        height: 260_000,
    };
}

/// A chain by a plan.
#[derive(Clone, Debug)]
pub struct Journey {
    /// What it looks like.
    pub plan: Plan,
    /// Who the alliance is.
    pub genesis: Genesis,
    /// Its id.
    pub chain: ChainId,
    /// Changes of the validators.
    pub steps: Vec<Step>,
    /// The keys that certify now, in the order of the set.
    pub keys: Vec<SigningKey>,
    /// The state that the newest header speaks of.
    pub state: State,
    /// The newest header.
    pub header: Header,
    /// Its log, `0..=executed`.
    pub log: Log,
    tree: Tree,
    case_tree: Tree,
}

/// Signing key of validator `number`; the founders' are `0..validators`.
#[must_use]
pub fn validator_key(number: usize) -> SigningKey {
    named_key("validator", number)
}

/// Signing key of a witness.
#[must_use]
pub fn witness_key(number: u8) -> SigningKey {
    named_key("witness", usize::from(number))
}

fn named_key(what: &str, number: usize) -> SigningKey {
    SigningKey::from_bytes(&sha256(format!("{what} {number}").as_bytes()).0)
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

/// The lot of the pack.
#[must_use]
pub fn batch() -> BatchId {
    BatchId { gtin: gtin(), lot: Lot::parse("A24K07").expect("a lot") }
}

/// Pack `index`; the case holds the first of them.
#[must_use]
pub fn unit(index: usize) -> UnitId {
    UnitId { gtin: gtin(), serial: Serial::parse(&format!("7F3K9Q{index:08}")).expect("a serial") }
}

/// The case.
#[must_use]
pub fn case() -> Sscc {
    sscc(1)
}

/// The pallet.
#[must_use]
pub fn pallet() -> Sscc {
    sscc(2)
}

const SECRET: [u8; 32] = [0x5e; 32];
const COUNT_SALT: [u8; 16] = [0xc0; 16];

fn tree_of(packs: usize) -> Tree {
    let lot = batch().lot;
    let leaf = |index| {
        let serial = unit(index).serial;
        unit_leaf(gtin(), &lot, &serial, &unit_salt(&SECRET, &serial))
    };
    Tree::new((0..packs).map(leaf).collect())
}

fn genesis_of(plan: &Plan) -> Genesis {
    let roles = [MemberRole::Manufacturer, MemberRole::Logistics, MemberRole::Pharmacy, MemberRole::Regulator];
    let member = |number: usize| GenesisMember {
        gln: gln(number as u64 + 1),
        role: *roles.get(number.min(3)).unwrap_or(&MemberRole::Logistics),
        name_en: format!("Member {number} Trading"),
        name_zh: format!("成员{number}公司"),
        place_en: "Wuhan".into(),
        place_zh: "武汉".into(),
        validator: public(&validator_key(number)),
        keys: vec![
            (public(&named_key("operator", number)), KeyPurpose::Operator),
            (public(&named_key("approver", number)), KeyPurpose::Approver),
        ],
    };
    let witness =
        |number| GenesisWitness { name: format!("witness{number}.example"), key: public(&witness_key(number)) };
    Genesis {
        suite: SUITE_SHA256_ED25519,
        name: "Journey alliance".into(),
        time_ms: NOW_MS - plan.height * 1_000,
        epoch_blocks: EPOCH_BLOCKS,
        members: (0..plan.validators).map(member).collect(),
        witnesses: (0..plan.witnesses).map(witness).collect(),
    }
}

/// The block ids of a chain, by their log.
#[derive(Clone, Debug, Default)]
pub struct Log {
    frontier: Frontier,
    nodes: BTreeMap<Place, Hash>,
}

impl Log {
    fn append(&mut self, id: &Hash) {
        self.nodes.extend(self.frontier.append(&id.0));
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> LogHead {
        LogHead { size: self.frontier.size(), root: self.frontier.root() }
    }

    /// The head that it had with `size` entries, and the proof from there.
    #[must_use]
    pub fn older(&self, size: u64) -> (LogHead, Vec<Hash>) {
        let root = tracelight_proof::log::root(self, size).expect("an older size");
        let proof = prove_consistency(self, size, self.frontier.size()).expect("all nodes").expect("an older size");
        (LogHead { size, root }, proof)
    }
}

impl Nodes for Log {
    type Error = Place;
    fn node(&self, place: Place) -> Result<Hash, Place> {
        self.nodes.get(&place).copied().ok_or(place)
    }
}

/// A certificate of a header by some of these keys, which are in the order of the set.
#[must_use]
pub fn certify(header: &Header, keys: &[SigningKey], signers: &[usize]) -> Vec<u8> {
    let epoch = header.height / u64::from(EPOCH_BLOCKS);
    let view = header.height % u64::from(EPOCH_BLOCKS) + 1;
    let mut proposal = Vec::new();
    [epoch, view, view - 1].into_iter().for_each(|number| write_varint(number, &mut proposal));
    proposal.extend_from_slice(&header.id().0);
    let tag = [consensus_namespace(header.chain).as_slice(), b"_FINALIZE"].concat();
    let mut message = Vec::new();
    write_varint(tag.len() as u64, &mut message);
    message.extend_from_slice(&tag);
    message.extend_from_slice(&proposal);
    let mut bitmap = vec![0u8; keys.len().div_ceil(8)];
    signers.iter().for_each(|signer| bitmap[signer / 8] |= 1 << (signer % 8));
    let mut out = proposal;
    out.extend_from_slice(&(keys.len() as u64).to_be_bytes());
    out.extend_from_slice(&bitmap);
    write_varint(signers.len() as u64, &mut out);
    signers.iter().for_each(|signer| out.extend_from_slice(&keys[*signer].sign(&message).to_bytes()));
    out
}

fn in_order(mut keys: Vec<SigningKey>) -> Vec<SigningKey> {
    keys.sort_by_key(public);
    keys
}

fn set_of(keys: &[SigningKey]) -> ValidatorSet {
    ValidatorSet::new(&keys.iter().map(|key| public(key).0).collect::<Vec<_>>()).expect("distinct keys")
}

/// The first signers that make a quorum of these keys.
#[must_use]
pub fn quorum(keys: &[SigningKey]) -> Vec<usize> {
    (0..set_of(keys).quorum()).collect()
}

impl Journey {
    /// Makes the chain.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let genesis = genesis_of(&plan);
        genesis.check().expect("a sound genesis");
        let chain = genesis.chain_id();
        let mut log = Log::default();
        let mut keys = in_order((0..plan.validators).map(validator_key).collect());
        let mut steps = Vec::new();
        for number in 0..plan.steps {
            let next = changed(&keys, plan.validators, number);
            let height = (number as u64 + 1) * u64::from(EPOCH_BLOCKS) - 1;
            let header = boundary(&genesis, chain, height, &set_of(&keys), &set_of(&next));
            let certificate = certify(&header, &keys, &quorum(&keys));
            steps.push(Step::new(&header, &certificate, &set_of(&keys), &set_of(&next)).expect("a certificate"));
            keys = next;
        }
        // Ids of ordinary blocks are made up: no bundle shows them.
        let executed = plan.height - 1;
        (0..=executed).for_each(|height| log.append(&sha256(&height.to_be_bytes())));
        let (tree, case_tree) = (tree_of(plan.packs), tree_of(plan.in_case));
        let state = state_of(&plan, &tree, &case_tree);
        let validators = validators_hash(&set_of(&keys));
        let content = encode_body(&[b"a transaction".as_slice()]);
        let header = Header {
            height: plan.height,
            parent: sha256(b"parent"),
            body: body_digest(&content),
            chain,
            time_ms: NOW_MS,
            txs_root: txs_root(&[b"a transaction"]),
            txs: 1,
            executed,
            state_root: Hash::ZERO,
            outcomes: sha256(b"outcomes"),
            events: plan.others as u64 * 4,
            log_root: log.head().root,
            validators,
            next_validators: validators,
        };
        let mut journey = Self { plan, genesis, chain, steps, keys, state, header, log, tree, case_tree };
        journey.header.state_root = journey.prove(&[]).0;
        journey
    }

    /// The same chain with another state under its newest header.
    #[must_use]
    pub fn with_state(&self, state: State) -> Self {
        let mut other = Self { state, ..self.clone() };
        other.header.state_root = other.prove(&[]).0;
        other
    }

    /// Changes of the validators, with the genesis.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        Anchor { genesis: self.genesis.to_bytes(), steps: self.steps.clone() }
    }

    /// The newest header with its certificate and steps, as a checkpoint carries it.
    #[must_use]
    pub fn certified(&self) -> Certified {
        let certificate = certify(&self.header, &self.keys, &quorum(&self.keys));
        Certified {
            steps: self.steps.clone(),
            header: ShortHeader::of(&self.header),
            certificate: ShortCertificate::of(&certificate).expect("a certificate"),
        }
    }

    /// The proof that pack `index` exists and is in the case.
    #[must_use]
    pub fn touch(&self, index: usize) -> UnitTouch {
        let unit = unit(index);
        UnitTouch {
            salt: unit_salt(&SECRET, &unit.serial),
            unit,
            lot: batch().lot,
            in_batch: self.tree.path(index).expect("the pack exists"),
            count_commitment: count_commitment(self.plan.packs as u64, &COUNT_SALT),
            in_case: self.case_tree.path(index).map(|path| (case(), path)),
        }
    }

    /// The objects that a bundle shows.
    #[must_use]
    pub fn objects(&self, index: usize) -> Vec<ObjectId> {
        let mut objects = vec![ObjectId::Batch(batch()), ObjectId::Unit(unit(index)), ObjectId::Logistic(case())];
        objects.extend(self.plan.pallet.then_some(ObjectId::Logistic(pallet())));
        objects
    }

    /// One object as the state has it.
    #[must_use]
    pub fn object(&self, id: &ObjectId) -> BundleObject {
        let proof = self.prove(std::slice::from_ref(id)).1.pop().expect("one proof");
        BundleObject { id: id.clone(), proof, events: self.events(id) }
    }

    fn events(&self, id: &ObjectId) -> Vec<Event> {
        self.state.objects.get(id).map(|(_, events)| events.clone()).unwrap_or_default()
    }

    /// A witness's word on a log's head.
    #[must_use]
    pub fn cosign(&self, witness: u8, head: LogHead, time_s: u64) -> Cosignature {
        let text = Checkpoint { chain: self.chain, head }.text();
        let signature = witness_key(witness).sign(&cosignature_message(time_s, &text)).to_bytes();
        Cosignature { witness, time_s, signature }
    }

    /// A true bundle of pack `index`, without its anchor.
    #[must_use]
    pub fn bundle(&self, index: usize) -> Bundle {
        let ids = self.objects(index);
        let proofs = self.prove(&ids).1;
        let objects =
            ids.iter().zip(proofs).map(|(id, proof)| BundleObject { id: id.clone(), proof, events: self.events(id) });
        let certified = self.certified();
        let head = self.log.head();
        let cosignatures: Vec<_> =
            (0..self.plan.witnesses).map(|witness| self.cosign(witness, head, NOW_MS / 1_000)).collect();
        Bundle {
            anchor: None,
            header: certified.header,
            certificate: certified.certificate,
            cosigned: (!cosignatures.is_empty()).then_some(Cosigned { older: None, cosignatures }),
            touch: self.touch(index),
            objects: objects.collect(),
        }
    }

    /// Root of the state, and what stands at each of these objects' keys.
    #[must_use]
    pub fn prove(&self, ids: &[ObjectId]) -> (Hash, Vec<StateProof>) {
        let leaves = self.state.leaves();
        let keys: Vec<Hash> = ids.iter().map(state_key).collect();
        let blank = StateProof { leaf: ProofLeaf::Absent, siblings: Vec::new() };
        let mut proofs = vec![blank; ids.len()];
        let wanted: Vec<usize> = (0..ids.len()).collect();
        let root = self.grow(&leaves, 0, &keys, &wanted, &mut proofs, ids);
        (root, proofs)
    }

    fn grow(
        &self,
        leaves: &[(Hash, Hash)],
        depth: usize,
        keys: &[Hash],
        wanted: &[usize],
        proofs: &mut [StateProof],
        ids: &[ObjectId],
    ) -> Hash {
        if let [] | [_] = leaves {
            for index in wanted {
                proofs[*index].leaf = match leaves.first() {
                    None => ProofLeaf::Absent,
                    Some((key, _)) if *key == keys[*index] => {
                        let state = self.state.objects.get(&ids[*index]);
                        ProofLeaf::Present(state.map(|(state, _)| state.to_bytes()).unwrap_or_default())
                    }
                    Some((key, value)) => ProofLeaf::Other { key: *key, value: *value },
                };
            }
            return leaves.first().map_or(EMPTY, |(key, value)| leaf_hash(key, value));
        }
        let bit = |key: &Hash| (key.0[depth / 8] >> (7 - depth % 8)) & 1 == 1;
        let (zeros, ones) = leaves.split_at(leaves.partition_point(|(key, _)| !bit(key)));
        let (right, left): (Vec<usize>, Vec<usize>) = wanted.iter().partition(|index| bit(&keys[**index]));
        let left_root = self.grow(zeros, depth + 1, keys, &left, proofs, ids);
        let right_root = self.grow(ones, depth + 1, keys, &right, proofs, ids);
        let sibling = |hash: Hash| Some(hash).filter(|hash| *hash != EMPTY);
        left.iter().for_each(|index| proofs[*index].siblings.push(sibling(right_root)));
        right.iter().for_each(|index| proofs[*index].siblings.push(sibling(left_root)));
        node_hash(&left_root, &right_root)
    }
}

/// By turns one validator is replaced and one joins.
fn changed(keys: &[SigningKey], founders: usize, number: usize) -> Vec<SigningKey> {
    let mut next = keys.to_vec();
    if number.is_multiple_of(2) {
        next.remove(number % keys.len());
    }
    next.push(validator_key(founders + number));
    in_order(next)
}

fn boundary(genesis: &Genesis, chain: ChainId, height: u64, old: &ValidatorSet, next: &ValidatorSet) -> Header {
    let body = encode_body::<&[u8]>(&[]);
    Header {
        height,
        parent: sha256(b"parent of a boundary"),
        body: body_digest(&body),
        chain,
        time_ms: genesis.time_ms + height * 1_000,
        txs_root: txs_root::<&[u8]>(&[]),
        txs: 0,
        executed: height - 1,
        state_root: sha256(b"state"),
        outcomes: sha256(b"outcomes"),
        events: height * 3,
        log_root: sha256(b"log"),
        validators: validators_hash(old),
        next_validators: validators_hash(next),
    }
}

/// The events of one story, in order, an hour and more apart.
struct Clock {
    step: u64,
    plan: Plan,
}

impl Clock {
    fn event(&mut self, kind: EventKind, actor: usize, peer: Option<usize>, container: Option<Sscc>) -> Event {
        self.step += 1;
        let back = (30 - self.step) * (self.plan.height / 40);
        Event {
            kind,
            height: self.plan.height - back,
            time_ms: NOW_MS - back * 1_000 - self.step * 37,
            actor: gln(actor as u64 + 1),
            peer: peer.map(|peer| gln(peer as u64 + 1)),
            container,
            withdraws: None,
            tx: TxId(sha256(format!("transaction {}", self.step).as_bytes()).0),
        }
    }
}

fn state_of(plan: &Plan, tree: &Tree, case_tree: &Tree) -> State {
    let mut state = State::default();
    let mut clock = Clock { step: 0, plan: *plan };
    state.filler = (0..plan.others as u64).map(|n| (sha256(&n.to_le_bytes()), sha256(&n.to_be_bytes()))).collect();
    let date = |iso| Date::parse_iso(iso).expect("a date");
    let count = count_commitment(plan.packs as u64, &COUNT_SALT);
    let batch_body = |sealed: bool, recalled| StateBody::Batch {
        maker: gln(1),
        made_on: date("2026-11-03"),
        expires_on: date("2027-10"),
        quota: (!sealed).then(|| sha256(b"quota")),
        unit_root: sealed.then(|| unit_root(&count, &tree.root())),
        recalled,
    };
    let id = ObjectId::Batch(batch());
    state.put(id.clone(), batch_body(false, None), Some(clock.event(EventKind::Registered, 0, None, None)));
    let holder = put_goods(&mut state, plan, case_tree, &mut clock);
    state.put(id.clone(), batch_body(true, None), Some(clock.event(EventKind::Sealed, 0, None, None)));
    if plan.recalled {
        let body = batch_body(true, Some(RecallClass::One));
        state.put(id, body, Some(clock.event(EventKind::Recalled, 3, None, None)));
    }
    if plan.dispensed {
        let event = clock.event(EventKind::Dispensed, holder, None, None);
        let since_ms = event.time_ms;
        let (lot, custodian) = (batch().lot, gln(holder as u64 + 1));
        let body = StateBody::Unit { lot, status: UnitStatus::Dispensed, custodian, by: custodian, since_ms };
        state.put(ObjectId::Unit(unit(0)), body, Some(event));
    }
    state
}

/// Case and pallet with their hops; returns who holds the case in the end.
fn put_goods(state: &mut State, plan: &Plan, case_tree: &Tree, clock: &mut Clock) -> usize {
    let body = |level, holder: usize, parent| {
        let (content_root, content_count) = match level {
            Level::Case => (case_tree.root(), plan.in_case as u32),
            Level::Pallet => (Sha256Commitments.pallet_root(&[case()]), 1),
        };
        let (status, custodian) = (LogisticStatus::InStock, gln(holder as u64 + 1));
        StateBody::Logistic { status, custodian, parent, content_root, content_count, level }
    };
    let (case_id, pallet_id) = (ObjectId::Logistic(case()), ObjectId::Logistic(pallet()));
    state.put(case_id.clone(), body(Level::Case, 0, None), Some(clock.event(EventKind::Packed, 0, None, None)));
    let on_pallet = if plan.pallet { plan.hops / 2 } else { 0 };
    if plan.pallet {
        let event = clock.event(EventKind::Packed, 0, None, Some(pallet()));
        state.put(pallet_id.clone(), body(Level::Pallet, 0, None), Some(Event { container: None, ..event.clone() }));
        state.put(case_id.clone(), body(Level::Case, 0, Some(pallet())), Some(event));
    }
    let mut holder = 0;
    for hop in 0..plan.hops {
        if plan.pallet && hop == on_pallet {
            let event = clock.event(EventKind::Unpacked, holder, None, Some(pallet()));
            let StateBody::Logistic { content_root, level, .. } = body(Level::Pallet, holder, None) else { continue };
            let (status, custodian) = (LogisticStatus::Unpacked, gln(holder as u64 + 1));
            let empty = StateBody::Logistic { status, custodian, parent: None, content_root, content_count: 0, level };
            state.put(pallet_id.clone(), empty, Some(Event { container: None, ..event.clone() }));
            state.put(case_id.clone(), body(Level::Case, holder, None), Some(event));
        }
        // The regulator, member 3, holds no goods.
        let to = [1, 2].into_iter().find(|to| *to != holder).unwrap_or(1);
        let (id, level) = if hop < on_pallet { (&pallet_id, Level::Pallet) } else { (&case_id, Level::Case) };
        let shipped = clock.event(EventKind::Shipped, holder, Some(to), None);
        state.put(id.clone(), body(level, holder, None), Some(shipped));
        let received = clock.event(EventKind::Received, to, Some(holder), None);
        state.put(id.clone(), body(level, to, None), Some(received));
        holder = to;
    }
    holder
}
