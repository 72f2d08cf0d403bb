//! Ten thousand readings of four lines through a gateway that is killed, starved and lied to about the time: each of them once
//! on the chain, in the order of its line. `cargo xtask line-torture --readings N` does more of it.

use std::time::Duration;
use tracelight_tests::{number, xtask};

/// Longest time for it on a busy machine.
const TORTURE_MAX: Duration = Duration::from_secs(900);

#[test]
fn ten_thousand_readings_are_on_the_chain_exactly_once_and_in_order() {
    let report = xtask(&["line-torture", "--readings", "10000", "--seed", "1"], TORTURE_MAX);
    let number = |name| number(&report, name);
    assert!(number("line.sent") >= 9_000, "{report}");
    assert_eq!(number("line.final"), number("line.sent"), "{report}");
    assert_eq!((number("line.lost"), number("line.doubled"), number("line.reordered")), (0, 0, 0), "{report}");
    assert!(number("line.kills") > 0 && number("line.published_twice") > 0, "{report}");
    println!("{report}");
}
