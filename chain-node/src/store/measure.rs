//! The inner side of `cargo xtask bench state` and `bench restart`: fills a store, and measures what writing to it costs.
//!
//! Not for production: [`load`] makes a chain whose genesis state holds objects that nobody registered.
//!
//! [`serve`] reads commands from its input, one a line, and answers each with one line of JSON: CPU is that of all threads of
//! this process since the answer before, so compaction is counted wherever it happens.
//!
//! Before the first answer every file is read once. Filling goes past the system's memory, and a node that writes blocks has
//! its pages there as far as there is room.
//!
//! | command | does |
//! |---|---|
//! | `blocks N` | commits N durable blocks of 5,000 writes: 80 % to existing objects, 20 % new |
//! | `settle` | flushes, and waits until no compaction is left |
//! | `proofs N` | makes and checks N proofs of objects that exist, and N of such that do not |

use super::bulk::{self, BulkObject};
use super::columns::{OBJECTS, PAGES, Row, family};
use super::{FinalBlock, Room, Store, StoreError, options, write_synced};
use crate::ledger::BlockEffects;
use rocksdb::{ColumnFamilyDescriptor, DB, Options, WaitForCompactOptions, WriteBatch};
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;
use tracelight_domain::gs1::{Gln, Sscc};
use tracelight_domain::ids::{Hash, TxId};
use tracelight_domain::state::{Event, EventKind, History, Level, LogisticStatus, ObjectId, ObjectState, StateBody};
use tracelight_proof::block::{Header, body_digest, encode_body};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;
use tracelight_proof::history;
use tracelight_proof::state_proof::{state_key, verify};

/// Writes of one block.
const BLOCK_KEYS: u64 = 5_000;
/// Of which new objects, one in this many.
const NEW_ONE_IN: u64 = 5;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The node's store: blocks, objects, tree.
    Store,
    /// The same rows of the same objects in rocksdb and nothing else.
    RowsAlone,
}

/// Makes a store whose genesis state holds `count` objects besides the members, each with one event. All who load the same
/// count under the same genesis have the same block 0.
///
/// # Errors
/// [`StoreError`] of the disk.
pub fn load(path: &Path, genesis: &Genesis, count: u64) -> Result<(), StoreError> {
    let db = DB::open_cf_descriptors(&options::database(Room::SERVER), path, options::columns(Room::SERVER));
    let db = db.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
    let mut keys: Vec<(Hash, u64)> = (0..count).map(|number| (state_key(&id(number)), number)).collect();
    let members = genesis.objects();
    keys.extend((count..).zip(&members).map(|(number, (id, _))| (state_key(id), number)));
    keys.sort_unstable();
    let object = |(key, number): (Hash, u64)| {
        let member = number.checked_sub(count).and_then(|index| members.get(usize::try_from(index).ok()?));
        match member {
            Some((id, state)) => BulkObject { key, row: Row::new(id, state), events: Vec::new() },
            None => {
                let event = event(number);
                let state = state(number, 0, history::extend(History::EMPTY, &event));
                BulkObject { key, row: Row::new(&id(number), &state), events: vec![event] }
            }
        }
    };
    let written = bulk::write(&db, &path.with_extension("loading"), keys.into_iter().map(|key| Ok(object(key))))?;
    Store::write_first(&db, WriteBatch::default(), genesis, (written.root, written.events))
}

fn id(number: u64) -> ObjectId {
    // Nine digits are free behind this prefix.
    ObjectId::Logistic(Sscc::build(3, "6901234", number % 1_000_000_000).expect("nine digits behind seven are an SSCC"))
}

fn member() -> Gln {
    Gln::build("6901234", 1).expect("a prefix of seven digits and a small number are a GLN")
}

fn event(number: u64) -> Event {
    let mut tx = [0; 32];
    tx.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    let (kind, actor) = (EventKind::Packed, member());
    Event { kind, height: 0, time_ms: number, actor, peer: None, container: None, withdraws: None, tx: TxId(tx) }
}

/// An object's state of some 110 bytes, another one for each revision.
fn state(number: u64, revision: u64, history: History) -> ObjectState {
    let mut content_root = [0x5a; 32];
    content_root.iter_mut().zip(revision.to_be_bytes()).for_each(|(to, from)| *to = from);
    let body = StateBody::Logistic {
        status: LogisticStatus::InStock,
        custodian: member(),
        parent: None,
        content_root: Hash(content_root),
        content_count: u32::try_from(number % 100).unwrap_or_default(),
        level: Level::Case,
    };
    ObjectState { history, body }
}

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

