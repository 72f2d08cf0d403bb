//! The host's connection: a session of its own with its own will, what it hears to the core.

use super::host::{Delivery, Effect, Fault, Host, Received, Settings, Source};
use super::payload::Value;
use super::topic::NodeId;
use crate::core::{Core, Lookup};
use crate::intake::{IntakeError, now_ms};
use crate::mqtt::{Bus, BusError, Keep, Message, Rumqtt};
use crate::topic::Place;
use crate::uplink::lock;
use crate::vouch::{Station, Voucher};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;
use tracelight_api::line::{Ack, AckOutcome};
use tracelight_listen::stopped;
use tracing::{error, info, warn};

/// Longest sleep between two looks at the host's timers.
const TICK_MAX: Duration = Duration::from_millis(500);

/// Which metric is a scanner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricName {
    /// Node and device.
    pub source: Source,
    /// Name of a metric of text type.
    pub metric: String,
}

/// As what its values count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanner {
    /// Where the readings are kept.
    pub place: Place,
    /// What a code there means.
    pub station: Station,
}

/// The host, shared with the will that each connection takes from it.
pub type SharedHost = Arc<Mutex<Host>>;

/// A host that nobody is connected to yet.
#[must_use]
pub fn shared(settings: Settings) -> SharedHost {
    Arc::new(Mutex::new(Host::new(settings)))
}

/// Topic and payload of the will of the connection that is about to be made.
#[must_use]
pub fn will(host: &SharedHost) -> (String, Vec<u8>) {
    held(host).connecting(now_ms())
}

fn held(host: &SharedHost) -> std::sync::MutexGuard<'_, Host> {
    host.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes what the edge nodes say to the core.
pub struct Link {
    bus: Rumqtt,
    host: SharedHost,
    core: Arc<Mutex<Core>>,
    scanners: BTreeMap<MetricName, Scanner>,
    voucher: Voucher,
}

impl Link {
    /// A link over a bus whose will is made by [`will`].
    #[must_use]
    pub const fn new(
        bus: Rumqtt,
        host: SharedHost,
        core: Arc<Mutex<Core>>,
        scanners: BTreeMap<MetricName, Scanner>,
        voucher: Voucher,
    ) -> Self {
        Self { bus, host, core, scanners, voucher }
    }

    /// Runs until asked to end.
    ///
    /// # Errors
    /// [`IntakeError`]; everything has to be opened again.
    pub async fn run(&mut self, mut stop: watch::Receiver<bool>) -> Result<(), IntakeError> {
        let mut connections = self.bus.connections();
        // The first connection may be up already.
        connections.mark_changed();
        loop {
            let wakes = held(&self.host).wakes_at_ms().map(|at| Duration::from_millis(at.saturating_sub(now_ms())));
            let effects = tokio::select! {
                changed = connections.changed() => {
                    changed.map_err(|_| BusError::Closed)?;
                    if *connections.borrow() == 0 { continue }
                    held(&self.host).connected(now_ms())
                }
                message = self.bus.next() => self.heard(&message?).await,
                () = sleep(wakes.unwrap_or(TICK_MAX).min(TICK_MAX)) => held(&self.host).tick(now_ms()),
                () = stopped(&mut stop) => {
                    let death = held(&self.host).stopping(now_ms());
                    self.apply(vec![death]).await?;
                    return Ok(());
                }
            };
            self.apply(effects).await?;
        }
    }

    async fn heard(&self, message: &Message) -> Vec<Effect> {
        let received = Received { topic: &message.topic, payload: &message.payload, retained: message.retained };
        let effects = held(&self.host).received(received, now_ms());
        // STATE and deaths come at QoS 1. There is nothing to make durable of them.
        if let Err(why) = self.bus.ack(message.token).await {
            warn!(topic = message.topic, "A message stays unacknowledged and will come again: {why}");
        }
        effects
    }

    async fn apply(&mut self, effects: Vec<Effect>) -> Result<(), IntakeError> {
        let mut stored = false;
        for effect in effects {
            match effect {
                Effect::Subscribe(filter) => self.bus.subscribe(&filter).await?,
                Effect::Publish { topic, payload, delivery } => {
                    let keep = match delivery {
                        Delivery::State => Keep::Retained,
                        Delivery::Command => Keep::AtMostOnce,
                    };
                    if let Err(why) = self.bus.publish(&topic, payload, keep).await {
                        warn!(topic, "A message of the Sparkplug host could not be sent: {why}");
                    }
                }
                Effect::Online { source, .. } => info!("{} is online", told(&source)),
                Effect::Offline { source, .. } => warn!("{} is offline; its values are stale", told(&source)),
                Effect::Fault { node, fault } => tell(&node, &fault),
                Effect::Value { source, name, value: Value::Text(code), .. } => {
                    stored |= self.scanned(MetricName { source, metric: name }, code)?;
                }
                Effect::Value { .. } => {}
            }
        }
        if stored {
            lock(&self.core).sync()?;
        }
        Ok(())
    }

    /// A text value: a reading, when it is of a scanner.
    fn scanned(&mut self, name: MetricName, code: String) -> Result<bool, IntakeError> {
        let Some(Scanner { place, station }) = self.scanners.get(&name) else { return Ok(false) };
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| IntakeError::Random(error.to_string()))?;
        let incoming = match self.voucher.reading(place, station.op(code), now_ms(), salt) {
            Ok(incoming) => incoming,
            Err(why) => {
                warn!(place = %place, "A value of {} is no reading: {why}", told(&name.source));
                return Ok(false);
            }
        };
        let ack = lock(&self.core).handle(&incoming, &Lookup::Kept)?;
        self.voucher.answered(place, &ack);
        answer(place, &ack);
        Ok(true)
    }
}

/// Nobody listens for answers on Sparkplug's side: the log and the counters have to say it.
fn answer(place: &Place, ack: &Ack) {
    let detail = ack.detail.as_deref().unwrap_or_default();
    match ack.outcome {
        AckOutcome::Stored | AckOutcome::AlreadyStored => {}
        AckOutcome::Quarantined => warn!(place = %place, "A value does not count: {detail}"),
        AckOutcome::Refused => error!(place = %place, "A value was not taken and is lost to the line: {detail}"),
    }
}

fn told(source: &Source) -> String {
    match &source.device {
        None => format!("edge node {}", source.node),
        Some(device) => format!("device {device} of edge node {}", source.node),
    }
}

fn tell(node: &NodeId, fault: &Fault) {
    warn!(node = %node, ?fault, "Edge node {node}: {fault:?}");
}
