//! Parts of a path. One that is no text names nothing that there is.

use super::problem::EpcisError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// Parts of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

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
