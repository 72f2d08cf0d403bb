//! The seeds of the corpora: true examples of every format, from the golden bytes and the two test alliances. Each is read by
//! its decoder; a seed that is refused teaches a fuzzer nothing.
//!
//! `UPDATE_CORPUS=1 cargo test -p tracelight-decoders --test seeding` writes them anew.

mod chain;
mod outside;
mod web;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tracelight_decoders::TARGETS;

/// Begins the name of a seed; other files of a corpus were found by fuzzing.
const PREFIX: &str = "seed-";

/// Target and name to bytes.
pub type Seeds = BTreeMap<(&'static str, String), Vec<u8>>;

fn all() -> Seeds {
    let mut seeds = Seeds::new();
    chain::golden(&mut seeds);
    chain::notes(&mut seeds);
    chain::blocks(&mut seeds);
    chain::checker(&mut seeds);
    chain::snapshot(&mut seeds);
    web::rpc(&mut seeds);
    web::rest(&mut seeds);
    outside::line(&mut seeds);
    outside::sparkplug(&mut seeds);
    outside::spool(&mut seeds);
    outside::scan(&mut seeds);
    outside::page_token(&mut seeds);
    outside::epcis(&mut seeds);
    outside::imports(&mut seeds);
    seeds
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target)
}

#[test]
fn the_kept_seeds_are_those_of_the_generator() {
    let seeds = all();
    if std::env::var_os("UPDATE_CORPUS").is_some() {
        for (target, _) in TARGETS {
            std::fs::create_dir_all(folder(target)).expect("a folder can be made");
            for name in kept(target) {
                std::fs::remove_file(folder(target).join(name)).expect("an old seed can be removed");
            }
        }
        for ((target, name), bytes) in &seeds {
            std::fs::write(folder(target).join(format!("{PREFIX}{name}")), bytes).expect("a seed can be written");
        }
    }
    let hint = "Hint: UPDATE_CORPUS=1 cargo test -p tracelight-decoders --test seeding";
    for (target, _) in TARGETS {
        let made: Vec<String> =
            seeds.keys().filter(|(of, _)| of == target).map(|(_, name)| format!("{PREFIX}{name}")).collect();
        assert!(!made.is_empty(), "{target} has no seed");
        assert_eq!(kept(target), made, "{target}. {hint}");
    }
    for ((target, name), bytes) in &seeds {
        let kept = std::fs::read(folder(target).join(format!("{PREFIX}{name}"))).expect("compared above");
        assert!(kept == *bytes, "{target}/{PREFIX}{name} is another one. {hint}");
    }
}

fn kept(target: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder(target)).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(PREFIX)).collect();
    names.sort();
    names
}

#[test]
fn every_seed_keeps_the_promises() {
    for ((target, name), bytes) in all() {
        let (_, check) = TARGETS.iter().find(|(known, _)| *known == target).expect("a seed of a target");
        println!("{target}/{name}");
        check(&bytes);
    }
}
