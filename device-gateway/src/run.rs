//! The running gateway: opens the disk, connects, and keeps intake and uplink going until asked to end.
//!
//! When the disk fails, everything is closed and opened again after a pause; the broker keeps what was not acknowledged.

use crate::ballast::Ballast;
use crate::config::{Config, NodeEntry};
use crate::core::{Core, Setup};
use crate::intake::{Intake, RawScanners, now_ms};
use crate::mode::{Event, Mode, Since};
use crate::mqtt::{Bus, BusError, MqttConfig, Rumqtt, Session, broker};
use crate::sparkplug::host::Settings;
use crate::sparkplug::link::{self, Link};
use crate::spool::Folder;
use crate::terminal::access::{Doorkeeper, Over};
use crate::terminal::listen;
use crate::terminal::{self, Terminals};
use crate::topic::{events_of, raw_of};
use crate::uplink::{HttpOffice, NodeChain, Office, Outbox, Uplink, lock};
use crate::vouch::Voucher;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep, timeout};
use tracelight_client::keys::{Signer, Token};
use tracelight_listen::{Door, stopped};
use tracing::{error, info, warn};

/// How long a node may wait for transactions to become final before it answers.
const WAIT_MS: u64 = 3_000;
/// Between two rounds when nothing waits.
const IDLE_PAUSE: Duration = Duration::from_secs(2);
/// Between two rounds when something waits.
const BUSY_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause when the chain does not answer.
const SILENT_PAUSE_MAX: Duration = Duration::from_secs(10);
/// Before the disk is opened again after a failure.
const REOPEN_PAUSE: Duration = Duration::from_secs(2);
/// Between two writes of the health file.
const HEALTH_PAUSE: Duration = Duration::from_secs(1);
/// A health file older than this is of a gateway that hangs or is gone.
pub const HEALTH_AGE_MS_MAX: u64 = 15_000;

/// How the gateway is, as it says itself in `health.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Its mode.
    pub mode: Mode,
    /// When it wrote this.
    pub time_ms: u64,
    /// Is there a connection to the broker?
    pub broker_connected: bool,
    /// Is the broker the embedded one, for demonstrations only?
    pub broker_embedded: bool,
    /// Bytes in the spool.
    pub spool_bytes: u64,
    /// Readings of batches that are not final.
    pub readings_waiting: u64,
    /// Deeds that are not final or whose list is not with the server.
    pub deeds_waiting: usize,
    /// Readings stored since the start.
    pub stored: u64,
    /// Readings in quarantine since the start.
    pub quarantined: u64,
}

/// State that the tasks share.
struct Shared {
    mode: watch::Sender<Since>,
    wake: Notify,
}

impl Shared {
    fn new() -> Self {
        Self { mode: watch::Sender::new(Since { mode: Mode::Offline, since_ms: now_ms() }), wake: Notify::new() }
    }

    fn mode(&self) -> Mode {
        self.mode.borrow().mode
    }

    fn event(&self, event: Event) {
        self.mode.send_if_modified(|since| {
            let after = since.mode.after(event);
            let moved = after != since.mode;
            if moved {
                info!(from = ?since.mode, to = ?after, "The gateway is now {after:?}");
                *since = Since { mode: after, since_ms: now_ms() };
            }
            moved
        });
    }
}

/// The page for operators: its port, and who may come in.
struct Entrance {
    door: Door,
    doorkeeper: Arc<Doorkeeper>,
}

impl Entrance {
    /// Where the configuration asks for one.
    async fn open(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(terminal) = &config.terminal else { return Ok(None) };
        let over = if terminal.cert_file.is_some() { Over::Tls } else { Over::Plain };
        let token = |(place, path): (_, &Path)| Token::read(path).map(|token| (place, token));
        let tokens = config.terminals().map(token).collect::<Result<_, _>>().context("device.token_file")?;
        let doorkeeper = Arc::new(Doorkeeper::new(&config.org, over, tokens)?);
        let door = listen::open(terminal).await?;
        info!("The page for operators is served on {}", terminal.listen);
        if over == Over::Plain && !terminal.listen.ip().is_loopback() {
            warn!("It is served without TLS: whoever hears that network can read the terminals' tokens");
        }
        Ok(Some(Self { door, doorkeeper }))
    }
}

