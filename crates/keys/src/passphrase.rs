//! Where a passphrase comes from.
//!
//! A file that only its owner may read (a service: systemd's `LoadCredential=`, a container's secret), or the terminal (a
//! person). Never the environment and never the command line: both are readable by others and end up in logs. A file's
//! passphrase is its first line; one line feed or carriage return and line feed at its end does not count.

use crate::file::{self, KeyError};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// Bytes of a passphrase.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;
const EXPECTED: &str = "a passphrase: one line of 1 to 1,024 bytes";

/// How an encrypted key file is opened. A plain one needs none of it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Unlock {
    /// By asking at the terminal, where there is one.
    #[default]
    Terminal,
    /// With the passphrase in this file.
    File(PathBuf),
}

impl From<Option<&Path>> for Unlock {
    fn from(file: Option<&Path>) -> Self {
        file.map_or(Self::Terminal, |path| Self::File(path.to_owned()))
    }
}

impl Unlock {
    /// The passphrase for this key file.
    ///
    /// # Errors
    /// [`KeyError`] of the passphrase's file, or [`KeyError::Locked`] where there is no terminal to ask at.
    pub fn passphrase(&self, key_file: &Path) -> Result<Zeroizing<String>, KeyError> {
        match self {
            Self::File(path) => {
                let text = file::read(path, PASSPHRASE_BYTES_MAX as u64 + 2, EXPECTED)?;
                first_line(&text).ok_or_else(|| KeyError::Format { path: path.clone(), expected: EXPECTED })
            }
            Self::Terminal => ask(&format!("Passphrase of {}: ", key_file.display())).ok_or_else(|| KeyError::Locked {
                path: key_file.to_owned(),
                why: "name a passphrase file in the configuration, or start the program at a terminal",
            }),
        }
    }
}

fn first_line(text: &str) -> Option<Zeroizing<String>> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let good = !line.is_empty() && line.len() <= PASSPHRASE_BYTES_MAX && !line.contains(['\n', '\r', '\0']);
    good.then(|| Zeroizing::new(line.to_owned()))
}

/// Asks at the terminal, without showing what is typed. `None` when there is none, or nothing was typed.
#[must_use]
pub fn ask(question: &str) -> Option<Zeroizing<String>> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    let hidden = Hidden::of(&terminal)?;
    terminal.write_all(question.as_bytes()).ok()?;
    let mut line = Zeroizing::new(String::with_capacity(PASSPHRASE_BYTES_MAX + 2));
    let read = BufReader::new(std::io::Read::take(&terminal, PASSPHRASE_BYTES_MAX as u64 + 2)).read_line(&mut line);
    drop(hidden);
    // The line feed was typed, and not shown.
    let _ = terminal.write_all(b"\n");
    read.ok()?;
    first_line(&line)
}

/// A terminal that does not show what is typed, until dropped. By the program `stty`, because this crate has no unsafe code.
struct Hidden(File);

impl Hidden {
    fn of(terminal: &File) -> Option<Self> {
        let hidden = Self(terminal.try_clone().ok()?);
        hidden.stty("-echo").then_some(hidden)
    }

    fn stty(&self, mode: &str) -> bool {
        let Ok(terminal) = self.0.try_clone() else { return false };
        let status =
            Command::new("stty").arg(mode).stdin(terminal).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        self.stty("echo");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_one_line() {
        let line = |text: &str| first_line(text).map(|line| line.to_string());
        assert_eq!(line("correct horse\n").as_deref(), Some("correct horse"));
        assert_eq!(line("correct horse\r\n").as_deref(), Some("correct horse"));
        assert_eq!(line(" leading and trailing ").as_deref(), Some(" leading and trailing "));
        for wrong in ["", "\n", "two\nlines\n", "nul\0", &"x".repeat(PASSPHRASE_BYTES_MAX + 1)] {
            assert_eq!(line(wrong), None, "{wrong:?}");
        }
    }
}
