//! Which records are asked for, and which lot codes break a rule.

use super::*;

#[test]
fn selections_are_what_they_say() {
    let mut entries = one_of_each();
    entries[6].food = "Cucumbers".to_owned();
    let select = |selection: &Selection| ids(&exported(&entries, selection)).join(" ");
    assert_eq!(select(&Selection::default()), "H1 C1 P1 S1 X1 F1 D1 R1 T1");
    let food = Selection { foods: vec!["cucumbers".to_owned()], ..Selection::default() };
    assert_eq!(select(&food), "D1");
    // Without a date, what has none is kept: nothing says that it is not meant.
    let dates = Selection { from: Some(date("2026-05-03")), to: Some(date("2026-05-04")), ..Selection::default() };
    assert_eq!(select(&dates), "C1 S1 X1 F1 D1 R1");
    let lots = Selection { tlcs: vec![Tlc::parse("M2").expect("a code")], ..Selection::default() };
    assert_eq!(select(&lots), "X1 F1 T1");
    let export = exported(&entries, &lots);
    assert!(export.about.iter().any(|(_, value)| value.starts_with("2 records of harvesting and cooling")));
    let places = Selection { locations: vec!["kitchen".to_owned()], ..Selection::default() };
    assert_eq!(select(&places), "H1 C1 S1 X1 F1 T1");
}

#[test]
fn a_lot_code_is_created_once_and_only_where_it_may_be() {
    let good = one_of_each();
    assert_eq!(check(&good), []);
    let mut twice = good.clone();
    twice.push(entry("P2", Record::InitialPacking(packing("L1", "shed "))));
    let records = vec!["P1".to_owned(), "P2".to_owned()];
    assert_eq!(check(&twice), [Finding::CreatedTwice { tlc: "L1".to_owned(), records }]);
    let mut elsewhere = good.clone();
    elsewhere.push(entry("P2", Record::InitialPacking(packing("L1", "Another shed"))));
    assert_eq!(check(&elsewhere), [], "another source may use the same code");
    let own = |code: &str| entry("D9", Record::Shipping(shipping(code, "Shed", "Shed")));
    assert_eq!(check(&[own("L9")]), [Finding::AssignedAtShipping { tlc: "L9".to_owned(), record: "D9".to_owned() }]);
    let passed_on = entry("D9", Record::Shipping(shipping("L9", "Farm", "Shed")));
    assert_eq!(check(&[passed_on]), [], "its source is another's");
    let received = |supplier| check(&[entry("R9", Record::Receiving(receiving("L9", "Store", supplier)))]);
    let finding = Finding::AssignedAtReceiving { tlc: "L9".to_owned(), record: "R9".to_owned() };
    assert_eq!((received(Supplier::Covered), received(Supplier::Exempt)), (vec![finding], vec![]));
    let again = [entry("T9", Record::Transformation(transformation(&["L1"], &["L1"])))];
    assert_eq!(check(&again), [Finding::NotNew { tlc: "L1".to_owned(), record: "T9".to_owned() }]);
    let export = exported(&twice, &Selection { foods: vec!["Eggs".to_owned()], ..Selection::default() });
    assert_eq!(export.findings, [], "findings of codes that were not asked for stay out");
    assert_eq!(exported(&twice, &Selection::default()).findings.len(), 1);
}
