//! Marks through the API: policies, marks that were put on items, PINs that are told once.

use crate::config::ScoreServiceConfig;
use crate::scan::story::{GTIN, Story};
use crate::testing::{Reply, World};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_client::testing::MAKER;
use tracelight_marks::{Context, Fields, Item, Kind, Verdict, nfc, pin};

const POLICY: &str = "/api/v1/products/06901234567892/marks";

async fn put(world: &World, maker: &str, policy: Value) -> Reply {
    world.call("PUT", POLICY, Some(maker), Some(policy)).await
}

async fn keep(world: &World, maker: &str, kind: &Kind, marks: Value) -> Vec<(String, Option<String>)> {
    let path = format!("{POLICY}/{kind}");
    let kept = world.call("POST", &path, Some(maker), Some(json!({ "marks": marks }))).await.expect(200).json();
    let one = |mark: &Value| {
        (mark["outcome"].as_str().unwrap_or_default().to_owned(), mark["detail"].as_str().map(str::to_owned))
    };
    kept["marks"].as_array().expect("a list").iter().map(one).collect()
}

fn words(kept: &[(String, Option<String>)]) -> Vec<&str> {
    kept.iter().map(|(outcome, _)| outcome.as_str()).collect()
}

/// The order of a story, by its number.
async fn order_of(world: &World, maker: &str, lot: &str) -> String {
    let path = format!("/api/v1/batches/{GTIN}/{lot}/orders");
    let order = world.call("POST", &path, Some(maker), Some(json!({ "count": 3 }))).await.expect(202).json();
    let id = order["id"].as_str().expect("an id").to_owned();
    world.until(&format!("/api/v1/orders/{id}"), maker, |order| order["state"] == "done").await;
    id
}

#[tokio::test]
async fn a_policy_is_what_was_written_last_and_a_kind_without_keys_is_refused() {
    let world = World::start().await;
    Story::coded(&world, "L1", "2028-10").await;
    let maker = world.sign_in("maker").await;
    let empty = world.call("GET", POLICY, Some(&maker), None).await.expect(200).json();
    assert_eq!(empty, json!({ "marks": [], "good_for_minutes": 60 }));
    let both = json!({ "marks": [{ "kind": "pin.covered", "need": "required" },
        { "kind": "nfc.ntag424", "need": "optional" }], "good_for_minutes": 30 });
    assert_eq!(put(&world, &maker, both.clone()).await.expect(200).json(), both);
    assert_eq!(world.call("GET", POLICY, Some(&maker), None).await.expect(200).json(), both);
    let mark = |kind: &str| json!({ "kind": kind, "need": "optional" });
    for (policy, field) in [
        (json!({ "marks": [mark("cdp.score")] }), "kind"),
        (json!({ "marks": [mark("PIN")] }), "kind"),
        (json!({ "marks": [mark("pin.covered"), mark("pin.covered")] }), "marks"),
        (json!({ "marks": [], "good_for_minutes": 0 }), "good_for_minutes"),
        (json!({ "marks": [], "good_for_minutes": 1441 }), "good_for_minutes"),
    ] {
        assert_eq!(put(&world, &maker, policy).await.expect(400).json()["field"], field);
    }
    assert_eq!(world.call("GET", POLICY, Some(&maker), None).await.expect(200).json(), both);
}

