//! Every step in every state, and the deeds that come out, checked against the rules' own hashes.

mod model;
mod orders;

use super::*;
use std::collections::BTreeSet;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::UnitId;
use tracelight_domain::ids::{Hash, TxId};
use tracelight_domain::rules::Commitments as _;
use tracelight_domain::tx::{Content, TxBody, UnitTouch};
use tracelight_proof::commitments::{Sha256Commitments, count_commitment, unit_salt};
use tracelight_proof::merkle::Tree;

const GTIN: &str = "09506000134352";
const OTHER_GTIN: &str = "09506000134369";
const GS: char = '\u{1d}';

fn sheet() -> Arc<Sheet> {
    let issued = (0..20).map(|i| Serial::parse(&format!("S{i:02}")).expect("a serial")).collect();
    let batch = batch_id(GTIN, "LOT1").expect("a batch");
    Arc::new(Sheet {
        batch,
        secret: [5; 32],
        issued,
        expires_on: None,
        quota: 20,
        sealed: false,
        line: "s/l".to_owned(),
    })
}

fn code(i: u32) -> String {
    match i % 3 {
        0 => format!("]d201{GTIN}1727123110LOT1{GS}21S{i:02}"),
        1 => format!("]Q1https://t.example/01/{GTIN}/10/LOT1/21/S{i:02}?17=271231"),
        _ => format!("(01){GTIN}(21)S{i:02}"),
    }
}

fn label(reference: u64) -> String {
    format!("]C100{}", Sscc::build(3, "9506000", reference).expect("a label"))
}

fn op(text: &str, raw: String) -> LineOp {
    match text {
        "commission" => LineOp::Commission { raw },
        "reject" => LineOp::reject(raw),
        "pack" => LineOp::Pack { raw },
        "close_case" => LineOp::close_case(raw),
        "stack" => LineOp::Stack { raw },
        "close_pallet" => LineOp::close_pallet(raw),
        "close_batch" => LineOp::close_batch(),
        _ => LineOp::open(GTIN, &raw),
    }
}

#[track_caller]
fn step(line: &mut Line, op: &LineOp) -> Result<Vec<Deed>, LineReason> {
    let plan = line.plan(op, |_| Ok(sheet())).map_err(|objection| {
        assert!(!objection.detail.is_empty());
        objection.reason
    })?;
    let done = line.commit(plan, Stamp { record: 1, salt: [9; 16] });
    Ok(done.deeds.into_iter().map(|(_, deed)| deed).collect())
}

/// Runs `step raw` lines; `!reason` at the end is what has to come out.
#[track_caller]
fn script(steps: &[(&str, String, Option<LineReason>)]) -> (Line, Vec<Deed>) {
    let (mut line, mut deeds) = (Line::default(), Vec::new());
    for (index, (name, raw, expected)) in steps.iter().enumerate() {
        let before = line.shown();
        match (step(&mut line, &op(name, raw.clone())), expected) {
            (Ok(deed), None) => deeds.extend(deed),
            (Err(reason), Some(expected)) if reason == *expected => assert_eq!(line.shown(), before),
            (got, _) => panic!("step {index}, {name} `{raw}`: {got:?}, expected {expected:?}"),
        }
    }
    (line, deeds)
}

