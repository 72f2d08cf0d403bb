//! Following the validators from the genesis: the anchor, and what is certified by it.
//!
//! ```text
//! anchor      = version u8 | genesis (u32 | bytes) | list of steps
//! step        = header | certificate | list of numbers u8 that leave | list of keys that join
//! certified   = version u8 | list of steps | header | certificate
//! ```
//! One set of validators certifies everything until a header names another one as the next (ADR 0006). A step is such a header,
//! always the last of an epoch, with its certificate by the old set and the difference between the two sets. The next set's
//! hash stands in the header, so a forged difference makes another header, which nobody signed.

use super::BundleFault;
use super::short::{ShortCertificate, ShortHeader};
use crate::block::Header;
use crate::certificate::{Certificate, VALIDATORS_MAX, ValidatorSet};
use crate::codec::{Canonical, DecodeError, Reader, write_blob, write_list};
use crate::genesis::{GENESIS_BYTES_MAX, Genesis, consensus_namespace, validators_hash};
use thiserror::Error;
use tracelight_domain::ids::{ChainId, Height, PublicKey};

/// Changes of the validators that can be followed. At one a month these are 21 years.
pub const STEPS_MAX: usize = 256;
/// Bytes of an anchor: a genesis of 128 members, and 256 steps of 400 bytes or 20 of 6 KB.
pub const ANCHOR_BYTES_MAX: usize = GENESIS_BYTES_MAX + 128 * 1024;

const ANCHOR_VERSION: u8 = 1;
const CERTIFIED_VERSION: u8 = 1;

/// Who the alliance is and how its validators changed. The same for every bundle until the next change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Bytes of the genesis.
    pub genesis: Vec<u8>,
    /// Every change, oldest first.
    pub steps: Vec<Step>,
}

/// One change of the validators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The last header that the old set certified. Its next validators are not spelled: they follow from the rest.
    pub header: ShortHeader,
    /// The old set's certificate.
    pub certificate: ShortCertificate,
    /// Who leaves, by number in the old set, ascending.
    pub leave: Vec<u8>,
    /// Whose keys join, ascending.
    pub join: Vec<PublicKey>,
}

/// Why bytes are no step, or a step cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("step {number}: {message}")]
pub struct StepFault {
    /// Which step, from 1.
    pub number: usize,
    /// What is wrong.
    pub message: String,
}

/// The validators after some steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Who certifies now.
    pub validators: ValidatorSet,
    /// Height of the last step; 0 without one.
    pub height: Height,
}

impl Step {
    /// The step from `old` to `next`, from a header and its certificate; `None` when the certificate is none.
    #[must_use]
    pub fn new(header: &Header, certificate: &[u8], old: &ValidatorSet, next: &ValidatorSet) -> Option<Self> {
        let next_keys: Vec<_> = next.keys().collect();
        let old_keys: Vec<_> = old.keys().collect();
        let leave = old_keys.iter().enumerate().filter(|(_, key)| !next_keys.contains(key));
        let join = next_keys.iter().filter(|key| !old_keys.contains(key));
        Some(Self {
            header: ShortHeader { next_validators: None, ..ShortHeader::of(header) },
            certificate: ShortCertificate::of(certificate)?,
            leave: leave.filter_map(|(number, _)| u8::try_from(number).ok()).collect(),
            join: join.map(|key| PublicKey(*key)).collect(),
        })
    }

    fn next(&self, old: &ValidatorSet) -> Result<ValidatorSet, String> {
        let in_order = self.leave.is_sorted_by(|a, b| a < b) && self.join.is_sorted_by(|a, b| a < b);
        let known = self.leave.iter().all(|number| usize::from(*number) < old.len());
        if !in_order || !known || (self.leave.is_empty() && self.join.is_empty()) {
            return Err("it changes nobody, or names somebody twice or nobody knows whom".to_owned());
        }
        let stays = |number: usize| !self.leave.iter().any(|leaving| usize::from(*leaving) == number);
        let staying = old.keys().enumerate().filter(|(number, _)| stays(*number)).map(|(_, key)| key);
        let keys: Vec<[u8; 32]> = staying.chain(self.join.iter().map(|key| key.0)).collect();
        ValidatorSet::new(&keys).map_err(|error| error.to_string())
    }

