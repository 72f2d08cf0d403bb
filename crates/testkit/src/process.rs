//! Programs started by a test: one way to start, wait for, read, stop and kill them.
//!
//! * Output of the program goes to a log file; an error shows its last lines, so that a failing test says why.
//! * Every wait has a bound.
//! * Nothing outlives the test: [`Child`] kills on drop, and the kernel kills the program when the test process itself
//!   ends or is killed (`setpriv --pdeathsig`, from util-linux). The kernel ties that to the *thread* that forked, so all
//!   programs are forked by one thread which lives as long as the process; and it forgets it when a program changes its
//!   account, so a service is started under its account and must not change it itself ([`Child::spawn_as`]).
//! * Only programs that were started here are ever signalled, by their own process id.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};

mod account;

pub use account::Account;

/// Time between two looks at something that is waited for.
const POLL: Duration = Duration::from_millis(20);

/// Bytes of a log that an error shows at most.
const LOG_TAIL_BYTES: u64 = 4_000;

/// Bytes of an HTTP answer that [`http_get`] reads at most.
const HTTP_ANSWER_BYTES_MAX: u64 = 16 << 20;

/// A running program. Dropping it kills the program and waits until it is gone.
#[derive(Debug)]
pub struct Child {
    name: String,
    log: PathBuf,
    /// Where this start's output begins: earlier starts wrote to the same file.
    log_start: u64,
    child: std::process::Child,
}

impl Child {
    /// Starts `command` with standard input closed and both outputs appended to the file `log`.
    ///
    /// # Errors
    /// When the program cannot be started or the log cannot be written. A program that is not there shows at the first
    /// wait, as an early end with the reason in the log; ask [`program`] first.
    pub fn spawn(name: &str, command: Command, log: &Path) -> anyhow::Result<Self> {
        Self::spawn_as(name, command, log, None)
    }

