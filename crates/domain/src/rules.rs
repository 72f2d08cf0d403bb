//! The rules of the ledger: which transaction may do what, in one place for node, server and pages.
//!
//! A transaction passes two gates. [`admit`] asks who signs and whether it is their turn; a transaction that fails here
//! leaves no trace. [`apply`] asks whether the rule allows the deed; a transaction that fails here was ordered, uses up its
//! nonce and is recorded as refused. Both are pure: they read the ledger through [`Ledger`] and return what would change.
//!
//! Tested in `crates/proof/tests/rules`, where the real hashes are. One file a subject: [`goods`] (products, batches,
//! packing), [`transform`] (batches made into others), [`handover`], [`dispute`], [`unit`] (single packs), [`recall`],
//! [`correction`], [`governance`] (votes, members, keys, validators).

pub mod correction;
pub mod dispute;
pub mod goods;
pub mod governance;
pub mod handover;
pub mod recall;
mod refusal;
pub mod transform;
pub mod unit;

pub use refusal::Refusal;

use crate::gs1::Sscc;
use crate::ids::{ChainId, Hash, Height, MemberId, PublicKey, TxId};
use crate::state::{Event, EventKind, KeyPurpose, MemberRole, ObjectId, Standing, StateBody};
use crate::tx::{EXPIRY_BLOCKS_MAX, Path, Product, Seal, Tx, TxBody, UnitTouch};

/// Days within which a supplied pack may come back (Delegated Reg. 2016/161, art. 13).
pub const RETURN_DAYS_MAX: u64 = 10;
/// Days a receiver has to answer a shipment, and a shipper to explain a short case.
pub const SETTLE_DAYS: u64 = 14;
/// Milliseconds of a day.
pub const DAY_MS: u64 = 86_400_000;

/// Reads the ledger as it stands before the transaction.
pub trait Ledger {
    /// A storage fault. It stops the node; it is never an answer to a transaction.
    type Error;

    /// The object's present state.
    ///
    /// # Errors
    /// When storage cannot be read.
    fn get(&self, id: &ObjectId) -> Result<Option<StateBody>, Self::Error>;

    /// The event at this position of the object's history, 0 for the first; `None` past its end. Events of blocks below the
    /// one that is executed have to be there for as long as the object is. For those of this block either answer will do:
    /// no rule believes them.
    ///
    /// # Errors
    /// When storage cannot be read.
    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, Self::Error>;

    /// The id of a final block below the one that is executed. It has to be known for the
    /// [`crate::governance::READY_BLOCKS_MAX`] blocks before it; rules ask for no older one.
    ///
    /// # Errors
    /// When storage cannot be read.
    fn block_id(&self, height: Height) -> Result<Option<Hash>, Self::Error>;
}

/// The hashes that rules compare. `proof` has the one implementation; here only their meaning is needed.
pub trait Commitments {
    /// Hash of a product's master data.
    fn product_facts(&self, product: &Product) -> Hash;
    /// The unit root that a seal puts into the batch's state.
    fn unit_root(&self, seal: &Seal) -> Hash;
    /// The content root of a pallet.
    fn pallet_root(&self, cases: &[Sscc]) -> Hash;
    /// Does the touch's path lead from its leaf to this unit root?
    fn in_batch(&self, touch: &UnitTouch, unit_root: &Hash) -> bool;
    /// Does the path lead from the touch's leaf to this content root?
    fn in_case(&self, touch: &UnitTouch, path: &Path, content_root: &Hash) -> bool;
    /// Hides a quota.
    fn quota(&self, quota: u64, salt: &[u8; 16]) -> Hash;
    /// Is it a point of the curve, and one that accepts no signature which nobody made?
    fn is_sound_key(&self, key: &PublicKey) -> bool;
}

/// Why nothing was applied.
#[derive(Debug, PartialEq, Eq)]
pub enum RuleError<E> {
    /// The rule says no.
    Refused(Refusal),
    /// Storage could not be read.
    Storage(E),
}

impl<E> From<Refusal> for RuleError<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What a rule reads beside the transaction.
pub struct Context<'a, L, C> {
    /// State before the transaction.
    pub ledger: &'a L,
    /// Hash functions.
    pub commitments: &'a C,
    /// Height of the block that orders it.
    pub height: Height,
    /// BFT time of that block, milliseconds since 1970.
    pub time_ms: u64,
}

