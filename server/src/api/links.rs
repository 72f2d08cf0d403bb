//! Links that a maker keeps for its products: what the resolver leads to.

use super::{PageQuery, line_of_text};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path, Query};
use crate::resolver::links::Link;
use crate::resolver::vocabulary::{LinkType, media_type};
use crate::resolver::{Identifier, NoIdentifier, base_of};
use crate::store::{KeptLink, LinkPut};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reqwest::Url;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::links::{
    CONTEXT_CHARS_MAX, HREF_BYTES_MAX, LINKS_PER_LEVEL_MAX, LINKS_PER_PRODUCT_MAX, LinkForm, ProductLink, TAGS_MAX,
    TITLE_BYTES_MAX,
};
use tracelight_domain::gs1::Gtin;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(put, delete))
}

/// Links of your product, in the order of their ids.
#[utoipa::path(get, path = "/products/{gtin}/links", tag = "goods",
    params(("gtin" = String, Path, description = "GTIN"), PageQuery),
    responses((status = 200, body = Page<ProductLink>), (status = 404, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Path(gtin): Path<String>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<ProductLink>>> {
    let rows = page.rows()?;
    let gtin = super::products::own(&state, &user, &gtin).await?;
    let after = page.cursor.as_deref().map(|cursor| id_of("cursor", cursor)).transpose()?;
    let mut items = state.store.links(gtin, after, rows + 1).await?;
    let more = items.len() as u64 > rows;
    items.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(|kept| kept.id.to_string());
    Ok(Json(Page { items: items.into_iter().map(view).collect(), next }))
}

/// Writes a link of your product under an id of your own choice, in place of the one that is there.
#[utoipa::path(put, path = "/products/{gtin}/links/{link}", tag = "goods", request_body = LinkForm,
    params(("gtin" = String, Path, description = "GTIN"), ("link" = String, Path, description = "UUID")),
    responses((status = 200, body = ProductLink), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn put(
    State(state): State<AppState>,
    user: User,
    Path((gtin, id)): Path<(String, String)>,
    Body(form): Body<LinkForm>,
) -> ApiResult<Json<ProductLink>> {
    user.must_operate()?;
    let gtin = super::products::own(&state, &user, &gtin).await?;
    let link = parse(gtin, form, base_of(&state))?;
    let kept = KeptLink { id: id_of("link", &id)?, link, changed_ms: crate::clock::now_ms() };
    match state.store.put_link(gtin, &kept).await? {
        LinkPut::Kept => Ok(Json(view(kept))),
        LinkPut::Taken => {
            let title = "this id belongs to a link of another product";
            Err(ApiError::new(StatusCode::CONFLICT, "id_taken", title).field("link").detail("choose a new UUID"))
        }
        LinkPut::Full => {
            let detail = format!(
                "at most {LINKS_PER_PRODUCT_MAX} links a product and {LINKS_PER_LEVEL_MAX} a level; delete some first"
            );
            Err(ApiError::new(StatusCode::CONFLICT, "too_many_links", "there are too many links").detail(detail))
        }
    }
}

/// Deletes a link of your product.
#[utoipa::path(delete, path = "/products/{gtin}/links/{link}", tag = "goods",
    params(("gtin" = String, Path, description = "GTIN"), ("link" = String, Path, description = "UUID")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(state): State<AppState>,
    user: User,
    Path((gtin, id)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    user.must_operate()?;
    let gtin = super::products::own(&state, &user, &gtin).await?;
    if state.store.delete_link(gtin, id_of("link", &id)?).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found("this product has no link with this id"))
}

fn id_of(field: &str, text: &str) -> ApiResult<Uuid> {
    Uuid::try_parse(text).map_err(|_| ApiError::invalid(field, format!("`{text}` is no UUID")))
}

/// Checks a link.
fn parse(gtin: Gtin, form: LinkForm, base: &str) -> ApiResult<Link> {
    let level = Identifier::of_product(gtin, &form.qualifiers).map_err(|why| bad_qualifiers(&why))?;
    if level.gtin != gtin || !level.query.is_empty() {
        return Err(ApiError::invalid("qualifiers", "expected key qualifiers such as `10/A24K07`, and nothing else"));
    }
    let kind = LinkType::parse(&form.link_type).ok_or_else(|| {
        let detail = format!("`{}` is no type that describes a target, expected one such as `gs1:pip`", form.link_type);
        ApiError::invalid("link_type", detail)
    })?;
    if form.default_link && level.pack().is_some() {
        let detail = "the default of a single pack is the page with its verdict. Mark a link of the product or the lot";
        return Err(ApiError::invalid("default_link", detail));
    }
    if form.title.trim().is_empty() {
        return Err(ApiError::invalid("title", "empty, expected words for people"));
    }
    line_of_text("title", &form.title, TITLE_BYTES_MAX)?;
    let media_type = match form.media_type.as_deref() {
        Some(text) => Some(media_type(text).ok_or_else(|| {
            ApiError::invalid("media_type", format!("`{text}` is not among the media types that links may have"))
        })?),
        None => None,
    };
    tags("hreflang", &form.hreflang, "a language such as `en` or `zh-CN`", is_language)?;
    tags("context", &form.context, "letters, digits and `-`, 1 to 32", is_context)?;
    Ok(Link {
        level: level.qualifiers(),
        kind,
        href: target(&form.href, base)?,
        title: form.title,
        hreflang: form.hreflang,
        media_type,
        context: form.context,
        is_default: form.default_link,
        forward_query: form.forward_query,
    })
}

fn bad_qualifiers(why: &NoIdentifier) -> ApiError {
    ApiError::invalid("qualifiers", why.to_string())
}

fn tags(field: &str, tags: &[String], expected: &str, good: impl Fn(&str) -> bool) -> ApiResult<()> {
    if tags.len() > TAGS_MAX {
        return Err(ApiError::invalid(field, format!("{} entries, expected at most {TAGS_MAX}", tags.len())));
    }
    match tags.iter().find(|tag| !good(tag)) {
        Some(wrong) => Err(ApiError::invalid(field, format!("`{wrong}`, expected {expected}"))),
        None => Ok(()),
    }
}

/// `xx` or `xx-XX`, as GS1's schema of linksets has it.
fn is_language(tag: &str) -> bool {
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    tag.split_once('-').map_or_else(|| two(tag), |(language, region)| two(language) && two(region))
}

fn is_context(tag: &str) -> bool {
    (1..=CONTEXT_CHARS_MAX).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A web address of somebody's own: https, no password in it, and no identifier of this resolver.
fn target(href: &str, base: &str) -> ApiResult<String> {
    let wrong = |detail: String| Err(ApiError::invalid("href", detail));
    let url = match Url::parse(href) {
        Ok(url) => url,
        Err(error) => return wrong(format!("no web address: {error}")),
    };
    if url.scheme() != "https" || url.host_str().is_none_or(str::is_empty) {
        return wrong("expected an address that begins with `https://`".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("an address with a name or a password in it is not taken".to_owned());
    }
    if url.as_str().len() > HREF_BYTES_MAX {
        return wrong(format!("{} bytes, expected at most {HREF_BYTES_MAX}", url.as_str().len()));
    }
    let own = Url::parse(base).is_ok_and(|own| own.host_str() == url.host_str());
    if own && Identifier::read(url.path()) != Err(NoIdentifier::OtherPath) {
        return wrong("an identifier of this resolver would lead in a circle".to_owned());
    }
    Ok(url.to_string())
}

fn view(kept: KeptLink) -> ProductLink {
    let link = kept.link;
    ProductLink {
        id: kept.id.to_string(),
        link: LinkForm {
            qualifiers: link.level.trim_start_matches('/').to_owned(),
            link_type: link.kind.curie(),
            href: link.href,
            title: link.title,
            hreflang: link.hreflang,
            media_type: link.media_type.map(str::to_owned),
            context: link.context,
            default_link: link.is_default,
            forward_query: link.forward_query,
        },
        changed_ms: kept.changed_ms,
    }
}
