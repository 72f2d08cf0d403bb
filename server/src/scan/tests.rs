//! Shoppers through the router: verdicts, counting, outages, reports.

mod early;
mod found;

use super::story::{GTIN, Story, sscc};
use crate::testing::{Reply, World};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;
use std::time::Instant;
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY};

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148";

/// A person with a phone.
#[derive(Default)]
pub(in crate::scan) struct Phone {
    pub(in crate::scan) cookies: Vec<String>,
}

impl Phone {
    pub(in crate::scan) fn request(
        &self,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
    ) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::USER_AGENT, PHONE)
            .header(header::ACCEPT_LANGUAGE, "en")
            .header(header::COOKIE, self.cookies.join("; "));
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        request
    }

    pub(in crate::scan) async fn get_with(&mut self, world: &World, path: &str, extra: &[(&str, &str)]) -> Reply {
        let request = self.request("GET", path, extra).body(Body::empty()).expect("a request");
        let reply = world.send(request).await;
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().expect("ASCII").split(';').next().expect("a pair").to_owned();
            self.cookies.push(pair);
        }
        reply
    }

    pub(in crate::scan) async fn get(&mut self, world: &World, path: &str) -> Reply {
        self.get_with(world, path, &[]).await
    }

    pub(in crate::scan) async fn post(&self, world: &World, path: &str, form: &str, extra: &[(&str, &str)]) -> Reply {
        let request = self
            .request("POST", path, extra)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        world.send(request.body(Body::from(form.to_owned())).expect("a request")).await
    }
}

pub(in crate::scan) fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).expect("UTF-8")
}

pub(in crate::scan) fn h1(reply: &Reply) -> String {
    let html = text(reply);
    let from = html.find("<h1").expect("a heading");
    let rest = &html[from..from + html[from..].find("</h1>").expect("its end")];
    rest.split('>').skip(1).map(|part| part.split('<').next().unwrap_or("")).collect::<Vec<_>>().join(" ")
}

pub(in crate::scan) fn token(reply: &Reply) -> String {
    let html = text(reply);
    let form = html.split("name=\"token\" value=\"").nth(1).expect("a token in the form");
    form.split('"').next().expect("its end").to_owned()
}

pub(in crate::scan) async fn checks(world: &World, story: &Story, index: usize) -> u32 {
    let unit = story.unit(index);
    let subject = super::token::Subject { gtin: unit.gtin, lot: None, serial: unit.serial };
    match super::look(&world.state, &subject, crate::clock::now_ms()).await.expect("the database works") {
        super::facts::Looked::Known(facts) => facts.checks_in_all,
        other => panic!("{other:?}"),
    }
}

/// The regulator recalls a lot, and a second person approves it.
pub(in crate::scan) async fn recall(world: &World, lot: &str) {
    let recall = json!({"gtin": GTIN, "lot": lot, "class": 1, "reason_en": "It may hold glass.",
        "reason_zh": "可能混有玻璃。", "drill": false});
    let regulator = world.sign_in("regulator").await;
    let opened = world.call("POST", "/api/v1/recalls", Some(&regulator), Some(recall)).await.expect(201).json();
    let path = format!("/api/v1/recalls/{}/approve", opened["id"].as_str().expect("an id"));
    let second = world.sign_in("regulator2").await;
    world.call("POST", &path, Some(&second), Some(json!({}))).await.expect(200);
}

