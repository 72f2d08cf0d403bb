//! What events travel in, and reading it: EPCIS documents, query results, bare events and lists of them.
//!
//! ```text
//! bytes --json or xml--> envelope (header, namespaces) and events, each Ok or a list of violations with their pointers
//!       --rules::check-> what no schema says
//! ```
//! A broken envelope refuses everything; a broken event refuses itself, and the caller decides what becomes of the others
//! ([`Capture::all_or_nothing`] is EPCIS's `rollback`).

use crate::error::{Exception, ExceptionKind, Fault, Violation};
use crate::event::{Event, Extension, Value};
use crate::limits::{Limits, Policy, Severity};
use crate::name::Context;
use crate::text::{Timestamp, Uri};
use std::fmt;
use std::sync::Arc;

/// The two syntaxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON-LD, EPCIS 2.0.
    Json,
    /// XML, EPCIS 2.0 or 1.x.
    Xml,
}

impl Format {
    /// By the media type of a request, its parameters ignored. `None` for a type that EPCIS does not travel in.
    #[must_use]
    pub fn from_media_type(text: &str) -> Option<Self> {
        let media = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "application/json" | "application/ld+json" => Some(Self::Json),
            "application/xml" | "text/xml" => Some(Self::Xml),
            _ => None,
        }
    }

    /// By the first character that is not white space.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{' | b'[') => Some(Self::Json),
            Some(b'<') => Some(Self::Xml),
            _ => None,
        }
    }
}

/// A document, or what stands for one when events came bare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    pub kind: DocumentKind,
    pub id: Option<Uri>,
    /// As written: `2.0`, `1.2`.
    pub schema_version: String,
    pub creation_date: Option<Timestamp>,
    pub header: Header,
    pub extensions: Vec<Extension>,
    pub context: Arc<Context>,
    pub events: Vec<Event>,
}

/// What sort of document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DocumentKind {
    /// `EPCISDocument`, or bare events.
    #[default]
    Events,
    /// `EPCISQueryDocument`.
    Query { name: String, subscription: Option<String> },
}

/// Who sent it to whom, and master data that came with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    pub sender: Option<String>,
    pub receiver: Option<String>,
    pub instance: Option<String>,
    pub master_data: Vec<Vocabulary>,
}

/// Master data of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    pub kind: Uri,
    pub elements: Vec<VocabularyElement>,
}

/// Master data of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VocabularyElement {
    pub id: Uri,
    pub attributes: Vec<(Uri, Value)>,
    /// What lies within it: read by the `WD_` parameters of queries.
    pub children: Vec<Uri>,
}

/// One event of what was captured.
#[derive(Debug, Clone)]
pub struct Captured {
    /// Where it stood.
    pub pointer: String,
    /// The event, or what is wrong with it.
    pub outcome: Result<Event, Vec<Violation>>,
    /// What is doubtful about it and was let pass.
    pub notes: Vec<Violation>,
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Capture {
    /// The envelope; its list of events is empty.
    pub document: Document,
    /// In the order of the document.
    pub events: Vec<Captured>,
}

impl Capture {
    /// Every event, or none: EPCIS's `rollback`.
    ///
    /// # Errors
    /// ValidationException with the violations of all events.
    pub fn all_or_nothing(self) -> Result<Document, Exception> {
        let mut document = self.document;
        let mut violations = Vec::new();
        for captured in self.events {
            match captured.outcome {
                Ok(event) => document.events.push(event),
                Err(found) => violations.extend(found),
            }
        }
        if violations.is_empty() { Ok(document) } else { Err(Exception::validation(violations)) }
    }
}

/// Reads what came.
///
/// # Errors
/// CaptureLimitExceededException over the limits; ValidationException for a body that is no JSON or XML, or an envelope that
/// breaks its schema, or a document that is none of events. Events have their own outcomes.
pub fn read(bytes: &[u8], format: Format, limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    if bytes.len() > limits.bytes_max {
        let detail = format!("the body has {} bytes; at most {} are taken", bytes.len(), limits.bytes_max);
        return Err(Exception::new(ExceptionKind::CaptureLimitExceeded, detail));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let detail = format!("the body is not UTF-8 at byte {}", error.valid_up_to());
        Exception::new(ExceptionKind::Validation, detail)
    })?;
    match format {
        Format::Json => crate::json::read(text, limits, policy),
        Format::Xml => crate::xml::read(text, limits, policy),
    }
}

/// Refuses more events than a capture may have.
pub(crate) fn check_count(found: usize, limits: &Limits) -> Result<(), Exception> {
    if found <= limits.events_max {
        return Ok(());
    }
    let detail = format!("the document has {found} events; at most {} are taken at once", limits.events_max);
    Err(Exception::new(ExceptionKind::CaptureLimitExceeded, detail))
}

/// Violations and notes of one event or envelope, at most as many as the limits say.
#[derive(Debug)]
pub(crate) struct Findings {
    pub violations: Vec<Violation>,
    pub notes: Vec<Violation>,
    max: usize,
}

impl Findings {
    pub fn new(limits: &Limits) -> Self {
        Self { violations: Vec::new(), notes: Vec::new(), max: limits.violations_max.max(1) }
    }

    pub fn violation(&mut self, at: &dyn fmt::Display, fault: Fault) {
        if self.violations.len() < self.max {
            self.violations.push(Violation { pointer: at.to_string(), fault });
        }
    }

    pub fn weighed(&mut self, severity: Severity, at: &dyn fmt::Display, fault: Fault) {
        match severity {
            Severity::Refuse => self.violation(at, fault),
            Severity::Note if self.notes.len() < self.max => {
                self.notes.push(Violation { pointer: at.to_string(), fault });
            }
            Severity::Note => {}
        }
    }

    /// The value, or a violation.
    pub fn take<T>(&mut self, at: &dyn fmt::Display, result: Result<T, Fault>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.violation(at, fault);
                None
            }
        }
    }

    /// Puts all places below another.
    pub fn below(&mut self, pointer: &str) {
        for violation in self.violations.iter_mut().chain(&mut self.notes) {
            violation.pointer.insert_str(0, pointer);
        }
    }

    /// The event when nothing is wrong.
    pub fn captured(self, pointer: String, event: Option<Event>) -> Captured {
        let outcome = match event {
            Some(event) if self.violations.is_empty() => Ok(event),
            _ => Err(self.violations),
        };
        Captured { pointer, outcome, notes: self.notes }
    }
}
