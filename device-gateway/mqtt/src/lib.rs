//! The broker, behind a trait of five functions. The only crate that knows which MQTT library is used: the gateway and the line
//! that plays against it are its two clients.
//!
//! * QoS 1 both ways, a persistent session, MQTT 3.1.1; a Sparkplug host has a clean one and sends its commands at QoS 0.
//! * Over TLS the broker's certificate is checked against the named authority and nothing else.
//! * A message is acknowledged to the broker by hand, after the disk was synced, strictly in the order of receipt.
//!   Acknowledgements of an earlier connection are dropped: the broker sends those messages again.
//! * The connection is polled in its own task or in that of whoever answers, reconnects with a growing pause, and subscribes anew each time.
//! * Every queue is bounded. When the queue of received messages is full, a message is dropped unacknowledged and counted:
//!   its sender has no answer and sends again.

mod ack_order;
mod coalesced;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
mod rumqtt;
pub mod topic;

pub use rumqtt::{Connection, MqttConfig, Rumqtt, Session, TlsFiles, Will};

use async_trait::async_trait;
use std::time::Duration;
use thiserror::Error;

/// Names a received message until it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckToken {
    /// Which connection it came on.
    pub generation: u64,
    /// Which message of that connection.
    pub number: u64,
}

/// A received message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its topic.
    pub topic: String,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// From the broker's memory: published before this client subscribed.
    pub retained: bool,
    /// What to acknowledge.
    pub token: AckToken,
}

/// Does the broker keep the last message of the topic?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// For whoever subscribes later.
    Retained,
    /// No.
    No,
    /// No, and at most once (QoS 0): what Sparkplug asks of its commands.
    AtMostOnce,
}

/// Why the broker could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BusError {
    /// The client was closed.
    #[error("the connection to the broker was closed")]
    Closed,
    /// Too much waits to be sent.
    #[error("messages to the broker queue up; is it reachable?")]
    Congested,
    /// The library refused.
    #[error("the broker's client refuses: {0}")]
    Client(String),
}

/// A broker.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Subscribes now and after each reconnection.
    ///
    /// # Errors
    /// [`BusError`].
    async fn subscribe(&self, filter: &str) -> Result<(), BusError>;
    /// The next message. One caller at a time.
    ///
    /// # Errors
    /// [`BusError::Closed`].
    async fn next(&self) -> Result<Message, BusError>;
    /// What is there already, oldest first, at most `max`. Waits for nothing.
    fn waiting(&self, max: usize) -> Vec<Message>;
    /// Lets messages gather for so long, and takes in what has come.
    async fn gather(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
    /// Acknowledges a message to the broker. Of an earlier connection: does nothing.
    ///
    /// # Errors
    /// [`BusError`].
    async fn ack(&self, token: AckToken) -> Result<(), BusError>;
    /// Sends a message; returns when it is queued.
    ///
    /// # Errors
    /// [`BusError::Congested`] when it could not be queued in time.
    async fn publish(&self, topic: &str, payload: Vec<u8>, keep: Keep) -> Result<(), BusError>;
    /// Is there a connection right now?
    fn is_connected(&self) -> bool;
}

/// Does the URL ask for TLS?
#[must_use]
pub fn is_tls(url: &str) -> bool {
    url.starts_with("mqtts://")
}

/// What is named by half, or against the address, of how to connect; `files` are authority, certificate and its key, `login` user and
/// password: is each named?
#[must_use]
pub fn named_by_half(tls: bool, files: [bool; 3], login: [bool; 2]) -> Vec<&'static str> {
    let ([authority, certificate, key], [user, password]) = (files, login);
    [
        (tls != authority, "`ca_file` and an address of the form mqtts://host:port go together"),
        (certificate != key, "`client_cert_file` and `client_key_file` go together"),
        (certificate && !tls, "a certificate is of use over mqtts:// only"),
        (user != password, "`username` and `password_file` go together"),
    ]
    .into_iter()
    .filter_map(|(wrong, what)| wrong.then_some(what))
    .collect()
}

/// Host and port of `mqtt://host:port` or `mqtts://host:port`.
#[must_use]
pub fn broker_address(url: &str) -> Option<(String, u16)> {
    let rest = url.strip_prefix("mqtt://").or_else(|| url.strip_prefix("mqtts://"))?;
    let (host, port) = rest.trim_end_matches('/').rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    (!host.is_empty() && !host.contains(['/', '@'])).then(|| (host.to_owned(), port))
}