#[tokio::test]
async fn c9_looking_counts_nothing_and_saying_so_counts_once() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let (path, mut phone) = (story.path(0), Phone::default());
    // Robots, previews, prefetches and HEADs look too.
    phone.get_with(&world, &path, &[("sec-purpose", "prefetch")]).await.expect(200);
    assert!(phone.cookies.is_empty(), "a guess of the browser leaves no cookie");
    world.send(phone.request("HEAD", &path, &[]).body(Body::empty()).expect("a request")).await.expect(200);
    world.send(Request::get(&path).body(Body::empty()).expect("a request")).await.expect(200);
    let first = phone.get(&world, &path).await.expect(200);
    assert!(h1(&first).contains("Active code"), "{}", h1(&first));
    assert_eq!(checks(&world, &story, 0).await, 0);

    let form = format!("token={}", token(&first));
    phone.post(&world, "/scan/check", &form, &[]).await.expect(204);
    assert_eq!(checks(&world, &story, 0).await, 1);
    // The button after the signal, the button again, and a reload: all the same check.
    let answered = phone.post(&world, "/scan/check", &format!("{form}&answer=match"), &[]).await.expect(200);
    assert!(text(&answered).contains("</html>"));
    phone.post(&world, "/scan/check", &form, &[]).await.expect(204);
    let again = phone.get(&world, &path).await.expect(200);
    assert!(h1(&again).contains("Active code"), "its own check is not an earlier one: {}", h1(&again));
    phone.post(&world, "/scan/check", &format!("token={}", token(&again)), &[]).await.expect(204);
    assert_eq!(checks(&world, &story, 0).await, 1);

    let mut other = Phone::default();
    let page = other.get(&world, &path).await.expect(200);
    assert!(h1(&page).contains("Checked before"), "{}", h1(&page));
    let robot = [("user-agent", "facebookexternalhit/1.1")];
    let request = Request::post("/scan/check")
        .header(robot[0].0, robot[0].1)
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(format!("token={}", token(&page))))
        .expect("a request");
    world.send(request).await.expect(204);
    assert_eq!(checks(&world, &story, 0).await, 1, "a program that posts does not count");
    other.post(&world, "/scan/check", &format!("token={}&answer=not_mine", token(&page)), &[]).await.expect(200);
    assert_eq!(checks(&world, &story, 0).await, 2);
}

#[tokio::test]
async fn devices_that_were_sent_the_same_drawing_are_two_checks_and_each_counts_once() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let (mut one, mut two) = (Phone::default(), Phone::default());
    let page = one.get(&world, &story.path(0)).await.expect(200);
    two.get(&world, &story.path(0)).await.expect(200);
    assert_ne!(one.cookies, two.cookies, "each is a device of its own");
    let form = format!("token={}", token(&page));
    for phone in [&one, &two, &one, &two] {
        phone.post(&world, "/scan/check", &form, &[]).await.expect(204);
    }
    assert_eq!(checks(&world, &story, 0).await, 2);
    // At once, not after what was held has run out.
    assert!(h1(&one.get(&world, &story.path(0)).await).contains("Checked before"));
    let mut third = Phone::default();
    let seen = third.get(&world, &story.path(0)).await.expect(200);
    assert!(h1(&seen).contains("Checked before"), "{}", h1(&seen));
}

#[tokio::test]
async fn c1_the_first_answer_to_a_camera_is_the_verdict_without_sign_in_cookie_or_script() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    // No cookie, no language, no user agent: whatever a camera opens the address with.
    let request = Request::get(format!("{}?lang=en", story.path(0))).header(header::ACCEPT, "text/html");
    let page = world.send(request.body(Body::empty()).expect("a request")).await.expect(200);
    assert!(h1(&page).contains("Active code"), "{}", h1(&page));
    let html = text(&page);
    let before = html.split("<h1").next().expect("what stands before the verdict");
    for wall in ["<form", "<dialog", "<input", "http-equiv"] {
        assert!(!before.contains(wall), "`{wall}` stands before the verdict");
    }
    assert!(!html.contains("type=\"password\""), "nobody signs in");
}

#[tokio::test]
async fn c8_earlier_checks_are_told_with_number_and_first_time_and_both_answers_are_taken() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    for _ in 0..3 {
        let mut phone = Phone::default();
        let page = phone.get(&world, &story.path(0)).await.expect(200);
        phone.post(&world, "/scan/check", &format!("token={}", token(&page)), &[]).await.expect(204);
    }
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    assert!(h1(&page).contains("Checked before") && h1(&page).contains("Was it you?"), "{}", h1(&page));
    let html = text(&page);
    assert!(html.contains("3 earlier checks. The first was on "), "{html}");
    assert_eq!(html.matches("Place unknown").count(), 3, "one line each");
    assert!(html.contains(" · first check"));
    for answer in ["mine", "not_mine"] {
        assert!(html.contains(&format!("value=\"{answer}\"")), "`{answer}` can be said");
        let form = format!("token={}&answer={answer}", token(&page));
        assert!(text(&phone.post(&world, "/scan/check", &form, &[]).await.expect(200)).contains("</html>"));
    }
    assert_eq!(checks(&world, &story, 0).await, 4, "one person, one check");
}

