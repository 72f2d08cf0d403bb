//! Conditions, held against an event.

use super::params::report_number;
use super::units::{self, Amount};
use super::{
    Filter, IdField, LinkedList, MatchField, NumberField, Op, Operand, OrderField, PlaceField, Scope, TextField,
    TimeField, WordField, id, uri_id,
};
use crate::document::Header;
use crate::event::{Event, EventKind, Extension, Objects, Place, SensorReport, Typed, Value};
use crate::key;
use crate::name::Name;
use crate::text::{Decimal, Timestamp, Uri};
use crate::vocabulary::Term;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Master data that queries ask for. Ids are in their comparable form ([`key::comparable`]).
pub trait Facts {
    /// Does `place` lie within `whole`, at any depth?
    fn lies_within(&self, place: &str, whole: &str) -> bool;
    /// The values of an attribute of a thing.
    fn attribute(&self, thing: &str, name: &str) -> Vec<String>;
}

/// Master data out of the headers of documents.
#[derive(Debug, Clone, Default)]
pub struct MasterData {
    children: BTreeMap<String, BTreeSet<String>>,
    attributes: BTreeMap<(String, String), Vec<String>>,
}

/// Places that one search through a hierarchy visits.
const PLACES_MAX: usize = 10_000;

impl MasterData {
    /// Takes up what a header says.
    pub fn add(&mut self, header: &Header) {
        for element in header.master_data.iter().flat_map(|vocabulary| &vocabulary.elements) {
            let thing = uri_id(&element.id);
            self.children.entry(thing.clone()).or_default().extend(element.children.iter().map(uri_id));
            for (name, value) in &element.attributes {
                let values = self.attributes.entry((thing.clone(), name.as_str().to_owned())).or_default();
                values.extend(value.text());
            }
        }
    }
}

impl Facts for MasterData {
    fn lies_within(&self, place: &str, whole: &str) -> bool {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![whole];
        while let Some(at) = open.pop() {
            if at == place {
                return true;
            }
            if seen.len() >= PLACES_MAX || !seen.insert(at) {
                continue;
            }
            open.extend(self.children.get(at).into_iter().flatten().map(String::as_str));
        }
        false
    }

    fn attribute(&self, thing: &str, name: &str) -> Vec<String> {
        self.attributes.get(&(thing.to_owned(), name.to_owned())).cloned().unwrap_or_default()
    }
}

pub(super) fn holds(filter: &Filter, event: &Event, facts: &dyn Facts) -> bool {
    match filter {
        Filter::Type(types) => types.contains(&event.kind.name()),
        Filter::Time { field, op, at } => {
            times(*field, event).iter().any(|time| compares(*op, time.unix_nanos().cmp(&at.unix_nanos())))
        }
        Filter::Action(actions) => event.kind.action().is_some_and(|action| actions.contains(&action)),
        Filter::Word { field, terms } => words(*field, event).iter().any(|word| terms.contains(word)),
        Filter::Place { field, within, ids } => place(*field, event).is_some_and(|place| {
            let place = uri_id(&place.id);
            ids.iter().any(|id| *id == place || (*within && facts.lies_within(&place, id)))
        }),
        Filter::Linked { list, kind, ids } => {
            let matches = |typed: &Typed| typed.kind.as_ref() == Some(kind) && ids.contains(&uri_id(&typed.id));
            linked(*list, event).iter().any(matches)
        }
        Filter::Id { field, ids } => field_ids(*field, event).iter().any(|uri| ids.contains(&uri_id(uri))),
        Filter::Match { field, patterns } => {
            let ids = matched(*field, event);
            patterns.iter().any(|pattern| ids.iter().any(|id| key::matches(pattern, id.as_str())))
        }
        Filter::Number { field, unit, op, values } => number(*field, unit.as_deref(), *op, values, event),
        Filter::Text { field, values } => reports(event).any(|report| {
            let text = match field {
                TextField::StringValue => &report.string_value,
                TextField::HexBinaryValue => &report.hex_binary_value,
            };
            text.as_ref().is_some_and(|text| values.contains(text))
        }),
        Filter::Boolean(value) => reports(event).any(|report| report.boolean_value == Some(*value)),
        Filter::HasError => event.error.is_some(),
        Filter::HasSensors => !event.sensors.is_empty(),
        Filter::Own { scope, inner, name, op, values } => {
            own(*scope, *inner, name, event).iter().any(|value| values.iter().any(|operand| meets(value, *op, operand)))
        }
        Filter::HasOwn { scope, inner, name } => !own(*scope, *inner, name, event).is_empty(),
        Filter::HasAttribute { field, names } => {
            let has = |thing: &String| names.iter().any(|name| !facts.attribute(thing, name).is_empty());
            things(field, event).iter().any(has)
        }
        Filter::Attribute { field, name, values } => {
            let has = |thing: &String| facts.attribute(thing, name).iter().any(|value| values.contains(value));
            things(field, event).iter().any(has)
        }
    }
}

