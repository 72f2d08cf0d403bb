//! Hands final blocks to the application, one at a time, and acknowledges each when the application has it.

use crate::{EngineError, StateMachine, adapter::Delivery, engine::Mailbox};
use bytes::Bytes;
use commonware_codec::Encode as _;
use commonware_consensus::types::Height;
use commonware_utils::Acknowledgement as _;
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// How long the engine may take to read one certificate from its disk. Longer means that the disk hangs.
const CERTIFICATE_WAIT_MAX: Duration = Duration::from_secs(30);

/// Runs until the application or the engine fails; reports the failure and then waits to be dropped with everything else.
pub(crate) async fn deliver(
    mut deliveries: mpsc::Receiver<Delivery>,
    mailbox: Mailbox,
    machine: Arc<dyn StateMachine>,
    failed: oneshot::Sender<EngineError>,
) {
    while let Some((digested, ack)) = deliveries.recv().await {
        let block = digested.inner().share();
        let height = block.height();
        // Everybody knows the genesis.
        if height == 0 {
            ack.acknowledge();
            continue;
        }
        let outcome = match own_certificate(&mailbox, height).await {
            Ok(certificate) => {
                machine.finalized(block, certificate).await.map_err(|error| EngineError::StateMachine { height, error })
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => ack.acknowledge(),
            Err(error) => {
                let _ = failed.send(error);
                // Keeping `ack` keeps marshal from panicking over a lost acknowledgement while the engine is stopped.
                return pending().await;
            }
        }
    }
}

/// The finalization of exactly the block at this height, if this node has one.
async fn own_certificate(mailbox: &Mailbox, height: u64) -> Result<Option<Bytes>, EngineError> {
    let at = Height::new(height);
    let read = async {
        if let Some(finalization) = mailbox.get_finalization(at).await {
            return Some(finalization.encode());
        }
        // A closed mailbox also answers "none". The block itself is surely stored, so no answer for it means that the engine
        // is stopping, and the block comes again after the next start.
        if mailbox.get_info(at).await.is_none() {
            return pending().await;
        }
        None
    };
    let answer = timeout(CERTIFICATE_WAIT_MAX, read).await;
    answer.map_err(|_| EngineError::StorageStalled { height })
}
