//! Parameters by their names.

use super::{
    Filter, IdField, Limit, LinkedList, MatchField, NumberField, Op, Operand, Order, OrderField, PARAMETERS_MAX,
    PER_PAGE_MAX, PageToken, PlaceField, Query, Scope, TextField, TimeField, VALUES_MAX, WordField, id, refuse,
};
use crate::error::{Exception, ExceptionKind};
use crate::event::{Action, SensorReport};
use crate::json::{Json, parse as parse_json};
use crate::name::{Context, Name};
use crate::text::{Decimal, Timestamp, Uri, shown};
use crate::vocabulary::{List, Term};

/// Bytes of a stored query.
const QUERY_BYTES_MAX: usize = 256 * 1024;
/// Schemes of URIs without an authority, in which somebody may name a field in full.
const URI_SCHEMES: [&str; 3] = ["urn", "tag", "info"];

pub(super) fn from_json(text: &str) -> Result<Query, Exception> {
    let invalid = |reason: String| Exception::new(ExceptionKind::QueryValidation, reason);
    if text.len() > QUERY_BYTES_MAX {
        return Err(invalid(format!("a query has at most {QUERY_BYTES_MAX} bytes")));
    }
    let json = parse_json(text, 20_000, 16).map_err(|reason| invalid(format!("the query is no JSON: {reason}")))?;
    let query = json.get("query").unwrap_or(&json);
    let Json::Object(members) = query else {
        return Err(invalid(format!("the query is {}; expected an object of parameters", query.noun())));
    };
    let mut context = Context::default();
    if let Some(own) = query.get("@context").or_else(|| json.get("@context")) {
        crate::json::declare(&mut context, own);
    }
    let mut pairs = Vec::new();
    for (name, value) in members.iter().filter(|(name, _)| name != "@context") {
        pairs.push((name.clone(), json_values(name, value)?));
    }
    parse(pairs.into_iter(), &context)
}

fn json_values(name: &str, value: &Json) -> Result<Vec<String>, Exception> {
    let one = |value: &Json| match value {
        Json::Text(text) => Ok(text.clone()),
        Json::Number(number) => Ok(number.clone()),
        Json::Bool(value) => Ok(value.to_string()),
        Json::Null => Ok(String::new()),
        other => Err(refuse(name, format_args!("is {}; expected a text, a number or a list of them", other.noun()))),
    };
    match value {
        Json::List(values) => values.iter().map(one).collect(),
        single => Ok(vec![one(single)?]),
    }
}

pub(super) fn parse(pairs: impl Iterator<Item = (String, Vec<String>)>, context: &Context) -> Result<Query, Exception> {
    let mut query = Query::default();
    let mut seen: Vec<String> = Vec::new();
    let mut order_by = None;
    let mut ascending = None;
    for (name, values) in pairs {
        if seen.len() >= PARAMETERS_MAX || values.len() > VALUES_MAX {
            let detail = format!("a query has at most {PARAMETERS_MAX} parameters of {VALUES_MAX} values");
            return Err(Exception::new(ExceptionKind::QueryTooComplex, detail));
        }
        if seen.contains(&name) {
            return Err(refuse(&name, "stands twice; put its values into one parameter, with `|` between them"));
        }
        let values = Values { name: &name, values: &values };
        match name.as_str() {
            "orderBy" => order_by = Some(order_field(&values, context)?),
            "orderDirection" => ascending = Some(direction(&values)?),
            "eventCountLimit" => limit(&mut query, Limit::First(values.count()?))?,
            "maxEventCount" => limit(&mut query, Limit::AtMost(values.count()?))?,
            "perPage" => query.page.per_page = values.count()?.clamp(1, PER_PAGE_MAX),
            "nextPageToken" => query.page.token = Some(PageToken::parse(values.one()?)?),
            _ => query.filters.extend(filter(&values, context)?),
        }
        seen.push(name);
    }
    if matches!(query.limit, Some(Limit::First(_))) && order_by.is_none() {
        return Err(refuse("eventCountLimit", "needs `orderBy`, which says what comes first"));
    }
    query.order = order_by.map(|by| Order { by, ascending: ascending.unwrap_or(false) });
    Ok(query)
}

fn limit(query: &mut Query, limit: Limit) -> Result<(), Exception> {
    if query.limit.is_some() {
        return Err(refuse("maxEventCount", "and `eventCountLimit` exclude each other"));
    }
    query.limit = Some(limit);
    Ok(())
}

fn order_field(values: &Values<'_>, context: &Context) -> Result<OrderField, Exception> {
    match values.one()? {
        "eventTime" => Ok(OrderField::EventTime),
        "recordTime" => Ok(OrderField::RecordTime),
        own => own_name(values, own, context).map(OrderField::Own),
    }
}

