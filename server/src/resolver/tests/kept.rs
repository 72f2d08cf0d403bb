//! Links as their maker keeps them, and a browser's way past the resolver.

use super::{BASE, BROWSER, GTIN, ask, link, location, put, put_as, send, world};
use serde_json::json;
use tracelight_api::rest::links::LINKS_PER_LEVEL_MAX;
use uuid::Uuid;

const HREF: &str = "https://maker.example.com/leaflet";

#[tokio::test]
async fn a_link_is_written_read_changed_and_deleted() {
    let (world, maker) = world().await;
    let more = json!({"qualifiers": "/10/A%2FB/", "hreflang": ["en", "zh-CN"], "media_type": "application/pdf", "context": ["CN"]});
    let id = put(&world, &maker, link("https://gs1.org/voc/epil", HREF, &more)).await;
    let path = format!("/api/v1/products/{GTIN}/links");
    let listed = world.call("GET", &path, Some(&maker), None).await.expect(200).json();
    let expected = json!({"qualifiers": "10/A%2FB", "link_type": "gs1:epil", "href": HREF, "title": "https://gs1.org/voc/epil of it",
        "hreflang": ["en", "zh-CN"], "media_type": "application/pdf", "context": ["CN"], "default_link": false,
        "forward_query": true});
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["link"]), (&json!(id), &expected));
    assert_eq!(listed["next"], json!(null));

    put_as(&world, &maker, &id, link("gs1:smpc", HREF, &json!({}))).await.expect(200);
    let listed = world.call("GET", &path, Some(&maker), None).await.expect(200).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "the same id is the same link");
    assert_eq!(listed["items"][0]["link"]["link_type"], "gs1:smpc");
    ask(&world, &format!("/01/{GTIN}?linkType=gs1:smpc")).await.expect(307);

    let one = format!("{path}/{id}");
    world.call("DELETE", &one, Some(&maker), None).await.expect(204);
    world.call("DELETE", &one, Some(&maker), None).await.expect(404);
    ask(&world, &format!("/01/{GTIN}?linkType=gs1:smpc")).await.expect(404);
}

#[tokio::test]
async fn pages_of_links_follow_each_other() {
    let (world, maker) = world().await;
    let mut ids = Vec::new();
    for lot in ["A", "B", "C"] {
        ids.push(put(&world, &maker, link("gs1:epil", HREF, &json!({"qualifiers": format!("10/{lot}")}))).await);
    }
    ids.sort();
    let path = format!("/api/v1/products/{GTIN}/links?limit=2");
    let first = world.call("GET", &path, Some(&maker), None).await.expect(200).json();
    assert_eq!((&first["items"][0]["id"], &first["items"][1]["id"]), (&json!(ids[0]), &json!(ids[1])));
    let cursor = first["next"].as_str().expect("more");
    let second = world.call("GET", &format!("{path}&cursor={cursor}"), Some(&maker), None).await.expect(200).json();
    assert_eq!((&second["items"][0]["id"], &second["next"]), (&json!(ids[2]), &json!(null)));
}

#[tokio::test]
async fn what_no_link_may_say_is_refused_by_field() {
    let (world, maker) = world().await;
    let id = Uuid::now_v7().to_string();
    for (field, value) in [
        ("href", json!("http://maker.example.com/")),
        ("href", json!("javascript:alert(1)")),
        ("href", json!("//maker.example.com/")),
        ("href", json!("https://user:secret@maker.example.com/")),
        ("href", json!(format!("https://maker.example.com/{}", "x".repeat(1_100)))),
        ("href", json!(format!("{BASE}/01/{GTIN}"))),
        ("href", json!(format!("{BASE}/01/{GTIN}/21/S?x"))),
        ("title", json!("x".repeat(201))),
        ("title", json!("two\nlines")),
        ("qualifiers", json!("21/S/10/L")),
        ("qualifiers", json!("10")),
        ("qualifiers", json!("10/L?x=1")),
        ("qualifiers", json!("01/09506000134352")),
        ("hreflang", json!(["english"])),
        ("hreflang", json!(["en", "en", "en", "en", "en", "en", "en", "en", "en"])),
        ("context", json!(["C N"])),
        ("context", json!([""])),
        ("context", json!(["x".repeat(33)])),
    ] {
        let mut wrong = link("gs1:epil", HREF, &json!({}));
        wrong[field] = value.clone();
        let reply = put_as(&world, &maker, &id, wrong).await.expect(400);
        assert_eq!(reply.json()["field"], field, "{value}");
    }
    let pack = link("gs1:pip", HREF, &json!({"qualifiers": "10/L/21/S", "default_link": true}));
    let reply = put_as(&world, &maker, &id, pack).await.expect(400);
    assert_eq!(reply.json()["field"], "default_link", "nobody is led past the verdict");
    put_as(&world, &maker, "no-uuid", link("gs1:epil", HREF, &json!({}))).await.expect(400);
    // A page of the server that is no identifier is fine.
    put(&world, &maker, link("gs1:support", &format!("{BASE}/check"), &json!({}))).await;
}

