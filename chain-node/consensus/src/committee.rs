//! The validators of an epoch: what the application says of them, and the same in the engine's types.

use crate::{config::Checked, scheme::Scheme};
use commonware_codec::{Copying, DecodeExt as _};
use commonware_consensus::types::Epoch;
use commonware_cryptography::{
    Signer as _, Verifier as _,
    certificate::{Provider, Scheme as _, Scoped},
    ed25519,
    sha256::Digest,
};
use commonware_p2p::{Address, AddressableTrackedPeers, Ingress};
use commonware_utils::{
    Hostname, N3f1,
    ordered::{Map, Quorum as _, Set},
    sync::Mutex,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

/// Validators of one epoch. Every validator talks to every other, and a certificate carries a signature of two thirds.
pub const VALIDATORS_MAX: usize = 128;

/// Nodes that may connect in an epoch without voting: those that are about to vote, those that did, and members who look on.
pub const OBSERVERS_MAX: usize = 31;

/// All of an epoch and the node itself. The network panics over a larger set.
pub(crate) const PEERS_MAX: usize = VALIDATORS_MAX + OBSERVERS_MAX + 1;

/// Epochs whose validators are remembered. Older certificates are not checked again.
const EPOCHS_KEPT: usize = 4;

/// A signature whose `R` is the neutral point and whose `s` is zero: keys of small order accept it for every message.
const NEUTRAL_SIGNATURE: [u8; 64] = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    bytes
};

/// A node that votes or may connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// Ed25519 public key; signs votes and authenticates connections.
    pub public_key: [u8; 32],
    /// Where the others reach it: `IP:port`, or `host:port`, looked up at each try. Empty, or what cannot be read, means that
    /// nobody calls it and it has to call the others.
    pub address: String,
}

/// Who decides and who may connect in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committee {
    /// Id of the last block of the epoch before; of the genesis for epoch 0.
    pub parent: [u8; 32],
    /// Who votes, in any order; 1 to [`VALIDATORS_MAX`]. The same on every node.
    pub validators: Vec<Validator>,
    /// Who may connect besides; what is beyond [`OBSERVERS_MAX`] is left out. Only validators are called, observers call.
    pub observers: Vec<Validator>,
    /// Whether this node may vote if it is one of the validators. A node that may have forgotten votes it cast in this epoch
    /// must not: it would sign twice.
    pub may_vote: bool,
}

/// Why validators are no committee.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitteeFault {
    /// None, or more than [`VALIDATORS_MAX`].
    #[error("there are {count} validators, not 1 to {VALIDATORS_MAX}")]
    Count {
        /// Validators given.
        count: usize,
    },
    /// Not a point of the curve.
    #[error("the key of validator {index} is not an ed25519 public key")]
    NotAKey {
        /// Position in `validators`.
        index: usize,
    },
    /// The key accepts signatures that nobody made.
    #[error("the key of validator {index} has small order and would accept forged votes")]
    SmallOrder {
        /// Position in `validators`.
        index: usize,
    },
    /// Two validators share a key.
    #[error("validators {first} and {second} have the same key")]
    DuplicateKey {
        /// Position in `validators`.
        first: usize,
        /// Position in `validators`.
        second: usize,
    },
}

/// A [`Committee`] without faults.
pub(crate) struct Members {
    pub parent: Digest,
    /// Signs only if this node votes.
    pub scheme: Scheme,
    pub votes: bool,
    pub peers: AddressableTrackedPeers<ed25519::PublicKey>,
}

impl Members {
    pub fn count(&self) -> usize {
        self.scheme.participants().len()
    }

    pub fn quorum(&self) -> usize {
        self.scheme.participants().quorum::<N3f1>() as usize
    }

    /// Checks a committee. A bad address is no fault: the chain must not stop over it.
    pub fn check(committee: Committee, config: &Checked, may_vote: bool) -> Result<Self, Vec<CommitteeFault>> {
        let validators = check_keys(&committee.validators)?;
        let keys = Set::from_iter_dedup(validators.iter().map(|(key, _)| key.clone()));
        let signer = (committee.may_vote && may_vote).then(|| config.signer.clone());
        let signing = signer.and_then(|signer| Scheme::signer(&config.namespace, keys.clone(), signer));
        let votes = signing.is_some();
        let observers = committee.observers.iter().filter_map(|it| Some((decode(&it.public_key)?, address(it))));
        let observers: Vec<_> = observers.filter(|(key, _)| keys.position(key).is_none()).collect();
        if observers.len() > OBSERVERS_MAX {
            tracing::warn!(
                observers = observers.len(),
                "Only {OBSERVERS_MAX} nodes may connect besides the validators"
            );
        }
        let own = config.signer.public_key();
        let known = validators.iter().chain(&observers).map(|(key, _)| key).collect::<BTreeSet<_>>();
        if !known.contains(&own) {
            tracing::warn!("This node's key is neither a validator's nor an observer's in its own view");
        }
        Ok(Self {
            parent: Digest(committee.parent),
            scheme: signing.unwrap_or_else(|| Scheme::verifier(&config.namespace, keys)),
            votes,
            peers: AddressableTrackedPeers::new(
                Map::from_iter_dedup(validators),
                Map::from_iter_dedup(observers.into_iter().take(OBSERVERS_MAX)),
            ),
        })
    }
}

