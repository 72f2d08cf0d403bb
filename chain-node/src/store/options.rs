//! How rocksdb is set up, and what that bounds.
//!
//! | bound | value | why |
//! |---|---|---|
//! | block cache | 64 MiB | shared by all columns |
//! | open files | 256 | |
//! | log | 192 MiB | what a start reads again after a crash: about a second |
//! | memory tables | 2 of 32 MiB for `objects` and `tree_pages`, 2 of 8 MiB for each other column | |
//!
//! Every block of a file and every record of the log carries a checksum that is compared when it is read. A log that ends in
//! half a record is what a crash leaves, and that record was never acknowledged; damage anywhere else in it refuses to open.

use super::columns::{BLOCKS, NAMES, OBJECTS, PAGES, WRITES};
use rocksdb::{BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBRecoveryMode, Options};

/// Bytes of rocksdb's block cache, shared by all columns.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Files that rocksdb may hold open.
const OPEN_FILES_MAX: i32 = 256;
/// Bytes of log that a start may have to read again.
const LOG_BYTES_MAX: u64 = 192 * 1024 * 1024;
/// Bytes of one memory table of a column that grows fast.
const LARGE_TABLE_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of one memory table of another column.
const SMALL_TABLE_BYTES: usize = 8 * 1024 * 1024;

pub(super) fn database() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_max_total_wal_size(LOG_BYTES_MAX);
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_paranoid_checks(true);
    options
}

/// A store that must be there.
pub(super) fn existing() -> Options {
    let mut options = database();
    options.create_if_missing(false);
    options
}

/// Every file is open from the start: a running node may remove it from the folder, not from us.
pub(super) fn read_only() -> Options {
    let mut options = database();
    options.set_max_open_files(-1);
    options
}

pub(super) fn columns() -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(CACHE_BYTES);
    NAMES.iter().chain(&["default"]).map(|name| ColumnFamilyDescriptor::new(*name, column(name, &cache))).collect()
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

fn column(name: &str, cache: &Cache) -> Options {
    let mut table = table();
    table.set_block_cache(cache);
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    let is_large = [OBJECTS.name, PAGES, WRITES, BLOCKS.name].contains(&name);
    options.set_write_buffer_size(if is_large { LARGE_TABLE_BYTES } else { SMALL_TABLE_BYTES });
    options
}
