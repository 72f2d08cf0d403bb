//! Goods for tests: one product, one batch of three packs, one case, and the transactions that move them.

use ed25519_dalek::{Signer as _, SigningKey};
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Hash, Height, MemberId, PublicKey, RecallId, ShipmentId, UnitId};
use tracelight_domain::tx::{
    Content, Product, ProductKind, RecallClass, Seal, SignedTx, Tx, TxBody, UnitAction, UnitTouch,
};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::commitments::{count_commitment, quota_commitment, unit_leaf, unit_salt};
use tracelight_proof::merkle::Tree;
use tracelight_proof::signed::tx_message;

/// Everything about one small batch.
pub struct Goods {
    pub gtin: Gtin,
    pub batch: BatchId,
    pub case: Sscc,
    pub shipment: ShipmentId,
    pub recall: RecallId,
    serials: Vec<Serial>,
    tree: Tree,
}

const SECRET: [u8; 32] = [7; 32];
const COUNT_SALT: [u8; 16] = [9; 16];
const QUOTA: u64 = 4;
const QUOTA_SALT: [u8; 16] = [8; 16];

impl Goods {
    /// The goods with this number; other numbers give other ids.
    pub fn new(number: u64) -> Self {
        // Five digits stand behind a company prefix of seven.
        let prefix = (6_901_234 + number / 100_000).to_string();
        let gtin = Gtin::build(0, &prefix, number % 100_000).expect("a small number");
        let lot = Lot::parse(&format!("L{number}")).expect("a lot");
        let serials: Vec<Serial> =
            (0..3).map(|i| Serial::parse(&format!("S{number}-{i}")).expect("a serial")).collect();
        let leaf = |serial: &Serial| unit_leaf(gtin, &lot, serial, &unit_salt(&SECRET, serial));
        let tree = Tree::new(serials.iter().map(leaf).collect());
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        Self {
            gtin,
            batch: BatchId { gtin, lot },
            case: Sscc::build(0, &prefix, number % 100_000).expect("a small number"),
            shipment: ShipmentId(id),
            recall: RecallId(id),
            serials,
            tree,
        }
    }

    pub fn register_product(&self) -> TxBody {
        TxBody::RegisterProduct(Product {
            gtin: self.gtin,
            name_en: "Test tablets".to_owned(),
            name_zh: "测试片".to_owned(),
            detail: "10 mg, 20 tablets".to_owned(),
            approval: String::new(),
            hotline: String::new(),
            kind: ProductKind::Medicine,
        })
    }

    pub fn register_batch(&self) -> TxBody {
        let date = |year| Date::new(year, 1, 1).expect("a date");
        let quota = quota_commitment(QUOTA, &QUOTA_SALT);
        TxBody::RegisterBatch { batch: self.batch.clone(), made_on: date(2026), expires_on: date(2036), quota }
    }

    pub fn seal(&self) -> TxBody {
        TxBody::SealBatch(Seal {
            batch: self.batch.clone(),
            tree_root: self.tree.root(),
            unit_count: 3,
            count_salt: COUNT_SALT,
            rejected: 1,
            sampled: 0,
            quota: QUOTA,
            quota_salt: QUOTA_SALT,
        })
    }

    pub fn pack(&self) -> TxBody {
        let content = Content::Units { root: self.tree.root(), batches: vec![(self.batch.clone(), 3)] };
        TxBody::Pack { parent: self.case, content }
    }

    pub fn ship(&self, to: MemberId) -> TxBody {
        TxBody::Ship { shipment: self.shipment, to, objects: vec![self.case] }
    }

    pub fn receive(&self) -> TxBody {
        TxBody::Receive { shipment: self.shipment, short: Vec::new(), damaged: Vec::new() }
    }

    pub fn dispense(&self, index: usize) -> TxBody {
        TxBody::UnitAction { touch: self.touch(index), action: UnitAction::Dispense }
    }

    /// The pack with its paths into batch and case (which hold the same three packs).
    pub fn touch(&self, index: usize) -> UnitTouch {
        let serial = self.serials[index].clone();
        let path = self.tree.path(index).expect("three packs");
        UnitTouch {
            salt: unit_salt(&SECRET, &serial),
            unit: UnitId { gtin: self.gtin, serial },
            lot: self.batch.lot.clone(),
            in_batch: path.clone(),
            count_commitment: count_commitment(3, &COUNT_SALT),
            in_case: Some((self.case, path)),
        }
    }

    pub fn open_recall(&self) -> TxBody {
        TxBody::OpenRecall {
            recall: self.recall,
            batch: self.batch.clone(),
            class: RecallClass::One,
            drill: false,
            notice: Hash([1; 32]),
        }
    }

    pub fn approve_recall(&self) -> TxBody {
        TxBody::ApproveRecall { recall: self.recall }
    }
}

/// The key's public half.
pub fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

/// A signed transaction, as bytes.
pub fn sign(key: &SigningKey, chain: ChainId, nonce: u64, expires_at: Height, body: TxBody) -> Vec<u8> {
    let tx = Tx { chain, key: public(key), nonce, expires_at, body };
    let signature = key.sign(&tx_message(&tx)).to_bytes();
    SignedTx { tx, signature }.to_bytes()
}
