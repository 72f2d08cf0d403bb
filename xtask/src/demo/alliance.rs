//! Four validators as processes on loopback, made by `chain-node init-alliance`.

use super::witnesses::Witnesses;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tracelight_client::chain::NodeAccess;
use tracelight_client::keys::Token;
use tracelight_testkit::ports::free_ports;
use tracelight_testkit::process::{Child, run};

/// The members, in the order of the alliance file.
pub const SLUGS: [&str; 4] = ["manufacturer", "logistics", "pharmacy", "regulator"];

/// Time for the four to find each other and make the first block.
const START_MAX: Duration = Duration::from_secs(60);

/// Time for one run of the bare engine.
const BARE_MAX: Duration = Duration::from_secs(90);

/// Where the programs are.
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The programs beside this one, which `./scripts/demo` and `./scripts/test` build.
    pub fn built() -> anyhow::Result<Self> {
        let folder = std::env::current_exe()?.parent().context("a program stands in a folder")?.to_owned();
        let binaries = Self { folder };
        for name in ["chain-node", "server", "device-gateway", "tracelight"] {
            ensure!(binaries.path(name).exists(), "`{name}` is not built; run ./scripts/demo, which builds it");
        }
        Ok(binaries)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn command(&self, name: &str) -> Command {
        Command::new(self.path(name))
    }
}

/// A running alliance.
pub struct Alliance {
    folder: PathBuf,
    rpc_ports: Vec<u16>,
    nodes: Vec<Child>,
    file: Value,
    /// Whoever cosigns; none in a benchmark.
    pub witnesses: Option<Witnesses>,
}

impl Alliance {
    /// Makes an alliance in `folder/alliance` and starts its validators.
    pub async fn start(binaries: &Binaries, folder: &Path) -> anyhow::Result<Self> {
        Self::with(binaries, folder, None, |_| Ok(())).await
    }

    /// The same, with two witnesses.
    pub async fn start_witnessed(binaries: &Binaries, folder: &Path) -> anyhow::Result<Self> {
        Self::with(binaries, folder, Some(Witnesses::prepare(folder)?), |_| Ok(())).await
    }

    /// The same without them, with something done in the alliance's folder before the validators start.
    pub async fn start_filled(
        binaries: &Binaries,
        folder: &Path,
        fill: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        Self::with(binaries, folder, None, fill).await
    }

    async fn with(
        binaries: &Binaries,
        folder: &Path,
        mut witnesses: Option<Witnesses>,
        fill: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let keys = witnesses.as_ref().map(|witnesses| witnesses.keys(binaries)).transpose()?.unwrap_or_default();
        let (alliance, rpc_ports) = found(binaries, folder, &keys)?;
        if let Some(witnesses) = &mut witnesses {
            witnesses.start(binaries, &alliance.join("genesis.bin"))?;
        }
        fill(&alliance)?;
        let file = serde_json::from_slice(&std::fs::read(alliance.join("alliance.json"))?)?;
        let mut started = Self { folder: alliance, rpc_ports, nodes: Vec::new(), file, witnesses };
        for slug in SLUGS {
            let node = started.spawn(binaries, slug)?;
            started.nodes.push(node);
        }
        for (node, port) in started.nodes.iter_mut().zip(&started.rpc_ports) {
            node.wait_for_http(([127, 0, 0, 1], *port).into(), "/readyz", START_MAX)?;
        }
        Ok(started)
    }

    fn spawn(&self, binaries: &Binaries, slug: &str) -> anyhow::Result<Child> {
        let mut command = binaries.command("chain-node");
        command.arg("run").arg("--config").arg(self.folder.join(slug).join("node.toml"));
        Child::spawn(&format!("chain-node {slug}"), command, &self.folder.join(format!("{slug}.log")))
    }

    /// Process id of each validator.
    pub fn pids(&self) -> Vec<u32> {
        self.nodes.iter().map(Child::pid).collect()
    }

    /// RPC of each validator.
    pub fn node_urls(&self) -> Vec<String> {
        self.rpc_ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect()
    }

    /// File with the token of a member's node.
    pub fn token(&self, slug: &str) -> PathBuf {
        self.folder.join(slug).join("rpc.token")
    }

