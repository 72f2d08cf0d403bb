//! Recall cases: [`tracelight_api::rest::recall_case`]. What a case says and who took which step is kept here; whether a step is done
//! for a lot is read from the verified chain, never from what was sent.
//!
//! ```text
//! recall_case        what it says, its stage, its revision      recall_case_step   who asked for a step, when it was done
//! recall_case_lot    its lots, each with its recall's id        recall_case_tx     what was signed, before it is sent
//! ```
//! A writing or a step that was meant for an older revision changes nothing. A step moves the stage and names its author in one
//! transaction, so that it has one author whatever is asked at the same time.

use super::convert::{batch_id, bytes, from_tag, gln, int, uint, uuid};
use super::epcis::insert;
use super::{Store, StoreError, class_number, marks, sql};
use sea_orm::prelude::*;
use sea_orm::{DatabaseTransaction, FromQueryResult, Value};
use std::collections::BTreeMap;
use tracelight_api::rest::recall_case::{CaseDraft, CaseStage, CaseStep, DRAFTS_MAX, StepTaken};
use tracelight_domain::ids::{BatchId, MemberId, RecallId};
use tracelight_domain::state::RecallStatus;
use tracelight_domain::tx::{RecallClass, SignedTx};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed::{self, tx_id};

const TABLE: &str = "recall_case";
const COLUMNS: &str = "c.id, c.member, c.stage, c.revision, c.title, c.recall_class, c.drill, c.reason_en, c.reason_zh, \
     c.advice_en, c.advice_zh, c.region, c.publication, c.created_by, c.created_ms, c.changed_ms, c.trouble, c.end_reason";

/// A case, without its lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseKept {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub member: MemberId,
    /// Where it stands.
    pub stage: CaseStage,
    /// What it says. The lots are in [`CaseLotKept`].
    pub draft: CaseDraft,
    /// Who began it.
    pub created_by: String,
    /// When.
    pub created_ms: u64,
    /// When it was last changed.
    pub changed_ms: u64,
    /// Why the step under way stands still.
    pub trouble: Option<String>,
    /// Why it ended.
    pub end_reason: Option<String>,
}

impl CaseKept {
    /// How grave it is. A draft of another number was never kept.
    #[must_use]
    pub const fn class(&self) -> RecallClass {
        match self.draft.class {
            1 => RecallClass::One,
            2 => RecallClass::Two,
            _ => RecallClass::Three,
        }
    }
}

/// A lot of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLotKept {
    /// The lot.
    pub batch: BatchId,
    /// Its recall, once the case was opened.
    pub recall: Option<RecallId>,
    /// Where that stands on the verified chain.
    pub status: Option<RecallStatus>,
    /// It has been approved, whatever became of it since.
    pub approved: bool,
}

/// Who asked for a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepBy {
    /// Id of the user.
    pub user: Uuid,
    /// Sign-in name at that time.
    pub user_name: String,
    /// When.
    pub at_ms: u64,
}

/// What became of a writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseWritten {
    /// It is kept.
    Done,
    /// Another one came before it, or the case is at another stage.
    Outdated,
    /// The member has as many drafts as it may.
    TooMany,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    member: String,
    stage: String,
    revision: i32,
    title: String,
    recall_class: i16,
    drill: i16,
    reason_en: String,
    reason_zh: String,
    advice_en: String,
    advice_zh: String,
    region: String,
    publication: String,
    created_by: String,
    created_ms: i64,
    changed_ms: i64,
    trouble: Option<String>,
    end_reason: Option<String>,
}

#[derive(FromQueryResult)]
struct LotRow {
    gtin: String,
    lot: Vec<u8>,
    recall_id: Option<Vec<u8>>,
    status: Option<i16>,
    approve_ms: Option<i64>,
}

#[derive(FromQueryResult)]
struct StepRow {
    step: String,
    user_id: Vec<u8>,
    user_name: String,
    asked_ms: i64,
    done_ms: Option<i64>,
}

#[derive(FromQueryResult)]
struct TxRow {
    gtin: String,
    lot: Vec<u8>,
    tx: Vec<u8>,
}

