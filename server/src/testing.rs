//! A whole server for tests: real router, real database, real follower, and a node that is a chain inside the process.

pub mod marks;
pub mod node;
pub mod story;

use crate::alliance::Alliance;
use crate::app::{App, AppState, router};
use crate::audit::Searches;
use crate::auth::{Gateways, KeyLimit, Seen, SignInLimit, TotpKeys, hash_password};
use crate::config::{AccountsConfig, Config, EpcisConfig, LabelKeyConfig, MemberConfig, NodeConfig, TotpKeyConfig};
use crate::follower::ProgressCell;
use crate::label_keys::LabelKeys;
use crate::marks::Marks;
use crate::signing::{Keys, MemberKeys};
use crate::store::{Store, UserRow};
use crate::witnesses::Witnesses;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use node::FakeNode;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tower::ServiceExt as _;
use tracelight_api::rest::session::UserRole;
use tracelight_client::chain::NodeClient;
use tracelight_client::keys::Signer;
use tracelight_client::light::LightClient;
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY, REGULATOR};
use tracelight_domain::ids::Height;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse";
/// What signs labels of the manufacturer.
pub const LABEL_KEY: &str = "4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c";
/// The token of the manufacturer's gateway.
pub const GATEWAY_TOKEN: &str = "gateway-token-of-the-maker";
/// The token of the carrier's gateway: right server, wrong member.
pub const OTHER_TOKEN: &str = "gateway-token-of-the-carrier";
/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running server without a socket.
pub struct World {
    /// What handlers see.
    pub state: AppState,
    /// The chain.
    pub node: FakeNode,
    router: Router,
    stop: watch::Sender<bool>,
    // Dropped last: the database lies in it.
    scratch: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The stable name of a problem.
    pub fn problem(&self) -> String {
        self.json()["type"].as_str().unwrap_or("").trim_start_matches("tracelight:").to_owned()
    }

    /// Panics with the body when the status is another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

/// The seed of a member's key in the test chain: 1 its operator's, 2 its approver's.
pub fn seed(member: usize, purpose: u8) -> [u8; 32] {
    [u8::try_from(member).unwrap_or(0) * 16 + purpose + 1; 32]
}

/// One argon2 for all users of all tests.
fn password_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash_password(PASSWORD).expect("a good password")).clone()
}

