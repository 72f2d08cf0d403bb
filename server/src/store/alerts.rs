//! Alerts of medicine packs ([`tracelight_api::rest::alert`]).
//!
//! An alert's id is the hash of what makes it the same one: its kind, the pack, who asked for what, and the day. Two at once therefore meet
//! in one row, on every engine. A first repetition at one place is kept as `warned`, a state that no list shows: the next one makes an
//! alert of it.

use super::convert::{int, uint};
use super::listing::{Column, Conditions, Holds, List, Place, Wanted};
use super::lists::{Keyed, Narrowed, in_order, keyed, odd, of_lot};
use super::reports::{Actor, Stepped};
use super::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use sea_orm::prelude::*;
use sea_orm::{FromQueryResult, SqlErr, Value};
use tracelight_api::rest::alert::{Alert, AlertGravity, AlertStatus, AlertUpdate};
use tracelight_api::rest::handover::UnitAction;
use tracelight_domain::gs1::{Gtin, Serial};
use tracelight_domain::ids::MemberId;
use tracelight_proof::hash::sha256;

/// Symbols of numbers: none looks like another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const NUMBER_LETTERS: usize = 10;
const WARNED: &str = "warned";

/// The list.
pub const ALERTS: List = List {
    from: "fmd_alert a LEFT JOIN rm_product p ON p.gtin = a.gtin",
    key: &[Column { sql: "a.id", holds: Holds::Bytes }],
};
/// What it is sorted by.
pub const ALERT_SORTS: &[(&str, Column)] = &[
    ("last", Column { sql: "a.last_ms", holds: Holds::Int }),
    ("gravity", Column { sql: "a.gravity", holds: Holds::Int }),
    ("times", Column { sql: "a.times", holds: Holds::Int }),
    ("gtin", Column { sql: "a.gtin", holds: Holds::Text }),
];

/// What is to be raised.
#[derive(Clone, Debug)]
pub struct NewAlert<'a> {
    /// A1 to A68.
    pub kind: &'static str,
    /// How soon to look.
    pub gravity: AlertGravity,
    /// Return code, or nothing.
    pub code: &'static str,
    /// The pack as scanned.
    pub gtin: Gtin,
    /// Likewise.
    pub serial: &'a Serial,
    /// Lot and expiry as scanned, or nothing.
    pub printed: (&'a [u8], String),
    /// Lot and expiry as registered, or nothing.
    pub held: (&'a [u8], String),
    /// Who asked.
    pub member: MemberId,
    /// For what.
    pub action: UnitAction,
    /// The day in the market.
    pub day: i64,
    /// Milliseconds since 1970.
    pub now_ms: u64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    number: String,
    kind: String,
    gravity: i16,
    code: String,
    gtin: String,
    serial: Vec<u8>,
    lot: Vec<u8>,
    expires_on: String,
    held_lot: Vec<u8>,
    held_expires_on: String,
    name_en: Option<String>,
    name_zh: Option<String>,
    member: String,
    action: String,
    first_ms: i64,
    last_ms: i64,
    times: i64,
    status: String,
    note: String,
    decided_by: String,
    decided_ms: Option<i64>,
    revision: i32,
}

const COLUMNS: &str = "SELECT a.id, a.number, a.kind, a.gravity, a.code, a.gtin, a.serial, a.lot, a.expires_on, a.held_lot, \
     a.held_expires_on, p.name_en, p.name_zh, a.member, a.action, a.first_ms, a.last_ms, a.times, a.status, a.note, \
     a.decided_by, a.decided_ms, a.revision FROM fmd_alert a LEFT JOIN rm_product p ON p.gtin = a.gtin";

impl NewAlert<'_> {
    fn id(&self) -> [u8; 16] {
        let (gtin, member, day) = (self.gtin.to_string(), self.member.to_string(), self.day.to_be_bytes());
        let parts: [&[u8]; 6] = [
            self.kind.as_bytes(),
            gtin.as_bytes(),
            self.serial.as_bytes(),
            member.as_bytes(),
            self.action.word().as_bytes(),
            &day,
        ];
        // None of the parts has a zero byte but the last, whose length is fixed.
        let hash = sha256(&parts.join(&0)).0;
        let mut id = [0; 16];
        id.iter_mut().zip(hash).for_each(|(byte, from)| *byte = from);
        id
    }

    /// `A24-7F3K9Q2XMB`: 50 bits of the id.
    fn number(&self) -> String {
        let bits = self.id().iter().fold(0_u128, |all, byte| (all << 8) | u128::from(*byte));
        let letter = |place: usize| {
            let index = usize::try_from((bits >> (5 * place)) & 31).unwrap_or(0);
            char::from(LETTERS.get(index).copied().unwrap_or(b'0'))
        };
        let letters: String = (0..NUMBER_LETTERS).map(letter).collect();
        format!("{}-{letters}", self.kind)
    }
}

