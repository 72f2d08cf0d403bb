//! Products, as registered on the chain.

use super::convert::{evidence, from_tag};
use super::entity::rm_product;
use super::{Store, StoreError};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use tracelight_api::rest::goods::{Product, ProductKind};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::tx::ProductKind as DomainKind;

fn view(row: rm_product::Model) -> Result<Product, StoreError> {
    let kind = match from_tag("rm_product", "kind", row.kind)? {
        DomainKind::Medicine => ProductKind::Medicine,
        DomainKind::Food => ProductKind::Food,
    };
    Ok(Product {
        evidence: evidence("rm_product", &row.tx_id, row.height, row.time_ms)?,
        gtin: row.gtin,
        maker: row.maker,
        name_en: row.name_en,
        name_zh: row.name_zh,
        detail: row.detail,
        approval: row.approval,
        hotline: row.hotline,
        kind,
    })
}

impl Store {
    /// Products after a GTIN, in the order of their GTINs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn products(&self, after: Option<Gtin>, limit: u64) -> Result<Vec<Product>, StoreError> {
        let mut query = rm_product::Entity::find().order_by_asc(rm_product::Column::Gtin).limit(limit);
        if let Some(gtin) = after {
            query = query.filter(rm_product::Column::Gtin.gt(gtin.to_string()));
        }
        query.all(self.reader()).await?.into_iter().map(view).collect()
    }

    /// One product.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn product(&self, gtin: Gtin) -> Result<Option<Product>, StoreError> {
        rm_product::Entity::find_by_id(gtin.to_string()).one(self.reader()).await?.map(view).transpose()
    }
}
