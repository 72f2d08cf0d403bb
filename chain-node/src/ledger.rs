//! What a block does to the state. Pure: the same view and the same block give the same effects, byte for byte, on every
//! machine. Reading happens through [`View`], writing is left to the store.
//!
//! ```text
//! for each transaction, in order, on an overlay over the view:
//!   admit    who signs, is it their turn?        no ─► refusal code, nothing changes
//!   nonce    has an operator's or approver's (key, nonce) been used?   yes ─► `nonce_used`, nothing changes
//!   apply    does the rule allow it?             no ─► refusal code, the nonce is used up
//!                                               yes ─► 0, states change, events extend histories
//! ```

pub mod checked;
pub mod signatures;

#[cfg(test)]
pub(crate) mod tests;

use checked::CheckedTx;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey, TxId};
use tracelight_domain::rules::{self, Change, Context, Ledger, Refusal, RuleError, Signer};
use tracelight_domain::state::{Event, History, KeyPurpose, ObjectId, ObjectState, StateBody};
use tracelight_proof::block::{Header, body_digest, txs_root};
use tracelight_proof::commitments::Sha256Commitments;
use tracelight_proof::genesis::{Genesis, validators_hash};
use tracelight_proof::{history, log};

/// Outcome code of a transaction that did what it says.
pub const APPLIED: u16 = 0;

/// The state before a block.
pub trait View {
    /// A storage fault; it stops the node.
    type Error;

    /// The object's state.
    ///
    /// # Errors
    /// When storage cannot be read.
    fn object(&self, id: &ObjectId) -> Result<Option<ObjectState>, Self::Error>;

    /// The event at this position of the object's history, as of the block before.
    ///
    /// # Errors
    /// When storage cannot be read.
    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, Self::Error>;

    /// The transaction that used this nonce of an operator's or approver's key.
    ///
    /// # Errors
    /// When storage cannot be read.
    fn nonce_owner(&self, key: &PublicKey, nonce: u64) -> Result<Option<TxId>, Self::Error>;

    /// The id of a final block. Asked for the last few hundred below the one that is executed, that one's parent included.
    ///
    /// # Errors
    /// When storage cannot be read.
    fn block_id(&self, height: Height) -> Result<Option<Hash>, Self::Error>;
}

/// A block as the ledger sees it.
#[derive(Clone, Copy)]
pub struct BlockInput<'a> {
    /// The alliance.
    pub chain: ChainId,
    /// Position.
    pub height: Height,
    /// BFT time, milliseconds since 1970.
    pub time_ms: u64,
    /// Well-signed transactions in the block's order.
    pub txs: &'a [Arc<CheckedTx>],
}

/// An event at its place in its object's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedEvent {
    /// Whose history.
    pub object: ObjectId,
    /// 0 for the first event of the object.
    pub seq: u32,
    /// What happened.
    pub event: Event,
}

/// Everything that a block changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockEffects {
    /// Outcome code of each transaction.
    pub outcomes: Vec<u16>,
    /// New states, in the order of their ids.
    pub objects: BTreeMap<ObjectId, ObjectState>,
    /// New events, in the order in which they happened.
    pub events: Vec<PlacedEvent>,
    /// Nonces that were used up, with the transaction that used them.
    pub nonces: BTreeMap<(PublicKey, u64), TxId>,
    /// Ids of the block's transactions, in its order.
    pub tx_ids: Vec<TxId>,
}

/// Executes a block.
///
/// # Errors
/// Only the view's own faults; what is wrong with a transaction is an outcome.
pub fn execute<V: View>(view: &V, block: BlockInput<'_>) -> Result<BlockEffects, V::Error> {
    let overlay = Overlay { view, effects: RefCell::default(), reads: RefCell::default() };
    for tx in block.txs {
        let outcome = overlay.execute_one(block, tx)?;
        let mut effects = overlay.effects.borrow_mut();
        effects.outcomes.push(outcome);
        effects.tx_ids.push(tx.id);
    }
    Ok(overlay.effects.into_inner())
}

/// Asks what the rules would say to a transaction in a block at `height`, changing nothing.
///
/// # Errors
/// Only the view's own faults.
pub fn foresee<V: View>(view: &V, block: BlockInput<'_>, tx: &CheckedTx) -> Result<Option<Refusal>, V::Error> {
    let overlay = Overlay { view, effects: RefCell::default(), reads: RefCell::default() };
    let code = overlay.execute_one(block, tx)?;
    Ok(Refusal::from_code(code))
}

