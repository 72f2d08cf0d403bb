use super::*;
use crate::{Freshness, KeyId, Standing, Stored};
use proptest::prelude::*;

fn key(text: &str) -> KeyId {
    KeyId::parse(text).expect("a name")
}

fn pepper(byte: u8) -> Pepper {
    Pepper::new([byte; 32]).expect("not zero")
}

fn check() -> CoveredPin {
    CoveredPin::new(Keys::new(key("pins-1"), pepper(1)), TRIES)
}

fn item(text: &str) -> Item {
    Item::parse(text).expect("a name")
}

fn with(pin: &str) -> Fields {
    Fields::new().with("pin", pin).expect("a field")
}

fn enrolled(pin: &str) -> Enrolment {
    check().enrol(&item("A"), &with(pin), &[7; 32]).expect("enrolled")
}

fn read(check: &CoveredPin, enrolment: &Enrolment, typed: &str) -> Result<Reading, Outcome> {
    check.read(enrolment, &with(typed), Context { item: &item("A"), now_ms: 0 })
}

fn verdict(typed: &str, printed: &str) -> Verdict {
    read(&check(), &enrolled(printed), typed).expect("a PIN").finding.verdict()
}

#[test]
fn what_people_type_is_one_pin() {
    for typed in [
        "1Z0A-45",
        " 1z0a45 ",
        "１Ｚ０Ａ４５",
        "IzOa45",
        "lZoA 45",
        "1Z0A\u{3000}4\u{2013}5",
        "１ｚｏａ－45",
        "1Z0A\u{200B}45\n",
    ] {
        assert_eq!(verdict(typed, "1Z0A45"), Verdict::Genuine, "{typed}");
    }
    assert_eq!(verdict("IzOa45", "lZoA45"), Verdict::Genuine, "a printed O or L is no trap");
    for typed in ["1Z0A46", "1Z0A455", "Z10A45", "2Z0A45", "120A45"] {
        assert_eq!(verdict(typed, "1Z0A45"), Verdict::Suspect, "{typed}");
    }
}

#[test]
fn what_is_no_pin_is_no_try() {
    for typed in ["", "12345", "1234_56", "123é56", "12345６７٨", &"1".repeat(33), &" ".repeat(257), "      "] {
        let outcome = read(&check(), &enrolled("123456"), typed);
        assert_eq!(outcome, Err(Outcome::inconclusive(reasons::EVIDENCE_UNREADABLE)), "{typed}");
    }
    assert!(check().enrol(&item("A"), &with("12345"), &[7; 32]).is_err(), "too short to print");
    assert!(check().enrol(&item("A"), &with(&"1".repeat(32)), &[7; 32]).is_ok());
    assert!(check().enrol(&item("A"), &Fields::new(), &[7; 32]).is_err());
}

#[test]
fn the_row_holds_no_pin_and_fits_nowhere_else() {
    let enrolment = enrolled("123456");
    assert!(!enrolment.body().windows(6).any(|part| part == b"123456"));
    let other_salt = check().enrol(&item("A"), &with("123456"), &[8; 32]).expect("enrolled");
    assert_ne!(enrolment.body()[32..], other_salt.body()[32..], "equal PINs have different rows");
    // The row of A, copied onto B by somebody who can write to the table.
    let on_b = check().read(&enrolment, &with("123456"), Context { item: &item("B"), now_ms: 0 }).expect("a PIN");
    assert_eq!(on_b.finding.verdict(), Verdict::Suspect);
    // The same salt and PIN under another pepper.
    let other = CoveredPin::new(Keys::new(key("pins-1"), pepper(2)), TRIES);
    assert_eq!(read(&other, &enrolment, "123456").expect("a PIN").finding.verdict(), Verdict::Suspect);
    assert!(Pepper::new([0; 32]).is_none(), "a key file that was never filled in");
    assert_eq!(format!("{:?}{:?}", pepper(1), Pin::parse("123456")), "Pepper(..)Ok(Pin(..))");
}

/// The construction, frozen: rows outlive programs. Computed by Python's `hmac`.
#[test]
fn the_hash_is_the_one_of_the_head_comment() {
    let enrolment = enrolled("1Z0A45");
    let found = tracelight_domain::ids::Hash(enrolment.body()[32..].try_into().expect("32 bytes"));
    assert_eq!(found.to_string(), "b5fea8de7b105acf22e223505a83dd3d168792ff4b45e0bf228e3e60159f53a7");
    assert_eq!((enrolment.algorithm(), enrolment.key()), (1, Some(&key("pins-1"))));
}

