//! What goes wrong while the devices send.

use super::plant::{Device, Plant};
use anyhow::ensure;
use rand::{Rng as _, SeedableRng as _};
use std::process::Command;
use std::time::{Duration, Instant};

/// Between two faults.
const PAUSE_MS: std::ops::Range<u64> = 500..4_000;
/// How often the state of a long run is told.
const TELL: Duration = Duration::from_secs(60);
/// How long the chain is away.
const AWAY_MS: std::ops::Range<u64> = 2_000..15_000;
/// Three days, in seconds.
const SKEW_S: i64 = 3 * 86_400;
/// Longest time for the devices to get all answers.
const DEVICES_MAX: Duration = Duration::from_secs(7_200);

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub kills: u32,
    pub clock_jumps: u32,
    pub broker_restarts: u32,
    pub chain_outages: u32,
}

/// Injects faults until every device has all its answers.
pub async fn until_devices_end(
    plant: &mut Plant,
    mut devices: Vec<Device>,
    seed: u64,
    calm: bool,
) -> anyhow::Result<Told> {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
    let mut told = Told::default();
    let began = Instant::now();
    let mut next_word = began + TELL;
    while !devices.is_empty() {
        if Instant::now() > next_word {
            next_word += TELL;
            let (lines, seconds) = (devices.len(), began.elapsed().as_secs());
            eprintln!("{seconds:>4} s: {lines} lines are at work; {told:?}");
        }
        ensure!(began.elapsed() < DEVICES_MAX, "the devices have no answers after {} s", DEVICES_MAX.as_secs());
        let mut running = Vec::new();
        for mut device in devices {
            if device.child.is_running()? {
                running.push(device);
            } else {
                let status = device.child.wait_for_end(Duration::from_secs(1))?;
                ensure!(
                    status.success(),
                    "the device of line {} got other answers{}",
                    device.line,
                    device.child.log_tail()
                );
            }
        }
        devices = running;
        tokio::time::sleep(Duration::from_millis(rng.random_range(PAUSE_MS))).await;
        if !calm {
            one_fault(plant, &mut rng, &mut told).await?;
        }
    }
    Ok(told)
}

async fn one_fault(plant: &mut Plant, rng: &mut rand_chacha::ChaCha20Rng, told: &mut Told) -> anyhow::Result<()> {
    match rng.random_range(0..10) {
        0..=5 => {
            plant.kill_gateway()?;
            told.kills += 1;
            let skew = rng.random_bool(0.5).then(|| rng.random_range(-SKEW_S..SKEW_S));
            told.clock_jumps += u32::from(skew.is_some());
            plant.start_gateway(skew)
        }
        6 => {
            told.broker_restarts += 1;
            plant.broker.restart()
        }
        7 => {
            told.broker_restarts += 1;
            plant.broker.kill9()?;
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..2_000))).await;
            plant.broker.restart()
        }
        _ => {
            told.chain_outages += 1;
            let away: Vec<u32> = plant.alliance.pids().into_iter().take(3).collect();
            signal(&away, "-STOP")?;
            let until = Instant::now() + Duration::from_millis(rng.random_range(AWAY_MS));
            // The gateway may be killed while the chain is away, too.
            if rng.random_bool(0.5) {
                plant.kill_gateway()?;
                told.kills += 1;
                plant.start_gateway(None)?;
            }
            tokio::time::sleep(until.saturating_duration_since(Instant::now())).await;
            signal(&away, "-CONT")
        }
    }
}

/// Stops or continues validators by their ids.
fn signal(pids: &[u32], how: &str) -> anyhow::Result<()> {
    let status = Command::new("kill").arg(how).args(pids.iter().map(u32::to_string)).status()?;
    ensure!(status.success(), "kill {how} {pids:?} failed");
    Ok(())
}
