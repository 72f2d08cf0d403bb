//! What the graph of a lot asks of the read model, beyond its own keys.

use crate::{Step, index};

pub(crate) const STEPS: &[Step] = &[
    // The hand-overs in which a case stood on a pallet. Answered from the index alone: the table's key is the rest of a row.
    index("m20261129_901_rm_shipment_case_sscc", "rm_shipment_case_sscc", "rm_shipment_case", "sscc, pallet"),
];
