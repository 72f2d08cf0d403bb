//! Facts that make a code look copied. A rule names what happened; it never gives a score.
//!
//! Two rules so far, both about people who looked at the same code (place, route and neighbours come with the simulator
//! that measures their precision, `design.md` 10):
//!
//! | rule | speaks when |
//! |---|---|
//! | disowned | two devices have said that an earlier check was not theirs, or that the print differs |
//! | too many | eight devices have checked the code within a day |
//!
//! One person cannot make a pack look suspicious alone: a single answer changes nothing here.

use super::counting::CountedCheck;
use std::collections::BTreeSet;
use tracelight_web_ui::scan::model::{Answer, Suspicion};

/// Devices that must have disowned the code.
pub const DISOWNED_MIN: usize = 2;
/// Devices within [`MANY_HOURS`] that are too many.
pub const MANY_MIN: usize = 8;
/// Hours of the rule "too many".
pub const MANY_HOURS: u32 = 24;

/// The first rule that speaks.
#[must_use]
pub fn suspicion(checks: &[CountedCheck]) -> Option<Suspicion> {
    let disowned = checks.iter().filter(|check| {
        let answer = check.answer.as_deref().and_then(Answer::from_name);
        matches!(answer, Some(Answer::NotMine | Answer::Differs))
    });
    if devices(disowned) >= DISOWNED_MIN {
        return Some(Suspicion::Disowned);
    }
    let window_ms = u64::from(MANY_HOURS) * 3_600_000;
    // At most a page of checks is looked at, so the square is small.
    let most = checks
        .iter()
        .map(|last| devices(checks.iter().filter(|c| c.at_ms <= last.at_ms && last.at_ms - c.at_ms < window_ms)))
        .max()
        .unwrap_or(0);
    (most >= MANY_MIN).then(|| Suspicion::TooMany { count: u32::try_from(most).unwrap_or(u32::MAX), hours: MANY_HOURS })
}

/// Different devices; checks without a cookie count as one device together, so that they cannot be multiplied by
/// throwing cookies away.
fn devices<'a>(checks: impl Iterator<Item = &'a CountedCheck>) -> usize {
    checks.map(|check| check.device).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(at_ms: u64, device: u8, answer: Option<Answer>) -> CountedCheck {
        let answer = answer.map(|answer| answer.name().to_owned());
        CountedCheck { at_ms, device: Some([device; 32]), place: None, answer }
    }

    #[test]
    fn one_person_alone_makes_nothing_suspicious() {
        let loud: Vec<_> = (0..20).map(|at| check(at * 700_000, 1, Some(Answer::Differs))).collect();
        assert!(suspicion(&loud).is_none());
        let two = [check(0, 1, Some(Answer::Differs)), check(1, 2, Some(Answer::NotMine))];
        assert!(matches!(suspicion(&two), Some(Suspicion::Disowned)));
    }

    #[test]
    fn eight_devices_in_a_day_are_too_many_and_in_two_days_are_not() {
        let hours = |step: u64| (0..8u8).map(|n| check(u64::from(n) * step * 3_600_000, n, None)).collect::<Vec<_>>();
        assert!(matches!(suspicion(&hours(3)), Some(Suspicion::TooMany { count: 8, hours: 24 })));
        assert!(suspicion(&hours(6)).is_none());
    }
}
