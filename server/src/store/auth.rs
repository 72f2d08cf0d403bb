//! Users. A password is kept as its argon2id string, never as itself.

use super::convert::{gln, int};
use super::entity::app_user;
use super::{Store, StoreError};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _};
use tracelight_api::rest::session::UserRole;
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
    /// argon2id in PHC form.
    pub password_hash: String,
}

/// The name is somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserTaken;

const fn role_code(role: UserRole) -> i16 {
    match role {
        UserRole::Operator => 1,
        UserRole::Approver => 2,
        UserRole::Viewer => 3,
    }
}

fn role(code: i16) -> Result<UserRole, StoreError> {
    match code {
        1 => Ok(UserRole::Operator),
        2 => Ok(UserRole::Approver),
        3 => Ok(UserRole::Viewer),
        other => Err(StoreError::corrupt("app_user", "user_role", other)),
    }
}

fn user(row: app_user::Model) -> Result<UserRow, StoreError> {
    let id = Uuid::from_slice(&row.id).map_err(|error| StoreError::corrupt("app_user", "id", error))?;
    let member = gln("app_user", "member", &row.member)?;
    let role = role(row.user_role)?;
    Ok(UserRow { id, name: row.name, member, role, password_hash: row.password_hash })
}

impl Store {
    /// Adds a user.
    ///
    /// # Errors
    /// [`StoreError`]. A name that is taken is an answer, not an error.
    pub async fn add_user(&self, user: &UserRow, now_ms: u64) -> Result<Result<(), UserTaken>, StoreError> {
        let txn = self.begin().await?;
        let taken = app_user::Entity::find().filter(app_user::Column::Name.eq(&user.name)).count(&txn).await?;
        if taken > 0 {
            txn.rollback().await?;
            return Ok(Err(UserTaken));
        }
        let row = app_user::Model {
            id: user.id.as_bytes().to_vec(),
            name: user.name.clone(),
            member: user.member.to_string(),
            user_role: role_code(user.role),
            password_hash: user.password_hash.clone(),
            created_ms: int(now_ms),
        };
        app_user::Entity::insert(row.into_active_model()).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok(Ok(()))
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
}
