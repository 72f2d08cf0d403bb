//! GTINs in prose.
//!
//! A run is groups of digits with spaces or hyphens between them, on one line: `8 10248 03165 6`, `0-41415-54691-2`. Behind a
//! label the run is read whole, then the longest beginning of it that has a GTIN's length and check digit. Without one a run must
//! be one group of 12 to 14 digits or be grouped as bar codes print their digits.

use super::super::{Basis, Doubt, Doubtful, Gap};
use super::labels::{Label, Strength, is_part, label_at, skip_fillers};
use super::tokens::{Kind, Tokens};
use super::{Finds, PASSAGE_CHARS_MAX};
use tracelight_domain::gs1::{Gtin, KeyError, check_digit};

/// A code label that was read, and since when.
#[derive(Clone, Copy)]
pub(super) struct Announced {
    pub strength: Strength,
    /// The piece behind the label, or behind the code that was read last.
    pub at: usize,
    /// Nothing but marks and fillers stands between there and here.
    pub direct: bool,
}

/// Pieces after which a label says nothing about a number any more: `8 oz - ` and the like stand between.
const REACH: usize = 16;
/// Pieces up to which the label still says what the number is: a size and a hyphen.
const REACH_STATED: usize = 6;
/// Groups of one code: `1 00 12345 67890 5` has five.
const GROUPS_MAX: usize = 7;
/// How bar codes group the digits that they print.
const SHAPES: [&[usize]; 12] = [
    &[1, 5, 5, 1],
    &[1, 6, 6],
    &[2, 5, 5, 1],
    &[3, 5, 5, 1],
    &[1, 2, 5, 5, 1],
    &[2, 6, 5, 1],
    &[2, 5, 5, 2],
    &[1, 10, 1],
    &[6, 6],
    &[7, 6],
    &[1, 5, 6],
    &[6, 5, 1],
];

/// Over what belongs to a label: the kind in `EAN-8`, `UPC-A`, and the word in `UPC code`, which announces no lot.
pub(super) fn behind_label(tokens: &Tokens<'_>, behind: usize) -> usize {
    let kind = tokens.is_any(behind + 1, &["8", "12", "13", "14", "A", "E"]);
    let glued = tokens.get(behind + 1).is_some_and(|token| token.glued);
    let is_kind = kind && glued && tokens.glued_mark(behind) == Some('-');
    let behind = if is_kind { behind + 2 } else { behind };
    let word = if tokens.mark(behind) == Some('.') { behind + 1 } else { behind };
    if tokens.is_any(word, &["code", "codes"]) { word + 1 } else { behind }
}

/// A run of groups: where each ends, and its digits up to there.
struct Run {
    /// Digits of the group, digits so far, the piece behind.
    groups: Vec<(usize, usize, usize)>,
    digits: String,
}

fn run_at(tokens: &Tokens<'_>, from: usize) -> Run {
    let mut run = Run { groups: Vec::new(), digits: String::new() };
    let mut at = from;
    while let Some(token) = tokens.get(at).filter(|token| token.is_digits() && run.groups.len() < GROUPS_MAX) {
        run.digits.push_str(token.text);
        run.groups.push((token.text.len(), run.digits.len(), at + 1));
        let hyphen = matches!(tokens.glued_mark(at + 1), Some('-' | '–' | '\u{2010}' | '\u{2011}'))
            && tokens.get(at + 2).is_some_and(|next| next.glued);
        at += if hyphen { 2 } else { 1 };
    }
    // The last group is the beginning of something else: `12/case`, `3.5 oz`, `50%`.
    let goes_on = |behind: usize| {
        let glued = matches!(tokens.glued_mark(behind), Some('.' | '/' | '%' | ','));
        glued
            && (tokens.mark(behind) == Some('%')
                || tokens.get(behind + 1).is_some_and(|next| next.is_word() && next.glued))
    };
    while run.groups.len() > 1 && run.groups.last().is_some_and(|(.., behind)| goes_on(*behind)) {
        if let Some((length, ..)) = run.groups.pop() {
            run.digits.truncate(run.digits.len() - length);
        }
    }
    run
}

/// What is announced where a number stands.
enum Standing {
    /// Right behind the label.
    Direct(Strength),
    /// Some words behind it.
    Near(Strength),
    /// Nothing.
    None,
}

