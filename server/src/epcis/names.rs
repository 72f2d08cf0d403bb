//! What an event names, in comparable form: for the lists of resources, and to find few events among many.

use crate::store::Kind;
use std::collections::BTreeSet;
use tracelight_epcis::Event;
use tracelight_epcis::event::{EventKind, Objects};
use tracelight_epcis::key::{ORIGIN, comparable};

/// Everything that an event is found by.
#[must_use]
pub fn of(event: &Event) -> BTreeSet<(Kind, String)> {
    let mut names = BTreeSet::from([(Kind::EventType, event.kind.name())]);
    let mut instance = |id: &str| {
        let id = comparable(id).into_owned();
        names.extend(trade_item(&id).map(|whole| (Kind::Object, whole)));
        names.insert((Kind::Object, id.clone()));
        names.insert((Kind::Epc, id));
    };
    let mut classes: Vec<&str> = Vec::new();
    let mut take = |objects: &'_ Objects| {
        objects.epcs.iter().for_each(|epc| instance(epc.as_str()));
    };
    match &event.kind {
        EventKind::Object { objects, .. } | EventKind::Transaction { objects, .. } => take(objects),
        EventKind::Aggregation(content) | EventKind::Association(content) => take(&content.children),
        EventKind::Transformation { inputs, outputs, .. } => {
            take(inputs);
            take(outputs);
        }
        EventKind::Extended(_) => {}
    }
    if let Some(parent) = event.kind.parent() {
        instance(parent.as_str());
    }
    match &event.kind {
        EventKind::Object { objects, .. } | EventKind::Transaction { objects, .. } => class_ids(objects, &mut classes),
        EventKind::Aggregation(content) | EventKind::Association(content) => class_ids(&content.children, &mut classes),
        EventKind::Transformation { inputs, outputs, .. } => {
            class_ids(inputs, &mut classes);
            class_ids(outputs, &mut classes);
        }
        EventKind::Extended(_) => {}
    }
    names.extend(classes.into_iter().map(|class| (Kind::Object, comparable(class).into_owned())));
    names.extend(event.biz_step.iter().map(|step| (Kind::BizStep, step.short().to_owned())));
    names.extend(event.disposition.iter().map(|word| (Kind::Disposition, word.short().to_owned())));
    let place = |kind, id: &str| (kind, comparable(id).into_owned());
    names.extend(event.biz_location.iter().map(|at| place(Kind::BizLocation, at.id.as_str())));
    names.extend(event.read_point.iter().map(|at| place(Kind::ReadPoint, at.id.as_str())));
    names
}

fn class_ids<'e>(objects: &'e Objects, out: &mut Vec<&'e str>) {
    out.extend(objects.quantities.iter().map(|quantity| quantity.class.as_str()));
}

/// `…/01/{gtin}` of `…/01/{gtin}/21/{serial}`: the class under which a serial is found too ([`tracelight_epcis::key::matches`]).
fn trade_item(id: &str) -> Option<String> {
    let (gtin, _) = id.strip_prefix(ORIGIN)?.strip_prefix("/01/")?.split_once('/')?;
    Some(format!("{ORIGIN}/01/{gtin}"))
}

/// The key under which everything that a `MATCH_` pattern may find is indexed; `None` when the index cannot tell.
#[must_use]
pub fn of_pattern(pattern: &str) -> Option<String> {
    let id = comparable(pattern);
    let Some(path) = id.strip_prefix(ORIGIN) else {
        // A pattern for which there is no link says parts of keys. Any other id is found as it is written.
        return if pattern.starts_with("urn:epc:") { None } else { Some(id.into_owned()) };
    };
    // Of these keys, a shorter one stands for all longer ones, and they are not indexed under it.
    let whole = ["/8003/", "/253/", "/255/", "/8006/", "/8010/"].iter().any(|ai| path.starts_with(ai));
    // `urn:epc:idpat:…` with a serial range is compared part by part, and has a link only when it says all serials.
    (!whole).then(|| id.into_owned())
}

#[cfg(test)]
mod tests {
    use super::of_pattern;

    #[test]
    fn patterns_are_looked_up_where_their_ids_are() {
        let gtin = "https://id.gs1.org/01/10614141073464";
        assert_eq!(of_pattern("urn:epc:idpat:sgtin:0614141.107346.*").as_deref(), Some(gtin));
        assert_eq!(of_pattern("https://a.example/01/10614141073464").as_deref(), Some(gtin));
        assert_eq!(of_pattern("urn:x:own"), Some("urn:x:own".to_owned()));
        assert_eq!(of_pattern("urn:epc:idpat:sgtin:0614141.*.*"), None);
        assert_eq!(of_pattern("https://id.gs1.org/8010/1234"), None);
    }
}
