//! Choosing among links: the nearest level that has any, then context, language and media type, each as a filter that never
//! leaves nothing over.

use super::links::{Known, Link};
use super::vocabulary::LinkType;
use super::wish::Wish;

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice<'k> {
    /// This one.
    One(&'k Link),
    /// These are equally good.
    Several(Vec<&'k Link>),
    /// There is none of the type.
    None,
}

/// The link for whoever asks for no type, of the identifier's finest level: the page of a pack; else what the maker has
/// marked on the nearest level; else the list of links.
#[must_use]
pub fn default_of(known: &Known) -> Option<&Link> {
    default_from(known, 0)
}

/// As [`default_of`], from a level that is so many steps above the finest.
#[must_use]
pub fn default_from(known: &Known, steps: usize) -> Option<&Link> {
    let level = known.levels.get(steps)?;
    let qualifiers = level.qualifiers();
    let ours = known.ours.iter().find(|link| link.is_default && link.level == qualifiers);
    if level.pack().is_some() {
        return ours;
    }
    let makers = known.levels.iter().skip(steps).find_map(|level| marked(known, &level.qualifiers()));
    makers.or(ours)
}

/// The maker's default of one level.
fn marked<'k>(known: &'k Known, qualifiers: &str) -> Option<&'k Link> {
    known.makers.iter().find(|link| link.is_default && link.level == qualifiers)
}

/// The default and its like: links of its type on its level, when there are several for language and context to choose from.
#[must_use]
pub fn default_multi<'k>(known: &'k Known, default: &'k Link) -> Vec<&'k Link> {
    let alike = |link: &&Link| link.level == default.level && link.kind == default.kind;
    let makers: Vec<&Link> = known.makers.iter().filter(alike).collect();
    if default.is_default && makers.contains(&default) && makers.len() > 1 { makers } else { Vec::new() }
}

/// The default, or the one of its like that fits the request better.
#[must_use]
pub fn better_default<'k>(known: &'k Known, wish: &Wish) -> Option<&'k Link> {
    let default = default_of(known)?;
    let alike = default_multi(known, default);
    match narrowed(alike, wish).as_slice() {
        [] => Some(default),
        [one] => Some(*one),
        several => Some(several.iter().copied().find(|link| *link == default).unwrap_or(default)),
    }
}

/// The link of a type.
#[must_use]
pub fn of_type<'k>(known: &'k Known, kind: LinkType, wish: &Wish) -> Choice<'k> {
    if kind == LinkType::DEFAULT || kind == LinkType::DEFAULT_MULTI {
        return better_default(known, wish).map_or(Choice::None, Choice::One);
    }
    let nearest = |links: &'k [Link]| {
        let of_level = |level: &super::Identifier| {
            let qualifiers = level.qualifiers();
            links.iter().filter(|link| link.kind == kind && link.level == qualifiers).collect::<Vec<&Link>>()
        };
        known.levels.iter().map(of_level).find(|found| !found.is_empty())
    };
    let Some(found) = nearest(&known.makers).or_else(|| nearest(&known.ours)) else { return Choice::None };
    match narrowed(found, wish).as_slice() {
        [] => Choice::None,
        [one] => Choice::One(one),
        several => match several.iter().find(|link| link.is_default) {
            Some(default) => Choice::One(default),
            None => Choice::Several(several.to_vec()),
        },
    }
}

fn narrowed<'k>(links: Vec<&'k Link>, wish: &Wish) -> Vec<&'k Link> {
    let links = heaviest(links, |link| context_weight(link, wish.context.as_deref()));
    let links = heaviest(links, |link| language_weight(link, &wish.languages));
    heaviest(links, |link| media_weight(link, &wish.media))
}

fn heaviest(links: Vec<&Link>, weight: impl Fn(&Link) -> u32) -> Vec<&Link> {
    let most = links.iter().map(|link| weight(link)).max().unwrap_or_default();
    links.into_iter().filter(|link| weight(link) == most).collect()
}

/// A link for the context that was named, then one for all contexts, then one for another.
fn context_weight(link: &Link, wanted: Option<&str>) -> u32 {
    let fits = wanted.is_some_and(|wanted| link.context.iter().any(|context| context.eq_ignore_ascii_case(wanted)));
    match (fits, link.context.is_empty()) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }
}

/// `zh` fits `zh-CN` and the other way round, a little less than the same tag does. A link without a language fits hardly.
fn language_weight(link: &Link, wanted: &[(String, u16)]) -> u32 {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let fits = |tag: &String, range: &str| {
        if tag.eq_ignore_ascii_case(range) {
            4
        } else if primary(tag) == primary(range) {
            3
        } else {
            u32::from(range == "*")
        }
    };
    let weight = |(range, weight): &(String, u16)| {
        link.hreflang.iter().map(|tag| fits(tag, range)).max().unwrap_or_default() * u32::from(*weight)
    };
    let best = wanted.iter().map(weight).max().unwrap_or_default();
    // More than a link in a language that nobody asked for.
    if link.hreflang.is_empty() && !wanted.is_empty() { best.max(1) } else { best }
}

fn media_weight(link: &Link, wanted: &[(String, u16)]) -> u32 {
    let Some(media_type) = link.media_type else { return u32::from(!wanted.is_empty()) };
    let fits = |range: &str| match range.split_once("/*") {
        _ if range == media_type => 4,
        Some(("*", "")) => 1,
        Some((kind, "")) if media_type.split('/').next() == Some(kind) => 2,
        _ => 0,
    };
    wanted.iter().map(|(range, weight)| fits(range) * u32::from(*weight)).max().unwrap_or_default()
}