/// Who signs, as the ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The member.
    pub member: MemberId,
    /// Its role.
    pub role: MemberRole,
    /// What the key may sign.
    pub purpose: KeyPurpose,
}

/// A write that a transaction causes, and the event that goes into the object's history with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which object.
    pub object: ObjectId,
    /// Its state from now on.
    pub body: StateBody,
    /// The event, unless only a counter moved.
    pub event: Option<ChangeEvent>,
}

/// The part of an [`crate::state::Event`] that a rule decides; height, time, actor and transaction are added by the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeEvent {
    /// What happened.
    pub kind: EventKind,
    /// The other side.
    pub peer: Option<MemberId>,
    /// The case or pallet it is tied to.
    pub container: Option<Sscc>,
    /// The position of the event that it withdraws.
    pub withdraws: Option<u32>,
}

impl ChangeEvent {
    const fn of(kind: EventKind) -> Self {
        Self { kind, peer: None, container: None, withdraws: None }
    }

    const fn with_peer(kind: EventKind, peer: MemberId) -> Self {
        Self { kind, peer: Some(peer), container: None, withdraws: None }
    }

    /// The event as it enters a history.
    #[must_use]
    pub const fn placed(self, height: Height, time_ms: u64, actor: MemberId, tx: TxId) -> Event {
        let Self { kind, peer, container, withdraws } = self;
        Event { kind, height, time_ms, actor, peer, container, withdraws, tx }
    }

    const fn with_container(kind: EventKind, container: Option<Sscc>) -> Self {
        Self { kind, peer: None, container, withdraws: None }
    }
}

impl Change {
    fn new(object: ObjectId, body: StateBody, event: ChangeEvent) -> Self {
        Self { object, body, event: Some(event) }
    }
}

/// Result of a rule.
pub type Applied<E> = Result<Vec<Change>, RuleError<E>>;

impl<L: Ledger, C> Context<'_, L, C> {
    fn get(&self, id: &ObjectId) -> Result<Option<StateBody>, RuleError<L::Error>> {
        self.ledger.get(id).map_err(RuleError::Storage)
    }

    fn must_be_new(&self, id: &ObjectId) -> Result<(), RuleError<L::Error>> {
        match self.get(id)? {
            Some(_) => Err(Refusal::AlreadyExists.into()),
            None => Ok(()),
        }
    }
}

/// Asks who signs and whether it is their turn. The signature itself is checked by the caller (batches are cheaper).
/// Returns the signer and, for a device, the change that uses up its nonce.
///
/// # Errors
/// A refusal that leaves no trace, or a storage fault.
pub fn admit<L: Ledger>(
    ledger: &L,
    chain: ChainId,
    height: Height,
    tx: &Tx,
) -> Result<(Signer, Option<Change>), RuleError<L::Error>> {
    if tx.chain != chain {
        return Err(Refusal::WrongChain.into());
    }
    if tx.expires_at < height {
        return Err(Refusal::Expired.into());
    }
    if tx.expires_at - height > EXPIRY_BLOCKS_MAX {
        return Err(Refusal::ExpiryTooFar.into());
    }
    let key_id = ObjectId::Key(tx.key);
    let Some(StateBody::Key { member, purpose, from, until, next_nonce }) =
        ledger.get(&key_id).map_err(RuleError::Storage)?
    else {
        return Err(Refusal::UnknownKey.into());
    };
    if height < from {
        return Err(Refusal::KeyNotYet.into());
    }
    if until.is_some_and(|until| height >= until) {
        return Err(Refusal::KeyInactive.into());
    }
    let Some(StateBody::Member { role, standing }) =
        ledger.get(&ObjectId::Member(member)).map_err(RuleError::Storage)?
    else {
        return Err(Refusal::UnknownMember.into());
    };
    // Goods that are on the way to a member whose licence has lapsed must find their way back.
    let gives_back = standing == Standing::Suspended && matches!(tx.body, TxBody::Refuse { .. });
    if standing != Standing::Active && !gives_back {
        return Err(Refusal::MemberInactive.into());
    }
    let signer = Signer { member, role, purpose };
    if purpose != KeyPurpose::Device {
        return Ok((signer, None));
    }
    if tx.nonce > next_nonce {
        return Err(Refusal::NonceGap.into());
    }
    if tx.nonce < next_nonce {
        return Err(Refusal::NonceUsed.into());
    }
    let body = StateBody::Key { member, purpose, from, until, next_nonce: next_nonce + 1 };
    Ok((signer, Some(Change { object: key_id, body, event: None })))
}

