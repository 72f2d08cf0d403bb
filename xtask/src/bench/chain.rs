//! `bench chain`: how many single-unit transactions a second the chain makes final, against what the machine's cores could
//! verify at most.
//!
//! - Four `chain-node` processes on loopback, each with its own rocksdb; each checks every signature, and answers only
//!   after its disk is synced. They share this machine's cores.
//! - The transactions are signed before the clock starts. Each samples one pack of a sealed batch and carries the pack's
//!   membership path.
//! - `chain.bound_tx_per_s` = cores × batch-verify rate of one core ÷ 4, with the very same transactions, measured in this
//!   run before and after the load (the mean counts): four validators on these cores cannot do more.
//! - `chain.p50_ms`, `chain.p99_ms`: one transaction at a time from submission to "applied" at an otherwise idle chain.

use crate::demo::alliance::{Alliance, Binaries};
use anyhow::{Context, ensure};
use clap::Args;
use ed25519_zebra::{Signature, VerificationKeyBytes, batch};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tracelight_api::chain::TxOutcome;
use tracelight_client::chain::NodeClient;
use tracelight_client::keys::SigningKeyFile;
use tracelight_client::tx::TxBuilder;
use tracelight_domain::gs1::{Date, Gtin, Lot};
use tracelight_domain::ids::{BatchId, UnitId};
use tracelight_domain::serial::serial_from_random;
use tracelight_domain::tx::{Product, ProductKind, Seal, SignedTx, TxBody, UnitAction, UnitTouch};
use tracelight_proof::commitments::{count_commitment, quota_commitment, quota_salt, unit_leaf, unit_salt};
use tracelight_proof::merkle::Tree;
use tracelight_proof::signed::tx_message;

/// Transactions in one call.
const CALL_TXS: usize = 500;
/// Calls under way at once.
const CALLERS: usize = 8;
/// Signatures checked together, as a node does.
const VERIFY_BATCH: usize = 256;

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Transactions under load.
    #[arg(long, default_value_t = 20_000)]
    txs: usize,
    /// Transactions one at a time, for the latency.
    #[arg(long, default_value_t = 100)]
    single: usize,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(options))
}

async fn measure(options: &Options) -> anyhow::Result<()> {
    let scratch = tempfile::tempdir()?;
    let alliance = Alliance::start(&Binaries::built()?, scratch.path()).await?;
    let nodes: Vec<Arc<NodeClient>> =
        alliance.node_urls().iter().map(|url| NodeClient::new(&[url]).map(Arc::new)).collect::<Result<_, _>>()?;
    let first = nodes.first().context("there are nodes")?;
    let key = SigningKeyFile::read(&alliance.key("manufacturer", "operator"))?;
    let chain = first.status().await?.chain_id.0;
    let builder = TxBuilder::valid_for(chain, 0, 50_000);

    eprintln!("signing {} transactions", options.txs + options.single);
    let (setup, work) = transactions(&builder, &key, options.txs + options.single)?;
    for tx in setup {
        let receipts = first.submit(&[tx], 20_000).await?;
        ensure!(receipts.iter().all(|r| r.outcome == TxOutcome::Applied), "set-up was refused: {receipts:?}");
    }
    let (load, single) = work.split_at(options.txs);
    let before = verify_rate(load);
    let seconds = under_load(&nodes, load).await?;
    let after = verify_rate(load);
    let mut waits = one_at_a_time(first, single).await?;
    waits.sort_unstable();

    let cores = std::thread::available_parallelism()?.get();
    let bound = cores as f64 * f64::midpoint(before, after) / 4.0;
    let rate = load.len() as f64 / seconds;
    let at =
        |share: f64| waits.get(((waits.len().max(1) - 1) as f64 * share) as usize).map_or(0.0, Duration::as_secs_f64);
    let result = serde_json::json!({
        "chain.tx_per_s": rate.round(),
        "chain.bound_tx_per_s": bound.round(),
        "chain.ratio": (rate / bound * 1000.0).round() / 1000.0,
        "chain.p50_ms": (at(0.50) * 1000.0).round(),
        "chain.p99_ms": (at(0.99) * 1000.0).round(),
        "chain.txs": load.len(),
        "chain.cores": cores,
        "chain.height": first.status().await?.height,
    });
    println!("{result}");
    Ok(())
}

