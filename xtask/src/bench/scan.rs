//! `cargo xtask bench scan`: the shopper's answer, against a bare route of the same library that answers with a little JSON.
//!
//! - The whole demo runs: chain, server on SQLite, gateway. The load asks as phones do: from [`CONNECTIONS`] connections that
//!   stay open, with the headers of a browser, a page and then the bundle that its script would load.
//! - *cached*: the same few packs again and again. *database*: another pack each time, more than any cache keeps.
//! - The bare route is another process of this program, asked by the same load. Load and servers share the cores, so a ratio
//!   of rates would flatter the slower one: `scan.cached_ratio` and `scan.db_ratio` are answers per CPU second of the server ÷
//!   answers per CPU second of the bare route, medians of [`Options::pairs`] pairs. The rates are told beside them.
//! - `scan.unanswered`: the share of 503 among the second kind, which count as no answer.
//! - `scan.p95_ms`: of pages and bundles of other packs each time, asked for at half the rate that was reached.
//! - `scan.overload_ratio`: that p95 while another address asks ten times as much as it is given, ÷ the p95 without it. The one who asks
//!   so much is a process of the lowest priority: elsewhere it would have cores of its own, and what is measured is how the server shares
//!   itself out. `scan.overload_per_s` is what it reached.

use super::load::{cpu_seconds, median, percentile_ms, rounded};
use crate::demo::web::A_PHONE;
use crate::demo::{more_packs, with_data};
use anyhow::{Context as _, ensure};
use axum::{Json, Router, routing::get};
use reqwest::header::{self, HeaderName};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tracelight_testkit::process::Child;

/// Connections of the load.
const CONNECTIONS: usize = 16;
/// Packs of the cached load.
const FEW: usize = 4;
/// What a phone's browser sends. A program that names no page in `Accept` is led on by the resolver, which is another request. The
/// answer is not unpacked here, that is the phone's work.
const AS_A_PHONE: [(HeaderName, &str); 4] = [
    (header::ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    (header::ACCEPT_ENCODING, "gzip, deflate, br"),
    (header::ACCEPT_LANGUAGE, "zh-CN,zh;q=0.9,en;q=0.8"),
    (header::USER_AGENT, A_PHONE),
];
/// Path of the bare route.
const BARE: &str = "/bare";

/// How it is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Pairs of a measurement and one of the bare route.
    #[arg(long, default_value_t = 3)]
    pairs: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Packs that are asked for in turn.
    #[arg(long, default_value_t = 1_000)]
    packs: u64,
    /// Serves the bare route on this address, and nothing else. For this program itself.
    #[arg(long, hide = true)]
    bare: Option<SocketAddr>,
    /// Asks this server too much, and nothing else. For this program itself.
    #[arg(long, hide = true, requires_all = ["rate", "paths"])]
    noise: Option<SocketAddr>,
    /// How much, a second.
    #[arg(long, hide = true)]
    rate: Option<f64>,
    /// A file with the paths to ask for, a line each.
    #[arg(long, hide = true)]
    paths: Option<PathBuf>,
}

