//! Projects a verified block: one transaction, with the height marker.
//!
//! `rm_object` holds the canonical state of every object, as the nodes hold it; the rules run over it. The other tables are
//! derived from what the rules wrote ([`rows`]). Three things must agree with what the validators certified, or the
//! projection stops: the height, each outcome, and the count of events.

mod rows;

pub(in crate::store) use rows::{REMARK_DAMAGED, REMARK_SHORT};

use super::convert::{hash, int, tag, uint};
use super::entity::{rm_block, rm_event, rm_marker, rm_object, rm_tx};
use super::{ROWS_PER_INSERT, Store, StoreError, sql};
use crate::follower::execute::{Done, Missing, States, execute, has_bad_signature, named};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _,
};
use std::collections::BTreeSet;
use thiserror::Error;
use tracelight_client::chain::VerifiedBlock;
use tracelight_domain::governance::READY_BLOCKS_MAX;
use tracelight_domain::ids::{ChainId, Height, PublicKey};
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::{ObjectId, ObjectState};
use tracelight_domain::tx::{OBJECTS_MAX, SignedTx, TxBody};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;
use tracelight_proof::state_proof::VALUE_BYTES_MAX;

/// Attempts at one transaction: each loads at least one more object, and none reads more than these.
const ATTEMPTS_MAX: usize = 4 * OBJECTS_MAX + 64;

/// Ids of so many blocks are kept: more than a rule may ask for.
const RECENT_BLOCKS: u64 = 1024;
const _: () = assert!(RECENT_BLOCKS > READY_BLOCKS_MAX, "a rule may ask for a block that is not kept");

/// Why a block was not projected.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The database fails; try again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The block is not the next one.
    #[error("block {found} cannot be projected onto height {projected}")]
    NotNext {
        /// Height in the read model.
        projected: u64,
        /// Height of the block.
        found: u64,
    },
    /// We compute another outcome than the validators certified. Nobody can repair this by trying again.
    #[error("block {height}, transaction {tx}: the chain says `{certified}`, this server computes `{computed}`")]
    Outcome {
        /// Block.
        height: u64,
        /// Transaction.
        tx: String,
        /// What was certified.
        certified: String,
        /// What the rules say here.
        computed: String,
    },
    /// We count other events than the validators certified.
    #[error("after block {height} the chain counts {certified} events, this server {computed}")]
    Events {
        /// Block.
        height: u64,
        /// What was certified.
        certified: u64,
        /// What was projected.
        computed: u64,
    },
    /// A transaction reads without an end: a fault of this program.
    #[error("block {height}, transaction {tx}: more than {ATTEMPTS_MAX} objects are read")]
    Endless {
        /// Block.
        height: u64,
        /// Transaction.
        tx: String,
    },
}

impl From<sea_orm::DbErr> for ProjectError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl ProjectError {
    /// Would it be the same tomorrow?
    #[must_use]
    pub const fn is_contradiction(&self) -> bool {
        !matches!(self, Self::Store(StoreError::Database(_)))
    }
}

