//! What a stranger finds afterwards, at the public interface of every node.
//!
//! [`read_chain`] reads all blocks of a node and checks what cryptography can check: links, bodies, outcomes against what
//! later headers commit to, certificates. [`judge`] is pure: it holds the chains against each other and against what members
//! were told, and names everything that does not fit. [`check`] does both, asks for receipts, sends everything once more, and
//! proves the objects.

use crate::common::{Cluster, json};
use crate::history::{History, Sent};
use anyhow::{Context as _, ensure};
use std::collections::BTreeMap;
use std::time::Instant;
use tracelight_api::chain::{ChainBlock, Receipt, Receipts, TxOutcome};
use tracelight_domain::ids::{Hash, TxId};
use tracelight_domain::state::ObjectId;
use tracelight_proof::block::{
    Header, block_id, body_digest, decode_body, encode_body, next_outcomes, split_body, txs_root,
};
use tracelight_proof::certificate::{Certificate, ValidatorSet};
use tracelight_proof::genesis::consensus_namespace;

/// Objects that each node proves.
const PROVEN_MAX: usize = 192;
/// Transactions of one call.
const CALL_TXS: usize = 400;

/// A block as its own node tells it, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: Hash,
    /// Transactions with their outcome codes; 0 is applied.
    pub txs: Vec<(TxId, u16)>,
    /// Votes of its own certificate.
    pub votes: Option<usize>,
}

/// Asks every node for everything and fails with all that is wrong. All nodes have to run and be connected.
pub fn check(cluster: &mut Cluster, history: &History) -> anyhow::Result<()> {
    let newest = history.sent.iter().filter_map(|sent| sent.acknowledged()?.height).max().unwrap_or(0);
    for node in 0..4 {
        cluster.wait_height(node, newest + 1)?;
    }
    let chains = (0..4).map(|node| read_chain(cluster, node).with_context(|| format!("the chain of node {node}")));
    let chains = chains.collect::<anyhow::Result<Vec<_>>>()?;
    let mut faults = judge(&chains, history);
    for node in 0..4 {
        faults.extend(first_answers(cluster, node, history)?);
        faults.extend(proven_events(cluster, node, history, newest)?);
        let log = cluster.whole_log(node);
        faults.extend(log.lines().filter(|line| line.contains("contradicting votes")).map(str::to_owned));
    }
    ensure!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    println!(
        "checked: {} blocks with {} certificates on four nodes; {} transactions sent, {} acknowledged; {} objects proven; {} looks while it went on",
        chains.iter().map(Vec::len).sum::<usize>(),
        chains.iter().flatten().filter(|link| link.votes.is_some()).count(),
        history.sent.len(),
        history.acknowledged(),
        sample(history).len(),
        history.looks
    );
    Ok(())
}

/// All blocks of a node from the genesis on, each checked by itself and against the one before.
fn read_chain(cluster: &Cluster, node: usize) -> anyhow::Result<Vec<Link>> {
    let validators = cluster.genesis.validators()?;
    let namespace = consensus_namespace(cluster.chain());
    let head = cluster.status(node)?.executed;
    let mut links: Vec<Link> = Vec::new();
    let mut outcomes = Vec::new();
    let mut before: Option<Header> = None;
    while links.len() as u64 <= head {
        let blocks = cluster.blocks(node, links.len() as u64, 256)?.blocks;
        ensure!(!blocks.is_empty(), "block {} is not shown", links.len());
        for block in &blocks {
            let header = Header::decode(&block.header.0)?;
            let link = read_block(block, &header, &validators, &namespace)?;
            follows(&header, before.as_ref(), links.last())?;
            let codes: Vec<u16> = link.txs.iter().map(|(_, code)| *code).collect();
            let hash = match outcomes.last() {
                // The genesis says what the chain of outcomes begins with.
                None => header.outcomes,
                Some(last) => next_outcomes(last, header.height, &codes),
            };
            outcomes.push(hash);
            let committed = usize::try_from(header.executed).ok().and_then(|executed| outcomes.get(executed));
            ensure!(committed == Some(&header.outcomes), "header {} commits to other outcomes", header.height);
            links.push(link);
            before = Some(header);
        }
    }
    Ok(links)
}

