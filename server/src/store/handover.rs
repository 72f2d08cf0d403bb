//! Stock, hand-overs and histories, as the read model has them.
//!
//! A case on a pallet is where the pallet is: its own row keeps the custodian it had when it was put there, so every query
//! looks at the pallet's row first.

use super::convert::{evidence, from_tag, gln, hash, int, sscc, uint};
use super::entity::{rm_event, rm_logistic, rm_shipment, rm_shipment_case, rm_shipment_object, rm_shipment_remark};
use super::holdings::logistic_status;
use super::lists::in_order;
use super::projection::{REMARK_DAMAGED, REMARK_SHORT};
use super::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use sea_orm::prelude::*;
use sea_orm::{FromQueryResult, QueryOrder as _, QuerySelect as _};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::Evidence;
use tracelight_api::rest::handover::{Level as ApiLevel, LotCount, Shipment, ShipmentObject, StockItem};
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::{BatchId, MemberId, ShipmentId, TxId};
use tracelight_domain::state::{Event, Level, LogisticStatus, ObjectId, ShipmentStatus};
use tracelight_proof::codec::Canonical as _;

/// Cases of a lot whose histories are told.
const CARRIERS_MAX: u64 = 200;

/// Events that one question reads: a trace of a lot with many cases ends here and says so.
pub const EVENTS_MAX: u64 = 5_000;

/// Packs of one lot in a logistic unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The lot.
    pub batch: BatchId,
    /// Packs that were packed.
    pub units: u64,
    /// A recall is in force.
    pub recalled: bool,
}

#[derive(FromQueryResult)]
struct StockRow {
    sscc: String,
    level: i16,
    status: i16,
    shipment: Option<Vec<u8>>,
    parent: Option<String>,
    content_count: i64,
    last_tx: Vec<u8>,
    last_height: i64,
    last_ms: i64,
}

#[derive(FromQueryResult)]
struct ContentRow {
    item: String,
    gtin: String,
    lot: Vec<u8>,
    units: i64,
    recalled: Option<i16>,
}

