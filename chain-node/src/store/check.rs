//! Reading the whole store through, and comparing every column with what it follows from.
//!
//! | column | has to follow from |
//! |---|---|
//! | `meta` | the newest block and what is said after it |
//! | `blocks` | the genesis: each names the one before and the hash of its body; what headers say of executed blocks |
//! | `certificates`, `steps`, `validators` | the set of the genesis, and each step from one set to the next |
//! | `executed`, `log_nodes`, `txs`, `nonces` | the blocks |
//! | `pruned` | as `blocks`, but for the body; that its transactions are these is what the events in the objects' histories say |
//! | `objects`, `tree_pages` | each other, and the state root of their version |
//! | `events` | the history heads of the objects |
//! | `writes` | opening the store applies them and compares the root |
//!
//! So with the genesis and the signatures of the validators everything is covered; a refused transaction's nonce alone is
//! only counted, and of a pruned block also the ids of its refused transactions and the nonces of the others. Besides, rocksdb compares a checksum of every block of its files that is read. All reads see one moment,
//! so a running node can be checked. Findings say which column, which row and since which height, and are bounded.

mod blocks;
mod state;

use super::columns::{
    CERTIFICATES, Column, EXECUTED, FORMAT, FORMAT_MIN, LOG_NODES, META, NAMES, NONCES, PRUNED, STEPS, TXS, family,
};
use super::{Store, StoreError};
use rocksdb::{DB, IteratorMode, ReadOptions, Snapshot};
use std::ops::ControlFlow;
use tracelight_domain::ids::{Height, PublicKey};
use tracelight_proof::certificate::ValidatorSet;
use tracelight_proof::codec::Canonical;

/// Findings of one column that are told; the rest is counted.
const FINDINGS_PER_COLUMN_MAX: usize = 8;

/// Something that is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Column family.
    pub column: &'static str,
    /// The block since which it matters, where that is known.
    pub height: Option<Height>,
    /// Which row, and what is wrong with it.
    pub what: String,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Rows read.
    pub rows: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// The newest block whose body was pruned; 0 for none.
    pub horizon: Height,
    /// Whether everything was read; a check can be stopped.
    pub is_whole: bool,
    /// In the order in which they were found.
    pub findings: Vec<Finding>,
    /// Findings of any column beyond those told.
    pub more: u64,
}

/// Told the bytes of each row that was read; may wait, or stop the check.
pub type Pace<'p> = &'p mut dyn FnMut(usize) -> ControlFlow<()>;

/// Checks the store at this moment. `set` are the validators of the genesis.
pub(super) fn check(db: &DB, set: &ValidatorSet, pace: Pace<'_>) -> Report {
    let snapshot = db.snapshot();
    let mut check = Check { db, snapshot: &snapshot, pace, report: Report::default() };
    check.report.is_whole = check.all(set).is_continue();
    check.report
}

type Flow = ControlFlow<()>;

/// A new column has to be checked here too.
const _: () = assert!(NAMES.len() == 14);

struct Check<'a, 'p> {
    db: &'a DB,
    snapshot: &'a Snapshot<'a>,
    pace: Pace<'p>,
    report: Report,
}

/// Rows that the blocks account for.
#[derive(Default)]
struct Accounted {
    txs: u64,
    nonces: u64,
    nodes: u64,
    certificates: u64,
    steps: u64,
}

impl Check<'_, '_> {
    fn all(&mut self, set: &ValidatorSet) -> Flow {
        let Some(meta) = self.get(&META, &0) else { return ControlFlow::Continue(()) };
        if !(FORMAT_MIN..=FORMAT).contains(&meta.format) {
            self.found(META.name, None, format!("format {} is not {FORMAT_MIN} to {FORMAT}", meta.format));
            return ControlFlow::Continue(());
        }
        self.count(META.name, 1)?;
        let accounted = self.blocks(&meta.head, set)?;
        self.count(TXS.name, accounted.txs)?;
        self.nonces(accounted.nonces)?;
        self.count(LOG_NODES.name, accounted.nodes)?;
        self.count(CERTIFICATES.name, accounted.certificates)?;
        self.count(STEPS.name, accounted.steps)?;
        self.count(EXECUTED.name, meta.head.height + 1)?;
        self.state(&meta.head)?;
        ControlFlow::Continue(())
    }