fn follows(header: &Header, before: Option<&Header>, link: Option<&Link>) -> anyhow::Result<()> {
    let (Some(before), Some(link)) = (before, link) else {
        ensure!(header.height == 0, "the first block has height {}", header.height);
        return Ok(());
    };
    ensure!(header.height == before.height + 1, "block {} follows block {}", header.height, before.height);
    ensure!(header.parent == link.id, "block {} names another parent", header.height);
    ensure!(header.time_ms > before.time_ms, "time goes back at block {}", header.height);
    ensure!(header.executed >= before.executed && header.events >= before.events, "block {} takes back", header.height);
    Ok(())
}

fn read_block(
    block: &ChainBlock,
    header: &Header,
    validators: &ValidatorSet,
    namespace: &[u8],
) -> anyhow::Result<Link> {
    let (height, id) = (header.height, block_id(&block.header.0));
    ensure!(body_digest(&block.body.0) == header.body, "block {height} has another body");
    let mut txs = Vec::new();
    if height > 0 {
        ensure!(txs_root(&split_body(&block.body.0)?) == header.txs_root, "block {height}: transactions root");
        txs = decode_body(&block.body.0)?.iter().map(|signed| tracelight_proof::signed::tx_id(&signed.tx)).collect();
    }
    ensure!(txs.len() == block.outcomes.len(), "block {height}: an outcome a transaction");
    let votes = match &block.certificate {
        None => None,
        Some(bytes) => {
            let certificate = Certificate::parse(&bytes.0, validators)?;
            Some(certificate.verify(namespace, validators, &id.0)?.as_slice().len())
        }
    };
    Ok(Link { id, txs: txs.into_iter().zip(block.outcomes.iter().copied()).collect(), votes })
}

/// Everything in which the chains contradict each other or what members were told.
pub fn judge(chains: &[Vec<Link>], history: &History) -> Vec<String> {
    let mut faults = history.broken.clone();
    let longest = chains.iter().rev().max_by_key(|chain| chain.len()).map(Vec::as_slice).unwrap_or_default();
    for (node, chain) in chains.iter().enumerate() {
        for (height, (own, other)) in chain.iter().zip(longest).enumerate() {
            if own.id != other.id || own.txs != other.txs {
                faults.push(format!("node {node} has another block {height}"));
            }
        }
        // What no certificate covers was never final.
        if chain.len() > 1 && !chain.iter().skip(1).any(|link| link.votes.is_some()) {
            faults.push(format!("node {node} has no certificate at all"));
        }
    }
    for (height, ids) in &history.shown {
        let at = usize::try_from(*height).ok().and_then(|height| longest.get(height));
        if ids.len() != 1 || at.is_none_or(|link| !ids.contains(&link.id)) {
            faults.push(format!("block {height} was shown as {ids:?} and is {:?}", at.map(|link| link.id)));
        }
    }
    let mut places: BTreeMap<TxId, Vec<(u64, u16)>> = BTreeMap::new();
    for (height, link) in (0..).zip(longest) {
        link.txs.iter().for_each(|(tx, code)| places.entry(*tx).or_default().push((height, *code)));
    }
    faults.extend(places.iter().filter(|(_, at)| at.len() > 1).map(|(tx, at)| format!("{tx} stands in blocks {at:?}")));
    history.sent.iter().for_each(|sent| judge_sent(sent, places.get(&sent.id).and_then(|at| at.first()), &mut faults));
    judge_order(&history.sent, &mut faults);
    faults
}

fn judge_sent(sent: &Sent, place: Option<&(u64, u16)>, faults: &mut Vec<String>) {
    let id = sent.id;
    for told in &sent.finals {
        let code = if told.outcome == TxOutcome::Applied { 0 } else { 1 };
        match place {
            None => faults.push(format!("{id} was acknowledged by node {} and is lost", told.node)),
            Some((height, found)) if told.height != Some(*height) || (code == 0) != (*found == 0) => {
                faults.push(format!("{id}: node {} said {told:?}, the chain says ({height}, {found})", told.node));
            }
            Some(_) if code != 0 => faults.push(format!("{id} was refused, and nothing in its lane is wrong")),
            Some(_) => {}
        }
    }
    // A node that turned it away for good, while nobody ever had it, must not have kept it.
    if sent.finals.is_empty() && sent.unknown == 0 && place.is_some() {
        faults.push(format!("{id} was only turned away ({:?}) and stands in the chain", sent.rejected));
    }
    faults.extend(sent.rejected.iter().filter(|why| why.contains("Conflict")).map(|why| format!("{id}: {why}")));
}

