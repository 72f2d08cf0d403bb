//! What a scanned code stands for, and what shoppers say about it.
//!
//! [`Store::look_up`] makes an answer of what is known of the pack ([`super::packs`]) and of its lot and case ([`super::common`]). It
//! never guesses: when a list that is needed is not on this server, the answer is [`Looked::Unavailable`].
//!
//! ```text
//! product unknown                                          unknown
//! code in the list of its sealed batch                     sealed
//! code issued, batch open, or the line did not use it      not sealed
//! code not issued, names a sealed batch                    not in batch        (its list is here and does not hold it)
//! code not issued, names no sealed batch                   unknown             (its maker keeps its codes here)
//! ```
//! Checks of sealed codes and of codes that are not sealed yet are kept apart: the second kind shows on the map that somebody has codes which
//! no pack carries, and is no earlier check of the pack that carries one later.

use super::common::{CommonAt, LotFacts};
use super::convert::{bytes, int, uint};
use super::entity::{scan_check, scan_report};
use super::packs::Pack;
use super::{Store, StoreError, sql};
use crate::scan::counting::{CountedCheck, WINDOW_MS};
use crate::scan::facts::{CHECKS_MAX, Looked, PackFacts, Standing};
use crate::scan::journey::{Happened, merge};
use crate::scan::token::Subject;
use sea_orm::prelude::*;
use sea_orm::{DatabaseTransaction, FromQueryResult, IntoActiveModel as _, SqlErr};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracelight_domain::ids::{BatchId, MemberId, UnitId};
use tracelight_domain::risk::Record;
use tracelight_domain::state::{Event, ObjectId, UnitStatus};
use tracelight_domain::verdict::Verdict;

/// Checks of one code that are kept; later ones are the same as many.
const CHECKS_KEPT_MAX: u64 = 1_000;
/// Attempts at a write that another server may make at the same time.
const WRITE_ATTEMPTS: usize = 3;

/// What is known of a code, and as of when.
#[derive(Clone, Debug)]
pub struct LookUp {
    /// What is known.
    pub looked: Looked,
    /// Time of the newest block that the answer rests on; 0 before the first.
    pub as_of_ms: u64,
    /// Its marks that a shopper can check here.
    pub marks: ShopperMarks,
}

/// Checks of a case's other packs that are looked at.
const NEIGHBOUR_CHECKS_MAX: u64 = 1_000;

/// Marks of a code that a shopper can check on its page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShopperMarks {
    /// A covered PIN.
    pub pin: bool,
    /// Questions about a hologram.
    pub hologram: bool,
}

/// A check to be counted.
#[derive(Clone, Debug)]
pub struct NewCheck<'a> {
    /// The code.
    pub subject: &'a Subject,
    /// Now, milliseconds.
    pub at_ms: u64,
    /// What is kept of the device with this code: of the day when it checked it first, as far as it remembers.
    pub device: Option<[u8; 32]>,
    /// Hash of the device's cookie of today, whoever it was when it checked the code before. People are told apart by it on the map.
    pub today: Option<[u8; 32]>,
    /// What the page said.
    pub verdict: Verdict,
    /// The page's number.
    pub nonce: [u8; 16],
    /// What the reader answered.
    pub answer: Option<&'a str>,
    /// Id for a new row.
    pub id: [u8; 16],
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A new check.
    New,
    /// Counted before: the same page, or the same device just now.
    Same,
}

/// A report to be kept.
#[derive(Clone, Debug)]
pub struct NewReport<'a> {
    /// The code, if it is about one.
    pub subject: Option<&'a Subject>,
    /// Now, milliseconds.
    pub at_ms: u64,
    /// What is wrong (`ReportWhat::name`).
    pub what: &'a str,
    /// Where it was bought.
    pub detail: &'a str,
    /// How to reach the person, if they want to be.
    pub contact: &'a str,
    /// The form's number.
    pub nonce: [u8; 16],
    /// Id for a new row.
    pub id: [u8; 16],
    /// Case number for a new row.
    pub case_number: &'a str,
    /// Pictures, as JPEG files of our own.
    pub photos: &'a [Vec<u8>],
}