fn check_keys(validators: &[Validator]) -> Result<Vec<(ed25519::PublicKey, Address)>, Vec<CommitteeFault>> {
    let count = validators.len();
    if !(1..=VALIDATORS_MAX).contains(&count) {
        return Err(vec![CommitteeFault::Count { count }]);
    }
    let (mut faults, mut checked) = (Vec::new(), Vec::with_capacity(count));
    for (second, validator) in validators.iter().enumerate() {
        let same = validators.iter().take(second).position(|earlier| earlier.public_key == validator.public_key);
        if let Some(first) = same {
            faults.push(CommitteeFault::DuplicateKey { first, second });
        }
        match decode(&validator.public_key) {
            None => faults.push(CommitteeFault::NotAKey { index: second }),
            Some(key) if has_small_order(&key) => faults.push(CommitteeFault::SmallOrder { index: second }),
            Some(key) => checked.push((key, address(validator))),
        }
    }
    if faults.is_empty() { Ok(checked) } else { Err(faults) }
}

fn decode(key: &[u8; 32]) -> Option<ed25519::PublicKey> {
    ed25519::PublicKey::decode(Copying(key)).ok()
}

/// Whether the key accepts signatures that nobody made. Exact but for a chance of 2^-252 on an honest key.
fn has_small_order(key: &ed25519::PublicKey) -> bool {
    let neutral = ed25519::Signature::decode(Copying(&NEUTRAL_SIGNATURE));
    neutral.is_ok_and(|signature| key.verify(b"tracelight/small-order", b"", &signature))
}

/// Where a node is called. Nobody answers at port 0.
fn address(validator: &Validator) -> Address {
    const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    let text = validator.address.as_str();
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return socket.into();
    }
    let named = text.rsplit_once(':').and_then(|(host, port)| Some((Hostname::new(host).ok()?, port.parse().ok()?)));
    match named {
        Some((host, port)) => Address::Asymmetric { ingress: Ingress::Dns { host, port }, egress: NOWHERE },
        None => {
            if !text.is_empty() {
                tracing::warn!(address = text, "Not a node's address: `{text}`; expected host:port");
            }
            NOWHERE.into()
        }
    }
}

/// The validators by epoch, for whoever checks certificates.
#[derive(Clone, Default)]
pub(crate) struct Schemes(Arc<Mutex<BTreeMap<u64, Arc<Scheme>>>>);

impl Schemes {
    pub fn insert(&self, epoch: u64, scheme: Scheme) {
        let mut known = self.0.lock();
        known.insert(epoch, Arc::new(scheme));
        while known.len() > EPOCHS_KEPT {
            known.pop_first();
        }
    }
}

impl Provider for Schemes {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.0.lock().get(&epoch.get()).cloned().map(Scoped::scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validator(public_key: [u8; 32], address: &str) -> Validator {
        Validator { public_key, address: address.to_owned() }
    }

    fn good(seed: u8) -> [u8; 32] {
        let key = ed25519::PrivateKey::decode(Copying(&[seed; 32])).expect("any seed is a key").public_key();
        crate::adapter::key_bytes(&key)
    }

    #[test]
    fn every_fault_of_a_committee_is_named() {
        assert_eq!(check_keys(&[]).err(), Some(vec![CommitteeFault::Count { count: 0 }]));
        let many = vec![validator(good(1), ""); VALIDATORS_MAX + 1];
        assert_eq!(check_keys(&many).err(), Some(vec![CommitteeFault::Count { count: VALIDATORS_MAX + 1 }]));
        let not_a_point = [2; 32];
        let bad = [
            validator(good(1), "127.0.0.1:1"),
            validator([0; 32], "127.0.0.1:2"),
            validator(not_a_point, ""),
            validator(good(1), "127.0.0.1:4"),
        ];
        let faults = check_keys(&bad).expect_err("three faults");
        assert!(faults.contains(&CommitteeFault::SmallOrder { index: 1 }), "{faults:?}");
        assert!(faults.contains(&CommitteeFault::NotAKey { index: 2 }), "{faults:?}");
        assert!(faults.contains(&CommitteeFault::DuplicateKey { first: 0, second: 3 }), "{faults:?}");
    }

    #[test]
    fn addresses_are_numbers_or_names_and_bad_ones_harm_nobody() {
        let of = |text| address(&validator(good(1), text));
        let socket: SocketAddr = "127.0.0.1:7701".parse().expect("an address");
        assert_eq!(of("127.0.0.1:7701"), Address::Symmetric(socket));
        let Address::Asymmetric { ingress: Ingress::Dns { host, port }, .. } = of("chain.example.org:7701") else {
            panic!("a name")
        };
        assert_eq!((host.as_str(), port), ("chain.example.org", 7701));
        for nowhere in ["", "no port", "host:99999", "two words:1"] {
            assert_eq!(of(nowhere).ingress().port(), 0, "{nowhere}");
        }
    }
}
