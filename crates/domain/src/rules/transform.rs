//! Batches made into a new batch: ingredients into a product, a product into another presentation. The lineage is kept on
//! both sides, so that a recall of an ingredient finds what was made from it, and a product what it was made of.

use super::{Applied, Change, ChangeEvent, Context, Ledger, Refusal, RuleError, Signer, goods, handover, unit};
use crate::gs1::Sscc;
use crate::ids::BatchId;
use crate::state::{EventKind, LINEAGE_MAX, Level, LogisticStatus, ObjectId, StateBody};
use crate::tx::{Input, Transform};
use std::collections::BTreeSet;

pub(super) fn transform<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    made: &Transform,
) -> Applied<L::Error> {
    let registration = goods::Registration {
        batch: &made.output,
        made_on: made.made_on,
        expires_on: made.expires_on,
        quota: made.quota,
    };
    let output = goods::new_batch(context, signer, &registration, EventKind::Transformed)?;
    if made.inputs.is_empty() {
        return Err(Refusal::CountOutOfRange.into());
    }
    let (mut batches, mut cases) = (BTreeSet::new(), BTreeSet::new());
    let mut changes = Vec::new();
    for input in &made.inputs {
        if !batches.insert(&input.batch) || !input.cases.iter().all(|case| cases.insert(case)) {
            return Err(Refusal::Duplicate.into());
        }
        use_up(context, signer, input, &made.output, &mut changes)?;
    }
    let made_from = made.inputs.iter().map(|input| input.batch.clone()).collect();
    changes.push(lineage(&made.output, StateBody::Lineage { made_from, made_into: Vec::new() }));
    changes.push(output);
    Ok(changes)
}

fn use_up<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    input: &Input,
    output: &BatchId,
    changes: &mut Vec<Change>,
) -> Result<(), RuleError<L::Error>> {
    let object = ObjectId::Batch(input.batch.clone());
    let Some(body) = context.get(&object)? else { return Err(Refusal::UnknownBatch.into()) };
    let StateBody::Batch { maker, expires_on, recalled, .. } = &body else {
        return Err(Refusal::UnknownBatch.into());
    };
    if recalled.is_some() {
        return Err(Refusal::BatchRecalled.into());
    }
    if unit::is_expired(context.time_ms, *expires_on) {
        return Err(Refusal::BatchExpired.into());
    }
    if input.cases.is_empty() && *maker != signer.member {
        return Err(Refusal::NotTheCustodian.into());
    }
    for case in &input.cases {
        changes.push(consume(context, signer, *case)?);
    }
    changes.push(Change::new(object, body, ChangeEvent::of(EventKind::Transformed)));
    let (made_from, mut made_into) = match context.get(&ObjectId::Lineage(input.batch.clone()))? {
        Some(StateBody::Lineage { made_from, made_into }) => (made_from, made_into),
        _ => (Vec::new(), Vec::new()),
    };
    if made_into.len() >= LINEAGE_MAX {
        return Err(Refusal::LineageFull.into());
    }
    made_into.push(output.clone());
    changes.push(lineage(&input.batch, StateBody::Lineage { made_from, made_into }));
    Ok(())
}

fn consume<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    case: Sscc,
) -> Result<Change, RuleError<L::Error>> {
    let mut body = handover::loose_in_stock(context, signer, case)?;
    let StateBody::Logistic { status, level, .. } = &mut body else {
        return Err(Refusal::UnknownLogisticUnit.into());
    };
    if *level != Level::Case {
        return Err(Refusal::WrongLevel.into());
    }
    *status = LogisticStatus::Consumed;
    Ok(Change::new(ObjectId::Logistic(case), body, ChangeEvent::of(EventKind::Transformed)))
}

fn lineage(batch: &BatchId, body: StateBody) -> Change {
    Change::new(ObjectId::Lineage(batch.clone()), body, ChangeEvent::of(EventKind::Transformed))
}
