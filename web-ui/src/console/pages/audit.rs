//! The audit log: filters, rows, the same rows as a table.
//!
//! The filters ask with `GET` and stand in the address, so that looking and downloading work without the program.

use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::audit::{AuditAction, AuditEvent, AuditOutcome};

use crate::console::form::asked_line;
use crate::console::icons::{Mark, Sign, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Address, Page, url};
use crate::console::parts::{card, empty, error_card, head, link_button, pager, table};
use crate::console::texts::accounts::AuditTexts;
use crate::console::ui::Ui;

/// Parts of a question, as the interface names them.
const PARTS: [&str; 4] = ["action", "user", "from", "to"];

/// Path of the rows that an address names.
pub fn rows_path(address: &Address, file: &str) -> String {
    let parts = PARTS.into_iter().chain(["cursor"]).filter_map(|name| Some((name, address.query(name)?)));
    url(&format!("/api/v1/audit{file}"), &parts.collect::<Vec<_>>())
}

/// The page.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<AuditEvent>>) -> AnyView {
    let t = AuditTexts::of(ui.lang);
    let problem = rows.as_ref().err();
    let of_field = problem.is_some_and(|problem| problem.field.as_deref().is_some_and(|name| PARTS.contains(&name)));
    let filters = choose(ui, &data.address, problem);
    let (list, csv) = match rows {
        Ok(rows) if rows.items.is_empty() => (nothing(ui, &data.address), None),
        Ok(rows) => {
            let csv = link_button(Some(Sign::Download), "b", rows_path(&data.address, ".csv"), t.csv);
            (list(ui, data, rows), Some(csv))
        }
        Err(_) if of_field => (().into_any(), None),
        Err(problem) => (error_card(ui, data, problem), None),
    };
    view! {
        {head(None, t.title.into_any(), t.line.into_any(), csv)}
        {filters}
        {list}
    }
    .into_any()
}

fn nothing(ui: Ui, address: &Address) -> AnyView {
    let t = AuditTexts::of(ui.lang);
    if PARTS.iter().all(|name| address.query(name).is_none()) {
        return empty(t.empty_title, t.empty, None);
    }
    empty(t.empty_title, t.empty_filtered, Some(link_button(None, "b", Page::Audit.path(), t.clear)))
}

fn list(ui: Ui, data: &PageData, rows: &Rows<AuditEvent>) -> AnyView {
    let t = AuditTexts::of(ui.lang);
    let names = data.member_names();
    let row = |event: &AuditEvent| {
        let who = match &event.user {
            Some(user) => view! { <span class="mono">{user.clone()}</span> }.into_any(),
            None if event.action == AuditAction::UserSet => t.server.into_any(),
            // Another member's person has no name here.
            None => ui.run(names.get(&event.member).unwrap_or(&event.member)),
        };
        let words = action_words(t, event.action);
        let what = match event.outcome {
            AuditOutcome::Done => view! { <b>{words}</b> }.into_any(),
            AuditOutcome::Refused => view! { <b>{words}</b> " " {state(Mark::Attention, t.refused)} }.into_any(),
        };
        vec![
            what,
            ui.time(event.at_ms).into_any(),
            who,
            view! { <span class="wrap">{event.object.clone()}</span> }.into_any(),
        ]
    };
    let cells = rows.items.iter().map(row).collect();
    let heads = vec![t.h_what, t.h_time, t.h_who, t.h_object];
    view! {
        <section class="c">{table(t.title, &["k", "s", "d", "d"], heads, cells)}</section>
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

fn choose(ui: Ui, address: &Address, problem: Option<&Problem>) -> AnyView {
    let t = AuditTexts::of(ui.lang);
    let line = |name, label, hint, mode| asked_line(ui, address, problem, name, label, hint, mode);
    let chosen = address.query("action").unwrap_or_default().to_owned();
    let actions = AuditAction::ALL.iter().map(|action| {
        let word = action.word();
        view! { <option value=word selected=word == chosen>{action_words(t, *action)}</option> }
    });
    let inner = view! {
        <form method="get" action=Page::Audit.path()>
            <div class="row">
                <div class="field">
                    <label for="l-action">{t.action}</label>
                    <select id="l-action" name="action"><option value="">{t.all}</option>{actions.collect_view()}</select>
                </div>
                {line("user", t.user, None, "text")}
            </div>
            <div class="row">
                {line("from", t.from, Some(t.day_hint), "numeric")}
                {line("to", t.to, Some(t.day_hint), "numeric")}
            </div>
            <button type="submit" class="b">{t.show}</button>
        </form>
    };
    card(t.show, inner)
}

const fn action_words(t: &'static AuditTexts, action: AuditAction) -> &'static str {
    match action {
        AuditAction::SignIn => t.a_sign_in,
        AuditAction::SignOut => t.a_sign_out,
        AuditAction::RecoveryCodeUsed => t.a_recovery_code_used,
        AuditAction::PasswordChanged => t.a_password_changed,
        AuditAction::TotpOn => t.a_totp_on,
        AuditAction::TotpOff => t.a_totp_off,
        AuditAction::RecoveryCodesMade => t.a_recovery_codes_made,
        AuditAction::SessionEnded => t.a_session_ended,
        AuditAction::SessionsEnded => t.a_sessions_ended,
        AuditAction::InvitationMade => t.a_invitation_made,
        AuditAction::InvitationRevoked => t.a_invitation_revoked,
        AuditAction::InvitationAccepted => t.a_invitation_accepted,
        AuditAction::UserSet => t.a_user_set,
        AuditAction::UserChanged => t.a_user_changed,
        AuditAction::RoleAsked => t.a_role_asked,
        AuditAction::RoleReleased => t.a_role_released,
        AuditAction::RoleDeclined => t.a_role_declined,
        AuditAction::UserSuspended => t.a_user_suspended,
        AuditAction::UserReactivated => t.a_user_reactivated,
        AuditAction::UserTotpOff => t.a_user_totp_off,
        AuditAction::KeyMade => t.a_key_made,
        AuditAction::KeyRotated => t.a_key_rotated,
        AuditAction::KeyRevoked => t.a_key_revoked,
        AuditAction::WebhookMade => t.a_webhook_made,
        AuditAction::WebhookChanged => t.a_webhook_changed,
        AuditAction::WebhookDeleted => t.a_webhook_deleted,
        AuditAction::CodesExported => t.a_codes_exported,
        AuditAction::LabelsExported => t.a_labels_exported,
        AuditAction::PinsMade => t.a_pins_made,
        AuditAction::TableExported => t.a_table_exported,
        AuditAction::Fsma204Exported => t.a_fsma204_exported,
        AuditAction::AuditExported => t.a_audit_exported,
        AuditAction::Searched => t.a_searched,
        AuditAction::RecallOpened => t.a_recall_opened,
        AuditAction::RecallApproved => t.a_recall_approved,
        AuditAction::RecallClosed => t.a_recall_closed,
        AuditAction::AlertStep => t.a_alert_step,
        AuditAction::ReportStep => t.a_report_step,
        AuditAction::NoticesImported => t.a_notices_imported,
    }
}
