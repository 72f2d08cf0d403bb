//! The lists of the Core Business Vocabulary 2.0, and the spellings of a standard word.
//!
//! ```text
//! bare word   shipping                                       JSON-LD
//! URN         urn:epcglobal:cbv:bizstep:shipping             XML 1.x and 2.0
//! web URI     https://ref.gs1.org/cbv/BizStep-shipping       XML 2.0 on request, event hash, and the abbreviation cbv:BizStep-shipping
//! ```
//! Measurement types and sensor alerts have no URN: `Temperature`, `gs1:Temperature`, `https://gs1.org/voc/Temperature`.
//! All spellings are one [`Term`]. A bare word that is in no list is refused; a word of somebody's own is a URI.

mod lists;

use crate::error::Fault;
use crate::text::{Uri, shown};
use std::fmt;

/// One of the standard lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    BizStep,
    Disposition,
    TransactionType,
    SourceDestinationType,
    ErrorReason,
    Component,
    Measurement,
    SensorAlert,
}

impl List {
    /// What people call a member of it.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::BizStep => "business step",
            Self::Disposition => "disposition",
            Self::TransactionType => "business transaction type",
            Self::SourceDestinationType => "source or destination type",
            Self::ErrorReason => "error reason",
            Self::Component => "component",
            Self::Measurement => "measurement type",
            Self::SensorAlert => "sensor alert",
        }
    }

    /// The words, as JSON writes them.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::BizStep => lists::BIZ_STEPS,
            Self::Disposition => lists::DISPOSITIONS,
            Self::TransactionType => lists::TRANSACTION_TYPES,
            Self::SourceDestinationType => lists::SOURCE_DESTINATION_TYPES,
            Self::ErrorReason => lists::ERROR_REASONS,
            Self::Component => lists::COMPONENTS,
            Self::Measurement => lists::MEASUREMENTS,
            Self::SensorAlert => lists::SENSOR_ALERTS,
        }
    }

    /// What stands before the word in a URN; the lists of the GS1 Web Vocabulary have none.
    const fn urn(self) -> Option<&'static str> {
        match self {
            Self::BizStep => Some("urn:epcglobal:cbv:bizstep:"),
            Self::Disposition => Some("urn:epcglobal:cbv:disp:"),
            Self::TransactionType => Some("urn:epcglobal:cbv:btt:"),
            Self::SourceDestinationType => Some("urn:epcglobal:cbv:sdt:"),
            Self::ErrorReason => Some("urn:epcglobal:cbv:er:"),
            Self::Component => Some("urn:epcglobal:cbv:comp:"),
            Self::Measurement | Self::SensorAlert => None,
        }
    }

    /// What stands before the word in a web URI.
    const fn web(self) -> &'static str {
        match self {
            Self::BizStep => "https://ref.gs1.org/cbv/BizStep-",
            Self::Disposition => "https://ref.gs1.org/cbv/Disp-",
            Self::TransactionType => "https://ref.gs1.org/cbv/BTT-",
            Self::SourceDestinationType => "https://ref.gs1.org/cbv/SDT-",
            Self::ErrorReason => "https://ref.gs1.org/cbv/ER-",
            Self::Component => "https://ref.gs1.org/cbv/Comp-",
            Self::Measurement | Self::SensorAlert => "https://gs1.org/voc/",
        }
    }

    /// The same, abbreviated or in an older place.
    const fn web_also(self) -> &'static [&'static str] {
        match self {
            Self::BizStep => &["cbv:BizStep-", "https://ns.gs1.org/cbv/BizStep-", "http://ns.gs1.org/cbv/BizStep-"],
            Self::Disposition => &["cbv:Disp-", "https://ns.gs1.org/cbv/Disp-", "http://ns.gs1.org/cbv/Disp-"],
            Self::TransactionType => &["cbv:BTT-", "https://ns.gs1.org/cbv/BTT-", "http://ns.gs1.org/cbv/BTT-"],
            Self::SourceDestinationType => &["cbv:SDT-", "https://ns.gs1.org/cbv/SDT-", "http://ns.gs1.org/cbv/SDT-"],
            Self::ErrorReason => &["cbv:ER-", "https://ns.gs1.org/cbv/ER-", "http://ns.gs1.org/cbv/ER-"],
            Self::Component => &["cbv:Comp-", "https://ns.gs1.org/cbv/Comp-", "http://ns.gs1.org/cbv/Comp-"],
            Self::Measurement | Self::SensorAlert => &[
                "gs1:",
                "http://gs1.org/voc/",
                "https://www.gs1.org/voc/",
                "http://www.gs1.org/voc/",
                "https://ref.gs1.org/voc/",
            ],
        }
    }

    fn word(self, text: &str) -> Option<&'static str> {
        self.words().iter().copied().find(|word| *word == text)
    }

    /// The word behind any of the long spellings.
    fn long(self, text: &str) -> Option<&str> {
        let heads = self.urn().into_iter().chain([self.web()]).chain(self.web_also().iter().copied());
        heads.into_iter().find_map(|head| text.strip_prefix(head))
    }

    /// Is it one of the spellings that the JSON Schema bars, so that a standard word has one spelling in JSON?
    fn barred_in_json(self, text: &str) -> bool {
        let heads: &[&str] = match self {
            Self::Measurement | Self::SensorAlert => {
                &["https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/", "http://www.gs1.org/voc/"]
            }
            _ => &["urn:epcglobal:cbv", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/"],
        };
        heads.iter().any(|head| text.starts_with(head))
    }
}

