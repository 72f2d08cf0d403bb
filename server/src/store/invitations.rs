//! Invitations: a link that makes one account. The token is kept as its SHA-256.

use super::audit::NewAudit;
use super::auth::{UserRow, UserStep, add_account, finished, role, role_code};
use super::convert::{gln, int, uint, uuid};
use super::epcis::insert;
use super::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, FromQueryResult, SqlErr, Value};
use tracelight_api::rest::session::UserRole;
use tracelight_api::rest::user::{INVITATIONS_MAX, USERS_MAX};
use tracelight_domain::ids::MemberId;
use uuid::Uuid;

/// Invitations of a list: the newest.
const LISTED_MAX: u64 = 100;
const TABLE: &str = "app_invitation";
const COLUMNS: &str = "id, member, user_role, administrator, label, made_by, made_by_name, made_ms, expires_ms, \
                       accepted_ms, accepted_name, revoked_ms";

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// Its id.
    pub id: Uuid,
    /// For whom the account will work.
    pub member: MemberId,
    /// What it may do.
    pub role: UserRole,
    /// With the administrator's rights?
    pub administrator: bool,
    /// What it is called.
    pub label: String,
    /// Who made it.
    pub made_by: Uuid,
    /// That account's name then.
    pub made_by_name: String,
    /// When.
    pub made_ms: u64,
    /// Until when its link is good.
    pub expires_ms: u64,
    /// When an account was made with it.
    pub accepted_ms: Option<u64>,
    /// That account's name.
    pub accepted_name: Option<String>,
    /// When it was taken back.
    pub revoked_ms: Option<u64>,
}

impl InvitationRow {
    /// Its link makes an account.
    #[must_use]
    pub const fn is_open(&self, now_ms: u64) -> bool {
        self.accepted_ms.is_none() && self.revoked_ms.is_none() && now_ms < self.expires_ms
    }
}

/// What became of an acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// There is an account.
    Done,
    /// The invitation is not open any more.
    NotOpen,
    /// The name is somebody else's.
    NameTaken,
    /// The member has [`USERS_MAX`] accounts.
    Full,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    member: String,
    user_role: i16,
    administrator: i16,
    label: String,
    made_by: Vec<u8>,
    made_by_name: String,
    made_ms: i64,
    expires_ms: i64,
    accepted_ms: Option<i64>,
    accepted_name: Option<String>,
    revoked_ms: Option<i64>,
}

fn invitation(row: Row) -> Result<InvitationRow, StoreError> {
    let id = |column, bytes: &[u8]| Uuid::from_slice(bytes).map_err(|error| StoreError::corrupt(TABLE, column, error));
    Ok(InvitationRow {
        id: id("id", &row.id)?,
        member: gln(TABLE, "member", &row.member)?,
        role: role(TABLE, row.user_role)?,
        administrator: row.administrator != 0,
        label: row.label,
        made_by: id("made_by", &row.made_by)?,
        made_by_name: row.made_by_name,
        made_ms: uint(row.made_ms),
        expires_ms: uint(row.expires_ms),
        accepted_ms: row.accepted_ms.map(uint),
        accepted_name: row.accepted_name,
        revoked_ms: row.revoked_ms.map(uint),
    })
}

impl Store {
    /// Adds an invitation; `false` when the member has [`INVITATIONS_MAX`] open ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn make_invitation(
        &self,
        row: &InvitationRow,
        token_hash: [u8; 32],
        line: NewAudit,
    ) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT COUNT(*) AS open FROM app_invitation WHERE member = ? AND accepted_ms IS NULL \
                    AND revoked_ms IS NULL AND expires_ms > ?";
        let values: [Value; 2] = [row.member.to_string().into(), int(row.made_ms).into()];
        let found = txn.query_one_raw(sql(&txn, text, values)).await?;
        let open: i64 = found.map_or(Ok(0), |row| row.try_get("", "open"))?;
        if uint(open) >= INVITATIONS_MAX {
            return Ok(false);
        }
        let values: Vec<Value> = vec![
            uuid(row.id),
            token_hash.to_vec().into(),
            row.member.to_string().into(),
            role_code(row.role).into(),
            i16::from(row.administrator).into(),
            row.label.clone().into(),
            uuid(row.made_by),
            row.made_by_name.clone().into(),
            int(row.made_ms).into(),
            int(row.expires_ms).into(),
        ];
        let columns = "id, hash, member, user_role, administrator, label, made_by, made_by_name, made_ms, expires_ms";
        insert(&txn, "INSERT", TABLE, columns, vec![values]).await?;
        finished(txn, line, row.made_ms).await?;
        Ok(true)
    }

    /// A member's invitations, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn invitations(&self, member: MemberId) -> Result<Vec<InvitationRow>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM app_invitation WHERE member = ? ORDER BY made_ms DESC, id DESC LIMIT {LISTED_MAX}"
        );
        let rows = Row::find_by_statement(sql(self.reader(), &text, [member.to_string().into()]));
        rows.all(self.reader()).await?.into_iter().map(invitation).collect()
    }

    /// The invitation of a token.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn invitation_of(&self, token_hash: [u8; 32]) -> Result<Option<InvitationRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM app_invitation WHERE hash = ? LIMIT 1");
        let row = Row::find_by_statement(sql(self.reader(), &text, [token_hash.to_vec().into()]));
        row.one(self.reader()).await?.map(invitation).transpose()
    }

    /// Takes an open invitation back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revoke_invitation(&self, id: Uuid, line: NewAudit, now_ms: u64) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE app_invitation SET revoked_ms = ? WHERE id = ? AND member = ? AND accepted_ms IS NULL \
                    AND revoked_ms IS NULL";
        let values: [Value; 3] = [int(now_ms).into(), uuid(id), line.member.to_string().into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        finished(txn, line, now_ms).await
    }

    /// Makes the account of an invitation and uses the invitation up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accept_invitation(
        &self,
        id: Uuid,
        user: &UserRow,
        line: NewAudit,
        now_ms: u64,
    ) -> Result<Accepted, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE app_invitation SET accepted_ms = ?, accepted_name = ? WHERE id = ? AND accepted_ms IS NULL \
                    AND revoked_ms IS NULL AND expires_ms > ?";
        let values: [Value; 4] = [int(now_ms).into(), user.name.clone().into(), uuid(id), int(now_ms).into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(Accepted::NotOpen);
        }
        let text = "SELECT COUNT(*) AS users FROM app_user WHERE member = ?";
        let found = txn.query_one_raw(sql(&txn, text, [user.member.to_string().into()])).await?;
        let users: i64 = found.map_or(Ok(0), |row| row.try_get("", "users"))?;
        if uint(users) >= USERS_MAX {
            return Ok(Accepted::Full);
        }
        match add_account(&txn, user, now_ms).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Ok(Accepted::NameTaken),
            // Two who choose the same name at the same moment.
            Err(StoreError::Database(error))
                if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) =>
            {
                return Ok(Accepted::NameTaken);
            }
            Err(error) => return Err(error),
        }
        finished(txn, line, now_ms).await?;
        Ok(Accepted::Done)
    }
}
