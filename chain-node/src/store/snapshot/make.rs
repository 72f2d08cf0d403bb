//! Writing a snapshot of an open store.

use super::super::columns::{BLOCKS, EXECUTED, NONCES, PrunedRow, Row, VALIDATORS, family};
use super::super::{Commitments, Store, StoreError};
use super::{Folder, Promise, SnapshotError, part_name};
use rocksdb::{IteratorMode, ReadOptions};
use std::path::Path;
use tracelight_domain::ids::{Hash, Height, PublicKey};
use tracelight_domain::state::ObjectState;
use tracelight_proof::block::Header;
use tracelight_proof::codec::Canonical;
use tracelight_proof::snapshot::{
    BlockEntry, Content, Digest, HEADERS_MAX, Manifest, ObjectEntry, PARTS, STEPS_MAX, Step,
};
use tracelight_proof::state_proof::{Leaf, Subtree, value_hash};

/// Bytes after which a file of blocks or nonces ends.
const FILE_BYTES: usize = 32 * 1024 * 1024;

/// Entries of one kind, cut into files.
struct Cut<'a> {
    folder: &'a Folder<'a>,
    name: &'static str,
    files: u32,
    count: u32,
    bytes: Vec<u8>,
}

impl<'a> Cut<'a> {
    fn new(folder: &'a Folder<'a>, name: &'static str) -> Self {
        Self { folder, name, files: 0, count: 0, bytes: Vec::new() }
    }

    fn put(&mut self, entry: &impl Canonical) -> Result<(), SnapshotError> {
        entry.write(&mut self.bytes);
        self.count += 1;
        if self.bytes.len() >= FILE_BYTES { self.end() } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), SnapshotError> {
        let bytes = [self.count.to_bytes(), std::mem::take(&mut self.bytes)].concat();
        self.folder.write(&format!("{}-{}", self.name, self.files), &bytes)?;
        (self.files, self.count) = (self.files + 1, 0);
        Ok(())
    }
}

