//! What a request says about the answer that it wants: `linkType`, `context`, `Accept`, `Accept-Language`.
//!
//! ```text
//! linkType=linkset                       the linkset
//! linkType=all                           the linkset, or its page where `text/html` is named (resolver 1.0)
//! linkType=gs1:…                         a redirection to that link, or 404
//! none, Accept names application/linkset+json, or application/json and not text/html      the linkset
//! none, a pack, and Accept names text/html or is absent                                    the pack's page
//! none                                   a redirection to the default link
//! ```
//!
//! `*/*` names nothing: a program that takes everything gets what the standard says, a browser names `text/html` and gets its
//! page without the round trip of a redirection.

use crate::accept::weighted;
use crate::scan::form_value;
use axum::http::{HeaderMap, header};
use tracelight_api::linkset::LINKSET_JSON;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The list of links, as this media type.
    Linkset(&'static str),
    /// The same for people.
    Listing,
    /// The page about a pack.
    Page,
    /// A link of this type.
    Type(String),
    /// No type in particular.
    Default,
}

/// How to choose among links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// `context` of the query.
    pub context: Option<String>,
    /// Language ranges and their weights; empty when nothing was said.
    pub languages: Vec<(String, u16)>,
    /// Media ranges and their weights; empty when nothing was said.
    pub media: Vec<(String, u16)>,
}

impl Wish {
    /// What headers and query say.
    #[must_use]
    pub fn of(headers: &HeaderMap, query: &str) -> Self {
        Self {
            context: form_value(query, "context").filter(|context| !context.is_empty()),
            languages: weighted(headers, &header::ACCEPT_LANGUAGE),
            media: weighted(headers, &header::ACCEPT),
        }
    }

    /// The weight of a media type that is named in full.
    fn named(&self, media_type: &str) -> Option<u16> {
        let found = self.media.iter().find(|(range, _)| range == media_type).map(|(_, weight)| *weight);
        found.filter(|weight| *weight > 0)
    }

    fn html(&self) -> Option<u16> {
        self.named("text/html").max(self.named("application/xhtml+xml"))
    }

    /// Is a page a good answer?
    #[must_use]
    pub fn takes_pages(&self) -> bool {
        self.media.is_empty() || self.html().is_some()
    }

    /// What is wanted of this identifier.
    #[must_use]
    pub fn asked(&self, query: &str, is_pack: bool) -> Wanted {
        let link_type = form_value(query, "linkType").or_else(|| form_value(query, "linktype"));
        let html = self.html();
        match link_type.as_deref() {
            Some("linkset") => Wanted::Linkset(self.linkset_type()),
            Some("all") if html.is_some() && html > self.named(LINKSET_JSON) => Wanted::Listing,
            Some("all") => Wanted::Linkset(self.linkset_type()),
            Some(other) => Wanted::Type(other.to_owned()),
            None if self.named(LINKSET_JSON).is_some() && self.named(LINKSET_JSON) >= html => {
                Wanted::Linkset(LINKSET_JSON)
            }
            None if html.is_none() && self.linkset_type() != LINKSET_JSON => Wanted::Linkset(self.linkset_type()),
            None if is_pack && self.takes_pages() => Wanted::Page,
            None => Wanted::Default,
        }
    }

    /// As what a linkset is sent: what was named, else its own type.
    fn linkset_type(&self) -> &'static str {
        let named = [LINKSET_JSON, "application/json"];
        let best = named.into_iter().rev().filter_map(|name| self.named(name).map(|weight| (weight, name)));
        // Of equals the last: the type of its own.
        best.max_by_key(|(weight, _)| *weight).map_or(LINKSET_JSON, |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn wish(accept: &str) -> Wish {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).expect("a header"));
        }
        Wish::of(&headers, "")
    }

    #[test]
    fn what_is_asked_follows_type_and_header() {
        const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for (accept, query, pack, page) in [
            (BROWSER, "", Wanted::Page, Wanted::Default),
            ("", "lang=zh", Wanted::Page, Wanted::Default),
            ("*/*", "", Wanted::Default, Wanted::Default),
            ("text/html;q=0", "", Wanted::Default, Wanted::Default),
            (LINKSET_JSON, "", Wanted::Linkset(LINKSET_JSON), Wanted::Linkset(LINKSET_JSON)),
            ("application/json", "", Wanted::Linkset("application/json"), Wanted::Linkset("application/json")),
            ("application/json, text/html", "", Wanted::Page, Wanted::Default),
            (
                "text/html;q=0.3, application/linkset+json;q=0.7",
                "",
                Wanted::Linkset(LINKSET_JSON),
                Wanted::Linkset(LINKSET_JSON),
            ),
            (BROWSER, "linkType=linkset", Wanted::Linkset(LINKSET_JSON), Wanted::Linkset(LINKSET_JSON)),
            (BROWSER, "linkType=all", Wanted::Listing, Wanted::Listing),
            ("*/*", "linkType=all", Wanted::Linkset(LINKSET_JSON), Wanted::Linkset(LINKSET_JSON)),
            (BROWSER, "linkType=gs1%3Apip", Wanted::Type("gs1:pip".to_owned()), Wanted::Type("gs1:pip".to_owned())),
        ] {
            assert_eq!(wish(accept).asked(query, true), pack, "{accept} {query}");
            assert_eq!(wish(accept).asked(query, false), page, "{accept} {query}");
        }
    }
}
