//! The audit log of a member, for its administrators and approvers: by action, user and time, newest first; the same rows as
//! a table.

use super::{CSV, PageQuery, attachment, csv_of};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Query};
use crate::scan::page::UTC_OFFSET_MINUTES;
use crate::store::AuditFilter;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::audit::{AuditAction, AuditEvent};
use tracelight_api::rest::user::USER_NAME_BYTES_MAX;
use tracelight_domain::gs1::Date;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Rows of a table at most. The page's own link asks for those that it shows.
const TABLE_ROWS_MAX: u64 = 5_000;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(table))
}

/// Which lines.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// A word of `AuditAction`; all when absent.
    #[serde(default)]
    action: Option<String>,
    /// Sign-in name.
    #[serde(default)]
    user: Option<String>,
    /// The first day, `2026-11-01`, of the console's zone.
    #[serde(default)]
    from: Option<String>,
    /// The last day.
    #[serde(default)]
    to: Option<String>,
    /// `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Rows, 1 to 200 (of a table: to 5,000); 50 when absent.
    #[serde(default)]
    limit: Option<u64>,
}

/// Lines of your member's log, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditEvent>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<AuditQuery>,
) -> ApiResult<Json<Page<AuditEvent>>> {
    user.must_oversee()?;
    let rows = PageQuery { cursor: None, limit: asked.limit }.rows()?;
    page(&state, &user, &asked, rows).await.map(Json)
}

/// The same rows as a table.
#[utoipa::path(get, path = "/audit.csv", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "the table", content_type = "text/csv"), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn table(State(state): State<AppState>, user: User, Query(asked): Query<AuditQuery>) -> ApiResult<Response> {
    user.must_oversee()?;
    let limit = match asked.limit {
        Some(limit @ 1..=TABLE_ROWS_MAX) => limit,
        Some(other) => return Err(ApiError::invalid("limit", format!("{other} is outside 1 to {TABLE_ROWS_MAX}"))),
        None => PageQuery::default().rows()?,
    };
    let found = page(&state, &user, &asked, limit).await?;
    let rows = found.items.into_iter().map(|event| {
        [
            time(event.at_ms),
            event.member,
            event.user.unwrap_or_default(),
            event.action.word().to_owned(),
            event.object,
            event.outcome.word().to_owned(),
        ]
    });
    let heads = ["at", "member", "user", "action", "object", "outcome"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(heads).chain(rows).collect();
    let count = rows.len() - 1;
    let bytes = csv_of("\u{feff}", rows)?;
    crate::audit::record(&state, &user, AuditAction::AuditExported, format!("{count} lines")).await?;
    Ok(attachment("audit.csv", CSV, bytes))
}

async fn page(state: &AppState, user: &User, asked: &AuditQuery, rows: u64) -> ApiResult<Page<AuditEvent>> {
    let after = asked.cursor.as_deref().map(parse_cursor).transpose()?;
    let filter = AuditFilter {
        action: there(&asked.action).map(parse_action).transpose()?,
        user: there(&asked.user).map(parse_user).transpose()?,
        from_ms: there(&asked.from).map(|day| midnight("from", day, 0)).transpose()?,
        before_ms: there(&asked.to).map(|day| midnight("to", day, 1)).transpose()?,
    };
    let mut found = state.store.audit_events(user.member, &filter, after, rows + 1).await?;
    let more = found.len() as u64 > rows;
    found.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|(id, _)| hex::encode(id));
    Ok(Page { items: found.into_iter().map(|(_, event)| event).collect(), next })
}

/// A part that is there: forms send empty ones.
fn there(part: &Option<String>) -> Option<&str> {
    part.as_deref().map(str::trim).filter(|part| !part.is_empty())
}

/// The beginning of the day so many days later, of the console's zone.
fn midnight(field: &str, day: &str, later: i64) -> ApiResult<u64> {
    let date = Date::parse_iso(day).map_err(|error| ApiError::from(error).field(field))?;
    if date.day() == 0 {
        return Err(ApiError::invalid(field, "expected a day, such as 2026-11-01"));
    }
    let minutes = (date.to_days() + later) * 24 * 60 - i64::from(UTC_OFFSET_MINUTES);
    Ok(u64::try_from(minutes * 60_000).unwrap_or(0))
}

fn parse_action(word: &str) -> ApiResult<AuditAction> {
    AuditAction::parse(word).ok_or_else(|| {
        let expected: Vec<&str> = AuditAction::ALL.iter().map(|action| action.word()).collect();
        let detail = format!("`{}` is none, expected one of {}", word.escape_default(), expected.join(", "));
        ApiError::invalid("action", detail)
    })
}

fn parse_user(name: &str) -> ApiResult<String> {
    super::line_of_text("user", name, USER_NAME_BYTES_MAX)?;
    Ok(name.to_owned())
}

fn parse_cursor(cursor: &str) -> ApiResult<[u8; 16]> {
    let mut id = [0; 16];
    hex::decode_to_slice(cursor, &mut id)
        .map_err(|_| ApiError::invalid("cursor", "expected what `next` of the page before says"))?;
    Ok(id)
}

/// RFC 3339, UTC.
fn time(ms: u64) -> String {
    let nanos = i128::from(ms) * 1_000_000;
    let moment = time::OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    let text = moment.and_then(|moment| moment.format(&time::format_description::well_known::Rfc3339).ok());
    text.unwrap_or_else(|| ms.to_string())
}
