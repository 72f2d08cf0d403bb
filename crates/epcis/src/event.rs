//! Events as values: what happened (kind), when, where, why, in which condition, and everybody's own fields.
//!
//! One [`Event`] stands for the same event in JSON-LD and in XML. Lists keep the order of the document; [`Event::same`] compares
//! without it, and without the spelling of numbers, times and prefixes.

mod canonical;
mod extension;
mod ids;
pub(crate) mod sensor;

use crate::error::Fault;
use crate::name::{Context, Name};
use crate::text::{Decimal, Offset, Timestamp, Uri, shown};
use crate::vocabulary::Term;
pub use extension::{Extension, Value};
pub use sensor::{SensorElement, SensorMetadata, SensorReport};
use std::sync::Arc;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub event_time: Timestamp,
    /// The local offset where it happened.
    pub offset: Offset,
    /// When the repository took it.
    pub record_time: Option<Timestamp>,
    /// Its id; not unique alone, because a withdrawal repeats it.
    pub event_id: Option<Uri>,
    /// Says that the event of the same id did not happen as told.
    pub error: Option<ErrorDeclaration>,
    /// Certificates that apply.
    pub certification_info: Vec<Uri>,
    /// What kind, with the fields of that kind.
    pub kind: EventKind,
    /// The step of business.
    pub biz_step: Option<Term>,
    /// The condition of the objects from here on, until the next event.
    pub disposition: Option<Term>,
    /// Conditions that last until they are unset.
    pub persistent_disposition: Option<PersistentDisposition>,
    /// Where exactly.
    pub read_point: Option<Place>,
    /// Where the objects are expected from here on.
    pub biz_location: Option<Place>,
    /// Documents of business. In a TransactionEvent there is at least one.
    pub biz_transactions: Vec<Typed>,
    /// From whom.
    pub sources: Vec<Typed>,
    /// To whom.
    pub destinations: Vec<Typed>,
    /// What sensors said.
    pub sensors: Vec<SensorElement>,
    /// Own fields.
    pub extensions: Vec<Extension>,
    /// The prefixes of its document: own words in values are expanded with them, and they are written again.
    pub context: Arc<Context>,
}

/// What kind of event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// Something happened to objects.
    Object { action: Action, objects: Objects, ilmd: Vec<Extension> },
    /// Objects were put into or onto a parent, or taken from it.
    Aggregation(Containment),
    /// As an aggregation, but lasting: a sensor on a crate, or in a room.
    Association(Containment),
    /// Objects were linked to documents of business.
    Transaction { action: Action, parent: Option<Uri>, objects: Objects },
    /// Objects were used up, and others made.
    Transformation { inputs: Objects, outputs: Objects, id: Option<Uri>, ilmd: Vec<Extension> },
    /// A kind of somebody's own; all its fields beyond the common ones are extensions.
    Extended(Name),
}

/// A parent and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Containment {
    pub action: Action,
    /// May be absent only when an aggregation is observed.
    pub parent: Option<Uri>,
    /// Empty with DELETE: everything leaves.
    pub children: Objects,
}

/// Objects by instance and by class.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Objects {
    /// Single objects.
    pub epcs: Vec<Uri>,
    /// Amounts of a class.
    pub quantities: Vec<Quantity>,
}

impl Objects {
    /// Nothing named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.epcs.is_empty() && self.quantities.is_empty()
    }
}

/// An amount of a class of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    /// The class: a lot, a trade item.
    pub class: Uri,
    /// How much; unknown when absent.
    pub quantity: Option<Decimal>,
    /// UN/ECE Rec 20; absent for a count.
    pub uom: Option<Uom>,
}

/// A unit of measure of a quantity: two or three capitals or digits (UN/ECE Recommendation 20).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uom(String);

impl Uom {
    /// # Errors
    /// Another form.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let holds = matches!(text.len(), 2 | 3) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if holds { Ok(Self(text.to_owned())) } else { Err(Fault::NotUnit(shown(text))) }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How an event relates to the life of what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It begins.
    Add,
    /// It goes on.
    Observe,
    /// It ends.
    Delete,
}

impl Action {
    /// # Errors
    /// Another word.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "ADD" => Ok(Self::Add),
            "OBSERVE" => Ok(Self::Observe),
            "DELETE" => Ok(Self::Delete),
            other => Err(Fault::NotAction(shown(other))),
        }
    }

    /// As written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Observe => "OBSERVE",
            Self::Delete => "DELETE",
        }
    }
}

/// The withdrawal of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDeclaration {
    pub time: Timestamp,
    pub reason: Option<Term>,
    pub corrective_ids: Vec<Uri>,
    pub extensions: Vec<Extension>,
}

/// Conditions that last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersistentDisposition {
    pub set: Vec<Term>,
    pub unset: Vec<Term>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub id: Uri,
    pub extensions: Vec<Extension>,
}

/// A document of business, a source or a destination: an id and what it is to the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// Absent only for documents of business.
    pub kind: Option<Term>,
    pub id: Uri,
}

impl EventKind {
    /// `ObjectEvent`, ...; the IRI of an extended one.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Object { .. } => "ObjectEvent".to_owned(),
            Self::Aggregation(_) => "AggregationEvent".to_owned(),
            Self::Association(_) => "AssociationEvent".to_owned(),
            Self::Transaction { .. } => "TransactionEvent".to_owned(),
            Self::Transformation { .. } => "TransformationEvent".to_owned(),
            Self::Extended(name) => name.iri(),
        }
    }

    /// Absent for transformations and extended events.
    #[must_use]
    pub const fn action(&self) -> Option<Action> {
        match self {
            Self::Object { action, .. } | Self::Transaction { action, .. } => Some(*action),
            Self::Aggregation(content) | Self::Association(content) => Some(content.action),
            Self::Transformation { .. } | Self::Extended(_) => None,
        }
    }

    /// The parent, where there is one.
    #[must_use]
    pub const fn parent(&self) -> Option<&Uri> {
        match self {
            Self::Aggregation(content) | Self::Association(content) => content.parent.as_ref(),
            Self::Transaction { parent, .. } => parent.as_ref(),
            Self::Object { .. } | Self::Transformation { .. } | Self::Extended(_) => None,
        }
    }

    /// Instance and lot master data.
    #[must_use]
    pub fn ilmd(&self) -> &[Extension] {
        match self {
            Self::Object { ilmd, .. } | Self::Transformation { ilmd, .. } => ilmd,
            _ => &[],
        }
    }
}

impl Event {
    /// The same event, in whatever order, spelling and syntax: lists compare as sets of their members, numbers by value, times
    /// by moment. Ids compare as written.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        canonical::of(self) == canonical::of(other)
    }
}
