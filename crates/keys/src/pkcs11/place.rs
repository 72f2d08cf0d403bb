//! Where a key in a token is: one small TOML file, mode 0600 like every key file, whose name ends in `.toml`.
//!
//! ```toml
//! module = "/usr/lib/softhsm/libsofthsm2.so"   # absolute
//! token_label = "tracelight"                   # or token_serial = "9e2a27edd718df97"
//! key_label = "validator"
//! public_key = "…64 hex digits…"
//! pin_file = "validator.pin"                   # relative to this file; without it the PIN is asked for at the terminal
//! timeout_ms = 1000
//! ```
//! `tracelight key token-new` writes it. It holds nothing secret, and it decides which library the process loads; so whoever
//! may write it may run code as the program that reads it.

use crate::file::{self, KeyError};
use serde::Deserialize;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use tracelight_domain::ids::PublicKey;

/// How the name of such a file ends. Only such a file ever has a module loaded.
pub const EXTENSION: &str = "toml";
/// Bytes of the file.
pub const FILE_BYTES_MAX: u64 = 4096;
/// How long a signature may take, unless configured. A validator that waits longer than its peers wait for a leader
/// (`limits.leader_timeout_ms`, 1,500) has abstained by then anyhow.
pub const TIMEOUT_MS_DEFAULT: u64 = 1_000;
/// The shortest that may be configured.
pub const TIMEOUT_MS_MIN: u64 = 20;
/// The longest that may be configured.
pub const TIMEOUT_MS_MAX: u64 = 60_000;
/// Bytes of a token's label (`CK_TOKEN_INFO`).
const TOKEN_LABEL_BYTES_MAX: usize = 32;
/// Bytes of a token's serial number (`CK_TOKEN_INFO`).
const TOKEN_SERIAL_BYTES_MAX: usize = 16;
/// Bytes of a key's label; a bound of ours.
const KEY_LABEL_BYTES_MAX: usize = 64;
const EXPECTED: &str = "where a key is in a token (see `tracelight key token-new --help`)";

/// By what a token is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenName {
    /// Its label, which whoever initialised it chose. Two tokens may have the same.
    Label(String),
    /// Its serial number.
    Serial(String),
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => f.write_str(label),
            Self::Serial(serial) => write!(f, "serial {serial}"),
        }
    }
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Library of the token's maker; absolute.
    pub module: PathBuf,
    /// Which token.
    pub token: TokenName,
    /// Label of the key in it (`CKA_LABEL` of the private and the public object).
    pub key_label: String,
    /// File with the PIN, first line; without it the PIN is asked for at the terminal.
    pub pin_file: Option<PathBuf>,
    /// How long a signature may take, milliseconds; [`TIMEOUT_MS_MIN`] to [`TIMEOUT_MS_MAX`].
    pub timeout_ms: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key `{}` in token `{}` by module `{}`", self.key_label, self.token, self.module.display())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    module: PathBuf,
    token_label: Option<String>,
    token_serial: Option<String>,
    key_label: String,
    public_key: String,
    pin_file: Option<PathBuf>,
    #[serde(default = "timeout_default")]
    timeout_ms: u64,
}

fn timeout_default() -> u64 {
    TIMEOUT_MS_DEFAULT
}

