//! Physical marks: what a pack carries against copying, as plug-ins behind one trait.
//!
//! ```text
//! at the line   reference --[Check::enrol]--> Enrolment, kept by the server in its canonical bytes
//!
//! at a check    enrolment, evidence --[Check::read]--> Reading { claim, finding }      pure
//!               claim --[the store, ONE atomic statement]--> Standing                  the only state there is
//!               reading, standing --[Reading::judge]--> Outcome                        pure
//!               Outcome --[Record]--> canonical bytes, to be signed and anchored
//!               records --[Policy::judge]--> Decision: what may be said of the item
//! ```
//! | module | holds |
//! |---|---|
//! | [`check`](Check) | the trait, the item, what a reading is, and the rule of freshness, which no kind can get around |
//! | [`claim`](Claim) | what the store has to settle at once: a counter that only rises, a first showing, tries that are spent |
//! | [`Registry`] | the kinds that this server knows; one that it does not know is an outcome too |
//! | [`nfc`] | `nfc.ntag424`: NTAG 424 DNA, SUN messages in AES mode |
//! | [`pin`] | `pin.covered`: a number under a scratch layer, shown once |
//! | [`rfid`] | `rfid.tid`: the chip's own number beside the EPC |
//! | [`hologram`] | `hologram.questions`: what a person sees, asked |
//! | [`score`] | `cdp.score`: the signed statement of a service that looked at a copy-detection pattern |
//! | [`Policy`] | per product: what it carries, what is required, and how outcomes are put together |
//! | [`Record`] | an outcome's canonical bytes |
//! | [`reasons`] | the identifiers of every reason, for the text catalogue |
//!
//! A kind is an open, checked text and not an enum, and keys belong to the check that uses them: somebody else adds a kind
//! in a crate of their own, without a change here (`tests/foreign_kind.rs` does).
//!
//! **Invariant:** pure. No I/O, no clock, no randomness: time, random bytes and what is stored come in as arguments. What
//! strangers send is refused by a typed error and never stops the program. No enrolment holds a secret that opens it by
//! itself: a PIN is a keyed hash, a tag is a number and the name of a key.
//!
//! What an outcome is *not*: a state of the pack. Anybody can send nonsense about a true pack, so an outcome belongs to the
//! visit in which its evidence was shown, and bad ones of other visits must not be handed to [`Policy::judge`].

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unreachable)
)]

mod bytes;
mod check;
mod claim;
mod enrolment;
mod fields;
pub mod hologram;
mod keys;
mod names;
pub mod nfc;
mod outcome;
pub mod pin;
mod policy;
pub mod reasons;
mod record;
mod registry;
pub mod rfid;
pub mod score;

pub use bytes::DecodeError;
pub use check::{Check, Context, EnrolError, Item, ItemError, Reading, Resistance};
pub use claim::{Claim, Slot, Standing, Stored, Tries};
pub use enrolment::{ENROLMENT_BYTES_MAX, Enrolment};
pub use fields::{FIELD_BYTES_MAX, FIELDS_MAX, FieldError, Fields};
pub use keys::Keys;
pub use names::{KeyId, Kind, NAME_BYTES_MAX, NameError, ReasonId};
pub use outcome::{Confidence, Freshness, Outcome, REASONS_MAX, Reason, Verdict};
pub use policy::{Carried, Decision, ItemVerdict, KINDS_MAX, Need, Policy, PolicyError};
pub use record::{RECORD_BYTES_MAX, Record};
pub use registry::{Registry, RegistryError};

#[cfg(test)]
mod tests;
