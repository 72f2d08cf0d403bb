//! The bundle: all that a phone needs to check an answer, and the check.
//!
//! A bundle holds a certified header, what witnesses say of it, the pack with its paths, and of each object that the answer
//! speaks of the state, its proof and the whole history. Its bytes are in `bundle/wire.rs`; how the validators are
//! followed from the genesis is in `bundle/steps.rs`.
//!
//! The *anchor* (the genesis and every change of the validators) is the same in all bundles of an alliance. A bundle that
//! is kept or sent on carries it; one for a page that has it already may leave it out. Either way the check trusts one thing:
//! the hash of the genesis. In this order it asks, and names the part that fails:
//!
//! 1. `format`      is it a bundle of at most [`BUNDLE_BYTES_MAX`], in its one spelling?
//! 2. `genesis`     is this the alliance that the phone is pinned to?
//! 3. `steps`       does each change of the validators stand in a header that the validators before it certified?
//! 4. `header`      can there be such a header?
//! 5. `certificate` did a quorum of the present validators sign it?
//! 6. `freshness`   is it of now, not of before a recall?
//! 7. `witness`     did the witnesses that it names sign the log that the header continues?
//! 8. `subject`     is it about the code that was scanned?
//! 9. `state_proof` is each object's state (or absence) part of the certified state?
//! 10. `history`    are each object's events all there, in order?
//! 11. `batch_path` is the pack a leaf of its sealed batch?
//! 12. `containment` is the pack in the case, the case on the pallet, none of their hosts left out, and nothing shown that
//!     has nothing to do with the pack?

mod behind;
mod check;
mod shared;
mod short;
mod steps;
mod wire;

pub use behind::Behind;
pub use check::{verify, verify_under};
pub use short::{BlockContent, ShortCertificate, ShortHeader};
pub use steps::{
    ANCHOR_BYTES_MAX, Anchor, CERTIFIED_BYTES_MAX, Certified, Followed, STEPS_MAX, Step, StepFault, follow,
};

use crate::genesis::Genesis;
use crate::state_proof::StateProof;
use thiserror::Error;
use tracelight_domain::gs1::Date;
use tracelight_domain::ids::{ChainId, Hash, Height, MemberId, PublicKey};
use tracelight_domain::state::{Event, ObjectId, UnitStatus};
use tracelight_domain::tx::{RecallClass, UnitTouch};

/// Bytes of a bundle; longer ones are refused unread. One with its anchor is the longest.
pub const BUNDLE_BYTES_MAX: usize = ANCHOR_BYTES_MAX + 64 * 1024;
/// Objects in a bundle: batch, pack, case, and the pallets that the case ever stood on.
pub const BUNDLE_OBJECTS_MAX: usize = 12;
/// Events of one object in a bundle.
pub const BUNDLE_EVENTS_MAX: usize = 256;
/// How old the certified header may be before the answer counts as stale, in milliseconds.
pub const FRESH_MS_MAX: u64 = 10 * 60 * 1000;

/// What a phone needs to check an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Genesis and changes of the validators, unless the checker has them already.
    pub anchor: Option<Anchor>,
    /// A certified header.
    pub header: ShortHeader,
    /// Its certificate.
    pub certificate: ShortCertificate,
    /// What witnesses say.
    pub cosigned: Option<Cosigned>,
    /// The pack, its leaf's secret and its paths.
    pub touch: UnitTouch,
    /// Batch first, then the pack, then the case and its pallets.
    pub objects: Vec<BundleObject>,
}

/// One object with the proof of its state and its whole history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleObject {
    /// Which object.
    pub id: ObjectId,
    /// Its state, or that it does not exist.
    pub proof: StateProof,
    /// All its events.
    pub events: Vec<Event>,
}

/// Cosignatures of one checkpoint of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The checkpoint, when it is of an older log than the header's: the log `0..=executed` of the header continues it.
    pub older: Option<OlderLog>,
    /// By witness, ascending, each once.
    pub cosignatures: Vec<Cosignature>,
}

/// A log that the header's log continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OlderLog {
    /// By how many entries it is shorter; at least 1.
    pub entries_fewer: u64,
    /// Its root.
    pub root: Hash,
    /// Consistency proof from it to the header's.
    pub proof: Vec<Hash>,
}

