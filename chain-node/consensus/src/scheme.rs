//! The node's key, in memory or held by somebody else, and the votes signed with it.
//!
//! commonware's ed25519 scheme wants the private key in memory. [`Scheme`] is the same scheme with the same bytes on the wire and on
//! disk (signatures, certificates, messages signed), of which only the signing can be somebody else's: a PKCS#11
//! token by [`ValidatorKey`]. What commonware checks, it checks here as there.
//!
//! A key that does not sign, or not in time, costs a vote: the node abstains in this view, which is safe, and the others decide without
//! it. A handshake that it does not sign is answered with bytes that no peer accepts, so there is no connection. Both are tried again
//! by themselves, in the next view and at the next dial. Whoever implements [`ValidatorKey`] says aloud why it did not sign.
//!
//! Signing blocks the task that votes. With a key held elsewhere the runtime is told so (`block_in_place`), and moves its other tasks to
//! another thread meanwhile.

use commonware_codec::{Copying, DecodeExt as _, Read};
use commonware_consensus::simplex::{scheme::Namespace, types::Subject};
use commonware_cryptography::{
    Digest, Signer,
    certificate::{
        self, AssemblyError, Attestation, Membership, Subject as _, Verification, Verifier, verify_then_assemble,
    },
    ed25519::{
        PrivateKey, PublicKey, Signature,
        certificate::{Certificate, Generic},
    },
};
use commonware_math::algebra::Random;
use commonware_parallel::Strategy;
use commonware_utils::{
    N3f1, Participant,
    iter::NonEmpty,
    ordered::{Quorum as _, Set},
};
use rand_core::CryptoRng;
use std::{fmt, sync::Arc};
use tokio::runtime::{Handle, RuntimeFlavor};
use zeroize::Zeroizing;

/// What no key accepts: its `s` is not below the group's order.
const NO_SIGNATURE: [u8; 64] = [0xff; 64];

/// A key that somebody else holds. Its methods may block for as long as a vote is worth waiting for; each signs under
/// `length of namespace varint | namespace | message`, Ed25519.
pub trait ValidatorKey: Send + Sync + 'static {
    /// Its public half.
    fn public_key(&self) -> [u8; 32];

    /// Whether signing may block for longer than a computation.
    fn may_wait(&self) -> bool;

    /// Signs a vote. `None`: this node abstains.
    fn sign_vote(&self, namespace: &[u8], vote: &[u8]) -> Option<[u8; 64]>;

    /// Signs the hash of a handshake, under the empty namespace. `None`: there will be no connection.
    fn sign_handshake(&self, transcript: &[u8; 32]) -> Option<[u8; 64]>;
}

/// The key with which a node votes and connects.
pub enum Key {
    /// Here: its ed25519 seed (RFC 8032).
    Seed(Zeroizing<[u8; 32]>),
    /// Elsewhere.
    Held(Arc<dyn ValidatorKey>),
}

impl From<[u8; 32]> for Key {
    fn from(seed: [u8; 32]) -> Self {
        Self::Seed(Zeroizing::new(seed))
    }
}

/// A [`Key`] that has a public half.
#[derive(Clone)]
pub(crate) enum Identity {
    Memory(PrivateKey),
    Held { key: Arc<dyn ValidatorKey>, public: PublicKey },
}

impl Identity {
    /// `None`: its public half is not a point of the curve.
    pub fn new(key: Key) -> Option<Self> {
        match key {
            Key::Seed(seed) => PrivateKey::decode(Copying(&seed[..])).ok().map(Self::Memory),
            Key::Held(key) => {
                let public = PublicKey::decode(Copying(&key.public_key())).ok()?;
                Some(Self::Held { key, public })
            }
        }
    }

    fn sign_vote(&self, namespace: &[u8], vote: &[u8]) -> Option<Signature> {
        match self {
            Self::Memory(key) => Some(key.sign(namespace, vote)),
            Self::Held { key, .. } => waiting(&**key, || key.sign_vote(namespace, vote)).map(signature),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.public_key())
    }
}

