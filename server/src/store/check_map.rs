//! Checks by place and by day, for the map: read, never written. What is made of them is `tracelight_map`'s. People are told apart by the
//! device of the day: one that remembers several codes from several days is still one.

use super::convert::{int, uint};
use super::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use crate::scan::page::UTC_OFFSET_MINUTES;
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;
use tracelight_api::rest::map::{CHECKS_LOOKED_AT_MAX, CheckOutcome};
use tracelight_domain::gs1::{Gtin, Lot};
use tracelight_domain::ids::MemberId;
use tracelight_domain::verdict::Verdict;
use tracelight_map::{Code, Names, PlacedCheck, Reported};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Codes with reports that are looked at; the map has fewer.
const REPORTED_MAX: u64 = 50_000;

/// Which checks.
#[derive(Clone, Debug, Default)]
pub struct CheckChoice {
    /// Of products of this maker; `None`: of anybody's, and of codes that nobody has registered.
    pub maker: Option<MemberId>,
    /// Of this product.
    pub gtin: Option<Gtin>,
    /// Of this lot, as the code names it.
    pub lot: Option<Lot>,
    /// From this moment on, milliseconds since 1970.
    pub since_ms: u64,
    /// That came out like this.
    pub outcome: Option<CheckOutcome>,
}

/// Checks of a day that came out alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day in the console's zone, counted from 1970.
    pub day: i64,
    /// How they came out.
    pub outcome: CheckOutcome,
    /// How many.
    pub checks: u64,
    /// How many of these with a place.
    pub placed: u64,
}

/// What a verdict is on the map; an outage is nothing.
#[must_use]
pub const fn outcome_of(verdict: Verdict) -> Option<CheckOutcome> {
    match verdict {
        Verdict::FirstCheck => Some(CheckOutcome::First),
        Verdict::CheckedBefore | Verdict::SoldOrDispensed => Some(CheckOutcome::Before),
        Verdict::Suspicious => Some(CheckOutcome::Copy),
        Verdict::Recalled | Verdict::Expired | Verdict::Stolen | Verdict::Decommissioned => Some(CheckOutcome::Stopped),
        Verdict::NotActivated | Verdict::UnknownCode | Verdict::BadSignature => Some(CheckOutcome::NotReleased),
        Verdict::CannotCheckNow => None,
    }
}

fn outcome_at(number: i16) -> Option<CheckOutcome> {
    Verdict::ALL.get(usize::try_from(number).ok()?).copied().and_then(outcome_of)
}

#[derive(FromQueryResult)]
struct PlacedRow {
    cell: i64,
    at_ms: i64,
    device: Vec<u8>,
    gtin: String,
    serial: Vec<u8>,
    lot: Option<Vec<u8>>,
    verdict: i16,
}

#[derive(FromQueryResult)]
struct DayRow {
    day_ms: i64,
    verdict: i16,
    checks: i64,
    placed: i64,
}

#[derive(FromQueryResult)]
struct ReportedRow {
    gtin: String,
    serial: Vec<u8>,
    reports: i64,
}

#[derive(FromQueryResult)]
struct NameRow {
    gtin: String,
    name_en: String,
    name_zh: String,
}

impl CheckChoice {
    /// What stands behind `WHERE` for rows named `c`, and its values. The time comes first: it is what the index has.
    fn condition(&self) -> (String, Vec<Value>) {
        let mut text = "c.at_ms >= ?".to_owned();
        let mut values: Vec<Value> = vec![int(self.since_ms).into()];
        if let Some(gtin) = self.gtin {
            text.push_str(" AND c.gtin = ?");
            values.push(gtin.to_string().into());
        }
        if let Some(lot) = &self.lot {
            text.push_str(" AND c.lot = ?");
            values.push(lot.as_bytes().to_vec().into());
        }
        if let Some(maker) = self.maker {
            text.push_str(" AND c.gtin IN (SELECT p.gtin FROM rm_product p WHERE p.maker = ?)");
            values.push(maker.to_string().into());
        }
        (text, values)
    }

