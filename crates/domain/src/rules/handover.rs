//! Hand-overs: two signatures, and custody moves with the second.
//!
//! ```text
//! in stock --ship--> in transit --receive--> in stock of the receiver      (or damaged)
//!                        |  '---- short ---> stays the shipper's, who has to explain: found | lost | stolen
//!                        '------- refuse --> in stock of the shipper
//! ```
//! Only outermost logistic units are shipped; a case on a pallet moves with it. A case that is missing from a pallet is
//! taken off the pallet by the receiver's answer.

use super::{Applied, Change, ChangeEvent, Context, DAY_MS, Ledger, Refusal, RuleError, SETTLE_DAYS, Signer};
use crate::gs1::Sscc;
use crate::ids::{MemberId, ShipmentId};
use crate::state::{Dispute, EventKind, LogisticStatus, MemberRole, ObjectId, ShipmentStatus, Standing, StateBody};
use crate::tx::ShortOutcome;
use std::collections::BTreeSet;

/// The state of a case or pallet that stands alone in the signer's stock.
pub(super) fn loose_in_stock<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    sscc: Sscc,
) -> Result<StateBody, RuleError<L::Error>> {
    let Some(body) = context.get(&ObjectId::Logistic(sscc))? else {
        return Err(Refusal::UnknownLogisticUnit.into());
    };
    let StateBody::Logistic { status, custodian, parent, .. } = &body else {
        return Err(Refusal::UnknownLogisticUnit.into());
    };
    if parent.is_some() {
        return Err(Refusal::InsideAnother.into());
    }
    if *custodian != signer.member {
        return Err(Refusal::NotTheCustodian.into());
    }
    if *status != LogisticStatus::InStock {
        return Err(Refusal::NotInStock.into());
    }
    Ok(body)
}

pub(super) fn ship<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    shipment: ShipmentId,
    to: MemberId,
    objects: &[Sscc],
) -> Applied<L::Error> {
    if to == signer.member {
        return Err(Refusal::ToYourself.into());
    }
    let Some(StateBody::Member { standing, role }) = context.get(&ObjectId::Member(to))? else {
        return Err(Refusal::UnknownMember.into());
    };
    if standing != Standing::Active {
        return Err(Refusal::MemberInactive.into());
    }
    if role == MemberRole::Regulator {
        return Err(Refusal::WrongRole.into());
    }
    if objects.is_empty() {
        return Err(Refusal::CountOutOfRange.into());
    }
    let shipment_object = ObjectId::Shipment(shipment);
    context.must_be_new(&shipment_object)?;
    let mut seen = BTreeSet::new();
    let mut changes = Vec::with_capacity(objects.len() + 1);
    for sscc in objects {
        if !seen.insert(sscc) {
            return Err(Refusal::Duplicate.into());
        }
        let body = with_status(loose_in_stock(context, signer, *sscc)?, LogisticStatus::InTransit(shipment), None);
        changes.push(Change::new(ObjectId::Logistic(*sscc), body, ChangeEvent::with_peer(EventKind::Shipped, to)));
    }
    let body = StateBody::Shipment {
        from: signer.member,
        to,
        status: ShipmentStatus::Open,
        objects: objects.to_vec(),
        due_ms: context.time_ms.saturating_add(SETTLE_DAYS * DAY_MS),
        dispute: None,
    };
    changes.push(Change::new(shipment_object, body, ChangeEvent::with_peer(EventKind::Shipped, to)));
    Ok(changes)
}

struct OpenShipment {
    from: MemberId,
    to: MemberId,
    objects: Vec<Sscc>,
    dispute: Option<Dispute>,
}

fn open_shipment<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    shipment: ShipmentId,
) -> Result<OpenShipment, RuleError<L::Error>> {
    let Some(StateBody::Shipment { from, to, status, objects, dispute, .. }) =
        context.get(&ObjectId::Shipment(shipment))?
    else {
        return Err(Refusal::UnknownShipment.into());
    };
    if to != signer.member {
        return Err(Refusal::NotTheReceiver.into());
    }
    match status {
        ShipmentStatus::Open => Ok(OpenShipment { from, to, objects, dispute }),
        ShipmentStatus::Disputed => Err(Refusal::ShipmentDisputed.into()),
        ShipmentStatus::Received
        | ShipmentStatus::ReceivedInPart
        | ShipmentStatus::Refused
        | ShipmentStatus::Settled => Err(Refusal::ShipmentClosed.into()),
    }
}

pub(super) fn receive<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    shipment: ShipmentId,
    short: &[Sscc],
    damaged: &[Sscc],
) -> Applied<L::Error> {
    let open = open_shipment(context, signer, shipment)?;
    let mut named = BTreeSet::new();
    if !short.iter().chain(damaged).all(|sscc| named.insert(*sscc)) {
        return Err(Refusal::Duplicate.into());
    }
    let mut changes = Vec::new();
    for sscc in &open.objects {
        let body = in_transit(context, shipment, *sscc)?;
        let (status, custodian, kind) = if short.contains(sscc) {
            (LogisticStatus::Short(shipment), open.from, EventKind::MissingOnArrival)
        } else if damaged.contains(sscc) {
            (LogisticStatus::Damaged, open.to, EventKind::ReceivedDamaged)
        } else {
            (LogisticStatus::InStock, open.to, EventKind::Received)
        };
        named.remove(sscc);
        let body = with_status(body, status, Some(custodian));
        changes.push(Change::new(ObjectId::Logistic(*sscc), body, ChangeEvent::with_peer(kind, open.from)));
    }
    // What is left are cases inside a pallet of this shipment.
    for case in &named {
        let missing = short.contains(case);
        receive_case_apart(context, shipment, &open, *case, missing, &mut changes)?;
    }
    let in_part = !short.is_empty() || !damaged.is_empty();
    let status = if in_part { ShipmentStatus::ReceivedInPart } else { ShipmentStatus::Received };
    changes.push(settled(context, shipment, open, status, EventKind::Received));
    Ok(changes)
}

