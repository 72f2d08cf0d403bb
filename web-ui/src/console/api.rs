//! The one way from the consoles to the data: REST v1, like any other client.
//!
//! | where | how |
//! |---|---|
//! | while the server writes a page | [`ApiGateway`], which runs the REST router in the same process with the reader's cookie |
//! | in the browser | `fetch`, same origin, with the cookie |
//!
//! An answer that is not a success becomes a [`Problem`]; so does an answer that nobody can read, and no answer at all.
//! Bodies are bounded by the server's own paging; this side adds no bound because the answer is our own server's.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tracelight_api::problem::Problem;

/// Status and body of an answer.
pub type Answer = (u16, Vec<u8>);
/// A pending answer.
pub type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Runs a REST call in the server's own process.
pub trait ApiGateway: Send + Sync {
    /// Calls `method path` with a JSON body and the reader's `Cookie` header.
    fn call(&self, method: &'static str, path: String, body: Option<String>, cookie: Option<String>) -> Answering;
}

/// Where calls go.
#[derive(Clone)]
pub enum Client {
    /// The server's own REST router.
    Server {
        /// How to reach it.
        gateway: Arc<dyn ApiGateway>,
        /// `Cookie` header of the reader's request.
        cookie: Option<String>,
    },
    /// The origin of the page.
    Browser,
}

impl Client {
    /// `GET path`.
    ///
    /// # Errors
    /// The server's problem, or one of [`unreachable_problem`] and [`unreadable_problem`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        read(self.call("GET", path, None).await?)
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post<Q: Serialize, T: DeserializeOwned>(&self, path: &str, request: &Q) -> Result<T, Problem> {
        let body = serde_json::to_string(request).map_err(|error| unreadable_problem(&error.to_string()))?;
        read(self.call("POST", path, Some(body)).await?)
    }

    /// `PUT path` with a JSON body.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn put<Q: Serialize, T: DeserializeOwned>(&self, path: &str, request: &Q) -> Result<T, Problem> {
        let body = serde_json::to_string(request).map_err(|error| unreadable_problem(&error.to_string()))?;
        read(self.call("PUT", path, Some(body)).await?)
    }

    /// Does `GET path` give something? What it is does not matter.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn exists(&self, path: &str) -> Result<(), Problem> {
        let answer = self.call("GET", path, None).await?;
        if succeeded(answer.0) { Ok(()) } else { Err(problem_of(&answer)) }
    }

    async fn call(&self, method: &'static str, path: &str, body: Option<String>) -> Result<Answer, Problem> {
        match self {
            Self::Server { gateway, cookie } => Ok(gateway.call(method, path.to_owned(), body, cookie.clone()).await),
            Self::Browser => super::browser::fetch(method, path, body).await,
        }
    }
}

/// `GET path` from the browser.
///
/// # Errors
/// As [`Client::get`].
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Problem> {
    Client::Browser.get(path).await
}

/// `POST path` from the browser.
///
/// # Errors
/// As [`Client::get`].
pub async fn post<Q: Serialize, T: DeserializeOwned>(path: &str, request: &Q) -> Result<T, Problem> {
    Client::Browser.post(path, request).await
}

/// `PUT path` from the browser.
///
/// # Errors
/// As [`Client::get`].
pub async fn put<Q: Serialize, T: DeserializeOwned>(path: &str, request: &Q) -> Result<T, Problem> {
    Client::Browser.put(path, request).await
}

/// Sends a file to `POST path` from the browser.
///
/// # Errors
/// As [`Client::get`].
pub async fn send_file<T: DeserializeOwned>(path: &str, file: &web_sys::File) -> Result<T, Problem> {
    read(super::browser::send_file(path, file).await?)
}

/// `DELETE path` from the browser; the answer's body does not matter.
///
/// # Errors
/// As [`Client::get`].
pub async fn delete(path: &str) -> Result<(), Problem> {
    let answer = Client::Browser.call("DELETE", path, None).await?;
    if succeeded(answer.0) { Ok(()) } else { Err(problem_of(&answer)) }
}

/// A body that is read and not looked at: the page is loaded again afterwards.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(from = "serde::de::IgnoredAny")]
pub struct Anything;

impl From<serde::de::IgnoredAny> for Anything {
    fn from(_: serde::de::IgnoredAny) -> Self {
        Self
    }
}

/// Nobody answered.
pub fn unreachable_problem(what: &str) -> Problem {
    Problem::new(503, "no_answer", "the server did not answer").detail(what)
}

/// Somebody answered something else.
pub fn unreadable_problem(what: &str) -> Problem {
    Problem::new(502, "unreadable_answer", "the answer of the server could not be read").detail(what)
}

#[allow(clippy::result_large_err, reason = "a problem is the content of a page; it is made once an answer")]
fn read<T: DeserializeOwned>(answer: Answer) -> Result<T, Problem> {
    if !succeeded(answer.0) {
        return Err(problem_of(&answer));
    }
    // An empty body is JSON's null: what a 204 means.
    let bytes = if answer.1.is_empty() { b"null".as_slice() } else { answer.1.as_slice() };
    serde_json::from_slice(bytes).map_err(|error| unreadable_problem(&error.to_string()))
}

const fn succeeded(status: u16) -> bool {
    matches!(status, 200..=299)
}

fn problem_of((status, body): &Answer) -> Problem {
    serde_json::from_slice::<Problem>(body)
        .unwrap_or_else(|_| Problem::new(*status, "http_error", format!("the server answered with status {status}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_a_value_or_a_problem() {
        assert_eq!(read::<u8>((200, b"7".to_vec())), Ok(7));
        assert_eq!(read::<Option<u8>>((204, Vec::new())), Ok(None));
        assert!(read::<Anything>((201, br#"{"a":[1]}"#.to_vec())).is_ok());
        let sent = Problem::new(422, "lot_invalid", "the lot is wrong").field("lot");
        let bytes = serde_json::to_vec(&sent).expect("a problem is JSON");
        assert_eq!(read::<u8>((422, bytes)), Err(sent));
        assert_eq!(
            read::<u8>((500, b"<html>".to_vec())).map_err(|p| (p.status, p.kind)),
            Err((500, "tracelight:http_error".into()))
        );
        assert_eq!(read::<u8>((200, b"x".to_vec())).map_err(|p| p.kind), Err("tracelight:unreadable_answer".into()));
    }
}
