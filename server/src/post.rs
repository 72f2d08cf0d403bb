//! Brings reports and events to webhooks, signed (Standard Webhooks 1.0), and again until they are taken or given up. The one
//! way out of this server to addresses that members name.
//!
//! ```text
//! webhook-id         the delivery's id, the same at every attempt: take it once
//! webhook-timestamp  seconds since 1970, of the attempt
//! webhook-signature  "v1," base64(HMAC-SHA256(secret, id "." timestamp "." body)); two with a space, while a secret is rotated
//! GS1-Signature      "sha256=" hex(HMAC-SHA256(secret, body))       EPCIS alone
//! secret             whsec_ base64 of it, or (EPCIS) the text itself
//! ```
//! 2xx: taken. 410: given up. Anything else: again after 5 s, 30 s, 2 min, 10 min, 1 h, 6 h, 24 h; then given up, and told in
//! the delivery log. At most [`AT_ONCE`] of an outbox are on their way at once; the answer's body is not read.
//!
//! | module | holds |
//! |---|---|
//! | [`target`] | where deliveries may go |

pub mod target;

use crate::app::AppState;
use crate::config::EpcisConfig;
use crate::store::{Delivery, Outbox, Recipient, Sent};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Deliveries of one outbox on their way at once.
const AT_ONCE: u64 = 8;
/// A worker's claim on a delivery: above the client's time-out.
const CLAIM_MS: u64 = 30_000;
/// Pauses after each failed attempt, seconds.
const PAUSES_S: [u64; 7] = [5, 30, 120, 600, 3_600, 21_600, 86_400];
/// How long lines of the delivery logs are kept.
const LINES_LIVE_MS: u64 = 14 * 24 * 60 * 60 * 1_000;
/// Turns between two sweeps of the delivery logs.
const SWEEP_TURNS: u64 = 1_200;
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Sends what is due until it is told to stop. Each outbox at its own pace: slow subscribers hold no event up.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    let postman = Postman::new(&state.config.epcis);
    let each = Outbox::ALL.map(|outbox| {
        let (postman, state) = (&postman, &state);
        async move {
            loop {
                postman.turn(state, outbox).await;
                tokio::time::sleep(PAUSE).await;
            }
        }
    });
    tokio::select! {
        _ = futures::future::join_all(each) => {},
        _ = stop.wait_for(|stopped| *stopped) => {},
    }
}

/// Brings deliveries.
#[derive(Debug)]
struct Postman {
    client: Option<reqwest::Client>,
    loopback: bool,
    turns: AtomicU64,
}

impl Postman {
    /// Sets the client up; without one (no TLS roots on this machine) deliveries wait, and the log says so.
    fn new(config: &EpcisConfig) -> Self {
        let loopback = config.webhooks_to_loopback;
        let client = target::client(loopback)
            .map_err(|error| tracing::error!(cause = %error, "Webhooks cannot be sent from this machine: {error}"))
            .ok();
        Self { client, loopback, turns: AtomicU64::new(0) }
    }

    /// Sends what is due.
    async fn turn(&self, state: &AppState, outbox: Outbox) {
        let Some(client) = &self.client else { return };
        let now_ms = crate::clock::now_ms();
        if self.turns.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_TURNS) {
            for outbox in Outbox::ALL {
                if let Err(error) = state.store.forget_deliveries(outbox, now_ms.saturating_sub(LINES_LIVE_MS)).await {
                    tracing::warn!(cause = %error, "Old deliveries were not removed: {error}");
                }
            }
        }
        match state.store.claim_deliveries(outbox, now_ms, now_ms + CLAIM_MS, AT_ONCE).await {
            Ok(claimed) => {
                let each = claimed.iter().map(|delivery| self.bring(state, client, delivery));
                futures::future::join_all(each).await;
            }
            Err(error) => tracing::warn!(cause = %error, "Deliveries wait for the database: {error}"),
        }
    }

    async fn bring(&self, state: &AppState, client: &reqwest::Client, delivery: &Delivery) {
        let now_ms = crate::clock::now_ms();
        let recipient = match state.store.recipient(delivery.outbox, delivery.owner, now_ms).await {
            Ok(Some(recipient)) => recipient,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(cause = %error, "Delivery {} waits for the database: {error}", delivery.id);
                return;
            }
        };
        let (status, sent) = self.send(client, delivery, &recipient).await;
        let outcome = match &sent {
            Sent::Delivered => "delivered",
            Sent::Again { .. } => "again",
            Sent::GivenUp { .. } | Sent::Gone { .. } => "given_up",
        };
        let counter = match delivery.outbox {
            Outbox::Reports => metrics::counter!("epcis_deliveries_total", "outcome" => outcome),
            Outbox::Events => metrics::counter!("webhook_deliveries_total", "outcome" => outcome),
        };
        counter.increment(1);
        match state.store.delivery_sent(delivery, status, &sent, crate::clock::now_ms()).await {
            Ok(false) => {}
            Ok(true) => {
                tracing::warn!(webhook.id = %delivery.owner, "Webhook {} was switched off: it takes nothing", delivery.owner);
            }
            Err(error) => tracing::warn!(cause = %error, "Delivery {} was not written down: {error}", delivery.id),
        }
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        delivery: &Delivery,
        Recipient { dest, secrets }: &Recipient,
    ) -> (Option<u16>, Sent) {
        let url = match target::check(dest, self.loopback) {
            Ok(url) => url,
            // What may be called has been made narrower since.
            Err(note) => return (None, Sent::GivenUp { note }),
        };
        let request = sign(client.post(url), delivery, secrets, crate::clock::now_ms() / 1_000);
        match request.body(delivery.body.clone()).send().await {
            Ok(response) if response.status().is_success() => (Some(response.status().as_u16()), Sent::Delivered),
            Ok(response) if response.status() == reqwest::StatusCode::GONE => {
                (Some(410), Sent::Gone { note: "410: the address wants no more".to_owned() })
            }
            Ok(response) => {
                let status = response.status().as_u16();
                (Some(status), later(delivery.attempts, format!("answered {status}")))
            }
            Err(error) => (None, later(delivery.attempts, reason(&error))),
        }
    }
}

