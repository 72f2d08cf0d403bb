//! Labels with signatures: ordered, printed, read as any other on line, and checked without a network in a browser.

use super::evidence::checker;
use crate::scan::story::Story;
use crate::testing::{LABEL_KEY, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial};
use tracelight_labels::LabelFacts;
use tracelight_labels::signature::LabelKey;
use tracelight_testkit::browser::pages;
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::Clock;
use tracelight_web_ui::scan::evidence::{LabelMaker, Offline, render_offline_page};

const BASE: &str = "https://t.example/codes";
const GTIN: &str = "09506000134352";

fn key(byte: u8) -> LabelKey {
    LabelKey::new(&[byte; 32]).expect("a key")
}

fn link(key: u8, base: &str, gtin: &str, expiry: &str) -> String {
    let facts = LabelFacts {
        public_base_url: base.to_owned(),
        gtin: Gtin::parse(gtin).expect("a GTIN"),
        lot: Lot::parse("A/24-K%07").expect("a lot"),
        expires_on: Date::parse_iso(expiry).expect("a date"),
        signing: Some(self::key(key)),
    };
    facts.digital_link(&Serial::parse("a/%?&+_-.7F3K").expect("a serial")).expect("a link")
}

fn maker(name: &str, keys: &[u8], gtin: &str) -> LabelMaker {
    let keys: BTreeMap<String, String> = keys
        .iter()
        .map(|byte| key(*byte).public())
        .map(|key| (hex::encode(key.hint()), hex::encode(key.point())))
        .collect();
    LabelMaker { name: name.to_owned(), keys, gtins: vec![gtin.to_owned()] }
}

/// What the page says of each link, opened from the disk without any network: the name of the answer, and the text.
fn judged(lang: Lang, links: &[String]) -> Vec<(String, String)> {
    let (js, wasm) = checker();
    let clock = Clock { lang, utc_offset_minutes: 480 };
    let makers = [maker("Beihai <b>Pharma", &[1, 2], GTIN), maker("Other Ltd", &[3], "06901234567892")];
    let chain = "9f".repeat(32);
    let made_ms = 1_795_000_000_000;
    let page = Offline { clock, made_ms, chain: &chain, checker: (&js, &wasm), base: BASE, makers: &makers };
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let path = scratch.path().join("offline.html");
    std::fs::write(&path, render_offline_page(&page)).expect("written");
    let list = links.iter().enumerate().map(|(at, link)| {
        json!({ "url": format!("file://{}", path.display()), "offline": true, "wait": "#label-go:not([disabled])",
            "width": if at % 2 == 0 { 390 } else { 1440 }, "dark": at % 3 == 0, "axe": true,
            "steps": [{ "fill": ["#link", link] }, { "click": "#label-go" }, { "wait": "[data-label]:not([hidden])" }] })
    });
    let reports = pages(&json!(list.collect::<Vec<Value>>())).expect("the browser opens files");
    reports
        .into_iter()
        .map(|report| {
            assert_eq!(report.errors, [""; 0]);
            assert!(report.axe.as_ref().is_some_and(Vec::is_empty), "{:?}", report.axe);
            assert!(!report.overflow, "{}", report.url);
            assert!(report.requests.iter().all(|one| one.url.starts_with("file:") || one.url.starts_with("data:")));
            let shown: Vec<&str> = report
                .html
                .match_indices("data-label=\"")
                .filter_map(|(at, mark)| report.html[at + mark.len()..].split('>').next())
                .filter_map(|tag| {
                    tag.split_once('"').filter(|(_, rest)| !rest.contains("hidden")).map(|(name, _)| name)
                })
                .collect();
            assert_eq!(shown.len(), 1, "one answer at a time: {shown:?}");
            (shown[0].to_owned(), report.text)
        })
        .collect()
}

