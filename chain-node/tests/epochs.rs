//! Members vote validators in and out while real nodes run: a fifth joins, one is removed, one is replaced; nodes are killed
//! around the boundary, and one sleeps through several epochs.

mod common;

use anyhow::{Context as _, ensure};
use common::goods::{Goods, public, sign};
use common::{Cluster, WAIT};
use ed25519_dalek::SigningKey;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tracelight_api::chain::{Receipt, Steps, TxOutcome, Validators};
use tracelight_domain::governance::GovernanceChange;
use tracelight_domain::ids::{ProposalId, PublicKey};
use tracelight_domain::tx::TxBody;
use tracelight_proof::block::{Header, block_id};
use tracelight_proof::certificate::{Certificate, ValidatorSet};
use tracelight_proof::genesis::{consensus_namespace, validators_hash};

/// Short, so that a test sees many; at ten blocks a second about two seconds.
const EPOCH_BLOCKS: u64 = 20;
/// Longest gap between the last block of an epoch and the first of the next, by the blocks' own time.
const STALL_MAX: Duration = Duration::from_secs(5);

const NODES: usize = 6;

/// Votes a change through: the first member proposes, three of the four agree. What the limit of an epoch refuses is voted for
/// again an epoch later, and what a node refuses that does not see its peers yet is sent again.
fn decide(cluster: &mut Cluster, through: usize, number: u8, change: GovernanceChange) -> anyhow::Result<()> {
    let proposal = ProposalId([number; 16]);
    let propose = TxBody::Propose { proposal, change, closes_at: 40_000, forced: String::new() };
    let vote = TxBody::Vote { proposal, approve: true };
    for (member, body) in [(0, propose), (0, vote.clone()), (1, vote.clone()), (2, vote)] {
        let started = Instant::now();
        loop {
            let tx = cluster.sign(member, body.clone());
            let receipt = cluster.submit(through, &[tx])?.remove(0);
            match receipt.refusal.as_deref() {
                Some("too_many_changes" | "would_stop_the_chain") if started.elapsed() < WAIT => {
                    std::thread::sleep(Duration::from_millis(500));
                }
                _ => {
                    applied(std::slice::from_ref(&receipt))?;
                    break;
                }
            }
        }
    }
    Ok(())
}

fn applied(receipts: &[Receipt]) -> anyhow::Result<()> {
    for receipt in receipts {
        ensure!(receipt.outcome == TxOutcome::Applied, "{receipt:?}");
    }
    Ok(())
}

/// The newcomer says that it is in step, by a block that it holds.
fn report_ready(cluster: &mut Cluster, node: usize, key: &SigningKey) -> anyhow::Result<()> {
    // It may connect from the next epoch on.
    let height = cluster.status(1)?.height;
    cluster.wait_height(node, height)?;
    let row = cluster.blocks(node, height, 1)?.blocks.remove(0);
    let ready = TxBody::ValidatorReady { height, block: block_id(&row.header.0) };
    let tx = sign(key, cluster.chain(), 0, height + 5_000, ready);
    applied(&cluster.submit(node, &[tx])?)
}

