//! Words that announce a code, a lot or a date.

use super::super::{DateKind, Gap};
use super::tokens::{Kind, Tokens};
use super::{Finds, PASSAGE_CHARS_MAX};

/// How sure a label is of what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// `UPC`, `Lot`, `best by`: what follows and is not understood is told.
    Strong,
    /// `SKU`, `code`, `packed`: a label only before a value of the right form.
    Weak,
}

/// What is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// A code of a product.
    Code(Strength),
    /// Lots.
    Lot(Strength),
    /// Dates.
    Date(DateKind, Strength),
    /// All of the product.
    Whole,
    /// Something that is known and not read.
    Unread(Gap),
    /// A number that is none of these: item, telephone, establishment.
    Other,
}

use DateKind::{BestBy, Expiry, Harvest, Production, SellBy, Sold, UseBy};
use Strength::{Strong, Weak};

/// Phrases, the longer before the shorter that it begins with. Between their words may stand marks such as `-`, `/` and quotes.
const PHRASES: &[(&[&str], Label)] = &[
    (&["all", "lots"], Label::Whole),
    (&["all", "lot"], Label::Whole),
    (&["all", "batches"], Label::Whole),
    (&["all", "batch"], Label::Whole),
    (&["all", "codes"], Label::Whole),
    (&["all", "code", "dates"], Label::Whole),
    (&["all", "production", "codes"], Label::Whole),
    (&["all", "date", "codes"], Label::Whole),
    (&["all", "dates"], Label::Whole),
    (&["all", "expiration"], Label::Whole),
    (&["all", "expiry"], Label::Whole),
    (&["all", "best", "by"], Label::Whole),
    (&["all", "best", "before"], Label::Whole),
    (&["all", "use", "by"], Label::Whole),
    (&["all", "sell", "by"], Label::Whole),
    (&["all", "units"], Label::Whole),
    (&["all", "product", "within", "expiry"], Label::Whole),
    (&["all", "products", "within", "expiry"], Label::Whole),
    (&["u", "p", "c"], Label::Code(Strong)),
    (&["upc"], Label::Code(Strong)),
    (&["upcs"], Label::Code(Strong)),
    (&["upca"], Label::Code(Strong)),
    (&["ean8"], Label::Code(Strong)),
    (&["ean13"], Label::Code(Strong)),
    (&["gtin12"], Label::Code(Strong)),
    (&["gtin13"], Label::Code(Strong)),
    (&["gtin14"], Label::Code(Strong)),
    (&["gtin"], Label::Code(Strong)),
    (&["gtins"], Label::Code(Strong)),
    (&["ean"], Label::Code(Strong)),
    (&["eans"], Label::Code(Strong)),
    (&["jan", "code"], Label::Code(Strong)),
    (&["barcode"], Label::Code(Strong)),
    (&["barcodes"], Label::Code(Strong)),
    (&["bar", "code"], Label::Code(Strong)),
    (&["bar", "codes"], Label::Code(Strong)),
    (&["scc"], Label::Code(Strong)),
    (&["sku"], Label::Code(Weak)),
    (&["skus"], Label::Code(Weak)),
    (&["best", "if", "used", "or", "frozen", "by"], Label::Date(BestBy, Strong)),
    (&["best", "if", "used", "by"], Label::Date(BestBy, Strong)),
    (&["best", "if", "used", "before"], Label::Date(BestBy, Strong)),
    (&["best", "if", "sold", "by"], Label::Date(BestBy, Strong)),
    (&["best", "when", "used", "by"], Label::Date(BestBy, Strong)),
    (&["best", "used", "by"], Label::Date(BestBy, Strong)),
    (&["best", "used", "before"], Label::Date(BestBy, Strong)),
    (&["best", "before", "end"], Label::Date(BestBy, Strong)),
    (&["best", "before"], Label::Date(BestBy, Strong)),
    (&["best", "buy"], Label::Date(BestBy, Weak)),
    (&["best", "by"], Label::Date(BestBy, Strong)),
    (&["b", "b"], Label::Date(BestBy, Weak)),
    (&["bb"], Label::Date(BestBy, Weak)),
    (&["bbd"], Label::Date(BestBy, Weak)),
    (&["bbe"], Label::Date(BestBy, Weak)),
    (&["bby"], Label::Date(BestBy, Weak)),
    (&["use", "or", "freeze", "by"], Label::Date(UseBy, Strong)),
    (&["use", "and", "freeze", "by"], Label::Date(UseBy, Strong)),
    (&["use", "freeze", "by"], Label::Date(UseBy, Strong)),
    (&["freeze", "by"], Label::Date(UseBy, Strong)),
    (&["use", "by"], Label::Date(UseBy, Strong)),
    (&["use", "before"], Label::Date(UseBy, Strong)),
    (&["sell", "by"], Label::Date(SellBy, Strong)),
    (&["pull", "by"], Label::Date(SellBy, Strong)),
    (&["enjoy", "by"], Label::Date(BestBy, Strong)),
    (&["expiration"], Label::Date(Expiry, Strong)),
    (&["expirations"], Label::Date(Expiry, Strong)),
    (&["expiry"], Label::Date(Expiry, Strong)),
    (&["expires"], Label::Date(Expiry, Weak)),
    (&["expiring"], Label::Date(Expiry, Weak)),
    (&["expire"], Label::Date(Expiry, Weak)),
    (&["exp"], Label::Date(Expiry, Strong)),
    (&["harvested"], Label::Date(Harvest, Weak)),
    (&["harvest"], Label::Date(Harvest, Weak)),
    (&["mfg"], Label::Date(Production, Weak)),
    (&["mfd"], Label::Date(Production, Weak)),
    (&["manufactured"], Label::Date(Production, Weak)),
    (&["manufacture"], Label::Date(Production, Weak)),
    (&["manufacturing"], Label::Date(Production, Weak)),
    (&["produced"], Label::Date(Production, Weak)),
    (&["production", "date"], Label::Date(Production, Weak)),
    (&["production", "dates"], Label::Date(Production, Weak)),
    (&["production"], Label::Date(Production, Weak)),
    (&["packed"], Label::Date(Production, Weak)),
    (&["packaged"], Label::Date(Production, Weak)),
    (&["pack", "date"], Label::Date(Production, Weak)),
    (&["pack", "dates"], Label::Date(Production, Weak)),
    (&["packaging", "date"], Label::Date(Production, Weak)),
    (&["packaging", "dates"], Label::Date(Production, Weak)),
    (&["sold"], Label::Date(Sold, Weak)),
    (&["purchased"], Label::Date(Sold, Weak)),
    (&["shipped"], Label::Date(Sold, Weak)),
    (&["distributed"], Label::Date(Sold, Weak)),
    (&["dated"], Label::Date(DateKind::Unlabelled, Weak)),
    (&["lots"], Label::Lot(Strong)),
    (&["lot"], Label::Lot(Strong)),
    (&["batches"], Label::Lot(Strong)),
    (&["batch"], Label::Lot(Strong)),
    (&["production", "code"], Label::Lot(Weak)),
    (&["production", "codes"], Label::Lot(Weak)),
    (&["date", "code"], Label::Lot(Weak)),
    (&["date", "codes"], Label::Lot(Weak)),
    (&["julian", "code"], Label::Lot(Weak)),
    (&["julian", "codes"], Label::Lot(Weak)),
    (&["case", "code"], Label::Lot(Weak)),
    (&["case", "codes"], Label::Lot(Weak)),
    (&["can", "code"], Label::Lot(Weak)),
    (&["can", "codes"], Label::Lot(Weak)),
    (&["bottle", "code"], Label::Lot(Weak)),
    (&["package", "code"], Label::Lot(Weak)),
    (&["identifying", "code"], Label::Lot(Weak)),
    (&["zip", "code"], Label::Other),
    (&["area", "code"], Label::Other),
    (&["item", "code"], Label::Other),
    (&["product", "code"], Label::Other),
    (&["product", "codes"], Label::Other),
    (&["qr", "code"], Label::Other),
    (&["code", "of"], Label::Other),
    (&["code"], Label::Lot(Weak)),
    (&["codes"], Label::Lot(Weak)),
    (&["julian"], Label::Unread(Gap::JulianDay)),
    (&["serial", "number"], Label::Unread(Gap::Serial)),
    (&["serial", "numbers"], Label::Unread(Gap::Serial)),
    (&["serial", "no"], Label::Unread(Gap::Serial)),
    (&["serial"], Label::Unread(Gap::Serial)),
    (&["ndc"], Label::Unread(Gap::DrugCode)),
    (&["phone"], Label::Other),
    (&["telephone"], Label::Other),
    (&["tel"], Label::Other),
    (&["fax"], Label::Other),
    (&["item"], Label::Other),
    (&["plu"], Label::Other),
    (&["plant"], Label::Other),
    (&["establishment"], Label::Other),
    (&["est"], Label::Other),
    (&["model"], Label::Other),
    (&["catalog"], Label::Other),
    (&["license"], Label::Other),
    (&["fei"], Label::Other),
];

