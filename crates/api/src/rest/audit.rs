//! The audit log of a member: what its people did, and what regulators did with its goods. Lines are added and never changed;
//! they are dropped when their time is over.
//!
//! A regulator's searches, exports, recalls and cases about a company's goods stand in that company's log as well, without the
//! name of the regulator's person. No line holds a password, a code or a name that was typed wrongly.

use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($(#[$doc:meta])+ $name:ident = $word:literal;)+) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum AuditAction {
            $($(#[$doc])+ #[serde(rename = $word)] $name,)+
        }

        impl AuditAction {
            /// All of them, in the order of lists.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// The action of a word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.word() == word)
            }
        }
    };
}

actions! {
    /// Sign-in; `refused` with a wrong password or code, or while suspended.
    SignIn = "sign_in";
    /// Sign-out.
    SignOut = "sign_out";
    /// A recovery code in place of a code.
    RecoveryCodeUsed = "recovery_code_used";
    /// A new password of one's own.
    PasswordChanged = "password_changed";
    /// One's second factor was confirmed.
    TotpOn = "totp_on";
    /// One's second factor was switched off.
    TotpOff = "totp_off";
    /// New recovery codes.
    RecoveryCodesMade = "recovery_codes_made";
    /// A session of one's own was ended.
    SessionEnded = "session_ended";
    /// All other sessions of one's own were ended.
    SessionsEnded = "sessions_ended";
    /// An invitation was made.
    InvitationMade = "invitation_made";
    /// An invitation was taken back.
    InvitationRevoked = "invitation_revoked";
    /// An account was made with an invitation.
    InvitationAccepted = "invitation_accepted";
    /// The machine's operator made or changed an account.
    UserSet = "user_set";
    /// An account has another role.
    UserChanged = "user_changed";
    /// A role was asked for that a second person has to release.
    RoleAsked = "role_asked";
    /// A second person released it.
    RoleReleased = "role_released";
    /// It was not released, or taken back.
    RoleDeclined = "role_declined";
    /// An account was suspended; its sessions ended.
    UserSuspended = "user_suspended";
    /// An account may sign in again.
    UserReactivated = "user_reactivated";
    /// An administrator switched off an account's second factor.
    UserTotpOff = "user_totp_off";
    /// A key of a program was made.
    KeyMade = "key_made";
    /// A key got another secret.
    KeyRotated = "key_rotated";
    /// A key was ended.
    KeyRevoked = "key_revoked";
    /// A webhook was made.
    WebhookMade = "webhook_made";
    /// A webhook got another secret, or was switched on or off.
    WebhookChanged = "webhook_changed";
    /// A webhook was deleted.
    WebhookDeleted = "webhook_deleted";
    /// Codes of an order were downloaded as a table.
    CodesExported = "codes_exported";
    /// Labels were downloaded.
    LabelsExported = "labels_exported";
    /// PINs were made and told.
    PinsMade = "pins_made";
    /// A table or a document was downloaded: a list, a graph, a recall's report, what is wrong with an upload.
    TableExported = "table_exported";
    /// Records of FSMA 204 were downloaded.
    Fsma204Exported = "fsma204_exported";
    /// Lines of this log were downloaded.
    AuditExported = "audit_exported";
    /// A regulator looked something up: a history, a graph, who holds a lot.
    Searched = "searched";
    /// A recall was opened.
    RecallOpened = "recall_opened";
    /// A recall was approved.
    RecallApproved = "recall_approved";
    /// A recall was closed.
    RecallClosed = "recall_closed";
    /// A step in the case of a report.
    ReportStep = "report_step";
    /// A step in an alert of a medicine pack.
    AlertStep = "alert_step";
    /// Recall notices were taken from a file.
    NoticesImported = "notices_imported";
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

impl AuditOutcome {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Done, Self::Refused].into_iter().find(|outcome| outcome.word() == word)
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    /// When, milliseconds.
    pub at_ms: u64,
    /// GLN of the member whose person or program did it.
    pub member: String,
    /// Who, by sign-in name or key; absent when it was another member's.
    pub user: Option<String>,
    /// What.
    pub action: AuditAction,
    /// Of what: a name, a lot, a code, a case.
    pub object: String,
    /// What came of it.
    pub outcome: AuditOutcome,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for action in AuditAction::ALL {
            assert_eq!(AuditAction::parse(action.word()), Some(*action));
            assert_eq!(serde_json::to_value(action).expect("a word"), action.word());
            assert!(action.word().len() <= 40, "{}", action.word());
        }
        assert_eq!(AuditOutcome::parse("refused"), Some(AuditOutcome::Refused));
        assert_eq!(AuditAction::parse("sign"), None);
    }
}
