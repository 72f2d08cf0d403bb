//! EPC URNs: what each scheme is as a Digital Link. GS1 EPC Tag Data Standard, clause 6; GS1 Digital Link.

use super::{ORIGIN, Prefixes, encoded};
use tracelight_domain::gs1::check_digit;

/// How a scheme is laid out.
struct Scheme {
    /// Behind `urn:epc:`.
    head: &'static str,
    ai: &'static str,
    body: Body,
    tail: Tail,
}

/// What makes the key.
#[derive(Clone, Copy)]
enum Body {
    /// `prefix.reference`, as many digits together; the reference's first digit leads when told so; a check digit is added.
    Digits { count: usize, lead: Lead },
    /// `prefix.text`, without check digit.
    Text { max: usize },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// As written.
    None,
    /// The reference's first digit goes to the front.
    First,
    /// A zero goes to the front.
    Zero,
}

/// What follows the key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// Nothing.
    Nothing,
    /// `.serial` becomes a qualifier.
    Qualifier { ai: &'static str, max: usize },
    /// `.serial` becomes a qualifier, unless it is `0`.
    Extension { ai: &'static str, max: usize },
    /// `.serial` is written behind the key.
    Joined { max: usize },
    /// `.digits` is written behind the key.
    JoinedDigits { max: usize },
    /// `.piece.total.serial`.
    Pieces,
    /// `.digits` becomes a qualifier.
    QualifierDigits { ai: &'static str, max: usize },
}

const fn digits(count: usize, lead: Lead) -> Body {
    Body::Digits { count, lead }
}

const SCHEMES: [Scheme; 16] = [
    Scheme { head: "id:sgtin:", ai: "01", body: digits(13, Lead::First), tail: Tail::Qualifier { ai: "21", max: 20 } },
    Scheme { head: "id:sscc:", ai: "00", body: digits(17, Lead::First), tail: Tail::Nothing },
    Scheme { head: "id:sgln:", ai: "414", body: digits(12, Lead::None), tail: Tail::Extension { ai: "254", max: 20 } },
    Scheme { head: "id:grai:", ai: "8003", body: digits(12, Lead::Zero), tail: Tail::Joined { max: 16 } },
    Scheme { head: "id:giai:", ai: "8004", body: Body::Text { max: 30 }, tail: Tail::Nothing },
    Scheme { head: "id:gsrn:", ai: "8018", body: digits(17, Lead::None), tail: Tail::Nothing },
    Scheme { head: "id:gsrnp:", ai: "8017", body: digits(17, Lead::None), tail: Tail::Nothing },
    Scheme { head: "id:gdti:", ai: "253", body: digits(12, Lead::None), tail: Tail::Joined { max: 17 } },
    Scheme {
        head: "id:cpi:",
        ai: "8010",
        body: Body::Text { max: 30 },
        tail: Tail::QualifierDigits { ai: "8011", max: 12 },
    },
    Scheme { head: "id:sgcn:", ai: "255", body: digits(12, Lead::None), tail: Tail::JoinedDigits { max: 12 } },
    Scheme { head: "id:ginc:", ai: "401", body: Body::Text { max: 30 }, tail: Tail::Nothing },
    Scheme { head: "id:gsin:", ai: "402", body: digits(16, Lead::None), tail: Tail::Nothing },
    Scheme { head: "id:itip:", ai: "8006", body: digits(13, Lead::First), tail: Tail::Pieces },
    Scheme { head: "id:upui:", ai: "01", body: digits(13, Lead::First), tail: Tail::Qualifier { ai: "235", max: 28 } },
    Scheme { head: "id:pgln:", ai: "417", body: digits(12, Lead::None), tail: Tail::Nothing },
    Scheme {
        head: "class:lgtin:",
        ai: "01",
        body: digits(13, Lead::First),
        tail: Tail::Qualifier { ai: "10", max: 20 },
    },
];

/// Schemes that have patterns, which are classes of keys.
const PATTERNS: [&str; 7] = ["sgtin", "grai", "gdti", "sgcn", "cpi", "itip", "upui"];

fn scheme_of(body: &str) -> Option<(&'static Scheme, &str)> {
    SCHEMES.iter().find_map(|scheme| Some((scheme, body.strip_prefix(scheme.head)?)))
}

/// A URN of a scheme whose rules are known here.
pub(super) fn is_known(id: &str) -> bool {
    let Some(body) = id.strip_prefix("urn:epc:") else { return false };
    scheme_of(body).is_some()
        || body
            .strip_prefix("idpat:")
            .is_some_and(|rest| PATTERNS.iter().any(|name| rest.starts_with(&format!("{name}:"))))
}

/// The canonical link; `None` when the URN does not fit its scheme, or names more than one key.
pub(super) fn to_link(id: &str) -> Option<String> {
    let body = id.strip_prefix("urn:epc:")?;
    if let Some(rest) = body.strip_prefix("idpat:") {
        return pattern_link(rest);
    }
    let (scheme, rest) = scheme_of(body)?;
    let (prefix, rest) = company_prefix(rest)?;
    match scheme.body {
        Body::Text { max } => text_link(scheme, prefix, rest, max),
        Body::Digits { count, lead } => {
            let (key, tail) = key_of(prefix, rest, count, lead)?;
            tail_link(scheme, &key, tail)
        }
    }
}

fn company_prefix(text: &str) -> Option<(&str, &str)> {
    let (prefix, rest) = text.split_once('.')?;
    ((6..=12).contains(&prefix.len()) && is_digits(prefix)).then_some((prefix, rest))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The key with its check digit, and what follows it (with its dot).
fn key_of<'t>(prefix: &str, rest: &'t str, count: usize, lead: Lead) -> Option<(String, &'t str)> {
    let (reference, tail) = rest.split_at_checked(count.checked_sub(prefix.len())?)?;
    if !is_digits(reference) {
        return None;
    }
    let payload = match lead {
        Lead::None => format!("{prefix}{reference}"),
        Lead::Zero => format!("0{prefix}{reference}"),
        Lead::First => {
            let (first, others) = reference.split_at_checked(1)?;
            format!("{first}{prefix}{others}")
        }
    };
    let check = char::from(check_digit(payload.as_bytes())?);
    Some((format!("{payload}{check}"), tail))
}

fn tail_link(scheme: &Scheme, key: &str, tail: &str) -> Option<String> {
    let ai = scheme.ai;
    if scheme.tail == Tail::Nothing {
        return tail.is_empty().then(|| format!("{ORIGIN}/{ai}/{key}"));
    }
    let tail = tail.strip_prefix('.')?;
    Some(match scheme.tail {
        Tail::Nothing => return None,
        Tail::Extension { .. } if tail == "0" => format!("{ORIGIN}/{ai}/{key}"),
        Tail::Qualifier { ai: qualifier, max } | Tail::Extension { ai: qualifier, max } => {
            format!("{ORIGIN}/{ai}/{key}/{qualifier}/{}", serial(tail, max)?)
        }
        Tail::Joined { max } => format!("{ORIGIN}/{ai}/{key}{}", serial(tail, max)?),
        Tail::JoinedDigits { max } => format!("{ORIGIN}/{ai}/{key}{}", numeric(tail, max)?),
        Tail::QualifierDigits { ai: qualifier, max } => {
            format!("{ORIGIN}/{ai}/{key}/{qualifier}/{}", numeric(tail, max)?)
        }
        Tail::Pieces => {
            let mut parts = tail.splitn(3, '.');
            let (piece, total, last) = (parts.next()?, parts.next()?, parts.next()?);
            let sound = piece.len() == 2 && total.len() == 2 && is_digits(piece) && is_digits(total);
            let last = serial(last, 20)?;
            return sound.then(|| format!("{ORIGIN}/{ai}/{key}{piece}{total}/21/{last}"));
        }
    })
}

fn text_link(scheme: &Scheme, prefix: &str, rest: &str, max: usize) -> Option<String> {
    let room = max.checked_sub(prefix.len())?;
    let ai = scheme.ai;
    match scheme.tail {
        Tail::QualifierDigits { ai: qualifier, max } => {
            let (reference, last) = rest.rsplit_once('.')?;
            Some(format!("{ORIGIN}/{ai}/{prefix}{}/{qualifier}/{}", part(reference, room)?, numeric(last, max)?))
        }
        _ => Some(format!("{ORIGIN}/{ai}/{prefix}{}", serial(rest, room)?)),
    }
}

/// A serial of a URN, as a link has it. A triplet counts as one character.
fn serial(text: &str, max: usize) -> Option<String> {
    let decoded = super::decoded(text).filter(|_| text.bytes().all(is_urn_character))?;
    let length = decoded.chars().count();
    (1..=max).contains(&length).then(|| encoded(&decoded))
}

/// A component or part reference: digits, capitals, `-`, and `#` and `/` encoded.
fn part(text: &str, max: usize) -> Option<String> {
    let decoded = super::decoded(text)?;
    let sound =
        decoded.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || matches!(b, b'#' | b'-' | b'/'));
    (sound && (1..=max).contains(&decoded.len())).then(|| encoded(&decoded))
}

fn numeric(text: &str, max: usize) -> Option<&str> {
    ((1..=max).contains(&text.len()) && is_digits(text)).then_some(text)
}

/// What may stand in the serial of an EPC URN without being encoded, and the percent sign.
const fn is_urn_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'-' | b'.' | b':' | b';' | b'=' | b'_' | b'%'
        )
}

