//! One showing of a mark: read, settled, judged, written down.

use crate::app::AppState;
use crate::marks::Marks;
use crate::scan::ANSWER_TIMEOUT;
use tracelight_domain::ids::UnitId;
use tracelight_marks::{Context, Decision, Enrolment, Fields, Item, Policy, Record, Standing};

/// What was found in this visit.
pub(crate) struct Visit {
    /// As it was written down.
    pub record: Record,
    /// What the product's policy makes of it.
    pub decision: Decision,
}

/// Reads the evidence against the enrolment and settles what it claims.
pub(crate) async fn visit(state: &AppState, marks: &Marks, shown: Shown<'_>, evidence: &Fields, now_ms: u64) -> Visit {
    let item = Item::from(shown.unit);
    let read = marks.registry().read(shown.enrolment, evidence, Context { item: &item, now_ms });
    let outcome = match read {
        Err(outcome) => outcome,
        Ok(reading) => {
            let settled = state.store.settle_mark(&reading.claim, now_ms);
            let standing = match tokio::time::timeout(ANSWER_TIMEOUT, settled).await {
                Ok(Ok(standing)) => standing,
                Ok(Err(error)) => {
                    tracing::error!(cause = %error, "A mark could not be settled: {error}");
                    Standing::Unavailable
                }
                Err(_) => {
                    tracing::error!("A mark was not settled within {} ms", ANSWER_TIMEOUT.as_millis());
                    Standing::Unavailable
                }
            };
            reading.judge(standing)
        }
    };
    let kind = shown.enrolment.kind();
    let record = Record::new(item, shown.enrolment, marks.registry().resistance(kind), now_ms, outcome);
    metrics::counter!("scan_marks_total", "kind" => kind.to_string(), "verdict" => format!("{:?}", record.outcome.verdict()))
        .increment(1);
    let kept = state.store.keep_outcome(*uuid::Uuid::now_v7().as_bytes(), shown.unit, &record);
    // What was settled stands; the record is for those who look into it later.
    match tokio::time::timeout(ANSWER_TIMEOUT, kept).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(cause = %error, "An outcome of a mark was not kept: {error}"),
        Err(_) => tracing::warn!("An outcome of a mark was not kept within {} ms", ANSWER_TIMEOUT.as_millis()),
    }
    let decision = shown.policy.judge(&record.item, std::slice::from_ref(&record), now_ms);
    Visit { record, decision }
}

/// Whose mark is shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// The item.
    pub unit: &'a UnitId,
    /// Its mark.
    pub enrolment: &'a Enrolment,
    /// What its product carries.
    pub policy: &'a Policy,
}
