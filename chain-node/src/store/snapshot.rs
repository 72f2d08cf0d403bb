//! The state after one certified block, with the chain before it, as files that nobody has to be trusted for.
//!
//! ```text
//! manifest        version u8 | chain 32 | headers of blocks E to C | certificate of C | steps up to C | 256 subtrees
//!                 | state version u64 | blocks files u32 | nonces files u32 | BLAKE3 of the nonces 32
//! state-00 … -ff  count u32 | (object row, events u32, event*)*            objects whose key begins with that byte, by key
//! blocks-N        count u32 | (header, body, outcomes, option certificate, commitments)*         from block 0 to E
//! validators-0    count u32 | (height, state of the `Validators` object)*
//! nonces-N        count u32 | (key, nonce, transaction id)*
//! ```
//! E is what header C speaks of. Reading begins with the manifest: the steps lead from the genesis to the validators of C,
//! they certified C, C's parents lead to E, and the 256 subtrees have C's state root. Then each state file has to have its
//! subtree, and the history of each object its events; each block follows the one before, up to E, and its outcomes those of
//! C. All this happens before a row reaches the new store, which is checked as a whole once more at the end
//! ([`super::check`]) and only then takes its place.
//!
//! One thing is not signed by anybody: the nonces of refused transactions. Each row must name a transaction of the chain, and
//! none of an applied one may lack; a snapshot that leaves others out makes a node that stops (with a state that differs) when
//! such a nonce comes again. `snapshot inspect` prints the digest of all nonces, to be compared with another member's.

use super::bulk::{self, BulkObject};
use super::columns::{
    BLOCKS, Blob, BlockRow, CERTIFICATES, Commitments, EXECUTED, FORMAT, Head, LOG_NODES, META, Meta, NONCES,
    OBJECT_ROW_BYTES_MAX, Row, STEPS, TXS, TxRow, VALIDATORS, family,
};
use super::tree::Subtree;
use super::validators::StepRow;
use super::{Report, Store, StoreError, check, options, write_synced};
use crate::ledger::APPLIED;
use rocksdb::{DB, IteratorMode, ReadOptions, WriteBatch};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey, TxId};
use tracelight_domain::state::{Event, History, ObjectState};
use tracelight_proof::block::{
    BODY_BYTES_MAX, HEADER_BYTES, Header, TXS_PER_BLOCK_MAX, block_id, body_digest, next_outcomes, split_body,
};
use tracelight_proof::certificate::{CERTIFICATE_BYTES_MAX, Certificate, ValidatorSet};
use tracelight_proof::codec::{Canonical, DecodeError, Reader, write_blob, write_list};
use tracelight_proof::genesis::{Genesis, consensus_namespace, validators_hash};
use tracelight_proof::log::Frontier;
use tracelight_proof::state_proof::{state_key, value_hash};
use tracelight_proof::{history, signed};

const VERSION: u8 = 1;
/// State files: one for each first byte of a key.
const PARTS: usize = 256;
/// Headers from E to C. A certified header speaks of a block a few back.
const HEADERS_MAX: usize = 1_024;
/// Steps of one manifest.
const STEPS_MAX: usize = 65_535;
/// Bytes of one file. At ten million objects a state file has 10 MB.
pub const FILE_BYTES_MAX: u64 = 1 << 30;
/// Bytes after which a file of blocks or nonces ends.
const FILE_BYTES: usize = 32 * 1024 * 1024;
/// Files of blocks, or of nonces.
const FILES_MAX: u32 = 100_000;
const EVENT_BYTES_MAX: usize = 1_024;

/// Why a snapshot cannot be made or taken.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file is not what this program writes.
    #[error("`{path}` is no file of a snapshot: {source}; get the snapshot again, from another member if need be")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: DecodeError,
    },
    /// A file is longer than any may be.
    #[error("`{path}` has {bytes} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// The snapshot says something that its chain does not.
    #[error("`{path}` is refused: {what}; nothing was changed. Get the snapshot from another member")]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No certified header is at hand whose state can still be written.
    #[error("no certified header speaks of a state that this store still holds; run the node until the chain moves")]
    NothingCertified,
}

/// What a manifest says, checked against the genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The alliance.
    pub chain: ChainId,
    /// Header bytes of blocks E to C.
    headers: Vec<Vec<u8>>,
    certificate: Vec<u8>,
    steps: Vec<StepRow>,
    parts: Vec<Subtree>,
    version: u64,
    blocks_files: u32,
    nonces_files: u32,
    /// BLAKE3 over the rows of all nonces.
    pub nonces: Hash,
}

