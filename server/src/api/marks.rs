//! Physical marks of products: the policy, marks that were put on items, and new PINs.

use super::orders::own_order;
use super::products::own;
use super::{CSV, attachment, csv_of};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path};
use crate::marks::{CONFIDENCE_MIN, Marks, new_pin};
use crate::store::{Again, MarkKept, NewMark, OrderRow};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tracelight_api::problem::Problem;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::marks::{
    CarriedMark, GOOD_FOR_MINUTES, GOOD_FOR_MINUTES_MAX, ItemMark, KeptMark, KeptMarks, MARKS_PER_CALL_MAX, MarkNeed,
    MarkOutcome, MarkPolicy, NewMarks, NewPins, PINS_PER_CALL_MAX,
};
use tracelight_domain::gs1::{Gtin, Lot, Serial};
use tracelight_domain::ids::{BatchId, UnitId};
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::MemberRole;
use tracelight_marks::{Carried, Context, Fields, Item, Kind, Need, Policy, Verdict, pin};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const MINUTE_MS: u64 = 60_000;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(policy, set_policy)).routes(routes!(keep)).routes(routes!(make_pins))
}

/// Which marks every item of your product carries.
#[utoipa::path(get, path = "/products/{gtin}/marks", tag = "goods", params(("gtin" = String, Path, description = "GTIN")),
    responses((status = 200, body = MarkPolicy), (status = 404, body = Problem)))]
async fn policy(State(state): State<AppState>, user: User, Path(gtin): Path<String>) -> ApiResult<Json<MarkPolicy>> {
    let gtin = own(&state, &user, &gtin).await?;
    Ok(Json(policy_view(state.store.mark_policy(gtin).await?.as_ref())))
}