pub async fn run(options: &Options) -> anyhow::Result<()> {
    if let Some(listen) = options.bare {
        return serve_bare(listen).await;
    }
    if let (Some(address), Some(rate), Some(paths)) = (options.noise, options.rate, &options.paths) {
        return make_noise(address, rate, paths, options.seconds).await;
    }
    ensure!(options.pairs > 0 && options.seconds > 0 && options.packs > 0, "at least one of each");
    let began = Instant::now();
    let scratch = tempfile::tempdir()?;
    let mut system = with_data(scratch.path(), began).await?;
    let paths = more_packs(&mut system, scratch.path(), options.packs).await?;
    let address = system.base.trim_start_matches("http://").parse()?;
    let server = Target { address, pid: system.server_pid() };
    let bare = Bare::start(scratch.path().join("bare.log"))?;
    let all: Arc<[String]> = paths.iter().flat_map(|path| [path.clone(), bundle_of(path)]).collect();
    let few: Arc<[String]> = all.iter().take(2 * FEW).cloned().collect();
    let one: Arc<[String]> = [BARE.to_owned()].into();
    let time = Duration::from_secs(options.seconds);
    // Trees of batches and what else a server makes once.
    flood(&server, &all, time).await?;
    let (mut cached, mut database, mut plain) = (vec![], vec![], vec![]);
    let (mut cached_ratios, mut database_ratios, mut unanswered) = (vec![], vec![], vec![]);
    for pair in 0..options.pairs {
        let before = flood(&bare.target, &one, time).await?;
        let of_few = flood(&server, &few, time).await?;
        let of_all = flood(&server, &all, time).await?;
        let after = flood(&bare.target, &one, time).await?;
        let bound = f64::midpoint(before.per_cpu_s, after.per_cpu_s);
        eprintln!("pair {pair}: cached {of_few:.2?}, database {of_all:.2?}, bare {before:.0?} {after:.0?}");
        cached_ratios.push(of_few.per_cpu_s / bound);
        database_ratios.push(of_all.per_cpu_s / bound);
        cached.push(of_few.per_s);
        database.push(of_all.per_s);
        unanswered.push(of_all.unanswered);
        plain.extend([before.per_s, after.per_s]);
    }
    let half = median(&database) / 2.0;
    let calm = paced(&server, &all, half, time).await?;
    let noise = Noise::start(scratch.path(), &server, &all, half * 10.0, options.seconds)?;
    let disturbed = paced(&server, &all, half, time).await?;
    let noise_per_s = noise.end()?;
    println!(
        "{}",
        json!({
            "scan.cached_ratio": rounded(median(&cached_ratios)), "scan.db_ratio": rounded(median(&database_ratios)),
            "scan.p95_ms": rounded(calm), "scan.overload_ratio": rounded(disturbed / calm),
            "scan.overload_per_s": noise_per_s.round(),
            "scan.cached_per_s": median(&cached).round(), "scan.db_per_s": median(&database).round(),
            "scan.unanswered": rounded(median(&unanswered)), "scan.bare_per_s": median(&plain).round(), "scan.pairs": options.pairs, "scan.packs": options.packs,
        })
    );
    Ok(())
}

/// `/01/…/10/…/21/…` as the address of its bundle.
fn bundle_of(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["", "01", gtin, "10", lot, "21", serial] => format!("/v1/bundle/{gtin}/{lot}/{serial}?anchor=omit"),
        _ => path.to_owned(),
    }
}

/// Who is asked.
#[derive(Clone, Copy)]
struct Target {
    address: SocketAddr,
    pid: u32,
}

/// What a flood reached.
#[derive(Debug)]
struct Reached {
    per_s: f64,
    per_cpu_s: f64,
    /// Share of 503.
    unanswered: f64,
}

fn client(from: Ipv4Addr) -> anyhow::Result<reqwest::Client> {
    let headers = AS_A_PHONE.map(|(name, value)| (name, reqwest::header::HeaderValue::from_static(value)));
    let client = reqwest::Client::builder().default_headers(headers.into_iter().collect()).no_proxy();
    Ok(client.local_address(IpAddr::V4(from)).pool_max_idle_per_host(CONNECTIONS).build()?)
}

/// Whether there was an answer; 503 is none.
async fn ask(client: &reqwest::Client, target: Target, path: &str) -> anyhow::Result<bool> {
    let answer = client.get(format!("http://{}{path}", target.address)).send().await?;
    let status = answer.status();
    ensure!(status.is_success() || status.as_u16() == 503, "GET {path}: {status}");
    answer.bytes().await?;
    Ok(status.is_success())
}

