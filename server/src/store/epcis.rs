//! What members' systems captured by EPCIS. Each member's events are a log of its own, from entry 0 without a gap.
//!
//! ```text
//! capture     one transaction: the log's row is locked, entries are compared with what is there, appended, indexed
//! same        equal event hash, fingerprint and declaration, and no other eventID: stored once, told as known
//! conflict    another event of that eventID (withdrawn or not): told, never stored
//! entry       hash(CAPTURED, salt, SHA-256(body)), in the log of `proof::log`, whose root is anchored on the chain
//! ```
//! Every statement names the member: nobody's rows can be asked for by accident.

mod anchors;
mod capture;
mod jobs;
mod ledger;
mod queries;
mod read;
mod subscriptions;

pub use anchors::{AnchorRow, LogState};
pub use capture::{Captured, NewCapture, NewEvent, Rejected};
pub use jobs::{JobCursor, JobRow, OnLedger, OnLedgerCount};
pub use queries::{QUERIES_MAX, QueryRow, QueryStored};
pub use read::{EVENTS_PER_QUERY, EventRow, Narrow, Resource};
pub use subscriptions::{SUBSCRIPTIONS_MAX, SubscriptionRow};

use super::{StoreError, marks, sql};
use sea_orm::{ConnectionTrait, Value};
use tracelight_proof::hash::sha256;

/// Rows of one insert of EPCIS tables: bodies are long, and 13 columns stay below the engines' bounds of bound values.
const ROWS_PER_INSERT: usize = 200;

/// What an index row says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Its type.
    EventType = 1,
    /// An object in it, by instance.
    Epc = 2,
    /// Its step.
    BizStep = 3,
    /// Where the objects are afterwards.
    BizLocation = 4,
    /// Where it happened.
    ReadPoint = 5,
    /// The condition afterwards.
    Disposition = 6,
    /// Whatever a `MATCH_` parameter may find: objects, parents, classes, and the trade item of serials and lots.
    Object = 7,
}

/// The key of a value in its comparable form.
#[must_use]
pub fn value_key(value: &str) -> [u8; 16] {
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(sha256(value.as_bytes()).0) {
        *to = from;
    }
    key
}

/// Inserts rows, a few at a time. `columns` are the table's columns in the order of the values.
pub(in crate::store) async fn insert<C: ConnectionTrait>(
    db: &C,
    verb: &str,
    table: &str,
    columns: &str,
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    let width = columns.split(',').count();
    let marks = format!("({})", marks(width));
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(ROWS_PER_INSERT).collect();
        let text = format!("{verb} INTO {table} ({columns}) VALUES {}", vec![marks.as_str(); chunk.len()].join(", "));
        db.execute_raw(sql(db, &text, chunk.into_iter().flatten())).await?;
    }
    Ok(())
}

/// The words that leave a row alone when it is there already.
pub(in crate::store) fn insert_or_leave<C: ConnectionTrait>(db: &C) -> &'static str {
    match db.get_database_backend() {
        sea_orm::DbBackend::MySql => "INSERT IGNORE",
        _ => "INSERT OR IGNORE",
    }
}
