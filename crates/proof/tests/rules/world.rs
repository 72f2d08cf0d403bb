//! A small alliance in memory.

use std::collections::BTreeMap;
use std::convert::Infallible;
use tracelight_domain::governance::{GovernanceChange, ProposalStatus, Seat};
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Hash, ProposalId, PublicKey, RecallId, ShipmentId, TxId, UnitId};
use tracelight_domain::rules::{self, Change, Context, DAY_MS, Ledger, Refusal, RuleError};
use tracelight_domain::state::{Event, History, KeyPurpose, MemberRole, ObjectId, Standing, StateBody};
use tracelight_domain::tx::{Content, Product, ProductKind, RecallClass, Seal, Tx, TxBody, UnitAction, UnitTouch};
use tracelight_proof::commitments::{Sha256Commitments, count_commitment, quota_commitment, unit_leaf, unit_salt};
use tracelight_proof::history;
use tracelight_proof::merkle::Tree;

pub const MAKER: u64 = 1;
pub const LOGISTICS: u64 = 2;
pub const PHARMACY: u64 = 3;
pub const REGULATOR: u64 = 4;
const SECRET: [u8; 32] = [7; 32];
const COUNT_SALT: [u8; 16] = [9; 16];
pub const QUOTA: u64 = 16;
const QUOTA_SALT: [u8; 16] = [8; 16];

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Maker,
    Line,
    Logistics,
    Pharmacy,
    Regulator,
    Approver,
    MakerApprover,
    LogisticsApprover,
    PharmacyApprover,
}

impl Role {
    pub const ALL: [Self; 9] = [
        Self::Maker,
        Self::Line,
        Self::Logistics,
        Self::Pharmacy,
        Self::Regulator,
        Self::Approver,
        Self::MakerApprover,
        Self::LogisticsApprover,
        Self::PharmacyApprover,
    ];

    /// Who votes for each member.
    pub const VOTERS: [Self; 4] =
        [Self::MakerApprover, Self::LogisticsApprover, Self::PharmacyApprover, Self::Approver];

    pub fn key(self) -> PublicKey {
        PublicKey([self as u8 + 1; 32])
    }

    fn member(self) -> u64 {
        match self {
            Self::Maker | Self::Line | Self::MakerApprover => MAKER,
            Self::Logistics | Self::LogisticsApprover => LOGISTICS,
            Self::Pharmacy | Self::PharmacyApprover => PHARMACY,
            Self::Regulator | Self::Approver => REGULATOR,
        }
    }

    fn purpose(self) -> KeyPurpose {
        match self {
            Self::Line => KeyPurpose::Device,
            Self::Approver | Self::MakerApprover | Self::LogisticsApprover | Self::PharmacyApprover => {
                KeyPurpose::Approver
            }
            _ => KeyPurpose::Operator,
        }
    }
}

/// Blocks of an epoch here.
pub const EPOCH_BLOCKS: u32 = 50;

/// The validator of member `number`, and of newcomers.
pub fn validator(number: u64) -> PublicKey {
    tracelight_testkit::alliance::public(u8::try_from(10 + number).expect("a small number"))
}

pub fn gln(number: u64) -> Gln {
    Gln::build("6901234", number).expect("a small number fits")
}

pub fn gtin() -> Gtin {
    Gtin::build(0, "6901234", 1).expect("a small number fits")
}

pub fn batch() -> BatchId {
    BatchId { gtin: gtin(), lot: Lot::parse("A24K07").expect("a lot") }
}

#[derive(Default)]
pub struct Memory(pub BTreeMap<ObjectId, StateBody>, pub BTreeMap<ObjectId, (History, Vec<Event>)>);

/// Every block here has the id that its height gives.
pub fn block_at(height: u64) -> Hash {
    Hash([u8::try_from(height % 251).expect("below 251"); 32])
}

impl Ledger for Memory {
    type Error = Infallible;
    fn get(&self, id: &ObjectId) -> Result<Option<StateBody>, Infallible> {
        Ok(self.0.get(id).cloned())
    }
    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, Infallible> {
        Ok(self.1.get(id).and_then(|(_, events)| events.get(seq as usize)).cloned())
    }
    fn block_id(&self, height: u64) -> Result<Option<Hash>, Infallible> {
        Ok(Some(block_at(height)))
    }
}

