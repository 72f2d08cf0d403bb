//! The story from end to end, each step checked; and the data that a demo starts with.

use super::alliance::Binaries;
use super::servers::{PASSWORD, System, USERS};
use super::story::{self, CODES, Lot, PACKS};
use super::{places, say, web};
use anyhow::{Context, ensure};
use reqwest::header::ACCEPT;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tracelight_client::chain::NodeClient;
use tracelight_proof::bundle::Bundle;
use tracelight_testkit::browser;

/// What a phone accepts: it gets the page, where a program that takes everything is led to it.
const A_BROWSERS: &str = "text/html,*/*;q=0.8";
/// The story's product.
const GTIN: &str = "06901234500011";
/// The product that is registered at the keyboard.
const KEYBOARD_GTIN: &str = "06901234500028";
/// The public key of the device that is registered at the keyboard: the first test key of RFC 8032.
const KEYBOARD_DEVICE: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
/// Bytes of the scan page before the checker loads, compressed.
const SCAN_PAGE_BYTES_MAX: u64 = 14 * 1024;
/// Bytes of the checker, compressed.
const CHECKER_BYTES_MAX: u64 = 120 * 1024;
/// Seconds from the approval of a recall until every page has to say so.
const RECALL_SECONDS_MAX: u64 = 60;
/// Requests for the render time of the scan page.
const SCANS: usize = 200;

/// Plays everything and returns the last line.
pub async fn story(
    system: &mut System,
    folder: &Path,
    screenshots: Option<&Path>,
    began: Instant,
) -> anyhow::Result<Value> {
    story::register_product(&system.cast, GTIN).await?;
    say(began, "a product is registered; a wrong check digit was refused by field and position");
    let lot = made(system, folder, "A24K07", true, began).await?;
    story::hand_over(&system.alliance, &system.cast, &lot).await?;
    say(began, "shipped, received, shipped, received one case short; one pack dispensed; a stranger could not ship");
    system.alliance.kill_and_restart(&Binaries::built()?, 2)?;
    say(began, "the pharmacy's validator was killed and is back in step");

    at_the_keyboard(system).await?;
    say(began, "a maker signed in, registered a line, a product and a batch and ordered codes in the browser");

    let page = scan_page(system, &lot, screenshots).await?;
    say(began, "the page works without JavaScript; the browser's own check agrees and names each changed part");
    let scan_p95_ms = scan_times(system, &lot).await?;
    let checks = places::shoppers(&system.base, &lot).await?;
    places::on_the_map(&system.cast.watch, checks).await?;
    say(
        began,
        &format!("{checks} shoppers told roughly where they are; the map shows what looks copied, and nobody alone"),
    );

    let (recall, approved_at) = story::recall(&system.cast, &lot).await?;
    let seconds = recalled_everywhere(system, &lot, approved_at).await?;
    let holders: Vec<String> = recall
        .holdings
        .holders
        .iter()
        .map(|h| format!("{} {}", h.name_en, h.in_stock + h.in_transit + h.short))
        .collect();
    say(began, &format!("recalled; every page said so within {seconds:.1} s; held by {}", holders.join(", ")));
    after_recall(system, &lot, screenshots).await?;
    verify_natively(system, &lot, folder).await?;
    say(began, "`tracelight verify` agrees with the page, and names a changed byte");

    let status = NodeClient::new(&system.alliance.node_urls())?.status().await?;
    Ok(json!({
        "story": "ok",
        "blocks": status.height,
        "events": status.events,
        "units": PACKS,
        "scan_page_bytes": page.scan_page_bytes,
        "checker_bytes": page.checker_bytes,
        "scan_p95_ms": scan_p95_ms,
        "recall_seconds": (seconds * 10.0).round() / 10.0,
        "seconds": began.elapsed().as_secs(),
    }))
}

