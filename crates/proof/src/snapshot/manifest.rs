//! The manifest, and its check against the genesis.

use crate::block::{HEADER_BYTES, Header, block_id};
use crate::certificate::{CERTIFICATE_BYTES_MAX, Certificate, VALIDATORS_MAX, ValidatorSet};
use crate::codec::{Canonical, DecodeError, Reader, write_blob, write_list};
use crate::genesis::{Genesis, consensus_namespace, validators_hash};
use crate::state_proof::Subtree;
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey};

/// Version of the format. History: 1 = first, 2 = pruned blocks.
const VERSION: u8 = 2;
/// State files: one for each first byte of a key.
pub const PARTS: usize = 256;
/// Headers from E to C.
pub const HEADERS_MAX: usize = 1_024;
/// Steps of one manifest.
pub const STEPS_MAX: usize = 65_535;
/// Files of blocks, or of nonces.
pub const FILES_MAX: u32 = 100_000;

/// A change of the set: what a light client steps on. Rows of the store have the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Header of the last block of an epoch.
    pub header: Vec<u8>,
    /// Its certificate, by the old set.
    pub certificate: Vec<u8>,
    /// The new set, ascending.
    pub keys: Vec<PublicKey>,
}

impl Canonical for Step {
    fn write(&self, out: &mut Vec<u8>) {
        write_blob(&self.header, out);
        write_blob(&self.certificate, out);
        write_list(&self.keys, out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: reader.blob(HEADER_BYTES, "header")?.to_vec(),
            certificate: reader.blob(CERTIFICATE_BYTES_MAX, "certificate")?.to_vec(),
            keys: reader.list(VALIDATORS_MAX, "validators")?,
        })
    }
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The alliance.
    pub chain: ChainId,
    /// Header bytes of blocks E to C.
    pub headers: Vec<Vec<u8>>,
    /// Certificate of C.
    pub certificate: Vec<u8>,
    /// The validators' changes up to C.
    pub steps: Vec<Step>,
    /// The state's subtrees, one for each first byte of a key.
    pub parts: Vec<Subtree>,
    /// Version of the state tree after E.
    pub version: u64,
    /// Blocks 1 to this one have no bodies; 0 when all have.
    pub pruned: Height,
    /// Files of blocks.
    pub blocks_files: u32,
    /// Files of nonces.
    pub nonces_files: u32,
    /// [`super::Digest`] over the rows of all nonces. Nobody signs it: compare it with another member's.
    pub nonces: Hash,
    /// [`super::Digest`] over the ids of the transactions of all pruned blocks. Nobody signs it: compare it with another member's.
    pub txs: Hash,
}

impl Canonical for Manifest {
    fn write(&self, out: &mut Vec<u8>) {
        VERSION.write(out);
        self.chain.write(out);
        u32::try_from(self.headers.len()).unwrap_or(u32::MAX).write(out);
        self.headers.iter().for_each(|header| write_blob(header, out));
        write_blob(&self.certificate, out);
        write_list(&self.steps, out);
        for part in &self.parts {
            match part {
                Subtree::Empty => 0u8.write(out),
                Subtree::Single(_) => 1u8.write(out),
                Subtree::Many(_) => 2u8.write(out),
            }
            part.hash().write(out);
        }
        self.version.write(out);
        self.pruned.write(out);
        self.blocks_files.write(out);
        self.nonces_files.write(out);
        self.nonces.write(out);
        self.txs.write(out);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(r)? != VERSION {
            return Err(r.invalid("snapshot version", 1));
        }
        let chain = ChainId::read(r)?;
        let count = usize::try_from(u32::read(r)?).unwrap_or(usize::MAX);
        if count == 0 || count > HEADERS_MAX {
            return Err(r.invalid("headers", 4));
        }
        let headers =
            (0..count).map(|_| r.blob(HEADER_BYTES, "header").map(<[u8]>::to_vec)).collect::<Result<_, _>>()?;
        let certificate = r.blob(CERTIFICATE_BYTES_MAX, "certificate")?.to_vec();
        let steps = r.list(STEPS_MAX, "steps")?;
        let parts = (0..PARTS).map(|_| part(r)).collect::<Result<_, _>>()?;
        let (version, pruned) = (Canonical::read(r)?, Canonical::read(r)?);
        let (blocks_files, nonces_files) = (u32::read(r)?, u32::read(r)?);
        if blocks_files > FILES_MAX || nonces_files > FILES_MAX {
            return Err(r.invalid("files", 8));
        }
        let (nonces, txs) = (Canonical::read(r)?, Canonical::read(r)?);
        Ok(Self { chain, headers, certificate, steps, parts, version, pruned, blocks_files, nonces_files, nonces, txs })
    }
}

