//! `server forget`: what a shopper asks to have deleted. Nothing that is kept names a person, so they name what we can find: a code and when
//! they checked it, or the number of their report.
//!
//! Without `--yes` it says what it would do and does nothing. What goes: device and rough place of the checks; contact, words and photos of
//! the report. What stays: that there was a check, or a report, and what came out.

use super::code::from_typed;
use crate::store::Store;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracelight_domain::ids::UnitId;

/// What to forget.
#[derive(Args, Clone, Debug)]
#[group(id = "what", required = true, multiple = true)]
pub struct Forget {
    /// The code of the checks, as it is printed or typed.
    #[arg(long, requires_all = ["from", "until"], conflicts_with = "case")]
    code: Option<String>,
    /// Checks from this moment on, such as 2026-11-30T09:00:00+08:00.
    #[arg(long, requires = "code")]
    from: Option<String>,
    /// Until before this one.
    #[arg(long, requires = "code")]
    until: Option<String>,
    /// The number of a report, such as TL-26-4K7M2P-93.
    #[arg(long)]
    case: Option<String>,
    /// Does it.
    #[arg(long)]
    yes: bool,
}

impl Forget {
    /// Does it, or says what would be done. Returns what to tell.
    ///
    /// # Errors
    /// A code, a time or a number that is none; the database.
    pub async fn run(&self, store: &Store) -> Result<String> {
        match (&self.code, &self.from, &self.until, &self.case) {
            (Some(code), Some(from), Some(until), _) => self.checks(store, code, [from, until]).await,
            (.., Some(case)) => self.report(store, case).await,
            _ => bail!("name a report with --case, or checks with --code, --from and --until"),
        }
    }

    async fn checks(&self, store: &Store, code: &str, times: [&String; 2]) -> Result<String> {
        let Ok(subject) = from_typed(code) else { bail!("--code: `{code}` is no code of a pack") };
        let unit = UnitId { gtin: subject.gtin, serial: subject.serial };
        let [from, until] = [moment("--from", times[0])?, moment("--until", times[1])?];
        anyhow::ensure!(from < until, "--until is not after --from");
        let found = store.checks_between(&unit, from, until).await?;
        if found.is_empty() {
            bail!("this code was not checked then. Times need their offset: 09:00 in China is 09:00+08:00");
        }
        let mut told = String::new();
        for at_ms in &found {
            let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(*at_ms) * 1_000_000)?;
            writeln!(told, "check of {}", at.format(&Rfc3339)?)?;
        }
        if !self.yes {
            write!(told, "Device and place of these checks would go. Nothing was changed; run it again with --yes")?;
            return Ok(told);
        }
        let gone = store.forget_checks(&unit, from, until).await?;
        write!(told, "Device and place of {gone} checks are gone")?;
        Ok(told)
    }

    async fn report(&self, store: &Store, case: &str) -> Result<String> {
        if !self.yes {
            return Ok(format!(
                "Contact, words and photos of report {case} would go. Nothing was changed; run it again with --yes"
            ));
        }
        anyhow::ensure!(store.forget_report(case).await?, "there is no report `{case}`");
        Ok(format!("Contact, words and photos of report {case} are gone"))
    }
}

fn moment(name: &str, text: &str) -> Result<u64> {
    let at = OffsetDateTime::parse(text, &Rfc3339)
        .with_context(|| format!("{name}: `{text}` is no time such as 2026-11-30T09:00:00+08:00"))?;
    u64::try_from(at.unix_timestamp_nanos() / 1_000_000).with_context(|| format!("{name}: `{text}` is before 1970"))
}

#[cfg(test)]
mod tests;
