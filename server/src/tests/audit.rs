//! The audit log: what stands in whose, by which filters, as a table; what never stands there; when it is dropped.

use crate::store::{AuditFilter, NewAudit};
use crate::testing::{PASSWORD, World, story};
use crate::tests::reports::report;
use serde_json::{Value, json};
use tracelight_api::rest::audit::{AuditAction, AuditOutcome};
use tracelight_client::testing::{MAKER, REGULATOR};
use tracelight_testkit::services::MariaDb;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The story, projected.
async fn world() -> World {
    let world = World::start().await;
    story::play(&mut world.node.chain());
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    world
}

async fn rows(world: &World, who: &str, query: &str) -> Vec<Value> {
    let page = world.call("GET", &format!("/api/v1/audit{query}"), Some(who), None).await.expect(200).json();
    page["items"].as_array().expect("rows").clone()
}

fn told(rows: &[Value]) -> Vec<String> {
    let line = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} [{}]", text("user"), text("action"), text("object"))
    };
    rows.iter().map(line).collect()
}

#[tokio::test]
async fn r7_what_a_regulator_does_with_a_companys_goods_stands_in_that_companys_log_without_a_name() {
    let world = world().await;
    let (regulator, maker2) = (world.sign_in("regulator").await, world.sign_in("maker2").await);
    let batch = story::batch();
    let lot = batch.to_string();
    let code = crate::http::encoded(&lot);
    for path in [
        format!("/api/v1/trace?code={code}"),
        format!("/api/v1/trace/graph?code={code}"),
        format!("/api/v1/recalls/preview?gtin={}&lot={}", batch.gtin, batch.lot),
        "/api/v1/trace/fsma204.xlsx".to_owned(),
        "/api/v1/trace/fsma204.csv?cte=shipping".to_owned(),
    ] {
        world.call("GET", &path, Some(&regulator), None).await.expect(200);
    }
    report(&world, "TL-26-AAAAAA-01", crate::clock::now_ms(), Some((batch.clone(), "aB1"))).await;
    let step = json!({ "revision": 0, "status": "in_work" });
    world.call("PUT", "/api/v1/reports/TL-26-AAAAAA-01", Some(&regulator), Some(step)).await.expect(200);

    let own = world.sign_in("regulator-admin").await;
    let in_own = told(&rows(&world, &own, "?user=regulator").await);
    let searched = format!("regulator searched [{lot}]");
    let exported = "regulator fsma204_exported [all foods, workbook]";
    assert_eq!(in_own.iter().filter(|line| **line == searched).count(), 1, "within a minute it is one: {in_own:?}");
    for line in [searched.as_str(), exported, "regulator report_step [TL-26-AAAAAA-01: in_work]"] {
        assert!(in_own.iter().any(|found| found == line), "{line} in {in_own:?}");
    }
    let lines = rows(&world, &maker2, "").await;
    let theirs: Vec<&Value> = lines.iter().filter(|row| row["user"].is_null()).collect();
    let gln = world.node.chain().member(REGULATOR).gln.to_string();
    assert!(theirs.iter().all(|row| row["member"] == gln.as_str()), "{theirs:?}");
    let theirs = told(&theirs.into_iter().cloned().collect::<Vec<_>>());
    assert!(theirs.contains(&format!("- searched [{lot}]")), "{theirs:?}");
    assert!(theirs.contains(&"- report_step [TL-26-AAAAAA-01: in_work]".to_owned()), "{theirs:?}");
    assert!(!theirs.join(" ").contains("regulator"), "no name of a person: {theirs:?}");
    assert!(!theirs.join(" ").contains("sign_in"), "nothing that is not about the maker's goods");
}

