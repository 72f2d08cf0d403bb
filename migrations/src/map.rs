//! What the map reads by.

use crate::{Step, index};

pub(crate) const STEPS: &[Step] = &[
    // The checks of the last days, of all codes.
    index("m20261130_801_scan_check_time", "scan_check_time", "scan_check", "at_ms"),
];
