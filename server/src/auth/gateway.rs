//! Gateways: a bearer token, of which the server holds the SHA-256.

use crate::app::AppState;
use crate::config::GatewayConfig;
use crate::http::ApiError;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use std::path::PathBuf;
use thiserror::Error;
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::{Hash, MemberId};
use tracelight_proof::hash::sha256;

/// Bytes of a token that are looked at.
const TOKEN_BYTES_MAX: usize = 512;

/// The gateways that this server knows.
#[derive(Debug, Default)]
pub struct Gateways(Vec<(Hash, MemberId)>);

/// A gateway that is asking, for its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Whose line it serves.
    pub member: MemberId,
}

/// Why a gateway's token is not usable.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// The file cannot be read.
    #[error("the token hash `{path}` cannot be read: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error(
        "the token hash `{path}` is not 64 lower-case hexadecimal digits. Hint: printf %s TOKEN | sha256sum | cut -c1-64"
    )]
    Format {
        /// Which file.
        path: PathBuf,
    },
    /// The GLN is none.
    #[error("gateway: {0}")]
    Member(#[from] tracelight_domain::gs1::KeyError),
}

impl Gateways {
    /// Reads the hashes from their files.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub fn read(config: &[GatewayConfig]) -> Result<Self, GatewayError> {
        let mut known = Vec::with_capacity(config.len());
        for gateway in config {
            let path = &gateway.token_sha256_file;
            let text =
                std::fs::read_to_string(path).map_err(|source| GatewayError::Read { path: path.clone(), source })?;
            let hash = Hash::parse_hex(text.trim()).ok_or_else(|| GatewayError::Format { path: path.clone() })?;
            known.push((hash, Gln::parse(&gateway.member)?));
        }
        Ok(Self(known))
    }

    /// The gateways with these tokens, for tests.
    #[must_use]
    pub fn of(tokens: &[(&str, MemberId)]) -> Self {
        Self(tokens.iter().map(|(token, member)| (sha256(token.as_bytes()), *member)).collect())
    }

    /// Comparing hashes of a random token gives nothing away by its timing.
    fn find(&self, token: &str) -> Option<Gateway> {
        let hash = sha256(token.as_bytes());
        self.0.iter().find(|(known, _)| *known == hash).map(|(_, member)| Gateway { member: *member })
    }
}

impl FromRequestParts<AppState> for Gateway {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        let token = token.filter(|token| !token.is_empty() && token.len() <= TOKEN_BYTES_MAX);
        token.and_then(|token| state.gateways.find(token)).ok_or_else(|| {
            ApiError::unauthorized().detail("this call needs `Authorization: Bearer` with a gateway's token")
        })
    }
}
