//! The token in a scan page's form, and the device's cookie. Both let the server count checks without keeping anything
//! about people, and without writing anything on a GET.
//!
//! ```text
//! page token   base64url( version u8 | time ms u64 | nonce 16 | subject [| said] ) . base64url( MAC 32 )
//! version      1 of a form, which has answered nothing; 2 of a page that did
//! subject      u8 length | gtin | u8 length | lot (may be empty) | u8 length | serial      (all empty: no code)
//! said         verdict u8 (its place in Verdict::ALL) | height u64 | block time ms u64
//! MAC          BLAKE3 keyed by the server's secret, over the first part
//! device       32 hex digits in the cookie `tl_device`, for one day; the scan keeps BLAKE3-keyed("device" | cookie) only
//! ```
//! The token says that this server rendered a page for this code at that time. A number made of its nonce and the device is
//! stored with the scan that it counted, so that sending it again changes nothing; readers within one second may have the
//! same page, and each device counts for itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use tracelight_domain::gs1::{Gtin, Lot, Serial};
use tracelight_domain::verdict::Verdict;

/// How long a page may lie open before its buttons ask for a new scan.
pub const PAGE_MS_MAX: u64 = 12 * 60 * 60 * 1000;
/// Characters of a token; longer ones are refused unread.
pub const TOKEN_CHARS_MAX: usize = 256;
/// Name of the device cookie.
pub const DEVICE_COOKIE: &str = "tl_device";
/// How long a device keeps its cookie, in seconds.
pub const DEVICE_COOKIE_S: u32 = 24 * 60 * 60;

/// Name of the cookie by which a phone remembers that it has checked a code. Its path is the page of that code, so that it goes nowhere
/// else; its value is the device's cookie of the day when it checked.
pub const CHECKED_COOKIE: &str = "tl_checked";
/// How long a phone remembers it, in seconds: as long as places are kept.
pub const CHECKED_COOKIE_S: u32 = 30 * 24 * 60 * 60;
/// How long checks of several codes show that one device made them: 30 days, as long as the map looks back.
pub const DEVICES_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;

const OF_A_FORM: u8 = 1;
const OF_AN_ANSWER: u8 = 2;

/// The code that a page is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// AI 01.
    pub gtin: Gtin,
    /// AI 10, when the code names it.
    pub lot: Option<Lot>,
    /// AI 21.
    pub serial: Serial,
}

impl Subject {
    /// The path of its page: `/01/…/10/…/21/…`.
    #[must_use]
    pub fn path(&self) -> String {
        use tracelight_domain::gs1::ai::Ai;
        let mut elements = vec![(Ai::GTIN, self.gtin.to_string())];
        elements.extend(self.lot.iter().map(|lot| (Ai::LOT, lot.to_string())));
        elements.push((Ai::SERIAL, self.serial.to_string()));
        tracelight_domain::gs1::digital_link::build_path(&elements)
    }
}

/// What a page answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The verdict.
    pub verdict: Verdict,
    /// The block that it rests on.
    pub height: u64,
    /// That block's time.
    pub as_of_ms: u64,
}

/// A page that this server rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken {
    /// When, milliseconds since 1970.
    pub rendered_ms: u64,
    /// Drawn anew for each page that is drawn.
    pub nonce: [u8; 16],
    /// For which code; a report may be about none.
    pub subject: Option<Subject>,
    /// What it answered; a form has answered nothing.
    pub said: Option<Said>,
    /// As which device the reader has checked this code before, by its own memory.
    pub checked_as: Option<[u8; 16]>,
}

impl PageToken {
    /// Has the page been open for longer than [`PAGE_MS_MAX`]?
    #[must_use]
    pub const fn is_too_old(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.rendered_ms) > PAGE_MS_MAX
    }
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Not made by this server, or changed.
    #[error("the form was not made by this server")]
    Foreign,
}

/// The server's secret for both purposes. Kept in the database, so that all servers of a deployment share it.
#[derive(Clone)]
pub struct ScanSecret([u8; 32]);

impl std::fmt::Debug for ScanSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScanSecret")
    }
}