/// The order of two events by a field; events without it come last in both directions' favour: they compare as least.
pub(super) fn compare(field: &OrderField, left: &Event, right: &Event) -> Ordering {
    let time = |event: &Event| match field {
        OrderField::EventTime => Some(event.event_time.unix_nanos()),
        _ => event.record_time.map(Timestamp::unix_nanos),
    };
    match field {
        OrderField::EventTime | OrderField::RecordTime => time(left).cmp(&time(right)),
        OrderField::Own(name) => {
            let text = |event: &Event| own(Scope::Event, false, name, event).into_iter().find_map(Value::text);
            let (left, right) = (text(left), text(right));
            let number = |text: &Option<String>| {
                text.as_ref().and_then(|text| Decimal::parse(text.trim()).ok()).map(|n| n.value())
            };
            let moment = |text: &Option<String>| text.as_ref().and_then(|text| Timestamp::parse(text.trim()).ok());
            match (number(&left), number(&right), moment(&left), moment(&right)) {
                (Some(left), Some(right), _, _) => left.total_cmp(&right),
                (_, _, Some(left), Some(right)) => left.unix_nanos().cmp(&right.unix_nanos()),
                _ => left.cmp(&right),
            }
        }
    }
}

const fn compares(op: Op, ordering: Ordering) -> bool {
    match op {
        Op::Eq => ordering.is_eq(),
        Op::Gt => ordering.is_gt(),
        Op::Ge => ordering.is_ge(),
        Op::Lt => ordering.is_lt(),
        Op::Le => ordering.is_le(),
    }
}

fn reports(event: &Event) -> impl Iterator<Item = &SensorReport> {
    event.sensors.iter().flat_map(|element| &element.reports)
}

fn times(field: TimeField, event: &Event) -> Vec<Timestamp> {
    let metadata = || event.sensors.iter().filter_map(|element| element.metadata.as_ref());
    match field {
        TimeField::Event => vec![event.event_time],
        TimeField::Record => event.record_time.into_iter().collect(),
        TimeField::Error => event.error.iter().map(|error| error.time).collect(),
        TimeField::Sensor => metadata()
            .filter_map(|metadata| metadata.time)
            .chain(reports(event).filter_map(|report| report.time))
            .collect(),
        TimeField::SensorStart => metadata().filter_map(|metadata| metadata.start_time).collect(),
        TimeField::SensorEnd => metadata().filter_map(|metadata| metadata.end_time).collect(),
    }
}

fn words(field: WordField, event: &Event) -> Vec<&Term> {
    let lasting = event.persistent_disposition.as_ref();
    match field {
        WordField::BizStep => event.biz_step.iter().collect(),
        WordField::Disposition => event.disposition.iter().collect(),
        WordField::Set => lasting.iter().flat_map(|lasting| &lasting.set).collect(),
        WordField::Unset => lasting.iter().flat_map(|lasting| &lasting.unset).collect(),
        WordField::ErrorReason => event.error.iter().filter_map(|error| error.reason.as_ref()).collect(),
        WordField::Measurement => reports(event).map(|report| &report.kind).collect(),
        WordField::Component => reports(event).filter_map(|report| report.component.as_ref()).collect(),
        WordField::Exception => reports(event).filter_map(|report| report.exception.as_ref()).collect(),
    }
}

const fn place(field: PlaceField, event: &Event) -> Option<&Place> {
    match field {
        PlaceField::ReadPoint => event.read_point.as_ref(),
        PlaceField::BizLocation => event.biz_location.as_ref(),
    }
}

fn linked(list: LinkedList, event: &Event) -> &[Typed] {
    match list {
        LinkedList::Transaction => &event.biz_transactions,
        LinkedList::Source => &event.sources,
        LinkedList::Destination => &event.destinations,
    }
}

