//! `docs/integration.md` as its reader goes through it: the commands of the document, in its order, against a demo that stays up.

use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tracelight_testkit::process::{Child, run};
use tracelight_tests::built;

/// Longest time until the demo stays up, on a busy machine.
const UP_MAX: Duration = Duration::from_secs(420);
/// Longest time for all commands.
const COMMANDS_MAX: Duration = Duration::from_secs(240);
/// Between the outputs of two blocks.
const MARK: &str = "@@@@ next block";

/// The shell blocks of the document.
fn blocks(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("```sh\n") {
        let (block, after) = after.split_once("```").expect("a block ends");
        found.push(block.to_owned());
        rest = after;
    }
    found
}

/// What stands behind a word of the demo's last line: `API: http://…/docs/api   broker: …   files: …`.
fn told<'l>(line: &'l str, word: &str) -> &'l str {
    let after = line.split_once(word).unwrap_or_else(|| panic!("`{word}` in `{line}`")).1;
    after.split_whitespace().next().expect("a value")
}

#[test]
fn d3_a_stranger_gets_from_nothing_to_a_first_event_and_a_first_pack() {
    let built = built();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    // The document calls the program by its place relative to the demo's folder, which is `target/debug/demo/up`.
    let folder = scratch.path().join("demo").join("up");
    std::fs::create_dir_all(&folder).expect("made");
    std::os::unix::fs::symlink(built.join("tracelight"), scratch.path().join("tracelight")).expect("linked");
    let mut command = Command::new(built.join("xtask"));
    command.args(["demo", "--port", "0", "--dir"]).arg(&folder);
    let mut demo = Child::spawn("demo", command, &scratch.path().join("demo.log")).expect("it starts");
    let line = demo.wait_for_line("API: ", UP_MAX).expect("the demo stays up");

    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/integration.md");
    let blocks = blocks(&std::fs::read_to_string(document).expect("the document"));
    let [start, values, steps @ ..] = &blocks[..] else { panic!("{} blocks", blocks.len()) };
    assert_eq!(start, "./scripts/demo\n");
    let made = "mkdir -p /tmp/first && cd /tmp/first\n";
    assert!(values.ends_with(made), "{values}");
    let first = scratch.path().join("first");
    std::fs::create_dir(&first).expect("made");
    let mut script = format!(
        "set -euo pipefail\ncd {}\nexport TRACELIGHT={} BROKER={} DEMO={}\n",
        first.display(),
        told(&line, "API: ").trim_end_matches("/docs/api"),
        told(&line, "broker: "),
        told(&line, "files: "),
    );
    for step in steps {
        script.push_str(&format!("echo; echo '{MARK}'\n{step}"));
    }
    let mut command = Command::new("bash");
    command.args(["-c", &script]);
    let output = run("the commands", command, &scratch.path().join("commands.log"), COMMANDS_MAX).expect("they run");
    let parts: Vec<&str> = output.split(MARK).skip(1).map(str::trim).collect();
    let has = |part: usize, text: &str| {
        assert!(parts.get(part).is_some_and(|part| part.contains(text)), "`{text}` in part {part} of:\n{output}");
    };
    has(0, "\"secret\":\"tl_");
    has(1, "\"gln\":\"");
    has(2, " 201 ");
    has(2, "6901234.050001.first1");
    has(3, "\"id\":\"");
    let line = parts[4].lines().last().expect("a report");
    let report: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{output}"));
    assert_eq!(report["line"], "ok", "{report}");
    has(5, "\"stage\":\"sealed\"");
    has(6, "\"secret\":\"whsec_");
    assert_eq!(parts.len(), 7, "{output}");
}
