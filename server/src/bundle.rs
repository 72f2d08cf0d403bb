//! Bundles: what a phone needs to check an answer. The server only carries them; the phone trusts none of it.
//!
//! ```text
//! GET /v1/bundle/{gtin}/{serial}          GET /v1/bundle/{gtin}/{lot}/{serial}       application/octet-stream
//! 1. leaf and path in the batch's tree    (tree kept in a bounded cache: 64 bytes a leaf)
//! 2. path in the case's tree              (kept, too, by the root that the chain knows)
//! 3. a node proves batch, pack, case and every pallet the case ever stood on, under one certified header: the one that
//!    the witnesses have cosigned, while it can
//! 4. assemble, and run the phone's own check; what does not verify is never sent (503)
//! ```

pub mod assemble;

use crate::store::{BatchSecrets, CaseLabel, Pack, Store, StoreError};
use crate::witnesses::{Witnessed, Witnesses};
use assemble::{AssembleError, Parts, assemble, hosts_in, objects_of};
use moka::future::Cache;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tracelight_api::chain::Proofs;
use tracelight_client::chain::{ClientError, NodeClient};
use tracelight_client::light::{LightClient, LightError};
use tracelight_domain::gs1::{Lot, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Hash, UnitId};
use tracelight_domain::tx::{Path, UnitTouch};
use tracelight_proof::bundle::Behind;
use tracelight_proof::commitments::{count_commitment, unit_leaf, unit_salt};
use tracelight_proof::merkle::Tree;

/// Kilobytes of trees that are kept. A million packs are 64 MB.
pub const TREE_CACHE_KB_MAX: u64 = 192 * 1024;
/// Kilobytes of cases' trees that are kept.
const CASE_CACHE_KB_MAX: u64 = 64 * 1024;
/// Bytes of one pack in a case's tree: two hashes, and its code as the key of a table.
const CASE_LEAF_BYTES: u64 = 192;
/// Rounds of asking the node: once for the case with the pallets that it was known to have stood on, once more with those that its
/// events name, once in case it was moved in between.
const PROVE_ROUNDS_MAX: usize = 3;
/// A bundle is proven under the cosigned header while that is younger than this; then under the newest one.
const WITNESSED_MS_MAX: u64 = 15 * 1000;

/// Why there is no bundle.
#[derive(Debug, Error)]
pub enum BundleError {
    /// The database, or a row that cannot be.
    #[error("the lists behind the roots cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The node shows a header that cannot be believed.
    #[error("the node's proofs stand under a header that cannot be believed: {0}")]
    Light(#[from] LightError),
    /// No node answered.
    #[error("no chain-node proves the pack's state: {0}")]
    Node(#[from] ClientError),
    /// The parts do not make a bundle.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// The list does not have as many packs as it says.
    #[error("the list of {batch} has {found} packs, and {expected} were announced")]
    ListIncomplete {
        /// Of which batch.
        batch: BatchId,
        /// Rows found.
        found: u64,
        /// Rows announced.
        expected: u64,
    },
    /// The tree of another request failed.
    #[error("the batch's tree could not be built: {0}")]
    Shared(Arc<BundleError>),
}

struct BatchTree {
    tree: Tree,
    leaves: u64,
    batch_secret: [u8; 32],
    count_commitment: Hash,
}

/// Where proofs come from, and what goes with them.
pub struct Source<'a> {
    /// Proves.
    pub node: &'a NodeClient,
    /// Knows the validators.
    pub light: &'a LightClient,
    /// Know what is cosigned.
    pub witnesses: &'a Witnesses,
    /// The alliance.
    pub chain: ChainId,
    /// Does the bundle carry its anchor?
    pub whole: bool,
}

impl Source<'_> {
    /// What goes with these proofs: the anchor, and the cosignatures of a log that their header's continues.
    async fn parts(&self, proofs: &Proofs, witnessed: Option<&Witnessed>) -> Result<Parts, BundleError> {
        let header = self.light.believe(self.node, &proofs.header.0, &proofs.certificate.0).await?;
        let cosigned = match witnessed {
            None => None,
            Some(witnessed) => {
                let (from, to) = (witnessed.head.size, header.executed.saturating_add(1));
                // A bundle without cosignatures is still a bundle.
                let proof = if from < to { self.node.consistency(from, to).await.ok() } else { Some(Vec::new()) };
                proof.and_then(|proof| witnessed.cosigned(&header, proof))
            }
        };
        Ok(Parts { anchor: self.light.anchor(), whole: self.whole, header, cosigned })
    }
}

