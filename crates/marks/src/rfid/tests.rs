use super::*;
use proptest::prelude::*;

/// Impinj Monza R6-like: X, mask designer 0x001, model 0x160, XTID header with N = 1, serial of 48 bits.
const TID: &str = "E2801160200011223344AABB";
const EPC: &str = "3034257BF7194E4000001A85";

fn fields(tid: &str, epc: &str, locked: Option<&str>) -> Fields {
    let fields = Fields::new().with("tid", tid).and_then(|fields| fields.with("epc", epc)).expect("fields");
    locked.map_or(fields.clone(), |locked| fields.with("epc_locked", locked).expect("a field"))
}

fn item() -> Item {
    Item::parse("A").expect("a name")
}

fn found(reference: &Fields, evidence: &Fields) -> Result<Outcome, Outcome> {
    let enrolment = RfidTid.enrol(&item(), reference, &[0; 32]).expect("enrolled");
    let reading = RfidTid.read(&enrolment, evidence, Context { item: &item(), now_ms: 0 })?;
    assert_eq!(reading.claim, crate::Claim::None);
    Ok(reading.finding)
}

#[track_caller]
fn says(evidence: &Fields, verdict: Verdict, reason: &crate::ReasonId) {
    let outcome = found(&fields(TID, EPC, Some("yes")), evidence).unwrap_or_else(|outcome| outcome);
    assert_eq!((outcome.verdict(), &outcome.reasons()[0].id), (verdict, reason));
    assert_eq!(outcome.freshness(), crate::Freshness::None, "a number in clear is never fresh");
}

#[test]
fn the_parts_of_a_tid() {
    let parse = |hex| Tid::parse(&crate::bytes::unhex(hex).expect("digits"));
    let class = |hex| parse(hex).map(|tid| tid.class());
    assert_eq!(class(TID), Ok(TidClass::Gen2 { mask_designer: 0x001, model: 0x160, xtid: 0x2000, serial_bits: 48 }));
    // Security and file bits set: they are no part of the mask designer.
    assert_eq!(
        class("E2FFF160400011223344AABBCCDD"),
        Ok(TidClass::Gen2 { mask_designer: 0x1FF, model: 0x160, xtid: 0x4000, serial_bits: 64 })
    );
    assert_eq!(class("E004010012345678"), Ok(TidClass::Iso7816 { maker: 4 }));
    for (hex, fault) in [
        ("", TidError::Length(0)),
        ("E2", TidError::Length(1)),
        ("E28011", TidError::Length(3)),
        ("E2801160", TidError::Length(4)),
        ("E2001160", TidError::NoSerial),
        ("E2001160200011223344AABB", TidError::NoSerial),
        ("E2801160000011223344AABB", TidError::NoSerial),
        ("E2801160200011223344AA", TidError::Length(11)),
        ("E2801160E00011223344AABB", TidError::Length(12)),
        ("E0040100123456", TidError::Length(7)),
        ("E00401001234567890", TidError::Length(9)),
        ("E3801160200011223344AABB", TidError::Class(0xE3)),
    ] {
        assert_eq!(parse(hex), Err(fault), "{hex}");
    }
    assert_eq!(Tid::parse(&[0xE2; TID_BYTES_MAX + 1]), Err(TidError::Length(TID_BYTES_MAX + 1)));
}

#[test]
fn what_is_read_has_to_be_what_was_put_on() {
    says(&fields(TID, EPC, None), Verdict::Genuine, &reasons::RFID_FITS);
    says(&fields(&TID.to_lowercase(), EPC, Some("yes")), Verdict::Genuine, &reasons::RFID_FITS);
    let (tid, epc) = ("E2801160200011223344AABC", "3034257BF7194E4000001A86");
    says(&fields(tid, EPC, Some("yes")), Verdict::Counterfeit, &reasons::RFID_TID_DIFFERS);
    says(&fields(TID, epc, Some("yes")), Verdict::Suspect, &reasons::RFID_EPC_DIFFERS);
    // The neighbour on the shelf answered: nothing of it is about this item.
    says(&fields(tid, epc, Some("yes")), Verdict::Inconclusive, &reasons::RFID_EPC_DIFFERS);
}

#[test]
fn a_lock_stays_locked() {
    says(&fields(TID, EPC, Some("no")), Verdict::Suspect, &reasons::RFID_UNLOCKED);
    says(&fields(TID, EPC, Some("maybe")), Verdict::Inconclusive, &reasons::EVIDENCE_UNREADABLE);
    // It never was locked.
    let open = found(&fields(TID, EPC, Some("no")), &fields(TID, EPC, Some("no"))).expect("read");
    assert_eq!(open.verdict(), Verdict::Genuine);
}

#[test]
fn what_names_no_chip_is_not_enrolled_and_not_read() {
    for (tid, epc, locked) in [
        ("E2001160", EPC, Some("yes")),
        (TID, "", Some("yes")),
        (TID, "303425", Some("yes")),
        (TID, &"AB".repeat(EPC_BYTES_MAX + 2), Some("yes")),
        (TID, EPC, None),
        ("xx", EPC, Some("yes")),
    ] {
        let fields = fields(tid, epc, locked);
        assert!(RfidTid.enrol(&item(), &fields, &[0; 32]).is_err(), "{tid} {epc}");
        if locked.is_some() {
            says(&fields, Verdict::Inconclusive, &reasons::EVIDENCE_UNREADABLE);
        }
    }
    for body in [vec![], vec![1], vec![1, 12], vec![1, 0], vec![1, 2, 0xE2, 0x80]] {
        let enrolment = Enrolment::new(KIND, ALGORITHM, None, body).expect("short");
        let context = Context { item: &item(), now_ms: 0 };
        let outcome = RfidTid.read(&enrolment, &fields(TID, EPC, None), context);
        assert_eq!(outcome, Err(Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE)));
    }
}

#[test]
fn it_never_carries_genuine_alone() {
    assert_eq!(RfidTid.resistance(), Resistance::Low);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        for head in [0xE0, 0xE2] {
            let mut bytes = bytes.clone();
            bytes.insert(0, head);
            if let Ok(tid) = Tid::parse(&bytes) {
                prop_assert!(bytes.len() >= 8);
                if let TidClass::Gen2 { serial_bits, .. } = tid.class() {
                    prop_assert!(bytes.len() * 8 >= 48 + usize::from(serial_bits));
                }
            }
        }
    }
}
