//! One round of the uplink: sign what is new, send what is not final, hand over lists, delete what is done.

use super::links::{Chain, LinkError, Office};
use super::outbox::{Outbox, OutboxError, Stage};
use super::{REJECTIONS_MAX, WINDOW};
use crate::core::{Core, CoreError};
use crate::files;
use crate::line::Deed;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tracelight_api::chain::{Receipt, TxOutcome};
use tracelight_client::keys::{KeyFileError, Signer};
use tracelight_client::tx::TxBuilder;
use tracelight_domain::ids::{Height, PublicKey};
use tracelight_domain::rules::Refusal;
use tracelight_domain::tx::{SignedTx, TxBody};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed::tx_id;
use tracing::{error, info, warn};

/// Blocks for which a transaction is good: over five hours on a quiet chain. Then it is signed again.
const VALID_BLOCKS: u64 = 20_000;
/// Refusals of a node that say "not yet": nothing is wrong with the deed.
const NOT_YET: [Refusal; 5] =
    [Refusal::NonceGap, Refusal::KeyNotYet, Refusal::KeyInactive, Refusal::MemberInactive, Refusal::UnknownMember];

/// Why a round led to nothing.
#[derive(Debug, Error)]
pub enum UplinkError {
    /// The chain; a later round may do.
    #[error("chain: {0}")]
    Chain(#[from] LinkError),
    /// The key has to be registered.
    #[error("the gateway's key {0} is not registered on the chain. Hint: register it as a device of the member")]
    UnknownKey(PublicKey),
    /// The key is in a token that does not sign now; a later round may do.
    #[error("the gateway's key: {0}")]
    Key(#[from] KeyFileError),
    /// The task that signs ended, which only a panic or a stop does.
    #[error("signing ended: {0}")]
    Ended(#[from] tokio::task::JoinError),
    /// The disk: everything has to be opened again.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The disk: everything has to be opened again.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// `dead-letters.jsonl`.
    #[error("cannot write `{}`: {source}", .path.display())]
    DeadLetters {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Outbox and spool are not of one gateway.
    #[error("the outbox holds a transaction for record {0} that the spool does not give. Hint: were folders mixed up?")]
    Mismatch(u64),
}

impl UplinkError {
    /// Will it pass by itself?
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Chain(_) | Self::UnknownKey(_) | Self::Key(_))
    }
}

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Transactions that became final.
    pub settled: usize,
    /// Deeds that are not done.
    pub waiting: usize,
    /// Why lists could not be handed over.
    pub office: Option<String>,
}

/// The uplink of a gateway.
pub struct Uplink {
    core: Arc<Mutex<Core>>,
    outbox: Outbox,
    chain: Arc<dyn Chain>,
    office: Arc<dyn Office>,
    key: Arc<Signer>,
    dead_letters: PathBuf,
    /// How often the node rejected the deed that is first in line.
    rejections: BTreeMap<u64, u32>,
}

impl Uplink {
    /// Brings outbox and core together after opening.
    ///
    /// # Errors
    /// [`UplinkError::Mismatch`].
    pub fn new(
        core: Arc<Mutex<Core>>,
        outbox: Outbox,
        chain: Arc<dyn Chain>,
        office: Arc<dyn Office>,
        key: Signer,
        dead_letters: PathBuf,
    ) -> Result<Self, UplinkError> {
        {
            let mut core = lock(&core);
            for (record, row) in outbox.rows() {
                let deed = core.deed(record);
                let fits = deed.as_ref().is_some_and(|deed| deed.body == row.signed.tx.body);
                match row.stage {
                    Stage::Done if deed.is_none() || fits => core.done(record),
                    _ if fits => {}
                    _ => return Err(UplinkError::Mismatch(record)),
                }
            }
        }
        let key = Arc::new(key);
        Ok(Self { core, outbox, chain, office, key, dead_letters, rejections: BTreeMap::new() })
    }

