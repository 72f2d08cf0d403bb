//! Real nodes that drop the bodies of old blocks: what was provable stays provable, the same transaction gets its first answer,
//! what is gone is named, and a node that lost everything joins from a pruned member's snapshot.

mod common;

use anyhow::ensure;
use common::goods::Goods;
use common::{Cluster, WAIT};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tracelight_api::chain::{Receipt, TxOutcome};
use tracelight_api::problem::Problem;
use tracelight_chain_node::config::PruneConfig;
use tracelight_domain::state::ObjectId;
use tracelight_proof::codec::Canonical as _;

/// Two epochs of 20, and the least that a configuration may say.
const KEEP: u64 = 64;
const LAST: usize = 3;

fn run(arguments: &[&str], paths: &[&Path]) -> anyhow::Result<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chain-node"));
    let Output { status, stdout, stderr } = command.args(arguments).args(paths).output()?;
    let text = [String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)].concat();
    ensure!(status.success(), "{text}");
    Ok(text)
}

fn wait_pruned(cluster: &Cluster, node: usize, height: u64) -> anyhow::Result<u64> {
    let started = Instant::now();
    loop {
        let status = cluster.status(node)?;
        if status.pruned >= height {
            ensure!(status.pruned + KEEP <= status.height, "{status:?}");
            return Ok(status.pruned);
        }
        ensure!(started.elapsed() < 2 * WAIT, "not pruned to {height}: {status:?}; {}", cluster.log(node));
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn registered(cluster: &mut Cluster, through: usize, number: u64) -> anyhow::Result<(Vec<u8>, Receipt)> {
    let tx = cluster.sign(0, Goods::new(number).register_product());
    let receipt = cluster.submit(through, std::slice::from_ref(&tx))?.remove(0);
    ensure!(receipt.outcome == TxOutcome::Applied, "{receipt:?}");
    Ok((tx, receipt))
}

#[test]
fn a_pruned_alliance_proves_what_it_did_and_takes_a_member_back() -> anyhow::Result<()> {
    let mut cluster = Cluster::found_with(&["--epoch-blocks", "20"])?;
    for node in 0..4 {
        cluster.reconfigure(node, |config| {
            config.prune = Some(PruneConfig { keep_blocks: KEEP });
            config.limits.heartbeat_ms = 100;
        })?;
    }
    cluster.start_all()?;
    let (old, first) = registered(&mut cluster, 0, 1)?;
    let height = first.height.expect("a height");
    let id = ObjectId::Product(Goods::new(1).gtin);
    let before = cluster.proven(0, std::slice::from_ref(&id), height)?;
    (0..4).try_for_each(|node| wait_pruned(&cluster, node, height).map(|_| ()))?;

    // What is gone is named, by each node, and what is not is given.
    for node in 0..4 {
        let (status, body) = cluster.get(node, &format!("/v1/blocks?from={height}&max=1"))?;
        let problem: Problem = serde_json::from_slice(&body)?;
        ensure!((status, problem.kind.as_str()) == (410, "tracelight:pruned"), "{status} {problem:?}");
        let detail = problem.detail.unwrap_or_default();
        ensure!(detail.contains("pruned below block") && detail.contains("snapshot"), "{detail}");
        let head = cluster.status(node)?.height;
        ensure!(cluster.blocks(node, head, 1)?.blocks.len() == 1, "new blocks are whole");
    }
    // Submitted again, long after its body is gone: the first answer.
    let again = cluster.submit(1, std::slice::from_ref(&old))?.remove(0);
    ensure!(again.already && again.height == Some(height) && again.outcome == TxOutcome::Applied, "{again:?}");
    // The old object's events are proven as before, byte for byte.
    let now = cluster.proven(2, std::slice::from_ref(&id), height)?;
    let bytes = |proven: &common::Proven| proven.events.iter().flat_map(|it| it.to_bytes()).collect::<Vec<_>>();
    ensure!(bytes(&now[0]) == bytes(&before[0]) && now[0].state == before[0].state, "another history");
    let (_, consistency) = cluster.get(0, "/v1/log/consistency?from=2&to=60")?;
    ensure!(!consistency.is_empty(), "the log is whole");

    // Killed while it prunes, again and again: it goes on, and everything is as it has to be.
    for _ in 0..3 {
        cluster.kill9(1)?;
        cluster.start_node(1)?;
        let head = cluster.status(0)?.height;
        cluster.wait_height(1, head + 5)?;
    }
    let pruned = cluster.status(1)?.pruned;
    wait_pruned(&cluster, 1, pruned + 1)?;
    let text = run(&["doctor", "--config"], &[&cluster.home(1).join("node.toml")])?;
    ensure!(text.contains("well ") && text.contains("have no bodies"), "{text}");

    // A member loses its disk, and comes back from another's snapshot: nobody has the old blocks any more.
    let snapshot = cluster.scratch().join("snapshot");
    let made = run(&["snapshot", "--config"], &[&cluster.home(0).join("node.toml"), Path::new("make"), &snapshot])?;
    ensure!(made.contains("pruned       blocks 1 to "), "{made}");
    cluster.kill9(LAST)?;
    fs::remove_dir_all(cluster.home(LAST).join("data"))?;
    run(&["snapshot", "--config"], &[&cluster.home(LAST).join("node.toml"), Path::new("restore"), &snapshot])?;
    cluster.start_node(LAST)?;
    let (_, after) = registered(&mut cluster, LAST, 2)?;
    cluster.wait_height(LAST, after.height.expect("a height") + 2)?;
    let proven = cluster.proven(LAST, &[id, ObjectId::Product(Goods::new(2).gtin)], after.height.expect("a height"))?;
    ensure!(proven.iter().all(|it| it.state.is_some()), "what was before the snapshot, and after it");
    let started = Instant::now();
    while !cluster.status(LAST)?.votes {
        ensure!(started.elapsed() < 2 * WAIT, "it votes in a later epoch: {:?}", cluster.status(LAST)?);
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

#[test]
fn too_short_a_memory_is_refused_by_name() -> anyhow::Result<()> {
    let mut cluster = Cluster::found_with(&["--epoch-blocks", "50"])?;
    cluster.reconfigure(0, |config| config.prune = Some(PruneConfig { keep_blocks: 99 }))?;
    let refused = run(&["run", "--config"], &[&cluster.home(0).join("node.toml")]).expect_err("refused").to_string();
    ensure!(refused.contains("`prune.keep_blocks` is 99; at least 100 are needed: two epochs"), "{refused}");
    Ok(())
}
