//! Why the chain stands still, in a line for the operator: who is missing since when, how far the clock is off, what is being
//! waited for. Several reasons are joined by `; `.

use super::Node;
use std::sync::atomic::Ordering;
use tracelight_consensus::CLOCK_SKEW_MAX;
use tracelight_domain::ids::PublicKey;

/// Age of the newest block from which the chain counts as standing still. Heartbeats come every second.
pub const STALL_MS: u64 = 6_000;
/// A clock that is so far off is worth a word. (Beyond [`CLOCK_SKEW_MAX`] nodes refuse each other.)
pub const CLOCK_MS: u64 = 1_000;
/// Missing validators that are named.
const NAMED_MAX: usize = 3;

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
        let reasons: Vec<String> =
            [self.missing_votes(), self.clock_off(now_ms), self.lag(head.height)].into_iter().flatten().collect();
        if reasons.is_empty() {
            let seconds = age_ms / 1000;
            return Some(format!(
                "no block for {seconds} s although a quorum is connected; look at the other nodes' logs"
            ));
        }
        Some(reasons.join("; "))
    }

    fn missing_votes(&self) -> Option<String> {
        let (online, term) = (self.online_validators(), self.term());
        let lacking = term.quorum.checked_sub(online).filter(|lacking| *lacking > 0)?;
        let votes = if lacking == 1 { "vote" } else { "votes" };
        let missing: Vec<String> = self.missing_validators().iter().map(|key| self.missing_since(key)).collect();
        let named = missing.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
        let more = match missing.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let alone = match self.peers() {
            0 => format!(
                ". No node answers at all: is the network there, is the clock right to {} s, and does no other host run with this node's key?",
                CLOCK_SKEW_MAX.as_secs()
            ),
            _ => String::new(),
        };
        let of = term.validators.len();
        Some(format!(
            "waiting for {lacking} more {votes}: {named}{more} ({online} of {of} validators are online, {} are needed){alone}",
            term.quorum
        ))
    }

    /// Validators of the epoch that are not connected, and this node where it does not vote; longest unseen first.
    #[must_use]
    pub fn missing_validators(&self) -> Vec<PublicKey> {
        let (connected, term) = (self.connected(), self.term());
        let own = self.identity.validator;
        let online = |key: &PublicKey| if *key == own { term.votes } else { connected.binary_search(key).is_ok() };
        let mut missing: Vec<PublicKey> = term.validators.iter().filter(|key| !online(key)).copied().collect();
        missing.sort_by_key(|key| std::cmp::Reverse(self.unseen_ms(key).unwrap_or(u64::MAX)));
        missing
    }

    fn missing_since(&self, key: &PublicKey) -> String {
        let name = self.validator_name(key);
        if *key == self.identity.validator {
            return format!("validator {name} is this node, which does not vote yet in this epoch");
        }
        match self.unseen_ms(key) {
            Some(ms) => format!("validator {name} last seen {} s ago", ms / 1000),
            None => format!("validator {name} not seen since this node started"),
        }
    }

    fn clock_off(&self, now_ms: u64) -> Option<String> {
        let seconds = |ms: u64| format!("{}.{}", ms / 1000, ms % 1000 / 100);
        if let Some(ahead_ms) = self.clock_ahead_ms()
            && ahead_ms.unsigned_abs() >= CLOCK_MS
        {
            let side = if ahead_ms > 0 { "ahead of" } else { "behind" };
            return Some(format!("clock {} s {side} quorum; set it by NTP", seconds(ahead_ms.unsigned_abs())));
        }
        // Too few have proposed to say whose clock it is.
        let waits_ms = self.waits_for_ms.load(Ordering::Relaxed).checked_sub(now_ms).filter(|ms| *ms > 0)?;
        Some(format!("clock {} s behind the leader's block; set both clocks by NTP", seconds(waits_ms)))
    }

    fn lag(&self, height: u64) -> Option<String> {
        (self.tip() > height).then(|| format!("catching up: block {height} of {} is executed", self.tip()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::{GENESIS_MS, alliance};
    use crate::machine::tests::{ROOMY, node_with_clock};
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    /// One clock for each test: a clock is a plain function.
    macro_rules! clock {
        ($name:ident, $at:ident) => {
            static $at: AtomicU64 = AtomicU64::new(GENESIS_MS + 1_000_000);
            fn $name() -> u64 {
                $at.load(Ordering::Relaxed)
            }
        };
    }

    fn others(node: &Arc<Node>) -> Vec<PublicKey> {
        node.term().validators.iter().filter(|key| **key != node.identity.validator).copied().collect()
    }

    #[test]
    fn missing_validators_are_named_with_when_they_were_last_seen() {
        clock!(now, AT);
        let (dir, alliance) = (tempfile::tempdir().expect("scratch"), alliance());
        let node = node_with_clock(&dir, &alliance, ROOMY, now);
        node.set_term(0, true).expect("seats");
        let others = others(&node);
        node.set_connected(others.clone());
        AT.fetch_add(12_000, Ordering::Relaxed);
        node.set_connected(others[..1].to_vec());
        AT.fetch_add(300, Ordering::Relaxed);
        let stall = node.stall().expect("it stands still");
        let name = |key: &PublicKey| node.validator_name(key);
        assert!(stall.starts_with("waiting for 1 more vote: validator "), "{stall}");
        for missing in &others[1..] {
            assert!(stall.contains(&format!("validator {} last seen 12 s ago", name(missing))), "{stall}");
        }
        assert!(
            !stall.contains(&name(&others[0])) && stall.contains("2 of 4 validators are online, 3 are needed"),
            "{stall}"
        );
        assert!(!stall.contains("No node answers"), "{stall}");
        node.set_connected(Vec::new());
        let alone = node.stall().expect("it stands still");
        assert!(alone.contains("waiting for 2 more votes") && alone.contains("No node answers at all"), "{alone}");
        // A node that does not vote itself says so.
        node.set_term(0, false).expect("seats");
        let silent = node.stall().expect("it stands still");
        assert!(silent.contains("is this node, which does not vote yet in this epoch"), "{silent}");
        assert_eq!(silent.lines().count(), 1);
    }

    #[test]
    fn a_clock_that_is_off_is_told_to_a_tenth_of_a_second() {
        clock!(now, AT);
        let (dir, alliance) = (tempfile::tempdir().expect("scratch"), alliance());
        let node = node_with_clock(&dir, &alliance, ROOMY, now);
        node.set_term(0, true).expect("seats");
        node.set_connected(others(&node));
        let stall = || node.stall().expect("it stands still");
        assert!(stall().contains("although a quorum is connected"), "{}", stall());
        for _ in 0..SAMPLES_OF_ONE_LEADER {
            node.note_proposal_time(now() - 60_000);
        }
        assert_eq!(node.clock_ahead_ms(), None, "one leader's word");
        for _ in 0..20 {
            node.note_proposal_time(now() - 4_200);
        }
        node.note_proposal_time(now() + 60_000);
        assert_eq!(stall(), "clock 4.2 s ahead of quorum; set it by NTP");
        for _ in 0..20 {
            node.note_proposal_time(now() + 7_050);
        }
        assert_eq!(stall(), "clock 7.0 s behind quorum; set it by NTP");
        for _ in 0..20 {
            node.note_proposal_time(now() - 30);
        }
        assert!(stall().contains("although a quorum is connected"), "{}", stall());
        node.set_waits_for_ms(now() + 9_900);
        assert!(stall().contains("clock 9.9 s behind the leader's block"), "{}", stall());
        node.set_tip(77);
        assert!(stall().ends_with("; catching up: block 0 of 77 is executed"), "{}", stall());
    }

    const SAMPLES_OF_ONE_LEADER: usize = 2;
}
