//! Puts the root of each member's log of captured events on the chain: one `Anchor` for everything captured since the last
//! one, at most one in `epcis.anchor_seconds`.
//!
//! The signed bytes are kept before they are sent and sent again until they expire; the chain answers the second time with its
//! first result. How far a log is anchored is read from the verified chain, never from what was sent.

use crate::app::AppState;
use crate::http::ApiResult;
use crate::signing::{Author, sign_for_member, submit};
use crate::store::AnchorRow;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tracelight_domain::ids::{Hash, MemberId};
use tracelight_domain::state::{ObjectId, StateBody};
use tracelight_domain::tx::TxBody;
use tracelight_proof::hash::sha256;
use tracelight_proof::signed::tx_id;
use uuid::Uuid;

/// Names the log among a member's logs on the chain.
pub static LOG: LazyLock<Hash> = LazyLock::new(|| sha256(b"tracelight/log-of-captured-epcis-events/v1"));

/// When each member's log was last looked at.
#[derive(Debug, Default)]
pub struct Anchors(BTreeMap<MemberId, u64>);

impl Anchors {
    /// Anchors what is new.
    pub async fn turn(&mut self, state: &AppState) {
        let pause_ms = state.config.epcis.anchor_seconds.saturating_mul(1_000);
        let members: Vec<MemberId> = state.keys.members().collect();
        for member in members {
            let now_ms = crate::clock::now_ms();
            if self.0.get(&member).is_some_and(|last| now_ms < last.saturating_add(pause_ms)) {
                continue;
            }
            match of_member(state, member).await {
                Ok(false) => {}
                Ok(true) => {
                    self.0.insert(member, now_ms);
                }
                Err(error) => {
                    self.0.insert(member, now_ms);
                    let why = error.0.detail.as_deref().unwrap_or(&error.0.title);
                    tracing::warn!(member = %member, "Captured events of {member} are not anchored yet: {why}");
                }
            }
        }
    }
}

/// Anchors one log. Returns whether anything was sent.
async fn of_member(state: &AppState, member: MemberId) -> ApiResult<bool> {
    let log = state.store.epcis_log(member).await?;
    let on_chain = match state.store.object(&ObjectId::Log(member, *LOG)).await?.map(|state| state.body) {
        Some(StateBody::Log { size, .. }) => size,
        _ => 0,
    };
    if log.size <= on_chain {
        return Ok(false);
    }
    let height = state.progress().projected;
    let newest = state.store.epcis_newest_anchor(member).await?;
    let waiting = newest.filter(|row| row.size > on_chain && row.tx.tx.expires_at > height);
    let signed = match waiting {
        Some(row) => row.tx,
        None => {
            let body = TxBody::Anchor { log: *LOG, size: log.size, root: log.root };
            let intention = format!("epcis-anchor/{member}/{}/{height}", log.size);
            let tx = sign_for_member(state, member, intention.as_bytes(), body).await?;
            let at_ms = crate::clock::now_ms();
            let row = AnchorRow { size: log.size, root: log.root, tx_id: tx_id(&tx.tx), tx: tx.clone(), at_ms };
            state.store.epcis_keep_anchor(member, &row).await?;
            // From here on the same bytes are sent, whatever happens to this process.
            tx
        }
    };
    let (user, user_name) = state.store.epcis_author(member).await?.unwrap_or((Uuid::nil(), "gateway".to_owned()));
    submit(state, &Author { user, user_name, member }, "epcis_anchor", signed).await?;
    metrics::counter!("epcis_anchors_total").increment(1);
    Ok(true)
}