#[tokio::test]
async fn r7_a_maker_who_looks_at_its_own_goods_is_not_written_down_and_its_exports_are() {
    let world = world().await;
    let (maker, maker2) = (world.sign_in("maker").await, world.sign_in("maker2").await);
    let code = crate::http::encoded(&story::batch().to_string());
    world.call("GET", &format!("/api/v1/trace?code={code}"), Some(&maker), None).await.expect(200);
    world.call("GET", "/api/v1/trace/fsma204.xlsx", Some(&maker), None).await.expect(200);
    assert_eq!(rows(&world, &maker2, "?action=searched").await, Vec::<Value>::new());
    let lines = told(&rows(&world, &maker2, "?action=fsma204_exported").await);
    assert_eq!(lines, ["maker fsma204_exported [all foods, workbook]"]);
}

#[tokio::test]
async fn m12_the_log_is_filtered_paged_and_downloaded_as_it_is_shown() {
    let world = World::start().await;
    let maker2 = world.sign_in("maker2").await;
    for _ in 0..3 {
        world.sign_in("maker").await;
    }
    let key = json!({ "name": "=ERP", "scopes": ["goods:read"] });
    let maker = world.sign_in("maker").await;
    world.call("POST", "/api/v1/api-keys", Some(&maker), Some(key)).await.expect(201);
    let made = rows(&world, &maker2, "?action=key_made").await;
    assert_eq!((made.len(), &made[0]["user"]), (1, &json!("maker")));
    assert_eq!(rows(&world, &maker2, "?user=maker&action=sign_in").await.len(), 4);

    let page = world.call("GET", "/api/v1/audit?user=maker&limit=2", Some(&maker2), None).await.expect(200).json();
    let next = page["next"].as_str().expect("more").to_owned();
    let second = rows(&world, &maker2, &format!("?user=maker&limit=2&cursor={next}")).await;
    assert_eq!(second.len(), 2);
    let path = format!("/api/v1/audit.csv?user=maker&limit=2&cursor={next}");
    let table = world.call("GET", &path, Some(&maker2), None).await.expect(200);
    assert!(table.headers["content-disposition"].to_str().expect("text").contains("audit.csv"));
    let text = String::from_utf8(table.body).expect("text");
    let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(lines[0], "\u{feff}at,member,user,action,object,outcome");
    assert_eq!(lines.len(), 3, "exactly what is shown: {text}");
    assert!(lines[1].contains(",maker,sign_in,,done") && lines[1].contains('T'), "{text}");
    let exported = rows(&world, &maker2, "?action=audit_exported").await;
    assert_eq!(exported[0]["object"], "2 lines");

    let seconds = i64::try_from(crate::clock::now_ms() / 1_000).expect("now") + 8 * 60 * 60;
    let today = time::OffsetDateTime::from_unix_timestamp(seconds).expect("now");
    let day = |date: time::Date| format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day());
    let (now, tomorrow) = (day(today.date()), day(today.date().next_day().expect("there is one")));
    assert!(!rows(&world, &maker2, &format!("?from={now}&to={now}")).await.is_empty());
    assert!(rows(&world, &maker2, &format!("?from={tomorrow}")).await.is_empty());
    for (bad, field) in [
        ("action=x", "action"),
        ("from=2026-13-01", "from"),
        ("to=2026-11", "to"),
        ("cursor=x", "cursor"),
        ("limit=201", "limit"),
    ] {
        let problem = world.call("GET", &format!("/api/v1/audit?{bad}"), Some(&maker2), None).await.expect(400).json();
        assert_eq!(problem["field"], field, "{problem}");
    }
}

#[tokio::test]
async fn m12_a_name_that_was_typed_wrongly_is_never_written_down() {
    let world = World::start().await;
    let form = json!({ "user": PASSWORD, "password": "maker" });
    world.call("POST", "/api/v1/session", None, Some(form)).await.expect(401);
    let form = json!({ "user": "maker", "password": "not the password" });
    world.call("POST", "/api/v1/session", None, Some(form)).await.expect(401);
    let member = world.node.chain().member(MAKER).gln;
    let all = world.state.store.audit_events(member, &AuditFilter::default(), None, 200).await.expect("read");
    let all: Vec<_> = all.into_iter().map(|(_, event)| event).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!((all[0].action, all[0].outcome), (AuditAction::SignIn, AuditOutcome::Refused));
    assert!(!format!("{all:?}").contains("password\"") && !format!("{all:?}").contains(PASSWORD), "{all:?}");
}

