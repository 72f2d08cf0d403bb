//! Four validators as processes on loopback, made by `chain-node init-alliance`.

use anyhow::{Context, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tracelight_testkit::ports::free_ports;
use tracelight_testkit::process::{Child, run};

/// The members, in the order of the alliance file.
pub const SLUGS: [&str; 4] = ["manufacturer", "logistics", "pharmacy", "regulator"];

/// Time for the four to find each other and make the first block.
const START_MAX: Duration = Duration::from_secs(60);

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
}

impl Alliance {
    /// Makes an alliance in `folder/alliance` and starts its validators.
    pub async fn start(binaries: &Binaries, folder: &Path) -> anyhow::Result<Self> {
        let ports = free_ports(8)?;
        let (p2p, rpc) = ports.split_at(4);
        let alliance = folder.join("alliance");
        let mut init = binaries.command("chain-node");
        init.arg("init-alliance").arg("--dir").arg(&alliance).args(["--name", "Tracelight demo alliance"]);
        init.args(["--p2p-ports", &list(p2p), "--rpc-ports", &list(rpc)]);
        run("init-alliance", init, &folder.join("init-alliance.log"), Duration::from_secs(30))?;
        let file = serde_json::from_slice(&std::fs::read(alliance.join("alliance.json"))?)?;
        let mut started = Self { folder: alliance, rpc_ports: rpc.to_vec(), nodes: Vec::new(), file };
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

    /// RPC of each validator.
    pub fn node_urls(&self) -> Vec<String> {
        self.rpc_ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect()
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

fn list(ports: &[u16]) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}
