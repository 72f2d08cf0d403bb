//! Batches that the server is asked for while the lines go on.
//!
//! A server may take long to answer, or never answer; readings of other lines must not wait behind it, because a bad one has
//! to be blocked within 200 ms. So the question runs by itself, a group of readings waits [`PATIENCE`] for all its questions
//! together, and a reading whose answer is not there by then is refused and sent again by its device, which finds it there.

use crate::line::Sheet;
use crate::topic::LineKey;
use crate::uplink::{LinkError, Office};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tracelight_domain::ids::BatchId;

/// What a group of readings waits for the server, all its questions together.
const PATIENCE: Duration = Duration::from_millis(100);
/// After so long a question is given up.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// An answer that nobody has fetched for so long is asked for again: there may be more codes by now.
const FRESH: Duration = Duration::from_secs(60);
/// Questions and answers that are kept. A line asks one at a time; an answer is a list of at most 4 M numbers.
const ASKED_MAX: usize = 16;

/// What the server said.
pub(super) type Told = Result<Option<Sheet>, LinkError>;

/// A batch, for a line: each line takes codes of its own.
type Asked = (BatchId, LineKey);

struct Question {
    since: Instant,
    task: JoinHandle<Told>,
}

/// The questions that are on their way, and the answers that nobody has fetched yet.
pub(super) struct Lookups {
    office: Arc<dyn Office>,
    asked: BTreeMap<Asked, Question>,
}

impl Lookups {
    pub(super) const fn new(office: Arc<dyn Office>) -> Self {
        Self { office, asked: BTreeMap::new() }
    }

    /// When a group that begins now has waited enough.
    pub(super) fn patience() -> Instant {
        Instant::now() + PATIENCE
    }

    /// Asks, unless the question is on its way, and waits until `deadline`. `None`: ask again later.
    pub(super) async fn ask(&mut self, batch: &BatchId, line: &LineKey, deadline: Instant) -> Option<Told> {
        let key = (batch.clone(), line.clone());
        self.forget(&key);
        if !self.asked.contains_key(&key) && self.asked.len() >= ASKED_MAX {
            return None;
        }
        let office = Arc::clone(&self.office);
        let question = self.asked.entry(key.clone()).or_insert_with(|| {
            let (batch, line) = (batch.clone(), line.to_string());
            let task = tokio::spawn(async move {
                timeout(ANSWER_MAX, office.batch(&batch, &line)).await.unwrap_or_else(|_| {
                    Err(LinkError::Unreachable(format!("no answer within {} s", ANSWER_MAX.as_secs())))
                })
            });
            Question { since: Instant::now(), task }
        });
        let told = timeout_at(deadline, &mut question.task).await.ok()?;
        self.asked.remove(&key);
        Some(told.unwrap_or_else(|why| Err(LinkError::Unreachable(format!("the question ended: {why}")))))
    }

    /// Drops what is too old to be believed, and where there is no room for another question, answers nobody came for.
    fn forget(&mut self, key: &Asked) {
        self.asked.retain(|_, question| !question.task.is_finished() || question.since.elapsed() < FRESH);
        if !self.asked.contains_key(key) && self.asked.len() >= ASKED_MAX {
            self.asked.retain(|_, question| !question.task.is_finished());
        }
    }
}

impl Drop for Lookups {
    fn drop(&mut self) {
        self.asked.values().for_each(|question| question.task.abort());
    }
}
