//! Places are cells, which the server names when it is asked.

use crate::{Step, dropped};

pub(crate) const STEPS: &[Step] = &[
    // Nothing ever wrote it.
    dropped("m20261130_941_scan_check_place", "scan_check", "place"),
];
