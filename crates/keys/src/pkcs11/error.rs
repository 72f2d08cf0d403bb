//! Why a key in a token is of no use, and what to do.

use super::place::Place;
use super::point::NotAPoint;
use cryptoki::context::Function;
use cryptoki::error::{Error as CallError, RvError};
use std::path::PathBuf;
use thiserror::Error;
use tracelight_domain::ids::PublicKey;

/// A fault and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {fault}")]
pub struct TokenKeyError {
    /// Module, token and key.
    pub place: Box<Place>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The library.
    #[error("the module cannot be used: {0}")]
    Module(String),
    /// No such token.
    #[error("no such token is there (there are: {}). Hint: is it plugged in, is the module's own configuration the right one?", list(.seen))]
    NoToken {
        /// Labels and serial numbers of those that are.
        seen: Vec<String>,
    },
    /// Two with one label.
    #[error("several tokens have this label. Hint: name it by `token_serial`")]
    ManyTokens,
    /// The PIN is not to be had.
    #[error("{0}")]
    Pin(String),
    /// The token refused it.
    #[error("the token refuses the PIN{}. It is not tried again, because tokens lock: put the right one in the file and start again", from(.file.as_ref()))]
    PinWrong {
        /// Where it came from; `None`: the terminal.
        file: Option<PathBuf>,
    },
    /// The token refused it before.
    #[error("the PIN{} was refused before and has not changed since; it is not tried again, because tokens lock. Hint: put the right one in the file", from(.file.as_ref()))]
    PinNotTried {
        /// Where it came from; `None`: the terminal.
        file: Option<PathBuf>,
    },
    /// It is locked.
    #[error(
        "the token is locked after too many wrong PINs. Way out: its security officer sets a new PIN with the maker's tool"
    )]
    PinLocked,
    /// One more wrong PIN locks it.
    #[error(
        "the token says that one more wrong PIN locks it, so the PIN was not tried. Way out: log in once with the maker's tool"
    )]
    PinFinalTry,
    /// No PIN was ever set, or it has expired.
    #[error("the token wants a PIN to be set first ({0}). Way out: set it with the maker's tool")]
    PinUnset(&'static str),
    /// No such key.
    #[error("the token holds no Edwards key with this label. Hint: `tracelight key token-new` makes one")]
    NoKey,
    /// Two with one label.
    #[error(
        "the token holds several keys with this label. Way out: remove or rename all but one with the maker's tool"
    )]
    ManyKeys,
    /// The label is taken.
    #[error("the token holds a key with this label already; nothing was made. Hint: choose another label")]
    Exists,
    /// It can be read out.
    #[error("the key could be read out of the token ({0}). Way out: make a new one with `tracelight key token-new`")]
    Exportable(&'static str),
    /// Edwards keys are unknown to it.
    #[error("the token does not sign with Ed25519 (CKM_EDDSA). Hint: its firmware or module may be too old")]
    NoEddsa,
    /// Its public half is none.
    #[error("its public half cannot be read: {0}")]
    Point(#[from] NotAPoint),
    /// Another key.
    #[error("the token holds another key than the file names: {found}")]
    OtherKey {
        /// Its public half.
        found: PublicKey,
    },
    /// A signature that does not verify.
    #[error(
        "the token gave a signature that the public key in the file does not accept. Hint: is it the public half of this key?"
    )]
    BadSignature,
    /// Too much to sign.
    #[error("{bytes} bytes are more than are signed at once")]
    TooLong {
        /// Bytes of the message.
        bytes: usize,
    },
    /// The queue is full.
    #[error("too many signatures wait for the token already")]
    Busy,
    /// It takes too long.
    #[error("the token did not answer within {ms} ms")]
    Timeout {
        /// How long was waited.
        ms: u64,
    },
    /// Not to be had a moment ago.
    #[error("{last} (tried a moment ago; tried again in a second)")]
    Away {
        /// Why.
        last: Box<Fault>,
    },
    /// A call into the module failed.
    #[error("the module answers {code} to {call}")]
    Call {
        /// Which.
        call: String,
        /// Its answer.
        code: String,
        /// Whether opening the session anew may help.
        lost: bool,
    },
}

fn list(seen: &[String]) -> String {
    if seen.is_empty() { "none".to_owned() } else { seen.join(", ") }
}

fn from(file: Option<&PathBuf>) -> String {
    file.map_or_else(String::new, |file| format!(" in `{}`", file.display()))
}

impl Fault {
    /// Whether opening the session anew may help.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Call { lost: true, .. })
    }

    /// Whether it may be that the module does not see a token that is there.
    pub(super) fn may_be_gone(&self) -> bool {
        self.is_lost() || matches!(self, Self::NoToken { .. } | Self::NoKey)
    }

    fn of_code(code: RvError, call: Function) -> Self {
        match (code, call) {
            (RvError::PinLocked, _) => Self::PinLocked,
            (RvError::PinExpired, _) => Self::PinUnset("it has expired"),
            (RvError::UserPinNotInitialized, _) => Self::PinUnset("it has none"),
            (RvError::MechanismInvalid | RvError::CurveNotSupported, _) => Self::NoEddsa,
            _ => Self::Call { call: format!("{call:?}"), code: format!("{code:?}"), lost: is_lost(code) },
        }
    }
}

/// Answers after which a session is of no use, and a new one may be. Devices differ in which they give when they are pulled out.
fn is_lost(code: RvError) -> bool {
    matches!(
        code,
        RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::DeviceRemoved
            | RvError::DeviceError
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::SlotIdInvalid
            | RvError::UserNotLoggedIn
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::OperationActive
            | RvError::OperationNotInitialized
            | RvError::CryptokiNotInitialized
            | RvError::FunctionFailed
            | RvError::GeneralError
    )
}

impl From<CallError> for Fault {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Pkcs11(code, call) => Self::of_code(code, call),
            other => Self::Module(other.to_string()),
        }
    }
}
