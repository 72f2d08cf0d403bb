//! A cluster of real `chain-node` processes on loopback, and a small client.

#![allow(dead_code, reason = "each test program uses its part")]

pub mod goods;

use anyhow::{Context as _, bail, ensure};
use ed25519_dalek::SigningKey;
use goods::sign;
use serde::de::DeserializeOwned;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tracelight_api::Base64;
use tracelight_api::chain::{Blocks, NodeStatus, Proofs, ProveRequest, Receipt, Receipts};
use tracelight_chain_node::config::NodeConfig;
use tracelight_domain::ids::{ChainId, MemberId, PublicKey};
use tracelight_domain::state::{Event, ObjectId, ObjectState};
use tracelight_domain::tx::TxBody;
use tracelight_keys::{Seed, Token};
use tracelight_proof::block::{Header, block_id, encode_body};
use tracelight_proof::certificate::Certificate;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::{Genesis, consensus_namespace};
use tracelight_proof::state_proof::{self, StateProof};
use tracelight_testkit::ports::free_ports;
use tracelight_testkit::process::{Child, program, run};

pub const BIN: &str = env!("CARGO_BIN_EXE_chain-node");
pub const SLUGS: [&str; 4] = ["manufacturer", "logistics", "pharmacy", "regulator"];

/// Bound of a single wait. The machine is shared.
pub const WAIT: Duration = Duration::from_secs(60);

/// A member's keys.
#[derive(Clone)]
pub struct Member {
    pub gln: MemberId,
    pub operator: SigningKey,
    pub approver: SigningKey,
    nonce: u64,
}

/// Four nodes.
pub struct Cluster {
    dir: tempfile::TempDir,
    pub rpc: Vec<SocketAddr>,
    nodes: Vec<Option<Child>>,
    slugs: Vec<String>,
    /// Network namespace of each node, where it is not the machine's own.
    namespaces: Vec<Option<String>>,
    /// What each node wants to be shown.
    tokens: Vec<String>,
    /// Further variables of the nodes' environment: where a token's module finds its configuration.
    environment: Vec<(String, PathBuf)>,
    pub genesis: Genesis,
    pub members: Vec<Member>,
}

impl Cluster {
    /// Founds an alliance with the program itself and starts its nodes.
    pub fn start() -> anyhow::Result<Self> {
        let mut cluster = Self::found()?;
        cluster.start_all()?;
        Ok(cluster)
    }

    /// Starts all nodes and waits for their first block.
    pub fn start_all(&mut self) -> anyhow::Result<()> {
        for index in 0..4 {
            self.start_node(index)?;
        }
        for index in 0..4 {
            self.wait_height(index, 1)?;
        }
        Ok(())
    }

    /// An alliance whose nodes are not started yet.
    pub fn found() -> anyhow::Result<Self> {
        Self::found_with(&[])
    }

