//! Hand-overs, traces and recalls through the router, on both databases.

use crate::scan::story::{GTIN, Story, sscc};
use crate::signing::MemberKeys;
use crate::testing::{World, seed};
use serde_json::{Value, json};
use std::path::PathBuf;
use tracelight_client::keys::Signer;
use tracelight_client::keys::pkcs11::{Place, TokenName};
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY};
use tracelight_testkit::services::{MariaDb, SoftHsm};

async fn on_sqlite() -> World {
    World::start().await
}

async fn on_mariadb() -> World {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    World::on(&database.await.expect("it ran").dsn, scratch).await
}

fn gln(world: &World, member: usize) -> String {
    world.node.chain().member(member).gln.to_string()
}

fn sum(holdings: &Value) -> u64 {
    let number = |value: &Value| value.as_u64().expect("a number");
    let holders = holdings["holders"].as_array().expect("holders");
    let held: u64 =
        holders.iter().map(|h| number(&h["in_stock"]) + number(&h["in_transit"]) + number(&h["short"])).sum();
    held + number(&holdings["gone"]) + number(&holdings["unknown"])
}

/// Maker to carrier to pharmacy; the case is missing on arrival; trace, holdings, shoppers.
async fn the_goods_travel(world: World) {
    let story = Story::sealed(&world, "A24K07").await;
    let (maker, carrier, pharmacy) =
        (world.sign_in("maker").await, world.sign_in("carrier").await, world.sign_in("pharmacy").await);
    let ship = |to: usize| json!({"to": gln(&world, to), "objects": [sscc(9).to_string()]});
    // Not the custodian; a wrong label; no label.
    let early = world.call("POST", "/api/v1/shipments", Some(&carrier), Some(ship(PHARMACY))).await.expect(409);
    assert_eq!(early.problem(), "not_the_custodian");
    let typo = json!({"to": gln(&world, CARRIER), "objects": ["069012345600000098"]});
    let typo = world.call("POST", "/api/v1/shipments", Some(&maker), Some(typo)).await.expect(400).json();
    assert_eq!((typo["field"].as_str(), typo["position"].as_u64()), (Some("objects[0]"), Some(18)));

    let stock = world.call("GET", "/api/v1/stock", Some(&maker), None).await.expect(200).json();
    let labels: Vec<&str> =
        stock["items"].as_array().expect("items").iter().filter_map(|i| i["sscc"].as_str()).collect();
    assert_eq!(labels, [sscc(1).as_str(), sscc(9).as_str()]);
    assert_eq!(stock["items"][1]["unit_count"], 3);

    let first = world.call("POST", "/api/v1/shipments", Some(&maker), Some(ship(CARRIER))).await.expect(201).json();
    assert_eq!((&first["status"], &first["objects"][0]["unit_count"]), (&json!("open"), &json!(3)));
    let id = first["id"].as_str().expect("an id");
    // Neither side: it does not exist.
    world.call("GET", &format!("/api/v1/shipments/{id}"), Some(&pharmacy), None).await.expect(404);
    let receive = |id: &str| format!("/api/v1/shipments/{id}/receive");
    world.call("POST", &receive(id), Some(&pharmacy), Some(json!({}))).await.expect(404);
    world.call("POST", &receive(id), Some(&carrier), Some(json!({}))).await.expect(200);
    let second = world.call("POST", "/api/v1/shipments", Some(&carrier), Some(ship(PHARMACY))).await.expect(201).json();
    let short = json!({"short": [sscc(1).to_string()]});
    let id = second["id"].as_str().expect("an id");
    let answered = world.call("POST", &receive(id), Some(&pharmacy), Some(short)).await.expect(200).json();
    assert_eq!(answered["status"], "received_in_part");
    assert_eq!(answered["objects"][0]["remarks"], json!([[sscc(1).to_string(), "short"]]));
    assert_eq!(answered["objects"][0]["unit_count"], 3, "what was on it when it left");
    let stock = world.call("GET", "/api/v1/stock", Some(&carrier), None).await.expect(200).json();
    assert_eq!((&stock["items"][0]["sscc"], &stock["items"][0]["status"]), (&json!(sscc(1).as_str()), &json!("short")));
    both_lists(&world, &maker, &pharmacy).await;
    traces(&world, &story).await;
    holdings(&world).await;
}

async fn both_lists(world: &World, maker: &str, pharmacy: &str) {
    for (who, count) in [(maker, 1), (pharmacy, 1)] {
        let page = world.call("GET", "/api/v1/shipments", Some(who), None).await.expect(200).json();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(count));
    }
    let carrier = world.sign_in("carrier").await;
    let page = world.call("GET", "/api/v1/shipments?limit=1", Some(&carrier), None).await.expect(200).json();
    let next = format!("/api/v1/shipments?limit=1&cursor={}", page["next"].as_str().expect("more"));
    let rest = world.call("GET", &next, Some(&carrier), None).await.expect(200).json();
    assert_ne!(page["items"][0]["id"], rest["items"][0]["id"]);
    world.call("GET", "/api/v1/shipments?cursor=x", Some(&carrier), None).await.expect(400);
}

