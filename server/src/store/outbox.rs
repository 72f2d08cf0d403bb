//! What is on its way to webhooks: written before it is sent, so that nothing is lost; told in a log.
//!
//! | outbox | owner | body of what was taken or given up |
//! |---|---|---|
//! | EPCIS reports | a subscription | emptied: a query finds it again |
//! | events | an endpoint | kept as long as its line, to be sent again |
//!
//! An endpoint at which every attempt has failed for [`FAILING_MS_MAX`], or that answers 410, is switched off; what waits for
//! it is given up, and can be sent again.

use super::convert::{bytes, int, uint, uuid};
use super::webhooks::{give_up_waiting, off_state};
use super::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Value};
use tracelight_api::rest::webhook::OffReason;
use uuid::Uuid;

/// Lines of a delivery log that are told.
pub const DELIVERIES_TOLD: u64 = 200;
/// For so long every attempt may fail: three days.
pub const FAILING_MS_MAX: u64 = 3 * 24 * 60 * 60 * 1_000;

/// Whose deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbox {
    /// Reports of EPCIS subscriptions.
    Reports,
    /// Events for webhooks.
    Events,
}

impl Outbox {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Reports, Self::Events];

    const fn table(self) -> &'static str {
        match self {
            Self::Reports => "epcis_delivery",
            Self::Events => "webhook_delivery",
        }
    }

    const fn owner(self) -> &'static str {
        match self {
            Self::Reports => "subscription_id",
            Self::Events => "webhook_id",
        }
    }

    /// The column with the event's type; reports have none.
    const fn event(self) -> &'static str {
        match self {
            Self::Reports => "''",
            Self::Events => "event",
        }
    }
}

/// Where deliveries of an owner go.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Address.
    pub dest: String,
    /// What signs them; two while a secret is rotated, the new one first.
    pub secrets: Vec<Vec<u8>>,
}

/// What has to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id: `webhook-id`, the same at every attempt.
    pub id: Uuid,
    /// Which outbox it is in.
    pub outbox: Outbox,
    /// For which subscription or endpoint.
    pub owner: Uuid,
    /// Attempts so far.
    pub attempts: u64,
    /// The body.
    pub body: Vec<u8>,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLine {
    /// Its id.
    pub id: Uuid,
    /// The event's type; empty for a report.
    pub event: String,
    /// 0 waits, 1 delivered, 2 given up.
    pub state: i16,
    /// When it was made, milliseconds.
    pub created_ms: u64,
    /// Attempts.
    pub attempts: u64,
    /// The last answer's status.
    pub status: Option<i16>,
    /// What went wrong last.
    pub note: String,
    /// When it was taken.
    pub delivered_ms: Option<u64>,
    /// When the next attempt is due, for one that waits.
    pub next_ms: u64,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Taken.
    Delivered,
    /// Not now; again at this time.
    Again {
        /// Milliseconds.
        at_ms: u64,
        /// Why.
        note: String,
    },
    /// Never.
    GivenUp {
        /// Why.
        note: String,
    },
    /// Never, and nothing else either: the address wants no more.
    Gone {
        /// Why.
        note: String,
    },
}

#[derive(FromQueryResult)]
struct Waiting {
    id: Vec<u8>,
    owner_id: Vec<u8>,
    attempts: i64,
    body: Vec<u8>,
}

#[derive(FromQueryResult)]
struct Line {
    id: Vec<u8>,
    event: String,
    state: i16,
    created_ms: i64,
    attempts: i64,
    status: Option<i16>,
    note: String,
    delivered_ms: Option<i64>,
    next_ms: i64,
}

fn read_id(column: &'static str, value: &[u8]) -> Result<Uuid, StoreError> {
    Ok(Uuid::from_bytes(bytes("a delivery", column, value)?))
}