impl Store {
    /// Writes the objects of the genesis into an empty read model. Harmless when they are there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn project_genesis(&self, genesis: &Genesis) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        if rm_object::Entity::find().count(&txn).await? == 0 {
            let objects = genesis.objects();
            let rows: Vec<_> = objects.iter().map(|(id, state)| object_row(id, state)).collect();
            insert_all::<rm_object::Entity, _>(&txn, rows).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Empties the read model; the follower then fills it again from block 1.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_read_model(&self) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        for table in tracelight_migrations::READ_MODEL_TABLES {
            txn.execute_raw(sql(&txn, &format!("DELETE FROM {table}"), [])).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Projects the block after the marker's height.
    ///
    /// # Errors
    /// [`ProjectError`]; nothing is written then.
    pub async fn project(&self, chain: ChainId, block: &VerifiedBlock) -> Result<(), ProjectError> {
        let txn = self.begin().await?;
        let marker = rm_marker::Entity::find_by_id(1_i16).one(&txn).await?;
        let (projected, events_before) =
            marker.as_ref().map_or((0, 0), |marker| (uint(marker.height), uint(marker.events)));
        let height = block.header.height;
        if height != projected + 1 {
            return Err(ProjectError::NotNext { projected, found: height });
        }
        let mut states = States::default();
        load_named(&txn, &mut states, block).await?;
        let mut written = Written::default();
        for (pos, (signed, outcome)) in block.txs.iter().enumerate() {
            let done = run(&txn, &mut states, chain, block, signed, *outcome, &written).await?;
            rows::write(&txn, block, signed, &done).await?;
            written.take(block, pos, signed, done);
        }
        let events = events_before + written.events.len() as u64;
        if let Some(certified) = block.events.filter(|certified| *certified != events) {
            return Err(ProjectError::Events { height, certified, computed: events });
        }
        written.flush(&txn, &states).await?;
        write_marker(&txn, block, events).await?;
        write_block(&txn, block).await?;
        txn.commit().await?;
        Ok(())
    }
}

/// Rows that are the same for every kind of transaction, kept until the end of the block.
#[derive(Default)]
struct Written {
    events: Vec<rm_event::ActiveModel>,
    txs: Vec<rm_tx::ActiveModel>,
    nonces: BTreeSet<(PublicKey, u64)>,
}

impl Written {
    fn take(&mut self, block: &VerifiedBlock, pos: usize, signed: &SignedTx, done: Done) {
        self.nonces.insert((signed.tx.key, signed.tx.nonce));
        let row = rm_tx::Model {
            tx_id: done.id.0.to_vec(),
            height: int(block.header.height),
            pos: int(pos as u64),
            signer: signed.tx.key.0.to_vec(),
            nonce: signed.tx.nonce.to_be_bytes().to_vec(),
            code: done.refusal.map_or(0, |refusal| i16::try_from(refusal.code()).unwrap_or(i16::MAX)),
            time_ms: int(block.header.time_ms),
        };
        self.txs.push(row.into_active_model());
        for (object, seq, event) in done.events {
            let row = rm_event::Model {
                object_key: object.to_bytes(),
                seq: i64::from(seq),
                kind: tag(&event.kind),
                height: int(event.height),
                time_ms: int(event.time_ms),
                actor: event.actor.to_string(),
                peer: event.peer.map(|peer| peer.to_string()),
                container: event.container.map(|sscc| sscc.to_string()),
                withdraws: event.withdraws.map(i64::from),
                tx_id: event.tx.0.to_vec(),
            };
            self.events.push(row.into_active_model());
        }
    }

