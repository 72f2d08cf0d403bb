//! Random walks beside a second account of a line, which keeps no index: where something is, it finds by looking.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use tracelight_api::line::{Aggregation, Counted, Fill, Order, Purpose, SerialState};

const UNITS: u32 = 14;
const QUOTA: usize = 11;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Unit(u32),
    /// By its label.
    Box(u64),
}

#[derive(Clone, Debug)]
struct Box_ {
    level: usize,
    content: Vec<Item>,
    dead: bool,
}

/// Bundle 0, case 1, pallet 2.
#[derive(Clone, Debug, Default)]
struct Model {
    held: bool,
    states: BTreeMap<u32, SerialState>,
    graded: Vec<u32>,
    open: [Vec<Item>; 3],
    boxes: BTreeMap<u64, Box_>,
    ratios: [Option<usize>; 3],
    graded_only: bool,
    replaced: Vec<(u32, u32)>,
}

impl Model {
    fn of(order: &Order) -> Self {
        let ratio = |level: &Option<Aggregation>| level.as_ref().map(|level| level.count as usize);
        Self {
            ratios: [ratio(&order.bundle), ratio(&order.case), ratio(&order.pallet)],
            graded_only: order.grade_min.is_some(),
            ..Self::default()
        }
    }

    fn state(&self, unit: u32) -> SerialState {
        self.states.get(&unit).copied().unwrap_or(SerialState::Allocated)
    }

    fn is_open(&self, item: Item) -> bool {
        self.open.iter().any(|open| open.contains(&item))
    }

    fn is_inside(&self, item: Item) -> bool {
        self.boxes.values().any(|outer| !outer.dead && outer.content.contains(&item))
    }

    fn is_loose(&self, item: Item) -> bool {
        !self.is_open(item) && !self.is_inside(item)
    }

    fn used(&self) -> usize {
        use SerialState::{Commissioned, Inactive, LabelSampled, LabelScrapped, Sampled};
        let used = [Commissioned, Inactive, LabelSampled, LabelScrapped, Sampled];
        self.states.values().filter(|state| used.contains(state)).count()
    }

    fn fresh(&self, unit: u32) -> bool {
        unit < UNITS && matches!(self.state(unit), SerialState::Allocated | SerialState::Encoded)
    }

    fn may_be_good(&self, unit: u32) -> bool {
        self.fresh(unit) && (!self.graded_only || self.graded.contains(&unit)) && self.used() < QUOTA
    }

    fn good(&self, unit: u32) -> bool {
        self.state(unit) == SerialState::Commissioned
    }

    fn has_place(&self, level: usize) -> bool {
        self.ratios[level].is_none_or(|ratio| self.open[level].len() < ratio)
    }

