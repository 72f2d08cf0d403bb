//! Lots of packs: packed, stacked, shipped to a carrier and on to pharmacies, and in part dispensed there.
//!
//! ```text
//! maker --5 pallets--> carrier --pallet--> pharmacy              3 of 4; of these 1 in 20 is on the way, 1 in 50 lacks a case
//!                             '--10 cases of a broken pallet--> pharmacy, which dispenses 5 packs of each case
//! ```

use super::blocks::{At, Blocks, Cast, Handed, PREFIX, Unit, one_of};
use anyhow::Context as _;
use tracelight_domain::gs1::{Gln, Gtin, Lot, Sscc};
use tracelight_domain::ids::{BatchId, UnitId};
use tracelight_domain::state::{EventKind, Level, LogisticStatus, ObjectId, ShipmentStatus};

/// Packs of a lot, a case; cases of a pallet, of a hand-over without a pallet; pallets of a hand-over.
pub const LOT_UNITS: u64 = 20_000;
const CASE_UNITS: u64 = 25;
const PALLET_CASES: usize = 40;
const LOOSE_CASES: usize = 10;
const SHIPMENT_PALLETS: usize = 5;
/// Packs of a loose case that were dispensed.
const DISPENSED: u64 = 5;
/// Products of the history; the first has this number.
const PRODUCTS: u64 = 20;
const FIRST_PRODUCT: u64 = 100;

/// One case, by its place in the history.
struct Case {
    sscc: Sscc,
    number: u64,
    units: u64,
}

/// A pallet with its cases.
struct Pallet {
    sscc: Sscc,
    number: u64,
    cases: Vec<Case>,
}

/// A lot that is written.
struct Writing<'b, 't> {
    blocks: &'b mut Blocks<'t>,
    cast: &'b Cast,
    id: BatchId,
    maker: Gln,
    carrier: Gln,
}

/// The lots of a history of so many packs.
pub fn lots(units: u64) -> anyhow::Result<Vec<BatchId>> {
    let id = |number: u64| {
        let gtin = Gtin::build(0, PREFIX, FIRST_PRODUCT + number % PRODUCTS)?;
        Ok(BatchId { gtin, lot: Lot::parse(&format!("B{number:07}"))? })
    };
    (0..units.div_ceil(LOT_UNITS)).map(id).collect()
}

/// Writes a history of so many packs.
pub fn write(blocks: &mut Blocks<'_>, cast: &Cast, units: u64) -> anyhow::Result<()> {
    let maker = |number: u64| one_of(&cast.makers, number).context("there are makers");
    for number in 0..PRODUCTS {
        blocks.product(Gtin::build(0, PREFIX, FIRST_PRODUCT + number)?, maker(number)?)?;
    }
    let all = lots(units)?;
    for (id, number) in all.iter().zip(0..) {
        let maker = maker(number % PRODUCTS)?;
        let carrier = one_of(&cast.carriers, number / 2).context("there are carriers")?;
        let mut lot = Writing { blocks: &mut *blocks, cast, id: id.clone(), maker, carrier };
        lot.write(number * LOT_UNITS, units.min((number + 1) * LOT_UNITS))?;
        if number % 50 == 49 {
            eprintln!("  {} of {} lots are written", number + 1, all.len());
        }
    }
    Ok(())
}

impl Writing<'_, '_> {
    /// Packs of the history from `first` to before `end`.
    fn write(&mut self, first: u64, end: u64) -> anyhow::Result<()> {
        let made = self.blocks.next();
        let id = self.id.clone();
        self.blocks.lot(&id, self.maker, (EventKind::Registered, &made), end - first)?;
        for (number, idx) in (first..end).zip(0_u64..) {
            let (gtin, lot, serial) = (id.gtin, &id.lot, serial(number));
            self.blocks.tables.row("manifest_unit", format_args!("{gtin}\t{lot}\t{idx}\t{serial}"))?;
        }
        let numbers: Vec<u64> = (first / CASE_UNITS..end.div_ceil(CASE_UNITS)).collect();
        let case = |number: &u64| {
            let units = CASE_UNITS.min(end - number * CASE_UNITS);
            Ok(Case { sscc: Sscc::build(0, PREFIX, *number)?, number: *number, units })
        };
        let mut pallets = Vec::new();
        for some in numbers.chunks(PALLET_CASES) {
            let number = some.first().context("a chunk is not empty")? / PALLET_CASES as u64;
            let cases = some.iter().map(case).collect::<anyhow::Result<_>>()?;
            pallets.push(Pallet { sscc: Sscc::build(1, PREFIX, number)?, number, cases });
        }
        for some in pallets.chunks(SHIPMENT_PALLETS) {
            self.pack_and_ship(some)?;
        }
        Ok(())
    }

