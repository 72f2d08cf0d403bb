//! What must hold, whatever happened. Read off the honest nodes' stores at the end, and computed again from their blocks.

use crate::alliance::Alliance;
use crate::load::{Load, Server};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use tracelight_chain_node::ledger::checked::{CheckedTx, SeenTxs};
use tracelight_chain_node::ledger::{APPLIED, BlockInput, View, execute, signatures};
use tracelight_chain_node::store::BlockRow;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::{Hash, Height, MemberId, PublicKey, ShipmentId, TxId, UnitId};
use tracelight_domain::state::{Event, ObjectId, ObjectState, StateBody};
use tracelight_domain::tx::{TxBody, UnitAction};
use tracelight_proof::block::{Header, block_id, split_body};
use tracelight_proof::certificate::Certificate;
use tracelight_proof::genesis::{consensus_namespace, validators_hash};

/// The verdict of a run.
#[derive(Default)]
pub struct Verdict {
    /// What does not hold.
    pub violations: Vec<String>,
    /// Height of the longest chain.
    pub height: Height,
    /// Transactions in it.
    pub txs: usize,
    /// Epochs whose validators differ from those before.
    pub set_changes: usize,
    /// Digest of all its headers.
    pub digest: String,
}

/// Judges the honest nodes.
pub fn judge(alliance: &Alliance, servers: &[Server], load: &Load, lies: &BTreeSet<[u8; 32]>) -> Verdict {
    let mut judge = Judge { alliance, servers, verdict: Verdict::default(), chain: Vec::new() };
    judge.read_chain();
    judge.compare(lies);
    judge.execute_again(load);
    judge.follow_custody();
    judge.certificates();
    judge.verdict.violations.extend(load.contradictions.iter().cloned());
    judge.verdict
}

struct Block {
    header: Header,
    row: BlockRow,
    txs: Vec<Arc<CheckedTx>>,
}

struct Judge<'a> {
    alliance: &'a Alliance,
    servers: &'a [Server],
    verdict: Verdict,
    chain: Vec<Block>,
}

