//! The lists behind the roots: which packs a batch and a case hold. They come from the line in parts, and count for
//! nothing before they have been compared with the root on the chain.

use super::codes::{COMMISSIONED, INVALID, SAMPLED, SCRAPPED};
use super::convert::{batch_id, bytes, gln, int, lot as lot_of, serial as serial_of, uint};
use super::entity::{manifest_batch, manifest_case, manifest_case_unit, manifest_unit};
use super::numbers::return_rest;
use super::{ROWS_PER_INSERT, Store, StoreError, sql};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use tracelight_api::rest::numbers::LineName;
use tracelight_domain::gs1::{Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, MemberId, TxId};

/// The list behind a batch's root, as far as it has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchManifest {
    /// Product and lot.
    pub batch: BatchId,
    /// Whose.
    pub member: MemberId,
    /// The sealing transaction.
    pub tx: TxId,
    /// Packs so far.
    pub units: u64,
    /// Salt of the count commitment.
    pub count_salt: [u8; 16],
    /// How far it is.
    pub state: ManifestState,
}

/// How far a batch's list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManifestState {
    /// Parts arrive.
    Arriving,
    /// All parts are there.
    Complete,
    /// Compared with the root on the chain.
    Checked,
}

/// One part of a batch's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestPart {
    /// Product and lot.
    pub batch: BatchId,
    /// Whose.
    pub member: MemberId,
    /// The sealing transaction.
    pub tx: TxId,
    /// Index of the first serial.
    pub first: u64,
    /// Serials, in the order of their leaves.
    pub serials: Vec<Serial>,
    /// Codes on no good pack; with the last parts.
    pub gone: Gone,
    /// The line that held the codes; `None` of a gateway that knows no blocks.
    pub line: Option<LineName>,
    /// Salt of the count commitment.
    pub count_salt: [u8; 16],
    /// No more parts.
    pub last: bool,
}

/// Codes that the line used up without a good pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Rejected or relabelled.
    pub scrapped: Vec<Serial>,
    /// Taken as samples.
    pub sampled: Vec<Serial>,
    /// Declared invalid, or printed and never seen again.
    pub invalid: Vec<Serial>,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorePart {
    /// Stored.
    Stored,
    /// The same part was there.
    Already,
    /// Another part was there, or one in between is missing; the next index that is expected.
    Conflict {
        /// Send from here.
        expected: u64,
    },
}

/// The list behind a case's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseManifest {
    /// The case.
    pub sscc: Sscc,
    /// Whose.
    pub member: MemberId,
    /// The packing transaction.
    pub tx: TxId,
    /// Product.
    pub gtin: Gtin,
    /// Lot and serial of each pack, in the order of their leaves.
    pub units: Vec<(Lot, Serial)>,
}

const fn state_code(state: ManifestState) -> i16 {
    match state {
        ManifestState::Arriving => 0,
        ManifestState::Complete => 1,
        ManifestState::Checked => 2,
    }
}

fn manifest(row: manifest_batch::Model) -> Result<BatchManifest, StoreError> {
    const TABLE: &str = "manifest_batch";
    Ok(BatchManifest {
        batch: batch_id(TABLE, &row.gtin, &row.lot)?,
        member: gln(TABLE, "member", &row.member)?,
        tx: TxId(bytes(TABLE, "tx_id", &row.tx_id)?),
        units: uint(row.units),
        count_salt: bytes(TABLE, "count_salt", &row.count_salt)?,
        state: match row.state {
            0 => ManifestState::Arriving,
            1 => ManifestState::Complete,
            2 => ManifestState::Checked,
            other => return Err(StoreError::corrupt(TABLE, "state", other)),
        },
    })
}

fn key(batch: &BatchId) -> (String, Vec<u8>) {
    (batch.gtin.to_string(), batch.lot.as_bytes().to_vec())
}

