//! Imports from upload to undo, and what they must not do.

use crate::testing::{Reply, World};
use axum::http::Request;
use serde_json::{Value, json};
use tracelight_domain::gs1::Gtin;

fn gtin(item: u64) -> String {
    Gtin::build(0, "6901234", item).expect("a GTIN of constants").to_string()
}

async fn upload(world: &World, who: &str, query: &str, file: &[u8]) -> Reply {
    let (_, cookie) = who.split_once(": ").expect("a cookie");
    let request = Request::post(format!("/api/v1/imports?{query}")).header("cookie", cookie);
    world.send(request.body(axum::body::Body::from(file.to_vec())).expect("a good request")).await
}

/// The import after a step, or what it was refused with.
async fn step(world: &World, who: &str, import: &Value, step: &str) -> Reply {
    let id = import["id"].as_str().expect("an id");
    world.call("POST", &format!("/api/v1/imports/{id}/{step}"), Some(who), None).await
}

async fn products(world: &World, who: &str, file: &str) -> Value {
    upload(world, who, "kind=products&name=p.csv", file.as_bytes()).await.expect(200).json()
}

#[tokio::test]
async fn m4_products_go_onto_the_chain_once() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let file =
        format!("商品条码,中文名称,英文名称,类别\n{},阿莫西林,Amoxicillin,药品\n{},大米,Rice,food\n", gtin(1), gtin(2));
    let import = products(&world, &maker, &file).await;
    assert_eq!((&import["state"], &import["rows"]), (&json!("checked"), &json!(2)), "{import}");
    world.call("GET", &format!("/api/v1/products/{}", gtin(1)), Some(&maker), None).await.expect(404);
    let done = step(&world, &maker, &import, "apply").await.expect(200).json();
    assert_eq!((&done["state"], &done["applied"]), (&json!("applied"), &json!(2)));
    let stored =
        world.call("GET", &format!("/api/v1/products/{}", gtin(1)), Some(&maker), None).await.expect(200).json();
    assert_eq!((&stored["name_zh"], &stored["kind"]), (&json!("阿莫西林"), &json!("medicine")));

    // The same file again is the same import; the same products in another file are no fault and no transaction.
    let height = world.node.chain().height();
    let again = products(&world, &maker, &file).await;
    assert_eq!((&again["id"], &again["state"]), (&import["id"], &json!("applied")));
    step(&world, &maker, &again, "apply").await.expect(200);
    let other = products(&world, &maker, &format!("{file}\n")).await;
    assert_ne!(other["id"], import["id"]);
    assert_eq!(step(&world, &maker, &other, "apply").await.expect(200).json()["state"], "applied");
    assert_eq!(world.node.chain().height(), height, "nothing was ordered again");

    // Other data under a known number are a fault, and what is on the chain is not taken back.
    let wrong = products(&world, &maker, &file.replace("Rice", "Corn")).await;
    assert_eq!(
        (&wrong["state"], &wrong["faults"][0]["row"], &wrong["faults"][0]["letters"]),
        (&json!("refused"), &json!(3), &json!("A"))
    );
    assert_eq!(step(&world, &maker, &wrong, "apply").await.expect(409).problem(), "import_refused");
    assert_eq!(step(&world, &maker, &import, "undo").await.expect(409).problem(), "on_the_chain");

    // The list of them is narrowed, sorted, paged, and kept in a file, as every list is.
    let list = async |who: &str, query: &str| {
        world.call("GET", &format!("/api/v1/imports?{query}"), Some(who), None).await.expect(200).json()
    };
    let ids = |page: &Value| -> Vec<Value> {
        page["items"].as_array().expect("rows").iter().map(|row| row["id"].clone()).collect()
    };
    let newest = [&wrong, &other, &import].map(|import| import["id"].clone());
    assert_eq!(ids(&list(&maker, "").await), newest);
    assert_eq!(ids(&list(&maker, "status=refused&q=P.C").await), newest[..1]);
    assert!(ids(&list(&maker, "q=zzz").await).is_empty());
    assert!(ids(&list(&world.sign_in("carrier").await, "").await).is_empty(), "of another member nothing");
    let first = list(&maker, "sort=uploaded&limit=2").await;
    let rest = list(&maker, &format!("sort=uploaded&cursor={}", first["next"].as_str().expect("more"))).await;
    let oldest: Vec<Value> = ids(&first).into_iter().chain(ids(&rest)).collect();
    assert_eq!(oldest, newest.iter().rev().cloned().collect::<Vec<_>>());
    let file = world.call("GET", "/api/v1/lists/imports.csv?status=applied", Some(&maker), None).await.expect(200);
    let file = String::from_utf8(file.body).expect("UTF-8");
    assert_eq!(file.lines().count(), 3, "{file}");
    assert!(file.contains("products,p.csv,applied,2,0,0,2,"), "{file}");
}

