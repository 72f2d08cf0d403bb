//! Which products a notice may concern, and the products that were looked at.

use super::{insert_rows, keyed, source_code};
use crate::store::convert::{gln, int, uint};
use crate::store::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::notice::{MatchCounts, MatchStrength, NoticeHint};
use tracelight_domain::gs1::{Gtin, Lot};
use tracelight_domain::ids::MemberId;
use tracelight_regulatory::notices::{NoticeKey, Product};

/// Products that notices are compared with. At about 300 B with its words each, 6 MB.
pub const MATCHED_PRODUCTS_MAX: u64 = 20_000;
/// Lots of the matched products of one page.
const LOTS_MAX: u64 = 10_000;
const TABLE: &str = "public_notice_match";

/// A product that a stored notice may concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMatch {
    /// The notice.
    pub key: NoticeKey,
    /// Its part.
    pub part: i16,
    /// The product.
    pub gtin: Gtin,
    /// The weight.
    pub strength: MatchStrength,
}

/// The products that matches were found among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductSet {
    /// How many.
    pub products: u64,
    /// Block of the newest.
    pub height: u64,
}

#[derive(FromQueryResult)]
struct SetRow {
    products: i64,
    height: i64,
}

#[derive(FromQueryResult)]
struct ProductRow {
    gtin: String,
    maker: String,
    name_en: String,
    name_zh: String,
}

#[derive(FromQueryResult)]
struct LotRow {
    gtin: String,
    lot: Vec<u8>,
}

#[derive(FromQueryResult)]
struct HintRow {
    gtin: String,
    strength: i16,
    notices: i64,
}

/// The number of a weight; a smaller one weighs more.
#[must_use]
pub const fn strength_code(strength: MatchStrength) -> i16 {
    match strength {
        MatchStrength::Fact => 1,
        MatchStrength::Likely => 2,
        MatchStrength::Suggestion => 3,
    }
}

fn gtin(text: &str) -> Result<Gtin, StoreError> {
    Gtin::parse(text).map_err(|error| StoreError::corrupt(TABLE, "gtin", error))
}

/// Takes away the matches of these keys.
pub(super) async fn drop_of<C: ConnectionTrait>(
    db: &C,
    member: MemberId,
    keys: &[NoticeKey],
) -> Result<(), StoreError> {
    for part in keys.chunks(KEYS_PER_QUERY) {
        let (named, values) = keyed(TABLE, part);
        let text = format!("DELETE FROM {TABLE} WHERE member = ? AND {named}");
        let values = std::iter::once(Value::from(member.to_string())).chain(values);
        db.execute_raw(sql(db, &text, values)).await?;
    }
    Ok(())
}

/// Adds matches; one that is there gets its new weight.
pub(super) async fn put<C: ConnectionTrait>(db: &C, member: MemberId, found: &[FoundMatch]) -> Result<(), StoreError> {
    let row = |one: &FoundMatch| {
        vec![
            member.to_string().into(),
            one.gtin.to_string().into(),
            source_code(one.key.source).into(),
            one.key.id.as_bytes().to_vec().into(),
            one.part.into(),
            strength_code(one.strength).into(),
        ]
    };
    let rows = found.iter().map(row).collect();
    insert_rows(db, "REPLACE", TABLE, "member, gtin, source, notice_id, part, strength", KEYS_PER_QUERY, rows).await
}

