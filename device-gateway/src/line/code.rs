//! What a scanner's string names. Pure.

use crate::reading::{Objection, shown};
use tracelight_api::line::LineReason;
use tracelight_domain::gs1::scan::{PrintedDate, Scan, UnitCode, parse_scan};
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::BatchId;

/// A code that a line can do something with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// A serialised GTIN.
    Item(UnitCode),
    /// The label of a logistic unit.
    Sscc(Sscc),
}

/// Under which code a bundle, case or pallet goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Sscc(Sscc),
    /// A serialised GTIN of the order's bundle level.
    Bundle(Serial),
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sscc(sscc) => sscc.fmt(f),
            Self::Bundle(serial) => serial.fmt(f),
        }
    }
}

/// Reads a code.
///
/// # Errors
/// [`LineReason::BadRead`].
pub(super) fn code(raw: &str) -> Result<Code, Objection> {
    let scan = scan(raw)?;
    if let Some(sscc) = scan.sscc() {
        return Ok(Code::Sscc(sscc));
    }
    scan.unit().map(Code::Item).map_err(|error| Objection::new(LineReason::BadRead, error.to_string()))
}

/// Reads the label of a case or pallet.
///
/// # Errors
/// [`LineReason::WrongLevel`] for the code of a product, [`LineReason::BadRead`].
pub(super) fn sscc(raw: &str) -> Result<Sscc, Objection> {
    let scan = scan(raw)?;
    if let Some(label) = scan.sscc() {
        return Ok(label);
    }
    if scan.gtin().is_some() {
        let detail = "a product's code (01) was read where the label of a case or pallet (00) belongs";
        return Err(Objection::new(LineReason::WrongLevel, detail));
    }
    let detail = format!("`{}` holds no SSCC (00)", shown(raw));
    Err(Objection::new(LineReason::BadRead, detail))
}

/// The batch that a line is told to start on.
///
/// # Errors
/// [`LineReason::BadRead`], naming the field and the position.
pub fn batch_id(gtin: &str, lot: &str) -> Result<BatchId, Objection> {
    let bad = |error: tracelight_domain::gs1::KeyError| Objection::new(LineReason::BadRead, error.to_string());
    Ok(BatchId { gtin: Gtin::parse(gtin).map_err(bad)?, lot: Lot::parse(lot).map_err(bad)? })
}

/// Is the printed date another than the batch's? Day `00` stands for the last day of its month.
pub(super) fn expiry_differs(printed: Option<PrintedDate>, batch: Option<Date>) -> bool {
    printed.zip(batch).is_some_and(|(printed, batch)| {
        printed.in_year(batch.year()).map_or(true, |printed| printed.to_days() != batch.to_days())
    })
}

fn scan(raw: &str) -> Result<Scan, Objection> {
    parse_scan(raw.as_bytes()).map_err(|error| Objection::new(LineReason::BadRead, error.to_string()))
}
