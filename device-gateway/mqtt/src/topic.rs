//! Topic names: `tt/v1/{org}/{site}/{line}/{device}/{evt|raw|ack|state}`. Levels are 1 to 64 characters of `A-Z a-z 0-9 . _ -`.

use std::fmt;

/// Bytes of a topic; longer ones are strangers'.
pub const TOPIC_BYTES_MAX: usize = 300;
const LEVEL_BYTES_MAX: usize = 64;
const PREFIX: &str = "tt/v1";

/// Where a device stands: organisation (its GLN), site, line, device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// GLN of the member.
    pub org: String,
    /// Site.
    pub site: String,
    /// Line.
    pub line: String,
    /// Device.
    pub device: String,
}

/// A packaging line: all its devices work on the same batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineKey {
    /// Site.
    pub site: String,
    /// Line.
    pub line: String,
}

impl Place {
    /// The place in the topic of an event; `None` for any other topic.
    #[must_use]
    pub fn of_event(topic: &str) -> Option<Self> {
        Self::of(topic, "evt")
    }

    /// The place in the topic of a bare code; `None` for any other topic.
    #[must_use]
    pub fn of_raw(topic: &str) -> Option<Self> {
        Self::of(topic, "raw")
    }

    fn of(topic: &str, kind: &str) -> Option<Self> {
        if topic.len() > TOPIC_BYTES_MAX {
            return None;
        }
        let mut levels = topic.strip_prefix(PREFIX)?.strip_prefix('/')?.split('/');
        let mut next = || levels.next().filter(|level| is_level(level)).map(str::to_owned);
        let place = Self { org: next()?, site: next()?, line: next()?, device: next()? };
        (levels.next() == Some(kind) && levels.next().is_none()).then_some(place)
    }

    /// The topic of one kind.
    #[must_use]
    pub fn topic(&self, kind: &str) -> String {
        format!("{PREFIX}/{}/{}/{}/{}/{kind}", self.org, self.site, self.line, self.device)
    }

    /// The line.
    #[must_use]
    pub fn line_key(&self) -> LineKey {
        LineKey { site: self.site.clone(), line: self.line.clone() }
    }
}

/// Where the answer to an event of any topic goes; `None` when it is no event's topic at all.
#[must_use]
pub fn ack_topic(event_topic: &str) -> Option<String> {
    let stem = event_topic.strip_suffix("/evt").or_else(|| event_topic.strip_suffix("/raw"))?;
    Some(format!("{stem}/ack"))
}

/// The filter for all events of an organisation.
#[must_use]
pub fn events_of(org: &str) -> String {
    format!("{PREFIX}/{org}/+/+/+/evt")
}

/// The filter for all bare codes of an organisation.
#[must_use]
pub fn raw_of(org: &str) -> String {
    format!("{PREFIX}/{org}/+/+/+/raw")
}

/// May it stand as one level of a topic?
#[must_use]
pub fn is_level(text: &str) -> bool {
    (1..=LEVEL_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.org, self.site, self.line, self.device)
    }
}

impl fmt::Display for LineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.site, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_topic_reads_back_and_nothing_else_is_one() {
        let topic = "tt/v1/9506000134376/xian/line-2/scan.1/evt";
        let place = Place::of_event(topic).expect("an event");
        assert_eq!(place.topic("evt"), topic);
        assert_eq!(ack_topic(topic).as_deref(), Some("tt/v1/9506000134376/xian/line-2/scan.1/ack"));
        assert_eq!(Place::of_raw(&place.topic("raw")), Some(place.clone()));
        assert_eq!((Place::of_raw(topic), Place::of_event(&place.topic("raw"))), (None, None));
        let long = format!("tt/v1/a/b/c/{}/evt", "d".repeat(65));
        for bad in [
            "",
            "tt/v1",
            "tt/v1/a/b/c/d/ack",
            "tt/v1/a/b/c/evt",
            "tt/v1/a/b/c/d/e/evt",
            "tt/v2/a/b/c/d/evt",
            "tt/v1/a//c/d/evt",
            "tt/v1/a/b/c/d/evt/",
            "tt/v1/a/b/c/\u{e9}/evt",
            "tt/v1/a/b/+/d/evt",
            long.as_str(),
        ] {
            assert_eq!(Place::of_event(bad), None, "`{bad}`");
        }
    }
}