impl ScanSecret {
    /// From its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Writes a token.
    #[must_use]
    pub fn seal(&self, page: &PageToken) -> String {
        let mut bytes = vec![if page.said.is_some() { OF_AN_ANSWER } else { OF_A_FORM }];
        bytes.extend(page.rendered_ms.to_be_bytes());
        bytes.extend(page.nonce);
        let subject = page.subject.as_ref();
        let lot = subject.and_then(|subject| subject.lot.as_ref()).map_or("", Lot::as_str);
        let gtin = subject.map_or("", |subject| subject.gtin.as_str());
        let serial = subject.map_or("", |subject| subject.serial.as_str());
        for part in [gtin, lot, serial] {
            // Every part has at most 20 bytes by its type.
            bytes.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
            bytes.extend(part.as_bytes());
        }
        if let Some(said) = &page.said {
            bytes.push(number_of(said.verdict));
            bytes.extend(said.height.to_be_bytes());
            bytes.extend(said.as_of_ms.to_be_bytes());
        }
        bytes.extend(page.checked_as.iter().flatten());
        let mac = self.mac(b"page", &bytes);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(mac))
    }

    /// Reads a token. The caller asks for its age ([`PageToken::is_too_old`]).
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn open(&self, token: &str) -> Result<PageToken, TokenError> {
        if token.len() > TOKEN_CHARS_MAX {
            return Err(TokenError::Foreign);
        }
        self.parse(token).ok_or(TokenError::Foreign)
    }

    fn parse(&self, token: &str) -> Option<PageToken> {
        let (body, mac) = token.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        if !bool::from(self.mac(b"page", &bytes).as_slice().ct_eq(&mac)) {
            return None;
        }
        let (version, rest) = bytes.split_first()?;
        let (time, rest) = rest.split_first_chunk::<8>()?;
        let (nonce, rest) = rest.split_first_chunk::<16>()?;
        let (gtin, rest) = part(rest)?;
        let (lot, rest) = part(rest)?;
        let (serial, rest) = part(rest)?;
        let (said, rest) = match *version {
            OF_A_FORM => (None, rest),
            OF_AN_ANSWER => {
                let (said, rest) = self::said(rest)?;
                (Some(said), rest)
            }
            _ => return None,
        };
        let checked_as = if rest.is_empty() { None } else { Some(rest.try_into().ok()?) };
        let lot = if lot.is_empty() { None } else { Some(Lot::parse(lot).ok()?) };
        let subject = match gtin {
            "" => None,
            gtin => Some(Subject { gtin: Gtin::parse(gtin).ok()?, lot, serial: Serial::parse(serial).ok()? }),
        };
        Some(PageToken { rendered_ms: u64::from_be_bytes(*time), nonce: *nonce, subject, said, checked_as })
    }

    /// Who sends the form of a page about a code: as whom it checked this code before, else the device of today.
    #[must_use]
    pub fn device_of(&self, page: &PageToken, today: Option<&str>) -> Option<[u8; 32]> {
        let (subject, before) = (page.subject.as_ref()?, page.checked_as.map(digits));
        before.as_deref().or(today).map(|device| self.device_for(subject, device))
    }

    /// Under which number a check from this page by this device is kept. Devices without a cookie share the page's own.
    #[must_use]
    pub fn page_number(&self, nonce: [u8; 16], device: Option<&[u8; 32]>) -> [u8; 16] {
        let Some(device) = device else { return nonce };
        let mut both = nonce.to_vec();
        both.extend(device);
        let [number @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = self.mac(b"number", &both);
        number
    }

    /// What is kept of a device with the checks of a code, whatever lot its address names: from two codes nobody learns that one device
    /// has checked both.
    #[must_use]
    pub fn device_for(&self, subject: &Subject, cookie: &str) -> [u8; 32] {
        // The first part and the last are of fixed lengths.
        self.mac(b"device of a code", format!("{}{}{cookie}", subject.gtin, subject.serial).as_bytes())
    }

    /// What is kept beside it for [`DEVICES_MS_MAX`]: by this the map tells people apart, over all codes of a day.
    #[must_use]
    pub fn device_today(&self, cookie: &str) -> [u8; 32] {
        self.mac(b"device", cookie.as_bytes())
    }

    fn mac(&self, purpose: &[u8], bytes: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[u8::try_from(purpose.len()).unwrap_or(u8::MAX)]).update(purpose).update(bytes);
        *hasher.finalize().as_bytes()
    }
}