/// A word of a list, or somebody's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// A word of the standard.
    Standard(List, &'static str),
    /// A URI of somebody's own; also a word of the standard's namespace that its list does not have, in its web form.
    Own(Uri),
}

impl Term {
    /// As JSON-LD has it: a bare word of the list, or a URI that is not a long spelling of one.
    ///
    /// # Errors
    /// A bare word that is not in the list, no URI, or a spelling that the JSON Schema bars.
    pub fn parse_json(list: List, text: &str) -> Result<Self, Fault> {
        if list.barred_in_json(text) {
            let short = list.long(text).unwrap_or("the bare word").to_owned();
            return Err(Fault::SpeltForXml { list: list.noun(), word: shown(text), short: shown(&short) });
        }
        Self::parse(list, text)
    }

    /// In any spelling: XML, queries, paths.
    ///
    /// # Errors
    /// A bare word that is not in the list, or no URI.
    pub fn parse(list: List, text: &str) -> Result<Self, Fault> {
        if let Some(word) = list.word(text) {
            return Ok(Self::Standard(list, word));
        }
        if let Some(rest) = list.long(text) {
            return match list.word(rest) {
                Some(word) => Ok(Self::Standard(list, word)),
                // CBV 1.x had a few words more; they stay what they are, in the form that JSON can hold.
                None if list.urn().is_some() => Uri::parse(&format!("{}{rest}", list.web())).map(Self::Own),
                None => Uri::parse(text).map(Self::Own),
            };
        }
        Uri::parse(text).map(Self::Own).map_err(|_| Fault::NotWord { list: list.noun(), word: shown(text) })
    }

    /// The bare word, or the URI.
    #[must_use]
    pub fn short(&self) -> &str {
        match self {
            Self::Standard(_, word) => word,
            Self::Own(uri) => uri.as_str(),
        }
    }

    /// The web URI, as the event hash has it.
    #[must_use]
    pub fn web(&self) -> String {
        match self {
            Self::Standard(list, word) => format!("{}{word}", list.web()),
            Self::Own(uri) => uri.as_str().to_owned(),
        }
    }

    /// As XML writes it: the URN where there is one.
    #[must_use]
    pub fn xml(&self) -> String {
        match self {
            Self::Standard(list, word) => match list.urn() {
                Some(urn) if *list != List::Component => format!("{urn}{word}"),
                _ if *list == List::Component => self.web(),
                _ => format!("gs1:{word}"),
            },
            Self::Own(uri) => uri.as_str().to_owned(),
        }
    }

    /// Is it this word of its standard list?
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Self::Standard(_, own) if *own == word)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.short())
    }
}

#[cfg(test)]
mod tests;
