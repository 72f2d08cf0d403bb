//! A Sparkplug B 3.0 host application without network and clock: messages and moments in, effects out.
//!
//! ```text
//! connecting --> CONNECT with will STATE offline(t)          clean session; t is the moment of this very CONNECT
//! connected  --> subscribe STATE/{host} and {group}/#, then publish STATE online(t)
//!
//! node:  unknown --NBIRTH(bdSeq, seq)--> online --data, DBIRTH, DDEATH with the next seq--> online
//!                                          |  seq ahead: kept, timer; the gap closes: on in order
//!                                          |  timer: what was kept is taken in order, rebirth is asked for
//!                                          +--NDEATH of the same bdSeq--> offline, everything stale
//! data of an unknown or offline node, an unknown alias or name --> rebirth is asked for
//! ```
//! * A retained birth is no birth: the broker's memory says nothing about now.
//! * Values of births are the present state of a node and no events. Values of data are handed on one by one; historical
//!   ones too, marked as such, and they never replace the present value.
//! * One node is asked for rebirth at most once in [`Settings::rebirth_pause_ms`].
//! * Everything a stranger could fill is bounded: see [`Settings`]. What is over a bound is refused with a [`Fault`].

use super::node::{Node, Taken};
use super::payload::{self, DataType, Metric, Payload, Value, metric};
use super::topic::{self, Kind, NodeId, Topic};
use prost::Message as _;
use std::collections::BTreeMap;

/// How the host behaves. All bounds are hard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its id: last level of its STATE topic, unique in the plant.
    pub host_id: String,
    /// Groups that it listens to.
    pub groups: Vec<String>,
    /// How long it waits for a missing number before it asks for a rebirth.
    pub reorder_ms: u64,
    /// Between two requests for rebirth to one node.
    pub rebirth_pause_ms: u64,
    /// Edge nodes. One of 4,096 metrics takes about 1 MB.
    pub nodes_max: usize,
    /// Metrics of one node and all its devices.
    pub metrics_max: usize,
    /// Devices of one node.
    pub devices_max: usize,
}

impl Settings {
    /// Usual bounds.
    #[must_use]
    pub fn new(host_id: &str, groups: Vec<String>) -> Self {
        Self {
            host_id: host_id.to_owned(),
            groups,
            reorder_ms: 2_000,
            rebirth_pause_ms: 5_000,
            nodes_max: 256,
            metrics_max: 16_384,
            devices_max: 256,
        }
    }
}

/// Delivery of a message that the host sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// QoS 1, retained: STATE.
    State,
    /// QoS 0, not retained: commands.
    Command,
}

/// What the program around the host has to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Subscribe at QoS 1.
    Subscribe(String),
    /// Publish.
    Publish {
        /// Where.
        topic: String,
        /// What.
        payload: Vec<u8>,
        /// How.
        delivery: Delivery,
    },
    /// A node or device came.
    Online {
        /// Which.
        source: Source,
        /// When it says so.
        at_ms: u64,
    },
    /// A node or device is gone; its values are stale, not false.
    Offline {
        /// Which.
        source: Source,
        /// Since when: the host's clock for a node, the message's for a device.
        at_ms: u64,
    },
    /// A value was reported.
    Value {
        /// By whom.
        source: Source,
        /// Name of the metric.
        name: String,
        /// What.
        value: Value,
        /// When it was measured: the metric's time, else the message's.
        at_ms: u64,
        /// It was stored and forwarded: an event of then, not the present value.
        historical: bool,
    },
    /// Something is wrong with what an edge node sends.
    Fault {
        /// Which node.
        node: NodeId,
        /// What.
        fault: Fault,
    },
}

/// A node, or a device of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The node.
    pub node: NodeId,
    /// The device.
    pub device: Option<String>,
}

/// What is wrong with what an edge node sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The payload is none, or over a bound.
    Payload(String),
    /// A message that has to carry a number has none, or one over 255.
    NoSequence,
    /// Numbers are missing, and did not come in time.
    Gap {
        /// The number that was waited for.
        expected: u8,
    },
    /// A number that was there already.
    Repeated {
        /// It.
        seq: u8,
    },
    /// A birth or death without `bdSeq`.
    NoBirthNumber,
    /// A death of an earlier session.
    LateDeath,
    /// A retained birth or value: the broker's memory.
    Retained,
    /// Data of a node or device that was not born, or is gone.
    NotBorn,
    /// Data under a name or alias that no birth has told.
    UnknownMetric(String),
    /// A birth with a metric that has no name or no known type, or an alias that is taken.
    BadBirth(String),
    /// A value that is not of the type that its birth told.
    WrongType(String),
    /// More nodes, devices or metrics than the host keeps.
    TooMany(&'static str),
}

/// A received message.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Topic.
    pub topic: &'a str,
    /// Bytes.
    pub payload: &'a [u8],
    /// From the broker's memory.
    pub retained: bool,
}

/// The host.
#[derive(Debug)]
pub struct Host {
    settings: Settings,
    nodes: BTreeMap<NodeId, Node>,
    /// Moment of the present connection's CONNECT, which will and birth carry.
    session_ms: u64,
    online: bool,
}

