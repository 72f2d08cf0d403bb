//! How rocksdb is set up, and what that bounds.
//!
//! | bound | value ([`Room::SERVER`]) | why |
//! |---|---|---|
//! | block cache | 64 MiB | shared by all columns |
//! | open files | 256 | |
//! | log | 192 MiB | what a start reads again after a crash: about a second |
//! | memory tables | 2 of 32 MiB for `objects` and `tree_pages`, 2 of 8 MiB for each other column | |
//!
//! Every block of a file and every record of the log carries a checksum that is compared when it is read. Reading the log ends
//! at the first record that is half (what a crash leaves; it was never acknowledged) or damaged: the store then opens at the
//! block before it, whole, and the engine gives the lost blocks again from its own storage (`tracelight_consensus`).
//! Whoever only reads (doctor, backup) takes half a record for the end, and damage for damage.

use super::columns::{BLOCKS, NAMES, OBJECTS, PAGES, WRITES};
use rocksdb::{BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBRecoveryMode, LogLevel, Options};

/// Files that rocksdb may hold open.
const OPEN_FILES_MAX: i32 = 256;

/// How much memory and log a store may take, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// The block cache, shared by all columns.
    pub cache: usize,
    /// Log that a start may have to read again. What is taken of the disk ahead of the log is no longer than this.
    pub log: u64,
    /// One memory table of a column that grows fast.
    pub large_table: usize,
    /// One memory table of another column.
    pub small_table: usize,
    /// What is taken of the disk at once for the list of files.
    pub manifest: usize,
    /// Threads that open table files when the store opens; each column starts its own.
    pub opening_threads: i32,
    /// Whether rocksdb writes down what it does (`LOG`), besides what goes wrong.
    pub diary: bool,
}

const MIB: usize = 1024 * 1024;

impl Room {
    /// Of a node.
    pub const SERVER: Self = Self {
        cache: 64 * MIB,
        log: 192 * 1024 * 1024,
        large_table: 32 * MIB,
        small_table: 8 * MIB,
        manifest: 4 * MIB,
        opening_threads: 16,
        diary: true,
    };
    /// Of one among many nodes of a simulation, whose tables leave memory while it runs. It is opened every few seconds, with
    /// few files: 16 threads a column were 2,000 a run.
    pub const SMALL: Self = Self {
        cache: MIB,
        log: 512 * 1024,
        large_table: MIB,
        small_table: MIB / 4,
        manifest: MIB / 16,
        opening_threads: 1,
        diary: false,
    };
}

pub(super) fn database(room: Room) -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_max_total_wal_size(room.log);
    options.set_manifest_preallocation_size(room.manifest);
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_paranoid_checks(true);
    options.set_max_file_opening_threads(room.opening_threads);
    if !room.diary {
        options.set_log_level(LogLevel::Error);
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
    }
    options
}

/// A store that must be there.
pub(super) fn existing() -> Options {
    let mut options = database(Room::SERVER);
    options.create_if_missing(false);
    options
}

/// Every file is open from the start: a running node may remove it from the folder, not from us. Damage in the log is refused.
pub(super) fn read_only() -> Options {
    let mut options = read_only_up_to_damage();
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options
}

/// The same, but the log is read only up to damage, as a start does.
pub(super) fn read_only_up_to_damage() -> Options {
    let mut options = database(Room::SERVER);
    options.set_max_open_files(-1);
    options
}

pub(super) fn columns(room: Room) -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(room.cache);
    let all = NAMES.iter().chain(&["default"]);
    all.map(|name| ColumnFamilyDescriptor::new(*name, column(name, &cache, room))).collect()
}

/// For table files that are written outside of the database.
pub(super) fn table_file() -> Options {
    let mut options = Options::default();
    options.set_block_based_table_factory(&table());
    options
}

fn table() -> BlockBasedOptions {
    let mut table = BlockBasedOptions::default();
    table.set_bloom_filter(10.0, false);
    table
}

fn column(name: &str, cache: &Cache, room: Room) -> Options {
    let mut table = table();
    table.set_block_cache(cache);
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    let is_large = [OBJECTS.name, PAGES, WRITES, BLOCKS.name].contains(&name);
    options.set_write_buffer_size(if is_large { room.large_table } else { room.small_table });
    options
}
