//! The numeric keys and their check digit.
//!
//! Modulo 10: from the right-most digit before the check digit, weights 3, 1, 3, 1, ...; the check digit brings the sum
//! to a multiple of ten. A key holds its digits as ASCII, so that it compares, sorts and hashes as it is printed.

use super::KeyError;

/// The GS1 check digit, as an ASCII digit, for the digits that go before it. `None` if one of them is not a digit.
#[must_use]
pub fn check_digit(payload: &[u8]) -> Option<u8> {
    let mut sum = 0_u32;
    // Two residues are enough for any length: the sum is kept modulo 10, so it cannot overflow.
    for (index, byte) in payload.iter().rev().enumerate() {
        let digit = u32::from(byte.checked_sub(b'0').filter(|digit| *digit <= 9)?);
        let weight = if index % 2 == 0 { 3 } else { 1 };
        sum = (sum + digit * weight) % 10;
    }
    let check = u8::try_from((10 - sum) % 10).ok()?;
    Some(b'0' + check)
}

/// Exactly `N` ASCII digits, the last of which is the check digit of the others.
fn parse_digits<const N: usize>(
    field: &'static str,
    expected_length: &'static str,
    text: &str,
) -> Result<[u8; N], KeyError> {
    if let Some((index, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
        return Err(KeyError::Character { field, position: index + 1, expected: "a digit", found });
    }
    let digits: [u8; N] = text.as_bytes().try_into().map_err(|_| KeyError::Length {
        field,
        expected: expected_length,
        found: text.len(),
    })?;
    verify_check_digit(field, &digits)?;
    Ok(digits)
}

/// Digits only: refuses a wrong last digit.
pub(super) fn verify_check_digit(field: &'static str, digits: &[u8]) -> Result<(), KeyError> {
    let Some((found, payload)) = digits.split_last() else {
        return Ok(());
    };
    match check_digit(payload) {
        Some(expected) if expected == *found => Ok(()),
        Some(expected) => Err(KeyError::CheckDigit {
            field,
            position: digits.len(),
            expected: char::from(expected),
            found: char::from(*found),
        }),
        None => Ok(()),
    }
}

/// `lead` + company prefix + zero-padded reference + check digit, `N` digits in all.
fn build_digits<const N: usize>(
    field: &'static str,
    lead: u8,
    company_prefix: &str,
    reference: u64,
) -> Result<[u8; N], KeyError> {
    if lead > 9 {
        let found = lead.to_string();
        return Err(KeyError::Value { field, position: 1, expected: "a first digit of 0 to 9", found });
    }
    if let Some((index, found)) = company_prefix.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
        return Err(KeyError::Character { field: "company prefix", position: index + 1, expected: "a digit", found });
    }
    // Leading digit and check digit take two places; at least one is left for the reference.
    let width = N.saturating_sub(2).saturating_sub(company_prefix.len());
    if !(4..=12).contains(&company_prefix.len()) || width == 0 {
        let expected = "4 to 12 digits, and one digit left for the reference";
        return Err(KeyError::Length { field: "company prefix", expected, found: company_prefix.len() });
    }
    let payload = format!("{lead}{company_prefix}{reference:0width$}");
    let check = check_digit(payload.as_bytes()).map(char::from);
    let text = payload + &check.map(String::from).unwrap_or_default();
    text.as_bytes().try_into().map_err(|_| KeyError::Value {
        field: "reference",
        position: 1,
        expected: "a number that fits behind the company prefix",
        found: reference.to_string(),
    })
}

macro_rules! digit_key {
    ($(#[$doc:meta])* $name:ident, $length:literal, $field:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Number of digits, check digit included.
            pub const LENGTH: usize = $length;

            /// Reads exactly the printed digits: no spaces, no shorter form.
            ///
            /// # Errors
            /// A character that is not a digit, a wrong length, a wrong check digit.
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                parse_digits($field, $expected, text).map(Self)
            }

            /// The digits as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                // ASCII digits by construction, so the empty default is never taken.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }

            /// The digits as ASCII bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = KeyError;
            fn from_str(text: &str) -> Result<Self, KeyError> {
                Self::parse(text)
            }
        }
    };
}

