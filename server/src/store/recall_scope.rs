//! Which lots a recall may concern, and what is known of each.
//!
//! ```text
//! by product, lot, dates, line, words     one question to the read model
//! by serials                              the lists of packs that this server holds; a lot whose list is elsewhere stays in, unknown
//! by ingredient or supplier               the lineage, forward; as far as the asking member is told of it
//! ```
//! All of them hold together: each narrows what the others find.

use super::convert::{batch_id, date, from_tag, gln, int, uint};
use super::lineage::named;
use super::{KEYS_PER_QUERY, LotHoldings, Store, StoreError, sql};
use sea_orm::{FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial};
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::tx::RecallClass;

/// Ingredient lots that are followed in one search.
pub const INGREDIENTS_MAX: u64 = 50;

/// What went in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ingredient {
    /// Lots of this product; one of them when a lot is named.
    Product(Gtin, Option<Lot>),
    /// Lots of this maker.
    Of(MemberId),
}

/// Which lots.
#[derive(Clone, Debug, Default)]
pub struct ScopeFilter {
    /// Lots of this maker, and what it is told of lineages; `None`: all.
    pub maker: Option<MemberId>,
    /// Of this product.
    pub gtin: Option<Gtin>,
    /// With this lot.
    pub lot: Option<Lot>,
    /// Made from, to.
    pub made: (Option<Date>, Option<Date>),
    /// Expiring from, to.
    pub expires: (Option<Date>, Option<Date>),
    /// With a serial from, to, byte by byte. Needs `gtin`.
    pub serials: Option<(Serial, Serial)>,
    /// Sealed by a device with these words in its label or this key, or made by the member with this GLN.
    pub line: Option<String>,
    /// Made from these.
    pub ingredient: Option<Ingredient>,
    /// With these words in its lot or in a name of its product.
    pub words: Option<String>,
}

/// A lot as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeLot {
    /// Product and lot.
    pub batch: BatchId,
    /// Product name in English and Chinese.
    pub product: (String, String),
    /// The maker's telephone line; may be empty.
    pub hotline: String,
    /// Who makes it.
    pub maker: MemberId,
    /// AI 11.
    pub made_on: Date,
    /// AI 17.
    pub expires_on: Date,
    /// The gravest recall in force.
    pub recalled: Option<RecallClass>,
    /// Label of the device that sealed it.
    pub line: Option<String>,
    /// Its serials in the range that was asked for; `None` when nobody asked, or when its list is not here.
    pub in_range: Option<u64>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeFound {
    /// Lots, newest first.
    pub lots: Vec<ScopeLot>,
    /// There are more.
    pub more: bool,
    /// The lineage was not followed to its end.
    pub cut: bool,
}

#[derive(FromQueryResult)]
struct Row {
    gtin: String,
    lot: Vec<u8>,
    maker: String,
    made_on: String,
    expires_on: String,
    recalled: Option<i16>,
    name_en: String,
    name_zh: String,
    hotline: String,
    line: Option<String>,
}

#[derive(FromQueryResult)]
struct CountRow {
    gtin: String,
    lot: Vec<u8>,
    packs: i64,
}

const SELECT: &str = "SELECT b.gtin, b.lot, b.maker, b.made_on, b.expires_on, b.recalled, p.name_en, p.name_zh, p.hotline, \
     d.label AS line FROM rm_batch b JOIN rm_product p ON p.gtin = b.gtin \
     LEFT JOIN rm_tx t ON t.tx_id = b.seal_tx AND t.code = 0 LEFT JOIN rm_device d ON d.device_key = t.signer";

/// Words as a pattern of `LIKE … ESCAPE '!'`, lower case.
fn pattern(words: &str) -> String {
    let mut out = String::from("%");
    for character in words.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(character);
    }
    out.push('%');
    out
}

/// A column of dates within bounds. A month without a day lasts from its first to its last day, in rows and in bounds.
fn within(column: &str, (from, to): &(Option<Date>, Option<Date>), parts: &mut Vec<String>, values: &mut Vec<Value>) {
    if let Some(from) = from {
        let from = from.to_string();
        let month: String = from.chars().take(7).collect();
        parts.push(format!("({column} >= ? OR (LENGTH({column}) = 7 AND {column} >= ?))"));
        values.extend([from.into(), month.into()]);
    }
    if let Some(to) = to {
        let to = to.to_string();
        // "2028-09-31" is no date, and stands behind every day of September.
        let last = if to.len() == 7 { format!("{to}-31") } else { to };
        parts.push(format!("{column} <= ?"));
        values.push(last.into());
    }
}

