//! From deeds to final transactions, and their lists to the server.
//!
//! ```text
//! deed -> signed with the next nonce -> outbox, synced -> sent -> applied | refused -> outbox -> list sent -> done
//! ```
//! * Oldest first, at most [`WINDOW`] on the way. The same bytes are sent again until the chain has answered for good.
//! * The device's nonces have no gap. They start at what the chain holds and are continued from the outbox.
//! * A transaction that has *expired* unsent is signed again under its nonce: the ledger takes no expired one, so at most
//!   one of the two can ever be in a block. The same holds for one whose nonce somebody else has used.
//! * *Refused* uses the nonce up, is written to `dead-letters.jsonl` with the rule's name, reported, and done with. A
//!   node that refuses before ordering (*rejected*) is asked [`REJECTIONS_MAX`] times over, as it may not have seen what
//!   came before; then the deed is a dead letter too and its nonce goes to the next.
//! * The list behind a root goes to the server when the transaction is applied, again until the server has it.

mod http;
mod links;
mod outbox;
mod round;
#[cfg(test)]
mod tests;

pub use http::{HttpOffice, NodeChain};
pub use links::{Chain, LinkError, Office};
pub use outbox::{Outbox, OutboxError};
pub use round::{Round, Uplink, UplinkError, lock};

/// Transactions on the way. 64 of 16 KiB are 1 MiB, half of what one call takes.
pub const WINDOW: usize = 64;
/// How often a node may reject a deed that is first in line before it is given up.
pub const REJECTIONS_MAX: u32 = 10;
