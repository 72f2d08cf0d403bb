//! Marks through the router, in both languages: a PIN that is typed, a tag that is tapped.

use crate::marks::finder;
use crate::scan::story::{GTIN, Story};
use crate::scan::tests::{Phone, checks, h1, text, token};
use crate::store::NewMark;
use crate::testing::marks::tap;
use crate::testing::{Reply, World};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tracelight_marks::{Carried, Fields, Need, Policy, Verdict, nfc, pin};

const PIN: &str = "48213907";
const UID: [u8; 7] = [0x04, 1, 2, 3, 4, 5, 6];

/// A sealed lot whose product carries both kinds; pack 0 has a PIN and a tag.
async fn marked(world: &World) -> Story {
    let story = Story::sealed(world, "A24K07").await;
    carry(world, &story).await;
    let marks = world.state.marks.as_ref().expect("they are configured");
    let pin = Fields::new().with("pin", PIN).expect("a field");
    let tag = Fields::new().with("uid", hex::encode(UID)).expect("a field");
    for (kind, reference) in [(pin::KIND, pin), (nfc::KIND, tag)] {
        let (enrolment, finder) = marks.enrol(&story.unit(0), &kind, &reference, &[7; 32]).expect("a mark");
        let mark = NewMark { unit: story.unit(0), enrolment, finder };
        world.state.store.keep_mark(&mark, 1).await.expect("it is kept");
    }
    story
}

async fn carry(world: &World, story: &Story) {
    let carried = [pin::KIND, nfc::KIND].map(|kind| Carried { kind, need: Need::Optional }).to_vec();
    let policy = Policy::new(carried, 3_600_000, crate::marks::CONFIDENCE_MIN).expect("a policy");
    world.state.store.set_mark_policy(story.batch.gtin, &policy, "maker", 1).await.expect("it is written");
}

async fn type_pin(world: &World, phone: &mut Phone, path: &str, pin: &str) -> Reply {
    let page = phone.get(world, path).await.expect(200);
    let pin = pin.replace(' ', "+");
    phone.post(world, "/scan/pin", &format!("token={}&pin={pin}", token(&page)), &[]).await
}

/// The card of marks, as text.
fn card(reply: &Reply) -> String {
    let html = text(reply);
    let Some((_, rest)) = html.split_once("<section id=\"mark\"") else { return String::new() };
    rest.split_once("</section>").expect("its end").0.to_owned()
}

#[tokio::test]
async fn c2_a_pin_is_checked_by_a_plain_form_and_its_second_showing_tells_of_the_first() {
    let world = World::start().await;
    let story = marked(&world).await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    assert!(h1(&page).contains("Active code") && card(&page).contains("Check the covered PIN"), "{}", card(&page));
    assert!(card(&page).contains("<form method=\"post\" action=\"/scan/pin\">"), "a plain form: {}", card(&page));
    let first = type_pin(&world, &mut phone, &story.path(0), "4821-3907").await.expect(200);
    assert!(h1(&first).contains("Active code") && card(&first).contains("PIN fits, first time"), "{}", card(&first));
    assert!(!text(&first).contains(PIN) && !text(&first).contains("4821-3907"), "a PIN that fits is not sent back");
    let again = type_pin(&world, &mut Phone::default(), &story.path(0), PIN).await.expect(200);
    let said = card(&again);
    assert!(
        said.contains("PIN was shown before") && said.contains("first shown on") && said.contains("2 times"),
        "{said}"
    );
    assert_eq!(checks(&world, &story, 0).await, 0, "a PIN is no check");
    let kept = world.state.store.mark_outcomes(&story.unit(0)).await.expect("they are read");
    let verdicts: Vec<Verdict> = kept.iter().map(|record| record.outcome.verdict()).collect();
    assert_eq!(verdicts, [Verdict::Genuine, Verdict::Inconclusive]);
    // A pack without one.
    let other = Phone::default().get(&world, &story.path(1)).await.expect(200);
    assert_eq!(card(&other), "");
}