/// The tree of a case, whose list never changes: another content has another root.
struct CaseTree {
    tree: Tree,
    /// Which leaf is whose.
    leaves: HashMap<UnitId, usize>,
    /// The pallets that it had stood on when it was proven last: they are asked for at once the next time.
    hosts: Mutex<Vec<Sscc>>,
}

/// Makes bundles and the membership proofs that transactions carry.
pub struct BundleMaker {
    trees: Cache<BatchId, Arc<BatchTree>>,
    cases: Cache<CaseLabel, Arc<CaseTree>>,
    /// What stood behind the last header under which a bundle was made; signatures take longer than all else.
    behind: Mutex<Option<Arc<Behind>>>,
}

impl Default for BundleMaker {
    fn default() -> Self {
        let kilobytes = |bytes: u64| u32::try_from(bytes.div_ceil(1024) + 1).unwrap_or(u32::MAX);
        let batch = move |_: &BatchId, tree: &Arc<BatchTree>| kilobytes(tree.leaves * 64);
        let case = move |_: &CaseLabel, case: &Arc<CaseTree>| kilobytes(case.leaves.len() as u64 * CASE_LEAF_BYTES);
        Self {
            trees: Cache::builder().weigher(batch).max_capacity(TREE_CACHE_KB_MAX).build(),
            cases: Cache::builder().weigher(case).max_capacity(CASE_CACHE_KB_MAX).build(),
            behind: Mutex::default(),
        }
    }
}

impl BundleMaker {
    /// The proof that a pack exists and where it stands; `None` when no checked list on this server holds it, or it
    /// belongs to another lot than `lot`.
    ///
    /// # Errors
    /// [`BundleError`].
    pub async fn touch(
        &self,
        store: &Store,
        unit: &UnitId,
        lot: Option<&Lot>,
    ) -> Result<Option<UnitTouch>, BundleError> {
        Ok(self.touch_in_case(store, unit, lot).await?.map(|(touch, _)| touch))
    }

    async fn touch_in_case(
        &self,
        store: &Store,
        unit: &UnitId,
        lot: Option<&Lot>,
    ) -> Result<Option<(UnitTouch, Option<Arc<CaseTree>>)>, BundleError> {
        let Some(Pack { place: Some(place), case, .. }) = store.pack(unit).await? else { return Ok(None) };
        if lot.is_some_and(|lot| *lot != place.lot) {
            return Ok(None);
        }
        let batch = BatchId { gtin: unit.gtin, lot: place.lot.clone() };
        let Some(tree) = self.tree(store, &batch).await? else { return Ok(None) };
        let index = usize::try_from(place.index).unwrap_or(usize::MAX);
        let Some(in_batch) = tree.tree.path(index) else { return Ok(None) };
        let case_tree = match case {
            Some(case) => self.case_tree(store, case).await?,
            None => None,
        };
        let in_case = case.zip(case_tree.as_deref()).and_then(|(case, tree)| Some((case.sscc, tree.path(unit)?)));
        let touch = UnitTouch {
            salt: unit_salt(&tree.batch_secret, &unit.serial),
            unit: unit.clone(),
            lot: place.lot,
            in_batch,
            count_commitment: tree.count_commitment,
            in_case,
        };
        Ok(Some((touch, case_tree)))
    }

