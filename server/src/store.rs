//! The database: SQLite in a file, or MySQL/MariaDB by URL. One file an area; each adds methods to [`Store`] that take
//! and return types of `domain` and `api`. Entities stay in here.
//!
//! * SQLite has one writer connection and a few for reading. A transaction that writes begins as `IMMEDIATE`, so that it
//!   never fails half-way because a read turned into a write. `busy_timeout` is set before `journal_mode = WAL`, and
//!   `synchronous = FULL`: an answer that says "stored" comes after the fsync.
//! * MySQL and MariaDB have one pool. Keys are made by us and no statement depends on `RETURNING`.
//! * Reads of a screen need no transaction: each is one statement, or reads what never changes. Where several statements make one
//!   answer that people rely on, they read one [snapshot](Store::snapshot).

mod alerts;
mod api_keys;
mod audit;
mod auth;
mod batches;
mod chain;
mod check_map;
mod code_rules;
mod codes;
mod commands;
pub mod common;
mod convert;
mod devices;
mod entity;
mod imports;
mod invitations;
mod line;
mod numbers;
mod orders;
mod outbox;
mod packs;
mod product_links;
mod products;
mod projection;
mod second;
mod sessions;
mod ssccs;

mod bundles;
mod contacts;
mod epcis;
mod forget;
mod fsma204;
mod handover;
mod holdings;
mod lineage;
pub mod listing;
pub mod lists;
mod marks;
mod notices;
mod places;
mod public_recalls;
mod recall_cases;
mod recall_scope;
mod recall_tasks;
mod recalls;
mod report_findings;
mod report_photos;
mod reports;
mod scans;
mod search;
mod webhooks;

mod reader;
#[cfg(test)]
mod tests;

pub use alerts::{ALERT_SORTS, ALERTS, NewAlert};
pub use api_keys::{AccessAudit, ApiKeyRow, NewSecret, SecretRow};
pub use audit::{AuditFilter, NewAudit};
pub use auth::{AskedRow, UserPatch, UserRow, UserStep, UserTaken};
pub use batches::{BatchPlan, BatchRow, SealRow};
pub use bundles::BatchSecrets;
pub use chain::Marker;
pub use check_map::{CheckChoice, DayCount, outcome_of};
pub use codes::CODES_PER_PAGE;
pub use commands::{AuditRow, Remembered};
pub use devices::{DeviceCursor, cursor_after};
pub use epcis::{
    AnchorRow, Captured, EVENTS_PER_QUERY, EventRow, JobCursor, JobRow, Kind, LogState, Narrow, NewCapture, NewEvent,
    OnLedger, OnLedgerCount, QUERIES_MAX, QueryRow, QueryStored, Rejected, Resource, SUBSCRIPTIONS_MAX,
    SubscriptionRow,
};
pub use fsma204::{Fsma204Records, Fsma204Scope, Moved, OwnLot};
pub use handover::{EVENTS_MAX, evidence_of, shipment_word};
pub use holdings::{Held, LotHoldings};
pub use imports::{IMPORT_SORTS, IMPORTS, ImportRow, TakenBack};
pub use invitations::{Accepted, InvitationRow};
pub use line::{BatchManifest, CaseManifest, Gone, ManifestPart, ManifestState, StorePart};
pub use lineage::LotGraph;
pub use marks::{Again, MarkKept, NewMark};
pub use notices::{
    FoundMatch, NOTICE_ID_BYTES_MAX, NoticeCursor, NoticeFilter, NoticeImportRow, NoticeRow, ProductSet,
};
pub use numbers::{Closed, Given, Invalid, Invalidated, Which};
pub use orders::{ChunkStored, ClaimedOrder, OrderRow};
pub use outbox::{Delivery, DeliveryLine, FAILING_MS_MAX, Outbox, Recipient, Sent};
pub use packs::{CaseLabel, Pack, UnitPlace};
pub use product_links::{KeptLink, LinkPut};
pub use projection::ProjectError;
pub use public_recalls::{PUBLIC_RECALLS_MAX, PublicRecall, RecallOrder};
pub use recall_cases::{CaseKept, CaseLotKept, CaseWritten, StepBy};
pub use recall_scope::{Ingredient, ScopeFilter, ScopeLot};
pub use recall_tasks::{AnswerKept, TaskKept};
pub use recalls::{Published, RecallRow, RecallText, class_number};
pub use reports::{Actor, CONTACT_AFTER_MS, CONTACT_MS_MAX, ReportFilter, Stepped};
pub use scans::{Counted, KeptReport, LookUp, NewCheck, NewReport, ShopperMarks};
pub use search::{LotHit, ProductHit};
pub use second::TotpRow;
pub use sessions::{SESSION_BEGUN, SESSION_BROWSER, SESSION_USER, SessionRow, session_key};
pub use webhooks::{Happened, NewDelivery, WebhookRow};

