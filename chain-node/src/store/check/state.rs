//! The objects, the tree over them, and their histories.

use super::super::columns::{EVENTS, EXECUTED, Head, OBJECTS, ObjectRow, PAGES, Row, TXS, VALIDATORS, WRITES, family};
use super::super::tree::{self, Leaf, Page, Path, Subtree};
use super::super::{StoreError, window};
use super::{Check, Flow};
use crate::ledger::APPLIED;
use rocksdb::{IteratorMode, ReadOptions};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use tracelight_domain::ids::{Hash, Height};
use tracelight_domain::state::{Event, History, ObjectId};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::history;
use tracelight_proof::state_proof::{state_key, value_hash};

impl Check<'_, '_> {
    /// Objects, the tree over them, and their histories.
    pub(super) fn state(&mut self, head: &Head) -> Flow {
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

    fn object(&mut self, key: &Hash, newer: &BTreeMap<Hash, Row>) -> Option<ObjectRow> {
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
            check.tx_of(&event);
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

    /// An event of a pruned block names a transaction that this store has as applied in that block: the object's certified
    /// history says so, and no body does any more.
    fn tx_of(&mut self, event: &Event) {
        if event.height == 0 || event.height > self.report.horizon {
            return;
        }
        let own = self.get(&TXS, &event.tx);
        if own.is_none_or(|own| (own.height, own.outcome) != (event.height, APPLIED)) {
            let what = format!(
                "transaction {}, which wrote an event in block {}, has another row or none",
                event.tx, event.height
            );
            self.found(TXS.name, Some(event.height), what);
        }
    }
}
