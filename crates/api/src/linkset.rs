//! What a GS1 Digital Link resolver answers: the linkset (RFC 9264, with GS1's attributes) and the description of the
//! resolver (GS1-Conformant Resolver 1.x, `/.well-known/gs1resolver`).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Media type of a linkset in JSON.
pub const LINKSET_JSON: &str = "application/linkset+json";
/// Media type of a JSON-LD context.
pub const LD_JSON: &str = "application/ld+json";

/// All links that are known of an identifier, one entry a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linkset {
    /// The finest level first.
    pub linkset: Vec<LinkContext>,
}

/// The links of one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkContext {
    /// What the links are about: an uncompressed GS1 Digital Link URI.
    pub anchor: String,
    /// What it is, in words.
    #[serde(rename = "itemDescription")]
    pub item_description: String,
    /// Links by the URI of their type.
    #[serde(flatten)]
    pub links: BTreeMap<String, Vec<LinkTarget>>,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkTarget {
    /// Where it leads.
    pub href: String,
    /// For people.
    pub title: String,
    /// Languages of the target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hreflang: Vec<String>,
    /// Media type of the target.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Where it applies, such as a country.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// "Forward query string": said where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwqs: Option<bool>,
}

/// What a resolver says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResolverDescription {
    /// For people.
    pub name: String,
    /// Where its URIs begin, without a slash at the end.
    pub resolver_root: String,
    /// Application Identifiers of the primary keys that it resolves.
    pub supported_primary_keys: Vec<String>,
    /// Vocabularies of link types.
    pub supported_link_type: Vec<LinkTypeNamespace>,
    /// May a default link lead to the linkset itself?
    pub link_type_default_can_be_linkset: bool,
    /// The context that makes a linkset JSON-LD.
    pub json_ld_context_location: String,
}

/// A vocabulary of link types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkTypeNamespace {
    /// URI in which its types begin.
    pub namespace: String,
    /// The short form of that.
    pub prefix: String,
}
