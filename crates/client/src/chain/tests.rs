use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers each connection with the next of these raw HTTP answers, then closes it. Returns its URL.
async fn node(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
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