/// The transaction of a block: each has one here.
fn tx_at(height: u64) -> TxId {
    let mut id = [1; 32];
    id[..8].copy_from_slice(&height.to_be_bytes());
    TxId(id)
}

impl Memory {
    /// Writes what a rule decided, as a node does.
    fn write(&mut self, change: Change, height: u64, time_ms: u64, actor: Gln) {
        if let Some(event) = change.event {
            let event = event.placed(height, time_ms, actor, tx_at(height));
            let entry = self.1.entry(change.object.clone()).or_insert((History::EMPTY, Vec::new()));
            entry.0 = history::extend(entry.0, &event);
            entry.1.push(event);
        }
        self.0.insert(change.object, change.body);
    }
}

pub struct World {
    pub ledger: Memory,
    pub time_ms: u64,
    pub height: u64,
    nonce: u64,
    shipments: u8,
    serials: Vec<Serial>,
    per_case: usize,
}

pub fn product() -> Product {
    Product {
        gtin: gtin(),
        name_en: "Paracetamol".into(),
        name_zh: "对乙酰氨基酚".into(),
        detail: "100 ml".into(),
        approval: String::new(),
        hotline: String::new(),
        kind: ProductKind::Medicine,
    }
}

impl World {
    /// Members and keys only.
    pub fn new() -> Self {
        let mut ledger = Memory::default();
        for role in Role::ALL {
            let member = gln(role.member());
            let domain_role = match role.member() {
                MAKER => MemberRole::Manufacturer,
                LOGISTICS => MemberRole::Logistics,
                PHARMACY => MemberRole::Pharmacy,
                _ => MemberRole::Regulator,
            };
            ledger
                .0
                .insert(ObjectId::Member(member), StateBody::Member { role: domain_role, standing: Standing::Active });
            let key = StateBody::Key { member, purpose: role.purpose(), from: 0, until: None, next_nonce: 0 };
            ledger.0.insert(ObjectId::Key(role.key()), key);
        }
        let seat = |number: u64| Seat { key: validator(number), member: gln(number), address: String::new() };
        let mut seats: Vec<Seat> = (1..=4).map(seat).collect();
        seats.sort_unstable_by_key(|seat| seat.key);
        for Seat { key, member, .. } in seats.clone() {
            let body = StateBody::Key { member, purpose: KeyPurpose::Validator, from: 0, until: None, next_nonce: 0 };
            ledger.0.insert(ObjectId::Key(key), body);
        }
        let (pending, changes) = (Vec::new(), Vec::new());
        let epoch_blocks = EPOCH_BLOCKS;
        let validators = StateBody::Validators { seats, pending, changes, seats_min: 4, epoch_blocks };
        ledger.0.insert(ObjectId::Validators, validators);
        ledger.0.insert(ObjectId::Roll, StateBody::Roll { active: (1..=4).map(gln).collect(), admitted: 4 });
        // 22 November 2026.
        Self {
            ledger,
            time_ms: 20_779 * DAY_MS,
            height: 1,
            nonce: 1_000,
            shipments: 0,
            serials: Vec::new(),
            per_case: 1,
        }
    }

    /// A registered product and batch.
    pub fn with_batch() -> Self {
        let mut world = Self::new();
        world.act(Role::Maker, TxBody::RegisterProduct(product())).expect("a new product");
        world.act(Role::Maker, register_batch("2026-11-03", "2027-10")).expect("a new batch");
        world
    }

