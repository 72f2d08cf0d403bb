//! GS1's criteria for a conformant resolver 1.0, one test each, named by its id. What each says stands in `docs/resolver.md`.

use super::{BASE, BROWSER, GTIN, LINKSET, ask, link, link_headers, location, put, send, voc, world};
use crate::testing::World;
use axum::http::header;
use serde_json::{Value, json};
use tracelight_testkit::data::shared_data;

/// A compressed link of the standard's, and the product in it; the serial is 12345.
const COMPRESSED: &str = "/DBHKVAdpQgowOQ";
const COMPRESSED_GTIN: &str = "09780345418913";

const PIP: &str = "https://maker.example.com/product";

async fn linkset(world: &World, path: &str) -> Value {
    let reply = send(world, "GET", path, &[("accept", LINKSET)]).await.expect(200);
    assert_eq!(reply.headers[header::CONTENT_TYPE], LINKSET);
    let json = reply.json();
    if let Some(faults) = super::schema::faults(&json) {
        assert_eq!(faults, Vec::<String>::new(), "{json}");
    }
    json
}

fn entries(linkset: &Value) -> &Vec<Value> {
    linkset["linkset"].as_array().expect("a list")
}

/// Every link of a linkset: type, and what is said of it.
fn all_links(linkset: &Value) -> Vec<(String, Value)> {
    let of_entry = |entry: &Value| {
        let members = entry.as_object().expect("an entry").clone();
        let types = members.into_iter().filter(|(name, _)| name.starts_with("https://"));
        types.flat_map(|(name, links)| {
            links.as_array().expect("links").clone().into_iter().map(move |l| (name.clone(), l))
        })
    };
    entries(linkset).iter().flat_map(|entry| of_entry(entry).collect::<Vec<_>>()).collect()
}

#[test]
fn every_criterion_has_its_test_and_its_line() {
    let Some(path) = shared_data("gs1-resolver/criteria.json") else { return };
    let criteria: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    let (tests, table) = (include_str!("criteria.rs"), include_str!("../../../../docs/resolver.md"));
    let criteria = criteria["criteria"].as_array().expect("a list");
    assert_eq!(criteria.iter().filter(|criterion| criterion["level"] == "SHALL").count(), 31);
    for criterion in criteria {
        let id = criterion["id"].as_str().expect("an id");
        assert!(tests.contains(&format!("async fn {}_", id.to_lowercase())), "{id} has no test");
        assert!(table.contains(&format!("| {id} |")), "{id} has no line in docs/resolver.md");
    }
}

#[tokio::test]
async fn r01_all_qualifiers_of_the_key_are_supported() {
    let (world, maker) = world().await;
    for (qualifiers, href) in [("22/2A", "variant"), ("10/L1", "lot"), ("21/S1", "serial"), ("235/TPX", "third-party")]
    {
        let href = format!("https://maker.example.com/{href}");
        put(&world, &maker, link("gs1:instructions", &href, &json!({"qualifiers": qualifiers}))).await;
        let found = location(ask(&world, &format!("/01/{GTIN}/{qualifiers}?linkType=gs1:instructions")).await);
        assert!(found.starts_with(&href), "{qualifiers}: {found}");
    }
    let all = location(ask(&world, &format!("/01/{GTIN}/22/2A/10/L1/21/S1?linkType=gs1:instructions")).await);
    assert!(all.starts_with("https://maker.example.com/variant"), "the level above that has one: {all}");
}

#[tokio::test]
async fn r02_get_head_and_options_are_answered() {
    let (world, _) = world().await;
    for path in [format!("/01/{GTIN}"), format!("/01/{GTIN}/10/L/21/S"), format!("/01/{GTIN}/22/2A")] {
        ask(&world, &path).await.expect(307);
        let head = send(&world, "HEAD", &path, &[("accept", "*/*")]).await.expect(307);
        assert!(head.body.is_empty() && head.headers.contains_key(header::LOCATION), "{path}");
        let listed = send(&world, "HEAD", &path, &[("accept", LINKSET)]).await.expect(200);
        assert!(listed.body.is_empty(), "{path}");
        let options = send(&world, "OPTIONS", &path, &[]).await.expect(204);
        assert_eq!(options.headers[header::ALLOW], "GET, HEAD, OPTIONS", "{path}");
    }
    let other = send(&world, "DELETE", &format!("/01/{GTIN}/22/2A"), &[]).await.expect(405);
    assert_eq!(other.headers[header::ALLOW], "GET, HEAD, OPTIONS");
}

