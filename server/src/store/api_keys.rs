//! Keys of members' programs, the hashes of their secrets, and who changed them.

use super::audit::NewAudit;
use super::convert::{bytes, gln, int, uint, uuid};
use super::epcis::insert;
use super::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Value};
use tracelight_api::rest::audit::{AuditAction, AuditOutcome};
use tracelight_api::rest::key::{KEYS_MAX, Scope};
use tracelight_domain::ids::MemberId;
use uuid::Uuid;

/// Keys of a list: those in use, and the newest of the others.
const LISTED_MAX: u64 = 200;
/// Secrets whose first characters are the same: about never two.
const SAME_PREFIX_MAX: u64 = 8;
const COLUMNS: &str = "k.id, k.member, k.name, k.scopes, k.created_by, k.created_ms, k.expires_ms, k.revoked_ms, k.used_day, \
                       s.hash, s.prefix, s.until_ms";
const TABLE: &str = "api_key";

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// Its id.
    pub id: Uuid,
    /// For whom it acts.
    pub member: MemberId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_ms: u64,
    /// When it expires.
    pub expires_ms: Option<u64>,
    /// When it was revoked.
    pub revoked_ms: Option<u64>,
    /// Day of its last use, since 1970.
    pub used_day: Option<u64>,
}

impl ApiKeyRow {
    /// Neither revoked nor expired.
    #[must_use]
    pub fn is_good(&self, now_ms: u64) -> bool {
        self.revoked_ms.is_none() && self.expires_ms.is_none_or(|expires| now_ms < expires)
    }
}

/// A secret of a key, without itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRow {
    /// Its first characters.
    pub prefix: String,
    /// Until when it is good; as long as its key when absent.
    pub until_ms: Option<u64>,
}

/// A new secret.
#[derive(Clone, Copy, Debug)]
pub struct NewSecret<'a> {
    /// Its first characters.
    pub prefix: &'a str,
    /// Its SHA-256.
    pub hash: [u8; 32],
}

/// Who changed what programs may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessAudit {
    /// For whom.
    pub member: MemberId,
    /// User, or the key with which a program did it.
    pub user: Uuid,
    /// Its name at that time.
    pub user_name: String,
    /// What was done, a word of a closed set.
    pub action: &'static str,
    /// Key or webhook.
    pub subject: Uuid,
    /// What of it.
    pub detail: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    member: String,
    name: String,
    scopes: String,
    created_by: String,
    created_ms: i64,
    expires_ms: Option<i64>,
    revoked_ms: Option<i64>,
    used_day: Option<i64>,
    hash: Vec<u8>,
    prefix: String,
    until_ms: Option<i64>,
}

fn key(row: &Row) -> Result<ApiKeyRow, StoreError> {
    let scope = |word: &str| Scope::parse(word).ok_or_else(|| StoreError::corrupt(TABLE, "scopes", word));
    Ok(ApiKeyRow {
        id: Uuid::from_bytes(bytes(TABLE, "id", &row.id)?),
        member: gln(TABLE, "member", &row.member)?,
        name: row.name.clone(),
        scopes: row.scopes.split(' ').map(scope).collect::<Result<_, _>>()?,
        created_by: row.created_by.clone(),
        created_ms: uint(row.created_ms),
        expires_ms: row.expires_ms.map(uint),
        revoked_ms: row.revoked_ms.map(uint),
        used_day: row.used_day.map(uint),
    })
}

