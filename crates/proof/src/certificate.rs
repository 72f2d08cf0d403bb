//! The finality certificate: what proves to somebody who trusts nothing but the validators' keys that a block is final.
//!
//! A certificate carries the signatures of a quorum of validators over one *proposal*: "in this view of this epoch,
//! the block with this id, built on the proposal of that view, is final". Whoever holds the validator set of the epoch
//! needs nothing else to check it: no clock, no network, no state.
//!
//! # Layout
//!
//! The bytes are the consensus engine's own (commonware 2026.10, `simplex::types::Finalization` with the ed25519
//! scheme and SHA-256 digests), so that nodes hand out what they store. `n` is the number of validators.
//!
//! ```text
//! certificate:  proposal | bitmap | count varint | signature[64] * count
//! proposal:     epoch varint | view varint | parent view varint | block id[32]
//! bitmap:       n u64 BE | byte * ceil(n / 8)
//! varint:       7 bits a byte, least significant group first, high bit = "more follows"
//! ```
//!
//! * Bit `i mod 8` (least significant first) of bitmap byte `i / 8` says that validator `i` signed. Validators are numbered
//!   in ascending order of their 32 key bytes. Unused bits of the last byte are zero.
//! * `count` is the number of set bits, `1 <= count <= n`; signatures stand in ascending order of the signer's number.
//! * epoch, view and parent view are varints of at most 64 bits, `count` one of at most 32. The shortest form is the only
//!   form. Nothing follows the last signature. Together: a certificate has exactly one encoding.
//!
//! # What is signed
//!
//! ```text
//! message:  length of tag varint | tag | proposal
//! tag:      namespace | "_FINALIZE"
//! ```
//!
//! The namespace names the chain (`tracelight/consensus/v1/` and the chain id), so that a signature for one chain says
//! nothing on another. `_FINALIZE` keeps it apart from the votes that come before a block is final.
//!
//! Signatures are Ed25519 under the rules of ZIP-215, as everywhere in Tracelight: one precise rule, on which single and
//! batch verification, the engine and this module agree. Its price is that keys of small order accept signatures which
//! nobody made, so [`ValidatorSet::new`] refuses such keys.
//!
//! # Quorum
//!
//! `n - floor((n - 1) / 3)` signatures, for at most `floor((n - 1) / 3)` faulty validators: 3 of 4, 5 of 7, 11 of 16.
//!
//! # Limits
//!
//! At most [`VALIDATORS_MAX`] validators, at most [`CERTIFICATE_BYTES_MAX`] bytes. Verifying costs one signature check a
//! signer. Two nodes may hold different, equally valid certificates for one block (other signers, another view): a
//! certificate is never hashed into state.

use ed25519_zebra::{Signature, VerificationKey, VerificationKeyBytes};

#[cfg(test)]
mod tests;

/// Validators in one set. A certificate of 128 signatures takes about 10 ms to check natively (83 µs a signature).
pub const VALIDATORS_MAX: usize = 128;

/// The longest certificate of [`VALIDATORS_MAX`] validators: 3 varints of 10 bytes, 32 bytes of block id, 8 + 16 bytes of
/// bitmap, 2 bytes of count, 128 * 64 bytes of signatures.
pub const CERTIFICATE_BYTES_MAX: usize = 3 * 10 + 32 + 8 + VALIDATORS_MAX / 8 + 2 + VALIDATORS_MAX * 64;

/// Separates votes to finalize from every other vote of the engine.
const FINALIZE_SUFFIX: &[u8] = b"_FINALIZE";

/// The y coordinates of the points of small order, in every spelling that ZIP-215 reads (little endian, sign bit off): 0 and 1
/// each also with the field's prime added, -1, and the two of order 8.
const SMALL_ORDER_Y: [[u8; 32]; 7] = {
    let mut one = [0; 32];
    one[0] = 1;
    // p = 2^255 - 19
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    let (mut minus_one, mut prime_and_one) = (prime, prime);
    minus_one[0] = 0xec;
    prime_and_one[0] = 0xee;
    let eight = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    let minus_eight = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    [[0; 32], one, prime, prime_and_one, minus_one, eight, minus_eight]
};

