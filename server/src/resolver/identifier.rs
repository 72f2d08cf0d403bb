//! The identifier in a request: an uncompressed or compressed GS1 Digital Link with the primary key 01.
//!
//! ```text
//! /01/{gtin} [/22/{cpv}] [/10/{lot}] [/21/{serial} | /235/{tpx}]     levels: the whole path, and each shorter one down to 01
//! ```

use crate::scan::token::Subject;
use thiserror::Error;
use tracelight_domain::gs1::ai::Ai;
use tracelight_domain::gs1::digital_link::{DigitalLink, Leniency, build_path, decompress, is_compressed, parse_with};
use tracelight_domain::gs1::scan::ScanError;
use tracelight_domain::gs1::{Gtin, Lot, Serial};

/// Stands for our own host while a path is read.
pub const ORIGIN: &str = "https://host";

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// The product.
    pub gtin: Gtin,
    /// Key and qualifiers.
    path: Vec<(Ai, String)>,
    /// The query as it came, and what a compressed link held besides key and qualifiers.
    pub query: String,
    /// Did the request come compressed?
    pub compressed: bool,
}

/// Why there is no identifier.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NoIdentifier {
    /// It has another shape altogether: some other page of the server, or none.
    #[error("the path is no GS1 Digital Link")]
    OtherPath,
    /// It is one with a fault.
    #[error(transparent)]
    Malformed(ScanError),
    /// A good one with a key that is not resolved here.
    #[error("(01) is resolved here, ({0}) is not")]
    OtherKey(Ai),
}

impl Identifier {
    /// Reads path and query of a request.
    ///
    /// # Errors
    /// [`NoIdentifier`].
    pub fn read(path_and_query: &str) -> Result<Self, NoIdentifier> {
        let sent = format!("{ORIGIN}{path_and_query}");
        let path = path_and_query.split('?').next().unwrap_or_default();
        let plain = begins_with_ai(path);
        // A compressed link is one segment at the root.
        let compressed = !plain && path.matches('/').count() == 1 && is_compressed(&sent);
        let uri = if compressed {
            // One that cannot be decompressed is the name of a page that does not exist.
            decompress(&sent).map_err(|_| NoIdentifier::OtherPath)?
        } else if plain {
            sent
        } else {
            return Err(NoIdentifier::OtherPath);
        };
        let leniency = Leniency { pad_short_gtin: false, trailing_slash: true };
        let link = parse_with(&uri, leniency).map_err(NoIdentifier::Malformed)?;
        if !link.stem.is_empty() {
            let error = ScanError::Syntax {
                field: "digital link",
                position: 1,
                expected: "one key and its qualifiers, and nothing before them",
                found: path.chars().take(40).collect(),
            };
            return Err(NoIdentifier::Malformed(error));
        }
        let query = uri.split_once('?').map_or("", |(_, query)| query).to_owned();
        Self::of(link, query, compressed)
    }

    /// The identifier of a product and qualifiers such as `10/A24K07/21/7F3K`; none for the product itself.
    ///
    /// # Errors
    /// What is wrong with the qualifiers.
    pub fn of_product(gtin: Gtin, qualifiers: &str) -> Result<Self, NoIdentifier> {
        let bare = qualifiers.trim_matches('/');
        let slash = if bare.is_empty() { "" } else { "/" };
        Self::read(&format!("/01/{gtin}{slash}{bare}"))
    }

    fn of(link: DigitalLink, query: String, compressed: bool) -> Result<Self, NoIdentifier> {
        match link.path.first() {
            Some((key, value)) if *key == Ai::GTIN => {
                let gtin = Gtin::parse(value).map_err(|source| {
                    NoIdentifier::Malformed(ScanError::Key { position: source.position(), source })
                })?;
                Ok(Self { gtin, path: link.path, query, compressed })
            }
            Some((key, _)) => Err(NoIdentifier::OtherKey(*key)),
            None => Err(NoIdentifier::OtherPath),
        }
    }

    /// `/01/…`, uncompressed.
    #[must_use]
    pub fn path(&self) -> String {
        build_path(&self.path)
    }

