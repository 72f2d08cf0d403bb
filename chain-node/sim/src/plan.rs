//! What a seed chooses: which faults, how often and how bad. Each seed switches on a part of them, so that rare combinations come
//! up ("swarm testing").

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tracelight_sim_machine::{Disk, network::Link};

/// From `.0` to `.1`, both included.
pub type Span = (u64, u64);

/// Draws from a span.
pub fn draw(rng: &mut ChaCha8Rng, span: Span) -> u64 {
    rng.random_range(span.0..=span.1.max(span.0))
}

fn chance(rng: &mut ChaCha8Rng, percent: u32) -> bool {
    rng.random_range(0..100) < percent
}

/// Hosts that crash.
#[derive(Clone, Copy, Debug)]
pub struct Crashes {
    /// Time from one to the next, milliseconds.
    pub every_ms: Span,
    /// Time until the start.
    pub down_ms: Span,
    /// Of all hosts at once, in per cent of all crashes.
    pub all_percent: u32,
}

/// Cuts of the network.
#[derive(Clone, Copy, Debug)]
pub struct Cuts {
    /// Time from one to the next, milliseconds.
    pub every_ms: Span,
    /// How long one lasts.
    pub last_ms: Span,
}

/// Clocks that are off.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// Every host, at most so much, milliseconds.
    pub ms_max: i64,
    /// One host, by so much, besides.
    pub one: Option<(usize, i64)>,
    /// Time from one jump to the next.
    pub every_ms: Span,
}

/// Writes of the ledger's store that fail.
#[derive(Clone, Copy, Debug)]
pub struct StoreFaults {
    /// Of all starts of a host.
    pub percent: u32,
    /// Which write after the start.
    pub writes: Span,
}

/// What a dishonest validator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malice {
    /// Runs twice with one key and shows different peers different twins, for ever.
    Twins,
    /// The same by an operator's mistake: the twin that finds out stops voting.
    Doubled,
    /// Proposes blocks that no rule allows.
    Lies,
    /// Proposes nothing and answers nobody's question whether a block is good.
    Mute,
    /// Sends to some peers only.
    Picks,
}

/// Everything that a seed decides before a run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// Validators, each of a member.
    pub members: usize,
    /// Do the members vote the last one's validator out?
    pub vote_out: bool,
    /// Blocks of an epoch.
    pub epoch_blocks: u32,
    /// Time between blocks of a quiet chain, milliseconds.
    pub heartbeat_ms: u64,
    /// How long the others wait for a leader.
    pub leader_timeout_ms: u64,
    /// Length of the parts between power cuts.
    pub parts_ms: Vec<u64>,
    /// Hosts that crash one at a time.
    pub crashes: Option<Crashes>,
    /// Cuts of the network.
    pub cuts: Option<Cuts>,
    /// The network otherwise.
    pub weather: Link,
    /// Clocks.
    pub clocks: Option<Clocks>,
    /// The engine's disks.
    pub disk: Disk,
    /// The ledger's disks.
    pub store: Option<StoreFaults>,
    /// A host whose computations wait for so long at most.
    pub slow: Option<(usize, u64)>,
    /// A host whose engine waits so long for each sync.
    pub slow_disk: Option<(usize, u64)>,
    /// A validator that is dishonest.
    pub culprit: Option<(usize, Malice)>,
    /// Time from one transaction to the next.
    pub tx_every_ms: Span,
    /// Of all transactions: sent twice, with a used nonce, of somebody else's goods.
    pub mischief_percent: u32,
}