fn direction(values: &Values<'_>) -> Result<bool, Exception> {
    match values.one()? {
        "ASC" => Ok(true),
        "DESC" => Ok(false),
        _ => Err(refuse(values.name, "is neither ASC nor DESC")),
    }
}

/// The values of one parameter.
struct Values<'v> {
    name: &'v str,
    values: &'v [String],
}

impl Values<'_> {
    fn one(&self) -> Result<&str, Exception> {
        match self.values {
            [one] => Ok(one),
            more => Err(refuse(self.name, format_args!("has {} values; expected one", more.len()))),
        }
    }

    fn count(&self) -> Result<usize, Exception> {
        self.one()?
            .parse()
            .map_err(|_| refuse(self.name, format_args!("`{}` is no count", shown(self.values.concat().as_str()))))
    }

    fn time(&self) -> Result<Timestamp, Exception> {
        // A plus that was not encoded arrives as a space.
        let text = self.one()?.replace(' ', "+");
        Timestamp::parse(&text).map_err(|fault| refuse(self.name, fault))
    }

    fn all<T>(&self, parse: impl Fn(&str) -> Result<T, crate::Fault>) -> Result<Vec<T>, Exception> {
        if self.values.iter().all(String::is_empty) {
            return Err(refuse(self.name, "has no value"));
        }
        self.values.iter().map(|value| parse(value).map_err(|fault| refuse(self.name, fault))).collect()
    }

    fn uris(&self) -> Result<Vec<String>, Exception> {
        Ok(self.all(Uri::parse)?.iter().map(|uri| uri.as_str().to_owned()).collect())
    }

    fn ids(&self) -> Result<Vec<String>, Exception> {
        Ok(self.uris()?.iter().map(|uri| id(uri)).collect())
    }

    fn terms(&self, list: List) -> Result<Vec<Term>, Exception> {
        self.all(|text| Term::parse(list, text))
    }

    fn numbers(&self, op: Op) -> Result<Vec<f64>, Exception> {
        if op != Op::Eq {
            self.one()?;
        }
        self.all(|text| Decimal::parse(text).map(|number| number.value()))
    }

    fn texts(&self) -> Result<Vec<String>, Exception> {
        self.all(|text| Ok(text.to_owned()))
    }

    fn boolean(&self) -> Result<bool, Exception> {
        match self.one()? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(refuse(self.name, format_args!("`{}` is neither true nor false", shown(other)))),
        }
    }

    /// `EXISTS_` counts unless it says false; 2.0 writes it without a value, or null.
    fn exists(&self) -> Result<bool, Exception> {
        match self.one()? {
            "" | "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(refuse(self.name, format_args!("`{}` is neither true nor false", shown(other)))),
        }
    }
}

/// `None` for a parameter that says nothing, such as `EXISTS_errorDeclaration=false`.
fn filter(values: &Values<'_>, context: &Context) -> Result<Option<Filter>, Exception> {
    if values.name == "eventType" {
        return event_types(values, context).map(|types| Some(Filter::Type(types)));
    }
    let Some((head, field)) = values.name.split_once('_') else { return Err(unknown(values.name)) };
    match head {
        "EQ" => equals(values, field, context).map(Some),
        "GT" => ordered(values, field, Op::Gt, context).map(Some),
        "GE" => ordered(values, field, Op::Ge, context).map(Some),
        "LT" => ordered(values, field, Op::Lt, context).map(Some),
        "LE" => ordered(values, field, Op::Le, context).map(Some),
        "MATCH" => matching(values, field).map(Some),
        "WD" => {
            let place = place_field(field).ok_or_else(|| unknown(values.name))?;
            Ok(Some(Filter::Place { field: place, within: true, ids: values.ids()? }))
        }
        "EXISTS" => exists(values, field, context),
        "HASATTR" => Ok(Some(Filter::HasAttribute { field: attribute_field(values, field)?, names: values.texts()? })),
        "EQATTR" => attribute(values, field).map(Some),
        _ => Err(unknown(values.name)),
    }
}

fn unknown(name: &str) -> Exception {
    refuse(name, "is no parameter of EPCIS 2.0; own fields need a prefix, such as `EQ_example:myField`")
}

fn event_types(values: &Values<'_>, context: &Context) -> Result<Vec<String>, Exception> {
    let standard = ["ObjectEvent", "AggregationEvent", "AssociationEvent", "TransactionEvent", "TransformationEvent"];
    values.all(|text| {
        let short =
            text.strip_prefix("https://ref.gs1.org/epcis/").or_else(|| text.strip_prefix("epcis:")).unwrap_or(text);
        if standard.contains(&short) {
            return Ok(short.to_owned());
        }
        context.name(text).map(|name| name.iri()).map_err(|_| crate::Fault::NotEvent(shown(text)))
    })
}

