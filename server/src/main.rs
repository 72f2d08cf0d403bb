//! `server`: one program, several roles.

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use tracelight_api::rest::audit::{AuditAction, AuditOutcome};
use tracelight_api::rest::session::UserRole;
use tracelight_domain::gs1::Gln;
use tracelight_server::auth::hash_password;
use tracelight_server::config::Config;
use tracelight_server::scan::forget::Forget;
use tracelight_server::store::{NewAudit, UserPatch, UserRow};
use tracelight_server::{api, clock, run};
use tracing_subscriber::EnvFilter;

/// Bytes of a user's sign-in name.
const NAME_BYTES_MAX: usize = 64;

#[derive(Parser)]
#[command(name = "server", version, about = "Tracelight's server: REST, pages, and the follower of the chain")]
struct Cli {
    /// Configuration file (TOML). Without one the server starts on SQLite in ./data.
    #[arg(long, env = "TRACELIGHT_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Address and port; outranks the file.
    #[arg(long, env = "TRACELIGHT_LISTEN", global = true)]
    listen: Option<String>,
    /// How browsers reach this server; outranks the file.
    #[arg(long, env = "TRACELIGHT_PUBLIC_BASE_URL", global = true)]
    public_base_url: Option<String>,
    /// Database without a password in it; outranks the file.
    #[arg(long, env = "TRACELIGHT_DATABASE_URL", global = true)]
    database_url: Option<String>,
    /// File that holds the database URL; outranks the file.
    #[arg(long, env = "TRACELIGHT_DATABASE_URL_FILE", global = true)]
    database_url_file: Option<PathBuf>,
    /// Folder of the built browser files; outranks the file.
    #[arg(long, env = "TRACELIGHT_ASSETS_DIR", global = true)]
    assets_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until SIGTERM. The default.
    Run,
    /// Brings the database's tables up to date.
    Migrate,
    /// Checks the configuration and reports every fault.
    Check,
    /// Asks the running server whether it is ready; exit code 0 or 1.
    Healthcheck,
    /// Adds a user.
    AddUser {
        /// GLN of the user's member.
        #[arg(long)]
        member: String,
        /// Sign-in name.
        #[arg(long)]
        name: String,
        /// What the user may do.
        #[arg(long)]
        role: Role,
        /// The user looks after the member's accounts: invites, changes roles, suspends. Not for an approver.
        #[arg(long)]
        administrator: bool,
        /// File whose first line is the password.
        #[arg(long)]
        password_file: PathBuf,
    },
    /// Changes a user: the way in when a password is forgotten or no administrator is left. Asks nobody, and stands in the
    /// member's audit log.
    SetUser {
        /// Sign-in name.
        #[arg(long)]
        name: String,
        /// Another role.
        #[arg(long)]
        role: Option<Role>,
        /// Looks after the member's accounts, or not.
        #[arg(long)]
        administrator: Option<YesNo>,
        /// File whose first line is another password; all sessions of the user end.
        #[arg(long)]
        password_file: Option<PathBuf>,
        /// A suspended user may sign in again.
        #[arg(long)]
        reactivate: bool,
    },
    /// Takes away what a shopper asks to have deleted. Without --yes it only says what would go.
    Forget(Forget),
    /// Empties the read model; the next start projects the chain again from block 1.
    Rebuild,
    /// Writes the OpenAPI document to standard output.
    Openapi,
}

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Operator,
    Approver,
    Viewer,
}

