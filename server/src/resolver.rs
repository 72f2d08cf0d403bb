//! The resolver for GS1 Digital Links of our own domain (GS1-Conformant Resolver 1.x, RFC 9264).
//!
//! ```text
//! GET /01/{gtin}[/22/…][/10/…][/21/…|/235/…]    a pack, from a browser: its page, at once     (crate::scan)
//! GET /{compressed}                             else 307 to a link, 200 with the linkset, 300, 400, 404
//!     ?linkType= &context=   Accept   Accept-Language        what is wanted                  ([`wish`])
//! GET /scan/pack?code=    GET /scan/links?code=              where the server's own links lead
//! GET /.well-known/gs1resolver    GET /.well-known/linkset-context.jsonld                     ([`description`])
//! ```
//! | module | holds |
//! |---|---|
//! | [`identifier`] | a request's path as key and qualifiers, decompressed, with its levels |
//! | [`wish`] | which of the answers is wanted |
//! | [`links`], [`vocabulary`] | what is known: the maker's links and the server's |
//! | [`choose`] | one link of many |
//! | [`linkset`], [`answer`], [`listing`] | the answers |
//!
//! * A browser's scan costs nothing more than before: its header is looked at, and the page is made. Nothing is read for it.
//! * The default of a single pack is the page with its verdict, whatever its maker links to: nobody is led past a recall.
//! * Targets are `https`, kept by the product's maker (`PUT /api/v1/products/{gtin}/links/{id}`), and never a link of this
//!   resolver, so that nothing runs in a circle.
//! * Nothing is passed on to another resolver by company prefix, and so nothing is `gs1:handledBy`.
//!
//! How each criterion is met, and which test says so: `docs/resolver.md`.

pub mod answer;
pub mod choose;
pub mod description;
pub mod identifier;
pub mod links;
pub mod linkset;
pub mod listing;
pub mod vocabulary;
pub mod wish;

#[cfg(test)]
mod tests;

use crate::app::AppState;
use crate::http::{ApiError, ApiResult};
use crate::scan::{ANSWER_TIMEOUT, Shopper};
use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use choose::Choice;
pub use identifier::{Identifier, NoIdentifier};
use links::Known;
use vocabulary::LinkType;
use wish::{Wanted, Wish};

/// The routes with fixed names. Identifiers come through [`fallback`], those of packs through [`page_or_link`].
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/scan/links", get(listing::page))
        .route("/.well-known/gs1resolver", get(description::description).options(answer::options))
        .route(description::CONTEXT_PATH, get(description::context).options(answer::options))
}

/// Where this resolver's URIs begin.
#[must_use]
pub fn base_of(state: &AppState) -> &str {
    state.config.public_base_url.trim_end_matches('/')
}

/// For paths that no route has: identifiers of every other form, and what is not served at all.
pub async fn fallback(
    State(state): State<AppState>,
    shopper: Shopper,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let read = Identifier::read(path_and_query(&uri));
    if read == Err(NoIdentifier::OtherPath) {
        return crate::layers::not_found(uri).await.into_response();
    }
    match method {
        Method::OPTIONS => answer::options().await,
        Method::GET => resolve(&state, &shopper, &uri, &headers, read).await,
        Method::HEAD => answer::without_body(resolve(&state, &shopper, &uri, &headers, read).await),
        _ => answer::other_method(),
    }
}

/// For the paths of packs: the page, when a browser asks for it; what the resolver answers otherwise.
pub async fn page_or_link(
    state: &AppState,
    shopper: &Shopper,
    uri: &Uri,
    headers: &HeaderMap,
    page: impl Future<Output = Response>,
) -> Response {
    let query = uri.query().unwrap_or_default();
    if Wish::of(headers, query).asked(query, true) == Wanted::Page {
        let mut response = page.await;
        answer::point_to_linkset(response.headers_mut(), base_of(state), uri.path());
        return response;
    }
    resolve(state, shopper, uri, headers, Identifier::read(path_and_query(uri))).await
}

fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |sent| sent.as_str())
}

async fn resolve(
    state: &AppState,
    shopper: &Shopper,
    uri: &Uri,
    headers: &HeaderMap,
    read: Result<Identifier, NoIdentifier>,
) -> Response {
    let wish = Wish::of(headers, uri.query().unwrap_or_default());
    let identifier = match read {
        Ok(identifier) => identifier,
        Err(why) => return answer::no_identifier(shopper, &wish, uri.path(), &why),
    };
    // A compressed link may hold what is wanted.
    let wish = Wish { context: Wish::of(headers, &identifier.query).context, ..wish };
    let known = match known_of(state, &identifier).await {
        Ok(Some(known)) => known,
        Ok(None) => return answer::unknown(shopper, &wish, &identifier, "no product with this GTIN is registered"),
        Err(error) => return answer::problem(error),
    };
    let mut response = answered(state, shopper, &wish, &identifier, &known);
    answer::surround(response.headers_mut(), base_of(state), &identifier);
    response
}

fn answered(state: &AppState, shopper: &Shopper, wish: &Wish, identifier: &Identifier, known: &Known) -> Response {
    let base = base_of(state);
    let all = |media_type| answer::linkset(&linkset::of_known(base, known), media_type, base);
    match wish.asked(&identifier.query, identifier.pack().is_some()) {
        Wanted::Linkset(media_type) => all(media_type),
        Wanted::Listing => listing::shown(shopper, identifier, Some(known)),
        Wanted::Page | Wanted::Default => match choose::better_default(known, wish) {
            Some(link) => answer::redirect(link, &identifier.query),
            // A product always has the server's own.
            None => all(tracelight_api::linkset::LINKSET_JSON),
        },
        Wanted::Type(text) => {
            let choice = LinkType::asked(&text).map_or(Choice::None, |kind| choose::of_type(known, kind, wish));
            match choice {
                Choice::One(link) => answer::redirect(link, &identifier.query),
                Choice::Several(links) => answer::several(&linkset::of_several(base, known, &links), base),
                Choice::None => answer::unknown(shopper, wish, identifier, "it has no link of this type"),
            }
        }
    }
}

/// What is known of an identifier; `None` where its product is not.
async fn known_of(state: &AppState, identifier: &Identifier) -> ApiResult<Option<Known>> {
    let read = async {
        let Some(product) = state.store.product(identifier.gtin).await? else { return Ok::<_, ApiError>(None) };
        let levels: Vec<String> = identifier.levels().iter().map(Identifier::qualifiers).collect();
        Ok(Some((product, state.store.links_of_levels(identifier.gtin, &levels).await?)))
    };
    let found = tokio::time::timeout(ANSWER_TIMEOUT, read)
        .await
        .map_err(|_| ApiError::unavailable("the database did not answer in time"))?;
    let Some((product, makers)) = found? else { return Ok(None) };
    let name = [product.name_en.as_str(), product.name_zh.as_str(), product.detail.as_str()];
    let description = name.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    Ok(Some(Known::new(base_of(state), identifier, description, makers)))
}
