//! EPCIS 2.0 and CBV 2.0: events as values, in JSON-LD and XML, with their rules, their hash and their queries.
//!
//! **Invariant:** this crate does no I/O, reads no clock, draws no randomness and opens no network connection: bytes in,
//! typed values or named errors out. No JSON-LD context and no XML schema is ever fetched, XML has no DTD and no entities of
//! its own, and nothing here panics on anybody's input.
//!
//! | module | holds |
//! |---|---|
//! | [`event`] | the five event types (and extended ones), sensors, places, extensions |
//! | [`document`] | what events travel in: documents, query results, headers, master data |
//! | [`json`], [`xml`] | reading (JSON-LD 2.0; XML 2.0 and 1.2) and writing (JSON-LD 2.0, XML 2.0) |
//! | [`rules`] | the rules that no schema holds: action against lists, sensor times, keys |
//! | [`vocabulary`] | the CBV lists and the three spellings of a standard word |
//! | [`key`] | GS1 keys: EPC URN, Digital Link, the canonical form of both |
//! | [`hash`] | the event hash id, `ni:///sha-256;…?ver=CBV2.0` |
//! | [`query`] | the parameters of `/events` and `/queries`, and their evaluation |
//! | [`ledger`] | what an event of our ledger is in EPCIS, and which transaction a captured event means |
//! | [`error`] | violations with their place, and EPCIS's exceptions |
//! | [`limits`] | bounds on what is read |
//!
//! The rules of GS1's JSON Schema (version of May 2023) and of its XSD are written here as types, because the files' licence
//! gives no leave to embed them; the tests hold both against GS1's own files and documents.
//!
//! # How endpoints call it
//!
//! ```text
//! POST /capture    read(bytes, Format, &Limits, Policy) -> Capture
//!                  rollback: capture.all_or_nothing()?     every event, or ValidationException with all violations
//!                  proceed:  for event in capture.events   store Ok, report Err per event (with its pointer)
//!                  identity: event.event_id or hash::event_hash(&event); the pair (eventID, errorDeclaration?) is unique, and
//!                  two events with one hash are the same only if `Event::same` says so (the hash rounds long numbers)
//!                  ledger::intent(&event): which transaction the event asks a signer for, or "evidence only"
//! GET /events      query::Query::from_pairs(pairs)? -> Query;  query.admits(&event, &facts);  query.order(..);  paging in `Page`
//! POST /queries    query::Query::from_json(bytes)?
//! answers          json::write / xml::write of a Document;  Exception::status() and problem_type() for RFC 7807
//! ```
//! Body limits of the HTTP layer come from [`limits::Limits`]; a body over them is CaptureLimitExceededException.

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unreachable)
)]

pub mod document;
pub mod error;
pub mod event;
pub mod hash;
pub mod json;
pub mod key;
pub mod ledger;
pub mod limits;
pub mod name;
pub mod query;
pub mod rules;
pub mod text;
pub mod vocabulary;
pub mod xml;

pub use document::{Capture, Captured, Document, read};
pub use error::{Exception, Fault, Violation};
pub use event::Event;