impl ScopeFilter {
    /// What stands behind `WHERE`, and its values.
    fn condition(&self) -> (String, Vec<Value>) {
        let (mut parts, mut values): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
        if let Some(maker) = self.maker {
            parts.push("b.maker = ?".to_owned());
            values.push(maker.to_string().into());
        }
        if let Some(gtin) = self.gtin {
            parts.push("b.gtin = ?".to_owned());
            values.push(gtin.to_string().into());
        }
        if let Some(lot) = &self.lot {
            parts.push("b.lot = ?".to_owned());
            values.push(lot.as_bytes().to_vec().into());
        }
        within("b.made_on", &self.made, &mut parts, &mut values);
        within("b.expires_on", &self.expires, &mut parts, &mut values);
        if let Some(line) = &self.line {
            let key = hex::decode(line).unwrap_or_default();
            parts.push("(LOWER(d.label) LIKE ? ESCAPE '!' OR t.signer = ? OR b.maker = ?)".to_owned());
            values.extend([pattern(line).into(), key.into(), line.clone().into()]);
        }
        if let Some(words) = &self.words {
            let like = "LIKE ? ESCAPE '!'";
            parts.push(format!(
                "(LOWER(CAST(b.lot AS CHAR(20))) {like} OR LOWER(p.name_en) {like} OR LOWER(p.name_zh) {like})"
            ));
            values.extend([pattern(words).into(), pattern(words).into(), pattern(words).into()]);
        }
        let text = if parts.is_empty() { String::new() } else { format!(" WHERE {}", parts.join(" AND ")) };
        (text, values)
    }
}

fn scope_lot(row: Row) -> Result<ScopeLot, StoreError> {
    const TABLE: &str = "rm_batch";
    Ok(ScopeLot {
        batch: batch_id(TABLE, &row.gtin, &row.lot)?,
        product: (row.name_en, row.name_zh),
        hotline: row.hotline,
        maker: gln(TABLE, "maker", &row.maker)?,
        made_on: date(TABLE, "made_on", &row.made_on)?,
        expires_on: date(TABLE, "expires_on", &row.expires_on)?,
        recalled: row.recalled.map(|class| from_tag(TABLE, "recalled", class)).transpose()?,
        line: row.line,
        in_range: None,
    })
}

