//! Transactions: what a member signs and the chain orders. Data only; bytes are in `proof`, rules in [`crate::rules`].
//!
//! A transaction names its chain, its key, the last height at which it may be ordered, and a nonce. For a device key the
//! nonce is a gapless sequence that starts at 0; for every other key it is chosen by the client, once per intention, so
//! that the same intention sent twice is recognised and the same nonce with other content is a conflict.
//!
//! Bounds are constants here and are enforced when bytes are parsed.

use crate::governance::GovernanceChange;
use crate::gs1::{Date, Gtin, Lot, Sscc};
use crate::ids::{BatchId, ChainId, Hash, Height, MemberId, ProposalId, PublicKey, RecallId, ShipmentId, TxId, UnitId};
use crate::state::ObjectId;

/// Cases on one pallet, and objects in one hand-over.
pub const OBJECTS_MAX: usize = 512;
/// Batches mixed in one case (拼箱).
pub const BATCHES_PER_CASE_MAX: usize = 16;
/// Steps of a Merkle path: 2^40 packs in a batch are more than any.
pub const PATH_STEPS_MAX: usize = 40;
/// Batches that go into one new batch.
pub const INPUTS_MAX: usize = 16;
/// Bytes of one text field.
pub const TEXT_BYTES_MAX: usize = 200;
/// Bytes of a signed transaction. The largest is a pallet of 512 cases: 512 * 18 B + 300 B.
pub const TX_BYTES_MAX: usize = 16 * 1024;
/// A transaction may wait this many blocks at most between being made and being ordered.
pub const EXPIRY_BLOCKS_MAX: u64 = 100_000;

/// A transaction as it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tx {
    /// The alliance it is meant for.
    pub chain: ChainId,
    /// The key that signs it; the ledger knows which member the key belongs to.
    pub key: PublicKey,
    /// Gapless sequence for devices, idempotency number for others.
    pub nonce: u64,
    /// The last height at which it may be ordered.
    pub expires_at: Height,
    /// What it does.
    pub body: TxBody,
}

