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
    assert!(seeds < 100 || sum("sim.evidence") > 0, "{last}");
}

#[test]
fn planted_faults_are_found() {
    for (plant, sign) in [
        ("forgotten-votes", "against the honest validator"),
        ("lying-store", "ended by itself"),
        ("lost-store", "ended by itself"),
    ] {
        let (output, text) = sim(&["--seeds", "8", "--plant", plant]);
        assert!(!output.status.success() && text.contains(sign), "{plant} was not noticed:\n{text}");
        assert!(text.contains("replay: cargo xtask sim --seeds 1 --seed "), "{text}");
    }
}
