//! EPCIS: what members' systems captured, the jobs that did it, stored queries, subscriptions and their deliveries.

use crate::{Step, index, table};

pub(crate) const STEPS: &[Step] = &[
    // One log a member; `frontier` is its compact range (`proof::log`), so that its root costs one hash an entry.
    table(
        "m20261128_401_epcis_log",
        "epcis_log",
        "member VARCHAR(13) NOT NULL PRIMARY KEY, frontier VARBINARY(2100) NOT NULL, changed_ms BIGINT NOT NULL",
    ),
    // `behaviour`: 0 rollback, 1 proceed. `errors` is the JSON of the answer. `log_size` is the log's after the job.
    table(
        "m20261128_402_epcis_job",
        "epcis_job",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, created_ms BIGINT NOT NULL, \
         finished_ms BIGINT NOT NULL, behaviour SMALLINT NOT NULL, stored BIGINT NOT NULL, known BIGINT NOT NULL, \
         log_size BIGINT NOT NULL, user_id VARBINARY(16) NOT NULL, user_name VARCHAR(64) NOT NULL, \
         document VARBINARY(32) NOT NULL, errors MEDIUMBLOB NOT NULL",
    ),
    index("m20261128_403_epcis_job_member", "epcis_job_member", "epcis_job", "member, created_ms, id"),
    // Entry `seq` of the member's log. `body` is the event as JSON-LD; `salt` hides it behind its leaf. `ledger`: 0 evidence
    // only, 1 to be signed, 2 signed and applied, 3 refused.
    table(
        "m20261128_404_epcis_event",
        "epcis_event",
        "member VARCHAR(13) NOT NULL, seq BIGINT NOT NULL, job_id VARBINARY(16) NOT NULL, \
         event_hash VARBINARY(32) NOT NULL, content VARBINARY(32) NOT NULL, id_key VARBINARY(32) NOT NULL, \
         declared SMALLINT NOT NULL, event_ms BIGINT NOT NULL, record_ms BIGINT NOT NULL, salt VARBINARY(16) NOT NULL, \
         body MEDIUMBLOB NOT NULL, ledger SMALLINT NOT NULL, ledger_note VARCHAR(400) NOT NULL, \
         ledger_tx VARBINARY(32) NULL, PRIMARY KEY (member, seq)",
    ),
    index("m20261128_405_epcis_event_hash", "epcis_event_hash", "epcis_event", "member, event_hash"),
    index("m20261128_406_epcis_event_id", "epcis_event_id", "epcis_event", "member, id_key"),
    index("m20261128_407_epcis_event_job", "epcis_event_job", "epcis_event", "job_id, seq"),
    index("m20261128_408_epcis_event_ledger", "epcis_event_ledger", "epcis_event", "ledger, member, seq"),
    // Which events name what: `value_key` is the beginning of the SHA-256 of a value in its comparable form.
    table(
        "m20261128_409_epcis_index",
        "epcis_index",
        "member VARCHAR(13) NOT NULL, kind SMALLINT NOT NULL, value_key VARBINARY(16) NOT NULL, seq BIGINT NOT NULL, \
         PRIMARY KEY (member, kind, value_key, seq)",
    ),
    table(
        "m20261128_410_epcis_resource",
        "epcis_resource",
        "member VARCHAR(13) NOT NULL, kind SMALLINT NOT NULL, value_key VARBINARY(16) NOT NULL, first_seq BIGINT NOT NULL, \
         value MEDIUMBLOB NOT NULL, PRIMARY KEY (member, kind, value_key)",
    ),
    index(
        "m20261128_411_epcis_resource_first",
        "epcis_resource_first",
        "epcis_resource",
        "member, kind, first_seq, value_key",
    ),
    // Master data that came in headers, once each.
    table(
        "m20261128_412_epcis_master",
        "epcis_master",
        "member VARCHAR(13) NOT NULL, digest VARBINARY(32) NOT NULL, at_ms BIGINT NOT NULL, body MEDIUMBLOB NOT NULL, \
         PRIMARY KEY (member, digest)",
    ),
    // Anchors of the log on the chain: the signed bytes, so that they can be sent again until they expire.
    table(
        "m20261128_413_epcis_anchor",
        "epcis_anchor",
        "member VARCHAR(13) NOT NULL, size BIGINT NOT NULL, root VARBINARY(32) NOT NULL, tx_id VARBINARY(32) NOT NULL, \
         tx MEDIUMBLOB NOT NULL, expires_at BIGINT NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (member, size)",
    ),
    // Stored queries: the JSON of their parameters.
    table(
        "m20261128_414_epcis_query",
        "epcis_query",
        "member VARCHAR(13) NOT NULL, name VARBINARY(200) NOT NULL, body MEDIUMBLOB NOT NULL, created_ms BIGINT NOT NULL, \
         PRIMARY KEY (member, name)",
    ),
    // `place` is where the subscriber's next report begins, as a page token writes it. `due_ms` is when it is looked at next.
    table(
        "m20261128_415_epcis_subscription",
        "epcis_subscription",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, member VARCHAR(13) NOT NULL, regulator SMALLINT NOT NULL, \
         query_name VARBINARY(200) NOT NULL, dest VARCHAR(2000) NOT NULL, secret VARBINARY(200) NOT NULL, \
         schedule VARCHAR(400) NULL, report_if_empty SMALLINT NOT NULL, from_ms BIGINT NULL, place VARCHAR(300) NULL, \
         due_ms BIGINT NOT NULL, created_ms BIGINT NOT NULL, notified_ms BIGINT NULL",
    ),
    index(
        "m20261128_416_epcis_subscription_query",
        "epcis_subscription_query",
        "epcis_subscription",
        "member, query_name",
    ),
    index("m20261128_417_epcis_subscription_due", "epcis_subscription_due", "epcis_subscription", "due_ms"),
    // `state`: 0 waits, 1 delivered, 2 given up. The body of a delivered one is emptied.
    table(
        "m20261128_418_epcis_delivery",
        "epcis_delivery",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, subscription_id VARBINARY(16) NOT NULL, state SMALLINT NOT NULL, \
         created_ms BIGINT NOT NULL, next_ms BIGINT NOT NULL, attempts BIGINT NOT NULL, status SMALLINT NULL, \
         note VARCHAR(400) NOT NULL, delivered_ms BIGINT NULL, body MEDIUMBLOB NOT NULL",
    ),
    index("m20261128_419_epcis_delivery_next", "epcis_delivery_next", "epcis_delivery", "state, next_ms"),
    index("m20261128_420_epcis_delivery_of", "epcis_delivery_of", "epcis_delivery", "subscription_id, created_ms"),
    // Histories that a member has part in are found by it.
    index("m20261128_421_rm_event_actor", "rm_event_actor", "rm_event", "actor, object_key"),
    index("m20261128_422_rm_event_peer", "rm_event_peer", "rm_event", "peer, object_key"),
    index("m20261128_423_rm_event_container", "rm_event_container", "rm_event", "container, object_key"),
];
