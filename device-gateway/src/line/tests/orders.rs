//! Whole orders: levels, ratios, partial and mixed cases, rework, samples, reconciliation, release; and OPEN-SCS's numbers.

use super::*;
use std::collections::BTreeMap;
use tracelight_api::line::{Aggregation, Fill, Order, Purpose};
use tracelight_domain::gs1::Date;

const BUNDLE: &str = "19506000134359";

/// A line with sheets of several lots, and a count of records.
struct Rig {
    line: Line,
    sheets: BTreeMap<String, Arc<Sheet>>,
    record: u64,
}

fn lot_sheet(lot: &str) -> Arc<Sheet> {
    let letter = &lot[lot.len() - 1..];
    let issued = (0..20).map(|i| Serial::parse(&format!("{letter}{i:02}")).expect("a serial")).collect();
    let expires_on = Date::parse_iso("2027-12-31").ok();
    Arc::new(Sheet {
        batch: batch_id(GTIN, lot).expect("a batch"),
        secret: [lot.len() as u8; 32],
        issued,
        expires_on,
        quota: 20,
        sealed: false,
        line: "s/l".to_owned(),
    })
}

fn unit(lot: &str, i: u32) -> String {
    let letter = &lot[lot.len() - 1..];
    format!("]d201{GTIN}1727123110{lot}{GS}21{letter}{i:02}")
}

fn bundle(i: u32) -> String {
    format!("]d201{BUNDLE}21B{i}")
}

impl Rig {
    fn new() -> Self {
        let sheets = ["LOTA", "LOTBB", "LOTCCC"].map(|lot| (lot.to_owned(), lot_sheet(lot)));
        Self { line: Line::default(), sheets: sheets.into(), record: 0 }
    }

    #[track_caller]
    fn try_(&mut self, op: LineOp) -> Result<Done, Objection> {
        self.record += 1;
        let sheets = &self.sheets;
        let before = self.line.shown();
        let planned = self.line.plan(&op, |batch| Ok(Arc::clone(&sheets[batch.lot.as_str()])));
        match planned {
            Ok(step) => Ok(self.line.commit(step, Stamp { record: self.record, salt: [9; 16] })),
            Err(objection) => {
                assert_eq!(self.line.shown(), before, "what is refused changes nothing");
                Err(objection)
            }
        }
    }

    #[track_caller]
    fn ok(&mut self, op: LineOp) -> Done {
        self.try_(op.clone()).unwrap_or_else(|objection| panic!("{op:?}: {objection:?}"))
    }

    #[track_caller]
    fn no(&mut self, op: LineOp, reason: LineReason) -> String {
        let objection = self.try_(op.clone()).err().unwrap_or_else(|| panic!("{op:?} was taken"));
        assert_eq!(objection.reason, reason, "{op:?}: {}", objection.detail);
        objection.detail
    }

    fn open(&mut self, lot: &str, order: Order) {
        self.ok(LineOp::OpenBatch { gtin: GTIN.into(), lot: lot.into(), order: Some(order) });
    }

    fn good(&mut self, lot: &str, units: std::ops::Range<u32>) {
        units.for_each(|i| drop(self.ok(LineOp::Commission { raw: unit(lot, i) })));
    }

    fn pack(&mut self, lot: &str, units: std::ops::Range<u32>) {
        units.for_each(|i| drop(self.ok(LineOp::Pack { raw: unit(lot, i) })));
    }
}

fn level(count: u32) -> Option<Aggregation> {
    Some(Aggregation { count, gtin: None })
}

fn close_case(i: u64, fill: Fill) -> LineOp {
    LineOp::CloseCase { raw: label(i), fill }
}

fn packs(done: &Done) -> Vec<(Sscc, usize)> {
    let cases = done.deeds.iter().filter_map(|(_, deed)| match &deed.body {
        TxBody::Pack { parent, content: Content::Units { batches, .. } } => {
            Some((*parent, batches.iter().map(|(_, count)| *count as usize).sum()))
        }
        _ => None,
    });
    cases.collect()
}

fn sscc(i: u64) -> Sscc {
    Sscc::build(3, "9506000", i).expect("a label")
}

