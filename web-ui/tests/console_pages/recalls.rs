//! The pages of a recall: five steps and no more, a draft that is a page of its own, a drill that says so, who was not reached.

use super::console_samples::Canned;
use super::{html, text};
use tracelight_api::rest::session::{MemberRole, UserRole};
use tracelight_web_ui::i18n::Lang;

fn shown(path: &str, role: MemberRole, user: UserRole) -> String {
    let (status, page) = html(path, Lang::En, &Canned::client(role, user));
    assert_eq!(status, 200, "{path}");
    page
}

fn words(page: &str) -> String {
    text(page).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn m11_a_recall_has_five_steps_each_with_its_own_address() {
    for (at, (path, user)) in [
        ("/console/recalls/new?words=para", UserRole::Operator),
        ("/console/recalls/cases/c-draft/text", UserRole::Operator),
        ("/console/recalls/cases/c-draft/check", UserRole::Operator),
        ("/console/recalls/cases/c-opened", UserRole::Approver),
        ("/console/recalls/cases/c-approved", UserRole::Operator),
    ]
    .into_iter()
    .enumerate()
    {
        let page = shown(path, MemberRole::Regulator, user);
        let step = format!("Step {} of 5", at + 1);
        assert!(page.contains(&step), "{path}: {step}");
    }
    let scope = shown("/console/recalls/cases/c-draft/scope?words=para", MemberRole::Regulator, UserRole::Operator);
    assert!(scope.contains("Step 1 of 5") && scope.contains("value=\"para\""), "a draft is searched for too");
    assert_eq!(scope.matches("name=\"lot\" value=\"09521101530001/").count(), 3, "two of the draft and one found");
    assert!(words(&scope).contains("Lots may be missing here"), "what was not followed is said");
    let new = shown("/console/recalls/new", MemberRole::Regulator, UserRole::Operator);
    for term in ["words", "gtin", "lot", "made_from", "expires_to", "serial_from", "line", "ingredient_lot", "supplier"]
    {
        assert!(new.contains(&format!("name=\"{term}\"")), "{term}");
    }
}

#[test]
fn m11_what_is_not_known_of_a_lot_is_said_and_a_lot_that_only_may_be_meant_is_not_ticked() {
    let page = shown("/console/recalls/new?words=para", MemberRole::Regulator, UserRole::Operator);
    for told in [
        "Not sealed: packs not counted",
        "Packs that nobody can place",
        "Its serials are not on this server: it may be concerned",
        "Sealed by no known line",
        "No number for shoppers",
        "In a class 2 recall already",
    ] {
        assert!(words(&page).contains(told), "{told}");
    }
    let boxes: Vec<&str> = page.split("<input type=\"checkbox\" name=\"lot\"").skip(1).collect();
    let ticked = |name: &str| {
        let one = boxes.iter().find(|text| text.split('>').next().is_some_and(|tag| tag.contains(name)));
        one.expect("its box").split('>').next().expect("a tag").contains("checked")
    };
    assert!(ticked("A24K07") && !ticked("B26H02"));
    let viewer = shown("/console/recalls/new?words=para", MemberRole::Regulator, UserRole::Viewer);
    assert!(!viewer.contains("method=\"post\""), "a viewer keeps no draft");
}

#[test]
fn r4_reach_is_shown_in_percent_and_who_was_not_reached_by_name() {
    let page = words(&shown("/console/recalls/cases/c-approved", MemberRole::Regulator, UserRole::Operator));
    for told in [
        "Opened the notice 66 % 2 of 3",
        "Answered in full 33 % 1 of 3",
        "Not reached Anrui Distribution · 22,548 packs",
        "1 ×, last Today 11:02",
        "Draft to opened 184.2 s",
        "30,948 Not answered",
        "10 Not explained",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
}

#[test]
fn r4_a_holder_sees_its_notice_and_answers_lot_by_lot() {
    let list = words(&shown("/console/recalls", MemberRole::Pharmacy, UserRole::Operator));
    assert!(list.contains("Asked of you") && list.contains("1 of 2 lots"), "{list}");
    let page = shown("/console/recalls/tasks/c-approved", MemberRole::Pharmacy, UserRole::Operator);
    for name in ["found-0", "quarantined-1", "sold-0", "unaccounted-1", "note-1"] {
        assert!(page.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert!(words(&page).contains("Not explained: 10") && words(&page).contains("Last reminder: Today 11:02"));
    let viewer = shown("/console/recalls/tasks/c-approved", MemberRole::Pharmacy, UserRole::Viewer);
    assert!(!viewer.contains("method=\"post\""));
}

#[test]
fn a_step_that_stands_still_says_why_and_goes_on_when_somebody_says_so() {
    let page = shown("/console/recalls/cases/c-opening", MemberRole::Regulator, UserRole::Operator);
    assert!(words(&page).contains("1 of 2 lots are on the chain") && words(&page).contains("does not know this batch"));
    assert!(page.contains("data-grave=\"go-on-with-recall-step\""));
    let approver = shown("/console/recalls/cases/c-opened", MemberRole::Regulator, UserRole::Approver);
    assert!(approver.contains("data-grave=\"approve-recall-case\""));
    let other = shown("/console/recalls/cases/c-opened", MemberRole::Manufacturer, UserRole::Approver);
    assert!(!other.contains("data-grave"), "another member's case is read");
}

/// Steps of the consoles that destroy something or cannot be taken back.
const GRAVE: [&str; 19] = [
    "approve-recall",
    "approve-recall-case",
    "cancel-order",
    "close-recall",
    "close-recall-case",
    "declare-codes-invalid",
    "delete-webhook",
    "discard-recall-draft",
    "end-of-a-pack",
    "go-on-with-recall-step",
    "refuse-shipment",
    "revoke-key",
    "suspend-account",
    "switch-second-factor-off",
    "switch-webhook-off",
    "take-codes-back",
    "take-import-back",
    "take-second-factor-off",
    "withdraw-recall-case",
];

#[test]
fn m10_every_step_that_destroys_is_marked_asks_once_more_and_stands_in_the_list() {
    let mut seen = std::collections::BTreeSet::new();
    for (name, path, role, user) in super::console_samples::gallery() {
        let (_, page) = html(&path, Lang::En, &Canned::client(role, user));
        for part in page.split("data-grave=\"").skip(1) {
            seen.insert(part.split('"').next().expect("a name").to_owned());
        }
        // A button that looks as if it destroyed is one of them.
        for (at, _) in page.match_indices("class=\"b danger\"") {
            let (before, after) = page.split_at(at);
            let own = after.split('>').next().is_some_and(|tag| tag.contains("data-grave"));
            let inside = before.rfind("data-grave=\"").is_some_and(|mark| !before[mark..].contains("</button>"));
            assert!(own || inside, "{name}: a destructive button without its part");
        }
    }
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), GRAVE);
    // In the sources: whoever asks a grave question marks it.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/console/pages");
    for file in std::fs::read_dir(folder).expect("the pages") {
        let path = file.expect("a file").path();
        let source = std::fs::read_to_string(&path).expect("text");
        let questions = source.matches("danger: true").count();
        let marks = source.matches("marked(\"").count();
        // The opening of a draft destroys nothing: it takes effect when a second person approves.
        let opens = usize::from(path.ends_with("recall_draft.rs"));
        assert!(questions <= marks + opens, "{}: {questions} grave questions, {marks} marks", path.display());
    }
}
