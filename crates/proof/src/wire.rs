//! The byte format of `domain`'s types. One file for ids, one for what is voted on, one for transactions, one for
//! states and events.

mod governance;
mod ids;
mod state;
mod tx;
