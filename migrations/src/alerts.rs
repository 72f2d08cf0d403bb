//! Alerts of medicine packs.

use crate::{Step, index, table};

pub(crate) const STEPS: &[Step] = &[
    // The id is made from what is the same for the same alert on one day, so that a second one meets the first.
    table(
        "m20261130_911_fmd_alert",
        "fmd_alert",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, number VARCHAR(20) NOT NULL, kind VARCHAR(4) NOT NULL, \
         gravity SMALLINT NOT NULL, code VARCHAR(20) NOT NULL, gtin VARCHAR(14) NOT NULL, serial VARBINARY(20) NOT NULL, \
         lot VARBINARY(20) NOT NULL, expires_on VARCHAR(10) NOT NULL, held_lot VARBINARY(20) NOT NULL, \
         held_expires_on VARCHAR(10) NOT NULL, member VARCHAR(13) NOT NULL, action VARCHAR(16) NOT NULL, \
         first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL, times BIGINT NOT NULL, status VARCHAR(12) NOT NULL, \
         note VARCHAR(2000) NOT NULL, decided_by VARCHAR(13) NOT NULL, decided_ms BIGINT NULL, revision INT NOT NULL",
    ),
    index("m20261130_912_fmd_alert_number", "fmd_alert_number", "fmd_alert", "number"),
    index("m20261130_913_fmd_alert_last", "fmd_alert_last", "fmd_alert", "last_ms"),
];