fn field_ids(field: IdField, event: &Event) -> Vec<&Uri> {
    let metadata = || event.sensors.iter().filter_map(|element| element.metadata.as_ref());
    match field {
        IdField::Transformation => match &event.kind {
            EventKind::Transformation { id, .. } => id.iter().collect(),
            _ => Vec::new(),
        },
        IdField::Event => event.event_id.iter().collect(),
        IdField::Corrective => event.error.iter().flat_map(|error| &error.corrective_ids).collect(),
        IdField::Device => metadata()
            .filter_map(|m| m.device_id.as_ref())
            .chain(reports(event).filter_map(|r| r.device_id.as_ref()))
            .collect(),
        IdField::DeviceMetadata => metadata()
            .filter_map(|m| m.device_metadata.as_ref())
            .chain(reports(event).filter_map(|r| r.device_metadata.as_ref()))
            .collect(),
        IdField::RawData => metadata()
            .filter_map(|m| m.raw_data.as_ref())
            .chain(reports(event).filter_map(|r| r.raw_data.as_ref()))
            .collect(),
        IdField::Method => metadata()
            .filter_map(|m| m.data_processing_method.as_ref())
            .chain(reports(event).filter_map(|r| r.data_processing_method.as_ref()))
            .collect(),
        IdField::Rules => metadata()
            .filter_map(|m| m.biz_rules.as_ref())
            .chain(reports(event).filter_map(|r| r.biz_rules.as_ref()))
            .collect(),
        IdField::Microorganism => reports(event).filter_map(|report| report.microorganism.as_ref()).collect(),
        IdField::Substance => reports(event).filter_map(|report| report.chemical_substance.as_ref()).collect(),
        IdField::UriValue => reports(event).filter_map(|report| report.uri_value.as_ref()).collect(),
        IdField::ReferenceSystem => {
            reports(event).filter_map(|report| report.coordinate_reference_system.as_ref()).collect()
        }
    }
}

/// Own objects (an event's own list or its children), inputs, outputs.
fn objects(event: &Event) -> (Option<&Objects>, Option<&Objects>, Option<&Objects>) {
    match &event.kind {
        EventKind::Object { objects, .. } | EventKind::Transaction { objects, .. } => (Some(objects), None, None),
        EventKind::Aggregation(content) | EventKind::Association(content) => (Some(&content.children), None, None),
        EventKind::Transformation { inputs, outputs, .. } => (None, Some(inputs), Some(outputs)),
        EventKind::Extended(_) => (None, None, None),
    }
}

fn instances(objects: Option<&Objects>) -> impl Iterator<Item = &Uri> {
    objects.into_iter().flat_map(|objects| &objects.epcs)
}

fn classes(objects: Option<&Objects>) -> impl Iterator<Item = &Uri> {
    objects.into_iter().flat_map(|objects| objects.quantities.iter().map(|quantity| &quantity.class))
}

fn matched(field: MatchField, event: &Event) -> Vec<&Uri> {
    let (own, inputs, outputs) = objects(event);
    let parent = event.kind.parent().into_iter();
    match field {
        MatchField::Epc => instances(own).collect(),
        MatchField::Parent => parent.collect(),
        MatchField::Input => instances(inputs).collect(),
        MatchField::Output => instances(outputs).collect(),
        MatchField::Any => instances(own).chain(parent).chain(instances(inputs)).chain(instances(outputs)).collect(),
        MatchField::Class => classes(own).collect(),
        MatchField::InputClass => classes(inputs).collect(),
        MatchField::OutputClass => classes(outputs).collect(),
        MatchField::AnyClass => classes(own).chain(classes(inputs)).chain(classes(outputs)).collect(),
    }
}

fn number(field: NumberField, unit: Option<&str>, op: Op, values: &[f64], event: &Event) -> bool {
    let amounts: Vec<(f64, Option<&str>, Amount)> = match field {
        NumberField::Quantity => {
            let (own, inputs, outputs) = objects(event);
            let all = own.into_iter().chain(inputs).chain(outputs).flat_map(|objects| &objects.quantities);
            let amount = |quantity: &'_ crate::event::Quantity| quantity.quantity.as_ref().map(Decimal::value);
            all.filter_map(|quantity| {
                Some((amount(quantity)?, quantity.uom.as_ref().map(|uom| uom.as_str()), Amount::Level))
            })
            .collect()
        }
        NumberField::Report(name) => {
            let amount = match name {
                "sDev" => Amount::Difference,
                _ => Amount::Level,
            };
            reports(event)
                .filter_map(|report| Some((report_number(report, name)?, report.uom.as_deref(), amount)))
                .collect()
        }
    };
    amounts.into_iter().any(|(value, own, amount)| {
        let in_unit = match unit {
            None => Some(value),
            Some(wanted) => own.and_then(|own| units::convert(value, own, wanted, amount)),
        };
        in_unit.is_some_and(|found| values.iter().any(|value| compares(op, near(found, *value))))
    })
}

