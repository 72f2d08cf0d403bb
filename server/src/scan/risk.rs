//! What the rules of [`tracelight_domain::risk`] make of a code's checks, and the fact that a shopper is shown.
//!
//! ```text
//! checks     the places are those that people shared ([`super::place`])
//! stages     from the events of the pack and of what held it: with the maker, on the way, with a carrier, at an outlet, sold
//! market     the outlet that received it; before that the one that it is shipped to
//! places     of members: `[[sites]]` of the configuration. Without them the rules that need one are silent
//! examined   what a case about the code ended with ([`crate::store::ReportFilter`]): a fake, or none
//! strayed    other packs of the same case that were checked outside the market in the last [`BURST_MS`]
//! ```

use super::counting::CountedCheck;
use super::journey::Happened;
use super::place::{about, name_of, place_of};
use crate::app::AppState;
use crate::config::SiteConfig;
use crate::scan::facts::PackFacts;
use crate::store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::{MemberId, UnitId};
use tracelight_domain::risk::{
    Answer, Assessment, BURST_MS, Check, Fact, MARKET_KM, Place, Record, Source, Stage, Step, assess,
};
use tracelight_domain::state::{EventKind, MemberRole};
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::model::{self, EarlierCheck, Suspicion};

/// What the rules say of these checks.
#[must_use]
pub fn assessed(counted: &[CountedCheck], record: &Record) -> Assessment {
    let checks: Vec<Check> = counted.iter().map(check).collect();
    assess(&checks, record)
}

/// The fact for which the code is suspicious, when there is enough of it, with places as readers of this language call them.
#[must_use]
pub fn suspicion(counted: &[CountedCheck], record: &Record, lang: Lang) -> Option<Suspicion> {
    assessed(counted, record).reason().map(|finding| shown(&finding.fact, counted, lang))
}

/// A check as it is shown.
#[must_use]
pub fn told(check: &CountedCheck, lang: Lang) -> EarlierCheck {
    EarlierCheck {
        at_ms: i64::try_from(check.at_ms).unwrap_or(i64::MAX),
        place: check.cell.and_then(|cell| name_of(cell, lang)).map(str::to_owned),
    }
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

/// What is known of a member when a pack is with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Site {
    /// What it does; none of one that this server has not heard of.
    pub role: Option<MemberRole>,
    /// Where its goods are, when the configuration says so.
    pub place: Option<Place>,
}

/// Where the goods were, and where they are to be sold.
#[must_use]
pub fn record(events: &[Happened], site: impl Fn(MemberId) -> Site) -> Record {
    let is_outlet = |member: MemberId| site(member).role == Some(MemberRole::Pharmacy);
    let mut record = Record::default();
    for (_, event) in events {
        let here = site(event.actor).place;
        let (stage, place) = match event.kind {
            EventKind::Sold | EventKind::Dispensed => (Stage::Sold, None),
            EventKind::Returned => (Stage::OnSale, here),
            // On the way nobody knows where.
            EventKind::Shipped => (Stage::Upstream, None),
            EventKind::Received | EventKind::ReceivedDamaged if is_outlet(event.actor) => (Stage::OnSale, here),
            EventKind::Received | EventKind::ReceivedDamaged => (Stage::Upstream, here),
            // Its making: the first of them tells where it is, until it is shipped.
            _ if record.steps.is_empty() => (Stage::Upstream, here),
            _ => continue,
        };
        let outlet = match event.kind {
            EventKind::Shipped => event.peer,
            EventKind::Received | EventKind::ReceivedDamaged => Some(event.actor),
            _ => None,
        };
        if let Some(outlet) = outlet.filter(|member| is_outlet(*member)) {
            record.market = site(outlet).place;
        }
        record.steps.push(Step { since_ms: event.time_ms, stage, place });
    }
    record
}

/// Fills in what the configuration and the neighbours of a pack say.
///
/// # Errors
/// [`StoreError`].
pub async fn fill(
    state: &AppState,
    store: &Store,
    unit: &UnitId,
    facts: &mut PackFacts,
    now_ms: u64,
) -> Result<(), StoreError> {
    let site = |member: MemberId| Site {
        role: state.alliance.member(member).map(|member| member.role),
        place: state.sites.get(&member).copied(),
    };
    facts.record = Record { examined: facts.record.examined, ..record(&facts.events, site) };
    let Some(market) = facts.record.market else { return Ok(()) };
    let cells = store.cells_of_neighbours(unit, now_ms.saturating_sub(BURST_MS)).await?;
    let away =
        cells.into_iter().filter(|(_, cell)| place_of(*cell).is_some_and(|place| market.km_apart(&place) >= MARKET_KM));
    let strayed: BTreeSet<Vec<u8>> = away.map(|(serial, _)| serial).collect();
    facts.record.strayed_neighbours = u32::try_from(strayed.len()).unwrap_or(u32::MAX);
    Ok(())
}