impl Store {
    /// Searches.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn scope(&self, filter: &ScopeFilter, limit: usize) -> Result<ScopeFound, StoreError> {
        let (condition, values) = filter.condition();
        let (within, cut) = match &filter.ingredient {
            Some(ingredient) => {
                let (lots, cut) = self.made_from(ingredient, filter.maker).await?;
                (Some(lots), cut)
            }
            None => (None, false),
        };
        let serials = match (&filter.serials, filter.gtin) {
            (Some(range), Some(gtin)) => Some(self.lots_by_serials(gtin, range).await?),
            _ => None,
        };
        let mut found = ScopeFound { cut, ..ScopeFound::default() };
        for (named, more) in narrowed(within.as_ref(), serials.as_ref()) {
            let and = match (condition.is_empty(), named.is_empty()) {
                (_, true) => String::new(),
                (true, false) => format!(" WHERE {named}"),
                (false, false) => format!(" AND {named}"),
            };
            let text = format!("{SELECT}{condition}{and} ORDER BY b.reg_height DESC, b.gtin, b.lot LIMIT ?");
            let values = values.clone().into_iter().chain(more).chain([int(limit as u64 + 1).into()]);
            let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            for row in rows {
                found.lots.push(scope_lot(row)?);
            }
        }
        if let Some(serials) = &serials {
            for lot in &mut found.lots {
                lot.in_range = serials.get(&lot.batch).copied().flatten();
            }
        }
        found.more = found.lots.len() > limit;
        found.lots.truncate(limit);
        Ok(found)
    }

    /// What is known of these lots, ascending; one that is not registered is not among them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn scope_of(&self, lots: &[BatchId]) -> Result<Vec<ScopeLot>, StoreError> {
        let mut out = Vec::with_capacity(lots.len());
        for part in lots.chunks(KEYS_PER_QUERY) {
            let (named, values) = named("b", part);
            let text = format!("{SELECT} WHERE {named} ORDER BY b.gtin, b.lot");
            let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            for row in rows {
                out.push(scope_lot(row)?);
            }
        }
        Ok(out)
    }

    /// Where the packs of these lots are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn holdings_of(&self, lots: &[BatchId]) -> Result<BTreeMap<BatchId, LotHoldings>, StoreError> {
        let mut out = BTreeMap::new();
        for lot in lots {
            out.insert(lot.clone(), self.holdings(lot).await?);
        }
        Ok(out)
    }

    /// Lots of a product by how many of their serials lie within a range. `None`: a sealed lot whose list is not here, or one
    /// without any code here. A lot whose list is here and has none in the range is not among them.
    async fn lots_by_serials(
        &self,
        gtin: Gtin,
        (from, to): &(Serial, Serial),
    ) -> Result<BTreeMap<BatchId, Option<u64>>, StoreError> {
        let range: [Value; 3] =
            [gtin.to_string().into(), from.as_bytes().to_vec().into(), to.as_bytes().to_vec().into()];
        let count = |table: &str, but: &str| {
            format!(
                "SELECT gtin, lot, COUNT(*) AS packs FROM {table} WHERE gtin = ? AND serial >= ? AND serial <= ?{but} \
                 GROUP BY gtin, lot"
            )
        };
        let listed = self.counted(&count("manifest_unit", ""), range.to_vec()).await?;
        let issued = self.counted(&count("code", " AND state <> 2"), range.to_vec()).await?;
        let touched = self.counted(&count("rm_unit", ""), range.to_vec()).await?;
        let of = || vec![Value::from(gtin.to_string())];
        let lists = "SELECT gtin, lot, units AS packs FROM manifest_batch WHERE gtin = ? AND state >= 1";
        let lists = self.counted(lists, of()).await?;
        let orders = "SELECT gtin, lot, 1 AS packs FROM code_order WHERE gtin = ? GROUP BY gtin, lot";
        let orders = self.counted(orders, of()).await?;
        let all = self.counted("SELECT gtin, lot, 1 AS packs FROM rm_batch WHERE gtin = ?", of()).await?;
        let mut out = BTreeMap::new();
        for batch in all.into_keys() {
            // The list behind the seal is the truth; before there is one, the codes that were issued are the nearest to it.
            let counted = match (lists.contains_key(&batch), orders.contains_key(&batch)) {
                (true, _) => Some(listed.get(&batch).copied().unwrap_or(0)),
                (false, true) => Some(issued.get(&batch).copied().unwrap_or(0)),
                (false, false) => touched.get(&batch).copied(),
            };
            if counted != Some(0) {
                out.insert(batch, counted);
            }
        }
        Ok(out)
    }

    async fn counted(&self, text: &str, values: Vec<Value>) -> Result<BTreeMap<BatchId, u64>, StoreError> {
        let rows = CountRow::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?;
        rows.into_iter().map(|row| Ok((batch_id("code", &row.gtin, &row.lot)?, uint(row.packs)))).collect()
    }

    /// Lots that an ingredient went into, however many steps away, and whether any may be missing.
    async fn made_from(
        &self,
        ingredient: &Ingredient,
        maker: Option<MemberId>,
    ) -> Result<(BTreeSet<BatchId>, bool), StoreError> {
        let (condition, mut values): (&str, Vec<Value>) = match ingredient {
            Ingredient::Product(gtin, None) => ("gtin = ?", vec![gtin.to_string().into()]),
            Ingredient::Product(gtin, Some(lot)) => {
                ("gtin = ? AND lot = ?", vec![gtin.to_string().into(), lot.as_bytes().to_vec().into()])
            }
            Ingredient::Of(member) => ("maker = ?", vec![member.to_string().into()]),
        };
        values.push(int(INGREDIENTS_MAX + 1).into());
        let text = format!(
            "SELECT gtin, lot, 1 AS packs FROM rm_batch WHERE {condition} ORDER BY reg_height DESC, gtin, lot LIMIT ?"
        );
        let mut starts: Vec<BatchId> = self.counted(&text, values).await?.into_keys().collect();
        let most = usize::try_from(INGREDIENTS_MAX).unwrap_or(usize::MAX);
        let more = starts.len() > most;
        starts.truncate(most);
        let (lots, cut) = self.lots_made_from(&starts, maker).await?;
        Ok((lots, cut || more))
    }
}

/// The named lots of a search, as one condition a part; one empty condition when no lot is named.
fn narrowed(
    within: Option<&BTreeSet<BatchId>>,
    serials: Option<&BTreeMap<BatchId, Option<u64>>>,
) -> Vec<(String, Vec<Value>)> {
    let lots: Vec<BatchId> = match (within, serials) {
        (None, None) => return vec![(String::new(), Vec::new())],
        (Some(within), None) => within.iter().cloned().collect(),
        (None, Some(serials)) => serials.keys().cloned().collect(),
        (Some(within), Some(serials)) => within.iter().filter(|lot| serials.contains_key(lot)).cloned().collect(),
    };
    lots.chunks(KEYS_PER_QUERY).map(|part| named("b", part)).collect()
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn words_are_words_and_no_pattern() {
        assert_eq!(pattern("Lot_1%!A"), "%lot!_1!%!!a%");
    }
}
