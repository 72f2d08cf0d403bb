//! Endpoints of webhooks, what happened on the chain since a height, and deliveries of it. Sending is [`super::outbox`]'s.

use super::api_keys::{AccessAudit, audit_access};
use super::convert::{bytes, evidence, from_tag, gln, int, lot, uint, uuid};
use super::epcis::insert;
use super::{Store, StoreError, class_number, sql};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, QueryResult, Value};
use tracelight_api::rest::Evidence;
use tracelight_api::rest::webhook::{EventData, EventType, OffReason, WEBHOOKS_MAX};
use tracelight_domain::ids::{Height, MemberId, RecallId, ShipmentId};
use tracelight_domain::state::ShipmentStatus;
use tracelight_domain::tx::RecallClass;
use uuid::Uuid;

const TABLE: &str = "webhook";
const COLUMNS: &str = "id, member, url, events, description, old_until_ms, state, created_ms, failing_ms, place";

/// An endpoint, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRow {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub member: MemberId,
    /// Where events go.
    pub url: String,
    /// Which events.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: String,
    /// Until when the secret before the last rotation signs too.
    pub old_until_ms: Option<u64>,
    /// Switched off, and why.
    pub off: Option<OffReason>,
    /// When it was made.
    pub created_ms: u64,
    /// Since when every attempt has failed.
    pub failing_ms: Option<u64>,
    /// Height up to which events were made into deliveries.
    pub place: Height,
}

/// Something that a member is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// What.
    pub kind: EventType,
    /// Where it stands on the chain.
    pub evidence: Evidence,
    /// The rest of it.
    pub data: EventData,
}

/// An event for one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id: `webhook-id`.
    pub id: Uuid,
    /// The event's type.
    pub event: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    member: String,
    url: String,
    events: String,
    description: String,
    old_until_ms: Option<i64>,
    state: i16,
    created_ms: i64,
    failing_ms: Option<i64>,
    place: i64,
}

/// The column `state` of an endpoint that is on.
const ON: i16 = 0;

/// The column `state` of an endpoint that is off.
pub(super) const fn off_state(why: OffReason) -> i16 {
    match why {
        OffReason::Failing => 1,
        OffReason::Gone => 2,
        OffReason::Told => 3,
    }
}

fn off(state: i16) -> Result<Option<OffReason>, StoreError> {
    let all = [OffReason::Failing, OffReason::Gone, OffReason::Told];
    match all.into_iter().find(|why| off_state(*why) == state) {
        None if state != ON => Err(StoreError::corrupt(TABLE, "state", state)),
        why => Ok(why),
    }
}

fn webhook(row: Row) -> Result<WebhookRow, StoreError> {
    let kind = |word: &str| EventType::parse(word).ok_or_else(|| StoreError::corrupt(TABLE, "events", word));
    Ok(WebhookRow {
        id: Uuid::from_bytes(bytes(TABLE, "id", &row.id)?),
        member: gln(TABLE, "member", &row.member)?,
        url: row.url,
        events: row.events.split(' ').map(kind).collect::<Result<_, _>>()?,
        description: row.description,
        old_until_ms: row.old_until_ms.map(uint),
        off: off(row.state)?,
        created_ms: uint(row.created_ms),
        failing_ms: row.failing_ms.map(uint),
        place: uint(row.place),
    })
}

