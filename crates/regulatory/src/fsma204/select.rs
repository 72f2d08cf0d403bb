//! Which entries are asked for.

use super::records::{Entry, Tlc};
use tracelight_domain::gs1::Date;

/// A selection; an empty list selects everything. What several parts name must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Foods on the Food Traceability List, capitals aside.
    pub foods: Vec<String>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// Traceability lot codes, byte for byte.
    pub tlcs: Vec<Tlc>,
    /// Codes or business names of places, capitals aside.
    pub locations: Vec<String>,
}

/// Is an entry asked for?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// It is.
    In,
    /// It is, because it does not say what is selected by.
    InUnknown,
    /// It is not.
    Out,
    /// It has no lot code, nor does the regulation give it one.
    OutWithoutLot,
}

/// What one part of a selection says of an entry.
enum Part {
    Yes,
    No,
    Unknown,
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

impl Selection {
    pub(super) fn choose(&self, entry: &Entry) -> Choice {
        let has_lots = !matches!(entry.record, super::Record::Harvesting(_) | super::Record::Cooling(_));
        let parts = [self.food(entry), self.date(entry), self.location(entry)];
        if parts.iter().any(|part| matches!(part, Part::No)) {
            return Choice::Out;
        }
        if !self.tlcs.is_empty() && !has_lots {
            return Choice::OutWithoutLot;
        }
        let lot = self.lot(entry);
        if matches!(lot, Part::No) {
            return Choice::Out;
        }
        let unknown = parts.iter().chain([&lot]).any(|part| matches!(part, Part::Unknown));
        if unknown { Choice::InUnknown } else { Choice::In }
    }

    fn food(&self, entry: &Entry) -> Part {
        if self.foods.is_empty() {
            Part::Yes
        } else if entry.food.trim().is_empty() {
            Part::Unknown
        } else if self.foods.iter().any(|food| same(food, &entry.food)) {
            Part::Yes
        } else {
            Part::No
        }
    }

    /// A month without a day is in when any of its days is.
    fn date(&self, entry: &Entry) -> Part {
        if self.from.is_none() && self.to.is_none() {
            return Part::Yes;
        }
        let Some(date) = entry.record.date() else { return Part::Unknown };
        let first = Date::new(date.year(), date.month(), date.day().max(1)).unwrap_or(date);
        let too_early = self.from.is_some_and(|from| date.last_day() < from);
        let too_late = self.to.is_some_and(|to| first > to);
        if too_early || too_late { Part::No } else { Part::Yes }
    }

    fn lot(&self, entry: &Entry) -> Part {
        if self.tlcs.is_empty() {
            return Part::Yes;
        }
        let named = entry.record.tlcs();
        if named.iter().any(|tlc| self.tlcs.contains(tlc)) {
            Part::Yes
        } else if named.is_empty() {
            Part::Unknown
        } else {
            Part::No
        }
    }

    fn location(&self, entry: &Entry) -> Part {
        if self.locations.is_empty() {
            return Part::Yes;
        }
        let named = entry.record.locations();
        let is = |wanted: &String| named.iter().any(|place| same(wanted, &place.name) || same(wanted, &place.code));
        if self.locations.iter().filter(|wanted| !wanted.trim().is_empty()).any(is) {
            Part::Yes
        } else if named.is_empty() {
            Part::Unknown
        } else {
            Part::No
        }
    }

    /// The selection in words, a line for each part.
    #[must_use]
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let list = |texts: Vec<&str>| if texts.is_empty() { "all".to_owned() } else { texts.join(", ") };
        let date = |date: Option<Date>| date.map_or_else(|| "open".to_owned(), |date| date.to_string());
        vec![
            ("Foods", list(self.foods.iter().map(String::as_str).collect())),
            ("Dates", format!("{} to {}", date(self.from), date(self.to))),
            ("Traceability lot codes", list(self.tlcs.iter().map(Tlc::as_str).collect())),
            ("Locations", list(self.locations.iter().map(String::as_str).collect())),
        ]
    }
}