/// A lot from its registration to its seal.
async fn made(system: &mut System, folder: &Path, lot: &str, thorough: bool, began: Instant) -> anyhow::Result<Lot> {
    let order = story::order_codes(&system.cast, GTIN, lot, CODES).await?;
    let (labels, read) = story::labels(&system.cast, &order, folder, thorough).await?;
    if thorough {
        say(began, &format!("{CODES} codes made and printed; zxing-cpp read {read} of them off the sheet"));
    }
    let lot = story::run_line(&mut system.line, &system.cast, &order, &labels, PACKS, thorough).await?;
    say(began, &format!("lot {}: {PACKS} packs commissioned, packed and sealed by the line", lot.lot));
    Ok(lot)
}

/// A sealed lot of so many packs more, for a command that asks for each of them.
pub async fn more_packs(system: &mut System, folder: &Path, packs: u64) -> anyhow::Result<Lot> {
    let order = story::order_codes(&system.cast, GTIN, "MORE1", packs + CODES - PACKS).await?;
    let (labels, _) = story::labels(&system.cast, &order, folder, false).await?;
    story::run_line(&mut system.line, &system.cast, &order, &labels, packs, false).await
}

struct ScanPage {
    scan_page_bytes: u64,
    checker_bytes: u64,
}

async fn bundle(system: &System, lot: &Lot, index: usize) -> anyhow::Result<Vec<u8>> {
    let url = format!("{}/v1/bundle/{}/{}/{}", system.base, lot.gtin, lot.lot, lot.run.commissioned[index]);
    let answer = web::client()?.get(&url).send().await?;
    ensure!(answer.status().is_success(), "no bundle: {} {}", answer.status(), answer.text().await?);
    Ok(answer.bytes().await?.to_vec())
}

/// Where in the bundle's bytes each part can be changed by a byte, and the part that has to be named.
fn changes(bytes: &[u8]) -> anyhow::Result<Vec<(&'static str, usize)>> {
    let parsed = Bundle::decode(bytes)?;
    let find = |part: &[u8]| bytes.windows(part.len()).position(|window| window == part);
    let anchor = parsed.anchor.as_ref().context("the bundle carries its anchor")?;
    let genesis = find(&anchor.genesis).context("the genesis stands in the bundle")?;
    let signature = parsed.certificate.signatures.first().context("somebody signed")?;
    let certificate = find(signature).context("the signature stands in the bundle")?;
    let salt = find(&parsed.touch.salt).context("the salt stands in the bundle")?;
    // Where two objects' paths part, the sibling of one is computed from the other's and does not stand in the bundle.
    let mut siblings = parsed.objects.iter().flat_map(|object| object.proof.siblings.iter().flatten());
    let proof = siblings.find_map(|sibling| find(&sibling.0)).context("no sibling stands in the bundle")?;
    let event = parsed.objects.first().and_then(|object| object.events.first()).context("the batch has events")?;
    let event = find(&event.tx.0).context("the event stands in the bundle")?;
    Ok(vec![
        ("genesis", genesis + 5),
        ("certificate", certificate + 7),
        ("batch_path", salt),
        ("state_proof", proof),
        ("history", event),
    ])
}

