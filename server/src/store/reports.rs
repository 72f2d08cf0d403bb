//! Reports of suspected fakes, for those who work on them: [`tracelight_api::rest::report`]. Receiving one is in `scans.rs`.
//!
//! ```text
//! scan_report         what was sent; the contact is sealed (`contacts.rs`), and emptied CONTACT_AFTER_MS after the end, at the latest CONTACT_MS_MAX after it came
//! scan_report_photo   its pictures, which go when the contact goes (`report_photos.rs`)
//! report_case    where it stands; no row: nobody has looked
//! report_step    what was done, 1, 2, 3, ...: the number of the newest is the case's revision
//! ```
//! A step that was written for an older revision changes nothing.

use super::convert::{int, uint};
use super::lists::in_order;
use super::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use sea_orm::prelude::*;
use sea_orm::{FromQueryResult, SqlErr, Value};
use tracelight_api::rest::report::{
    Finding, LOOK_WITHIN_MS, Report, ReportCase, ReportStatus, ReportStep, ReportUpdate, SAME_MAX,
};
use tracelight_domain::ids::MemberId;

/// How long the contact of a closed case is kept, in milliseconds: 30 days.
pub const CONTACT_AFTER_MS: u64 = 30 * DAY_MS;
/// How long the contact of any case is kept: 180 days.
pub const CONTACT_MS_MAX: u64 = 180 * DAY_MS;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Which report.
#[derive(Clone, Debug, Default)]
pub struct ReportFilter {
    /// About a product of this maker; `None`: of anybody.
    pub maker: Option<MemberId>,
    /// This case and no other.
    pub case_number: Option<String>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stepped {
    /// It is kept.
    Done,
    /// Another one came before it.
    Outdated,
}

/// Who takes a step, and when.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// Sign-in name.
    pub user: &'a str,
    /// Member.
    pub member: MemberId,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    case_number: String,
    gtin: String,
    serial: Vec<u8>,
    lot: Option<Vec<u8>>,
    at_ms: i64,
    what: String,
    detail: String,
    contact_sealed: Option<Vec<u8>>,
    name_en: Option<String>,
    name_zh: Option<String>,
    status: Option<String>,
    finding: Option<String>,
    reply: Option<String>,
    revision: Option<i32>,
    same_code: i64,
    photos: i64,
}

#[derive(FromQueryResult)]
struct StepRow {
    at_ms: i64,
    user_name: String,
    member: String,
    status: String,
    finding: Option<String>,
    note: String,
}

const COLUMNS: &str = "SELECT r.id, r.case_number, r.gtin, r.serial, r.lot, r.at_ms, r.what, r.detail, r.contact_sealed, \
     p.name_en, p.name_zh, c.status, c.finding, c.reply, c.revision, \
     CASE WHEN r.gtin = '' THEN 1 ELSE \
     (SELECT COUNT(*) FROM scan_report s WHERE s.gtin = r.gtin AND s.serial = r.serial) END AS same_code, \
     (SELECT COUNT(*) FROM scan_report_photo f WHERE f.report_id = r.id) AS photos \
     FROM scan_report r LEFT JOIN rm_product p ON p.gtin = r.gtin \
     LEFT JOIN report_case c ON c.report_id = r.id";

impl ReportFilter {
    /// What stands behind `WHERE`, and its values.
    fn condition(&self) -> (String, Vec<Value>) {
        let mut parts: Vec<(&str, Value)> = Vec::new();
        if let Some(maker) = self.maker {
            parts.push(("p.maker = ?", maker.to_string().into()));
        }
        if let Some(case_number) = &self.case_number {
            parts.push(("r.case_number = ?", case_number.clone().into()));
        }
        let text: Vec<&str> = parts.iter().map(|(text, _)| *text).collect();
        let text = if text.is_empty() { String::new() } else { format!(" WHERE {}", text.join(" AND ")) };
        (text, parts.into_iter().map(|(_, value)| value).collect())
    }
}

