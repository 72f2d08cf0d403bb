//! Disks that are full, fail, or are gone. A node that cannot write durably ends with a sentence that says so; it
//! acknowledges nothing on the way, the other three go on, and it goes on itself when the disk is well, without repair.

use crate::common::goods::Goods;
use crate::common::{Cluster, SLUGS, http_within, json};
use crate::history::Load;
use crate::trace::{Trace, can_trace};
use crate::{MANUFACTURER, check, one_cluster};
use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tracelight_api::chain::{Receipts, TxOutcome};
use tracelight_proof::block::encode_body;
use tracelight_testkit::machine::{able, root, soak, system};

const BOUND: Duration = Duration::from_secs(90);
/// The node whose disk it is.
const VICTIM: usize = 1;
/// What is left on the full disk: not enough for the next minute, enough to fail in the middle of something.
const LEFT_BYTES: u64 = 1 << 20;

/// A file system in memory, unmounted when dropped.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(at: &Path, megabytes: u32) -> anyhow::Result<Self> {
        fs::create_dir_all(at)?;
        let at = at.display().to_string();
        system("mount", &["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=0700"), "tracelight-test", &at])?;
        Ok(Self(PathBuf::from(at)))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily, should the node still be ending.
        if let Err(error) = system("umount", &["-l", &self.0.display().to_string()]) {
            eprintln!("{error:#}");
        }
    }
}

fn can_mount() -> anyhow::Result<()> {
    root()?;
    let scratch = tempfile::tempdir()?;
    Tmpfs::mount(&scratch.path().join("probe"), 1).map(drop)
}

/// Writes zeros until `left` bytes are free. Blocks are given out in pages, so the rest is exact to some KiB.
fn fill(folder: &Path, left: u64) -> anyhow::Result<PathBuf> {
    let path = folder.join("ballast");
    let mut file = fs::File::create(&path)?;
    let chunk = vec![0; 64 * 1024];
    let mut written = 0u64;
    loop {
        match file.write_all(&chunk) {
            Ok(()) => written += chunk.len() as u64,
            Err(error) if error.kind() == std::io::ErrorKind::StorageFull => break,
            Err(error) => bail!("cannot fill the disk: {error}"),
        }
        ensure!(written < 4 << 30, "the disk is larger than it was made");
    }
    file.set_len(written.saturating_sub(left))?;
    Ok(path)
}

/// Submits straight to the node with the bad disk; fails when it says that something is final.
fn never_acknowledges(cluster: &mut Cluster, number: u64) -> anyhow::Result<()> {
    let tx = cluster.sign(MANUFACTURER, Goods::new(number).register_product());
    let answer = http_within(
        &cluster.caller(VICTIM),
        "POST",
        "/v1/txs?wait_ms=4000",
        &encode_body(&[tx]),
        Duration::from_secs(8),
    );
    // A node that has ended does not answer, one that is ending may answer 5xx.
    let Ok(receipts) = answer.and_then(json::<Receipts>) else { return Ok(()) };
    let outcome = receipts.receipts.first().context("a receipt")?.outcome;
    ensure!(
        outcome != TxOutcome::Applied && outcome != TxOutcome::Refused,
        "acknowledged without a disk: {receipts:?}"
    );
    Ok(())
}

#[test]
fn a_full_disk_stops_the_node_and_nothing_else() -> anyhow::Result<()> {
    if !able("a full disk", can_mount()) {
        return Ok(());
    }
    let _one = one_cluster();
    let mut cluster = Cluster::found()?;
    let disk = Tmpfs::mount(&cluster.home(VICTIM).join("data"), 96)?;
    cluster.start_all()?;
    let load = Load::start(&cluster, 2, 3);
    for round in 0..soak() as u64 {
        load.wait_for(15, BOUND)?;
        let left = LEFT_BYTES / (round % 4 + 1);
        let ballast = fill(&disk.0, left)?;
        let said = cluster.wait_for_end(VICTIM, BOUND)?;
        let reason = said.lines().find(|line| line.contains("ERROR")).unwrap_or_default().to_owned();
        println!("{left} bytes left: {reason}");
        ensure!(said.contains("No space left") && said.contains("check the disk"), "it does not say why: {said}");
        never_acknowledges(&mut cluster, 5_000 + round)?;
        let without = load.wait_for(10, BOUND)?;
        println!("10 acknowledgements in {without:?} without it");
        fs::remove_file(&ballast)?;
        cluster.start_node(VICTIM)?;
        let height = cluster.status(0)?.executed;
        cluster.wait_height(VICTIM, height)?;
        load.wait_for(6, BOUND)?;
    }
    let history = load.finish()?;
    check::check(&mut cluster, &history)?;
    cluster.terminate(VICTIM, Duration::from_secs(10))
}

