//! What a captured event asks the ledger to do.

use crate::event::{Action, Containment, Event, EventKind, Objects, Typed};
use crate::key;
use crate::text::Uri;
use tracelight_domain::gs1::{Gln, Gtin, Lot, Serial, Sscc, digital_link};
use tracelight_domain::ids::{BatchId, MemberId, UnitId};
use tracelight_domain::tx::UnitAction;

/// The kind of transaction that an event means. A signer's server completes it (keys, paths, nonces) and asks the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Packs came to be: they belong into the seal of a batch. The lot is there when the event names it as a class.
    Commission { units: Vec<UnitId>, batches: Vec<BatchId> },
    /// A lot came to be.
    RegisterBatch { batches: Vec<BatchId> },
    /// Packs into a case.
    PackUnits { parent: Sscc, units: Vec<UnitId> },
    /// Cases onto a pallet.
    PackCases { parent: Sscc, cases: Vec<Sscc> },
    /// A pallet is broken up; no cases named: all of them.
    Unpack { parent: Sscc, cases: Vec<Sscc> },
    /// Goods leave for another member.
    Ship { objects: Vec<Sscc>, to: Option<MemberId> },
    /// Goods arrived.
    Receive { objects: Vec<Sscc>, from: Option<MemberId>, condition: Condition },
    /// Something happened to single packs.
    Unit { units: Vec<UnitId>, action: UnitAction },
    /// Lots were made into others.
    Transform { inputs: Vec<BatchId>, cases: Vec<Sscc>, outputs: Vec<BatchId> },
    /// A lot is to be recalled; a second person approves.
    Recall { batches: Vec<BatchId> },
    /// An earlier event is withdrawn.
    Correct { event_id: Uri },
    /// Kept and anchored, and nothing in the ledger changes.
    EvidenceOnly(NoIntent),
}

/// In which condition goods arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Good,
    Damaged,
}

/// Why an event changes nothing in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoIntent {
    /// Observation, sensor reading, any other step.
    #[error("the ledger has no transaction for this step")]
    NoTransaction,
    /// An id that the ledger does not keep, or that cannot exist.
    #[error("`{0}` is no pack, case, pallet or lot of the ledger")]
    ForeignId(String),
    /// Packs and cases, or lots and packs, in one event.
    #[error("the event names objects of different levels; send an event for each")]
    MixedLevels,
    /// A withdrawal without the id of what it withdraws.
    #[error("an error declaration without eventID withdraws nothing that the ledger can find")]
    Unnamed,
}

/// What the event asks for.
#[must_use]
pub fn intent(event: &Event) -> Intent {
    meant(event).unwrap_or_else(Intent::EvidenceOnly)
}

fn meant(event: &Event) -> Result<Intent, NoIntent> {
    if event.error.is_some() {
        let event_id = event.event_id.clone().ok_or(NoIntent::Unnamed)?;
        return Ok(Intent::Correct { event_id });
    }
    match &event.kind {
        EventKind::Object { action, objects, .. } => object(event, *action, objects),
        EventKind::Aggregation(content) => aggregation(content),
        EventKind::Transformation { inputs, outputs, .. } => transformation(inputs, outputs),
        EventKind::Association(_) | EventKind::Transaction { .. } | EventKind::Extended(_) => {
            Err(NoIntent::NoTransaction)
        }
    }
}

/// An object that the ledger keeps.
enum Kept {
    Unit(UnitId),
    Case(Sscc),
    Lot(BatchId),
}

fn kept(uri: &Uri) -> Result<Kept, NoIntent> {
    read(uri.as_str()).ok_or_else(|| NoIntent::ForeignId(crate::text::shown(uri.as_str())))
}

fn read(id: &str) -> Option<Kept> {
    let link = digital_link::parse(&key::canonical(id)?).ok()?;
    let part = |ai: &str| link.path.iter().find(|(known, _)| known.as_str() == ai).map(|(_, value)| value.as_str());
    if let Some(sscc) = part("00") {
        return Sscc::parse(sscc).ok().map(Kept::Case);
    }
    let gtin = Gtin::parse(part("01")?).ok()?;
    match (part("21"), part("10")) {
        (Some(serial), _) => Some(Kept::Unit(UnitId { gtin, serial: Serial::parse(serial).ok()? })),
        (None, Some(lot)) => Some(Kept::Lot(BatchId { gtin, lot: Lot::parse(lot).ok()? })),
        (None, None) => None,
    }
}

/// Objects by their level.
#[derive(Default)]
struct Sorted {
    units: Vec<UnitId>,
    cases: Vec<Sscc>,
    lots: Vec<BatchId>,
}

fn sort(objects: &Objects) -> Result<Sorted, NoIntent> {
    let mut sorted = Sorted::default();
    let classes = objects.quantities.iter().map(|quantity| &quantity.class);
    for uri in objects.epcs.iter().chain(classes) {
        match kept(uri)? {
            Kept::Unit(unit) => sorted.units.push(unit),
            Kept::Case(case) => sorted.cases.push(case),
            Kept::Lot(lot) => sorted.lots.push(lot),
        }
    }
    Ok(sorted)
}