impl Canonical for Manifest {
    fn write(&self, out: &mut Vec<u8>) {
        VERSION.write(out);
        self.chain.write(out);
        u32::try_from(self.headers.len()).unwrap_or(u32::MAX).write(out);
        self.headers.iter().for_each(|header| write_blob(header, out));
        write_blob(&self.certificate, out);
        write_list(&self.steps, out);
        for part in &self.parts {
            match part {
                Subtree::Empty => 0u8.write(out),
                Subtree::Single(_) => 1u8.write(out),
                Subtree::Many(_) => 2u8.write(out),
            }
            part.hash().write(out);
        }
        self.version.write(out);
        self.blocks_files.write(out);
        self.nonces_files.write(out);
        self.nonces.write(out);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(r)? != VERSION {
            return Err(r.invalid("snapshot version", 1));
        }
        let chain = ChainId::read(r)?;
        let count = usize::try_from(u32::read(r)?).unwrap_or(usize::MAX);
        if count == 0 || count > HEADERS_MAX {
            return Err(r.invalid("headers", 4));
        }
        let headers =
            (0..count).map(|_| r.blob(HEADER_BYTES, "header").map(<[u8]>::to_vec)).collect::<Result<_, _>>()?;
        let certificate = r.blob(CERTIFICATE_BYTES_MAX, "certificate")?.to_vec();
        let steps = r.list(STEPS_MAX, "steps")?;
        let part = |r: &mut Reader<'_>| match (u8::read(r)?, Hash::read(r)?) {
            (0, Hash::ZERO) => Ok(Subtree::Empty),
            (1, hash) => Ok(Subtree::Single(hash)),
            (2, hash) => Ok(Subtree::Many(hash)),
            _ => Err(r.invalid("subtree", 33)),
        };
        let parts = (0..PARTS).map(|_| part(r)).collect::<Result<_, _>>()?;
        let version = u64::read(r)?;
        let (blocks_files, nonces_files) = (u32::read(r)?, u32::read(r)?);
        if blocks_files > FILES_MAX || nonces_files > FILES_MAX {
            return Err(r.invalid("files", 8));
        }
        Ok(Self {
            chain,
            headers,
            certificate,
            steps,
            parts,
            version,
            blocks_files,
            nonces_files,
            nonces: Hash::read(r)?,
        })
    }
}

/// What a sound manifest promises.
pub struct Promise {
    /// The manifest.
    pub manifest: Manifest,
    /// Header of block E, after which the state is.
    pub state: Header,
    /// Header C, which says so.
    pub certified: Header,
}

impl Manifest {
    /// Checks everything that the manifest alone can show.
    fn check(self, genesis: &Genesis) -> Result<Promise, String> {
        if self.chain != genesis.chain_id() {
            return Err(format!("it is of chain {}, the genesis is of {}", self.chain, genesis.chain_id()));
        }
        let headers = self.headers.iter().map(|bytes| Header::decode(bytes)).collect::<Result<Vec<_>, _>>();
        let headers = headers.map_err(|error| error.to_string())?;
        let (Some(state), Some(certified)) = (headers.first().cloned(), headers.last().cloned()) else {
            return Err("it has no headers".to_owned());
        };
        let mut set = genesis.validators().map_err(|error| error.to_string())?;
        let namespace = consensus_namespace(self.chain);
        let verify = |set: &ValidatorSet, header: &[u8], certificate: &[u8]| {
            let parsed = Certificate::parse(certificate, set);
            parsed.and_then(|it| it.verify(&namespace, set, &block_id(header).0)).map_err(|error| error.to_string())
        };
        for step in &self.steps {
            let header = Header::decode(&step.header).map_err(|error| error.to_string())?;
            let keys: Vec<[u8; 32]> = step.keys.iter().map(|key| key.0).collect();
            let next = ValidatorSet::new(&keys).map_err(|error| error.to_string())?;
            if header.validators != validators_hash(&set) || header.next_validators != validators_hash(&next) {
                return Err(format!("the step at block {} does not follow", header.height));
            }
            verify(&set, &step.header, &step.certificate)?;
            set = next;
        }
        if certified.chain != self.chain || certified.validators != validators_hash(&set) {
            return Err("its header is of other validators".to_owned());
        }
        verify(&set, self.headers.last().map_or(&[], Vec::as_slice), &self.certificate)?;
        let is_line = headers.iter().zip(self.headers.iter().zip(headers.iter().skip(1)));
        for (before, (bytes, after)) in is_line {
            if after.parent != block_id(bytes) || after.height != before.height + 1 {
                return Err(format!("block {} does not follow", after.height));
            }
        }
        if certified.executed != state.height {
            return Err(format!("its header speaks of block {}, not of {}", certified.executed, state.height));
        }
        let mut level = self.parts.clone();
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => Subtree::join(*left, *right),
                    _ => Subtree::Empty,
                })
                .collect();
        }
        if level.first().map(|root| root.hash()) != Some(certified.state_root) {
            return Err("its subtrees do not have the certified state root".to_owned());
        }
        Ok(Promise { manifest: self, state, certified })
    }
}