impl Judge<'_> {
    fn violated(&mut self, what: impl Into<String>) {
        self.verdict.violations.push(what.into());
    }

    /// The longest chain, each block on the one before, each transaction well signed.
    fn read_chain(&mut self) {
        let Some((host, node)) = self.servers.iter().max_by_key(|(_, node)| node.head().height) else {
            return self.violated("no honest host is left");
        };
        let (seen, mut digest, mut before) = (SeenTxs::default(), Sha256::new(), Hash::ZERO);
        for height in 0..=node.head().height {
            let row = match node.store.block(height) {
                Ok(Some(row)) => row,
                other => return self.violated(format!("host {host} lacks block {height}: {other:?}")),
            };
            let Ok(header) = Header::decode(&row.header) else {
                return self.violated(format!("host {host}: the header of block {height} cannot be read"));
            };
            if header.height != height || header.parent != before {
                self.violated(format!("host {host}: block {height} does not stand on the block before"));
            }
            before = block_id(&row.header);
            digest.update(before.0);
            let parts = if row.body.is_empty() { Ok(Vec::new()) } else { split_body(&row.body) };
            let checked = parts.map(|parts| signatures::check_all(&seen, &parts));
            let Ok(txs) = checked.map(|all| all.into_iter().filter_map(Result::ok).collect::<Vec<_>>()) else {
                return self.violated(format!("host {host}: the body of block {height} cannot be read"));
            };
            if txs.len() != row.outcomes.len() {
                self.violated(format!(
                    "host {host}: block {height} holds a badly signed transaction or lacks outcomes"
                ));
            }
            self.verdict.txs += txs.len();
            self.chain.push(Block { header, row, txs });
        }
        self.verdict.height = node.head().height;
        self.verdict.set_changes =
            self.chain.windows(2).filter(|pair| pair[0].header.validators != pair[1].header.validators).count();
        self.verdict.digest = hex::encode(digest.finalize());
    }

    /// One block a height and one state a block, everywhere.
    fn compare(&mut self, lies: &BTreeSet<[u8; 32]>) {
        let (mut found, servers) = (Vec::new(), self.servers);
        for (block, height) in self.chain.iter().zip(0..) {
            if lies.contains(&block_id(&block.row.header).0) {
                found.push(format!("the lie of height {height} became final"));
            }
            let states: Vec<_> =
                servers.iter().filter_map(|(host, node)| Some((host, node.store.commitments(height).ok()??))).collect();
            if let Some((host, _)) = states.iter().find(|(_, state)| Some(state) != states.first().map(|(_, it)| it)) {
                found.push(format!("host {host} has another state after block {height} than the others"));
            }
            for (host, node) in servers.iter().filter(|(_, node)| node.head().height >= height) {
                match node.store.block(height) {
                    Ok(Some(row)) if row == block.row => {}
                    Ok(Some(_)) => found.push(format!("host {host} has another block {height} than the longest chain")),
                    _ => found.push(format!("host {host} lacks block {height}")),
                }
            }
        }
        self.verdict.violations.extend(found);
    }

    /// The outcomes follow from the blocks; nothing is applied twice; every answer is true, on every host.
    fn execute_again(&mut self, load: &Load) {
        let mut state = Memory { objects: self.alliance.genesis.objects().into_iter().collect(), ..Memory::default() };
        let (mut found, mut applied, mut places) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
        for block in &self.chain {
            let (height, time_ms) = (block.header.height, block.header.time_ms);
            let input = BlockInput { chain: self.alliance.chain, height, time_ms, txs: &block.txs };
            let Ok(effects) = execute(&state, input);
            if effects.outcomes != block.row.outcomes {
                found.push(format!("the outcomes of block {height} are not those of its transactions"));
            }
            state.objects.extend(effects.objects);
            state.nonces.extend(effects.nonces);
            state.events.extend(effects.events.into_iter().map(|it| ((it.object, it.seq), it.event)));
            state.ids.insert(height, block_id(&block.row.header));
            for (tx, outcome) in block.txs.iter().zip(&block.row.outcomes) {
                let is_applied = *outcome == APPLIED;
                if is_applied && !applied.insert(tx.id) {
                    found.push(format!("transaction {} was applied twice, the second time in block {height}", tx.id));
                }
                let first = places.entry(tx.id).or_insert((height, is_applied, tx.bytes.clone()));
                if is_applied && !first.1 {
                    *first = (height, true, tx.bytes.clone());
                }
            }
        }
        for sent in &load.sent {
            let Some(answer) = sent.answer else { continue };
            match places.get(&sent.id) {
                Some((height, is_applied, bytes)) if (*height, *is_applied) == (answer.height, answer.applied) => {
                    if *bytes != sent.bytes {
                        found.push(format!(
                            "transaction {} was acknowledged and stands altered in block {height}",
                            sent.id
                        ));
                    }
                }
                other => {
                    let place = other.map(|(height, applied, _)| (height, applied));
                    found.push(format!(
                        "transaction {} was acknowledged as {answer:?}, the chain says {place:?}",
                        sent.id
                    ));
                }
            }
            for (host, node) in self.servers {
                let row = node.store.tx(&sent.id).ok().flatten();
                if row.map(|row| (row.height, row.outcome == APPLIED)) != Some((answer.height, answer.applied)) {
                    found.push(format!("host {host} does not know the acknowledged transaction {}", sent.id));
                }
            }
        }
        self.verdict.violations.extend(found);
    }

    /// One custodian for each case at each time, by a model of its own, and the stores agree with it.
    fn follow_custody(&mut self) {
        let mut custody = Custody::default();
        let members: BTreeMap<PublicKey, MemberId> =
            self.alliance.members.iter().map(|it| (crate::goods::public(&it.operator), it.gln)).collect();
        for block in &self.chain {
            for (tx, outcome) in block.txs.iter().zip(&block.row.outcomes) {
                if *outcome == APPLIED
                    && let Some(member) = members.get(&tx.signed.tx.key)
                {
                    custody.apply(block.header.height, *member, &tx.signed.tx.body);
                }
            }
        }
        for (host, node) in self.servers.iter().filter(|(_, node)| node.head().height == self.verdict.height) {
            for (case, expected) in &custody.holders {
                let state = node.store.object(&ObjectId::Logistic(*case)).ok().flatten().map(|state| state.body);
                match state {
                    Some(StateBody::Logistic { custodian, .. }) if custodian == *expected => {}
                    other => {
                        custody.broken.push(format!("host {host}: case {case} is not with {expected} but {other:?}"))
                    }
                }
            }
        }
        self.verdict.violations.extend(custody.broken);
    }

    /// Certificates that nodes keep are of their blocks and carry a quorum's signatures.
    fn certificates(&mut self) {
        let (namespace, epoch) =
            (consensus_namespace(self.alliance.chain), u64::from(self.alliance.genesis.epoch_blocks));
        let mut found = Vec::new();
        for (host, node) in self.servers {
            for block in self.chain.iter().filter(|block| block.header.height <= node.head().height) {
                let height = block.header.height;
                let is_last = height % epoch == epoch - 1;
                // Every signature of every block takes too long; the last of an epoch and some others will do.
                if height == 0 || !(is_last || height % 7 == 0) {
                    continue;
                }
                let Ok(set) = node.validators_of(height / epoch).and_then(|validators| validators.set()) else {
                    found.push(format!("host {host} does not know the validators of epoch {}", height / epoch));
                    continue;
                };
                if validators_hash(&set) != block.header.validators {
                    found.push(format!("host {host}: block {height} names other validators than the ledger"));
                }
                match node.store.certificate(height) {
                    Ok(Some(bytes)) => {
                        let id = block_id(&block.row.header).0;
                        let checked = Certificate::parse(&bytes, &set).and_then(|it| it.verify(&namespace, &set, &id));
                        if let Err(error) = checked {
                            found.push(format!("host {host}: the certificate of block {height}: {error}"));
                        }
                    }
                    _ if is_last => found
                        .push(format!("host {host} lacks the certificate of block {height}, the last of its epoch")),
                    _ => {}
                }
            }
        }
        self.verdict.violations.extend(found);
    }
}

