//! Lots in prose: `Lot 24123`, `Lots: A1, A2 and A3`, `Batch code(s) 1001 through 1010`.
//!
//! A lot has a digit, at most 20 characters of GS1's set, and no white space. A list goes on over commas, semicolons, `and`, `&` and
//! line ends; over white space alone, and after words in between such as `(exp 11/2025);`, only to a value of the same shape.

use super::super::{Basis, Gap, LotRange};
use super::dates;
use super::labels::{Label, Strength, is_part, label_at, skip_fillers};
use super::tokens::{Kind, Tokens};
use super::{Finds, PASSAGE_CHARS_MAX};
use tracelight_domain::gs1::Lot;

/// The lot that was read last.
pub(super) struct Last {
    shape: String,
    end: usize,
}

/// Pieces over which a list of lots may be taken up again.
const REACH: usize = 14;
/// Words that make the number in front of them an amount.
const UNITS: [&str; 36] = [
    "oz", "ounce", "ounces", "lb", "lbs", "pound", "pounds", "g", "gr", "gram", "grams", "kg", "mg", "mcg", "ml", "l",
    "liter", "fl", "ct", "count", "pack", "packs", "pk", "case", "cases", "unit", "units", "bottle", "bottles", "bag",
    "bags", "box", "boxes", "capsules", "tablets", "servings",
];

/// Pieces of one value; with more it is longer than any lot, and would be looked at again from each of its pieces.
const PIECES_MAX: usize = 24;

struct Value {
    text: String,
    end: usize,
}

/// The text without white space that begins here, when it could be a lot.
fn value_at(tokens: &Tokens<'_>, at: usize) -> Option<Value> {
    tokens.get(at).filter(|token| token.is_word())?;
    if label_at(tokens, at).is_some() {
        return None;
    }
    let mut end = at + 1;
    while end < at + PIECES_MAX {
        let glued = |at: usize| tokens.get(at).is_some_and(|token| token.glued && token.is_word());
        if glued(end) {
            end += 1;
        } else if matches!(tokens.glued_mark(end), Some('-' | '/' | '.' | '_' | '*' | '+')) && glued(end + 1) {
            end += 2;
        } else {
            break;
        }
    }
    let text = tokens.span(at, end);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let letters = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let amount = letters.len() < text.len() && UNITS.iter().any(|unit| letters.eq_ignore_ascii_case(unit));
    let counted = letters.is_empty() && tokens.is_any(end, &UNITS);
    let fits = has_digit && !amount && !counted && Lot::parse(text).is_ok();
    fits.then(|| Value { text: text.to_owned(), end })
}

/// Which characters are digits and which letters.
fn shape(text: &str) -> String {
    let class = |c: char| {
        if c.is_ascii_digit() {
            '9'
        } else if c.is_alphabetic() {
            'A'
        } else {
            c
        }
    };
    text.chars().map(class).collect()
}

/// `A1234/A1235` are two.
fn parts(text: &str) -> Vec<&str> {
    let split: Vec<&str> = text.split('/').collect();
    let whole = |part: &&str| part.len() >= 4 && part.bytes().any(|byte| byte.is_ascii_digit());
    if split.len() > 1 && split.iter().all(whole) { split } else { vec![text] }
}

/// The piece behind what separates the values of a list; `None` when nothing does.
fn separated(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let mut next = at;
    while next < at + 5 {
        let mark = matches!(tokens.mark(next), Some(',' | ';' | '&' | '/' | '•' | '|' | '*' | '"' | '”' | '“'));
        if mark || tokens.is_break(next) || tokens.is_any(next, &["and", "or"]) {
            next += 1;
        } else {
            break;
        }
    }
    (next > at).then_some(next)
}

fn range_mark(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let word = tokens.is_any(at, &["to", "through", "thru", "thru", "till"]);
    (word || matches!(tokens.mark(at), Some('-' | '–' | '—'))).then_some(at + 1)
}

