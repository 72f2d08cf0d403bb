//! What is said of a tap.

use super::tag::{FILE, META, UID, hex, little, mac, picc, tap, tap_with_file};
use crate::nfc::sun::session_keys_of;
use crate::nfc::{AesKey, Diversification, KIND, Layout, MasterKey, Ntag424, TagKeys, Tamper, Uid, diversify};
use crate::{
    Check as _, Claim, Context, Enrolment, Fields, Freshness, Item, KeyId, Keys, Outcome, Reading, ReasonId, Stored,
    Verdict, reasons,
};

fn keys(diversification: Diversification) -> TagKeys {
    let master = |bytes| MasterKey::new(bytes).expect("a key that is not zero");
    TagKeys { meta: master(META), file: master(FILE), diversification }
}

fn id(text: &str) -> KeyId {
    KeyId::parse(text).expect("a name")
}

fn check_of(layout: Layout, tamper: Tamper) -> Ntag424 {
    Ntag424::new(Keys::new(id("tags-1"), keys(Diversification::Shared)), layout, tamper)
}

fn item() -> Item {
    Item::parse("(01)06901234567892(21)A1").expect("a name")
}

fn enrolled(check: &Ntag424, uid: &Uid) -> Enrolment {
    let reference = Fields::new().with("uid", hex(&uid.0)).expect("a field");
    check.enrol(&item(), &reference, &[0; 32]).expect("enrolled")
}

fn read(check: &Ntag424, enrolment: &Enrolment, url: &str) -> Result<Reading, Outcome> {
    let evidence = Fields::new().with("url", url).expect("a field");
    check.read(enrolment, &evidence, Context { item: &item(), now_ms: 0 })
}

fn settled(reading: Reading, row: Stored, now_ms: u64) -> (Stored, Outcome) {
    let (row, standing) = reading.claim.settle(row, now_ms);
    (row, reading.judge(standing))
}

#[track_caller]
fn says(outcome: &Outcome, verdict: Verdict, reason: &ReasonId) {
    assert_eq!((outcome.verdict(), &outcome.reasons()[0].id), (verdict, reason));
}

#[test]
fn a_tap_is_genuine_once_and_a_reload_is_no_fake() {
    let check = check_of(Layout::without_file(), Tamper::None);
    let enrolment = enrolled(&check, &UID);
    let file = AesKey::new(FILE);
    let (row, first) = settled(read(&check, &enrolment, &tap(&file, &UID, 300)).expect("read"), Stored::default(), 10);
    says(&first, Verdict::Genuine, &reasons::NFC_FITS);
    assert_eq!(first.freshness(), Freshness::Fresh);
    let (row, reload) = settled(read(&check, &enrolment, &tap(&file, &UID, 300)).expect("read"), row, 20);
    says(&reload, Verdict::Inconclusive, &reasons::ALREADY_USED);
    assert_eq!(reload.freshness(), Freshness::AlreadyUsed { at_ms: 10, count: 2 });
    // An older message, of a counter that was never shown here: it was overtaken, so anybody may have it.
    let (row, older) = settled(read(&check, &enrolment, &tap(&file, &UID, 299)).expect("read"), row, 30);
    assert_eq!(older.freshness(), Freshness::AlreadyUsed { at_ms: 10, count: 3 });
    let (_, next) = settled(read(&check, &enrolment, &tap(&file, &UID, 301)).expect("read"), row, 40);
    says(&next, Verdict::Genuine, &reasons::NFC_FITS);
    assert_eq!(next.freshness(), Freshness::Fresh);
}

#[test]
fn what_does_not_fit_claims_nothing() {
    let check = check_of(Layout::without_file(), Tamper::None);
    let enrolment = enrolled(&check, &UID);
    let forged = tap(&AesKey::new(*b"somebody's guess"), &UID, 5);
    let other = tap(&AesKey::new(FILE), &Uid([0x04, 9, 9, 9, 9, 9, 9]), 5);
    let nonsense = format!("?picc_data={}&cmac=0011223344556677", "AB".repeat(16));
    for (url, verdict, reason) in [
        (forged, Verdict::Counterfeit, reasons::NFC_MAC_DIFFERS),
        (nonsense, Verdict::Counterfeit, reasons::NFC_MAC_DIFFERS),
        (other, Verdict::Suspect, reasons::NFC_OTHER_TAG),
    ] {
        let reading = read(&check, &enrolment, &url).expect("a message");
        assert_eq!(reading.claim, Claim::None, "a counter that nobody vouches for must not advance");
        says(&reading.finding, verdict, &reason);
    }
}

