//! The numbers of a batch from the first block to closed books, through the interface.

use super::line::{MANIFESTS, list, world};
use crate::testing::{GATEWAY_TOKEN, World, story};
use serde_json::{Value, json};
use tracelight_client::testing::MAKER;

const LINE: &str = "xian/line-2";

fn batch() -> String {
    format!("/api/v1/batches/{}/{}", story::batch().gtin, story::batch().lot)
}

/// What a gateway does when its line starts; returns how many codes the line holds.
async fn start(world: &World, line: &str) -> u64 {
    let path = format!("/api/v1/line/batches/{}/{}/blocks", story::batch().gtin, story::batch().lot);
    let gateway = World::bearer(GATEWAY_TOKEN);
    let held = world.call("POST", &path, Some(&gateway), Some(json!({ "line": line }))).await.expect(200).json();
    held["codes"].as_u64().expect("a number")
}

/// Seals the batch on the chain and hands the list over, once with the chain.
async fn seal(world: &World, change: impl FnOnce(&mut Value)) {
    let tx = world.node.apply(MAKER, story::seal()).to_string();
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let mut list = list(&tx);
    change(&mut list);
    let stored = world.call("POST", MANIFESTS, Some(&World::bearer(GATEWAY_TOKEN)), Some(list)).await.expect(200);
    assert_eq!(stored.json()["checked"], true);
}

#[tokio::test]
async fn what_a_line_never_met_comes_back_and_the_books_close() {
    let world = world().await;
    let maker = world.sign_in("maker").await;
    assert_eq!((start(&world, LINE).await, start(&world, "xian/line-3").await, start(&world, LINE).await), (5, 0, 5));
    let numbers =
        async || world.call("GET", &format!("{}/numbers", batch()), Some(&maker), None).await.expect(200).json();
    let before = numbers().await;
    assert_eq!((before["counts"]["issued"].as_u64(), before["counts"]["open"].as_u64()), (Some(5), Some(5)));
    assert_eq!((&before["lines"][0]["line"], before["blocks"][0]["open"].as_u64()), (&json!(LINE), Some(5)));
    let close = format!("{}/numbers/close", batch());
    let early = world.call("POST", &close, Some(&maker), None).await.expect(409);
    assert_eq!(early.problem(), "batch_not_sealed");
    // Four good packs, and the fifth number was never printed.
    seal(&world, |list| {
        list["line"] = json!(LINE);
        list["rejected"] = json!([]);
    })
    .await;
    let after = numbers().await;
    let counts =
        json!({ "issued": 5, "commissioned": 4, "scrapped": 0, "sampled": 0, "returned": 1, "invalid": 0, "open": 0 });
    assert_eq!((&after["counts"], &after["lines"][0]["counts"]), (&counts, &counts));
    assert_eq!(
        after["seal"],
        json!({ "commissioned": 4, "scrapped": 1, "sampled": 0 }),
        "and the seal is shown beside it"
    );
    let closed = world.call("POST", &close, Some(&maker), None).await.expect(200).json();
    assert_eq!((&closed["closed"]["user"], &closed["acts"][0]["kind"]), (&json!("maker"), &json!("closed")));
    let again = world.call("POST", &close, Some(&maker), None).await.expect(200).json();
    assert_eq!(again["closed"], closed["closed"], "once");
    let block = json!({ "line": LINE, "codes": 1 });
    let late = world.call("POST", &format!("{}/blocks", batch()), Some(&maker), Some(block)).await.expect(409);
    assert_eq!(late.problem(), "batch_sealed");
}

#[tokio::test]
async fn open_codes_are_named_and_an_operator_declares_them_with_a_reason() {
    let world = world().await;
    let (maker, viewer) = (world.sign_in("maker").await, world.sign_in("maker-viewer").await);
    let blocks = format!("{}/blocks", batch());
    let give = async |line: &str, codes: u64| {
        world.call("POST", &blocks, Some(&maker), Some(json!({ "line": line, "codes": codes }))).await
    };
    for (line, codes, status, field) in [("line-2", 1, 400, "line"), (LINE, 0, 400, "codes"), (LINE, 6, 409, "codes")] {
        assert_eq!(give(line, codes).await.expect(status).json()["field"], field);
    }
    let given = give(LINE, 5).await.expect(201).json();
    assert_eq!((&given["blocks"][0]["given_by"], given["blocks"][0]["codes"].as_u64()), (&json!("maker"), Some(5)));
    // A gateway that knows no blocks names no line: what it never met is still with the line.
    seal(&world, |list| list["rejected"] = json!([])).await;
    let close = format!("{}/numbers/close", batch());
    let open = world.call("POST", &close, Some(&maker), None).await.expect(409);
    assert_eq!(open.problem(), "numbers_open");
    let detail = open.json()["detail"].as_str().expect("a detail").to_owned();
    assert!(detail.starts_with("1 of 5 codes are open (xian/line-2: 1), the first are reject"), "{detail}");
    let page = world.call("GET", &format!("{}/numbers/open?limit=1", batch()), Some(&viewer), None).await.expect(200);
    assert_eq!(page.json(), json!({ "items": [{ "serial": "reject", "line": LINE }], "next": null }));

    let path = format!("{}/numbers/invalidate", batch());
    let declare = async |body: Value| world.call("POST", &path, Some(&maker), Some(body)).await;
    for (body, status, field) in [
        (json!({ "line": LINE, "count": 1, "reason": " " }), 400, "reason"),
        (json!({ "line": LINE, "count": 0, "reason": "x" }), 400, "count"),
        (json!({ "line": "x", "count": 1, "reason": "x" }), 400, "line"),
        (json!({ "serials": ["b ad"], "count": 1, "reason": "x" }), 400, "serials"),
        (json!({ "line": LINE, "count": 2, "reason": "x" }), 409, "count"),
        (json!({ "count": 1, "reason": "x" }), 409, "count"),
    ] {
        assert_eq!(declare(body.clone()).await.expect(status).json()["field"], field, "{body}");
    }
    let good = json!({ "line": LINE, "count": 1, "reason": "the reel was burnt" });
    let declared = declare(good.clone()).await.expect(200).json();
    assert_eq!((declared["counts"]["invalid"].as_u64(), declared["counts"]["open"].as_u64()), (Some(1), Some(0)));
    let act = &declared["acts"][0];
    assert_eq!((&act["kind"], &act["user"], &act["reason"]), (&json!("invalidated"), &json!("maker"), &good["reason"]));
    world.call("POST", &close, Some(&maker), None).await.expect(200);
    assert_eq!(declare(good).await.expect(409).problem(), "books_closed");
}

#[tokio::test]
async fn a_block_that_is_taken_back_goes_to_another_line() {
    let world = world().await;
    let maker = world.sign_in("maker").await;
    assert_eq!(start(&world, LINE).await, 5);
    let numbers = world.call("GET", &format!("{}/numbers", batch()), Some(&maker), None).await.expect(200).json();
    let block = numbers["blocks"][0]["id"].as_str().expect("an id");
    let back = format!("{}/blocks/{block}/return", batch());
    let returned = world.call("POST", &back, Some(&maker), None).await.expect(200).json();
    assert_eq!(returned["counts"]["returned"].as_u64(), Some(5));
    assert_eq!(world.call("POST", &back, Some(&maker), None).await.expect(409).problem(), "nothing_open");
    world.call("POST", &format!("{}/blocks/x/return", batch()), Some(&maker), None).await.expect(404);
    assert_eq!((start(&world, "xian/line-3").await, start(&world, LINE).await), (5, 0));
}
