//! Chain and server over HTTP.

use super::links::{Chain, LinkError, Office};
use crate::catalogue;
use crate::line::Sheet;
use async_trait::async_trait;
use reqwest::{Client, Response, StatusCode, Url};
use std::sync::OnceLock;
use std::time::Duration;
use tracelight_api::chain::Receipt;
use tracelight_api::problem::Problem;
use tracelight_api::rest::line::{LineBatch, Manifest, ManifestStored};
use tracelight_api::rest::numbers::{HeldByLine, TakeBlock};
use tracelight_client::chain::{ClientError, NodeAccess, NodeClient, chain_of};
use tracelight_client::light::LightClient;
use tracelight_domain::ids::{BatchId, ChainId, Height, PublicKey};
use tracelight_domain::state::{ObjectId, StateBody};
use tracelight_domain::tx::SignedTx;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;
use tracelight_proof::state_proof::{self, StateProof};

/// Bytes of a state proof: 256 siblings of 32 B and a value.
const PROOF_BYTES_MAX: usize = 32 * 1024;
/// Bytes of the list of a batch's codes: 5 M serials of up to 20 characters.
const CODES_BYTES_MAX: usize = 110 * 1024 * 1024;
/// Bytes of any other answer of the server.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// A line that starts waits this long for the list of its codes.
const CODES_TIMEOUT: Duration = Duration::from_secs(60);

/// The chain through its nodes. What it says of the key's nonce is verified against the alliance.
pub struct NodeChain {
    client: NodeClient,
    id: ChainId,
    /// Made from the genesis that a node tells, once its hash is the alliance's id.
    light: OnceLock<LightClient>,
}

impl NodeChain {
    /// Through these nodes, of this alliance.
    ///
    /// # Errors
    /// When the URLs are none.
    pub fn new(nodes: Vec<NodeAccess>, id: ChainId) -> Result<Self, ClientError> {
        Ok(Self { client: NodeClient::with_access(nodes)?, id, light: OnceLock::new() })
    }

    async fn light(&self) -> Result<&LightClient, LinkError> {
        if let Some(light) = self.light.get() {
            return Ok(light);
        }
        let genesis = Genesis::parse_checked(&self.client.genesis().await.map_err(link)?).map_err(bad)?;
        if genesis.chain_id() != self.id {
            return Err(bad("the node's genesis is of another alliance"));
        }
        let light = LightClient::new(&genesis).map_err(bad)?;
        Ok(self.light.get_or_init(|| light))
    }
}

fn link(error: ClientError) -> LinkError {
    match error {
        ClientError::Refused { .. } => LinkError::Refused(error.to_string()),
        ClientError::BadAnswer { .. } => LinkError::BadAnswer(error.to_string()),
        other => LinkError::Unreachable(other.to_string()),
    }
}

fn bad(what: impl std::fmt::Display) -> LinkError {
    LinkError::BadAnswer(what.to_string())
}

#[async_trait]
impl Chain for NodeChain {
    fn id(&self) -> ChainId {
        self.id
    }

    async fn height(&self) -> Result<Height, LinkError> {
        let status = self.client.status().await.map_err(link)?;
        if status.chain_id.0 != self.id {
            return Err(bad(format!("the node is of alliance {}, expected {}", status.chain_id.0, self.id)));
        }
        Ok(status.height)
    }

    async fn next_nonce(&self, key: PublicKey) -> Result<Option<u64>, LinkError> {
        let light = self.light().await?;
        let object = ObjectId::Key(key);
        let proofs = self.client.prove(std::slice::from_ref(&object), None).await.map_err(link)?;
        let header = light.believe(&self.client, &proofs.header.0, &proofs.certificate.0).await.map_err(bad)?;
        let proof = proofs.objects.first().ok_or_else(|| bad("no proof"))?;
        let proof = StateProof::parse(&proof.proof.0, PROOF_BYTES_MAX, "state proof").map_err(bad)?;
        match state_proof::verify(&proof, &header.state_root, &object).map_err(bad)?.map(|state| state.body) {
            None => Ok(None),
            Some(StateBody::Key { next_nonce, .. }) => Ok(Some(next_nonce)),
            Some(_) => Err(bad("the proof is not about a key")),
        }
    }

    async fn submit(&self, txs: &[SignedTx], wait_ms: u64) -> Result<Vec<Receipt>, LinkError> {
        self.client.submit(txs, wait_ms).await.map_err(link)
    }
}

/// The member's server.
pub struct HttpOffice {
    http: Client,
    base: Url,
    token: String,
}