impl Store {
    /// What is due, oldest first; each is taken until `until_ms`, so that another worker leaves it alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_deliveries(
        &self,
        outbox: Outbox,
        now_ms: u64,
        until_ms: u64,
        limit: u64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let (table, owner) = (outbox.table(), outbox.owner());
        let text = format!(
            "SELECT id, {owner} AS owner_id, attempts, body FROM {table} WHERE state = 0 AND next_ms <= ? \
             ORDER BY next_ms, id LIMIT ?"
        );
        let values: [Value; 2] = [int(now_ms).into(), int(limit).into()];
        let rows = Waiting::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let mut claimed = Vec::new();
        for row in rows {
            let text = format!(
                "UPDATE {table} SET next_ms = ?, attempts = attempts + 1 WHERE id = ? AND state = 0 AND next_ms <= ?"
            );
            let values: [Value; 3] = [int(until_ms).into(), row.id.clone().into(), int(now_ms).into()];
            if self.writer().execute_raw(sql(self.writer(), &text, values)).await?.rows_affected() == 1 {
                claimed.push(Delivery {
                    id: read_id("id", &row.id)?,
                    outbox,
                    owner: read_id(owner, &row.owner_id)?,
                    attempts: uint(row.attempts) + 1,
                    body: row.body,
                });
            }
        }
        Ok(claimed)
    }

    /// Where deliveries of an owner go, if it is still there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recipient(&self, outbox: Outbox, owner: Uuid, now_ms: u64) -> Result<Option<Recipient>, StoreError> {
        let (text, values): (&str, Vec<Value>) = match outbox {
            Outbox::Reports => {
                ("SELECT dest, secret, NULL AS old FROM epcis_subscription WHERE id = ?", vec![uuid(owner)])
            }
            Outbox::Events => (
                "SELECT url AS dest, secret, CASE WHEN old_until_ms > ? THEN old_secret ELSE NULL END AS old \
                 FROM webhook WHERE id = ?",
                vec![int(now_ms).into(), uuid(owner)],
            ),
        };
        let Some(row) = self.reader().query_one_raw(sql(self.reader(), text, values)).await? else { return Ok(None) };
        let mut secrets = vec![row.try_get("", "secret")?];
        if outbox == Outbox::Events {
            secrets.extend(row.try_get::<Option<Vec<u8>>>("", "old")?);
        }
        Ok(Some(Recipient { dest: row.try_get("", "dest")?, secrets }))
    }

    /// Writes down what an attempt came to, for the delivery and for its owner. Returns whether the owner was switched off.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delivery_sent(
        &self,
        delivery: &Delivery,
        status: Option<u16>,
        sent: &Sent,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let table = delivery.outbox.table();
        let status = status.and_then(|status| i16::try_from(status).ok());
        let short = |note: &str| note.chars().take(400).collect::<String>();
        let key = uuid(delivery.id);
        let body = if delivery.outbox == Outbox::Reports { ", body = x''" } else { "" };
        let (text, values): (String, Vec<Value>) = match sent {
            Sent::Delivered => (
                format!("UPDATE {table} SET state = 1, status = ?, note = '', delivered_ms = ?{body} WHERE id = ?"),
                vec![status.into(), int(now_ms).into(), key],
            ),
            Sent::Again { at_ms, note } => (
                format!("UPDATE {table} SET next_ms = ?, status = ?, note = ? WHERE id = ? AND state = 0"),
                vec![int(*at_ms).into(), status.into(), short(note).into(), key],
            ),
            Sent::GivenUp { note } | Sent::Gone { note } => (
                format!("UPDATE {table} SET state = 2, status = ?, note = ?{body} WHERE id = ?"),
                vec![status.into(), short(note).into(), key],
            ),
        };
        let txn = self.begin().await?;
        txn.execute_raw(sql(&txn, &text, values)).await?;
        let off = match delivery.outbox {
            Outbox::Reports => notified(&txn, delivery.owner, sent, now_ms).await?,
            Outbox::Events => health(&txn, delivery.owner, sent, now_ms).await?,
        };
        txn.commit().await?;
        Ok(off)
    }

    /// The newest lines of an owner's delivery log, at most [`DELIVERIES_TOLD`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliveries(&self, outbox: Outbox, owner: Uuid) -> Result<Vec<DeliveryLine>, StoreError> {
        self.newest_deliveries(outbox, owner, DELIVERIES_TOLD).await
    }

    /// The newest so many lines of an owner's delivery log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_deliveries(
        &self,
        outbox: Outbox,
        owner: Uuid,
        count: u64,
    ) -> Result<Vec<DeliveryLine>, StoreError> {
        let text = format!(
            "SELECT id, {} AS event, state, created_ms, attempts, status, note, delivered_ms, next_ms FROM {} \
             WHERE {} = ? ORDER BY created_ms DESC, id DESC LIMIT ?",
            outbox.event(),
            outbox.table(),
            outbox.owner()
        );
        let values: [Value; 2] = [uuid(owner), int(count).into()];
        let rows = Line::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let line = |row: Line| {
            Ok(DeliveryLine {
                id: read_id("id", &row.id)?,
                event: row.event,
                state: row.state,
                created_ms: uint(row.created_ms),
                attempts: uint(row.attempts),
                status: row.status,
                note: row.note,
                delivered_ms: row.delivered_ms.map(uint),
                next_ms: uint(row.next_ms),
            })
        };
        rows.into_iter().map(line).collect()
    }

    /// Deliveries of an owner that wait.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliveries_waiting(&self, outbox: Outbox, owner: Uuid) -> Result<u64, StoreError> {
        let (table, column) = (outbox.table(), outbox.owner());
        let text = format!("SELECT COUNT(*) AS waiting FROM {table} WHERE {column} = ? AND state = 0");
        let row = self.reader().query_one_raw(sql(self.reader(), &text, [uuid(owner)])).await?;
        let waiting: i64 = row.map_or(Ok(0), |row| row.try_get("", "waiting"))?;
        Ok(uint(waiting))
    }

    /// Drops the lines of a delivery log that ended and were made before a time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_deliveries(&self, outbox: Outbox, before_ms: u64) -> Result<(), StoreError> {
        let text = format!("DELETE FROM {} WHERE state <> 0 AND created_ms < ?", outbox.table());
        self.writer().execute_raw(sql(self.writer(), &text, [int(before_ms).into()])).await?;
        Ok(())
    }
}

