//! What stands in an address: parts of its path, and its query. What is wrong with them is said with the field, as with a body.

use super::ApiError;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, path::ErrorKind};
use axum::http::StatusCode;

/// Parts of the path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub struct Path<T>(pub T);

/// The query.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub struct Query<T>(pub T);

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        match &rejection {
            PathRejection::FailedToDeserializePathParams(error) if error.status() == StatusCode::BAD_REQUEST => {
                let field = match error.kind() {
                    ErrorKind::InvalidUtf8InPathParam { key } => key,
                    _ => "path",
                };
                Self::invalid(field, error.body_text())
            }
            // A route that does not fit its handler.
            other => Self::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "a fault on our side", other),
        }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        let (field, detail) = query_fault(&rejection);
        Self::invalid(&field, detail)
    }
}

/// Which parameter is wrong, `query` where that is not known, and why.
fn query_fault(rejection: &QueryRejection) -> (String, String) {
    let text = rejection.body_text();
    // axum writes "Failed to deserialize query string: page: invalid digit found in string", and without the name where serde
    // names it between backticks: "missing field `kind`".
    let why = text.split_once(": ").map_or(text.as_str(), |(_, why)| why);
    match why.split_once(": ") {
        Some((name, why)) if !name.contains(' ') => (name.to_owned(), why.to_owned()),
        _ => (why.split('`').nth(1).unwrap_or("query").to_owned(), why.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only refusals are looked at")]
    struct Asked {
        kind: String,
        page: Option<u32>,
    }

    #[test]
    fn the_wrong_parameter_is_named() {
        for (query, field, why) in [
            ("kind=a&page=x", "page", "invalid digit"),
            ("page=1", "kind", "missing field"),
            ("kind=a&pgae=1", "pgae", "unknown field"),
            ("kind=a&kind=b", "kind", "duplicate field"),
        ] {
            let uri = format!("/?{query}").parse().expect("an address");
            let rejection = axum::extract::Query::<Asked>::try_from_uri(&uri).expect_err("wrong");
            let (told, detail) = query_fault(&rejection);
            assert!(told == field && detail.contains(why), "{query}: `{told}`, {detail}");
        }
    }
}
