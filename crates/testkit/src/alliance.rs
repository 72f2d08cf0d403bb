//! A small alliance whose every byte is fixed: keys from seeds, one batch of five packs in one case on one pallet, shipped
//! and received, and a true bundle for each pack. Golden bytes and mutation tests stand on it.
//!
//! The state tree is built here by plain recursion over all keys, a second implementation beside the node's; the node's own
//! tests compare the two.

use ed25519_dalek::{Signer as _, SigningKey};
use std::collections::BTreeMap;
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Hash, PublicKey, ShipmentId, TxId, UnitId};
use tracelight_domain::rules::Commitments as _;
use tracelight_domain::state::{
    Event, EventKind, History, KeyPurpose, Level, LogisticStatus, MemberRole, ObjectId, ObjectState, StateBody,
};
use tracelight_domain::tx::{RecallClass, Seal, SignedTx, Tx, UnitTouch};
use tracelight_proof::block::{Header, body_digest, encode_body, txs_root};
use tracelight_proof::bundle::{Anchor, Bundle, BundleObject, Cosignature, Cosigned, ShortCertificate, ShortHeader};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::commitments::{Sha256Commitments, count_commitment, quota_commitment, unit_leaf, unit_salt};
use tracelight_proof::genesis::{
    EPOCH_BLOCKS, Genesis, GenesisMember, GenesisWitness, SUITE_SHA256_ED25519, consensus_namespace, validators_hash,
};
use tracelight_proof::log::{Frontier, LogHead};
use tracelight_proof::merkle::Tree;
use tracelight_proof::note::{Checkpoint, cosignature_message};
use tracelight_proof::signed::tx_message;
use tracelight_proof::state_proof::{EMPTY, ProofLeaf, StateProof, leaf_hash, node_hash, state_key, value_hash};
use tracelight_proof::{block, history};

/// Time of the certified header: 22 November 2026, 00:00 UTC.
pub const AS_OF_MS: u64 = 20_779 * 86_400_000;
/// Packs in the batch.
pub const PACKS: usize = 5;

/// Signing key number `number` of the fixture.
#[must_use]
pub fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// Its public key.
#[must_use]
pub fn public(number: u8) -> PublicKey {
    PublicKey(key(number).verifying_key().to_bytes())
}

/// GLN of member 1 (maker) to 4 (regulator), or of a stranger.
#[must_use]
pub fn gln(number: u64) -> Gln {
    Gln::build("6901234", number).expect("a small number fits")
}

/// The product.
#[must_use]
pub fn gtin() -> Gtin {
    Gtin::build(0, "6901234", 7).expect("a small number fits")
}

/// The batch.
#[must_use]
pub fn batch() -> BatchId {
    BatchId { gtin: gtin(), lot: Lot::parse("A24K07").expect("a lot") }
}

/// The case is number 1, the pallet number 100.
#[must_use]
pub fn sscc(number: u64) -> Sscc {
    Sscc::build(3, "6901234", number).expect("a small number fits")
}

/// Pack `index` of the batch.
#[must_use]
pub fn unit(index: usize) -> UnitId {
    UnitId { gtin: gtin(), serial: Serial::parse(&format!("7F3K9QX2M4TB{index:04}")).expect("a serial") }
}

/// The genesis: four members, validators with keys 11 to 14, operators with keys 1 to 4, an approver with key 5; two
/// witnesses with keys 21 and 22.
#[must_use]
pub fn genesis() -> Genesis {
    let member = |number: u8, role, name_en: &str, name_zh: &str, place_en: &str, place_zh: &str| GenesisMember {
        gln: gln(u64::from(number)),
        role,
        name_en: name_en.into(),
        name_zh: name_zh.into(),
        place_en: place_en.into(),
        place_zh: place_zh.into(),
        validator: public(10 + number),
        keys: if number == 4 {
            vec![(public(4), KeyPurpose::Operator), (public(5), KeyPurpose::Approver)]
        } else {
            vec![(public(number), KeyPurpose::Operator)]
        },
    };
    Genesis {
        suite: SUITE_SHA256_ED25519,
        name: "Fixture alliance".into(),
        time_ms: AS_OF_MS - 86_400_000,
        epoch_blocks: EPOCH_BLOCKS,
        members: vec![
            member(1, MemberRole::Manufacturer, "Qinhe Pharma", "秦禾制药", "Xi'an", "西安"),
            member(2, MemberRole::Logistics, "Changjiang Logistics", "长江物流", "Wuhan", "武汉"),
            member(3, MemberRole::Pharmacy, "Yihe Pharmacy", "颐和药房", "Wuhan", "武汉"),
            member(4, MemberRole::Regulator, "Food and Drug Watch", "食药监管", "Beijing", "北京"),
        ],
        witnesses: vec![
            GenesisWitness { name: "consumers.example".into(), key: public(21) },
            GenesisWitness { name: "lab.example".into(), key: public(22) },
        ],
    }
}