impl Store {
    /// Adds a key with its first secret; `false` when the member has [`KEYS_MAX`] good ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn make_api_key(
        &self,
        row: &ApiKeyRow,
        secret: NewSecret<'_>,
        audit: &AccessAudit,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT COUNT(*) AS kept FROM api_key WHERE member = ? AND revoked_ms IS NULL \
                    AND (expires_ms IS NULL OR expires_ms > ?)";
        let found = txn.query_one_raw(sql(&txn, text, [row.member.to_string().into(), int(now_ms).into()])).await?;
        let kept: i64 = found.map_or(Ok(0), |row| row.try_get("", "kept"))?;
        if uint(kept) >= KEYS_MAX {
            return Ok(false);
        }
        let columns = "id, member, name, scopes, created_by, created_ms, expires_ms, revoked_ms, used_day";
        let scopes: Vec<&str> = row.scopes.iter().map(|scope| scope.word()).collect();
        let values: Vec<Value> = vec![
            uuid(row.id),
            row.member.to_string().into(),
            row.name.clone().into(),
            scopes.join(" ").into(),
            row.created_by.clone().into(),
            int(row.created_ms).into(),
            row.expires_ms.map(int).into(),
            row.revoked_ms.map(int).into(),
            row.used_day.map(int).into(),
        ];
        insert(&txn, "INSERT", TABLE, columns, vec![values]).await?;
        add_secret(&txn, row.id, secret, now_ms).await?;
        audit_access(&txn, audit, now_ms).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Gives a good key another secret; those it had before end at `old_until_ms`, and what had an end already is forgotten.
    /// `false` when the key is not good, or was rotated by somebody else just now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rotate_api_key(
        &self,
        id: Uuid,
        secret: NewSecret<'_>,
        old_until_ms: u64,
        audit: &AccessAudit,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        // Touching the key's row makes two rotations at once follow each other.
        let text = "UPDATE api_key SET name = name WHERE id = ? AND member = ? AND revoked_ms IS NULL \
                    AND (expires_ms IS NULL OR expires_ms > ?)";
        let values: [Value; 3] = [uuid(id), audit.member.to_string().into(), int(now_ms).into()];
        txn.execute_raw(sql(&txn, text, values)).await?;
        let text = "SELECT COUNT(*) AS good FROM api_key WHERE id = ? AND member = ? AND revoked_ms IS NULL \
                    AND (expires_ms IS NULL OR expires_ms > ?)";
        let values: [Value; 3] = [uuid(id), audit.member.to_string().into(), int(now_ms).into()];
        let found = txn.query_one_raw(sql(&txn, text, values)).await?;
        let good: i64 = found.map_or(Ok(0), |row| row.try_get("", "good"))?;
        if good == 0 {
            return Ok(false);
        }
        let text = "DELETE FROM api_key_secret WHERE key_id = ? AND until_ms IS NOT NULL";
        txn.execute_raw(sql(&txn, text, [uuid(id)])).await?;
        let text = "UPDATE api_key_secret SET until_ms = ? WHERE key_id = ?";
        txn.execute_raw(sql(&txn, text, [int(old_until_ms).into(), uuid(id)])).await?;
        add_secret(&txn, id, secret, now_ms).await?;
        audit_access(&txn, audit, now_ms).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Ends a key at once. Ending one that is over changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revoke_api_key(&self, id: Uuid, audit: &AccessAudit, now_ms: u64) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let text = "UPDATE api_key SET revoked_ms = ? WHERE id = ? AND member = ? AND revoked_ms IS NULL";
        let values: [Value; 3] = [int(now_ms).into(), uuid(id), audit.member.to_string().into()];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() > 0 {
            audit_access(&txn, audit, now_ms).await?;
        }
        txn.commit().await?;
        Ok(())
    }

    /// A member's keys with their secrets, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn api_keys(&self, member: MemberId) -> Result<Vec<(ApiKeyRow, Vec<SecretRow>)>, StoreError> {
        // A key has at most two secrets: its own, and the one before.
        let text = format!(
            "SELECT {COLUMNS} FROM api_key k JOIN api_key_secret s ON s.key_id = k.id WHERE k.member = ? \
             ORDER BY k.created_ms DESC, k.id DESC, s.made_ms DESC LIMIT ?"
        );
        let values: [Value; 2] = [member.to_string().into(), int(2 * LISTED_MAX).into()];
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let mut keys: Vec<(ApiKeyRow, Vec<SecretRow>)> = Vec::new();
        for row in rows {
            let (found, until_ms) = (key(&row)?, row.until_ms.map(uint));
            let secret = SecretRow { prefix: row.prefix, until_ms };
            match keys.last_mut().filter(|(last, _)| last.id == found.id) {
                Some((_, secrets)) => secrets.push(secret),
                None => keys.push((found, vec![secret])),
            }
        }
        Ok(keys)
    }

    /// A key by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn api_key(&self, id: Uuid) -> Result<Option<ApiKeyRow>, StoreError> {
        let text =
            format!("SELECT {COLUMNS} FROM api_key k JOIN api_key_secret s ON s.key_id = k.id WHERE k.id = ? LIMIT 1");
        let values = [uuid(id)];
        let row = Row::find_by_statement(sql(self.reader(), &text, values)).one(self.reader()).await?;
        row.as_ref().map(key).transpose()
    }

    /// The hashes of the secrets that begin so, each with its end and its key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn api_keys_by_prefix(
        &self,
        prefix: &str,
    ) -> Result<Vec<([u8; 32], Option<u64>, ApiKeyRow)>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM api_key k JOIN api_key_secret s ON s.key_id = k.id WHERE s.prefix = ? LIMIT ?"
        );
        let values: [Value; 2] = [prefix.into(), int(SAME_PREFIX_MAX).into()];
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        let one = |row: &Row| Ok((bytes("api_key_secret", "hash", &row.hash)?, row.until_ms.map(uint), key(row)?));
        rows.iter().map(one).collect()
    }

    /// Writes down the day of a key's use.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn api_key_used(&self, id: Uuid, day: u64) -> Result<(), StoreError> {
        let text = "UPDATE api_key SET used_day = ? WHERE id = ? AND (used_day IS NULL OR used_day < ?)";
        let values: [Value; 3] = [int(day).into(), uuid(id), int(day).into()];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }
}

