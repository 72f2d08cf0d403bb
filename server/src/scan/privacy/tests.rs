//! What shoppers leave, looked for where nothing of it may be: in the database's files, in the log, and on the chain.

use super::super::story::Story;
use super::super::tests::{Phone, text, token};
use crate::testing::World;
use axum::body::Body;
use axum::http::header;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// An address, a telephone number, an e-mail address and a place that nobody else has.
const IP: &str = "203.0.113.77";
const PHONE: &str = "13900007341";
const MAIL: &str = "zhang.wei.7341@mail.example";
const EXACT: [&str; 2] = ["39.908714", "116.397491"];
const ROUGH: [&str; 2] = ["39.91", "116.40"];

/// Everything that is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn holds(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

async fn send(world: &World, phone: &Phone, path: &str, form: String) -> crate::testing::Reply {
    let request = phone
        .request("POST", path, &[("sec-fetch-site", "same-origin"), ("x-forwarded-for", IP), ("forwarded", IP)])
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let mut request = request.body(Body::from(form)).expect("a request");
    // The proxy that is believed stands on loopback.
    let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 4_000));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    world.send(request).await
}

#[tokio::test]
async fn c14_a_place_is_told_after_the_answer_and_only_its_cell_is_kept_for_thirty_days() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    let token = token(&page);
    assert!(!text(&page).contains("/scan/place"), "never before the answer");
    let place = |lat: &str, lon: &str| format!("token={token}&lat={lat}&lon={lon}");
    let early = send(&world, &phone, "/scan/place", place(ROUGH[0], ROUGH[1])).await.expect(400);
    assert_eq!(early.json()["field"], "token", "nothing was counted yet");
    let answered = send(&world, &phone, "/scan/check", format!("token={token}&answer=match")).await.expect(200);
    let html = text(&answered);
    assert!(html.contains("<template id=\"t-place\">") && html.contains("Optional. We keep only an area"));
    let exact = send(&world, &phone, "/scan/place", place(EXACT[0], EXACT[1])).await.expect(400);
    assert!(!String::from_utf8_lossy(&exact.body).contains(EXACT[0]), "an exact place is not repeated");
    send(&world, &phone, "/scan/place", place(ROUGH[0], ROUGH[1])).await.expect(200);

    let cells = world.state.store.cells().await.expect("asked");
    let [cell] = cells[..] else { panic!("one check has a place: {cells:?}") };
    let index = h3o::CellIndex::try_from(cell).expect("a cell of H3");
    assert!(u8::from(index.resolution()) <= 6, "{}", index.resolution());
    let (store, now) = (&world.state.store, crate::clock::now_ms());
    assert_eq!(store.forget_places(now - super::super::place::PLACES_MS_MAX).await.expect("asked"), 0);
    assert_eq!(store.forget_places(now + 1_000).await.expect("asked"), 1);
    assert_eq!(store.cells().await.expect("asked"), [0; 0]);
}

#[tokio::test]
async fn c8_the_next_reader_is_told_which_town_an_earlier_check_was_near_to_and_nothing_finer() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    // In Beijing, and on the open sea, where no town is near.
    for (index, lat, lon) in [(0, ROUGH[0], ROUGH[1]), (1, "0.00", "-150.00")] {
        let mut phone = Phone::default();
        let form = format!("token={}", token(&phone.get(&world, &story.path(index)).await.expect(200)));
        send(&world, &phone, "/scan/check", format!("{form}&answer=match")).await.expect(200);
        send(&world, &phone, "/scan/place", format!("{form}&lat={lat}&lon={lon}")).await.expect(200);
    }
    let page = async |index: usize, lang: &str| {
        text(&Phone::default().get(&world, &format!("{}?lang={lang}", story.path(index))).await.expect(200))
    };
    let (english, chinese) = (page(0, "en").await, page(0, "zh").await);
    assert!(english.contains("Near Beijing") && english.contains(", near Beijing"), "{english}");
    assert!(chinese.contains("北京附近") && !chinese.contains("Beijing"), "{chinese}");
    assert!(!english.contains("39.9") && !english.contains("116.4"), "{english}");
    assert!(page(1, "en").await.contains("Place unknown"));
    // With the cell its name goes.
    world.state.store.forget_places(crate::clock::now_ms() + 1_000).await.expect("asked");
    tokio::time::sleep(super::super::HELD_FOR + std::time::Duration::from_millis(100)).await;
    assert!(page(0, "en").await.contains("Place unknown"));
}