/// Asks as fast as it is answered.
async fn flood(target: &Target, paths: &Arc<[String]>, time: Duration) -> anyhow::Result<Reached> {
    let (next, until) = (Arc::new(AtomicUsize::new(0)), Instant::now() + time);
    let answered = Arc::new(AtomicUsize::new(0));
    let (began, cpu) = (Instant::now(), cpu_seconds(target.pid)?);
    let client = client(Ipv4Addr::LOCALHOST)?;
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (client, target, paths, next) = (client.clone(), *target, Arc::clone(paths), Arc::clone(&next));
            let answered = Arc::clone(&answered);
            tokio::spawn(async move {
                while Instant::now() < until {
                    let at = next.fetch_add(1, Ordering::Relaxed) % paths.len();
                    let good = ask(&client, target, &paths[at]).await?;
                    answered.fetch_add(usize::from(good), Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    let answers = answered.load(Ordering::Relaxed) as f64;
    let used = cpu_seconds(target.pid)? - cpu;
    let unanswered = 1.0 - answers / next.load(Ordering::Relaxed).max(1) as f64;
    Ok(Reached { per_s: answers / began.elapsed().as_secs_f64(), per_cpu_s: answers / used.max(0.01), unanswered })
}

/// The p95 at this rate, in milliseconds from when each was due.
async fn paced(target: &Target, paths: &Arc<[String]>, per_s: f64, time: Duration) -> anyhow::Result<f64> {
    let mut waits = pace(*target, Arc::clone(paths), per_s, time, Ipv4Addr::LOCALHOST, &Arc::default()).await?;
    waits.sort_unstable();
    Ok(percentile_ms(&waits, 0.95))
}

/// Asks at a rate whatever comes back, and counts what came; with at most [`CONNECTIONS`] times as many on the way as connections.
async fn pace(
    target: Target,
    paths: Arc<[String]>,
    per_s: f64,
    time: Duration,
    from: Ipv4Addr,
    answered: &Arc<AtomicUsize>,
) -> anyhow::Result<Vec<Duration>> {
    let client = client(from)?;
    let under_way = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS * CONNECTIONS));
    let (began, gap) = (Instant::now(), Duration::from_secs_f64(1.0 / per_s.max(1.0)));
    let mut asked = tokio::task::JoinSet::new();
    let (mut due, mut at) = (began, 0);
    while due < began + time {
        tokio::time::sleep_until(due.into()).await;
        let permit = Arc::clone(&under_way).acquire_owned().await?;
        let (client, path, answered) = (client.clone(), paths[at % paths.len()].clone(), Arc::clone(answered));
        asked.spawn(async move {
            let answer = ask(&client, target, &path).await;
            drop(permit);
            answered.fetch_add(1, Ordering::Relaxed);
            answer.map(|_| due.elapsed())
        });
        due += gap;
        at += 1;
    }
    let mut waits = Vec::with_capacity(at);
    while let Some(wait) = asked.join_next().await {
        waits.push(wait??);
    }
    Ok(waits)
}

/// The bare route in a process of its own.
struct Bare {
    target: Target,
    #[expect(dead_code, reason = "held: dropping it ends the process")]
    child: Child,
}

impl Bare {
    fn start(log: PathBuf) -> anyhow::Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], tracelight_testkit::ports::free_port()?));
        let mut command = Command::new(std::env::current_exe().context("this program's own file")?);
        command.args(["bench", "scan", "--bare", &address.to_string()]);
        let mut child = Child::spawn("the bare route", command, &log)?;
        child.wait_for_http(address, BARE, Duration::from_secs(20))?;
        Ok(Self { target: Target { address, pid: child.pid() }, child })
    }
}

/// Another address that asks too much, in a process of its own.
struct Noise {
    child: Child,
    log: PathBuf,
}

impl Noise {
    fn start(scratch: &Path, server: &Target, paths: &[String], rate: f64, seconds: u64) -> anyhow::Result<Self> {
        let (log, list) = (scratch.join("noise.log"), scratch.join("noise.paths"));
        std::fs::write(&list, paths.join("\n"))?;
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(std::env::current_exe().context("this program's own file")?);
        command.args(["bench", "scan", "--noise", &server.address.to_string(), "--rate", &rate.to_string()]);
        // One second more than is measured.
        command.args(["--seconds", &(seconds + 1).to_string(), "--paths"]).arg(&list);
        Ok(Self { child: Child::spawn("the noise", command, &log)?, log })
    }

    /// Answers a second that it reached; the middle of its seconds.
    fn end(self) -> anyhow::Result<f64> {
        drop(self.child);
        let told = std::fs::read_to_string(&self.log)?;
        let seconds: Vec<f64> = told.lines().filter_map(|line| line.trim().parse().ok()).collect();
        ensure!(!seconds.is_empty(), "the noise got no answers: {told}");
        Ok(median(&seconds))
    }
}

async fn make_noise(address: SocketAddr, rate: f64, paths: &Path, seconds: u64) -> anyhow::Result<()> {
    let target = Target { address, pid: std::process::id() };
    let paths: Arc<[String]> = std::fs::read_to_string(paths)?.lines().map(str::to_owned).collect();
    let (answered, time) = (Arc::new(AtomicUsize::new(0)), Duration::from_secs(seconds));
    // What is under way at the end of a second may take many: each second tells what it got.
    let told = Arc::clone(&answered);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            println!("{}", told.swap(0, Ordering::Relaxed));
        }
    });
    pace(target, paths, rate, time, Ipv4Addr::new(127, 0, 0, 2), &answered).await.map(|_| ())
}

async fn serve_bare(listen: SocketAddr) -> anyhow::Result<()> {
    async fn answer() -> Json<Value> {
        Json(json!({ "verdict": "first_check", "gtin": "09506000134352", "lot": "A24K07", "height": 12 }))
    }
    let listener = tokio::net::TcpListener::bind(listen).await?;
    axum::serve(listener, Router::new().route(BARE, get(answer))).await?;
    Ok(())
}