/// When the subscriber last took a report.
async fn notified(txn: &DatabaseTransaction, owner: Uuid, sent: &Sent, now_ms: u64) -> Result<bool, StoreError> {
    if *sent == Sent::Delivered {
        let text = "UPDATE epcis_subscription SET notified_ms = ? WHERE id = ?";
        txn.execute_raw(sql(txn, text, [int(now_ms).into(), uuid(owner)])).await?;
    }
    Ok(false)
}

/// How long an endpoint has been failing, and whether that is long enough. Returns whether it was switched off now.
async fn health(txn: &DatabaseTransaction, owner: Uuid, sent: &Sent, now_ms: u64) -> Result<bool, StoreError> {
    let (text, values): (&str, Vec<Value>) = match sent {
        Sent::Delivered => ("UPDATE webhook SET failing_ms = NULL WHERE id = ?", vec![uuid(owner)]),
        _ => (
            "UPDATE webhook SET failing_ms = COALESCE(failing_ms, ?) WHERE id = ?",
            vec![int(now_ms).into(), uuid(owner)],
        ),
    };
    txn.execute_raw(sql(txn, text, values)).await?;
    let (why, bound) = match sent {
        Sent::Delivered => return Ok(false),
        Sent::Gone { .. } => (OffReason::Gone, now_ms),
        Sent::Again { .. } | Sent::GivenUp { .. } => (OffReason::Failing, now_ms.saturating_sub(FAILING_MS_MAX)),
    };
    let text = "UPDATE webhook SET state = ? WHERE id = ? AND state = 0 AND failing_ms <= ?";
    let values: [Value; 3] = [off_state(why).into(), uuid(owner), int(bound).into()];
    let off = txn.execute_raw(sql(txn, text, values)).await?.rows_affected() > 0;
    if off {
        give_up_waiting(txn, owner).await?;
    }
    Ok(off)
}
