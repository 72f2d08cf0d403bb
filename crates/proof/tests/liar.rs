//! The liar-server suite, natively: every lie is refused, with the part and the reason that the list names. The same list
//! runs in Chromium against the WASM checker (`tests/tests/liar.rs`).

use std::collections::BTreeSet;
use tracelight_testkit::liar::court;

/// The issue asks for at least so many.
const LIES_MIN: usize = 50;

#[test]
fn every_lie_is_refused_with_its_part_and_its_reason() {
    let court = court();
    let mut wrong = Vec::new();
    let (mut lies, mut parts) = (0, BTreeSet::new());
    for case in &court.cases {
        let answer = case.check(court.chain);
        match (case.part, answer) {
            (None, Ok(verified)) => {
                if case.name.contains("keeps the case to itself") {
                    assert_eq!(verified.custodian, None, "what is not proven is not said");
                }
            }
            (None, Err(fault)) => wrong.push(format!("{}: refused: {fault}", case.name)),
            (Some(_), Ok(_)) => wrong.push(format!("{}: BELIEVED", case.name)),
            (Some(part), Err(fault)) => {
                lies += 1;
                parts.insert(part.name());
                if fault.part != part || !fault.message.contains(case.reason) {
                    wrong.push(format!("{}: expected {part} `{}`, got {fault}", case.name, case.reason));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), court.cases.len(), wrong.join("\n"));
    let names: BTreeSet<_> = court.cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), court.cases.len(), "every case has its own name");
    assert_eq!(parts.len(), 12, "every part of the check refuses something: {parts:?}");
    assert!(lies >= LIES_MIN, "{lies} lies");
    println!("{lies} lies refused, {} truths believed", court.cases.len() - lies);
}
