//! What a verdict page costs a phone, in Chromium: its requests before a tap, and when it is painted on a slow network.

use super::story::{GTIN, Story};
use super::tests::{Phone, token};
use crate::testing::World;
use serde_json::{Value, json};
use std::time::Duration;
use tracelight_testkit::browser::{node_modules, pages, run, scripts_folder};
use tracelight_testkit::machine::able;

/// Bytes of all bodies before a tap, and of the document.
const BYTES_MAX: u64 = 50_000;
const DOCUMENT_BYTES_MAX: u64 = 14 * 1024;
const REQUESTS_MAX: usize = 3;
/// Lighthouse's own slow 3G and slow 4G.
const SLOW_3G: &str = "slow 3G";
const SLOW_4G: &str = "slow 4G";

/// A server on loopback with a pack in each of these states: name, address.
async fn served() -> (World, Vec<(&'static str, String)>) {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(1)).await.expect(200);
    phone.post(&world, "/scan/check", &format!("token={}", token(&page)), &[]).await.expect(204);
    let origin = format!("http://{}", world.listen().await);
    // A browser takes its time: what is known of the packs stays fresh meanwhile.
    let node = world.node.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            node.chain().block(&[]);
        }
    });
    let address = |path: String| format!("{origin}{path}?lang=zh");
    let listed = vec![
        ("first_check", address(story.path(0))),
        ("checked_before", address(story.path(1))),
        ("not_activated", address(story.path(5))),
        ("bad_signature", address(format!("/01/{GTIN}/10/A24K07/21/NEVERISSUED"))),
    ];
    (world, listed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c3_a_verdict_page_asks_for_little_and_for_nothing_of_others_before_a_tap() {
    let (_world, listed) = served().await;
    let wish: Vec<Value> = listed.iter().map(|(_, url)| json!({ "url": url })).collect();
    let seen = tokio::task::spawn_blocking(move || pages(&json!(wish)).expect("the pages open")).await.expect("it ran");
    for ((name, url), page) in listed.iter().zip(&seen) {
        let origin = url.split("/01/").next().expect("an origin");
        println!("{name}: {} requests, {} bytes", page.requests.len(), page.bytes());
        assert_eq!(page.foreign_requests(origin), [""; 0], "{name}");
        assert!(page.requests.len() <= REQUESTS_MAX, "{name}: {:?}", page.requests);
        assert!(page.bytes() <= BYTES_MAX, "{name}: {:?}", page.requests);
        let document = page.requests.first().expect("the document");
        assert_eq!(document.url, *url, "{name}: {:?}", page.requests);
        assert!(["br", "gzip"].contains(&document.encoding.as_str()), "{name}: {document:?}");
        assert!(document.bytes <= DOCUMENT_BYTES_MAX, "{name}: {document:?}");
        assert_eq!(page.errors, [""; 0], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c4_the_verdict_is_painted_within_two_seconds_on_slow_3g_and_nothing_jumps() {
    let installed = node_modules().and_then(|folder| {
        let hint = "Lighthouse is not installed. Hint: run ./scripts/test, which installs it";
        if folder.join("lighthouse").is_dir() { Ok(()) } else { Err(anyhow::anyhow!(hint)) }
    });
    if !able("the test of paints on slow networks", installed) {
        return;
    }
    let (_world, listed) = served().await;
    let run_of = |(name, url): &(&str, String), network: &str, rtt_ms: u32, kbps: f64| json!({ "page": name, "url": url, "network": network, "rttMs": rtt_ms, "throughputKbps": kbps });
    let mut runs: Vec<Value> = listed.iter().take(3).map(|page| run_of(page, SLOW_3G, 400, 400.0)).collect();
    runs.extend(listed.iter().take(1).map(|page| run_of(page, SLOW_4G, 150, 1_638.4)));
    let count = runs.len();
    let input = json!({ "runs": runs });
    let script = scripts_folder().join("paint.mjs");
    let seen = tokio::task::spawn_blocking(move || run(&script, &input).expect("Lighthouse runs"));
    let seen = seen.await.expect("it ran");
    let rows = seen.as_array().expect("a list");
    assert_eq!(rows.len(), count);
    for row in rows {
        println!("{row}");
        let ms_max = if row["network"] == SLOW_3G { 2_000.0 } else { 900.0 };
        for paint in ["fcp", "lcp"] {
            assert!(row[paint].as_f64().is_some_and(|ms| ms > 0.0 && ms <= ms_max), "{paint} above {ms_max} ms: {row}");
        }
        assert_eq!(row["cls"].as_f64(), Some(0.0), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c14_a_browser_is_asked_for_its_place_on_a_tap_and_posts_two_decimals_of_it() {
    let (world, listed) = served().await;
    let pack = listed.first().expect("a pack").1.replace("lang=zh", "lang=en");
    let origin = pack.split("/01/").next().expect("an origin").to_owned();
    let input = json!({ "pack": pack, "entry": format!("{origin}/check?lang=en") });
    let script = scripts_folder().join("scan-taps.mjs");
    let seen = tokio::task::spawn_blocking(move || run(&script, &input).expect("the taps are made"));
    let seen = seen.await.expect("it ran");
    assert_eq!(seen["place"]["asked"], true, "{seen}");
    assert_eq!(seen["place"]["body"], "lat=39.91&lon=116.40", "{seen}");
    assert!(seen["place"]["heading"].as_str().is_some_and(|words| words.contains("Noted")), "{seen}");
    assert!(seen["refused"].as_str().is_some_and(|words| words.contains("The answer stays the same")), "{seen}");
    assert!(seen["camera"].as_str().is_some_and(|words| words.contains("or type it")), "{seen}");
    assert_eq!(world.state.store.cells().await.expect("asked").len(), 1);
}
