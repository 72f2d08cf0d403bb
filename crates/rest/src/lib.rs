//! The client for integrators: an ERP, a warehouse or a packaging system that calls a Tracelight server with a key.
//!
//! ```no_run
//! use std::time::Duration;
//! use tracelight_rest::api::rest::goods::{NewBatch, NewOrder};
//! use tracelight_rest::api::rest::handover::NewShipment;
//! use tracelight_rest::{Error, Once, Tracelight};
//!
//! # fn quarantine() {}
//! # fn later() {}
//! # async fn run(key: &str) -> Result<(), Error> {
//! let server = Tracelight::new("https://trace.example.com", key)?;
//! let batch = NewBatch {
//!     gtin: "06901234500011".into(),
//!     lot: "C26K28".into(),
//!     made_on: "2026-11-03".into(),
//!     expires_on: "2028-10".into(),
//!     quantity: 10_000,
//! };
//! // The ERP's own number: whatever breaks in between, asking again registers nothing twice.
//! server.register_batch(&batch, &Once::named("erp-order-4711")?).await?;
//! let order = server.order_codes(&batch.gtin, &batch.lot, NewOrder { count: 10_500, signed: false }, &Once::named("erp-codes-4711")?).await?;
//! let order = server.wait_for_order(&order.id, Duration::from_secs(600)).await?;
//! let mut file = tokio::io::stdout();
//! server.labels_csv(&order.id, &mut file).await?;
//!
//! let shipment = NewShipment { to: "6901234000023".into(), objects: vec!["369012340000000017".into()] };
//! match server.ship(&shipment, &Once::named("erp-delivery-88")?).await {
//!     Err(error) if error.is("batch_recalled") => quarantine(),
//!     // It may have been done, or not: under the same name it is done once.
//!     Err(error) if error.passes() => later(),
//!     other => other.map(drop)?,
//! }
//!
//! let mut shipments = server.shipments();
//! while let Some(shipment) = shipments.next().await? {
//!     println!("{} {}", shipment.id, shipment.status);
//! }
//! # Ok(()) }
//! ```
//!
//! | module | calls | scope |
//! |---|---|---|
//! | [`goods`] | products, batches, orders of codes | `goods:read`, `goods:write` |
//! | [`labels`] | labels, streamed to a writer; numbers of cases and pallets | `goods:read`, `goods:write` |
//! | [`numbers`] | what became of each code, blocks of lines | `goods:read`, `goods:write` |
//! | [`imports`] | tables, checked and applied | `goods:read`, `goods:write` |
//! | [`handover`] | stock, shipments, steps of single packs | `goods:read`, `handover:write` |
//! | [`trace`] | histories, recalls | `trace:read` |
//! | [`fsma204`] | the FSMA 204 spreadsheet | `trace:read` |
//! | [`epcis`] | capture and query of events | `epcis:capture`, `epcis:query` |
//! | [`hooks`] | endpoints of webhooks | `webhooks` |
//! | [`webhook`] | the receiver's side: is this call from the server? | |
//!
//! Every attempt has a time limit and every answer a bound. A call is sent again by itself only when that is harmless: it reads, or
//! it carries an [`Once`], or it is the same however often it is done; and only for what passes (no answer, 429, 502 to 504), at
//! most [`ATTEMPTS_MAX`] times. [`Error::passes`] says of a failure whether the caller may send the call again, by the same rule.
//! The names of [`Once`] are those of one API key: a program that gets a new one asks first what became of its last commands.
//! Redirections are not followed. What the server refuses comes as [`Error::Refused`], with the stable name that `docs/api` lists.
//! An `http://` address is one of this machine; elsewhere the key would be readable on its way ([`Tracelight::over_plain_http`]).
//!
//! **Invariant:** knows the contract (`tracelight-api`) and nothing of servers, nodes or keys of the chain. It is apart from
//! `tracelight-client`, which believes nobody and brings what that takes: certificates, key files, hardware tokens. Here the
//! server is the member's own and is believed, as its consoles believe it.

mod address;
mod call;
pub mod epcis;
mod error;
pub mod fsma204;
pub mod goods;
pub mod handover;
pub mod hooks;
pub mod imports;
pub mod labels;
pub mod marks;
pub mod numbers;
mod once;
mod pages;
mod rows;
pub mod trace;
pub mod webhook;

/// The contract: requests, answers, problems.
pub use tracelight_api as api;

pub use call::{ANSWER_BYTES_MAX, ATTEMPTS_MAX, DOWNLOAD_BYTES_MAX, Tracelight};
pub use error::{Error, Refused, Violation};
pub use once::{ONCE_BYTES_MAX, Once};
pub use rows::Rows;