#[tokio::test]
async fn a_wrong_pin_stays_in_its_field_and_the_tries_are_told_until_they_are_spent() {
    let world = World::start().await;
    let story = marked(&world).await;
    let mut phone = Phone::default();
    let no_pin = type_pin(&world, &mut phone, &story.path(0), "12 34").await.expect(400);
    let said = card(&no_pin);
    assert!(said.contains("It did not count as a try") && said.contains("value=\"12 34\""), "{said}");
    for left in [4, 3, 2, 1] {
        let said = card(&type_pin(&world, &mut phone, &story.path(0), "1111 2222").await.expect(200));
        assert!(said.contains("PIN does not fit") && said.contains(&format!("Tries left: {left}.")), "{said}");
        assert!(said.contains("value=\"1111 2222\"") && said.contains("aria-describedby=\"pin-e pin-h\""), "{said}");
    }
    let last = card(&type_pin(&world, &mut phone, &story.path(0), "1111 2222").await.expect(200));
    assert!(last.contains("No tries are left") && !last.contains("<form"), "{last}");
    for pin in ["1111 2222", PIN] {
        let said = card(&type_pin(&world, &mut Phone::default(), &story.path(0), pin).await.expect(200));
        assert!(said.contains("PIN is not checked now"), "right and wrong get the same: {said}");
        assert!(!said.contains("fits"), "{said}");
    }
}

#[tokio::test]
async fn c17_both_languages_say_what_a_pin_and_a_tag_proved() {
    let world = World::start().await;
    let story = marked(&world).await;
    let (path, zh) = (format!("{}?lang=zh-CN", story.path(0)), [("accept-language", "zh-CN")]);
    let mut phone = Phone::default();
    let page = phone.get(&world, &path).await.expect(200);
    assert!(card(&page).contains("核对涂层密码"), "{}", card(&page));
    let form = format!("token={}&pin=11112222", token(&page));
    let wrong = phone.post(&world, "/scan/pin", &form, &[]).await.expect(200);
    assert!(card(&wrong).contains("密码不符，还可以试 4 次。"), "{}", card(&wrong));
    let tapped = phone.get_with(&world, &tap(UID, 1), &zh).await.expect(200);
    assert!(card(&tapped).contains("标签相符"), "{}", card(&tapped));
    let again = phone.get_with(&world, &tap(UID, 1), &zh).await.expect(200);
    assert!(card(&again).contains("这次读取已用过"), "{}", card(&again));
}

#[tokio::test]
async fn c9_a_tap_counts_no_check_and_a_reload_is_already_used_and_never_fake() {
    let world = World::start().await;
    let story = marked(&world).await;
    let (mut phone, path) = (Phone::default(), tap(UID, 5));
    // Whoever only looks uses nothing up.
    world.send(phone.request("HEAD", &path, &[]).body(Body::empty()).expect("a request")).await.expect(200);
    phone.get_with(&world, &path, &[("sec-purpose", "prefetch")]).await.expect(200);
    let robot = Request::get(&path).header("user-agent", "Googlebot/2.1").body(Body::empty()).expect("a request");
    assert_eq!(card(&world.send(robot).await.expect(200)).matches("Tag fits").count(), 0);
    let first = phone.get(&world, &path).await.expect(200);
    assert!(h1(&first).contains("Active code") && card(&first).contains("Tag fits"), "{}", card(&first));
    assert!(card(&first).contains("Check the covered PIN"), "the form stays: {}", card(&first));
    for old in [tap(UID, 5), tap(UID, 4)] {
        let again = phone.get(&world, &old).await.expect(200);
        assert!(h1(&again).contains("Active code") && card(&again).contains("This tap was used already"));
        assert!(!text(&again).contains("fake") && !card(&again).contains("does not fit"), "{}", card(&again));
    }
    assert!(card(&phone.get(&world, &tap(UID, 6)).await.expect(200)).contains("Tag fits"));
    assert_eq!(checks(&world, &story, 0).await, 0);
}

#[tokio::test]
async fn an_unknown_tag_gets_the_page_of_an_unknown_code_and_so_does_what_no_tag_made() {
    let world = World::start().await;
    marked(&world).await;
    let mut phone = Phone::default();
    let forged = tap(UID, 9).replace("cmac=", "cmac=00");
    let mut wrong = tap(UID, 9).into_bytes();
    let last = wrong.len() - 1;
    wrong[last] = if wrong[last] == b'0' { b'1' } else { b'0' };
    let wrong = String::from_utf8(wrong).expect("ASCII");
    let pages =
        [tap([0x04, 9, 9, 9, 9, 9, 9], 1), wrong, forged, "/t".to_owned(), format!("/t?{}", "x=1&".repeat(900))];
    let mut bodies = Vec::new();
    for path in pages {
        let page = phone.get(&world, &path).await.expect(404);
        assert!(h1(&page).contains("Unknown code"), "{}", h1(&page));
        bodies.push(text(&page));
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "all of them get the same page");
    assert!(card(&phone.get(&world, &tap(UID, 9)).await.expect(200)).contains("Tag fits"), "nothing was used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_with_the_same_message_one_is_fresh() {
    let world = std::sync::Arc::new(World::start().await);
    marked(&world).await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { card(&Phone::default().get(&world, &tap(UID, 1)).await.expect(200)) })
        })
        .collect();
    let (mut fresh, mut used) = (0, 0);
    for task in tasks {
        let said = task.await.expect("it does not panic");
        fresh += said.matches("Tag fits").count();
        used += said.matches("This tap was used already").count();
    }
    assert_eq!((fresh, used), (1, 15));
}

