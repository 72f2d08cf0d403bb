//! GS1 Digital Link URIs, syntax 1.4: `https://id.example/stem/01/09506000134352/10/ABC/21/SER1?17=251231`.
//!
//! ```text
//! scheme     http or https, or all of it in capitals (QR codes in alphanumeric mode); never mixed
//! path       [stem] key value *( qualifier value ), qualifiers only in the order of the table; the right-most key wins,
//!            because a stem may look like an AI; no trailing slash unless it is tolerated
//! query      AI=value attributes; names that are not all digits are other people's and are handed on;
//!            a name of digits that is no AI, an AI twice, or an AI that belongs into the path, is an error
//! fragment   ignored
//! encoding   percent; `+` is a plus in the path and a space in the query; %00 is never legal
//! ```
//!
//! Only numeric AIs (since 1.3) and 14-digit GTINs (since 1.4) are written; shorter GTINs are read when asked for. The
//! canonical form is `https://id.gs1.org` with key and qualifiers and nothing else. Compressed links are read, never
//! written.

mod build;
mod compressed;
mod query;

use super::ai::Ai;
use super::element_string::Located;
use super::scan::{ELEMENTS_MAX, Mapped, RAW_BYTES_MAX, ScanError};
pub use build::{CANONICAL_ORIGIN, build, build_path};
pub use compressed::{decompress, is_compressed};

/// What older or foreign links may do that ours never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leniency {
    /// Pad GTINs of 8, 12 or 13 digits to 14, as syntax 1.3 and before wrote them.
    pub pad_short_gtin: bool,
    /// Tolerate one slash at the end of the path, as resolvers should.
    pub trailing_slash: bool,
}

/// A Digital Link in its parts. All values are decoded and right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigitalLink {
    /// Host and port, as written.
    pub authority: String,
    /// The path before the key, without its slashes at both ends; often empty.
    pub stem: String,
    /// Key and qualifiers.
    pub path: Vec<(Ai, String)>,
    /// Query attributes that are AIs.
    pub attributes: Vec<(Ai, String)>,
    /// The rest of the query, undecoded, as written: to be passed on to where the link leads.
    pub other_query: Vec<String>,
    /// Raw positions of path and attributes, in that order.
    positions: Vec<usize>,
}

impl DigitalLink {
    /// Key, qualifiers and attributes.
    #[must_use]
    pub fn elements(&self) -> Vec<(Ai, String)> {
        self.path.iter().chain(&self.attributes).cloned().collect()
    }

    pub(super) fn located(self) -> Vec<Located> {
        let elements = self.path.into_iter().chain(self.attributes);
        elements.zip(self.positions).map(|((ai, value), position)| Located { ai, value, position }).collect()
    }

    /// `https://id.gs1.org/…`: key and qualifiers, nothing else.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{CANONICAL_ORIGIN}{}", build_path(&self.path))
    }
}

const FIELD: &str = "digital link";

/// Reads a Digital Link as syntax 1.4 has it.
///
/// # Errors
/// See [`ScanError`]; positions count from the start of `uri`.
pub fn parse(uri: &str) -> Result<DigitalLink, ScanError> {
    parse_with(uri, Leniency::default())
}

/// As [`parse`], with some tolerance.
///
/// # Errors
/// See [`ScanError`]; positions count from the start of `uri`.
pub fn parse_with(uri: &str, leniency: Leniency) -> Result<DigitalLink, ScanError> {
    parse_at(uri, 1, leniency)
}

/// Does this text begin like a Digital Link, in any mix of capitals?
pub(super) fn looks_like(text: &str) -> bool {
    let head = |length: usize| text.get(..length).unwrap_or_default();
    head(7).eq_ignore_ascii_case("http://") || head(8).eq_ignore_ascii_case("https://")
}

