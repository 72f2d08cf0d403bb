//! The way of a transaction into the mempool, and the answer to its sender.

use super::{Node, Pending};
use crate::ledger::checked::CheckedTx;
use crate::ledger::signatures::{self, TxFault};
use crate::ledger::{APPLIED, BlockInput, View, foresee};
use crate::mempool::{DEVICE_AHEAD_MAX, KeyTurn, Offered};
use crate::store::{Store, StoreError, TxRow};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracelight_api::Text;
use tracelight_api::chain::{Receipt, TxOutcome};
use tracelight_domain::ids::{Hash, Height, TxId};
use tracelight_domain::rules::{self, Ledger, Refusal, RuleError};
use tracelight_domain::state::{Event, KeyPurpose, ObjectId, ObjectState, StateBody};

/// Where transactions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client; peers are told.
    Client,
    /// A peer; the others know it from there.
    Peer,
}

/// Refusals that are this node's own and not a rule of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalRefusal {
    /// Bytes that are no transaction.
    Malformed,
    /// More bytes than a transaction may have.
    TooLarge,
    /// The mempool is full.
    Busy,
    /// It waited too long and was forgotten.
    Dropped,
    /// It asks for a change after which the chain would stand still, by what this node sees.
    WouldStop,
}

impl LocalRefusal {
    /// The stable name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Busy => "busy",
            Self::Dropped => "dropped",
            Self::WouldStop => "would_stop_the_chain",
        }
    }
}

pub(super) fn receipt(id: Option<TxId>, outcome: TxOutcome) -> Receipt {
    Receipt { tx_id: id.map(Text), outcome, already: false, height: None, refusal: None, detail: None }
}

/// The answer about an executed transaction.
#[must_use]
pub fn final_receipt(id: TxId, row: TxRow) -> Receipt {
    let refusal = Refusal::from_code(row.outcome);
    let outcome = if row.outcome == APPLIED { TxOutcome::Applied } else { TxOutcome::Refused };
    Receipt {
        tx_id: Some(Text(id)),
        outcome,
        already: false,
        height: Some(row.height),
        refusal: refusal.map(|refusal| refusal.name().to_owned()),
        detail: refusal.map(|refusal| refusal.text().to_owned()),
    }
}

/// An answer about a transaction that leaves no trace.
#[must_use]
pub fn rejected(id: Option<TxId>, name: &str, detail: impl Into<String>) -> Receipt {
    Receipt { refusal: Some(name.to_owned()), detail: Some(detail.into()), ..receipt(id, TxOutcome::Rejected) }
}

fn refused(id: TxId, refusal: Refusal) -> Receipt {
    rejected(Some(id), refusal.name(), refusal.text())
}

fn conflict(id: TxId) -> Receipt {
    Receipt { outcome: TxOutcome::Conflict, ..refused(id, Refusal::NonceUsed) }
}

/// The executed state, for the rules. What was read once is kept: transactions that come together share their key and member.
struct Executed<'a> {
    store: &'a Store,
    reads: RefCell<BTreeMap<ObjectId, Option<ObjectState>>>,
}

impl<'a> Executed<'a> {
    fn of(store: &'a Store) -> Self {
        Self { store, reads: RefCell::default() }
    }

    fn read<T>(&self, id: &ObjectId, part: impl FnOnce(&ObjectState) -> T) -> Result<Option<T>, StoreError> {
        if let Some(known) = self.reads.borrow().get(id) {
            return Ok(known.as_ref().map(part));
        }
        let state = self.store.object(id)?;
        let wanted = state.as_ref().map(part);
        self.reads.borrow_mut().insert(id.clone(), state);
        Ok(wanted)
    }
}

impl Ledger for Executed<'_> {
    type Error = StoreError;

    fn get(&self, id: &ObjectId) -> Result<Option<StateBody>, StoreError> {
        self.read(id, |state| state.body.clone())
    }

    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, StoreError> {
        View::event(self.store, id, seq)
    }

    fn block_id(&self, height: Height) -> Result<Option<Hash>, StoreError> {
        View::block_id(self.store, height)
    }
}

