//! Webhooks of a member: endpoints, their secrets, their delivery log. For operators, and for keys with the scope `webhooks`.

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path};
use crate::post::{new_secret, target};
use crate::store::{DeliveryLine, Outbox, WebhookRow};
use crate::webhooks;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::collections::BTreeSet;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::webhook::{
    DESCRIPTION_CHARS_MAX, DeliveryState, MadeWebhook, NewWebhook, WEBHOOKS_MAX, Webhook, WebhookDelivery, WebhookState,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// For so long the old secret signs too after a rotation: a day.
const OVERLAP_MS: u64 = 24 * 60 * 60 * 1_000;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(one, remove))
        .routes(routes!(rotate))
        .routes(routes!(enable))
        .routes(routes!(disable))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(resend))
}

/// Endpoints of your member, newest first.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks",
    responses((status = 200, body = Page<Webhook>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(state): State<AppState>, user: User) -> ApiResult<Json<Page<Webhook>>> {
    user.must_operate()?;
    let mut items = Vec::new();
    // A member has few: one short look-up for each.
    for row in state.store.webhooks(user.member).await? {
        items.push(shown(&state, row).await?);
    }
    Ok(Json(Page { items, next: None }))
}

/// Makes an endpoint. It is told what happens from now on; its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, body = MadeWebhook), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn make(
    State(state): State<AppState>,
    user: User,
    Body(form): Body<NewWebhook>,
) -> ApiResult<(StatusCode, Json<MadeWebhook>)> {
    user.must_operate()?;
    let url = target::check(&form.url, state.config.epcis.webhooks_to_loopback)
        .map_err(|why| ApiError::invalid("url", why.replace("`dest`", "`url`")))?;
    super::line_of_text("description", &form.description, 4 * DESCRIPTION_CHARS_MAX)?;
    let length = form.description.chars().count();
    if length > DESCRIPTION_CHARS_MAX {
        let expected = format!("{length} characters, expected at most {DESCRIPTION_CHARS_MAX}");
        return Err(ApiError::invalid("description", expected));
    }
    let events: BTreeSet<_> = form.events.iter().copied().collect();
    if events.is_empty() {
        return Err(ApiError::invalid("events", "name at least one event"));
    }
    let (told, secret) = new_secret()?;
    let row = WebhookRow {
        id: Uuid::now_v7(),
        member: user.member,
        url: form.url,
        events: events.into_iter().collect(),
        description: form.description,
        old_until_ms: None,
        off: None,
        created_ms: crate::clock::now_ms(),
        failing_ms: None,
        place: webhooks::now(&state).await?,
    };
    // The rest of an address may be a secret of the receiver's; the log names the host.
    let host = url.host_str().unwrap_or_default().to_owned();
    if !state.store.make_webhook(&row, &secret, &user.audit("make_webhook", row.id, host)).await? {
        let title = "your member has too many endpoints";
        return Err(ApiError::new(StatusCode::CONFLICT, "too_many_webhooks", title)
            .detail(format!("at most {WEBHOOKS_MAX}; delete one that is not needed")));
    }
    tracing::info!(webhook.id = %row.id, "Made webhook {}", row.id);
    Ok((StatusCode::CREATED, Json(MadeWebhook { secret: told, webhook: view(row, None) })))
}