impl Store {
    /// The products of a maker, or all of them, as a set that may have changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn product_set(&self, maker: Option<MemberId>) -> Result<ProductSet, StoreError> {
        let (condition, values) = of_maker(maker);
        let text =
            format!("SELECT COUNT(*) AS products, COALESCE(MAX(height), 0) AS height FROM rm_product{condition}");
        let row = SetRow::find_by_statement(sql(self.reader(), &text, values)).one(self.reader()).await?;
        Ok(row.map_or(ProductSet { products: 0, height: 0 }, |row| ProductSet {
            products: uint(row.products),
            height: uint(row.height),
        }))
    }

    /// The products that a member's matches were found among.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notices_matched(&self, member: MemberId) -> Result<Option<ProductSet>, StoreError> {
        let text = "SELECT products, height FROM public_notice_matched WHERE member = ?";
        let statement = sql(self.reader(), text, [member.to_string().into()]);
        let row = SetRow::find_by_statement(statement).one(self.reader()).await?;
        Ok(row.map(|row| ProductSet { products: uint(row.products), height: uint(row.height) }))
    }

    /// Remembers them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_notices_matched(&self, member: MemberId, set: ProductSet) -> Result<(), StoreError> {
        let text = "REPLACE INTO public_notice_matched (member, products, height) VALUES (?, ?, ?)";
        let values: [Value; 3] = [member.to_string().into(), int(set.products).into(), int(set.height).into()];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }

    /// Adds matches; one that is there gets its new weight.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is changed then.
    pub async fn put_notice_matches(&self, member: MemberId, found: &[FoundMatch]) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        put(&txn, member, found).await?;
        Ok(txn.commit().await?)
    }

    /// Products to compare with notices, in the order of their GTINs, without their lots: those of a maker, or all. `only` names
    /// some of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn products_to_match(
        &self,
        maker: Option<MemberId>,
        only: Option<&BTreeSet<Gtin>>,
    ) -> Result<Vec<Product>, StoreError> {
        let (mut condition, mut values) = of_maker(maker);
        if let Some(only) = only {
            let joint = if condition.is_empty() { " WHERE" } else { " AND" };
            let list = if only.is_empty() { "''".to_owned() } else { marks(only.len()) };
            condition.push_str(&format!("{joint} gtin IN ({list})"));
            values.extend(only.iter().map(|gtin| Value::from(gtin.to_string())));
        }
        values.push(int(MATCHED_PRODUCTS_MAX).into());
        let text = format!("SELECT gtin, maker, name_en, name_zh FROM rm_product{condition} ORDER BY gtin LIMIT ?");
        let rows = ProductRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let one = |row: ProductRow| {
            gln("rm_product", "maker", &row.maker)?;
            let name = if row.name_en.is_empty() { row.name_zh } else { row.name_en };
            Ok(Product { gtin: gtin(&row.gtin)?, name, brand: String::new(), lots: Vec::new() })
        };
        rows.into_iter().map(one).collect()
    }

    /// Lots of products.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lots_of_products(&self, gtins: &BTreeSet<Gtin>) -> Result<BTreeMap<Gtin, Vec<Lot>>, StoreError> {
        let mut out: BTreeMap<Gtin, Vec<Lot>> = BTreeMap::new();
        let gtins: Vec<&Gtin> = gtins.iter().collect();
        for part in gtins.chunks(KEYS_PER_QUERY) {
            let text = format!(
                "SELECT gtin, lot FROM rm_batch WHERE gtin IN ({}) ORDER BY gtin, lot LIMIT ?",
                marks(part.len())
            );
            let values = part.iter().map(|gtin| Value::from(gtin.to_string())).chain([int(LOTS_MAX).into()]);
            for row in LotRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await? {
                let id = crate::store::convert::batch_id("rm_batch", &row.gtin, &row.lot)?;
                out.entry(id.gtin).or_default().push(id.lot);
            }
        }
        Ok(out)
    }

    /// The products that the notices of these keys may concern.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn matched_products(&self, member: MemberId, keys: &[NoticeKey]) -> Result<BTreeSet<Gtin>, StoreError> {
        let mut out = BTreeSet::new();
        for part in keys.chunks(KEYS_PER_QUERY) {
            let (named, values) = keyed("m", part);
            let text = format!("SELECT DISTINCT m.gtin FROM public_notice_match m WHERE m.member = ? AND {named}");
            let values = std::iter::once(Value::from(member.to_string())).chain(values);
            for row in self.reader().query_all_raw(sql(self.reader(), &text, values)).await? {
                out.insert(gtin(&row.try_get::<String>("", "gtin")?)?);
            }
        }
        Ok(out)
    }

    /// How many notices may concern each product; those that the authority has closed do not count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice_hints(&self, member: MemberId) -> Result<Vec<NoticeHint>, StoreError> {
        let text = "SELECT m.gtin, m.strength, COUNT(*) AS notices FROM public_notice_match m JOIN public_notice n \
                    ON n.member = m.member AND n.source = m.source AND n.notice_id = m.notice_id AND n.part = m.part \
                    WHERE m.member = ? AND n.status <> 3 GROUP BY m.gtin, m.strength ORDER BY m.gtin, m.strength";
        let statement = sql(self.reader(), text, [member.to_string().into()]);
        let mut out: Vec<NoticeHint> = Vec::new();
        for row in HintRow::find_by_statement(statement).all(self.reader()).await? {
            if out.last().is_none_or(|last| last.gtin != row.gtin) {
                out.push(NoticeHint { gtin: row.gtin, notices: MatchCounts::default() });
            }
            let Some(hint) = out.last_mut() else { continue };
            let count = match row.strength {
                1 => &mut hint.notices.fact,
                2 => &mut hint.notices.likely,
                _ => &mut hint.notices.suggestion,
            };
            *count = uint(row.notices);
        }
        Ok(out)
    }
}

fn of_maker(maker: Option<MemberId>) -> (String, Vec<Value>) {
    match maker {
        Some(maker) => (" WHERE maker = ?".to_owned(), vec![maker.to_string().into()]),
        None => (String::new(), Vec::new()),
    }
}
