//! A lineage: one lot went into branches, each branch into leaves, some leaves into which two branches went.
//!
//! ```text
//! root --case--> branch (99 of 10,000 lots) --case--> leaf (the rest; every fifth has a second branch)
//! leaf: 2 cases to a carrier and on to a pharmacy, every second leaf's on a pallet; one pack in no case
//! ```

use super::blocks::{At, Blocks, Cast, Handed, PREFIX, Unit, hash, hex_key, one_of};
use anyhow::{Context as _, ensure};
use std::collections::BTreeMap;
use tracelight_domain::gs1::{Gln, Gtin, Lot, Sscc};
use tracelight_domain::ids::{BatchId, Hash};
use tracelight_domain::state::{
    EventKind, History, LINEAGE_MAX, Level, LogisticStatus, ObjectId, ObjectState, ShipmentStatus, StateBody,
};
use tracelight_domain::trace::GRAPH_LOTS_MAX;
use tracelight_proof::codec::Canonical as _;

/// Packs of a case.
const CASE_UNITS: u64 = 25;
/// Cases of a leaf.
const LEAF_CASES: u64 = 2;
/// Products: of the root, the branches, the leaves.
const FIRST_PRODUCT: u64 = 900;
/// Numbers of cases and pallets begin here, far behind those of the history.
const FIRST_CASE: u64 = 900_000_000;

/// A lot and its place among its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    id: BatchId,
    from: Vec<BatchId>,
    into: Vec<BatchId>,
}

/// The lot that all others were made from.
pub fn root() -> anyhow::Result<BatchId> {
    lot(0, 0)
}

fn lot(level: u64, number: u64) -> anyhow::Result<BatchId> {
    let gtin = Gtin::build(0, PREFIX, FIRST_PRODUCT + level)?;
    Ok(BatchId { gtin, lot: Lot::parse(&format!("L{level}-{number:05}"))? })
}

/// All lots, inputs before what was made of them; and how many of them are no leaves.
fn members(lots: usize) -> anyhow::Result<(Vec<Member>, usize)> {
    ensure!((4..=GRAPH_LOTS_MAX).contains(&lots), "a lineage has 4 to {GRAPH_LOTS_MAX} lots");
    let lots = lots as u64;
    let branches = lots.isqrt() - 1;
    let mut into: BTreeMap<BatchId, Vec<BatchId>> = BTreeMap::new();
    let mut from: BTreeMap<BatchId, Vec<BatchId>> = BTreeMap::new();
    let mut order = vec![root()?];
    let mut link = |input: BatchId, output: &BatchId| {
        into.entry(input.clone()).or_default().push(output.clone());
        from.entry(output.clone()).or_default().push(input);
    };
    for number in 0..branches {
        let branch = lot(1, number)?;
        link(root()?, &branch);
        order.push(branch);
    }
    for number in 0..lots - 1 - branches {
        let leaf = lot(2, number)?;
        link(lot(1, number % branches)?, &leaf);
        if number % 5 == 0 && branches > 1 {
            link(lot(1, (number + 1) % branches)?, &leaf);
        }
        order.push(leaf);
    }
    let widest = into.values().map(Vec::len).max().unwrap_or_default();
    ensure!(widest <= LINEAGE_MAX, "a lot goes into {widest} others, at most {LINEAGE_MAX} may be");
    let all = order.into_iter().map(|id| Member {
        from: from.remove(&id).unwrap_or_default(),
        into: into.remove(&id).unwrap_or_default(),
        id,
    });
    Ok((all.collect(), usize::try_from(branches + 1)?))
}

/// Writes a lineage of so many lots.
pub fn write(blocks: &mut Blocks<'_>, cast: &Cast, lots: usize) -> anyhow::Result<()> {
    let maker = one_of(&cast.makers, 0).context("there are makers")?;
    for level in 0..3 {
        blocks.product(Gtin::build(0, PREFIX, FIRST_PRODUCT + level)?, maker)?;
    }
    let (members, inner) = members(lots)?;
    let mut next_case = FIRST_CASE;
    let mut made: BTreeMap<BatchId, At> = BTreeMap::new();
    for (member, number) in members.iter().zip(0_u64..) {
        let at = blocks.next();
        let kind = if member.from.is_empty() { EventKind::Registered } else { EventKind::Transformed };
        let cases = if member.into.is_empty() { LEAF_CASES } else { member.into.len() as u64 };
        blocks.lot(&member.id, maker, (kind, &at), cases * CASE_UNITS + number % 2)?;
        lineage(blocks, member, &at, maker)?;
        if member.into.is_empty() {
            leaf(blocks, cast, member, maker, number, next_case)?;
            // One number more for a pallet.
            next_case += LEAF_CASES + 1;
        }
        made.insert(member.id.clone(), at);
    }
    // What was used up: one case for each lot that was made of it.
    for member in members.iter().take(inner) {
        for output in &member.into {
            let at = made.get(output).context("it was made")?;
            used_case(blocks, member, Sscc::build(0, PREFIX, next_case)?, maker, at)?;
            next_case += 1;
        }
    }
    Ok(())
}

