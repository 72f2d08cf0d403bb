//! `pin.covered`: a short number under a scratch layer.
//!
//! ```text
//! reference   pin     as printed; it is not kept
//! evidence    pin     as typed
//! body        salt, 32 bytes ‖ HMAC-SHA-256(pepper, "tracelight/mark-pin/v1" ‖ salt ‖ length u8 ‖ item ‖ PIN as normalised)
//! ```
//! **Why a keyed hash, and not a slow one.** A PIN has 6 to 12 characters. Whoever holds the rows and everything else that
//! opens them tries all of a million PINs, at 20 ms each in six hours: a memory-hard hash delays that and cannot prevent it.
//! What prevents it is a key that is not in the database: with the rows alone, every PIN fits as well as any other. A slow
//! hash would cost us 20 ms and 19 MiB for each try of a stranger, which is a lever against the server. So: HMAC under a
//! pepper of 32 bytes out of the server's key files, named by the enrolment, so that it can be replaced; a salt, so that
//! equal PINs have different rows; the item, so that a row copied onto another item fits nothing there.
//!
//! **Guessing at the page** is limited by [`Tries`], counted by the store in the same row as the first showing. While they are
//! spent, a right PIN and a wrong one get the same answer. Anybody can spend the tries of a code they have seen, so they come
//! back with time; limits for each client are the server's.
//!
//! **What people type**: full-width and ASCII forms are one, spaces and dashes are none, case does not count, and neither do
//! `O` for `0` and `I`, `L` for `1`. PINs at the line are read in the same way, so a printed `O` is no trap.
//!
//! | found | outcome | why |
//! |---|---|---|
//! | fits, first time | Genuine, fresh | it was covered until now |
//! | fits, again | already used, with when the first was | the buyer again, or a copy: nobody can tell |
//! | differs | Suspect, weak | a slip, or a number that was made up: type it again |
//! | tries spent | Inconclusive | |
//!
//! It stops copies of what is visible. It does not stop copies made after scratching.

use crate::check::{Check, Context, EnrolError, Item, Reading, Resistance};
use crate::claim::{Claim, Slot, Tries};
use crate::enrolment::Enrolment;
use crate::fields::{FieldError, Fields};
use crate::keys::Keys;
use crate::names::Kind;
use crate::outcome::{Confidence, Outcome, Verdict};
use crate::reasons;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::Zeroizing;

/// The kind.
pub const KIND: Kind = Kind::ours("pin.covered");
/// HMAC-SHA-256 under a pepper, as above.
const ALGORITHM: u16 = 1;
const DOMAIN: &[u8] = b"tracelight/mark-pin/v1";
/// Characters of a PIN, at least. With six digits and five tries a day, guessing one takes centuries.
pub const PIN_CHARS_MIN: usize = 6;
/// Characters of a PIN, at most.
pub const PIN_CHARS_MAX: usize = 32;
/// Bytes of what is typed, before it is looked at.
const TYPED_BYTES_MAX: usize = 256;
const SALT_BYTES: usize = 32;
const HASH_BYTES: usize = 32;

/// Five wrong tries a day.
pub const TRIES: Tries = Tries { misses_max: 5, per_ms: 24 * 3_600_000 };

/// Why a text is no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PinError {
    /// Too few or too many characters, without spaces and dashes.
    #[error("a PIN of {chars} characters, expected {PIN_CHARS_MIN} to {PIN_CHARS_MAX}")]
    Length {
        /// Characters, spaces and dashes not counted.
        chars: usize,
    },
    /// Neither a digit nor a letter of A to Z. Which, is not told: it may be part of a PIN.
    #[error("a PIN is of digits and letters A to Z")]
    Character,
}

/// The server's key for PINs. Wiped when it is dropped, and never shown.
#[derive(Clone)]
pub struct Pepper(Zeroizing<[u8; 32]>);

impl Pepper {
    /// Takes a key into use: 32 random bytes. `None` when they are all zero, as in a key file that was never filled in.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Option<Self> {
        if bool::from(bytes.ct_eq(&[0; 32])) { None } else { Some(Self(Zeroizing::new(bytes))) }
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(..)")
    }
}

