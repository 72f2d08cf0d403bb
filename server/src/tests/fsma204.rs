//! The FSMA 204 spreadsheet through the router, on both databases: whose records, which of them, the workbook read back, and what
//! is refused by its field.

use super::trace_graph::{FORGOTTEN, lot, play, withdraw};
use crate::testing::{Reply, World, story};
use calamine::{Data, Reader as _, Xlsx};
use serde_json::{Value, json};
use std::io::Cursor;
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::state::ObjectId;
use tracelight_domain::tx::{Product, ProductKind, TxBody};
use tracelight_testkit::services::MariaDb;

const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn food() -> TxBody {
    let TxBody::RegisterProduct(product) = story::product(story::batch().gtin) else { panic!("it is one") };
    TxBody::RegisterProduct(Product { name_en: "Cheese".to_owned(), kind: ProductKind::Food, ..product })
}

fn medicine() -> Gtin {
    Gtin::build(0, "6901234", 79).expect("a GTIN of constants")
}

fn encoded(text: &str) -> String {
    crate::http::encoded(text)
}

async fn asked(world: &World, user: &str, file: &str, query: &str) -> Reply {
    let session = world.sign_in(user).await;
    world.call("GET", &format!("/api/v1/trace/fsma204{file}?{query}"), Some(&session), None).await
}

/// Records by event: initial packing, shipping, receiving, transformation.
async fn counts(world: &World, user: &str, query: &str) -> [u64; 4] {
    let summary = asked(world, user, "", query).await.expect(200).json();
    let records: Vec<u64> =
        summary["sheets"].as_array().expect("sheets").iter().filter_map(|s| s["records"].as_u64()).collect();
    records.try_into().expect("four events")
}

fn book(reply: Reply) -> Xlsx<Cursor<Vec<u8>>> {
    let reply = reply.expect(200);
    assert_eq!(reply.headers["content-type"], SHEET);
    let disposition = reply.headers["content-disposition"].to_str().expect("text");
    assert!(disposition.contains("fsma204.xlsx"), "{disposition}");
    Xlsx::new(Cursor::new(reply.body)).expect("a workbook")
}

