//! The API as a stranger's generator calls it: no call ends in a server's error. `cargo xtask api-cases --examples N` calls more often.

use std::time::Duration;
use tracelight_tests::{number, xtask};

/// Longest time for it on a busy machine.
const CASES_MAX: Duration = Duration::from_secs(900);

#[test]
fn no_call_that_a_generator_finds_ends_in_a_servers_error() {
    let report = xtask(&["api-cases", "--examples", "4"], CASES_MAX);
    // So that it cannot pass by calling nothing, or by being let in nowhere.
    assert!(number(&report, "api.cases") >= 2_000 && number(&report, "api.operations") >= 90, "{report}");
    assert!(number(&report, "api.accepted") >= 50, "{report}");
    assert_eq!((number(&report, "api.server_errors"), number(&report, "api.often_refused")), (0, 0), "{report}");
    println!("{report}");
}
