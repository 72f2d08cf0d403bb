//! Recall cases through the router: scope, draft, opening, a second person's approval, notices and answers of holders, reminders, the
//! end; a drill; and a step that a crash cut in two. On both databases.

use super::trace_graph::{caught_up, lot, play};
use super::webhooks::Receiver;
use crate::recall_cases::{advance::advance, remind};
use crate::store::StepBy;
use crate::testing::{World, story};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tracelight_api::rest::recall_case::CaseStep;
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY, REGULATOR};
use tracelight_domain::ids::RecallId;
use tracelight_domain::state::ObjectId;
use tracelight_testkit::services::MariaDb;
use uuid::Uuid;

const CASES: &str = "/api/v1/recall-cases";
const TASKS: &str = "/api/v1/recall-tasks";
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// People at work on the lots of the trace graph's story.
struct Room {
    world: World,
    first: String,
    second: String,
    maker: String,
    carrier: String,
    pharmacy: String,
}

impl Room {
    async fn open() -> Self {
        Self::on(World::start().await).await
    }

    async fn on_mariadb() -> Self {
        let database = tokio::task::spawn_blocking(|| {
            let server = MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server");
            server.fresh_database().expect("a database")
        });
        let scratch = tempfile::tempdir().expect("a scratch folder");
        Self::on(World::on(&database.await.expect("it ran").dsn, scratch).await).await
    }

    async fn on(world: World) -> Self {
        world.projected(1).await;
        play(&world, story::product(story::batch().gtin)).await;
        let (first, second) = (world.sign_in("regulator").await, world.sign_in("regulator2").await);
        let (maker, carrier) = (world.sign_in("maker").await, world.sign_in("carrier").await);
        let pharmacy = world.sign_in("pharmacy").await;
        Self { world, first, second, maker, carrier, pharmacy }
    }

    async fn get(&self, who: &str, path: &str, status: u16) -> Value {
        self.world.call("GET", path, Some(who), None).await.expect(status).json()
    }

    async fn send(&self, who: &str, method: &str, path: &str, body: Value, status: u16) -> Value {
        self.world.call(method, path, Some(who), Some(body)).await.expect(status).json()
    }

    /// Lots that a search finds, ascending.
    async fn found(&self, who: &str, query: &str) -> Vec<String> {
        let found = self.get(who, &format!("/api/v1/recall-lots?{query}"), 200).await;
        let mut lots: Vec<String> = rows(&found, "lots").iter().map(|lot| text(&lot["lot"])).collect();
        lots.sort();
        lots
    }

    async fn drafted(&self, lots: &[&str], drill: bool) -> Value {
        let lots: Vec<Value> = lots.iter().map(|lot| named(lot)).collect();
        let draft = json!({ "title": "Cup", "class": 1, "reason_en": "Wrong marks.", "reason_zh": "刻度有误。",
            "region": "Shaanxi", "publication": "", "drill": drill, "lots": lots });
        self.send(&self.first, "POST", CASES, draft, 201).await
    }

    async fn step(&self, who: &str, case: &Value, step: &str, status: u16) -> Value {
        let asked = json!({ "revision": case["draft"]["revision"], "packs": case["sums"]["packs"], "reason": "" });
        self.send(who, "POST", &format!("{CASES}/{}/{step}", text(&case["id"])), asked, status).await
    }

    async fn in_force(&self, lots: &[&str], drill: bool) -> Value {
        let opened = self.step(&self.first, &self.drafted(lots, drill).await, "open", 200).await;
        assert_eq!(opened["stage"], "opened", "{opened}");
        let case = self.step(&self.second, &opened, "approve", 200).await;
        assert_eq!(case["stage"], "approved", "{case}");
        case
    }

    async fn case(&self, id: &str) -> Value {
        self.get(&self.first, &format!("{CASES}/{id}"), 200).await
    }

    async fn answers(&self, who: &str, case: &str, revision: u64, lots: Value, status: u16) -> Value {
        let body = json!({ "revision": revision, "lots": lots });
        self.send(who, "POST", &format!("{TASKS}/{case}/answers"), body, status).await
    }

    async fn stage_of(&self, lot: &str) -> String {
        let path = format!("/api/v1/batches/{}/{lot}", story::batch().gtin);
        text(&self.get(&self.maker, &path, 200).await["stage"])
    }

