//! Dates as packs carry them.
//!
//! A pack says `YYMMDD`, and day `00` is legal: "no day". An expiry without a day lasts to the last day of its month.
//! The century is not printed; it follows from the reader's year (GS1 General Specifications 7.12):
//! YY - current YY >= 51 is the century before, <= -50 the one after, anything else the current one.

use super::KeyError;

/// Days from 1970-01-01 to 0001-01-01, the earliest date.
pub const DAYS_MIN: i64 = -719_162;
/// Days from 1970-01-01 to 9999-12-31, the latest date.
pub const DAYS_MAX: i64 = 2_932_896;

/// A calendar date of the Gregorian calendar, years 1 to 9999; the day may be missing (0).
///
/// Sorts by the day it lasts to: a month without a day comes after all its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days in a month of 1 to 12; 0 for any other number.
pub(super) const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

/// The century rule: which year the printed two digits stand for, read in `current_year`.
pub(super) fn full_year(yy: u16, current_year: u16) -> u16 {
    let century = current_year / 100 * 100;
    let ahead = i32::from(yy) - i32::from(current_year % 100);
    match ahead {
        51.. => century.saturating_add(yy).saturating_sub(100),
        ..=-50 => century.saturating_add(yy).saturating_add(100),
        _ => century.saturating_add(yy),
    }
}

/// Reads `text` as a number when it is all digits; else points at the first other character.
fn number(text: &str, position: usize) -> Result<u16, KeyError> {
    let mut value = 0_u16;
    for (index, found) in text.chars().enumerate() {
        let Some(digit) = found.to_digit(10).and_then(|digit| u16::try_from(digit).ok()) else {
            let position = position + index;
            return Err(KeyError::Character { field: "date", position, expected: "a digit", found });
        };
        value = value.saturating_mul(10).saturating_add(digit);
    }
    Ok(value)
}

/// Cuts off the next `length` bytes, or says that the text is too short.
fn take<'t>(text: &mut &'t str, length: usize, whole: &str, expected: &'static str) -> Result<&'t str, KeyError> {
    let Some((head, rest)) = text.split_at_checked(length) else {
        return Err(length_error(whole, expected));
    };
    *text = rest;
    Ok(head)
}

fn length_error(whole: &str, expected: &'static str) -> KeyError {
    KeyError::Length { field: "date", expected, found: whole.chars().count() }
}

