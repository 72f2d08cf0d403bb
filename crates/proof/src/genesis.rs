//! The genesis: who the alliance is. Its hash is the chain id, and the only thing that a phone has to trust.
//!
//! ```text
//! genesis = version u8 | suite u16 | name | time ms u64 | epoch blocks u32 | list of members | list of witnesses
//! member  = GLN | role | name en | name zh | place en | place zh | validator key | list of (key, purpose)
//! witness = name | key
//! ```
//! Epoch e is the blocks `e * epoch blocks .. (e + 1) * epoch blocks`; the set of validators changes between epochs only.
//! Witnesses are outsiders (a regulator's lab, a consumer body) who co-sign checkpoints of the log, under the name and the key
//! written here; a phone that is pinned to the genesis knows whose co-signature counts.
//! Suite 1 is SHA-256 with ed25519 under ZIP-215 rules. Another suite is another number, not another code path.

use crate::certificate::{ValidatorSet, ValidatorSetError};
use crate::codec::{Canonical, DecodeError, Reader, write_list, write_text};
use crate::hash::{GENESIS, VALIDATORS, hash};
use thiserror::Error;
use tracelight_domain::governance::{Seat, VALIDATORS_MIN};
use tracelight_domain::ids::{ChainId, Hash, MemberId, PublicKey};
use tracelight_domain::state::{History, KeyPurpose, MemberRole, ObjectId, ObjectState, Standing, StateBody};
use tracelight_domain::tx::TEXT_BYTES_MAX;

/// Bytes of a genesis. 128 members of 600 B are 77 KB.
pub const GENESIS_BYTES_MAX: usize = 96 * 1024;
/// Members of an alliance at its start.
pub const MEMBERS_MAX: usize = 128;
/// Keys of a member at its start.
pub const KEYS_PER_MEMBER_MAX: usize = 16;
/// SHA-256, ed25519 under ZIP-215.
pub const SUITE_SHA256_ED25519: u16 = 1;
/// Prefix of the consensus namespace; the chain id follows.
pub const CONSENSUS_NAMESPACE: &[u8] = b"tracelight/consensus/v1/";

/// Witnesses of an alliance.
pub const WITNESSES_MAX: usize = 16;
/// Blocks of an epoch at least: a set that changed needs a few blocks to be seen at work before the next change.
pub const EPOCH_BLOCKS_MIN: u32 = 8;
/// Blocks of an epoch at most: a week and a half of a quiet chain.
pub const EPOCH_BLOCKS_MAX: u32 = 1_000_000;
/// Blocks of an epoch unless the founders say otherwise: ten minutes of a quiet chain.
pub const EPOCH_BLOCKS: u32 = 600;

const GENESIS_VERSION: u8 = 2;

/// Who the alliance is at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Hash and signature suite.
    pub suite: u16,
    /// The alliance's name.
    pub name: String,
    /// BFT time of block 0, milliseconds since 1970.
    pub time_ms: u64,
    /// Blocks of an epoch, [`EPOCH_BLOCKS_MIN`]..=[`EPOCH_BLOCKS_MAX`].
    pub epoch_blocks: u32,
    /// Its members, in the order of their GLN.
    pub members: Vec<GenesisMember>,
    /// Those whose co-signatures count, in the order of their names.
    pub witnesses: Vec<GenesisWitness>,
}

/// A witness of the alliance's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisWitness {
    /// Its name as a signer of notes, for example `witness.example.org`: see [`is_note_name`].
    pub name: String,
    /// Its ed25519 key.
    pub key: PublicKey,
}

/// A founding member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisMember {
    /// Its Global Location Number.
    pub gln: MemberId,
    /// What it does.
    pub role: MemberRole,
    /// Name in Latin script.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Town, in Latin script: as exact as a shopper is told.
    pub place_en: String,
    /// Town, in Chinese.
    pub place_zh: String,
    /// Its validator's key.
    pub validator: PublicKey,
    /// Its keys for transactions.
    pub keys: Vec<(PublicKey, KeyPurpose)>,
}