impl Place {
    /// Is this the name of such a file?
    #[must_use]
    pub fn is_named(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == EXTENSION)
    }

    /// Reads the file: the place, and the public half of the key that has to be there.
    ///
    /// # Errors
    /// [`KeyError`] naming the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<(Self, PublicKey), KeyError> {
        let text = file::read(path, FILE_BYTES_MAX, EXPECTED)?;
        let wrong = |what: String| KeyError::Place { path: path.to_owned(), what };
        let form: Form = toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
        let mut key = [0; 32];
        hex::decode_to_slice(&form.public_key, &mut key)
            .map_err(|_| wrong("`public_key` is not 64 hexadecimal digits".to_owned()))?;
        let token = match (form.token_label, form.token_serial) {
            (Some(label), None) => TokenName::Label(label),
            (None, Some(serial)) => TokenName::Serial(serial),
            _ => return Err(wrong("one of `token_label` and `token_serial` names the token".to_owned())),
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let pin_file = form.pin_file.map(|pin| folder.join(pin));
        let place =
            Self { module: form.module, token, key_label: form.key_label, pin_file, timeout_ms: form.timeout_ms };
        place.check().map_err(wrong)?;
        Ok((place, PublicKey(key)))
    }

    /// Says what is wrong with it.
    ///
    /// # Errors
    /// One sentence.
    pub fn check(&self) -> Result<(), String> {
        if !self.module.is_absolute() {
            return Err(format!("`module` is `{}`, not an absolute path", self.module.display()));
        }
        let (name, text, bytes_max) = match &self.token {
            TokenName::Label(text) => ("token_label", text, TOKEN_LABEL_BYTES_MAX),
            TokenName::Serial(text) => ("token_serial", text, TOKEN_SERIAL_BYTES_MAX),
        };
        for (name, text, bytes_max) in [(name, text, bytes_max), ("key_label", &self.key_label, KEY_LABEL_BYTES_MAX)] {
            if text.is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
                return Err(format!("`{name}` is not text of 1 to {bytes_max} bytes"));
            }
        }
        if !(TIMEOUT_MS_MIN..=TIMEOUT_MS_MAX).contains(&self.timeout_ms) {
            return Err(format!("`timeout_ms` is {}, not {TIMEOUT_MS_MIN} to {TIMEOUT_MS_MAX}", self.timeout_ms));
        }
        Ok(())
    }

    /// Writes the file, mode 0600. An existing file is never overwritten.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn write_new(&self, path: &Path, public: PublicKey) -> Result<(), KeyError> {
        self.check().map_err(|what| KeyError::Place { path: path.to_owned(), what })?;
        if !Self::is_named(path) {
            let what = format!("the name of a file that says where a key is ends in `.{EXTENSION}`");
            return Err(KeyError::Place { path: path.to_owned(), what });
        }
        file::write_new(path, &self.text(public))
    }

    fn text(&self, public: PublicKey) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let mut text = format!("module = {}\n", quoted(&self.module.display().to_string()));
        let mut line = |name: &str, value: String| {
            // A string takes whatever is written to it.
            let _ = writeln!(text, "{name} = {value}");
        };
        match &self.token {
            TokenName::Label(label) => line("token_label", quoted(label)),
            TokenName::Serial(serial) => line("token_serial", quoted(serial)),
        }
        line("key_label", quoted(&self.key_label));
        line("public_key", quoted(&hex::encode(public.0)));
        if let Some(pin) = &self.pin_file {
            line("pin_file", quoted(&pin.display().to_string()));
        }
        line("timeout_ms", self.timeout_ms.to_string());
        text
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            module: "/usr/lib/softhsm/libsofthsm2.so".into(),
            token: TokenName::Label("trace \"light\"".to_owned()),
            key_label: "validator".to_owned(),
            pin_file: Some("/etc/tracelight/validator.pin".into()),
            timeout_ms: TIMEOUT_MS_DEFAULT,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let scratch = tempfile::tempdir().expect("scratch");
        let by_serial = Place { token: TokenName::Serial("9e2a27edd718df97".to_owned()), pin_file: None, ..place() };
        for (name, place) in [("a.toml", place()), ("b.toml", by_serial)] {
            let path = scratch.path().join(name);
            place.write_new(&path, PublicKey([7; 32])).expect("written");
            assert_eq!(Place::read(&path).expect("read"), (place.clone(), PublicKey([7; 32])));
            assert!(
                matches!(place.write_new(&path, PublicKey([7; 32])), Err(KeyError::Io { .. })),
                "never overwritten"
            );
        }
        assert!(matches!(
            place().write_new(&scratch.path().join("key"), PublicKey([7; 32])),
            Err(KeyError::Place { .. })
        ));
    }

    #[test]
    fn the_example_is_one() {
        let scratch = tempfile::tempdir().expect("scratch");
        let path = scratch.path().join("key.toml");
        file::write_new(&path, include_str!("../../key.example.toml")).expect("written");
        let (place, _) = Place::read(&path).expect("read");
        let token = TokenName::Label("tracelight".to_owned());
        assert_eq!(place, Place { token, pin_file: Some(scratch.path().join("validator.pin")), ..self::place() });
    }

    #[test]
    fn what_is_wrong_is_named() {
        let scratch = tempfile::tempdir().expect("scratch");
        let path = scratch.path().join("key.toml");
        let good = place().text(PublicKey([7; 32]));
        let cases = [
            ("", "missing field"),
            (&good.replace("/usr/lib", "usr/lib"), "absolute"),
            (&good.replace("token_label", "token_name"), "unknown field"),
            (&format!("{good}token_serial = \"1\"\n"), "one of `token_label`"),
            (&good.replace("key_label = \"validator\"", "key_label = \"\""), "`key_label`"),
            (&good.replace("0707", "07"), "64 hexadecimal"),
            (&good.replace("timeout_ms = 1000", "timeout_ms = 1"), "`timeout_ms` is 1"),
            (&format!("{good}pin = \"1234\"\n"), "unknown field `pin`"),
        ];
        for (text, expected) in cases {
            std::fs::write(&path, text).expect("ours");
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
            let error = Place::read(&path).expect_err("wrong").to_string();
            assert!(error.contains(expected) && error.contains("key.toml"), "{error}");
        }
        std::fs::write(&path, &good).expect("ours");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o620)).expect("ours");
        assert!(matches!(Place::read(&path), Err(KeyError::Open { .. })), "others could have a library loaded");
    }
}
