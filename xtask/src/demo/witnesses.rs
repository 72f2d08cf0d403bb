//! Two outsiders who cosign the alliance's log: a consumer body and a regulator's lab, each a process with its own key and
//! memory.

use super::alliance::Binaries;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracelight_testkit::ports::free_ports;
use tracelight_testkit::process::{Child, run};

/// Their names in the genesis.
pub const NAMES: [&str; 2] = ["consumers.example", "lab.example"];

/// The witnesses of a demo.
pub struct Witnesses {
    folder: PathBuf,
    ports: Vec<u16>,
    running: Vec<Child>,
}

impl Witnesses {
    /// Makes their keys; the alliance is founded with them after that.
    pub fn prepare(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join("witnesses");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, ports: free_ports(NAMES.len())?, running: Vec::new() })
    }

    /// `NAME=KEY` of each, for `init-alliance --witness`.
    pub fn keys(&self, binaries: &Binaries) -> anyhow::Result<Vec<String>> {
        let one = |name: &&str| {
            let mut command = binaries.command("tracelight");
            command.args(["witness", "key", "--name", name, "--key"]).arg(self.file(name, "key"));
            let printed = run("witness key", command, &self.file(name, "key.log"), Duration::from_secs(10))?;
            let line = printed.lines().find(|line| line.starts_with(&format!("{name}=")));
            Ok(line.with_context(|| format!("`witness key` printed: {printed}"))?.to_owned())
        };
        NAMES.iter().map(one).collect()
    }

    /// Starts them, each without a memory.
    pub fn start(&mut self, binaries: &Binaries, genesis: &Path) -> anyhow::Result<()> {
        for (name, port) in NAMES.iter().zip(&self.ports) {
            let mut command = binaries.command("tracelight");
            command.args(["witness", "run", "--first-start", "--name", name, "--key"]).arg(self.file(name, "key"));
            command.arg("--genesis").arg(genesis).arg("--memory").arg(self.file(name, "memory"));
            command.args(["--listen", &format!("127.0.0.1:{port}")]);
            let mut witness = Child::spawn(&format!("witness {name}"), command, &self.file(name, "log"))?;
            witness.wait_for_http(([127, 0, 0, 1], *port).into(), "/", Duration::from_secs(10))?;
            self.running.push(witness);
        }
        Ok(())
    }

    /// Their entries in the server's configuration.
    pub fn config(&self) -> String {
        let one = |(name, port): (&&str, &u16)| {
            format!("\n[[witnesses]]\nname = {name:?}\nurl = \"http://127.0.0.1:{port}\"\n")
        };
        NAMES.iter().zip(&self.ports).map(one).collect()
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{name}.{extension}"))
    }
}
