//! A MariaDB server in a scratch folder.
//!
//! * `mariadb-install-db` takes seconds, so its result is kept as a template (per version and account, in the temporary
//!   folder, made under a lock) and copied for each server.
//! * The server's default collation stays the stock one, which is **case-insensitive**: a column of ids that forgot its
//!   binary collation shows up as a failing test.
//! * Data survive [`MariaDb::kill9`] (the log is written at each commit) but not a power cut (it is not synced): tests
//!   of durability are about our programs, and a sync per commit would cost minutes.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use tempfile::TempDir;

use super::{START_BOUND, STOP_BOUND};
use crate::ports::free_port;
use crate::process::{self, Account, Child, program};

const USER: &str = "tracelight";
/// Guards nothing but a loopback server that lives for one test.
const PASSWORD: &str = "scratch";

/// Folders of shared servers begin with this and the process id of the tests.
const SHARED_PREFIX: &str = "tracelight-mariadb-shared-";

/// Megabytes of pages in memory: tests have few rows, and several servers run at once.
const PAGES_MB: u32 = 64;

/// Longest wait for one statement of the set-up.
const STATEMENT_BOUND: Duration = Duration::from_secs(30);

/// A running MariaDB. Dropping it kills the server and removes its data.
#[derive(Debug)]
pub struct MariaDb {
    // Before `scratch`: the server must be gone when the folder is removed.
    child: Option<Child>,
    port: u16,
    pages_mb: u32,
    account: Option<Account>,
    scratch: TempDir,
}

/// One database of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// How to connect: `mysql://user:password@127.0.0.1:port/name`.
    pub dsn: String,
}

impl MariaDb {
    /// Starts a server of its own and waits until it answers.
    ///
    /// # Errors
    /// When the package is missing, or the server does not answer within 90 s; its log is in the message.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_in("tracelight-mariadb-own-", PAGES_MB)
    }

    /// Starts a server of its own that keeps so many megabytes of its pages in memory: for measurements.
    ///
    /// # Errors
    /// As [`MariaDb::start`].
    pub fn start_with_pages(pages_mb: u32) -> anyhow::Result<Self> {
        Self::start_in("tracelight-mariadb-own-", pages_mb)
    }

    /// The server that all tests of this process share. It is killed when the process ends.
    ///
    /// # Errors
    /// As [`MariaDb::start`]; the first failure is remembered.
    pub fn shared() -> anyhow::Result<&'static Self> {
        static SHARED: OnceLock<Result<MariaDb, String>> = OnceLock::new();
        let server = SHARED.get_or_init(|| {
            // The value is never dropped, so its folder stays: clear what ended processes have left.
            remove_abandoned();
            let prefix = format!("{SHARED_PREFIX}{}-", std::process::id());
            Self::start_in(&prefix, PAGES_MB).map_err(|error| format!("{error:#}"))
        });
        server.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// The loopback port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How to connect to `database`, which must have been created.
    #[must_use]
    pub fn dsn(&self, database: &str) -> String {
        format!("mysql://{USER}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database with the server's default (case-insensitive) collation and returns how to reach it.
    ///
    /// # Errors
    /// When the name is not of `a-z 0-9 _` (at most 64), or is taken, or the server refuses.
    pub fn create_database(&self, name: &str) -> anyhow::Result<Database> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
            bail!("`{name}` cannot name a test database: use a-z, 0-9 and _, at most 64");
        }
        self.statement(&format!("CREATE DATABASE `{name}`"))?;
        Ok(Database { name: name.to_owned(), dsn: self.dsn(name) })
    }

    /// Makes an empty database under a name that no other test of this server has.
    ///
    /// # Errors
    /// As [`MariaDb::create_database`].
    pub fn fresh_database(&self) -> anyhow::Result<Database> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        self.create_database(&format!("test_{}_{count}", std::process::id()))
    }

    /// Runs SQL through the package's own client, as a foreign reader of what our programs wrote. Returns the rows as
    /// tab-separated lines without a header.
    ///
    /// # Errors
    /// When the server refuses it or does not answer within 30 s.
    pub fn query(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        self.client(&[database, "--execute", sql], STATEMENT_BOUND)
    }

    /// As [`MariaDb::query`] with another bound, for statements that load files of this machine.
    ///
    /// # Errors
    /// When the server refuses it or does not answer in time.
    pub fn query_within(&self, database: &str, sql: &str, bound: Duration) -> anyhow::Result<String> {
        self.client(&["--local-infile=1", database, "--execute", sql], bound)
    }

    /// The server's process; none after [`MariaDb::stop`].
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::pid)
    }

    /// The folder of its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    /// Kills the server as a crash would.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.child.take().map_or(Ok(()), |mut child| child.kill9())
    }

    /// Ends the server politely.
    ///
    /// # Errors
    /// When it had to be killed.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.child.take().map_or(Ok(()), |child| child.terminate(STOP_BOUND).map(drop))
    }

    /// Starts the server again on the same port and data, after [`MariaDb::kill9`] or [`MariaDb::stop`].
    ///
    /// # Errors
    /// As [`MariaDb::start`].
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.stop()?;
        self.launch()
    }

    fn start_in(prefix: &str, pages_mb: u32) -> anyhow::Result<Self> {
        let account = Account::for_service("mysql")?;
        let template = template(account.as_ref())?;
        let scratch = tempfile::Builder::new().prefix(prefix).tempdir()?;
        if let Some(account) = &account {
            account.own(scratch.path())?;
        }
        copy_folder(&template, &scratch.path().join("data"))?;
        let mut server = Self { child: None, port: free_port()?, pages_mb, account, scratch };
        server.launch()?;
        Ok(server)
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let folder = self.scratch.path();
        let init = folder.join("init.sql");
        fs::write(
            &init,
            format!(
                "CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n\
                 GRANT ALL ON *.* TO '{USER}'@'127.0.0.1';\n"
            ),
        )?;
        let file = |name: &str| folder.join(name).display().to_string();
        let mut command = Command::new(program("mariadbd")?);
        command.arg("--no-defaults").args([
            format!("--datadir={}", file("data")),
            format!("--socket={}", file("socket")),
            format!("--pid-file={}", file("pid")),
            format!("--init-file={}", init.display()),
            format!("--port={}", self.port),
            "--bind-address=127.0.0.1".to_owned(),
            "--skip-name-resolve".to_owned(),
            "--innodb-flush-log-at-trx-commit=2".to_owned(),
            format!("--innodb-buffer-pool-size={}M", self.pages_mb),
            "--innodb-log-file-size=16M".to_owned(),
            "--max-connections=200".to_owned(),
        ]);
        let log = folder.join("log");
        let mut child = Child::spawn_as("mariadbd", command, &log, self.account.as_ref())?;
        child.wait_for_tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)), START_BOUND)?;
        // The port opens before the init file has run: ready means that our own user can log in.
        child.wait_until("login", START_BOUND, |_| Ok(self.statement("SELECT 1").ok()))?;
        self.child = Some(child);
        Ok(())
    }

    fn statement(&self, sql: &str) -> anyhow::Result<String> {
        self.client(&["--execute", sql], STATEMENT_BOUND)
    }

    fn client(&self, arguments: &[&str], bound: Duration) -> anyhow::Result<String> {
        let mut command = Command::new(program("mariadb")?);
        command
            .args(["--no-defaults", "--protocol=TCP", "--host=127.0.0.1", "--skip-column-names", "--batch"])
            .arg(format!("--port={}", self.port))
            .arg(format!("--user={USER}"))
            .arg(format!("--password={PASSWORD}"))
            .arg("--default-character-set=utf8mb4")
            .args(arguments);
        let log = tempfile::NamedTempFile::new()?;
        process::run("mariadb", command, log.path(), bound)
    }
}