fn case(row: Row) -> Result<CaseKept, StoreError> {
    let corrupt = |column, why: String| StoreError::corrupt(TABLE, column, why);
    let class: RecallClass = from_tag(TABLE, "recall_class", row.recall_class)?;
    Ok(CaseKept {
        id: Uuid::from_bytes(bytes(TABLE, "id", &row.id)?),
        member: gln(TABLE, "member", &row.member)?,
        stage: CaseStage::parse(&row.stage).ok_or_else(|| corrupt("stage", format!("`{}`", row.stage)))?,
        draft: CaseDraft {
            revision: u32::try_from(row.revision).map_err(|error| corrupt("revision", error.to_string()))?,
            title: row.title,
            class: class_number(class),
            reason_en: row.reason_en,
            reason_zh: row.reason_zh,
            advice_en: row.advice_en,
            advice_zh: row.advice_zh,
            region: row.region,
            publication: row.publication,
            drill: row.drill != 0,
            lots: Vec::new(),
        },
        created_by: row.created_by,
        created_ms: uint(row.created_ms),
        changed_ms: uint(row.changed_ms),
        trouble: row.trouble,
        end_reason: row.end_reason,
    })
}

/// The stages in the words of a statement; they are words of ours.
fn words(stages: &[CaseStage]) -> String {
    stages.iter().map(|stage| format!("'{}'", stage.word())).collect::<Vec<_>>().join(", ")
}

async fn write_lots(txn: &DatabaseTransaction, id: Uuid, lots: &[BatchId]) -> Result<(), StoreError> {
    txn.execute_raw(sql(txn, "DELETE FROM recall_case_lot WHERE case_id = ?", [uuid(id)])).await?;
    let rows = lots
        .iter()
        .map(|batch| vec![uuid(id), batch.gtin.to_string().into(), batch.lot.as_bytes().to_vec().into()])
        .collect();
    insert(txn, "INSERT", "recall_case_lot", "case_id, gtin, lot", rows).await
}

fn revision(number: u32) -> Value {
    i32::try_from(number).unwrap_or(i32::MAX).into()
}