/// A PIN in its one form. Wiped when it is dropped, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// [`PinError`].
    pub fn parse(typed: &str) -> Result<Self, PinError> {
        if typed.len() > TYPED_BYTES_MAX {
            return Err(PinError::Length { chars: typed.len() });
        }
        // As long as it can get, so that no half of it is left behind by growing.
        let mut pin = Zeroizing::new(String::with_capacity(TYPED_BYTES_MAX));
        for c in typed.chars().filter(|c| !is_separator(*c)) {
            pin.push(folded(c).ok_or(PinError::Character)?);
        }
        let chars = pin.len();
        if (PIN_CHARS_MIN..=PIN_CHARS_MAX).contains(&chars) { Ok(Self(pin)) } else { Err(PinError::Length { chars }) }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// White space of any script, hyphens and dashes, and what chats put between for nobody to see.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}' | '\u{30FC}' | '\u{200B}' | '\u{FEFF}')
}

/// One character in its one form.
fn folded(c: char) -> Option<char> {
    let ascii = match c {
        // Full-width forms stand in the order of ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0)?,
        other => other,
    };
    match ascii.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        other => Some(other).filter(char::is_ascii_alphanumeric),
    }
}

/// The check.
#[derive(Clone, Debug)]
pub struct CoveredPin {
    peppers: Keys<Pepper>,
    tries: Tries,
}

impl CoveredPin {
    /// A check with these keys and tries ([`TRIES`] unless there is a reason).
    #[must_use]
    pub const fn new(peppers: Keys<Pepper>, tries: Tries) -> Self {
        Self { peppers, tries }
    }
}

fn hash(pepper: &Pepper, salt: &[u8; SALT_BYTES], item: &Item, pin: &Pin) -> [u8; HASH_BYTES] {
    let name = item.as_str().as_bytes();
    // A key of 32 bytes is within one block, and is taken as it is.
    let mut block = Zeroizing::new([0u8; 64]);
    block.iter_mut().zip(pepper.0.iter()).for_each(|(to, from)| *to = *from);
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new((&*block).into());
    mac.update(DOMAIN);
    mac.update(salt);
    // An item has at most 128 bytes.
    mac.update(&[u8::try_from(name.len()).unwrap_or(u8::MAX)]);
    mac.update(name);
    mac.update(pin.0.as_bytes());
    mac.finalize().into_bytes().into()
}

impl Check for CoveredPin {
    fn kind(&self) -> Kind {
        KIND
    }

    fn resistance(&self) -> Resistance {
        Resistance::High
    }

    fn enrol(&self, item: &Item, reference: &Fields, random: &[u8; 32]) -> Result<Enrolment, EnrolError> {
        let form = |_| FieldError::Form { name: "pin".to_owned(), expected: "6 to 32 digits and letters" };
        let pin = Pin::parse(reference.text("pin")?).map_err(form)?;
        let (id, pepper) = self.peppers.current();
        let body = [random.as_slice(), &hash(pepper, random, item, &pin)].concat();
        Ok(Enrolment::new(KIND, ALGORITHM, Some(id.clone()), body)?)
    }

    fn read(&self, enrolment: &Enrolment, evidence: &Fields, context: Context<'_>) -> Result<Reading, Outcome> {
        let unreadable = || Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE);
        if enrolment.kind() != &KIND || enrolment.algorithm() != ALGORITHM {
            return Err(unreadable());
        }
        let (salt, rest) = enrolment.body().split_first_chunk::<SALT_BYTES>().ok_or_else(unreadable)?;
        let kept: [u8; HASH_BYTES] = rest.try_into().map_err(|_| unreadable())?;
        let pepper = enrolment.key().and_then(|id| self.peppers.get(id));
        let pepper = pepper.ok_or_else(|| Outcome::inconclusive(reasons::KEY_MISSING))?;
        // What is no PIN at all is no try: it cannot be right.
        let typed = evidence.text("pin").ok().and_then(|text| Pin::parse(text).ok());
        let pin = typed.ok_or_else(|| Outcome::inconclusive(reasons::EVIDENCE_UNREADABLE))?;
        let fits: bool = hash(pepper, salt, context.item, &pin).ct_eq(&kept).into();
        let slot = Slot::of(&KIND, &[context.item.as_str().as_bytes(), salt]);
        if !fits {
            let finding = Outcome::new(Verdict::Suspect, Confidence::percent(30), reasons::PIN_DIFFERS);
            return Ok(Reading { claim: Claim::Miss { slot, tries: self.tries }, finding });
        }
        let finding = Outcome::new(Verdict::Genuine, Confidence::percent(90), reasons::PIN_FITS);
        Ok(Reading { claim: Claim::First { slot, tries: Some(self.tries) }, finding })
    }
}

#[cfg(test)]
mod tests;