/// The label that begins here, and where it ends.
pub(super) fn label_at(tokens: &Tokens<'_>, at: usize) -> Option<(Label, usize)> {
    let first = tokens.get(at).filter(|token| token.is_word())?;
    let phrases = PHRASES.iter().filter(|(words, _)| words.first().is_some_and(|word| first.is(word)));
    // The longest that fits: `best by` is no `best buy`, and `date code` no `code`.
    let fitting = phrases.filter_map(|(words, label)| Some((words.len(), *label, end_of(tokens, at, words)?)));
    let (_, label, end) = fitting.max_by_key(|(length, ..)| *length)?;
    if is_denied(tokens, at) {
        return Some((Label::Other, end));
    }
    Some((label, end))
}

/// `no UPC`, `without lot code`: there is none to be read.
fn is_denied(tokens: &Tokens<'_>, at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| tokens.is_any(before, &["no", "without"]))
}

fn end_of(tokens: &Tokens<'_>, at: usize, words: &[&str]) -> Option<usize> {
    let mut next = at;
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            let mut marks = 0;
            while matches!(tokens.mark(next), Some('-' | '/' | '"' | '“' | '”' | '\'' | '’' | '.' | '–' | '&'))
                && marks < 3
            {
                (next, marks) = (next + 1, marks + 1);
            }
        }
        if !tokens.is(next, word) {
            return None;
        }
        next += 1;
    }
    Some(next)
}

