//! `device-gateway`: the program. Exit codes: 0 done, 1 failed, 2 wrong use.

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracelight_client::keys::{Seed, Unlock};
use tracelight_device_gateway::config::Config;
use tracelight_device_gateway::intake::now_ms;
use tracelight_device_gateway::run;
use tracing_subscriber::EnvFilter;

/// Packaging lines to the chain: MQTT in, durable spool, signed transactions out.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the gateway.
    Run {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Asks a running gateway how it is.
    Healthcheck {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Makes a key for a gateway or a device; prints the public half. Never replaces a file.
    Keygen {
        /// The new file.
        #[arg(long)]
        out: PathBuf,
        /// File with a passphrase, under which the key is then encrypted.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rumqttd=warn,rumqttc=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let done = match args.command {
        Command::Run { config } => run_gateway(&config),
        Command::Healthcheck { config } => healthcheck(&config),
        Command::Keygen { out, passphrase_file } => keygen(&out, passphrase_file),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("device-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // One thread, which hands nothing over: switching threads for each message cost more than the message. What takes long, such
    // as the hashes of a batch, runs apart from it; what the disk has to confirm is waited for, as every answer waits for it.
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}

fn run_gateway(path: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::load(path)?;
    runtime()?.block_on(async {
        let (stop, stopped) = watch::channel(false);
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            tokio::select! { _ = term.recv() => {} _ = int.recv() => {} }
            // Nobody listens any more only when the gateway has ended.
            let _ = stop.send(true);
        });
        run::run(&config, stopped).await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn healthcheck(path: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::load(path)?;
    match run::check_health(&config.data_dir, now_ms()) {
        Ok(health) => {
            println!("{}", serde_json::to_string(&health)?);
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            eprintln!("device-gateway: {why}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn keygen(out: &Path, passphrase: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let seed = Seed::generate()?;
    match passphrase {
        None => seed.write_new(out)?,
        Some(path) => seed.write_sealed(out, &Unlock::File(path).passphrase(out)?)?,
    }
    println!("{}", seed.public());
    Ok(ExitCode::SUCCESS)
}
