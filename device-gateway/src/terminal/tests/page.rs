//! The page's files: texts complete in both languages, nothing inline, nothing that a glove cannot do.

use super::*;
use crate::terminal::page::{CSS, HTML, SCRIPTS, TEXTS};
use std::collections::BTreeSet;
use tracelight_api::line::LineReason;

type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn texts() -> Texts {
    serde_json::from_str(TEXTS).expect("texts by language")
}

/// The strings in `t('..` of the scripts: whole keys, and beginnings of keys whose end is a value.
fn asked() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut keys, mut beginnings) = (BTreeSet::new(), BTreeSet::new());
    for (_, script) in SCRIPTS {
        for (at, _) in script.match_indices("t('") {
            // The end of another name, such as `getElement('`.
            let alone = !script[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
            let (key, rest) = script[at + 3..].split_once('\'').expect("a closed string");
            if alone && rest.trim_start().starts_with('+') {
                beginnings.insert(key.to_owned());
            } else if alone {
                keys.insert(key.to_owned());
            }
        }
    }
    (keys, beginnings)
}

#[test]
fn every_text_is_there_in_both_languages_with_the_same_values_and_none_is_of_no_use() {
    let texts = texts();
    let (keys, beginnings) = asked();
    assert!(keys.len() > 60 && beginnings.len() > 8, "{} and {}", keys.len(), beginnings.len());
    let (english, chinese) = (&texts["en"], &texts["zh"]);
    assert_eq!(english.keys().collect::<Vec<_>>(), chinese.keys().collect::<Vec<_>>());
    let values = |text: &str| -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
    };
    for (key, text) in english {
        assert_eq!(values(text), values(&chinese[key]), "`{key}`");
        assert!(!text.is_empty() && !chinese[key].is_empty(), "`{key}`");
        let used = keys.contains(key) || beginnings.iter().any(|beginning| key.starts_with(beginning.as_str()));
        assert!(used || key == "own_name", "`{key}` is of no use");
    }
    for key in &keys {
        assert!(english.contains_key(key), "`{key}` has no text");
    }
}

#[test]
fn every_reason_step_and_level_has_its_words() {
    let english = &texts()["en"];
    let has = |key: String| assert!(english.contains_key(&key), "`{key}` has no text");
    let name = |value: Value| value.as_str().expect("a name").to_owned();
    for reason in LineReason::ALL {
        let reason = name(serde_json::to_value(reason).expect("a name"));
        has(format!("reason_{reason}"));
        has(format!("way_{reason}"));
    }
    for reason in ["here_twice", "handed_over", "reason_first", "outbox_full", "disk_broken"] {
        has(format!("reason_{reason}"));
        has(format!("way_{reason}"));
    }
    for level in ["bundle", "case", "pallet"] {
        ["level_", "the_", "key_close_", "done_close_"].iter().for_each(|family| has(format!("{family}{level}")));
    }
    for step in ["pack", "stack", "commission"] {
        ["word_ready_", "what_ready_", "key_step_", "done_"].iter().for_each(|family| has(format!("{family}{step}")));
    }
    for mode in ["close", "break", "replace", "replace_new", "reject", "invalidate"] {
        ["word_mode_", "what_mode_"].iter().for_each(|family| has(format!("{family}{mode}")));
    }
    for op in ["unpack", "break", "replace", "reject", "invalidate", "hold", "resume"] {
        has(format!("done_{op}"));
    }
    // Every kind of the contract, from its documentation's golden bytes.
    let golden = include_str!("../../../../crates/api/src/line/codec/golden.txt");
    let kinds: BTreeSet<&str> = golden.split("\"kind\":\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    assert_eq!(kinds.len(), 20);
    kinds.iter().for_each(|kind| has(format!("kind_{kind}")));
}

#[test]
fn l8_nothing_needs_a_pointer_that_hovers_or_drags() {
    assert!(!CSS.contains(":hover"));
    assert!(CSS.contains("--target: 76px"));
    for (name, script) in SCRIPTS {
        for word in ["drag", "mouseover", "mouseenter", "pointermove", "touchmove", "dblclick"] {
            assert!(!script.contains(word), "{name}: {word}");
        }
    }
    assert!(!HTML.contains("draggable"));
}

#[test]
fn nothing_stands_in_the_page_that_its_policy_forbids() {
    assert!(
        !HTML.contains("<style") && !HTML.contains(" style=") && !HTML.contains(" on"),
        "inline styles or handlers"
    );
    for part in HTML.split("<script").skip(1) {
        assert!(part.trim_start().starts_with("defer src=\""), "an inline script");
    }
    for (name, script) in SCRIPTS {
        for word in ["innerHTML", "insertAdjacentHTML", "eval(", "new Function", "document.write"] {
            assert!(!script.contains(word), "{name}: {word}");
        }
        // What old browsers of terminals do not know (ES2017).
        for word in ["?.", "??", "||=", "import "] {
            assert!(!script.contains(word), "{name}: {word}");
        }
        assert!(script.lines().count() <= 400, "{name} is too long");
    }
}

#[tokio::test]
async fn the_page_and_its_files_are_for_everybody_and_name_one_version() {
    let rig = Rig::new(Over::Tls);
    let state = rig.get("/terminal/s/l/t1/state", Some("t1")).await.json;
    let version = state["page"].as_str().expect("a version").to_owned();
    let names = ["", "page.css", "texts.js", "worker.js", "manifest.json", "icon.svg"];
    for name in names.into_iter().chain(SCRIPTS.map(|(name, _)| name)) {
        let request = rig.request("GET", &format!("/terminal/{name}"), None).body(Body::empty()).expect("a call");
        let response = rig.router.clone().oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), 200, "{name}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let text = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(text.to_vec()).expect("text");
        assert!(!text.contains("{version}") && !text.contains("{shell}"), "{name}");
        if name.is_empty() {
            assert!(text.contains(&format!("data-version=\"{version}\"")));
        }
        if name == "worker.js" {
            SCRIPTS.iter().for_each(|(script, _)| assert!(text.contains(script), "{script} is not kept"));
        }
    }
    assert_eq!(rig.get("/", None).await.status, 307);
    assert_eq!(rig.get("/terminal/nothing.js", None).await.status, 404);
}
