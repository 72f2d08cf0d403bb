//! Answers of holders: documents that the member signs by anchoring their hash, one log a case and member.
//!
//! ```text
//! document --SHA-256--> root of the log `LOG / case` of the member, size = revision      one `Anchor` an answer
//! document n+1 names the hash of document n: whoever has the newest has all of them
//! ```
//! The signed bytes are kept before they are sent, and are sent again until they are on the chain; what has expired is signed anew.

use super::sums::Answers;
use crate::app::AppState;
use crate::http::ApiResult;
use crate::signing::{Author, sign_for_member, submit};
use crate::store::{AnswerKept, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::recall_task::AnswerDocument;
use tracelight_domain::gs1::{Gtin, Lot};
use tracelight_domain::ids::{BatchId, Hash, MemberId};
use tracelight_domain::tx::{SignedTx, TxBody};
use tracelight_proof::hash::sha256;
use tracelight_proof::signed::tx_id;
use uuid::Uuid;

/// Names the log of a member's answers in a case among the member's logs on the chain.
#[must_use]
pub fn log(case: Uuid) -> Hash {
    sha256(&[b"tracelight/answers-to-a-recall-case/v1/".as_slice(), case.as_bytes()].concat())
}

/// Signs an answer in the member's name.
///
/// # Errors
/// 403 when this server does not hold the member's key; 503 when it does not sign now.
pub async fn sign(
    state: &AppState,
    case: Uuid,
    member: MemberId,
    revision: u32,
    document: &[u8],
) -> ApiResult<SignedTx> {
    let root = sha256(document);
    let body = TxBody::Anchor { log: log(case), size: u64::from(revision), root };
    let intention = format!("recall-answer/{case}/{member}/{revision}/{root}/{}", state.progress().projected);
    sign_for_member(state, member, intention.as_bytes(), body).await
}

/// Sends an answer until the verified chain has it.
///
/// # Errors
/// 503 when the chain does not answer now: it is sent again later. 409 when the chain refuses.
pub async fn settle(state: &AppState, mut answer: AnswerKept) -> ApiResult<()> {
    if !is_on_chain(state, &answer).await? {
        if answer.tx.tx.expires_at <= state.progress().projected {
            answer.tx = sign(state, answer.case, answer.member, answer.revision, &answer.document).await?;
            state.store.settle_recall_answer(&answer).await?;
        }
        let author = Author { user: answer.user, user_name: answer.user_name.clone(), member: answer.member };
        submit(state, &author, "recall_answer", answer.tx.clone()).await?;
    }
    answer.settled = true;
    Ok(state.store.settle_recall_answer(&answer).await?)
}

async fn is_on_chain(state: &AppState, answer: &AnswerKept) -> Result<bool, StoreError> {
    Ok(matches!(state.store.transaction(tx_id(&answer.tx.tx)).await?, Some((_, None))))
}

/// What a document says. One of ours always reads.
///
/// # Errors
/// A row that nobody can have written.
pub fn read(answer: &AnswerKept) -> Result<AnswerDocument, StoreError> {
    serde_json::from_slice(&answer.document).map_err(|error| StoreError::corrupt("recall_answer", "document", error))
}

/// The lots that a document answers for.
///
/// # Errors
/// As [`read`].
pub fn lots(
    document: &AnswerDocument,
) -> Result<BTreeMap<BatchId, tracelight_api::rest::recall_task::LotAnswer>, StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::corrupt("recall_answer", "document", error);
    let one = |lot: &tracelight_api::rest::recall_task::LotAnswer| {
        let gtin = Gtin::parse(&lot.gtin).map_err(|error| corrupt(&error))?;
        let name = Lot::parse(&lot.lot).map_err(|error| corrupt(&error))?;
        Ok((BatchId { gtin, lot: name }, lot.clone()))
    };
    document.lots.iter().map(one).collect()
}

/// The newest answers, by member. `all` is in the order of revisions.
///
/// # Errors
/// As [`read`].
pub fn newest(all: &[AnswerKept]) -> Result<Answers, StoreError> {
    let last: BTreeMap<MemberId, &AnswerKept> = all.iter().map(|answer| (answer.member, answer)).collect();
    last.into_iter().map(|(member, answer)| Ok((member, lots(&read(answer)?)?))).collect()
}

/// When a member had first answered for all these lots; `None` before.
///
/// # Errors
/// As [`read`].
pub fn complete_since(
    all: &[AnswerKept],
    member: MemberId,
    asked: &BTreeSet<BatchId>,
) -> Result<Option<u64>, StoreError> {
    for answer in all.iter().filter(|answer| answer.member == member) {
        let answered = lots(&read(answer)?)?;
        if asked.iter().all(|lot| answered.contains_key(lot)) {
            return Ok(Some(answer.at_ms));
        }
    }
    Ok(None)
}
