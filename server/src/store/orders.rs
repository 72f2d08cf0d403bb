//! Code orders: jobs in a table.
//!
//! ```text
//! queued --claim--> running --last chunk--> done
//!    \                 |  '-- fault --> failed
//!     '---- cancel ----'--> cancelled
//! ```
//! A worker holds an order by a lease that it renews with every chunk; an order whose lease has run out (its worker was
//! killed) is claimed again and goes on where its codes end. Chunk and progress are one transaction: no gap, no double.

use super::convert::{batch_id, bytes, gln, int, uint};
use super::entity::{code, code_order};
use super::{ROWS_PER_INSERT, Store, StoreError, marks, sql};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use std::collections::BTreeSet;
use tracelight_api::rest::goods::OrderState;
use tracelight_domain::gs1::Serial;
use tracelight_domain::ids::{BatchId, MemberId};
use uuid::Uuid;

/// An order as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// Id.
    pub id: Uuid,
    /// For which batch.
    pub batch: BatchId,
    /// Whose.
    pub member: MemberId,
    /// Codes ordered.
    pub wanted: u64,
    /// Codes made and on disk.
    pub made: u64,
    /// Whether its labels are signed.
    pub signed: bool,
    /// Where it stands.
    pub state: OrderState,
    /// When it was placed, milliseconds.
    pub created_ms: u64,
    /// When the present worker began, and how many were made before that.
    pub started: Option<(u64, u64)>,
    /// When the last chunk was stored.
    pub updated_ms: u64,
    /// Why it failed.
    pub error: Option<String>,
}

/// An order in a worker's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedOrder {
    /// The order as it stands.
    pub order: OrderRow,
    /// The worker.
    pub worker: Uuid,
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkStored {
    /// Stored; so many of it were new, the others were drawn before and have to be drawn again.
    Stored {
        /// Codes that were new.
        new: u64,
    },
    /// The order was cancelled or taken over; stop.
    NotOurs,
}

const TABLE: &str = "code_order";

pub(in crate::store) const fn state_code(state: OrderState) -> i16 {
    match state {
        OrderState::Queued => 1,
        OrderState::Running => 2,
        OrderState::Done => 3,
        OrderState::Cancelled => 4,
        OrderState::Failed => 5,
    }
}

fn state(code: i16) -> Result<OrderState, StoreError> {
    Ok(match code {
        1 => OrderState::Queued,
        2 => OrderState::Running,
        3 => OrderState::Done,
        4 => OrderState::Cancelled,
        5 => OrderState::Failed,
        other => return Err(StoreError::corrupt(TABLE, "state", other)),
    })
}

fn order(row: code_order::Model) -> Result<OrderRow, StoreError> {
    Ok(OrderRow {
        id: Uuid::from_bytes(bytes(TABLE, "id", &row.id)?),
        batch: batch_id(TABLE, &row.gtin, &row.lot)?,
        member: gln(TABLE, "member", &row.member)?,
        wanted: uint(row.wanted),
        made: uint(row.made),
        signed: row.signed != 0,
        state: state(row.state)?,
        created_ms: uint(row.created_ms),
        started: row.started_ms.map(|ms| (uint(ms), uint(row.made_before))),
        updated_ms: uint(row.updated_ms),
        error: row.error,
    })
}

fn new_row(row: &OrderRow) -> code_order::Model {
    code_order::Model {
        id: row.id.as_bytes().to_vec(),
        gtin: row.batch.gtin.to_string(),
        lot: row.batch.lot.as_bytes().to_vec(),
        member: row.member.to_string(),
        wanted: int(row.wanted),
        made: 0,
        signed: i16::from(row.signed),
        state: state_code(OrderState::Queued),
        created_ms: int(row.created_ms),
        started_ms: None,
        updated_ms: int(row.created_ms),
        made_before: 0,
        worker: None,
        lease_ms: 0,
        error: None,
    }
}

