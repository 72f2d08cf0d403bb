//! The authenticated state: a Jellyfish Merkle tree (crate `jmt`) whose nodes lie in rocksdb.
//!
//! ```text
//! tree_nodes    version u64 BE | nibble path (borsh)    ─► node (borsh)
//! tree_values   key hash 32 | version u64 BE            ─► value
//! tree_stale    version u64 BE                          ─► u32 count | (u8 kind | u32 length | key)*   what that version replaced
//! ```
//! Versions are gapless from 0 (the genesis). A block that writes nothing makes no version. The library never prunes: with
//! each new version the rows that versions older than [`VERSIONS_KEPT`] replaced are deleted, by their lists in `tree_stale`.

use super::StoreError;
use super::columns::{TREE_NODES, TREE_STALE, TREE_VALUES, family};
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue, Version};
use rocksdb::{DB, Direction, IteratorMode, ReadOptions, WriteBatch};
use sha2::Sha256;
use tracelight_domain::ids::Hash;
use tracelight_domain::state::{ObjectId, ObjectState};
use tracelight_proof::codec::{Canonical as _, DecodeError, Reader, write_blob};
use tracelight_proof::state_proof::{
    EMPTY, ProofLeaf, SIBLINGS_MAX, StateProof, VALUE_BYTES_MAX, jmt_leaf_hash, jmt_node_hash, state_key,
};

/// Versions that can still be proven. A proof is asked under the newest certified header, a few blocks back.
pub const VERSIONS_KEPT: u64 = 1_024;
/// Lists of replaced rows deleted with one version: more than one, so that a longer backlog shrinks.
const PRUNED_PER_VERSION_MAX: usize = 4;
/// Bytes of one list of replaced rows. A full block replaces some 100,000 nodes of 60 bytes.
const STALE_ROW_BYTES_MAX: usize = 64 * 1024 * 1024;

const STALE_NODE: u8 = 1;
const STALE_VALUE: u8 = 2;

/// Key and value as they lie on disk.
type Row = (Vec<u8>, Vec<u8>);

/// The tree as it lies on disk.
pub(super) struct Tree<'a> {
    pub db: &'a DB,
}

/// Adds `writes`, one at least, as `version` to the batch and returns the new root. Rows that versions older than the last
/// `kept` replaced are deleted with it.
pub(super) fn extend<'w>(
    db: &DB,
    batch: &mut WriteBatch,
    (version, kept): (Version, u64),
    writes: impl Iterator<Item = (&'w ObjectId, &'w ObjectState)>,
) -> Result<Hash, StoreError> {
    let set: Vec<(KeyHash, OwnedValue)> =
        writes.map(|(id, state)| (KeyHash(state_key(id).0), state.to_bytes())).collect();
    let reader = Tree { db };
    let tree = JellyfishMerkleTree::<_, Sha256>::new(&reader);
    let (roots, update) = tree.batch_put_value_sets(vec![set], None, version).map_err(StoreError::Tree)?;
    let (nodes, values) = (family(db, TREE_NODES)?, family(db, TREE_VALUES)?);
    let mut stale = Vec::new();
    for (key, node) in update.node_batch.nodes() {
        let node = borsh::to_vec(node).map_err(|error| StoreError::Tree(error.into()))?;
        batch.put_cf(nodes, node_row(key)?, node);
    }
    for ((version, key), value) in update.node_batch.values() {
        // The ledger never deletes an object; a deletion could not be told from an absent row later.
        let Some(value) = value else { continue };
        if let Some((before, _)) = reader.value_row(*version, *key)? {
            stale.push((STALE_VALUE, before));
        }
        batch.put_cf(values, value_key(key, *version), value);
    }
    for index in &update.stale_node_index_batch {
        stale.push((STALE_NODE, node_row(&index.node_key)?));
    }
    batch.put_cf(family(db, TREE_STALE)?, version.to_be_bytes(), stale_row(&stale));
    prune(db, batch, version.checked_sub(kept))?;
    let root = roots.first().ok_or_else(|| StoreError::Tree(anyhow::anyhow!("no root for version {version}")))?;
    Ok(Hash(root.0))
}

/// Deletes what the versions that have just left the window had replaced.
fn prune(db: &DB, batch: &mut WriteBatch, last: Option<Version>) -> Result<(), StoreError> {
    let Some(last) = last else { return Ok(()) };
    let (nodes, values, stale) = (family(db, TREE_NODES)?, family(db, TREE_VALUES)?, family(db, TREE_STALE)?);
    let damaged = |source| StoreError::Damaged { column: TREE_STALE, source };
    for row in db.iterator_cf(stale, IteratorMode::Start).take(PRUNED_PER_VERSION_MAX) {
        let (key, list) = row.map_err(|source| StoreError::Read { column: TREE_STALE, source })?;
        let at = <[u8; 8]>::try_from(&*key).map(u64::from_be_bytes).unwrap_or(u64::MAX);
        if at > last {
            break;
        }
        let mut reader = Reader::new(&list);
        for _ in 0..u32::read(&mut reader).map_err(damaged)? {
            let kind = u8::read(&mut reader).map_err(damaged)?;
            let row = reader.blob(VALUE_BYTES_MAX, "replaced row").map_err(damaged)?;
            batch.delete_cf(if kind == STALE_VALUE { values } else { nodes }, row);
        }
        batch.delete_cf(stale, &key);
    }
    Ok(())
}

