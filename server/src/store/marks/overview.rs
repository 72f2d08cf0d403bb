//! What a maker sees of its product's marks: how many items have which, what checks found, and the questions about its hologram.

use super::super::convert::{int, uint};
use super::super::{Store, StoreError, sql};
use super::mark_outcome;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use std::collections::BTreeMap;
use tracelight_api::rest::marks::{HologramQuestions, MarkFindings};
use tracelight_domain::gs1::Gtin;
use tracelight_marks::Record;

/// Outcomes that are counted: the newest.
const FINDINGS_MAX: u64 = 5_000;

impl Store {
    /// The questions about a product's hologram.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hologram(&self, gtin: Gtin) -> Result<Option<HologramQuestions>, StoreError> {
        let text = "SELECT body FROM mark_questions WHERE gtin = ?";
        let row = self.reader().query_one_raw(sql(self.reader(), text, [gtin.to_string().into()])).await?;
        let Some(row) = row else { return Ok(None) };
        let body: String = row.try_get("", "body")?;
        let read = serde_json::from_str(&body);
        read.map(Some).map_err(|error| StoreError::corrupt("mark_questions", "body", error))
    }

    /// Sets the questions, or takes them away.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_hologram(
        &self,
        gtin: Gtin,
        questions: Option<&HologramQuestions>,
        user_name: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let gtin = gtin.to_string();
        txn.execute_raw(sql(&txn, "DELETE FROM mark_questions WHERE gtin = ?", [gtin.clone().into()])).await?;
        if let Some(questions) = questions {
            let body = serde_json::to_string(questions);
            let body = body.map_err(|error| StoreError::corrupt("mark_questions", "body", error))?;
            let text = "INSERT INTO mark_questions (gtin, body, changed_ms, user_name) VALUES (?, ?, ?, ?)";
            let values = [gtin.into(), body.into(), int(now_ms).into(), user_name.into()];
            txn.execute_raw(sql(&txn, text, values)).await?;
        }
        txn.commit().await?;
        Ok(())
    }

    /// How many items of a product have a mark, by kind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn marks_by_kind(&self, gtin: Gtin) -> Result<BTreeMap<String, u64>, StoreError> {
        let text = "SELECT kind, COUNT(*) AS items FROM mark_enrolment WHERE gtin = ? GROUP BY kind";
        let rows = self.reader().query_all_raw(sql(self.reader(), text, [gtin.to_string().into()])).await?;
        rows.iter()
            .map(|row| {
                let items: i64 = row.try_get("", "items")?;
                Ok((row.try_get("", "kind")?, uint(items)))
            })
            .collect()
    }

    /// What the newest checks of a product's marks found.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_findings(&self, gtin: Gtin) -> Result<Vec<MarkFindings>, StoreError> {
        let rows: Vec<Vec<u8>> = mark_outcome::Entity::find()
            .select_only()
            .column(mark_outcome::Column::Record)
            .filter(mark_outcome::Column::Gtin.eq(gtin.to_string()))
            .order_by_desc(mark_outcome::Column::Id)
            .limit(FINDINGS_MAX)
            .into_tuple()
            .all(self.reader())
            .await?;
        let mut counts: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
        for bytes in rows {
            let record = Record::parse(&bytes).map_err(|error| StoreError::corrupt("mark_outcome", "record", error))?;
            *counts.entry((record.kind.to_string(), record.outcome.verdict().word())).or_default() += 1;
        }
        let finding =
            |((kind, verdict), count): ((String, &str), u64)| MarkFindings { kind, verdict: verdict.to_owned(), count };
        Ok(counts.into_iter().map(finding).collect())
    }
}
