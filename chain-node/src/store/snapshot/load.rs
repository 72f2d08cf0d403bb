//! Reading a snapshot into a new store.

use super::super::bulk::{self, BulkObject};
use super::super::columns::{
    BLOCKS, Blob, BlockRow, CERTIFICATES, EXECUTED, FORMAT, Head, LOG_NODES, META, Meta, NONCES, PRUNED, PrunedRow,
    Row, STEPS, TXS, TxRow, VALIDATORS,
};
use super::super::{Commitments, Report, Room, Store, StoreError, check, options, write_synced};
use super::{Folder, Promise, SnapshotError, part_name};
use crate::ledger::APPLIED;
use rocksdb::{DB, WriteBatch};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use tracelight_domain::ids::{Hash, Height, TxId};
use tracelight_proof::block::{Header, block_id, body_digest, next_outcomes, split_body};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;
use tracelight_proof::log::Frontier;
use tracelight_proof::signed;
use tracelight_proof::snapshot::{BlockEntry, Content, Digest, NonceEntry, ObjectEntry, ValidatorsEntry, is_part};
use tracelight_proof::state_proof::{Subtree, state_key};

/// Reads the snapshot in `dir` into a new store in `to`, which does not exist yet, and checks it as a whole.
///
/// # Errors
/// [`SnapshotError`] naming the first file that is refused. The folder `to` is of no use then.
pub fn load(dir: &Path, to: &Path, genesis: &Genesis) -> Result<Report, SnapshotError> {
    let folder = Folder(dir);
    let promise = folder.manifest(genesis)?;
    std::fs::create_dir_all(to).map_err(|source| SnapshotError::Io { path: to.to_owned(), source })?;
    let db = DB::open_cf_descriptors(&options::database(Room::SERVER), to, options::columns(Room::SERVER));
    let db = db.map_err(|source| StoreError::Open { path: to.to_owned(), source })?;
    if META.get(&db, &0)?.is_some() {
        return Err(StoreError::NotEmpty { path: to.to_owned() }.into());
    }
    load_state(&folder, &db, &to.with_extension("loading"), &promise)?;
    let head = load_blocks(&folder, &db, &promise)?;
    load_rest(&folder, &db, &promise)?;
    let mut batch = WriteBatch::default();
    META.put(&db, &mut batch, &0, &Meta { format: FORMAT, chain: promise.manifest.chain, head })?;
    let set = genesis.validators().map_err(StoreError::Genesis)?;
    write_synced(&db, batch)
        .map_err(|source| StoreError::Write { height: promise.state.height, message: source.to_string() })?;
    let checked = check::check(&db, &set, &mut |_| ControlFlow::Continue(()));
    if let Some(finding) = checked.findings.first() {
        let what = format!("`{}`: {}", finding.column, finding.what);
        return Err(folder.refused("manifest", what));
    }
    drop(db);
    // Opening applies nothing here, and compares the root once more.
    drop(Store::open(to, genesis)?);
    Ok(checked)
}

fn load_state(folder: &Folder<'_>, db: &DB, scratch: &Path, promise: &Promise) -> Result<(), SnapshotError> {
    let mut failed = None;
    let mut parts = promise.manifest.parts.iter().enumerate();
    let mut entries = Vec::new().into_iter();
    let objects = std::iter::from_fn(|| {
        loop {
            if let Some(ObjectEntry { id, state, events }) = entries.next() {
                return Some(Ok(BulkObject { key: state_key(&id), row: Row::new(&id, &state), events }));
            }
            let (part, subtree) = parts.next()?;
            match read_part(folder, part, *subtree) {
                Ok(read) => entries = read.into_iter(),
                Err(error) => {
                    failed = Some(error);
                    return Some(Err(StoreError::NotEmpty { path: folder.file(&part_name(part)) }));
                }
            }
        }
    });
    let written = bulk::write(db, scratch, objects);
    if let Some(error) = failed {
        return Err(error);
    }
    let written = written?;
    if written.root == promise.certified.state_root && written.events == promise.certified.events {
        Ok(())
    } else {
        Err(folder.refused("manifest", "its objects and events are not those that its header speaks of"))
    }
}

/// The objects of one file, if they are those of its subtree and each has its whole history.
fn read_part(folder: &Folder<'_>, part: usize, subtree: Subtree) -> Result<Vec<ObjectEntry>, SnapshotError> {
    let name = part_name(part);
    let entries = folder.list(&name)?;
    if is_part(part, subtree, &entries) {
        Ok(entries)
    } else {
        Err(folder.refused(&name, "its objects are not those of the certified state"))
    }
}

/// The chain as far as it was read.
struct Line {
    before: Hash,
    outcomes: Hash,
    log: Frontier,
    txs_height: Height,
    next: Height,
    newest: Option<(Header, Commitments)>,
    pruned_txs: Digest,
}

