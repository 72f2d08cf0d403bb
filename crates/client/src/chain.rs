//! RPC of chain-nodes over HTTP/1.1 (`api::chain` is the contract).
//!
//! * A client knows one or more nodes. Each call goes to the node that answered last; when it does not answer, or answers
//!   5xx, the next one is asked, each node once. Every call is safe to repeat: submitting twice is harmless.
//! * Each call has a time limit, and each answer a bound in bytes; a longer answer is dropped unread.
//! * A node takes transactions only from callers that show its token. Transactions go to the nodes whose token is known
//!   here; when none is, to all, and each says no by name.
//! * Nothing here is verified. Blocks go through [`crate::follow`], proofs through `proof::state_proof`.

use reqwest::{Client, Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use thiserror::Error;
use tracelight_api::Base64;
use tracelight_api::chain::{
    BLOCKS_PER_CALL_MAX, Blocks, CertifiedHeader, Consistency, NodeStatus, PROVE_OBJECTS_MAX, Proofs, ProveRequest,
    Receipt, Receipts, STEPS_PER_CALL_MAX, Step, Steps, TXS_CALL_BYTES_MAX, TXS_PER_CALL_MAX, Validators, WAIT_MS_MAX,
};
use tracelight_api::problem::Problem;
use tracelight_domain::ids::{Hash, Height, TxId};
use tracelight_domain::state::ObjectId;
use tracelight_domain::tx::SignedTx;
use tracelight_keys::Token;
use tracelight_proof::block::encode_body;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::GENESIS_BYTES_MAX;

pub use crate::follow::{Position, VerifiedBlock, VerifiedFollower};

/// Time for a connection to one node.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Time for an answer beyond the wait that was asked for.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection that nobody uses is kept. Nodes close theirs after 30 s; ours goes first, so that no call meets a
/// connection that is being closed.
const IDLE_MAX: Duration = Duration::from_secs(20);
/// Bytes of an answer. Blocks are the largest: a full block is 2.8 MB in base64, so 11 of them fit.
pub const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes of an error's body that are read.
const PROBLEM_BYTES_MAX: usize = 16 * 1024;

/// Why a call to the nodes failed.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The client was made without a usable URL.
    #[error("`{url}` is not the URL of a chain-node; expected http://host:port")]
    BadUrl {
        /// What was given.
        url: String,
    },
    /// There is nobody to ask.
    #[error("no chain-node is configured; name at least one RPC URL")]
    NoNodes,
    /// TLS could not be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
    /// More than one call may carry.
    #[error("{what}: {count} are more than the {max} of one call")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The bound.
        max: usize,
    },
    /// Every node was asked and none answered.
    #[error("no chain-node answers ({})", .attempts.join("; "))]
    Unreachable {
        /// One sentence a node: its URL and what went wrong.
        attempts: Vec<String>,
    },
    /// The nodes that answer no longer have the blocks asked for.
    #[error(
        "the blocks asked for are pruned wherever somebody answers ({}); ask a node that keeps all blocks", .attempts.join("; ")
    )]
    Pruned {
        /// One sentence a node: its URL and what it says, the first block that it has among it.
        attempts: Vec<String>,
    },
    /// A node understood the call and says no.
    #[error("{node} answers {}: {}", .problem.status, .problem.detail.as_deref().unwrap_or(&.problem.title))]
    Refused {
        /// Its URL.
        node: String,
        /// Its reason.
        problem: Box<Problem>,
    },
    /// A node answered something that is not the contract.
    #[error("{node} answers what is not in the contract: {what}")]
    BadAnswer {
        /// Its URL.
        node: String,
        /// What is wrong.
        what: String,
    },
    /// A node's answer is longer than its bound.
    #[error("{node} answers more than {max} bytes")]
    TooLong {
        /// Its URL.
        node: String,
        /// The bound.
        max: usize,
    },
}

/// Where a node is, and what it wants to be shown.
#[derive(Clone, Debug)]
pub struct NodeAccess {
    /// Its URL, `http://127.0.0.1:26657`.
    pub url: String,
    /// Its token; without one it answers questions at most.
    pub token: Option<Token>,
}

impl NodeAccess {
    /// A node that is only asked.
    #[must_use]
    pub fn asked(url: impl Into<String>) -> Self {
        Self { url: url.into(), token: None }
    }

