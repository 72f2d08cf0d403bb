//! `/assets/`: the built browser files, named by their content, so they never change.
//!
//! A file is sent in the best encoding that the browser takes and that the build has made beside it (`.br`, `.gz`).
//! Names are one path segment of `a-z A-Z 0-9 . _ -`, or two; nothing else reaches the disk.

use crate::app::AppState;
use crate::http::{ApiError, Encoding, Path};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::path::PathBuf;

/// Bytes of one file.
const ASSET_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Names of built files carry a hash of their content.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Routes of this file; none on a server without a folder of assets.
pub fn router(state: &AppState) -> Router<AppState> {
    if state.config.assets_dir.is_none() {
        return Router::new();
    }
    Router::new().route("/assets/{*name}", get(asset))
}

async fn asset(State(state): State<AppState>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let missing = || ApiError::not_found("there is no such asset").into_response();
    let Some(path) = state.config.assets_dir.as_ref().and_then(|folder| Some(folder.join(safe(&name)?))) else {
        return missing();
    };
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    for encoding in Encoding::taken(accepted) {
        let mut file = path.clone().into_os_string();
        file.push(encoding.suffix());
        if let Some(bytes) = read(PathBuf::from(file)).await {
            return found(&name, bytes, encoding);
        }
    }
    missing()
}

/// A name that cannot leave the folder.
fn safe(name: &str) -> Option<PathBuf> {
    let good = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let parts: Vec<&str> = name.split('/').collect();
    (parts.len() <= 2 && parts.iter().all(|part| good(part))).then(|| parts.iter().collect())
}

async fn read(path: PathBuf) -> Option<Vec<u8>> {
    let meta = tokio::fs::metadata(&path).await.ok().filter(|meta| meta.is_file() && meta.len() <= ASSET_BYTES_MAX)?;
    let bytes = tokio::fs::read(&path).await.ok()?;
    (bytes.len() as u64 == meta.len()).then_some(bytes)
}

fn found(name: &str, bytes: Vec<u8>, encoding: Encoding) -> Response {
    let mut response = (StatusCode::OK, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("html") => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder() {
        for name in ["../x", "a/../x", "/etc/passwd", "a//b", ".hidden", "a/b/c", "", "a\\b", "a%2fb", "a\0"] {
            assert_eq!(safe(name), None, "`{name}`");
        }
        assert_eq!(safe("console/app-1f.js"), Some(PathBuf::from("console/app-1f.js")));
    }
}
