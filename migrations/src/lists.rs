//! What lists and searches ask of the read model, beyond its own keys.

use crate::{Step, index};

pub(crate) const STEPS: &[Step] = &[
    // Lots by their beginning, whatever the product: somebody who holds a pack reads the lot first.
    index("m20261130_400_rm_batch_lot", "rm_batch_lot", "rm_batch", "lot, gtin"),
];
