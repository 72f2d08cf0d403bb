//! The broker, behind a trait of five functions. The only place that knows which MQTT library is used.
//!
//! * QoS 1 both ways, a persistent session, MQTT 3.1.1.
//! * A message is acknowledged to the broker by hand, after the disk was synced, strictly in the order of receipt.
//!   Acknowledgements of an earlier connection are dropped: the broker sends those messages again.
//! * The connection is polled in its own task, reconnects with a growing pause, and subscribes anew each time.
//! * Every queue is bounded. When the queue of received messages is full, a message is dropped unacknowledged and counted:
//!   its sender has no answer and sends again.

mod ack_order;
pub mod broker;
#[cfg(test)]
pub(crate) mod memory;
mod rumqtt;

pub use rumqtt::{MqttConfig, Rumqtt};

use async_trait::async_trait;
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
