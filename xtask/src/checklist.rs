//! `cargo xtask checklist`: which points of the acceptance list have a test.
//!
//! A test covers the points that its name begins with: `c9_looking_counts_nothing` is about C9, `l3_l4_a_stop_outlives_a_reload`
//! about L3 and L4. A line a point, with its tests or `no test`; last one JSON object. A name that begins with a point that is
//! not in the list is a fault: the exit status is 1.

mod points;
mod tests_of;

use anyhow::ensure;
use clap::Args;
use points::POINTS;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use tests_of::{Carrier, carriers};

/// What is shown.
#[derive(Args)]
pub struct Options {
    /// Only the points that have no test.
    #[arg(long)]
    missing: bool,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let mut by_point: BTreeMap<String, Vec<Carrier>> = BTreeMap::new();
    for carrier in carriers(&root)? {
        for point in &carrier.points {
            by_point.entry(point.clone()).or_default().push(carrier.clone());
        }
    }
    let mut missing = Vec::new();
    for (id, words) in POINTS {
        let tests = by_point.remove(*id).unwrap_or_default();
        if tests.is_empty() {
            missing.push(*id);
            println!("{id:4} {words}\n     no test");
            continue;
        }
        if !options.missing {
            println!("{id:4} {words}");
            for Carrier { file, name, .. } in tests {
                println!("     {file} {name}");
            }
        }
    }
    let unknown: Vec<&String> = by_point.keys().collect();
    println!(
        "{}",
        json!({"checklist.points": POINTS.len(), "checklist.covered": POINTS.len() - missing.len(),
            "checklist.missing": missing, "checklist.unknown": unknown})
    );
    ensure!(unknown.is_empty(), "tests carry ids that are no points: {by_point:?}");
    Ok(())
}
