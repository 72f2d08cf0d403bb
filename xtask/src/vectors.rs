//! `cargo xtask vectors`: every third-party set of vectors, run and counted by the code that the tests run.
//!
//! A line a set, `passed / total`, each miss with its reason, and last one JSON object. The exit status is 1 for a miss or a set
//! whose data are not there: a set that was not run has not passed.

use anyhow::ensure;
use serde_json::json;
use tracelight_testkit::data::shared_data;
use tracelight_testkit::vectors::{ALL, Outcome};

/// Misses of one set that are printed.
const MISSES_SHOWN_MAX: usize = 50;

pub fn run() -> anyhow::Result<()> {
    let mut sets = serde_json::Map::new();
    let (mut missed, mut absent) = (0, Vec::new());
    for (set, runner) in ALL {
        let Some(path) = shared_data(set) else {
            absent.push(*set);
            continue;
        };
        let outcome = runner(&path);
        print(&outcome);
        missed += outcome.misses.len();
        sets.insert((*set).to_owned(), json!({"passed": outcome.passed(), "total": outcome.total}));
        if outcome.total == 0 {
            absent.push(*set);
        }
    }
    println!("{}", json!({"vectors.sets": sets, "vectors.missed": missed, "vectors.absent": absent}));
    ensure!(absent.is_empty(), "no data for {}. Hint: set TRACELIGHT_SHARED", absent.join(", "));
    ensure!(missed == 0, "{missed} cases missed; they are named above");
    Ok(())
}

fn print(outcome: &Outcome) {
    println!("{:50} {:>7} / {}", outcome.set, outcome.passed(), outcome.total);
    if outcome.set_aside > 0 {
        println!("  {} more are about a service that we do not have, and were not tried", outcome.set_aside);
    }
    for miss in outcome.misses.iter().take(MISSES_SHOWN_MAX) {
        println!("  miss: {miss}");
    }
    if outcome.misses.len() > MISSES_SHOWN_MAX {
        println!("  and {} more", outcome.misses.len() - MISSES_SHOWN_MAX);
    }
}