/// Where members keep goods, by the configuration, whose faults were told before.
#[must_use]
pub fn sites(config: &[SiteConfig]) -> BTreeMap<MemberId, Place> {
    let site = |site: &SiteConfig| {
        let member = Gln::parse(&site.member).ok()?;
        Some((member, about(site.lat, site.lon, site.reach_km, Source::Record)))
    };
    config.iter().filter_map(site).collect()
}

fn shown(fact: &Fact, counted: &[CountedCheck], lang: Lang) -> Suspicion {
    let earlier = |index: usize| match counted.get(index) {
        Some(check) => told(check, lang),
        None => EarlierCheck { at_ms: 0, place: None },
    };
    match fact {
        Fact::FoundFake => Suspicion::FoundFake,
        Fact::Disowned { .. } => Suspicion::Disowned,
        Fact::TooMany { devices, hours } => Suspicion::TooMany { count: *devices, hours: *hours },
        Fact::Strangers { devices } => Suspicion::Strangers { devices: *devices },
        Fact::TooFast { from, to, km } => Suspicion::TooFast { from: earlier(*from), to: earlier(*to), km: *km },
        Fact::TooFar { areas, .. } => Suspicion::TooFar { areas: *areas },
        Fact::WrongMarket { check, .. } => Suspicion::WrongMarket { place: earlier(*check).place },
        Fact::BeforeSale { .. } => Suspicion::BeforeSale,
        Fact::AfterSale { .. } => Suspicion::AfterSale,
        Fact::Burst { neighbours } => Suspicion::Burst { neighbours: *neighbours },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counted: &[CountedCheck], record: &Record) -> Option<Suspicion> {
        suspicion(counted, record, Lang::En)
    }

    fn check(at_ms: u64, device: u8, answer: Option<model::Answer>) -> CountedCheck {
        let answer = answer.map(|answer| answer.name().to_owned());
        CountedCheck { at_ms, device: Some([device; 32]), cell: None, answer }
    }

    #[test]
    fn one_person_alone_makes_nothing_suspicious() {
        let loud: Vec<_> = (0..20).map(|at| check(at * 700_000, 1, Some(model::Answer::Differs))).collect();
        assert!(of(&loud, &Record::default()).is_none());
        let two = [check(0, 1, Some(model::Answer::Differs)), check(1, 2, Some(model::Answer::NotMine))];
        assert!(matches!(of(&two, &Record::default()), Some(Suspicion::Disowned)));
    }

    #[test]
    fn eight_devices_in_a_day_are_too_many_and_in_two_days_are_not() {
        let hours = |step: u64| (0..8u8).map(|n| check(u64::from(n) * step * 3_600_000, n, None)).collect::<Vec<_>>();
        assert!(matches!(of(&hours(3), &Record::default()), Some(Suspicion::TooMany { count: 8, hours: 24 })));
        assert!(of(&hours(6), &Record::default()).is_none());
    }

    #[test]
    fn strangers_and_one_word_against_it_are_enough_together() {
        let day = 86_400_000;
        let mut six: Vec<_> = (0..6u8).map(|n| check(u64::from(n) * 9 * day, n, None)).collect();
        assert!(of(&six, &Record::default()).is_none());
        six[5].answer = Some(model::Answer::NotMine.name().to_owned());
        assert!(of(&six, &Record::default()).is_none(), "90 points");
        six.push(check(60 * day, 6, Some(model::Answer::NotMine)));
        assert!(matches!(of(&six, &Record::default()), Some(Suspicion::Disowned)));
    }

    mod goods {
        use super::super::*;
        use super::of;
        use tracelight_domain::gs1::{Gtin, Lot};
        use tracelight_domain::ids::{BatchId, TxId};
        use tracelight_domain::state::{Event, ObjectId};

        const DAY: u64 = 86_400_000;

        fn member(number: u64) -> MemberId {
            Gln::build("6901234", number).expect("a GLN of constants")
        }

        fn event(kind: EventKind, actor: u64, peer: Option<u64>, day: u64) -> Happened {
            let batch =
                BatchId { gtin: Gtin::parse("06901234567892").expect("a GTIN"), lot: Lot::parse("A").expect("a lot") };
            let event = Event {
                kind,
                height: day,
                time_ms: day * DAY,
                actor: member(actor),
                peer: peer.map(member),
                container: None,
                withdraws: None,
                tx: TxId([0; 32]),
            };
            (ObjectId::Batch(batch), event)
        }

        /// 1 makes, 2 carries, 3 sells; none of 4 is known.
        fn site(of: MemberId) -> Site {
            let place = |lat_mdeg| Some(Place { lat_mdeg, lon_mdeg: 100_000, reach_km: 20, source: Source::Record });
            match of {
                of if of == member(1) => Site { role: Some(MemberRole::Manufacturer), place: place(30_000) },
                of if of == member(2) => Site { role: Some(MemberRole::Logistics), place: place(35_000) },
                of if of == member(3) => Site { role: Some(MemberRole::Pharmacy), place: place(40_000) },
                _ => Site::default(),
            }
        }

        #[test]
        fn the_stages_of_goods_follow_their_events_and_the_market_is_the_outlet() {
            let way = [
                event(EventKind::Sealed, 1, None, 1),
                event(EventKind::Packed, 1, None, 2),
                event(EventKind::Shipped, 1, Some(2), 3),
                event(EventKind::Received, 2, Some(1), 4),
                event(EventKind::Shipped, 2, Some(3), 5),
                event(EventKind::Received, 3, Some(2), 6),
                event(EventKind::Sold, 3, None, 7),
                event(EventKind::Returned, 3, None, 8),
            ];
            let made = record(&way, site);
            let stages: Vec<_> = made
                .steps
                .iter()
                .map(|step| (step.since_ms / DAY, step.stage, step.place.map(|place| place.lat_mdeg)))
                .collect();
            assert_eq!(
                stages,
                [
                    (1, Stage::Upstream, Some(30_000)),
                    (3, Stage::Upstream, None),
                    (4, Stage::Upstream, Some(35_000)),
                    (5, Stage::Upstream, None),
                    (6, Stage::OnSale, Some(40_000)),
                    (7, Stage::Sold, None),
                    (8, Stage::OnSale, Some(40_000)),
                ]
            );
            assert_eq!(made.market, site(member(3)).place);
            assert_eq!(record(&way[..4], site).market, None, "nobody has said where it goes");
            assert_eq!(record(&way[..5], site).market, site(member(3)).place, "it is on its way there");
            let unknown = [event(EventKind::Sealed, 4, None, 1), event(EventKind::Received, 4, None, 2)];
            assert_eq!(record(&unknown, site).steps.len(), 2, "and no places");
        }

        #[test]
        fn a_scan_before_shipping_and_one_outside_the_market_are_told_and_need_places() {
            let shared = |lat: f64| {
                let cell =
                    h3o::LatLng::new(lat, 100.0).expect("a place").to_cell(super::super::super::place::RESOLUTION);
                Some(u64::from(cell))
            };
            let check = |at_ms: u64, device: u8, lat: f64| CountedCheck {
                at_ms,
                device: Some([device; 32]),
                cell: shared(lat),
                answer: None,
            };
            let made = [event(EventKind::Sealed, 1, None, 1)];
            // Two devices, 1,000 km from the maker, while nothing has left it.
            let early = [check(2 * DAY, 1, 40.0), check(3 * DAY, 2, 40.1)];
            assert!(matches!(of(&early, &record(&made, site)), Some(Suspicion::BeforeSale)));
            let near = [check(2 * DAY, 1, 30.1), check(3 * DAY, 2, 30.2)];
            assert!(of(&near, &record(&made, site)).is_none(), "the maker's own people look, too");
            assert!(of(&early, &record(&made, |_| Site::default())).is_none(), "without places nothing is said");
            let sold = [
                event(EventKind::Sealed, 1, None, 1),
                event(EventKind::Shipped, 1, Some(3), 2),
                event(EventKind::Received, 3, Some(1), 3),
            ];
            let away = [check(5 * DAY, 1, 30.0), check(9 * DAY, 2, 34.0), check(14 * DAY, 3, 26.0)];
            let told = |lang| match suspicion(&away, &record(&sold, site), lang) {
                Some(Suspicion::WrongMarket { place }) => place,
                other => panic!("{other:?}"),
            };
            assert_eq!((told(Lang::En).as_deref(), told(Lang::Zh).as_deref()), (Some("Dali"), Some("大理")));
            let home = [check(5 * DAY, 1, 40.0), check(9 * DAY, 2, 40.2), check(14 * DAY, 3, 39.9)];
            assert!(of(&home, &record(&sold, site)).is_none());
        }
    }
}
