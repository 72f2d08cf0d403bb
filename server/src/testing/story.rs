//! The story that tests of the read model project: two cases on a pallet, shipped, received one short, a pack dispensed,
//! a recall. Every table of the read model gets rows.

use tracelight_client::keys::Signer;
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY, REGULATOR, TestChain};
use tracelight_domain::governance::GovernanceChange;
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, Hash, ProposalId, RecallId, ShipmentId, UnitId};
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::ObjectId;
use tracelight_domain::tx::{
    Content, Correction, CorrectionReason, DisputeOutcome, DisputeReason, Input, Product, ProductKind, RecallClass,
    Seal, Transform, TxBody, UnitAction, UnitTouch,
};
use tracelight_proof::block::block_id;
use tracelight_proof::commitments::{count_commitment, quota_commitment, quota_salt, unit_leaf, unit_salt};
use tracelight_proof::merkle::Tree;

/// Secret of the story's batch.
pub const SECRET: [u8; 32] = [5; 32];
/// Packs it was registered for.
pub const QUOTA: u64 = 5;
/// Salt of its count commitment.
pub const COUNT_SALT: [u8; 16] = [6; 16];

/// The story's batch. Its lot and serials differ from others only in case.
pub fn batch() -> BatchId {
    let gtin = Gtin::build(0, "6901234", 77).expect("a GTIN of constants");
    BatchId { gtin, lot: Lot::parse("Lot-aB").expect("a lot of constants") }
}

/// The story's cases and its pallet.
pub fn sscc(number: u64) -> Sscc {
    Sscc::build(0, "6901234", number).expect("an SSCC of constants")
}

/// Its four packs, two a case.
pub fn serials() -> Vec<Serial> {
    ["aB1", "Ab1", "AB1", "ab1"].into_iter().map(|text| Serial::parse(text).expect("a serial of constants")).collect()
}

/// A product.
pub fn product(gtin: Gtin) -> TxBody {
    let [name_en, name_zh, detail] = ["Amoxicillin", "阿莫西林", "250 mg x 24"].map(str::to_owned);
    let (approval, hotline, kind) = (String::new(), String::new(), ProductKind::Medicine);
    TxBody::RegisterProduct(Product { gtin, name_en, name_zh, detail, approval, hotline, kind })
}

/// The leaves of packs of the story's batch.
pub fn leaves(serials: &[Serial]) -> Vec<Hash> {
    let BatchId { gtin, lot } = batch();
    serials.iter().map(|serial| unit_leaf(gtin, &lot, serial, &unit_salt(&SECRET, serial))).collect()
}

fn touch(index: usize) -> UnitTouch {
    let all = serials();
    let serial = all.get(index).expect("one of the four").clone();
    let (batch_tree, case) = (Tree::new(leaves(&all)), all.chunks(2).nth(index / 2).expect("one of the two cases"));
    let case_tree = Tree::new(leaves(case));
    UnitTouch {
        salt: unit_salt(&SECRET, &serial),
        unit: UnitId { gtin: batch().gtin, serial },
        lot: batch().lot,
        in_batch: batch_tree.path(index).expect("a leaf"),
        count_commitment: count_commitment(4, &COUNT_SALT),
        in_case: Some((sscc(index as u64 / 2 + 1), case_tree.path(index % 2).expect("a leaf"))),
    }
}

/// The seal of the batch.
pub fn seal() -> TxBody {
    let tree_root = Tree::new(leaves(&serials())).root();
    TxBody::SealBatch(Seal {
        batch: batch(),
        tree_root,
        unit_count: 4,
        count_salt: COUNT_SALT,
        rejected: 1,
        sampled: 0,
        quota: QUOTA,
        quota_salt: quota_salt(&SECRET),
    })
}

/// The registration of the batch.
pub fn registration() -> TxBody {
    let date = |text| Date::parse_iso(text).expect("a date of constants");
    let quota = quota_commitment(QUOTA, &quota_salt(&SECRET));
    TxBody::RegisterBatch { batch: batch(), made_on: date("2026-10-01"), expires_on: date("2028-09"), quota }
}

/// The packing of a case: 1 or 2.
pub fn pack(number: u64) -> TxBody {
    let all = serials();
    let at = usize::try_from(number - 1).expect("1 or 2");
    let root = Tree::new(leaves(all.chunks(2).nth(at).expect("1 or 2"))).root();
    TxBody::Pack { parent: sscc(number), content: Content::Units { root, batches: vec![(batch(), 2)] } }
}

