//! What the tests across programs share: where the programs are, and what `xtask` says last.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tracelight_testkit::process::run;

/// Folder of the built programs, beside which the tests stand in `deps`.
///
/// # Panics
/// When they are not built.
#[must_use]
pub fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let built = test.parent().and_then(Path::parent).expect("target/debug/deps").to_owned();
    assert!(built.join("xtask").exists(), "the programs are not built; run ./scripts/test, which builds them");
    built
}

/// Runs `xtask` with these arguments to its end; gives the JSON object that it prints last.
///
/// # Panics
/// When it fails, takes longer, or prints no such line.
#[must_use]
pub fn xtask(arguments: &[&str], within: Duration) -> Value {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let mut command = Command::new(built().join("xtask"));
    command.args(arguments);
    let output = run("xtask", command, &scratch.path().join("log"), within).expect("xtask ends well");
    let last = output.lines().rev().find(|line| line.starts_with('{')).expect("the last line is JSON");
    serde_json::from_str(last).expect("the last line is JSON")
}

/// A whole number of it.
///
/// # Panics
/// When there is none of that name.
#[must_use]
pub fn number(report: &Value, name: &str) -> u64 {
    report[name].as_u64().unwrap_or_else(|| panic!("`{name}` is a number in {report}"))
}
