//! A port that strangers may call: HTTP/1 to a router, over TLS where there is a certificate, within bounds.
//!
//! A connection costs at most [`Bounds::buffer_bytes`] for what it sends and what waits to be sent beyond an answer's own
//! bytes. One over [`Bounds::connections`], or over an address's part of them, is closed at once. Within a connection:
//! [`Bounds::handshake`] for TLS; [`Bounds::head_time`] for the head of a call, idle time included; [`Bounds::stall`] without
//! a byte taken while an answer waits, after which it is cut, whatever the answer holds is free again, and a slow reader has
//! cost that much. When the program ends, a call that is being answered has [`Bounds::drain`].
//!
//! The router finds the caller's address as [`ConnectInfo`].

mod patient;
mod place;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use patient::Patient;
use place::Open;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Pause after an accept that failed, so that running out of files does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a port may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections; one address of another machine has at most a quarter of them, and at least one.
    pub connections: usize,
    /// Time for the TLS handshake.
    pub handshake: Duration,
    /// Time for the head of a call to arrive, counted from the end of the call before.
    pub head_time: Duration,
    /// Time without a byte taken, while there is something to take.
    pub stall: Duration,
    /// Bytes buffered for a connection.
    pub buffer_bytes: usize,
    /// How long answers may go on when the program ends.
    pub drain: Duration,
}

/// Why a connection was turned away or cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There are too many, in all or of its address.
    Connections,
    /// It took nothing of its answer.
    Slow,
}

/// A port with its bounds.
pub struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    bounds: Bounds,
    turned_away: fn(Why),
}

impl Door {
    /// Of this port; `turned_away` is told of each connection that met a bound.
    #[must_use]
    pub const fn new(listener: TcpListener, bounds: Bounds, turned_away: fn(Why)) -> Self {
        Self { listener, tls: None, bounds, turned_away }
    }

    /// Over TLS alone.
    #[must_use]
    pub fn over(mut self, tls: Option<TlsAcceptor>) -> Self {
        self.tls = tls;
        self
    }

    /// Where.
    ///
    /// # Errors
    /// The operating system's.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until told to stop, or until whoever could tell is gone. May be called again then.
    pub async fn serve(&self, router: Router, mut stop: watch::Receiver<bool>) {
        let Self { listener, tls, bounds, turned_away } = self;
        let (bounds, turned_away) = (*bounds, *turned_away);
        let (open, mut connections) = (Open::new(bounds.connections), JoinSet::new());
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                // Ended ones are taken out, so that the set does not grow.
                Some(_) = connections.join_next() => continue,
                () = stopped(&mut stop) => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!("Cannot accept a connection: {error}");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Some(place) = open.take(peer.ip()) else {
                turned_away(Why::Connections);
                continue;
            };
            let caller = Caller { peer, router: router.clone(), stop: stop.clone(), bounds, turned_away };
            let tls = tls.clone();
            connections.spawn(async move {
                caller.admit(stream, tls).await;
                drop(place);
            });
        }
        let drained = timeout(bounds.drain, async { while connections.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            tracing::debug!("Cutting {} connections that still take answers", connections.len());
        }
    }
}

/// Returns when `stop` becomes true, or its sender is gone.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// One connection.
struct Caller {
    peer: SocketAddr,
    router: Router,
    stop: watch::Receiver<bool>,
    bounds: Bounds,
    turned_away: fn(Why),
}

impl Caller {
    async fn admit(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Answers are written whole; waiting for more to send helps nobody.
        let _ = stream.set_nodelay(true);
        let stream = Patient::new(stream, self.bounds.stall, self.turned_away);
        let Some(tls) = tls else { return self.converse(stream).await };
        match timeout(self.bounds.handshake, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.converse(stream).await,
            Ok(Err(error)) => tracing::debug!("A TLS handshake with {} failed: {error}", self.peer),
            Err(_) => tracing::debug!("A TLS handshake with {} did not end in time", self.peer),
        }
    }

    async fn converse(mut self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let (inner, peer) = (TowerToHyperService::new(self.router), self.peer);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            inner.call(request)
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.bounds.head_time)
            .max_buf_size(self.bounds.buffer_bytes);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopped(&mut self.stop) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            // A client that goes away, or is cut, in the middle.
            tracing::debug!("A connection from {peer} ended: {error}");
        }
    }
}
