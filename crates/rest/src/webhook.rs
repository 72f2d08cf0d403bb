//! The receiver's side of webhooks (Standard Webhooks 1.0): does a call come from the server, and is it fresh?
//!
//! ```text
//! webhook-id         the delivery's id: take each once
//! webhook-timestamp  seconds since 1970, of the attempt                         at most TOLERANCE_S from now
//! webhook-signature  "v1," base64(HMAC-SHA256(secret, id "." timestamp "." body))   several with a space between them
//! ```
//! ```
//! use reqwest::header::HeaderMap;
//! use tracelight_rest::webhook::{Rejected, Secret, verify};
//!
//! # fn take(secret: &Secret, headers: &HeaderMap, body: &[u8], now_s: u64) -> Result<(), Box<dyn std::error::Error>> {
//! // The body as it came: parsed and written again it is another one.
//! let call = verify(secret, headers, body, now_s)?;
//! let event = call.event()?;
//! println!("{} {} {:?}", call.id(), event.r#type, event.data.shipment);
//! # Ok(()) }
//! ```
//! The comparison takes the same time wherever two codes differ. Calls of EPCIS subscriptions are signed in the same way, with the
//! subscription's `signatureToken` as it was given or told ([`Secret::of_text`]); their body is an EPCISQueryDocument.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::header::HeaderMap;
use sha2::Sha256;
use tracelight_api::rest::webhook::WebhookEvent;

/// How far a call's time may be from the receiver's, seconds: five minutes.
pub const TOLERANCE_S: u64 = 300;
/// Signatures of one call that are looked at. The server writes two at most.
const SIGNATURES_MAX: usize = 16;
/// Bytes of a secret, as the server takes them; shorter ones could be guessed.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=200;

/// What signs an endpoint's calls.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

/// Not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `whsec_` and the base64 of 16 to 200 bytes; for an EPCIS subscription also 16 to 200 bytes of text")]
pub struct NoSecret;

impl Secret {
    /// Reads `whsec_…`, as the server told it once.
    ///
    /// # Errors
    /// [`NoSecret`].
    pub fn parse(text: &str) -> Result<Self, NoSecret> {
        let coded = text.trim().strip_prefix("whsec_").ok_or(NoSecret)?;
        Self::of(STANDARD.decode(coded).map_err(|_| NoSecret)?)
    }

    /// The `signatureToken` of an EPCIS subscription: a text is the secret as it stands, byte by byte; behind `whsec_` is its base64.
    ///
    /// # Errors
    /// [`NoSecret`].
    pub fn of_text(token: &str) -> Result<Self, NoSecret> {
        if token.starts_with("whsec_") { Self::parse(token) } else { Self::of(token.as_bytes().to_vec()) }
    }

    fn of(bytes: Vec<u8>) -> Result<Self, NoSecret> {
        if SECRET_BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(NoSecret) }
    }
}

/// Why a call is not taken. Answer 400 and do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// A header is missing, stands twice, or is no text.
    #[error("the header `{0}` is missing, or there are two")]
    Header(&'static str),
    /// The time is no number of seconds.
    #[error("`webhook-timestamp` is no time")]
    NoTime,
    /// Too old: it may be a copy of an earlier call. Or too new: one of the two clocks is wrong.
    #[error("the call is {0} s from now, at most {TOLERANCE_S} s are taken")]
    NotFresh(u64),
    /// No signature is that of the secret.
    #[error("no signature fits: another secret, or another body than was sent")]
    Signature,
}

/// A call that comes from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'c> {
    id: &'c str,
    sent_s: u64,
    body: &'c [u8],
}

impl Verified<'_> {
    /// Id of the delivery: the same when it is sent again. Take each once.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id
    }

    /// When this attempt was made, seconds since 1970.
    #[must_use]
    pub fn sent_s(&self) -> u64 {
        self.sent_s
    }

    /// The event.
    ///
    /// # Errors
    /// When the body is none, as that of an EPCIS subscription.
    pub fn event(&self) -> Result<WebhookEvent, serde_json::Error> {
        serde_json::from_slice(self.body)
    }
}

/// Checks a call: `body` as it came, byte by byte; `now_s` the receiver's clock, seconds since 1970.
///
/// # Errors
/// [`Rejected`].
pub fn verify<'c>(
    secret: &Secret,
    headers: &'c HeaderMap,
    body: &'c [u8],
    now_s: u64,
) -> Result<Verified<'c>, Rejected> {
    let id = one(headers, "webhook-id")?;
    let at = one(headers, "webhook-timestamp")?;
    let signatures = one(headers, "webhook-signature")?;
    // Exactly as the server writes it: no sign, no zeros in front, so that what is signed is what is read.
    let sent_s = at.parse::<u64>().ok().filter(|seconds| seconds.to_string() == at).ok_or(Rejected::NoTime)?;
    let away = now_s.abs_diff(sent_s);
    if away > TOLERANCE_S {
        return Err(Rejected::NotFresh(away));
    }
    // A key of any length is one.
    let mut code = Hmac::<Sha256>::new_from_slice(&secret.0).map_err(|_| Rejected::Signature)?;
    for part in [id.as_bytes(), b".", at.as_bytes(), b".", body] {
        code.update(part);
    }
    let given = signatures.split(' ').take(SIGNATURES_MAX).filter_map(|one| one.strip_prefix("v1,"));
    let mut given = given.filter_map(|coded| STANDARD.decode(coded).ok());
    // `verify_slice` compares in constant time.
    if given.any(|given| code.clone().verify_slice(&given).is_ok()) {
        Ok(Verified { id, sent_s, body })
    } else {
        Err(Rejected::Signature)
    }
}