async fn traces(world: &World, story: &Story) {
    let regulator = world.sign_in("regulator").await;
    let code = |text: &str| {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("/api/v1/trace?code={escaped}")
    };
    let unit = format!("(01){GTIN}(10)A24K07(21){}", story.serials[0]);
    let trace = world.call("GET", &code(&unit), Some(&regulator), None).await.expect(200).json();
    let events: Vec<&str> =
        trace["steps"].as_array().expect("steps").iter().filter_map(|s| s["event"].as_str()).collect();
    assert_eq!(
        events,
        ["registered", "packed", "packed", "sealed", "shipped", "received", "shipped", "missing_on_arrival"],
    );
    assert_eq!(trace["custodian"], json!(gln(world, CARRIER)));
    for subject in [format!("(00){}", sscc(9)), format!("(01){GTIN}(10)A24K07")] {
        let found = world.call("GET", &code(&subject), Some(&regulator), None).await.expect(200).json();
        assert_eq!(found["subject"], json!(subject));
        assert!(found["steps"].as_array().is_some_and(|steps| steps.len() >= 5));
    }
    // Pack 4 never left its maker: the pharmacy has no part in it.
    let loose = format!("(01){GTIN}(21){}", story.serials[4]);
    let pharmacy = world.sign_in("pharmacy").await;
    world.call("GET", &code(&loose), Some(&pharmacy), None).await.expect(404);
    world.call("GET", &code(&unit), Some(&pharmacy), None).await.expect(200);
    let bad = world.call("GET", &code("(01)06901234567893(21)X"), Some(&regulator), None).await.expect(400).json();
    assert_eq!(bad["field"], "code");
    assert!(bad["position"].as_u64().is_some());
}

async fn holdings(world: &World) {
    let regulator = world.sign_in("regulator").await;
    let path = format!("/api/v1/recalls/preview?gtin={GTIN}&lot=A24K07");
    let held = world.call("GET", &path, Some(&regulator), None).await.expect(200).json();
    assert_eq!((held["sealed"].as_u64(), sum(&held)), (Some(5), 5));
    assert_eq!(held["unknown"], 2, "two packs are in no case");
    assert_eq!(held["holders"][0]["gln"], json!(gln(world, CARRIER)));
    assert_eq!(held["holders"][0]["short"], 3);
    let pharmacy = world.sign_in("pharmacy").await;
    world.call("GET", &path, Some(&pharmacy), None).await.expect(403);
    world.call("GET", "/api/v1/recalls", Some(&pharmacy), None).await.expect(403);
    let maker = world.sign_in("maker").await;
    world.call("GET", &path, Some(&maker), None).await.expect(200);
    let nowhere = format!("/api/v1/recalls/preview?gtin={GTIN}&lot=NOLOT");
    world.call("GET", &nowhere, Some(&regulator), None).await.expect(404);
}

#[tokio::test]
async fn the_goods_travel_on_sqlite() {
    the_goods_travel(on_sqlite().await).await;
}

#[tokio::test]
async fn the_goods_travel_on_mariadb() {
    the_goods_travel(on_mariadb().await).await;
}

/// A pack is found, counted and recalled on MariaDB as on SQLite.
#[tokio::test]
async fn shoppers_are_answered_on_mariadb() {
    let world = on_mariadb().await;
    let story = Story::sealed(&world, "A24K07").await;
    let page = world.call("GET", &story.path(0), None, None).await.expect(200);
    assert!(String::from_utf8_lossy(&page.body).contains("编码有效"));
    // The same serial in other letters is another serial.
    let swapped: String = story.serials[0]
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    world.call("GET", &format!("/01/{GTIN}/21/{swapped}"), None, None).await.expect(404);
}

/// Key file of the maker's operator, whose key is in a token.
fn in_token(hsm: &SoftHsm) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    const PIN: &str = "pin-of-the-test";
    hsm.init("tracelight", PIN).expect("a token");
    hsm.import("tracelight", PIN, "operator", &seed(MAKER, 1)).expect("imported");
    let pin = hsm.dir().join("pin");
    std::fs::write(&pin, PIN).expect("the scratch folder is writable");
    std::fs::set_permissions(&pin, std::fs::Permissions::from_mode(0o600)).expect("ours");
    let place = Place {
        module: hsm.module(),
        token: TokenName::Label("tracelight".to_owned()),
        key_label: "operator".to_owned(),
        pin_file: Some(pin),
        timeout_ms: 10_000,
    };
    let file = hsm.dir().join("operator.toml");
    place.write_new(&file, Signer::from_seed(&seed(MAKER, 1)).public_key()).expect("written");
    file
}

#[test]
fn goods_travel_with_the_makers_key_in_a_token_and_stay_when_the_token_is_away() {
    let name = "api::handover::tests::goods_travel_with_the_makers_key_in_a_token_and_stay_when_the_token_is_away";
    SoftHsm::in_child(name, |hsm| {
        let file = in_token(hsm);
        let world = async || {
            World::start_with(|node, keys| {
                let operator = Signer::read(&file).expect("opens");
                assert!(operator.place().is_some(), "in the token");
                keys.insert(node.chain().member(MAKER).gln, MemberKeys { operator, approver: None });
            })
            .await
        };
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            the_goods_travel(world().await).await;
            let world = world().await;
            Story::sealed(&world, "A24K08").await;
            let maker = world.sign_in("maker").await;
            std::fs::rename(hsm.tokens(), hsm.dir().join("away")).expect("pulled out");
            let ship = json!({"to": gln(&world, CARRIER), "objects": [sscc(9).to_string()]});
            let reply = world.call("POST", "/api/v1/shipments", Some(&maker), Some(ship.clone())).await.expect(503);
            assert_eq!(reply.problem(), "key_unavailable");
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            assert!(!text.contains("softhsm") && !text.contains("tracelight`"), "where the key is, is ours: {text}");
        });
    });
}
