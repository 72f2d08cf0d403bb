//! What the FSMA 204 spreadsheet is made of: lots of food with their makings, and hand-overs lot by lot.
//!
//! Read in parts of [`KEYS_PER_QUERY`], and bounded before it is read: [`Fsma204Records::cut`] says that a bound was met, and then
//! nothing else counts. Lots that are named only because they were shipped or went into another are read too: who made them is the
//! source of their code.

use super::convert::{bytes, from_tag, int, tag};
use super::entity::{rm_product, rm_shipment};
use super::lineage::{PALLET_GROUP, hand_over};
use super::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use sea_orm::prelude::*;
use sea_orm::{FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::gs1::{Date, Gtin, Lot};
use tracelight_domain::ids::{BatchId, MemberId, ShipmentId, TxId};
use tracelight_domain::state::{EventKind, ObjectId, ShipmentStatus};
use tracelight_domain::trace::{Carried, HandOver, LotRead, Packed};
use tracelight_domain::tx::ProductKind;

/// Whose records of what, and when. Dates are narrowed here as far as the database can; the export itself is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fsma204Scope {
    /// Records of this member; of everybody when absent.
    pub member: Option<MemberId>,
    /// Records of this food.
    pub gtin: Option<Gtin>,
    /// Records of this lot of it.
    pub lot: Option<Lot>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// Hand-overs and lots that are read at most, each.
    pub rows_max: usize,
}

/// A lot with what is said of its product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnLot {
    /// The lot.
    pub read: LotRead,
    /// Strength and pack size, as registered.
    pub detail: String,
    /// It is a lot of food.
    pub is_food: bool,
}

/// Packs of one lot in one hand-over. What was declared an error is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The hand-over.
    pub shipment: ShipmentId,
    /// The lot.
    pub lot: BatchId,
    /// From whom to whom, and when; an answer that was withdrawn is absent.
    pub hand_over: HandOver,
    /// Packs that were shipped.
    pub shipped: u64,
    /// Packs of these that the receiver says it has; `None` when there is no receipt.
    pub received: Option<u64>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fsma204Records {
    /// BFT time of the newest block that it rests on; 0 before the first.
    pub as_of_ms: u64,
    /// Lots that are named anywhere here.
    pub lots: BTreeMap<BatchId, OwnLot>,
    /// What went into something else, by the lot that was used up and the transaction that did it.
    pub packed: BTreeMap<BatchId, Packed>,
    /// Hand-overs, in the order of their ids and lots.
    pub moved: Vec<Moved>,
    /// A bound was met: it is not all that was asked for.
    pub cut: bool,
}

#[derive(FromQueryResult)]
struct LotKey {
    gtin: String,
    lot: Vec<u8>,
}

/// Conditions of a question with their values.
#[derive(Default)]
struct Conditions(String, Vec<Value>);

impl Conditions {
    fn and(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        self.0.push_str(" AND ");
        self.0.push_str(text);
        self.1.extend(values);
    }
}

const DAY_MS: i64 = 86_400_000;

impl Fsma204Scope {
    /// What is asked of a case's contents: food, and the GTIN and lot that are selected.
    fn contents(&self, table: &str) -> Conditions {
        let food = tag(&ProductKind::Food);
        let mut out = Conditions::default();
        out.and(&format!("{table}.gtin IN (SELECT gtin FROM rm_product WHERE kind = {food})"), []);
        if let Some(gtin) = self.gtin {
            out.and(&format!("{table}.gtin = ?"), [gtin.to_string().into()]);
        }
        if let Some(lot) = &self.lot {
            out.and(&format!("{table}.lot = ?"), [lot.as_bytes().to_vec().into()]);
        }
        out
    }

    /// The time of block, widened by a day each way: the zone of the dates is not known here.
    fn times(&self, column: &str) -> Conditions {
        let mut out = Conditions::default();
        if let Some(from) = self.from {
            let first = Date::new(from.year(), from.month(), from.day().max(1)).unwrap_or(from);
            out.and(&format!("{column} >= ?"), [((first.to_days() - 1) * DAY_MS).into()]);
        }
        if let Some(to) = self.to {
            out.and(&format!("{column} < ?"), [((to.to_days() + 2) * DAY_MS).into()]);
        }
        out
    }
}

