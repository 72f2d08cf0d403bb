//! Public recall notices through the router, on both databases: what a file would change, what it changes, the list, its matches and
//! their hints beside products, and that none of it recalls anything.

use crate::testing::{Reply, World, story};
use axum::http::Request;
use serde_json::{Value, json};
use tracelight_client::testing::MAKER;
use tracelight_domain::gs1::Gtin;
use tracelight_testkit::services::MariaDb;

const HEADER: &str = "Recall ID,Product ID,Recalling Firm,Product Description,Recall Class,Status,Report Date,Code Info,Reason For Recall\n";

fn ean(gtin: Gtin) -> String {
    gtin.to_string().trim_start_matches('0').to_owned()
}

fn later() -> Gtin {
    Gtin::build(0, "6901234", 80).expect("a GTIN of constants")
}

/// One notice that names a product and a lot of the maker, one of a product that nobody has registered yet, one record without its last
/// cells.
fn table(status: &str) -> String {
    let (own, other) = (ean(story::batch().gtin), ean(later()));
    format!(
        "{HEADER}9001,1,\"Acme, Inc.\",\"Amoxicillin capsules, UPC {own}\",I,{status},11/20/2026,\"Lot: A24K07, best by 11/04/2027\",Wrong strength\n\
         9001,2,\"Acme, Inc.\",\"Smoked cod, UPC {other}\",II,Ongoing,11/19/2026,All lots,Undeclared milk\n\
         9002,3,Other\n"
    )
}

async fn upload(world: &World, user: &str, name: &str, file: &[u8]) -> Reply {
    let session = world.sign_in(user).await;
    let (_, cookie) = session.split_once(": ").expect("a cookie");
    let request = Request::post(format!("/api/v1/recall-notices/imports?name={name}")).header("cookie", cookie);
    world.send(request.body(axum::body::Body::from(file.to_vec())).expect("a good request")).await
}

async fn get(world: &World, user: &str, path: &str) -> Reply {
    let session = world.sign_in(user).await;
    world.call("GET", &format!("/api/v1/recall-notices{path}"), Some(&session), None).await
}

async fn apply(world: &World, user: &str, import: &Value) -> Reply {
    let session = world.sign_in(user).await;
    let path = format!("/api/v1/recall-notices/imports/{}/apply", import["id"].as_str().expect("an id"));
    world.call("POST", &path, Some(&session), None).await
}

async fn keys(world: &World, query: &str) -> Vec<String> {
    let page = get(world, "maker", query).await.expect(200).json();
    let items = page["items"].as_array().expect("a list").clone();
    items.iter().map(|notice| notice["key"].as_str().expect("a key").to_owned()).collect()
}

/// New, same, changed.
fn counts(import: &Value) -> [u64; 3] {
    ["new", "same", "changed"].map(|name| import["found"][name].as_u64().expect("a number"))
}

async fn what_is_refused(world: &World) {
    assert_eq!(upload(world, "maker-viewer", "x", b"x").await.expect(403).problem(), "not_allowed");
    assert_eq!(upload(world, "carrier", "x", b"x").await.expect(403).problem(), "not_allowed");
    for bad in [&b""[..], b"hello", b"a,b\n1,2\n"] {
        let refused = upload(world, "maker", "x", bad).await.expect(400).json();
        assert_eq!(refused["field"], "file", "{refused}");
    }
    let large = vec![b' '; tracelight_api::rest::notice::NOTICE_FILE_BYTES_MAX + 1];
    upload(world, "maker", "x", &large).await.expect(413);
    for (query, field) in
        [("?cursor=x", "cursor"), ("?limit=0", "limit"), ("?gtin=1", "gtin"), ("?class=four", "class")]
    {
        assert_eq!(get(world, "maker", query).await.expect(400).json()["field"], field, "{query}");
    }
    world.call("GET", "/api/v1/recall-notices", None, None).await.expect(401);
    get(world, "pharmacy", "").await.expect(403);
}