/// Why a list of keys is not a validator set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// There is nobody to sign.
    #[error("the validator set is empty")]
    Empty,
    /// More than [`VALIDATORS_MAX`].
    #[error("{count} validators are more than the {VALIDATORS_MAX} that a set may have")]
    TooMany {
        /// Keys given.
        count: usize,
    },
    /// The key at this position of the input is not a point of the curve.
    #[error("validator key {index} is not an ed25519 public key")]
    NotAKey {
        /// Position in the input.
        index: usize,
    },
    /// The key at this position of the input accepts signatures that nobody made.
    #[error("validator key {index} has small order and would accept forged signatures")]
    SmallOrder {
        /// Position in the input.
        index: usize,
    },
    /// Two validators have the same key.
    #[error("two validators have the same key")]
    Duplicate,
}

/// The validators of one epoch, in the order in which certificates number them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet {
    /// Ascending by key bytes, without duplicates, 1 to [`VALIDATORS_MAX`], none of small order.
    keys: Vec<VerificationKey>,
}

impl ValidatorSet {
    /// Makes a set of these public keys, given in any order.
    ///
    /// # Errors
    ///
    /// [`ValidatorSetError`], when the list is empty or too long, or a key is malformed, of small order or repeated.
    pub fn new(keys: &[[u8; 32]]) -> Result<Self, ValidatorSetError> {
        if keys.is_empty() {
            return Err(ValidatorSetError::Empty);
        }
        if keys.len() > VALIDATORS_MAX {
            return Err(ValidatorSetError::TooMany { count: keys.len() });
        }
        let mut parsed = Vec::with_capacity(keys.len());
        for (index, bytes) in keys.iter().enumerate() {
            let key = VerificationKey::try_from(*bytes).map_err(|_| ValidatorSetError::NotAKey { index })?;
            if has_small_order(&key) {
                return Err(ValidatorSetError::SmallOrder { index });
            }
            parsed.push(key);
        }
        parsed.sort_by_key(key_bytes);
        let same = |pair: &[VerificationKey]| matches!(pair, [a, b] if a.as_ref() == b.as_ref());
        if parsed.windows(2).any(same) {
            return Err(ValidatorSetError::Duplicate);
        }
        Ok(Self { keys: parsed })
    }

    /// Number of validators, 1 to [`VALIDATORS_MAX`].
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a validator set is never empty")]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Signatures that make a block final.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.keys.len() - (self.keys.len() - 1) / 3
    }

    /// The key of the validator with this number.
    #[must_use]
    pub fn key(&self, index: usize) -> Option<[u8; 32]> {
        self.keys.get(index).map(key_bytes)
    }

    /// The public keys in the order in which certificates number them.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = [u8; 32]> + '_ {
        self.keys.iter().map(key_bytes)
    }
}

fn key_bytes(key: &VerificationKey) -> [u8; 32] {
    VerificationKeyBytes::from(*key).into()
}

/// Whether the key accepts signatures that nobody made: whether it is one of the 14 spellings of the eight points of small
/// order.
fn has_small_order(key: &VerificationKey) -> bool {
    let mut y = key_bytes(key);
    y[31] &= 0x7f;
    SMALL_ORDER_Y.contains(&y)
}

/// Why bytes are not a certificate that makes a block final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// More than [`CERTIFICATE_BYTES_MAX`] bytes.
    #[error("the certificate has {bytes} bytes, more than the {CERTIFICATE_BYTES_MAX} allowed")]
    TooLong {
        /// Bytes given.
        bytes: usize,
    },
    /// The bytes end inside a field.
    #[error("the certificate ends inside its {field}")]
    Truncated {
        /// The unfinished field.
        field: Field,
    },
    /// A field has another form than the one allowed, or bytes follow the last signature.
    #[error("the {field} of the certificate is not in canonical form")]
    NonCanonical {
        /// The offending field.
        field: Field,
    },
    /// The bitmap is for a validator set of another size.
    #[error("the certificate is for {found} validators, the set has {expected}")]
    WrongValidatorCount {
        /// Validators in the set.
        expected: usize,
        /// Validators the bitmap speaks of.
        found: u64,
    },
    /// The bitmap names a signer outside the validator set.
    #[error("the certificate names signer {signer}, who is not in the validator set")]
    UnknownSigner {
        /// Number of the signer.
        signer: usize,
    },
    /// The bitmap and the list of signatures disagree.
    #[error("the certificate names {signers} signers and carries {signatures} signatures")]
    SignatureCount {
        /// Set bits of the bitmap.
        signers: usize,
        /// Signatures announced.
        signatures: u64,
    },
    /// The certificate is for another block.
    #[error("the certificate is for another block")]
    WrongBlock,
    /// Too few validators signed.
    #[error("{have} validators signed, {need} are needed")]
    TooFewSigners {
        /// Signers named.
        have: usize,
        /// The quorum.
        need: usize,
    },
    /// A signature does not fit its signer and the proposal.
    #[error("the signature of validator {signer} is wrong")]
    BadSignature {
        /// Number of the signer.
        signer: usize,
    },
}