#[test]
fn bundles_go_into_cases_and_a_code_of_the_wrong_level_is_named() {
    let mut rig = Rig::new();
    let of = Some(Aggregation { count: 2, gtin: Some(BUNDLE.into()) });
    rig.open("LOTA", Order { bundle: of, case: level(2), pallet: level(2), ..Order::default() });
    rig.good("LOTA", 0..9);
    rig.pack("LOTA", 0..2);
    rig.no(LineOp::Pack { raw: unit("LOTA", 2) }, LineReason::WrongRatio);
    rig.no(LineOp::CloseBundle { raw: unit("LOTA", 8), fill: Fill::Full }, LineReason::WrongLevel);
    rig.ok(LineOp::CloseBundle { raw: bundle(1), fill: Fill::Full });
    rig.no(LineOp::CloseBundle { raw: bundle(1), fill: Fill::Full }, LineReason::Duplicate);
    rig.no(LineOp::Commission { raw: bundle(1) }, LineReason::WrongLevel);
    rig.no(LineOp::Stack { raw: bundle(1) }, LineReason::WrongLevel);
    rig.no(LineOp::Pack { raw: bundle(7) }, LineReason::ForeignCode);
    rig.no(LineOp::Pack { raw: label(7) }, LineReason::ForeignCode);
    rig.ok(LineOp::Pack { raw: bundle(1) });
    rig.no(LineOp::Pack { raw: bundle(1) }, LineReason::Duplicate);
    rig.no(LineOp::Break { raw: bundle(1), reason: "torn".into() }, LineReason::WrongStep);
    // An SSCC may stand on a bundle, too; the last one is short.
    rig.pack("LOTA", 2..3);
    rig.no(LineOp::CloseBundle { raw: label(9), fill: Fill::Full }, LineReason::WrongRatio);
    rig.ok(LineOp::CloseBundle { raw: label(9), fill: Fill::Partial });
    rig.no(LineOp::Stack { raw: label(9) }, LineReason::WrongLevel);
    rig.ok(LineOp::Pack { raw: label(9) });
    rig.no(LineOp::CloseCase { raw: bundle(3), fill: Fill::Full }, LineReason::WrongLevel);
    rig.ok(close_case(1, Fill::Full));
    rig.no(LineOp::Pack { raw: label(1) }, LineReason::WrongLevel);
    rig.ok(LineOp::Stack { raw: label(1) });
    rig.no(LineOp::ClosePallet { raw: label(2), fill: Fill::Full }, LineReason::WrongRatio);
    rig.ok(LineOp::ClosePallet { raw: label(2), fill: Fill::Partial });
    let state = rig.line.shown();
    assert_eq!((state.bundle_of, state.case_of, state.pallet_of), (Some(2), Some(2), Some(2)));
    let done = rig.ok(LineOp::close_batch());
    assert_eq!(packs(&done), [(sscc(1), 3)]);
    let report = done.report.expect("a report");
    assert_eq!(report.bundles.iter().map(|(_, packs)| packs.len()).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn wrong_product_wrong_date_and_a_bad_grade_are_blocked_with_the_way_out() {
    let mut rig = Rig::new();
    rig.open("LOTA", Order { grade_min: Some("C".into()), ..Order::default() });
    let commission = |raw: String| LineOp::Commission { raw };
    rig.no(commission(unit("LOTBB", 1)), LineReason::WrongProduct);
    rig.no(commission(unit("LOTA", 1).replace("17271231", "17271230")), LineReason::WrongExpiry);
    rig.no(commission(unit("LOTA", 1)), LineReason::GradeTooLow);
    let verify = |grade: &str| LineOp::Verify { raw: unit("LOTA", 1), grade: grade.into() };
    rig.no(verify("best"), LineReason::BadRead);
    let why = rig.no(verify("D"), LineReason::GradeTooLow);
    assert!(why.contains("0.5") && why.contains("1.5"), "{why}");
    rig.ok(LineOp::Print { raw: unit("LOTA", 1) });
    rig.no(LineOp::Print { raw: unit("LOTA", 1) }, LineReason::Duplicate);
    rig.ok(verify("2.1"));
    rig.ok(commission(unit("LOTA", 1).replace("17271231", "17271200")));
    rig.no(verify("A"), LineReason::WrongStep);
    rig.no(commission(unit("LOTA", 1)), LineReason::Duplicate);
    for reason in LineReason::ALL {
        assert!(reason.way_out().len() > 20, "{reason:?} names no way out");
    }
}

#[test]
fn rework_leaves_dead_labels_and_a_log_and_no_case_with_a_pack_that_is_gone() {
    let mut rig = Rig::new();
    rig.open("LOTA", Order { case: level(3), pallet: level(2), ..Order::default() });
    rig.good("LOTA", 0..8);
    rig.pack("LOTA", 0..3);
    rig.ok(close_case(1, Fill::Full));
    rig.ok(LineOp::Stack { raw: label(1) });
    let torn = |raw: String| LineOp::Break { raw, reason: "torn".into() };
    rig.no(LineOp::reject(unit("LOTA", 0)), LineReason::WrongStep);
    rig.no(torn(label(1)), LineReason::WrongStep);
    rig.no(LineOp::Break { raw: label(1), reason: " ".into() }, LineReason::Malformed);
    rig.ok(LineOp::Unpack { raw: label(1) });
    rig.no(LineOp::Unpack { raw: label(1) }, LineReason::WrongStep);
    rig.no(LineOp::Unpack { raw: unit("LOTA", 0) }, LineReason::WrongStep);
    rig.ok(torn(label(1)));
    rig.no(torn(label(1)), LineReason::Duplicate);
    rig.no(LineOp::Stack { raw: label(1) }, LineReason::DeadLabel);
    rig.ok(LineOp::reject(unit("LOTA", 0)));
    rig.ok(LineOp::Sample { raw: unit("LOTA", 1), purpose: Purpose::Regulator });
    rig.no(LineOp::Sample { raw: unit("LOTA", 2), purpose: Purpose::Label }, LineReason::WrongStep);
    rig.no(LineOp::Sample { raw: unit("LOTA", 9), purpose: Purpose::Quality }, LineReason::NotCommissioned);
    rig.ok(LineOp::Sample { raw: unit("LOTA", 9), purpose: Purpose::Label });
    let relabel = |old: u32, new: u32| LineOp::Replace {
        old: unit("LOTA", old),
        new: unit("LOTA", new),
        reason: "smudged".into(),
    };
    rig.ok(LineOp::Pack { raw: unit("LOTA", 2) });
    rig.ok(relabel(2, 12));
    rig.no(relabel(2, 13), LineReason::NotCommissioned);
    rig.no(LineOp::Commission { raw: unit("LOTA", 2) }, LineReason::WrongStep);
    rig.no(LineOp::Pack { raw: unit("LOTA", 12) }, LineReason::Duplicate);
    rig.pack("LOTA", 3..5);
    rig.no(close_case(1, Fill::Full), LineReason::DeadLabel);
    rig.ok(close_case(2, Fill::Full));
    rig.no(relabel(12, 13), LineReason::WrongStep);
    rig.ok(LineOp::Invalidate { raw: unit("LOTA", 15), reason: "roll ended".into() });
    rig.no(LineOp::Commission { raw: unit("LOTA", 15) }, LineReason::WrongStep);
    let done = rig.ok(LineOp::close_batch());
    let (_, case) = &done.deeds[0];
    let List::Case { packs, .. } = &case.list else { panic!("a case first") };
    assert_eq!(packs.iter().map(|(_, serial)| serial.as_str()).collect::<Vec<_>>(), ["A12", "A03", "A04"]);
    let report = done.report.expect("a report");
    let remarks = [
        Remark::Broken { label: sscc(1).to_string(), reason: "torn".into() },
        Remark::Replaced { old: "A02".into(), new: "A12".into(), reason: "smudged".into() },
        Remark::Invalidated { serial: "A15".into(), reason: "roll ended".into() },
    ];
    assert_eq!(report.remarks, remarks);
    let numbers = report.numbers;
    assert!(numbers.is_complete());
    assert_eq!(
        (numbers.commissioned, numbers.scrapped, numbers.sampled, numbers.invalid, numbers.returned),
        (6, 2, 2, 1, 9)
    );
    let (_, seal) = done.deeds.last().expect("a seal");
    let TxBody::SealBatch(seal) = &seal.body else { panic!("a seal last") };
    assert_eq!((seal.unit_count, seal.rejected, seal.sampled), (6, 2, 2));
}

#[test]
fn leftovers_of_a_lot_go_into_a_mixed_case_of_the_next_and_the_first_is_needed_until_then() {
    let mut rig = Rig::new();
    let order = Order { case: level(3), hold_for_release: true, ..Order::default() };
    let carry = LineOp::CloseBatch { counted: None, carry: true };
    rig.open("LOTA", order.clone());
    rig.good("LOTA", 0..5);
    rig.pack("LOTA", 0..3);
    rig.ok(close_case(1, Fill::Full));
    let done = rig.ok(carry);
    assert_eq!(done.deeds.len(), 1, "the seal; the case waits for release");
    assert_eq!((rig.line.shown().carried, rig.line.shown().unreleased), (2, 1));
    rig.open("LOTBB", order);
    rig.good("LOTBB", 0..3);
    rig.pack("LOTA", 3..4);
    rig.no(LineOp::Pack { raw: unit("LOTA", 3) }, LineReason::Duplicate);
    rig.no(LineOp::Pack { raw: unit("LOTA", 0) }, LineReason::WrongProduct);
    rig.ok(LineOp::Unpack { raw: unit("LOTA", 3) });
    assert_eq!(rig.line.shown().carried, 2, "what is taken out waits again");
    rig.pack("LOTA", 3..5);
    rig.pack("LOTBB", 0..1);
    rig.no(close_case(2, Fill::Full), LineReason::WrongRatio);
    rig.no(close_case(1, Fill::Mixed), LineReason::Duplicate);
    rig.ok(close_case(2, Fill::Mixed));
    rig.pack("LOTBB", 1..2);
    rig.no(close_case(3, Fill::Mixed), LineReason::WrongRatio);
    rig.ok(close_case(3, Fill::Partial));
    let first = batch_id(GTIN, "LOTA").expect("a batch");
    assert!(rig.line.needs(&first));
    rig.ok(LineOp::close_batch());
    let release = |lot: &str| LineOp::ReleaseBatch { gtin: GTIN.into(), lot: lot.into() };
    let why = rig.no(release("LOTBB"), LineReason::WrongStep);
    assert!(why.contains("LOTA"), "{why}");
    assert_eq!(packs(&rig.ok(release("LOTA"))), [(sscc(1), 3)]);
    assert!(rig.line.needs(&first), "its packs are in a case that waits");
    let done = rig.ok(release("LOTBB"));
    assert_eq!(packs(&done), [(sscc(2), 3), (sscc(3), 1)]);
    assert!(!rig.line.needs(&first));
    let Content::Units { root, batches } = (match &done.deeds[0].1.body {
        TxBody::Pack { content, .. } => content,
        other => panic!("a case: {other:?}"),
    }) else {
        panic!("a case")
    };
    let (a, b) = (lot_sheet("LOTA"), lot_sheet("LOTBB"));
    assert_eq!(batches.as_slice(), &[(a.batch.clone(), 2), (b.batch.clone(), 1)]);
    let serial = |text: &str| Serial::parse(text).expect("a serial");
    let leaves = vec![a.leaf(&serial("A03")), a.leaf(&serial("A04")), b.leaf(&serial("B00"))];
    assert_eq!(*root, tracelight_proof::merkle::root(leaves), "each pack under the secret of its own lot");
}

#[test]
fn an_order_on_hold_takes_bad_packs_out_and_nothing_else() {
    let mut rig = Rig::new();
    rig.open("LOTA", Order::default());
    rig.good("LOTA", 0..2);
    rig.no(LineOp::Resume, LineReason::WrongStep);
    rig.ok(LineOp::Hold { reason: "metal found".into() });
    assert_eq!(rig.line.shown().job, JobState::Held);
    rig.no(LineOp::Hold { reason: "again".into() }, LineReason::Duplicate);
    rig.no(LineOp::Commission { raw: unit("LOTA", 2) }, LineReason::Held);
    rig.no(LineOp::close_batch(), LineReason::Held);
    rig.ok(LineOp::reject(unit("LOTA", 0)));
    rig.no(LineOp::CancelBatch, LineReason::WrongStep);
    rig.ok(LineOp::Resume);
    let report = rig.ok(LineOp::close_batch()).report.expect("a report");
    assert_eq!(report.remarks, [Remark::Held { reason: "metal found".into() }]);
}

#[test]
fn states_of_numbers_and_orders_are_those_of_open_scs() {
    let file = "open-scs/OpenSCS/Opc.Ua.OPENSCS.Types.xsd";
    let Some(path) = tracelight_testkit::data::shared_data(file) else { return };
    let text = std::fs::read_to_string(path).expect("a schema");
    let has = |name: &str, number: u8| {
        text.contains(&format!("\"{name}{number}_{number}\""))
            || text.contains(&format!("\"{name}_{number}_{number}\""))
    };
    let serials = [
        ("Unassigned", SerialState::Unassigned),
        ("Unallocated", SerialState::Unallocated),
        ("Allocated", SerialState::Allocated),
        ("SNInvalid", SerialState::SnInvalid),
        ("Encoded", SerialState::Encoded),
        ("LabelSampled", SerialState::LabelSampled),
        ("LabelScrapped", SerialState::LabelScrapped),
        ("Commissioned", SerialState::Commissioned),
        ("Sampled", SerialState::Sampled),
        ("Inactive", SerialState::Inactive),
        ("Destroyed", SerialState::Destroyed),
        ("Released", SerialState::Released),
    ];
    for (name, state) in serials {
        assert!(has(name, state as u8), "{name}");
    }
    let jobs = [
        ("Undefined", JobState::Undefined),
        ("Waiting", JobState::Waiting),
        ("Ready", JobState::Ready),
        ("Loaded", JobState::Loaded),
        ("Running", JobState::Running),
        ("Completed", JobState::Completed),
        ("Aborted", JobState::Aborted),
        ("Held", JobState::Held),
        ("Suspended", JobState::Suspended),
        ("Closed", JobState::Closed),
    ];
    for (name, state) in jobs {
        assert!(has(name, state as u8), "{name}");
    }
}
