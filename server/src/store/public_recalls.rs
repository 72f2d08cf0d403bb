//! Recalls for everybody: approved by a second person, no drills, newest first.

use super::convert::{batch_id, bytes, evidence, from_tag, gln, hash, int, uint};
use super::entity::rm_marker;
use super::recalls::{RecallText, published_text};
use super::{Store, StoreError, sql};
use sea_orm::FromQueryResult;
use sea_orm::prelude::*;
use tracelight_api::rest::Evidence;
use tracelight_domain::ids::{BatchId, MemberId, RecallId};
use tracelight_domain::tx::RecallClass;

/// Published recalls that are read at once; older ones are found in the console.
pub const PUBLIC_RECALLS_MAX: u64 = 2_000;

/// Which recalls come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecallOrder {
    /// The last approved.
    Published,
    /// The last approved or wound up.
    Changed,
}

/// A recall that was published. Its lot stays recalled also when it was wound up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicRecall {
    /// Id.
    pub id: RecallId,
    /// The lot.
    pub batch: BatchId,
    /// How grave.
    pub class: RecallClass,
    /// Product name in English and Chinese.
    pub product: (String, String),
    /// The lot's maker.
    pub maker: MemberId,
    /// The maker's telephone number; may be empty.
    pub hotline: String,
    /// What shoppers read, when it is here and fits the chain.
    pub text: Option<RecallText>,
    /// Approval by the second person.
    pub approved: Evidence,
    /// Winding up.
    pub closed: Option<Evidence>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    gtin: String,
    lot: Vec<u8>,
    recall_class: i16,
    notice: Vec<u8>,
    approve_tx: Vec<u8>,
    approve_height: i64,
    approve_ms: i64,
    close_tx: Option<Vec<u8>>,
    close_height: Option<i64>,
    close_ms: Option<i64>,
    reason_en: Option<String>,
    reason_zh: Option<String>,
    advice_en: Option<String>,
    advice_zh: Option<String>,
    name_en: String,
    name_zh: String,
    hotline: String,
    maker: String,
}

impl Store {
    /// Published recalls, newest first, at most `limit` and [`PUBLIC_RECALLS_MAX`]; and the time of the newest block that the list
    /// rests on, 0 before the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn public_recalls(&self, order: RecallOrder, limit: u64) -> Result<(Vec<PublicRecall>, u64), StoreError> {
        let Some(marker) = rm_marker::Entity::find_by_id(1_i16).one(self.reader()).await? else {
            return Ok((Vec::new(), 0));
        };
        let newest = match order {
            RecallOrder::Published => "r.approve_height",
            RecallOrder::Changed => "COALESCE(r.close_height, r.approve_height)",
        };
        let text = format!(
            "SELECT r.id, r.gtin, r.lot, r.recall_class, r.notice, r.approve_tx, r.approve_height, r.approve_ms, \
             r.close_tx, r.close_height, r.close_ms, t.reason_en, t.reason_zh, t.advice_en, t.advice_zh, \
             p.name_en, p.name_zh, p.hotline, p.maker \
             FROM rm_recall r JOIN rm_product p ON p.gtin = r.gtin LEFT JOIN recall_text t ON t.id = r.id \
             WHERE r.drill = 0 AND r.approve_tx IS NOT NULL ORDER BY {newest} DESC, r.id LIMIT ?"
        );
        let limit = int(limit.min(PUBLIC_RECALLS_MAX));
        let rows = Row::find_by_statement(sql(self.reader(), &text, [limit.into()]));
        let rows = rows.all(self.reader()).await?;
        let recalls = rows.into_iter().map(public).collect::<Result<_, _>>()?;
        Ok((recalls, uint(marker.time_ms)))
    }
}

fn public(row: Row) -> Result<PublicRecall, StoreError> {
    const TABLE: &str = "rm_recall";
    let batch = batch_id(TABLE, &row.gtin, &row.lot)?;
    let class = from_tag(TABLE, "recall_class", row.recall_class)?;
    let notice = hash(TABLE, "notice", &row.notice)?;
    let closed = match (&row.close_tx, row.close_height, row.close_ms) {
        (Some(tx), Some(height), Some(ms)) => Some(evidence(TABLE, tx, height, ms)?),
        _ => None,
    };
    let text = row.reason_en.zip(row.reason_zh).map(|(reason_en, reason_zh)| RecallText {
        reason_en,
        reason_zh,
        advice_en: row.advice_en.unwrap_or_default(),
        advice_zh: row.advice_zh.unwrap_or_default(),
    });
    Ok(PublicRecall {
        id: RecallId(bytes(TABLE, "id", &row.id)?),
        class,
        product: (row.name_en, row.name_zh),
        maker: gln("rm_product", "maker", &row.maker)?,
        hotline: row.hotline,
        text: text.and_then(|text| published_text(&batch, class, false, notice, text)),
        approved: evidence(TABLE, &row.approve_tx, row.approve_height, row.approve_ms)?,
        closed,
        batch,
    })
}