fn wait_votes(cluster: &Cluster, node: usize, votes: bool) -> anyhow::Result<u64> {
    let started = Instant::now();
    loop {
        let status = cluster.status(node)?;
        if status.votes == votes && status.height > 0 {
            return Ok(status.epoch);
        }
        ensure!(started.elapsed() < WAIT, "node {node} is not in step: {status:?}; {}", cluster.log(node));
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn validators(cluster: &Cluster, node: usize) -> anyhow::Result<Validators> {
    let (status, body) = cluster.get(node, "/v1/validators")?;
    ensure!(status == 200, "{}", String::from_utf8_lossy(&body));
    Ok(serde_json::from_slice(&body)?)
}

fn now(cluster: &Cluster, node: usize) -> anyhow::Result<Vec<PublicKey>> {
    Ok(validators(cluster, node)?.now.into_iter().map(|seat| seat.key.0).collect())
}

/// Waits until this node's view of who decides is as said. What another node has applied is only on its way to this one.
fn wait_validators(cluster: &Cluster, node: usize, what: &str, holds: fn(&Validators) -> bool) -> anyhow::Result<()> {
    let started = Instant::now();
    while !holds(&validators(cluster, node)?) {
        ensure!(started.elapsed() < WAIT, "node {node} does not see {what}; {}", cluster.log(node));
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Waits until the chain is at this distance before the end of an epoch.
fn wait_before_boundary(cluster: &mut Cluster, node: usize, distance: u64) -> anyhow::Result<u64> {
    let height = cluster.status(node)?.height;
    let mut last = (height / EPOCH_BLOCKS + 1) * EPOCH_BLOCKS - 1;
    if last < height + distance {
        last += EPOCH_BLOCKS;
    }
    cluster.wait_height(node, last - distance)?;
    Ok(last)
}

#[test]
fn validators_are_voted_in_and_out_while_the_chain_runs() -> anyhow::Result<()> {
    let mut cluster = Cluster::found_with(&["--epoch-blocks", &EPOCH_BLOCKS.to_string()])?;
    let keys = [SigningKey::from_bytes(&[51; 32]), SigningKey::from_bytes(&[52; 32])];
    for node in 0..4 {
        cluster.configure(node, "heartbeat_ms = 1000", "heartbeat_ms = 100")?;
    }
    let (fifth, fifth_at) = cluster.add_node("fifth", &keys[0])?;
    let (sixth, sixth_at) = cluster.add_node("sixth", &keys[1])?;
    for node in 0..4 {
        cluster.start_node(node)?;
    }
    for node in 0..4 {
        wait_votes(&cluster, node, true)?;
    }
    let founders = now(&cluster, 0)?;
    let validator_of = |cluster: &Cluster, node: usize| cluster.status(node).map(|status| status.validator.0);
    let (first, logistics) = (validator_of(&cluster, 0)?, validator_of(&cluster, 1)?);

    // A fifth joins: approved, then connected and in step, then seated.
    let member = cluster.members[0].gln;
    let add = GovernanceChange::AddValidator { member, key: public(&keys[0]), address: fifth_at.to_string() };
    decide(&mut cluster, 0, 1, add)?;
    wait_validators(&cluster, 0, "the fifth as approved", |seen| seen.pending.len() == 1)?;
    cluster.start_node(fifth)?;
    report_ready(&mut cluster, fifth, &keys[0])?;
    let joined = wait_votes(&cluster, fifth, true)?;
    wait_validators(&cluster, 2, "five that decide", |seen| seen.now.len() == 5)?;

    // One is killed right before a boundary and comes back after it.
    wait_before_boundary(&mut cluster, 0, 2)?;
    cluster.kill9(3)?;
    let last = wait_before_boundary(&mut cluster, 0, 1)?;
    cluster.wait_height(0, last + 2)?;
    cluster.start_node(3)?;
    cluster.wait_height(3, last + 2)?;
    wait_votes(&cluster, 3, true)?;

    // One sleeps from here on, through a removal and several epochs. With five, four decide.
    cluster.kill9(2)?;
    decide(&mut cluster, 1, 2, GovernanceChange::RemoveValidator { key: first })?;
    let removed = wait_votes(&cluster, 0, false)?;
    let height = cluster.status(0)?.height;
    cluster.wait_height(0, height + 2 * EPOCH_BLOCKS)?;
    // The removed one follows and still takes what its members send.
    let tx = cluster.sign(0, Goods::new(1).register_product());
    applied(&cluster.submit(0, &[tx])?)?;
    cluster.start_node(2)?;
    cluster.wait_height(2, height + 2 * EPOCH_BLOCKS)?;
    wait_votes(&cluster, 2, true)?;

    // One is replaced by a node that was never there.
    let replace =
        GovernanceChange::ReplaceValidator { old: logistics, new: public(&keys[1]), address: sixth_at.to_string() };
    decide(&mut cluster, 3, 3, replace)?;
    cluster.start_node(sixth)?;
    report_ready(&mut cluster, sixth, &keys[1])?;
    let replaced = wait_votes(&cluster, sixth, true)?;
    wait_votes(&cluster, 1, false)?;

    // All are killed at a boundary, and go on.
    let last = wait_before_boundary(&mut cluster, 2, 1)?;
    for node in 0..NODES {
        cluster.kill9(node)?;
    }
    for node in 0..NODES {
        cluster.start_node(node)?;
    }
    for node in 0..NODES {
        cluster.wait_height(node, last + EPOCH_BLOCKS)?;
    }
    let at_end = now(&cluster, sixth)?;
    ensure!(!at_end.contains(&first) && !at_end.contains(&logistics) && at_end.len() == 4);
    println!("joined in epoch {joined}, removed in {removed}, replaced in {replaced}");
    one_chain(&mut cluster)?;
    steps_lead_from_the_genesis(&cluster, &founders, &at_end)?;
    stalls(&cluster)
}

/// All nodes have the same blocks.
fn one_chain(cluster: &mut Cluster) -> anyhow::Result<()> {
    let height = cluster.status(0)?.height;
    let mut ids: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for node in 0..NODES {
        cluster.wait_height(node, height)?;
        let mut next = 0;
        while next <= height {
            for block in cluster.blocks(node, next, 256)?.blocks {
                let known = ids.entry(next).or_insert_with(|| block.header.0.clone());
                ensure!(*known == block.header.0, "node {node} has another block {next}");
                next += 1;
            }
        }
    }
    println!("{height} blocks are the same on {NODES} nodes");
    Ok(())
}

/// Whoever knows the genesis only learns who decides now, and certificates of every epoch hold under its set.
fn steps_lead_from_the_genesis(cluster: &Cluster, founders: &[PublicKey], at_end: &[PublicKey]) -> anyhow::Result<()> {
    let namespace = consensus_namespace(cluster.chain());
    let mut sets = vec![(0, ValidatorSet::new(&founders.iter().map(|key| key.0).collect::<Vec<_>>())?)];
    ensure!(sets[0].1 == cluster.genesis.validators()?);
    for node in 0..NODES {
        let steps: Steps = serde_json::from_slice(&cluster.get(node, "/v1/steps")?.1)?;
        ensure!(steps.steps.len() == 3, "node {node}: a join, a removal, a replacement: {}", steps.steps.len());
        sets.truncate(1);
        for step in &steps.steps {
            let header = Header::decode(&step.header.0)?;
            let before = &sets.last().context("the founders")?.1;
            let certificate = Certificate::parse(&step.certificate.0, before)?;
            certificate.verify(&namespace, before, &block_id(&step.header.0).0)?;
            ensure!(header.validators == validators_hash(before));
            ensure!(
                header.height % EPOCH_BLOCKS == EPOCH_BLOCKS - 1 && certificate.epoch() == header.height / EPOCH_BLOCKS
            );
            let keys: Vec<[u8; 32]> = step.validators.iter().map(|key| key.0.0).collect();
            let next = ValidatorSet::new(&keys)?;
            ensure!(validators_hash(&next) == header.next_validators);
            sets.push((header.height + 1, next));
        }
        let keys: Vec<PublicKey> = sets.last().context("a set")?.1.keys().map(PublicKey).collect();
        ensure!(keys == at_end, "the last step leads to who decides now");
    }
    let (mut checked, mut next) = (0, 1);
    let height = cluster.status(2)?.height;
    while next <= height {
        for block in cluster.blocks(2, next, 256)?.blocks {
            if let Some(certificate) = &block.certificate {
                let (_, set) = sets.iter().rev().find(|(from, _)| *from <= next).context("a set")?;
                let parsed = Certificate::parse(&certificate.0, set)?;
                parsed
                    .verify(&namespace, set, &block_id(&block.header.0).0)
                    .with_context(|| format!("block {next}"))?;
                checked += 1;
            }
            next += 1;
        }
    }
    println!("{checked} certificates of {height} blocks hold under the set of their epoch");
    Ok(())
}

/// Gaps at the boundaries, by the time in the blocks; all but the one at which everybody was killed.
fn stalls(cluster: &Cluster) -> anyhow::Result<()> {
    let (mut times, mut next) = (BTreeMap::new(), 1);
    let height = cluster.status(0)?.height;
    while next <= height {
        for block in cluster.blocks(0, next, 256)?.blocks {
            times.insert(next, Header::decode(&block.header.0)?.time_ms);
            next += 1;
        }
    }
    let boundaries = (1..).map(|epoch| epoch * EPOCH_BLOCKS).take_while(|first| *first <= height);
    let mut gaps: Vec<Duration> =
        boundaries.map(|first| Duration::from_millis(times[&first] - times[&(first - 1)])).collect();
    gaps.sort_unstable();
    let longest = gaps.pop().context("the boundary at which all were killed")?;
    println!("{} boundaries, all killed at one: {longest:?}; the others {gaps:?}", gaps.len() + 1);
    ensure!(gaps.iter().all(|gap| *gap < STALL_MAX), "{gaps:?}");
    Ok(())
}
