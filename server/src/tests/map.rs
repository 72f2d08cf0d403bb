//! The map of checks: who sees what, small counts, files, the page in a browser (R6).

use super::reports::report;
use crate::scan::token::Subject;
use crate::store::NewCheck;
use crate::testing::{World, story};
use calamine::Reader as _;
use serde_json::{Value, json};
use std::path::PathBuf;
use tracelight_domain::gs1::{Gtin, Serial};
use tracelight_domain::ids::BatchId;
use tracelight_domain::verdict::Verdict;
use tracelight_testkit::browser::{PageReport, pages};
use tracelight_testkit::services::MariaDb;

/// Shanghai, a place 13 km away, and one in the mountains.
const CITY: (f64, f64) = (31.23, 121.47);
const NEAR: (f64, f64) = (31.29, 121.60);
const LONELY: (f64, f64) = (28.60, 96.40);

/// A check by a device, with its place when it is told.
pub async fn check(world: &World, of: &BatchId, serial: &str, device: u8, verdict: Verdict, at: Option<(f64, f64)>) {
    let subject =
        Subject { gtin: of.gtin, lot: Some(of.lot.clone()), serial: Serial::parse(serial).expect("a serial") };
    let nonce = *uuid::Uuid::new_v4().as_bytes();
    let check = NewCheck {
        subject: &subject,
        at_ms: crate::clock::now_ms(),
        device: Some([device; 32]),
        today: Some([device; 32]),
        verdict,
        nonce,
        answer: None,
        id: *uuid::Uuid::now_v7().as_bytes(),
    };
    world.state.store.count_check(&check).await.expect("counted");
    if let Some((lat, lon)) = at {
        let cell = tracelight_map::cell_at(lat, lon).expect("a place");
        assert!(world.state.store.keep_place(nonce, cell).await.expect("asked"));
    }
}

/// Of the maker: a code that five people find copied in a city and three near it, checked by one in the mountains, and once without a place.
/// Of nobody: a code that three people find unknown.
async fn filled(world: World) -> World {
    story::play(&mut world.node.chain());
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let (own, verdict) = (story::batch(), Verdict::Suspicious);
    for device in 0..5 {
        check(&world, &own, "aB1", device, verdict, Some(CITY)).await;
    }
    for device in 5..8 {
        check(&world, &own, "Ab1", device, verdict, Some(NEAR)).await;
    }
    check(&world, &own, "AB1", 8, Verdict::FirstCheck, Some(LONELY)).await;
    check(&world, &own, "AB1", 9, Verdict::CheckedBefore, None).await;
    let stranger = BatchId { gtin: Gtin::build(0, "6901299", 7).expect("a GTIN of constants"), ..own.clone() };
    for device in 0..3 {
        check(&world, &stranger, "x", device, Verdict::UnknownCode, Some(CITY)).await;
    }
    report(&world, "TL-26-AAAAAA-01", crate::clock::now_ms(), Some((own, "aB1"))).await;
    world
}

async fn asked(world: &World, who: &str, query: &str, status: u16) -> Value {
    let session = world.sign_in(who).await;
    world.call("GET", &format!("/api/v1/map{query}"), Some(&session), None).await.expect(status).json()
}

fn sum(map: &Value, name: &str) -> u64 {
    let areas = map["areas"].as_array().expect("areas");
    areas.iter().map(|area| area["counts"][name].as_u64().expect("a count")).sum()
}