/// A report that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReport {
    /// Its case number.
    pub case_number: String,
    /// When it was received.
    pub at_ms: u64,
    /// Photos that are kept with it.
    pub photos: u32,
}

#[derive(FromQueryResult)]
struct CheckRow {
    at_ms: i64,
    device: Vec<u8>,
    cell: Option<i64>,
    answer: Option<String>,
}

#[derive(FromQueryResult)]
struct PageRow {
    answer: Option<String>,
}

impl Store {
    /// A secret that all servers of this database share. `fresh` is kept if there is none yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn shared_secret(&self, name: &str, fresh: [u8; 32], now_ms: u64) -> Result<[u8; 32], StoreError> {
        for _ in 0..WRITE_ATTEMPTS {
            let found = sql(self.reader(), "SELECT value FROM server_secret WHERE name = ?", [name.into()]);
            if let Some(row) = self.reader().query_one_raw(found).await? {
                let value: Vec<u8> = row.try_get("", "value")?;
                return bytes("server_secret", "value", &value);
            }
            let text = "INSERT INTO server_secret (name, value, made_ms) VALUES (?, ?, ?)";
            let made = sql(self.writer(), text, [name.into(), fresh.to_vec().into(), int(now_ms).into()]);
            match self.writer().execute_raw(made).await {
                Err(error) if !is_twice(&error) => return Err(error.into()),
                // Ours, or another server was first: read what stands there now.
                _ => {}
            }
        }
        Err(StoreError::corrupt("server_secret", "value", format!("`{name}` cannot be read back")))
    }

    /// What is known of a code, from what is known of its pack. `serves` says whether a member keeps its codes and lists on this server.
    ///
    /// # Errors
    /// [`StoreError`]; the page then says "cannot check now".
    pub async fn look_up(
        &self,
        subject: &Subject,
        pack: &Pack,
        common: CommonAt<'_>,
        serves: impl Fn(MemberId) -> bool,
    ) -> Result<Looked, StoreError> {
        let Some(product) = common.product(self, subject.gtin).await? else { return Ok(Looked::Unknown) };
        let issued = pack.place.as_ref().map(|place| &place.lot).or(pack.issued.as_ref());
        let known = issued.filter(|lot| subject.lot.as_ref().is_none_or(|named| named == *lot));
        let served = serves(product.maker);
        let Some(lot) = known.or(subject.lot.as_ref()) else { return Ok(stranger(served)) };
        let of_lot = common.lot(self, &BatchId { gtin: subject.gtin, lot: lot.clone() }).await?;
        let standing = match known {
            Some(_) => standing_of_issued(of_lot, pack.place.is_some()),
            None => standing_of_stranger(of_lot, served),
        };
        let (standing, of_lot) = match standing {
            Ok(standing) => standing,
            Err(looked) => return Ok(looked),
        };
        let mut facts = PackFacts {
            product: product.product.clone(),
            maker: product.maker,
            lot: lot.clone(),
            made_on: of_lot.made_on,
            expires_on: of_lot.expires_on,
            standing,
            unit: UnitStatus::Active,
            recalled: of_lot.recalled,
            notice: of_lot.notice.clone(),
            events: Vec::new(),
            record: Record::default(),
            checks: Vec::new(),
            checks_in_all: 0,
            height: pack.height,
            as_of_ms: pack.as_of_ms,
        };
        if standing == Standing::Sealed {
            self.fill_unit(subject, pack, &of_lot, common, &mut facts).await?;
        }
        Ok(Looked::Known(Box::new(facts)))
    }

    /// What happened to the single pack, its journey and its checks.
    async fn fill_unit(
        &self,
        subject: &Subject,
        pack: &Pack,
        of_lot: &LotFacts,
        common: CommonAt<'_>,
        facts: &mut PackFacts,
    ) -> Result<(), StoreError> {
        let unit = UnitId { gtin: subject.gtin, serial: subject.serial.clone() };
        let of_case = match pack.case {
            Some(case) => Some((case.sscc, common.case(self, case).await?)),
            None => None,
        };
        let fate = of_case.as_ref().map_or(UnitStatus::Active, |(_, case)| case.fate);
        facts.unit = pack.status.unwrap_or(fate);
        let object = ObjectId::Unit(unit.clone());
        let of_unit = match pack.status {
            Some(_) => self.events_of(std::slice::from_ref(&object)).await?.remove(&object).unwrap_or_default(),
            None => Vec::new(),
        };
        let happened = |object: &ObjectId, events: &[Event]| -> Vec<Happened> {
            events.iter().map(|event| (object.clone(), event.clone())).collect()
        };
        let batch = ObjectId::Batch(BatchId { gtin: subject.gtin, lot: facts.lot.clone() });
        let none = BTreeMap::new();
        let (case, hosts) = match &of_case {
            Some((sscc, case)) => (happened(&ObjectId::Logistic(*sscc), &case.events), &case.hosts),
            None => (Vec::new(), &none),
        };
        facts.events = merge(happened(&batch, &of_lot.events), happened(&object, &of_unit), case, hosts);
        if pack.has_findings {
            facts.record.examined = self.examined(&unit).await?;
        }
        if pack.has_checks { self.fill_checks(&unit, facts).await } else { Ok(()) }
    }

    /// Serial and cell of checks of other packs of the same case, since then; at most [`NEIGHBOUR_CHECKS_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cells_of_neighbours(&self, unit: &UnitId, since_ms: u64) -> Result<Vec<(Vec<u8>, u64)>, StoreError> {
        let text = "SELECT c.serial, c.cell FROM manifest_case_unit o \
                    JOIN manifest_case_unit n ON n.sscc = o.sscc AND n.serial <> o.serial \
                    JOIN scan_check c ON c.gtin = n.gtin AND c.serial = n.serial \
                    WHERE o.gtin = ? AND o.serial = ? AND c.cell IS NOT NULL AND c.at_ms >= ? LIMIT ?";
        let values: [Value; 4] = [
            unit.gtin.to_string().into(),
            unit.serial.as_bytes().to_vec().into(),
            int(since_ms).into(),
            int(NEIGHBOUR_CHECKS_MAX).into(),
        ];
        let rows = self.reader().query_all_raw(sql(self.reader(), text, values)).await?;
        rows.iter()
            .map(|row| {
                let cell: i64 = row.try_get("", "cell")?;
                Ok((row.try_get("", "serial")?, uint(cell)))
            })
            .collect()
    }

    async fn fill_checks(&self, unit: &UnitId, facts: &mut PackFacts) -> Result<(), StoreError> {
        let (gtin, serial) = (unit.gtin.to_string(), unit.serial.as_bytes().to_vec());
        // One check can have several pages; one "not mine" among them is enough.
        let text = format!(
            "SELECT c.at_ms, c.device, c.cell, \
             (SELECT MAX(p.answer) FROM scan_page p WHERE p.check_id = c.id) AS answer \
             FROM scan_check c WHERE c.gtin = ? AND c.serial = ? AND c.verdict <> {NOT_SEALED} \
             ORDER BY c.at_ms, c.id LIMIT {CHECKS_MAX}"
        );
        let values = [gtin.clone().into(), serial.clone().into()];
        let rows = CheckRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let counted = scan_check::Entity::find()
            .filter(scan_check::Column::Gtin.eq(gtin))
            .filter(scan_check::Column::Serial.eq(serial))
            .filter(scan_check::Column::Verdict.ne(NOT_SEALED))
            .count(self.reader());
        let in_all = if rows.len() as u64 == CHECKS_MAX { counted.await? } else { rows.len() as u64 };
        facts.checks_in_all = u32::try_from(in_all).unwrap_or(u32::MAX);
        facts.checks = rows
            .into_iter()
            .map(|row| CountedCheck {
                at_ms: uint(row.at_ms),
                device: row.device.try_into().ok(),
                cell: row.cell.map(uint),
                answer: row.answer,
            })
            .collect();
        Ok(())
    }

    /// Counts a check, once for a page and once for a device in a while, and keeps what the reader answered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_check(&self, check: &NewCheck<'_>) -> Result<Counted, StoreError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.try_count(check).await {
                // Another server took the same page at the same moment.
                Err(StoreError::Database(error)) if is_twice(&error) && attempt < WRITE_ATTEMPTS => {}
                other => return other,
            }
        }
    }

    async fn try_count(&self, check: &NewCheck<'_>) -> Result<Counted, StoreError> {
        let txn = self.begin().await?;
        let page = "SELECT answer FROM scan_page WHERE nonce = ?";
        let page = PageRow::find_by_statement(sql(&txn, page, [check.nonce.to_vec().into()])).one(&txn).await?;
        if let Some(page) = page {
            if page.answer.is_none() && check.answer.is_some() {
                let text = "UPDATE scan_page SET answer = ? WHERE nonce = ?";
                let values = [check.answer.map(str::to_owned).into(), check.nonce.to_vec().into()];
                txn.execute_raw(sql(&txn, text, values)).await?;
                txn.commit().await?;
            }
            return Ok(Counted::Same);
        }
        let (counted, id) = match self.same_check(&txn, check).await? {
            Some(id) => (Counted::Same, id),
            None => {
                let row = scan_check::Model {
                    id: check.id.to_vec(),
                    gtin: check.subject.gtin.to_string(),
                    serial: check.subject.serial.as_bytes().to_vec(),
                    lot: check.subject.lot.as_ref().map(|lot| lot.as_bytes().to_vec()),
                    at_ms: int(check.at_ms),
                    device: check.device.map(|device| device.to_vec()).unwrap_or_default(),
                    verdict: verdict_number(check.verdict),
                    cell: None,
                    today: Some(check.today.map(|device| device.to_vec()).unwrap_or_default()),
                };
                scan_check::Entity::insert(row.into_active_model()).exec_without_returning(&txn).await?;
                (Counted::New, check.id.to_vec())
            }
        };
        let text = "INSERT INTO scan_page (nonce, check_id, answer, at_ms) VALUES (?, ?, ?, ?)";
        let answer = check.answer.map(str::to_owned);
        let values = [check.nonce.to_vec().into(), id.into(), answer.into(), int(check.at_ms).into()];
        txn.execute_raw(sql(&txn, text, values)).await?;
        txn.commit().await?;
        Ok(counted)
    }

    /// The check that this one repeats: the same device just now, or the newest when there are too many already.
    async fn same_check(&self, txn: &DatabaseTransaction, check: &NewCheck<'_>) -> Result<Option<Vec<u8>>, StoreError> {
        let (gtin, serial) = (check.subject.gtin.to_string(), check.subject.serial.as_bytes().to_vec());
        let verdict = scan_check::Column::Verdict;
        let of_code = || {
            scan_check::Entity::find()
                .filter(scan_check::Column::Gtin.eq(gtin.clone()))
                .filter(scan_check::Column::Serial.eq(serial.clone()))
                // Whoever has a list of codes cannot use up their room before the packs are sold.
                .filter(if check.verdict == Verdict::NotActivated {
                    verdict.eq(NOT_SEALED)
                } else {
                    verdict.ne(NOT_SEALED)
                })
        };
        if let Some(device) = check.device {
            let since = int(check.at_ms.saturating_sub(WINDOW_MS));
            let same = of_code()
                .filter(scan_check::Column::Device.eq(device.to_vec()))
                .filter(scan_check::Column::AtMs.gt(since))
                .one(txn)
                .await?;
            if let Some(same) = same {
                return Ok(Some(same.id));
            }
        }
        if of_code().count(txn).await? < CHECKS_KEPT_MAX {
            return Ok(None);
        }
        Ok(of_code().one(txn).await?.map(|any| any.id))
    }

    /// Keeps a report; the same form again gives the case that it was kept under.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_report(&self, report: &NewReport<'_>) -> Result<KeptReport, StoreError> {
        let contact_sealed = self.seal_contact(&report.id, report.contact).await?;
        let txn = self.begin().await?;
        let text = "SELECT r.case_number, r.at_ms, \
                    (SELECT COUNT(*) FROM scan_report_photo f WHERE f.report_id = r.id) AS photos FROM scan_report r \
                    JOIN scan_report_page p ON p.report_id = r.id WHERE p.nonce = ?";
        let found = txn.query_one_raw(sql(&txn, text, [report.nonce.to_vec().into()])).await?;
        if let Some(row) = found {
            let at_ms: i64 = row.try_get("", "at_ms")?;
            let photos: i64 = row.try_get("", "photos")?;
            let photos = u32::try_from(photos).unwrap_or(u32::MAX);
            return Ok(KeptReport { case_number: row.try_get("", "case_number")?, at_ms: uint(at_ms), photos });
        }
        let subject = report.subject;
        let row = scan_report::Model {
            id: report.id.to_vec(),
            case_number: report.case_number.to_owned(),
            gtin: subject.map(|subject| subject.gtin.to_string()).unwrap_or_default(),
            serial: subject.map(|subject| subject.serial.as_bytes().to_vec()).unwrap_or_default(),
            lot: subject.and_then(|subject| subject.lot.as_ref()).map(|lot| lot.as_bytes().to_vec()),
            at_ms: int(report.at_ms),
            what: report.what.to_owned(),
            detail: report.detail.to_owned(),
            contact_sealed,
        };
        scan_report::Entity::insert(row.into_active_model()).exec_without_returning(&txn).await?;
        let text = "INSERT INTO scan_report_page (nonce, report_id) VALUES (?, ?)";
        txn.execute_raw(sql(&txn, text, [report.nonce.to_vec().into(), report.id.to_vec().into()])).await?;
        super::report_photos::keep(&txn, report.id, report.at_ms, report.photos).await?;
        txn.commit().await?;
        let photos = u32::try_from(report.photos.len()).unwrap_or(u32::MAX);
        Ok(KeptReport { case_number: report.case_number.to_owned(), at_ms: report.at_ms, photos })
    }
}

