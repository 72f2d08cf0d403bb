//! Single packs. A pack has no row of its own until something happens to it; the transaction that touches it first
//! carries the proof that it exists and where it stands.

use super::{
    Applied, Change, ChangeEvent, Commitments, Context, DAY_MS, Ledger, RETURN_DAYS_MAX, Refusal, RuleError, Signer,
};
use crate::gs1::{Date, Sscc};
use crate::ids::{BatchId, MemberId};
use crate::state::{EventKind, LogisticStatus, MemberRole, ObjectId, StateBody, UnitStatus};
use crate::tx::{UnitAction, UnitTouch};

struct BatchFacts {
    maker: MemberId,
    expires_on: Date,
    recalled: bool,
}

/// Where the pack stands before the transaction.
struct Standing {
    status: UnitStatus,
    custodian: MemberId,
    /// Who made the last change.
    by: MemberId,
    since_ms: u64,
    container: Option<Sscc>,
    loose: bool,
}

pub(super) fn act<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    touch: &UnitTouch,
    action: UnitAction,
) -> Applied<L::Error> {
    let batch = proven_batch(context, touch)?;
    let standing = standing(context, touch, &batch)?;
    let (status, kind) = transition(context, signer, action, &standing, &batch)?;
    let (custodian, by) = (standing.custodian, signer.member);
    let body = StateBody::Unit { lot: touch.lot.clone(), status, custodian, by, since_ms: context.time_ms };
    let event = ChangeEvent::with_container(kind, standing.container);
    Ok(vec![Change::new(ObjectId::Unit(touch.unit.clone()), body, event)])
}

fn proven_batch<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    touch: &UnitTouch,
) -> Result<BatchFacts, RuleError<L::Error>> {
    let id = BatchId { gtin: touch.unit.gtin, lot: touch.lot.clone() };
    let Some(StateBody::Batch { maker, expires_on, unit_root, recalled, .. }) = context.get(&ObjectId::Batch(id))?
    else {
        return Err(Refusal::UnknownBatch.into());
    };
    let Some(unit_root) = unit_root else { return Err(Refusal::BatchNotSealed.into()) };
    if !context.commitments.in_batch(touch, &unit_root) {
        return Err(Refusal::NotInBatch.into());
    }
    Ok(BatchFacts { maker, expires_on, recalled: recalled.is_some() })
}

fn standing<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    touch: &UnitTouch,
    batch: &BatchFacts,
) -> Result<Standing, RuleError<L::Error>> {
    if let Some(StateBody::Unit { lot, status, custodian, by, since_ms }) =
        context.get(&ObjectId::Unit(touch.unit.clone()))?
    {
        // A serial is unique within its GTIN, whatever the lot: a second lot with the same serial is a maker's error.
        if lot != touch.lot {
            return Err(Refusal::NotInBatch.into());
        }
        return Ok(Standing { status, custodian, by, since_ms, container: None, loose: false });
    }
    let Some((case, path)) = &touch.in_case else {
        return Ok(Standing {
            status: UnitStatus::Active,
            custodian: batch.maker,
            by: batch.maker,
            since_ms: 0,
            container: None,
            loose: true,
        });
    };
    let Some(StateBody::Logistic { status, custodian, parent, content_root, .. }) =
        context.get(&ObjectId::Logistic(*case))?
    else {
        return Err(Refusal::UnknownLogisticUnit.into());
    };
    if !context.commitments.in_case(touch, path, &content_root) {
        return Err(Refusal::NotInCase.into());
    }
    let (status, custodian) = match parent {
        None => (status, custodian),
        Some(pallet) => match context.get(&ObjectId::Logistic(pallet))? {
            Some(StateBody::Logistic { status, custodian, .. }) => (status, custodian),
            _ => return Err(Refusal::UnknownLogisticUnit.into()),
        },
    };
    if status != LogisticStatus::InStock {
        return Err(Refusal::NotInStock.into());
    }
    let by = custodian;
    Ok(Standing { status: UnitStatus::Active, custodian, by, since_ms: 0, container: Some(*case), loose: false })
}

/// The transition table of Delegated Reg. 2016/161 (art. 12, 13, 22 to 28), with retail sale beside it.
///
/// ```text
/// active --> dispensed, sold, sampled, exported --return, by who did it, within ten days--> active
/// active --> destroyed, stolen                   (for good)
/// ```
fn transition<L, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    action: UnitAction,
    standing: &Standing,
    batch: &BatchFacts,
) -> Result<(UnitStatus, EventKind), Refusal> {
    if action == UnitAction::Return {
        return give_back(context, signer, standing, batch);
    }
    let custodian = standing.custodian == signer.member;
    let regulator_sample = action == UnitAction::Sample && signer.role == MemberRole::Regulator;
    if !custodian && !regulator_sample {
        return Err(Refusal::NotTheCustodian);
    }
    if standing.status != UnitStatus::Active {
        return Err(Refusal::UnitGone);
    }
    let supply = matches!(action, UnitAction::Dispense | UnitAction::Sell);
    if supply {
        if standing.loose {
            return Err(Refusal::NoCase);
        }
        if signer.role != MemberRole::Pharmacy {
            return Err(Refusal::WrongRole);
        }
    }
    // What is recalled or expired does not go to anybody, at home or abroad.
    if supply || action == UnitAction::Export {
        if batch.recalled {
            return Err(Refusal::BatchRecalled);
        }
        if is_expired(context.time_ms, batch.expires_on) {
            return Err(Refusal::BatchExpired);
        }
    }
    Ok(match action {
        UnitAction::Dispense => (UnitStatus::Dispensed, EventKind::Dispensed),
        UnitAction::Sell => (UnitStatus::Sold, EventKind::Sold),
        UnitAction::Sample => (UnitStatus::Sampled, EventKind::Sampled),
        UnitAction::Destroy => (UnitStatus::Destroyed, EventKind::Destroyed),
        UnitAction::ReportStolen => (UnitStatus::Stolen, EventKind::Stolen),
        UnitAction::Export => (UnitStatus::Exported, EventKind::Exported),
        UnitAction::Return => (UnitStatus::Active, EventKind::Returned),
    })
}

/// Art. 13: by the same member, within ten days, neither expired nor recalled, and not from a state that is final.
fn give_back<L, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    standing: &Standing,
    batch: &BatchFacts,
) -> Result<(UnitStatus, EventKind), Refusal> {
    if standing.by != signer.member {
        return Err(Refusal::NotTheCustodian);
    }
    match standing.status {
        UnitStatus::Dispensed | UnitStatus::Sold | UnitStatus::Sampled | UnitStatus::Exported => {}
        UnitStatus::Active | UnitStatus::Destroyed | UnitStatus::Stolen => return Err(Refusal::NothingToReturn),
    }
    if batch.recalled {
        return Err(Refusal::BatchRecalled);
    }
    if is_expired(context.time_ms, batch.expires_on) {
        return Err(Refusal::BatchExpired);
    }
    if context.time_ms.saturating_sub(standing.since_ms) > RETURN_DAYS_MAX * DAY_MS {
        return Err(Refusal::ReturnTooLate);
    }
    Ok((UnitStatus::Active, EventKind::Returned))
}

pub(super) fn is_expired(time_ms: u64, expires_on: Date) -> bool {
    i64::try_from(time_ms / DAY_MS).unwrap_or(i64::MAX) > expires_on.to_days()
}