#[test]
fn an_item_without_a_tag_answers_like_a_wrong_mac() {
    let check = check_of(Layout::without_file(), Tamper::None);
    let decoy = check.decoy().expect("a decoy");
    let forged = tap(&AesKey::new(*b"somebody's guess"), &UID, 5);
    assert_eq!(read(&check, &decoy, &forged), read(&check, &enrolled(&check, &UID), &forged));
    let true_tap = read(&check, &decoy, &tap(&AesKey::new(FILE), &UID, 5)).expect("a message");
    says(&true_tap.finding, Verdict::Suspect, &reasons::NFC_OTHER_TAG);
    // Nor can the decoy's own UID be used, should somebody have the shared key.
    let zero = Fields::new().with("uid", "00000000000000").expect("a field");
    assert!(check.enrol(&item(), &zero, &[0; 32]).is_err());
}

#[test]
fn a_seal_that_was_cut_is_told() {
    let check = check_of(Layout::with_file(), Tamper::InFile(2));
    let enrolment = enrolled(&check, &UID);
    for (file, verdict, reason) in [
        (b"..CC............", Verdict::Genuine, reasons::NFC_FITS),
        (b"..OC............", Verdict::Suspect, reasons::NFC_OPENED),
        (b"..OO............", Verdict::Suspect, reasons::NFC_OPENED),
        (b"..CO............", Verdict::Suspect, reasons::NFC_OPENED),
        (b"..II............", Verdict::Inconclusive, reasons::NFC_SEAL_UNREADABLE),
        (b"CC..............", Verdict::Inconclusive, reasons::NFC_SEAL_UNREADABLE),
    ] {
        let reading = read(&check, &enrolment, &tap_with_file(&UID, 7, file)).expect("a message");
        let (_, outcome) = settled(reading, Stored::default(), 1);
        says(&outcome, verdict, &reason);
    }
    // Without file data the seal says nothing, and that is not "intact".
    let without = check_of(Layout::without_file(), Tamper::InFile(2));
    let reading = read(&without, &enrolment, &tap(&AesKey::new(FILE), &UID, 7)).expect("a message");
    says(&reading.finding, Verdict::Inconclusive, &reasons::NFC_SEAL_UNREADABLE);
    // At the very end of the file data there is half a status.
    let at_the_end = check_of(Layout::with_file(), Tamper::InFile(15));
    let reading = read(&at_the_end, &enrolment, &tap_with_file(&UID, 7, b"CCCCCCCCCCCCCCCC")).expect("a message");
    says(&reading.finding, Verdict::Inconclusive, &reasons::NFC_SEAL_UNREADABLE);
}

#[test]
fn a_message_that_anybody_can_send_again_is_not_judged() {
    let check = check_of(Layout::without_file(), Tamper::None);
    let enrolment = enrolled(&check, &UID);
    // The session's vector holds what is mirrored: the UID alone, or the counter alone.
    let vector = |shown: &[u8]| {
        let mut block = [0u8; 16];
        block[..6].copy_from_slice(&[0x3C, 0xC3, 0x00, 0x01, 0x00, 0x80]);
        block[6..6 + shown.len()].copy_from_slice(shown);
        AesKey::new(AesKey::new(FILE).cmac(&block))
    };
    for (tag, shown, reason) in
        [(0x87, UID.0.as_slice(), reasons::NFC_NO_COUNTER), (0x40, [9, 0, 0].as_slice(), reasons::NFC_NO_UID)]
    {
        let url = format!("?picc_data={}&cmac={}", hex(&picc(tag, &UID, 9)), mac(&vector(shown), ""));
        let reading = read(&check, &enrolment, &url).expect("a message");
        assert_eq!(reading, Reading::of(Outcome::inconclusive(reason)));
    }
    let lrp = format!("?picc_data={}&cmac=0011223344556677", "AB".repeat(24));
    assert_eq!(read(&check, &enrolment, &lrp), Ok(Reading::of(Outcome::inconclusive(reasons::NFC_LRP))));
}

