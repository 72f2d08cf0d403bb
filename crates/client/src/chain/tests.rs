use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers each connection with the next of these raw HTTP answers, then closes it. Returns its URL.
async fn node(answers: Vec<String>) -> String {
    listening(answers).await.0
}

/// As [`node`], with what it was asked.
async fn listening(answers: Vec<String>) -> (String, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let (heard, asked) = tokio::sync::mpsc::channel(answers.len().max(1));
    tokio::spawn(async move {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let _ = heard.send(String::from_utf8_lossy(&request[..length]).into_owned()).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, asked)
}

#[tokio::test]
async fn transactions_go_where_the_token_is_known() {
    let (other, mut other_asked) = listening(vec![http("200 OK", NOTHING)]).await;
    let (own, mut own_asked) = listening(vec![http("200 OK", r#"{"receipts":[]}"#)]).await;
    let token = Token::generate().expect("random");
    let access = vec![NodeAccess::asked(&other), NodeAccess::with(&own, token.clone())];
    let client = NodeClient::with_access(access).expect("two URLs");
    client.submit(&[], 0).await.expect("the node with the token answers");
    let asked = own_asked.recv().await.expect("it was asked").to_lowercase();
    assert!(asked.contains(&format!("authorization: bearer {}", token.reveal())), "{asked}");
    client.preferred.store(0, Ordering::Relaxed);
    client.blocks(1, 1, 0).await.expect("anybody answers questions");
    let asked = other_asked.recv().await.expect("only the question went there").to_lowercase();
    assert!(asked.starts_with("get /v1/blocks") && !asked.contains("authorization"), "{asked}");
    // Without any token the nodes say no themselves, and the error has their word.
    let strict = r#"{"type":"tracelight:token_missing","title":"no token","status":401}"#;
    let client = NodeClient::new(&[node(vec![http("401 Unauthorized", strict)]).await]).expect("one URL");
    let error = client.submit(&[], 0).await.expect_err("no token").to_string();
    assert!(error.contains("401") && error.contains("no token"), "{error}");
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

const NOTHING: &str = r#"{"blocks":[]}"#;

#[tokio::test]
async fn a_node_that_is_down_is_passed_over_and_remembered() {
    let down = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        format!("http://{}", listener.local_addr().expect("it is bound"))
    };
    let up = node(vec![http("200 OK", NOTHING), http("200 OK", NOTHING)]).await;
    let client = NodeClient::new(&[down.as_str(), &up]).expect("two URLs");
    client.blocks(1, 10, 0).await.expect("the second node answers");
    assert_eq!(client.preferred.load(Ordering::Relaxed), 1);
    client.blocks(1, 10, 0).await.expect("the second node is asked first now");
}

#[tokio::test]
async fn nodes_that_fail_are_named_and_a_refusal_is_final() {
    let sick = node(vec![http("503 Service Unavailable", ""), http("503 Service Unavailable", "")]).await;
    let client = NodeClient::new(&[&sick]).expect("one URL");
    let error = client.status().await.expect_err("no node is well").to_string();
    assert!(error.contains(&sick) && error.contains("503"), "{error}");

    let problem = r#"{"type":"tracelight:bad_height","title":"bad","status":400,"detail":"from must be a number"}"#;
    let strict = node(vec![http("400 Bad Request", problem)]).await;
    let client = NodeClient::new(&[&strict, &sick]).expect("two URLs");
    match client.blocks(1, 10, 0).await {
        Err(ClientError::Refused { problem, .. }) => assert_eq!(problem.kind, "tracelight:bad_height"),
        other => panic!("expected the node's refusal, not {other:?}"),
    }
}

#[tokio::test]
async fn blocks_that_one_node_has_pruned_are_asked_of_the_next() {
    let problem = r#"{"type":"tracelight:pruned","title":"pruned","status":410,"detail":"pruned below block 90"}"#;
    let pruned = node(vec![http("410 Gone", problem), http("410 Gone", problem)]).await;
    let whole = node(vec![http("200 OK", NOTHING)]).await;
    let client = NodeClient::new(&[pruned.as_str(), &whole]).expect("two URLs");
    client.blocks(1, 10, 0).await.expect("the second node has them");
    let client = NodeClient::new(&[&pruned]).expect("one URL");
    let error = client.blocks(1, 10, 0).await.expect_err("nobody has them");
    assert!(matches!(error, ClientError::Pruned { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("pruned below block 90") && text.contains("keeps all blocks"), "{text}");
}

#[tokio::test]
async fn an_answer_over_its_bound_is_not_read() {
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned();
    let client = NodeClient::new(&[node(vec![announced]).await]).expect("one URL");
    assert!(matches!(client.genesis().await, Err(ClientError::TooLong { .. })));
    let unannounced = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(GENESIS_BYTES_MAX + 1));
    let client = NodeClient::new(&[node(vec![unannounced]).await]).expect("one URL");
    assert!(matches!(client.genesis().await, Err(ClientError::TooLong { .. })));
}

#[tokio::test]
async fn unknown_transactions_are_no_error_and_nonsense_is() {
    let client = NodeClient::new(&[node(vec![http("404 Not Found", "")]).await]).expect("one URL");
    assert_eq!(client.receipt(TxId([0; 32])).await.expect("404 means unknown"), None);
    let client = NodeClient::new(&[node(vec![http("200 OK", "[]")]).await]).expect("one URL");
    assert!(matches!(client.status().await, Err(ClientError::BadAnswer { .. })));
}

#[test]
fn only_urls_of_nodes_are_taken() {
    for url in ["", "127.0.0.1:1", "ftp://a", "http://", "http://a/b", "http://a?b"] {
        assert!(matches!(NodeClient::new(&[url]), Err(ClientError::BadUrl { .. })), "`{url}`");
    }
    assert!(matches!(NodeClient::new::<&str>(&[]), Err(ClientError::NoNodes)));
    let client = NodeClient::new(&["http://127.0.0.1:26657/"]).expect("a good URL");
    assert_eq!(client.nodes(), ["http://127.0.0.1:26657"]);
}
