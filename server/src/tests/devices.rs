//! Devices: registering one, what the list says of it, and what is wrong with a form.

use crate::testing::World;
use serde_json::{Value, json};
use tracelight_client::keys::Signer;
use tracelight_client::testing::{MAKER, TestChain};
use tracelight_client::tx::TxBuilder;
use tracelight_domain::ids::Hash;
use tracelight_domain::tx::{SignedTx, TxBody};

const PATH: &str = "/api/v1/devices";

fn device(number: u8) -> Signer {
    Signer::from_seed(&[200 + number; 32])
}

fn form(number: u8) -> Value {
    json!({ "key": device(number).public_key().to_string(), "line": format!("line {number}"), "site": "Xi'an" })
}

fn anchored(chain: &TestChain, number: u8, nonce: u64) -> SignedTx {
    let body = TxBody::Anchor { log: Hash([number; 32]), size: nonce + 1, root: Hash([9; 32]) };
    let builder = TxBuilder::new(chain.genesis.chain_id(), chain.height());
    builder.sign(&device(number), nonce, body).expect("a key in memory signs")
}

#[tokio::test]
async fn a_registered_device_is_listed_with_what_it_has_done() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let empty = world.call("GET", PATH, Some(&maker), None).await.expect(200).json();
    assert_eq!(empty["items"], json!([]));
    let made = world.call("POST", PATH, Some(&maker), Some(form(1))).await.expect(201).json();
    let place = (made["line"].as_str(), made["site"].as_str(), made["state"].as_str());
    assert_eq!(place, (Some("line 1"), Some("Xi'an"), Some("active")), "{made}");
    assert_eq!(
        (&made["last_sequence"], &made["last_seen"], &made["until"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(made["registered"]["tx_id"].as_str().map(str::len), Some(64));

    let txs: Vec<SignedTx> = (0..2).map(|nonce| anchored(&world.node.chain(), 1, nonce)).collect();
    assert_eq!(world.node.order(&txs), [None, None]);
    let seen = world.until(PATH, &maker, |list| list["items"][0]["last_sequence"] == 1).await;
    let newest = tracelight_proof::signed::tx_id(&txs[1].tx).to_string();
    assert_eq!(seen["items"][0]["last_seen"]["tx_id"].as_str(), Some(newest.as_str()), "{seen}");
    assert_eq!(seen["items"][0]["registered"], made["registered"], "the registration stays as it was");

    // Another member neither sees it nor takes it over.
    let carrier = world.sign_in("carrier").await;
    assert_eq!(world.call("GET", PATH, Some(&carrier), None).await.expect(200).json()["items"], json!([]));
    let taken = world.call("POST", PATH, Some(&carrier), Some(form(1))).await.expect(409);
    assert_eq!((taken.problem().as_str(), taken.json()["field"].as_str()), ("key_taken", Some("key")));
}

#[tokio::test]
async fn the_list_goes_on_page_by_page_and_begins_with_the_newest() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    for number in 1..=3 {
        world.call("POST", PATH, Some(&maker), Some(form(number))).await.expect(201);
    }
    let (mut lines, mut path) = (Vec::new(), format!("{PATH}?limit=2"));
    loop {
        let page = world.call("GET", &path, Some(&maker), None).await.expect(200).json();
        let items = page["items"].as_array().expect("a list").iter();
        lines.extend(items.map(|item| item["line"].as_str().unwrap_or_default().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{PATH}?limit=2&cursor={next}");
        assert!(lines.len() <= 3, "{lines:?}");
    }
    assert_eq!(lines, ["line 3", "line 2", "line 1"]);
    world.call("GET", &format!("{PATH}?cursor=nonsense"), Some(&maker), None).await.expect(400);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let good = form(1);
    let upper = good["key"].as_str().expect("a key").to_uppercase();
    let at = upper.chars().position(|c| c.is_ascii_uppercase()).expect("a letter") as u64 + 1;
    for (field, value, position) in [
        ("key", upper.as_str(), Some(at)),
        ("key", "abc", None),
        ("key", "", None),
        ("line", "", None),
        ("line", " line 1", None),
        ("line", "a\u{7}", Some(2)),
        ("site", "Xi'an, hall 2", Some(6)),
        ("site", &"x".repeat(65), None),
    ] {
        let mut wrong = good.clone();
        wrong[field] = json!(value);
        let said = world.call("POST", PATH, Some(&maker), Some(wrong)).await.expect(400).json();
        assert_eq!((said["field"].as_str(), said["position"].as_u64()), (Some(field), position), "{said}");
    }
    // 32 bytes that are no point of the curve: the chain says so, and the field is named.
    let mut no_point = good.clone();
    no_point["key"] = json!("02".to_owned() + &"00".repeat(31));
    let said = world.call("POST", PATH, Some(&maker), Some(no_point)).await;
    assert_eq!((said.problem().as_str(), said.json()["field"].as_str()), ("bad_key", Some("key")));
}

#[tokio::test]
async fn the_same_request_again_registers_once() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (name, cookie) = maker.split_once(": ").expect("a credential");
    let send = async |body: Value| {
        let request = axum::http::Request::builder()
            .method("POST")
            .uri(PATH)
            .header(name, cookie)
            .header("idempotency-key", "once")
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_string()))
            .expect("a good request");
        world.send(request).await
    };
    let first = send(form(1)).await.expect(201).json();
    assert_eq!(send(form(1)).await.expect(201).json()["registered"], first["registered"]);
    assert_eq!(send(form(2)).await.expect(409).problem(), "idempotency_conflict");
    let member = world.node.chain().member(MAKER).gln;
    let all = world.state.store.devices(member, None, 10, world.state.progress().projected).await;
    assert_eq!(all.expect("the database answers").len(), 1);
}