enum Subject {
    Store(Box<Store>),
    Rows(DB),
}

struct Bench {
    subject: Subject,
    /// Objects so far.
    count: u64,
    revision: u64,
    numbers: Numbers,
}

/// Fills a new folder with `count` objects and follows the commands of `input`.
///
/// # Errors
/// Of the disk, or when a proof does not hold.
pub fn serve(
    path: &Path,
    genesis: &Genesis,
    (what, count): (What, u64),
    input: impl BufRead,
    mut output: impl Write,
) -> anyhow::Result<()> {
    let begin = Instant::now();
    let subject = match what {
        What::Store => {
            load(path, genesis, count)?;
            Subject::Store(Box::new(Store::open(path, genesis)?))
        }
        What::RowsAlone => Subject::Rows(load_rows(path, count)?),
    };
    read_once(path)?;
    let mut bench = Bench { subject, count, revision: 0, numbers: Numbers(7) };
    let mut cpu = cpu_s()?;
    let ready = json!({"load_s": begin.elapsed().as_secs_f64(), "load_cpu_s": cpu, "disk": bench.disk()?});
    writeln!(output, "{ready}")?;
    for line in input.lines() {
        let line = line?;
        let (command, number) = line.split_once(' ').unwrap_or((&line, "0"));
        let number: u64 = number.parse()?;
        let mut answer = match command {
            "blocks" => bench.blocks(number)?,
            "settle" => bench.settle()?,
            "proofs" => bench.proofs(number)?,
            other => anyhow::bail!("`{other}` is no command"),
        };
        let now = cpu_s()?;
        answer["cpu_s"] = json!(now - cpu);
        cpu = now;
        writeln!(output, "{answer}")?;
    }
    Ok(())
}

fn read_once(path: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        std::io::copy(&mut std::fs::File::open(entry?.path())?, &mut std::io::sink())?;
    }
    Ok(())
}

fn load_rows(path: &Path, count: u64) -> Result<DB, StoreError> {
    let columns =
        options::columns(Room::SERVER).into_iter().filter(|column| [OBJECTS.name, "default"].contains(&column.name()));
    let db = DB::open_cf_descriptors(
        &options::database(Room::SERVER),
        path,
        columns.collect::<Vec<ColumnFamilyDescriptor>>(),
    );
    let db = db.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
    let mut keys: Vec<(Hash, u64)> = (0..count).map(|number| (state_key(&id(number)), number)).collect();
    keys.sort_unstable();
    let scratch = path.with_extension("loading");
    std::fs::create_dir_all(&scratch).map_err(|source| StoreError::Folder { path: scratch.clone(), source })?;
    let table: Options = options::table_file();
    let mut files = bulk::Files::new(&table, &scratch, "rows");
    for (key, number) in keys {
        let state = state(number, 0, history::extend(History::EMPTY, &event(number)));
        files.put(&key.0, Row::new(&id(number), &state).bytes())?;
    }
    files.take_in(&db, OBJECTS.name)?;
    Ok(db)
}

impl Bench {
    fn blocks(&mut self, count: u64) -> anyhow::Result<Value> {
        let mut waits_ms: Vec<f64> = Vec::new();
        let mut keys = 0;
        for _ in 0..count {
            let objects = self.next_objects();
            keys += objects.len();
            let begin = Instant::now();
            match &self.subject {
                Subject::Store(store) => commit(store, objects)?,
                Subject::Rows(db) => {
                    let mut batch = WriteBatch::default();
                    let column = family(db, OBJECTS.name)?;
                    for (id, state) in &objects {
                        batch.put_cf(column, state_key(id).0, Row::new(id, state).bytes());
                    }
                    write_synced(db, batch)?;
                }
            }
            waits_ms.push(begin.elapsed().as_secs_f64() * 1000.0);
        }
        waits_ms.sort_by(f64::total_cmp);
        let middle = waits_ms.get(waits_ms.len() / 2).copied().unwrap_or_default();
        Ok(json!({"keys": keys, "commit_ms_p50": middle, "commit_ms_max": waits_ms.last()}))
    }