/// Why bytes are no genesis.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// Not the format.
    #[error("not a genesis: {0}")]
    Decode(#[from] DecodeError),
    /// A suite this program does not know.
    #[error("suite {0} is unknown to this program; a newer one may know it")]
    UnknownSuite(u16),
    /// Members out of order or twice.
    #[error("members must be sorted by GLN and stand only once")]
    MemberOrder,
    /// A key stands twice.
    #[error("a key belongs to two members or stands twice")]
    KeyTwice,
    /// An epoch too short or too long.
    #[error("an epoch of {0} blocks; {EPOCH_BLOCKS_MIN} to {EPOCH_BLOCKS_MAX} are allowed")]
    EpochBlocks(u32),
    /// Witnesses out of order or twice, or with a name that no note may carry.
    #[error(
        "witnesses must be sorted by name and stand only once, each with its own key, under names without space or `+`"
    )]
    Witnesses,
    /// A witness's key.
    #[error("the key of witness `{0}` is not an ed25519 key that one may trust")]
    WitnessKey(String),
    /// The validator keys are no set.
    #[error("validator keys: {0}")]
    Validators(#[source] ValidatorSetError),
}

impl Canonical for GenesisMember {
    fn write(&self, out: &mut Vec<u8>) {
        self.gln.write(out);
        self.role.write(out);
        for text in [&self.name_en, &self.name_zh, &self.place_en, &self.place_zh] {
            write_text(text, out);
        }
        self.validator.write(out);
        write_list(&self.keys, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = |r: &mut Reader<'_>| r.text(TEXT_BYTES_MAX, "member's name").map(str::to_owned);
        Ok(Self {
            gln: Canonical::read(r)?,
            role: Canonical::read(r)?,
            name_en: text(r)?,
            name_zh: text(r)?,
            place_en: text(r)?,
            place_zh: text(r)?,
            validator: Canonical::read(r)?,
            keys: r.list(KEYS_PER_MEMBER_MAX, "member's keys")?,
        })
    }
}

impl Canonical for GenesisWitness {
    fn write(&self, out: &mut Vec<u8>) {
        write_text(&self.name, out);
        self.key.write(out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { name: r.text(TEXT_BYTES_MAX, "witness's name")?.to_owned(), key: Canonical::read(r)? })
    }
}

impl Canonical for Genesis {
    fn write(&self, out: &mut Vec<u8>) {
        GENESIS_VERSION.write(out);
        self.suite.write(out);
        write_text(&self.name, out);
        self.time_ms.write(out);
        self.epoch_blocks.write(out);
        write_list(&self.members, out);
        write_list(&self.witnesses, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(r)? != GENESIS_VERSION {
            return Err(r.invalid("genesis version", 1));
        }
        Ok(Self {
            suite: Canonical::read(r)?,
            name: r.text(TEXT_BYTES_MAX, "alliance's name")?.to_owned(),
            time_ms: Canonical::read(r)?,
            epoch_blocks: Canonical::read(r)?,
            members: r.list(MEMBERS_MAX, "members")?,
            witnesses: r.list(WITNESSES_MAX, "witnesses")?,
        })
    }
}

impl Genesis {
    /// Reads and checks a genesis.
    ///
    /// # Errors
    /// [`GenesisError`].
    pub fn parse_checked(bytes: &[u8]) -> Result<Self, GenesisError> {
        let genesis = <Self as Canonical>::parse(bytes, GENESIS_BYTES_MAX, "genesis")?;
        genesis.check()?;
        Ok(genesis)
    }

    /// Checks what the format alone does not.
    ///
    /// # Errors
    /// [`GenesisError`].
    pub fn check(&self) -> Result<(), GenesisError> {
        if self.suite != SUITE_SHA256_ED25519 {
            return Err(GenesisError::UnknownSuite(self.suite));
        }
        if !self.members.is_sorted_by(|a, b| a.gln < b.gln) {
            return Err(GenesisError::MemberOrder);
        }
        let listed = self.members.iter().flat_map(|member| member.keys.iter().map(|(key, _)| *key));
        let mut keys: Vec<_> = listed.chain(self.members.iter().map(|member| member.validator)).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() != count {
            return Err(GenesisError::KeyTwice);
        }
        if !(EPOCH_BLOCKS_MIN..=EPOCH_BLOCKS_MAX).contains(&self.epoch_blocks) {
            return Err(GenesisError::EpochBlocks(self.epoch_blocks));
        }
        self.check_witnesses()?;
        self.validators().map(|_| ()).map_err(GenesisError::Validators)
    }

