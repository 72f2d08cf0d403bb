//! Does the pattern of checks fit one pack? (`design.md` section 10)
//!
//! A pack is in one place at a time, is sold once, and goes where it was sent. Each rule looks at one of these and, when it
//! does not hold, gives a [`Finding`]: the fact, and its weight in points. Points add up; from [`SUSPICIOUS_FROM`] on the code
//! is called suspicious, and the heaviest fact is the reason that is shown. A finding is a fact and never says "fake".
//!
//! | rule | what does not fit | points |
//! |---|---|---|
//! | found fake | a pack that carried this code was examined and was a fake | 100 |
//! | disowned | devices that say that an earlier check was not theirs, or that the print differs: 1 / 2 | 40 / 100 |
//! | too many | 8 devices within a day | 100 |
//! | strangers | devices in all: 3 / 4 / 5 / 6 | 20 / 30 / 40 / 50 |
//! | wrong market | areas far from where the pack was sent and from each other, each with a device of its own: 1 / 2 / 3 | 10 / 40 / 100 |
//! | too far | areas 200 km apart within three days: 3 / 4 | 10 / 30 |
//! | too fast | two devices, further apart than an airliner flies in the time between: once / of shared places / twice | 10 / 15 / 20 |
//! | before sale | devices that looked while the goods were with a maker or carrier, away from them and from the outlet: 1 / 2 | 60 / 100 |
//! | after sale | other devices than the buyer's, two weeks after the sale: 1 / 2 / 3 | 10 / 20 / 30 |
//! | burst | other packs of the same case, checked where they were not sent: 2 / 4 | 10 / 15 |
//!
//! What one person can do alone stays below [`SUSPICIOUS_FROM`]: a device counts once in each rule, its own answer that an
//! earlier check was its own takes that check out, and checks without a device count as one device. A place that a network
//! guesses weighs less than one that a person shared: carriers route a province through one town, and some phones use tunnels.
//! A pack that was examined and was no fake explains what was counted before: only later checks are looked at.
//! A photograph of a code that is sent around is looked at in many places within hours; of such checks two areas count.
//!
//! The points were chosen on the simulator of `cargo xtask bench clones`; `docs/clones.md` has what they find and miss.

mod place;
mod rules;

pub use place::{Place, Source};
pub use rules::MARKET_KM;

/// Points from which on a code is suspicious.
pub const SUSPICIOUS_FROM: u32 = 100;

/// How far back packs of the same case are looked at, milliseconds.
pub const BURST_MS: u64 = 3 * 24 * 3_600_000;

/// A day's token of a device, as a hash.
pub type Device = [u8; 32];

/// What somebody answered to a check's question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing.
    #[default]
    None,
    /// The print agrees with the record.
    Match,
    /// The print differs.
    Differs,
    /// The earlier check, or the sale, was mine.
    Mine,
    /// It was not mine.
    NotMine,
}

/// A check that was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// Which device, when it had a token.
    pub device: Option<Device>,
    /// Roughly where.
    pub place: Option<Place>,
    /// What was answered.
    pub answer: Answer,
}

/// Where the goods were, by the record, at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// With a maker or a carrier, or on the way: where nobody buys.
    Upstream,
    /// At an outlet.
    OnSale,
    /// Sold or dispensed.
    Sold,
}

/// From when on the goods were in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Milliseconds since 1970.
    pub since_ms: u64,
    /// The stage.
    pub stage: Stage,
    /// Where they were then, when that is known.
    pub place: Option<Place>,
}

/// What came out when a pack that carried the code was examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examined {
    /// When that was said, milliseconds since 1970.
    pub at_ms: u64,
    /// It was a fake; else it was the maker's.
    pub is_fake: bool,
}