/// A transaction with its signature. The signature has been checked only where a type says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTx {
    /// What was signed.
    pub tx: Tx,
    /// ed25519, ZIP-215 rules, over the domain-separated bytes of `tx`.
    pub signature: [u8; 64],
}

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxBody {
    /// A member lets a device (a gateway) sign for it.
    RegisterDevice {
        /// The device's key.
        device: PublicKey,
        /// Where it stands, for people: "line 2, Xi'an".
        label: String,
    },
    /// A manufacturer registers a product.
    RegisterProduct(Product),
    /// A manufacturer opens a batch. Its size stays off the chain.
    RegisterBatch {
        /// Product and lot.
        batch: BatchId,
        /// AI 11.
        made_on: Date,
        /// AI 17.
        expires_on: Date,
        /// Hides how many packs the batch may have at most; opened by the seal.
        quota: Hash,
    },
    /// The line closes a batch: one root over the salted leaves of every good pack.
    SealBatch(Seal),
    /// Packs into a case, or cases onto a pallet.
    Pack {
        /// The logistic unit that is made. It must not exist yet: a re-packed case gets a new label.
        parent: Sscc,
        /// What is inside.
        content: Content,
    },
    /// A pallet is broken up; its cases stand alone again.
    Unpack {
        /// The pallet.
        parent: Sscc,
        /// The cases that leave it.
        cases: Vec<Sscc>,
    },
    /// The custodian hands goods to another member. Custody does not move yet.
    Ship {
        /// Names the hand-over.
        shipment: ShipmentId,
        /// The receiver.
        to: MemberId,
        /// Outermost logistic units only.
        objects: Vec<Sscc>,
    },
    /// The receiver accepts a shipment and says what is wrong with it. Custody moves here.
    Receive {
        /// The hand-over.
        shipment: ShipmentId,
        /// Cases (or whole objects) that did not arrive; they stay with the shipper, who has to explain.
        short: Vec<Sscc>,
        /// Cases (or whole objects) that arrived broken; custody moves, they may not be handed on.
        damaged: Vec<Sscc>,
    },
    /// The receiver takes nothing; everything goes back to the shipper's stock.
    Refuse {
        /// The hand-over.
        shipment: ShipmentId,
    },
    /// The shipper explains a case that was short.
    ResolveShort {
        /// The case.
        sscc: Sscc,
        /// What became of it.
        outcome: ShortOutcome,
    },
    /// Something happens to one pack.
    UnitAction {
        /// The pack, and the proof that it is part of a sealed batch and of a case in custody.
        touch: UnitTouch,
        /// What happens.
        action: UnitAction,
    },
    /// A recall is opened. It has no effect before somebody else approves it.
    OpenRecall {
        /// Names the recall.
        recall: RecallId,
        /// The lot.
        batch: BatchId,
        /// How grave it is.
        class: RecallClass,
        /// A drill changes nothing that a shopper sees.
        drill: bool,
        /// The published notice, by its SHA-256.
        notice: Hash,
    },
    /// A second person approves a recall; from here every pack of the lot is recalled.
    ApproveRecall {
        /// The recall.
        recall: RecallId,
    },
    /// The recall is wound up. The lot stays recalled: a recall is irreversible (Delegated Reg. 2016/161).
    CloseRecall {
        /// The recall.
        recall: RecallId,
    },
    /// Batches are made into a new one. The new batch is registered by this.
    Transform(Transform),
    /// A party of a hand-over disputes it, within its deadline.
    Dispute {
        /// The hand-over.
        shipment: ShipmentId,
        /// What is wrong.
        reason: DisputeReason,
        /// SHA-256 of the document that says more; zero for none.
        evidence: Hash,
    },
    /// A party of a disputed hand-over offers how to end it; when the other offers the same, it is ended.
    SettleDispute {
        /// The hand-over.
        shipment: ShipmentId,
        /// Whose view it is settled in.
        outcome: DisputeOutcome,
    },
    /// A member withdraws an event that it signed (EPCIS `errorDeclaration`). The event stays, and so does the state.
    Correct(Correction),
    /// A member proposes a change of the alliance.
    Propose {
        /// Names the proposal.
        proposal: ProposalId,
        /// What is to change.
        change: GovernanceChange,
        /// The last height at which votes are taken.
        closes_at: Height,
        /// The words that force a change whose preview says that the chain would stop; empty for a safe one.
        forced: String,
    },
    /// A member votes.
    Vote {
        /// The proposal.
        proposal: ProposalId,
        /// For or against.
        approve: bool,
    },
    /// An approved validator shows that it is in step. Signed with its own key.
    ValidatorReady {
        /// A recent block that it holds.
        height: Height,
        /// The block's id.
        block: Hash,
    },
    /// The root of an off-chain log (scans, sensor readings, documents).
    Anchor {
        /// Which log of the member.
        log: Hash,
        /// Entries so far.
        size: u64,
        /// Its root.
        root: Hash,
    },
}

/// Master data of a product, as its maker states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The trade item.
    pub gtin: Gtin,
    /// Name in English or Latin script.
    pub name_en: String,
    /// Name in Chinese; may be empty.
    pub name_zh: String,
    /// Strength and pack size.
    pub detail: String,
    /// Marketing approval, for example 国药准字; may be empty.
    pub approval: String,
    /// The maker's free telephone line for recalls; may be empty.
    pub hotline: String,
    /// Decides the wording: "do not use" or "do not eat".
    pub kind: ProductKind,
}

/// What sort of goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductKind {
    /// A medicine.
    Medicine,
    /// Food.
    Food,
}

/// The close of a batch by its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The batch.
    pub batch: BatchId,
    /// Root over the salted unit leaves, in order of commissioning.
    pub tree_root: Hash,
    /// Good packs, which is also the number of leaves. 1..=2^40.
    pub unit_count: u64,
    /// Hides the count from whoever sees only the batch's state: the state keeps H(count, salt).
    pub count_salt: [u8; 16],
    /// Labels the line rejected after they were issued.
    pub rejected: u64,
    /// Packs taken as samples before commissioning.
    pub sampled: u64,
    /// How many packs the batch may have: `unit_count + rejected + sampled` is not more.
    pub quota: u64,
    /// Opens the quota that the registration committed to.
    pub quota_salt: [u8; 16],
}

