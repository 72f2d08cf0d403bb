//! Capture jobs: what became of a capture, and of its events on the chain.
//!
//! GS1's fields, and one of ours in JSON: `tracelight:evidence` says how far the captured events are evidence.
//!
//! ```text
//! "tracelight:evidence": {
//!   "stored": 2, "alreadyStored": 0, "log": …, "logSize": 7,
//!   "anchor": { "size": 9, "root": …, "txId": …, "height": …, "timeMs": … } | null,
//!   "events": [ { "entry": 5, "ledger": "signed" | "to_be_signed" | "evidence_only", "note": …, "txId": … }, … ] }
//! ```

use super::address::{Asked, Path};
use super::anchor::LOG;
use super::answer;
use super::caller::Caller;
use super::headers;
use super::problem::{EpcisError, EpcisResult};
use crate::app::AppState;
use crate::clock::iso;
use crate::store::{JobCursor, JobRow};
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tracelight_domain::ids::MemberId;
use tracelight_epcis::document::Format;
use tracelight_epcis::error::ExceptionKind;
use tracelight_epcis::query::{PER_PAGE_DEFAULT, PER_PAGE_MAX};
use uuid::Uuid;

/// Capture jobs of your member, newest first.
#[utoipa::path(get, path = "/capture", tag = "epcis",
    params(("perPage" = Option<u32>, Query,), ("nextPageToken" = Option<String>, Query,)),
    responses((status = 200, description = "a list of jobs; `Link: rel=\"next\"`"),
        (status = 401, description = "SecurityException"), (status = 406, description = "NotAcceptableException")))]
pub async fn list(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    Asked(pairs): Asked,
) -> EpcisResult<Response> {
    headers::check_versions(&headers)?;
    if headers::accepted(&headers)? != Format::Json {
        return Err(EpcisError::new(ExceptionKind::NotAcceptable, "the list of jobs is JSON; a single job is XML too"));
    }
    let per_page = per_page(&pairs)?;
    let after = one(&pairs, "nextPageToken").map(|token| cursor(token).ok_or_else(bad_token)).transpose()?;
    let mut jobs = state.store.epcis_jobs(caller.member, after, per_page as u64 + 1).await?;
    let more = jobs.len() > per_page;
    jobs.truncate(per_page);
    let next = jobs.last().filter(|_| more).map(|job| format!("{:x}-{}", job.created_ms, job.id.simple()));
    let mut views = Vec::with_capacity(jobs.len());
    for job in &jobs {
        views.push(plain(job));
    }
    let mut response = axum::Json(Value::Array(views)).into_response();
    answer::link(&state, &mut response, &uri, &pairs, next.as_deref());
    Ok(response)
}

/// One capture job of your member.
#[utoipa::path(get, path = "/capture/{captureID}", tag = "epcis", params(("captureID" = String, Path,)),
    responses((status = 200, description = "the job, in JSON or XML"),
        (status = 401, description = "SecurityException"), (status = 404, description = "NoSuchResourceException")))]
pub async fn show(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> EpcisResult<Response> {
    headers::check_versions(&headers)?;
    let format = headers::accepted(&headers)?;
    let none = || EpcisError::no_resource("your member has no capture job with this id");
    let id = Uuid::try_parse(&id).map_err(|_| none())?;
    let job = state.store.epcis_job(caller.member, id).await?.ok_or_else(none)?;
    match format {
        Format::Json => {
            let mut view = plain(&job);
            view["tracelight:evidence"] = evidence(&state, caller.member, &job).await?;
            Ok(axum::Json(view).into_response())
        }
        Format::Xml => Ok(([(header::CONTENT_TYPE, "application/xml")], xml(&job)).into_response()),
    }
}

fn errors(job: &JobRow) -> Value {
    serde_json::from_slice(&job.errors).unwrap_or_else(|_| json!([]))
}

fn behaviour(job: &JobRow) -> &'static str {
    if job.proceed { headers::Behaviour::Proceed.word() } else { headers::Behaviour::Rollback.word() }
}

