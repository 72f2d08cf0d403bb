//! The checker that phones run (`tracelight_proof::certificate`) against the engine that makes certificates: on true
//! certificates, on thousands of damaged ones, and on signatures at the edges of ZIP-215, both must say the same.

#[expect(dead_code, reason = "the cluster is for the other test program")]
mod common;

use commonware_codec::{Copying, Decode as _, DecodeExt as _, Encode as _};
use commonware_consensus::{
    simplex::{
        scheme::ed25519::Scheme,
        types::{Finalization, Finalize, Proposal},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{
    Signer as _,
    ed25519::{PrivateKey, PublicKey},
    sha256::Digest,
};
use commonware_parallel::Sequential;
use commonware_utils::{TestRng, non_empty, ordered::Set};
use curve25519_dalek::{constants, edwards::EdwardsPoint, scalar::Scalar, traits::Identity as _};
use rand::{Rng as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha512};
use tracelight_proof::certificate::{CERTIFICATE_BYTES_MAX, Certificate, CertificateError, ValidatorSet};

const NAMESPACE: &[u8] = common::NAMESPACE;
const SEED: u64 = 0x7472_6163_656c;
const DAMAGED_PER_SIZE: usize = 10_000;

/// One chain's validators, as the engine and as the checker know them.
struct Alliance {
    signers: Vec<Scheme>,
    /// In the order in which certificates number them.
    seeds: Vec<[u8; 32]>,
    engine: Scheme,
    checker: ValidatorSet,
}

impl Alliance {
    fn new(count: u8) -> Self {
        let mut seeds: Vec<_> = (1..=count).map(|seed| [seed; 32]).collect();
        seeds.sort_by_key(common::public_key);
        let keys: Vec<_> = seeds.iter().map(common::public_key).collect();
        let participants = Set::from_iter_dedup(keys.iter().map(|key| PublicKey::decode(Copying(key)).expect("a key")));
        let signer = |seed: &[u8; 32]| {
            let key = PrivateKey::decode(Copying(seed)).expect("any seed is a key");
            assert!(keys.contains(&common::public_key(seed)) && participants.iter().any(|it| *it == key.public_key()));
            Scheme::signer(NAMESPACE, participants.clone(), key).expect("a participant")
        };
        Self {
            signers: seeds.iter().map(signer).collect(),
            engine: Scheme::verifier(NAMESPACE, participants.clone()),
            checker: ValidatorSet::new(&keys).expect("good keys"),
            seeds,
        }
    }

    fn count(&self) -> usize {
        self.signers.len()
    }

    /// A certificate as the engine makes it, signed by `signers`.
    fn certificate(&self, proposal: &Proposal<Digest>, signers: &[usize]) -> Vec<u8> {
        let vote = |signer: &usize| Finalize::sign(&self.signers[*signer], proposal.clone()).expect("a signer");
        let votes: Vec<Finalize<Scheme, Digest>> = signers.iter().map(vote).collect();
        let certificate = Finalization::from_finalizes(&self.engine, non_empty![@votes.iter()], &Sequential);
        certificate.expect("a quorum").encode().to_vec()
    }

    fn engine_accepts(&self, bytes: &[u8], block: &Digest) -> bool {
        let decoded = Finalization::<Scheme, Digest>::decode_cfg(Copying(bytes), &self.count());
        let verified = |it: Finalization<Scheme, Digest>| {
            it.proposal.payload == *block && it.verify(&mut TestRng::new(SEED), &self.engine, &Sequential)
        };
        decoded.is_ok_and(verified)
    }

    fn checker_says(&self, bytes: &[u8], block: &Digest) -> Result<Vec<usize>, CertificateError> {
        let certificate = Certificate::parse(bytes, &self.checker)?;
        assert_eq!(certificate.encode(&self.checker), bytes, "what was read has one encoding");
        let signers = certificate.verify(NAMESPACE, &self.checker, &block.0)?;
        Ok(signers.as_slice().to_vec())
    }

    /// The one verdict of both.
    #[track_caller]
    fn agree(&self, bytes: &[u8], block: &Digest, what: &str) -> Result<Vec<usize>, CertificateError> {
        let checker = self.checker_says(bytes, block);
        let engine = self.engine_accepts(bytes, block);
        assert_eq!(
            checker.is_ok(),
            engine,
            "{what}, {} validators: checker {checker:?}, bytes {bytes:02x?}",
            self.count()
        );
        checker
    }
}

fn proposal(rng: &mut ChaCha8Rng) -> Proposal<Digest> {
    // Numbers of all lengths, as varints go.
    let number = |rng: &mut ChaCha8Rng| rng.random::<u64>() >> rng.random_range(0..64);
    let (epoch, view, parent) = (number(rng), number(rng), number(rng));
    Proposal::new(Round::new(Epoch::new(epoch), View::new(view)), View::new(parent), Digest(rng.random()))
}

/// A random set of at least a quorum, ascending.
fn signers(rng: &mut ChaCha8Rng, alliance: &Alliance) -> Vec<usize> {
    let have = rng.random_range(alliance.checker.quorum()..=alliance.count());
    let mut signers = rand::seq::index::sample(rng, alliance.count(), have).into_vec();
    signers.sort_unstable();
    signers
}

/// Where the parts of a certificate begin.
struct Layout {
    bitmap: usize,
    count: usize,
    signatures: usize,
}

impl Layout {
    fn of(bytes: &[u8], alliance: &Alliance, signers: usize) -> Self {
        let signatures = bytes.len() - 64 * signers;
        let count = signatures - 1;
        Self { bitmap: count - alliance.count().div_ceil(8), count, signatures }
    }
}

/// One kind of damage, with a name for the report.
fn damage(
    rng: &mut ChaCha8Rng,
    good: &[u8],
    other: &[u8],
    alliance: &Alliance,
    signers: &[usize],
) -> (&'static str, Vec<u8>) {
    let at = Layout::of(good, alliance, signers.len());
    let mut bytes = good.to_vec();
    let signature = |index: usize| at.signatures + 64 * index..at.signatures + 64 * (index + 1);
    let any = |rng: &mut ChaCha8Rng| signature(rng.random_range(0..signers.len()));
    let what = match rng.random_range(0..14) {
        0 => {
            let bit = rng.random_range(0..bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            "one bit flipped"
        }
        1 => {
            let bit = rng.random_range(0..at.signatures * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            "one bit of proposal, bitmap or count flipped"
        }
        2 => {
            bytes.truncate(rng.random_range(0..bytes.len()));
            "cut short"
        }
        3 => {
            bytes.extend((0..rng.random_range(1..70)).map(|_| rng.random::<u8>()));
            "bytes appended"
        }
        4 => {
            let (a, b) = (any(rng), any(rng));
            bytes.copy_within(a, b.start);
            "a signature twice"
        }
        5 => {
            let (a, b) = (any(rng), any(rng));
            let (first, second) = (good[a.clone()].to_vec(), good[b.clone()].to_vec());
            bytes[a].copy_from_slice(&second);
            bytes[b].copy_from_slice(&first);
            "two signatures swapped"
        }
        6 => {
            let signer = *signers.choose(rng).expect("signers");
            bytes[at.bitmap + signer / 8] ^= 1 << (signer % 8);
            "a signer struck from the bitmap"
        }
        7 => {
            let (from, to) = (*signers.choose(rng).expect("signers"), rng.random_range(0..alliance.count()));
            bytes[at.bitmap + from / 8] &= !(1 << (from % 8));
            bytes[at.bitmap + to / 8] |= 1 << (to % 8);
            "a signer replaced in the bitmap"
        }
        8 => {
            let index = rng.random_range(0..signers.len());
            let signer = signers[index];
            bytes[at.bitmap + signer / 8] &= !(1 << (signer % 8));
            bytes[at.count] -= 1;
            bytes.drain(signature(index));
            "a signer left out correctly"
        }
        9 => {
            bytes[at.count] = bytes[at.count].wrapping_add(1);
            bytes.extend_from_within(any(rng));
            let signer = rng.random_range(0..alliance.count().div_ceil(8) * 8);
            bytes[at.bitmap + signer / 8] |= 1 << (signer % 8);
            "a signer added with somebody's signature"
        }
        10 => {
            bytes[at.bitmap - 1] = bytes[at.bitmap - 1].wrapping_add(if rng.random() { 1 } else { 255 });
            "a validator more or less"
        }
        11 => {
            let number = rng.random_range(0..2) * at.count;
            bytes[number] |= 0x80;
            bytes.insert(number + 1, 0);
            "a number in a longer form"
        }
        12 => {
            let range = any(rng);
            let from = Layout::of(other, alliance, signers.len()).signatures;
            bytes[range].copy_from_slice(&other[from..from + 64]);
            "a signature of another block"
        }
        _ => {
            let range = any(rng);
            add_group_order(&mut bytes[range.start + 32..range.end]);
            "a signature's scalar not reduced"
        }
    };
    (what, bytes)
}

/// Adds the order of the base point to a little-endian scalar: the same number modulo the order, in another form.
fn add_group_order(scalar: &mut [u8]) {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0u16;
    for (byte, add) in scalar.iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}

#[test]
fn both_accept_what_the_engine_makes() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    for count in [1, 4, 7, 16] {
        let alliance = Alliance::new(count);
        for _ in 0..25 {
            let (proposal, signers) = (proposal(&mut rng), signers(&mut rng, &alliance));
            let bytes = alliance.certificate(&proposal, &signers);
            assert!(bytes.len() <= CERTIFICATE_BYTES_MAX);
            assert_eq!(alliance.agree(&bytes, &proposal.payload, "untouched"), Ok(signers));
            let parsed = Certificate::parse(&bytes, &alliance.checker).expect("parsed before");
            assert_eq!(parsed.epoch(), proposal.round.epoch().get());
            assert_eq!(parsed.view(), proposal.round.view().get());
            assert_eq!(parsed.parent_view(), proposal.parent.get());
            let other = Digest(rng.random());
            assert_eq!(alliance.agree(&bytes, &other, "another block"), Err(CertificateError::WrongBlock));
            let elsewhere = parsed.verify(b"tracelight/consensus/v1/other", &alliance.checker, &proposal.payload.0);
            assert!(matches!(elsewhere, Err(CertificateError::BadSignature { .. })), "another chain: {elsewhere:?}");
        }
    }
}

#[test]
fn the_largest_certificate_fits_its_bound() {
    let alliance = Alliance::new(128);
    let far = View::new(u64::MAX);
    let proposal = Proposal::new(Round::new(Epoch::new(u64::MAX), far), far, Digest([7; 32]));
    let everybody: Vec<_> = (0..128).collect();
    let bytes = alliance.certificate(&proposal, &everybody);
    assert_eq!(bytes.len(), CERTIFICATE_BYTES_MAX);
    assert_eq!(alliance.agree(&bytes, &proposal.payload, "largest"), Ok(everybody));
}

#[test]
fn both_say_the_same_of_damaged_certificates() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    for count in [1, 4, 7, 16] {
        let alliance = Alliance::new(count);
        let (mut accepted, mut refused) = (0, 0);
        for round in 0..DAMAGED_PER_SIZE / 50 {
            let (one, two) = (proposal(&mut rng), proposal(&mut rng));
            let signers = signers(&mut rng, &alliance);
            let (good, other) = (alliance.certificate(&one, &signers), alliance.certificate(&two, &signers));
            for _ in 0..50 {
                let (what, bytes) = damage(&mut rng, &good, &other, &alliance, &signers);
                let verdict = alliance.agree(&bytes, &one.payload, what);
                match verdict {
                    Ok(_) => accepted += 1,
                    Err(_) => refused += 1,
                }
                if bytes != good && verdict.is_ok() {
                    assert_eq!(what, "a signer left out correctly", "round {round} of seed {SEED:#x}");
                }
            }
        }
        println!("{count} validators: {refused} damaged certificates refused, {accepted} still good");
        assert!(refused > DAMAGED_PER_SIZE / 2, "the damage does damage");
    }
}

#[test]
fn both_say_the_same_of_noise() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let alliance = Alliance::new(4);
    for _ in 0..2000 {
        let length = rng.random_range(0..400);
        let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
        let verdict = alliance.agree(&bytes, &Digest([0; 32]), "noise");
        assert!(verdict.is_err());
    }
}

/// The secret scalar and the public key of a seed (RFC 8032).
fn expand(seed: &[u8; 32]) -> (Scalar, [u8; 32]) {
    let hash = Sha512::digest(seed);
    let mut low = [0; 32];
    low.copy_from_slice(&hash[..32]);
    let secret = Scalar::from_bytes_mod_order(curve25519_dalek::scalar::clamp_integer(low));
    (secret, EdwardsPoint::mul_base(&secret).compress().to_bytes())
}

/// What a validator signs, written down independently of the checker.
fn message(proposal: &Proposal<Digest>) -> Vec<u8> {
    let tag = [NAMESPACE, b"_FINALIZE"].concat();
    let mut message = vec![u8::try_from(tag.len()).expect("short")];
    message.extend_from_slice(&tag);
    message.extend_from_slice(&proposal.encode());
    message
}

/// A signature with a chosen encoding of `R = nonce * B + torsion`.
fn edge_signature(seed: &[u8; 32], message: &[u8], nonce: Scalar, r_bytes: [u8; 32]) -> [u8; 64] {
    let (secret, public) = expand(seed);
    let hash = Sha512::new().chain_update(r_bytes).chain_update(public).chain_update(message);
    let challenge = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r_bytes);
    signature[32..].copy_from_slice(&(nonce + challenge * secret).to_bytes());
    signature
}

