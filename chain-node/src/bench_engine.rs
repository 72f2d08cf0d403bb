//! `chain-node bench-engine`: the engine with an application that does nothing, as the measure for `xtask bench latency`.
//!
//! A leader proposes an empty block at once, a voter accepts every block, delivery is acknowledged at once. A block's latency
//! is the time from its proposal to its durable delivery on this node; all nodes share the machine's clock.
//!
//! ```text
//! header = 1 u8 | height u64 | parent 32 | BLAKE3 of nothing 32 | nanoseconds since 1970 u64
//! ```

use crate::config::Checked;
use crate::own_key::OwnKey;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tracelight_consensus::{
    self as consensus, Activity, Block, BoxFuture, Committee, FatalError, StateMachine, Validator,
};
use tracelight_domain::ids::ChainId;
use tracelight_proof::block::body_digest;
use tracelight_proof::genesis::consensus_namespace;

/// Blocks before the measurement: connections and caches.
const WARM_UP_BLOCKS: u64 = 50;
/// Longest wait for the first blocks.
const START_MAX: Duration = Duration::from_secs(30);
/// Latencies kept; at a thousand blocks a second enough for a minute.
const SAMPLES_MAX: usize = 60_000;
/// Time for the others to finish their measurement before this node goes away.
const LINGER: Duration = Duration::from_secs(2);

struct Nothing {
    latencies_ns: Mutex<Vec<u64>>,
    validators: Vec<Validator>,
}

fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn header(height: u64, parent: [u8; 32], at_ns: u64) -> Vec<u8> {
    let mut header = vec![1];
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&parent);
    header.extend_from_slice(&body_digest(&[]).0);
    header.extend_from_slice(&at_ns.to_be_bytes());
    header
}

impl StateMachine for Nothing {
    fn propose(&self, parent: Block) -> BoxFuture<'_, Option<Block>> {
        let header = header(parent.height() + 1, parent.id(), now_ns());
        Box::pin(async move { Some(Block { header: header.into(), body: Bytes::new() }) })
    }

    fn verify(&self, _: Block, _: Block) -> BoxFuture<'_, bool> {
        Box::pin(async { true })
    }

    fn certified(&self, _: [u8; 32], _: Bytes) {}

    fn finalized(&self, block: Block, _: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>> {
        let at = block.header.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        if block.height() > WARM_UP_BLOCKS {
            let mut latencies = self.latencies_ns.lock().unwrap_or_else(PoisonError::into_inner);
            if latencies.len() < SAMPLES_MAX {
                latencies.push(now_ns().saturating_sub(at));
            }
        }
        Box::pin(async { Ok(()) })
    }

    /// Always the same; the only boundary asked for is the genesis.
    fn committee(&self, _: u64) -> BoxFuture<'_, Result<Committee, FatalError>> {
        let parent = Block { header: header(0, [0; 32], 0).into(), body: Bytes::new() }.id();
        let committee =
            Committee { parent, validators: self.validators.clone(), observers: Vec::new(), may_vote: true };
        Box::pin(async { Ok(committee) })
    }

    fn gossip(&self, _: [u8; 32], _: Bytes) {}

    fn activity(&self, _: Activity) {}
}

/// Runs the engine for some seconds; one JSON object.
///
/// # Errors
/// When the engine does not start, or no block became final.
pub fn measure(config: Checked, seconds: u64) -> anyhow::Result<String> {
    let validators = config.peers.iter();
    let validators = validators.map(|(key, address)| Validator { public_key: key.0, address: address.clone() });
    let machine = Arc::new(Nothing { latencies_ns: Mutex::default(), validators: validators.collect() });
    let engine = consensus::Config::new(
        consensus::Key::Held(Arc::new(OwnKey::new(config.signer))),
        config.p2p_listen,
        config.data_dir.join("bench-engine"),
        consensus_namespace(ChainId([0xBE; 32])),
        header(0, [0; 32], 0),
        consensus::EPOCH_BLOCKS_MAX,
    );
    let handle = consensus::start(engine, machine.clone())?;
    let seen = || machine.latencies_ns.lock().unwrap_or_else(PoisonError::into_inner).len();
    let started = std::time::Instant::now();
    while seen() == 0 && started.elapsed() < START_MAX {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_secs(seconds));
    let mut latencies = machine.latencies_ns.lock().unwrap_or_else(PoisonError::into_inner).clone();
    std::thread::sleep(LINGER);
    handle.shutdown()?;
    latencies.sort_unstable();
    let at = |percent: usize| latencies.get(latencies.len() * percent / 100).copied();
    let (Some(p50), Some(p99)) = (at(50), at(99)) else { anyhow::bail!("no block became final within {seconds} s") };
    let ms = |ns: u64| Duration::from_nanos(ns).as_secs_f64() * 1000.0;
    Ok(serde_json::json!({"blocks": latencies.len(), "p50_ms": ms(p50), "p99_ms": ms(p99)}).to_string())
}
