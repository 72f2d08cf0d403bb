//! Five ways of selling what is not what its code says. Each makes one code that somebody has looked at.

use super::people::{DAY_MS, Goods, HONEST, Looks, SHIPPED_MS, Sighting, Tongue, wait};
use super::world::World;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tracelight_domain::risk::{BURST_MS, Record, Stage};

/// Of those who hold a copy and are asked, so many say that an earlier check was not theirs, and that the print differs.
const BUYER_OF_A_COPY: Tongue = Tongue { not_mine: 0.35, differs: 0.03 };
/// Honest packs that are looked at.
const P_LOOKED_AT: f64 = 0.08;
/// Buyers of copies that are followed; a code that is not flagged by then is missed.
const FOLLOWED_MAX: usize = 40;

/// A code under attack.
pub struct Attacked {
    pub record: Box<dyn Fn(u64) -> Record>,
    pub sightings: Vec<Sighting>,
}

type Attack = fn(&World, &mut ChaCha8Rng) -> Attacked;

/// All of them.
pub const ATTACKS: &[(&str, Attack)] = &[
    ("one code, 10,000 packs", mass),
    ("stolen case", stolen_case),
    ("sold pack refilled", refill),
    ("slow, one city", slow),
    ("insider list", insider),
];

/// Times of the first buyers out of so many, spread over a time.
fn times(buyers: usize, over_ms: u64, from_ms: u64, rng: &mut ChaCha8Rng) -> Vec<u64> {
    let mut times: Vec<u64> = (0..buyers.max(1)).map(|_| from_ms + rng.random_range(0..over_ms)).collect();
    times.sort_unstable();
    times.truncate(FOLLOWED_MAX);
    times
}

/// How many of so many packs are looked at; at least one, since others are not found by anybody.
fn looked_at(packs: usize, chance: f64, rng: &mut ChaCha8Rng) -> usize {
    (0..packs).filter(|_| rng.random_bool(chance)).count().max(1)
}

fn original(goods: &Goods, looks: &mut Looks<'_>, chance: f64, rng: &mut ChaCha8Rng) {
    if rng.random_bool(chance) {
        looks.buyer(goods.sold_ms + rng.random_range(0..3 * DAY_MS), goods.market, false, HONEST, rng);
    }
}

/// The code of one pack from a shop on 10,000 packs all over the land, within two months.
fn mass(world: &World, rng: &mut ChaCha8Rng) -> Attacked {
    let goods = Goods::new(world, rng);
    let mut looks = Looks::new(world, rng);
    for at_ms in times(300, 60 * DAY_MS, goods.arrived_ms + 10 * DAY_MS, rng) {
        looks.buyer(at_ms, world.anywhere(rng), true, BUYER_OF_A_COPY, rng);
    }
    Attacked { record: Box::new(goods.record(world, |_| 0)), sightings: looks.counted(rng) }
}

/// A case of 24 taken from a carrier and sold in one town within two weeks: true packs, never received by an outlet.
fn stolen_case(world: &World, rng: &mut ChaCha8Rng) -> Attacked {
    let mut goods = Goods::new(world, rng);
    goods.steps.retain(|step| step.stage == Stage::Upstream);
    let (town, from_ms) = (world.anywhere(rng), SHIPPED_MS + 5 * DAY_MS);
    let mut others: Vec<u64> = Vec::new();
    for _ in 0..23 {
        if rng.random_bool(P_LOOKED_AT) {
            others.push(from_ms + rng.random_range(0..14 * DAY_MS));
        }
    }
    let mut looks = Looks::new(world, rng);
    looks.buyer(from_ms + rng.random_range(0..14 * DAY_MS), town, true, HONEST, rng);
    let far = world.recorded(town).km_apart(&world.recorded(goods.market)) >= 150;
    let strayed = move |at_ms: u64| {
        let recent = others.iter().filter(|at| **at <= at_ms && at_ms - **at < BURST_MS).count();
        if far { u32::try_from(recent).unwrap_or(u32::MAX) } else { 0 }
    };
    Attacked { record: Box::new(goods.record(world, strayed)), sightings: looks.counted(rng) }
}

/// A sold pack filled again and sold 10 to 120 days later, mostly in another town.
fn refill(world: &World, rng: &mut ChaCha8Rng) -> Attacked {
    let goods = Goods::new(world, rng);
    let mut looks = Looks::new(world, rng);
    original(&goods, &mut looks, 0.3, rng);
    let town = if rng.random_bool(0.7) { world.anywhere(rng) } else { goods.market };
    looks.buyer(goods.sold_ms + rng.random_range(10 * DAY_MS..120 * DAY_MS), town, true, BUYER_OF_A_COPY, rng);
    Attacked { record: Box::new(goods.record(world, |_| 0)), sightings: looks.counted(rng) }
}

/// 200 copies of one code in one town within half a year; half of the time where the original is sold, too.
fn slow(world: &World, rng: &mut ChaCha8Rng) -> Attacked {
    let goods = Goods::new(world, rng);
    let town = if rng.random_bool(0.5) { goods.market } else { world.anywhere(rng) };
    let mut looks = Looks::new(world, rng);
    original(&goods, &mut looks, P_LOOKED_AT, rng);
    let buyers = looked_at(200, P_LOOKED_AT, rng);
    for at_ms in times(buyers, 180 * DAY_MS, goods.arrived_ms + 5 * DAY_MS, rng) {
        looks.buyer(at_ms, town, true, BUYER_OF_A_COPY, rng);
    }
    Attacked { record: Box::new(goods.record(world, |_| 0)), sightings: looks.counted(rng) }
}

/// Codes of goods that have not left their maker, each on three packs, sold anywhere around the time of shipping.
fn insider(world: &World, rng: &mut ChaCha8Rng) -> Attacked {
    let goods = Goods::new(world, rng);
    let mut looks = Looks::new(world, rng);
    original(&goods, &mut looks, P_LOOKED_AT, rng);
    for _ in 0..looked_at(3, 0.3, rng) {
        let at_ms = SHIPPED_MS - 30 * DAY_MS + wait(20 * DAY_MS, rng);
        looks.buyer(at_ms, world.anywhere(rng), true, BUYER_OF_A_COPY, rng);
    }
    Attacked { record: Box::new(goods.record(world, |_| 0)), sightings: looks.counted(rng) }
}
