//! Receipts of verdicts: a server's signed word that at this time, about this code, it said this.
//!
//! ```text
//! receipt    version u8 = 1 | chain 32 | said u64 (ms since 1970) | verdict u8 | GTIN u64 | option lot | serial
//!            | height u64 | block time u64 (ms) | option SHA-256 of the bundle that was handed out with it
//! message    "tracelight/verdict-receipt/v1" ‖ receipt
//! text       "TLR1." ‖ base64url without padding ( receipt ‖ signature 64 )
//! ```
//! Verdicts are numbered in the order of [`Verdict::ALL`]. Signatures are ed25519 under ZIP-215, by a key that the server has
//! for nothing else. There is one text for each receipt: what is read is written again as the same characters.
//!
//! A receipt proves what was said, and by whom. It proves neither that the goods are genuine nor that the verdict still
//! holds: whoever reads it asks what the code says now. Nothing of a person is in it.

use crate::codec::{Canonical, DecodeError, Reader};
use crate::hash::VERDICT_RECEIPT;
use crate::note::{base64_decode, base64_encode};
use ed25519_zebra::{Signature, VerificationKey};
use thiserror::Error;
use tracelight_domain::gs1::{Gtin, Lot, Serial};
use tracelight_domain::ids::{ChainId, Hash, PublicKey};
use tracelight_domain::verdict::Verdict;

/// What every text begins with.
pub const TEXT_PREFIX: &str = "TLR1.";
/// Bytes of a receipt with its signature: the longest lot, the longest serial, a bundle.
pub const RECEIPT_BYTES_MAX: usize = 220;
/// Characters of a text.
pub const TEXT_CHARS_MAX: usize = TEXT_PREFIX.len() + RECEIPT_BYTES_MAX.div_ceil(3) * 4;

const VERSION: u8 = 1;
const SIGNATURE_BYTES: usize = 64;

/// What a server said about a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The alliance.
    pub chain: ChainId,
    /// When it was said, milliseconds since 1970.
    pub said_ms: u64,
    /// What was said.
    pub verdict: Verdict,
    /// The code's product.
    pub gtin: Gtin,
    /// Its lot, when the page named it.
    pub lot: Option<Lot>,
    /// Its serial.
    pub serial: Serial,
    /// The block that the answer rested on.
    pub height: u64,
    /// That block's time.
    pub as_of_ms: u64,
    /// The bundle that was handed out together with the receipt.
    pub bundle: Option<Hash>,
}

/// A receipt and the signature over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReceipt {
    /// What was said.
    pub receipt: Receipt,
    /// Over [`Receipt::message`].
    pub signature: [u8; SIGNATURE_BYTES],
}

/// Why a text is no receipt, or proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// Another text.
    #[error("this is no receipt: it does not begin with `{TEXT_PREFIX}` and go on in base64url")]
    NotAReceipt,
    /// Bytes that no server writes.
    #[error("this is no receipt: {0}")]
    Decode(#[from] DecodeError),
    /// Somebody else's, or changed.
    #[error("the signature does not fit: it was changed, or another server made it")]
    BadSignature,
}

impl Receipt {
    /// The bytes that the server's key signs.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let mut message = VERDICT_RECEIPT.0.to_vec();
        self.write(&mut message);
        message
    }
}

impl SignedReceipt {
    /// As it stands in an address and in a file.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = [self.receipt.to_bytes().as_slice(), &self.signature].concat();
        let base64 = base64_encode(&bytes).replace('+', "-").replace('/', "_");
        format!("{TEXT_PREFIX}{}", base64.trim_end_matches('='))
    }

    /// Reads a text. The signature is not checked here.
    ///
    /// # Errors
    /// [`ReceiptError::NotAReceipt`] and [`ReceiptError::Decode`].
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let digits = text.strip_prefix(TEXT_PREFIX).filter(|digits| digits.len() + TEXT_PREFIX.len() <= TEXT_CHARS_MAX);
        let digits = digits.filter(|digits| !digits.contains(['+', '/', '='])).ok_or(ReceiptError::NotAReceipt)?;
        let padded = format!("{digits}{}", "===".get(..(4 - digits.len() % 4) % 4).unwrap_or_default());
        let bytes = base64_decode(&padded.replace('-', "+").replace('_', "/")).ok_or(ReceiptError::NotAReceipt)?;
        let (receipt, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>().ok_or(ReceiptError::NotAReceipt)?;
        let receipt = Receipt::parse(receipt, RECEIPT_BYTES_MAX - SIGNATURE_BYTES, "receipt")?;
        Ok(Self { receipt, signature: *signature })
    }

    /// Did this key sign it?
    ///
    /// # Errors
    /// [`ReceiptError::BadSignature`].
    pub fn verify(&self, key: &PublicKey) -> Result<&Receipt, ReceiptError> {
        VerificationKey::try_from(key.0)
            .and_then(|key| key.verify(&Signature::from_bytes(&self.signature), &self.receipt.message()))
            .map_err(|_| ReceiptError::BadSignature)?;
        Ok(&self.receipt)
    }
}

