//! Who may call what: every operation of the document stands in the table, or the test fails.

use crate::store::{BatchPlan, ImportRow, NewAlert, OrderRow};
use crate::testing::{GATEWAY_TOKEN, OTHER_TOKEN, World, story};
use crate::tests::reports::report;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::alert::AlertGravity;
use tracelight_api::rest::goods::OrderState;
use tracelight_api::rest::handover::UnitAction;
use tracelight_api::rest::imports::{ImportKind, ImportState};
use tracelight_client::testing::{MAKER, PHARMACY};
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
    /// Whoever has the link of an invitation; a wrong one is 404 for everybody.
    Nobodys,
    /// A gateway's token; another member's gets 404.
    Gateway,
}

use Access::{Gateway, Nobodys, Not, Public, SignedIn};

/// A shipment from the maker to the carrier, as the story has it.
const SHIPMENT: &str = "01010101010101010101010101010101";
/// The regulator's recall of the story.
const RECALL: &str = "03030303030303030303030303030303";
/// A report about a pack of the maker.
const CASE: &str = "TL-26-234567-00";
/// An import of the maker.
const IMPORT: &str = "01920000-0000-7000-8000-000000000001";

/// What a verification asks besides the identifier.
const VERIFY: &str = "?exp=281031&linkType=verificationService&context=dscsaSaleableReturn";

