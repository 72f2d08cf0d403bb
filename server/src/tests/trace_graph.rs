//! The graph of a lot through the router, on both databases: makings, hand-overs, what was declared an error, gaps, and who sees
//! how much.

use crate::testing::{World, story};
use serde_json::{Value, json};
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY};
use tracelight_domain::gs1::Lot;
use tracelight_domain::ids::{BatchId, Hash, ShipmentId};
use tracelight_domain::rules::{DAY_MS, SETTLE_DAYS};
use tracelight_domain::state::ObjectId;
use tracelight_domain::tx::{Content, Input, Seal, Transform, TxBody};
use tracelight_proof::commitments::{quota_commitment, quota_salt};
use tracelight_testkit::services::MariaDb;

/// Longer than a hand-over may stay open.
const TOO_LONG_MS: u64 = (SETTLE_DAYS + 1) * DAY_MS;

const TO_CARRIER: ShipmentId = ShipmentId([11; 16]);
const TO_PHARMACY: ShipmentId = ShipmentId([12; 16]);
pub(super) const FORGOTTEN: ShipmentId = ShipmentId([13; 16]);

pub(super) fn lot(name: &str) -> BatchId {
    BatchId { gtin: story::batch().gtin, lot: Lot::parse(name).expect("a lot of constants") }
}

pub(super) fn registered(name: &str) -> TxBody {
    let TxBody::RegisterBatch { made_on, expires_on, quota, .. } = story::registration() else { panic!("it is one") };
    TxBody::RegisterBatch { batch: lot(name), made_on, expires_on, quota }
}

pub(super) fn packed(case: u64, name: &str) -> TxBody {
    let content = Content::Units { root: Hash([1; 32]), batches: vec![(lot(name), 2)] };
    TxBody::Pack { parent: story::sscc(case), content }
}

/// Five packs.
pub(super) fn sealed(name: &str) -> TxBody {
    TxBody::SealBatch(Seal {
        batch: lot(name),
        tree_root: Hash([2; 32]),
        unit_count: 5,
        count_salt: story::COUNT_SALT,
        rejected: 0,
        sampled: 0,
        quota: story::QUOTA,
        quota_salt: quota_salt(&story::SECRET),
    })
}

pub(super) fn made(output: &str, inputs: &[(&str, &[u64])]) -> TxBody {
    let TxBody::RegisterBatch { made_on, expires_on, .. } = story::registration() else { panic!("it is one") };
    let input = |(name, cases): &(&str, &[u64])| Input {
        batch: lot(name),
        cases: cases.iter().map(|case| story::sscc(*case)).collect(),
    };
    TxBody::Transform(Transform {
        output: lot(output),
        made_on,
        expires_on,
        quota: quota_commitment(story::QUOTA, &quota_salt(&story::SECRET)),
        inputs: inputs.iter().map(input).collect(),
    })
}

/// Raw-1 (a case of it) and Raw-2 into Made-1, Made-1 into Made-2. Pallet 5 with both cases of Made-1 goes to the carrier and on
/// to the pharmacy, where case 4 is missing. The other case of Raw-1 goes to the pharmacy, which never answers.
pub(super) async fn play(world: &World, product: TxBody) {
    let gln = |member| world.node.chain().member(member).gln;
    let (carrier, pharmacy) = (gln(CARRIER), gln(PHARMACY));
    let ship = |shipment, to, object| TxBody::Ship { shipment, to, objects: vec![story::sscc(object)] };
    let receive = |shipment, short| TxBody::Receive { shipment, short, damaged: Vec::new() };
    let pallet = Content::Cases(vec![story::sscc(3), story::sscc(4)]);
    let steps = [
        (MAKER, product),
        (MAKER, registered("Raw-1")),
        (MAKER, registered("Raw-2")),
        (MAKER, packed(1, "Raw-1")),
        (MAKER, packed(2, "Raw-1")),
        (MAKER, sealed("Raw-1")),
        (MAKER, made("Made-1", &[("Raw-1", &[1]), ("Raw-2", &[])])),
        (MAKER, packed(3, "Made-1")),
        (MAKER, packed(4, "Made-1")),
        (MAKER, sealed("Made-1")),
        (MAKER, made("Made-2", &[("Made-1", &[])])),
        (MAKER, TxBody::Pack { parent: story::sscc(5), content: pallet }),
        (MAKER, ship(TO_CARRIER, carrier, 5)),
        (CARRIER, receive(TO_CARRIER, Vec::new())),
        (CARRIER, ship(TO_PHARMACY, pharmacy, 5)),
        (PHARMACY, receive(TO_PHARMACY, vec![story::sscc(4)])),
        (MAKER, ship(FORGOTTEN, pharmacy, 2)),
    ];
    for (member, body) in steps {
        world.node.apply(member, body);
    }
    caught_up(world).await;
}