#[tokio::test]
async fn whoever_has_checked_a_code_has_another_page_than_a_stranger_whichever_is_drawn_first() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    for (index, own_first) in [(0, true), (1, false)] {
        let (mut own, mut stranger) = (Phone::default(), Phone::default());
        let page = own.get(&world, &story.path(index)).await.expect(200);
        own.post(&world, "/scan/check", &format!("token={}", token(&page)), &[]).await.expect(204);
        for turn in [own_first, !own_first, own_first] {
            let (phone, says) = if turn { (&mut own, "Active code") } else { (&mut stranger, "Checked before") };
            let page = phone.get(&world, &story.path(index)).await.expect(200);
            assert!(h1(&page).contains(says), "own first: {own_first}, own: {turn}: {}", h1(&page));
        }
    }
}

#[tokio::test]
async fn c18_old_engines_and_those_of_messengers_get_the_whole_page() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let agents = [
        "Mozilla/5.0 (Linux; Android 10; V1914A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/86.0.4240.99 \
         XWEB/4343 MMWEBSDK/20221206 Mobile Safari/537.36 MicroMessenger/8.0.32.2300(0x28002037) WeChat/arm64",
        "Mozilla/5.0 (Linux; U; Android 11; zh-CN) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/69.0.3497.100 \
         UWS/3.22.2.43 Mobile Safari/537.36 UCBS/3.22.2.43 NebulaSDK/1.8.100112 Nebula AlipayDefined AliApp(AP/10.3.0)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.0 Mobile",
        "Mozilla/5.0 (Linux; Android 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.45 Mobile Safari/537.36",
    ];
    let mut pages = Vec::new();
    for agent in agents {
        let request = Request::get(format!("{}?lang=en", story.path(0))).header(header::USER_AGENT, agent);
        let page = world.send(request.body(Body::empty()).expect("a request")).await.expect(200);
        assert!(h1(&page).contains("Active code"), "{agent}: {}", h1(&page));
        pages.push(text(&page).replace(&token(&page), "TOKEN"));
    }
    let lengths: Vec<usize> = pages.iter().map(String::len).collect();
    assert!(
        pages.iter().all(|page| page.ends_with("</html>")) && lengths.iter().all(|length| *length == lengths[0]),
        "{lengths:?}"
    );
}

#[tokio::test]
async fn a_form_of_another_site_or_of_nobody_is_not_taken() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    let foreign = phone
        .request("POST", "/scan/check", &[("sec-fetch-site", "cross-site")])
        .body(Body::from(format!("token={}", token(&page))))
        .expect("a request");
    world.send(foreign).await.expect(403);
    phone.post(&world, "/scan/check", "token=AAAA.AAAA", &[]).await.expect(400);
    phone.post(&world, "/scan/check", "", &[]).await.expect(400);
    assert_eq!(checks(&world, &story, 0).await, 0);
}

#[tokio::test]
async fn c17_each_state_of_a_code_has_its_answer() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    // Not issued; issued and not used; of another lot; malformed.
    let unknown = phone.get(&world, &format!("/01/{GTIN}/21/NEVERISSUED")).await.expect(404);
    assert!(h1(&unknown).contains("Unknown code"));
    let unused = phone.get(&world, &story.path(5)).await.expect(200);
    assert!(h1(&unused).contains("Not released yet"), "{}", h1(&unused));
    let strange = phone.get(&world, &format!("/01/{GTIN}/10/A24K07/21/NEVERISSUED")).await.expect(200);
    assert!(h1(&strange).contains("False code"), "{}", h1(&strange));
    let typo = phone.get(&world, "/01/06901234567893/21/X").await.expect(400);
    assert!(text(&typo).contains('2'), "the digit that fits is named");
    // A product is no pack: the resolver leads to what its maker links to, or to the list of links.
    let product = phone.get(&world, &format!("/01/{GTIN}")).await.expect(307);
    assert!(product.headers[header::LOCATION].to_str().expect("ASCII").contains("/scan/links?code="));

    let open = Story::coded(&world, "OPEN1", "2028-10").await;
    let early = phone.get(&world, &open.path(0)).await.expect(200);
    assert!(h1(&early).contains("Not released yet"));

    let zh = phone.get_with(&world, &format!("{}?lang=zh", story.path(0)), &[]).await.expect(200);
    assert!(text(&zh).contains("lang=\"zh-CN\"") && h1(&zh).contains("编码有效"));
    let remembered = phone.get(&world, &story.path(0)).await.expect(200);
    assert!(text(&remembered).contains("lang=\"zh-CN\""), "the choice is remembered");
}

