use super::*;
use crate::{Freshness, Stored};
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;

const NOW: u64 = 1_700_000_000_000;

fn service() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

fn key(text: &str) -> KeyId {
    KeyId::parse(text).expect("a name")
}

fn check() -> CopyScore {
    CopyScore::new(Keys::new(key("scan-1"), PublicKey(service().verifying_key().to_bytes())))
}

fn item(text: &str) -> Item {
    Item::parse(text).expect("a name")
}

fn reference(fields: &[(&str, &str)]) -> Fields {
    fields.iter().try_fold(Fields::new(), |all, (name, value)| all.with(name, *value)).expect("fields")
}

const LIMITS: [(&str, &str); 5] = [
    ("service", "scan-1"),
    ("genuine_from", "800"),
    ("copy_below", "500"),
    ("proof_below", "100"),
    ("window_ms", "600000"),
];

fn enrolled(limits: &[(&str, &str)]) -> Enrolment {
    check().enrol(&item("A"), &reference(limits), &[0; 32]).expect("enrolled")
}

fn statement(score: u16, at_ms: u64) -> Statement {
    Statement { item: item("A"), image: Hash([9; 32]), score, at_ms }
}

fn signed(statement: &Statement) -> Fields {
    let signature = service().sign(&statement.signed_message()).to_bytes();
    evidence(&statement.to_bytes(), &signature)
}

fn evidence(statement: &[u8], signature: &[u8]) -> Fields {
    let fields = Fields::new().with("statement", statement).and_then(|fields| fields.with("signature", signature));
    fields.expect("fields")
}

fn read(evidence: &Fields) -> Result<Reading, Outcome> {
    check().read(&enrolled(&LIMITS), evidence, Context { item: &item("A"), now_ms: NOW })
}

#[track_caller]
fn says(evidence: &Fields, verdict: Verdict, reason: &crate::ReasonId) {
    let outcome = read(evidence).map_or_else(|outcome| outcome, |reading| reading.finding);
    assert_eq!((outcome.verdict(), &outcome.reasons()[0].id), (verdict, reason));
}

#[test]
fn the_score_decides_at_its_limits() {
    for (score, verdict, reason) in [
        (1000, Verdict::Genuine, reasons::SCORE_HIGH),
        (800, Verdict::Genuine, reasons::SCORE_HIGH),
        (799, Verdict::Inconclusive, reasons::SCORE_BETWEEN),
        (500, Verdict::Inconclusive, reasons::SCORE_BETWEEN),
        (499, Verdict::Suspect, reasons::SCORE_LOW),
        (100, Verdict::Suspect, reasons::SCORE_LOW),
        (99, Verdict::Counterfeit, reasons::SCORE_LOW),
        (0, Verdict::Counterfeit, reasons::SCORE_LOW),
    ] {
        says(&signed(&statement(score, NOW)), verdict, &reason);
    }
    // A service that vouches for no proof never makes one.
    let enrolment = enrolled(&LIMITS.into_iter().filter(|(name, _)| *name != "proof_below").collect::<Vec<_>>());
    let context = Context { item: &item("A"), now_ms: NOW };
    let lowest = check().read(&enrolment, &signed(&statement(0, NOW)), context).expect("read");
    assert_eq!(lowest.finding.verdict(), Verdict::Suspect);
}

#[test]
fn a_statement_is_for_its_window() {
    says(&signed(&statement(900, NOW - 600_000)), Verdict::Genuine, &reasons::SCORE_HIGH);
    says(&signed(&statement(900, NOW - 600_001)), Verdict::Inconclusive, &reasons::SCORE_TOO_OLD);
    says(&signed(&statement(900, NOW + AHEAD_MS_MAX)), Verdict::Genuine, &reasons::SCORE_HIGH);
    says(&signed(&statement(900, NOW + AHEAD_MS_MAX + 1)), Verdict::Inconclusive, &reasons::SCORE_FROM_FUTURE);
    says(&signed(&statement(900, u64::MAX)), Verdict::Inconclusive, &reasons::SCORE_FROM_FUTURE);
}

#[test]
fn a_picture_serves_once() {
    let settle = |statement: &Statement, row| {
        let reading = read(&signed(statement)).expect("read");
        let (row, standing) = reading.claim.settle(row, NOW);
        (reading.claim.slot(), row, reading.judge(standing))
    };
    let (slot, row, first) = settle(&statement(900, NOW), Stored::default());
    assert_eq!((first.verdict(), first.freshness()), (Verdict::Genuine, Freshness::Fresh));
    // The same picture, looked at again a second later: another statement, the same row.
    let (again, _, outcome) = settle(&statement(901, NOW - 1_000), row);
    assert_eq!(again, slot);
    assert_eq!(outcome.freshness(), Freshness::AlreadyUsed { at_ms: NOW, count: 2 });
    assert_eq!(outcome.verdict(), Verdict::Inconclusive);
    let other = Statement { image: Hash([8; 32]), ..statement(900, NOW) };
    assert_ne!(settle(&other, Stored::default()).0, slot);
}

