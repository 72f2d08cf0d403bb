//! EPCIS 2.0: capture of events with what became of them, and queries. Documents and events stay in GS1's own form; there are
//! libraries for it, and a server that changed it would be none.

use crate::call::{Again, Call, Tracelight, asked, under, until};
use crate::error::Error;
use crate::pages::Pages;
use reqwest::header::{HeaderMap, HeaderValue, LINK, LOCATION};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Bytes of `Location` and `Link`.
const ADDRESS_BYTES_MAX: usize = 16 * 1024;

/// A document as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document<'d> {
    /// JSON-LD of EPCIS 2.0.
    Json(&'d [u8]),
    /// XML of EPCIS 2.0 or 1.x.
    Xml(&'d [u8]),
}

/// What becomes of the good events of a document that also has a bad one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFault {
    /// Nothing is stored.
    #[default]
    RollBack,
    /// The good ones are stored.
    Proceed,
}

/// A capture job.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJob {
    /// Its id.
    #[serde(rename = "captureID")]
    pub capture_id: String,
    /// When it began, ISO 8601.
    pub created_at: String,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<String>,
    /// It is not over.
    pub running: bool,
    /// Nothing was wrong.
    pub success: bool,
    /// What was wrong, as problems.
    #[serde(default)]
    pub errors: Vec<Value>,
    /// What this server adds: where the events stand.
    #[serde(default, rename = "tracelight:evidence")]
    pub evidence: Option<CaptureEvidence>,
}

/// Where the events of a capture stand.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureEvidence {
    /// Events that are new.
    pub stored: u64,
    /// Events that were there before.
    pub already_stored: u64,
    /// The block that covers them; absent until the log is anchored.
    #[serde(default)]
    pub anchor: Option<Anchor>,
    /// What became of each event that means something to the ledger.
    #[serde(default)]
    pub events: Vec<OnLedger>,
}

impl CaptureEvidence {
    /// The log has no event of this capture.
    const fn is_empty(&self) -> bool {
        self.stored == 0 && self.already_stored == 0
    }
}

/// An entry of the chain that covers a log of events.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Anchor {
    /// Events below the root.
    pub size: u64,
    /// Root of the log, hex.
    pub root: String,
    /// Transaction.
    pub tx_id: String,
    /// Block.
    pub height: u64,
    /// Time of the block, milliseconds.
    pub time_ms: u64,
}

/// An event and the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnLedger {
    /// Its place in the log.
    pub entry: u64,
    /// `evidence_only`, `to_be_signed`, `signed`.
    pub ledger: String,
    /// Why.
    #[serde(default)]
    pub note: String,
    /// The transaction that was signed for it.
    #[serde(default)]
    pub tx_id: Option<String>,
}

/// One captured event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedEvent {
    /// Path of the event.
    pub location: String,
    /// It had been captured before.
    pub already: bool,
}

impl Tracelight {
    /// Captures a document. Events are known by their hash, so that a document that is sent twice is stored once. Returns the id of
    /// the job: [`Tracelight::capture_job`].
    ///
    /// # Errors
    /// [`Error`]; `ValidationException` with every violation, `CaptureLimitExceededException`.
    pub async fn capture(&self, document: Document<'_>, on_fault: OnFault) -> Result<String, Error> {
        let word = match on_fault {
            OnFault::RollBack => "rollback",
            OnFault::Proceed => "proceed",
        };
        let call = sent("capture", document)?.header("gs1-capture-error-behaviour", HeaderValue::from_static(word));
        let location = location("POST /epcis/capture", &self.with_headers(call).await?.0)?;
        Ok(location.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Captures one event.
    ///
    /// # Errors
    /// [`Error`]; `ValidationException`, `ResourceAlreadyExistsException` when another event has its id.
    pub async fn capture_event(&self, event: Document<'_>) -> Result<CapturedEvent, Error> {
        let (headers, _) = self.with_headers(sent("events", event)?).await?;
        let already = headers.get("tracelight-outcome").is_some_and(|outcome| outcome == "already_stored");
        Ok(CapturedEvent { location: location("POST /epcis/events", &headers)?, already })
    }

    /// What became of a capture.
    ///
    /// # Errors
    /// [`Error`]; `NoSuchResourceException`.
    pub async fn capture_job(&self, id: &str) -> Result<CaptureJob, Error> {
        self.read(Call::get(under("/epcis", &["capture", id])?)).await
    }

    /// Waits until a block covers the events of a capture: from then on nobody, not even this server, can say that they were
    /// others or came later. Events that had been captured before count as well; a capture without any (all of them bad) has nothing
    /// to cover, and comes back at once without an anchor.
    ///
    /// # Errors
    /// [`Error::NotInTime`] after `within`; [`Error`].
    pub async fn wait_for_anchor(&self, id: &str, within: Duration) -> Result<CaptureJob, Error> {
        let look = || async move {
            let job = self.capture_job(id).await?;
            let over = job.evidence.as_ref().is_some_and(|evidence| evidence.anchor.is_some() || evidence.is_empty());
            Ok(over.then_some(job))
        };
        until(within, format!("the anchor of capture job {id}"), look).await
    }

    /// Events that meet all parameters of EPCIS 2.0 (`EQ_bizStep`, `GE_eventTime`, `MATCH_epc`, …); several values stand with `|`
    /// between them.
    #[must_use]
    pub fn events(&self, parameters: &[(&str, &str)]) -> Events<'_> {
        let path = under("/epcis", &["events"]).map(|path| asked(&path, parameters.iter().copied()));
        Events { server: self, pages: Pages::of(path, "nextPageToken"), page: Vec::new().into_iter() }
    }
}

fn sent(to: &str, document: Document<'_>) -> Result<Call, Error> {
    let (media, bytes) = match document {
        Document::Json(bytes) => ("application/ld+json", bytes),
        Document::Xml(bytes) => ("application/xml", bytes),
    };
    Ok(Call::act(under("/epcis", &[to])?, Again::Harmless).body(media, bytes.to_vec().into()))
}

fn location(call: &str, headers: &HeaderMap) -> Result<String, Error> {
    let text = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let bad = || Error::BadAnswer { call: call.to_owned(), why: "it has no `Location`".to_owned() };
    text.filter(|text| text.len() <= ADDRESS_BYTES_MAX).map(str::to_owned).ok_or_else(bad)
}

/// Events, page by page, as JSON-LD.
#[derive(Debug)]
pub struct Events<'c> {
    server: &'c Tracelight,
    pages: Pages,
    page: std::vec::IntoIter<Value>,
}

