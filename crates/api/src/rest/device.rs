//! Devices that sign for a member: the gateways of its packaging lines.
//!
//! A device is known to the chain by its public key alone; the key itself never leaves the device. Where it stands is a label on
//! the chain, for people: `line, site`. Taking a device out of service is a vote of the members (`tracelight govern`, change
//! `revoke_key` or `rotate_key`), because its key has signed for goods that others hold.

use super::Evidence;
use serde::{Deserialize, Serialize};

/// Bytes of a line's or a site's name.
pub const PLACE_BYTES_MAX: usize = 64;
/// Between line and site in the label on the chain.
const BETWEEN: &str = ", ";

/// Lets a device sign for the member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// Its ed25519 public key, 64 lower-case hexadecimal digits, as `device-gateway keygen` prints it.
    pub key: String,
    /// The line that it serves, 1 to 64 bytes: `line 2`.
    pub line: String,
    /// The site, 1 to 64 bytes without a comma: `Xi'an`.
    pub site: String,
}

/// A device of the reader's member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    /// Its public key, 64 hexadecimal digits.
    pub key: String,
    /// The line that it serves; empty for a key that took the place of another by a vote.
    pub line: String,
    /// The site; empty when the label on the chain names none.
    pub site: String,
    /// May it sign?
    pub state: DeviceState,
    /// The height from which it may not sign any more, when that was decided.
    pub until: Option<u64>,
    /// Its newest number on the chain; they run on from 0 without a gap. Absent before the first.
    pub last_sequence: Option<u64>,
    /// Its newest transaction on the chain.
    pub last_seen: Option<Evidence>,
    /// Its registration.
    pub registered: Evidence,
}

/// May a device sign?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Not yet: from a later height on.
    Waits,
    /// Yes.
    Active,
    /// Not any more.
    Revoked,
}

/// The label on the chain.
#[must_use]
pub fn label(line: &str, site: &str) -> String {
    format!("{line}{BETWEEN}{site}")
}

/// Line and site of a label; one without a comma is all line.
#[must_use]
pub fn place(label: &str) -> (&str, &str) {
    label.rsplit_once(BETWEEN).unwrap_or((label, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_holds_line_and_site() {
        assert_eq!(label("line 2", "Xi'an"), "line 2, Xi'an");
        for (line, site) in [("line 2", "Xi'an"), ("hall 1, line 2", "西安")] {
            assert_eq!(place(&label(line, site)), (line, site));
        }
        assert_eq!(place("somewhere"), ("somewhere", ""));
    }
}