impl Store {
    /// Places an order; returns the one that stands under its id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn place_order(&self, row: &OrderRow) -> Result<OrderRow, StoreError> {
        let placed = code_order::Entity::insert(new_row(row).into_active_model());
        match placed.exec_without_returning(self.writer()).await {
            Ok(_) => Ok(row.clone()),
            // The same id again, perhaps placed at the same moment: the first order stands.
            Err(error) => self.order(row.id).await?.ok_or_else(|| error.into()),
        }
    }

    /// Places an order in a worker's hands, for tests that choose the serials.
    #[cfg(test)]
    pub async fn place_claimed(&self, row: &OrderRow, worker: Uuid, lease_ms: u64) -> Result<(), StoreError> {
        let row = code_order::Model {
            state: state_code(OrderState::Running),
            worker: Some(worker.as_bytes().to_vec()),
            lease_ms: int(lease_ms),
            ..new_row(row)
        };
        code_order::Entity::insert(row.into_active_model()).exec_without_returning(self.writer()).await?;
        Ok(())
    }

    /// One order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn order(&self, id: Uuid) -> Result<Option<OrderRow>, StoreError> {
        let row = code_order::Entity::find_by_id(id.as_bytes().to_vec()).one(self.reader()).await?;
        row.map(order).transpose()
    }

    /// Orders of a batch, newest first; at most a hundred.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn orders_of(&self, batch: &BatchId, member: MemberId) -> Result<Vec<OrderRow>, StoreError> {
        let rows = code_order::Entity::find()
            .filter(code_order::Column::Gtin.eq(batch.gtin.to_string()))
            .filter(code_order::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .filter(code_order::Column::Member.eq(member.to_string()))
            .order_by_desc(code_order::Column::CreatedMs)
            .order_by_desc(code_order::Column::Id)
            .limit(100)
            .all(self.reader())
            .await?;
        rows.into_iter().map(order).collect()
    }

    /// Stops an order that is not finished. The codes made so far stay. Returns whether it was still open.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cancel_order(&self, id: Uuid, now_ms: u64) -> Result<bool, StoreError> {
        let open = [state_code(OrderState::Queued), state_code(OrderState::Running)];
        let done = code_order::Entity::update_many()
            .col_expr(code_order::Column::State, Expr::value(state_code(OrderState::Cancelled)))
            .col_expr(code_order::Column::UpdatedMs, Expr::value(int(now_ms)))
            .filter(code_order::Column::Id.eq(id.as_bytes().to_vec()))
            .filter(code_order::Column::State.is_in(open))
            .exec(self.writer())
            .await?;
        Ok(done.rows_affected > 0)
    }

    /// Takes the oldest order that waits, or whose worker has gone silent, until `lease_ms`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_order(
        &self,
        worker: Uuid,
        now_ms: u64,
        lease_ms: u64,
    ) -> Result<Option<ClaimedOrder>, StoreError> {
        let txn = self.begin().await?;
        let abandoned = Condition::all()
            .add(code_order::Column::State.eq(state_code(OrderState::Running)))
            .add(code_order::Column::LeaseMs.lt(int(now_ms)));
        let waiting = code_order::Column::State.eq(state_code(OrderState::Queued));
        let mut query = code_order::Entity::find()
            .filter(Condition::any().add(waiting).add(abandoned))
            .order_by_asc(code_order::Column::CreatedMs)
            .limit(1);
        if !self.is_sqlite() {
            // SQLite's writers wait for each other; MySQL's workers pass each other by.
            query = query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        let Some(row) = query.one(&txn).await? else {
            // Dropping it would undo it later, and hold its locks until then.
            txn.rollback().await?;
            return Ok(None);
        };
        code_order::Entity::update_many()
            .col_expr(code_order::Column::State, Expr::value(state_code(OrderState::Running)))
            .col_expr(code_order::Column::Worker, Expr::value(worker.as_bytes().to_vec()))
            .col_expr(code_order::Column::LeaseMs, Expr::value(int(lease_ms)))
            .col_expr(code_order::Column::StartedMs, Expr::value(int(now_ms)))
            .col_expr(code_order::Column::MadeBefore, Expr::value(row.made))
            .filter(code_order::Column::Id.eq(row.id.clone()))
            .exec(&txn)
            .await?;
        let claimed = code_order::Entity::find_by_id(row.id).one(&txn).await?;
        txn.commit().await?;
        let Some(row) = claimed else { return Ok(None) };
        Ok(Some(ClaimedOrder { order: order(row)?, worker }))
    }

    /// Stores serials of a claimed order, and its progress with them. A serial that the product has already is left out.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then.
    pub async fn store_chunk(
        &self,
        claimed: &ClaimedOrder,
        serials: &[Serial],
        now_ms: u64,
        lease_ms: u64,
    ) -> Result<ChunkStored, StoreError> {
        let txn = self.begin().await?;
        let id = claimed.order.id.as_bytes().to_vec();
        let mut query = code_order::Entity::find_by_id(id.clone());
        if !self.is_sqlite() {
            query = query.lock(LockType::Update);
        }
        let ours = query.one(&txn).await?.filter(|row| {
            row.state == state_code(OrderState::Running) && row.worker.as_deref() == Some(claimed.worker.as_bytes())
        });
        let Some(row) = ours else {
            txn.rollback().await?;
            return Ok(ChunkStored::NotOurs);
        };
        // The books do not close over an order at work. One that is at work all the same adds nothing to closed books.
        if self.hold_batch(&txn, &claimed.order.batch).await? {
            code_order::Entity::update_many()
                .col_expr(code_order::Column::State, Expr::value(state_code(OrderState::Cancelled)))
                .filter(code_order::Column::Id.eq(id))
                .exec(&txn)
                .await?;
            txn.commit().await?;
            return Ok(ChunkStored::NotOurs);
        }
        let fresh = fresh_serials(&txn, &row.gtin, serials).await?;
        let room = usize::try_from(row.wanted - row.made).unwrap_or(0);
        let rows: Vec<code::ActiveModel> = fresh
            .into_iter()
            .take(room)
            .zip(row.made..)
            .map(|(serial, seq)| {
                let (gtin, lot) = (row.gtin.clone(), row.lot.clone());
                code::Model { gtin, serial, lot, order_id: id.clone(), seq, state: 0, block_id: None }
                    .into_active_model()
            })
            .collect();
        let new = rows.len() as u64;
        for chunk in rows.chunks(ROWS_PER_INSERT) {
            code::Entity::insert_many(chunk.to_vec()).exec_without_returning(&txn).await?;
        }
        let made = row.made + int(new);
        let next = if made >= row.wanted { OrderState::Done } else { OrderState::Running };
        code_order::Entity::update_many()
            .col_expr(code_order::Column::Made, Expr::value(made))
            .col_expr(code_order::Column::State, Expr::value(state_code(next)))
            .col_expr(code_order::Column::UpdatedMs, Expr::value(int(now_ms)))
            .col_expr(code_order::Column::LeaseMs, Expr::value(int(lease_ms)))
            .filter(code_order::Column::Id.eq(id))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(ChunkStored::Stored { new })
    }

    /// Gives up an order for a reason that trying again would not mend.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fail_order(&self, claimed: &ClaimedOrder, why: &str, now_ms: u64) -> Result<(), StoreError> {
        let why: String = why.chars().take(400).collect();
        code_order::Entity::update_many()
            .col_expr(code_order::Column::State, Expr::value(state_code(OrderState::Failed)))
            .col_expr(code_order::Column::Error, Expr::value(why))
            .col_expr(code_order::Column::UpdatedMs, Expr::value(int(now_ms)))
            .filter(code_order::Column::Id.eq(claimed.order.id.as_bytes().to_vec()))
            .filter(code_order::Column::Worker.eq(claimed.worker.as_bytes().to_vec()))
            .exec(self.writer())
            .await?;
        Ok(())
    }
}

/// The serials that the product does not have yet, each once, in the order given.
async fn fresh_serials(
    txn: &sea_orm::DatabaseTransaction,
    gtin: &str,
    serials: &[Serial],
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut taken: BTreeSet<Vec<u8>> = BTreeSet::new();
    for chunk in serials.chunks(ROWS_PER_INSERT) {
        let marks = marks(chunk.len());
        let text = format!("SELECT serial FROM code WHERE gtin = ? AND serial IN ({marks})");
        let values = std::iter::once(gtin.into()).chain(chunk.iter().map(|serial| serial.as_bytes().to_vec().into()));
        for row in txn.query_all_raw(sql(txn, &text, values)).await? {
            taken.insert(row.try_get_by_index(0)?);
        }
    }
    let mut fresh = Vec::with_capacity(serials.len());
    for serial in serials {
        let bytes = serial.as_bytes().to_vec();
        if taken.insert(bytes.clone()) {
            fresh.push(bytes);
        }
    }
    Ok(fresh)
}