impl Canonical for Receipt {
    fn write(&self, out: &mut Vec<u8>) {
        VERSION.write(out);
        self.chain.write(out);
        self.said_ms.write(out);
        number_of(self.verdict).write(out);
        self.gtin.write(out);
        self.lot.write(out);
        self.serial.write(out);
        self.height.write(out);
        self.as_of_ms.write(out);
        self.bundle.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(reader)? != VERSION {
            return Err(reader.invalid("receipt version", 1));
        }
        Ok(Self {
            chain: ChainId::read(reader)?,
            said_ms: u64::read(reader)?,
            verdict: {
                let number = usize::from(u8::read(reader)?);
                *Verdict::ALL.get(number).ok_or_else(|| reader.invalid("verdict", 1))?
            },
            gtin: Gtin::read(reader)?,
            lot: Option::read(reader)?,
            serial: Serial::read(reader)?,
            height: u64::read(reader)?,
            as_of_ms: u64::read(reader)?,
            bundle: Option::read(reader)?,
        })
    }
}

fn number_of(verdict: Verdict) -> u8 {
    let number = Verdict::ALL.iter().position(|known| *known == verdict);
    // Every verdict is in the list of twelve; a number that none has would be refused by every reader.
    number.and_then(|number| u8::try_from(number).ok()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};

    fn receipt(lot: Option<&str>, serial: &str, bundle: Option<Hash>) -> Receipt {
        Receipt {
            chain: ChainId([7; 32]),
            said_ms: 1_796_034_060_000,
            verdict: Verdict::FirstCheck,
            gtin: Gtin::parse("09506000134352").expect("a GTIN"),
            lot: lot.map(|lot| Lot::parse(lot).expect("a lot")),
            serial: Serial::parse(serial).expect("a serial"),
            height: 4_711,
            as_of_ms: 1_796_034_059_000,
            bundle,
        }
    }

    fn signed(receipt: Receipt, seed: u8) -> SignedReceipt {
        let signature = SigningKey::from_bytes(&[seed; 32]).sign(&receipt.message()).to_bytes();
        SignedReceipt { receipt, signature }
    }

    fn key(seed: u8) -> PublicKey {
        PublicKey(SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes())
    }

    #[test]
    fn a_receipt_reads_back_and_only_its_maker_s_key_fits() {
        for receipt in [
            receipt(None, "1", None),
            receipt(Some("A24K07"), "a/%?&+_-.000001AAAA", None),
            receipt(Some("12345678901234567890"), "12345678901234567890", Some(Hash([9; 32]))),
        ] {
            let made = signed(receipt.clone(), 3);
            let text = made.text();
            assert!(text.len() <= TEXT_CHARS_MAX, "{} characters", text.len());
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{text}");
            let read = SignedReceipt::parse(&text).expect("it reads back");
            assert_eq!(read, made);
            assert_eq!(read.verify(&key(3)), Ok(&receipt));
            assert_eq!(read.verify(&key(4)), Err(ReceiptError::BadSignature));
        }
    }

    #[test]
    fn no_changed_character_is_a_receipt_and_there_is_one_text_for_each() {
        let text = signed(receipt(Some("A24K07"), "7F3K", Some(Hash([9; 32]))), 3).text();
        for at in 0..text.len() {
            for other in [b'A', b'B', b'_', b'='] {
                let mut changed = text.clone().into_bytes();
                if changed[at] == other {
                    continue;
                }
                changed[at] = other;
                let changed = String::from_utf8(changed).expect("ASCII");
                let read = SignedReceipt::parse(&changed);
                assert!(read.is_err() || read.is_ok_and(|read| read.verify(&key(3)).is_err()), "{at}: {changed}");
            }
        }
        for other in [
            "",
            "TLR1.",
            "TLR2.AAAA",
            "TLR1.====",
            "é",
            &text[..text.len() - 1],
            &format!("{text}A"),
            &format!("{text}="),
        ] {
            assert!(SignedReceipt::parse(other).is_err(), "{other}");
        }
        assert!(SignedReceipt::parse(&format!("{TEXT_PREFIX}{}", "A".repeat(100_000))).is_err());
    }
}