    /// The validators with their tokens: the demo works for all members.
    pub fn access(&self) -> anyhow::Result<Vec<NodeAccess>> {
        let nodes = SLUGS.iter().zip(self.node_urls());
        nodes.map(|(slug, url)| Ok(NodeAccess::with(url, Token::read(&self.token(slug))?))).collect()
    }

    /// A key file, such as `("manufacturer", "operator")`.
    pub fn key(&self, slug: &str, purpose: &str) -> PathBuf {
        self.folder.join(slug).join(format!("{purpose}.key"))
    }

    pub fn genesis(&self) -> PathBuf {
        self.folder.join("genesis.bin")
    }

    /// GLN of a member.
    pub fn gln(&self, slug: &str) -> anyhow::Result<String> {
        let place = SLUGS.iter().position(|known| *known == slug).context("a known member")?;
        let gln = self.file["members"][place]["gln"].as_str().context("alliance.json names each member's GLN")?;
        Ok(gln.to_owned())
    }

    pub fn chain_id(&self) -> anyhow::Result<String> {
        Ok(self.file["chain_id"].as_str().context("alliance.json names the chain id")?.to_owned())
    }

    /// Ends one node at once.
    pub fn kill(&mut self, place: usize) -> anyhow::Result<()> {
        self.nodes[place].kill9()
    }

    /// Starts a node that was ended, without waiting for it.
    pub fn start_again(&mut self, binaries: &Binaries, place: usize) -> anyhow::Result<()> {
        self.nodes[place] = self.spawn(binaries, SLUGS[place])?;
        Ok(())
    }

    /// Ends one node at once, and starts it again.
    pub fn kill_and_restart(&mut self, binaries: &Binaries, place: usize) -> anyhow::Result<()> {
        let slug = SLUGS[place];
        self.nodes[place].kill9()?;
        self.nodes[place] = self.spawn(binaries, slug)?;
        self.nodes[place]
            .wait_for_http(([127, 0, 0, 1], self.rpc_ports[place]).into(), "/readyz", START_MAX)
            .map(|_| ())
    }
}

/// Makes genesis, keys and configurations in `folder/alliance`; returns that folder and the ports for rpc.
fn found(binaries: &Binaries, folder: &Path, witnesses: &[String]) -> anyhow::Result<(PathBuf, Vec<u16>)> {
    let ports = free_ports(8)?;
    let (p2p, rpc) = ports.split_at(4);
    let alliance = folder.join("alliance");
    let mut init = binaries.command("chain-node");
    init.arg("init-alliance").arg("--dir").arg(&alliance).args(["--name", "Tracelight demo alliance"]);
    init.args(["--p2p-ports", &list(p2p), "--rpc-ports", &list(rpc)]);
    for witness in witnesses {
        init.args(["--witness", witness]);
    }
    run("init-alliance", init, &folder.join("init-alliance.log"), Duration::from_secs(30))?;
    Ok((alliance, rpc.to_vec()))
}

/// Runs the bare engine with empty blocks in four processes; the median over them of the time from a block's proposal to its
/// delivery, in milliseconds.
pub fn bare_engine(binaries: &Binaries, folder: &Path) -> anyhow::Result<f64> {
    std::fs::create_dir_all(folder)?;
    let (alliance, _) = found(binaries, folder, &[])?;
    let engines = SLUGS.map(|slug| {
        let mut command = binaries.command("chain-node");
        command.arg("bench-engine").arg("--config").arg(alliance.join(slug).join("node.toml"));
        Child::spawn(&format!("bench-engine {slug}"), command, &folder.join(format!("{slug}.log")))
    });
    let mut p50 = Vec::with_capacity(SLUGS.len());
    for engine in engines {
        let mut engine = engine?;
        let status = engine.wait_for_end(BARE_MAX)?;
        ensure!(status.success(), "the bare engine ended with {status}{}", engine.log_tail());
        let output = engine.output()?;
        let last = output.lines().rev().find(|line| line.starts_with('{')).context("the bare engine prints JSON")?;
        let report: Value = serde_json::from_str(last)?;
        p50.push(report["p50_ms"].as_f64().context("a p50")?);
    }
    p50.sort_by(f64::total_cmp);
    Ok(p50[p50.len() / 2])
}

fn list(ports: &[u16]) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}
