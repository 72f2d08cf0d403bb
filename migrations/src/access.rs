//! Programs of members: their keys, and the addresses that are told what happens.

use crate::{Step, index, table};

pub(crate) const STEPS: &[Step] = &[
    // `scopes` is words with spaces between them. `used_day` counts days since 1970: a key's use is known by day, not by hour.
    table(
        "m20261128_701_api_key",
        "api_key",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, name VARCHAR(320) NOT NULL, \
         scopes VARCHAR(400) NOT NULL, created_by VARCHAR(64) NOT NULL, created_ms BIGINT NOT NULL, \
         expires_ms BIGINT NULL, revoked_ms BIGINT NULL, used_day BIGINT NULL",
    ),
    index("m20261128_702_api_key_member", "api_key_member", "api_key", "member, created_ms, id"),
    // A secret of a key, as its SHA-256. After a rotation the old one is good until `until_ms`.
    table(
        "m20261128_703_api_key_secret",
        "api_key_secret",
        "hash VARBINARY(32) NOT NULL PRIMARY KEY, key_id VARBINARY(16) NOT NULL, prefix VARCHAR(16) NOT NULL, \
         made_ms BIGINT NOT NULL, until_ms BIGINT NULL",
    ),
    index("m20261128_704_api_key_secret_prefix", "api_key_secret_prefix", "api_key_secret", "prefix"),
    index("m20261128_705_api_key_secret_key", "api_key_secret_key", "api_key_secret", "key_id"),
    // Who changed what programs may do: keys and webhooks.
    table(
        "m20261128_706_access_audit",
        "access_audit",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL, member VARCHAR(13) NOT NULL, \
         user_id VARBINARY(16) NOT NULL, user_name VARCHAR(64) NOT NULL, action VARCHAR(40) NOT NULL, \
         subject VARBINARY(16) NOT NULL, detail VARCHAR(400) NOT NULL",
    ),
    index("m20261128_707_access_audit_member", "access_audit_member", "access_audit", "member, at_ms"),
    // `events` is words with spaces between them. `place` is the height up to which events were made into deliveries.
    // `state`: 0 active; off because 1 it failed, 2 it answered 410, 3 somebody said so. The old secret signs too until `old_until_ms`.
    table(
        "m20261128_708_webhook",
        "webhook",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, url VARCHAR(2000) NOT NULL, \
         events VARCHAR(400) NOT NULL, description VARCHAR(800) NOT NULL, secret VARBINARY(200) NOT NULL, \
         old_secret VARBINARY(200) NULL, old_until_ms BIGINT NULL, state SMALLINT NOT NULL, created_ms BIGINT NOT NULL, \
         failing_ms BIGINT NULL, place BIGINT NOT NULL",
    ),
    index("m20261128_709_webhook_member", "webhook_member", "webhook", "member, created_ms, id"),
    index("m20261128_710_webhook_state", "webhook_state", "webhook", "state, place"),
    // As `epcis_delivery`; the body stays as long as the line, so that it can be sent again.
    table(
        "m20261128_711_webhook_delivery",
        "webhook_delivery",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, webhook_id VARBINARY(16) NOT NULL, event VARCHAR(40) NOT NULL, \
         state SMALLINT NOT NULL, created_ms BIGINT NOT NULL, next_ms BIGINT NOT NULL, attempts BIGINT NOT NULL, \
         status SMALLINT NULL, note VARCHAR(400) NOT NULL, delivered_ms BIGINT NULL, body MEDIUMBLOB NOT NULL",
    ),
    index("m20261128_712_webhook_delivery_next", "webhook_delivery_next", "webhook_delivery", "state, next_ms"),
    index("m20261128_713_webhook_delivery_of", "webhook_delivery_of", "webhook_delivery", "webhook_id, created_ms"),
    // What happened since a height.
    index("m20261128_714_rm_batch_seal_height", "rm_batch_seal_height", "rm_batch", "seal_height"),
    index("m20261128_715_rm_shipment_ship_height", "rm_shipment_ship_height", "rm_shipment", "ship_height"),
    index("m20261128_716_rm_shipment_answer_height", "rm_shipment_answer_height", "rm_shipment", "answer_height"),
];
