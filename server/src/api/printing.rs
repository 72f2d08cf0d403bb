//! For label printers: labels of packs in ZPL with their preview, numbers for cases and pallets, and their logistic labels.
//!
//! A logistic label is given to the member whose number it is (given out here, behind its company prefix), who made the
//! case or pallet, or who answers for it now. What is packed in it stands on the label when it is all of one batch, or the
//! batch is left out when it is all of one product.

use super::attachment;
use super::labels::{Maker, about, file_name, order_of, refused, streamed};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body as JsonBody, Path, Query};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::sync::Arc;
use tracelight_api::problem::Problem;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::labels::{CodeCarrier, LabelFormat, NewSsccs, SSCCS_MAX, Ssccs};
use tracelight_domain::gs1::Sscc;
use tracelight_domain::state::MemberRole;
use tracelight_labels::drawing::Drawing;
use tracelight_labels::grid::{Grid, Resolution};
use tracelight_labels::logistic::{self, Content, LOGISTIC_STOCKS, LogisticFacts, LogisticStock};
use tracelight_labels::unit::{self, Carrier, STOCKS, Stock};
use tracelight_labels::zpl::PrinterFont;
use tracelight_labels::{pdf, svg, zpl};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Labels that are made at once: about 400 KB at 600 dpi.
const LABELS_AT_ONCE: u64 = 200;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(labels_zpl))
        .routes(routes!(preview))
        .routes(routes!(new_ssccs))
        .routes(routes!(logistic_label))
}

/// Which labels of an order, for which printer.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Printed {
    /// Number of the first code, from 0.
    #[serde(default)]
    first: u64,
    /// How many; all that are left when it is absent. A preview shows the first.
    count: Option<u64>,
    /// Labels in the printer: `50x30`, `60x40` or `100x50`.
    stock: Option<String>,
    /// Dots an inch: 203, 300 or 600; 300 when absent.
    dpi: Option<u16>,
    /// What carries the code; a QR code when absent.
    #[serde(default)]
    carrier: CodeCarrier,
}

/// A label, as asked for.
#[derive(Clone, Copy)]
struct Form {
    carrier: Carrier,
    label_mm: (f32, f32),
    grid: Grid,
}

impl Printed {
    fn form(&self) -> ApiResult<Form> {
        let stock = match &self.stock {
            None => STOCKS.first().copied(),
            Some(name) => Stock::by_name(name),
        };
        let names = STOCKS.map(|stock| stock.name).join(", ");
        let stock = stock.ok_or_else(|| ApiError::invalid("stock", format!("expected one of {names}")))?;
        let carrier = match self.carrier {
            CodeCarrier::Qr => Carrier::QrDigitalLink,
            CodeCarrier::Datamatrix => Carrier::Gs1DataMatrix,
        };
        Ok(Form { carrier, label_mm: stock.label, grid: resolution(self.dpi)?.grid() })
    }

    /// The numbers of the codes that are asked for; they exist.
    fn span(&self, made: u64) -> ApiResult<std::ops::Range<u64>> {
        if self.first >= made {
            return Err(ApiError::invalid("first", format!("the order has {made} codes so far, numbered from 0")));
        }
        let left = made - self.first;
        let count = self.count.unwrap_or(left);
        if count == 0 || count > left {
            return Err(ApiError::invalid("count", format!("found {count}, expected 1 to {left}")));
        }
        Ok(self.first..self.first + count)
    }
}

fn resolution(dpi: Option<u16>) -> ApiResult<Resolution> {
    let dpi = dpi.unwrap_or(Resolution::Dpi300.dpi());
    Resolution::of_dpi(dpi).ok_or_else(|| ApiError::invalid("dpi", format!("found {dpi}, expected 203, 300 or 600")))
}

