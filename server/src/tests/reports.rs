//! Reports of suspected fakes: who sees which, the steps of a case, and what the person who reported is told.

use crate::scan::token::Subject;
use crate::store::NewReport;
use crate::testing::{World, story};
use serde_json::{Value, json};
use tracelight_domain::gs1::{Gtin, Serial};
use tracelight_domain::ids::BatchId;
use tracelight_testkit::services::MariaDb;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Keeps a report of this number, received at `at_ms`.
pub async fn report(world: &World, case_number: &str, at_ms: u64, of: Option<(BatchId, &str)>) {
    let subject = of.map(|(batch, serial)| Subject {
        gtin: batch.gtin,
        lot: Some(batch.lot),
        serial: Serial::parse(serial).expect("a serial"),
    });
    let mut id = *uuid::Uuid::now_v7().as_bytes();
    id[..6].copy_from_slice(&at_ms.to_be_bytes()[2..]);
    let report = NewReport {
        subject: subject.as_ref(),
        at_ms,
        what: "looks",
        detail: "The market behind the station",
        contact: "+86 139 0000 0000",
        nonce: *uuid::Uuid::new_v4().as_bytes(),
        id,
        case_number,
        photos: &[],
    };
    world.state.store.keep_report(&report).await.expect("kept");
}

struct Desk {
    world: World,
    maker: String,
    regulator: String,
}

impl Desk {
    /// Two reports of one pack of the maker, one of a GTIN that nobody has registered, one without a code; oldest first.
    async fn open() -> Self {
        Self::of(World::start().await).await
    }

    async fn of(world: World) -> Self {
        story::play(&mut world.node.chain());
        let height = world.node.chain().height();
        world.projected(height - 1).await;
        let stranger = BatchId { gtin: Gtin::build(0, "6901299", 7).expect("a GTIN of constants"), ..story::batch() };
        let now = crate::clock::now_ms();
        report(&world, "TL-26-AAAAAA-01", now - 4 * DAY_MS, Some((story::batch(), "aB1"))).await;
        report(&world, "TL-26-BBBBBB-02", now - 3_000, Some((story::batch(), "aB1"))).await;
        report(&world, "TL-26-CCCCCC-03", now - 2_000, Some((stranger, "x"))).await;
        report(&world, "TL-26-DDDDDD-04", now - 1_000, None).await;
        let (maker, regulator) = (world.sign_in("maker").await, world.sign_in("regulator").await);
        Self { world, maker, regulator }
    }

    async fn get(&self, who: &str, path: &str, status: u16) -> Value {
        self.world.call("GET", path, Some(who), None).await.expect(status).json()
    }

    async fn numbers(&self, who: &str, query: &str) -> Vec<String> {
        let page = self.get(who, &format!("/api/v1/reports{query}"), 200).await;
        let rows = page["items"].as_array().expect("rows");
        rows.iter().map(|row| row["case_number"].as_str().expect("text")[6..].to_owned()).collect()
    }

    async fn step(&self, who: &str, case: &str, step: Value, status: u16) -> Value {
        let path = format!("/api/v1/reports/{case}");
        self.world.call("PUT", &path, Some(who), Some(step)).await.expect(status).json()
    }

    async fn page(&self, query: &str, status: u16) -> String {
        let reply = self.world.call("GET", &format!("/scan/case?{query}"), None, None).await.expect(status);
        String::from_utf8(reply.body).expect("text")
    }
}

