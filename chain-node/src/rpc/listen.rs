//! The listener's bounds. A connection costs at most 64 KiB beyond an answer's own bytes: 512 of them 32 MiB.

use super::Rpc;
use crate::metrics::turned_away;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracelight_listen::{Bounds, Door, Why};

/// All but the number of connections, which is the configuration's.
const BOUNDS: Bounds = Bounds {
    connections: 0,
    handshake: Duration::from_secs(10),
    head_time: Duration::from_secs(30),
    stall: Duration::from_secs(20),
    buffer_bytes: 64 * 1024,
    drain: Duration::from_secs(3),
};

/// Answers on this port until told to stop, with at most so many connections.
pub async fn serve(listener: TcpListener, rpc: Rpc, connections_max: usize, stop: watch::Receiver<bool>) {
    let bounds = Bounds { connections: connections_max, ..BOUNDS };
    let count = |why| match why {
        Why::Connections => turned_away("connections"),
        Why::Slow => turned_away("slow"),
    };
    Door::new(listener, bounds, count).serve(rpc.router(), stop).await;
}