async fn everybody_sees_what_is_theirs(world: World) {
    let all = asked(&world, "regulator", "", 200).await;
    assert_eq!((&all["checks"], &all["placed"], &all["elsewhere"]), (&json!(13), &json!(12), &json!(1)), "{all}");
    assert_eq!((sum(&all, "checks"), sum(&all, "suspicious"), sum(&all, "reports")), (11, 11, 1), "{all}");
    let [cluster] = &all["clusters"].as_array().expect("clusters")[..] else { panic!("one cluster: {all}") };
    assert_eq!((&cluster["counts"]["suspicious_codes"], &cluster["counts"]["reports"]), (&json!(3), &json!(1)));
    assert_eq!(cluster["lots"][0]["product_zh"], "阿莫西林");
    let days = all["by_day"].as_array().expect("days");
    assert_eq!((days.len(), &days[29]["counts"]), (30, &json!([1, 1, 8, 0, 3])), "{all}");
    let east = |area: &Value| area["lon_mdeg"].as_i64().expect("a longitude") > 110_000;
    assert!(all["areas"].as_array().expect("areas").iter().all(east), "nobody stands alone: {all}");

    let own = asked(&world, "maker", "", 200).await;
    assert_eq!((&own["checks"], sum(&own, "checks")), (&json!(10), 8), "{own}");
    let cell = own["areas"][0]["cell"].as_str().expect("a cell").to_owned();
    let codes = asked(&world, "maker", &format!("?cell={cell}"), 200).await;
    assert_eq!(codes["codes"][0]["serial"], "aB1", "{codes}");
    assert_eq!((&codes["codes"][0]["suspicious"], &codes["codes"][0]["reports"]), (&json!(5), &json!(1)));
    assert!(!codes.to_string().contains("6901299"), "another's code");
    for who in ["carrier", "pharmacy"] {
        asked(&world, who, "", 403).await;
    }

    let unknown = asked(&world, "regulator", "?outcome=not_released", 200).await;
    assert_eq!((&unknown["checks"], sum(&unknown, "checks")), (&json!(3), 3), "{unknown}");
    let gtin = story::batch().gtin;
    let first = asked(&world, "regulator", &format!("?gtin={gtin}&lot=Lot-aB&outcome=first&days=1"), 200).await;
    assert_eq!((&first["checks"], &first["elsewhere"], &first["areas"]), (&json!(1), &json!(1), &json!([])), "{first}");
    assert_eq!(asked(&world, "regulator", "?lot=LOT-AB", 200).await["checks"], 0, "lots differ by case");
    let within = asked(&world, "regulator", &format!("?within={cell}"), 200).await;
    assert_eq!(within["areas"].as_array().expect("areas").len(), 1, "{within}");
    let lonely = tracelight_map::cell_at(LONELY.0, LONELY.1).expect("a place");
    let lonely = asked(&world, "regulator", &format!("?within={lonely:x}"), 200).await;
    assert_eq!((&lonely["areas"], &lonely["drawing"]), (&json!([]), &Value::Null), "a close look finds nobody");

    let wrong =
        [("gtin", "1"), ("lot", "%C3%A9"), ("days", "31"), ("outcome", "fake"), ("within", "8"), ("cell", "zz")];
    for (field, value) in wrong {
        let problem = asked(&world, "regulator", &format!("?{field}={value}"), 400).await;
        assert_eq!(problem["field"], field, "{problem}");
    }
    let unshown = asked(&world, "regulator", "?cell=85283473fffffff", 400).await;
    assert_eq!(unshown["field"], "cell", "{unshown}");
}

#[tokio::test]
async fn r6_everybody_sees_what_is_theirs_and_nobody_who_stands_alone() {
    everybody_sees_what_is_theirs(filled(World::start().await).await).await;
}

#[tokio::test]
async fn r6_everybody_sees_what_is_theirs_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let world = World::on(&database.await.expect("it ran").dsn, scratch).await;
    everybody_sees_what_is_theirs(filled(world).await).await;
}

#[tokio::test]
async fn r6_a_place_goes_after_thirty_days_and_the_check_stays() {
    let world = filled(World::start().await).await;
    assert_eq!(world.state.store.forget_places(crate::clock::now_ms() + 1_000).await.expect("asked"), 12);
    let map = asked(&world, "regulator", "", 200).await;
    assert_eq!((&map["checks"], &map["placed"], &map["drawing"]), (&json!(13), &json!(0), &Value::Null), "{map}");
}

#[tokio::test]
async fn r6_files_have_exactly_what_is_shown_and_are_written_down() {
    let world = filled(World::start().await).await;
    let map = asked(&world, "regulator", "?days=7", 200).await;
    let (regulator, own) = (world.sign_in("regulator").await, world.sign_in("regulator-admin").await);
    let reply = world.call("GET", "/api/v1/map.csv?days=7", Some(&regulator), None).await.expect(200);
    let text = String::from_utf8(reply.body).expect("text");
    let areas = map["areas"].as_array().expect("areas");
    assert_eq!(text.lines().count(), areas.len() + 1, "{text}");
    for area in areas {
        let row = text.lines().find(|line| line.starts_with(area["cell"].as_str().expect("a cell"))).expect("its row");
        let counts = [&area["counts"]["suspicious"], &area["counts"]["checks"]];
        assert!(row.contains(&format!(",{},{},", counts[0], counts[1])), "{row}");
    }
    let cell = areas[0]["cell"].as_str().expect("a cell");
    let book = world.call("GET", &format!("/api/v1/map.xlsx?cell={cell}"), Some(&regulator), None).await.expect(200);
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(book.body)).expect("a workbook");
    assert_eq!(book.sheet_names(), ["areas", "clusters", "days", "codes"]);
    assert_eq!(book.worksheet_range("days").expect("a sheet").height(), 31);
    let lines = world.call("GET", "/api/v1/audit", Some(&own), None).await.expect(200).json().to_string();
    for line in ["map: all products, 7 days, csv", &format!("map: all products, 30 days, area {cell}, xlsx")] {
        assert!(lines.contains(line), "{line} in {lines}");
    }
}