#[tokio::test]
async fn marks_are_kept_once_and_each_is_told_what_became_of_it() {
    let world = World::start().await;
    let story = Story::coded(&world, "L1", "2028-10").await;
    let maker = world.sign_in("maker").await;
    let tag = |serial: &str, uid: &str| json!({ "serial": serial, "reference": { "uid": uid } });
    let serial = |index: usize| story.serials[index].as_str();
    let marks = json!([
        tag(serial(0), "04DE5F1EACC040"),
        tag(serial(0), "04de5f1eacc040"),
        tag(serial(0), "04DE5F1EACC041"),
        tag(serial(1), "04DE5F1EACC040"),
        tag("NOBODYS", "04DE5F1EACC042"),
        tag(serial(1), "99"),
        tag("no serial", "04DE5F1EACC042"),
    ]);
    let first = keep(&world, &maker, &nfc::KIND, marks.clone()).await;
    let rest = ["already_stored", "conflicts", "conflicts", "unknown_code", "refused", "refused"];
    assert_eq!(words(&first), [&["stored"][..], &rest].concat());
    let again = keep(&world, &maker, &nfc::KIND, marks).await;
    assert_eq!(words(&again), [&["already_stored"][..], &rest].concat(), "sending it again changes nothing");

    // A PIN that was made elsewhere; its row is another each time, and it is the same PIN.
    let pin = |pin: &str| json!([{ "serial": serial(2), "reference": { "pin": pin } }]);
    assert_eq!(words(&keep(&world, &maker, &pin::KIND, pin("4821 3907")).await), ["stored"]);
    assert_eq!(words(&keep(&world, &maker, &pin::KIND, pin("4821-3907")).await), ["already_stored"]);
    assert_eq!(words(&keep(&world, &maker, &pin::KIND, pin("11112222")).await), ["conflicts"]);
    let refused = keep(&world, &maker, &pin::KIND, pin("12$45678")).await;
    assert_eq!(words(&refused), ["refused"]);
    assert!(!refused[0].1.as_deref().unwrap_or_default().contains("12$45678"), "{refused:?}");

    let path = format!("{POLICY}/nfc.ntag424");
    for marks in [json!([]), json!(vec![tag("A1", "04DE5F1EACC040"); 1_001])] {
        let refused = world.call("POST", &path, Some(&maker), Some(json!({ "marks": marks }))).await.expect(400);
        assert_eq!(refused.json()["field"], "marks");
    }
    let unknown = format!("{POLICY}/rfid.tid");
    world.call("POST", &unknown, Some(&maker), Some(json!({ "marks": [] }))).await.expect(400);
}

