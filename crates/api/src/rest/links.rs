//! Links that a maker keeps for its products: what the resolver answers with.

use serde::{Deserialize, Serialize};

/// Links of one product, all levels together.
pub const LINKS_PER_PRODUCT_MAX: u64 = 1_000;
/// Links of one level of a product.
pub const LINKS_PER_LEVEL_MAX: u64 = 64;
/// Bytes of a target.
pub const HREF_BYTES_MAX: usize = 1_024;
/// Bytes of a title.
pub const TITLE_BYTES_MAX: usize = 200;
/// Languages, and contexts, of one link.
pub const TAGS_MAX: usize = 8;
/// Characters of a context.
pub const CONTEXT_CHARS_MAX: usize = 32;

/// One link, as its maker wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LinkForm {
    /// Which goods of the product: key qualifiers as a Digital Link has them, such as `10/A24K07` or `10/A24K07/21/7F3K`.
    /// Empty: all of them.
    #[serde(default)]
    pub qualifiers: String,
    /// Link type of the GS1 Web Vocabulary, such as `gs1:pip` or `gs1:epil`.
    pub link_type: String,
    /// Where it leads: `https://`, at most 1,024 bytes.
    pub href: String,
    /// For people, at most 200 bytes.
    pub title: String,
    /// Languages of the target, such as `en` or `zh-CN`; at most 8.
    #[serde(default)]
    pub hreflang: Vec<String>,
    /// Media type of the target, one that IANA knows.
    #[serde(default)]
    pub media_type: Option<String>,
    /// Where it applies, such as `CN`; at most 8.
    #[serde(default)]
    pub context: Vec<String>,
    /// The link for whoever asks for no type. It takes this from the level's other links. A single pack has none of its own:
    /// its default is the page with its verdict.
    #[serde(default)]
    pub default_link: bool,
    /// Is the query of a request handed on to the target?
    #[serde(default = "yes")]
    pub forward_query: bool,
}

const fn yes() -> bool {
    true
}

/// One link, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductLink {
    /// Id: a UUID that the maker chose.
    pub id: String,
    /// What it says.
    pub link: LinkForm,
    /// When it was written, milliseconds since 1970.
    pub changed_ms: u64,
}
