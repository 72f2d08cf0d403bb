//! Any Digital Link in its constrained canonical form: `https://id.gs1.org`, the finest level, no query.

use super::{ORIGIN, decoded, encoded};

/// The words that stood for AIs before Digital Link 1.3; old events hold them.
const WORDS: [(&str, &str); 17] = [
    ("gtin", "01"),
    ("itip", "8006"),
    ("cpid", "8010"),
    ("gln", "414"),
    ("party", "417"),
    ("gsrnp", "8017"),
    ("gsrn", "8018"),
    ("gcn", "255"),
    ("sscc", "00"),
    ("gdti", "253"),
    ("ginc", "401"),
    ("gsin", "402"),
    ("grai", "8003"),
    ("giai", "8004"),
    ("cpv", "22"),
    ("lot", "10"),
    ("ser", "21"),
];
const KEYS: [&str; 14] =
    ["00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018"];

fn ai(segment: &str) -> &str {
    WORDS.iter().find(|(word, _)| *word == segment).map_or(segment, |(_, ai)| *ai)
}

/// `None` when there is no key in the path, or it cannot be one by its length and characters.
pub(super) fn constrained(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let before_query = rest.split(['?', '#']).next().unwrap_or_default();
    let (_, path) = before_query.split_once('/')?;
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    // The right-most key wins: what stands before it is somebody's path.
    let at = (0..segments.len()).rev().find(|index| {
        let followed = segments.get(index.saturating_add(1)).is_some_and(|value| begins_like_a_key(value));
        let even = segments.len().saturating_sub(*index) % 2 == 0;
        even && followed && segments.get(*index).is_some_and(|name| KEYS.contains(&ai(name)))
    })?;
    let mut parts = segments.get(at..)?.chunks_exact(2);
    let [name, value] = parts.next()? else { return None };
    let key = ai(name);
    let value = key_value(key, &decoded(value)?)?;
    let mut qualifiers = Vec::new();
    for pair in parts {
        let [name, value] = pair else { return None };
        qualifiers.push((ai(name), decoded(value)?));
    }
    let finest = match key {
        "01" => finest(&qualifiers, &[("235", 28), ("21", 20), ("10", 20), ("22", 0)])?,
        "8006" => finest(&qualifiers, &[("21", 20), ("10", 20), ("22", 0)])?,
        "414" => finest(&qualifiers, &[("254", 20), ("7040", 0)])?,
        "8010" => finest(&qualifiers, &[("8011", 12)])?,
        "417" | "8004" => finest(&qualifiers, &[("7040", 0)])?,
        "8017" | "8018" => finest(&qualifiers, &[("8019", 0)])?,
        _ if qualifiers.is_empty() => String::new(),
        _ => return None,
    };
    Some(format!("{ORIGIN}/{key}/{}{finest}", encoded(&value)))
}

fn begins_like_a_key(value: &str) -> bool {
    value.len() > 4 && value.bytes().take(4).all(|byte| byte.is_ascii_digit())
}

/// The first of `levels` that is there; those of length 0 are left out of the result. `None` for a foreign or too long one.
fn finest(qualifiers: &[(&str, String)], levels: &[(&str, usize)]) -> Option<String> {
    let known = |name: &str| levels.iter().any(|(level, _)| *level == name);
    if !qualifiers.iter().all(|(name, value)| known(name) && !value.is_empty()) {
        return None;
    }
    for (level, max) in levels.iter().filter(|(_, max)| *max > 0) {
        if let Some((_, value)) = qualifiers.iter().find(|(name, _)| name == level) {
            return (value.len() <= *max).then(|| format!("/{level}/{}", encoded(value)));
        }
    }
    Some(String::new())
}

/// The value when its length and characters are those of the key; a short GTIN is padded.
fn key_value(key: &str, value: &str) -> Option<String> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let joined =
        |count: usize, more: usize| value.get(..count).is_some_and(digits) && value.len() <= count.saturating_add(more);
    let sound = match key {
        "00" | "8006" | "8017" | "8018" => value.len() == 18 && digits(value),
        "01" => matches!(value.len(), 8 | 12 | 13 | 14) && digits(value),
        "402" => value.len() == 17 && digits(value),
        "414" | "417" => value.len() == 13 && digits(value),
        "253" => joined(13, 17),
        "255" => joined(13, 12) && digits(value),
        "8003" => joined(14, 16),
        "401" | "8004" => value.len() <= 30,
        "8010" => {
            let cset39 = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase() || matches!(b, b'#' | b'-' | b'/');
            value.len() <= 30 && value.bytes().all(cset39)
        }
        _ => false,
    };
    sound.then(|| if key == "01" { format!("{value:0>14}") } else { value.to_owned() })
}
