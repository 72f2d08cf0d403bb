//! MQTT between line devices and the gateway.
//!
//! ```text
//! tt/v1/{org}/{site}/{line}/{device}/evt     device -> gateway   Reading    QoS 1
//! tt/v1/{org}/{site}/{line}/{device}/raw     scanner -> gateway  a code     QoS 1, answered like a reading
//! tt/v1/{org}/{site}/{line}/{device}/ack     gateway -> device   Ack        QoS 1
//! tt/v1/{org}/{site}/{line}/{device}/state   device, retained    {"online":bool,...}, also its will
//! tt/v1/{org}/{site}/{line}/{gateway}/state  gateway, retained   LineState
//! ```
//! A reading is a fact that must not be lost: the device keeps it until an [`Ack`] whose `contiguous` covers its `seq`.
//! The gateway writes it to its spool and syncs the disk before it acknowledges. Numbers start at 0 with each boot id.
//!
//! A reading travels as JSON or as CBOR (RFC 8949), see [`codec`]; its answer comes in the same. Both carry the same types
//! under the same names. The signature is ed25519 over `"tracelight/reading/v1" ‖ signed part`, where the signed part is
//! the exact bytes of the `body` field: text that holds JSON, or a byte string that holds CBOR. Nobody has to agree on a
//! canonical form. A device whose broker knows it by its certificate may be configured to sign nothing; `sig` is empty then.
//!
//! A whole order on a line:
//!
//! ```text
//! open_batch -> print, verify -> commission | reject | sample | invalidate -> pack, close_bundle, pack, close_case,
//!   stack, close_pallet -> (break, unpack, replace: rework) -> close_batch -> release_batch
//! ```

pub mod codec;
mod op;
mod reason;
mod state;

pub use op::{Aggregation, Counted, Fill, LineOp, Order, Purpose};
pub use reason::LineReason;
pub use state::{JobState, LastClose, LineState, Reconciliation, SerialState};

use crate::text::{Base64, Hex};
use serde::{Deserialize, Serialize};

/// Bytes of one MQTT payload.
pub const PAYLOAD_BYTES_MAX: usize = 16 * 1024;

/// What a device publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// [`ReadingBody`] as JSON text.
    pub body: String,
    /// ed25519 signature over the body's bytes, base64; empty where the broker vouches for the device.
    pub sig: Base64,
}

/// The signed part of a reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingBody {
    /// Drawn anew at every start of the device, 16 hex digits.
    pub boot: String,
    /// Gapless within a boot, from 0.
    pub seq: u64,
    /// Device clock, milliseconds since 1970. Informative.
    pub ts_ms: u64,
    /// What the device saw or was told.
    pub op: LineOp,
}

/// What the gateway answers, once for each reading, after the disk is synced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The reading's boot id; empty when the payload could not be read.
    pub boot: String,
    /// The reading's number.
    pub seq: Option<u64>,
    /// What became of it.
    pub outcome: AckOutcome,
    /// Highest number up to which the gateway holds every reading of this boot; absent before number 0.
    pub contiguous: Option<u64>,
    /// Stable name of the reason, when it was not stored as a good reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<LineReason>,
    /// What is wrong, where, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What the operator can do about it: [`LineReason::way_out`], for displays that show nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_out: Option<String>,
}

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckOutcome {
    /// On disk, counts.
    Stored,
    /// Was on disk already; harmless.
    AlreadyStored,
    /// On disk in quarantine with its reason; does not count.
    Quarantined,
    /// Not stored: the device must keep it and send again (spool full, number gap).
    Refused,
}

/// Key of a device for signing readings, as the gateway's configuration names it.
pub type DeviceKey = Hex<tracelight_domain::ids::PublicKey>;