    /// Would it count? If so, it does.
    fn step(&mut self, deed: &Deed_) -> bool {
        let allowed_held = matches!(deed, Deed_::Resume | Deed_::Reject(_) | Deed_::Sample(..));
        if self.held && !allowed_held {
            return false;
        }
        use SerialState::{Commissioned, Encoded, Inactive, LabelSampled, LabelScrapped, Sampled, SnInvalid};
        let allowed = match *deed {
            Deed_::Print(u) => u < UNITS && self.state(u) == SerialState::Allocated,
            Deed_::Verify(u, good) => self.fresh(u) && (good || !self.graded_only),
            Deed_::Commission(u) => self.may_be_good(u),
            Deed_::Reject(u) => {
                (self.fresh(u) && self.used() < QUOTA) || (self.good(u) && self.is_loose(Item::Unit(u)))
            }
            Deed_::Sample(u, true) => self.fresh(u) && self.used() < QUOTA,
            Deed_::Sample(u, false) => self.good(u) && self.is_loose(Item::Unit(u)),
            Deed_::Invalidate(u) => self.fresh(u),
            Deed_::Replace(old, new) => self.good(old) && !self.is_inside(Item::Unit(old)) && self.may_be_good(new),
            Deed_::Pack(u) => {
                let level = usize::from(self.ratios[0].is_none());
                self.good(u) && self.is_loose(Item::Unit(u)) && self.has_place(level)
            }
            Deed_::PackBundle(label) => self.is_whole(label, 0) && self.is_loose(Item::Box(label)) && self.has_place(1),
            Deed_::Stack(label) => self.is_whole(label, 1) && self.is_loose(Item::Box(label)) && self.has_place(2),
            Deed_::Unpack(item) => self.is_open(item),
            Deed_::Close(level, label, fill) => {
                let (count, ratio) = (self.open[level].len(), self.ratios[level]);
                let exists = level > 0 || ratio.is_some();
                let fits = match (fill, ratio) {
                    (Fill::Mixed, _) => false,
                    (_, None) => true,
                    (Fill::Full, Some(ratio)) => count == ratio,
                    (Fill::Partial, Some(ratio)) => count < ratio,
                };
                exists && count > 0 && fits && !self.boxes.contains_key(&label)
            }
            Deed_::Break(label) => {
                self.boxes.get(&label).is_some_and(|inner| !inner.dead) && self.is_loose(Item::Box(label))
            }
            Deed_::Hold => true,
            Deed_::Resume => self.held,
        };
        if !allowed {
            return false;
        }
        match *deed {
            Deed_::Print(u) => drop(self.states.insert(u, Encoded)),
            Deed_::Verify(u, _) => {
                self.states.insert(u, Encoded);
                self.graded.push(u);
            }
            Deed_::Commission(u) => drop(self.states.insert(u, Commissioned)),
            Deed_::Reject(u) => {
                let to = if self.good(u) { Inactive } else { LabelScrapped };
                self.states.insert(u, to);
            }
            Deed_::Sample(u, label) => drop(self.states.insert(u, if label { LabelSampled } else { Sampled })),
            Deed_::Invalidate(u) => drop(self.states.insert(u, SnInvalid)),
            Deed_::Replace(old, new) => {
                self.states.extend([(old, Inactive), (new, Commissioned)]);
                for inside in self.open.iter_mut().flatten().filter(|inside| **inside == Item::Unit(old)) {
                    *inside = Item::Unit(new);
                }
                self.replaced.push((old, new));
            }
            Deed_::Pack(u) => self.open[usize::from(self.ratios[0].is_none())].push(Item::Unit(u)),
            Deed_::PackBundle(label) => self.open[1].push(Item::Box(label)),
            Deed_::Stack(label) => self.open[2].push(Item::Box(label)),
            Deed_::Unpack(item) => self.open.iter_mut().for_each(|open| open.retain(|inside| *inside != item)),
            Deed_::Close(level, label, _) => {
                let content = std::mem::take(&mut self.open[level]);
                self.boxes.insert(label, Box_ { level, content, dead: false });
            }
            Deed_::Break(label) => {
                if let Some(inner) = self.boxes.get_mut(&label) {
                    inner.dead = true;
                }
            }
            Deed_::Hold => self.held = true,
            Deed_::Resume => self.held = false,
        }
        true
    }

    fn is_whole(&self, label: u64, level: usize) -> bool {
        self.boxes.get(&label).is_some_and(|inner| !inner.dead && inner.level == level)
    }

    /// Packs of a whole case, those of its bundles included.
    fn packs(&self, label: u64) -> Vec<u32> {
        let content = self.boxes.get(&label).map(|inner| inner.content.clone()).unwrap_or_default();
        let packs = content.into_iter().flat_map(|item| match item {
            Item::Unit(unit) => vec![unit],
            Item::Box(inner) => self.packs(inner),
        });
        packs.collect()
    }
}

#[derive(Clone, Debug)]
enum Deed_ {
    Print(u32),
    Verify(u32, bool),
    Commission(u32),
    Reject(u32),
    Sample(u32, bool),
    Invalidate(u32),
    Replace(u32, u32),
    Pack(u32),
    PackBundle(u64),
    Stack(u64),
    Unpack(Item),
    Close(usize, u64, Fill),
    Break(u64),
    Hold,
    Resume,
}

