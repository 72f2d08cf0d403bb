//! Who may connect to a validator: the others, by their keys, and nobody else.

use crate::common::Cluster;
use crate::one_cluster;
use anyhow::ensure;
use bytes::Bytes;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracelight_consensus::{
    Activity, Block, BoxFuture, Committee, Config, FatalError, Handle, StateMachine, Validator, start,
};
use tracelight_proof::block::block_id;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::consensus_namespace;
use tracelight_testkit::ports::free_port;

const VICTIM: usize = 3;

/// Connects and does nothing else.
struct Mute {
    genesis: [u8; 32],
    validators: Vec<Validator>,
}

impl StateMachine for Mute {
    fn propose(&self, _parent: Block) -> BoxFuture<'_, Option<Block>> {
        Box::pin(async { None })
    }
    fn verify(&self, _parent: Block, _block: Block) -> BoxFuture<'_, bool> {
        Box::pin(std::future::pending())
    }
    fn certified(&self, _block_id: [u8; 32], _certificate: Bytes) {}

    fn finalized(&self, _block: Block, _certificate: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>> {
        Box::pin(async { Ok(()) })
    }
    fn committee(&self, _epoch: u64) -> BoxFuture<'_, Result<Committee, FatalError>> {
        let (parent, validators) = (self.genesis, self.validators.clone());
        Box::pin(async move { Ok(Committee { parent, validators, observers: Vec::new(), may_vote: false }) })
    }
    fn gossip(&self, _from: [u8; 32], _bytes: Bytes) {}
    fn activity(&self, _activity: Activity) {}
}

fn validator(public_key: [u8; 32], address: SocketAddr) -> Validator {
    Validator { public_key, address: address.to_string() }
}

/// An engine with this key that knows where the real validators are.
fn engine(cluster: &Cluster, name: &str, seed: [u8; 32]) -> anyhow::Result<Handle> {
    use ed25519_dalek::SigningKey;
    let own = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    let mut validators = Vec::new();
    for node in 0..4 {
        validators.push(validator(cluster.validator(node)?.0, cluster.p2p(node)?));
    }
    match validators.iter_mut().find(|validator| validator.public_key == own) {
        Some(known) => *known = validator(own, listen),
        None => validators.push(validator(own, listen)),
    }
    let header = cluster.blocks(0, 0, 1)?.blocks.remove(0).header.0;
    let storage = cluster.scratch().join(name);
    let namespace = consensus_namespace(cluster.chain());
    let mute = Mute { genesis: block_id(&header).0, validators };
    let epoch_blocks = cluster.genesis.epoch_blocks;
    Ok(start(Config::new(seed.into(), listen, storage, namespace, header, epoch_blocks), Arc::new(mute))?)
}

/// How many peers it has after so long at most, as soon as it has one.
fn peers_within(handle: &Handle, bound: Duration) -> usize {
    let started = Instant::now();
    loop {
        let count = handle.connected_peers().len();
        if count > 0 || started.elapsed() > bound {
            return count;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_stranger_is_refused_by_the_validators() -> anyhow::Result<()> {
    let _one = one_cluster();
    let mut cluster = Cluster::start()?;
    ensure!(cluster.genesis.to_bytes() == cluster.get(0, "/v1/genesis")?.1);
    let stranger = engine(&cluster, "stranger", [99; 32])?;
    // Noise that is no handshake, from a third side.
    for node in 0..4 {
        let mut stream = TcpStream::connect(cluster.p2p(node)?)?;
        // The node may have hung up already.
        let _ = stream.write_all(&[0xff; 4096]);
    }
    let connected = peers_within(&stranger, Duration::from_secs(8));
    ensure!(connected == 0, "a stranger's key is connected to {connected} validators");
    for node in 0..4 {
        ensure!(cluster.status(node)?.peers == 3, "node {node} has {} peers", cluster.status(node)?.peers);
    }
    stranger.shutdown()?;
    // The same program with a validator's key gets in: it was the key.
    cluster.kill9(VICTIM)?;
    let seed = cluster.seed(VICTIM)?;
    let member = engine(&cluster, "member", seed)?;
    let connected = peers_within(&member, Duration::from_secs(30));
    ensure!(connected > 0, "a validator's key is not connected to anybody");
    member.shutdown()?;
    let height = cluster.status(0)?.executed;
    cluster.wait_height(0, height + 1)?;
    Ok(())
}
