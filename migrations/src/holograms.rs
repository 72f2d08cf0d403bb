//! Questions about holograms.

use crate::{Step, table};

pub(crate) const STEPS: &[Step] = &[
    // Of a product, with the right answers: JSON of `HologramQuestions`. It goes to no page as it is.
    table(
        "m20261130_921_mark_questions",
        "mark_questions",
        "gtin VARCHAR(14) NOT NULL PRIMARY KEY, body MEDIUMTEXT NOT NULL, changed_ms BIGINT NOT NULL, \
         user_name VARCHAR(64) NOT NULL",
    ),
];