const fn gravity_code(gravity: AlertGravity) -> i16 {
    match gravity {
        AlertGravity::Handling => 1,
        AlertGravity::Data => 2,
        AlertGravity::Falsification => 3,
    }
}

impl Store {
    /// Raises an alert, or counts it again. With `warn` the first time is kept without being shown. Returns its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn raise_alert(&self, alert: &NewAlert<'_>, warn: bool) -> Result<String, StoreError> {
        let number = alert.number();
        let (id, now) = (alert.id().to_vec(), int(alert.now_ms));
        let text = "INSERT INTO fmd_alert (id, number, kind, gravity, code, gtin, serial, lot, expires_on, held_lot, held_expires_on, \
                    member, action, first_ms, last_ms, times, status, note, decided_by, decided_ms, revision) \
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, '', '', NULL, 0)";
        let status = if warn { WARNED } else { AlertStatus::Open.word() };
        let values: [Value; 16] = [
            id.clone().into(),
            number.clone().into(),
            alert.kind.into(),
            gravity_code(alert.gravity).into(),
            alert.code.into(),
            alert.gtin.to_string().into(),
            alert.serial.as_bytes().to_vec().into(),
            alert.printed.0.to_vec().into(),
            alert.printed.1.clone().into(),
            alert.held.0.to_vec().into(),
            alert.held.1.clone().into(),
            alert.member.to_string().into(),
            alert.action.word().into(),
            now.into(),
            now.into(),
            status.into(),
        ];
        match self.writer().execute_raw(sql(self.writer(), text, values)).await {
            Ok(_) => return Ok(number),
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {}
            Err(error) => return Err(error.into()),
        }
        let text = "UPDATE fmd_alert SET times = times + 1, last_ms = ?, \
                    status = CASE WHEN status = 'warned' THEN 'open' ELSE status END WHERE id = ?";
        self.writer().execute_raw(sql(self.writer(), text, [now.into(), id.into()])).await?;
        Ok(number)
    }

    /// How often this was kept today.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alert_times(&self, alert: &NewAlert<'_>) -> Result<u32, StoreError> {
        let text = "SELECT times FROM fmd_alert WHERE id = ?";
        let row = self.reader().query_one_raw(sql(self.reader(), text, [alert.id().to_vec().into()])).await?;
        let times: i64 = row.map_or(Ok(0), |row| row.try_get("", "times"))?;
        Ok(u32::try_from(times).unwrap_or(u32::MAX))
    }

    /// Alerts that a member raised or that are about its products, or all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_alerts(
        &self,
        of: Option<MemberId>,
        narrowed: &Narrowed,
        wanted: &Wanted,
    ) -> Result<Keyed<[u8; 16]>, StoreError> {
        let mut conditions = Conditions::default();
        seen_by(&mut conditions, of);
        let names = ["COALESCE(p.name_en, '')", "COALESCE(p.name_zh, '')"];
        if let Some((part, values)) =
            self.words(&narrowed.q, &["a.number", "a.gtin", "a.kind"], &["a.lot", "a.serial"], &names)
        {
            conditions.add(part, values);
        }
        if let Some(status) = narrowed.status {
            conditions.add("a.status = ?", [status.into()]);
        }
        of_lot(&mut conditions, narrowed, "a.gtin", "a.lot");
        keyed(self.places(&ALERTS, wanted, conditions).await?, |key| match key {
            [Place::Bytes(id)] => super::convert::bytes("fmd_alert", "id", id),
            _ => Err(odd("fmd_alert")),
        })
    }

    /// These alerts, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alerts_at(&self, ids: &[[u8; 16]]) -> Result<Vec<Alert>, StoreError> {
        let mut out = Vec::with_capacity(ids.len());
        for part in ids.chunks(KEYS_PER_QUERY) {
            let text = format!("{COLUMNS} WHERE a.id IN ({})", marks(part.len()));
            let values = part.iter().map(|id| id.to_vec().into());
            let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
            let keys: Vec<Vec<u8>> = part.iter().map(|id| id.to_vec()).collect();
            let rows = in_order(&keys, rows, |row| row.id.clone());
            out.extend(rows.into_iter().map(alert).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(out)
    }

    /// One alert, if the member may see it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alert(&self, number: &str, of: Option<MemberId>) -> Result<Option<Alert>, StoreError> {
        let mut conditions = Conditions::default();
        seen_by(&mut conditions, of);
        conditions.add("a.number = ?", [number.into()]);
        let (parts, values) = conditions.joined();
        let text = format!("{COLUMNS} WHERE {parts}");
        Row::find_by_statement(sql(self.reader(), &text, values)).one(self.reader()).await?.map(alert).transpose()
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn step_alert(
        &self,
        number: &str,
        update: &AlertUpdate,
        actor: Actor<'_>,
    ) -> Result<Stepped, StoreError> {
        let next = i32::try_from(update.revision.saturating_add(1)).unwrap_or(i32::MAX);
        let text = "UPDATE fmd_alert SET status = ?, note = ?, decided_by = ?, decided_ms = ?, revision = ? \
                    WHERE number = ? AND revision = ?";
        let values: [Value; 7] = [
            update.status.word().into(),
            update.note.trim().into(),
            actor.member.to_string().into(),
            int(actor.at_ms).into(),
            next.into(),
            number.into(),
            (next - 1).into(),
        ];
        let changed = self.writer().execute_raw(sql(self.writer(), text, values)).await?.rows_affected();
        Ok(if changed == 0 { Stepped::Outdated } else { Stepped::Done })
    }
}

