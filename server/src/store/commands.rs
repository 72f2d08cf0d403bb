//! Commands that people gave: the transaction that each request led to, and the audit log of who said so.

use super::convert::int;
use super::entity::{audit, idempotency};
use super::{Store, StoreError};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
use tracelight_domain::ids::{Hash, MemberId, TxId};
use tracelight_domain::tx::SignedTx;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed;
use uuid::Uuid;

/// What a request with an idempotency key led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Hash of the request.
    pub request: Hash,
    /// The transaction that was signed for it.
    pub tx: SignedTx,
}

/// Who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// User.
    pub user: Uuid,
    /// Sign-in name at that time.
    pub user_name: String,
    /// For whom.
    pub member: MemberId,
    /// What was asked, a word of a closed set.
    pub action: &'static str,
    /// The signed transaction.
    pub tx: TxId,
    /// `applied`, or the name of the reason.
    pub outcome: String,
    /// Block.
    pub height: Option<u64>,
}

impl Store {
    /// The transaction that this user's request with this key led to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remembered(&self, user: Uuid, key: Hash) -> Result<Option<Remembered>, StoreError> {
        let id = (user.as_bytes().to_vec(), key.0.to_vec());
        let Some(row) = idempotency::Entity::find_by_id(id).one(self.reader()).await? else { return Ok(None) };
        let tx = signed::parse(&row.tx).map_err(|error| StoreError::corrupt("idempotency", "tx", error))?;
        Ok(Some(Remembered { request: super::convert::hash("idempotency", "request_hash", &row.request_hash)?, tx }))
    }

    /// Keeps the transaction of a request before it is sent. When another request with the same key was faster, that
    /// one's transaction comes back and has to be sent instead.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remember(
        &self,
        user: Uuid,
        key: Hash,
        remembered: Remembered,
        now_ms: u64,
    ) -> Result<Remembered, StoreError> {
        let row = idempotency::Model {
            user_id: user.as_bytes().to_vec(),
            key_hash: key.0.to_vec(),
            request_hash: remembered.request.0.to_vec(),
            tx: remembered.tx.to_bytes(),
            at_ms: int(now_ms),
        };
        let inserted = idempotency::Entity::insert(row.into_active_model()).exec_without_returning(self.writer()).await;
        match inserted {
            Ok(_) => Ok(remembered),
            Err(error) => match self.remembered(user, key).await? {
                Some(earlier) => Ok(earlier),
                None => Err(error.into()),
            },
        }
    }

    /// Adds to the audit log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit(&self, entry: AuditRow, now_ms: u64) -> Result<(), StoreError> {
        let row = audit::Model {
            id: Uuid::now_v7().as_bytes().to_vec(),
            at_ms: int(now_ms),
            user_id: entry.user.as_bytes().to_vec(),
            user_name: entry.user_name,
            member: entry.member.to_string(),
            action: entry.action.to_owned(),
            tx_id: entry.tx.0.to_vec(),
            outcome: entry.outcome,
            height: entry.height.map(int),
        };
        audit::Entity::insert(row.into_active_model()).exec_without_returning(self.writer()).await?;
        Ok(())
    }
}
