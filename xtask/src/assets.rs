//! Builds what browsers download: the phone's checker (`web-ui/verifier`) and the consoles (`web-ui/hydrate`).
//!
//! ```text
//! cargo build (wasm32, profile wasm-release) -> wasm-bindgen -> wasm-opt -Oz -> content-hashed name -> .br and .gz
//! ```
//!
//! The result is one flat folder, `<target>/assets/`, with `manifest.json` ([`Manifest`]); the server reads it at run time
//! from its `assets_dir`. Each file's name carries a hash of its bytes, so that it may be cached for ever; the manifest is
//! replaced last, in one step, and files that it no longer names go after it.
//!
//! * The programs are built one by one: built together, the features of one would swell the other.
//! * wasm-bindgen is linked into this program, not looked up on `PATH`. It must be of exactly the version of the
//!   `wasm-bindgen` in `Cargo.lock`; both share a crate that cargo admits once, so they cannot drift apart.
//! * `wasm-opt` is npm's `binaryen`, at the version that `tests/browser/package-lock.json` names.
//! * When rustup has no wasm32 target, Debian's `rustc-web` builds it with its own standard library (`rust-web-src`).
//! * Paths of the building machine are replaced, so that two machines make the same bytes.
//! * A second run with nothing changed costs two idle `cargo build`.

mod manifest;
mod toolchain;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use tracelight_testkit::{browser, process};
use wasm_bindgen_cli_support::Bindgen;

pub use manifest::{Manifest, Size};
use toolchain::Toolchain;

/// The checker's limit: bytes of its JavaScript and WebAssembly together, compressed by brotli.
pub const CHECKER_BYTES_MAX: u64 = 120_000;

/// Part of what decides whether a file is up to date. Raise it when the steps below change.
const PIPELINE: u32 = 1;

/// What rustc's default for wasm32 may use; all engines since Chrome 96 and iOS 15.4 have it.
const WASM_OPT: [&str; 9] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-call-indirect-overlong",
    "--enable-sign-ext",
];

/// One program for browsers: its crate, and the name that its files begin with.
struct Program {
    package: &'static str,
    name: &'static str,
}

const VERIFIER: Program = Program { package: "tracelight-verifier", name: "verifier" };
const HYDRATE: Program = Program { package: "tracelight-hydrate", name: "hydrate" };

/// The finished assets.
#[derive(Debug, Clone)]
pub struct Assets {
    /// Where they are.
    pub folder: PathBuf,
    /// What there is.
    pub manifest: Manifest,
}

/// Brings the assets up to date and returns them.
///
/// # Errors
/// When a tool is missing (the message names the command that installs it), a crate does not build, or the checker is
/// larger than [`CHECKER_BYTES_MAX`].
pub fn run() -> anyhow::Result<Assets> {
    make(&[VERIFIER, HYDRATE])
}

/// Brings the checker alone up to date: for whoever measures it.
///
/// # Errors
/// As [`run`].
pub fn run_checker() -> anyhow::Result<Assets> {
    make(&[VERIFIER])
}

fn make(programs: &[Program]) -> anyhow::Result<Assets> {
    let target = target_folder()?;
    let folder = target.join("assets");
    fs::create_dir_all(&folder)?;
    let lock = File::create(target.join("assets.lock"))?;
    lock.lock().context("cannot lock the asset folder")?;

    let toolchain = Toolchain::find()?;
    let mut manifest = Manifest::read(&folder).unwrap_or_default();
    let mut changed = false;
    for program in programs {
        let wasm = toolchain.build(program.package, &target)?;
        let source = format!("{PIPELINE}-{}", hash(&fs::read(&wasm)?));
        if manifest.is_current(program.name, &source, &folder) {
            continue;
        }
        let files = make_files(program, &wasm, &folder)?;
        manifest.replace(program.name, source, files);
        changed = true;
    }
    check_size(&manifest)?;
    if changed {
        manifest.write(&folder)?;
        remove_unnamed(&folder, &manifest)?;
    }
    for (name, size) in &manifest.sizes {
        println!("{name}: {} bytes, {} brotli, {} gzip", size.raw, size.br, size.gz);
    }
    Ok(Assets { folder, manifest })
}