impl World {
    /// A server on SQLite, with people of all four members.
    pub async fn start() -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let url = format!("sqlite:{}?mode=rwc", scratch.path().join("server.db").display());
        Self::on(&url, scratch).await
    }

    /// A server on SQLite with other keys for some members.
    pub async fn start_with(change: impl FnOnce(&FakeNode, &mut Keys)) -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let url = format!("sqlite:{}?mode=rwc", scratch.path().join("server.db").display());
        Self::on_with(&url, scratch, |node, app| change(node, &mut app.keys)).await
    }

    /// A server on SQLite with another configuration.
    pub async fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let url = format!("sqlite:{}?mode=rwc", scratch.path().join("server.db").display());
        Self::on_with(&url, scratch, |_, app| change(&mut app.config)).await
    }

    /// A server on a database.
    pub async fn on(database: &str, scratch: tempfile::TempDir) -> Self {
        Self::on_with(database, scratch, |_, _| ()).await
    }

    async fn on_with(database: &str, scratch: tempfile::TempDir, change: impl FnOnce(&FakeNode, &mut App)) -> Self {
        let node = FakeNode::start().await;
        let store = Store::open(database).await.expect("the database opens");
        store.migrate().await.expect("the database migrates");
        let mut app = Self::app(&node, store);
        app.config.marks = Some(marks::config(scratch.path()));
        let file = marks::secret(scratch.path(), "totp.key", &"7a".repeat(32));
        let key = TotpKeyConfig { id: "totp-1".to_owned(), file };
        let file = Some(marks::secret(scratch.path(), "label.key", LABEL_KEY));
        let member = node.chain().member(MAKER).gln.to_string();
        app.config.label_keys = vec![LabelKeyConfig { member, file, public: None }];
        app.config.accounts = AccountsConfig { totp_keys: vec![key], ..AccountsConfig::default() };
        change(&node, &mut app);
        app.sites = crate::scan::risk::sites(&app.config.sites);
        app.label_keys = LabelKeys::read(&app.config.label_keys).expect("good keys");
        app.totp_keys = TotpKeys::read(&app.config.accounts).expect("good keys");
        let marks = app.config.marks.as_ref().map(Marks::read);
        app.marks = marks.transpose().expect("good keys");
        let state = AppState::new(app);
        for (name, member, role) in [
            ("maker", MAKER, UserRole::Operator),
            ("maker2", MAKER, UserRole::Approver),
            ("maker-viewer", MAKER, UserRole::Viewer),
            ("maker-admin", MAKER, UserRole::Viewer),
            ("carrier", CARRIER, UserRole::Operator),
            ("pharmacy", PHARMACY, UserRole::Operator),
            ("regulator", REGULATOR, UserRole::Operator),
            ("regulator2", REGULATOR, UserRole::Approver),
            ("regulator-admin", REGULATOR, UserRole::Viewer),
        ] {
            let member = node.chain().member(member).gln;
            let user = UserRow {
                administrator: name.ends_with("-admin"),
                ..UserRow::new(name.to_owned(), member, role, password_hash(), 0)
            };
            state.store.add_user(&user, 0).await.expect("the database works").expect("the name is free");
        }
        let (stop, stopped) = watch::channel(false);
        crate::run::background(&state, &stopped);
        Self { router: router(&state), state, node, stop, scratch }
    }

    fn app(node: &FakeNode, store: Store) -> App {
        let chain = node.chain();
        let mut keys = Keys::default();
        for (index, member) in chain.members.iter().enumerate() {
            let (operator, approver) = (Signer::from_seed(&seed(index, 1)), Signer::from_seed(&seed(index, 2)));
            keys.insert(member.gln, MemberKeys { operator, approver: Some(approver) });
        }
        let config = Config {
            nodes: vec![NodeConfig { name: "own".to_owned(), url: node.url.clone(), token_file: None }],
            members: vec![MemberConfig {
                gln: chain.member(MAKER).gln.to_string(),
                gs1_company_prefix: Some("6901234".to_owned()),
                operator_key_file: std::path::PathBuf::new(),
                approver_key_file: None,
                key_passphrase_file: None,
            }],
            // Webhooks of tests listen here; a second anchor does not let a test wait.
            epcis: EpcisConfig { webhooks_to_loopback: true, anchor_seconds: 1, ..EpcisConfig::default() },
            ..Config::default()
        };
        App {
            alliance: Alliance::of(chain.genesis.clone()),
            store,
            nodes: Some(NodeClient::new(&[&node.url]).expect("a good URL")),
            each_node: vec![("own".to_owned(), NodeClient::new(&[&node.url]).expect("a good URL"))],
            progress: ProgressCell::default(),
            keys,
            gateways: Gateways::of(&[
                (GATEWAY_TOKEN, chain.member(MAKER).gln),
                (OTHER_TOKEN, chain.member(CARRIER).gln),
            ]),
            sign_in_limit: SignInLimit::default(),
            sites: std::collections::BTreeMap::new(),
            label_keys: LabelKeys::default(),
            totp_keys: TotpKeys::default(),
            seen: Seen::default(),
            searches: Searches::default(),
            key_limit: KeyLimit::default(),
            light: Some(LightClient::new(&chain.genesis).expect("a genesis")),
            witnesses: Witnesses::default(),
            shop: crate::scan::Shop::default(),
            report_face: std::sync::OnceLock::new(),
            marks: None,
            config,
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the body ends well").to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// A call with a credential (`cookie: …` or `authorization: …`) and perhaps a JSON body.
    pub async fn call(&self, method: &str, path: &str, credential: Option<&str>, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some((name, value)) = credential.and_then(|credential| credential.split_once(": ")) {
            request = request.header(name, value);
        }
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("a good request")).await
    }

    /// Signs in and returns the credential for [`World::call`].
    pub async fn sign_in(&self, user: &str) -> String {
        let body = serde_json::json!({ "user": user, "password": PASSWORD });
        let reply = self.call("POST", "/api/v1/session", None, Some(body)).await.expect(200);
        let cookie = reply.headers.get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).expect("a cookie is set");
        format!("cookie: {cookie}")
    }

    /// The credential of a gateway.
    pub fn bearer(token: &str) -> String {
        format!("authorization: Bearer {token}")
    }

    /// Waits until the follower has projected a height.
    pub async fn projected(&self, height: Height) {
        let mut progress = self.state.progress.watch();
        let reached = progress.wait_for(|now| now.projected >= height || now.halted);
        let now = tokio::time::timeout(PATIENCE, reached).await.expect("in time").expect("the follower lives").clone();
        assert!(!now.halted, "the follower has halted: {:?}", now.trouble);
    }

    /// Asks until the answer is good, within [`PATIENCE`].
    pub async fn until(&self, path: &str, credential: &str, good: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let json = self.call("GET", path, Some(credential), None).await.expect(200).json();
            if good(&json) {
                return json;
            }
            assert!(begun.elapsed() < PATIENCE, "{path} stays {json}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Listens on a free port of the loopback interface, for what needs a socket.
    pub async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }

    /// Where the database lies.
    pub fn scratch(&self) -> &std::path::Path {
        self.scratch.path()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}