#[tokio::test]
async fn c7_c19_a_page_has_its_headers_and_names_no_partner_and_no_size() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    ship_to_pharmacy(&world);
    super::story::caught_up(&world).await;
    let page = Phone::default().get(&world, &story.path(1)).await.expect(200);
    let head = |name: &str| page.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    assert_eq!(head("cache-control"), "no-store");
    assert_eq!(head("referrer-policy"), "no-referrer");
    assert_eq!(head("x-robots-tag"), "noindex");
    assert!(head("strict-transport-security").starts_with("max-age="));
    let policy = head("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    let html = text(&page);
    assert_eq!(policy, tracelight_web_ui::scan::content_security_policy(&html), "the styles of this very page");
    assert!(html.contains("Qinling Pharmaceutical"), "the maker is named");
    for partner in ["Silk Road Logistics", "Yangtze Pharmacies"] {
        assert!(!html.contains(partner), "{partner} is a partner");
    }
    assert!(html.contains("Logistics") && html.contains("Pharmacy"), "roles are shown");
    assert!(html.contains("A24K07") && html.contains("2028-10"), "what to compare");
    assert!(html.contains("Unsure? Type it yourself."), "the way around a false site");
}

/// Ships pallet 9 by the carrier to the pharmacy.
fn ship_to_pharmacy(world: &World) {
    use tracelight_domain::ids::ShipmentId;
    use tracelight_domain::tx::TxBody;
    let gln = |member| world.node.chain().member(member).gln;
    for (from, to, id) in [(MAKER, CARRIER, 1), (CARRIER, PHARMACY, 2)] {
        let (shipment, receiver) = (ShipmentId([id; 16]), gln(to));
        world.node.apply(from, TxBody::Ship { shipment, to: receiver, objects: vec![sscc(9)] });
        world.node.apply(to, TxBody::Receive { shipment, short: vec![], damaged: vec![] });
    }
}

#[tokio::test]
async fn a_pack_of_a_stolen_case_is_stolen() {
    use tracelight_domain::ids::ShipmentId;
    use tracelight_domain::tx::{ShortOutcome, TxBody};
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let (shipment, carrier) = (ShipmentId([1; 16]), world.node.chain().member(CARRIER).gln);
    world.node.apply(MAKER, TxBody::Ship { shipment, to: carrier, objects: vec![sscc(9)] });
    world.node.apply(CARRIER, TxBody::Receive { shipment, short: vec![sscc(1)], damaged: vec![] });
    super::story::caught_up(&world).await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    assert!(h1(&page).contains("Active code"), "missing is not stolen yet: {}", h1(&page));
    world.node.apply(MAKER, TxBody::ResolveShort { sscc: sscc(1), outcome: ShortOutcome::Stolen });
    super::story::caught_up(&world).await;
    let page = phone.get(&world, &story.path(0)).await.expect(200);
    assert!(h1(&page).to_lowercase().contains("stolen"), "{}", h1(&page));
}