    fn found(&mut self, column: &'static str, height: Option<Height>, what: String) {
        let told = self.report.findings.iter().filter(|finding| finding.column == column).count();
        if told < FINDINGS_PER_COLUMN_MAX {
            self.report.findings.push(Finding { column, height, what });
        } else {
            self.report.more += 1;
        }
    }

    fn read(&mut self, bytes: usize) -> Flow {
        self.report.rows += 1;
        self.report.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        (self.pace)(bytes)
    }

    /// A row as it was at this moment. What cannot be read is a finding, and `None`.
    fn get<K: Canonical, V: Canonical>(&mut self, column: &Column<K, V>, key: &K) -> Option<V> {
        let found = family(self.db, column.name).and_then(|family| {
            let row = self.snapshot.get_cf(family, key.to_bytes());
            row.map_err(|source| StoreError::Read { column: column.name, source })
        });
        match found.and_then(|row| row.map(|row| column.parse(&row)).transpose()) {
            Ok(row) => row,
            Err(error) => {
                self.found(column.name, None, error.to_string());
                None
            }
        }
    }

    /// Gives every row of a column to `row`. A row that cannot be read is a finding and ends the column.
    fn scan(&mut self, column: &'static str, mut row: impl FnMut(&mut Self, &[u8], &[u8])) -> Flow {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_verify_checksums(true);
        let family = match family(self.db, column) {
            Ok(family) => family,
            // Read beside a program of an older format, or after it: nothing is pruned there.
            Err(_) if column == PRUNED.name => return ControlFlow::Continue(()),
            Err(error) => {
                self.found(column, None, error.to_string());
                return ControlFlow::Continue(());
            }
        };
        let snapshot = self.snapshot;
        for found in snapshot.iterator_cf_opt(family, options, IteratorMode::Start) {
            match found {
                Ok((key, value)) => {
                    self.read(key.len() + value.len())?;
                    row(self, &key, &value);
                }
                Err(error) => {
                    self.found(column, None, error.to_string());
                    break;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Nonces of pruned blocks have no body to be compared with: each names a transaction of the chain, and they are as many
    /// as the blocks say.
    fn nonces(&mut self, expected: u64) -> Flow {
        if self.report.horizon == 0 {
            return self.count(NONCES.name, expected);
        }
        let mut rows = 0;
        self.scan(NONCES.name, |check, key, value| {
            rows += 1;
            let names = NONCES.parse(value).is_ok_and(|id| check.get(&TXS, &id).is_some());
            if !names || <(PublicKey, u64)>::parse(key, 40, NONCES.name).is_err() {
                check.found(NONCES.name, None, format!("row {} is of no transaction", hex::encode(key)));
            }
        })?;
        if rows != expected {
            let what = format!("it has {rows} rows, the blocks account for {expected}");
            self.found(NONCES.name, None, what);
        }
        ControlFlow::Continue(())
    }

    fn count(&mut self, column: &'static str, expected: u64) -> Flow {
        let mut rows = 0;
        self.scan(column, |_, _, _| rows += 1)?;
        if rows != expected {
            self.found(column, None, format!("it has {rows} rows, the blocks account for {expected}"));
        }
        ControlFlow::Continue(())
    }
}

impl Store {
    /// Reads the whole store through and compares every column with what it follows from, as of this moment.
    ///
    /// # Errors
    /// [`StoreError`] when the genesis has no usable validators. What is damaged is in the report.
    pub fn check(&self, pace: Pace<'_>) -> Result<Report, StoreError> {
        Ok(check(&self.db, &self.validators_at(0)?.set()?, pace))
    }
}
