//! Submitting again: the first answer stands, at once, at the same time and after a restart, and the same key and nonce with
//! other content is a conflict.

use super::*;
use crate::ledger::tests::goods::{Goods, public, sign};
use crate::ledger::tests::{Alliance, alliance};
use crate::machine::tests::{ROOMY, node, proposed, tip};
use std::sync::Barrier;
use tracelight_api::chain::TxOutcome;
use tracelight_domain::governance::GovernanceChange;
use tracelight_domain::ids::ProposalId;
use tracelight_domain::rules::Refusal;
use tracelight_domain::tx::TxBody;
use tracelight_proof::block::{Header, block_id};

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("scratch")
}

fn submit(node: &Node, tx: &[u8]) -> Receipt {
    node.submit(&[tx], Origin::Client).expect("the store works").remove(0)
}

/// One block with what waits.
async fn block(node: &Arc<Node>) {
    let next = proposed(node, &tip(node)).await;
    node.take_final(&next.header, &next.body, None).expect("executed");
}

#[track_caller]
fn is_conflict(receipt: &Receipt) {
    let name = receipt.refusal.as_deref();
    assert_eq!((receipt.outcome, name), (TxOutcome::Conflict, Some(Refusal::NonceUsed.name())), "{receipt:?}");
}

#[track_caller]
fn is_repeated(receipt: &Receipt, outcome: TxOutcome, height: u64, refusal: Option<Refusal>) {
    let found = (receipt.outcome, receipt.already, receipt.height, receipt.refusal.as_deref());
    assert_eq!(found, (outcome, true, Some(height), refusal.map(Refusal::name)), "{receipt:?}");
}

