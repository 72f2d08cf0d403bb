//! Canned answers about what authorities ask for and publish: the FSMA 204 spreadsheet, recall notices.

use tracelight_api::rest::fsma204::{Fsma204Cte, Fsma204Gap, Fsma204Sheet, Fsma204Summary};
use tracelight_api::rest::notice::{
    MatchCounts, MatchReason, MatchReasonKind, MatchStrength, MatchUnknown, NoticeChange, NoticeClass, NoticeFault,
    NoticeFieldChange, NoticeFindings, NoticeHint, NoticeImport, NoticeImportState, NoticeMatch, NoticeSource,
    NoticeStatus, RecallNotice,
};

use super::{HOUR, NOW_MS};

pub fn summary() -> Fsma204Summary {
    let sheet = |cte, records, rows| Fsma204Sheet { cte, records, rows };
    let gap = |cte, kde: &str, parts: &[&str], cfr: &str, records| Fsma204Gap {
        cte,
        kde: kde.into(),
        parts: parts.iter().map(|part| (*part).into()).collect(),
        cfr: cfr.into(),
        records,
    };
    let address = ["phone number", "street address or coordinates", "city", "state", "zip code"];
    Fsma204Summary {
        as_of_ms: NOW_MS - 60_000,
        time_zone: "UTC-05:00".into(),
        sheets: vec![
            sheet(Fsma204Cte::InitialPacking, 12, 12),
            sheet(Fsma204Cte::Shipping, 1_204, 1_204),
            sheet(Fsma204Cte::Receiving, 0, 0),
            sheet(Fsma204Cte::Transformation, 4, 9),
        ],
        gaps: vec![
            gap(Fsma204Cte::Shipping, "Ship To Location", &address, "1.1340(a)(4)", 1_204),
            gap(Fsma204Cte::Shipping, "Product Description", &["packaging style"], "1.1340(a)(3)", 1_204),
            gap(Fsma204Cte::InitialPacking, "Harvest Date", &[], "1.1330(a)(8)", 12),
        ],
        gaps_count: 2_420,
        findings: 1,
    }
}

pub fn hints() -> Vec<NoticeHint> {
    let notices = MatchCounts { fact: 1, likely: 0, suggestion: 2 };
    vec![NoticeHint { gtin: super::GTIN.into(), notices }]
}

fn found(
    strength: MatchStrength,
    why: &[(MatchReasonKind, &str)],
    lots: &[&str],
    unknown: &[MatchUnknown],
) -> NoticeMatch {
    let reason = |(kind, value): &(MatchReasonKind, &str)| MatchReason { kind: *kind, value: (*value).into() };
    NoticeMatch {
        gtin: super::GTIN.into(),
        product_en: "Amoxicillin capsules".into(),
        product_zh: "阿莫西林胶囊".into(),
        strength,
        why: why.iter().map(reason).collect(),
        lots_named: lots.iter().map(|lot| (*lot).into()).collect(),
        lots_maybe: Vec::new(),
        lots_not_named: 7,
        unknown: unknown.to_vec(),
    }
}

fn notice(
    key: &str,
    product: &str,
    class: NoticeClass,
    status: NoticeStatus,
    matches: Vec<NoticeMatch>,
) -> RecallNotice {
    RecallNotice {
        key: key.into(),
        source: NoticeSource::Fda,
        event: "97962".into(),
        firm: "Acme Foods, Inc.".into(),
        class,
        status,
        initiated: Some("2026-11-01".into()),
        reported: Some("2026-11-20".into()),
        region: "Salinas, CA".into(),
        distribution: "Nationwide".into(),
        reason: "Product may contain <b>undeclared</b> milk".into(),
        product: product.into(),
        codes: "UPC 9 52110 15300 0; Lot A24K07; best by 11/04/2025 to 04/19/2026".into(),
        gtins: vec![super::GTIN.into()],
        lots: vec!["A24K07".into()],
        not_understood: vec!["serial numbers 1 through 900".into()],
        matches,
        changed_ms: NOW_MS - HOUR,
    }
}

pub fn notices() -> Vec<RecallNotice> {
    use MatchReasonKind::{DoubtfulCode, GtinStated, NameSimilar};
    let stated = [(GtinStated, ""), (NameSimilar, "amoxicillin, capsules")];
    let sure = found(MatchStrength::Fact, &stated, &["A24K07"], &[MatchUnknown::DatesNotCompared]);
    let all = [MatchUnknown::NoLotsNamed, MatchUnknown::ExtentNotStated, MatchUnknown::NotUnderstood];
    let perhaps = found(MatchStrength::Suggestion, &[(DoubtfulCode, "952110153000")], &[], &all);
    let long = "Smoked cod in oil, net wt. 3.9 oz, packed in tins of a very long description that does not end where a \
                title has to end, sold under several brands";
    vec![
        notice("fda:97962/217327", "Amoxicillin capsules 250 mg", NoticeClass::One, NoticeStatus::Ongoing, vec![sure]),
        notice("fda:97962/217328", long, NoticeClass::Two, NoticeStatus::Completed, vec![perhaps]),
        notice("fda:97962/217329", "Rice", NoticeClass::None, NoticeStatus::Unknown, Vec::new()),
    ]
}

pub fn notice_imports() -> Vec<NoticeImport> {
    let import = |id: &str, name: &str, state, found| NoticeImport {
        id: id.repeat(8),
        name: name.into(),
        state,
        found,
        user: "li.wei".into(),
        created_ms: NOW_MS - HOUR,
    };
    let fault = NoticeFault {
        row: 204,
        column: Some("product_id".into()),
        message_zh: "不能为空".into(),
        message_en: "must not be empty".into(),
        found: "97963,,Acme".into(),
    };
    let field = NoticeFieldChange { field: "status".into(), before: "Ongoing".into(), now: "Terminated".into() };
    let found = NoticeFindings {
        rows: 3_115,
        faults_count: 2,
        faults: vec![fault],
        new: 40,
        same: 3_071,
        changed: 1,
        changes: vec![NoticeChange { key: "fda:97962/217330".into(), fields: vec![field] }],
        repeated: 1,
        matches: MatchCounts { fact: 1, likely: 0, suggestion: 2 },
    };
    vec![
        import("4f0a", "fda-2026-11.csv", NoticeImportState::Checked, found.clone()),
        import("5b1c", "fda-2026-10.csv", NoticeImportState::Applied, NoticeFindings { faults_count: 0, ..found }),
    ]
}