/// Says which marks every item of your product carries: what its scan pages ask for, and what is worth good news there.
#[utoipa::path(put, path = "/products/{gtin}/marks", tag = "goods", request_body = MarkPolicy,
    params(("gtin" = String, Path, description = "GTIN")),
    responses((status = 200, body = MarkPolicy), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn set_policy(
    State(state): State<AppState>,
    user: User,
    Path(gtin): Path<String>,
    Body(form): Body<MarkPolicy>,
) -> ApiResult<Json<MarkPolicy>> {
    user.must_operate()?;
    let gtin = own(&state, &user, &gtin).await?;
    let marks = configured(&state)?;
    if !(1..=GOOD_FOR_MINUTES_MAX).contains(&form.good_for_minutes) {
        let detail = format!("{} is outside 1 to {GOOD_FOR_MINUTES_MAX}", form.good_for_minutes);
        return Err(ApiError::invalid("good_for_minutes", detail));
    }
    let carried = |mark: &CarriedMark| {
        let need = match mark.need {
            MarkNeed::Required => Need::Required,
            MarkNeed::Optional => Need::Optional,
        };
        Ok(Carried { kind: kind_of(marks, &mark.kind)?, need })
    };
    let carried = form.marks.iter().map(carried).collect::<ApiResult<Vec<_>>>()?;
    let policy = Policy::new(carried, u64::from(form.good_for_minutes) * MINUTE_MS, CONFIDENCE_MIN)
        .map_err(|error| ApiError::invalid("marks", error.to_string()))?;
    state.store.set_mark_policy(gtin, &policy, &user.name, crate::clock::now_ms()).await?;
    tracing::info!(gtin = %gtin, user = user.name, "Marks of product {gtin} were set");
    Ok(Json(policy_view(Some(&policy))))
}

/// Keeps marks of a kind that were put on items of your product. What is there stays: sending a mark again is harmless.
#[utoipa::path(post, path = "/products/{gtin}/marks/{kind}", tag = "goods", request_body = NewMarks,
    params(("gtin" = String, Path, description = "GTIN"), ("kind" = String, Path, description = "`nfc.ntag424`, `pin.covered`, `rfid.tid` or `cdp.score`")),
    responses((status = 200, body = KeptMarks), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn keep(
    State(state): State<AppState>,
    user: User,
    Path((gtin, kind)): Path<(String, String)>,
    Body(form): Body<NewMarks>,
) -> ApiResult<Json<KeptMarks>> {
    user.must_operate()?;
    let gtin = own(&state, &user, &gtin).await?;
    let kind = kind_of(configured(&state)?, &kind)?;
    if kind == tracelight_marks::hologram::KIND {
        let detail = "the questions belong to the product: PUT /products/{gtin}/hologram";
        return Err(ApiError::invalid("kind", detail));
    }
    if !(1..=MARKS_PER_CALL_MAX).contains(&form.marks.len()) {
        let detail = format!("{} marks, expected 1 to {MARKS_PER_CALL_MAX}", form.marks.len());
        return Err(ApiError::invalid("marks", detail));
    }
    let mut kept = Vec::with_capacity(form.marks.len());
    for mark in form.marks {
        let (outcome, detail) = keep_one(&state, gtin, &kind, &mark).await?;
        kept.push(KeptMark { serial: mark.serial, outcome, detail });
    }
    Ok(Json(KeptMarks { marks: kept }))
}

/// Keeps a mark, or says why not. The reference is never repeated: it may be a PIN.
pub(super) async fn keep_one(
    state: &AppState,
    gtin: Gtin,
    kind: &Kind,
    mark: &ItemMark,
) -> ApiResult<(MarkOutcome, Option<String>)> {
    let marks = configured(state)?;
    let refused = |why: String| Ok((MarkOutcome::Refused, Some(why)));
    let unit = match Serial::parse(&mark.serial) {
        Ok(serial) => UnitId { gtin, serial },
        Err(error) => return refused(error.to_string()),
    };
    let Some(lot) = state.store.pack(&unit).await?.and_then(|pack| pack.issued) else {
        return Ok((MarkOutcome::UnknownCode, Some("no such code of this product was made here".to_owned())));
    };
    let reference =
        mark.reference.iter().try_fold(Fields::new(), |fields, (name, value)| fields.with(name, value.as_str()));
    let reference = match reference {
        Ok(reference) => reference,
        Err(error) => return refused(error.to_string()),
    };
    let (enrolment, finder) = match marks.enrol(&unit, kind, &reference, &random()?) {
        Ok(made) => made,
        Err(error) => return refused(error.to_string()),
    };
    let mark = NewMark { unit, enrolment, finder };
    Ok(match state.store.keep_mark(&mark, crate::clock::now_ms()).await? {
        MarkKept::Stored => (MarkOutcome::Stored, None),
        MarkKept::Already => (MarkOutcome::AlreadyStored, None),
        MarkKept::Taken => (MarkOutcome::Conflicts, Some("the tag is on another item".to_owned())),
        // The salt of each is its own, so the same PIN is other bytes.
        MarkKept::Other if is_same_pin(state, marks, &mark.unit, lot, &reference).await? => {
            (MarkOutcome::AlreadyStored, None)
        }
        MarkKept::Other => (MarkOutcome::Conflicts, Some("the item has another mark of this kind".to_owned())),
    })
}

/// Is it the PIN that is kept? Not told of packs in the field: who may enrol could try every PIN.
async fn is_same_pin(state: &AppState, marks: &Marks, unit: &UnitId, lot: Lot, reference: &Fields) -> ApiResult<bool> {
    let batch = state.store.batch(&BatchId { gtin: unit.gtin, lot }).await?;
    if batch.is_none_or(|batch| batch.sealed.is_some()) {
        return Ok(false);
    }
    let Some(there) = state.store.mark(unit, &pin::KIND).await? else { return Ok(false) };
    let item = Item::from(unit);
    // Read and not settled: it is no showing.
    let read = marks.registry().read(&there, reference, Context { item: &item, now_ms: crate::clock::now_ms() });
    Ok(read.is_ok_and(|reading| reading.finding.verdict() == Verdict::Genuine))
}

/// Makes a covered PIN for each of some codes of an order. The answer is the only place where they ever stand in clear: this
/// server keeps keyed hashes.
#[utoipa::path(post, path = "/orders/{id}/pins", tag = "goods", request_body = NewPins,
    params(("id" = String, Path, description = "Order")), responses(
    (status = 200, description = "serial and PIN of each code, told once", content_type = "text/csv"),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem)))]
