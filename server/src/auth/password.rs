//! Passwords: argon2id, off the async threads, a bounded number at a time.

use crate::http::{ApiError, ApiResult};
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use tokio::sync::Semaphore;

/// Shortest password, in bytes.
pub const PASSWORD_BYTES_MIN: usize = 8;
/// Longest password that is looked at, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Checks at a time: 19 MiB and some 30 ms of a core each. Who comes later waits.
const CHECKS_AT_A_TIME: usize = 2;

static CHECKS: Semaphore = Semaphore::const_new(CHECKS_AT_A_TIME);

/// Hash of a password that nobody has, so that an unknown name takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dHJhY2VsaWdodC1ub2JvZHk$Gf5rJ1eR0s6G8sQ5mJ0X1xU0q0n1kq0Zb3r7o2nT5hE";

/// The argon2id string of a password.
///
/// # Errors
/// A sentence: the length is outside its bounds, or randomness failed.
pub fn hash_password(password: &str) -> Result<String, String> {
    if !(PASSWORD_BYTES_MIN..=PASSWORD_BYTES_MAX).contains(&password.len()) {
        return Err(format!("a password has {PASSWORD_BYTES_MIN} to {PASSWORD_BYTES_MAX} bytes"));
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    let salt = SaltString::encode_b64(&random).map_err(|error| error.to_string())?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// Is this the password behind the stored string? Without a stored string the answer is no, after the same time.
///
/// # Errors
/// 503 when the server is shutting down.
pub async fn verify_password(password: String, stored: Option<String>) -> ApiResult<bool> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Ok(false);
    }
    let stopped = || ApiError::unavailable("the server is shutting down");
    let _turn = CHECKS.acquire().await.map_err(|_| stopped())?;
    let check = move || {
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.to_owned());
        let hash = PasswordHash::new(&stored);
        let fits = hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        exists && fits
    };
    tokio::task::spawn_blocking(check).await.map_err(|_| stopped())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_nothing_else_does() {
        let hash = hash_password("correct horse").expect("a good password");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert_ne!(hash, hash_password("correct horse").expect("a good password"), "every hash has its own salt");
        assert!(verify_password("correct horse".to_owned(), Some(hash.clone())).await.expect("it runs"));
        assert!(!verify_password("correct hors".to_owned(), Some(hash)).await.expect("it runs"));
        assert!(!verify_password("correct horse".to_owned(), None).await.expect("it runs"));
        assert!(hash_password("short").is_err());
    }

    #[test]
    fn the_hash_of_nobody_is_well_formed_so_that_it_costs_the_same() {
        let hash = PasswordHash::new(NOBODY).expect("well formed");
        assert_eq!(hash.params.get_decimal("m"), Some(19_456));
        assert!(hash.hash.is_some());
    }
}