impl Store {
    /// Keeps a new draft.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn make_recall_case(&self, case: &CaseKept, lots: &[BatchId]) -> Result<CaseWritten, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT COUNT(*) AS kept FROM recall_case WHERE member = ? AND stage = 'draft'";
        let found = txn.query_one_raw(sql(&txn, text, [case.member.to_string().into()])).await?;
        let kept: i64 = found.map_or(Ok(0), |row| row.try_get("", "kept"))?;
        if uint(kept) >= DRAFTS_MAX {
            return Ok(CaseWritten::TooMany);
        }
        let draft = &case.draft;
        let values: Vec<Value> = vec![
            uuid(case.id),
            case.member.to_string().into(),
            case.stage.word().into(),
            revision(draft.revision),
            draft.title.clone().into(),
            super::convert::tag(&case.class()).into(),
            i16::from(draft.drill).into(),
            draft.reason_en.clone().into(),
            draft.reason_zh.clone().into(),
            draft.advice_en.clone().into(),
            draft.advice_zh.clone().into(),
            draft.region.clone().into(),
            draft.publication.clone().into(),
            case.created_by.clone().into(),
            int(case.created_ms).into(),
            int(case.changed_ms).into(),
        ];
        let columns = "id, member, stage, revision, title, recall_class, drill, reason_en, reason_zh, advice_en, advice_zh, region, \
                       publication, created_by, created_ms, changed_ms";
        insert(&txn, "INSERT", TABLE, columns, vec![values]).await?;
        write_lots(&txn, case.id, lots).await?;
        txn.commit().await?;
        Ok(CaseWritten::Done)
    }

    /// Writes a draft anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn save_recall_case(&self, case: &CaseKept, lots: &[BatchId]) -> Result<CaseWritten, StoreError> {
        let (txn, draft) = (self.begin().await?, &case.draft);
        let text = "UPDATE recall_case SET title = ?, recall_class = ?, drill = ?, reason_en = ?, reason_zh = ?, advice_en = ?, advice_zh = ?, \
                    region = ?, publication = ?, changed_ms = ?, revision = revision + 1 \
                    WHERE id = ? AND revision = ? AND stage = 'draft'";
        let values: [Value; 12] = [
            draft.title.clone().into(),
            super::convert::tag(&case.class()).into(),
            i16::from(draft.drill).into(),
            draft.reason_en.clone().into(),
            draft.reason_zh.clone().into(),
            draft.advice_en.clone().into(),
            draft.advice_zh.clone().into(),
            draft.region.clone().into(),
            draft.publication.clone().into(),
            int(case.changed_ms).into(),
            uuid(case.id),
            revision(draft.revision),
        ];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(CaseWritten::Outdated);
        }
        write_lots(&txn, case.id, lots).await?;
        txn.commit().await?;
        Ok(CaseWritten::Done)
    }

    /// Forgets a draft.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_recall_case(&self, id: Uuid) -> Result<CaseWritten, StoreError> {
        let txn = self.begin().await?;
        let text = "DELETE FROM recall_case WHERE id = ? AND stage = 'draft'";
        if txn.execute_raw(sql(&txn, text, [uuid(id)])).await?.rows_affected() == 0 {
            return Ok(CaseWritten::Outdated);
        }
        txn.execute_raw(sql(&txn, "DELETE FROM recall_case_lot WHERE case_id = ?", [uuid(id)])).await?;
        txn.commit().await?;
        Ok(CaseWritten::Done)
    }

    /// One case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_case(&self, id: Uuid) -> Result<Option<CaseKept>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM recall_case c WHERE c.id = ?");
        let row = Row::find_by_statement(sql(self.reader(), &text, [uuid(id)])).one(self.reader()).await?;
        row.map(case).transpose()
    }

    /// The newest cases, each with its number of lots: those of a member, and with `regulator` what every other member sent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_cases(
        &self,
        member: MemberId,
        regulator: bool,
        before: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<(CaseKept, u64)>, StoreError> {
        let mut values: Vec<Value> = vec![member.to_string().into()];
        let others = if regulator { " OR c.stage <> 'draft'" } else { "" };
        let after = match before {
            Some(before) => {
                values.push(uuid(before));
                " AND c.id < ?"
            }
            None => "",
        };
        values.push(int(limit).into());
        let text = format!(
            "SELECT {COLUMNS} FROM recall_case c WHERE (c.member = ?{others}){after} ORDER BY c.id DESC LIMIT ?"
        );
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let cases: Vec<CaseKept> = rows.into_iter().map(case).collect::<Result<_, _>>()?;
        if cases.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT case_id, COUNT(*) AS lots FROM recall_case_lot WHERE case_id IN ({}) GROUP BY case_id",
            marks(cases.len())
        );
        let statement = sql(self.reader(), &text, cases.iter().map(|case| uuid(case.id)));
        let mut lots: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
        for row in self.reader().query_all_raw(statement).await? {
            lots.insert(row.try_get("", "case_id")?, row.try_get("", "lots")?);
        }
        let count = |case: &CaseKept| lots.get(case.id.as_bytes().as_slice()).copied().map_or(0, uint);
        Ok(cases.into_iter().map(|case| (count(&case), case)).map(|(lots, case)| (case, lots)).collect())
    }

    /// Lots of a case, ascending, with where each stands on the chain.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_case_lots(&self, id: Uuid) -> Result<Vec<CaseLotKept>, StoreError> {
        const TABLE: &str = "recall_case_lot";
        let text = "SELECT l.gtin, l.lot, l.recall_id, r.status, r.approve_ms FROM recall_case_lot l \
                    LEFT JOIN rm_recall r ON r.id = l.recall_id WHERE l.case_id = ? ORDER BY l.gtin, l.lot";
        let rows = LotRow::find_by_statement(sql(self.reader(), text, [uuid(id)])).all(self.reader()).await?;
        let one = |row: LotRow| {
            let recall = row.recall_id.as_deref().map(|id| bytes(TABLE, "recall_id", id).map(RecallId)).transpose()?;
            Ok(CaseLotKept {
                batch: batch_id(TABLE, &row.gtin, &row.lot)?,
                recall,
                status: row.status.map(|status| from_tag("rm_recall", "status", status)).transpose()?,
                approved: row.approve_ms.is_some(),
            })
        };
        rows.into_iter().map(one).collect()
    }

    /// Steps of a case, in the order in which they were asked for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_case_steps(&self, id: Uuid) -> Result<Vec<(StepTaken, Uuid)>, StoreError> {
        const TABLE: &str = "recall_case_step";
        let text = "SELECT step, user_id, user_name, asked_ms, done_ms FROM recall_case_step WHERE case_id = ? \
                    ORDER BY asked_ms, step";
        let rows = StepRow::find_by_statement(sql(self.reader(), text, [uuid(id)])).all(self.reader()).await?;
        let one = |row: StepRow| {
            let step = CaseStep::parse(&row.step).ok_or_else(|| StoreError::corrupt(TABLE, "step", &row.step))?;
            let taken =
                StepTaken { step, user: row.user_name, asked_ms: uint(row.asked_ms), done_ms: row.done_ms.map(uint) };
            Ok((taken, Uuid::from_bytes(bytes(TABLE, "user_id", &row.user_id)?)))
        };
        rows.into_iter().map(one).collect()
    }

    /// Begins a step, or goes on with one that stood still. `recalls`: the ids of the lots' recalls, of which those that are missing
    /// are kept. What was signed for a step that stood still is forgotten, because the chain did not take it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ask_recall_step(
        &self,
        id: Uuid,
        step: CaseStep,
        seen: u32,
        by: &StepBy,
        reason: Option<&str>,
        recalls: &[(BatchId, RecallId)],
    ) -> Result<CaseWritten, StoreError> {
        let (before, during, _) = step.stages();
        let txn = self.begin().await?;
        // What was opened for some lots only can be taken back too.
        let from = if step == CaseStep::Withdraw { words(&[before, CaseStage::Opening]) } else { words(&[before]) };
        let text = format!(
            "UPDATE recall_case SET stage = ?, trouble = NULL, end_reason = ?, revision = revision + 1, changed_ms = ? \
             WHERE id = ? AND revision = ? AND (stage IN ({from}) OR (stage = ? AND trouble IS NOT NULL))"
        );
        let values: [Value; 6] = [
            during.word().into(),
            reason.map(str::to_owned).into(),
            int(by.at_ms).into(),
            uuid(id),
            revision(seen),
            during.word().into(),
        ];
        if txn.execute_raw(sql(&txn, &text, values)).await?.rows_affected() == 0 {
            return Ok(CaseWritten::Outdated);
        }
        for table in ["recall_case_step", "recall_case_tx"] {
            let text = format!("DELETE FROM {table} WHERE case_id = ? AND step = ?");
            txn.execute_raw(sql(&txn, &text, [uuid(id), step.word().into()])).await?;
        }
        let values: Vec<Value> =
            vec![uuid(id), step.word().into(), uuid(by.user), by.user_name.clone().into(), int(by.at_ms).into()];
        let columns = "case_id, step, user_id, user_name, asked_ms";
        insert(&txn, "INSERT", "recall_case_step", columns, vec![values]).await?;
        let text =
            "UPDATE recall_case_lot SET recall_id = ? WHERE case_id = ? AND gtin = ? AND lot = ? AND recall_id IS NULL";
        for (batch, recall) in recalls {
            let values: [Value; 4] = [
                recall.0.to_vec().into(),
                uuid(id),
                batch.gtin.to_string().into(),
                batch.lot.as_bytes().to_vec().into(),
            ];
            txn.execute_raw(sql(&txn, text, values)).await?;
        }
        txn.commit().await?;
        Ok(CaseWritten::Done)
    }

    /// Ends a step that is done for every lot. Whether it was under way: of two that end it, one hears yes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_recall_step(&self, id: Uuid, step: CaseStep, now_ms: u64) -> Result<bool, StoreError> {
        let (_, during, after) = step.stages();
        let txn = self.begin().await?;
        let text = "UPDATE recall_case SET stage = ?, trouble = NULL, revision = revision + 1, changed_ms = ? \
                    WHERE id = ? AND stage = ?";
        let values: [Value; 4] = [after.word().into(), int(now_ms).into(), uuid(id), during.word().into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let text = "UPDATE recall_case_step SET done_ms = ? WHERE case_id = ? AND step = ?";
        txn.execute_raw(sql(&txn, text, [int(now_ms).into(), uuid(id), step.word().into()])).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Lets a step stand still until somebody says to go on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stop_recall_step(&self, id: Uuid, step: CaseStep, trouble: &str) -> Result<(), StoreError> {
        let short: String = trouble.chars().take(400).collect();
        let text = "UPDATE recall_case SET trouble = ?, revision = revision + 1 WHERE id = ? AND stage = ?";
        let values: [Value; 3] = [short.into(), uuid(id), step.stages().1.word().into()];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }

    /// What was signed for a step, by lot.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_step_txs(&self, id: Uuid, step: CaseStep) -> Result<BTreeMap<BatchId, SignedTx>, StoreError> {
        const TABLE: &str = "recall_case_tx";
        let text = "SELECT gtin, lot, tx FROM recall_case_tx WHERE case_id = ? AND step = ?";
        let values: [Value; 2] = [uuid(id), step.word().into()];
        let rows = TxRow::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?;
        let one = |row: TxRow| {
            let tx = signed::parse(&row.tx).map_err(|error| StoreError::corrupt(TABLE, "tx", error))?;
            Ok((batch_id(TABLE, &row.gtin, &row.lot)?, tx))
        };
        rows.into_iter().map(one).collect()
    }

    /// Keeps what was signed for a step, in the place of what has expired. When another worker was faster, its transactions stay, and
    /// the caller has to read them: nothing is sent that is not kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_recall_step_txs(
        &self,
        id: Uuid,
        step: CaseStep,
        expired: &[SignedTx],
        signed: &[(BatchId, SignedTx)],
    ) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        for old in expired {
            let text = "DELETE FROM recall_case_tx WHERE case_id = ? AND step = ? AND tx_id = ?";
            let values: [Value; 3] = [uuid(id), step.word().into(), tx_id(&old.tx).0.to_vec().into()];
            txn.execute_raw(sql(&txn, text, values)).await?;
        }
        let row = |(batch, tx): &(BatchId, SignedTx)| -> Vec<Value> {
            vec![
                uuid(id),
                step.word().into(),
                batch.gtin.to_string().into(),
                batch.lot.as_bytes().to_vec().into(),
                tx_id(&tx.tx).0.to_vec().into(),
                tx.to_bytes().into(),
            ]
        };
        let rows = signed.iter().map(row).collect();
        let verb = super::epcis::insert_or_leave(&txn);
        insert(&txn, verb, "recall_case_tx", "case_id, step, gtin, lot, tx_id, tx", rows).await?;
        Ok(txn.commit().await?)
    }

    /// Cases with a step under way that does not stand still, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_cases_under_way(&self, limit: u64) -> Result<Vec<Uuid>, StoreError> {
        let stages: Vec<CaseStage> = CaseStep::ALL.into_iter().map(|step| step.stages().1).collect();
        let text = format!(
            "SELECT id FROM recall_case WHERE stage IN ({}) AND trouble IS NULL ORDER BY id LIMIT ?",
            words(&stages)
        );
        self.case_ids(&text, limit).await
    }

    /// Cases in force, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_cases_in_force(&self, limit: u64) -> Result<Vec<Uuid>, StoreError> {
        self.case_ids("SELECT id FROM recall_case WHERE stage = 'approved' ORDER BY id LIMIT ?", limit).await
    }

    async fn case_ids(&self, text: &str, limit: u64) -> Result<Vec<Uuid>, StoreError> {
        let rows = self.reader().query_all_raw(sql(self.reader(), text, [int(limit).into()])).await?;
        let id = |row: &sea_orm::QueryResult| {
            let id: Vec<u8> = row.try_get("", "id")?;
            Ok(Uuid::from_bytes(bytes(TABLE, "id", &id)?))
        };
        rows.iter().map(id).collect()
    }

    /// Seals the record of a case with the transaction over its hash, once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn seal_recall_record(&self, id: Uuid, record: &[u8], tx: &SignedTx) -> Result<(), StoreError> {
        let text = "UPDATE recall_case SET record = ?, record_tx = ? WHERE id = ? AND record IS NULL";
        let values: [Value; 3] = [record.to_vec().into(), tx.to_bytes().into(), uuid(id)];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }

    /// Puts another transaction over the record's hash in the place of one that expired.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sign_recall_record_anew(&self, id: Uuid, old: &SignedTx, new: &SignedTx) -> Result<(), StoreError> {
        let text = "UPDATE recall_case SET record_tx = ? WHERE id = ? AND record_tx = ?";
        let values: [Value; 3] = [new.to_bytes().into(), uuid(id), old.to_bytes().into()];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }

    /// The sealed record of a case, and the transaction over its hash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_record(&self, id: Uuid) -> Result<Option<(Vec<u8>, SignedTx)>, StoreError> {
        let text = "SELECT record, record_tx FROM recall_case WHERE id = ? AND record IS NOT NULL";
        let Some(row) = self.reader().query_one_raw(sql(self.reader(), text, [uuid(id)])).await? else {
            return Ok(None);
        };
        let tx: Vec<u8> = row.try_get("", "record_tx")?;
        let tx = signed::parse(&tx).map_err(|error| StoreError::corrupt(TABLE, "record_tx", error))?;
        Ok(Some((row.try_get("", "record")?, tx)))
    }
}
