//! A true bundle is believed; a changed one is refused, and the part that was changed is named.

use tracelight_domain::ids::ChainId;
use tracelight_domain::state::{EventKind, LogisticStatus, ObjectId, StateBody, UnitStatus};
use tracelight_domain::tx::RecallClass;
use tracelight_proof::bundle::{BUNDLE_BYTES_MAX, Bundle, BundleFault, FRESH_MS_MAX, Part, Pin, Verified, verify};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::ProofLeaf;
use tracelight_testkit::alliance::{
    AS_OF_MS, State, anchor, batch, bundle_over, genesis, gln, header, sscc, state, touch, unit,
};

fn check_at(bundle: &[u8], now_ms: u64) -> Result<Verified, BundleFault> {
    let (chain, unit) = (genesis().chain_id(), unit(2));
    let lot = batch().lot;
    verify(bundle, &Pin { chain, anchor: None, unit: &unit, lot: Some(&lot), now_ms, fresh_ms_max: FRESH_MS_MAX })
}

fn check(bundle: &Bundle) -> Result<Verified, BundleFault> {
    check_at(&bundle.to_bytes(), AS_OF_MS + 5_000)
}

fn truth() -> Bundle {
    bundle_over(&state(false), 2)
}

#[test]
fn a_true_bundle_says_who_holds_the_pack_and_what_happened() {
    let bundle = truth();
    let verified = check(&bundle).expect("a true bundle");
    assert_eq!((verified.signers.len(), verified.validators, verified.steps), (3, 4, 0));
    assert!(verified.signers.iter().all(|signer| signer.member.is_some()));
    let witnesses: Vec<_> = verified.witnesses.iter().map(|witness| witness.name.as_str()).collect();
    assert_eq!(witnesses, ["consumers.example", "lab.example"]);
    assert_eq!(verified.custodian, Some(gln(2)));
    assert_eq!(verified.maker, gln(1));
    assert_eq!(verified.recalled, None);
    assert_eq!(verified.unit, UnitStatus::Active);
    let kinds: Vec<_> = verified.journey.iter().map(|(_, event)| event.kind).collect();
    use EventKind::{Packed, Received, Registered, Sealed, Shipped};
    assert_eq!(kinds, [Registered, Packed, Sealed, Packed, Packed, Shipped, Received]);
    println!("bundle bytes: {}", bundle.to_bytes().len());
}

#[test]
fn a_recall_is_seen_and_cannot_be_hidden() {
    let recalled = state(true);
    let bundle = bundle_over(&recalled, 2);
    assert_eq!(check(&bundle).expect("a true bundle").recalled, Some(RecallClass::One));

    // The event is left out.
    let mut hidden = bundle.clone();
    hidden.objects[0].events.pop();
    assert_eq!(part(&hidden), Part::History);
    // The state before the recall is shown under the present header.
    let mut old = bundle.clone();
    old.objects[0] = truth().objects[0].clone();
    assert_eq!(part(&old), Part::StateProof);
    // The whole bundle is of before the recall.
    assert_eq!(check_at(&truth().to_bytes(), AS_OF_MS + FRESH_MS_MAX + 1).map_err(|f| f.part), Err(Part::Freshness));
}

fn part(bundle: &Bundle) -> Part {
    check(bundle).expect_err("a lie").part
}

#[test]
fn every_kind_of_lie_is_named() {
    let lie = |change: fn(&mut Bundle)| {
        let mut bundle = truth();
        change(&mut bundle);
        part(&bundle)
    };
    assert_eq!(lie(|b| b.anchor.as_mut().expect("whole").genesis[3] ^= 1), Part::Genesis);
    assert_eq!(lie(|b| b.header.executed = b.header.height), Part::Header);
    assert_eq!(lie(|b| b.header.outcomes.0[3] ^= 1), Part::Certificate);
    assert_eq!(lie(|b| b.certificate.signatures[2][63] ^= 1), Part::Certificate);
    assert_eq!(lie(|b| b.cosigned.as_mut().expect("two").cosignatures[1].signature[9] ^= 1), Part::Witness);
    assert_eq!(lie(|b| b.touch = touch(1)), Part::Subject);
    assert_eq!(lie(|b| b.touch.salt[0] ^= 1), Part::BatchPath);
    assert_eq!(lie(|b| b.touch.in_batch.siblings[0].0[0] ^= 1), Part::BatchPath);
    assert_eq!(lie(|b| b.touch.count_commitment.0[0] ^= 1), Part::BatchPath);
    assert_eq!(lie(|b| drop(b.objects.remove(0))), Part::BatchPath);
    assert_eq!(lie(|b| drop(b.objects.remove(1))), Part::StateProof);
    assert_eq!(lie(|b| drop(b.objects.remove(2))), Part::Containment);
    assert_eq!(lie(|b| drop(b.objects.remove(3))), Part::Containment);
    assert_eq!(lie(|b| b.objects[3].events.swap(0, 1)), Part::History);
    assert_eq!(lie(|b| b.objects[3].events.truncate(2)), Part::History);
    assert_eq!(lie(|b| b.objects[3].events[1].height += 1), Part::History);
    assert_eq!(lie(|b| b.objects[2].proof = b.objects[3].proof.clone()), Part::StateProof);
    assert_eq!(lie(|b| b.touch.in_case.as_mut().expect("a case").1.siblings[0].0[0] ^= 1), Part::Containment);
    assert_eq!(lie(|b| b.touch.in_case = Some((sscc(100), b.touch.in_batch.clone()))), Part::Containment);
    assert_eq!(
        lie(|b| b.objects[0].proof.leaf = ProofLeaf::Absent),
        Part::StateProof,
        "the batch is said not to exist"
    );
}

