//! North American coupon codes, AI (8110) and AI (8112): digits only, read field by field from the left.
//!
//! ```text
//! 8110:  prefix-length prefix offer[6] value-length value  requirement-length requirement code family[3]
//!        then, each at most once and in this order, a digit that names an optional field:
//!        1 rules, second purchase and its prefix   2 third purchase and its prefix
//!        3 expiry YYMMDD   4 start YYMMDD   5 serial   6 retailer   9 flags
//! 8112:  format prefix-length prefix offer[6] serial-length serial
//! ```

use super::numbers::date;
use super::{Fault, digits};

/// What is left of the data. Every error points at what stands there, or at everything when nothing does.
struct Cursor<'d> {
    whole: &'d str,
    rest: &'d str,
}

impl<'d> Cursor<'d> {
    const fn at(&self) -> usize {
        self.whole.len().saturating_sub(self.rest.len())
    }

    const fn missing(&self, rule: &'static str, expected: &'static str) -> Fault {
        if self.rest.is_empty() {
            Fault::new(rule, expected, 0, self.whole.len())
        } else {
            Fault::new(rule, expected, self.at(), self.rest.len())
        }
    }

    fn take(&mut self, length: usize, rule: &'static str, expected: &'static str) -> Result<&'d str, Fault> {
        let Some((head, rest)) = self.rest.split_at_checked(length) else {
            return Err(self.missing(rule, expected));
        };
        self.rest = rest;
        Ok(head)
    }

    /// One digit out of `allowed`, as its value.
    fn digit(&mut self, allowed: &'static str, missing: &'static str, invalid: &'static str) -> Result<usize, Fault> {
        let start = self.at();
        let head = self.take(1, missing, "one more digit")?;
        if !allowed.contains(head) {
            return Err(Fault::new(invalid, allowed, start, 1));
        }
        Ok(head.bytes().next().map_or(0, |byte| usize::from(byte.saturating_sub(b'0'))))
    }

    /// The digit that names an optional field, when it is next.
    fn field(&mut self, name: char) -> bool {
        match self.rest.strip_prefix(name) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn end(&self) -> Result<(), Fault> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.missing("COUPON_EXCESS_DATA", "nothing more"))
    }
}

const PREFIX: &str = "as many digits of a company prefix as its length says";

