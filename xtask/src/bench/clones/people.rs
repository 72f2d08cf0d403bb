//! What honest people do with one pack. All chances stand here.

use super::world::{Town, World};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tracelight_domain::risk::{Answer, Check, Record, Stage, Step};

pub const HOUR_MS: u64 = 3_600_000;
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// The day on which a maker ships, so that earlier times exist.
pub const SHIPPED_MS: u64 = 100 * DAY_MS;

/// Somebody who works with the goods looks before they are at an outlet.
const P_UPSTREAM_STAFF: f64 = 0.005;
/// Somebody of the outlet looks.
const P_STAFF: f64 = 0.02;
/// The outlet's record comes a day late, and five days late.
const P_LATE: f64 = 0.04;
const P_VERY_LATE: f64 = 0.01;
/// The sale is recorded.
pub const P_SALE_RECORDED: f64 = 0.7;
/// The buyer lives anywhere, and near by; else where the outlet is.
const P_TRAVELLER: f64 = 0.05;
const P_NEIGHBOUR: f64 = 0.03;
/// The buyer looks in the shop, before buying.
const P_IN_SHOP: f64 = 0.10;
/// A second person of the household looks.
const P_FAMILY: f64 = 0.10;
/// The buyer looks again on another day; and once more.
const P_AGAIN: f64 = 0.15;
const P_ONCE_MORE: f64 = 0.4;
/// It is given to somebody elsewhere; who looks.
const P_GIFT: f64 = 0.03;
const P_GIFT_LOOKED_AT: f64 = 0.5;
/// A photograph of the code is sent around; one more looks.
const P_PHOTO: f64 = 0.002;
const P_PHOTO_MORE: f64 = 0.5;
/// Somebody buys a whole case as gifts.
const P_BULK: f64 = 0.001;
/// Other packs of the case that strayed within three days, on average: 20 packs, of which 8 % are looked at and 8 % stray in a month.
const STRAYED_MEAN: f64 = 20.0 * 0.08 * 0.08 * 0.1;
/// Whoever looked before says so.
const P_SAYS_MINE: f64 = 0.6;
/// A phone still has the cookie of a code that it has checked: the same browser, nothing cleared.
const P_REMEMBERS: f64 = 0.85;
/// How long the cookie lives.
const MEMORY_MS: u64 = 30 * DAY_MS;
/// An honest person does not know of the family's look, and says "not mine".
const P_HONEST_NOT_MINE: f64 = 0.03;
/// An honest person presses "differs".
const P_HONEST_DIFFERS: f64 = 0.0005;

/// A check and whether a copy was looked at.
#[derive(Clone, Debug)]
pub struct Sighting {
    pub check: Check,
    pub of_copy: bool,
}

/// How somebody answers who has not looked before.
#[derive(Clone, Copy)]
pub struct Tongue {
    pub not_mine: f64,
    pub differs: f64,
}

pub const HONEST: Tongue = Tongue { not_mine: P_HONEST_NOT_MINE, differs: P_HONEST_DIFFERS };

/// A look at the pack, before it is known what was seen earlier.
struct Look {
    at_ms: u64,
    person: u64,
    town: Town,
}

/// Looks at one code.
pub struct Looks<'w> {
    world: &'w World,
    looks: Vec<(Look, bool, Tongue)>,
    people: u64,
}

impl<'w> Looks<'w> {
    pub fn new(world: &'w World, rng: &mut ChaCha8Rng) -> Self {
        Self { world, looks: Vec::new(), people: rng.random() }
    }

    fn somebody(&mut self) -> u64 {
        self.people = self.people.wrapping_add(1);
        self.people
    }

    fn add(&mut self, at_ms: u64, person: u64, town: Town, of_copy: bool, tongue: Tongue) {
        self.looks.push((Look { at_ms, person, town }, of_copy, tongue));
    }

    /// A buyer with household, gifts and photographs, from the first look on.
    pub fn buyer(&mut self, first_ms: u64, town: Town, of_copy: bool, tongue: Tongue, rng: &mut ChaCha8Rng) {
        let buyer = self.somebody();
        self.add(first_ms, buyer, town, of_copy, tongue);
        if rng.random_bool(P_FAMILY) {
            let other = self.somebody();
            self.add(first_ms + rng.random_range(0..7 * DAY_MS), other, town, of_copy, tongue);
        }
        if rng.random_bool(P_AGAIN) {
            loop {
                self.add(first_ms + rng.random_range(DAY_MS..20 * DAY_MS), buyer, town, of_copy, tongue);
                if !rng.random_bool(P_ONCE_MORE) {
                    break;
                }
            }
        }
        if rng.random_bool(P_GIFT) && rng.random_bool(P_GIFT_LOOKED_AT) {
            let there = if rng.random_bool(0.6) { self.world.anywhere(rng) } else { self.world.near(town, rng) };
            let receiver = self.somebody();
            self.add(first_ms + rng.random_range(DAY_MS..30 * DAY_MS), receiver, there, of_copy, tongue);
        }
        if rng.random_bool(P_PHOTO) {
            loop {
                let there = if rng.random_bool(0.6) { town } else { self.world.anywhere(rng) };
                let friend = self.somebody();
                self.add(first_ms + rng.random_range(0..2 * HOUR_MS), friend, there, of_copy, tongue);
                if !rng.random_bool(P_PHOTO_MORE) {
                    break;
                }
            }
        }
    }