/// A fresh data folder, made once per version and account.
fn template(account: Option<&Account>) -> anyhow::Result<PathBuf> {
    let server = program("mariadbd")?;
    let installer = program("mariadb-install-db")?;
    // A new package has another size or time: its template is another one.
    let meta = fs::metadata(&server)?;
    let owner = account.map_or_else(|| own_uid().to_string(), |account| account.name().to_owned());
    let name = format!("tracelight-mariadb-template-{owner}-{}-{}", meta.len(), meta.mtime());
    let folder = std::env::temp_dir().join(name);
    let lock = File::options().create(true).append(true).open(folder.with_extension("lock"))?;
    lock.lock().context("cannot lock the template of MariaDB's data")?;
    if folder.join("ready").exists() {
        return Ok(folder.join("data"));
    }
    // A half-made one, of a run that was killed.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let data = folder.join("data");
    fs::create_dir(&data)?;
    let mut command = Command::new(installer);
    command.arg("--no-defaults").arg(format!("--datadir={}", data.display())).args([
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--innodb-log-file-size=16M",
    ]);
    if let Some(account) = account {
        account.own(&folder)?;
        account.own(&data)?;
        command.arg(format!("--user={}", account.name()));
    }
    process::run("mariadb-install-db", command, &folder.join("log"), START_BOUND)?;
    File::create(folder.join("ready"))?;
    Ok(data)
}

fn own_uid() -> u32 {
    fs::metadata("/proc/self").map(|meta| meta.uid()).unwrap_or(0)
}

/// Copies a folder with owners and modes.
fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let status = Command::new("/bin/cp").arg("-a").arg(from).arg(to).status()?;
    if !status.success() {
        bail!("cannot copy `{}` to `{}`", from.display(), to.display());
    }
    Ok(())
}

/// Removes the folders of shared servers whose process is gone: their owner was a static value, which is never dropped.
fn remove_abandoned() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(SHARED_PREFIX));
        let pid = rest.and_then(|rest| rest.split('-').next());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            // Another process may be doing the same.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
