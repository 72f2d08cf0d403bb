//! Who calls: the token in the cookie, and that a call that changes something comes from the page itself.
//!
//! The token is scanned or typed once, on the pairing page. From then on the browser shows it; no script can read it. A browser
//! sends `SameSite=Strict` cookies from this site's own pages only; the `Origin` is looked at besides, because browsers differ.

use super::{Failure, Terminals, body_of};
use crate::topic::Place;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tracelight_client::keys::Token;
use tracing::{info, warn};

/// Pairings that are looked at at once.
pub const PAIRINGS_MAX: usize = 4;
/// What a wrong token waits before it is told so, and keeps its place, also when its caller hangs up: with [`PAIRINGS_MAX`]
/// not more than 8 wrong ones a second on the page for pairing. It is for people who try, and for the log: a program can show
/// guesses as cookies at any rate, and what stands against that are the 32 characters that a token has at least.
pub const WRONG_TOKEN_PAUSE: Duration = Duration::from_millis(500);
/// What browsers keep a cookie for at most: 400 days.
const COOKIE_AGE_S: u64 = 400 * 24 * 3_600;
/// Bytes of a call that pairs: a token, and room.
const PAIR_BYTES_MAX: usize = 8 * 1024;
const COOKIE: &str = "tracelight-terminal";
/// Longer than any token.
const TOKEN_CHARS_MAX: usize = 128;

/// Two tokens of the configuration are the same.
#[derive(Debug, Error)]
#[error("device `{0}` has the token of another terminal; each needs its own")]
pub struct SharedToken(Place);

/// Does the page come over TLS?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Yes: the cookie goes back over TLS only.
    Tls,
    /// No.
    Plain,
}

struct Terminal {
    place: Place,
    token: Token,
    /// Held by a call with readings, from its first byte to its answer.
    sending: Semaphore,
}

/// Knows every terminal by its token.
pub struct Doorkeeper {
    org: String,
    over: Over,
    terminals: Vec<Terminal>,
    pairings: Arc<Semaphore>,
}

impl Doorkeeper {
    /// Of these terminals, each with its token.
    ///
    /// # Errors
    /// [`SharedToken`].
    pub fn new(org: &str, over: Over, terminals: Vec<(Place, Token)>) -> Result<Self, SharedToken> {
        let mut seen = BTreeSet::new();
        if let Some((place, _)) = terminals.iter().find(|(_, token)| !seen.insert(token.reveal())) {
            return Err(SharedToken(place.clone()));
        }
        drop(seen);
        let terminal = |(place, token)| Terminal { place, token, sending: Semaphore::new(1) };
        let terminals = terminals.into_iter().map(terminal).collect();
        Ok(Self { org: org.to_owned(), over, terminals, pairings: Arc::new(Semaphore::new(PAIRINGS_MAX)) })
    }

    /// Whose token it is. Every token is looked at, so that the time says nothing of which.
    fn whose(&self, shown: &str) -> Option<&Terminal> {
        let fits = |terminal: &&Terminal| terminal.token.is(shown);
        self.terminals.iter().filter(fits).fold(None, |found, terminal| found.or(Some(terminal)))
    }

    fn caller(&self, headers: &HeaderMap) -> Result<&Terminal, Failure> {
        let Some(shown) = cookie(headers) else {
            return Err(Failure::new(401, "token_missing", "this browser is no terminal yet; pair it"));
        };
        self.whose(shown).ok_or_else(|| Failure::new(401, "token_wrong", "the token is none of this gateway's"))
    }

    /// The terminal at a place, when it is the one that calls.
    fn at(&self, headers: &HeaderMap, place: &Place) -> Result<&Terminal, Failure> {
        let caller = self.caller(headers)?;
        if caller.place == *place {
            return Ok(caller);
        }
        if self.terminals.iter().any(|terminal| terminal.place == *place) {
            return Err(Failure::new(403, "other_terminal", "the token is of another terminal")
                .with(format!("it is of `{}`", caller.place)));
        }
        Err(Failure::no_terminal(place))
    }

