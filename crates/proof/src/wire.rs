//! The byte format of `domain`'s types. One file for ids, one for transactions, one for states and events.

mod ids;
mod state;
mod tx;
