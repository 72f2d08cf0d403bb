//! Dates and ranges of dates in prose: the lists behind a label, and dates in full that nothing announces.
//!
//! Between the ends of a range: to, through, thru, until, `-`, and `and` after `between`. An end is open by `on or before`, `or earlier`,
//! `after`, `and later`. Two numbers alone are month and day in a range whose other end has the year, or in a list behind a date that
//! has one; otherwise they are not understood. How one date is spelt is in [`spelling`].

mod spelling;

pub(in super::super) use spelling::whole_date;

use super::super::{Basis, DateKind, DateRange, Gap};
use super::labels::{Strength, skip_fillers};
use super::tokens::{Kind, Tokens};
use super::{Finds, PASSAGE_CHARS_MAX};
use spelling::{Labelled, Read, day, month, read_at, skip_mark, year};
use tracelight_domain::gs1::Date;

/// A single date or a range, and whether its reading is sure.
struct Item {
    from: Option<Date>,
    to: Option<Date>,
    sure: bool,
    end: usize,
}

/// `Nov 4-10, 2025`.
fn days_of_month(tokens: &Tokens<'_>, at: usize) -> Option<Item> {
    let month = month(tokens.get(at).filter(|token| token.is_word())?.text)?;
    let first = skip_mark(tokens, at + 1, &['.']);
    let from = day(tokens.get(first)?)?;
    let joined = joiner(tokens, first + 1, Between::No)?;
    let to = day(tokens.get(joined)?)?;
    let last = skip_mark(tokens, joined + 1, &[',']);
    let year = year(tokens.get(last)?.text).filter(|_| tokens.get(last).is_some_and(|token| token.text.len() == 4))?;
    let date = |day| Date::new(year, month, day).ok();
    Some(Item { from: Some(date(from)?), to: Some(date(to)?), sure: true, end: last + 1 })
}

/// Does `between` stand in front, so that `and` makes a range?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Yes,
    No,
}

fn joiner(tokens: &Tokens<'_>, at: usize, between: Between) -> Option<usize> {
    // `October 3, 2025, through October 10, 2025`.
    let comma = tokens.mark(at) == Some(',') && tokens.is_any(at + 1, &["to", "through", "thru", "until"]);
    let at = if comma { at + 1 } else { at };
    let word = tokens.is_any(at, &["to", "through", "thru", "until", "till"]);
    let and = between == Between::Yes && tokens.is(at, "and");
    (word || and || matches!(tokens.mark(at), Some('-' | '–' | '—'))).then_some(at + 1)
}

fn with_year(month: u8, day: u8, year: u16) -> Option<Date> {
    Date::new(year, month, day).ok()
}

fn item_at(
    tokens: &Tokens<'_>,
    at: usize,
    labelled: Labelled,
    between: Between,
    last_year: Option<u16>,
) -> Option<Item> {
    if labelled == Labelled::Yes
        && let Some(item) = days_of_month(tokens, at)
    {
        return Some(item);
    }
    let first = read_at(tokens, at, labelled)?;
    let second = joiner(tokens, first.end(), between).and_then(|next| read_at(tokens, next, Labelled::Yes));
    let alone = |date: Date, sure, end| Item { from: Some(date), to: Some(date), sure, end };
    match (first, second) {
        (Read::Full { date: from, sure, .. }, Some(Read::Full { date: to, sure: also, end })) if from <= to => {
            Some(Item { from: Some(from), to: Some(to), sure: sure && also, end })
        }
        (Read::Full { date: from, sure, .. }, Some(Read::NoYear { month, day, end })) => {
            let to = with_year(month, day, from.year()).filter(|to| *to >= from);
            let to = to.or_else(|| with_year(month, day, from.year() + 1))?;
            Some(Item { from: Some(from), to: Some(to), sure: sure && to.year() == from.year(), end })
        }
        (Read::NoYear { month, day, .. }, Some(Read::Full { date: to, sure, end })) => {
            let from = with_year(month, day, to.year()).filter(|from| *from <= to);
            let from = from.or_else(|| with_year(month, day, to.year().saturating_sub(1)))?;
            Some(Item { from: Some(from), to: Some(to), sure, end })
        }
        (Read::Full { date, sure, end }, _) => Some(alone(date, sure, end)),
        // The year of the date before it in the same list: likely, not sure.
        (Read::NoYear { month, day, .. }, Some(Read::NoYear { month: to_month, day: to_day, end })) => {
            let year = last_year?;
            let (from, to) = (with_year(month, day, year)?, with_year(to_month, to_day, year)?);
            (from <= to).then_some(Item { from: Some(from), to: Some(to), sure: false, end })
        }
        (Read::NoYear { month, day, end }, None) => Some(alone(with_year(month, day, last_year?)?, false, end)),
    }
}

/// An end that is open by a word in front or behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    From,
    To,
}

/// `on or before`, `after`; and the piece behind it.
fn open_before(tokens: &Tokens<'_>, at: usize) -> Option<(Open, usize)> {
    let mut next = at;
    while tokens.is_any(next, &["on", "or"]) && next < at + 2 {
        next += 1;
    }
    if tokens.is_any(next, &["before", "through", "thru", "until"]) {
        return Some((Open::From, next + 1));
    }
    if tokens.is_any(next, &["prior", "up"]) && tokens.is(next + 1, "to") {
        return Some((Open::From, next + 2));
    }
    tokens.is_any(next, &["after", "since"]).then_some((Open::To, next + 1))
}

