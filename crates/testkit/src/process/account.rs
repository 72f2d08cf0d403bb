//! The account that a program runs under.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use anyhow::Context;

/// An account of this machine. Some services refuse to be root; they are started under their package's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// The account `name`, or `None` when this process is not root: a service then simply runs as we do.
    ///
    /// # Errors
    /// When this process is root and there is no such account.
    pub fn for_service(name: &str) -> anyhow::Result<Option<Self>> {
        if fs::metadata("/proc/self").context("/proc is not mounted")?.uid() != 0 {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let found = accounts.lines().find_map(|line| Self::parse(line, name));
        found.map(Some).with_context(|| {
            format!("there is no account `{name}`. Hint: ./scripts/test installs the package that makes it")
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes it the owner of a file or folder.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn own(&self, path: &Path) -> anyhow::Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("cannot give `{}` to {}", path.display(), self.name))
    }

    fn parse(line: &str, name: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let found = fields.next().filter(|field| *field == name)?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Self { name: found, uid, gid })
    }
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn accounts_are_read_from_passwd_lines() {
        let line = "mysql:x:107:112:MySQL Server,,,:/nonexistent:/bin/false";
        let account = Account::parse(line, "mysql").expect("account");
        assert_eq!((account.uid, account.gid), (107, 112));
        assert_eq!(Account::parse(line, "my"), None);
        assert_eq!(Account::parse("mysql:x:many:112", "mysql"), None);
    }
}