#[test]
fn c20_a_browser_without_a_network_checks_a_label_and_says_what_that_proves() {
    let good = link(1, BASE, GTIN, "2031-10");
    let (path, query) = good.split_once("?17=311000&8030=").expect("a signed link");
    let with = |path: &str, rest: &str| format!("{path}?{rest}");
    let bent = format!("{}{}", &query[..60], if query.as_bytes()[60] == b'A' { "B" } else { "A" }) + &query[61..];
    let of_other_product = link(1, BASE, "06901234567892", "2031-10");
    let cases: Vec<(String, &str, &[&str])> = vec![
        (
            good.clone(),
            "good",
            &["Issued by", "Beihai <b>Pharma", "A/24-K%07", "a/%?&+_-.7F3K", "2031-10", "A copied label passes too"],
        ),
        (link(2, BASE, GTIN, "2031-10-05"), "good", &["2031-10-05", GTIN]),
        (link(1, BASE, GTIN, "2024-02"), "good", &["has expired"]),
        (format!("  {good}&utm_source=x  "), "good", &["does not prove"]),
        // Altered: another serial, another lot, another product of nobody, another expiry, another signature, one cut off.
        (good.replace("7F3K", "7F3L"), "bad", &["Do not use the product"]),
        (good.replace("K%2507", "K%2508"), "bad", &["does not hold"]),
        (with(path, &format!("17=321000&8030={query}")), "bad", &[]),
        (with(path, &format!("8030={query}")), "bad", &[]),
        (with(path, &format!("17=311000&8030={bent}")), "bad", &[]),
        (with(path, &format!("17=311000&8030={}", &query[..88])), "bad", &[]),
        (with(path, &format!("17=311000&8030={}", "A".repeat(400))), "bad", &[]),
        // A key that the page does not know, a product that it does not know, and one maker's key for another's product.
        (link(9, BASE, GTIN, "2031-10"), "unknown", &["newer than the page"]),
        (link(1, BASE, "06901234567809", "2031-10"), "unknown", &[]),
        (of_other_product, "unknown", &[]),
        // True signatures on links that lead elsewhere.
        (link(1, "https://t.example.evil.test/codes", GTIN, "2031-10"), "elsewhere", &["t.example/codes"]),
        (link(1, "http://t.example/codes", GTIN, "2031-10"), "elsewhere", &[]),
        (link(1, "https://t.example", GTIN, "2031-10"), "elsewhere", &["do not open it"]),
        (good.replace("https://", "https://t.example@evil.test/"), "elsewhere", &[]),
        (with(path, "17=311000"), "unsigned", &["says nothing either way"]),
        ("7F3K9QX2M4TBWZ".to_owned(), "other", &["no link"]),
        ("https://t.example/codes/recalls".to_owned(), "other", &[]),
        ("javascript:alert(1)//01/09506000134352/10/A/21/B?8030=x".to_owned(), "other", &[]),
        (good.replace("%25", "%"), "other", &[]),
    ];
    let links: Vec<String> = cases.iter().map(|(link, ..)| link.clone()).collect();
    for ((link, name, words), (found, text)) in cases.iter().zip(judged(Lang::En, &links)) {
        assert_eq!(found, *name, "{link}: {text}");
        for part in *words {
            assert!(text.contains(part), "{link}: `{part}` in {text}");
        }
        assert!(*name == "good" || !text.contains("The signature holds"), "{text}");
        assert_eq!(text.contains("has expired"), link.contains("17=240200"), "{link}: {text}");
    }
    let said = judged(Lang::Zh, &[good]);
    assert!(said[0].1.contains("签名有效") && said[0].1.contains("复制的标签同样通过核验"), "{said:?}");
}