#[tokio::test]
async fn c10_a_recall_outranks_a_good_tag_and_a_good_pin() {
    let world = World::start().await;
    let story = marked(&world).await;
    let mut phone = Phone::default();
    let open = phone.get(&world, &story.path(0)).await.expect(200);
    let regulator = world.sign_in("regulator").await;
    let recall = json!({"gtin": GTIN, "lot": "A24K07", "class": 1, "reason_en": "It may hold glass.",
        "reason_zh": "可能混有玻璃。", "drill": false});
    let opened = world.call("POST", "/api/v1/recalls", Some(&regulator), Some(recall)).await.expect(201).json();
    let path = format!("/api/v1/recalls/{}/approve", opened["id"].as_str().expect("an id"));
    let second = world.sign_in("regulator2").await;
    world.call("POST", &path, Some(&second), Some(json!({}))).await.expect(200);
    // The page was open before; its PIN is not looked at any more.
    let form = format!("token={}&pin={PIN}", token(&open));
    let sent = phone.post(&world, "/scan/pin", &form, &[]).await.expect(303);
    assert_eq!(sent.headers["location"], story.path(0));
    assert!(world.state.store.mark_outcomes(&story.unit(0)).await.expect("they are read").is_empty());
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    assert!(h1(&page).contains("Recalled") && card(&page).is_empty(), "{}", card(&page));
    let tapped = phone.get(&world, &tap(UID, 1)).await.expect(200);
    assert!(h1(&tapped).contains("Recalled"), "{}", h1(&tapped));
    assert!(card(&tapped).contains("What stands above counts") && !card(&tapped).contains("fits"), "{}", card(&tapped));
}

#[tokio::test]
async fn a_form_of_another_site_or_of_nobody_is_refused_and_a_flood_is_told_when_to_come_back() {
    let world = World::start().await;
    let story = marked(&world).await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    let form = format!("token={}&pin={PIN}", token(&page));
    let request = Request::post("/scan/pin").header("sec-fetch-site", "cross-site").header("user-agent", "Mozilla/5.0");
    world.send(request.body(Body::from(form)).expect("a request")).await.expect(403);
    phone.post(&world, "/scan/pin", &format!("token=x&pin={PIN}"), &[]).await.expect(400);
    phone.get(&world, "/scan/pin").await.expect(303);
    for _ in 0..20 {
        type_pin(&world, &mut phone, &story.path(0), "1111 2222").await.expect(200);
    }
    let flood = type_pin(&world, &mut phone, &story.path(0), PIN).await.expect(429);
    assert!(flood.headers.contains_key("retry-after"));
    assert!(h1(&flood).contains("Active code") && card(&flood).contains("Too many tries at once"), "{}", card(&flood));
}

#[tokio::test]
async fn without_a_configuration_of_marks_no_page_speaks_of_them() {
    let world = World::configured(|config| config.marks = None).await;
    let story = Story::sealed(&world, "A24K07").await;
    carry(&world, &story).await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    assert!(card(&page).is_empty() && !text(&page).contains("/scan/pin"));
    phone.get(&world, &tap(UID, 1)).await.expect(404);
    let refused = phone.post(&world, "/scan/pin", &format!("token={}&pin={PIN}", token(&page)), &[]).await;
    assert_eq!(refused.status.as_u16(), 405);
}

#[tokio::test]
async fn no_pin_stands_in_the_database() {
    let world = World::start().await;
    let story = marked(&world).await;
    type_pin(&world, &mut Phone::default(), &story.path(0), PIN).await.expect(200);
    type_pin(&world, &mut Phone::default(), &story.path(0), "77665544").await.expect(200);
    for entry in std::fs::read_dir(world.scratch()).expect("the folder") {
        let path = entry.expect("a file").path();
        let bytes = std::fs::read(&path).expect("a file");
        for pin in [PIN, "77665544"] {
            let found = bytes.windows(pin.len()).any(|part| part == pin.as_bytes());
            assert!(!found, "{} holds a PIN", path.display());
        }
    }
    assert_ne!(finder(&UID).as_bytes()[..7], UID, "a tag is found by a hash");
}

