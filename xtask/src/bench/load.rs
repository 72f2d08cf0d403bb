//! What the chain's benches share: a running alliance, a sealed batch, submitting until applied, the machine's own rates,
//! and medians of interleaved pairs.

use crate::demo::alliance::{Alliance, Binaries, SLUGS};
use anyhow::{Context, ensure};
use ed25519_zebra::{Signature, VerificationKeyBytes, batch};
use rand::{RngCore as _, SeedableRng as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tracelight_api::chain::TxOutcome;
use tracelight_client::chain::NodeClient;
use tracelight_client::keys::Signer;
use tracelight_client::tx::TxBuilder;
use tracelight_domain::gs1::{Date, Gtin, Lot};
use tracelight_domain::ids::{BatchId, UnitId};
use tracelight_domain::serial::serial_from_random;
use tracelight_domain::tx::{Product, ProductKind, Seal, SignedTx, TxBody, UnitAction, UnitTouch};
use tracelight_proof::commitments::{count_commitment, quota_commitment, quota_salt, unit_leaf, unit_salt};
use tracelight_proof::merkle::Tree;
use tracelight_proof::signed::tx_message;

/// Transactions in one call.
pub const CALL_TXS: usize = 500;
/// Calls under way at once: enough that blocks fill while the one before is agreed on.
const CALLERS: usize = 24;
/// Signatures checked together, as a node does.
const VERIFY_BATCH: usize = 256;
/// Different signers of the general case of batch verification: none shares a key.
const VERIFY_SIGNERS: usize = 4096;
/// Clock ticks of `/proc/PID/stat`, a second. Fixed in Linux's interface to programs.
const TICKS_PER_S: f64 = 100.0;

/// Four validators with clients, and the manufacturer's key.
pub struct Chain {
    pub alliance: Alliance,
    pub nodes: Vec<Arc<NodeClient>>,
    pub key: Signer,
    pub builder: TxBuilder,
}

impl Chain {
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let alliance = Alliance::start(&Binaries::built()?, folder).await?;
        let client = |access| NodeClient::with_access(vec![access]).map(Arc::new);
        let nodes: Vec<Arc<NodeClient>> = alliance.access()?.into_iter().map(client).collect::<Result<_, _>>()?;
        let key = Signer::read(&alliance.key(SLUGS[0], "operator"))?;
        let chain = nodes.first().context("there are nodes")?.status().await?.chain_id.0;
        Ok(Self { alliance, nodes, key, builder: TxBuilder::valid_for(chain, 0, 100_000) })
    }

    /// Transactions that must be applied one after the other before a clock starts.
    pub async fn set_up(&self, txs: Vec<SignedTx>) -> anyhow::Result<()> {
        for tx in txs {
            submit_all(&self.nodes[0], &[tx]).await.context("the set-up")?;
        }
        Ok(())
    }

    /// Submits in calls of [`CALL_TXS`] to all nodes at once until everything is applied; seconds it took.
    pub async fn apply_all(&self, load: &[SignedTx]) -> anyhow::Result<f64> {
        let calls: Arc<Vec<Vec<SignedTx>>> = Arc::new(load.chunks(CALL_TXS).map(<[_]>::to_vec).collect());
        let next = Arc::new(AtomicUsize::new(0));
        let started = Instant::now();
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (calls, next) = (calls.clone(), next.clone());
                let node = self.nodes[caller % self.nodes.len()].clone();
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

    /// CPU seconds that the validators have used so far, all together.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        self.alliance.pids().iter().map(|pid| cpu_seconds(*pid)).sum()
    }
}

/// CPU seconds of a process so far, user and system.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name may hold spaces; fields are counted behind it. 14 and 15 of the line are user and system time.
    let fields: Vec<&str> = stat.rsplit_once(')').context("a stat line")?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).context("a stat line");
    Ok((ticks(11)? + ticks(12)?) / TICKS_PER_S)
}

