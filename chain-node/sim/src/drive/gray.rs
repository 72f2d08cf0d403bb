//! A validator that is slow and not dead: what it costs the members of the others.
//!
//! Four validators, every message under way for [`LINK_MS`], nothing else goes wrong. At three of them clients send one transaction
//! after the other, each when the one before is applied. For a while all disks are fast, then each sync of the fourth takes
//! [`SYNC_MS`], then all are fast again. Time is virtual and costs nothing but links and syncs, so what is measured is the
//! protocol alone: every block that anybody waits for shows. Links are equal because a quorum of three out of three waits
//! for the slowest of them, and of three out of four not; that is no matter of the fourth's disk.
//!
//! These clients are the hardest to please: a turn that is skipped costs them a message's way, and a good one two. Whoever sends
//! without waiting loses nothing as long as blocks have room.

use super::{Plan, Script};
use crate::alliance::GENESIS_MS;
use crate::goods::{Goods, sign};
use futures::future::BoxFuture;
use std::io;
use tracelight_api::chain::TxOutcome;
use tracelight_chain_node::node::Origin;
use tracelight_domain::ids::TxId;
use tracelight_proof::signed;
use tracelight_sim_machine::network::Link;
use tracelight_sim_machine::{Start, World, simulate};

/// How long a message is under way.
const LINK_MS: u64 = 2;
/// How long a sync of the slow disk takes.
pub const SYNC_MS: u64 = 200;
const SLOW: usize = 3;
/// Clients at each of the other three.
const CLIENTS: usize = 3;
/// Until the validators have found each other.
const START_MS: u64 = 3_000;
/// After a change, until its clients are timed. Blocks that are waited for count from the change on.
const SETTLE_MS: u64 = 2_000;
/// How long each part is measured.
const PART_MS: u64 = 4_000;
/// Blocks further apart than this were waited for.
const GAP_MS: u64 = 100;
/// How often a client looks for its answer.
const LOOK_MS: u64 = 1;

/// One part of the run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// Transactions applied.
    pub answers: usize,
    /// Of a hundred waits the longest but one, milliseconds.
    pub p99_ms: u64,
    /// Times between two blocks that were longer than [`GAP_MS`].
    pub gaps: usize,
}

struct Client {
    node: usize,
    sent: Option<(TxId, u64)>,
}

struct Gray {
    script: Script,
    clients: Vec<Client>,
    number: u64,
    parts: Vec<Part>,
}

/// Runs it: fast, slow, fast again.
///
/// # Errors
/// When there is no room for scratch files.
pub fn run(seed: u64) -> io::Result<Vec<Part>> {
    let weather = Link { delay_ms_min: LINK_MS, delay_ms_max: LINK_MS, ..Link::GOOD };
    let script = Script::new(Plan { weather, ..Plan::calm(seed) }, None)?;
    let clients = (0..SLOW).flat_map(|node| (0..CLIENTS).map(move |_| Client { node, sent: None })).collect();
    let mut gray = Box::new(Gray { script, clients, number: 0, parts: Vec::new() });
    let start = Start::New { seed, time_ms: GENESIS_MS + 1_000 };
    let (parts, _) = simulate(start, move |world| -> BoxFuture<'static, Vec<Part>> {
        Box::pin(async move {
            gray.whole(&world).await;
            gray.parts
        })
    });
    Ok(parts)
}

impl Gray {
    async fn whole(&mut self, world: &World) {
        self.script.begin(world, world.now_ms());
        let begin = world.now_ms();
        while world.now_ms() < begin + START_MS {
            world.sleep_ms(50).await;
            self.script.start_hosts(world, world.now_ms());
        }
        for sync_ms in [0, SYNC_MS, 0] {
            self.script.slots[SLOW].sync_time.set(sync_ms);
            let part = self.part(world).await;
            self.parts.push(part);
        }
        self.script.end(world);
    }

    async fn part(&mut self, world: &World) -> Part {
        let from = world.now_ms() + SETTLE_MS;
        let (end, mut waits, mut part) = (from + PART_MS, Vec::new(), Part::default());
        let (mut height, mut moved) = (0, world.now_ms());
        while world.now_ms() < end {
            world.sleep_ms(LOOK_MS).await;
            let now = world.now_ms();
            for index in 0..self.clients.len() {
                waits.extend(self.look(index, now).filter(|_| now >= from));
            }
            let newest = self.script.slots[0].shared.node().map_or(0, |node| node.head().height);
            if newest > height {
                part.gaps += usize::from(height > 0 && now - moved > GAP_MS);
                (height, moved) = (newest, now);
            }
        }
        waits.sort_unstable();
        part.answers = waits.len();
        part.p99_ms = waits.get(waits.len() * 99 / 100).copied().unwrap_or(PART_MS);
        part
    }

    /// How long a client has waited, if it was answered now. It sends the next at once.
    fn look(&mut self, index: usize, now: u64) -> Option<u64> {
        let client = &mut self.clients[index];
        let node = self.script.slots[client.node].shared.node()?;
        let waited = match client.sent {
            None => None,
            Some((id, since)) => match node.receipt(&id) {
                Ok(Some(receipt)) if receipt.outcome == TxOutcome::Applied => Some(now - since),
                _ => return None,
            },
        };
        self.number += 1;
        let alliance = &self.script.alliance;
        let body = Goods::new(self.number).register_product();
        let tx = sign(&alliance.members[0].operator, alliance.chain, self.number, 50_000, body);
        let id = signed::tx_id(&signed::parse(&tx).ok()?.tx);
        let _ = node.submit(&[tx.as_slice()], Origin::Client);
        client.sent = Some((id, now));
        waited
    }
}
