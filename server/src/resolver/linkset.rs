//! All links of an identifier as a linkset: one entry a level, the finest first, each with the default that a request for it
//! is led to.

use super::choose::{default_from, default_multi};
use super::links::{Known, Link};
use super::vocabulary::LinkType;
use std::collections::BTreeMap;
use tracelight_api::linkset::{LinkContext, LinkTarget, Linkset};

/// The linkset of everything that is known.
#[must_use]
pub fn of_known(base: &str, known: &Known) -> Linkset {
    let context = |(steps, level): (usize, &super::Identifier)| {
        let mut links: BTreeMap<String, Vec<LinkTarget>> = BTreeMap::new();
        for link in known.of_level(level) {
            links.entry(link.kind.uri()).or_default().push(described(link));
        }
        if let Some(default) = default_from(known, steps) {
            links.insert(LinkType::DEFAULT.uri(), vec![bare(default)]);
            let several = default_multi(known, default);
            if !several.is_empty() {
                links.insert(LinkType::DEFAULT_MULTI.uri(), several.into_iter().map(described).collect());
            }
        }
        let anchor = format!("{base}{}", level.path());
        LinkContext { anchor, item_description: known.description.clone(), links }
    };
    Linkset { linkset: known.levels.iter().enumerate().map(context).collect() }
}

/// The linkset of several equally good links of one identifier.
#[must_use]
pub fn of_several(base: &str, known: &Known, several: &[&Link]) -> Linkset {
    let mut links: BTreeMap<String, Vec<LinkTarget>> = BTreeMap::new();
    for link in several {
        links.entry(link.kind.uri()).or_default().push(described(link));
    }
    let path = known.levels.first().map(super::Identifier::path).unwrap_or_default();
    let anchor = format!("{base}{path}");
    Linkset { linkset: vec![LinkContext { anchor, item_description: known.description.clone(), links }] }
}

fn described(link: &Link) -> LinkTarget {
    LinkTarget {
        hreflang: link.hreflang.clone(),
        media_type: link.media_type.map(str::to_owned),
        context: link.context.clone(),
        fwqs: (!link.forward_query).then_some(false),
        ..bare(link)
    }
}

/// Target and title and nothing else: the standard gives a default link no other attribute.
fn bare(link: &Link) -> LinkTarget {
    LinkTarget {
        href: link.href.clone(),
        title: link.title.clone(),
        hreflang: Vec::new(),
        media_type: None,
        context: Vec::new(),
        fwqs: None,
    }
}
