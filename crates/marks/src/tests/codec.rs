//! Canonical bytes: frozen, and one spelling for each value.

use super::{freshnesses, item, kind, outcome, reasons, verdicts};
use crate::{
    Confidence, DecodeError, ENROLMENT_BYTES_MAX, Enrolment, Freshness, KeyId, Outcome, RECORD_BYTES_MAX, Record,
    Resistance, Verdict,
};
use proptest::prelude::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn record() -> Record {
    let enrolment = Enrolment::new(crate::nfc::KIND, 1, KeyId::parse("tags-1").ok(), vec![4; 7]).expect("short");
    let outcome = outcome(Verdict::Genuine, 99, Freshness::AlreadyUsed { at_ms: 0x0A, count: 3 });
    Record::new(item("(21)A"), &enrolment, Resistance::High, 0x0102_0304_0506_0708, outcome)
}

/// A change of these bytes is a new version, and the old one still has to be read.
#[test]
fn the_bytes_of_a_record_are_frozen() {
    let parts = [
        "01",                                    // version
        "05 2832312941",                         // item
        "0b 6e66632e6e746167343234",             // kind
        "0001",                                  // algorithm
        "06 746167732d31",                       // key
        "02",                                    // resistance
        "0102030405060708",                      // time
        "04 00",                                 // Inconclusive, 0 percent
        "02 000000000000000a 00000003",          // already used
        "01",                                    // one reason
        "11 6d61726b2e616c72656164795f75736564", // mark.already_used
        "01 0000000000000003",                   // how often
    ];
    assert_eq!(hex(&record().to_bytes()), parts.concat().replace(' ', ""));
    assert_eq!(Record::parse(&record().to_bytes()), Ok(record()));
    let message = record().signed_message();
    assert_eq!(message.strip_prefix(b"tracelight/mark-outcome/v1".as_slice()), Some(record().to_bytes().as_slice()));
    let short = Record { key: None, resistance: Resistance::None, ..record() };
    let fresh = Record { outcome: outcome(Verdict::Genuine, 99, Freshness::Fresh), ..short.clone() };
    assert!(hex(&fresh.to_bytes()).contains("0102030405060708 0163 01 01 08".replace(' ', "").as_str()));
    let numbers = [
        (Verdict::Genuine, "01"),
        (Verdict::Suspect, "02"),
        (Verdict::Counterfeit, "03"),
        (Verdict::Inconclusive, "04"),
    ];
    for (verdict, number) in numbers {
        let bytes = Record { outcome: outcome(verdict, 7, Freshness::None), ..short.clone() }.to_bytes();
        assert!(hex(&bytes).contains(&format!("0102030405060708{number}070001")), "{verdict:?}");
    }
}

#[test]
fn the_bytes_of_an_enrolment_are_frozen() {
    let enrolment = Enrolment::new(kind("a.b"), 258, KeyId::parse("k").ok(), vec![9, 8]).expect("short");
    assert_eq!(hex(&enrolment.to_bytes()), "01 03612e62 0102 016b 0002 0908".replace(' ', ""));
    let keyless = Enrolment::new(kind("a.b"), 1, None, Vec::new()).expect("short");
    assert_eq!(hex(&keyless.to_bytes()), "01 03612e62 0001 00 0000".replace(' ', ""));
    assert_eq!(Enrolment::parse(&keyless.to_bytes()), Ok(keyless));
}

