//! Public recall notices that a member has uploaded, with the products that they may concern.
//!
//! ```text
//! public_notice          texts of the record; what the prose names is read out of them again, and never stored
//! public_notice_match    product and notice, with the weight: what the list is filtered by and products are marked by
//! public_notice_matched  the products that were looked at, so that a new product finds its notices
//! notice_import          the newest files, with what their check found
//! ```
//! Every statement names the member: nobody's rows can be asked for by accident.

mod imports;
mod matches;

pub use imports::NoticeImportRow;
pub use matches::{FoundMatch, ProductSet};

use super::convert::{int, uint};
use super::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use tracelight_api::rest::notice::{MatchStrength, NoticeClass, NoticeStatus};
use tracelight_domain::gs1::{Date, Gtin};
use tracelight_domain::ids::MemberId;
use tracelight_regulatory::notices::{Class, Field, Notice, NoticeKey, Original, Source, Status, extract};

/// Bytes of a key's id; longer ones are refused before they come here.
pub const NOTICE_ID_BYTES_MAX: usize = 200;
/// Words of one search.
const WORDS_MAX: usize = 8;
const TABLE: &str = "public_notice";

/// A stored notice. Records of one key differ in their part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// The notice, with what its prose names. Its original is not kept.
    pub notice: Notice,
    /// Which of the records of its key, from 0.
    pub part: i16,
    /// When it came or changed here, milliseconds.
    pub changed_ms: u64,
}

/// Which notices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Words, all of which have to occur.
    pub search: String,
    /// How grave.
    pub class: Option<NoticeClass>,
    /// Where they stand.
    pub status: Option<NoticeStatus>,
    /// With a match of this weight or more.
    pub strength: Option<MatchStrength>,
    /// With a match of this product.
    pub gtin: Option<Gtin>,
}

/// A place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeCursor {
    /// The date by which it is sorted; may be empty.
    pub date: String,
    /// The key's source.
    pub source: i16,
    /// The key's id.
    pub id: Vec<u8>,
    /// The part.
    pub part: i16,
}

/// The texts of a record.
#[derive(Serialize, Deserialize)]
struct Kept {
    event: String,
    firm: String,
    initiated: Option<String>,
    reported: Option<String>,
    classified: Option<String>,
    terminated: Option<String>,
    region: String,
    distribution: String,
    reason: String,
    product: String,
    codes: String,
}

#[derive(FromQueryResult)]
struct Row {
    source: i16,
    notice_id: Vec<u8>,
    part: i16,
    recall_class: i16,
    status: i16,
    content: Vec<u8>,
    changed_ms: i64,
}

const COLUMNS: &str = "source, notice_id, part, recall_class, status, content, changed_ms";

/// The number of a source.
#[must_use]
pub const fn source_code(source: Source) -> i16 {
    match source {
        Source::FdaTable => 1,
        Source::OpenFda => 2,
        Source::Fsis => 3,
    }
}

const fn class_code(class: Class) -> i16 {
    match class {
        Class::I => 1,
        Class::II => 2,
        Class::III => 3,
        Class::HealthAlert => 4,
        Class::None => 5,
    }
}

const fn status_code(status: Status) -> i16 {
    match status {
        Status::Ongoing => 1,
        Status::Completed => 2,
        Status::Terminated => 3,
        Status::Unknown => 4,
    }
}

const fn told_class(class: NoticeClass) -> Class {
    match class {
        NoticeClass::One => Class::I,
        NoticeClass::Two => Class::II,
        NoticeClass::Three => Class::III,
        NoticeClass::HealthAlert => Class::HealthAlert,
        NoticeClass::None => Class::None,
    }
}

const fn told_status(status: NoticeStatus) -> Status {
    match status {
        NoticeStatus::Ongoing => Status::Ongoing,
        NoticeStatus::Completed => Status::Completed,
        NoticeStatus::Terminated => Status::Terminated,
        NoticeStatus::Unknown => Status::Unknown,
    }
}

/// The date by which a notice is sorted.
fn sort_date(notice: &Notice) -> String {
    notice.reported.or(notice.initiated).map(|date| date.last_day().to_string()).unwrap_or_default()
}

