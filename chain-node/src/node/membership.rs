//! Who decides: the validators of each epoch, as the ledger says, and who may look on.
//!
//! ```text
//! epoch e:   heights e * L .. (e + 1) * L, L from the genesis
//! set of 0:  the genesis's
//! set of e:  the ledger's `Validators` object after block x, where x is what the last block of epoch e - 1 calls `executed`
//! ```
//! That last block names the hash of the set, so all honest nodes take the same one (ADR 0005, ADR 0006).
//!
//! A node restored from a backup may have voted after the backup was made, and forgotten it. It is in **quarantine**: it
//! follows, and votes only in an epoch that began after the moment of its restoration, of which it cannot have forgotten
//! anything.

use super::Node;
use crate::machine::AHEAD_MS_MAX;
use crate::store::{StoreError, Validators};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tracelight_consensus::{CLOCK_SKEW_MAX, Committee, OBSERVERS_MAX, Validator};
use tracelight_domain::governance::Seat;
use tracelight_domain::ids::{Hash, Height, MemberId, PublicKey};
use tracelight_domain::state::{ObjectId, Standing, StateBody};
use tracelight_proof::block::{Header, block_id};
use tracelight_proof::genesis::validators_hash;

/// Former and future validators that are looked up; the network takes fewer.
const SEATS_EVER_MAX: usize = 256;

/// Why an epoch's validators are not to be had.
#[derive(Debug, Error)]
pub enum CommitteeError {
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger of this node and the certified header disagree.
    #[error(
        "block {height} names other validators for the next epoch than this node's ledger; keep the data folder for examination and build a new one from the peers"
    )]
    OtherSet {
        /// The last block of the epoch before.
        height: Height,
    },
}

/// The running epoch, and this node in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// The epoch.
    pub epoch: u64,
    /// Does this node vote in it?
    pub votes: bool,
    /// Its validators, ascending.
    pub validators: Vec<PublicKey>,
    /// Votes that make a block final.
    pub quorum: usize,
}

/// What changes of the membership while the node runs.
#[derive(Debug, Default)]
pub(super) struct Membership {
    /// Where nodes are found by this node's own configuration; goes before the address on the chain.
    addresses: BTreeMap<PublicKey, String>,
    /// Moment of a restoration from a backup.
    quarantined_since_ms: Option<u64>,
    now: Mutex<Now>,
}

#[derive(Debug, Default)]
struct Now {
    term: Term,
    /// Whose each validator of the epoch is, for people.
    names: BTreeMap<PublicKey, String>,
    /// Nodes connected now, ascending.
    connected: Vec<PublicKey>,
    /// Something about this node's own key that an operator has to act on.
    notice: Option<String>,
}

impl Membership {
    pub fn new(addresses: BTreeMap<PublicKey, String>, quarantined_since_ms: Option<u64>, term: Term) -> Self {
        Self { addresses, quarantined_since_ms, now: Mutex::new(Now { term, ..Now::default() }) }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn node(&self, key: PublicKey, address: &str) -> Validator {
        let own = self.addresses.get(&key).map_or(address, String::as_str);
        Validator { public_key: key.0, address: own.to_owned() }
    }
}

impl Node {
    /// The epoch of a block.
    #[must_use]
    pub fn epoch_of(&self, height: Height) -> u64 {
        height / u64::from(self.identity.epoch_blocks)
    }

    /// The last block of an epoch.
    #[must_use]
    pub fn last_of(&self, epoch: u64) -> Height {
        epoch.saturating_add(1).saturating_mul(u64::from(self.identity.epoch_blocks)).saturating_sub(1)
    }

    /// Whether a block may speak of the state after `executed`: in the last block of an epoch, which says who decides next, that
    /// is a block of the same epoch. (So changes of two epochs at most meet in one step.)
    #[must_use]
    pub fn may_speak_of(&self, height: Height, executed: Height) -> bool {
        let epoch = self.epoch_of(height);
        height != self.last_of(epoch) || self.epoch_of(executed) == epoch
    }

    /// What a block at this height says of the set that certifies the next one. The block after which it looks has to be
    /// executed.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn next_validators(&self, validators: Hash, height: Height, executed: Height) -> Result<Hash, StoreError> {
        if height != self.last_of(self.epoch_of(height)) {
            return Ok(validators);
        }
        Ok(validators_hash(&self.store.validators_at(executed)?.set()?))
    }