impl Deed_ {
    fn op(&self) -> LineOp {
        let of = |item: Item| match item {
            Item::Unit(unit) => code(unit),
            Item::Box(reference) => label(reference),
        };
        match *self {
            Self::Print(u) => LineOp::Print { raw: code(u) },
            Self::Verify(u, good) => LineOp::Verify { raw: code(u), grade: if good { "3.0" } else { "D" }.to_owned() },
            Self::Commission(u) => LineOp::Commission { raw: code(u) },
            Self::Reject(u) => LineOp::reject(code(u)),
            Self::Sample(u, label) => {
                LineOp::Sample { raw: code(u), purpose: if label { Purpose::Label } else { Purpose::Retained } }
            }
            Self::Invalidate(u) => LineOp::Invalidate { raw: code(u), reason: "torn".to_owned() },
            Self::Replace(old, new) => LineOp::Replace { old: code(old), new: code(new), reason: "torn".to_owned() },
            Self::Pack(u) => LineOp::Pack { raw: code(u) },
            Self::PackBundle(reference) => LineOp::Pack { raw: label(reference) },
            Self::Stack(reference) => LineOp::Stack { raw: label(reference) },
            Self::Unpack(item) => LineOp::Unpack { raw: of(item) },
            Self::Close(0, reference, fill) => LineOp::CloseBundle { raw: label(reference), fill },
            Self::Close(1, reference, fill) => LineOp::CloseCase { raw: label(reference), fill },
            Self::Close(_, reference, fill) => LineOp::ClosePallet { raw: label(reference), fill },
            Self::Break(reference) => LineOp::Break { raw: label(reference), reason: "crushed".to_owned() },
            Self::Hold => LineOp::Hold { reason: "cleaning".to_owned() },
            Self::Resume => LineOp::Resume,
        }
    }
}

fn any_deed() -> impl Strategy<Value = Deed_> {
    // One number more than were issued, so that foreign ones come too.
    let (unit, label) = (0..=UNITS, 1u64..9);
    let fill = prop_oneof![3 => Just(Fill::Full), 2 => Just(Fill::Partial), 1 => Just(Fill::Mixed)];
    prop_oneof![
        1 => unit.clone().prop_map(Deed_::Print),
        2 => (unit.clone(), any::<bool>()).prop_map(|(u, good)| Deed_::Verify(u, good)),
        8 => unit.clone().prop_map(Deed_::Commission),
        1 => unit.clone().prop_map(Deed_::Reject),
        1 => (unit.clone(), any::<bool>()).prop_map(|(u, label)| Deed_::Sample(u, label)),
        1 => unit.clone().prop_map(Deed_::Invalidate),
        1 => (unit.clone(), unit.clone()).prop_map(|(old, new)| Deed_::Replace(old, new)),
        8 => unit.clone().prop_map(Deed_::Pack),
        3 => label.clone().prop_map(Deed_::PackBundle),
        3 => label.clone().prop_map(Deed_::Stack),
        2 => prop_oneof![unit.prop_map(Item::Unit), label.clone().prop_map(Item::Box)].prop_map(Deed_::Unpack),
        8 => (0usize..3, label.clone(), fill).prop_map(|(level, label, fill)| Deed_::Close(level, label, fill)),
        2 => label.prop_map(Deed_::Break),
        1 => Just(Deed_::Hold),
        2 => Just(Deed_::Resume),
    ]
}

fn any_order() -> impl Strategy<Value = Order> {
    let level = |max: u32| proptest::option::of((1..max).prop_map(|count| Aggregation { count, gtin: None }));
    (level(4), level(4), level(3), any::<bool>(), any::<bool>()).prop_map(|(bundle, case, pallet, graded, waits)| {
        Order { bundle, case, pallet, grade_min: graded.then(|| "C".to_owned()), hold_for_release: waits }
    })
}

fn small_sheet() -> Arc<Sheet> {
    let issued = (0..UNITS).map(|i| Serial::parse(&format!("S{i:02}")).expect("a serial")).collect();
    Arc::new(Sheet { issued, quota: QUOTA as u64, ..(*sheet()).clone() })
}