impl Date {
    /// A date, or a month when `day` is 0.
    ///
    /// # Errors
    /// Year 0 or above 9999, a month that is not 1 to 12, a day that the month does not have.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, KeyError> {
        Self::at(year, month, day, [1, 5, 7])
    }

    /// As `new`, with the positions of year, month and day in the text they came from.
    fn at(year: u16, month: u8, day: u8, positions: [usize; 3]) -> Result<Self, KeyError> {
        let [year_at, month_at, day_at] = positions;
        let wrong = |position, expected, found| KeyError::Value { field: "date", position, expected, found };
        if !(1..=9999).contains(&year) {
            return Err(wrong(year_at, "a year from 0001 to 9999", year.to_string()));
        }
        if !(1..=12).contains(&month) {
            return Err(wrong(month_at, "a month from 01 to 12", format!("{month:02}")));
        }
        if day > days_in_month(year, month) {
            return Err(wrong(day_at, "a day of that month, or 00 for none", format!("{day:02}")));
        }
        Ok(Self { year, month, day })
    }

    /// Reads the six digits of a pack, `YYMMDD`; day `00` means none. `current_year` decides the century.
    ///
    /// # Errors
    /// Not six digits, or not a date.
    pub fn parse_yymmdd(text: &str, current_year: u16) -> Result<Self, KeyError> {
        let expected = "6 digits, YYMMDD";
        number(text, 1)?;
        let mut rest = text;
        let yy = number(take(&mut rest, 2, text, expected)?, 1)?;
        let month = number(take(&mut rest, 2, text, expected)?, 3)?;
        let day = number(take(&mut rest, 2, text, expected)?, 5)?;
        if !rest.is_empty() {
            return Err(length_error(text, expected));
        }
        let narrow = |value: u16| u8::try_from(value).unwrap_or(u8::MAX);
        Self::at(full_year(yy, current_year), narrow(month), narrow(day), [1, 3, 5])
    }

    /// Reads `2027-10-31`, or `2027-10` for a month.
    ///
    /// # Errors
    /// Any other shape, or not a date.
    pub fn parse_iso(text: &str) -> Result<Self, KeyError> {
        let expected = "YYYY-MM or YYYY-MM-DD";
        if let Some((index, found)) = text.chars().enumerate().find(|(_, character)| !character.is_ascii()) {
            return Err(KeyError::Character { field: "date", position: index + 1, expected: "a digit or `-`", found });
        }
        let mut rest = text;
        let dash = |part: &str, position| match part {
            "-" => Ok(()),
            other => {
                let found = other.chars().next().unwrap_or(' ');
                Err(KeyError::Character { field: "date", position, expected: "`-`", found })
            }
        };
        let year = number(take(&mut rest, 4, text, expected)?, 1)?;
        dash(take(&mut rest, 1, text, expected)?, 5)?;
        let month = number(take(&mut rest, 2, text, expected)?, 6)?;
        let narrow = |value: u16| u8::try_from(value).unwrap_or(u8::MAX);
        if rest.is_empty() {
            return Self::at(year, narrow(month), 0, [1, 6, 9]);
        }
        dash(take(&mut rest, 1, text, expected)?, 8)?;
        let day = number(take(&mut rest, 2, text, expected)?, 9)?;
        if !rest.is_empty() {
            return Err(length_error(text, expected));
        }
        if day == 0 {
            let expected = "a day from 01; a month alone is written YYYY-MM";
            return Err(KeyError::Value { field: "date", position: 9, expected, found: "00".to_owned() });
        }
        Self::at(year, narrow(month), narrow(day), [1, 6, 9])
    }

    /// The year, 1 to 9999.
    #[must_use]
    pub const fn year(&self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(&self) -> u8 {
        self.month
    }

    /// The day, 1 to 31; 0 when the pack names none.
    #[must_use]
    pub const fn day(&self) -> u8 {
        self.day
    }

    /// The six digits that a pack carries. The century is lost.
    #[must_use]
    pub fn yymmdd(&self) -> String {
        format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }

    /// The date itself, or the last day of the month when no day is given.
    #[must_use]
    pub const fn last_day(&self) -> Self {
        let day = if self.day == 0 { days_in_month(self.year, self.month) } else { self.day };
        Self { year: self.year, month: self.month, day }
    }

    /// Days from 1970-01-01 to the last day; negative before.
    #[must_use]
    pub fn to_days(&self) -> i64 {
        let last = self.last_day();
        // Years count from March, so that the leap day ends a year; eras are 400 years of 146097 days.
        let month = i64::from(last.month);
        let year = i64::from(last.year) - i64::from(last.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(last.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The date that many days after 1970-01-01.
    ///
    /// # Errors
    /// Outside [`DAYS_MIN`] to [`DAYS_MAX`].
    pub fn from_days(days: i64) -> Result<Self, KeyError> {
        let wrong = || KeyError::Value {
            field: "date",
            position: 1,
            expected: "a day between 0001-01-01 and 9999-12-31",
            found: days.to_string(),
        };
        if !(DAYS_MIN..=DAYS_MAX).contains(&days) {
            return Err(wrong());
        }
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = (march_month + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        match (u16::try_from(year), u8::try_from(month), u8::try_from(day)) {
            (Ok(year), Ok(month), Ok(day)) => Self::new(year, month, day),
            _ => Err(wrong()),
        }
    }

    /// The sort key: a month without a day lasts as long as any of its days.
    const fn order(&self) -> (u16, u8, u8) {
        (self.year, self.month, if self.day == 0 { 32 } else { self.day })
    }
}

impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Date {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.day == 0 {
            write!(f, "{:04}-{:02}", self.year, self.month)
        } else {
            write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
        }
    }
}
