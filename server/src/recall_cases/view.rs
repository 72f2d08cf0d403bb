//! A case as its readers see it: what it says, what the chain says of its lots, what holders were told and answered.

use super::{advance, answers, record, sums};
use crate::app::AppState;
use crate::http::ApiResult;
use crate::store::{AnswerKept, CaseKept, CaseLotKept, Held, LotHoldings, ScopeLot, TaskKept, class_number};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::recall_case::{
    CaseHolder, CaseLot, LotName, NotKnown, Reach, RecallCase, StepTaken, Stopwatch,
};
use tracelight_api::rest::recall_case::{CaseStage, CaseStep};
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::state::RecallStatus;
use tracelight_proof::hash::sha256;
use tracelight_proof::signed::tx_id;

/// What is kept of who was told and who answered.
struct Told {
    tasks: Vec<TaskKept>,
    asked: BTreeMap<MemberId, BTreeSet<BatchId>>,
    given: Vec<AnswerKept>,
}

/// One case.
///
/// # Errors
/// 503 when the database does not answer.
pub async fn case(state: &AppState, case: CaseKept) -> ApiResult<RecallCase> {
    let id = case.id;
    let kept = state.store.recall_case_lots(id).await?;
    let names: Vec<BatchId> = kept.iter().map(|lot| lot.batch.clone()).collect();
    let known = state.store.scope_of(&names).await?;
    let holdings = state.store.holdings_of(&names).await?;
    let steps: Vec<StepTaken> = state.store.recall_case_steps(id).await?.into_iter().map(|(step, _)| step).collect();
    let told = Told {
        tasks: state.store.recall_tasks(id).await?,
        asked: state.store.recall_task_lots(id).await?,
        given: state.store.recall_answers(id, None).await?,
    };
    let newest = answers::newest(&told.given)?;
    let holders = holders(state, &told, &newest, &holdings).await?;
    let by_lot: BTreeMap<&BatchId, &CaseLotKept> = kept.iter().map(|lot| (&lot.batch, lot)).collect();
    let nothing = LotHoldings::default();
    let lots = known.iter().map(|found| {
        let held = holdings.get(&found.batch).unwrap_or(&nothing);
        lot(found, held, false, by_lot.get(&found.batch).copied())
    });
    let sealed = match case.stage {
        CaseStage::Closed => state.store.recall_record(id).await?,
        _ => None,
    };
    let evidence = match &sealed {
        Some((_, tx)) => record::evidence(state, tx).await?,
        None => None,
    };
    let step = case.stage.under_way();
    let mut draft = case.draft;
    draft.lots =
        names.iter().map(|batch| LotName { gtin: batch.gtin.to_string(), lot: batch.lot.to_string() }).collect();
    Ok(RecallCase {
        id: id.to_string(),
        member: case.member.to_string(),
        stage: case.stage,
        draft,
        created_by: case.created_by,
        created_ms: case.created_ms,
        changed_ms: case.changed_ms,
        lots: lots.collect(),
        sums: sums::add_up(&holdings, &newest),
        done_lots: step.map_or(0, |step| kept.iter().filter(|lot| advance::is_done(step, lot)).count() as u64),
        trouble: case.trouble,
        end_reason: case.end_reason,
        reach: reach(&holders),
        stopwatch: stopwatch(case.created_ms, case.stage, &steps, &holders),
        holders,
        steps,
        record_hash: sealed.map(|(record, _)| sha256(&record).to_string()),
        record: evidence,
    })
}

