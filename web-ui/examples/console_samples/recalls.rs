//! Canned answers about recall cases: a draft, one that waits, one that stands still, one in force; a holder's notice.

use tracelight_api::rest::recall_case::{
    CaseDraft, CaseHolder, CaseLot, CaseRow, CaseStage, CaseStep, CaseSums, LotName, LotsFound, NotKnown, Reach,
    RecallCase, StepTaken, Stopwatch,
};
use tracelight_api::rest::recall_task::{GivenAnswer, LotAnswer, RecallTask, TaskLot, TaskRow};

use super::{GTIN, HOUR, NOW_MS, evidence, members};

const OTHER: &str = "A24K08";

fn lot(name: &str, sealed: Option<u64>, not_known: Vec<NotKnown>) -> CaseLot {
    let some = |count| if sealed.is_some() { count } else { 0 };
    CaseLot {
        gtin: GTIN.into(),
        lot: name.into(),
        product_en: "Paracetamol oral suspension, 100 ml".into(),
        product_zh: "对乙酰氨基酚口服混悬液 100 ml".into(),
        maker: members()[0].gln.clone(),
        made_on: "2026-08-14".into(),
        expires_on: "2028-08".into(),
        line: sealed.map(|_| "line 2, Xi'an".into()),
        hotline: "400 820 1234".into(),
        recalled: None,
        in_range: None,
        sealed,
        holders: some(3),
        in_stock: some(38_100),
        in_transit: some(4_800),
        short: some(48),
        gone: some(4_640),
        unknown: some(412),
        not_known,
        recall: None,
        status: None,
    }
}

fn lots() -> Vec<CaseLot> {
    vec![
        lot("A24K07", Some(48_000), vec![NotKnown::Unplaced, NotKnown::OnTheWay]),
        lot(OTHER, None, vec![NotKnown::Unsealed]),
    ]
}

pub fn found() -> LotsFound {
    let mut all = lots();
    all.push(CaseLot {
        recalled: Some(2),
        ..lot("B26H02", Some(12_000), vec![NotKnown::Line, NotKnown::Hotline, NotKnown::Serials])
    });
    LotsFound { lots: all, more: false, lineage_cut: true }
}

fn sums() -> CaseSums {
    CaseSums {
        packs: 48_000,
        unsealed_lots: 1,
        in_stock: 38_100,
        in_transit: 4_800,
        short: 48,
        gone: 4_640,
        unknown: 412,
        ..CaseSums::default()
    }
}

fn stage_of(id: &str) -> Option<CaseStage> {
    CaseStage::parse(id.strip_prefix("c-")?)
}

fn answered(name: &str) -> LotAnswer {
    LotAnswer {
        gtin: GTIN.into(),
        lot: name.into(),
        found: 20,
        quarantined: 11_900,
        sold: 64,
        unaccounted: 6,
        note: "The till has 64 sales after the count.".into(),
    }
}

fn holders() -> Vec<CaseHolder> {
    let members = members();
    let holder = |index: usize, held, seen: Option<u64>, answered_ms: Option<u64>| CaseHolder {
        gln: members[index].gln.clone(),
        name_en: members[index].name_en.clone(),
        name_zh: members[index].name_zh.clone(),
        lots: 2,
        answered_lots: if answered_ms.is_some() { 2 } else { 0 },
        held,
        told_ms: NOW_MS - 27 * HOUR,
        seen_ms: seen,
        answered_ms,
        reminded_ms: (index == 1).then_some(NOW_MS - 3 * HOUR),
        reminders: u32::from(index == 1),
        answers: if answered_ms.is_some() { vec![answered("A24K07")] } else { Vec::new() },
        answer_hash: answered_ms.map(|_| "5a".repeat(32)),
        evidence: answered_ms.map(|_| evidence(1_284_100, 20)),
    };
    vec![
        holder(0, 8_400, Some(NOW_MS - 26 * HOUR), None),
        holder(1, 22_548, None, None),
        holder(2, 12_000, Some(NOW_MS - 25 * HOUR), Some(NOW_MS - 20 * HOUR)),
    ]
}

