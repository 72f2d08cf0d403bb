//! What Tracelight knows about the trade: ids, codes, batches, custody, recalls, verdicts and the rules between them.
//!
//! **Invariant:** this crate does no I/O, reads no clock, draws no randomness and knows no wire format. Time, chance and
//! hashes come in as arguments, so that every node, the server and the browser compute the same answer from the same input.
//!
//! | module | holds |
//! |---|---|
//! | [`gs1`], [`china`], [`serial`] | the ids that are printed on packs, and their parsers |
//! | [`cell`] | texts in the cells of spreadsheets |
//! | [`ids`] | the ids that only the chain uses |
//! | [`tx`] | the transactions that a member signs |
//! | [`state`] | what the ledger keeps about each object, and the events of its history |
//! | [`governance`] | what the alliance decides by vote: members, keys, validators |
//! | [`rules`] | which transaction may do what: the only place where a rule is written down |
//! | [`trace`] | the graph of a lot: what went into it and came of it, from hand to hand, and what is not known |
//! | [`risk`] | does the pattern of checks fit one pack |
//! | [`verdict`] | the answer to a scan |

pub mod cell;
pub mod china;
pub mod governance;
pub mod gs1;
pub mod ids;
pub mod risk;
pub mod rules;
pub mod serial;
pub mod state;
pub mod trace;
pub mod tx;
pub mod verdict;
