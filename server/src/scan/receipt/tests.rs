//! Receipts of verdicts: made of what a page said, shown with what the code says now, foreign ones refused.

use super::super::story::{Story, caught_up};
use super::super::tests::{Phone, h1, text, token};
use crate::testing::World;
use serde_json::json;
use tracelight_domain::ids::PublicKey;
use tracelight_domain::verdict::Verdict;
use tracelight_proof::receipt::SignedReceipt;

/// The receipt's text in a page: that of the address to open.
fn receipt_of(html: &str) -> String {
    let from = html.find("/scan/receipt?r=").expect("an address") + "/scan/receipt?r=".len();
    html[from..].chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect()
}

async fn key(world: &World) -> PublicKey {
    let told = world.call("GET", "/.well-known/tracelight-receipt-key", None, None).await.expect(200).json();
    assert_eq!(told["algorithm"], "ed25519");
    let mut key = [0; 32];
    hex::decode_to_slice(told["key"].as_str().expect("hex"), &mut key).expect("32 bytes");
    PublicKey(key)
}

#[tokio::test]
async fn a_receipt_says_what_the_page_said_and_its_page_what_the_code_says_now() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    let form = format!("token={}", token(&page));
    // Somebody else checks meanwhile: the receipt is still that of the page that was seen.
    let other = Phone::default();
    other.post(&world, "/scan/check", &form, &[]).await.expect(204);
    let made = phone.post(&world, "/scan/receipt", &form, &[]).await.expect(200);
    let (html, receipt) = (text(&made), receipt_of(&text(&made)));
    assert!(h1(&made).contains("The receipt is ours"), "{}", h1(&made));
    assert!(html.contains("this server said: Active code") && html.contains("<svg role=\"img\""), "{html}");
    let signed = SignedReceipt::parse(&receipt).expect("a receipt");
    let said = signed.verify(&key(&world).await).expect("signed by the key that is told");
    assert_eq!((said.verdict, &said.serial), (Verdict::FirstCheck, &story.serials[0]));
    assert_eq!(said.chain, world.state.alliance.chain);
    assert!(said.height > 0 && said.as_of_ms > 0 && crate::clock::now_ms() - said.said_ms < 60_000);
    // The chain of these tests proves nothing: the receipt says that there is no bundle, and none is offered.
    assert!(said.bundle.is_none() && !html.contains("base64,"));

    let path = format!("/scan/receipt?r={receipt}&lang=en");
    let shown = Phone::default().get(&world, &path).await.expect(200);
    assert!(text(&shown).contains("Checked before") && text(&shown).contains("Active code"), "then and now");
    let headers = ["cache-control", "x-robots-tag", "referrer-policy"].map(|name| shown.headers[name].clone());
    assert_eq!(headers, ["no-store", "noindex", "no-referrer"]);
    let zh = Phone::default().get(&world, &format!("/scan/receipt?r={receipt}&lang=zh")).await.expect(200);
    assert!(h1(&zh).contains("凭证有效"), "{}", h1(&zh));
}

#[tokio::test]
async fn a_recall_outranks_the_receipt_of_a_good_answer() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    let made = phone.post(&world, "/scan/receipt", &format!("token={}", token(&page)), &[]).await.expect(200);
    let receipt = receipt_of(&text(&made));
    let recall = json!({"gtin": super::super::story::GTIN, "lot": "A24K07", "class": 1, "reason_en": "It may hold glass.",
        "reason_zh": "可能混有玻璃。", "drill": false});
    let regulator = world.sign_in("regulator").await;
    let opened = world.call("POST", "/api/v1/recalls", Some(&regulator), Some(recall)).await.expect(201).json();
    let path = format!("/api/v1/recalls/{}/approve", opened["id"].as_str().expect("an id"));
    world.call("POST", &path, Some(&world.sign_in("regulator2").await), Some(json!({}))).await.expect(200);
    caught_up(&world).await;
    let shown = phone.get(&world, &format!("/scan/receipt?r={receipt}&lang=en")).await.expect(200);
    assert!(h1(&shown).contains("Recalled"), "{}", h1(&shown));
    assert!(text(&shown).contains("this server said: Active code"), "what was said stays told");
}

#[tokio::test]
async fn nobody_gets_a_receipt_for_a_verdict_that_was_not_given() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    let report = phone.get(&world, &format!("/scan/report?code={}", story.path(0))).await.expect(200);
    // The token of a form has answered nothing; a made-up one is not ours.
    for token in [token(&report), "AAAA.AAAA".to_owned(), String::new()] {
        let refused = phone.post(&world, "/scan/receipt", &format!("token={token}"), &[]).await.expect(400);
        assert_eq!(refused.json()["field"], "token");
    }
    let made = phone.post(&world, "/scan/receipt", &format!("token={}", token(&page)), &[]).await.expect(200);
    let receipt = receipt_of(&text(&made));
    let signed = SignedReceipt::parse(&receipt).expect("a receipt");
    let mut better = signed.clone();
    better.receipt.verdict = Verdict::SoldOrDispensed;
    let other = SignedReceipt { receipt: signed.receipt.clone(), signature: [7; 64] };
    for foreign in [better.text(), other.text(), "TLR1.AAAA".to_owned(), "<script>".to_owned(), String::new()] {
        let path = format!("/scan/receipt?lang=en&r={}", crate::http::encoded(&foreign));
        let shown = phone.get(&world, &path).await.expect(400);
        assert!(h1(&shown).contains("Not a receipt of ours"), "{}", h1(&shown));
        assert!(!text(&shown).contains("Active code") && !text(&shown).contains("<script>"));
    }
    let cross = [("sec-fetch-site", "cross-site")];
    let request = phone.request("POST", "/scan/receipt", &cross).body(axum::body::Body::from("token=x"));
    world.send(request.expect("a request")).await.expect(403);
}