    /// A node with its token.
    #[must_use]
    pub fn with(url: impl Into<String>, token: Token) -> Self {
        Self { url: url.into(), token: Some(token) }
    }
}

/// Talks to one or more nodes.
#[derive(Debug)]
pub struct NodeClient {
    http: Client,
    /// URLs without a trailing slash.
    nodes: Vec<String>,
    /// The nodes' tokens, in the same order.
    tokens: Vec<Option<Token>>,
    /// Index of the node that answered last.
    preferred: AtomicUsize,
}

/// One call: what is sent, how long it may take, how long the answer may be.
struct Call {
    /// Changes something: goes to nodes whose token is known, when there are any.
    changes: bool,
    method: Method,
    path: String,
    body: Option<(&'static str, Vec<u8>)>,
    timeout: Duration,
    bytes_max: usize,
}

impl Call {
    fn get(path: String) -> Self {
        Self {
            changes: false,
            method: Method::GET,
            path,
            body: None,
            timeout: ANSWER_TIMEOUT,
            bytes_max: ANSWER_BYTES_MAX,
        }
    }

    fn post(path: String, media: &'static str, body: Vec<u8>) -> Self {
        Self { method: Method::POST, body: Some((media, body)), ..Self::get(path) }
    }

    fn waits(mut self, wait_ms: u64) -> Self {
        self.timeout += Duration::from_millis(wait_ms);
        self
    }
}

/// How one node fared.
enum Failure {
    /// Ask the next one.
    Next(String),
    /// It no longer has what was asked for; another one may.
    Pruned(String),
    /// No other node would answer otherwise.
    Final(ClientError),
}

impl NodeClient {
    /// A client of the nodes at these URLs (`http://127.0.0.1:26657`), asked in this order, without tokens.
    ///
    /// # Errors
    /// [`ClientError::NoNodes`], [`ClientError::BadUrl`], or [`ClientError::Setup`].
    pub fn new<S: AsRef<str>>(urls: &[S]) -> Result<Self, ClientError> {
        Self::with_access(urls.iter().map(|url| NodeAccess::asked(url.as_ref())).collect())
    }

    /// A client of these nodes, asked in this order.
    ///
    /// # Errors
    /// [`ClientError::NoNodes`], [`ClientError::BadUrl`], or [`ClientError::Setup`].
    pub fn with_access(access: Vec<NodeAccess>) -> Result<Self, ClientError> {
        if access.is_empty() {
            return Err(ClientError::NoNodes);
        }
        let nodes = access.iter().map(|node| checked_url(&node.url)).collect::<Result<Vec<_>, _>>()?;
        let tokens = access.into_iter().map(|node| node.token).collect();
        let mut builder = Client::builder().connect_timeout(CONNECT_TIMEOUT).pool_idle_timeout(IDLE_MAX).no_proxy();
        if nodes.iter().all(|node| node.starts_with("http://")) {
            // A machine without a certificate store can still talk to plain nodes.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| ClientError::Setup(chain_of(&error)))?;
        Ok(Self { http, nodes, tokens, preferred: AtomicUsize::new(0) })
    }

    /// URLs of the nodes, in the order given.
    #[must_use]
    pub fn nodes(&self) -> &[String] {
        &self.nodes
    }

    /// Submits signed transactions and waits up to `wait_ms` (at most [`WAIT_MS_MAX`]) for them to be final. Receipts come
    /// in the order of the transactions. Submitting again is harmless and gives the first answer.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::TooMuch`] before anything is sent.
    pub async fn submit(&self, txs: &[SignedTx], wait_ms: u64) -> Result<Vec<Receipt>, ClientError> {
        at_most("transactions", txs.len(), TXS_PER_CALL_MAX)?;
        let encoded: Vec<Vec<u8>> = txs.iter().map(|tx| tx.to_bytes()).collect();
        let body = encode_body(&encoded);
        at_most("bytes of transactions", body.len(), TXS_CALL_BYTES_MAX)?;
        let wait_ms = wait_ms.min(WAIT_MS_MAX);
        let call = Call::post(format!("/v1/txs?wait_ms={wait_ms}"), "application/octet-stream", body);
        let call = Call { changes: true, ..call }.waits(wait_ms);
        let (node, answer): (_, Receipts) = self.json(&call).await?;
        if answer.receipts.len() != txs.len() {
            let what = format!("{} receipts for {} transactions", answer.receipts.len(), txs.len());
            return Err(ClientError::BadAnswer { node, what });
        }
        Ok(answer.receipts)
    }

    /// Where a transaction stands; `None` when the node does not know it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn receipt(&self, tx: TxId) -> Result<Option<Receipt>, ClientError> {
        match self.json(&Call::get(format!("/v1/txs/{tx}"))).await {
            Ok((_, receipt)) => Ok(Some(receipt)),
            Err(ClientError::Refused { problem, .. }) if problem.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How the node that answers first is doing.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn status(&self) -> Result<NodeStatus, ClientError> {
        Ok(self.json(&Call::get("/v1/status".to_owned())).await?.1)
    }

    /// Bytes of the genesis, as the node tells them: the caller compares their hash with the chain id it trusts.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn genesis(&self) -> Result<Vec<u8>, ClientError> {
        let call = Call { bytes_max: GENESIS_BYTES_MAX, ..Call::get("/v1/genesis".to_owned()) };
        Ok(self.bytes(&call).await?.1)
    }

    /// Finalized blocks from a height on, at most `max` (and [`BLOCKS_PER_CALL_MAX`]). Waits up to `wait_ms` for the first.
    /// When so many would be longer than [`ANSWER_BYTES_MAX`], fewer are asked for.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn blocks(&self, from: Height, max: usize, wait_ms: u64) -> Result<Blocks, ClientError> {
        let wait_ms = wait_ms.min(WAIT_MS_MAX);
        let mut max = max.clamp(1, BLOCKS_PER_CALL_MAX);
        loop {
            let path = format!("/v1/blocks?from={from}&max={max}&wait_ms={wait_ms}");
            match self.json(&Call::get(path).waits(wait_ms)).await {
                Ok((_, blocks)) => return Ok(blocks),
                Err(ClientError::TooLong { .. }) if max > 1 => max /= 2,
                Err(error) => return Err(error),
            }
        }
    }

