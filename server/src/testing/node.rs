//! A node for tests: the RPC of `api::chain` over real HTTP, in front of a chain inside the process. Every submission
//! becomes a block, and an empty block after it states its outcomes.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tracelight_api::Text;
use tracelight_api::chain::{Blocks, NodeStatus, Receipt, Receipts, Steps, TxOutcome};
use tracelight_client::testing::TestChain;
use tracelight_domain::ids::{PublicKey, TxId};
use tracelight_domain::rules::Refusal;
use tracelight_domain::tx::SignedTx;
use tracelight_proof::block::decode_body;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed::tx_id;

/// A node in front of a chain.
#[derive(Clone)]
pub struct FakeNode {
    /// Where it listens.
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    chain: TestChain,
    receipts: BTreeMap<TxId, Receipt>,
}

impl FakeNode {
    /// Starts on a free port of the loopback interface.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let inner = Inner { chain: TestChain::new(), receipts: BTreeMap::new() };
        let node = Self { url, inner: Arc::new(Mutex::new(inner)) };
        node.order(&[]);
        let router = Router::new()
            .route("/v1/txs", post(submit))
            .route("/v1/txs/{id}", get(receipt))
            .route("/v1/status", get(status))
            .route("/v1/blocks", get(blocks))
            .route("/v1/steps", get(steps))
            .route("/v1/genesis", get(genesis))
            .with_state(node.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        node
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain, for reading. Do not hold it over a call.
    pub fn chain(&self) -> impl std::ops::DerefMut<Target = TestChain> + '_ {
        struct Guard<'a>(MutexGuard<'a, Inner>);
        impl std::ops::Deref for Guard<'_> {
            type Target = TestChain;
            fn deref(&self) -> &TestChain {
                &self.0.chain
            }
        }
        impl std::ops::DerefMut for Guard<'_> {
            fn deref_mut(&mut self) -> &mut TestChain {
                &mut self.0.chain
            }
        }
        Guard(self.inner())
    }

    /// Orders transactions as one block, and an empty one after it. Returns the outcomes.
    pub fn order(&self, txs: &[SignedTx]) -> Vec<Option<Refusal>> {
        let mut inner = self.inner();
        inner.chain.clock_ms = now_ms();
        let outcomes = inner.chain.block(txs);
        let height = inner.chain.height();
        for (tx, outcome) in txs.iter().zip(&outcomes) {
            let id = tx_id(&tx.tx);
            let receipt = Receipt {
                tx_id: Some(Text(id)),
                outcome: if outcome.is_none() { TxOutcome::Applied } else { TxOutcome::Refused },
                already: false,
                height: Some(height),
                refusal: outcome.map(|refusal| refusal.name().to_owned()),
                detail: outcome.map(|refusal| refusal.text().to_owned()),
            };
            inner.receipts.entry(id).or_insert(receipt);
        }
        inner.chain.clock_ms = now_ms();
        inner.chain.block(&[]);
        outcomes
    }

    /// Signs for a member's operator and orders it; it must be applied.
    #[track_caller]
    pub fn apply(&self, member: usize, body: tracelight_domain::tx::TxBody) -> TxId {
        let tx = self.chain().sign(member, body);
        assert_eq!(self.order(std::slice::from_ref(&tx)), [None]);
        tx_id(&tx.tx)
    }
}

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(0)
}

async fn submit(State(node): State<FakeNode>, body: Bytes) -> Result<Json<Receipts>, StatusCode> {
    let txs = decode_body(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut receipts = Vec::new();
    for tx in txs {
        let id = tx_id(&tx.tx);
        let known = node.inner().receipts.get(&id).cloned();
        receipts.push(match known {
            Some(receipt) => Receipt { already: true, ..receipt },
            None => {
                node.order(std::slice::from_ref(&tx));
                node.inner().receipts.get(&id).cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)?
            }
        });
    }
    Ok(Json(Receipts { receipts }))
}

async fn receipt(State(node): State<FakeNode>, Path(id): Path<String>) -> Result<Json<Receipt>, StatusCode> {
    let id = TxId::parse_hex(&id).ok_or(StatusCode::BAD_REQUEST)?;
    node.inner().receipts.get(&id).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn status(State(node): State<FakeNode>) -> Json<NodeStatus> {
    let chain = node.chain();
    Json(NodeStatus {
        chain_id: Text(chain.genesis.chain_id()),
        validator: Text(PublicKey([0; 32])),
        version: "test".to_owned(),
        height: chain.height(),
        executed: chain.height(),
        time_ms: now_ms(),
        events: 0,
        peers: 3,
        pending: 0,
        stall: None,
        epoch: 0,
        votes: true,
        notice: None,
        pruned: 0,
    })
}

async fn steps(State(node): State<FakeNode>) -> Json<Steps> {
    Json(Steps { steps: node.chain().steps() })
}

async fn blocks(State(node): State<FakeNode>, Query(query): Query<HashMap<String, u64>>) -> Json<Blocks> {
    let number = |name: &str, or: u64| query.get(name).copied().unwrap_or(or);
    let (from, wait) = (number("from", 1), Duration::from_millis(number("wait_ms", 0)));
    let max = usize::try_from(number("max", 64)).unwrap_or(64);
    let begun = Instant::now();
    loop {
        let blocks = node.chain().blocks_from(from, max);
        if !blocks.is_empty() || begun.elapsed() >= wait {
            return Json(Blocks { blocks });
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn genesis(State(node): State<FakeNode>) -> Vec<u8> {
    node.chain().genesis.to_bytes()
}
