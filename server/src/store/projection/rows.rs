//! The query tables: what an applied transaction changes in them. Present states come from what the rules wrote; what only
//! the transaction says (names, counts, the cases on a pallet at its departure) comes from its body.

use super::insert_all;
use crate::follower::execute::Done;
use crate::store::convert::{int, tag};
use crate::store::entity::{
    rm_batch, rm_case_content, rm_device, rm_logistic, rm_product, rm_recall, rm_shipment, rm_shipment_object,
    rm_shipment_remark, rm_unit,
};
use crate::store::{StoreError, sql};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use tracelight_client::chain::VerifiedBlock;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::{BatchId, MemberId, PublicKey, ShipmentId};
use tracelight_domain::rules::Change;
use tracelight_domain::state::{KeyPurpose, LogisticStatus, ObjectId, StateBody};
use tracelight_domain::tx::{Content, Product, RecallClass, Seal, SignedTx, TxBody};

/// Code of a remark "short".
pub(in crate::store) const REMARK_SHORT: i16 = 1;
/// Code of a remark "damaged".
pub(in crate::store) const REMARK_DAMAGED: i16 = 2;

/// Where a transaction stands on the chain, as columns.
struct At {
    tx: Vec<u8>,
    height: i64,
    ms: i64,
}

/// Writes what an executed transaction changes. A refused one changes nothing here.
pub(super) async fn write(
    txn: &DatabaseTransaction,
    block: &VerifiedBlock,
    signed: &SignedTx,
    done: &Done,
) -> Result<(), StoreError> {
    if done.refusal.is_some() {
        return Ok(());
    }
    let at = At { tx: done.id.0.to_vec(), height: int(block.header.height), ms: int(block.header.time_ms) };
    match &signed.tx.body {
        TxBody::RegisterProduct(facts) => product(txn, facts, maker_of(done), &at).await?,
        TxBody::SealBatch(facts) => seal(txn, facts, &at).await?,
        TxBody::Pack { parent, content: Content::Units { batches, .. } } => content(txn, *parent, batches).await?,
        TxBody::Ship { shipment, objects, .. } => cases_on_board(txn, *shipment, objects).await?,
        TxBody::Receive { shipment, short, damaged } => remarks(txn, *shipment, short, damaged).await?,
        _ => {}
    }
    for change in &done.changes {
        object(txn, change, signed, &at).await?;
    }
    Ok(())
}

/// The present state of one object.
async fn object(txn: &DatabaseTransaction, change: &Change, signed: &SignedTx, at: &At) -> Result<(), StoreError> {
    match (&change.object, &change.body) {
        (ObjectId::Batch(id), StateBody::Batch { maker, made_on, expires_on, recalled, .. }) => {
            let row = rm_batch::Model {
                gtin: id.gtin.to_string(),
                lot: id.lot.as_bytes().to_vec(),
                maker: maker.to_string(),
                made_on: made_on.to_string(),
                expires_on: expires_on.to_string(),
                recalled: recalled.map(|class| class_code(&class)),
                reg_tx: at.tx.clone(),
                reg_height: at.height,
                reg_ms: at.ms,
                seal_tx: None,
                seal_height: None,
                seal_ms: None,
                tree_root: None,
                unit_count: None,
                count_salt: None,
                rejected: None,
                sampled: None,
            };
            // After its registration only the recall changes here; the seal has its own columns.
            let key = [rm_batch::Column::Gtin, rm_batch::Column::Lot];
            let newer = OnConflict::columns(key).update_column(rm_batch::Column::Recalled).to_owned();
            rm_batch::Entity::insert(row.into_active_model()).on_conflict(newer).exec_without_returning(txn).await?;
        }
        (ObjectId::Logistic(sscc), body @ StateBody::Logistic { .. }) => logistic(txn, *sscc, body, at).await?,
        (ObjectId::Shipment(id), body @ StateBody::Shipment { .. }) => shipment(txn, *id, body, signed, at).await?,
        (ObjectId::Unit(id), StateBody::Unit { lot, status, custodian, since_ms, .. }) => {
            let case = change.event.and_then(|event| event.container);
            let row = rm_unit::Model {
                gtin: id.gtin.to_string(),
                serial: id.serial.as_bytes().to_vec(),
                lot: lot.as_bytes().to_vec(),
                status: tag(status),
                custodian: custodian.to_string(),
                since_ms: int(*since_ms),
                case_sscc: case.map(|sscc| sscc.to_string()),
                tx_id: at.tx.clone(),
                height: at.height,
            };
            // The case is named by the first event alone; later ones must not wipe it.
            let newer = OnConflict::columns([rm_unit::Column::Gtin, rm_unit::Column::Serial])
                .update_columns([
                    rm_unit::Column::Status,
                    rm_unit::Column::Custodian,
                    rm_unit::Column::SinceMs,
                    rm_unit::Column::TxId,
                    rm_unit::Column::Height,
                ])
                .to_owned();
            rm_unit::Entity::insert(row.into_active_model()).on_conflict(newer).exec_without_returning(txn).await?;
        }
        (ObjectId::Recall(_), StateBody::Recall { .. }) => recall(txn, change, signed, at).await?,
        (ObjectId::Key(key), StateBody::Key { member, purpose: KeyPurpose::Device, next_nonce: 0, .. }) => {
            device(txn, *key, *member, signed, at).await?;
        }
        // Members, people's keys, logs, votes and lineages have no table of their own; products are written with their names.
        _ => {}
    }
    Ok(())
}

