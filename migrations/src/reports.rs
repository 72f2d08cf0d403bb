//! What becomes of reports of suspected fakes.

use crate::{Step, index, table};

pub(crate) const STEPS: &[Step] = &[
    // Where a report stands. Without a row nobody has looked at it.
    table(
        "m20261130_201_report_case",
        "report_case",
        "report_id VARBINARY(16) NOT NULL PRIMARY KEY, status VARCHAR(12) NOT NULL, finding VARCHAR(12) NULL, \
         reply VARCHAR(2000) NOT NULL, revision INT NOT NULL, changed_ms BIGINT NOT NULL",
    ),
    // What was done, 1, 2, 3, ...: the newest is the case's revision.
    table(
        "m20261130_202_report_step",
        "report_step",
        "report_id VARBINARY(16) NOT NULL, revision INT NOT NULL, at_ms BIGINT NOT NULL, user_name VARCHAR(64) NOT NULL, \
         member VARCHAR(13) NOT NULL, status VARCHAR(12) NOT NULL, finding VARCHAR(12) NULL, note VARCHAR(4000) NOT NULL, \
         PRIMARY KEY (report_id, revision)",
    ),
    index("m20261130_203_scan_report_code", "scan_report_code", "scan_report", "gtin, serial"),
];