#[tokio::test]
async fn m12_lines_are_dropped_when_their_time_is_over() {
    dropped(World::start().await).await;
}

#[tokio::test]
async fn m12_lines_are_dropped_when_their_time_is_over_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    dropped(World::on(&database.await.expect("it ran").dsn, scratch).await).await;
}

async fn dropped(world: World) {
    let (store, member) = (&world.state.store, world.node.chain().member(MAKER).gln);
    let line = |object: &str| NewAudit {
        member,
        actor: member,
        user: "maker".to_owned(),
        action: AuditAction::CodesExported,
        object: object.to_owned(),
        outcome: AuditOutcome::Done,
    };
    // Younger than what the server's own sweep drops.
    let now = crate::clock::now_ms();
    store.add_audit(&[line("old"), line("older")], now - 100 * DAY_MS).await.expect("kept");
    store.add_audit(&[line(&"长".repeat(300))], now).await.expect("kept");
    assert_eq!(store.drop_audit_before(now - 50 * DAY_MS).await.expect("dropped"), 2);
    assert_eq!(store.drop_audit_before(now - 50 * DAY_MS).await.expect("dropped"), 0);
    let left = store.audit_events(member, &AuditFilter::default(), None, 10).await.expect("read");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].1.object.chars().count(), 200, "a long object is cut");
}

#[tokio::test]
async fn r4_who_opened_a_recall_does_not_approve_it_with_another_role() {
    let world = world().await;
    let batch = story::batch();
    let maker = world.sign_in("maker").await;
    let recall = json!({ "gtin": batch.gtin.to_string(), "lot": batch.lot.as_str(), "class": 2, "reason_en": "x",
        "reason_zh": "x", "drill": true });
    let opened = world.call("POST", "/api/v1/recalls", Some(&maker), Some(recall)).await;
    let opened = opened.expect(201).json();
    let id = opened["id"].as_str().expect("an id").to_owned();
    let row = world.state.store.user_by_name("maker").await.expect("read").expect("there");
    let patch = crate::store::UserPatch {
        role: Some(tracelight_api::rest::session::UserRole::Approver),
        ..crate::store::UserPatch::default()
    };
    let line = NewAudit {
        member: row.member,
        actor: row.member,
        user: String::new(),
        action: AuditAction::UserSet,
        object: "maker: approver".to_owned(),
        outcome: AuditOutcome::Done,
    };
    world.state.store.patch_user(&row, &patch, line, 1).await.expect("patched");
    let path = format!("/api/v1/recalls/{id}/approve");
    let refused = world.call("POST", &path, Some(&maker), None).await.expect(409);
    assert_eq!(refused.problem(), "same_person");
    let maker2 = world.sign_in("maker2").await;
    world.call("POST", &path, Some(&maker2), None).await.expect(200);
    let lines = told(&rows(&world, &maker2, "?action=recall_approved").await);
    assert_eq!(lines, [format!("maker2 recall_approved [{batch}, drill]")]);
    assert_eq!(rows(&world, &maker2, "?action=recall_opened").await.len(), 1);
}

