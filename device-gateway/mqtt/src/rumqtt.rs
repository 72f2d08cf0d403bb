//! The client: `rumqttc-v4-next` (library name `rumqttc`), pinned.

use super::ack_order::AckOrder;
use super::coalesced::Coalesced;
use super::{AckToken, Bus, BusError, Keep, Message};
use async_trait::async_trait;
use bytes::Bytes;
use rumqttc::{
    AckMode, AsyncClient, ClientError, Event, EventLoop, LastWill, ManualAck, MqttOptions, NetworkOptions, Packet,
    Publish, PublishOptions, QoS, TlsConfiguration, Transport,
};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// Received messages that wait. Mosquitto sends at most 20 before an acknowledgement; 1,024 of 16 KiB are 16 MB.
const RECEIVED_MAX: usize = 1_024;
/// Requests that wait to be sent.
const REQUESTS_MAX: usize = 1_024;
/// Requests that share one write to the connection, and packets that share one read.
const BATCH_MAX: usize = 128;
/// Messages that are sent before the first of them is acknowledged.
const INFLIGHT_MAX: u16 = 128;
/// How long a publish may wait for room in the queue.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause before the first and the longest before any further attempt to connect.
const RECONNECT_MIN: Duration = Duration::from_millis(100);
const RECONNECT_MAX: Duration = Duration::from_secs(5);
/// Seconds between signs of life.
const KEEP_ALIVE_S: u16 = 15;
/// Largest packet of MQTT 3.1.1. A smaller bound here would break the connection over and over again while the broker
/// holds one large message; our own bound is checked on the payload. The broker's bound is `message_size_limit`.
const PACKET_BYTES_MAX: usize = 268_435_455;

/// Which broker, and as whom.
#[derive(Clone)]
pub struct MqttConfig {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Names the persistent session; unique at the broker.
    pub client_id: String,
    /// User name and password.
    pub login: Option<(String, String)>,
    /// TLS, with or without a certificate of this client.
    pub tls: Option<TlsFiles>,
    /// What the broker keeps for this client.
    pub session: Session,
    /// What the broker publishes (QoS 1, retained) when this client is gone.
    pub will: Option<Will>,
}

/// Makes topic and payload of a will, anew for each connection.
pub type Will = Arc<dyn Fn() -> (String, Vec<u8>) + Send + Sync>;

/// What the broker keeps for a client that is not connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// Subscriptions, and messages of QoS 1.
    Persistent,
    /// Nothing.
    Clean,
}

/// Certificates and keys, PEM, as they lie on disk. Read once, when the connection is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Of the authority that signed the broker's certificate. No other is believed.
    pub ca: PathBuf,
    /// Certificate chain and key of this client.
    pub client: Option<(PathBuf, PathBuf)>,
}

impl TlsFiles {
    fn transport(&self) -> io::Result<Transport> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
        };
        let client_auth = match &self.client {
            Some((certificate, key)) => Some((read(certificate)?, read(key)?)),
            None => None,
        };
        let tls = TlsConfiguration::Simple { ca: read(&self.ca)?, alpn: None, client_auth };
        Ok(Transport::tls_with_config(tls))
    }
}

#[derive(Default)]
struct Shared {
    order: Mutex<AckOrder<ManualAck>>,
    filters: Mutex<BTreeSet<String>>,
    connected: AtomicBool,
    dropped: AtomicU64,
    /// Connections so far.
    connections: watch::Sender<u64>,
}

