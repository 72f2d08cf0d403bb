//! XML of EPCIS: reading 2.0 and 1.0 to 1.2, writing 2.0.
//!
//! ```text
//! 2.0   urn:epcglobal:epcis:xsd:2   all fields in the event
//! 1.x   urn:epcglobal:epcis:xsd:1   baseExtension and extension hold what came with later versions: they are looked through;
//!                                   TransformationEvent stands in an extension of the list; QuantityEvent is an ObjectEvent
//!                                   that observes a quantity
//! ```
//! The structure of the XSD is checked by the code that reads: unknown, repeated and missing elements and wrong values are
//! violations, the order of elements is weighed by the policy. Own fields are elements (in sensor metadata and reports:
//! attributes) of other namespaces. There is no DTD, so there are no entities beyond XML's five; nothing is fetched.

mod envelope;
mod event;
mod extension;
mod node;
mod sensor;
mod write;

pub(crate) use envelope::read;
pub use write::{WriteError, write};
