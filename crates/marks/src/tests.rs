//! What all kinds share: the rule of freshness, claims, bytes, the registry, and policies.

mod claims;
mod codec;
mod judging;
mod policies;

use crate::{
    Claim, Confidence, Freshness, Item, Kind, Outcome, Reading, Reason, ReasonId, Slot, Standing, Tries, Verdict,
};
use proptest::prelude::*;

pub fn kind(text: &str) -> Kind {
    Kind::parse(text).expect("a kind")
}

pub fn item(text: &str) -> Item {
    Item::parse(text).expect("a name")
}

pub fn slot() -> Slot {
    Slot::of(&kind("a.b"), &[b"x"])
}

pub const TRIES: Tries = Tries { misses_max: 3, per_ms: 1_000 };

pub fn verdicts() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        4 => Just(Verdict::Genuine),
        1 => Just(Verdict::Suspect),
        1 => Just(Verdict::Counterfeit),
        1 => Just(Verdict::Inconclusive),
    ]
}

/// An outcome of any sort, made in the only way there is: by a reading and the store's answer.
pub fn outcome(verdict: Verdict, percent: u8, freshness: Freshness) -> Outcome {
    let why = ReasonId::parse("test.why").expect("a reason");
    let finding = Outcome::new(verdict, Confidence::percent(percent), why);
    let reading = match freshness {
        Freshness::None => return Reading::of(finding).judge(Standing::NotAsked),
        _ => Reading { claim: Claim::First { slot: slot(), tries: None }, finding },
    };
    match freshness {
        Freshness::AlreadyUsed { at_ms, count } => reading.judge(Standing::AlreadyUsed { at_ms, count }),
        _ => reading.judge(Standing::Fresh),
    }
}

pub fn freshnesses() -> impl Strategy<Value = Freshness> {
    prop_oneof![
        2 => Just(Freshness::None),
        4 => Just(Freshness::Fresh),
        1 => (any::<u64>(), any::<u32>()).prop_map(|(at_ms, count)| Freshness::AlreadyUsed { at_ms, count }),
    ]
}

pub fn reasons() -> impl Strategy<Value = Reason> {
    ("[a-z]{1,10}\\.[a-z_]{1,10}", any::<Option<u64>>())
        .prop_filter_map("well formed", |(id, number)| ReasonId::parse(&id).ok().map(|id| Reason { id, number }))
}
