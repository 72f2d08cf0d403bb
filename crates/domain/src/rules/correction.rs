//! Withdrawals: a member declares that an event it signed is wrong. Nothing is erased and no state moves back; what has to
//! change is changed by a transaction of its own.
//!
//! The event is named by its position and its transaction, never by anything that moves when the object's history grows.
//! The rule reads it through [`Ledger::event`]. That is as good as reading the state: the history head in the object's
//! state commits to every event of the object, and whoever holds a state holds those events, compared with the head (a
//! snapshot carries them, and is refused without).

use super::{Applied, Change, ChangeEvent, Context, Ledger, Refusal, RuleError, Signer};
use crate::state::EventKind;
use crate::tx::Correction;

pub(super) fn correct<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    correction: &Correction,
) -> Applied<L::Error> {
    let object = &correction.object;
    let Some(body) = context.get(object)? else { return Err(Refusal::UnknownObject.into()) };
    let found = context.ledger.event(object, correction.seq).map_err(RuleError::Storage)?;
    // An event of the block that is executed is not final yet, and nobody can have read it.
    let Some(event) = found.filter(|event| event.tx == correction.tx && event.height < context.height) else {
        return Err(Refusal::NotInHistory.into());
    };
    if !may_be_withdrawn(event.kind) {
        return Err(Refusal::NotCorrectable.into());
    }
    if event.actor != signer.member {
        return Err(Refusal::NotTheSigner.into());
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
