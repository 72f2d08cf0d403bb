//! The pure part of `/events` and `/queries`: which events a client asks for, in which order, and how many at once.
//!
//! ```text
//! EQ_  one of the values          several values of one parameter: or (separated by `|` in a URL, a list in JSON)
//! MATCH_  ids, patterns, classes  several parameters: and
//! GE_ GT_ LE_ LT_  numbers, times WD_  a place or what lies within it (master data)
//! EXISTS_  the field is there     HASATTR_, EQATTR_  master data of what a field names
//! ```
//! Own fields are named by prefix or in full: `EQ_example:myField`, `EQ_ILMD_https://ns.example.com/epcis/batch`,
//! `GE_INNER_SENSORREPORT_example:x`. Sensor values and quantities are compared in the unit of the parameter
//! (`GE_value_KEL=300` finds 30 CEL): see [`units`].
//!
//! A parameter that is unknown, has a wrong value, stands twice, or excludes another is QueryParameterException.

mod eval;
mod page;
mod params;
pub mod units;

use crate::error::{Exception, ExceptionKind};
use crate::event::{Action, Event};
use crate::name::{Context, Name};
use crate::text::{Timestamp, Uri, shown};
use crate::vocabulary::Term;
pub use eval::{Facts, MasterData};
pub use page::{PER_PAGE_DEFAULT, PER_PAGE_MAX, Page, PageToken};

/// Parameters of one query; more is QueryTooComplexException.
pub const PARAMETERS_MAX: usize = 100;
/// Values of one parameter.
pub const VALUES_MAX: usize = 500;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    filters: Vec<Filter>,
    order: Option<Order>,
    limit: Option<Limit>,
    /// Paging, from `perPage` and `nextPageToken`.
    pub page: Page,
}

/// By what, and which way. The way is DESC unless it is said.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    by: OrderField,
    ascending: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum OrderField {
    EventTime,
    RecordTime,
    Own(Name),
}

/// How many at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// `eventCountLimit`: the first so many in the order asked for.
    First(usize),
    /// `maxEventCount`: more is QueryTooLargeException.
    AtMost(usize),
}

/// Comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Eq,
    Gt,
    Ge,
    Lt,
    Le,
}

/// One condition; all have to hold.
#[derive(Debug, Clone, PartialEq)]
enum Filter {
    Type(Vec<String>),
    Time { field: TimeField, op: Op, at: Timestamp },
    Action(Vec<Action>),
    Word { field: WordField, terms: Vec<Term> },
    Place { field: PlaceField, within: bool, ids: Vec<String> },
    Linked { list: LinkedList, kind: Term, ids: Vec<String> },
    Id { field: IdField, ids: Vec<String> },
    Match { field: MatchField, patterns: Vec<String> },
    Number { field: NumberField, unit: Option<String>, op: Op, values: Vec<f64> },
    Text { field: TextField, values: Vec<String> },
    Boolean(bool),
    HasError,
    HasSensors,
    Own { scope: Scope, inner: bool, name: Name, op: Op, values: Vec<Operand> },
    HasOwn { scope: Scope, inner: bool, name: Name },
    HasAttribute { field: String, names: Vec<String> },
    Attribute { field: String, name: String, values: Vec<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimeField {
    Event,
    Record,
    Error,
    Sensor,
    SensorStart,
    SensorEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WordField {
    BizStep,
    Disposition,
    Set,
    Unset,
    ErrorReason,
    Measurement,
    Component,
    Exception,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlaceField {
    ReadPoint,
    BizLocation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LinkedList {
    Transaction,
    Source,
    Destination,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdField {
    Transformation,
    Event,
    Corrective,
    Device,
    DeviceMetadata,
    RawData,
    Method,
    Microorganism,
    Substance,
    Rules,
    UriValue,
    ReferenceSystem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MatchField {
    Epc,
    Parent,
    Input,
    Output,
    Any,
    Class,
    InputClass,
    OutputClass,
    AnyClass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberField {
    Quantity,
    /// A number of a sensor report, by its name.
    Report(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextField {
    StringValue,
    HexBinaryValue,
}

/// Where own fields are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Event,
    Ilmd,
    ErrorDeclaration,
    ReadPoint,
    BizLocation,
    SensorElement,
    SensorMetadata,
    SensorReport,
}

/// What an own field is compared with: as a text, and as a number or a time when it is one.
#[derive(Debug, Clone, PartialEq)]
struct Operand {
    text: String,
    number: Option<f64>,
    time: Option<Timestamp>,
}

impl Query {
    /// From the pairs of a URL's query, decoded. `context` knows the prefixes of own fields (`GS1-Extensions`).
    ///
    /// # Errors
    /// QueryParameterException; QueryTooComplexException over the bounds.
    pub fn from_pairs<'q>(
        pairs: impl IntoIterator<Item = (&'q str, &'q str)>,
        context: &Context,
    ) -> Result<Self, Exception> {
        let split = |(name, value): (&'q str, &'q str)| {
            let values = value.split('|').map(|value| value.trim().to_owned()).collect();
            (name.to_owned(), values)
        };
        params::parse(pairs.into_iter().map(split), context)
    }

    /// From the object `query` of a stored query, or a whole definition `{"name": …, "query": {…}}`.
    ///
    /// # Errors
    /// QueryValidationException when it is no such object; otherwise as [`Query::from_pairs`].
    pub fn from_json(text: &str) -> Result<Self, Exception> {
        params::from_json(text)
    }

    /// Does this event belong to the answer?
    #[must_use]
    pub fn admits(&self, event: &Event, facts: &dyn Facts) -> bool {
        self.filters.iter().all(|filter| eval::holds(filter, event, facts))
    }

    /// The order of two events that are admitted; equal when no order was asked for. The sort has to be stable.
    #[must_use]
    pub fn compare(&self, left: &Event, right: &Event) -> std::cmp::Ordering {
        match &self.order {
            None => std::cmp::Ordering::Equal,
            Some(order) if order.ascending => eval::compare(&order.by, left, right),
            Some(order) => eval::compare(&order.by, right, left),
        }
    }

    /// How many were asked for.
    #[must_use]
    pub const fn limit(&self) -> Option<Limit> {
        self.limit
    }

    /// The whole answer out of a list of events: admitted, in order, within the limit. Paging is the caller's.
    ///
    /// # Errors
    /// QueryTooLargeException for more than `maxEventCount`.
    pub fn select<'e>(
        &self,
        events: impl IntoIterator<Item = &'e Event>,
        facts: &dyn Facts,
    ) -> Result<Vec<&'e Event>, Exception> {
        let mut found: Vec<&Event> = events.into_iter().filter(|event| self.admits(event, facts)).collect();
        found.sort_by(|left, right| self.compare(left, right));
        match self.limit {
            Some(Limit::First(count)) => found.truncate(count),
            Some(Limit::AtMost(count)) if found.len() > count => {
                let detail = format!("{} events match, and maxEventCount is {count}", found.len());
                return Err(Exception::new(ExceptionKind::QueryTooLarge, detail));
            }
            _ => {}
        }
        Ok(found)
    }
}

/// QueryParameterException about one parameter.
fn refuse(name: &str, reason: impl std::fmt::Display) -> Exception {
    Exception::new(ExceptionKind::QueryParameter, format!("`{}`: {reason}", shown(name)))
}

/// An id as it is compared.
fn id(text: &str) -> String {
    crate::key::comparable(text).into_owned()
}

fn uri_id(uri: &Uri) -> String {
    id(uri.as_str())
}

#[cfg(test)]
mod tests;
