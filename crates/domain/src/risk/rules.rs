//! The rules, one function each. A device counts once in each of them.

use super::{Answer, Check, Device, Fact, Finding, Place, Record, Source, Stage};
use std::collections::BTreeSet;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Steps of a count and what each weighs, highest first.
type Steps<N, const K: usize> = [(N, u32); K];

const FOUND_FAKE: u32 = 100;
const DISOWNED: Steps<usize, 2> = [(2, 100), (1, 40)];
const MANY: Steps<usize, 1> = [(8, 100)];
const MANY_HOURS: u32 = 24;
/// Faster than an airliner with the way to and from it.
const KM_PER_HOUR_MAX: u64 = 900;
/// Less is within what a network's guess may miss.
const FAST_KM_MIN: u32 = 200;
/// Areas this far apart are different ones.
const AREA_KM: u32 = 200;
const AREAS: Steps<usize, 2> = [(4, 30), (3, 10)];
/// While a photograph of a code goes around.
const SHOWN_MS: u64 = 3 * HOUR_MS;
const FAR_DAYS: u32 = 3;
const FAR_MS: u64 = FAR_DAYS as u64 * DAY_MS;
const STRANGERS: Steps<usize, 4> = [(6, 50), (5, 40), (4, 30), (3, 20)];
const LATER: Steps<usize, 3> = [(3, 30), (2, 20), (1, 10)];
/// Further than this from the outlet is another market.
pub const MARKET_KM: u32 = 150;
const STRAYED: Steps<usize, 3> = [(3, 100), (2, 40), (1, 10)];
/// Within this of the goods, whoever works with them may have looked.
const GOODS_KM: u32 = 100;
/// An outlet may be late in saying that goods have come.
const LATE_RECORD_MS: u64 = 3 * DAY_MS;
const EARLY: Steps<usize, 2> = [(2, 100), (1, 60)];
/// A buyer looks within this time of buying.
const BUYER_MS: u64 = 14 * DAY_MS;
const BURST: Steps<u32, 2> = [(4, 15), (2, 10)];