/// What the record says of a pack, beside the checks of its own code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its stages, oldest first.
    pub steps: Vec<Step>,
    /// The outlet that it was sent to, when that is known.
    pub market: Option<Place>,
    /// Other packs of its case that were checked far from there in the last [`BURST_MS`].
    pub strayed_neighbours: u32,
    /// The newest finding about a pack with this code.
    pub examined: Option<Examined>,
}

/// A fact that does not fit one pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A pack that carried this code was a fake.
    FoundFake,
    /// Devices that disown a check or say that the print differs.
    Disowned {
        /// Different devices.
        devices: u32,
    },
    /// Many devices in a short time.
    TooMany {
        /// Different devices.
        devices: u32,
        /// Within so many hours.
        hours: u32,
    },
    /// Two checks, too far apart for the time between.
    TooFast {
        /// Index of the earlier one.
        from: usize,
        /// Index of the later one.
        to: usize,
        /// Kilometres between them, at least.
        km: u32,
    },
    /// Checked in areas far apart within a few days.
    TooFar {
        /// Areas.
        areas: u32,
        /// Within so many days.
        days: u32,
    },
    /// Checked by more strangers than one pack meets.
    Strangers {
        /// Different devices.
        devices: u32,
    },
    /// Checked where it was not sent.
    WrongMarket {
        /// Index of the newest such check.
        check: usize,
        /// Areas far apart.
        areas: u32,
    },
    /// Checked while the goods were not on sale yet, and not where they were.
    BeforeSale {
        /// Different devices.
        devices: u32,
    },
    /// Checked by other devices than the buyer's, long after the sale.
    AfterSale {
        /// Different devices.
        devices: u32,
    },
    /// Other packs of its case were checked where they were not sent.
    Burst {
        /// Packs.
        neighbours: u32,
    },
}

impl Fact {
    /// The stable name of the rule, for programs and records.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::FoundFake => "found_fake",
            Self::Disowned { .. } => "disowned",
            Self::TooMany { .. } => "too_many",
            Self::TooFast { .. } => "too_fast",
            Self::TooFar { .. } => "too_far",
            Self::Strangers { .. } => "strangers",
            Self::WrongMarket { .. } => "wrong_market",
            Self::BeforeSale { .. } => "before_sale",
            Self::AfterSale { .. } => "after_sale",
            Self::Burst { .. } => "burst",
        }
    }
}

/// A fact and what it weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The fact.
    pub fact: Fact,
    /// Points.
    pub points: u32,
}

/// What the rules say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// Heaviest first; of equal ones, in the order of the table above.
    pub findings: Vec<Finding>,
}

impl Assessment {
    /// All points together.
    #[must_use]
    pub fn points(&self) -> u32 {
        self.findings.iter().map(|finding| finding.points).sum()
    }

    /// The reason to call the code suspicious, when there is enough of it.
    #[must_use]
    pub fn reason(&self) -> Option<&Finding> {
        self.findings.first().filter(|_| self.points() >= SUSPICIOUS_FROM)
    }
}

/// Looks at the checks of a code, oldest first, and at what the record says of its pack. Costs the square of the number of
/// checks at most: hand in a page of them.
#[must_use]
pub fn assess(checks: &[Check], record: &Record) -> Assessment {
    // What was there before a pack was found to be the maker's has been looked into.
    let explained = record.examined.filter(|examined| !examined.is_fake);
    let first = explained.map_or(0, |examined| checks.partition_point(|check| check.at_ms <= examined.at_ms));
    let seen = rules::Seen::of(checks, first);
    let mut findings: Vec<Finding> = [
        rules::found_fake(record),
        rules::disowned(checks.get(first..).unwrap_or_default()),
        rules::too_many(&seen),
        rules::too_fast(&seen),
        rules::too_far(&seen),
        rules::strangers(&seen),
        rules::wrong_market(&seen, record),
        rules::before_sale(&seen, record),
        rules::after_sale(&seen, record),
        rules::burst(record),
    ]
    .into_iter()
    .flatten()
    .collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.points));
    Assessment { findings }
}

#[cfg(test)]
mod tests;
