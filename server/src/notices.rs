//! Files of public recall notices: what is in them, what would change, and which products they may concern.
//!
//! * A record with a fault is left out and told; the other records of its file are taken. Authorities publish what they publish, and
//!   a recall does not wait for somebody else's comma.
//! * Records that share a key are all kept, as parts of it.
//! * What the prose names is read out of the stored texts whenever it is needed, so that a better reader finds more.
//! * Reading and matching take CPU and run off the async threads.

mod view;

pub use view::views;

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, off_thread};
use crate::store::{FoundMatch, NoticeRow};
use axum::http::StatusCode;
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::notice::{
    MatchCounts, MatchStrength, NOTICE_FILE_BYTES_MAX, NOTICES_MAX, NoticeChange, NoticeFault, NoticeFieldChange,
    NoticeFindings,
};
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::MemberRole;
use tracelight_regulatory::notices::{
    Change, Import, Limits, Notice, NoticeKey, Product, RowFault, RowProblem, Strength, compare, match_notices, read,
};

/// What an upload may hold.
pub const LIMITS: Limits = Limits { file_bytes_max: NOTICE_FILE_BYTES_MAX, rows_max: NOTICES_MAX, ..Limits::SERVER };
/// Faults and changes that are listed.
const TOLD_MAX: usize = 50;
/// Characters of a text that is listed.
const SHOWN_CHARS_MAX: usize = 300;
/// Notices that are looked through at once: 500 * 6 kB = 3 MB.
const NOTICES_AT_ONCE: u64 = 500;

/// A file that was read, beside what is stored.
pub struct DryRun {
    /// The file.
    pub import: Import,
    /// What is told of it.
    pub found: NoticeFindings,
    /// Notices that are new or say something else, with their parts: what applying writes.
    pub rows: Vec<NoticeRow>,
    /// Their matches.
    pub matches: Vec<FoundMatch>,
}

/// Whose products count: a maker's own, everybody's for the regulator.
///
/// # Errors
/// 403 for other members.
pub fn scope(user: &User) -> ApiResult<Option<MemberId>> {
    match user.member_role {
        MemberRole::Regulator => Ok(None),
        MemberRole::Manufacturer => Ok(Some(user.member)),
        MemberRole::Logistics | MemberRole::Pharmacy => {
            Err(ApiError::forbidden("recall notices are for regulators and for makers of products"))
        }
    }
}

/// Reads a file and compares it with the list. Nothing is changed.
///
/// # Errors
/// 400 when the file is no list of notices.
pub async fn dry_run(state: &AppState, user: &User, file: Vec<u8>) -> ApiResult<DryRun> {
    let import = off_thread(move || read(&file, &LIMITS)).await?;
    let refused = |error: tracelight_regulatory::notices::ImportError| {
        let title = "the file is no list of recall notices";
        ApiError::new(StatusCode::BAD_REQUEST, "no_notices", title).field("file").detail(error.to_string())
    };
    let mut import = import.map_err(refused)?;
    let long = |notice: &Notice| notice.key.id.len() > crate::store::NOTICE_ID_BYTES_MAX;
    if let Some(notice) = import.notices.iter().find(|notice| long(notice)) {
        let detail = format!("row {}: the recall's number has {} bytes", notice.original.row, notice.key.id.len());
        return Err(ApiError::invalid("file", detail));
    }
    let keys: BTreeSet<NoticeKey> = import.notices.iter().map(|notice| notice.key.clone()).collect();
    let keys: Vec<NoticeKey> = keys.into_iter().collect();
    let stored = state.store.notices_of(user.member, &keys).await?;
    let before: Vec<Notice> = stored.into_iter().map(|row| row.notice).collect();
    let products = state.store.products_to_match(scope(user)?, None).await?;
    let notices = std::mem::take(&mut import.notices);
    let run = off_thread(move || compared(import, notices, &before, &products)).await?;
    Ok(run)
}

fn compared(import: Import, notices: Vec<Notice>, before: &[Notice], products: &[Product]) -> DryRun {
    let mut found = NoticeFindings {
        rows: import.rows as u64,
        faults_count: import.faults.len() as u64,
        faults: import.faults.iter().take(TOLD_MAX).map(told_fault).collect(),
        repeated: import.conflicts.len() as u64,
        ..NoticeFindings::default()
    };
    let mut same = BTreeSet::new();
    for change in compare(before, &notices) {
        match change {
            Change::New(_) => found.new += 1,
            Change::Same(key) => {
                found.same += 1;
                same.insert(key);
            }
            Change::Changed { key, fields } => {
                found.changed += 1;
                if found.changes.len() < TOLD_MAX {
                    let field = |field: &tracelight_regulatory::notices::FieldChange| NoticeFieldChange {
                        field: field.field.to_owned(),
                        before: shortened(&field.before),
                        now: shortened(&field.now),
                    };
                    let fields = fields.iter().map(field).collect();
                    found.changes.push(NoticeChange { key: key.to_string(), fields });
                }
            }
            Change::NotInFile(_) => {}
        }
    }
    let rows = in_parts(notices);
    let all = matches_of(&rows, products);
    found.matches = counted(&all);
    let rows: Vec<NoticeRow> = rows.into_iter().filter(|row| !same.contains(&row.notice.key)).collect();
    let matches = all.into_iter().filter(|one| !same.contains(&one.key)).collect();
    DryRun { import, found, rows, matches }
}

