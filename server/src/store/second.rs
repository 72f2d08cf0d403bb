//! Second factors: encrypted secrets, what is used up of them, recovery codes.
//!
//! ```text
//! offer_totp     keeps a secret that counts for nothing yet
//! confirm_totp   it counts from now on; ten recovery codes
//! use_step       a code's step, if no code of it or after it was used: one statement, so that a code is taken once
//! use_recovery   deletes the code's row, if it is there: likewise
//! ```

use super::audit::NewAudit;
use super::auth::{UserStep, finished};
use super::convert::{int, uint, uuid};
use super::epcis::insert;
use super::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Value};
use std::collections::BTreeSet;
use tracelight_domain::ids::MemberId;
use uuid::Uuid;

/// A second factor as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpRow {
    /// The key under which its secret is encrypted.
    pub key_id: String,
    /// The encrypted secret.
    pub sealed: Vec<u8>,
    /// Since when it counts.
    pub confirmed_ms: Option<u64>,
}

#[derive(FromQueryResult)]
struct Row {
    key_id: String,
    secret: Vec<u8>,
    confirmed_ms: Option<i64>,
}

#[derive(FromQueryResult)]
struct OwnerRow {
    user_id: Vec<u8>,
}

impl Store {
    /// The second factor of an account, counting or only offered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn totp(&self, user: Uuid) -> Result<Option<TotpRow>, StoreError> {
        let text = "SELECT key_id, secret, confirmed_ms FROM app_totp WHERE user_id = ?";
        let row = Row::find_by_statement(sql(self.reader(), text, [uuid(user)])).one(self.reader()).await?;
        Ok(row.map(|row| TotpRow { key_id: row.key_id, sealed: row.secret, confirmed_ms: row.confirmed_ms.map(uint) }))
    }

    /// Which of a member's accounts need a code.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn with_totp(&self, member: MemberId) -> Result<BTreeSet<Uuid>, StoreError> {
        let text = "SELECT t.user_id FROM app_totp t JOIN app_user u ON u.id = t.user_id \
                    WHERE u.member = ? AND t.confirmed_ms IS NOT NULL";
        let rows = OwnerRow::find_by_statement(sql(self.reader(), text, [member.to_string().into()]));
        let id = |row: OwnerRow| {
            Uuid::from_slice(&row.user_id).map_err(|error| StoreError::corrupt("app_totp", "user_id", error))
        };
        rows.all(self.reader()).await?.into_iter().map(id).collect()
    }

    /// Keeps a secret that counts for nothing yet, in the place of one that did not either; `Outdated` when one counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn offer_totp(
        &self,
        user: Uuid,
        key_id: &str,
        sealed: &[u8],
        now_ms: u64,
    ) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "DELETE FROM app_totp WHERE user_id = ? AND confirmed_ms IS NULL";
        txn.execute_raw(sql(&txn, text, [uuid(user)])).await?;
        let text = "SELECT key_id, secret, confirmed_ms FROM app_totp WHERE user_id = ?";
        if Row::find_by_statement(sql(&txn, text, [uuid(user)])).one(&txn).await?.is_some() {
            return Ok(UserStep::Outdated);
        }
        let values: Vec<Value> =
            vec![uuid(user), key_id.into(), sealed.to_vec().into(), int(now_ms).into(), 0_i64.into()];
        insert(&txn, "INSERT", "app_totp", "user_id, key_id, secret, made_ms, used_step", vec![values]).await?;
        txn.commit().await?;
        Ok(UserStep::Done)
    }

    /// The offered secret counts from now on; the code that showed it is used up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn confirm_totp(
        &self,
        user: Uuid,
        sealed: &[u8],
        step: u64,
        recovery: &[[u8; 32]],
        line: NewAudit,
        now_ms: u64,
    ) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE app_totp SET confirmed_ms = ?, used_step = ? WHERE user_id = ? AND confirmed_ms IS NULL \
                    AND secret = ?";
        let values: [Value; 4] = [int(now_ms).into(), int(step).into(), uuid(user), sealed.to_vec().into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        keep_recovery(&txn, user, recovery).await?;
        finished(txn, line, now_ms).await
    }

    /// Uses up a code by its step; `false` when it, or a later one, was used.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_totp_step(&self, user: Uuid, step: u64) -> Result<bool, StoreError> {
        let text = "UPDATE app_totp SET used_step = ? WHERE user_id = ? AND used_step < ? AND confirmed_ms IS NOT NULL";
        let values: [Value; 3] = [int(step).into(), uuid(user), int(step).into()];
        Ok(self.writer().execute_raw(sql(self.writer(), text, values)).await?.rows_affected() > 0)
    }

    /// Uses up a recovery code; `false` when there is none such.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_recovery(&self, user: Uuid, hash: [u8; 32]) -> Result<bool, StoreError> {
        let text = "DELETE FROM app_recovery WHERE user_id = ? AND hash = ?";
        let values: [Value; 2] = [uuid(user), hash.to_vec().into()];
        Ok(self.writer().execute_raw(sql(self.writer(), text, values)).await?.rows_affected() > 0)
    }

    /// How many recovery codes are left.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recovery_left(&self, user: Uuid) -> Result<u64, StoreError> {
        let text = "SELECT COUNT(*) AS kept FROM app_recovery WHERE user_id = ?";
        let found = self.reader().query_one_raw(sql(self.reader(), text, [uuid(user)])).await?;
        let kept: i64 = found.map_or(Ok(0), |row| row.try_get("", "kept"))?;
        Ok(uint(kept))
    }

    /// Other recovery codes in the place of those that are left.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn new_recovery(
        &self,
        user: Uuid,
        recovery: &[[u8; 32]],
        line: NewAudit,
        now_ms: u64,
    ) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        keep_recovery(&txn, user, recovery).await?;
        finished(txn, line, now_ms).await
    }

    /// Forgets a second factor and its recovery codes; `Outdated` when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_totp(&self, user: Uuid, line: NewAudit, now_ms: u64) -> Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "DELETE FROM app_totp WHERE user_id = ? AND confirmed_ms IS NOT NULL";
        if txn.execute_raw(sql(&txn, text, [uuid(user)])).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        keep_recovery(&txn, user, &[]).await?;
        finished(txn, line, now_ms).await
    }
}

/// These codes and no others.
async fn keep_recovery(txn: &DatabaseTransaction, user: Uuid, recovery: &[[u8; 32]]) -> Result<(), StoreError> {
    let text = "DELETE FROM app_recovery WHERE user_id = ?";
    txn.execute_raw(sql(txn, text, [uuid(user)])).await?;
    let rows = recovery.iter().map(|hash| vec![uuid(user), hash.to_vec().into()]).collect();
    insert(txn, "INSERT", "app_recovery", "user_id, hash", rows).await
}
