//! What a test needs of the machine beyond what every machine gives: root, a mount, a network namespace, a tracer.
//!
//! The rule is that of the shared data: where it cannot be had, the test says on standard error that it was skipped and why;
//! in continuous integration (`CI=true`) that would be a lie, and it is a failure.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::process::program;

/// Whether the test `test` can run here. `need` is asked first, and its error is the reason when it cannot.
///
/// # Panics
/// When it cannot and `CI=true`.
#[must_use]
pub fn able(test: &str, need: anyhow::Result<()>) -> bool {
    decide(test, need, env::var_os("CI").is_some_and(|value| value == "true"))
}

fn decide(test: &str, need: anyhow::Result<()>, in_ci: bool) -> bool {
    let Err(reason) = need else { return true };
    assert!(!in_ci, "{test} cannot run here: {reason:#}");
    eprintln!("skipped: {test} cannot run here: {reason:#}");
    false
}

/// The account is root.
///
/// # Errors
/// When it is not.
pub fn root() -> anyhow::Result<()> {
    let uid = fs::metadata("/proc/self").context("/proc is not mounted")?.uid();
    ensure!(uid == 0, "root is needed, this is account {uid}");
    Ok(())
}

/// Runs a system command to its end; what it says is in the error when it fails.
///
/// # Errors
/// When it is not installed, or fails.
pub fn system(name: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(program(name)?).args(arguments).output().with_context(|| format!("cannot run {name}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} {}: {}", arguments.join(" "), said.trim());
    Ok(())
}

/// How many times as long as in each run the loops of a test are: `TRACELIGHT_SOAK`, at most 100,000.
#[must_use]
pub fn soak() -> usize {
    let wanted = std::env::var("TRACELIGHT_SOAK").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(1).clamp(1, 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_test_that_cannot_run_says_so() {
        assert!(decide("this", Ok(()), true));
        assert!(!decide("this", Err(anyhow!("no root")), false));
    }

    #[test]
    #[should_panic(expected = "this cannot run here: no root")]
    fn in_continuous_integration_it_fails() {
        let _ = decide("this", Err(anyhow!("no root")), true);
    }

    #[test]
    fn a_command_that_fails_says_why() {
        system("true", &[]).expect("it succeeds");
        let error = system("ls", &["/nonexistent"]).expect_err("there is no such folder").to_string();
        assert!(error.contains("/nonexistent"), "{error}");
        assert!(system("no-such-program", &[]).is_err());
    }
}
