//! Answers about accounts.

use tracelight_api::rest::account::{Account, OwnSession, TotpState};
use tracelight_api::rest::audit::{AuditAction, AuditEvent, AuditOutcome};
use tracelight_api::rest::session::{MemberRole, UserRole};
use tracelight_api::rest::user::{AskedRole, Invitation, InvitationState, InvitationView, UserAccount};

use super::{NOW_MS, members};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// An approver's has a second factor.
pub fn account(role: UserRole) -> Account {
    let on = role == UserRole::Approver;
    let totp = TotpState {
        available: role != UserRole::Viewer,
        on_since_ms: on.then_some(NOW_MS - 40 * DAY_MS),
        recovery_left: if on { 9 } else { 0 },
    };
    Account { user: "lin".into(), role, administrator: !on, totp }
}

pub fn sessions() -> Vec<OwnSession> {
    let one = |id: &str, browser: &str, begun, seen, this| OwnSession {
        id: id.repeat(16),
        begun_ms: NOW_MS - begun,
        seen_ms: NOW_MS - seen,
        browser: browser.into(),
        this,
    };
    vec![
        one("1a", "Firefox", HOUR_MS, 0, true),
        one("2b", "WeChat", 9 * HOUR_MS, 3 * HOUR_MS, false),
        one("3c", "other", 11 * HOUR_MS, 10 * HOUR_MS, false),
    ]
}

pub fn users() -> Vec<UserAccount> {
    let one = |id: &str, name: &str, role, administrator| UserAccount {
        id: id.repeat(16),
        name: name.into(),
        role,
        administrator,
        suspended_ms: None,
        totp: role == UserRole::Approver,
        created_ms: NOW_MS - 90 * DAY_MS,
        asked: None,
        this: name == "lin",
    };
    let asked = AskedRole {
        role: UserRole::Approver,
        administrator: false,
        by: "zhao".into(),
        at_ms: NOW_MS - HOUR_MS,
        yours_to_release: true,
    };
    vec![
        one("1a", "lin", UserRole::Operator, true),
        one("2b", "wang", UserRole::Approver, false),
        UserAccount { asked: Some(asked), ..one("3c", "chen", UserRole::Viewer, false) },
        UserAccount { suspended_ms: Some(NOW_MS - DAY_MS), ..one("4d", "sun", UserRole::Operator, false) },
    ]
}

pub fn invitations() -> Vec<Invitation> {
    let one = |id: &str, label: &str, state, role| Invitation {
        id: id.repeat(16),
        label: label.into(),
        role,
        administrator: false,
        state,
        made_by: "lin".into(),
        made_ms: NOW_MS - 2 * DAY_MS,
        expires_ms: NOW_MS + 5 * DAY_MS,
        accepted_by: (state == InvitationState::Accepted).then(|| "chen".to_owned()),
    };
    vec![
        one("1a", "仓库夜班", InvitationState::Open, UserRole::Operator),
        one("2b", "Quality", InvitationState::Accepted, UserRole::Approver),
        one("3c", "", InvitationState::Revoked, UserRole::Viewer),
        one("4d", "Audit firm", InvitationState::Expired, UserRole::Viewer),
    ]
}

pub fn invitation() -> InvitationView {
    let member = members().into_iter().find(|member| member.role == MemberRole::Manufacturer).expect("there is one");
    InvitationView { member, role: UserRole::Approver, administrator: false, expires_ms: NOW_MS + 6 * DAY_MS }
}

pub fn audit() -> Vec<AuditEvent> {
    let one = |minutes: u64, user: Option<&str>, action, object: &str, outcome| AuditEvent {
        at_ms: NOW_MS - minutes * 60_000,
        member: if user.is_some() { "9521101530016" } else { "9521101530047" }.into(),
        user: user.map(Into::into),
        action,
        object: object.into(),
        outcome,
    };
    let done = AuditOutcome::Done;
    vec![
        one(3, Some("lin"), AuditAction::CodesExported, "(01)09521101530001(10)A24K08, 48000 codes", done),
        one(9, None, AuditAction::Searched, "(01)09521101530001(10)A24K07", done),
        one(12, None, AuditAction::RecallOpened, "(01)09521101530001(10)A24K07, drill", done),
        one(40, Some("sun"), AuditAction::SignIn, "", AuditOutcome::Refused),
        one(41, Some("lin"), AuditAction::UserSuspended, "sun", done),
        one(60, Some("zhao"), AuditAction::RoleAsked, "chen: approver", done),
        one(
            2_900,
            Some("key tl_4k7m2p93"),
            AuditAction::Fsma204Exported,
            "all foods, 2026-10-01..2026-10-31, workbook",
            done,
        ),
    ]
}
