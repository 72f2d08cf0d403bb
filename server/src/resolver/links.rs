//! The links that are known of an identifier: those that its maker keeps, and those of this server.
//!
//! ```text
//! of the maker    any type, at any level (table `product_link`); one default a level, never of a single pack
//! of the server   a pack    pip (the default), recallStatus, traceability, verificationService: the page with its verdict
//!                           verificationService in the context dscsaSaleableReturn: the trading partners' call
//!                 others    pip (the default where the maker has none): the page that lists the links
//! ```
//!
//! A shopper who scans a pack has to see its verdict, so no maker can lead the default of a pack past it. For a type that was
//! asked for, the maker's links come first.

use super::identifier::Identifier;
use super::vocabulary::LinkType;
use crate::http::encoded;

/// The context of a request by a trading partner (GS1 Lightweight Messaging).
pub const SALEABLE_RETURN: &str = "dscsaSaleableReturn";

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The qualifiers of its level, as [`Identifier::qualifiers`] writes them.
    pub level: String,
    /// What it leads to.
    pub kind: LinkType,
    /// Where it leads.
    pub href: String,
    /// For people.
    pub title: String,
    /// Languages of the target.
    pub hreflang: Vec<String>,
    /// Media type of the target.
    pub media_type: Option<&'static str>,
    /// Where it applies.
    pub context: Vec<String>,
    /// For whoever asks for no type.
    pub is_default: bool,
    /// Is the query of the request handed on?
    pub forward_query: bool,
}

/// All that is known of an identifier.
#[derive(Clone, Debug)]
pub struct Known {
    /// What it is, in words.
    pub description: String,
    /// Its levels, the finest first.
    pub levels: Vec<Identifier>,
    /// The maker's links of all levels.
    pub makers: Vec<Link>,
    /// The server's links of all levels.
    pub ours: Vec<Link>,
}

impl Known {
    /// Adds the server's links to those of the maker.
    #[must_use]
    pub fn new(base: &str, identifier: &Identifier, description: String, makers: Vec<Link>) -> Self {
        let levels = identifier.levels();
        let ours = levels.iter().flat_map(|level| of_this_server(base, level)).collect();
        Self { description, levels, makers, ours }
    }

    /// The links of one level, the maker's first.
    pub fn of_level<'k>(&'k self, level: &'k Identifier) -> impl Iterator<Item = &'k Link> {
        let qualifiers = level.qualifiers();
        self.makers.iter().chain(&self.ours).filter(move |link| link.level == qualifiers)
    }
}

/// The page about a pack, and the page about links, by the path of the identifier. The names stand in the query, so that no
/// address but an identifier's own looks like a Digital Link.
fn page(base: &str, name: &str, path: &str) -> String {
    format!("{base}/scan/{name}?code={}", encoded(path))
}

fn of_this_server(base: &str, level: &Identifier) -> Vec<Link> {
    let both = || vec!["en".to_owned(), "zh-CN".to_owned()];
    let link = |kind, href: &str, title: &str| Link {
        level: level.qualifiers(),
        kind,
        href: href.to_owned(),
        title: title.to_owned(),
        hreflang: both(),
        media_type: Some("text/html"),
        context: Vec::new(),
        is_default: kind == LinkType::PIP,
        forward_query: true,
    };
    let Some(pack) = level.pack() else {
        return vec![link(LinkType::PIP, &page(base, "links", &level.path()), "All links of this product 全部链接")];
    };
    let verdict = page(base, "pack", &pack.path());
    let mut links = vec![
        link(LinkType::PIP, &verdict, "Check this pack 查验这一件"),
        link(LinkType::RECALL_STATUS, &verdict, "Is this pack recalled? 是否召回"),
        link(LinkType::TRACEABILITY, &verdict, "Where this pack has been 流通记录"),
        link(LinkType::VERIFICATION, &verdict, "Check this pack 查验这一件"),
    ];
    if let Some(lot) = &pack.lot {
        let (lot, serial) = (encoded(lot.as_str()), encoded(pack.serial.as_str()));
        let href = format!("{base}/vrs/verify/gtin/{}/lot/{lot}/ser/{serial}", pack.gtin);
        links.push(Link {
            hreflang: Vec::new(),
            media_type: Some("application/json"),
            context: vec![SALEABLE_RETURN.to_owned()],
            ..link(LinkType::VERIFICATION, &href, "Verification for trading partners 交易方查验")
        });
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As on the pages: a code can be copied, so nothing here says what the goods are.
    #[test]
    fn titles_speak_of_the_code_and_never_of_the_goods() {
        for path in ["/01/09506000134352", "/01/09506000134352/10/A/21/b"] {
            let identifier = Identifier::read(path).expect("a link");
            let known = Known::new("https://t.example", &identifier, String::new(), Vec::new());
            assert!(!known.ours.is_empty());
            for link in known.ours {
                for claim in ["genuine", "authentic", "original", "real", "正品", "真伪", "真品"] {
                    assert!(!link.title.to_lowercase().contains(claim), "{path}: {}", link.title);
                }
            }
        }
    }
}