pub(super) async fn caught_up(world: &World) {
    let height = world.node.chain().height() - 1;
    world.projected(height).await;
}

/// Days go by without a transaction.
async fn later(world: &World) {
    {
        let mut chain = world.node.chain();
        chain.clock_ms += TOO_LONG_MS;
        chain.block(&[]);
        chain.block(&[]);
    }
    caught_up(world).await;
}

pub(super) async fn withdraw(world: &World, object: ObjectId, seq: u32) {
    let correction = story::withdrawal(&world.node.chain(), object, seq);
    world.node.apply(MAKER, TxBody::Correct(correction));
    caught_up(world).await;
}

fn address(name: &str, direction: &str) -> String {
    format!("/api/v1/trace/graph?code={}&direction={direction}", crate::http::encoded(&lot(name).to_string()))
}

async fn graph(world: &World, user: &str, name: &str, direction: &str) -> Value {
    let session = world.sign_in(user).await;
    world.call("GET", &address(name, direction), Some(&session), None).await.expect(200).json()
}

fn list(graph: &Value, part: &str) -> Vec<Value> {
    graph[part].as_array().expect("a list").clone()
}

/// Lots with their distances.
fn lots(graph: &Value) -> Vec<(String, i64)> {
    let one =
        |lot: &Value| (lot["lot"].as_str().expect("a lot").to_owned(), lot["distance"].as_i64().expect("a number"));
    list(graph, "lots").iter().map(one).collect()
}

fn named(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(name, distance)| ((*name).to_owned(), *distance)).collect()
}

/// Moves without their times: lot, sender, receiver, status, shipments, cases, units, short.
fn moves(graph: &Value) -> Vec<Value> {
    let one = |one: &Value| {
        assert!(one["first_ms"].as_u64() <= one["last_ms"].as_u64(), "{one}");
        json!([
            one["lot"],
            one["from"],
            one["to"],
            one["status"],
            one["shipments"],
            one["cases"],
            one["units"],
            one["short"]
        ])
    };
    list(graph, "moves").iter().map(one).collect()
}

/// Gaps: lot, kind, packs.
fn gaps(graph: &Value) -> Vec<Value> {
    list(graph, "gaps").iter().map(|gap| json!([gap["lot"], gap["kind"], gap["units"]])).collect()
}

async fn the_regulator_sees_all(world: &World) {
    let gln = |member| world.node.chain().member(member).gln.to_string();
    let (maker, carrier, pharmacy) = (gln(MAKER), gln(CARRIER), gln(PHARMACY));
    let both = graph(world, "regulator", "Made-1", "both").await;
    assert_eq!(lots(&both), named(&[("Raw-1", -1), ("Raw-2", -1), ("Made-1", 0), ("Made-2", 1)]));
    assert_eq!(
        (&both["complete"], &both["direction"], &both["subject"]),
        (&json!(true), &json!("both"), &json!(lot("Made-1").to_string()))
    );
    let expected =
        json!([{ "from": 0, "to": 2, "cases": 1, "units": 2 }, { "from": 1, "to": 2 }, { "from": 2, "to": 3 }]);
    assert_eq!(both["links"], expected);
    let expected = [
        json!([0, maker, pharmacy, "open", 1, 1, 2, 0]),
        json!([2, maker, carrier, "received", 1, 2, 4, 0]),
        json!([2, carrier, pharmacy, "received_in_part", 1, 1, 2, 2]),
    ];
    let mut told = moves(&both);
    told.sort_by_key(|one| (one[0].as_u64(), one[1] != json!(maker)));
    assert_eq!(told, expected);
    let expected = [
        json!([0, "in_no_case", 1]),
        json!([0, "not_received", 2]),
        json!([1, "not_sealed", null]),
        json!([2, "in_no_case", 1]),
        json!([3, "not_sealed", null]),
    ];
    assert_eq!(gaps(&both), expected);
    assert_eq!(both["gaps"][1]["shipment"], json!(FORGOTTEN.to_string()));
    assert_eq!((&both["lots"][2]["product_en"], &both["lots"][2]["sealed"]), (&json!("Amoxicillin"), &json!(5)));
    let members: Vec<Value> = list(&both, "members").iter().map(|member| member["gln"].clone()).collect();
    let mut expected = [maker, carrier, pharmacy].map(Value::from).to_vec();
    expected.sort_by_key(ToString::to_string);
    assert_eq!(members, expected);
    assert_eq!(
        lots(&graph(world, "regulator", "Raw-2", "forward").await),
        named(&[("Raw-2", 0), ("Made-1", 1), ("Made-2", 2)])
    );
    assert_eq!(
        lots(&graph(world, "regulator", "Made-2", "back").await),
        named(&[("Raw-1", -2), ("Raw-2", -2), ("Made-1", -1), ("Made-2", 0)])
    );
    // The maker of all of it sees the same.
    assert_eq!(graph(world, "maker", "Made-1", "both").await, both);
    assert_eq!(graph(world, "maker-viewer", "Made-1", "both").await, both);
}

