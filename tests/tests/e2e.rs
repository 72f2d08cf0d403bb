//! The whole story on real parts, as `./scripts/demo --check` runs it: once on the embedded defaults (SQLite, broker inside
//! the gateway) and once on MariaDB and Mosquitto. Every step is checked by the demo program itself; here its last line is.

use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tracelight_testkit::process::run;

/// Longest time for one telling of the story on a busy machine.
const STORY_MAX: Duration = Duration::from_secs(420);

fn xtask() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let built = test.parent().and_then(|deps| deps.parent()).expect("target/debug/deps").join("xtask");
    assert!(built.exists(), "the programs are not built; run ./scripts/test, which builds them");
    built
}

fn story(parts: &str) {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let mut command = Command::new(xtask());
    command.args(["demo", "--check", "--parts", parts, "--port", "0", "--dir"]).arg(scratch.path().join("demo"));
    let output = run("demo --check", command, &scratch.path().join("log"), STORY_MAX).expect("the story holds");
    let last = output.lines().rev().find(|line| line.starts_with('{')).expect("the last line is JSON");
    let report: Value = serde_json::from_str(last).expect("the last line is JSON");
    assert_eq!(report["story"], "ok", "{report}");
    let number = |name: &str| report[name].as_u64().unwrap_or_else(|| panic!("`{name}` is a number in {report}"));
    assert!(number("blocks") > 10 && number("events") > 20 && number("units") == 24, "{report}");
    assert!((1..=14 * 1024).contains(&number("scan_page_bytes")), "{report}");
    assert!((1..=120 * 1024).contains(&number("checker_bytes")), "{report}");
    println!("{parts}: {report}");
}

#[test]
fn the_story_holds_on_the_embedded_defaults() {
    story("embedded");
}

#[test]
fn the_story_holds_on_mariadb_and_mosquitto() {
    story("production");
}
