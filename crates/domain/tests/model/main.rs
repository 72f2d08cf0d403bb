//! Random sequences of transactions through the rules, with a ledger in memory, beside a second, simpler account of what
//! ought to be true. Whatever is accepted, in whatever order:
//!
//! | property | where |
//! |---|---|
//! | one custodian per object; only the holder ships, only the receiver takes over | [`goods`] |
//! | containment is a forest at every instant | [`goods`] |
//! | no batch is sealed beyond its quota | [`goods`] |
//! | device sequences are gapless | [`goods`] |
//! | a correction changes no state | [`goods`] |
//! | a pack changes as the table of Delegated Reg. 2016/161 says, and only so | [`fmd`] |
//! | one change per approved proposal, and none without more than two thirds | [`votes`] |
//! | never too few validators, never too many changes of seats | [`votes`] |
//!
//! Each walk counts what was accepted, and a test fails when a kind of step never is: a property that nothing reaches
//! proves nothing.

mod fmd;
mod goods;
mod votes;
mod world;
