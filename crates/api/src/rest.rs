//! REST v1 of the server, under `/api/v1`. One file an area; every list is paged by cursor, every error is a
//! [`crate::problem::Problem`].
//!
//! | area | calls |
//! |---|---|
//! | [`session`] | `POST/GET/DELETE /session` |
//! | [`goods`] | `GET/POST /products`, `GET/POST /batches`, `GET /batches/{gtin}/{lot}`, `POST /batches/{gtin}/{lot}/orders`, `GET /orders/{id}`, `POST /orders/{id}/cancel`, `GET /orders/{id}/labels.csv`, `GET /orders/{id}/labels.pdf?first=&count=` |
//! | [`line`] | `GET /line/batches/{gtin}/{lot}`, `GET /line/batches/{gtin}/{lot}/codes`, `POST /line/manifests` (bearer token of a gateway) |
//! | [`handover`] | `GET /stock`, `GET/POST /shipments`, `POST /shipments/{id}/receive`, `POST /shipments/{id}/refuse`, `POST /units/actions`, `GET /trace?code=` |
//! | [`recall`] | `GET /recalls/preview?gtin=&lot=`, `GET/POST /recalls`, `GET /recalls/{id}`, `POST /recalls/{id}/approve`, `POST /recalls/{id}/close` |
//! | [`chain`] | `GET /chain` |
//!
//! Outside `/api/v1`, for shoppers: `GET /01/{gtin}/10/{lot}/21/{serial}` (and without lot), `POST /scan/check`,
//! `POST /scan/report`, `GET /check`, `GET /v1/bundle/{gtin}/{serial}`, `GET /v1/genesis`, `GET /livez`, `GET /readyz`.

pub mod chain;
pub mod goods;
pub mod handover;
pub mod line;
pub mod recall;
pub mod session;

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Pass as `cursor` for the next page; absent on the last.
    pub next: Option<String>,
}

/// Where a fact stands on the chain. Screens show it beside every fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// Transaction id, hex.
    pub tx_id: String,
    /// Block.
    pub height: u64,
    /// BFT time of the block, milliseconds.
    pub time_ms: u64,
}
