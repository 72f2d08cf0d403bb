//! Lists (M9): search, filter, sort and page in the address; a page stays right when rows are added; files hold exactly the rows that
//! are found. On both databases.

use super::trace_graph::{caught_up, play, registered};
use crate::http::encoded;
use crate::testing::{World, story};
use calamine::{Reader as _, Xlsx};
use serde_json::{Value, json};
use std::io::Cursor;
use tracelight_client::testing::{CARRIER, MAKER};
use tracelight_testkit::services::MariaDb;

async fn asked(world: &World, user: &str, path: &str, status: u16) -> Value {
    let session = world.sign_in(user).await;
    world.call("GET", &format!("/api/v1{path}"), Some(&session), None).await.expect(status).json()
}

/// One field of all rows of a page.
fn column(page: &Value, name: &str) -> Vec<String> {
    let text = |row: &Value| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
    page["items"].as_array().expect("rows").iter().map(text).collect()
}

async fn lots(world: &World, query: &str) -> Vec<String> {
    column(&asked(world, "regulator", &format!("/batches?{query}"), 200).await, "lot")
}

async fn words_states_and_orders(world: &World) {
    assert_eq!(lots(world, "").await, ["Made-1", "Made-2", "Raw-1", "Raw-2"]);
    assert_eq!(lots(world, "sort=-lot").await, ["Raw-2", "Raw-1", "Made-2", "Made-1"]);
    assert_eq!(lots(world, "q=RAW").await, ["Raw-1", "Raw-2"], "whatever the case");
    assert_eq!(lots(world, "q=w-2").await, ["Raw-2"], "anywhere");
    assert_eq!(lots(world, "q=amoxi&status=sealed").await, ["Made-1", "Raw-1"]);
    assert_eq!(lots(world, "status=open").await, ["Made-2", "Raw-2"]);
    assert_eq!(lots(world, "lot=Raw-1").await, ["Raw-1"]);
    for nothing in ["q=%25", "q=Raw_1", "q=!", "q='%20OR%201=1--", "status=recalled", "lot=raw-1"] {
        assert_eq!(lots(world, nothing).await, [""; 0], "{nothing}");
    }
    assert_eq!(lots(world, "q=&status=&sort=&cursor=").await.len(), 4, "what a form leaves empty asks for nothing");
    let gtin = story::batch().gtin.to_string();
    let products = |query: &str| format!("/products?{query}");
    for (query, count) in
        [("q=AMOXI", 1), ("status=medicine", 1), ("status=food", 0), (&*format!("q={}", &gtin[3..9]), 1)]
    {
        let page = asked(world, "carrier", &products(query), 200).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(count), "{query}");
    }
    let carrier = world.node.chain().member(CARRIER).gln;
    for (path, count) in [
        // The case that was missing on arrival is the carrier's to answer for again.
        ("/stock", 1),
        ("/stock?status=short", 1),
        ("/stock?status=in_stock", 0),
        ("/stock?q=made", 1),
        ("/stock?q=raw", 0),
        (&*format!("/stock?q={}", story::sscc(5)), 0),
        ("/shipments", 2),
        ("/shipments?status=received", 1),
        (&*format!("/shipments?q={}", story::sscc(5)), 2),
        ("/shipments?q=nobody", 0),
    ] {
        let page = asked(world, "carrier", path, 200).await;
        let found = page["items"].as_array().map(Vec::len);
        assert_eq!(found, Some(count), "{path}: {page}");
    }
    let of_carrier = asked(world, "regulator", &format!("/shipments?member={carrier}&sort=shipped"), 200).await;
    assert_eq!(column(&of_carrier, "status"), ["received", "received_in_part"]);
    asked(world, "pharmacy", &format!("/shipments?member={carrier}"), 404).await;
    asked(world, "regulator", "/shipments", 403).await;
    let refused = asked(world, "regulator", "/batches?sort=weight", 400).await;
    assert_eq!(refused["field"], json!("sort"));
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("made_on")), "{refused}");
}

/// Pages go on behind the row that they ended with, whatever comes before it meanwhile.
async fn pages_stay_right(world: &World) {
    let first = asked(world, "regulator", "/batches?limit=2&sort=lot", 200).await;
    assert_eq!(column(&first, "lot"), ["Made-1", "Made-2"]);
    let next = first["next"].as_str().expect("there is more").to_owned();
    for name in ["A-new", "Made-0", "Raw-0", "Z-new"] {
        world.node.apply(MAKER, registered(name));
    }
    caught_up(world).await;
    let rest = asked(world, "regulator", &format!("/batches?limit=50&sort=lot&cursor={}", encoded(&next)), 200).await;
    assert_eq!(column(&rest, "lot"), ["Raw-0", "Raw-1", "Raw-2", "Z-new"], "none twice, and what comes later is there");
    assert_eq!(rest["next"], Value::Null);
    let wrong = asked(world, "regulator", &format!("/batches?sort=-lot&cursor={}", encoded(&next)), 400).await;
    assert_eq!(wrong["field"], json!("cursor"));
    // Each order comes through page by page, without a row twice or none.
    for sort in ["gtin", "-gtin", "lot", "product", "-product", "made_on", "-expires_on", "registered", "-registered"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = asked(world, "regulator", &format!("/batches?limit=3&sort={sort}&cursor={cursor}"), 200).await;
            seen.extend(column(&page, "lot"));
            match page["next"].as_str() {
                Some(next) => cursor = encoded(next),
                None => break,
            }
        }
        let mut all = lots(world, "").await;
        seen.sort();
        all.sort();
        assert_eq!(seen, all, "{sort}");
    }
}

