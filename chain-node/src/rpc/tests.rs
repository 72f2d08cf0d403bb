use super::*;
use crate::ledger::tests::alliance;
use crate::ledger::tests::goods::Goods;
use crate::machine::tests::{ROOMY, node, proposed, tip};
use crate::mempool::MempoolLimits;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tracelight_api::Base64;
use tracelight_api::chain::{
    Blocks, CertifiedHeader, Consistency, NodeStatus, Proofs, ProveRequest, Receipt, Receipts, TxOutcome,
};
use tracelight_domain::ids::Hash;
use tracelight_domain::state::ObjectId;
use tracelight_keys::Token;
use tracelight_proof::block::{Header, encode_body};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::log::{LogHead, verify_consistency};
use tracelight_proof::state_proof::{self, StateProof};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn token(dir: &tempfile::TempDir) -> Token {
    use std::os::unix::fs::PermissionsExt as _;
    let path = dir.path().join("rpc.token");
    std::fs::write(&path, SECRET).expect("our folder");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("our file");
    Token::read(&path).expect("a token")
}

fn rpc(dir: &tempfile::TempDir, node: &Arc<Node>, calls_max: usize, calls_per_s: u32) -> Rpc {
    let access = Access { token: token(dir), open_reads: false };
    Rpc::new(Arc::clone(node), access, CallLimits { calls_max, calls_per_s }, None)
}

async fn serve(rpc: Rpc) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let stop = rpc.node().watch_stopping();
    tokio::spawn(listen::serve(listener, rpc, 64, stop));
    address
}

/// One call, with the node's token.
async fn call(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    call_with(address, &format!("Authorization: Bearer {SECRET}\r\n"), method, path, body).await
}

async fn call_with(address: SocketAddr, headers: &str, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: node\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (status, _, body) = raw(address, &[head.as_bytes(), body].concat()).await;
    (status, body)
}

/// Sends bytes; status, head and body of what comes back.
async fn raw(address: SocketAddr, request: &[u8]) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("headers");
    let body = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.expect("a status"), head, body)
}