impl Shared {
    fn order(&self) -> MutexGuard<'_, AckOrder<ManualAck>> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn filters(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that mends itself. Dropping it ends the task and leaves the session at the broker.
pub struct Rumqtt {
    client: AsyncClient,
    shared: Arc<Shared>,
    received: tokio::sync::Mutex<Receiver<Message>>,
    task: Option<JoinHandle<()>>,
}

/// What connects, sends and receives for a [`Rumqtt`], for as long as it is polled.
pub struct Connection {
    poller: Poller,
    events: EventLoop,
}

impl Connection {
    /// Returns when its [`Rumqtt`] is gone.
    pub async fn run(self) {
        self.poller.run(self.events).await;
    }
}

impl Rumqtt {
    /// Starts to connect, in a task of its own. Needs a running tokio runtime.
    ///
    /// # Errors
    /// When a file for TLS cannot be read.
    pub fn start(config: &MqttConfig) -> io::Result<Self> {
        let (mut bus, connection) = Self::connect(config)?;
        bus.task = Some(tokio::spawn(connection.run()));
        Ok(bus)
    }

    /// Connects once the connection is run, by the task that also answers: then nothing is handed from thread to thread, and what
    /// is answered together leaves in one write. For a runtime of one thread: [`Bus::gather`] lets that thread sleep.
    ///
    /// # Errors
    /// When a file for TLS cannot be read.
    pub fn connect(config: &MqttConfig) -> io::Result<(Self, Connection)> {
        let mut options = MqttOptions::new(config.client_id.clone(), (config.host.clone(), config.port));
        options
            .set_keep_alive(KEEP_ALIVE_S)
            .set_ack_mode(AckMode::Manual)
            .set_clean_session(config.session == Session::Clean)
            .set_max_request_batch(BATCH_MAX)
            .set_read_batch_size(BATCH_MAX)
            .set_inflight(INFLIGHT_MAX)
            .set_socket_connector(|address, network| async move {
                Ok(Coalesced::new(rumqttc::default_socket_connect(address, network).await?))
            })
            .set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
        if let Some((user, password)) = &config.login {
            options.set_credentials(user.clone(), password.clone().into_bytes());
        }
        if let Some(tls) = &config.tls {
            options.set_transport(tls.transport()?);
        }
        let (client, mut events) = AsyncClient::builder(options).capacity(REQUESTS_MAX).build();
        // Or the kernel holds an answer back until the broker's machine has confirmed the one before: 40 ms.
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        events.set_network_options(network);
        let shared = Arc::new(Shared::default());
        let (sender, receiver) = channel(RECEIVED_MAX);
        let poller = Poller {
            client: client.clone(),
            shared: Arc::clone(&shared),
            sender,
            broker: format!("{}:{}", config.host, config.port),
            will: config.will.clone(),
            resubscribe: false,
        };
        let bus = Self { client, shared, received: tokio::sync::Mutex::new(receiver), task: None };
        Ok((bus, Connection { poller, events }))
    }

    /// Counts connections. It changes when one is up and its subscriptions are queued.
    #[must_use]
    pub fn connections(&self) -> watch::Receiver<u64> {
        self.shared.connections.subscribe()
    }

    /// Messages that found the queue full and were not acknowledged.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Rumqtt {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

struct Poller {
    client: AsyncClient,
    shared: Arc<Shared>,
    sender: Sender<Message>,
    broker: String,
    will: Option<Will>,
    /// Some filter did not fit into the queue of requests yet.
    resubscribe: bool,
}

impl Poller {
    async fn run(mut self, mut events: EventLoop) {
        let mut pause = RECONNECT_MIN;
        let mut up = false;
        self.renew_will(&mut events);
        while !self.sender.is_closed() {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    pause = RECONNECT_MIN;
                    // Before anything of the new connection is received: tokens of the old one end here.
                    self.shared.order().reconnected();
                    self.shared.connected.store(true, Ordering::Relaxed);
                    self.resubscribe = true;
                    up = true;
                    info!(broker = self.broker, "Connected to the broker {}", self.broker);
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => self.receive(publish),
                Ok(_) => {}
                Err(error) => {
                    self.shared.order().reconnected();
                    self.shared.connected.store(false, Ordering::Relaxed);
                    let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                    warn!(broker = self.broker, pause_ms, "No connection to the broker {}: {error}", self.broker);
                    sleep(pause).await;
                    pause = (pause * 2).min(RECONNECT_MAX);
                    self.renew_will(&mut events);
                }
            }
            if self.resubscribe {
                let filters = self.shared.filters().clone();
                self.resubscribe =
                    filters.iter().any(|filter| self.client.try_subscribe(filter.as_str(), QoS::AtLeastOnce).is_err());
            }
            if up && !self.resubscribe {
                up = false;
                self.shared.connections.send_modify(|count| *count += 1);
            }
        }
    }