#[test]
fn a_pepper_is_replaced_and_old_rows_are_read() {
    let after = CoveredPin::new(Keys::new(key("pins-2"), pepper(2)).with_older(key("pins-1"), pepper(1)), TRIES);
    assert_eq!(read(&after, &enrolled("123456"), "123456").expect("a PIN").finding.verdict(), Verdict::Genuine);
    let gone = CoveredPin::new(Keys::new(key("pins-2"), pepper(2)), TRIES);
    let outcome = read(&gone, &enrolled("123456"), "123456");
    assert_eq!(outcome, Err(Outcome::inconclusive(reasons::KEY_MISSING)), "our trouble, never the pack's");
}

#[test]
fn a_pin_that_is_printed_anew_was_not_shown_yet() {
    let slot = |random| {
        let enrolment = check().enrol(&item("A"), &with("123456"), &[random; 32]).expect("enrolled");
        let slot_of = |typed| read(&check(), &enrolment, typed).expect("a PIN").claim.slot();
        assert_eq!(slot_of("123456"), slot_of("999999"), "tries and showings are counted in one row");
        slot_of("123456")
    };
    assert_ne!(slot(1), slot(2));
}

#[test]
fn an_enrolment_that_was_cut_is_not_read() {
    let body = enrolled("123456").body().to_vec();
    for (algorithm, body) in
        [(1, body[..63].to_vec()), (1, Vec::new()), (2, body.clone()), (1, [body, vec![0]].concat())]
    {
        let enrolment = Enrolment::new(KIND, algorithm, Some(key("pins-1")), body).expect("short");
        assert_eq!(read(&check(), &enrolment, "123456"), Err(Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE)));
    }
}

struct Page {
    row: Stored,
}

impl Page {
    fn types(&mut self, typed: &str, now_ms: u64) -> Outcome {
        let reading = read(&check(), &enrolled("123456"), typed).expect("a PIN");
        let (row, standing) = reading.claim.settle(self.row, now_ms);
        self.row = row;
        reading.judge(standing)
    }
}

#[test]
fn the_first_showing_is_genuine_and_the_second_tells_when_that_was() {
    let mut page = Page { row: Stored::default() };
    let slip = page.types("123457", 5);
    assert_eq!((slip.verdict(), slip.freshness()), (Verdict::Suspect, Freshness::None));
    assert_eq!(slip.reasons()[1].number, Some(4), "tries that are left");
    let first = page.types("123 456", 10);
    assert_eq!((first.verdict(), first.freshness()), (Verdict::Genuine, Freshness::Fresh));
    let again = page.types("123456", 99);
    assert_eq!(again.freshness(), Freshness::AlreadyUsed { at_ms: 10, count: 2 });
    assert_eq!(again.verdict(), Verdict::Inconclusive);
}

#[test]
fn when_tries_are_spent_right_and_wrong_look_the_same_until_they_come_back() {
    let mut page = Page { row: Stored::default() };
    for n in 0..5 {
        assert_eq!(page.types("999999", 100 + n).verdict(), Verdict::Suspect);
    }
    let spent = Outcome::inconclusive(reasons::TRIES_SPENT);
    let row = page.row;
    assert_eq!((page.types("999999", 200), page.types("123456", 200)), (spent.clone(), spent.clone()));
    assert_eq!(page.row, row, "what is not answered is not counted");
    assert_eq!(page.types("123456", 99 + TRIES.per_ms), spent, "one millisecond too early");
    assert_eq!(page.types("123456", 100 + TRIES.per_ms).freshness(), Freshness::Fresh);
}

#[test]
fn a_store_that_does_not_answer_gives_no_hint() {
    let judged = |typed, standing| read(&check(), &enrolled("123456"), typed).expect("a PIN").judge(standing);
    for standing in [Standing::Unavailable, Standing::NotAsked] {
        assert_eq!(judged("123456", standing), judged("999999", standing));
        assert_eq!(judged("123456", standing).verdict(), Verdict::Inconclusive);
    }
}

proptest! {
    #[test]
    fn nothing_that_is_typed_stops_the_reader(typed in ".{0,80}") {
        let outcome = read(&check(), &enrolled("123456"), &typed);
        if let Ok(reading) = outcome {
            prop_assert_eq!(reading.finding.verdict() == Verdict::Genuine, Pin::parse(&typed) == Pin::parse("123456"));
        }
    }

    #[test]
    fn a_pin_in_its_one_form_is_read_as_itself(typed in ".{0,80}") {
        if let Ok(pin) = Pin::parse(&typed) {
            prop_assert_eq!(Pin::parse(&pin.0), Ok(pin.clone()));
        }
    }
}
