//! What the follower projects from the chain. Everything here can be emptied and projected again, byte for byte.

use crate::{Step, index, table};

pub(crate) const TABLES: &[&str] = &[
    "rm_marker",
    "rm_block",
    "rm_object",
    "rm_event",
    "rm_tx",
    "rm_product",
    "rm_batch",
    "rm_logistic",
    "rm_case_content",
    "rm_shipment",
    "rm_shipment_object",
    "rm_shipment_case",
    "rm_shipment_remark",
    "rm_unit",
    "rm_recall",
    "rm_device",
];

pub(crate) const STEPS: &[Step] = &[
    // One row: where the projection stands.
    table(
        "m20261122_001_rm_marker",
        "rm_marker",
        "id SMALLINT NOT NULL PRIMARY KEY, height BIGINT NOT NULL, block_id VARBINARY(32) NOT NULL, \
         outcomes VARBINARY(32) NOT NULL, time_ms BIGINT NOT NULL, events BIGINT NOT NULL",
    ),
    // Canonical bytes of id and state, as in the node: the rules are run over this table.
    table(
        "m20261122_002_rm_object",
        "rm_object",
        "object_key VARBINARY(64) NOT NULL PRIMARY KEY, state VARBINARY(16384) NOT NULL",
    ),
    table(
        "m20261122_003_rm_event",
        "rm_event",
        "object_key VARBINARY(64) NOT NULL, seq BIGINT NOT NULL, kind SMALLINT NOT NULL, height BIGINT NOT NULL, \
         time_ms BIGINT NOT NULL, actor VARCHAR(13) NOT NULL, peer VARCHAR(13) NULL, container VARCHAR(18) NULL, \
         withdraws BIGINT NULL, tx_id VARBINARY(32) NOT NULL, PRIMARY KEY (object_key, seq)",
    ),
    index("m20261122_004_rm_event_tx", "rm_event_tx", "rm_event", "tx_id"),
    // Every ordered transaction. `code` 0 was applied.
    table(
        "m20261122_005_rm_tx",
        "rm_tx",
        "tx_id VARBINARY(32) NOT NULL, height BIGINT NOT NULL, pos BIGINT NOT NULL, signer VARBINARY(32) NOT NULL, \
         nonce VARBINARY(8) NOT NULL, code SMALLINT NOT NULL, time_ms BIGINT NOT NULL, PRIMARY KEY (height, pos)",
    ),
    index("m20261122_006_rm_tx_id", "rm_tx_id", "rm_tx", "tx_id"),
    index("m20261122_007_rm_tx_nonce", "rm_tx_nonce", "rm_tx", "signer, nonce"),
    table(
        "m20261122_008_rm_product",
        "rm_product",
        "gtin VARCHAR(14) NOT NULL PRIMARY KEY, maker VARCHAR(13) NOT NULL, name_en VARCHAR(200) NOT NULL, \
         name_zh VARCHAR(200) NOT NULL, detail VARCHAR(200) NOT NULL, approval VARCHAR(200) NOT NULL, \
         hotline VARCHAR(200) NOT NULL, kind SMALLINT NOT NULL, tx_id VARBINARY(32) NOT NULL, height BIGINT NOT NULL, \
         time_ms BIGINT NOT NULL",
    ),
    // `recalled` is the gravest class in force.
    table(
        "m20261122_009_rm_batch",
        "rm_batch",
        "gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, maker VARCHAR(13) NOT NULL, made_on VARCHAR(10) NOT NULL, \
         expires_on VARCHAR(10) NOT NULL, recalled SMALLINT NULL, reg_tx VARBINARY(32) NOT NULL, \
         reg_height BIGINT NOT NULL, reg_ms BIGINT NOT NULL, seal_tx VARBINARY(32) NULL, seal_height BIGINT NULL, \
         seal_ms BIGINT NULL, tree_root VARBINARY(32) NULL, unit_count BIGINT NULL, count_salt VARBINARY(16) NULL, \
         rejected BIGINT NULL, sampled BIGINT NULL, PRIMARY KEY (gtin, lot)",
    ),
    index("m20261122_010_rm_batch_maker", "rm_batch_maker", "rm_batch", "maker, reg_height"),
    // `status` and `shipment` are those of domain::state::LogisticStatus; made_* is the packing, last_* the newest event.
    table(
        "m20261122_011_rm_logistic",
        "rm_logistic",
        "sscc VARCHAR(18) NOT NULL PRIMARY KEY, level SMALLINT NOT NULL, status SMALLINT NOT NULL, \
         shipment VARBINARY(16) NULL, custodian VARCHAR(13) NOT NULL, parent VARCHAR(18) NULL, \
         content_root VARBINARY(32) NOT NULL, content_count BIGINT NOT NULL, made_by VARCHAR(13) NOT NULL, \
         made_tx VARBINARY(32) NOT NULL, made_height BIGINT NOT NULL, last_tx VARBINARY(32) NOT NULL, \
         last_height BIGINT NOT NULL, last_ms BIGINT NOT NULL",
    ),
    index("m20261122_012_rm_logistic_parent", "rm_logistic_parent", "rm_logistic", "parent"),
    index("m20261122_013_rm_logistic_custodian", "rm_logistic_custodian", "rm_logistic", "custodian, status"),
    table(
        "m20261122_014_rm_case_content",
        "rm_case_content",
        "sscc VARCHAR(18) NOT NULL, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, units BIGINT NOT NULL, \
         PRIMARY KEY (sscc, gtin, lot)",
    ),
    index("m20261122_015_rm_case_content_lot", "rm_case_content_lot", "rm_case_content", "gtin, lot"),
    table(
        "m20261122_016_rm_shipment",
        "rm_shipment",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, sender VARCHAR(13) NOT NULL, receiver VARCHAR(13) NOT NULL, \
         status SMALLINT NOT NULL, due_ms BIGINT NOT NULL, ship_tx VARBINARY(32) NOT NULL, ship_height BIGINT NOT NULL, \
         ship_ms BIGINT NOT NULL, answer_tx VARBINARY(32) NULL, answer_height BIGINT NULL, answer_ms BIGINT NULL",
    ),
    index("m20261122_017_rm_shipment_sender", "rm_shipment_sender", "rm_shipment", "sender, ship_height"),
    index("m20261122_018_rm_shipment_receiver", "rm_shipment_receiver", "rm_shipment", "receiver, ship_height"),
    table(
        "m20261122_019_rm_shipment_object",
        "rm_shipment_object",
        "shipment VARBINARY(16) NOT NULL, idx BIGINT NOT NULL, sscc VARCHAR(18) NOT NULL, PRIMARY KEY (shipment, idx)",
    ),
    index("m20261122_020_rm_shipment_object_sscc", "rm_shipment_object_sscc", "rm_shipment_object", "sscc"),
    // The cases that stood on each pallet when it was shipped.
    table(
        "m20261122_021_rm_shipment_case",
        "rm_shipment_case",
        "shipment VARBINARY(16) NOT NULL, pallet VARCHAR(18) NOT NULL, sscc VARCHAR(18) NOT NULL, \
         PRIMARY KEY (shipment, sscc)",
    ),
    // What the receiver said: 1 short, 2 damaged.
    table(
        "m20261122_022_rm_shipment_remark",
        "rm_shipment_remark",
        "shipment VARBINARY(16) NOT NULL, sscc VARCHAR(18) NOT NULL, remark SMALLINT NOT NULL, \
         PRIMARY KEY (shipment, sscc)",
    ),
    // Packs that something has happened to, and the case they were taken from.
    table(
        "m20261122_023_rm_unit",
        "rm_unit",
        "gtin VARCHAR(14) NOT NULL, serial VARBINARY(20) NOT NULL, lot VARBINARY(20) NOT NULL, status SMALLINT NOT NULL, \
         custodian VARCHAR(13) NOT NULL, since_ms BIGINT NOT NULL, case_sscc VARCHAR(18) NULL, \
         tx_id VARBINARY(32) NOT NULL, height BIGINT NOT NULL, PRIMARY KEY (gtin, serial)",
    ),
    index("m20261122_024_rm_unit_lot", "rm_unit_lot", "rm_unit", "gtin, lot"),
    index("m20261122_025_rm_unit_case", "rm_unit_case", "rm_unit", "case_sscc"),
    table(
        "m20261122_026_rm_recall",
        "rm_recall",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, \
         recall_class SMALLINT NOT NULL, drill SMALLINT NOT NULL, status SMALLINT NOT NULL, \
         opened_by VARBINARY(32) NOT NULL, opened_for VARCHAR(13) NOT NULL, notice VARBINARY(32) NOT NULL, \
         open_tx VARBINARY(32) NOT NULL, open_height BIGINT NOT NULL, open_ms BIGINT NOT NULL, \
         approve_tx VARBINARY(32) NULL, approve_height BIGINT NULL, approve_ms BIGINT NULL, \
         close_tx VARBINARY(32) NULL, close_height BIGINT NULL, close_ms BIGINT NULL",
    ),
    index("m20261122_027_rm_recall_lot", "rm_recall_lot", "rm_recall", "gtin, lot"),
    // Ids of the newest blocks; a new one takes the slot of an old one. A newcomer's validator names one of them.
    table(
        "m20261122_028_rm_block",
        "rm_block",
        "slot SMALLINT NOT NULL PRIMARY KEY, height BIGINT NOT NULL, block_id VARBINARY(32) NOT NULL",
    ),
    // Devices that were registered. What a device has done since stands in `rm_object` (its key) and `rm_tx`.
    table(
        "m20261122_029_rm_device",
        "rm_device",
        "device_key VARBINARY(32) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, label VARCHAR(200) NOT NULL, \
         tx_id VARBINARY(32) NOT NULL, height BIGINT NOT NULL, time_ms BIGINT NOT NULL",
    ),
    index("m20261122_030_rm_device_member", "rm_device_member", "rm_device", "member, height"),
];
