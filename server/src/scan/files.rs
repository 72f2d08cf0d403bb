//! The scripts of the scan page: its own, which this program holds, and the checker, which `xtask assets` has built.

use super::page::PageAssets;
use crate::app::AppState;
use crate::http::{ApiError, Path};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::OnceLock;
use tracelight_proof::hash::sha256;
use tracelight_web_ui::scan::model::CheckerAssets;
use tracelight_web_ui::scan::{camera_js, checker_js, place_js};

/// Bytes of the manifest.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024;

/// Bytes of one file of the checker, uncompressed.
const CHECKER_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// The part of `manifest.json` that the scan page needs.
#[derive(Deserialize)]
struct Manifest {
    verifier_js: String,
    verifier_wasm: String,
    sizes: BTreeMap<String, Size>,
}

#[derive(Deserialize)]
struct Size {
    br: u64,
}

/// The script's name, with a hash of its bytes.
fn script_name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| named("page", checker_js()))
}

/// The same of the script behind an answer.
fn place_name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| named("place", place_js()))
}

fn named(what: &str, script: &str) -> String {
    let hash = sha256(script.as_bytes()).to_string();
    format!("{what}-{}.js", hash.get(..16).unwrap_or(&hash))
}

/// The same of the script that reads codes with the camera.
fn camera_name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| named("camera", camera_js()))
}

/// Where the script of the camera is.
pub fn camera_script_url() -> String {
    format!("/scan/{}", camera_name())
}

/// Where the script behind an answer is.
pub fn place_script_url() -> String {
    format!("/scan/{}", place_name())
}

/// `GET /scan/page-….js`, `/scan/place-….js` and `/scan/camera-….js`
pub async fn script(Path(name): Path<String>) -> Response {
    let script = match name.as_str() {
        name if name == script_name() => checker_js(),
        name if name == place_name() => place_js(),
        name if name == camera_name() => camera_js(),
        _ => return ApiError::not_found("there is no such script").into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, script).into_response()
}

/// The scripts, read once. Without built assets the page offers the bundle as a download.
pub fn page_assets(state: &AppState) -> &PageAssets {
    state.shop.assets.get_or_init(|| PageAssets {
        script_url: Some(format!("/scan/{}", script_name())),
        checker: state.config.assets_dir.as_deref().and_then(checker),
    })
}

/// The checker's script and WebAssembly as they lie in the folder of assets; `None` without them.
pub(super) async fn checker_files(state: &AppState) -> Option<(Vec<u8>, Vec<u8>)> {
    let folder = state.config.assets_dir.as_deref()?;
    let checker = page_assets(state).checker.as_ref()?;
    let read = async |url: &str| {
        let path = folder.join(url.strip_prefix("/assets/")?);
        let small = tokio::fs::metadata(&path).await.is_ok_and(|meta| meta.len() <= CHECKER_BYTES_MAX);
        if small { tokio::fs::read(&path).await.ok() } else { None }
    };
    Some((read(&checker.js_url).await?, read(&checker.wasm_url).await?))
}

fn checker(folder: &FilePath) -> Option<CheckerAssets> {
    let file = folder.join("manifest.json");
    let small = std::fs::metadata(&file).is_ok_and(|meta| meta.len() <= MANIFEST_BYTES_MAX);
    let read = || serde_json::from_slice::<Manifest>(&std::fs::read(&file).ok()?).ok();
    let Some(manifest) = small.then(read).flatten().filter(|manifest| !manifest.verifier_js.is_empty()) else {
        tracing::warn!(file = %file.display(), "No checker for phones: `{}` names none", file.display());
        return None;
    };
    let bytes = |name: &str| manifest.sizes.get(name).map_or(0, |size| size.br);
    let kb = (bytes(&manifest.verifier_js) + bytes(&manifest.verifier_wasm)).div_ceil(1_000);
    Some(CheckerAssets {
        js_url: format!("/assets/{}", manifest.verifier_js),
        wasm_url: format!("/assets/{}", manifest.verifier_wasm),
        kb: u32::try_from(kb).unwrap_or(u32::MAX),
    })
}
