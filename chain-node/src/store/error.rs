//! Why the store cannot go on. Every message names the thing and the way out.

use super::columns::{FORMAT, FORMAT_MIN};
use std::path::PathBuf;
use thiserror::Error;
use tracelight_domain::ids::{ChainId, Hash, Height};
use tracelight_proof::certificate::ValidatorSetError;
use tracelight_proof::codec::DecodeError;

/// Why the store cannot go on.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The folder cannot be opened.
    #[error(
        "cannot open the store `{path}`: {source}. Hint: is another chain-node using it, is the disk writable and not full?"
    )]
    Open {
        /// The folder.
        path: PathBuf,
        /// What rocksdb says.
        source: rocksdb::Error,
    },
    /// The store belongs to another alliance.
    #[error(
        "the store `{path}` belongs to chain {found}, the genesis is of chain {expected}; choose another data folder"
    )]
    OtherChain {
        /// The folder.
        path: PathBuf,
        /// In the store.
        found: ChainId,
        /// In the genesis.
        expected: ChainId,
    },
    /// Written by another version of the program.
    #[error(
        "the store `{path}` has format {found}, this program reads formats {FORMAT_MIN} to {FORMAT}; use the program that wrote it, or let the node build a new store from its peers"
    )]
    OtherFormat {
        /// The folder.
        path: PathBuf,
        /// In the store.
        found: u32,
    },
    /// There is no chain in it.
    #[error("the store `{path}` is empty; start the node once")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// A read failed.
    #[error("cannot read `{column}` from the store: {source}; check the disk")]
    Read {
        /// Column family.
        column: &'static str,
        /// What rocksdb says.
        source: rocksdb::Error,
    },
    /// A write failed.
    #[error(
        "cannot write block {height} to the store: {message}; check the disk and its free space, then start the node again"
    )]
    Write {
        /// The block.
        height: Height,
        /// What rocksdb says.
        message: String,
    },
    /// An earlier write failed.
    #[error("an earlier write to the store failed; start the node again")]
    Poisoned,
    /// A row is not what this program writes.
    #[error(
        "a row of `{column}` in the store is damaged: {source}; restore the data folder, or let the node build a new one from its peers"
    )]
    Damaged {
        /// Column family.
        column: &'static str,
        /// What is wrong.
        source: DecodeError,
    },
    /// A folder beside the store.
    #[error("cannot use the folder `{path}`: {source}; is the disk writable and not full?")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A folder for a new store holds one.
    #[error("`{path}` holds a store already; choose another folder")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A block that was executed again gave another state than a later header says.
    #[error(
        "executing block {executed} again gives another state than a later header says; the blocks are of another program"
    )]
    OtherState {
        /// The block.
        executed: Height,
    },
    /// A block whose body is none.
    #[error("block {height} in the store cannot be read; get it from another member")]
    UnreadableBlock {
        /// Its height.
        height: Height,
    },
    /// A table file cannot be written or taken in.
    #[error("cannot write a table file: {source}; is the disk writable and not full?")]
    TableFile {
        /// What rocksdb says.
        source: rocksdb::Error,
    },
    /// A block whose body was pruned.
    #[error(
        "pruned below block {first}: this node no longer has the body of block {height}; ask a node that keeps all blocks, or start from a snapshot (`chain-node snapshot`)"
    )]
    Pruned {
        /// The block.
        height: Height,
        /// The first block that it has whole.
        first: Height,
    },
    /// A row that must be there is not.
    #[error(
        "the store has no `{column}` for height {height}; restore the data folder, or let the node build a new one from its peers"
    )]
    Missing {
        /// Column family.
        column: &'static str,
        /// The height.
        height: Height,
    },
    /// A column family is not there.
    #[error("the store has no column `{column}`")]
    NoColumn {
        /// Column family.
        column: &'static str,
    },
    /// A page of the tree does not hash to what the page above says of it.
    #[error(
        "page {path} of the state tree in the store is damaged: it hashes to something else than the page above says; run `chain-node doctor`"
    )]
    OtherPage {
        /// Depth and nibbles.
        path: String,
    },
    /// An object's row is not the one that the tree was built over.
    #[error(
        "the object with key hash {key} in the store is damaged: the state tree says otherwise; run `chain-node doctor`"
    )]
    OtherObject {
        /// Hash of the object's id.
        key: Hash,
    },
    /// The tree, brought to the newest version, has another root than the head says.
    #[error(
        "the state tree in the store leads to {found} at version {version}, the head says {expected}; run `chain-node doctor`"
    )]
    OtherRoot {
        /// The newest version.
        version: u64,
        /// Computed.
        found: Hash,
        /// In the head.
        expected: Hash,
    },
    /// An older state than the store keeps.
    #[error(
        "version {version} of the state cannot be proven any more, {oldest} is the oldest; ask under a newer header"
    )]
    NotProvable {
        /// Asked for.
        version: u64,
        /// The oldest one kept.
        oldest: u64,
    },
    /// A block that does not follow the newest one.
    #[error("block {height} does not follow the newest executed block {head}")]
    OutOfOrder {
        /// The block.
        height: Height,
        /// The newest executed one.
        head: Height,
    },
    /// The genesis has no usable validators.
    #[error("the genesis: {0}")]
    Genesis(#[from] ValidatorSetError),
}