/// Applies an admitted transaction: what would change, or why not.
///
/// # Errors
/// A refusal that is recorded with the transaction, or a storage fault.
pub fn apply<L: Ledger, C: Commitments>(context: &Context<'_, L, C>, signer: &Signer, tx: &Tx) -> Applied<L::Error> {
    if !may_sign(signer.purpose, &tx.body) {
        let same_person = matches!(tx.body, TxBody::ApproveRecall { .. });
        return Err(if same_person { Refusal::SamePerson } else { Refusal::WrongPurpose }.into());
    }
    match &tx.body {
        TxBody::RegisterDevice { device, .. } => goods::register_device(context, signer, *device),
        TxBody::RegisterProduct(product) => goods::register_product(context, signer, product),
        TxBody::RegisterBatch { batch, made_on, expires_on, quota } => {
            let (made_on, expires_on, quota) = (*made_on, *expires_on, *quota);
            goods::register_batch(context, signer, &goods::Registration { batch, made_on, expires_on, quota })
        }
        TxBody::SealBatch(seal) => goods::seal_batch(context, signer, seal),
        TxBody::Pack { parent, content } => goods::pack(context, signer, *parent, content),
        TxBody::Unpack { parent, cases } => goods::unpack(context, signer, *parent, cases),
        TxBody::Anchor { log, size, root } => goods::anchor(context, signer, *log, *size, *root),
        TxBody::Ship { shipment, to, objects } => handover::ship(context, signer, *shipment, *to, objects),
        TxBody::Receive { shipment, short, damaged } => handover::receive(context, signer, *shipment, short, damaged),
        TxBody::Refuse { shipment } => handover::refuse(context, signer, *shipment),
        TxBody::ResolveShort { sscc, outcome } => handover::resolve_short(context, signer, *sscc, *outcome),
        TxBody::UnitAction { touch, action } => unit::act(context, signer, touch, *action),
        TxBody::OpenRecall { recall, batch, class, drill, notice } => {
            let opened = recall::Opening { recall: *recall, batch, class: *class, drill: *drill, notice: *notice };
            recall::open(context, signer, tx.key, &opened)
        }
        TxBody::ApproveRecall { recall } => recall::approve(context, signer, tx.key, *recall),
        TxBody::CloseRecall { recall } => recall::close(context, signer, *recall),
        TxBody::Transform(made) => transform::transform(context, signer, made),
        TxBody::Dispute { shipment, reason, evidence } => dispute::open(context, signer, *shipment, *reason, *evidence),
        TxBody::SettleDispute { shipment, outcome } => dispute::settle(context, signer, *shipment, *outcome),
        TxBody::Correct(correction) => correction::correct(context, signer, correction),
        TxBody::Propose { proposal, change, closes_at, forced } => {
            let (proposal, closes_at) = (*proposal, *closes_at);
            governance::propose(context, signer, &governance::Proposed { proposal, change, closes_at, forced })
        }
        TxBody::Vote { proposal, approve } => governance::vote(context, signer, *proposal, *approve),
        TxBody::ValidatorReady { height, block } => governance::ready(context, tx.key, *height, *block),
    }
}

/// What each kind of key is for.
const fn may_sign(purpose: KeyPurpose, body: &TxBody) -> bool {
    let second_person = matches!(body, TxBody::ApproveRecall { .. } | TxBody::Vote { .. });
    let node = matches!(body, TxBody::ValidatorReady { .. });
    let line = matches!(
        body,
        TxBody::SealBatch(_)
            | TxBody::Pack { .. }
            | TxBody::Unpack { .. }
            | TxBody::Anchor { .. }
            | TxBody::UnitAction { .. }
    );
    match purpose {
        KeyPurpose::Operator => !second_person && !node,
        KeyPurpose::Approver => second_person,
        KeyPurpose::Device => line,
        KeyPurpose::Validator => node,
    }
}
