//! Withdrawals: a member declares that an event it signed is wrong. Nothing is erased and no state moves back; what has to
//! change is changed by a transaction of its own.
//!
//! The state holds the head of a history and not its events, so the correction carries the event and the proof that it
//! stands there. That keeps execution a function of the state alone: a node that joined from a snapshot decides as one
//! that has seen every block.

use super::{Applied, Change, ChangeEvent, Commitments, Context, Ledger, Refusal, RuleError, Signer};
use crate::state::EventKind;
use crate::tx::Correction;

pub(super) fn correct<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    correction: &Correction,
) -> Applied<L::Error> {
    let object = &correction.object;
    let Some(body) = context.get(object)? else { return Err(Refusal::UnknownObject.into()) };
    if !may_be_withdrawn(correction.event.kind) {
        return Err(Refusal::NotCorrectable.into());
    }
    if correction.event.actor != signer.member {
        return Err(Refusal::NotTheSigner.into());
    }
    let history = context.ledger.history(object).map_err(RuleError::Storage)?.ok_or(Refusal::UnknownObject)?;
    let later = u64::try_from(correction.later.len()).unwrap_or(u64::MAX);
    let in_place = u64::from(correction.seq) + 1 + later == u64::from(history.count);
    if !in_place || !context.commitments.in_history(correction, &history) {
        return Err(Refusal::NotInHistory.into());
    }
    let event = ChangeEvent { withdraws: Some(correction.seq), ..ChangeEvent::of(EventKind::Corrected) };
    Ok(vec![Change::new(object.clone(), body, event)])
}

/// What happened to goods, products and logs can be withdrawn. A recall is irreversible (Delegated Reg. 2016/161), a
/// withdrawal stands, and what was voted is changed by a vote.
const fn may_be_withdrawn(kind: EventKind) -> bool {
    match kind {
        EventKind::Registered
        | EventKind::Sealed
        | EventKind::Packed
        | EventKind::Unpacked
        | EventKind::Shipped
        | EventKind::Received
        | EventKind::ReceivedDamaged
        | EventKind::MissingOnArrival
        | EventKind::Refused
        | EventKind::Found
        | EventKind::Lost
        | EventKind::Stolen
        | EventKind::Dispensed
        | EventKind::Sold
        | EventKind::Sampled
        | EventKind::Destroyed
        | EventKind::Exported
        | EventKind::Returned
        | EventKind::Anchored
        | EventKind::Transformed
        | EventKind::Disputed
        | EventKind::SettlementOffered => true,
        EventKind::RecallOpened
        | EventKind::Recalled
        | EventKind::RecallClosed
        | EventKind::DisputeSettled
        | EventKind::Corrected
        | EventKind::Proposed
        | EventKind::VotedFor
        | EventKind::VotedAgainst
        | EventKind::Adopted
        | EventKind::Rejected
        | EventKind::Suspended
        | EventKind::Reinstated
        | EventKind::Removed
        | EventKind::KeyRevoked
        | EventKind::ValidatorApproved
        | EventKind::ValidatorJoined
        | EventKind::ValidatorReplaced
        | EventKind::ValidatorLeft => false,
    }
}
