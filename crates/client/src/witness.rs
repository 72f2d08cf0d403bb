//! Asks a witness to cosign a checkpoint (C2SP tlog-witness over HTTP). What it answers is checked before it is returned.

use reqwest::{Client, StatusCode};
use std::time::Duration;
use thiserror::Error;
use tracelight_domain::ids::PublicKey;
use tracelight_proof::note::{AddCheckpoint, Cosigner, Note, NoteError, parse_decimal};

/// Time for one answer, from the connection on.
pub const WITNESS_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer: 64 signature lines.
const ANSWER_BYTES_MAX: usize = 64 * 512;

/// Why there is no cosignature.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// It is not set up.
    #[error("`{0}` is not the address of a witness; expected http://host:port")]
    BadUrl(String),
    /// It does not answer.
    #[error("witness `{name}` does not answer: {message}")]
    Unreachable {
        /// Its name.
        name: String,
        /// What happened.
        message: String,
    },
    /// It knows another size than the request named.
    #[error("witness `{name}` has cosigned the log up to {size} entries")]
    KnowsOther {
        /// Its name.
        name: String,
        /// The size that it cosigned last.
        size: u64,
    },
    /// It says no.
    #[error("witness `{name}` answers {status}: {message}")]
    Refused {
        /// Its name.
        name: String,
        /// Status of the answer.
        status: u16,
        /// Its words.
        message: String,
    },
    /// What it answered is not its signature.
    #[error("the answer of witness `{name}`: {source}")]
    BadAnswer {
        /// Its name.
        name: String,
        /// Why.
        source: NoteError,
    },
}

/// One witness.
#[derive(Debug)]
pub struct WitnessClient {
    http: Client,
    url: String,
    /// Its name in the genesis.
    pub name: String,
    /// Its key in the genesis.
    pub key: PublicKey,
}

impl WitnessClient {
    /// A witness at this submission prefix (`http://127.0.0.1:7900`).
    ///
    /// # Errors
    /// [`WitnessError::BadUrl`].
    pub fn new(name: &str, key: PublicKey, url: &str) -> Result<Self, WitnessError> {
        let bad = || WitnessError::BadUrl(url.to_owned());
        let url = url.trim().trim_end_matches('/');
        let parsed = reqwest::Url::parse(url).map_err(|_| bad())?;
        if !parsed.has_host() || !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad());
        }
        let mut builder = Client::builder().timeout(WITNESS_TIMEOUT).no_proxy();
        if parsed.scheme() == "http" {
            // A machine without a certificate store can still talk to plain witnesses.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|_| bad())?;
        Ok(Self { http, url: url.to_owned(), name: name.to_owned(), key })
    }

    /// Asks it to cosign; its time (seconds since 1970) and its signature, checked.
    ///
    /// # Errors
    /// [`WitnessError::KnowsOther`] when the request began at another size than the witness's; otherwise as named.
    pub async fn add_checkpoint(&self, request: &AddCheckpoint) -> Result<(u64, [u8; 64]), WitnessError> {
        let name = || self.name.clone();
        let lost = |error: reqwest::Error| WitnessError::Unreachable { name: name(), message: error.to_string() };
        let url = format!("{}/add-checkpoint", self.url);
        let mut answer = self.http.post(url).body(request.encode()).send().await.map_err(lost)?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(WitnessError::Unreachable { name: name(), message: "its answer is too long".to_owned() });
            }
            body.extend_from_slice(&chunk);
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        if status == StatusCode::CONFLICT
            && let Some(size) = text.strip_suffix('\n').and_then(parse_decimal)
            && size != request.old_size
        {
            return Err(WitnessError::KnowsOther { name: name(), size });
        }
        if !status.is_success() {
            let message = text.trim().chars().take(200).collect();
            return Err(WitnessError::Refused { name: name(), status: status.as_u16(), message });
        }
        let bad = |source| WitnessError::BadAnswer { name: name(), source };
        let lines = Note::signature_lines(text.trim_end_matches('\n')).map_err(bad)?;
        Cosigner { name: &self.name, key: &self.key }.find(&request.note.text, &lines).map_err(bad)
    }
}