/// Notices in the order of their keys, those of one key numbered in the order of the file.
fn in_parts(mut notices: Vec<Notice>) -> Vec<NoticeRow> {
    notices.sort_by(|one, other| one.key.cmp(&other.key));
    let mut rows: Vec<NoticeRow> = Vec::with_capacity(notices.len());
    let now = crate::clock::now_ms();
    for notice in notices {
        let part =
            rows.last().filter(|last| last.notice.key == notice.key).map_or(0, |last| last.part.saturating_add(1));
        rows.push(NoticeRow { notice, part, changed_ms: now });
    }
    rows
}

/// Which products the rows may concern.
fn matches_of(rows: &[NoticeRow], products: &[Product]) -> Vec<FoundMatch> {
    let mut out = Vec::new();
    // A few at a time: the matcher takes notices by value of a list of its own.
    for part in rows.chunks(100) {
        let notices: Vec<Notice> = part.iter().map(|row| row.notice.clone()).collect();
        for found in match_notices(&notices, products) {
            let (Some(row), Some(product)) = (part.get(found.notice_index), products.get(found.product_index)) else {
                continue;
            };
            let key = row.notice.key.clone();
            out.push(FoundMatch { key, part: row.part, gtin: product.gtin, strength: told_strength(found.strength) });
        }
    }
    out
}

/// The weight as the contract has it.
#[must_use]
pub const fn told_strength(strength: Strength) -> MatchStrength {
    match strength {
        Strength::Fact => MatchStrength::Fact,
        Strength::Likely => MatchStrength::Likely,
        Strength::Suggestion => MatchStrength::Suggestion,
    }
}

/// Notices by their strongest match.
fn counted(matches: &[FoundMatch]) -> MatchCounts {
    let mut best: BTreeMap<(&NoticeKey, i16), MatchStrength> = BTreeMap::new();
    for one in matches {
        let strength = best.entry((&one.key, one.part)).or_insert(one.strength);
        *strength = (*strength).min(one.strength);
    }
    let of = |wanted| best.values().filter(|strength| **strength == wanted).count() as u64;
    MatchCounts {
        fact: of(MatchStrength::Fact),
        likely: of(MatchStrength::Likely),
        suggestion: of(MatchStrength::Suggestion),
    }
}

/// Finds the matches anew when the products are others than those they were found among.
///
/// # Errors
/// When the database fails.
pub async fn refresh(state: &AppState, user: &User) -> ApiResult<()> {
    let maker = scope(user)?;
    let set = state.store.product_set(maker).await?;
    if state.store.notices_matched(user.member).await? == Some(set) {
        return Ok(());
    }
    let products = std::sync::Arc::new(state.store.products_to_match(maker, None).await?);
    let mut after = None;
    loop {
        let rows = state.store.notices(user.member, &Default::default(), after.as_ref(), NOTICES_AT_ONCE).await?;
        let Some(last) = rows.last().map(NoticeRow::cursor) else { break };
        let products = products.clone();
        // Products and notices do not vanish, so nothing has to be taken away.
        let found = off_thread(move || matches_of(&rows, &products)).await?;
        state.store.put_notice_matches(user.member, &found).await?;
        after = Some(last);
    }
    state.store.set_notices_matched(user.member, set).await?;
    Ok(())
}

/// A fault as the contract has it.
#[must_use]
pub fn told_fault(fault: &RowFault) -> NoticeFault {
    let (message_zh, message_en) = (words_zh(&fault.problem), fault.problem.to_string());
    let found = shortened(&fault.original.text);
    NoticeFault { row: fault.original.row, column: fault.column.clone(), message_zh, message_en, found }
}

/// What is wrong, in Chinese.
#[must_use]
pub fn words_zh(problem: &RowProblem) -> String {
    match problem {
        RowProblem::Blank => "空行".to_owned(),
        RowProblem::OpenQuote => "引号没有结束".to_owned(),
        RowProblem::Cells { found, expected } => format!("这一行有 {found} 列，表头有 {expected} 列"),
        RowProblem::TooLong { found, most } => format!("这条记录有 {found} 字节，最多读取 {most} 字节"),
        RowProblem::Json(error) => format!("不是有效的 JSON：{error}"),
        RowProblem::Missing => "不能为空".to_owned(),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARS_MAX).chain(['…']).collect()
}
