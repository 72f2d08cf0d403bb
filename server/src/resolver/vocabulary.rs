//! Link types of the GS1 Web Vocabulary, and the media types that a link may claim.
//!
//! Types are known by name, so that a typing slip is found when a link is written and not when a shopper follows it. GS1 adds
//! types and does not take any away; a new one is a new line here. Types of other vocabularies are not taken: none is needed,
//! and none may say again what GS1 has a word for.

/// Where the types' URIs begin.
pub const NAMESPACE: &str = "https://gs1.org/voc/";
/// The short form of that.
pub const PREFIX: &str = "gs1:";
/// Other ways in which the namespace is written.
const ALSO: [&str; 3] = ["https://ref.gs1.org/voc/", "https://www.gs1.org/voc/", "http://gs1.org/voc/"];

/// A type of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkType(&'static str);

/// What describes a target. `defaultLink` and `defaultLinkMulti` are not here: they are said of a link that has one of these,
/// and `handledBy` is for resolvers that pass whole ranges of identifiers on, which this one does not.
const DESCRIPTIVE: &[&str] = &[
    "activityIdeas",
    "allergenInfo",
    "appDownload",
    "backgroundInfo",
    "brandHomepageClinical",
    "brandHomepagePatient",
    "careersInfo",
    "certificationInfo",
    "consumerHandlingStorageInfo",
    "dpp",
    "eifu",
    "epcis",
    "epil",
    "eventsInfo",
    "faqs",
    "hasRetailers",
    "homepage",
    "ingredientsInfo",
    "instructions",
    "jws",
    "leaveReview",
    "locationInfo",
    "logisticsInfo",
    "loyaltyProgram",
    "masterData",
    "menuInfo",
    "nutritionalInfo",
    "openingHoursInfo",
    "paymentLink",
    "pip",
    "productSustainabilityInfo",
    "promotion",
    "purchaseSuppliesOrAccessories",
    "quickStartGuide",
    "recallStatus",
    "recipeInfo",
    "registerProduct",
    "registryEntry",
    "relatedImage",
    "relatedVideo",
    "review",
    "safetyInfo",
    "scheduleTime",
    "serviceInfo",
    "smartLabel",
    "smpc",
    "socialMedia",
    "statisticInfo",
    "subscribe",
    "support",
    "sustainabilityInfo",
    "traceability",
    "tutorial",
    "userAgreement",
    "verificationService",
    "whatsInTheBox",
];

/// Media types, all of IANA's registry, that targets have.
const MEDIA_TYPES: &[&str] = &[
    "application/fhir+json",
    "application/json",
    "application/ld+json",
    "application/linkset+json",
    "application/pdf",
    "application/rdf+xml",
    "application/vc+jwt",
    "application/xhtml+xml",
    "application/xml",
    "audio/mpeg",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/webp",
    "text/csv",
    "text/html",
    "text/plain",
    "text/turtle",
    "text/xml",
    "video/mp4",
    "video/webm",
];

impl LinkType {
    /// Product information page.
    pub const PIP: Self = Self("pip");
    /// A service that verifies an identifier.
    pub const VERIFICATION: Self = Self("verificationService");
    /// Where goods have been.
    pub const TRACEABILITY: Self = Self("traceability");
    /// Is it recalled?
    pub const RECALL_STATUS: Self = Self("recallStatus");
    /// The link for whoever asks for no type.
    pub const DEFAULT: Self = Self("defaultLink");
    /// The links among which language and context choose the default.
    pub const DEFAULT_MULTI: Self = Self("defaultLinkMulti");

    /// A type that describes a target, as `gs1:pip`, as its URI, or by its name alone.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = name_of(text);
        DESCRIPTIVE.iter().find(|known| **known == name).map(|known| Self(known))
    }

    /// Any type that can be asked for.
    #[must_use]
    pub fn asked(text: &str) -> Option<Self> {
        let defaults = [Self::DEFAULT, Self::DEFAULT_MULTI].into_iter();
        defaults.into_iter().find(|known| known.0 == name_of(text)).or_else(|| Self::parse(text))
    }

    /// `gs1:pip`.
    #[must_use]
    pub fn curie(self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// `https://gs1.org/voc/pip`.
    #[must_use]
    pub fn uri(self) -> String {
        format!("{NAMESPACE}{}", self.0)
    }
}

fn name_of(text: &str) -> &str {
    let beginnings = [PREFIX, NAMESPACE].into_iter().chain(ALSO);
    beginnings.into_iter().find_map(|beginning| text.strip_prefix(beginning)).unwrap_or(text)
}

/// A media type that a link may claim, in its registered form.
#[must_use]
pub fn media_type(text: &str) -> Option<&'static str> {
    MEDIA_TYPES.iter().copied().find(|known| known.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_in_each_of_its_forms() {
        for text in ["gs1:epil", "https://gs1.org/voc/epil", "https://ref.gs1.org/voc/epil", "epil"] {
            assert_eq!(LinkType::parse(text).map(LinkType::curie).as_deref(), Some("gs1:epil"), "{text}");
        }
        for text in ["", "gs1:", "gs1:Epil", "gs1:gs1:epil", "example:epil", "gs1:handledBy", "gs1:defaultLink"] {
            assert_eq!(LinkType::parse(text), None, "{text}");
        }
        assert_eq!(LinkType::asked("gs1:defaultLink"), Some(LinkType::DEFAULT));
    }

    #[test]
    fn the_lists_are_in_order_and_say_nothing_twice() {
        for list in [DESCRIPTIVE, MEDIA_TYPES] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
    }
}
