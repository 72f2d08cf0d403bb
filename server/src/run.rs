//! Puts the server together from its configuration, and runs it until it is told to stop.

use crate::alliance::Alliance;
use crate::app::{App, AppState, router};
use crate::audit::Searches;
use crate::auth::{Gateways, KeyLimit, Seen, SignInLimit, TotpKeys};
use crate::config::{Config, ConfigError, NodeConfig};
use crate::follower::{self, ProgressCell};
use crate::label_keys::LabelKeys;
use crate::marks::Marks;
use crate::signing::Keys;
use crate::store::Store;
use crate::witnesses::Witnesses;
use anyhow::{Context as _, Result};
use axum::serve::ListenerExt as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_sessions::ExpiredDeletion as _;
use tracelight_client::chain::NodeClient;
use tracelight_client::light::LightClient;
use tracelight_domain::gs1::Gln;

/// How long running requests may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(25);
/// Pause between two removals of expired sessions.
const SESSIONS_SWEEP: Duration = Duration::from_secs(600);
/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Opens the database and brings it up to date where that is ours to do.
///
/// # Errors
/// When it cannot be reached, or lacks migrations that somebody else has to run.
pub async fn open_store(config: &Config) -> Result<Store> {
    let url = config.database()?;
    make_folder(&url)?;
    let store = Store::open(&url).await.context("cannot open the database")?;
    if config.auto_migrate.unwrap_or(store.is_sqlite()) {
        store.migrate().await.context("cannot migrate the database")?;
    }
    store.must_be_migrated().await?;
    Ok(store)
}

/// SQLite makes its file, not its folder.
fn make_folder(url: &str) -> Result<()> {
    let Some(rest) = url.strip_prefix("sqlite:") else { return Ok(()) };
    let path = Path::new(rest.trim_start_matches("//").split('?').next().unwrap_or(rest));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    }
    Ok(())
}

/// Sets everything up.
///
/// # Errors
/// The first part that cannot be had, by name.
pub async fn build(config: Config) -> Result<AppState> {
    let alliance = match &config.genesis {
        Some(path) => Alliance::read(path)?,
        None => Alliance::none(),
    };
    let mut keys = Keys::default();
    for member in &config.members {
        let gln = Gln::parse(&member.gln)?;
        anyhow::ensure!(alliance.member(gln).is_some(), "members: {gln} is not a member of this alliance");
        let unlock = member.key_passphrase_file.as_deref().into();
        keys.read(gln, &member.operator_key_file, member.approver_key_file.as_deref(), &unlock)?;
    }
    let access = config.nodes.iter().map(NodeConfig::access).collect::<Result<Vec<_>, _>>()?;
    let nodes = if access.is_empty() { None } else { Some(NodeClient::with_access(access)?) };
    let each_node = config
        .nodes
        .iter()
        .map(|node| Ok((node.name.clone(), NodeClient::with_access(vec![node.access()?])?)))
        .collect::<Result<Vec<_>>>()?;
    let light = if alliance.configured { Some(LightClient::new(&alliance.genesis)?) } else { None };
    let witnesses = Witnesses::new(&config, &alliance.genesis)?;
    let marks = config.marks.as_ref().map(Marks::read).transpose();
    let marks = marks.map_err(ConfigError::Faults)?;
    let label_keys = LabelKeys::read(&config.label_keys).map_err(ConfigError::Faults)?;
    let totp_keys = TotpKeys::read(&config.accounts).map_err(ConfigError::Faults)?;
    Ok(AppState::new(App {
        light,
        marks,
        sites: crate::scan::risk::sites(&config.sites),
        label_keys,
        totp_keys,
        seen: Seen::default(),
        searches: Searches::default(),
        witnesses,
        store: open_store(&config).await?,
        gateways: Gateways::read(&config.gateways)?,
        alliance,
        nodes,
        each_node,
        keys,
        progress: ProgressCell::default(),
        sign_in_limit: SignInLimit::default(),
        key_limit: KeyLimit::default(),
        shop: crate::scan::Shop::default(),
        report_face: std::sync::OnceLock::new(),
        config,
    }))
}

/// Serves until SIGTERM or Ctrl-C, then lets running requests end.
///
/// # Errors
/// When the address cannot be had, or serving fails.
pub async fn serve(state: AppState) -> Result<()> {
    crate::health::recorder();
    let address: SocketAddr = state.config.listen.parse().context("listen")?;
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    notes(&state, listener.local_addr()?);
    let (stop, stopped) = watch::channel(false);
    let tasks = background(&state, &stopped);
    let service = router(&state).into_make_service_with_connect_info::<SocketAddr>();
    // An answer in two pieces would wait for the caller's system to confirm the first, which may take it 40 ms.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let mut drain = stopped.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = drain.wait_for(|stopped| *stopped).await;
    });
    let signal = async {
        signalled().await;
        let _ = stop.send(true);
        tokio::time::sleep(DRAIN).await;
        tracing::warn!("Requests still ran after {} s and were cut", DRAIN.as_secs());
    };
    tokio::select! {
        served = server => served?,
        () = signal => {},
    }
    for task in tasks {
        // A task that is past its stop signal has nothing to lose.
        let _ = tokio::time::timeout(Duration::from_secs(5), task).await;
    }
    state.store.clone().close().await?;
    Ok(())
}