#[tokio::test]
async fn r03_a_resolver_under_https_stays_there() {
    let (world, _) = world().await;
    let reply = ask(&world, &format!("/01/{GTIN}")).await;
    assert!(reply.headers[header::STRICT_TRANSPORT_SECURITY].to_str().expect("ASCII").contains("max-age"));
    assert!(location(reply).starts_with("https://"));
    let linkset = linkset(&world, &format!("/01/{GTIN}/10/L/21/S")).await;
    for (kind, link) in all_links(&linkset) {
        assert!(link["href"].as_str().expect("a target").starts_with("https://"), "{kind} {link}");
    }
}

#[tokio::test]
async fn r04_other_sites_may_read_the_answers() {
    let (world, _) = world().await;
    for (path, accept, status) in [
        (format!("/01/{GTIN}"), "*/*", 307),
        (format!("/01/{GTIN}/21/S"), LINKSET, 200),
        ("/01/06901234567893".to_owned(), "*/*", 400),
        (format!("/01/{GTIN}?linkType=gs1:smpc"), "*/*", 404),
        ("/.well-known/gs1resolver".to_owned(), "application/json", 200),
    ] {
        let reply = send(&world, "GET", &path, &[("accept", accept), ("origin", "https://other.example")]).await;
        let reply = reply.expect(status);
        assert_eq!(reply.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{path}");
        assert!(reply.headers[header::ACCESS_CONTROL_EXPOSE_HEADERS].to_str().expect("ASCII").contains("Link"));
        let asked = [("origin", "https://other.example"), ("access-control-request-method", "GET")];
        let preflight = send(&world, "OPTIONS", &path, &asked).await.expect(204);
        assert_eq!(preflight.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{path}");
        assert!(preflight.headers[header::ACCESS_CONTROL_ALLOW_METHODS].to_str().expect("ASCII").contains("HEAD"));
    }
}

#[tokio::test]
async fn r05_a_malformed_uri_is_400() {
    let (world, _) = world().await;
    for path in [
        "/01/06901234567893".to_owned(),
        "/01/6901234567892".to_owned(),
        format!("/01/{GTIN}/21/S/10/L"),
        format!("/01/{GTIN}/21/123456789012345678901"),
        format!("/01/{GTIN}/21/S%23%00"),
        format!("/01/{GTIN}?9999=x"),
        format!("/01/{GTIN}?10=L"),
        "/02/06901234567892".to_owned(),
    ] {
        let reply = ask(&world, &path).await.expect(400);
        assert!(matches!(reply.problem().as_str(), "malformed_link"), "{path}: {}", reply.problem());
        let page = send(&world, "GET", &path, &[("accept", BROWSER)]).await.expect(400);
        assert!(page.headers[header::CONTENT_TYPE].to_str().expect("ASCII").starts_with("text/html"), "{path}");
    }
}

#[tokio::test]
async fn r06_no_fault_hides_behind_200() {
    let (world, _) = world().await;
    for (path, status) in [
        ("/01/09506000134352".to_owned(), 404),
        ("/01/09506000134352/10/L".to_owned(), 404),
        ("/01/09506000134352/21/S".to_owned(), 404),
        ("/00/106141412345678908".to_owned(), 404),
        (format!("/01/{GTIN}?linkType=gs1:smpc"), 404),
        ("/01/0".to_owned(), 400),
    ] {
        for accept in ["*/*", BROWSER, LINKSET] {
            let reply = send(&world, "GET", &path, &[("accept", accept)]).await;
            assert_eq!(reply.status.as_u16(), status, "{path} {accept}");
        }
    }
    world.state.store.clone().close().await.expect("the database closes");
    ask(&world, &format!("/01/{GTIN}")).await.expect(503);
}

/// A server with the product of [`COMPRESSED`].
async fn compressed() -> World {
    let (world, maker) = world().await;
    let product = json!({"gtin": COMPRESSED_GTIN, "name_en": "Compressed", "kind": "food"});
    let made = world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await;
    assert!(made.status.is_success(), "{}", String::from_utf8_lossy(&made.body));
    world
}

#[tokio::test]
async fn r07_a_compressed_uri_is_read() {
    let world = compressed().await;
    let linkset = linkset(&world, COMPRESSED).await;
    assert_eq!(entries(&linkset)[0]["anchor"], format!("{BASE}/01/{COMPRESSED_GTIN}/21/12345"));
    ask(&world, "/no-such-page").await.expect(404);
}

#[tokio::test]
async fn r08_a_compressed_uri_is_not_led_to_its_uncompressed_form() {
    let world = compressed().await;
    for accept in ["*/*", BROWSER] {
        let reply = send(&world, "GET", COMPRESSED, &[("accept", accept)]).await;
        let target = location(reply);
        assert!(!target.starts_with(&format!("{BASE}/01/")), "{target}");
    }
}

#[tokio::test]
async fn r09_the_uncompressed_uri_is_told() {
    let world = compressed().await;
    for accept in ["*/*", LINKSET] {
        let reply = send(&world, "GET", COMPRESSED, &[("accept", accept)]).await;
        let expected = format!("<{BASE}/01/{COMPRESSED_GTIN}/21/12345>; rel=\"owl:sameAs\"");
        assert!(link_headers(&reply.headers).contains(&expected), "{:?}", link_headers(&reply.headers));
    }
    let plain = ask(&world, &format!("/01/{GTIN}")).await;
    assert!(!link_headers(&plain.headers).iter().any(|link| link.contains("sameAs")), "it came uncompressed");
}

#[tokio::test]
async fn r10_the_linkset_is_given_for_its_type_and_for_its_media_type() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:epil", "https://maker.example.com/leaflet", &json!({}))).await;
    for path in [format!("/01/{GTIN}"), format!("/01/{GTIN}/10/L/21/S")] {
        let by_header = linkset(&world, &path).await;
        for accept in ["*/*", BROWSER, "text/html"] {
            let reply =
                send(&world, "GET", &format!("{path}?linkType=linkset"), &[("accept", accept)]).await.expect(200);
            assert_eq!(reply.headers[header::CONTENT_TYPE], LINKSET);
            assert_eq!(reply.json(), by_header);
        }
        let all = ask(&world, &format!("{path}?linkType=all")).await.expect(200);
        assert_eq!(all.json(), by_header);
        let json = send(&world, "GET", &path, &[("accept", "application/json")]).await.expect(200);
        assert_eq!(json.headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(json.json(), by_header);
        let page = send(&world, "GET", &format!("{path}?linkType=all"), &[("accept", BROWSER)]).await.expect(200);
        let html = String::from_utf8(page.body).expect("UTF-8");
        assert!(html.contains("https://maker.example.com/leaflet") && html.contains("</html>"), "{html}");
    }
}

#[tokio::test]
async fn r11_the_links_of_every_level_are_in_the_linkset() {
    let (world, maker) = world().await;
    for (qualifiers, name) in [("", "product"), ("22/2A", "variant"), ("22/2A/10/L", "lot"), ("10/L", "other")] {
        let href = format!("https://maker.example.com/{name}");
        put(&world, &maker, link("gs1:safetyInfo", &href, &json!({"qualifiers": qualifiers}))).await;
    }
    let linkset = linkset(&world, &format!("/01/{GTIN}/22/2A/10/L/21/S")).await;
    let anchors: Vec<&str> = entries(&linkset).iter().filter_map(|entry| entry["anchor"].as_str()).collect();
    let expected = ["/22/2A/10/L/21/S", "/22/2A/10/L", "/22/2A", ""].map(|level| format!("{BASE}/01/{GTIN}{level}"));
    assert_eq!(anchors, expected);
    let kinds = all_links(&linkset);
    let found: Vec<&str> =
        kinds.iter().filter(|(kind, _)| *kind == voc("safetyInfo")).filter_map(|(_, l)| l["href"].as_str()).collect();
    let expected = ["lot", "variant", "product"].map(|name| format!("https://maker.example.com/{name}"));
    assert_eq!(found, expected, "`/10/L` alone is no level of this identifier");
}

#[tokio::test]
async fn r12_the_subject_is_the_uncompressed_uri() {
    let world = compressed().await;
    let linkset = linkset(&world, COMPRESSED).await;
    for entry in entries(&linkset) {
        let anchor = entry["anchor"].as_str().expect("an anchor");
        assert!(anchor.starts_with(&format!("{BASE}/01/{COMPRESSED_GTIN}")), "{anchor}");
    }
}

#[tokio::test]
async fn r13_each_link_has_target_type_title_and_language() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:epil", "https://maker.example.com/leaflet", &json!({"hreflang": ["en", "zh-CN"]})))
        .await;
    let linkset = linkset(&world, &format!("/01/{GTIN}/10/L/21/S")).await;
    let links = all_links(&linkset);
    assert!(links.len() >= 6, "{linkset}");
    for (kind, link) in &links {
        assert!(kind.starts_with("https://gs1.org/voc/") && link["href"].is_string(), "{kind} {link}");
        assert!(link["title"].as_str().is_some_and(|title| !title.is_empty()), "{kind} {link}");
    }
    let epil = links.iter().find(|(kind, _)| *kind == voc("epil")).expect("the leaflet");
    assert_eq!(epil.1["hreflang"], json!(["en", "zh-CN"]));
}

#[tokio::test]
async fn r14_a_media_type_is_one_of_ianas() {
    let (world, maker) = world().await;
    let id = uuid::Uuid::now_v7().to_string();
    for wrong in ["text/leaflet", "pdf", "application/pdf; x=y", ""] {
        let refused = link("gs1:epil", PIP, &json!({"media_type": wrong}));
        super::put_as(&world, &maker, &id, refused).await.expect(400);
    }
    put(&world, &maker, link("gs1:epil", PIP, &json!({"media_type": "Application/PDF"}))).await;
    let linkset = linkset(&world, &format!("/01/{GTIN}")).await;
    let links = all_links(&linkset);
    let epil = links.iter().find(|(kind, _)| *kind == voc("epil")).expect("the leaflet");
    assert_eq!(epil.1["type"], "application/pdf", "in its registered form");
}

/// Every default is described under a type that says what it is.
fn defaults_are_described(linkset: &Value) {
    let links = all_links(linkset);
    let default = [voc("defaultLink"), voc("defaultLinkMulti")];
    let mut seen = 0;
    for (kind, link) in links.iter().filter(|(kind, _)| default.contains(kind)) {
        let described = links.iter().any(|(other, l)| !default.contains(other) && l["href"] == link["href"]);
        assert!(described, "{kind} {link}");
        seen += 1;
    }
    assert!(seen > 0, "{linkset}");
}

#[tokio::test]
async fn r15_a_default_link_has_a_descriptive_type_too() {
    let (world, maker) = world().await;
    defaults_are_described(&linkset(&world, &format!("/01/{GTIN}")).await);
    for (language, href) in [("en", PIP), ("zh", "https://maker.example.com/zh")] {
        let more = json!({"default_link": language == "en", "hreflang": [language]});
        put(&world, &maker, link("gs1:pip", href, &more)).await;
    }
    let linkset = linkset(&world, &format!("/01/{GTIN}/10/L")).await;
    defaults_are_described(&linkset);
    assert_eq!(entries(&linkset)[1][voc("defaultLinkMulti")].as_array().map(Vec::len), Some(2), "{linkset}");
    let id = uuid::Uuid::now_v7().to_string();
    for kind in ["gs1:defaultLink", "gs1:defaultLinkMulti"] {
        super::put_as(&world, &maker, &id, link(kind, PIP, &json!({}))).await.expect(400);
    }
}

#[tokio::test]
async fn r16_the_context_is_told_with_the_linkset() {
    let (world, _) = world().await;
    let reply = send(&world, "GET", &format!("/01/{GTIN}"), &[("accept", LINKSET)]).await;
    let links = link_headers(&reply.headers);
    let context =
        links.iter().find(|link| link.contains("rel=\"http://www.w3.org/ns/json-ld#context\"")).expect("it is told");
    let path = context.trim_start_matches(&format!("<{BASE}")).split('>').next().expect("a path");
    let file = ask(&world, path).await.expect(200);
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/ld+json");
    assert_eq!(file.json()["@context"]["anchor"], "@id");
}

#[tokio::test]
async fn r17_there_is_one_default_without_attributes() {
    let (world, maker) = world().await;
    for name in ["first", "second"] {
        let more = json!({"default_link": true, "hreflang": ["en"], "media_type": "text/html", "context": ["CN"]});
        put(&world, &maker, link("gs1:pip", &format!("https://maker.example.com/{name}"), &more)).await;
    }
    let linkset = linkset(&world, &format!("/01/{GTIN}/10/L/21/S")).await;
    for entry in entries(&linkset) {
        let defaults = entry[voc("defaultLink")].as_array().expect("a default");
        assert_eq!(defaults.len(), 1, "{entry}");
        let names: Vec<&String> = defaults[0].as_object().expect("a link").keys().collect();
        assert_eq!(names, ["href", "title"], "{entry}");
    }
    let product = entries(&linkset).last().expect("the product");
    assert_eq!(product[voc("defaultLink")][0]["href"], "https://maker.example.com/second", "the newer one took it");
}

#[tokio::test]
async fn r18_a_request_is_led_to_the_default_unless_it_says_more() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:pip", PIP, &json!({"default_link": true, "hreflang": ["en"]}))).await;
    put(&world, &maker, link("gs1:pip", "https://maker.example.com/zh", &json!({"hreflang": ["zh-CN"]}))).await;
    let (path, pack) = (format!("/01/{GTIN}/10/L"), format!("/01/{GTIN}/10/L/21/S"));
    assert_eq!(location(ask(&world, &path).await), PIP);
    let zh = send(&world, "GET", &path, &[("accept", BROWSER), ("accept-language", "zh-CN,zh;q=0.9,en;q=0.5")]).await;
    assert_eq!(location(zh), "https://maker.example.com/zh", "the language is a better match");
    let fr = send(&world, "GET", &path, &[("accept", BROWSER), ("accept-language", "fr")]).await;
    assert_eq!(location(fr), PIP, "none fits better");
    // A pack is led to the page with its verdict, and a browser is given it.
    let target = location(ask(&world, &pack).await);
    let page = target.strip_prefix(BASE).expect("a page of this server").to_owned();
    assert!(page.starts_with("/scan/pack?code="), "{page}");
    let there = send(&world, "GET", &page, &[("accept", BROWSER), ("accept-language", "en")]).await;
    let here = send(&world, "GET", &pack, &[("accept", BROWSER), ("accept-language", "en")]).await;
    assert_eq!(there.status, here.status);
    let heading = |reply: &crate::testing::Reply| {
        let html = String::from_utf8(reply.body.clone()).expect("UTF-8");
        html.split("<h1").nth(1).and_then(|rest| rest.split("</h1>").next()).expect("a heading").to_owned()
    };
    assert_eq!(heading(&there), heading(&here));
}

