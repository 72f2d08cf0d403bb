//! Users. A password is kept as its argon2id string, never as itself.
//!
//! ```text
//! change_user    lowers a role at once; keeps a raised one as asked for
//! release_role   what was asked for counts, when another person says so than the one who asked and the one it is for
//! suspend_user   the account's sessions end in the same transaction
//! ```
//! The last administrator of a member stays one: whoever would take that away gets [`UserStep::LastAdministrator`]. A member's
//! rows are locked before the administrators are counted, so that two who suspend each other do not both succeed.

use super::audit::{NewAudit, add};
use super::convert::{gln, int, uint};
use super::entity::app_user;
use super::{Store, StoreError, sql};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Value,
};
use tracelight_api::rest::session::UserRole;
use tracelight_api::rest::user::{ChangeUser, USERS_MAX};
use tracelight_domain::ids::MemberId;
use uuid::Uuid;

/// A user as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// Id.
    pub id: Uuid,
    /// Sign-in name, unique on this server.
    pub name: String,
    /// For whom the user works.
    pub member: MemberId,
    /// What the user may do.
    pub role: UserRole,
    /// Looks after the member's accounts.
    pub administrator: bool,
    /// When the account was suspended.
    pub suspended_ms: Option<u64>,
    /// What waits for a second person.
    pub asked: Option<AskedRow>,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// When the account was made.
    pub created_ms: u64,
}

/// A role that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedRow {
    /// What the account will be.
    pub to: ChangeUser,
    /// Who asked.
    pub by: Uuid,
    /// When.
    pub at_ms: u64,
}

impl UserRow {
    /// An account that is neither an administrator's nor suspended.
    #[must_use]
    pub fn new(name: String, member: MemberId, role: UserRole, password_hash: String, created_ms: u64) -> Self {
        let id = Uuid::now_v7();
        Self {
            id,
            name,
            member,
            role,
            administrator: false,
            suspended_ms: None,
            asked: None,
            password_hash,
            created_ms,
        }
    }
}

/// The name is somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserTaken;

/// What became of a change of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStep {
    /// It is done.
    Done,
    /// The account is no longer as the change expects it.
    Outdated,
    /// Nobody would look after the member's accounts.
    LastAdministrator,
}

/// What the machine's operator changes of an account.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    /// Another role.
    pub role: Option<UserRole>,
    /// An administrator, or not.
    pub administrator: Option<bool>,
    /// Another password; all sessions end.
    pub password_hash: Option<String>,
    /// May sign in again.
    pub reactivate: bool,
}

pub(super) const fn role_code(role: UserRole) -> i16 {
    match role {
        UserRole::Operator => 1,
        UserRole::Approver => 2,
        UserRole::Viewer => 3,
    }
}

pub(super) fn role(table: &'static str, code: i16) -> Result<UserRole, StoreError> {
    match code {
        1 => Ok(UserRole::Operator),
        2 => Ok(UserRole::Approver),
        3 => Ok(UserRole::Viewer),
        other => Err(StoreError::corrupt(table, "user_role", other)),
    }
}

fn id_of(column: &'static str, bytes: &[u8]) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|error| StoreError::corrupt("app_user", column, error))
}

fn user(row: app_user::Model) -> Result<UserRow, StoreError> {
    let asked = match (row.asked_role, row.asked_administrator, &row.asked_by, row.asked_ms) {
        (Some(code), Some(administrator), Some(by), Some(at_ms)) => Some(AskedRow {
            to: ChangeUser { role: role("app_user", code)?, administrator: administrator != 0 },
            by: id_of("asked_by", by)?,
            at_ms: uint(at_ms),
        }),
        _ => None,
    };
    Ok(UserRow {
        id: id_of("id", &row.id)?,
        name: row.name,
        member: gln("app_user", "member", &row.member)?,
        role: role("app_user", row.user_role)?,
        administrator: row.administrator != 0,
        suspended_ms: row.suspended_ms.map(uint),
        asked,
        password_hash: row.password_hash,
        created_ms: uint(row.created_ms),
    })
}

/// Adds an account within a transaction, unless its name is taken.
pub(super) async fn add_account(
    txn: &DatabaseTransaction,
    user: &UserRow,
    now_ms: u64,
) -> Result<Result<(), UserTaken>, StoreError> {
    let taken = app_user::Entity::find().filter(app_user::Column::Name.eq(&user.name)).count(txn).await?;
    if taken > 0 {
        return Ok(Err(UserTaken));
    }
    let row = app_user::Model {
        id: user.id.as_bytes().to_vec(),
        name: user.name.clone(),
        member: user.member.to_string(),
        user_role: role_code(user.role),
        password_hash: user.password_hash.clone(),
        created_ms: int(now_ms),
        administrator: i16::from(user.administrator),
        suspended_ms: user.suspended_ms.map(int),
        asked_role: user.asked.map(|asked| role_code(asked.to.role)),
        asked_administrator: user.asked.map(|asked| i16::from(asked.to.administrator)),
        asked_by: user.asked.map(|asked| asked.by.as_bytes().to_vec()),
        asked_ms: user.asked.map(|asked| int(asked.at_ms)),
    };
    app_user::Entity::insert(row.into_active_model()).exec_without_returning(txn).await?;
    Ok(Ok(()))
}

