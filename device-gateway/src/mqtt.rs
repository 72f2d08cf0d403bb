//! The broker: the client of `tracelight-mqtt`, and the broker that a demonstration runs inside the gateway.

pub mod broker;

pub use tracelight_mqtt::*;
