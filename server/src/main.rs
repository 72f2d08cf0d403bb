//! `server`: one program, several roles.

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use tracelight_api::rest::session::UserRole;
use tracelight_domain::gs1::Gln;
use tracelight_server::auth::hash_password;
use tracelight_server::config::Config;
use tracelight_server::store::UserRow;
use tracelight_server::{api, clock, run};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

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
        /// File whose first line is the password.
        #[arg(long)]
        password_file: PathBuf,
    },
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
        Command::AddUser { member, name, role, password_file } => {
            add_user(&config, &member, name, role, &password_file).await?;
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
        Some(Command::Migrate | Command::Rebuild | Command::AddUser { .. }) => config.validate_database()?,
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

async fn add_user(config: &Config, member: &str, name: String, role: Role, file: &std::path::Path) -> Result<()> {
    let member = Gln::parse(member)?;
    anyhow::ensure!((1..=NAME_BYTES_MAX).contains(&name.len()), "a name has 1 to {NAME_BYTES_MAX} bytes");
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let password = text.lines().next().unwrap_or("");
    let user = UserRow {
        id: Uuid::now_v7(),
        name,
        member,
        role: match role {
            Role::Operator => UserRole::Operator,
            Role::Approver => UserRole::Approver,
            Role::Viewer => UserRole::Viewer,
        },
        password_hash: hash_password(password).map_err(anyhow::Error::msg)?,
    };
    let store = run::open_store(config).await?;
    let added = store.add_user(&user, clock::now_ms()).await?;
    store.close().await?;
    anyhow::ensure!(added.is_ok(), "the name `{}` is taken", user.name);
    tracing::info!(user.name = user.name, %member, "Added user {}", user.name);
    Ok(())
}

fn print(text: &str) -> Result<()> {
    use std::io::Write as _;
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}