#[tokio::test]
async fn a_level_has_a_bounded_number_of_links_and_an_id_one_product() {
    let (world, maker) = world().await;
    let mut last = String::new();
    for number in 0..LINKS_PER_LEVEL_MAX {
        last = put(&world, &maker, link("gs1:relatedImage", &format!("{HREF}/{number}"), &json!({}))).await;
    }
    let more = Uuid::now_v7().to_string();
    let full = put_as(&world, &maker, &more, link("gs1:epil", HREF, &json!({}))).await.expect(409);
    assert_eq!(full.problem(), "too_many_links");
    put_as(&world, &maker, &last, link("gs1:epil", HREF, &json!({}))).await.expect(200);
    put(&world, &maker, link("gs1:epil", HREF, &json!({"qualifiers": "10/L"}))).await;

    let other = "09780345418913";
    let product = json!({"gtin": other, "name_en": "Other", "kind": "food"});
    world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(201);
    let path = format!("/api/v1/products/{other}/links/{last}");
    let taken = world.call("PUT", &path, Some(&maker), Some(link("gs1:epil", HREF, &json!({})))).await.expect(409);
    assert_eq!(taken.problem(), "id_taken");
    world.call("DELETE", &path, Some(&maker), None).await.expect(404);
}

#[tokio::test]
async fn a_browser_gets_the_page_of_a_pack_at_once_and_in_its_language() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:pip", HREF, &json!({"default_link": true}))).await;
    let path = format!("/01/{GTIN}/10/L/21/S");
    // Nobody has issued this serial: the page says so with its own status, whatever the product links to.
    let page = send(&world, "GET", &path, &[("accept", BROWSER), ("accept-language", "zh-CN")]).await.expect(404);
    let html = String::from_utf8(page.body).expect("UTF-8");
    assert!(html.contains("lang=\"zh-CN\"") && !html.contains(HREF));
    let none = send(&world, "GET", &path, &[]).await.expect(404);
    assert!(none.headers["content-type"].to_str().expect("ASCII").starts_with("text/html"), "no header: as a browser");
    let variant = send(&world, "GET", &format!("/01/{GTIN}/22/2A/10/L/21/S"), &[("accept", BROWSER)]).await;
    assert_eq!(location(variant), format!("{BASE}/scan/pack?code=%2F01%2F{GTIN}%2F10%2FL%2F21%2FS"));
}

#[tokio::test]
async fn the_list_of_links_is_a_page_for_people() {
    let (world, maker) = world().await;
    let odd = json!({"title": "Leaflet <b>&", "qualifiers": "10/L"});
    put(&world, &maker, link("gs1:epil", HREF, &odd)).await;
    let target = location(send(&world, "GET", &format!("/01/{GTIN}/10/L"), &[("accept", BROWSER)]).await);
    let here = target.strip_prefix(BASE).expect("a page of this server");
    let page = send(&world, "GET", here, &[("accept", BROWSER), ("accept-language", "en")]).await.expect(200);
    let html = String::from_utf8(page.body).expect("UTF-8");
    assert!(html.contains("Paracetamol") && html.contains(HREF), "{html}");
    assert!(html.contains("Leaflet &lt;b&gt;&amp;") && !html.contains("<b>&"), "a title is text: {html}");
    let zh = send(&world, "GET", &format!("{here}&lang=zh"), &[("accept", BROWSER)]).await.expect(200);
    assert!(String::from_utf8(zh.body).expect("UTF-8").contains("相关链接"));
    let unknown = send(&world, "GET", "/01/09506000134352", &[("accept", BROWSER)]).await.expect(404);
    assert!(unknown.headers["content-type"].to_str().expect("ASCII").starts_with("text/html"));
    send(&world, "GET", "/scan/links?code=nonsense", &[("accept", BROWSER)]).await.expect(400);
    send(&world, "GET", "/scan/links", &[("accept", BROWSER)]).await.expect(400);
}