impl Store {
    /// Cases and pallets with these labels, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stock_at(&self, labels: &[Sscc]) -> Result<Vec<StockItem>, StoreError> {
        let mut out = Vec::with_capacity(labels.len());
        for part in labels.chunks(KEYS_PER_QUERY) {
            let text = format!(
                "SELECT l.sscc, l.level, COALESCE(p.status, l.status) AS status, \
                 CASE WHEN p.sscc IS NULL THEN l.shipment ELSE p.shipment END AS shipment, l.parent, l.content_count, \
                 CASE WHEN p.last_height >= l.last_height THEN p.last_tx ELSE l.last_tx END AS last_tx, \
                 CASE WHEN p.last_height >= l.last_height THEN p.last_height ELSE l.last_height END AS last_height, \
                 CASE WHEN p.last_height >= l.last_height THEN p.last_ms ELSE l.last_ms END AS last_ms \
                 FROM rm_logistic l LEFT JOIN rm_logistic p ON p.sscc = l.parent WHERE l.sscc IN ({})",
                marks(part.len())
            );
            let keys: Vec<String> = part.iter().map(ToString::to_string).collect();
            let values = keys.iter().map(|label| label.clone().into());
            let rows = StockRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            let contents = self.contents(&keys).await?;
            let rows = rows.into_iter().map(|row| stock_item(row, &contents)).collect::<Result<Vec<_>, _>>()?;
            out.extend(in_order(&keys, rows, |item| item.sscc.clone()));
        }
        Ok(out)
    }

    /// What is packed in cases and pallets, by label. A pallet holds what its cases hold now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn contents(&self, labels: &[String]) -> Result<BTreeMap<String, Vec<Contents>>, StoreError> {
        let mut out: BTreeMap<String, Vec<Contents>> = BTreeMap::new();
        for chunk in labels.chunks(KEYS_PER_QUERY) {
            let marks = marks(chunk.len());
            for (item, filter) in [("c.sscc", "c.sscc"), ("l.parent", "l.parent")] {
                let text = format!(
                    "SELECT {item} AS item, c.gtin, c.lot, CAST(SUM(c.units) AS {}) AS units, b.recalled \
                     FROM rm_case_content c JOIN rm_logistic l ON l.sscc = c.sscc \
                     LEFT JOIN rm_batch b ON b.gtin = c.gtin AND b.lot = c.lot \
                     WHERE {filter} IN ({marks}) GROUP BY {item}, c.gtin, c.lot, b.recalled",
                    self.int_type()
                );
                let values = chunk.iter().map(|label| label.clone().into());
                let rows = ContentRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
                for row in rows {
                    let batch = super::convert::batch_id("rm_case_content", &row.gtin, &row.lot)?;
                    let contents = Contents { batch, units: uint(row.units), recalled: row.recalled.is_some() };
                    out.entry(row.item).or_default().push(contents);
                }
            }
        }
        Ok(out)
    }

    /// These hand-overs, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn shipments_at(
        &self,
        ids: &[ShipmentId],
        name: impl Fn(MemberId) -> String,
    ) -> Result<Vec<Shipment>, StoreError> {
        let mut out = Vec::with_capacity(ids.len());
        for part in ids.chunks(KEYS_PER_QUERY) {
            let keys: Vec<Vec<u8>> = part.iter().map(|id| id.0.to_vec()).collect();
            let rows = rm_shipment::Entity::find().filter(rm_shipment::Column::Id.is_in(keys.clone()));
            let rows = in_order(&keys, rows.all(self.reader()).await?, |row| row.id.clone());
            out.extend(self.shipment_views(rows, &name).await?);
        }
        Ok(out)
    }

    /// One hand-over, if the member is one of its two sides.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn shipment(
        &self,
        id: ShipmentId,
        member: MemberId,
        name: impl Fn(MemberId) -> String,
    ) -> Result<Option<Shipment>, StoreError> {
        let row = rm_shipment::Entity::find_by_id(id.0.to_vec()).one(self.reader()).await?;
        let member = member.to_string();
        let rows: Vec<_> = row.into_iter().filter(|row| row.sender == member || row.receiver == member).collect();
        Ok(self.shipment_views(rows, name).await?.pop())
    }

    async fn shipment_views(
        &self,
        rows: Vec<rm_shipment::Model>,
        name: impl Fn(MemberId) -> String,
    ) -> Result<Vec<Shipment>, StoreError> {
        let ids: Vec<Vec<u8>> = rows.iter().map(|row| row.id.clone()).collect();
        let objects = rm_shipment_object::Entity::find()
            .filter(rm_shipment_object::Column::Shipment.is_in(ids.clone()))
            .order_by_asc(rm_shipment_object::Column::Idx)
            .all(self.reader())
            .await?;
        let cases = rm_shipment_case::Entity::find()
            .filter(rm_shipment_case::Column::Shipment.is_in(ids.clone()))
            .order_by_asc(rm_shipment_case::Column::Sscc)
            .all(self.reader())
            .await?;
        let remarks = rm_shipment_remark::Entity::find()
            .filter(rm_shipment_remark::Column::Shipment.is_in(ids))
            .order_by_asc(rm_shipment_remark::Column::Sscc)
            .all(self.reader())
            .await?;
        let mut labels: BTreeSet<String> = objects.iter().map(|row| row.sscc.clone()).collect();
        labels.extend(cases.iter().map(|row| row.sscc.clone()));
        let labels: Vec<String> = labels.into_iter().collect();
        let packed = Packed { levels: self.levels(&labels).await?, contents: self.contents(&labels).await? };
        rows.into_iter()
            .map(|row| {
                let objects = objects
                    .iter()
                    .filter(|object| object.shipment == row.id)
                    .map(|object| shipment_object(object, &cases, &remarks, &packed))
                    .collect::<Result<_, _>>()?;
                shipment_view(row, objects, &name)
            })
            .collect()
    }

    async fn levels(&self, labels: &[String]) -> Result<BTreeMap<String, Level>, StoreError> {
        let mut out = BTreeMap::new();
        for chunk in labels.chunks(KEYS_PER_QUERY) {
            let rows: Vec<(String, i16)> = rm_logistic::Entity::find()
                .select_only()
                .column(rm_logistic::Column::Sscc)
                .column(rm_logistic::Column::Level)
                .filter(rm_logistic::Column::Sscc.is_in(chunk.to_vec()))
                .into_tuple()
                .all(self.reader())
                .await?;
            for (label, level) in rows {
                out.insert(label, from_tag("rm_logistic", "level", level)?);
            }
        }
        Ok(out)
    }

    /// All events of some objects, each in order; at most [`EVENTS_MAX`] in all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_of(&self, objects: &[ObjectId]) -> Result<BTreeMap<ObjectId, Vec<Event>>, StoreError> {
        let mut out: BTreeMap<ObjectId, Vec<Event>> = BTreeMap::new();
        let keys: Vec<Vec<u8>> = objects.iter().map(|object| object.to_bytes()).collect();
        let mut left = EVENTS_MAX;
        for chunk in keys.chunks(KEYS_PER_QUERY) {
            let rows = rm_event::Entity::find()
                .filter(rm_event::Column::ObjectKey.is_in(chunk.to_vec()))
                .order_by_asc(rm_event::Column::ObjectKey)
                .order_by_asc(rm_event::Column::Seq)
                .limit(left)
                .all(self.reader())
                .await?;
            left = left.saturating_sub(rows.len() as u64);
            for row in rows {
                let object = ObjectId::parse(&row.object_key, 64, "object id")
                    .map_err(|error| StoreError::corrupt("rm_event", "object_key", error))?;
                out.entry(object).or_default().push(event(&row)?);
            }
        }
        Ok(out)
    }

    /// The pallets that a case's events name, with all their events.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hosts_of(&self, case: &[Event]) -> Result<BTreeMap<Sscc, Vec<Event>>, StoreError> {
        let hosts: BTreeSet<Sscc> = case.iter().filter_map(|event| event.container).collect();
        if hosts.is_empty() {
            return Ok(BTreeMap::new());
        }
        let objects: Vec<ObjectId> = hosts.iter().map(|host| ObjectId::Logistic(*host)).collect();
        let events = self.events_of(&objects).await?;
        Ok(events
            .into_iter()
            .filter_map(|(object, events)| match object {
                ObjectId::Logistic(host) => Some((host, events)),
                _ => None,
            })
            .collect())
    }

    /// The cases that hold packs of a lot, and every pallet they stand on now; at most [`CARRIERS_MAX`] cases.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn carriers_of(&self, batch: &BatchId) -> Result<Vec<Sscc>, StoreError> {
        let text = "SELECT sscc FROM rm_case_content WHERE gtin = ? AND lot = ? ORDER BY sscc LIMIT ?";
        let values = [batch.gtin.to_string().into(), batch.lot.as_bytes().to_vec().into(), int(CARRIERS_MAX).into()];
        let rows = self.reader().query_all_raw(sql(self.reader(), text, values)).await?;
        rows.iter()
            .map(|row| {
                let label: String = row.try_get("", "sscc")?;
                sscc("rm_case_content", "sscc", &label)
            })
            .collect()
    }

    /// The lots inside a case or pallet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lots_in(&self, label: Sscc) -> Result<Vec<BatchId>, StoreError> {
        let mut contents = self.contents(&[label.to_string()]).await?;
        let contents = contents.remove(label.as_str()).unwrap_or_default();
        Ok(contents.into_iter().map(|content| content.batch).collect())
    }
}

