//! From a payload to a reading that its device really signed. Pure.

use tracelight_api::line::{DeviceKey, LineReason, PAYLOAD_BYTES_MAX, Reading, ReadingBody};
use tracelight_proof::signed::verify_reading;

/// Characters of a stranger's text that a message repeats.
const SHOWN_MAX: usize = 80;

/// Why something does not count, for programs and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Stable name.
    pub reason: LineReason,
    /// What is wrong, where, and what to do.
    pub detail: String,
}

impl Objection {
    /// An objection.
    pub fn new(reason: LineReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

/// Reads a payload's outer and signed part, without looking at the signature.
///
/// # Errors
/// [`LineReason::Malformed`], with the position in the JSON text.
pub fn parse(payload: &[u8]) -> Result<(Reading, ReadingBody), Objection> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        let detail = format!("the payload has {} bytes, at most {PAYLOAD_BYTES_MAX} are allowed", payload.len());
        return Err(Objection::new(LineReason::Malformed, detail));
    }
    let malformed = |part: &str, error: &serde_json::Error| {
        Objection::new(LineReason::Malformed, format!("{part}: {}", shown(&error.to_string())))
    };
    let reading: Reading = serde_json::from_slice(payload).map_err(|error| malformed("payload", &error))?;
    let body: ReadingBody = serde_json::from_str(&reading.body).map_err(|error| malformed("body", &error))?;
    let boot_is_hex = body.boot.len() == 16 && body.boot.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !boot_is_hex {
        let detail = format!("body: `boot` is `{}`, expected 16 lower-case hex digits", shown(&body.boot));
        return Err(Objection::new(LineReason::Malformed, detail));
    }
    if body.seq == u64::MAX {
        return Err(Objection::new(LineReason::Malformed, "body: `seq` is out of range"));
    }
    Ok((reading, body))
}

/// Checks that the device signed the reading.
///
/// # Errors
/// [`LineReason::BadSignature`].
pub fn check_signature(reading: &Reading, key: &DeviceKey) -> Result<(), Objection> {
    let bad = |detail: &str| Objection::new(LineReason::BadSignature, detail);
    let signature: &[u8; 64] =
        reading.sig.0.as_slice().try_into().map_err(|_| bad("`sig` is not the base64 of 64 bytes"))?;
    verify_reading(&key.0, signature, reading.body.as_bytes())
        .map_err(|_| bad("the signature does not fit the body and the key registered for this device"))
}

/// The front of a stranger's text.
#[must_use]
pub fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