#[tokio::test]
async fn r5_a_maker_sees_reports_of_its_products_and_the_regulator_all() {
    let desk = Desk::open().await;
    let all = ["DDDDDD-04", "CCCCCC-03", "BBBBBB-02", "AAAAAA-01"];
    assert_eq!(desk.numbers(&desk.regulator, "").await, all);
    assert_eq!(desk.numbers(&desk.maker, "").await, all[2..]);
    desk.get(&desk.maker, "/api/v1/reports/TL-26-CCCCCC-03", 404).await;
    desk.get(&desk.maker, "/api/v1/reports/TL-26-DDDDDD-04", 404).await;

    let batch = story::batch();
    let of_lot = format!("?gtin={}&lot={}", batch.gtin, batch.lot.as_str());
    assert_eq!(desk.numbers(&desk.regulator, &of_lot).await, all[2..]);
    assert_eq!(desk.numbers(&desk.regulator, "?lot=NONE").await, [""; 0]);
    let first = desk.get(&desk.regulator, "/api/v1/reports?limit=3", 200).await;
    let next = first["next"].as_str().expect("more");
    assert_eq!(desk.numbers(&desk.regulator, &format!("?cursor={next}")).await, all[3..]);
    for (bad, field) in [("status=open", "status"), ("gtin=1", "gtin"), ("cursor=x", "cursor"), ("limit=0", "limit")] {
        let problem = desk.get(&desk.regulator, &format!("/api/v1/reports?{bad}"), 400).await;
        assert_eq!(problem["field"], field);
    }
}

#[tokio::test]
async fn r5_reports_of_one_code_are_linked_and_a_clock_runs_until_somebody_looks() {
    let desk = Desk::open().await;
    let case = desk.get(&desk.maker, "/api/v1/reports/TL-26-AAAAAA-01", 200).await;
    assert_eq!((&case["same"], &case["report"]["same_code"]), (&json!(["TL-26-BBBBBB-02"]), &json!(2)));
    assert_eq!(case["report"]["lot"], story::batch().lot.as_str());
    assert_eq!((&case["place"], &case["contact"]), (&json!("The market behind the station"), &json!("")));
    let whole = desk.get(&desk.regulator, "/api/v1/reports/TL-26-AAAAAA-01", 200).await;
    assert_eq!(whole["contact"], "+86 139 0000 0000", "the form promises it to the regulator alone");
    let due = case["report"]["due_ms"].as_u64().expect("nobody has looked");
    assert_eq!(due, case["report"]["received_ms"].as_u64().expect("a time") + 3 * DAY_MS);
    let listed = desk.get(&desk.maker, "/api/v1/reports", 200).await.to_string();
    assert!(!listed.contains("139 0000") && !listed.contains("market"), "a list holds nothing personal");

    let case = desk.step(&desk.maker, "TL-26-AAAAAA-01", json!({ "revision": 0, "status": "in_work" }), 200).await;
    assert_eq!(case["report"]["due_ms"], Value::Null);
    let alone = desk.get(&desk.regulator, "/api/v1/reports/TL-26-DDDDDD-04", 200).await;
    assert_eq!(
        (&alone["same"], &alone["report"]["same_code"]),
        (&json!([]), &json!(1)),
        "without a code there is no same"
    );
}

#[tokio::test]
async fn r5_a_case_is_worked_on_closed_and_answered_and_no_step_is_lost() {
    a_case_from_its_first_step_to_its_end(Desk::open().await).await;
}

#[tokio::test]
async fn r5_a_case_is_worked_on_the_same_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let world = World::on(&database.await.expect("it ran").dsn, scratch).await;
    let desk = Desk::of(world).await;
    assert_eq!(desk.world.state.store.forget_contacts(u64::MAX / 2).await.expect("asked"), 4);
    a_case_from_its_first_step_to_its_end(desk).await;
}