/// A sealed lot whose product has a hologram, and a pack of it on a phone's page.
async fn with_hologram(world: &World) -> Story {
    let story = Story::sealed(world, "A24K07").await;
    let carried = vec![Carried { kind: tracelight_marks::hologram::KIND, need: Need::Optional }];
    let policy = Policy::new(carried, 3_600_000, crate::marks::CONFIDENCE_MIN).expect("a policy");
    world.state.store.set_mark_policy(story.batch.gtin, &policy, "maker", 1).await.expect("it is written");
    let questions = serde_json::from_value(crate::tests::marks::questions()).expect("questions");
    world.state.store.set_hologram(story.batch.gtin, Some(&questions), "maker", 1).await.expect("they are written");
    story
}

#[tokio::test]
async fn c2_a_hologram_is_asked_about_and_looks_prove_nothing_good() {
    let world = World::start().await;
    let story = with_hologram(&world).await;
    let mut phone = Phone::default();
    let page = text(&phone.get(&world, &story.path(0)).await.expect(200));
    let (_, link) = page.split_once("href=\"/scan/hologram?code=").expect("the way to the questions");
    let link = format!("/scan/hologram?code={}", link.split('"').next().expect("its end").replace("&amp;", "&"));
    let asked = phone.get(&world, &link).await.expect(200);
    let html = text(&asked);
    assert!(html.contains("Compare the hologram") && html.matches("<fieldset").count() == 3, "{html}");
    assert_eq!(html.matches("type=\"radio\"").count(), 9);
    // The three questions have the same options, and different right ones: nothing on the page tells them apart.
    let asked_of = |at: usize| {
        let part =
            html.split("<fieldset").nth(at + 1).and_then(|rest| rest.split("</fieldset>").next()).expect("a question");
        part.split("</legend>").nth(1).expect("options").replace(&format!("a{at}"), "a")
    };
    assert_eq!((asked_of(0), asked_of(0)), (asked_of(1), asked_of(2)));
    let answer = async |answers: &str, status: u16| {
        let form = format!("token={}{answers}", token(&asked));
        phone.post(&world, "/scan/hologram", &form, &[]).await.expect(status)
    };
    for (answers, words) in [
        ("&a0=0&a1=1&a2=2", "It looks like the hologram"),
        ("&a0=0&a1=1&a2=0", "It looks like the hologram"),
        ("&a0=1&a1=0&a2=2", "It does not look like the hologram"),
        ("&a0=0", "Too few answers to say"),
        // What is none of the options is no answer.
        ("&a0=0&a1=9&a2=x", "Too few answers to say"),
    ] {
        let said = answer(answers, 200).await;
        assert!(card(&said).contains(words), "{answers}: {}", card(&said));
        assert!(h1(&said).contains("Active code"), "the verdict is what it was: {}", h1(&said));
    }
    assert!(text(&answer("", 400).await).contains("Answer at least one question."));
    assert_eq!(checks(&world, &story, 0).await, 0, "it is no check");
    let verdicts = world.state.store.mark_findings(story.batch.gtin).await.expect("read");
    assert_eq!(verdicts.iter().map(|found| found.count).sum::<u64>(), 5, "the empty form is none");

    // In Chinese, and where there is nothing to be asked.
    let zh = text(&Phone::default().get(&world, &link.replace("lang=en", "lang=zh-CN")).await.expect(200));
    assert!(zh.contains("核对全息图") && zh.contains("Ring（中）"), "{zh}");
    let nothing = Phone::default().get(&world, &format!("/scan/hologram?code=/01/{GTIN}/21/NEVERISSUED")).await;
    assert_eq!(nothing.status.as_u16(), 303);
    let elsewhere = phone.post(&world, "/scan/hologram", "token=x&a0=0", &[]).await;
    assert_eq!(elsewhere.status.as_u16(), 400);
}

#[tokio::test]
async fn c10_below_a_recall_no_hologram_is_asked_about() {
    let world = World::start().await;
    let story = with_hologram(&world).await;
    let asked =
        Phone::default().get(&world, &format!("/scan/hologram?code={}&lang=en", story.path(0))).await.expect(200);
    crate::scan::tests::recall(&world, "A24K07").await;
    let page = text(&Phone::default().get(&world, &story.path(0)).await.expect(200));
    assert!(page.contains("Recalled") && !page.contains("hologram"), "{page}");
    let form = format!("token={}&a0=0&a1=1&a2=2", token(&asked));
    let said = Phone::default().post(&world, "/scan/hologram", &form, &[]).await;
    assert_eq!(said.status.as_u16(), 303, "back to the page of the code");
}