/// Everything is signed here, before any clock starts.
fn transactions(
    builder: &TxBuilder,
    key: &SigningKeyFile,
    count: usize,
) -> anyhow::Result<(Vec<SignedTx>, Vec<SignedTx>)> {
    use rand::{RngCore as _, SeedableRng as _};
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let gtin = Gtin::build(0, "6901234", 901)?;
    let batch = BatchId { gtin, lot: Lot::parse("BENCH1")? };
    let secret = [3u8; 32];
    let serials: Vec<_> = (0..count)
        .map(|_| {
            let mut random = [0; 13];
            rng.fill_bytes(&mut random);
            serial_from_random(&random)
        })
        .collect();
    let salts: Vec<_> = serials.iter().map(|serial| unit_salt(&secret, serial)).collect();
    let leaf = |(serial, salt)| unit_leaf(gtin, &batch.lot, serial, salt);
    let tree = Tree::new(serials.iter().zip(&salts).map(leaf).collect());
    let count_salt = [4; 16];
    let unit_count = u64::try_from(count)?;
    let product = Product {
        gtin,
        name_en: "Bench".into(),
        name_zh: String::new(),
        detail: String::new(),
        approval: String::new(),
        hotline: String::new(),
        kind: ProductKind::Medicine,
    };
    let (made_on, expires_on) = (Date::parse_iso("2026-11-01")?, Date::parse_iso("2030-10")?);
    let seal = Seal {
        batch: batch.clone(),
        tree_root: tree.root(),
        unit_count,
        count_salt,
        rejected: 0,
        sampled: 0,
        quota: unit_count,
        quota_salt: quota_salt(&secret),
    };
    let quota = quota_commitment(unit_count, &quota_salt(&secret));
    let setup = [
        TxBody::RegisterProduct(product),
        TxBody::RegisterBatch { batch: batch.clone(), made_on, expires_on, quota },
        TxBody::SealBatch(seal),
    ];
    let setup = setup.into_iter().zip(0..).map(|(body, nonce)| builder.sign(key, nonce, body)).collect();
    let work = serials
        .iter()
        .zip(&salts)
        .enumerate()
        .map(|(index, (serial, salt))| {
            let touch = UnitTouch {
                unit: UnitId { gtin, serial: serial.clone() },
                lot: batch.lot.clone(),
                salt: *salt,
                in_batch: tree.path(index).context("the leaf exists")?,
                count_commitment: count_commitment(unit_count, &count_salt),
                in_case: None,
            };
            let body = TxBody::UnitAction { touch, action: UnitAction::Sample };
            Ok(builder.sign(key, 1_000 + u64::try_from(index)?, body))
        })
        .collect::<anyhow::Result<_>>()?;
    Ok((setup, work))
}

/// Signatures that one core checks in a second, in batches, with the load's own transactions.
fn verify_rate(txs: &[SignedTx]) -> f64 {
    let some: Vec<_> = txs.iter().take(4096).collect();
    let messages: Vec<_> = some.iter().map(|tx| tx_message(&tx.tx)).collect();
    let started = Instant::now();
    for (txs, messages) in some.chunks(VERIFY_BATCH).zip(messages.chunks(VERIFY_BATCH)) {
        let mut verifier = batch::Verifier::new();
        for (tx, message) in txs.iter().zip(messages) {
            verifier.queue((VerificationKeyBytes::from(tx.tx.key.0), Signature::from(tx.signature), message));
        }
        assert!(verifier.verify(rand_core06::OsRng).is_ok(), "the load is well signed");
    }
    some.len() as f64 / started.elapsed().as_secs_f64()
}

async fn under_load(nodes: &[Arc<NodeClient>], load: &[SignedTx]) -> anyhow::Result<f64> {
    let calls: Arc<Vec<Vec<SignedTx>>> = Arc::new(load.chunks(CALL_TXS).map(<[_]>::to_vec).collect());
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (calls, next) = (calls.clone(), next.clone());
            let node = nodes[caller % nodes.len()].clone();
            tokio::spawn(async move {
                while let Some(txs) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
                    submit_all(&node, txs).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    Ok(started.elapsed().as_secs_f64())
}

/// Submits until each is applied. A node that is full says so; the call is then made again, which is harmless.
async fn submit_all(node: &NodeClient, txs: &[SignedTx]) -> anyhow::Result<()> {
    for _ in 0..100 {
        let receipts = node.submit(txs, 30_000).await?;
        if receipts.iter().all(|receipt| receipt.outcome == TxOutcome::Applied) {
            return Ok(());
        }
        let wrong = receipts.iter().find(|r| matches!(r.outcome, TxOutcome::Refused | TxOutcome::Conflict));
        ensure!(wrong.is_none(), "a transaction was refused: {wrong:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("a call of {} transactions was not applied in 100 tries", txs.len())
}

async fn one_at_a_time(node: &NodeClient, txs: &[SignedTx]) -> anyhow::Result<Vec<Duration>> {
    let mut waits = Vec::with_capacity(txs.len());
    for tx in txs {
        let started = Instant::now();
        submit_all(node, std::slice::from_ref(tx)).await?;
        waits.push(started.elapsed());
    }
    Ok(waits)
}
