//! A token named `tracelight`, a PIN's file, and the module that misbehaves.

use ed25519_dalek::{Signature, VerifyingKey};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tracelight_domain::ids::{ChainId, PublicKey, RecallId};
use tracelight_domain::tx::{Tx, TxBody};
use tracelight_keys::Signer;
use tracelight_keys::pkcs11::{self, Place, TokenName};
use tracelight_testkit::services::SoftHsm;

pub const PIN: &str = "pin-74926-x";
/// Longest wait for a token to be found again: a start of the module is tried every ten seconds.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Rig {
    dir: PathBuf,
    module: PathBuf,
    /// The folder of the token.
    pub token: PathBuf,
}

impl Rig {
    pub fn new(hsm: &SoftHsm) -> Self {
        hsm.init("tracelight", PIN).expect("a token");
        let tokens = std::fs::read_dir(hsm.tokens()).expect("tokens").flatten();
        let token = tokens.map(|entry| entry.path()).next().expect("the one that was made");
        let rig = Self { dir: hsm.dir().to_owned(), module: hsm.module(), token };
        rig.set_pin(PIN);
        rig.control("");
        rig
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("the scratch folder is writable");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("ours");
        path
    }

    pub fn set_pin(&self, pin: &str) {
        self.file("pin", &format!("{pin}\n"));
    }

    pub fn place(&self, key: &str) -> Place {
        Place {
            module: self.module.clone(),
            token: TokenName::Label("tracelight".to_owned()),
            key_label: key.to_owned(),
            pin_file: Some(self.path("pin")),
            // The machine is shared.
            timeout_ms: 10_000,
        }
    }

    pub fn write(&self, name: &str, place: &Place, public: PublicKey) -> PathBuf {
        let path = self.path(name);
        place.write_new(&path, public).expect("written");
        path
    }

    /// The module that does as [`Rig::control`] says.
    pub fn shim(&self) -> PathBuf {
        let (source, module) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/shim.c"), self.path("shim.so"));
        if !module.exists() {
            // A library of its own, not the one that the process may have loaded already.
            let real = self.path("real.so");
            std::fs::copy(&self.module, &real).expect("copied");
            let defined = |name: &str, path: PathBuf| format!("-D{name}=\"{}\"", path.display());
            let output = Command::new("cc")
                .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror"])
                .args([
                    defined("REAL", real),
                    defined("CONTROL", self.path("control")),
                    defined("LOGINS", self.path("logins")),
                ])
                .arg(source)
                .arg("-o")
                .arg(&module)
                .arg("-ldl")
                .output()
                .expect("a C compiler: ./scripts/test installs it");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        module
    }

    pub fn control(&self, word: &str) {
        self.file("control", word);
    }

    /// How often anybody logged in by the shim.
    pub fn logins(&self) -> usize {
        std::fs::read(self.path("logins")).map_or(0, |log| log.len())
    }

    /// A key that the shim holds, opened.
    pub fn shimmed(&self, name: &str) -> Signer {
        let place = Place { module: self.shim(), ..self.place(name) };
        let public = pkcs11::make(&self.path("x.toml"), &self.place(name)).expect("made");
        Signer::read(&self.write(&format!("{name}.toml"), &place, public)).expect("opens")
    }

    /// The token's serial number, as its folder's name ends.
    pub fn serial(&self) -> String {
        let name = self.token.file_name().map(|name| name.to_string_lossy().into_owned()).expect("a folder");
        name.split('-').skip(3).collect()
    }

    /// Waits until the key signs again.
    #[track_caller]
    pub fn until_signs(&self, key: &Signer) {
        let started = Instant::now();
        while let Err(error) = key.sign_tx(tx()) {
            assert!(started.elapsed() < PATIENCE, "still not: {error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

pub fn tx() -> Tx {
    let body = TxBody::CloseRecall { recall: RecallId([2; 16]) };
    Tx { chain: ChainId([1; 32]), key: PublicKey([0; 32]), nonce: 1, expires_at: 10, body }
}

/// A second implementation's verdict.
#[track_caller]
pub fn verify(public: PublicKey, message: &[u8], signature: [u8; 64]) {
    let key = VerifyingKey::from_bytes(&public.0).expect("a key");
    key.verify_strict(message, &Signature::from_bytes(&signature)).expect("accepted");
}