/// Signs a transaction with key `number`.
#[must_use]
pub fn sign(number: u8, tx: Tx) -> SignedTx {
    let signature = key(number).sign(&tx_message(&tx)).to_bytes();
    SignedTx { tx, signature }
}

/// A certificate over a header by the validators with these keys (11 to 14).
#[must_use]
pub fn certify(genesis: &Genesis, header: &[u8], signers: &[u8]) -> Vec<u8> {
    let mut proposal = vec![0, 9, 8];
    proposal.extend_from_slice(&block::block_id(header).0);
    let tag = [consensus_namespace(genesis.chain_id()).as_slice(), b"_FINALIZE"].concat();
    let message = [&[u8::try_from(tag.len()).expect("a short tag")][..], &tag, &proposal].concat();
    let mut order: Vec<PublicKey> = genesis.members.iter().map(|member| member.validator).collect();
    order.sort_unstable();
    let place = |number: &u8| order.iter().position(|key| *key == public(*number)).expect("a validator");
    let mut signed: Vec<(usize, [u8; 64])> =
        signers.iter().map(|number| (place(number), key(*number).sign(&message).to_bytes())).collect();
    signed.sort_unstable_by_key(|(place, _)| *place);
    let bitmap = signed.iter().fold(0u8, |bits, (place, _)| bits | (1 << place));
    let mut out = proposal;
    out.extend_from_slice(&(order.len() as u64).to_be_bytes());
    out.push(bitmap);
    out.push(u8::try_from(signed.len()).expect("few signers"));
    signed.iter().for_each(|(_, signature)| out.extend_from_slice(signature));
    out
}

/// The ledger's state, kept whole.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// State and events of every object.
    pub objects: BTreeMap<ObjectId, (ObjectState, Vec<Event>)>,
    /// Leaves (key, value hash) of objects that nobody asks about.
    pub filler: Vec<(Hash, Hash)>,
}

impl State {
    /// Puts an object's body and adds an event to its history.
    pub fn put(&mut self, id: ObjectId, body: StateBody, event: Option<Event>) {
        let entry = self
            .objects
            .entry(id)
            .or_insert_with(|| (ObjectState { history: History::EMPTY, body: body.clone() }, Vec::new()));
        entry.0.body = body;
        if let Some(event) = event {
            entry.0.history = history::extend(entry.0.history, &event);
            entry.1.push(event);
        }
    }

    /// Keys and value hashes of all objects, in the order of the keys.
    #[must_use]
    pub fn leaves(&self) -> Vec<(Hash, Hash)> {
        let mut leaves = self.filler.clone();
        leaves.extend(self.objects.iter().map(|(id, (state, _))| (state_key(id), value_hash(&state.to_bytes()))));
        leaves.sort_unstable();
        leaves
    }

    /// Root of the state tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        subtree(&self.leaves(), 0)
    }

    /// Proof of an object, or of its absence.
    #[must_use]
    pub fn prove(&self, id: &ObjectId) -> StateProof {
        let key = state_key(id);
        let leaves = self.leaves();
        let (mut here, mut depth, mut siblings) = (leaves.as_slice(), 0, Vec::new());
        while here.len() > 1 {
            let split = here.partition_point(|(key, _)| !bit(key, depth));
            let (zeros, ones) = here.split_at(split);
            let (next, other) = if bit(&key, depth) { (ones, zeros) } else { (zeros, ones) };
            depth += 1;
            siblings.push((!other.is_empty()).then(|| subtree(other, depth)));
            here = next;
        }
        siblings.reverse();
        let leaf = match here.first() {
            Some((found, _)) if *found == key => {
                ProofLeaf::Present(self.objects.get(id).map(|(state, _)| state.to_bytes()).unwrap_or_default())
            }
            Some((found, value)) => ProofLeaf::Other { key: *found, value: *value },
            None => ProofLeaf::Absent,
        };
        StateProof { leaf, siblings }
    }
}

