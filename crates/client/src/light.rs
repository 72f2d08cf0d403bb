//! A light client: believes headers by their certificates, and follows the changes of the validators from the genesis.
//!
//! A node is asked for changes only when it shows a header that other validators certified than those known so far; what it
//! answers is checked step by step ([`tracelight_proof::bundle::follow`]) before it counts. A node that lies is refused and
//! changes nothing.

use crate::chain::{ClientError, NodeClient};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tracelight_domain::ids::{ChainId, Height};
use tracelight_proof::block::{Header, block_id};
use tracelight_proof::bundle::{Anchor, Followed, STEPS_MAX, Step, StepFault, follow};
use tracelight_proof::certificate::{Certificate, CertificateError, ValidatorSet, ValidatorSetError};
use tracelight_proof::codec::{Canonical as _, DecodeError};
use tracelight_proof::genesis::{Genesis, GenesisError, consensus_namespace, validators_hash};

/// Why a header is not believed.
#[derive(Debug, Error)]
pub enum LightError {
    /// The genesis is none.
    #[error("{0}")]
    Genesis(#[from] GenesisError),
    /// The node did not answer.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// Not a header.
    #[error("the header: {0}")]
    Header(#[from] DecodeError),
    /// Of another alliance.
    #[error("the header belongs to chain {0}")]
    OtherChain(ChainId),
    /// Certified by validators to which no change leads.
    #[error("no change of the validators leads to those that certify block {0}")]
    UnknownValidators(Height),
    /// A change that its validators did not certify.
    #[error("a change of the validators does not hold: {0}")]
    Step(#[from] StepFault),
    /// A set that is none.
    #[error("a change of the validators: {0}")]
    Set(#[from] ValidatorSetError),
    /// No quorum signed it.
    #[error("the certificate of block {height}: {source}")]
    Certificate {
        /// Of which block.
        height: Height,
        /// Why.
        source: CertificateError,
    },
    /// More changes than can be followed.
    #[error("the validators changed more than {STEPS_MAX} times; a newer program is needed")]
    TooManySteps,
}

/// What is known of the validators.
#[derive(Debug)]
pub struct LightClient {
    genesis: Genesis,
    chain: ChainId,
    known: Mutex<Known>,
    believed: Mutex<Option<Believed>>,
}

/// The last header that was believed. Many answers stand under one header, and a quorum's signatures take longer than all else.
#[derive(Debug)]
struct Believed {
    header: Vec<u8>,
    certificate: Vec<u8>,
    parsed: Header,
    /// Changes of the validators that were known then: with another one known, an older header is not believed any more.
    steps: usize,
}

#[derive(Clone, Debug)]
struct Known {
    steps: Vec<Step>,
    followed: Followed,
}

impl LightClient {
    /// Knows nothing but the genesis yet.
    ///
    /// # Errors
    /// [`LightError::Genesis`].
    pub fn new(genesis: &Genesis) -> Result<Self, LightError> {
        genesis.check()?;
        let followed = follow(genesis, &[])?;
        let known = Mutex::new(Known { steps: Vec::new(), followed });
        Ok(Self { chain: genesis.chain_id(), genesis: genesis.clone(), known, believed: Mutex::new(None) })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The genesis with all changes known so far.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        Anchor { genesis: self.genesis.to_bytes(), steps: self.known().steps.clone() }
    }

    /// The header, when a quorum of the alliance's validators stands behind it. Asks the node for changes of the validators
    /// when others certified it than those known.
    ///
    /// # Errors
    /// [`LightError`].
    pub async fn believe(&self, node: &NodeClient, header: &[u8], certificate: &[u8]) -> Result<Header, LightError> {
        let steps = self.known().steps.len();
        let is_it = |last: &&Believed| last.header == header && last.certificate == certificate && last.steps == steps;
        if let Some(last) = self.believed().as_ref().filter(is_it) {
            return Ok(last.parsed.clone());
        }
        let parsed = self.certified(node, header, certificate).await?;
        let (header, certificate) = (header.to_vec(), certificate.to_vec());
        *self.believed() = Some(Believed { header, certificate, parsed: parsed.clone(), steps });
        Ok(parsed)
    }

    fn believed(&self) -> MutexGuard<'_, Option<Believed>> {
        self.believed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn certified(&self, node: &NodeClient, header: &[u8], certificate: &[u8]) -> Result<Header, LightError> {
        let parsed = Header::decode(header)?;
        if parsed.chain != self.chain {
            return Err(LightError::OtherChain(parsed.chain));
        }
        let followed = self.known().followed.clone();
        let followed = if validators_hash(&followed.validators) == parsed.validators && parsed.height > followed.height
        {
            followed
        } else {
            self.learn(node).await?
        };
        if validators_hash(&followed.validators) != parsed.validators || parsed.height <= followed.height {
            return Err(LightError::UnknownValidators(parsed.height));
        }
        let height = parsed.height;
        Certificate::parse(certificate, &followed.validators)
            .and_then(|certificate| {
                let namespace = consensus_namespace(self.chain);
                certificate.verify(&namespace, &followed.validators, &block_id(header).0)
            })
            .map_err(|source| LightError::Certificate { height, source })?;
        Ok(parsed)
    }

    /// Asks for changes after the last known one.
    async fn learn(&self, node: &NodeClient) -> Result<Followed, LightError> {
        let mut known = self.known().clone();
        loop {
            let more = node.steps(known.followed.height.saturating_add(1)).await?;
            if more.is_empty() {
                break;
            }
            for told in more {
                let header = Header::decode(&told.header.0)?;
                let keys: Vec<[u8; 32]> = told.validators.iter().map(|key| key.0.0).collect();
                let next = ValidatorSet::new(&keys)?;
                let step = Step::new(&header, &told.certificate.0, &known.followed.validators, &next);
                known.steps.push(step.ok_or(LightError::UnknownValidators(header.height))?);
                if known.steps.len() > STEPS_MAX {
                    return Err(LightError::TooManySteps);
                }
                // Each is checked before the next is taken apart with its validators.
                known.followed = follow(&self.genesis, &known.steps)?;
            }
        }
        let followed = known.followed.clone();
        let mut now = self.known();
        if now.steps.len() < known.steps.len() {
            *now = known;
        }
        Ok(followed)
    }
}
