//! Disputes about a hand-over. Either party may open one within the hand-over's deadline, and both end it together.
//!
//! ```text
//! open, received, in part, refused --dispute--> disputed --offer, and the same offer by the other--> settled
//!                                                            (a hand-over that was open is open again)
//! ```
//! While it lasts, the hand-over can neither be received nor refused. Custody does not move by a dispute: goods that go
//! back are shipped back.

use super::{Applied, Change, ChangeEvent, Context, DAY_MS, Ledger, Refusal, RuleError, SETTLE_DAYS, Signer};
use crate::ids::{Hash, MemberId, ShipmentId};
use crate::state::{Dispute, EventKind, ObjectId, ShipmentStatus, StateBody};
use crate::tx::{DisputeOutcome, DisputeReason};

pub(super) fn open<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    shipment: ShipmentId,
    reason: DisputeReason,
    evidence: Hash,
) -> Applied<L::Error> {
    let (mut body, peer) = shipment_of(context, signer, shipment)?;
    let StateBody::Shipment { status, due_ms, dispute, .. } = &mut body else {
        return Err(Refusal::UnknownShipment.into());
    };
    match status {
        ShipmentStatus::Disputed => return Err(Refusal::ShipmentDisputed.into()),
        ShipmentStatus::Settled => return Err(Refusal::ShipmentClosed.into()),
        ShipmentStatus::Open | ShipmentStatus::Received | ShipmentStatus::ReceivedInPart | ShipmentStatus::Refused => {}
    }
    if context.time_ms > *due_ms {
        return Err(Refusal::DisputeTooLate.into());
    }
    *dispute = Some(Dispute { by: signer.member, reason, evidence, before: *status, offer: None });
    *status = ShipmentStatus::Disputed;
    *due_ms = deadline(context);
    Ok(vec![Change::new(ObjectId::Shipment(shipment), body, ChangeEvent::with_peer(EventKind::Disputed, peer))])
}

pub(super) fn settle<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    shipment: ShipmentId,
    outcome: DisputeOutcome,
) -> Applied<L::Error> {
    let (mut body, peer) = shipment_of(context, signer, shipment)?;
    let StateBody::Shipment { status: status @ ShipmentStatus::Disputed, due_ms, dispute: Some(dispute), .. } =
        &mut body
    else {
        return Err(Refusal::NotDisputed.into());
    };
    let kind = match dispute.offer {
        Some((offered_by, offered)) if offered == outcome => {
            if offered_by == signer.member {
                return Err(Refusal::OtherSide.into());
            }
            *status = match dispute.before {
                ShipmentStatus::Open => ShipmentStatus::Open,
                _ => ShipmentStatus::Settled,
            };
            *due_ms = deadline(context);
            EventKind::DisputeSettled
        }
        _ => {
            dispute.offer = Some((signer.member, outcome));
            EventKind::SettlementOffered
        }
    };
    Ok(vec![Change::new(ObjectId::Shipment(shipment), body, ChangeEvent::with_peer(kind, peer))])
}

/// The hand-over and the other party.
fn shipment_of<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    shipment: ShipmentId,
) -> Result<(StateBody, MemberId), RuleError<L::Error>> {
    match context.get(&ObjectId::Shipment(shipment))? {
        Some(StateBody::Shipment { from, to, .. }) if ![from, to].contains(&signer.member) => {
            Err(Refusal::NotAParty.into())
        }
        Some(body @ StateBody::Shipment { from, to, .. }) => Ok((body, if signer.member == from { to } else { from })),
        _ => Err(Refusal::UnknownShipment.into()),
    }
}

fn deadline<L, C>(context: &Context<'_, L, C>) -> u64 {
    context.time_ms.saturating_add(SETTLE_DAYS * DAY_MS)
}
