//! `cargo xtask fuzz --seconds N`: every fuzz target of `fuzz/`, each for its share of the time, on its kept corpus.
//!
//! ```text
//! fuzz/fuzz_targets/NAME.rs    a decoder of strangers' bytes      fuzz/corpus/NAME/   inputs that are kept, a few KB each
//! <target>/fuzz/found/NAME/    inputs that this run found to be new      <target>/fuzz/artifacts/NAME-*   inputs that failed
//! ```
//! `--keep` adds to the kept corpora what reaches further than they do: the smallest of the found inputs that together cover the most,
//! at most [`KEPT_BYTES_MAX`] each. Seeds are made by a test of `crates/decoders`, which also replays all corpora in every run of the tests.
//!
//! It builds as `cargo fuzz` does (libFuzzer, coverage and address sanitizer), by the stable compiler with
//! `RUSTC_BOOTSTRAP=1`, so nothing has to be installed beside a C++ compiler. An input that fails is written down and printed
//! with the command that repeats it, and the exit status is 1. The last line is one JSON object.

use anyhow::{Context, ensure};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `cargo fuzz` gives to the compiler.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address --cfg fuzzing";
/// A sanitized program is built for a named target, so that build scripts are not sanitized.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";
/// Bytes of one input: a bundle with a large anchor still fits.
const INPUT_BYTES_MAX: u32 = 64 * 1024;
/// Bytes of an input that is kept: most of what matters is small, and all corpora together are a few ten KB.
const KEPT_BYTES_MAX: u64 = 1024;
/// Seconds and megabytes that one input may take before it counts as a failure.
const INPUT_LIMITS: [&str; 2] = ["-timeout=10", "-rss_limit_mb=1024"];

/// How long.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds for all targets together.
    #[arg(long, default_value_t = 80)]
    seconds: u64,
    /// Only this target.
    #[arg(long)]
    target: Option<String>,
    /// Keep what was found.
    #[arg(long)]
    keep: bool,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").canonicalize().context("the folder fuzz/")?;
    let build = build_folder()?;
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--bins", "--target", TRIPLE, "--manifest-path"])
        .arg(source.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &build)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", FLAGS)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()?;
    ensure!(status.success(), "the fuzz targets do not build ({status}). Hint: is a C++ compiler installed?");
    let names = targets(&source, options.target.as_deref())?;
    let share = (options.seconds / names.len() as u64).max(1);
    let mut report = serde_json::Map::new();
    let mut failed = Vec::new();
    for name in &names {
        let (runs, sound) = one(&source, &build, name, share)?;
        report.insert(name.clone(), runs.into());
        if !sound {
            failed.push(name.clone());
        } else if options.keep {
            keep(&source, &build, name)?;
        }
    }
    println!("{}", json!({"fuzz.seconds": share * names.len() as u64, "fuzz.runs": report, "fuzz.failed": failed}));
    ensure!(failed.is_empty(), "an input broke {}; it is printed above", failed.join(", "));
    Ok(())
}

fn build_folder() -> anyhow::Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .no_deps()
        .exec()?;
    Ok(metadata.target_directory.into_std_path_buf().join("fuzz"))
}

fn targets(source: &Path, only: Option<&str>) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(source.join("fuzz_targets"))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        if only.is_none_or(|only| only == name) {
            names.push(name);
        }
    }
    ensure!(!names.is_empty(), "there is no such fuzz target");
    names.sort();
    Ok(names)
}

/// Runs one target; how many inputs it tried, and whether all were sound.
fn one(source: &Path, build: &Path, name: &str, seconds: u64) -> anyhow::Result<(u64, bool)> {
    let (found, artifacts) = (build.join("found").join(name), build.join("artifacts"));
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&artifacts)?;
    let program = build.join(TRIPLE).join("release").join(name);
    let mut command = Command::new(&program);
    // New inputs go to the first folder; the kept corpus is only read.
    command.arg(&found).arg(source.join("corpus").join(name));
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={INPUT_BYTES_MAX}"));
    command.arg(format!("-artifact_prefix={}/{name}-", artifacts.display())).arg("-print_final_stats=1");
    command.args(INPUT_LIMITS);
    let output = command.output().with_context(|| format!("cannot run `{}`", program.display()))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let runs = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let runs = runs.and_then(|number| number.trim().parse().ok()).unwrap_or(0);
    if output.status.success() {
        println!("{name}: {runs} inputs in {seconds} s, all sound");
        return Ok((runs, true));
    }
    let tail: Vec<&str> = log.lines().rev().take(40).collect();
    eprintln!("{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
    let input = log.lines().find_map(|line| line.split_once("Test unit written to ").map(|(_, path)| path.trim()));
    eprintln!("again: {} {}", program.display(), input.unwrap_or("INPUT"));
    Ok((runs, false))
}

/// Copies to the kept corpus what covers more than it does. Seeds stay as they are.
fn keep(source: &Path, build: &Path, name: &str) -> anyhow::Result<()> {
    let (found, kept) = (build.join("found").join(name), source.join("corpus").join(name));
    let small = build.join("small").join(name);
    let _ = fs::remove_dir_all(&small);
    fs::create_dir_all(&small)?;
    for entry in fs::read_dir(&found)? {
        let entry = entry?;
        if entry.metadata()?.len() <= KEPT_BYTES_MAX {
            fs::copy(entry.path(), small.join(entry.file_name()))?;
        }
    }
    let program = build.join(TRIPLE).join("release").join(name);
    let output = Command::new(&program).arg("-set_cover_merge=1").args(INPUT_LIMITS).arg(&kept).arg(&small).output()?;
    let log = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{}` cannot merge: {log}", program.display());
    println!("{name}: {} inputs are kept", fs::read_dir(&kept)?.count());
    Ok(())
}
