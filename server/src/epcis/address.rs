//! What stands in an address. A part of the path that is no text names nothing that there is; a query is pairs of texts, of which
//! each call says what it takes.

use super::problem::EpcisError;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tracelight_epcis::error::ExceptionKind;

/// Pairs of a URL's query.
pub type Pairs = Vec<(String, String)>;

/// Parts of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// The pairs of the query, in its order.
#[derive(Debug)]
pub struct Asked(pub Pairs);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = EpcisError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, EpcisError> {
        match crate::http::Path::from_request_parts(parts, state).await {
            Ok(crate::http::Path(found)) => Ok(Self(found)),
            Err(error) if error.0.status == 400 => {
                let problem = *error.0;
                Err(EpcisError::no_resource(problem.detail.unwrap_or(problem.title)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = EpcisError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, EpcisError> {
        let pairs = Query::from_request_parts(parts, state).await;
        pairs
            .map(|Query(pairs)| Self(pairs))
            .map_err(|error| EpcisError::new(ExceptionKind::QueryParameter, error.body_text()))
    }
}