/// What is known of the labels of some shipments.
struct Packed {
    levels: BTreeMap<String, Level>,
    contents: BTreeMap<String, Vec<Contents>>,
}

impl Packed {
    fn units(&self, label: &str) -> u64 {
        self.contents.get(label).map_or(0, |contents| contents.iter().map(|content| content.units).sum())
    }
}

fn shipment_object(
    object: &rm_shipment_object::Model,
    cases: &[rm_shipment_case::Model],
    remarks: &[rm_shipment_remark::Model],
    packed: &Packed,
) -> Result<ShipmentObject, StoreError> {
    let on_it = |case: &&rm_shipment_case::Model| case.shipment == object.shipment && case.pallet == object.sscc;
    let cases: Vec<String> = cases.iter().filter(on_it).map(|case| case.sscc.clone()).collect();
    let level = packed.levels.get(&object.sscc).copied();
    let level = level.ok_or_else(|| StoreError::corrupt("rm_shipment_object", "sscc", &object.sscc))?;
    let unit_count = match level {
        Level::Case => packed.units(&object.sscc),
        // What was on it when it left; the receiver may have taken cases off since.
        Level::Pallet => cases.iter().map(|case| packed.units(case)).sum(),
    };
    let remarks = remarks
        .iter()
        .filter(|remark| remark.shipment == object.shipment)
        .filter(|remark| remark.sscc == object.sscc || cases.contains(&remark.sscc))
        .map(|remark| {
            let word = match remark.remark {
                REMARK_SHORT => "short",
                REMARK_DAMAGED => "damaged",
                other => return Err(StoreError::corrupt("rm_shipment_remark", "remark", other)),
            };
            Ok((remark.sscc.clone(), word.to_owned()))
        })
        .collect::<Result<_, _>>()?;
    Ok(ShipmentObject { sscc: object.sscc.clone(), level: level_view(level), cases, unit_count, remarks })
}