/// A field of a certificate, as errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The epoch number.
    Epoch,
    /// The view in which the block was proposed.
    View,
    /// The view of the proposal that it builds on.
    ParentView,
    /// The block id.
    Block,
    /// The bitmap of signers.
    Signers,
    /// The signatures and their count.
    Signatures,
    /// What follows the last signature, where nothing may.
    End,
}

impl core::fmt::Display for Field {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Epoch => "epoch",
            Self::View => "view",
            Self::ParentView => "parent view",
            Self::Block => "block id",
            Self::Signers => "signer bitmap",
            Self::Signatures => "signatures",
            Self::End => "end",
        })
    }
}

/// The numbers of the validators whose signatures were found good, ascending; a quorum at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerIndices(Vec<usize>);

impl SignerIndices {
    /// The numbers, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[usize] {
        &self.0
    }
}

/// A well-formed certificate for a validator set of known size. Nothing about its signatures is known before
/// [`Certificate::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    epoch: u64,
    view: u64,
    parent_view: u64,
    block_id: [u8; 32],
    /// Ascending by signer.
    signatures: Vec<(usize, [u8; 64])>,
    /// The encoded proposal: the part that is signed.
    proposal: Vec<u8>,
}

impl Certificate {
    /// Reads the one canonical form.
    ///
    /// # Errors
    ///
    /// [`CertificateError`] naming the field that is cut off or has another form, or the limit that is exceeded.
    pub fn parse(bytes: &[u8], validators: &ValidatorSet) -> Result<Self, CertificateError> {
        if bytes.len() > CERTIFICATE_BYTES_MAX {
            return Err(CertificateError::TooLong { bytes: bytes.len() });
        }
        let mut reader = Reader { rest: bytes };
        let epoch = reader.varint(64, Field::Epoch)?;
        let view = reader.varint(64, Field::View)?;
        let parent_view = reader.varint(64, Field::ParentView)?;
        let block_id = reader.array::<32>(Field::Block)?;
        let (proposal, _) = bytes.split_at(bytes.len() - reader.rest.len());
        let signers = reader.signers(validators.len())?;
        let count = reader.varint(32, Field::Signatures)?;
        if count != signers.len() as u64 {
            return Err(CertificateError::SignatureCount { signers: signers.len(), signatures: count });
        }
        let mut signatures = Vec::with_capacity(signers.len());
        for signer in signers {
            signatures.push((signer, reader.array::<64>(Field::Signatures)?));
        }
        if !reader.rest.is_empty() {
            return Err(CertificateError::NonCanonical { field: Field::End });
        }
        Ok(Self { epoch, view, parent_view, block_id, signatures, proposal: proposal.to_vec() })
    }