async fn scan_page(system: &System, lot: &Lot, screenshots: Option<&Path>) -> anyhow::Result<ScanPage> {
    // Changed here and sent whole: the bundle of a moment later may have another length (a view's number grows with it).
    let bytes = bundle(system, lot, 1).await?;
    let changed = changes(&bytes)?.into_iter().map(|(name, at)| {
        let mut lie = bytes.clone();
        lie[at] ^= 1;
        json!({"name": name, "body": hex::encode(lie)})
    });
    let list: Vec<Value> = changed.collect();
    let unknown = format!("/01/{}/10/{}/21/ZZZZ9999ZZZZ9999", lot.gtin, lot.lot);
    let session =
        json!([{"name": "tl_session", "value": cookie_value(system.cast.maker.cookie()), "url": system.base}]);
    let input = json!({
        "base": system.base,
        "path": lot.path(1),
        "changes": list,
        "screenshots": screenshots,
        "pages": [
            {"name": "scan-active", "path": lot.path(2)},
            {"name": "scan-active-zh-dark", "path": lot.path(2), "lang": "zh-CN", "dark": true},
            {"name": "scan-dispensed", "path": lot.path(0)},
            {"name": "scan-unknown", "path": unknown},
            {"name": "check", "path": "/check"},
            {"name": "recalls", "path": "/recalls"},
            {"name": "console-sign-in", "path": "/console/sign-in"},
            {"name": "console-batches", "path": "/console/batches", "cookies": session},
            {"name": "console-batch", "path": format!("/console/batches/{}/{}", lot.gtin, lot.lot), "cookies": session},
            {"name": "console-lines", "path": "/console/lines", "cookies": session},
            {"name": "console-line-new", "path": "/console/lines/new", "cookies": session},
            {"name": "console-stock", "path": "/console/stock", "cookies": session},
            {"name": "console-chain", "path": "/console/chain", "cookies": session},
        ],
    });
    let report = in_browser("scan-story.mjs", input).await?;

    let plain = &report["plain"];
    ensure!(plain["status"] == 200, "the page without JavaScript: {plain}");
    let text = plain["text"].as_str().unwrap_or_default();
    for part in ["Active code", lot.lot.as_str(), "Qinhe Pharma"] {
        ensure!(text.contains(part), "the page without JavaScript lacks `{part}`: {text}");
    }
    ensure!(plain["axe"].as_array().is_some_and(Vec::is_empty), "axe on the page without JavaScript: {}", plain["axe"]);
    let reported = report["reported"].as_str().unwrap_or_default();
    ensure!(reported.contains("TL-"), "a report without JavaScript got no case number: {reported}");
    let checked = &report["checked"];
    let says = checked["text"].as_str().unwrap_or_default().to_lowercase();
    // A computer's browser reads "device" where a phone's reads "phone".
    let checked_it = says.contains("your phone has checked") || says.contains("your device has checked");
    ensure!(checked_it, "the page does not say that the phone has checked: {checked}");
    ensure!(says.contains("2 of 2 witnesses"), "the page does not count the witnesses: {checked}");
    ensure!(checked["errors"].as_array().is_some_and(Vec::is_empty), "errors in the page: {}", checked["errors"]);
    ensure!(checked["axe"].as_array().is_some_and(Vec::is_empty), "axe after the check: {}", checked["axe"]);
    ensure!(report["foreign"].as_array().is_some_and(Vec::is_empty), "a third party was asked: {}", report["foreign"]);
    named_parts(&report["changed"])?;
    for page in report["axe"].as_array().context("pages were opened")? {
        ensure!(page["violations"].as_array().is_some_and(Vec::is_empty), "axe: {page}");
        ensure!(page["overflow"] == false, "the page scrolls sideways: {page}");
        ensure!(page["h1"].as_array().is_some_and(|h1| h1.len() == 1), "a page has one heading: {page}");
    }
    let scan_page_bytes = report["bytes"].as_u64().context("bytes were counted")?;
    let checker_bytes = report["checkerBytes"].as_u64().context("bytes were counted")?;
    ensure!((1..=SCAN_PAGE_BYTES_MAX).contains(&scan_page_bytes), "the scan page has {scan_page_bytes} bytes");
    ensure!((1..=CHECKER_BYTES_MAX).contains(&checker_bytes), "the checker has {checker_bytes} bytes");
    ensure!(report["requestsBeforeTap"].as_u64().is_some_and(|n| n <= 4), "too many requests before a tap: {report}");
    Ok(ScanPage { scan_page_bytes, checker_bytes })
}

async fn in_browser(script: &str, input: Value) -> anyhow::Result<Value> {
    let script = browser::scripts_folder().join(script);
    tokio::task::spawn_blocking(move || browser::run(&script, &input)).await?
}

