//! Batches: what the chain says of them, and what their maker plans.

use super::convert::{batch_id, bytes, date, evidence, from_tag, gln, hash, int, uint};
use super::entity::{batch_plan, rm_batch, rm_product};
use super::lists::in_order;
use super::{KEYS_PER_QUERY, Store, StoreError, sql};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::Evidence;
use tracelight_domain::gs1::Date;
use tracelight_domain::ids::{BatchId, Hash, MemberId};
use tracelight_domain::tx::RecallClass;

/// A batch on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// Product and lot.
    pub id: BatchId,
    /// Who makes it.
    pub maker: MemberId,
    /// AI 11.
    pub made_on: Date,
    /// AI 17.
    pub expires_on: Date,
    /// The gravest recall in force.
    pub recalled: Option<RecallClass>,
    /// Its registration.
    pub registered: Evidence,
    /// Its seal.
    pub sealed: Option<SealRow>,
    /// Product name in English.
    pub product_en: String,
    /// Product name in Chinese.
    pub product_zh: String,
}

/// A seal, as its transaction says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRow {
    /// Where it stands.
    pub evidence: Evidence,
    /// Root over the unit leaves.
    pub tree_root: Hash,
    /// Good packs.
    pub unit_count: u64,
    /// Salt of the count commitment.
    pub count_salt: [u8; 16],
    /// Labels rejected by the line.
    pub rejected: u64,
    /// Packs taken as samples before commissioning.
    pub sampled: u64,
}

const TABLE: &str = "rm_batch";

fn batch(row: rm_batch::Model, product: Option<rm_product::Model>) -> Result<BatchRow, StoreError> {
    let (product_en, product_zh) = product.map(|product| (product.name_en, product.name_zh)).unwrap_or_default();
    Ok(BatchRow {
        id: batch_id(TABLE, &row.gtin, &row.lot)?,
        maker: gln(TABLE, "maker", &row.maker)?,
        made_on: date(TABLE, "made_on", &row.made_on)?,
        expires_on: date(TABLE, "expires_on", &row.expires_on)?,
        recalled: row.recalled.map(|class| from_tag(TABLE, "recalled", class)).transpose()?,
        registered: evidence(TABLE, &row.reg_tx, row.reg_height, row.reg_ms)?,
        sealed: seal(&row)?,
        product_en,
        product_zh,
    })
}

fn seal(row: &rm_batch::Model) -> Result<Option<SealRow>, StoreError> {
    let (Some(tx), Some(height), Some(ms), Some(root), Some(count), Some(salt)) =
        (&row.seal_tx, row.seal_height, row.seal_ms, &row.tree_root, row.unit_count, &row.count_salt)
    else {
        return Ok(None);
    };
    Ok(Some(SealRow {
        evidence: evidence(TABLE, tx, height, ms)?,
        tree_root: hash(TABLE, "tree_root", root)?,
        unit_count: uint(count),
        count_salt: bytes(TABLE, "count_salt", salt)?,
        rejected: row.rejected.map_or(0, uint),
        sampled: row.sampled.map_or(0, uint),
    }))
}

/// What the maker plans for a batch. Stays with the maker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchPlan {
    /// Planned packs.
    pub quantity: u64,
    /// Secret from which the salts of the leaves are derived.
    pub secret: [u8; 32],
}

impl Store {
    /// These batches, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn batches_at(&self, ids: &[BatchId]) -> Result<Vec<BatchRow>, StoreError> {
        let mut out = Vec::with_capacity(ids.len());
        for part in ids.chunks(KEYS_PER_QUERY) {
            let one = |id: &BatchId| {
                Condition::all()
                    .add(rm_batch::Column::Gtin.eq(id.gtin.to_string()))
                    .add(rm_batch::Column::Lot.eq(id.lot.as_bytes().to_vec()))
            };
            let these = part.iter().map(one).fold(Condition::any(), Condition::add);
            let rows = rm_batch::Entity::find().filter(these).all(self.reader()).await?;
            let gtins: BTreeSet<String> = rows.iter().map(|row| row.gtin.clone()).collect();
            let products = rm_product::Entity::find().filter(rm_product::Column::Gtin.is_in(gtins));
            let products: BTreeMap<String, rm_product::Model> =
                products.all(self.reader()).await?.into_iter().map(|row| (row.gtin.clone(), row)).collect();
            let rows = rows.into_iter().map(|row| {
                let product = products.get(&row.gtin).cloned();
                batch(row, product)
            });
            out.extend(in_order(part, rows.collect::<Result<_, _>>()?, |row| row.id.clone()));
        }
        Ok(out)
    }

    /// One batch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn batch(&self, id: &BatchId) -> Result<Option<BatchRow>, StoreError> {
        let key = (id.gtin.to_string(), id.lot.as_bytes().to_vec());
        let Some(row) = rm_batch::Entity::find_by_id(key).one(self.reader()).await? else { return Ok(None) };
        let product = rm_product::Entity::find_by_id(row.gtin.clone()).one(self.reader()).await?;
        batch(row, product).map(Some)
    }

    /// Has a case of the batch ever been handed over?
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn batch_was_shipped(&self, id: &BatchId) -> Result<bool, StoreError> {
        let text = "SELECT 1 FROM rm_case_content c WHERE c.gtin = ? AND c.lot = ? AND ( \
                      EXISTS (SELECT 1 FROM rm_shipment_object o WHERE o.sscc = c.sscc) \
                      OR EXISTS (SELECT 1 FROM rm_shipment_case s WHERE s.sscc = c.sscc)) LIMIT 1";
        let values = [id.gtin.to_string().into(), id.lot.as_bytes().to_vec().into()];
        Ok(self.reader().query_one_raw(sql(self.reader(), text, values)).await?.is_some())
    }

    /// Keeps a maker's plan. The secret of a plan that exists stays: leaves may have been made with it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn plan_batch(&self, id: &BatchId, member: MemberId, plan: &BatchPlan) -> Result<(), StoreError> {
        let row = batch_plan::Model {
            gtin: id.gtin.to_string(),
            lot: id.lot.as_bytes().to_vec(),
            member: member.to_string(),
            quantity: int(plan.quantity),
            batch_secret: plan.secret.to_vec(),
        };
        let newer = OnConflict::columns([batch_plan::Column::Gtin, batch_plan::Column::Lot])
            .update_column(batch_plan::Column::Quantity)
            .to_owned();
        batch_plan::Entity::insert(row.into_active_model())
            .on_conflict(newer)
            .exec_without_returning(self.writer())
            .await?;
        Ok(())
    }

    /// The plan of a batch, for its maker alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn batch_plan(&self, id: &BatchId, member: MemberId) -> Result<Option<BatchPlan>, StoreError> {
        let key = (id.gtin.to_string(), id.lot.as_bytes().to_vec());
        let found = batch_plan::Entity::find_by_id(key)
            .filter(batch_plan::Column::Member.eq(member.to_string()))
            .one(self.reader())
            .await?;
        let Some(row) = found else { return Ok(None) };
        let secret = bytes("batch_plan", "batch_secret", &row.batch_secret)?;
        Ok(Some(BatchPlan { quantity: uint(row.quantity), secret }))
    }
}