/// Each place that can be wrong, made wrong.
#[test]
fn a_record_that_cannot_be_is_refused() {
    let good = record().to_bytes();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        Record::parse(&bytes)
    };
    let value = |field| Err(DecodeError::Value { what: "outcome record", field });
    let resistance = 1 + 6 + 12 + 2 + 7;
    let verdict = resistance + 1 + 8;
    assert_eq!(with(0, 2), Err(DecodeError::Version { what: "outcome record", found: 2 }));
    assert_eq!(with(2, 0xFF), value("item"), "not UTF-8");
    assert_eq!(with(8, b'N'), value("kind"));
    assert_eq!(with(resistance - 1, b'_'), Ok(Record { key: KeyId::parse("tags-_").ok(), ..record() }));
    assert_eq!(with(resistance - 1, b'!'), value("key"));
    assert_eq!(with(resistance, 3), value("resistance"));
    assert_eq!(with(verdict, 0), value("verdict"));
    assert_eq!(with(verdict, 5), value("verdict"));
    assert_eq!(with(verdict + 1, 101), value("confidence"));
    assert_eq!(with(verdict + 2, 3), value("freshness"));
    assert_eq!(with(verdict + 15, 0), value("reasons"));
    assert_eq!(with(verdict + 15, 9), value("reasons"));
    assert_eq!(with(verdict + 17, b'.'), value("reason"));
    assert_eq!(with(good.len() - 9, 2), value("number"));
    assert_eq!(with(1, 0), value("item"));
    for length in 0..good.len() {
        assert!(Record::parse(&good[..length]).is_err(), "cut at {length}");
    }
    let long = [good.clone(), vec![0]].concat();
    assert_eq!(Record::parse(&long), Err(DecodeError::Left { what: "outcome record", found: 1 }));
    let huge = vec![1; RECORD_BYTES_MAX + 1];
    assert!(matches!(Record::parse(&huge), Err(DecodeError::TooLong { .. })));
}

#[test]
fn the_largest_values_are_within_their_bounds() {
    let name = format!("a.{}", "b".repeat(crate::NAME_BYTES_MAX - 2));
    let enrolment = Enrolment::new(kind(&name), u16::MAX, KeyId::parse(&name).ok(), vec![0; 8192]).expect("the most");
    assert!(enrolment.to_bytes().len() <= ENROLMENT_BYTES_MAX);
    assert_eq!(Enrolment::parse(&enrolment.to_bytes()).as_ref(), Ok(&enrolment));
    assert!(Enrolment::new(kind("a.b"), 1, None, vec![0; 8193]).is_err());
    let reason = || crate::Reason { id: crate::ReasonId::parse(&name).expect("a reason"), number: Some(u64::MAX) };
    let largest = (0..20).fold(Outcome::new(Verdict::Suspect, Confidence::percent(255), reason()), |outcome, _| {
        outcome.because(reason())
    });
    assert_eq!((largest.reasons().len(), largest.confidence().as_percent()), (crate::REASONS_MAX, 100));
    let record = Record::new(item(&"é".repeat(64)), &enrolment, Resistance::High, u64::MAX, largest);
    assert!(record.to_bytes().len() <= RECORD_BYTES_MAX);
    assert_eq!(Record::parse(&record.to_bytes()), Ok(record));
    assert!(crate::Item::parse(&"x".repeat(129)).is_err());
    assert!(crate::Item::parse("").is_err());
}

proptest! {
    #[test]
    fn every_record_comes_back(
        name in "\\PC{1,30}", algorithm: u16, key: bool, at_ms: u64,
        verdict in verdicts(), percent in 0u8..=100, freshness in freshnesses(),
        more in proptest::collection::vec(reasons(), 0..10),
    ) {
        let key = KeyId::parse("k").ok().filter(|_| key);
        let enrolment = Enrolment::new(kind("a.b"), algorithm, key, vec![]).expect("short");
        let outcome = more.into_iter().fold(outcome(verdict, percent, freshness), Outcome::because);
        let record = Record::new(item(&name), &enrolment, Resistance::Low, at_ms, outcome);
        prop_assert_eq!(Record::parse(&record.to_bytes()), Ok(record));
    }

    /// True bytes with one of them changed: refused, or another value with these very bytes.
    #[test]
    fn a_value_has_one_spelling(at in 0usize..200, byte: u8) {
        let mut bytes = record().to_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = Record::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
        let mut bytes = Enrolment::new(kind("a.b"), 258, KeyId::parse("k").ok(), vec![9, 8]).expect("short").to_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = Enrolment::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}
