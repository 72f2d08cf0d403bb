//! Bundles over a real state tree, and what one changed byte does to them.

use super::{BundleMaker, Source};
use crate::clock::now_ms;
use crate::scan::story::{Story, sscc};
use crate::testing::World;
use crate::testing::node::FakeNode;
use crate::witnesses::Witnesses;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use tracelight_api::Base64;
use tracelight_api::chain::{ObjectProof, Proofs, ProveRequest};
use tracelight_client::chain::NodeClient;
use tracelight_client::light::LightClient;
use tracelight_client::testing::MAKER;
use tracelight_domain::ids::{Hash, ShipmentId};
use tracelight_domain::state::ObjectId;
use tracelight_domain::tx::TxBody;
use tracelight_proof::block::Header;
use tracelight_proof::bundle::{Bundle, FRESH_MS_MAX, Part, Pin, verify};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::{EMPTY, ProofLeaf, StateProof, leaf_hash, node_hash, state_key, value_hash};

/// Key and value of an object in the tree.
type Leaf = (Hash, Vec<u8>);

fn bit(key: &Hash, depth: usize) -> bool {
    (key.0[depth / 8] >> (7 - depth % 8)) & 1 == 1
}

fn root(leaves: &[Leaf], depth: usize) -> Hash {
    match leaves {
        [] => EMPTY,
        [(key, value)] => leaf_hash(key, &value_hash(value)),
        more => {
            let at = more.partition_point(|(key, _)| !bit(key, depth));
            node_hash(&root(&more[..at], depth + 1), &root(&more[at..], depth + 1))
        }
    }
}

fn proof(leaves: &[Leaf], key: &Hash) -> StateProof {
    let (mut here, mut siblings) = (leaves, Vec::new());
    while here.len() > 1 {
        let depth = siblings.len();
        let at = here.partition_point(|(key, _)| !bit(key, depth));
        let (left, right) = here.split_at(at);
        let (mine, other) = if bit(key, depth) { (right, left) } else { (left, right) };
        siblings.push(Some(root(other, depth + 1)).filter(|hash| *hash != EMPTY));
        here = mine;
    }
    siblings.reverse();
    let leaf = match here {
        [] => ProofLeaf::Absent,
        [(found, value), ..] if found == key => ProofLeaf::Present(value.clone()),
        [(found, value), ..] => ProofLeaf::Other { key: *found, value: value_hash(value) },
    };
    StateProof { leaf, siblings }
}

/// Proves from the chain's present states, under a header that three of four have certified.
fn proofs(node: &FakeNode, objects: &[ObjectId]) -> Proofs {
    let chain = node.chain();
    let mut leaves: Vec<Leaf> = chain.state.iter().map(|(id, state)| (state_key(id), state.to_bytes())).collect();
    leaves.sort();
    let newest = chain.blocks_from(chain.height(), 1).pop().expect("a block");
    let newest = Header::decode(&newest.header.0).expect("a header");
    let header = Header { state_root: root(&leaves, 0), time_ms: now_ms(), ..newest };
    let objects = objects.iter().map(|id| ObjectProof {
        id: Base64(id.to_bytes()),
        proof: Base64(proof(&leaves, &state_key(id)).to_bytes()),
        events: chain.events.get(id).into_iter().flatten().map(|event| Base64(event.to_bytes())).collect(),
    });
    Proofs {
        objects: objects.collect(),
        certificate: Base64(chain.certify(&header, &[0, 1, 3])),
        header: Base64(header.encode()),
    }
}

