//! Products, batches and packing: how goods come to be.

use super::{Applied, Change, ChangeEvent, Commitments, Context, Ledger, Refusal, Signer};
use crate::gs1::{Date, Sscc};
use crate::ids::{BatchId, Hash, PublicKey};
use crate::state::{EventKind, KeyPurpose, Level, LogisticStatus, MemberRole, ObjectId, StateBody};
use crate::tx::{Content, Product, Seal};
use std::collections::BTreeSet;

/// Packs in one batch.
pub const UNITS_PER_BATCH_MAX: u64 = 1 << 40;
/// Packs in one case.
pub const UNITS_PER_CASE_MAX: u64 = 1 << 20;

/// A batch that is to be opened.
pub(super) struct Registration<'a> {
    pub batch: &'a BatchId,
    pub made_on: Date,
    pub expires_on: Date,
    pub quota: Hash,
}

pub(super) fn register_device<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    device: PublicKey,
) -> Applied<L::Error> {
    super::governance::free_key(context, device)?;
    let object = ObjectId::Key(device);
    let (member, purpose) = (signer.member, KeyPurpose::Device);
    let body = StateBody::Key { member, purpose, from: context.height, until: None, next_nonce: 0 };
    Ok(vec![Change::new(object, body, ChangeEvent::of(EventKind::Registered))])
}

pub(super) fn register_product<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    product: &Product,
) -> Applied<L::Error> {
    if signer.role != MemberRole::Manufacturer {
        return Err(Refusal::WrongRole.into());
    }
    let object = ObjectId::Product(product.gtin);
    context.must_be_new(&object)?;
    let facts = context.commitments.product_facts(product);
    let body = StateBody::Product { maker: signer.member, kind: product.kind, facts };
    Ok(vec![Change::new(object, body, ChangeEvent::of(EventKind::Registered))])
}

pub(super) fn register_batch<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    registration: &Registration<'_>,
) -> Applied<L::Error> {
    Ok(vec![new_batch(context, signer, registration, EventKind::Registered)?])
}

/// A batch of a product of the signer.
pub(super) fn new_batch<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    registration: &Registration<'_>,
    kind: EventKind,
) -> Result<Change, super::RuleError<L::Error>> {
    let Registration { batch, made_on, expires_on, quota } = *registration;
    let Some(StateBody::Product { maker, .. }) = context.get(&ObjectId::Product(batch.gtin))? else {
        return Err(Refusal::UnknownProduct.into());
    };
    if maker != signer.member {
        return Err(Refusal::NotTheMaker.into());
    }
    if expires_on.to_days() <= made_on.to_days() {
        return Err(Refusal::DatesInOrder.into());
    }
    let object = ObjectId::Batch(batch.clone());
    context.must_be_new(&object)?;
    let quota = Some(quota);
    let body = StateBody::Batch { maker, made_on, expires_on, quota, unit_root: None, recalled: None };
    Ok(Change::new(object, body, ChangeEvent::of(kind)))
}

pub(super) fn seal_batch<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    seal: &Seal,
) -> Applied<L::Error> {
    let object = ObjectId::Batch(seal.batch.clone());
    let Some(StateBody::Batch { maker, made_on, expires_on, quota, unit_root, recalled }) = context.get(&object)?
    else {
        return Err(Refusal::UnknownBatch.into());
    };
    if maker != signer.member {
        return Err(Refusal::NotTheMaker.into());
    }
    if unit_root.is_some() {
        return Err(Refusal::BatchSealed.into());
    }
    if !(1..=UNITS_PER_BATCH_MAX).contains(&seal.unit_count) {
        return Err(Refusal::CountOutOfRange.into());
    }
    if quota != Some(context.commitments.quota(seal.quota, &seal.quota_salt)) {
        return Err(Refusal::WrongQuota.into());
    }
    // What does not fit 64 bits is over every quota.
    let used = seal.unit_count.checked_add(seal.rejected).and_then(|sum| sum.checked_add(seal.sampled));
    if used.is_none_or(|used| used > seal.quota) {
        return Err(Refusal::QuotaExceeded.into());
    }
    let unit_root = Some(context.commitments.unit_root(seal));
    // The quota has done its work: a phone that loads a sealed batch does not load it.
    let body = StateBody::Batch { maker, made_on, expires_on, quota: None, unit_root, recalled };
    Ok(vec![Change::new(object, body, ChangeEvent::of(EventKind::Sealed))])
}

pub(super) fn pack<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    parent: Sscc,
    content: &Content,
) -> Applied<L::Error> {
    let object = ObjectId::Logistic(parent);
    context.must_be_new(&object)?;
    let mut changes = Vec::new();
    let (content_root, content_count, level) = match content {
        Content::Units { root, batches } => (*root, case_content(context, signer, batches)?, Level::Case),
        Content::Cases(cases) => {
            changes = put_on_pallet(context, signer, parent, cases)?;
            let count = u32::try_from(cases.len()).map_err(|_| Refusal::CountOutOfRange)?;
            (context.commitments.pallet_root(cases), count, Level::Pallet)
        }
    };
    let body = StateBody::Logistic {
        status: LogisticStatus::InStock,
        custodian: signer.member,
        parent: None,
        content_root,
        content_count,
        level,
    };
    changes.push(Change::new(object, body, ChangeEvent::of(EventKind::Packed)));
    Ok(changes)
}

