//! Recalls: one person opens, a second approves, and from then on every pack of the lot is recalled. A drill walks the
//! same steps and leaves the lot alone.

use super::{Applied, Change, ChangeEvent, Context, Ledger, Refusal, RuleError, Signer};
use crate::ids::{BatchId, Hash, PublicKey, RecallId};
use crate::state::{EventKind, MemberRole, ObjectId, RecallStatus, StateBody};
use crate::tx::RecallClass;

pub(super) struct Opening<'a> {
    pub recall: RecallId,
    pub batch: &'a BatchId,
    pub class: RecallClass,
    pub drill: bool,
    pub notice: Hash,
}

pub(super) fn open<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    key: PublicKey,
    opening: &Opening<'_>,
) -> Applied<L::Error> {
    let Some(StateBody::Batch { maker, .. }) = context.get(&ObjectId::Batch(opening.batch.clone()))? else {
        return Err(Refusal::UnknownBatch.into());
    };
    if signer.role != MemberRole::Regulator && signer.member != maker {
        return Err(Refusal::WrongRole.into());
    }
    let object = ObjectId::Recall(opening.recall);
    context.must_be_new(&object)?;
    let body = StateBody::Recall {
        batch: opening.batch.clone(),
        class: opening.class,
        drill: opening.drill,
        status: RecallStatus::Opened,
        opened_by: key,
        opened_for: signer.member,
        notice: opening.notice,
    };
    Ok(vec![Change::new(object, body, ChangeEvent::of(EventKind::RecallOpened))])
}

pub(super) fn approve<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    key: PublicKey,
    recall: RecallId,
) -> Applied<L::Error> {
    let (object, mut body) = recall_of(context, signer, recall)?;
    let StateBody::Recall { batch, class, drill, status, opened_by, .. } = &mut body else {
        return Err(Refusal::UnknownRecall.into());
    };
    if *status != RecallStatus::Opened {
        return Err(Refusal::RecallSettled.into());
    }
    if *opened_by == key {
        return Err(Refusal::SamePerson.into());
    }
    *status = RecallStatus::Approved;
    let mut changes = Vec::with_capacity(2);
    if !*drill {
        let batch_object = ObjectId::Batch(batch.clone());
        let Some(mut batch_body) = context.get(&batch_object)? else { return Err(Refusal::UnknownBatch.into()) };
        let StateBody::Batch { recalled, .. } = &mut batch_body else { return Err(Refusal::UnknownBatch.into()) };
        // `One` is the gravest and the smallest.
        *recalled = Some(recalled.map_or(*class, |before| before.min(*class)));
        changes.push(Change::new(batch_object, batch_body, ChangeEvent::of(EventKind::Recalled)));
    }
    changes.push(Change::new(object, body, ChangeEvent::of(EventKind::Recalled)));
    Ok(changes)
}

pub(super) fn close<L: Ledger, C>(context: &Context<'_, L, C>, signer: &Signer, recall: RecallId) -> Applied<L::Error> {
    let (object, mut body) = recall_of(context, signer, recall)?;
    let StateBody::Recall { status, .. } = &mut body else {
        return Err(Refusal::UnknownRecall.into());
    };
    if *status == RecallStatus::Closed {
        return Err(Refusal::RecallSettled.into());
    }
    *status = RecallStatus::Closed;
    Ok(vec![Change::new(object, body, ChangeEvent::of(EventKind::RecallClosed))])
}

fn recall_of<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    recall: RecallId,
) -> Result<(ObjectId, StateBody), RuleError<L::Error>> {
    let object = ObjectId::Recall(recall);
    match context.get(&object)? {
        Some(StateBody::Recall { opened_for, .. }) if opened_for != signer.member => Err(Refusal::WrongRole.into()),
        Some(body @ StateBody::Recall { .. }) => Ok((object, body)),
        _ => Err(Refusal::UnknownRecall.into()),
    }
}