/// Even with the file key nobody gets past PICC data that are none, and each tag has a row of its own.
#[test]
fn nonsense_is_refused_whatever_its_mac() {
    let check = check_of(Layout::without_file(), Tamper::None);
    let enrolment = enrolled(&check, &UID);
    for (uid, counter) in [(UID, 9), (Uid([0; 7]), 0)] {
        let session = session_keys_of(&AesKey::new(FILE), &uid, little(counter));
        let url = format!("?picc_data={}&cmac={}", hex(&picc(0xC4, &UID, 9)), mac(&session.mac, ""));
        let reading = read(&check, &enrolment, &url).expect("a message");
        says(&reading.finding, Verdict::Counterfeit, &reasons::NFC_MAC_DIFFERS);
    }
    let other = Uid([0x04, 9, 9, 9, 9, 9, 9]);
    let slot_of = |uid: &Uid, counter| {
        let url = tap(&AesKey::new(FILE), uid, counter);
        read(&check, &enrolled(&check, uid), &url).expect("a message").claim.slot().expect("a row")
    };
    assert_eq!(slot_of(&UID, 1), slot_of(&UID, 2));
    assert_ne!(slot_of(&UID, 1), slot_of(&other, 1));
}

#[test]
fn each_tag_has_its_own_key_and_older_keys_are_still_read() {
    let suffix = b"\x30\x42\xF5tracelight".to_vec();
    let diverse = keys(Diversification::An10922(suffix.clone()));
    let before = Ntag424::new(Keys::new(id("tags-1"), diverse.clone()), Layout::without_file(), Tamper::None);
    let enrolment = enrolled(&before, &UID);
    assert_eq!(enrolment.key(), Some(&id("tags-1")));
    let own = diversify(&AesKey::new(FILE), &[UID.0.as_slice(), &suffix].concat()).expect("a key");
    let newer = TagKeys { meta: MasterKey::new([9; 16]).expect("a key"), ..diverse.clone() };
    let after = Keys::new(id("tags-2"), newer.clone()).with_older(id("tags-1"), diverse);
    let after = Ntag424::new(after, Layout::without_file(), Tamper::None);
    let url = tap(&own, &UID, 1);
    for check in [&before, &after] {
        says(&read(check, &enrolment, &url).expect("read").finding, Verdict::Genuine, &reasons::NFC_FITS);
        assert_eq!(check.identify(&Fields::new().with("url", url.as_str()).expect("a field")), Some(UID));
    }
    assert_eq!(enrolled(&after, &UID).key(), Some(&id("tags-2")));
    let shared = tap(&AesKey::new(FILE), &UID, 1);
    says(&read(&before, &enrolment, &shared).expect("read").finding, Verdict::Counterfeit, &reasons::NFC_MAC_DIFFERS);
    let gone = Ntag424::new(Keys::new(id("tags-2"), newer), Layout::without_file(), Tamper::None);
    // A key that we lost is our trouble, never the pack's.
    assert_eq!(read(&gone, &enrolment, &url), Err(Outcome::inconclusive(reasons::KEY_MISSING)));
}

#[test]
fn an_enrolment_of_another_kind_or_length_is_not_read() {
    let check = check_of(Layout::without_file(), Tamper::None);
    let unreadable = Err(Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE));
    let url = tap(&AesKey::new(FILE), &UID, 1);
    for (kind, algorithm, body) in [
        (crate::Kind::parse("nfc.other").expect("a kind"), 1, UID.0.to_vec()),
        (KIND, 2, UID.0.to_vec()),
        (KIND, 1, vec![4; 8]),
        (KIND, 1, Vec::new()),
    ] {
        let enrolment = Enrolment::new(kind, algorithm, Some(id("tags-1")), body).expect("short");
        assert_eq!(read(&check, &enrolment, &url), unreadable);
    }
}
