//! The member's server, as far as a gateway needs one: hands out batches and codes, keeps the lists.

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracelight_api::Base64;
use tracelight_api::rest::line::{LineBatch, Manifest, ManifestStored};
use tracelight_api::rest::numbers::{HeldByLine, TakeBlock};
use tracelight_domain::gs1::Serial;

/// Bytes of one list: 50,000 serials.
const LIST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A batch that the server knows.
#[derive(Clone)]
pub struct Known {
    pub gtin: String,
    pub expires_on: String,
    pub secret: [u8; 32],
    pub serials: Vec<Serial>,
}

/// The server.
#[derive(Clone, Default)]
pub struct Office {
    batches: Arc<Mutex<BTreeMap<String, Known>>>,
    lists: Arc<Mutex<Vec<Manifest>>>,
}

fn held<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Office {
    /// Makes a batch known by its lot.
    pub fn know(&self, lot: &str, known: Known) {
        held(&self.batches).insert(lot.to_owned(), known);
    }

    /// Everything that gateways handed over, in the order of arrival.
    pub fn lists(&self) -> Vec<Manifest> {
        held(&self.lists).clone()
    }

    /// Listens on loopback until the program ends.
    pub async fn listen(&self) -> anyhow::Result<SocketAddr> {
        let app = Router::new()
            .route("/api/v1/line/batches/{gtin}/{lot}", get(batch))
            .route("/api/v1/line/batches/{gtin}/{lot}/blocks", post(take))
            .route("/api/v1/line/batches/{gtin}/{lot}/codes", get(codes))
            .route("/api/v1/line/manifests", post(manifest))
            .layer(DefaultBodyLimit::max(LIST_BYTES_MAX))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(address)
    }

    fn known(&self, gtin: &str, lot: &str) -> Result<Known, StatusCode> {
        held(&self.batches).get(lot).filter(|known| known.gtin == gtin).cloned().ok_or(StatusCode::NOT_FOUND)
    }
}

async fn batch(
    State(office): State<Office>,
    Path((gtin, lot)): Path<(String, String)>,
) -> Result<Json<LineBatch>, StatusCode> {
    let known = office.known(&gtin, &lot)?;
    let issued = known.serials.len() as u64;
    let batch_secret = Base64(known.secret.to_vec());
    let (quota, line) = (issued, String::new());
    Ok(Json(LineBatch { gtin, lot, expires_on: known.expires_on, batch_secret, issued, quota, sealed: false, line }))
}

/// Each batch is run on one line, which gets all of its codes.
async fn take(
    State(office): State<Office>,
    Path((gtin, lot)): Path<(String, String)>,
    Json(TakeBlock { line }): Json<TakeBlock>,
) -> Result<Json<HeldByLine>, StatusCode> {
    let codes = office.known(&gtin, &lot)?.serials.len() as u64;
    Ok(Json(HeldByLine { line, codes }))
}

async fn codes(State(office): State<Office>, Path((gtin, lot)): Path<(String, String)>) -> Result<String, StatusCode> {
    let known = office.known(&gtin, &lot)?;
    Ok(known.serials.iter().map(|serial| format!("{serial}\n")).collect())
}

/// A list that comes again is stored once, as the real server does it.
async fn manifest(State(office): State<Office>, Json(list): Json<Manifest>) -> Json<ManifestStored> {
    let mut lists = held(&office.lists);
    let already = lists.contains(&list);
    if !already {
        lists.push(list);
    }
    Json(ManifestStored { already, checked: false })
}