async fn add_secret(
    txn: &DatabaseTransaction,
    key: Uuid,
    secret: NewSecret<'_>,
    now_ms: u64,
) -> Result<(), StoreError> {
    let values: Vec<Value> =
        vec![secret.hash.to_vec().into(), uuid(key), secret.prefix.into(), int(now_ms).into(), None::<i64>.into()];
    insert(txn, "INSERT", "api_key_secret", "hash, key_id, prefix, made_ms, until_ms", vec![values]).await
}

/// A line of the log of who changed what programs may do, in the transaction of the change.
pub(super) async fn audit_access(
    txn: &DatabaseTransaction,
    entry: &AccessAudit,
    now_ms: u64,
) -> Result<(), StoreError> {
    let values: Vec<Value> = vec![
        uuid(Uuid::now_v7()),
        int(now_ms).into(),
        entry.member.to_string().into(),
        uuid(entry.user),
        entry.user_name.clone().into(),
        entry.action.into(),
        uuid(entry.subject),
        entry.detail.chars().take(400).collect::<String>().into(),
    ];
    let columns = "id, at_ms, member, user_id, user_name, action, subject, detail";
    insert(txn, "INSERT", "access_audit", columns, vec![values]).await?;
    let object = format!("{} {}", entry.subject.simple(), entry.detail);
    let line = NewAudit {
        member: entry.member,
        actor: entry.member,
        user: entry.user_name.clone(),
        action: told(entry.action),
        object: object.trim_end().to_owned(),
        outcome: AuditOutcome::Done,
    };
    super::audit::add(txn, &[line], now_ms).await
}

/// The action as the log that the member's people read has it.
fn told(action: &str) -> AuditAction {
    match action {
        "make_api_key" => AuditAction::KeyMade,
        "rotate_api_key" => AuditAction::KeyRotated,
        "revoke_api_key" => AuditAction::KeyRevoked,
        "make_webhook" => AuditAction::WebhookMade,
        "drop_webhook" => AuditAction::WebhookDeleted,
        // rotate, enable, disable
        _ => AuditAction::WebhookChanged,
    }
}
