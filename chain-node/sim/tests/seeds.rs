//! The simulation on as many seeds as a build server has time for, and proof that it notices what it is there for.
//!
//! `TRACELIGHT_SIM_SEEDS` says how many (500 unless set), `TRACELIGHT_SIM_SEED` which is the first.

use std::process::{Command, Output};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is `{text}`, not a number")))
}

fn sim(arguments: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_chain-sim")).args(arguments).output().expect("chain-sim starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, text)
}

#[test]
fn seeds_hold() {
    let (seeds, first) = (number("TRACELIGHT_SIM_SEEDS", 500), number("TRACELIGHT_SIM_SEED", 0));
    let twice = seeds.div_ceil(25);
    let (output, text) =
        sim(&["--seeds", &seeds.to_string(), "--seed", &first.to_string(), "--twice", &twice.to_string()]);
    println!("{text}");
    assert!(output.status.success(), "a seed failed; its replay command is above");
    let last = text.lines().last().unwrap_or_default();
    let sums: serde_json::Value = serde_json::from_str(last).expect("the last line is JSON");
    let sum = |name: &str| sums[name].as_u64().unwrap_or_else(|| panic!("{name} in {last}"));
    assert_eq!((sum("sim.seeds"), sum("sim.failures")), (seeds, 0));
    // A simulation in which little happens proves little.
    assert!(sum("sim.answers") >= 10 * seeds && sum("sim.blocks") >= 10 * seeds, "{last}");
    assert!(sum("sim.crashes") + sum("sim.deaths") >= seeds && sum("sim.messages_lost") > 10 * seeds, "{last}");
    assert!(seeds < 100 || sum("sim.evidence") > 0 && sum("sim.set_changes") > 0, "{last}");
}

#[test]
fn planted_faults_are_found() {
    for (plant, sign) in [("forgotten-votes", "against the honest validator"), ("lying-store", "ended by itself")] {
        let (output, text) = sim(&["--seeds", "8", "--plant", plant]);
        assert!(!output.status.success() && text.contains(sign), "{plant} was not noticed:\n{text}");
        assert!(text.contains("replay: cargo xtask sim --seeds 1 --seed "), "{text}");
    }
}

/// Every honest host is in step at the end of a run, so the one whose store is gone was given every block again.
#[test]
fn a_lost_store_is_filled_again() {
    let (output, text) = sim(&["--seeds", "8", "--plant", "lost-store"]);
    assert!(output.status.success(), "{text}");
}

/// The demand on a validator that is slow and not dead: half as long again for the slowest transactions, and at most three of
/// its turns that anybody waits for. Clients that wait for each answer keep four fifths of their pace: a turn that is skipped
/// takes a message's way, three good ones six. Without passing it over it is less than a tenth.
#[test]
fn a_slow_disk_is_passed_over() {
    let (output, text) = sim(&["--gray", "--seed", "1"]);
    println!("{text}");
    assert!(output.status.success(), "{text}");
    let last = text.lines().last().unwrap_or_default();
    let sums: serde_json::Value = serde_json::from_str(last).expect("the last line is JSON");
    let part = |name: &str, part: usize| sums[name][part].as_u64().unwrap_or_else(|| panic!("{name} in {last}"));
    let pace = |name: &str| sums[name].as_f64().unwrap_or_else(|| panic!("{name} in {last}"));
    assert!(part("gray.answers", 0) > 200 && part("gray.gaps", 0) == 0, "{last}");
    assert!(pace("gray.pace") >= 0.8, "{last}");
    assert!(2 * part("gray.p99_ms", 1) <= 3 * part("gray.p99_ms", 0), "{last}");
    assert!(part("gray.gaps", 1) <= 3, "{last}");
    // It leads again when its disk is well. The syncs that it is at when that happens may cost the others one turn.
    assert!(pace("gray.pace_after") >= 0.95 && part("gray.gaps", 2) <= 1, "{last}");
}