/// Words between a label and its value.
const FILLERS: [&str; 31] = [
    "code",
    "codes",
    "number",
    "numbers",
    "no",
    "nos",
    "num",
    "numbered",
    "date",
    "dates",
    "id",
    "is",
    "are",
    "of",
    "on",
    "the",
    "following",
    "with",
    "stamped",
    "printed",
    "marked",
    "labeled",
    "labelled",
    "reading",
    "reads",
    "ending",
    "day",
    "days",
    "dated",
    "and",
    "batch",
];

/// Where the value behind a label begins, over marks and words such as `#`, `:`, `codes are`; at most one line end. Says too
/// whether a mark announced the value.
pub(super) fn skip_fillers(tokens: &Tokens<'_>, from: usize) -> (usize, bool) {
    const FILLERS_MAX: usize = 8;
    let (mut at, mut breaks, mut pointed) = (from, 0, false);
    while at < from + FILLERS_MAX {
        let Some(token) = tokens.get(at) else { break };
        match token.kind {
            Kind::Mark(':' | '#' | '=') => pointed = true,
            Kind::Mark(
                '.' | '-' | '–' | '—' | '(' | ')' | '"' | '“' | '”' | '\'' | '/' | '*' | '•' | '&' | '’' | '‘',
            ) => {}
            Kind::Break if breaks == 0 => breaks += 1,
            Kind::Word if FILLERS.iter().any(|filler| token.is(filler)) => {}
            // `code(s)`, `Lot#s`; a letter alone may be the beginning of a lot.
            Kind::Word if tokens.is_any(at, &["s", "es"]) && token.glued && is_plural(tokens, at) => {}
            _ => break,
        }
        at += 1;
    }
    (at, pointed)
}

fn is_plural(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens.before(at).is_some_and(|before| matches!(before.kind, Kind::Mark('(' | '#' | '\'' | '’')))
}

/// `ending in 67890`, `beginning with 25`: only a part of the value is given.
pub(super) fn is_part(tokens: &Tokens<'_>, at: usize) -> bool {
    let begins =
        tokens.is_any(at, &["starting", "beginning", "ending", "begin", "start", "end", "begins", "starts", "ends"]);
    begins && tokens.is_any(at + 1, &["with", "in"]) && tokens.get(at + 2).is_some_and(|token| token.is_word())
}

/// A label of something that is not read: told when a value with a digit follows. `None` when none does.
pub(super) fn unread(tokens: &Tokens<'_>, at: usize, behind: usize, gap: Gap, finds: &mut Finds) -> Option<usize> {
    let (value, _) = skip_fillers(tokens, behind);
    if !tokens.get(value).is_some_and(|token| token.has_digit()) {
        return Some(behind);
    }
    let mut end = value + 1;
    while end < value + 24
        && tokens.get(end).is_some_and(|token| token.kind != Kind::Break)
        && label_at(tokens, end).is_none()
    {
        if tokens.mark(end) == Some(';') {
            break;
        }
        end += 1;
    }
    finds.miss(gap, tokens.passage(at, end, PASSAGE_CHARS_MAX));
    Some(end)
}
