//! The listener's bounds, and the certificate where the configuration names one. How the bounds are kept: `crates/listen`.

use crate::config::TerminalConfig;
use anyhow::Context as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tracelight_listen::{Bounds, Door};

/// Terminals of a gateway: a browser opens two connections for one, a call that watches and one that sends.
pub const TERMINALS_MAX: usize = BOUNDS.connections / 2;
/// What the port may cost.
pub const BOUNDS: Bounds = Bounds {
    connections: 64,
    handshake: Duration::from_secs(10),
    head_time: Duration::from_secs(30),
    stall: Duration::from_secs(20),
    buffer_bytes: 64 * 1024,
    drain: Duration::from_secs(2),
};

/// Listens, and reads the certificate.
///
/// # Errors
/// When the port is taken, or the files are no certificate and key.
pub async fn open(config: &TerminalConfig) -> anyhow::Result<Door> {
    let tls = match (&config.cert_file, &config.key_file) {
        (Some(certificate), Some(key)) => Some(acceptor(certificate, key)?),
        _ => None,
    };
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.with_context(|| format!("terminal: cannot listen on {}", config.listen))?;
    let told = |why| tracing::debug!("A connection to the terminals' page was turned away: {why:?}");
    Ok(Door::new(listener, BOUNDS, told).over(tls))
}

fn acceptor(certificate: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let named = |path: &Path| format!("terminal: `{}`", path.display());
    let chain = CertificateDer::pem_file_iter(certificate).with_context(|| named(certificate))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().with_context(|| named(certificate))?;
    let secret = PrivateKeyDer::from_pem_file(key).with_context(|| named(key))?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .context("terminal: TLS")?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .with_context(|| named(certificate))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
