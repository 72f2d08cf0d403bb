//! The audit log, as handlers write it. What a line holds: [`tracelight_api::rest::audit`]; where it is kept:
//! `store/audit.rs`.
//!
//! ```text
//! accounts, invitations, second factors, keys, webhooks    in the transaction of the change
//! exports, downloads                                       before the file leaves: no line, no file
//! sign-in, recalls, cases, notices, searches               right after; when the log fails, the caller is told 503
//! ```
//! **Policy.** What a regulator does about a company's goods (a search by code or lot, an export, a recall, a case of a
//! report) stands in the log of the company that makes them too: the act and the goods, and that it was the regulator, never
//! which person. An act that concerns more than [`CONCERNED_MAX`] companies, or all (an export without a food), stands in the
//! logs of the first of them.
//!
//! **Bounds.** A search that is repeated within a minute is one line. Wrong passwords are limited to ten in ten minutes for a
//! name; a name that nobody has is counted in `sign_in_unknown_names_total` and never written down, since it may be a
//! password. Lines are dropped after `accounts.audit_days`.

use crate::app::AppState;
use crate::auth::User;
use crate::http::ApiResult;
use crate::rates::{Bounds, Full, Rates};
use crate::store::NewAudit;
use std::collections::BTreeSet;
use tracelight_api::rest::audit::{AuditAction, AuditOutcome};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::state::MemberRole;
use tracelight_proof::hash::sha256;
use uuid::Uuid;

/// Companies in whose logs one act of a regulator stands.
pub const CONCERNED_MAX: usize = 50;
/// A search within this time is the same search.
const SAME_SEARCH: Bounds = Bounds { uses_max: 1, window_ms: 60_000, keys_max: 10_000, full: Full::Share(u32::MAX) };

/// Which searches were written down just now.
#[derive(Debug)]
pub struct Searches(Rates<(Uuid, [u8; 32])>);

impl Default for Searches {
    fn default() -> Self {
        Self(Rates::new(SAME_SEARCH))
    }
}

/// A line about something of the user's own member.
#[must_use]
pub fn line(user: &User, action: AuditAction, object: impl Into<String>) -> NewAudit {
    NewAudit {
        member: user.member,
        actor: user.member,
        user: user.name.clone(),
        action,
        object: object.into(),
        outcome: AuditOutcome::Done,
    }
}

/// Writes a line about something that concerns nobody else.
///
/// # Errors
/// 503.
pub async fn record(state: &AppState, user: &User, action: AuditAction, object: impl Into<String>) -> ApiResult<()> {
    Ok(state.store.add_audit(&[line(user, action, object)], crate::clock::now_ms()).await?)
}

/// Writes a line about goods of these makers: a regulator's act stands in their logs too.
///
/// # Errors
/// 503.
pub async fn of_goods(
    state: &AppState,
    user: &User,
    action: AuditAction,
    object: impl Into<String>,
    makers: impl IntoIterator<Item = MemberId>,
) -> ApiResult<()> {
    let own = line(user, action, object);
    let mut lines = vec![own.clone()];
    if user.member_role == MemberRole::Regulator {
        let makers: BTreeSet<MemberId> = makers.into_iter().filter(|maker| *maker != user.member).collect();
        let told = |member| NewAudit { member, user: String::new(), ..own.clone() };
        lines.extend(makers.into_iter().take(CONCERNED_MAX).map(told));
    }
    Ok(state.store.add_audit(&lines, crate::clock::now_ms()).await?)
}

/// Writes down what a regulator looked up; nothing for others, who see what is theirs.
///
/// # Errors
/// 503.
pub async fn searched(
    state: &AppState,
    user: &User,
    object: &str,
    makers: impl IntoIterator<Item = MemberId>,
) -> ApiResult<()> {
    if user.member_role != MemberRole::Regulator {
        return Ok(());
    }
    let key = (user.id, sha256(object.as_bytes()).0);
    if state.searches.0.take(key, crate::clock::now_ms()).is_err() {
        return Ok(());
    }
    of_goods(state, user, AuditAction::Searched, object, makers).await
}

/// Who makes a product.
///
/// # Errors
/// 503.
pub async fn maker_of(state: &AppState, gtin: Gtin) -> ApiResult<Option<MemberId>> {
    let maker = state.store.product(gtin).await?.map(|product| product.maker);
    Ok(maker.and_then(|gln| tracelight_domain::gs1::Gln::parse(&gln).ok()))
}

/// Who makes the products of these lots.
///
/// # Errors
/// 503.
pub async fn makers_of(state: &AppState, lots: &[BatchId]) -> ApiResult<BTreeSet<MemberId>> {
    let gtins: BTreeSet<Gtin> = lots.iter().map(|lot| lot.gtin).collect();
    let mut makers = BTreeSet::new();
    for gtin in gtins.into_iter().take(CONCERNED_MAX) {
        makers.extend(maker_of(state, gtin).await?);
    }
    Ok(makers)
}