/// The consoles' own forms, hydrated, with somebody who makes mistakes.
async fn at_the_keyboard(system: &System) -> anyhow::Result<()> {
    let input = json!({
        "base": system.base, "user": "maker", "password": PASSWORD,
        "gtin": KEYBOARD_GTIN, "badGtin": "06901234567893", "lot": "B24K01",
        "device": KEYBOARD_DEVICE, "badDevice": KEYBOARD_DEVICE.replacen('d', "D", 1),
    });
    let report = in_browser("console-story.mjs", input).await?;
    let text = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
    ensure!(!text("refused").is_empty(), "a wrong password was not answered: {report}");
    ensure!(text("fieldError").contains("14"), "a wrong check digit was not named by its position: {report}");
    ensure!(text("keyError").contains("(character 1)"), "a wrong key was not named by its position: {report}");
    ensure!(text("lines").contains("line 3") && text("lines").contains(KEYBOARD_DEVICE), "no new line: {report}");
    ensure!(text("progress").contains("500"), "the batch's page does not count the codes: {report}");
    ensure!(report["errors"].as_array().is_some_and(Vec::is_empty), "errors in the consoles: {}", report["errors"]);
    Ok(())
}

/// Whatever was changed, the page refuses the answer and names that very part.
fn named_parts(changed: &Value) -> anyhow::Result<()> {
    let changed = changed.as_array().context("changed bundles were tried")?;
    ensure!(!changed.is_empty(), "changed bundles were tried");
    for change in changed {
        let heading = change["h1"].as_str().unwrap_or_default();
        ensure!(heading.contains("Not confirmed"), "a changed bundle was believed: {change}");
        ensure!(change["named"] == change["name"], "another part was named: {change}");
    }
    Ok(())
}

fn cookie_value(cookie: &str) -> &str {
    cookie.split_once('=').map_or("", |(_, value)| value)
}