fn key_of(source: i16, id: &[u8]) -> Result<NoticeKey, StoreError> {
    let known = [Source::FdaTable, Source::OpenFda, Source::Fsis];
    let source = known.into_iter().find(|one| source_code(*one) == source);
    let source = source.ok_or_else(|| StoreError::corrupt(TABLE, "source", "an unknown number"))?;
    let id = String::from_utf8(id.to_vec()).map_err(|error| StoreError::corrupt(TABLE, "notice_id", error))?;
    Ok(NoticeKey { source, id })
}

fn row_of(row: Row) -> Result<NoticeRow, StoreError> {
    let corrupt = |column: &'static str| move || StoreError::corrupt(TABLE, column, "an unknown number");
    let classes = [Class::I, Class::II, Class::III, Class::HealthAlert, Class::None];
    let class = classes.into_iter().find(|one| class_code(*one) == row.recall_class);
    let states = [Status::Ongoing, Status::Completed, Status::Terminated, Status::Unknown];
    let status = states.into_iter().find(|one| status_code(*one) == row.status);
    let kept: Kept = serde_json::from_slice(&row.content).map_err(|e| StoreError::corrupt(TABLE, "content", e))?;
    let date = |text: Option<String>| text.and_then(|text| Date::parse_iso(&text).ok());
    let scope = extract(&[(Field::Product, &kept.product), (Field::Codes, &kept.codes)]);
    let notice = Notice {
        key: key_of(row.source, &row.notice_id)?,
        event: kept.event,
        firm: kept.firm,
        class: class.ok_or_else(corrupt("recall_class"))?,
        status: status.ok_or_else(corrupt("status"))?,
        initiated: date(kept.initiated),
        reported: date(kept.reported),
        classified: date(kept.classified),
        terminated: date(kept.terminated),
        region: kept.region,
        distribution: kept.distribution,
        reason: kept.reason,
        product: kept.product,
        codes: kept.codes,
        scope,
        remarks: Vec::new(),
        original: Original { row: 0, line: 0, text: String::new() },
    };
    Ok(NoticeRow { notice, part: row.part, changed_ms: uint(row.changed_ms) })
}

/// The texts in small letters, with the codes as people type them.
fn words_of(notice: &Notice) -> Vec<u8> {
    let codes = notice.scope.gtins.iter().flat_map(|found| {
        let gtin = found.value.to_string();
        [gtin.trim_start_matches('0').to_owned(), gtin]
    });
    let key = notice.key.to_string();
    let texts = [&key, &notice.event, &notice.firm, &notice.product, &notice.codes, &notice.reason, &notice.region];
    let all: Vec<String> = texts.into_iter().cloned().chain(codes).collect();
    all.join("\n").to_lowercase().into_bytes()
}

fn values_of(member: MemberId, row: &NoticeRow) -> Vec<Value> {
    let notice = &row.notice;
    let date = |date: Option<Date>| date.map(|date| date.to_string());
    let kept = Kept {
        event: notice.event.clone(),
        firm: notice.firm.clone(),
        initiated: date(notice.initiated),
        reported: date(notice.reported),
        classified: date(notice.classified),
        terminated: date(notice.terminated),
        region: notice.region.clone(),
        distribution: notice.distribution.clone(),
        reason: notice.reason.clone(),
        product: notice.product.clone(),
        codes: notice.codes.clone(),
    };
    vec![
        member.to_string().into(),
        source_code(notice.key.source).into(),
        notice.key.id.as_bytes().to_vec().into(),
        row.part.into(),
        class_code(notice.class).into(),
        status_code(notice.status).into(),
        sort_date(notice).into(),
        // Plain strings: they always have a JSON form.
        serde_json::to_vec(&kept).unwrap_or_default().into(),
        words_of(notice).into(),
        int(row.changed_ms).into(),
    ]
}

/// A condition that names these keys, and its values.
fn keyed(table: &str, keys: &[NoticeKey]) -> (String, Vec<Value>) {
    let mut parts = Vec::new();
    let mut values = Vec::new();
    for source in [Source::FdaTable, Source::OpenFda, Source::Fsis] {
        let ids: Vec<&NoticeKey> = keys.iter().filter(|key| key.source == source).collect();
        if !ids.is_empty() {
            let code = source_code(source);
            parts.push(format!("({table}.source = {code} AND {table}.notice_id IN ({}))", marks(ids.len())));
            values.extend(ids.into_iter().map(|key| Value::from(key.id.as_bytes().to_vec())));
        }
    }
    (format!("({})", if parts.is_empty() { "1 = 0".to_owned() } else { parts.join(" OR ") }), values)
}

