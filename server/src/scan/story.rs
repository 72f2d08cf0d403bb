//! For tests: a lot that was made, packed, sealed and listed, through the real API and the real follower.

use crate::testing::{GATEWAY_TOKEN, World};
use serde_json::json;
use tracelight_client::testing::MAKER;
use tracelight_domain::gs1::{Gtin, Lot, Serial, Sscc, check_digit};
use tracelight_domain::ids::{BatchId, Hash, UnitId};
use tracelight_domain::tx::{Content, Seal, TxBody};
use tracelight_proof::commitments::{quota_salt, unit_leaf, unit_salt};
use tracelight_proof::merkle;

/// The product.
pub const GTIN: &str = "06901234567892";
/// Packs in the sealed lot; one code more is ordered and not used.
pub const PACKS: usize = 5;
/// Salt of the count commitment.
const COUNT_SALT: [u8; 16] = [3; 16];

/// A sealed lot: packs 0 to 2 in case 1, packs 3 and 4 in no case; case 1 stands on pallet 9.
pub struct Story {
    /// Product and lot.
    pub batch: BatchId,
    /// Serials in the order of the leaves; the last one was ordered and not used.
    pub serials: Vec<Serial>,
    /// The lot's secret.
    pub secret: [u8; 32],
}

/// An SSCC of the test company.
pub fn sscc(number: u32) -> Sscc {
    let payload = format!("0690123456{number:07}");
    let check = check_digit(payload.as_bytes()).expect("digits");
    Sscc::parse(&format!("{payload}{}", char::from(check))).expect("a valid SSCC")
}

/// Waits until the follower has projected every transaction that the chain has.
pub async fn caught_up(world: &World) {
    // A statement of its own: the chain must not stay locked while the follower asks for it. The newest block is empty and
    // only states the outcomes of the one before; its own are not stated yet.
    let height = world.node.chain().height() - 1;
    world.projected(height).await;
}

/// Registers a lot of the product and orders so many codes for it.
pub async fn ordered(world: &World, maker: &str, lot: &str, expires_on: &str, count: usize) -> Vec<Serial> {
    let batch = json!({"gtin": GTIN, "lot": lot, "made_on": "2025-11-03", "expires_on": expires_on, "quantity": count});
    world.call("POST", "/api/v1/batches", Some(maker), Some(batch)).await;
    let path = format!("/api/v1/batches/{GTIN}/{lot}/orders");
    let order = world.call("POST", &path, Some(maker), Some(json!({"count": count}))).await.json();
    let id = order["id"].as_str().expect("an order").to_owned();
    world.until(&format!("/api/v1/orders/{id}"), maker, |order| order["state"] == "done").await;
    let id = uuid::Uuid::parse_str(&id).expect("an id");
    let serials = world.state.store.codes_of_order(id, 0, count as u64).await.expect("codes");
    assert_eq!(serials.len(), count);
    serials
}

impl Story {
    /// A registered product and lot with codes; nothing on the line yet.
    pub async fn coded(world: &World, lot: &str, expires_on: &str) -> Self {
        let maker = world.sign_in("maker").await;
        let product = json!({"gtin": GTIN, "name_en": "Paracetamol", "name_zh": "对乙酰氨基酚", "detail": "100 ml",
            "hotline": "400 000 1700", "kind": "medicine"});
        let made = world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await;
        assert!(matches!(made.status.as_u16(), 200 | 201 | 409), "{}", String::from_utf8_lossy(&made.body));
        let serials = ordered(world, &maker, lot, expires_on, PACKS + 1).await;
        let batch = BatchId { gtin: Gtin::parse(GTIN).expect("a GTIN"), lot: Lot::parse(lot).expect("a valid lot") };
        let store = &world.state.store;
        let secret = store.salt_secret(&batch).await.expect("the database works").expect("a plan");
        Self { batch, serials, secret }
    }

    /// Packs, stacks, seals, and hands the lists to the server.
    pub async fn sealed(world: &World, lot: &str) -> Self {
        let story = Self::coded(world, lot, "2028-10").await;
        story.seal(world).await;
        story
    }

    /// What [`Story::sealed`] does with a lot that has codes.
    pub async fn seal(&self, world: &World) {
        let lot = self.batch.lot.as_str();
        let (case_tx, seal_tx) = self.seal_on_chain(world);
        caught_up(world).await;
        let bearer = World::bearer(GATEWAY_TOKEN);
        let units: Vec<(String, String)> =
            self.serials[..3].iter().map(|serial| (lot.to_owned(), serial.to_string())).collect();
        let case = json!({"kind": "case", "sscc": sscc(1).to_string(), "tx_id": case_tx, "gtin": GTIN, "units": units});
        let list = json!({"kind": "batch", "gtin": GTIN, "lot": lot, "tx_id": seal_tx, "first": 0,
            "serials": self.serials[..PACKS].iter().map(ToString::to_string).collect::<Vec<_>>(),
            "rejected": [], "count_salt": hex::encode(COUNT_SALT), "last": true});
        for manifest in [case, list] {
            let reply = world.call("POST", "/api/v1/line/manifests", Some(&bearer), Some(manifest)).await;
            assert!(reply.status.is_success(), "{}", String::from_utf8_lossy(&reply.body));
            assert_eq!(reply.json()["checked"], true);
        }
    }

    /// The chain's part of [`Story::sealed`]: ids of the packing and of the seal.
    fn seal_on_chain(&self, world: &World) -> (String, String) {
        let leaves: Vec<Hash> = self.serials[..PACKS].iter().map(|serial| self.leaf(serial)).collect();
        let content =
            Content::Units { root: merkle::root(leaves[..3].to_vec()), batches: vec![(self.batch.clone(), 3)] };
        let case = world.node.apply(MAKER, TxBody::Pack { parent: sscc(1), content });
        world.node.apply(MAKER, TxBody::Pack { parent: sscc(9), content: Content::Cases(vec![sscc(1)]) });
        let seal = world.node.apply(
            MAKER,
            TxBody::SealBatch(Seal {
                batch: self.batch.clone(),
                tree_root: merkle::root(leaves),
                unit_count: PACKS as u64,
                count_salt: COUNT_SALT,
                rejected: 0,
                sampled: 0,
                quota: 6,
                quota_salt: quota_salt(&self.secret),
            }),
        );
        (case.to_string(), seal.to_string())
    }

    fn leaf(&self, serial: &Serial) -> Hash {
        unit_leaf(self.batch.gtin, &self.batch.lot, serial, &unit_salt(&self.secret, serial))
    }

    /// Pack by its place.
    pub fn unit(&self, index: usize) -> UnitId {
        UnitId { gtin: self.batch.gtin, serial: self.serials[index].clone() }
    }

    /// Path of its page.
    pub fn path(&self, index: usize) -> String {
        format!("/01/{GTIN}/10/{}/21/{}", self.batch.lot, self.serials[index])
    }
}