/// The view, with what the block has changed so far on top. What was read once is kept: a block's transactions share their
/// key, member and batch.
struct Overlay<'a, V> {
    view: &'a V,
    effects: RefCell<BlockEffects>,
    reads: RefCell<BTreeMap<ObjectId, Option<ObjectState>>>,
}

impl<V: View> Ledger for Overlay<'_, V> {
    type Error = V::Error;

    fn get(&self, id: &ObjectId) -> Result<Option<StateBody>, V::Error> {
        self.object(id).map(|state| state.map(|state| state.body))
    }

    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, V::Error> {
        self.view.event(id, seq)
    }

    fn block_id(&self, height: Height) -> Result<Option<Hash>, V::Error> {
        self.view.block_id(height)
    }
}

impl<V: View> Overlay<'_, V> {
    fn object(&self, id: &ObjectId) -> Result<Option<ObjectState>, V::Error> {
        if let Some(state) = self.effects.borrow().objects.get(id) {
            return Ok(Some(state.clone()));
        }
        if let Some(known) = self.reads.borrow().get(id) {
            return Ok(known.clone());
        }
        let state = self.view.object(id)?;
        self.reads.borrow_mut().insert(id.clone(), state.clone());
        Ok(state)
    }

    fn nonce_is_used(&self, key: PublicKey, nonce: u64) -> Result<bool, V::Error> {
        if self.effects.borrow().nonces.contains_key(&(key, nonce)) {
            return Ok(true);
        }
        Ok(self.view.nonce_owner(&key, nonce)?.is_some())
    }

    fn execute_one(&self, block: BlockInput<'_>, checked: &CheckedTx) -> Result<u16, V::Error> {
        let tx = &checked.signed.tx;
        let (signer, turn) = match rules::admit(self, block.chain, block.height, tx) {
            Ok(admitted) => admitted,
            Err(RuleError::Refused(refusal)) => return Ok(refusal.code()),
            Err(RuleError::Storage(fault)) => return Err(fault),
        };
        if signer.purpose != KeyPurpose::Device {
            if self.nonce_is_used(tx.key, tx.nonce)? {
                return Ok(Refusal::NonceUsed.code());
            }
            self.effects.borrow_mut().nonces.insert((tx.key, tx.nonce), checked.id);
        }
        // From here the transaction has had its turn, whatever the rule says.
        if let Some(turn) = turn {
            self.write(block, &signer, checked.id, turn)?;
        }
        let context =
            Context { ledger: self, commitments: &Sha256Commitments, height: block.height, time_ms: block.time_ms };
        let changes = match rules::apply(&context, &signer, tx) {
            Ok(changes) => changes,
            Err(RuleError::Refused(refusal)) => return Ok(refusal.code()),
            Err(RuleError::Storage(fault)) => return Err(fault),
        };
        for change in changes {
            self.write(block, &signer, checked.id, change)?;
        }
        Ok(APPLIED)
    }

    fn write(&self, block: BlockInput<'_>, signer: &Signer, tx: TxId, change: Change) -> Result<(), V::Error> {
        let mut history = self.object(&change.object)?.map_or(History::EMPTY, |state| state.history);
        let mut effects = self.effects.borrow_mut();
        if let Some(rule_event) = change.event {
            let event = rule_event.placed(block.height, block.time_ms, signer.member, tx);
            let seq = history.count;
            history = history::extend(history, &event);
            effects.events.push(PlacedEvent { object: change.object.clone(), seq, event });
        }
        effects.objects.insert(change.object, ObjectState { history, body: change.body });
        Ok(())
    }
}

/// The header of block 0. Its body is empty, and it speaks of the state of the genesis itself.
///
/// # Errors
/// When the validator keys of the genesis are no set.
pub fn genesis_header(
    genesis: &Genesis,
    state_root: Hash,
) -> Result<Header, tracelight_proof::certificate::ValidatorSetError> {
    let validators = validators_hash(&genesis.validators()?);
    Ok(Header {
        height: 0,
        parent: Hash::ZERO,
        body: body_digest(&[]),
        chain: genesis.chain_id(),
        time_ms: genesis.time_ms,
        txs_root: txs_root::<&[u8]>(&[]),
        txs: 0,
        executed: 0,
        state_root,
        outcomes: Hash::ZERO,
        events: 0,
        log_root: log::empty_root(),
        validators,
        next_validators: validators,
    })
}
