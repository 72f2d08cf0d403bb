//! New PINs: eight digits, of which the first is not 0, so that no spreadsheet loses it. 90 million of them: with five wrong
//! tries a day, guessing one takes 25,000 years on average.

use zeroize::Zeroizing;

const PINS_FROM: u64 = 10_000_000;
const PINS: u64 = 90_000_000;

/// A PIN out of the machine's randomness; wiped when it is dropped.
///
/// # Errors
/// No randomness.
pub fn new_pin() -> Result<Zeroizing<String>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; 8]);
    getrandom::fill(bytes.as_mut_slice())?;
    // Of 64 bits, so that no PIN is likelier than another by more than one in 200,000,000,000.
    Ok(Zeroizing::new((PINS_FROM + u64::from_be_bytes(*bytes) % PINS).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tracelight_marks::pin::Pin;

    #[test]
    fn a_new_pin_has_eight_digits_and_none_comes_twice_in_a_row() {
        let pins: BTreeSet<String> = (0..100).map(|_| new_pin().expect("randomness").to_string()).collect();
        assert!(pins.len() > 98, "{}", pins.len());
        for pin in &pins {
            assert!(pin.len() == 8 && pin.bytes().all(|byte| byte.is_ascii_digit()) && !pin.starts_with('0'));
            assert!(Pin::parse(pin).is_ok());
        }
    }
}