async fn a_file_is_looked_at_first(world: &World) -> Value {
    let import = upload(world, "maker", "fda.csv", table("Ongoing").as_bytes()).await.expect(200).json();
    assert_eq!((&import["state"], &import["name"]), (&json!("checked"), &json!("fda.csv")));
    assert_eq!((counts(&import), &import["found"]["rows"]), ([2, 0, 0], &json!(3)));
    assert_eq!(import["found"]["matches"], json!({ "fact": 1, "likely": 0, "suggestion": 0 }), "{import}");
    let fault = &import["found"]["faults"][0];
    assert_eq!((&fault["row"], fault["message_zh"].as_str()), (&json!(4), Some("这一行有 3 列，表头有 9 列")));
    assert_eq!(keys(world, "").await, [] as [&str; 0], "nothing is changed yet");
    let path = format!("/imports/{}/errors.csv", import["id"].as_str().expect("an id"));
    for (language, head, words) in [("zh", "行", "表头有 9 列"), ("en", "row", "the header has 9")] {
        let reply = get(world, "maker", &format!("{path}?language={language}")).await.expect(200);
        let text = String::from_utf8(reply.body).expect("UTF-8");
        assert!(text.trim_start_matches('\u{feff}').starts_with(&format!("{head},")), "{text}");
        assert!(text.contains(words) && text.contains("\"9002,3,Other\""), "{text}");
    }
    assert_eq!(apply(world, "regulator", &import).await.expect(404).problem(), "not_found");
    assert_eq!(apply(world, "maker2", &import).await.expect(403).problem(), "not_allowed");
    import
}

async fn applying_twice_is_applying_once(world: &World, import: &Value) {
    let done = apply(world, "maker", import).await.expect(200).json();
    assert_eq!(done["state"], "applied");
    assert_eq!(keys(world, "").await, ["fda:9001/1", "fda:9001/2"], "newest first");
    apply(world, "maker", import).await.expect(200);
    let again = upload(world, "maker", "fda.csv", table("Ongoing").as_bytes()).await.expect(200).json();
    assert_eq!((&again["id"], counts(&again)), (&import["id"], [0, 2, 0]));
    apply(world, "maker", &again).await.expect(200);
    assert_eq!(keys(world, "").await.len(), 2);
    assert_eq!(
        get(world, "regulator", "").await.expect(200).json()["items"],
        json!([]),
        "a collection is its member's"
    );
}

async fn a_match_says_why_and_what_is_not_known(world: &World) {
    let page = get(world, "maker", "?strength=fact").await.expect(200).json();
    let notice = &page["items"][0];
    assert_eq!(
        (&notice["key"], &notice["class"], &notice["status"]),
        (&json!("fda:9001/1"), &json!("one"), &json!("ongoing"))
    );
    assert_eq!((&notice["reported"], &notice["firm"]), (&json!("2026-11-20"), &json!("Acme, Inc.")));
    let found = &notice["matches"][0];
    assert_eq!(found["gtin"], json!(story::batch().gtin.to_string()));
    assert_eq!((&found["strength"], &found["product_zh"]), (&json!("fact"), &json!("阿莫西林")));
    assert_eq!((&found["why"][0]["kind"], &found["lots_named"]), (&json!("gtin_stated"), &json!(["A24K07"])));
    let unknown = &page["items"][0]["matches"][0]["unknown"];
    assert!(
        unknown.is_array() && !unknown.as_array().is_some_and(|all| all.contains(&json!("own_lots_unknown"))),
        "{unknown}"
    );
    let hints = get(world, "maker", "/hints").await.expect(200).json();
    let own =
        json!({ "gtin": story::batch().gtin.to_string(), "notices": { "fact": 1, "likely": 0, "suggestion": 0 } });
    assert_eq!(hints["items"], json!([own]));
}

async fn the_list_is_searched(world: &World) {
    let own = story::batch().gtin;
    for (query, wanted) in [
        ("?search=cod".to_owned(), vec!["fda:9001/2"]),
        ("?search=ACME+milk".to_owned(), vec!["fda:9001/2"]),
        (format!("?search={}", ean(own)), vec!["fda:9001/1"]),
        ("?search=100%25".to_owned(), vec![]),
        ("?class=two".to_owned(), vec!["fda:9001/2"]),
        ("?status=completed".to_owned(), vec![]),
        (format!("?gtin={own}"), vec!["fda:9001/1"]),
        (format!("?gtin={}", later()), vec![]),
    ] {
        assert_eq!(keys(world, &query).await, wanted, "{query}");
    }
    let first = get(world, "maker", "?limit=1").await.expect(200).json();
    let next = crate::http::encoded(first["next"].as_str().expect("a second page"));
    let second = get(world, "maker", &format!("?limit=1&cursor={next}")).await.expect(200).json();
    assert_eq!((&second["items"][0]["key"], &second["next"]), (&json!("fda:9001/2"), &Value::Null));
}

