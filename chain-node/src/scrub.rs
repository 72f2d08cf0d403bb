//! Reading the store through in the background, so that damage is found before it is needed. A finding ends the node: a node
//! that may hold something false answers nobody.
//!
//! One pass begins [`FIRST_AFTER`] the start and [`PAUSE`] after the pass before. It works at most one part in twenty of the
//! time of one core: [`WORK`] at a time, then a rest of nineteen times as long as that work took.

use crate::doctor::way_out;
use crate::node::Node;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Before the first pass.
pub const FIRST_AFTER: Duration = Duration::from_secs(60);
/// Between two passes.
pub const PAUSE: Duration = Duration::from_secs(3_600);
/// Work between two rests.
pub const WORK: Duration = Duration::from_millis(10);
/// Rest after work, in times of the work.
const REST: u32 = 19;
/// How often a waiting thread looks whether the node stops.
const LOOK: Duration = Duration::from_millis(200);

/// Reads the store through until the node stops or something is wrong, which it says. Blocks; belongs on a thread of its own.
#[must_use]
pub fn scrub(node: &Arc<Node>) -> Option<String> {
    scrub_after(node, FIRST_AFTER)
}

fn scrub_after(node: &Arc<Node>, first: Duration) -> Option<String> {
    let stopping = node.watch_stopping();
    let rest = |time: Duration| {
        let until = Instant::now() + time;
        loop {
            if *stopping.borrow() {
                return ControlFlow::Break(());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return ControlFlow::Continue(());
            }
            sleep(left.min(LOOK));
        }
    };
    let mut wait = first;
    loop {
        if rest(wait).is_break() {
            return None;
        }
        wait = PAUSE;
        let mut begin = Instant::now();
        let report = node.store.check(&mut |_| {
            let worked = begin.elapsed();
            if worked < WORK {
                return ControlFlow::Continue(());
            }
            let answer = rest(worked * REST);
            begin = Instant::now();
            answer
        });
        match report {
            Err(error) => return Some(error.to_string()),
            Ok(report) => {
                if let Some(finding) = report.findings.first() {
                    let since = finding.height.map(|height| format!("since block {height}, ")).unwrap_or_default();
                    let (column, what) = (finding.column, &finding.what);
                    return Some(format!("{since}in `{column}`: {what}; {}", way_out(&report)));
                }
                if report.is_whole {
                    tracing::info!(rows = report.rows, bytes = report.bytes, "The store was read through and is sound");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::alliance;
    use crate::machine::tests::{ROOMY, node_with_clock};

    #[test]
    fn damage_ends_the_reading_and_a_stop_does_too() {
        let (dir, alliance) = (tempfile::tempdir().expect("scratch"), alliance());
        let node = node_with_clock(&dir, &alliance, ROOMY, || 0);
        let stopped = {
            let node = Arc::clone(&node);
            std::thread::spawn(move || scrub_after(&node, Duration::ZERO))
        };
        sleep(2 * LOOK);
        assert!(!stopped.is_finished(), "a sound store is read again and again");
        node.begin_stop();
        assert_eq!(stopped.join().expect("no panic"), None);

        let (dir, alliance) = (tempfile::tempdir().expect("scratch"), crate::ledger::tests::alliance());
        let node = node_with_clock(&dir, &alliance, ROOMY, || 0);
        node.store.lose_a_row("tree_pages");
        let found = scrub_after(&node, Duration::ZERO).expect("a page is missing");
        assert!(found.contains("`tree_pages`") && found.contains("doctor --repair"), "{found}");
    }
}