    /// `cases` cases of `per_case` packs, stacked on pallet 100, and the batch sealed.
    pub fn with_sealed_pallet(cases: usize, per_case: usize) -> Self {
        let mut world = Self::with_batch();
        world.per_case = per_case;
        world.serials =
            (0..cases * per_case).map(|i| Serial::parse(&format!("7F3K9QX2M4T{i:05}")).expect("a serial")).collect();
        for case in 0..cases {
            let content = world.case_content(case);
            let parent = world.sscc(case as u64 + 1);
            world.act(Role::Line, TxBody::Pack { parent, content }).expect("a case");
        }
        let all = (0..cases).map(|case| world.sscc(case as u64 + 1)).collect();
        let parent = world.sscc(100);
        world.act(Role::Line, TxBody::Pack { parent, content: Content::Cases(all) }).expect("a pallet");
        let seal = world.seal();
        world.act(Role::Line, TxBody::SealBatch(seal)).expect("a seal");
        world
    }

    /// The pallet stands in the pharmacy.
    pub fn delivered(cases: usize, per_case: usize) -> Self {
        let mut world = Self::with_sealed_pallet(cases, per_case);
        let pallet = world.sscc(100);
        let shipment = world.ship(Role::Maker, PHARMACY, &[pallet]).expect("shipped");
        world.receive(Role::Pharmacy, shipment, &[]).expect("received");
        world
    }

    pub fn seal(&self) -> Seal {
        Seal {
            batch: batch(),
            tree_root: self.tree(0..self.serials.len()).root(),
            unit_count: self.serials.len().max(1) as u64,
            count_salt: COUNT_SALT,
            rejected: 0,
            sampled: 0,
            quota: QUOTA,
            quota_salt: QUOTA_SALT,
        }
    }

    fn tree(&self, range: std::ops::Range<usize>) -> Tree {
        let leaf = |serial: &Serial| unit_leaf(gtin(), &batch().lot, serial, &unit_salt(&SECRET, serial));
        Tree::new(self.serials[range].iter().map(leaf).collect())
    }

    pub fn case_content(&self, case: usize) -> Content {
        let range = case * self.per_case..(case + 1) * self.per_case;
        Content::Units { root: self.tree(range).root(), batches: vec![(batch(), self.per_case as u32)] }
    }

    /// The proof of pack `index`.
    pub fn touch(&self, index: usize) -> UnitTouch {
        let case = index / self.per_case;
        let range = case * self.per_case..(case + 1) * self.per_case;
        let serial = self.serials[index].clone();
        UnitTouch {
            salt: unit_salt(&SECRET, &serial),
            unit: UnitId { gtin: gtin(), serial },
            lot: batch().lot,
            in_batch: self.tree(0..self.serials.len()).path(index).expect("the leaf exists"),
            count_commitment: count_commitment(self.serials.len() as u64, &COUNT_SALT),
            in_case: Some((
                self.sscc(case as u64 + 1),
                self.tree(range).path(index % self.per_case).expect("the leaf exists"),
            )),
        }
    }

    pub fn sscc(&self, number: u64) -> Sscc {
        Sscc::build(3, "6901234", number).expect("a small number fits")
    }

    pub fn body(&self, id: &ObjectId) -> Option<StateBody> {
        self.ledger.0.get(id).cloned()
    }

    pub fn is_recalled(&self) -> bool {
        matches!(self.body(&ObjectId::Batch(batch())), Some(StateBody::Batch { recalled: Some(_), .. }))
    }

    pub fn days_pass(&mut self, days: u64) {
        self.time_ms += days * DAY_MS;
    }

    pub fn tx(&self, role: Role, body: TxBody) -> Tx {
        let nonce = match self.body(&ObjectId::Key(role.key())) {
            Some(StateBody::Key { next_nonce, .. }) => next_nonce,
            _ => 0,
        };
        Tx { chain: ChainId([5; 32]), key: role.key(), nonce, expires_at: self.height + 100, body }
    }

    /// Admits and applies, as a node does.
    pub fn run(&mut self, tx: &Tx) -> Result<(), Refusal> {
        let refused = |error: RuleError<Infallible>| match error {
            RuleError::Refused(refusal) => refusal,
            RuleError::Storage(never) => match never {},
        };
        let (signer, nonce) = rules::admit(&self.ledger, ChainId([5; 32]), self.height, tx).map_err(refused)?;
        if let Some(change) = nonce {
            self.ledger.write(change, self.height, self.time_ms, signer.member);
        }
        let context = Context {
            ledger: &self.ledger,
            commitments: &Sha256Commitments,
            height: self.height,
            time_ms: self.time_ms,
        };
        let changes = rules::apply(&context, &signer, tx).map_err(refused)?;
        for change in changes {
            self.ledger.write(change, self.height, self.time_ms, signer.member);
        }
        self.height += 1;
        Ok(())
    }

