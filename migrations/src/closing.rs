//! Which line holds which codes, what people declared of them, and the books that were closed over them.

use crate::{Step, column, index, table};

pub(crate) const STEPS: &[Step] = &[
    // A part of a batch's codes in the hands of one line, `site/line`. `given_by`: the person; empty when the line took it.
    table(
        "m20261128_601_code_block",
        "code_block",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, \
         line VARCHAR(129) NOT NULL, given_by VARCHAR(64) NOT NULL, codes BIGINT NOT NULL, taken_ms BIGINT NOT NULL",
    ),
    index("m20261128_602_code_block_lot", "code_block_lot", "code_block", "gtin, lot, line"),
    // The block that a code is in. `code.state` from here on: 0 issued, 1 commissioned, 2 scrapped, 3 sampled, 4 returned,
    // 5 invalid by its line's list, 6 declared invalid by a person.
    column("m20261128_603_code_block_id", "code", "block_id", "VARBINARY(16) NULL"),
    // The line of the list, so that its other codes can be returned when the list has been compared with the chain.
    column("m20261128_604_manifest_batch_line", "manifest_batch", "line", "VARCHAR(129) NULL"),
    // What people did with the numbers of a batch. `kind`: 1 gave a block, 2 took its rest back, 3 declared codes invalid,
    // 4 closed the books.
    table(
        "m20261128_605_number_act",
        "number_act",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, \
         kind SMALLINT NOT NULL, line VARCHAR(129) NULL, codes BIGINT NOT NULL, reason VARCHAR(400) NOT NULL, \
         user_id VARBINARY(16) NOT NULL, user_name VARCHAR(64) NOT NULL, at_ms BIGINT NOT NULL",
    ),
    index("m20261128_606_number_act_lot", "number_act_lot", "number_act", "gtin, lot, at_ms"),
    // Closed books; one row a batch, for good.
    table(
        "m20261128_607_books_closed",
        "books_closed",
        "gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, user_name VARCHAR(64) NOT NULL, at_ms BIGINT NOT NULL, \
         PRIMARY KEY (gtin, lot)",
    ),
];
