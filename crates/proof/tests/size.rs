//! What a bundle weighs, and of what. `cargo test -p tracelight-proof --test size -- --nocapture` prints the tables of
//! `docs/benchmarks.md`.

use tracelight_proof::bundle::{Bundle, FRESH_MS_MAX, Pin, verify};
use tracelight_proof::codec::Canonical as _;
use tracelight_testkit::journey::{Journey, NOW_MS, Plan, batch, unit};

/// The bound for a unit with six hops and four validators.
const BYTES_MAX: usize = 4 * 1024;

#[track_caller]
fn check(journey: &Journey, bundle: &Bundle) -> usize {
    let (bytes, anchor) = (bundle.to_bytes(), journey.anchor().to_bytes());
    let (unit, lot) = (unit(0), batch().lot);
    let pin = Pin {
        chain: journey.chain,
        anchor: Some(&anchor),
        unit: &unit,
        lot: Some(&lot),
        now_ms: NOW_MS,
        fresh_ms_max: FRESH_MS_MAX,
    };
    let verified = verify(&bytes, &pin).expect("a true bundle");
    let hops = verified.journey.iter().filter(|(_, event)| event.peer.is_some()).count();
    assert_eq!(hops, 2 * journey.plan.hops, "every hop is shown, by both sides");
    assert_eq!(verified.witnesses.len(), usize::from(journey.plan.witnesses));
    bytes.len()
}

/// Bytes by part: each is taken out or emptied, and the difference counted.
fn parts(bundle: &Bundle) -> Vec<(&'static str, usize)> {
    let whole = bundle.to_bytes().len();
    let without = |change: &dyn Fn(&mut Bundle)| {
        let mut changed = bundle.clone();
        change(&mut changed);
        whole - changed.to_bytes().len()
    };
    let header = bundle.header.to_bytes().len();
    let certificate = bundle.certificate.to_bytes().len();
    let witnesses = without(&|b| b.cosigned = None);
    let batch_path = without(&|b| b.touch.in_batch.siblings.clear());
    let case_path = without(&|b| b.touch.in_case.iter_mut().for_each(|(_, path)| path.siblings.clear()));
    let events = without(&|b| b.objects.iter_mut().for_each(|object| object.events.clear()));
    let siblings = without(&|b| b.objects.iter_mut().for_each(|object| object.proof.siblings.clear()));
    let known = header + certificate + witnesses + batch_path + case_path + events + siblings;
    vec![
        ("siblings of the state proofs", siblings),
        ("path in the batch", batch_path),
        ("path in the case", case_path),
        ("events", events),
        ("header", header),
        ("certificate", certificate),
        ("two cosignatures", witnesses),
        ("pack, salt, states, framing", whole - known),
    ]
}

#[test]
fn six_hops_and_four_validators_fit_into_four_kilobytes() {
    let journey = Journey::new(Plan::REAL);
    let bundle = journey.bundle(0);
    let bytes = check(&journey, &bundle);
    println!("six hops, four validators, a million objects: {bytes} bytes");
    for (part, bytes) in parts(&bundle) {
        println!("  {bytes:>5}  {part}");
    }
    assert!(bytes <= BYTES_MAX, "{bytes} bytes");
}

#[test]
fn what_other_shapes_cost() {
    println!("{:<60} {:>7} {:>7}", "", "bundle", "anchor");
    let base = Plan { others: 100_000, ..Plan::REAL };
    let shapes = [
        ("six hops, 4 validators, 100,000 objects", base),
        ("... three of the hops on a pallet", Plan { pallet: true, ..base }),
        ("... 16 validators", Plan { validators: 16, ..base }),
        ("... 64 validators", Plan { validators: 64, ..base }),
        ("... one change of the validators", Plan { steps: 1, ..base }),
        ("... ten changes", Plan { steps: 10, ..base }),
        ("... 64 validators and one change", Plan { validators: 64, steps: 1, ..base }),
        ("... no witnesses", Plan { witnesses: 0, ..base }),
        ("... no hop", Plan { hops: 0, ..base }),
        ("... twelve hops", Plan { hops: 12, ..base }),
    ];
    for (shape, plan) in shapes {
        let journey = Journey::new(plan);
        let bytes = check(&journey, &journey.bundle(0));
        println!("{shape:<60} {bytes:>7} {:>7}", journey.anchor().to_bytes().len());
    }
}
