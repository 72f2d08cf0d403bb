//! The dry run of an upload: what `tracelight_imports` finds in the file, and what only this server can know.
//!
//! Of products: the same data on the chain already are no fault, other data are. Of codes: the batch has to be the member's
//! own and not sealed, and no serial of the product may exist. Reading a file takes CPU and runs off the async threads.

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, off_thread};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::goods::{Product, ProductKind};
use tracelight_api::rest::imports::{IMPORT_BYTES_MAX, IMPORT_PRODUCTS_MAX, ImportFault, ImportKind};
use tracelight_domain::gs1::Serial;
use tracelight_domain::ids::BatchId;
use tracelight_domain::tx;
use tracelight_imports::limits::Limits;
use tracelight_imports::mapping::Mapping;
use tracelight_imports::table::{self, Table};
use tracelight_imports::template::Kind;
use tracelight_imports::{Checked, CheckedRows, CodeRow, Fault, Problem, check};

/// What an upload may hold.
pub const LIMITS: Limits = Limits { file_bytes_max: IMPORT_BYTES_MAX, ..Limits::SERVER };

/// A file that has been read and checked.
#[derive(Debug)]
pub struct DryRun {
    /// As what it was read.
    pub table: Table,
    /// What was found.
    pub checked: Checked,
}

/// The kind as the reader knows it.
#[must_use]
pub const fn kind_of(kind: ImportKind) -> Kind {
    match kind {
        ImportKind::Products => Kind::Products,
        ImportKind::Partners => Kind::Partners,
        ImportKind::Codes => Kind::Codes,
    }
}

/// `gtin:Artikel,lot:Charge` as pairs of a column's name and a header of the file.
///
/// # Errors
/// 400 for a part without a colon.
pub fn mapping_of(text: &str) -> ApiResult<Vec<(String, String)>> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let pair = part.split_once(':').map(|(name, header)| (name.trim().to_owned(), header.trim().to_owned()));
            pair.ok_or_else(|| ApiError::invalid("map", "expected column:header,column:header"))
        })
        .collect()
}

/// Reads and checks a file.
///
/// # Errors
/// 400 when the file is no table, or its columns cannot be told apart.
pub async fn dry_run(state: &AppState, user: &User, kind: ImportKind, told: &str, file: Vec<u8>) -> ApiResult<DryRun> {
    let told = mapping_of(told)?;
    let (mut run, mapping) = off_thread(move || read(kind_of(kind), &file, &told)).await??;
    let objections = match &run.checked.rows {
        CheckedRows::Products(rows) if rows.len() > IMPORT_PRODUCTS_MAX => {
            let detail = format!("{} products, at most {IMPORT_PRODUCTS_MAX} in one file; split it", rows.len());
            return Err(ApiError::invalid("file", detail));
        }
        CheckedRows::Products(rows) => known_products(state, user, rows).await?,
        CheckedRows::Codes(rows) => wrong_codes(state, user, rows).await?,
        CheckedRows::Partners(_) => Vec::new(),
    };
    run.checked.object(kind_of(kind), &run.table, &mapping, &LIMITS, objections);
    Ok(run)
}

fn read(kind: Kind, file: &[u8], told: &[(String, String)]) -> ApiResult<(DryRun, Mapping)> {
    let table = table::read(file, &LIMITS).map_err(|error| ApiError::invalid("file", error.to_string()))?;
    let mapping = Mapping::of(kind, &table.header, told).map_err(|error| {
        let words = error.words();
        ApiError::invalid("file", format!("{} / {}", words.en, words.zh))
    })?;
    let checked = check(kind, &table, &mapping, &LIMITS);
    Ok((DryRun { table, checked }, mapping))
}

type Objections = Vec<(u32, &'static str, Problem)>;

async fn known_products(state: &AppState, user: &User, rows: &[(u32, tx::Product)]) -> ApiResult<Objections> {
    let mut objections = Vec::new();
    for (number, row) in rows {
        let stored = state.store.product(row.gtin).await?;
        if stored.is_some_and(|stored| !is_same(&stored, row, user)) {
            objections.push((*number, "gtin", Problem::Known));
        }
    }
    Ok(objections)
}

/// Is what stands on the chain this member's product with these data?
#[must_use]
pub fn is_same(stored: &Product, row: &tx::Product, user: &User) -> bool {
    let kind = match row.kind {
        tx::ProductKind::Medicine => ProductKind::Medicine,
        tx::ProductKind::Food => ProductKind::Food,
    };
    let texts = [
        (&stored.name_en, &row.name_en),
        (&stored.name_zh, &row.name_zh),
        (&stored.detail, &row.detail),
        (&stored.approval, &row.approval),
        (&stored.hotline, &row.hotline),
    ];
    stored.maker == user.member.to_string() && stored.kind == kind && texts.iter().all(|(one, other)| one == other)
}

async fn wrong_codes(state: &AppState, user: &User, rows: &[(u32, CodeRow)]) -> ApiResult<Objections> {
    let mut batches: BTreeMap<BatchId, Vec<&(u32, CodeRow)>> = BTreeMap::new();
    for row in rows {
        let batch = BatchId { gtin: row.1.gtin, lot: row.1.lot.clone() };
        batches.entry(batch).or_default().push(row);
    }
    let mut objections = Vec::new();
    for (batch, rows) in batches {
        let problem = match state.store.batch(&batch).await? {
            None => Some(Problem::NoBatch),
            Some(stored) if stored.maker != user.member => Some(Problem::NoBatch),
            Some(stored) if stored.sealed.is_some() => Some(Problem::BatchClosed),
            Some(_) => None,
        };
        if let Some(problem) = problem {
            objections.extend(rows.iter().map(|(number, _)| (*number, "lot", problem.clone())));
            continue;
        }
        let serials: Vec<&Serial> = rows.iter().map(|(_, row)| &row.serial).collect();
        let taken: BTreeSet<Vec<u8>> = state.store.taken_serials(batch.gtin, &serials).await?.into_iter().collect();
        let known = rows.iter().filter(|(_, row)| taken.contains(row.serial.as_bytes()));
        objections.extend(known.map(|(number, _)| (*number, "serial", Problem::Known)));
    }
    objections.sort_by_key(|(number, ..)| *number);
    Ok(objections)
}

/// A fault as the contract has it.
#[must_use]
pub fn told(fault: &Fault) -> ImportFault {
    let message = fault.message();
    ImportFault {
        row: fault.row,
        column: fault.column.to_owned(),
        letters: fault.letters(),
        message_zh: message.zh,
        message_en: message.en,
        expected_zh: fault.expected.zh.clone(),
        expected_en: fault.expected.en.clone(),
        found: fault.found.clone(),
    }
}