#[tokio::test]
async fn pins_are_told_once_and_made_anew_until_the_batch_is_sealed() {
    let world = World::start().await;
    let story = Story::coded(&world, "L1", "2028-10").await;
    let maker = world.sign_in("maker").await;
    let order = order_of(&world, &maker, "L1").await;
    let path = format!("/api/v1/orders/{order}/pins");
    let make = async |form: Value| world.call("POST", &path, Some(&maker), Some(form)).await;
    for (form, field) in [
        (json!({ "first": 3 }), "first"),
        (json!({ "count": 0 }), "count"),
        (json!({ "first": 1, "count": 3 }), "count"),
    ] {
        assert_eq!(make(form).await.expect(400).json()["field"], field);
    }
    let told = make(json!({})).await.expect(200);
    assert_eq!(told.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(told.headers["cache-control"], "no-store");
    let pins = table(&told);
    assert_eq!((pins.len(), pins.values().collect::<BTreeSet<_>>().len()), (3, 3));
    fits(&world, &story, &pins, Verdict::Genuine).await;
    let refused = make(json!({ "first": 2 })).await.expect(409);
    assert_eq!(refused.problem(), "pins_made");
    let anew = table(&make(json!({ "replace": true })).await.expect(200));
    assert_eq!(anew.keys().collect::<Vec<_>>(), pins.keys().collect::<Vec<_>>());
    fits(&world, &story, &anew, Verdict::Genuine).await;
    fits(&world, &story, &pins, Verdict::Suspect).await;

    // What is on packs in the field is not exchanged.
    let sealed = Story::sealed(&world, "L2").await;
    let gln = world.node.chain().member(MAKER).gln;
    let orders = world.state.store.orders_of(&sealed.batch, gln).await.expect("they are read");
    let path = format!("/api/v1/orders/{}/pins", orders[0].id);
    let pins = table(&world.call("POST", &path, Some(&maker), Some(json!({}))).await.expect(200));
    let refused = world.call("POST", &path, Some(&maker), Some(json!({ "replace": true }))).await.expect(409);
    assert_eq!(refused.problem(), "batch_sealed");
    // Nor is a PIN of theirs told by trying it.
    let told = |pin: &str| json!([{ "serial": sealed.serials[0].as_str(), "reference": { "pin": pin } }]);
    for pin in ["11112222", pins[sealed.serials[0].as_str()].as_str()] {
        assert_eq!(words(&keep(&world, &maker, &pin::KIND, told(pin)).await), ["conflicts"]);
    }
}

/// Serial and PIN of each line.
fn table(reply: &Reply) -> BTreeMap<String, String> {
    let text = String::from_utf8(reply.body.clone()).expect("text");
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    assert_eq!(lines.next(), Some("serial,pin"));
    lines.map(|line| line.split_once(',').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("two fields")).collect()
}

/// What each PIN is to the row that is kept.
async fn fits(world: &World, story: &Story, pins: &BTreeMap<String, String>, verdict: Verdict) {
    let marks = world.state.marks.as_ref().expect("they are configured");
    for (serial, pin) in pins {
        let serial = tracelight_domain::gs1::Serial::parse(serial).expect("a serial");
        let unit = tracelight_domain::ids::UnitId { gtin: story.batch.gtin, serial };
        let kept = world.state.store.mark(&unit, &pin::KIND).await.expect("it is read").expect("it is there");
        let item = Item::from(&unit);
        let evidence = Fields::new().with("pin", pin.as_str()).expect("a field");
        let read = marks.registry().read(&kept, &evidence, Context { item: &item, now_ms: 1 }).expect("a reading");
        assert_eq!(read.finding.verdict(), verdict);
    }
}

#[tokio::test]
async fn a_server_without_keys_of_marks_says_so() {
    let world = World::configured(|config| config.marks = None).await;
    let story = Story::coded(&world, "L1", "2028-10").await;
    let maker = world.sign_in("maker").await;
    let order = order_of(&world, &maker, "L1").await;
    let tag = json!({ "marks": [{ "serial": story.serials[0].as_str(), "reference": { "uid": "04DE5F1EACC040" } }] });
    for (method, path, body) in [
        ("PUT", POLICY.to_owned(), json!({ "marks": [] })),
        ("POST", format!("{POLICY}/nfc.ntag424"), tag),
        ("POST", format!("/api/v1/orders/{order}/pins"), json!({})),
    ] {
        let refused = world.call(method, &path, Some(&maker), Some(body)).await.expect(409);
        assert_eq!(refused.problem(), "marks_off");
        assert!(refused.json()["detail"].as_str().expect("a detail").contains("[marks]"));
    }
}

/// A questionnaire of three questions, of which two right answers are enough.
pub fn questions() -> Value {
    let option = |en: &str| json!({ "zh": format!("{en}（中）"), "en": en });
    let question = |en: &str, right: u32| {
        json!({ "zh": format!("{en}（中）"), "en": en, "right": right,
        "options": [option("gold to green"), option("not at all"), option("cannot say")] })
    };
    json!({ "questions": [question("Ring", 0), question("Edge", 1), question("Picture", 2)], "enough": 2 })
}

#[tokio::test]
async fn questions_about_a_hologram_are_set_and_what_cannot_be_is_named() {
    let world = World::start().await;
    Story::coded(&world, "L1", "2028-10").await;
    let maker = world.sign_in("maker").await;
    let path = format!("/api/v1/products/{GTIN}/hologram");
    let set =
        async |body: Value, status: u16| world.call("PUT", &path, Some(&maker), Some(body)).await.expect(status).json();
    assert_eq!(set(questions(), 200).await, questions());
    let overview = format!("{POLICY}/overview");
    let read = async || world.call("GET", &overview, Some(&maker), None).await.expect(200).json();
    let seen = read().await;
    assert_eq!(seen["hologram"], questions());
    assert_eq!(seen["known"], json!(["hologram.questions", "nfc.ntag424", "pin.covered", "rfid.tid"]));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = questions();
        change(&mut body);
        body
    };
    for wrong in [
        changed(&|body| body["enough"] = json!(1)),
        changed(&|body| body["enough"] = json!(4)),
        changed(&|body| body["questions"][0]["right"] = json!(3)),
        changed(&|body| body["questions"][0]["options"] = json!([])),
        changed(&|body| body["questions"][0]["en"] = json!(" ")),
        changed(&|body| body["questions"][0]["zh"] = json!("长".repeat(81))),
        changed(&|body| body["questions"] = json!([body["questions"][0]])),
    ] {
        assert_eq!(set(wrong, 400).await["field"], "questions");
    }
    assert_eq!(read().await["hologram"], questions(), "what cannot be changes nothing");
    set(json!({ "questions": [], "enough": 0 }), 200).await;
    assert_eq!(read().await["hologram"]["questions"], json!([]));
    let refused =
        world.call("POST", &format!("{POLICY}/hologram.questions"), Some(&maker), Some(json!({ "marks": [] }))).await;
    assert_eq!(refused.expect(400).json()["field"], "kind");
}