async fn errors_are_left_out(world: &World) {
    withdraw(world, ObjectId::Shipment(FORGOTTEN), 0).await;
    withdraw(world, ObjectId::Lineage(lot("Made-2")), 0).await;
    let both = graph(world, "regulator", "Made-1", "both").await;
    assert_eq!(lots(&both), named(&[("Raw-1", -1), ("Raw-2", -1), ("Made-1", 0)]));
    assert!(moves(&both).iter().all(|one| one[0] == 2), "{both}");
    assert_eq!(gaps(&both), [json!([0, "in_no_case", 1]), json!([1, "not_sealed", null]), json!([2, "in_no_case", 1])]);
    // The pallet's own shipping, declared at the pallet: event 1 of its history, after the packing.
    withdraw(world, ObjectId::Logistic(story::sscc(5)), 1).await;
    let both = graph(world, "regulator", "Made-1", "both").await;
    assert_eq!(moves(&both).len(), 1, "the carrier's shipping stays: {both}");
}

/// One ingredient becomes the pharmacy's: who makes what decides who sees what.
async fn others_see_what_touches_their_own(world: &World) {
    let pharmacy = world.node.chain().member(PHARMACY).gln;
    world.state.store.give_lot(&lot("Raw-1"), pharmacy).await;
    let own = graph(world, "maker", "Made-1", "both").await;
    assert_eq!(lots(&own), named(&[("Raw-1", -1), ("Raw-2", -1), ("Made-1", 0), ("Made-2", 1)]));
    assert_eq!((&own["lots"][0]["in_full"], &own["lots"][0]["sealed"]), (&json!(false), &Value::Null));
    assert_eq!(own["lots"][0]["maker"], json!(pharmacy.to_string()));
    assert!(list(&own, "moves").iter().chain(&list(&own, "gaps")).all(|one| one["lot"] != 0), "{own}");
    assert_eq!(own["links"][0], json!({ "from": 0, "to": 2 }), "how much of it was used is not told");
    let theirs = graph(world, "pharmacy", "Raw-1", "both").await;
    assert_eq!(lots(&theirs), named(&[("Raw-1", 0), ("Made-1", 1)]), "not through a lot of another maker");
    assert_eq!(theirs["lots"][1]["in_full"], json!(false));
    assert!(list(&theirs, "moves").iter().all(|one| one["lot"] == 0), "{theirs}");
    assert_eq!(lots(&graph(world, "regulator", "Raw-1", "both").await).len(), 3);
    for (user, name, status) in
        [("pharmacy", "Made-1", 404), ("carrier", "Made-1", 404), ("maker", "Raw-1", 404), ("regulator", "None", 404)]
    {
        let session = world.sign_in(user).await;
        let reply = world.call("GET", &address(name, "both"), Some(&session), None).await.expect(status);
        assert_eq!(reply.problem(), "not_found", "{user} {name}");
    }
    let regulator = world.sign_in("regulator").await;
    let pack = format!("/api/v1/trace/graph?code=(01){}(21)X", story::batch().gtin);
    let refused = world.call("GET", &pack, Some(&regulator), None).await.expect(400).json();
    assert_eq!(refused["field"], "code");
    world.call("GET", &address("Made-1", "both"), None, None).await.expect(401);
    world.call("GET", &address("Made-1", "up"), Some(&regulator), None).await.expect(400);
}

async fn the_graph_of_a_lot(world: World) {
    play(&world, story::product(story::batch().gtin)).await;
    let early = graph(&world, "regulator", "Raw-1", "back").await;
    assert_eq!(gaps(&early), [json!([0, "in_no_case", 1])], "nothing is late yet");
    later(&world).await;
    the_regulator_sees_all(&world).await;
    others_see_what_touches_their_own(&world).await;
    let maker = world.node.chain().member(MAKER).gln;
    world.state.store.give_lot(&lot("Raw-1"), maker).await;
    errors_are_left_out(&world).await;
}

#[tokio::test]
async fn the_graph_of_a_lot_on_sqlite() {
    the_graph_of_a_lot(World::start().await).await;
}

#[tokio::test]
async fn the_graph_of_a_lot_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    the_graph_of_a_lot(World::on(&database.await.expect("it ran").dsn, scratch).await).await;
}
