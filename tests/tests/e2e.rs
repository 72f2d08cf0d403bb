//! The whole story on real parts, as `./scripts/demo --check` runs it: once on the embedded defaults (SQLite, broker inside
//! the gateway) and once on MariaDB and Mosquitto. Every step is checked by the demo program itself; here its last line is.

use std::time::Duration;
use tracelight_tests::{number, xtask};

/// Longest time for one telling of the story on a busy machine.
const STORY_MAX: Duration = Duration::from_secs(420);

fn story(parts: &str) {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path().join("demo");
    let folder = folder.to_str().expect("a temporary folder's name is text");
    let report = xtask(&["demo", "--check", "--parts", parts, "--port", "0", "--dir", folder], STORY_MAX);
    assert_eq!(report["story"], "ok", "{report}");
    let number = |name| number(&report, name);
    assert!(number("blocks") > 10 && number("events") > 20 && number("units") == 24, "{report}");
    assert!((1..=14 * 1024).contains(&number("scan_page_bytes")), "{report}");
    assert!((1..=120 * 1024).contains(&number("checker_bytes")), "{report}");
    println!("{parts}: {report}");
}

#[test]
fn c2_c10_r3_the_story_holds_on_the_embedded_defaults() {
    story("embedded");
}

#[test]
fn c2_c10_r3_the_story_holds_on_mariadb_and_mosquitto() {
    story("production");
}
