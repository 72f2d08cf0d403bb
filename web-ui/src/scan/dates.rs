//! Times as a reader in one zone writes them.
//!
//! ```text
//!            English                 Chinese
//! day        3 Nov 2026              2026-11-03
//! in a sentence  3 Nov 2026          2026 年 11 月 3 日
//! moment     3 Nov 2026, 09:12       2026-11-03 09:12     (without the year when the step before had the same)
//! hour       14 Nov, about 19:00     11-14 19 时许
//! ```
//!
//! Times outside the years 1970 to 9998 are held to that range; they cannot come from the chain.

use time::OffsetDateTime;

use crate::i18n::Lang;

/// 9998-12-31T00:00:00Z in seconds: a day of offset still fits the calendar.
const SECONDS_MAX: i64 = 253_370_678_400;
/// A day in minutes; no zone is further from UTC.
const OFFSET_MINUTES_MAX: i32 = 24 * 60;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes times in one language and zone.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Language.
    pub lang: Lang,
    /// Minutes from UTC.
    pub utc_offset_minutes: i32,
}

impl Clock {
    /// The local calendar of a time.
    fn local(self, at_ms: i64) -> OffsetDateTime {
        let offset = i64::from(self.utc_offset_minutes.clamp(-OFFSET_MINUTES_MAX, OFFSET_MINUTES_MAX)) * 60;
        let seconds = (at_ms.div_euclid(1000)).clamp(0, SECONDS_MAX) + offset;
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The local year.
    pub fn year(self, at_ms: i64) -> i32 {
        self.local(at_ms).year()
    }

    /// The day, with its year.
    pub fn day(self, at_ms: i64) -> String {
        let t = self.local(at_ms);
        match self.lang {
            Lang::En => format!("{} {} {}", t.day(), month(t), t.year()),
            Lang::Zh => format!("{}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day()),
        }
    }

    /// The day inside a sentence.
    pub fn day_in_words(self, at_ms: i64) -> String {
        let t = self.local(at_ms);
        match self.lang {
            Lang::En => self.day(at_ms),
            Lang::Zh => format!("{} 年 {} 月 {} 日", t.year(), u8::from(t.month()), t.day()),
        }
    }

    /// The day without its year.
    fn short_day(self, at_ms: i64) -> String {
        let t = self.local(at_ms);
        match self.lang {
            Lang::En => format!("{} {}", t.day(), month(t)),
            Lang::Zh => format!("{:02}-{:02}", u8::from(t.month()), t.day()),
        }
    }

    /// The time of day.
    pub fn time(self, at_ms: i64) -> String {
        let t = self.local(at_ms);
        format!("{:02}:{:02}", t.hour(), t.minute())
    }

    /// Day and time, with the year.
    pub fn moment(self, at_ms: i64) -> String {
        self.join(self.day(at_ms), self.time(at_ms))
    }

    /// Day and time; the year only when it is not `year`.
    pub fn moment_in(self, at_ms: i64, year: Option<i32>) -> String {
        if year == Some(self.year(at_ms)) {
            self.join(self.short_day(at_ms), self.time(at_ms))
        } else {
            self.moment(at_ms)
        }
    }

    /// Day and hour only: what may be shown of another person's check.
    pub fn hour(self, at_ms: i64) -> String {
        let hour = self.local(at_ms).hour();
        match self.lang {
            Lang::En => format!("{}, about {hour:02}:00", self.short_day(at_ms)),
            Lang::Zh => format!("{} {hour} 时许", self.short_day(at_ms)),
        }
    }

    /// Day with year and hour only.
    pub fn hour_in_words(self, at_ms: i64) -> String {
        let hour = self.local(at_ms).hour();
        match self.lang {
            Lang::En => format!("{}, about {hour:02}:00", self.day(at_ms)),
            Lang::Zh => format!("{}，{hour} 时许", self.day(at_ms)),
        }
    }

    fn join(self, day: String, time: String) -> String {
        match self.lang {
            Lang::En => format!("{day}, {time}"),
            Lang::Zh => format!("{day} {time}"),
        }
    }
}

fn month(t: OffsetDateTime) -> &'static str {
    MONTHS.get(usize::from(u8::from(t.month())) - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-03T01:12:00Z, by `date -u -d 2026-11-03T01:12:00Z +%s`.
    const AT: i64 = 1_793_668_320_000;

    #[test]
    fn both_languages_write_local_time() {
        let en = Clock { lang: Lang::En, utc_offset_minutes: 480 };
        let zh = Clock { lang: Lang::Zh, utc_offset_minutes: 480 };
        assert_eq!(en.moment(AT), "3 Nov 2026, 09:12");
        assert_eq!(zh.moment(AT), "2026-11-03 09:12");
        assert_eq!(en.moment_in(AT, Some(2026)), "3 Nov, 09:12");
        assert_eq!(zh.moment_in(AT, Some(2025)), "2026-11-03 09:12");
        assert_eq!(zh.day_in_words(AT), "2026 年 11 月 3 日");
        assert_eq!(en.hour(AT), "3 Nov, about 09:00");
        assert_eq!(zh.hour_in_words(AT), "2026-11-03，9 时许");
    }

    #[test]
    fn absurd_times_do_not_panic() {
        for at in [i64::MIN, -1, i64::MAX] {
            for offset in [i32::MIN, 0, i32::MAX] {
                let clock = Clock { lang: Lang::En, utc_offset_minutes: offset };
                assert!(!clock.moment(at).is_empty());
            }
        }
    }
}