/// Plays the story on a chain. Returns the refusals that stand in it.
pub fn play(chain: &mut TestChain) -> Vec<Refusal> {
    let (to_carrier, to_pharmacy) = (ShipmentId([1; 16]), ShipmentId([2; 16]));
    let (carrier, pharmacy) = (chain.member(CARRIER).gln, chain.member(PHARMACY).gln);
    let recall = RecallId([3; 16]);
    let ship = |shipment, to| TxBody::Ship { shipment, to, objects: vec![sscc(3)] };
    let receive = |shipment, short| TxBody::Receive { shipment, short, damaged: Vec::new() };
    let open =
        TxBody::OpenRecall { recall, batch: batch(), class: RecallClass::One, drill: false, notice: Hash([7; 32]) };
    let steps = vec![
        vec![(MAKER, product(batch().gtin))],
        // Twice in one block: the second one is refused.
        vec![(MAKER, registration()), (MAKER, registration())],
        vec![(MAKER, seal())],
        // Four transactions in one block, each building on the one before.
        vec![
            (MAKER, pack(1)),
            (MAKER, pack(2)),
            (MAKER, TxBody::Pack { parent: sscc(3), content: Content::Cases(vec![sscc(1), sscc(2)]) }),
            (MAKER, ship(to_carrier, carrier)),
        ],
        vec![(PHARMACY, receive(to_carrier, Vec::new()))],
        vec![(CARRIER, receive(to_carrier, Vec::new()))],
        vec![(CARRIER, ship(to_pharmacy, pharmacy))],
        vec![(PHARMACY, receive(to_pharmacy, vec![sscc(2)]))],
        vec![(PHARMACY, TxBody::UnitAction { touch: touch(0), action: UnitAction::Dispense })],
        vec![(PHARMACY, TxBody::UnitAction { touch: touch(0), action: UnitAction::Return })],
        vec![(REGULATOR, open)],
    ];
    let mut refusals = Vec::new();
    for step in steps {
        let txs: Vec<_> = step.into_iter().map(|(member, body)| chain.sign(member, body)).collect();
        refusals.extend(chain.block(&txs).into_iter().flatten());
    }
    let approve = chain.sign_as_approver(REGULATOR, TxBody::ApproveRecall { recall });
    refusals.extend(chain.block(&[approve]).into_iter().flatten());
    let close = chain.sign(REGULATOR, TxBody::CloseRecall { recall });
    // The same transaction twice: the second uses a used nonce.
    refusals.extend(chain.block(&[close.clone(), close]).into_iter().flatten());
    let late = chain.sign(PHARMACY, TxBody::UnitAction { touch: touch(1), action: UnitAction::Dispense });
    refusals.extend(chain.block(&[late]).into_iter().flatten());
    chain.block(&[]);
    refusals
}

/// Goes on after [`play`]: a dispute and its end, a batch made into another, a withdrawn event, a vote that lets a validator in,
/// and that validator. Returns the refusals that stand in it.
pub fn play_on(chain: &mut TestChain) -> Vec<Refusal> {
    let shipment = ShipmentId([2; 16]);
    let settle = TxBody::SettleDispute { shipment, outcome: DisputeOutcome::ForReceiver };
    let dispute = TxBody::Dispute { shipment, reason: DisputeReason::Condition, evidence: Hash([8; 32]) };
    let lot = |text| BatchId { gtin: batch().gtin, lot: Lot::parse(text).expect("a lot of constants") };
    let TxBody::RegisterBatch { made_on, expires_on, quota, .. } = registration() else { unreachable!("it is one") };
    let (raw, made) = (lot("Raw-1"), lot("Made-1"));
    let inputs = vec![Input { batch: raw.clone(), cases: Vec::new() }];
    let mut steps = vec![
        vec![(PHARMACY, dispute), (CARRIER, settle.clone())],
        vec![(PHARMACY, settle)],
        vec![(MAKER, TxBody::RegisterBatch { batch: raw, made_on, expires_on, quota })],
        vec![(MAKER, TxBody::Transform(Transform { output: made, made_on, expires_on, quota, inputs }))],
        vec![(MAKER, TxBody::Correct(withdrawal(chain, ObjectId::Logistic(sscc(3)), 0)))],
    ];
    let node = Signer::from_seed(&[77; 32]);
    let (proposal, closes_at) = (ProposalId([4; 16]), chain.height() + 100);
    let (member, key) = (chain.member(CARRIER).gln, node.public_key());
    let change = GovernanceChange::AddValidator { member, key, address: "node.example:4900".to_owned() };
    steps.push(vec![(MAKER, TxBody::Propose { proposal, change, closes_at, forced: String::new() })]);
    let mut refusals = Vec::new();
    for step in steps {
        let txs: Vec<_> = step.into_iter().map(|(member, body)| chain.sign(member, body)).collect();
        refusals.extend(chain.block(&txs).into_iter().flatten());
    }
    let voters = [MAKER, CARRIER, PHARMACY, REGULATOR];
    let votes = voters.map(|voter| chain.sign_as_approver(voter, TxBody::Vote { proposal, approve: voter != CARRIER }));
    refusals.extend(chain.block(&votes).into_iter().flatten());
    let height = chain.height() - 2;
    let recent = chain.blocks_from(height, 1).remove(0);
    let block = block_id(&recent.header.0);
    // Another block than the one at that height is refused; the true one is not.
    let ready = [Hash([9; 32]), block].map(|block| chain.sign_with(&node, TxBody::ValidatorReady { height, block }));
    refusals.extend(chain.block(&ready).into_iter().flatten());
    chain.block(&[]);
    refusals
}

/// The withdrawal of the event at this position of an object's history.
pub fn withdrawal(chain: &TestChain, object: ObjectId, seq: u32) -> Correction {
    let events = chain.events.get(&object).expect("it has a history");
    let tx = events.get(seq as usize).expect("the event is there").tx;
    Correction { object, seq, tx, reason: CorrectionReason::WrongDetail, replaced_by: None }
}
