//! `cargo xtask bench verify`: how long a phone checks a whole bundle.
//!
//! The bundle is that of `docs/benchmarks.md`: six hops, four validators, two witnesses, a million objects in the state. The
//! WASM checker runs in Chromium, the same code runs natively in this process, in turns; each pair is one number of each,
//! the median of its checks. What is reported is the median over the pairs. The bound of the issue is 10 ms in Chromium.

use super::super::assets;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::time::Instant;
use tracelight_domain::ids::ChainId;
use tracelight_proof::bundle::{FRESH_MS_MAX, Pin, verify};
use tracelight_proof::codec::Canonical as _;
use tracelight_testkit::browser::check_in_browser;
use tracelight_testkit::journey::{Journey, NOW_MS, Plan, batch, unit};

/// Milliseconds that the check may take in Chromium.
const BROWSER_MS_MAX: f64 = 10.0;

/// How it is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Pairs of a native and a browser measurement.
    #[arg(long, default_value_t = 5)]
    pairs: u32,
    /// Checks in each measurement, after a warm-up of as many.
    #[arg(long, default_value_t = 100)]
    rounds: u32,
}

struct Case {
    chain: ChainId,
    bundle: Vec<u8>,
    anchor: Vec<u8>,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let built = assets::run_checker()?;
    let journey = Journey::new(Plan::REAL);
    let case = Case { chain: journey.chain, bundle: journey.bundle(0).to_bytes(), anchor: journey.anchor().to_bytes() };
    let (mut native, mut browser) = (Vec::new(), Vec::new());
    for pair in 0..options.pairs.max(1) {
        let here = median(natively(&case, options.rounds)?);
        let there = median(in_browser(&built.folder, &case, options.rounds)?);
        println!("pair {}: native {here:.3} ms, Chromium {there:.3} ms", pair + 1);
        native.push(here);
        browser.push(there);
    }
    let (native, browser) = (median(native), median(browser));
    println!(
        "a bundle of {} bytes (and an anchor of {}): {browser:.2} ms in Chromium, {native:.2} ms natively",
        case.bundle.len(),
        case.anchor.len()
    );
    let last = json!({
        "verify.browser_ms": round(browser),
        "verify.native_ms": round(native),
        "verify.bundle_bytes": case.bundle.len(),
        "verify.anchor_bytes": case.anchor.len(),
        "verify.pairs": options.pairs.max(1),
    });
    println!("{last}");
    ensure!(browser <= BROWSER_MS_MAX, "{browser:.2} ms in Chromium are above the floor of {BROWSER_MS_MAX} ms");
    Ok(())
}

fn natively(case: &Case, rounds: u32) -> anyhow::Result<Vec<f64>> {
    let (unit, lot) = (unit(0), batch().lot);
    let (chain, now_ms, fresh_ms_max) = (case.chain, NOW_MS, FRESH_MS_MAX);
    let pin = Pin { chain, anchor: Some(&case.anchor), unit: &unit, lot: Some(&lot), now_ms, fresh_ms_max };
    let mut times = Vec::new();
    for round in 0..rounds * 2 {
        let began = Instant::now();
        verify(&case.bundle, &pin)?;
        if round >= rounds {
            times.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    Ok(times)
}

fn in_browser(assets: &std::path::Path, case: &Case, rounds: u32) -> anyhow::Result<Vec<f64>> {
    let (unit, lot) = (unit(0), batch().lot);
    let cases = json!([{
        "name": "the truth",
        "bundle": hex::encode(&case.bundle),
        "anchor": hex::encode(&case.anchor),
        "code": format!("/01/{}/10/{lot}/21/{}", unit.gtin, unit.serial),
        "now_ms": NOW_MS,
    }]);
    let output = check_in_browser(assets, &case.chain.to_string(), &cases, rounds * 2)?;
    ensure!(output["answers"][0]["answer"]["ok"] == true, "the browser does not believe the truth: {output}");
    let times = output["times_ms"].as_array().context("times")?;
    Ok(times.iter().skip(rounds as usize).filter_map(Value::as_f64).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn round(ms: f64) -> f64 {
    (ms * 1_000.0).round() / 1_000.0
}