/// [`Verdict::NotActivated`] as it is kept with a check.
const NOT_SEALED: i16 = 5;

const NO_LIST: Looked = Looked::Unavailable { why: "the list of the sealed batch has not arrived" };

/// How far an issued code is, with its lot, or why there is no answer.
fn standing_of_issued(lot: Option<Arc<LotFacts>>, in_list: bool) -> Result<(Standing, Arc<LotFacts>), Looked> {
    let Some(lot) = lot else {
        return Err(Looked::Unavailable { why: "the code's batch is not in the read model yet" });
    };
    let standing = match (lot.sealed, in_list, lot.has_list) {
        (false, ..) => Standing::NotSealed,
        (true, true, _) => Standing::Sealed,
        // Issued, but the line never put it on a good pack.
        (true, false, true) => Standing::NotSealed,
        (true, false, false) => return Err(NO_LIST),
    };
    Ok((standing, lot))
}

/// How far a code is that was not issued for the lot that it names, with that lot, or why there is no answer.
fn standing_of_stranger(named: Option<Arc<LotFacts>>, served: bool) -> Result<(Standing, Arc<LotFacts>), Looked> {
    match named.filter(|lot| lot.sealed) {
        Some(lot) if lot.has_list => Ok((Standing::NotInBatch, lot)),
        Some(_) => Err(NO_LIST),
        None => Err(stranger(served)),
    }
}

/// Of a code that nobody here has issued: its maker may keep its codes elsewhere.
const fn stranger(served: bool) -> Looked {
    if served { Looked::Unknown } else { Looked::Unavailable { why: "its maker is served elsewhere" } }
}

/// Its place among all of them.
fn verdict_number(verdict: Verdict) -> i16 {
    let at = Verdict::ALL.iter().position(|one| *one == verdict);
    at.and_then(|at| i16::try_from(at).ok()).unwrap_or(-1)
}

/// Another writer was first.
fn is_twice(error: &sea_orm::DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

#[cfg(test)]
mod tests {
    use super::{NOT_SEALED, verdict_number};
    use tracelight_domain::verdict::Verdict;

    #[test]
    fn a_code_that_is_not_sealed_has_its_number() {
        assert_eq!(verdict_number(Verdict::NotActivated), NOT_SEALED);
    }
}
