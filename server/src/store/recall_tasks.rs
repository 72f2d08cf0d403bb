//! What holders of recalled lots are told, and what they answer: [`tracelight_api::rest::recall_task`].
//!
//! ```text
//! recall_task        a member that was told; when it looked; when it was reminded, how often
//! recall_task_lot    the lots that it is asked about; more may come, none goes
//! recall_answer      1, 2, 3, ...: documents as they were signed, with the transaction over each; `settled` 1 is on the chain
//! ```
//! A notice and its webhooks' deliveries are kept in one transaction: neither is without the other.

use super::convert::{batch_id, bytes, gln, int, uint, uuid};
use super::epcis::{insert, insert_or_leave};
use super::lineage::named;
use super::webhooks::{NewDelivery, deliver, wanting};
use super::{KEYS_PER_QUERY, Store, StoreError, sql};
use sea_orm::prelude::*;
use sea_orm::{FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::webhook::EventType;
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::state::ShipmentStatus;
use tracelight_domain::tx::SignedTx;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed::{self, tx_id};

/// Notices of one member that a list holds.
pub const TASKS_MAX: u64 = 200;

/// A member that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskKept {
    /// The case.
    pub case: Uuid,
    /// Whom.
    pub member: MemberId,
    /// When.
    pub made_ms: u64,
    /// When somebody of it first looked, and who.
    pub seen: Option<(u64, String)>,
    /// When it was last reminded.
    pub reminded_ms: Option<u64>,
    /// How often.
    pub reminders: u32,
}

/// An answer as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKept {
    /// The case.
    pub case: Uuid,
    /// Whose.
    pub member: MemberId,
    /// 1, 2, 3, ...
    pub revision: u32,
    /// When.
    pub at_ms: u64,
    /// Who said so.
    pub user: Uuid,
    /// Sign-in name at that time.
    pub user_name: String,
    /// The document, as it is hashed.
    pub document: Vec<u8>,
    /// The transaction over its hash.
    pub tx: SignedTx,
    /// It is on the chain.
    pub settled: bool,
}

#[derive(FromQueryResult)]
struct TaskRow {
    case_id: Vec<u8>,
    member: String,
    made_ms: i64,
    seen_ms: Option<i64>,
    seen_by: Option<String>,
    reminded_ms: Option<i64>,
    reminders: i32,
}

#[derive(FromQueryResult)]
struct LotRow {
    member: String,
    gtin: String,
    lot: Vec<u8>,
}

#[derive(FromQueryResult)]
struct AnswerRow {
    case_id: Vec<u8>,
    member: String,
    revision: i32,
    at_ms: i64,
    user_id: Vec<u8>,
    user_name: String,
    document: Vec<u8>,
    tx: Vec<u8>,
    settled: i16,
}

const TASK: &str = "SELECT case_id, member, made_ms, seen_ms, seen_by, reminded_ms, reminders FROM recall_task";
const ANSWER: &str =
    "SELECT case_id, member, revision, at_ms, user_id, user_name, document, tx, settled FROM recall_answer";

fn case_id(table: &'static str, id: &[u8]) -> Result<Uuid, StoreError> {
    Ok(Uuid::from_bytes(bytes(table, "case_id", id)?))
}

fn task(row: TaskRow) -> Result<TaskKept, StoreError> {
    const TABLE: &str = "recall_task";
    Ok(TaskKept {
        case: case_id(TABLE, &row.case_id)?,
        member: gln(TABLE, "member", &row.member)?,
        made_ms: uint(row.made_ms),
        seen: row.seen_ms.map(|ms| (uint(ms), row.seen_by.unwrap_or_default())),
        reminded_ms: row.reminded_ms.map(uint),
        reminders: u32::try_from(row.reminders).unwrap_or(0),
    })
}

fn answer(row: AnswerRow) -> Result<AnswerKept, StoreError> {
    const TABLE: &str = "recall_answer";
    Ok(AnswerKept {
        case: case_id(TABLE, &row.case_id)?,
        member: gln(TABLE, "member", &row.member)?,
        revision: u32::try_from(row.revision).map_err(|error| StoreError::corrupt(TABLE, "revision", error))?,
        at_ms: uint(row.at_ms),
        user: Uuid::from_bytes(bytes(TABLE, "user_id", &row.user_id)?),
        user_name: row.user_name,
        document: row.document,
        tx: signed::parse(&row.tx).map_err(|error| StoreError::corrupt(TABLE, "tx", error))?,
        settled: row.settled != 0,
    })
}

