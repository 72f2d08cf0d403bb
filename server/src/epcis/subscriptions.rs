//! Subscriptions to stored queries: reports by webhook, at once (`stream`) or by a schedule.
//!
//! GS1's fields, and `tracelight:deliveries` in the answer for one of them: what became of its newest reports.

use super::address::Path;
use super::ask::Ask;
use super::caller::Caller;
use super::headers;
use super::problem::{EpcisError, EpcisResult};
use super::queries::{json_body, named};
use super::reports;
use super::schedule::Schedule;
use crate::app::AppState;
use crate::clock::iso;
use crate::post::{new_secret, secret_of, target};
use crate::store::{DeliveryLine, Outbox, SUBSCRIPTIONS_MAX, SubscriptionRow};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tracelight_domain::state::MemberRole;
use tracelight_epcis::error::ExceptionKind;
use tracelight_epcis::text::Timestamp;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, delete))
}

/// SubscriptionControlsException.
#[must_use]
pub fn controls(detail: impl Into<String>) -> EpcisError {
    EpcisError::new(ExceptionKind::SubscriptionControls, detail)
}

/// What a client asks for.
struct Asked {
    dest: String,
    /// The client's, or one made here with its text.
    secret: Vec<u8>,
    made: Option<String>,
    schedule: Option<Schedule>,
    report_if_empty: bool,
    from_ms: Option<u64>,
}

fn asked(json: &Value, loopback: bool) -> EpcisResult<Asked> {
    let known = ["dest", "signatureToken", "stream", "schedule", "reportIfEmpty", "initialRecordTime"];
    let object = json.as_object().ok_or_else(|| controls("the body is no object"))?;
    if let Some(other) = object.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(controls(format!("`{}` is no field of a subscription", tracelight_epcis::text::shown(other))));
    }
    let dest = object.get("dest").and_then(Value::as_str).ok_or_else(|| controls("`dest` is missing"))?;
    target::check(dest, loopback).map_err(controls)?;
    let (secret, made) = match object.get("signatureToken") {
        Some(Value::String(token)) => (secret_of(token).map_err(controls)?, None),
        Some(_) => return Err(controls("`signatureToken` is no text")),
        None => {
            let (told, bytes) = new_secret()
                .map_err(|error| EpcisError::new(ExceptionKind::Implementation, format!("no randomness: {error}")))?;
            (bytes, Some(told))
        }
    };
    let stream =
        object.get("stream").map(|value| value.as_bool().ok_or_else(|| controls("`stream` is true or absent")));
    let schedule = object.get("schedule").map(schedule).transpose()?;
    let at_once = stream.transpose()?.unwrap_or(false);
    if at_once == schedule.is_some() {
        return Err(controls("a subscription has either `stream: true` or a `schedule`"));
    }
    Ok(Asked {
        dest: dest.to_owned(),
        secret,
        made,
        schedule,
        report_if_empty: object.get("reportIfEmpty").and_then(Value::as_bool).unwrap_or(false),
        from_ms: object.get("initialRecordTime").and_then(Value::as_str).map(record_time).transpose()?,
    })
}

/// A time from which on events are reported.
///
/// # Errors
/// SubscriptionControlsException.
pub fn record_time(text: &str) -> EpcisResult<u64> {
    let time =
        Timestamp::parse(&text.replace(' ', "+")).map_err(|fault| controls(format!("`initialRecordTime`: {fault}")))?;
    Ok(u64::try_from(time.unix_nanos().div_euclid(1_000_000)).unwrap_or(0))
}

fn schedule(json: &Value) -> EpcisResult<Schedule> {
    let fields = json.as_object().ok_or_else(|| controls("`schedule` is no object"))?;
    let text = |(name, value): (&String, &Value)| match value {
        Value::String(text) => Ok((name.clone(), text.clone())),
        Value::Number(number) => Ok((name.clone(), number.to_string())),
        _ => Err(controls(format!("`schedule.{}` is no text", tracelight_epcis::text::shown(name)))),
    };
    let fields = fields.iter().map(text).collect::<EpcisResult<Vec<_>>>()?;
    Schedule::new(&fields).map_err(|why| controls(format!("`schedule`: {why}")))
}