fn bit(key: &Hash, index: usize) -> bool {
    (key.0[index / 8] >> (7 - index % 8)) & 1 == 1
}

fn subtree(leaves: &[(Hash, Hash)], depth: usize) -> Hash {
    match leaves {
        [] => EMPTY,
        [(key, value)] => leaf_hash(key, value),
        more => {
            let (zeros, ones) = more.split_at(more.partition_point(|(key, _)| !bit(key, depth)));
            node_hash(&subtree(zeros, depth + 1), &subtree(ones, depth + 1))
        }
    }
}

const SECRET: [u8; 32] = [0x5e; 32];
const COUNT_SALT: [u8; 16] = [0xc0; 16];
const QUOTA: u64 = 8;
const QUOTA_SALT: [u8; 16] = [0x90; 16];

fn leaf_tree() -> Tree {
    let lot = batch().lot;
    let leaves = (0..PACKS).map(|index| {
        let serial = unit(index).serial;
        unit_leaf(gtin(), &lot, &serial, &unit_salt(&SECRET, &serial))
    });
    Tree::new(leaves.collect())
}

/// The proof that pack `index` is in the batch and in case 1.
#[must_use]
pub fn touch(index: usize) -> UnitTouch {
    let path = leaf_tree().path(index).expect("the pack exists");
    let unit = unit(index);
    UnitTouch {
        salt: unit_salt(&SECRET, &unit.serial),
        unit,
        lot: batch().lot,
        in_batch: path.clone(),
        count_commitment: count_commitment(PACKS as u64, &COUNT_SALT),
        in_case: Some((sscc(1), path)),
    }
}

/// The seal of the batch.
#[must_use]
pub fn seal() -> Seal {
    Seal {
        batch: batch(),
        tree_root: leaf_tree().root(),
        unit_count: PACKS as u64,
        count_salt: COUNT_SALT,
        rejected: 1,
        sampled: 0,
        quota: QUOTA,
        quota_salt: QUOTA_SALT,
    }
}

fn event(kind: EventKind, height: u64, actor: u64, peer: Option<u64>, container: Option<u64>) -> Event {
    Event {
        kind,
        height,
        time_ms: AS_OF_MS - 60_000 + height * 1000,
        actor: gln(actor),
        peer: peer.map(gln),
        container: container.map(sscc),
        withdraws: None,
        tx: TxId([u8::try_from(height).expect("a small height"); 32]),
    }
}

/// The state after the goods were shipped to the carrier; recalled or not.
#[must_use]
pub fn state(recalled: bool) -> State {
    let mut state = State::default();
    for (id, object) in genesis().objects() {
        state.put(id, object.body, None);
    }
    let date = |iso| Date::parse_iso(iso).expect("a date");
    let batch_body = |sealed: bool, recalled| StateBody::Batch {
        maker: gln(1),
        made_on: date("2026-11-03"),
        expires_on: date("2027-10"),
        quota: (!sealed).then(|| quota_commitment(QUOTA, &QUOTA_SALT)),
        unit_root: sealed.then(|| Sha256Commitments.unit_root(&seal())),
        recalled,
    };
    let id = ObjectId::Batch(batch());
    state.put(id.clone(), batch_body(false, None), Some(event(EventKind::Registered, 1, 1, None, None)));
    state.put(id.clone(), batch_body(true, None), Some(event(EventKind::Sealed, 3, 1, None, None)));
    if recalled {
        let body = batch_body(true, Some(RecallClass::One));
        state.put(id, body, Some(event(EventKind::Recalled, 9, 4, None, None)));
    }
    let logistic = |level, parent: Option<u64>, content_root, content_count, custodian| StateBody::Logistic {
        status: LogisticStatus::InStock,
        custodian: gln(custodian),
        parent: parent.map(sscc),
        content_root,
        content_count,
        level,
    };
    let case = |parent| logistic(Level::Case, parent, leaf_tree().root(), PACKS as u32, 1);
    let pallet = |custodian| logistic(Level::Pallet, None, Sha256Commitments.pallet_root(&[sscc(1)]), 1, custodian);
    let (case_id, pallet_id) = (ObjectId::Logistic(sscc(1)), ObjectId::Logistic(sscc(100)));
    state.put(case_id.clone(), case(None), Some(event(EventKind::Packed, 2, 1, None, None)));
    state.put(case_id, case(Some(100)), Some(event(EventKind::Packed, 4, 1, None, Some(100))));
    state.put(pallet_id.clone(), pallet(1), Some(event(EventKind::Packed, 4, 1, None, None)));
    state.put(pallet_id.clone(), pallet(1), Some(event(EventKind::Shipped, 5, 1, Some(2), None)));
    state.put(pallet_id, pallet(2), Some(event(EventKind::Received, 6, 2, Some(1), None)));
    state
}

