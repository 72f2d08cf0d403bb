//! What the graph of a lot is made of: lots with their lineages, what was packed of them, and the hand-overs of their cases.
//!
//! Every question is asked for a list of lots at once, in parts of [`KEYS_PER_QUERY`], and what comes back is added up by the
//! database: its size goes with the lots and their hand-overs, not with their packs.

use super::convert::{batch_id, bytes, date, from_tag, gln, hash, sscc, uint};
use super::entity::{rm_object, rm_shipment};
use super::projection::REMARK_SHORT;
use super::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use sea_orm::prelude::*;
use sea_orm::{FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::ids::{BatchId, MemberId, ShipmentId, TxId};
use tracelight_domain::state::{LogisticStatus, ObjectId, ObjectState, StateBody};
use tracelight_domain::trace::{
    Bounds, Carried, Direction, HandOver, Journeys, LotRead, Packed, Sight, Told, Used, Walk, Walked,
};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::VALUE_BYTES_MAX;

/// Cases of one pallet and lot are one answer.
pub(in crate::store) const PALLET_GROUP: &str = " GROUP BY c.gtin, c.lot, s.shipment, s.pallet";

/// The graph of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotGraph {
    /// Lots and links.
    pub walked: Walked,
    /// Quantities, hand-overs, gaps.
    pub told: Told,
    /// BFT time of the newest block that it rests on; 0 before the first.
    pub as_of_ms: u64,
}

#[derive(FromQueryResult)]
struct LotRow {
    gtin: String,
    lot: Vec<u8>,
    maker: String,
    made_on: String,
    expires_on: String,
    recalled: Option<i16>,
    unit_count: Option<i64>,
    reg_tx: Vec<u8>,
    name_en: Option<String>,
    name_zh: Option<String>,
}

#[derive(FromQueryResult)]
struct PackedRow {
    gtin: String,
    lot: Vec<u8>,
    used_by: Option<Vec<u8>>,
    cases: i64,
    units: i64,
}

#[derive(FromQueryResult)]
struct CarriedRow {
    gtin: String,
    lot: Vec<u8>,
    shipment: Vec<u8>,
    object: String,
    cases: i64,
    units: i64,
    short_cases: i64,
    short_units: i64,
}

#[derive(FromQueryResult)]
struct WithdrawnRow {
    object_key: Vec<u8>,
    tx_id: Vec<u8>,
}

