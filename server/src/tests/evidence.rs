//! The evidence of one pack as a file (R3): opened by a real browser from the disk, with the network off, it checks itself and names
//! the byte that somebody changed; the call that makes it refuses what it cannot make.

use crate::scan::story::Story;
use crate::testing::World;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tracelight_testkit::browser::{PageReport, pages};
use tracelight_testkit::liar::{Lie, court};
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::Clock;
use tracelight_web_ui::scan::evidence::{Evidence, Offline, render_evidence_file, render_offline_page};

/// Where `xtask assets` puts the checker: beside the programs.
fn assets() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    program.ancestors().nth(3).expect("target/debug/deps/program").join("assets")
}

/// The checker's script and WebAssembly.
pub(super) fn checker() -> (Vec<u8>, Vec<u8>) {
    let read = |name: &str| std::fs::read(assets().join(name)).expect("built. Hint: ./scripts/test builds the assets");
    let manifest: Value = serde_json::from_slice(&read("manifest.json")).expect("JSON");
    let file = |name: &str| read(manifest[name].as_str().expect("a name"));
    (file("verifier_js"), file("verifier_wasm"))
}

/// The file of a true bundle with its anchor.
fn file(truth: &Lie, chain: &str, lang: Lang) -> String {
    let (js, wasm) = checker();
    let code = format!("/01/{}/10/{}/21/{}", truth.unit.gtin, truth.lot, truth.unit.serial);
    render_evidence_file(&Evidence {
        lang,
        subject: &truth.unit.to_string(),
        code: &code,
        chain,
        made_ms: truth.now_ms,
        bundle: &truth.bundle,
        checker: (&js, &wasm),
    })
}

/// The file with another character at this place of the proof.
fn altered(html: &str, at: usize, with: impl Fn(char) -> char) -> String {
    let (before, rest) = html.split_once("id=\"proof\">").expect("a proof");
    let mut proof: Vec<char> = rest.chars().collect();
    proof[at] = with(proof[at]);
    format!("{before}id=\"proof\">{}", proof.into_iter().collect::<String>())
}

fn opened(folder: &Path, files: &[String]) -> Vec<PageReport> {
    let list: Vec<Value> = files
        .iter()
        .enumerate()
        .map(|(at, html)| {
            let path = folder.join(format!("{at}.html"));
            std::fs::write(&path, html).expect("the scratch folder is writable");
            json!({ "url": format!("file://{}", path.display()), "offline": true, "wait": "#ok:not([hidden]),#bad:not([hidden]),#none:not([hidden])" })
        })
        .collect();
    pages(&json!(list)).expect("the browser opens files")
}

#[test]
fn r3_a_file_checks_itself_offline_and_names_the_changed_byte() {
    let court = court();
    let truth = court.cases.iter().find(|case| case.name == "the truth with its anchor").expect("it is in the list");
    let chain = court.chain.to_string();
    let whole = file(truth, &chain, Lang::En);
    // A digit of the proof is half a byte. 8 and 7 differ in all bits.
    let other = |digit: char| if digit == '8' { '7' } else { '8' };
    let places: Vec<usize> = (1..=12).map(|part| part * truth.bundle.len() / 13).collect();
    let mut files = vec![
        whole.clone(),
        file(truth, &chain, Lang::Zh),
        altered(&whole, 20, |_| 'x'),
        whole.replacen("id=\"proof\">", "id=\"proof\">00", 1),
        file(truth, &"00".repeat(32), Lang::En),
        altered(&altered(&whole, 400, other), 900, other),
    ];
    files.extend(places.iter().map(|at| altered(&whole, 2 * at, other)));
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let reports = opened(scratch.path(), &files);
    for report in &reports {
        let asked: Vec<_> = report
            .requests
            .iter()
            .filter(|one| !one.url.starts_with("file:") && !one.url.starts_with("data:"))
            .collect();
        assert!(asked.is_empty(), "{asked:?}");
        assert_eq!(report.errors, [""; 0], "{}", report.url);
    }
    let says = |at: usize, words: &[&str]| {
        for words in words {
            assert!(reports[at].text.contains(words), "file {at}: `{words}` in {}", reports[at].text);
        }
    };
    says(
        0,
        &["The evidence holds", "Alliance genesis", &chain, "Recalled at that moment", "Dispensed to a patient", "UTC"],
    );
    says(1, &["凭证成立", "签署成员", "已发给患者"]);
    says(2, &["The evidence does not hold", "Byte 11 of the proof is not written in hexadecimal digits"]);
    says(3, &["The evidence does not hold", &format!("The proof has {} bytes", truth.bundle.len() + 1)]);
    says(4, &["The evidence does not hold", "Another alliance"]);
    says(5, &["The evidence does not hold", "More than one byte was altered"]);
    for (at, place) in places.iter().enumerate() {
        let (was, byte) = (truth.bundle[*place], place + 1);
        let is = (other(char::from_digit(u32::from(was >> 4), 16).expect("a digit")).to_digit(16).expect("a digit")
            << 4) as u8
            | (was & 15);
        says(
            6 + at,
            &["The evidence does not hold", &format!("Byte {byte} of the proof is {is:02x} and was {was:02x}")],
        );
    }
}