impl Store {
    /// Writes a snapshot of the newest certified state into `dir`, which is absent or empty. The manifest is written last.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub fn make_snapshot(&self, dir: &Path) -> Result<Promise, SnapshotError> {
        std::fs::create_dir_all(dir).map_err(|source| SnapshotError::Io { path: dir.to_owned(), source })?;
        let folder = Folder(dir);
        let head = self.head()?;
        let (certified, certificate) = self.newest_certified(head.height)?.ok_or(SnapshotError::NothingCertified)?;
        let header = self.header(certified)?;
        let missing = |column| StoreError::Missing { column, height: header.executed };
        let at = self.commitments(header.executed)?.ok_or(missing(EXECUTED.name))?;
        let parts = self.write_state(&folder, &at)?;
        let pruned = self.horizon().min(header.executed);
        let (blocks_files, txs) = self.write_blocks(&folder, header.executed)?;
        self.write_validators(&folder, header.executed)?;
        let (nonces_files, nonces) = self.write_nonces(&folder, header.executed)?;
        let headers =
            (header.executed..=certified).map(|height| self.bytes_of(height)).collect::<Result<_, StoreError>>()?;
        let steps = self.steps(0, STEPS_MAX)?.into_iter();
        let is_before = |step: &Step| Header::decode(&step.header).is_ok_and(|step| step.height < certified);
        let manifest = Manifest {
            chain: self.chain()?,
            headers,
            certificate,
            steps: steps.filter(is_before).collect(),
            parts,
            version: at.version,
            pruned,
            blocks_files,
            nonces_files,
            nonces,
            txs,
        };
        folder.write("manifest", &manifest.to_bytes())?;
        Ok(Promise { state: self.header(header.executed)?, certified: header, manifest })
    }

    fn newest_certified(&self, head: Height) -> Result<Option<(Height, Vec<u8>)>, StoreError> {
        for height in (1..=head).rev().take(HEADERS_MAX / 2) {
            let Some(certificate) = self.certificate(height)? else { continue };
            let executed = self.header(height)?.executed;
            let at = self.commitments(executed)?;
            if at.is_some_and(|at| self.is_provable(&at))
                && usize::try_from(height - executed).is_ok_and(|far| far < HEADERS_MAX)
            {
                return Ok(Some((height, certificate)));
            }
        }
        Ok(None)
    }

    fn bytes_of(&self, height: Height) -> Result<Vec<u8>, StoreError> {
        self.header_bytes(height)?.ok_or(StoreError::Missing { column: BLOCKS.name, height })
    }

    fn header(&self, height: Height) -> Result<Header, StoreError> {
        let damaged = |source| StoreError::Damaged { column: BLOCKS.name, source };
        Header::decode(&self.bytes_of(height)?).map_err(damaged)
    }

    fn write_state(&self, folder: &Folder<'_>, at: &Commitments) -> Result<Vec<Subtree>, SnapshotError> {
        let mut parts = vec![Subtree::Empty; PARTS];
        let (mut part, mut count, mut bytes, mut leaves) = (0, 0u32, Vec::new(), Vec::new());
        let end = |part: usize, count: u32, bytes: &[u8], leaves: &[Leaf]| {
            folder.write(&part_name(part), &[&count.to_bytes(), bytes].concat())?;
            Ok::<_, SnapshotError>(Subtree::of_leaves(leaves, 8))
        };
        let mut put = |key: Hash, row: &Row| {
            let own = usize::from(key.0[0]);
            while part < own {
                parts[part] = end(part, count, &bytes, &leaves)?;
                (part, count, bytes, leaves) = (part + 1, 0, Vec::new(), Vec::new());
            }
            let damaged = |source| StoreError::Damaged { column: super::super::columns::OBJECTS.name, source };
            let object = row.parse().map_err(damaged)?;
            let events = self.events(&object.id, object.state.history.count)?;
            ObjectEntry { id: object.id, state: object.state, events }.write(&mut bytes);
            count += 1;
            leaves.push(Leaf { key, value: value_hash(row.value()) });
            Ok::<_, SnapshotError>(())
        };
        self.window.each_object(&self.db, at.version, &mut put)?;
        while part < PARTS {
            parts[part] = end(part, count, &bytes, &leaves)?;
            (part, count, bytes, leaves) = (part + 1, 0, Vec::new(), Vec::new());
        }
        Ok(parts)
    }

    fn write_blocks(&self, folder: &Folder<'_>, last: Height) -> Result<(u32, Hash), SnapshotError> {
        let (mut cut, mut pruned) = (Cut::new(folder, "blocks"), Digest::default());
        for height in 0..=last {
            let missing = |column| StoreError::Missing { column, height };
            let (header, outcomes, content) = match self.pruned(height)? {
                Some(PrunedRow { header, outcomes, ids, nonces }) => {
                    ids.iter().for_each(|id| pruned.add(&id.0));
                    (header, outcomes, Content::Pruned { ids, nonces })
                }
                None => {
                    let row = self.block(height)?.ok_or(missing(BLOCKS.name))?;
                    (row.header, row.outcomes, Content::Whole(row.body))
                }
            };
            let certificate = self.certificate(height)?;
            let after = self.commitments(height)?.ok_or(missing(EXECUTED.name))?;
            cut.put(&BlockEntry { header, content, outcomes, certificate, after })?;
        }
        cut.end()?;
        Ok((cut.files, pruned.end()))
    }

    fn write_validators(&self, folder: &Folder<'_>, last: Height) -> Result<(), SnapshotError> {
        let mut rows: Vec<(Height, ObjectState)> = Vec::new();
        self.each(VALIDATORS.name, |key, value| {
            let damaged = |source| StoreError::Damaged { column: VALIDATORS.name, source };
            let height = Height::parse(key, 8, VALIDATORS.name).map_err(damaged)?;
            if height <= last {
                rows.push((height, VALIDATORS.parse(value)?));
            }
            Ok(())
        })?;
        let mut cut = Cut::new(folder, "validators");
        rows.iter().try_for_each(|row| cut.put(row))?;
        cut.end()
    }

    fn write_nonces(&self, folder: &Folder<'_>, last: Height) -> Result<(u32, Hash), SnapshotError> {
        let mut cut = Cut::new(folder, "nonces");
        let mut digest = Digest::default();
        self.each(NONCES.name, |key, value| {
            let damaged = |source| StoreError::Damaged { column: NONCES.name, source };
            let (key, nonce) = <(PublicKey, u64)>::parse(key, 40, NONCES.name).map_err(damaged)?;
            let tx = NONCES.parse(value)?;
            // A transaction that came after the snapshot's block used its nonce after it, too.
            if self.tx(&tx)?.is_some_and(|row| row.height <= last) {
                let row = ((key, nonce), tx);
                digest.add(&row.to_bytes());
                cut.put(&row)?;
            }
            Ok(())
        })?;
        cut.end()?;
        Ok((cut.files, digest.end()))
    }

    fn each(
        &self,
        column: &'static str,
        mut row: impl FnMut(&[u8], &[u8]) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        for found in self.db.iterator_cf_opt(family(&self.db, column)?, options, IteratorMode::Start) {
            let (key, value) = found.map_err(|source| StoreError::Read { column, source })?;
            row(&key, &value)?;
        }
        Ok(())
    }
}
