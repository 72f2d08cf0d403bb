//! The kept corpora, replayed without a fuzzer: every input of `fuzz/corpus/` keeps the promises of its decoder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tracelight_decoders::{INPUT_BYTES_MAX, TARGETS};

/// Bytes of all corpora together. What fuzzing finds is minimised before it is kept.
const CORPORA_BYTES_MAX: u64 = 200 * 1024;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_kept_input_keeps_the_promises() {
    let mut total = 0;
    for (name, check) in TARGETS {
        let folder = fuzz().join("corpus").join(name);
        let inputs = names(&folder);
        assert!(!inputs.is_empty(), "{name} has no corpus. Hint: UPDATE_CORPUS=1 cargo test -p tracelight-decoders");
        for input in inputs {
            let bytes = std::fs::read(folder.join(&input)).expect("a kept input can be read");
            assert!(bytes.len() <= INPUT_BYTES_MAX, "{name}/{input} has {} bytes", bytes.len());
            total += bytes.len() as u64;
            // The name of the input in the test's output says which one it was.
            println!("{name}/{input}");
            check(&bytes);
            for length in [0, 1, bytes.len() / 2, bytes.len().saturating_sub(1)] {
                check(bytes.get(..length).unwrap_or_default());
            }
        }
    }
    assert!(total <= CORPORA_BYTES_MAX, "{total} bytes are kept; minimise them: cargo xtask fuzz --keep");
}

#[test]
fn every_decoder_has_its_fuzz_target_and_its_corpus() {
    let ours: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&fuzz().join("corpus")), ours, "folders of corpora");
    let programs = names(&fuzz().join("fuzz_targets"));
    assert_eq!(programs, ours.iter().map(|name| format!("{name}.rs")).collect(), "programs of fuzz targets");
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).expect("the manifest of the fuzz targets");
    for name in &ours {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} is not built");
    }
}
