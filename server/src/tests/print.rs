//! Every page of a case on paper (R8): printed by a real browser, A4, with what was written and without what can only be pressed.

use super::trace_graph::{lot, play};
use crate::http::encoded;
use crate::testing::{World, story};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use tracelight_testkit::browser::{PageReport, pages};

/// A4 in points, as a PDF says it, within half a point.
const A4: (f64, f64) = (595.0, 842.0);

/// Prints pages of a running server for a user, each to its own file.
async fn printed(world: &World, user: &str, paths: &[String]) -> Vec<(PageReport, Vec<u8>, String)> {
    let base = format!("http://{}", world.listen().await);
    let session = world.sign_in(user).await;
    let (name, value) = session.trim_start_matches("cookie: ").split_once('=').expect("a cookie");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = |at: usize| folder.path().join(format!("{at}.pdf"));
    let options: Vec<Value> = paths
        .iter()
        .enumerate()
        .map(|(at, path)| {
            json!({ "url": format!("{base}{path}"), "width": 1_440, "dark": true, "pdf": file(at),
                "cookies": [{ "name": name, "value": value, "url": base }] })
        })
        .collect();
    let reports = tokio::task::spawn_blocking(move || pages(&json!(options))).await.expect("it ran").expect("printed");
    let reports = reports.into_iter().enumerate();
    let read = |at: usize| std::fs::read(file(at)).expect("the browser has written it");
    if let Some(kept) = std::env::var_os("TRACELIGHT_SCREENSHOTS") {
        for at in 0..paths.len() {
            std::fs::write(Path::new(&kept).join(format!("print-{at}.pdf")), read(at)).expect("the folder is there");
        }
    }
    reports.map(|(at, report)| (report, read(at), words(&file(at)))).collect()
}

/// Sizes of the sheets of a PDF. The browser writes its dictionaries in the open.
fn sheets(pdf: &[u8]) -> Vec<(f64, f64)> {
    let text = String::from_utf8_lossy(pdf);
    let boxes = text.split("/MediaBox").skip(1).filter_map(|rest| {
        let (numbers, _) = rest.split_once('[')?.1.split_once(']')?;
        let numbers: Vec<f64> = numbers.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        Some((*numbers.get(2)?, *numbers.get(3)?))
    });
    boxes.collect()
}

/// What stands on the paper, read by another program.
fn words(file: &Path) -> String {
    let done = Command::new("pdftotext").args(["-layout"]).arg(file).arg("-").output();
    let done = done.expect("pdftotext runs. Hint: install poppler-utils");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

#[tokio::test]
async fn r8_each_page_of_a_case_prints_on_a4() {
    let world = World::start().await;
    play(&world, story::product(story::batch().gtin)).await;
    let regulator = world.sign_in("regulator").await;
    let gtin = story::batch().gtin.to_string();
    let asked =
        json!({ "gtin": gtin, "lot": "Made-1", "class": 1, "reason_en": "Wrong label", "reason_zh": "标签有误" });
    let recall = world.call("POST", "/api/v1/recalls", Some(&regulator), Some(asked)).await.expect(201).json();
    super::reports::report(&world, "TL-26-234567-00", 1_795_000_000_000, Some((lot("Made-1"), "S1"))).await;
    let code = encoded(&lot("Made-1").to_string());
    let (graph, trace) =
        (format!("/console/trace/graph?gtin={gtin}&lot=Made-1&lang=en"), format!("/console/trace?code={code}&lang=en"));
    let recall = format!("/console/recalls/{}?lang=zh", recall["id"].as_str().expect("an id"));
    let list = [
        (trace, ["The same as a table", "Shipped", "Final "].as_slice(), ["Open recall", "Sign out"].as_slice()),
        (graph, &["Where it came from", "Made-2", "Raw-1", "Not known"], &["Spreadsheet", "Find in this table"]),
        (recall, &["标签有误", "Made-1"], &["退出登录", "栏目"]),
        ("/console/reports/TL-26-234567-00?lang=en".to_owned(), &["TL-26-234567-00"], &["Save", "Sign out"]),
        ("/console/notices?lang=en".to_owned(), &["Recall notices"], &["Sign out"]),
    ];
    let paths: Vec<String> = list.iter().map(|(path, ..)| path.clone()).collect();
    for ((path, shown, left_out), (report, pdf, text)) in list.iter().zip(printed(&world, "regulator", &paths).await) {
        assert_eq!(report.status, 200, "{path}");
        let sheets = sheets(&pdf);
        assert!(!sheets.is_empty() && sheets.len() <= 4, "{path}: {} sheets", sheets.len());
        for (width, height) in &sheets {
            assert!((width - A4.0).abs() < 1.0 && (height - A4.1).abs() < 1.0, "{path}: {width} x {height}");
        }
        assert!(text.replace(' ', "").contains(&format!("1/{}", sheets.len())), "{path}: sheets are numbered: {text}");
        for words in *shown {
            assert!(text.contains(words), "{path}: `{words}` is not on paper: {text}");
        }
        for words in *left_out {
            assert!(!text.contains(words), "{path}: `{words}` is on paper: {text}");
        }
        let who = if path.contains("lang=zh") { "打印" } else { "Printed by regulator" };
        assert!(text.contains(who) && text.contains("UTC+08:00"), "{path}: {text}");
    }
}