    fn pack_and_ship(&mut self, pallets: &[Pallet]) -> anyhow::Result<()> {
        let (packed, shipped, received) = (self.blocks.next(), self.blocks.next(), self.blocks.next());
        for pallet in pallets {
            for case in &pallet.cases {
                let row = format_args!("{}\t{}\t{}\t{}", case.sscc, self.id.gtin, self.id.lot, case.units);
                self.blocks.tables.row("rm_case_content", row)?;
                let object = ObjectId::Logistic(case.sscc);
                self.blocks.event(&object, 1, EventKind::Packed, &packed, (self.maker, None), None)?;
                self.blocks.event(&object, 2, EventKind::Packed, &packed, (self.maker, None), Some(pallet.sscc))?;
            }
            let object = ObjectId::Logistic(pallet.sscc);
            self.blocks.event(&object, 1, EventKind::Packed, &packed, (self.maker, None), None)?;
        }
        let id = self.blocks.next_shipment()?;
        let (from, to, status) = (self.maker, self.carrier, ShipmentStatus::Received);
        let handed = Handed { id, from, to, status, shipped: &shipped, answered: Some(&received) };
        let objects: Vec<(Sscc, u32)> = pallets.iter().map(|pallet| (pallet.sscc, 1)).collect();
        self.blocks.hand_over(&handed, &objects)?;
        for pallet in pallets {
            let cases: Vec<Sscc> = pallet.cases.iter().map(|case| case.sscc).collect();
            self.blocks.on_board(id, pallet.sscc, &cases)?;
            let to = one_of(&self.cast.pharmacies, pallet.number).context("there are pharmacies")?;
            if pallet.number % 4 == 3 {
                self.break_up(pallet, &packed)?
            } else {
                self.forward(pallet, &cases, to, &packed)?
            }
        }
        Ok(())
    }

    /// The whole pallet goes to a pharmacy.
    fn forward(&mut self, pallet: &Pallet, cases: &[Sscc], to: Gln, packed: &At) -> anyhow::Result<()> {
        let (shipped, received) = (self.blocks.next(), self.blocks.next());
        let id = self.blocks.next_shipment()?;
        let (is_open, is_short) = (pallet.number % 20 == 5, pallet.number % 50 == 1);
        let (status, custodian, place, last) = match (is_open, is_short) {
            (true, _) => (ShipmentStatus::Open, self.carrier, LogisticStatus::InTransit(id), &shipped),
            (false, true) => (ShipmentStatus::ReceivedInPart, to, LogisticStatus::InStock, &received),
            (false, false) => (ShipmentStatus::Received, to, LogisticStatus::InStock, &received),
        };
        let answered = Some(&received).filter(|_| !is_open);
        let handed = Handed { id, from: self.carrier, to, status, shipped: &shipped, answered };
        self.blocks.hand_over(&handed, &[(pallet.sscc, 3)])?;
        self.blocks.on_board(id, pallet.sscc, cases)?;
        let mut missing = is_short && !is_open;
        let mut count = 0;
        for case in &pallet.cases {
            if std::mem::take(&mut missing) {
                let (key, sscc) = (hex::encode(id.0), case.sscc);
                self.blocks.tables.row("rm_shipment_remark", format_args!("{key}\t{sscc}\t1"))?;
                let (object, who) = (ObjectId::Logistic(case.sscc), (to, Some(self.carrier)));
                self.blocks.event(&object, 3, EventKind::MissingOnArrival, &received, who, Some(pallet.sscc))?;
                self.case(case, None, LogisticStatus::Short(id), self.carrier, (packed, &received))?;
            } else {
                count += 1;
                self.case(case, Some(pallet.sscc), LogisticStatus::InStock, self.maker, (packed, packed))?;
            }
        }
        self.pallet(pallet, place, custodian, count, (packed, last))
    }

