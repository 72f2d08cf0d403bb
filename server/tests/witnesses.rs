//! Rounds against a node and witnesses over HTTP, and what a bundle says of them.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use ed25519_dalek::Signer as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracelight_api::chain::{CertifiedHeader, Consistency, Steps};
use tracelight_api::{Base64, Text};
use tracelight_client::chain::NodeClient;
use tracelight_client::light::LightClient;
use tracelight_domain::ids::{Hash, PublicKey};
use tracelight_proof::bundle::Certified;
use tracelight_proof::log::{LogHead, prove_consistency, verify_consistency};
use tracelight_proof::note::{AddCheckpoint, Checkpoint, Cosigner, cosignature_message};
use tracelight_server::config::{Config, WitnessConfig};
use tracelight_server::witnesses::{COSIGNED_MS_MAX, Witnesses};
use tracelight_testkit::journey::{Journey, NOW_MS, Plan, certify, quorum, witness_key};

fn journey() -> Arc<Journey> {
    Arc::new(Journey::new(Plan { steps: 0, others: 4, height: 900, ..Plan::SMALL }))
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn node(journey: &Arc<Journey>) -> NodeClient {
    type Shared = State<Arc<Journey>>;
    #[derive(serde::Deserialize)]
    struct Sizes {
        from: u64,
        to: u64,
    }
    async fn checkpoint(State(journey): Shared) -> Json<CertifiedHeader> {
        let certificate = certify(&journey.header, &journey.keys, &quorum(&journey.keys));
        Json(CertifiedHeader { header: Base64(journey.header.encode()), certificate: Base64(certificate) })
    }
    async fn consistency(State(journey): Shared, Query(sizes): Query<Sizes>) -> Json<Consistency> {
        let proof = prove_consistency(&journey.log, sizes.from, sizes.to).expect("all nodes").expect("older");
        Json(Consistency { hashes: proof.into_iter().map(Text).collect() })
    }
    async fn steps() -> Json<Steps> {
        Json(Steps { steps: Vec::new() })
    }
    let router = Router::new()
        .route("/v1/checkpoint", get(checkpoint))
        .route("/v1/log/consistency", get(consistency))
        .route("/v1/steps", get(steps))
        .with_state(Arc::clone(journey));
    NodeClient::new(&[serve(router).await]).expect("a client")
}

/// A witness that knows a size, checks that the log continues from there, and signs with key `number`.
#[derive(Clone)]
struct FakeWitness {
    journey: Arc<Journey>,
    number: u8,
    knows: Arc<AtomicU64>,
    asked: Arc<AtomicU64>,
}

async fn witness(journey: &Arc<Journey>, number: u8, knows: u64) -> (String, FakeWitness) {
    async fn add(State(witness): State<FakeWitness>, body: bytes::Bytes) -> Response {
        witness.asked.fetch_add(1, Ordering::SeqCst);
        let request = AddCheckpoint::parse(&body).expect("a request");
        let knows = witness.knows.load(Ordering::SeqCst);
        if request.old_size != knows {
            return (StatusCode::CONFLICT, format!("{knows}\n")).into_response();
        }
        let checkpoint = Checkpoint::parse(&request.note.text).expect("a checkpoint");
        let certified = request.note.certification(&checkpoint.origin()).expect("certified");
        let certified = Certified::decode(certified).expect("ours");
        certified.verify(&witness.journey.genesis).expect("a quorum stands behind it");
        let old = match knows {
            0 => LogHead { size: 0, root: tracelight_proof::log::empty_root() },
            size => witness.journey.log.older(size).0,
        };
        verify_consistency(&old, &checkpoint.head, &request.proof).expect("it continues");
        witness.knows.store(checkpoint.head.size, Ordering::SeqCst);
        let (key, time_s) = (witness_key(witness.number), NOW_MS / 1_000);
        let signature = key.sign(&cosignature_message(time_s, &request.note.text)).to_bytes();
        let public = PublicKey(key.verifying_key().to_bytes());
        let name = format!("witness{}.example", witness.number);
        Cosigner { name: &name, key: &public }.line(time_s, &signature).line().into_response()
    }
    let witness = FakeWitness {
        journey: Arc::clone(journey),
        number,
        knows: Arc::new(AtomicU64::new(knows)),
        asked: Arc::default(),
    };
    (serve(Router::new().route("/add-checkpoint", post(add)).with_state(witness.clone())).await, witness)
}

fn config(urls: &[(u8, &str)]) -> Config {
    let one =
        |(number, url): &(u8, &str)| WitnessConfig { name: format!("witness{number}.example"), url: (*url).to_owned() };
    Config { witnesses: urls.iter().map(one).collect(), ..Config::default() }
}

#[tokio::test]
async fn a_round_gathers_what_the_witnesses_sign_and_asks_nobody_twice() {
    let journey = journey();
    let (node, light) = (node(&journey).await, LightClient::new(&journey.genesis).expect("a genesis"));
    // One is new; the other has followed the log through somebody else.
    let ((first_url, first), (second_url, second)) = (witness(&journey, 0, 0).await, witness(&journey, 1, 640).await);
    let witnesses = Witnesses::new(&config(&[(1, &second_url), (0, &first_url)]), &journey.genesis).expect("known");
    witnesses.round(&node, &light).await.expect("a round");
    let newest = witnesses.newest(NOW_MS).expect("signed");
    assert_eq!(newest.cosignatures.iter().map(|one| one.witness).collect::<Vec<_>>(), [0, 1]);
    assert_eq!((first.asked.load(Ordering::SeqCst), second.asked.load(Ordering::SeqCst)), (1, 2));
    witnesses.round(&node, &light).await.expect("a round");
    assert_eq!(first.asked.load(Ordering::SeqCst), 1, "the same checkpoint is not asked about again");
    // What a bundle says: of this very header, and of one that came later.
    let cosigned = newest.cosigned(&journey.header, Vec::new()).expect("of this header");
    assert_eq!((cosigned.older, cosigned.cosignatures.len()), (None, 2));
    let mut later = journey.header.clone();
    later.executed += 5;
    let older = newest.cosigned(&later, vec![Hash::ZERO]).expect("of an older log").older.expect("older");
    assert_eq!((older.entries_fewer, older.root), (5, newest.head.root));
    let mut fork = journey.header.clone();
    fork.log_root = Hash::ZERO;
    assert_eq!(newest.cosigned(&fork, Vec::new()), None, "another log of the same size is not what they signed");
    assert!(witnesses.newest(NOW_MS + COSIGNED_MS_MAX).is_none(), "old words are not counted");
}

#[tokio::test]
async fn a_witness_that_is_away_is_missed_and_a_stranger_is_refused_at_the_start() {
    let journey = journey();
    let (node, light) = (node(&journey).await, LightClient::new(&journey.genesis).expect("a genesis"));
    let (url, _) = witness(&journey, 0, 0).await;
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let dead_url = format!("http://{}", dead.local_addr().expect("bound"));
    drop(dead);
    let witnesses = Witnesses::new(&config(&[(0, &url), (1, &dead_url)]), &journey.genesis).expect("known");
    witnesses.round(&node, &light).await.expect("one is enough for a round");
    assert_eq!(witnesses.newest(NOW_MS).expect("signed").cosignatures.len(), 1);
    let error = Witnesses::new(&config(&[(7, &url)]), &journey.genesis).expect_err("nobody");
    assert!(error.to_string().contains("witness7.example"), "{error}");
    assert!(Witnesses::new(&config(&[(0, "nowhere")]), &journey.genesis).is_err());
}