fn lineage(blocks: &mut Blocks<'_>, member: &Member, at: &At, maker: Gln) -> anyhow::Result<()> {
    let object = ObjectId::Lineage(member.id.clone());
    let count = u32::try_from(member.into.len())? + u32::from(!member.from.is_empty());
    let mut head = [0; 32];
    hex::decode_to_slice(hash(6, at.height, 4), &mut head)?;
    let body = StateBody::Lineage { made_from: member.from.clone(), made_into: member.into.clone() };
    let state = ObjectState { history: History { count, head: Hash(head) }, body };
    let (key, state) = (hex_key(&object), hex::encode(state.to_bytes()));
    blocks.tables.row("rm_object", format_args!("{key}\t{state}"))?;
    for seq in 1..=count {
        blocks.event(&object, seq, EventKind::Transformed, at, (maker, None), None)?;
    }
    Ok(())
}

fn used_case(blocks: &mut Blocks<'_>, member: &Member, sscc: Sscc, maker: Gln, used: &At) -> anyhow::Result<()> {
    let packed = blocks.next();
    content(blocks, member, sscc)?;
    let object = ObjectId::Logistic(sscc);
    blocks.event(&object, 1, EventKind::Packed, &packed, (maker, None), None)?;
    blocks.event(&object, 2, EventKind::Transformed, used, (maker, None), None)?;
    blocks.unit(&Unit {
        sscc,
        level: Level::Case,
        status: LogisticStatus::Consumed,
        custodian: maker,
        parent: None,
        count: CASE_UNITS,
        made_by: maker,
        made: &packed,
        last: used,
    })
}

fn content(blocks: &mut Blocks<'_>, member: &Member, case: Sscc) -> anyhow::Result<()> {
    let BatchId { gtin, lot } = &member.id;
    blocks.tables.row("rm_case_content", format_args!("{case}\t{gtin}\t{lot}\t{CASE_UNITS}"))
}

/// Its cases and their two hand-overs.
fn leaf(
    blocks: &mut Blocks<'_>,
    cast: &Cast,
    member: &Member,
    maker: Gln,
    number: u64,
    first_case: u64,
) -> anyhow::Result<()> {
    let packed = blocks.next();
    let cases = (first_case..first_case + LEAF_CASES).map(|case| Sscc::build(0, PREFIX, case));
    let cases = cases.collect::<Result<Vec<_>, _>>()?;
    let pallet = Some(Sscc::build(1, PREFIX, first_case)?).filter(|_| number.is_multiple_of(2));
    for case in &cases {
        content(blocks, member, *case)?;
        blocks.event(&ObjectId::Logistic(*case), 1, EventKind::Packed, &packed, (maker, None), None)?;
    }
    let carrier = one_of(&cast.carriers, number).context("there are carriers")?;
    let pharmacy = one_of(&cast.pharmacies, number).context("there are pharmacies")?;
    let shipped: Vec<Sscc> = pallet.map_or_else(|| cases.clone(), |pallet| vec![pallet]);
    let mut last = packed.clone();
    for (from, to, before) in [(maker, carrier, 1), (carrier, pharmacy, 3)] {
        let (left, received) = (blocks.next(), blocks.next());
        let id = blocks.next_shipment()?;
        let status = ShipmentStatus::Received;
        let handed = Handed { id, from, to, status, shipped: &left, answered: Some(&received) };
        let objects: Vec<(Sscc, u32)> = shipped.iter().map(|sscc| (*sscc, before)).collect();
        blocks.hand_over(&handed, &objects)?;
        if let Some(pallet) = pallet {
            blocks.on_board(id, pallet, &cases)?;
        }
        last = received;
    }
    let units = cases.iter().map(|case| (*case, Level::Case, pallet, CASE_UNITS));
    for (sscc, level, parent, count) in units.chain(pallet.map(|pallet| (pallet, Level::Pallet, None, LEAF_CASES))) {
        let (status, custodian) = (LogisticStatus::InStock, pharmacy);
        blocks.unit(&Unit {
            sscc,
            level,
            status,
            custodian,
            parent,
            count,
            made_by: maker,
            made: &packed,
            last: &last,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lineage_has_the_lots_that_are_asked_for() {
        for lots in [4, 10, 200, GRAPH_LOTS_MAX] {
            let (all, inner) = members(lots).expect("it can be made");
            assert_eq!(all.len(), lots);
            assert!(all.iter().take(inner).all(|member| !member.into.is_empty()), "{lots}");
            assert!(all.iter().skip(inner).all(|member| member.into.is_empty()), "{lots}");
        }
    }
}
