use super::{RANDOM_BYTES, SERIAL_LENGTH, SerialAlphabet, TypedError, normalise_typed, serial_from_random};
use proptest::prelude::{any, proptest};
use std::collections::BTreeSet;

#[test]
fn the_alphabet_has_32_characters_and_none_that_are_confused() {
    let distinct: BTreeSet<u8> = SerialAlphabet::CHARACTERS.iter().copied().collect();
    assert_eq!(distinct.len(), 32);
    for confused in ['0', 'O', '1', 'I', 'o', 'l', 'a', '-', '/'] {
        assert!(!SerialAlphabet::contains(confused), "{confused}");
    }
    for (value, character) in SerialAlphabet::CHARACTERS.iter().enumerate() {
        assert_eq!(SerialAlphabet::character(value as u64), *character, "value {value}");
    }
}

#[test]
fn golden_serials() {
    assert_eq!(serial_from_random(&[0; RANDOM_BYTES]).as_str(), "2222222222222222");
    assert_eq!(serial_from_random(&[255; RANDOM_BYTES]).as_str(), "ZZZZZZZZZZZZZZZZ");
    let counting = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    // 00000 00000 00000 10000 00100 00000 11000 00100 | 00000 10100 00011 00000 01110 00010 00000 01001
    assert_eq!(serial_from_random(&counting).as_str(), "222J62S62N52G42B");
}

#[test]
fn each_of_the_80_bits_changes_the_serial() {
    let mut seen = BTreeSet::new();
    for bit in 0..80_usize {
        let mut random = [0_u8; RANDOM_BYTES];
        if let Some(byte) = random.get_mut(bit / 8) {
            *byte = 1 << (bit % 8);
        }
        seen.insert(serial_from_random(&random));
    }
    assert_eq!(seen.len(), 80);
}

#[test]
fn typed_codes_lose_their_separators() {
    assert_eq!(normalise_typed(" 222k-6bp6 2m52c42a\n").as_deref(), Ok("222K6BP62M52C42A"));
    assert_eq!(normalise_typed("AB\u{2011}CD\u{a0}EF").as_deref(), Ok("ABCDEF"));
}

#[test]
fn typed_codes_name_what_cannot_be() {
    let zero = normalise_typed("222K-0BP6").expect_err("a zero");
    assert_eq!(zero, TypedError::Impossible { position: 6, found: '0' });
    assert_eq!(normalise_typed("- -"), Err(TypedError::Empty));
    assert_eq!(normalise_typed(&"2".repeat(257)), Err(TypedError::TooLong { found: 257 }));
    assert_eq!(SerialAlphabet::first_impossible("2A1O"), Some((3, '1')));
    assert_eq!(SerialAlphabet::first_impossible("2AZ9"), None);
}

proptest! {
    #[test]
    fn every_serial_is_its_own_typed_form(random in any::<[u8; RANDOM_BYTES]>()) {
        let serial = serial_from_random(&random);
        assert_eq!(serial.as_str().len(), SERIAL_LENGTH);
        assert_eq!(SerialAlphabet::first_impossible(serial.as_str()), None);
        assert_eq!(normalise_typed(&serial.as_str().to_lowercase()).as_deref(), Ok(serial.as_str()));
        assert_eq!(crate::gs1::Serial::parse(serial.as_str()), Ok(serial));
    }

    #[test]
    fn typed_input_never_panics(text in ".{0,300}") {
        if let Ok(serial) = normalise_typed(&text) {
            assert_eq!(SerialAlphabet::first_impossible(&serial), None);
        }
    }
}