/// Labels of an order in ZPL II, streamed: send them to the printer as they are.
#[utoipa::path(get, path = "/orders/{id}/labels.zpl", tag = "labels", params(("id" = String, Path,), Printed), responses(
    (status = 200, description = "the labels, streamed", content_type = "application/zpl"),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn labels_zpl(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Query(asked): Query<Printed>,
) -> ApiResult<Response> {
    let (order, facts) = order_of(&state, &user, &id).await?;
    let (form, span) = (asked.form()?, asked.span(order.made)?);
    let name = file_name(&order, "zpl");
    let make: Maker = Arc::new(move |serials| {
        let mut part = String::new();
        for serial in serials {
            let label = unit::draw(&facts, serial, form.carrier, form.label_mm, form.grid)?;
            part.push_str(&zpl::write(&label, None));
        }
        Ok(part.into_bytes())
    });
    // The first label is made before the answer begins, so that what cannot be made is said with its reason.
    let first = state.store.codes_of_order(order.id, span.start, 1).await?;
    make(&first).map_err(refused)?;
    let told = format!("{}, ZPL", about(&order, span.end - span.start));
    crate::audit::record(&state, &user, AuditAction::LabelsExported, told).await?;
    let body = Body::from_stream(streamed(state.store.clone(), order.id, span, LABELS_AT_ONCE, Vec::new(), make));
    Ok(([(header::CONTENT_TYPE, "application/zpl".to_owned()), (header::CONTENT_DISPOSITION, name)], body)
        .into_response())
}

/// What the first of these labels will look like: every dot of its code as it is printed.
#[utoipa::path(get, path = "/orders/{id}/labels/preview.svg", tag = "labels",
    params(("id" = String, Path,), Printed), responses(
    (status = 200, description = "the picture", content_type = "image/svg+xml"),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn preview(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Query(asked): Query<Printed>,
) -> ApiResult<Response> {
    let (order, facts) = order_of(&state, &user, &id).await?;
    let (form, span) = (asked.form()?, asked.span(order.made)?);
    let serials = state.store.codes_of_order(order.id, span.start, 1).await?;
    let serial = serials.first().ok_or_else(|| ApiError::unavailable("the code is not there yet; try again"))?;
    let label = unit::draw(&facts, serial, form.carrier, form.label_mm, form.grid).map_err(refused)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg::write(&label)).into_response())
}

/// Gives out new numbers for cases and pallets, behind the member's company prefix. None is given out twice.
#[utoipa::path(post, path = "/ssccs", tag = "labels", request_body = NewSsccs, responses((status = 201, body = Ssccs),
    (status = 400, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn new_ssccs(
    State(state): State<AppState>,
    user: User,
    JsonBody(form): JsonBody<NewSsccs>,
) -> ApiResult<(StatusCode, Json<Ssccs>)> {
    user.must_operate()?;
    if user.member_role == MemberRole::Regulator {
        return Err(ApiError::forbidden("this is for a member that packs goods"));
    }
    if !(1..=SSCCS_MAX).contains(&form.count) {
        return Err(ApiError::invalid("count", format!("{} is outside 1 to {SSCCS_MAX}", form.count)));
    }
    if form.extension_digit > 9 {
        return Err(ApiError::invalid("extension_digit", format!("{} is outside 0 to 9", form.extension_digit)));
    }
    let Some(prefix) = prefix_of(&state, &user) else {
        let title = "this server knows no company prefix of your member";
        return Err(ApiError::new(StatusCode::CONFLICT, "no_company_prefix", title)
            .detail("the operator sets gs1_company_prefix of your member in the server's configuration"));
    };
    let capacity = Sscc::references(prefix)?;
    let taken = state.store.take_ssccs(prefix, form.extension_digit, u64::from(form.count), capacity).await?;
    let Some(first) = taken else {
        let title = "so many numbers are not left with this extension digit";
        return Err(ApiError::new(StatusCode::CONFLICT, "numbers_used_up", title).detail("use another extension digit"));
    };
    let after = first + u64::from(form.count);
    let ssccs = (first..after).map(|number| Sscc::build(form.extension_digit, prefix, number));
    let ssccs = ssccs.map(|sscc| sscc.map(|sscc| sscc.to_string())).collect::<Result<_, _>>()?;
    Ok((StatusCode::CREATED, Json(Ssccs { ssccs, left: capacity - after })))
}

fn prefix_of<'a>(state: &'a AppState, user: &User) -> Option<&'a str> {
    let gln = user.member.to_string();
    let member = state.config.members.iter().find(|member| member.gln == gln)?;
    member.gs1_company_prefix.as_deref()
}

/// How a logistic label is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogisticForm {
    /// `svg` to look at, `zpl` for a printer, `pdf` for paper.
    #[serde(default)]
    format: LabelFormat,
    /// Paper: `a6`, `4x6in` or `a5`.
    stock: Option<String>,
    /// Dots an inch: 203, 300 or 600; 300 when absent.
    dpi: Option<u16>,
    /// To whom it goes.
    #[serde(default)]
    to: String,
    /// The sender's name in the other script: a font that is in the printer, such as `E:SIMSUN.TTF`.
    font: Option<String>,
}

