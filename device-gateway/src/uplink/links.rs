//! What the uplink needs of the chain and of the member's server.

use crate::line::Sheet;
use async_trait::async_trait;
use thiserror::Error;
use tracelight_api::chain::Receipt;
use tracelight_api::rest::line::{Manifest, ManifestStored};
use tracelight_domain::ids::{BatchId, ChainId, Height, PublicKey};
use tracelight_domain::tx::SignedTx;

/// Why a call led to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// No answer; later there may be one.
    #[error("{0}")]
    Unreachable(String),
    /// A definite no to this very call.
    #[error("{0}")]
    Refused(String),
    /// The answer is not to be believed or not understood.
    #[error("{0}")]
    BadAnswer(String),
}

/// The chain.
#[async_trait]
pub trait Chain: Send + Sync {
    /// The alliance that the nodes are of.
    fn id(&self) -> ChainId;
    /// Newest final height.
    ///
    /// # Errors
    /// [`LinkError`].
    async fn height(&self) -> Result<Height, LinkError>;
    /// The nonce that the chain expects next of a device's key; `None` when no member has registered it.
    ///
    /// # Errors
    /// [`LinkError`].
    async fn next_nonce(&self, key: PublicKey) -> Result<Option<u64>, LinkError>;
    /// Submits transactions and waits up to `wait_ms` for them to be final. One receipt each.
    ///
    /// # Errors
    /// [`LinkError`].
    async fn submit(&self, txs: &[SignedTx], wait_ms: u64) -> Result<Vec<Receipt>, LinkError>;
}

/// The member's server.
#[async_trait]
pub trait Office: Send + Sync {
    /// A batch with the codes that the line `site/line` holds of it, taken now if it has none; `None` when the server knows no
    /// such batch.
    ///
    /// # Errors
    /// [`LinkError`].
    async fn batch(&self, batch: &BatchId, line: &str) -> Result<Option<Sheet>, LinkError>;
    /// Hands over a list.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Refused`] when sending it again is of no use.
    async fn store(&self, manifest: &Manifest) -> Result<ManifestStored, LinkError>;
}
