//! What the rules of [`tracelight_domain::risk`] make of a code's checks, and the fact that a shopper is shown.
//!
//! Places are those that people shared ([`super::place`]). The market that a pack was sent to is not asked: of the rules, those
//! about devices, answers, the sale and the speed between shared places can speak.

use super::counting::CountedCheck;
use super::journey::Happened;
use super::place::place_of;
use tracelight_domain::risk::{Answer, Check, Fact, Record, Stage, Step, assess};
use tracelight_domain::state::EventKind;
use tracelight_web_ui::scan::model::{self, EarlierCheck, Suspicion};

/// The fact for which the code is suspicious, when there is enough of it.
#[must_use]
pub fn suspicion(counted: &[CountedCheck], events: &[Happened]) -> Option<Suspicion> {
    let checks: Vec<Check> = counted.iter().map(check).collect();
    let assessment = assess(&checks, &record(events));
    assessment.reason().map(|finding| shown(&finding.fact, counted))
}

fn check(counted: &CountedCheck) -> Check {
    let answer = match counted.answer.as_deref().and_then(model::Answer::from_name) {
        None => Answer::None,
        Some(model::Answer::Match) => Answer::Match,
        Some(model::Answer::Differs) => Answer::Differs,
        Some(model::Answer::Mine) => Answer::Mine,
        Some(model::Answer::NotMine) => Answer::NotMine,
    };
    Check { at_ms: counted.at_ms, device: counted.device, place: counted.cell.and_then(place_of), answer }
}

/// When it was sold, and came back into stock.
fn record(events: &[Happened]) -> Record {
    let step = |(_, event): &Happened| {
        let stage = match event.kind {
            EventKind::Sold | EventKind::Dispensed => Stage::Sold,
            EventKind::Returned => Stage::OnSale,
            _ => return None,
        };
        Some(Step { since_ms: event.time_ms, stage, place: None })
    };
    Record { steps: events.iter().filter_map(step).collect(), ..Record::default() }
}

fn shown(fact: &Fact, counted: &[CountedCheck]) -> Suspicion {
    let place = |index: usize| counted.get(index).and_then(|check| check.place.clone());
    let earlier = |index: usize| EarlierCheck {
        at_ms: counted.get(index).map_or(0, |check| i64::try_from(check.at_ms).unwrap_or(i64::MAX)),
        place: place(index),
    };
    match fact {
        Fact::Disowned { .. } => Suspicion::Disowned,
        Fact::TooMany { devices, hours } => Suspicion::TooMany { count: *devices, hours: *hours },
        Fact::Strangers { devices } => Suspicion::Strangers { devices: *devices },
        Fact::TooFast { from, to, km } => Suspicion::TooFast { from: earlier(*from), to: earlier(*to), km: *km },
        Fact::TooFar { areas, .. } => Suspicion::TooFar { areas: *areas },
        Fact::WrongMarket { check, .. } => Suspicion::WrongMarket { place: place(*check).unwrap_or_default() },
        Fact::BeforeSale { .. } => Suspicion::BeforeSale,
        Fact::AfterSale { .. } => Suspicion::AfterSale,
        Fact::Burst { neighbours } => Suspicion::Burst { neighbours: *neighbours },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(at_ms: u64, device: u8, answer: Option<model::Answer>) -> CountedCheck {
        let answer = answer.map(|answer| answer.name().to_owned());
        CountedCheck { at_ms, device: Some([device; 32]), place: None, cell: None, answer }
    }

    #[test]
    fn one_person_alone_makes_nothing_suspicious() {
        let loud: Vec<_> = (0..20).map(|at| check(at * 700_000, 1, Some(model::Answer::Differs))).collect();
        assert!(suspicion(&loud, &[]).is_none());
        let two = [check(0, 1, Some(model::Answer::Differs)), check(1, 2, Some(model::Answer::NotMine))];
        assert!(matches!(suspicion(&two, &[]), Some(Suspicion::Disowned)));
    }

    #[test]
    fn eight_devices_in_a_day_are_too_many_and_in_two_days_are_not() {
        let hours = |step: u64| (0..8u8).map(|n| check(u64::from(n) * step * 3_600_000, n, None)).collect::<Vec<_>>();
        assert!(matches!(suspicion(&hours(3), &[]), Some(Suspicion::TooMany { count: 8, hours: 24 })));
        assert!(suspicion(&hours(6), &[]).is_none());
    }

    #[test]
    fn strangers_and_one_word_against_it_are_enough_together() {
        let day = 86_400_000;
        let mut six: Vec<_> = (0..6u8).map(|n| check(u64::from(n) * 9 * day, n, None)).collect();
        assert!(suspicion(&six, &[]).is_none());
        six[5].answer = Some(model::Answer::NotMine.name().to_owned());
        assert!(suspicion(&six, &[]).is_none(), "90 points");
        six.push(check(60 * day, 6, Some(model::Answer::NotMine)));
        assert!(matches!(suspicion(&six, &[]), Some(Suspicion::Disowned)));
    }
}
