//! The server: REST for people and gateways, the scan page for shoppers, and the follower that feeds both.
//!
//! ```text
//! request -> layers -> handler: authorize, parse, ask the store, answer
//!                              \-> signing -> chain-nodes -> follower -> store
//! ```
//! | module | holds |
//! |---|---|
//! | [`api`] | REST v1, one file an area |
//! | [`scan`] | the pages and calls for shoppers |
//! | [`epcis`] | capture and queries of EPCIS 2.0 |
//! | [`resolver`] | the Digital Link resolver: linksets, redirections |
//! | [`vrs`] | verification of identifiers for trading partners |
//! | [`pages`], [`assets`] | the consoles and their files |
//! | [`docs`] | the reference of the interfaces |
//! | [`signing`] | signs for a member when one of its people says so |
//! | [`follower`] | verifies the chain and projects it |
//! | [`store`] | the database, behind types of `domain` and `api` |
//! | [`graph`] | the graph of a lot, as a picture and as tables |
//! | [`jobs`] | the worker that makes codes |
//! | [`auth`] | people, keys of programs, gateways |
//! | [`audit`] | who did what, for those whose goods or accounts it concerns |
//! | [`webhooks`] | what members are told of |
//! | [`post`] | brings it to them, signed |
//!
//! **Invariant:** a handler names no entity and writes no SQL; no answer speaks of goods from a source that the follower
//! has not verified.

pub mod accept;
pub mod alliance;
pub mod api;
pub mod app;
pub mod assets;
pub mod audit;
pub mod auth;
pub mod bundle;
pub mod clock;
pub mod config;
pub mod docs;
pub mod epcis;
pub mod fmd;
pub mod follower;
pub mod fsma204;
pub mod graph;
pub mod health;
pub mod http;
pub mod imports;
pub mod jobs;
pub mod label_keys;
pub mod layers;
pub mod marks;
pub mod notices;
pub mod pages;
pub mod post;
pub mod rates;
pub mod recall_cases;
pub mod resolver;
pub mod run;
pub mod scan;
pub mod sealed;
pub mod signing;
pub mod store;
pub mod vrs;
pub mod webhooks;
pub mod witnesses;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