async fn file(world: &World, user: &str, file: &str, status: u16) -> Vec<u8> {
    let session = world.sign_in(user).await;
    world.call("GET", &format!("/api/v1/lists/{file}"), Some(&session), None).await.expect(status).body
}

/// A file has the rows of the list, in its order, on all its pages.
async fn files_have_exactly_these_rows(world: &World) {
    for query in ["", "q=raw&sort=-lot", "status=open", "q=%25"] {
        let listed = lots(world, query).await;
        let text =
            String::from_utf8(file(world, "regulator", &format!("batches.csv?{query}"), 200).await).expect("UTF-8");
        let kept: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
        assert_eq!(kept, listed, "{query}: {text}");
        let book = file(world, "regulator", &format!("batches.xlsx?{query}"), 200).await;
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(book)).expect("a workbook");
        let range = book.worksheet_range("batches").expect("a sheet");
        let kept: Vec<String> = range.rows().skip(1).map(|row| row[1].to_string()).collect();
        assert_eq!(kept, listed, "{query}");
    }
    for (user, name, status) in [
        ("maker", "products.csv", 200),
        ("carrier", "stock.xlsx", 200),
        ("carrier", "shipments.csv?sort=due", 200),
        ("regulator", "recalls.csv", 200),
        ("maker", "reports.xlsx?status=received", 200),
        ("carrier", "imports.csv?sort=-name&status=refused", 200),
        ("carrier", "imports.csv?status=done", 400),
        ("regulator", "stock.csv", 403),
        ("carrier", "recalls.csv", 403),
        ("pharmacy", "reports.csv", 403),
        ("maker", "keys.csv", 404),
        ("maker", "products.pdf", 404),
        ("maker", "products", 404),
        ("maker", "products.csv?limit=1", 400),
        ("maker", "products.csv?sort=x", 400),
        ("maker", "products.csv?lot=x", 400),
    ] {
        file(world, user, name, status).await;
    }
}

/// The pages of the consoles show the tools, keep what was chosen, and lead to the file of these rows.
async fn pages_have_the_tools(world: &World) {
    let regulator = world.sign_in("regulator").await;
    let html = async |path: &str| {
        let reply = world.call("GET", path, Some(&regulator), None).await.expect(200);
        String::from_utf8(reply.body).expect("text")
    };
    let page = html("/console/batches?q=raw&sort=-lot&lang=en").await;
    assert!(page.contains("value=\"raw\"") && page.contains("aria-sort=\"descending\""), "{page}");
    assert!(page.contains("/api/v1/lists/batches.csv?q=raw&amp;sort=-lot") && page.contains("Clear filters"), "{page}");
    assert!(page.contains("Raw-2") && !page.contains("Made-1"), "{page}");
    assert!(html("/console/batches?q=zzz&lang=en").await.contains("No row has this"));
    assert!(html("/console/batches?q=zzz&lang=zh").await.contains("没有符合条件的行"));
    let maker = world.sign_in("maker").await;
    let none = world.call("GET", "/console/imports?q=zzz&lang=en", Some(&maker), None).await.expect(200);
    let none = String::from_utf8(none.body).expect("text");
    assert!(none.contains("No row has this") && none.contains("/api/v1/lists/imports.csv?q=zzz"), "{none}");
    for (user, path, file) in [
        (&maker, "products", "products"),
        (&maker, "stock", "stock"),
        (&maker, "handovers", "shipments"),
        (&maker, "batches", "batches"),
    ] {
        let reply = world.call("GET", &format!("/console/{path}?lang=en"), Some(user), None).await.expect(200);
        let page = String::from_utf8(reply.body).expect("text");
        assert!(page.contains(&format!("/api/v1/lists/{file}.xlsx")) && page.contains("name=\"q\""), "{path}: {page}");
    }
}

async fn lists(world: World) {
    play(&world, story::product(story::batch().gtin)).await;
    words_states_and_orders(&world).await;
    pages_stay_right(&world).await;
    files_have_exactly_these_rows(&world).await;
    pages_have_the_tools(&world).await;
}

#[tokio::test]
async fn m9_lists_on_sqlite() {
    lists(World::start().await).await;
}

#[tokio::test]
async fn m9_lists_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    lists(World::on(&database.await.expect("it ran").dsn, scratch).await).await;
}
