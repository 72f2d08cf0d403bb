//! Metrics for Prometheus. Where CometBFT has the same one it has CometBFT's name, so that existing dashboards and alerts fit
//! (`cometbft_consensus_height`, `.._validators`, `.._missing_validators`, `.._block_interval_seconds`, `.._num_txs`,
//! `.._total_txs`, `.._block_size_bytes`, `.._latest_block_height`, `.._block_syncing`, `cometbft_mempool_size`,
//! `.._size_bytes`, `cometbft_p2p_peers`); all others begin with `tracelight_`.

use crate::ledger::{APPLIED, BlockEffects};
use crate::node::Node;
use crate::store::Head;
use metrics::{counter, gauge, histogram};
use std::time::Duration;

/// Notes an executed block.
#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
pub fn executed(before: &Head, head: &Head, body_bytes: usize, effects: &BlockEffects) {
    gauge!("cometbft_consensus_height").set(head.height as f64);
    if before.height > 0 {
        let interval_ms = head.time_ms.saturating_sub(before.time_ms);
        histogram!("cometbft_consensus_block_interval_seconds").record(interval_ms as f64 / 1000.0);
    }
    let applied = effects.outcomes.iter().filter(|code| **code == APPLIED).count();
    gauge!("cometbft_consensus_num_txs").set(effects.outcomes.len() as f64);
    gauge!("cometbft_consensus_total_txs").increment(effects.outcomes.len() as f64);
    gauge!("cometbft_consensus_block_size_bytes").set(body_bytes as f64);
    counter!("tracelight_ledger_refused_txs_total").increment((effects.outcomes.len() - applied) as u64);
    counter!("tracelight_ledger_events_total").increment(effects.events.len() as u64);
}

/// Notes what the node's own key did not sign: `vote` or `handshake`.
pub fn unsigned(what: &'static str) {
    counter!("tracelight_consensus_unsigned_total", "what" => what).increment(1);
}

/// Notes whether the node's own key signs, and how long the last signature took.
pub fn own_key(signs: bool, seconds: f64) {
    gauge!("tracelight_consensus_key_signs").set(if signs { 1.0 } else { 0.0 });
    histogram!("tracelight_consensus_sign_seconds").record(seconds);
}

/// Notes how long a block with transactions took from its proposal, as seen here, until it was known to be final, and from
/// then until it was executed and on the disk.
pub fn block_took(agreed: Option<Duration>, executed: Duration) {
    if let Some(agreed) = agreed {
        histogram!("tracelight_block_agreed_seconds").record(agreed.as_secs_f64());
    }
    histogram!("tracelight_block_executed_seconds").record(executed.as_secs_f64());
}

/// Notes how long a call waited until all of its transactions were final.
pub fn submission_took(time: Duration) {
    histogram!("tracelight_rpc_submission_seconds").record(time.as_secs_f64());
}

/// Notes a view without a block.
pub fn skipped_view() {
    counter!("tracelight_consensus_skipped_views_total").increment(1);
}

/// Notes how many validators' votes come too late.
#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
pub fn lagging(validators: usize) {
    gauge!("tracelight_consensus_lagging_validators").set(validators as f64);
}

/// Notes a call or a connection that was turned away, and why.
pub fn turned_away(why: &'static str) {
    counter!("tracelight_rpc_turned_away_total", "why" => why).increment(1);
}

/// Notes evidence against a validator.
pub fn misbehaviour() {
    counter!("tracelight_consensus_misbehaviour_total").increment(1);
}

/// Brings the gauges up to date that nobody sets when they change.
#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
pub fn refresh(node: &Node) {
    let (txs, bytes) = {
        let pending = node.pending();
        (pending.mempool.len(), pending.mempool.bytes())
    };
    let (head, term) = (node.head(), node.term());
    let number = |yes: bool| if yes { 1.0 } else { 0.0 };
    gauge!("cometbft_consensus_height").set(head.height as f64);
    gauge!("cometbft_consensus_latest_block_height").set(node.tip().max(head.height) as f64);
    gauge!("cometbft_consensus_block_syncing").set(number(node.tip() > head.height + 1));
    gauge!("cometbft_consensus_validators").set(term.validators.len() as f64);
    gauge!("cometbft_consensus_missing_validators").set(node.missing_validators().len() as f64);
    gauge!("cometbft_mempool_size").set(txs as f64);
    gauge!("cometbft_mempool_size_bytes").set(bytes as f64);
    gauge!("cometbft_p2p_peers").set(f64::from(node.peers()));
    gauge!("tracelight_ledger_pruned_height").set(node.store.horizon() as f64);
    gauge!("tracelight_consensus_epoch").set(term.epoch as f64);
    gauge!("tracelight_consensus_votes").set(number(term.votes));
    gauge!("tracelight_consensus_stalled").set(number(node.stall().is_some()));
    gauge!("tracelight_clock_ahead_seconds").set(node.clock_ahead_ms().unwrap_or(0) as f64 / 1000.0);
    counter!("tracelight_p2p_gossip_dropped_total").absolute(node.dropped_gossip());
}