/// What the page that checks saved proofs says of each of these files, opened from the disk without any network.
fn said_of(page: &str, files: &[(&str, Vec<u8>)]) -> Vec<String> {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("offline.html");
    std::fs::write(&path, page).expect("written");
    let list: Vec<Value> = files
        .iter()
        .map(|(name, bytes)| {
            let file = scratch.path().join(name);
            std::fs::write(&file, bytes).expect("written");
            let done = "#ok:not([hidden]),#bad:not([hidden]),#none:not([hidden]),#other:not([hidden])";
            json!({ "url": format!("file://{}", path.display()), "offline": true, "wait": "#file:not([disabled])",
                "steps": [{ "upload": ["#file", file] }, { "wait": done }], "axe": true })
        })
        .collect();
    let reports = pages(&json!(list)).expect("the browser opens files");
    for report in &reports {
        let foreign = |url: &str| !url.starts_with("file:") && !url.starts_with("data:");
        assert!(!report.requests.iter().any(|one| foreign(&one.url)), "{:?}", report.requests);
        assert_eq!(report.errors, [""; 0]);
        assert!(report.axe.as_ref().is_some_and(Vec::is_empty), "{:?}", report.axe);
    }
    reports.into_iter().map(|report| report.text).collect()
}

#[test]
fn r3_a_kept_page_checks_saved_proofs_offline_and_believes_no_file() {
    let court = court();
    let truth = court.cases.iter().find(|case| case.name == "the truth with its anchor").expect("it is in the list");
    let chain = court.chain.to_string();
    let (js, wasm) = checker();
    let clock = Clock { lang: Lang::En, utc_offset_minutes: 480 };
    let page = Offline {
        clock,
        made_ms: 1_795_000_000_000,
        chain: &chain,
        checker: (&js, &wasm),
        base: "http://127.0.0.1",
        makers: &[],
    };
    let own = render_offline_page(&page);
    let whole = file(truth, &chain, Lang::Zh);
    let mut bent = truth.bundle.clone();
    let last = bent.len() - 40;
    bent[last] ^= 1;
    let files = [
        ("proof.bin", truth.bundle.clone()),
        ("kept.html", whole.clone().into_bytes()),
        ("bent.bin", bent),
        ("cut.bin", truth.bundle[..truth.bundle.len() / 2].to_vec()),
        ("photo.bin", b"\xff\xd8\xff\xe0 no proof".to_vec()),
        ("other.html", b"<p>no proof</p>".to_vec()),
        ("broken.html", altered(&whole, 20, |_| 'x').into_bytes()),
    ];
    let said = said_of(&own, &files);
    for at in [0, 1] {
        for words in ["The evidence holds", truth.unit.serial.as_str(), "Recalled at that moment", "are not known"] {
            assert!(said[at].contains(words), "{}: `{words}` in {}", files[at].0, said[at]);
        }
    }
    assert!(said[2].contains("The evidence does not hold") && !said[2].contains("The evidence holds"), "{}", said[2]);
    for (at, (name, _)) in files.iter().enumerate().skip(3) {
        assert!(said[at].contains("This is not a proof file"), "{name}: {}", said[at]);
    }
    // A forger's file holds by its own account, with an alliance of its own. This page pins another one.
    let strange = "00".repeat(32);
    let said = said_of(&render_offline_page(&Offline { chain: &strange, ..page }), &files[..2]);
    for text in said {
        assert!(text.contains("Another alliance") && !text.contains("The evidence holds"), "{text}");
    }
}

#[tokio::test]
async fn r3_a_file_that_cannot_be_made_says_why() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let path = format!("/v1/evidence/{}/{}", story.batch.gtin, story.serials[0]);
    let reply = world.call("GET", &path, None, None).await.expect(503).json();
    assert!(reply["detail"].as_str().is_some_and(|detail| detail.contains("tracelight verify")), "{reply}");
    world.call("GET", "/offline", None, None).await.expect(503);
    let world = World::configured(|config| config.assets_dir = Some(assets())).await;
    let story = Story::sealed(&world, "A24K07").await;
    let path = format!("/v1/evidence/{}/{}", story.batch.gtin, story.serials[0]);
    let page = world.call("GET", "/offline?lang=en", None, None).await.expect(200);
    let page = String::from_utf8(page.body).expect("text");
    assert!(page.contains(&world.state.alliance.chain.to_string()) && page.contains("Choose a proof file"));
    // The pack's page offers it to be kept.
    let page = world.call("GET", &format!("{}?lang=en", story.path(0)), None, None).await.expect(200);
    let page = String::from_utf8(page.body).expect("text");
    let offered = format!("href=\"/v1/evidence/{}/A24K07/{}?lang=en\"", story.batch.gtin, story.serials[0]);
    assert!(page.contains(&offered) && page.contains("checks itself offline"), "{page}");
    // The node of these tests has no proofs.
    assert_eq!(world.call("GET", &path, None, None).await.expect(503).problem(), "cannot_check_now");
    world.call("GET", "/v1/evidence/06901234567892/NEVERISSUED", None, None).await.expect(404);
    world.call("GET", "/v1/evidence/06901234567893/X", None, None).await.expect(400);
}
