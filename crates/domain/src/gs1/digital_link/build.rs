//! Writing Digital Links.

use super::{DigitalLink, parse};
use crate::gs1::ai::Ai;
use crate::gs1::scan::ScanError;

/// Where canonical Digital Links live.
pub const CANONICAL_ORIGIN: &str = "https://id.gs1.org";

/// Writes a Digital Link below `base`, such as `https://id.example` or `https://id.example/stem`, without a slash at the
/// end. Key and qualifiers go into the path in the order of the standard, everything else into the query in the order
/// given.
///
/// # Errors
/// No key among the elements, values or combinations that the standard does not allow, a base that is no web address.
pub fn build(base: &str, elements: &[(Ai, String)]) -> Result<String, ScanError> {
    let is_key = |ai: &Ai| ai.entry().is_some_and(|entry| entry.key.is_some());
    let Some(key) = elements.iter().find(|(ai, _)| is_key(ai)) else {
        return Err(ScanError::Missing { field: "key", ai: Ai::GTIN, expected: "a Digital Link primary key" });
    };
    let present = |name: &str| elements.iter().find(|(ai, _)| ai.as_str() == name);
    // The alternative that takes most of the elements along; the first of equals.
    let qualifiers = super::alternatives_of(key.0)
        .into_iter()
        .map(|names| names.into_iter().filter_map(present).collect::<Vec<_>>())
        .fold(Vec::new(), |best, candidate| if candidate.len() > best.len() { candidate } else { best });
    let path: Vec<(Ai, String)> = std::iter::once(key).chain(qualifiers).cloned().collect();
    let in_path = |ai: &Ai| path.iter().any(|(used, _)| used == ai);
    let query: Vec<String> = elements
        .iter()
        .filter(|(ai, _)| !in_path(ai))
        .map(|(ai, value)| format!("{ai}={}", percent_encoded(value)))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let uri = format!("{base}{}{mark}{}", build_path(&path), query.join("&"));
    // What we write must be what anybody reads: a wrong base or element shows here.
    let read: DigitalLink = parse(&uri)?;
    if read.path == path {
        return Ok(uri);
    }
    Err(ScanError::syntax("base", 1, "a web address without query and fragment", base))
}

/// `/01/09506000134352/10/ABC%2F1/21/SER1`.
#[must_use]
pub fn build_path(path: &[(Ai, String)]) -> String {
    path.iter().map(|(ai, value)| format!("/{ai}/{}", percent_encoded(value))).collect()
}

/// Everything but RFC 3986's unreserved characters is encoded, so that no reader can take a value for syntax.
pub(super) fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
