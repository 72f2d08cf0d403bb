//! Which compiler builds for wasm32: rustup's, or Debian's with its own standard library.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// A way to build for wasm32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    /// The toolchain that built this program has the target.
    Rustup,
    /// Debian's `rustc-web` and `cargo-web`, which build the standard library from `rust-web-src`.
    Debian,
}

impl Toolchain {
    /// Looks at what is installed.
    ///
    /// # Errors
    /// When neither is.
    pub fn find() -> anyhow::Result<Self> {
        if has_target(&rustc(), TARGET) {
            return Ok(Self::Rustup);
        }
        let debian = Path::new("/usr/bin/cargo").exists() && debian_source().is_some();
        if debian && Path::new("/usr/bin/wasm-ld").exists() {
            return Ok(Self::Debian);
        }
        bail!("no compiler for {TARGET}. Hint: run ./scripts/test, which installs one, or `rustup target add {TARGET}`")
    }

    /// Builds `package` into `target` and returns the WebAssembly file.
    ///
    /// # Errors
    /// When it does not build.
    pub fn build(self, package: &str, target: &Path) -> anyhow::Result<PathBuf> {
        let mut command = match self {
            Self::Rustup => Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
            Self::Debian => debian_cargo(),
        };
        command
            .current_dir(workspace())
            .args(["build", "--package", package])
            .args(["--target", TARGET, "--profile", PROFILE])
            .args(["--config", &format!("target.{TARGET}.rustflags={}", self.rustflags())])
            // wasm-bindgen reads which features the compiler used from a section that stripping would take away. It drops the
            // names itself.
            .args(["--config", &format!("profile.{PROFILE}.strip=false")])
            .env("CARGO_TARGET_DIR", target)
            // The flags of a native build are not for wasm32, and what CI has the lints look over is not what is downloaded.
            .env_remove("RUSTFLAGS")
            .env_remove("RUSTC_WORKSPACE_WRAPPER")
            .stdin(Stdio::null());
        let status = command.status().context("cannot start cargo")?;
        if !status.success() {
            bail!("{package} does not build for {TARGET} ({status})");
        }
        let file = format!("{}.wasm", package.replace('-', "_"));
        Ok(target.join(TARGET).join(PROFILE).join(file))
    }

    /// Replaces the paths of this machine in panic messages: shorter, the same everywhere, and nobody's business. Cargo
    /// adds them to those of the target in `.cargo/config.toml`.
    fn rustflags(self) -> String {
        let mut prefixes = vec![(workspace().display().to_string(), "tracelight")];
        let home = std::env::var("HOME").unwrap_or_default();
        let cargo_home = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
        prefixes.push((format!("{cargo_home}/registry/src"), "deps"));
        if let (Self::Debian, Some(source)) = (self, debian_source()) {
            prefixes.push((source.display().to_string(), "std"));
        }
        let flags: Vec<String> = prefixes.iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")).collect();
        // A list of strings is written alike in TOML and in JSON.
        serde_json::json!(flags).to_string()
    }
}

fn debian_cargo() -> Command {
    let mut command = Command::new("/usr/bin/cargo");
    command
        .args(["-Z", "build-std=std,panic_abort"])
        // Debian's compiler brings no `rust-lld`.
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        // Left by rustup's cargo, which runs this program: they point to the other compiler.
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("RUSTUP_TOOLCHAIN");
    command
}

/// Where `rust-web-src` has put the standard library.
fn debian_source() -> Option<PathBuf> {
    let sysroot = output(Command::new("/usr/bin/rustc").args(["--print", "sysroot"]))?;
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust");
    let source = source.canonicalize().ok()?;
    source.join("library/std").is_dir().then_some(source)
}

fn rustc() -> PathBuf {
    std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from)
}

fn has_target(rustc: &Path, target: &str) -> bool {
    let folder = output(Command::new(rustc).args(["--print", "target-libdir", "--target", target]));
    folder.is_some_and(|folder| Path::new(&folder).is_dir())
}

fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn workspace() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}
