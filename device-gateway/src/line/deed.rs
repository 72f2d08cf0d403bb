//! What the chain has to be told, and the list behind its root.

use super::Sheet;
use tracelight_api::rest::line::{MANIFEST_SERIALS_MAX, Manifest};
use tracelight_domain::gs1::{Serial, Sscc};
use tracelight_domain::ids::{BatchId, TxId};
use tracelight_domain::tx::{Content, Seal, TxBody};
use tracelight_proof::commitments::quota_salt;
use tracelight_proof::merkle;

/// A transaction to be, and its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The batch.
    pub batch: BatchId,
    /// What the transaction does.
    pub body: TxBody,
    /// What stands behind its root.
    pub list: List,
}

/// The list behind a root; the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// The transaction says it all.
    None,
    /// Packs of a case, in packing order.
    Case {
        /// The case.
        sscc: Sscc,
        /// Its packs.
        serials: Vec<Serial>,
    },
    /// Packs of a batch, in order of commissioning.
    Batch {
        /// Good packs.
        serials: Vec<Serial>,
        /// Labels and packs that the line rejected.
        rejected: Vec<Serial>,
        /// Salt of the count commitment.
        count_salt: [u8; 16],
    },
}

impl Deed {
    /// The list in the parts in which the server takes it.
    #[must_use]
    pub fn manifests(&self, tx: TxId) -> Vec<Manifest> {
        let (gtin, lot, tx_id) = (self.batch.gtin.to_string(), self.batch.lot.to_string(), tx.to_string());
        match &self.list {
            List::None => Vec::new(),
            List::Case { sscc, serials } => vec![Manifest::Case {
                sscc: sscc.to_string(),
                tx_id,
                gtin,
                units: serials.iter().map(|serial| (lot.clone(), serial.to_string())).collect(),
            }],
            List::Batch { serials, rejected, count_salt } => {
                let parts = serials.len().div_ceil(MANIFEST_SERIALS_MAX);
                let texts = |serials: &[Serial]| serials.iter().map(ToString::to_string).collect::<Vec<_>>();
                let part = |(index, chunk): (usize, &[Serial])| {
                    let last = index + 1 == parts;
                    Manifest::Batch {
                        gtin: gtin.clone(),
                        lot: lot.clone(),
                        tx_id: tx_id.clone(),
                        first: (index * MANIFEST_SERIALS_MAX) as u64,
                        serials: texts(chunk),
                        rejected: if last { texts(rejected) } else { Vec::new() },
                        count_salt: hex::encode(count_salt),
                        last,
                    }
                };
                serials.chunks(MANIFEST_SERIALS_MAX).enumerate().map(part).collect()
            }
        }
    }
}

pub(super) fn case_deed(sheet: &Sheet, sscc: Sscc, serials: Vec<Serial>) -> Deed {
    let root = merkle::root(serials.iter().map(|serial| sheet.leaf(serial)).collect());
    let count = u32::try_from(serials.len()).unwrap_or(u32::MAX);
    let content = Content::Units { root, batches: vec![(sheet.batch.clone(), count)] };
    Deed {
        batch: sheet.batch.clone(),
        body: TxBody::Pack { parent: sscc, content },
        list: List::Case { sscc, serials },
    }
}

pub(super) fn pallet_deed(sheet: &Sheet, sscc: Sscc, cases: Vec<Sscc>) -> Deed {
    let body = TxBody::Pack { parent: sscc, content: Content::Cases(cases) };
    Deed { batch: sheet.batch.clone(), body, list: List::None }
}

pub(super) fn seal_deed(sheet: &Sheet, serials: Vec<Serial>, rejected: Vec<Serial>, count_salt: [u8; 16]) -> Deed {
    let seal = Seal {
        batch: sheet.batch.clone(),
        tree_root: merkle::root(serials.iter().map(|serial| sheet.leaf(serial)).collect()),
        unit_count: serials.len() as u64,
        count_salt,
        rejected: rejected.len() as u64,
        sampled: 0,
        quota: sheet.quota,
        quota_salt: quota_salt(&sheet.secret),
    };
    Deed {
        batch: sheet.batch.clone(),
        body: TxBody::SealBatch(seal),
        list: List::Batch { serials, rejected, count_salt },
    }
}