fn case_content<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    batches: &[(BatchId, u32)],
) -> Result<u32, super::RuleError<L::Error>> {
    let mut seen = BTreeSet::new();
    let mut total = 0u64;
    for (batch, count) in batches {
        if !seen.insert(batch) {
            return Err(Refusal::Duplicate.into());
        }
        let Some(StateBody::Batch { maker, .. }) = context.get(&ObjectId::Batch(batch.clone()))? else {
            return Err(Refusal::UnknownBatch.into());
        };
        if maker != signer.member {
            return Err(Refusal::NotTheMaker.into());
        }
        if *count == 0 {
            return Err(Refusal::CountOutOfRange.into());
        }
        total += u64::from(*count);
    }
    if !(1..=UNITS_PER_CASE_MAX).contains(&total) {
        return Err(Refusal::CountOutOfRange.into());
    }
    u32::try_from(total).map_err(|_| Refusal::CountOutOfRange.into())
}

fn put_on_pallet<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    pallet: Sscc,
    cases: &[Sscc],
) -> Applied<L::Error> {
    if cases.is_empty() {
        return Err(Refusal::CountOutOfRange.into());
    }
    let mut seen = BTreeSet::new();
    let mut changes = Vec::with_capacity(cases.len() + 1);
    for case in cases {
        if !seen.insert(case) {
            return Err(Refusal::Duplicate.into());
        }
        let mut body = super::handover::loose_in_stock(context, signer, *case)?;
        let StateBody::Logistic { parent, level, .. } = &mut body else {
            return Err(Refusal::UnknownLogisticUnit.into());
        };
        if *level != Level::Case {
            return Err(Refusal::WrongLevel.into());
        }
        *parent = Some(pallet);
        let event = ChangeEvent::with_container(EventKind::Packed, Some(pallet));
        changes.push(Change::new(ObjectId::Logistic(*case), body, event));
    }
    Ok(changes)
}

pub(super) fn unpack<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    pallet: Sscc,
    cases: &[Sscc],
) -> Applied<L::Error> {
    let mut pallet_body = super::handover::loose_in_stock(context, signer, pallet)?;
    let StateBody::Logistic { status, content_count, level, .. } = &mut pallet_body else {
        return Err(Refusal::UnknownLogisticUnit.into());
    };
    if *level != Level::Pallet {
        return Err(Refusal::WrongLevel.into());
    }
    if cases.is_empty() {
        return Err(Refusal::CountOutOfRange.into());
    }
    let mut seen = BTreeSet::new();
    let mut changes = Vec::with_capacity(cases.len() + 1);
    for case in cases {
        if !seen.insert(case) {
            return Err(Refusal::Duplicate.into());
        }
        changes.push(take_off(context, signer.member, pallet, *case, EventKind::Unpacked, LogisticStatus::InStock)?);
        *content_count = content_count.checked_sub(1).ok_or(Refusal::NotInside)?;
    }
    if *content_count == 0 {
        *status = LogisticStatus::Unpacked;
    }
    changes.push(Change::new(ObjectId::Logistic(pallet), pallet_body, ChangeEvent::of(EventKind::Unpacked)));
    Ok(changes)
}

/// Takes a case off its pallet and gives it to `custodian` with `status`.
pub(super) fn take_off<L: Ledger, C>(
    context: &Context<'_, L, C>,
    custodian: crate::ids::MemberId,
    pallet: Sscc,
    case: Sscc,
    kind: EventKind,
    status: LogisticStatus,
) -> Result<Change, super::RuleError<L::Error>> {
    let object = ObjectId::Logistic(case);
    let Some(StateBody::Logistic { parent, content_root, content_count, level, .. }) = context.get(&object)? else {
        return Err(Refusal::UnknownLogisticUnit.into());
    };
    if parent != Some(pallet) {
        return Err(Refusal::NotInside.into());
    }
    let body = StateBody::Logistic { status, custodian, parent: None, content_root, content_count, level };
    let event = ChangeEvent::with_container(kind, Some(pallet));
    Ok(Change::new(object, body, event))
}

pub(super) fn anchor<L: Ledger, C>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    log: Hash,
    size: u64,
    root: Hash,
) -> Applied<L::Error> {
    let object = ObjectId::Log(signer.member, log);
    if let Some(StateBody::Log { size: anchored, .. }) = context.get(&object)?
        && size <= anchored
    {
        return Err(Refusal::CountOutOfRange.into());
    }
    Ok(vec![Change::new(object, StateBody::Log { size, root }, ChangeEvent::of(EventKind::Anchored))])
}