pub(super) fn parse_at(uri: &str, start: usize, leniency: Leniency) -> Result<DigitalLink, ScanError> {
    if uri.len() > RAW_BYTES_MAX {
        return Err(ScanError::TooLong { found: uri.len() });
    }
    let position_of = |rest: &str| start.saturating_add(uri.len().saturating_sub(rest.len()));
    if let Some(index) = uri.chars().position(|character| !is_uri_character(character)) {
        let found: String = uri.chars().skip(index).collect();
        return Err(ScanError::syntax(FIELD, start.saturating_add(index), "a character of URIs", &found));
    }
    let schemes = ["https://", "http://", "HTTPS://", "HTTP://"];
    let Some(after_scheme) = schemes.iter().find_map(|scheme| uri.strip_prefix(scheme)) else {
        let expected = "http:// or https://, all small or all capital";
        return Err(ScanError::syntax(FIELD, start, expected, uri));
    };
    // From here on, the text is ASCII and `position_of` may count its bytes.
    let without_fragment = after_scheme.split('#').next().unwrap_or_default();
    let (before_query, query) = without_fragment.split_once('?').unwrap_or((without_fragment, ""));
    let authority_length = before_query.find('/').unwrap_or(before_query.len());
    let (authority, path) = before_query.split_at_checked(authority_length).unwrap_or((before_query, ""));
    let authority_at = position_of(after_scheme);
    check_authority(authority, authority_at)?;
    let path_at = authority_at.saturating_add(authority.len());
    let (stem, mut located) = parse_path(path, path_at, leniency)?;
    let path_count = located.len();
    let query_at = path_at.saturating_add(path.len()).saturating_add(1);
    let other_query = query::parse_query(query, query_at, leniency, &mut located)?;
    let positions = located.iter().map(|element| element.position).collect();
    let mut path = super::element_string::without_positions(located);
    let attributes = path.split_off(path_count.min(path.len()));
    Ok(DigitalLink { authority: authority.to_owned(), stem, path, attributes, other_query, positions })
}

/// RFC 3986: unreserved, reserved and percent.
const fn is_uri_character(character: char) -> bool {
    matches!(
        character,
        'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' | '_' | '~' | ':' | '/' | '?' | '#' | '[' | ']' | '@' | '!' | '$'
            | '&' | '\'' | '(' | ')' | '*' | '+' | ',' | ';' | '=' | '%'
    )
}

/// Host and port: no user names, no escapes.
fn check_authority(authority: &str, position: usize) -> Result<(), ScanError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'[' | b']');
    if authority.is_empty() {
        return Err(ScanError::syntax(FIELD, position, "a host name", ""));
    }
    match authority.bytes().position(|byte| !allowed(byte)) {
        Some(index) => {
            let found = authority.get(index..).unwrap_or_default();
            Err(ScanError::syntax(FIELD, position.saturating_add(index), "a character of host names", found))
        }
        None => Ok(()),
    }
}

/// One segment of the path, and its raw position.
type Segment<'p> = (&'p str, usize);

fn segments(path: &str, path_at: usize) -> Vec<Segment<'_>> {
    let mut position = path_at;
    let mut found = Vec::new();
    for segment in path.split('/') {
        found.push((segment, position));
        position = position.saturating_add(segment.len()).saturating_add(1);
    }
    found
}

/// Names and values, the last pair first. The first segment lies before the first slash and belongs to no pair.
fn pairs_from_the_right<'p>(all: &[Segment<'p>]) -> Vec<(Segment<'p>, Segment<'p>)> {
    let pair = |pair: &[Segment<'p>]| match pair {
        [name, value] => Some((*name, *value)),
        _ => None,
    };
    all.get(1..).unwrap_or_default().rchunks_exact(2).filter_map(pair).collect()
}

fn is_key(name: &str) -> bool {
    Ai::parse(name).and_then(|ai| ai.entry()).is_some_and(|entry| entry.key.is_some())
}

