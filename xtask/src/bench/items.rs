//! `bench items`: how many unit events a second become final when one signed event speaks for a thousand packs, against what
//! the machine's cores could hash.
//!
//! - The event is the packing of a case: one root over the salted leaves of 1,000 packs. The one who signs derives salts,
//!   leaves and root; that work is done inside the clock, on the same cores, by this program in the line's place.
//!   Validators see the root alone, which is the design (one signature covers many packs).
//! - `items.bound_per_s` = cores × Merkle nodes hashed a second by one core ÷ 8: a leaf and a node for each unit on each of
//!   four validators, as a chain would need whose validators hash every unit. Measured before and after each piece.
//! - `items.ratio` is the median over the pieces.

use super::load::{Chain, goods, median, rounded};
use anyhow::{Context, ensure};
use clap::Args;
use rand::{RngCore as _, SeedableRng as _};
use std::hint::black_box;
use std::time::Instant;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::{BatchId, Hash};
use tracelight_domain::serial::serial_from_random;
use tracelight_domain::tx::{Content, SignedTx, TxBody};
use tracelight_proof::commitments::{unit_leaf, unit_salt};
use tracelight_proof::hash::{NODE, hash};
use tracelight_proof::merkle;

/// Packs in one case.
const CASE_UNITS: u32 = 1_000;
/// Nodes hashed to find the rate.
const NODES: u32 = 400_000;

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Cases of 1,000 packs.
    #[arg(long, default_value_t = 5_000)]
    cases: u32,
    /// Pieces of the load, each with its own bound.
    #[arg(long, default_value_t = 5)]
    pairs: u32,
}

pub async fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.pairs > 0 && options.cases >= options.pairs, "at least one pair, and one case for each");
    let scratch = tempfile::tempdir()?;
    let chain = Chain::start(scratch.path()).await?;
    let goods = goods(&chain.builder, &chain.key, 1)?;
    chain.set_up(goods.set_up).await?;
    let cores = std::thread::available_parallelism()?.get();
    let bound = || cores as f64 * node_rate() / 8.0;

    let per_piece = options.cases.div_ceil(options.pairs);
    let (mut rates, mut bounds, mut ratios) = (vec![], vec![], vec![]);
    let mut before = bound();
    for piece in 0..options.pairs {
        let cases = piece * per_piece..(piece + 1) * per_piece;
        let started = Instant::now();
        let load = packed(&chain, &goods.batch, cases.clone()).await?;
        chain.apply_all(&load).await?;
        let rate = f64::from(per_piece * CASE_UNITS) / started.elapsed().as_secs_f64();
        let after = bound();
        let own = f64::midpoint(before, after);
        eprintln!("{rate:.0} unit events/s, bound {own:.0}, ratio {:.3}", rate / own);
        rates.push(rate);
        bounds.push(own);
        ratios.push(rate / own);
        before = after;
    }
    let result = serde_json::json!({
        "items.per_s": median(&rates).round(),
        "items.bound_per_s": median(&bounds).round(),
        "items.ratio": rounded(median(&ratios)),
        "items.units": per_piece * options.pairs * CASE_UNITS,
        "items.units_per_event": CASE_UNITS,
        "items.pairs": options.pairs,
        "items.cores": cores,
    });
    println!("{result}");
    Ok(())
}

/// Derives and signs the packing of cases, on all cores.
async fn packed(chain: &Chain, batch: &BatchId, cases: std::ops::Range<u32>) -> anyhow::Result<Vec<SignedTx>> {
    let half = cases.start + (cases.end - cases.start) / 2;
    let content = |cases: std::ops::Range<u32>| {
        let batch = batch.clone();
        tokio::task::spawn_blocking(move || cases.map(|case| (case, case_root(&batch, case))).collect::<Vec<_>>())
    };
    let (first, second) = (content(cases.start..half), content(half..cases.end));
    let roots = [first.await?, second.await?].concat();
    let sign = |(case, root): (u32, Hash)| {
        let parent = Sscc::build(3, "6901234", u64::from(case)).context("an SSCC")?;
        let content = Content::Units { root, batches: vec![(batch.clone(), CASE_UNITS)] };
        Ok(chain.builder.sign(&chain.key, 10_000 + u64::from(case), TxBody::Pack { parent, content })?)
    };
    roots.into_iter().map(sign).collect()
}

/// The root over a case of fresh packs, from their serials on.
fn case_root(batch: &BatchId, case: u32) -> Hash {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(u64::from(case));
    let mut random = [0; 13];
    let leaf = |_| {
        rng.fill_bytes(&mut random);
        let serial = serial_from_random(&random);
        unit_leaf(batch.gtin, &batch.lot, &serial, &unit_salt(&[3; 32], &serial))
    };
    merkle::root((0..CASE_UNITS).map(leaf).collect())
}

/// Merkle nodes that one core hashes in a second.
fn node_rate() -> f64 {
    let started = Instant::now();
    let mut node = Hash::ZERO;
    for _ in 0..NODES {
        node = hash(NODE, &[&node.0, &node.0]);
    }
    black_box(node);
    f64::from(NODES) / started.elapsed().as_secs_f64()
}