/// Reads the code that begins here, if one does.
pub(super) fn code_at(
    tokens: &Tokens<'_>,
    at: usize,
    announced: &mut Option<Announced>,
    finds: &mut Finds,
) -> Option<usize> {
    let standing = standing(tokens, at, announced);
    let partial = || is_part(tokens, at).then_some(at + 3);
    if let Standing::Direct(Strength::Strong) = standing
        && let Some(end) = placeholder(tokens, at).or_else(partial)
    {
        finds.miss(Gap::Placeholder, tokens.passage(at, end, PASSAGE_CHARS_MAX));
        return Some(end);
    }
    tokens.get(at).filter(|token| token.is_digits())?;
    let run = run_at(tokens, at);
    let next = match standing {
        Standing::Direct(strength) => direct(tokens, at, &run, strength, finds),
        Standing::Near(strength) => near(tokens, at, &run, strength, finds),
        Standing::None => alone(tokens, at, &run, finds),
    };
    if let (Some(end), Some(label)) = (next, announced.as_mut()) {
        (label.at, label.direct) = (end, true);
    }
    next
}

fn standing(tokens: &Tokens<'_>, at: usize, announced: &mut Option<Announced>) -> Standing {
    let Some(label) = announced else { return Standing::None };
    if at > label.at + REACH {
        *announced = None;
        return Standing::None;
    }
    // Once a word stands between, the rest of this label's reach is near and no more.
    label.direct = label.direct && skip_between(tokens, label.at) >= at;
    match label.strength {
        strength if label.direct => Standing::Direct(strength),
        Strength::Strong if at <= label.at + REACH_STATED => Standing::Near(Strength::Strong),
        Strength::Strong | Strength::Weak => Standing::Near(Strength::Weak),
    }
}

/// Over fillers and over what separates the codes of a list.
fn skip_between(tokens: &Tokens<'_>, from: usize) -> usize {
    let (mut at, _) = skip_fillers(tokens, from);
    while tokens.is_any(at, &["and", "or"])
        || tokens.is_break(at)
        || matches!(tokens.mark(at), Some(',' | ';' | '/' | '&' | '+' | '|'))
    {
        at = skip_fillers(tokens, at + 1).0;
    }
    at
}

/// `2-77580-XXXXX-7`: where it ends.
fn placeholder(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let mut end = at + 1;
    while end < at + 24
        && tokens.get(end).is_some_and(|token| token.glued && (token.is_word() || token.kind == Kind::Mark('-')))
    {
        end += 1;
    }
    let text = tokens.span(at, end).to_ascii_lowercase();
    let digits_and_x = text.chars().all(|c| c.is_ascii_digit() || c == 'x' || c == '-');
    (digits_and_x && text.contains("xx") && text.len() >= 6).then_some(end)
}

/// A GTIN of these digits, when they are one. Eight digits are an EAN-8, or a UPC-E, whose check digit is that of its long form.
fn gtin(digits: &str) -> Option<Gtin> {
    Gtin::parse_padded(digits).ok().or_else(|| upc_e(digits))
}

fn upc_e(digits: &str) -> Option<Gtin> {
    let [system, a, b, c, d, e, last, check] = digits.as_bytes().first_chunk::<8>().filter(|_| digits.len() == 8)?;
    if !matches!(system, b'0' | b'1') {
        return None;
    }
    let zeros = |count: usize| std::iter::repeat_n(b'0', count);
    let mut long: Vec<u8> = vec![*system];
    match last {
        b'0'..=b'2' => long.extend([*a, *b, *last].into_iter().chain(zeros(4)).chain([*c, *d, *e])),
        b'3' => long.extend([*a, *b, *c].into_iter().chain(zeros(5)).chain([*d, *e])),
        b'4' => long.extend([*a, *b, *c, *d].into_iter().chain(zeros(5)).chain([*e])),
        _ => long.extend([*a, *b, *c, *d, *e].into_iter().chain(zeros(4)).chain([*last])),
    }
    long.push(*check);
    Gtin::parse_padded(std::str::from_utf8(&long).ok()?).ok()
}

fn basis(strength: Strength) -> Basis {
    match strength {
        Strength::Strong => Basis::Stated,
        Strength::Weak => Basis::Inferred,
    }
}

/// The beginnings of a run that have 12 to 14 digits: the first group if it has them by itself, for what follows it is an amount;
/// else the longer before the shorter.
fn beginnings(run: &Run) -> impl Iterator<Item = (usize, usize)> + '_ {
    let alone = run.groups.first().filter(|(length, ..)| (12..=14).contains(length));
    let others = run.groups.iter().rev().filter(move |_| alone.is_none());
    alone
        .into_iter()
        .chain(others)
        .map(|(_, so_far, behind)| (*so_far, *behind))
        .filter(|(so_far, _)| (12..=14).contains(so_far))
}

/// The first of these that is a GTIN, and the piece behind it.
fn longest(run: &Run) -> Option<(Gtin, usize)> {
    beginnings(run).find_map(|(so_far, behind)| Some((Gtin::parse_padded(run.digits.get(..so_far)?).ok()?, behind)))
}

