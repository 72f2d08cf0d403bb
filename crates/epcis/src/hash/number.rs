//! Numbers as GS1's reference writes them, which is as Python writes a double: whole numbers in full, others in the fewest
//! digits, with an exponent below 0.0001.

/// The canonical text of a number; `None` for a text that is none.
pub(super) fn canonical(text: &str) -> Option<String> {
    let begins = text.bytes().next().is_some_and(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.'));
    let allowed = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    if !begins || !text.bytes().all(allowed) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    if !value.is_finite() {
        return None;
    }
    if value.fract() == 0.0 {
        let whole = format!("{value:.0}");
        return Some(if whole == "-0" { "0".to_owned() } else { whole });
    }
    if value.abs() >= 1e-4 {
        return Some(value.to_string());
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once("e-")?;
    Some(format!("{mantissa}e-{exponent:0>2}"))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn numbers_are_those_of_the_reference() {
        let pairs = [
            ("26.0", "26"),
            ("007", "7"),
            ("+1.50", "1.5"),
            ("-0.0", "0"),
            ("1e3", "1000"),
            ("0.00001", "1e-05"),
            ("0.0001", "0.0001"),
            ("111100001111000011110000", "111100001111000003641344"),
            ("-477979.89", "-477979.89"),
            (".5", "0.5"),
        ];
        for (text, short) in pairs {
            assert_eq!(canonical(text).as_deref(), Some(short), "{text}");
        }
        for text in ["", "12-10", "2020-11-10", "+01:00", "1.2.3", "-", "e5", "1e999", "inf", "0x1"] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
