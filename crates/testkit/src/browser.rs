//! Pages in the system's Chromium, headless, driven by the scripts of `tests/browser/` through Node.
//!
//! Each call starts a browser of its own with an empty profile and ends it; [`run`] takes any script, [`pages`] the
//! generic one. Nothing is downloaded here: `./scripts/test` has put Chromium, Node and the npm packages in place.

mod checker;

pub use checker::{check_in_browser, serve};

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::process::{Child, program};

/// Longest run of one script. A console journey with axe at two widths takes 20 s on an idle machine.
const SCRIPT_BOUND: Duration = Duration::from_secs(400);

/// Names under which distributions install Chromium or Chrome.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// What a page looked like and asked for; made by `OpenPage.report` of `tests/browser/lib.mjs`.
#[derive(Debug, Clone, Deserialize)]
pub struct PageReport {
    /// Where the browser ended up, after redirects.
    pub url: String,
    /// Status of the first document.
    pub status: u16,
    /// Headers of the first document, names in lower case.
    pub headers: std::collections::BTreeMap<String, String>,
    /// The document's title.
    pub title: String,
    /// `lang` of the document.
    pub lang: String,
    /// Texts of all `h1`.
    pub h1: Vec<String>,
    /// The text that a reader sees.
    pub text: String,
    /// The document as it stands now.
    pub html: String,
    /// Whether the page is wider than its window.
    pub overflow: bool,
    /// What axe found, when it was asked.
    pub axe: Option<Vec<Violation>>,
    /// What the page fetched.
    pub requests: Vec<Request>,
    /// Errors on the console, and exceptions nobody caught.
    pub errors: Vec<String>,
}

/// One element that breaks one accessibility rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The rule, such as `color-contrast`.
    pub id: String,
    /// A CSS selector.
    pub target: String,
    /// The element.
    pub html: String,
    /// How to mend it.
    #[serde(default)]
    pub summary: String,
}

/// One request of a page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// Its address.
    pub url: String,
    /// Its method.
    pub method: String,
    /// The status; 0 when there was no answer.
    #[serde(default)]
    pub status: u16,
    /// `content-encoding` of the answer, or nothing.
    #[serde(default)]
    pub encoding: String,
    /// Bytes of the body as transferred.
    #[serde(default)]
    pub bytes: u64,
    /// Why there was no answer.
    #[serde(default)]
    pub failed: Option<String>,
}

impl PageReport {
    /// Bytes transferred for all bodies.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.requests.iter().map(|request| request.bytes).sum()
    }

    /// Addresses asked for that do not begin with `origin`: a page must have none.
    #[must_use]
    pub fn foreign_requests(&self, origin: &str) -> Vec<&str> {
        let foreign = |url: &&str| !url.starts_with(origin) && !url.starts_with("data:") && !url.starts_with("blob:");
        self.requests.iter().map(|request| request.url.as_str()).filter(foreign).collect()
    }
}

/// The folder of the browser scripts in this checkout.
#[must_use]
pub fn scripts_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser")
}

/// The folder where `./scripts/test` keeps tools that are not system packages.
///
/// # Errors
/// When neither `TRACELIGHT_TOOLS`, `XDG_CACHE_HOME` nor `HOME` is set.
pub fn tools_folder() -> anyhow::Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set("TRACELIGHT_TOOLS") {
        return Ok(folder);
    }
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    Ok(cache.context("HOME is not set, so there is no cache folder for tools")?.join("tracelight/tools"))
}

/// The folder of npm packages that `./scripts/test` has installed.
///
/// # Errors
/// When it is not there.
pub fn node_modules() -> anyhow::Result<PathBuf> {
    let folder = tools_folder()?.join("node/node_modules");
    if !folder.is_dir() {
        bail!("npm packages are missing at `{}`. Hint: run ./scripts/test, which installs them", folder.display());
    }
    Ok(folder)
}

/// Opens the pages of `list` (see `tests/browser/pages.mjs`) one after the other.
///
/// # Errors
/// As [`run`].
pub fn pages(list: &Value) -> anyhow::Result<Vec<PageReport>> {
    let output = run(&scripts_folder().join("pages.mjs"), list)?;
    serde_json::from_value(output).context("the report of tests/browser/pages.mjs has an unexpected shape")
}

/// Runs `script` in a fresh browser with `input` and returns what it returns.
///
/// # Errors
/// When a tool is missing, the script throws (its words are in the message), or it takes longer than three minutes.
pub fn run(script: &Path, input: &Value) -> anyhow::Result<Value> {
    let scratch = tempfile::Builder::new().prefix("tracelight-browser-").tempdir()?;
    let (input_file, output_file) = (scratch.path().join("input.json"), scratch.path().join("output.json"));
    fs::write(&input_file, serde_json::to_vec(input)?)?;
    // The browser's own complaints go to standard error, so output and log are kept apart.
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "exec \"$1\" \"$2\" \"$3\" <\"$4\" >\"$5\"", "sh"])
        .arg(program("node")?)
        .arg(scripts_folder().join("run.mjs"))
        .arg(script)
        .args([&input_file, &output_file])
        .env("TRACELIGHT_NODE_MODULES", node_modules()?)
        .env("CHROMIUM", chromium()?)
        // The browser puts its profile there: it goes when the scratch folder goes.
        .env("TMPDIR", scratch.path());
    let log = scratch.path().join("log");
    let mut child = Child::spawn("the browser script", command, &log)?;
    let status = child.wait_for_end(SCRIPT_BOUND)?;
    if !status.success() {
        bail!("{} failed ({status}){}", script.display(), child.log_tail());
    }
    let output = fs::read(&output_file)?;
    serde_json::from_slice(&output)
        .with_context(|| format!("{} returned no JSON{}", script.display(), child.log_tail()))
}

fn chromium() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    BROWSERS
        .iter()
        .find_map(|name| program(name).ok())
        .context("Chromium is not installed. Hint: run ./scripts/test, which installs it, or set CHROMIUM to its path")
}

#[cfg(test)]
mod tests;