impl Store {
    /// Reads what a spreadsheet is made of.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fsma204(&self, scope: &Fsma204Scope) -> Result<Fsma204Records, StoreError> {
        // The time first: what is read later is not older.
        let as_of_ms = self.marker().await?.map_or(0, |marker| marker.position.time_ms);
        let cut = || Fsma204Records { as_of_ms, cut: true, ..Fsma204Records::default() };
        let hand_overs = self.fsma204_hand_overs(scope).await?;
        let mut wanted = self.fsma204_lots(scope).await?;
        if hand_overs.len() > scope.rows_max || wanted.len() > scope.rows_max {
            return Ok(cut());
        }
        let Some(moved) = self.fsma204_moved(scope, hand_overs).await? else { return Ok(cut()) };
        wanted.extend(moved.iter().map(|moved| moved.lot.clone()));
        let mut lots = BTreeMap::new();
        let mut next: Vec<BatchId> = wanted.into_iter().collect();
        // The lots themselves; what they were made into, when one is selected, which uses it; what all these were made from.
        let steps = if scope.gtin.is_some() { 3 } else { 2 };
        for step in 0..steps {
            let read = self.lots_read(&next).await?;
            let into = step == 0 && scope.gtin.is_some();
            let linked = |lot: &LotRead| if into { lot.made_into.clone() } else { lot.made_from.clone() };
            let mut found: BTreeSet<BatchId> = read.values().flat_map(linked).collect();
            if step > 0 && step + 1 < steps {
                found.extend(lots.values().flat_map(|lot: &LotRead| lot.made_from.clone()));
            }
            lots.extend(read);
            next = found.into_iter().filter(|lot| !lots.contains_key(lot)).collect();
            if lots.len() + next.len() > scope.rows_max.saturating_mul(2) {
                return Ok(cut());
            }
        }
        let inputs: BTreeSet<BatchId> = lots.values().flat_map(|lot| lot.made_from.clone()).collect();
        let packed = self.packed(&inputs.into_iter().collect::<Vec<_>>()).await?;
        let lots = self.with_products(lots).await?;
        Ok(Fsma204Records { as_of_ms, lots, packed, moved, cut: false })
    }

    /// Own lots of the selection, one more than the bound at most.
    async fn fsma204_lots(&self, scope: &Fsma204Scope) -> Result<BTreeSet<BatchId>, StoreError> {
        let mut conditions = scope.contents("b");
        if let Some(member) = scope.member {
            conditions.and("b.maker = ?", [member.to_string().into()]);
        }
        // A lot that is selected is wanted whatever its date: what was made of it may lie within the dates.
        if scope.gtin.is_none() {
            if let Some(from) = scope.from {
                conditions.and("b.made_on >= ?", [format!("{:04}-{:02}", from.year(), from.month()).into()]);
            }
            if let Some(to) = scope.to {
                conditions.and("b.made_on <= ?", [to.last_day().to_string().into()]);
            }
        }
        let Conditions(text, mut values) = conditions;
        values.push(int(scope.rows_max as u64 + 1).into());
        let text = format!("SELECT b.gtin, b.lot FROM rm_batch b WHERE 1 = 1{text} ORDER BY b.gtin, b.lot LIMIT ?");
        let rows = LotKey::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(|row| super::convert::batch_id("rm_batch", &row.gtin, &row.lot)).collect()
    }

    /// Hand-overs of the selection, one more than the bound at most.
    async fn fsma204_hand_overs(&self, scope: &Fsma204Scope) -> Result<BTreeMap<ShipmentId, HandOver>, StoreError> {
        let mut all = Conditions::default();
        if let Some(member) = scope.member {
            all.and("(h.sender = ? OR h.receiver = ?)", [member.to_string().into(), member.to_string().into()]);
        }
        let (shipped, answered) = (scope.times("h.ship_ms"), scope.times("h.answer_ms"));
        let times = format!("((1 = 1{}) OR (h.answer_ms IS NOT NULL{}))", shipped.0, answered.0);
        all.and(&times, shipped.1.into_iter().chain(answered.1));
        let contents = scope.contents("c");
        let carried = |table: &str| {
            format!(
                "EXISTS (SELECT 1 FROM {table} o JOIN rm_case_content c ON c.sscc = o.sscc WHERE o.shipment = h.id{})",
                contents.0
            )
        };
        let either = format!("({} OR {})", carried("rm_shipment_object"), carried("rm_shipment_case"));
        all.and(&either, contents.1.iter().chain(&contents.1).cloned());
        let Conditions(text, mut values) = all;
        values.push(int(scope.rows_max as u64 + 1).into());
        let text = format!("SELECT h.* FROM rm_shipment h WHERE 1 = 1{text} ORDER BY h.id LIMIT ?");
        let rows = rm_shipment::Model::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.iter().map(|row| Ok((ShipmentId(bytes("rm_shipment", "id", &row.id)?), hand_over(row)?))).collect()
    }

    /// The lots of hand-overs; `None` when there are more than the bound.
    async fn fsma204_moved(
        &self,
        scope: &Fsma204Scope,
        hand_overs: BTreeMap<ShipmentId, HandOver>,
    ) -> Result<Option<Vec<Moved>>, StoreError> {
        let contents = scope.contents("c");
        let ids: Vec<ShipmentId> = hand_overs.keys().copied().collect();
        let mut carried: Vec<Carried> = Vec::new();
        for part in ids.chunks(KEYS_PER_QUERY) {
            let of = |table: &str| format!("{table}.shipment IN ({}){}", marks(part.len()), contents.0);
            let values =
                || part.iter().map(|id| Value::from(id.0.to_vec())).chain(contents.1.iter().cloned()).collect();
            carried.extend(self.carried_by(&format!("{}{}", Self::shipped_alone(), of("o")), values()).await?);
            let on_pallets = format!("{}{}{PALLET_GROUP}", self.shipped_on_pallets(), of("s"));
            carried.extend(self.carried_by(&on_pallets, values()).await?);
            // A line is of a case or pallet, and a row adds up many of them.
            if carried.len() > scope.rows_max.saturating_mul(10) {
                return Ok(None);
            }
        }
        let objects: BTreeSet<ObjectId> =
            carried.iter().flat_map(|one| [ObjectId::Shipment(one.shipment), ObjectId::Logistic(one.object)]).collect();
        let withdrawn = self.withdrawn(objects.into_iter()).await?;
        let receipts = self.fsma204_receipts(&hand_overs).await?;
        let moved = added_up(&carried, &hand_overs, &withdrawn, &receipts);
        Ok((moved.len() <= scope.rows_max).then_some(moved))
    }

    /// Hand-overs whose answer is a receipt. Of one that was disputed afterwards only its history says what the answer was.
    async fn fsma204_receipts(
        &self,
        hand_overs: &BTreeMap<ShipmentId, HandOver>,
    ) -> Result<BTreeSet<ShipmentId>, StoreError> {
        let (mut receipts, mut unsure) = (BTreeSet::new(), Vec::new());
        for (id, hand_over) in hand_overs.iter().filter(|(_, hand_over)| hand_over.answered.is_some()) {
            match hand_over.status {
                ShipmentStatus::Received | ShipmentStatus::ReceivedInPart => {
                    receipts.insert(*id);
                }
                ShipmentStatus::Disputed | ShipmentStatus::Settled => unsure.push(ObjectId::Shipment(*id)),
                ShipmentStatus::Open | ShipmentStatus::Refused => {}
            }
        }
        for part in unsure.chunks(KEYS_PER_QUERY) {
            for (object, events) in self.events_of(part).await? {
                let ObjectId::Shipment(id) = object else { continue };
                if events.iter().any(|event| matches!(event.kind, EventKind::Received | EventKind::ReceivedDamaged)) {
                    receipts.insert(id);
                }
            }
        }
        Ok(receipts)
    }

    async fn with_products(&self, lots: BTreeMap<BatchId, LotRead>) -> Result<BTreeMap<BatchId, OwnLot>, StoreError> {
        let gtins: BTreeSet<String> = lots.keys().map(|id| id.gtin.to_string()).collect();
        let gtins: Vec<String> = gtins.into_iter().collect();
        let mut details = BTreeMap::new();
        for part in gtins.chunks(KEYS_PER_QUERY) {
            let rows = rm_product::Entity::find().filter(rm_product::Column::Gtin.is_in(part.to_vec()));
            for row in rows.all(self.reader()).await? {
                let kind: ProductKind = from_tag("rm_product", "kind", row.kind)?;
                details.insert(row.gtin, (row.detail, kind == ProductKind::Food));
            }
        }
        let with = |(id, read): (BatchId, LotRead)| {
            let (detail, is_food) = details.get(&id.gtin.to_string()).cloned().unwrap_or_default();
            (id, OwnLot { read, detail, is_food })
        };
        Ok(lots.into_iter().map(with).collect())
    }
}