fn receive_case_apart<L: Ledger, C>(
    context: &Context<'_, L, C>,
    shipment: ShipmentId,
    open: &OpenShipment,
    case: Sscc,
    missing: bool,
    changes: &mut Vec<Change>,
) -> Result<(), RuleError<L::Error>> {
    let Some(StateBody::Logistic { parent: Some(pallet), .. }) = context.get(&ObjectId::Logistic(case))? else {
        return Err(Refusal::NotInside.into());
    };
    let (custodian, status, kind) = if missing {
        (open.from, LogisticStatus::Short(shipment), EventKind::MissingOnArrival)
    } else {
        (open.to, LogisticStatus::Damaged, EventKind::ReceivedDamaged)
    };
    let mut change = super::goods::take_off(context, custodian, pallet, case, kind, status)?;
    if let Some(event) = &mut change.event {
        event.peer = Some(open.from);
    }
    // The pallet has to have arrived with this shipment; its count goes down with each case taken off.
    let pallet_object = ObjectId::Logistic(pallet);
    let Some(StateBody::Logistic { content_count, status: LogisticStatus::InStock, .. }) =
        changes.iter_mut().find(|c| c.object == pallet_object).map(|c| &mut c.body)
    else {
        return Err(Refusal::NotInside.into());
    };
    *content_count = content_count.checked_sub(1).ok_or(Refusal::NotInside)?;
    changes.push(change);
    Ok(())
}

pub(super) fn refuse<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    shipment: ShipmentId,
) -> Applied<L::Error> {
    let open = open_shipment(context, signer, shipment)?;
    let mut changes = Vec::with_capacity(open.objects.len() + 1);
    for sscc in &open.objects {
        let body = with_status(in_transit(context, shipment, *sscc)?, LogisticStatus::InStock, None);
        let event = ChangeEvent::with_peer(EventKind::Refused, open.from);
        changes.push(Change::new(ObjectId::Logistic(*sscc), body, event));
    }
    changes.push(settled(context, shipment, open, ShipmentStatus::Refused, EventKind::Refused));
    Ok(changes)
}

fn settled<L, C>(
    context: &Context<'_, L, C>,
    shipment: ShipmentId,
    open: OpenShipment,
    status: ShipmentStatus,
    kind: EventKind,
) -> Change {
    let due_ms = context.time_ms.saturating_add(SETTLE_DAYS * DAY_MS);
    let event = ChangeEvent::with_peer(kind, open.from);
    let OpenShipment { from, to, objects, dispute } = open;
    let body = StateBody::Shipment { from, to, status, objects, due_ms, dispute };
    Change::new(ObjectId::Shipment(shipment), body, event)
}

pub(super) fn resolve_short<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    sscc: Sscc,
    outcome: ShortOutcome,
) -> Applied<L::Error> {
    let object = ObjectId::Logistic(sscc);
    let Some(body) = context.get(&object)? else { return Err(Refusal::UnknownLogisticUnit.into()) };
    let StateBody::Logistic { status, custodian, .. } = &body else {
        return Err(Refusal::UnknownLogisticUnit.into());
    };
    if *custodian != signer.member {
        return Err(Refusal::NotTheCustodian.into());
    }
    if !matches!(status, LogisticStatus::Short(_)) {
        return Err(Refusal::NotShort.into());
    }
    let (status, kind) = match outcome {
        ShortOutcome::Found => (LogisticStatus::InStock, EventKind::Found),
        ShortOutcome::Lost => (LogisticStatus::Lost, EventKind::Lost),
        ShortOutcome::Stolen => (LogisticStatus::Stolen, EventKind::Stolen),
    };
    Ok(vec![Change::new(object, with_status(body, status, None), ChangeEvent::of(kind))])
}

fn in_transit<L: Ledger, C>(
    context: &Context<'_, L, C>,
    shipment: ShipmentId,
    sscc: Sscc,
) -> Result<StateBody, RuleError<L::Error>> {
    match context.get(&ObjectId::Logistic(sscc))? {
        Some(body @ StateBody::Logistic { status: LogisticStatus::InTransit(of), .. }) if of == shipment => Ok(body),
        _ => Err(Refusal::NotInStock.into()),
    }
}

fn with_status(body: StateBody, new_status: LogisticStatus, new_custodian: Option<MemberId>) -> StateBody {
    match body {
        StateBody::Logistic { custodian, parent, content_root, content_count, level, .. } => StateBody::Logistic {
            status: new_status,
            custodian: new_custodian.unwrap_or(custodian),
            parent,
            content_root,
            content_count,
            level,
        },
        other => other,
    }
}