#[test]
fn every_step_gets_its_named_answer() {
    use LineReason as R;
    let foreign_gtin = format!("]d201{OTHER_GTIN}10LOT1{GS}21S01");
    let foreign_lot = format!("]d201{GTIN}10LOT2{GS}21S01");
    let never_issued = format!("]d201{GTIN}10LOT1{GS}21X99");
    let product_only = format!("]E0{}", &GTIN[1..]);
    let bad_check_digit = "]d2010950600013435310LOT1\u{1d}21S01".to_owned();
    script(&[
        ("commission", code(1), Some(R::NoOpenBatch)),
        ("close_batch", String::new(), Some(R::NoOpenBatch)),
        ("open", "LOT\u{7}1".to_owned(), Some(R::BadRead)),
        ("open", "LOT1".to_owned(), None),
        ("open", "LOT1".to_owned(), Some(R::WrongStep)),
        ("close_batch", String::new(), Some(R::Empty)),
        ("commission", "garbage".to_owned(), Some(R::BadRead)),
        ("commission", bad_check_digit, Some(R::BadRead)),
        ("commission", product_only, Some(R::BadRead)),
        ("commission", foreign_gtin, Some(R::WrongProduct)),
        ("commission", foreign_lot, Some(R::WrongProduct)),
        ("commission", never_issued.clone(), Some(R::ForeignCode)),
        ("reject", never_issued, Some(R::ForeignCode)),
        ("commission", label(1), Some(R::WrongLevel)),
        ("commission", code(1), None),
        ("commission", code(1), Some(R::Duplicate)),
        ("commission", code(2), None),
        ("commission", code(3), None),
        ("reject", code(3), None),
        ("reject", code(3), Some(R::Duplicate)),
        ("commission", code(3), Some(R::WrongStep)),
        ("reject", code(4), None),
        ("pack", code(4), Some(R::NotCommissioned)),
        ("pack", code(5), Some(R::NotCommissioned)),
        ("pack", label(1), Some(R::WrongLevel)),
        ("close_case", label(1), Some(R::Empty)),
        ("pack", code(2), None),
        ("pack", code(2), Some(R::Duplicate)),
        ("reject", code(2), Some(R::WrongStep)),
        ("close_case", code(1), Some(R::WrongLevel)),
        ("close_case", "]C1000".to_owned(), Some(R::BadRead)),
        ("close_batch", String::new(), Some(R::WrongStep)),
        ("close_case", label(1), None),
        ("stack", label(2), Some(R::ForeignCode)),
        ("close_pallet", label(2), Some(R::Empty)),
        ("pack", code(1), None),
        ("close_case", label(1), Some(R::Duplicate)),
        ("close_case", label(2), None),
        ("stack", code(1), Some(R::WrongLevel)),
        ("stack", label(1), None),
        ("stack", label(1), Some(R::Duplicate)),
        ("close_pallet", label(1), Some(R::Duplicate)),
        ("close_batch", String::new(), Some(R::WrongStep)),
        ("close_pallet", label(3), None),
        ("stack", label(3), Some(R::WrongLevel)),
        ("close_batch", String::new(), None),
        ("pack", code(1), Some(R::NoOpenBatch)),
    ]);
}

#[test]
fn a_line_makes_no_more_than_the_chain_would_seal() {
    use LineReason as R;
    let mut line = Line::default();
    let two = |_: &BatchId| Ok(Arc::new(Sheet { quota: 2, ..(*sheet()).clone() }));
    let mut step = |name: &str, raw: String| {
        let plan = line.plan(&op(name, raw), two).map_err(|objection| objection.reason)?;
        Ok(line.commit(plan, Stamp { record: 1, salt: [9; 16] }).deeds)
    };
    let deed = |answer: Result<Vec<(u64, Deed)>, LineReason>| answer.map(|deeds| !deeds.is_empty());
    assert_eq!(deed(step("open", "LOT1".to_owned())), Ok(false));
    assert_eq!(deed(step("commission", code(1))), Ok(false));
    assert_eq!(deed(step("reject", code(2))), Ok(false));
    assert_eq!(deed(step("commission", code(3))), Err(R::QuotaReached));
    assert_eq!(deed(step("reject", code(3))), Err(R::QuotaReached));
    assert_eq!(deed(step("commission", code(1))), Err(R::Duplicate));
    assert_eq!(deed(step("close_batch", String::new())), Ok(true));
}