impl Store {
    /// Adds an endpoint; `false` when the member has [`WEBHOOKS_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn make_webhook(&self, row: &WebhookRow, secret: &[u8], audit: &AccessAudit) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT COUNT(*) AS kept FROM webhook WHERE member = ?";
        let found = txn.query_one_raw(sql(&txn, text, [row.member.to_string().into()])).await?;
        let kept: i64 = found.map_or(Ok(0), |row| row.try_get("", "kept"))?;
        if uint(kept) >= WEBHOOKS_MAX {
            return Ok(false);
        }
        let events: Vec<&str> = row.events.iter().map(|kind| kind.word()).collect();
        let values: Vec<Value> = vec![
            uuid(row.id),
            row.member.to_string().into(),
            row.url.clone().into(),
            events.join(" ").into(),
            row.description.clone().into(),
            secret.to_vec().into(),
            ON.into(),
            int(row.created_ms).into(),
            int(row.place).into(),
        ];
        let columns = "id, member, url, events, description, secret, state, created_ms, place";
        insert(&txn, "INSERT", TABLE, columns, vec![values]).await?;
        audit_access(&txn, audit, row.created_ms).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// A member's endpoints, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn webhooks(&self, member: MemberId) -> Result<Vec<WebhookRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM webhook WHERE member = ? ORDER BY created_ms DESC, id DESC LIMIT ?");
        let values: [Value; 2] = [member.to_string().into(), int(WEBHOOKS_MAX).into()];
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(webhook).collect()
    }

    /// Endpoints that have not been told of all blocks up to a height, the furthest behind first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn webhooks_behind(&self, height: Height, limit: u64) -> Result<Vec<WebhookRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM webhook WHERE state = 0 AND place < ? ORDER BY place LIMIT ?");
        let values: [Value; 2] = [int(height).into(), int(limit).into()];
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(webhook).collect()
    }

    /// Removes an endpoint with its deliveries.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_webhook(&self, id: Uuid, audit: &AccessAudit, now_ms: u64) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        txn.execute_raw(sql(&txn, "DELETE FROM webhook_delivery WHERE webhook_id = ?", [uuid(id)])).await?;
        txn.execute_raw(sql(&txn, "DELETE FROM webhook WHERE id = ?", [uuid(id)])).await?;
        audit_access(&txn, audit, now_ms).await?;
        Ok(txn.commit().await?)
    }

    /// Gives an endpoint another secret; the one before signs too until `old_until_ms`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rotate_webhook(
        &self,
        id: Uuid,
        secret: &[u8],
        old_until_ms: u64,
        audit: &AccessAudit,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        // MySQL assigns from left to right: the old secret is read before the new one is written.
        let text = "UPDATE webhook SET old_secret = secret, old_until_ms = ? WHERE id = ?";
        txn.execute_raw(sql(&txn, text, [int(old_until_ms).into(), uuid(id)])).await?;
        let text = "UPDATE webhook SET secret = ? WHERE id = ?";
        txn.execute_raw(sql(&txn, text, [secret.to_vec().into(), uuid(id)])).await?;
        audit_access(&txn, audit, now_ms).await?;
        Ok(txn.commit().await?)
    }

    /// Switches an endpoint on again. What happened in between is not told: `place` is now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enable_webhook(
        &self,
        id: Uuid,
        place: Height,
        audit: &AccessAudit,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE webhook SET state = 0, failing_ms = NULL, place = ? WHERE id = ? AND state <> 0";
        if txn.execute_raw(sql(&txn, text, [int(place).into(), uuid(id)])).await?.rows_affected() > 0 {
            audit_access(&txn, audit, now_ms).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Switches an endpoint off because somebody says so, and gives up what waits for it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn disable_webhook(&self, id: Uuid, audit: &AccessAudit, now_ms: u64) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE webhook SET state = ? WHERE id = ? AND state = 0";
        let values: [Value; 2] = [off_state(OffReason::Told).into(), uuid(id)];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() > 0 {
            give_up_waiting(&txn, id).await?;
            audit_access(&txn, audit, now_ms).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Moves an endpoint on with the deliveries of what happened, in one transaction. Nothing happens when another worker was
    /// faster.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn webhook_told(
        &self,
        row: &WebhookRow,
        place: Height,
        deliveries: Vec<NewDelivery>,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE webhook SET place = ? WHERE id = ? AND place = ? AND state = 0";
        let values: [Value; 3] = [int(place).into(), uuid(row.id), int(row.place).into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(());
        }
        deliver(&txn, row.id, deliveries, now_ms).await?;
        Ok(txn.commit().await?)
    }

    /// Adds one delivery: a test.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliver_one(&self, webhook: Uuid, delivery: NewDelivery, now_ms: u64) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        deliver(&txn, webhook, vec![delivery], now_ms).await?;
        Ok(txn.commit().await?)
    }

    /// Sends a delivery again, from the first attempt on; `false` when the endpoint has none with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliver_again(&self, webhook: Uuid, delivery: Uuid, now_ms: u64) -> Result<bool, StoreError> {
        let text = "UPDATE webhook_delivery SET state = 0, next_ms = ?, attempts = 0, delivered_ms = NULL \
                    WHERE id = ? AND webhook_id = ?";
        let values: [Value; 3] = [int(now_ms).into(), uuid(delivery), uuid(webhook)];
        Ok(self.writer().execute_raw(sql(self.writer(), text, values)).await?.rows_affected() > 0)
    }

    /// What happened to a member in the blocks above `after` up to `until`, in the order of the chain. Recalls that are in
    /// force are everybody's; those that wait are the maker's and (`regulator`) a regulator's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn happened(
        &self,
        member: MemberId,
        regulator: bool,
        after: Height,
        until: Height,
    ) -> Result<Vec<Happened>, StoreError> {
        let member = member.to_string();
        let range = || [Value::from(int(after)), int(until).into()];
        let text = "SELECT gtin, lot, unit_count, seal_tx AS tx, seal_height AS height, seal_ms AS at_ms FROM rm_batch \
                    WHERE seal_height > ? AND seal_height <= ? AND maker = ?";
        let values = range().into_iter().chain([member.clone().into()]);
        let mut all = self.rows(text, values, sealed).await?;
        let text = "SELECT id, sender, receiver, status, ship_tx AS tx, ship_height AS height, ship_ms AS at_ms \
                    FROM rm_shipment WHERE ship_height > ? AND ship_height <= ? AND (sender = ? OR receiver = ?)";
        let parties = || [Value::from(member.clone()), member.clone().into()];
        all.extend(self.rows(text, range().into_iter().chain(parties()), shipped).await?);
        let text = "SELECT id, sender, receiver, status, answer_tx AS tx, answer_height AS height, answer_ms AS at_ms \
                    FROM rm_shipment WHERE answer_height > ? AND answer_height <= ? AND (sender = ? OR receiver = ?)";
        all.extend(self.rows(text, range().into_iter().chain(parties()), answered).await?);
        for (step, kind) in [
            ("open", EventType::RecallOpened),
            ("approve", EventType::RecallApproved),
            ("close", EventType::RecallClosed),
        ] {
            let seen = if kind == EventType::RecallOpened && !regulator {
                "AND gtin IN (SELECT gtin FROM rm_product WHERE maker = ?)"
            } else {
                ""
            };
            let text = format!(
                "SELECT id, gtin, lot, recall_class, drill, {step}_tx AS tx, {step}_height AS height, {step}_ms AS at_ms \
                 FROM rm_recall WHERE {step}_height > ? AND {step}_height <= ? {seen}"
            );
            let maker = (!seen.is_empty()).then(|| Value::from(member.clone()));
            all.extend(self.rows(&text, range().into_iter().chain(maker), |row| recall(row, kind)).await?);
        }
        all.sort_by_key(|one| (one.evidence.height, one.kind));
        Ok(all)
    }

    async fn rows(
        &self,
        text: &str,
        values: impl IntoIterator<Item = Value>,
        read: impl Fn(&QueryResult) -> Result<Happened, StoreError>,
    ) -> Result<Vec<Happened>, StoreError> {
        let rows = self.reader().query_all_raw(sql(self.reader(), text, values)).await?;
        rows.iter().map(read).collect()
    }
}