/// A lot with its packs. `by_serials`: it was looked for by serials.
#[must_use]
pub fn lot(found: &ScopeLot, held: &LotHoldings, by_serials: bool, kept: Option<&CaseLotKept>) -> CaseLot {
    let add = |part: fn(&Held) -> u64| held.holders.values().map(part).sum::<u64>();
    let (in_stock, in_transit, short) =
        (add(|held| held.in_stock), add(|held| held.in_transit), add(|held| held.short));
    let is = [
        (held.sealed.is_none(), NotKnown::Unsealed),
        (held.unknown > 0, NotKnown::Unplaced),
        (in_transit > 0, NotKnown::OnTheWay),
        (by_serials && found.in_range.is_none(), NotKnown::Serials),
        (held.sealed.is_some() && found.line.is_none(), NotKnown::Line),
        (found.hotline.is_empty(), NotKnown::Hotline),
    ];
    let (product_en, product_zh) = found.product.clone();
    let status = kept.and_then(|kept| kept.status).map(|status| match status {
        RecallStatus::Opened => "opened",
        RecallStatus::Approved => "approved",
        RecallStatus::Closed => "closed",
    });
    CaseLot {
        gtin: found.batch.gtin.to_string(),
        lot: found.batch.lot.to_string(),
        product_en,
        product_zh,
        maker: found.maker.to_string(),
        made_on: found.made_on.to_string(),
        expires_on: found.expires_on.to_string(),
        line: found.line.clone(),
        hotline: found.hotline.clone(),
        recalled: found.recalled.map(class_number),
        in_range: found.in_range,
        sealed: held.sealed,
        holders: held.holders.len() as u64,
        in_stock,
        in_transit,
        short,
        gone: held.gone,
        unknown: held.unknown,
        not_known: is.into_iter().filter_map(|(is, what)| is.then_some(what)).collect(),
        recall: kept.and_then(|kept| kept.recall).map(|id| id.to_string()),
        status: status.map(str::to_owned),
    }
}

async fn holders(
    state: &AppState,
    told: &Told,
    newest: &sums::Answers,
    holdings: &BTreeMap<BatchId, LotHoldings>,
) -> ApiResult<Vec<CaseHolder>> {
    let last: BTreeMap<MemberId, &AnswerKept> = told.given.iter().map(|one| (one.member, one)).collect();
    let mut out = Vec::with_capacity(told.tasks.len());
    for task in &told.tasks {
        let member = task.member;
        let asked = told.asked.get(&member).cloned().unwrap_or_default();
        let answered = newest.get(&member);
        let evidence = match last.get(&member) {
            Some(answer) => state.store.transaction(tx_id(&answer.tx.tx)).await?,
            None => None,
        };
        out.push(CaseHolder {
            gln: member.to_string(),
            name_en: state.alliance.name_en(member),
            name_zh: state.alliance.name_zh(member),
            lots: asked.len() as u64,
            answered_lots: answered.map_or(0, |lots| asked.iter().filter(|lot| lots.contains_key(lot)).count() as u64),
            held: holdings.values().filter_map(|held| held.holders.get(&member)).map(Held::total).sum(),
            told_ms: task.made_ms,
            seen_ms: task.seen.as_ref().map(|(ms, _)| *ms),
            answered_ms: answers::complete_since(&told.given, member, &asked)?,
            reminded_ms: task.reminded_ms,
            reminders: task.reminders,
            answers: answered.map(|lots| lots.values().cloned().collect()).unwrap_or_default(),
            answer_hash: last.get(&member).map(|answer| sha256(&answer.document).to_string()),
            evidence: evidence.filter(|(_, refusal)| refusal.is_none()).map(|(evidence, _)| evidence),
        });
    }
    Ok(out)
}

/// How many were told, looked and answered.
#[must_use]
pub fn reach(holders: &[CaseHolder]) -> Reach {
    let count = |is: fn(&CaseHolder) -> bool| holders.iter().filter(|holder| is(holder)).count() as u64;
    Reach {
        told: holders.len() as u64,
        seen: count(|holder| holder.seen_ms.is_some()),
        answered: count(|holder| holder.answered_ms.is_some()),
    }
}

fn stopwatch(begun_ms: u64, stage: CaseStage, steps: &[StepTaken], holders: &[CaseHolder]) -> Stopwatch {
    let since = |ms: u64| ms.saturating_sub(begun_ms);
    let done = |step| steps.iter().find(|taken| taken.step == step).and_then(|taken| taken.done_ms).map(since);
    let in_force = matches!(stage, CaseStage::Approved | CaseStage::Closing | CaseStage::Closed) && !holders.is_empty();
    // All of them, or nobody can say how long it took.
    let all = |part: fn(&CaseHolder) -> Option<u64>| {
        let times: Option<Vec<u64>> = holders.iter().map(part).collect();
        times.filter(|_| in_force).and_then(|times| times.into_iter().max()).map(since)
    };
    Stopwatch {
        opened_ms: done(CaseStep::Open),
        approved_ms: done(CaseStep::Approve),
        seen_ms: all(|holder| holder.seen_ms),
        answered_ms: all(|holder| holder.answered_ms),
        closed_ms: done(CaseStep::Close),
    }
}