    /// The qualifiers as a path, `/10/…/21/…`; empty for the product itself.
    #[must_use]
    pub fn qualifiers(&self) -> String {
        build_path(self.path.get(1..).unwrap_or_default())
    }

    /// The identifier itself and all that it belongs to, up to the product.
    #[must_use]
    pub fn levels(&self) -> Vec<Self> {
        let level = |length: usize| Self {
            path: self.path.iter().take(length).cloned().collect(),
            query: String::new(),
            compressed: false,
            ..self.clone()
        };
        (1..=self.path.len()).rev().map(level).collect()
    }

    fn value(&self, ai: Ai) -> Option<&str> {
        self.path.iter().find(|(found, _)| *found == ai).map(|(_, value)| value.as_str())
    }

    /// (10).
    #[must_use]
    pub fn lot(&self) -> Option<Lot> {
        self.value(Ai::LOT).and_then(|lot| Lot::parse(lot).ok())
    }

    /// The one pack that it names, if it names one.
    #[must_use]
    pub fn pack(&self) -> Option<Subject> {
        let serial = self.value(Ai::SERIAL).and_then(|serial| Serial::parse(serial).ok())?;
        Some(Subject { gtin: self.gtin, lot: self.lot(), serial })
    }
}

/// Does the path begin like a Digital Link: a number of two to four digits?
fn begins_with_ai(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    (2..=4).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GTIN: &str = "09506000134352";

    #[test]
    fn each_qualifier_of_the_key_makes_a_level() {
        let identifier = Identifier::read(&format!("/01/{GTIN}/22/2A/10/A%2FB/21/s?17=281031&x=1")).expect("a link");
        let levels: Vec<String> = identifier.levels().iter().map(Identifier::qualifiers).collect();
        assert_eq!(levels, ["/22/2A/10/A%2FB/21/s", "/22/2A/10/A%2FB", "/22/2A", ""]);
        assert_eq!(identifier.query, "17=281031&x=1");
        assert_eq!(identifier.pack().expect("a pack").path(), format!("/01/{GTIN}/10/A%2FB/21/s"));
        let third_party = Identifier::read(&format!("/01/{GTIN}/235/XYZ")).expect("a link");
        assert_eq!((third_party.levels().len(), third_party.pack()), (2, None));
    }

    #[test]
    fn other_paths_are_other_paths_and_faults_are_faults() {
        for path in ["/", "/check", "/robots.txt", "/epcis/01/x", "/api/v1/01/09506000134352", "/favicon.ico", "/a/b"] {
            assert_eq!(Identifier::read(path), Err(NoIdentifier::OtherPath), "{path}");
        }
        for path in [
            "/01/09506000134351",
            "/01/9506000134352",
            "/01/09506000134352/21/a/10/b",
            "/01/09506000134352/21/a%00",
            "/01/09506000134352/21/123456789012345678901",
            "/01/09506000134352?10=a",
            "/01/09506000134352?9999=a",
            "/02/09506000134352",
            "/01/",
            "/01",
            "/00/1/01/09506000134352",
        ] {
            assert!(matches!(Identifier::read(path), Err(NoIdentifier::Malformed(_))), "{path}");
        }
        let sscc = Identifier::read("/00/106141412345678908");
        assert!(matches!(sscc, Err(NoIdentifier::OtherKey(Ai::SSCC))), "{sscc:?}");
    }

    #[test]
    fn qualifiers_of_a_form_are_read_with_and_without_slashes() {
        let gtin = Gtin::parse(GTIN).expect("a GTIN");
        for (text, expected) in [("", ""), ("10/A", "/10/A"), ("/10/A/21/b/", "/10/A/21/b")] {
            assert_eq!(Identifier::of_product(gtin, text).expect(text).qualifiers(), expected);
        }
        assert!(Identifier::of_product(gtin, "10/A?x=1").is_ok_and(|found| found.qualifiers() == "/10/A"));
        assert!(Identifier::of_product(gtin, "10").is_err());
    }
}