fn direct(tokens: &Tokens<'_>, at: usize, run: &Run, strength: Strength, finds: &mut Finds) -> Option<usize> {
    let (first, total, end) = (run.groups.first()?, run.digits.len(), run.groups.last()?.2);
    let short = (strength == Strength::Strong).then_some([(total, end), (first.0, first.2)]).into_iter().flatten();
    let short = short
        .filter(|(length, _)| *length == 8)
        .find_map(|(length, behind)| Some((gtin(run.digits.get(..length)?)?, behind)));
    if let Some((gtin, behind)) = longest(run).or(short) {
        finds.gtin(gtin, basis(strength), tokens.span(at, behind).to_owned());
        return Some(behind);
    }
    // What looks most like the code that was meant: a beginning of the right length, a long first group, the whole run.
    let long_first = Some((first.0, first.2)).filter(|(length, _)| *length >= 9);
    let (length, behind) = beginnings(run).next().or(long_first).unwrap_or((total, end));
    let least = if strength == Strength::Strong { 6 } else { 12 };
    if !(least..=20).contains(&length) {
        return None;
    }
    doubt(run.digits.get(..length)?, tokens.span(at, behind), finds);
    Some(behind)
}

fn near(tokens: &Tokens<'_>, at: usize, run: &Run, strength: Strength, finds: &mut Finds) -> Option<usize> {
    if let Some((gtin, behind)) = longest(run) {
        finds.gtin(gtin, basis(strength), tokens.span(at, behind).to_owned());
        return Some(behind);
    }
    let (length, _, behind) = *run.groups.first()?;
    if !(11..=14).contains(&length) {
        return None;
    }
    doubt(run.digits.get(..length)?, tokens.span(at, behind), finds);
    Some(behind)
}

fn alone(tokens: &Tokens<'_>, at: usize, run: &Run, finds: &mut Finds) -> Option<usize> {
    let token = tokens.get(at)?;
    let number_of_something =
        token.glued && matches!(tokens.mark(at.checked_sub(1)?), Some('.' | '/' | '$' | '_' | '*' | '-'));
    if number_of_something || is_other(tokens, at) {
        return None;
    }
    let shape: Vec<usize> = run.groups.iter().map(|(length, ..)| *length).collect();
    let (first, end) = (*shape.first()?, run.groups.last()?.2);
    if SHAPES.contains(&shape.as_slice()) {
        let found = Gtin::parse_padded(&run.digits).ok()?;
        finds.gtin(found, Basis::Inferred, tokens.span(at, end).to_owned());
        return Some(end);
    }
    if !(12..=14).contains(&first) {
        return None;
    }
    let (digits, behind) = (run.digits.get(..first)?, run.groups.first()?.2);
    match Gtin::parse_padded(digits) {
        Ok(found) => finds.gtin(found, Basis::Inferred, tokens.span(at, behind).to_owned()),
        Err(_) => doubt(digits, tokens.span(at, behind), finds),
    }
    Some(behind)
}

/// Does a word such as `item` or `tel` stand right in front?
fn is_other(tokens: &Tokens<'_>, at: usize) -> bool {
    (1..=4).filter_map(|back| at.checked_sub(back)).any(|before| match label_at(tokens, before) {
        Some((Label::Other, behind)) => skip_fillers(tokens, behind).0 >= at,
        _ => false,
    })
}

fn doubt(digits: &str, text: &str, finds: &mut Finds) {
    let doubt = match Gtin::parse_padded(digits) {
        Err(KeyError::CheckDigit { expected, .. }) => Doubt::CheckDigit { expected },
        _ => Doubt::Length { found: digits.len() },
    };
    if finds.doubtful.iter().any(|known| known.digits == digits && known.field == finds.field) {
        return;
    }
    finds.count += 1;
    let (field, text) = (finds.field, text.to_owned());
    finds.doubtful.push(Doubtful { digits: digits.to_owned(), doubt, could_be: guesses(digits), field, text });
}

/// GTINs that digits of another length could be: with zeros put back in front, with the check digit added.
fn guesses(digits: &str) -> Vec<Gtin> {
    let mut list = Vec::new();
    let completed = |payload: String| {
        let check = check_digit(payload.as_bytes()).map(char::from)?;
        Gtin::parse_padded(&format!("{payload}{check}")).ok()
    };
    match digits.len() {
        6..=11 => {
            list.extend(Gtin::parse_padded(&format!("{digits:0>12}")).ok());
            list.extend(completed(format!("{digits:0>11}")));
        }
        12 | 13 => list.extend(completed(digits.to_owned())),
        _ => {}
    }
    list.truncate(Doubtful::GUESSES_MAX);
    list
}
