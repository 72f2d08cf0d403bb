//! Alerts of medicine packs: raised when the chain refuses, read and explained by those whom they concern.

use super::list::{ALERTS, ListQuery};
use super::text;
use crate::app::AppState;
use crate::auth::User;
use crate::clock::now_ms;
use crate::fmd::{Answer, Asked, compared, refused};
use crate::http::{ApiError, ApiResult, Body, Path, Query};
use crate::scan::facts::Looked;
use crate::scan::page::market_day;
use crate::scan::token::Subject;
use crate::store::{Actor, NewAlert, Stepped};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::alert::{ALERT_NOTE_CHARS_MAX, Alert, AlertGravity, AlertStatus, AlertUpdate};
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::goods::ProductKind;
use tracelight_api::rest::handover::UnitAction;
use tracelight_domain::gs1::Date;
use tracelight_domain::gs1::scan::UnitCode;
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::state::MemberRole;
use tracelight_regulatory::fmd::{AlertId, Presented, Severity};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show, step))
}

/// Whose alerts a user may see: those that its member raised or that are about its products; all for the regulator.
pub(super) fn scope(user: &User) -> Option<MemberId> {
    (user.member_role != MemberRole::Regulator).then_some(user.member)
}

/// As it is written.
pub(super) const fn gravity_word(gravity: AlertGravity) -> &'static str {
    match gravity {
        AlertGravity::Handling => "handling",
        AlertGravity::Data => "data",
        AlertGravity::Falsification => "falsification",
    }
}

