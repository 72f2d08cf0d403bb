use super::by_name;
use crate::gs1::ai::entries;
use tracelight_testkit::{data::shared_data, vectors};

#[test]
fn every_vector_of_the_dictionary() {
    let Some(file) = shared_data("gs1-syntax/linters.json") else { return };
    let outcome = vectors::linters(&file);
    assert!(outcome.total >= 2_879, "{} cases", outcome.total);
    assert_eq!(outcome.set_aside, 4, "cases about the prefix service");
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn every_linter_of_the_table_has_its_name() {
    for linter in entries().iter().flat_map(|entry| entry.components).flat_map(|component| component.linters) {
        let by_name = by_name(linter.name()).expect("a name of the dictionary");
        for data in ["", "0", "1", "00", "250606", "DE", "-", "1/2", "%20", "0010"] {
            assert_eq!(by_name(data), linter.check(data), "{}", linter.name());
        }
    }
}