impl Events<'_> {
    /// The next event; `None` after the last, and after an error.
    ///
    /// # Errors
    /// [`Error`]; `QueryParameterException`, `QueryTooLargeException`.
    pub async fn next(&mut self) -> Result<Option<Value>, Error> {
        loop {
            if let Some(event) = self.page.next() {
                return Ok(Some(event));
            }
            let Some(call) = self.pages.next()? else { return Ok(None) };
            let bad = |why: &str| Error::BadAnswer { call: "GET /epcis/events".to_owned(), why: why.to_owned() };
            let (headers, mut document) = self.server.with_headers(call).await?;
            let list = document.pointer_mut("/epcisBody/queryResults/resultsBody/eventList").map(Value::take);
            let Some(Value::Array(events)) = list else { return Err(bad("it is no EPCISQueryDocument")) };
            let token = next_token(&headers).map_err(bad)?;
            self.pages.turned(events.len(), token)?;
            self.page = events.into_iter();
        }
    }

    /// The first events, at most so many.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn first(mut self, count_max: usize) -> Result<Vec<Value>, Error> {
        let mut events = Vec::new();
        while events.len() < count_max
            && let Some(event) = self.next().await?
        {
            events.push(event);
        }
        Ok(events)
    }
}

/// The token within `Link: <…?nextPageToken=…>; rel="next"`. Only the token is used: a link may name another host, and the key
/// is for this one. A next page that cannot be asked for is not the end of the list.
fn next_token(headers: &HeaderMap) -> Result<Option<String>, &'static str> {
    for value in headers.get_all(LINK) {
        let text = value.to_str().ok().filter(|text| text.len() <= ADDRESS_BYTES_MAX);
        for link in links(text.ok_or("its `Link` is too long, or no text")?) {
            let (target, said) = link.strip_prefix('<').and_then(|link| link.split_once('>')).unwrap_or(("", link));
            if names_next(said) {
                return token_of(target).map(Some).ok_or("its `Link` to the next page has no `nextPageToken`");
            }
        }
    }
    Ok(None)
}

/// The links of a header (RFC 8288): a comma ends one, unless it stands within `<…>` or `"…"`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut within = None;
    let ends = move |letter| {
        match (within, letter) {
            (None, '<') => within = Some('>'),
            (None, '"') => within = Some('"'),
            (Some(end), letter) if letter == end => within = None,
            _ => {}
        }
        within.is_none() && letter == ','
    };
    text.split(ends).map(str::trim)
}

fn names_next(said: &str) -> bool {
    let mut pairs = said.split(';').filter_map(|pair| pair.split_once('='));
    pairs.any(|(name, value)| {
        let mut kinds = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && kinds.any(|kind| kind.eq_ignore_ascii_case("next"))
    })
}

fn token_of(target: &str) -> Option<String> {
    let query = target.split('#').next()?.split_once('?')?.1;
    let value =
        query.split('&').find_map(|pair| pair.strip_prefix("nextPageToken=")).filter(|value| !value.is_empty())?;
    percent_encoding::percent_decode_str(value).decode_utf8().ok().map(|token| token.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_a_link_is_used() {
        let token = |link: &str| {
            let headers = [(LINK, HeaderValue::from_str(link).expect("text"))].into_iter().collect();
            next_token(&headers)
        };
        let link = "<https://elsewhere.example/epcis/events?EQ_action=ADD&nextPageToken=12%2Dab>; rel=\"next\"";
        for good in [
            link,
            &format!("<x?nextPageToken=1>; rel=prev; title=\"a, b\", {link}"),
            "<x?a=1,2&nextPageToken=12-ab#end>;Rel=\"last NEXT\"",
        ] {
            assert_eq!(token(good), Ok(Some("12-ab".to_owned())), "{good}");
        }
        for none in ["", "<x>", "<x?nextPageToken=1>; rel=\"prev\"", "<x?rel=next>", "next"] {
            assert_eq!(token(none), Ok(None), "{none}");
        }
        let long = format!("<x?nextPageToken={}>; rel=\"next\"", "1".repeat(ADDRESS_BYTES_MAX));
        for bad in [
            "<x?perPage=1>; rel=\"next\"",
            "x; rel=\"next\"",
            "<x>; rel=next",
            "<x?nextPageToken=>; rel=next",
            "<x?nextPageToken=%ff>; rel=next",
            &long,
        ] {
            assert!(token(bad).is_err(), "a next page is not the end: {bad}");
        }
        assert_eq!(next_token(&HeaderMap::new()), Ok(None));
        let two = ["<x>; rel=\"first\"", link].map(|link| (LINK, HeaderValue::from_str(link).expect("text")));
        let mut headers = HeaderMap::new();
        for (name, value) in two {
            headers.append(name, value);
        }
        assert_eq!(next_token(&headers), Ok(Some("12-ab".to_owned())));
    }
}