fn shipment_view(
    row: rm_shipment::Model,
    objects: Vec<ShipmentObject>,
    name: &impl Fn(MemberId) -> String,
) -> Result<Shipment, StoreError> {
    let status = shipment_word(from_tag("rm_shipment", "status", row.status)?);
    let answered = match (row.answer_tx, row.answer_height, row.answer_ms) {
        (Some(tx), Some(height), Some(ms)) => Some(evidence("rm_shipment", &tx, height, ms)?),
        _ => None,
    };
    let id = ShipmentId(super::convert::bytes("rm_shipment", "id", &row.id)?);
    Ok(Shipment {
        id: id.to_string(),
        from_name: name(gln("rm_shipment", "sender", &row.sender)?),
        to_name: name(gln("rm_shipment", "receiver", &row.receiver)?),
        from: row.sender,
        to: row.receiver,
        status: status.to_owned(),
        objects,
        due_ms: uint(row.due_ms),
        shipped: evidence("rm_shipment", &row.ship_tx, row.ship_height, row.ship_ms)?,
        answered,
    })
}

fn stock_item(row: StockRow, contents: &BTreeMap<String, Vec<Contents>>) -> Result<StockItem, StoreError> {
    let inside = contents.get(&row.sscc).map(Vec::as_slice).unwrap_or_default();
    let status = logistic_status(row.status, row.shipment.as_deref())?;
    Ok(StockItem {
        level: level_view(from_tag("rm_logistic", "level", row.level)?),
        status: status_word(status).to_owned(),
        parent: row.parent,
        content_count: u32::try_from(row.content_count)
            .map_err(|error| StoreError::corrupt("rm_logistic", "content_count", error))?,
        unit_count: inside.iter().map(|content| content.units).sum(),
        lots: inside
            .iter()
            .map(|content| LotCount {
                gtin: content.batch.gtin.to_string(),
                lot: content.batch.lot.to_string(),
                count: content.units,
            })
            .collect(),
        recalled: inside.iter().any(|content| content.recalled),
        evidence: evidence("rm_logistic", &row.last_tx, row.last_height, row.last_ms)?,
        sscc: row.sscc,
    })
}

/// The word of a status in the API.
#[must_use]
pub fn status_word(status: LogisticStatus) -> &'static str {
    match status {
        LogisticStatus::InStock => "in_stock",
        LogisticStatus::InTransit(_) => "in_transit",
        LogisticStatus::Short(_) => "short",
        LogisticStatus::Damaged => "damaged",
        LogisticStatus::Unpacked => "unpacked",
        LogisticStatus::Lost => "lost",
        LogisticStatus::Stolen => "stolen",
        LogisticStatus::Consumed => "consumed",
    }
}

/// The word of a hand-over's status in the API.
#[must_use]
pub const fn shipment_word(status: ShipmentStatus) -> &'static str {
    match status {
        ShipmentStatus::Open => "open",
        ShipmentStatus::Received => "received",
        ShipmentStatus::ReceivedInPart => "received_in_part",
        ShipmentStatus::Refused => "refused",
        ShipmentStatus::Disputed => "disputed",
        ShipmentStatus::Settled => "settled",
    }
}

const fn level_view(level: Level) -> ApiLevel {
    match level {
        Level::Case => ApiLevel::Case,
        Level::Pallet => ApiLevel::Pallet,
    }
}

pub(super) fn event(row: &rm_event::Model) -> Result<Event, StoreError> {
    Ok(Event {
        kind: from_tag("rm_event", "kind", row.kind)?,
        height: uint(row.height),
        time_ms: uint(row.time_ms),
        actor: gln("rm_event", "actor", &row.actor)?,
        peer: row.peer.as_deref().map(|peer| gln("rm_event", "peer", peer)).transpose()?,
        container: row.container.as_deref().map(|label| sscc("rm_event", "container", label)).transpose()?,
        withdraws: row
            .withdraws
            .map(|seq| u32::try_from(seq).map_err(|error| StoreError::corrupt("rm_event", "withdraws", error)))
            .transpose()?,
        tx: TxId(hash("rm_event", "tx_id", &row.tx_id)?.0),
    })
}

/// Where an event stands on the chain.
#[must_use]
pub fn evidence_of(event: &Event) -> Evidence {
    Evidence { tx_id: event.tx.to_string(), height: event.height, time_ms: event.time_ms }
}