/// Packs by hand-over and lot, without what was withdrawn.
fn added_up(
    carried: &[Carried],
    hand_overs: &BTreeMap<ShipmentId, HandOver>,
    withdrawn: &BTreeSet<(ObjectId, TxId)>,
    receipts: &BTreeSet<ShipmentId>,
) -> Vec<Moved> {
    let mut out: BTreeMap<(ShipmentId, BatchId), Moved> = BTreeMap::new();
    for one in carried {
        let Some(hand_over) = hand_overs.get(&one.shipment) else { continue };
        let gone = |tx: TxId| {
            withdrawn.contains(&(ObjectId::Shipment(one.shipment), tx))
                || withdrawn.contains(&(ObjectId::Logistic(one.object), tx))
        };
        if gone(hand_over.shipped.0) {
            continue;
        }
        let answered = hand_over.answered.filter(|(tx, _)| !gone(*tx));
        let has = answered
            .filter(|_| receipts.contains(&one.shipment))
            .map(|_| one.shipped.units.saturating_sub(one.short.units));
        let new = Moved {
            shipment: one.shipment,
            lot: one.lot.clone(),
            hand_over: HandOver { answered: None, ..hand_over.clone() },
            shipped: 0,
            received: None,
        };
        let sum = out.entry((one.shipment, one.lot.clone())).or_insert(new);
        sum.shipped = sum.shipped.saturating_add(one.shipped.units);
        if let Some(units) = has {
            sum.received = Some(sum.received.unwrap_or(0).saturating_add(units));
            sum.hand_over.answered = answered;
        }
    }
    out.into_values().collect()
}
