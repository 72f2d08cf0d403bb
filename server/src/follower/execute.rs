//! Executes a transaction again, by the same rules as the nodes. Pure.
//!
//! The rules read the ledger one object at a time and cannot wait for a database. So the states are read ahead into
//! [`States`]: most by [`named`], the rest by trying: a read of an object that is not there yet ends the attempt with
//! [`Missing`], the caller loads that object and tries again. An attempt changes nothing until it succeeds.

use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::ids::BatchId;
use tracelight_domain::ids::{ChainId, Hash, Height, TxId};
use tracelight_domain::rules::{self, Change, Context, Ledger, Refusal, RuleError};
use tracelight_domain::state::{Event, History, ObjectId, ObjectState, StateBody};
use tracelight_domain::tx::{Content, SignedTx, Tx, TxBody};
use tracelight_proof::block::Header;
use tracelight_proof::commitments::Sha256Commitments;
use tracelight_proof::history;
use tracelight_proof::signed::{tx_id, verify};

/// What was read before it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// An object's state.
    Object(ObjectId),
    /// The event at this position of an object's history, 0 for the first.
    Event(ObjectId, u32),
}

/// The states that a block needs, as far as they are loaded.
#[derive(Debug, Default)]
pub struct States {
    loaded: BTreeMap<ObjectId, Option<ObjectState>>,
    events: BTreeMap<(ObjectId, u32), Option<Event>>,
    changed: BTreeSet<ObjectId>,
    blocks: BTreeMap<Height, Hash>,
}

impl States {
    /// Is the object loaded?
    #[must_use]
    pub fn has(&self, id: &ObjectId) -> bool {
        self.loaded.contains_key(id)
    }

    /// Takes what the database says of an object.
    pub fn load(&mut self, id: ObjectId, state: Option<ObjectState>) {
        self.loaded.entry(id).or_insert(state);
    }

    /// Takes what the database says of an event of an earlier block.
    pub fn load_event(&mut self, id: ObjectId, seq: u32, event: Option<Event>) {
        self.events.insert((id, seq), event);
    }

    /// Takes the id of a recent block.
    pub fn load_block(&mut self, height: Height, id: Hash) {
        self.blocks.insert(height, id);
    }

    /// The objects that executed transactions have changed, in the order of their ids.
    pub fn changed(&self) -> impl Iterator<Item = (&ObjectId, &ObjectState)> {
        self.changed.iter().filter_map(|id| self.loaded.get(id)?.as_ref().map(|state| (id, state)))
    }
}

impl Ledger for States {
    type Error = Missing;
    fn get(&self, id: &ObjectId) -> Result<Option<StateBody>, Missing> {
        match self.loaded.get(id) {
            Some(state) => Ok(state.as_ref().map(|state| state.body.clone())),
            None => Err(Missing::Object(id.clone())),
        }
    }
    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, Missing> {
        let event = self.events.get(&(id.clone(), seq)).cloned();
        event.ok_or_else(|| Missing::Event(id.clone(), seq))
    }
    fn block_id(&self, height: Height) -> Result<Option<Hash>, Missing> {
        Ok(self.blocks.get(&height).copied())
    }
}

/// What a transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its id.
    pub id: TxId,
    /// The rule that said no.
    pub refusal: Option<Refusal>,
    /// What it wrote, in order.
    pub changes: Vec<Change>,
    /// Events with the number that each has in its object's history, from 1.
    pub events: Vec<(ObjectId, u32, Event)>,
}

/// Executes a transaction of the block with this header.
///
/// # Errors
/// [`Missing`]: load it and call again.
pub fn execute(states: &mut States, chain: ChainId, header: &Header, signed: &SignedTx) -> Result<Done, Missing> {
    let id = tx_id(&signed.tx);
    let refused = |refusal| Done { id, refusal: Some(refusal), changes: Vec::new(), events: Vec::new() };
    let (signer, used_nonce) = match rules::admit(states, chain, header.height, &signed.tx) {
        Ok(admitted) => admitted,
        Err(RuleError::Storage(missing)) => return Err(missing),
        Err(RuleError::Refused(refusal)) => return Ok(refused(refusal)),
    };
    let context =
        Context { ledger: &*states, commitments: &Sha256Commitments, height: header.height, time_ms: header.time_ms };
    let (mut changes, refusal) = match rules::apply(&context, &signer, &signed.tx) {
        Ok(changes) => (changes, None),
        Err(RuleError::Storage(missing)) => return Err(missing),
        Err(RuleError::Refused(refusal)) => (Vec::new(), Some(refusal)),
    };
    if let Some(change) = used_nonce {
        changes.insert(0, change);
    }
    // The history of a changed object goes on from its old state, so that has to be loaded too.
    if let Some(unknown) = changes.iter().find(|change| !states.has(&change.object)) {
        return Err(Missing::Object(unknown.object.clone()));
    }
    let mut done = Done { id, refusal, changes, events: Vec::new() };
    for change in &done.changes {
        let before = states.loaded.get(&change.object).and_then(Option::as_ref);
        let mut history = before.map_or(History::EMPTY, |state| state.history);
        if let Some(event) = change.event {
            let event = event.placed(header.height, header.time_ms, signer.member, id);
            history = history::extend(history, &event);
            done.events.push((change.object.clone(), history.count, event));
        }
        let state = ObjectState { history, body: change.body.clone() };
        states.loaded.insert(change.object.clone(), Some(state));
        states.changed.insert(change.object.clone());
    }
    Ok(done)
}