impl Store {
    /// These reports, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reports_at(&self, ids: &[[u8; 16]]) -> Result<Vec<Report>, StoreError> {
        let mut out = Vec::with_capacity(ids.len());
        for part in ids.chunks(KEYS_PER_QUERY) {
            let text = format!("{COLUMNS} WHERE r.id IN ({})", marks(part.len()));
            let values = part.iter().map(|id| id.to_vec().into());
            let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            let keys: Vec<Vec<u8>> = part.iter().map(|id| id.to_vec()).collect();
            let rows = in_order(&keys, rows, |row| row.id.clone());
            out.extend(rows.into_iter().map(report).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(out)
    }

    /// One report with everything that is known of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn report(&self, filter: &ReportFilter) -> Result<Option<ReportCase>, StoreError> {
        let Some(row) = self.report_rows(filter, 1).await?.pop() else { return Ok(None) };
        let text = "SELECT at_ms, user_name, member, status, finding, note FROM report_step \
                    WHERE report_id = ? ORDER BY revision";
        let steps = StepRow::find_by_statement(sql(self.reader(), text, [row.id.clone().into()]));
        let steps = steps.all(self.reader()).await?.into_iter().map(step).collect::<Result<_, _>>()?;
        let same = if row.gtin.is_empty() { Vec::new() } else { self.same_code(&row).await? };
        let contact = match &row.contact_sealed {
            Some(sealed) => self.open_contact(&row.id, sealed).await?,
            None => String::new(),
        };
        Ok(Some(ReportCase {
            place: row.detail.clone(),
            contact,
            photos: u32::try_from(row.photos).unwrap_or(u32::MAX),
            reply: row.reply.clone().unwrap_or_default(),
            revision: revision_of(&row)?,
            same,
            steps,
            report: report(row)?,
        }))
    }

    async fn report_rows(&self, filter: &ReportFilter, limit: u64) -> Result<Vec<Row>, StoreError> {
        let (condition, mut values) = filter.condition();
        values.push(int(limit).into());
        let text = format!("{COLUMNS}{condition} ORDER BY r.id DESC LIMIT ?");
        Ok(Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?)
    }

    async fn same_code(&self, row: &Row) -> Result<Vec<String>, StoreError> {
        let text =
            "SELECT case_number FROM scan_report WHERE gtin = ? AND serial = ? AND id <> ? ORDER BY id DESC LIMIT ?";
        let values: [Value; 4] =
            [row.gtin.clone().into(), row.serial.clone().into(), row.id.clone().into(), int(SAME_MAX as u64).into()];
        let rows = self.reader().query_all_raw(sql(self.reader(), text, values)).await?;
        rows.iter().map(|row| Ok(row.try_get("", "case_number")?)).collect()
    }