    /// One round. `wait_ms` is how long the node may wait for transactions to become final.
    ///
    /// # Errors
    /// [`UplinkError`]; see [`UplinkError::is_passing`].
    pub async fn round(&mut self, wait_ms: u64) -> Result<Round, UplinkError> {
        let sent = self.send_waiting(wait_ms).await;
        // The server may be there when the chain is not.
        let office = self.deliver().await?;
        let floor = lock(&self.core).tidy()?;
        self.outbox.release(floor)?;
        let settled = sent?;
        let waiting = lock(&self.core).deeds_waiting();
        Ok(Round { settled, waiting, office })
    }

    async fn send_waiting(&mut self, wait_ms: u64) -> Result<usize, UplinkError> {
        let height = self.chain.height().await?;
        self.sign_new(height).await?;
        let mut rows = self.outbox.at(Stage::Signed);
        rows.truncate(WINDOW);
        if rows.is_empty() {
            return Ok(0);
        }
        let txs: Vec<SignedTx> = rows.iter().map(|(_, signed)| signed.clone()).collect();
        let receipts = self.chain.submit(&txs, wait_ms).await?;
        self.take_receipts(height, &rows, &receipts).await
    }

    async fn sign_new(&mut self, height: Height) -> Result<(), UplinkError> {
        let room = WINDOW.saturating_sub(self.outbox.at(Stage::Signed).len());
        // A deed of an older record can come late: cases wait for the end of their order, and lines end theirs apart.
        let deeds = lock(&self.core).deeds_where(|record| self.outbox.row(record).is_none(), room);
        if deeds.is_empty() {
            return Ok(());
        }
        let first = match self.outbox.next_nonce() {
            Some(nonce) => nonce,
            None => self.chain_nonce().await?,
        };
        let bodies = deeds.into_iter().map(|(record, deed)| (record, deed.body.clone())).collect();
        self.sign(height, first, bodies).await
    }

    async fn chain_nonce(&self) -> Result<u64, UplinkError> {
        let key = self.key.public_key();
        self.chain.next_nonce(key).await?.ok_or(UplinkError::UnknownKey(key))
    }

    async fn sign(&mut self, height: Height, first: u64, bodies: Vec<(u64, TxBody)>) -> Result<(), UplinkError> {
        let builder = TxBuilder::valid_for(self.chain.id(), height, VALID_BLOCKS);
        let key = Arc::clone(&self.key);
        let sign = move || {
            let signed = (first..)
                .zip(bodies)
                .map(|(nonce, (record, body))| builder.sign(&key, nonce, body).map(|signed| (record, signed)));
            signed.collect::<Result<Vec<_>, _>>()
        };
        // A token takes its time for each.
        let signed = tokio::task::spawn_blocking(sign).await??;
        Ok(self.outbox.sign(signed)?)
    }

    /// Signs everything that is not final anew, from this nonce on.
    async fn sign_again(&mut self, height: Height, first: u64) -> Result<(), UplinkError> {
        let bodies = self.outbox.at(Stage::Signed).into_iter().map(|(record, signed)| (record, signed.tx.body));
        let bodies = bodies.collect();
        self.sign(height, first, bodies).await
    }

    async fn take_receipts(
        &mut self,
        height: Height,
        rows: &[(u64, SignedTx)],
        receipts: &[Receipt],
    ) -> Result<usize, UplinkError> {
        let mut settled = 0;
        for ((record, signed), receipt) in rows.iter().zip(receipts) {
            match receipt.outcome {
                TxOutcome::Applied => {
                    self.outbox.applied(*record)?;
                    let id = tx_id(&signed.tx);
                    info!(tx.id = %id, height = receipt.height, "Transaction {id} is final");
                }
                TxOutcome::Refused => {
                    self.bury(*record, signed, receipt)?;
                    self.outbox.refused(*record)?;
                }
                // Only the first that is not final is judged: what is wrong with a later one may be that it is later.
                TxOutcome::Pending => return Ok(settled),
                TxOutcome::Rejected | TxOutcome::Conflict => {
                    self.rejected(height, *record, signed, receipt).await?;
                    return Ok(settled);
                }
            }
            self.rejections.remove(record);
            settled += 1;
        }
        Ok(settled)
    }