fn object(event: &Event, action: Action, objects: &Objects) -> Result<Intent, NoIntent> {
    let step = |word: &str| event.biz_step.as_ref().is_some_and(|step| step.is(word));
    let condition = |word: &str| event.disposition.as_ref().is_some_and(|disposition| disposition.is(word));
    let lasting = event.persistent_disposition.iter().flat_map(|lasting| &lasting.set);
    let recalled = condition("recalled") || lasting.into_iter().any(|term| term.is("recalled"));
    let unit_action = [
        ("dispensing", "dispensed", UnitAction::Dispense),
        ("retail_selling", "retail_sold", UnitAction::Sell),
        ("destroying", "destroyed", UnitAction::Destroy),
    ]
    .into_iter()
    .find(|(word, disposition, _)| step(word) && (event.disposition.is_none() || condition(disposition)))
    .map(|(_, _, action)| action);
    let unit_action = match unit_action {
        Some(action) => Some(action),
        None if condition("stolen") => Some(UnitAction::ReportStolen),
        None if step("sampling") => Some(UnitAction::Sample),
        None => None,
    };
    if step("commissioning") && action == Action::Add {
        let sorted = sort(objects)?;
        return match (sorted.cases.is_empty(), sorted.units.is_empty()) {
            (true, _) => Ok(Intent::Commission { units: sorted.units, batches: sorted.lots }),
            // A case comes to be when it is packed.
            (false, true) => Err(NoIntent::NoTransaction),
            (false, false) => Err(NoIntent::MixedLevels),
        };
    }
    if step("creating_class_instance") && action == Action::Add {
        return Ok(Intent::RegisterBatch { batches: only_lots(sort(objects)?)? });
    }
    if recalled {
        return Ok(Intent::Recall { batches: only_lots(sort(objects)?)? });
    }
    if step("shipping") {
        let objects = only_cases(sort(objects)?)?;
        return Ok(Intent::Ship { objects, to: member(&event.destinations) });
    }
    if step("receiving") {
        let sorted = sort(objects)?;
        if condition("returned") && !sorted.units.is_empty() {
            return Ok(Intent::Unit { units: only_units(sorted)?, action: UnitAction::Return });
        }
        let state = if condition("damaged") { Condition::Damaged } else { Condition::Good };
        return Ok(Intent::Receive { objects: only_cases(sorted)?, from: member(&event.sources), condition: state });
    }
    match unit_action {
        Some(action) => Ok(Intent::Unit { units: only_units(sort(objects)?)?, action }),
        None => Err(NoIntent::NoTransaction),
    }
}

fn only_units(sorted: Sorted) -> Result<Vec<UnitId>, NoIntent> {
    let alone = sorted.cases.is_empty() && sorted.lots.is_empty() && !sorted.units.is_empty();
    if alone { Ok(sorted.units) } else { Err(NoIntent::MixedLevels) }
}

fn only_cases(sorted: Sorted) -> Result<Vec<Sscc>, NoIntent> {
    let alone = sorted.units.is_empty() && sorted.lots.is_empty() && !sorted.cases.is_empty();
    if alone { Ok(sorted.cases) } else { Err(NoIntent::MixedLevels) }
}

fn only_lots(sorted: Sorted) -> Result<Vec<BatchId>, NoIntent> {
    let alone = sorted.units.is_empty() && sorted.cases.is_empty() && !sorted.lots.is_empty();
    if alone { Ok(sorted.lots) } else { Err(NoIntent::MixedLevels) }
}

fn aggregation(content: &Containment) -> Result<Intent, NoIntent> {
    let parent = content.parent.as_ref().ok_or(NoIntent::NoTransaction)?;
    let Kept::Case(sscc) = kept(parent)? else { return Err(NoIntent::ForeignId(crate::text::shown(parent.as_str()))) };
    let sorted = sort(&content.children)?;
    match content.action {
        Action::Observe => Err(NoIntent::NoTransaction),
        Action::Add if sorted.cases.is_empty() => Ok(Intent::PackUnits { parent: sscc, units: only_units(sorted)? }),
        Action::Add => Ok(Intent::PackCases { parent: sscc, cases: only_cases(sorted)? }),
        Action::Delete if content.children.is_empty() => Ok(Intent::Unpack { parent: sscc, cases: Vec::new() }),
        Action::Delete => Ok(Intent::Unpack { parent: sscc, cases: only_cases(sorted)? }),
    }
}

fn transformation(inputs: &Objects, outputs: &Objects) -> Result<Intent, NoIntent> {
    let (from, into) = (sort(inputs)?, sort(outputs)?);
    // Packs have no transformation of their own in the ledger, and half of one cannot be signed.
    if !from.units.is_empty() || from.lots.is_empty() {
        return Err(NoIntent::NoTransaction);
    }
    Ok(Intent::Transform { inputs: from.lots, cases: from.cases, outputs: only_lots(into)? })
}

/// The member that a source or destination names: as a party first, else by its place.
fn member(list: &[Typed]) -> Option<MemberId> {
    let of_kind =
        |word: &'static str| list.iter().filter(move |typed| typed.kind.as_ref().is_some_and(|kind| kind.is(word)));
    let ordered = of_kind("possessing_party").chain(of_kind("owning_party")).chain(of_kind("location"));
    ordered.into_iter().find_map(|typed| gln(typed.id.as_str()))
}

fn gln(id: &str) -> Option<Gln> {
    let link = digital_link::parse(&key::canonical(id)?).ok()?;
    let (ai, value) = link.path.first()?;
    matches!(ai.as_str(), "414" | "417").then(|| Gln::parse(value).ok()).flatten()
}
