//! All that the read model and the lists behind the roots say of one pack, in one statement: most scans cost the database no more.
//!
//! ```text
//! height, as_of   where the projection stands
//! place           lot and leaf, when a sealed batch's checked list holds it
//! issued          lot of the order that it was made for
//! status          its own state, from its first touch on; before that its case speaks for it
//! case            the newest case whose checked list holds it
//! has_checks, has_marks, has_findings    whether shoppers checked it; whether its product carries marks; whether somebody examined
//!                 a pack with this code
//! ```
//! What a pack shares with others (product, lot, case) is in [`super::common`].

use super::bundles::LIST_CHECKED;
use super::convert::{from_tag, hash, lot, sscc, uint};
use super::{Store, StoreError, sql};
use sea_orm::FromQueryResult;
use sea_orm::prelude::*;
use tracelight_domain::gs1::{Lot, Sscc};
use tracelight_domain::ids::{Hash, UnitId};
use tracelight_domain::state::UnitStatus;

/// Where a pack stands in its batch's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitPlace {
    /// Its lot.
    pub lot: Lot,
    /// Which leaf it is, from 0.
    pub index: u64,
}

/// A case, with what says that its list is the one meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CaseLabel {
    /// Its number.
    pub sscc: Sscc,
    /// Root of its content, on the chain.
    pub content_root: Hash,
}

/// What is known of one pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Newest projected block.
    pub height: u64,
    /// Its time, milliseconds.
    pub as_of_ms: u64,
    /// Where it stands in a sealed batch's list.
    pub place: Option<UnitPlace>,
    /// The lot that its code was made for here.
    pub issued: Option<Lot>,
    /// What happened to the single pack, if anything did.
    pub status: Option<UnitStatus>,
    /// The newest case that lists it.
    pub case: Option<CaseLabel>,
    /// Whether a check of it was counted.
    pub has_checks: bool,
    /// Whether its product carries marks.
    pub has_marks: bool,
    /// Whether a case about its code ended with a finding.
    pub has_findings: bool,
}

#[derive(FromQueryResult)]
struct Row {
    height: i64,
    time_ms: i64,
    listed: Option<Vec<u8>>,
    idx: Option<i64>,
    issued: Option<Vec<u8>>,
    status: Option<i16>,
    sscc: Option<String>,
    content_root: Option<Vec<u8>>,
    checks: i64,
    marks: i64,
    findings: i64,
}

/// At most 16 cases that list one pack are looked at: it was packed again, and the newest counts. The number stands in the text because
/// SQLite prepares a statement anew whenever the value of its `LIMIT` is bound, which took longer than the statement.
const TEXT: &str = "SELECT m.height, m.time_ms, p.lot AS listed, p.idx, c.lot AS issued, u.status, k.sscc, k.content_root, \
    EXISTS (SELECT 1 FROM scan_check s WHERE s.gtin = ? AND s.serial = ?) AS checks, \
    EXISTS (SELECT 1 FROM mark_policy y WHERE y.gtin = ?) AS marks, \
    EXISTS (SELECT 1 FROM scan_report r JOIN report_case i ON i.report_id = r.id WHERE r.gtin = ? AND r.serial = ? \
      AND i.status = 'closed' AND i.finding IN ('fake', 'no_fake')) AS findings \
    FROM rm_marker m \
    LEFT JOIN (SELECT n.lot, n.idx FROM manifest_unit n JOIN manifest_batch b ON b.gtin = n.gtin AND b.lot = n.lot \
      WHERE n.gtin = ? AND n.serial = ? AND b.state = ? LIMIT 1) p ON 1 = 1 \
    LEFT JOIN code c ON c.gtin = ? AND c.serial = ? \
    LEFT JOIN rm_unit u ON u.gtin = ? AND u.serial = ? \
    LEFT JOIN (SELECT l.sscc, l.content_root FROM (SELECT sscc FROM manifest_case_unit WHERE gtin = ? AND serial = ? LIMIT 16) o \
      JOIN manifest_case e ON e.sscc = o.sscc AND e.checked = 1 JOIN rm_logistic l ON l.sscc = o.sscc \
      ORDER BY l.made_height DESC LIMIT 1) k ON 1 = 1 \
    WHERE m.id = 1";

impl Pack {
    /// Whether this is all: nothing happened to the single pack, nobody checked it, and it carries nothing to check.
    const fn is_plain(&self) -> bool {
        self.status.is_none() && !self.has_checks && !self.has_marks && !self.has_findings
    }
}

impl Store {
    /// What is known of a pack, issued or not; nothing before the first block is projected.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pack(&self, unit: &UnitId) -> Result<Option<Pack>, StoreError> {
        let (gtin, serial): (Value, Value) = (unit.gtin.as_str().into(), unit.serial.as_bytes().to_vec().into());
        let both = || [gtin.clone(), serial.clone()];
        let mut values = Vec::with_capacity(14);
        values.extend(both());
        values.push(gtin.clone());
        values.extend(both());
        values.extend(both());
        values.push(LIST_CHECKED.into());
        values.extend(both());
        values.extend(both());
        values.extend(both());
        let row = Row::find_by_statement(sql(self.reader(), TEXT, values)).one(self.reader()).await?;
        row.map(pack).transpose()
    }

    /// The same, with the store to read on with. When there is more to read than this row, both see one moment of the database.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pack_and_moment(&self, unit: &UnitId) -> Result<(Option<Pack>, Self), StoreError> {
        let pack = self.pack(unit).await?;
        if pack.as_ref().is_none_or(Pack::is_plain) {
            return Ok((pack, self.clone()));
        }
        let moment = self.snapshot().await?;
        Ok((moment.pack(unit).await?, moment))
    }
}

fn pack(row: Row) -> Result<Pack, StoreError> {
    let place = row.listed.zip(row.idx).map(|(listed, idx)| {
        Ok::<_, StoreError>(UnitPlace { lot: lot("manifest_unit", "lot", &listed)?, index: uint(idx) })
    });
    let case = row.sscc.zip(row.content_root).map(|(label, root)| {
        let (sscc, content_root) = (sscc("rm_logistic", "sscc", &label)?, hash("rm_logistic", "content_root", &root)?);
        Ok::<_, StoreError>(CaseLabel { sscc, content_root })
    });
    Ok(Pack {
        height: uint(row.height),
        as_of_ms: uint(row.time_ms),
        place: place.transpose()?,
        issued: row.issued.map(|issued| lot("code", "lot", &issued)).transpose()?,
        status: row.status.map(|status| from_tag("rm_unit", "status", status)).transpose()?,
        case: case.transpose()?,
        has_checks: row.checks != 0,
        has_marks: row.marks != 0,
        has_findings: row.findings != 0,
    })
}