/// What a page answered, and what stands behind it.
fn said(rest: &[u8]) -> Option<(Said, &[u8])> {
    let (verdict, rest) = rest.split_first()?;
    let (height, rest) = rest.split_first_chunk::<8>()?;
    let (as_of_ms, rest) = rest.split_first_chunk::<8>()?;
    let verdict = *Verdict::ALL.get(usize::from(*verdict))?;
    Some((Said { verdict, height: u64::from_be_bytes(*height), as_of_ms: u64::from_be_bytes(*as_of_ms) }, rest))
}

fn number_of(verdict: Verdict) -> u8 {
    let at = Verdict::ALL.iter().position(|known| *known == verdict);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

fn part(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (part, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((std::str::from_utf8(part).ok()?, rest))
}

/// A device's cookie, as it is written.
#[must_use]
pub fn digits(device: [u8; 16]) -> String {
    device.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A device cookie that this server could have set: 32 hex digits.
#[must_use]
pub fn device_cookie(value: &str) -> Option<&str> {
    (value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lot: Option<&str>) -> PageToken {
        PageToken {
            rendered_ms: 1_795_327_320_000,
            nonce: [7; 16],
            subject: Some(Subject {
                gtin: Gtin::parse("09506000134352").expect("a valid GTIN"),
                lot: lot.map(|lot| Lot::parse(lot).expect("a valid lot")),
                serial: Serial::parse("a/%?&+_-.000001AAAA").expect("a valid serial"),
            }),
            said: lot.map(|_| Said { verdict: Verdict::Recalled, height: 4_711, as_of_ms: 1_795_327_319_000 }),
            checked_as: None,
        }
    }

    #[test]
    fn a_token_reads_back_and_one_changed_character_does_not() {
        let secret = ScanSecret::new([9; 32]);
        for lot in [None, Some("A24K07"), Some("12345678901234567890")] {
            let page = page(lot);
            let token = secret.seal(&page);
            assert!(token.len() <= TOKEN_CHARS_MAX);
            assert_eq!(secret.open(&token), Ok(page.clone()));
            for at in 0..token.len() {
                let mut changed = token.clone().into_bytes();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).expect("ASCII");
                assert_eq!(secret.open(&changed), Err(TokenError::Foreign), "{at}");
            }
            assert_eq!(ScanSecret::new([8; 32]).open(&token), Err(TokenError::Foreign));
            assert!(
                !page.is_too_old(page.rendered_ms + PAGE_MS_MAX) && page.is_too_old(page.rendered_ms + PAGE_MS_MAX + 1)
            );
        }
    }

    #[test]
    fn m12_what_is_kept_of_a_device_is_another_thing_with_each_code_and_the_same_whatever_lot_is_named() {
        let secret = ScanSecret::new([9; 32]);
        let (cookie, other) = (digits([1; 16]), digits([2; 16]));
        let code = |lot| page(lot).subject.expect("a code");
        let next = Subject { serial: Serial::parse("a/%?&+_-.000001AAAB").expect("a serial"), ..code(None) };
        assert_eq!(secret.device_for(&code(None), &cookie), secret.device_for(&code(Some("A24K07")), &cookie));
        assert_ne!(secret.device_for(&code(None), &cookie), secret.device_for(&next, &cookie));
        assert_ne!(secret.device_for(&code(None), &cookie), secret.device_for(&code(None), &other));
        assert_ne!(secret.device_for(&code(None), &cookie), secret.device_today(&cookie));
        let sent = PageToken { checked_as: Some([1; 16]), ..page(None) };
        assert_eq!(secret.device_of(&sent, Some(&other)), Some(secret.device_for(&code(None), &cookie)));
        assert_eq!(secret.device_of(&PageToken { subject: None, ..sent }, Some(&other)), None, "it is about no code");
    }

    #[test]
    fn strangers_text_is_refused_and_nothing_panics() {
        let secret = ScanSecret::new([9; 32]);
        for text in ["", ".", "a.b", "AAAA.AAAA", &"A".repeat(4000), "é.é"] {
            assert_eq!(secret.open(text), Err(TokenError::Foreign));
        }
    }

    #[test]
    fn a_path_escapes_what_a_digital_link_escapes() {
        let subject = page(Some("A/1")).subject.expect("a code");
        assert_eq!(subject.path(), "/01/09506000134352/10/A%2F1/21/a%2F%25%3F%26%2B_-.000001AAAA");
    }
}
