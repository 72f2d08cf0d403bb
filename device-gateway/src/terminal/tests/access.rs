//! Who may call, and from where.

use super::*;
use std::time::Instant;

const STATE: &str = "/terminal/s/l/t1/state";
const READINGS: &str = "/terminal/s/l/t1/readings";

#[tokio::test]
async fn a_call_without_token_is_401_with_anothers_403_and_a_place_that_is_no_terminal_404() {
    let rig = Rig::new(Over::Tls);
    let none = json!({ "readings": [] });
    for (terminal, path, status) in [
        (None, "", 401),
        (Some("t1"), "", 200),
        (Some("t2"), "", 403),
        (Some("t3"), "", 403),
        (Some("t1"), "/terminal/s/l/nobody", 404),
        (Some("t1"), "/terminal/elsewhere/l/t1", 404),
        // A device that is no terminal is no place for one.
        (Some("t1"), "/terminal/s/l/cam", 404),
        (None, "/terminal/s/l/nobody", 401),
    ] {
        let place = if path.is_empty() { "/terminal/s/l/t1" } else { path };
        let state = rig.get(&format!("{place}/state"), terminal).await;
        let readings = rig.post(&format!("{place}/readings"), terminal, &none).await;
        assert_eq!((state.status, readings.status), (status, status), "{terminal:?} at {place}: {}", state.json);
    }
    assert_eq!(rig.get("/terminal/me", None).await.status, 401);
    assert_eq!(rig.get("/terminal/me", Some("t3")).await.json, json!({"site": "s", "line": "m", "device": "t3"}));
    for cookie in ["tracelight-terminal=", "tracelight-terminal", "=", "tracelight-terminal=x; ;;=;", "\u{e9}"] {
        let request = Request::builder().uri(STATE).header("host", HOST).header("cookie", cookie.as_bytes());
        assert_eq!(rig.call(request.body(Body::empty()).expect("a call")).await.status, 401, "{cookie}");
    }
    let wrong = format!("tracelight-terminal={}", "f".repeat(64));
    let request = Request::builder().uri(STATE).header("host", HOST).header("cookie", wrong);
    assert_eq!(rig.call(request.body(Body::empty()).expect("a call")).await.status, 401);
    assert_eq!(rig.get("/terminal/s/l/t1", Some("t1")).await.status, 404);
}

#[tokio::test]
async fn pairing_gives_a_cookie_that_no_script_reads_and_a_wrong_token_waits() {
    for (over, secure) in [(Over::Tls, true), (Over::Plain, false)] {
        let rig = Rig::new(over);
        let token = format!("{}\n", rig.tokens["t2"]);
        let paired = rig.post("/terminal/pair", None, &json!({ "token": token })).await;
        assert_eq!((paired.status, &paired.json["device"]), (200, &json!("t2")));
        let cookie = paired.cookie.expect("a cookie");
        for part in [rig.tokens["t2"].as_str(), "HttpOnly", "SameSite=Strict", "Path=/terminal"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(cookie.contains("Secure"), secure);
        let gone = rig.post("/terminal/unpair", Some("t2"), &json!({})).await;
        assert_eq!(gone.status, 204);
        assert!(gone.cookie.expect("a cookie").contains("Max-Age=0"));
    }
    let rig = Rig::new(Over::Tls);
    let started = Instant::now();
    for token in ["", "f", &"f".repeat(64), &"f".repeat(4_000)] {
        let wrong = rig.post("/terminal/pair", None, &json!({ "token": token })).await;
        assert_eq!((wrong.status, wrong.cookie), (401, None));
    }
    assert!(started.elapsed() >= 4 * access_pause(), "each waits");
    for body in [json!({}), json!({"token": 1}), json!({"token": "x", "more": 1}), json!([])] {
        assert_eq!(rig.post("/terminal/pair", None, &body).await.status, 400, "{body}");
    }
}

fn access_pause() -> Duration {
    crate::terminal::access::WRONG_TOKEN_PAUSE
}

#[tokio::test]
async fn a_call_of_another_sites_page_changes_nothing() {
    let rig = Rig::new(Over::Tls);
    let token = rig.tokens["t1"].clone();
    for (path, body) in [
        ("/terminal/pair", json!({ "token": token })),
        ("/terminal/unpair", json!({})),
        (READINGS, json!({ "readings": [] })),
    ] {
        for origin in [None, Some("null"), Some("https://elsewhere.example"), Some("https://line.plant"), Some("")] {
            let mut request = rig.request("POST", path, Some("t1")).body(Body::from(body.to_string())).expect("a call");
            request.headers_mut().remove("origin");
            if let Some(origin) = origin {
                request.headers_mut().insert("origin", origin.parse().expect("a value"));
            }
            let answer = rig.call(request).await;
            assert_eq!((answer.status, answer.cookie), (403, None), "{path} from {origin:?}");
        }
        // A proxy may speak TLS for the gateway.
        let mut request = rig.request("POST", path, Some("t1")).body(Body::from(body.to_string())).expect("a call");
        request.headers_mut().insert("origin", format!("http://{HOST}").parse().expect("a value"));
        assert!(rig.call(request).await.status < 300, "{path}");
    }
}

#[test]
fn two_terminals_do_not_share_a_token() {
    let token = Token::generate().expect("random");
    let two = vec![(place("l", "t1"), token.clone()), (place("l", "t2"), token)];
    let error = Doorkeeper::new("o", Over::Tls, two).err().expect("refused").to_string();
    assert!(error.contains("o/s/l/t2"), "{error}");
}