fn succeeded(errors: &Value) -> bool {
    errors.as_array().is_none_or(Vec::is_empty)
}

/// GS1's fields.
fn plain(job: &JobRow) -> Value {
    let errors = errors(job);
    json!({
        "captureID": job.id.simple().to_string(),
        "createdAt": iso(job.created_ms),
        "finishedAt": iso(job.finished_ms),
        "running": false,
        "success": succeeded(&errors),
        "captureErrorBehaviour": behaviour(job),
        "errors": errors,
    })
}

async fn evidence(state: &AppState, member: MemberId, job: &JobRow) -> EpcisResult<Value> {
    let mut anchored = Value::Null;
    // Events that were known are covered by the same anchors: they stand before the log's end.
    if job.stored + job.known > 0 {
        for anchor in state.store.epcis_anchors_over(member, job.log_size).await? {
            // Said only when the verified chain has it.
            if let Some((place, None)) = state.store.transaction(anchor.tx_id).await? {
                anchored = json!({ "size": anchor.size, "root": anchor.root.to_string(), "txId": place.tx_id,
                    "height": place.height, "timeMs": place.time_ms });
                break;
            }
        }
    }
    let events = state.store.epcis_on_ledger(member, job.id).await?;
    let told = |event: &crate::store::OnLedgerCount| {
        let mut told = json!({ "entry": event.seq, "ledger": event.state.word(), "note": event.note });
        if let Some(tx) = event.tx {
            told["txId"] = tx.to_string().into();
        }
        told
    };
    Ok(json!({
        "stored": job.stored,
        "alreadyStored": job.known,
        "log": LOG.to_string(),
        "logSize": job.log_size,
        "anchor": anchored,
        "events": events.iter().map(told).collect::<Vec<_>>(),
    }))
}

/// As GS1's XSD has a job.
fn xml(job: &JobRow) -> String {
    let errors = errors(job);
    let mut list = String::new();
    for error in errors.as_array().into_iter().flatten() {
        let text = |name: &str| answer::escaped(error[name].as_str().unwrap_or_default());
        list.push_str(&format!(
            "<error><type>{}</type><title>{}</title><status>{}</status><detail>{}</detail></error>",
            text("type"),
            text("title"),
            error["status"].as_u64().unwrap_or_default(),
            text("detail")
        ));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><epcis:EPCISCaptureJob xmlns:epcis=\"urn:epcglobal:epcis:xsd:2\" \
         running=\"false\" success=\"{}\" captureID=\"{}\"><captureErrorBehaviour>{}</captureErrorBehaviour>\
         <createdAt>{}</createdAt><finishedAt>{}</finishedAt><errors>{list}</errors></epcis:EPCISCaptureJob>",
        succeeded(&errors),
        job.id.simple(),
        behaviour(job),
        iso(job.created_ms),
        iso(job.finished_ms)
    )
}

/// The value of a parameter that stands once.
#[must_use]
pub fn one<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// `perPage` of a list.
///
/// # Errors
/// QueryParameterException for what is no count.
pub fn per_page(pairs: &[(String, String)]) -> EpcisResult<usize> {
    match one(pairs, "perPage") {
        None => Ok(PER_PAGE_DEFAULT),
        Some(text) => text
            .parse::<usize>()
            .map(|count| count.clamp(1, PER_PAGE_MAX))
            .map_err(|_| EpcisError::new(ExceptionKind::QueryParameter, "`perPage`: expected a count")),
    }
}

/// What is no token of ours.
#[must_use]
pub fn bad_token() -> EpcisError {
    EpcisError::new(ExceptionKind::QueryParameter, "`nextPageToken`: is no token of this list; begin again without one")
}

fn cursor(token: &str) -> Option<JobCursor> {
    let (ms, id) = token.split_once('-')?;
    Some(JobCursor { created_ms: u64::from_str_radix(ms, 16).ok()?, id: Uuid::try_parse(id).ok()? })
}
