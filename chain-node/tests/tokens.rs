//! A validator whose key is in a token (SoftHSM2), in a cluster of real nodes: it votes, survives being killed and the token's absence, and no
//! log holds a secret.

mod common;

use anyhow::{Context as _, ensure};
use common::{Cluster, WAIT};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tracelight_domain::ids::PublicKey;
use tracelight_keys::pkcs11::{Place, TIMEOUT_MS_DEFAULT, TokenName};
use tracelight_testkit::services::{SOFTHSM_CONF, SoftHsm};

/// Unlike anything that a log holds by chance.
const PIN: &str = "pin-74926-of-the-test";
/// The node whose key is in the token.
const HELD: usize = 0;
/// One whose key is in a file.
const FILED: usize = 1;

/// A cluster that is not started, whose node [`HELD`] has its key in a token and nowhere else; and what its seed was.
fn with_token() -> anyhow::Result<(Cluster, SoftHsm, [u8; 32])> {
    let mut cluster = Cluster::found()?;
    let hsm = SoftHsm::new()?;
    hsm.init("tracelight", PIN)?;
    let (seed, public) = (cluster.seed(HELD)?, cluster.validator(HELD)?);
    hsm.import("tracelight", PIN, "validator", &seed)?;
    let home = cluster.home(HELD);
    write_secret(home.join("validator.pin"), PIN)?;
    place(&hsm, home.join("validator.pin")).write_new(&home.join("validator.toml"), public)?;
    std::fs::remove_file(home.join("validator.key"))?;
    cluster.reconfigure(HELD, |config| config.validator_key = "validator.toml".into())?;
    cluster.set_environment(SOFTHSM_CONF, hsm.conf());
    Ok((cluster, hsm, seed))
}

fn place(hsm: &SoftHsm, pin: PathBuf) -> Place {
    Place {
        module: hsm.module(),
        token: TokenName::Label("tracelight".to_owned()),
        key_label: "validator".to_owned(),
        pin_file: Some(pin),
        timeout_ms: TIMEOUT_MS_DEFAULT,
    }
}

fn write_secret(path: PathBuf, text: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(&path, text)?;
    Ok(std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?)
}

/// The node has gone on by this many blocks from now.
fn goes_on(cluster: &mut Cluster, node: usize, blocks: u64) -> anyhow::Result<u64> {
    let now = cluster.status(node)?.executed;
    cluster.wait_height(node, now + blocks)
}

#[test]
fn a_validator_votes_with_its_key_in_a_token() -> anyhow::Result<()> {
    let (mut cluster, hsm, _) = with_token()?;
    cluster.start_all()?;
    ensure!(
        cluster.whole_log(HELD).contains("key `validator` in token `tracelight`"),
        "the node says where its key is"
    );
    // Three of four have to vote, so without one of the others the chain stands or falls with this node.
    cluster.kill9(3)?;
    goes_on(&mut cluster, FILED, 10)?;
    cluster.kill9(HELD)?;
    cluster.start_node(HELD)?;
    goes_on(&mut cluster, HELD, 10)?;
    ensure!(cluster.status(HELD)?.votes, "the same folder of votes: no quarantine");

    // The token is pulled out: the node lives and abstains, the chain stands still and nobody signs twice.
    let away = hsm.dir().join("away");
    std::fs::rename(hsm.tokens(), &away)?;
    wait_for_log(&cluster, HELD, "did not sign a vote")?;
    let stuck = cluster.status(FILED)?.executed;
    std::thread::sleep(Duration::from_secs(3));
    let later = cluster.status(FILED)?.executed;
    ensure!(later <= stuck + 2, "without its votes there is no quorum: {stuck} to {later}");
    ensure!(cluster.node(HELD)?.is_running()?, "the node lives{}", cluster.log(HELD));

    // It is put back: the node finds it and votes again by itself.
    std::fs::rename(&away, hsm.tokens())?;
    wait_for_log(&cluster, HELD, "signs again")?;
    goes_on(&mut cluster, FILED, 10)?;
    goes_on(&mut cluster, HELD, 1)?;
    cluster.start_node(3)?;
    goes_on(&mut cluster, 3, 3)?;
    Ok(())
}