    fn check_witnesses(&self) -> Result<(), GenesisError> {
        let in_order = self.witnesses.is_sorted_by(|a, b| a.name < b.name);
        let mut keys: Vec<_> = self.witnesses.iter().map(|witness| witness.key).collect();
        keys.sort_unstable();
        keys.dedup();
        let named = self.witnesses.iter().all(|witness| is_note_name(&witness.name));
        if !in_order || !named || keys.len() != self.witnesses.len() {
            return Err(GenesisError::Witnesses);
        }
        // One key alone makes a set exactly if it is a key that accepts no forged signatures.
        let bad = self.witnesses.iter().find(|witness| ValidatorSet::new(&[witness.key.0]).is_err());
        bad.map_or(Ok(()), |witness| Err(GenesisError::WitnessKey(witness.name.clone())))
    }

    /// The alliance's id: the hash of these bytes.
    #[must_use]
    pub fn chain_id(&self) -> ChainId {
        ChainId(hash(GENESIS, &[&self.to_bytes()]).0)
    }

    /// The validators that certify headers.
    ///
    /// # Errors
    /// [`ValidatorSetError`] when the keys are no set.
    pub fn validators(&self) -> Result<ValidatorSet, ValidatorSetError> {
        ValidatorSet::new(&self.members.iter().map(|member| member.validator.0).collect::<Vec<_>>())
    }

    /// The member with this GLN.
    #[must_use]
    pub fn member(&self, gln: MemberId) -> Option<&GenesisMember> {
        self.members.iter().find(|member| member.gln == gln)
    }

    /// The objects that exist before the first block, in the order in which they are written.
    #[must_use]
    pub fn objects(&self) -> Vec<(ObjectId, ObjectState)> {
        let state = |body| ObjectState { history: History::EMPTY, body };
        let mut objects = Vec::new();
        for member in &self.members {
            let body = StateBody::Member { role: member.role, standing: Standing::Active };
            objects.push((ObjectId::Member(member.gln), state(body)));
            let validator = (member.validator, KeyPurpose::Validator);
            for (key, purpose) in member.keys.iter().chain([&validator]) {
                let (member, purpose) = (member.gln, *purpose);
                let body = StateBody::Key { member, purpose, from: 0, until: None, next_nonce: 0 };
                objects.push((ObjectId::Key(*key), state(body)));
            }
        }
        objects.push((ObjectId::Validators, state(self.first_validators())));
        let active: Vec<MemberId> = self.members.iter().map(|member| member.gln).collect();
        let admitted = u32::try_from(active.len()).unwrap_or(u32::MAX);
        objects.push((ObjectId::Roll, state(StateBody::Roll { active, admitted })));
        objects
    }

    fn first_validators(&self) -> StateBody {
        let seat = |member: &GenesisMember| Seat { key: member.validator, member: member.gln, address: String::new() };
        let mut seats: Vec<Seat> = self.members.iter().map(seat).collect();
        seats.sort_unstable_by_key(|seat| seat.key);
        let seats_min = u32::try_from(seats.len().min(VALIDATORS_MIN)).unwrap_or(u32::MAX);
        let epoch_blocks = self.epoch_blocks;
        StateBody::Validators { seats, pending: Vec::new(), changes: Vec::new(), seats_min, epoch_blocks }
    }
}

/// May a signer of notes be called that (C2SP signed-note)? Not empty, no white space, no plus sign.
#[must_use]
pub fn is_note_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// What validators sign under: the purpose and the chain, so that no vote is good on another chain.
#[must_use]
pub fn consensus_namespace(chain: ChainId) -> Vec<u8> {
    [CONSENSUS_NAMESPACE, &chain.0].concat()
}

/// The hash of a validator set, as a header names it.
#[must_use]
pub fn validators_hash(validators: &ValidatorSet) -> Hash {
    let keys: Vec<[u8; 32]> = validators.keys().collect();
    let keys: Vec<&[u8]> = keys.iter().map(<[u8; 32]>::as_slice).collect();
    hash(VALIDATORS, &keys)
}