/// `sgtin:4012345.066666.*`: the class of all serials.
fn pattern_link(rest: &str) -> Option<String> {
    let name = PATTERNS.iter().find(|name| rest.starts_with(&format!("{name}:")))?;
    let body = rest.strip_prefix(name)?.strip_prefix(':')?.strip_suffix(".*")?;
    let scheme =
        SCHEMES.iter().find(|scheme| scheme.head.strip_prefix("id:").is_some_and(|head| head == format!("{name}:")))?;
    let (prefix, rest) = company_prefix(body)?;
    let ai = scheme.ai;
    match scheme.body {
        Body::Text { max } => Some(format!("{ORIGIN}/{ai}/{prefix}{}", part(rest, max.checked_sub(prefix.len())?)?)),
        Body::Digits { count, lead } => {
            let (key, tail) = key_of(prefix, rest, count, lead)?;
            if scheme.tail != Tail::Pieces {
                return tail.is_empty().then(|| format!("{ORIGIN}/{ai}/{key}"));
            }
            let (piece, total) = tail.strip_prefix('.')?.split_once('.')?;
            let sound = piece.len() == 2 && total.len() == 2 && is_digits(piece) && is_digits(total);
            sound.then(|| format!("{ORIGIN}/{ai}/{key}{piece}{total}"))
        }
    }
}

