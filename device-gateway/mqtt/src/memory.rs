//! A broker in memory, for tests: keeps unacknowledged messages and sends them again after [`MemoryBus::reconnect`].

use super::ack_order::AckOrder;
use super::{AckToken, Bus, BusError, Keep, Message};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What was published: topic, bytes, whether retained.
pub type Published = (String, Vec<u8>, Keep);

#[derive(Default)]
struct State {
    inbox: VecDeque<Message>,
    unacked: VecDeque<Message>,
    order: AckOrder<AckToken>,
    published: Vec<Published>,
}

/// The broker.
#[derive(Default)]
pub struct MemoryBus {
    state: Mutex<State>,
    arrived: Notify,
}

impl MemoryBus {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device publishes.
    pub fn device_sends(&self, topic: &str, payload: Vec<u8>) {
        let mut state = self.state();
        state.enqueue(topic.to_owned(), payload);
        drop(state);
        self.arrived.notify_one();
    }

    /// The connection breaks and comes back: everything unacknowledged is sent again.
    pub fn reconnect(&self) {
        let mut state = self.state();
        state.order.reconnected();
        state.inbox.clear();
        for message in std::mem::take(&mut state.unacked) {
            state.enqueue(message.topic, message.payload);
        }
        drop(state);
        self.arrived.notify_one();
    }

    /// Takes what was published since the last call.
    pub fn take_published(&self) -> Vec<Published> {
        std::mem::take(&mut self.state().published)
    }

    /// Messages that the gateway has not acknowledged.
    pub fn unacknowledged(&self) -> usize {
        self.state().unacked.len()
    }
}

impl State {
    fn enqueue(&mut self, topic: String, payload: Vec<u8>) {
        // The token is the thing to acknowledge, and is known only after it was received.
        let placeholder = AckToken { generation: 0, number: 0 };
        let token = self.order.received(placeholder);
        let message = Message { topic, payload, retained: false, token };
        self.inbox.push_back(message.clone());
        self.unacked.push_back(message);
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn subscribe(&self, _filter: &str) -> Result<(), BusError> {
        Ok(())
    }

    async fn next(&self) -> Result<Message, BusError> {
        loop {
            {
                let mut state = self.state();
                if let Some(message) = state.inbox.pop_front() {
                    return Ok(message);
                }
            }
            self.arrived.notified().await;
        }
    }

    fn waiting(&self, max: usize) -> Vec<Message> {
        let mut state = self.state();
        let count = max.min(state.inbox.len());
        state.inbox.drain(..count).collect()
    }

    async fn ack(&self, token: AckToken) -> Result<(), BusError> {
        let mut state = self.state();
        let ready = state.order.acknowledge(token).len();
        state.unacked.drain(..ready);
        Ok(())
    }

    async fn publish(&self, topic: &str, payload: Vec<u8>, keep: Keep) -> Result<(), BusError> {
        self.state().published.push((topic.to_owned(), payload, keep));
        Ok(())
    }

    fn is_connected(&self) -> bool {
        true
    }
}
