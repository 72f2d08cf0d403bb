//! strace at a running node: to see the order of its system calls, or to make some of them fail.

use anyhow::{Context as _, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tracelight_testkit::process::{Child, program};

const BOUND: Duration = Duration::from_secs(30);

/// strace is here and may look at another process of ours.
pub fn can_trace() -> anyhow::Result<()> {
    let scratch = tempfile::tempdir()?;
    let mut sleep = Command::new("sleep");
    sleep.arg("30");
    let sleeper = Child::spawn("sleep", sleep, &scratch.path().join("sleep.log"))?;
    let trace = Trace::attach(sleeper.pid(), &["-e", "trace=fsync"], scratch.path(), "probe")?;
    trace.detach().context("strace cannot attach to a process here").map(drop)
}

/// An attached strace.
pub struct Trace {
    child: Child,
    out: PathBuf,
}

impl Trace {
    /// Attaches to all threads of a process, and returns when it has.
    pub fn attach(pid: u32, arguments: &[&str], dir: &Path, name: &str) -> anyhow::Result<Self> {
        let out = dir.join(format!("{name}.strace"));
        let mut command = Command::new(program("strace")?);
        command.args(["-f", "-ttt", "-y", "-o"]).arg(&out).args(arguments).args(["-p", &pid.to_string()]);
        let mut child = Child::spawn("strace", command, &dir.join(format!("{name}.log")))?;
        child.wait_for_line("attached", BOUND)?;
        Ok(Self { child, out })
    }

    /// Lets the process go on alone; the lines that were written.
    pub fn detach(mut self) -> anyhow::Result<Vec<String>> {
        // It ends by itself when the process does.
        if self.child.is_running()? {
            self.child.signal("INT")?;
        }
        self.child.wait_for_end(BOUND)?;
        let text = fs::read(&self.out)?;
        let lines: Vec<String> = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
        ensure!(!self.child.output()?.contains("Operation not permitted"), "strace may not attach here");
        Ok(lines)
    }
}