/// Batches made into a new one: ingredients into a product, a product into another presentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transform {
    /// The new batch, of a product of the signer.
    pub output: BatchId,
    /// AI 11 of the new batch.
    pub made_on: Date,
    /// AI 17 of the new batch.
    pub expires_on: Date,
    /// Quota of the new batch, as in a registration.
    pub quota: Hash,
    /// What went in. 1 to [`INPUTS_MAX`] batches, together at most [`OBJECTS_MAX`] cases.
    pub inputs: Vec<Input>,
}

/// A batch that goes into another, and the cases of it that are used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The batch.
    pub batch: BatchId,
    /// Cases in the signer's stock; none when the maker of the batch uses it before it was packed.
    pub cases: Vec<Sscc>,
}

/// Why a hand-over is disputed. Words for people are in the document whose hash goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeReason {
    /// Something is said to have arrived that did not, or the other way round.
    Delivery,
    /// Other goods than those that were sent.
    WrongGoods,
    /// Broken, or said to be broken.
    Damage,
    /// Temperature or another condition of the way was not kept.
    Condition,
    /// Papers are missing or wrong.
    Documents,
}

/// How a dispute ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeOutcome {
    /// What the chain says of the hand-over holds.
    AsRecorded,
    /// The shipper is right.
    ForShipper,
    /// The receiver is right.
    ForReceiver,
}

/// A withdrawal: which event, and why.
///
/// The event is named by its place and by the transaction that wrote it. Histories only grow, so both stay true whatever
/// happens to the object between signing and ordering: a correction never has to be signed anew because of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Whose history.
    pub object: ObjectId,
    /// Position of the event, 0 for the first.
    pub seq: u32,
    /// The transaction that wrote it.
    pub tx: TxId,
    /// Why.
    pub reason: CorrectionReason,
    /// The transaction that says it right, if there is one already.
    pub replaced_by: Option<TxId>,
}

/// Why an event is withdrawn (CBV `ER-` codes in their meaning).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionReason {
    /// It did not happen.
    DidNotOccur,
    /// It names the wrong object.
    WrongObject,
    /// It was recorded twice.
    RecordedTwice,
    /// A detail of it is wrong.
    WrongDetail,
}

/// What a logistic unit holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A case of packs: one root over their leaves; the list travels with the goods.
    Units {
        /// Root over the unit leaves, in packing order.
        root: Hash,
        /// How many packs of which batch. The sum is the number of leaves.
        batches: Vec<(BatchId, u32)>,
    },
    /// A pallet of cases.
    Cases(Vec<Sscc>),
}

/// Why a short case did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShortOutcome {
    /// It never left: back in the shipper's stock.
    Found,
    /// Lost on the way.
    Lost,
    /// Stolen on the way.
    Stolen,
}

/// What can happen to one pack (the transitions of Delegated Reg. 2016/161, and retail sale).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitAction {
    /// Supplied to a patient.
    Dispense,
    /// Sold at a till.
    Sell,
    /// Taken as a sample by an authority.
    Sample,
    /// Destroyed.
    Destroy,
    /// Reported stolen.
    ReportStolen,
    /// Left the market.
    Export,
    /// A dispensed pack that never left the pharmacy comes back into stock.
    Return,
}

/// How grave a recall is (the classes of NMPA and FDA).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecallClass {
    /// May cause serious harm.
    One,
    /// May cause temporary harm.
    Two,
    /// Unlikely to cause harm.
    Three,
}

/// A Merkle path: siblings from the leaf up, and on which side each stands (bit i set: sibling i is on the left).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Bit i belongs to `siblings[i]`.
    pub left: u64,
    /// At most [`PATH_STEPS_MAX`].
    pub siblings: Vec<Hash>,
}

/// A pack that the chain has not met before, with the proof that it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitTouch {
    /// The pack.
    pub unit: UnitId,
    /// Its lot.
    pub lot: Lot,
    /// The secret of its leaf.
    pub salt: [u8; 16],
    /// From its leaf to the batch's tree root.
    pub in_batch: Path,
    /// The batch's count commitment, which the unit root covers beside the tree root.
    pub count_commitment: Hash,
    /// The case that holds it and the path from the leaf to that case's root; none while it stands on the line.
    pub in_case: Option<(Sscc, Path)>,
}
