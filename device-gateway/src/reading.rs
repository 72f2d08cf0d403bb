//! From a payload to a reading that its device really signed. Pure.

use tracelight_api::line::codec::{self, Unverified};
use tracelight_api::line::{DeviceKey, LineReason};
use tracelight_proof::signed::verify_reading;

/// Characters of a stranger's text that a message repeats.
const SHOWN_MAX: usize = 80;
/// Characters of a decoder's message.
const DETAIL_MAX: usize = 200;

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

/// Reads a payload, JSON or CBOR, without looking at the signature.
///
/// # Errors
/// [`LineReason::Malformed`], with the position.
pub fn parse(payload: &[u8]) -> Result<Unverified, Objection> {
    let malformed = |detail: String| Objection::new(LineReason::Malformed, detail);
    let reading = codec::decode(payload).map_err(|error| malformed(shown_at(&error.to_string(), DETAIL_MAX)))?;
    let boot = &reading.body.boot;
    let boot_is_hex = boot.len() == 16 && boot.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !boot_is_hex {
        let found = shown(boot);
        return Err(malformed(format!("body: `boot` is `{found}`, expected 16 lower-case hex digits")));
    }
    if reading.body.seq == u64::MAX {
        return Err(malformed("body: `seq` is out of range".to_owned()));
    }
    Ok(reading)
}

/// Why a reading is believed to be of the device that its topic names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The device signs with this key.
    Signed(DeviceKey),
    /// The broker lets nobody else publish there (mutual TLS and an access list). A signature is not looked at.
    Broker,
    /// It is a terminal: the gateway took the reading from whoever shows the terminal's token. What is published under its name
    /// is somebody else's.
    Terminal,
}

/// By which way a reading came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Published on a broker, or written here for a scanner that the broker vouches for.
    Broker,
    /// From the gateway's own page, over a call that showed the device's token.
    Terminal,
}

/// Checks that the reading is the device's.
///
/// # Errors
/// [`LineReason::BadSignature`].
pub fn check_signature(reading: &Unverified, trust: &Trust, way: Way) -> Result<(), Objection> {
    let bad = |detail: &str| Objection::new(LineReason::BadSignature, detail);
    let key = match (trust, way) {
        (Trust::Signed(key), _) => key,
        (Trust::Broker, Way::Broker) | (Trust::Terminal, Way::Terminal) => return Ok(()),
        (Trust::Terminal, Way::Broker) => {
            return Err(bad(
                "this device is a terminal: its readings come over the gateway's own page, never by the broker",
            ));
        }
        (Trust::Broker, Way::Terminal) => return Err(bad("this device reports by the broker, not over a page")),
    };
    let signature: &[u8; 64] = reading.sig.as_slice().try_into().map_err(|_| bad("`sig` is not 64 bytes"))?;
    verify_reading(&key.0, signature, &reading.signed)
        .map_err(|_| bad("the signature does not fit the body and the key registered for this device"))
}

/// The front of a stranger's text.
#[must_use]
pub fn shown(text: &str) -> String {
    shown_at(text, SHOWN_MAX)
}

fn shown_at(text: &str, max: usize) -> String {
    text.chars().take(max).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