#[tokio::test]
async fn a_table_of_marks_is_kept_row_by_row_and_told_where_it_is_wrong() {
    let world = World::start().await;
    let story = Story::coded(&world, "L1", "2028-10").await;
    let maker = world.sign_in("maker").await;
    let send = async |kind: &str, table: String, status: u16| {
        let (_, cookie) = maker.split_once(": ").expect("a credential");
        let request = axum::http::Request::post(format!("{POLICY}/{kind}/table")).header("cookie", cookie);
        world.send(request.body(axum::body::Body::from(table)).expect("a request")).await.expect(status).json()
    };
    let serial = |index: usize| story.serials[index].as_str();
    let table = format!(
        "UID,Serial\r\n04DE5F1EACC040,{}\r\n\r\n04DE5F1EACC041,{}\r\nxyz,{}\r\n04DE5F1EACC042,NOBODYS\r\n",
        serial(0),
        serial(1),
        serial(2)
    );
    let told = send("nfc.ntag424", table.clone(), 200).await;
    assert_eq!(
        (&told["rows"], &told["stored"], &told["already"], &told["faults_count"]),
        (&json!(4), &json!(2), &json!(0), &json!(2))
    );
    assert_eq!((&told["faults"][0]["row"], &told["faults"][0]["outcome"]), (&json!(5), &json!("refused")));
    assert_eq!((&told["faults"][1]["row"], &told["faults"][1]["outcome"]), (&json!(6), &json!("unknown_code")));
    assert_eq!(send("nfc.ntag424", table, 200).await["already"], 2, "sending it again is harmless");
    let chips = format!(
        "serial,tid,epc,epc_locked\n{},E2C01130200000000000000000000001,3034257BF7194E4000001A85,yes\n",
        serial(0)
    );
    assert_eq!(send("rfid.tid", chips, 200).await["stored"], 1);
    for (kind, table, words) in [
        ("nfc.ntag424", "serial\nA".to_owned(), "no column `uid`"),
        ("nfc.ntag424", String::new(), "no rows"),
        ("nfc.ntag424", format!("serial,uid\n{}", "A,04DE5F1EACC040\n".repeat(2_001)), "more than 2000 rows"),
        ("hologram.questions", "serial\nA".to_owned(), "belong to the product"),
    ] {
        let refused = send(kind, table, 400).await;
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{refused}");
    }
    let seen = world.call("GET", &format!("{POLICY}/overview"), Some(&maker), None).await.expect(200).json();
    assert_eq!(seen["enrolled"], json!({ "nfc.ntag424": 2, "rfid.tid": 1 }));
}

