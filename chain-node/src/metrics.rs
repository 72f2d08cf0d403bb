//! Metrics, named as CometBFT names them where it has the same one, so that existing dashboards fit.

use crate::ledger::{APPLIED, BlockEffects};
use crate::node::Node;
use crate::store::Head;
use metrics::{counter, gauge, histogram};

/// Notes an executed block.
#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
pub fn executed(before: &Head, head: &Head, effects: &BlockEffects) {
    gauge!("consensus_height").set(head.height as f64);
    if before.height > 0 {
        let interval_ms = head.time_ms.saturating_sub(before.time_ms);
        histogram!("consensus_block_interval_seconds").record(interval_ms as f64 / 1000.0);
    }
    let applied = effects.outcomes.iter().filter(|code| **code == APPLIED).count();
    gauge!("consensus_num_txs").set(effects.outcomes.len() as f64);
    counter!("consensus_total_txs").increment(effects.outcomes.len() as u64);
    counter!("ledger_refused_txs_total").increment((effects.outcomes.len() - applied) as u64);
    counter!("ledger_events_total").increment(effects.events.len() as u64);
}

/// Notes a view without a block.
pub fn skipped_view() {
    counter!("consensus_skipped_views_total").increment(1);
}

/// Notes a call or a connection that was turned away, and why.
pub fn turned_away(why: &'static str) {
    counter!("rpc_turned_away_total", "why" => why).increment(1);
}

/// Notes evidence against a validator.
pub fn misbehaviour() {
    counter!("consensus_misbehaviour_total").increment(1);
}

/// Brings the gauges up to date that nobody sets when they change.
#[expect(clippy::cast_precision_loss, reason = "metrics are floats")]
pub fn refresh(node: &Node) {
    let (txs, bytes) = {
        let pending = node.pending();
        (pending.mempool.len(), pending.mempool.bytes())
    };
    gauge!("consensus_height").set(node.head().height as f64);
    let term = node.term();
    gauge!("consensus_validators").set(term.validators.len() as f64);
    gauge!("consensus_epoch").set(term.epoch as f64);
    gauge!("consensus_votes").set(if term.votes { 1.0 } else { 0.0 });
    gauge!("mempool_size").set(txs as f64);
    gauge!("mempool_size_bytes").set(bytes as f64);
    gauge!("p2p_peers").set(f64::from(node.peers()));
    counter!("p2p_gossip_dropped_total").absolute(node.dropped_gossip());
    gauge!("consensus_stalled").set(if node.stall().is_some() { 1.0 } else { 0.0 });
}
