//! One date, as prose spells it.
//!
//! ```text
//! 11/04/2025  11-4-25  2025-11-04  11.04.2025  Nov 4, 2025  4 Nov 2025  4-NOV-25  2025 NOV 04
//! only behind a label: November 2025  11/2025  04NOV2025  NOV042025  20251104  11042025  110425  11 04 25  Nov 4 25
//! ```
//! Month first, day first where the month cannot be: that is not sure. Two digits of a year are 20YY. Six digits that are a date as
//! `MMDDYY` and as `YYMMDD`, with a year that a pack of today may carry, are none.

use super::super::tokens::{Token, Tokens};
use tracelight_domain::gs1::Date;

/// Does a label stand in front? Then shorter spellings are dates too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Labelled {
    Yes,
    No,
}

/// What stands in a place.
#[derive(Clone, Copy)]
pub(super) enum Read {
    /// A date, or a month; `sure` when there is no other way to read it.
    Full { date: Date, sure: bool, end: usize },
    /// A month and a day without a year.
    NoYear { month: u8, day: u8, end: usize },
}

impl Read {
    /// The piece behind it.
    pub(super) const fn end(&self) -> usize {
        match self {
            Self::Full { end, .. } | Self::NoYear { end, .. } => *end,
        }
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `Nov`, `sept`, `November`.
pub(super) fn month(text: &str) -> Option<u8> {
    let small = text.to_ascii_lowercase();
    let long_enough = small.len() >= 3;
    let at = MONTHS.iter().position(|month| long_enough && month.starts_with(&small))?;
    u8::try_from(at + 1).ok()
}

fn number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Digits of a day, `4`, `04`, `4th`.
pub(super) fn day(token: &Token<'_>) -> Option<u8> {
    let digits = token.text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = token.text.get(digits.len()..)?;
    let ordinal = suffix.is_empty() || ["st", "nd", "rd", "th"].iter().any(|known| suffix.eq_ignore_ascii_case(known));
    let value = number(digits).filter(|_| ordinal && digits.len() <= 2)?;
    u8::try_from(value).ok().filter(|day| (1..=31).contains(day))
}

/// Two digits are 20YY. `None` for a year in which no such pack was made.
pub(super) fn year(text: &str) -> Option<u16> {
    let value = number(text)?;
    match text.len() {
        2 => Some(2_000 + value),
        4 => Some(value).filter(|year| (1990..=2099).contains(year)),
        _ => None,
    }
}

/// A date of numbers: month first, else day first, which is not sure.
fn of_numbers(year: u16, first: u16, second: u16) -> Option<(Date, bool)> {
    let date = |month: u16, day: u16| {
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok().filter(|day| *day > 0)?);
        Date::new(year, month, day).ok()
    };
    date(first, second).map(|date| (date, true)).or_else(|| date(second, first).map(|date| (date, false)))
}

/// The date that begins here.
pub(super) fn read_at(tokens: &Tokens<'_>, at: usize, labelled: Labelled) -> Option<Read> {
    let token = tokens.get(at).filter(|token| token.is_word())?;
    if token.is_digits() {
        return numeric(tokens, at, labelled)
            .or_else(|| day_first(tokens, at))
            .or_else(|| year_first(tokens, at))
            .or_else(|| if labelled == Labelled::Yes { compact_digits(tokens, at) } else { None });
    }
    month_first(tokens, at, labelled)
        .or_else(|| day_first(tokens, at))
        .or_else(|| if labelled == Labelled::Yes { compact_word(tokens, at) } else { None })
}

/// The digits behind one glued mark, and the mark.
fn glued_number<'t>(tokens: &Tokens<'t>, at: usize) -> Option<(char, &'t str)> {
    let mark = tokens.glued_mark(at).filter(|mark| matches!(mark, '/' | '-' | '.'))?;
    let next = tokens.get(at + 1).filter(|token| token.is_digits() && token.glued)?;
    Some((mark, next.text))
}

