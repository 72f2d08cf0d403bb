//! The steps that move numbers, each a transaction of its own.

use super::{key, kind_code, open_by_block};
use crate::store::convert::{int, serial, uint};
use crate::store::entity::{batch_plan, books_closed, code_block, code_order, number_act};
use crate::store::orders::state_code;
use crate::store::{ROWS_PER_INSERT, Store, StoreError, marks, sql};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, Value,
};
use tracelight_api::rest::goods::{CodeCounts, OrderState};
use tracelight_api::rest::numbers::{LineName, NumberActKind};
use tracelight_domain::gs1::Serial;
use tracelight_domain::ids::BatchId;
use uuid::Uuid;

/// Codes that a block may take: nobody holds them, or they came back.
const FREE: &str = "(state = 4 OR (state = 0 AND block_id IS NULL))";

/// What became of giving a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// The new block.
    Block(Uuid),
    /// So many codes are free, and not more.
    TooFew(u64),
    /// The books are closed.
    Closed,
}

/// Which codes are declared invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The open codes of a line.
    Line(LineName),
    /// The open codes that no line holds.
    NoLine,
    /// These, if they are open.
    Named(Vec<Serial>),
}

/// Who declares what invalid, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Which codes.
    pub which: Which,
    /// How many that has to be.
    pub count: u64,
    /// Why.
    pub reason: String,
}

/// What became of declaring codes invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalidated {
    /// Done.
    Done,
    /// It would be so many codes; nothing was done.
    Differs(u64),
    /// The books are closed.
    Closed,
}

/// What became of closing the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Closed with this sum.
    Done(CodeCounts),
    /// They were closed.
    Already,
    /// Codes are open; nothing was done.
    Open(CodeCounts),
    /// The seal counts other good packs than the list that was compared with it; nothing was done.
    Differs(CodeCounts),
    /// So many orders are still making codes; nothing was done.
    Making(u64),
}

/// What is written down of an act.
struct Act<'a> {
    kind: NumberActKind,
    line: Option<&'a str>,
    codes: u64,
    reason: &'a str,
}

impl Store {
    /// A line that starts: unless a person gave it codes, it gets all that are free. Returns how many open codes it holds
    /// then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_block(&self, batch: &BatchId, line: &LineName, now_ms: u64) -> Result<u64, StoreError> {
        let txn = self.begin().await?;
        let closed = self.hold_batch(&txn, batch).await?;
        let own = code_block::Entity::find()
            .filter(code_block::Column::Gtin.eq(batch.gtin.to_string()))
            .filter(code_block::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .filter(code_block::Column::Line.eq(line.as_str()))
            .all(&txn)
            .await?;
        let open = open_by_block(&txn, batch).await?;
        let held: u64 = own.iter().filter_map(|block| open.get(&block.id)).sum();
        if closed || own.iter().any(|block| !block.given_by.is_empty()) {
            txn.rollback().await?;
            return Ok(held);
        }
        let id = Uuid::now_v7();
        let taken = fill(&txn, batch, id, None).await?;
        if taken > 0 {
            insert_block(&txn, batch, line, (id, taken), "", now_ms).await?;
        }
        txn.commit().await?;
        Ok(held + taken)
    }

    /// A person gives a line so many of the codes that are free.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is given then.
    pub async fn give_block(
        &self,
        batch: &BatchId,
        (line, count): (&LineName, u64),
        user: (Uuid, &str),
        now_ms: u64,
    ) -> Result<Given, StoreError> {
        let txn = self.begin().await?;
        if self.hold_batch(&txn, batch).await? {
            txn.rollback().await?;
            return Ok(Given::Closed);
        }
        let text =
            format!("SELECT serial FROM code WHERE gtin = ? AND lot = ? AND {FREE} ORDER BY serial LIMIT 1 OFFSET ?");
        let values = key(batch).into_iter().chain([int(count.saturating_sub(1)).into()]);
        let Some(last) = txn.query_one_raw(sql(&txn, &text, values)).await? else {
            let text = format!("SELECT COUNT(*) FROM code WHERE gtin = ? AND lot = ? AND {FREE}");
            let row = txn.query_one_raw(sql(&txn, &text, key(batch))).await?;
            let free = row.map(|row| row.try_get_by_index(0)).transpose()?.map_or(0, uint);
            txn.rollback().await?;
            return Ok(Given::TooFew(free));
        };
        let last = serial("code", "serial", &last.try_get_by_index::<Vec<u8>>(0)?)?;
        let id = Uuid::now_v7();
        let taken = fill(&txn, batch, id, Some(&last)).await?;
        insert_block(&txn, batch, line, (id, taken), user.1, now_ms).await?;
        let act = Act { kind: NumberActKind::Given, line: Some(line.as_str()), codes: taken, reason: "" };
        write_down(&txn, batch, &act, user, now_ms).await?;
        txn.commit().await?;
        Ok(Given::Block(id))
    }