    /// Changes of the validators at or above a height, oldest first; at most [`STEPS_PER_CALL_MAX`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn steps(&self, from: Height) -> Result<Vec<Step>, ClientError> {
        let call = Call::get(format!("/v1/steps?from={from}&max={STEPS_PER_CALL_MAX}"));
        Ok(self.json::<Steps>(&call).await?.1.steps)
    }

    /// The newest certified header.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn checkpoint(&self) -> Result<CertifiedHeader, ClientError> {
        Ok(self.json(&Call::get("/v1/checkpoint".to_owned())).await?.1)
    }

    /// That the log of the first `to` blocks continues that of the first `from`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, ClientError> {
        let call = Call::get(format!("/v1/log/consistency?from={from}&to={to}"));
        let (_, proof): (_, Consistency) = self.json(&call).await?;
        Ok(proof.hashes.into_iter().map(|hash| hash.0).collect())
    }

    /// Who decides now and next.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn validators(&self) -> Result<Validators, ClientError> {
        self.json(&Call::get("/v1/validators".to_owned())).await.map(|(_, validators)| validators)
    }

    /// Proofs of objects (or of their absence), all under one certified header: the newest, or that of height `at` while
    /// the node can still prove its state.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::TooMuch`] over [`PROVE_OBJECTS_MAX`].
    pub async fn prove(&self, objects: &[ObjectId], at: Option<Height>) -> Result<Proofs, ClientError> {
        at_most("objects", objects.len(), PROVE_OBJECTS_MAX)?;
        let request = ProveRequest { objects: objects.iter().map(|object| Base64(object.to_bytes())).collect(), at };
        let body = serde_json::to_vec(&request).map_err(|error| ClientError::Setup(error.to_string()))?;
        let (node, proofs): (_, Proofs) =
            self.json(&Call::post("/v1/prove".to_owned(), "application/json", body)).await?;
        if proofs.objects.len() != objects.len() {
            let what = format!("{} proofs for {} objects", proofs.objects.len(), objects.len());
            return Err(ClientError::BadAnswer { node, what });
        }
        Ok(proofs)
    }

    async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<(String, T), ClientError> {
        let (node, bytes) = self.bytes(call).await?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok((node, value)),
            Err(error) => Err(ClientError::BadAnswer { node, what: error.to_string() }),
        }
    }

    /// Asks the nodes in turn, each at most once.
    async fn bytes(&self, call: &Call) -> Result<(String, Vec<u8>), ClientError> {
        let first = self.preferred.load(Ordering::Relaxed);
        let (mut attempts, mut pruned) = (Vec::new(), false);
        let only_known = call.changes && self.tokens.iter().any(Option::is_some);
        for step in 0..self.nodes.len() {
            let index = (first + step) % self.nodes.len();
            let (Some(node), Some(token)) = (self.nodes.get(index), self.tokens.get(index)) else { continue };
            if only_known && token.is_none() {
                continue;
            }
            match self.ask(node, token.as_ref(), call).await {
                Ok(bytes) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok((node.clone(), bytes));
                }
                Err(Failure::Next(why)) => attempts.push(format!("{node}: {why}")),
                Err(Failure::Pruned(why)) => {
                    attempts.push(format!("{node}: {why}"));
                    pruned = true;
                }
                Err(Failure::Final(error)) => return Err(error),
            }
        }
        Err(if pruned { ClientError::Pruned { attempts } } else { ClientError::Unreachable { attempts } })
    }

    async fn ask(&self, node: &str, token: Option<&Token>, call: &Call) -> Result<Vec<u8>, Failure> {
        let mut request = self.http.request(call.method.clone(), format!("{node}{}", call.path)).timeout(call.timeout);
        if let Some(token) = token {
            request = request.bearer_auth(token.reveal());
        }
        if let Some((media, body)) = &call.body {
            request = request.header("content-type", *media).body(body.clone());
        }
        let response = request.send().await.map_err(|error| Failure::Next(chain_of(&error)))?;
        let status = response.status();
        if status.is_success() {
            return read_bounded(node, response, call.bytes_max).await;
        }
        let problem = read_problem(node, response, status).await;
        // Another node has another token, and other limits.
        let elsewhere = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED);
        if status.is_server_error() || elsewhere {
            let said = problem.detail.unwrap_or(problem.title);
            return Err(Failure::Next(format!("{}: {said}", problem.status)));
        }
        if status == StatusCode::GONE {
            return Err(Failure::Pruned(problem.detail.unwrap_or(problem.title)));
        }
        Err(Failure::Final(ClientError::Refused { node: node.to_owned(), problem: Box::new(problem) }))
    }
}