fn numeric(tokens: &Tokens<'_>, at: usize, labelled: Labelled) -> Option<Read> {
    let first = tokens.get(at)?.text;
    let (mark, second) = glued_number(tokens, at + 1)?;
    if let Some((other, third)) = glued_number(tokens, at + 3) {
        // `1/2/3/4` is no date.
        if other != mark || glued_number(tokens, at + 5).is_some_and(|(more, _)| more == mark) {
            return None;
        }
        let clear = mark == '/' || first.len() == 4 || third.len() == 4 || labelled == Labelled::Yes;
        let (year, (date, sure)) = if first.len() == 4 {
            let year = year(first)?;
            (year, of_numbers(year, number(second)?, number(third)?)?)
        } else {
            let year = year(third)?;
            (year, of_numbers(year, number(first)?, number(second)?)?)
        };
        let short = first.len().max(second.len()).max(third.len()) <= 4 && second.len() <= 2 && year > 0;
        return (clear && short).then_some(Read::Full { date, sure, end: at + 5 });
    }
    if labelled == Labelled::No {
        return None;
    }
    let small = |text: &str| number(text).and_then(|value| u8::try_from(value).ok()).filter(|_| text.len() <= 2);
    if second.len() == 4 {
        let date = Date::new(year(second)?, small(first)?, 0).ok()?;
        return Some(Read::Full { date, sure: true, end: at + 3 });
    }
    let (month, day) = (small(first).filter(|month| (1..=12).contains(month))?, small(second)?);
    if day > 31 {
        return Some(Read::Full { date: Date::new(year(second)?, month, 0).ok()?, sure: true, end: at + 3 });
    }
    Some(Read::NoYear { month, day, end: at + 3 })
}

/// Over one mark between the parts of a date that has a word in it.
pub(super) fn skip_mark(tokens: &Tokens<'_>, at: usize, marks: &[char]) -> usize {
    if tokens.mark(at).is_some_and(|mark| marks.contains(&mark)) { at + 1 } else { at }
}

fn month_first(tokens: &Tokens<'_>, at: usize, labelled: Labelled) -> Option<Read> {
    let month = month(tokens.get(at)?.text)?;
    let second = skip_mark(tokens, at + 1, &['.', '-', '/', ',']);
    let token = tokens.get(second)?;
    if token.text.len() == 4
        && let Some(year) = year(token.text)
    {
        let date = Date::new(year, month, 0).ok()?;
        return (labelled == Labelled::Yes).then_some(Read::Full { date, sure: true, end: second + 1 });
    }
    let day = day(token)?;
    let third = skip_mark(tokens, skip_mark(tokens, second + 1, &[',', '.', '-', '/']), &['\'', '’']);
    let text = tokens.get(third).map_or("", |token| token.text);
    // `Dec 12 25`: most likely a year.
    let marked = text.len() == 4 || third > second + 1;
    if let Some(year) = year(text).filter(|year| marked || YEARS.contains(year))
        && (text.len() == 4 || labelled == Labelled::Yes)
        && let Ok(date) = Date::new(year, month, day)
    {
        return Some(Read::Full { date, sure: marked, end: third + 1 });
    }
    (labelled == Labelled::Yes).then_some(Read::NoYear { month, day, end: second + 1 })
}

fn day_first(tokens: &Tokens<'_>, at: usize) -> Option<Read> {
    let day = day(tokens.get(at)?)?;
    let second = skip_mark(tokens, at + 1, &['-', '/', '.']);
    let month = month(tokens.get(second).filter(|token| token.is_word())?.text)?;
    let third = skip_mark(tokens, second + 1, &['-', '/', '.', ',']);
    let text = tokens.get(third)?.text;
    let date = Date::new(year(text).filter(|_| text.len() == 4 || third > second + 1)?, month, day).ok()?;
    Some(Read::Full { date, sure: true, end: third + 1 })
}