fn one<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Rejected> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Rejected::Header(name)) };
    value.to_str().map_err(|_| Rejected::Header(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const AT: u64 = 1_614_265_330;
    const BODY: &[u8] = b"{\"test\": 2432232314}";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn headers(at: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek".parse().expect("text"));
        headers.insert("webhook-timestamp", at.parse().expect("text"));
        headers.insert("webhook-signature", signature.parse().expect("text"));
        headers
    }

    #[track_caller]
    fn check(headers: &HeaderMap, body: &[u8], now_s: u64, expected: Result<(), Rejected>) {
        let secret = Secret::parse(SECRET).expect("a secret");
        assert_eq!(verify(&secret, headers, body, now_s).map(drop), expected);
    }

    #[test]
    fn the_example_of_the_specification_is_taken() {
        let headers = headers("1614265330", SIGNATURE);
        let secret = Secret::parse(SECRET).expect("a secret");
        let call = verify(&secret, &headers, BODY, AT).expect("it is from the server");
        assert_eq!((call.id(), call.sent_s()), ("msg_p5jXN8AQM9LWM0D4loKWxJek", AT));
        assert!(call.event().is_err(), "the example is no event of ours");
    }

    #[test]
    fn one_of_several_signatures_is_enough() {
        let other = format!("v1,{}", STANDARD.encode([7; 32]));
        for good in [
            format!("{other} {SIGNATURE}"),
            format!("{SIGNATURE} {other}"),
            format!("v1a,xyz v1,not-base64 {SIGNATURE}"),
        ] {
            check(&headers("1614265330", &good), BODY, AT, Ok(()));
        }
        let buried = format!("{} {SIGNATURE}", vec![other.as_str(); SIGNATURES_MAX].join(" "));
        for bad in [other.as_str(), "", "v1,", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", buried.as_str()] {
            check(&headers("1614265330", bad), BODY, AT, Err(Rejected::Signature));
        }
        let short = SIGNATURE.replace("1OE=", "");
        check(&headers("1614265330", &short), BODY, AT, Err(Rejected::Signature));
    }

    #[test]
    fn another_body_id_or_time_is_not_what_was_signed() {
        let good = headers("1614265330", SIGNATURE);
        check(&good, b"{\"test\":2432232314}", AT, Err(Rejected::Signature));
        check(&headers("1614265331", SIGNATURE), BODY, AT, Err(Rejected::Signature));
        let mut renamed = good.clone();
        renamed.insert("webhook-id", "msg_x".parse().expect("text"));
        check(&renamed, BODY, AT, Err(Rejected::Signature));
    }

    #[test]
    fn five_minutes_are_taken_and_not_a_second_more() {
        let good = headers("1614265330", SIGNATURE);
        for now in [AT - TOLERANCE_S, AT + TOLERANCE_S] {
            check(&good, BODY, now, Ok(()));
        }
        for now in [AT - TOLERANCE_S - 1, AT + TOLERANCE_S + 1] {
            check(&good, BODY, now, Err(Rejected::NotFresh(TOLERANCE_S + 1)));
        }
        for bad in ["", "x", "-1", "+1614265330", "01614265330", "1614265330.0", "99999999999999999999"] {
            check(&headers(bad, SIGNATURE), BODY, AT, Err(Rejected::NoTime));
        }
    }

    #[test]
    fn a_header_that_is_missing_or_twice_is_named() {
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut without = headers("1614265330", SIGNATURE);
            without.remove(name);
            check(&without, BODY, AT, Err(Rejected::Header(name)));
            let mut twice = headers("1614265330", SIGNATURE);
            twice.append(name, "x".parse().expect("text"));
            check(&twice, BODY, AT, Err(Rejected::Header(name)));
        }
    }

    #[test]
    fn a_subscription_is_verified_with_its_token_as_it_was_given() {
        let text = "0123456789abcdef";
        let mut code = Hmac::<Sha256>::new_from_slice(text.as_bytes()).expect("a key of any length");
        code.update(b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{}");
        let headers = headers("1614265330", &format!("v1,{}", STANDARD.encode(code.finalize().into_bytes())));
        let plain = Secret::of_text(text).expect("a text is a secret");
        assert!(verify(&plain, &headers, b"{}", AT).is_ok());
        let coded = Secret::of_text(&format!("whsec_{}", STANDARD.encode(text))).expect("the same secret");
        assert!(verify(&coded, &headers, b"{}", AT).is_ok());
        let told = Secret::of_text(SECRET).expect("as the server tells it");
        assert_eq!(verify(&told, &headers, b"{}", AT), Err(Rejected::Signature));
        for good in ["x".repeat(16), "x".repeat(200), "é".repeat(8)] {
            assert!(Secret::of_text(&good).is_ok(), "{good}");
        }
        for bad in ["", "short", "whsec_!", "whsec_c2hvcnQ=", &"x".repeat(15), &"x".repeat(201)] {
            assert_eq!(Secret::of_text(bad).map(drop), Err(NoSecret), "{bad}");
        }
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for bad in ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ="] {
            assert_eq!(Secret::parse(bad).map(drop), Err(NoSecret), "{bad}");
        }
        let secret = Secret::parse(SECRET).expect("a secret");
        assert!(!format!("{secret:?}").contains("MfKQ") && !format!("{secret:?}").contains('['));
    }
}