    /// Founds an alliance with further arguments and starts nothing.
    pub fn found_with(arguments: &[&str]) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let ports = free_ports(8)?;
        let list = |ports: &[u16]| ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let home = dir.path().join("alliance");
        let mut command = Command::new(BIN);
        command.args(["init-alliance", "--name", "Test alliance", "--dir"]).arg(&home);
        command.args(["--p2p-ports", &list(&ports[..4]), "--rpc-ports", &list(&ports[4..])]).args(arguments);
        run("init-alliance", command, &dir.path().join("init.log"), WAIT)?;
        let genesis = Genesis::parse_checked(&std::fs::read(home.join("genesis.bin"))?)?;
        let rpc = ports[4..].iter().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).collect();
        let members = SLUGS.iter().map(|slug| Member::read(&home.join(slug), &genesis)).collect::<Result<_, _>>()?;
        let namespaces = vec![None; 4];
        let token = |slug: &&str| std::fs::read_to_string(home.join(slug).join("rpc.token"));
        let tokens = SLUGS.iter().map(|slug| Ok(token(slug)?.trim().to_owned())).collect::<std::io::Result<_>>()?;
        let slugs = SLUGS.map(str::to_owned).to_vec();
        let (nodes, environment) = (vec![None, None, None, None], Vec::new());
        Ok(Self { dir, rpc, nodes, slugs, namespaces, tokens, environment, genesis, members })
    }

    /// Sets a variable for every node from its next start on.
    pub fn set_environment(&mut self, name: &str, value: impl Into<PathBuf>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    /// What callers show a node.
    pub fn token(&self, index: usize) -> &str {
        &self.tokens[index]
    }

    /// A folder for the test's own files, gone with the cluster.
    pub fn scratch(&self) -> &Path {
        self.dir.path()
    }

    /// Changes the configuration of a node that does not run.
    pub fn reconfigure(&mut self, index: usize, change: impl FnOnce(&mut NodeConfig)) -> anyhow::Result<()> {
        ensure!(self.nodes[index].is_none(), "the node runs");
        let path = self.home(index).join("node.toml");
        let mut config: NodeConfig = toml::from_str(&std::fs::read_to_string(&path)?)?;
        change(&mut config);
        self.rpc[index] = config.rpc_listen;
        Ok(std::fs::write(&path, toml::to_string(&config)?)?)
    }

    /// Where a node listens for the others.
    pub fn p2p(&self, index: usize) -> anyhow::Result<SocketAddr> {
        let text = std::fs::read_to_string(self.home(index).join("node.toml"))?;
        Ok(toml::from_str::<NodeConfig>(&text)?.p2p_listen)
    }

    /// The validator key of a node.
    pub fn validator(&self, index: usize) -> anyhow::Result<PublicKey> {
        Ok(goods::public(&SigningKey::from_bytes(&self.seed(index)?)))
    }

    /// The secret half of it.
    pub fn seed(&self, index: usize) -> anyhow::Result<[u8; 32]> {
        let mut seed = [0; 32];
        let text = std::fs::read_to_string(self.home(index).join("validator.key"))?;
        hex::decode_to_slice(text.trim_end(), &mut seed)?;
        Ok(seed)
    }

    /// Lets a node run in a network namespace from its next start on.
    pub fn enter_namespace(&mut self, index: usize, name: &str) {
        self.namespaces[index] = Some(name.to_owned());
    }

    /// The folder of another node, which finds the others like the first node does; nothing is started. Returns its number
    /// and the address under which validators find it.
    pub fn add_node(&mut self, slug: &str, validator: &SigningKey) -> anyhow::Result<(usize, SocketAddr)> {
        let index = self.nodes.len();
        self.slugs.push(slug.to_owned());
        self.nodes.push(None);
        let ports = free_ports(2)?;
        let [p2p, rpc] = [ports[0], ports[1]].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        self.rpc.push(rpc);
        std::fs::create_dir(self.home(index))?;
        Seed::from_bytes(validator.to_bytes()).write_new(&self.home(index).join("validator.key"))?;
        let token = Token::generate()?;
        token.write_new(&self.home(index).join("rpc.token"))?;
        self.tokens.push(token.reveal().to_owned());
        self.namespaces.push(None);
        let first = std::fs::read_to_string(self.home(0).join("node.toml"))?;
        let own = |line: &str| match line.split_once(" = ") {
            Some(("rpc_listen", _)) => format!("rpc_listen = \"{rpc}\""),
            Some(("p2p_listen", _)) => format!("p2p_listen = \"{p2p}\""),
            _ => line.to_owned(),
        };
        let text: Vec<String> = first.lines().map(own).collect();
        std::fs::write(self.home(index).join("node.toml"), text.join("\n"))?;
        Ok((index, p2p))
    }

    /// Changes the text of a node's configuration.
    pub fn configure(&self, index: usize, from: &str, to: &str) -> anyhow::Result<()> {
        let path = self.home(index).join("node.toml");
        let text = std::fs::read_to_string(&path)?;
        ensure!(text.contains(from), "`{from}` is not in {text}");
        Ok(std::fs::write(path, text.replace(from, to))?)
    }

    pub fn home(&self, index: usize) -> PathBuf {
        self.dir.path().join("alliance").join(&self.slugs[index])
    }

    pub fn start_node(&mut self, index: usize) -> anyhow::Result<()> {
        self.spawn_node(index)?;
        self.wait_started(index)
    }

    /// Waits until a node that was spawned answers.
    pub fn wait_started(&mut self, index: usize) -> anyhow::Result<()> {
        let rpc = self.rpc[index];
        self.node(index)?.wait_for_http(rpc, "/livez", WAIT)
    }

    /// Starts a node without waiting for it.
    pub fn spawn_node(&mut self, index: usize) -> anyhow::Result<()> {
        let mut command = match &self.namespaces[index] {
            None => Command::new(BIN),
            Some(name) => {
                let mut command = Command::new(program("ip")?);
                command.args(["netns", "exec", name, BIN]);
                command
            }
        };
        command.args(["run", "--config"]).arg(self.home(index).join("node.toml"));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        self.nodes[index] = Some(Child::spawn(&self.slugs[index], command, &self.log_path(index))?);
        Ok(())
    }

    /// The node's process.
    pub fn node(&mut self, index: usize) -> anyhow::Result<&mut Child> {
        self.nodes[index].as_mut().context("the node runs")
    }

    /// Waits until a node ends by itself, and returns what it said since its start.
    pub fn wait_for_end(&mut self, index: usize, bound: Duration) -> anyhow::Result<String> {
        let mut node = self.nodes[index].take().context("the node runs")?;
        let status = node.wait_for_end(bound)?;
        ensure!(!status.success(), "a node whose disk fails ends with an error, not with {status}{}", node.log_tail());
        node.output()
    }

    fn log_path(&self, index: usize) -> PathBuf {
        self.dir.path().join(format!("{}.log", self.slugs[index]))
    }

    /// All that a node has written since the cluster was founded.
    pub fn whole_log(&self, index: usize) -> String {
        std::fs::read(self.log_path(index)).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    pub fn kill9(&mut self, index: usize) -> anyhow::Result<()> {
        self.nodes[index].take().context("the node runs")?.kill9()
    }

    pub fn terminate(&mut self, index: usize, grace: Duration) -> anyhow::Result<()> {
        let status = self.nodes[index].take().context("the node runs")?.terminate(grace)?;
        ensure!(status.success(), "ended with {status}");
        Ok(())
    }

    pub fn log(&self, index: usize) -> String {
        self.nodes[index].as_ref().map(Child::log_tail).unwrap_or_default()
    }

    pub fn chain(&self) -> ChainId {
        self.genesis.chain_id()
    }

    pub fn status(&self, index: usize) -> anyhow::Result<NodeStatus> {
        json(self.get(index, "/v1/status")?)
    }

    /// Where a node is, and its token.
    pub fn caller(&self, index: usize) -> Caller {
        Caller { address: self.rpc[index], token: self.tokens[index].clone() }
    }

    pub fn get(&self, index: usize, path: &str) -> anyhow::Result<(u16, Vec<u8>)> {
        http(self.caller(index), "GET", path, &[])
    }

    pub fn post(&self, index: usize, path: &str, body: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
        http(self.caller(index), "POST", path, body)
    }

    /// Waits until the node has executed this height.
    pub fn wait_height(&mut self, index: usize, height: u64) -> anyhow::Result<u64> {
        let rpc = self.caller(index);
        let node = self.nodes[index].as_mut().context("the node runs")?;
        node.wait_until(&format!("height {height}"), WAIT, |_| {
            let status: NodeStatus = json(http(rpc.clone(), "GET", "/v1/status", &[])?)?;
            Ok((status.executed >= height).then_some(status.executed))
        })
    }

    /// A member's signed transaction with the next unused nonce.
    pub fn sign(&mut self, member: usize, body: TxBody) -> Vec<u8> {
        let chain = self.chain();
        let member = &mut self.members[member];
        member.nonce += 1;
        let approver = matches!(body, TxBody::ApproveRecall { .. } | TxBody::Vote { .. });
        let key = if approver { &member.approver } else { &member.operator };
        sign(key, chain, member.nonce, 50_000, body)
    }

    /// Submits and waits until all are final.
    pub fn submit(&self, index: usize, txs: &[Vec<u8>]) -> anyhow::Result<Vec<Receipt>> {
        let receipts: Receipts = json(self.post(index, "/v1/txs?wait_ms=30000", &encode_body(txs))?)?;
        ensure!(receipts.receipts.len() == txs.len(), "one receipt a transaction");
        Ok(receipts.receipts)
    }

    pub fn blocks(&self, index: usize, from: u64, max: usize) -> anyhow::Result<Blocks> {
        json(self.get(index, &format!("/v1/blocks?from={from}&max={max}&wait_ms=10000"))?)
    }

    /// Proofs by this node, checked as a stranger would: certificate, state proofs, whole histories. The state may lag, so
    /// it asks again until the header speaks of `executed`.
    pub fn proven(&self, index: usize, ids: &[ObjectId], executed: u64) -> anyhow::Result<Vec<Proven>> {
        let started = Instant::now();
        loop {
            let proofs = self.prove(index, ids)?;
            let header = Header::decode(&proofs.header.0)?;
            if header.executed >= executed {
                return self.check(&proofs, &header, ids);
            }
            ensure!(started.elapsed() < WAIT, "no certified header speaks of block {executed}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn prove(&self, index: usize, ids: &[ObjectId]) -> anyhow::Result<Proofs> {
        let objects = ids.iter().map(|id| Base64(id.to_bytes())).collect();
        json(self.post(index, "/v1/prove", &serde_json::to_vec(&ProveRequest { objects, at: None })?)?)
    }

    fn check(&self, proofs: &Proofs, header: &Header, ids: &[ObjectId]) -> anyhow::Result<Vec<Proven>> {
        let validators = self.genesis.validators()?;
        let certificate = Certificate::parse(&proofs.certificate.0, &validators)?;
        certificate.verify(&consensus_namespace(self.chain()), &validators, &block_id(&proofs.header.0).0)?;
        ensure!(proofs.objects.len() == ids.len());
        let mut proven = Vec::new();
        for (object, id) in proofs.objects.iter().zip(ids) {
            ensure!(object.id.0 == id.to_bytes(), "the objects come in the order asked");
            let proof = StateProof::parse(&object.proof.0, 64 * 1024, "proof")?;
            let state = state_proof::verify(&proof, &header.state_root, id)?;
            let events = object.events.iter().map(|event| Event::parse(&event.0, 1024, "event"));
            let events = events.collect::<Result<Vec<_>, _>>()?;
            let claimed = state.as_ref().map_or(tracelight_domain::state::History::EMPTY, |state| state.history);
            ensure!(tracelight_proof::history::is_complete(&events, &claimed), "the history of {id:?} is whole");
            proven.push(Proven { state, events });
        }
        Ok(proven)
    }
}

/// A proven object.
pub struct Proven {
    pub state: Option<ObjectState>,
    pub events: Vec<Event>,
}

impl Member {
    fn read(home: &Path, genesis: &Genesis) -> anyhow::Result<Self> {
        let key = |name: &str| -> anyhow::Result<SigningKey> {
            let mut seed = [0; 32];
            hex::decode_to_slice(std::fs::read_to_string(home.join(name))?.trim_end(), &mut seed)?;
            Ok(SigningKey::from_bytes(&seed))
        };
        let (operator, approver) = (key("operator.key")?, key("approver.key")?);
        let own = |(key, _): &(tracelight_domain::ids::PublicKey, _)| *key == goods::public(&operator);
        let member = genesis.members.iter().find(|member| member.keys.iter().any(own));
        let gln = member.context("the operator key is in the genesis")?.gln;
        Ok(Self { gln, operator, approver, nonce: 0 })
    }
}

pub fn json<T: DeserializeOwned>((status, body): (u16, Vec<u8>)) -> anyhow::Result<T> {
    if status != 200 {
        bail!("status {status}: {}", String::from_utf8_lossy(&body));
    }
    Ok(serde_json::from_slice(&body)?)
}

/// A node's address, and what is shown there.
#[derive(Clone)]
pub struct Caller {
    pub address: SocketAddr,
    pub token: String,
}

/// One call over HTTP/1.0, as long as a waiting call may take.
pub fn http(to: Caller, method: &str, path: &str, body: &[u8]) -> anyhow::Result<(u16, Vec<u8>)> {
    http_within(&to, method, path, body, Duration::from_secs(45))
}

/// One call over HTTP/1.0; `bound` is that of connecting, of each read and of each write.
pub fn http_within(
    to: &Caller,
    method: &str,
    path: &str,
    body: &[u8],
    bound: Duration,
) -> anyhow::Result<(u16, Vec<u8>)> {
    let Caller { address, token } = to;
    let mut stream = TcpStream::connect_timeout(address, bound)?;
    stream.set_read_timeout(Some(bound))?;
    stream.set_write_timeout(Some(bound))?;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    stream.take(64 << 20).read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").context("an answer without headers")?;
    let body = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.split_ascii_whitespace().nth(1).context("an answer without a status")?.parse()?;
    Ok((status, body))
}