/// Opens pages of a running server for a user; what each asked for is in its report.
async fn opened(world: &World, user: &str, views: &[(String, u32, bool)]) -> (String, Vec<PageReport>) {
    let base = format!("http://{}", world.listen().await);
    let session = world.sign_in(user).await;
    let (name, value) = session.trim_start_matches("cookie: ").split_once('=').expect("a cookie");
    let kept = std::env::var_os("TRACELIGHT_SCREENSHOTS").map(PathBuf::from);
    let options = views.iter().enumerate().map(|(at, (path, width, dark))| {
        let shot = kept.as_ref().map(|folder| folder.join(format!("map-{at}-{width}.png")));
        json!({ "url": format!("{base}{path}"), "width": width, "dark": dark, "axe": true, "screenshot": shot,
            "cookies": [{ "name": name, "value": value, "url": base }] })
    });
    let options: Vec<Value> = options.collect();
    let reports = tokio::task::spawn_blocking(move || pages(&json!(options))).await.expect("it ran").expect("opened");
    (base, reports)
}

#[tokio::test]
async fn r6_the_map_works_with_nothing_but_this_server_and_is_accessible() {
    let world = filled(World::start().await).await;
    let cell = asked(&world, "regulator", "", 200).await["areas"][0]["cell"].as_str().expect("a cell").to_owned();
    let mut views = Vec::new();
    for lang in ["en", "zh"] {
        for (width, dark) in [(320, false), (390, true), (1_440, false), (1_440, true)] {
            views.push((format!("/console/map?lang={lang}"), width, dark));
            views.push((format!("/console/map?lang={lang}&cell={cell}"), width, dark));
        }
    }
    views.push(("/console/map?lang=en&lot=nothing".to_owned(), 390, false));
    let (base, reports) = opened(&world, "regulator", &views).await;
    for ((path, width, dark), report) in views.iter().zip(&reports) {
        let what = format!("{path} at {width}, dark: {dark}");
        assert_eq!(report.status, 200, "{what}");
        assert_eq!(report.axe.as_deref(), Some(&[][..]), "{what}");
        assert!(!report.overflow, "{what} scrolls sideways");
        assert_eq!(report.foreign_requests(&base), [""; 0], "{what}");
        assert!(report.errors.is_empty(), "{what}: {:?}", report.errors);
        if !path.contains("lot=") {
            assert!(
                report.html.contains("class=\"g mapsvg\"") && report.text.contains("31."),
                "{what}: {}",
                report.text
            );
        }
    }
}

#[tokio::test]
async fn r6_the_keyboard_goes_from_the_map_to_the_codes_of_an_area() {
    let world = filled(World::start().await).await;
    let (_, reports) = opened(&world, "maker", &[("/console/map?lang=en".to_owned(), 1_440, false)]).await;
    let html = &reports[0].html;
    let over = html.split_once("class=\"maplink\"").expect("a link over the drawing").1;
    let href = over.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    let path = href.replace("&amp;", "&");
    let path = path.split('#').next().expect("a path");
    let session = world.sign_in("maker").await;
    let page = world.call("GET", path, Some(&session), None).await.expect(200);
    let page = String::from_utf8(page.body).expect("text");
    assert!(page.contains("id=\"codes\"") && page.contains("aB1"), "{page}");
}

#[tokio::test]
async fn r6_one_phone_that_remembers_three_codes_from_three_days_is_one_person() {
    let world = World::start().await;
    story::play(&mut world.node.chain());
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    // Each code was checked first on another day, as another device; all of them again today, by one.
    for (remembered, serial) in (1u8..).zip(["aB1", "Ab1", "AB1"]) {
        let batch = story::batch();
        let subject =
            Subject { gtin: batch.gtin, lot: Some(batch.lot), serial: Serial::parse(serial).expect("a serial") };
        let nonce = *uuid::Uuid::new_v4().as_bytes();
        let check = NewCheck {
            subject: &subject,
            at_ms: crate::clock::now_ms(),
            device: Some([remembered; 32]),
            today: Some([9; 32]),
            verdict: Verdict::Suspicious,
            nonce,
            answer: None,
            id: *uuid::Uuid::now_v7().as_bytes(),
        };
        world.state.store.count_check(&check).await.expect("counted");
        let cell = tracelight_map::cell_at(CITY.0, CITY.1).expect("a place");
        assert!(world.state.store.keep_place(nonce, cell).await.expect("asked"));
    }
    let regulator = world.sign_in("regulator").await;
    let map = world.call("GET", "/api/v1/map", Some(&regulator), None).await.expect(200).json();
    assert_eq!(map["areas"].as_array().map(Vec::len), Some(0), "nobody stands alone on the map: {map}");
}
