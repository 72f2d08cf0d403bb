//! What the ledger keeps about each object, and the events that brought it there.
//!
//! Every object carries the head of its own history: `head' = H(head, event hash)` and a count. One proof of the state
//! therefore proves that a list of events is complete (`design.md` 4.4).

use crate::governance::{GovernanceChange, OpenProposal, PendingSeat, ProposalStatus, Seat, SeatChange};
use crate::gs1::{Date, Gtin, Lot, Sscc};
use crate::ids::{BatchId, Hash, Height, MemberId, ProposalId, PublicKey, RecallId, ShipmentId, TxId, UnitId};
use crate::tx::{DisputeOutcome, DisputeReason, ProductKind, RecallClass};

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
    /// The one object that says who certifies blocks.
    Validators,
    /// A proposed change of the alliance.
    Proposal(ProposalId),
    /// The one object that says which members have a vote.
    Roll,
    /// What a lot was made from and made into.
    Lineage(BatchId),
    /// The one object that lists the proposals that take votes.
    Agenda,
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
        standing: Standing,
    },
    /// A key.
    Key {
        /// Whose.
        member: MemberId,
        /// What it may sign.
        purpose: KeyPurpose,
        /// First height at which it may sign.
        from: Height,
        /// First height at which it may not sign any more.
        until: Option<Height>,
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
        /// Hides the quota until the batch is sealed.
        quota: Option<Hash>,
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
        /// Who made the last change: only it may take it back.
        by: MemberId,
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
        /// Millisecond (BFT time) by which an open or short delivery has to be settled, and until which it can be disputed.
        due_ms: u64,
        /// The last dispute.
        dispute: Option<Dispute>,
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
    /// Who certifies blocks: the set that the next epoch boundary takes up.
    Validators {
        /// Ascending by key.
        seats: Vec<Seat>,
        /// Approved, not yet in step. At most [`crate::governance::PENDING_SEATS_MAX`].
        pending: Vec<PendingSeat>,
        /// Changes of the last two epochs, oldest first.
        changes: Vec<SeatChange>,
        /// Fewest seats: 4, or as many as the genesis began with when those were fewer.
        seats_min: u32,
        /// Blocks of an epoch, from the genesis.
        epoch_blocks: u32,
    },
    /// A proposed change.
    Proposal {
        /// What would change.
        change: GovernanceChange,
        /// Who proposed it.
        by: MemberId,
        /// The words that force it; empty when it was thought safe.
        forced: String,
        /// Members that said yes, ascending. At most [`crate::governance::MEMBERS_MAX`].
        approvals: Vec<MemberId>,
        /// Members that said no, ascending.
        objections: Vec<MemberId>,
        /// Where it stands.
        status: ProposalStatus,
        /// BFT time of the proposal.
        opened_ms: u64,
        /// The last height at which votes are taken.
        closes_at: Height,
    },
    /// Which members have a vote.
    Roll {
        /// Active members, ascending.
        active: Vec<MemberId>,
        /// Members that were ever admitted, for the bound.
        admitted: u32,
    },
    /// What a lot was made from and made into.
    Lineage {
        /// Lots that went into it. At most [`crate::tx::INPUTS_MAX`].
        made_from: Vec<BatchId>,
        /// Lots that it went into. At most [`LINEAGE_MAX`].
        made_into: Vec<BatchId>,
    },
    /// Which proposals take votes; there is none before the first. Lapsed ones leave it with the next proposal.
    Agenda {
        /// In the order of proposing. At most [`crate::governance::OPEN_MAX`].
        open: Vec<OpenProposal>,
    },
}

/// Lots that one lot can go into.
pub const LINEAGE_MAX: usize = 128;

/// A member's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Signs, votes and receives.
    Active,
    /// Its licence has lapsed: it may only refuse what is on its way to it.
    Suspended,
    /// It has left for good.
    Removed,
}

/// A dispute about a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Who disputes.
    pub by: MemberId,
    /// What is wrong.
    pub reason: DisputeReason,
    /// SHA-256 of the document that says more; zero for none.
    pub evidence: Hash,
    /// Where the hand-over stood.
    pub before: ShipmentStatus,
    /// Who offered to end it how.
    pub offer: Option<(MemberId, DisputeOutcome)>,
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
    /// A validator's own key: certifies blocks, and says that it is in step.
    Validator,
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
    /// Used up: it was made into another batch.
    Consumed,
}

