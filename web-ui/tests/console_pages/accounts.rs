//! The pages of accounts: one's own, the member's people, invitations, the audit log.

use super::{Canned, html, session, text};
use tracelight_api::problem::Problem;
use tracelight_api::rest::session::{MemberRole, UserRole};
use tracelight_web_ui::console::api::Client;
use tracelight_web_ui::i18n::Lang;

fn maker() -> Client {
    Canned::client(MemberRole::Manufacturer, UserRole::Operator)
}

/// Every id stands once, and every label and description names one.
#[track_caller]
fn sound(page: &str) {
    let of = |attribute: &str| -> Vec<String> {
        let start = format!(" {attribute}=\"");
        let parts = page.split(start.as_str()).skip(1);
        parts.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    };
    let ids = of("id");
    assert!(ids.iter().all(|id| ids.iter().filter(|other| *other == id).count() == 1), "{ids:?}");
    for named in of("for").iter().chain(&of("aria-describedby")).flat_map(|names| names.split(' ')) {
        assert!(ids.iter().any(|id| id == named), "{named} in {ids:?}");
    }
}

#[test]
fn m12_the_page_of_ones_own_account_has_password_second_factor_and_sessions() {
    let (_, page) = html("/console/account", Lang::En, &maker());
    sound(&page);
    let shown = text(&page);
    for words in ["Change password", "Set up", "This one", "Sign out everywhere else", "Firefox", "No address is kept"]
    {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert!(page.contains("autocomplete=\"new-password\"") && page.contains("autocomplete=\"current-password\""));
    let approver = Canned::client(MemberRole::Regulator, UserRole::Approver);
    let (_, page) = html("/console/account", Lang::Zh, &approver);
    sound(&page);
    assert!(text(&page).contains("停用验证码") && page.contains("autocomplete=\"one-time-code\""));
    let viewer = Canned::client(MemberRole::Pharmacy, UserRole::Viewer);
    let (_, page) = html("/console/account", Lang::En, &viewer);
    assert!(text(&page).contains("[[accounts.totp_keys]]"), "it says how to configure a key");
}

#[test]
fn m12_people_are_shown_with_what_waits_first_and_changes_are_an_administrators() {
    let (_, page) = html("/console/users", Lang::En, &maker());
    sound(&page);
    let shown = text(&page);
    for words in ["zhao asked for: Approver", "Release", "Suspended", "Reactivate", "Make the link", "Accepted as chen"]
    {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert!(shown.find("chen").expect("chen") < shown.find("wang").expect("wang"), "who waits comes first");
    assert!(page.contains("href=\"/console/users\" aria-current=\"page\""));
    let approver = || Canned::client(MemberRole::Manufacturer, UserRole::Approver);
    let (_, page) = html("/console/users", Lang::En, &approver());
    let shown = text(&page);
    assert!(shown.contains("Release") && !shown.contains("Make the link") && !shown.contains("Reactivate"), "{shown}");
    let operator = session(MemberRole::Manufacturer, UserRole::Viewer);
    let operator = tracelight_api::rest::session::Session { administrator: false, ..operator };
    let client = Canned { session: Some(operator), empty: false, problem: None }.into_client();
    let (_, page) = html("/console/stock", Lang::En, &client);
    assert!(!page.contains("/console/users") && !page.contains("/console/audit"), "not offered to others");
    assert!(page.contains("href=\"/console/account\""));
}

#[test]
fn m12_an_invitation_needs_no_session_and_says_when_it_is_over() {
    let nobody = |empty| Canned { session: None, empty, problem: None }.into_client();
    let (status, page) = html("/console/invitation?token=ABC", Lang::En, &nobody(false));
    sound(&page);
    let shown = text(&page);
    assert_eq!(status, 200);
    for words in ["Qinhe Pharma invites you as approver", "good once", "Make the account"] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert!(page.contains("?token=ABC&amp;lang=zh"), "the other language keeps the token");
    let (status, page) = html("/console/invitation", Lang::Zh, &nobody(true));
    assert!(status == 404 && text(&page).contains("链接已失效"));
}

#[test]
fn r7_the_log_names_a_regulator_without_its_person_and_downloads_what_it_shows() {
    let (_, page) = html("/console/audit?action=searched&from=2026-11-01", Lang::En, &maker());
    sound(&page);
    let shown = text(&page);
    for words in ["Looked up", "Provincial regulator", "Recall opened", "Refused", "key tl_4k7m2p93"] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert!(page.contains("href=\"/api/v1/audit.csv?action=searched&amp;from=2026-11-01\""), "{page}");
    assert!(page.contains("<option value=\"searched\" selected>") && page.contains("value=\"2026-11-01\""));
    let who = Some(session(MemberRole::Manufacturer, UserRole::Operator));
    let empty = || Canned { session: who.clone(), empty: true, problem: None }.into_client();
    assert!(text(&html("/console/audit", Lang::En, &empty()).1).contains("will stand here"));
    assert!(text(&html("/console/audit?user=x", Lang::Zh, &empty()).1).contains("清除筛选"));
    let problem = Problem::new(400, "invalid_field", "wrong").field("from").detail("expected a day");
    let client = Canned { session: who.clone(), empty: false, problem: Some(problem) }.into_client();
    let (status, page) = html("/console/audit?from=x", Lang::En, &client);
    assert!(status == 400 && page.contains("aria-invalid=\"true\"") && text(&page).contains("expected a day"));
}