/// Operation, who may, query and body of a good request. `{…}` in the path is filled in by [`concrete`].
fn table() -> Vec<(&'static str, Access, &'static str, Value)> {
    let none = || Value::Null;
    let no_writer: &[_] = &[("maker-viewer", 403), ("maker2", 403)];
    let (others, no_owner): (&[_], &[_]) = (&[("carrier", 404)], &[("maker-viewer", 403), ("carrier", 404)]);
    let no_maker: &[_] = &[("maker-viewer", 403), ("maker2", 403), ("carrier", 403), ("regulator", 403)];
    let no_receiver: &[_] = &[("maker-viewer", 403), ("regulator", 403), ("pharmacy", 404)];
    let no_reporter: &[_] = &[("carrier", 403), ("pharmacy", 403), ("maker-viewer", 403), ("regulator2", 403)];
    let no_noticer: &[_] = &[("maker-viewer", 403), ("maker2", 403), ("carrier", 403), ("pharmacy", 403)];
    let no_overseer: &[_] = &[("maker", 403), ("maker-viewer", 403), ("carrier", 403), ("regulator", 403)];
    let no_admin: &[_] = &[("maker", 403), ("maker2", 403), ("carrier", 403), ("regulator-admin", 404)];
    let no_guard: &[_] = &[("maker", 403), ("maker-viewer", 403), ("regulator2", 404), ("regulator-admin", 404)];
    let recaller: &[_] = &[("carrier", 403), ("pharmacy", 403)];
    // The case is the regulator's and in force: the maker is asked about its packs and sees nothing else of it.
    let no_case: &[_] = &[("carrier", 403), ("pharmacy", 403), ("maker", 404)];
    let no_case_writer: &[_] = &[("carrier", 403), ("maker-viewer", 403), ("maker", 404), ("regulator2", 403)];
    let no_case_approver: &[_] = &[("carrier", 403), ("maker2", 404), ("maker", 403), ("regulator", 403)];
    let gtin = story::batch().gtin.to_string();
    let product = json!({ "gtin": gtin, "name_en": "x", "kind": "food" });
    let batch = json!({ "gtin": gtin, "lot": "L", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 1 });
    let list = json!({ "kind": "batch", "gtin": gtin, "lot": "Lot-aB", "tx_id": "00".repeat(32), "first": 0,
        "serials": [], "rejected": [], "count_salt": "00".repeat(16), "last": false });
    let shipment = json!({ "to": "6901234000025", "objects": [story::sscc(1).to_string()] });
    let recall = json!({ "gtin": gtin, "lot": "Lot-aB", "class": 1, "reason_en": "x", "reason_zh": "x" });
    let device = json!({ "key": "5a".repeat(32), "line": "line 2", "site": "Xi'an" });
    let sscc = json!({ "count": 1 });
    let rule = json!({ "alphabet": "digits", "length": 20 });
    let marks = json!({ "marks": [{ "kind": "pin.covered", "need": "optional" }] });
    let mark = json!({ "marks": [{ "serial": "aB1", "reference": { "uid": "04DE5F1EACC040" } }] });
    let link = json!({ "link_type": "gs1:pip", "href": "https://maker.example.com/", "title": "x" });
    let no_owner_of_product: &[_] = &[("maker-viewer", 403), ("maker2", 403), ("carrier", 404)];
    let unit = json!({ "code": format!("(01){gtin}(10)Lot-aB(21)aB1"), "action": "dispense" });
    vec![
        ("post /session", Public, "", json!({ "user": "x", "password": "x" })),
        ("delete /session", Public, "", none()),
        ("get /session", SignedIn, "", none()),
        ("get /account", SignedIn, "", none()),
        ("post /account/password", Not(&[("maker", 403)]), "", json!({ "current": "x", "new": "x" })),
        ("post /account/totp", Not(&[("maker", 403)]), "", json!({ "password": "x" })),
        ("post /account/totp/confirm", Not(&[("maker", 409)]), "", json!({ "code": "000000" })),
        ("post /account/totp/recovery", Not(&[("maker", 409)]), "", json!({ "password": "x", "code": "x" })),
        ("post /account/totp/off", Not(&[("maker", 409)]), "", json!({ "password": "x", "code": "x" })),
        ("get /account/sessions", SignedIn, "", none()),
        ("delete /account/sessions/{session}", Not(&[("maker", 404)]), "", none()),
        ("post /account/sessions/end-others", SignedIn, "", none()),
        ("get /users", Not(no_overseer), "", none()),
        ("put /users/{user}", Not(no_admin), "", json!({ "role": "viewer" })),
        ("post /users/{user}/release", Not(no_guard), "", none()),
        ("post /users/{user}/decline", Not(no_guard), "", none()),
        ("post /users/{user}/suspend", Not(no_admin), "", none()),
        ("post /users/{user}/reactivate", Not(no_admin), "", none()),
        ("post /users/{user}/totp-off", Not(no_admin), "", none()),
        ("get /invitations", Not(no_overseer), "", none()),
        (
            "post /invitations",
            Not(&[("maker", 403), ("maker2", 403), ("carrier", 403)]),
            "",
            json!({ "role": "viewer" }),
        ),
        ("post /invitations/{invitation}/revoke", Not(no_admin), "", none()),
        ("post /invitations/look", Nobodys, "", json!({ "token": "x" })),
        ("post /invitations/accept", Nobodys, "", json!({ "token": "x", "name": "x", "password": "x" })),
        ("get /audit", Not(no_overseer), "", none()),
        ("get /audit.csv", Not(no_overseer), "", none()),
        ("get /chain", SignedIn, "", none()),
        ("get /products", SignedIn, "", none()),
        ("post /products", Not(no_maker), "", product),
        ("get /products/{gtin}", SignedIn, "", none()),
        ("get /products/{gtin}/code-rule", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("put /products/{gtin}/code-rule", Not(&[("maker-viewer", 403), ("maker2", 403), ("carrier", 404)]), "", rule),
        ("get /products/{gtin}/marks", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("put /products/{gtin}/marks", Not(no_owner_of_product), "", marks),
        ("post /products/{gtin}/marks/{kind}", Not(no_owner_of_product), "", mark),
        ("get /products/{gtin}/marks/overview", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("post /products/{gtin}/marks/{kind}/table", Not(no_owner_of_product), "", none()),
        ("put /products/{gtin}/hologram", Not(no_owner_of_product), "", json!({ "questions": [], "enough": 0 })),
        (
            "post /marks/checks",
            Not(&[("maker-viewer", 403), ("maker2", 403)]),
            "",
            json!({ "code": format!("(01){gtin}(21)aB1"), "kind": "rfid.tid", "evidence": {} }),
        ),
        ("post /orders/{order}/pins", Not(&[("maker-viewer", 403), ("maker2", 403), ("carrier", 403)]), "", json!({})),
        ("get /products/{gtin}/links", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("put /products/{gtin}/links/{link}", Not(no_owner_of_product), "", link),
        ("delete /products/{gtin}/links/{link}", Not(no_owner_of_product), "", none()),
        ("get /batches", SignedIn, "", none()),
        ("post /batches", Not(no_maker), "", batch),
        ("get /batches/{gtin}/{lot}", SignedIn, "", none()),
        ("post /batches/{gtin}/{lot}/orders", Not(no_maker), "", json!({ "count": 1 })),
        ("get /batches/{gtin}/{lot}/numbers", Not(others), "", none()),
        ("get /batches/{gtin}/{lot}/numbers/open", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("post /batches/{gtin}/{lot}/numbers/invalidate", Not(no_maker), "", json!({ "count": 1, "reason": "x" })),
        ("post /batches/{gtin}/{lot}/numbers/close", Not(no_maker), "", none()),
        ("post /batches/{gtin}/{lot}/blocks", Not(no_maker), "", json!({ "line": "s/l", "codes": 1 })),
        ("post /batches/{gtin}/{lot}/blocks/{block}/return", Not(no_maker), "", none()),
        ("get /orders/{order}", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("post /orders/{order}/cancel", Not(&[("maker-viewer", 403), ("carrier", 404)]), "", none()),
        ("get /orders/{order}/labels.csv", Not(&[("carrier", 403), ("regulator", 403)]), "", none()),
        ("get /orders/{order}/labels.pdf", Not(&[("carrier", 403), ("regulator", 403)]), "", none()),
        ("get /orders/{order}/labels.zpl", Not(&[("carrier", 403), ("regulator", 403)]), "", none()),
        ("get /orders/{order}/labels/preview.svg", Not(&[("carrier", 403), ("regulator", 403)]), "", none()),
        ("post /ssccs", Not(&[("maker-viewer", 403), ("maker2", 403), ("carrier", 409), ("regulator", 403)]), "", sscc),
        ("get /logistic-units/{sscc}/label", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("get /imports/template", SignedIn, "?kind=codes", none()),
        ("get /imports", SignedIn, "", none()),
        ("post /imports", Not(no_maker), "?kind=products", none()),
        ("get /imports/{import}", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("get /imports/{import}/errors.csv", Not(&[("carrier", 404), ("regulator", 404)]), "", none()),
        ("post /imports/{import}/apply", Not(&[("maker-viewer", 403), ("maker2", 403), ("carrier", 404)]), "", none()),
        ("post /imports/{import}/undo", Not(&[("maker-viewer", 403), ("maker2", 403), ("carrier", 404)]), "", none()),
        ("get /webhooks", Not(no_writer), "", none()),
        ("post /webhooks", Not(no_writer), "", json!({ "url": "https://x.example.com/", "events": ["batch.sealed"] })),
        ("get /webhooks/{webhook}", Not(no_owner), "", none()),
        ("delete /webhooks/{webhook}", Not(no_owner), "", none()),
        ("post /webhooks/{webhook}/rotate", Not(no_owner), "", none()),
        ("post /webhooks/{webhook}/enable", Not(no_owner), "", none()),
        ("post /webhooks/{webhook}/disable", Not(no_owner), "", none()),
        ("post /webhooks/{webhook}/test", Not(no_owner), "", none()),
        ("get /webhooks/{webhook}/deliveries", Not(no_owner), "", none()),
        ("post /webhooks/{webhook}/deliveries/{delivery}/resend", Not(no_owner), "", none()),
        ("get /partners", SignedIn, "", none()),
        ("get /api-keys", Not(no_writer), "", none()),
        ("post /api-keys", Not(no_writer), "", json!({ "name": "x", "scopes": ["goods:read"] })),
        ("post /api-keys/{key}/rotate", Not(no_owner), "", json!({})),
        ("post /api-keys/{key}/revoke", Not(no_owner), "", none()),
        ("get /line/batches/{gtin}/{lot}", Gateway, "", none()),
        ("post /line/batches/{gtin}/{lot}/blocks", Gateway, "", json!({ "line": "s/l" })),
        ("get /line/batches/{gtin}/{lot}/codes", Gateway, "?line=s/l", none()),
        ("post /line/manifests", Gateway, "", list),
        ("get /devices", SignedIn, "", none()),
        ("post /devices", Not(&[("maker-viewer", 403), ("maker2", 403), ("regulator2", 403)]), "", device),
        ("get /stock", Not(&[("regulator", 403)]), "", none()),
        ("get /shipments", Not(&[("regulator", 403)]), "", none()),
        ("get /shipments/{shipment}", Not(&[("regulator", 403), ("pharmacy", 404)]), "", none()),
        ("post /shipments", Not(&[("maker-viewer", 403), ("maker2", 403), ("regulator", 403)]), "", shipment),
        ("post /shipments/{shipment}/receive", Not(no_receiver), "", json!({})),
        ("post /shipments/{shipment}/refuse", Not(no_receiver), "", none()),
        ("post /units/actions", Not(&[("maker-viewer", 403), ("maker2", 403)]), "", unit),
        ("get /lists/{file}", SignedIn, "", none()),
        ("get /search", SignedIn, "?q=Lot", none()),
        ("get /trace", Not(&[("carrier", 404), ("pharmacy", 404)]), "?code={hidden}", none()),
        ("get /trace/graph", Not(&[("carrier", 404), ("pharmacy", 404)]), "?code={hidden}", none()),
        ("get /trace/graph/picture", Not(&[("carrier", 404), ("pharmacy", 404)]), "?code={hidden}", none()),
        ("get /trace/graph.csv", Not(&[("carrier", 404), ("pharmacy", 404)]), "?code={hidden}&part=lots", none()),
        ("get /trace/graph.jsonld", Not(&[("carrier", 404), ("pharmacy", 404)]), "?code={hidden}", none()),
        ("get /trace/graph.xlsx", Not(&[("carrier", 404), ("pharmacy", 404)]), "?code={hidden}", none()),
        ("get /trace/fsma204", SignedIn, "", none()),
        ("get /trace/fsma204.xlsx", SignedIn, "", none()),
        ("get /trace/fsma204.csv", SignedIn, "?cte=shipping", none()),
        ("get /recalls/preview", Not(recaller), "?gtin={gtin}&lot={lot}", none()),
        ("get /recalls", Not(recaller), "", none()),
        ("get /recalls/{recall}", Not(recaller), "", none()),
        ("post /recalls", Not(&[("carrier", 403), ("maker-viewer", 403), ("regulator2", 403)]), "", recall),
        ("post /recalls/{recall}/approve", Not(&[("regulator", 403), ("maker", 403)]), "", none()),
        ("get /recall-lots", Not(recaller), "?gtin={gtin}", none()),
        ("get /recall-cases", Not(recaller), "", none()),
        ("post /recall-cases", Not(&[("carrier", 403), ("maker-viewer", 403), ("regulator2", 403)]), "", json!({})),
        ("get /recall-cases/{recall_case}", Not(no_case), "", none()),
        ("put /recall-cases/{recall_case}", Not(no_case_writer), "", json!({})),
        ("delete /recall-cases/{recall_case}", Not(no_case_writer), "", none()),
        ("post /recall-cases/{recall_case}/open", Not(no_case_writer), "", json!({ "revision": 1 })),
        ("post /recall-cases/{recall_case}/approve", Not(no_case_approver), "", json!({ "revision": 1 })),
        ("post /recall-cases/{recall_case}/withdraw", Not(no_case_writer), "", json!({ "revision": 1, "reason": "x" })),
        ("post /recall-cases/{recall_case}/close", Not(no_case_writer), "", json!({ "revision": 1 })),
        ("get /recall-cases/{recall_case}/report.pdf", Not(no_case), "", none()),
        ("get /recall-cases/{recall_case}/record.json", Not(no_case), "", none()),
        ("get /recall-cases/{recall_case}/record.tx", Not(no_case), "", none()),
        ("get /recall-tasks", SignedIn, "", none()),
        ("get /recall-tasks/{recall_case}", Not(&[("regulator", 404)]), "", none()),
        ("post /recall-tasks/{recall_case}/seen", Not(&[("regulator", 404)]), "", none()),
        (
            "post /recall-tasks/{recall_case}/answers",
            Not(&[("regulator", 404), ("maker-viewer", 403), ("maker2", 403)]),
            "",
            json!({ "revision": 0, "lots": [] }),
        ),
        ("get /recall-notices", Not(recaller), "", none()),
        ("get /recall-notices/rows/{format}", Not(recaller), "", none()),
        ("get /recall-notices/hints", Not(recaller), "", none()),
        ("get /recall-notices/imports", Not(recaller), "", none()),
        ("post /recall-notices/imports", Not(no_noticer), "?name=x", none()),
        ("get /recall-notices/imports/{id}", Not(&[("carrier", 403), ("regulator", 404)]), "", none()),
        ("get /recall-notices/imports/{id}/errors.csv", Not(&[("carrier", 403), ("regulator", 404)]), "", none()),
        ("post /recall-notices/imports/{id}/apply", Not(no_noticer), "", none()),
        ("post /recalls/{recall}/close", Not(&[("carrier", 403), ("regulator2", 403)]), "", none()),
        ("get /map", Not(recaller), "", none()),
        ("get /map.csv", Not(recaller), "", none()),
        ("get /map.xlsx", Not(recaller), "", none()),
        ("get /alerts", SignedIn, "", none()),
        ("get /alerts/{alert}", Not(&[("carrier", 404)]), "", none()),
        (
            "put /alerts/{alert}",
            Not(&[("carrier", 404), ("maker-viewer", 403), ("maker2", 403)]),
            "",
            json!({ "revision": 0, "status": "explained", "note": "x" }),
        ),
        ("get /reports", Not(recaller), "", none()),
        ("get /reports/rules", Not(recaller), "", none()),
        ("get /reports/{case}", Not(recaller), "", none()),
        ("get /reports/{case}/photos/{number}", Not(recaller), "", none()),
        ("put /reports/{case}", Not(no_reporter), "", json!({ "revision": 0, "status": "in_work" })),
        ("get /vrs/checkConnectivity", SignedIn, "?gtin={gtin}", none()),
        ("get /vrs/verify/{gtin_name}/{gtin}/{lot_name}/{lot}/{ser_name}/{serial}", SignedIn, VERIFY, none()),
        ("get /epcis", SignedIn, "", none()),
        ("post /epcis/capture", Not(no_writer), "", event()),
        ("get /epcis/capture", SignedIn, "", none()),
        ("get /epcis/capture/{captureID}", Not(others), "", none()),
        ("post /epcis/events", Not(no_writer), "", event()),
        ("get /epcis/events", SignedIn, "", none()),
        ("get /epcis/events/{eventID}", Not(others), "", none()),
        ("delete /epcis/nextPageToken/{token}", Not(&[]), "", none()),
        ("get /epcis/queries", SignedIn, "", none()),
        ("post /epcis/queries", Not(no_writer), "", json!({ "name": "q", "query": {} })),
        ("get /epcis/queries/{queryName}", Not(others), "", none()),
        ("delete /epcis/queries/{queryName}", Not(no_owner), "", none()),
        ("get /epcis/queries/{queryName}/events", Not(others), "", none()),
        ("get /epcis/queries/{queryName}/subscriptions", Not(others), "", none()),
        ("post /epcis/queries/{queryName}/subscriptions", Not(no_owner), "", json!({ "dest": "x", "stream": true })),
        ("get /epcis/queries/{queryName}/subscriptions/{subscriptionID}", Not(others), "", none()),
        ("delete /epcis/queries/{queryName}/subscriptions/{subscriptionID}", Not(no_owner), "", none()),
        ("get /epcis/{list}", SignedIn, "", none()),
        ("get /epcis/{list}/{value}", SignedIn, "", none()),
        ("get /epcis/{list}/{value}/events", SignedIn, "", none()),
    ]
}

/// An event that the maker captured, for the calls about one.
fn event() -> Value {
    json!({ "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "ObjectEvent",
        "eventID": EVENT, "eventTime": "2026-11-01T10:00:00Z", "eventTimeZoneOffset": "+00:00", "action": "OBSERVE",
        "epcList": ["urn:epc:id:sscc:0614141.1234567890"], "bizStep": "storing" })
}

/// What the maker has: an event, a query, a subscription.
const EVENT: &str = "urn:uuid:5e50c1f6-6d0a-4b4c-9a0e-0d7f1a2b3c4d";
const QUERY: &str = "mine";

/// The story on the chain, an order of the maker, and a batch that nobody but the maker has a part in.
async fn world() -> (World, Ids) {
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
        signed: false,
        state: OrderState::Queued,
        created_ms: 0,
        started: None,
        updated_ms: 0,
        error: None,
    };
    world.state.store.place_order(&order).await.expect("placed");
    let import = ImportRow {
        id: Uuid::parse_str(IMPORT).expect("an id"),
        member,
        kind: ImportKind::Partners,
        name: String::new(),
        hash: [0; 32],
        mapping: String::new(),
        state: ImportState::Checked,
        rows: 0,
        refused: 0,
        faults_count: 0,
        faults: Vec::new(),
        applied: 0,
        user: "maker".to_owned(),
        created_ms: 0,
    };
    report(&world, CASE, 1, Some((story::batch(), "aB1"))).await;
    world.state.store.keep_import(&import, b"GLN,Name (English),Role\n").await.expect("kept");
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let maker = world.sign_in("maker").await;
    let location = async |path: &str, body: Value, status: u16| {
        let reply = world.call("POST", path, Some(&maker), Some(body)).await.expect(status);
        let location = reply.headers["location"].to_str().expect("a text").to_owned();
        location.rsplit('/').next().expect("a path").to_owned()
    };
    let job = location("/epcis/capture", event(), 202).await;
    location("/epcis/queries", json!({ "name": QUERY, "query": { "EQ_action": "ADD" } }), 201).await;
    let subscription = json!({ "dest": "https://client.example.com/hook", "stream": true });
    let subscription = location(&format!("/epcis/queries/{QUERY}/subscriptions"), subscription, 201).await;
    let key = json!({ "name": "erp", "scopes": ["goods:read"] });
    let key = world.call("POST", "/api/v1/api-keys", Some(&maker), Some(key)).await.expect(201).json();
    let key = key["key"]["id"].as_str().expect("an id").to_owned();
    let hook = json!({ "url": "https://client.example.com/", "events": ["batch.sealed"] });
    let hook = world.call("POST", "/api/v1/webhooks", Some(&maker), Some(hook)).await.expect(201).json();
    let hook = hook["webhook"]["id"].as_str().expect("an id").to_owned();
    let user = world.state.store.user_by_name("maker-viewer").await.expect("read").expect("there").id.to_string();
    let recall_case = recall_case(&world).await;
    let alert = NewAlert {
        kind: "A24",
        gravity: AlertGravity::Falsification,
        code: "",
        gtin: story::batch().gtin,
        serial: &story::serials()[0],
        printed: (b"", String::new()),
        held: (b"", String::new()),
        member: world.node.chain().member(PHARMACY).gln,
        action: UnitAction::Dispense,
        day: 1,
        now_ms: 1,
    };
    let alert = world.state.store.raise_alert(&alert, false).await.expect("raised");
    let ids = Ids { alert, order: order.id.to_string(), job, subscription, key, hook, user, recall_case };
    (world, ids)
}

/// A case of the regulator about the story's lot, in force.
async fn recall_case(world: &World) -> String {
    let lot = json!({ "gtin": story::batch().gtin.to_string(), "lot": story::batch().lot.as_str() });
    let draft = json!({ "title": "x", "class": 2, "reason_en": "x", "reason_zh": "x", "lots": [lot] });
    let (first, second) = (world.sign_in("regulator").await, world.sign_in("regulator2").await);
    let case = world.call("POST", "/api/v1/recall-cases", Some(&first), Some(draft)).await.expect(201).json();
    let id = case["id"].as_str().expect("an id").to_owned();
    let step = async |who: &str, step: &str, asked: Value| {
        let path = format!("/api/v1/recall-cases/{id}/{step}");
        world.call("POST", &path, Some(who), Some(asked)).await.expect(200).json()
    };
    let opened = step(&first, "open", json!({ "revision": 1 })).await;
    let asked = json!({ "revision": opened["draft"]["revision"], "packs": opened["sums"]["packs"] });
    assert_eq!(step(&second, "approve", asked).await["stage"], "approved");
    id
}

/// What has an id of chance.
struct Ids {
    alert: String,
    recall_case: String,
    order: String,
    job: String,
    subscription: String,
    key: String,
    hook: String,
    user: String,
}

fn hidden() -> BatchId {
    BatchId { gtin: Gtin::build(0, "6901234", 78).expect("a GTIN of constants"), ..story::batch() }
}

fn concrete(template: &str, ids: &Ids) -> String {
    let hidden = format!("(01){}(10){}", hidden().gtin, hidden().lot);
    [
        ("{gtin_name}", "gtin"),
        ("{lot_name}", "lot"),
        ("{ser_name}", "ser"),
        ("{serial}", "NOBODYS"),
        ("{link}", IMPORT),
        ("{kind}", "nfc.ntag424"),
        ("{gtin}", story::batch().gtin.to_string().as_str()),
        ("{lot}", story::batch().lot.as_str()),
        ("{order}", &ids.order),
        ("{captureID}", &ids.job),
        ("{subscriptionID}", &ids.subscription),
        ("{key}", &ids.key),
        ("{webhook}", &ids.hook),
        ("{delivery}", &ids.hook),
        ("{queryName}", QUERY),
        ("{eventID}", EVENT),
        ("{token}", "0123456789abcdef-1"),
        ("{list}", "eventTypes"),
        ("{value}", "ObjectEvent"),
        ("{shipment}", SHIPMENT),
        ("{recall}", RECALL),
        ("{recall_case}", &ids.recall_case),
        ("{import}", IMPORT),
        ("{case}", CASE),
        ("{alert}", &ids.alert),
        ("{number}", "1"),
        ("{id}", IMPORT),
        ("{block}", SHIPMENT),
        ("{session}", SHIPMENT),
        ("{user}", &ids.user),
        ("{invitation}", IMPORT),
        ("{file}", "batches.csv"),
        ("{format}", "csv"),
        ("{sscc}", story::sscc(1).as_str()),
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
            Some("alerts") => path.replace("/{number}", "/{alert}"),
            Some("orders") => name("order"),
            Some("shipments") => name("shipment"),
            Some("recalls") => name("recall"),
            Some("recall-cases" | "recall-tasks") => name("recall_case"),
            Some("imports") => name("import"),
            _ => path.clone(),
        };
        // A path has its own address, `servers`, beside its methods.
        let methods = methods.as_object().expect("methods").keys().filter(|key| *key != "servers");
        all.extend(methods.map(|method| format!("{method} {path}")));
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
    let (world, ids) = world().await;
    let mut sessions = BTreeMap::new();
    for user in ["maker", "maker2", "maker-viewer", "carrier", "pharmacy", "regulator", "regulator2", "regulator-admin"]
    {
        sessions.insert(user, world.sign_in(user).await);
    }
    let mut wrong = Vec::new();
    for (operation, access, query, body) in table() {
        let (method, template) = operation.split_once(' ').expect("method and path");
        let path = concrete(&format!("{}{query}", crate::api::called(template)), &ids);
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
            Nobodys => {
                check("nobody", None, &[404]).await;
                check("a person", sessions.get("maker").map(String::as_str), &[404]).await;
            }
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