impl LogisticStatus {
    /// What it means for a pack inside that has no state of its own: packs of a stolen case are stolen, and those of a case
    /// that was made into something else are out of use. Both page and phone say so.
    #[must_use]
    pub const fn fate_of_packs(self) -> UnitStatus {
        match self {
            Self::Stolen => UnitStatus::Stolen,
            Self::Consumed => UnitStatus::Destroyed,
            Self::InStock | Self::InTransit(_) | Self::Short(_) | Self::Damaged | Self::Unpacked | Self::Lost => {
                UnitStatus::Active
            }
        }
    }
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
    /// In dispute.
    Disputed,
    /// A dispute about it has been ended by both sides.
    Settled,
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
    /// The position of the event that this one withdraws.
    pub withdraws: Option<u32>,
    /// The transaction.
    pub tx: TxId,
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What happened to an object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EventKind { $($(#[$doc])* $variant,)+ }

        impl EventKind {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name for programs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

event_kinds! {
    /// Member, key, product, batch or log came to be.
    Registered = "registered",
    /// The batch was sealed.
    Sealed = "sealed",
    /// The logistic unit was made, or put onto `container`.
    Packed = "packed",
    /// Taken off `container`, or broken up.
    Unpacked = "unpacked",
    /// Left `actor` for `peer`.
    Shipped = "shipped",
    /// `actor` took it over from `peer`.
    Received = "received",
    /// `actor` took it over from `peer`, broken.
    ReceivedDamaged = "received_damaged",
    /// Did not arrive at `actor`; stays with `peer`.
    MissingOnArrival = "missing_on_arrival",
    /// `actor` did not take it; back to `peer`.
    Refused = "refused",
    /// A missing case was found again.
    Found = "found",
    /// A missing case is lost.
    Lost = "lost",
    /// Reported stolen.
    Stolen = "stolen",
    /// Supplied to a patient.
    Dispensed = "dispensed",
    /// Sold.
    Sold = "sold",
    /// Taken as a sample.
    Sampled = "sampled",
    /// Destroyed.
    Destroyed = "destroyed",
    /// Left the market.
    Exported = "exported",
    /// Came back into stock.
    Returned = "returned",
    /// A recall was opened (no effect yet).
    RecallOpened = "recall_opened",
    /// A recall came into force.
    Recalled = "recalled",
    /// A recall was wound up.
    RecallClosed = "recall_closed",
    /// A new root of an off-chain log.
    Anchored = "anchored",
    /// Was made into another batch, or was made from others.
    Transformed = "transformed",
    /// `actor` disputes the hand-over with `peer`.
    Disputed = "disputed",
    /// `actor` offers `peer` how to end the dispute.
    SettlementOffered = "settlement_offered",
    /// Both sides ended the dispute.
    DisputeSettled = "dispute_settled",
    /// `actor` withdraws its event at position `withdraws`.
    Corrected = "corrected",
    /// A change of the alliance was proposed.
    Proposed = "proposed",
    /// `actor` voted for it.
    VotedFor = "voted_for",
    /// `actor` voted against it.
    VotedAgainst = "voted_against",
    /// `actor`'s vote decided it: it is in force.
    Adopted = "adopted",
    /// `actor`'s vote decided it: it cannot pass.
    Rejected = "rejected",
    /// The member's licence has lapsed.
    Suspended = "suspended",
    /// The member acts again.
    Reinstated = "reinstated",
    /// The member has left.
    Removed = "removed",
    /// The key may not sign from a height on.
    KeyRevoked = "key_revoked",
    /// A validator was approved and is awaited.
    ValidatorApproved = "validator_approved",
    /// A validator took its seat.
    ValidatorJoined = "validator_joined",
    /// A validator took another's seat.
    ValidatorReplaced = "validator_replaced",
    /// A validator left, or is no longer awaited.
    ValidatorLeft = "validator_left",
}