impl Random for Identity {
    fn random(rng: impl CryptoRng) -> Self {
        Self::Memory(PrivateKey::random(rng))
    }
}

/// As which the node connects. Votes go through [`Scheme`].
impl Signer for Identity {
    type Signature = Signature;
    type PublicKey = PublicKey;

    fn public_key(&self) -> PublicKey {
        match self {
            Self::Memory(key) => key.public_key(),
            Self::Held { public, .. } => public.clone(),
        }
    }

    fn sign(&self, namespace: &[u8], message: &[u8]) -> Signature {
        match self {
            Self::Memory(key) => key.sign(namespace, message),
            Self::Held { key, .. } => {
                // The handshake is all that commonware signs outside of a scheme: a hash under no namespace.
                let transcript = <&[u8; 32]>::try_from(message).ok().filter(|_| namespace.is_empty());
                let signed = transcript.and_then(|transcript| waiting(&**key, || key.sign_handshake(transcript)));
                signature(signed.unwrap_or(NO_SIGNATURE))
            }
        }
    }
}

fn signature(bytes: [u8; 64]) -> Signature {
    Signature::decode(Copying(&bytes)).expect("any 64 bytes are read as a signature; checking it is another thing")
}

/// Tells the runtime that this thread will be waiting, if it may.
fn waiting<T>(key: &dyn ValidatorKey, work: impl FnOnce() -> T) -> T {
    if !key.may_wait() {
        return work();
    }
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// commonware's `simplex::scheme::ed25519::Scheme`, but for who signs.
#[derive(Clone, Debug)]
pub(crate) struct Scheme {
    /// Checks. Its own signer is never set.
    generic: Generic<Namespace>,
    /// Signs, at this place among the participants.
    own: Option<(Participant, Identity)>,
}

impl Scheme {
    /// Signs and checks. `None`: the key is not a participant's.
    pub fn signer(namespace: &[u8], participants: Set<PublicKey>, key: Identity) -> Option<Self> {
        let index = participants.index(&key.public_key())?;
        Some(Self { generic: Generic::verifier(namespace, participants), own: Some((index, key)) })
    }

    /// Only checks.
    pub fn verifier(namespace: &[u8], participants: Set<PublicKey>) -> Self {
        Self { generic: Generic::verifier(namespace, participants), own: None }
    }
}

impl Verifier for Scheme {
    type Subject<'a, D: Digest> = Subject<'a, D>;
    type Faults = N3f1;
    type PublicKey = PublicKey;
    type Certificate = Certificate;

    fn verify_certificate<R: CryptoRng, D: Digest>(
        &self,
        rng: &mut R,
        subject: Subject<'_, D>,
        certificate: &Certificate,
        strategy: &impl Strategy,
    ) -> bool {
        self.generic.verify_certificate::<Self, _>(rng, subject, certificate, strategy)
    }

    fn verify_certificates<'a, R, D, I>(&self, rng: &mut R, certificates: NonEmpty<I>, strategy: &impl Strategy) -> bool
    where
        R: CryptoRng,
        D: Digest,
        I: Iterator<Item = (Subject<'a, D>, &'a Certificate)>,
    {
        self.generic.verify_certificates::<Self, _, _, _>(rng, certificates, strategy)
    }

    fn is_batchable() -> bool {
        Generic::<Namespace>::is_batchable()
    }

    fn max_certificate_size(participants: u32) -> usize {
        Generic::<Namespace>::max_certificate_size(participants)
    }

    fn certificate_codec_config(&self) -> <Certificate as Read>::Cfg {
        self.generic.certificate_codec_config()
    }

    fn certificate_codec_config_unbounded() -> <Certificate as Read>::Cfg {
        Generic::<Namespace>::certificate_codec_config_unbounded()
    }
}

impl certificate::Scheme for Scheme {
    type Signature = Signature;

    fn me(&self) -> Option<Membership> {
        self.own.as_ref().map(|(index, _)| Membership::Signer(*index))
    }

    fn participants(&self) -> &Set<PublicKey> {
        &self.generic.participants
    }

    fn sign<D: Digest>(&self, subject: Subject<'_, D>) -> Option<Attestation<Self>> {
        let (index, key) = self.own.as_ref()?;
        let signature = key.sign_vote(subject.namespace(&self.generic.namespace), &subject.message())?;
        Some(Attestation { signer: *index, signature: signature.into() })
    }

    fn verify_attestation<R: CryptoRng, D: Digest>(
        &self,
        _rng: &mut R,
        subject: Subject<'_, D>,
        attestation: &Attestation<Self>,
        _strategy: &impl Strategy,
    ) -> bool {
        self.generic.verify_attestation(subject, attestation)
    }

    fn verify_attestations<R, D, I>(
        &self,
        rng: &mut R,
        subject: Subject<'_, D>,
        attestations: I,
        strategy: &impl Strategy,
    ) -> Verification<Self>
    where
        R: CryptoRng,
        D: Digest,
        I: IntoIterator<Item = Attestation<Self>>,
        I::IntoIter: Send,
    {
        self.generic.verify_attestations(rng, subject, attestations, strategy)
    }

    fn optimistic_assemble<'a, R, D, I, J>(
        &self,
        rng: &mut R,
        subject: Subject<'_, D>,
        pending: I,
        verified: J,
        strategy: &impl Strategy,
    ) -> Result<Certificate, Verification<Self>>
    where
        R: CryptoRng,
        D: Digest,
        I: IntoIterator<Item = Attestation<Self>>,
        I::IntoIter: ExactSizeIterator + Send,
        J: IntoIterator<Item = &'a Attestation<Self>>,
        J::IntoIter: Send,
    {
        verify_then_assemble::<Self, _, D, _, _>(self, rng, subject, pending, verified, strategy)
    }

    fn assemble<I>(&self, attestations: NonEmpty<I>, _strategy: &impl Strategy) -> Result<Certificate, AssemblyError>
    where
        I: Iterator<Item = Attestation<Self>> + Send,
    {
        self.generic.assemble::<Self, _>(attestations)
    }

    fn is_attributable() -> bool {
        Generic::<Namespace>::is_attributable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonware_codec::{Decode as _, Encode as _};
    use commonware_consensus::{
        simplex::{
            scheme::ed25519::Scheme as Theirs,
            types::{Finalization, Finalize, Nullify, Proposal},
        },
        types::{Epoch, Round, View},
    };
    use commonware_cryptography::{Verifier as _, certificate::Scheme as _, sha256};
    use commonware_parallel::Sequential;
    use commonware_utils::{non_empty, sys_rng, union_unique};
    use std::sync::atomic::{AtomicBool, Ordering};

    const NAMESPACE: &[u8] = b"tracelight/consensus/v1/test";

    /// A key elsewhere, which may be away.
    struct Elsewhere(PrivateKey, AtomicBool);

    impl Elsewhere {
        fn signed(&self, namespace: &[u8], message: &[u8]) -> Option<[u8; 64]> {
            let here = self.1.load(Ordering::Relaxed);
            here.then(|| self.0.sign(namespace, message).as_ref().try_into().expect("64 bytes"))
        }
    }

    impl ValidatorKey for Elsewhere {
        fn public_key(&self) -> [u8; 32] {
            crate::adapter::key_bytes(&self.0.public_key())
        }
        fn may_wait(&self) -> bool {
            true
        }
        fn sign_vote(&self, namespace: &[u8], vote: &[u8]) -> Option<[u8; 64]> {
            self.signed(namespace, vote)
        }
        fn sign_handshake(&self, transcript: &[u8; 32]) -> Option<[u8; 64]> {
            self.signed(b"", transcript)
        }
    }

    fn private(seed: u8) -> PrivateKey {
        PrivateKey::decode(Copying(&[seed; 32])).expect("any seed is a key")
    }

    fn keys() -> Set<PublicKey> {
        Set::from_iter_dedup([1, 2, 3, 4].map(|seed| private(seed).public_key()))
    }

    fn elsewhere(seed: u8) -> (Arc<Elsewhere>, Identity) {
        let key = Arc::new(Elsewhere(private(seed), AtomicBool::new(true)));
        (key.clone(), Identity::new(Key::Held(key)).expect("a key"))
    }

    fn proposal() -> Proposal<sha256::Digest> {
        Proposal::new(Round::new(Epoch::new(3), View::new(7)), View::new(6), sha256::Digest([5; 32]))
    }

    #[test]
    fn votes_and_certificates_have_the_bytes_of_commonwares_own_scheme() {
        let theirs = |seed| Theirs::signer(NAMESPACE, keys(), private(seed)).expect("a participant");
        let ours = |seed, held: bool| {
            let identity = if held { elsewhere(seed).1 } else { Identity::new([seed; 32].into()).expect("a key") };
            Scheme::signer(NAMESPACE, keys(), identity).expect("a participant")
        };
        let expected: Vec<_> = [1, 2, 3].map(|seed| Finalize::sign(&theirs(seed), proposal()).expect("signs")).into();
        let certificate = Finalization::from_finalizes(&theirs(1), non_empty![@expected.iter()], &Sequential);
        let certificate = certificate.expect("a quorum").encode();
        for held in [[false; 3], [true; 3], [true, false, true]] {
            let vote = |(seed, held)| Finalize::sign(&ours(seed, held), proposal()).expect("signs");
            let votes: Vec<_> = [1, 2, 3].into_iter().zip(held).map(vote).collect();
            for (ours, theirs) in votes.iter().zip(&expected) {
                assert_eq!(ours.encode(), theirs.encode());
            }
            let ours = Finalization::from_finalizes(&ours(1, false), non_empty![@votes.iter()], &Sequential);
            assert_eq!(ours.expect("a quorum").encode(), certificate);
        }
        let read = Finalization::<Scheme, sha256::Digest>::decode_cfg(certificate.clone(), &4).expect("the same form");
        assert!(read.verify(&mut sys_rng(), &Scheme::verifier(NAMESPACE, keys()), &Sequential));
        assert!(!read.verify(&mut sys_rng(), &Scheme::verifier(b"another", keys()), &Sequential));
        let nullify = |scheme: &Scheme| Nullify::sign::<sha256::Digest>(scheme, proposal().round).map(|it| it.encode());
        assert_eq!(nullify(&ours(2, true)), nullify(&ours(2, false)));
        assert_eq!(Theirs::max_certificate_size(128), Scheme::max_certificate_size(128));
    }

    #[test]
    fn a_key_that_is_away_abstains_and_connects_to_nobody() {
        let (key, identity) = elsewhere(2);
        let scheme = Scheme::signer(NAMESPACE, keys(), identity.clone()).expect("a participant");
        assert!(Finalize::sign(&scheme, proposal()).is_some());
        let public = private(2).public_key();
        let hello = identity.sign(b"", &[9; 32]);
        assert!(public.verify(b"", &[9; 32], &hello));
        assert_eq!(hello.as_ref(), private(2).sign(b"", &[9; 32]).as_ref(), "as a key in memory signs it");
        assert_eq!(union_unique(b"", &[9; 32])[0], 0, "what is signed begins with no namespace");
        key.1.store(false, Ordering::Relaxed);
        assert!(Finalize::sign(&scheme, proposal()).is_none());
        assert!(scheme.me().is_some(), "it is still a validator");
        assert!(!public.verify(b"", &[9; 32], &identity.sign(b"", &[9; 32])));
        key.1.store(true, Ordering::Relaxed);
        assert!(!public.verify(b"a namespace", &[9; 32], &identity.sign(b"a namespace", &[9; 32])), "only handshakes");
    }

    #[test]
    fn a_key_that_is_no_participants_has_no_place() {
        assert!(Scheme::signer(NAMESPACE, keys(), elsewhere(9).1).is_none());
        assert!(Scheme::verifier(NAMESPACE, keys()).me().is_none());
    }
}
