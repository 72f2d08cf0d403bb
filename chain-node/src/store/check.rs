//! Reading the whole store through, and comparing every column with what it follows from.
//!
//! | column | has to follow from |
//! |---|---|
//! | `meta` | the newest block and what is said after it |
//! | `blocks` | the genesis: each names the one before and the hash of its body; what headers say of executed blocks |
//! | `certificates`, `steps`, `validators` | the set of the genesis, and each step from one set to the next |
//! | `executed`, `log_nodes`, `txs`, `nonces` | the blocks |
//! | `objects`, `tree_pages` | each other, and the state root of their version |
//! | `events` | the history heads of the objects |
//! | `writes` | opening the store applies them and compares the root |
//!
//! So with the genesis and the signatures of the validators everything is covered; a refused transaction's nonce alone is
//! only counted. Besides, rocksdb compares a checksum of every block of its files that is read. All reads see one moment,
//! so a running node can be checked. Findings say which column, which row and since which height, and are bounded.

use super::columns::{
    BLOCKS, BlockRow, CERTIFICATES, Column, EVENTS, EXECUTED, FORMAT, Head, LOG_NODES, META, NAMES, NONCES, OBJECTS,
    PAGES, Row, STEPS, TXS, VALIDATORS, WRITES, family,
};
use super::tree::{self, Leaf, Page, Path, Subtree};
use super::{Store, StoreError, window};
use crate::ledger::APPLIED;
use rocksdb::{DB, IteratorMode, ReadOptions, Snapshot};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use tracelight_domain::ids::{Hash, Height, PublicKey};
use tracelight_domain::state::{History, KeyPurpose, ObjectId, StateBody};
use tracelight_proof::block::{Header, block_id, body_digest, next_outcomes, split_body};
use tracelight_proof::certificate::{Certificate, ValidatorSet};
use tracelight_proof::codec::Canonical;
use tracelight_proof::genesis::{consensus_namespace, validators_hash};
use tracelight_proof::log::Frontier;
use tracelight_proof::state_proof::{state_key, value_hash};
use tracelight_proof::{history, signed};

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
const _: () = assert!(NAMES.len() == 13);

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
        if meta.format != FORMAT {
            self.found(META.name, None, format!("format {} is not {FORMAT}", meta.format));
            return ControlFlow::Continue(());
        }
        self.count(META.name, 1)?;
        let accounted = self.blocks(&meta.head, set)?;
        self.count(TXS.name, accounted.txs)?;
        self.count(NONCES.name, accounted.nonces)?;
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

    fn count(&mut self, column: &'static str, expected: u64) -> Flow {
        let mut rows = 0;
        self.scan(column, |_, _, _| rows += 1)?;
        if rows != expected {
            self.found(column, None, format!("it has {rows} rows, the blocks account for {expected}"));
        }
        ControlFlow::Continue(())
    }

    fn blocks(&mut self, head: &Head, genesis_set: &ValidatorSet) -> ControlFlow<(), Accounted> {
        let mut accounted = Accounted::default();
        let (log, set) = (Frontier::default(), genesis_set.clone());
        let (before, outcomes) = (Hash::ZERO, Hash::ZERO);
        let mut line = Line { next: 0, before, outcomes, log, set, state: None, time_ms: 0, txs_height: 0 };
        let mut stop = ControlFlow::Continue(());
        self.scan(BLOCKS.name, |check, key, value| {
            if stop.is_break() {
                return;
            }
            let height = Height::parse(key, 8, BLOCKS.name).unwrap_or(Height::MAX);
            if height != line.next {
                check.found(BLOCKS.name, Some(line.next), format!("block {} is missing", line.next));
                stop = ControlFlow::Break(());
                return;
            }
            match BLOCKS
                .parse(value)
                .map_err(|error| error.to_string())
                .and_then(|row| line.follow(check, row, &mut accounted))
            {
                Ok(()) => line.next += 1,
                Err(what) => {
                    check.found(BLOCKS.name, Some(height), format!("block {height}: {what}"));
                    stop = ControlFlow::Break(());
                }
            }
        })?;
        if stop.is_continue() && (line.next != head.height + 1 || line.before != head.block) {
            self.found(
                META.name,
                Some(head.height),
                format!("the head is block {}, the blocks end before {}", head.height, line.next),
            );
        }
        let (time_ms, txs_height) = (line.time_ms, line.txs_height);
        let is_head = line.log == head.log && (time_ms, txs_height) == (head.time_ms, head.txs_height);
        if stop.is_continue() && !is_head {
            self.found(
                META.name,
                Some(head.height),
                "the head's log, time or newest transactions are not the blocks'".to_owned(),
            );
        }
        match self.get(&EXECUTED, &head.height) {
            Some(own) if own == head.commitments => {}
            _ => self.found(EXECUTED.name, Some(head.height), format!("row {} is not what the head says", head.height)),
        }
        ControlFlow::Continue(accounted)
    }

    /// Objects, the tree over them, and their histories.
    fn state(&mut self, head: &Head) -> Flow {
        let mut newer: BTreeMap<Hash, Row> = BTreeMap::new();
        let mut versions = 0;
        self.scan(WRITES, |check, key, value| {
            versions += 1;
            match window::parse_writes(value) {
                Ok(writes) => newer.extend(writes.into_iter().map(|write| (write.key, write.row.as_ref().clone()))),
                Err(error) => check.found(WRITES, None, format!("version {}: {error}", hex::encode(key))),
            }
        })?;
        let base = head.commitments.version.saturating_sub(versions);
        let mut with_history: BTreeSet<Hash> = BTreeSet::new();
        for (key, row) in &newer {
            if row.parse().is_ok_and(|row| row.state.history.count > 0) {
                with_history.insert(*key);
            }
        }
        let mut histories = u64::try_from(with_history.len()).unwrap_or(u64::MAX);
        let Some(root) = self.tree(&newer, &mut histories)? else { return ControlFlow::Continue(()) };
        match self.state_root(base, head.height) {
            Some((height, expected)) if expected != root => {
                let what =
                    format!("the objects of version {base} have state root {root}, block {height} says {expected}");
                self.found(OBJECTS.name, Some(height), what);
            }
            Some(_) => {}
            None => self.found(EXECUTED.name, None, format!("no block left version {base} of the state")),
        }
        self.validators(&newer, head)?;
        self.events(&newer, histories)
    }

    /// Builds the tree of the objects again and compares every page. Returns its root, unless a row could not be read.
    fn tree(&mut self, newer: &BTreeMap<Hash, Row>, histories: &mut u64) -> ControlFlow<(), Option<Hash>> {
        enum Stop {
            Told,
            Unreadable(StoreError),
        }
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        let db = self.db;
        let Ok(objects) = family(db, OBJECTS.name) else { return ControlFlow::Continue(None) };
        let snapshot = self.snapshot;
        let rows = snapshot.iterator_cf_opt(objects, options, IteratorMode::Start);
        let mut pages = 0;
        let check = RefCell::new(self);
        let leaves = rows.map(|row| {
            let (key, value) =
                row.map_err(|source| Stop::Unreadable(StoreError::Read { column: OBJECTS.name, source }))?;
            let mut check = check.borrow_mut();
            if check.read(key.len() + value.len()).is_break() {
                return Err(Stop::Told);
            }
            let damaged = |source| Stop::Unreadable(StoreError::Damaged { column: OBJECTS.name, source });
            let key = Hash::parse(&key, 32, OBJECTS.name).map_err(damaged)?;
            let row = Row::read_from(&value).map_err(damaged)?;
            let object = row.parse().map_err(damaged)?;
            if state_key(&object.id) != key {
                check.found(OBJECTS.name, None, format!("the row with key hash {key} is of another object"));
            }
            if object.state.history.count > 0 && !newer.contains_key(&key) {
                *histories += 1;
            }
            Ok(Leaf { key, value: value_hash(row.value()) })
        });
        let built = tree::build::build(leaves, |path, page| {
            pages += 1;
            check.borrow_mut().same_page(path, page);
            Ok(())
        });
        let check = check.into_inner();
        match built {
            Ok(subtree) => {
                check.count(PAGES, pages)?;
                ControlFlow::Continue(Some(Subtree::hash(subtree)))
            }
            Err(Stop::Told) => ControlFlow::Break(()),
            Err(Stop::Unreadable(error)) => {
                check.found(OBJECTS.name, None, error.to_string());
                ControlFlow::Continue(None)
            }
        }
    }

    fn same_page(&mut self, path: &Path, page: &Page) {
        let row = family(self.db, PAGES).map(|family| self.snapshot.get_cf(family, path.row()));
        let what = match row {
            Ok(Ok(Some(row))) if row == page.encode(path) => return,
            Ok(Ok(Some(_))) => "is not that of the objects below".to_owned(),
            Ok(Ok(None)) => "is missing".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.found(PAGES, None, format!("page {path} {what}"));
    }

    /// The state root of a version, and the first block that left it.
    fn state_root(&mut self, version: u64, head: Height) -> Option<(Height, Hash)> {
        let (mut low, mut high) = (0, head);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(&EXECUTED, &middle)?.version < version { low = middle + 1 } else { high = middle }
        }
        let row = self.get(&EXECUTED, &low)?;
        (row.version == version).then_some((low, row.state_root))
    }

    fn object(&mut self, key: &Hash, newer: &BTreeMap<Hash, Row>) -> Option<super::columns::ObjectRow> {
        match newer.get(key) {
            Some(row) => row.parse().ok(),
            None => self.get(&OBJECTS, key),
        }
    }

    fn validators(&mut self, newer: &BTreeMap<Hash, Row>, head: &Head) -> Flow {
        let (mut newest, mut first) = (None, None);
        self.scan(VALIDATORS.name, |check, key, value| {
            match (Height::parse(key, 8, VALIDATORS.name), VALIDATORS.parse(value)) {
                (Ok(height), Ok(state)) if height <= head.height => {
                    first = first.or(Some(height));
                    newest = Some((height, state));
                }
                _ => check.found(
                    VALIDATORS.name,
                    None,
                    format!("row {} is no state of the validators", hex::encode(key)),
                ),
            }
        })?;
        let object = self.object(&state_key(&ObjectId::Validators), newer).map(|row| row.state);
        match newest {
            Some((height, state)) if object.as_ref() != Some(&state) => {
                self.found(VALIDATORS.name, Some(height), format!("row {height} is not the ledger's object"));
            }
            Some(_) if first != Some(0) => self.found(VALIDATORS.name, Some(0), "the genesis has no row".to_owned()),
            None if object.is_some() => self.found(VALIDATORS.name, None, "it has no rows".to_owned()),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn events(&mut self, newer: &BTreeMap<Hash, Row>, expected: u64) -> Flow {
        let mut open: Option<(Hash, History)> = None;
        let mut histories = 0;
        self.scan(EVENTS.name, |check, key, value| {
            let (Ok((key, seq)), Ok(event)) = (<(Hash, u32)>::parse(key, 36, EVENTS.name), EVENTS.parse(value)) else {
                check.found(EVENTS.name, None, format!("row {} is no event", hex::encode(key)));
                return;
            };
            if let Some((before, history)) = open.filter(|(before, _)| *before != key) {
                check.same_history(&before, &history, newer);
                open = None;
            }
            let history = match open {
                Some((_, history)) => history,
                None => {
                    histories += 1;
                    History::EMPTY
                }
            };
            if history.count != seq {
                check.found(
                    EVENTS.name,
                    Some(event.height),
                    format!("an event before number {seq} of {key} is missing"),
                );
            }
            open = Some((key, history::extend(history, &event)));
        })?;
        if let Some((key, history)) = open {
            self.same_history(&key, &history, newer);
        }
        if histories != expected {
            let what = format!("{histories} objects have events, {expected} have a history");
            self.found(EVENTS.name, None, what);
        }
        ControlFlow::Continue(())
    }

    fn same_history(&mut self, key: &Hash, history: &History, newer: &BTreeMap<Hash, Row>) {
        let object = self.object(key, newer);
        if object.is_none_or(|row| row.state.history != *history) {
            self.found(EVENTS.name, None, format!("the events of {key} are not its history"));
        }
    }

    fn is_device(&mut self, key: PublicKey) -> bool {
        let key = ObjectId::Key(key);
        let row = self.get(&OBJECTS, &state_key(&key));
        // A key that was registered lately is not in `objects` yet.
        row.is_none_or(|row| matches!(row.state.body, StateBody::Key { purpose: KeyPurpose::Device, .. }))
    }
}

/// The chain up to a block.
struct Line {
    next: Height,
    before: Hash,
    outcomes: Hash,
    log: Frontier,
    set: ValidatorSet,
    /// Version and root of the state after the block before.
    state: Option<(u64, Hash)>,
    time_ms: u64,
    txs_height: Height,
}

impl Line {
    /// Adds the next block, or says why it does not follow. What is wrong beside it goes to `check`.
    fn follow(&mut self, check: &mut Check<'_, '_>, row: BlockRow, accounted: &mut Accounted) -> Result<(), String> {
        let height = self.next;
        let header = Header::decode(&row.header).map_err(|error| error.to_string())?;
        let id = block_id(&row.header);
        let is_next = header.height == height && header.parent == self.before;
        if !is_next {
            return Err("it does not name the block before".to_owned());
        }
        if body_digest(&row.body) != header.body || usize::try_from(header.txs) != Ok(row.outcomes.len()) {
            return Err("its body or outcomes are not what its header says".to_owned());
        }
        if height > 0 {
            self.outcomes = next_outcomes(&self.outcomes, height, &row.outcomes);
        }
        for (place, root) in self.log.append(&id.0) {
            accounted.nodes += 1;
            if check.get(&LOG_NODES, &place) != Some(root) {
                check.found(LOG_NODES.name, Some(height), format!("node {place:?} is not that of the blocks"));
            }
        }
        let own = check.get(&EXECUTED, &height);
        if own.as_ref().is_none_or(|own| own.outcomes != self.outcomes || own.log_root != self.log.root()) {
            check.found(EXECUTED.name, Some(height), format!("row {height} is not what the blocks say"));
        }
        let state = own.as_ref().map(|own| (own.version, own.state_root));
        let in_step = match (self.state, state) {
            (Some((version, root)), Some((next, next_root))) => {
                next == version + 1 || (next == version && next_root == root)
            }
            (None, Some((version, _))) => height > 0 || version == 0,
            (_, None) => true,
        };
        self.state = state;
        if !in_step {
            check.found(EXECUTED.name, Some(height), format!("row {height} does not follow the version before"));
        }
        // What a certified header says of an executed block is the alliance's word.
        let said = check.get(&EXECUTED, &header.executed);
        let is_said = |own: &super::Commitments| {
            own.state_root == header.state_root
                && own.outcomes == header.outcomes
                && own.events == header.events
                && own.log_root == header.log_root
        };
        if height > 0 && !said.is_some_and(|own| is_said(&own)) {
            let what = format!("row {} is not what the header of block {height} says", header.executed);
            check.found(EXECUTED.name, Some(header.executed), what);
        }
        self.certificate(check, height, &header, &id, accounted);
        if !row.body.is_empty() {
            txs(check, height, &row, accounted)?;
        }
        self.before = id;
        self.time_ms = header.time_ms;
        self.txs_height = if row.outcomes.is_empty() { self.txs_height } else { height };
        Ok(())
    }

    fn certificate(
        &mut self,
        check: &mut Check<'_, '_>,
        height: Height,
        header: &Header,
        id: &Hash,
        accounted: &mut Accounted,
    ) {
        if validators_hash(&self.set) != header.validators {
            check.found(STEPS.name, Some(height), format!("the steps do not lead to the validators of block {height}"));
        }
        if let Some(certificate) = check.get(&CERTIFICATES, &height) {
            accounted.certificates += 1;
            let namespace = consensus_namespace(header.chain);
            let parsed = Certificate::parse(&certificate.0, &self.set);
            if let Err(error) = parsed.and_then(|it| it.verify(&namespace, &self.set, &id.0)) {
                check.found(CERTIFICATES.name, Some(height), format!("certificate {height}: {error}"));
            }
        }
        if header.next_validators == header.validators {
            return;
        }
        accounted.steps += 1;
        let row = check.get(&STEPS, &height).filter(|row| block_id(&row.header) == *id);
        let keys = row.map(|row| row.keys.iter().map(|key| key.0).collect::<Vec<_>>());
        let next = keys
            .and_then(|keys| ValidatorSet::new(&keys).ok())
            .filter(|set| validators_hash(set) == header.next_validators);
        match next {
            Some(next) => self.set = next,
            None => check.found(STEPS.name, Some(height), format!("step {height} is not that of block {height}")),
        }
    }
}

/// The rows that follow from a block's transactions.
fn txs(check: &mut Check<'_, '_>, height: Height, row: &BlockRow, accounted: &mut Accounted) -> Result<(), String> {
    let bodies = split_body(&row.body).map_err(|error| error.to_string())?;
    for (index, (bytes, outcome)) in (0u32..).zip(bodies.into_iter().zip(&row.outcomes)) {
        let tx = signed::parse(bytes).map_err(|error| format!("transaction {index}: {error}"))?.tx;
        let id = signed::tx_id(&tx);
        let own = check.get(&TXS, &id);
        let is_here = |own: &super::TxRow| (own.height, own.index) == (height, index);
        match own {
            Some(own) if is_here(&own) && own.outcome == *outcome => accounted.txs += 1,
            // It stands in another block too; a first refusal stays, and an application replaces it.
            Some(own) if *outcome != APPLIED && !is_here(&own) => {}
            _ => check.found(
                TXS.name,
                Some(height),
                format!("transaction {id} of block {height} has another row or none"),
            ),
        }
        match check.get(&NONCES, &(tx.key, tx.nonce)) {
            // Once for each transaction, however often it was ordered.
            Some(found) if found == id => accounted.nonces += u64::from(own.as_ref().is_some_and(is_here)),
            Some(_) if *outcome != APPLIED => {}
            None if *outcome != APPLIED || check.is_device(tx.key) => {}
            _ => {
                check.found(NONCES.name, Some(height), format!("the nonce of transaction {id} has another row or none"))
            }
        }
    }
    Ok(())
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
