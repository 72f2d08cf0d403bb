//! Second factors by code (RFC 6238: SHA-1, six digits, 30 s, one step to either side), and recovery codes.
//!
//! **At rest.** A secret is encrypted (XChaCha20-Poly1305, bound to its account) under a key that comes from a file named in
//! `[[accounts.totp_keys]]`, as the keys of marks do; the database and its backups hold no secret that a copy could use. The
//! first key is for new secrets, the others are still read. Whoever has the file and the database makes codes; without the file
//! nobody does, and recovery codes are the way in. Without any key no second factor can be switched on, and the answer says how
//! to configure one.
//!
//! **In motion.** A secret leaves once, in the answer to the account's own request, before it counts. It stands in no log and
//! in no other answer. Recovery codes are 80 bits of chance each; their SHA-256 is kept.

use crate::config::AccountsConfig;
use crate::http::{ApiError, ApiResult};
use crate::marks::key_file;
use crate::sealed::SealKey;
use axum::http::StatusCode;
use data_encoding::BASE32_NOPAD;
use totp_rs::{Algorithm, Builder, Totp};
use tracelight_api::rest::account::{RECOVERY_CODES, TotpOffer};
use tracelight_labels::symbol::Symbol;
use tracelight_proof::hash::sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Bytes of a secret: those of SHA-1, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Bytes of a recovery code.
const RECOVERY_BYTES: usize = 10;
/// Bytes of a code that are looked at.
const CODE_BYTES_MAX: usize = 64;
/// Who asks for the codes, in the list of an authenticator.
const ISSUER: &str = "Tracelight";

/// A secret in clear.
type Secret = Zeroizing<Vec<u8>>;

/// The keys under which secrets are kept.
#[derive(Default)]
pub struct TotpKeys(Vec<(String, SealKey)>);

impl std::fmt::Debug for TotpKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(id, _)| id)).finish()
    }
}

/// A code as somebody types it.
#[derive(Clone, PartialEq, Eq)]
pub enum Code {
    /// Six digits of the authenticator.
    Digits(String),
    /// A recovery code, as the hash that is kept.
    Recovery([u8; 32]),
}

impl TotpKeys {
    /// Reads the keys.
    ///
    /// # Errors
    /// Every fault, each with the name of its setting. No key stands in it.
    pub fn read(config: &AccountsConfig) -> Result<Self, Vec<String>> {
        let (mut keys, mut faults) = (Vec::new(), Vec::new());
        for (index, key) in config.totp_keys.iter().enumerate() {
            let at = format!("accounts.totp_keys[{index}]");
            let named = !key.id.is_empty() && key.id.len() <= 64 && key.id.bytes().all(|byte| byte.is_ascii_graphic());
            if !named {
                faults.push(format!("{at}.id: expected 1 to 64 visible ASCII characters"));
            }
            if keys.iter().any(|(id, _)| *id == key.id) {
                faults.push(format!("{at}.id: `{}` stands twice", key.id));
            }
            if let Some(bytes) = key_file::<32>(&format!("{at}.file"), &key.file, &mut faults) {
                keys.push((key.id.clone(), SealKey::new(&bytes)));
            }
        }
        if faults.is_empty() { Ok(Self(keys)) } else { Err(faults) }
    }

    /// Can secrets be kept here?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A new secret, encrypted, with the name of its key; and what its owner is told.
    ///
    /// # Errors
    /// 409 without a key; 500 without randomness.
    pub fn offer(&self, user: Uuid, name: &str) -> ApiResult<(String, Vec<u8>, TotpOffer)> {
        let (id, key) = self.0.first().ok_or_else(not_configured)?;
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(secret.as_mut_slice())?;
        let failed = |error: &dyn std::fmt::Display| {
            ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "the second factor could not be made", error)
        };
        let sealed = key.seal(user.as_bytes(), secret.as_slice()).map_err(|error| failed(&error))?;
        let text = BASE32_NOPAD.encode(secret.as_slice());
        let label = crate::http::encoded(name);
        let uri =
            format!("otpauth://totp/{ISSUER}:{label}?secret={text}&issuer={ISSUER}&algorithm=SHA1&digits=6&period=30");
        let qr_svg = qr(&uri).map_err(|error| failed(&error))?;
        Ok((id.clone(), sealed, TotpOffer { secret: text, uri, qr_svg }))
    }

    fn open(&self, user: Uuid, key_id: &str, sealed: &[u8]) -> Option<Secret> {
        let (_, key) = self.0.iter().find(|(id, _)| id == key_id)?;
        key.open(user.as_bytes(), sealed)
    }

    /// The step whose code this is, now or one step to either side.
    ///
    /// # Errors
    /// 503 when the key of the secret is not here.
    pub fn step_of(
        &self,
        user: Uuid,
        key_id: &str,
        sealed: &[u8],
        digits: &str,
        now_ms: u64,
    ) -> ApiResult<Option<u64>> {
        let Some(secret) = self.open(user, key_id, sealed) else {
            let cause = format!("accounts.totp_keys: no key reads the secret that was kept under `{key_id}`");
            let title = "cannot check codes now: a key is missing";
            return Err(ApiError::fault(StatusCode::SERVICE_UNAVAILABLE, "totp_key_missing", title, &cause));
        };
        Ok(totp(&secret).and_then(|totp| totp.check(digits, now_ms / 1_000)))
    }
}

fn totp(secret: &Secret) -> Option<Totp> {
    let secret: [u8; SECRET_BYTES] = secret.as_slice().try_into().ok()?;
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(1).with_step_duration(30);
    builder.with_secret(totp_rs::Secret::new_stack(secret)).build().ok()
}

/// The way out of a server without keys.
#[must_use]
pub fn not_configured() -> ApiError {
    let title = "this server keeps no second factors";
    ApiError::new(StatusCode::CONFLICT, "totp_not_configured", title).detail(
        "its operator has to name a key: a file with 64 hexadecimal digits (openssl rand -hex 32) in [[accounts.totp_keys]]",
    )
}

/// Reads what somebody typed: six digits, or a recovery code; spaces and hyphens do not count.
#[must_use]
pub fn parse_code(text: &str) -> Option<Code> {
    if text.len() > CODE_BYTES_MAX {
        return None;
    }
    let plain: String = text.chars().filter(|character| !character.is_whitespace() && *character != '-').collect();
    if plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Code::Digits(plain));
    }
    let bytes = BASE32_NOPAD.decode(plain.to_ascii_uppercase().as_bytes()).ok()?;
    (bytes.len() == RECOVERY_BYTES).then(|| Code::Recovery(sha256(&bytes).0))
}

/// New recovery codes: what is told, and what is kept.
///
/// # Errors
/// 500 without randomness.
pub fn recovery_codes() -> ApiResult<(Vec<String>, Vec<[u8; 32]>)> {
    let (mut told, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..RECOVERY_CODES {
        let mut bytes = [0; RECOVERY_BYTES];
        getrandom::fill(&mut bytes)?;
        let text = BASE32_NOPAD.encode(&bytes);
        let groups: Vec<&str> =
            [text.get(0..4), text.get(4..8), text.get(8..12), text.get(12..16)].into_iter().flatten().collect();
        told.push(groups.join("-"));
        kept.push(sha256(&bytes).0);
    }
    Ok((told, kept))
}

/// A text as QR code on white, quiet zone included.
fn qr(text: &str) -> Result<String, tracelight_labels::LabelError> {
    let symbol = Symbol::qr(text)?;
    let (side, path) = (symbol.columns_with_quiet_zone(), symbol.path());
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"240\" height=\"240\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests;