impl Plan {
    /// The seed's plan.
    pub fn of(seed: u64) -> Self {
        let mut chosen = ChaCha8Rng::seed_from_u64(seed);
        let rng = &mut chosen;
        let members = match seed % 16 {
            3 | 7 => 5,
            11 => 7,
            _ => 4,
        };
        let cuts = rng.random_range(0..4u32).saturating_sub(1);
        Self {
            seed,
            members,
            vote_out: members > 4,
            epoch_blocks: rng.random_range(8..=32),
            heartbeat_ms: rng.random_range(400..=1200),
            leader_timeout_ms: 1_500,
            parts_ms: (0..=cuts).map(|_| rng.random_range(5_000..=16_000)).collect(),
            crashes: chance(rng, 55).then(|| Crashes {
                every_ms: (500, rng.random_range(2_000..12_000)),
                down_ms: (200, rng.random_range(500..6_000)),
                all_percent: if chance(rng, 30) { 25 } else { 0 },
            }),
            cuts: chance(rng, 45).then(|| Cuts {
                every_ms: (500, rng.random_range(2_000..10_000)),
                last_ms: (300, rng.random_range(1_000..8_000)),
            }),
            weather: weather(rng),
            clocks: chance(rng, 35).then(|| Clocks {
                ms_max: rng.random_range(0..2_000),
                one: chance(rng, 50).then(|| (rng.random_range(0..members), hour(rng))),
                every_ms: (1_000, rng.random_range(3_000..20_000)),
            }),
            disk: disk(rng),
            store: chance(rng, 35).then(|| StoreFaults { percent: rng.random_range(20..90), writes: (1, 30) }),
            slow: chance(rng, 25).then(|| (rng.random_range(0..members), rng.random_range(20..600))),
            culprit: culprit(rng, members),
            tx_every_ms: (20, rng.random_range(200..1_000)),
            mischief_percent: rng.random_range(0..50),
            // Drawn last, so that the older seeds keep their other faults.
            slow_disk: chance(rng, 20).then(|| (rng.random_range(0..members), rng.random_range(20..400))),
        }
    }

    /// Four validators and nothing that goes wrong.
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            members: 4,
            vote_out: false,
            epoch_blocks: 100_000,
            heartbeat_ms: 1_000,
            leader_timeout_ms: 1_500,
            parts_ms: Vec::new(),
            crashes: None,
            cuts: None,
            weather: Link::GOOD,
            clocks: None,
            disk: Disk::default(),
            store: None,
            slow: None,
            culprit: None,
            tx_every_ms: (1, 1),
            mischief_percent: 0,
            slow_disk: None,
        }
    }
}

fn weather(rng: &mut ChaCha8Rng) -> Link {
    let mut link = Link::GOOD;
    if chance(rng, 60) {
        link.delay_ms_max = rng.random_range(5..=500);
    }
    if chance(rng, 40) {
        link.loss = rng.random_range(1..=300);
    }
    if chance(rng, 40) {
        link.double = rng.random_range(1..=500);
    }
    link.in_order = chance(rng, 40);
    link
}

fn hour(rng: &mut ChaCha8Rng) -> i64 {
    let ms = if chance(rng, 50) { 3_600_000 } else { rng.random_range(6_000..60_000) };
    if chance(rng, 50) { ms } else { -ms }
}

fn disk(rng: &mut ChaCha8Rng) -> Disk {
    let mut disk = Disk { keep: rng.random_range(0..=100), scattered: chance(rng, 50), ..Disk::default() };
    if chance(rng, 30) {
        disk.write = if chance(rng, 60) { rng.random_range(10..1_500) } else { 0 };
        disk.sync = if chance(rng, 60) { rng.random_range(10..1_500) } else { 0 };
        disk.read = if chance(rng, 30) { rng.random_range(10..1_000) } else { 0 };
        disk.open = if chance(rng, 30) { rng.random_range(10..1_000) } else { 0 };
    }
    disk
}

fn culprit(rng: &mut ChaCha8Rng, members: usize) -> Option<(usize, Malice)> {
    let malice = match rng.random_range(0..20) {
        0..=2 => Malice::Twins,
        3 => Malice::Doubled,
        4..=6 => Malice::Lies,
        7 => Malice::Mute,
        8 => Malice::Picks,
        _ => return None,
    };
    Some((rng.random_range(0..members), malice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_hundred_seeds_use_every_fault_and_every_seed_means_one_plan() {
        let plans: Vec<_> = (0..500).map(Plan::of).collect();
        let count = |has: &dyn Fn(&Plan) -> bool| plans.iter().filter(|plan| has(plan)).count();
        assert!(count(&|plan| plan.members == 7) > 20 && count(&|plan| plan.vote_out) > 50);
        assert!(count(&|plan| plan.parts_ms.len() > 1) > 100);
        assert!(count(&|plan| plan.crashes.is_some_and(|it| it.all_percent > 0)) > 20);
        assert!(count(&|plan| plan.slow_disk.is_some()) > 50);
        assert!(count(&|plan| plan.disk.sync > 0) > 20 && count(&|plan| plan.disk.write > 0) > 20);
        for malice in [Malice::Twins, Malice::Doubled, Malice::Lies, Malice::Mute, Malice::Picks] {
            assert!(count(&|plan| plan.culprit.is_some_and(|(_, it)| it == malice)) > 8, "{malice:?}");
        }
        assert_eq!(format!("{:?}", Plan::of(77)), format!("{:?}", plans[77]));
    }
}