    /// Takes a step. `rules` is what the rules said of the code's checks, when that was looked at: their names, with commas between them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn step_report(
        &self,
        case_number: &str,
        update: &ReportUpdate,
        rules: Option<&str>,
        actor: Actor<'_>,
    ) -> Result<Stepped, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT id FROM scan_report WHERE case_number = ?";
        let Some(found) = txn.query_one_raw(sql(&txn, text, [case_number.into()])).await? else {
            return Ok(Stepped::Outdated);
        };
        let id: Vec<u8> = found.try_get("", "id")?;
        let next = i32::try_from(update.revision.saturating_add(1)).unwrap_or(i32::MAX);
        let finding = update.finding.map(Finding::word);
        let (status, at) = (update.status.word(), int(actor.at_ms));
        let stands: [Value; 7] = [
            status.into(),
            finding.into(),
            rules.into(),
            update.reply.clone().into(),
            next.into(),
            at.into(),
            id.clone().into(),
        ];
        let text = "UPDATE report_case SET status = ?, finding = ?, rules = ?, reply = ?, revision = ?, changed_ms = ? \
                    WHERE report_id = ? AND revision = ?";
        let values = stands.iter().cloned().chain([(next - 1).into()]);
        let changed = txn.execute_raw(sql(&txn, text, values)).await?.rows_affected();
        if changed == 0 && update.revision != 0 {
            return Ok(Stepped::Outdated);
        }
        if changed == 0 {
            let text = "INSERT INTO report_case (status, finding, rules, reply, revision, changed_ms, report_id) \
                        VALUES (?, ?, ?, ?, ?, ?, ?)";
            let values = stands;
            match txn.execute_raw(sql(&txn, text, values)).await {
                Ok(_) => {}
                Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                    return Ok(Stepped::Outdated);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let text = "INSERT INTO report_step (report_id, revision, at_ms, user_name, member, status, finding, note) \
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let values: [Value; 8] = [
            id.into(),
            next.into(),
            at.into(),
            actor.user.into(),
            actor.member.to_string().into(),
            status.into(),
            finding.into(),
            update.note.clone().into(),
        ];
        txn.execute_raw(sql(&txn, text, values)).await?;
        txn.commit().await?;
        Ok(Stepped::Done)
    }

    /// Empties the contacts whose time is over. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_contacts(&self, now_ms: u64) -> Result<u64, StoreError> {
        let text = "UPDATE scan_report SET contact_sealed = NULL \
                    WHERE contact_sealed IS NOT NULL AND (at_ms < ? OR id IN \
                    (SELECT report_id FROM report_case WHERE status = 'closed' AND changed_ms < ?))";
        let before = |age: u64| Value::from(int(now_ms.saturating_sub(age)));
        let txn = self.begin().await?;
        let emptied = txn.execute_raw(sql(&txn, text, [before(CONTACT_MS_MAX), before(CONTACT_AFTER_MS)])).await?;
        txn.commit().await?;
        Ok(emptied.rows_affected())
    }
}

fn revision_of(row: &Row) -> Result<u32, StoreError> {
    let corrupt = |error| StoreError::corrupt("report_case", "revision", error);
    u32::try_from(row.revision.unwrap_or(0)).map_err(corrupt)
}

fn status_of(table: &'static str, word: &str) -> Result<ReportStatus, StoreError> {
    ReportStatus::parse(word).ok_or_else(|| StoreError::corrupt(table, "status", format!("`{word}`")))
}

fn finding_of(table: &'static str, word: Option<&str>) -> Result<Option<Finding>, StoreError> {
    let parse =
        |word: &str| Finding::parse(word).ok_or_else(|| StoreError::corrupt(table, "finding", format!("`{word}`")));
    word.map(parse).transpose()
}

fn report(row: Row) -> Result<Report, StoreError> {
    const TABLE: &str = "report_case";
    let status = row.status.as_deref().map_or(Ok(ReportStatus::Received), |word| status_of(TABLE, word))?;
    let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned()).filter(|text| !text.is_empty());
    let received_ms = uint(row.at_ms);
    Ok(Report {
        case_number: row.case_number,
        received_ms,
        serial: text(&row.serial),
        lot: row.lot.as_deref().and_then(text),
        same_code: uint(row.same_code),
        gtin: Some(row.gtin).filter(|gtin| !gtin.is_empty()),
        product_en: row.name_en.unwrap_or_default(),
        product_zh: row.name_zh.unwrap_or_default(),
        what: row.what,
        status,
        finding: finding_of(TABLE, row.finding.as_deref())?,
        due_ms: (status == ReportStatus::Received).then(|| received_ms.saturating_add(LOOK_WITHIN_MS)),
    })
}

fn step(row: StepRow) -> Result<ReportStep, StoreError> {
    const TABLE: &str = "report_step";
    Ok(ReportStep {
        time_ms: uint(row.at_ms),
        status: status_of(TABLE, &row.status)?,
        finding: finding_of(TABLE, row.finding.as_deref())?,
        user: row.user_name,
        member: row.member,
        note: row.note,
    })
}
