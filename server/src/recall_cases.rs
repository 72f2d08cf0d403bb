//! Recall cases at work: steps that take one transaction a lot, notices to holders, their signed answers, reminders, the record.
//!
//! ```text
//! a person asks for a step --(kept)--> sign what is left --(kept)--> send --(verified chain)--> done for this lot
//! [`advance`] goes on from whatever is there: the chain says which lots are left, and what was signed and not expired is sent
//! again as it is. Two that work on one case send the same bytes. What the chain refuses stops the step until somebody asks again.
//! ```
//! | bound | |
//! |---|---|
//! | lots of a case | 200 ([`tracelight_api::rest::recall_case::LOTS_MAX`]) |
//! | transactions of one sending | [`SENT_AT_ONCE`] |
//! | cases and answers of one turn | [`TURN_MAX`]; the oldest first |
//! | reminders of a holder in a case | [`remind::REMINDERS_MAX`], at most one a day |

pub mod advance;
pub mod answers;
pub mod record;
pub mod remind;
pub mod report;
pub mod sums;
pub mod view;

use crate::app::AppState;
use crate::http::ApiError;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// Transactions that are sent at once.
pub const SENT_AT_ONCE: usize = 50;
/// Cases, and answers, of one turn.
const TURN_MAX: u64 = 100;
/// Pause between two turns.
const PAUSE: Duration = Duration::from_millis(500);
/// Pause between two looks at who has to be told or reminded.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How long something rests after it failed for a reason that may pass by itself.
const REST_MS: u64 = 5_000;
/// How long it rests after it was refused: somebody has to mend that.
const LONG_REST_MS: u64 = 10 * 60_000;

/// Works until it is told to stop: what a crash or an outage left unfinished, and reminders.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    let work = async {
        let mut resting = Resting::default();
        let mut looked: Option<tokio::time::Instant> = None;
        loop {
            turn(&state, &mut resting).await;
            if looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
                remind::look(&state).await;
                looked = Some(tokio::time::Instant::now());
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = work => {},
        _ = stop.wait_for(|stopped| *stopped) => {},
    }
}

/// What failed a moment ago, and until when it rests. At most what one turn takes.
#[derive(Debug, Default)]
struct Resting(BTreeMap<Uuid, u64>);

impl Resting {
    fn rests(&self, id: Uuid, now_ms: u64) -> bool {
        self.0.get(&id).is_some_and(|until| now_ms < *until)
    }

    fn failed(&mut self, id: Uuid, error: &ApiError, now_ms: u64) {
        let pause = if error.0.status >= 500 { REST_MS } else { LONG_REST_MS };
        self.0.retain(|_, until| now_ms < *until);
        self.0.insert(id, now_ms.saturating_add(pause));
    }
}

async fn turn(state: &AppState, resting: &mut Resting) {
    let now_ms = crate::clock::now_ms();
    match state.store.recall_cases_under_way(TURN_MAX).await {
        Ok(cases) => {
            for id in cases {
                if resting.rests(id, now_ms) {
                    continue;
                }
                if let Err(error) = advance::advance(state, id).await {
                    waits(&error, "Recall case", id);
                    resting.failed(id, &error, now_ms);
                }
            }
        }
        Err(error) => tracing::warn!(cause = %error, "Recall cases wait for the database: {error}"),
    }
    match state.store.recall_answers_waiting(TURN_MAX).await {
        Ok(answers) => {
            for answer in answers {
                let id = answer.case;
                // An answer that was kept a moment ago is being sent by whoever gave it.
                if resting.rests(id, now_ms) || answer.at_ms.saturating_add(REST_MS) > now_ms {
                    continue;
                }
                if let Err(error) = answers::settle(state, answer).await {
                    waits(&error, "An answer in recall case", id);
                    resting.failed(id, &error, now_ms);
                }
            }
        }
        Err(error) => tracing::warn!(cause = %error, "Answers to recalls wait for the database: {error}"),
    }
}

fn waits(error: &ApiError, what: &str, id: Uuid) {
    let why = error.0.detail.as_deref().unwrap_or(&error.0.title);
    tracing::warn!(case.id = %id, "{what} {id} waits: {why}");
}
