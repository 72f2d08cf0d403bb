//! The numbers of a batch: blocks of its codes in the hands of lines, what became of each code, and closing the books.
//! The maker's own operators and programs only. Every step is written down with who took it.

use super::PageQuery;
use super::batches::own;
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path, Query};
use crate::store::{BatchRow, Closed, Given, Invalid, Invalidated, Which};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::goods::{CodeCounts, ORDER_CODES_MAX};
use tracelight_api::rest::numbers::{
    Invalidate, LINE_BYTES_MAX, LineName, NAMED_CODES_MAX, NewBlock, Numbers, OPEN_SHOWN_MAX, OpenNumber,
    REASON_BYTES_MAX, SealNumbers,
};
use tracelight_domain::gs1::Serial;
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::MemberRole;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(numbers))
        .routes(routes!(open))
        .routes(routes!(give))
        .routes(routes!(take_back))
        .routes(routes!(invalidate))
        .routes(routes!(close))
}

/// Where every code of your batch is, in all and by line, with its blocks and what people did.
#[utoipa::path(get, path = "/batches/{gtin}/{lot}/numbers", tag = "numbers",
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot")),
    responses((status = 200, body = Numbers), (status = 404, body = Problem)))]
async fn numbers(
    State(state): State<AppState>,
    user: User,
    Path((gtin, lot)): Path<(String, String)>,
) -> ApiResult<Json<Numbers>> {
    let batch = own(&state, &user, &gtin, &lot).await?;
    view(&state, batch).await.map(Json)
}