/// A conversion of units ends a rounding error away from the number that was meant; such a difference is none.
fn near(found: f64, wanted: f64) -> Ordering {
    let scale = found.abs().max(wanted.abs()).max(1e-300);
    if (found - wanted).abs() <= scale * 1e-12 { Ordering::Equal } else { found.total_cmp(&wanted) }
}

/// The values of own fields of a name.
fn own<'e>(scope: Scope, inner: bool, name: &Name, event: &'e Event) -> Vec<&'e Value> {
    let metadata = || event.sensors.iter().filter_map(|element| element.metadata.as_ref());
    let lists: Vec<&[Extension]> = match scope {
        Scope::Event => vec![&event.extensions],
        Scope::Ilmd => vec![event.kind.ilmd()],
        Scope::ErrorDeclaration => event.error.iter().map(|error| error.extensions.as_slice()).collect(),
        Scope::ReadPoint => event.read_point.iter().map(|place| place.extensions.as_slice()).collect(),
        Scope::BizLocation => event.biz_location.iter().map(|place| place.extensions.as_slice()).collect(),
        Scope::SensorElement => event.sensors.iter().map(|element| element.extensions.as_slice()).collect(),
        Scope::SensorMetadata => metadata().map(|metadata| metadata.extensions.as_slice()).collect(),
        Scope::SensorReport => reports(event).map(|report| report.extensions.as_slice()).collect(),
    };
    let mut found = Vec::new();
    for extension in lists.into_iter().flatten() {
        if !inner && same_name(name, &extension.name) {
            found.extend(extension.value.flat());
        }
        if inner {
            within(name, &extension.value, &mut found);
        }
    }
    found
}

/// Fields of a name at any depth below a value. The depth was bounded when the event was read.
fn within<'e>(name: &Name, value: &'e Value, found: &mut Vec<&'e Value>) {
    for value in value.flat() {
        for child in value.children() {
            if same_name(name, &child.name) {
                found.extend(child.value.flat());
            }
            within(name, &child.value, found);
        }
    }
}

/// EPCIS 1.x puts a `#` between namespace and name.
fn same_name(asked: &Name, own: &Name) -> bool {
    asked.iri() == own.iri() || asked.iri() == format!("{}#{}", own.namespace, own.local)
}

fn meets(value: &Value, op: Op, operand: &Operand) -> bool {
    let Some(text) = value.text() else { return false };
    let text = text.trim();
    if op == Op::Eq && text == operand.text {
        return true;
    }
    if let Some(wanted) = operand.number
        && let Ok(found) = Decimal::parse(text)
    {
        return compares(op, near(found.value(), wanted));
    }
    if let Some(wanted) = operand.time
        && let Ok(found) = Timestamp::parse(text)
    {
        return compares(op, found.unix_nanos().cmp(&wanted.unix_nanos()));
    }
    false
}

/// The things that a field names, for their master data.
fn things(field: &str, event: &Event) -> Vec<String> {
    let typed = |list: &[Typed]| list.iter().map(|typed| uri_id(&typed.id)).collect();
    match field {
        "bizLocation" => event.biz_location.iter().map(|place| uri_id(&place.id)).collect(),
        "readPoint" => event.read_point.iter().map(|place| uri_id(&place.id)).collect(),
        "bizTransaction" => typed(&event.biz_transactions),
        "source" => typed(&event.sources),
        "destination" => typed(&event.destinations),
        "epcClass" => matched(MatchField::AnyClass, event).into_iter().map(uri_id).collect(),
        "parentID" => event.kind.parent().into_iter().map(uri_id).collect(),
        "bizStep" => event.biz_step.iter().map(Term::web).collect(),
        "disposition" => event.disposition.iter().map(Term::web).collect(),
        own_field => {
            let name = Name::from_iri(own_field);
            let values = own(Scope::Event, false, &name, event);
            values.into_iter().filter_map(|value| value.text().map(|text| id(text.trim()))).collect()
        }
    }
}