#[tokio::test]
async fn somebody_with_a_reader_checks_a_chip_and_a_scored_picture() {
    let scorer = ed25519_zebra::SigningKey::from([9; 32]);
    let public = hex::encode(<[u8; 32]>::from(ed25519_zebra::VerificationKey::from(&scorer)));
    let world = World::configured(|config| {
        let service = ScoreServiceConfig { id: "scores-1".to_owned(), public };
        config.marks.get_or_insert_default().score_services.push(service);
    })
    .await;
    let story = Story::sealed(&world, "A24K07").await;
    let maker = world.sign_in("maker").await;
    let mark = |kind: &str| json!({ "kind": kind, "need": "optional" });
    put(&world, &maker, json!({ "marks": [mark("rfid.tid"), mark("cdp.score")] })).await.expect(200);
    let chip =
        json!({ "tid": "E2C01130200000000000000000000001", "epc": "3034257BF7194E4000001A85", "epc_locked": "yes" });
    let pattern = json!({ "service": "scores-1", "genuine_from": "800", "copy_below": "300", "window_ms": "3600000" });
    let serial = story.serials[0].as_str();
    let one = |reference: &Value| json!([{ "serial": serial, "reference": reference }]);
    assert_eq!(words(&keep(&world, &maker, &tracelight_marks::rfid::KIND, one(&chip)).await), ["stored"]);
    assert_eq!(words(&keep(&world, &maker, &tracelight_marks::score::KIND, one(&pattern)).await), ["stored"]);
    let code = format!("(01){GTIN}(21){serial}");
    let carrier = world.sign_in("carrier").await;
    let check = async |kind: &str, evidence: Value, status: u16| {
        let body = json!({ "code": code, "kind": kind, "evidence": evidence });
        world.call("POST", "/api/v1/marks/checks", Some(&carrier), Some(body)).await.expect(status).json()
    };
    let answer = |json: &Value| {
        (json["verdict"].as_str().expect("text").to_owned(), json["item"].as_str().expect("text").to_owned())
    };
    let said = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    // A chip's number can be copied: it fits, and the item is called no more than active.
    let fits = json!({ "tid": chip["tid"], "epc": chip["epc"] });
    assert_eq!(answer(&check("rfid.tid", fits, 200).await), said("genuine", "active"));
    let copied = json!({ "tid": "E2C01130200000000000000000000002", "epc": chip["epc"] });
    assert_eq!(answer(&check("rfid.tid", copied, 200).await), said("counterfeit", "counterfeit"));
    // A good picture counts once.
    let unit = story.unit(0);
    let statement = tracelight_marks::score::Statement {
        item: Item::from(&unit),
        image: tracelight_domain::ids::Hash([5; 32]),
        score: 930,
        at_ms: crate::clock::now_ms(),
    };
    let signature = <[u8; 64]>::from(scorer.sign(&statement.signed_message()));
    let evidence = json!({ "statement": hex::encode(statement.to_bytes()), "signature": hex::encode(signature) });
    assert_eq!(answer(&check("cdp.score", evidence.clone(), 200).await), said("genuine", "genuine"));
    let again = check("cdp.score", evidence, 200).await;
    assert_eq!(again["item"], "already_used");
    assert!(again["used_before_ms"].as_u64().is_some(), "{again}");
    let forged = json!({ "statement": hex::encode(statement.to_bytes()), "signature": "00".repeat(64) });
    assert_eq!(answer(&check("cdp.score", forged, 200).await).0, "inconclusive");
    assert_eq!(check("cdp.score", json!({ "statement": "zz" }), 400).await["field"], "evidence");
    assert_eq!(check("pin.covered", json!({ "pin": "48213907" }), 400).await["field"], "kind");
    let nobody = json!({ "code": format!("(01){GTIN}(21)NOBODYS"), "kind": "rfid.tid", "evidence": {} });
    world.call("POST", "/api/v1/marks/checks", Some(&carrier), Some(nobody)).await.expect(404);
    let seen = world.call("GET", &format!("{POLICY}/overview"), Some(&maker), None).await.expect(200).json();
    let found = |kind: &str, verdict: &str, count: u64| json!({ "kind": kind, "verdict": verdict, "count": count });
    let found = [
        found("cdp.score", "genuine", 1),
        found("cdp.score", "inconclusive", 2),
        found("rfid.tid", "counterfeit", 1),
        found("rfid.tid", "genuine", 1),
    ];
    assert_eq!(seen["found"], json!(found));
}
