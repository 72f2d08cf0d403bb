//! The questions about a product's hologram, what a maker sees of its marks, and checks by somebody with a reader.

use super::marks::{configured, kind_of, policy_view};
use super::products::own;
use super::units::unit_code;
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path};
use crate::marks::questionnaire;
use crate::scan::marks::{Shown, visit};
use axum::Json;
use axum::extract::State;
use tracelight_api::problem::Problem;
use tracelight_api::rest::marks::{HOLOGRAM_CHARS_MAX, HologramQuestions, MarkAnswer, MarkCheck, MarkOverview};
use tracelight_domain::ids::UnitId;
use tracelight_marks::{Fields, Freshness, Kind, Policy, rfid, score};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(set_hologram)).routes(routes!(overview)).routes(routes!(check))
}

/// Sets the questions about your product's hologram; an empty list takes them away. Pages ask them when the product carries
/// `hologram.questions`.
#[utoipa::path(put, path = "/products/{gtin}/hologram", tag = "goods", request_body = HologramQuestions,
    params(("gtin" = String, Path, description = "GTIN")),
    responses((status = 200, body = HologramQuestions), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn set_hologram(
    State(state): State<AppState>,
    user: User,
    Path(gtin): Path<String>,
    Body(form): Body<HologramQuestions>,
) -> ApiResult<Json<HologramQuestions>> {
    user.must_operate()?;
    let gtin = own(&state, &user, &gtin).await?;
    configured(&state)?;
    let questions = Some(&form).filter(|form| !form.questions.is_empty());
    if let Some(questions) = questions {
        worded(questions)?;
        questionnaire(questions).map_err(|error| ApiError::invalid("questions", error.to_string()))?;
    }
    state.store.set_hologram(gtin, questions, &user.name, crate::clock::now_ms()).await?;
    tracing::info!(gtin = %gtin, user = user.name, "Hologram questions of product {gtin} were set");
    Ok(Json(form))
}

/// Every question and option has words in both languages.
fn worded(asked: &HologramQuestions) -> ApiResult<()> {
    for (at, question) in asked.questions.iter().enumerate() {
        let options = question.options.iter().flat_map(|option| [&option.zh, &option.en]);
        for words in [&question.zh, &question.en].into_iter().chain(options) {
            let long = words.chars().count();
            if words.trim().is_empty() || long > HOLOGRAM_CHARS_MAX || words.chars().any(char::is_control) {
                let number = at + 1;
                let detail = format!(
                    "question {number}: it and each of its options need words in Chinese and in English, 1 to {HOLOGRAM_CHARS_MAX} characters"
                );
                return Err(ApiError::invalid("questions", detail));
            }
        }
    }
    Ok(())
}

/// What of your product carries which marks, and what the newest 5,000 checks of them found.
#[utoipa::path(get, path = "/products/{gtin}/marks/overview", tag = "goods", params(("gtin" = String, Path, description = "GTIN")),
    responses((status = 200, body = MarkOverview), (status = 404, body = Problem)))]
async fn overview(
    State(state): State<AppState>,
    user: User,
    Path(gtin): Path<String>,
) -> ApiResult<Json<MarkOverview>> {
    let gtin = own(&state, &user, &gtin).await?;
    let product = state
        .store
        .product(gtin)
        .await?
        .ok_or_else(|| ApiError::not_found("no product of your member has this GTIN"))?;
    let known = state.marks.iter().flat_map(|marks| marks.registry().kinds()).map(Kind::to_string).collect();
    Ok(Json(MarkOverview {
        gtin: product.gtin,
        product_en: product.name_en,
        product_zh: product.name_zh,
        known,
        policy: policy_view(state.store.mark_policy(gtin).await?.as_ref()),
        hologram: state.store.hologram(gtin).await?.unwrap_or_default(),
        enrolled: state.store.marks_by_kind(gtin).await?,
        found: state.store.mark_findings(gtin).await?,
    }))
}

/// Checks a mark that a reader has read: an RFID chip's number, or the statement of a service that scored a picture. For whoever handles
/// the goods; shoppers have the pages.
#[utoipa::path(post, path = "/marks/checks", tag = "goods", request_body = MarkCheck,
    responses((status = 200, body = MarkAnswer), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn check(State(state): State<AppState>, user: User, Body(form): Body<MarkCheck>) -> ApiResult<Json<MarkAnswer>> {
    user.must_operate()?;
    let marks = configured(&state)?;
    let kind = kind_of(marks, &form.kind)?;
    if kind != rfid::KIND && kind != score::KIND {
        let detail = format!("`{kind}` is checked by a shopper on the code's page, expected rfid.tid or cdp.score");
        return Err(ApiError::invalid("kind", detail));
    }
    let code = unit_code(&form.code)?;
    let unit = UnitId { gtin: code.gtin, serial: code.serial };
    let evidence = evidence(&kind, &form)?;
    let enrolment = state.store.mark(&unit, &kind).await?;
    let enrolment = enrolment.ok_or_else(|| ApiError::not_found("the pack has no mark of this kind on record here"))?;
    // A mark of a product that says nothing of it supports nothing; bad news counts all the same.
    let policy = match state.store.mark_policy(unit.gtin).await? {
        Some(policy) => policy,
        None => Policy::new(Vec::new(), 1, crate::marks::CONFIDENCE_MIN)
            .map_err(|error| ApiError::unavailable(error.to_string()))?,
    };
    let shown = Shown { unit: &unit, enrolment: &enrolment, policy: &policy };
    let found = visit(&state, marks, shown, &evidence, crate::clock::now_ms()).await;
    let outcome = &found.record.outcome;
    let used_before_ms = match outcome.freshness() {
        Freshness::AlreadyUsed { at_ms, .. } => Some(at_ms),
        _ => None,
    };
    Ok(Json(MarkAnswer {
        verdict: outcome.verdict().word().to_owned(),
        used_before_ms,
        item: found.decision.verdict.word().to_owned(),
        reasons: outcome.reasons().iter().map(|reason| reason.id.to_string()).collect(),
    }))
}

/// The fields as the kind reads them: those of a chip are digits, those of a statement the bytes behind the digits.
fn evidence(kind: &Kind, form: &MarkCheck) -> ApiResult<Fields> {
    form.evidence.iter().try_fold(Fields::new(), |fields, (name, value)| {
        let bytes = if *kind == score::KIND {
            let digits =
                |_| ApiError::invalid("evidence", format!("`{}`: expected hexadecimal digits", name.escape_default()));
            hex::decode(value).map_err(digits)?
        } else {
            value.clone().into_bytes()
        };
        fields.with(name, bytes).map_err(|error| ApiError::invalid("evidence", error.to_string()))
    })
}