/// Rows of one insert of texts: at the longest record twice, 256 kB * 2 * 20 = 10 MB, below what the engines take at once.
const TEXTS_PER_INSERT: usize = 20;

/// Inserts rows, a few at a time.
async fn insert_rows<C: ConnectionTrait>(
    db: &C,
    verb: &str,
    table: &str,
    columns: &str,
    at_once: usize,
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    let row = format!("({})", marks(columns.split(',').count()));
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(at_once).collect();
        let text = format!("{verb} INTO {table} ({columns}) VALUES {}", vec![row.as_str(); chunk.len()].join(", "));
        db.execute_raw(sql(db, &text, chunk.into_iter().flatten())).await?;
    }
    Ok(())
}

impl Store {
    /// The notices of these keys, in the order of keys and parts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notices_of(&self, member: MemberId, keys: &[NoticeKey]) -> Result<Vec<NoticeRow>, StoreError> {
        let mut out = Vec::new();
        for part in keys.chunks(KEYS_PER_QUERY) {
            let (named, values) = keyed("n", part);
            let text = format!(
                "SELECT {COLUMNS} FROM public_notice n WHERE n.member = ? AND {named} ORDER BY source, notice_id, part"
            );
            let values = std::iter::once(Value::from(member.to_string())).chain(values);
            let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            out.extend(rows.into_iter().map(row_of).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(out)
    }

    /// How many notices a member has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notices_count(&self, member: MemberId) -> Result<u64, StoreError> {
        let text = "SELECT COUNT(*) AS n FROM public_notice WHERE member = ?";
        let row = self.reader().query_one_raw(sql(self.reader(), text, [member.to_string().into()])).await?;
        Ok(row.map(|row| row.try_get::<i64>("", "n")).transpose()?.map_or(0, uint))
    }

    /// Notices behind a place, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notices(
        &self,
        member: MemberId,
        filter: &NoticeFilter,
        after: Option<&NoticeCursor>,
        limit: u64,
    ) -> Result<Vec<NoticeRow>, StoreError> {
        let mut text = format!("SELECT {COLUMNS} FROM public_notice n WHERE n.member = ?");
        let mut values: Vec<Value> = vec![member.to_string().into()];
        if let Some(class) = filter.class {
            text.push_str(" AND n.recall_class = ?");
            values.push(class_code(told_class(class)).into());
        }
        if let Some(status) = filter.status {
            text.push_str(" AND n.status = ?");
            values.push(status_code(told_status(status)).into());
        }
        for word in filter.search.to_lowercase().split_whitespace().take(WORDS_MAX) {
            text.push_str(" AND INSTR(n.words, ?) > 0");
            values.push(word.as_bytes().to_vec().into());
        }
        if filter.strength.is_some() || filter.gtin.is_some() {
            text.push_str(
                " AND EXISTS (SELECT 1 FROM public_notice_match m WHERE m.member = n.member AND m.source = n.source \
                 AND m.notice_id = n.notice_id AND m.part = n.part",
            );
            if let Some(gtin) = filter.gtin {
                text.push_str(" AND m.gtin = ?");
                values.push(gtin.to_string().into());
            }
            if let Some(strength) = filter.strength {
                text.push_str(" AND m.strength <= ?");
                values.push(matches::strength_code(strength).into());
            }
            text.push(')');
        }
        if let Some(NoticeCursor { date, source, id, part }) = after {
            text.push_str(
                " AND (n.sort_date < ? OR (n.sort_date = ? AND (n.source > ? OR (n.source = ? AND (n.notice_id > ? \
                 OR (n.notice_id = ? AND n.part > ?))))))",
            );
            let (date, source, id): (Value, Value, Value) = (date.clone().into(), (*source).into(), id.clone().into());
            values.extend([date.clone(), date, source.clone(), source, id.clone(), id, (*part).into()]);
        }
        text.push_str(" ORDER BY n.sort_date DESC, n.source, n.notice_id, n.part LIMIT ?");
        values.push(int(limit).into());
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(row_of).collect()
    }
}

impl NoticeRow {
    /// The place of this row in the list.
    #[must_use]
    pub fn cursor(&self) -> NoticeCursor {
        NoticeCursor {
            date: sort_date(&self.notice),
            source: source_code(self.notice.key.source),
            id: self.notice.key.id.as_bytes().to_vec(),
            part: self.part,
        }
    }
}
