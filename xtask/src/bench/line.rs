//! `bench line`: what a reading costs the gateway, against what a message costs Mosquitto, and how many become final.
//!
//! - A gateway, a real Mosquitto, four validators, four lines with a device each, which keep 64 readings on the way.
//!   A reading is acknowledged after the spool was synced. The gateway's CPU is its process's, everything in it: MQTT,
//!   decoding, the line, the spool, the uplink's hashing and signing.
//! - Mosquitto alone, another process, no persistence: messages of a reading's size at QoS 1 from `mosquitto_pub -l` to one
//!   subscriber at QoS 1. Its CPU is its process's.
//! - Both in turn, several pairs. `line.ratio` is the median of readings per CPU second of the gateway ÷ messages per CPU
//!   second of Mosquitto, of devices that the broker knows by certificate and that sign nothing; `line.ratio_signed` is the
//!   same for devices that sign each reading with ed25519, which the gateway checks one by one.
//! - `line.final_per_s`: readings ÷ seconds from the first one sent until the gateway has nothing left that is not final.

use super::load::{cpu_seconds, median, rounded};
use crate::demo::alliance::{Alliance, Binaries};
use crate::torture::plant::{Plant, Size, Trusted};
use anyhow::{Context as _, ensure};
use clap::Args;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tracelight_testkit::process::program;
use tracelight_testkit::services::{Mosquitto, MosquittoConfig};

/// Bytes of a reading that is not signed, about.
const MESSAGE_BYTES: usize = 260;
/// Longest time for one piece.
const PIECE_MAX: Duration = Duration::from_secs(600);

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Readings of one piece.
    #[arg(long, default_value_t = 20_000)]
    readings: u64,
    /// Pairs of pieces, of each kind.
    #[arg(long, default_value_t = 3)]
    pairs: usize,
    /// Messages of Mosquitto's piece.
    #[arg(long, default_value_t = 40_000)]
    messages: usize,
}

pub async fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.pairs > 0 && options.messages > 0, "at least one pair, and one message");
    let (mut unsigned, mut signed, mut alone, mut settled) = (vec![], vec![], vec![], vec![]);
    let (mut ratios, mut ratios_signed) = (vec![], vec![]);
    for pair in 0..options.pairs {
        let before = mosquitto_alone(options.messages)?;
        let by_broker = gateway(options.readings, Trusted::ByBroker).await?;
        let between = mosquitto_alone(options.messages)?;
        let by_key = gateway(options.readings, Trusted::ByKey).await?;
        let after = mosquitto_alone(options.messages)?;
        let (first, second) = (f64::midpoint(before, between), f64::midpoint(between, after));
        eprintln!(
            "pair {pair}: {:.0} readings a CPU second, {:.0} signed ones, Mosquitto {first:.0}; {:.0} final a second",
            by_broker.per_cpu_s, by_key.per_cpu_s, by_broker.final_per_s
        );
        ratios.push(by_broker.per_cpu_s / first);
        ratios_signed.push(by_key.per_cpu_s / second);
        unsigned.push(by_broker.per_cpu_s);
        signed.push(by_key.per_cpu_s);
        settled.push(by_broker.final_per_s);
        alone.extend([before, between, after]);
    }
    let result = serde_json::json!({
        "line.ratio": rounded(median(&ratios)),
        "line.ratio_signed": rounded(median(&ratios_signed)),
        "line.per_cpu_s": median(&unsigned).round(),
        "line.per_cpu_s_signed": median(&signed).round(),
        "line.mosquitto_per_cpu_s": median(&alone).round(),
        "line.final_per_s": median(&settled).round(),
        "line.readings": options.readings,
        "line.pairs": options.pairs,
    });
    println!("{result}");
    Ok(())
}

struct Piece {
    per_cpu_s: f64,
    final_per_s: f64,
}

async fn gateway(readings: u64, trusted: Trusted) -> anyhow::Result<Piece> {
    let scratch = tempfile::tempdir()?;
    let binaries = Binaries::built()?;
    let alliance = Alliance::start(&binaries, scratch.path()).await?;
    let size = Size::of(readings);
    let mut plant = Plant::start(&binaries, alliance, scratch.path(), size, trusted).await?;
    plant.without_duplicates();
    let pid = plant.gateway_pid().context("the gateway runs")?;
    let (cpu, began) = (cpu_seconds(pid)?, Instant::now());
    for mut device in plant.start_devices()? {
        let ended = device.child.wait_for_end(PIECE_MAX)?;
        ensure!(ended.success(), "the device of line {} got other answers{}", device.line, device.child.log_tail());
    }
    let used = cpu_seconds(pid)? - cpu;
    plant.until_final().await?;
    let count = size.readings() as f64;
    Ok(Piece { per_cpu_s: count / used, final_per_s: count / began.elapsed().as_secs_f64() })
}

/// Messages that Mosquitto alone takes in and hands out in one second of its CPU.
fn mosquitto_alone(messages: usize) -> anyhow::Result<f64> {
    let config = MosquittoConfig {
        lines: ["persistence false", "max_queued_messages 0", "max_inflight_messages 0"].map(str::to_owned).to_vec(),
        ..MosquittoConfig::default()
    };
    let broker = Mosquitto::start(&config)?;
    let pid = broker.pid().context("Mosquitto runs")?;
    let port = broker.port().to_string();
    let cpu = cpu_seconds(pid)?;
    let mut subscriber = Command::new(program("mosquitto_sub")?)
        .args(["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", "bench", "-C", &messages.to_string()])
        .stdout(Stdio::null())
        .spawn()?;
    wait_for_subscriber(Path::new("/proc"), subscriber.id());
    let mut publisher = Command::new(program("mosquitto_pub")?)
        .args(["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", "bench", "-l"])
        .stdin(Stdio::piped())
        .spawn()?;
    let mut lines = publisher.stdin.take().context("it is piped")?;
    let line = "x".repeat(MESSAGE_BYTES) + "\n";
    let block = line.repeat(100);
    for _ in 0..messages.div_ceil(100) {
        lines.write_all(block.as_bytes())?;
    }
    drop(lines);
    let began = Instant::now();
    while subscriber.try_wait()?.is_none() {
        ensure!(began.elapsed() < PIECE_MAX, "the subscriber has not got all messages");
        std::thread::sleep(Duration::from_millis(20));
    }
    let used = cpu_seconds(pid)? - cpu;
    publisher.kill().ok();
    publisher.wait()?;
    Ok(messages as f64 / used)
}

/// A subscriber that is not there yet would miss messages, and wait for ever: gives it time to subscribe.
fn wait_for_subscriber(proc: &Path, pid: u32) {
    let sleeping =
        || std::fs::read_to_string(proc.join(pid.to_string()).join("stat")).is_ok_and(|stat| stat.contains(") S "));
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(20));
        if sleeping() {
            break;
        }
    }
    std::thread::sleep(Duration::from_millis(300));
}
