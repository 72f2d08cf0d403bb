//! What surrounds every request: health, headers, limits, sign-in.

use crate::testing::{PASSWORD, World};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

#[tokio::test]
async fn a_healthy_server_says_so_and_every_answer_has_its_headers() {
    let world = World::start().await;
    world.projected(1).await;
    world.call("GET", "/livez", None, None).await.expect(200);
    let ready = world.call("GET", "/readyz", None, None).await.expect(200);
    assert_eq!(ready.json()["ready"], true, "{}", ready.json());
    let missing = world.call("GET", "/nothing/here", None, None).await.expect(404);
    assert_eq!(missing.problem(), "not_found");
    for name in [
        "content-security-policy",
        "strict-transport-security",
        "x-content-type-options",
        "referrer-policy",
        "x-request-id",
        "cache-control",
    ] {
        assert!(missing.headers.contains_key(name), "{name}");
    }
    assert_eq!(missing.headers["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn a_server_whose_chain_stands_still_is_not_ready() {
    let world = World::start().await;
    world.projected(1).await;
    world.state.progress.update(|now| now.time_ms -= 60_000);
    let ready = world.call("GET", "/readyz", None, None).await.expect(503).json();
    assert_eq!(ready["parts"][1]["ok"], false, "{ready}");
    assert!(ready["parts"][1]["reason"].as_str().is_some_and(|reason| reason.contains("old")), "{ready}");
}

#[tokio::test]
async fn a_session_begins_and_ends() {
    let world = World::start().await;
    let body = json!({ "user": "maker", "password": PASSWORD });
    let reply = world.call("POST", "/api/v1/session", None, Some(body)).await.expect(200);
    let cookie = reply.headers["set-cookie"].to_str().expect("text").to_owned();
    assert!(
        cookie.starts_with("tl_session=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(reply.json()["member"]["role"], "manufacturer");
    let credential = format!("cookie: {}", cookie.split(';').next().expect("a cookie"));
    let who = world.call("GET", "/api/v1/session", Some(&credential), None).await.expect(200).json();
    assert_eq!((who["user"].as_str(), who["role"].as_str()), (Some("maker"), Some("operator")));
    world.call("DELETE", "/api/v1/session", Some(&credential), None).await.expect(204);
    world.call("GET", "/api/v1/session", Some(&credential), None).await.expect(401);
    world.call("GET", "/api/v1/session", Some("cookie: tl_session=AAAAAAAAAAAAAAAAAAAAAA"), None).await.expect(401);
}

#[tokio::test]
async fn a_wrong_password_is_401_and_too_many_are_429() {
    let world = World::start().await;
    let attempt = async |user: &str, password: &str| {
        let body = json!({ "user": user, "password": password });
        world.call("POST", "/api/v1/session", None, Some(body)).await
    };
    assert_eq!(attempt("maker", "wrong password").await.expect(401).problem(), "wrong_credentials");
    assert_eq!(attempt("nobody", PASSWORD).await.expect(401).problem(), "wrong_credentials");
    for _ in 0..9 {
        attempt("maker", "wrong password").await.expect(401);
    }
    assert_eq!(attempt("maker", PASSWORD).await.expect(429).problem(), "too_many_attempts");
    attempt("carrier", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_request_from_another_site_changes_nothing() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (_, cookie) = maker.split_once(": ").expect("a cookie");
    let send = async |site: &str| {
        let request = Request::post("/api/v1/products")
            .header("cookie", cookie)
            .header("sec-fetch-site", site)
            .header("content-type", "application/json")
            .body(Body::from("{}"));
        world.send(request.expect("a good request")).await
    };
    send("cross-site").await.expect(403);
    send("same-origin").await.expect(400);
}

#[tokio::test]
async fn a_body_beyond_its_bound_or_of_another_kind_is_refused() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (_, cookie) = maker.split_once(": ").expect("a cookie");
    let send = async |media: &str, body: Vec<u8>| {
        let request = Request::post("/api/v1/products").header("cookie", cookie).header("content-type", media);
        world.send(request.body(Body::from(body)).expect("a good request")).await
    };
    send("application/json", vec![b' '; crate::layers::BODY_BYTES_MAX + 1]).await.expect(413);
    assert_eq!(send("text/plain", b"{}".to_vec()).await.expect(415).problem(), "not_json");
    assert_eq!(send("application/json", b"{".to_vec()).await.expect(400).problem(), "invalid_json");
}

#[tokio::test]
async fn the_chain_view_names_nodes_and_members() {
    let world = World::start().await;
    world.projected(1).await;
    let viewer = world.sign_in("maker-viewer").await;
    let view = world.call("GET", "/api/v1/chain", Some(&viewer), None).await.expect(200).json();
    assert_eq!(view["state"], "moving", "{view}");
    assert_eq!(view["members"].as_array().map(Vec::len), Some(4));
    assert_eq!(view["nodes"][0]["peers"], 3);
}