fn load_blocks(folder: &Folder<'_>, db: &DB, promise: &Promise) -> Result<Head, SnapshotError> {
    let mut line = Line {
        before: Hash::ZERO,
        outcomes: Hash::ZERO,
        log: Frontier::default(),
        txs_height: 0,
        next: 0,
        newest: None,
        pruned_txs: Digest::default(),
    };
    for file in 0..promise.manifest.blocks_files {
        let name = format!("blocks-{file}");
        let mut batch = WriteBatch::default();
        let mut txs: BTreeMap<TxId, TxRow> = BTreeMap::new();
        for entry in folder.list::<BlockEntry>(&name)? {
            let height = line.next;
            let taken = line.take(db, &mut batch, &mut txs, promise.manifest.pruned, entry)?;
            taken.map_err(|what| folder.refused(&name, format!("block {height}: {what}")))?;
        }
        txs.iter().try_for_each(|(id, row)| TXS.put(db, &mut batch, id, row))?;
        db.write(batch).map_err(|source| StoreError::Write { height: line.next, message: source.to_string() })?;
    }
    let Some((header, commitments)) = line.newest else { return Err(folder.refused("manifest", "it has no blocks")) };
    let said = &promise.certified;
    let is_promised = line.before == block_id(promise.manifest.headers.first().map_or(&[], Vec::as_slice))
        && line.outcomes == said.outcomes
        && commitments.state_root == said.state_root
        && commitments.outcomes == said.outcomes
        && commitments.events == said.events
        && commitments.log_root == said.log_root
        && commitments.version == promise.manifest.version
        && line.log.root() == said.log_root
        && line.pruned_txs.end() == promise.manifest.txs;
    if !is_promised {
        return Err(folder.refused("manifest", "its blocks do not end in what its header speaks of"));
    }
    let Line { before: block, log, txs_height, .. } = line;
    Ok(Head { height: header.height, block, time_ms: header.time_ms, txs_height, commitments, log })
}

impl Line {
    /// Puts the next block's rows into the batch, or says what is wrong with it.
    fn take(
        &mut self,
        db: &DB,
        batch: &mut WriteBatch,
        txs: &mut BTreeMap<TxId, TxRow>,
        horizon: Height,
        entry: BlockEntry,
    ) -> Result<Result<(), String>, StoreError> {
        let BlockEntry { header: bytes, content, outcomes, certificate, after } = entry;
        let height = self.next;
        let header = match Header::decode(&bytes) {
            Ok(header) => header,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let is_whole = match &content {
            Content::Whole(body) => body_digest(body) == header.body && !(1..=horizon).contains(&height),
            Content::Pruned { ids, .. } => ids.len() == outcomes.len() && (1..=horizon).contains(&height),
        };
        if header.height != height
            || header.parent != self.before
            || !is_whole
            || usize::try_from(header.txs) != Ok(outcomes.len())
        {
            return Ok(Err("it does not follow".to_owned()));
        }
        self.before = block_id(&bytes);
        if height > 0 {
            self.outcomes = next_outcomes(&self.outcomes, height, &outcomes);
        }
        for (place, root) in self.log.append(&self.before.0) {
            LOG_NODES.put(db, batch, &place, &root)?;
        }
        let ids = match &content {
            Content::Whole(body) => ids_of(body),
            Content::Pruned { ids, .. } => Ok(ids.clone()),
        };
        match ids {
            Ok(ids) => index_txs(db, &ids, &outcomes, height, txs)?,
            Err(what) => return Ok(Err(what)),
        }
        self.txs_height = if outcomes.is_empty() { self.txs_height } else { height };
        match content {
            Content::Whole(body) => {
                BLOCKS.put(db, batch, &height, &BlockRow { header: bytes, body, outcomes })?;
            }
            Content::Pruned { ids, nonces } => {
                ids.iter().for_each(|id| self.pruned_txs.add(&id.0));
                PRUNED.put(db, batch, &height, &PrunedRow { header: bytes, outcomes, ids, nonces })?;
            }
        }
        EXECUTED.put(db, batch, &height, &after)?;
        if let Some(certificate) = certificate {
            CERTIFICATES.put(db, batch, &height, &Blob(certificate))?;
        }
        (self.newest, self.next) = (Some((header, after)), height + 1);
        Ok(Ok(()))
    }
}

fn ids_of(body: &[u8]) -> Result<Vec<TxId>, String> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let bodies = split_body(body).map_err(|error| error.to_string())?;
    let id = |bytes| Ok(signed::tx_id(&signed::parse(bytes).map_err(|error| error.to_string())?.tx));
    bodies.into_iter().map(id).collect()
}

/// The rows of a block's transactions: the first refusal stays, an application replaces it.
fn index_txs(
    db: &DB,
    ids: &[TxId],
    outcomes: &[u16],
    height: Height,
    txs: &mut BTreeMap<TxId, TxRow>,
) -> Result<(), StoreError> {
    for (index, (id, outcome)) in (0u32..).zip(ids.iter().zip(outcomes)) {
        let is_known = txs.contains_key(id) || TXS.get(db, id)?.is_some();
        if *outcome == APPLIED || !is_known {
            txs.insert(*id, TxRow { height, index, outcome: *outcome });
        }
    }
    Ok(())
}

fn load_rest(folder: &Folder<'_>, db: &DB, promise: &Promise) -> Result<(), SnapshotError> {
    let mut batch = WriteBatch::default();
    for (height, state) in folder.list::<ValidatorsEntry>("validators-0")? {
        VALIDATORS.put(db, &mut batch, &height, &state)?;
    }
    for step in &promise.manifest.steps {
        let height = Header::decode(&step.header).map_or(Height::MAX, |header| header.height);
        // A step between the state and the header that certifies it comes again with its block.
        if height <= promise.state.height {
            STEPS.put(db, &mut batch, &height, step)?;
        }
    }
    let mut digest = Digest::default();
    for file in 0..promise.manifest.nonces_files {
        for row in folder.list::<NonceEntry>(&format!("nonces-{file}"))? {
            digest.add(&row.to_bytes());
            NONCES.put(db, &mut batch, &row.0, &row.1)?;
        }
    }
    if digest.end() != promise.manifest.nonces {
        return Err(folder.refused("nonces-0", "the nonces are not those of the manifest"));
    }
    db.write(batch)
        .map_err(|source| StoreError::Write { height: promise.state.height, message: source.to_string() })?;
    Ok(())
}
