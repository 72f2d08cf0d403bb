//! A disk that is full, on a small file system of its own; and a clock that jumps while the gateway runs and dies.

mod rig;

use rig::{Rig, Where};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tracelight_api::line::{AckOutcome, LineOp, LineReason};
use tracelight_testkit::services::{Mosquitto, MosquittoConfig};

/// A file system in memory, unmounted when dropped.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(at: &Path, megabytes: u32) -> Self {
        std::fs::create_dir_all(at).expect("our folder");
        let size = format!("size={megabytes}m,mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tracelight-test"]).arg(at).status();
        let mounted = mounted.expect("there is a `mount`");
        assert!(mounted.success(), "a small file system cannot be mounted. Hint: run the tests as root");
        Self(at.to_owned())
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_by_name_drops_nothing_and_goes_on_when_there_is_room() {
    let broker = Mosquitto::start(&MosquittoConfig::default()).expect("Mosquitto starts");
    let mut rig = Rig::prepare(Where::Url(broker.address()), 2_000, "").await;
    let disk = Tmpfs::mount(&rig.path("data"), 4);
    rig.launch();
    rig.device.open_batch().await;
    // Something else fills the disk, but for a little.
    let hog = rig.path("data/hog");
    let mut hogged = 4 * 1024 * 1024;
    while std::fs::write(&hog, vec![1; hogged]).is_err() {
        hogged -= 32 * 1024;
        assert!(hogged > 0, "there is no room at all");
    }
    let mut stored = 0;
    let refused = loop {
        let op = LineOp::Commission { raw: rig.code(stored) };
        let ack = rig.device.next(op).await;
        if ack.outcome == AckOutcome::Refused {
            break ack;
        }
        assert_eq!(ack.outcome, AckOutcome::Stored, "{ack:?}");
        stored += 1;
        assert!(stored < 1_900, "the disk never gets full");
    };
    assert_eq!(refused.reason, Some(LineReason::SpoolFull), "{refused:?}");
    assert_eq!(refused.way_out.as_deref(), Some(LineReason::SpoolFull.way_out()));
    // Killed while it is full, it comes back and still refuses.
    rig.kill_and_restart();
    let again = rig.device.next(LineOp::Commission { raw: rig.code(stored) }).await;
    assert_eq!((again.outcome, again.reason), (AckOutcome::Refused, Some(LineReason::SpoolFull)), "{again:?}");
    std::fs::remove_file(&hog).expect("our file");
    for i in stored..stored + 50 {
        let ack = rig.device.insist(LineOp::Commission { raw: rig.code(i) }).await;
        assert!(matches!(ack.outcome, AckOutcome::Stored | AckOutcome::AlreadyStored), "{ack:?}");
    }
    rig.assert_spool(stored as u64 + 50).await;
    drop(rig);
    drop(disk);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_days_ahead_and_back_changes_nothing() {
    let broker = Mosquitto::start(&MosquittoConfig::default()).expect("Mosquitto starts");
    let mut rig = Rig::start(Where::Url(broker.address()), 200).await;
    rig.device.open_batch().await;
    for (round, skew) in ["+3d", "-3d", "-400d", "+30d"].iter().enumerate() {
        rig.kill_and_restart_at(skew);
        for i in 0..20 {
            let ack = rig.device.insist(LineOp::Commission { raw: rig.code(20 * round + i) }).await;
            assert!(matches!(ack.outcome, AckOutcome::Stored | AckOutcome::AlreadyStored), "{ack:?}");
        }
    }
    rig.assert_spool(80).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_cannot_open_its_disk_does_not_pass_for_the_one_before_it() {
    let mut rig = Rig::start(Where::Embedded, 1).await;
    rig.healthy().await;
    let health = rig.path("data/health.json");
    let said = std::fs::read(&health).expect("it is healthy");
    rig.kill();
    // As a kill leaves it, on a disk that then breaks.
    std::fs::write(&health, said).expect("our folder");
    std::fs::rename(rig.path("data/spool"), rig.path("data/away")).expect("our folder");
    std::fs::write(rig.path("data/spool"), b"no folder").expect("our folder");
    rig.launch();
    let begun = Instant::now();
    while health.exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it still says that it is healthy");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
