//! What a request accepts: `Accept` and `Accept-Language` as entries with weights (RFC 9110, section 12.4.2). Bounded: what is
//! beyond the bounds was not said.

use axum::http::{HeaderMap, HeaderName};

/// Entries of one header that are looked at.
const ENTRIES_MAX: usize = 32;
/// Bytes of one header that are looked at.
const HEADER_BYTES_MAX: usize = 2_048;
/// The weight of an entry without one, in thousandths.
const WHOLE: u16 = 1_000;

/// `a;q=0.5, b` as entries in small letters, the weights in thousandths. Empty when nothing was said.
#[must_use]
pub fn weighted(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, u16)> {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = text.get(..HEADER_BYTES_MAX).unwrap_or(text);
    let entry = |part: &str| {
        let mut pieces = part.split(';').map(str::trim);
        let range = pieces.next().filter(|range| !range.is_empty())?.to_ascii_lowercase();
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")));
        Some((range, weight.map_or(WHOLE, thousandths)))
    };
    text.split(',').filter_map(entry).take(ENTRIES_MAX).collect()
}

/// `0.5` is 500. What is no weight is none at all.
fn thousandths(text: &str) -> u16 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u16>()) {
        ("0", Ok(part)) => part,
        ("1", Ok(0)) => WHOLE,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header};

    fn read(text: &str) -> Vec<(String, u16)> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(text).expect("a header"))]);
        weighted(&headers, &header::ACCEPT)
    }

    #[test]
    fn weights_are_thousandths_and_nonsense_weighs_nothing() {
        let expected = [("text/html", 1_000), ("a/b", 500), ("*/*", 0), ("c/d", 0), ("e/f", 0), ("g/h", 123)];
        let text = "Text/HTML, a/b;q=0.5, */*;q=0, c/d;q=2, e/f;q=x, ,;q=1, g/h;level=1;Q=0.1234";
        assert_eq!(read(text), expected.map(|(name, weight)| (name.to_owned(), weight)));
        assert_eq!(weighted(&HeaderMap::new(), &header::ACCEPT), []);
        for (text, expected) in
            [("1", 1000), ("1.000", 1000), ("0.5", 500), ("0.05", 50), ("0", 0), ("2", 0), ("0.x", 0), ("", 0)]
        {
            assert_eq!(thousandths(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_header_is_read_up_to_the_bound() {
        assert_eq!(read(&"a/b,".repeat(40)).len(), ENTRIES_MAX);
        assert!(read(&format!("{}/x", "a".repeat(5_000))).iter().all(|(name, _)| name.len() <= HEADER_BYTES_MAX));
    }
}
