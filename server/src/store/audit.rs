//! The audit log: lines are added, read, and dropped when their time is over; nothing changes one.
//!
//! A line of an account is written in the transaction of its change. Ids are of version 7, in the order of time.

use super::convert::{bytes, gln, int, uint};
use super::epcis::insert;
use super::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use tracelight_api::rest::audit::{AuditAction, AuditEvent, AuditOutcome};
use tracelight_domain::ids::MemberId;
use uuid::Uuid;

/// Characters of what a line is about; the rest is cut off.
pub const OBJECT_CHARS_MAX: usize = 200;
/// Lines that one round of the sweep drops.
pub const DROPPED_AT_ONCE: u64 = 5_000;
const TABLE: &str = "audit_event";

/// A new line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// In whose log.
    pub member: MemberId,
    /// Whose person or program did it.
    pub actor: MemberId,
    /// Who, by sign-in name or key; empty in another member's log.
    pub user: String,
    /// What.
    pub action: AuditAction,
    /// Of what.
    pub object: String,
    /// What came of it.
    pub outcome: AuditOutcome,
}

/// Which lines of a member's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// This action.
    pub action: Option<AuditAction>,
    /// By this user.
    pub user: Option<String>,
    /// From this moment on.
    pub from_ms: Option<u64>,
    /// Before this moment.
    pub before_ms: Option<u64>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    at_ms: i64,
    actor: String,
    user_name: String,
    action: String,
    object: String,
    outcome: String,
}

fn event(row: Row) -> Result<([u8; 16], AuditEvent), StoreError> {
    let action = AuditAction::parse(&row.action).ok_or_else(|| StoreError::corrupt(TABLE, "action", &row.action))?;
    let outcome =
        AuditOutcome::parse(&row.outcome).ok_or_else(|| StoreError::corrupt(TABLE, "outcome", &row.outcome))?;
    let event = AuditEvent {
        at_ms: uint(row.at_ms),
        member: gln(TABLE, "actor", &row.actor)?.to_string(),
        user: Some(row.user_name).filter(|name| !name.is_empty()),
        action,
        object: row.object,
        outcome,
    };
    Ok((bytes(TABLE, "id", &row.id)?, event))
}

impl Store {
    /// Adds lines, all of them or none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_audit(&self, lines: &[NewAudit], now_ms: u64) -> Result<(), StoreError> {
        add(self.writer(), lines, now_ms).await
    }

    /// Lines of a member's log, newest first, behind the one of this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_events(
        &self,
        member: MemberId,
        filter: &AuditFilter,
        after: Option<[u8; 16]>,
        limit: u64,
    ) -> Result<Vec<([u8; 16], AuditEvent)>, StoreError> {
        let mut parts: Vec<(&str, Value)> = vec![("member = ?", member.to_string().into())];
        parts.extend(filter.action.map(|action| ("action = ?", action.word().into())));
        parts.extend(filter.user.clone().map(|user| ("user_name = ?", user.into())));
        parts.extend(filter.from_ms.map(|from| ("at_ms >= ?", int(from).into())));
        parts.extend(filter.before_ms.map(|before| ("at_ms < ?", int(before).into())));
        parts.extend(after.map(|after| ("id < ?", after.to_vec().into())));
        let condition: Vec<&str> = parts.iter().map(|(text, _)| *text).collect();
        let text = format!(
            "SELECT id, at_ms, actor, user_name, action, object, outcome FROM audit_event WHERE {} ORDER BY id DESC LIMIT ?",
            condition.join(" AND ")
        );
        let values = parts.into_iter().map(|(_, value)| value).chain([int(limit).into()]);
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(event).collect()
    }

    /// Drops the oldest lines from before a moment, at most [`DROPPED_AT_ONCE`]. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_audit_before(&self, before_ms: u64) -> Result<u64, StoreError> {
        // The inner list has a name of its own because MySQL does not delete from a table that it reads.
        let text = "DELETE FROM audit_event WHERE id IN (SELECT id FROM \
                    (SELECT id FROM audit_event WHERE at_ms < ? ORDER BY at_ms LIMIT ?) AS old)";
        let values: [Value; 2] = [int(before_ms).into(), int(DROPPED_AT_ONCE).into()];
        Ok(self.writer().execute_raw(sql(self.writer(), text, values)).await?.rows_affected())
    }
}

/// Adds lines, perhaps within a transaction.
pub(super) async fn add<C: ConnectionTrait>(db: &C, lines: &[NewAudit], now_ms: u64) -> Result<(), StoreError> {
    let row = |line: &NewAudit| {
        let object: String = line.object.chars().take(OBJECT_CHARS_MAX).collect();
        vec![
            Uuid::now_v7().as_bytes().to_vec().into(),
            int(now_ms).into(),
            line.member.to_string().into(),
            line.actor.to_string().into(),
            line.user.clone().into(),
            line.action.word().into(),
            object.into(),
            line.outcome.word().into(),
        ]
    };
    let columns = "id, at_ms, member, actor, user_name, action, object, outcome";
    insert(db, "INSERT", TABLE, columns, lines.iter().map(row).collect()).await
}