    fn take(&self, genesis: &Genesis, chain: ChainId, before: &Followed) -> Result<Followed, String> {
        let (height, epoch_blocks) = (self.header.height, u64::from(genesis.epoch_blocks));
        if height <= before.height || height.wrapping_add(1) % epoch_blocks != 0 {
            return Err(format!("block {height} is not the last of a later epoch"));
        }
        let next = self.next(&before.validators)?;
        let spelled = ShortHeader { next_validators: Some(validators_hash(&next)), ..self.header.clone() };
        let header = spelled.expand(chain, validators_hash(&before.validators));
        certify(&header, &self.certificate, &before.validators)?;
        Ok(Followed { validators: next, height })
    }
}

/// Follows the validators from the genesis over all steps.
///
/// # Errors
/// [`StepFault`] naming the first step that does not hold.
pub fn follow(genesis: &Genesis, steps: &[Step]) -> Result<Followed, StepFault> {
    let fault = |number, message: String| StepFault { number, message };
    let validators = genesis.validators().map_err(|error| fault(0, error.to_string()))?;
    let chain = genesis.chain_id();
    let mut followed = Followed { validators, height: 0 };
    for (index, step) in steps.iter().enumerate() {
        followed = step.take(genesis, chain, &followed).map_err(|message| fault(index + 1, message))?;
    }
    Ok(followed)
}

/// Checks a quorum's certificate over a header and says which validators signed.
pub(super) fn certify(
    header: &Header,
    certificate: &ShortCertificate,
    validators: &ValidatorSet,
) -> Result<Vec<usize>, String> {
    let id = header.id();
    Certificate::parse(&certificate.expand(&id, validators.len()), validators)
        .and_then(|certificate| certificate.verify(&consensus_namespace(header.chain), validators, &id.0))
        .map(|signers| signers.as_slice().to_vec())
        .map_err(|error| error.to_string())
}

/// A header with all that a stranger who knows the genesis needs to believe it: what a checkpoint carries to a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// Every change of the validators so far.
    pub steps: Vec<Step>,
    /// The header.
    pub header: ShortHeader,
    /// Its certificate.
    pub certificate: ShortCertificate,
}

/// Bytes of a [`Certified`].
pub const CERTIFIED_BYTES_MAX: usize = ANCHOR_BYTES_MAX - GENESIS_BYTES_MAX;

impl Certified {
    /// Reads one.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::parse(bytes, CERTIFIED_BYTES_MAX, "certification")
    }

    /// The header, when a quorum of the validators that follow from this genesis stands behind it.
    ///
    /// # Errors
    /// [`BundleFault`] naming the part: `steps`, `header` or `certificate`.
    pub fn verify(&self, genesis: &Genesis) -> Result<Header, BundleFault> {
        use super::Part;
        let followed = follow(genesis, &self.steps).map_err(|fault| Part::Steps.fault(fault))?;
        super::behind::certified_header(&self.header, &self.certificate, genesis, &followed).map(|(header, _)| header)
    }
}

impl Anchor {
    /// Reads an anchor.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::parse(bytes, ANCHOR_BYTES_MAX, "anchor")
    }
}

impl Canonical for Anchor {
    fn write(&self, out: &mut Vec<u8>) {
        ANCHOR_VERSION.write(out);
        write_blob(&self.genesis, out);
        write_list(&self.steps, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(r)? != ANCHOR_VERSION {
            return Err(r.invalid("anchor version", 1));
        }
        Ok(Self { genesis: r.blob(GENESIS_BYTES_MAX, "genesis")?.to_vec(), steps: r.list(STEPS_MAX, "steps")? })
    }
}

impl Canonical for Step {
    fn write(&self, out: &mut Vec<u8>) {
        self.header.write(out);
        self.certificate.write(out);
        write_list(&self.leave, out);
        write_list(&self.join, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = ShortHeader::read(r)?;
        if header.next_validators.is_some() {
            return Err(r.invalid("next validators of a step", 32));
        }
        Ok(Self {
            header,
            certificate: Canonical::read(r)?,
            leave: r.list(VALIDATORS_MAX, "leaving validators")?,
            join: r.list(VALIDATORS_MAX, "joining validators")?,
        })
    }
}

impl Canonical for Certified {
    fn write(&self, out: &mut Vec<u8>) {
        CERTIFIED_VERSION.write(out);
        write_list(&self.steps, out);
        self.header.write(out);
        self.certificate.write(out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(r)? != CERTIFIED_VERSION {
            return Err(r.invalid("certification version", 1));
        }
        Ok(Self { steps: r.list(STEPS_MAX, "steps")?, header: Canonical::read(r)?, certificate: Canonical::read(r)? })
    }
}