/// Render times of the scan page, 95th percentile, one after the other.
async fn scan_times(system: &System, lot: &Lot) -> anyhow::Result<u64> {
    let http = web::client()?;
    let mut times = Vec::with_capacity(SCANS);
    for index in 0..SCANS {
        let url = format!("{}{}", system.base, lot.path(1 + index % (lot.run.commissioned.len() - 1)));
        let started = Instant::now();
        let answer = http.get(&url).header(ACCEPT, A_BROWSERS).send().await?;
        ensure!(answer.status().is_success(), "a scan failed: {}", answer.status());
        answer.bytes().await?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let p95 = times[times.len() * 95 / 100];
    Ok(u64::try_from(p95.as_millis())?)
}

/// Waits until the page of every pack says that it is recalled.
async fn recalled_everywhere(system: &System, lot: &Lot, approved_at: Instant) -> anyhow::Result<f64> {
    let http = web::client()?;
    for index in 0..lot.run.commissioned.len() {
        loop {
            let url = format!("{}{}", system.base, lot.path(index));
            let page = http.get(url).header(ACCEPT, A_BROWSERS).send().await?.text().await?;
            if page.contains("Recalled") {
                break;
            }
            let waited = approved_at.elapsed().as_secs();
            ensure!(waited < RECALL_SECONDS_MAX, "pack {index} is not shown as recalled after {waited} s");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(approved_at.elapsed().as_secs_f64())
}

async fn after_recall(system: &System, lot: &Lot, screenshots: Option<&Path>) -> anyhow::Result<()> {
    let cookie = json!([{"name": "tl_session", "value": cookie_value(system.cast.watch.cookie()), "url": system.base}]);
    let mut pages = Vec::new();
    for width in [390, 1440] {
        for (name, path, lang, cookies) in [
            ("scan-recalled", lot.path(1), "en", Value::Null),
            ("scan-recalled-zh", lot.path(1), "zh-CN", Value::Null),
            ("console-recalls", "/console/recalls".to_owned(), "en", cookie.clone()),
            ("console-account", "/console/account".to_owned(), "en", cookie.clone()),
            ("console-users", "/console/users".to_owned(), "zh-CN", cookie.clone()),
            ("console-audit", "/console/audit".to_owned(), "en", cookie.clone()),
        ] {
            let mut page = json!({"url": format!("{}{path}", system.base), "width": width, "lang": lang, "axe": true});
            if !cookies.is_null() {
                page["cookies"] = cookies;
            }
            if let Some(folder) = screenshots {
                page["screenshot"] = json!(folder.join(format!("{name}-{width}.png")));
            }
            pages.push(page);
        }
    }
    let reports = tokio::task::spawn_blocking(move || browser::pages(&Value::Array(pages))).await??;
    for report in reports {
        let violations = report.axe.unwrap_or_default();
        ensure!(violations.is_empty(), "axe on {}: {violations:?}", report.url);
    }
    Ok(())
}

/// The members' command line gives the same answer as the page.
async fn verify_natively(system: &System, lot: &Lot, folder: &Path) -> anyhow::Result<()> {
    let bytes = bundle(system, lot, 1).await?;
    let (file, changed) = (folder.join("bundle.bin"), folder.join("changed.bin"));
    std::fs::write(&file, &bytes)?;
    let mut lie = bytes.clone();
    let (name, at) = changes(&bytes)?[2];
    lie[at] ^= 1;
    std::fs::write(&changed, lie)?;
    let verify = |file: &Path| {
        std::process::Command::new(
            std::env::current_exe().map(|exe| exe.with_file_name("tracelight")).unwrap_or_default(),
        )
        .arg("verify")
        .arg(file)
        .args(["--genesis-hash", &system.alliance.chain_id().unwrap_or_default()])
        .args(["--code", &format!("https://t.example{}", lot.path(1)), "--json"])
        .output()
    };
    let good = verify(&file)?;
    let said: Value = serde_json::from_slice(&good.stdout).with_context(|| format!("{good:?}"))?;
    let count = |name: &str| said[name].as_array().map_or(0, Vec::len);
    ensure!(count("witnesses") == 2 && said["witnesses_of"] == 2, "the witnesses of a bundle: {said}");
    ensure!(good.status.success(), "`tracelight verify` refused a true bundle: {good:?}");
    let bad = verify(&changed)?;
    ensure!(bad.status.code() == Some(1), "`tracelight verify` believed a changed bundle: {bad:?}");
    let said = String::from_utf8_lossy(&bad.stdout).into_owned();
    ensure!(said.contains(name), "`tracelight verify` did not name `{name}`: {said}");
    Ok(())
}

/// Lots in three states for whoever looks around, and where to look.
pub async fn demo_data(system: &mut System, folder: &Path, began: Instant) -> anyhow::Result<()> {
    story::register_product(&system.cast, GTIN).await?;
    let lot = made(system, folder, "A24K07", true, began).await?;
    story::hand_over(&system.alliance, &system.cast, &lot).await?;
    let recalled = made(system, folder, "A24K06", false, began).await?;
    story::recall(&system.cast, &recalled).await?;
    let fresh = made(system, folder, "A24K08", false, began).await?;
    let base = &system.base;
    let checks = places::shoppers(base, &lot).await?;
    say(began, &format!("{checks} checks, each with its place: see the map"));
    say(began, "ready");
    println!("\nScan pages");
    println!("  active code      {base}{}", lot.path(1));
    println!("  dispensed        {base}{}", lot.path(0));
    println!("  recalled         {base}{}", recalled.path(0));
    println!("  still at maker   {base}{}", fresh.path(0));
    println!("  unknown code     {base}/01/{GTIN}/10/A24K07/21/ZZZZ9999ZZZZ9999");
    println!("\nConsoles: {base}/console/sign-in      password for all: {PASSWORD}");
    println!("  map of checks    {base}/console/map, as a regulator or the maker");
    for (name, slug, role) in USERS {
        println!("  {name:<10} {slug}, {role}");
    }
    println!("\nAPI: {base}/docs/api   broker: {}   files: {}", system.line.broker(), folder.display());
    println!("Stop with Ctrl-C.");
    Ok(())
}
