//! JSON-LD of EPCIS 2.0: reading by the rules of GS1's JSON Schema, formats asserted, and writing what that schema accepts.
//!
//! Contexts are read for prefixes and terms (`name.rs`); nothing is fetched and no JSON-LD algorithm is run, because the schema
//! fixes one shape for every standard field. Read: `EPCISDocument`, `EPCISQueryDocument`, one bare event, a list of bare events.

mod envelope;
mod event;
mod extension;
mod reader;
mod sensor;
mod value;
mod write;

pub(crate) use envelope::{declare, read};
pub(crate) use value::{Json, parse};
pub use write::{write, write_event};
