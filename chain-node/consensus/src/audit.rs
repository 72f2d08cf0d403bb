//! Watches the votes of an epoch: contradictions of others, and votes in this node's own name.

use crate::{
    Activity, Misbehaviour, StateMachine,
    adapter::key_bytes,
    own_key::{OwnVotes, Vote},
    scheme::Scheme,
};
use bytes::Bytes;
use commonware_actor::Feedback;
use commonware_codec::Encode as _;
use commonware_consensus::{
    Reporter, Viewable as _,
    simplex::types::{self as simplex, Attributable as _},
};
use commonware_cryptography::{certificate::Scheme as _, ed25519::PublicKey, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_utils::{Participant, ordered::Quorum as _, sync::Mutex, sys_rng};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Watches one epoch.
#[derive(Clone)]
pub(crate) struct Auditor {
    machine: Arc<dyn StateMachine>,
    scheme: Scheme,
    own: Option<Own>,
}

/// What only a node that votes watches.
#[derive(Clone)]
struct Own {
    me: Participant,
    votes: Arc<Mutex<OwnVotes>>,
    /// Told the view of a vote in this node's name that it did not cast. The first is enough.
    alarm: mpsc::Sender<u64>,
}

impl Auditor {
    /// `votes_as` is this node's key, if it votes in the epoch.
    pub fn new(
        machine: Arc<dyn StateMachine>,
        scheme: Scheme,
        votes_as: Option<&PublicKey>,
        alarm: mpsc::Sender<u64>,
    ) -> Self {
        let me = votes_as.and_then(|key| scheme.participants().index(key));
        Self { machine, scheme, own: me.map(|me| Own { me, votes: Arc::default(), alarm }) }
    }

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
        if let Some(own) = self.own.as_ref().filter(|own| own.me == signer) {
            let _ = own.alarm.try_send(view);
        }
    }

    /// Votes of this node's key, cast by it or counted in a certificate (which the engine has verified).
    fn watch_own(&self, activity: &simplex::Activity<Scheme, Digest>) {
        let Some(own) = &self.own else { return };
        let vote = |signer, view, vote| (own.me == signer).then(|| own.votes.lock().cast(view, vote)).flatten();
        let counted =
            |certificate: &<Scheme as commonware_cryptography::certificate::Verifier>::Certificate, view, vote| {
                let signed = certificate.signers.iter().any(|signer| signer == own.me);
                signed.then(|| own.votes.lock().counted(view, vote)).flatten()
            };
        let strange = match activity {
            simplex::Activity::Notarize(it) => vote(it.signer(), it.view().get(), Vote::Notarize(it.proposal.payload)),
            simplex::Activity::Finalize(it) => vote(it.signer(), it.view().get(), Vote::Finalize(it.proposal.payload)),
            simplex::Activity::Nullify(it) => vote(it.signer(), it.view().get(), Vote::Nullify),
            simplex::Activity::Notarization(it) => {
                counted(&it.certificate, it.view().get(), Vote::Notarize(it.proposal.payload))
            }
            simplex::Activity::Finalization(it) => {
                counted(&it.certificate, it.view().get(), Vote::Finalize(it.proposal.payload))
            }
            simplex::Activity::Nullification(it) => counted(&it.certificate, it.view().get(), Vote::Nullify),
            _ => None,
        };
        if let Some(view) = strange {
            let _ = own.alarm.try_send(view);
        }
    }
}

impl Reporter for Auditor {
    type Activity = simplex::Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        self.watch_own(&activity);
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
            simplex::Activity::Finalization(it) => self.machine.certified(it.proposal.payload.0, it.encode()),
            _ => {}
        }
        Feedback::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Block, BoxFuture, Committee, FatalError};
    use commonware_codec::{Copying, DecodeExt as _};
    use commonware_consensus::types::{Epoch, Round, View};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
    use commonware_utils::{non_empty, ordered::Set};
    use simplex::{ConflictingNotarize, Notarization, Notarize, Proposal};

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
        fn certified(&self, _: [u8; 32], _: Bytes) {}
        fn finalized(&self, _: Block, _: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>> {
            Box::pin(async { Ok(()) })
        }
        fn committee(&self, _: u64) -> BoxFuture<'_, Result<Committee, FatalError>> {
            Box::pin(async { Err(FatalError::new("not asked")) })
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
        let own = crate::scheme::Identity::new([seed; 32].into()).expect("any seed is a key");
        Scheme::signer(namespace, keys, own).expect("a participant")
    }

    fn vote(namespace: &[u8], seed: u8, view: u64, block: u8) -> Notarize<Scheme, Digest> {
        let round = Round::new(Epoch::zero(), View::new(view));
        let proposal = Proposal::new(round, View::new(view - 1), Digest([block; 32]));
        Notarize::sign(&scheme(namespace, seed), proposal).expect("a signer")
    }

    /// Votes of validator 3 for two blocks in view 7.
    fn conflict(namespace: &[u8]) -> simplex::Activity<Scheme, Digest> {
        simplex::Activity::ConflictingNotarize(ConflictingNotarize::new(
            vote(namespace, 3, 7, 1),
            vote(namespace, 3, 7, 2),
        ))
    }

    fn notarization(view: u64, block: u8) -> simplex::Activity<Scheme, Digest> {
        let votes: Vec<_> = [1, 2, 3].map(|seed| vote(b"chain", seed, view, block)).into();
        let certificate = Notarization::from_notarizes(&scheme(b"chain", 1), non_empty![@votes.iter()], &Sequential);
        simplex::Activity::Notarization(certificate.expect("a quorum"))
    }

    #[test]
    fn a_double_vote_is_reported_by_name_and_a_forged_one_is_not() {
        let machine = Arc::new(Witness::default());
        let (alarm, _alarms) = mpsc::channel(1);
        let mut auditor = Auditor::new(machine.clone(), scheme(b"chain", 1), Some(&key(1).public_key()), alarm);
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

    #[test]
    fn only_the_owner_of_a_key_is_alarmed_by_its_use_elsewhere() {
        for (own, alarmed) in [(3, true), (4, false)] {
            let (alarm, mut alarms) = mpsc::channel(1);
            let votes_as = key(own).public_key();
            let machine = Arc::new(Witness::default());
            let mut auditor = Auditor::new(machine, scheme(b"chain", own), Some(&votes_as), alarm);
            auditor.report(simplex::Activity::Notarize(vote(b"chain", own, 7, 1)));
            // Somebody voted for block 2 with the keys of 1, 2 and 3.
            auditor.report(notarization(7, 2));
            assert!(alarms.try_recv().is_err());
            auditor.report(simplex::Activity::Notarize(vote(b"chain", own, 8, 3)));
            assert_eq!(alarms.try_recv().ok(), alarmed.then_some(7));
        }
    }
}