impl Node {
    /// Checks transactions and takes the good ones into the mempool; answers in the same order. Computes; belongs on a
    /// blocking thread.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn submit(&self, txs: &[&[u8]], origin: Origin) -> Result<Vec<Receipt>, StoreError> {
        let checked = signatures::check_all(&self.seen, txs);
        let mut added = Vec::new();
        let mut receipts = Vec::with_capacity(checked.len());
        for chunk in checked.chunks(256) {
            // Not one lock for all: consensus needs it too.
            let mut pending = self.pending();
            let executed = Executed::of(&self.store);
            for answer in chunk {
                receipts.push(match answer {
                    Ok(tx) => self.admit(&mut pending, &executed, tx, origin, &mut added)?,
                    Err(TxFault::BadSignature) => {
                        rejected(None, Refusal::BadSignature.name(), Refusal::BadSignature.text())
                    }
                    Err(fault) => rejected(None, LocalRefusal::Malformed.name(), fault.to_string()),
                });
            }
        }
        if !added.is_empty() {
            self.note_arrival();
            if origin == Origin::Client {
                self.tell_peers(&added);
            }
        }
        Ok(receipts)
    }

    fn admit(
        &self,
        pending: &mut Pending,
        executed: &Executed<'_>,
        tx: &Arc<CheckedTx>,
        origin: Origin,
        added: &mut Vec<Arc<CheckedTx>>,
    ) -> Result<Receipt, StoreError> {
        let id = tx.id;
        if let Some(known) = self.known(pending, id)? {
            return Ok(known);
        }
        let (key, nonce) = (tx.signed.tx.key, tx.signed.tx.nonce);
        let turn = match self.turn(executed, tx)? {
            Ok(turn) => turn,
            Err(Refusal::NonceUsed) => return Ok(conflict(id)),
            Err(refusal) => return Ok(refused(id, refusal)),
        };
        let used = turn == KeyTurn::Any && self.store.nonce_owner(&key, nonce)?.is_some();
        if used || pending.ancestry.holds_nonce(&key, nonce) {
            return Ok(conflict(id));
        }
        if turn == KeyTurn::Any
            && let Some(refusal) = self.foreseen(pending, tx)?
        {
            return Ok(refused(id, refusal));
        }
        if origin == Origin::Client
            && let Some(detail) = self.would_stop(&tx.signed.tx)?
        {
            return Ok(rejected(Some(id), LocalRefusal::WouldStop.name(), detail));
        }
        Ok(match pending.mempool.offer(Arc::clone(tx), turn) {
            Offered::Added => {
                added.push(Arc::clone(tx));
                receipt(Some(id), TxOutcome::Pending)
            }
            Offered::Known => Receipt { already: true, ..receipt(Some(id), TxOutcome::Pending) },
            Offered::Conflict(_) => conflict(id),
            Offered::Busy => rejected(
                Some(id),
                LocalRefusal::Busy.name(),
                "too many transactions wait for a block; send it again later",
            ),
        })
    }

    fn known(&self, pending: &Pending, id: TxId) -> Result<Option<Receipt>, StoreError> {
        if let Some(row) = self.store.tx(&id)? {
            return Ok(Some(Receipt { already: true, ..final_receipt(id, row) }));
        }
        let waits = pending.mempool.contains(&id) || pending.ancestry.holds(&id);
        Ok(waits.then(|| Receipt { already: true, ..receipt(Some(id), TxOutcome::Pending) }))
    }

    /// Whether the key may sign, and which nonce it is bound to.
    fn turn(&self, executed: &Executed<'_>, tx: &CheckedTx) -> Result<Result<KeyTurn, Refusal>, StoreError> {
        let next_height = self.head.borrow().height + 1;
        let tx = &tx.signed.tx;
        match rules::admit(executed, self.identity.chain, next_height, tx) {
            Ok((signer, _)) if signer.purpose == KeyPurpose::Device => Ok(Ok(KeyTurn::Next(tx.nonce))),
            Ok(_) => Ok(Ok(KeyTurn::Any)),
            // A device may send ahead: the transactions before this one are on their way.
            Err(RuleError::Refused(Refusal::NonceGap)) => {
                let next = self.next_nonce(&[], &tx.key)?;
                Ok(if tx.nonce - next <= DEVICE_AHEAD_MAX { Ok(KeyTurn::Next(next)) } else { Err(Refusal::NonceGap) })
            }
            Err(RuleError::Refused(refusal)) => Ok(Err(refusal)),
            Err(RuleError::Storage(fault)) => Err(fault),
        }
    }

    /// Says "no" at once where nothing that is on its way could turn it into a "yes". A device's transaction is always
    /// ordered, because its nonce has to be used up.
    fn foreseen(&self, pending: &Pending, tx: &CheckedTx) -> Result<Option<Refusal>, StoreError> {
        let head = self.head.borrow().clone();
        if !pending.mempool.is_empty() || pending.ancestry.has_txs() || self.tip() > head.height {
            return Ok(None);
        }
        let block = BlockInput {
            chain: self.identity.chain,
            height: head.height + 1,
            time_ms: self.now_ms().max(head.time_ms + 1),
            txs: &[],
        };
        foresee(&self.store, block, tx)
    }
}