/// One endpoint.
#[utoipa::path(get, path = "/webhooks/{webhook}", tag = "webhooks",
    params(("webhook" = String, Path, description = "its id")),
    responses((status = 200, body = Webhook), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn one(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Webhook>> {
    let row = own(&state, &user, &id).await?;
    shown(&state, row).await.map(Json)
}

/// Removes an endpoint with its log. What waits is not sent.
#[utoipa::path(delete, path = "/webhooks/{webhook}", tag = "webhooks",
    params(("webhook" = String, Path, description = "its id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn remove(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<StatusCode> {
    let row = own(&state, &user, &id).await?;
    let entry = user.audit("drop_webhook", row.id, String::new());
    state.store.drop_webhook(row.id, &entry, crate::clock::now_ms()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an endpoint another secret. For a day both sign, so that the receiver can be changed in between.
#[utoipa::path(post, path = "/webhooks/{webhook}/rotate", tag = "webhooks",
    params(("webhook" = String, Path, description = "its id")),
    responses((status = 200, body = MadeWebhook), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn rotate(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<MadeWebhook>> {
    let row = own(&state, &user, &id).await?;
    let (told, secret) = new_secret()?;
    let now_ms = crate::clock::now_ms();
    let entry = user.audit("rotate_webhook", row.id, String::new());
    state.store.rotate_webhook(row.id, &secret, now_ms + OVERLAP_MS, &entry, now_ms).await?;
    let row = own(&state, &user, &id).await?;
    Ok(Json(MadeWebhook { secret: told, webhook: shown(&state, row).await? }))
}

/// Switches an endpoint on again after it was switched off. It is told what happens from now on.
#[utoipa::path(post, path = "/webhooks/{webhook}/enable", tag = "webhooks",
    params(("webhook" = String, Path, description = "its id")),
    responses((status = 200, body = Webhook), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn enable(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Webhook>> {
    let row = own(&state, &user, &id).await?;
    let entry = user.audit("enable_webhook", row.id, String::new());
    let place = webhooks::now(&state).await?;
    state.store.enable_webhook(row.id, place, &entry, crate::clock::now_ms()).await?;
    let row = own(&state, &user, &id).await?;
    shown(&state, row).await.map(Json)
}

/// Switches an endpoint off. What waits for it is given up and can be sent again; what happens meanwhile it is not told.
#[utoipa::path(post, path = "/webhooks/{webhook}/disable", tag = "webhooks",
    params(("webhook" = String, Path, description = "its id")),
    responses((status = 200, body = Webhook), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn disable(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Webhook>> {
    let row = own(&state, &user, &id).await?;
    let entry = user.audit("disable_webhook", row.id, String::new());
    state.store.disable_webhook(row.id, &entry, crate::clock::now_ms()).await?;
    let row = own(&state, &user, &id).await?;
    shown(&state, row).await.map(Json)
}

/// Sends an event of the type `webhook.test`. The log tells what became of it.
#[utoipa::path(post, path = "/webhooks/{webhook}/test", tag = "webhooks",
    params(("webhook" = String, Path, description = "its id")),
    responses((status = 202, body = WebhookDelivery), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn test(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<WebhookDelivery>)> {
    let row = own(&state, &user, &id).await?;
    let sent = webhooks::test(&state, &row).await?;
    line(&state, &row, sent).await
}

/// The newest deliveries of an endpoint, at most 200. Lines that ended are kept for 14 days.
#[utoipa::path(get, path = "/webhooks/{webhook}/deliveries", tag = "webhooks",
    params(("webhook" = String, Path, description = "its id")),
    responses((status = 200, body = Page<WebhookDelivery>), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn deliveries(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
) -> ApiResult<Json<Page<WebhookDelivery>>> {
    let row = own(&state, &user, &id).await?;
    let lines = state.store.deliveries(Outbox::Events, row.id).await?;
    Ok(Json(Page { items: lines.into_iter().map(told).collect(), next: None }))
}

/// Sends a delivery again, under the same `webhook-id`.
#[utoipa::path(post, path = "/webhooks/{webhook}/deliveries/{delivery}/resend", tag = "webhooks",
    params(("webhook" = String, Path, description = "its id"), ("delivery" = String, Path, description = "its id")),
    responses((status = 202, body = WebhookDelivery), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn resend(
    State(state): State<AppState>,
    user: User,
    Path((id, delivery)): Path<(String, String)>,
) -> ApiResult<(StatusCode, Json<WebhookDelivery>)> {
    let row = own(&state, &user, &id).await?;
    let delivery = Uuid::try_parse(&delivery).map_err(|_| no_delivery())?;
    webhooks::must_take(&state, &row).await?;
    if !state.store.deliver_again(row.id, delivery, crate::clock::now_ms()).await? {
        return Err(no_delivery());
    }
    line(&state, &row, delivery).await
}

async fn line(state: &AppState, row: &WebhookRow, id: Uuid) -> ApiResult<(StatusCode, Json<WebhookDelivery>)> {
    let lines = state.store.deliveries(Outbox::Events, row.id).await?;
    let line = lines.into_iter().find(|line| line.id == id).ok_or_else(no_delivery)?;
    Ok((StatusCode::ACCEPTED, Json(told(line))))
}

fn no_delivery() -> ApiError {
    ApiError::not_found("the endpoint has no delivery with this id, or it is older than 14 days")
}

/// An endpoint of the user's member.
async fn own(state: &AppState, user: &User, id: &str) -> ApiResult<WebhookRow> {
    let none = || ApiError::not_found("your member has no endpoint with this id");
    let asked = Uuid::try_parse(id).map_err(|_| none())?;
    // A member has few.
    let found = state.store.webhooks(user.member).await?.into_iter().find(|row| row.id == asked);
    let row = found.ok_or_else(none)?;
    user.must_operate()?;
    Ok(row)
}

/// An endpoint with the newest line of its log.
async fn shown(state: &AppState, row: WebhookRow) -> ApiResult<Webhook> {
    let newest = state.store.newest_deliveries(Outbox::Events, row.id, 1).await?.pop();
    Ok(view(row, newest))
}

fn view(row: WebhookRow, newest: Option<DeliveryLine>) -> Webhook {
    let now_ms = crate::clock::now_ms();
    Webhook {
        id: row.id.simple().to_string(),
        url: row.url,
        events: row.events,
        description: row.description,
        state: if row.off.is_some() { WebhookState::Disabled } else { WebhookState::Active },
        off_because: row.off,
        created_ms: row.created_ms,
        failing_since_ms: row.failing_ms,
        old_secret_until_ms: row.old_until_ms.filter(|until| now_ms < *until),
        last_delivery: newest.map(told),
    }
}

fn told(line: DeliveryLine) -> WebhookDelivery {
    WebhookDelivery {
        id: line.id.simple().to_string(),
        event: line.event,
        state: match line.state {
            0 => DeliveryState::Waits,
            1 => DeliveryState::Delivered,
            _ => DeliveryState::GivenUp,
        },
        created_ms: line.created_ms,
        attempts: line.attempts,
        status: line.status.and_then(|status| u16::try_from(status).ok()),
        note: line.note,
        delivered_ms: line.delivered_ms,
        next_ms: (line.state == 0).then_some(line.next_ms),
    }
}
