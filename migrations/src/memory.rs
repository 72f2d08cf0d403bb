//! Phones that remember what they have checked.

use crate::{Step, column};

pub(crate) const STEPS: &[Step] = &[
    // The device of the day. `device` is the one of the day when the code was checked first, as far as the phone remembers.
    column("m20261130_931_scan_check_today", "scan_check", "today", "VARBINARY(32) NULL"),
];