impl Host {
    /// A host that is not connected.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self { settings, nodes: BTreeMap::new(), session_ms: 0, online: false }
    }

    /// A connection is about to be made: topic and payload of its will (QoS 1, retained).
    pub fn connecting(&mut self, now_ms: u64) -> (String, Vec<u8>) {
        // A clock that was put back must not make the new birth older than the last death.
        self.session_ms = now_ms.max(self.session_ms + 1);
        self.online = false;
        (topic::state(&self.settings.host_id), state_payload(false, self.session_ms))
    }

    /// The connection is made. Nodes that are known from an earlier one are asked to say everything anew: a death may
    /// have been missed.
    pub fn connected(&mut self, now_ms: u64) -> Vec<Effect> {
        self.online = true;
        let own = Effect::Subscribe(topic::state(&self.settings.host_id));
        let groups = self.settings.groups.iter().map(|group| Effect::Subscribe(topic::group_filter(group)));
        let birth = self.say(true, self.session_ms);
        let mut effects: Vec<Effect> = std::iter::once(own).chain(groups).chain([birth]).collect();
        for node in self.nodes.values_mut() {
            node.reconnected(&self.settings, now_ms, &mut effects);
        }
        effects
    }

    /// The program ends by itself: its death, before DISCONNECT.
    pub fn stopping(&mut self, now_ms: u64) -> Effect {
        self.online = false;
        self.say(false, now_ms.max(self.session_ms))
    }

    fn say(&self, online: bool, at_ms: u64) -> Effect {
        Effect::Publish {
            topic: topic::state(&self.settings.host_id),
            payload: state_payload(online, at_ms),
            delivery: Delivery::State,
        }
    }

    /// Takes a message.
    pub fn received(&mut self, message: Received<'_>, now_ms: u64) -> Vec<Effect> {
        match Topic::parse(message.topic) {
            None | Some(Topic::Edge { kind: Kind::Command, .. }) => Vec::new(),
            Some(Topic::State { host }) => self.state(&host, message.payload),
            Some(Topic::Edge { node, device, kind }) => {
                let mut effects = Vec::new();
                self.edge(message, now_ms, (node, device, kind), &mut effects);
                effects
            }
        }
    }

    /// Another session of this host, or its own will come late, says that it is gone: it is not.
    fn state(&self, host: &str, payload: &[u8]) -> Vec<Effect> {
        let says_gone = serde_json::from_slice::<serde_json::Value>(payload)
            .is_ok_and(|state| state.get("online").and_then(serde_json::Value::as_bool) == Some(false));
        let contradict = self.online && host == self.settings.host_id && says_gone;
        if contradict { vec![self.say(true, self.session_ms)] } else { Vec::new() }
    }

    fn edge(
        &mut self,
        message: Received<'_>,
        now_ms: u64,
        (id, device, kind): (NodeId, Option<String>, Kind),
        effects: &mut Vec<Effect>,
    ) {
        let fault = |fault| Effect::Fault { node: id.clone(), fault };
        if !self.settings.groups.contains(&id.group) {
            return;
        }
        if message.retained {
            effects.push(fault(Fault::Retained));
            return;
        }
        let payload = match payload::decode(message.payload) {
            Ok(payload) => payload,
            Err(what) => {
                effects.push(fault(Fault::Payload(what)));
                return;
            }
        };
        if !self.nodes.contains_key(&id) && self.nodes.len() >= self.settings.nodes_max {
            effects.push(fault(Fault::TooMany("edge nodes")));
            return;
        }
        let node = self.nodes.entry(id.clone()).or_insert_with(|| Node::new(id));
        node.take(&self.settings, Taken { payload, device, kind, now_ms }, effects);
    }

    /// When [`Host::tick`] has something to do next, if ever.
    #[must_use]
    pub fn wakes_at_ms(&self) -> Option<u64> {
        self.nodes.values().filter_map(Node::deadline_ms).min()
    }

    /// Time has passed: gaps that did not close.
    pub fn tick(&mut self, now_ms: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        for node in self.nodes.values_mut() {
            node.tick(&self.settings, now_ms, &mut effects);
        }
        effects
    }

    /// Is it there, as far as the host knows?
    #[must_use]
    pub fn is_online(&self, source: &Source) -> bool {
        self.nodes.get(&source.node).is_some_and(|node| node.is_online(source.device.as_deref()))
    }

    /// The present value of a metric and whether it is stale.
    #[must_use]
    pub fn value(&self, source: &Source, name: &str) -> Option<(&Value, bool)> {
        self.nodes.get(&source.node)?.value(source.device.as_deref(), name)
    }
}

/// `{"online":true,"timestamp":1}`.
fn state_payload(online: bool, at_ms: u64) -> Vec<u8> {
    format!("{{\"online\":{online},\"timestamp\":{at_ms}}}").into_bytes()
}

/// The command that asks a node to say everything anew. It carries no number.
pub(super) fn rebirth(node: &NodeId, now_ms: u64) -> Effect {
    let metric = Metric {
        name: Some(super::REBIRTH.to_owned()),
        timestamp: Some(now_ms),
        datatype: Some(DataType::Boolean as u32),
        value: Some(metric::Value::Boolean(true)),
        ..Metric::default()
    };
    let payload = Payload { timestamp: Some(now_ms), metrics: vec![metric], ..Payload::default() };
    Effect::Publish { topic: topic::node_command(node), payload: payload.encode_to_vec(), delivery: Delivery::Command }
}
