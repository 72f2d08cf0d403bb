//! Codes, lots and dates out of prose.
//!
//! ```text
//! text --[tokens]--> words, marks, line ends --[labels]--> what is announced here
//!      GTIN label    the codes behind it, through sizes and line ends, until another label        [codes]
//!      lot label     values with a digit, in lists and ranges                                     [lots]
//!      date label    dates and ranges in many spellings                                           [dates]
//!      no label      12 to 14 digits in the groups of a bar code with a right check digit; full dates
//! ```
//! One way through the text, left to right; whatever is taken is not looked at again. A label whose value is not recognised is
//! told as not understood. Words that are a label only before a value (`packed`, `code`) are passed over in silence otherwise.

mod codes;
mod dates;
mod labels;
mod lots;
mod tokens;

pub(super) use dates::whole_date;

use super::{Basis, Doubtful, Extent, Field, Found, Gap, NotUnderstood, Scope};
use labels::{Label, label_at};
use tokens::Tokens;

/// Finds of one notice, all kinds together. The longest known has some hundreds.
pub const CODES_PER_NOTICE_MAX: usize = 5_000;

/// Characters of a passage that is shown.
const PASSAGE_CHARS_MAX: usize = 80;

/// What the texts of a notice name. Reads at most [`CODES_PER_NOTICE_MAX`] finds and says so when there are more.
#[must_use]
pub fn extract(texts: &[(Field, &str)]) -> Scope {
    let mut finds = Finds::new();
    for (field, text) in texts {
        finds.field = *field;
        walk(&Tokens::of(text), &mut finds);
    }
    finds.into_scope()
}

fn walk(tokens: &Tokens<'_>, finds: &mut Finds) {
    // What the codes that follow are, and how many words ago it was said.
    let mut announced: Option<codes::Announced> = None;
    let mut last_lot: Option<lots::Last> = None;
    let mut last_date: dates::Last = None;
    let mut at = 0;
    while at < tokens.len() {
        if finds.full() {
            finds.miss(Gap::TooMany, tokens.passage(at, at + 12, PASSAGE_CHARS_MAX));
            return;
        }
        let next = match label_at(tokens, at) {
            Some((Label::Code(strength), behind)) => {
                let behind = codes::behind_label(tokens, behind);
                (announced, last_lot) = (Some(codes::Announced { strength, at: behind, direct: true }), None);
                Some(behind)
            }
            Some((Label::Lot(strength), behind)) => {
                announced = None;
                Some(lots::listed(tokens, at, behind, strength, finds, &mut last_lot))
            }
            Some((Label::Date(kind, strength), behind)) => {
                let next = dates::listed(tokens, at, behind, kind, strength, finds);
                announced = announced.filter(|_| next == behind);
                last_date = Some((kind, next)).filter(|_| next != behind);
                Some(next)
            }
            Some((Label::Whole, behind)) => {
                finds.whole = true;
                Some(behind)
            }
            Some((Label::Unread(gap), behind)) => labels::unread(tokens, at, behind, gap, finds),
            Some((Label::Other, behind)) => {
                announced = None;
                Some(behind)
            }
            None => None,
        };
        // A list of lots that is taken up again comes first: its values may be as long as a code.
        let next = next
            .or_else(|| lots::carried(tokens, at, finds, &mut last_lot))
            .or_else(|| codes::code_at(tokens, at, &mut announced, finds))
            .or_else(|| dates::unlabelled(tokens, at, &mut last_date, finds));
        // Every reader returns a place behind `at`; `max` makes the way through finite even if one does not.
        at = next.unwrap_or(at + 1).max(at + 1);
    }
}

/// What was found so far.
struct Finds {
    field: Field,
    whole: bool,
    count: usize,
    gtins: std::collections::BTreeMap<tracelight_domain::gs1::Gtin, Found<tracelight_domain::gs1::Gtin>>,
    lots: std::collections::BTreeMap<tracelight_domain::gs1::Lot, Found<tracelight_domain::gs1::Lot>>,
    doubtful: Vec<Doubtful>,
    lot_ranges: Vec<Found<super::LotRange>>,
    dates: Vec<Found<super::DateRange>>,
    not_understood: Vec<NotUnderstood>,
}

impl Finds {
    const fn new() -> Self {
        Self {
            field: Field::Product,
            whole: false,
            count: 0,
            gtins: std::collections::BTreeMap::new(),
            lots: std::collections::BTreeMap::new(),
            doubtful: Vec::new(),
            lot_ranges: Vec::new(),
            dates: Vec::new(),
            not_understood: Vec::new(),
        }
    }

    const fn full(&self) -> bool {
        self.count >= CODES_PER_NOTICE_MAX
    }

    fn found<T>(&mut self, value: T, basis: Basis, text: String) -> Found<T> {
        self.count += 1;
        Found { value, basis, field: self.field, text }
    }

    fn gtin(&mut self, gtin: tracelight_domain::gs1::Gtin, basis: Basis, text: String) {
        let found = self.found(gtin, basis, text);
        let known = self.gtins.entry(gtin).or_insert_with(|| found.clone());
        if found.basis < known.basis {
            *known = found;
        }
    }

    fn lot(&mut self, lot: tracelight_domain::gs1::Lot, basis: Basis, text: String) {
        let found = self.found(lot.clone(), basis, text);
        let known = self.lots.entry(lot).or_insert_with(|| found.clone());
        if found.basis < known.basis {
            *known = found;
        }
    }

    fn miss(&mut self, gap: Gap, text: String) {
        self.count += 1;
        self.not_understood.push(NotUnderstood { gap, field: self.field, text });
    }

    fn into_scope(self) -> Scope {
        let limited = !self.lots.is_empty() || !self.lot_ranges.is_empty() || !self.dates.is_empty();
        let extent = match (limited, self.whole) {
            (_, true) => Extent::WholeProduct,
            (true, false) => Extent::Limited,
            (false, false) => Extent::NotStated,
        };
        Scope {
            extent,
            gtins: self.gtins.into_values().collect(),
            doubtful: self.doubtful,
            lots: self.lots.into_values().collect(),
            lot_ranges: self.lot_ranges,
            dates: self.dates,
            not_understood: self.not_understood,
        }
    }
}