/// The names of the faults of one purchase.
struct Purchase {
    requirement: [&'static str; 3],
    code: [&'static str; 2],
    family: &'static str,
}

const FIRST: Purchase = Purchase {
    requirement: [
        "COUPON_MISSING_1ST_PURCHASE_REQUIREMENT_VLI",
        "COUPON_INVALID_1ST_PURCHASE_REQUIREMENT_LENGTH",
        "COUPON_TRUNCATED_1ST_PURCHASE_REQUIREMENT",
    ],
    code: ["COUPON_MISSING_1ST_PURCHASE_REQUIREMENT_CODE", "COUPON_INVALID_1ST_PURCHASE_REQUIREMENT_CODE"],
    family: "COUPON_TRUNCATED_1ST_PURCHASE_FAMILY_CODE",
};
const SECOND: Purchase = Purchase {
    requirement: [
        "COUPON_MISSING_2ND_PURCHASE_REQUIREMENT_VLI",
        "COUPON_INVALID_2ND_PURCHASE_REQUIREMENT_LENGTH",
        "COUPON_TRUNCATED_2ND_PURCHASE_REQUIREMENT",
    ],
    code: ["COUPON_MISSING_2ND_PURCHASE_REQUIREMENT_CODE", "COUPON_INVALID_2ND_PURCHASE_REQUIREMENT_CODE"],
    family: "COUPON_TRUNCATED_2ND_PURCHASE_FAMILY_CODE",
};
const SECOND_PREFIX: [&str; 3] = [
    "COUPON_MISSING_2ND_PURCHASE_GCP_VLI",
    "COUPON_INVALID_2ND_PURCHASE_GCP_LENGTH",
    "COUPON_TRUNCATED_2ND_PURCHASE_GCP",
];
const THIRD: Purchase = Purchase {
    requirement: [
        "COUPON_MISSING_3RD_PURCHASE_REQUIREMENT_VLI",
        "COUPON_INVALID_3RD_PURCHASE_REQUIREMENT_LENGTH",
        "COUPON_TRUNCATED_3RD_PURCHASE_REQUIREMENT",
    ],
    code: ["COUPON_MISSING_3RD_PURCHASE_REQUIREMENT_CODE", "COUPON_INVALID_3RD_PURCHASE_REQUIREMENT_CODE"],
    family: "COUPON_TRUNCATED_3RD_PURCHASE_FAMILY_CODE",
};
const THIRD_PREFIX: [&str; 3] = [
    "COUPON_MISSING_3RD_PURCHASE_GCP_VLI",
    "COUPON_INVALID_3RD_PURCHASE_GCP_LENGTH",
    "COUPON_TRUNCATED_3RD_PURCHASE_GCP",
];

pub(super) fn coupon(data: &str) -> Result<(), Fault> {
    digits(data)?;
    let mut cursor = Cursor { whole: data, rest: data };
    let length = cursor.digit("0123456", "COUPON_MISSING_GCP_VLI", "COUPON_INVALID_GCP_LENGTH")?;
    cursor.take(length.saturating_add(6), "COUPON_TRUNCATED_GCP", PREFIX)?;
    cursor.take(6, "COUPON_TRUNCATED_OFFER_CODE", "an offer code of 6 digits")?;
    let length = cursor.digit("12345", "COUPON_MISSING_SAVE_VALUE_VLI", "COUPON_INVALID_SAVE_VALUE_LENGTH")?;
    cursor.take(length, "COUPON_TRUNCATED_SAVE_VALUE", "as many digits of the value as its length says")?;
    purchase(&mut cursor, &FIRST)?;
    if cursor.field('1') {
        cursor.digit(
            "0123",
            "COUPON_MISSING_ADDITIONAL_PURCHASE_RULES_CODE",
            "COUPON_INVALID_ADDITIONAL_PURCHASE_RULES_CODE",
        )?;
        purchase(&mut cursor, &SECOND)?;
        purchase_prefix(&mut cursor, SECOND_PREFIX)?;
    }
    if cursor.field('2') {
        purchase(&mut cursor, &THIRD)?;
        purchase_prefix(&mut cursor, THIRD_PREFIX)?;
    }
    dates(&mut cursor)?;
    if cursor.field('5') {
        serial(&mut cursor)?;
    }
    if cursor.field('6') {
        let missing = "COUPON_MISSING_RETAILER_GCP_OR_GLN_VLI";
        let length = cursor.digit("1234567", missing, "COUPON_INVALID_RETAILER_GCP_OR_GLN_LENGTH")?;
        cursor.take(length.saturating_add(6), "COUPON_TRUNCATED_RETAILER_GCP_OR_GLN", PREFIX)?;
    }
    if cursor.field('9') {
        flags(&mut cursor)?;
    }
    cursor.end()
}

pub(super) fn positive_offer(data: &str) -> Result<(), Fault> {
    digits(data)?;
    let mut cursor = Cursor { whole: data, rest: data };
    cursor.digit("01", "COUPON_MISSING_FORMAT_CODE", "COUPON_INVALID_FORMAT_CODE")?;
    let length = cursor.digit("0123456", "COUPON_MISSING_FUNDER_VLI", "COUPON_INVALID_FUNDER_LENGTH")?;
    cursor.take(length.saturating_add(6), "COUPON_TRUNCATED_FUNDER", PREFIX)?;
    cursor.take(6, "COUPON_TRUNCATED_OFFER_CODE", "an offer code of 6 digits")?;
    serial(&mut cursor)?;
    cursor.end()
}

fn purchase(cursor: &mut Cursor<'_>, names: &Purchase) -> Result<(), Fault> {
    let [missing, invalid, truncated] = names.requirement;
    let length = cursor.digit("12345", missing, invalid)?;
    cursor.take(length, truncated, "as many digits of the requirement as its length says")?;
    let [missing, invalid] = names.code;
    cursor.digit("012349", missing, invalid)?;
    cursor.take(3, names.family, "a family code of 3 digits")?;
    Ok(())
}

/// Length 9 means that there is no prefix.
fn purchase_prefix(cursor: &mut Cursor<'_>, names: [&'static str; 3]) -> Result<(), Fault> {
    let [missing, invalid, truncated] = names;
    let length = cursor.digit("01234569", missing, invalid)?;
    if length != 9 {
        cursor.take(length.saturating_add(6), truncated, PREFIX)?;
    }
    Ok(())
}

fn serial(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    // Any digit is a length, so the third name is never used.
    let length = cursor.digit("0123456789", "COUPON_MISSING_SERIAL_NUMBER_VLI", "COUPON_MISSING_SERIAL_NUMBER_VLI")?;
    let expected = "as many digits of the serial number as its length says";
    cursor.take(length.saturating_add(6), "COUPON_TRUNCATED_SERIAL_NUMBER", expected)?;
    Ok(())
}

fn dates(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    let mut expiry = None;
    if cursor.field('3') {
        // The dictionary spells this name so.
        let rules = ["COUPON_TOO_SHORT_FOR_EXPIRATION_DATE", "COUPON_INVALID_EXIPIRATION_DATE"];
        expiry = Some(coupon_date(cursor, rules)?);
    }
    if cursor.field('4') {
        let at = cursor.at();
        let start = coupon_date(cursor, ["COUPON_TOO_SHORT_FOR_START_DATE", "COUPON_INVALID_START_DATE"])?;
        if expiry.is_some_and(|expiry| start > expiry) {
            let expected = "an expiry that is not before the start";
            return Err(Fault::new("COUPON_EXPIRATION_BEFORE_START", expected, at.saturating_sub(8), 14));
        }
    }
    Ok(())
}

fn coupon_date<'d>(cursor: &mut Cursor<'d>, rules: [&'static str; 2]) -> Result<&'d str, Fault> {
    let [short, invalid] = rules;
    let at = cursor.at();
    let text = cursor.take(6, short, "YYMMDD")?;
    date(text, 2, false).map_err(|_| Fault::new(invalid, "a date, YYMMDD", at, 6))?;
    Ok(text)
}

fn flags(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    cursor.digit("01256", "COUPON_MISSING_SAVE_VALUE_CODE", "COUPON_INVALID_SAVE_VALUE_CODE")?;
    let missing = "COUPON_MISSING_SAVE_VALUE_APPLIES_TO_ITEM";
    cursor.digit("012", missing, "COUPON_INVALID_SAVE_VALUE_APPLIES_TO_ITEM")?;
    cursor.digit("0123456789", "COUPON_MISSING_STORE_COUPON_FLAG", "COUPON_MISSING_STORE_COUPON_FLAG")?;
    cursor.digit("01", "COUPON_MISSING_DONT_MULTIPLY_FLAG", "COUPON_INVALID_DONT_MULTIPLY_FLAG")?;
    Ok(())
}