#[tokio::test]
async fn r19_there_is_a_default_for_every_granularity() {
    let (world, maker) = world().await;
    let paths =
        ["", "/22/2A", "/10/L", "/22/2A/10/L", "/235/TPX", "/21/S", "/10/L/21/S"].map(|q| format!("/01/{GTIN}{q}"));
    for path in &paths {
        let target = location(ask(&world, path).await);
        let served = target.strip_prefix(BASE).expect("this server's own");
        let shown = send(&world, "GET", served, &[("accept", BROWSER)]).await;
        assert!(!path.contains("/21/") && shown.status == 200 || path.contains("/21/"), "{path}: {}", shown.status);
    }
    put(&world, &maker, link("gs1:pip", PIP, &json!({"default_link": true}))).await;
    for path in &paths {
        let target = location(ask(&world, path).await);
        assert_eq!(target == PIP, !path.contains("/21/"), "{path}: {target}");
    }
}

#[tokio::test]
async fn r20_a_request_is_led_to_the_type_it_asks_for() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:epil", "https://maker.example.com/leaflet", &json!({"forward_query": false}))).await;
    for path in [format!("/01/{GTIN}"), format!("/01/{GTIN}/10/L"), format!("/01/{GTIN}/10/L/21/S")] {
        for accept in ["*/*", BROWSER] {
            let reply = send(&world, "GET", &format!("{path}?linkType=gs1:epil"), &[("accept", accept)]).await;
            assert_eq!(location(reply), "https://maker.example.com/leaflet", "{path}");
        }
    }
    let default = ask(&world, &format!("/01/{GTIN}?linkType=gs1:defaultLink")).await;
    assert!(location(default).starts_with(BASE), "the default can be asked for by name");
}