pub fn case(id: &str) -> Option<RecallCase> {
    let stage = stage_of(id)?;
    let sent = stage != CaseStage::Draft;
    let in_force = matches!(stage, CaseStage::Approved | CaseStage::Closed);
    let step = |step, hours_ago: u64, user: &str| StepTaken {
        step,
        user: user.into(),
        asked_ms: NOW_MS - hours_ago * HOUR,
        done_ms: (stage != CaseStage::Opening).then_some(NOW_MS - hours_ago * HOUR + 900),
    };
    let mut steps = Vec::new();
    if sent {
        steps.push(step(CaseStep::Open, 28, "lin"));
    }
    if in_force {
        steps.push(step(CaseStep::Approve, 27, "wei"));
    }
    let told = if in_force { holders() } else { Vec::new() };
    let answers = CaseSums { found: 20, quarantined: 11_900, sold: 64, unaccounted: 6, ..sums() };
    let sums = if in_force { CaseSums { not_answered: 30_948, not_explained: 10, ..answers } } else { sums() };
    Some(RecallCase {
        id: id.into(),
        member: members()[3].gln.clone(),
        stage,
        draft: CaseDraft {
            revision: 3,
            title: "Dosing cup, line 2".into(),
            class: 1,
            reason_en: "The dosing cup shows wrong marks.".into(),
            reason_zh: "量杯刻度有误，可能导致用量过大。".into(),
            advice_en: "Drowsiness or vomiting: call a doctor the same day and take the pack along.".into(),
            advice_zh: "如出现嗜睡或呕吐，请当天联系医生，并带上包装。".into(),
            region: "Shaanxi, Hubei".into(),
            publication: String::new(),
            drill: false,
            lots: lots().iter().map(|lot| LotName { gtin: lot.gtin.clone(), lot: lot.lot.clone() }).collect(),
        },
        created_by: "lin".into(),
        created_ms: NOW_MS - 29 * HOUR,
        changed_ms: NOW_MS - 27 * HOUR,
        lots: lots()
            .into_iter()
            .map(|lot| CaseLot { status: in_force.then(|| "approved".to_owned()), ..lot })
            .collect(),
        sums,
        steps,
        done_lots: 1,
        trouble: (stage == CaseStage::Opening)
            .then(|| format!("(01){GTIN}(10){OTHER}: the chain does not know this batch")),
        end_reason: None,
        reach: if in_force { Reach { told: 3, seen: 2, answered: 1 } } else { Reach::default() },
        holders: told,
        stopwatch: Stopwatch {
            opened_ms: (sent && stage != CaseStage::Opening).then_some(184_200),
            approved_ms: in_force.then_some(421_700),
            ..Stopwatch::default()
        },
        record_hash: (stage == CaseStage::Closed).then(|| "9c".repeat(32)),
        record: (stage == CaseStage::Closed).then(|| evidence(1_284_300, 0)),
    })
}

pub fn rows() -> Vec<CaseRow> {
    let row = |id: &str, title: &str, drill, told| CaseRow {
        id: id.into(),
        member: members()[3].gln.clone(),
        title: title.into(),
        class: 1,
        drill,
        stage: stage_of(id).expect("a stage"),
        lots: 2,
        changed_ms: NOW_MS - 27 * HOUR,
        reach: if told { Reach { told: 3, seen: 2, answered: 1 } } else { Reach::default() },
    };
    vec![
        row("c-draft", "", false, false),
        row("c-approved", "Dosing cup, line 2", false, true),
        row("c-opened", "Autumn drill", true, false),
    ]
}

pub fn tasks() -> Vec<TaskRow> {
    vec![TaskRow {
        case: "c-approved".into(),
        title: "Dosing cup, line 2".into(),
        class: 1,
        drill: false,
        open: true,
        told_ms: NOW_MS - 27 * HOUR,
        seen_ms: None,
        reminded_ms: Some(NOW_MS - 3 * HOUR),
        lots: 2,
        answered_lots: 1,
    }]
}

pub fn task() -> RecallTask {
    let lot = |name: &str, in_stock, answer: Option<LotAnswer>, not_explained| TaskLot {
        gtin: GTIN.into(),
        lot: name.into(),
        product_en: "Paracetamol oral suspension, 100 ml".into(),
        product_zh: "对乙酰氨基酚口服混悬液 100 ml".into(),
        in_stock,
        in_transit: 0,
        short: 0,
        answer,
        not_explained,
        beyond: 0,
    };
    RecallTask {
        task: tasks().remove(0),
        by_en: members()[3].name_en.clone(),
        by_zh: members()[3].name_zh.clone(),
        reason_en: "The dosing cup shows wrong marks.".into(),
        reason_zh: "量杯刻度有误，可能导致用量过大。".into(),
        region: "Shaanxi, Hubei".into(),
        lots: vec![lot("A24K07", 12_000, Some(answered("A24K07")), 10), lot(OTHER, 96, None, 0)],
        revision: 1,
        answers: vec![GivenAnswer {
            revision: 1,
            at_ms: NOW_MS - 20 * HOUR,
            user: "lin".into(),
            hash: "5a".repeat(32),
            tx_id: "7b".repeat(32),
            evidence: Some(evidence(1_284_100, 20)),
            lots: vec![answered("A24K07")],
        }],
    }
}
