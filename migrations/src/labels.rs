//! Labels.

use crate::{Step, column};

pub(crate) const STEPS: &[Step] = &[
    // Labels of an order are signed, or not: 1 or 0.
    column("m20261130_901_code_order_signed", "code_order", "signed", "SMALLINT NOT NULL DEFAULT 0"),
];