/// Starts the follower, the worker, recall cases, the sweep and the round of the witnesses.
pub fn background(state: &AppState, stopped: &watch::Receiver<bool>) -> Vec<tokio::task::JoinHandle<()>> {
    let mut tasks = vec![tokio::spawn(crate::jobs::run(state.clone(), stopped.clone()))];
    let kept_ms = u64::from(state.config.accounts.audit_days) * DAY_MS;
    tasks.push(tokio::spawn(sweep(state.store.clone(), kept_ms, stopped.clone())));
    tasks.push(tokio::spawn(crate::epcis::run(state.clone(), stopped.clone())));
    tasks.push(tokio::spawn(crate::webhooks::run(state.clone(), stopped.clone())));
    tasks.push(tokio::spawn(crate::recall_cases::run(state.clone(), stopped.clone())));
    tasks.push(tokio::spawn(crate::post::run(state.clone(), stopped.clone())));
    if !state.witnesses.is_empty() {
        tasks.push(tokio::spawn(crate::witnesses::run(state.clone(), stopped.clone())));
    }
    if state.alliance.configured {
        // Whose token cannot be read any more stopped the start already.
        let client = |node: &NodeConfig| NodeClient::with_access(vec![node.access().ok()?]).ok();
        let nodes = state.config.nodes.iter().filter_map(client).map(Arc::new).collect();
        let (alliance, store, progress) = (state.alliance.clone(), state.store.clone(), state.progress.clone());
        let stopped = stopped.clone();
        tasks.push(tokio::spawn(async move {
            // A halt is in the log and in the progress.
            let _ = follower::run(alliance, store, nodes, progress, stopped).await;
        }));
    }
    tasks
}

async fn sweep(store: Store, audit_kept_ms: u64, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = store.delete_expired().await {
            tracing::warn!(cause = %error, "Expired sessions were not removed: {error}");
        }
        if let Err(error) = store.forget_contacts(crate::clock::now_ms()).await {
            tracing::warn!(cause = %error, "Contacts whose time is over were not removed: {error}");
        }
        let before_ms = crate::clock::now_ms().saturating_sub(audit_kept_ms);
        if let Err(error) = store.drop_audit_before(before_ms).await {
            tracing::warn!(cause = %error, "Lines of the audit log whose time is over were not removed: {error}");
        }
        if let Err(error) = store.forget_photos(crate::clock::now_ms()).await {
            tracing::warn!(cause = %error, "Photos whose time is over were not removed: {error}");
        }
        let before = crate::clock::now_ms().saturating_sub(crate::scan::place::PLACES_MS_MAX);
        if let Err(error) = store.forget_places(before).await {
            tracing::warn!(cause = %error, "Places whose time is over were not removed: {error}");
        }
        let before = crate::clock::now_ms().saturating_sub(crate::scan::token::DEVICES_MS_MAX);
        if let Err(error) = store.forget_devices(before).await {
            tracing::warn!(cause = %error, "Devices whose time is over were not removed: {error}");
        }
        let stop = tokio::time::timeout(SESSIONS_SWEEP, stopped.wait_for(|stopped| *stopped));
        if stop.await.is_ok() {
            return;
        }
    }
}

async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {},
            _ = tokio::signal::ctrl_c() => {},
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// What an operator should know at the start.
fn notes(state: &AppState, address: SocketAddr) {
    let config = &state.config;
    let database = if state.store.is_sqlite() { "SQLite" } else { "MySQL" };
    tracing::info!(%address, database, members_count = config.members.len(), "Serves on http://{address}");
    if !state.alliance.configured {
        tracing::warn!(
            "No genesis is configured: nothing can be checked. Hint: name `genesis` and `nodes` in a file for --config"
        );
    }
    if config.proxies.is_empty() && config.public_base_url.starts_with("https://") {
        tracing::warn!(
            "No proxies are configured: shoppers' forms are limited by code only. Hint: name the reverse proxy in `proxies`"
        );
    }
    if config.assets_dir.is_none() {
        tracing::warn!(
            "No assets are configured: consoles and the checker will not load. Hint: cargo xtask assets, then `assets_dir`"
        );
    }
    if config.members.is_empty() && state.alliance.configured {
        tracing::warn!("No member's keys are configured: this server only reads");
    }
    tracing::info!(chain.id = %state.alliance.chain, "Alliance {}", state.alliance.genesis.name);
}
