//! `tracelight simulate-line`: plays a packaging line against a broker, so that a gateway can be tried without one.
//!
//! ```text
//! script.toml, labels.csv --> readings over MQTT --> every answer compared with the expected one --> one JSON object a script
//! ```
//! It ends after the first script whose answers were others. What the connection does is told on standard error.

use crate::Verdict;
use anyhow::Context as _;
use std::io::Write;
use std::num::NonZeroU64;
use std::path::PathBuf;
use tracelight_simulator::{Line, Script};
use tracing_subscriber::EnvFilter;

/// What to play.
#[derive(clap::Args)]
pub struct Args {
    /// Scripts (TOML), played one after the other.
    #[arg(long, required = true)]
    config: Vec<PathBuf>,
    /// One of so many readings is published twice, as a broker or a device may do it.
    #[arg(long)]
    duplicate_every: Option<NonZeroU64>,
}

/// Plays and prints. Answers that do not come, or are not the expected ones, do not hold.
///
/// # Errors
/// When a script or a file that it names cannot be read.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Verdict> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rumqttc=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let lines = prepared(&args.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.context("cannot start threads")?;
    for line in lines {
        let summary = match runtime.block_on(line.play(args.duplicate_every)) {
            Ok(summary) => summary,
            Err(error) => {
                writeln!(err, "not ok: {error:#}")?;
                return Ok(Verdict::DoesNotHold);
            }
        };
        writeln!(out, "{}", serde_json::to_string(&summary)?)?;
        if summary.line != "ok" {
            return Ok(Verdict::DoesNotHold);
        }
    }
    Ok(Verdict::Holds)
}

/// All of them are read, with what they name, before the first is played: a slip in the last one does not cost the run of the
/// others.
fn prepared(paths: &[PathBuf]) -> anyhow::Result<Vec<Line>> {
    let line = |path: &PathBuf| {
        let named = || format!("`{}`", path.display());
        Script::load(path).and_then(Line::prepare).with_context(named)
    };
    paths.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_whose_labels_are_missing_or_too_few_is_named_before_anything_is_played() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        std::fs::write(folder.path().join("labels.csv"), "element_string\n0106901234000771\n").expect("our folder");
        let script = |name: &str, labels: &str, units: usize| {
            let text = format!(
                "broker = \"mqtt://127.0.0.1:1\"\norg = \"6901234000016\"\nsite = \"s\"\nline = \"l\"\ndevice = \"d\"\n\
                 gtin = \"06901234000771\"\nlot = \"A\"\nlabels = \"{labels}\"\nunits = {units}\n\
                 case_units = 4\nsscc_prefix = \"6901234\"\nsscc_first = 1\n"
            );
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("our folder");
            path
        };
        let good = script("good.toml", "labels.csv", 1);
        assert_eq!(prepared(std::slice::from_ref(&good)).expect("it can be played").len(), 1);
        for (second, what) in [
            (script("none.toml", "nowhere.csv", 1), "none.toml"),
            (script("few.toml", "labels.csv", 2), "1 are left after `skip`, 2 are needed"),
        ] {
            let error = format!("{:#}", prepared(&[good.clone(), second]).err().expect("refused"));
            assert!(error.contains(what) && error.contains(".toml"), "{error}");
        }
    }
}
