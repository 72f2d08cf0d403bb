//! What the resolver says about itself, and the context that makes its linksets JSON-LD.

use super::vocabulary::{NAMESPACE, PREFIX};
use super::{answer, base_of};
use crate::app::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use tracelight_api::linkset::{LD_JSON, LinkTypeNamespace, ResolverDescription};

/// Where the context lies.
pub const CONTEXT_PATH: &str = "/.well-known/linkset-context.jsonld";

/// Terms of RFC 9264 and GS1's attributes. Link types are URIs already.
const CONTEXT: &str = r#"{
  "@context": {
    "@vocab": "http://www.iana.org/assignments/relation/",
    "linkset": "@graph",
    "anchor": "@id",
    "href": "@id",
    "title": { "@id": "http://purl.org/dc/terms/title" },
    "hreflang": { "@id": "http://purl.org/dc/terms/language", "@container": "@set" },
    "type": { "@id": "http://purl.org/dc/terms/format" },
    "context": { "@id": "http://purl.org/dc/terms/coverage", "@container": "@set" },
    "itemDescription": { "@id": "http://purl.org/dc/terms/description" },
    "fwqs": { "@id": "https://ref.gs1.org/voc/fwqs", "@type": "http://www.w3.org/2001/XMLSchema#boolean" }
  }
}
"#;

/// `GET /.well-known/gs1resolver`
pub async fn description(State(state): State<AppState>) -> Response {
    let base = base_of(&state);
    let description = ResolverDescription {
        name: format!("Tracelight resolver of {}", base.split("://").nth(1).unwrap_or(base)),
        resolver_root: base.to_owned(),
        supported_primary_keys: vec!["01".to_owned()],
        supported_link_type: vec![LinkTypeNamespace { namespace: NAMESPACE.to_owned(), prefix: PREFIX.to_owned() }],
        link_type_default_can_be_linkset: false,
        json_ld_context_location: format!("{base}{CONTEXT_PATH}"),
    };
    let mut response = Json(description).into_response();
    answer::cors(response.headers_mut());
    response
}

/// `GET /.well-known/linkset-context.jsonld`
pub async fn context() -> Response {
    let mut response = ([(header::CONTENT_TYPE, LD_JSON)], CONTEXT).into_response();
    answer::cors(response.headers_mut());
    response
}