    pub fn act(&mut self, role: Role, body: TxBody) -> Result<(), Refusal> {
        let tx = self.tx(role, body);
        self.run(&tx)
    }

    /// Runs a transaction of a key that is no [`Role`].
    pub fn act_as(&mut self, key: PublicKey, body: TxBody) -> Result<(), Refusal> {
        self.nonce += 1;
        let tx = Tx { chain: ChainId([5; 32]), key, nonce: self.nonce, expires_at: self.height + 100, body };
        self.run(&tx)
    }

    pub fn propose(&mut self, change: GovernanceChange) -> Result<ProposalId, Refusal> {
        self.nonce += 1;
        let mut proposal = [0; 16];
        proposal[..8].copy_from_slice(&self.nonce.to_be_bytes());
        let (proposal, closes_at) = (ProposalId(proposal), self.height + 30);
        self.act(Role::Maker, TxBody::Propose { proposal, change, closes_at, forced: String::new() })?;
        Ok(proposal)
    }

    pub fn vote(&mut self, role: Role, proposal: ProposalId, approve: bool) -> Result<(), Refusal> {
        self.act(role, TxBody::Vote { proposal, approve })
    }

    /// Proposes a change, and all members that may vote agree until it is in force.
    pub fn pass(&mut self, change: GovernanceChange) -> Result<(), Refusal> {
        let proposal = self.propose(change)?;
        for role in Role::VOTERS {
            match self.vote(role, proposal, true) {
                Ok(()) | Err(Refusal::MemberInactive | Refusal::ProposalClosed) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        match self.body(&ObjectId::Proposal(proposal)) {
            Some(StateBody::Proposal { status: ProposalStatus::Adopted, .. }) => Ok(()),
            other => panic!("not adopted: {other:?}"),
        }
    }

    /// An approved validator shows the block before.
    pub fn ready(&mut self, number: u64) -> Result<(), Refusal> {
        let height = self.height - 1;
        self.act_as(validator(number), TxBody::ValidatorReady { height, block: block_at(height) })
    }

    /// Until changes of seats made now do not count any more.
    pub fn epochs_pass(&mut self) {
        self.height += 2 * u64::from(EPOCH_BLOCKS);
    }

    pub fn ship(&mut self, role: Role, to: u64, objects: &[Sscc]) -> Result<ShipmentId, Refusal> {
        self.shipments += 1;
        let shipment = ShipmentId([self.shipments; 16]);
        self.act(role, TxBody::Ship { shipment, to: gln(to), objects: objects.to_vec() })?;
        Ok(shipment)
    }

    pub fn receive(&mut self, role: Role, shipment: ShipmentId, short: &[Sscc]) -> Result<(), Refusal> {
        self.act(role, TxBody::Receive { shipment, short: short.to_vec(), damaged: vec![] })
    }

    pub fn unit(&mut self, role: Role, touch: &UnitTouch, action: UnitAction) -> Result<(), Refusal> {
        self.act(role, TxBody::UnitAction { touch: touch.clone(), action })
    }

    pub fn open_recall(&mut self, drill: bool) -> Result<RecallId, Refusal> {
        let recall = RecallId([1; 16]);
        self.act(Role::Regulator, open_recall(recall, drill))?;
        Ok(recall)
    }
}

pub fn register_batch(made_on: &str, expires_on: &str) -> TxBody {
    let date = |iso| Date::parse_iso(iso).expect("a date");
    let quota = quota_commitment(QUOTA, &QUOTA_SALT);
    TxBody::RegisterBatch { batch: batch(), made_on: date(made_on), expires_on: date(expires_on), quota }
}

pub fn open_recall(recall: RecallId, drill: bool) -> TxBody {
    TxBody::OpenRecall { recall, batch: batch(), class: RecallClass::One, drill, notice: Hash([3; 32]) }
}