/// A transaction that its nodes refused before any rule: is the reason true?
#[must_use]
pub fn has_bad_signature(signed: &SignedTx) -> bool {
    verify(signed).is_err()
}

/// Objects that the transaction names itself: what it will surely read.
#[must_use]
pub fn named(tx: &Tx) -> Vec<ObjectId> {
    let mut ids = vec![ObjectId::Key(tx.key)];
    match &tx.body {
        TxBody::RegisterDevice { device, .. } => ids.push(ObjectId::Key(*device)),
        TxBody::RegisterProduct(product) => ids.push(ObjectId::Product(product.gtin)),
        TxBody::RegisterBatch { batch, .. } => {
            ids.extend([ObjectId::Product(batch.gtin), ObjectId::Batch(batch.clone())]);
        }
        TxBody::SealBatch(seal) => ids.push(ObjectId::Batch(seal.batch.clone())),
        TxBody::Pack { parent, content } => {
            ids.push(ObjectId::Logistic(*parent));
            match content {
                Content::Units { batches, .. } => {
                    ids.extend(batches.iter().map(|(batch, _)| ObjectId::Batch(batch.clone())));
                }
                Content::Cases(cases) => ids.extend(cases.iter().map(|case| ObjectId::Logistic(*case))),
            }
        }
        TxBody::Unpack { parent, cases } => {
            ids.push(ObjectId::Logistic(*parent));
            ids.extend(cases.iter().map(|case| ObjectId::Logistic(*case)));
        }
        TxBody::Ship { shipment, to, objects } => {
            ids.extend([ObjectId::Shipment(*shipment), ObjectId::Member(*to)]);
            ids.extend(objects.iter().map(|sscc| ObjectId::Logistic(*sscc)));
        }
        TxBody::Receive { shipment, short, damaged } => {
            ids.push(ObjectId::Shipment(*shipment));
            ids.extend(short.iter().chain(damaged).map(|sscc| ObjectId::Logistic(*sscc)));
        }
        TxBody::Refuse { shipment } => ids.push(ObjectId::Shipment(*shipment)),
        TxBody::ResolveShort { sscc, .. } => ids.push(ObjectId::Logistic(*sscc)),
        TxBody::UnitAction { touch, .. } => {
            let batch = BatchId { gtin: touch.unit.gtin, lot: touch.lot.clone() };
            ids.extend([ObjectId::Batch(batch), ObjectId::Unit(touch.unit.clone())]);
            ids.extend(touch.in_case.iter().map(|(case, _)| ObjectId::Logistic(*case)));
        }
        TxBody::OpenRecall { recall, batch, .. } => {
            ids.extend([ObjectId::Recall(*recall), ObjectId::Batch(batch.clone())]);
        }
        TxBody::ApproveRecall { recall } | TxBody::CloseRecall { recall } => ids.push(ObjectId::Recall(*recall)),
        TxBody::Anchor { .. } => {}
        TxBody::Propose { proposal, .. } => ids.extend([ObjectId::Proposal(*proposal), ObjectId::Agenda]),
        TxBody::Transform(made) => {
            ids.extend([ObjectId::Product(made.output.gtin), ObjectId::Batch(made.output.clone())]);
            for input in &made.inputs {
                ids.extend([ObjectId::Batch(input.batch.clone()), ObjectId::Lineage(input.batch.clone())]);
                ids.extend(input.cases.iter().map(|case| ObjectId::Logistic(*case)));
            }
        }
        TxBody::Dispute { shipment, .. } | TxBody::SettleDispute { shipment, .. } => {
            ids.push(ObjectId::Shipment(*shipment));
        }
        TxBody::Correct(correction) => ids.push(correction.object.clone()),
        TxBody::Vote { proposal, .. } => ids.extend([ObjectId::Proposal(*proposal), ObjectId::Roll]),
        TxBody::ValidatorReady { .. } => ids.push(ObjectId::Validators),
    }
    ids
}
