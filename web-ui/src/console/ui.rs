//! Reader, language and clock of a page, and how values look to people.
//!
//! ```text
//! number    1,284,306
//! moment    Today 14:02 | 28 Oct 16:02 | 28 Oct 2025 16:02      今天 14:02 | 10-28 16:02 | 2025-10-28 16:02
//! age       0.4 s | 38 s | 12 min | 3 h | 5 d
//! ```
//!
//! Times are of one zone for all readers of a server, so that two people who talk about a page see the same words.

use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Evidence;

use super::texts::{CommonTexts, refusals};
use crate::i18n::{Lang, fill, run_lang};

/// 9999-12-31 in milliseconds; nothing later is shown.
const TIME_MS_MAX: u64 = 253_402_214_400_000;
const DAY_MS: i64 = 86_400_000;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Language and clock of a page.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    /// Language.
    pub lang: Lang,
    /// When the page was written.
    pub now_ms: u64,
    /// Minutes from UTC.
    pub utc_offset_minutes: i32,
}

/// A local calendar moment.
struct Moment {
    day: i64,
    year: i64,
    month: usize,
    date: i64,
    hour: i64,
    minute: i64,
}

impl Ui {
    /// Texts that many pages use.
    pub fn t(self) -> &'static CommonTexts {
        CommonTexts::of(self.lang)
    }

    /// A count.
    pub fn number(self, value: u64) -> String {
        let digits = value.to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out
    }

    /// A share of a whole in whole per cent, rounded down so that 100 means all.
    pub fn percent(self, part: u64, whole: u64) -> u64 {
        if whole == 0 { 0 } else { (u128::from(part) * 100 / u128::from(whole)).min(100) as u64 }
    }

    /// A share in words: what is there is never shown as nothing.
    pub fn share(self, part: u64, whole: u64) -> String {
        match self.percent(part, whole) {
            0 if part > 0 => "< 1 %".to_owned(),
            percent => format!("{percent} %"),
        }
    }

    fn moment(self, ms: u64) -> Moment {
        let local = ms.min(TIME_MS_MAX) as i64 + i64::from(self.utc_offset_minutes) * 60_000;
        let day = local.div_euclid(DAY_MS);
        let minutes = local.rem_euclid(DAY_MS) / 60_000;
        let (year, month, date) = civil(day);
        Moment { day, year, month, date, hour: minutes / 60, minute: minutes % 60 }
    }

    /// A moment, seen from the moment of the page.
    pub fn time(self, ms: u64) -> String {
        let (now, at) = (self.moment(self.now_ms), self.moment(ms));
        let clock = format!("{:02}:{:02}", at.hour, at.minute);
        let month = MONTHS.get(at.month.saturating_sub(1)).copied().unwrap_or_default();
        match (self.lang, now.day == at.day, now.year == at.year) {
            (_, true, _) => format!("{} {clock}", self.t().today),
            (Lang::En, _, true) => format!("{} {month} {clock}", at.date),
            (Lang::En, ..) => format!("{} {month} {} {clock}", at.date, at.year),
            (Lang::Zh, _, true) => format!("{:02}-{:02} {clock}", at.month, at.date),
            (Lang::Zh, ..) => format!("{}-{:02}-{:02} {clock}", at.year, at.month, at.date),
        }
    }

    /// A moment for paper, where nobody knows what "today" was: `2026-11-22 14:02 UTC+08:00`.
    pub fn stamp(self, ms: u64) -> String {
        let at = self.moment(ms);
        let zone = self.utc_offset_minutes.unsigned_abs();
        let sign = if self.utc_offset_minutes < 0 { '-' } else { '+' };
        let (year, month, date, hour, minute) = (at.year, at.month, at.date, at.hour, at.minute);
        format!("{year}-{month:02}-{date:02} {hour:02}:{minute:02} UTC{sign}{:02}:{:02}", zone / 60, zone % 60)
    }

    /// An age or a time left.
    pub fn span(self, ms: u64) -> String {
        let t = self.t();
        let (value, unit) = match ms {
            0..10_000 => return format!("{}.{} {}", ms / 1_000, ms % 1_000 / 100, t.unit_s),
            10_000..120_000 => (ms / 1_000, t.unit_s),
            120_000..7_200_000 => (ms / 60_000, t.unit_min),
            7_200_000..172_800_000 => (ms / 3_600_000, t.unit_h),
            _ => (ms / 86_400_000, t.unit_d),
        };
        format!("{} {unit}", self.number(value))
    }

    /// A text with values.
    pub fn say(self, text: &str, values: &[(&str, &str)]) -> String {
        fill(text, values)
    }

    /// `1 pack`, `2 packs`: the text of the count, with `{n}` filled.
    pub fn packs(self, count: u64) -> String {
        let text = if count == 1 { self.t().pack_one } else { self.t().pack_many };
        fill(text, &[("n", &self.number(count))])
    }

    /// The name of two that belongs to the page; the other one when it is empty.
    pub fn name(self, en: &str, zh: &str) -> String {
        match self.lang {
            Lang::Zh if !zh.is_empty() => zh.to_owned(),
            Lang::En if en.is_empty() => zh.to_owned(),
            _ => en.to_owned(),
        }
    }

    /// What a problem says, in the reader's language where these texts know it.
    pub fn problem(self, problem: &Problem) -> String {
        let name = problem.kind.strip_prefix("tracelight:").unwrap_or(&problem.kind);
        let known = if self.lang == Lang::Zh { refusals::zh(name) } else { None };
        match (known, &problem.detail) {
            (Some(words), _) => words.to_owned(),
            (None, Some(detail)) => detail.clone(),
            (None, None) => problem.title.clone(),
        }
    }

    /// Registered data, marked with its language when it is not the page's.
    pub fn run(self, text: &str) -> AnyView {
        let lang = run_lang(text, self.lang);
        view! { <span lang=lang>{text.to_owned()}</span> }.into_any()
    }

    /// `Final 1,284,306 · Today 14:02`: where a fact stands on the chain.
    pub fn evidence(self, evidence: &Evidence) -> AnyView {
        let words =
            fill(self.t().final_at, &[("n", &self.number(evidence.height)), ("time", &self.time(evidence.time_ms))]);
        view! { <span class="ev" title=evidence.tx_id.clone()>{words}</span> }.into_any()
    }
}