fn place_field(name: &str) -> Option<PlaceField> {
    match name {
        "readPoint" => Some(PlaceField::ReadPoint),
        "bizLocation" => Some(PlaceField::BizLocation),
        _ => None,
    }
}

fn equals(values: &Values<'_>, field: &str, context: &Context) -> Result<Filter, Exception> {
    let word = |field, list| Ok(Filter::Word { field, terms: values.terms(list)? });
    let ids = |field| Ok(Filter::Id { field, ids: values.ids()? });
    if let Some(place) = place_field(field) {
        return Ok(Filter::Place { field: place, within: false, ids: values.ids()? });
    }
    match field {
        "action" => return Ok(Filter::Action(values.all(Action::parse)?)),
        "bizStep" => return word(WordField::BizStep, List::BizStep),
        "disposition" => return word(WordField::Disposition, List::Disposition),
        "persistentDisposition_set" => return word(WordField::Set, List::Disposition),
        "persistentDisposition_unset" => return word(WordField::Unset, List::Disposition),
        "errorReason" => return word(WordField::ErrorReason, List::ErrorReason),
        "type" => return word(WordField::Measurement, List::Measurement),
        "component" => return word(WordField::Component, List::Component),
        "exception" => return word(WordField::Exception, List::SensorAlert),
        "transformationID" => return ids(IdField::Transformation),
        "eventID" => return ids(IdField::Event),
        "correctiveEventID" => return ids(IdField::Corrective),
        "deviceID" => return ids(IdField::Device),
        "deviceMetadata" => return ids(IdField::DeviceMetadata),
        "rawData" => return ids(IdField::RawData),
        "dataProcessingMethod" => return ids(IdField::Method),
        "microorganism" => return ids(IdField::Microorganism),
        "chemicalSubstance" => return ids(IdField::Substance),
        "bizRules" => return ids(IdField::Rules),
        "uriValue" => return ids(IdField::UriValue),
        "coordinateReferenceSystem" => return ids(IdField::ReferenceSystem),
        "stringValue" => return Ok(Filter::Text { field: TextField::StringValue, values: values.texts()? }),
        "hexBinaryValue" => return Ok(Filter::Text { field: TextField::HexBinaryValue, values: values.texts()? }),
        "booleanValue" => return Ok(Filter::Boolean(values.boolean()?)),
        _ => {}
    }
    if let Some(rest) = field.strip_prefix("ATTR_") {
        return attribute(values, rest);
    }
    let linked = [
        ("bizTransaction_", LinkedList::Transaction, List::TransactionType),
        ("source_", LinkedList::Source, List::SourceDestinationType),
        ("destination_", LinkedList::Destination, List::SourceDestinationType),
    ];
    for (head, list, words) in linked {
        if let Some(kind) = field.strip_prefix(head) {
            let kind = Term::parse(words, kind).map_err(|fault| refuse(values.name, fault))?;
            return Ok(Filter::Linked { list, kind, ids: values.ids()? });
        }
    }
    number(values, field, Op::Eq)?.map_or_else(|| own(values, field, Op::Eq, context), Ok)
}

fn ordered(values: &Values<'_>, field: &str, op: Op, context: &Context) -> Result<Filter, Exception> {
    let time = match field {
        "eventTime" => Some(TimeField::Event),
        "recordTime" => Some(TimeField::Record),
        "errorDeclarationTime" | "errorDeclaration_Time" => Some(TimeField::Error),
        "time" => Some(TimeField::Sensor),
        "startTime" => Some(TimeField::SensorStart),
        "endTime" => Some(TimeField::SensorEnd),
        _ => None,
    };
    match time {
        // The standard has these two for times, and no others.
        Some(field) if matches!(op, Op::Ge | Op::Lt) => Ok(Filter::Time { field, op, at: values.time()? }),
        Some(_) => Err(unknown(values.name)),
        None => number(values, field, op)?.map_or_else(|| own(values, field, op, context), Ok),
    }
}

/// `quantity`, `quantity_KGM`, `value_CEL`, `percRank`, …; `None` for another field.
fn number(values: &Values<'_>, field: &str, op: Op) -> Result<Option<Filter>, Exception> {
    let (name, unit) = match field.split_once('_') {
        Some((name, unit)) => (name, Some(unit)),
        None => (field, None),
    };
    let report = ["value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"];
    let field = match report.into_iter().find(|known| *known == name) {
        Some(known) => NumberField::Report(known),
        None if name == "quantity" => NumberField::Quantity,
        None => return Ok(None),
    };
    if let Some(unit) = unit {
        let sound = (2..=4).contains(&unit.len()) && unit.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !sound {
            return Err(refuse(values.name, format_args!("`{}` is no unit of UN/ECE Recommendation 20", shown(unit))));
        }
    }
    Ok(Some(Filter::Number { field, unit: unit.map(str::to_owned), op, values: values.numbers(op)? }))
}

