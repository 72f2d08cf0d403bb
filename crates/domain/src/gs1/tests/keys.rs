use crate::gs1::{Gln, Gtin, KeyError, Lot, Serial, Sscc, check_digit};
use tracelight_testkit::{data::shared_data, vectors};

#[test]
fn gtin_check_digits_of_gs1() {
    let Some(file) = shared_data("gs1-syntax/gtin_check_digit.json") else { return };
    let outcome = vectors::check_digits(&file);
    assert!(outcome.total >= 8, "{} cases", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn a_gtin_has_fourteen_digits() {
    let gtin = Gtin::parse("09506000134352").expect("a right GTIN");
    assert_eq!(gtin.as_str(), "09506000134352");
    assert_eq!(gtin.as_bytes(), b"09506000134352");
    assert_eq!(gtin.indicator(), 0);
    assert_eq!(Gtin::parse_padded("9506000134352"), Ok(gtin));
    assert_eq!(Gtin::build(0, "9506000", 13_435), Ok(gtin));
    let short = Gtin::parse("9506000134352").expect_err("13 digits");
    assert_eq!(short, KeyError::Length { field: "gtin", expected: "14 digits", found: 13 });
    assert_eq!(short.to_string(), "gtin: 13 characters, expected 14 digits");
}

#[test]
fn a_wrong_character_is_named_with_its_position() {
    let letter = Gtin::parse("0950600O134352").expect_err("a letter O");
    assert_eq!(letter.to_string(), "gtin: character 8 is `O`, expected a digit");
    assert_eq!((letter.field(), letter.position()), ("gtin", 8));
    let space = Sscc::parse(" 06141411234567890").expect_err("a leading space");
    assert_eq!(space.position(), 1);
    let wide = Gln::parse("412345000001\u{ff13}").expect_err("a full-width digit");
    assert_eq!(wide.position(), 13);
}

#[test]
fn a_wrong_check_digit_names_the_right_one() {
    let wrong = Gtin::parse("09506000134353").expect_err("the last digit is one too high");
    let expected = KeyError::CheckDigit { field: "gtin", position: 14, expected: '2', found: '3' };
    assert_eq!(wrong, expected);
    assert_eq!(wrong.to_string(), "gtin: the check digit at position 14 is `3`, expected `2`");
    let padded = Gtin::parse_padded("416000336107").expect_err("UPC with a wrong check digit");
    assert_eq!(padded.position(), 12);
}

#[test]
fn parts_make_keys() {
    assert_eq!(Sscc::build(1, "0614141", 234_567_890).map(|sscc| sscc.to_string()), Ok("106141412345678908".into()));
    assert_eq!(Gln::build("9521234", 0).map(|gln| gln.to_string()), Ok("9521234000006".into()));
    assert!(Sscc::build(10, "0614141", 1).is_err());
    assert!(Sscc::build(1, "061414", 99_999_999_999).is_err());
    assert!(Sscc::build(1, "0614141", 1_000_000_000).is_err(), "the reference does not fit");
    assert!(Gtin::build(1, "061 141", 1).is_err());
    assert!(Gtin::build(1, "1234567890123", 1).is_err());
    assert!(Gtin::build(1, "123", 1).is_err());
}

#[test]
fn check_digits() {
    assert_eq!(check_digit(b"0950600013435"), Some(b'2'));
    assert_eq!(check_digit(b"0234567"), Some(b'3'));
    assert_eq!(check_digit(b""), Some(b'0'));
    assert_eq!(check_digit(b"12x"), None);
}

#[test]
fn lots_and_serials_are_kept_byte_for_byte() {
    let serial = Serial::parse("aB/0%20").expect("CSET 82");
    assert_eq!(serial.as_bytes(), b"aB/0%20");
    assert_ne!(Serial::parse("abc"), Serial::parse("ABC"));
    assert_ne!(Serial::parse("1"), Serial::parse("01"));
    let space = Lot::parse("AB C").expect_err("a space");
    assert_eq!((space.field(), space.position()), ("lot", 3));
    assert!(matches!(Serial::parse(""), Err(KeyError::Length { found: 0, .. })));
    assert!(Serial::parse("12345678901234567890").is_ok());
    assert!(matches!(Serial::parse("123456789012345678901"), Err(KeyError::Length { found: 21, .. })));
    for refused in ["#", "$", "@", "[", "\\", "^", "`", "{", "~", "\u{1d}", "é", "药"] {
        assert_eq!(Serial::parse(refused).map_err(|error| error.position()), Err(1), "{refused}");
    }
}
