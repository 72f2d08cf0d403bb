//! The liar-server suite in Chromium: the very list of `crates/proof/tests/liar.rs`, exported to one file of vectors, against
//! the WASM checker that phones load. Each lie is refused there with the same part and the same reason as natively; and so are
//! damaged copies, N times as many with `TRACELIGHT_SOAK=N`.

use serde_json::{Value, json};
use std::path::PathBuf;
use tracelight_testkit::browser::check_in_browser;
use tracelight_testkit::liar::{Court, Lie, court};
use tracelight_testkit::machine::soak;
use tracelight_tests::built;

/// Where `xtask assets` puts the checker: beside the programs.
fn assets() -> PathBuf {
    built().parent().expect("target/debug").join("assets")
}

/// Damaged copies in each run, and in each file of vectors.
const DAMAGED: usize = 400;

/// What Chromium says of each case, which is word for word what the native checker says of it.
fn said_in_chromium(court: &Court, cases: &[Lie]) -> Vec<Value> {
    let scratch = tempfile::tempdir().expect("scratch");
    let vectors = scratch.path().join("liar-vectors.json");
    let listed: Vec<Value> = cases.iter().map(Lie::to_json).collect();
    let exported = json!({"chain": court.chain.to_string(), "cases": listed});
    std::fs::write(&vectors, exported.to_string()).expect("written");
    let read: Value = serde_json::from_slice(&std::fs::read(&vectors).expect("written")).expect("json");
    let chain = read["chain"].as_str().expect("a chain id");
    let output = check_in_browser(&assets(), chain, &read["cases"], 0).expect("the checker runs");
    assert_eq!(output["errors"], json!([]), "errors in the page");
    let answers = output["answers"].as_array().expect("answers");
    assert_eq!(answers.len(), cases.len());
    let (mut said, mut wrong) = (Vec::new(), Vec::new());
    for (case, answer) in cases.iter().zip(answers) {
        assert_eq!(answer["name"], case.name);
        let answer = &answer["answer"];
        let native = match case.check(court.chain) {
            Ok(verified) => json!({"ok": true, "height": verified.height, "witnesses": verified.witnesses.len()}),
            Err(fault) => json!({"ok": false, "part": fault.part.name(), "message": fault.message}),
        };
        let browser = match answer["ok"] == true {
            true => json!({"ok": true, "height": answer["facts"]["height"], "witnesses": answer["facts"]["witnesses"]}),
            false => answer.clone(),
        };
        if browser != native {
            wrong.push(format!("{}: native {native}, browser {browser}", case.name));
        }
        said.push(browser);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    said
}

fn refused(said: &[Value]) -> usize {
    said.iter().filter(|answer| answer["ok"] == false).count()
}

#[test]
fn chromium_refuses_every_lie_with_the_same_part_and_reason() {
    let court = court();
    let said = said_in_chromium(&court, &court.cases);
    for (case, answer) in court.cases.iter().zip(&said) {
        let expected = case.part.map_or(Value::Null, |part| part.name().into());
        assert_eq!(answer.get("part").unwrap_or(&Value::Null), &expected, "{}", case.name);
    }
    assert!(refused(&said) >= 50, "{} lies", refused(&said));
    println!("Chromium refused {} lies and believed {} truths", refused(&said), said.len() - refused(&said));
}

#[test]
fn chromium_says_of_damaged_copies_what_the_native_checker_says() {
    let court = court();
    let mut count = 0;
    for seed in 0..soak() as u64 {
        let said = said_in_chromium(&court, &court.damaged(DAMAGED, 1_000 + seed));
        count += refused(&said);
    }
    assert!(count >= DAMAGED * soak() * 9 / 10, "only {count} of {} copies were damaged", DAMAGED * soak());
    println!("Chromium refused {count} of {} damaged copies", DAMAGED * soak());
}