/// Reads the list behind a label. Returns the piece behind what was read.
pub(super) fn listed(
    tokens: &Tokens<'_>,
    label: usize,
    behind: usize,
    strength: Strength,
    finds: &mut Finds,
    last: &mut Option<Last>,
) -> usize {
    let basis = if strength == Strength::Strong { Basis::Stated } else { Basis::Inferred };
    let (mut at, pointed) = skip_fillers(tokens, behind);
    let (mut end, mut count) = (behind, 0_usize);
    if strength == Strength::Strong && is_part(tokens, at) {
        finds.miss(Gap::Lot, tokens.passage(label, at + 3, PASSAGE_CHARS_MAX));
        return at + 3;
    }
    while !finds.full() {
        if let Some(next) = dates::unlabelled(tokens, at, &mut None, finds) {
            (end, count) = (next, count + 1);
        } else if let Some(value) = value_at(tokens, at).filter(|value| strong_enough(value, strength, count)) {
            if let Some(next) = spaced(tokens, &value) {
                finds.miss(Gap::Lot, tokens.passage(label, next, PASSAGE_CHARS_MAX));
                return next;
            }
            end = take(tokens, at, &value, basis, finds);
            *last = Some(Last { shape: shape(&value.text), end });
            count += 1;
        } else {
            break;
        }
        let next = separated(tokens, end).map(|next| if tokens.mark(next) == Some('#') { next + 1 } else { next });
        match (next, last.as_ref()) {
            (Some(next), _) => at = next,
            (None, Some(last)) if value_at(tokens, end).is_some_and(|value| shape(&value.text) == last.shape) => {
                at = end
            }
            _ => break,
        }
    }
    let announced = pointed || tokens.get(at).is_some_and(|token| token.has_digit());
    if count == 0 && strength == Strength::Strong && (announced || paired(tokens, behind, at)) {
        finds.miss(Gap::Lot, tokens.passage(label, at + 8, PASSAGE_CHARS_MAX));
        return behind;
    }
    end
}

/// `Lot / Exp: 2401 / 01/2026`: the head of a list of pairs, which is not read.
fn paired(tokens: &Tokens<'_>, behind: usize, at: usize) -> bool {
    let slash = (behind..at).any(|between| matches!(tokens.mark(between), Some('/' | '&')));
    let date = matches!(label_at(tokens, at), Some((Label::Date(..), _)));
    slash && date && (at..at + 8).any(|near| tokens.get(near).is_some_and(|token| token.has_digit()))
}

/// A weak label needs a value that is no small number; so does the rest of any list.
fn strong_enough(value: &Value, strength: Strength, count: usize) -> bool {
    let digits_only = value.text.bytes().all(|byte| byte.is_ascii_digit());
    match strength {
        Strength::Strong if count == 0 => true,
        Strength::Strong => !digits_only || value.text.len() >= 2,
        Strength::Weak => value.text.len() >= 4,
    }
}

/// `24 123 A1`: a short value with another behind it, and nothing between; one lot with spaces, or several. Where they end.
fn spaced(tokens: &Tokens<'_>, value: &Value) -> Option<usize> {
    const SHORT: usize = 3;
    let next = value_at(tokens, value.end)?;
    if value.text.len() > SHORT || shape(&next.text) == shape(&value.text) {
        return None;
    }
    let mut end = next.end;
    while let Some(more) = value_at(tokens, end).filter(|_| end < value.end + PIECES_MAX) {
        end = more.end;
    }
    Some(end)
}

/// Takes one value, or a range when another follows.
fn take(tokens: &Tokens<'_>, at: usize, value: &Value, basis: Basis, finds: &mut Finds) -> usize {
    let to = range_mark(tokens, value.end).and_then(|next| value_at(tokens, next));
    if let Some(to) = to
        && let (Ok(from), Ok(last)) = (Lot::parse(&value.text), Lot::parse(&to.text))
    {
        let found = finds.found(LotRange { from, to: last }, basis, tokens.span(at, to.end).to_owned());
        finds.lot_ranges.push(found);
        return to.end;
    }
    for part in parts(&value.text) {
        if let Ok(lot) = Lot::parse(part) {
            finds.lot(lot, basis, part.to_owned());
        }
    }
    value.end
}

/// A value of the shape of the last lot, behind a separator, some words later: `Lot A123 (exp 11/2025); A124 (exp 12/2025)`.
pub(super) fn carried(tokens: &Tokens<'_>, at: usize, finds: &mut Finds, last: &mut Option<Last>) -> Option<usize> {
    let known = last.as_ref()?;
    if at > known.end + REACH || known.shape.len() < 4 {
        return None;
    }
    let before = tokens.before(at)?;
    let separated = matches!(before.kind, Kind::Mark(',' | ';' | ')' | '&' | '/') | Kind::Break) || before.is("and");
    let value = value_at(tokens, at).filter(|value| separated && shape(&value.text) == known.shape)?;
    let end = take(tokens, at, &value, Basis::Inferred, finds);
    *last = Some(Last { shape: shape(&value.text), end });
    Some(end)
}
