//! The phone's checker in Chromium, on bundles that a test has made.

use super::{run, scripts_folder};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

/// Files that a page may ask for, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Checks each case (`tests/browser/checker.mjs` has their form) with the checker that `xtask assets` has built into
/// `assets`, and times the first one `rounds` times.
///
/// # Errors
/// When the checker is not built, or as [`run`].
pub fn check_in_browser(assets: &Path, chain: &str, cases: &Value, rounds: u32) -> anyhow::Result<Value> {
    let manifest = fs::read(assets.join("manifest.json")).with_context(|| {
        format!(
            "the browser programs are not built into `{}`; ./scripts/test and cargo xtask assets do it",
            assets.display()
        )
    })?;
    let manifest: Value = serde_json::from_slice(&manifest)?;
    let name = |key: &str| manifest[key].as_str().filter(|name| !name.is_empty()).map(|name| format!("/{name}"));
    let (js, wasm) = (name("verifier_js"), name("verifier_wasm"));
    ensure!(js.is_some() && wasm.is_some(), "the asset manifest names no checker");
    let base = serve(assets)?;
    let input = json!({"base": base, "js": js, "wasm": wasm, "chain": chain, "cases": cases, "rounds": rounds});
    run(&scripts_folder().join("checker.mjs"), &input)
}

/// Serves a folder's files on loopback for as long as the process lives; gives the address they begin with.
///
/// # Errors
/// When there is no free port.
pub fn serve(folder: &Path) -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let origin = format!("http://{}", listener.local_addr()?);
    let folder = folder.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            thread::spawn(move || answer(stream, &folder));
        }
    });
    Ok(origin)
}

fn answer(mut stream: TcpStream, folder: &Path) {
    let mut request = [0; 4096];
    let Ok(count) = stream.read(&mut request) else { return };
    let request = String::from_utf8_lossy(request.get(..count).unwrap_or_default()).into_owned();
    let path = request.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
    let (status, kind, body) = if path.is_empty() {
        (
            "200 OK",
            "text/html",
            b"<!doctype html><html lang=en><link rel=icon href=data:,><title>Checker</title><h1>Checker</h1></html>"
                .to_vec(),
        )
    } else {
        match file(folder, &path) {
            Some(body) if path.ends_with(".js") => ("200 OK", "text/javascript", body),
            Some(body) if path.ends_with(".html") => ("200 OK", "text/html; charset=utf-8", body),
            Some(body) => ("200 OK", "application/wasm", body),
            None => ("404 Not Found", "text/plain", Vec::new()),
        }
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    // A browser that has gone away wants no answer.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn file(folder: &Path, name: &str) -> Option<Vec<u8>> {
    // The folder is flat: a name with a separator is none of its files.
    let plain = !name.contains(['/', '\\']) && !name.starts_with('.');
    let path: PathBuf = folder.join(name);
    let small = plain && fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= FILE_BYTES_MAX);
    small.then(|| fs::read(path).ok()).flatten()
}