/// Digits in groups, readable aloud; copying gives them without spaces because the gaps are drawn.
pub fn grouped(code: &str) -> AnyView {
    let chars: Vec<char> = code.chars().collect();
    let groups: Vec<String> = chars.chunks(4).map(|group| group.iter().collect()).collect();
    view! {
        <span class="code">
            {groups.into_iter().map(|group| view! { <span class="g">{group}</span> }).collect_view()}
        </span>
    }
    .into_any()
}

/// Year, month and day of a day number since 1970-01-01 (Howard Hinnant, `civil_from_days`).
fn civil(day: i64) -> (i64, usize, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as usize, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UI: Ui = Ui { lang: Lang::En, now_ms: 1_795_358_531_000, utc_offset_minutes: 480 };

    #[test]
    fn moments_are_seen_from_today() {
        assert_eq!(UI.time(UI.now_ms), "Today 22:42");
        assert_eq!(UI.time(0), "1 Jan 1970 08:00");
        assert_eq!(UI.time(1_792_000_000_000), "15 Oct 01:46");
        assert_eq!(Ui { lang: Lang::Zh, ..UI }.time(1_792_000_000_000), "10-15 01:46");
        assert_eq!(UI.time(u64::MAX), "31 Dec 9999 08:00");
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(UI.stamp(UI.now_ms), "2026-11-22 22:42 UTC+08:00");
        assert_eq!(Ui { utc_offset_minutes: -90, ..UI }.stamp(0), "1969-12-31 22:30 UTC-01:30");
    }

    #[test]
    fn numbers_have_separators_and_ages_units() {
        assert_eq!(
            (UI.number(0), UI.number(999), UI.number(1_284_306)),
            ("0".into(), "999".into(), "1,284,306".into())
        );
        assert_eq!(
            (UI.span(438), UI.span(43_000), UI.span(7_199_999)),
            ("0.4 s".into(), "43 s".into(), "119 min".into())
        );
        assert_eq!((UI.percent(999_999, 1_000_000), UI.percent(5, 5), UI.percent(1, 0)), (99, 100, 0));
        assert_eq!((UI.share(1, 48_000), UI.share(0, 48_000)), ("< 1 %".into(), "0 %".into()));
    }
}
