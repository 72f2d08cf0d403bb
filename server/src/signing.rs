//! Signs for a member when one of its people says so, and shows the result only after it went round the loop.
//!
//! ```text
//! user's role -> the member's key -> signed transaction -> node (final) -> follower (verified, projected) -> evidence
//! ```
//! The transaction of a request with an `Idempotency-Key` is kept before it is sent: the same key and request again send
//! the same bytes, which the chain answers with its first result. The same key with another request is a conflict. Each
//! signed transaction gets a line in the audit log with the user's name.

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, IdempotencyKey};
use crate::store::{AuditRow, Remembered};
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tracelight_api::chain::{Receipt, TxOutcome};
use tracelight_api::rest::Evidence;
use tracelight_client::keys::{KeyFileError, Signer, Unlock};
use tracelight_client::tx::{TxBuilder, nonce_of};
use tracelight_domain::ids::{Hash, Height, MemberId, TxId};
use tracelight_domain::rules::Refusal;
use tracelight_domain::tx::{SignedTx, TxBody};
use tracelight_proof::hash::sha256;
use tracelight_proof::signed::tx_id;

/// How long a node may take to make a transaction final.
const FINAL_WAIT_MS: u64 = 15_000;
/// How long the follower may take to verify and project its block after that.
const PROJECTED_WAIT: Duration = Duration::from_secs(10);

/// Keys of the members that this server signs for.
#[derive(Debug, Default)]
pub struct Keys(BTreeMap<MemberId, Arc<MemberKeys>>);

/// One member's keys.
#[derive(Debug)]
pub struct MemberKeys {
    /// For its operators.
    pub operator: Signer,
    /// For its approvers.
    pub approver: Option<Signer>,
}

impl MemberKeys {
    fn of(&self, capacity: Capacity) -> Option<&Signer> {
        match capacity {
            Capacity::Operator => Some(&self.operator),
            Capacity::Approver => self.approver.as_ref(),
        }
    }
}

impl Keys {
    /// Adds a member's keys from their files.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn read(
        &mut self,
        member: MemberId,
        operator: &Path,
        approver: Option<&Path>,
        unlock: &Unlock,
    ) -> Result<(), KeyFileError> {
        let operator = Signer::unlock(operator, unlock)?;
        let approver = approver.map(|path| Signer::unlock(path, unlock)).transpose()?;
        self.insert(member, MemberKeys { operator, approver });
        Ok(())
    }

    /// Adds a member's keys.
    pub fn insert(&mut self, member: MemberId, keys: MemberKeys) {
        self.0.insert(member, Arc::new(keys));
    }

    /// The members that this server signs for.
    pub fn members(&self) -> impl Iterator<Item = MemberId> {
        self.0.keys().copied()
    }

    /// Does this server sign for the member?
    #[must_use]
    pub fn serves(&self, member: MemberId) -> bool {
        self.0.contains_key(&member)
    }
}

/// In which capacity a person signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// With the member's operator key.
    Operator,
    /// With its approver key: the second person of a recall.
    Approver,
}

/// What a person wants signed.
#[derive(Debug)]
pub struct Intent<'a> {
    /// Who says so. The role is checked here.
    pub user: &'a User,
    /// In which capacity.
    pub capacity: Capacity,
    /// A word for the audit log, of a closed set: `register_product`, `ship`, …
    pub action: &'static str,
    /// The request's idempotency key.
    pub key: &'a IdempotencyKey,
    /// The request as bytes, to tell a repetition from another request under the same key.
    pub request: &'a [u8],
    /// What is to be signed. A repetition sends what was signed the first time instead.
    pub body: TxBody,
}

/// A transaction that is final, applied and projected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Where it stands.
    pub evidence: Evidence,
    /// It had been done before by the same request.
    pub already: bool,
    /// What was signed: of a repetition, the first one's.
    pub body: TxBody,
}

/// Signs, submits, and waits until the follower has verified and projected the block.
///
/// # Errors
/// 403 when the role or the key is missing; 409 or 422 with the rule's name when the chain refuses; 409 when the key was
/// used for another request; 503 when the chain does not answer in time (asking again with the same key is safe).
pub async fn sign_and_submit(state: &AppState, intent: Intent<'_>) -> ApiResult<Signed> {
    // Without a chain there is nothing to sign for.
    state.nodes()?;
    let signed = signed_tx(state, &intent).await?;
    let author = Author { user: intent.user.id, user_name: intent.user.name.clone(), member: intent.user.member };
    submit(state, &author, intent.action, signed).await
}