    /// The same for checks, by how they came out too.
    fn checks(&self) -> (String, Vec<Value>) {
        let (mut text, mut values) = self.condition();
        let verdicts: Vec<i16> =
            (0i16..).zip(Verdict::ALL).filter(|(_, verdict)| self.takes(*verdict)).map(|(at, _)| at).collect();
        text.push_str(&format!(" AND c.verdict IN ({})", marks(verdicts.len())));
        values.extend(verdicts.into_iter().map(Value::from));
        (text, values)
    }

    fn takes(&self, verdict: Verdict) -> bool {
        let outcome = outcome_of(verdict);
        outcome.is_some() && (self.outcome.is_none() || outcome == self.outcome)
    }
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Store {
    /// Checks whose place somebody told, newest first: at most [`CHECKS_LOOKED_AT_MAX`], and whether there were more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn placed_checks(&self, choice: &CheckChoice) -> Result<(Vec<PlacedCheck>, bool), StoreError> {
        let (condition, mut values) = choice.checks();
        let text = format!(
            "SELECT c.cell, c.at_ms, COALESCE(c.today, c.device) AS device, c.gtin, c.serial, c.lot, c.verdict FROM scan_check c \
             WHERE {condition} AND c.cell IS NOT NULL ORDER BY c.at_ms DESC, c.id DESC LIMIT ?"
        );
        values.push(int(CHECKS_LOOKED_AT_MAX as u64 + 1).into());
        let mut rows = PlacedRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let cut = rows.len() > CHECKS_LOOKED_AT_MAX;
        rows.truncate(CHECKS_LOOKED_AT_MAX);
        let check = |row: PlacedRow| {
            Some(PlacedCheck {
                cell: uint(row.cell),
                at_ms: uint(row.at_ms),
                device: row.device.try_into().ok(),
                outcome: outcome_at(row.verdict)?,
                code: Code { gtin: row.gtin, serial: words(&row.serial), lot: row.lot.as_deref().map(words) },
            })
        };
        Ok((rows.into_iter().filter_map(check).collect(), cut))
    }

    /// Checks by day and by how they came out. At most a row for each day and verdict.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn checks_by_day(&self, choice: &CheckChoice) -> Result<Vec<DayCount>, StoreError> {
        let (condition, values) = choice.checks();
        let offset = i64::from(UTC_OFFSET_MINUTES) * 60_000;
        let text = format!(
            "SELECT (c.at_ms + {offset}) - (c.at_ms + {offset}) % {DAY_MS} AS day_ms, c.verdict AS verdict, \
             COUNT(*) AS checks, COUNT(c.cell) AS placed FROM scan_check c WHERE {condition} GROUP BY 1, 2"
        );
        let rows = DayRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let count = |row: DayRow| {
            let outcome = outcome_at(row.verdict)?;
            Some(DayCount { day: row.day_ms / DAY_MS, outcome, checks: uint(row.checks), placed: uint(row.placed) })
        };
        Ok(rows.into_iter().filter_map(count).collect())
    }

    /// Reports of suspected fakes by code, in the same time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reported_codes(&self, choice: &CheckChoice) -> Result<Reported, StoreError> {
        let (condition, mut values) = choice.condition();
        let text = format!(
            "SELECT c.gtin, c.serial, COUNT(*) AS reports FROM scan_report c WHERE {condition} AND c.gtin <> '' \
             GROUP BY c.gtin, c.serial ORDER BY reports DESC LIMIT ?"
        );
        values.push(int(REPORTED_MAX).into());
        let rows = ReportedRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        Ok(rows.into_iter().map(|row| ((row.gtin, words(&row.serial)), uint(row.reports))).collect())
    }

    /// What products are called.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn product_names(&self, gtins: &[String]) -> Result<Names, StoreError> {
        let mut names: Names = BTreeMap::new();
        for part in gtins.chunks(KEYS_PER_QUERY) {
            let text = format!("SELECT gtin, name_en, name_zh FROM rm_product WHERE gtin IN ({})", marks(part.len()));
            let values = part.iter().map(|gtin| gtin.clone().into());
            let rows = NameRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            names.extend(rows.into_iter().map(|row| (row.gtin, (row.name_en, row.name_zh))));
        }
        Ok(names)
    }
}
