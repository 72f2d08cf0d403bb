//! What a gateway asks, and the lists behind the roots.

use crate::store::BatchPlan;
use crate::testing::{GATEWAY_TOKEN, OTHER_TOKEN, World, story};
use serde_json::{Value, json};
use tracelight_api::rest::goods::OrderState;
use tracelight_client::testing::MAKER;
use tracelight_domain::gs1::Serial;
use uuid::Uuid;

pub(super) const MANIFESTS: &str = "/api/v1/line/manifests";

/// A world in which the story's batch is registered, planned with its secret, and its codes and one more are issued.
pub(super) async fn world() -> World {
    let world = World::start().await;
    world.node.apply(MAKER, story::product(story::batch().gtin));
    world.node.apply(MAKER, story::registration());
    let member = world.node.chain().member(MAKER).gln;
    let plan = BatchPlan { quantity: 5, secret: story::SECRET };
    world.state.store.plan_batch(&story::batch(), member, &plan).await.expect("planned");
    let order = crate::store::OrderRow {
        id: Uuid::now_v7(),
        batch: story::batch(),
        member,
        wanted: 5,
        made: 0,
        signed: false,
        state: OrderState::Queued,
        created_ms: 0,
        started: None,
        updated_ms: 0,
        error: None,
    };
    // The worker of the world would draw serials of its own: ours is faster only by placing and claiming at once.
    let worker = Uuid::now_v7();
    let mut serials = story::serials();
    serials.push(Serial::parse("reject").expect("a serial of constants"));
    let far = crate::clock::now_ms() + 60_000;
    world.state.store.place_claimed(&order, worker, far).await.expect("placed");
    let claimed = crate::store::ClaimedOrder { order, worker };
    world.state.store.store_chunk(&claimed, &serials, 0, far).await.expect("stored");
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    world
}

pub(super) fn list(tx: &str) -> Value {
    let serials: Vec<String> = story::serials().iter().map(ToString::to_string).collect();
    json!({
        "kind": "batch", "gtin": story::batch().gtin.to_string(), "lot": story::batch().lot.to_string(), "tx_id": tx,
        "first": 0, "serials": serials, "rejected": ["reject"], "count_salt": hex::encode(story::COUNT_SALT), "last": true,
    })
}

#[tokio::test]
async fn a_list_is_checked_against_the_root_as_soon_as_that_is_on_the_chain() {
    let world = world().await;
    let gateway = World::bearer(GATEWAY_TOKEN);
    let path = format!("/api/v1/line/batches/{}/{}", story::batch().gtin, story::batch().lot);
    let batch = world.call("GET", &path, Some(&gateway), None).await.expect(200).json();
    assert_eq!((batch["issued"].as_u64(), batch["sealed"].as_bool()), (Some(5), Some(false)));

    // The list arrives before the seal is ordered.
    let signed = world.node.chain().sign(MAKER, story::seal());
    let tx = tracelight_proof::signed::tx_id(&signed.tx).to_string();
    let stored = world.call("POST", MANIFESTS, Some(&gateway), Some(list(&tx))).await.expect(200).json();
    assert_eq!(stored, json!({ "already": false, "checked": false }));
    assert_eq!(world.node.order(&[signed]), [None]);
    let maker = world.sign_in("maker").await;
    let counted = format!("/api/v1/batches/{}/{}", story::batch().gtin, story::batch().lot);
    let batch = world.until(&counted, &maker, |batch| batch["codes"]["commissioned"] == 4).await;
    assert_eq!((batch["stage"].as_str(), batch["codes"]["scrapped"].as_u64()), (Some("sealed"), Some(1)));
    let again = world.call("POST", MANIFESTS, Some(&gateway), Some(list(&tx))).await.expect(200).json();
    assert_eq!(again, json!({ "already": true, "checked": true }));
}

#[tokio::test]
async fn a_list_that_the_chain_contradicts_is_refused_and_the_true_one_taken() {
    let world = world().await;
    let gateway = World::bearer(GATEWAY_TOKEN);
    let tx = world.node.apply(MAKER, story::seal()).to_string();
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let mut swapped = list(&tx);
    swapped["serials"].as_array_mut().expect("a list").swap(0, 1);
    let refused = world.call("POST", MANIFESTS, Some(&gateway), Some(swapped)).await.expect(422);
    assert_eq!(refused.problem(), "manifest_contradicts_chain");
    let stored = world.call("POST", MANIFESTS, Some(&gateway), Some(list(&tx))).await.expect(200).json();
    assert_eq!(stored, json!({ "already": false, "checked": true }));
}

#[tokio::test]
async fn a_case_list_is_checked_and_foreign_input_is_refused() {
    let world = world().await;
    let gateway = World::bearer(GATEWAY_TOKEN);
    let tx = world.node.apply(MAKER, story::pack(1)).to_string();
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let units = |serials: &[&str]| {
        serials.iter().map(|serial| json!([story::batch().lot.to_string(), serial])).collect::<Vec<_>>()
    };
    let case = |serials: &[&str]| {
        json!({ "kind": "case", "sscc": story::sscc(1).to_string(), "tx_id": tx,
        "gtin": story::batch().gtin.to_string(), "units": units(serials) })
    };
    let refused = world.call("POST", MANIFESTS, Some(&gateway), Some(case(&["Ab1", "aB1"]))).await.expect(422);
    assert_eq!(refused.problem(), "manifest_contradicts_chain");
    let stored = world.call("POST", MANIFESTS, Some(&gateway), Some(case(&["aB1", "Ab1"]))).await.expect(200).json();
    assert_eq!(stored, json!({ "already": false, "checked": true }));
    let other = world.call("POST", MANIFESTS, Some(&gateway), Some(case(&["AB1", "ab1"]))).await.expect(409);
    assert_eq!(other.problem(), "manifest_conflict");

    let mut foreign = list(&tx);
    foreign["serials"] = json!(["never-issued"]);
    let refused = world.call("POST", MANIFESTS, Some(&gateway), Some(foreign)).await.expect(422);
    assert_eq!(refused.problem(), "foreign_code");
    let mut bad = list(&tx);
    bad["serials"] = json!(["good", "b ad"]);
    let refused = world.call("POST", MANIFESTS, Some(&gateway), Some(bad)).await.expect(400).json();
    assert_eq!((refused["field"].as_str(), refused["position"].as_u64()), (Some("serials[1]"), Some(2)));
    let stranger = World::bearer(OTHER_TOKEN);
    world.call("POST", MANIFESTS, Some(&stranger), Some(list(&tx))).await.expect(404);
}