    /// The carrier takes the cases off; each ten go to another pharmacy.
    fn break_up(&mut self, pallet: &Pallet, packed: &At) -> anyhow::Result<()> {
        let broken = self.blocks.next();
        let who = (self.carrier, None);
        self.blocks.event(&ObjectId::Logistic(pallet.sscc), 4, EventKind::Unpacked, &broken, who, None)?;
        self.pallet(pallet, LogisticStatus::Unpacked, self.carrier, 0, (packed, &broken))?;
        for (some, turn) in pallet.cases.chunks(LOOSE_CASES).zip(0..) {
            let to = one_of(&self.cast.pharmacies, pallet.number + turn).context("there are pharmacies")?;
            let (shipped, received) = (self.blocks.next(), self.blocks.next());
            let id = self.blocks.next_shipment()?;
            let (from, status) = (self.carrier, ShipmentStatus::Received);
            let handed = Handed { id, from, to, status, shipped: &shipped, answered: Some(&received) };
            let objects: Vec<(Sscc, u32)> = some.iter().map(|case| (case.sscc, 3)).collect();
            self.blocks.hand_over(&handed, &objects)?;
            for case in some {
                let object = ObjectId::Logistic(case.sscc);
                self.blocks.event(&object, 3, EventKind::Unpacked, &broken, who, Some(pallet.sscc))?;
                self.case(case, None, LogisticStatus::InStock, to, (packed, &received))?;
                self.dispense(case, to)?;
            }
        }
        Ok(())
    }

    fn dispense(&mut self, case: &Case, pharmacy: Gln) -> anyhow::Result<()> {
        for place in 0..DISPENSED.min(case.units) {
            let at = self.blocks.next();
            let serial = serial(case.number * CASE_UNITS + place);
            let (gtin, lot) = (self.id.gtin, &self.id.lot);
            let row = format_args!(
                "{gtin}\t{serial}\t{lot}\t2\t{pharmacy}\t{}\t{}\t{}\t{}",
                at.ms, case.sscc, at.tx, at.height
            );
            self.blocks.tables.row("rm_unit", row)?;
            let object = ObjectId::Unit(UnitId { gtin, serial: tracelight_domain::gs1::Serial::parse(&serial)? });
            self.blocks.event(&object, 1, EventKind::Dispensed, &at, (pharmacy, None), Some(case.sscc))?;
        }
        Ok(())
    }

    fn case(
        &mut self,
        case: &Case,
        parent: Option<Sscc>,
        status: LogisticStatus,
        custodian: Gln,
        (made, last): (&At, &At),
    ) -> anyhow::Result<()> {
        let (sscc, level, count, made_by) = (case.sscc, Level::Case, case.units, self.maker);
        self.blocks.unit(&Unit { sscc, level, status, custodian, parent, count, made_by, made, last })
    }

    fn pallet(
        &mut self,
        pallet: &Pallet,
        status: LogisticStatus,
        custodian: Gln,
        count: u64,
        (made, last): (&At, &At),
    ) -> anyhow::Result<()> {
        let (sscc, level, made_by) = (pallet.sscc, Level::Pallet, self.maker);
        self.blocks.unit(&Unit { sscc, level, status, custodian, parent: None, count, made_by, made, last })
    }
}

/// The serial of a pack: no two alike, and in no order. A Lehmer step is one to one below its prime.
fn serial(number: u64) -> String {
    const PRIME: u64 = 2_147_483_647;
    format!("{:013}", (number + 1) * 48_271 % PRIME)
}