impl Store {
    /// The list behind a batch's root, as far as it has arrived.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn batch_manifest(&self, batch: &BatchId) -> Result<Option<BatchManifest>, StoreError> {
        manifest_batch::Entity::find_by_id(key(batch)).one(self.reader()).await?.map(manifest).transpose()
    }

    /// Stores a part. Parts arrive in order; the same part again is harmless.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then.
    pub async fn store_manifest_part(&self, part: &ManifestPart) -> Result<StorePart, StoreError> {
        let txn = self.begin().await?;
        self.hold_batch(&txn, &part.batch).await?;
        let known = manifest_batch::Entity::find_by_id(key(&part.batch)).one(&txn).await?.map(manifest).transpose()?;
        let expected = known.as_ref().map_or(0, |known| known.units);
        let same = known.as_ref().is_none_or(|known| known.tx == part.tx && known.count_salt == part.count_salt);
        if !same || part.first > expected {
            txn.rollback().await?;
            return Ok(StorePart::Conflict { expected });
        }
        let complete = known.as_ref().is_some_and(|known| known.state > ManifestState::Arriving);
        if part.first < expected || complete {
            let equal = stored_part(&txn, part).await? == part.serials;
            txn.rollback().await?;
            return Ok(if equal { StorePart::Already } else { StorePart::Conflict { expected } });
        }
        insert_part(&txn, part).await?;
        let state = if part.last { ManifestState::Complete } else { ManifestState::Arriving };
        let row = manifest_batch::Model {
            gtin: part.batch.gtin.to_string(),
            lot: part.batch.lot.as_bytes().to_vec(),
            member: part.member.to_string(),
            tx_id: part.tx.0.to_vec(),
            units: int(expected + part.serials.len() as u64),
            count_salt: part.count_salt.to_vec(),
            state: state_code(state),
            line: part.line.as_ref().map(|line| line.as_str().to_owned()),
        };
        let newer =
            sea_orm::sea_query::OnConflict::columns([manifest_batch::Column::Gtin, manifest_batch::Column::Lot])
                .update_columns([manifest_batch::Column::Units, manifest_batch::Column::State])
                .to_owned();
        manifest_batch::Entity::insert(row.into_active_model()).on_conflict(newer).exec_without_returning(&txn).await?;
        let Gone { scrapped, sampled, invalid } = &part.gone;
        for (serials, state) in [(scrapped, SCRAPPED), (sampled, SAMPLED), (invalid, INVALID)] {
            mark(&txn, &part.batch, serials, state).await?;
        }
        txn.commit().await?;
        Ok(StorePart::Stored)
    }

    /// Serials of a batch's list from an index on, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn manifest_serials(&self, batch: &BatchId, first: u64, limit: u64) -> Result<Vec<Serial>, StoreError> {
        serials(self.reader(), batch, first, limit).await
    }

    /// Complete lists that have not been compared with the chain yet, at most ten.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unchecked_manifests(&self) -> Result<Vec<BatchManifest>, StoreError> {
        let rows = manifest_batch::Entity::find()
            .filter(manifest_batch::Column::State.eq(state_code(ManifestState::Complete)))
            .order_by_asc(manifest_batch::Column::Gtin)
            .limit(10)
            .all(self.reader())
            .await?;
        rows.into_iter().map(manifest).collect()
    }

    /// The list has been compared with the root on the chain: its codes are commissioned, and what its line never met comes
    /// back, with what no line holds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn manifest_is_true(&self, batch: &BatchId) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        self.hold_batch(&txn, batch).await?;
        let line = manifest_batch::Entity::find_by_id(key(batch)).one(&txn).await?.and_then(|row| row.line);
        // A pack that the chain knows is good whatever was declared of its number.
        let text = "UPDATE code SET state = ? WHERE gtin = ? AND lot = ? AND serial IN \
                    (SELECT serial FROM manifest_unit WHERE gtin = ? AND lot = ?)";
        let (gtin, lot) = key(batch);
        let values =
            [COMMISSIONED.into(), gtin.clone().into(), lot.clone().into(), gtin.clone().into(), lot.clone().into()];
        txn.execute_raw(sql(&txn, text, values)).await?;
        return_rest(&txn, batch, line.as_deref()).await?;
        manifest_batch::Entity::update_many()
            .col_expr(manifest_batch::Column::State, Expr::value(state_code(ManifestState::Checked)))
            .filter(manifest_batch::Column::Gtin.eq(gtin))
            .filter(manifest_batch::Column::Lot.eq(lot))
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }

    /// Forgets a list that the chain contradicts, so that the true one can be sent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_manifest(&self, batch: &BatchId) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        self.hold_batch(&txn, batch).await?;
        let (gtin, lot) = key(batch);
        for table in ["manifest_unit", "manifest_batch"] {
            let text = format!("DELETE FROM {table} WHERE gtin = ? AND lot = ?");
            txn.execute_raw(sql(&txn, &text, [gtin.clone().into(), lot.clone().into()])).await?;
        }
        // What the list said; what a person declared stays declared.
        let text = "UPDATE code SET state = 0 WHERE gtin = ? AND lot = ? AND state IN (1, 2, 3, 5)";
        txn.execute_raw(sql(&txn, text, [gtin.into(), lot.into()])).await?;
        Ok(txn.commit().await?)
    }

    /// The list behind a case's root, and whether it has been compared with the chain.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn case_manifest(&self, sscc: Sscc) -> Result<Option<(CaseManifest, bool)>, StoreError> {
        const TABLE: &str = "manifest_case";
        let Some(row) = manifest_case::Entity::find_by_id(sscc.to_string()).one(self.reader()).await? else {
            return Ok(None);
        };
        let units = manifest_case_unit::Entity::find()
            .filter(manifest_case_unit::Column::Sscc.eq(sscc.to_string()))
            .order_by_asc(manifest_case_unit::Column::Idx)
            .all(self.reader())
            .await?;
        let units = units
            .into_iter()
            .map(|unit| Ok((lot_of(TABLE, "lot", &unit.lot)?, serial_of(TABLE, "serial", &unit.serial)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let manifest = CaseManifest {
            sscc,
            member: gln(TABLE, "member", &row.member)?,
            tx: TxId(bytes(TABLE, "tx_id", &row.tx_id)?),
            gtin: super::convert::gtin(TABLE, "gtin", &row.gtin)?,
            units,
        };
        Ok(Some((manifest, row.checked == 1)))
    }

    /// Stores a case's list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn store_case_manifest(&self, case: &CaseManifest) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let row = manifest_case::Model {
            sscc: case.sscc.to_string(),
            member: case.member.to_string(),
            tx_id: case.tx.0.to_vec(),
            gtin: case.gtin.to_string(),
            units: int(case.units.len() as u64),
            checked: 0,
        };
        manifest_case::Entity::insert(row.into_active_model()).exec_without_returning(&txn).await?;
        let rows: Vec<manifest_case_unit::ActiveModel> = case
            .units
            .iter()
            .zip(0..)
            .map(|((lot, serial), idx)| {
                let row = manifest_case_unit::Model {
                    sscc: case.sscc.to_string(),
                    idx,
                    gtin: case.gtin.to_string(),
                    lot: lot.as_bytes().to_vec(),
                    serial: serial.as_bytes().to_vec(),
                };
                row.into_active_model()
            })
            .collect();
        for chunk in rows.chunks(ROWS_PER_INSERT) {
            manifest_case_unit::Entity::insert_many(chunk.to_vec()).exec_without_returning(&txn).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Cases whose lists have not been compared with the chain yet, at most a hundred.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unchecked_cases(&self) -> Result<Vec<Sscc>, StoreError> {
        let rows = manifest_case::Entity::find()
            .filter(manifest_case::Column::Checked.eq(0))
            .order_by_asc(manifest_case::Column::Sscc)
            .limit(100)
            .all(self.reader())
            .await?;
        rows.iter().map(|row| super::convert::sscc("manifest_case", "sscc", &row.sscc)).collect()
    }

    /// The case's list has been compared with the root on the chain.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn case_manifest_is_true(&self, sscc: Sscc) -> Result<(), StoreError> {
        manifest_case::Entity::update_many()
            .col_expr(manifest_case::Column::Checked, Expr::value(1))
            .filter(manifest_case::Column::Sscc.eq(sscc.to_string()))
            .exec(self.writer())
            .await?;
        Ok(())
    }

    /// Forgets a case's list that the chain contradicts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_case_manifest(&self, sscc: Sscc) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        for table in ["manifest_case_unit", "manifest_case"] {
            let text = format!("DELETE FROM {table} WHERE sscc = ?");
            txn.execute_raw(sql(&txn, &text, [sscc.to_string().into()])).await?;
        }
        Ok(txn.commit().await?)
    }

    /// How many of these serials were issued for the batch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn issued_among(&self, batch: &BatchId, serials: &[Serial]) -> Result<u64, StoreError> {
        use super::entity::code;
        let mut found = 0;
        for chunk in serials.chunks(ROWS_PER_INSERT) {
            let bytes: Vec<Vec<u8>> = chunk.iter().map(|serial| serial.as_bytes().to_vec()).collect();
            found += code::Entity::find()
                .filter(code::Column::Gtin.eq(batch.gtin.to_string()))
                .filter(code::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
                .filter(code::Column::Serial.is_in(bytes))
                .count(self.reader())
                .await?;
        }
        Ok(found)
    }
}

