//! MQTT between line devices and the gateway.
//!
//! ```text
//! tt/v1/{org}/{site}/{line}/{device}/evt     device -> gateway   Reading    QoS 1
//! tt/v1/{org}/{site}/{line}/{device}/ack     gateway -> device   Ack        QoS 1
//! tt/v1/{org}/{site}/{line}/{device}/state   device, retained    {"online":bool,...}, also its will
//! ```
//! A reading is a fact that must not be lost: the device keeps it until an [`Ack`] whose `contiguous` covers its `seq`.
//! The gateway writes it to its spool and syncs the disk before it acknowledges. Numbers start at 0 with each boot id.
//!
//! The signature is ed25519 over `"tracelight/reading/v1" ‖ signed part`, where the signed part is the exact UTF-8 text
//! of the `body` field: a JSON document inside a JSON string, so that nobody has to agree on a canonical JSON.

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
    /// ed25519 signature over the body's bytes, base64.
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

/// What happened on the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LineOp {
    /// The line starts on a batch.
    OpenBatch {
        /// GTIN-14.
        gtin: String,
        /// Lot.
        lot: String,
    },
    /// A printed code was read on a good pack.
    Commission {
        /// What the scanner sent, as text; GS is U+001D.
        raw: String,
    },
    /// A code was read on a bad pack or label and will not be used.
    Reject {
        /// What the scanner sent.
        raw: String,
    },
    /// A commissioned pack goes into the open case.
    Pack {
        /// What the scanner sent.
        raw: String,
    },
    /// The open case is closed under its label.
    CloseCase {
        /// SSCC label, what the scanner sent.
        raw: String,
    },
    /// A closed case goes onto the open pallet.
    Stack {
        /// SSCC label, what the scanner sent.
        raw: String,
    },
    /// The open pallet is closed under its label.
    ClosePallet {
        /// SSCC label, what the scanner sent.
        raw: String,
    },
    /// The batch is done: seal it.
    CloseBatch,
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

/// Why a reading does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineReason {
    /// The payload is no reading.
    Malformed,
    /// The signature does not fit the device's key.
    BadSignature,
    /// The topic names a device the gateway does not know.
    UnknownDevice,
    /// Same boot and number, other content.
    Conflict,
    /// An earlier number of this boot is missing; send from `contiguous + 1`.
    SequenceGap,
    /// The scanner string cannot be parsed.
    BadRead,
    /// The code belongs to another product, another lot, or was never issued.
    ForeignCode,
    /// This code was read at this step already.
    Duplicate,
    /// Case where a pack belongs, or the other way round.
    WrongLevel,
    /// The pack was not commissioned, or was rejected.
    NotCommissioned,
    /// The step does not fit the state of the line.
    WrongStep,
    /// No batch is open on this line.
    NoOpenBatch,
    /// Nothing was packed or stacked.
    Empty,
    /// The batch or its codes could not be had from the server; try again.
    ServerUnreachable,
    /// The spool has reached its bound.
    SpoolFull,
    /// The batch has as many good and rejected packs as it was registered for; close it.
    QuotaReached,
}

/// The line's state, published by the gateway for displays (retained).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineState {
    /// Open batch.
    pub gtin: Option<String>,
    /// Open lot.
    pub lot: Option<String>,
    /// Good packs so far.
    pub commissioned: u64,
    /// Packs in the open case.
    pub in_case: u32,
    /// Cases on the open pallet.
    pub on_pallet: u32,
    /// Readings that are not final on the chain yet.
    pub waiting: u64,
}

/// Key of a device for signing readings, as the gateway's configuration names it.
pub type DeviceKey = Hex<tracelight_domain::ids::PublicKey>;