#[test]
fn both_follow_zip_215_at_its_edges() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let alliance = Alliance::new(4);
    let nonce = Scalar::from_bytes_mod_order(rng.random());
    let with_torsion =
        |torsion: &EdwardsPoint| (nonce, (EdwardsPoint::mul_base(&nonce) + torsion).compress().to_bytes());
    // R outside the prime-order group; R the neutral point in all its encodings, canonical or not.
    let mut edges: Vec<(Scalar, [u8; 32])> = constants::EIGHT_TORSION.iter().map(with_torsion).collect();
    edges.extend(constants::EIGHT_TORSION.iter().map(|torsion| (Scalar::ZERO, torsion.compress().to_bytes())));
    let mut non_canonical_neutral = [0xff; 32];
    non_canonical_neutral[0] = 0xee;
    let neutral = EdwardsPoint::identity().compress().to_bytes();
    for mut bytes in [neutral, non_canonical_neutral] {
        for sign in [0, 0x80] {
            bytes[31] = (bytes[31] & 0x7f) | sign;
            edges.push((Scalar::ZERO, bytes));
        }
    }
    for (nonce, r_bytes) in edges {
        let proposal = proposal(&mut rng);
        let mut bytes = alliance.certificate(&proposal, &[0, 1, 2]);
        let at = bytes.len() - 64;
        bytes[at..].copy_from_slice(&edge_signature(&alliance.seeds[2], &message(&proposal), nonce, r_bytes));
        let verdict = alliance.agree(&bytes, &proposal.payload, "edge of ZIP-215");
        assert_eq!(verdict, Ok(vec![0, 1, 2]), "R = {r_bytes:02x?}");
        bytes[at + 32] ^= 1;
        let verdict = alliance.agree(&bytes, &proposal.payload, "edge of ZIP-215 with a wrong scalar");
        assert_eq!(verdict, Err(CertificateError::BadSignature { signer: 2 }));
    }
}