/// Turns one program's WebAssembly into its finished files in `folder`; returns (JavaScript, WebAssembly).
fn make_files(program: &Program, wasm: &Path, folder: &Path) -> anyhow::Result<[(String, Size); 2]> {
    let scratch = folder.join(format!(".{}", program.name));
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    Bindgen::new()
        .input_path(wasm)
        .out_name(program.name)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&scratch)
        .with_context(|| format!("wasm-bindgen cannot process `{}`", wasm.display()))?;
    if scratch.join("snippets").exists() {
        bail!("{} brings JavaScript snippets; the asset folder is flat and cannot hold them", program.package);
    }

    let bound_name = format!("{}_bg.wasm", program.name);
    let optimised = scratch.join("optimised.wasm");
    optimise(&scratch.join(&bound_name), &optimised)?;
    let wasm_bytes = fs::read(&optimised)?;
    let wasm_name = hashed_name(program.name, "wasm", &wasm_bytes);

    let script = fs::read_to_string(scratch.join(format!("{}.js", program.name)))?;
    if !script.contains(&bound_name) {
        bail!("wasm-bindgen's script does not name `{bound_name}`; its form has changed");
    }
    let script = script.replace(&bound_name, &wasm_name);
    let script_name = hashed_name(program.name, "js", script.as_bytes());

    fs::write(folder.join(&wasm_name), &wasm_bytes)?;
    fs::write(folder.join(&script_name), &script)?;
    compress(&[folder.join(&script_name), folder.join(&wasm_name)])?;
    fs::remove_dir_all(&scratch)?;
    let script_size = Size::of(folder, &script_name)?;
    let wasm_size = Size::of(folder, &wasm_name)?;
    Ok([(script_name, script_size), (wasm_name, wasm_size)])
}

fn optimise(from: &Path, to: &Path) -> anyhow::Result<()> {
    let tool = browser::node_modules()?.join("binaryen/bin/wasm-opt");
    let status =
        Command::new(process::program("node")?).arg(&tool).args(WASM_OPT).arg(from).arg("-o").arg(to).status()?;
    if !status.success() {
        bail!("wasm-opt failed on `{}` ({status})", from.display());
    }
    Ok(())
}

fn compress(files: &[PathBuf]) -> anyhow::Result<()> {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/compress.mjs");
    let status = Command::new(process::program("node")?).arg(tool).args(files).status()?;
    if !status.success() {
        bail!("cannot compress the assets ({status})");
    }
    Ok(())
}

/// Phones pay for the checker by the byte; see `design.md` of the product, section 6.
fn check_size(manifest: &Manifest) -> anyhow::Result<()> {
    let bytes = manifest.checker_bytes();
    if bytes > CHECKER_BYTES_MAX {
        bail!(
            "the checker is {bytes} bytes compressed, {} over its limit of {CHECKER_BYTES_MAX}. \
             Hint: what did `crates/proof` or `web-ui/verifier` begin to depend on?",
            bytes - CHECKER_BYTES_MAX
        );
    }
    Ok(())
}

fn remove_unnamed(folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let plain = name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz")).unwrap_or(&name);
        if plain != manifest::FILE_NAME && !manifest.sizes.contains_key(plain) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn hashed_name(name: &str, extension: &str, bytes: &[u8]) -> String {
    let hash: String = hash(bytes).chars().take(16).collect();
    format!("{name}-{hash}.{extension}")
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn target_folder() -> anyhow::Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .no_deps()
        .exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// Sizes by file name, in the order of names.
type Sizes = BTreeMap<String, Size>;

#[cfg(test)]
mod tests;
