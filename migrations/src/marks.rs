//! Physical marks against copying: what products carry, what was enrolled at the line, and what is used up.

use crate::{Step, index, table, unique};

pub(crate) const STEPS: &[Step] = &[
    // What a product carries. `kinds`: `kind=required` or `kind=optional`, with spaces between them, in the policy's order.
    // `confidence_min` in percent.
    table(
        "m20261130_101_mark_policy",
        "mark_policy",
        "gtin VARCHAR(14) NOT NULL PRIMARY KEY, kinds VARCHAR(1200) NOT NULL, good_for_ms BIGINT NOT NULL, \
         confidence_min SMALLINT NOT NULL, changed_ms BIGINT NOT NULL, user_name VARCHAR(64) NOT NULL",
    ),
    // A mark of an item. `enrolment` is opaque to all but the check of its kind; no secret that opens it stands in it.
    // `finder` is by what a mark that names no item is found: a tag's.
    table(
        "m20261130_102_mark_enrolment",
        "mark_enrolment",
        "gtin VARCHAR(14) NOT NULL, serial VARBINARY(20) NOT NULL, kind VARCHAR(48) NOT NULL, \
         finder VARBINARY(32) NULL, enrolment MEDIUMBLOB NOT NULL, made_ms BIGINT NOT NULL, \
         PRIMARY KEY (gtin, serial, kind)",
    ),
    unique("m20261130_103_mark_enrolment_finder", "mark_enrolment_finder", "mark_enrolment", "finder"),
    // What can be used up: the row of a slot (`tracelight_marks::Stored`). `slot` is a hash.
    table(
        "m20261130_104_mark_slot",
        "mark_slot",
        "slot VARBINARY(32) NOT NULL PRIMARY KEY, highest BIGINT NOT NULL, used_at_ms BIGINT NOT NULL, \
         uses BIGINT NOT NULL, misses BIGINT NOT NULL, misses_since_ms BIGINT NOT NULL",
    ),
    // What checks found: canonical records (`tracelight_marks::Record`). No evidence and nobody's address stands in them.
    table(
        "m20261130_105_mark_outcome",
        "mark_outcome",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, gtin VARCHAR(14) NOT NULL, serial VARBINARY(20) NOT NULL, \
         at_ms BIGINT NOT NULL, record VARBINARY(1024) NOT NULL",
    ),
    index("m20261130_106_mark_outcome_item", "mark_outcome_item", "mark_outcome", "gtin, serial, at_ms"),
];