/// What was sent after an acknowledgement stands in a later block.
fn judge_order(sent: &[Sent], faults: &mut Vec<String>) {
    let mut acknowledged: Vec<(Instant, u64)> =
        sent.iter().filter_map(|sent| sent.acknowledged().and_then(|told| Some((told.at, told.height?)))).collect();
    acknowledged.sort_unstable();
    let mut asked: Vec<(Instant, u64, TxId)> =
        sent.iter().filter_map(|sent| Some((sent.asked, sent.acknowledged()?.height?, sent.id))).collect();
    asked.sort_unstable_by_key(|(at, ..)| *at);
    let (mut known, mut newest) = (acknowledged.into_iter().peekable(), 0);
    for (at, height, id) in asked {
        while let Some((_, before)) = known.next_if(|(told, _)| *told < at) {
            newest = newest.max(before);
        }
        if height <= newest {
            faults.push(format!("{id} stands in block {height}, and was sent when block {newest} was known"));
        }
    }
}

/// Receipts, and the answers to everything sent once more.
fn first_answers(cluster: &Cluster, node: usize, history: &History) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    let told: Vec<&Sent> = history.sent.iter().filter(|sent| sent.acknowledged().is_some()).collect();
    for sent in told.iter().step_by(told.len() / 64 + 1) {
        let receipt: Receipt = json(cluster.get(node, &format!("/v1/txs/{}", sent.id))?)?;
        faults.extend(differs(node, sent, &receipt));
    }
    for call in told.chunks(CALL_TXS) {
        let txs: Vec<&[u8]> = call.iter().map(|sent| sent.bytes.as_slice()).collect();
        let again: Receipts = json(cluster.post(node, "/v1/txs?wait_ms=0", &encode_body(&txs))?)?;
        ensure!(again.receipts.len() == call.len(), "one receipt a transaction");
        for (sent, receipt) in call.iter().zip(&again.receipts) {
            faults.extend(differs(node, sent, receipt));
            if !receipt.already {
                faults.push(format!("node {node} does not say that it had {} already", sent.id));
            }
        }
    }
    Ok(faults)
}

fn differs(node: usize, sent: &Sent, receipt: &Receipt) -> Option<String> {
    let told = sent.acknowledged()?;
    let same = receipt.outcome == told.outcome && receipt.height == told.height;
    (!same).then(|| format!("{}: first {told:?}, then node {node} said {receipt:?}", sent.id))
}

/// Acknowledged transactions whose objects are proven: evenly spread over the time of the load.
fn sample(history: &History) -> BTreeMap<ObjectId, Vec<&Sent>> {
    let mut objects: BTreeMap<ObjectId, Vec<&Sent>> = BTreeMap::new();
    for sent in history.sent.iter().filter(|sent| sent.acknowledged().is_some()) {
        sent.objects.iter().for_each(|object| objects.entry(object.clone()).or_default().push(sent));
    }
    let step = objects.len() / PROVEN_MAX + 1;
    objects.into_iter().step_by(step).collect()
}

/// Proofs by this node: each acknowledged transaction has left exactly one event at each of its objects.
fn proven_events(cluster: &Cluster, node: usize, history: &History, executed: u64) -> anyhow::Result<Vec<String>> {
    let (mut faults, objects) = (Vec::new(), sample(history));
    let ids: Vec<ObjectId> = objects.keys().cloned().collect();
    for ids in ids.chunks(32) {
        for (id, proven) in ids.iter().zip(cluster.proven(node, ids, executed)?) {
            for sent in &objects[id] {
                let found = proven.events.iter().filter(|event| event.tx == sent.id).count();
                if found != 1 {
                    faults.push(format!("node {node}: {id:?} has {found} events of {}", sent.id));
                }
            }
            let heights: Vec<u64> = proven.events.iter().map(|event| event.height).collect();
            if !heights.is_sorted() {
                faults.push(format!("node {node}: the events of {id:?} are out of order"));
            }
        }
    }
    Ok(faults)
}