fn stale_row(stale: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    // More than 2^32 rows do not fit a block.
    u32::try_from(stale.len()).unwrap_or(u32::MAX).write(&mut out);
    for (kind, key) in stale {
        out.push(*kind);
        write_blob(key, &mut out);
    }
    debug_assert!(out.len() <= STALE_ROW_BYTES_MAX, "a block replaces fewer rows");
    out
}

fn node_row(key: &NodeKey) -> Result<Vec<u8>, StoreError> {
    let mut row = key.version().to_be_bytes().to_vec();
    let path = borsh::to_vec(key.nibble_path()).map_err(|error| StoreError::Tree(error.into()))?;
    row.extend_from_slice(&path);
    Ok(row)
}

fn value_key(key: &KeyHash, version: Version) -> Vec<u8> {
    [key.0.as_slice(), &version.to_be_bytes()].concat()
}

impl Tree<'_> {
    /// Key and value of the newest row of this object that is not newer than `max_version`.
    fn value_row(&self, max_version: Version, key: KeyHash) -> Result<Option<Row>, StoreError> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(key.0.to_vec());
        let from = value_key(&key, max_version);
        let mode = IteratorMode::From(&from, Direction::Reverse);
        let found = self.db.iterator_cf_opt(family(self.db, TREE_VALUES)?, options, mode).next();
        match found {
            None => Ok(None),
            Some(Ok((row, value))) => Ok(row.starts_with(&key.0).then(|| (row.to_vec(), value.to_vec()))),
            Some(Err(source)) => Err(StoreError::Read { column: TREE_VALUES, source }),
        }
    }

    /// What stands at the object's key in this version.
    pub fn prove(&self, version: Version, object: &ObjectId) -> Result<StateProof, StoreError> {
        let key = state_key(object);
        let tree = JellyfishMerkleTree::<_, Sha256>::new(self);
        let (value, proof) = tree.get_with_proof(KeyHash(key.0), version).map_err(StoreError::Tree)?;
        let bytes = borsh::to_vec(&proof).map_err(|error| StoreError::Tree(error.into()))?;
        convert(&bytes, value).map_err(|source| StoreError::Damaged { column: TREE_NODES, source })
    }
}

/// Turns jmt's own proof into ours. Its node types are private, so its borsh bytes are read:
///
/// ```text
/// option leaf (key 32, value hash 32) | u32 LE count | (0 | 1 left 32, right 32 | 2 key 32, value hash 32)*
/// ```
///
/// # Errors
/// When the bytes are not jmt 0.12's.
pub fn convert(borsh: &[u8], value: Option<Vec<u8>>) -> Result<StateProof, DecodeError> {
    let mut reader = Reader::new(borsh);
    let leaf: Option<(Hash, Hash)> = Option::read(&mut reader)?;
    let leaf = match (leaf, value) {
        (Some(_), Some(value)) => ProofLeaf::Present(value),
        (Some((key, value)), None) => ProofLeaf::Other { key, value },
        (None, _) => ProofLeaf::Absent,
    };
    let count = usize::try_from(u32::from_le_bytes(reader.array("siblings")?)).unwrap_or(usize::MAX);
    if count > SIBLINGS_MAX {
        return Err(DecodeError::TooLong { what: "siblings", length: count, max: SIBLINGS_MAX });
    }
    let mut siblings = Vec::with_capacity(count);
    for _ in 0..count {
        let sibling = match u8::read(&mut reader)? {
            0 => None,
            1 => Some(jmt_node_hash(&Hash::read(&mut reader)?, &Hash::read(&mut reader)?)),
            2 => Some(jmt_leaf_hash(&Hash::read(&mut reader)?, &Hash::read(&mut reader)?)),
            _ => return Err(reader.invalid("sibling", 1)),
        };
        siblings.push(sibling.filter(|hash| *hash != EMPTY));
    }
    reader.finish()?;
    Ok(StateProof { leaf, siblings })
}

impl TreeReader for Tree<'_> {
    fn get_node_option(&self, node_key: &NodeKey) -> Result<Option<Node>, anyhow::Error> {
        let row = self.db.get_pinned_cf(family(self.db, TREE_NODES)?, node_row(node_key)?)?;
        Ok(row.map(|bytes| borsh::from_slice(&bytes)).transpose()?)
    }

    fn get_value_option(&self, max_version: Version, key: KeyHash) -> Result<Option<OwnedValue>, anyhow::Error> {
        Ok(self.value_row(max_version, key)?.map(|(_, value)| value))
    }

    fn get_rightmost_leaf(&self) -> Result<Option<(NodeKey, LeafNode)>, anyhow::Error> {
        anyhow::bail!("this tree is never restored leaf by leaf")
    }
}