async fn a_new_product_finds_its_notices(world: &World) {
    world.node.apply(MAKER, story::product(later()));
    let height = world.node.chain().height() - 1;
    world.projected(height).await;
    assert_eq!(keys(world, &format!("?gtin={}", later())).await, ["fda:9001/2"]);
    let page = get(world, "maker", "?search=cod").await.expect(200).json();
    let unknown = page["items"][0]["matches"][0]["unknown"].clone();
    assert!(unknown.as_array().is_some_and(|all| all.contains(&json!("own_lots_unknown"))), "{page}");
}

async fn the_pages(world: &World) {
    for (lang, title, fact, hint, unknown) in [
        ("en", "Recall notices", "The notice names this product", "Named by recall notices: 1", "What we do not know"),
        ("zh", "公开召回通告", "通告写明了这个产品", "1 条召回通告写明了它", "我们不知道的"),
    ] {
        let html = async |user: &str, path: &str| {
            let session = world.sign_in(user).await;
            let reply = world.call("GET", &format!("{path}lang={lang}"), Some(&session), None).await.expect(200);
            String::from_utf8(reply.body).expect("text")
        };
        let page = html("maker", "/console/notices?").await;
        let recall = format!("href=\"/console/recalls/new?gtin={}&amp;lot=A24K07\"", story::batch().gtin);
        for words in [title, fact, unknown, "Smoked cod", &recall, "method=\"post\""] {
            assert!(page.contains(words), "{words} in {page}");
        }
        let page = html("maker-viewer", "/console/notices?search=nothing-has-this&").await;
        assert!(!page.contains("method=\"post\"") && !page.contains("Smoked cod"), "{page}");
        let products = html("maker", "/console/products?").await;
        let link = format!("href=\"/console/notices?gtin={}\"", story::batch().gtin);
        assert!(products.contains(hint) && products.contains(&link), "{products}");
        let products = html("carrier", "/console/products?").await;
        assert!(!products.contains("/console/notices"), "{products}");
    }
}

async fn a_changed_notice_takes_the_place_of_the_old(world: &World) {
    let import = upload(world, "maker", "newer.csv", table("Terminated").as_bytes()).await.expect(200).json();
    assert_eq!(counts(&import), [0, 1, 1]);
    let change = &import["found"]["changes"][0];
    assert_eq!((&change["key"], &change["fields"][0]["field"]), (&json!("fda:9001/1"), &json!("status")));
    apply(world, "maker", &import).await.expect(200);
    assert_eq!(keys(world, "?status=terminated").await, ["fda:9001/1"]);
    let hints = get(world, "maker", "/hints").await.expect(200).json();
    assert_eq!(hints["items"].as_array().map(Vec::len), Some(1), "a closed notice is no hint: {hints}");
    // openFDA, as JSON, of the regulator; a number that repeats is kept twice.
    let report = |product: &str| {
        json!({ "recall_number": "F-1-2026", "event_id": "9", "product_description": product,
        "recalling_firm": "Acme", "classification": "Class III", "status": "Ongoing", "report_date": "20261101" })
    };
    let own = format!("Amoxicillin UPC {}", ean(story::batch().gtin));
    let file = json!({ "results": [report(&own), report("Another")] }).to_string();
    let import = upload(world, "regulator", "f.json", file.as_bytes()).await.expect(200).json();
    assert_eq!((counts(&import), &import["found"]["repeated"]), ([1, 0, 0], &json!(1)));
    apply(world, "regulator", &import).await.expect(200);
    let page = get(world, "regulator", "").await.expect(200).json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2), "{page}");
    assert_eq!(page["items"][0]["matches"][0]["strength"], "fact", "{page}");
}

async fn notices(world: World) {
    story::play(&mut world.node.chain());
    world.node.apply(MAKER, super::trace_graph::registered("A24K07"));
    let height = world.node.chain().height() - 1;
    world.projected(height).await;
    what_is_refused(&world).await;
    let import = a_file_is_looked_at_first(&world).await;
    applying_twice_is_applying_once(&world, &import).await;
    a_match_says_why_and_what_is_not_known(&world).await;
    the_list_is_searched(&world).await;
    the_pages(&world).await;
    a_new_product_finds_its_notices(&world).await;
    a_changed_notice_takes_the_place_of_the_old(&world).await;
    let maker = world.sign_in("maker").await;
    let recalls = world.call("GET", "/api/v1/recalls", Some(&maker), None).await.expect(200).json();
    assert_eq!(recalls["items"].as_array().map(Vec::len), Some(1), "the story's own: a notice recalls nothing");
}

#[tokio::test]
async fn recall_notices_on_sqlite() {
    notices(World::start().await).await;
}

#[tokio::test]
async fn recall_notices_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    notices(World::on(&database.await.expect("it ran").dsn, scratch).await).await;
}
