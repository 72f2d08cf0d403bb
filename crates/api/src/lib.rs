//! Wire contracts: what travels between programs, and between us and integrators. `serde` lives here and nowhere below.
//!
//! | module | between |
//! |---|---|
//! | [`chain`] | chain-node and its callers (RPC v1) |
//! | [`rest`] | server and consoles, partners, gateways (REST v1) |
//! | [`line`] | line devices and the gateway (MQTT, `tt/v1`) |
//! | [`linkset`] | the Digital Link resolver and whoever asks it (RFC 9264) |
//! | [`vrs`] | trading partners who verify a pack's identifier (GS1 Lightweight Messaging) |
//! | [`problem`] | errors of both HTTP interfaces (RFC 9457) |
//!
//! Ids travel as text in their usual form (GTIN and SSCC as digits, hashes as lower-case hex), canonical bytes as base64.

pub mod chain;
pub mod line;
pub mod linkset;
pub mod problem;
pub mod rest;
mod text;
pub mod vrs;

pub use text::{Base64, Hex, Text};