impl Store {
    /// Members that hold or held packs of these lots: makers, whoever answers for cases or single packs now, and both parties of
    /// every hand-over of a case, but for the receiver of one that was refused.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_holders(&self, lots: &[BatchId]) -> Result<BTreeMap<MemberId, BTreeSet<BatchId>>, StoreError> {
        let refused = super::convert::tag(&ShipmentStatus::Refused);
        let on = |join: &str, who: &str, extra: &str| {
            format!("SELECT DISTINCT {who} AS member, c.gtin, c.lot FROM rm_case_content c {join} WHERE {extra}")
        };
        let alone = "JOIN rm_shipment_object o ON o.sscc = c.sscc JOIN rm_shipment s ON s.id = o.shipment";
        let stacked = "JOIN rm_shipment_case o ON o.sscc = c.sscc JOIN rm_shipment s ON s.id = o.shipment";
        let cases = "JOIN rm_logistic l ON l.sscc = c.sscc LEFT JOIN rm_logistic p ON p.sscc = l.parent";
        let took = format!("s.status <> {refused} AND ");
        let questions = [
            "SELECT c.maker AS member, c.gtin, c.lot FROM rm_batch c WHERE ".to_owned(),
            "SELECT DISTINCT c.custodian AS member, c.gtin, c.lot FROM rm_unit c WHERE ".to_owned(),
            on(cases, "COALESCE(p.custodian, l.custodian)", ""),
            on(alone, "s.sender", ""),
            on(stacked, "s.sender", ""),
            on(alone, "s.receiver", &took),
            on(stacked, "s.receiver", &took),
        ];
        let mut out: BTreeMap<MemberId, BTreeSet<BatchId>> = BTreeMap::new();
        for part in lots.chunks(KEYS_PER_QUERY) {
            for text in &questions {
                let (named, values) = named("c", part);
                let statement = sql(self.reader(), &format!("{text}{named}"), values);
                for row in LotRow::find_by_statement(statement).all(self.reader()).await? {
                    let member = gln("rm_case_content", "member", &row.member)?;
                    out.entry(member).or_default().insert(batch_id("rm_case_content", &row.gtin, &row.lot)?);
                }
            }
        }
        Ok(out)
    }

    /// Tells members of a case, and lots that are new to those who know of it. Whoever hears of it for the first time gets `notice`
    /// at each address that asked for such. Returns how many that were.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tell_recall_holders(
        &self,
        case: Uuid,
        holders: &BTreeMap<MemberId, BTreeSet<BatchId>>,
        now_ms: u64,
        notice: impl Fn() -> Vec<u8>,
    ) -> Result<u64, StoreError> {
        let txn = self.begin().await?;
        let verb = insert_or_leave(&txn);
        let mut told = 0;
        for (member, lots) in holders {
            let text = format!("{verb} INTO recall_task (case_id, member, made_ms, reminders) VALUES (?, ?, ?, 0)");
            let values: [Value; 3] = [uuid(case), member.to_string().into(), int(now_ms).into()];
            let new = txn.execute_raw(sql(&txn, &text, values)).await?.rows_affected() > 0;
            let row = |batch: &BatchId| -> Vec<Value> {
                let lot = batch.lot.as_bytes().to_vec();
                vec![uuid(case), member.to_string().into(), batch.gtin.to_string().into(), lot.into()]
            };
            insert(&txn, verb, "recall_task_lot", "case_id, member, gtin, lot", lots.iter().map(row).collect()).await?;
            if new {
                told += 1;
                tell(&txn, *member, EventType::RecallNotice, now_ms, &notice).await?;
            }
        }
        txn.commit().await?;
        Ok(told)
    }

    /// Reminds a member, if it was not reminded meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remind_recall_holder(
        &self,
        task: &TaskKept,
        now_ms: u64,
        reminder: impl Fn() -> Vec<u8>,
    ) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE recall_task SET reminded_ms = ?, reminders = reminders + 1 \
                    WHERE case_id = ? AND member = ? AND reminders = ?";
        let times = i32::try_from(task.reminders).unwrap_or(i32::MAX);
        let values: [Value; 4] = [int(now_ms).into(), uuid(task.case), task.member.to_string().into(), times.into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(false);
        }
        tell(&txn, task.member, EventType::RecallReminder, now_ms, &reminder).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Who was told of a case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_tasks(&self, case: Uuid) -> Result<Vec<TaskKept>, StoreError> {
        let text = format!("{TASK} WHERE case_id = ? ORDER BY member");
        let rows = TaskRow::find_by_statement(sql(self.reader(), &text, [uuid(case)])).all(self.reader()).await?;
        rows.into_iter().map(task).collect()
    }

    /// What a member was told, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_tasks_of(&self, member: MemberId) -> Result<Vec<TaskKept>, StoreError> {
        let text = format!("{TASK} WHERE member = ? ORDER BY made_ms DESC, case_id DESC LIMIT ?");
        let values: [Value; 2] = [member.to_string().into(), int(TASKS_MAX).into()];
        let rows = TaskRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(task).collect()
    }

    /// What a member was told of a case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_task(&self, case: Uuid, member: MemberId) -> Result<Option<TaskKept>, StoreError> {
        let text = format!("{TASK} WHERE case_id = ? AND member = ?");
        let values: [Value; 2] = [uuid(case), member.to_string().into()];
        let row = TaskRow::find_by_statement(sql(self.reader(), &text, values)).one(self.reader()).await?;
        row.map(task).transpose()
    }

    /// The lots that members are asked about in a case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_task_lots(&self, case: Uuid) -> Result<BTreeMap<MemberId, BTreeSet<BatchId>>, StoreError> {
        const TABLE: &str = "recall_task_lot";
        let text = "SELECT member, gtin, lot FROM recall_task_lot WHERE case_id = ?";
        let rows = LotRow::find_by_statement(sql(self.reader(), text, [uuid(case)])).all(self.reader()).await?;
        let mut out: BTreeMap<MemberId, BTreeSet<BatchId>> = BTreeMap::new();
        for row in rows {
            let member = gln(TABLE, "member", &row.member)?;
            out.entry(member).or_default().insert(batch_id(TABLE, &row.gtin, &row.lot)?);
        }
        Ok(out)
    }

    /// Somebody of a member opened the notice. The first time counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn see_recall_task(
        &self,
        case: Uuid,
        member: MemberId,
        user: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let text =
            "UPDATE recall_task SET seen_ms = ?, seen_by = ? WHERE case_id = ? AND member = ? AND seen_ms IS NULL";
        let values: [Value; 4] = [int(now_ms).into(), user.into(), uuid(case), member.to_string().into()];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }

    /// Keeps an answer before it is sent, if it is the next one; a notice that is answered was seen.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_recall_answer(&self, answer: &AnswerKept) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let (case, member) = (uuid(answer.case), Value::from(answer.member.to_string()));
        let text = "SELECT MAX(revision) AS newest FROM recall_answer WHERE case_id = ? AND member = ?";
        let newest = txn.query_one_raw(sql(&txn, text, [case.clone(), member.clone()])).await?;
        let newest: Option<i32> = newest.map(|row| row.try_get("", "newest")).transpose()?.flatten();
        if u32::try_from(newest.unwrap_or(0)).unwrap_or(u32::MAX).saturating_add(1) != answer.revision {
            return Ok(false);
        }
        let verb = insert_or_leave(&txn);
        let text = format!(
            "{verb} INTO recall_answer (case_id, member, revision, at_ms, user_id, user_name, document, tx_id, tx, settled) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
        );
        let values: [Value; 9] = [
            case.clone(),
            member.clone(),
            i32::try_from(answer.revision).unwrap_or(i32::MAX).into(),
            int(answer.at_ms).into(),
            uuid(answer.user),
            answer.user_name.clone().into(),
            answer.document.clone().into(),
            tx_id(&answer.tx.tx).0.to_vec().into(),
            answer.tx.to_bytes().into(),
        ];
        if txn.execute_raw(sql(&txn, &text, values)).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let text =
            "UPDATE recall_task SET seen_ms = ?, seen_by = ? WHERE case_id = ? AND member = ? AND seen_ms IS NULL";
        let values: [Value; 4] = [int(answer.at_ms).into(), answer.user_name.clone().into(), case, member];
        txn.execute_raw(sql(&txn, text, values)).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// An answer is on the chain, or was signed anew because its transaction expired.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_recall_answer(&self, answer: &AnswerKept) -> Result<(), StoreError> {
        let text = "UPDATE recall_answer SET settled = ?, tx_id = ?, tx = ? \
                    WHERE case_id = ? AND member = ? AND revision = ?";
        let values: [Value; 6] = [
            i16::from(answer.settled).into(),
            tx_id(&answer.tx.tx).0.to_vec().into(),
            answer.tx.to_bytes().into(),
            uuid(answer.case),
            answer.member.to_string().into(),
            i32::try_from(answer.revision).unwrap_or(i32::MAX).into(),
        ];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }

    /// All answers in a case, oldest first; with `member`, only its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_answers(&self, case: Uuid, member: Option<MemberId>) -> Result<Vec<AnswerKept>, StoreError> {
        let mut values: Vec<Value> = vec![uuid(case)];
        let of = if member.is_some() { " AND member = ?" } else { "" };
        values.extend(member.map(|member| Value::from(member.to_string())));
        let text = format!("{ANSWER} WHERE case_id = ?{of} ORDER BY member, revision");
        let rows = AnswerRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(answer).collect()
    }

    /// Answers that are not on the chain yet, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_answers_waiting(&self, limit: u64) -> Result<Vec<AnswerKept>, StoreError> {
        let text = format!("{ANSWER} WHERE settled = 0 ORDER BY at_ms, revision LIMIT ?");
        let rows = AnswerRow::find_by_statement(sql(self.reader(), &text, [int(limit).into()])).all(self.reader());
        rows.await?.into_iter().map(answer).collect()
    }
}

/// Makes a delivery for each address of a member that asked for this.
async fn tell(
    txn: &sea_orm::DatabaseTransaction,
    member: MemberId,
    event: EventType,
    now_ms: u64,
    body: &impl Fn() -> Vec<u8>,
) -> Result<(), StoreError> {
    for webhook in wanting(txn, member, event).await? {
        let delivery = NewDelivery { id: Uuid::now_v7(), event: event.word(), body: body() };
        deliver(txn, webhook, vec![delivery], now_ms).await?;
    }
    Ok(())
}