#[tokio::test]
async fn r21_a_type_that_is_not_there_is_404() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:pip", PIP, &json!({"default_link": true}))).await;
    put(&world, &maker, link("gs1:epil", PIP, &json!({"qualifiers": "10/L"}))).await;
    for asked in ["gs1:smpc", "gs1:epil", "gs1:noSuchType", "example:pip", ""] {
        for accept in ["*/*", BROWSER] {
            let path = format!("/01/{GTIN}?linkType={asked}");
            send(&world, "GET", &path, &[("accept", accept)]).await.expect(404);
        }
    }
}

#[tokio::test]
async fn r22_the_whole_query_is_passed_on() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:pip", "https://maker.example.com/p?a=1#top", &json!({"default_link": true}))).await;
    let target = location(ask(&world, &format!("/01/{GTIN}?17=281031&x=%E4%B8%AD&y")).await);
    assert_eq!(target, "https://maker.example.com/p?a=1&17=281031&x=%E4%B8%AD&y#top");
    let pack = location(ask(&world, &format!("/01/{GTIN}/21/S?utm=shelf")).await);
    assert!(pack.starts_with(BASE) && pack.ends_with("&utm=shelf"), "{pack}");
}

#[tokio::test]
async fn r23_language_media_type_and_context_choose_among_links_of_a_type() {
    let (world, maker) = world().await;
    for (name, more) in [
        ("en", json!({"hreflang": ["en"], "media_type": "text/html"})),
        ("en.pdf", json!({"hreflang": ["en"], "media_type": "application/pdf"})),
        ("zh", json!({"hreflang": ["zh-CN"], "media_type": "text/html"})),
        ("us", json!({"hreflang": ["en"], "media_type": "text/html", "context": ["US"]})),
    ] {
        put(&world, &maker, link("gs1:epil", &format!("https://maker.example.com/{name}"), &more)).await;
    }
    for (query, accept, language, expected) in [
        ("", "text/html", "en", "en"),
        ("", "application/pdf", "en", "en.pdf"),
        ("", BROWSER, "zh", "zh"),
        ("", BROWSER, "de, zh;q=0.2", "zh"),
        ("&context=us", BROWSER, "en", "us"),
    ] {
        let path = format!("/01/{GTIN}?linkType=gs1:epil{query}");
        let target = location(send(&world, "GET", &path, &[("accept", accept), ("accept-language", language)]).await);
        assert_eq!(
            target.split('?').next(),
            Some(format!("https://maker.example.com/{expected}").as_str()),
            "{query} {accept} {language}"
        );
    }
    let path = format!("/01/{GTIN}?linkType=gs1:epil");
    let several = send(&world, "GET", &path, &[("accept", "*/*"), ("accept-language", "en")]).await.expect(300);
    assert_eq!(all_links(&several.json()).len(), 2, "{}", several.json());
}