    fn renew_will(&self, events: &mut EventLoop) {
        if let Some(will) = &self.will {
            let (topic, payload) = will();
            events.mqtt_options.set_last_will(LastWill::new(topic, payload, QoS::AtLeastOnce, true));
        }
    }

    fn receive(&self, publish: Publish) {
        let Ok(topic) = String::from_utf8(publish.topic.to_vec()) else { return };
        let mut order = self.shared.order();
        // QoS 0 needs no acknowledgement; it still gets a token, so that callers see one kind of message.
        let token = match self.client.prepare_ack(&publish) {
            Some(ack) => order.received(ack),
            None => AckToken { generation: u64::MAX, number: 0 },
        };
        let message = Message { topic, payload: publish.payload.to_vec(), retained: publish.retain, token };
        if self.sender.try_send(message).is_err() {
            order.dropped(token);
            let dropped = self.shared.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            warn!(dropped, "The queue of received messages is full; {dropped} dropped without an answer so far");
        }
    }
}

#[async_trait]
impl Bus for Rumqtt {
    async fn subscribe(&self, filter: &str) -> Result<(), BusError> {
        let new = self.shared.filters().insert(filter.to_owned());
        if !new || !self.is_connected() {
            // The connection subscribes to everything when it comes up.
            return Ok(());
        }
        let sent = self.client.subscribe(filter, QoS::AtLeastOnce);
        match timeout(PUBLISH_TIMEOUT, sent).await {
            Ok(done) => done.map(drop).map_err(|error| BusError::Client(error.to_string())),
            Err(_) => Err(BusError::Congested),
        }
    }

    async fn next(&self) -> Result<Message, BusError> {
        self.received.lock().await.recv().await.ok_or(BusError::Closed)
    }

    fn waiting(&self, max: usize) -> Vec<Message> {
        // Somebody else is waiting for the next one: it is theirs.
        let Ok(mut received) = self.received.try_lock() else { return Vec::new() };
        std::iter::from_fn(|| received.try_recv().ok()).take(max).collect()
    }

    async fn gather(&self, time: Duration) {
        if self.task.is_some() {
            sleep(time).await;
        } else {
            // Every message that comes alone would wake this thread, for more than it costs to handle it. So the thread sleeps.
            std::thread::sleep(time);
            // The connection's turn.
            yield_now().await;
        }
    }

    async fn ack(&self, token: AckToken) -> Result<(), BusError> {
        // Under the lock, so that a reconnection cannot come between the check of the generation and the queue.
        let mut order = self.shared.order();
        for ack in order.acknowledge(token) {
            self.client.try_manual_ack(ack).map_err(|_| BusError::Congested)?;
        }
        Ok(())
    }

    async fn publish(&self, topic: &str, payload: Vec<u8>, keep: Keep) -> Result<(), BusError> {
        let qos = if keep == Keep::AtMostOnce { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        let options = PublishOptions::new(qos).retain(keep == Keep::Retained);
        let payload = Bytes::from(payload);
        match self.client.try_publish(topic, payload.clone(), options) {
            Err(ClientError::RequestChannelFull(_)) => {}
            done => return done.map_err(|error| BusError::Client(error.to_string())),
        }
        match timeout(PUBLISH_TIMEOUT, self.client.publish(topic, payload, options)).await {
            Ok(done) => done.map_err(|error| BusError::Client(error.to_string())),
            Err(_) => Err(BusError::Congested),
        }
    }

    fn is_connected(&self) -> bool {
        self.shared.connected.load(Ordering::Relaxed)
    }
}
