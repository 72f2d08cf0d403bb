//! `tracelight key`: makes key files, puts them under a passphrase, and makes keys in PKCS#11 tokens. The formats are those of
//! `tracelight_client::keys`.
//!
//! A key in a token is made there and never leaves it. What is written is a small file that says where it is; every program takes
//! it for a key file, because its name ends in `.toml`. Whether it can be written is
//! looked at before the key is made.
//!
//! A passphrase comes from a file or from the terminal, where it is asked for twice. A file that exists is never overwritten;
//! who encrypts a key deletes the plain file himself, when he has seen that the new one opens.

use crate::Verdict;
use anyhow::{Context as _, ensure};
use std::io::Write;
use std::path::{Path, PathBuf};
use tracelight_client::keys::pkcs11::{self, Place, TIMEOUT_MS_DEFAULT, TokenName};
use tracelight_client::keys::{Seed, Signer, Unlock, ask_passphrase};
use tracelight_domain::ids::{ChainId, PublicKey, RecallId};
use tracelight_domain::tx::{Tx, TxBody};

/// What to do.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Makes a key and prints its public half.
    New {
        /// The new file.
        #[arg(long)]
        out: PathBuf,
        /// Leave it without a passphrase, as programs need it that start without one.
        #[arg(long, conflicts_with = "passphrase_file")]
        plain: bool,
        /// File with the passphrase; asked for where it is not named.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
    /// Writes a key under a passphrase to another file.
    Encrypt {
        /// The key as it is.
        #[arg(long = "in")]
        from: PathBuf,
        /// The new file.
        #[arg(long)]
        out: PathBuf,
        /// File with the passphrase; asked for where it is not named.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
    /// Prints the public half of a key file, encrypted or not, or of a key in a token as its file says.
    Public {
        /// The key.
        file: PathBuf,
    },
    /// Makes a key in a PKCS#11 token, which it never leaves; writes where it is, and prints its public half.
    TokenNew {
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Brings a key from a file into a PKCS#11 token; writes where it is, and prints its public half. The file stays: delete it, and
    /// every copy, when the new one works. A key that was made in a token is better.
    TokenImport {
        /// The key as it is, plain or encrypted.
        #[arg(long = "in")]
        from: PathBuf,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Opens a key, in a file or in a token, has it sign, and checks the signature.
    Check {
        /// The key.
        file: PathBuf,
        /// File with the passphrase of an encrypted one; asked for where it is not named.
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
}

/// Where a key shall be.
#[derive(clap::Args)]
struct PlaceArgs {
    /// The file to write, `NAME.toml`.
    #[arg(long)]
    out: PathBuf,
    /// Library of the token's maker, as `/usr/lib/softhsm/libsofthsm2.so`.
    #[arg(long)]
    module: PathBuf,
    /// The token, by its label.
    #[arg(long, required_unless_present = "token_serial", conflicts_with = "token_serial")]
    token_label: Option<String>,
    /// The token, by its serial number.
    #[arg(long)]
    token_serial: Option<String>,
    /// Label of the key.
    #[arg(long)]
    key_label: String,
    /// File with the PIN, mode 0600; asked for where it is not named, also by every program that uses the key.
    #[arg(long)]
    pin_file: Option<PathBuf>,
    /// How long a signature may take, milliseconds.
    #[arg(long, default_value_t = TIMEOUT_MS_DEFAULT)]
    timeout_ms: u64,
}

impl PlaceArgs {
    /// As it is written. The PIN's file by its full path: a relative one would be looked for beside the new file.
    fn place(&self) -> anyhow::Result<Place> {
        let token = match (&self.token_label, &self.token_serial) {
            (Some(label), _) => TokenName::Label(label.clone()),
            (None, Some(serial)) => TokenName::Serial(serial.clone()),
            (None, None) => anyhow::bail!("--token-label or --token-serial says which token"),
        };
        let full = |pin: &PathBuf| std::path::absolute(pin).context("--pin-file");
        let pin_file = self.pin_file.as_ref().map(full).transpose()?;
        let (module, key_label) = (self.module.clone(), self.key_label.clone());
        Ok(Place { module, token, key_label, pin_file, timeout_ms: self.timeout_ms })
    }
}

/// Does it.
///
/// # Errors
/// When a file cannot be read or made, or no passphrase is to be had.
pub fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Verdict> {
    let public = match &args.what {
        What::New { out, plain: true, .. } => {
            let seed = Seed::generate()?;
            seed.write_new(out)?;
            seed.public()
        }
        What::New { out, passphrase_file, .. } => seal(&Seed::generate()?, out, passphrase_file.as_deref())?,
        What::Encrypt { from, out, passphrase_file } => {
            seal(&Seed::read(from, &Unlock::Terminal)?, out, passphrase_file.as_deref())?
        }
        What::Public { file } => Signer::public_of(file)?,
        What::TokenNew { place } => in_token(place, |path, place| Ok(pkcs11::make(path, place)?))?,
        What::TokenImport { from, place } => {
            let seed = Seed::read(from, &Unlock::Terminal)?;
            in_token(place, |path, place| Ok(pkcs11::import(path, place, seed)?))?
        }
        What::Check { file, passphrase_file } => check(file, passphrase_file.as_deref())?,
    };
    writeln!(out, "{public}")?;
    Ok(Verdict::Holds)
}

/// Makes sure that the file can be written, makes the key, and writes where it is.
fn in_token(
    args: &PlaceArgs,
    make: impl FnOnce(&Path, &Place) -> anyhow::Result<PublicKey>,
) -> anyhow::Result<PublicKey> {
    let place = args.place()?;
    let out = &args.out;
    ensure!(!out.exists(), "`{}` is there already; nothing was made", out.display());
    ensure!(Place::is_named(out), "`{}`: the name has to end in `.{}`", out.display(), pkcs11::EXTENSION);
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(folder.is_dir(), "there is no folder `{}`; nothing was made", folder.display());
    let public = make(out, &place)?;
    place.write_new(out, public).with_context(|| format!("the key {public} is in the token, but no file says so"))?;
    Ok(public)
}

/// Has a key sign something that is nothing: a transaction of no chain, which expired before the first block.
fn check(file: &Path, passphrase_file: Option<&Path>) -> anyhow::Result<PublicKey> {
    let key = Signer::unlock(file, &passphrase_file.into())?;
    let body = TxBody::CloseRecall { recall: RecallId([0; 16]) };
    let tx = Tx { chain: ChainId([0; 32]), key: key.public_key(), nonce: 0, expires_at: 0, body };
    let signed = key.sign_tx(tx)?;
    tracelight_proof::signed::verify(&signed).context("the signature does not verify")?;
    Ok(key.public_key())
}

/// Writes the encrypted file, and opens it once: a passphrase that was mistyped shows now, not at the next start.
fn seal(seed: &Seed, out: &Path, file: Option<&Path>) -> anyhow::Result<PublicKey> {
    let passphrase = match file {
        Some(file) => Unlock::File(file.to_owned()).passphrase(out)?,
        None => {
            let asked = "no terminal to ask for a passphrase at; name one with --passphrase-file";
            let first = ask_passphrase("Passphrase: ").context(asked)?;
            let second = ask_passphrase("Once more: ").context(asked)?;
            ensure!(first == second, "the two are not the same; nothing was written");
            first
        }
    };
    seed.write_sealed(out, &passphrase)?;
    let unlock = file.map_or(Unlock::Terminal, |file| Unlock::File(file.to_owned()));
    if file.is_some() {
        let opened = Seed::read(out, &unlock)?;
        ensure!(opened.public() == seed.public(), "`{}` holds another key than was written", out.display());
    }
    Ok(seed.public())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use tracelight_testkit::services::SoftHsm;

    fn said(what: What) -> anyhow::Result<String> {
        let mut out = Vec::new();
        assert_eq!(run(&Args { what }, &mut out)?, Verdict::Holds);
        Ok(String::from_utf8(out)?.trim().to_owned())
    }

    #[test]
    fn a_key_is_made_in_a_token_or_brought_there_and_told() {
        SoftHsm::in_child("key::tests::a_key_is_made_in_a_token_or_brought_there_and_told", |hsm| {
            let path = |name: &str| hsm.dir().join(name);
            hsm.init("tracelight", "pin-of-the-test").expect("a token");
            std::fs::write(path("pin"), "pin-of-the-test\n").expect("ours");
            std::fs::set_permissions(path("pin"), std::fs::Permissions::from_mode(0o600)).expect("ours");
            let place = |name: &str, label: &str| PlaceArgs {
                out: path(name),
                module: hsm.module(),
                token_label: Some("tracelight".to_owned()),
                token_serial: None,
                key_label: label.to_owned(),
                pin_file: Some(path("pin")),
                timeout_ms: 10_000,
            };
            let check = |file| said(What::Check { file, passphrase_file: None }).expect("signs");
            let made = said(What::TokenNew { place: place("made.toml", "made") }).expect("made");
            assert_eq!(said(What::Public { file: path("made.toml") }).expect("told"), made);
            assert_eq!(check(path("made.toml")), made);
            let plain = said(What::New { out: path("plain"), plain: true, passphrase_file: None }).expect("made");
            let brought = What::TokenImport { from: path("plain"), place: place("brought.toml", "brought") };
            assert_eq!(said(brought).expect("brought"), plain);
            assert_eq!(check(path("brought.toml")), plain);
            // Nothing is made that no file can name: the file is there, its name is wrong, its folder is not there, the label is taken.
            for (name, label) in [("made.toml", "a"), ("made", "b"), ("nowhere/c.toml", "c"), ("d.toml", "made")] {
                assert!(said(What::TokenNew { place: place(name, label) }).is_err(), "{name}");
            }
            for (name, label) in [("a.toml", "a"), ("b.toml", "b"), ("c.toml", "c")] {
                said(What::TokenNew { place: place(name, label) }).expect("the label is free");
            }
        });
    }

    #[test]
    fn a_key_is_made_encrypted_and_told() {
        let scratch = tempfile::tempdir().expect("scratch");
        let path = |name: &str| scratch.path().join(name);
        let passphrase_file = Some(path("passphrase"));
        std::fs::write(path("passphrase"), "correct horse\n").expect("ours");
        std::fs::set_permissions(path("passphrase"), std::fs::Permissions::from_mode(0o600)).expect("ours");
        let plain = What::New { out: path("plain"), plain: true, passphrase_file: None };
        let public = said(plain).expect("made");
        let (from, out) = (path("plain"), path("sealed"));
        let again = said(What::Encrypt { from, out, passphrase_file: passphrase_file.clone() }).expect("encrypted");
        assert_eq!(again, public);
        for name in ["plain", "sealed"] {
            assert_eq!(said(What::Public { file: path(name) }).expect("a key"), public);
            let passphrase_file = passphrase_file.clone();
            assert_eq!(said(What::Check { file: path(name), passphrase_file }).expect("signs"), public);
        }
        let text = std::fs::read_to_string(path("sealed")).expect("text");
        assert!(text.starts_with("tracelight-key v1\nargon2id m=65536 t=3 p=1 "), "{text}");
        let over = What::New { out: path("sealed"), plain: false, passphrase_file };
        assert!(said(over).is_err(), "never overwritten");
    }
}