/// `or earlier`, `and later`; and the piece behind it.
fn open_behind(tokens: &Tokens<'_>, at: usize) -> Option<(Open, usize)> {
    let at = skip_mark(tokens, at, &[',']);
    let next = if tokens.is_any(at, &["or", "and"]) { at + 1 } else { at };
    if tokens.is_any(next, &["earlier", "prior", "before", "older"]) {
        return Some((Open::From, next + 1));
    }
    tokens.is_any(next, &["later", "after", "onward", "onwards", "newer", "beyond"]).then_some((Open::To, next + 1))
}

/// Over what separates the dates of a list.
fn separated(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let mut next = at;
    while next < at + 5 {
        let mark = matches!(tokens.mark(next), Some(',' | ';' | '&' | '/' | '•' | '|' | '"' | '”' | '“' | '(' | ')'));
        let kind = tokens.get(next).map(|token| token.kind);
        if mark || kind == Some(Kind::Break) || tokens.is_any(next, &["and", "or"]) {
            next += 1;
        } else {
            break;
        }
    }
    (next > at).then_some(next)
}

/// Reads the dates behind a label. Returns the piece behind what was read, or `behind`.
pub(super) fn listed(
    tokens: &Tokens<'_>,
    label: usize,
    behind: usize,
    kind: DateKind,
    strength: Strength,
    finds: &mut Finds,
) -> usize {
    let (begin, _) = skip_fillers(tokens, behind);
    let between = if tokens.is(begin, "between") { Between::Yes } else { Between::No };
    let begin =
        if tokens.is_any(begin, &["between", "from", "range"]) { skip_fillers(tokens, begin + 1).0 } else { begin };
    let open = open_before(tokens, begin);
    let mut at = open.map_or(begin, |(_, next)| skip_fillers(tokens, next).0);
    let (mut end, mut last_year) = (behind, None);
    while let Some(mut item) = item_at(tokens, at, Labelled::Yes, between, last_year).filter(|_| !finds.full()) {
        let (first, last) = (item.from, item.to);
        last_year = last.map(|date| date.year());
        let side = open.filter(|_| end == behind && first == last).map(|(side, _)| side);
        let after = open_behind(tokens, item.end).filter(|_| first == last);
        match side.or(after.map(|(side, _)| side)) {
            Some(Open::From) => item.from = None,
            Some(Open::To) => item.to = None,
            None => {}
        }
        let next = after.map_or(item.end, |(_, next)| next);
        let basis = if item.sure { Basis::Stated } else { Basis::Inferred };
        let range = DateRange { kind, from: item.from, to: item.to };
        let found = finds.found(range, basis, tokens.span(at, next).to_owned());
        finds.dates.push(found);
        end = next;
        match separated(tokens, end) {
            Some(next) => at = next,
            None => break,
        }
    }
    if end == behind {
        missed(tokens, label, at, kind, strength, finds);
    }
    end
}

/// Tells a date that was announced and not recognised.
fn missed(tokens: &Tokens<'_>, label: usize, at: usize, kind: DateKind, strength: Strength, finds: &mut Finds) {
    let ambiguous = matches!(read_at(tokens, at, Labelled::Yes), Some(Read::NoYear { .. }));
    let has_digit = tokens.get(at).is_some_and(|token| token.has_digit());
    if ambiguous && (strength == Strength::Strong || kind == DateKind::Expiry) {
        finds.miss(Gap::AmbiguousDate, tokens.passage(label, at + 6, PASSAGE_CHARS_MAX));
    } else if has_digit && strength == Strength::Strong {
        finds.miss(Gap::Date, tokens.passage(label, at + 6, PASSAGE_CHARS_MAX));
    }
}

/// The kind of the dates that were read last, and the piece behind them.
pub(super) type Last = Option<(DateKind, usize)>;

/// Pieces over which a list of dates may be taken up again: `best by 5/12/2026 (lot 1), 5/13/2026 (lot 2)`.
const REACH: usize = 12;

/// A date or range in full that nothing announces right here, and the piece behind it. A list that stands before it says its kind.
pub(super) fn unlabelled(tokens: &Tokens<'_>, at: usize, last: &mut Last, finds: &mut Finds) -> Option<usize> {
    let token = tokens.get(at)?;
    if token.glued && tokens.before(at).is_some_and(|before| matches!(before.kind, Kind::Mark('/' | '-' | '.' | '$'))) {
        return None;
    }
    let item = item_at(tokens, at, Labelled::No, Between::No, None)?;
    let listed = last.filter(|(_, end)| at <= end + REACH && tokens.before(at).is_some_and(|t| t.kind != Kind::Word));
    let kind = listed.map_or(DateKind::Unlabelled, |(kind, _)| kind);
    *last = listed.map(|(kind, _)| (kind, item.end));
    let range = DateRange { kind, from: item.from, to: item.to };
    let found = finds.found(range, Basis::Inferred, tokens.span(at, item.end).to_owned());
    finds.dates.push(found);
    Some(item.end)
}