    /// A person takes the open rest of a block back. Returns how many codes that were; `None` when the batch has no such block.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is returned then.
    pub async fn return_block(
        &self,
        batch: &BatchId,
        block: Uuid,
        user: (Uuid, &str),
        now_ms: u64,
    ) -> Result<Option<u64>, StoreError> {
        let txn = self.begin().await?;
        self.hold_batch(&txn, batch).await?;
        let id = block.as_bytes().to_vec();
        let found = code_block::Entity::find_by_id(id.clone())
            .filter(code_block::Column::Gtin.eq(batch.gtin.to_string()))
            .filter(code_block::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .one(&txn)
            .await?;
        let Some(found) = found else {
            txn.rollback().await?;
            return Ok(None);
        };
        let text = "UPDATE code SET state = 4 WHERE gtin = ? AND lot = ? AND state = 0 AND block_id = ?";
        let values = key(batch).into_iter().chain([id.into()]);
        let returned = txn.execute_raw(sql(&txn, text, values)).await?.rows_affected();
        if returned > 0 {
            let act =
                Act { kind: NumberActKind::Returned, line: Some(found.line.as_str()), codes: returned, reason: "" };
            write_down(&txn, batch, &act, user, now_ms).await?;
        }
        txn.commit().await?;
        Ok(Some(returned))
    }

    /// A person says of open codes that no label will carry them.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is declared then.
    pub async fn declare_invalid(
        &self,
        batch: &BatchId,
        invalid: &Invalid,
        user: (Uuid, &str),
        now_ms: u64,
    ) -> Result<Invalidated, StoreError> {
        let txn = self.begin().await?;
        if self.hold_batch(&txn, batch).await? {
            txn.rollback().await?;
            return Ok(Invalidated::Closed);
        }
        let codes = declare(&txn, batch, &invalid.which).await?;
        if codes != invalid.count {
            txn.rollback().await?;
            return Ok(Invalidated::Differs(codes));
        }
        let line = match &invalid.which {
            Which::Line(line) => Some(line.as_str()),
            Which::NoLine | Which::Named(_) => None,
        };
        let act = Act { kind: NumberActKind::Invalidated, line, codes, reason: &invalid.reason };
        write_down(&txn, batch, &act, user, now_ms).await?;
        txn.commit().await?;
        Ok(Invalidated::Done)
    }

    /// Closes the books of a batch that is sealed with so many good packs: what no line holds is returned, and nothing may be
    /// open then.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is closed then.
    pub async fn close_books(
        &self,
        batch: &BatchId,
        commissioned: u64,
        user: (Uuid, &str),
        now_ms: u64,
    ) -> Result<Closed, StoreError> {
        let txn = self.begin().await?;
        if self.hold_batch(&txn, batch).await? {
            txn.rollback().await?;
            return Ok(Closed::Already);
        }
        let making = orders_at_work(&txn, batch).await?;
        if making > 0 {
            txn.rollback().await?;
            return Ok(Closed::Making(making));
        }
        let text = "UPDATE code SET state = 4 WHERE gtin = ? AND lot = ? AND state = 0 AND block_id IS NULL";
        txn.execute_raw(sql(&txn, text, key(batch))).await?;
        let counts = crate::store::codes::counts(&txn, batch).await?;
        if counts.open > 0 {
            txn.rollback().await?;
            return Ok(Closed::Open(counts));
        }
        if counts.commissioned != commissioned {
            txn.rollback().await?;
            return Ok(Closed::Differs(counts));
        }
        let row = books_closed::Model {
            gtin: batch.gtin.to_string(),
            lot: batch.lot.as_bytes().to_vec(),
            user_name: user.1.to_owned(),
            at_ms: int(now_ms),
        };
        books_closed::Entity::insert(row.into_active_model()).exec_without_returning(&txn).await?;
        let act = Act { kind: NumberActKind::Closed, line: None, codes: counts.issued, reason: "" };
        write_down(&txn, batch, &act, user, now_ms).await?;
        txn.commit().await?;
        Ok(Closed::Done(counts))
    }

    /// Holds the batch until the transaction ends, and says whether its books are closed. Before anything else is read: on
    /// MySQL the first reading fixes what all later ones see. SQLite has one writer anyway.
    pub(in crate::store) async fn hold_batch(
        &self,
        txn: &DatabaseTransaction,
        batch: &BatchId,
    ) -> Result<bool, StoreError> {
        let id = (batch.gtin.to_string(), batch.lot.as_bytes().to_vec());
        if !self.is_sqlite() {
            batch_plan::Entity::find_by_id(id.clone()).lock(LockType::Update).one(txn).await?;
        }
        Ok(books_closed::Entity::find_by_id(id).one(txn).await?.is_some())
    }
}

/// What was never met by the line that ended the batch's order, and what no line holds, is free of use for good.
pub(in crate::store) async fn return_rest(
    txn: &DatabaseTransaction,
    batch: &BatchId,
    line: Option<&str>,
) -> Result<(), StoreError> {
    let text = "UPDATE code SET state = 4 WHERE gtin = ? AND lot = ? AND state = 0 AND (block_id IS NULL OR block_id IN \
                (SELECT id FROM code_block WHERE gtin = ? AND lot = ? AND line = ?))";
    let values = key(batch).into_iter().chain(key(batch)).chain([line.unwrap_or_default().into()]);
    txn.execute_raw(sql(txn, text, values)).await?;
    Ok(())
}

/// Puts free codes into a block, up to the last of them or all. Returns how many.
async fn fill(
    txn: &DatabaseTransaction,
    batch: &BatchId,
    block: Uuid,
    last: Option<&Serial>,
) -> Result<u64, StoreError> {
    let bound = if last.is_some() { " AND serial <= ?" } else { "" };
    let text = format!("UPDATE code SET state = 0, block_id = ? WHERE gtin = ? AND lot = ? AND {FREE}{bound}");
    let values = std::iter::once(Value::from(block.as_bytes().to_vec())).chain(key(batch));
    let values = values.chain(last.map(|last| Value::from(last.as_bytes().to_vec())));
    Ok(txn.execute_raw(sql(txn, &text, values)).await?.rows_affected())
}

async fn declare(txn: &DatabaseTransaction, batch: &BatchId, which: &Which) -> Result<u64, StoreError> {
    const HEAD: &str = "UPDATE code SET state = 6 WHERE gtin = ? AND lot = ? AND state = 0";
    let run = async |text: String, more: Vec<Value>| {
        let values = key(batch).into_iter().chain(more);
        Ok::<_, StoreError>(txn.execute_raw(sql(txn, &text, values)).await?.rows_affected())
    };
    match which {
        Which::NoLine => run(format!("{HEAD} AND block_id IS NULL"), Vec::new()).await,
        Which::Line(line) => {
            let text =
                format!("{HEAD} AND block_id IN (SELECT id FROM code_block WHERE gtin = ? AND lot = ? AND line = ?)");
            run(text, key(batch).into_iter().chain([line.as_str().into()]).collect()).await
        }
        Which::Named(serials) => {
            let mut codes = 0;
            for chunk in serials.chunks(ROWS_PER_INSERT) {
                let marks = marks(chunk.len());
                let values = chunk.iter().map(|serial| serial.as_bytes().to_vec().into()).collect();
                codes += run(format!("{HEAD} AND serial IN ({marks})"), values).await?;
            }
            Ok(codes)
        }
    }
}

/// Orders of a batch that wait or are being made.
async fn orders_at_work(txn: &DatabaseTransaction, batch: &BatchId) -> Result<u64, StoreError> {
    let at_work = [OrderState::Queued, OrderState::Running].map(state_code);
    let orders = code_order::Entity::find()
        .filter(code_order::Column::Gtin.eq(batch.gtin.to_string()))
        .filter(code_order::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
        .filter(code_order::Column::State.is_in(at_work));
    Ok(orders.count(txn).await?)
}

async fn insert_block(
    txn: &DatabaseTransaction,
    batch: &BatchId,
    line: &LineName,
    (id, codes): (Uuid, u64),
    given_by: &str,
    now_ms: u64,
) -> Result<(), StoreError> {
    let row = code_block::Model {
        id: id.as_bytes().to_vec(),
        gtin: batch.gtin.to_string(),
        lot: batch.lot.as_bytes().to_vec(),
        line: line.as_str().to_owned(),
        given_by: given_by.to_owned(),
        codes: int(codes),
        taken_ms: int(now_ms),
    };
    code_block::Entity::insert(row.into_active_model()).exec_without_returning(txn).await?;
    Ok(())
}

async fn write_down(
    txn: &DatabaseTransaction,
    batch: &BatchId,
    act: &Act<'_>,
    user: (Uuid, &str),
    now_ms: u64,
) -> Result<(), StoreError> {
    let row = number_act::Model {
        id: Uuid::now_v7().as_bytes().to_vec(),
        gtin: batch.gtin.to_string(),
        lot: batch.lot.as_bytes().to_vec(),
        kind: kind_code(act.kind),
        line: act.line.map(str::to_owned),
        codes: int(act.codes),
        reason: act.reason.to_owned(),
        user_id: user.0.as_bytes().to_vec(),
        user_name: user.1.to_owned(),
        at_ms: int(now_ms),
    };
    number_act::Entity::insert(row.into_active_model()).exec_without_returning(txn).await?;
    Ok(())
}
