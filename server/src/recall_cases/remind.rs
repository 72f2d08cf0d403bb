//! Telling holders of a case, and reminding those who have not answered.
//!
//! A holder is told once, when the case comes into force or when it first holds packs of it. It is reminded `recalls.remind_hours`
//! after it was told, and again as often as that, until it has answered for every lot, the case ends, or it was reminded
//! [`REMINDERS_MAX`] times. Goods that move on are looked for with each look: whoever has them then is told too.

use super::answers;
use crate::app::AppState;
use crate::clock::iso;
use crate::http::ApiResult;
use crate::store::{CaseKept, CaseLotKept, TaskKept};
use tracelight_api::rest::webhook::{EventData, EventType, WebhookEvent};
use tracelight_domain::ids::BatchId;
use uuid::Uuid;

/// Reminders of one holder in one case.
pub const REMINDERS_MAX: u32 = 14;
/// Cases of one look.
const CASES_MAX: u64 = 200;
const HOUR_MS: u64 = 60 * 60 * 1_000;

/// Is a reminder due?
#[must_use]
pub fn is_due(now_ms: u64, told_ms: u64, reminded_ms: Option<u64>, reminders: u32, after_ms: u64) -> bool {
    reminders < REMINDERS_MAX && reminded_ms.unwrap_or(told_ms).saturating_add(after_ms) <= now_ms
}

/// Looks at every case in force. What fails is in the log, and is looked at again.
pub async fn look(state: &AppState) {
    let cases = match state.store.recall_cases_in_force(CASES_MAX).await {
        Ok(cases) => cases,
        Err(error) => {
            tracing::warn!(cause = %error, "Reminders of recalls wait for the database: {error}");
            return;
        }
    };
    for id in cases {
        if let Err(error) = look_at(state, id, crate::clock::now_ms()).await {
            super::waits(&error, "Reminders of recall case", id);
        }
    }
}

/// Tells new holders of one case and reminds the silent ones. Returns how many were reminded.
///
/// # Errors
/// 503 when the database does not answer.
pub async fn look_at(state: &AppState, id: Uuid, now_ms: u64) -> ApiResult<u64> {
    let Some(case) = state.store.recall_case(id).await? else { return Ok(0) };
    tell(state, &case, &state.store.recall_case_lots(id).await?).await?;
    let asked = state.store.recall_task_lots(id).await?;
    let given = state.store.recall_answers(id, None).await?;
    let after_ms = u64::from(state.config.recalls.remind_hours).saturating_mul(HOUR_MS);
    let mut reminded = 0;
    for task in state.store.recall_tasks(id).await? {
        let lots = asked.get(&task.member).cloned().unwrap_or_default();
        let TaskKept { made_ms, reminded_ms, reminders, .. } = task;
        if !is_due(now_ms, made_ms, reminded_ms, reminders, after_ms)
            || answers::complete_since(&given, task.member, &lots)?.is_some()
        {
            continue;
        }
        let body = || event(&case, EventType::RecallReminder, now_ms);
        if state.store.remind_recall_holder(&task, now_ms, body).await? {
            reminded += 1;
            metrics::counter!("recall_reminders_total").increment(1);
        }
    }
    Ok(reminded)
}

/// Tells whoever holds or held packs of a case and was not told yet.
///
/// # Errors
/// 503 when the database does not answer.
pub async fn tell(state: &AppState, case: &CaseKept, lots: &[CaseLotKept]) -> ApiResult<()> {
    let lots: Vec<BatchId> = lots.iter().map(|lot| lot.batch.clone()).collect();
    let mut holders = state.store.recall_holders(&lots).await?;
    let known = state.store.recall_task_lots(case.id).await?;
    for (member, lots) in &mut holders {
        lots.retain(|lot| known.get(member).is_none_or(|known| !known.contains(lot)));
    }
    holders.retain(|_, lots| !lots.is_empty());
    if holders.is_empty() {
        return Ok(());
    }
    let now_ms = crate::clock::now_ms();
    let body = || event(case, EventType::RecallNotice, now_ms);
    let told = state.store.tell_recall_holders(case.id, &holders, now_ms, body).await?;
    if told > 0 {
        tracing::info!(case.id = %case.id, told, "Holders were told of recall case {}", case.id);
    }
    Ok(())
}

/// What a webhook is told: which case, and nothing of whose goods.
fn event(case: &CaseKept, kind: EventType, now_ms: u64) -> Vec<u8> {
    let data = EventData {
        case: Some(case.id.to_string()),
        class: Some(case.draft.class),
        drill: Some(case.draft.drill),
        ..EventData::default()
    };
    let body = WebhookEvent { r#type: kind.word().to_owned(), timestamp: iso(now_ms), data };
    // Texts and numbers always have a JSON form.
    serde_json::to_vec(&body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_a_reminder_is_due_a_day_after_the_last_word_and_never_for_ever() {
        let day = 24 * HOUR_MS;
        assert!(!is_due(day - 1, 0, None, 0, day));
        assert!(is_due(day, 0, None, 0, day));
        assert!(!is_due(day + 5, 0, Some(10), 1, day));
        assert!(is_due(day + 10, 0, Some(10), 1, day));
        assert!(!is_due(u64::MAX, 0, Some(0), REMINDERS_MAX, day));
    }
}
