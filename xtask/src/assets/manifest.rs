//! `manifest.json`: which files there are under which names, and how large each is on the wire.
//!
//! ```json
//! {
//!   "verifier_js": "verifier-0123456789abcdef.js", "verifier_wasm": "...", "hydrate_js": "...", "hydrate_wasm": "...",
//!   "sizes": {"verifier-0123456789abcdef.js": {"raw": 9000, "br": 2500, "gz": 2800}},
//!   "sources": {"verifier": "...", "hydrate": "..."}
//! }
//! ```

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::Sizes;

/// Its name in the asset folder.
pub const FILE_NAME: &str = "manifest.json";

/// See the head of this module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The checker's script; it loads `verifier_wasm` from beside itself.
    pub verifier_js: String,
    /// The checker.
    pub verifier_wasm: String,
    /// The consoles' script; it loads `hydrate_wasm` from beside itself.
    pub hydrate_js: String,
    /// The consoles.
    pub hydrate_wasm: String,
    /// Bytes of each of the four.
    pub sizes: Sizes,
    /// What each program was made from; decides whether it is up to date.
    pub sources: std::collections::BTreeMap<String, String>,
}

/// Bytes of one file: as it is, and in its two compressed forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Not compressed.
    pub raw: u64,
    /// Compressed by brotli.
    pub br: u64,
    /// Compressed by gzip.
    pub gz: u64,
}

impl Size {
    /// Sizes of a file and of its compressed forms beside it.
    ///
    /// # Errors
    /// When one of the three is missing.
    pub fn of(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let bytes = |name: String| -> anyhow::Result<u64> {
            let file = folder.join(name);
            Ok(fs::metadata(&file).with_context(|| format!("asset `{}`", file.display()))?.len())
        };
        Ok(Self { raw: bytes(name.to_owned())?, br: bytes(format!("{name}.br"))?, gz: bytes(format!("{name}.gz"))? })
    }
}

impl Manifest {
    /// The manifest of `folder`; `None` when there is none, or none that this version can read.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE_NAME)).ok()?).ok()
    }

    /// Replaces the manifest of `folder` in one step.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let new = folder.join(".manifest.json");
        fs::write(&new, serde_json::to_vec_pretty(self)?)?;
        fs::rename(&new, folder.join(FILE_NAME)).context("cannot put the asset manifest in place")
    }

    /// Whether `program` was made from `source` and its files are all there at their sizes.
    pub fn is_current(&self, program: &str, source: &str, folder: &Path) -> bool {
        let there = |name: &String| {
            let size = self.sizes.get(name).copied();
            size.is_some() && Size::of(folder, name).ok() == size
        };
        self.sources.get(program).is_some_and(|made| made == source)
            && self.names(program).iter().all(|name| there(name))
    }

    /// Enters the new files of `program`, given as (script, WebAssembly).
    pub fn replace(&mut self, program: &str, source: String, files: [(String, Size); 2]) {
        for old in self.names(program).map(Clone::clone) {
            self.sizes.remove(&old);
        }
        let [(script, script_size), (wasm, wasm_size)] = files;
        self.sizes.insert(script.clone(), script_size);
        self.sizes.insert(wasm.clone(), wasm_size);
        self.sources.insert(program.to_owned(), source);
        if program == super::VERIFIER.name {
            (self.verifier_js, self.verifier_wasm) = (script, wasm);
        } else {
            (self.hydrate_js, self.hydrate_wasm) = (script, wasm);
        }
    }

    /// Bytes of the checker, script and WebAssembly, compressed by brotli.
    pub fn checker_bytes(&self) -> u64 {
        let bytes = |name: &String| self.sizes.get(name).map_or(0, |size| size.br);
        bytes(&self.verifier_js) + bytes(&self.verifier_wasm)
    }

    fn names(&self, program: &str) -> [&String; 2] {
        if program == super::VERIFIER.name {
            [&self.verifier_js, &self.verifier_wasm]
        } else {
            [&self.hydrate_js, &self.hydrate_wasm]
        }
    }
}
