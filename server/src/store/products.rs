//! Products, as registered on the chain.

use super::convert::{evidence, from_tag, gln};
use super::entity::rm_product;
use super::lists::in_order;
use super::{KEYS_PER_QUERY, Store, StoreError};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use tracelight_api::rest::goods::{Product, ProductKind};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::ids::MemberId;
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
    /// Products with these GTINs, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn products_at(&self, gtins: &[String]) -> Result<Vec<Product>, StoreError> {
        let mut out = Vec::with_capacity(gtins.len());
        for part in gtins.chunks(KEYS_PER_QUERY) {
            let query = rm_product::Entity::find().filter(rm_product::Column::Gtin.is_in(part.to_vec()));
            let rows = query.all(self.reader()).await?.into_iter().map(view).collect::<Result<Vec<_>, _>>()?;
            out.extend(in_order(part, rows, |product| product.gtin.clone()));
        }
        Ok(out)
    }

    /// GTIN and maker of these makers' products, the newest first; at most so many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn gtins_of(&self, makers: &[MemberId], limit: u64) -> Result<Vec<(String, MemberId)>, StoreError> {
        let of = makers.iter().map(ToString::to_string);
        let query = rm_product::Entity::find()
            .select_only()
            .columns([rm_product::Column::Gtin, rm_product::Column::Maker])
            .filter(rm_product::Column::Maker.is_in(of))
            .order_by_desc(rm_product::Column::Height)
            .order_by_asc(rm_product::Column::Gtin)
            .limit(limit);
        let rows: Vec<(String, String)> = query.into_tuple().all(self.reader()).await?;
        rows.into_iter().map(|(gtin, maker)| Ok((gtin, gln("rm_product", "maker", &maker)?))).collect()
    }

    /// One product.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn product(&self, gtin: Gtin) -> Result<Option<Product>, StoreError> {
        rm_product::Entity::find_by_id(gtin.to_string()).one(self.reader()).await?.map(view).transpose()
    }
}