    /// A bundle that the phone's checker accepts; `None` when no checked list on this server holds the pack.
    ///
    /// # Errors
    /// [`BundleError`].
    pub async fn bundle(
        &self,
        store: &Store,
        source: &Source<'_>,
        unit: &UnitId,
        lot: Option<&Lot>,
        now_ms: impl Fn() -> u64,
    ) -> Result<Option<Vec<u8>>, BundleError> {
        let Some((touch, case)) = self.touch_in_case(store, unit, lot).await? else { return Ok(None) };
        let witnessed = source.witnesses.newest(now_ms());
        // A header that grows old is not proven under, however quiet the chain: the phone would find the answer stale.
        let recent = |witnessed: &&Arc<Witnessed>| witnessed.time_ms.saturating_add(WITNESSED_MS_MAX) > now_ms();
        let at = witnessed.as_ref().filter(recent).map(|witnessed| witnessed.height);
        let mut hosts = case.as_ref().map(|case| locked(&case.hosts).clone()).unwrap_or_default();
        let mut round = 0;
        loop {
            round += 1;
            let objects = objects_of(&touch, &hosts);
            let proofs = source.node.prove(&objects, at).await?;
            let named = hosts_in(&touch, &proofs)?;
            if named == hosts || round == PROVE_ROUNDS_MAX {
                let parts = source.parts(&proofs, witnessed.as_deref()).await?;
                let mut behind = locked(&self.behind).clone();
                let bundle = assemble(parts, source.chain, touch, &objects, &proofs, now_ms(), &mut behind)?;
                *locked(&self.behind) = behind;
                if let Some(case) = case {
                    *locked(&case.hosts) = hosts;
                }
                return Ok(Some(bundle));
            }
            hosts = named;
        }
    }

    /// The tree of a case. A mixed case needs the secrets of all its lots; without them there is none, which is not remembered.
    async fn case_tree(&self, store: &Store, case: CaseLabel) -> Result<Option<Arc<CaseTree>>, BundleError> {
        if let Some(tree) = self.cases.get(&case).await {
            return Ok(Some(tree));
        }
        let built = CaseTree::build(store, case.sscc).await?.map(Arc::new);
        if let Some(tree) = &built {
            self.cases.insert(case, Arc::clone(tree)).await;
        }
        Ok(built)
    }

    async fn tree(&self, store: &Store, batch: &BatchId) -> Result<Option<Arc<BatchTree>>, BundleError> {
        if let Some(tree) = self.trees.get(batch).await {
            return Ok(Some(tree));
        }
        // The secrets are asked for outside of the cache, so that "not here" is never remembered.
        let Some(secrets) = store.batch_secrets(batch).await? else { return Ok(None) };
        let built = self.trees.try_get_with(batch.clone(), build(store, batch, secrets)).await;
        built.map(Some).map_err(BundleError::Shared)
    }
}

async fn build(store: &Store, batch: &BatchId, secrets: BatchSecrets) -> Result<Arc<BatchTree>, BundleError> {
    let mut leaves = Vec::new();
    loop {
        let page = store.leaf_serials(batch, leaves.len() as u64).await?;
        if page.is_empty() {
            break;
        }
        leaves.extend(
            page.iter()
                .map(|serial| unit_leaf(batch.gtin, &batch.lot, serial, &unit_salt(&secrets.batch_secret, serial))),
        );
        // Hashing a page takes about 20 ms; others may run in between.
        tokio::task::yield_now().await;
    }
    let found = leaves.len() as u64;
    if found != secrets.units {
        return Err(BundleError::ListIncomplete { batch: batch.clone(), found, expected: secrets.units });
    }
    let tree = tokio::task::spawn_blocking(move || Tree::new(leaves)).await;
    let tree = tree.map_err(|_| BundleError::ListIncomplete { batch: batch.clone(), found: 0, expected: found })?;
    Ok(Arc::new(BatchTree {
        tree,
        leaves: found,
        batch_secret: secrets.batch_secret,
        count_commitment: count_commitment(found, &secrets.count_salt),
    }))
}

impl CaseTree {
    async fn build(store: &Store, case: Sscc) -> Result<Option<Self>, BundleError> {
        let list = store.case_list(case).await?;
        let mut secrets: BTreeMap<&BatchId, [u8; 32]> = BTreeMap::new();
        let mut hashes = Vec::with_capacity(list.len());
        let mut leaves = HashMap::with_capacity(list.len());
        for (at, (batch, serial)) in list.iter().enumerate() {
            let secret = match secrets.get(batch) {
                Some(secret) => *secret,
                None => {
                    let Some(secret) = store.salt_secret(batch).await? else { return Ok(None) };
                    secrets.insert(batch, secret);
                    secret
                }
            };
            hashes.push(unit_leaf(batch.gtin, &batch.lot, serial, &unit_salt(&secret, serial)));
            leaves.insert(UnitId { gtin: batch.gtin, serial: serial.clone() }, at);
        }
        Ok(Some(Self { tree: Tree::new(hashes), leaves, hosts: Mutex::default() }))
    }

    fn path(&self, unit: &UnitId) -> Option<Path> {
        self.tree.path(*self.leaves.get(unit)?)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