#[tokio::test]
async fn c10_a_recall_outranks_everything_one_projection_after_its_approval() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    ship_to_pharmacy(&world);
    let pharmacy = world.sign_in("pharmacy").await;
    let dispense = json!({"code": format!("https://t.example{}", story.path(0)), "action": "dispense"});
    super::story::caught_up(&world).await;
    world.call("POST", "/api/v1/units/actions", Some(&pharmacy), Some(dispense.clone())).await.expect(200);
    let twice = world.call("POST", "/api/v1/units/actions", Some(&pharmacy), Some(dispense)).await.expect(409);
    assert_eq!(twice.problem(), "unit_gone");
    let mut phone = Phone::default();
    assert!(h1(&phone.get(&world, &story.path(0)).await.expect(200)).contains("Already sold"));

    let regulator = world.sign_in("regulator").await;
    let recall = json!({"gtin": GTIN, "lot": "A24K07", "class": 1, "reason_en": "It may hold glass.",
        "reason_zh": "可能混有玻璃。", "advice_en": "Pain or blood: see a doctor today.",
        "advice_zh": "疼痛或出血，请当天就医。", "drill": false});
    let opened = world.call("POST", "/api/v1/recalls", Some(&regulator), Some(recall)).await.expect(201).json();
    assert!(h1(&phone.get(&world, &story.path(0)).await).contains("Already sold"), "opened is not approved");
    let path = format!("/api/v1/recalls/{}/approve", opened["id"].as_str().expect("an id"));
    world.call("POST", &path, Some(&regulator), Some(json!({}))).await.expect(403);
    let second = world.sign_in("regulator2").await;
    world.call("POST", &path, Some(&second), Some(json!({}))).await.expect(200);
    let listed = text(&Phone::default().get(&world, "/recalls?lang=zh").await.expect(200));
    assert!(listed.contains("可能混有玻璃。") && listed.contains("疼痛或出血，请当天就医。"), "{listed}");
    let feed = phone.get(&world, "/recalls/feed.json?lang=en").await.expect(200).json();
    assert_eq!(feed["items"][0]["content_text"], "It may hold glass. Pain or blood: see a doctor today.");
    assert_eq!(feed["items"][0]["_tracelight"]["advice_zh"], "疼痛或出血，请当天就医。");
    for index in 0..5 {
        let page = phone.get(&world, &story.path(index)).await.expect(200);
        assert!(h1(&page).contains("Recalled"), "pack {index}: {}", h1(&page));
        assert!(text(&page).contains("It may hold glass."), "the notice is shown");
        let advice = "<h2>If someone has used it</h2><p>Pain or blood: see a doctor today.</p>";
        assert!(text(&page).contains(advice), "{}", text(&page));
    }
}

#[tokio::test]
async fn c11_an_outage_says_so_and_says_nothing_about_the_pack() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    phone.get(&world, &story.path(0)).await.expect(200);
    let subject = super::token::Subject { gtin: story.batch.gtin, lot: None, serial: story.serials[0].clone() };
    let stale = super::look(&world.state, &subject, crate::clock::now_ms() + super::STALE_MS_MAX + 60_000).await;
    assert!(matches!(stale, Err(super::Outage::Stale { .. })), "old facts are no facts: {stale:?}");

    world.state.store.clone().close().await.expect("the database closes");
    // What was looked up just before is still an answer, for so long.
    tokio::time::sleep(super::held::HELD_FOR + std::time::Duration::from_millis(100)).await;
    let page = phone.get(&world, &story.path(0)).await.expect(503);
    assert!(h1(&page).contains("Cannot check now"), "{}", h1(&page));
    assert!(text(&page).contains("503-"), "an incident number is shown");
    for word in ["Active code", "False code", "Unknown code", "Recalled"] {
        assert!(!text(&page).contains(word), "{word}");
    }
    let unknown = phone.get(&world, &format!("/01/{GTIN}/21/NEVERISSUED")).await.expect(503);
    assert!(h1(&unknown).contains("Cannot check now"));
}

#[tokio::test]
async fn c12_a_typed_code_leads_to_its_page_or_names_the_character() {
    let world = World::start().await;
    let mut phone = Phone::default();
    let empty = phone.get(&world, "/check").await.expect(200);
    assert!(text(&empty).contains("name=\"code\""));
    let found = phone.get(&world, "/check?code=(01)06901234567892(21)AB%2FC").await.expect(303);
    assert_eq!(found.headers.get(header::LOCATION).expect("a place"), "/01/06901234567892/21/AB%2FC");
    let wrong = phone.get(&world, "/check?code=06901234567893%20ABC").await.expect(400);
    assert!(text(&wrong).contains('3'));
}

