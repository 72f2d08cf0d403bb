//! What a search finds of lots and products. Words stand in values, never in the text of a question.
//!
//! ```text
//! lots       a range of the index rm_batch_lot: from the words to the next text that does not begin with them
//! products   by a part of a name, in a table that has one row a product
//! ```

use super::convert::batch_id;
use super::{Store, StoreError, contains, sql};
use sea_orm::{FromQueryResult, Value};
use tracelight_domain::ids::{BatchId, MemberId};

/// A lot that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotHit {
    /// Product and lot.
    pub id: BatchId,
    /// Product name in English and Chinese.
    pub product: (String, String),
    /// A recall is in force.
    pub recalled: bool,
}

/// A product that was found.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ProductHit {
    /// GTIN-14.
    pub gtin: String,
    /// Name in English.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
}

#[derive(FromQueryResult)]
struct LotRow {
    gtin: String,
    lot: Vec<u8>,
    recalled: Option<i16>,
    name_en: Option<String>,
    name_zh: Option<String>,
}

impl Store {
    /// Lots that begin with these bytes; of one maker, or of all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lots_beginning(
        &self,
        words: &[u8],
        maker: Option<MemberId>,
        limit: u64,
    ) -> Result<Vec<LotHit>, StoreError> {
        let mut text = "SELECT b.gtin, b.lot, b.recalled, p.name_en, p.name_zh FROM rm_batch b \
                        LEFT JOIN rm_product p ON p.gtin = b.gtin WHERE b.lot >= ?"
            .to_owned();
        let mut values: Vec<Value> = vec![words.to_vec().into()];
        if let Some(end) = after_prefix(words) {
            text.push_str(" AND b.lot < ?");
            values.push(end.into());
        }
        if let Some(maker) = maker {
            text.push_str(" AND b.maker = ?");
            values.push(maker.to_string().into());
        }
        text.push_str(" ORDER BY b.lot, b.gtin LIMIT ?");
        values.push(super::convert::int(limit).into());
        let rows = LotRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let one = |row: LotRow| {
            Ok(LotHit {
                id: batch_id("rm_batch", &row.gtin, &row.lot)?,
                product: (row.name_en.unwrap_or_default(), row.name_zh.unwrap_or_default()),
                recalled: row.recalled.is_some(),
            })
        };
        rows.into_iter().map(one).collect()
    }

    /// Products with this GTIN, or with these words in a name, whatever their case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn products_with(&self, words: &str, limit: u64) -> Result<Vec<ProductHit>, StoreError> {
        let text = "SELECT gtin, name_en, name_zh FROM rm_product WHERE gtin LIKE ? ESCAPE '!' \
                    OR LOWER(name_en) LIKE ? ESCAPE '!' OR name_en LIKE ? ESCAPE '!' OR name_zh LIKE ? ESCAPE '!' \
                    ORDER BY gtin LIMIT ?";
        // The engines do not fold the same letters; what is typed as it is registered is found in any case.
        let (small, whole) = (contains(&words.to_lowercase()), contains(words));
        let values: [Value; 5] =
            [whole.clone().into(), small.into(), whole.clone().into(), whole.into(), super::convert::int(limit).into()];
        Ok(ProductHit::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?)
    }
}

/// The first bytes after all those that begin with these; `None` when nothing comes after them.
fn after_prefix(words: &[u8]) -> Option<Vec<u8>> {
    let mut end = words.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::after_prefix;

    #[test]
    fn a_prefix_ends_where_the_next_begins() {
        assert_eq!(after_prefix(b"A2"), Some(b"A3".to_vec()));
        assert_eq!(after_prefix(&[1, 255]), Some(vec![2]));
        assert_eq!((after_prefix(&[255]), after_prefix(b"")), (None, None));
    }
}
