//! What can become of a call besides its answer.

use serde::Deserialize;
use std::time::Duration;
use tracelight_api::problem::Problem;
use tracelight_api::rest::goods::Order;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an address of a server. What was given is not told again: it may hold a password.
    #[error("this is no address of a server, expected https://host or http://host:port and nothing else")]
    BadUrl,
    /// The key would leave this machine in the clear; [`crate::Tracelight::over_plain_http`] is for who wants that.
    #[error("over `{base}` the key could be read on its way, expected https:// to another machine")]
    PlainHttp {
        /// Scheme, host and port.
        base: String,
    },
    /// A key, or a token of a gateway, is visible ASCII.
    #[error("the key has characters that no key has")]
    BadKey,
    /// See [`crate::Once::named`].
    #[error("the name of a command has 1 to 200 visible ASCII characters")]
    BadName,
    /// A GTIN, lot or id that no address can carry (empty, `.` or `..`).
    #[error("`{part}` cannot stand in an address")]
    BadPart {
        /// What was given.
        part: String,
    },
    /// This machine cannot call anybody.
    #[error("the client cannot be set up: {0}")]
    Setup(String),
    /// Nobody answered. A command may have been done all the same: send it again under the same [`crate::Once`].
    #[error("no answer to {call} after {attempts} attempts: {why}")]
    NoAnswer {
        /// Method and path.
        call: String,
        /// Attempts that were made.
        attempts: u32,
        /// Sending the call again does nothing twice: it reads, it has its [`crate::Once`], or nobody was reached.
        harmless: bool,
        /// What the last one failed with.
        why: String,
    },
    /// The server said no, and why.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// The server answered something that this client does not understand.
    #[error("the answer to {call} could not be read: {why}")]
    BadAnswer {
        /// Method and path.
        call: String,
        /// What is wrong with it.
        why: String,
    },
    /// An answer is longer than its bound.
    #[error("the answer to {call} has more than {max} bytes")]
    TooLong {
        /// Method and path.
        call: String,
        /// The bound.
        max: u64,
    },
    /// What was waited for did not come in time. It may still come.
    #[error("{what} took longer than {} s", .within.as_secs())]
    NotInTime {
        /// What was waited for.
        what: String,
        /// How long.
        within: Duration,
        /// What the last look failed with, when it did.
        #[source]
        last: Option<Box<Error>>,
    },
    /// An order ended without all of its codes: cancelled, or failed for the reason that it tells.
    #[error("order {} ended after {} of {} codes", .0.id, .0.made, .0.count)]
    OrderEnded(Box<Order>),
    /// The writer did not take the bytes of a download.
    #[error("the download could not be written")]
    Write(#[source] std::io::Error),
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Method and path.
    pub call: String,
    /// Status, stable name, field and the way out.
    pub problem: Problem,
    /// What is wrong with an EPCIS document, place by place; empty for everything else.
    pub violations: Vec<Violation>,
    /// Sending the call again does nothing twice: it reads, or it has its [`crate::Once`], or it is the same however often it is done.
    pub harmless: bool,
}

/// One thing that is wrong with an EPCIS document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Violation {
    /// Where: a JSON pointer, or an XPath.
    pub pointer: String,
    /// What.
    pub fault: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Problem { status, title, detail, field, .. } = &self.problem;
        write!(f, "{} was refused ({status} {}): {title}", self.call, self.name())?;
        if let Some(field) = field {
            write!(f, "; `{field}`")?;
        }
        detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// The stable name without its prefix: `not_found`, `missing_scope`, `batch_sealed`, `ValidationException`.
    #[must_use]
    pub fn name(&self) -> &str {
        let kind = self.problem.kind.as_str();
        kind.split_once(':').map_or(kind, |(_, name)| name)
    }
}

impl Error {
    /// The server's refusal, when that is what happened.
    #[must_use]
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) => Some(refused),
            _ => None,
        }
    }

    /// Is this the refusal of that name?
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.refused().is_some_and(|refused| refused.name() == name)
    }

    /// There is no such thing, or it is another member's.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.refused().is_some_and(|refused| refused.problem.status == 404)
    }

    /// May the same call be sent again as it was, and succeed without anybody doing something? Says nothing about the goods.
    ///
    /// False for a command without a [`crate::Once`] that may have been done: look first what became of it. True for any call that
    /// reached nobody, or was refused because there were too many (429).
    #[must_use]
    pub fn passes(&self) -> bool {
        match self {
            // What waits only looks.
            Self::NotInTime { .. } => true,
            Self::NoAnswer { harmless, .. } => *harmless,
            Self::Refused(refused) => match refused.problem.status {
                429 => true,
                502..=504 => refused.harmless,
                _ => false,
            },
            _ => false,
        }
    }
}