async fn stored_part(txn: &DatabaseTransaction, part: &ManifestPart) -> Result<Vec<Serial>, StoreError> {
    serials(txn, &part.batch, part.first, part.serials.len() as u64).await
}

async fn serials<C: sea_orm::ConnectionTrait>(
    db: &C,
    batch: &BatchId,
    first: u64,
    limit: u64,
) -> Result<Vec<Serial>, StoreError> {
    let rows: Vec<Vec<u8>> = manifest_unit::Entity::find()
        .select_only()
        .column(manifest_unit::Column::Serial)
        .filter(manifest_unit::Column::Gtin.eq(batch.gtin.to_string()))
        .filter(manifest_unit::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
        .filter(manifest_unit::Column::Idx.gte(int(first)))
        .order_by_asc(manifest_unit::Column::Idx)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    rows.iter().map(|bytes| serial_of("manifest_unit", "serial", bytes)).collect()
}

async fn insert_part(txn: &DatabaseTransaction, part: &ManifestPart) -> Result<(), StoreError> {
    for (chunk, at) in part.serials.chunks(ROWS_PER_INSERT).zip((int(part.first)..).step_by(ROWS_PER_INSERT)) {
        let rows = chunk.iter().zip(at..).map(|(serial, idx)| {
            let row = manifest_unit::Model {
                gtin: part.batch.gtin.to_string(),
                lot: part.batch.lot.as_bytes().to_vec(),
                idx,
                serial: serial.as_bytes().to_vec(),
            };
            row.into_active_model()
        });
        manifest_unit::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

async fn mark(txn: &DatabaseTransaction, batch: &BatchId, serials: &[Serial], state: i16) -> Result<(), StoreError> {
    use super::entity::code;
    for chunk in serials.chunks(ROWS_PER_INSERT) {
        let bytes: Vec<Vec<u8>> = chunk.iter().map(|serial| serial.as_bytes().to_vec()).collect();
        code::Entity::update_many()
            .col_expr(code::Column::State, Expr::value(state))
            .filter(code::Column::Gtin.eq(batch.gtin.to_string()))
            .filter(code::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .filter(code::Column::Serial.is_in(bytes))
            // What a person declared stays declared, so that a list that is forgotten takes nothing of it along.
            .filter(code::Column::State.ne(super::codes::DECLARED))
            .exec(txn)
            .await?;
    }
    Ok(())
}
