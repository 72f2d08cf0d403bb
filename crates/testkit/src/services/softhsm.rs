//! SoftHSM2: PKCS#11 tokens made of files, in a scratch folder of their own.
//!
//! Its library is loaded by the programs under test, which find the scratch folder by `SOFTHSM2_CONF`. A process of tests cannot set
//! that for itself (setting a variable is unsafe), so tests in one process run in a child: [`SoftHsm::in_child`].

use crate::process::{program, run};
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Where the variable points that SoftHSM reads.
pub const CONF: &str = "SOFTHSM2_CONF";
/// Set for the child of [`SoftHsm::in_child`]: the scratch folder.
const CHILD: &str = "TRACELIGHT_TEST_TOKEN_DIR";
/// Where Debian and its derivatives put the library.
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];
/// Longest that a call of its tool may take.
const BOUND: Duration = Duration::from_secs(60);

/// Tokens in a scratch folder.
pub struct SoftHsm {
    folder: Folder,
}

enum Folder {
    Own(TempDir),
    /// Of the test process that started this one.
    Parents(PathBuf),
}

impl SoftHsm {
    /// A place without tokens.
    ///
    /// # Errors
    /// When the folder cannot be made or SoftHSM2 is not installed (`./scripts/test` installs it).
    pub fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens)?;
        let text =
            format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display());
        std::fs::write(folder.path().join("softhsm2.conf"), text)?;
        let hsm = Self { folder: Folder::Own(folder) };
        ensure!(hsm.module().is_file(), "there is no SoftHSM2 library. Hint: apt-get install softhsm2");
        Ok(hsm)
    }

    /// Runs a test's body in a child process whose SoftHSM sees tokens of its own. `test` is the test's full name; the body is
    /// only run in the child, and the child must have run it.
    ///
    /// # Panics
    /// When the body fails, or did not run.
    pub fn in_child(test: &str, body: impl FnOnce(&Self)) {
        if let Some(folder) = std::env::var_os(CHILD) {
            let folder = PathBuf::from(folder);
            body(&Self { folder: Folder::Parents(folder.clone()) });
            std::fs::write(folder.join("ran"), test).expect("the scratch folder is writable");
            return;
        }
        let hsm = Self::new().expect("a scratch token");
        let program = std::env::current_exe().expect("the test program has a path");
        let mut command = Command::new(program);
        command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
        command.env(CONF, hsm.conf()).env(CHILD, hsm.dir());
        let output = command.output().expect("the test program starts");
        let text = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
        let ran = std::fs::read_to_string(hsm.dir().join("ran")).unwrap_or_default();
        assert_eq!(ran, test, "the body did not run: {}", String::from_utf8_lossy(&text));
    }

    /// The scratch folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        match &self.folder {
            Folder::Own(folder) => folder.path(),
            Folder::Parents(folder) => folder,
        }
    }

    /// What `SOFTHSM2_CONF` has to be for a program that shall see these tokens.
    #[must_use]
    pub fn conf(&self) -> PathBuf {
        self.dir().join("softhsm2.conf")
    }

    /// The folder in which each token has one.
    #[must_use]
    pub fn tokens(&self) -> PathBuf {
        self.dir().join("tokens")
    }

    /// Its library.
    #[must_use]
    pub fn module(&self) -> PathBuf {
        let found = MODULES.into_iter().find(|path| Path::new(path).is_file());
        PathBuf::from(found.unwrap_or("/usr/lib/softhsm/libsofthsm2.so"))
    }

    fn tool(&self, what: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(program("softhsm2-util").context("apt-get install softhsm2")?);
        command.args(arguments).env(CONF, self.conf());
        run(what, command, &self.dir().join(format!("{what}.log")), BOUND).map(drop)
    }

    /// Makes a token.
    ///
    /// # Errors
    /// When the tool fails; its output is in the error.
    pub fn init(&self, label: &str, pin: &str) -> anyhow::Result<()> {
        let officer = "officer-of-the-scratch-token";
        self.tool("init", &["--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", officer])
    }

    /// Brings a key there by SoftHSM's own tool, as an operator would bring one from elsewhere: PKCS#8.
    ///
    /// # Errors
    /// When the tool fails; its output is in the error.
    pub fn import(&self, token: &str, pin: &str, key: &str, seed: &[u8; 32]) -> anyhow::Result<()> {
        // RFC 8410: version 0, OID 1.3.101.112, the seed in two octet strings.
        let head = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            base64(&[&head[..], seed].concat())
        );
        let path = self.dir().join("import.pem");
        std::fs::write(&path, pem)?;
        let file = path.display().to_string();
        // A token takes an id only once.
        let id = format!("a1{:02x}", seed[0]);
        let done = self.tool(
            "import",
            &["--import", &file, "--token", token, "--pin", pin, "--label", key, "--id", &id, "--no-public-key"],
        );
        std::fs::remove_file(&path)?;
        done
    }
}

/// Standard base64 with padding, for the few bytes of a key.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (group >> (18 - 6 * place) & 63) as usize;
            text.push(if place <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