/// A sheet's rows as texts, the header among them.
fn rows(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Vec<Vec<String>> {
    let range = book.worksheet_range(name).expect("the sheet is there");
    let text = |cell: &Data| match cell {
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

async fn everybody_has_the_own_records(world: &World) {
    assert_eq!(counts(world, "maker", "").await, [2, 2, 0, 2]);
    assert_eq!(counts(world, "maker-viewer", "").await, [2, 2, 0, 2]);
    assert_eq!(counts(world, "carrier", "").await, [0, 1, 1, 0]);
    assert_eq!(counts(world, "pharmacy", "").await, [0, 0, 1, 0]);
    assert_eq!(counts(world, "regulator", "").await, [2, 3, 2, 2]);
    let nobody = world.call("GET", "/api/v1/trace/fsma204.xlsx", None, None).await;
    assert_eq!(nobody.expect(401).problem(), "not_signed_in");
}

async fn a_selection_narrows(world: &World) {
    let gln = world.node.chain().member(CARRIER).gln;
    let code = |name: &str| format!("tlc={}", encoded(&lot(name).to_string()));
    // Its own record, the hand-over that nobody answered, and what it went into.
    assert_eq!(counts(world, "regulator", &code("Raw-1")).await, [1, 1, 0, 1]);
    assert_eq!(counts(world, "regulator", &code("Made-1")).await, [0, 2, 2, 2]);
    assert_eq!(counts(world, "regulator", &format!("gtin={}", story::batch().gtin)).await, [2, 3, 2, 2]);
    assert_eq!(counts(world, "regulator", &format!("place={gln}")).await, [0, 2, 2, 0]);
    assert_eq!(counts(world, "regulator", "to=2026-09-30").await, [0, 0, 0, 0]);
    let made = counts(world, "regulator", "from=2026-10-01&to=2026-10-01").await;
    assert_eq!((made[0], made[3]), (2, 2));
    let empty = asked(world, "maker", ".xlsx", "gtin=&tlc=&from=2030-01-01&to=&place=&utc_offset=").await;
    let mut empty = book(empty);
    assert_eq!(rows(&mut empty, "Shipping").len(), 1, "the header alone");
}

async fn the_workbook_reads_back(world: &World) {
    let gln = |member| world.node.chain().member(member).gln.to_string();
    let (maker, carrier, pharmacy) = (gln(MAKER), gln(CARRIER), gln(PHARMACY));
    let mut book = book(asked(world, "regulator", ".xlsx", "utc_offset=-05:00").await);
    let code = |name: &str| lot(name).to_string();
    let shipping = rows(&mut book, "Shipping");
    assert_eq!(shipping[0][0], "Traceability Lot Code (TLC)");
    let first = shipping.iter().find(|row| row[0] == code("Made-1") && row[5].contains(&maker)).expect("a row");
    assert_eq!((first[1].as_str(), first[2].as_str()), ("4", "EA"));
    let far = |offset: &str| format!("utc_offset={}", encoded(offset));
    let mut days = Vec::new();
    for offset in ["-12:00", "+14:00"] {
        let mut book = super::fsma204::book(asked(world, "maker", ".xlsx", &far(offset)).await);
        days.push(rows(&mut book, "Shipping")[1][6].clone());
    }
    assert!(days[0] < days[1] && days[0].len() == 10, "days are of the zone that was asked for: {days:?}");
    assert!(first[3].contains("Cheese") && first[3].contains("250 mg x 24"), "{first:?}");
    assert!(first[4].contains(&carrier), "{first:?}");
    assert_eq!((first[7].as_str(), first[8].as_str(), first[9].len()), (maker.as_str(), "TLTX", 64));
    let receiving = rows(&mut book, "Receiving");
    let last = receiving.iter().find(|row| row[5].contains(&pharmacy)).expect("a row");
    assert_eq!((last[0].clone(), last[1].as_str()), (code("Made-1"), "2"), "without what was missing");
    let made = rows(&mut book, "Transformation");
    let pairs: Vec<[String; 4]> =
        made[1..].iter().map(|row| [row[0].clone(), row[2].clone(), row[4].clone(), row[9].clone()]).collect();
    let pair =
        |used: &str, units: &str, made: &str, sealed: &str| [code(used), units.into(), code(made), sealed.into()];
    for wanted in
        [pair("Raw-1", "2", "Made-1", "5"), pair("Raw-2", "", "Made-1", "5"), pair("Made-1", "", "Made-2", "")]
    {
        assert!(pairs.contains(&wanted), "{wanted:?} in {pairs:?}");
    }
    let packing = rows(&mut book, "Initial packing");
    let raw = packing.iter().find(|row| row[12] == code("Raw-1")).expect("a row");
    assert_eq!((raw[14].as_str(), raw[18].as_str(), raw[4].as_str()), ("5", "2026-10-01", ""), "{raw:?}");
    let gaps = rows(&mut book, "Gaps");
    for paragraph in ["21 CFR 1.1330(a)(4)", "21 CFR 1.1340(a)(3)", "21 CFR 1.1345(a)(4)", "21 CFR 1.1350(a)(1)(iii)"] {
        assert!(gaps.iter().any(|row| row[4] == paragraph), "{paragraph}");
    }
    assert!(gaps.iter().all(|row| row[2] != "Reference Document Number"));
    assert_eq!(rows(&mut book, "TLC checks").len(), 1, "every code has one creating record");
    let about = rows(&mut book, "About");
    for (what, words) in [("Time zone of all dates", "UTC-05:00"), ("Reference documents", "not recorded here")] {
        assert!(about.iter().any(|row| row[0] == what && row[1].contains(words)), "{what}: {about:?}");
    }
    let glossary = rows(&mut book, "Glossary");
    assert!(
        glossary.iter().any(|row| row[0] == "TLTX") && glossary.iter().all(|row| !row[1].contains("not explained"))
    );
}

async fn one_event_as_csv(world: &World) {
    let reply = asked(world, "carrier", ".csv", "cte=receiving").await.expect(200);
    assert!(reply.headers["content-disposition"].to_str().expect("text").contains("fsma204-receiving.csv"));
    let text = String::from_utf8(reply.body).expect("UTF-8");
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("Traceability Lot Code (TLC),Quantity,UOM"), "{text}");
    assert!(lines[1].starts_with(&format!("{},4,EA", lot("Made-1"))), "{text}");
}

async fn what_does_not_fit_is_named(world: &World) {
    let unknown = Gtin::build(0, "6901234", 999).expect("a GTIN of constants");
    for (query, field) in [
        ("gtin=123".to_owned(), "gtin"),
        (format!("gtin={unknown}"), "gtin"),
        (format!("gtin={}", medicine()), "gtin"),
        ("tlc=hello".to_owned(), "tlc"),
        (format!("tlc=(01){}", story::batch().gtin), "tlc"),
        ("from=2026-13-01".to_owned(), "from"),
        ("to=yesterday".to_owned(), "to"),
        ("from=2026-11-02&to=2026-11-01".to_owned(), "to"),
        ("place=6901234000024".to_owned(), "place"),
        ("place=a%0Ab".to_owned(), "place"),
        ("utc_offset=8".to_owned(), "utc_offset"),
        ("utc_offset=%2B15:00".to_owned(), "utc_offset"),
    ] {
        for file in ["", ".xlsx"] {
            let refused = asked(world, "maker", file, &query).await.expect(400).json();
            assert_eq!(refused["field"], field, "{query}: {refused}");
        }
    }
    asked(world, "maker", ".csv", "").await.expect(400);
    asked(world, "maker", ".xlsx", "cte=shipping").await.expect(400);
    assert_eq!(asked(world, "maker", ".csv", "cte=harvesting").await.expect(400).json()["field"], json!("cte"));
}

async fn errors_are_left_out(world: &World) {
    withdraw(world, ObjectId::Shipment(FORGOTTEN), 0).await;
    assert_eq!(counts(world, "maker", "").await, [2, 1, 0, 2]);
    // The making of a lot, withdrawn: what it was made from is not told any more.
    withdraw(world, ObjectId::Lineage(lot("Made-2")), 0).await;
    assert_eq!(counts(world, "maker", "").await, [3, 1, 0, 1]);
    // The pallet's own shipping, declared at the pallet.
    withdraw(world, ObjectId::Logistic(story::sscc(5)), 1).await;
    assert_eq!(counts(world, "carrier", "").await, [0, 1, 0, 0], "the carrier's own shipping stays");
}

async fn the_page(world: &World) {
    for (lang, title, found, wrong) in [
        ("en", "Sortable spreadsheet (FSMA 204)", "6 records", "no product is registered"),
        ("zh", "可排序电子表格（FSMA 204）", "找到 6 条记录", "没有登记这个 GTIN 的产品"),
    ] {
        let maker = world.sign_in("maker").await;
        let html = async |path: &str, status| {
            let reply = world.call("GET", &format!("{path}lang={lang}"), Some(&maker), None).await.expect(status);
            String::from_utf8(reply.body).expect("text")
        };
        let trace = html("/console/trace?", 200).await;
        assert!(trace.contains("href=\"/console/trace/fsma204\"") && trace.contains(title), "{trace}");
        let page = html("/console/trace/fsma204?show=1&utc_offset=-05:00&", 200).await;
        assert!(page.contains(found) && page.contains("/api/v1/trace/fsma204.xlsx?utc_offset="), "{page}");
        let unknown = Gtin::build(0, "6901234", 999).expect("a GTIN of constants");
        let page = html(&format!("/console/trace/fsma204?show=1&gtin={unknown}&"), 400).await;
        let (_, rest) = page.split_once("id=\"l-gtin-wrong\"").expect("a place beside the field");
        let said = rest.split("</p>").next().unwrap_or_default();
        assert!(said.contains(wrong), "{said}");
    }
}

async fn the_spreadsheet(world: World) {
    play(&world, food()).await;
    world.node.apply(MAKER, story::product(medicine()));
    super::trace_graph::caught_up(&world).await;
    everybody_has_the_own_records(&world).await;
    a_selection_narrows(&world).await;
    the_workbook_reads_back(&world).await;
    one_event_as_csv(&world).await;
    what_does_not_fit_is_named(&world).await;
    the_page(&world).await;
    errors_are_left_out(&world).await;
}

#[tokio::test]
async fn r2_the_sortable_spreadsheet_on_sqlite() {
    the_spreadsheet(World::start().await).await;
}

#[tokio::test]
async fn r2_the_sortable_spreadsheet_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    the_spreadsheet(World::on(&database.await.expect("it ran").dsn, scratch).await).await;
}

/// Medicines are no foods: a server full of them has an empty spreadsheet.
#[tokio::test]
async fn medicines_are_not_in_the_spreadsheet() {
    let world = World::start().await;
    play(&world, story::product(story::batch().gtin)).await;
    let summary = asked(&world, "regulator", "", "").await.expect(200).json();
    assert_eq!((summary["gaps_count"].clone(), counts(&world, "regulator", "").await), (json!(0), [0; 4]));
    assert_ne!(summary["as_of_ms"], Value::from(0));
}
