//! The loop around the follower: ask, verify, project, again.

use super::ProgressCell;
use crate::alliance::Alliance;
use crate::store::{ProjectError, Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio_stream::StreamExt as _;
use tracelight_client::chain::{NodeClient, VerifiedBlock, VerifiedFollower};
use tracelight_client::follow::FollowError;
use tracelight_proof::block::Header;

/// How long a node may hold the question for new blocks.
const BLOCKS_WAIT_MS: u64 = 1_000;
/// Blocks asked for at a time.
const BLOCKS_AT_A_TIME: usize = 64;
/// Calls for changes of the validators at a start: 64 changes each.
const STEP_CALLS_MAX: usize = 100;
/// Pause after a node lied or was away, doubled each time up to the maximum.
const RETRY_MS_MIN: u64 = 100;
const RETRY_MS_MAX: u64 = 5_000;

/// Why the follower stopped for good.
#[derive(Debug, Error)]
pub enum Halt {
    /// The genesis is none.
    #[error("{0}")]
    Genesis(#[from] FollowError),
    /// We and the chain contradict each other.
    #[error(
        "the chain and this server contradict each other: {0}. Hint: update the server, then rebuild the read model with `server rebuild`"
    )]
    Contradiction(#[from] ProjectError),
}

/// Follows the chain until it is told to stop or finds a contradiction.
///
/// `nodes` are asked one at a time; a node that is away or lies is left for the next. Everything that was verified stays.
///
/// # Errors
/// [`Halt`]. The progress says so too, and `readyz` turns red.
pub async fn run(
    alliance: Alliance,
    store: Store,
    nodes: Vec<Arc<NodeClient>>,
    progress: ProgressCell,
    mut stop: tokio::sync::watch::Receiver<bool>,
) -> Result<(), Halt> {
    let work = async {
        let halt = follow(&alliance, &store, &nodes, &progress).await;
        tracing::error!(cause = %halt, "The follower has stopped for good: {halt}");
        progress.update(|now| {
            now.halted = true;
            now.trouble = Some(halt.to_string());
        });
        Err(halt)
    };
    tokio::select! {
        halted = work => halted,
        _ = stop.wait_for(|stopped| *stopped) => Ok(()),
    }
}

async fn follow(alliance: &Alliance, store: &Store, nodes: &[Arc<NodeClient>], progress: &ProgressCell) -> Halt {
    let mut pause = Pause::default();
    let mut asked = 0;
    let mut follower = loop {
        let Some(node) = nodes.get(asked % nodes.len().max(1)) else {
            pause.after(progress, &"no chain-node is configured").await;
            continue;
        };
        match begin(alliance, store, node, progress).await {
            Ok(follower) => break follower,
            Err(Begin::Store(error)) => pause.after(progress, &error).await,
            Err(Begin::Node(error)) => {
                asked = asked.wrapping_add(1);
                pause.after(progress, &error).await;
            }
            Err(Begin::Genesis(error)) => return error.into(),
        }
    };
    loop {
        let Some(node) = nodes.get(asked % nodes.len().max(1)) else {
            pause.after(progress, &"no chain-node is configured").await;
            continue;
        };
        let blocks = match node.blocks(follower.next_height(), BLOCKS_AT_A_TIME, BLOCKS_WAIT_MS).await {
            Ok(blocks) => blocks.blocks,
            Err(error) => {
                asked = asked.wrapping_add(1);
                pause.after(progress, &error).await;
                continue;
            }
        };
        let mut ahead = follower.clone();
        match ahead.push(&blocks) {
            Ok(verified) => match project_all(alliance, store, progress, verified).await {
                Ok(()) => {
                    // Only what is in the database counts as seen: a failed write is read again from the node.
                    follower = ahead;
                    progress.update(|now| now.seen = now.seen.max(follower.next_height() - 1));
                    pause = Pause::default();
                }
                Err(error) if error.is_contradiction() => return error.into(),
                Err(error) => {
                    pause.after(progress, &error).await;
                    // Some of the blocks may have been projected: go on after the marker.
                    if let Ok(resumed) = begin(alliance, store, node, progress).await {
                        follower = resumed;
                    }
                }
            },
            Err(error) => {
                tracing::warn!(cause = %error, "A node sent what cannot be true: {error}");
                asked = asked.wrapping_add(1);
                // What this node sent before may be part of the lie.
                if let Ok(resumed) = begin(alliance, store, node, progress).await {
                    follower = resumed;
                }
                pause.after(progress, &error).await;
            }
        }
    }
}

enum Begin {
    Node(Box<dyn std::error::Error + Send + Sync>),
    Store(StoreError),
    Genesis(FollowError),
}

/// Where the read model stands, and who certified the blocks there.
async fn begin(
    alliance: &Alliance,
    store: &Store,
    node: &NodeClient,
    progress: &ProgressCell,
) -> Result<VerifiedFollower, Begin> {
    store.project_genesis(&alliance.genesis).await.map_err(Begin::Store)?;
    let marker = store.marker().await.map_err(Begin::Store)?;
    let follower = match marker {
        None => VerifiedFollower::new(&alliance.genesis),
        Some(marker) => VerifiedFollower::resume(&alliance.genesis, marker.position),
    };
    let mut follower = follower.map_err(Begin::Genesis)?;
    let position = follower.position();
    lead(&mut follower, node, position.height).await.map_err(Begin::Node)?;
    progress.update(|now| {
        now.projected = position.height;
        now.changed = position.height;
        now.time_ms = position.time_ms;
    });
    Ok(follower)
}

/// Leads the follower from the genesis to the validators of its position. A node that lies here is noticed, here or by the
/// next block.
async fn lead(
    follower: &mut VerifiedFollower,
    node: &NodeClient,
    height: u64,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut from = 1;
    for _ in 0..STEP_CALLS_MAX {
        if from > height {
            break;
        }
        let steps = node.steps(from).await?;
        follower.walk(&steps)?;
        let Some(last) = steps.last() else { break };
        from = Header::decode(&last.header.0)?.height + 1;
    }
    Ok(())
}

async fn project_all(
    alliance: &Alliance,
    store: &Store,
    progress: &ProgressCell,
    verified: Vec<VerifiedBlock>,
) -> Result<(), ProjectError> {
    let mut blocks = tokio_stream::iter(verified);
    while let Some(block) = blocks.next().await {
        let begun = std::time::Instant::now();
        store.project(alliance.chain, &block).await?;
        metrics::histogram!("follower_project_seconds").record(begun.elapsed().as_secs_f64());
        metrics::counter!("follower_blocks_total").increment(1);
        metrics::counter!("follower_txs_total").increment(block.txs.len() as u64);
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; heights stay far below 2^52")]
        metrics::gauge!("follower_height").set(block.header.height as f64);
        progress.update(|now| {
            now.projected = block.header.height;
            if !block.txs.is_empty() {
                now.changed = block.header.height;
            }
            now.time_ms = block.header.time_ms;
            now.seen = now.seen.max(block.header.height);
            now.trouble = None;
        });
    }
    Ok(())
}

/// Waits longer after each failure in a row, and says why.
#[derive(Default)]
struct Pause {
    failures: u32,
}

impl Pause {
    async fn after(&mut self, progress: &ProgressCell, why: &(dyn std::fmt::Display + Sync)) {
        let wait_ms = RETRY_MS_MIN.saturating_mul(1 << self.failures.min(10)).min(RETRY_MS_MAX);
        self.failures = self.failures.saturating_add(1);
        if self.failures == 1 {
            tracing::warn!(cause = %why, wait_ms, "The follower waits: {why}");
        }
        progress.update(|now| now.trouble = Some(why.to_string()));
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
}
