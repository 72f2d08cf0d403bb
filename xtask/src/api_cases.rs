//! `cargo xtask api-cases --examples N`: the API as a stranger's generator calls it.
//!
//! schemathesis reads `server/openapi/v1.json` and calls a demo on loopback with its examples, with the edges of every
//! parameter, and with up to N drawn cases for each operation: what the description allows, and what it does not. The calls
//! go out under keys of the maker with all scopes, in turn, because each has its calls a minute; an answer is good unless its
//! status is 500 or more. What only a session or a gateway may do is called too, and refused.
//!
//! [`UNCALLED`] is not called: who may name an address makes the server call it, and a drawn address may be anybody's. Nothing
//! else in the API makes it call out, and a demo has no webhook and no subscription of its own.
//!
//! The last line is one JSON object: `api.cases` calls, `api.operations` that they belong to, `api.accepted` cases with an answer of
//! 2xx, `api.server_errors` cases with an answer of 500 or more or with none, `api.often_refused` operations that met the limit
//! of a key for the most part. Fails when there was one of the last two.

use crate::demo::{say, with_data};
use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tracelight_api::rest::key::{MadeApiKey, NewApiKey, Scope};
use tracelight_testkit::browser::tools_folder;
use tracelight_testkit::process::Child;

/// Keys that take turns, with 1,200 calls a minute each; `api.often_refused` says when they are too few.
const KEYS: usize = 8;
/// What tells the server whom to call.
const UNCALLED: [&str; 2] = ["post_webhooks", "post_epcis_queries_queryName_subscriptions"];
/// Seconds that an answer may take: five more than the server gives itself before it says 504, which counts as its error.
const ANSWER_S: &str = "45";
/// Characters of what went wrong that are shown.
const SHOWN_CHARS: usize = 3_000;
/// Longest time for the edges of all parameters.
const EDGES_MAX: Duration = Duration::from_secs(300);
/// Longest time for one drawn case of each operation.
const DRAWN_MAX: Duration = Duration::from_secs(100);

/// How much.
#[derive(Args)]
pub struct Options {
    /// Cases drawn for each operation, at most.
    #[arg(long, default_value_t = 4)]
    examples: u32,
    /// Chooses them.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    crate::block_on(call(options))
}

async fn call(options: &Options) -> anyhow::Result<()> {
    let began = Instant::now();
    let program = tools_folder()?.join("foreign-api/bin/schemathesis");
    ensure!(program.exists(), "`{}` is missing. Hint: ./scripts/test installs it", program.display());
    let scratch = tempfile::tempdir()?;
    let folder = scratch.path().join("demo");
    std::fs::create_dir(&folder)?;
    let system = with_data(&folder, began).await?;
    let mut secrets = String::new();
    for number in 0..KEYS {
        let new = NewApiKey { name: format!("Caller {number}"), scopes: Scope::ALL.to_vec(), expires_in_days: Some(1) };
        let made: MadeApiKey = system.cast.maker.post("/api-keys", &new).await?;
        secrets.push_str(&made.secret);
        secrets.push('\n');
    }
    let (keys, report) = (scratch.path().join("keys"), scratch.path().join("report.json"));
    std::fs::write(&keys, secrets)?;

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = root.join("server/openapi/v1.json");
    are_named(&serde_json::from_slice(&std::fs::read(&document)?)?)?;
    let mut command = Command::new(&program);
    command
        .current_dir(scratch.path())
        .env("SCHEMATHESIS_HOOKS", root.join("tests/foreign-api/hooks.py"))
        .env("KEYS_FILE", &keys)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["--no-color", "run"])
        .arg(&document)
        .args(["--url", &format!("{}/api/v1", system.base)])
        .args(["--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", &options.examples.to_string(), "--seed", &options.seed.to_string()])
        .args(["--request-timeout", ANSWER_S])
        .args(["--workers", "2", "--continue-on-failure", "--generation-database", "none"])
        .arg("--report-json-path")
        .arg(&report);
    UNCALLED.iter().for_each(|id| {
        command.args(["--exclude-operation-id", id]);
    });
    say(began, &format!("schemathesis calls it, {} drawn cases for each operation at most", options.examples));
    let log = scratch.path().join("schemathesis.log");
    let mut caller = Child::spawn("schemathesis", command, &log)?;
    let ended = tokio::task::block_in_place(|| caller.wait_for_end(EDGES_MAX + DRAWN_MAX * options.examples));
    let told = caller.output().unwrap_or_default();
    let ended = ended.with_context(|| told.clone())?;
    let text = std::fs::read(&report).with_context(|| format!("schemathesis made no report ({ended}):\n{told}"))?;
    let report: Value = serde_json::from_slice(&text)?;
    let verdict = verdict(&report)?;
    println!("{}", verdict.line(began));
    let shown = |what: &Value| format!("{what:#}").chars().take(SHOWN_CHARS).collect::<String>();
    // Its own words on each: the call, the status and the answer.
    let failures =
        told.split_once("= FAILURES =").or_else(|| told.split_once("= ERRORS =")).map_or("", |(_, rest)| rest);
    let failures: String = failures.chars().take(SHOWN_CHARS).collect();
    ensure!(verdict.server_errors == 0, "an answer of 500 or more, or none:\n{failures}");
    ensure!(ended.success(), "schemathesis ended with {ended}:\n{}", shown(&report["errors"]));
    let refused = shown(&report["warnings"]["rate_limited"]);
    ensure!(verdict.often_refused == 0, "calls were refused for their number and tested nothing:\n{refused}");
    Ok(())
}

/// An operation that got another name would be called.
fn are_named(document: &Value) -> anyhow::Result<()> {
    let paths = document["paths"].as_object().context("no `paths` in the API's document")?;
    let operations: Vec<&Value> = paths.values().filter_map(Value::as_object).flat_map(|path| path.values()).collect();
    for id in UNCALLED {
        ensure!(
            operations.iter().any(|operation| operation["operationId"] == id),
            "no operation is named `{id}` any more"
        );
    }
    Ok(())
}

/// What schemathesis says of its run.
struct Verdict {
    cases: u64,
    operations: u64,
    accepted: u64,
    server_errors: u64,
    often_refused: usize,
}

fn verdict(report: &Value) -> anyhow::Result<Verdict> {
    let number = |group: &str, name: &str| {
        report[group][name].as_u64().with_context(|| format!("no `{group}.{name}` in schemathesis' report"))
    };
    let refused = report["warnings"]["rate_limited"].as_array().context("no `warnings.rate_limited`")?;
    ensure!(report["complete"] == true, "schemathesis did not come to its end: {}", report["stop_reason"]);
    let rates = report["valid_rates"].as_object().context("no `valid_rates`")?;
    let phases = rates.values().filter_map(Value::as_object).flat_map(|phases| phases.values());
    let accepted = phases.filter_map(|phase| phase["accepted"].as_u64()).sum();
    Ok(Verdict {
        accepted,
        cases: number("test_cases", "generated")?,
        operations: number("operations", "tested")?,
        server_errors: number("test_cases", "with_failures")? + number("test_cases", "errored")?,
        often_refused: refused.len(),
    })
}

impl Verdict {
    fn line(&self, began: Instant) -> Value {
        json!({
            "api.cases": self.cases, "api.operations": self.operations,
            "api.accepted": self.accepted, "api.server_errors": self.server_errors,
            "api.often_refused": self.often_refused, "api.seconds": began.elapsed().as_secs(),
        })
    }
}
