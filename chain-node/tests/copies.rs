//! Backup, restore and snapshot of a real node among real nodes, and what doctor says.

mod common;

use common::Cluster;
use common::goods::Goods;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracelight_api::chain::TxOutcome;
use tracelight_domain::state::ObjectId;

/// Eight processes at once would test the machine, not the copies.
static ONE_CLUSTER: Mutex<()> = Mutex::new(());

const LAST: usize = 3;

fn run(arguments: &[&str], paths: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chain-node"));
    command.args(arguments).args(paths).output().expect("the program starts")
}

fn said(output: &Output) -> String {
    [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat()
}

#[track_caller]
fn works(output: &Output) -> String {
    let text = said(output);
    assert!(output.status.success(), "{text}");
    text
}

#[track_caller]
fn fails_with(output: &Output, needle: &str) {
    let text = said(output);
    assert!(!output.status.success() && text.contains(needle), "`{needle}` is missing in: {text}");
}

/// Registers a product through the first node; returns the height.
fn register(cluster: &mut Cluster, number: u64) -> anyhow::Result<u64> {
    let tx = cluster.sign(0, Goods::new(number).register_product());
    let receipts = cluster.submit(0, &[tx])?;
    assert!(receipts.iter().all(|receipt| receipt.outcome == TxOutcome::Applied), "{receipts:?}");
    Ok(receipts.iter().filter_map(|receipt| receipt.height).max().expect("a height"))
}

/// The last node loses its folder, is given `restore`, and follows again; it proves what happened before and after.
fn lose_and_restore(
    cluster: &mut Cluster,
    restore: impl Fn(&Path, &Path) -> Output,
    number: u64,
) -> anyhow::Result<()> {
    let (data, config) = (cluster.home(LAST).join("data"), cluster.home(LAST).join("node.toml"));
    cluster.kill9(LAST)?;
    fails_with(&restore(&config, &data), "not overwritten");
    fs::remove_dir_all(&data)?;
    works(&restore(&config, &data));
    assert!(data.join("quarantine").exists(), "a restored validator does not vote at once");
    fails_with(&restore(&config, &data), "not overwritten");
    cluster.start_node(LAST)?;
    let after = register(cluster, number)?;
    cluster.wait_height(LAST, after + 2)?;
    let id = |number| ObjectId::Product(Goods::new(number).gtin);
    let proven = cluster.proven(LAST, &[id(1), id(number)], after)?;
    assert!(proven.iter().all(|it| it.state.is_some()), "what was before the copy, and after it");
    let text = works(&run(&["doctor", "--config"], &[&config]));
    assert!(text.contains("well "), "{text}");
    Ok(())
}

/// The restored node follows through the epoch in which it came back, and votes in one that began after that.
fn votes_in_a_later_epoch(cluster: &Cluster) -> anyhow::Result<()> {
    let started = Instant::now();
    let back_in = cluster.status(LAST)?.epoch;
    loop {
        let status = cluster.status(LAST)?;
        if status.votes {
            anyhow::ensure!(status.epoch > 0, "it voted in the epoch of which it may have forgotten votes");
            let certified = cluster.status(0)?;
            anyhow::ensure!(certified.epoch + 1 >= status.epoch && status.height + 5 >= certified.height, "{status:?}");
            return Ok(());
        }
        anyhow::ensure!(started.elapsed() < 3 * common::WAIT, "back in epoch {back_in}, and still: {status:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_node_comes_back_from_a_backup_and_from_a_snapshot_and_does_not_vote_twice() -> anyhow::Result<()> {
    let _one = ONE_CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    // Short, so that the next epoch comes within the test.
    let mut cluster = Cluster::found_with(&["--epoch-blocks", "20"])?;
    cluster.start_all()?;
    let first = register(&mut cluster, 1)?;
    cluster.wait_height(LAST, first + 2)?;
    let scratch = tempfile::tempdir()?;
    let (backup, snapshot) = (scratch.path().join("backup"), scratch.path().join("snapshot"));
    // Beside the running nodes.
    let own = cluster.home(LAST).join("node.toml");
    works(&run(&["backup", "--config"], &[&own, &backup]));
    fails_with(&run(&["backup", "--config"], &[&own, &backup]), "not overwritten");
    assert!(!backup.join("consensus").exists() && backup.join("backup.json").exists(), "votes are not in a backup");
    let others = cluster.home(1).join("node.toml");
    let made = works(&run(&["snapshot", "--config"], &[&others, Path::new("make"), &snapshot]));
    let inspected = works(&run(&["snapshot", "--config"], &[&own, Path::new("inspect"), &snapshot]));
    assert_eq!(made, inspected);
    assert!(works(&run(&["doctor", "--config"], &[&own])).contains("well "));

    let second = register(&mut cluster, 2)?;
    cluster.wait_height(LAST, second)?;
    lose_and_restore(&mut cluster, |config, _| run(&["restore", "--config"], &[config, &backup]), 3)?;
    let from_snapshot =
        |config: &Path, _: &Path| run(&["snapshot", "--config"], &[config, Path::new("restore"), &snapshot]);
    lose_and_restore(&mut cluster, from_snapshot, 4)?;
    votes_in_a_later_epoch(&cluster)?;
    for node in 0..LAST {
        let log = cluster.log(node);
        assert!(!log.contains("contradicting votes"), "node {node} saw a validator vote twice:\n{log}");
    }
    Ok(())
}

#[test]
fn doctor_names_damage_and_repairs_it() -> anyhow::Result<()> {
    let _one = ONE_CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut cluster = Cluster::start()?;
    for number in 1..4 {
        register(&mut cluster, number)?;
    }
    let height = cluster.status(LAST)?.height;
    cluster.kill9(LAST)?;
    let config = cluster.home(LAST).join("node.toml");
    let data = cluster.home(LAST).join("data");
    works(&run(&["doctor", "--repair", "--config"], &[&config]));
    assert!(data.join("store.damaged").exists());
    fails_with(&run(&["doctor", "--repair", "--config"], &[&config]), "move it away");
    // Each table file and each log in turn with one byte flipped in its middle.
    let files: Vec<_> = fs::read_dir(data.join("store"))?.map(|entry| entry.expect("an entry").path()).collect();
    let ends = |path: &Path, end: &str| path.extension().is_some_and(|found| found == end);
    let mut named = 0;
    for file in files.into_iter().filter(|file| ends(file, "sst") || ends(file, "log")) {
        let bytes = fs::read(&file)?;
        if bytes.is_empty() {
            continue;
        }
        let mut other = bytes.clone();
        other[bytes.len() / 2] ^= 1;
        fs::write(&file, other)?;
        let output = run(&["doctor", "--config"], &[&config]);
        if !output.status.success() {
            let text = said(&output);
            assert!(text.contains("do  "), "says what to do: {text}");
            named += 1;
        }
        fs::write(&file, bytes)?;
    }
    assert!(named > 0, "at least the log is damaged somewhere in its middle");
    works(&run(&["doctor", "--config"], &[&config]));
    cluster.start_node(LAST)?;
    cluster.wait_height(LAST, height + 1)?;
    Ok(())
}

/// Damage in the middle of the store's log costs every block behind it; the engine still has them.
#[test]
fn a_node_heals_a_log_that_is_damaged_in_its_middle() -> anyhow::Result<()> {
    let _one = ONE_CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut cluster = Cluster::start()?;
    for number in 1..12 {
        register(&mut cluster, number)?;
    }
    let height = cluster.status(LAST)?.height;
    cluster.kill9(LAST)?;
    let config = cluster.home(LAST).join("node.toml");
    let logs = fs::read_dir(cluster.home(LAST).join("data/store"))?.map(|entry| entry.expect("an entry").path());
    let logs = logs.filter(|path| path.extension().is_some_and(|end| end == "log"));
    let log = logs.max_by_key(|path| fs::metadata(path).map_or(0, |about| about.len())).expect("a log");
    let mut bytes = fs::read(&log)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&log, bytes)?;
    fails_with(&run(&["doctor", "--config"], &[&config]), "check the disk and start the node");
    cluster.start_node(LAST)?;
    cluster.wait_height(LAST, height + 1)?;
    assert!(cluster.log(LAST).contains("Giving it the missing blocks again"), "{}", cluster.log(LAST));
    cluster.kill9(LAST)?;
    works(&run(&["doctor", "--config"], &[&config]));
    Ok(())
}