impl HttpOffice {
    /// The server at this URL, with a gateway's bearer token.
    ///
    /// # Errors
    /// A sentence.
    pub fn new(url: &str, token: &str) -> Result<Self, String> {
        let base = Url::parse(url).map_err(|error| format!("`{url}` is no URL: {error}"))?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(format!("`{url}` is not the URL of a server; expected http(s)://host:port"));
        }
        let mut builder = Client::builder().connect_timeout(CONNECT_TIMEOUT).timeout(CALL_TIMEOUT).no_proxy();
        if base.scheme() == "http" {
            // A machine without a certificate store can still talk to a plain server.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { http, base, token: token.to_owned() })
    }

    fn url(&self, segments: &[&str]) -> Result<Url, LinkError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| LinkError::Unreachable(format!("`{}` cannot have a path", self.base)))?
            .pop_if_empty()
            .extend(["api", "v1", "line"])
            .extend(segments);
        Ok(url)
    }

    async fn get(&self, segments: &[&str], timeout: Duration) -> Result<Option<Response>, LinkError> {
        self.get_url(self.url(segments)?, timeout).await
    }

    /// Takes codes for the line, unless it holds some that a person gave it.
    async fn take_block(&self, gtin: &str, lot: &str, line: &str) -> Result<(), LinkError> {
        let request = self.http.post(self.url(&["batches", gtin, lot, "blocks"])?).bearer_auth(&self.token);
        let request = request.json(&TakeBlock { line: line.to_owned() }).timeout(CODES_TIMEOUT);
        let response = request.send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let held: HeldByLine = serde_json::from_slice(&bounded(response, ANSWER_BYTES_MAX).await?).map_err(bad)?;
        tracing::info!(line, codes = held.codes, "Line {line} holds {} codes of lot {lot}", held.codes);
        Ok(())
    }

    async fn get_url(&self, url: Url, timeout: Duration) -> Result<Option<Response>, LinkError> {
        let request = self.http.get(url).bearer_auth(&self.token).timeout(timeout);
        let response = request.send().await.map_err(unreachable)?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(response)),
            _ => Err(refusal(response).await),
        }
    }
}

#[async_trait]
impl Office for HttpOffice {
    async fn batch(&self, batch: &BatchId, line: &str) -> Result<Option<Sheet>, LinkError> {
        let (gtin, lot) = (batch.gtin.to_string(), batch.lot.to_string());
        let Some(response) = self.get(&["batches", &gtin, &lot], CALL_TIMEOUT).await? else { return Ok(None) };
        let mut head: LineBatch = serde_json::from_slice(&bounded(response, ANSWER_BYTES_MAX).await?).map_err(bad)?;
        line.clone_into(&mut head.line);
        if head.sealed {
            return catalogue::sheet(batch, &head, "").map(Some).map_err(bad);
        }
        self.take_block(&gtin, &lot, line).await?;
        let mut url = self.url(&["batches", &gtin, &lot, "codes"])?;
        url.query_pairs_mut().append_pair("line", line);
        let Some(response) = self.get_url(url, CODES_TIMEOUT).await? else { return Ok(None) };
        let codes = String::from_utf8(bounded(response, CODES_BYTES_MAX).await?).map_err(bad)?;
        catalogue::sheet(batch, &head, &codes).map(Some).map_err(bad)
    }

    async fn store(&self, manifest: &Manifest) -> Result<ManifestStored, LinkError> {
        let request = self.http.post(self.url(&["manifests"])?).bearer_auth(&self.token).json(manifest);
        let response = request.send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        serde_json::from_slice(&bounded(response, ANSWER_BYTES_MAX).await?).map_err(bad)
    }
}

/// What an answer other than 2xx means: is it of use to ask again?
async fn refusal(response: Response) -> LinkError {
    let status = response.status();
    let bytes = bounded(response, ANSWER_BYTES_MAX).await.unwrap_or_default();
    let said = serde_json::from_slice::<Problem>(&bytes).ok();
    let said = said.map(|problem| format!(" {}: {}", problem.kind, problem.detail.unwrap_or(problem.title)));
    let text = format!("the server answers {}{}", status.as_u16(), said.unwrap_or_default());
    // A token that is refused is put right by a person, and then the call is as good as before.
    let later = status.is_server_error()
        || matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    if later { LinkError::Unreachable(text) } else { LinkError::Refused(text) }
}

async fn bounded(mut response: Response, max: usize) -> Result<Vec<u8>, LinkError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if bytes.len() + chunk.len() > max {
            return Err(bad(format!("the server's answer is longer than {max} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn unreachable(error: reqwest::Error) -> LinkError {
    // The address may hold what is nobody else's business.
    LinkError::Unreachable(format!("the server does not answer: {}", chain_of(&error.without_url())))
}