/// May a query be subscribed to?
///
/// # Errors
/// SubscriptionControlsException for one with an order or a limit.
pub fn standing(name: &str, body: &str) -> EpcisResult<Ask> {
    let ask = Ask::stored(name, body, &Vec::new())?;
    if ask.whole {
        return Err(controls("the query has an order or a limit, which what comes later cannot have"));
    }
    Ok(ask)
}

/// Subscribes to a query.
#[utoipa::path(post, path = "/queries/{queryName}/subscriptions", tag = "epcis", params(("queryName" = String, Path,)),
    request_body(content = String, content_type = "application/json",
        description = "`dest`, and `stream: true` or `schedule`; `signatureToken`, `reportIfEmpty`, `initialRecordTime`"),
    responses((status = 201, description = "subscribed; a secret that was made here is told once"),
        (status = 400, description = "SubscriptionControlsException"), (status = 401, description = "SecurityException"),
        (status = 403, description = "SecurityException"), (status = 404, description = "NoSuchNameException"),
        (status = 415, description = "UnsupportedMediaTypeException")))]
async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    request: Request,
) -> EpcisResult<Response> {
    caller.must_write()?;
    headers::written(request.headers())?;
    let query = named(&state, &caller, &name).await?;
    let text = json_body(request).await?;
    let json: Value = serde_json::from_str(&text).map_err(|error| controls(format!("the body is no JSON: {error}")))?;
    let asked = asked(&json, state.config.epcis.webhooks_to_loopback)?;
    standing(&query.name, &query.body)?;
    let now_ms = crate::clock::now_ms();
    let told = reports::beginning(&state, caller.sight(), asked.from_ms).await?;
    let row = SubscriptionRow {
        id: Uuid::now_v7(),
        member: caller.member,
        regulator: caller.role == MemberRole::Regulator,
        query: query.name,
        dest: asked.dest,
        secret: asked.secret,
        due_ms: asked.schedule.as_ref().and_then(|schedule| schedule.after(now_ms)).unwrap_or(now_ms),
        schedule: asked.schedule.map(|schedule| schedule.text().to_owned()),
        report_if_empty: asked.report_if_empty,
        from_ms: asked.from_ms,
        place: Some(told.text()),
        created_ms: now_ms,
        notified_ms: None,
    };
    if !state.store.epcis_subscribe(&row).await? {
        return Err(controls(format!(
            "your member has {SUBSCRIPTIONS_MAX} subscriptions, and no more are kept; end one"
        )));
    }
    let mut view = view(&row);
    if let Some(made) = asked.made {
        view["signatureToken"] = made.into();
    }
    let mut response = (StatusCode::CREATED, axum::Json(view)).into_response();
    let location = format!("/epcis/queries/{}/subscriptions/{}", row.query, row.id.simple());
    if let Ok(value) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

/// Without the secret.
fn view(row: &SubscriptionRow) -> Value {
    let mut view = json!({
        "subscriptionID": row.id.simple().to_string(), "dest": row.dest, "createdAt": iso(row.created_ms),
        "reportIfEmpty": row.report_if_empty,
    });
    match row.schedule.as_deref().map(Schedule::parse) {
        Some(Ok(schedule)) => {
            let fields = schedule.fields().map(|(name, value)| (name.to_owned(), Value::from(value)));
            view["schedule"] = Value::Object(fields.collect());
        }
        Some(Err(_)) | None => view["stream"] = true.into(),
    }
    if let Some(ms) = row.from_ms {
        view["initialRecordTime"] = iso(ms).into();
    }
    if let Some(ms) = row.notified_ms {
        view["lastNotifiedAt"] = iso(ms).into();
    }
    view
}

/// Subscriptions to a query of your member.
#[utoipa::path(get, path = "/queries/{queryName}/subscriptions", tag = "epcis", params(("queryName" = String, Path,)),
    responses((status = 200, description = "a list of subscriptions, at most 100"),
        (status = 401, description = "SecurityException"), (status = 404, description = "NoSuchNameException")))]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> EpcisResult<Response> {
    headers::check_versions(&headers)?;
    let query = named(&state, &caller, &name).await?;
    let rows = state.store.epcis_subscriptions(caller.member, &query.name).await?;
    Ok(axum::Json(rows.iter().map(view).collect::<Vec<_>>()).into_response())
}