/// Gives up what waits for an endpoint that was switched off.
pub(super) async fn give_up_waiting(txn: &DatabaseTransaction, webhook: Uuid) -> Result<(), StoreError> {
    let text = "UPDATE webhook_delivery SET state = 2, note = ? WHERE webhook_id = ? AND state = 0";
    let note = "the endpoint was switched off; enable it and send this again";
    txn.execute_raw(sql(txn, text, [note.into(), uuid(webhook)])).await?;
    Ok(())
}

/// Addresses of a member that are on and asked for this event.
pub(super) async fn wanting(
    txn: &DatabaseTransaction,
    member: MemberId,
    event: EventType,
) -> Result<Vec<Uuid>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM webhook WHERE member = ? AND state = 0 ORDER BY id LIMIT ?");
    let values: [Value; 2] = [member.to_string().into(), int(WEBHOOKS_MAX).into()];
    let rows = Row::find_by_statement(sql(txn, &text, values)).all(txn).await?;
    let mut out = Vec::new();
    for row in rows {
        let row = webhook(row)?;
        if row.events.contains(&event) {
            out.push(row.id);
        }
    }
    Ok(out)
}

/// Adds deliveries of an endpoint.
pub(super) async fn deliver(
    txn: &DatabaseTransaction,
    webhook: Uuid,
    deliveries: Vec<NewDelivery>,
    now_ms: u64,
) -> Result<(), StoreError> {
    let row = |delivery: NewDelivery| -> Vec<Value> {
        vec![
            uuid(delivery.id),
            uuid(webhook),
            delivery.event.into(),
            0_i16.into(),
            int(now_ms).into(),
            int(now_ms).into(),
            0_i64.into(),
            String::new().into(),
            delivery.body.into(),
        ]
    };
    let columns = "id, webhook_id, event, state, created_ms, next_ms, attempts, note, body";
    let rows = deliveries.into_iter().map(row).collect();
    insert(txn, "INSERT", "webhook_delivery", columns, rows).await
}