/// Whoever raised it, the maker of the product, or with `None` everybody. A first warning is nobody's.
fn seen_by(conditions: &mut Conditions, of: Option<MemberId>) {
    conditions.add("a.status <> ?", [WARNED.into()]);
    if let Some(member) = of {
        let member = member.to_string();
        conditions.add("(a.member = ? OR p.maker = ?)", [member.clone().into(), member.into()]);
    }
}

fn alert(row: Row) -> Result<Alert, StoreError> {
    const TABLE: &str = "fmd_alert";
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let gravity = match row.gravity {
        1 => AlertGravity::Handling,
        2 => AlertGravity::Data,
        3 => AlertGravity::Falsification,
        other => return Err(StoreError::corrupt(TABLE, "gravity", other)),
    };
    let status = AlertStatus::parse(&row.status);
    let revision = u32::try_from(row.revision).map_err(|error| StoreError::corrupt(TABLE, "revision", error))?;
    Ok(Alert {
        number: row.number,
        kind: row.kind,
        gravity,
        code: row.code,
        gtin: row.gtin,
        serial: text(&row.serial),
        lot: text(&row.lot),
        expires_on: row.expires_on,
        held_lot: text(&row.held_lot),
        held_expires_on: row.held_expires_on,
        product_en: row.name_en.unwrap_or_default(),
        product_zh: row.name_zh.unwrap_or_default(),
        member: row.member,
        action: UnitAction::parse(&row.action)
            .ok_or_else(|| StoreError::corrupt(TABLE, "action", format!("`{}`", row.action)))?,
        first_ms: uint(row.first_ms),
        last_ms: uint(row.last_ms),
        times: uint(row.times),
        status: status.ok_or_else(|| StoreError::corrupt(TABLE, "status", format!("`{}`", row.status)))?,
        note: row.note,
        decided_by: row.decided_by,
        decided_ms: row.decided_ms.map(uint),
        revision,
    })
}