    /// The first transaction that is not final was not taken.
    async fn rejected(
        &mut self,
        height: Height,
        record: u64,
        signed: &SignedTx,
        receipt: &Receipt,
    ) -> Result<(), UplinkError> {
        let named = |refusal: Refusal| receipt.refusal.as_deref() == Some(refusal.name());
        let why = receipt.detail.as_deref().or(receipt.refusal.as_deref()).unwrap_or("no reason given");
        if named(Refusal::Expired) {
            return self.sign_again(height, signed.tx.nonce).await;
        }
        if named(Refusal::UnknownKey) {
            return Err(UplinkError::UnknownKey(self.key.public_key()));
        }
        let times = self.rejections.entry(record).or_default();
        *times += 1;
        let often = *times >= REJECTIONS_MAX;
        if named(Refusal::NonceUsed) || receipt.outcome == TxOutcome::Conflict || (often && named(Refusal::NonceGap)) {
            let nonce = self.chain_nonce().await?;
            if nonce != signed.tx.nonce {
                warn!(nonce, "The chain expects nonce {nonce}, not {}; signing again", signed.tx.nonce);
                self.rejections.remove(&record);
                self.sign_again(height, nonce).await?;
            }
            return Ok(());
        }
        warn!(record, "The node does not take the transaction for record {record}: {why}");
        let not_yet = receipt.refusal.is_none() || NOT_YET.into_iter().any(named);
        if often && !not_yet {
            self.bury(record, signed, receipt)?;
            self.outbox.given_up(record)?;
            self.rejections.remove(&record);
            self.sign_again(height, signed.tx.nonce).await?;
        }
        Ok(())
    }

    /// Hands lists over and finishes what is final. Returns why it had to stop, if it had to.
    async fn deliver(&mut self) -> Result<Option<String>, UplinkError> {
        for (record, _) in self.outbox.at(Stage::Dead) {
            self.finish(record)?;
        }
        for (record, signed) in self.outbox.at(Stage::Applied) {
            let Some(deed) = lock(&self.core).deed(record) else { return Err(UplinkError::Mismatch(record)) };
            for manifest in deed.manifests(tx_id(&signed.tx)) {
                match self.office.store(&manifest).await {
                    Ok(_) => {}
                    Err(LinkError::Refused(why)) => {
                        self.bury_list(record, &signed, &deed, &why)?;
                        break;
                    }
                    Err(passing) => return Ok(Some(passing.to_string())),
                }
            }
            self.finish(record)?;
        }
        Ok(None)
    }

    fn finish(&mut self, record: u64) -> Result<(), UplinkError> {
        self.outbox.done(record)?;
        lock(&self.core).done(record);
        Ok(())
    }

    /// Keeps a transaction that the chain did not take, for people.
    fn bury(&self, record: u64, signed: &SignedTx, receipt: &Receipt) -> Result<(), UplinkError> {
        let id = tx_id(&signed.tx);
        let rule = receipt.refusal.clone().unwrap_or_else(|| "unnamed".to_owned());
        error!(tx.id = %id, record, rule, "The chain refused transaction {id}: {rule}; it is in dead-letters.jsonl");
        let letter = json!({
            "what": "transaction", "record": record, "tx_id": id.to_string(), "nonce": signed.tx.nonce,
            "refusal": receipt.refusal, "detail": receipt.detail, "height": receipt.height,
            "tx": hex::encode(signed.to_bytes()),
        });
        self.write_letter(&letter)
    }

    /// Keeps a list that the server did not take.
    fn bury_list(&self, record: u64, signed: &SignedTx, deed: &Deed, why: &str) -> Result<(), UplinkError> {
        let id = tx_id(&signed.tx);
        error!(tx.id = %id, record, "The server refused the list of transaction {id}: {why}; it is in dead-letters.jsonl");
        let letter = json!({
            "what": "manifest", "record": record, "tx_id": id.to_string(), "detail": why,
            "manifests": deed.manifests(id),
        });
        self.write_letter(&letter)
    }

    fn write_letter(&self, letter: &serde_json::Value) -> Result<(), UplinkError> {
        files::append_line(&self.dead_letters, &letter.to_string())
            .map_err(|source| UplinkError::DeadLetters { path: self.dead_letters.clone(), source })
    }
}

/// The core. A panic elsewhere while it was held has changed nothing that the disk does not know.
pub fn lock(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    core.lock().unwrap_or_else(PoisonError::into_inner)
}
