//! Who may call what: every operation of the document stands in the table, or the test fails.

use crate::store::{BatchPlan, OrderRow};
use crate::testing::{GATEWAY_TOKEN, OTHER_TOKEN, World, story};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::goods::OrderState;
use tracelight_client::testing::MAKER;
use tracelight_domain::gs1::Gtin;
use tracelight_domain::ids::BatchId;
use tracelight_domain::tx::TxBody;
use uuid::Uuid;

/// Who may call an operation.
enum Access {
    /// Everybody, also without a session.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// These users may not, and get this status.
    Not(&'static [(&'static str, u16)]),
    /// A gateway's token; another member's gets 404.
    Gateway,
}

use Access::{Gateway, Not, Public, SignedIn};

/// A shipment from the maker to the carrier, as the story has it.
const SHIPMENT: &str = "01010101010101010101010101010101";
/// The regulator's recall of the story.
const RECALL: &str = "03030303030303030303030303030303";

/// Operation, who may, query and body of a good request. `{…}` in the path is filled in by [`concrete`].
fn table() -> Vec<(&'static str, Access, &'static str, Value)> {
    let none = || Value::Null;
    let no_maker: &[_] = &[("maker-viewer", 403), ("maker2", 403), ("carrier", 403), ("regulator", 403)];
    let no_receiver: &[_] = &[("maker-viewer", 403), ("regulator", 403), ("pharmacy", 404)];
    let recaller: &[_] = &[("carrier", 403), ("pharmacy", 403)];
    let gtin = story::batch().gtin.to_string();
    let product = json!({ "gtin": gtin, "name_en": "x", "kind": "food" });
    let batch = json!({ "gtin": gtin, "lot": "L", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 1 });
    let list = json!({ "kind": "batch", "gtin": gtin, "lot": "Lot-aB", "tx_id": "00".repeat(32), "first": 0,
        "serials": [], "rejected": [], "count_salt": "00".repeat(16), "last": false });
    let shipment = json!({ "to": "6901234000025", "objects": [story::sscc(1).to_string()] });
    let recall = json!({ "gtin": gtin, "lot": "Lot-aB", "class": 1, "reason_en": "x", "reason_zh": "x" });
    let unit = json!({ "code": format!("(01){gtin}(10)Lot-aB(21)aB1"), "action": "dispense" });
    vec![
        ("post /session", Public, "", json!({ "user": "x", "password": "x" })),
        ("delete /session", Public, "", none()),
        ("get /session", SignedIn, "", none()),
        ("get /chain", SignedIn, "", none()),
        ("get /products", SignedIn, "", none()),
        ("post /products", Not(no_maker), "", product),
        ("get /products/{gtin}", SignedIn, "", none()),
        ("get /batches", SignedIn, "", none()),
        ("post /batches", Not(no_maker), "", batch),
        ("get /batches/{gtin}/{lot}", SignedIn, "", none()),
        ("post /batches/{gtin}/{lot}/orders", Not(no_maker), "", json!({ "count": 1 })),
        ("get /orders/{order}", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("post /orders/{order}/cancel", Not(&[("maker-viewer", 403), ("carrier", 404)]), "", none()),
        ("get /orders/{order}/labels.csv", Not(&[("carrier", 403), ("regulator", 403)]), "", none()),
        ("get /orders/{order}/labels.pdf", Not(&[("carrier", 403), ("regulator", 403)]), "", none()),
        ("get /line/batches/{gtin}/{lot}", Gateway, "", none()),
        ("get /line/batches/{gtin}/{lot}/codes", Gateway, "", none()),
        ("post /line/manifests", Gateway, "", list),
        ("get /stock", Not(&[("regulator", 403)]), "", none()),
        ("get /shipments", Not(&[("regulator", 403)]), "", none()),
        ("get /shipments/{shipment}", Not(&[("regulator", 403), ("pharmacy", 404)]), "", none()),
        ("post /shipments", Not(&[("maker-viewer", 403), ("maker2", 403), ("regulator", 403)]), "", shipment),
        ("post /shipments/{shipment}/receive", Not(no_receiver), "", json!({})),
        ("post /shipments/{shipment}/refuse", Not(no_receiver), "", none()),
        ("post /units/actions", Not(&[("maker-viewer", 403), ("maker2", 403)]), "", unit),
        ("get /trace", Not(&[("carrier", 404), ("pharmacy", 404)]), "?code={hidden}", none()),
        ("get /recalls/preview", Not(recaller), "?gtin={gtin}&lot={lot}", none()),
        ("get /recalls", Not(recaller), "", none()),
        ("get /recalls/{recall}", Not(recaller), "", none()),
        ("post /recalls", Not(&[("carrier", 403), ("maker-viewer", 403), ("regulator2", 403)]), "", recall),
        ("post /recalls/{recall}/approve", Not(&[("regulator", 403), ("maker", 403)]), "", none()),
        ("post /recalls/{recall}/close", Not(&[("carrier", 403), ("regulator2", 403)]), "", none()),
    ]
}

/// The story on the chain, an order of the maker, and a batch that nobody but the maker has a part in.
async fn world() -> (World, String) {
    let world = World::start().await;
    story::play(&mut world.node.chain());
    let hidden = hidden();
    world.node.apply(MAKER, story::product(hidden.gtin));
    let TxBody::RegisterBatch { made_on, expires_on, quota, .. } = story::registration() else { panic!("it is one") };
    world.node.apply(MAKER, TxBody::RegisterBatch { batch: hidden, made_on, expires_on, quota });
    let member = world.node.chain().member(MAKER).gln;
    let plan = BatchPlan { quantity: 4, secret: story::SECRET };
    world.state.store.plan_batch(&story::batch(), member, &plan).await.expect("planned");
    let order = OrderRow {
        id: Uuid::now_v7(),
        batch: story::batch(),
        member,
        wanted: 3,
        made: 0,
        state: OrderState::Queued,
        created_ms: 0,
        started: None,
        updated_ms: 0,
        error: None,
    };
    world.state.store.place_order(&order).await.expect("placed");
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    (world, order.id.to_string())
}

fn hidden() -> BatchId {
    BatchId { gtin: Gtin::build(0, "6901234", 78).expect("a GTIN of constants"), ..story::batch() }
}

fn concrete(template: &str, order: &str) -> String {
    let hidden = format!("(01){}(10){}", hidden().gtin, hidden().lot);
    [
        ("{gtin}", story::batch().gtin.to_string().as_str()),
        ("{lot}", story::batch().lot.as_str()),
        ("{order}", order),
        ("{shipment}", SHIPMENT),
        ("{recall}", RECALL),
        ("{hidden}", &hidden),
    ]
    .into_iter()
    .fold(template.to_owned(), |path, (name, value)| path.replace(name, value))
}

/// The operations of the document, with the names of path parameters made equal to the table's.
fn documented() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&crate::api::document().expect("a document")).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let mut all = BTreeSet::new();
    for (path, methods) in paths {
        let name = |kind: &str| path.replace("/{id}", &format!("/{{{kind}}}"));
        let path = match path.split('/').nth(1) {
            Some("orders") => name("order"),
            Some("shipments") => name("shipment"),
            Some("recalls") => name("recall"),
            _ => path.clone(),
        };
        all.extend(methods.as_object().expect("methods").keys().map(|method| format!("{method} {path}")));
    }
    all
}