async fn order(world: &World, session: &str, lot: &str, once: &str, signed: bool) -> crate::testing::Reply {
    let request = axum::http::Request::builder()
        .method("POST")
        .uri(format!("/api/v1/batches/{}/{lot}/orders", crate::scan::story::GTIN))
        .header("cookie", session.trim_start_matches("cookie: "))
        .header("content-type", "application/json")
        .header("idempotency-key", once);
    let body = json!({ "count": 5, "signed": signed }).to_string();
    world.send(request.body(axum::body::Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn c20_an_order_of_signed_labels_is_printed_signed_and_read_as_any_other() {
    let world = World::start().await;
    Story::coded(&world, "A24K07", "2028-10").await;
    let session = world.sign_in("maker").await;
    let placed = order(&world, &session, "A24K07", "one", true).await.expect(202).json();
    assert_eq!(placed["signed"], true);
    order(&world, &session, "A24K07", "one", false).await.expect(409);
    let path = format!("/api/v1/orders/{}", placed["id"].as_str().expect("an id"));
    world.until(&path, &session, |order| order["state"] == "done").await;
    let table = world.call("GET", &format!("{path}/labels.csv"), Some(&session), None).await.expect(200);
    let table = String::from_utf8(table.body).expect("text");
    let links: Vec<String> = table.lines().skip(1).filter_map(|row| row.split(',').nth(4)).map(str::to_owned).collect();
    let elements: Vec<String> =
        table.lines().skip(1).filter_map(|row| row.split(',').nth(5)).map(str::to_owned).collect();
    assert_eq!(links.len(), 5);
    // What everybody reads: the key, and that it is the maker's.
    let keys = world.call("GET", "/v1/label-keys", None, None).await.expect(200).json();
    assert_eq!(
        (&keys["signs"], &keys["keys"][0]["member"]),
        (
            &json!("tracelight/label/v1"),
            &json!(world.node.chain().member(tracelight_client::testing::MAKER).gln.to_string())
        )
    );
    let point = hex::decode(keys["keys"][0]["public"].as_str().expect("a point")).expect("digits");
    let public = tracelight_labels::signature::LabelPublicKey::of_point(&point).expect("a key");
    assert!(!keys.to_string().contains(LABEL_KEY));
    for (link, elements) in links.iter().zip(&elements) {
        let (_, value) = link.split_once("&8030=").expect("a signature");
        assert!(public.verifies(elements, value), "{link}");
        // On line the signature changes nothing: the page of the code, as without it.
        let local = link.strip_prefix("http://127.0.0.1:8080").expect("our base");
        let with = world.call("GET", local, None, None).await.expect(200);
        let without = world.call("GET", local.split("&8030=").next().expect("a path"), None, None).await.expect(200);
        let title = |reply: &crate::testing::Reply| {
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            text.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).expect("a title").to_owned()
        };
        assert_eq!(title(&with), title(&without));
    }
    for format in ["labels.pdf", "labels.zpl?stock=100x50"] {
        world.call("GET", &format!("{path}/{format}"), Some(&session), None).await.expect(200);
    }
    // A label that cannot hold it says so.
    let refused = world.call("GET", &format!("{path}/labels.zpl?dpi=203"), Some(&session), None).await;
    if refused.status != 200 {
        assert_eq!(refused.problem(), "invalid_field");
    }
    let plain = order(&world, &session, "A24K07", "two", false).await.expect(202).json();
    let path = format!("/api/v1/orders/{}", plain["id"].as_str().expect("an id"));
    world.until(&path, &session, |order| order["state"] == "done").await;
    let table = world.call("GET", &format!("{path}/labels.csv"), Some(&session), None).await.expect(200);
    assert!(!String::from_utf8(table.body).expect("text").contains("8030="));
}

#[tokio::test]
async fn c20_without_a_key_no_signed_label_is_ordered_or_made() {
    let world = World::configured(|config| config.label_keys.clear()).await;
    Story::coded(&world, "A24K07", "2028-10").await;
    let session = world.sign_in("maker").await;
    let refused = order(&world, &session, "A24K07", "one", true).await.expect(409);
    assert_eq!(refused.problem(), "label_key_missing");
    let said = refused.json();
    assert_eq!(said["field"], "signed");
    assert!(said["detail"].as_str().is_some_and(|detail| detail.contains("[[label_keys]]")), "{said}");
    order(&world, &session, "A24K07", "two", false).await.expect(202);
    assert_eq!(world.call("GET", "/v1/label-keys", None, None).await.expect(200).json()["keys"], json!([]));
}