#[tokio::test]
async fn a_report_gets_a_case_number_once() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let form = phone.get(&world, &format!("/scan/report?code={}", story.path(0))).await.expect(200);
    assert!(text(&form).contains("Paracetamol"));
    let token = token(&form);
    let missing = phone.post(&world, "/scan/report", &format!("token={token}&where=market"), &[]).await.expect(422);
    assert!(text(&missing).contains("market"), "nothing has to be entered twice");
    let sent = format!("token={token}&what=seal&where=market+hall&contact=");
    let case = |reply: &Reply| {
        let html = text(reply);
        html.split("TL-").nth(1).map(|rest| rest.chars().take(12).collect::<String>()).expect("a case number")
    };
    let first = phone.post(&world, "/scan/report", &sent, &[]).await.expect(200);
    let second = phone.post(&world, "/scan/report", &sent, &[]).await.expect(200);
    assert_eq!(case(&first), case(&second), "the same form is the same case");
    phone.post(&world, "/scan/report", "token=x&what=seal", &[]).await.expect(400);
}

/// Not a bound, a figure: what one page costs here, in a debug profile, without the network.
#[tokio::test]
async fn a_page_is_quick() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let mut times: Vec<u128> = Vec::new();
    for round in 0..60 {
        let began = Instant::now();
        phone.get(&world, &story.path(round % 5)).await.expect(200);
        times.push(began.elapsed().as_micros());
    }
    times.sort_unstable();
    println!("scan page: p50 {} us, p95 {} us", times[30], times[57]);
    assert!(times[57] < 300_000, "the p95 of a page is {} us", times[57]);
}

#[tokio::test]
async fn a_flood_of_forms_is_told_when_to_come_back_and_the_verdict_stays() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let (path, mut phone) = (story.path(0), Phone::default());
    let page = phone.get(&world, &path).await.expect(200);
    let form = format!("token={}", token(&page));
    let flood = async |address: [u8; 4], form: &str| {
        let mut request = phone
            .request("POST", "/scan/check", &[("sec-fetch-site", "same-origin")])
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .expect("a request");
        let peer = std::net::SocketAddr::from((address, 4_000));
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        world.send(request).await
    };
    let mut refused = None;
    for _ in 0..61 {
        let reply = flood([198, 51, 100, 1], &form).await;
        match reply.status.as_u16() {
            204 => assert!(refused.is_none(), "let in again within the window"),
            _ => refused = Some(reply),
        }
    }
    let refused = refused.expect("60 in a minute about one pack").expect(429);
    let seconds = refused.json()["retry_after_s"].as_u64().expect("it says when");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(refused.headers[header::RETRY_AFTER].to_str().ok(), Some(seconds.to_string().as_str()));
    // Whoever holds the pack is answered; the same device counted once.
    let mut other = Phone::default();
    other.get(&world, &path).await.expect(200);
    assert_eq!(checks(&world, &story, 0).await, 1);
    // Noise of one network uses up that network's share alone.
    for _ in 61..600 {
        flood([198, 51, 100, 1], "token=AAAA.AAAA").await.expect(400);
    }
    flood([198, 51, 100, 1], "token=AAAA.AAAA").await.expect(429);
    flood([198, 51, 100, 2], "token=AAAA.AAAA").await.expect(400);
    other.get(&world, &path).await.expect(200);
}

