//! When a scheduled query runs: `second`, `minute`, `hour`, `dayOfMonth`, `month`, `dayOfWeek` (EPCIS 2.0, 8.2.5.3), in UTC.
//!
//! ```text
//! field    number | range | list of both       5   [10-20]   1,15,[20-25]     dayOfWeek: 1 is Monday
//! absent   coarser than the finest field given: every one; finer: 0 — so `hour: 1, minute: 5` is 01:05:00, once
//! ```

use std::collections::BTreeSet;
use time::{Date, Duration, OffsetDateTime, Time};
use tracelight_epcis::text::shown;

/// Bytes of one field.
const FIELD_BYTES_MAX: usize = 100;
/// Days that are looked through: a leap day lies at most eight years ahead.
const DAYS_MAX: usize = 366 * 9;

/// A field: its name, its least and its greatest value.
type Field = (&'static str, u8, u8);
/// From the finest on.
const FIELDS: [Field; 6] = [
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("dayOfMonth", 1, 31),
    ("month", 1, 12),
    ("dayOfWeek", 1, 7),
];

/// When.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    seconds: BTreeSet<u8>,
    minutes: BTreeSet<u8>,
    hours: BTreeSet<u8>,
    days: BTreeSet<u8>,
    months: BTreeSet<u8>,
    weekdays: BTreeSet<u8>,
    text: String,
}

impl Schedule {
    /// Is it the name of a field?
    #[must_use]
    pub fn is_field(name: &str) -> bool {
        FIELDS.iter().any(|(field, ..)| *field == name)
    }

    /// From its fields.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn new(given: &[(String, String)]) -> Result<Self, String> {
        if let Some((name, _)) = given.iter().find(|(name, _)| !Self::is_field(name)) {
            return Err(format!("`{}` is no field of a schedule", shown(name)));
        }
        let mut finer_than_all = true;
        let mut sets = Vec::with_capacity(FIELDS.len());
        for (name, low, high) in FIELDS {
            let value = given.iter().find(|(field, _)| field == name).map(|(_, value)| value);
            sets.push(match value {
                Some(text) => {
                    finer_than_all = false;
                    parse(name, text, low, high)?
                }
                None if finer_than_all && low == 0 => BTreeSet::from([0]),
                None => (low..=high).collect(),
            });
        }
        if finer_than_all {
            return Err("a schedule needs at least one field, such as `minute`".to_owned());
        }
        let text = given.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(";");
        let mut sets = sets.into_iter();
        let mut next = || sets.next().unwrap_or_default();
        let schedule = Self {
            seconds: next(),
            minutes: next(),
            hours: next(),
            days: next(),
            months: next(),
            weekdays: next(),
            text,
        };
        match schedule.after(0) {
            Some(_) => Ok(schedule),
            None => Err("there is no such day".to_owned()),
        }
    }

    /// From what [`Schedule::text`] wrote.
    ///
    /// # Errors
    /// As [`Schedule::new`].
    pub fn parse(text: &str) -> Result<Self, String> {
        let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::new(&text.split(';').filter_map(pair).collect::<Vec<_>>())
    }

    /// In one line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its fields as they were given.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.text.split(';').filter_map(|pair| pair.split_once('='))
    }

    /// The first moment after this one, milliseconds since 1970.
    #[must_use]
    pub fn after(&self, ms: u64) -> Option<u64> {
        let seconds = i64::try_from(ms / 1_000).ok()?;
        let begin = OffsetDateTime::from_unix_timestamp(seconds).ok()? + Duration::SECOND;
        let mut day = begin.date();
        let mut from = begin.time();
        for _ in 0..DAYS_MAX {
            if self.holds(day)
                && let Some(time) = self.time_from(from)
            {
                return u64::try_from(day.with_time(time).assume_utc().unix_timestamp()).ok()?.checked_mul(1_000);
            }
            day = day.next_day()?;
            from = Time::MIDNIGHT;
        }
        None
    }

    fn holds(&self, day: Date) -> bool {
        self.days.contains(&day.day())
            && self.months.contains(&u8::from(day.month()))
            && self.weekdays.contains(&day.weekday().number_from_monday())
    }

    /// The first time of a day at or after `from`.
    fn time_from(&self, from: Time) -> Option<Time> {
        let (hour, minute, second) = from.as_hms();
        let first = |set: &BTreeSet<u8>| set.first().copied();
        let at = |set: &BTreeSet<u8>, low: u8| set.range(low..).next().copied();
        let time = |hour, minute, second| Time::from_hms(hour, minute, second).ok();
        if self.hours.contains(&hour) {
            if self.minutes.contains(&minute)
                && let Some(second) = at(&self.seconds, second)
            {
                return time(hour, minute, second);
            }
            if let Some(minute) = at(&self.minutes, minute.saturating_add(1)) {
                return time(hour, minute, first(&self.seconds)?);
            }
        }
        time(at(&self.hours, hour.saturating_add(1))?, first(&self.minutes)?, first(&self.seconds)?)
    }
}

fn parse(name: &str, text: &str, low: u8, high: u8) -> Result<BTreeSet<u8>, String> {
    let fault =
        || format!("`{name}`: `{}`, expected numbers from {low} to {high}, such as 5, [10-20], 1,15", shown(text));
    if text.len() > FIELD_BYTES_MAX {
        return Err(fault());
    }
    let number = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u8>().ok().filter(|number| plain && (low..=high).contains(number)).ok_or_else(fault)
    };
    let mut set = BTreeSet::new();
    for part in text.split(',').map(str::trim) {
        match part.strip_prefix('[').and_then(|part| part.strip_suffix(']')).map(|part| part.split_once('-')) {
            Some(Some((from, to))) => set.extend(number(from)?..=number(to)?),
            Some(None) => return Err(fault()),
            None => {
                set.insert(number(part)?);
            }
        }
    }
    if set.is_empty() { Err(fault()) } else { Ok(set) }
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use tracelight_epcis::text::Timestamp;

    fn ms(text: &str) -> u64 {
        u64::try_from(Timestamp::parse(text).expect("a time").unix_nanos() / 1_000_000).expect("after 1970")
    }

    #[track_caller]
    fn check(schedule: &str, now: &str, expected: &str) {
        let schedule = Schedule::parse(schedule).expect("a good schedule");
        assert_eq!(schedule.after(ms(now)), Some(ms(expected)), "{schedule:?}");
        assert_eq!(Schedule::parse(schedule.text()).as_ref(), Ok(&schedule));
    }

    #[test]
    fn the_next_moment_is_found() {
        check("hour=1;minute=5", "2026-11-28T00:00:00Z", "2026-11-28T01:05:00Z");
        check("hour=1;minute=5", "2026-11-28T01:05:00Z", "2026-11-29T01:05:00Z");
        check("minute=[10-12],40", "2026-11-28T03:12:00Z", "2026-11-28T03:40:00Z");
        check("second=0,30", "2026-11-28T23:59:45.5Z", "2026-11-29T00:00:00Z");
        check("hour=8;dayOfWeek=1", "2026-11-28T09:00:00Z", "2026-11-30T08:00:00Z");
        check("dayOfMonth=29;month=2", "2026-11-28T09:00:00Z", "2028-02-29T00:00:00Z");
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for bad in [
            "",
            "minute=60",
            "hour=[5]",
            "hour=x",
            "week=1",
            "dayOfWeek=0",
            "minute=",
            "dayOfMonth=31;month=2",
            "minute=[9-3]",
        ] {
            assert!(Schedule::parse(bad).is_err(), "{bad}");
        }
    }
}