fn place(table: &'static str, row: &QueryResult) -> Result<Evidence, StoreError> {
    let tx: Vec<u8> = row.try_get("", "tx")?;
    evidence(table, &tx, row.try_get("", "height")?, row.try_get("", "at_ms")?)
}

fn lot_text(table: &'static str, row: &QueryResult) -> Result<Option<String>, StoreError> {
    let bytes: Vec<u8> = row.try_get("", "lot")?;
    Ok(Some(lot(table, "lot", &bytes)?.to_string()))
}

fn sealed(row: &QueryResult) -> Result<Happened, StoreError> {
    let units: Option<i64> = row.try_get("", "unit_count")?;
    let data = EventData {
        gtin: row.try_get("", "gtin")?,
        lot: lot_text("rm_batch", row)?,
        units: units.map(uint),
        ..EventData::default()
    };
    Ok(Happened { kind: EventType::BatchSealed, evidence: place("rm_batch", row)?, data })
}

fn shipped(row: &QueryResult) -> Result<Happened, StoreError> {
    let id: Vec<u8> = row.try_get("", "id")?;
    let data = EventData {
        shipment: Some(ShipmentId(bytes("rm_shipment", "id", &id)?).to_string()),
        from: row.try_get("", "sender")?,
        to: row.try_get("", "receiver")?,
        ..EventData::default()
    };
    Ok(Happened { kind: EventType::ShipmentShipped, evidence: place("rm_shipment", row)?, data })
}

/// A shipment that was received may be in dispute by now; it was received all the same.
fn answered(row: &QueryResult) -> Result<Happened, StoreError> {
    let mut happened = shipped(row)?;
    match from_tag::<ShipmentStatus>("rm_shipment", "status", row.try_get("", "status")?)? {
        ShipmentStatus::Refused => happened.kind = EventType::ShipmentRefused,
        status => {
            happened.kind = EventType::ShipmentReceived;
            happened.data.in_part = Some(status != ShipmentStatus::Received);
        }
    }
    Ok(happened)
}

fn recall(row: &QueryResult, kind: EventType) -> Result<Happened, StoreError> {
    let (id, drill): (Vec<u8>, i16) = (row.try_get("", "id")?, row.try_get("", "drill")?);
    let class: RecallClass = from_tag("rm_recall", "recall_class", row.try_get("", "recall_class")?)?;
    let data = EventData {
        recall: Some(RecallId(bytes("rm_recall", "id", &id)?).to_string()),
        gtin: row.try_get("", "gtin")?,
        lot: lot_text("rm_recall", row)?,
        class: Some(class_number(class)),
        drill: Some(drill != 0),
        ..EventData::default()
    };
    Ok(Happened { kind, evidence: place("rm_recall", row)?, data })
}