#[tokio::test]
async fn packs_of_one_case_that_are_checked_far_from_their_outlet_are_counted_as_strayed() {
    // The same in every test: the pharmacy's GLN comes from its place in the list.
    let pharmacy = World::start().await.node.chain().member(PHARMACY).gln.to_string();
    let site = crate::config::SiteConfig { member: pharmacy, lat: 34.26, lon: 108.94, reach_km: 20 };
    let world = World::configured(|config| config.sites.push(site)).await;
    let story = Story::sealed(&world, "A24K07").await;
    let record = async |index: usize| {
        let unit = story.unit(index);
        let subject = super::token::Subject { gtin: unit.gtin, lot: None, serial: unit.serial };
        match super::look(&world.state, &subject, crate::clock::now_ms()).await.expect("an answer") {
            super::facts::Looked::Known(facts) => facts.record,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(record(0).await.market, None, "nobody has shipped it");
    ship_to_pharmacy(&world);
    super::story::caught_up(&world).await;
    // Packs 1 and 2 share its case; one of them is checked 900 km away twice, one at home, one far away.
    let places = [(1, "39.91", "116.40"), (1, "39.92", "116.41"), (2, "34.27", "108.95"), (0, "39.91", "116.40")];
    for (index, lat, lon) in places {
        let mut phone = Phone::default();
        let form = format!("token={}", token(&phone.get(&world, &story.path(index)).await.expect(200)));
        phone.post(&world, "/scan/check", &format!("{form}&answer=match"), &[]).await.expect(200);
        phone.post(&world, "/scan/place", &format!("{form}&lat={lat}&lon={lon}"), &[]).await.expect(200);
    }
    let (first, second) = (record(0).await, record(2).await);
    assert!(first.market.is_some_and(|market| market.lat_mdeg == 34_260));
    assert_eq!(first.strayed_neighbours, 1, "its own checks are none of a neighbour");
    assert_eq!(second.strayed_neighbours, 2);
    assert_eq!(record(3).await.strayed_neighbours, 0, "it is in no case");
}

#[tokio::test]
async fn c12_a_phone_that_looks_again_on_another_day_is_no_stranger() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let path = story.path(0);
    let mut phone = Phone::default();
    let page = phone.get(&world, &path).await.expect(200);
    let counted = phone.post(&world, "/scan/check", &format!("token={}", token(&page)), &[]).await.expect(204);
    let cookies: Vec<&str> =
        counted.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    assert!(cookies[0].contains(&format!("; Path={path}; HttpOnly")), "it goes to this page alone: {cookies:?}");
    assert!(cookies[1].contains(&format!("; Path=/01/{GTIN}/21/{}; ", story.serials[0])), "{cookies:?}");
    let memory = cookies[0].split(';').next().expect("a pair").to_owned();
    // Days later its cookie of the day is another one; on the page of this code, and nowhere else, it remembers.
    let look = async |cookies: &[&str]| {
        let mut later = Phone { cookies: cookies.iter().map(|cookie| (*cookie).to_owned()).collect() };
        let page = later.get(&world, &path).await.expect(200);
        // The form is sent to an address to which the memory does not go.
        later.cookies.retain(|cookie| !cookie.starts_with("tl_checked"));
        later.post(&world, "/scan/check", &format!("token={}", token(&page)), &[]).await.expect(204);
        page
    };
    let again = look(&[&memory, "tl_device=00112233445566778899aabbccddeeff"]).await;
    assert_eq!(checks(&world, &story, 0).await, 1, "the same phone within ten minutes is the same check");
    assert!(h1(&again).contains("Active code"), "its own check is not an earlier one: {}", h1(&again));
    look(&["tl_device=00112233445566778899aabbccddeeff"]).await;
    assert_eq!(checks(&world, &story, 0).await, 2, "without it, it is another");
    // Whoever only says so is a stranger, and what is drawn for them is nobody's in particular: others are shown it, too.
    let made_up = ["tl_checked=ffffffffffffffffffffffffffffffff", "tl_device=ffeeddccbbaa99887766554433221100"];
    let mut liar = Phone { cookies: made_up.map(str::to_owned).into() };
    let drawn = liar.get(&world, &path).await.expect(200);
    assert!(h1(&drawn).contains("Checked before"), "{}", h1(&drawn));
    let mut first = Phone::default();
    let shown = first.get(&world, &path).await.expect(200);
    liar.cookies.retain(|cookie| !cookie.starts_with("tl_checked"));
    for (phone, page, count) in [(&mut liar, &drawn, 3), (&mut first, &shown, 4)] {
        phone.post(&world, "/scan/check", &format!("token={}", token(page)), &[]).await.expect(204);
        assert_eq!(checks(&world, &story, 0).await, count);
    }
}