/// The logistic label of a case or pallet, by the GS1 Logistic Label Guideline.
#[utoipa::path(get, path = "/logistic-units/{sscc}/label", tag = "labels",
    params(("sscc" = String, Path, description = "SSCC"), LogisticForm), responses(
    (status = 200, description = "the label, in the format asked for", content_type = "image/svg+xml"),
    (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn logistic_label(
    State(state): State<AppState>,
    user: User,
    Path(sscc): Path<String>,
    Query(asked): Query<LogisticForm>,
) -> ApiResult<Response> {
    let sscc = Sscc::parse(&sscc)?;
    if !is_given_out(&state, &user, sscc).await? && !state.store.has_logistic(user.member, sscc).await? {
        return Err(ApiError::not_found("your member has no case or pallet with this number"));
    }
    super::line_of_text("to", &asked.to, logistic::NAME_BYTES_MAX)?;
    let stock = match &asked.stock {
        None => LOGISTIC_STOCKS.first().copied(),
        Some(name) => LogisticStock::by_name(name),
    };
    let names = LOGISTIC_STOCKS.map(|stock| stock.name).join(", ");
    let stock = stock.ok_or_else(|| ApiError::invalid("stock", format!("expected one of {names}")))?;
    let font = asked.font.as_deref().map(PrinterFont::parse).transpose().map_err(refused)?;
    let sender = state.alliance.member(user.member);
    // A printer without a font of its own has Latin letters only.
    let from = sender.map(|member| if font.is_some() { member.name_zh.clone() } else { member.name_en.clone() });
    let facts =
        LogisticFacts { sscc, from: from.unwrap_or_default(), to: asked.to, content: content(&state, sscc).await? };
    let label = logistic::draw(&facts, stock.label, resolution(asked.dpi)?.grid()).map_err(refused)?;
    if asked.format != LabelFormat::Svg {
        // The picture is what the page shows; the others are files for a printer.
        crate::audit::record(&state, &user, AuditAction::LabelsExported, format!("(00){sscc}")).await?;
    }
    answer(asked.format, &label, font.as_ref(), sscc)
}

/// Is it a number that this server gave to the user's member?
async fn is_given_out(state: &AppState, user: &User, sscc: Sscc) -> ApiResult<bool> {
    let Some(prefix) = prefix_of(state, user) else { return Ok(false) };
    let Some((extension, rest)) = sscc.as_str().split_at_checked(1) else { return Ok(false) };
    let Some(behind) = rest.strip_prefix(prefix) else { return Ok(false) };
    // The last digit is the check digit.
    let reference = behind.split_at_checked(behind.len().saturating_sub(1)).and_then(|(digits, _)| digits.parse().ok());
    let (Ok(extension), Some(reference)) = (extension.parse::<u8>(), reference) else { return Ok(false) };
    Ok(state.store.next_sscc(prefix, extension).await? > reference)
}

/// What stands on the chain of its content, when it is all of one product.
async fn content(state: &AppState, sscc: Sscc) -> ApiResult<Option<Content>> {
    let contents = state.store.contents(&[sscc.to_string()]).await?;
    let Some(lots) = contents.get(sscc.as_str()) else { return Ok(None) };
    let Some(first) = lots.first() else { return Ok(None) };
    if lots.iter().any(|lot| lot.batch.gtin != first.batch.gtin) {
        return Ok(None);
    }
    let units: u64 = lots.iter().map(|lot| lot.units).sum();
    let Some(count) = u32::try_from(units).ok().filter(|count| (1..=logistic::COUNT_MAX).contains(count)) else {
        return Ok(None);
    };
    let batch = if lots.len() == 1 { state.store.batch(&first.batch).await? } else { None };
    let expires_on = batch.map(|batch| batch.expires_on);
    let lot = expires_on.map(|_| first.batch.lot.clone());
    Ok(Some(Content { gtin: first.batch.gtin, count, lot, expires_on }))
}

fn answer(format: LabelFormat, label: &Drawing, font: Option<&PrinterFont>, sscc: Sscc) -> ApiResult<Response> {
    let (kind, ending, bytes) = match format {
        LabelFormat::Svg => return Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg::write(label)).into_response()),
        LabelFormat::Zpl => ("application/zpl", "zpl", zpl::write(label, font).into_bytes()),
        LabelFormat::Pdf => ("application/pdf", "pdf", pdf::single(label).map_err(refused)?),
    };
    Ok(attachment(&format!("label-{sscc}.{ending}"), kind, bytes))
}