    /// In the order of time, as a server counts them: the same device once in ten minutes.
    pub fn counted(mut self, rng: &mut ChaCha8Rng) -> Vec<Sighting> {
        self.looks.sort_by_key(|(look, ..)| look.at_ms);
        let mut out: Vec<Sighting> = Vec::new();
        let mut before: Vec<(u64, u64)> = Vec::new();
        let mut memory: Vec<(u64, u64, [u8; 32])> = Vec::new();
        for (look, of_copy, tongue) in self.looks {
            if before.iter().any(|(person, at)| *person == look.person && look.at_ms - at < 10 * 60_000) {
                continue;
            }
            let again = before.iter().any(|(person, _)| *person == look.person);
            let answer = if before.is_empty() {
                Answer::None
            } else if again {
                if rng.random_bool(P_SAYS_MINE) { Answer::Mine } else { Answer::None }
            } else if rng.random_bool(tongue.not_mine) {
                Answer::NotMine
            } else {
                Answer::None
            };
            let answer = if rng.random_bool(tongue.differs) { Answer::Differs } else { answer };
            let place = self.world.observed(look.town, rng);
            before.push((look.person, look.at_ms));
            // A phone that still has its memory of this code is who it was when it began.
            let kept = memory.iter().find(|(person, at, _)| *person == look.person && look.at_ms - at < MEMORY_MS);
            let device = match kept {
                Some((.., device)) if rng.random_bool(P_REMEMBERS) => *device,
                _ => token(look.person, look.at_ms),
            };
            memory.retain(|(person, ..)| *person != look.person);
            memory.push((look.person, look.at_ms, device));
            let check = Check { at_ms: look.at_ms, device: Some(device), place, answer };
            out.push(Sighting { check, of_copy });
        }
        out
    }
}

/// A device has another token every day, but for codes that it remembers.
fn token(person: u64, at_ms: u64) -> [u8; 32] {
    let mut token = [0; 32];
    token[..8].copy_from_slice(&person.to_be_bytes());
    token[8..16].copy_from_slice(&(at_ms / DAY_MS).to_be_bytes());
    token
}

/// An exponential wait.
pub fn wait(mean_ms: u64, rng: &mut ChaCha8Rng) -> u64 {
    let share = -(1.0 - rng.random::<f64>()).ln();
    (mean_ms as f64 * share) as u64
}

/// The way of honest goods: shipped, received, sold; and what the record has of it.
pub struct Goods {
    pub maker: Town,
    pub market: Town,
    pub arrived_ms: u64,
    pub sold_ms: u64,
    pub steps: Vec<Step>,
}

impl Goods {
    pub fn new(world: &World, rng: &mut ChaCha8Rng) -> Self {
        let (maker, market) = (world.anywhere(rng), world.anywhere(rng));
        let arrived_ms = SHIPPED_MS + rng.random_range(2 * DAY_MS..10 * DAY_MS);
        let late: f64 = rng.random();
        let recorded_ms = match late {
            late if late < P_VERY_LATE => arrived_ms + 5 * DAY_MS,
            late if late < P_VERY_LATE + P_LATE => arrived_ms + DAY_MS,
            _ => arrived_ms,
        };
        let sold_ms = arrived_ms + wait(20 * DAY_MS, rng);
        let step = |since_ms, stage, town| Step { since_ms, stage, place: Some(world.recorded(town)) };
        let mut steps = vec![step(0, Stage::Upstream, maker), step(recorded_ms, Stage::OnSale, market)];
        if rng.random_bool(P_SALE_RECORDED) {
            steps.push(step(sold_ms.max(recorded_ms), Stage::Sold, market));
        }
        Self { maker, market, arrived_ms, sold_ms, steps }
    }

    /// The record as it stood at a time.
    pub fn record<F: Fn(u64) -> u32>(&self, world: &World, strayed: F) -> impl Fn(u64) -> Record + use<F> {
        let (steps, market) = (self.steps.clone(), world.recorded(self.market));
        move |at_ms| Record {
            // The rule about late records looks ahead; nobody can, so what comes later is not handed in.
            steps: steps.iter().filter(|step| step.since_ms <= at_ms).copied().collect(),
            market: Some(market),
            strayed_neighbours: strayed(at_ms),
            examined: None,
        }
    }
}

/// An honest code that somebody has looked at.
pub fn honest(world: &World, rng: &mut ChaCha8Rng) -> (impl Fn(u64) -> Record, Vec<Sighting>) {
    let goods = Goods::new(world, rng);
    let mut looks = Looks::new(world, rng);
    if rng.random_bool(P_UPSTREAM_STAFF) {
        let (staff, there) = (looks.somebody(), goods.maker);
        looks.add(SHIPPED_MS - rng.random_range(0..5 * DAY_MS), staff, there, false, HONEST);
    }
    if rng.random_bool(P_STAFF) {
        let staff = looks.somebody();
        looks.add(goods.arrived_ms + rng.random_range(0..DAY_MS), staff, goods.market, false, HONEST);
    }
    let bulk = rng.random_bool(P_BULK);
    let home = match rng.random::<f64>() {
        _ if bulk => world.anywhere(rng),
        chance if chance < P_TRAVELLER => world.anywhere(rng),
        chance if chance < P_TRAVELLER + P_NEIGHBOUR => world.near(goods.market, rng),
        _ => goods.market,
    };
    if rng.random_bool(P_IN_SHOP) {
        looks.buyer(goods.sold_ms, goods.market, false, HONEST, rng);
    } else {
        looks.buyer(goods.sold_ms + rng.random_range(0..3 * DAY_MS), home, false, HONEST, rng);
    }
    let few = if rng.random_bool(STRAYED_MEAN) { 1 + u32::from(rng.random_bool(STRAYED_MEAN)) } else { 0 };
    let strayed = if bulk { rng.random_range(2..6) } else { few };
    (goods.record(world, move |_| strayed), looks.counted(rng))
}