/// One object of a state file.
struct Entry {
    key: Hash,
    row: Row,
    events: Vec<Event>,
}

/// One block of a blocks file.
struct BlockEntry {
    row: BlockRow,
    certificate: Option<Blob>,
    commitments: Commitments,
}

impl Canonical for BlockEntry {
    fn write(&self, out: &mut Vec<u8>) {
        self.row.write(out);
        self.certificate.write(out);
        self.commitments.write(out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { row: Canonical::read(r)?, certificate: Canonical::read(r)?, commitments: Canonical::read(r)? })
    }
}

struct Folder<'a>(&'a Path);

impl Folder<'_> {
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SnapshotError> {
        use std::io::Write as _;
        let path = self.file(name);
        let io = |source| SnapshotError::Io { path: path.clone(), source };
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(io)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, SnapshotError> {
        let path = self.file(name);
        let io = |source| SnapshotError::Io { path: path.clone(), source };
        let bytes = std::fs::metadata(&path).map_err(io)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(SnapshotError::TooLong { path, bytes });
        }
        std::fs::read(&path).map_err(io)
    }

    fn refused(&self, name: &str, what: impl Into<String>) -> SnapshotError {
        SnapshotError::Refused { path: self.file(name), what: what.into() }
    }

    fn list<T>(
        &self,
        name: &str,
        read: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, SnapshotError> {
        let bytes = self.read(name)?;
        let parse = || {
            let mut reader = Reader::new(&bytes);
            let count = u32::read(&mut reader)?;
            // Grows as entries are found: a large count over few bytes reserves nothing.
            let mut entries = Vec::new();
            for _ in 0..count {
                entries.push(read(&mut reader)?);
            }
            reader.finish()?;
            Ok(entries)
        };
        parse().map_err(|source| SnapshotError::Format { path: self.file(name), source })
    }

    fn manifest(&self, genesis: &Genesis) -> Result<Promise, SnapshotError> {
        let bytes = self.read("manifest")?;
        let manifest = Manifest::parse(&bytes, bytes.len(), "manifest");
        let manifest = manifest.map_err(|source| SnapshotError::Format { path: self.file("manifest"), source })?;
        manifest.check(genesis).map_err(|what| self.refused("manifest", what))
    }
}

fn part_name(part: usize) -> String {
    format!("state-{part:02x}")
}

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