    fn set_cookie(&self, token: &str, age_s: u64) -> Option<HeaderValue> {
        let secure = if self.over == Over::Tls { "; Secure" } else { "" };
        let text = format!("{COOKIE}={token}; Path=/terminal; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::from_str(&text).ok()
    }
}

/// A place in a path.
#[derive(Debug, Deserialize)]
pub(super) struct At {
    site: String,
    line: String,
    device: String,
}

impl Terminals {
    pub(super) fn place(&self, Path(At { site, line, device }): Path<At>) -> Place {
        Place { org: self.doorkeeper.org.clone(), site, line, device }
    }

    /// Whether the terminal at this place calls.
    pub(super) fn admit(&self, headers: &HeaderMap, place: &Place) -> Result<(), Failure> {
        self.doorkeeper.at(headers, place).map(drop)
    }

    /// As [`Terminals::admit`], for a call that sends readings: with the place's only permit to do so.
    pub(super) fn admit_sender(
        &self,
        headers: &HeaderMap,
        place: &Place,
    ) -> Result<tokio::sync::SemaphorePermit<'_>, Failure> {
        let terminal = self.doorkeeper.at(headers, place)?;
        same_origin(headers)?;
        let busy = |_| Failure::new(429, "sending", "another call of this terminal is on its way; send again after it");
        terminal.sending.try_acquire().map_err(busy)
    }
}

/// The token in the cookie. A head is bounded by the listener.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == COOKIE && value.len() <= TOKEN_CHARS_MAX).map(|(_, value)| value)
}

/// Does the call come from this site's own page? Every browser says the origin of a POST.
///
/// # Errors
/// 403.
fn same_origin(headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let origin = text(header::ORIGIN)
        .and_then(|origin| origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")));
    if origin.is_some() && origin == text(header::HOST) {
        return Ok(());
    }
    Err(Failure::new(403, "cross_origin", "the call comes from no page of this gateway"))
}

/// What pairing needs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pair {
    token: String,
}

/// Which device a terminal is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Site.
    pub site: String,
    /// Line.
    pub line: String,
    /// Device.
    pub device: String,
}

impl From<&Place> for Me {
    fn from(place: &Place) -> Self {
        Self { site: place.site.clone(), line: place.line.clone(), device: place.device.clone() }
    }
}

/// Makes the browser a terminal.
pub(super) async fn pair(State(terminals): State<Terminals>, request: Request) -> Result<Response, Failure> {
    same_origin(request.headers())?;
    let keeper = &terminals.doorkeeper;
    let many = |_| Failure::new(429, "pairings", "others are being paired; try again");
    let permit = Arc::clone(&keeper.pairings).try_acquire_owned().map_err(many)?;
    let body = body_of(request, PAIR_BYTES_MAX).await?;
    let Pair { token } = serde_json::from_slice(&body)
        .map_err(|why| Failure::new(400, "malformed", "no token").with(why.to_string()))?;
    // What a scanner reads from a label may end in a line feed.
    let token = token.trim();
    let Some(terminal) = keeper.whose(token).filter(|_| token.len() <= TOKEN_CHARS_MAX) else {
        // Whoever hangs up meanwhile gets no other try sooner: the permit is held by a task of its own.
        let pause = tokio::spawn(async move {
            sleep(WRONG_TOKEN_PAUSE).await;
            drop(permit);
        });
        let _ = pause.await;
        warn!("Somebody tried to pair a terminal with a token that is none of this gateway's");
        return Err(Failure::new(401, "token_wrong", "the token is none of this gateway's"));
    };
    info!(place = %terminal.place, "A browser was paired as terminal `{}`", terminal.place);
    let mut response = Json(Me::from(&terminal.place)).into_response();
    if let Some(cookie) = keeper.set_cookie(terminal.token.reveal(), COOKIE_AGE_S) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The browser is no terminal any more.
pub(super) async fn unpair(State(terminals): State<Terminals>, headers: HeaderMap) -> Result<Response, Failure> {
    same_origin(&headers)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = terminals.doorkeeper.set_cookie("", 0) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Which device calls.
pub(super) async fn me(State(terminals): State<Terminals>, headers: HeaderMap) -> Result<Json<Me>, Failure> {
    terminals.doorkeeper.caller(&headers).map(|terminal| Json(Me::from(&terminal.place)))
}
