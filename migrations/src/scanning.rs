//! What the pages for shoppers keep beside checks and reports.

use crate::{Step, index, table};

pub(crate) const STEPS: &[Step] = &[
    // Secrets that all servers of a deployment share, made once: `scan` keys the page tokens and device hashes.
    table(
        "m20261122_201_server_secret",
        "server_secret",
        "name VARCHAR(32) NOT NULL PRIMARY KEY, value VARBINARY(32) NOT NULL, made_ms BIGINT NOT NULL",
    ),
    // A page that was answered: its token counts once. `answer` is what the reader said, if anything.
    table(
        "m20261122_202_scan_page",
        "scan_page",
        "nonce VARBINARY(16) NOT NULL PRIMARY KEY, check_id VARBINARY(16) NOT NULL, answer VARCHAR(12) NULL, \
         at_ms BIGINT NOT NULL",
    ),
    index("m20261122_203_scan_page_check", "scan_page_check", "scan_page", "check_id"),
    // A report form that was sent: sending it again gives the same case.
    table(
        "m20261122_204_scan_report_page",
        "scan_report_page",
        "nonce VARBINARY(16) NOT NULL PRIMARY KEY, report_id VARBINARY(16) NOT NULL",
    ),
];
