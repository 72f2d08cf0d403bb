//! Is a presented identifier one that the repository holds? Art. 11: authentic when an active identifier with the same product
//! code and the same serial is held. Batch and expiry are compared after that; each that differs is named.

use super::codes::{AlertId, ReturnCode};
use super::{Kind, State};
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial};

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The product code.
    pub product: Gtin,
    /// The serial.
    pub serial: Serial,
    /// The batch; `None` when it was entered by hand without.
    pub batch: Option<Lot>,
    /// The expiry; `None` when it was entered by hand without.
    pub expiry: Option<Date>,
}

/// What the repository holds of the presented product code and serial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing of that product code.
    NoProduct,
    /// The product, not that serial.
    NoSerial {
        /// Is the presented batch one of the product's?
        batch_known: bool,
    },
    /// A pack.
    Pack {
        /// Its batch.
        batch: Lot,
        /// Its expiry.
        expiry: Date,
        /// Its state as of today, see [`super::standing`].
        state: State,
    },
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// An active identifier with the same product code and serial is held.
    pub authentic: bool,
    /// What differs, in the order in which it is looked at.
    pub codes: Vec<ReturnCode>,
    /// The alerts that go with it.
    pub alerts: Vec<AlertId>,
}

/// Compares what was presented with what is held. Byte for byte; an expiry without a day equals only one without a day, because the
/// pack's print and the upload must be the same.
#[must_use]
pub fn identity(presented: &Presented, held: &Held) -> Identity {
    match held {
        Held::NoProduct => Identity { authentic: false, codes: vec![], alerts: vec![AlertId::UnknownProduct] },
        Held::NoSerial { batch_known } => {
            let mut codes = vec![ReturnCode::UnknownSerial];
            codes.extend((presented.batch.is_some() && !batch_known).then_some(ReturnCode::UnknownBatch));
            Identity { authentic: false, codes, alerts: vec![AlertId::UnknownSerial] }
        }
        Held::Pack { batch, expiry, state } => {
            let (mut codes, mut alerts) = (Vec::new(), Vec::new());
            if presented.expiry.is_some_and(|found| found != *expiry) {
                codes.push(ReturnCode::ExpiryMismatch);
                alerts.push(AlertId::ExpiryMismatch);
            }
            if presented.batch.as_ref().is_some_and(|found| found != batch) {
                codes.push(ReturnCode::BatchMismatch);
                alerts.push(AlertId::BatchMismatch);
            }
            Identity { authentic: state.kind() == Kind::Active, codes, alerts }
        }
    }
}
