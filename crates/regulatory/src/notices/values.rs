//! Words and dates of columns, and text that was written for a browser.

use super::prose::whole_date;
use super::{Class, Status};
use tracelight_domain::gs1::Date;

/// `Class I`, `High - Class I`, `Public Health Alert`; `None` for another word.
pub(super) fn class(text: &str) -> Option<Class> {
    let small = text.trim().to_lowercase();
    let last = small.rsplit(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
    if small.is_empty() || small == "nc" || small.contains("not yet classified") || small.contains("unclassified") {
        return Some(Class::None);
    }
    if small.contains("health alert") {
        return Some(Class::HealthAlert);
    }
    match last {
        "i" | "1" => Some(Class::I),
        "ii" | "2" => Some(Class::II),
        "iii" | "3" => Some(Class::III),
        _ => None,
    }
}

/// `Ongoing`, `Completed`, `Terminated`; FSIS says active and closed. `None` for another word.
pub(super) fn status(text: &str) -> Option<Status> {
    match text.trim().to_lowercase().as_str() {
        "" => Some(Status::Unknown),
        "ongoing" | "on-going" | "active" | "open" | "active recall" | "public health alert" | "outbreak" => {
            Some(Status::Ongoing)
        }
        "completed" | "complete" => Some(Status::Completed),
        "terminated" | "closed" | "closed recall" | "archived" => Some(Status::Terminated),
        _ => None,
    }
}

/// `12/29/2025`, `20251229`, `2025-12-29` with or without a time behind it, `Dec 29, 2025`, milliseconds since 1970.
pub(super) fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) && (12..=14).contains(&text.len()) {
        let millis: i64 = text.parse().ok()?;
        return Date::from_days(millis.div_euclid(86_400_000)).ok();
    }
    if let Some((day, _time)) = text.split_once('T').or_else(|| text.split_once(' '))
        && let Some(date) = Date::parse_iso(day).ok().or_else(|| whole_date(day))
        && date.day() != 0
    {
        return Some(date);
    }
    Date::parse_iso(text).ok().filter(|date| date.day() != 0).or_else(|| whole_date(text))
}

/// Text written for a browser as plain text: a tag ends a line, the entities that occur are characters.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        match tag.split_once('>') {
            // `<5 g` is no tag.
            Some((name, behind)) if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') => {
                let inline = ["a", "b", "i", "u", "em", "strong", "span", "sup", "sub"];
                let word =
                    name.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
                out.push_str(if inline.contains(&word.to_ascii_lowercase().as_str()) { "" } else { "\n" });
                rest = behind;
            }
            _ => {
                out.push('<');
                rest = tag;
            }
        }
    }
    out.push_str(rest);
    let entities = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#039;", "'"),
        ("&ldquo;", "“"),
        ("&rdquo;", "”"),
        ("&lsquo;", "‘"),
        ("&rsquo;", "’"),
        ("&ndash;", "–"),
        ("&mdash;", "—"),
        // Last: what it makes is not read again.
        ("&amp;", "&"),
    ];
    for (entity, character) in entities {
        if out.contains(entity) {
            out = out.replace(entity, character);
        }
    }
    out
}
