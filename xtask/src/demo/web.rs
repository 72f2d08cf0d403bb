//! A signed-in person at the public API: what the consoles do, without a browser.

use anyhow::{Context, bail};
use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, HeaderValue, SET_COOKIE};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tracelight_api::problem::Problem;
use tracelight_api::rest::session::{Session, SignIn};

/// Longest wait for one answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// What a phone's browser says that it is. Whoever says nothing, or names a program, is no shopper: nothing of it is counted.
pub const A_PHONE: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36";

/// One person with a session.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

/// A refusal by the API, with its problem document.
#[derive(Debug)]
pub struct Refused {
    pub status: u16,
    pub problem: Option<Problem>,
}

impl Refused {
    /// The stable name, without its prefix.
    pub fn name(&self) -> &str {
        self.problem.as_ref().map_or("", |problem| problem.kind.trim_start_matches("tracelight:"))
    }
}

/// An HTTP client for loopback.
pub fn client() -> anyhow::Result<reqwest::Client> {
    let english = [(ACCEPT_LANGUAGE, HeaderValue::from_static("en"))].into_iter().collect();
    let client = reqwest::Client::builder().default_headers(english).timeout(ANSWER_MAX).no_proxy();
    Ok(client.redirect(reqwest::redirect::Policy::none()).build()?)
}

impl Person {
    /// Signs in.
    pub async fn sign_in(base: &str, user: &str, password: &str) -> anyhow::Result<Self> {
        let http = client()?;
        let answer = http
            .post(format!("{base}/api/v1/session"))
            .header("origin", base)
            .header("sec-fetch-site", "same-origin")
            .json(&SignIn { user: user.into(), password: password.into(), code: None })
            .send()
            .await
            .context("the server does not answer")?;
        if !answer.status().is_success() {
            bail!("sign-in of `{user}` was refused: {} {}", answer.status(), answer.text().await?);
        }
        let cookie = answer
            .headers()
            .get(SET_COOKIE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .context("the sign-in set no cookie")?
            .to_owned();
        answer.json::<Session>().await.context("the session has an unexpected form")?;
        Ok(Self { http, base: base.into(), cookie })
    }

    /// The cookie, for a browser that goes on with this session.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.http.get(self.url(path)).header(COOKIE, &self.cookie).send().await?;
        read(path, answer).await?.map_err(|refused| anyhow::anyhow!("GET {path} was refused: {refused:?}"))
    }

    pub async fn get_bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let answer = self.http.get(self.url(path)).header(COOKIE, &self.cookie).send().await?;
        if !answer.status().is_success() {
            bail!("GET {path}: {} {}", answer.status(), answer.text().await?);
        }
        Ok(answer.bytes().await?.to_vec())
    }

    /// Posts; the refusal is an answer too.
    pub async fn try_post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<Result<T, Refused>> {
        let answer = self
            .http
            .post(self.url(path))
            .header(COOKIE, &self.cookie)
            .header("origin", &self.base)
            .header("sec-fetch-site", "same-origin")
            .json(body)
            .send()
            .await?;
        read(path, answer).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        self.try_post(path, body).await?.map_err(|refused| anyhow::anyhow!("POST {path} was refused: {refused:?}"))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.base)
    }
}

async fn read<T: DeserializeOwned>(path: &str, answer: reqwest::Response) -> anyhow::Result<Result<T, Refused>> {
    let status = answer.status();
    if status.is_success() {
        let value = answer.json().await.with_context(|| format!("the answer to {path} has an unexpected form"))?;
        return Ok(Ok(value));
    }
    let is_problem = answer
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with(tracelight_api::problem::PROBLEM_JSON));
    let problem = if is_problem { answer.json().await.ok() } else { None };
    Ok(Err(Refused { status: status.as_u16(), problem }))
}