impl Store {
    /// Adds a user.
    ///
    /// # Errors
    /// [`StoreError`]. A name that is taken is an answer, not an error.
    pub async fn add_user(&self, user: &UserRow, now_ms: u64) -> Result<Result<(), UserTaken>, StoreError> {
        let txn = self.begin().await?;
        let added = add_account(&txn, user, now_ms).await?;
        if added.is_ok() {
            txn.commit().await?;
        }
        Ok(added)
    }

    /// The user with this sign-in name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user_by_name(&self, name: &str) -> Result<Option<UserRow>, StoreError> {
        let row = app_user::Entity::find().filter(app_user::Column::Name.eq(name)).one(self.reader()).await?;
        row.map(user).transpose()
    }

    /// The user with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user_by_id(&self, id: Uuid) -> Result<Option<UserRow>, StoreError> {
        let row = app_user::Entity::find_by_id(id.as_bytes().to_vec()).one(self.reader()).await?;
        row.map(user).transpose()
    }

    /// A member's users by name, the first [`USERS_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn users(&self, member: MemberId) -> Result<Vec<UserRow>, StoreError> {
        let found = app_user::Entity::find()
            .filter(app_user::Column::Member.eq(member.to_string()))
            .order_by_asc(app_user::Column::Name)
            .limit(USERS_MAX);
        found.all(self.reader()).await?.into_iter().map(user).collect()
    }

    /// Gives an account another role at once. What it was asked to be is forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_user(
        &self,
        of: &UserRow,
        to: ChangeUser,
        line: NewAudit,
        now_ms: u64,
    ) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        if !to.administrator && is_last_administrator(&txn, of).await? {
            return Ok(UserStep::LastAdministrator);
        }
        let text = "UPDATE app_user SET user_role = ?, administrator = ?, asked_role = NULL, asked_administrator = NULL, \
                    asked_by = NULL, asked_ms = NULL WHERE id = ? AND member = ?";
        let values: [Value; 4] = [
            role_code(to.role).into(),
            i16::from(to.administrator).into(),
            super::convert::uuid(of.id),
            of.member.to_string().into(),
        ];
        txn.execute_raw(sql(&txn, text, values)).await?;
        finished(txn, line, now_ms).await
    }

    /// Keeps what an account is asked to be, until a second person has released it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ask_role(
        &self,
        of: &UserRow,
        asked: AskedRow,
        line: NewAudit,
        now_ms: u64,
    ) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE app_user SET asked_role = ?, asked_administrator = ?, asked_by = ?, asked_ms = ? \
                    WHERE id = ? AND member = ?";
        let values: [Value; 6] = [
            role_code(asked.to.role).into(),
            i16::from(asked.to.administrator).into(),
            super::convert::uuid(asked.by),
            int(asked.at_ms).into(),
            super::convert::uuid(of.id),
            of.member.to_string().into(),
        ];
        txn.execute_raw(sql(&txn, text, values)).await?;
        finished(txn, line, now_ms).await
    }

    /// What was asked for counts from now on. `by` is neither who asked nor whom it is for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_role(
        &self,
        of: &UserRow,
        by: Uuid,
        line: NewAudit,
        now_ms: u64,
    ) -> Result<UserStep, StoreError> {
        let Some(asked) = of.asked else { return Ok(UserStep::Outdated) };
        let txn = self.begin().await?;
        if !asked.to.administrator && is_last_administrator(&txn, of).await? {
            return Ok(UserStep::LastAdministrator);
        }
        let text = "UPDATE app_user SET user_role = asked_role, administrator = asked_administrator, asked_role = NULL, \
                    asked_administrator = NULL, asked_by = NULL, asked_ms = NULL \
                    WHERE id = ? AND member = ? AND asked_ms = ? AND asked_by <> ? AND id <> ? AND asked_role = ? \
                    AND asked_administrator = ?";
        let values: [Value; 7] = [
            super::convert::uuid(of.id),
            of.member.to_string().into(),
            int(asked.at_ms).into(),
            super::convert::uuid(by),
            super::convert::uuid(by),
            role_code(asked.to.role).into(),
            i16::from(asked.to.administrator).into(),
        ];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        finished(txn, line, now_ms).await
    }

    /// What was asked for is forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn decline_role(&self, of: &UserRow, line: NewAudit, now_ms: u64) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE app_user SET asked_role = NULL, asked_administrator = NULL, asked_by = NULL, asked_ms = NULL \
                    WHERE id = ? AND member = ? AND asked_ms IS NOT NULL";
        let values: [Value; 2] = [super::convert::uuid(of.id), of.member.to_string().into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        finished(txn, line, now_ms).await
    }

    /// Suspends an account and ends its sessions.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn suspend_user(&self, of: &UserRow, line: NewAudit, now_ms: u64) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        if is_last_administrator(&txn, of).await? {
            return Ok(UserStep::LastAdministrator);
        }
        let text = "UPDATE app_user SET suspended_ms = ? WHERE id = ? AND member = ? AND suspended_ms IS NULL";
        let values: [Value; 3] = [int(now_ms).into(), super::convert::uuid(of.id), of.member.to_string().into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        let text = "DELETE FROM app_session WHERE user_id = ?";
        txn.execute_raw(sql(&txn, text, [super::convert::uuid(of.id)])).await?;
        finished(txn, line, now_ms).await
    }

    /// Lets an account sign in again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reactivate_user(&self, of: &UserRow, line: NewAudit, now_ms: u64) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE app_user SET suspended_ms = NULL WHERE id = ? AND member = ? AND suspended_ms IS NOT NULL";
        let values: [Value; 2] = [super::convert::uuid(of.id), of.member.to_string().into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        finished(txn, line, now_ms).await
    }

    /// Another password in the place of the one that was checked; all sessions but `kept` end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_password(
        &self,
        of: &UserRow,
        hash: &str,
        kept: Option<[u8; 32]>,
        line: NewAudit,
        now_ms: u64,
    ) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE app_user SET password_hash = ? WHERE id = ? AND password_hash = ?";
        let values: [Value; 3] = [hash.into(), super::convert::uuid(of.id), of.password_hash.clone().into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        super::sessions::end_of(&txn, of.id, kept).await?;
        finished(txn, line, now_ms).await
    }

    /// What the machine's operator says of an account; nobody is asked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn patch_user(
        &self,
        of: &UserRow,
        patch: &UserPatch,
        line: NewAudit,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let role = patch.role.unwrap_or(of.role);
        let administrator = patch.administrator.unwrap_or(of.administrator);
        let text =
            "UPDATE app_user SET user_role = ?, administrator = ?, password_hash = ?, suspended_ms = ? WHERE id = ?";
        let suspended = if patch.reactivate { None } else { of.suspended_ms };
        let hash = patch.password_hash.as_ref().unwrap_or(&of.password_hash);
        let values: [Value; 5] = [
            role_code(role).into(),
            i16::from(administrator).into(),
            hash.clone().into(),
            suspended.map(int).into(),
            super::convert::uuid(of.id),
        ];
        txn.execute_raw(sql(&txn, text, values)).await?;
        if patch.password_hash.is_some() {
            super::sessions::end_of(&txn, of.id, None).await?;
        }
        finished(txn, line, now_ms).await?;
        Ok(())
    }
}

