//! `[accounts]`: accounts of people.
//!
//! ```toml
//! [accounts]
//! audit_days = 730                # how long lines of the audit log are kept
//!
//! [[accounts.totp_keys]]          # second factors by code; the first is for new ones, the others are still read
//! id = "totp-2026"
//! file = "totp-2026.key"          # 64 hexadecimal digits: openssl rand -hex 32
//! ```

use serde::Deserialize;
use std::path::PathBuf;

/// Days that the audit log may be kept.
const AUDIT_DAYS: std::ops::RangeInclusive<u32> = 30..=3_650;

/// Accounts of people.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct AccountsConfig {
    /// Days for which a line of the audit log is kept, 30 to 3,650. Default 730.
    pub audit_days: u32,
    /// Keys under which secrets of second factors are kept, the one for new secrets first. Without one no second factor can be
    /// switched on.
    pub totp_keys: Vec<TotpKeyConfig>,
}

/// A key of second factors.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TotpKeyConfig {
    /// Its name, such as `totp-2026`; it stands beside every secret and never changes.
    pub id: String,
    /// File with 64 hexadecimal digits. Whoever has it and the database makes everybody's codes; without it none is checked.
    pub file: PathBuf,
}

impl Default for AccountsConfig {
    fn default() -> Self {
        Self { audit_days: 730, totp_keys: Vec::new() }
    }
}

impl AccountsConfig {
    /// Every file that is named.
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.totp_keys.iter_mut().map(|key| &mut key.file)
    }

    pub(super) fn faults(&self, faults: &mut Vec<String>) {
        if !AUDIT_DAYS.contains(&self.audit_days) {
            let (first, last) = (AUDIT_DAYS.start(), AUDIT_DAYS.end());
            faults.push(format!("accounts.audit_days: {} is outside {first} to {last}", self.audit_days));
        }
        if let Err(why) = crate::auth::TotpKeys::read(self) {
            faults.extend(why);
        }
    }
}