async fn json<T: serde::de::DeserializeOwned>(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> T {
    let (status, body) = call(address, method, path, body).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("the contract's answer")
}

async fn problem(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> (u16, String) {
    let (status, body) = call(address, method, path, body).await;
    let problem: Problem = serde_json::from_slice(&body).expect("a problem");
    assert_eq!(problem.status, status);
    (status, problem.kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_goes_from_pending_to_applied_and_is_proven() {
    let (dir, mut alliance) = (tempfile::tempdir().expect("scratch"), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let address = serve(rpc(&dir, &node, 16, 1_000)).await;
    let goods = Goods::new(1);
    let body = encode_body(&[alliance.sign(0, goods.register_product())]);
    let started = Instant::now();
    let pending: Receipts = json(address, "POST", "/v1/txs?wait_ms=200", &body).await;
    assert!(started.elapsed() >= Duration::from_millis(200), "it waited, and there was no block");
    assert_eq!(pending.receipts[0].outcome, TxOutcome::Pending);
    let id = pending.receipts[0].tx_id.expect("an id");
    // Proofs need a certified header.
    let ids = ProveRequest { objects: vec![Base64(ObjectId::Product(goods.gtin).to_bytes())], at: None };
    let ids = serde_json::to_vec(&ids).expect("encodes");
    assert_eq!(problem(address, "POST", "/v1/prove", &ids).await, (503, "tracelight:no_certificate".to_owned()));

    let waiting = tokio::spawn(async move { json::<Receipts>(address, "POST", "/v1/txs?wait_ms=20000", &body).await });
    let block = proposed(&node, &tip(&node)).await;
    node.take_final(&block.header, &block.body, None).expect("executed");
    let receipt = waiting.await.expect("an answer").receipts.remove(0);
    assert_eq!((receipt.outcome, receipt.already, receipt.height), (TxOutcome::Applied, true, Some(1)));
    let receipt: Receipt = json(address, "GET", &format!("/v1/txs/{id}"), b"").await;
    assert_eq!(receipt.outcome, TxOutcome::Applied);

    let next = proposed(&node, &block).await;
    node.take_final(&next.header, &next.body, Some(b"certificate")).expect("executed");
    let proofs: Proofs = json(address, "POST", "/v1/prove", &ids).await;
    let header = Header::decode(&proofs.header.0).expect("a header");
    assert_eq!((header.height, header.executed), (2, 1));
    let proof = StateProof::parse(&proofs.objects[0].proof.0, 1 << 16, "proof").expect("a proof");
    let state = state_proof::verify(&proof, &header.state_root, &ObjectId::Product(goods.gtin));
    assert_eq!(state.expect("it holds").expect("it exists").history.count, 1);
    assert_eq!(proofs.objects[0].events.len(), 1);

    let status: NodeStatus = json(address, "GET", "/v1/status", b"").await;
    assert_eq!((status.height, status.events, status.pending), (2, 1, 0));
    let blocks: Blocks = json(address, "GET", "/v1/blocks?from=1&max=10", b"").await;
    assert_eq!(blocks.blocks.len(), 2);
    assert_eq!(blocks.blocks[0].outcomes, [0]);
    assert!(blocks.blocks[0].certificate.is_none() && blocks.blocks[1].certificate.is_some());
    let none: Blocks = json(address, "GET", "/v1/blocks?from=3&wait_ms=50", b"").await;
    assert!(none.blocks.is_empty());
    let (_, genesis) = call(address, "GET", "/v1/genesis", b"").await;
    assert_eq!(genesis, alliance.genesis.to_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_told_and_an_older_header_is_proven_under_when_wished() {
    let (dir, mut alliance) = (tempfile::tempdir().expect("scratch"), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let address = serve(rpc(&dir, &node, 16, 1_000)).await;
    let none = problem(address, "GET", "/v1/checkpoint", b"").await;
    assert_eq!(none, (503, "tracelight:no_certificate".to_owned()));
    let mut parent = tip(&node);
    let mut heads = Vec::new();
    for number in 0..4 {
        let tx = alliance.sign(0, Goods::new(number).register_product());
        node.submit(&[tx.as_slice()], crate::node::Origin::Client).expect("the store works");
        parent = proposed(&node, &parent).await;
        node.take_final(&parent.header, &parent.body, Some(b"certificate")).expect("executed");
        let told: CertifiedHeader = json(address, "GET", "/v1/checkpoint", b"").await;
        let header = Header::decode(&told.header.0).expect("a header");
        assert_eq!((header.height, header.id().0), (number + 1, tracelight_proof::block::block_id(&parent.header).0));
        heads.push((header.height, LogHead { size: header.executed + 1, root: header.log_root }));
    }
    for (_, old) in &heads {
        for (_, new) in heads.iter().filter(|(_, new)| new.size >= old.size) {
            let path = format!("/v1/log/consistency?from={}&to={}", old.size, new.size);
            let proof: Consistency = json(address, "GET", &path, b"").await;
            let hashes: Vec<Hash> = proof.hashes.into_iter().map(|hash| hash.0).collect();
            assert_eq!(verify_consistency(old, new, &hashes), Ok(()), "{path}");
        }
    }
    for path in ["from=3&to=2", "from=1&to=99", "from=1", "from=-1&to=2"] {
        let (status, _) = call(address, "GET", &format!("/v1/log/consistency?{path}"), b"").await;
        assert_eq!(status, 400, "{path}");
    }
    let object = ObjectId::Product(Goods::new(0).gtin);
    for (wish, height) in [(Some(2), 2), (Some(3), 3), (None, 4), (Some(99), 4), (Some(0), 4)] {
        let ids = ProveRequest { objects: vec![Base64(object.to_bytes())], at: wish };
        let proofs: Proofs = json(address, "POST", "/v1/prove", &serde_json::to_vec(&ids).expect("encodes")).await;
        let header = Header::decode(&proofs.header.0).expect("a header");
        assert_eq!(header.height, height, "asked for {wish:?}");
        let proof = StateProof::parse(&proofs.objects[0].proof.0, 1 << 16, "proof").expect("a proof");
        assert!(state_proof::verify(&proof, &header.state_root, &object).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let (dir, mut alliance) = (tempfile::tempdir().expect("scratch"), alliance());
    let limits = MempoolLimits { txs_max: 1, bytes_max: 1 << 20 };
    let node = node(&dir, &alliance, limits);
    let address = serve(rpc(&dir, &node, 2, 1_000)).await;
    let txs = [alliance.sign(0, Goods::new(1).register_product()), alliance.sign(0, Goods::new(2).register_product())];
    let receipts: Receipts = json(address, "POST", "/v1/txs", &encode_body(&txs)).await;
    assert_eq!(receipts.receipts[0].outcome, TxOutcome::Pending);
    assert_eq!(receipts.receipts[1].refusal.as_deref(), Some("busy"));
    let too_many = (u32::try_from(tracelight_api::chain::TXS_PER_CALL_MAX).expect("small") + 1).to_be_bytes();
    for (method, path, body, expected) in [
        ("POST", "/v1/txs", too_many.as_slice(), (413, "too_many")),
        ("POST", "/v1/txs", b"\0\0\0\x01\0", (400, "malformed")),
        ("GET", "/v1/txs/xyz", b"", (400, "tx_id")),
        ("GET", &format!("/v1/txs/{}", "00".repeat(32)), b"", (404, "unknown_tx")),
        ("POST", "/v1/prove", b"{}", (422, "body")),
        ("POST", "/v1/prove", br#"{"objects":["/w=="]}"#, (400, "malformed")),
        ("GET", "/v2/anything", b"", (404, "unknown_path")),
    ] {
        let (status, kind) = problem(address, method, path, body).await;
        assert_eq!((status, kind), (expected.0, format!("tracelight:{}", expected.1)), "{method} {path}");
    }
    // Two calls wait; a third is told to come back, and health is still answered.
    let waiting: Vec<_> =
        (0..2).map(|_| tokio::spawn(call(address, "GET", "/v1/blocks?from=9&wait_ms=3000", b""))).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(problem(address, "GET", "/v1/status", b"").await, (503, "tracelight:busy".to_owned()));
    assert_eq!(call(address, "GET", "/livez", b"").await.0, 200);
    // The node of this test has no peers and no engine: not ready, and it says why.
    let (status, text) = call(address, "GET", "/readyz", b"").await;
    assert_eq!(status, 503);
    assert!(String::from_utf8_lossy(&text).contains("waiting for 3 more votes"), "{}", String::from_utf8_lossy(&text));
    let started = Instant::now();
    node.begin_stop();
    for call in waiting {
        assert_eq!(call.await.expect("an answer").0, 200);
    }
    assert!(started.elapsed() < Duration::from_secs(2), "a stop ends the waiting");
}

fn kind(body: &[u8]) -> String {
    serde_json::from_slice::<Problem>(body).map(|problem| problem.kind).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_something_shows_the_token_and_questions_are_free() {
    let (dir, mut alliance) = (tempfile::tempdir().expect("scratch"), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let address = serve(rpc(&dir, &node, 16, 1_000)).await;
    let body = encode_body(&[alliance.sign(0, Goods::new(1).register_product())]);
    let wrong = format!("Authorization: Bearer {}\r\n", "f".repeat(32));
    for (headers, name) in [
        ("", "token_missing"),
        ("Authorization: Basic dXNlcg==\r\n", "token_missing"),
        ("Authorization: Bearer\r\n", "token_missing"),
        ("Authorization: Bearer \r\n", "token_missing"),
        (wrong.as_str(), "token_wrong"),
    ] {
        let (status, answer) = call_with(address, headers, "POST", "/v1/txs", &body).await;
        assert_eq!((status, kind(&answer)), (401, format!("tracelight:{name}")), "{headers}");
    }
    assert!(node.pending().mempool.is_empty(), "nothing was taken");
    let (_, head, _) = raw(address, b"POST /v1/txs HTTP/1.0\r\nContent-Length: 0\r\n\r\n").await;
    assert!(head.to_lowercase().contains("www-authenticate: bearer"), "{head}");
    // A question is free, and a proof is a question; a wrong token is said to be wrong all the same.
    assert_eq!(call_with(address, "", "GET", "/v1/status", b"").await.0, 200);
    assert_eq!(call_with(address, "", "POST", "/v1/prove", br#"{"objects":[]}"#).await.0, 503);
    assert_eq!(call_with(address, &wrong, "GET", "/v1/status", b"").await.0, 401);
    let receipts: Receipts = json(address, "POST", "/v1/txs", &body).await;
    assert_eq!(receipts.receipts[0].outcome, TxOutcome::Pending);
}

#[tokio::test]
async fn other_machines_need_the_token_for_questions_too() {
    use tower::ServiceExt as _;
    let (dir, alliance) = (tempfile::tempdir().expect("scratch"), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let ask = |open_reads: bool, from: &str, path: &str| {
        let access = Access { token: token(&dir), open_reads };
        let router = Rpc::new(Arc::clone(&node), access, CallLimits { calls_max: 9, calls_per_s: 9 }, None).router();
        let mut request = axum::extract::Request::new(axum::body::Body::empty());
        *request.uri_mut() = path.parse().expect("a path");
        let from: std::net::SocketAddr = from.parse().expect("an address");
        request.extensions_mut().insert(axum::extract::ConnectInfo(from));
        async move { router.oneshot(request).await.expect("the router never fails").status().as_u16() }
    };
    assert_eq!(ask(false, "127.0.0.1:9", "/v1/status").await, 200);
    assert_eq!(ask(false, "[::1]:9", "/v1/status").await, 200);
    assert_eq!(ask(false, "[::ffff:127.0.0.1]:9", "/v1/status").await, 200);
    assert_eq!(ask(false, "192.0.2.1:9", "/v1/status").await, 401);
    assert_eq!(ask(false, "192.0.2.1:9", "/metrics").await, 401);
    assert_eq!(ask(false, "192.0.2.1:9", "/livez").await, 200);
    assert_eq!(ask(true, "192.0.2.1:9", "/v1/status").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_is_rationed_and_the_member_is_not() {
    let (dir, alliance) = (tempfile::tempdir().expect("scratch"), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let address = serve(rpc(&dir, &node, 16, 1)).await;
    let mut turned_away = 0;
    for _ in 0..8 {
        let (status, answer) = call_with(address, "", "GET", "/v1/status", b"").await;
        turned_away += usize::from((status, kind(&answer)) == (429, "tracelight:too_fast".to_owned()));
    }
    assert!((3..=6).contains(&turned_away), "two at once and one a second are free: {turned_away}");
    for _ in 0..20 {
        assert_eq!(call(address, "GET", "/v1/status", b"").await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_oversized_bodies_are_named() {
    let (dir, alliance) = (tempfile::tempdir().expect("scratch"), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let address = serve(rpc(&dir, &node, 16, 1_000)).await;
    let post = |headers: &str| {
        format!(
            "POST /v1/txs HTTP/1.1\r\nHost: node\r\nConnection: close\r\nAuthorization: Bearer {SECRET}\r\n{headers}\r\n"
        )
    };
    for (headers, status, name) in [
        ("Transfer-Encoding: chunked\r\n", 411, "length_required"),
        ("Content-Length: 99999999\r\n", 413, "body"),
        // Announced and never sent.
        ("Content-Length: 100\r\n", 408, "slow_body"),
    ] {
        let started = Instant::now();
        let (found, _, answer) = raw(address, post(headers).as_bytes()).await;
        assert_eq!((found, kind(&answer)), (status, format!("tracelight:{name}")), "{headers}");
        assert!(started.elapsed() < access::BODY_TIME_MAX + Duration::from_secs(5));
    }
    // A slow body keeps its place among the calls no longer than that.
    assert_eq!(call(address, "GET", "/v1/status", b"").await.0, 200);
}
