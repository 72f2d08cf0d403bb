//! The chain from the genesis on, pruned blocks and whole ones, and the rows that follow from it.

use super::super::Commitments;
use super::super::columns::{
    BLOCKS, BlockRow, CERTIFICATES, EXECUTED, Head, LOG_NODES, META, NONCES, OBJECTS, PRUNED, PrunedRow, STEPS, TXS,
};
use super::{Accounted, Check};
use crate::ledger::APPLIED;
use std::ops::ControlFlow;
use tracelight_domain::ids::{Hash, Height, PublicKey, TxId};
use tracelight_domain::state::{KeyPurpose, ObjectId, StateBody};
use tracelight_proof::block::{Header, block_id, body_digest, next_outcomes, split_body};
use tracelight_proof::certificate::{Certificate, ValidatorSet};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::{consensus_namespace, validators_hash};
use tracelight_proof::log::Frontier;
use tracelight_proof::signed;
use tracelight_proof::snapshot::Content;
use tracelight_proof::state_proof::state_key;

/// A block of either column.
struct BlockEntryRow {
    header: Vec<u8>,
    content: Content,
    outcomes: Vec<u16>,
}

fn whole(row: BlockRow) -> BlockEntryRow {
    BlockEntryRow { header: row.header, content: Content::Whole(row.body), outcomes: row.outcomes }
}

fn pruned(row: PrunedRow) -> BlockEntryRow {
    let PrunedRow { header, outcomes, ids, nonces } = row;
    BlockEntryRow { header, content: Content::Pruned { ids, nonces }, outcomes }
}

impl Check<'_, '_> {
    /// Follows the chain from the genesis to the head: block 0, the pruned ones, and the others.
    pub(super) fn blocks(&mut self, head: &Head, genesis_set: &ValidatorSet) -> ControlFlow<(), Accounted> {
        let mut accounted = Accounted::default();
        let (log, set) = (Frontier::default(), genesis_set.clone());
        let (before, outcomes) = (Hash::ZERO, Hash::ZERO);
        let mut line = Line { next: 0, before, outcomes, log, set, state: None, time_ms: 0, txs_height: 0 };
        let mut stop = false;
        if let Some(row) = self.get(&BLOCKS, &0) {
            stop = self.next_block(&mut line, 0, BLOCKS.name, Ok(whole(row)), &mut accounted);
        }
        self.scan(PRUNED.name, |check, key, value| {
            if !stop {
                let height = Height::parse(key, 8, PRUNED.name).unwrap_or(Height::MAX);
                let row = PRUNED.parse(value).map(pruned).map_err(|error| error.to_string());
                stop = check.next_block(&mut line, height, PRUNED.name, row, &mut accounted);
                if !stop {
                    check.report.horizon = height;
                }
            }
        })?;
        self.scan(BLOCKS.name, |check, key, value| {
            let height = Height::parse(key, 8, BLOCKS.name).unwrap_or(Height::MAX);
            if !stop && height > 0 {
                let row = BLOCKS.parse(value).map(whole).map_err(|error| error.to_string());
                stop = check.next_block(&mut line, height, BLOCKS.name, row, &mut accounted);
            }
        })?;
        if !stop && (line.next != head.height + 1 || line.before != head.block) {
            self.found(
                META.name,
                Some(head.height),
                format!("the head is block {}, the blocks end before {}", head.height, line.next),
            );
        }
        let (time_ms, txs_height) = (line.time_ms, line.txs_height);
        let is_head = line.log == head.log && (time_ms, txs_height) == (head.time_ms, head.txs_height);
        if !stop && !is_head {
            self.found(
                META.name,
                Some(head.height),
                "the head's log, time or newest transactions are not the blocks'".to_owned(),
            );
        }
        match self.get(&EXECUTED, &head.height) {
            Some(own) if own == head.commitments => {}
            _ => self.found(EXECUTED.name, Some(head.height), format!("row {} is not what the head says", head.height)),
        }
        ControlFlow::Continue(accounted)
    }