impl Store {
    /// The graph of a lot, as far as it is told; `None` when the lot is not registered, or is told nothing of.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lot_graph(
        &self,
        asked: &BatchId,
        direction: Direction,
        sight: Sight,
        bounds: Bounds,
    ) -> Result<Option<LotGraph>, StoreError> {
        // The time first: what is read later is not older.
        let as_of_ms = self.marker().await?.map_or(0, |marker| marker.position.time_ms);
        let mut walk = Walk::new(asked.clone(), direction, sight, bounds);
        while let Some(wanted) = walk.wanted() {
            let found = self.lots_read(&wanted).await?;
            walk.take(wanted, found);
        }
        let Some(walked) = walk.finish() else { return Ok(None) };
        let in_full = walked.nodes.iter().filter(|node| node.in_full).map(|node| node.id.clone());
        let lots: Vec<BatchId> = in_full.collect();
        let (packed, journeys) = tokio::try_join!(self.packed(&lots), self.journeys(&lots))?;
        let told = Told::of(&walked, &packed, &journeys, as_of_ms);
        Ok(Some(LotGraph { walked, told, as_of_ms }))
    }

    /// Lots that any of these went into, without themselves, and whether a bound was met. A member is told what it can know: its own
    /// lots that were made from one of these, and what became of them as its graphs tell.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lots_made_from(
        &self,
        lots: &[BatchId],
        member: Option<MemberId>,
    ) -> Result<(BTreeSet<BatchId>, bool), StoreError> {
        let (mut out, mut cut) = (BTreeSet::new(), false);
        let (sight, starts) = match member {
            None => (Sight::All, lots.to_vec()),
            Some(member) => {
                let used: BTreeSet<BatchId> =
                    self.lots_read(lots).await?.into_values().flat_map(|lot| lot.made_into).collect();
                let used = self.lots_read(&used.into_iter().collect::<Vec<_>>()).await?;
                let own = used.into_iter().filter(|(_, lot)| lot.maker == member).map(|(id, _)| id);
                let own: Vec<BatchId> = own.collect();
                out.extend(own.iter().cloned());
                (Sight::Of(member), own)
            }
        };
        for start in starts {
            let mut walk = Walk::new(start, Direction::Forward, sight, Bounds::GRAPH);
            while let Some(wanted) = walk.wanted() {
                let found = self.lots_read(&wanted).await?;
                walk.take(wanted, found);
            }
            if let Some(walked) = walk.finish() {
                cut |= !walked.cut.is_empty();
                out.extend(walked.nodes.into_iter().filter(|node| node.distance > 0).map(|node| node.id));
            }
        }
        Ok((out, cut))
    }

    /// Lots with what they were made from and into; one that is not registered is not among them.
    pub(in crate::store) async fn lots_read(&self, lots: &[BatchId]) -> Result<BTreeMap<BatchId, LotRead>, StoreError> {
        let (mut out, lineages, withdrawn) =
            tokio::try_join!(self.lot_rows(lots), self.lineages(lots), self.withdrawn_makings(lots))?;
        for (id, (from, into)) in lineages {
            if let Some(lot) = out.get_mut(&id) {
                (lot.made_from, lot.made_into) = (from, into);
            }
        }
        for (object, tx) in withdrawn {
            if let ObjectId::Batch(id) | ObjectId::Lineage(id) = object
                && let Some(lot) = out.get_mut(&id)
            {
                lot.withdrawn.insert(tx);
            }
        }
        Ok(out)
    }

    async fn withdrawn_makings(&self, lots: &[BatchId]) -> Result<BTreeSet<(ObjectId, TxId)>, StoreError> {
        let objects = lots.iter().flat_map(|id| [ObjectId::Batch(id.clone()), ObjectId::Lineage(id.clone())]);
        self.withdrawn(objects).await
    }

    async fn lot_rows(&self, lots: &[BatchId]) -> Result<BTreeMap<BatchId, LotRead>, StoreError> {
        let mut out = BTreeMap::new();
        for part in lots.chunks(KEYS_PER_QUERY) {
            let (named, values) = named("b", part);
            let text = format!(
                "SELECT b.gtin, b.lot, b.maker, b.made_on, b.expires_on, b.recalled, b.unit_count, b.reg_tx, \
                 p.name_en, p.name_zh FROM rm_batch b LEFT JOIN rm_product p ON p.gtin = b.gtin WHERE {named}"
            );
            let rows = LotRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            for row in rows {
                out.insert(batch_id("rm_batch", &row.gtin, &row.lot)?, lot_read(row)?);
            }
        }
        Ok(out)
    }

    async fn lineages(&self, lots: &[BatchId]) -> Result<BTreeMap<BatchId, (Vec<BatchId>, Vec<BatchId>)>, StoreError> {
        let mut out = BTreeMap::new();
        for part in lots.chunks(KEYS_PER_QUERY) {
            let keys = part.iter().map(|id| ObjectId::Lineage(id.clone()).to_bytes());
            let rows = rm_object::Entity::find().filter(rm_object::Column::ObjectKey.is_in(keys)).all(self.reader());
            for row in rows.await? {
                let corrupt = |column| move |error| StoreError::corrupt("rm_object", column, error);
                let id = ObjectId::parse(&row.object_key, 64, "object id").map_err(corrupt("object_key"))?;
                let state = ObjectState::parse(&row.state, VALUE_BYTES_MAX, "state").map_err(corrupt("state"))?;
                if let (ObjectId::Lineage(id), StateBody::Lineage { made_from, made_into }) = (id, state.body) {
                    out.insert(id, (made_from, made_into));
                }
            }
        }
        Ok(out)
    }

    /// Events in these histories that were withdrawn, by their transactions.
    pub(in crate::store) async fn withdrawn(
        &self,
        objects: impl Iterator<Item = ObjectId>,
    ) -> Result<BTreeSet<(ObjectId, TxId)>, StoreError> {
        const TABLE: &str = "rm_event";
        let keys: Vec<Vec<u8>> = objects.map(|object| object.to_bytes()).collect();
        let mut out = BTreeSet::new();
        for part in keys.chunks(KEYS_PER_QUERY) {
            // A withdrawal names a position; rows count from 1.
            let text = format!(
                "SELECT e.object_key, e.tx_id FROM rm_event w \
                 JOIN rm_event e ON e.object_key = w.object_key AND e.seq = w.withdraws + 1 \
                 WHERE w.object_key IN ({}) AND w.withdraws IS NOT NULL",
                marks(part.len())
            );
            let statement = sql(self.reader(), &text, part.iter().map(|key| key.clone().into()));
            for row in WithdrawnRow::find_by_statement(statement).all(self.reader()).await? {
                let object = ObjectId::parse(&row.object_key, 64, "object id")
                    .map_err(|error| StoreError::corrupt(TABLE, "object_key", error))?;
                out.insert((object, tx(TABLE, "tx_id", &row.tx_id)?));
            }
        }
        Ok(out)
    }

    /// What was packed of each lot, and what of that was used up by which transaction. A case whose history was corrected after
    /// it was used up is told as packed alone.
    pub(in crate::store) async fn packed(&self, lots: &[BatchId]) -> Result<BTreeMap<BatchId, Packed>, StoreError> {
        const TABLE: &str = "rm_case_content";
        let consumed = super::convert::tag(&LogisticStatus::Consumed);
        let int = self.int_type();
        let mut out: BTreeMap<BatchId, Packed> = BTreeMap::new();
        for part in lots.chunks(KEYS_PER_QUERY) {
            let (named, values) = named("c", part);
            let text = format!(
                "SELECT c.gtin, c.lot, CASE WHEN l.status = {consumed} THEN l.last_tx END AS used_by, \
                 COUNT(*) AS cases, CAST(SUM(c.units) AS {int}) AS units \
                 FROM rm_case_content c JOIN rm_logistic l ON l.sscc = c.sscc WHERE {named} \
                 GROUP BY c.gtin, c.lot, CASE WHEN l.status = {consumed} THEN l.last_tx END"
            );
            let rows = PackedRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            for row in rows {
                let packed = out.entry(batch_id(TABLE, &row.gtin, &row.lot)?).or_default();
                let some = Used { cases: uint(row.cases), units: uint(row.units) };
                packed.all.cases += some.cases;
                packed.all.units += some.units;
                if let Some(by) = row.used_by {
                    packed.used.insert(tx("rm_logistic", "last_tx", &by)?, some);
                }
            }
        }
        Ok(out)
    }

    /// The hand-overs of lots, by the case or pallet that was shipped.
    async fn journeys(&self, lots: &[BatchId]) -> Result<Journeys, StoreError> {
        let (mut carried, on_pallets) = tokio::try_join!(self.carried_alone(lots), self.carried_on_pallets(lots))?;
        carried.extend(on_pallets);
        let ids: BTreeSet<ShipmentId> = carried.iter().map(|one| one.shipment).collect();
        let ids: Vec<ShipmentId> = ids.into_iter().collect();
        let shipped = carried.iter().map(|one| one.object).collect::<BTreeSet<_>>().into_iter().map(ObjectId::Logistic);
        let objects = ids.iter().map(|id| ObjectId::Shipment(*id)).chain(shipped);
        let (hand_overs, withdrawn) = tokio::try_join!(self.hand_overs(&ids), self.withdrawn(objects))?;
        Ok(Journeys { carried, hand_overs, withdrawn })
    }

    /// Cases that were shipped by themselves.
    async fn carried_alone(&self, lots: &[BatchId]) -> Result<Vec<Carried>, StoreError> {
        self.carried(lots, &Self::shipped_alone(), "").await
    }

    /// The question for cases that were shipped by themselves, up to its condition.
    pub(in crate::store) fn shipped_alone() -> String {
        let short = format!("CASE WHEN r.remark = {REMARK_SHORT} THEN");
        format!(
            "SELECT c.gtin, c.lot, o.shipment, o.sscc AS object, 1 AS cases, c.units, \
             {short} 1 ELSE 0 END AS short_cases, {short} c.units ELSE 0 END AS short_units \
             FROM rm_case_content c JOIN rm_shipment_object o ON o.sscc = c.sscc \
             LEFT JOIN rm_shipment_remark r ON r.shipment = o.shipment AND r.sscc = o.sscc WHERE "
        )
    }

    /// Cases that stood on a shipped pallet. When the pallet did not arrive, none of them did.
    async fn carried_on_pallets(&self, lots: &[BatchId]) -> Result<Vec<Carried>, StoreError> {
        self.carried(lots, &self.shipped_on_pallets(), PALLET_GROUP).await
    }

    /// The question for cases on pallets, up to its condition; [`PALLET_GROUP`] stands behind that.
    pub(in crate::store) fn shipped_on_pallets(&self) -> String {
        let int = self.int_type();
        let short = format!("CASE WHEN r.remark = {REMARK_SHORT} OR p.remark = {REMARK_SHORT} THEN");
        format!(
            "SELECT c.gtin, c.lot, s.shipment, s.pallet AS object, COUNT(*) AS cases, \
             CAST(SUM(c.units) AS {int}) AS units, CAST(SUM({short} 1 ELSE 0 END) AS {int}) AS short_cases, \
             CAST(SUM({short} c.units ELSE 0 END) AS {int}) AS short_units \
             FROM rm_case_content c JOIN rm_shipment_case s ON s.sscc = c.sscc \
             LEFT JOIN rm_shipment_remark r ON r.shipment = s.shipment AND r.sscc = s.sscc \
             LEFT JOIN rm_shipment_remark p ON p.shipment = s.shipment AND p.sscc = s.pallet WHERE "
        )
    }

    async fn carried(&self, lots: &[BatchId], select: &str, group: &str) -> Result<Vec<Carried>, StoreError> {
        let mut out = Vec::new();
        for part in lots.chunks(KEYS_PER_QUERY) {
            let (named, values) = named("c", part);
            out.extend(self.carried_by(&format!("{select}{named}{group}"), values).await?);
        }
        Ok(out)
    }

    /// The answer to such a question.
    pub(in crate::store) async fn carried_by(
        &self,
        text: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Carried>, StoreError> {
        const TABLE: &str = "rm_shipment_object";
        let rows = CarriedRow::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?;
        let one = |row: CarriedRow| {
            Ok(Carried {
                lot: batch_id("rm_case_content", &row.gtin, &row.lot)?,
                shipment: ShipmentId(bytes(TABLE, "shipment", &row.shipment)?),
                object: sscc(TABLE, "sscc", &row.object)?,
                shipped: Used { cases: uint(row.cases), units: uint(row.units) },
                short: Used { cases: uint(row.short_cases), units: uint(row.short_units) },
            })
        };
        rows.into_iter().map(one).collect()
    }

    async fn hand_overs(&self, ids: &[ShipmentId]) -> Result<BTreeMap<ShipmentId, HandOver>, StoreError> {
        let mut out = BTreeMap::new();
        for part in ids.chunks(KEYS_PER_QUERY) {
            let keys = part.iter().map(|id| id.0.to_vec());
            let rows = rm_shipment::Entity::find().filter(rm_shipment::Column::Id.is_in(keys)).all(self.reader());
            for row in rows.await? {
                out.insert(ShipmentId(bytes("rm_shipment", "id", &row.id)?), hand_over(&row)?);
            }
        }
        Ok(out)
    }
}