/// Writes the line and ends the transaction.
pub(super) async fn finished(txn: DatabaseTransaction, line: NewAudit, now_ms: u64) -> Result<UserStep, StoreError> {
    add(&txn, &[line], now_ms).await?;
    txn.commit().await?;
    Ok(UserStep::Done)
}

/// Is this the only account that looks after the member's accounts and may sign in?
async fn is_last_administrator(txn: &DatabaseTransaction, of: &UserRow) -> Result<bool, StoreError> {
    // Touching the member's rows makes two of these at once follow each other.
    let text = "UPDATE app_user SET name = name WHERE member = ?";
    txn.execute_raw(sql(txn, text, [of.member.to_string().into()])).await?;
    let text = "SELECT COUNT(*) AS others, \
                (SELECT COUNT(*) FROM app_user WHERE id = ? AND administrator <> 0 AND suspended_ms IS NULL) AS this \
                FROM app_user WHERE member = ? AND administrator <> 0 AND suspended_ms IS NULL AND id <> ?";
    let values: [Value; 3] = [super::convert::uuid(of.id), of.member.to_string().into(), super::convert::uuid(of.id)];
    let Some(found) = txn.query_one_raw(sql(txn, text, values)).await? else { return Ok(false) };
    let (others, this): (i64, i64) = (found.try_get("", "others")?, found.try_get("", "this")?);
    Ok(this > 0 && others == 0)
}
