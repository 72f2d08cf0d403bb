//! The scan pages in Chromium: every page, in both languages and colour schemes, from 320 px to a wide screen.

use serde_json::{Value, json};
use tracelight_testkit::browser::{run, scripts_folder, serve};
use tracelight_web_ui::scan;
use tracelight_web_ui::scan::model::{Lang, Verdict};

#[path = "../examples/scan_samples/mod.rs"]
mod scan_samples;

#[test]
fn c15_c16_every_page_is_accessible_in_every_light_and_width_and_says_its_verdict_first() {
    let folder = tempfile::tempdir().expect("scratch");
    let base = serve(folder.path()).expect("a free port");
    let mut listed = Vec::new();
    for lang in Lang::ALL {
        for (name, html) in scan_samples::all(lang) {
            let file = format!("{name}-{}.html", lang.tag());
            std::fs::write(folder.path().join(&file), html).expect("written");
            listed.push(json!({"name": file, "url": format!("{base}/{file}")}));
        }
    }
    let looks =
        run(&scripts_folder().join("scan-look.mjs"), &json!({"pages": listed})).expect("the pages are looked at");
    let looks = looks.as_array().expect("looks");
    assert_eq!(looks.len(), listed.len() * 2 * 4, "two schemes, four widths");
    let wrong: Vec<String> = looks.iter().filter_map(fault).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), looks.len(), wrong.join("\n"));
}

fn fault(look: &Value) -> Option<String> {
    let name = look["name"].as_str().expect("a name");
    let mut faults = Vec::new();
    if look["overflow"] == true {
        faults.push("scrolls sideways".to_owned());
    }
    for found in ["small", "axe"] {
        if look[found].as_array().is_some_and(|list| !list.is_empty()) {
            faults.push(format!("{found}: {}", look[found]));
        }
    }
    let verdict = Verdict::ALL.iter().any(|verdict| name.starts_with(verdict.name()));
    // A form or a receipt is a region; whatever warns is announced, as a verdict is.
    let roles: &[&str] = if verdict { &["status"] } else { &["status", "region"] };
    let role = look["first"]["role"].as_str().unwrap_or_default();
    if !roles.contains(&role) || look["first"]["h1"].as_str().is_none_or(str::is_empty) {
        faults.push(format!("its heading is {}", look["first"]));
    }
    let tag = look["first"]["lang"].as_str().unwrap_or_default();
    if !name.ends_with(&format!("-{tag}.html")) {
        faults.push(format!("its language is `{tag}`"));
    }
    (!faults.is_empty()).then(|| format!("{name} {} px, dark {}: {}", look["width"], look["dark"], faults.join("; ")))
}

#[test]
fn c4_nothing_moves_however_a_page_arrives() {
    let mut listed: Vec<Value> =
        scan_samples::all(Lang::Zh).into_iter().map(|(name, html)| json!({"name": name, "html": html})).collect();
    let jumps = "<!doctype html><title>-</title><body><p id=a></p><p>word</p><script>setTimeout(() => { \
                 document.getElementById('a').style.height = '200px' }, 300)</script></body>";
    listed.push(json!({"name": "jumps", "html": jumps}));
    let input = json!({"pages": listed, "width": 390, "height": 844});
    let seen = run(&scripts_folder().join("arrive.mjs"), &input).expect("the pages arrive");
    let mut seen = seen.as_array().expect("a list").clone();
    let moved = |page: &Value| page["moved"].as_array().is_some_and(|moved| !moved.is_empty());
    let jumping = seen.pop().expect("the page that jumps");
    assert!(moved(&jumping), "a page that jumps is found: {jumping}");
    let wrong: Vec<String> = seen.iter().filter(|page| moved(page)).map(Value::to_string).collect();
    assert!(wrong.is_empty(), "{} of {} move:\n{}", wrong.len(), seen.len(), wrong.join("\n"));
}

/// What Chrome 85, Safari 14 and the engines of WeChat and Alipay of those years parse; the list asks for Chrome 96 and iOS 15.
const YEAR: u32 = 2020;

#[test]
fn c18_scripts_are_read_by_old_engines() {
    let (page, place, camera) = (scan::checker_js(), scan::place_js(), scan::camera_js());
    let newer = "class A { #x = 1; has(y) { return #x in y; } }";
    let scripts = json!([
        {"name": "page", "source": page, "module": false},
        {"name": "place", "source": place, "module": false},
        {"name": "camera", "source": camera, "module": false},
        {"name": "newer", "source": newer, "module": false},
    ]);
    let input = json!({"year": YEAR, "scripts": scripts});
    let read = run(&scripts_folder().join("syntax.mjs"), &input).expect("the scripts are read");
    for (at, name) in ["page", "place", "camera"].into_iter().enumerate() {
        assert_eq!(read[at], json!({"name": name, "fault": null}));
    }
    assert!(read[3]["fault"].is_string(), "a script that is too new is found: {read}");
}
