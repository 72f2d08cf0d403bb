//! What exists nowhere else: people, codes, the lists behind the roots, checks by shoppers, the audit log.

use crate::{Step, index, table, unique};

pub(crate) const STEPS: &[Step] = &[
    table(
        "m20261122_101_app_user",
        "app_user",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL, member VARCHAR(13) NOT NULL, \
         user_role SMALLINT NOT NULL, password_hash VARCHAR(200) NOT NULL, created_ms BIGINT NOT NULL",
    ),
    unique("m20261122_102_app_user_name", "app_user_name", "app_user", "name"),
    // `id` is the SHA-256 of the cookie's value: who reads the table cannot sign in with it.
    table(
        "m20261122_103_app_session",
        "app_session",
        "id VARBINARY(32) NOT NULL PRIMARY KEY, data MEDIUMBLOB NOT NULL, expires_ms BIGINT NOT NULL",
    ),
    index("m20261122_104_app_session_expires", "app_session_expires", "app_session", "expires_ms"),
    // What the maker plans, and the secret from which the salts of the leaves are derived.
    table(
        "m20261122_105_batch_plan",
        "batch_plan",
        "gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, member VARCHAR(13) NOT NULL, quantity BIGINT NOT NULL, \
         batch_secret VARBINARY(32) NOT NULL, PRIMARY KEY (gtin, lot)",
    ),
    // A job: `worker` holds it while `lease_ms` lies ahead.
    table(
        "m20261122_106_code_order",
        "code_order",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, \
         member VARCHAR(13) NOT NULL, wanted BIGINT NOT NULL, made BIGINT NOT NULL, state SMALLINT NOT NULL, \
         created_ms BIGINT NOT NULL, started_ms BIGINT NULL, updated_ms BIGINT NOT NULL, made_before BIGINT NOT NULL, \
         worker VARBINARY(16) NULL, lease_ms BIGINT NOT NULL, error VARCHAR(400) NULL",
    ),
    index("m20261122_107_code_order_lot", "code_order_lot", "code_order", "gtin, lot"),
    index("m20261122_108_code_order_state", "code_order_state", "code_order", "state, created_ms"),
    // `seq` counts within the order. `state`: 0 issued, 1 commissioned (sealed), 2 rejected by the line.
    table(
        "m20261122_109_code",
        "code",
        "gtin VARCHAR(14) NOT NULL, serial VARBINARY(20) NOT NULL, lot VARBINARY(20) NOT NULL, \
         order_id VARBINARY(16) NOT NULL, seq BIGINT NOT NULL, state SMALLINT NOT NULL, PRIMARY KEY (gtin, serial)",
    ),
    unique("m20261122_110_code_order_seq", "code_order_seq", "code", "order_id, seq"),
    index("m20261122_111_code_lot", "code_lot", "code", "gtin, lot, state"),
    // The list behind a batch's root. `state`: 0 parts arrive, 1 complete, 2 compared with the root on the chain.
    table(
        "m20261122_112_manifest_batch",
        "manifest_batch",
        "gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, member VARCHAR(13) NOT NULL, \
         tx_id VARBINARY(32) NOT NULL, units BIGINT NOT NULL, count_salt VARBINARY(16) NOT NULL, state SMALLINT NOT NULL, \
         PRIMARY KEY (gtin, lot)",
    ),
    table(
        "m20261122_113_manifest_unit",
        "manifest_unit",
        "gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, idx BIGINT NOT NULL, serial VARBINARY(20) NOT NULL, \
         PRIMARY KEY (gtin, lot, idx)",
    ),
    unique("m20261122_114_manifest_unit_serial", "manifest_unit_serial", "manifest_unit", "gtin, serial"),
    // The list behind a case's root. `checked`: 0 the packing is not final yet, 1 compared with the root on the chain.
    table(
        "m20261122_115_manifest_case",
        "manifest_case",
        "sscc VARCHAR(18) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, tx_id VARBINARY(32) NOT NULL, \
         gtin VARCHAR(14) NOT NULL, units BIGINT NOT NULL, checked SMALLINT NOT NULL",
    ),
    table(
        "m20261122_116_manifest_case_unit",
        "manifest_case_unit",
        "sscc VARCHAR(18) NOT NULL, idx BIGINT NOT NULL, gtin VARCHAR(14) NOT NULL, lot VARBINARY(20) NOT NULL, \
         serial VARBINARY(20) NOT NULL, PRIMARY KEY (sscc, idx)",
    ),
    index("m20261122_117_manifest_case_unit_serial", "manifest_case_unit_serial", "manifest_case_unit", "gtin, serial"),
    // The published text of a recall, whose hash is on the chain, and who said so.
    table(
        "m20261122_118_recall_text",
        "recall_text",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, reason_en VARCHAR(1000) NOT NULL, reason_zh VARCHAR(1000) NOT NULL, \
         opened_by VARCHAR(64) NOT NULL, approved_by VARCHAR(64) NULL",
    ),
    // One counted check by a shopper. `device` is a random token's hash, `place` a coarse cell; nothing else of a person.
    table(
        "m20261122_119_scan_check",
        "scan_check",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, gtin VARCHAR(14) NOT NULL, serial VARBINARY(20) NOT NULL, \
         lot VARBINARY(20) NULL, at_ms BIGINT NOT NULL, device VARBINARY(32) NOT NULL, verdict SMALLINT NOT NULL, \
         place VARCHAR(32) NULL",
    ),
    index("m20261122_120_scan_check_code", "scan_check_code", "scan_check", "gtin, serial, at_ms"),
    table(
        "m20261122_121_scan_report",
        "scan_report",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, case_number VARCHAR(16) NOT NULL, gtin VARCHAR(14) NOT NULL, \
         serial VARBINARY(20) NOT NULL, lot VARBINARY(20) NULL, at_ms BIGINT NOT NULL, what VARCHAR(32) NOT NULL, \
         detail VARCHAR(1000) NOT NULL, contact VARCHAR(200) NOT NULL",
    ),
    unique("m20261122_122_scan_report_case", "scan_report_case", "scan_report", "case_number"),
    // Who said so, for each transaction that the server signed.
    table(
        "m20261122_123_audit",
        "audit",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL, user_id VARBINARY(16) NOT NULL, \
         user_name VARCHAR(64) NOT NULL, member VARCHAR(13) NOT NULL, action VARCHAR(40) NOT NULL, \
         tx_id VARBINARY(32) NOT NULL, outcome VARCHAR(40) NOT NULL, height BIGINT NULL",
    ),
    index("m20261122_124_audit_member", "audit_member", "audit", "member, at_ms"),
    index("m20261122_125_audit_tx", "audit_tx", "audit", "tx_id"),
    // The transaction that a request with this key led to: the same request again sends the same bytes.
    table(
        "m20261122_126_idempotency",
        "idempotency",
        "user_id VARBINARY(16) NOT NULL, key_hash VARBINARY(32) NOT NULL, request_hash VARBINARY(32) NOT NULL, \
         tx MEDIUMBLOB NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (user_id, key_hash)",
    ),
];