/// Which calls fail, from which one on.
const INJECTIONS: [&str; 4] = [
    "inject=fdatasync:error=EIO",
    "inject=fsync:error=EIO",
    // The first two succeed: something else is under way when it fails.
    "inject=fdatasync:error=EIO:when=3+",
    "inject=fdatasync,fsync,sync_file_range:error=ENOSPC",
];

#[test]
fn a_disk_that_cannot_sync_stops_the_node_before_it_acknowledges() -> anyhow::Result<()> {
    if !able("a failing fsync", can_trace()) {
        return Ok(());
    }
    let _one = one_cluster();
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, 3, 3);
    for round in 0..INJECTIONS.len() * soak() {
        let injection = INJECTIONS[round % INJECTIONS.len()];
        load.wait_for(8, BOUND)?;
        let pid = cluster.node(VICTIM)?.pid();
        let scratch = cluster.scratch().to_owned();
        let arguments = ["-e", "trace=fdatasync,fsync,sync_file_range", "-e", injection];
        let trace = Trace::attach(pid, &arguments, &scratch, &format!("inject{round}"))?;
        let started = Instant::now();
        // A call that strace did not make fail may have synced the block: with `when=3+` the node may acknowledge first.
        if !injection.contains("when") {
            never_acknowledges(&mut cluster, 6_000 + round as u64)?;
        }
        let said = cluster.wait_for_end(VICTIM, BOUND)?;
        let lines = trace.detach()?;
        let injected = lines.iter().filter(|line| line.contains("INJECTED")).count();
        ensure!(injected > 0, "nothing was injected");
        let reason = said.lines().find(|line| line.contains("ERROR")).unwrap_or_default();
        println!("{injection}: ended {:?} later, {injected} injected: {reason}", started.elapsed());
        let named = said.contains("Input/output error") || said.contains("No space left");
        ensure!(named && said.contains("check the disk"), "it does not say why: {said}");
        cluster.start_node(VICTIM)?;
        let height = cluster.status(0)?.executed;
        cluster.wait_height(VICTIM, height)?;
    }
    load.wait_for(6, BOUND)?;
    let history = load.finish()?;
    check::check(&mut cluster, &history)?;
    Ok(())
}

/// The folder is gone, the key is not. The node gets everything from the others and does not vote until the epoch after: it
/// may have forgotten votes. Then it votes, and never signs what contradicts what it signed before (`check` looks for the
/// others' evidence).
#[test]
fn a_wiped_disk_rejoins() -> anyhow::Result<()> {
    let _one = one_cluster();
    let mut cluster = Cluster::found_with(&["--epoch-blocks", EPOCH_BLOCKS])?;
    cluster.start_all()?;
    let load = Load::start(&cluster, 4, 3);
    for round in 0..2 * soak() {
        let victim = (VICTIM + round) % 4;
        load.wait_for(20, BOUND)?;
        cluster.kill9(victim)?;
        fs::remove_dir_all(cluster.home(victim).join("data"))?;
        load.wiped(victim);
        let started = Instant::now();
        cluster.start_node(victim)?;
        let height = cluster.status((victim + 1) % 4)?.executed;
        cluster.wait_height(victim, height)?;
        println!("{} rejoined at height {height} after {:?}", SLUGS[victim], started.elapsed());
        ensure!(cluster.whole_log(victim).contains("put in quarantine"), "it does not notice that its votes are gone");
        wait_for_votes(&mut cluster, victim)?;
        println!("{} votes again after {:?}", SLUGS[victim], started.elapsed());
        load.wait_for(10, BOUND)?;
    }
    let history = load.finish()?;
    check::check(&mut cluster, &history)?;
    Ok(())
}

/// Short, so that the quarantine ends while the test looks on: it takes until the first epoch that begins 5 s later.
const EPOCH_BLOCKS: &str = "40";

fn wait_for_votes(cluster: &mut Cluster, node: usize) -> anyhow::Result<()> {
    let started = Instant::now();
    while !metrics(cluster, node)?.contains("\ntracelight_consensus_votes 1\n") {
        ensure!(started.elapsed() < BOUND, "it never votes again: {}", metrics(cluster, node)?);
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

fn metrics(cluster: &Cluster, node: usize) -> anyhow::Result<String> {
    Ok(String::from_utf8_lossy(&cluster.get(node, "/metrics")?.1).into_owned())
}