/// A device's key before its first transaction: registered, or named by a vote in the place of another. Its end may be decided
/// before it has done anything; the registration stays as it was.
async fn device(
    txn: &DatabaseTransaction,
    key: PublicKey,
    member: MemberId,
    signed: &SignedTx,
    at: &At,
) -> Result<(), StoreError> {
    let label = match &signed.tx.body {
        TxBody::RegisterDevice { label, .. } => label.clone(),
        _ => String::new(),
    };
    let row = rm_device::Model {
        device_key: key.0.to_vec(),
        member: member.to_string(),
        label,
        tx_id: at.tx.clone(),
        height: at.height,
        time_ms: at.ms,
    };
    if rm_device::Entity::find_by_id(row.device_key.clone()).one(txn).await?.is_none() {
        rm_device::Entity::insert(row.into_active_model()).exec_without_returning(txn).await?;
    }
    Ok(())
}

fn class_code(class: &RecallClass) -> i16 {
    tag(class)
}

fn maker_of(done: &Done) -> Option<MemberId> {
    done.changes.iter().find_map(|change| match &change.body {
        StateBody::Product { maker, .. } => Some(*maker),
        _ => None,
    })
}

async fn product(
    txn: &DatabaseTransaction,
    facts: &Product,
    maker: Option<MemberId>,
    at: &At,
) -> Result<(), StoreError> {
    let row = rm_product::Model {
        gtin: facts.gtin.to_string(),
        maker: maker.map(|maker| maker.to_string()).unwrap_or_default(),
        name_en: facts.name_en.clone(),
        name_zh: facts.name_zh.clone(),
        detail: facts.detail.clone(),
        approval: facts.approval.clone(),
        hotline: facts.hotline.clone(),
        kind: tag(&facts.kind),
        tx_id: at.tx.clone(),
        height: at.height,
        time_ms: at.ms,
    };
    rm_product::Entity::insert(row.into_active_model()).exec_without_returning(txn).await?;
    Ok(())
}

async fn seal(txn: &DatabaseTransaction, seal: &Seal, at: &At) -> Result<(), StoreError> {
    use sea_orm::sea_query::Expr;
    rm_batch::Entity::update_many()
        .col_expr(rm_batch::Column::SealTx, Expr::value(at.tx.clone()))
        .col_expr(rm_batch::Column::SealHeight, Expr::value(at.height))
        .col_expr(rm_batch::Column::SealMs, Expr::value(at.ms))
        .col_expr(rm_batch::Column::TreeRoot, Expr::value(seal.tree_root.0.to_vec()))
        .col_expr(rm_batch::Column::UnitCount, Expr::value(int(seal.unit_count)))
        .col_expr(rm_batch::Column::CountSalt, Expr::value(seal.count_salt.to_vec()))
        .col_expr(rm_batch::Column::Rejected, Expr::value(int(seal.rejected)))
        .col_expr(rm_batch::Column::Sampled, Expr::value(int(seal.sampled)))
        .filter(rm_batch::Column::Gtin.eq(seal.batch.gtin.to_string()))
        .filter(rm_batch::Column::Lot.eq(seal.batch.lot.as_bytes().to_vec()))
        .exec(txn)
        .await?;
    Ok(())
}

