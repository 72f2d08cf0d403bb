//! Real signed transactions, sent to real nodes: goods that go from their maker to a patient, and what mischief does to that.

use crate::alliance::Alliance;
use crate::goods::{Goods, sign};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use tracelight_api::chain::{Receipt, TxOutcome};
use tracelight_chain_node::node::{Node, Origin};
use tracelight_domain::governance::GovernanceChange;
use tracelight_domain::ids::{Height, ProposalId, ShipmentId, TxId};
use tracelight_domain::tx::TxBody;
use tracelight_proof::signed;
use tracelight_sim_machine::network::HostId;

/// Blocks until a transaction expires: longer than any run.
const EXPIRES_AFTER: Height = 50_000;
/// After so long without an answer a client sends again, to another node.
const PATIENCE_MS: u64 = 5_000;
/// Goods under way at a time.
const STORIES_MAX: usize = 6;

const MAKER: usize = 0;
const CARRIER: usize = 1;
const PHARMACY: usize = 2;
const REGULATOR: usize = 3;

/// A final answer that a client got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Did it do what it says?
    pub applied: bool,
    /// In which block.
    pub height: Height,
}

/// A transaction that was sent.
pub struct Sent {
    /// Its id.
    pub id: TxId,
    /// As sent.
    pub bytes: Vec<u8>,
    /// What an honest node answered.
    pub answer: Option<Answer>,
    /// A node took it, and did not answer finally yet.
    pub accepted: bool,
    /// A node said no, so that nobody waits for it.
    pub rejected: bool,
    next_try_ms: u64,
}

struct Story {
    goods: Goods,
    step: usize,
    waits_for: Option<usize>,
}

/// All clients.
pub struct Load {
    rng: ChaCha8Rng,
    stories: Vec<Story>,
    /// Votes on the last member's validator: how many transactions were answered, and which one waits.
    votes: Option<(usize, Option<usize>)>,
    made: u64,
    nonce: u64,
    /// What was sent, oldest first.
    pub sent: Vec<Sent>,
    /// Answers that contradict earlier ones.
    pub contradictions: Vec<String>,
}

/// A node that answers clients.
pub type Server = (HostId, Arc<Node>);

