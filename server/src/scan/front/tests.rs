//! The front: what it gives again, to whom, and until when.

use crate::scan::story::{GTIN, Story};
use crate::scan::tests::{Phone, h1, text, token};
use crate::testing::{Reply, World};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

/// A first visit, as a camera makes it.
async fn first_visit(world: &World, path: &str, extra: &[(&str, &str)]) -> Reply {
    let mut request =
        Request::get(path).header(header::ACCEPT, "text/html,*/*;q=0.8").header(header::ACCEPT_LANGUAGE, "en");
    for (name, value) in extra {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::empty()).expect("a request")).await
}

impl super::Front {
    /// How many answers are kept, and how often one was given again.
    fn counts(&self) -> (u64, u64) {
        self.answers.run_pending_tasks();
        (self.answers.entry_count(), self.given.load(std::sync::atomic::Ordering::Relaxed))
    }
}

#[tokio::test]
async fn a_first_visit_is_given_the_same_page_with_its_own_cookie_and_number() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let path = story.path(0);
    let one = first_visit(&world, &path, &[]).await.expect(200);
    let two = first_visit(&world, &path, &[]).await.expect(200);
    assert_eq!(world.state.shop.front.counts(), (1, 1));
    assert_eq!(one.body, two.body);
    let own = [header::SET_COOKIE, crate::layers::REQUEST_ID];
    for (name, value) in &one.headers {
        let same = two.headers.get(name) == Some(value);
        assert_eq!(same, !own.contains(name), "{name}: {value:?}, {:?}", two.headers.get(name));
    }
    assert_eq!(one.headers.len(), two.headers.len());
    let cookie = two.headers[header::SET_COOKIE].to_str().expect("ASCII");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn whoever_asks_otherwise_has_an_answer_of_their_own() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let path = story.path(0);
    first_visit(&world, &path, &[]).await.expect(200);
    let chinese = Request::get(&path).header(header::ACCEPT, "text/html").header(header::ACCEPT_LANGUAGE, "zh-CN");
    let chinese = world.send(chinese.body(Body::empty()).expect("a request")).await.expect(200);
    assert!(text(&chinese).contains("lang=\"zh-CN\""));
    let packed = first_visit(&world, &path, &[("accept-encoding", "br")]).await.expect(200);
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "br");
    let windows = first_visit(&world, &path, &[("user-agent", "Mozilla/5.0 (Windows NT 10.0)")]).await.expect(200);
    assert!(text(&windows).contains("device"), "the page for a computer");
    let linkset = Request::get(&path).header(header::ACCEPT, "application/linkset+json");
    let linkset = world.send(linkset.body(Body::empty()).expect("a request")).await.expect(200);
    assert_eq!(linkset.headers[header::CONTENT_TYPE], "application/linkset+json");
    let (kept, given) = world.state.shop.front.counts();
    assert_eq!((kept, given), (4, 0), "each another page, and the linkset is not kept");

    for (extra, what) in
        [(("cookie", "tl_lang=zh"), "a cookie"), (("sec-purpose", "prefetch"), "a guess of the browser")]
    {
        first_visit(&world, &path, &[extra]).await.expect(200);
        assert_eq!(world.state.shop.front.counts(), (4, 0), "{what}");
    }
    first_visit(&world, &format!("{path}?lang=zh"), &[]).await.expect(200);
    let head = Request::head(&path).header(header::ACCEPT, "text/html").header(header::ACCEPT_LANGUAGE, "en");
    let head = world.send(head.body(Body::empty()).expect("a request")).await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(world.state.shop.front.counts(), (4, 0), "a choice of language, and a HEAD");
}

#[tokio::test]
async fn c10_nothing_outlives_a_recall_a_check_or_a_contradiction() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let path = story.path(0);
    let page = first_visit(&world, &path, &[]).await.expect(200);
    let phone = Phone::default();
    phone.post(&world, "/scan/check", &format!("token={}", token(&page)), &[]).await.expect(204);
    assert!(h1(&first_visit(&world, &path, &[]).await).contains("Checked before"), "a check ends it at once");

    let (regulator, second) = (world.sign_in("regulator").await, world.sign_in("regulator2").await);
    let recall = json!({"gtin": GTIN, "lot": "A24K07", "class": 1, "reason_en": "Glass.", "reason_zh": "玻璃。"});
    let opened = world.call("POST", "/api/v1/recalls", Some(&regulator), Some(recall)).await.expect(201).json();
    first_visit(&world, &path, &[]).await.expect(200);
    let approve = format!("/api/v1/recalls/{}/approve", opened["id"].as_str().expect("an id"));
    world.call("POST", &approve, Some(&second), Some(json!({}))).await.expect(200);
    assert!(h1(&first_visit(&world, &path, &[]).await).contains("Recalled"), "so does a recall");

    first_visit(&world, &path, &[]).await.expect(200);
    world.state.progress.update(|now| now.halted = true);
    first_visit(&world, &path, &[]).await.expect(503);
}
