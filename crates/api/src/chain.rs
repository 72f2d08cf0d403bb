//! RPC of a chain-node, version 1, over HTTP.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /v1/txs?wait_ms=` | signed transactions in the format of a block body (`proof::block::encode_body`) | [`Receipts`] in the same order |
//! | `GET /v1/txs/{id}` | | [`Receipt`] or 404 |
//! | `GET /v1/status` | | [`NodeStatus`] |
//! | `GET /v1/genesis` | | genesis bytes |
//! | `GET /v1/blocks?from=&max=&wait_ms=` | | [`Blocks`]: finalized blocks from a height; waits up to `wait_ms` for the first |
//! | `POST /v1/prove` | [`ProveRequest`] | [`Proofs`]: all under one certified header |
//!
//! A transaction that is answered `applied` or `refused` is final and on the disk of the answering node. Sending it again
//! is harmless and gives the first answer.

use crate::text::{Base64, Hex};
use serde::{Deserialize, Serialize};
use tracelight_domain::ids::{ChainId, PublicKey, TxId};

/// Transactions in one `POST /v1/txs`.
pub const TXS_PER_CALL_MAX: usize = 5_000;
/// Bytes of one `POST /v1/txs`.
pub const TXS_CALL_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Longest `wait_ms`.
pub const WAIT_MS_MAX: u64 = 30_000;
/// Blocks in one answer.
pub const BLOCKS_PER_CALL_MAX: usize = 256;
/// Objects in one `POST /v1/prove`.
pub const PROVE_OBJECTS_MAX: usize = 64;

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TxOutcome {
    /// Final, and did what it says.
    Applied,
    /// Final, and recorded as refused.
    Refused,
    /// Accepted and on the way; ask again.
    Pending,
    /// Not accepted and leaves no trace.
    Rejected,
    /// The same key and nonce was used for another transaction.
    Conflict,
}

/// The answer to one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its id; absent when the bytes are no transaction.
    pub tx_id: Option<Hex<TxId>>,
    /// Where it stands.
    pub outcome: TxOutcome,
    /// The node had it already.
    #[serde(default)]
    pub already: bool,
    /// Block that holds it.
    pub height: Option<u64>,
    /// Name of the rule that said no.
    pub refusal: Option<String>,
    /// The rule's sentence, or what is wrong with the bytes.
    pub detail: Option<String>,
}

/// Answers in the order of the transactions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// One a transaction.
    pub receipts: Vec<Receipt>,
}

/// How a node is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// The alliance.
    pub chain_id: Hex<ChainId>,
    /// This node's validator key.
    pub validator: Hex<PublicKey>,
    /// Program version.
    pub version: String,
    /// Newest final block on this node's disk.
    pub height: u64,
    /// Newest executed block.
    pub executed: u64,
    /// BFT time of the newest block, milliseconds.
    pub time_ms: u64,
    /// Events since genesis.
    pub events: u64,
    /// Other validators it is connected to.
    pub peers: u32,
    /// Transactions that wait for a block.
    pub pending: u64,
    /// What it waits for, when it stands still.
    pub stall: Option<String>,
}

/// Finalized blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocks {
    /// In order of height.
    pub blocks: Vec<ChainBlock>,
}

/// One finalized block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainBlock {
    /// Canonical header.
    pub header: Base64,
    /// Canonical body.
    pub body: Base64,
    /// Certificate of this very block; absent when only a later block's certificate covers it.
    pub certificate: Option<Base64>,
    /// Outcome code of each transaction; 0 is applied. Committed to by a later header.
    pub outcomes: Vec<u16>,
}

/// Which objects to prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProveRequest {
    /// Canonical object ids.
    pub objects: Vec<Base64>,
}

/// Proofs under one certified header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proofs {
    /// Canonical header; its state root is the root of all proofs below.
    pub header: Base64,
    /// Its certificate.
    pub certificate: Base64,
    /// In the order asked.
    pub objects: Vec<ObjectProof>,
}

/// Proof and history of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectProof {
    /// Canonical object id.
    pub id: Base64,
    /// Canonical `StateProof`.
    pub proof: Base64,
    /// Canonical events, oldest first, as of the header's state.
    pub events: Vec<Base64>,
}