/// Reads what the manifest in `dir` promises, without looking at the other files.
///
/// # Errors
/// [`SnapshotError`] when it does not follow from the genesis.
pub fn inspect(dir: &Path, genesis: &Genesis) -> Result<Promise, SnapshotError> {
    Folder(dir).manifest(genesis)
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
        let blocks_files = self.write_blocks(&folder, header.executed)?;
        self.write_validators(&folder, header.executed)?;
        let (nonces_files, nonces) = self.write_nonces(&folder, header.executed)?;
        let headers = (header.executed..=certified)
            .map(|height| Ok(self.row(height)?.header))
            .collect::<Result<_, StoreError>>()?;
        let steps = self.steps(0, STEPS_MAX)?.into_iter();
        let is_before = |step: &StepRow| Header::decode(&step.header).is_ok_and(|step| step.height < certified);
        let manifest = Manifest {
            chain: self.chain()?,
            headers,
            certificate,
            steps: steps.filter(is_before).collect(),
            parts,
            version: at.version,
            blocks_files,
            nonces_files,
            nonces,
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

    fn row(&self, height: Height) -> Result<BlockRow, StoreError> {
        self.block(height)?.ok_or(StoreError::Missing { column: BLOCKS.name, height })
    }

    fn header(&self, height: Height) -> Result<Header, StoreError> {
        let damaged = |source| StoreError::Damaged { column: BLOCKS.name, source };
        Header::decode(&self.row(height)?.header).map_err(damaged)
    }

    fn write_state(&self, folder: &Folder<'_>, at: &Commitments) -> Result<Vec<Subtree>, SnapshotError> {
        let mut parts = vec![Subtree::Empty; PARTS];
        let (mut part, mut count, mut bytes, mut leaves) = (0, 0u32, Vec::new(), Vec::new());
        let end = |part: usize, count: u32, bytes: &[u8], leaves: &[super::tree::Leaf]| {
            folder.write(&part_name(part), &[&count.to_bytes(), bytes].concat())?;
            Ok::<_, SnapshotError>(Subtree::of_leaves(leaves, 8))
        };
        let mut put = |key: Hash, row: &Row| {
            let own = usize::from(key.0[0]);
            while part < own {
                parts[part] = end(part, count, &bytes, &leaves)?;
                (part, count, bytes, leaves) = (part + 1, 0, Vec::new(), Vec::new());
            }
            let damaged = |source| StoreError::Damaged { column: super::columns::OBJECTS.name, source };
            let object = row.parse().map_err(damaged)?;
            write_blob(row.bytes(), &mut bytes);
            object.state.history.count.write(&mut bytes);
            for event in self.events(&object.id, object.state.history.count)? {
                write_blob(&event.to_bytes(), &mut bytes);
            }
            count += 1;
            leaves.push(super::tree::Leaf { key, value: value_hash(row.value()) });
            Ok::<_, SnapshotError>(())
        };
        self.window.each_object(&self.db, at.version, &mut put)?;
        while part < PARTS {
            parts[part] = end(part, count, &bytes, &leaves)?;
            (part, count, bytes, leaves) = (part + 1, 0, Vec::new(), Vec::new());
        }
        Ok(parts)
    }

    fn write_blocks(&self, folder: &Folder<'_>, last: Height) -> Result<u32, SnapshotError> {
        let mut cut = Cut::new(folder, "blocks");
        for height in 0..=last {
            let commitments = self.commitments(height)?.ok_or(StoreError::Missing { column: EXECUTED.name, height })?;
            cut.put(&BlockEntry {
                row: self.row(height)?,
                certificate: self.certificate(height)?.map(Blob),
                commitments,
            })?;
        }
        cut.end()?;
        Ok(cut.files)
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

/// A hash over rows, in the order in which they come: `d' = BLAKE3(d ‖ row)`.
struct Digest(Hash);

impl Default for Digest {
    fn default() -> Self {
        Self(Hash::ZERO)
    }
}

impl Digest {
    fn add(&mut self, row: &[u8]) {
        self.0 = tracelight_proof::hash::body_hash(&[&self.0.0, row].concat());
    }

    const fn end(self) -> Hash {
        self.0
    }
}

/// Reads the snapshot in `dir` into a new store in `to`, which does not exist yet, and checks it as a whole.
///
/// # Errors
/// [`SnapshotError`] naming the first file that is refused. The folder `to` is of no use then.
pub fn load(dir: &Path, to: &Path, genesis: &Genesis) -> Result<Report, SnapshotError> {
    let folder = Folder(dir);
    let promise = folder.manifest(genesis)?;
    std::fs::create_dir_all(to).map_err(|source| SnapshotError::Io { path: to.to_owned(), source })?;
    let db = DB::open_cf_descriptors(&options::database(), to, options::columns());
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
            if let Some(Entry { key, row, events }) = entries.next() {
                return Some(Ok(BulkObject { key, row, events }));
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
fn read_part(folder: &Folder<'_>, part: usize, subtree: Subtree) -> Result<Vec<Entry>, SnapshotError> {
    let name = part_name(part);
    let entries = folder.list(&name, |r| {
        let row = Row::read_from(r.blob(OBJECT_ROW_BYTES_MAX, "object row")?)?;
        let object = row.parse()?;
        let events = u32::read(r)?;
        let event = |r: &mut Reader<'_>| Event::parse(r.blob(EVENT_BYTES_MAX, "event")?, EVENT_BYTES_MAX, "event");
        let mut read = Vec::new();
        for _ in 0..events {
            read.push(event(r)?);
        }
        let history = read.iter().fold(History::EMPTY, history::extend);
        if history != object.state.history {
            return Err(r.invalid("history", 0));
        }
        Ok(Entry { key: state_key(&object.id), row, events: read })
    })?;
    let leaves: Vec<_> =
        entries.iter().map(|it| super::tree::Leaf { key: it.key, value: value_hash(it.row.value()) }).collect();
    let in_place =
        leaves.is_sorted_by(|a, b| a.key < b.key) && leaves.iter().all(|leaf| usize::from(leaf.key.0[0]) == part);
    if in_place && Subtree::of_leaves(&leaves, 8) == subtree {
        Ok(entries)
    } else {
        Err(folder.refused(&name, "its objects are not those of the certified state"))
    }
}

fn load_blocks(folder: &Folder<'_>, db: &DB, promise: &Promise) -> Result<Head, SnapshotError> {
    let (mut before, mut outcomes, mut log, mut txs_height, mut next) =
        (Hash::ZERO, Hash::ZERO, Frontier::default(), 0, 0);
    let mut newest = None;
    let mut txs: BTreeMap<TxId, TxRow> = BTreeMap::new();
    for file in 0..promise.manifest.blocks_files {
        let name = format!("blocks-{file}");
        let refused = |height: Height, what: &str| folder.refused(&name, format!("block {height}: {what}"));
        let mut batch = WriteBatch::default();
        for BlockEntry { row, certificate, commitments } in folder.list(&name, BlockEntry::read)? {
            let height = next;
            let header = Header::decode(&row.header).map_err(|error| refused(height, &error.to_string()))?;
            let is_whole = body_digest(&row.body) == header.body
                && usize::try_from(header.txs) == Ok(row.outcomes.len())
                && row.body.len() <= BODY_BYTES_MAX
                && row.outcomes.len() <= TXS_PER_BLOCK_MAX;
            if header.height != height || header.parent != before || !is_whole {
                return Err(refused(height, "it does not follow"));
            }
            before = block_id(&row.header);
            if height > 0 {
                outcomes = next_outcomes(&outcomes, height, &row.outcomes);
            }
            for (place, root) in log.append(&before.0) {
                LOG_NODES.put(db, &mut batch, &place, &root)?;
            }
            index_txs(db, &row, height, &mut txs).map_err(|what| refused(height, &what))?;
            txs_height = if row.outcomes.is_empty() { txs_height } else { height };
            BLOCKS.put(db, &mut batch, &height, &row)?;
            EXECUTED.put(db, &mut batch, &height, &commitments)?;
            if let Some(certificate) = certificate {
                CERTIFICATES.put(db, &mut batch, &height, &certificate)?;
            }
            newest = Some((header, commitments));
            next += 1;
        }
        std::mem::take(&mut txs).iter().try_for_each(|(id, row)| TXS.put(db, &mut batch, id, row))?;
        db.write(batch).map_err(|source| StoreError::Write { height: next, message: source.to_string() })?;
    }
    let Some((header, commitments)) = newest else { return Err(folder.refused("manifest", "it has no blocks")) };
    let said = &promise.certified;
    let is_promised = before == block_id(promise.manifest.headers.first().map_or(&[], Vec::as_slice))
        && outcomes == said.outcomes
        && commitments.state_root == said.state_root
        && commitments.outcomes == said.outcomes
        && commitments.events == said.events
        && commitments.log_root == said.log_root
        && commitments.version == promise.manifest.version
        && log.root() == said.log_root;
    if !is_promised {
        return Err(folder.refused("manifest", "its blocks do not end in what its header speaks of"));
    }
    Ok(Head { height: header.height, block: before, time_ms: header.time_ms, txs_height, commitments, log })
}

/// The rows of a block's transactions: the first refusal stays, an application replaces it.
fn index_txs(db: &DB, row: &BlockRow, height: Height, txs: &mut BTreeMap<TxId, TxRow>) -> Result<(), String> {
    if row.body.is_empty() {
        return Ok(());
    }
    let bodies = split_body(&row.body).map_err(|error| error.to_string())?;
    for (index, (bytes, outcome)) in (0u32..).zip(bodies.into_iter().zip(&row.outcomes)) {
        let id = signed::tx_id(&signed::parse(bytes).map_err(|error| error.to_string())?.tx);
        let is_known = txs.contains_key(&id) || TXS.get(db, &id).map_err(|error| error.to_string())?.is_some();
        if *outcome == APPLIED || !is_known {
            txs.insert(id, TxRow { height, index, outcome: *outcome });
        }
    }
    Ok(())
}

fn load_rest(folder: &Folder<'_>, db: &DB, promise: &Promise) -> Result<(), SnapshotError> {
    let mut batch = WriteBatch::default();
    for (height, state) in folder.list("validators-0", <(Height, ObjectState)>::read)? {
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
        for row in folder.list(&format!("nonces-{file}"), <((PublicKey, u64), TxId)>::read)? {
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