async fn content(txn: &DatabaseTransaction, case: Sscc, batches: &[(BatchId, u32)]) -> Result<(), StoreError> {
    let rows = batches.iter().map(|(batch, units)| {
        let row = rm_case_content::Model {
            sscc: case.to_string(),
            gtin: batch.gtin.to_string(),
            lot: batch.lot.as_bytes().to_vec(),
            units: i64::from(*units),
        };
        row.into_active_model()
    });
    insert_all::<rm_case_content::Entity, _>(txn, rows.collect()).await
}

async fn logistic(txn: &DatabaseTransaction, sscc: Sscc, body: &StateBody, at: &At) -> Result<(), StoreError> {
    let StateBody::Logistic { status, custodian, parent, content_root, content_count, level } = body else {
        return Ok(());
    };
    let shipment = match status {
        LogisticStatus::InTransit(id) | LogisticStatus::Short(id) => Some(id.0.to_vec()),
        _ => None,
    };
    let row = rm_logistic::Model {
        sscc: sscc.to_string(),
        level: tag(level),
        status: tag(status),
        shipment,
        custodian: custodian.to_string(),
        parent: parent.map(|parent| parent.to_string()),
        content_root: content_root.0.to_vec(),
        content_count: i64::from(*content_count),
        made_by: custodian.to_string(),
        made_tx: at.tx.clone(),
        made_height: at.height,
        last_tx: at.tx.clone(),
        last_height: at.height,
        last_ms: at.ms,
    };
    let newer = OnConflict::column(rm_logistic::Column::Sscc)
        .update_columns([
            rm_logistic::Column::Status,
            rm_logistic::Column::Shipment,
            rm_logistic::Column::Custodian,
            rm_logistic::Column::Parent,
            rm_logistic::Column::ContentCount,
            rm_logistic::Column::LastTx,
            rm_logistic::Column::LastHeight,
            rm_logistic::Column::LastMs,
        ])
        .to_owned();
    rm_logistic::Entity::insert(row.into_active_model()).on_conflict(newer).exec_without_returning(txn).await?;
    Ok(())
}

async fn shipment(
    txn: &DatabaseTransaction,
    id: ShipmentId,
    body: &StateBody,
    signed: &SignedTx,
    at: &At,
) -> Result<(), StoreError> {
    use sea_orm::sea_query::Expr;
    let StateBody::Shipment { from, to, status, objects, due_ms, .. } = body else { return Ok(()) };
    let row = rm_shipment::Model {
        id: id.0.to_vec(),
        sender: from.to_string(),
        receiver: to.to_string(),
        status: tag(status),
        due_ms: int(*due_ms),
        ship_tx: at.tx.clone(),
        ship_height: at.height,
        ship_ms: at.ms,
        answer_tx: None,
        answer_height: None,
        answer_ms: None,
    };
    if rm_shipment::Entity::find_by_id(row.id.clone()).one(txn).await?.is_none() {
        rm_shipment::Entity::insert(row.into_active_model()).exec_without_returning(txn).await?;
        let rows = objects.iter().zip(0..).map(|(sscc, idx)| {
            rm_shipment_object::Model { shipment: id.0.to_vec(), idx, sscc: sscc.to_string() }.into_active_model()
        });
        return insert_all::<rm_shipment_object::Entity, _>(txn, rows.collect()).await;
    }
    let mut update = rm_shipment::Entity::update_many()
        .col_expr(rm_shipment::Column::Status, Expr::value(row.status))
        .col_expr(rm_shipment::Column::DueMs, Expr::value(row.due_ms));
    // A dispute, its end and a correction are no answer to the hand-over.
    if matches!(signed.tx.body, TxBody::Receive { .. } | TxBody::Refuse { .. }) {
        update = update
            .col_expr(rm_shipment::Column::AnswerTx, Expr::value(at.tx.clone()))
            .col_expr(rm_shipment::Column::AnswerHeight, Expr::value(at.height))
            .col_expr(rm_shipment::Column::AnswerMs, Expr::value(at.ms));
    }
    update.filter(rm_shipment::Column::Id.eq(row.id)).exec(txn).await?;
    Ok(())
}