/// Runs until `stop` becomes true.
///
/// # Errors
/// When the configuration's files cannot be used, or the embedded broker or the page cannot listen.
pub async fn run(config: &Config, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    if config.broker.embedded {
        let listen = config.broker.listen();
        broker::start(listen).with_context(|| format!("the embedded broker cannot listen on {listen}"))?;
    }
    let token = std::fs::read_to_string(&config.server.token_file).context("server.token_file")?;
    let office = HttpOffice::new(&config.server.url, token.trim()).map_err(anyhow::Error::msg).context("server.url")?;
    let office: Arc<dyn Office> = Arc::new(office);
    let entrance = Entrance::open(config).await?;
    loop {
        match session(config, Arc::clone(&office), entrance.as_ref(), stop.clone()).await {
            Ok(()) => return Ok(()),
            Err(why) => error!("The gateway closes its disk and opens it again: {why:#}"),
        }
        if let Err(why) = Ballast::of(&config.data_dir).give() {
            warn!("Cannot give the ballast up: {why}");
        }
        if timeout(REOPEN_PAUSE, stopped(&mut stop)).await.is_ok() {
            return Ok(());
        }
    }
}

/// From opening the disk to closing it.
async fn session(
    config: &Config,
    office: Arc<dyn Office>,
    entrance: Option<&Entrance>,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let health = HealthFile { path: config.data_dir.join("health.json"), embedded: config.broker.embedded };
    health.forget();
    let core = open_core(config)?;
    let uplink = open_uplink(config, &core, Arc::clone(&office))?;
    let (bus, connection) = Rumqtt::connect(&mqtt_config(config)?).context("broker")?;
    let bus: Arc<dyn Bus> = Arc::new(bus);
    let mut connection = pin!(connection.run());
    bus.subscribe(&events_of(&config.org)).await?;
    let raw = RawScanners { stations: config.raw_stations(), voucher: Voucher::new(boot()?) };
    if !raw.stations.is_empty() {
        bus.subscribe(&raw_of(&config.org)).await?;
    }
    let link = open_sparkplug(config, &core)?;
    let shared = Shared::new();
    let names = (config.org.as_str(), config.id.as_str());
    let (readings, of_terminals) = mpsc::channel(terminal::QUEUE_MAX);
    let mut intake = Intake::new(Arc::clone(&bus), Arc::clone(&core), office, names, raw);
    if entrance.is_some() {
        intake = intake.with_terminals(of_terminals);
    }
    let (run, shown) = (hex::encode(boot()?), lock(&core).shown());
    let page = entrance.map(|Entrance { door, doorkeeper }| {
        let mode = shared.mode.subscribe();
        (door, Terminals::new(Arc::clone(doorkeeper), shown, readings, mode, run).router())
    });
    let drain = Duration::from_secs(config.drain_s);
    let taking = take(&mut intake, &core, &shared, stop.clone());
    let sending = send(uplink, &shared, stop.clone(), drain);
    let telling = health.keep(&core, bus.as_ref(), &shared);
    let hosting = host(link, stop.clone());
    let serving = serve(page, stop.clone());
    tokio::select! {
        // What came is taken in before it is looked for.
        biased;
        () = &mut connection => return Err(BusError::Closed.into()),
        ended = async { tokio::try_join!(taking, sending, hosting, serving) } => ended.map(drop)?,
        never = telling => match never {},
    };
    // Only a stop ends both without an error; a display should not show the last state as if the line still ran.
    let parting = async {
        stopped(&mut stop).await;
        intake.show_states().await;
        sleep(BUSY_PAUSE).await;
    };
    tokio::select! {
        () = parting => {}
        () = &mut connection => {}
    }
    info!("The gateway has ended");
    Ok(())
}

fn boot() -> anyhow::Result<[u8; 8]> {
    let mut boot = [0; 8];
    getrandom::fill(&mut boot).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(boot)
}