fn matching(values: &Values<'_>, field: &str) -> Result<Filter, Exception> {
    let field = match field {
        "epc" => MatchField::Epc,
        "parentID" => MatchField::Parent,
        "inputEPC" => MatchField::Input,
        "outputEPC" => MatchField::Output,
        "anyEPC" => MatchField::Any,
        "epcClass" => MatchField::Class,
        "inputEPCClass" => MatchField::InputClass,
        "outputEPCClass" => MatchField::OutputClass,
        "anyEPCClass" => MatchField::AnyClass,
        _ => return Err(unknown(values.name)),
    };
    Ok(Filter::Match { field, patterns: values.uris()? })
}

/// Where the field is looked for, whether inside of another, and the rest of the name.
fn scope(field: &str) -> (Scope, bool, &str) {
    let (inner, rest) = match field.strip_prefix("INNER_") {
        Some(rest) => (true, rest),
        None => (false, field),
    };
    let heads = [
        ("ILMD_", Scope::Ilmd),
        ("ERROR_DECLARATION_", Scope::ErrorDeclaration),
        ("readPoint_", Scope::ReadPoint),
        ("bizLocation_", Scope::BizLocation),
        ("SENSORELEMENT_", Scope::SensorElement),
        ("SENSORMETADATA_", Scope::SensorMetadata),
        ("SENSORREPORT_", Scope::SensorReport),
    ];
    let found = heads.into_iter().find_map(|(head, scope)| Some((scope, rest.strip_prefix(head)?)));
    found.map_or((Scope::Event, inner, rest), |(scope, rest)| (scope, inner, rest))
}

fn own_name(values: &Values<'_>, text: &str, context: &Context) -> Result<Name, Exception> {
    // By its form `example:lane` is a URI. As the name of a field it is an abbreviation that nobody has declared.
    let undeclared = text.split_once(':').filter(|(prefix, local)| {
        !local.starts_with("//") && !URI_SCHEMES.contains(prefix) && context.namespace(prefix).is_none()
    });
    if let Some((prefix, _)) = undeclared {
        let prefix = shown(prefix);
        return Err(refuse(
            values.name,
            format!("the prefix `{prefix}` is not declared; say `{prefix}=namespace` in GS1-Extensions"),
        ));
    }
    if text.contains(':') { context.name(text).map_err(|_| unknown(values.name)) } else { Err(unknown(values.name)) }
}

fn own(values: &Values<'_>, field: &str, op: Op, context: &Context) -> Result<Filter, Exception> {
    let (scope, inner, rest) = scope(field);
    let name = own_name(values, rest, context)?;
    let operands: Vec<Operand> = values.texts()?.into_iter().map(operand).collect();
    if op != Op::Eq {
        values.one()?;
        if operands.iter().any(|operand| operand.number.is_none() && operand.time.is_none()) {
            return Err(refuse(values.name, "compares numbers or times, and the value is neither"));
        }
    }
    Ok(Filter::Own { scope, inner, name, op, values: operands })
}

fn operand(text: String) -> Operand {
    let number = Decimal::parse(text.trim()).ok().map(|number| number.value());
    let time = Timestamp::parse(text.trim()).ok();
    Operand { text, number, time }
}

fn exists(values: &Values<'_>, field: &str, context: &Context) -> Result<Option<Filter>, Exception> {
    let asked = values.exists()?;
    let filter = match field {
        "errorDeclaration" => Filter::HasError,
        "sensorElementList" => Filter::HasSensors,
        other => {
            let (scope, inner, rest) = scope(other);
            Filter::HasOwn { scope, inner, name: own_name(values, rest, context)? }
        }
    };
    Ok(asked.then_some(filter))
}

/// Fields whose master data can be asked for.
fn attribute_field(values: &Values<'_>, field: &str) -> Result<String, Exception> {
    let known = [
        "bizLocation",
        "readPoint",
        "bizTransaction",
        "source",
        "destination",
        "epcClass",
        "parentID",
        "bizStep",
        "disposition",
    ];
    if known.contains(&field) || field.contains(':') { Ok(field.to_owned()) } else { Err(unknown(values.name)) }
}

/// `bizLocation_{attribute}`: the attribute's name may hold underscores, the field's does not.
fn attribute(values: &Values<'_>, rest: &str) -> Result<Filter, Exception> {
    let (field, name) = rest.split_once('_').ok_or_else(|| unknown(values.name))?;
    Ok(Filter::Attribute { field: attribute_field(values, field)?, name: name.to_owned(), values: values.texts()? })
}

/// The number of a report by the name that the standard gives it.
pub(super) fn report_number(report: &SensorReport, name: &str) -> Option<f64> {
    report.numbers().into_iter().find(|(known, _)| *known == name).and_then(|(_, number)| number).map(Decimal::value)
}