impl From<Role> for UserRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Operator => Self::Operator,
            Role::Approver => Self::Approver,
            Role::Viewer => Self::Viewer,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_env("TRACELIGHT_LOG").unwrap_or_else(|_| EnvFilter::new("info,sea_orm_migration=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match tokio_main(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!(cause = format!("{error:#}"), "The server stops: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn tokio_main(cli: Cli) -> Result<ExitCode> {
    let config = configuration(&cli)?;
    match cli.command.unwrap_or(Command::Run) {
        Command::Run => run::serve(run::build(config).await?).await?,
        Command::Migrate => {
            let config = Config { auto_migrate: Some(true), ..config };
            run::open_store(&config).await?.close().await?;
        }
        Command::Check => {
            run::build(config).await?;
        }
        Command::Healthcheck => return healthcheck(&config).await,
        Command::AddUser { member, name, role, administrator, password_file } => {
            let password_hash = password_hash(&password_file)?;
            let user = UserRow::new(name, Gln::parse(&member)?, role.into(), password_hash, clock::now_ms());
            add_user(&config, UserRow { administrator, ..user }).await?;
        }
        Command::SetUser { name, role, administrator, password_file, reactivate } => {
            let patch = UserPatch {
                role: role.map(UserRole::from),
                administrator: administrator.map(|answer| matches!(answer, YesNo::Yes)),
                password_hash: password_file.as_deref().map(password_hash).transpose()?,
                reactivate,
            };
            set_user(&config, &name, &patch).await?;
        }
        Command::Forget(what) => {
            let store = run::open_store(&config).await?;
            let told = what.run(&store).await;
            store.close().await?;
            print(&told?)?;
        }
        Command::Rebuild => {
            let store = run::open_store(&config).await?;
            store.drop_read_model().await?;
            store.close().await?;
        }
        Command::Openapi => print(&api::document()?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn configuration(cli: &Cli) -> Result<Config> {
    let mut config = match &cli.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    if let Some(listen) = &cli.listen {
        config.listen.clone_from(listen);
    }
    if let Some(url) = &cli.public_base_url {
        config.public_base_url.clone_from(url);
    }
    if let Some(url) = &cli.database_url {
        config.database_url.clone_from(url);
        config.database_url_file = None;
    }
    if cli.database_url_file.is_some() {
        config.database_url_file.clone_from(&cli.database_url_file);
    }
    if cli.assets_dir.is_some() {
        config.assets_dir.clone_from(&cli.assets_dir);
    }
    match &cli.command {
        Some(
            Command::Migrate
            | Command::Rebuild
            | Command::Forget(_)
            | Command::AddUser { .. }
            | Command::SetUser { .. },
        ) => config.validate_database()?,
        Some(Command::Openapi) => {}
        None | Some(Command::Run | Command::Check | Command::Healthcheck) => config.validate()?,
    }
    Ok(config)
}

async fn healthcheck(config: &Config) -> Result<ExitCode> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(&config.listen).await?;
        stream.write_all(b"GET /readyz HTTP/1.0\r\nhost: localhost\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(64 * 1024).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let limit = std::time::Duration::from_secs(10);
    let answer = tokio::time::timeout(limit, ask).await.context("the server does not answer within 10 s")??;
    let ready = answer.split_whitespace().nth(1) == Some("200");
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    print(body)?;
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The argon2id string of the first line of a file.
fn password_hash(file: &std::path::Path) -> Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    hash_password(text.lines().next().unwrap_or("")).map_err(anyhow::Error::msg)
}

/// The role as it is written in the log.
const fn role_word(role: UserRole) -> &'static str {
    match role {
        UserRole::Operator => "operator",
        UserRole::Approver => "approver",
        UserRole::Viewer => "viewer",
    }
}

/// A line of the member's audit log: the machine's operator did it.
fn line(user: &UserRow, role: UserRole, administrator: bool) -> Result<NewAudit> {
    let (word, more) = (role_word(role), if administrator { ", administrator" } else { "" });
    anyhow::ensure!(!administrator || role != UserRole::Approver, "an approver is no administrator");
    Ok(NewAudit {
        member: user.member,
        actor: user.member,
        user: String::new(),
        action: AuditAction::UserSet,
        object: format!("{}: {word}{more}", user.name),
        outcome: AuditOutcome::Done,
    })
}

async fn add_user(config: &Config, user: UserRow) -> Result<()> {
    anyhow::ensure!((1..=NAME_BYTES_MAX).contains(&user.name.len()), "a name has 1 to {NAME_BYTES_MAX} bytes");
    let line = line(&user, user.role, user.administrator)?;
    let store = run::open_store(config).await?;
    let added = store.add_user(&user, clock::now_ms()).await?;
    if added.is_ok() {
        store.add_audit(&[line], clock::now_ms()).await?;
    }
    store.close().await?;
    anyhow::ensure!(added.is_ok(), "the name `{}` is taken", user.name);
    tracing::info!(user.name = user.name, member = %user.member, "Added user {}", user.name);
    Ok(())
}

async fn set_user(config: &Config, name: &str, patch: &UserPatch) -> Result<()> {
    let store = run::open_store(config).await?;
    let user = store.user_by_name(name).await?.with_context(|| format!("there is no user `{name}`"))?;
    let administrator = patch.administrator.unwrap_or(user.administrator);
    let line = line(&user, patch.role.unwrap_or(user.role), administrator)?;
    store.patch_user(&user, patch, line, clock::now_ms()).await?;
    store.close().await?;
    tracing::info!(user.name = name, member = %user.member, "Changed user {name}");
    Ok(())
}

fn print(text: &str) -> Result<()> {
    use std::io::Write as _;
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}
