//! The program itself, killed with SIGKILL in the middle of a code order: after a restart the order is finished without a
//! gap and without a double, and the read model goes on where it stood.

#[path = "../src/testing/node.rs"]
#[expect(dead_code, reason = "the unit tests use more of it")]
mod node;

use node::FakeNode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tracelight_client::testing::MAKER;
use tracelight_domain::gs1::Gtin;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::hash::sha256;

const CODES: u64 = 100_000;
const PASSWORD: &str = "correct horse";
const TOKEN: &str = "token of the gateway";
/// Longest wait for one thing. The lease of the killed worker alone takes 15 s.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program; killed with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn start(config: &Path) -> Self {
        Self(program(config).arg("run").spawn().expect("the program starts"))
    }
}

fn program(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command.arg("--config").arg(config).stdout(Stdio::null()).stderr(Stdio::null()).env("TRACELIGHT_LOG", "off");
    command
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the scratch folder is writable");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("it is our file");
}

fn configure(folder: &Path, node: &FakeNode, port: u16) -> std::path::PathBuf {
    // Two statements: the chain is behind one lock.
    let genesis = node.chain().genesis.clone();
    let member = node.chain().member(MAKER).gln;
    std::fs::write(folder.join("genesis.bin"), genesis.to_bytes()).expect("the scratch folder is writable");
    write(&folder.join("operator.key"), &format!("{}\n", "02".repeat(32)));
    write(&folder.join("token"), &sha256(TOKEN.as_bytes()).to_string());
    write(&folder.join("password"), PASSWORD);
    let config = folder.join("server.toml");
    let database = folder.join("server.db");
    let text = format!(
        "listen = '127.0.0.1:{port}'\ndatabase_url = 'sqlite:{}?mode=rwc'\ngenesis = 'genesis.bin'\n\
         [[nodes]]\nname = 'own'\nurl = '{}'\n[[members]]\ngln = '{member}'\noperator_key_file = 'operator.key'\n\
         [[gateways]]\nmember = '{member}'\ntoken_sha256_file = 'token'\n",
        database.display(),
        node.url,
    );
    std::fs::write(&config, text).expect("the scratch folder is writable");
    let mut add = program(&config);
    add.args(["add-user", "--member", &member.to_string(), "--name", "maker", "--role", "operator"]);
    let added = add.arg("--password-file").arg(folder.join("password")).status().expect("the program runs");
    assert!(added.success(), "the user is added");
    config
}

struct Caller {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

impl Caller {
    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Option<(u16, String, Option<String>)> {
        let method = method.parse().expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.base)).header("cookie", &self.cookie);
        request = request.header("authorization", format!("Bearer {TOKEN}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.ok()?;
        let cookie = response.headers().get("set-cookie").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Some((response.status().as_u16(), response.text().await.ok()?, cookie))
    }

    /// Calls until the status is the expected one.
    async fn until(&self, method: &str, path: &str, body: Option<Value>, status: u16) -> (String, Option<String>) {
        let begun = Instant::now();
        loop {
            let answer = self.call(method, path, body.clone()).await;
            match answer {
                Some((found, text, cookie)) if found == status => return (text, cookie),
                other => assert!(begun.elapsed() < PATIENCE, "{path}: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn order(&self, id: &str) -> Value {
        let (text, _) = self.until("GET", &format!("/api/v1/orders/{id}"), None, 200).await;
        serde_json::from_str(&text).expect("JSON")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m2_an_order_survives_kill_9_without_gap_or_double() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let node = FakeNode::start().await;
    let port = tracelight_testkit::ports::free_port().expect("a free port");
    let config = configure(folder.path(), &node, port);
    let mut server = Server::start(&config);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let mut caller = Caller { http, base: format!("http://127.0.0.1:{port}"), cookie: String::new() };
    caller.until("GET", "/readyz", None, 200).await;
    let sign_in = json!({ "user": "maker", "password": PASSWORD });
    let (_, cookie) = caller.until("POST", "/api/v1/session", Some(sign_in), 200).await;
    caller.cookie = cookie.and_then(|cookie| cookie.split(';').next().map(str::to_owned)).expect("a cookie");

    let gtin = Gtin::build(0, "6901234", 5).expect("a GTIN of constants").to_string();
    let product = json!({ "gtin": gtin, "name_en": "x", "kind": "medicine" });
    caller.until("POST", "/api/v1/products", Some(product), 201).await;
    let batch =
        json!({ "gtin": gtin, "lot": "L", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": CODES });
    caller.until("POST", "/api/v1/batches", Some(batch), 201).await;
    let orders = format!("/api/v1/batches/{gtin}/L/orders");
    let (text, _) = caller.until("POST", &orders, Some(json!({ "count": CODES })), 202).await;
    let order: Value = serde_json::from_str(&text).expect("JSON");
    let id = order["id"].as_str().expect("an id").to_owned();

    let begun = Instant::now();
    while caller.order(&id).await["made"].as_u64().unwrap_or(0) < CODES / 10 {
        assert!(begun.elapsed() < PATIENCE, "the order does not move");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.0.kill().expect("SIGKILL is sent");
    server.0.wait().expect("it is gone");
    drop(server);
    let _server = Server::start(&config);
    // The session survives as well: it is in the database.
    let after = caller.order(&id).await;
    assert!(
        after["made"].as_u64().is_some_and(|made| (CODES / 10..CODES).contains(&made)),
        "killed in the middle: {after}"
    );
    let begun = Instant::now();
    while caller.order(&id).await["state"] != "done" {
        assert!(begun.elapsed() < PATIENCE, "the order is not taken up again: {}", caller.order(&id).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let line = format!("/api/v1/line/batches/{gtin}/L");
    let take = json!({ "line": "xian/line-2" });
    caller.until("POST", &format!("{line}/blocks"), Some(take), 200).await;
    let (text, _) = caller.until("GET", &format!("{line}/codes?line=xian/line-2"), None, 200).await;
    let serials: BTreeSet<&str> = text.lines().collect();
    assert_eq!((serials.len() as u64, text.lines().count() as u64), (CODES, CODES));
}