fn wait_for_log(cluster: &Cluster, node: usize, needle: &str) -> anyhow::Result<()> {
    let started = Instant::now();
    while !cluster.whole_log(node).contains(needle) {
        ensure!(started.elapsed() < WAIT, "`{needle}` is not in the log{}", cluster.log(node));
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

#[test]
fn a_node_without_its_token_does_not_start_and_says_why() -> anyhow::Result<()> {
    let (mut cluster, hsm, _) = with_token()?;
    std::fs::rename(hsm.tokens(), hsm.dir().join("away"))?;
    std::fs::create_dir(hsm.tokens())?;
    cluster.spawn_node(HELD)?;
    let said = cluster.wait_for_end(HELD, WAIT)?;
    for part in ["`validator_key`", "token `tracelight`", "no such token is there", "Hint"] {
        ensure!(said.contains(part), "`{part}` is not in: {said}");
    }
    std::fs::remove_dir_all(hsm.tokens())?;
    std::fs::rename(hsm.dir().join("away"), hsm.tokens())?;
    write_secret(cluster.home(HELD).join("validator.pin"), "another-pin")?;
    for part in ["refuses the PIN", "was refused before"] {
        cluster.spawn_node(HELD)?;
        let said = cluster.wait_for_end(HELD, WAIT)?;
        ensure!(said.contains(part) && said.contains("validator.pin"), "`{part}` is not in: {said}");
    }
    Ok(())
}

#[test]
fn no_log_holds_a_secret() -> anyhow::Result<()> {
    let (mut cluster, hsm, held) = with_token()?;
    // Everything that any part would say.
    let ours = ["chain_node", "tracelight_chain_node", "tracelight_consensus", "tracelight_keys", "cryptoki"];
    let ours = ours.map(|name| format!(",{name}=trace")).concat();
    cluster.set_environment("RUST_LOG", format!("debug{ours}"));
    cluster.start_all()?;
    let goods = common::goods::Goods::new(1);
    let tx = cluster.sign(0, goods.register_product());
    cluster.submit(HELD, &[tx])?;
    goes_on(&mut cluster, HELD, 3)?;
    cluster.kill9(HELD)?;
    // What a fault makes a program say as well.
    write_secret(cluster.home(HELD).join("validator.pin"), "another-pin")?;
    cluster.spawn_node(HELD)?;
    cluster.wait_for_end(HELD, WAIT)?;
    std::fs::rename(hsm.tokens(), hsm.dir().join("away"))?;
    cluster.spawn_node(HELD)?;
    cluster.wait_for_end(HELD, WAIT)?;

    let mut secrets: Vec<(String, String)> = vec![
        ("the PIN".to_owned(), PIN.to_owned()),
        ("the wrong PIN".to_owned(), "another-pin".to_owned()),
        ("the seed in the token".to_owned(), hex::encode(held)),
    ];
    for node in 0..4 {
        secrets.push((format!("the token of node {node}"), cluster.token(node).to_owned()));
        for key in ["validator.key", "operator.key", "approver.key"] {
            // The one in the token has no file any more.
            if let Ok(text) = std::fs::read_to_string(cluster.home(node).join(key)) {
                secrets.push((format!("{key} of node {node}"), text.trim().to_owned()));
            }
        }
    }
    ensure!(secrets.len() == 3 + 4 + 11, "{} secrets are known", secrets.len());
    let public: PublicKey = cluster.validator(FILED)?;
    for node in 0..4 {
        let log = cluster.whole_log(node).to_lowercase();
        ensure!(log.len() > 10_000, "node {node} said everything: {} bytes", log.len());
        ensure!(node != FILED || log.contains(&public.to_string()), "the search finds what is there");
        for (what, secret) in &secrets {
            let seen = log.contains(&secret.to_lowercase());
            ensure!(!seen, "{what} is in the log of node {node}");
        }
        for (what, seed) in secrets.iter().filter_map(|(what, text)| Some((what, hex::decode(text).ok()?))) {
            // As a debug print of bytes would show it.
            let printed = format!("{seed:?}");
            let printed = printed.get(1..40).context("32 bytes have more digits")?;
            ensure!(!log.contains(printed), "{what} is in the log of node {node}, as numbers");
        }
    }
    Ok(())
}
