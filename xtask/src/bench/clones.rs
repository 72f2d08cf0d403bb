//! `cargo xtask bench clones`: what the risk rules find and miss, on a made-up population.
//!
//! Honest codes with all that honest people do (dealers who look, families, gifts, travel, retries on other days, photos sent
//! around, networks that guess wrong, records that come late: [`people`]), and codes under attack ([`attacks`]). After each
//! counted check, with its answer, the rules of `tracelight_domain::risk` are asked.
//!
//! | key | what |
//! |---|---|
//! | `clones.recall` | of the attacked codes with three checks of copies or more: flagged after the third at the latest; mean over the attacks |
//! | `clones.false_alarms` | of the honest codes that were checked at all: ever flagged |
//! | `clones.scans_to_flag` | checks of copies until the flag, median over all flagged codes |
//!
//! The table before it has the same for each attack, and for all codes that were checked at all. Same seed, same figures.

mod attacks;
mod people;
mod world;

use super::load::{median, rounded};
use attacks::{ATTACKS, Attacked};
use people::Sighting;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::collections::BTreeMap;
use tracelight_domain::risk::{Check, Record, assess};
use world::World;

/// Copies that may be checked before a code has to be flagged.
const WITHIN: usize = 3;
/// And more of them, to see how it goes on.
const LATER: usize = 5;

/// How many.
#[derive(clap::Args)]
pub struct Options {
    /// Honest codes that are checked at least once.
    #[arg(long, default_value_t = 1_000_000)]
    honest: u32,
    /// Codes of each attack that are checked at least once.
    #[arg(long, default_value_t = 2_000)]
    attacked: u32,
    /// Without places, as a server that keeps none.
    #[arg(long)]
    no_places: bool,
    /// Chooses everything.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What became of a code.
struct Course {
    /// Checks of copies in all.
    copies: usize,
    /// Checks of copies when it was flagged.
    flagged: Option<usize>,
    /// The fact that was shown.
    reason: Option<&'static str>,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let world = World::new(&mut rng);
    let mut alarms: BTreeMap<&str, u32> = BTreeMap::new();
    let mut checks = 0_u64;
    for number in 0..options.honest {
        if number > 0 && number % 250_000 == 0 {
            eprintln!("{number} honest codes");
        }
        let (record, sightings) = people::honest(&world, &mut rng);
        checks += sightings.len() as u64;
        if let Some(reason) = follow(&record, &sightings, options.no_places).reason {
            *alarms.entry(reason).or_default() += 1;
        }
    }
    let false_alarms = f64::from(alarms.values().sum::<u32>()) / f64::from(options.honest.max(1));
    println!("{} honest codes, {checks} checks: {:.4} % false alarms {alarms:?}", options.honest, false_alarms * 100.0);
    println!("attack                codes  flagged  3 or more   within {WITHIN}  within {LATER}  scans  by");
    let (mut recalls, mut scans) = (Vec::new(), Vec::new());
    let mut table = serde_json::Map::new();
    for (name, attack) in ATTACKS {
        let courses: Vec<Course> = (0..options.attacked)
            .map(|_| {
                let Attacked { record, sightings } = attack(&world, &mut rng);
                follow(&record, &sightings, options.no_places)
            })
            .collect();
        let flagged: Vec<f64> = courses.iter().filter_map(|course| course.flagged).map(|scans| scans as f64).collect();
        let many: Vec<&Course> = courses.iter().filter(|course| course.copies >= WITHIN).collect();
        let soon = many.iter().filter(|course| course.flagged.is_some_and(|scans| scans <= WITHIN)).count();
        let later = many.iter().filter(|course| course.flagged.is_some_and(|scans| scans <= LATER)).count();
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let (ever, within) = (share(flagged.len(), courses.len()), share(soon, many.len()));
        let mut by: BTreeMap<&str, u32> = BTreeMap::new();
        courses.iter().filter_map(|course| course.reason).for_each(|reason| *by.entry(reason).or_default() += 1);
        println!(
            "{name:20} {:>6} {:>8.4} {:>10} {within:>10.4} {:>9.4} {:>6.1}  {by:?}",
            courses.len(),
            ever,
            many.len(),
            share(later, many.len()),
            median(&flagged)
        );
        if !many.is_empty() {
            recalls.push(within);
        }
        table.insert(
            (*name).to_owned(),
            json!({"flagged": rounded(ever), "with_three": many.len(), "within_three": rounded(within)}),
        );
        scans.extend(flagged);
    }
    let recall = recalls.iter().sum::<f64>() / recalls.len().max(1) as f64;
    println!(
        "{}",
        json!({
            "clones.recall": (recall * 1e5).round() / 1e5, "clones.false_alarms": false_alarms,
            "clones.scans_to_flag": median(&scans), "clones.honest": options.honest, "clones.checks": checks,
            "clones.attacks": table,
        })
    );
    Ok(())
}

/// Asks the rules after each check.
fn follow(record: &impl Fn(u64) -> Record, sightings: &[Sighting], no_places: bool) -> Course {
    let copies = sightings.iter().filter(|sighting| sighting.of_copy).count();
    let (mut checks, mut seen): (Vec<Check>, usize) = (Vec::new(), 0);
    for sighting in sightings {
        seen += usize::from(sighting.of_copy);
        let (mut check, mut record) = (sighting.check.clone(), record(sighting.check.at_ms));
        if no_places {
            check.place = None;
            record = Record { steps: record.steps, ..Record::default() };
        }
        checks.push(check);
        if let Some(finding) = assess(&checks, &record).reason() {
            return Course { copies, flagged: Some(seen), reason: Some(finding.fact.rule()) };
        }
    }
    Course { copies, flagged: None, reason: None }
}
