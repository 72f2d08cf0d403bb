//! The ledger and EPCIS: what a history on the chain is as events, and what a captured event asks the ledger to do.
//!
//! ```text
//! history of a pack, case, pallet, lot or hand-over  --read_back-->  events, one a line, eventID = their event hash
//! captured event                                     --intent----->  the kind of transaction that a signer could make of it,
//!                                                                    or "evidence only", with the reason
//! ```
//! Nothing is signed here and no rule of the ledger is decided: an [`Intent`] is what the sender means, and
//! `tracelight_domain::rules` says whether it may. Ids that go to the ledger are parsed by the domain: a wrong check digit that
//! EPCIS lets pass is evidence only.

mod intent;
mod read_back;

pub use intent::{Condition, Intent, NoIntent, intent};
pub use read_back::{party, read_back};

#[cfg(test)]
mod tests;
