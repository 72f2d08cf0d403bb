//! The numbers of a batch: blocks in the hands of lines, what became of each code, and closed books.
//!
//! ```text
//! code:  issued (free) --block--> issued (of a line) --list--> commissioned | scrapped | sampled | invalid
//!            ^  |                       |      '-- not on the list --> returned --block--> issued (of another line)
//!            |  '--------- person: invalid | returned by closing the books
//! ```
//! * Every code has one state and is in at most one block, so the parts add up to what was issued whatever happens in
//!   whatever order; what is counted is always the rows themselves. A code that is returned stays in its block until another
//!   block takes it.
//! * Who makes, moves or lists codes of a batch holds the row of its plan meanwhile, before anything is read; only the codes of
//!   an import are deleted by asking in the deletion itself.
//! * When the books are closed nothing is open, and no step of this file moves anything any more.

mod steps;

pub(in crate::store) use steps::return_rest;
pub use steps::{Closed, Given, Invalid, Invalidated, Which};

use super::codes::{COMMISSIONED, DECLARED, INVALID, ISSUED, RETURNED, SAMPLED, SCRAPPED};
use super::convert::{int, serial, uint};
use super::entity::{books_closed, code_block, number_act};
use super::{CODES_PER_PAGE, Store, StoreError, sql};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Value,
};
use std::collections::BTreeMap;
use tracelight_api::rest::goods::CodeCounts;
use tracelight_api::rest::numbers::{Block, BooksClosed, LineName, LineNumbers, NumberAct, NumberActKind, OpenNumber};
use tracelight_domain::gs1::Serial;
use tracelight_domain::ids::BatchId;
use uuid::Uuid;

/// Blocks and acts that are told of one batch.
const TOLD_MAX: u64 = 200;

/// Adds codes of a state to a sum.
pub(in crate::store) fn add(counts: &mut CodeCounts, state: i16, codes: u64) -> Result<(), StoreError> {
    let part = match state {
        ISSUED => &mut counts.open,
        COMMISSIONED => &mut counts.commissioned,
        SCRAPPED => &mut counts.scrapped,
        SAMPLED => &mut counts.sampled,
        RETURNED => &mut counts.returned,
        INVALID | DECLARED => &mut counts.invalid,
        other => return Err(StoreError::corrupt("code", "state", other)),
    };
    *part += codes;
    counts.issued += codes;
    Ok(())
}

pub(in crate::store) fn key(batch: &BatchId) -> [Value; 2] {
    [batch.gtin.to_string().into(), batch.lot.as_bytes().to_vec().into()]
}