    /// Who decides and who may connect in an epoch whose predecessor is executed.
    ///
    /// # Errors
    /// [`CommitteeError`].
    pub fn committee(&self, epoch: u64) -> Result<Committee, CommitteeError> {
        let parent = self.parent_of(epoch)?;
        let validators = self.store.validators_at(parent.executed)?;
        let set = validators.set()?;
        if validators_hash(&set) != parent.next_validators {
            return Err(CommitteeError::OtherSet { height: parent.height });
        }
        let keys: BTreeSet<PublicKey> = validators.seats.iter().map(|seat| seat.key).collect();
        // The last block before the epoch has to be younger than the restoration, by more than this node's clock may be behind and
        // a block's time may be ahead.
        let skew_ms = u64::try_from(CLOCK_SKEW_MAX.as_millis()).unwrap_or(u64::MAX).saturating_add(AHEAD_MS_MAX);
        let since = self.membership.quarantined_since_ms;
        let may_vote = since.is_none_or(|since_ms| parent.time_ms > since_ms.saturating_add(skew_ms));
        Ok(Committee {
            parent: block_id(&parent.encode()).0,
            validators: validators.seats.iter().map(|seat| self.membership.node(seat.key, &seat.address)).collect(),
            observers: self.observers(&keys)?,
            may_vote,
        })
    }

    /// The validators of an epoch whose predecessor is executed.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn validators_of(&self, epoch: u64) -> Result<Validators, StoreError> {
        self.store.validators_at(self.parent_of(epoch)?.executed)
    }

    /// The last header of the epoch before, or of the genesis, which speaks of itself.
    fn parent_of(&self, epoch: u64) -> Result<Header, StoreError> {
        self.header_at(epoch.checked_sub(1).map_or(0, |before| self.last_of(before)))
    }

    fn header_at(&self, height: Height) -> Result<Header, StoreError> {
        let missing = StoreError::Missing { column: "blocks", height };
        let bytes = self.store.header_bytes(height)?.ok_or(missing)?;
        Header::decode(&bytes).map_err(|source| StoreError::Damaged { column: "blocks", source })
    }

    /// Who may connect without voting: approved newcomers, former validators of members that are still members, and
    /// the nodes of this node's own configuration, in this order.
    fn observers(&self, validators: &BTreeSet<PublicKey>) -> Result<Vec<Validator>, StoreError> {
        use crate::ledger::View as _;
        let mut observers: Vec<Validator> = Vec::new();
        for Seat { key, member, address } in self.store.seats_ever(SEATS_EVER_MAX)? {
            let body = self.store.object(&ObjectId::Member(member))?.map(|state| state.body);
            let gone = matches!(body, Some(StateBody::Member { standing: Standing::Removed, .. }));
            if !gone && !validators.contains(&key) {
                observers.push(self.membership.node(key, &address));
            }
        }
        for (key, address) in &self.membership.addresses {
            if !validators.contains(key) && !observers.iter().any(|known| known.public_key == key.0) {
                observers.push(Validator { public_key: key.0, address: address.clone() });
            }
        }
        observers.truncate(OBSERVERS_MAX);
        Ok(observers)
    }

    /// Notes that consensus of an epoch runs.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn set_term(&self, epoch: u64, votes: bool) -> Result<(), StoreError> {
        let epoch_set = self.validators_of(epoch)?;
        let validators = epoch_set.seats.iter().map(|seat| seat.key).collect();
        let names = epoch_set.seats.iter().map(|seat| (seat.key, self.member_name(seat.member))).collect();
        let quorum = epoch_set.set()?.quorum();
        let mut now = self.membership.now();
        (now.term, now.names) = (Term { epoch, votes, validators, quorum }, names);
        Ok(())
    }

    /// A member's name in the genesis, or its number where it came later.
    fn member_name(&self, member: MemberId) -> String {
        let known = self.identity.names.get(&member);
        known.cloned().unwrap_or_else(|| format!("of member {member}"))
    }

    /// Whose a validator of the running epoch is, or its key.
    #[must_use]
    pub fn validator_name(&self, key: &PublicKey) -> String {
        self.membership.now().names.get(key).cloned().unwrap_or_else(|| key.to_string())
    }

    /// The running epoch.
    #[must_use]
    pub fn term(&self) -> Term {
        self.membership.now().term.clone()
    }

    /// Nodes connected now, ascending.
    #[must_use]
    pub fn connected(&self) -> Vec<PublicKey> {
        self.membership.now().connected.clone()
    }

    /// Notes which nodes are connected.
    pub fn set_connected(&self, mut keys: Vec<PublicKey>) {
        keys.sort_unstable();
        self.set_peers(keys.len());
        self.note_connected(&keys);
        self.membership.now().connected = keys;
    }

    /// Validators of the epoch that can be counted on: those connected, and this node if it votes.
    #[must_use]
    pub fn online_validators(&self) -> usize {
        let now = self.membership.now();
        let others = now.connected.iter().filter(|key| now.term.validators.binary_search(key).is_ok());
        others.count() + usize::from(now.term.votes)
    }

    /// What an operator has to do about this node's key.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        self.membership.now().notice.clone()
    }

    /// Notes what an operator has to do about this node's key.
    pub fn set_notice(&self, notice: String) {
        self.membership.now().notice = Some(notice);
    }
}