/// The Sparkplug host, where the configuration asks for one: a connection of its own, with its own will.
fn open_sparkplug(config: &Config, core: &Arc<Mutex<Core>>) -> anyhow::Result<Option<Link>> {
    let Some(sparkplug) = &config.sparkplug else { return Ok(None) };
    let scanners = config.metrics();
    let mut groups: Vec<String> = scanners.keys().map(|name| name.source.node.group.clone()).collect();
    groups.dedup();
    let settings = Settings { reorder_ms: sparkplug.reorder_ms, ..Settings::new(&sparkplug.host_id, groups) };
    let host = link::shared(settings);
    let of_will = Arc::clone(&host);
    let mqtt = mqtt_config(config)?;
    let mqtt = MqttConfig {
        client_id: format!("{}-sparkplug", mqtt.client_id),
        session: Session::Clean,
        will: Some(Arc::new(move || link::will(&of_will))),
        ..mqtt
    };
    let bus = Rumqtt::start(&mqtt).context("broker")?;
    Ok(Some(Link::new(bus, host, Arc::clone(core), scanners, Voucher::new(boot()?))))
}

async fn host(link: Option<Link>, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    match link {
        Some(mut link) => Ok(link.run(stop).await?),
        None => {
            stopped(&mut stop).await;
            Ok(())
        }
    }
}

async fn serve(page: Option<(&Door, axum::Router)>, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    match page {
        Some((door, router)) => door.serve(router, stop).await,
        None => {
            stopped(&mut stop).await;
        }
    }
    Ok(())
}

fn open_core(config: &Config) -> anyhow::Result<Arc<Mutex<Core>>> {
    let setup = Setup {
        folder: config.data_dir.clone(),
        devices: config.places(),
        spool: config.spool.spool(),
        quarantine: config.spool.quarantine(),
    };
    let (core, opened) = Core::open(setup)?;
    for (what, recovery) in [("spool", &opened.spool), ("quarantine", &opened.quarantine)] {
        if let Some(torn) = &recovery.torn {
            let (bytes, segment, offset) = (torn.bytes, &torn.segment, torn.offset);
            warn!(bytes, segment, offset, "Cut {bytes} bytes of an unacknowledged write off the {what}");
        }
    }
    info!(records = opened.spool.records, deeds = opened.deeds, "Opened the spool: {} records", opened.spool.records);
    Ok(Arc::new(Mutex::new(core)))
}

fn open_uplink(config: &Config, core: &Arc<Mutex<Core>>, office: Arc<dyn Office>) -> anyhow::Result<Uplink> {
    let unlock = config.chain.key_passphrase_file.as_deref().into();
    let key = Signer::unlock(&config.chain.key_file, &unlock).context("chain.key_file")?;
    info!(key = %key.public_key(), "The gateway signs with key {}", key.public_key());
    let nodes = config.chain.nodes.iter().map(NodeEntry::access).collect::<Result<_, _>>().context("chain.nodes")?;
    let chain = NodeChain::new(nodes, config.chain.chain_id.0).context("chain.nodes")?;
    let disk = Folder::open(&config.data_dir.join("outbox")).context("outbox")?;
    let (outbox, _) = Outbox::open(Arc::new(disk))?;
    let dead_letters = config.data_dir.join("dead-letters.jsonl");
    Ok(Uplink::new(Arc::clone(core), outbox, Arc::new(chain), office, key, dead_letters)?)
}

fn mqtt_config(config: &Config) -> anyhow::Result<MqttConfig> {
    let (host, port) = config.broker.address().context("broker.url")?;
    let login = match (&config.broker.username, &config.broker.password_file) {
        (Some(user), Some(path)) => {
            let password = std::fs::read_to_string(path).context("broker.password_file")?;
            Some((user.clone(), password.trim_end().to_owned()))
        }
        _ => None,
    };
    Ok(MqttConfig {
        host,
        port,
        client_id: format!("tracelight-{}-{}", config.org, config.id),
        login,
        tls: config.broker.tls(),
        session: Session::Persistent,
        will: None,
    })
}

async fn take(
    intake: &mut Intake,
    core: &Mutex<Core>,
    shared: &Shared,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    intake.show_states().await;
    loop {
        let first = tokio::select! {
            first = intake.first() => first?,
            () = stopped(&mut stop) => {
                shared.event(Event::Stop);
                return Ok(());
            }
            // States also change when transactions become final.
            () = sleep(IDLE_PAUSE) => {
                intake.show_states().await;
                continue;
            }
        };
        let group = intake.group(first).await;
        let taken = intake.take(group).await?;
        if taken.no_room {
            shared.event(Event::NoRoom);
        } else if taken.stored {
            shared.event(Event::Room);
        }
        if lock(core).deeds_waiting() > 0 {
            shared.wake.notify_one();
        }
    }
}

