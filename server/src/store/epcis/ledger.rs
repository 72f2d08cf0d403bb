//! Histories of the ledger that a member may see, object by object, for answers in EPCIS.

use super::marks;
use crate::store::convert::int;
use crate::store::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, Value};
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::{Event, ObjectId};
use tracelight_proof::codec::Canonical as _;

/// Objects of one question. Their histories together stay far below what one question of events reads.
const OBJECTS_PER_QUERY: u64 = 16;
/// Keys of goods, the first and the one behind the last: lots, packs, cases and pallets, hand-overs.
const GOODS: (u8, u8) = (4, 8);
/// Cases that are looked up for one pallet.
const CASES_MAX: u64 = 2_000;

impl Store {
    /// Objects from a key on, in the order of keys, with their histories up to a height: those in whose history the member has
    /// part, or all (`None`: a regulator). `only` names the ones that are looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_histories(
        &self,
        scope: Option<MemberId>,
        from: &[u8],
        height: u64,
        only: Option<&[Vec<u8>]>,
    ) -> Result<Vec<(ObjectId, Vec<Event>)>, StoreError> {
        let from = if from.is_empty() { vec![GOODS.0] } else { from.to_vec() };
        let mut text =
            "SELECT DISTINCT object_key FROM rm_event WHERE object_key >= ? AND object_key < ? AND height <= ?"
                .to_owned();
        let mut values: Vec<Value> = vec![from.into(), vec![GOODS.1].into(), int(height).into()];
        if let Some(member) = scope {
            text.push_str(" AND (actor = ? OR peer = ?)");
            values.extend([Value::from(member.to_string()), member.to_string().into()]);
        }
        if let Some(keys) = only {
            if keys.is_empty() {
                return Ok(Vec::new());
            }
            text.push_str(&format!(" AND object_key IN ({})", marks(keys.len())));
            values.extend(keys.iter().map(|key| Value::from(key.clone())));
        }
        text.push_str(" ORDER BY object_key LIMIT ?");
        values.push(int(OBJECTS_PER_QUERY).into());
        let rows = self.reader().query_all_raw(sql(self.reader(), &text, values)).await?;
        let mut objects = Vec::with_capacity(rows.len());
        for row in rows {
            let key: Vec<u8> = row.try_get("", "object_key")?;
            let object = ObjectId::parse(&key, 64, "object id");
            objects.push(object.map_err(|error| StoreError::corrupt("rm_event", "object_key", error))?);
        }
        let mut events = self.events_of(&objects).await?;
        let with_events = |object: ObjectId| {
            let mut history = events.remove(&object).unwrap_or_default();
            history.retain(|event| event.height <= height);
            (object, history)
        };
        Ok(objects.into_iter().map(with_events).collect())
    }

    /// Keys of the cases whose histories name a pallet, at most two thousand.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_inside(&self, pallet: Sscc) -> Result<Vec<Vec<u8>>, StoreError> {
        let text = "SELECT DISTINCT object_key FROM rm_event WHERE container = ? ORDER BY object_key LIMIT ?";
        let values: [Value; 2] = [pallet.to_string().into(), int(CASES_MAX).into()];
        let rows = self.reader().query_all_raw(sql(self.reader(), text, values)).await?;
        rows.iter().map(|row| Ok(row.try_get("", "object_key")?)).collect()
    }
}

/// Objects that one report looks at, unless one block alone touches more.
const TOUCHED_MAX: u64 = 1_000;
/// Far above what the transactions of one block can touch.
const BLOCK_OBJECTS_MAX: u64 = 10_000_000;

impl Store {
    /// Objects with a line above `from` and up to a height, and that height: `to`, or less when there are too many at once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_touched(
        &self,
        scope: Option<MemberId>,
        from: u64,
        to: u64,
    ) -> Result<(Vec<Vec<u8>>, u64), StoreError> {
        let mut to = to;
        loop {
            if to <= from {
                return Ok((Vec::new(), from));
            }
            let mut text = "SELECT DISTINCT e.object_key FROM rm_tx t JOIN rm_event e ON e.tx_id = t.tx_id \
                            WHERE t.height > ? AND t.height <= ? AND t.code = 0 AND e.object_key >= ? AND e.object_key < ?"
                .to_owned();
            let mut values: Vec<Value> =
                vec![int(from).into(), int(to).into(), vec![GOODS.0].into(), vec![GOODS.1].into()];
            if let Some(member) = scope {
                text.push_str(
                    " AND EXISTS (SELECT 1 FROM rm_event own WHERE own.object_key = e.object_key \
                     AND (own.actor = ? OR own.peer = ?))",
                );
                values.extend([Value::from(member.to_string()), member.to_string().into()]);
            }
            text.push_str(" ORDER BY e.object_key LIMIT ?");
            // A single block is taken whole; a block has its own bound.
            let limit = if to - from > 1 { TOUCHED_MAX } else { BLOCK_OBJECTS_MAX };
            values.push(int(limit).into());
            let rows = self.reader().query_all_raw(sql(self.reader(), &text, values)).await?;
            if rows.len() as u64 == TOUCHED_MAX && to - from > 1 {
                to = from + (to - from) / 2;
                continue;
            }
            let keys = rows.iter().map(|row| Ok(row.try_get("", "object_key")?)).collect::<Result<_, StoreError>>()?;
            return Ok((keys, to));
        }
    }
}