    fn next_objects(&mut self) -> Vec<(ObjectId, ObjectState)> {
        self.revision += 1;
        let mut numbers: Vec<u64> =
            (0..BLOCK_KEYS - BLOCK_KEYS / NEW_ONE_IN).map(|_| self.numbers.next() % self.count).collect();
        numbers.extend(self.count..self.count + BLOCK_KEYS / NEW_ONE_IN);
        self.count += BLOCK_KEYS / NEW_ONE_IN;
        numbers.sort_unstable();
        numbers.dedup();
        let revision = self.revision;
        let write = |number| (id(number), state(number, revision, History { count: 1, head: Hash([7; 32]) }));
        numbers.into_iter().map(write).collect()
    }

    fn settle(&self) -> anyhow::Result<Value> {
        let db = self.db();
        for column in [OBJECTS.name, PAGES] {
            if let Some(column) = db.cf_handle(column) {
                db.flush_cf(column)?;
            }
        }
        db.wait_for_compact(&WaitForCompactOptions::default())?;
        Ok(json!({"objects": self.count, "disk": self.disk()?}))
    }

    fn db(&self) -> &DB {
        match &self.subject {
            Subject::Store(store) => &store.db,
            Subject::Rows(db) => db,
        }
    }

    /// Bytes of table files, by column.
    fn disk(&self) -> anyhow::Result<Value> {
        let db = self.db();
        let mut sizes = serde_json::Map::new();
        for name in [OBJECTS.name, PAGES] {
            if let Some(column) = db.cf_handle(name) {
                sizes.insert(name.to_owned(), json!(db.property_int_value_cf(column, "rocksdb.live-sst-files-size")?));
            }
        }
        Ok(Value::Object(sizes))
    }

    fn proofs(&mut self, count: u64) -> anyhow::Result<Value> {
        let Subject::Store(store) = &self.subject else { anyhow::bail!("rows alone prove nothing") };
        let at = store.head()?.commitments;
        let mut kinds = Vec::new();
        for is_present in [true, false] {
            let (mut bytes, mut micros) = (Vec::new(), Vec::new());
            for _ in 0..count {
                let number = self.numbers.next() % self.count;
                let id = id(if is_present { number } else { 500_000_000 + number });
                let begin = Instant::now();
                let proof = store.prove(&at, &id)?;
                micros.push(begin.elapsed().as_micros());
                anyhow::ensure!(
                    verify(&proof, &at.state_root, &id)?.is_some() == is_present,
                    "a proof says the contrary"
                );
                bytes.push(proof.to_bytes().len());
            }
            bytes.sort_unstable();
            micros.sort_unstable();
            let middle = bytes.len() / 2;
            kinds.push(
                json!({"bytes_p50": bytes.get(middle), "bytes_max": bytes.last(), "make_us_p50": micros.get(middle)}),
            );
        }
        let absent = kinds.pop();
        Ok(json!({"present": kinds.pop(), "absent": absent}))
    }
}

/// Commits a block without transactions that writes these objects.
fn commit(store: &Store, objects: Vec<(ObjectId, ObjectState)>) -> Result<(), StoreError> {
    let before = store.head()?;
    let missing = StoreError::Missing { column: "blocks", height: before.height };
    let parent = store.block(before.height)?.ok_or(missing)?;
    let damaged = |source| StoreError::Damaged { column: "blocks", source };
    let body = encode_body::<&[u8]>(&[]);
    let header = Header {
        height: before.height + 1,
        parent: before.block,
        body: body_digest(&body),
        time_ms: before.time_ms + 1,
        executed: before.height,
        state_root: before.commitments.state_root,
        ..Header::decode(&parent.header).map_err(damaged)?
    };
    let effects = BlockEffects { objects: objects.into_iter().collect(), ..BlockEffects::default() };
    let header_bytes = header.encode();
    store.commit(
        FinalBlock { header: &header, header_bytes: &header_bytes, body: &body, certificate: None },
        &effects,
    )?;
    Ok(())
}

/// CPU seconds of all threads of this process since its start, user and system, in steps of 10 ms.
fn cpu_s() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The second field is the program's name in parentheses, which may hold anything.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> = after_name.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    anyhow::ensure!(ticks.len() == 2, "/proc/self/stat has no times");
    // Linux counts in hundredths for every program, whatever its own clock does.
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
