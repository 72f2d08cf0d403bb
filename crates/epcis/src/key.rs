//! GS1 keys in events: EPC URNs, class and pattern URNs, Digital Links, and the one form in which they are compared and hashed.
//!
//! ```text
//! urn:epc:id:sgtin:0614141.107346.2017                      -> https://id.gs1.org/01/10614141073464/21/2017
//! urn:epc:class:lgtin:4012345.012345.998877                 -> https://id.gs1.org/01/04012345123456/10/998877
//! urn:epc:idpat:sgtin:4012345.066666.*                      -> https://id.gs1.org/01/04012345666663
//! https://example.com/a/01/09506000134352/10/L/21/S?17=…    -> https://id.gs1.org/01/09506000134352/21/S
//! ```
//! CBV 2.0 (event hash, rules 17 and 18) wants the *constrained* canonical Digital Link: the finest level only, no query, no
//! foreign domain. The way back to a URN needs the length of the company prefix ([`Prefixes`]).
//!
//! Canonical forms are made of keys with wrong check digits too: an event hash has to exist for every event. [`check`] says
//! what is wrong with a key.

mod link;
mod prefixes;
mod urn;

pub use prefixes::{Prefixes, PrefixesError};

use std::borrow::Cow;
use tracelight_domain::gs1::digital_link;

/// Where canonical Digital Links live.
pub const ORIGIN: &str = "https://id.gs1.org";

/// The constrained canonical Digital Link; `None` for an id that is no GS1 key.
#[must_use]
pub fn canonical(id: &str) -> Option<String> {
    if id.starts_with("urn:epc:") { urn::to_link(id) } else { link::constrained(id) }
}

/// The form by which two ids are the same: canonical for GS1 keys, as written for all others.
#[must_use]
pub fn comparable(id: &str) -> Cow<'_, str> {
    canonical(id).map_or(Cow::Borrowed(id), Cow::Owned)
}

/// EPC URN of a Digital Link. `None` when it is no such key, or the length of its company prefix is not known.
#[must_use]
pub fn to_urn(id: &str, prefixes: &Prefixes) -> Option<String> {
    if id.starts_with("urn:epc:") { Some(id.to_owned()) } else { urn::of_link(&link::constrained(id)?, prefixes) }
}

/// Is an id that looks like a GS1 key one that can exist?
///
/// # Errors
/// What is wrong, for people: an EPC URN of a known scheme that does not fit it, a wrong check digit, a foreign character.
pub fn check(id: &str) -> Result<(), String> {
    if urn::is_known(id) {
        let link = urn::to_link(id);
        // Patterns of a whole company or scheme are right, and no single key.
        return match link {
            Some(link) => sound(&link),
            None if id.starts_with("urn:epc:idpat:") => Ok(()),
            None => Err(format!("`{}` is no EPC of its scheme", crate::text::shown(id))),
        };
    }
    match link::constrained(id) {
        Some(link) => sound(&link),
        None if id.starts_with("https://id.gs1.org/") => sound(id),
        None => Ok(()),
    }
}

fn sound(link: &str) -> Result<(), String> {
    digital_link::parse(link).map(|_| ()).map_err(|error| error.to_string())
}

/// Does an id of an event match a parameter of `MATCH_`?
///
/// An id matches itself in any spelling. A pattern URN matches what it says, part by part. A class that stands for all serials
/// (`urn:epc:idpat:sgtin:…*` and its Digital Link `…/01/{gtin}`, which are the same) matches every serial of it.
#[must_use]
pub fn matches(pattern: &str, id: &str) -> bool {
    if pattern == id {
        return true;
    }
    if let Some(rest) = pattern.strip_prefix("urn:epc:idpat:")
        && urn::pattern_matches(rest, id)
    {
        return true;
    }
    let (pattern, id) = (comparable(pattern), comparable(id));
    pattern == id || is_serial_of(&pattern, &id)
}

/// Is `id` a serial of the class `whole`? Both are canonical links, or nothing of the kind.
fn is_serial_of(whole: &str, id: &str) -> bool {
    let Some(rest) = id.strip_prefix(whole) else { return false };
    let Some((ai, value)) = whole.strip_prefix(ORIGIN).and_then(|path| path.strip_prefix('/')?.split_once('/')) else {
        return false;
    };
    match ai {
        "01" | "8006" => rest.starts_with("/21/") || rest.starts_with("/235/"),
        "8010" => rest.starts_with("/8011/"),
        "8003" => value.len() == 14 && !rest.is_empty(),
        "253" | "255" => value.len() == 13 && !rest.is_empty(),
        _ => false,
    }
}

/// What has to be percent-encoded in the path of a canonical link: as GS1's reference has it, and what no URI may hold.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'\'' | b';' | b'=' | b'~');
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Percent-decodes; `None` for a `%` without two digits, and for what is no character of GS1 keys (CSET 82, and `#` of CSET 39).
fn decoded(text: &str) -> Option<String> {
    let mut escapes = text.split('%').skip(1);
    let whole = escapes.all(|rest| rest.get(..2).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit())));
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(text).collect();
    let known = bytes.iter().all(|byte| *byte == b'#' || tracelight_domain::gs1::is_cset82(*byte));
    (whole && known).then(|| String::from_utf8(bytes).ok()).flatten()
}

#[cfg(test)]
mod tests;
