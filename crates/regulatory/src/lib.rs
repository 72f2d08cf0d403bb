//! What authorities publish and ask for: recall notices, the FSMA 204 spreadsheet, the states of medicine packs in the EU.
//!
//! | module | holds |
//! |---|---|
//! | [`notices`] | public recall notices: read without a loss, typed, with the codes, lots and dates that their prose names |
//! | [`fsma204`] | 21 CFR 1 subpart S: records of each critical tracking event, the sortable spreadsheet, rules of lot codes |
//! | [`fmd`] | Delegated Regulation (EU) 2016/161: states of a pack, what may follow what, return codes and alerts |
//!
//! **Invariant:** pure: bytes and values in, values or named faults out; no I/O, no clock, no chance. What was read from
//! prose is never more certain than the prose: each find says what it rests on, and what was not understood is listed.

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unreachable)
)]

pub mod fmd;
pub mod fsma204;
pub mod notices;