/// Stem, and key with qualifiers: read from the right, the first name that is a key is the key.
fn parse_path(path: &str, path_at: usize, leniency: Leniency) -> Result<(String, Vec<Located>), ScanError> {
    let trimmed = if leniency.trailing_slash { path.strip_suffix('/').unwrap_or(path) } else { path };
    let all = segments(trimmed, path_at);
    let pairs = pairs_from_the_right(&all);
    let Some(key_index) = pairs.iter().position(|((name, _), _)| is_key(name)) else {
        let expected = "/key/value, such as /01/ and 14 digits, to end the path";
        return Err(ScanError::syntax(FIELD, path_at, expected, path));
    };
    let mut located: Vec<Located> = Vec::new();
    for (name, value) in pairs.iter().take(key_index.saturating_add(1)).rev() {
        if located.len() >= ELEMENTS_MAX {
            return Err(ScanError::TooManyElements { position: name.1 });
        }
        let Some(ai) = Ai::parse(name.0) else {
            return Err(ScanError::unknown_ai(name.1, name.0));
        };
        located.push(element(ai, *value, name.1, Mapped::path_character, leniency)?);
    }
    check_sequence(&located)?;
    let stem_segments = all.len().saturating_sub(key_index.saturating_add(1).saturating_mul(2));
    let stem: Vec<&str> = all.iter().take(stem_segments).skip(1).map(|(segment, _)| *segment).collect();
    Ok((stem.join("/"), located))
}

/// Decodes and checks one value.
fn element(
    ai: Ai,
    (raw, raw_at): Segment<'_>,
    position: usize,
    plain: impl Fn(char) -> char,
    leniency: Leniency,
) -> Result<Located, ScanError> {
    let value = Mapped::percent_decoded(raw, raw_at, plain)?;
    let Some(entry) = ai.entry() else {
        return Err(ScanError::unknown_ai(position, ai.as_str()));
    };
    let short = matches!(value.text.len(), 8 | 12 | 13);
    let checked = if ai == Ai::GTIN && short && leniency.pad_short_gtin {
        format!("{:0>14}", value.text)
    } else {
        value.text.clone()
    };
    let padding = checked.len().saturating_sub(value.text.len());
    entry.check(&checked).map_err(|fault| {
        ScanError::value(ai, &checked, fault, |index| value.position(index.saturating_sub(padding)))
    })?;
    Ok(Located { ai, value: checked, position })
}

/// The qualifiers stand in the order that the table gives for the key.
fn check_sequence(path: &[Located]) -> Result<(), ScanError> {
    let Some((key, qualifiers)) = path.split_first() else {
        return Ok(());
    };
    let alternatives = alternatives_of(key.ai);
    let in_order = |alternative: &[&str]| {
        let mut order = alternative.iter();
        qualifiers.iter().all(|qualifier| order.any(|name| *name == qualifier.ai.as_str()))
    };
    if qualifiers.is_empty() || alternatives.iter().any(|alternative| in_order(alternative)) {
        return Ok(());
    }
    // The first qualifier with which no alternative can go on.
    let first_wrong = (1..=qualifiers.len()).find(|count| {
        !alternatives.iter().any(|alternative| {
            let mut order = alternative.iter();
            qualifiers.iter().take(*count).all(|qualifier| order.any(|name| *name == qualifier.ai.as_str()))
        })
    });
    let wrong = first_wrong.and_then(|count| qualifiers.get(count.saturating_sub(1))).unwrap_or(key);
    let expected = "a qualifier of the key, in the order of the standard";
    Err(ScanError::Misplaced { ai: wrong.ai, position: wrong.position, expected })
}

/// The orders of qualifiers that a key allows.
fn alternatives_of(key: Ai) -> Vec<Vec<&'static str>> {
    let names = key.entry().and_then(|entry| entry.key).unwrap_or_default();
    names.split('|').map(|alternative| alternative.split(',').filter(|name| !name.is_empty()).collect()).collect()
}

#[cfg(test)]
mod tests;