    async fn published(&self) -> String {
        let reply = self.world.call("GET", "/recalls?lang=en", None, None).await.expect(200);
        String::from_utf8(reply.body).expect("text")
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn rows<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect("rows")
}

fn named(lot: &str) -> Value {
    json!({ "gtin": story::batch().gtin.to_string(), "lot": lot })
}

fn counts(lot: &str, [found, quarantined, sold, unaccounted]: [u64; 4], note: &str) -> Value {
    json!({ "gtin": story::batch().gtin.to_string(), "lot": lot, "found": found, "quarantined": quarantined,
        "sold": sold, "unaccounted": unaccounted, "note": note })
}

#[tokio::test]
async fn m11_the_scope_of_a_recall_is_found_by_every_term_and_says_what_is_not_known() {
    scopes(Room::open().await).await;
}

#[tokio::test]
async fn m11_the_scope_of_a_recall_is_found_the_same_on_mariadb() {
    scopes(Room::on_mariadb().await).await;
}

async fn scopes(room: Room) {
    let gtin = story::batch().gtin;
    let all = ["Made-1", "Made-2", "Raw-1", "Raw-2"];
    let maker = room.world.node.chain().member(MAKER).gln;
    for (query, expected) in [
        (format!("gtin={gtin}"), &all[..]),
        (format!("gtin={gtin}&lot=Raw-1"), &["Raw-1"]),
        ("lot=Raw-1".to_owned(), &["Raw-1"]),
        ("words=mAde".to_owned(), &["Made-1", "Made-2"]),
        ("words=AMOX".to_owned(), &all[..]),
        ("words=%E9%98%BF%E8%8E%AB".to_owned(), &all[..]),
        ("words=M_de".to_owned(), &[]),
        ("made_from=2026-10-01&made_to=2026-10-31".to_owned(), &all[..]),
        ("made_to=2026-09-30".to_owned(), &[]),
        // The story's lots expire with the month.
        ("expires_from=2028-09-15&expires_to=2028-09".to_owned(), &all[..]),
        ("expires_from=2028-10-01".to_owned(), &[]),
        (format!("ingredient_gtin={gtin}&ingredient_lot=Raw-2"), &["Made-1", "Made-2"]),
        (format!("ingredient_gtin={gtin}&ingredient_lot=Made-1"), &["Made-2"]),
        (format!("supplier={maker}&words=Made-2"), &["Made-2"]),
        (format!("line={maker}&lot=Raw-2"), &["Raw-2"]),
        ("line=hall%207".to_owned(), &[]),
    ] {
        assert_eq!(room.found(&room.first, &query).await, expected, "regulator, {query}");
        assert_eq!(room.found(&room.maker, &query).await, expected, "maker, {query}");
    }
    for (query, field) in [
        ("", "gtin"),
        ("serial_from=a&serial_to=b", "gtin"),
        ("gtin=1", "gtin"),
        ("made_from=yesterday", "made_from"),
        ("ingredient_lot=x", "ingredient_gtin"),
    ] {
        let problem = room.get(&room.first, &format!("/api/v1/recall-lots?{query}"), 400).await;
        assert_eq!(problem["field"], field, "{query}");
    }
    let made = room.get(&room.first, "/api/v1/recall-lots?lot=Made-1", 200).await;
    let made = &rows(&made, "lots")[0];
    // Five sealed; two cases of two: one at the pharmacy, the other missing on arrival; one pack in no case.
    assert_eq!(
        (&made["sealed"], &made["in_stock"], &made["short"], &made["unknown"]),
        (&json!(5), &json!(2), &json!(2), &json!(1))
    );
    assert_eq!(made["not_known"], json!(["unplaced", "line", "hotline"]));
    let raw = room.get(&room.first, "/api/v1/recall-lots?lot=Raw-2", 200).await;
    assert_eq!(rows(&raw, "lots")[0]["not_known"], json!(["unsealed", "hotline"]));
    // Nothing here knows serials of these lots: none is left out, each is said to be unknown.
    let query = format!("gtin={gtin}&serial_from=A&serial_to=z");
    assert_eq!(room.found(&room.first, &query).await, all);
    let unknown = room.get(&room.first, &format!("/api/v1/recall-lots?{query}"), 200).await;
    assert!(rows(&unknown, "lots").iter().all(|lot| lot["not_known"].to_string().contains("serials")), "{unknown}");
    // Codes that were ordered here are counted; a lot that has none in the range is left out.
    let batch = json!({ "gtin": gtin.to_string(), "lot": "Ord-1", "made_on": "2026-11-01", "expires_on": "2028-10",
        "quantity": 5 });
    room.send(&room.maker, "POST", "/api/v1/batches", batch, 201).await;
    let path = format!("/api/v1/batches/{gtin}/Ord-1/orders");
    let order = room.send(&room.maker, "POST", &path, json!({ "count": 3 }), 202).await;
    let path = format!("/api/v1/orders/{}", text(&order["id"]));
    room.world.until(&path, &room.maker, |order| order["state"] == "done").await;
    let path = format!("/api/v1/recall-lots?gtin={gtin}&lot=Ord-1&serial_from=!&serial_to=z");
    let found = room.get(&room.first, &path, 200).await;
    assert_eq!(rows(&found, "lots")[0]["in_range"], 3);
    let query = format!("gtin={gtin}&serial_from=zz&serial_to=zzz");
    assert_eq!(room.found(&room.first, &query).await, all, "without the lot whose codes are known");
}

#[tokio::test]
async fn m11_a_draft_is_kept_written_anew_and_never_overwritten_unseen() {
    let room = Room::open().await;
    let draft = room.send(&room.maker, "POST", CASES, json!({ "lots": [named("Raw-1")] }), 201).await;
    let path = format!("{CASES}/{}", text(&draft["id"]));
    assert_eq!((&draft["stage"], &draft["draft"]["revision"]), (&json!("draft"), &json!(1)));
    let written = json!({ "revision": 1, "title": "Cup", "lots": [named("Raw-1"), named("Made-1"), named("Raw-1")] });
    let kept = room.send(&room.maker, "PUT", &path, written.clone(), 200).await;
    assert_eq!((&kept["draft"]["revision"], rows(&kept, "lots").len()), (&json!(2), 2));
    assert_eq!(room.get(&room.maker, &path, 200).await, kept, "it survives a reload");
    assert_eq!(room.send(&room.maker, "PUT", &path, written, 409).await["type"], "tracelight:outdated");
    for (bad, field) in [
        (json!({ "revision": 2, "class": 4 }), "class"),
        (json!({ "revision": 2, "title": "x".repeat(121) }), "title"),
        (json!({ "revision": 2, "title": "a\u{7}" }), "title"),
    ] {
        assert_eq!(room.send(&room.maker, "PUT", &path, bad, 400).await["field"], field);
    }
    let stranger = json!({ "revision": 2, "lots": [named("NONE")] });
    assert_eq!(room.send(&room.maker, "PUT", &path, stranger, 404).await["field"], "lots");
    // A draft is its member's own, and one that is not complete does not go out.
    room.get(&room.first, &path, 404).await;
    assert!(rows(&room.get(&room.first, CASES, 200).await, "items").is_empty());
    assert_eq!(rows(&room.get(&room.maker, CASES, 200).await, "items").len(), 1);
    let problem = room.step(&room.maker, &kept, "open", 400).await;
    assert_eq!(problem["field"], "reason_en", "{problem}");
    let half = json!({ "title": "Cup", "class": 1, "reason_en": "Wrong marks.", "reason_zh": "刻度有误。",
        "advice_en": "Call a doctor.", "lots": [named("Made-1")] });
    let half = room.send(&room.first, "POST", CASES, half, 201).await;
    assert_eq!(half["draft"]["advice_en"], "Call a doctor.");
    let problem = room.step(&room.first, &half, "open", 400).await;
    assert_eq!(problem["field"], "advice_zh", "half of the shoppers would not read it: {problem}");
    room.world.call("DELETE", &path, Some(&room.maker), None).await.expect(204);
    room.get(&room.maker, &path, 404).await;
    for part in ["new?words=Raw", "new"] {
        room.world.call("GET", &format!("/console/recalls/{part}"), Some(&room.maker), None).await.expect(200);
    }
}

#[tokio::test]
async fn m10_a_second_person_types_the_count_and_then_every_pack_is_recalled_within_five_seconds() {
    let room = Room::open().await;
    let opened = room.step(&room.first, &room.drafted(&["Made-1", "Made-2", "Raw-1"], false).await, "open", 200).await;
    assert_eq!(opened["stage"], "opened", "{opened}");
    assert!(rows(&opened, "lots").iter().all(|lot| lot["status"] == "opened"));
    assert!(!room.published().await.contains("Made-1"), "nothing is in force yet");
    assert!(rows(&room.get(&room.pharmacy, TASKS, 200).await, "items").is_empty(), "and nobody was told");
    // Not the one who opened it, not without the count, not with another.
    room.step(&room.first, &opened, "approve", 403).await;
    let path = format!("{CASES}/{}/approve", text(&opened["id"]));
    for packs in [Value::Null, json!(9)] {
        let asked = json!({ "revision": opened["draft"]["revision"], "packs": packs });
        let problem = room.send(&room.second, "POST", &path, asked, 409).await;
        assert_eq!((&problem["type"], &problem["field"]), (&json!("tracelight:count_differs"), &json!("packs")));
    }
    assert_eq!(opened["sums"]["packs"], 10);
    let begun = Instant::now();
    let case = room.step(&room.second, &opened, "approve", 200).await;
    assert_eq!(case["stage"], "approved", "{case}");
    let page = room.published().await;
    for lot in ["Made-1", "Made-2", "Raw-1"] {
        assert_eq!(room.stage_of(lot).await, "recalled");
        assert!(page.contains(lot), "{lot} in {page}");
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(!page.contains("Raw-2"), "a lot beside them is left alone");
    assert!(rows(&case, "lots").iter().all(|lot| lot["status"] == "approved" && lot["recalled"] == 1));
    assert_eq!(room.step(&room.second, &case, "approve", 409).await["type"], "tracelight:wrong_stage");
    // Each lot's recall stands in the list of recalls too, with the person who approved it.
    let recalls = room.get(&room.first, "/api/v1/recalls", 200).await;
    assert!(rows(&recalls, "items").iter().all(|recall| recall["approved_by"] == "regulator2"), "{recalls}");
    for part in ["", "/text", "/check", "/scope"] {
        let path = format!("/console/recalls/cases/{}{part}", text(&case["id"]));
        room.world.call("GET", &path, Some(&room.first), None).await.expect(200);
    }
}

#[tokio::test]
async fn m11_a_drill_takes_every_step_with_a_stopwatch_and_touches_nothing_that_a_shopper_sees() {
    let room = Room::open().await;
    let before = (room.published().await.len(), room.stage_of("Made-1").await);
    let case = room.in_force(&["Made-1"], true).await;
    assert_eq!((room.published().await.len(), room.stage_of("Made-1").await), before);
    let id = text(&case["id"]);
    let tasks = room.get(&room.pharmacy, TASKS, 200).await;
    assert_eq!((&tasks["items"][0]["case"], &tasks["items"][0]["drill"]), (&case["id"], &json!(true)));
    for who in [&room.maker, &room.carrier, &room.pharmacy] {
        room.world.call("POST", &format!("{TASKS}/{id}/seen"), Some(who), None).await.expect(204);
    }
    for (who, counted) in [(&room.maker, 0), (&room.carrier, 0), (&room.pharmacy, 2)] {
        room.answers(who, &id, 0, json!([counts("Made-1", [0, counted, 0, 0], "drill")]), 200).await;
    }
    let case = room.case(&id).await;
    let watch = &case["stopwatch"];
    let times = ["opened_ms", "approved_ms", "seen_ms", "answered_ms"].map(|name| watch[name].as_u64());
    assert!(times.iter().all(Option::is_some) && times.is_sorted(), "{watch}");
    let closed = room.step(&room.first, &case, "close", 200).await;
    assert_eq!(closed["stage"], "closed", "{closed}");
    assert!(closed["stopwatch"]["closed_ms"].as_u64() >= times[3]);
    assert_eq!((room.published().await.len(), room.stage_of("Made-1").await), before);
}

#[tokio::test]
async fn a_step_that_was_cut_in_two_goes_on_and_nothing_is_sent_twice() {
    let room = Room::open().await;
    let (state, names) = (&room.world.state, ["Made-1", "Made-2", "Raw-1", "Raw-2"]);
    let draft = room.drafted(&names, false).await;
    let id = Uuid::parse_str(&text(&draft["id"])).expect("an id");
    let user = Uuid::now_v7();
    let by = StepBy { user, user_name: "regulator".to_owned(), at_ms: crate::clock::now_ms() };
    let recalls: Vec<_> =
        names.iter().zip(1u8..).map(|(name, number)| (lot(name), RecallId([number + 40; 16]))).collect();
    // The process dies after it has kept what a person said, and before anything was sent.
    state.store.ask_recall_step(id, CaseStep::Open, 1, &by, None, &recalls).await.expect("kept");
    // Several go on at once: this one, another one, and the background.
    let (one, other) = tokio::join!(advance(state, id), advance(state, id));
    for done in [one, other] {
        assert!(done.is_ok(), "{done:?}");
    }
    let path = format!("{CASES}/{id}");
    let case = room.world.until(&path, &room.first, |case| case["stage"] == "opened").await;
    caught_up(&room.world).await;
    {
        let chain = room.world.node.chain();
        for (_, recall) in &recalls {
            let events = chain.events.get(&ObjectId::Recall(*recall)).map_or(0, Vec::len);
            assert_eq!(events, 1, "{recall}");
        }
    }
    for (name, status) in [("report.pdf", 200), ("record.json", 409), ("record.tx", 409)] {
        room.world.call("GET", &format!("{path}/{name}"), Some(&room.first), None).await.expect(status);
    }
    // Taken back before it was approved: it never was in force.
    let asked = json!({ "revision": case["draft"]["revision"] });
    let problem = room.send(&room.first, "POST", &format!("{path}/withdraw"), asked, 400).await;
    assert_eq!(problem["field"], "reason");
    let asked = json!({ "revision": case["draft"]["revision"], "reason": "Another lot was meant." });
    let case = room.send(&room.first, "POST", &format!("{path}/withdraw"), asked, 200).await;
    assert_eq!((&case["stage"], &case["end_reason"]), (&json!("withdrawn"), &json!("Another lot was meant.")));
    assert_eq!(room.stage_of("Raw-2").await, "registered");
    assert!(rows(&room.get(&room.pharmacy, TASKS, 200).await, "items").is_empty());
}

#[tokio::test]
async fn r4_holders_are_told_answer_with_a_signature_and_are_reminded() {
    holders(Room::open().await).await;
}

#[tokio::test]
async fn r4_holders_are_told_the_same_on_mariadb() {
    holders(Room::on_mariadb().await).await;
}

async fn holders(room: Room) {
    let mut receiver = Receiver::start().await;
    let hook = json!({ "url": receiver.url, "events": ["recall.notice", "recall.reminder"] });
    let hook = text(&room.send(&room.carrier, "POST", "/api/v1/webhooks", hook, 201).await["webhook"]["id"]);
    let case = room.in_force(&["Made-1", "Raw-1"], false).await;
    let id = text(&case["id"]);
    let (_, body) = receiver.next().await;
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((&body["type"], &body["data"]["case"]), (&json!("recall.notice"), &case["id"]));
    assert!(body["data"]["lot"].is_null() && body["data"]["gtin"].is_null(), "whose goods is not said: {body}");
    assert_eq!(case["reach"], json!({ "told": 3, "seen": 0, "answered": 0 }));

    // Each sees its own part. Raw-1 never was with the carrier.
    let task = room.get(&room.carrier, &format!("{TASKS}/{id}"), 200).await;
    assert_eq!(rows(&task, "lots").iter().map(|lot| text(&lot["lot"])).collect::<Vec<_>>(), ["Made-1"]);
    assert_eq!(task["lots"][0]["short"], 2, "what was missing is the shipper's to explain");
    let task = room.get(&room.pharmacy, &format!("{TASKS}/{id}"), 200).await;
    assert_eq!(rows(&task, "lots").len(), 2, "the second is on its way to it");
    room.get(&room.first, &format!("{TASKS}/{id}"), 404).await;
    room.get(&room.carrier, &format!("{CASES}/{id}"), 403).await;
    for path in ["/console/recalls", &format!("/console/recalls/tasks/{id}")] {
        let reply = room.world.call("GET", path, Some(&room.pharmacy), None).await.expect(200);
        assert!(String::from_utf8_lossy(&reply.body).contains("Cup"), "{path}");
    }
    assert_eq!(room.case(&id).await["reach"]["seen"], 0, "reading by GET does not count");
    room.world.call("POST", &format!("{TASKS}/{id}/seen"), Some(&room.carrier), None).await.expect(204);

    // Two packs of Made-1 are the pharmacy's, as the chain has it.
    for (lots, field) in [
        (json!([]), "lots"),
        (json!([counts("NONE", [0, 0, 0, 0], "")]), "lots"),
        (json!([counts("Made-1", [0, 2, 1, 0], "")]), "lots"),
        (json!([counts("Made-1", [0, 1, 0, 0], ""), counts("Made-1", [0, 1, 0, 0], "")]), "lots"),
    ] {
        assert_eq!(room.answers(&room.pharmacy, &id, 0, lots, 400).await["field"], field);
    }
    let first = room.answers(&room.pharmacy, &id, 0, json!([counts("Made-1", [0, 1, 0, 0], "")]), 200).await;
    assert_eq!((&first["revision"], &first["lots"][0]["not_explained"]), (&json!(1), &json!(1)), "{first}");
    assert!(first["answers"][0]["evidence"]["height"].is_u64(), "it is on the chain: {first}");
    // Corrected: both are kept, the newest counts, and it names the one before.
    let missing = json!([counts("Raw-1", [0, 2, 0, 0], "came today")]);
    assert_eq!(room.answers(&room.pharmacy, &id, 1, missing, 400).await["field"], "lots", "an answer is a whole");
    let both = json!([counts("Made-1", [0, 2, 1, 0], "one bought back"), counts("Raw-1", [0, 0, 0, 0], "")]);
    assert_eq!(room.answers(&room.pharmacy, &id, 0, both.clone(), 409).await["type"], "tracelight:outdated");
    let second = room.answers(&room.pharmacy, &id, 1, both, 200).await;
    assert_eq!((rows(&second, "answers").len(), &second["lots"][0]["beyond"]), (2, &json!(1)));
    signed_by_its_member(&room, &id, &second).await;

    let now = room.case(&id).await;
    assert_eq!(now["reach"], json!({ "told": 3, "seen": 2, "answered": 1 }), "an answer is a look");
    assert_eq!(
        (&now["sums"]["quarantined"], &now["sums"]["sold"], &now["sums"]["beyond"]),
        (&json!(2), &json!(1), &json!(1))
    );
    reminded(&room, &id, &hook).await;

    // An end with answers missing says why.
    assert_eq!(room.step(&room.first, &now, "close", 400).await["field"], "reason");
    let now = room.case(&id).await;
    let asked = json!({ "revision": now["draft"]["revision"], "reason": "The others were called." });
    let closed = room.send(&room.first, "POST", &format!("{CASES}/{id}/close"), asked, 200).await;
    assert_eq!(closed["stage"], "closed", "{closed}");
    sealed(&room, &id, &closed).await;
    let late = json!([counts("Made-1", [0, 0, 0, 2], "")]);
    assert_eq!(room.answers(&room.carrier, &id, 0, late, 409).await["type"], "tracelight:case_ended");
    assert_eq!(room.stage_of("Made-1").await, "recalled", "its lots stay recalled");
}

/// The record is byte for byte what the chain has the hash of, holds every answer, and comes with the transaction over it; the report
/// is a PDF.
async fn sealed(room: &Room, id: &str, closed: &Value) {
    use tracelight_proof::signed::{parse, tx_id, verify};
    let file = async |who: &str, name: &str, status: u16| {
        room.world.call("GET", &format!("{CASES}/{id}/{name}"), Some(who), None).await.expect(status)
    };
    let record = file(&room.first, "record.json", 200).await;
    assert!(record.headers["content-disposition"].to_str().expect("text").starts_with("attachment"));
    let hash = tracelight_proof::hash::sha256(&record.body).to_string();
    assert_eq!(closed["record_hash"], hash.as_str());
    assert!(closed["record"]["height"].is_u64(), "it is on the chain: {closed}");
    let tx = String::from_utf8(file(&room.first, "record.tx", 200).await.body).expect("text");
    let tx = parse(&hex::decode(tx.trim()).expect("hex")).expect("a transaction");
    verify(&tx).expect("the member's signature");
    assert_eq!(closed["record"]["tx_id"], tx_id(&tx.tx).to_string().as_str());
    let tracelight_domain::tx::TxBody::Anchor { root, size: 1, .. } = tx.tx.body else { panic!("an anchor") };
    assert_eq!(root.to_string(), hash);
    let record = record.json();
    assert_eq!((rows(&record, "answers").len(), &record["case"]["end_reason"]), (2, &json!("The others were called.")));
    for answer in rows(&record, "answers") {
        // The document is hashed as it stands, without spaces and in its order.
        let document: tracelight_api::rest::recall_task::AnswerDocument =
            serde_json::from_value(answer["document"].clone()).expect("a document");
        let hash = tracelight_proof::hash::sha256(&serde_json::to_vec(&document).expect("JSON")).to_string();
        assert_eq!(answer["hash"], hash.as_str());
    }
    let report = file(&room.first, "report.pdf", 200).await;
    assert!(report.body.starts_with(b"%PDF") && report.body.len() > 2_000);
    let (chinese, english) = (words(&report.body), file(&room.first, "report.pdf?language=en", 200).await);
    let english = words(&english.body);
    for part in ["召回报告", "原因: 刻度有误。", "以包计的核对", "封存的记录", "The others were called."]
    {
        assert!(chinese.contains(part), "{part}: {chinese}");
    }
    for part in ["Reason: Wrong marks.", "Reconciliation in packs".to_uppercase().as_str(), "SEALED RECORD"] {
        assert!(english.contains(part), "{part}: {english}");
    }
    file(&room.first, "report.pdf?language=fr", 400).await;
    file(&room.carrier, "report.pdf", 403).await;
}

/// What a PDF says.
fn words(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, pdf).expect("it is written");
    let read = std::process::Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output().expect("poppler");
    String::from_utf8(read.stdout).expect("UTF-8")
}

/// The member's own log on the chain holds the newest answer's hash and how many there are.
async fn signed_by_its_member(room: &Room, id: &str, task: &Value) {
    let pharmacy = room.world.node.chain().member(PHARMACY).gln;
    let log = crate::recall_cases::answers::log(Uuid::parse_str(id).expect("an id"));
    let kept = room.world.state.store.object(&ObjectId::Log(pharmacy, log)).await.expect("asked").expect("it is there");
    let tracelight_domain::state::StateBody::Log { size, root } = kept.body else { panic!("it is a log") };
    assert_eq!((size, root.to_string()), (2, text(&task["answers"][1]["hash"])));
}

async fn reminded(room: &Room, id: &str, hook: &str) {
    let case = Uuid::parse_str(id).expect("an id");
    let now_ms = crate::clock::now_ms();
    let look = async |at_ms: u64| remind::look_at(&room.world.state, case, at_ms).await.expect("looked");
    assert_eq!(look(now_ms).await, 0, "not before a day is over");
    assert_eq!(look(now_ms + DAY_MS).await, 2, "the maker and the carrier, not the pharmacy that answered");
    assert_eq!(look(now_ms + DAY_MS + 60_000).await, 0, "at most daily");
    // Its delivery is due at the time of that look, which is tomorrow.
    let log = room.get(&room.carrier, &format!("/api/v1/webhooks/{hook}/deliveries"), 200).await;
    let events: Vec<String> = rows(&log, "items").iter().map(|line| text(&line["event"])).collect();
    assert_eq!(events.iter().filter(|event| *event == "recall.reminder").count(), 1, "{log}");
    for day in 2..40 {
        look(now_ms + day * DAY_MS).await;
    }
    let case = room.case(id).await;
    let carrier = room.world.node.chain().member(CARRIER).gln.to_string();
    let row = rows(&case, "holders").iter().find(|holder| holder["gln"] == carrier.as_str()).expect("its row").clone();
    assert_eq!((&row["reminders"], &row["reminded_ms"]), (&json!(14), &json!(now_ms + 14 * DAY_MS)));
    let regulator = room.world.node.chain().member(REGULATOR).gln.to_string();
    assert!(!rows(&case, "holders").iter().any(|holder| holder["gln"] == regulator.as_str()));
}