/// A subscription of the caller's member.
async fn own(state: &AppState, caller: &Caller, name: &str, id: &str) -> EpcisResult<SubscriptionRow> {
    let none = || EpcisError::no_resource("this query has no subscription with this id");
    let query = named(state, caller, name).await?;
    let id = Uuid::try_parse(id).map_err(|_| none())?;
    let rows = state.store.epcis_subscriptions(caller.member, &query.name).await?;
    rows.into_iter().find(|row| row.id == id).ok_or_else(none)
}

/// A subscription, with what became of its newest reports.
#[utoipa::path(get, path = "/queries/{queryName}/subscriptions/{subscriptionID}", tag = "epcis",
    params(("queryName" = String, Path,), ("subscriptionID" = String, Path,)),
    responses((status = 200, description = "the subscription"), (status = 401, description = "SecurityException"),
        (status = 404, description = "NoSuchNameException, NoSuchResourceException")))]
async fn show(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Path((name, id)): Path<(String, String)>,
) -> EpcisResult<Response> {
    headers::check_versions(&headers)?;
    let row = own(&state, &caller, &name, &id).await?;
    let log = state.store.deliveries(Outbox::Reports, row.id).await?;
    Ok(axum::Json(with_log(row, log)).into_response())
}

/// A subscription with its log. The log was read later than the row, and may tell of a delivery that the row does not know.
fn with_log(mut row: SubscriptionRow, log: Vec<DeliveryLine>) -> Value {
    row.notified_ms = row.notified_ms.max(log.iter().filter_map(|line| line.delivered_ms).max());
    let mut view = view(&row);
    let line = |line: DeliveryLine| {
        let word = match line.state {
            0 => "waits",
            1 => "delivered",
            _ => "given_up",
        };
        json!({
            "id": line.id.simple().to_string(), "state": word, "createdAt": iso(line.created_ms), "attempts": line.attempts,
            "status": line.status, "note": line.note, "deliveredAt": line.delivered_ms.map(iso),
        })
    };
    view["tracelight:deliveries"] = log.into_iter().map(line).collect();
    view
}

/// Ends a subscription.
#[utoipa::path(delete, path = "/queries/{queryName}/subscriptions/{subscriptionID}", tag = "epcis",
    params(("queryName" = String, Path,), ("subscriptionID" = String, Path,)),
    responses((status = 204, description = "ended"), (status = 401, description = "SecurityException"),
        (status = 403, description = "SecurityException"),
        (status = 404, description = "NoSuchNameException, NoSuchResourceException")))]
async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    Path((name, id)): Path<(String, String)>,
) -> EpcisResult<StatusCode> {
    caller.must_write()?;
    let row = own(&state, &caller, &name, &id).await?;
    state.store.epcis_unsubscribe(caller.member, &row.query, row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_domain::gs1::Gln;

    #[test]
    fn a_delivery_that_is_told_is_never_later_than_the_last_notification() {
        let row = |notified_ms| SubscriptionRow {
            id: Uuid::from_u128(1),
            member: Gln::build("6901234", 1).expect("a small number"),
            regulator: false,
            query: "q".to_owned(),
            dest: "https://client.example.com/".to_owned(),
            secret: Vec::new(),
            schedule: None,
            report_if_empty: false,
            from_ms: None,
            place: None,
            due_ms: 0,
            created_ms: 0,
            notified_ms,
        };
        let line = |delivered_ms: Option<u64>| DeliveryLine {
            id: Uuid::from_u128(2),
            event: String::new(),
            state: i16::from(delivered_ms.is_some()),
            created_ms: 0,
            attempts: 1,
            status: None,
            note: String::new(),
            delivered_ms,
            next_ms: 0,
        };
        for (notified, delivered, told) in [
            (None, vec![], None),
            (None, vec![None], None),
            (None, vec![None, Some(9_000), Some(5_000)], Some(9_000)),
            (Some(5_000), vec![Some(9_000)], Some(9_000)),
            (Some(9_000), vec![Some(5_000)], Some(9_000)),
        ] {
            let view = with_log(row(notified), delivered.into_iter().map(line).collect());
            assert_eq!(view["lastNotifiedAt"], told.map_or(Value::Null, |ms| iso(ms).into()), "{view}");
        }
    }
}