#[test]
fn the_deeds_lead_from_every_good_pack_to_the_roots_that_the_chain_will_hold() {
    let mut steps = vec![("open", "LOT1".to_owned(), None)];
    steps.extend((0..7).map(|i| ("commission", code(i), None)));
    steps.push(("reject", code(5), None));
    steps.extend([6, 0, 3].map(|i| ("pack", code(i), None)));
    steps.push(("close_case", label(1), None));
    steps.extend([("stack", label(1), None), ("close_pallet", label(9), None), ("close_batch", String::new(), None)]);
    let (line, deeds) = script(&steps);
    assert_eq!(line.batch(), None);
    let sheet = sheet();
    let serial = |i: u32| Serial::parse(&format!("S{i:02}")).expect("a serial");
    let order = [0, 1, 2, 3, 4, 6].map(serial);
    let packed = [6, 0, 3].map(serial);

    let [case, pallet, seal] = deeds.as_slice() else { panic!("three deeds: {deeds:?}") };
    let TxBody::SealBatch(sealed) = &seal.body else { panic!("a seal") };
    assert_eq!((sealed.unit_count, sealed.rejected, sealed.count_salt), (6, 1, [9; 16]));
    let TxBody::Pack { content: Content::Units { root, batches }, parent } = &case.body else { panic!("a case") };
    assert_eq!(batches.as_slice(), &[(sheet.batch.clone(), 3)]);
    let TxBody::Pack { content: Content::Cases(cases), .. } = &pallet.body else { panic!("a pallet") };
    assert_eq!(cases.as_slice(), &[*parent]);

    let batch_tree = Tree::new(order.iter().map(|serial| sheet.leaf(serial)).collect());
    let case_tree = Tree::new(packed.iter().map(|serial| sheet.leaf(serial)).collect());
    let unit_root = Sha256Commitments.unit_root(sealed);
    for (index, serial) in packed.iter().enumerate() {
        let in_batch = order.iter().position(|s| s == serial).and_then(|i| batch_tree.path(i)).expect("a leaf");
        let in_case = case_tree.path(index).expect("a leaf");
        let touch = UnitTouch {
            unit: UnitId { gtin: sheet.batch.gtin, serial: serial.clone() },
            lot: sheet.batch.lot.clone(),
            salt: unit_salt(&sheet.secret, serial),
            in_batch,
            count_commitment: count_commitment(6, &[9; 16]),
            in_case: Some((*parent, in_case.clone())),
        };
        assert!(Sha256Commitments.in_batch(&touch, &unit_root));
        assert!(Sha256Commitments.in_case(&touch, &in_case, root));
        assert!(!Sha256Commitments.in_case(&touch, &in_case, &Hash::ZERO));
    }
    let manifests = seal.manifests(TxId([1; 32]));
    let [tracelight_api::rest::line::Manifest::Batch { serials, rejected, last, first, .. }] = manifests.as_slice()
    else {
        panic!("one part: {manifests:?}")
    };
    assert_eq!(serials.iter().map(String::as_str).collect::<Vec<_>>(), ["S00", "S01", "S02", "S03", "S04", "S06"]);
    assert_eq!((rejected.as_slice(), *last, *first), (["S05".to_owned()].as_slice(), true, 0));
}

#[test]
fn a_long_list_travels_in_parts_that_join_without_a_gap() {
    let serials: Vec<Serial> = (0..120_001).map(|i| Serial::parse(&format!("{i}")).expect("a serial")).collect();
    let sheet = Sheet { issued: BTreeSet::new(), ..(*sheet()).clone() };
    let deed = deed::seal_deed(&sheet, serials, deed::Gone::default(), [0; 16]);
    let mut next = 0;
    let parts = deed.manifests(TxId([1; 32]));
    for (index, part) in parts.iter().enumerate() {
        let tracelight_api::rest::line::Manifest::Batch { first, serials, last, .. } = part else { panic!("a batch") };
        assert_eq!(*first, next);
        assert_eq!(*last, index + 1 == parts.len());
        next += serials.len() as u64;
    }
    assert_eq!((next, parts.len()), (120_001, 3));
}

proptest::proptest! {
    #[test]
    fn no_scanner_string_makes_a_line_panic(raws in proptest::collection::vec(".{0,60}", 1..30)) {
        let mut line = Line::default();
        let _ = step(&mut line, &op("open", "LOT1".to_owned()));
        for raw in raws {
            for name in ["commission", "reject", "pack", "close_case", "stack", "close_pallet", "open"] {
                let _ = step(&mut line, &op(name, raw.clone()));
            }
        }
    }
}
