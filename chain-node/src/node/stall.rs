//! Why the chain stands still, in a sentence for the operator.

use super::Node;
use std::sync::atomic::Ordering;

/// Age of the newest block from which the chain counts as standing still. Heartbeats come every second.
pub const STALL_MS: u64 = 6_000;

impl Node {
    /// What the node waits for, when there has been no block for [`STALL_MS`].
    #[must_use]
    pub fn stall(&self) -> Option<String> {
        let head = self.head.borrow().clone();
        let now_ms = self.now_ms();
        let age_ms = now_ms.saturating_sub(head.time_ms);
        if age_ms < STALL_MS {
            return None;
        }
        let seconds = age_ms / 1000;
        let (connected, term) = (self.online_validators(), self.term());
        if connected < term.quorum {
            let lacking = term.quorum - connected;
            let votes = if lacking == 1 { "vote" } else { "votes" };
            let alone = match self.peers() {
                0 => ". No node answers at all: is the network there, and does no other host run with this node's key?",
                _ => "",
            };
            return Some(
                format!(
                    "waiting for {lacking} more {votes}: {connected} of {} validators are connected, {} are needed",
                    term.validators.len(),
                    term.quorum
                ) + alone,
            );
        }
        if self.tip() > head.height {
            return Some(format!("catching up: block {} of {} is executed", head.height, self.tip()));
        }
        let waits_for_ms = self.waits_for_ms.load(Ordering::Relaxed);
        if waits_for_ms > now_ms {
            return Some(format!(
                "clock: the leader's block is {} s ahead of this machine's clock; set both clocks by NTP",
                (waits_for_ms - now_ms) / 1000
            ));
        }
        Some(format!("no block for {seconds} s although a quorum is connected; look at the other nodes' logs"))
    }
}
