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
    let mut wait = FIRST_AFTER;
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