use reader::Reader;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;
use std::time::Duration;
use thiserror::Error;
use tracelight_migrations::Migrator;

/// Connections of a MySQL pool, and readers of a SQLite file.
const CONNECTIONS_MAX: u32 = 16;
/// Longest wait for a connection or for SQLite's lock. Beyond it the answer is "cannot check now".
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// A connection that has rested for so long is tried before it is used.
const TESTED_WHEN_IDLE_FOR: Duration = Duration::from_secs(1);
/// Rows of one multi-row insert: below SQLite's 32,766 and MySQL's 65,535 bound values for every table that we have.
pub(crate) const ROWS_PER_INSERT: usize = 1_000;

/// Why the store has no answer. Never a statement about the goods.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database cannot be reached or refuses.
    #[error("the database fails: {0}")]
    Database(#[from] DbErr),
    /// A row holds what nobody can have written.
    #[error(
        "table `{table}`, column `{column}`: {why}. Hint: restore a backup, or rebuild the read model if it is an rm_ table"
    )]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// What is wrong, with the row's key.
        why: String,
    },
    /// The schema is not ours.
    #[error("the database lacks {pending} migrations. Hint: server migrate")]
    NotMigrated {
        /// How many.
        pending: usize,
    },
}

impl StoreError {
    pub(crate) fn corrupt(table: &'static str, column: &'static str, why: impl ToString) -> Self {
        Self::Corrupt { table, column, why: why.to_string() }
    }
}

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    reader: Reader,
    writer: DatabaseConnection,
}

impl Store {
    /// Connects to `sqlite:path?mode=rwc` or `mysql://user:password@host/name`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            let writer = connect(url, 1).await?;
            return Ok(Self { reader: Reader::Pool(connect(url, CONNECTIONS_MAX / 4).await?), writer });
        }
        let pool = connect(url, CONNECTIONS_MAX).await?;
        Ok(Self { reader: Reader::Pool(pool.clone()), writer: pool })
    }

    /// Brings the tables to the present state. Harmless when they are.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        Ok(Migrator::up(&self.writer, None).await?)
    }

    /// Refuses to work on tables of another age.
    ///
    /// # Errors
    /// [`StoreError::NotMigrated`].
    pub async fn must_be_migrated(&self) -> Result<(), StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.writer).await?.len();
        if pending > 0 { Err(StoreError::NotMigrated { pending }) } else { Ok(()) }
    }

    /// Does the database answer?
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        let one = Statement::from_string(self.reader.get_database_backend(), "SELECT 1");
        self.reader.query_one_raw(one).await?;
        Ok(())
    }

    /// The same store, whose reads all see one moment of the database and go through one connection; what is written after its first read
    /// is not seen. It ends when the last clone is dropped: wait for nothing but its statements meanwhile, there are few connections.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn snapshot(&self) -> Result<Self, StoreError> {
        Ok(Self { reader: self.reader.snapshot().await?, writer: self.writer.clone() })
    }

    /// Is it SQLite?
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.reader.get_database_backend() == DbBackend::Sqlite
    }

    /// The engine's word for a whole number: sums are decimals on MariaDB.
    fn int_type(&self) -> &'static str {
        if self.is_sqlite() { "INTEGER" } else { "SIGNED" }
    }

    /// Closes all connections; SQLite merges its log.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn close(self) -> Result<(), StoreError> {
        if let Reader::Pool(pool) = self.reader {
            pool.close().await?;
        }
        Ok(self.writer.close().await?)
    }

    /// For statements that read.
    pub(in crate::store) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// For single statements that write. Never use it while a transaction of [`Store::begin`] is open in the same task:
    /// SQLite has one writer.
    pub(in crate::store) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// A transaction that writes. Dropping it undoes it.
    pub(in crate::store) async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }
}

async fn connect(url: &str, connections: u32) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire_if_idle_for(TESTED_WHEN_IDLE_FOR)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|sqlite| {
            // The order matters: taking the log needs the lock that the time-out waits for.
            sqlite
                .busy_timeout(ACQUIRE_TIMEOUT)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("foreign_keys", "ON")
        });
    Ok(Database::connect(options).await?)
}

/// Keys of one `IN (…)`: far below SQLite's 32,766 bound values, and above a thousand MariaDB makes a table of the list first.
pub(in crate::store) const KEYS_PER_QUERY: usize = 500;

/// Placeholders of a list.
pub(in crate::store) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// A pattern of `LIKE … ESCAPE '!'` for texts that hold these words; what the words hold stands for itself.
pub(in crate::store) fn contains(words: &str) -> String {
    let mut pattern = String::with_capacity(words.len() + 2);
    pattern.push('%');
    for character in words.chars() {
        if matches!(character, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// A statement with values, for both engines: placeholders are `?`.
pub(in crate::store) fn sql<C: sea_orm::ConnectionTrait>(
    db: &C,
    text: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}