/// A condition that names these lots of a table, and its values: `(t.gtin = ? AND t.lot IN (?, ?)) OR …`.
pub(in crate::store) fn named(table: &str, lots: &[BatchId]) -> (String, Vec<Value>) {
    let mut by_gtin: BTreeMap<Gtin, Vec<&BatchId>> = BTreeMap::new();
    for id in lots {
        by_gtin.entry(id.gtin).or_default().push(id);
    }
    let mut values: Vec<Value> = Vec::with_capacity(lots.len() + by_gtin.len());
    let parts: Vec<String> = by_gtin
        .into_iter()
        .map(|(gtin, lots)| {
            values.push(gtin.to_string().into());
            values.extend(lots.iter().map(|id| id.lot.as_bytes().to_vec().into()));
            format!("({table}.gtin = ? AND {table}.lot IN ({}))", marks(lots.len()))
        })
        .collect();
    (format!("({})", parts.join(" OR ")), values)
}

fn tx(table: &'static str, column: &'static str, value: &[u8]) -> Result<TxId, StoreError> {
    Ok(TxId(hash(table, column, value)?.0))
}

fn lot_read(row: LotRow) -> Result<LotRead, StoreError> {
    const TABLE: &str = "rm_batch";
    Ok(LotRead {
        maker: gln(TABLE, "maker", &row.maker)?,
        product: (row.name_en.unwrap_or_default(), row.name_zh.unwrap_or_default()),
        made_on: date(TABLE, "made_on", &row.made_on)?,
        expires_on: date(TABLE, "expires_on", &row.expires_on)?,
        recalled: row.recalled.map(|class| from_tag(TABLE, "recalled", class)).transpose()?,
        sealed: row.unit_count.map(uint),
        made_by: tx(TABLE, "reg_tx", &row.reg_tx)?,
        made_from: Vec::new(),
        made_into: Vec::new(),
        withdrawn: BTreeSet::new(),
    })
}

pub(in crate::store) fn hand_over(row: &rm_shipment::Model) -> Result<HandOver, StoreError> {
    const TABLE: &str = "rm_shipment";
    let answered = match (&row.answer_tx, row.answer_ms) {
        (Some(by), Some(ms)) => Some((tx(TABLE, "answer_tx", by)?, uint(ms))),
        _ => None,
    };
    Ok(HandOver {
        from: gln(TABLE, "sender", &row.sender)?,
        to: gln(TABLE, "receiver", &row.receiver)?,
        status: from_tag(TABLE, "status", row.status)?,
        due_ms: uint(row.due_ms),
        shipped: (tx(TABLE, "ship_tx", &row.ship_tx)?, uint(row.ship_ms)),
        answered,
    })
}
