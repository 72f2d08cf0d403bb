//! What is wrong with a document, a query or an event: the fault, its place, and the exception of EPCIS that it is.
//!
//! ```text
//! Fault       one broken rule, a variant each
//! Violation   a fault at a place: JSON pointer (RFC 6901) or XPath
//! Exception   what an interface answers: EPCIS's name, its HTTP status, one sentence, all violations
//! ```

use std::fmt;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` does not belong here; own fields need a namespace, such as `example:{0}`")]
    Unknown(String),
    #[error("`{0}` stands here twice")]
    Repeated(String),
    #[error("`{0}` comes too late: the XSD has it before its neighbours")]
    Order(String),
    #[error("expected {expected}, found {found}")]
    Type { expected: &'static str, found: &'static str },
    #[error("`{0}` is no URI: it needs a scheme, and characters of RFC 3986 only")]
    NotUri(String),
    #[error("`{0}` is no time with a zone, such as 2020-03-04T11:00:30.000+01:00")]
    NotTime(String),
    #[error("`{0}` is no time zone offset from -14:00 to +14:00, such as +01:00")]
    NotOffset(String),
    #[error("`{0}` is no decimal number")]
    NotNumber(String),
    #[error("`{0}` is neither true nor false")]
    NotBoolean(String),
    #[error("`{0}` is not hexadecimal")]
    NotHex(String),
    #[error("`{0}` is no unit of UN/ECE Recommendation 20, two or three capitals or digits")]
    NotUnit(String),
    #[error("`{0}` is no version, such as 2.0")]
    NotVersion(String),
    #[error("`{0}` is not ADD, OBSERVE or DELETE")]
    NotAction(String),
    #[error("`{word}` is no {list} of the Core Business Vocabulary; a word of your own has to be a URI")]
    NotWord { list: &'static str, word: String },
    #[error("`{word}` is a standard {list} spelt for XML; in JSON write `{short}`")]
    SpeltForXml { list: &'static str, word: String, short: String },
    #[error("`{0}` is empty; leave it out or name something in it")]
    Empty(&'static str),
    #[error("`{0}` is named twice in one list")]
    Duplicate(String),
    #[error("`type` is not a kind of event: {0}")]
    NotEvent(String),
    #[error("an {event} with action {action} needs `parentID`")]
    NoParent { event: &'static str, action: &'static str },
    #[error("an {event} with action {action} needs `childEPCs` or `childQuantityList`")]
    NoChildren { event: &'static str, action: &'static str },
    #[error("an ObjectEvent needs `epcList`, `quantityList`, or `sensorElementList` with `readPoint`")]
    NoObjects,
    #[error("a TransactionEvent with action {0} needs `epcList` or `quantityList`")]
    NoTransactionObjects(&'static str),
    #[error("`ilmd` describes what comes to be: it goes with action ADD only")]
    IlmdWithoutAdd,
    #[error("a TransformationEvent needs inputs and outputs, or `transformationID` with one of them")]
    NoTransformation,
    #[error("`persistentDisposition` needs `set` or `unset`")]
    NoPersistentDisposition,
    #[error("`{0}` is both set and unset")]
    SetAndUnset(String),
    #[error("`{0}` stands in `sensorMetadata` and in a `sensorReport`; it may stand in one of them")]
    SensorTwice(&'static str),
    #[error("`startTime` is later than `endTime`")]
    SensorEndsBeforeStart,
    #[error("a parent cannot be its own child: `{0}`")]
    ParentIsChild(String),
    #[error("{0}")]
    Key(String),
    #[error("XML has no place for it: {0}")]
    NotForXml(&'static str),
}

/// A fault at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer (`/epcisBody/eventList/0/bizStep`) or XPath (`/EPCISDocument/EPCISBody/EventList/ObjectEvent[1]/bizStep`).
    pub pointer: String,
    /// The rule.
    pub fault: Fault,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.fault)
    }
}

macro_rules! exceptions {
    ($($(#[$doc:meta])* $variant:ident = $status:literal,)+) => {
        /// The exceptions of EPCIS 2.0 and the HTTP status of each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ExceptionKind { $($(#[$doc])* $variant,)+ }

        impl ExceptionKind {
            /// The name in the standard.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => concat!(stringify!($variant), "Exception"),)+ }
            }

            /// The status that the REST binding gives it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }
        }
    };
}

exceptions! {
    /// A document or an event breaks a rule.
    Validation = 400,
    /// A stored query is not valid.
    QueryValidation = 400,
    /// A query parameter is unknown, has a wrong value, or excludes another.
    QueryParameter = 400,
    /// A subscription's schedule or target is wrong.
    SubscriptionControls = 400,
    /// Not allowed.
    Security = 403,
    /// No query or subscription of that name.
    NoSuchName = 404,
    /// No such resource.
    NoSuchResource = 404,
    /// Nothing that the client accepts can be made.
    NotAcceptable = 406,
    /// It is there already.
    ResourceAlreadyExists = 409,
    /// More events or bytes than one capture may have.
    CaptureLimitExceeded = 413,
    /// More events than the query or the server allows.
    QueryTooLarge = 413,
    /// More work than the server allows.
    QueryTooComplex = 413,
    /// The URI is too long.
    URITooLong = 414,
    /// Neither JSON-LD nor XML, or a document that is not captured.
    UnsupportedMediaType = 415,
    /// A fault of ours.
    Implementation = 500,
}

/// What an interface of EPCIS answers in place of a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", kind.name())]
pub struct Exception {
    /// Which one.
    pub kind: ExceptionKind,
    /// One sentence, with the way out.
    pub detail: String,
    /// Every broken rule that was found, in the order of the document.
    pub violations: Vec<Violation>,
}

impl Exception {
    /// Without violations.
    #[must_use]
    pub fn new(kind: ExceptionKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), violations: Vec::new() }
    }

    /// ValidationException for the violations of a document or an event.
    #[must_use]
    pub fn validation(violations: Vec<Violation>) -> Self {
        let detail = violations.first().map(ToString::to_string).unwrap_or_default();
        Self { kind: ExceptionKind::Validation, detail, violations }
    }

    /// `type` of the problem document (RFC 7807).
    #[must_use]
    pub fn problem_type(&self) -> String {
        format!("epcisException:{}", self.kind.name())
    }
}