#[tokio::test]
async fn m12_after_thirty_days_nothing_shows_that_one_phone_has_checked_two_codes() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    for index in [0, 1] {
        let form = format!("token={}", token(&phone.get(&world, &story.path(index)).await.expect(200)));
        send(&world, &phone, "/scan/check", form).await.expect(204);
    }
    let store = &world.state.store;
    let kept = store.check_devices().await.expect("asked");
    let [(one, today), (two, the_same)] = &kept[..] else { panic!("two checks: {kept:?}") };
    assert!(one != two && one.len() == 32 && two.len() == 32, "with each code it is another");
    assert!(today == the_same && today.len() == 32, "people of one day are told apart");
    let now = crate::clock::now_ms();
    assert_eq!(store.forget_devices(now - super::super::token::DEVICES_MS_MAX).await.expect("asked"), 0);
    assert_eq!(store.forget_devices(now + 1_000).await.expect("asked"), 2);
    assert_eq!(store.forget_devices(now + 1_000).await.expect("asked"), 0, "once");
    let left = store.check_devices().await.expect("asked");
    assert_eq!(left, [(one.clone(), Vec::new()), (two.clone(), Vec::new())]);
    let again = phone.get(&world, &story.path(0)).await.expect(200);
    assert!(super::super::tests::h1(&again).contains("Active code"), "its own check is still its own");
}

/// The story of one shopper from the first look to a report, then a look into every place that remembers.
#[tokio::test]
async fn m12_no_address_telephone_or_place_reaches_the_disk_the_log_or_the_chain() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::configured(|config| {
        config.proxies = vec![crate::config::Network::try_from("127.0.0.0/8".to_owned()).expect("a network")];
    })
    .await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get_with(&world, &story.path(0), &[("x-forwarded-for", IP)]).await.expect(200);
    let form = format!("token={}", token(&page));
    send(&world, &phone, "/scan/check", format!("{form}&answer=differs")).await.expect(200);
    send(&world, &phone, "/scan/place", format!("{form}&lat={}&lon={}", EXACT[0], EXACT[1])).await.expect(400);
    send(&world, &phone, "/scan/place", format!("{form}&lat={}&lon={}", ROUGH[0], ROUGH[1])).await.expect(200);
    send(&world, &phone, "/scan/receipt", form).await.expect(200);
    for contact in [PHONE, MAIL] {
        let page = phone.get(&world, &format!("/scan/report?code={}", story.path(0))).await.expect(200);
        let report = format!("token={}&what=seal&where=market&contact={contact}", token(&page));
        send(&world, &phone, "/scan/report", report).await.expect(200);
    }
    // The chain goes on, and a member signs something: whatever were to leak has had its chance.
    let regulator = world.sign_in("regulator").await;
    let listed = world.call("GET", "/api/v1/reports", Some(&regulator), None).await.expect(200).json();
    let case = listed["items"][0]["case_number"].as_str().expect("a number").to_owned();
    let shown = world.call("GET", &format!("/api/v1/reports/{case}"), Some(&regulator), None).await.expect(200).json();
    assert_eq!(shown["contact"], MAIL, "those who need it can read it");

    let log = log.0.lock().expect("nobody panicked").clone();
    assert!(holds(&log, "/scan/report"), "the log was listened to");
    let mut places = vec![
        ("the log".to_owned(), log),
        ("the chain".to_owned(), serde_json::to_vec(&world.node.chain().blocks_from(1, 10_000)).expect("blocks")),
    ];
    for file in std::fs::read_dir(world.scratch()).expect("the folder").flatten() {
        places.push((file.path().display().to_string(), std::fs::read(file.path()).unwrap_or_default()));
    }
    assert!(places.iter().any(|(_, bytes)| holds(bytes, &case)), "the database was looked into");
    for (place, bytes) in &places {
        for secret in [IP, PHONE, MAIL, EXACT[0], EXACT[1], "zhang.wei"] {
            assert!(!holds(bytes, secret) && !holds(bytes, &hex::encode(secret)), "{place} holds {secret}");
        }
        for rough in ROUGH {
            assert!(!holds(bytes, &format!("lat={rough}")) && !holds(bytes, &format!("lon={rough}")), "{place}");
        }
    }
}
