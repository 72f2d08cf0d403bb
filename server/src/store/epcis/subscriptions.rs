//! Subscriptions: who is told what a stored query newly finds, and where the next report begins.

use super::insert;
use crate::store::convert::{bytes, gln, int, uint, uuid};
use crate::store::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Value};
use tracelight_domain::ids::MemberId;
use uuid::Uuid;

/// Subscriptions of one member.
pub const SUBSCRIPTIONS_MAX: u64 = 100;

const TABLE: &str = "epcis_subscription";
const COLUMNS: &str = "id, member, regulator, query_name, dest, secret, schedule, report_if_empty, from_ms, place, due_ms, \
                       created_ms, notified_ms";

/// A subscription.
#[derive(Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub member: MemberId,
    /// It may see every history of the ledger.
    pub regulator: bool,
    /// The query.
    pub query: String,
    /// Where reports go.
    pub dest: String,
    /// Signs them.
    pub secret: Vec<u8>,
    /// When, as it was written; at once when absent.
    pub schedule: Option<String>,
    /// Reports without events are sent too.
    pub report_if_empty: bool,
    /// The first report has events recorded from here on, milliseconds.
    pub from_ms: Option<u64>,
    /// Where the next report begins; at the beginning when absent.
    pub place: Option<String>,
    /// When it is looked at next, milliseconds.
    pub due_ms: u64,
    /// When it was made.
    pub created_ms: u64,
    /// When the subscriber last took a report.
    pub notified_ms: Option<u64>,
}

impl std::fmt::Debug for SubscriptionRow {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SubscriptionRow").field("id", &self.id).field("dest", &self.dest).finish_non_exhaustive()
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    member: String,
    regulator: i16,
    query_name: Vec<u8>,
    dest: String,
    secret: Vec<u8>,
    schedule: Option<String>,
    report_if_empty: i16,
    from_ms: Option<i64>,
    place: Option<String>,
    due_ms: i64,
    created_ms: i64,
    notified_ms: Option<i64>,
}

fn subscription(row: Row) -> Result<SubscriptionRow, StoreError> {
    Ok(SubscriptionRow {
        id: Uuid::from_bytes(bytes(TABLE, "id", &row.id)?),
        member: gln(TABLE, "member", &row.member)?,
        regulator: row.regulator != 0,
        query: String::from_utf8(row.query_name).map_err(|error| StoreError::corrupt(TABLE, "query_name", error))?,
        dest: row.dest,
        secret: row.secret,
        schedule: row.schedule,
        report_if_empty: row.report_if_empty != 0,
        from_ms: row.from_ms.map(uint),
        place: row.place,
        due_ms: uint(row.due_ms),
        created_ms: uint(row.created_ms),
        notified_ms: row.notified_ms.map(uint),
    })
}

impl Store {
    /// Stores a subscription; `false` when the member has [`SUBSCRIPTIONS_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_subscribe(&self, row: &SubscriptionRow) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT COUNT(*) AS kept FROM epcis_subscription WHERE member = ?";
        let found = txn.query_one_raw(sql(&txn, text, [row.member.to_string().into()])).await?;
        let kept: i64 = found.map_or(Ok(0), |row| row.try_get("", "kept"))?;
        if uint(kept) >= SUBSCRIPTIONS_MAX {
            return Ok(false);
        }
        let values: Vec<Value> = vec![
            uuid(row.id),
            row.member.to_string().into(),
            i16::from(row.regulator).into(),
            row.query.clone().into_bytes().into(),
            row.dest.clone().into(),
            row.secret.clone().into(),
            row.schedule.clone().into(),
            i16::from(row.report_if_empty).into(),
            row.from_ms.map(int).into(),
            row.place.clone().into(),
            int(row.due_ms).into(),
            int(row.created_ms).into(),
            row.notified_ms.map(int).into(),
        ];
        insert(&txn, "INSERT", TABLE, COLUMNS, vec![values]).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Subscriptions of a member's query, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_subscriptions(&self, member: MemberId, query: &str) -> Result<Vec<SubscriptionRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM {TABLE} WHERE member = ? AND query_name = ? ORDER BY id LIMIT ?");
        let values: [Value; 3] =
            [member.to_string().into(), query.as_bytes().to_vec().into(), int(SUBSCRIPTIONS_MAX).into()];
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(subscription).collect()
    }

    /// Subscriptions that are due, the longest overdue first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_due(&self, now_ms: u64, limit: u64) -> Result<Vec<SubscriptionRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM {TABLE} WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ?");
        let values: [Value; 2] = [int(now_ms).into(), int(limit).into()];
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(subscription).collect()
    }

    /// Ends a subscription with its deliveries. Returns whether it was there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_unsubscribe(&self, member: MemberId, query: &str, id: Uuid) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "DELETE FROM epcis_subscription WHERE member = ? AND query_name = ? AND id = ?";
        let key = id.as_bytes().to_vec();
        let values: [Value; 3] = [member.to_string().into(), query.as_bytes().to_vec().into(), key.clone().into()];
        let gone = txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() > 0;
        if gone {
            let text = "DELETE FROM epcis_delivery WHERE subscription_id = ?";
            txn.execute_raw(sql(&txn, text, [key.into()])).await?;
        }
        txn.commit().await?;
        Ok(gone)
    }

    /// Moves a subscription on: its next place and time, and the report, if there is one, in one transaction. Nothing happens
    /// when another worker was faster (`was_due_ms` has changed).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_report(
        &self,
        subscription: Uuid,
        was_due_ms: u64,
        place: Option<&str>,
        due_ms: u64,
        report: Option<&[u8]>,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE epcis_subscription SET place = ?, due_ms = ? WHERE id = ? AND due_ms = ?";
        let key = subscription.as_bytes().to_vec();
        let values: [Value; 4] = [
            place.map(str::to_owned).into(),
            int(due_ms.max(was_due_ms.saturating_add(1))).into(),
            key.clone().into(),
            int(was_due_ms).into(),
        ];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(body) = report {
            let row: Vec<Value> = vec![
                uuid(Uuid::now_v7()),
                key.into(),
                0_i16.into(),
                int(now_ms).into(),
                int(now_ms).into(),
                0_i64.into(),
                String::new().into(),
                body.to_vec().into(),
            ];
            let columns = "id, subscription_id, state, created_ms, next_ms, attempts, note, body";
            insert(&txn, "INSERT", "epcis_delivery", columns, vec![row]).await?;
        }
        txn.commit().await?;
        Ok(true)
    }
}
