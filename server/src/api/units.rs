//! What happens to single packs. The transaction carries the proof that the pack exists and where it stands; this server
//! makes it from the lists behind the roots. What is refused of a medicine is answered with the return code of the national systems too,
//! and may raise an alert ([`crate::fmd`]).

use crate::app::AppState;
use crate::auth::User;
use crate::bundle::BundleError;
use crate::fmd::Attempt;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey};
use crate::signing::{Capacity, Intent, sign_and_submit};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::rest::handover::{Done, UnitAction, UnitActionRequest};
use tracelight_domain::gs1::scan::{ScanError, UnitCode, parse_scan};
use tracelight_domain::ids::UnitId;
use tracelight_domain::state::MemberRole;
use tracelight_domain::tx::{TxBody, UnitAction as Action};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(act))
}

/// Something happens to one pack: dispensed, sold, sampled, destroyed, stolen, exported, returned.
#[utoipa::path(post, path = "/units/actions", request_body = UnitActionRequest, responses(
    (status = 200, body = Done), (status = 400, description = "the code is wrong: field and position"),
    (status = 401, description = "not signed in"), (status = 403, description = "another role"),
    (status = 404, description = "no sealed batch holds this code"),
    (status = 409, description = "the chain refuses: the rule's name"),
))]
async fn act(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Body(asked): Body<UnitActionRequest>,
) -> ApiResult<Json<Done>> {
    may(&user, asked.action)?;
    user.must_operate()?;
    let code = unit_code(&asked.code)?;
    let attempt = Attempt::new(&user, &code, asked.action)?;
    let unit = UnitId { gtin: code.gtin, serial: code.serial.clone() };
    let touch = state.shop.bundles.touch(&state.store, &unit, code.lot.as_ref()).await.map_err(fault)?;
    let Some(touch) = touch else {
        let unknown = ApiError::not_found("no sealed batch on this server holds this code");
        return Err(attempt.explained(&state, unknown).await);
    };
    if attempt.expiry_differs(&state, &touch.lot).await? {
        let title = "the expiry on the pack is not the one that its maker registered; keep the pack apart";
        let differs = ApiError::new(StatusCode::CONFLICT, "expiry_differs", title);
        return Err(attempt.explained(&state, differs).await);
    }
    // A loose pack is its maker's. Anybody else holds it in a case, whose list travels with the goods and may still be on
    // its way; the chain would then answer `not_the_custodian`, which is not the reason.
    let trades = matches!(user.member_role, MemberRole::Logistics | MemberRole::Pharmacy);
    if touch.in_case.is_none() && trades {
        let title = "the list of the case that holds this pack has not arrived yet";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "case_list_missing", title)
            .detail("wait a few seconds and try again; nothing was recorded"));
    }
    let body = TxBody::UnitAction { touch, action: action(asked.action) };
    // The same code in another spelling, or the same pack after a return, is another request.
    let request = format!("{}\n{:?}", asked.code, asked.action);
    let intent = Intent {
        user: &user,
        capacity: Capacity::Operator,
        action: "unit_action",
        key: &key,
        request: request.as_bytes(),
        body,
    };
    match sign_and_submit(&state, intent).await {
        Ok(signed) => Ok(Json(Done { evidence: signed.evidence, already: signed.already })),
        Err(error) => Err(attempt.explained(&state, error).await),
    }
}

/// Supplying is for pharmacies; a regulator only takes samples. The chain has the last word on all of it.
fn may(user: &User, action: UnitAction) -> ApiResult<()> {
    match (user.member_role, action) {
        (MemberRole::Regulator, UnitAction::Sample) => Ok(()),
        (MemberRole::Regulator, _) => Err(ApiError::forbidden("a regulator takes samples; it holds no goods")),
        (role, UnitAction::Dispense | UnitAction::Sell | UnitAction::Return) if role != MemberRole::Pharmacy => {
            Err(ApiError::forbidden("supplying to the public is for pharmacies"))
        }
        _ => Ok(()),
    }
}

/// Reads a code of one pack in any spelling that scanners and people use.
pub(super) fn unit_code(text: &str) -> ApiResult<UnitCode> {
    parse_scan(text.as_bytes()).and_then(|scan| scan.unit()).map_err(|error| scan_error(&error))
}

/// A scan that cannot be read, with field, position and what was expected.
pub(super) fn scan_error(error: &ScanError) -> ApiError {
    let detail = format!("{error} (field `{}`, expected {})", error.field(), error.expected());
    let mut problem = ApiError::invalid("code", detail);
    problem.0.position = u32::try_from(error.position()).ok();
    problem
}

const fn action(asked: UnitAction) -> Action {
    match asked {
        UnitAction::Dispense => Action::Dispense,
        UnitAction::Sell => Action::Sell,
        UnitAction::Sample => Action::Sample,
        UnitAction::Destroy => Action::Destroy,
        UnitAction::ReportStolen => Action::ReportStolen,
        UnitAction::Export => Action::Export,
        UnitAction::Return => Action::Return,
    }
}

fn fault(error: BundleError) -> ApiError {
    let title = "the pack's proof cannot be made now";
    ApiError::fault(StatusCode::SERVICE_UNAVAILABLE, "cannot_check_now", title, &error)
}