#[tokio::test]
async fn m4_a_file_with_faults_changes_nothing_and_comes_back_with_them() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let file = format!("GTIN,Name (English),Kind\n{},Good,food\n6.90123E+12,Bad,food\n{},,cheese\n", gtin(1), gtin(2));
    let (gb, ..) = (file.replace("Good", "好").into_bytes(), ());
    let import = upload(&world, &maker, "kind=products", &gb).await.expect(200).json();
    assert_eq!(
        (&import["state"], &import["rows_refused"], &import["faults_count"]),
        (&json!("refused"), &json!(2), &json!(3))
    );
    let first = &import["faults"][0];
    assert_eq!((&first["row"], &first["column"], &first["found"]), (&json!(3), &json!("gtin"), &json!("6.90123E+12")));
    for text in ["message_zh", "message_en", "expected_zh", "expected_en"] {
        assert!(first[text].as_str().is_some_and(|text| !text.is_empty()), "{text}: {first}");
    }
    world.call("GET", &format!("/api/v1/products/{}", gtin(1)), Some(&maker), None).await.expect(404);
    let path = format!("/api/v1/imports/{}/errors.csv?language=en", import["id"].as_str().expect("an id"));
    let errors = world.call("GET", &path, Some(&maker), None).await.expect(200);
    let text = String::from_utf8(errors.body).expect("UTF-8");
    assert_eq!(text.lines().count(), 4);
    assert!(text.lines().nth(2).is_some_and(|line| line.contains("expected: 8, 12, 13 or 14 digits")), "{text}");
    for (file, field) in
        [(&b""[..], "file"), (b"a,b\n1,2\n", "file"), (b"PK\x03\x04", "file"), (b"\xff\xfe\x00", "file")]
    {
        assert_eq!(upload(&world, &maker, "kind=codes", file).await.expect(400).json()["field"], field);
    }
    upload(&world, &maker, "kind=codes&map=nonsense", b"a\n").await.expect(400);
    upload(&world, &maker, "kind=codes", &vec![b'a'; 9 * 1024 * 1024]).await.expect(413);
}

#[tokio::test]
async fn partners_are_an_address_book_that_can_be_taken_back() {
    let world = World::start().await;
    let carrier = world.sign_in("carrier").await;
    let book =
        |name: &str| format!("GLN,Name (English),Role\n6901234000023,{name},pharmacy\n6901234000030,B,carrier\n");
    let names = async || {
        let page = world.call("GET", "/api/v1/partners", Some(&carrier), None).await.expect(200).json();
        let items = page["items"].as_array().expect("items");
        items.iter().map(|item| item["name_en"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    let mut imports = Vec::new();
    for name in ["A", "A2"] {
        let import = upload(&world, &carrier, "kind=partners", book(name).as_bytes()).await.expect(200).json();
        step(&world, &carrier, &import, "apply").await.expect(200);
        imports.push(import);
    }
    assert_eq!(names().await, ["A2", "B"]);
    let undone = step(&world, &carrier, &imports[1], "undo").await.expect(200).json();
    assert_eq!(undone["state"], "undone");
    assert_eq!(names().await, ["A", "B"]);
    step(&world, &carrier, &imports[1], "undo").await.expect(200);
    assert_eq!(step(&world, &carrier, &imports[1], "apply").await.expect(409).problem(), "import_undone");
    // The same file once more is a new import.
    let again = upload(&world, &carrier, "kind=partners", book("A2").as_bytes()).await.expect(200).json();
    assert_eq!(again["state"], "checked");
    step(&world, &carrier, &again, "apply").await.expect(200);
    assert_eq!(names().await, ["A2", "B"]);
    // Another member has an address book of its own, and sees neither entries nor imports.
    let pharmacy = world.sign_in("pharmacy").await;
    for path in ["/api/v1/partners", "/api/v1/imports"] {
        let page = world.call("GET", path, Some(&pharmacy), None).await.expect(200).json();
        assert_eq!(page["items"], json!([]), "{path}");
    }
}

#[tokio::test]
async fn m4_codes_from_elsewhere_are_codes_of_the_batch_until_taken_back() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let product = json!({ "gtin": gtin(1), "name_en": "x", "kind": "food" });
    world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(201);
    let batch =
        json!({ "gtin": gtin(1), "lot": "L1", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 9 });
    world.call("POST", "/api/v1/batches", Some(&maker), Some(batch)).await.expect(201);
    let mut file = String::from("Artikel,Lot,Serial\n");
    for serial in 0..2_500 {
        file.push_str(&format!("{},L1,S{serial:05}\n", gtin(1)));
    }
    let query = "kind=codes&map=gtin:Artikel";
    let import = upload(&world, &maker, query, file.as_bytes()).await.expect(200).json();
    assert_eq!(import["state"], "checked", "{import}");
    step(&world, &maker, &import, "apply").await.expect(200);
    let path = format!("/api/v1/batches/{}/L1", gtin(1));
    let open = async || {
        let batch = world.call("GET", &path, Some(&maker), None).await.expect(200).json();
        (batch["codes"]["open"].as_u64(), batch["orders"].clone())
    };
    let (count, orders) = open().await;
    assert_eq!(count, Some(2_500));
    let labels = format!("/api/v1/orders/{}/labels.csv", orders[0]["id"].as_str().expect("an order"));
    let table = world.call("GET", &labels, Some(&maker), None).await.expect(200).body;
    assert_eq!(String::from_utf8(table).expect("UTF-8").lines().count(), 2_501);

    let more = format!("Artikel,Lot,Serial\n{0},L1,S00007\n{0},L2,S9\n", gtin(1));
    let more = upload(&world, &maker, query, more.as_bytes()).await.expect(200).json();
    let faults: Vec<_> = more["faults"].as_array().expect("faults").iter().map(|f| (&f["row"], &f["column"])).collect();
    assert_eq!(faults, [(&json!(2), &json!("serial")), (&json!(3), &json!("lot"))]);

    step(&world, &maker, &import, "undo").await.expect(200);
    assert_eq!(open().await, (Some(0), json!([])));
    let again = upload(&world, &maker, query, file.as_bytes()).await.expect(200).json();
    step(&world, &maker, &again, "apply").await.expect(200);
    assert_eq!(open().await.0, Some(2_500));
}
