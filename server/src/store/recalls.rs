//! Recalls as the chain has them, with the text that was published. The chain holds the text's hash; a text that does not
//! fit it is not shown.

use super::convert::{batch_id, bytes, evidence, from_tag, gln, hash};
use super::entity::{recall_text, rm_product, rm_recall};
use super::lists::in_order;
use super::{KEYS_PER_QUERY, Store, StoreError};
use crate::scan::facts::Notice;
use sea_orm::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{IntoActiveModel as _, QueryOrder as _};
use serde::Serialize;
use tracelight_api::rest::Evidence;
use tracelight_domain::ids::{BatchId, Hash, MemberId, RecallId};
use tracelight_domain::state::RecallStatus;
use tracelight_domain::tx::RecallClass;
use tracelight_proof::hash::sha256;

/// What shoppers read of a recall.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecallText {
    /// Why, in English.
    pub reason_en: String,
    /// Why, in Chinese.
    pub reason_zh: String,
    /// What whoever has used it should look out for and do, in English; may be empty, and then stands in no document (ADR 0023).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub advice_en: String,
    /// The same in Chinese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub advice_zh: String,
}

/// What is published with a recall. Its SHA-256 is on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// 1 to 3.
    pub class: u8,
    /// A drill?
    pub drill: bool,
    /// What shoppers read.
    #[serde(flatten)]
    pub text: RecallText,
}

impl Published {
    /// The document as it is hashed: JSON in the order of the fields, without spaces.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        // Strings, a number and a flag always have a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What the chain holds of it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        sha256(&self.bytes())
    }
}

/// A recall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecallRow {
    /// Id.
    pub id: RecallId,
    /// The lot.
    pub batch: BatchId,
    /// How grave.
    pub class: RecallClass,
    /// A drill?
    pub drill: bool,
    /// Where it stands.
    pub status: RecallStatus,
    /// The member that opened it.
    pub opened_for: MemberId,
    /// What shoppers read, when it is here and fits the chain.
    pub text: Option<RecallText>,
    /// The user who opened it, on this server.
    pub opened_by: Option<String>,
    /// The user who approved it, on this server.
    pub approved_by: Option<String>,
    /// Opening.
    pub opened: Evidence,
    /// Approval.
    pub approved: Option<Evidence>,
    /// Product name in English.
    pub product_en: String,
    /// The lot's maker.
    pub maker: MemberId,
}

/// The number of a class.
#[must_use]
pub const fn class_number(class: RecallClass) -> u8 {
    match class {
        RecallClass::One => 1,
        RecallClass::Two => 2,
        RecallClass::Three => 3,
    }
}

/// The text, if it is what the chain holds the hash of.
pub(super) fn published_text(
    batch: &BatchId,
    class: RecallClass,
    drill: bool,
    notice: Hash,
    text: RecallText,
) -> Option<RecallText> {
    let (gtin, lot) = (batch.gtin.to_string(), batch.lot.to_string());
    let published = Published { gtin, lot, class: class_number(class), drill, text };
    (published.hash() == notice).then_some(published.text)
}