async fn send(
    mut uplink: Uplink,
    shared: &Shared,
    mut stop: watch::Receiver<bool>,
    drain: Duration,
) -> anyhow::Result<()> {
    let mut silent_pause = BUSY_PAUSE;
    let mut deadline: Option<Instant> = None;
    loop {
        if *stop.borrow() && deadline.is_none() {
            deadline = Some(Instant::now() + drain);
        }
        let pause = match uplink.round(WAIT_MS).await {
            Ok(round) => {
                silent_pause = BUSY_PAUSE;
                shared.event(Event::ChainAnswered { waiting: round.waiting });
                if let Some(why) = &round.office {
                    warn!("Lists wait for the server: {why}");
                }
                if round.waiting == 0 && deadline.is_some() {
                    return Ok(());
                }
                if round.waiting == 0 || round.office.is_some() { IDLE_PAUSE } else { BUSY_PAUSE }
            }
            Err(why) if why.is_passing() => {
                shared.event(Event::ChainSilent);
                warn!("The uplink waits: {why}");
                silent_pause = (silent_pause * 2).min(SILENT_PAUSE_MAX);
                silent_pause
            }
            Err(why) => return Err(why.into()),
        };
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            warn!("The gateway ends with work left; it goes on at the next start");
            return Ok(());
        }
        let stopping = deadline.is_some();
        tokio::select! {
            () = sleep(pause) => {}
            () = shared.wake.notified() => {}
            () = stopped(&mut stop), if !stopping => {}
        }
    }
}

struct HealthFile {
    path: PathBuf,
    embedded: bool,
}

enum Never {}

impl HealthFile {
    /// What was said before the disk was opened, by this program or the one before it, is not true any more.
    fn forget(&self) {
        match std::fs::remove_file(&self.path) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                warn!("Cannot remove `{}`: {why}", self.path.display());
            }
            _ => {}
        }
    }

    async fn keep(&self, core: &Mutex<Core>, bus: &dyn Bus, shared: &Shared) -> Never {
        loop {
            let health = {
                let core = lock(core);
                Health {
                    mode: shared.mode(),
                    time_ms: now_ms(),
                    broker_connected: bus.is_connected(),
                    broker_embedded: self.embedded,
                    spool_bytes: core.spool_bytes(),
                    readings_waiting: core.waiting(),
                    deeds_waiting: core.deeds_waiting(),
                    stored: core.tally().stored,
                    quarantined: core.tally().quarantined.values().sum(),
                }
            };
            // Not synced: after a power cut there is nothing to tell.
            let beside = self.path.with_extension("new");
            let written = serde_json::to_vec(&health)
                .map_err(std::io::Error::other)
                .and_then(|bytes| std::fs::write(&beside, bytes))
                .and_then(|()| std::fs::rename(&beside, &self.path));
            if let Err(why) = written {
                warn!("Cannot write `{}`: {why}", self.path.display());
            }
            sleep(HEALTH_PAUSE).await;
        }
    }
}

/// Reads the health file of a gateway and says what is wrong.
///
/// # Errors
/// A sentence: no file, an old file, no broker, or no room.
pub fn check_health(data_dir: &Path, now_ms: u64) -> Result<Health, String> {
    let path = data_dir.join("health.json");
    let bytes =
        std::fs::read(&path).map_err(|error| format!("`{}`: {error}; is the gateway running?", path.display()))?;
    let health: Health = serde_json::from_slice(&bytes).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let age_ms = now_ms.saturating_sub(health.time_ms);
    if age_ms > HEALTH_AGE_MS_MAX {
        return Err(format!("the gateway has been silent for {} s", age_ms / 1_000));
    }
    if !health.broker_connected {
        return Err("the gateway has no connection to the broker".to_owned());
    }
    if health.mode == Mode::SpoolFull {
        return Err("the spool is full; readings are refused".to_owned());
    }
    Ok(health)
}