fn part(r: &mut Reader<'_>) -> Result<Subtree, DecodeError> {
    match (u8::read(r)?, Hash::read(r)?) {
        (0, Hash::ZERO) => Ok(Subtree::Empty),
        (1, hash) => Ok(Subtree::Single(hash)),
        (2, hash) => Ok(Subtree::Many(hash)),
        _ => Err(r.invalid("subtree", 33)),
    }
}

/// What a sound manifest promises.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The manifest.
    pub manifest: Manifest,
    /// Header of block E, after which the state is.
    pub state: Header,
    /// Header C, which says so.
    pub certified: Header,
}

impl Manifest {
    /// Checks everything that the manifest alone can show: the steps lead from the genesis to the validators of C, they
    /// certified C, C's parents lead to E, and the subtrees have C's state root.
    ///
    /// # Errors
    /// A sentence that says what does not follow.
    pub fn check(self, genesis: &Genesis) -> Result<Promise, String> {
        if self.chain != genesis.chain_id() {
            return Err(format!("it is of chain {}, the genesis is of {}", self.chain, genesis.chain_id()));
        }
        let headers = self.headers.iter().map(|bytes| Header::decode(bytes)).collect::<Result<Vec<_>, _>>();
        let headers = headers.map_err(|error| error.to_string())?;
        let (Some(state), Some(certified)) = (headers.first().cloned(), headers.last().cloned()) else {
            return Err("it has no headers".to_owned());
        };
        self.check_certified(genesis, &certified)?;
        let is_line = headers.iter().zip(self.headers.iter().zip(headers.iter().skip(1)));
        for (before, (bytes, after)) in is_line {
            if after.parent != block_id(bytes) || before.height.checked_add(1) != Some(after.height) {
                return Err(format!("block {} does not follow", after.height));
            }
        }
        if certified.executed != state.height {
            return Err(format!("its header speaks of block {}, not of {}", certified.executed, state.height));
        }
        if Subtree::over(&self.parts).hash() != certified.state_root {
            return Err("its subtrees do not have the certified state root".to_owned());
        }
        if self.pruned > state.height {
            return Err(format!("it says that block {} is pruned, which comes after the state", self.pruned));
        }
        Ok(Promise { manifest: self, state, certified })
    }

    fn check_certified(&self, genesis: &Genesis, certified: &Header) -> Result<(), String> {
        let mut set = genesis.validators().map_err(|error| error.to_string())?;
        let namespace = consensus_namespace(self.chain);
        let verify = |set: &ValidatorSet, header: &[u8], certificate: &[u8]| {
            let parsed = Certificate::parse(certificate, set);
            let verified = parsed.and_then(|it| it.verify(&namespace, set, &block_id(header).0));
            verified.map(|_| ()).map_err(|error| error.to_string())
        };
        for step in &self.steps {
            let header = Header::decode(&step.header).map_err(|error| error.to_string())?;
            let keys: Vec<[u8; 32]> = step.keys.iter().map(|key| key.0).collect();
            let next = ValidatorSet::new(&keys).map_err(|error| error.to_string())?;
            if header.validators != validators_hash(&set) || header.next_validators != validators_hash(&next) {
                return Err(format!("the step at block {} does not follow", header.height));
            }
            verify(&set, &step.header, &step.certificate)?;
            set = next;
        }
        if certified.chain != self.chain || certified.validators != validators_hash(&set) {
            return Err("its header is of other validators".to_owned());
        }
        verify(&set, self.headers.last().map_or(&[], Vec::as_slice), &self.certificate)
    }
}