/// The judge is not blind.
mod tests {
    use super::*;
    use crate::history::Final;
    use std::time::Duration;

    fn tx(number: u8) -> TxId {
        TxId([number; 32])
    }

    fn sent(number: u8, asked: Instant, told: Option<(u64, u64, TxOutcome)>) -> Sent {
        let told = told.map(|(ms, height, outcome)| Final {
            node: 0,
            at: asked + Duration::from_millis(ms),
            outcome,
            height: Some(height),
        });
        let unknown = usize::from(told.is_none());
        let finals = told.into_iter().collect();
        Sent { id: tx(number), bytes: Vec::new(), objects: Vec::new(), asked, finals, unknown, rejected: Vec::new() }
    }

    /// Two transactions one after the other, and a third whose end nobody knows, on four equal chains.
    fn good() -> (Vec<Vec<Link>>, History) {
        let link = |id: u8, txs: &[u8]| Link {
            id: Hash([id; 32]),
            txs: txs.iter().map(|number| (tx(*number), 0)).collect(),
            votes: (id > 0).then_some(3),
        };
        let chain = vec![link(0, &[]), link(1, &[1]), link(2, &[]), link(3, &[2, 3])];
        let (start, applied) = (Instant::now(), TxOutcome::Applied);
        let later = start + Duration::from_millis(10);
        let sent =
            vec![sent(1, start, Some((5, 1, applied))), sent(2, later, Some((5, 3, applied))), sent(3, later, None)];
        let shown = BTreeMap::from([(2, vec![Hash([2; 32])])]);
        (vec![chain; 4], History { sent, shown, ..History::default() })
    }

    #[track_caller]
    fn finds(change: impl FnOnce(&mut Vec<Vec<Link>>, &mut History), needle: &str) {
        let (mut chains, mut history) = good();
        change(&mut chains, &mut history);
        let faults = judge(&chains, &history);
        assert!(faults.iter().any(|fault| fault.contains(needle)), "`{needle}` is not in {faults:?}");
    }

    #[test]
    fn a_sound_history_has_no_fault() {
        let (mut chains, history) = good();
        assert_eq!(judge(&chains, &history), Vec::<String>::new());
        chains[2].truncate(2);
        assert_eq!(judge(&chains, &history), Vec::<String>::new(), "a node may be behind");
    }

    #[test]
    fn every_kind_of_fault_is_found() {
        finds(|chains, _| chains.iter_mut().for_each(|chain| chain[1].txs.clear()), "is lost");
        finds(|chains, _| chains.iter_mut().for_each(|chain| chain[2].txs.push((tx(1), 0))), "stands in blocks");
        finds(|chains, _| chains.iter_mut().for_each(|chain| chain[1].txs[0].1 = 7), "the chain says");
        finds(|chains, _| chains[3][2].id = Hash([9; 32]), "node 3 has another block 2");
        finds(|chains, _| chains[3][3].txs.swap(0, 1), "node 3 has another block 3");
        finds(|_, history| history.shown.get_mut(&2).expect("shown").push(Hash([9; 32])), "block 2 was shown");
        finds(|_, history| drop(history.shown.insert(9, vec![Hash([9; 32])])), "block 9 was shown");
        finds(|_, history| history.sent[0].finals[0].height = Some(2), "the chain says");
        finds(|_, history| history.sent[1].finals[0].outcome = TxOutcome::Refused, "the chain says");
        finds(|_, history| history.sent[2].unknown = 0, "was only turned away");
        finds(|_, history| history.broken.push("node 1 went back".to_owned()), "went back");
        finds(|_, history| history.sent[2].rejected.push("node 1: Conflict nonce_used".to_owned()), "nonce_used");
        finds(|chains, _| chains[1].iter_mut().for_each(|link| link.votes = None), "no certificate");
        // Sent after block 3 was known, and found in block 1.
        finds(
            |_, history| {
                let (at, told) = (history.sent[1].finals[0].at, history.sent[0].finals[0]);
                history.sent[0].asked = at + Duration::from_millis(1);
                history.sent[0].finals[0] = Final { at: at + Duration::from_millis(2), ..told };
            },
            "was sent when block 3 was known",
        );
    }
}
