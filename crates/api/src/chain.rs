//! RPC of a chain-node, version 1, over HTTP.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /v1/txs?wait_ms=` | signed transactions in the format of a block body (`proof::block::encode_body`) | [`Receipts`] in the same order |
//! | `GET /v1/txs/{id}` | | [`Receipt`] or 404 |
//! | `GET /v1/status` | | [`NodeStatus`] |
//! | `GET /v1/genesis` | | genesis bytes |
//! | `GET /v1/blocks?from=&max=&wait_ms=` | | [`Blocks`]: finalized blocks from a height; waits up to `wait_ms` for the first |
//! | `GET /v1/validators` | | [`Validators`]: who decides now and next, and who of them answers |
//! | `GET /v1/steps?from=&max=` | | [`Steps`]: the changes of the set of validators at or above a height |
//! | `GET /v1/checkpoint` | | [`CertifiedHeader`]: the newest certified header, whose log is the one to witness |
//! | `GET /v1/log/consistency?from=&to=` | | [`Consistency`]: that the log of `to` blocks continues that of `from` |
//! | `POST /v1/prove` | [`ProveRequest`] | [`Proofs`]: all under one certified header |
//!
//! A transaction that is answered `applied` or `refused` is final and on the disk of the answering node. Sending it again
//! is harmless and gives the first answer.

mod call;

pub use call::{CallError, split_call};

use crate::text::{Base64, Hex, Text};
use serde::{Deserialize, Serialize};
use tracelight_domain::ids::{ChainId, Hash, MemberId, PublicKey, TxId};

/// Transactions in one `POST /v1/txs`.
pub const TXS_PER_CALL_MAX: usize = 5_000;
/// Bytes of one `POST /v1/txs`.
pub const TXS_CALL_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Longest `wait_ms`.
pub const WAIT_MS_MAX: u64 = 30_000;
/// Blocks in one answer.
pub const BLOCKS_PER_CALL_MAX: usize = 256;
/// Steps in one answer.
pub const STEPS_PER_CALL_MAX: usize = 64;
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
    /// The running epoch: the set of validators changes between epochs only.
    #[serde(default)]
    pub epoch: u64,
    /// Does this node vote in it? Otherwise it follows.
    #[serde(default)]
    pub votes: bool,
    /// What its operator has to do about its key, if anything.
    #[serde(default)]
    pub notice: Option<String>,
    /// Blocks 1 to this one have no bodies here: a call for them is answered with 410 `pruned`. 0 when every block is whole.
    #[serde(default)]
    pub pruned: u64,
}

/// Who decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The running epoch.
    pub epoch: u64,
    /// Its first block.
    pub first_height: u64,
    /// Its last block, after which the next set decides.
    pub last_height: u64,
    /// Votes that make a block final now.
    pub quorum: u32,
    /// Validators that can be counted on now.
    pub online: u32,
    /// Who decides now, ascending by key.
    pub now: Vec<ValidatorSeat>,
    /// Who decides from the next epoch on, as the ledger has it now.
    pub next: Vec<ValidatorSeat>,
    /// Who gets a seat as soon as it is in step.
    pub pending: Vec<PendingValidator>,
}

/// A validator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorSeat {
    /// Its key.
    pub key: Hex<PublicKey>,
    /// The member that runs it.
    pub member: Text<MemberId>,
    /// Where it is found, by the chain; empty when each node's own configuration says.
    pub address: String,
    /// Does it answer this node, or is it this node?
    pub connected: bool,
    /// Is it this node?
    pub this_node: bool,
}

/// A validator that was approved and is awaited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingValidator {
    /// The seat it will have.
    pub seat: ValidatorSeat,
    /// The validator whose place it takes.
    pub replaces: Option<Hex<PublicKey>>,
    /// Height of its approval.
    pub since: u64,
}

/// Changes of the set of validators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// In order of height.
    pub steps: Vec<Step>,
}

/// One change: whoever trusts the set before it can check that this one follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Canonical header of the last block of an epoch; it names the hash of the next set.
    pub header: Base64,
    /// Its certificate, by the set before.
    pub certificate: Base64,
    /// The next set, ascending.
    pub validators: Vec<Hex<PublicKey>>,
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
    /// The set of validators that certifies the next block, ascending; only where it is another one than certifies this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_validators: Option<Vec<Hex<PublicKey>>>,
}

/// Which objects to prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProveRequest {
    /// Canonical object ids.
    pub objects: Vec<Base64>,
    /// Prove under the header of this height, if it is certified and its state can still be proven; else, as without it,
    /// under the newest certified one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
}

/// A header with its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedHeader {
    /// Canonical header.
    pub header: Base64,
    /// Its certificate.
    pub certificate: Base64,
}

/// A consistency proof of the log of block ids (RFC 6962).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    /// Its hashes.
    pub hashes: Vec<Hex<Hash>>,
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
