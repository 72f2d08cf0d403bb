//! Work in the background: making codes, and coming back to lists that waited for the chain.
//!
//! Serials are 80 random bits each, or what the product's own rule says (never fewer than 44 bits), drawn from the operating
//! system. A chunk and the order's progress are stored in one transaction; a serial that the product has already (about never) is
//! drawn again. A worker holds an order by a lease and is told when it was cancelled or taken over at the next chunk.

use crate::api::line::check_waiting;
use crate::app::AppState;
use crate::store::{ChunkStored, ClaimedOrder, StoreError};
use std::time::Duration;
use tokio::sync::watch;
use tracelight_domain::gs1::Serial;
use tracelight_domain::serial::{CodeRule, RANDOM_BYTES, RULE_BYTES, serial_from_random};
use uuid::Uuid;

/// Serials of one transaction. 5,000 rows take some 50 ms on the reference machine; a cancel waits at most that long.
pub const CHUNK: u64 = 5_000;
/// How long an order stays with a worker that says nothing.
pub const LEASE_MS: u64 = 15_000;
/// Pause when there is nothing to do.
const IDLE: Duration = Duration::from_millis(300);
/// Pause after the database failed.
const TROUBLE: Duration = Duration::from_secs(2);

/// Works until it is told to stop.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    let worker = Uuid::now_v7();
    let work = async {
        loop {
            let pause = match turn(&state, worker).await {
                Ok(true) => continue,
                Ok(false) => IDLE,
                Err(error) => {
                    tracing::warn!(cause = %error, "The worker waits for the database: {error}");
                    TROUBLE
                }
            };
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        () = work => {},
        _ = stop.wait_for(|stopped| *stopped) => {},
    }
}

/// One piece of work. Returns whether there was any.
async fn turn(state: &AppState, worker: Uuid) -> Result<bool, StoreError> {
    let now = crate::clock::now_ms();
    if let Some(claimed) = state.store.claim_order(worker, now, now + LEASE_MS).await? {
        make(state, claimed).await?;
        return Ok(true);
    }
    // Its faults are in the log with an incident number already.
    Ok(check_waiting(state).await.is_ok_and(|settled| settled > 0))
}

/// Makes the codes of an order until it is done, cancelled or taken over.
async fn make(state: &AppState, claimed: ClaimedOrder) -> Result<(), StoreError> {
    let order = &claimed.order;
    tracing::info!(order.id = %order.id, codes_count = order.wanted, "Makes codes for order {}", order.id);
    let rule = state.store.code_rule(order.batch.gtin).await?;
    let mut made = order.made;
    while made < order.wanted {
        let serials = match draw(CHUNK.min(order.wanted - made), rule.as_ref()) {
            Ok(serials) => serials,
            Err(error) => {
                let why = format!("the operating system gives no randomness: {error}");
                return state.store.fail_order(&claimed, &why, crate::clock::now_ms()).await;
            }
        };
        let now = crate::clock::now_ms();
        match state.store.store_chunk(&claimed, &serials, now, now + LEASE_MS).await? {
            ChunkStored::Stored { new } => {
                made += new;
                metrics::counter!("jobs_codes_total").increment(new);
            }
            ChunkStored::NotOurs => return Ok(()),
        }
    }
    tracing::info!(order.id = %order.id, "Order {} is done", order.id);
    Ok(())
}

fn draw(count: u64, rule: Option<&CodeRule>) -> Result<Vec<Serial>, getrandom::Error> {
    (0..count)
        .map(|_| {
            if let Some(rule) = rule {
                let mut random = [0; RULE_BYTES];
                getrandom::fill(&mut random)?;
                return Ok(rule.serial(&random));
            }
            let mut random = [0; RANDOM_BYTES];
            getrandom::fill(&mut random)?;
            Ok(serial_from_random(&random))
        })
        .collect()
}