fn serial(unit: u32) -> Serial {
    Serial::parse(&format!("S{unit:02}")).expect("a serial")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Line and model take and refuse the same; every number has one state; what the chain is told is what is there.
    #[test]
    fn a_line_does_what_a_simple_account_of_it_says(order in any_order(), deeds in proptest::collection::vec(any_deed(), 0..120)) {
        let mut line = Line::default();
        let mut record = 0;
        let mut play = |line: &mut Line, op: &LineOp| {
            record += 1;
            let step = line.plan(op, |_| Ok(small_sheet())).map_err(|objection| objection.reason)?;
            Ok::<Done, LineReason>(line.commit(step, Stamp { record, salt: [9; 16] }))
        };
        let mut model = Model::of(&order);
        let open = LineOp::OpenBatch { gtin: GTIN.to_owned(), lot: "LOT1".to_owned(), order: Some(order.clone()) };
        play(&mut line, &open).expect("opens");
        for deed in &deeds {
            let before = line.shown();
            let expected = model.step(deed);
            let found = play(&mut line, &deed.op());
            if matches!(deed, Deed_::Hold) && before.job == JobState::Held {
                prop_assert_eq!(found.err(), Some(LineReason::Duplicate));
                continue;
            }
            prop_assert_eq!(found.is_ok(), expected, "{:?} in {:?}: {:?}", deed, model, found.err());
            if !expected {
                prop_assert_eq!(line.shown(), before, "what is refused changes nothing");
            }
            for unit in 0..UNITS {
                prop_assert_eq!(line.state_of(&serial(unit)), model.state(unit));
            }
            let shown = line.shown();
            prop_assert_eq!(shown.in_bundle as usize, model.open[0].len());
            prop_assert_eq!(shown.in_case as usize, model.open[1].len());
            prop_assert_eq!(shown.on_pallet as usize, model.open[2].len());
        }
        end(&mut line, model, order.hold_for_release, &mut play)?;
    }
}

/// Closes what is open, closes the order and compares everything that comes out.
fn end(
    line: &mut Line,
    mut model: Model,
    waits: bool,
    play: &mut impl FnMut(&mut Line, &LineOp) -> Result<Done, LineReason>,
) -> Result<(), TestCaseError> {
    if model.held {
        play(line, &LineOp::Resume).expect("resumes");
        model.held = false;
    }
    for (level, first) in [(0, 100), (1, 200), (2, 300)] {
        while let Some(item) = model.open[level].last().copied() {
            let unpack = Deed_::Unpack(item);
            prop_assert!(model.step(&unpack));
            play(line, &unpack.op()).expect("unpacks");
        }
        prop_assert!(first > 0);
    }
    let good: Vec<u32> = (0..UNITS).filter(|unit| model.good(*unit)).collect();
    let count = |wanted: &[SerialState]| (0..UNITS).filter(|unit| wanted.contains(&model.state(*unit))).count() as u64;
    use SerialState::{Allocated, Encoded, Inactive, LabelSampled, LabelScrapped, Sampled, SnInvalid};
    let counted = Counted {
        commissioned: good.len() as u64,
        scrapped: count(&[LabelScrapped, Inactive]),
        sampled: count(&[LabelSampled, Sampled]),
    };
    if good.is_empty() {
        prop_assert_eq!(play(line, &LineOp::close_batch()).err(), Some(LineReason::Empty));
        let done = play(line, &LineOp::CancelBatch).expect("cancels");
        prop_assert_eq!(done.ended.is_some(), !model.states.is_empty(), "an order that met a number is over");
        prop_assert_eq!(
            line.shown().last.map(|last| (last.job, last.numbers.is_complete())),
            Some((JobState::Aborted, true))
        );
        return Ok(());
    }
    prop_assert_eq!(play(line, &LineOp::CancelBatch).err(), Some(LineReason::WrongStep));
    let wrong = Counted { commissioned: counted.commissioned + 1, ..counted };
    let with = |counted| LineOp::CloseBatch { counted: Some(counted), carry: false };
    prop_assert_eq!(play(line, &with(wrong)).err(), Some(LineReason::CountsDiffer));
    let done = play(line, &with(counted)).expect("closes");
    let last = line.shown().last.expect("an order was closed");
    prop_assert!(last.numbers.is_complete(), "{:?}", last.numbers);
    prop_assert_eq!(last.numbers.issued, u64::from(UNITS));
    prop_assert_eq!(
        (last.numbers.commissioned, last.numbers.scrapped, last.numbers.sampled),
        (counted.commissioned, counted.scrapped, counted.sampled)
    );
    prop_assert_eq!((last.numbers.returned, last.numbers.invalid), (count(&[Allocated]), count(&[Encoded, SnInvalid])));
    let report = done.report.expect("an order was closed");
    let replaced: Vec<_> =
        model.replaced.iter().map(|(old, new)| (serial(*old).to_string(), serial(*new).to_string())).collect();
    let told = report.remarks.into_iter().filter_map(|remark| match remark {
        Remark::Replaced { old, new, .. } => Some((old, new)),
        _ => None,
    });
    prop_assert_eq!(told.collect::<Vec<_>>(), replaced);

    let (mut seals, mut packs): (Vec<_>, Vec<_>) =
        done.deeds.into_iter().map(|(_, deed)| deed).partition(|deed| matches!(deed.body, TxBody::SealBatch(_)));
    if waits {
        prop_assert!(packs.is_empty(), "nothing can be shipped before it is released");
        prop_assert!(line.needs(&small_sheet().batch));
        let released =
            play(line, &LineOp::ReleaseBatch { gtin: GTIN.to_owned(), lot: "LOT1".to_owned() }).expect("releases");
        packs = released.deeds.into_iter().map(|(_, deed)| deed).collect();
    }
    prop_assert!(!line.needs(&small_sheet().batch));
    let again = play(line, &LineOp::ReleaseBatch { gtin: GTIN.to_owned(), lot: "LOT1".to_owned() });
    prop_assert_eq!(again.err(), Some(LineReason::WrongStep));
    let seal = seals.pop().expect("one seal");
    let List::Batch { serials, gone, line, .. } = &seal.list else { panic!("a seal has a list") };
    let mut sealed = serials.clone();
    sealed.sort();
    prop_assert_eq!(sealed, good.iter().map(|unit| serial(*unit)).collect::<Vec<_>>());
    let numbers = report.numbers;
    prop_assert_eq!(
        (gone.scrapped.len() as u64, gone.sampled.len() as u64, gone.invalid.len() as u64, line.as_str()),
        (numbers.scrapped, numbers.sampled, numbers.invalid, "s/l"),
        "the list says of each number what the books say"
    );
    let TxBody::SealBatch(body) = &seal.body else { panic!("a seal") };
    prop_assert_eq!(
        (body.unit_count, body.rejected, body.sampled),
        (counted.commissioned, counted.scrapped, counted.sampled)
    );
    compare_boxes(&model, &packs)
}