async fn make_pins(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Body(form): Body<NewPins>,
) -> ApiResult<Response> {
    user.must_operate()?;
    user.must_be(MemberRole::Manufacturer)?;
    let order = own_order(&state, &user, &id).await?;
    let marks = configured(&state)?;
    kind_of(marks, pin::KIND.as_str())?;
    let serials = serials_of(&state, &order, &form).await?;
    let gtin = order.batch.gtin;
    let sealed = state.store.batch(&order.batch).await?.is_some_and(|batch| batch.sealed.is_some());
    if form.replace && sealed {
        return Err(Refusal::BatchSealed.into());
    }
    let there = state.store.marked_among(gtin, &serials, &pin::KIND).await?.len();
    if there > 0 && !form.replace {
        return Err(made_before(there));
    }
    let mut told = vec![["serial", "pin"].map(str::to_owned)];
    let mut made = Vec::with_capacity(serials.len());
    for serial in serials {
        let pin = new_pin().map_err(|error| ApiError::unavailable(error.to_string()))?;
        let unit = UnitId { gtin, serial };
        let field = |error: tracelight_marks::FieldError| ApiError::unavailable(error.to_string());
        let reference = Fields::new().with("pin", pin.as_str()).map_err(field)?;
        let enrolled = marks.enrol(&unit, &pin::KIND, &reference, &random()?);
        let (enrolment, finder) = enrolled.map_err(|error| ApiError::unavailable(error.to_string()))?;
        told.push([unit.serial.to_string(), pin.to_string()]);
        made.push(NewMark { unit, enrolment, finder });
    }
    // Before anything is kept: what is not told once is told never.
    let csv = csv_of("", told)?;
    let about = super::labels::about(&order, made.len() as u64);
    crate::audit::record(&state, &user, AuditAction::PinsMade, about).await?;
    let again = if form.replace { Again::Replace } else { Again::Refuse };
    if !state.store.keep_new_marks(&made, again, crate::clock::now_ms()).await? {
        return Err(made_before(1));
    }
    tracing::info!(order.id = %order.id, codes_count = made.len(), user = user.name, "Made PINs for order {}", order.id);
    Ok(attachment(&format!("pins-{gtin}-{}.csv", form.first), CSV, csv))
}

/// The codes that are asked for; every one of them exists.
async fn serials_of(state: &AppState, order: &OrderRow, form: &NewPins) -> ApiResult<Vec<Serial>> {
    let made = order.made;
    if form.first >= made {
        return Err(ApiError::invalid("first", format!("the order has {made} codes so far, numbered from 0")));
    }
    let left = made - form.first;
    let count = form.count.unwrap_or(left);
    if count == 0 || count > left || count > PINS_PER_CALL_MAX {
        let most = left.min(PINS_PER_CALL_MAX);
        return Err(ApiError::invalid("count", format!("found {count}, expected 1 to {most}; make several calls")));
    }
    let mut serials = Vec::new();
    while (serials.len() as u64) < count {
        let got = serials.len() as u64;
        let page = state.store.codes_of_order(order.id, form.first + got, count - got).await?;
        if page.is_empty() {
            return Err(ApiError::unavailable("the order's codes are not all there yet; try again"));
        }
        serials.extend(page);
    }
    Ok(serials)
}

fn made_before(count: usize) -> ApiError {
    let detail = format!(
        "at least {count} of these codes have a PIN, and a PIN is told once. Where that answer was lost, `replace` makes new \
         ones until the batch is sealed; the old ones are then worth nothing"
    );
    ApiError::new(StatusCode::CONFLICT, "pins_made", "some of these codes have a PIN already").detail(detail)
}

fn random() -> ApiResult<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::unavailable(error.to_string()))?;
    Ok(bytes)
}

pub(super) fn configured(state: &AppState) -> ApiResult<&Marks> {
    state.marks.as_ref().ok_or_else(|| {
        let detail = "it has no keys of marks. Hint: `[marks]` in its configuration";
        ApiError::new(StatusCode::CONFLICT, "marks_off", "this server checks no marks").detail(detail)
    })
}

/// A kind that has keys here.
pub(super) fn kind_of(marks: &Marks, text: &str) -> ApiResult<Kind> {
    let kind = Kind::parse(text).ok().filter(|kind| marks.knows(kind));
    let known = || marks.registry().kinds().map(Kind::as_str).collect::<Vec<_>>().join(", ");
    kind.ok_or_else(|| ApiError::invalid("kind", format!("`{text}` is not checked here, expected one of {}", known())))
}

pub(super) fn policy_view(policy: Option<&Policy>) -> MarkPolicy {
    let carried = |carried: &Carried| CarriedMark {
        kind: carried.kind.to_string(),
        need: match carried.need {
            Need::Required => MarkNeed::Required,
            Need::Optional => MarkNeed::Optional,
        },
    };
    let minutes = policy.map_or(u64::from(GOOD_FOR_MINUTES), |policy| policy.good_for_ms() / MINUTE_MS);
    MarkPolicy {
        marks: policy.map(|policy| policy.carried().iter().map(carried).collect()).unwrap_or_default(),
        good_for_minutes: u32::try_from(minutes).unwrap_or(GOOD_FOR_MINUTES_MAX),
    }
}
