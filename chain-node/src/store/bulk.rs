//! Writing a whole state at once: rows in the order of their keys go straight into table files, which the store then takes in
//! as they are. No log, no memory table, no compaction; a crash leaves files that nobody looks at.

use super::columns::{EVENTS, OBJECTS, PAGES, Row, family};
use super::tree::{self, Leaf, Subtree};
use super::{StoreError, options};
use rocksdb::{DB, IngestExternalFileOptions, Options, SstFileWriter};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracelight_domain::ids::Hash;
use tracelight_domain::state::Event;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::value_hash;

/// Bytes after which a table file ends.
const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// An object and its whole history.
pub(super) struct BulkObject {
    pub key: Hash,
    pub row: Row,
    pub events: Vec<Event>,
}

/// What was written.
pub(super) struct Written {
    pub root: Hash,
    pub events: u64,
}

/// Writes `objects`, in ascending order of their keys, into a store without objects. `scratch` is a folder on the same disk;
/// it is made, and emptied again.
pub(super) fn write(
    db: &DB,
    scratch: &Path,
    objects: impl Iterator<Item = Result<BulkObject, StoreError>>,
) -> Result<Written, StoreError> {
    std::fs::create_dir_all(scratch).map_err(|source| StoreError::Folder { path: scratch.to_owned(), source })?;
    let options = options::table_file();
    let mut rows = Files::new(&options, scratch, "objects");
    let mut histories = Files::new(&options, scratch, "events");
    // Pages come sorted within each depth, and rows of one depth stand together.
    let mut pages: BTreeMap<usize, Files<'_>> = BTreeMap::new();
    let mut events = 0;
    let leaves = objects.map(|object| {
        let BulkObject { key, row, events: own } = object?;
        rows.put(&key.0, row.bytes())?;
        for (seq, event) in (0u32..).zip(&own) {
            histories.put(&(key, seq).to_bytes(), &event.to_bytes())?;
            events += 1;
        }
        Ok(Leaf { key, value: value_hash(row.value()) })
    });
    let subtree = tree::build::build(leaves, |path, page| {
        let depth = path.depth();
        let files = pages.entry(depth).or_insert_with(|| Files::new(&options, scratch, &format!("pages{depth}")));
        files.put(path.row().as_ref(), &page.encode(path))
    })?;
    rows.take_in(db, OBJECTS.name)?;
    histories.take_in(db, EVENTS.name)?;
    pages.into_values().try_for_each(|files| files.take_in(db, PAGES))?;
    std::fs::remove_dir_all(scratch).map_err(|source| StoreError::Folder { path: scratch.to_owned(), source })?;
    Ok(Written { root: Subtree::hash(subtree), events })
}

/// Table files of one kind, one after the other.
pub(super) struct Files<'a> {
    options: &'a Options,
    folder: PathBuf,
    name: String,
    open: Option<SstFileWriter<'a>>,
    done: Vec<PathBuf>,
}

impl<'a> Files<'a> {
    pub fn new(options: &'a Options, folder: &Path, name: &str) -> Self {
        Self { options, folder: folder.to_owned(), name: name.to_owned(), open: None, done: Vec::new() }
    }

    /// Adds a row; keys come in ascending order.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let failed = |source| StoreError::TableFile { source };
        let writer = match &mut self.open {
            Some(writer) => writer,
            empty @ None => {
                let path = self.folder.join(format!("{}-{}.sst", self.name, self.done.len()));
                let writer = SstFileWriter::create(self.options);
                writer.open(&path).map_err(failed)?;
                self.done.push(path);
                empty.insert(writer)
            }
        };
        writer.put(key, value).map_err(failed)?;
        if writer.file_size() >= FILE_BYTES {
            writer.finish().map_err(failed)?;
            self.open = None;
        }
        Ok(())
    }

    /// Gives the files to a column of the store.
    pub fn take_in(mut self, db: &DB, column: &'static str) -> Result<(), StoreError> {
        let failed = |source| StoreError::TableFile { source };
        if let Some(mut writer) = self.open.take() {
            writer.finish().map_err(failed)?;
        }
        if self.done.is_empty() {
            return Ok(());
        }
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        db.ingest_external_file_cf_opts(family(db, column)?, &options, self.done).map_err(failed)
    }
}
