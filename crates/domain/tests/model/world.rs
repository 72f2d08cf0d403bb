//! A ledger in memory, hashes that only tests could believe, and an alliance of four.

use std::collections::BTreeMap;
use std::convert::Infallible;
use tracelight_domain::governance::Seat;
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Hash, Height, MemberId, PublicKey, TxId, UnitId};
use tracelight_domain::rules::{self, Change, Commitments, Context, DAY_MS, Ledger, Refusal, RuleError, Signer};
use tracelight_domain::state::{Event, KeyPurpose, MemberRole, ObjectId, Standing, StateBody};
use tracelight_domain::tx::{Path, Product, Seal, Tx, TxBody, UnitTouch};

pub const MAKER: u8 = 1;
pub const CARRIER: u8 = 2;
pub const PHARMACY: u8 = 3;
pub const REGULATOR: u8 = 4;
pub const MEMBERS: [u8; 4] = [MAKER, CARRIER, PHARMACY, REGULATOR];
/// The quota of every batch.
pub const QUOTA: u64 = 10;
/// Blocks of an epoch.
pub const EPOCH_BLOCKS: u32 = 20;

const CHAIN: ChainId = ChainId([5; 32]);
const QUOTA_SALT: [u8; 16] = [7; 16];

/// Hashes for a ledger that nobody attacks: what a rule compares is equal when it was made for the same thing.
pub struct Toy;

impl Commitments for Toy {
    fn product_facts(&self, _: &Product) -> Hash {
        Hash::ZERO
    }
    fn unit_root(&self, seal: &Seal) -> Hash {
        seal.tree_root
    }
    fn pallet_root(&self, _: &[Sscc]) -> Hash {
        Hash::ZERO
    }
    fn in_batch(&self, touch: &UnitTouch, unit_root: &Hash) -> bool {
        touch.in_batch.siblings.first() == Some(unit_root)
    }
    fn in_case(&self, _: &UnitTouch, path: &Path, content_root: &Hash) -> bool {
        path.siblings.first() == Some(content_root)
    }
    fn quota(&self, quota: u64, salt: &[u8; 16]) -> Hash {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&quota.to_be_bytes());
        hash[16..].copy_from_slice(salt);
        Hash(hash)
    }
    fn is_sound_key(&self, key: &PublicKey) -> bool {
        key.0[31] != 0xff
    }
}

#[derive(Default)]
pub struct Memory {
    pub bodies: BTreeMap<ObjectId, StateBody>,
    pub events: BTreeMap<ObjectId, Vec<Event>>,
}

impl Ledger for Memory {
    type Error = Infallible;
    fn get(&self, id: &ObjectId) -> Result<Option<StateBody>, Infallible> {
        Ok(self.bodies.get(id).cloned())
    }
    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, Infallible> {
        Ok(self.events.get(id).and_then(|events| events.get(seq as usize)).cloned())
    }
    fn block_id(&self, height: Height) -> Result<Option<Hash>, Infallible> {
        Ok(Some(block_at(height)))
    }
}

/// Every block has the id that its height gives.
pub fn block_at(height: Height) -> Hash {
    let mut hash = [3; 32];
    hash[..8].copy_from_slice(&height.to_be_bytes());
    Hash(hash)
}

pub fn gln(member: u8) -> MemberId {
    Gln::build("6901234", u64::from(member)).expect("a small number fits")
}

/// The key of a member for a purpose, by number: 1 operator, 2 approver, 3 device, 4 validator; others are newcomers.
pub fn key(purpose: u8, number: u8) -> PublicKey {
    let mut key = [0; 32];
    (key[0], key[1]) = (purpose, number);
    PublicKey(key)
}

pub fn operator(member: u8) -> PublicKey {
    key(1, member)
}

pub fn approver(member: u8) -> PublicKey {
    key(2, member)
}

pub fn device() -> PublicKey {
    key(3, MAKER)
}

pub fn validator(number: u8) -> PublicKey {
    key(4, number)
}

pub fn gtin() -> Gtin {
    Gtin::build(0, "6901234", 1).expect("a small number fits")
}

pub fn batch(lot: u8) -> BatchId {
    BatchId { gtin: gtin(), lot: Lot::parse(&format!("L{lot}")).expect("a lot") }
}

/// Cases are numbered from 1, pallets from 100.
pub fn sscc(number: u8) -> Sscc {
    Sscc::build(3, "6901234", u64::from(number)).expect("a small number fits")
}

pub fn batch_root(lot: u8) -> Hash {
    Hash([0x40 + lot; 32])
}

pub fn case_root(case: u8) -> Hash {
    Hash([0x80 + case; 32])
}

pub fn quota_commitment() -> Hash {
    Toy.quota(QUOTA, &QUOTA_SALT)
}

pub fn register_batch(lot: u8) -> TxBody {
    let date = |iso| Date::parse_iso(iso).expect("a date");
    let (made_on, expires_on) = (date("2026-11-03"), date("2027-10"));
    TxBody::RegisterBatch { batch: batch(lot), made_on, expires_on, quota: quota_commitment() }
}

pub fn seal(lot: u8, unit_count: u64, rejected: u64, sampled: u64) -> TxBody {
    TxBody::SealBatch(Seal {
        batch: batch(lot),
        tree_root: batch_root(lot),
        unit_count,
        count_salt: [0; 16],
        rejected,
        sampled,
        quota: QUOTA,
        quota_salt: QUOTA_SALT,
    })
}