#[test]
fn every_operation_of_the_document_stands_in_the_table() {
    let in_table: BTreeSet<String> = table().iter().map(|(operation, ..)| (*operation).to_owned()).collect();
    assert_eq!(documented(), in_table, "an operation without an entry, or an entry without an operation");
}

#[tokio::test]
async fn nobody_does_what_is_not_theirs() {
    let (world, order) = world().await;
    let mut sessions = BTreeMap::new();
    for user in ["maker", "maker2", "maker-viewer", "carrier", "pharmacy", "regulator", "regulator2"] {
        sessions.insert(user, world.sign_in(user).await);
    }
    let mut wrong = Vec::new();
    for (operation, access, query, body) in table() {
        let (method, template) = operation.split_once(' ').expect("method and path");
        let path = concrete(&format!("/api/v1{template}{query}"), &order);
        let mut check = async |who: &str, credential: Option<&str>, expected: &[u16]| {
            let body = Some(body.clone()).filter(|body| !body.is_null());
            let reply = world.call(&method.to_uppercase(), &path, credential, body).await;
            if !expected.contains(&reply.status.as_u16()) {
                let said = String::from_utf8_lossy(&reply.body).into_owned();
                wrong.push(format!("{operation} as {who}: {} instead of {expected:?}: {said}", reply.status));
            }
        };
        match access {
            Public => check("nobody", None, &[200, 204, 401]).await,
            SignedIn => {
                check("nobody", None, &[401]).await;
                for user in ["maker-viewer", "pharmacy", "regulator"] {
                    check(user, sessions.get(user).map(String::as_str), &[200]).await;
                }
            }
            Not(users) => {
                check("nobody", None, &[401]).await;
                for (user, status) in users {
                    check(user, sessions.get(user).map(String::as_str), &[*status]).await;
                }
            }
            Gateway => {
                let (own, other) = (World::bearer(GATEWAY_TOKEN), World::bearer(OTHER_TOKEN));
                check("nobody", None, &[401]).await;
                check("a person", sessions.get("maker").map(String::as_str), &[401]).await;
                check("a wrong token", Some("authorization: Bearer guess"), &[401]).await;
                check("another member's gateway", Some(&other), &[404]).await;
                check("the member's gateway", Some(&own), &[200]).await;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