async fn description(world: &World) -> Value {
    let reply = ask(world, "/.well-known/gs1resolver").await.expect(200);
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/json");
    reply.json()
}

#[tokio::test]
async fn r24_the_resolver_describes_itself() {
    let (world, _) = world().await;
    let description = description(&world).await;
    assert_eq!(description["resolverRoot"], BASE);
    assert_eq!(description["linkTypeDefaultCanBeLinkset"], false);
}

#[tokio::test]
async fn r25_the_description_lists_the_keys() {
    let (world, _) = world().await;
    assert_eq!(description(&world).await["supportedPrimaryKeys"], json!(["01"]));
    ask(&world, "/414/6901234000016").await.expect(404);
}

#[tokio::test]
async fn r26_the_description_names_the_context() {
    let (world, _) = world().await;
    let at = description(&world).await["jsonLdContextLocation"].as_str().expect("a place").to_owned();
    let file = ask(&world, at.strip_prefix(BASE).expect("of this server")).await.expect(200);
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/ld+json");
}

/// Nothing is passed on by company prefix, so no answer may say that it was.
async fn nothing_is_handled_by_another(world: &World, maker: &str) {
    let id = uuid::Uuid::now_v7().to_string();
    super::put_as(world, maker, &id, link("gs1:handledBy", PIP, &json!({}))).await.expect(400);
    // Another product of the same company, and one of another company.
    for path in ["/01/06901234567885".to_owned(), "/01/09506000134352".to_owned()] {
        let reply = ask(world, &path).await.expect(404);
        assert!(!reply.headers.contains_key(header::LOCATION), "{path}");
    }
    let reply = ask(world, &format!("/01/{GTIN}")).await;
    assert!(!link_headers(&reply.headers).iter().any(|link| link.contains("handledBy")));
    assert!(link_headers(&reply.headers).iter().any(|link| link.contains("rel=\"linkset\"")));
}

