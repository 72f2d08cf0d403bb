//! The resolver's answers and their headers.
//!
//! ```text
//! Link: <…?linkType=linkset>; rel="linkset"             on every answer about an identifier, redirections too
//!       <…>; rel="owl:sameAs"                           the uncompressed URI, when the request was compressed
//!       <…/linkset-context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"     on linksets
//! Access-Control-*                                      any site may read the answers; none carries a credential
//! ```

use super::identifier::{Identifier, NoIdentifier, ORIGIN};
use super::links::Link;
use super::wish::Wish;
use crate::http::ApiError;
use crate::scan::Shopper;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tracelight_api::linkset::{LD_JSON, LINKSET_JSON, Linkset};

const METHODS: &str = "GET, HEAD, OPTIONS";

/// Lets pages of all sites read the answer.
pub fn cors(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Link, Location, Content-Language"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Which methods there are, and what a page of another site may send.
pub async fn options() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    cors(headers);
    for (name, value) in [
        (header::ALLOW, METHODS),
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Accept, Accept-Language, Content-Type"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Anything but GET, HEAD and OPTIONS.
#[must_use]
pub fn other_method() -> Response {
    let title = "identifiers can be asked about, and nothing else";
    let mut response = problem(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", title));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
    response
}

/// For HEAD.
#[must_use]
pub fn without_body(response: Response) -> Response {
    response.map(|_| Body::empty())
}

/// A problem that pages of all sites may read.
#[must_use]
pub fn problem(error: ApiError) -> Response {
    let mut response = error.into_response();
    cors(response.headers_mut());
    response
}

/// 400 or 404 for a request without an identifier that is resolved here.
#[must_use]
pub fn no_identifier(shopper: &Shopper, wish: &Wish, path: &str, why: &NoIdentifier) -> Response {
    match why {
        NoIdentifier::Malformed(_) if wish.takes_pages() => {
            let mut response = crate::scan::malformed(shopper, path);
            cors(response.headers_mut());
            response
        }
        NoIdentifier::Malformed(error) => {
            let mut answer = ApiError::new(StatusCode::BAD_REQUEST, "malformed_link", "this is no GS1 Digital Link");
            answer = answer.field(error.field()).detail(format!("{error}, counted from the start of `{ORIGIN}`"));
            answer.0.position = u32::try_from(error.position()).ok();
            problem(answer)
        }
        other => problem(ApiError::not_found(&other.to_string())),
    }
}

/// 404: a good identifier, and nothing is known for it.
#[must_use]
pub fn unknown(shopper: &Shopper, wish: &Wish, identifier: &Identifier, why: &str) -> Response {
    if !wish.media.is_empty() && wish.takes_pages() {
        return super::listing::shown(shopper, identifier, None);
    }
    problem(ApiError::not_found(why))
}

/// 307 to a link, with the request's query unless the link's owner does not want it.
#[must_use]
pub fn redirect(link: &Link, query: &str) -> Response {
    let target = if link.forward_query { with_query(&link.href, query) } else { link.href.clone() };
    match HeaderValue::from_str(&target) {
        Ok(target) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]).into_response(),
        Err(error) => {
            let title = "a link that is kept cannot be followed";
            ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "bad_link", title, &error).into_response()
        }
    }
}

/// A target with the pairs of a query behind its own, before its fragment.
fn with_query(href: &str, query: &str) -> String {
    let (before, fragment) = href.split_once('#').map_or((href, None), |(before, fragment)| (before, Some(fragment)));
    let joint = match (query.is_empty(), before.contains('?')) {
        (true, _) => "",
        (false, true) if before.ends_with(['?', '&']) => "",
        (false, true) => "&",
        (false, false) => "?",
    };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{before}{joint}{query}{fragment}")
}

/// 200 with a linkset.
#[must_use]
pub fn linkset(linkset: &Linkset, media_type: &'static str, base: &str) -> Response {
    // Plain strings always have a JSON form.
    let body = serde_json::to_vec(linkset).unwrap_or_default();
    let mut response = ([(header::CONTENT_TYPE, media_type)], body).into_response();
    let context = format!("{base}{}", super::description::CONTEXT_PATH);
    let link = format!("<{context}>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"{LD_JSON}\"");
    append(response.headers_mut(), header::LINK, &link);
    response
}

/// 300 with the links to choose from.
#[must_use]
pub fn several(links: &Linkset, base: &str) -> Response {
    let mut response = linkset(links, LINKSET_JSON, base);
    *response.status_mut() = StatusCode::MULTIPLE_CHOICES;
    response
}

/// The headers of every answer about an identifier.
pub fn surround(headers: &mut HeaderMap, base: &str, identifier: &Identifier) {
    cors(headers);
    append(headers, header::VARY, "accept, accept-language");
    let path = identifier.path();
    point_to_linkset(headers, base, &path);
    if identifier.compressed {
        append(headers, header::LINK, &format!("<{base}{path}>; rel=\"owl:sameAs\""));
    }
}

/// Where the linkset of a path is.
pub fn point_to_linkset(headers: &mut HeaderMap, base: &str, path: &str) {
    let link = format!("<{base}{path}?linkType=linkset>; rel=\"linkset\"; type=\"{LINKSET_JSON}\"");
    append(headers, header::LINK, &link);
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::with_query;

    #[test]
    fn a_query_goes_behind_the_targets_own_and_before_its_fragment() {
        for (href, query, expected) in [
            ("https://a.example/x", "", "https://a.example/x"),
            ("https://a.example/x", "17=281031", "https://a.example/x?17=281031"),
            ("https://a.example/x?a=1", "b=2&c", "https://a.example/x?a=1&b=2&c"),
            ("https://a.example/x?", "b=2", "https://a.example/x?b=2"),
            ("https://a.example/x#part", "b=2", "https://a.example/x?b=2#part"),
            ("https://a.example/x?a=1#part?", "b=2", "https://a.example/x?a=1&b=2#part?"),
        ] {
            assert_eq!(with_query(href, query), expected);
        }
    }
}
