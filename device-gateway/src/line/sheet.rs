//! What a line has to know of a batch.

use std::collections::BTreeSet;
use tracelight_domain::gs1::{Date, Serial};
use tracelight_domain::ids::{BatchId, Hash};
use tracelight_proof::commitments::{unit_leaf, unit_salt};

/// A batch, its secret, and the codes that were issued for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The batch.
    pub batch: BatchId,
    /// From which the salts of the leaves are derived. Never leaves the member.
    pub secret: [u8; 32],
    /// Serials issued.
    pub issued: BTreeSet<Serial>,
    /// Expiry of the batch, as it has to be printed; `None` when the server did not say.
    pub expires_on: Option<Date>,
    /// Packs that the batch was registered for.
    pub quota: u64,
    /// The server says that the batch is sealed.
    pub sealed: bool,
    /// The line that holds the codes, `site/line`; empty in copies of a server that knew no blocks.
    pub line: String,
}

impl Sheet {
    /// The salted leaf of one pack.
    #[must_use]
    pub fn leaf(&self, serial: &Serial) -> Hash {
        unit_leaf(self.batch.gtin, &self.batch.lot, serial, &unit_salt(&self.secret, serial))
    }
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sheet({}, {} issued, sealed: {})", self.batch, self.issued.len(), self.sealed)
    }
}
