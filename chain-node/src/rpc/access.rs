//! Who may call, how often, and what one call may take; asked before any handler.
//!
//! | caller | may |
//! |---|---|
//! | shows the node's token | everything, as often as the bounds of the whole allow |
//! | from this machine, without a token | ask; `rpc_calls_per_s` and as many again at once, per address |
//! | from elsewhere, without a token | nothing, or with `open_reads` the same as from this machine |
//!
//! A token that is shown and wrong is refused for questions too: whoever configured it wrongly learns it at once. Behind a
//! proxy on this machine everybody comes from this machine, so such a proxy has to do its own asking.

use super::rates::Rates;
use super::{Failure, Rpc};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracelight_api::chain::TXS_CALL_BYTES_MAX;
use tracelight_api::problem::Problem;
use tracelight_keys::Token;

/// Time for the body of a call to arrive.
pub const BODY_TIME_MAX: Duration = Duration::from_secs(10);
/// Bodies being received or worked on, all together: 32 of the largest.
pub const BODIES_BYTES_MAX: usize = 32 * TXS_CALL_BYTES_MAX;
/// What of `rpc_calls_max` callers without a token may use at once: the rest is the member's own.
const STRANGERS_PART: usize = 2;

/// Who may call.
#[derive(Clone, Debug)]
pub struct Access {
    /// What callers show who change something.
    pub token: Token,
    /// Whether other machines may ask without it.
    pub open_reads: bool,
}

/// What is shared out among the calls.
#[derive(Clone)]
pub(super) struct Shares {
    access: Arc<Access>,
    rates: Arc<Rates>,
    calls: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

impl Shares {
    pub fn new(access: Access, calls_max: usize, calls_per_s: u32) -> Self {
        Self {
            access: Arc::new(access),
            rates: Arc::new(Rates::new(calls_per_s)),
            calls: Arc::new(Semaphore::new(calls_max)),
            strangers: Arc::new(Semaphore::new((calls_max / STRANGERS_PART).max(1))),
            bodies: Arc::new(Semaphore::new(BODIES_BYTES_MAX)),
        }
    }

    fn take(&self, of: &Arc<Semaphore>, count: usize) -> Result<OwnedSemaphorePermit, Failure> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Arc::clone(of).try_acquire_many_owned(count).map_err(|_| {
            Failure::of(
                Problem::new(503, "busy", "too many calls at once").detail("the node is busy; try again in a moment"),
            )
        })
    }

    /// Whether the caller is known; an error when it may not call at all.
    fn caller(&self, peer: IpAddr, method: &Method, path: &str, headers: &HeaderMap) -> Result<bool, Failure> {
        let shown = bearer(headers);
        let known = shown.is_some_and(|shown| self.access.token.is(shown));
        if known {
            return Ok(true);
        }
        if !self.rates.take(peer) {
            crate::metrics::turned_away("rate");
            let detail =
                "calls from one address without the node's token are rationed; wait a second, or show the token";
            return Err(Failure::of(Problem::new(429, "too_fast", "too many calls").detail(detail)));
        }
        let changes = method == Method::POST && path == "/v1/txs";
        let outside = !is_this_machine(peer) && !self.access.open_reads;
        if shown.is_some() || changes || outside {
            crate::metrics::turned_away("token");
            return Err(refused(shown.is_some(), changes));
        }
        Ok(false)
    }
}

fn refused(shown: bool, changes: bool) -> Failure {
    let problem = if shown {
        let detail = "the bearer token is not this node's; it stands in the node's `rpc.token_file`";
        Problem::new(401, "token_wrong", "wrong token").detail(detail)
    } else {
        let detail = if changes {
            "whoever submits transactions shows the node's token: `Authorization: Bearer ..`, from its `rpc.token_file`"
        } else {
            "from another machine this node answers only callers that show its token; see `rpc.open_reads`"
        };
        Problem::new(401, "token_missing", "no token").detail(detail)
    };
    Failure::of(problem)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Loopback, in either family and also as one inside the other.
fn is_this_machine(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// The gate before the calls. What a call takes is given back when the last byte of its answer is out.
pub(super) async fn gate(State(rpc): State<Rpc>, request: Request, next: Next) -> Response {
    match pass(&rpc.shares, request).await {
        Err(failure) => failure.into_response(),
        Ok((request, held)) => hold(next.run(request).await, held),
    }
}

type Held = [Option<OwnedSemaphorePermit>; 3];

async fn pass(shares: &Shares, request: Request) -> Result<(Request, Held), Failure> {
    // Without a listener that notes it (the router alone, in a test) a call comes from nowhere, which is not this machine.
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let (parts, body) = request.into_parts();
    let known = shares.caller(peer, &parts.method, parts.uri.path(), &parts.headers)?;
    let stranger = if known { None } else { Some(shares.take(&shares.strangers, 1)?) };
    let call = shares.take(&shares.calls, 1)?;
    if parts.method != Method::POST {
        // Nothing else has a body that anybody reads.
        return Ok((Request::from_parts(parts, Body::empty()), [stranger, Some(call), None]));
    }
    let announced = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
    let Some(bytes) = announced else {
        let problem = Problem::new(411, "length_required", "the length of the body is not announced");
        return Err(Failure::of(problem.detail("send a Content-Length")));
    };
    if bytes > TXS_CALL_BYTES_MAX {
        let detail = format!("{bytes} bytes; at most {TXS_CALL_BYTES_MAX} are taken in one call");
        return Err(Failure::of(Problem::new(413, "body", "too many bytes").detail(detail)));
    }
    let share = shares.take(&shares.bodies, bytes)?;
    let body = read_body(body).await?;
    Ok((Request::from_parts(parts, body.into()), [stranger, Some(call), Some(share)]))
}

async fn read_body(body: Body) -> Result<Bytes, Failure> {
    match timeout(BODY_TIME_MAX, axum::body::to_bytes(body, TXS_CALL_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(Failure::of(Problem::new(400, "body", "the body broke off").detail(error.to_string()))),
        Err(_) => {
            crate::metrics::turned_away("slow");
            let detail = format!("it has to arrive within {} s", BODY_TIME_MAX.as_secs());
            Err(Failure::of(Problem::new(408, "slow_body", "the body took too long").detail(detail)))
        }
    }
}

/// The answer, which gives back what it holds when it has been sent or given up.
pub(super) fn hold<T: Send + 'static>(mut response: Response, held: T) -> Response {
    // The body below no longer says how long it is.
    if let Some(bytes) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert_with(|| bytes.into());
    }
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            // Moved in here, so it lives as long as the body.
            let _held = &held;
            frame
        }))
    })
}
