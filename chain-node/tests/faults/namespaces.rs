//! Four network namespaces on one bridge, one for each node, and rules that drop packets between them.
//!
//! ```text
//! test ── bridge 10.88.x.1 ──┬── namespace of node 0, 10.88.x.10
//!                            ├── namespace of node 1, 10.88.x.11 ..
//! ```
//! The test itself reaches every node at all times. Names hold the test's process id; what a killed run left behind is
//! removed by the next one.

use crate::common::Cluster;
use anyhow::Context as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, id};
use tracelight_testkit::machine::{root, system};
use tracelight_testkit::process::program;

const P2P: u16 = 7701;
const RPC: u16 = 7801;
const PREFIX: &str = "tracelight-";

/// A cluster whose nodes live in namespaces of their own.
pub struct Namespaces {
    bridge: String,
    names: Vec<String>,
    subnet: u8,
}

/// Root, `ip`, `nft`, and a kernel that has what they ask for.
pub fn can_cut() -> anyhow::Result<()> {
    root()?;
    program("ip")?;
    program("nft")?;
    let probe = Namespaces::make(1)?;
    probe.cut(&[(0, 0)]).context("nft in a namespace")
}

impl Namespaces {
    /// Namespaces for a cluster that is founded and not started; its nodes are told their new addresses.
    pub fn for_cluster(cluster: &mut Cluster) -> anyhow::Result<Self> {
        let made = Self::make(4)?;
        let keys: Vec<_> = (0..4).map(|node| cluster.validator(node)).collect::<anyhow::Result<_>>()?;
        for node in 0..4 {
            let address = |node: usize, port| SocketAddr::new(IpAddr::V4(made.address(node)), port);
            cluster.reconfigure(node, |config| {
                config.p2p_listen = address(node, P2P);
                config.rpc_listen = address(node, RPC);
                for validator in &mut config.validators {
                    let of = keys.iter().position(|key| *key == validator.public_key.0);
                    validator.address = address(of.unwrap_or_default(), P2P).to_string();
                }
            })?;
            cluster.enter_namespace(node, &made.names[node]);
        }
        Ok(made)
    }

    fn make(count: usize) -> anyhow::Result<Self> {
        remove_left_behind();
        let subnet = u8::try_from(id() % 250).unwrap_or(1);
        let bridge = format!("tlb{}", id());
        let made = Self { bridge, names: (0..count).map(|node| format!("{PREFIX}{}-{node}", id())).collect(), subnet };
        let ip = |text: &str| system("ip", &text.split(' ').collect::<Vec<_>>());
        let (bridge, host) = (&made.bridge, Ipv4Addr::new(10, 88, subnet, 1));
        ip(&format!("link add {bridge} type bridge"))?;
        ip(&format!("addr add {host}/24 dev {bridge}"))?;
        ip(&format!("link set {bridge} up"))?;
        for (node, name) in made.names.iter().enumerate() {
            let (outside, address) = (format!("tl{}v{node}", id()), made.address(node));
            ip(&format!("netns add {name}"))?;
            ip(&format!("link add {outside} type veth peer name eth0 netns {name}"))?;
            ip(&format!("link set {outside} master {bridge} up"))?;
            ip(&format!("-n {name} addr add {address}/24 dev eth0"))?;
            ip(&format!("-n {name} link set eth0 up"))?;
            ip(&format!("-n {name} link set lo up"))?;
        }
        Ok(made)
    }

    fn address(&self, node: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 88, self.subnet, 10 + u8::try_from(node).unwrap_or(0))
    }

    /// Each pair: the first no longer hears the second. Replaces what was cut before.
    pub fn cut(&self, deaf: &[(usize, usize)]) -> anyhow::Result<()> {
        for (node, name) in self.names.iter().enumerate() {
            let mut rules = "table ip cut {}; delete table ip cut; table ip cut { chain hear { type filter hook input \
                             priority 0; policy accept; "
                .to_owned();
            for (_, from) in deaf.iter().filter(|(to, _)| *to == node) {
                rules.push_str(&format!("ip saddr {} drop; ", self.address(*from)));
            }
            rules.push_str("}; }");
            let nft = program("nft")?.display().to_string();
            system("ip", &["netns", "exec", name, &nft, &rules])?;
        }
        Ok(())
    }

    /// Nobody of one group hears anybody of the other.
    pub fn part(&self, one: &[usize], other: &[usize]) -> anyhow::Result<()> {
        let pairs = one.iter().flat_map(|a| other.iter().flat_map(move |b| [(*a, *b), (*b, *a)]));
        self.cut(&pairs.collect::<Vec<_>>())
    }

    /// Everybody hears everybody.
    pub fn heal(&self) -> anyhow::Result<()> {
        self.cut(&[])
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        // What is not there needs no removal; a veth goes with its namespace.
        for name in &self.names {
            let _ = system("ip", &["netns", "del", name]);
        }
        let _ = system("ip", &["link", "del", &self.bridge]);
    }
}

/// Namespaces and bridges of test processes that are gone.
fn remove_left_behind() {
    let gone = |pid: &str| pid.parse::<u32>().is_ok_and(|pid| !Path::new(&format!("/proc/{pid}")).exists());
    let lines = |arguments: &[&str]| {
        let output = program("ip").ok().and_then(|ip| Command::new(ip).args(arguments).output().ok());
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    };
    for name in lines(&["netns", "list"]).lines().filter_map(|line| line.split_whitespace().next()) {
        if name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()).is_some_and(gone) {
            let _ = system("ip", &["netns", "del", name]);
        }
    }
    for line in lines(&["-o", "link", "show", "type", "bridge"]).lines() {
        let Some(name) = line.split(": ").nth(1) else { continue };
        if name.strip_prefix("tlb").is_some_and(gone) {
            let _ = system("ip", &["link", "del", name]);
        }
    }
}
