//! The liar-server suite in Chromium: the very list of `crates/proof/tests/liar.rs`, exported to one file of vectors, against
//! the WASM checker that phones load. Each lie is refused there with the same part and the same reason as natively.

use serde_json::{Value, json};
use std::path::PathBuf;
use tracelight_testkit::browser::check_in_browser;
use tracelight_testkit::liar::court;
use tracelight_tests::built;

/// Where `xtask assets` puts the checker: beside the programs.
fn assets() -> PathBuf {
    built().parent().expect("target/debug").join("assets")
}

#[test]
fn chromium_refuses_every_lie_with_the_same_part_and_reason() {
    let court = court();
    let scratch = tempfile::tempdir().expect("scratch");
    let vectors = scratch.path().join("liar-vectors.json");
    let cases: Vec<Value> = court.cases.iter().map(|case| case.to_json()).collect();
    let exported = json!({"chain": court.chain.to_string(), "cases": cases});
    std::fs::write(&vectors, exported.to_string()).expect("written");
    let read: Value = serde_json::from_slice(&std::fs::read(&vectors).expect("written")).expect("json");
    let chain = read["chain"].as_str().expect("a chain id");
    let output = check_in_browser(&assets(), chain, &read["cases"], 0).expect("the checker runs");
    assert_eq!(output["errors"], json!([]), "errors in the page");
    let answers = output["answers"].as_array().expect("answers");
    assert_eq!(answers.len(), court.cases.len());
    let (mut refused, mut wrong) = (0, Vec::new());
    for (case, answer) in court.cases.iter().zip(answers) {
        assert_eq!(answer["name"], case.name);
        let answer = &answer["answer"];
        // Word for word what the native checker says.
        let native = match case.check(court.chain) {
            Ok(verified) => json!({"ok": true, "height": verified.height, "witnesses": verified.witnesses.len()}),
            Err(fault) => json!({"ok": false, "part": fault.part.name(), "message": fault.message}),
        };
        let browser = match answer["ok"] == true {
            true => json!({"ok": true, "height": answer["facts"]["height"], "witnesses": answer["facts"]["witnesses"]}),
            false => answer.clone(),
        };
        let expected = case.part.map_or(Value::Null, |part| part.name().into());
        if browser != native || answer.get("part").unwrap_or(&Value::Null) != &expected {
            wrong.push(format!("{}: native {native}, browser {browser}", case.name));
        }
        refused += usize::from(answer["ok"] == false);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused >= 50, "{refused} lies");
    println!("Chromium refused {refused} lies and believed {} truths", answers.len() - refused);
}
