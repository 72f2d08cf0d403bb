//! `tracelight key`: makes key files, and puts them under a passphrase. The formats are those of `tracelight_client::keys`.
//!
//! A passphrase comes from a file or from the terminal, where it is asked for twice. A file that exists is never overwritten;
//! who encrypts a key deletes the plain file himself, when he has seen that the new one opens.

use crate::Verdict;
use anyhow::{Context as _, ensure};
use std::io::Write;
use std::path::{Path, PathBuf};
use tracelight_client::keys::{Seed, Unlock, ask_passphrase};

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
    /// Prints the public half of a key file, encrypted or not.
    Public {
        /// The key.
        file: PathBuf,
    },
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
        What::Public { file } => Seed::public_of(file)?,
    };
    writeln!(out, "{public}")?;
    Ok(Verdict::Holds)
}

/// Writes the encrypted file, and opens it once: a passphrase that was mistyped shows now, not at the next start.
fn seal(seed: &Seed, out: &Path, file: Option<&Path>) -> anyhow::Result<tracelight_domain::ids::PublicKey> {
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

    fn said(what: What) -> anyhow::Result<String> {
        let mut out = Vec::new();
        assert_eq!(run(&Args { what }, &mut out)?, Verdict::Holds);
        Ok(String::from_utf8(out)?.trim().to_owned())
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
        }
        let text = std::fs::read_to_string(path("sealed")).expect("text");
        assert!(text.starts_with("tracelight-key v1\nargon2id m=65536 t=3 p=1 "), "{text}");
        let over = What::New { out: path("sealed"), plain: false, passphrase_file };
        assert!(said(over).is_err(), "never overwritten");
    }
}
