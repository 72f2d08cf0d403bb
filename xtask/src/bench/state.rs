//! `bench state`: what one authenticated write costs when the state holds ten million objects.
//!
//! - `chain-node bench-state` fills a store of its own with objects of some 110 bytes: sorted rows go straight into table
//!   files. Then it commits durable blocks of 5,000 writes, 80 % to existing objects chosen at random, 20 % new: object rows,
//!   block row, tree and head, as a running node writes them.
//! - `state.us_per_key` is CPU of all its threads, user and system, a written key; `state.rocksdb_us_per_key` is the same for
//!   a second process that writes the same object rows, as durably, to rocksdb and does nothing else. The two take turns,
//!   [`PAIRS_MIN`] times or more; the medians count.
//! - `state.settled_us_per_key` includes flushing and compacting everything at the end.
//! - Proof bytes are medians over random objects that exist, and over ones that do not. Each proof is checked.

use crate::demo::alliance::Binaries;
use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Turns that the two processes take at least.
const PAIRS_MIN: u64 = 5;

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Objects at the start.
    #[arg(long, default_value_t = 10_000_000)]
    keys: u64,
    /// Turns of each process.
    #[arg(long, default_value_t = PAIRS_MIN, value_parser = clap::value_parser!(u64).range(PAIRS_MIN..))]
    pairs: u64,
    /// Blocks of a turn.
    #[arg(long, default_value_t = 20)]
    blocks: u64,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let binaries = Binaries::built()?;
    let scratch = tempfile::tempdir()?;
    let alliance = scratch.path().join("alliance");
    let made = binaries.command("chain-node").arg("init-alliance").arg("--dir").arg(&alliance).output()?;
    ensure!(made.status.success(), "init-alliance: {}", String::from_utf8_lossy(&made.stderr));
    let subject = |name: &str, flags: &[&str]| {
        let mut command = binaries.command("chain-node");
        command.arg("bench-state").arg("--genesis").arg(alliance.join("genesis.bin"));
        command.arg("--dir").arg(scratch.path().join(name)).args(["--keys", &options.keys.to_string()]).args(flags);
        eprintln!("filling `{name}` with {} objects", options.keys);
        Subject::start(command, scratch.path())
    };
    let (mut store, loaded) = subject("store", &[])?;
    let (mut rows, _) = subject("rows", &["--rows-alone"])?;
    let (mut own, mut alone) = (Vec::new(), Vec::new());
    let blocks = format!("blocks {}", options.blocks);
    for pair in 0..options.pairs {
        own.push(Turn::of(&store.ask(&blocks)?)?);
        alone.push(Turn::of(&rows.ask(&blocks)?)?);
        if let (Some(own), Some(alone)) = (own.last(), alone.last()) {
            eprintln!(
                "pair {pair}: store {:.1} us/key, rocksdb alone {:.1} us/key",
                own.us_per_key(),
                alone.us_per_key()
            );
        }
    }
    let (settled, settled_rows) = (store.ask("settle")?, rows.ask("settle")?);
    let proofs = store.ask("proofs 1000")?;
    let result = json!({
        "state.us_per_key": median(&own),
        "state.rocksdb_us_per_key": median(&alone),
        "state.settled_us_per_key": with_settling(&own, &settled)?,
        "state.rocksdb_settled_us_per_key": with_settling(&alone, &settled_rows)?,
        "state.keys": settled["objects"],
        "state.loaded_bytes_per_key": bytes_per_key(&loaded["disk"], &json!(options.keys))?,
        "state.settled_bytes_per_key": bytes_per_key(&settled["disk"], &settled["objects"])?,
        "state.rocksdb_bytes_per_key": bytes_per_key(&settled_rows["disk"], &settled_rows["objects"])?,
        "state.commit_ms_p50": middle(own.iter().map(|turn| turn.commit_ms_p50).collect()),
        "state.proof_bytes_present": proofs["present"]["bytes_p50"],
        "state.proof_bytes_present_max": proofs["present"]["bytes_max"],
        "state.proof_bytes_absent": proofs["absent"]["bytes_p50"],
        "state.proof_bytes_absent_max": proofs["absent"]["bytes_max"],
        "state.proof_make_us": proofs["present"]["make_us_p50"],
        "state.cores": std::thread::available_parallelism()?.get(),
    });
    println!("{result}");
    Ok(())
}

/// One turn of a process.
struct Turn {
    keys: f64,
    cpu_s: f64,
    commit_ms_p50: f64,
}

impl Turn {
    fn of(answer: &Value) -> anyhow::Result<Self> {
        let number = |name: &str| answer[name].as_f64().with_context(|| format!("`{name}` is missing in {answer}"));
        Ok(Self { keys: number("keys")?, cpu_s: number("cpu_s")?, commit_ms_p50: number("commit_ms_p50")? })
    }

    fn us_per_key(&self) -> f64 {
        self.cpu_s * 1e6 / self.keys
    }
}

fn median(turns: &[Turn]) -> f64 {
    middle(turns.iter().map(Turn::us_per_key).collect())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    tenths(values.get(values.len() / 2).copied().unwrap_or_default())
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn with_settling(turns: &[Turn], settled: &Value) -> anyhow::Result<f64> {
    let rest = settled["cpu_s"].as_f64().context("`cpu_s` of the settling")?;
    let cpu: f64 = turns.iter().map(|turn| turn.cpu_s).sum();
    Ok(tenths((cpu + rest) * 1e6 / turns.iter().map(|turn| turn.keys).sum::<f64>()))
}

fn bytes_per_key(disk: &Value, keys: &Value) -> anyhow::Result<Value> {
    let keys = keys.as_f64().context("a count of keys")?;
    let columns = disk.as_object().context("bytes by column")?;
    let mut all: serde_json::Map<String, Value> = columns
        .iter()
        .map(|(column, bytes)| (column.clone(), json!(tenths(bytes.as_f64().unwrap_or_default() / keys))))
        .collect();
    let sum: f64 = columns.values().filter_map(Value::as_f64).sum();
    all.insert("all".to_owned(), json!(tenths(sum / keys)));
    Ok(Value::Object(all))
}

/// A process that answers each line with a line.
struct Subject {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Subject {
    /// Starts it; returns it with its first answer.
    fn start(mut command: Command, folder: &Path) -> anyhow::Result<(Self, Value)> {
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start `chain-node bench-state`")?;
        let input = child.stdin.take().context("its input is a pipe")?;
        let output = BufReader::new(child.stdout.take().context("its output is a pipe")?);
        let mut subject = Self { child, input, output };
        let first = subject.answer()?;
        Ok((subject, first))
    }

    fn ask(&mut self, command: &str) -> anyhow::Result<Value> {
        writeln!(self.input, "{command}")?;
        self.answer()
    }

    fn answer(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "`chain-node bench-state` ended early");
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        // Its folder is scratch; nothing has to be closed in order.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