/// Submits until each is applied. A node that is full says so; the call is then made again, which is harmless.
pub async fn submit_all(node: &NodeClient, txs: &[SignedTx]) -> anyhow::Result<()> {
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

/// A product, a batch, and as many packs of it as wished.
pub struct Goods {
    pub batch: BatchId,
    /// Registers product and batch, and seals the batch, in this order.
    pub set_up: Vec<SignedTx>,
    /// Samples one pack each, with its membership path.
    pub samples: Vec<SignedTx>,
}

/// Signs everything that samples `count` packs, before any clock starts.
pub fn goods(builder: &TxBuilder, key: &Signer, count: usize) -> anyhow::Result<Goods> {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let gtin = Gtin::build(0, "6901234", 901)?;
    let batch = BatchId { gtin, lot: Lot::parse("BENCH1")? };
    let secret = [3u8; 32];
    let mut random = [0; 13];
    let serials: Vec<_> = (0..count)
        .map(|_| {
            rng.fill_bytes(&mut random);
            serial_from_random(&random)
        })
        .collect();
    let salts: Vec<_> = serials.iter().map(|serial| unit_salt(&secret, serial)).collect();
    let leaf = |(serial, salt)| unit_leaf(gtin, &batch.lot, serial, salt);
    let tree = Tree::new(serials.iter().zip(&salts).map(leaf).collect());
    let (unit_count, count_salt) = (u64::try_from(count)?, [4; 16]);
    let text = String::new;
    let product = Product {
        gtin,
        name_en: "Bench".into(),
        name_zh: text(),
        detail: text(),
        approval: text(),
        hotline: text(),
        kind: ProductKind::Medicine,
    };
    let (made_on, expires_on) = (Date::parse_iso("2026-11-01")?, Date::parse_iso("2030-10")?);
    let (quota, quota_salt) = (unit_count, quota_salt(&secret));
    let seal = Seal {
        batch: batch.clone(),
        tree_root: tree.root(),
        unit_count,
        count_salt,
        rejected: 0,
        sampled: 0,
        quota,
        quota_salt,
    };
    let quota = quota_commitment(quota, &quota_salt);
    let set_up = [
        TxBody::RegisterProduct(product),
        TxBody::RegisterBatch { batch: batch.clone(), made_on, expires_on, quota },
        TxBody::SealBatch(seal),
    ];
    let set_up = set_up.into_iter().zip(0..).map(|(body, nonce)| builder.sign(key, nonce, body));
    let set_up = set_up.collect::<Result<_, _>>()?;
    let sample = |(index, (serial, salt)): (usize, (&tracelight_domain::gs1::Serial, &[u8; 16]))| {
        let touch = UnitTouch {
            unit: UnitId { gtin, serial: serial.clone() },
            lot: batch.lot.clone(),
            salt: *salt,
            in_batch: tree.path(index).context("the leaf exists")?,
            count_commitment: count_commitment(unit_count, &count_salt),
            in_case: None,
        };
        let body = TxBody::UnitAction { touch, action: UnitAction::Sample };
        Ok(builder.sign(key, 1_000 + u64::try_from(index)?, body)?)
    };
    let samples = serials.iter().zip(&salts).enumerate().map(sample).collect::<anyhow::Result<_>>()?;
    Ok(Goods { batch, set_up, samples })
}

/// Signatures that one core checks in a second, in batches, with these transactions.
pub fn verify_rate(txs: &[SignedTx]) -> f64 {
    let some: Vec<_> = txs.iter().take(VERIFY_SIGNERS).collect();
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

/// The same transactions, each signed by a key of its own: the general case of batch verification.
pub fn with_own_signers(builder: &TxBuilder, txs: &[SignedTx]) -> Vec<SignedTx> {
    let resign = |(index, tx): (usize, &SignedTx)| {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&index.to_be_bytes());
        builder.sign(&Signer::from_seed(&seed), tx.tx.nonce, tx.tx.body.clone()).expect("a key in memory signs")
    };
    txs.iter().take(VERIFY_SIGNERS).enumerate().map(resign).collect()
}

/// The middle one; of an even number, the upper of the two.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value below which this share of sorted waits lies, in milliseconds.
pub fn percentile_ms(sorted: &[Duration], share: f64) -> f64 {
    let index = ((sorted.len().max(1) - 1) as f64 * share) as usize;
    sorted.get(index).map_or(f64::NAN, Duration::as_secs_f64) * 1000.0
}

/// Three digits behind the point are more than the machine's noise allows.
pub fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