impl Load {
    pub fn new(seed: u64, vote_out: bool) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            stories: Vec::new(),
            votes: vote_out.then_some((0, None)),
            made: 0,
            nonce: 0,
            sent: Vec::new(),
            contradictions: Vec::new(),
        }
    }

    /// Sends one transaction to a node of chance.
    pub fn act(&mut self, alliance: &Alliance, servers: &[Server], now_ms: u64, mischief_percent: u32) {
        let Some(server) = self.pick(servers) else { return };
        if self.rng.random_range(0..100) < mischief_percent {
            self.mischief(alliance, servers, &server, now_ms);
            return;
        }
        if let Some((step, None)) = self.votes
            && let Some((member, body)) = vote(alliance, step, server.1.head().height)
        {
            self.nonce += 1;
            let sent = self.send(alliance, &server, (member, self.nonce), body, now_ms);
            self.votes = Some((step, Some(sent)));
            return;
        }
        self.stories.retain(|story| story.step < STEPS);
        if self.stories.len() < STORIES_MAX {
            self.made += 1;
            self.stories.push(Story { goods: Goods::new(self.made), step: 0, waits_for: None });
        }
        let ready: Vec<usize> =
            (0..self.stories.len()).filter(|index| self.stories[*index].waits_for.is_none()).collect();
        if ready.is_empty() {
            return;
        }
        let index = ready[self.rng.random_range(0..ready.len())];
        let story = &self.stories[index];
        let (member, body) = step(alliance, &story.goods, story.step);
        self.nonce += 1;
        let sent = self.send(alliance, &server, (member, self.nonce), body, now_ms);
        self.stories[index].waits_for = Some(sent);
    }

    /// A fresh transaction that has to be applied, for a node to show that it works.
    pub fn probe(&mut self, alliance: &Alliance, server: &Server, now_ms: u64) -> usize {
        self.made += 1;
        self.nonce += 1;
        let body = Goods::new(self.made).register_product();
        self.send(alliance, server, (MAKER, self.nonce), body, now_ms)
    }

    fn pick(&mut self, servers: &[Server]) -> Option<Server> {
        if servers.is_empty() {
            return None;
        }
        let index = self.rng.random_range(0..servers.len());
        servers.get(index).cloned()
    }

    fn mischief(&mut self, alliance: &Alliance, servers: &[Server], server: &Server, now_ms: u64) {
        let story = match self.stories.len() {
            0 => return,
            count => self.rng.random_range(0..count),
        };
        match self.rng.random_range(0..4) {
            // The same once more, to somebody else, whatever its answer was.
            0 if !self.sent.is_empty() => {
                let index = self.rng.random_range(0..self.sent.len());
                self.submit(index, server, now_ms);
            }
            // Two with one nonce, to two nodes at once.
            1 => {
                self.nonce += 1;
                let nonce = self.nonce;
                self.made += 2;
                let bodies = [Goods::new(self.made).register_product(), Goods::new(self.made - 1).register_product()];
                for body in bodies {
                    let Some(server) = self.pick(servers) else { return };
                    self.send(alliance, &server, (MAKER, nonce), body, now_ms);
                }
            }
            // Somebody who does not have the goods hands them on.
            2 => {
                let body = self.other_way(alliance, story, PHARMACY);
                self.nonce += 1;
                self.send(alliance, server, (CARRIER, self.nonce), body, now_ms);
            }
            // The maker hands them on a second time, to somebody else.
            _ => {
                let body = self.other_way(alliance, story, CARRIER);
                self.nonce += 1;
                self.send(alliance, server, (MAKER, self.nonce), body, now_ms);
            }
        }
    }

    fn other_way(&mut self, alliance: &Alliance, story: usize, to: usize) -> TxBody {
        let case = self.stories[story].goods.case;
        TxBody::Ship { shipment: ShipmentId(self.rng.random()), to: alliance.members[to].gln, objects: vec![case] }
    }

    fn send(
        &mut self,
        alliance: &Alliance,
        server: &Server,
        (member, nonce): (usize, u64),
        body: TxBody,
        now_ms: u64,
    ) -> usize {
        let signer = &alliance.members[member];
        let second = matches!(body, TxBody::ApproveRecall { .. } | TxBody::Vote { .. });
        let key = if second { &signer.approver } else { &signer.operator };
        let expires_at = server.1.head().height + EXPIRES_AFTER;
        let bytes = sign(key, alliance.chain, nonce, expires_at, body);
        let id = signed::parse(&bytes).map(|tx| signed::tx_id(&tx.tx)).expect("signed a moment ago");
        let sent = Sent { id, bytes, answer: None, accepted: false, rejected: false, next_try_ms: 0 };
        self.sent.push(sent);
        self.submit(self.sent.len() - 1, server, now_ms);
        self.sent.len() - 1
    }

    fn submit(&mut self, index: usize, (id, node): &Server, now_ms: u64) {
        let sent = &mut self.sent[index];
        sent.next_try_ms = now_ms + PATIENCE_MS;
        // A node whose disk fails answers nobody.
        let Ok(receipts) = node.submit(&[&sent.bytes], Origin::Client) else { return };
        for receipt in receipts {
            self.take(index, *id, &receipt);
        }
    }

    fn take(&mut self, index: usize, host: HostId, receipt: &Receipt) {
        let sent = &mut self.sent[index];
        match (receipt.outcome, receipt.height) {
            (TxOutcome::Applied | TxOutcome::Refused, Some(height)) => {
                let answer = Answer { applied: receipt.outcome == TxOutcome::Applied, height };
                match sent.answer {
                    None => sent.answer = Some(answer),
                    Some(before) if before == answer => {}
                    Some(before) => self.contradictions.push(format!(
                        "transaction {} was acknowledged as {before:?}, and host {host} says {answer:?}",
                        sent.id
                    )),
                }
            }
            (TxOutcome::Pending, _) => sent.accepted = true,
            (TxOutcome::Conflict, _) => sent.rejected = true,
            (TxOutcome::Rejected, _) if receipt.refusal.as_deref() != Some("busy") => sent.rejected = true,
            _ => {}
        }
    }

    /// Asks for receipts, sends again what nobody answered, and goes on with the stories.
    pub fn poll(&mut self, servers: &[Server], now_ms: u64) {
        for index in 0..self.sent.len() {
            for (host, node) in servers {
                let sent = &self.sent[index];
                // Answered ones are asked again at the end, of everybody.
                if sent.answer.is_some() {
                    break;
                }
                if let Ok(Some(receipt)) = node.receipt(&sent.id) {
                    self.take(index, *host, &receipt);
                }
            }
            let sent = &self.sent[index];
            if sent.answer.is_none()
                && !sent.rejected
                && now_ms >= sent.next_try_ms
                && let Some(server) = self.pick(servers)
            {
                self.submit(index, &server, now_ms);
            }
        }
        if let Some((step, Some(index))) = self.votes
            && self.sent.get(index).is_some_and(|sent| sent.answer.is_some() || sent.rejected)
        {
            // Refused or not: the next one votes. Too late a vote is refused, which is an answer too.
            self.votes = Some((step + 1, None));
        }
        for story in &mut self.stories {
            let Some(sent) = story.waits_for.and_then(|index| self.sent.get(index)) else { continue };
            match sent.answer {
                Some(Answer { applied: true, .. }) => (story.step, story.waits_for) = (story.step + 1, None),
                Some(_) => story.step = STEPS,
                None if sent.rejected => story.step = STEPS,
                None => {}
            }
        }
    }
}

/// First the proposal, then every member's vote.
fn vote(alliance: &Alliance, step: usize, height: Height) -> Option<(usize, TxBody)> {
    const PROPOSAL: ProposalId = ProposalId([1; 16]);
    let key = alliance.members.last()?.validator;
    let Some(voter) = step.checked_sub(1) else {
        let change = GovernanceChange::RemoveValidator { key };
        let (closes_at, forced) = (height + 20_000, String::new());
        return Some((MAKER, TxBody::Propose { proposal: PROPOSAL, change, closes_at, forced }));
    };
    (voter < alliance.members.len()).then_some((voter, TxBody::Vote { proposal: PROPOSAL, approve: true }))
}

const STEPS: usize = 9;

fn step(alliance: &Alliance, goods: &Goods, step: usize) -> (usize, TxBody) {
    match step {
        0 => (MAKER, goods.register_product()),
        1 => (MAKER, goods.register_batch()),
        2 => (MAKER, goods.seal()),
        3 => (MAKER, goods.pack()),
        4 => (MAKER, goods.ship(alliance.members[PHARMACY].gln)),
        5 => (PHARMACY, goods.receive()),
        6 => (PHARMACY, goods.dispense(0)),
        7 => (REGULATOR, goods.open_recall()),
        _ => (REGULATOR, goods.approve_recall()),
    }
}