async fn read_bounded(node: &str, mut response: Response, max: usize) -> Result<Vec<u8>, Failure> {
    let too_long = || Failure::Final(ClientError::TooLong { node: node.to_owned(), max });
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > max {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::Next(chain_of(&error)))? {
        if bytes.len() + chunk.len() > max {
            return Err(too_long());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The node's own words, or what the status alone says.
async fn read_problem(node: &str, response: Response, status: StatusCode) -> Problem {
    let parsed = match read_bounded(node, response, PROBLEM_BYTES_MAX).await {
        Ok(bytes) => serde_json::from_slice::<Problem>(&bytes).ok(),
        Err(_) => None,
    };
    let plain = || Problem::new(status.as_u16(), "http", status.canonical_reason().unwrap_or("unknown status"));
    // A body may claim another status than the one it was sent with; the line of the answer counts.
    Problem { status: status.as_u16(), ..parsed.unwrap_or_else(plain) }
}

fn checked_url(url: &str) -> Result<String, ClientError> {
    let trimmed = url.trim().trim_end_matches('/');
    let host = trimmed.strip_prefix("http://").or_else(|| trimmed.strip_prefix("https://"));
    let parses = reqwest::Url::parse(trimmed)
        .is_ok_and(|parsed| parsed.has_host() && parsed.path() == "/" && parsed.query().is_none());
    if host.is_none_or(str::is_empty) || !parses {
        return Err(ClientError::BadUrl { url: url.to_owned() });
    }
    Ok(trimmed.to_owned())
}

fn at_most(what: &'static str, count: usize, max: usize) -> Result<(), ClientError> {
    if count > max { Err(ClientError::TooMuch { what, count, max }) } else { Ok(()) }
}

/// An error with its causes in one line; the outermost alone ("error sending request") says nothing.
#[must_use]
pub fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests;