    async fn flush(self, txn: &DatabaseTransaction, states: &States) -> Result<(), StoreError> {
        let objects: Vec<_> = states.changed().map(|(id, state)| object_row(id, state)).collect();
        for chunk in objects.chunks(ROWS_PER_INSERT) {
            let newer =
                OnConflict::column(rm_object::Column::ObjectKey).update_column(rm_object::Column::State).to_owned();
            rm_object::Entity::insert_many(chunk.to_vec()).on_conflict(newer).exec_without_returning(txn).await?;
        }
        insert_all::<rm_event::Entity, _>(txn, self.events).await?;
        insert_all::<rm_tx::Entity, _>(txn, self.txs).await
    }
}

/// Executes one transaction and compares it with what was certified.
async fn run(
    txn: &DatabaseTransaction,
    states: &mut States,
    chain: ChainId,
    block: &VerifiedBlock,
    signed: &SignedTx,
    certified: Option<Refusal>,
    written: &Written,
) -> Result<Done, ProjectError> {
    let height = block.header.height;
    let id = tracelight_proof::signed::tx_id(&signed.tx);
    // These two are found by the node before any rule: by the signature, and by its list of used nonces.
    let true_refusal = match certified {
        Some(Refusal::BadSignature) => has_bad_signature(signed),
        Some(Refusal::NonceUsed) => nonce_is_used(txn, signed, written).await?,
        _ => false,
    };
    if true_refusal {
        return Ok(Done { id, refusal: certified, changes: Vec::new(), events: Vec::new() });
    }
    for _ in 0..ATTEMPTS_MAX {
        match execute(states, chain, &block.header, signed) {
            Ok(done) if done.refusal == certified => return Ok(done),
            Ok(done) => {
                let name = |outcome: Option<Refusal>| outcome.map_or("applied", Refusal::name).to_owned();
                let (certified, computed) = (name(certified), name(done.refusal));
                return Err(ProjectError::Outcome { height, tx: id.to_string(), certified, computed });
            }
            Err(Missing::Object(object)) => load(txn, states, vec![object]).await?,
            Err(Missing::Event(object, seq)) => load_event(txn, states, object, seq).await?,
        }
    }
    Err(ProjectError::Endless { height, tx: id.to_string() })
}

async fn nonce_is_used(txn: &DatabaseTransaction, signed: &SignedTx, written: &Written) -> Result<bool, StoreError> {
    if written.nonces.contains(&(signed.tx.key, signed.tx.nonce)) {
        return Ok(true);
    }
    let found = rm_tx::Entity::find()
        .filter(rm_tx::Column::Signer.eq(signed.tx.key.0.to_vec()))
        .filter(rm_tx::Column::Nonce.eq(signed.tx.nonce.to_be_bytes().to_vec()))
        .count(txn)
        .await?;
    Ok(found > 0)
}

async fn load_named(txn: &DatabaseTransaction, states: &mut States, block: &VerifiedBlock) -> Result<(), StoreError> {
    let ids: BTreeSet<ObjectId> = block.txs.iter().flat_map(|(signed, _)| named(&signed.tx)).collect();
    for (signed, _) in &block.txs {
        if let TxBody::ValidatorReady { height, .. } = signed.tx.body {
            load_block(txn, states, height).await?;
        }
    }
    load(txn, states, ids.into_iter().collect()).await
}

/// Reads the id of a recent block, if it is one.
async fn load_block(txn: &DatabaseTransaction, states: &mut States, height: Height) -> Result<(), StoreError> {
    let row = rm_block::Entity::find_by_id(slot(height)).one(txn).await?;
    if let Some(row) = row.filter(|row| uint(row.height) == height) {
        states.load_block(height, hash("rm_block", "block_id", &row.block_id)?);
    }
    Ok(())
}

/// Where a recent block's id stands: the newest one takes the place of the one [`RECENT_BLOCKS`] before it.
fn slot(height: Height) -> i16 {
    i16::try_from(height % RECENT_BLOCKS).unwrap_or(0)
}

async fn write_block(txn: &DatabaseTransaction, block: &VerifiedBlock) -> Result<(), StoreError> {
    let height = block.header.height;
    let row = rm_block::Model { slot: slot(height), height: int(height), block_id: block.id.0.to_vec() };
    let newer = OnConflict::column(rm_block::Column::Slot)
        .update_columns([rm_block::Column::Height, rm_block::Column::BlockId])
        .to_owned();
    rm_block::Entity::insert(row.into_active_model()).on_conflict(newer).exec_without_returning(txn).await?;
    Ok(())
}

/// Reads the states of objects; one that has no row does not exist.
async fn load(txn: &DatabaseTransaction, states: &mut States, ids: Vec<ObjectId>) -> Result<(), StoreError> {
    for chunk in ids.chunks(ROWS_PER_INSERT) {
        let keys: Vec<Vec<u8>> = chunk.iter().map(ObjectId::to_bytes).collect();
        let rows = rm_object::Entity::find().filter(rm_object::Column::ObjectKey.is_in(keys)).all(txn).await?;
        for row in rows {
            let corrupt = |column| move |error| StoreError::corrupt("rm_object", column, error);
            let id = ObjectId::parse(&row.object_key, 64, "object id").map_err(corrupt("object_key"))?;
            let state = ObjectState::parse(&row.state, VALUE_BYTES_MAX, "state").map_err(corrupt("state"))?;
            states.load(id, Some(state));
        }
        for id in chunk.iter().filter(|id| !states.has(id)).cloned().collect::<Vec<_>>() {
            states.load(id, None);
        }
    }
    Ok(())
}

/// Reads an event of an earlier block; a position without a row is past the end of the history.
async fn load_event(
    txn: &DatabaseTransaction,
    states: &mut States,
    object: ObjectId,
    seq: u32,
) -> Result<(), StoreError> {
    // Rows count from 1.
    let row = rm_event::Entity::find_by_id((object.to_bytes(), i64::from(seq) + 1)).one(txn).await?;
    let event = row.map(|row| super::handover::event(&row)).transpose()?;
    states.load_event(object, seq, event);
    Ok(())
}

async fn write_marker(txn: &DatabaseTransaction, block: &VerifiedBlock, events: u64) -> Result<(), StoreError> {
    let outcomes = block.position.outcomes.map_or_else(Vec::new, |hash| hash.0.to_vec());
    let row = rm_marker::Model {
        id: 1,
        height: int(block.header.height),
        block_id: block.id.0.to_vec(),
        outcomes,
        time_ms: int(block.header.time_ms),
        events: int(events),
    };
    let newer = OnConflict::column(rm_marker::Column::Id)
        .update_columns([
            rm_marker::Column::Height,
            rm_marker::Column::BlockId,
            rm_marker::Column::Outcomes,
            rm_marker::Column::TimeMs,
            rm_marker::Column::Events,
        ])
        .to_owned();
    rm_marker::Entity::insert(row.into_active_model()).on_conflict(newer).exec_without_returning(txn).await?;
    Ok(())
}

fn object_row(id: &ObjectId, state: &ObjectState) -> rm_object::ActiveModel {
    rm_object::Model { object_key: id.to_bytes(), state: state.to_bytes() }.into_active_model()
}

/// Inserts rows, many at a time.
pub(in crate::store) async fn insert_all<E, A>(txn: &DatabaseTransaction, rows: Vec<A>) -> Result<(), StoreError>
where
    E: EntityTrait,
    A: sea_orm::ActiveModelTrait<Entity = E> + Clone,
{
    for chunk in rows.chunks(ROWS_PER_INSERT) {
        E::insert_many(chunk.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(())
}