digit_key!(
    /// A Global Trade Item Number, AI (01), always in its 14-digit form: shorter ones are padded with zeros on the left.
    Gtin, 14, "gtin", "14 digits"
);
digit_key!(
    /// A Global Location Number, AI (410) to (417): a place or a party, 13 digits.
    Gln, 13, "gln", "13 digits"
);
digit_key!(
    /// A Serial Shipping Container Code, AI (00): one case or pallet, 18 digits.
    Sscc, 18, "sscc", "18 digits"
);

impl Gtin {
    /// Reads a GTIN as people enter it in master data: 8, 12, 13 or 14 digits, padded to 14.
    ///
    /// Positions in errors are those of the text entered.
    ///
    /// # Errors
    /// A character that is not a digit, a length that no GTIN has, a wrong check digit.
    pub fn parse_padded(text: &str) -> Result<Self, KeyError> {
        let field = "gtin";
        if let Some((index, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(KeyError::Character { field, position: index + 1, expected: "a digit", found });
        }
        if !matches!(text.len(), 8 | 12 | 13 | 14) {
            return Err(KeyError::Length { field, expected: "8, 12, 13 or 14 digits", found: text.len() });
        }
        // Zeros on the left add nothing to the sum: checked before padding, so that positions are the reader's own.
        verify_check_digit(field, text.as_bytes())?;
        Self::parse(&format!("{text:0>14}"))
    }

    /// A 14-digit GTIN from its parts: indicator digit (0 = base pack, 1-8 = a packing level, 9 = variable measure),
    /// company prefix of 4 to 12 digits, item reference.
    ///
    /// # Errors
    /// Parts that are not digits or do not fit into 13 digits before the check digit.
    pub fn build(indicator: u8, company_prefix: &str, item_reference: u64) -> Result<Self, KeyError> {
        build_digits("gtin", indicator, company_prefix, item_reference).map(Self)
    }

    /// The first digit: 0 for the base pack, 1 to 8 for a packing level, 9 for variable measure.
    #[must_use]
    pub fn indicator(&self) -> u8 {
        self.0.first().map_or(0, |digit| digit.saturating_sub(b'0'))
    }
}

impl Sscc {
    /// An SSCC from its parts: extension digit, company prefix of 4 to 12 digits, serial reference.
    ///
    /// # Errors
    /// Parts that are not digits or do not fit into 17 digits before the check digit.
    pub fn build(extension_digit: u8, company_prefix: &str, serial_ref: u64) -> Result<Self, KeyError> {
        build_digits("sscc", extension_digit, company_prefix, serial_ref).map(Self)
    }

    /// How many serial references there are behind a company prefix, for each extension digit: they count from 0. A
    /// number is not used again within a year of its last shipment (GS1 General Specifications 2.2.1); ours never is.
    ///
    /// # Errors
    /// A prefix that is not 4 to 12 digits.
    pub fn references(company_prefix: &str) -> Result<u64, KeyError> {
        Self::build(0, company_prefix, 0)?;
        // 12 digits at most fit behind a prefix of four: far below the type's bound.
        let width = Self::LENGTH.saturating_sub(2).saturating_sub(company_prefix.len());
        Ok(10_u64.pow(u32::try_from(width).unwrap_or(0)))
    }
}

impl Gln {
    /// A GLN from its parts: company prefix of 4 to 12 digits, location reference.
    ///
    /// # Errors
    /// Parts that are not digits or do not fit into 12 digits before the check digit.
    pub fn build(company_prefix: &str, location_reference: u64) -> Result<Self, KeyError> {
        // A GLN has no leading digit of its own: built as 14 digits behind a zero, which changes no sum, and cut.
        let fourteen: [u8; 14] = build_digits("gln", 0, company_prefix, location_reference)?;
        let text: String = fourteen.iter().skip(1).map(|digit| char::from(*digit)).collect();
        Self::parse(&text)
    }
}
