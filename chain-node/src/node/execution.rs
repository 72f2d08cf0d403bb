//! Taking a final block: what a certified header says is compared with what this node computed, the block is executed and
//! written, and whoever waits for it is told.

use super::Node;
use crate::ledger::checked::CheckedTx;
use crate::ledger::{self, BlockInput, signatures};
use crate::store::{FinalBlock, Head, StoreError, TxRow};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use thiserror::Error;
use tracelight_domain::ids::{Hash, Height, PublicKey};
use tracelight_domain::state::{KeyPurpose, ObjectId, ObjectState, StateBody};
use tracelight_proof::block::{BodyError, Header, block_id, split_body};
use tracelight_proof::codec::DecodeError;

/// Why a final block cannot be taken. The node stops: its state contradicts the chain, or its disk failed.
#[derive(Debug, Error)]
pub enum FinalBlockError {
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The header is not one.
    #[error("the final block {height} has a header that this program cannot read: {source}; is the program too old?")]
    Header {
        /// Its height.
        height: Height,
        /// What is wrong.
        source: DecodeError,
    },
    /// The body is not one.
    #[error("the final block {height} has a body that this program cannot read: {message}; is the program too old?")]
    Body {
        /// Its height.
        height: Height,
        /// What is wrong.
        message: String,
    },
    /// Another block of this height was executed before.
    #[error(
        "block {height} is final as {found}, but this store executed {stored}; the data folder is of another time or chain, build a new one from the peers"
    )]
    OtherBlock {
        /// The height.
        height: Height,
        /// Delivered.
        found: Hash,
        /// Executed before.
        stored: Hash,
    },
    /// The alliance certified another set of validators than the ledger of this node names.
    #[error(
        "the alliance certified other validators after block {height} than this node's ledger names; keep the data folder for examination and build a new one from the peers"
    )]
    OtherValidators {
        /// The last block of the epoch.
        height: Height,
    },
    /// The alliance certified another state than this node computed.
    #[error(
        "the alliance certified a state after block {executed} that differs from this node's; keep the data folder for examination and build a new one from the peers"
    )]
    OtherState {
        /// The block after which the states differ.
        executed: Height,
    },
}

impl Node {
    /// Executes a final block and writes it. Repeated deliveries are recognised. Blocks; belongs on a blocking thread.
    ///
    /// # Errors
    /// [`FinalBlockError`], after which the node has to stop.
    pub fn take_final(&self, header: &[u8], body: &[u8], certificate: Option<&[u8]>) -> Result<(), FinalBlockError> {
        let _executing = self.executing.lock().unwrap_or_else(PoisonError::into_inner);
        let id = block_id(header);
        let decoded = Header::decode(header);
        let head = self.store.head()?;
        let height = decoded.as_ref().map_or(head.height + 1, |header| header.height);
        let parsed = decoded.map_err(|source| FinalBlockError::Header { height, source })?;
        if height <= head.height {
            return self.repeated(&head, (height, id), certificate);
        }
        self.check_commitments(&parsed)?;
        if self.next_validators(parsed.validators, height, parsed.executed)? != parsed.next_validators {
            return Err(FinalBlockError::OtherValidators { height });
        }
        let began = self.host.uptime();
        let seen = self.pending().ancestry.get(height, id).map(|block| block.seen);
        let txs = self.txs_of(height, id, body)?;
        let input = BlockInput { chain: self.identity.chain, height, time_ms: parsed.time_ms, txs: &txs };
        let effects = ledger::execute(&self.store, input)?;
        let block = FinalBlock { header: &parsed, header_bytes: header, body, certificate };
        let new_head = self.store.commit(block, &effects)?;
        // From here a crash recovers to this height.
        let next_nonces = device_nonces(&effects);
        crate::metrics::executed(&head, &new_head, body.len(), &effects);
        if !txs.is_empty() {
            let agreed = seen.map(|seen| began.saturating_sub(seen));
            crate::metrics::block_took(agreed, self.host.uptime().saturating_sub(began));
        }
        let mut pending = self.pending();
        pending.mempool.settle(&effects.tx_ids, height + 1, &next_nonces);
        pending.ancestry.executed(height);
        self.head.send_replace(new_head);
        self.changes.notify_waiters();
        drop(pending);
        let outcomes = effects.tx_ids.iter().zip(&effects.outcomes).zip(0..);
        self.waits.tell(outcomes.map(|((id, outcome), index)| (*id, TxRow { height, index, outcome: *outcome })));
        Ok(())
    }

    fn repeated(
        &self,
        head: &Head,
        (height, found): (Height, Hash),
        certificate: Option<&[u8]>,
    ) -> Result<(), FinalBlockError> {
        let stored = if height == head.height {
            head.block
        } else {
            let missing = StoreError::Missing { column: "blocks", height };
            block_id(&self.store.header_bytes(height)?.ok_or(missing)?)
        };
        if stored != found {
            return Err(FinalBlockError::OtherBlock { height, found, stored });
        }
        if let Some(certificate) = certificate
            && self.store.certificate(height)?.is_none()
        {
            self.store.put_certificate(height, certificate)?;
        }
        Ok(())
    }

    /// A certified header has to say what this node computed itself.
    fn check_commitments(&self, header: &Header) -> Result<(), FinalBlockError> {
        let executed = header.executed;
        let missing = StoreError::Missing { column: "executed", height: executed };
        let own = self.store.commitments(executed)?.ok_or(missing)?;
        let same = own.state_root == header.state_root
            && own.outcomes == header.outcomes
            && own.events == header.events
            && own.log_root == header.log_root;
        if same { Ok(()) } else { Err(FinalBlockError::OtherState { executed }) }
    }

    fn txs_of(&self, height: Height, id: Hash, body: &[u8]) -> Result<Arc<Vec<Arc<CheckedTx>>>, FinalBlockError> {
        if let Some(known) = self.pending().ancestry.get(height, id) {
            return Ok(Arc::clone(&known.txs));
        }
        let txs = split_body(body).map_err(|error: BodyError| error.to_string());
        let txs = txs.and_then(|txs| signatures::parse_final(&self.seen, &txs).map_err(|error| error.to_string()));
        txs.map(Arc::new).map_err(|message| FinalBlockError::Body { height, message })
    }
}

fn device_nonces(effects: &ledger::BlockEffects) -> BTreeMap<PublicKey, u64> {
    let device = |(id, state): (&ObjectId, &ObjectState)| match (id, &state.body) {
        (ObjectId::Key(key), StateBody::Key { purpose: KeyPurpose::Device, next_nonce, .. }) => {
            Some((*key, *next_nonce))
        }
        _ => None,
    };
    effects.objects.iter().filter_map(device).collect()
}