    /// Adds the next block to the line; whether the line ends here.
    fn next_block(
        &mut self,
        line: &mut Line,
        height: Height,
        column: &'static str,
        row: Result<BlockEntryRow, String>,
        accounted: &mut Accounted,
    ) -> bool {
        if height != line.next {
            self.found(column, Some(line.next), format!("block {} is missing", line.next));
            return true;
        }
        match row.and_then(|row| line.follow(self, &row, accounted)) {
            Ok(()) => {
                line.next += 1;
                false
            }
            Err(what) => {
                self.found(column, Some(height), format!("block {height}: {what}"));
                true
            }
        }
    }

    fn is_device(&mut self, key: PublicKey) -> bool {
        let key = ObjectId::Key(key);
        let row = self.get(&OBJECTS, &state_key(&key));
        // A key that was registered lately is not in `objects` yet.
        row.is_none_or(|row| matches!(row.state.body, StateBody::Key { purpose: KeyPurpose::Device, .. }))
    }
}

/// The chain up to a block.
struct Line {
    next: Height,
    before: Hash,
    outcomes: Hash,
    log: Frontier,
    set: ValidatorSet,
    /// Version and root of the state after the block before.
    state: Option<(u64, Hash)>,
    time_ms: u64,
    txs_height: Height,
}

impl Line {
    /// Adds the next block, or says why it does not follow. What is wrong beside it goes to `check`.
    fn follow(
        &mut self,
        check: &mut Check<'_, '_>,
        row: &BlockEntryRow,
        accounted: &mut Accounted,
    ) -> Result<(), String> {
        let height = self.next;
        let header = Header::decode(&row.header).map_err(|error| error.to_string())?;
        let id = block_id(&row.header);
        let is_next = header.height == height && header.parent == self.before;
        if !is_next {
            return Err("it does not name the block before".to_owned());
        }
        let (is_whole, txs_count) = match &row.content {
            Content::Whole(body) => (body_digest(body) == header.body, row.outcomes.len()),
            Content::Pruned { ids, .. } => (height > 0, ids.len()),
        };
        let count = usize::try_from(header.txs);
        if !is_whole || count != Ok(row.outcomes.len()) || count != Ok(txs_count) {
            return Err("its body or outcomes are not what its header says".to_owned());
        }
        if height > 0 {
            self.outcomes = next_outcomes(&self.outcomes, height, &row.outcomes);
        }
        for (place, root) in self.log.append(&id.0) {
            accounted.nodes += 1;
            if check.get(&LOG_NODES, &place) != Some(root) {
                check.found(LOG_NODES.name, Some(height), format!("node {place:?} is not that of the blocks"));
            }
        }
        let own = check.get(&EXECUTED, &height);
        if own.as_ref().is_none_or(|own| own.outcomes != self.outcomes || own.log_root != self.log.root()) {
            check.found(EXECUTED.name, Some(height), format!("row {height} is not what the blocks say"));
        }
        let state = own.as_ref().map(|own| (own.version, own.state_root));
        let in_step = match (self.state, state) {
            (Some((version, root)), Some((next, next_root))) => {
                next == version + 1 || (next == version && next_root == root)
            }
            (None, Some((version, _))) => height > 0 || version == 0,
            (_, None) => true,
        };
        self.state = state;
        if !in_step {
            check.found(EXECUTED.name, Some(height), format!("row {height} does not follow the version before"));
        }
        // What a certified header says of an executed block is the alliance's word.
        let said = check.get(&EXECUTED, &header.executed);
        let is_said = |own: &Commitments| {
            own.state_root == header.state_root
                && own.outcomes == header.outcomes
                && own.events == header.events
                && own.log_root == header.log_root
        };
        if height > 0 && !said.is_some_and(|own| is_said(&own)) {
            let what = format!("row {} is not what the header of block {height} says", header.executed);
            check.found(EXECUTED.name, Some(header.executed), what);
        }
        self.certificate(check, height, &header, &id, accounted);
        match &row.content {
            Content::Whole(body) if body.is_empty() => {}
            Content::Whole(body) => txs(check, height, body, &row.outcomes, accounted)?,
            Content::Pruned { ids, nonces } => {
                accounted.nonces += u64::from(*nonces);
                for (index, (id, outcome)) in (0u32..).zip(ids.iter().zip(&row.outcomes)) {
                    own_row(check, id, (height, index, *outcome), accounted);
                }
            }
        }
        self.before = id;
        self.time_ms = header.time_ms;
        self.txs_height = if row.outcomes.is_empty() { self.txs_height } else { height };
        Ok(())
    }