#[tokio::test]
async fn r27_no_redirection_by_company_prefix() {
    let (world, maker) = world().await;
    nothing_is_handled_by_another(&world, &maker).await;
}

async fn a_slash_at_the_end_is_tolerated(world: &World, path: &str) {
    let (with, without) = (location(ask(world, &format!("{path}/")).await), location(ask(world, path).await));
    assert_eq!(with, without);
    let browser = send(world, "GET", &format!("{path}/"), &[("accept", BROWSER)]).await;
    assert!(browser.status == 307, "{}", browser.status);
}

#[tokio::test]
async fn r28_a_slash_at_the_end_does_not_fail() {
    let (world, _) = world().await;
    a_slash_at_the_end_is_tolerated(&world, &format!("/01/{GTIN}")).await;
}

#[tokio::test]
async fn r29_the_linkset_is_told_with_every_answer() {
    let (world, _) = world().await;
    for (path, accept) in [
        (format!("/01/{GTIN}"), "*/*"),
        (format!("/01/{GTIN}/10/L/21/S%2F1"), "*/*"),
        (format!("/01/{GTIN}/10/L/21/S%2F1"), BROWSER),
        (format!("/01/{GTIN}"), LINKSET),
    ] {
        let reply = send(&world, "GET", &path, &[("accept", accept)]).await;
        let expected = format!("<{BASE}{path}?linkType=linkset>; rel=\"linkset\"; type=\"{LINKSET}\"");
        assert!(
            link_headers(&reply.headers).contains(&expected),
            "{path} {accept}: {:?}",
            link_headers(&reply.headers)
        );
    }
}