fn compare_boxes(model: &Model, packs: &[Deed]) -> Result<(), TestCaseError> {
    let whole = |level| model.boxes.iter().filter(move |(_, inner)| inner.level == level && !inner.dead);
    let mut told = BTreeMap::new();
    for deed in packs {
        let TxBody::Pack { parent, content } = &deed.body else { panic!("a case or pallet: {deed:?}") };
        prop_assert!(told.insert(*parent, content.clone()).is_none(), "told once");
        if let (List::Case { packs, .. }, Content::Units { root, batches }) = (&deed.list, content) {
            let leaves = packs.iter().map(|(_, serial)| small_sheet().leaf(serial)).collect();
            prop_assert_eq!(tracelight_proof::merkle::root(leaves), *root);
            prop_assert_eq!(batches.iter().map(|(_, count)| *count as usize).sum::<usize>(), packs.len());
        }
    }
    let sscc = |reference| Sscc::build(3, "9506000", reference).expect("a label");
    prop_assert_eq!(told.len(), whole(1).count() + whole(2).count());
    for (reference, _) in whole(1) {
        let deed = packs.iter().find_map(|deed| match &deed.list {
            List::Case { sscc: label, packs } if *label == sscc(*reference) => Some(packs.clone()),
            _ => None,
        });
        let expected: Vec<Serial> = model.packs(*reference).into_iter().map(serial).collect();
        let found: Vec<Serial> = deed.expect("the case was told").into_iter().map(|(_, serial)| serial).collect();
        prop_assert_eq!(&found, &expected, "in packing order");
        for serial in &expected {
            let unit: u32 = serial.as_str()[1..].parse().expect("a number");
            prop_assert!(model.good(unit), "no case holds what was rejected or sampled");
        }
    }
    for (reference, inner) in whole(2) {
        let cases: Vec<Sscc> = inner
            .content
            .iter()
            .map(|item| match item {
                Item::Box(case) => sscc(*case),
                Item::Unit(unit) => panic!("pack {unit} on a pallet"),
            })
            .collect();
        prop_assert_eq!(told.get(&sscc(*reference)), Some(&Content::Cases(cases)));
    }
    Ok(())
}