    /// As [`Child::spawn`], under another account (only root can).
    ///
    /// # Errors
    /// As [`Child::spawn`].
    pub fn spawn_as(name: &str, command: Command, log: &Path, account: Option<&Account>) -> anyhow::Result<Self> {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write log `{}`", log.display()))?;
        let log_start = file.seek(SeekFrom::End(0))?;
        let mut command = tied_to_this_process(&command, account)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = fork(command).with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name: name.to_owned(), log: log.to_owned(), log_start, child })
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The file with the program's output.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Waits until `ready` answers with a value. Stops early, with the log, when the program ends.
    ///
    /// # Errors
    /// When the program ends, `ready` fails, or `bound` passes.
    pub fn wait_until<T>(
        &mut self,
        what: &str,
        bound: Duration,
        mut ready: impl FnMut(&Self) -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let started = Instant::now();
        loop {
            let ended = self.child.try_wait()?;
            if let Some(value) = ready(self)? {
                return Ok(value);
            }
            if let Some(status) = ended {
                bail!("{} ended ({status}) before {what}{}", self.name, self.log_tail());
            }
            if started.elapsed() > bound {
                bail!("{} did not reach `{what}` within {} s{}", self.name, bound.as_secs(), self.log_tail());
            }
            thread::sleep(POLL);
        }
    }

    /// Waits for a line of output that contains `needle`; returns the line.
    ///
    /// # Errors
    /// As [`Child::wait_until`].
    pub fn wait_for_line(&mut self, needle: &str, bound: Duration) -> anyhow::Result<String> {
        self.wait_until(&format!("the line `{needle}`"), bound, |child| {
            let output = child.output()?;
            // Only whole lines: the last one may still be growing.
            let whole = output.rfind('\n').and_then(|end| output.get(..end)).unwrap_or_default();
            Ok(whole.lines().find(|line| line.contains(needle)).map(str::to_owned))
        })
    }

    /// Waits until something accepts connections on `address`.
    ///
    /// # Errors
    /// As [`Child::wait_until`].
    pub fn wait_for_tcp(&mut self, address: SocketAddr, bound: Duration) -> anyhow::Result<()> {
        self.wait_until(&format!("connection to {address}"), bound, |_| {
            Ok(TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok().map(drop))
        })
    }

    /// Waits until a GET of `path` at `address` is answered with status 200.
    ///
    /// # Errors
    /// As [`Child::wait_until`].
    pub fn wait_for_http(&mut self, address: SocketAddr, path: &str, bound: Duration) -> anyhow::Result<()> {
        self.wait_until(&format!("200 from http://{address}{path}"), bound, |_| {
            Ok(http_get(address, path, Duration::from_secs(5)).ok().filter(|answer| answer.status == 200).map(drop))
        })
    }

    /// Waits until the program ends by itself.
    ///
    /// # Errors
    /// When it still runs after `bound`.
    pub fn wait_for_end(&mut self, bound: Duration) -> anyhow::Result<ExitStatus> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if started.elapsed() > bound {
                bail!("{} still runs after {} s{}", self.name, bound.as_secs(), self.log_tail());
            }
            thread::sleep(POLL);
        }
    }

    /// Whether the program is still running.
    ///
    /// # Errors
    /// When the operating system cannot say.
    pub fn is_running(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Sends a signal by name, such as `STOP`, `CONT` or `HUP`.
    ///
    /// # Errors
    /// When the program has ended or the signal cannot be sent.
    pub fn signal(&mut self, signal: &str) -> anyhow::Result<()> {
        if !self.is_running()? {
            bail!("{} has ended; it cannot be sent {signal}", self.name);
        }
        // The shell's own `kill`: a bare Debian has no other, and this crate has no unsafe code.
        let status = Command::new("/bin/sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal, &self.pid().to_string()])
            .status()?;
        if !status.success() {
            bail!("cannot send {signal} to {}", self.name);
        }
        Ok(())
    }

    /// Asks the program to end (SIGTERM) and gives it `grace`; then kills it and says so as an error.
    ///
    /// # Errors
    /// When the program had to be killed.
    pub fn terminate(mut self, grace: Duration) -> anyhow::Result<ExitStatus> {
        if self.is_running()? {
            self.signal("TERM")?;
        }
        let ended = self.wait_for_end(grace);
        if ended.is_err() {
            self.kill9()?;
        }
        ended.with_context(|| format!("{} did not end on SIGTERM and was killed", self.name))
    }

    /// Kills the program as a power cut would (SIGKILL) and waits until it is gone. Harmless when it has ended.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        // `kill` of an ended, waited-for child is `Ok`.
        self.child.kill().with_context(|| format!("cannot kill {}", self.name))?;
        self.child.wait().with_context(|| format!("cannot wait for {}", self.name))?;
        Ok(())
    }

    /// What the program has written since this start.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn output(&self) -> anyhow::Result<String> {
        let mut file = File::open(&self.log)?;
        file.seek(SeekFrom::Start(self.log_start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The end of the log, ready to be put behind an error message.
    #[must_use]
    pub fn log_tail(&self) -> String {
        log_tail(&self.log)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Nobody is left to tell; a program that cannot be killed has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last lines of a log file, ready to be put behind an error message.
#[must_use]
pub fn log_tail(log: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(LOG_TAIL_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    };
    match read() {
        Ok(text) => format!("\n--- end of {} ---\n{text}\n---", log.display()),
        Err(error) => format!(" (log `{}`: {error})", log.display()),
    }
}

/// Runs a program to its end and returns what it printed; its output is in the error when it fails.
///
/// # Errors
/// When it cannot be started, fails, or still runs after `bound` (it is killed then).
pub fn run(name: &str, mut command: Command, log: &Path, bound: Duration) -> anyhow::Result<String> {
    // The end of its output is shown, which shall be what it says and not where it said so.
    command.env("RUST_LIB_BACKTRACE", "0");
    let mut child = Child::spawn(name, command, log)?;
    let status = child.wait_for_end(bound)?;
    if !status.success() {
        bail!("{name} failed ({status}){}", child.log_tail());
    }
    child.output()
}

/// Where a program is: an absolute path, from `PATH` or the folders of system programs.
///
/// # Errors
/// When it is not installed; the message names the command that installs it.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| fs::metadata(file).is_ok_and(|meta| meta.is_file()))
        .ok_or_else(|| anyhow!("`{name}` is not installed. Hint: run ./scripts/test, which installs it"))
}

/// Lets a program see a clock that is wrong by `skew`, in libfaketime's words (`+3d`, `-90s`). What it measures with stays
/// right: only the time of day is another.
///
/// # Errors
/// When libfaketime is not installed.
pub fn with_clock(command: &mut Command, skew: &str) -> anyhow::Result<()> {
    let folders = fs::read_dir("/usr/lib")?.flatten().map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    let library = folders.into_iter().find(|file| file.is_file());
    let library = library.context("libfaketime is not installed. Hint: run ./scripts/test, which installs it")?;
    command.env("LD_PRELOAD", library).env("FAKETIME", skew).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    Ok(())
}

/// An answer of [`http_get`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The body as sent.
    pub body: Vec<u8>,
}

/// A plain HTTP/1.0 GET, enough to ask a health endpoint; not an HTTP client.
///
/// # Errors
/// When there is no connection, no answer within `bound` (each of connect, write and read), or no status line.
pub fn http_get(address: SocketAddr, path: &str, bound: Duration) -> anyhow::Result<HttpAnswer> {
    let mut stream = TcpStream::connect_timeout(&address, bound)?;
    stream.set_read_timeout(Some(bound))?;
    stream.set_write_timeout(Some(bound))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(HTTP_ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").context("answer without end of headers")?;
    let body = answer.split_off(end + 4);
    let status = String::from_utf8_lossy(&answer)
        .split_ascii_whitespace()
        .nth(1)
        .and_then(|code| code.parse().ok())
        .context("answer without a status code")?;
    Ok(HttpAnswer { status, body })
}

/// The same command under `setpriv --pdeathsig KILL`, and under `account` if one is given.
fn tied_to_this_process(command: &Command, account: Option<&Account>) -> anyhow::Result<Command> {
    let mut tied = Command::new(program("setpriv")?);
    tied.args(["--pdeathsig", "KILL"]);
    if let Some(account) = account {
        tied.arg(format!("--reuid={}", account.uid)).arg(format!("--regid={}", account.gid)).arg("--clear-groups");
    }
    tied.arg("--").arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => tied.env(key, value),
            None => tied.env_remove(key),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        tied.current_dir(folder);
    }
    Ok(tied)
}

type Forked = std::io::Result<std::process::Child>;

/// Spawns on the one thread that lives as long as the process (see the head of this file).
fn fork(command: Command) -> anyhow::Result<std::process::Child> {
    static FORKER: OnceLock<Sender<(Command, Sender<Forked>)>> = OnceLock::new();
    let forker = FORKER.get_or_init(|| {
        let (sender, receiver): (Sender<(Command, Sender<Forked>)>, Receiver<_>) = channel();
        thread::spawn(move || {
            for (mut command, answer) in receiver {
                // The asker waits for the answer below, so there is always somebody to take it.
                let _ = answer.send(command.spawn());
            }
        });
        sender
    });
    let (answer, forked) = channel();
    forker.send((command, answer)).map_err(|_| anyhow!("the thread that starts programs is gone"))?;
    Ok(forked.recv().context("the thread that starts programs is gone")??)
}

#[cfg(test)]
mod tests;
