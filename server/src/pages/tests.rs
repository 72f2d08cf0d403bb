//! The consoles through the whole server: real router, real database, a real session, the REST calls in process.

use super::*;
use crate::testing::World;

#[test]
fn cookies_are_read_by_name() {
    assert_eq!(cookie("a=1; tl_lang=zh-CN;b=2", LANG_COOKIE), Some("zh-CN"));
    assert_eq!(cookie("xtl_lang=zh", LANG_COOKIE), None);
}

#[test]
fn the_policy_names_the_nonce_and_allows_nothing_inline() {
    let mut headers = HeaderMap::new();
    set_headers(&mut headers, "abc", Some(Lang::Zh), true);
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("a policy is text");
    assert!(policy.contains("'nonce-abc'") && !policy.contains("unsafe-inline"), "{policy}");
    let cookie = headers[header::SET_COOKIE].to_str().expect("a cookie is text");
    assert!(cookie.starts_with("tl_lang=zh-CN;") && cookie.ends_with("; Secure"), "{cookie}");
}

#[test]
fn the_manifest_may_hold_more_than_two_names() {
    let script: Script =
        serde_json::from_str(r#"{"verifier_js":"v.js","hydrate_js":"h.js","hydrate_wasm":"h.wasm","sizes":{}}"#)
            .expect("a manifest");
    assert_eq!(script, Script { hydrate_js: "h.js".into(), hydrate_wasm: "h.wasm".into() });
}

/// Text of an answer.
fn html(reply: &crate::testing::Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

#[tokio::test]
async fn nobody_is_sent_to_sign_in_and_back() {
    let world = World::start().await;
    let reply = world.call("GET", "/console/stock?cursor=1", None, None).await.expect(303);
    assert_eq!(reply.headers[header::LOCATION], "/console/sign-in?next=%2Fconsole%2Fstock%3Fcursor%3D1");
    let reply = world.call("GET", "/console/sign-in?lang=zh", None, None).await.expect(200);
    let page = html(&reply);
    assert!(page.contains("<html lang=\"zh-CN\">") && page.contains("登录"), "{page}");
    assert!(reply.headers[header::SET_COOKIE].to_str().is_ok_and(|cookie| cookie.starts_with("tl_lang=zh-CN;")));
    let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("a policy is text");
    assert!(policy.contains("script-src 'self' 'nonce-") && !policy.contains("unsafe-inline"), "{policy}");
    let style = world.call("GET", style::path(), None, None).await.expect(200);
    assert_eq!(style.headers[header::CACHE_CONTROL], FOREVER);
    world.call("POST", "/console/sign-in", None, None).await.expect(405);
}

#[tokio::test]
async fn each_role_sees_its_sections_with_real_data() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let product = serde_json::json!({
        "gtin": "09521101530018", "name_en": "Paracetamol <b>", "name_zh": "对乙酰氨基酚", "kind": "medicine",
    });
    let made = world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(201).json();
    let height = made["evidence"]["height"].as_u64().expect("a product stands in a block");
    let page = html(&world.call("GET", "/console/products?lang=en", Some(&maker), None).await.expect(200));
    assert!(page.contains("09521101530018") && page.contains("Paracetamol &lt;b&gt;"), "{page}");
    assert!(page.contains(&format!("Final {height} ·")), "the product's block is shown: {page}");
    for (user, home, sections) in [
        (
            "maker",
            "/console/batches",
            ["products", "batches", "lines", "lines/new", "stock", "handovers", "trace", "recalls", "chain"].as_slice(),
        ),
        ("carrier", "/console/handovers", &["stock", "handovers", "recalls", "trace", "chain"]),
        ("pharmacy", "/console/dispense", &["dispense", "stock", "handovers", "recalls", "trace", "chain"]),
        ("regulator", "/console/recalls", &["recalls", "recalls/new", "trace", "batches", "chain"]),
    ] {
        let who = world.sign_in(user).await;
        let reply = world.call("GET", "/console", Some(&who), None).await.expect(303);
        assert_eq!(reply.headers[header::LOCATION], home, "{user}");
        for section in sections {
            let page = html(&world.call("GET", &format!("/console/{section}"), Some(&who), None).await.expect(200));
            assert_eq!(page.matches("<h1").count(), 1, "{user} {section}");
        }
    }
    world.call("GET", "/console/batches/09521101530018/NONE", Some(&maker), None).await.expect(404);
    world.call("GET", "/console/nowhere", Some(&maker), None).await.expect(404);
}