/// The pack's lot is the one its case was filled from.
pub fn touch(unit: u8, case: u8, lot: u8) -> UnitTouch {
    let path = |root| Path { left: 0, siblings: vec![root] };
    UnitTouch {
        unit: UnitId { gtin: gtin(), serial: Serial::parse(&format!("S{unit}")).expect("a serial") },
        lot: batch(lot).lot,
        salt: [0; 16],
        in_batch: path(batch_root(lot)),
        count_commitment: Hash::ZERO,
        in_case: Some((sscc(case), path(case_root(case)))),
    }
}

/// What became of a transaction.
#[derive(Debug)]
pub enum Outcome {
    /// It left no trace.
    NotAdmitted(#[expect(dead_code, reason = "shown when an assertion fails")] Refusal),
    /// It was ordered and did nothing.
    Refused(Refusal),
    /// It did what it says.
    Applied(Vec<Change>),
}

impl Outcome {
    pub fn is_applied(&self) -> bool {
        matches!(self, Self::Applied(_))
    }
}

pub struct World {
    pub ledger: Memory,
    pub height: Height,
    pub time_ms: u64,
}

impl World {
    /// Four members with an operator, an approver and a validator each, a device of the maker, and one product.
    pub fn new() -> Self {
        let mut bodies = BTreeMap::new();
        let roles = [MemberRole::Manufacturer, MemberRole::Logistics, MemberRole::Pharmacy, MemberRole::Regulator];
        let own_key = |member, purpose| StateBody::Key { member, purpose, from: 0, until: None, next_nonce: 0 };
        for (number, role) in MEMBERS.into_iter().zip(roles) {
            let member = gln(number);
            bodies.insert(ObjectId::Member(member), StateBody::Member { role, standing: Standing::Active });
            bodies.insert(ObjectId::Key(operator(number)), own_key(member, KeyPurpose::Operator));
            bodies.insert(ObjectId::Key(approver(number)), own_key(member, KeyPurpose::Approver));
            bodies.insert(ObjectId::Key(validator(number)), own_key(member, KeyPurpose::Validator));
        }
        bodies.insert(ObjectId::Key(device()), own_key(gln(MAKER), KeyPurpose::Device));
        let seat = |n: u8| Seat { key: validator(n), member: gln(n), address: String::new() };
        let validators = StateBody::Validators {
            seats: MEMBERS.into_iter().map(seat).collect(),
            pending: Vec::new(),
            changes: Vec::new(),
            seats_min: 4,
            epoch_blocks: EPOCH_BLOCKS,
        };
        bodies.insert(ObjectId::Validators, validators);
        let mut active: Vec<MemberId> = MEMBERS.into_iter().map(gln).collect();
        active.sort_unstable();
        bodies.insert(ObjectId::Roll, StateBody::Roll { active, admitted: 4 });
        let kind = tracelight_domain::tx::ProductKind::Medicine;
        let product = StateBody::Product { maker: gln(MAKER), kind, facts: Hash::ZERO };
        bodies.insert(ObjectId::Product(gtin()), product);
        // 22 November 2026.
        Self { ledger: Memory { bodies, events: BTreeMap::new() }, height: 1, time_ms: 20_779 * DAY_MS }
    }

    pub fn body(&self, id: &ObjectId) -> Option<&StateBody> {
        self.ledger.bodies.get(id)
    }

    /// One transaction in a block of its own, as a node executes it.
    pub fn run(&mut self, key: PublicKey, nonce: u64, body: TxBody) -> Outcome {
        let refusal = |error: RuleError<Infallible>| match error {
            RuleError::Refused(refusal) => refusal,
            RuleError::Storage(never) => match never {},
        };
        let tx = Tx { chain: CHAIN, key, nonce, expires_at: self.height + 10, body };
        let (signer, turn) = match rules::admit(&self.ledger, CHAIN, self.height, &tx) {
            Ok(admitted) => admitted,
            Err(error) => return Outcome::NotAdmitted(refusal(error)),
        };
        turn.into_iter().for_each(|change| self.write(change, &signer));
        let (height, time_ms) = (self.height, self.time_ms);
        let context = Context { ledger: &self.ledger, commitments: &Toy, height, time_ms };
        let outcome = match rules::apply(&context, &signer, &tx) {
            Ok(changes) => {
                changes.iter().for_each(|change| self.write(change.clone(), &signer));
                Outcome::Applied(changes)
            }
            Err(error) => Outcome::Refused(refusal(error)),
        };
        self.height += 1;
        outcome
    }

    /// A transaction of an operator, an approver or a validator, whose nonces are free.
    pub fn act(&mut self, key: PublicKey, body: TxBody) -> Outcome {
        self.run(key, 0, body)
    }

    fn write(&mut self, change: Change, signer: &Signer) {
        if let Some(event) = change.event {
            let mut tx = [1; 32];
            tx[..8].copy_from_slice(&self.height.to_be_bytes());
            let event = event.placed(self.height, self.time_ms, signer.member, TxId(tx));
            self.ledger.events.entry(change.object.clone()).or_default().push(event);
        }
        self.ledger.bodies.insert(change.object, change.body);
    }
}
