//! What the rules had said when a case ended.

use crate::{Step, column};

pub(crate) const STEPS: &[Step] = &[
    // Names of rules with commas between them; nothing where nobody looked.
    column("m20261130_955_report_case_rules", "report_case", "rules", "VARCHAR(200) NULL"),
];
