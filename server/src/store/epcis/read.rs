//! Events and lists of what they name.

use super::{Kind, marks, value_key};
use crate::store::convert::{int, uint};
use crate::store::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Value};
use tracelight_domain::ids::MemberId;

/// Entries of one question.
pub const EVENTS_PER_QUERY: u64 = 500;

/// What an index can say about the events of a question. Empty: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// An event has to name one of the values of each.
    pub names: Vec<(Kind, Vec<String>)>,
    /// Its id (SHA-256 of the comparable form) has to be one of these.
    pub id_keys: Option<Vec<[u8; 32]>>,
    /// It happened at or after this, milliseconds.
    pub event_from_ms: Option<i64>,
    /// It happened at or before this, milliseconds.
    pub event_to_ms: Option<i64>,
    /// It was recorded at or after this, milliseconds.
    pub record_from_ms: Option<i64>,
    /// It was recorded at or before this, milliseconds.
    pub record_to_ms: Option<i64>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct EventRow {
    /// Its number.
    pub seq: i64,
    /// JSON-LD.
    pub body: Vec<u8>,
}

/// Something that events name.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Resource {
    /// The first entry that names it.
    pub first_seq: i64,
    /// Its key.
    pub value_key: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
}

impl Narrow {
    /// The conditions behind `WHERE member = ?`, with their values.
    fn conditions(&self, member: MemberId) -> (String, Vec<Value>) {
        let (mut text, mut values) = (String::new(), Vec::new());
        for (kind, names) in &self.names {
            text.push_str(&format!(
                " AND seq IN (SELECT seq FROM epcis_index WHERE member = ? AND kind = ? AND value_key IN ({}))",
                marks(names.len())
            ));
            values.extend([Value::from(member.to_string()), (*kind as i16).into()]);
            values.extend(names.iter().map(|name| Value::from(value_key(name).to_vec())));
        }
        if let Some(keys) = &self.id_keys {
            text.push_str(&format!(" AND id_key IN ({})", marks(keys.len())));
            values.extend(keys.iter().map(|key| Value::from(key.to_vec())));
        }
        let bounds = [
            ("event_ms >= ?", self.event_from_ms),
            ("event_ms <= ?", self.event_to_ms),
            ("record_ms >= ?", self.record_from_ms),
            ("record_ms <= ?", self.record_to_ms),
        ];
        for (condition, bound) in bounds {
            if let Some(bound) = bound {
                text.push_str(&format!(" AND {condition}"));
                values.push(bound.into());
            }
        }
        (text, values)
    }
}

impl Store {
    /// Entries of a member's log in `from..end` that may belong to an answer, at most [`EVENTS_PER_QUERY`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_events(
        &self,
        member: MemberId,
        from: u64,
        end: u64,
        narrow: &Narrow,
    ) -> Result<Vec<EventRow>, StoreError> {
        let (conditions, more) = narrow.conditions(member);
        let text = format!(
            "SELECT seq, body FROM epcis_event WHERE member = ? AND seq >= ? AND seq < ?{conditions} ORDER BY seq LIMIT ?"
        );
        let mut values: Vec<Value> = vec![member.to_string().into(), int(from).into(), int(end).into()];
        values.extend(more);
        values.push(int(EVENTS_PER_QUERY).into());
        Ok(EventRow::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?)
    }

    /// Entries of a member's log with an event hash, oldest first, at most ten. The hash finds an event whatever its id is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_events_of_hash(&self, member: MemberId, hash: &[u8; 32]) -> Result<Vec<EventRow>, StoreError> {
        let text = "SELECT seq, body FROM epcis_event WHERE member = ? AND event_hash = ? ORDER BY seq LIMIT 10";
        let values: [Value; 2] = [member.to_string().into(), hash.to_vec().into()];
        Ok(EventRow::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?)
    }

    /// Entries of a member's log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_size(&self, member: MemberId) -> Result<u64, StoreError> {
        let text = "SELECT COALESCE(MAX(seq) + 1, 0) AS size FROM epcis_event WHERE member = ?";
        let row = self.reader().query_one_raw(sql(self.reader(), text, [member.to_string().into()])).await?;
        let size: i64 = row.map_or(Ok(0), |row| row.try_get("", "size"))?;
        Ok(uint(size))
    }

    /// What a member's events name of one kind, in the order in which it was first named, behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_resources(
        &self,
        member: MemberId,
        kind: Kind,
        after: Option<(i64, Vec<u8>)>,
        limit: u64,
    ) -> Result<Vec<Resource>, StoreError> {
        let (first, key) = after.unwrap_or((-1, Vec::new()));
        let text = "SELECT first_seq, value_key, value FROM epcis_resource WHERE member = ? AND kind = ? \
                    AND (first_seq > ? OR (first_seq = ? AND value_key > ?)) ORDER BY first_seq, value_key LIMIT ?";
        let values: [Value; 6] = [
            member.to_string().into(),
            (kind as i16).into(),
            first.into(),
            first.into(),
            key.into(),
            int(limit).into(),
        ];
        Ok(Resource::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?)
    }

    /// Do a member's events name this?
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_names(&self, member: MemberId, kind: Kind, value: &str) -> Result<bool, StoreError> {
        let text = "SELECT first_seq FROM epcis_resource WHERE member = ? AND kind = ? AND value_key = ?";
        let values: [Value; 3] = [member.to_string().into(), (kind as i16).into(), value_key(value).to_vec().into()];
        Ok(self.reader().query_one_raw(sql(self.reader(), text, values)).await?.is_some())
    }

    /// The headers with master data that a member captured, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_master(&self, member: MemberId) -> Result<Vec<Vec<u8>>, StoreError> {
        let text = "SELECT body FROM epcis_master WHERE member = ? ORDER BY at_ms, digest";
        let rows = self.reader().query_all_raw(sql(self.reader(), text, [member.to_string().into()])).await?;
        rows.iter().map(|row| Ok(row.try_get("", "body")?)).collect()
    }
}