#[test]
fn what_the_service_did_not_sign_says_nothing() {
    let good = statement(900, NOW);
    let signature = service().sign(&good.signed_message()).to_bytes();
    let raised = statement(901, NOW);
    says(&evidence(&raised.to_bytes(), &signature), Verdict::Inconclusive, &reasons::SCORE_SIGNATURE_DIFFERS);
    // Signed for another purpose: the bytes without their domain.
    let plain = service().sign(&good.to_bytes()).to_bytes();
    says(&evidence(&good.to_bytes(), &plain), Verdict::Inconclusive, &reasons::SCORE_SIGNATURE_DIFFERS);
    let stranger = SigningKey::from_bytes(&[6; 32]).sign(&good.signed_message()).to_bytes();
    says(&evidence(&good.to_bytes(), &stranger), Verdict::Inconclusive, &reasons::SCORE_SIGNATURE_DIFFERS);
    says(&evidence(&good.to_bytes(), &signature[..63]), Verdict::Inconclusive, &reasons::EVIDENCE_UNREADABLE);
    says(&evidence(&[], &signature), Verdict::Inconclusive, &reasons::EVIDENCE_UNREADABLE);
    says(&Fields::new(), Verdict::Inconclusive, &reasons::EVIDENCE_UNREADABLE);
    let beyond = Statement { score: 1001, ..good };
    says(&signed(&beyond), Verdict::Inconclusive, &reasons::EVIDENCE_UNREADABLE);
}

#[test]
fn the_picture_of_another_pack_is_suspect_and_uses_nothing_up() {
    let reading = read(&signed(&Statement { item: item("B"), ..statement(1000, NOW) })).expect("read");
    assert_eq!((reading.claim, reading.finding.verdict()), (Claim::None, Verdict::Suspect));
}

#[test]
fn limits_that_cannot_be_are_not_enrolled() {
    let with = |name: &str, value: &str| {
        let fields: Vec<_> = LIMITS.iter().map(|(n, v)| if *n == name { (*n, value) } else { (*n, *v) }).collect();
        check().enrol(&item("A"), &reference(&fields), &[0; 32])
    };
    assert!(with("window_ms", "86400000").is_ok());
    for (name, value) in [
        ("service", "scan 1"),
        ("genuine_from", "1001"),
        ("genuine_from", "499"),
        ("copy_below", "801"),
        ("proof_below", "501"),
        ("window_ms", "0"),
        ("window_ms", "86400001"),
        ("window_ms", "-1"),
    ] {
        assert!(with(name, value).is_err(), "{name} {value}");
    }
    assert_eq!(with("service", "scan-2").err(), Some(EnrolError::NoKey(key("scan-2"))));
    // From score 0 on everything would be an original.
    let zero = [("service", "scan-1"), ("genuine_from", "0"), ("copy_below", "0"), ("window_ms", "1")];
    assert!(check().enrol(&item("A"), &reference(&zero), &[0; 32]).is_err());
}

#[test]
fn an_enrolment_without_its_key_or_limits_is_not_read() {
    let context = Context { item: &item("A"), now_ms: NOW };
    let evidence = signed(&statement(900, NOW));
    let body = enrolled(&LIMITS).body().to_vec();
    let gone = Enrolment::new(KIND, ALGORITHM, Some(key("scan-0")), body.clone()).expect("short");
    assert_eq!(check().read(&gone, &evidence, context), Err(Outcome::inconclusive(reasons::KEY_MISSING)));
    let mut turned = body.clone();
    turned.swap(0, 4);
    for (algorithm, body) in
        [(ALGORITHM, vec![]), (2, body.clone()), (ALGORITHM, body[..13].to_vec()), (ALGORITHM, turned)]
    {
        let enrolment = Enrolment::new(KIND, algorithm, Some(key("scan-1")), body).expect("short");
        let outcome = check().read(&enrolment, &evidence, context);
        assert_eq!(outcome, Err(Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE)));
    }
}

#[test]
fn its_bytes_are_frozen() {
    let bytes = statement(900, 0x0102_0304_0506_0708).to_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, format!("010141{}03840102030405060708", "09".repeat(32)));
}

proptest! {
    #[test]
    fn bytes_that_are_read_are_written_again(bytes in proptest::collection::vec(any::<u8>(), 40..60), length in 0u8..20) {
        let mut bytes = bytes;
        bytes.splice(0..0, [VERSION, length]);
        if let Ok(read) = Statement::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}
