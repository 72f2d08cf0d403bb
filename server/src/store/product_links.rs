//! The links that makers keep for their products.

use super::convert::{int, uint};
use super::entity::{product_link, rm_product};
use super::{Store, StoreError};
use crate::resolver::links::Link;
use crate::resolver::vocabulary::{LinkType, media_type};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use tracelight_api::rest::links::{LINKS_PER_LEVEL_MAX, LINKS_PER_PRODUCT_MAX};
use tracelight_domain::gs1::Gtin;
use uuid::Uuid;

/// A link with its id and the time of its last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLink {
    /// Id.
    pub id: Uuid,
    /// What it says.
    pub link: Link,
    /// Milliseconds.
    pub changed_ms: u64,
}

/// What became of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPut {
    /// It is kept.
    Kept,
    /// The id belongs to a link of another product.
    Taken,
    /// The product, or the level, has as many as it may.
    Full,
}

impl Store {
    /// The links of some levels of a product, the last changed first: of two defaults of a level the first counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn links_of_levels(&self, gtin: Gtin, levels: &[String]) -> Result<Vec<Link>, StoreError> {
        let rows = product_link::Entity::find()
            .filter(product_link::Column::Gtin.eq(gtin.to_string()))
            .filter(product_link::Column::Qualifiers.is_in(levels.iter().map(|level| level.as_bytes().to_vec())))
            .order_by_desc(product_link::Column::ChangedMs)
            .order_by_asc(product_link::Column::Id)
            .limit(LINKS_PER_PRODUCT_MAX)
            .all(self.reader())
            .await?;
        rows.into_iter().map(|row| kept(row).map(|kept| kept.link)).collect()
    }

    /// Links of a product behind an id, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn links(&self, gtin: Gtin, after: Option<Uuid>, limit: u64) -> Result<Vec<KeptLink>, StoreError> {
        let mut query = product_link::Entity::find()
            .filter(product_link::Column::Gtin.eq(gtin.to_string()))
            .order_by_asc(product_link::Column::Id)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(product_link::Column::Id.gt(after.as_bytes().to_vec()));
        }
        query.all(self.reader()).await?.into_iter().map(kept).collect()
    }

    /// Writes a link, new or in place of the one with its id. A default takes that from the others of its level.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_link(&self, gtin: Gtin, put: &KeptLink) -> Result<LinkPut, StoreError> {
        use product_link::Column;
        let (id, level) = (put.id.as_bytes().to_vec(), put.link.level.as_bytes().to_vec());
        let txn = self.begin().await?;
        if !self.is_sqlite() {
            // Two writers of one product count one after the other.
            rm_product::Entity::find_by_id(gtin.to_string()).lock(LockType::Update).one(&txn).await?;
        }
        let old = product_link::Entity::find_by_id(id.clone()).one(&txn).await?;
        if old.is_some_and(|old| old.gtin != gtin.to_string()) {
            return Ok(LinkPut::Taken);
        }
        product_link::Entity::delete_by_id(id).exec(&txn).await?;
        let of_product = product_link::Entity::find().filter(Column::Gtin.eq(gtin.to_string()));
        let of_level = of_product.clone().filter(Column::Qualifiers.eq(level.clone()));
        let full = of_product.count(&txn).await? >= LINKS_PER_PRODUCT_MAX
            || of_level.count(&txn).await? >= LINKS_PER_LEVEL_MAX;
        if full {
            return Ok(LinkPut::Full);
        }
        if put.link.is_default {
            product_link::Entity::update_many()
                .col_expr(Column::IsDefault, Expr::value(0_i16))
                .filter(Column::Gtin.eq(gtin.to_string()))
                .filter(Column::Qualifiers.eq(level))
                .exec(&txn)
                .await?;
        }
        product_link::Entity::insert(row(gtin, put).into_active_model()).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok(LinkPut::Kept)
    }

    /// Deletes a link. Was there one?
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_link(&self, gtin: Gtin, id: Uuid) -> Result<bool, StoreError> {
        let gone = product_link::Entity::delete_many()
            .filter(product_link::Column::Id.eq(id.as_bytes().to_vec()))
            .filter(product_link::Column::Gtin.eq(gtin.to_string()))
            .exec(self.writer())
            .await?;
        Ok(gone.rows_affected > 0)
    }
}

fn row(gtin: Gtin, kept: &KeptLink) -> product_link::Model {
    let link = &kept.link;
    product_link::Model {
        id: kept.id.as_bytes().to_vec(),
        gtin: gtin.to_string(),
        qualifiers: link.level.as_bytes().to_vec(),
        link_type: link.kind.curie(),
        href: link.href.clone(),
        title: link.title.clone(),
        hreflang: link.hreflang.join(","),
        media_type: link.media_type.map(str::to_owned),
        context: link.context.join(","),
        is_default: i16::from(link.is_default),
        forward_query: i16::from(link.forward_query),
        changed_ms: int(kept.changed_ms),
    }
}

fn kept(row: product_link::Model) -> Result<KeptLink, StoreError> {
    let corrupt = |column, why: &str| StoreError::corrupt("product_link", column, why);
    let list = |text: &str| text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let media = row.media_type.as_deref().map(|text| media_type(text).ok_or_else(|| corrupt("media_type", text)));
    let link = Link {
        level: String::from_utf8(row.qualifiers).map_err(|_| corrupt("qualifiers", "no text"))?,
        kind: LinkType::parse(&row.link_type).ok_or_else(|| corrupt("link_type", &row.link_type))?,
        href: row.href,
        title: row.title,
        hreflang: list(&row.hreflang),
        media_type: media.transpose()?,
        context: list(&row.context),
        is_default: row.is_default != 0,
        forward_query: row.forward_query != 0,
    };
    let id = Uuid::from_slice(&row.id).map_err(|error| corrupt("id", &error.to_string()))?;
    Ok(KeptLink { id, link, changed_ms: uint(row.changed_ms) })
}