impl Store {
    /// The sum of each line of a batch, and of the codes that no line has held.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn numbers_by_line(&self, batch: &BatchId) -> Result<Vec<LineNumbers>, StoreError> {
        let text = "SELECT code_block.line, code.state, COUNT(*) FROM code LEFT JOIN code_block \
                    ON code_block.id = code.block_id WHERE code.gtin = ? AND code.lot = ? \
                    GROUP BY code_block.line, code.state";
        let mut lines: BTreeMap<Option<String>, CodeCounts> = BTreeMap::new();
        for row in self.reader().query_all_raw(sql(self.reader(), text, key(batch))).await? {
            let (line, state, codes): (Option<String>, i16, i64) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            add(lines.entry(line).or_default(), state, uint(codes))?;
        }
        Ok(lines.into_iter().map(|(line, counts)| LineNumbers { line, counts }).collect())
    }

    /// The blocks of a batch, newest first, at most 200.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn blocks_of(&self, batch: &BatchId) -> Result<Vec<Block>, StoreError> {
        let open = open_by_block(self.reader(), batch).await?;
        let rows = code_block::Entity::find()
            .filter(code_block::Column::Gtin.eq(batch.gtin.to_string()))
            .filter(code_block::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .order_by_desc(code_block::Column::TakenMs)
            .order_by_desc(code_block::Column::Id)
            .limit(TOLD_MAX)
            .all(self.reader())
            .await?;
        rows.into_iter().map(|row| block(row, &open)).collect()
    }

    /// Open codes after one, with their lines, in the order of their bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_numbers(
        &self,
        batch: &BatchId,
        after: Option<&Serial>,
        limit: u64,
    ) -> Result<Vec<OpenNumber>, StoreError> {
        self.open_among("LEFT JOIN", batch, after, limit).await
    }

    /// The first open codes that lines hold: what keeps the books open.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn held_numbers(&self, batch: &BatchId, limit: u64) -> Result<Vec<OpenNumber>, StoreError> {
        self.open_among("INNER JOIN", batch, None, limit).await
    }

    async fn open_among(
        &self,
        join: &str,
        batch: &BatchId,
        after: Option<&Serial>,
        limit: u64,
    ) -> Result<Vec<OpenNumber>, StoreError> {
        let text = format!(
            "SELECT code.serial, code_block.line FROM code {join} code_block ON code_block.id = code.block_id \
             WHERE code.gtin = ? AND code.lot = ? AND code.state = 0 AND code.serial > ? ORDER BY code.serial LIMIT ?"
        );
        let after = after.map_or_else(Vec::new, |serial| serial.as_bytes().to_vec());
        let values = key(batch).into_iter().chain([after.into(), int(limit).into()]);
        let rows = self.reader().query_all_raw(sql(self.reader(), &text, values)).await?;
        let open = rows.into_iter().map(|row| {
            let (bytes, line): (Vec<u8>, Option<String>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            Ok(OpenNumber { serial: serial("code", "serial", &bytes)?.to_string(), line })
        });
        open.collect()
    }

    /// Open codes in the blocks of a line after one, in the order of their bytes; at most [`CODES_PER_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn codes_of_line(
        &self,
        batch: &BatchId,
        line: &LineName,
        after: Option<&Serial>,
    ) -> Result<Vec<Serial>, StoreError> {
        let text = "SELECT serial FROM code WHERE gtin = ? AND lot = ? AND state = 0 AND serial > ? AND block_id IN \
                    (SELECT id FROM code_block WHERE gtin = ? AND lot = ? AND line = ?) ORDER BY serial LIMIT ?";
        let after = after.map_or_else(Vec::new, |serial| serial.as_bytes().to_vec());
        let values = key(batch).into_iter().chain([after.into()]).chain(key(batch));
        let values = values.chain([line.as_str().into(), int(CODES_PER_PAGE).into()]);
        let rows = self.reader().query_all_raw(sql(self.reader(), text, values)).await?;
        rows.iter().map(|row| serial("code", "serial", &row.try_get_by_index::<Vec<u8>>(0)?)).collect()
    }

    /// What people did with the numbers of a batch, newest first, at most 200.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn number_acts(&self, batch: &BatchId) -> Result<Vec<NumberAct>, StoreError> {
        let rows = number_act::Entity::find()
            .filter(number_act::Column::Gtin.eq(batch.gtin.to_string()))
            .filter(number_act::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .order_by_desc(number_act::Column::AtMs)
            .order_by_desc(number_act::Column::Id)
            .limit(TOLD_MAX)
            .all(self.reader())
            .await?;
        let act = |row: number_act::Model| {
            Ok(NumberAct {
                kind: kind(row.kind)?,
                line: row.line,
                codes: uint(row.codes),
                reason: row.reason,
                user: row.user_name,
                at_ms: uint(row.at_ms),
            })
        };
        rows.into_iter().map(act).collect()
    }

    /// When the books of a batch were closed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn books_closed(&self, batch: &BatchId) -> Result<Option<BooksClosed>, StoreError> {
        let id = (batch.gtin.to_string(), batch.lot.as_bytes().to_vec());
        let row = books_closed::Entity::find_by_id(id).one(self.reader()).await?;
        Ok(row.map(|row| BooksClosed { user: row.user_name, at_ms: uint(row.at_ms) }))
    }
}

fn block(row: code_block::Model, open: &BTreeMap<Vec<u8>, u64>) -> Result<Block, StoreError> {
    let id = Uuid::from_slice(&row.id).map_err(|error| StoreError::corrupt("code_block", "id", error))?;
    Ok(Block {
        id: id.to_string(),
        line: row.line,
        given_by: Some(row.given_by).filter(|user| !user.is_empty()),
        codes: uint(row.codes),
        open: open.get(&row.id).copied().unwrap_or(0),
        taken_ms: uint(row.taken_ms),
    })
}

/// Open codes of a batch by the block that they are in.
async fn open_by_block<C: ConnectionTrait>(db: &C, batch: &BatchId) -> Result<BTreeMap<Vec<u8>, u64>, StoreError> {
    let text = "SELECT block_id, COUNT(*) FROM code WHERE gtin = ? AND lot = ? AND state = 0 AND block_id IS NOT NULL \
                GROUP BY block_id";
    let rows = db.query_all_raw(sql(db, text, key(batch))).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, uint(row.try_get_by_index(1)?)))).collect()
}

const KINDS: [(i16, NumberActKind); 4] = [
    (1, NumberActKind::Given),
    (2, NumberActKind::Returned),
    (3, NumberActKind::Invalidated),
    (4, NumberActKind::Closed),
];

fn kind(code: i16) -> Result<NumberActKind, StoreError> {
    let found = KINDS.into_iter().find(|(known, _)| *known == code);
    found.map(|(_, kind)| kind).ok_or_else(|| StoreError::corrupt("number_act", "kind", code))
}

fn kind_code(kind: NumberActKind) -> i16 {
    KINDS.into_iter().find(|(_, known)| *known == kind).map_or(0, |(code, _)| code)
}