/// The codes of your batch of which nobody has said what became of them.
#[utoipa::path(get, path = "/batches/{gtin}/{lot}/numbers/open", tag = "numbers",
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot"), PageQuery),
    responses((status = 200, body = Page<OpenNumber>), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn open(
    State(state): State<AppState>,
    user: User,
    Path((gtin, lot)): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<OpenNumber>>> {
    let batch = own(&state, &user, &gtin, &lot).await?;
    let rows = page.rows()?;
    let cursor = page.cursor.as_deref().map(Serial::parse).transpose();
    let after = cursor.map_err(|error| ApiError::from(error).field("cursor"))?;
    let mut items = state.store.open_numbers(&batch.id, after.as_ref(), rows + 1).await?;
    let more = items.len() as u64 > rows;
    items.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(|code| code.serial.clone());
    Ok(Json(Page { items, next }))
}

/// Gives a line a block of codes that no line holds. A line that was given codes takes no others when it starts.
#[utoipa::path(post, path = "/batches/{gtin}/{lot}/blocks", tag = "numbers", request_body = NewBlock,
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot")),
    responses((status = 201, body = Numbers), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn give(
    State(state): State<AppState>,
    user: User,
    Path((gtin, lot)): Path<(String, String)>,
    Body(form): Body<NewBlock>,
) -> ApiResult<(StatusCode, Json<Numbers>)> {
    let batch = operated(&state, &user, &gtin, &lot).await?;
    let line = line_name(&form.line)?;
    if !(1..=ORDER_CODES_MAX).contains(&form.codes) {
        return Err(ApiError::invalid("codes", format!("{} is outside 1 to {ORDER_CODES_MAX}", form.codes)));
    }
    if batch.sealed.is_some() {
        return Err(Refusal::BatchSealed.into());
    }
    let asked = (&line, form.codes);
    let given = state.store.give_block(&batch.id, asked, (user.id, &user.name), crate::clock::now_ms()).await?;
    match given {
        Given::Block(_) => Ok((StatusCode::CREATED, Json(view(&state, batch).await?))),
        Given::Closed => Err(closed()),
        Given::TooFew(free) => {
            let title = "so many codes are not free";
            let detail = format!("{free} codes of this batch are in no line's hands; order more, or ask for fewer");
            Err(ApiError::new(StatusCode::CONFLICT, "too_few_codes", title).field("codes").detail(detail))
        }
    }
}

/// Takes the open rest of a block back from its line, which must not use it any more.
#[utoipa::path(post, path = "/batches/{gtin}/{lot}/blocks/{block}/return", tag = "numbers",
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot"),
        ("block" = String, Path, description = "Block")),
    responses((status = 200, body = Numbers), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn take_back(
    State(state): State<AppState>,
    user: User,
    Path((gtin, lot, block)): Path<(String, String, String)>,
) -> ApiResult<Json<Numbers>> {
    let batch = operated(&state, &user, &gtin, &lot).await?;
    let missing = || ApiError::not_found("the batch has no block with this id");
    let block = Uuid::try_parse(&block).map_err(|_| missing())?;
    let now = crate::clock::now_ms();
    match state.store.return_block(&batch.id, block, (user.id, &user.name), now).await? {
        None => Err(missing()),
        Some(0) => {
            let title = "nothing of this block is open";
            Err(ApiError::new(StatusCode::CONFLICT, "nothing_open", title))
        }
        Some(_) => view(&state, batch).await.map(Json),
    }
}

/// Declares open codes invalid, with a reason: no label will carry them.
#[utoipa::path(post, path = "/batches/{gtin}/{lot}/numbers/invalidate", tag = "numbers", request_body = Invalidate,
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot")),
    responses((status = 200, body = Numbers), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn invalidate(
    State(state): State<AppState>,
    user: User,
    Path((gtin, lot)): Path<(String, String)>,
    Body(form): Body<Invalidate>,
) -> ApiResult<Json<Numbers>> {
    let batch = operated(&state, &user, &gtin, &lot).await?;
    let invalid = parse(&form)?;
    let now = crate::clock::now_ms();
    match state.store.declare_invalid(&batch.id, &invalid, (user.id, &user.name), now).await? {
        Invalidated::Done => view(&state, batch).await.map(Json),
        Invalidated::Closed => Err(closed()),
        Invalidated::Differs(open) => {
            let title = "the open codes are other ones by now";
            let detail = format!("{open} of these codes are open, not {}; look at the sum again", invalid.count);
            Err(ApiError::new(StatusCode::CONFLICT, "numbers_changed", title).field("count").detail(detail))
        }
    }
}

/// Closes the books of a sealed batch. Refused while codes are open, with how many and which.
#[utoipa::path(post, path = "/batches/{gtin}/{lot}/numbers/close", tag = "numbers",
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot")),
    responses((status = 200, body = Numbers), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn close(
    State(state): State<AppState>,
    user: User,
    Path((gtin, lot)): Path<(String, String)>,
) -> ApiResult<Json<Numbers>> {
    let batch = operated(&state, &user, &gtin, &lot).await?;
    let seal = batch.sealed.as_ref().ok_or(Refusal::BatchNotSealed)?;
    let now = crate::clock::now_ms();
    match state.store.close_books(&batch.id, seal.unit_count, (user.id, &user.name), now).await? {
        Closed::Done(_) | Closed::Already => view(&state, batch).await.map(Json),
        Closed::Making(orders) => {
            let title = "codes are still being made for this batch";
            let detail = format!("{orders} orders are not done; wait for them, or cancel them");
            Err(ApiError::new(StatusCode::CONFLICT, "orders_at_work", title).detail(detail))
        }
        Closed::Open(counts) => Err(still_open(&state, &batch, counts).await?),
        Closed::Differs(counts) => {
            let title = "the line's list is not the one of the seal";
            let detail = format!(
                "the seal counts {} good packs, the list {}; wait for the line's list, or see why it was not taken",
                seal.unit_count, counts.commissioned
            );
            Err(ApiError::new(StatusCode::CONFLICT, "numbers_differ", title).detail(detail))
        }
    }
}

/// By how much it does not add up, and which codes are open.
async fn still_open(state: &AppState, batch: &BatchRow, counts: CodeCounts) -> ApiResult<ApiError> {
    /// Codes that are named in a sentence.
    const NAMED: u64 = 5;
    let of_lines: Vec<String> = state.store.numbers_by_line(&batch.id).await?.into_iter().filter_map(by_line).collect();
    let first = state.store.held_numbers(&batch.id, NAMED).await?;
    let first: Vec<String> = first.into_iter().map(|code| code.serial).collect();
    let detail = format!(
        "{} of {} codes are open ({}), the first are {}; end the order on its line, take the block back, or declare \
         them invalid",
        counts.open,
        counts.issued,
        of_lines.join(", "),
        first.join(", ")
    );
    let title = "codes are open; the sum does not add up";
    Ok(ApiError::new(StatusCode::CONFLICT, "numbers_open", title).detail(detail))
}

fn by_line(numbers: tracelight_api::rest::numbers::LineNumbers) -> Option<String> {
    let open = numbers.counts.open;
    let line = numbers.line?;
    (open > 0).then(|| format!("{line}: {open}"))
}

/// The user's own batch, for a step that moves numbers.
async fn operated(state: &AppState, user: &User, gtin: &str, lot: &str) -> ApiResult<BatchRow> {
    user.must_operate()?;
    user.must_be(MemberRole::Manufacturer)?;
    own(state, user, gtin, lot).await
}

fn closed() -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "books_closed", "the books of this batch are closed")
}

/// The name of a line.
pub(crate) fn line_name(text: &str) -> ApiResult<LineName> {
    let shape = format!("expected site/line, at most {LINE_BYTES_MAX} characters of A-Z a-z 0-9 . _ - and one stroke");
    LineName::parse(text).ok_or_else(|| ApiError::invalid("line", shape))
}

fn parse(form: &Invalidate) -> ApiResult<Invalid> {
    let reason = form.reason.trim();
    if reason.is_empty() {
        return Err(ApiError::invalid("reason", "empty, expected why no label will carry them"));
    }
    super::line_of_text("reason", reason, REASON_BYTES_MAX)?;
    if form.count == 0 {
        return Err(ApiError::invalid("count", "0, expected how many codes that will be"));
    }
    if form.serials.len() > NAMED_CODES_MAX {
        let detail = format!("{} codes, expected at most {NAMED_CODES_MAX}", form.serials.len());
        return Err(ApiError::invalid("serials", detail));
    }
    let named = form.serials.iter().map(|text| Serial::parse(text)).collect::<Result<Vec<_>, _>>();
    let named = named.map_err(|error| ApiError::from(error).field("serials"))?;
    let which = match (&form.line, named) {
        (_, named) if !named.is_empty() => Which::Named(named),
        (Some(line), _) => Which::Line(line_name(line)?),
        (None, _) => Which::NoLine,
    };
    Ok(Invalid { which, count: form.count, reason: reason.to_owned() })
}

async fn view(state: &AppState, batch: BatchRow) -> ApiResult<Numbers> {
    let id = &batch.id;
    let lines = state.store.numbers_by_line(id).await?;
    let mut counts = CodeCounts::default();
    for line in &lines {
        counts.issued += line.counts.issued;
        counts.commissioned += line.counts.commissioned;
        counts.scrapped += line.counts.scrapped;
        counts.sampled += line.counts.sampled;
        counts.returned += line.counts.returned;
        counts.invalid += line.counts.invalid;
        counts.open += line.counts.open;
    }
    Ok(Numbers {
        gtin: id.gtin.to_string(),
        lot: id.lot.to_string(),
        counts,
        lines,
        blocks: state.store.blocks_of(id).await?,
        open: state.store.open_numbers(id, None, OPEN_SHOWN_MAX).await?,
        seal: batch.sealed.as_ref().map(|seal| SealNumbers {
            commissioned: seal.unit_count,
            scrapped: seal.rejected,
            sampled: seal.sampled,
        }),
        acts: state.store.number_acts(id).await?,
        closed: state.store.books_closed(id).await?,
    })
}