/// `2025 NOV 04`, `2025-Nov-04`.
fn year_first(tokens: &Tokens<'_>, at: usize) -> Option<Read> {
    let text = tokens.get(at)?.text;
    let year = year(text).filter(|_| text.len() == 4)?;
    let second = skip_mark(tokens, at + 1, &['-', '/', '.']);
    let month = month(tokens.get(second).filter(|token| token.is_word())?.text)?;
    let third = skip_mark(tokens, second + 1, &['-', '/', '.', ',']);
    let date = Date::new(year, month, day(tokens.get(third)?)?).ok()?;
    Some(Read::Full { date, sure: true, end: third + 1 })
}

/// A year that a pack of today may carry: what tells `YYMMDD` from `MMDDYY`.
const YEARS: std::ops::RangeInclusive<u16> = 2015..=2045;

/// `20251104`, `11042025`, `110425`, `251104`, `11 04 2025`.
fn compact_digits(tokens: &Tokens<'_>, at: usize) -> Option<Read> {
    let text = tokens.get(at)?.text;
    let part = |from: usize, to: usize| text.get(from..to);
    let read = |year_text: Option<&str>, month: Option<&str>, day: Option<&str>| {
        let year = year(year_text?).filter(|year| YEARS.contains(year))?;
        let (month, day) = (u8::try_from(number(month?)?).ok()?, u8::try_from(number(day?)?).ok()?);
        Date::new(year, month, day).ok().filter(|_| day > 0)
    };
    let (dates, end) = match text.len() {
        8 => ([read(part(0, 4), part(4, 6), part(6, 8)), read(part(4, 8), part(0, 2), part(2, 4))], at + 1),
        6 => ([read(part(4, 6), part(0, 2), part(2, 4)), read(part(0, 2), part(2, 4), part(4, 6))], at + 1),
        1 | 2 => {
            let next = |at: usize| tokens.get(at).filter(|token| token.is_digits()).map(|token| token.text);
            let (month, day) = (Some(text), next(at + 1).filter(|day| day.len() == 2));
            ([read(next(at + 2), month, day), None], at + 3)
        }
        _ => return None,
    };
    match dates {
        // Six digits that are a date either way are not understood.
        [Some(one), Some(other)] if one != other => None,
        [Some(date), _] | [None, Some(date)] => Some(Read::Full { date, sure: text.len() == 8, end }),
        [None, None] => None,
    }
}

/// `04NOV2025`, `NOV042025`, `NOV2025`, `2025NOV04`.
fn compact_word(tokens: &Tokens<'_>, at: usize) -> Option<Read> {
    let text = tokens.get(at)?.text;
    let from = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (before, rest) = text.split_at_checked(from)?;
    let to = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (name, after) = rest.split_at_checked(to)?;
    let month = month(name)?;
    let full = |year_text: &str, day: &str| {
        let year = year(year_text).filter(|year| YEARS.contains(year))?;
        Date::new(year, month, u8::try_from(number(day)?).ok()?).ok().filter(|date| date.day() > 0)
    };
    let date = match (before.len(), after.len()) {
        (1 | 2, 2 | 4) => full(after, before).or_else(|| full(before, after)),
        (4, 1 | 2) => full(before, after),
        (0, 4) => year(after)
            .and_then(|year| Date::new(year, month, 0).ok())
            .or_else(|| full(after.get(2..)?, after.get(..2)?)),
        (0, 6) => full(after.get(2..)?, after.get(..2)?),
        _ => None,
    }?;
    Some(Read::Full { date, sure: false, end: at + 1 })
}

/// A text that is one date with a day and nothing else.
pub(in super::super::super) fn whole_date(text: &str) -> Option<Date> {
    let tokens = Tokens::of(text);
    match read_at(&tokens, 0, Labelled::Yes)? {
        Read::Full { date, end, .. } if end == tokens.len() && date.day() > 0 => Some(date),
        Read::Full { .. } | Read::NoYear { .. } => None,
    }
}