/// One witness's signature under a checkpoint ([`crate::note`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// Its number in the genesis.
    pub witness: u8,
    /// When it signed, seconds since 1970.
    pub time_s: u64,
    /// The signature.
    pub signature: [u8; 64],
}

/// The part of a bundle that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{part}: {message}")]
pub struct BundleFault {
    /// Which part.
    pub part: Part,
    /// What was found, for the expert.
    pub message: String,
}

/// The parts of the check, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Not a bundle.
    Format,
    /// Another alliance.
    Genesis,
    /// A change of the validators that its validators did not certify.
    Steps,
    /// A header that cannot be.
    Header,
    /// No quorum signed it.
    Certificate,
    /// Too old, or from the future.
    Freshness,
    /// A witness did not sign that.
    Witness,
    /// About another pack.
    Subject,
    /// State that is not certified.
    StateProof,
    /// Events are missing, added or changed.
    History,
    /// The pack is no leaf of the batch.
    BatchPath,
    /// Pack, case and pallet do not hang together.
    Containment,
}

impl Part {
    /// The stable name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Genesis => "genesis",
            Self::Steps => "steps",
            Self::Header => "header",
            Self::Certificate => "certificate",
            Self::Freshness => "freshness",
            Self::Witness => "witness",
            Self::Subject => "subject",
            Self::StateProof => "state_proof",
            Self::History => "history",
            Self::BatchPath => "batch_path",
            Self::Containment => "containment",
        }
    }

    fn fault(self, message: impl ToString) -> BundleFault {
        BundleFault { part: self, message: message.to_string() }
    }
}

impl core::fmt::Display for Part {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// What the checker is told from outside the bundle.
#[derive(Clone, Debug)]
pub struct Pin<'a> {
    /// The alliance.
    pub chain: ChainId,
    /// The alliance's anchor ([`Anchor`]) as bytes, from anywhere, for bundles that leave it out.
    pub anchor: Option<&'a [u8]>,
    /// The code that was scanned.
    pub unit: &'a tracelight_domain::ids::UnitId,
    /// The lot in the code, when it names one.
    pub lot: Option<&'a tracelight_domain::gs1::Lot>,
    /// The checker's clock, milliseconds since 1970.
    pub now_ms: u64,
    /// Oldest header that counts as fresh; [`FRESH_MS_MAX`] unless somebody checks a kept bundle.
    pub fresh_ms_max: u64,
}

/// What a checked bundle proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The alliance.
    pub genesis: Genesis,
    /// Height of the certified header.
    pub height: Height,
    /// Its time, milliseconds since 1970.
    pub as_of_ms: u64,
    /// The validators that signed.
    pub signers: Vec<Signer>,
    /// Validators that could have signed.
    pub validators: usize,
    /// Changes of the validators since the genesis.
    pub steps: usize,
    /// The witnesses that signed, of those in the genesis.
    pub witnesses: Vec<Witnessed>,
    /// Who makes the batch.
    pub maker: MemberId,
    /// AI 11.
    pub made_on: Date,
    /// AI 17.
    pub expires_on: Date,
    /// The gravest recall in force.
    pub recalled: Option<RecallClass>,
    /// What happened to the pack.
    pub unit: UnitStatus,
    /// Who answers for it; none when the bundle shows no case that holds it, the case was broken up, or the goods are lost.
    pub custodian: Option<MemberId>,
    /// Everything that happened to the batch, the pack and what holds it, oldest first, each with its object.
    pub journey: Vec<(ObjectId, Event)>,
}

/// A validator that signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Its key.
    pub key: PublicKey,
    /// The founding member whose validator it is; none for one that joined later.
    pub member: Option<MemberId>,
}

/// A witness that signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// Its name.
    pub name: String,
    /// When it signed, seconds since 1970.
    pub time_s: u64,
}

impl Bundle {
    /// Reads a bundle.
    ///
    /// # Errors
    /// [`Part::Format`].
    pub fn decode(bytes: &[u8]) -> Result<Self, BundleFault> {
        wire::decode(bytes).map_err(|error| Part::Format.fault(error))
    }
}