/// A node that proves, over HTTP.
async fn prover(node: &FakeNode) -> NodeClient {
    async fn prove(State(node): State<FakeNode>, Json(asked): Json<ProveRequest>) -> Json<Proofs> {
        let parse = |id: &Base64| ObjectId::parse(&id.0, 64, "object id").expect("an id");
        Json(proofs(&node, &asked.objects.iter().map(parse).collect::<Vec<_>>()))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let router = Router::new().route("/v1/prove", post(prove)).with_state(node.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    NodeClient::new(&[url]).expect("a client")
}

async fn bundle(world: &World, story: &Story, index: usize) -> Vec<u8> {
    let alliance = &world.state.alliance;
    let node = prover(&world.node).await;
    let (maker, unit) = (BundleMaker::default(), story.unit(index));
    let light = LightClient::new(&alliance.genesis).expect("a genesis");
    let witnesses = Witnesses::default();
    let source = Source { node: &node, light: &light, witnesses: &witnesses, chain: alliance.chain, whole: true };
    let made = maker.bundle(&world.state.store, &source, &unit, None, now_ms);
    made.await.expect("a bundle").expect("the pack is known")
}

#[tokio::test]
async fn a_bundle_shows_the_case_and_every_pallet_and_verifies() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let to = world.node.chain().member(1).gln;
    world.node.apply(MAKER, TxBody::Ship { shipment: ShipmentId([1; 16]), to, objects: vec![sscc(9)] });
    let bytes = bundle(&world, &story, 1).await;
    let decoded = Bundle::decode(&bytes).expect("a bundle");
    let objects: Vec<_> = decoded.objects.iter().map(|object| object.id.clone()).collect();
    assert_eq!(objects.len(), 4);
    assert!(objects.contains(&ObjectId::Logistic(sscc(1))) && objects.contains(&ObjectId::Logistic(sscc(9))));
    let unit = story.unit(1);
    let pin = Pin {
        chain: world.state.alliance.chain,
        anchor: None,
        unit: &unit,
        lot: Some(&story.batch.lot),
        now_ms: now_ms(),
        fresh_ms_max: FRESH_MS_MAX,
    };
    let verified = verify(&bytes, &pin).expect("it verifies");
    assert_eq!(verified.signers.len(), 3);
    assert!(verified.journey.iter().any(|(object, _)| *object == ObjectId::Logistic(sscc(9))));
    // A pack in no case stands with its maker.
    assert_eq!(Bundle::decode(&bundle(&world, &story, 4).await).expect("a bundle").objects.len(), 2);
}

#[tokio::test]
async fn one_changed_byte_is_found_and_its_part_named() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let bytes = bundle(&world, &story, 0).await;
    let unit = story.unit(0);
    let pin = Pin {
        chain: world.state.alliance.chain,
        anchor: None,
        unit: &unit,
        lot: Some(&story.batch.lot),
        now_ms: now_ms(),
        fresh_ms_max: FRESH_MS_MAX,
    };
    let part = |changed: &Bundle| verify(&changed.to_bytes(), &pin).expect_err("it was changed").part;
    let good = Bundle::decode(&bytes).expect("a bundle");
    let with = |change: &dyn Fn(&mut Bundle)| {
        let mut changed = good.clone();
        change(&mut changed);
        part(&changed)
    };
    assert_eq!(with(&|b| b.anchor.as_mut().expect("whole").genesis[5] ^= 1), Part::Genesis);
    assert_eq!(with(&|b| b.header.height += 1), Part::Certificate);
    assert_eq!(with(&|b| b.header.executed = b.header.height), Part::Header);
    assert_eq!(with(&|b| b.certificate.signatures[0][5] ^= 1), Part::Certificate);
    assert_eq!(with(&|b| b.touch.salt[0] ^= 1), Part::BatchPath);
    assert_eq!(with(&|b| b.touch.in_batch.siblings[0].0[0] ^= 1), Part::BatchPath);
    assert_eq!(with(&|b| b.touch.in_case.as_mut().expect("a case").1.siblings[0].0[0] ^= 1), Part::Containment);
    assert_eq!(with(&|b| b.objects[0].events[0].height ^= 1), Part::History);
    assert_eq!(with(&|b| assert!(b.objects[0].events.pop().is_some())), Part::History);
    assert_eq!(with(&|b| b.objects[0].proof.siblings[0] = Some(Hash([1; 32]))), Part::StateProof);
    assert_eq!(with(&|b| b.objects.truncate(3)), Part::Containment);
    assert_eq!(part_of(&bytes[..bytes.len() - 1], &pin), Part::Format);
    // Every single byte counts: no change goes unseen.
    for at in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        assert!(verify(&changed, &pin).is_err(), "byte {at} can be changed unseen");
    }
    let late = Pin { now_ms: pin.now_ms + FRESH_MS_MAX + 5_000, ..pin.clone() };
    assert_eq!(part_of(&bytes, &late), Part::Freshness);
    let other = story.unit(1);
    assert_eq!(part_of(&bytes, &Pin { unit: &other, ..pin.clone() }), Part::Subject);
}

fn part_of(bytes: &[u8], pin: &Pin<'_>) -> Part {
    verify(bytes, pin).expect_err("it was changed").part
}

#[tokio::test]
async fn a_node_that_does_not_prove_is_no_answer() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let path = format!("/v1/bundle/{}/{}", story.batch.gtin, story.serials[0]);
    // The node of these tests has no proofs.
    let reply = world.call("GET", &path, None, None).await.expect(503);
    assert_eq!(reply.problem(), "cannot_check_now");
    world.call("GET", "/v1/bundle/06901234567892/NEVERISSUED", None, None).await.expect(404);
    world.call("GET", "/v1/bundle/06901234567893/X", None, None).await.expect(400);
    let genesis = world.call("GET", "/v1/genesis", None, None).await.expect(200);
    assert_eq!(genesis.body, world.state.alliance.bytes);
}