    /// Checks that a quorum of `validators` made the block with this id final on the chain with this namespace, and says
    /// who signed. Every signature carried is checked, also those beyond the quorum.
    ///
    /// # Errors
    ///
    /// [`CertificateError::WrongBlock`], [`CertificateError::TooFewSigners`], [`CertificateError::BadSignature`], or
    /// [`CertificateError::UnknownSigner`] when `validators` is not the set that the certificate was parsed with.
    pub fn verify(
        &self,
        namespace: &[u8],
        validators: &ValidatorSet,
        block_id: &[u8; 32],
    ) -> Result<SignerIndices, CertificateError> {
        if self.block_id != *block_id {
            return Err(CertificateError::WrongBlock);
        }
        let (have, need) = (self.signatures.len(), validators.quorum());
        if have < need {
            return Err(CertificateError::TooFewSigners { have, need });
        }
        let message = finalize_message(namespace, &self.proposal);
        for (signer, signature) in &self.signatures {
            let signer = *signer;
            let key = validators.keys.get(signer).ok_or(CertificateError::UnknownSigner { signer })?;
            key.verify(&Signature::from(*signature), &message)
                .map_err(|_| CertificateError::BadSignature { signer })?;
        }
        Ok(SignerIndices(self.signatures.iter().map(|(signer, _)| *signer).collect()))
    }

    /// The epoch whose validators signed.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The view in which the block was proposed. Grows by one with each attempt, not with each block.
    #[must_use]
    pub fn view(&self) -> u64 {
        self.view
    }

    /// The view of the proposal that the block builds on.
    #[must_use]
    pub fn parent_view(&self) -> u64 {
        self.parent_view
    }

    /// The id of the block that the signatures speak of.
    #[must_use]
    pub fn block_id(&self) -> &[u8; 32] {
        &self.block_id
    }

    /// The one canonical form; what [`Certificate::parse`] read, given the same number of validators.
    #[must_use]
    pub fn encode(&self, validators: &ValidatorSet) -> Vec<u8> {
        let mut out = self.proposal.clone();
        out.extend_from_slice(&(validators.len() as u64).to_be_bytes());
        let mut bitmap = vec![0u8; validators.len().div_ceil(8)];
        for (signer, _) in &self.signatures {
            if let Some(byte) = bitmap.get_mut(signer / 8) {
                *byte |= 1 << (signer % 8);
            }
        }
        out.extend_from_slice(&bitmap);
        write_varint(&mut out, self.signatures.len() as u64);
        for (_, signature) in &self.signatures {
            out.extend_from_slice(signature);
        }
        out
    }
}

/// The bytes that a validator signs to make a proposal final.
fn finalize_message(namespace: &[u8], proposal: &[u8]) -> Vec<u8> {
    let tag_length = namespace.len() + FINALIZE_SUFFIX.len();
    let mut message = Vec::with_capacity(10 + tag_length + proposal.len());
    write_varint(&mut message, tag_length as u64);
    message.extend_from_slice(namespace);
    message.extend_from_slice(FINALIZE_SUFFIX);
    message.extend_from_slice(proposal);
    message
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Takes fields off the front of a stranger's bytes.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn array<const N: usize>(&mut self, field: Field) -> Result<[u8; N], CertificateError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(CertificateError::Truncated { field })?;
        self.rest = rest;
        Ok(*head)
    }

    /// A varint of at most `bits` bits in its shortest form.
    fn varint(&mut self, bits: u32, field: Field) -> Result<u64, CertificateError> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let [byte] = self.array::<1>(field)?;
            let group = u64::from(byte & 0x7f);
            // A last byte of zero says nothing: a shorter form exists. A group beyond `bits` overflows the integer.
            let overlong = byte == 0 && shift > 0;
            let room = bits - shift;
            if overlong || (room <= 7 && u32::from(byte) >> room != 0) {
                return Err(CertificateError::NonCanonical { field });
            }
            value |= group << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// The bitmap of signers for `validators` validators, as ascending numbers; one at least.
    fn signers(&mut self, validators: usize) -> Result<Vec<usize>, CertificateError> {
        let found = u64::from_be_bytes(self.array::<8>(Field::Signers)?);
        if found != validators as u64 {
            return Err(CertificateError::WrongValidatorCount { expected: validators, found });
        }
        let mut signers = Vec::with_capacity(validators);
        for byte_index in 0..validators.div_ceil(8) {
            let [byte] = self.array::<1>(Field::Signers)?;
            for bit in (0..8).filter(|bit| byte & (1u8 << bit) != 0) {
                let signer = byte_index * 8 + bit;
                if signer >= validators {
                    return Err(CertificateError::UnknownSigner { signer });
                }
                signers.push(signer);
            }
        }
        Ok(signers)
    }
}
