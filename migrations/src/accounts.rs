//! Accounts of people: administrators, invitations, second factors, sessions as their owners see them, the log of all of it.

use crate::{Step, column, index, table};

pub(crate) const STEPS: &[Step] = &[
    // An account reads and writes for its member while `suspended_ms` is null. What `asked_by` asked for at `asked_ms` counts
    // once another person has released it.
    column("m20261130_301_app_user_administrator", "app_user", "administrator", "SMALLINT NOT NULL DEFAULT 0"),
    column("m20261130_302_app_user_suspended", "app_user", "suspended_ms", "BIGINT NULL"),
    column("m20261130_303_app_user_asked_role", "app_user", "asked_role", "SMALLINT NULL"),
    column("m20261130_304_app_user_asked_admin", "app_user", "asked_administrator", "SMALLINT NULL"),
    column("m20261130_305_app_user_asked_by", "app_user", "asked_by", "VARBINARY(16) NULL"),
    column("m20261130_306_app_user_asked_ms", "app_user", "asked_ms", "BIGINT NULL"),
    index("m20261130_307_app_user_member", "app_user_member", "app_user", "member, name"),
    // `hash` is the SHA-256 of the token. At most one of `accepted_ms` and `revoked_ms` is set.
    table(
        "m20261130_308_app_invitation",
        "app_invitation",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, hash VARBINARY(32) NOT NULL, member VARCHAR(13) NOT NULL, \
         user_role SMALLINT NOT NULL, administrator SMALLINT NOT NULL, label VARCHAR(320) NOT NULL, \
         made_by VARBINARY(16) NOT NULL, made_by_name VARCHAR(64) NOT NULL, made_ms BIGINT NOT NULL, \
         expires_ms BIGINT NOT NULL, accepted_ms BIGINT NULL, accepted_name VARCHAR(64) NULL, revoked_ms BIGINT NULL",
    ),
    index("m20261130_309_app_invitation_hash", "app_invitation_hash", "app_invitation", "hash"),
    index("m20261130_310_app_invitation_member", "app_invitation_member", "app_invitation", "member, made_ms"),
    // `secret` is encrypted under the key of the name `key_id`. A code of `used_step` or before it is used up.
    table(
        "m20261130_311_app_totp",
        "app_totp",
        "user_id VARBINARY(16) NOT NULL PRIMARY KEY, key_id VARCHAR(64) NOT NULL, secret VARBINARY(200) NOT NULL, \
         made_ms BIGINT NOT NULL, confirmed_ms BIGINT NULL, used_step BIGINT NOT NULL",
    ),
    // A recovery code that is left, as its SHA-256.
    table(
        "m20261130_312_app_recovery",
        "app_recovery",
        "user_id VARBINARY(16) NOT NULL, hash VARBINARY(32) NOT NULL, PRIMARY KEY (user_id, hash)",
    ),
    column("m20261130_313_app_session_user", "app_session", "user_id", "VARBINARY(16) NULL"),
    column("m20261130_314_app_session_begun", "app_session", "begun_ms", "BIGINT NULL"),
    column("m20261130_315_app_session_seen", "app_session", "seen_ms", "BIGINT NULL"),
    column("m20261130_316_app_session_browser", "app_session", "browser", "VARCHAR(20) NULL"),
    index("m20261130_317_app_session_of", "app_session_of", "app_session", "user_id, begun_ms"),
    // What people did. `member` is whose log it stands in, `actor` who did it; `user_name` is empty in another member's log.
    // Ids are in the order of time.
    table(
        "m20261130_318_audit_event",
        "audit_event",
        "id VARBINARY(16) NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL, member VARCHAR(13) NOT NULL, \
         actor VARCHAR(13) NOT NULL, user_name VARCHAR(64) NOT NULL, action VARCHAR(40) NOT NULL, \
         object VARCHAR(800) NOT NULL, outcome VARCHAR(12) NOT NULL",
    ),
    index("m20261130_319_audit_event_member", "audit_event_member", "audit_event", "member, id"),
    index("m20261130_320_audit_event_user", "audit_event_user", "audit_event", "member, user_name, id"),
    index("m20261130_321_audit_event_at", "audit_event_at", "audit_event", "at_ms"),
];