/// Who stands behind a transaction in the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Id; nil for a system with a token.
    pub user: uuid::Uuid,
    /// Sign-in name.
    pub user_name: String,
    /// For whom.
    pub member: MemberId,
}

/// Signs with a member's operator key what follows from what its people and systems did before: the anchor of a log. Sending
/// is [`submit`], so that the bytes can be kept first.
///
/// # Errors
/// 403 when this server does not hold the key; 503 when it does not sign now.
pub async fn sign_for_member(
    state: &AppState,
    member: MemberId,
    intention: &[u8],
    body: TxBody,
) -> ApiResult<SignedTx> {
    sign_in_capacity(state, member, Capacity::Operator, intention, body).await
}

/// Signs with one of a member's keys a part of what one of its people said in that capacity: one transaction of a recall case's step.
/// The role was checked when they said so. Sending is [`submit_all`], so that the bytes can be kept first.
///
/// # Errors
/// As [`sign_for_member`].
pub async fn sign_in_capacity(
    state: &AppState,
    member: MemberId,
    capacity: Capacity,
    intention: &[u8],
    body: TxBody,
) -> ApiResult<SignedTx> {
    let keys = state.keys.0.get(&member).ok_or_else(missing_key)?;
    let progress = state.progress();
    let builder = TxBuilder::new(state.alliance.chain, progress.projected.max(progress.seen));
    sign(Arc::clone(keys), capacity, builder, nonce_of(intention), body).await
}

/// Submits, writes the audit log, and waits until the follower has verified and projected the block. Sending the same bytes
/// again is harmless.
///
/// # Errors
/// As [`sign_and_submit`].
pub async fn submit(state: &AppState, author: &Author, action: &'static str, signed: SignedTx) -> ApiResult<Signed> {
    let id = tx_id(&signed.tx);
    let receipts = state.nodes()?.submit(std::slice::from_ref(&signed), FINAL_WAIT_MS).await?;
    let receipt = receipts.into_iter().next().ok_or_else(|| ApiError::unavailable("the node gave no receipt"))?;
    let height = written_down(state, author, action, id, &receipt).await??;
    projected(state, height).await?;
    let evidence = evidence(state, id).await?;
    Ok(Signed { evidence, already: receipt.already, body: signed.tx.body })
}

/// As [`submit`], for several at once: what became of each, in their order, after the last block that holds one was projected.
///
/// # Errors
/// 503 when no node answers or the projection does not come in time. Sending the same bytes again is harmless.
pub async fn submit_all(
    state: &AppState,
    author: &Author,
    action: &'static str,
    signed: &[SignedTx],
) -> ApiResult<Vec<ApiResult<Height>>> {
    let receipts = state.nodes()?.submit(signed, FINAL_WAIT_MS).await?;
    let mut results = Vec::with_capacity(receipts.len());
    for (tx, receipt) in signed.iter().zip(&receipts) {
        results.push(written_down(state, author, action, tx_id(&tx.tx), receipt).await?);
    }
    if let Some(last) = results.iter().filter_map(|result| result.as_ref().ok()).max() {
        projected(state, *last).await?;
    }
    Ok(results)
}

/// Writes the audit log's line about a receipt, and says what the receipt means.
async fn written_down(
    state: &AppState,
    author: &Author,
    action: &'static str,
    tx: TxId,
    receipt: &Receipt,
) -> ApiResult<ApiResult<Height>> {
    let result = judged(receipt);
    let outcome = match (&result, receipt.outcome) {
        (Ok(_), _) => "applied".to_owned(),
        (Err(_), TxOutcome::Pending) => "pending".to_owned(),
        (Err(error), _) => error.0.kind.trim_start_matches("tracelight:").to_owned(),
    };
    let entry = AuditRow {
        user: author.user,
        user_name: author.user_name.clone(),
        member: author.member,
        action,
        tx,
        outcome,
        height: receipt.height,
    };
    state.store.audit(entry, crate::clock::now_ms()).await?;
    Ok(result)
}

/// The transaction to send: a new one, or that of the first request with the same key.
async fn signed_tx(state: &AppState, intent: &Intent<'_>) -> ApiResult<SignedTx> {
    let keys = signing_keys(state, intent)?;
    let request = sha256(&[intent.action.as_bytes(), b"\0", intent.request].concat());
    let scope = |name: &str| sha256(&[intent.user.id.as_bytes(), name.as_bytes()].concat());
    let remembered_key: Option<Hash> = intent.key.0.as_deref().map(scope);
    if let Some(name) = remembered_key
        && let Some(earlier) = state.store.remembered(intent.user.id, name).await?
    {
        return same_request(earlier, request);
    }
    let mut random = [0; 32];
    let name = match remembered_key {
        Some(name) => name.0,
        None => {
            getrandom::fill(&mut random)?;
            random
        }
    };
    let progress = state.progress();
    let builder = TxBuilder::new(state.alliance.chain, progress.projected.max(progress.seen));
    let signed = sign(keys, intent.capacity, builder, nonce_of(&name), intent.body.clone()).await?;
    let Some(name) = remembered_key else { return Ok(signed) };
    // From here on the same request sends the same bytes, whatever happens to this process.
    let kept = state.store.remember(intent.user.id, name, Remembered { request, tx: signed }, crate::clock::now_ms());
    same_request(kept.await?, request)
}