impl Store {
    /// Keeps the text of a recall that is about to be opened. The same text again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_recall_text(
        &self,
        id: RecallId,
        published: &Published,
        opened_by: &str,
    ) -> Result<(), StoreError> {
        let row = recall_text::Model {
            id: id.0.to_vec(),
            reason_en: published.text.reason_en.clone(),
            reason_zh: published.text.reason_zh.clone(),
            advice_en: published.text.advice_en.clone(),
            advice_zh: published.text.advice_zh.clone(),
            opened_by: opened_by.to_owned(),
            approved_by: None,
        };
        let inserted = recall_text::Entity::insert(row.into_active_model()).exec_without_returning(self.writer()).await;
        match inserted {
            Ok(_) => Ok(()),
            Err(error) => match recall_text::Entity::find_by_id(id.0.to_vec()).one(self.reader()).await? {
                Some(_) => Ok(()),
                None => Err(error.into()),
            },
        }
    }

    /// Forgets the text of a recall that the chain refused.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_recall_text(&self, id: RecallId) -> Result<(), StoreError> {
        recall_text::Entity::delete_by_id(id.0.to_vec()).exec(self.writer()).await?;
        Ok(())
    }

    /// Keeps who approved.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_recall_approver(&self, id: RecallId, user: &str) -> Result<(), StoreError> {
        recall_text::Entity::update_many()
            .col_expr(recall_text::Column::ApprovedBy, Expr::value(user))
            .filter(recall_text::Column::Id.eq(id.0.to_vec()))
            .exec(self.writer())
            .await?;
        Ok(())
    }

    /// One recall.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall(&self, id: RecallId) -> Result<Option<RecallRow>, StoreError> {
        match rm_recall::Entity::find_by_id(id.0.to_vec()).one(self.reader()).await? {
            Some(row) => Ok(Some(self.recall_row(row).await?)),
            None => Ok(None),
        }
    }

    /// These recalls, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recalls_at(&self, ids: &[RecallId]) -> Result<Vec<RecallRow>, StoreError> {
        let mut out = Vec::with_capacity(ids.len());
        for part in ids.chunks(KEYS_PER_QUERY) {
            let keys: Vec<Vec<u8>> = part.iter().map(|id| id.0.to_vec()).collect();
            let rows = rm_recall::Entity::find().filter(rm_recall::Column::Id.is_in(keys.clone()));
            for row in in_order(&keys, rows.all(self.reader()).await?, |row| row.id.clone()) {
                out.push(self.recall_row(row).await?);
            }
        }
        Ok(out)
    }

    /// The notice of the gravest recall in force for a lot, when its text is here and fits the chain.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice_in_force(&self, batch: &BatchId) -> Result<Option<Notice>, StoreError> {
        let row = rm_recall::Entity::find()
            .filter(rm_recall::Column::Gtin.eq(batch.gtin.to_string()))
            .filter(rm_recall::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .filter(rm_recall::Column::Drill.eq(0))
            .filter(rm_recall::Column::ApproveHeight.is_not_null())
            .order_by_asc(rm_recall::Column::RecallClass)
            .order_by_asc(rm_recall::Column::ApproveHeight)
            .one(self.reader())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let recall = self.recall_row(row).await?;
        Ok(recall.text.map(|text| Notice { text, opened_ms: recall.opened.time_ms }))
    }

    async fn recall_row(&self, row: rm_recall::Model) -> Result<RecallRow, StoreError> {
        let kept = recall_text::Entity::find_by_id(row.id.clone()).one(self.reader()).await?;
        let product = rm_product::Entity::find_by_id(row.gtin.clone()).one(self.reader()).await?;
        let product = product.ok_or_else(|| StoreError::corrupt("rm_recall", "gtin", &row.gtin))?;
        let batch = batch_id("rm_recall", &row.gtin, &row.lot)?;
        let class = from_tag("rm_recall", "recall_class", row.recall_class)?;
        let drill = row.drill != 0;
        let notice = hash("rm_recall", "notice", &row.notice)?;
        let text = kept.as_ref().map(|kept| RecallText {
            reason_en: kept.reason_en.clone(),
            reason_zh: kept.reason_zh.clone(),
            advice_en: kept.advice_en.clone(),
            advice_zh: kept.advice_zh.clone(),
        });
        let text = text.and_then(|text| published_text(&batch, class, drill, notice, text));
        let approved = match (&row.approve_tx, row.approve_height, row.approve_ms) {
            (Some(tx), Some(height), Some(ms)) => Some(evidence("rm_recall", tx, height, ms)?),
            _ => None,
        };
        Ok(RecallRow {
            id: RecallId(bytes("rm_recall", "id", &row.id)?),
            class,
            drill,
            status: from_tag("rm_recall", "status", row.status)?,
            opened_for: gln("rm_recall", "opened_for", &row.opened_for)?,
            text,
            opened_by: kept.as_ref().map(|kept| kept.opened_by.clone()),
            approved_by: kept.and_then(|kept| kept.approved_by),
            opened: evidence("rm_recall", &row.open_tx, row.open_height, row.open_ms)?,
            approved,
            product_en: product.name_en,
            maker: gln("rm_product", "maker", &product.maker)?,
            batch,
        })
    }

    /// Who made a product; `None` when nobody has registered it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn maker_of(&self, gtin: tracelight_domain::gs1::Gtin) -> Result<Option<MemberId>, StoreError> {
        let row = rm_product::Entity::find_by_id(gtin.to_string()).one(self.reader()).await?;
        row.map(|row| gln("rm_product", "maker", &row.maker)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is hashed is frozen: hashes of it are on chains.
    #[test]
    fn a_text_without_advice_is_hashed_as_before_there_was_any() {
        let text = RecallText { reason_en: "Glass.".into(), reason_zh: "玻璃。".into(), ..RecallText::default() };
        let mut published = Published { gtin: "06901234567892".into(), lot: "A".into(), class: 1, drill: false, text };
        let before =
            r#"{"gtin":"06901234567892","lot":"A","class":1,"drill":false,"reason_en":"Glass.","reason_zh":"玻璃。"}"#;
        assert_eq!(String::from_utf8(published.bytes()).expect("text"), before);
        (published.text.advice_en, published.text.advice_zh) = ("Call.".into(), "致电。".into());
        let with = before.replace('}', r#","advice_en":"Call.","advice_zh":"致电。"}"#);
        assert_eq!(String::from_utf8(published.bytes()).expect("text"), with);
    }
}