#[test]
fn a_dispensed_pack_cannot_be_shown_as_untouched() {
    let mut dispensed = state(false);
    let id = ObjectId::Unit(unit(2));
    let body =
        StateBody::Unit { lot: batch().lot, status: UnitStatus::Dispensed, custodian: gln(3), by: gln(3), since_ms: 1 };
    let event = truth().objects[3].events[0].clone();
    dispensed.put(id.clone(), body, Some(event));
    let honest = bundle_over(&dispensed, 2);
    assert_eq!(check(&honest).expect("a true bundle").unit, UnitStatus::Dispensed);
    let mut lie = honest.clone();
    lie.objects[1].proof = state(false).prove(&id);
    lie.objects[1].events.clear();
    assert_eq!(part(&lie), Part::StateProof);
}

#[test]
fn a_pack_of_a_stolen_case_is_stolen_and_one_of_a_used_up_case_is_out_of_use() {
    for (status, expected) in
        [(LogisticStatus::Stolen, UnitStatus::Stolen), (LogisticStatus::Consumed, UnitStatus::Destroyed)]
    {
        let mut after = state(false);
        let id = ObjectId::Logistic(sscc(1));
        let (object, events) = after.objects.get(&id).expect("the case").clone();
        let StateBody::Logistic { custodian, content_root, content_count, level, .. } = object.body else {
            panic!("a case")
        };
        let body = StateBody::Logistic { status, custodian, parent: None, content_root, content_count, level };
        after.put(id, body, events.last().cloned());
        let verified = check(&bundle_over(&after, 2)).expect("a true bundle");
        assert_eq!((verified.unit, verified.custodian), (expected, None));
    }
}

#[test]
fn another_alliance_is_not_believed_even_with_good_signatures() {
    let bytes = truth().to_bytes();
    let (unit, lot) = (unit(2), batch().lot);
    let chain = ChainId([0; 32]);
    let now_ms = AS_OF_MS;
    let pin = Pin { chain, anchor: None, unit: &unit, lot: Some(&lot), now_ms, fresh_ms_max: FRESH_MS_MAX };
    assert_eq!(verify(&bytes, &pin).expect_err("another pin").part, Part::Genesis);
}

#[test]
fn any_single_changed_byte_is_found() {
    let bytes = truth().to_bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x01;
        let answer = check_at(&changed, AS_OF_MS + 5_000);
        assert!(answer.is_err(), "byte {at} of {} can be changed unseen", bytes.len());
    }
}

#[test]
fn a_bundle_without_its_anchor_needs_the_anchor_from_elsewhere() {
    let (chain, unit) = (genesis().chain_id(), unit(2));
    let mut short = truth();
    short.anchor = None;
    let bytes = short.to_bytes();
    let check = |bytes: &[u8], anchor: Option<&[u8]>| {
        let (now_ms, fresh_ms_max) = (AS_OF_MS, FRESH_MS_MAX);
        verify(bytes, &Pin { chain, anchor, unit: &unit, lot: None, now_ms, fresh_ms_max })
    };
    let anchor = anchor().to_bytes();
    assert_eq!(check(&bytes, Some(&anchor)), check(&truth().to_bytes(), None));
    assert_eq!(check(&bytes, None).expect_err("no genesis").part, Part::Genesis);
    for at in 0..anchor.len() {
        let mut changed = anchor.clone();
        changed[at] ^= 1;
        assert_eq!(check(&bytes, Some(&changed)).expect_err("another anchor").part, Part::Genesis, "byte {at}");
    }
}

#[test]
fn sizes_are_checked_before_anything_is_read() {
    let huge = vec![1u8; BUNDLE_BYTES_MAX + 1];
    let fault = check_at(&huge, AS_OF_MS).expect_err("too long");
    assert_eq!(fault.part, Part::Format);
    assert!(fault.message.contains("at most"), "{fault}");
    let bytes = truth().to_bytes();
    for length in 0..bytes.len() {
        assert_eq!(check_at(&bytes[..length], AS_OF_MS).expect_err("cut off").part, Part::Format);
    }
}

#[test]
fn absence_is_proven_for_objects_that_do_not_exist_and_not_for_those_that_do() {
    let state: State = state(false);
    let root = header(&state).state_root;
    for number in 0..200 {
        let id = ObjectId::Logistic(sscc(number));
        let proof = state.prove(&id);
        let proven = tracelight_proof::state_proof::verify(&proof, &root, &id).expect("a true proof");
        assert_eq!(proven.is_some(), number == 1 || number == 100);
        let other = ObjectId::Logistic(sscc(number + 1));
        if number != 0 && number != 99 && number != 1 && number != 100 {
            // A proof of one absence may prove another only where both keys lead to the same place.
            let reused = tracelight_proof::state_proof::verify(&proof, &root, &other);
            assert!(reused.is_err() || reused == Ok(None));
        }
    }
}