/// The log of blocks `0..=executed`, whose ids are made up here.
#[must_use]
pub fn log(executed: u8) -> Frontier {
    let mut log = Frontier::default();
    for height in 0..=executed {
        log.append(&[height; 32]);
    }
    log
}

/// The header that certifies `state`.
#[must_use]
pub fn header(state: &State) -> Header {
    let genesis = genesis();
    let validators = validators_hash(&genesis.validators().expect("four keys"));
    let body = encode_body::<Vec<u8>>(&[]);
    Header {
        height: 11,
        parent: Hash([1; 32]),
        body: body_digest(&body),
        chain: genesis.chain_id(),
        time_ms: AS_OF_MS,
        txs_root: txs_root::<Vec<u8>>(&[]),
        txs: 0,
        executed: 10,
        state_root: state.root(),
        outcomes: Hash([2; 32]),
        events: 8,
        log_root: log(10).root(),
        validators,
        next_validators: validators,
    }
}

/// Time of the witnesses' signatures: ten seconds before the header.
pub const COSIGNED_S: u64 = AS_OF_MS / 1000 - 10;

/// The cosignature of the witness with this number in the genesis.
#[must_use]
pub fn cosign(witness: u8, chain: ChainId, head: LogHead, time_s: u64) -> Cosignature {
    let text = Checkpoint { chain, head }.text();
    let signature = key(21 + witness).sign(&cosignature_message(time_s, &text)).to_bytes();
    Cosignature { witness, time_s, signature }
}

/// The anchor of the fixture: its genesis, and no change of the validators.
#[must_use]
pub fn anchor() -> Anchor {
    Anchor { genesis: genesis().to_bytes(), steps: Vec::new() }
}

/// A true bundle of pack `index` over `state`, with its anchor and two witnesses.
#[must_use]
pub fn bundle_over(state: &State, index: usize) -> Bundle {
    let genesis = genesis();
    let header = header(state);
    let head = LogHead { size: header.executed + 1, root: header.log_root };
    let certificate = certify(&genesis, &header.encode(), &[11, 12, 14]);
    let object = |id: ObjectId| BundleObject {
        proof: state.prove(&id),
        events: state.objects.get(&id).map(|(_, events)| events.clone()).unwrap_or_default(),
        id,
    };
    Bundle {
        anchor: Some(anchor()),
        certificate: ShortCertificate::of(&certificate).expect("a certificate"),
        cosigned: Some(Cosigned {
            older: None,
            cosignatures: vec![
                cosign(0, genesis.chain_id(), head, COSIGNED_S),
                cosign(1, genesis.chain_id(), head, COSIGNED_S + 1),
            ],
        }),
        header: ShortHeader::of(&header),
        touch: touch(index),
        objects: vec![
            object(ObjectId::Batch(batch())),
            object(ObjectId::Unit(unit(index))),
            object(ObjectId::Logistic(sscc(1))),
            object(ObjectId::Logistic(sscc(100))),
        ],
    }
}

/// A shipment id of the fixture.
#[must_use]
pub fn shipment() -> ShipmentId {
    ShipmentId([0x51; 16])
}