fn same_request(kept: Remembered, request: Hash) -> ApiResult<SignedTx> {
    if kept.request == request {
        return Ok(kept.tx);
    }
    Err(ApiError::idempotency_conflict())
}

/// Signs where waiting holds nobody up: a key may be in a token, which takes its time.
async fn sign(
    keys: Arc<MemberKeys>,
    capacity: Capacity,
    builder: TxBuilder,
    nonce: u64,
    body: TxBody,
) -> ApiResult<SignedTx> {
    let task = tokio::task::spawn_blocking(move || keys.of(capacity).map(|key| builder.sign(key, nonce, body)));
    let ended = |error: tokio::task::JoinError| {
        ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "signing_ended", "signing ended", &error)
    };
    let signed = task.await.map_err(ended)?.ok_or_else(missing_key)?;
    // Which module and which token is for the log, not for whoever asked.
    signed.map_err(|error| {
        let title = "the key of your member does not sign now; nothing was done";
        ApiError::fault(StatusCode::SERVICE_UNAVAILABLE, "key_unavailable", title, &error)
    })
}

fn missing_key() -> ApiError {
    ApiError::forbidden("this server does not hold the key that signs this for your member")
}

fn signing_keys(state: &AppState, intent: &Intent<'_>) -> ApiResult<Arc<MemberKeys>> {
    match intent.capacity {
        Capacity::Operator => intent.user.must_operate()?,
        Capacity::Approver => intent.user.must_approve()?,
    }
    let keys = state.keys.0.get(&intent.user.member).ok_or_else(missing_key)?;
    keys.of(intent.capacity).map(|_| Arc::clone(keys)).ok_or_else(missing_key)
}

/// What a receipt means for the person who asked: the height, or why not.
fn judged(receipt: &Receipt) -> ApiResult<Height> {
    let rule = receipt.refusal.as_deref().and_then(|name| Refusal::ALL.iter().find(|rule| rule.name() == name));
    match (receipt.outcome, receipt.height, rule) {
        (TxOutcome::Applied, Some(height), _) => Ok(height),
        (TxOutcome::Refused | TxOutcome::Rejected, _, Some(rule)) => Err((*rule).into()),
        (TxOutcome::Pending, _, _) => {
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "still_pending", "the chain has not made it final yet")
                .detail("ask again with the same Idempotency-Key; it will not be done twice"))
        }
        (TxOutcome::Conflict, _, _) => Err(Refusal::NonceUsed.into()),
        (outcome, height, _) => {
            let title = "the node's answer cannot be understood";
            let cause =
                format!("outcome {outcome:?}, height {height:?}, refusal {:?}, {:?}", receipt.refusal, receipt.detail);
            Err(ApiError::fault(StatusCode::BAD_GATEWAY, "bad_receipt", title, &cause))
        }
    }
}

/// Waits until the read model holds the block.
async fn projected(state: &AppState, height: Height) -> ApiResult<()> {
    let mut progress = state.progress.watch();
    let reached = progress.wait_for(|progress| progress.projected >= height || progress.halted);
    match tokio::time::timeout(PROJECTED_WAIT, reached).await {
        Ok(Ok(now)) if now.projected >= height => Ok(()),
        _ => Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "not_projected_yet", "done, but not visible here yet")
            .detail(format!("block {height} is final; this server has not verified it yet. Reload in a moment"))),
    }
}

/// What the verified chain says of the transaction, which is what is shown.
async fn evidence(state: &AppState, id: TxId) -> ApiResult<Evidence> {
    match state.store.transaction(id).await? {
        Some((evidence, None)) => Ok(evidence),
        Some((_, Some(refusal))) => Err(refusal.into()),
        None => {
            let title = "the node says it is final, the verified chain does not hold it";
            let cause = format!("transaction {id} is in no projected block");
            Err(ApiError::fault(StatusCode::BAD_GATEWAY, "bad_receipt", title, &cause))
        }
    }
}
