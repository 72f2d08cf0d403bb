//! Labels for printers, and numbers for cases and pallets.

use crate::testing::World;
use serde_json::json;
use std::collections::BTreeSet;
use tracelight_domain::gs1::{Gtin, Sscc};

#[tokio::test]
async fn labels_of_an_order_go_to_the_printer_as_they_were_shown() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let gtin = Gtin::build(0, "6901234", 1).expect("a GTIN of constants").to_string();
    let product = json!({ "gtin": gtin, "name_en": "x", "kind": "food" });
    world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(201);
    let batch = json!({ "gtin": gtin, "lot": "L1", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 9 });
    world.call("POST", "/api/v1/batches", Some(&maker), Some(batch)).await.expect(201);
    let path = format!("/api/v1/batches/{gtin}/L1/orders");
    let order = world.call("POST", &path, Some(&maker), Some(json!({ "count": 450 }))).await.expect(202).json();
    let order = format!("/api/v1/orders/{}", order["id"].as_str().expect("an id"));
    world.until(&order, &maker, |order| order["state"] == "done").await;

    let get = async |query: &str| world.call("GET", &format!("{order}/{query}"), Some(&maker), None).await;
    for dpi in [203, 300, 600] {
        for carrier in ["qr", "datamatrix"] {
            let zpl = get(&format!("labels.zpl?dpi={dpi}&carrier={carrier}&first=1&count=2")).await.expect(200);
            assert_eq!(zpl.headers["content-type"], "application/zpl");
            let text = String::from_utf8(zpl.body).expect("UTF-8");
            assert_eq!((text.matches("^XA").count(), text.matches("^GFA").count()), (2, 2));
            let svg = get(&format!("labels/preview.svg?dpi={dpi}&carrier={carrier}&first=1")).await.expect(200);
            assert_eq!(svg.headers["content-type"], "image/svg+xml");
            assert!(svg.body.starts_with(b"<svg "));
        }
    }
    let all = String::from_utf8(get("labels.zpl").await.expect(200).body).expect("UTF-8");
    let texts: BTreeSet<&str> = all.split("^XA").collect();
    assert_eq!((all.matches("^XZ").count(), texts.len()), (450, 451), "each label once");
    for (wrong, field) in [
        ("dpi=100", "dpi"),
        ("stock=1x1", "stock"),
        ("first=450", "first"),
        ("count=451", "count"),
        ("count=0", "count"),
    ] {
        assert_eq!(get(&format!("labels.zpl?{wrong}")).await.expect(400).json()["field"], field);
    }
}

#[tokio::test]
async fn a_number_of_a_case_is_given_out_once_and_has_a_label() {
    let world = World::start().await;
    let (maker, carrier) = (world.sign_in("maker").await, world.sign_in("carrier").await);
    let ask = async |count: u64, digit: u64| {
        let form = json!({ "count": count, "extension_digit": digit });
        world.call("POST", "/api/v1/ssccs", Some(&maker), Some(form)).await
    };
    let mut seen = BTreeSet::new();
    for (digit, first) in [(3, "369012340000000000"), (3, ""), (4, "469012340000000007")] {
        let page = ask(100, digit).await.expect(201).json();
        let numbers = page["ssccs"].as_array().expect("numbers").clone();
        assert!(first.is_empty() || numbers[0] == first, "{}", numbers[0]);
        seen.extend(numbers.iter().map(|number| Sscc::parse(number.as_str().expect("text")).expect("a right number")));
    }
    assert_eq!(seen.len(), 300, "none twice");
    assert_eq!(ask(1, 10).await.expect(400).json()["field"], "extension_digit");
    assert_eq!(ask(0, 1).await.expect(400).json()["field"], "count");

    let first = seen.first().expect("a number");
    for (query, begins) in [("", "<svg "), ("?format=zpl&dpi=203&to=%5EXZ~JR", "^XA"), ("?format=pdf&stock=a5", "%PDF")]
    {
        let path = format!("/api/v1/logistic-units/{first}/label{query}");
        let label = world.call("GET", &path, Some(&maker), None).await.expect(200).body;
        assert!(label.starts_with(begins.as_bytes()), "{query}");
        let text = String::from_utf8_lossy(&label).into_owned();
        assert!(!text.contains("^XZ~JR") && !text.contains("~JR"), "a name is no command");
        world.call("GET", &path, Some(&carrier), None).await.expect(404);
    }
    let next = Sscc::build(3, "6901234", 200).expect("a number");
    world.call("GET", &format!("/api/v1/logistic-units/{next}/label"), Some(&maker), None).await.expect(404);
    let font = format!("/api/v1/logistic-units/{first}/label?font=E:A.TTF%5EXZ");
    assert_eq!(world.call("GET", &font, Some(&maker), None).await.expect(400).json()["field"], "font");
}

#[tokio::test]
async fn the_last_numbers_of_a_prefix_are_not_given_out_twice() {
    let world = World::start().await;
    let store = &world.state.store;
    assert_eq!(store.take_ssccs("690123456789", 0, 9_999, 10_000).await.expect("works"), Some(0));
    assert_eq!(store.take_ssccs("690123456789", 0, 2, 10_000).await.expect("works"), None);
    assert_eq!(store.take_ssccs("690123456789", 0, 1, 10_000).await.expect("works"), Some(9_999));
    assert_eq!(store.next_sscc("690123456789", 0).await.expect("works"), 10_000);
}