/// Alerts, newest first without a wish. States: `open`, `explained`, `suspicious`. Sorted by `last`, `gravity`, `times`, `gtin`.
#[utoipa::path(get, path = "/alerts", tag = "alerts", params(ListQuery),
    responses((status = 200, body = Page<Alert>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<Alert>>> {
    let wish = asked.wish(&ALERTS)?;
    let (ids, next) = wish.page(state.store.list_alerts(scope(&user), &wish.narrowed, &wish.wanted).await?);
    Ok(Json(Page { items: state.store.alerts_at(&ids).await?, next }))
}

/// One alert.
#[utoipa::path(get, path = "/alerts/{number}", tag = "alerts", params(("number" = String, Path, description = "its number")),
    responses((status = 200, body = Alert), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn show(State(state): State<AppState>, user: User, Path(number): Path<String>) -> ApiResult<Json<Alert>> {
    visible(&state, &user, &number).await.map(Json)
}

/// What it was: a mistake, with which, or suspicious. Whoever sees an alert may say so.
#[utoipa::path(put, path = "/alerts/{number}", tag = "alerts", request_body = AlertUpdate,
    params(("number" = String, Path, description = "its number")),
    responses((status = 200, body = Alert), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn step(
    State(state): State<AppState>,
    user: User,
    Path(number): Path<String>,
    Body(update): Body<AlertUpdate>,
) -> ApiResult<Json<Alert>> {
    user.must_operate()?;
    let found = visible(&state, &user, &number).await?;
    if update.status != AlertStatus::Open && update.note.trim().is_empty() {
        return Err(ApiError::invalid("note", "say why; whoever reads the alert next has nothing else"));
    }
    text("note", &update.note, ALERT_NOTE_CHARS_MAX)?;
    let actor = Actor { user: &user.name, member: user.member, at_ms: now_ms() };
    if state.store.step_alert(&found.number, &update, actor).await? == Stepped::Outdated {
        let detail = format!("the alert is no longer at revision {}; read it again", update.revision);
        let title = "somebody else has worked on this alert meanwhile";
        return Err(ApiError::new(StatusCode::CONFLICT, "outdated", title).detail(detail));
    }
    let maker = match tracelight_domain::gs1::Gtin::parse(&found.gtin) {
        Ok(gtin) => crate::audit::maker_of(&state, gtin).await?,
        Err(_) => None,
    };
    let about = format!("{}: {}", found.number, update.status.word());
    crate::audit::of_goods(&state, &user, AuditAction::AlertStep, about, maker).await?;
    visible(&state, &user, &number).await.map(Json)
}

async fn visible(state: &AppState, user: &User, number: &str) -> ApiResult<Alert> {
    let found = state.store.alert(number, scope(user)).await?;
    found.ok_or_else(|| ApiError::not_found("no alert of yours has this number"))
}

/// What somebody wanted with a pack, as it was scanned.
pub(super) struct Attempt<'a> {
    user: &'a User,
    code: &'a UnitCode,
    action: UnitAction,
    today: Date,
    now_ms: u64,
}

impl<'a> Attempt<'a> {
    /// Now.
    pub(super) fn new(user: &'a User, code: &'a UnitCode, action: UnitAction) -> ApiResult<Self> {
        let now_ms = now_ms();
        Ok(Self { user, code, action, today: Date::from_days(market_day(now_ms))?, now_ms })
    }

    fn expiry(&self) -> Option<Date> {
        self.code.expiry.and_then(|printed| printed.in_year(self.today.year()).ok())
    }

    fn presented(&self) -> Presented {
        let code = self.code;
        Presented { product: code.gtin, serial: code.serial.clone(), batch: code.lot.clone(), expiry: self.expiry() }
    }

    fn asked(&self, repeats: u32) -> Asked {
        let (action, today) = (self.action, self.today);
        Asked { member: self.user.member, action, now_ms: self.now_ms, today, repeats }
    }

    async fn looked(&self, state: &AppState) -> Option<Looked> {
        // Product code and serial name a pack; a lot that differs is one of the things that are looked for.
        let subject = Subject { gtin: self.code.gtin, lot: None, serial: self.code.serial.clone() };
        // Without an answer nothing is raised: the caller has its own.
        crate::scan::look(state, &subject, self.now_ms).await.ok()
    }

    /// Does the printed expiry differ from the registered one?
    pub(super) async fn expiry_differs(&self, state: &AppState, lot: &tracelight_domain::gs1::Lot) -> ApiResult<bool> {
        let Some(printed) = self.expiry() else { return Ok(false) };
        let id = BatchId { gtin: self.code.gtin, lot: lot.clone() };
        let batch = state.store.batch(&id).await?;
        Ok(is_medicine(state, self).await? && batch.is_some_and(|batch| batch.expires_on != printed))
    }

    /// Adds to an error what a national system would answer, and raises what it would raise.
    pub(super) async fn explained(&self, state: &AppState, error: ApiError) -> ApiError {
        match self.answer(state, &error).await {
            Ok(Some((answer, looked))) => match self.raised(state, &answer, &looked).await {
                Ok(number) => self.with(error, &answer, number),
                Err(other) => other,
            },
            Ok(None) => error,
            Err(other) => other,
        }
    }

    fn with(&self, mut error: ApiError, answer: &Answer, alert: Option<String>) -> ApiError {
        error.0.code = answer.code.map(|code| code.code().to_owned());
        error.0.alert = alert;
        error
    }

    async fn answer(&self, state: &AppState, error: &ApiError) -> ApiResult<Option<(Answer, Looked)>> {
        let kind = error.0.kind.trim_start_matches("tracelight:");
        let unknown = matches!(kind, "not_found" | "expiry_differs");
        if !unknown && !matches!(kind, "unit_gone" | "nothing_to_return" | "return_too_late") {
            return Ok(None);
        }
        let product = state.store.product(self.code.gtin).await?;
        if product.as_ref().is_some_and(|product| product.kind != ProductKind::Medicine) {
            return Ok(None);
        }
        let Some(looked) = self.looked(state).await else { return Ok(None) };
        let answer = if unknown {
            let batch_known = match &self.code.lot {
                Some(lot) => {
                    let id = BatchId { gtin: self.code.gtin, lot: lot.clone() };
                    state.store.batch(&id).await?.is_some()
                }
                None => true,
            };
            compared(&self.presented(), &looked, product.is_some(), batch_known, &self.asked(0))
        } else {
            let repeats = state.store.alert_times(&self.alert(AlertId::Repeated, "", None)).await?;
            match &looked {
                Looked::Known(facts) => refused(facts, &self.asked(repeats)),
                Looked::Unknown | Looked::Unavailable { .. } => None,
            }
        };
        Ok(answer.map(|answer| (answer, looked)))
    }

    /// Raises the alerts of an answer; the number of the gravest.
    async fn raised(&self, state: &AppState, answer: &Answer, looked: &Looked) -> ApiResult<Option<String>> {
        let code = answer.code.map_or("", |code| code.code());
        if answer.warned {
            state.store.raise_alert(&self.alert(AlertId::Repeated, code, Some(looked)), true).await?;
            return Ok(None);
        }
        let mut alerts = answer.alerts.clone();
        alerts.sort_by_key(|alert| std::cmp::Reverse(alert.severity()));
        let mut first = None;
        for kind in alerts {
            let number = state.store.raise_alert(&self.alert(kind, code, Some(looked)), false).await?;
            metrics::counter!("fmd_alerts_total", "kind" => kind.id()).increment(1);
            first.get_or_insert(number);
        }
        Ok(first)
    }

    fn alert<'b>(&'b self, kind: AlertId, code: &'static str, looked: Option<&'b Looked>) -> NewAlert<'b> {
        let held = match looked {
            Some(Looked::Known(facts)) => (facts.lot.as_bytes(), facts.expires_on.to_string()),
            _ => (&[] as &[u8], String::new()),
        };
        NewAlert {
            kind: kind.id(),
            gravity: match kind.severity() {
                Severity::Handling => AlertGravity::Handling,
                Severity::Data => AlertGravity::Data,
                Severity::Falsification => AlertGravity::Falsification,
            },
            code,
            gtin: self.code.gtin,
            serial: &self.code.serial,
            printed: (
                self.code.lot.as_ref().map_or(&[] as &[u8], |lot| lot.as_bytes()),
                self.expiry().map(|date| date.to_string()).unwrap_or_default(),
            ),
            held,
            member: self.user.member,
            action: word(self.action),
            day: market_day(self.now_ms),
            now_ms: self.now_ms,
        }
    }
}

async fn is_medicine(state: &AppState, attempt: &Attempt<'_>) -> ApiResult<bool> {
    let product = state.store.product(attempt.code.gtin).await?;
    Ok(product.is_some_and(|product| product.kind == ProductKind::Medicine))
}

/// As it is written.
const fn word(action: UnitAction) -> &'static str {
    match action {
        UnitAction::Dispense => "dispense",
        UnitAction::Sell => "sell",
        UnitAction::Sample => "sample",
        UnitAction::Destroy => "destroy",
        UnitAction::ReportStolen => "report_stolen",
        UnitAction::Export => "export",
        UnitAction::Return => "return",
    }
}