/// The ledger's state in memory.
#[derive(Default)]
struct Memory {
    objects: BTreeMap<ObjectId, ObjectState>,
    nonces: BTreeMap<(PublicKey, u64), TxId>,
    events: BTreeMap<(ObjectId, u32), Event>,
    ids: BTreeMap<Height, Hash>,
}

impl View for Memory {
    type Error = Infallible;

    fn object(&self, id: &ObjectId) -> Result<Option<ObjectState>, Infallible> {
        Ok(self.objects.get(id).cloned())
    }

    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, Infallible> {
        Ok(self.events.get(&(id.clone(), seq)).cloned())
    }

    fn nonce_owner(&self, key: &PublicKey, nonce: u64) -> Result<Option<TxId>, Infallible> {
        Ok(self.nonces.get(&(*key, nonce)).copied())
    }

    fn block_id(&self, height: Height) -> Result<Option<Hash>, Infallible> {
        Ok(self.ids.get(&height).copied())
    }
}

/// Who has which case, as the applied transactions say; knows nothing of the ledger's rules.
#[derive(Default)]
struct Custody {
    holders: BTreeMap<Sscc, MemberId>,
    under_way: BTreeMap<ShipmentId, (MemberId, Vec<Sscc>)>,
    dispensed: BTreeSet<UnitId>,
    broken: Vec<String>,
}

impl Custody {
    fn apply(&mut self, height: Height, member: MemberId, body: &TxBody) {
        match body {
            TxBody::Pack { parent, .. } => {
                let before = self.holders.insert(*parent, member);
                if before.is_some() {
                    self.broken.push(format!("block {height}: case {parent} was packed twice"));
                }
            }
            TxBody::Ship { shipment, to, objects } => {
                for case in objects {
                    if self.holders.get(case) != Some(&member) {
                        self.broken
                            .push(format!("block {height}: {member} shipped case {case}, which it does not have"));
                    }
                    if self.under_way.values().any(|(_, cases)| cases.contains(case)) {
                        self.broken.push(format!("block {height}: case {case} was shipped while it was under way"));
                    }
                }
                self.under_way.insert(*shipment, (*to, objects.clone()));
            }
            TxBody::Receive { shipment, .. } => match self.under_way.remove(shipment) {
                Some((to, cases)) if to == member => {
                    self.holders.extend(cases.into_iter().map(|case| (case, member)));
                }
                _ => self.broken.push(format!("block {height}: {member} received what was not on its way to it")),
            },
            TxBody::UnitAction { touch, action: UnitAction::Dispense } => {
                let case = touch.in_case.as_ref().map(|(case, _)| *case);
                if case.and_then(|case| self.holders.get(&case).copied()) != Some(member) {
                    self.broken.push(format!("block {height}: {member} dispensed a pack that it does not have"));
                }
                if !self.dispensed.insert(touch.unit.clone()) {
                    self.broken.push(format!("block {height}: pack {} was dispensed twice", touch.unit));
                }
            }
            _ => {}
        }
    }
}
