//! Starts that do not begin where the last one ended: an application that forgot blocks which it had acknowledged, and one that
//! begins in the middle of the chain.
//!
//! ```text
//! application executed  <  acknowledged      it lost what was durable: the engine gives those blocks again, from its own storage
//! application executed  >= acknowledged      as after any crash
//! application executed  >  0, no storage     it was taken from a snapshot: the engine begins at a finalization that the
//!                                            application brings (`Config::floor`), and not at the genesis
//! ```
//! The first tells damage from a torn write: a record that a crash cut off was never acknowledged, so what is missing although
//! it was acknowledged was damaged afterwards. The engine's storage and the application's are different files; damage that
//! hits both names the block and stops the node.

use crate::{EngineError, StateMachine, committee::Members, engine::Mailbox, scheme::Scheme, wiring::Context};
use bytes::Bytes;
use commonware_codec::{Copying, Decode as _, Encode as _};
use commonware_consensus::{Epochable as _, simplex::types::Finalization, types::Height};
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_parallel::Sequential;
use std::time::Duration;

/// How long the engine may take to read one block from its disk.
const READ_WAIT_MAX: Duration = Duration::from_secs(30);

/// The finalization at which the engine begins, and its epoch.
pub(crate) struct Floor {
    pub finalization: Finalization<Scheme, Digest>,
    pub epoch: u64,
}

impl Floor {
    /// Reads an encoded finalization.
    pub fn read(bytes: &[u8]) -> Result<Self, EngineError> {
        let limits = Scheme::certificate_codec_config_unbounded();
        let read = Finalization::<Scheme, Digest>::decode_cfg(Copying(bytes), &limits);
        let finalization = read.map_err(|error| EngineError::Floor { reason: error.to_string() })?;
        let epoch = finalization.epoch().get();
        Ok(Self { finalization, epoch })
    }

    /// Its signatures, by the validators of its epoch: the engine panics over others.
    pub fn check<E: Context>(&self, mut context: E, members: &Members) -> Result<(), EngineError> {
        let is_good = self.finalization.verify(&mut context, &members.scheme, &Sequential);
        if is_good { Ok(()) } else { Err(EngineError::Floor { reason: "the validators did not sign it".to_owned() }) }
    }
}

/// Gives the application again what it acknowledged and no longer has.
pub(crate) async fn give_again<E: Context>(
    context: &E,
    mailbox: &Mailbox,
    machine: &dyn StateMachine,
    acknowledged: Height,
) -> Result<(), EngineError> {
    let (Some(executed), acknowledged) = (machine.executed(), acknowledged.get()) else { return Ok(()) };
    if executed >= acknowledged {
        return Ok(());
    }
    tracing::error!(
        executed,
        acknowledged,
        "The ledger's store ends at block {executed} although block {acknowledged} was durable: its disk lost or damaged the \
         end of its log. Giving it the missing blocks again; check the disk"
    );
    for height in executed + 1..=acknowledged {
        let (block, certificate) = read(context, mailbox, height).await?;
        let taken = machine.finalized(block, certificate).await;
        taken.map_err(|error| EngineError::StateMachine { height, error })?;
    }
    tracing::info!(acknowledged, "The ledger's store is at block {acknowledged} again");
    Ok(())
}

async fn read<E: Context>(
    context: &E,
    mailbox: &Mailbox,
    height: u64,
) -> Result<(crate::Block, Option<Bytes>), EngineError> {
    let (at, mailbox) = (Height::new(height), mailbox.clone());
    let read = async move {
        let block = mailbox.get_block(at).await?.inner().share();
        let certificate = mailbox.get_finalization(at).await;
        Some((block, certificate.map(|it| it.encode())))
    };
    let answer = context.timeout(READ_WAIT_MAX, read).await;
    answer.map_err(|_| EngineError::StorageStalled { height })?.ok_or(EngineError::Forgotten { height })
}
