//! The packs of a case, counted: what the chain says beside what holders answered. Pure.
//!
//! ```text
//! packs = in stock + in transit + short + gone + unknown                        of each lot, as the chain has it
//! held by a member who answered     = answered - beyond + not explained         lot by lot
//! held by a member who did not      = not answered
//! ```

use crate::store::LotHoldings;
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::recall_case::CaseSums;
use tracelight_api::rest::recall_task::LotAnswer;
use tracelight_domain::ids::{BatchId, MemberId};

/// Newest answers, by member and lot.
pub type Answers = BTreeMap<MemberId, BTreeMap<BatchId, LotAnswer>>;

/// All packs that are known of a lot.
#[must_use]
pub fn packs(held: &LotHoldings) -> u64 {
    let placed: u64 = held.holders.values().map(crate::store::Held::total).sum::<u64>() + held.gone + held.unknown;
    held.sealed.unwrap_or(placed)
}

/// Adds up the lots of a case.
#[must_use]
pub fn add_up(lots: &BTreeMap<BatchId, LotHoldings>, answers: &Answers) -> CaseSums {
    let mut sums = CaseSums::default();
    for (batch, held) in lots {
        sums.packs += packs(held);
        sums.unsealed_lots += u64::from(held.sealed.is_none());
        sums.gone += held.gone;
        sums.unknown += held.unknown;
        let answered = answers.iter().filter(|(_, lots)| lots.contains_key(batch)).map(|(member, _)| *member);
        let members: BTreeSet<MemberId> = held.holders.keys().copied().chain(answered).collect();
        for member in members {
            let of = held.holders.get(&member).copied().unwrap_or_default();
            sums.in_stock += of.in_stock;
            sums.in_transit += of.in_transit;
            sums.short += of.short;
            match answers.get(&member).and_then(|lots| lots.get(batch)) {
                Some(answer) => add_answer(&mut sums, answer, of.total()),
                None => sums.not_answered += of.total(),
            }
        }
    }
    sums
}

fn add_answer(sums: &mut CaseSums, answer: &LotAnswer, held: u64) {
    let add = |sum: &mut u64, part: u64| *sum = sum.saturating_add(part);
    add(&mut sums.found, answer.found);
    add(&mut sums.quarantined, answer.quarantined);
    add(&mut sums.sold, answer.sold);
    add(&mut sums.unaccounted, answer.unaccounted);
    add(&mut sums.not_explained, held.saturating_sub(answer.total()));
    add(&mut sums.beyond, answer.total().saturating_sub(held));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Held;
    use tracelight_domain::gs1::{Gln, Gtin, Lot};

    fn lot(name: &str) -> BatchId {
        let gtin = Gtin::parse("09521101530001").expect("a GTIN");
        BatchId { gtin, lot: Lot::parse(name).expect("a lot") }
    }

    fn answer(name: &str, found: u64, quarantined: u64, sold: u64, unaccounted: u64) -> LotAnswer {
        let lot = lot(name);
        LotAnswer {
            gtin: lot.gtin.to_string(),
            lot: lot.lot.to_string(),
            found,
            quarantined,
            sold,
            unaccounted,
            note: String::new(),
        }
    }

    #[test]
    fn r4_every_pack_of_a_case_is_somewhere_and_answers_stand_beside_the_chain() {
        let [maker, carrier, pharmacy] = [1, 2, 3].map(|number| Gln::build("9521101", number).expect("a GLN"));
        let held = |in_stock, in_transit, short| Held { in_stock, in_transit, short };
        let a = LotHoldings {
            sealed: Some(100),
            holders: [(maker, held(40, 5, 0)), (pharmacy, held(30, 0, 1))].into(),
            gone: 20,
            unknown: 4,
        };
        let b = LotHoldings { sealed: None, holders: [(carrier, held(7, 0, 0))].into(), gone: 0, unknown: 0 };
        let lots: BTreeMap<BatchId, LotHoldings> = [(lot("A"), a), (lot("B"), b)].into();
        let nobody = add_up(&lots, &Answers::new());
        assert_eq!((nobody.packs, nobody.unsealed_lots, nobody.not_answered), (107, 1, 83));
        let parts = nobody.in_stock + nobody.in_transit + nobody.short + nobody.gone + nobody.unknown;
        assert_eq!(parts, nobody.packs);

        let of = |name: &str, answer: LotAnswer| BTreeMap::from([(lot(name), answer)]);
        let answers: Answers = [
            (pharmacy, of("A", answer("A", 1, 20, 5, 2))),
            // Says that it has more than the chain knows of.
            (carrier, of("B", answer("B", 0, 9, 0, 0))),
        ]
        .into();
        let some = add_up(&lots, &answers);
        assert_eq!((some.found, some.quarantined, some.sold, some.unaccounted), (1, 29, 5, 2));
        assert_eq!((some.not_answered, some.not_explained, some.beyond), (45, 31 - 28, 2));
        let held = some.in_stock + some.in_transit + some.short;
        let answered = some.found + some.quarantined + some.sold + some.unaccounted;
        assert_eq!(held, answered - some.beyond + some.not_explained + some.not_answered);
        assert_eq!(
            nobody,
            CaseSums {
                found: 0,
                quarantined: 0,
                sold: 0,
                unaccounted: 0,
                not_answered: 83,
                not_explained: 0,
                beyond: 0,
                ..some
            }
        );
    }
}
