//! The hashes that rules compare, and how a maker computes them.
//!
//! ```text
//! salt(pack)     first 16 bytes of H(unit salt ‖ batch secret ‖ serial)
//! leaf(pack)     H(unit leaf ‖ gtin ‖ lot ‖ serial ‖ salt)
//! count          H(count ‖ unit count u64 ‖ count salt)
//! quota          H(quota ‖ quota u64 ‖ quota salt)
//! unit root      H(unit root ‖ count ‖ tree root over the leaves)
//! case root      tree root over the leaves of its packs
//! pallet root    tree root over H(case leaf ‖ SSCC) of its cases
//! ```
//! The salt keeps somebody who knows some serials from testing guesses against a published root; the count commitment
//! keeps the size of a batch from whoever sees one proof.

use crate::certificate::ValidatorSet;
use crate::codec::Canonical as _;
use crate::hash::{CASE_LEAF, COUNT, PRODUCT, QUOTA, QUOTA_SALT, UNIT_LEAF, UNIT_ROOT, UNIT_SALT, hash};
use crate::merkle;
use tracelight_domain::gs1::{Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{Hash, PublicKey};
use tracelight_domain::rules::Commitments;
use tracelight_domain::tx::{Path, Product, Seal, UnitTouch};

/// The salt of one pack, from the secret that the maker keeps for the batch.
#[must_use]
pub fn unit_salt(batch_secret: &[u8; 32], serial: &Serial) -> [u8; 16] {
    let Hash(long) = hash(UNIT_SALT, &[batch_secret, serial.as_bytes()]);
    let mut salt = [0; 16];
    salt.iter_mut().zip(long).for_each(|(to, from)| *to = from);
    salt
}

/// The leaf of one pack.
#[must_use]
pub fn unit_leaf(gtin: Gtin, lot: &Lot, serial: &Serial, salt: &[u8; 16]) -> Hash {
    hash(UNIT_LEAF, &[&gtin.to_bytes(), &lot.to_bytes(), &serial.to_bytes(), salt])
}

/// The commitment that hides how many packs a batch has.
#[must_use]
pub fn count_commitment(unit_count: u64, salt: &[u8; 16]) -> Hash {
    hash(COUNT, &[&unit_count.to_be_bytes(), salt])
}

/// The salt of a batch's quota, from the secret that the maker keeps for the batch.
#[must_use]
pub fn quota_salt(batch_secret: &[u8; 32]) -> [u8; 16] {
    let Hash(long) = hash(QUOTA_SALT, &[batch_secret]);
    let mut salt = [0; 16];
    salt.iter_mut().zip(long).for_each(|(to, from)| *to = from);
    salt
}

/// The commitment that hides how many packs a batch may have.
#[must_use]
pub fn quota_commitment(quota: u64, salt: &[u8; 16]) -> Hash {
    hash(QUOTA, &[&quota.to_be_bytes(), salt])
}

/// The root that a sealed batch's state holds.
#[must_use]
pub fn unit_root(count_commitment: &Hash, tree_root: &Hash) -> Hash {
    hash(UNIT_ROOT, &[&count_commitment.0, &tree_root.0])
}

/// The one implementation of the hashes that rules compare.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sha256Commitments;

impl Commitments for Sha256Commitments {
    fn product_facts(&self, product: &Product) -> Hash {
        hash(PRODUCT, &[&product.to_bytes()])
    }

    fn unit_root(&self, seal: &Seal) -> Hash {
        unit_root(&count_commitment(seal.unit_count, &seal.count_salt), &seal.tree_root)
    }

    fn pallet_root(&self, cases: &[Sscc]) -> Hash {
        merkle::root(cases.iter().map(|case| hash(CASE_LEAF, &[&case.to_bytes()])).collect())
    }

    fn in_batch(&self, touch: &UnitTouch, root: &Hash) -> bool {
        merkle::fold(touch_leaf(touch), &touch.in_batch)
            .is_some_and(|tree_root| unit_root(&touch.count_commitment, &tree_root) == *root)
    }

    fn in_case(&self, touch: &UnitTouch, path: &Path, content_root: &Hash) -> bool {
        merkle::fold(touch_leaf(touch), path).is_some_and(|root| root == *content_root)
    }

    fn quota(&self, quota: u64, salt: &[u8; 16]) -> Hash {
        quota_commitment(quota, salt)
    }

    fn is_sound_key(&self, key: &PublicKey) -> bool {
        ValidatorSet::new(&[key.0]).is_ok()
    }
}

fn touch_leaf(touch: &UnitTouch) -> Hash {
    unit_leaf(touch.unit.gtin, &touch.lot, &touch.unit.serial, &touch.salt)
}
