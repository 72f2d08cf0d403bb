//! The sealed record of a case that ended: everything that is known of it, as JSON, and its SHA-256 on the chain.
//!
//! ```text
//! every lot's recall is closed -> record written, signed over, kept (one statement) -> `Anchor` on the chain -> the case is closed
//! ```
//! The log is [`log`] of the member whose case it is, its size 1, its root the record's hash. The signed transaction is given out
//! beside the record: `tracelight record` checks the signature and the hash, and asks a node whether the chain has it.

use super::{answers, view};
use crate::app::AppState;
use crate::http::ApiResult;
use crate::signing::{Author, sign_for_member, submit};
use crate::store::{CaseKept, StoreError};
use serde::Serialize;
use tracelight_api::rest::Evidence;
use tracelight_api::rest::recall_case::RecallCase;
use tracelight_api::rest::recall_task::AnswerDocument;
use tracelight_domain::ids::Hash;
use tracelight_domain::tx::{SignedTx, TxBody};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::hash::sha256;
use tracelight_proof::signed::tx_id;
use uuid::Uuid;

/// Names the form of the record.
pub const FORMAT: &str = "tracelight/record-of-a-recall-case/v1";

/// The record, in the order in which it is written.
#[derive(Debug, Serialize)]
struct Record {
    format: &'static str,
    chain: String,
    written_ms: u64,
    case: RecallCase,
    answers: Vec<AnswerInRecord>,
}

/// An answer with what is needed to check it: the document as it was hashed, and the transaction that the member signed.
#[derive(Debug, Serialize)]
struct AnswerInRecord {
    document: AnswerDocument,
    /// SHA-256 of the document's bytes: JSON in the order of its fields, without spaces.
    hash: String,
    tx_id: String,
    /// The signed transaction, hex.
    signed_tx: String,
    evidence: Option<Evidence>,
}

/// Names the log of the record among a member's logs on the chain.
#[must_use]
pub fn log(case: Uuid) -> Hash {
    sha256(&[b"tracelight/record-of-a-recall-case/v1/".as_slice(), case.as_bytes()].concat())
}

/// Writes the record if there is none, and sends its hash until the verified chain has it.
///
/// # Errors
/// 503 when the chain, a key or the database does not answer now; 409 when the chain refuses.
pub async fn seal(state: &AppState, case: &CaseKept, author: &Author) -> ApiResult<()> {
    let (record, tx) = match state.store.recall_record(case.id).await? {
        Some(kept) => kept,
        None => {
            let record = write(state, case).await?;
            let tx = sign(state, case, &record).await?;
            state.store.seal_recall_record(case.id, &record, &tx).await?;
            // Another worker may have been faster: what is kept counts.
            state.store.recall_record(case.id).await?.unwrap_or((record, tx))
        }
    };
    if evidence(state, &tx).await?.is_some() {
        return Ok(());
    }
    let tx = if tx.tx.expires_at <= state.progress().projected {
        let fresh = sign(state, case, &record).await?;
        state.store.sign_recall_record_anew(case.id, &tx, &fresh).await?;
        fresh
    } else {
        tx
    };
    submit(state, author, "seal_recall_record", tx).await?;
    Ok(())
}

/// Where the record's hash stands on the verified chain.
///
/// # Errors
/// When the database does not answer.
pub async fn evidence(state: &AppState, tx: &SignedTx) -> Result<Option<Evidence>, StoreError> {
    let found = state.store.transaction(tx_id(&tx.tx)).await?;
    Ok(found.filter(|(_, refusal)| refusal.is_none()).map(|(evidence, _)| evidence))
}

async fn sign(state: &AppState, case: &CaseKept, record: &[u8]) -> ApiResult<SignedTx> {
    let root = sha256(record);
    let body = TxBody::Anchor { log: log(case.id), size: 1, root };
    let intention = format!("recall-record/{}/{root}/{}", case.id, state.progress().projected);
    sign_for_member(state, case.member, intention.as_bytes(), body).await
}

async fn write(state: &AppState, case: &CaseKept) -> ApiResult<Vec<u8>> {
    let mut all = Vec::new();
    for answer in state.store.recall_answers(case.id, None).await? {
        all.push(AnswerInRecord {
            document: answers::read(&answer)?,
            hash: sha256(&answer.document).to_string(),
            tx_id: tx_id(&answer.tx.tx).to_string(),
            signed_tx: hex::encode(answer.tx.to_bytes()),
            evidence: evidence(state, &answer.tx).await?,
        });
    }
    let record = Record {
        format: FORMAT,
        chain: state.alliance.chain.to_string(),
        written_ms: crate::clock::now_ms(),
        case: view::case(state, case.clone()).await?,
        answers: all,
    };
    // Strings, numbers and lists always have a JSON form.
    Ok(serde_json::to_vec(&record).unwrap_or_default())
}
