use super::{DrugCode, Lookup};
use crate::gs1::KeyError;

#[test]
fn twenty_digits_split_into_drug_and_production_part() {
    let code = DrugCode::parse("81001340153674200216").expect("20 digits");
    assert_eq!(code.to_string(), "81001340153674200216");
    assert_eq!(code.drug_identification(), "8100134");
    assert_eq!(code.production_identification(), "0153674200216");
    assert!(!code.is_special_control());
    assert!(DrugCode::parse("89001340153674200216").expect("20 digits").is_special_control());
}

#[test]
fn other_shapes_are_refused_by_length_or_position() {
    let length = DrugCode::parse("8100134015367420021").expect_err("19 digits");
    assert!(matches!(length, KeyError::Length { found: 19, .. }), "{length}");
    let letter = DrugCode::parse("8100134O153674200216").expect_err("a letter O");
    assert!(matches!(letter, KeyError::Character { position: 8, found: 'O', .. }), "{letter}");
    let full_width = DrugCode::parse("８1001340153674200216").expect_err("a full-width digit");
    assert_eq!(full_width.position(), 1);
    assert!(DrugCode::parse("").is_err());
}

#[test]
fn the_three_refusals_stay_apart() {
    assert_eq!(Lookup::from_sub_ret_code(11), Some(Lookup::NeverApplied));
    assert_eq!(Lookup::from_sub_ret_code(12), Some(Lookup::WrongCheck));
    assert_eq!(Lookup::from_sub_ret_code(13), Some(Lookup::NeverActivated));
    assert_eq!(Lookup::from_sub_ret_code(0), None);
}
