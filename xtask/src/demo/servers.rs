//! The server with its users, and the gateway, on top of an alliance.

use super::alliance::{Alliance, Binaries, SLUGS};
use super::line::{Line, LineSetup};
use super::story::Cast;
use super::web::Person;
use super::witnesses::Witnesses;
use anyhow::Context;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracelight_proof::hash::sha256;
use tracelight_testkit::ports::{free_port, free_ports};
use tracelight_testkit::process::{Child, run};
use tracelight_testkit::services::{Database, MariaDb, Mosquitto, MosquittoConfig};

/// Everybody's password in the demo; it is printed, and good for nothing else.
pub const PASSWORD: &str = "tracelight-demo-2026";

/// (sign-in name, member, role), in the order in which they are printed.
pub const USERS: [(&str, &str, &str); 5] = [
    ("maker", "manufacturer", "operator"),
    ("carrier", "logistics", "operator"),
    ("pharmacy", "pharmacy", "operator"),
    ("watch", "regulator", "operator"),
    ("watch2", "regulator", "approver"),
];

/// Database and broker.
pub enum Parts {
    /// SQLite, broker inside the gateway.
    Embedded,
    /// MariaDB and Mosquitto.
    Production { database: Database, broker: Box<Mosquitto> },
}

impl Parts {
    /// Starts both in scratch folders.
    pub fn production() -> anyhow::Result<Self> {
        let database = MariaDb::shared()?.fresh_database()?;
        let broker = Box::new(Mosquitto::start(&MosquittoConfig::default())?);
        Ok(Self::Production { database, broker })
    }
}

/// All programs, running.
pub struct System {
    pub alliance: Alliance,
    pub base: String,
    pub cast: Cast,
    pub line: Line,
    server: Child,
    #[expect(dead_code, reason = "held: dropping it stops the services")]
    parts: Parts,
}

impl System {
    /// The server's process.
    pub fn server_pid(&self) -> u32 {
        self.server.pid()
    }

    pub async fn start(
        binaries: &Binaries,
        alliance: Alliance,
        folder: &Path,
        parts: Parts,
        port: u16,
    ) -> anyhow::Result<Self> {
        let free = port != 0 && TcpListener::bind(("127.0.0.1", port)).is_ok();
        let port = if free { port } else { free_port()? };
        let base = format!("http://127.0.0.1:{port}");
        let token = folder.join("gateway.token");
        let config = write_config(binaries, &alliance, folder, &parts, port)?;
        let server_command = |arguments: &[&str]| {
            let mut command = binaries.command("server");
            command.arg("--config").arg(&config).args(arguments);
            command
        };
        let log = folder.join("server.log");
        run("server migrate", server_command(&["migrate"]), &log, Duration::from_secs(120))?;
        let password = folder.join("password");
        secret(&password, PASSWORD)?;
        for (name, slug, role) in USERS {
            let gln = alliance.gln(slug)?;
            let mut command = server_command(&["add-user", "--member", &gln, "--name", name, "--role", role]);
            command.arg("--password-file").arg(&password);
            // One of each member's people looks after its accounts; never the approver.
            if role == "operator" {
                command.arg("--administrator");
            }
            run("server add-user", command, &log, Duration::from_secs(30))?;
        }
        let mut server = Child::spawn("server", server_command(&["run"]), &log)?;
        server.wait_for_http(([127, 0, 0, 1], port).into(), "/readyz", Duration::from_secs(60))?;
        let broker = match &parts {
            Parts::Embedded => None,
            Parts::Production { broker, .. } => Some(format!("mqtt://{}", broker.address())),
        };
        let person = |user: &'static str| Person::sign_in(&base, user, PASSWORD);
        let maker = person("maker").await?;
        let embedded_port = free_ports(1)?[0];
        let setup = LineSetup { server: &base, token_file: &token, broker, embedded_port, maker: &maker };
        let line = Line::start(binaries, &alliance, folder, &setup).await?;
        let cast = Cast {
            maker,
            carrier: person("carrier").await?,
            pharmacy: person("pharmacy").await?,
            watch: person("watch").await?,
            watch_second: person("watch2").await?,
        };
        Ok(Self { alliance, base, cast, line, server, parts })
    }
}

/// Writes a secret that its owner alone may read.
pub fn secret(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, format!("{text}\n"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).context("a secret is for its owner alone")
}

fn write_config(
    binaries: &Binaries,
    alliance: &Alliance,
    folder: &Path,
    parts: &Parts,
    port: u16,
) -> anyhow::Result<PathBuf> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    let token = hex::encode(random);
    secret(&folder.join("gateway.token"), &token)?;
    secret(&folder.join("gateway.token.sha256"), &sha256(token.as_bytes()).to_string())?;
    let database = match parts {
        Parts::Embedded => format!("sqlite:{}?mode=rwc", folder.join("server.db").display()),
        Parts::Production { database, .. } => database.dsn.clone(),
    };
    secret(&folder.join("database.url"), &database)?;
    let mut config = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_base_url = \"http://127.0.0.1:{port}\"\n\
         database_url_file = \"database.url\"\nauto_migrate = true\nprivacy_contact = \"privacy@demo.example\"\n\
         genesis = {:?}\nassets_dir = {:?}\n",
        alliance.genesis(),
        binaries.path("../assets").canonicalize().context("the browser programs are not built; run ./scripts/demo")?,
    );
    for (slug, url) in SLUGS.iter().zip(alliance.node_urls()) {
        let token = alliance.token(slug);
        write!(config, "\n[[nodes]]\nname = {slug:?}\nurl = {url:?}\ntoken_file = {token:?}\n")?;
    }
    for slug in SLUGS {
        let gln = alliance.gln(slug)?;
        write!(config, "\n[[members]]\ngln = {gln:?}\noperator_key_file = {:?}\n", alliance.key(slug, "operator"))?;
        let approver = alliance.key(slug, "approver");
        if approver.exists() {
            writeln!(config, "approver_key_file = {approver:?}")?;
        }
    }
    config.push_str(&alliance.witnesses.as_ref().map(Witnesses::config).unwrap_or_default());
    let gln = alliance.gln("manufacturer")?;
    write!(config, "\n[[gateways]]\nmember = {gln:?}\ntoken_sha256_file = \"gateway.token.sha256\"\n")?;
    config.push_str(&file_keys(folder, &gln)?);
    let file = folder.join("server.toml");
    std::fs::write(&file, config)?;
    Ok(file)
}

/// Keys of physical marks, of second factors and of the maker's labels, each in its file, and the part of the configuration that names
/// them.
fn file_keys(folder: &Path, maker: &str) -> anyhow::Result<String> {
    let keys = [
        ("marks.pins.key", 32),
        ("marks.tags.meta.key", 16),
        ("marks.tags.file.key", 16),
        ("totp.key", 32),
        ("label.key", 32),
    ];
    for (name, bytes) in keys {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
        let key = random.get(..bytes).map(hex::encode).context("a key has at most 32 bytes")?;
        secret(&folder.join(name), &key)?;
    }
    Ok(format!(
        "\n[[marks.pin_peppers]]\nid = \"demo\"\nfile = \"marks.pins.key\"\n\n[[marks.tag_keys]]\nid = \"demo\"\n\
        meta_key_file = \"marks.tags.meta.key\"\nfile_key_file = \"marks.tags.file.key\"\n\n\
        [[accounts.totp_keys]]\nid = \"demo\"\nfile = \"totp.key\"\n\n\
        [[label_keys]]\nmember = \"{maker}\"\nfile = \"label.key\"\n"
    ))
}
