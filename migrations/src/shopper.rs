//! What shoppers leave after a verdict: photos of a report, how to reach them, and roughly where they checked.

use crate::{Step, column, dropped, index, table};

pub(crate) const STEPS: &[Step] = &[
    // Pictures of our own making, 1 to 5 of a report; they go when its contact goes. `size` is that of `jpeg`, so that the sum
    // is read from an index and not from the pictures.
    table(
        "m20261130_600_scan_report_photo",
        "scan_report_photo",
        "report_id VARBINARY(16) NOT NULL, number SMALLINT NOT NULL, at_ms BIGINT NOT NULL, size BIGINT NOT NULL, \
         jpeg MEDIUMBLOB NOT NULL, PRIMARY KEY (report_id, number)",
    ),
    index("m20261130_601_scan_report_photo_size", "scan_report_photo_size", "scan_report_photo", "size"),
    // How to reach whoever reported, sealed; it stood in `contact` in clear.
    column("m20261130_602_scan_report_contact_sealed", "scan_report", "contact_sealed", "VARBINARY(1024) NULL"),
    // Roughly where a check was made, when the person said so: a cell of H3 of resolution 5, for 30 days.
    column("m20261130_603_scan_check_cell", "scan_check", "cell", "BIGINT NULL"),
    dropped("m20261130_604_scan_report_contact", "scan_report", "contact"),
];