    fn certificate(
        &mut self,
        check: &mut Check<'_, '_>,
        height: Height,
        header: &Header,
        id: &Hash,
        accounted: &mut Accounted,
    ) {
        if validators_hash(&self.set) != header.validators {
            check.found(STEPS.name, Some(height), format!("the steps do not lead to the validators of block {height}"));
        }
        if let Some(certificate) = check.get(&CERTIFICATES, &height) {
            accounted.certificates += 1;
            let namespace = consensus_namespace(header.chain);
            let parsed = Certificate::parse(&certificate.0, &self.set);
            if let Err(error) = parsed.and_then(|it| it.verify(&namespace, &self.set, &id.0)) {
                check.found(CERTIFICATES.name, Some(height), format!("certificate {height}: {error}"));
            }
        }
        if header.next_validators == header.validators {
            return;
        }
        accounted.steps += 1;
        let row = check.get(&STEPS, &height).filter(|row| block_id(&row.header) == *id);
        let keys = row.map(|row| row.keys.iter().map(|key| key.0).collect::<Vec<_>>());
        let next = keys
            .and_then(|keys| ValidatorSet::new(&keys).ok())
            .filter(|set| validators_hash(set) == header.next_validators);
        match next {
            Some(next) => self.set = next,
            None => check.found(STEPS.name, Some(height), format!("step {height} is not that of block {height}")),
        }
    }
}

/// The rows that follow from a block's transactions.
fn txs(
    check: &mut Check<'_, '_>,
    height: Height,
    body: &[u8],
    outcomes: &[u16],
    accounted: &mut Accounted,
) -> Result<(), String> {
    let bodies = split_body(body).map_err(|error| error.to_string())?;
    for (index, (bytes, outcome)) in (0u32..).zip(bodies.into_iter().zip(outcomes)) {
        let tx = signed::parse(bytes).map_err(|error| format!("transaction {index}: {error}"))?.tx;
        let id = signed::tx_id(&tx);
        let is_here = own_row(check, &id, (height, index, *outcome), accounted);
        match check.get(&NONCES, &(tx.key, tx.nonce)) {
            // Once for each transaction, however often it was ordered.
            Some(found) if found == id => accounted.nonces += u64::from(is_here),
            Some(_) if *outcome != APPLIED => {}
            None if *outcome != APPLIED || check.is_device(tx.key) => {}
            _ => {
                check.found(NONCES.name, Some(height), format!("the nonce of transaction {id} has another row or none"))
            }
        }
    }
    Ok(())
}

/// Whether the row of a transaction names this place. It may stand in another block too: a first refusal stays, and an
/// application replaces it.
fn own_row(
    check: &mut Check<'_, '_>,
    id: &TxId,
    (height, index, outcome): (Height, u32, u16),
    accounted: &mut Accounted,
) -> bool {
    let own = check.get(&TXS, id);
    let is_here = own.is_some_and(|own| (own.height, own.index) == (height, index));
    match own {
        Some(own) if is_here && own.outcome == outcome => accounted.txs += 1,
        Some(_) if outcome != APPLIED && !is_here => {}
        _ => check.found(TXS.name, Some(height), format!("transaction {id} of block {height} has another row or none")),
    }
    is_here
}