/// Why a call failed, without the address in it.
fn reason(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the call broke off"
    };
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| what.to_owned(), |cause| format!("{what}: {cause}"))
}

/// After so many attempts.
fn later(attempts: u64, note: String) -> Sent {
    let pause = usize::try_from(attempts.saturating_sub(1)).ok().and_then(|index| PAUSES_S.get(index));
    match pause {
        Some(seconds) => Sent::Again { at_ms: crate::clock::now_ms() + seconds * 1_000, note },
        None => Sent::GivenUp { note: format!("{note}, {attempts} times") },
    }
}

fn sign(
    request: reqwest::RequestBuilder,
    delivery: &Delivery,
    secrets: &[Vec<u8>],
    now_s: u64,
) -> reqwest::RequestBuilder {
    let (id, at) = (delivery.id.simple().to_string(), now_s.to_string());
    let one = |secret: &Vec<u8>| signature(secret, &id, &at, &delivery.body);
    let signatures = secrets.iter().map(one).collect::<Vec<_>>().join(" ");
    let request = request
        .header("content-type", "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", &at)
        .header("webhook-signature", signatures);
    let (Outbox::Reports, Some(secret)) = (delivery.outbox, secrets.first()) else { return request };
    request
        .header("gs1-epcis-version", crate::epcis::headers::VERSION)
        .header("gs1-signature", format!("sha256={}", hex::encode(hmac_sha256(secret, &[&delivery.body]))))
}

/// HMAC-SHA256 (RFC 2104) of a message made of parts.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // A key of any length is one, so there always is a code.
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| code.update(part));
    code.finalize().into_bytes().to_vec()
}

/// One signature of Standard Webhooks.
fn signature(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    let code = hmac_sha256(secret, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
    format!("v1,{}", STANDARD.encode(code))
}

/// The bytes of a secret: `whsec_` and base64 (Standard Webhooks), or a text as it is (GS1's `signatureToken`).
///
/// # Errors
/// What is wrong, for people.
pub fn secret_of(token: &str) -> Result<Vec<u8>, String> {
    let bytes = match token.strip_prefix("whsec_") {
        Some(coded) => {
            STANDARD.decode(coded).map_err(|_| "`signatureToken`: behind `whsec_` stands no base64".to_owned())?
        }
        None => token.as_bytes().to_vec(),
    };
    if (16..=200).contains(&bytes.len()) {
        Ok(bytes)
    } else {
        Err(format!("`signatureToken` has {} bytes, expected 16 to 200", bytes.len()))
    }
}

/// A new secret, as it is told once.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn new_secret() -> Result<(String, Vec<u8>), getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok((format!("whsec_{}", STANDARD.encode(bytes)), bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// RFC 4231, cases 1, 2 and 6, in one part and in two.
    #[test]
    fn the_code_of_a_message_is_that_of_its_parts() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, message, expected) in cases {
            assert_eq!(hex::encode(hmac_sha256(key, &[message])), expected);
            let (left, right) = message.split_at(5);
            assert_eq!(hex::encode(hmac_sha256(key, &[left, right])), expected);
        }
    }

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        let secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b"{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_report_is_given_up_after_its_last_attempt() {
        for attempts in 1..=7 {
            assert!(matches!(later(attempts, String::new()), Sent::Again { .. }), "{attempts}");
        }
        assert!(
            matches!(later(8, "answered 500".to_owned()), Sent::GivenUp { note } if note == "answered 500, 8 times")
        );
    }

    #[test]
    fn secrets_are_long_enough_to_be_some() {
        assert!(secret_of("short").is_err() && secret_of("whsec_!").is_err() && secret_of(&"x".repeat(201)).is_err());
        let (told, bytes) = new_secret().expect("randomness");
        assert_eq!(secret_of(&told), Ok(bytes));
    }

    #[test]
    fn a_rotated_secret_signs_beside_the_new_one_and_gs1_is_for_reports() {
        let made = |outbox, secrets: &[Vec<u8>]| {
            let delivery = Delivery { id: Uuid::nil(), outbox, owner: Uuid::nil(), attempts: 1, body: b"{}".to_vec() };
            let request = sign(reqwest::Client::new().post("https://client.example.com/"), &delivery, secrets, 7);
            request.build().expect("a request").headers().clone()
        };
        let (new, old) = (b"0123456789abcdef".to_vec(), b"fedcba9876543210".to_vec());
        let both = made(Outbox::Events, &[new.clone(), old.clone()]);
        let id = Uuid::nil().simple().to_string();
        let expected = format!("{} {}", signature(&new, &id, "7", b"{}"), signature(&old, &id, "7", b"{}"));
        assert_eq!(both["webhook-id"], *id);
        assert_eq!(both["webhook-signature"], *expected);
        assert!(!both.contains_key("gs1-signature"));
        assert!(made(Outbox::Reports, &[new]).contains_key("gs1-signature"));
    }
}
