//! The measurements of `cargo xtask bench` that need nothing but nodes run to their end, at a size at which their figures mean
//! nothing, and print the keys that documents and later changes go by.

use std::time::Duration;
use tracelight_tests::xtask;

/// Longest time for one on a busy machine.
const BENCH_MAX: Duration = Duration::from_secs(300);

/// Runs a measurement; its last line has these keys with numbers above zero.
fn measures(arguments: &[&str], keys: &[&str]) {
    let report = xtask(&[&["bench"], arguments].concat(), BENCH_MAX);
    for key in keys {
        assert!(report[*key].as_f64().is_some_and(|number| number > 0.0), "`{key}` in {report}");
    }
}

#[test]
fn a_restart_is_measured() {
    measures(&["restart", "--events", "20000"], &["restart.s", "restart.open_s", "restart.max_s", "restart.events"]);
}

#[test]
fn the_store_is_measured() {
    let keys =
        ["state.us_per_key", "state.rocksdb_us_per_key", "state.proof_bytes_present", "state.proof_bytes_absent"];
    measures(&["state", "--keys", "20000", "--pairs", "5", "--blocks", "1"], &keys);
}

#[test]
fn the_graph_and_the_recall_are_measured() {
    let keys =
        ["trace.units", "trace.recall_p95_ms", "trace.graph_10k_ms", "trace.rows", "trace.db_mb", "trace.rss_mb"];
    measures(&["trace", "--units", "50000", "--lots", "200", "--asks", "5"], &keys);
}