async fn a_case_from_its_first_step_to_its_end(desk: Desk) {
    let number = "TL-26-AAAAAA-01";
    for (bad, field) in [
        (json!({ "revision": 0, "status": "closed", "reply": "x" }), "finding"),
        (json!({ "revision": 0, "status": "in_work", "finding": "fake" }), "finding"),
        (json!({ "revision": 0, "status": "closed", "finding": "fake", "reply": " \n" }), "reply"),
        (json!({ "revision": 0, "status": "in_work", "reply": "x".repeat(501) }), "reply"),
        (json!({ "revision": 0, "status": "in_work", "note": "a\u{7}" }), "note"),
    ] {
        assert_eq!(desk.step(&desk.maker, number, bad, 400).await["field"], field);
    }
    assert_eq!(desk.get(&desk.maker, &format!("/api/v1/reports/{number}"), 200).await["revision"], 0);

    let note = json!({ "revision": 0, "status": "in_work", "note": "Asked for the pack." });
    assert_eq!(desk.step(&desk.maker, number, note.clone(), 200).await["revision"], 1);
    assert_eq!(desk.step(&desk.regulator, number, note, 409).await["type"], "tracelight:outdated");
    let reply = "It is ours.\nThe print was changed in May.";
    let end = json!({ "revision": 1, "status": "closed", "finding": "no_fake", "reply": reply });
    let case = desk.step(&desk.regulator, number, end.clone(), 200).await;
    desk.step(&desk.maker, number, end, 409).await;
    let steps = case["steps"].as_array().expect("steps");
    let told: Vec<_> = steps.iter().map(|step| (&step["user"], &step["status"], &step["note"])).collect();
    let expected = [
        (&json!("maker"), &json!("in_work"), &json!("Asked for the pack.")),
        (&json!("regulator"), &json!("closed"), &json!("")),
    ];
    assert_eq!(told, expected);
    assert_eq!(desk.numbers(&desk.maker, "?status=closed").await, ["AAAAAA-01"]);
    assert_eq!(desk.numbers(&desk.maker, "?status=received").await, ["BBBBBB-02"]);
    assert_eq!(desk.numbers(&desk.maker, "?status=in_work").await, [""; 0]);

    // What was closed may be opened again.
    let again = json!({ "revision": 2, "status": "in_work", "reply": reply, "note": "Another pack came." });
    assert_eq!(desk.step(&desk.maker, number, again, 200).await["report"]["finding"], Value::Null);
}

#[tokio::test]
async fn r5_c13_the_person_who_reported_reads_the_answer_under_the_number_and_nobody_the_contact() {
    let desk = Desk::open().await;
    assert!(desk.page("lang=en", 200).await.contains("name=\"number\""));
    let unknown = desk.page("lang=en&number=TL-26-ZZZZZZ-99", 404).await;
    assert!(unknown.contains("aria-invalid=\"true\"") && unknown.contains("TL-26-ZZZZZZ-99"), "what was typed stays");
    let typed = "number=tl+26+aaaaaa+01";
    assert!(desk.page(&format!("lang=en&{typed}"), 200).await.contains("Received, waiting for a look"));
    assert!(desk.page(&format!("lang=zh&{typed}"), 200).await.contains("已收到，等待核查"));
    let end = json!({ "revision": 0, "status": "closed", "finding": "fake", "note": "Tell the police.",
        "reply": "<b>Do not</b> take it." });
    desk.step(&desk.maker, "TL-26-AAAAAA-01", end, 200).await;
    let page = desk.page(&format!("lang=en&{typed}"), 200).await;
    for shown in ["Finding: a fake", "&lt;b&gt;Do not&lt;/b&gt; take it."] {
        assert!(page.contains(shown), "{shown}");
    }
    for hidden in ["139 0000", "market", "police", "maker"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn contacts_are_forgotten_when_their_time_is_over() {
    let desk = Desk::open().await;
    let now = crate::clock::now_ms();
    let end = json!({ "revision": 0, "status": "closed", "finding": "cannot_tell", "reply": "x" });
    desk.step(&desk.maker, "TL-26-AAAAAA-01", end, 200).await;
    let store = &desk.world.state.store;
    assert_eq!(store.forget_contacts(now + 29 * DAY_MS).await.expect("asked"), 0);
    assert_eq!(store.forget_contacts(now + 31 * DAY_MS).await.expect("asked"), 1, "the closed one");
    let case = desk.get(&desk.regulator, "/api/v1/reports/TL-26-AAAAAA-01", 200).await;
    assert_eq!((&case["contact"], &case["place"]), (&json!(""), &json!("The market behind the station")));
    assert_eq!(
        store.forget_contacts(now + 181 * DAY_MS).await.expect("asked"),
        3,
        "all others, whatever became of them"
    );
}
