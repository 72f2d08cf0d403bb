//! Names of own fields: a namespace and a local name, and the prefixes by which documents abbreviate namespaces.
//!
//! ```text
//! JSON-LD   "example:myField"                     with {"example": "https://ns.example.com/epcis/"} in @context
//! JSON-LD   "https://ns.example.com/epcis/myField"   without a prefix: split behind the last `/`, `#` or `:`
//! XML       <example:myField xmlns:example="https://ns.example.com/epcis/">
//! ```
//! All three are one [`Name`]. Contexts are read for their prefixes and terms; a context that is only named by its address is
//! never fetched: GS1's own prefixes are known, others have to be declared in the document.

use crate::error::Fault;
use crate::text::is_uri;
use std::fmt;

/// Prefixes that GS1's JSON-LD context declares.
pub const STANDARD_PREFIXES: [(&str, &str); 8] = [
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("cbvmda", "urn:epcglobal:cbv:mda:"),
    ("gs1", "https://gs1.org/voc/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("dcterms", "http://purl.org/dc/terms/"),
];

/// Prefixes and terms of one document's contexts that are kept.
pub const PREFIXES_MAX: usize = 256;

/// A qualified name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The namespace; empty for a bare word inside of somebody's own field.
    pub namespace: String,
    /// The rest.
    pub local: String,
}

impl Name {
    /// From its two parts.
    #[must_use]
    pub fn new(namespace: impl Into<String>, local: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), local: local.into() }
    }

    /// An absolute IRI, split behind its last `/`, `#` or `:`.
    #[must_use]
    pub fn from_iri(iri: &str) -> Self {
        let cut = iri.rfind(['/', '#', ':']).map_or(0, |index| index.saturating_add(1));
        let (namespace, local) = iri.split_at_checked(cut).unwrap_or(("", iri));
        Self::new(namespace, local)
    }

    /// Namespace and local name in one.
    #[must_use]
    pub fn iri(&self) -> String {
        format!("{}{}", self.namespace, self.local)
    }
}

impl fmt::Display for Name {
    /// `{namespace}local`, as the event hash and queries write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => f.write_str(&self.local),
            namespace => write!(f, "{{{namespace}}}{}", self.local),
        }
    }
}

/// What a document's contexts (or its XML namespaces) abbreviate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// Prefix and namespace, in the order of declaration; a later one of the same prefix holds.
    prefixes: Vec<(String, String)>,
    /// A whole word and the IRI it stands for.
    terms: Vec<(String, String)>,
    /// What bare words belong to.
    vocabulary: Option<String>,
}

impl Context {
    /// Declares a prefix; those over [`PREFIXES_MAX`] are not known.
    pub fn declare(&mut self, prefix: &str, namespace: &str) {
        let namespace = self.expand(namespace).unwrap_or_else(|| namespace.to_owned());
        self.prefixes.retain(|(known, _)| known != prefix);
        if self.prefixes.len() < PREFIXES_MAX {
            self.prefixes.push((prefix.to_owned(), namespace));
        }
    }

    /// Declares a word that stands for an IRI.
    pub fn declare_term(&mut self, term: &str, iri: &str) {
        let iri = self.expand(iri).unwrap_or_else(|| iri.to_owned());
        if self.terms.len() < PREFIXES_MAX {
            self.terms.push((term.to_owned(), iri));
        }
    }

    /// Declares what bare words belong to (`@vocab`).
    pub fn declare_vocabulary(&mut self, iri: &str) {
        self.vocabulary = Some(iri.to_owned());
    }

    /// The document's own prefixes.
    pub fn prefixes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.prefixes.iter().map(|(prefix, namespace)| (prefix.as_str(), namespace.as_str()))
    }

    /// The namespace behind a prefix.
    #[must_use]
    pub fn namespace(&self, prefix: &str) -> Option<&str> {
        let own =
            self.prefixes.iter().rev().find(|(known, _)| known == prefix).map(|(_, namespace)| namespace.as_str());
        own.or_else(|| STANDARD_PREFIXES.iter().find(|(known, _)| *known == prefix).map(|(_, namespace)| *namespace))
    }

    /// `gs1:Temperature` in full. `None` when it is no abbreviation: no known prefix, or `//` behind the colon.
    #[must_use]
    pub fn expand(&self, text: &str) -> Option<String> {
        let (prefix, local) = text.split_once(':')?;
        if local.starts_with("//") || local.is_empty() {
            return None;
        }
        self.namespace(prefix).map(|namespace| format!("{namespace}{local}"))
    }

    /// The name behind the key of a JSON member.
    ///
    /// # Errors
    /// A bare word where only names with a namespace may stand.
    pub fn name(&self, key: &str) -> Result<Name, Fault> {
        if let Some((_, iri)) = self.terms.iter().rev().find(|(term, _)| term == key) {
            return Ok(Name::from_iri(iri));
        }
        if let Some((prefix, local)) = key.split_once(':')
            && !local.starts_with("//")
            && is_uri(key)
            && let Some(namespace) = self.namespace(prefix)
        {
            return Ok(Name::new(namespace, local));
        }
        if is_uri(key) { Ok(Name::from_iri(key)) } else { Err(Fault::Unknown(crate::text::shown(key))) }
    }

    /// As [`Context::name`]; a bare word, which may stand inside of own fields, belongs to `@vocab` or to nothing.
    #[must_use]
    pub fn inner_name(&self, key: &str) -> Name {
        self.name(key).unwrap_or_else(|_| Name::new(self.vocabulary.clone().unwrap_or_default(), key))
    }

    /// The prefix for a namespace: the document's own, or GS1's.
    #[must_use]
    pub fn prefix_of(&self, namespace: &str) -> Option<&str> {
        let own = self.prefixes.iter().rev().find(|(_, known)| known == namespace).map(|(prefix, _)| prefix.as_str());
        own.or_else(|| STANDARD_PREFIXES.iter().find(|(_, known)| *known == namespace).map(|(prefix, _)| *prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::{Context, Name};

    #[test]
    fn three_spellings_are_one_name() {
        let mut context = Context::default();
        context.declare("example", "https://ns.example.com/epcis/");
        let name = Name::new("https://ns.example.com/epcis/", "myField");
        assert_eq!(context.name("example:myField").as_ref(), Ok(&name));
        assert_eq!(context.name("https://ns.example.com/epcis/myField").as_ref(), Ok(&name));
        assert!(context.name("myField").is_err());
        assert_eq!(context.inner_name("myField"), Name::new("", "myField"));
    }

    #[test]
    fn a_prefix_does_not_swallow_web_addresses() {
        let mut context = Context::default();
        context.declare("https", "https://ns.example.com/epcis/");
        assert_eq!(context.expand("https://example.org/x"), None);
        assert_eq!(context.expand("gs1:Temperature").as_deref(), Some("https://gs1.org/voc/Temperature"));
        assert_eq!(context.expand("urn:epc:id"), None);
    }
}
