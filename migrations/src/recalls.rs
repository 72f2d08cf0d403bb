//! Recall cases: many lots recalled as one, what their holders are told, and what they answer.

use crate::{Step, index, table};

pub(crate) const STEPS: &[Step] = &[
    // `stage` is a word of `rest::recall_case::CaseStage`. `trouble`: why a step stands still until somebody says to go on.
    // `record` is the sealed record of a closed case, `record_tx` the transaction over its hash.
    table(
        "m20261130_501_recall_case",
        "recall_case",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, stage VARCHAR(12) NOT NULL, \
         revision INT NOT NULL, title VARCHAR(120) NOT NULL, recall_class SMALLINT NOT NULL, drill SMALLINT NOT NULL, \
         reason_en VARCHAR(1000) NOT NULL, reason_zh VARCHAR(1000) NOT NULL, region VARCHAR(300) NOT NULL, \
         publication VARCHAR(300) NOT NULL, created_by VARCHAR(64) NOT NULL, created_ms BIGINT NOT NULL, \
         changed_ms BIGINT NOT NULL, trouble VARCHAR(400) NULL, end_reason VARCHAR(1000) NULL, record MEDIUMBLOB NULL, record_tx MEDIUMBLOB NULL",
    ),
    index("m20261130_502_recall_case_member", "recall_case_member", "recall_case", "member, stage, id"),
    index("m20261130_503_recall_case_stage", "recall_case_stage", "recall_case", "stage, id"),
    // Lots of a case. `recall_id` is the lot's recall on the chain, chosen when the case is opened and never again.
    table(
        "m20261130_504_recall_case_lot",
        "recall_case_lot",
        "case_id VARBINARY(16) NOT NULL, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, \
         recall_id VARBINARY(16) NULL, PRIMARY KEY (case_id, gtin, lot)",
    ),
    // Who said that a step be taken, when, and when it was done for every lot.
    table(
        "m20261130_505_recall_case_step",
        "recall_case_step",
        "case_id VARBINARY(16) NOT NULL, step VARCHAR(12) NOT NULL, user_id VARBINARY(16) NOT NULL, \
         user_name VARCHAR(64) NOT NULL, asked_ms BIGINT NOT NULL, done_ms BIGINT NULL, PRIMARY KEY (case_id, step)",
    ),
    // Signed transactions, kept before they are sent: after a crash the same bytes are sent again.
    table(
        "m20261130_506_recall_case_tx",
        "recall_case_tx",
        "case_id VARBINARY(16) NOT NULL, step VARCHAR(12) NOT NULL, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, \
         tx_id VARBINARY(32) NOT NULL, tx MEDIUMBLOB NOT NULL, PRIMARY KEY (case_id, step, gtin, lot)",
    ),
    // A member that holds or held packs of a case in force: when it was told, when somebody of it looked, when it was reminded.
    table(
        "m20261130_507_recall_task",
        "recall_task",
        "case_id VARBINARY(16) NOT NULL, member VARCHAR(13) NOT NULL, made_ms BIGINT NOT NULL, seen_ms BIGINT NULL, \
         seen_by VARCHAR(64) NULL, reminded_ms BIGINT NULL, reminders INT NOT NULL, PRIMARY KEY (case_id, member)",
    ),
    index("m20261130_508_recall_task_member", "recall_task_member", "recall_task", "member, made_ms"),
    table(
        "m20261130_509_recall_task_lot",
        "recall_task_lot",
        "case_id VARBINARY(16) NOT NULL, member VARCHAR(13) NOT NULL, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, \
         PRIMARY KEY (case_id, member, gtin, lot)",
    ),
    // What a member answered: 1, 2, 3, ...; the newest counts and all are kept. `document` is what its hash on the chain is of,
    // `tx` the transaction that the member signed over it.
    table(
        "m20261130_510_recall_answer",
        "recall_answer",
        "case_id VARBINARY(16) NOT NULL, member VARCHAR(13) NOT NULL, revision INT NOT NULL, at_ms BIGINT NOT NULL, \
         user_id VARBINARY(16) NOT NULL, user_name VARCHAR(64) NOT NULL, document MEDIUMBLOB NOT NULL, \
         tx_id VARBINARY(32) NOT NULL, tx MEDIUMBLOB NOT NULL, settled SMALLINT NOT NULL, \
         PRIMARY KEY (case_id, member, revision)",
    ),
    index("m20261130_511_recall_answer_settled", "recall_answer_settled", "recall_answer", "settled, at_ms"),
];