#[tokio::test]
async fn r30_one_link_is_the_default_of_any_uri() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:pip", PIP, &json!({"default_link": true, "qualifiers": "10/L"}))).await;
    for (path, expected) in [
        (format!("/01/{GTIN}"), "/scan/links"),
        (format!("/01/{GTIN}/10/L"), "https://maker.example.com/product"),
        (format!("/01/{GTIN}/10/M"), "/scan/links"),
        (format!("/01/{GTIN}/10/L/21/S"), "/scan/pack"),
    ] {
        let linkset = linkset(&world, &path).await;
        let told = entries(&linkset)[0][voc("defaultLink")].as_array().expect("a default").clone();
        assert_eq!(told.len(), 1);
        let target = location(ask(&world, &path).await);
        assert_eq!(told[0]["href"], target, "what is told is what is done");
        assert!(target.contains(expected), "{path}: {target}");
    }
}

#[tokio::test]
async fn r31_no_link_without_target_type_and_title() {
    let (world, maker) = world().await;
    let id = uuid::Uuid::now_v7().to_string();
    for wrong in [
        json!({"link_type": "gs1:pip", "href": PIP}),
        json!({"link_type": "gs1:pip", "title": "t"}),
        json!({"href": PIP, "title": "t"}),
        json!({"link_type": "gs1:pip", "href": PIP, "title": " "}),
        json!({"link_type": "gs1:pip", "href": "", "title": "t"}),
    ] {
        super::put_as(&world, &maker, &id, wrong).await.expect(400);
    }
    put(&world, &maker, link("gs1:pip", PIP, &json!({}))).await;
    for (kind, link) in all_links(&linkset(&world, &format!("/01/{GTIN}/10/L/21/S")).await) {
        assert!(link["href"].is_string() && link["title"].is_string(), "{kind} {link}");
    }
}

#[tokio::test]
async fn r32_the_default_gives_way_to_a_better_match_only() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:pip", PIP, &json!({"default_link": true, "hreflang": ["en"]}))).await;
    put(&world, &maker, link("gs1:faqs", "https://maker.example.com/zh", &json!({"hreflang": ["zh"]}))).await;
    let path = format!("/01/{GTIN}");
    for (query, language, expected) in
        [("", "en", PIP), ("", "zh", PIP), ("?linkType=gs1:faqs", "en", "https://maker.example.com/zh")]
    {
        let reply =
            send(&world, "GET", &format!("{path}{query}"), &[("accept", "*/*"), ("accept-language", language)]).await;
        assert_eq!(location(reply).split('?').next(), Some(expected), "{query} {language}");
    }
}

