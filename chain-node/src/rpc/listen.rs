//! The listener: how many connections there are, and how long one may keep us waiting.
//!
//! A connection costs at most [`BUFFER_BYTES`] for what it sends and what waits to be sent beyond an answer's own bytes:
//! 512 of them 32 MiB. One over the bound, or over an address's part of it, is closed at once and counted. Within a
//! connection: [`HEAD_TIME_MAX`] for the head of a call, idle time included; [`STALL_MAX`] without a byte taken while an
//! answer waits, after which it is cut, whatever the answer holds is free again, and a slow reader has cost that much.

use super::Rpc;
use super::access::Peer;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// Time for the head of a call to arrive, counted from the end of the call before.
pub const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// Time without a byte taken, while there is something to take.
pub const STALL_MAX: Duration = Duration::from_secs(20);
/// Bytes buffered for a connection.
pub const BUFFER_BYTES: usize = 64 * 1024;
/// What of the connections one address of another machine may have.
const ADDRESS_PART: usize = 4;
/// How long answers may go on when the node stops.
const DRAIN_MAX: Duration = Duration::from_secs(3);
/// Pause after an accept that failed, so that running out of files does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers on this port until told to stop, with at most so many connections.
pub async fn serve(listener: TcpListener, rpc: Rpc, connections_max: usize, mut stop: watch::Receiver<bool>) {
    let router = rpc.router();
    let (open, mut connections) = (Open::new(connections_max), JoinSet::new());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Ended ones are taken out, so that the set does not grow.
            Some(_) = connections.join_next() => continue,
            () = told(&mut stop) => break,
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
            crate::metrics::turned_away("connections");
            continue;
        };
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            converse(stream, peer, router, stop).await;
            drop(place);
        });
    }
    drop(listener);
    let drained = timeout(DRAIN_MAX, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::debug!("Cutting {} connections that still take answers", connections.len());
    }
}

/// Until the node stops, or is gone.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn converse(stream: TcpStream, peer: SocketAddr, router: axum::Router, mut stop: watch::Receiver<bool>) {
    // Answers are written whole; waiting for more to send helps nobody.
    let _ = stream.set_nodelay(true);
    let inner = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        inner.call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_buf_size(BUFFER_BYTES);
    let connection = builder.serve_connection(TokioIo::new(Patient::new(stream, STALL_MAX)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that goes away, or is cut, in the middle.
        tracing::debug!("A connection from {peer} ended: {error}");
    }
}

/// How many connections there are, of whom.
#[derive(Clone)]
struct Open {
    max: usize,
    of: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

/// A connection's place; given back when dropped.
struct Place {
    open: Open,
    ip: IpAddr,
}

impl Open {
    fn new(max: usize) -> Self {
        Self { max, of: Arc::default() }
    }

    fn take(&self, ip: IpAddr) -> Option<Place> {
        let ip = ip.to_canonical();
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, own) = (of.values().sum::<usize>(), of.get(&ip).copied().unwrap_or(0));
        let own_max = if ip.is_loopback() { self.max } else { (self.max / ADDRESS_PART).max(1) };
        if all >= self.max || own >= own_max {
            return None;
        }
        of.insert(ip, own + 1);
        drop(of);
        Some(Place { open: self.clone(), ip })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of = self.open.of.lock().unwrap_or_else(PoisonError::into_inner);
        match of.get_mut(&self.ip) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(of.remove(&self.ip)),
        }
    }
}

/// A stream whose other side has to take what is written: too long without a byte is an error.
struct Patient {
    stream: TcpStream,
    stall_max: Duration,
    stalled: Pin<Box<Sleep>>,
    waiting: bool,
}

impl Patient {
    fn new(stream: TcpStream, stall_max: Duration) -> Self {
        Self { stream, stall_max, stalled: Box::pin(sleep(stall_max)), waiting: false }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = false;
            return written;
        }
        if !self.waiting {
            self.waiting = true;
            self.stalled.as_mut().reset(Instant::now() + self.stall_max);
        }
        if self.stalled.as_mut().poll(context).is_ready() {
            crate::metrics::turned_away("slow");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncRead for Patient {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, to)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        let written = Pin::new(&mut own.stream).poll_write(context, bytes);
        own.watch(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        let written = Pin::new(&mut own.stream).poll_write_vectored(context, bytes);
        own.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[test]
    fn places_are_given_back_and_no_address_takes_all() {
        let open = Open::new(8);
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let two: Vec<_> = (0..3).filter_map(|_| open.take(ip("10.0.0.1"))).collect();
        assert_eq!(two.len(), 2, "a quarter");
        let own: Vec<_> = (0..9).filter_map(|_| open.take(ip("127.0.0.1"))).collect();
        assert_eq!(own.len(), 6, "the rest");
        assert!(open.take(ip("10.0.0.2")).is_none());
        drop(two);
        assert!(open.take(ip("10.0.0.2")).is_some());
        drop(own);
        assert!(open.of.lock().expect("not poisoned").is_empty());
    }

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut reader = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("connected");
        let (stream, _) = listener.accept().await.expect("accepted");
        let stall_max = Duration::from_millis(300);
        let mut patient = Patient::new(stream, stall_max);
        let started = Instant::now();
        let error = patient.write_all(&vec![7; 64 << 20]).await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(started.elapsed() >= stall_max);
        let mut some = [0; 16];
        reader.read_exact(&mut some).await.expect("what was sent is there");
    }
}
