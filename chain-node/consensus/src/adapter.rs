//! Between commonware's traits and [`StateMachine`].

use crate::{Activity, Block, Misbehaviour, StateMachine, block::ChainBlock};
use bytes::Bytes;
use commonware_actor::Feedback;
use commonware_codec::Encode as _;
use commonware_consensus::{
    Application, Reporter, Viewable as _,
    marshal::{Update, ancestry::Ancestry},
    simplex::{
        scheme::ed25519::Scheme,
        types::{self as simplex, Attributable as _, Context},
    },
};
use commonware_cryptography::{
    Digested, Digestible as _, certificate::Scheme as _, ed25519::PublicKey, sha256::Digest,
};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Metrics, Spawner};
use commonware_utils::{Participant, acknowledgement::Exact, ordered::Quorum as _, sys_rng};
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

/// Watches the votes for contradictions.
#[derive(Clone)]
pub(crate) struct Auditor {
    pub machine: Arc<dyn StateMachine>,
    pub scheme: Scheme,
}

impl Auditor {
    fn evidence(
        &self,
        kind: Misbehaviour,
        signer: Participant,
        view: u64,
        activity: &simplex::Activity<Scheme, Digest>,
        evidence: Bytes,
    ) {
        // The engine reports votes as they came; only verified ones are evidence.
        if !activity.verify(&mut sys_rng(), &self.scheme, &Sequential) {
            return;
        }
        let Some(key) = self.scheme.participants().key(signer) else {
            return;
        };
        self.machine.activity(Activity::Misbehaviour { validator: key_bytes(key), kind, view, evidence });
    }
}

impl Reporter for Auditor {
    type Activity = simplex::Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        match &activity {
            simplex::Activity::ConflictingNotarize(it) => {
                self.evidence(Misbehaviour::ConflictingNotarize, it.signer(), it.view().get(), &activity, it.encode());
            }
            simplex::Activity::ConflictingFinalize(it) => {
                self.evidence(Misbehaviour::ConflictingFinalize, it.signer(), it.view().get(), &activity, it.encode());
            }
            simplex::Activity::NullifyFinalize(it) => {
                self.evidence(Misbehaviour::NullifyFinalize, it.signer(), it.view().get(), &activity, it.encode());
            }
            simplex::Activity::Nullification(it) => {
                self.machine.activity(Activity::Skipped { view: it.view().get() });
            }
            _ => {}
        }
        Feedback::Ok
    }
}

/// The 32 bytes of a key.
pub(crate) fn key_bytes(key: &PublicKey) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(key);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BoxFuture, FatalError};
    use commonware_codec::{Copying, DecodeExt as _};
    use commonware_consensus::types::{Epoch, Round, View};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
    use commonware_utils::{ordered::Set, sync::Mutex};
    use simplex::{ConflictingNotarize, Notarize, Proposal};

    /// Keeps what is reported; is never asked for blocks.
    #[derive(Default)]
    struct Witness(Mutex<Vec<Activity>>);

    impl StateMachine for Witness {
        fn propose(&self, _: Block) -> BoxFuture<'_, Option<Block>> {
            Box::pin(async { None })
        }
        fn verify(&self, _: Block, _: Block) -> BoxFuture<'_, bool> {
            Box::pin(async { false })
        }
        fn finalized(&self, _: Block, _: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>> {
            Box::pin(async { Ok(()) })
        }
        fn gossip(&self, _: [u8; 32], _: Bytes) {}
        fn activity(&self, activity: Activity) {
            self.0.lock().push(activity);
        }
    }

    fn key(seed: u8) -> PrivateKey {
        PrivateKey::decode(Copying(&[seed; 32])).expect("any seed is a key")
    }

    fn scheme(namespace: &[u8], seed: u8) -> Scheme {
        let keys = Set::from_iter_dedup([1, 2, 3, 4].map(|seed| key(seed).public_key()));
        Scheme::signer(namespace, keys, key(seed)).expect("a participant")
    }

    /// Votes of validator 3 for two blocks in view 7.
    fn conflict(namespace: &[u8]) -> simplex::Activity<Scheme, Digest> {
        let vote = |block| {
            let round = Round::new(Epoch::zero(), View::new(7));
            let proposal = Proposal::new(round, View::new(6), Digest([block; 32]));
            Notarize::sign(&scheme(namespace, 3), proposal).expect("a signer")
        };
        simplex::Activity::ConflictingNotarize(ConflictingNotarize::new(vote(1), vote(2)))
    }

    #[test]
    fn a_double_vote_is_reported_by_name_and_a_forged_one_is_not() {
        let machine = Arc::new(Witness::default());
        let mut auditor = Auditor { machine: machine.clone(), scheme: scheme(b"chain", 1) };
        auditor.report(conflict(b"another chain"));
        assert_eq!(*machine.0.lock(), vec![], "signatures for another chain prove nothing");
        auditor.report(conflict(b"chain"));
        let reported = machine.0.lock();
        let [Activity::Misbehaviour { validator, kind, view, evidence }] = &reported[..] else {
            panic!("reported {reported:?}")
        };
        assert_eq!(*validator, key_bytes(&key(3).public_key()));
        assert_eq!((*kind, *view), (Misbehaviour::ConflictingNotarize, 7));
        let read = ConflictingNotarize::<Scheme, Digest>::decode(evidence.clone()).expect("the engine's encoding");
        assert!(read.verify(&mut sys_rng(), &scheme(b"chain", 2), &Sequential), "a third party can check it");
    }
}
