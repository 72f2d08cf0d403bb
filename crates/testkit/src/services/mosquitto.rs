//! A Mosquitto broker in a scratch folder, with its data kept over restarts.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;

use super::{Identity, START_BOUND, STOP_BOUND};
use crate::ports::free_port;
use crate::process::{self, Account, Child, program};

/// Who may use which topic; the text is Mosquitto's own `acl_file` format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl(pub String);

/// What a test may ask of the broker. The default lets anybody in and keeps its data over a polite restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MosquittoConfig {
    /// User names with passwords. When there are any, nobody else is let in.
    pub users: Vec<(String, String)>,
    /// Listen over TLS, let in whoever shows a certificate of the authority, under the name that stands in it.
    pub tls: Option<MutualTls>,
    /// Rights per topic; without it everybody may do everything.
    pub acl: Option<Acl>,
    /// Save the data after every change, so that they mostly survive [`Mosquitto::kill9`], too. Slow. Not a promise:
    /// Mosquitto acknowledges a message first and saves it a moment later.
    pub save_every_change: bool,
    /// Further lines of `mosquitto.conf`, such as `max_queued_messages 10`.
    pub lines: Vec<String>,
}

/// Certificates of a broker that asks its clients for theirs. The files are copied: the broker has an account of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutualTls {
    /// PEM file of the authority.
    pub ca: PathBuf,
    /// The broker's own.
    pub server: Identity,
}

/// A running broker. Dropping it kills the broker and removes its data.
#[derive(Debug)]
pub struct Mosquitto {
    // Before `scratch`: the broker must be gone when the folder is removed.
    child: Option<Child>,
    port: u16,
    account: Option<Account>,
    scratch: TempDir,
}

impl Mosquitto {
    /// Starts a broker of its own and waits until it takes connections.
    ///
    /// # Errors
    /// When the package is missing, the configuration is refused, or there is no answer within 90 s.
    pub fn start(config: &MosquittoConfig) -> anyhow::Result<Self> {
        let account = Account::for_service("mosquitto")?;
        let scratch = tempfile::Builder::new().prefix("tracelight-mosquitto-").tempdir()?;
        let mut broker = Self { child: None, port: free_port()?, account, scratch };
        broker.write_config(config)?;
        broker.launch()?;
        Ok(broker)
    }

    /// The loopback port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::pid)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Kills the broker as a crash would. What it had not saved is lost (see [`MosquittoConfig::save_every_change`]).
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.child.take().map_or(Ok(()), |mut child| child.kill9())
    }

    /// Ends the broker politely; it saves its data.
    ///
    /// # Errors
    /// When it had to be killed.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.child.take().map_or(Ok(()), |child| child.terminate(STOP_BOUND).map(drop))
    }

    /// Stops the broker if it runs and starts it again on the same port and data.
    ///
    /// # Errors
    /// As [`Mosquitto::start`].
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.stop()?;
        self.launch()
    }

    /// The broker's log.
    #[must_use]
    pub fn log(&self) -> String {
        process::log_tail(&self.scratch.path().join("log"))
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new(program("mosquitto")?);
        command.arg("-c").arg(self.scratch.path().join("mosquitto.conf"));
        let log = self.scratch.path().join("log");
        let mut child = Child::spawn_as("mosquitto", command, &log, self.account.as_ref())?;
        child.wait_for_line(" running", START_BOUND)?;
        child.wait_for_tcp(self.address(), START_BOUND)?;
        self.child = Some(child);
        Ok(())
    }

    fn write_config(&self, config: &MosquittoConfig) -> anyhow::Result<()> {
        let account = self.account.as_ref();
        let folder = self.scratch.path();
        let mut lines = vec![
            format!("listener {} 127.0.0.1", self.port),
            "persistence true".to_owned(),
            format!("persistence_location {}/", folder.display()),
            "log_dest stderr".to_owned(),
            format!("allow_anonymous {}", config.users.is_empty()),
        ];
        if config.save_every_change {
            lines.extend(["autosave_on_changes true".to_owned(), "autosave_interval 1".to_owned()]);
        }
        if let Some(account) = account {
            account.own(folder)?;
            lines.push(format!("user {}", account.name()));
        }
        if !config.users.is_empty() {
            let file = folder.join("passwords");
            for (user, password) in &config.users {
                add_user(&file, user, password)?;
            }
            own_if_root(&file, account)?;
            lines.push(format!("password_file {}", file.display()));
        }
        if let Some(tls) = &config.tls {
            let files = [("cafile", &tls.ca), ("certfile", &tls.server.certificate), ("keyfile", &tls.server.key)];
            for (option, from) in files {
                let file = folder.join(option);
                fs::copy(from, &file).with_context(|| format!("cannot copy `{}`", from.display()))?;
                own_if_root(&file, account)?;
                lines.push(format!("{option} {}", file.display()));
            }
            lines.extend(["require_certificate true".to_owned(), "use_identity_as_username true".to_owned()]);
        }
        if let Some(Acl(text)) = &config.acl {
            let file = folder.join("acl");
            fs::write(&file, text)?;
            own_if_root(&file, account)?;
            lines.push(format!("acl_file {}", file.display()));
        }
        lines.extend(config.lines.iter().cloned());
        let file = folder.join("mosquitto.conf");
        fs::write(&file, lines.join("\n") + "\n").with_context(|| format!("cannot write `{}`", file.display()))?;
        own_if_root(&file, account)
    }
}

fn own_if_root(file: &Path, account: Option<&Account>) -> anyhow::Result<()> {
    account.map_or(Ok(()), |account| account.own(file))
}

fn add_user(file: &Path, user: &str, password: &str) -> anyhow::Result<()> {
    let mut command = Command::new(program("mosquitto_passwd")?);
    command.arg("-b");
    if !file.exists() {
        command.arg("-c");
    }
    command.arg(file).args([user, password]);
    let log = tempfile::NamedTempFile::new()?;
    process::run("mosquitto_passwd", command, log.path(), Duration::from_secs(30)).map(drop)
}

#[cfg(test)]
mod tests;
