//! What the ledger keeps about each object, and the events that brought it there.
//!
//! Every object carries the head of its own history: `head' = H(head, event hash)` and a count. One proof of the state
//! therefore proves that a list of events is complete (`design.md` 4.4).

use crate::gs1::{Date, Gtin, Lot, Sscc};
use crate::ids::{BatchId, Hash, Height, MemberId, PublicKey, RecallId, ShipmentId, TxId, UnitId};
use crate::tx::{ProductKind, RecallClass};

/// Names an object of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectId {
    /// A member organisation.
    Member(MemberId),
    /// A key of a member.
    Key(PublicKey),
    /// A trade item.
    Product(Gtin),
    /// A lot.
    Batch(BatchId),
    /// A single pack that something has happened to.
    Unit(UnitId),
    /// A case or a pallet.
    Logistic(Sscc),
    /// A hand-over.
    Shipment(ShipmentId),
    /// A recall.
    Recall(RecallId),
    /// An off-chain log of a member.
    Log(MemberId, Hash),
}

/// An object's state: its history and what it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectState {
    /// Number of events and the hash chain over them.
    pub history: History,
    /// What it is now.
    pub body: StateBody,
}

/// The head of an object's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Events so far.
    pub count: u32,
    /// `H(previous head, hash of the last event)`; zero before the first.
    pub head: Hash,
}

impl History {
    /// No event yet.
    pub const EMPTY: Self = Self { count: 0, head: Hash::ZERO };
}

/// What an object is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateBody {
    /// A member organisation.
    Member {
        /// What it does in the network.
        role: MemberRole,
        /// May it receive goods and sign?
        active: bool,
    },
    /// A key.
    Key {
        /// Whose.
        member: MemberId,
        /// What it may sign.
        purpose: KeyPurpose,
        /// May it still sign?
        active: bool,
        /// The nonce that a device has to use next; 0 for other keys.
        next_nonce: u64,
    },
    /// A product.
    Product {
        /// Who registered it.
        maker: MemberId,
        /// What sort of goods.
        kind: ProductKind,
        /// Hash of the master data as signed.
        facts: Hash,
    },
    /// A batch.
    Batch {
        /// Who makes it.
        maker: MemberId,
        /// AI 11.
        made_on: Date,
        /// AI 17.
        expires_on: Date,
        /// `H(count commitment, tree root)` once it is sealed.
        unit_root: Option<Hash>,
        /// The gravest recall in force.
        recalled: Option<RecallClass>,
    },
    /// A pack.
    Unit {
        /// Its lot.
        lot: Lot,
        /// What happened to it.
        status: UnitStatus,
        /// Who answers for it now.
        custodian: MemberId,
        /// BFT time of the last change, for the ten days of a return.
        since_ms: u64,
    },
    /// A case or a pallet.
    Logistic {
        /// Where it is in a hand-over.
        status: LogisticStatus,
        /// Who answers for it now; for a case on a pallet the pallet's custodian counts.
        custodian: MemberId,
        /// The pallet it stands on.
        parent: Option<Sscc>,
        /// Root over what is inside.
        content_root: Hash,
        /// Cases on a pallet, packs in a case.
        content_count: u32,
        /// Packs or cases?
        level: Level,
    },
    /// A hand-over.
    Shipment {
        /// The shipper.
        from: MemberId,
        /// The receiver.
        to: MemberId,
        /// Where it stands.
        status: ShipmentStatus,
        /// What was handed over.
        objects: Vec<Sscc>,
        /// Millisecond (BFT time) by which an open or short delivery has to be settled.
        due_ms: u64,
    },
    /// A recall.
    Recall {
        /// The lot.
        batch: BatchId,
        /// How grave.
        class: RecallClass,
        /// A drill?
        drill: bool,
        /// Where it stands.
        status: RecallStatus,
        /// The key that opened it, which may not approve it.
        opened_by: PublicKey,
        /// The member for whom it was opened; only its second person may approve it.
        opened_for: MemberId,
        /// SHA-256 of the published notice.
        notice: Hash,
    },
    /// The newest anchored root of an off-chain log.
    Log {
        /// Entries.
        size: u64,
        /// Root.
        root: Hash,
    },
}

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberRole {
    /// Makes goods, issues codes.
    Manufacturer,
    /// Stores and carries goods.
    Logistics,
    /// Supplies goods to the public.
    Pharmacy,
    /// Watches, and recalls.
    Regulator,
}

/// What a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPurpose {
    /// Everything the member's role allows, for people.
    Operator,
    /// The second signature under a recall.
    Approver,
    /// Line events: pack, seal. Gapless nonces.
    Device,
}

/// What happened to a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitStatus {
    /// In trade.
    Active,
    /// Supplied to a patient.
    Dispensed,
    /// Sold at a till.
    Sold,
    /// Taken as a sample.
    Sampled,
    /// Destroyed.
    Destroyed,
    /// Reported stolen.
    Stolen,
    /// Left the market.
    Exported,
}

/// Where a logistic unit is in a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogisticStatus {
    /// In its custodian's stock.
    InStock,
    /// Shipped, not yet received.
    InTransit(ShipmentId),
    /// Did not arrive; the shipper has to explain.
    Short(ShipmentId),
    /// Arrived broken; may not be handed on.
    Damaged,
    /// Broken up; only its history remains.
    Unpacked,
    /// Lost on the way.
    Lost,
    /// Stolen on the way.
    Stolen,
}

/// Case or pallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Holds packs.
    Case,
    /// Holds cases.
    Pallet,
}

/// Where a hand-over stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShipmentStatus {
    /// On the way.
    Open,
    /// Received as sent.
    Received,
    /// Received with something missing or broken.
    ReceivedInPart,
    /// Taken back.
    Refused,
}

/// Where a recall stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecallStatus {
    /// Waits for the second person.
    Opened,
    /// In force.
    Approved,
    /// Wound up; the lot stays recalled.
    Closed,
}

/// One line of an object's history. Small, because a phone loads it; the whole transaction is found by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// In which block.
    pub height: Height,
    /// BFT time of that block, milliseconds since 1970.
    pub time_ms: u64,
    /// Who signed.
    pub actor: MemberId,
    /// The other side of a hand-over.
    pub peer: Option<MemberId>,
    /// The case or pallet that the event ties this object to.
    pub container: Option<Sscc>,
    /// The transaction.
    pub tx: TxId,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Member, key, product, batch or log came to be.
    Registered,
    /// The batch was sealed.
    Sealed,
    /// The logistic unit was made, or put onto `container`.
    Packed,
    /// Taken off `container`, or broken up.
    Unpacked,
    /// Left `actor` for `peer`.
    Shipped,
    /// `actor` took it over from `peer`.
    Received,
    /// `actor` took it over from `peer`, broken.
    ReceivedDamaged,
    /// Did not arrive at `actor`; stays with `peer`.
    MissingOnArrival,
    /// `actor` did not take it; back to `peer`.
    Refused,
    /// A missing case was found again.
    Found,
    /// A missing case is lost.
    Lost,
    /// Reported stolen.
    Stolen,
    /// Supplied to a patient.
    Dispensed,
    /// Sold.
    Sold,
    /// Taken as a sample.
    Sampled,
    /// Destroyed.
    Destroyed,
    /// Left the market.
    Exported,
    /// Came back into stock.
    Returned,
    /// A recall was opened (no effect yet).
    RecallOpened,
    /// A recall came into force.
    Recalled,
    /// A recall was wound up.
    RecallClosed,
    /// A new root of an off-chain log.
    Anchored,
}