#[tokio::test]
async fn m12_codes_labels_and_pins_that_leave_the_house_are_written_down() {
    let world = World::start().await;
    let (maker, maker2) = (world.sign_in("maker").await, world.sign_in("maker2").await);
    let gtin = tracelight_domain::gs1::Gtin::build(0, "6901234", 1).expect("a GTIN of constants").to_string();
    let product = json!({ "gtin": gtin, "name_en": "x", "kind": "food" });
    world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(201);
    let batch = json!({ "gtin": gtin, "lot": "L1", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 9 });
    world.call("POST", "/api/v1/batches", Some(&maker), Some(batch)).await.expect(201);
    let path = format!("/api/v1/batches/{gtin}/L1/orders");
    let order = world.call("POST", &path, Some(&maker), Some(json!({ "count": 9 }))).await.expect(202).json();
    let order = format!("/api/v1/orders/{}", order["id"].as_str().expect("an id"));
    world.until(&order, &maker, |order| order["state"] == "done").await;
    for file in ["labels.csv", "labels.pdf?first=1&count=2", "labels.zpl?first=0&count=3", "labels/preview.svg"] {
        world.call("GET", &format!("{order}/{file}"), Some(&maker), None).await.expect(200);
    }
    let pins = json!({ "first": 0, "count": 2 });
    world.call("POST", &format!("{order}/pins"), Some(&maker), Some(pins)).await.expect(200);
    let numbers = world.call("POST", "/api/v1/ssccs", Some(&maker), Some(json!({ "count": 1 }))).await.expect(201);
    let sscc = numbers.json()["ssccs"][0].as_str().expect("a number").to_owned();
    for query in ["", "?format=zpl"] {
        let path = format!("/api/v1/logistic-units/{sscc}/label{query}");
        world.call("GET", &path, Some(&maker), None).await.expect(200);
    }
    let mut lines = told(&rows(&world, &maker2, "?user=maker").await);
    lines.retain(|line| !line.contains("sign_in"));
    let lot = format!("(01){gtin}(10)L1");
    let expected = [
        format!("maker labels_exported [(00){sscc}]"),
        format!("maker pins_made [{lot}, 2 codes]"),
        format!("maker labels_exported [{lot}, 3 codes, ZPL]"),
        format!("maker labels_exported [{lot}, 2 codes, PDF]"),
        format!("maker codes_exported [{lot}, 9 codes]"),
    ];
    assert_eq!(lines, expected, "a picture on a page is no file");
}

/// Whoever adds a call that answers with a file says here that it is written down, or why not.
#[test]
fn m12_every_file_that_leaves_is_written_down_or_says_why_not() {
    let written = [
        "get /audit.csv",
        "get /imports/{id}/errors.csv",
        "get /lists/{file}",
        "get /logistic-units/{sscc}/label",
        "get /map.csv",
        "get /map.xlsx",
        "get /orders/{id}/labels.csv",
        "get /orders/{id}/labels.pdf",
        "get /orders/{id}/labels.zpl",
        "get /recall-cases/{id}/record.tx",
        "get /recall-cases/{id}/report.pdf",
        "get /recall-notices/imports/{id}/errors.csv",
        "get /recall-notices/rows/{format}",
        "get /trace/fsma204.csv",
        "get /trace/fsma204.xlsx",
        "get /trace/graph.csv",
        "get /trace/graph.xlsx",
        "post /orders/{id}/pins",
    ];
    let not = [
        // An empty form.
        "get /imports/template",
        // A gateway's, for its line: no person.
        "get /line/batches/{gtin}/{lot}/codes",
        // A picture on the page of a case; the case's steps are written down.
        "get /reports/{case}/photos/{number}",
        // A picture of one label on a page.
        "get /orders/{id}/labels/preview.svg",
    ];
    let mut found = Vec::new();
    for (method, path, operation) in crate::tests::docs::calls(&crate::tests::docs::document()) {
        let answers = operation["responses"].as_object().expect("answers");
        let is_file = |(status, answer): (&String, &Value)| {
            let kinds = answer["content"].as_object();
            status.starts_with('2') && kinds.is_some_and(|kinds| !kinds.keys().any(|kind| kind.ends_with("json")))
        };
        if answers.iter().any(is_file) {
            found.push(format!("{method} {path}"));
        }
    }
    let mut expected: Vec<&str> = written.into_iter().chain(not).collect();
    expected.sort_unstable();
    found.sort();
    assert_eq!(found, expected);
}