/// `sgtin:0614141.*.*` against a URN of an instance, part by part.
pub(super) fn pattern_matches(pattern: &str, id: &str) -> bool {
    let Some(id) = id.strip_prefix("urn:epc:id:") else { return false };
    let (Some((scheme, pattern)), Some((other, id))) = (pattern.split_once(':'), id.split_once(':')) else {
        return false;
    };
    if scheme != other {
        return false;
    }
    let mut theirs = id.split('.');
    let mut parts = pattern.split('.').peekable();
    while let Some(part) = parts.next() {
        if part == "*" && parts.peek().is_none() {
            return theirs.next().is_some();
        }
        match theirs.next() {
            Some(value) if part == "*" || part == value => {}
            _ => return false,
        }
    }
    theirs.next().is_none()
}

/// The URN of a canonical link.
pub(super) fn of_link(link: &str, prefixes: &Prefixes) -> Option<String> {
    let mut segments = link.strip_prefix(ORIGIN)?.strip_prefix('/')?.split('/');
    let (ai, value) = (segments.next()?, segments.next()?);
    let qualifier = segments.next().zip(segments.next());
    let value = super::decoded(value)?;
    let urn_text = |text: &str| -> Option<String> { super::decoded(text).map(|text| urn_encoded(&text)) };
    let head = |count: usize, lead: Lead| prefixes.split(&value, count, lead == Lead::First, lead == Lead::Zero);
    Some(match (ai, qualifier) {
        ("00", None) => format!("urn:epc:id:sscc:{}", head(17, Lead::First)?),
        ("01", None) => format!("urn:epc:idpat:sgtin:{}.*", head(13, Lead::First)?),
        ("01", Some(("21", serial))) => format!("urn:epc:id:sgtin:{}.{}", head(13, Lead::First)?, urn_text(serial)?),
        ("01", Some(("10", lot))) => format!("urn:epc:class:lgtin:{}.{}", head(13, Lead::First)?, urn_text(lot)?),
        ("01", Some(("235", serial))) => format!("urn:epc:id:upui:{}.{}", head(13, Lead::First)?, urn_text(serial)?),
        ("414", None) => format!("urn:epc:id:sgln:{}.0", head(12, Lead::None)?),
        ("414", Some(("254", extension))) => {
            format!("urn:epc:id:sgln:{}.{}", head(12, Lead::None)?, urn_text(extension)?)
        }
        ("417", None) => format!("urn:epc:id:pgln:{}", head(12, Lead::None)?),
        ("8018", None) => format!("urn:epc:id:gsrn:{}", head(17, Lead::None)?),
        ("8017", None) => format!("urn:epc:id:gsrnp:{}", head(17, Lead::None)?),
        ("402", None) => format!("urn:epc:id:gsin:{}", head(16, Lead::None)?),
        ("253", None) => {
            format!("urn:epc:id:gdti:{}.{}", head(12, Lead::None)?, urn_encoded(non_empty(value.get(13..)?)?))
        }
        ("255", None) => format!("urn:epc:id:sgcn:{}.{}", head(12, Lead::None)?, non_empty(value.get(13..)?)?),
        ("8003", None) => match value.get(14..)? {
            "" => format!("urn:epc:idpat:grai:{}.*", head(12, Lead::Zero)?),
            serial => format!("urn:epc:id:grai:{}.{}", head(12, Lead::Zero)?, urn_encoded(serial)),
        },
        ("8004" | "401", None) => {
            let length = prefixes.length_of(&value)?;
            let (prefix, rest) = value.split_at_checked(length)?;
            let name = if ai == "8004" { "giai" } else { "ginc" };
            format!("urn:epc:id:{name}:{prefix}.{}", urn_encoded(non_empty(rest)?))
        }
        _ => return None,
    })
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// As a URN writes a serial: only what a URN may not hold is encoded.
fn urn_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte != b'%' && is_urn_character(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
