//! What the chain has to be told, and the list behind its root.

use super::Sheet;
use std::sync::Arc;
use tracelight_api::rest::line::{MANIFEST_SERIALS_MAX, Manifest};
use tracelight_domain::gs1::{Lot, Serial, Sscc};
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
        /// Its packs with their lots.
        packs: Vec<(Lot, Serial)>,
    },
    /// Packs of a batch, in order of commissioning.
    Batch {
        /// Good packs.
        serials: Vec<Serial>,
        /// Numbers that the line used up without a good pack.
        gone: Gone,
        /// The line that held the numbers.
        line: String,
        /// Salt of the count commitment.
        count_salt: [u8; 16],
    },
}

/// Numbers that the line used up without a good pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Rejected or relabelled.
    pub scrapped: Vec<Serial>,
    /// Taken as samples.
    pub sampled: Vec<Serial>,
    /// Declared invalid, or printed and never seen again.
    pub invalid: Vec<Serial>,
}

/// Which list of a part.
type ListOf = fn(&mut Gone) -> &mut Vec<Serial>;

impl Gone {
    /// In parts of at most `max` numbers; an empty one when there is nothing.
    fn parts(&self, max: usize) -> Vec<Self> {
        let mut parts = vec![Self::default()];
        let mut room = max;
        let kinds: [(&[Serial], ListOf); 3] = [
            (&self.scrapped, |part| &mut part.scrapped),
            (&self.sampled, |part| &mut part.sampled),
            (&self.invalid, |part| &mut part.invalid),
        ];
        for (serials, list) in kinds {
            let mut rest = serials;
            while !rest.is_empty() {
                if room == 0 {
                    parts.push(Self::default());
                    room = max;
                }
                let (some, more) = rest.split_at(rest.len().min(room));
                if let Some(part) = parts.last_mut() {
                    list(part).extend_from_slice(some);
                }
                room -= some.len();
                rest = more;
            }
        }
        parts
    }
}

impl Deed {
    /// The list in the parts in which the server takes it.
    #[must_use]
    pub fn manifests(&self, tx: TxId) -> Vec<Manifest> {
        let (gtin, lot, tx_id) = (self.batch.gtin.to_string(), self.batch.lot.to_string(), tx.to_string());
        match &self.list {
            List::None => Vec::new(),
            List::Case { sscc, packs } => vec![Manifest::Case {
                sscc: sscc.to_string(),
                tx_id,
                gtin,
                units: packs.iter().map(|(lot, serial)| (lot.to_string(), serial.to_string())).collect(),
            }],
            List::Batch { serials, gone, line, count_salt } => {
                let texts = |serials: &[Serial]| serials.iter().map(ToString::to_string).collect::<Vec<_>>();
                let mut good = serials.chunks(MANIFEST_SERIALS_MAX).peekable();
                let mut gone = gone.parts(MANIFEST_SERIALS_MAX).into_iter().peekable();
                let (mut first, mut parts) = (0, Vec::new());
                while good.peek().is_some() || gone.peek().is_some() {
                    let chunk = good.next().unwrap_or_default();
                    // What is not good begins with the last of the good ones, and goes on alone where it is long.
                    let gone_now = if good.peek().is_none() { gone.next() } else { None }.unwrap_or_default();
                    parts.push(Manifest::Batch {
                        gtin: gtin.clone(),
                        lot: lot.clone(),
                        tx_id: tx_id.clone(),
                        first,
                        serials: texts(chunk),
                        rejected: texts(&gone_now.scrapped),
                        sampled: texts(&gone_now.sampled),
                        invalid: texts(&gone_now.invalid),
                        line: line.clone(),
                        count_salt: hex::encode(count_salt),
                        last: good.peek().is_none() && gone.peek().is_none(),
                    });
                    first += chunk.len() as u64;
                }
                parts
            }
        }
    }
}

/// A case of packs, each with the sheet of its batch. `sheet` is the order's.
pub(super) fn case_deed(sheet: &Sheet, sscc: Sscc, packs: &[(Arc<Sheet>, Serial)]) -> Deed {
    let root = merkle::root(packs.iter().map(|(sheet, serial)| sheet.leaf(serial)).collect());
    let mut counts: Vec<(BatchId, u32)> = Vec::new();
    for (sheet, _) in packs {
        match counts.iter_mut().find(|(batch, _)| *batch == sheet.batch) {
            Some((_, count)) => *count += 1,
            None => counts.push((sheet.batch.clone(), 1)),
        }
    }
    let packs = packs.iter().map(|(sheet, serial)| (sheet.batch.lot.clone(), serial.clone())).collect();
    Deed {
        batch: sheet.batch.clone(),
        body: TxBody::Pack { parent: sscc, content: Content::Units { root, batches: counts } },
        list: List::Case { sscc, packs },
    }
}

pub(super) fn pallet_deed(sheet: &Sheet, sscc: Sscc, cases: Vec<Sscc>) -> Deed {
    let body = TxBody::Pack { parent: sscc, content: Content::Cases(cases) };
    Deed { batch: sheet.batch.clone(), body, list: List::None }
}

pub(super) fn seal_deed(sheet: &Sheet, serials: Vec<Serial>, gone: Gone, count_salt: [u8; 16]) -> Deed {
    let seal = Seal {
        batch: sheet.batch.clone(),
        tree_root: merkle::root(serials.iter().map(|serial| sheet.leaf(serial)).collect()),
        unit_count: serials.len() as u64,
        count_salt,
        rejected: gone.scrapped.len() as u64,
        sampled: gone.sampled.len() as u64,
        quota: sheet.quota,
        quota_salt: quota_salt(&sheet.secret),
    };
    let list = List::Batch { serials, gone, line: sheet.line.clone(), count_salt };
    Deed { batch: sheet.batch.clone(), body: TxBody::SealBatch(seal), list }
}