#[tokio::test]
async fn r33_each_form_of_a_type_is_led_to_its_link() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:traceability", "https://maker.example.com/trace", &json!({"qualifiers": "10/L"})))
        .await;
    for asked in ["gs1:traceability", "gs1%3Atraceability", "https://gs1.org/voc/traceability", "traceability"] {
        let target = location(ask(&world, &format!("/01/{GTIN}/10/L/21/S?linkType={asked}")).await);
        assert!(target.starts_with("https://maker.example.com/trace"), "{asked}: {target}");
    }
    // Where the maker has none, the server's own.
    let own = location(ask(&world, &format!("/01/{GTIN}/21/S?linkType=gs1:traceability")).await);
    assert!(own.starts_with(&format!("{BASE}/scan/pack?code=")), "{own}");
    let partners = format!("/01/{GTIN}/10/L/21/S?linkType=verificationService&context=dscsaSaleableReturn&exp=281031");
    let partners = location(ask(&world, &partners).await);
    assert!(partners.starts_with(&format!("{BASE}/vrs/verify/gtin/{GTIN}/lot/L/ser/S?")), "{partners}");
    assert!(partners.ends_with("exp=281031"), "{partners}");
}

#[tokio::test]
async fn r34_the_query_is_passed_on_by_default() {
    let (world, maker) = world().await;
    put(&world, &maker, link("gs1:pip", "https://maker.example.com/p", &json!({}))).await;
    put(&world, &maker, link("gs1:faqs", "https://maker.example.com/f", &json!({"forward_query": false}))).await;
    let path = format!("/01/{GTIN}?a=b&linkType=gs1:");
    assert_eq!(location(ask(&world, &format!("{path}pip")).await), "https://maker.example.com/p?a=b&linkType=gs1:pip");
    assert_eq!(
        location(ask(&world, &format!("{path}faqs")).await),
        "https://maker.example.com/f",
        "its maker asked for none"
    );
    let links = all_links(&linkset(&world, &format!("/01/{GTIN}")).await);
    let faqs = links.iter().find(|(kind, _)| *kind == voc("faqs")).expect("it is listed");
    assert_eq!(faqs.1["fwqs"], false);
}

#[tokio::test]
async fn r35_the_description_is_at_its_place() {
    let (world, _) = world().await;
    let head = send(&world, "HEAD", "/.well-known/gs1resolver", &[]).await.expect(200);
    assert_eq!(head.headers[header::CONTENT_TYPE], "application/json");
    assert!(description(&world).await["name"].as_str().is_some_and(|name| name.contains("id.example.com")));
}

#[tokio::test]
async fn r36_link_types_are_gs1s() {
    let (world, maker) = world().await;
    let id = uuid::Uuid::now_v7().to_string();
    for wrong in ["schema:url", "https://example.com/voc/pip", "gs1:Pip", "gs1:leaflet", "pip "] {
        super::put_as(&world, &maker, &id, link(wrong, PIP, &json!({}))).await.expect(400);
    }
    for good in ["gs1:smpc", "https://ref.gs1.org/voc/epil"] {
        put(&world, &maker, link(good, PIP, &json!({}))).await;
    }
    let namespaces = description(&world).await["supportedLinkType"].clone();
    assert_eq!(namespaces, json!([{"namespace": "https://gs1.org/voc/", "prefix": "gs1:"}]));
    for (kind, _) in all_links(&linkset(&world, &format!("/01/{GTIN}/10/L/21/S")).await) {
        assert!(kind.starts_with("https://gs1.org/voc/"), "{kind}");
    }
}

#[tokio::test]
async fn r37_nothing_is_handled_by_somebody_else() {
    let (world, maker) = world().await;
    nothing_is_handled_by_another(&world, &maker).await;
}

#[tokio::test]
async fn r38_a_slash_behind_a_pack_does_not_fail() {
    let (world, _) = world().await;
    a_slash_at_the_end_is_tolerated(&world, &format!("/01/{GTIN}/10/L/21/S")).await;
}
