//! What captured events do on the chain: their log is anchored, and hand-overs are signed where that may be.

use super::{capture, job, location, object_event, of};
use crate::epcis::anchor::LOG;
use crate::testing::{GATEWAY_TOKEN, World, story};
use serde_json::{Value, json};
use tracelight_client::testing::{CARRIER, MAKER};
use tracelight_domain::state::{LogisticStatus, ObjectId, StateBody};
use tracelight_domain::tx::{Content, TxBody};

const JSON: &str = "application/json";

#[tokio::test]
async fn the_log_of_captured_events_is_anchored() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let gln = world.node.chain().member(MAKER).gln;
    for round in 1..=2_u64 {
        let event =
            object_event(&["urn:epc:id:sgtin:0614141.107346.1"], json!({ "eventID": format!("urn:uuid:{round}") }));
        let path = location(&capture(&world, &maker, JSON, of(&[event])).await.expect(202));
        let anchored = |job: &Value| !job["tracelight:evidence"]["anchor"].is_null();
        let told = world.until(&path, &maker, anchored).await;
        let anchor = &told["tracelight:evidence"]["anchor"];
        let log = world.state.store.epcis_log(gln).await.expect("it is read");
        assert_eq!((&anchor["size"], &anchor["root"]), (&round.into(), &log.root.to_string().into()), "{told}");
        let on_chain = world.node.chain().state.get(&ObjectId::Log(gln, *LOG)).map(|state| state.body.clone());
        assert_eq!(on_chain, Some(StateBody::Log { size: round, root: log.root }));
        let events = &told["tracelight:evidence"]["events"];
        assert_eq!(
            (&events[0]["entry"], &events[0]["ledger"]),
            (&(round - 1).into(), &"evidence_only".into()),
            "{told}"
        );
    }
}

/// A pallet of the maker's that is in stock.
async fn with_stock() -> World {
    let world = World::start().await;
    let pallet = TxBody::Pack { parent: story::sscc(3), content: Content::Cases(vec![story::sscc(1), story::sscc(2)]) };
    let made = [
        story::product(story::batch().gtin),
        story::registration(),
        story::seal(),
        story::pack(1),
        story::pack(2),
        pallet,
    ];
    for body in made {
        world.node.apply(MAKER, body);
    }
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    world
}

fn hand_over(step: &str, to: usize, world: &World) -> Value {
    let pallet = format!("https://id.gs1.org/00/{}", story::sscc(3));
    let party = |member: usize| {
        let gln = world.node.chain().member(member).gln;
        json!([{ "type": "possessing_party", "source": format!("https://id.gs1.org/417/{gln}"),
            "destination": format!("https://id.gs1.org/417/{gln}") }])
    };
    let only = |mut list: Value, name: &str| {
        list[0].as_object_mut().expect("an object").remove(name);
        list
    };
    let more = json!({ "bizStep": step, "sourceList": only(party(MAKER), "destination"),
        "destinationList": only(party(to), "source") });
    object_event(&[&pallet], more)
}

fn settled(job: &Value) -> bool {
    job["tracelight:evidence"]["events"][0]["ledger"] != "to_be_signed"
}

#[tokio::test]
async fn a_captured_hand_over_is_signed_by_both_sides() {
    let world = with_stock().await;
    let pallet = ObjectId::Logistic(story::sscc(3));
    let told = async |user: &str, event: Value| -> Value {
        let who = world.sign_in(user).await;
        let path = location(&capture(&world, &who, JSON, of(&[event])).await.expect(202));
        let job = world.until(&path, &who, settled).await;
        job["tracelight:evidence"]["events"][0].clone()
    };
    let custodian = || match world.node.chain().state.get(&pallet).map(|state| state.body.clone()) {
        Some(StateBody::Logistic { custodian, status, .. }) => (custodian, status),
        other => panic!("{other:?}"),
    };
    let shipped = told("maker", hand_over("shipping", CARRIER, &world)).await;
    assert_eq!((&shipped["ledger"], &shipped["note"]), (&"signed".into(), &"ship".into()), "{shipped}");
    assert_eq!(shipped["txId"].as_str().map(str::len), Some(64));
    assert!(matches!(custodian().1, LogisticStatus::InTransit(_)));
    let received = told("carrier", hand_over("receiving", CARRIER, &world)).await;
    assert_eq!(received["ledger"], "signed", "{received}");
    assert_eq!(custodian(), (world.node.chain().member(CARRIER).gln, LogisticStatus::InStock));
    // The maker has it no more: the rule says no, and what was captured stays evidence.
    let mut again = hand_over("shipping", CARRIER, &world);
    again["eventTime"] = "2026-11-02T10:00:00Z".into();
    let refused = told("maker", again).await;
    assert_eq!(refused["ledger"], "evidence_only", "{refused}");
    assert!(refused["note"].as_str().is_some_and(|note| note.starts_with("not_the_custodian")), "{refused}");
}

#[tokio::test]
async fn a_system_s_token_signs_nothing() {
    let world = with_stock().await;
    let token = World::bearer(GATEWAY_TOKEN);
    let event = hand_over("shipping", CARRIER, &world);
    let told = job(&world, &token, capture(&world, &token, JSON, of(&[event])).await).await;
    let event = &told["tracelight:evidence"]["events"][0];
    assert_eq!(event["ledger"], "evidence_only", "{told}");
    assert!(event["note"].as_str().is_some_and(|note| note.contains("token signs nothing")), "{told}");
}