/// The cases on each pallet as it leaves, before the receiver takes any of them off.
async fn cases_on_board(txn: &DatabaseTransaction, id: ShipmentId, objects: &[Sscc]) -> Result<(), StoreError> {
    for pallet in objects {
        let text = "INSERT INTO rm_shipment_case (shipment, pallet, sscc) \
                    SELECT ?, parent, sscc FROM rm_logistic WHERE parent = ?";
        let values = [id.0.to_vec().into(), pallet.to_string().into()];
        txn.execute_raw(sql(txn, text, values)).await?;
    }
    Ok(())
}

async fn remarks(
    txn: &DatabaseTransaction,
    id: ShipmentId,
    short: &[Sscc],
    damaged: &[Sscc],
) -> Result<(), StoreError> {
    let short = short.iter().map(|sscc| (sscc, REMARK_SHORT));
    let damaged = damaged.iter().map(|sscc| (sscc, REMARK_DAMAGED));
    let rows = short.chain(damaged).map(|(sscc, remark)| {
        rm_shipment_remark::Model { shipment: id.0.to_vec(), sscc: sscc.to_string(), remark }.into_active_model()
    });
    insert_all::<rm_shipment_remark::Entity, _>(txn, rows.collect()).await
}

async fn recall(txn: &DatabaseTransaction, change: &Change, signed: &SignedTx, at: &At) -> Result<(), StoreError> {
    use sea_orm::sea_query::Expr;
    let (ObjectId::Recall(id), StateBody::Recall { batch, class, drill, status, opened_by, opened_for, notice }) =
        (&change.object, &change.body)
    else {
        return Ok(());
    };
    let update = rm_recall::Entity::update_many()
        .col_expr(rm_recall::Column::Status, Expr::value(tag(status)))
        .filter(rm_recall::Column::Id.eq(id.0.to_vec()));
    let update = match &signed.tx.body {
        TxBody::ApproveRecall { .. } => update
            .col_expr(rm_recall::Column::ApproveTx, Expr::value(at.tx.clone()))
            .col_expr(rm_recall::Column::ApproveHeight, Expr::value(at.height))
            .col_expr(rm_recall::Column::ApproveMs, Expr::value(at.ms)),
        TxBody::CloseRecall { .. } => update
            .col_expr(rm_recall::Column::CloseTx, Expr::value(at.tx.clone()))
            .col_expr(rm_recall::Column::CloseHeight, Expr::value(at.height))
            .col_expr(rm_recall::Column::CloseMs, Expr::value(at.ms)),
        _ => {
            let row = rm_recall::Model {
                id: id.0.to_vec(),
                gtin: batch.gtin.to_string(),
                lot: batch.lot.as_bytes().to_vec(),
                recall_class: class_code(class),
                drill: i16::from(*drill),
                status: tag(status),
                opened_by: opened_by.0.to_vec(),
                opened_for: opened_for.to_string(),
                notice: notice.0.to_vec(),
                open_tx: at.tx.clone(),
                open_height: at.height,
                open_ms: at.ms,
                approve_tx: None,
                approve_height: None,
                approve_ms: None,
                close_tx: None,
                close_height: None,
                close_ms: None,
            };
            rm_recall::Entity::insert(row.into_active_model()).exec_without_returning(txn).await?;
            return Ok(());
        }
    };
    update.exec(txn).await?;
    Ok(())
}