/// The points of the highest step that a count reaches; steps are highest first.
fn step<N: PartialOrd + Copy>(count: N, steps: &[(N, u32)]) -> Option<u32> {
    steps.iter().find(|(at, _)| count >= *at).map(|(_, points)| *points)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Checks that somebody has not called their own, with their index: at each place and time one device.
pub struct Seen<'a> {
    checks: Vec<(usize, &'a Check)>,
}

impl<'a> Seen<'a> {
    /// From the `first` one on. `Mine` says that the check before it was the same person's: that one goes.
    pub fn of(checks: &'a [Check], first: usize) -> Self {
        let mut kept: Vec<(usize, &Check)> = Vec::with_capacity(checks.len());
        for (index, check) in checks.iter().enumerate().skip(first) {
            if check.answer == Answer::Mine {
                kept.pop();
            }
            kept.push((index, check));
        }
        Self { checks: kept }
    }

    fn devices(checks: impl Iterator<Item = &'a Check>) -> usize {
        checks.map(|check| check.device).collect::<BTreeSet<Option<Device>>>().len()
    }

    fn placed(&self) -> impl DoubleEndedIterator<Item = (usize, &'a Check, Place)> {
        self.checks.iter().filter_map(|(index, check)| check.place.map(|place| (*index, *check, place)))
    }
}

/// Somebody held a fake with this code in their hands.
pub fn found_fake(record: &Record) -> Option<Finding> {
    let found = record.examined.is_some_and(|examined| examined.is_fake);
    found.then_some(Finding { fact: Fact::FoundFake, points: FOUND_FAKE })
}

/// Somebody's word that a check was another's. One person alone is not enough.
pub fn disowned(checks: &[Check]) -> Option<Finding> {
    let said = checks.iter().filter(|check| matches!(check.answer, Answer::NotMine | Answer::Differs));
    let devices = Seen::devices(said);
    let points = step(devices, &DISOWNED)?;
    Some(Finding { fact: Fact::Disowned { devices: number(devices) }, points })
}

/// Many devices within a day.
pub fn too_many(seen: &Seen<'_>) -> Option<Finding> {
    let window_ms = u64::from(MANY_HOURS) * HOUR_MS;
    let within = |last: &Check| {
        let checks = seen.checks.iter().map(|(_, check)| *check);
        Seen::devices(checks.filter(|c| c.at_ms <= last.at_ms && last.at_ms - c.at_ms < window_ms))
    };
    let devices = seen.checks.iter().map(|(_, last)| within(last)).max()?;
    let points = step(devices, &MANY)?;
    Some(Finding { fact: Fact::TooMany { devices: number(devices), hours: MANY_HOURS }, points })
}

/// From one check to the next by another device, faster than goods travel.
pub fn too_fast(seen: &Seen<'_>) -> Option<Finding> {
    let placed: Vec<_> = seen.placed().collect();
    let mut jumps = Vec::new();
    for pair in placed.windows(2) {
        let [(from, before, here), (to, after, there)] = pair else { continue };
        let km = here.km_apart(there);
        let ms = after.at_ms.saturating_sub(before.at_ms);
        // km / h > max, without dividing by a time that may be nothing.
        let too_fast = u64::from(km) * HOUR_MS > KM_PER_HOUR_MAX * ms;
        if before.device != after.device && km >= FAST_KM_MIN && too_fast {
            let shared = here.source == Source::Shared && there.source == Source::Shared;
            jumps.push((shared, *from, *to, km));
        }
    }
    let (_, from, to, km) = *jumps.iter().max_by_key(|(shared, _, _, km)| (*shared, *km))?;
    let points = match jumps.as_slice() {
        [(true, ..)] => 15,
        [_] => 10,
        _ => 20,
    };
    Some(Finding { fact: Fact::TooFast { from, to, km }, points })
}

/// Areas far apart within a few days, each with a device that was in no other.
pub fn too_far(seen: &Seen<'_>) -> Option<Finding> {
    let placed: Vec<_> = seen.placed().collect();
    let areas_until = |last: usize| {
        let (_, newest, _) = placed.get(last)?;
        let recent = placed.iter().take(last + 1).filter(|(_, c, _)| newest.at_ms - c.at_ms.min(newest.at_ms) < FAR_MS);
        Some(areas(recent))
    };
    let areas = (0..placed.len()).filter_map(areas_until).max()?;
    let points = step(areas, &AREAS)?;
    Some(Finding { fact: Fact::TooFar { areas: number(areas), days: FAR_DAYS }, points })
}

/// Areas at least [`AREA_KM`] apart, each with a device of its own. A photograph of a code that is sent around is looked at in
/// many places at once; of checks within [`SHOWN_MS`] two areas count.
fn areas<'c>(checks: impl Iterator<Item = &'c (usize, &'c Check, Place)>) -> usize {
    let mut areas: Vec<(Place, Option<Device>, u64)> = Vec::new();
    for (_, check, place) in checks {
        let is_new = areas.iter().all(|(area, device, _)| area.km_apart(place) >= AREA_KM && *device != check.device);
        let at_once = areas.iter().filter(|(.., at_ms)| check.at_ms.abs_diff(*at_ms) < SHOWN_MS).count();
        if is_new && at_once < 2 {
            areas.push((*place, check.device, check.at_ms));
        }
    }
    areas.len()
}

/// Areas away from the outlet that the pack was sent to.
pub fn wrong_market(seen: &Seen<'_>, record: &Record) -> Option<Finding> {
    let market = record.market?;
    let strayed: Vec<_> = seen.placed().filter(|(_, _, place)| market.km_apart(place) >= MARKET_KM).collect();
    let areas = areas(strayed.iter());
    let points = step(areas, &STRAYED)?;
    let check = strayed.last()?.0;
    Some(Finding { fact: Fact::WrongMarket { check, areas: number(areas) }, points })
}

/// More strangers than one pack meets.
pub fn strangers(seen: &Seen<'_>) -> Option<Finding> {
    let devices = Seen::devices(seen.checks.iter().map(|(_, check)| *check));
    let points = step(devices, &STRANGERS)?;
    Some(Finding { fact: Fact::Strangers { devices: number(devices) }, points })
}

/// While the goods were where nobody buys, and not near them.
pub fn before_sale(seen: &Seen<'_>, record: &Record) -> Option<Finding> {
    let early = |check: &Check| {
        let at = |ms: u64| record.steps.iter().rev().find(|step| step.since_ms <= ms);
        let Some(step) = at(check.at_ms) else { return false };
        // On sale by the record soon after: the record was late.
        let late = at(check.at_ms.saturating_add(LATE_RECORD_MS)).is_some_and(|later| later.stage != Stage::Upstream);
        // At the outlet the record may be late. And when nobody knows where it was, it may have been with the goods.
        let near_to = |goods: Place| check.place.is_none_or(|place| goods.km_apart(&place) < GOODS_KM);
        let near = step.place.is_none_or(near_to) || record.market.is_some_and(near_to);
        step.stage == Stage::Upstream && !late && !near
    };
    let devices = Seen::devices(seen.checks.iter().map(|(_, check)| *check).filter(|check| early(check)));
    let points = step(devices, &EARLY)?;
    Some(Finding { fact: Fact::BeforeSale { devices: number(devices) }, points })
}

/// Other devices than the buyer's, long after the sale.
pub fn after_sale(seen: &Seen<'_>, record: &Record) -> Option<Finding> {
    let sold_ms = record.steps.iter().find(|step| step.stage == Stage::Sold)?.since_ms;
    let later: Vec<&Check> = seen.checks.iter().map(|(_, check)| *check).filter(|c| c.at_ms >= sold_ms).collect();
    let first = later.first()?;
    let long_after = |check: &&Check| check.at_ms - sold_ms > BUYER_MS && check.device != first.device;
    let strangers: Vec<&Check> = later.iter().copied().filter(long_after).collect();
    let devices = Seen::devices(strangers.iter().copied());
    let points = step(devices, &LATER)?;
    Some(Finding { fact: Fact::AfterSale { devices: number(devices) }, points })
}

/// Packs of the same case that turned up elsewhere.
pub fn burst(record: &Record) -> Option<Finding> {
    let points = step(record.strayed_neighbours, &BURST)?;
    Some(Finding { fact: Fact::Burst { neighbours: record.strayed_neighbours }, points })
}
