//! REST v1 of the server, under `/api/v1`. One file an area; every list is paged by cursor, every error is a
//! [`crate::problem::Problem`].
//!
//! | area | calls |
//! |---|---|
//! | [`session`] | `POST/GET/DELETE /session` |
//! | [`account`] | `GET /account`, `POST /account/password`, `POST /account/totp`, `POST /account/totp/{confirm,off,recovery}`, `GET /account/sessions`, `DELETE /account/sessions/{session}`, `POST /account/sessions/end-others` |
//! | [`user`] | `GET /users`, `PUT /users/{user}`, `POST /users/{user}/{release,decline,suspend,reactivate,totp-off}`, `GET/POST /invitations`, `POST /invitations/{invitation}/revoke`, `POST /invitations/{look,accept}` |
//! | [`audit`] | `GET /audit?action=&user=&from=&to=`, `GET /audit.csv` |
//! | [`goods`] | `GET/POST /products`, `GET/PUT /products/{gtin}/code-rule`, `GET/POST /batches`, `GET /batches/{gtin}/{lot}`, `POST /batches/{gtin}/{lot}/orders`, `GET /orders/{id}`, `POST /orders/{id}/cancel`, `GET /orders/{id}/labels.csv`, `GET /orders/{id}/labels.pdf?first=&count=` |
//! | [`links`] | `GET /products/{gtin}/links`, `PUT/DELETE /products/{gtin}/links/{id}` |
//! | [`marks`] | `GET/PUT /products/{gtin}/marks`, `POST /products/{gtin}/marks/{kind}`, `POST /orders/{id}/pins` |
//! | [`labels`] | `GET /orders/{id}/labels.zpl`, `GET /orders/{id}/labels/preview.svg`, `POST /ssccs`, `GET /logistic-units/{sscc}/label` |
//! | [`imports`] | `GET /imports/template`, `GET/POST /imports`, `GET /imports/{id}`, `GET /imports/{id}/errors.csv`, `POST /imports/{id}/apply`, `POST /imports/{id}/undo`, `GET /partners` |
//! | [`numbers`] | `GET /batches/{gtin}/{lot}/numbers`, `GET …/numbers/open`, `POST …/numbers/invalidate`, `POST …/numbers/close`, `POST …/blocks`, `POST …/blocks/{block}/return` |
//! | [`line`] | `GET /line/batches/{gtin}/{lot}`, `POST …/blocks`, `GET …/codes?line=`, `POST /line/manifests` (bearer token of a gateway) |
//! | [`device`] | `GET/POST /devices` |
//! | [`handover`] | `GET /stock`, `GET/POST /shipments`, `POST /shipments/{id}/receive`, `POST /shipments/{id}/refuse`, `POST /units/actions`, `GET /trace?code=` |
//! | [`trace`] | `GET /trace/graph?code=&direction=` |
//! | [`trace_picture`] | `GET /trace/graph/picture?code=&direction=&part=&q=&level=&member=&sort=&page=`, `GET /trace/graph.csv`, `GET /trace/graph.xlsx`, `GET /trace/graph.jsonld` |
//! | [`fsma204`] | `GET /trace/fsma204`, `GET /trace/fsma204.xlsx`, `GET /trace/fsma204.csv?cte=` |
//! | [`recall`] | `GET /recalls/preview?gtin=&lot=`, `GET/POST /recalls`, `GET /recalls/{id}`, `POST /recalls/{id}/approve`, `POST /recalls/{id}/close` |
//! | [`recall_case`] | `GET /recall-lots?gtin=&lot=…`, `GET/POST /recall-cases`, `GET/PUT/DELETE /recall-cases/{id}`, `POST /recall-cases/{id}/{open,approve,withdraw,close}`, `GET /recall-cases/{id}/{report.pdf,record.json,record.tx}` |
//! | [`recall_task`] | `GET /recall-tasks`, `GET /recall-tasks/{id}`, `POST /recall-tasks/{id}/seen`, `POST /recall-tasks/{id}/answers` |
//! | [`report`] | `GET /reports?status=&gtin=&lot=`, `GET/PUT /reports/{case}` |
//! | [`map`] | `GET /map?gtin=&lot=&days=&outcome=&within=&cell=`, `GET /map.csv`, `GET /map.xlsx` |
//! | [`notice`] | `GET /recall-notices`, `GET /recall-notices/rows/{format}`, `GET /recall-notices/hints`, `GET/POST /recall-notices/imports`, `GET /recall-notices/imports/{id}`, `GET …/errors.csv`, `POST …/apply` |
//! | [`search`] | `GET /search?q=`; files of lists: `GET /lists/{list}.csv`, `.xlsx` |
//! | [`chain`] | `GET /chain` |
//! | [`key`] | `GET/POST /api-keys`, `POST /api-keys/{id}/rotate`, `POST /api-keys/{id}/revoke` |
//! | [`webhook`] | `GET/POST /webhooks`, `GET/DELETE /webhooks/{id}`, `GET /webhooks/{id}/deliveries`, `POST /webhooks/{id}/{rotate,test,enable,disable}`, `POST /webhooks/{id}/deliveries/{delivery}/resend` |
//!
//! Outside `/api/v1`, for shoppers: `GET /01/{gtin}/10/{lot}/21/{serial}` (and without lot), `POST /scan/check`,
//! `POST /scan/report`, `POST /scan/pin`, `GET /t`, `GET /check`, `GET /.well-known/gs1resolver`, `GET /v1/bundle/{gtin}/{serial}`, `GET /v1/genesis`, `GET /livez`, `GET /readyz`.

pub mod account;
pub mod alert;
pub mod audit;
pub mod chain;
pub mod device;
pub mod fsma204;
pub mod goods;
pub mod handover;
pub mod imports;
pub mod key;
pub mod labels;
pub mod line;
pub mod links;
pub mod map;
pub mod marks;
pub mod notice;
pub mod numbers;
pub mod recall;
pub mod recall_case;
pub mod recall_task;
pub mod report;
pub mod search;
pub mod session;
pub mod trace;
pub mod trace_picture;
pub mod user;
pub mod webhook;

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
