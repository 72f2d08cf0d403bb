//! Between commonware's traits and [`StateMachine`].

use crate::{Activity, Block, StateMachine, chain_block::ChainBlock, scheme::Scheme};
use commonware_actor::Feedback;
use commonware_consensus::{
    Application, Reporter,
    marshal::{Update, ancestry::Ancestry},
    simplex::types::Context,
};
use commonware_cryptography::{Digested, Digestible as _, ed25519::PublicKey, sha256::Digest};
use commonware_runtime::{Clock, Metrics, Spawner};
use commonware_utils::acknowledgement::Exact;
use futures::{StreamExt as _, future::pending};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What commonware asks while it agrees on the next block.
#[derive(Clone)]
pub(crate) struct Builder {
    pub machine: Arc<dyn StateMachine>,
    pub block_bytes_max: usize,
}

impl<E: Clock + Spawner + Metrics> Application<E> for Builder {
    type SigningScheme = Scheme;
    type Context = Context<Digest, PublicKey>;
    type Block = ChainBlock;
    type Input = ();

    async fn propose(
        &mut self,
        _context: (E, Self::Context),
        mut ancestry: impl Ancestry<ChainBlock>,
        _input: (),
    ) -> Option<Digested<ChainBlock>> {
        let parent = ancestry.next().await?.inner().share();
        let block = self.machine.propose(parent.clone()).await?;
        if let Err(fault) = follows(&parent, &block) {
            tracing::error!(height = parent.height() + 1, "Not proposing the application's block: {fault}");
            return None;
        }
        match ChainBlock::new(block, self.block_bytes_max) {
            Ok(block) => {
                let digest = block.digest();
                Some(Digested::precomputed(block, digest))
            }
            Err(fault) => {
                tracing::error!(height = parent.height() + 1, "Not proposing the application's block: {fault}");
                None
            }
        }
    }

    async fn verify(&mut self, _context: (E, Self::Context), mut ancestry: impl Ancestry<ChainBlock>) -> bool {
        let (Some(block), Some(parent)) = (ancestry.next().await, ancestry.next().await) else {
            // The ancestors are not to be had, which says nothing about the block; the engine drops this future.
            return pending().await;
        };
        let (parent, block) = (parent.inner().share(), block.inner().share());
        self.machine.verify(parent, block).await
    }
}

/// What commonware would check of our own block only by stopping the process.
fn follows(parent: &Block, block: &Block) -> Result<(), &'static str> {
    if Some(block.height()) != parent.height().checked_add(1) {
        return Err("its height is not that of its parent plus one");
    }
    if block.parent() != parent.id() {
        return Err("its parent id is not the id of the parent");
    }
    Ok(())
}

/// A final block on its way to the application, and what tells the engine that it arrived.
pub(crate) type Delivery = (Digested<ChainBlock>, Exact);

/// Receives final blocks from marshal, in order.
#[derive(Clone)]
pub(crate) struct Finalized {
    pub machine: Arc<dyn StateMachine>,
    /// As long as the number of unacknowledged blocks that marshal allows, so it is never full.
    pub deliveries: mpsc::Sender<Delivery>,
}

impl Reporter for Finalized {
    type Activity = Update<ChainBlock>;

    fn report(&mut self, update: Self::Activity) -> Feedback {
        match update {
            Update::Tip(round, height, _) => {
                self.machine.activity(Activity::Tip { height: height.get(), view: round.view().get() });
                Feedback::Ok
            }
            // A refused delivery drops the acknowledgement, which stops marshal: no block is ever passed over.
            Update::Block(block, ack) => match self.deliveries.try_send((block, ack)) {
                Ok(()) => Feedback::Ok,
                Err(_) => Feedback::Closed,
            },
        }
    }
}

/// The 32 bytes of a key.
pub(crate) fn key_bytes(key: &PublicKey) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(key);
    bytes
}