/// Two intentions under one nonce, sent by many at the same time.
fn two_intentions(alliance: &Alliance) -> [Vec<u8>; 2] {
    let chain = alliance.genesis.chain_id();
    [1, 2].map(|number| sign(&alliance.operators[0], chain, 7, 1_000, Goods::new(number).register_product()))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_the_same_time_one_intention_wins_and_its_answer_stands_after_a_restart() {
    const SENDERS: usize = 8;
    let (dir, alliance) = (scratch(), alliance());
    let intentions = two_intentions(&alliance);
    let first = node(&dir, &alliance, ROOMY);
    let gate = Barrier::new(SENDERS);
    let receipts: Vec<(usize, Receipt)> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (gate, first, intentions) = (&gate, &first, &intentions);
                scope.spawn(move || {
                    let which = sender % 2;
                    gate.wait();
                    (which, submit(first, &intentions[which]))
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().expect("no panic")).collect()
    });
    let fresh: Vec<usize> = receipts
        .iter()
        .filter(|(_, receipt)| receipt.outcome == TxOutcome::Pending && !receipt.already)
        .map(|(which, _)| *which)
        .collect();
    let [winner] = fresh[..] else { panic!("{} senders were told that theirs is new: {receipts:?}", fresh.len()) };
    for (which, receipt) in &receipts {
        if *which == winner {
            assert_eq!(receipt.outcome, TxOutcome::Pending, "{receipt:?}");
        } else {
            is_conflict(receipt);
        }
    }
    block(&first).await;
    let (won, lost) = (&intentions[winner], &intentions[1 - winner]);
    is_repeated(&submit(&first, won), TxOutcome::Applied, 1, None);
    is_conflict(&submit(&first, lost));
    drop(first);
    let second = node(&dir, &alliance, ROOMY);
    is_repeated(&submit(&second, won), TxOutcome::Applied, 1, None);
    is_conflict(&submit(&second, lost));
    // And it is not ordered again.
    block(&second).await;
    is_repeated(&submit(&second, won), TxOutcome::Applied, 1, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_was_ordered_is_repeated_too() {
    let (dir, mut alliance) = (scratch(), alliance());
    let first = node(&dir, &alliance, ROOMY);
    // Both are sent before either is executed, so that the second is ordered and then refused.
    let made = alliance.sign(0, Goods::new(1).register_product());
    let twice = alliance.sign(0, Goods::new(1).register_product());
    for tx in [&made, &twice] {
        assert_eq!(submit(&first, tx).outcome, TxOutcome::Pending);
    }
    block(&first).await;
    is_repeated(&submit(&first, &twice), TxOutcome::Refused, 1, Some(Refusal::AlreadyExists));
    drop(first);
    let second = node(&dir, &alliance, ROOMY);
    is_repeated(&submit(&second, &twice), TxOutcome::Refused, 1, Some(Refusal::AlreadyExists));
    is_repeated(&submit(&second, &made), TxOutcome::Applied, 1, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_sends_again_is_answered_as_before() {
    let (dir, mut alliance) = (scratch(), alliance());
    let (chain, goods) = (alliance.genesis.chain_id(), Goods::new(1));
    let device = ed25519_dalek::SigningKey::from_bytes(&[99; 32]);
    let first = node(&dir, &alliance, ROOMY);
    let register = TxBody::RegisterDevice { device: public(&device), label: "line 1".to_owned() };
    for body in [register, goods.register_product(), goods.register_batch()] {
        let tx = alliance.sign(0, body);
        assert_eq!(submit(&first, &tx).outcome, TxOutcome::Pending);
    }
    block(&first).await;
    let turn = |nonce, body| sign(&device, chain, nonce, 1_000, body);
    let (pack, seal, other) = (turn(0, goods.pack()), turn(1, goods.seal()), turn(0, goods.seal()));
    // The second before the first: it waits for its turn.
    assert_eq!(submit(&first, &seal).outcome, TxOutcome::Pending);
    assert_eq!(submit(&first, &pack).outcome, TxOutcome::Pending);
    is_conflict(&submit(&first, &other));
    let again = submit(&first, &pack);
    assert_eq!((again.outcome, again.already), (TxOutcome::Pending, true));
    block(&first).await;
    drop(first);
    let second = node(&dir, &alliance, ROOMY);
    for tx in [&pack, &seal] {
        is_repeated(&submit(&second, tx), TxOutcome::Applied, 2, None);
    }
    is_conflict(&submit(&second, &other));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_would_stop_the_chain_is_taken_only_with_its_words() {
    let (dir, mut alliance) = (scratch(), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let seats: Vec<PublicKey> = alliance.genesis.members.iter().map(|member| member.validator).collect();
    let newcomer = public(&ed25519_dalek::SigningKey::from_bytes(&[98; 32]));
    let change = GovernanceChange::ReplaceValidator { old: seats[0], new: newcomer, address: String::new() };
    let mut number = 0;
    let mut propose = |forced: String| {
        number += 1;
        let (proposal, change) = (ProposalId([number; 16]), change.clone());
        alliance.sign(0, TxBody::Propose { proposal, change, closes_at: 500, forced })
    };
    // Two of the three that would stay are seen; three votes are needed.
    node.set_connected(vec![seats[1], seats[2]]);
    let refused = submit(&node, &propose(String::new()));
    assert_eq!((refused.outcome, refused.refusal.as_deref()), (TxOutcome::Rejected, Some("would_stop_the_chain")));
    let detail = refused.detail.expect("it says why");
    assert!(detail.starts_with("2 of 4 would remain on line and 3 votes are needed"), "{detail}");
    assert!(detail.contains(&change.force_words()), "{detail}");
    assert_eq!(submit(&node, &propose(change.force_words())).outcome, TxOutcome::Pending);
    // What a peer passes on is not judged by what this node sees.
    let passed_on = propose(String::new());
    let receipt = node.submit(&[&passed_on], Origin::Peer).expect("the store works").remove(0);
    assert_eq!(receipt.outcome, TxOutcome::Pending);
    node.set_connected(vec![seats[1], seats[2], seats[3]]);
    assert_eq!(submit(&node, &propose(String::new())).outcome, TxOutcome::Pending);
    block(&node).await;
    // The same for a vote: what was safe when it was proposed may not be when it is decided.
    let vote = |number: u8| TxBody::Vote { proposal: ProposalId([number; 16]), approve: true };
    node.set_connected(vec![seats[1]]);
    let late = submit(&node, &alliance.sign(1, vote(4)));
    assert_eq!(late.refusal.as_deref(), Some("would_stop_the_chain"));
    let forced = submit(&node, &alliance.sign(1, vote(2)));
    assert_eq!(forced.outcome, TxOutcome::Pending, "{forced:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_final_is_executed_before_its_delivery_and_recognised_then() {
    let (dir, mut alliance) = (scratch(), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let first_tx = alliance.sign(0, Goods::new(1).register_product());
    submit(&node, &first_tx);
    let first = proposed(&node, &tip(&node)).await;
    let second_tx = alliance.sign(0, Goods::new(2).register_product());
    submit(&node, &second_tx);
    let second = proposed(&node, &first).await;
    let id = |block: &tracelight_consensus::Block| block_id(&block.header);
    let mut waiting =
        node.waits.wait_for(&[first_tx, second_tx].map(|tx| {
            tracelight_proof::signed::tx_id(&tracelight_proof::signed::parse(&tx).expect("a transaction").tx)
        }));
    // Of a block that nobody spoke of here nothing is executed.
    node.execute_ahead(Hash([7; 32]), Bytes::from_static(b"of another block"));
    // The certificate of the second makes the first final too.
    node.execute_ahead(id(&second), Bytes::from_static(b"certificate"));
    let mut head = node.watch_head();
    let wait = tokio::time::timeout(std::time::Duration::from_secs(20), head.wait_for(|head| head.height == 2));
    assert_eq!(wait.await.expect("in time").expect("the node lives").block, id(&second));
    let heights = [waiting.next().await.1.height, waiting.next().await.1.height];
    assert_eq!(heights, [1, 2]);
    let certificates = |node: &Node| [1, 2].map(|height| node.store.certificate(height).expect("a read"));
    assert_eq!(certificates(&node), [None, Some(b"certificate".to_vec())]);
    // The deliveries follow, with a certificate that came meanwhile.
    node.take_final(&first.header, &first.body, Some(b"of the first")).expect("known");
    node.take_final(&second.header, &second.body, Some(b"another")).expect("known");
    assert_eq!(certificates(&node), [Some(b"of the first".to_vec()), Some(b"certificate".to_vec())]);
    let forged = Header { time_ms: 1, ..Header::decode(&second.header).expect("a header") };
    let other = node.take_final(&forged.encode(), &second.body, None);
    assert!(matches!(other, Err(FinalBlockError::OtherBlock { height: 2, .. })), "{other:?}");
}
