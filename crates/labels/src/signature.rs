//! Signatures of labels: that a maker issued a code can be checked without any network, from the label alone.
//!
//! ```text
//! https://t.example/01/{gtin}/10/{lot}/21/{serial}?17={yymmdd}&8030={signature}
//!
//! signature   base64url without padding of   hint 3 | r 32 | s 32        90 characters, all that AI 8030 may hold
//! hint        the first bytes of the SHA-256 of the key's uncompressed point: which key of many, and nothing more
//! r, s        ECDSA on P-256 with SHA-256 (FIPS 186-5), nonces by RFC 6979, over
//! message     "tracelight/label/v1" 00 | element string of AIs 01, 17, 10, 21, as a DataMatrix of the pack has it
//! ```
//! P-256 and not the chain's Ed25519, because every browser's WebCrypto has it ([ADR 0022]). It is raw bytes in the AI's room and no
//! envelope of ISO/IEC 20248, which needs more room than the AI has for a key of this strength.
//!
//! **What it proves:** whoever holds the key issued this code with this lot and expiry. **What not:** that a pack is the original. A copy
//! of a label verifies as its original does.
//!
//! [ADR 0022]: ../../../docs/adr/0022-label-signature.md

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// What is signed begins with this and a zero byte: no other message of a key can be taken for a label.
pub const CONTEXT: &str = "tracelight/label/v1";
/// Bytes by which a key is found among others.
pub const HINT_BYTES: usize = 3;
const SIGNATURE_BYTES: usize = 64;

/// A key that signs labels.
#[derive(Clone)]
pub struct LabelKey {
    key: SigningKey,
    public: LabelPublicKey,
}

/// The public half, as readers have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelPublicKey {
    key: VerifyingKey,
}

impl std::fmt::Debug for LabelKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LabelKey").field("hint", &self.public.hint()).finish_non_exhaustive()
    }
}

impl LabelKey {
    /// Of these bytes, a number of the curve's order. `None` for zero and for what is beyond it.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Option<Self> {
        let key = SigningKey::from_slice(secret).ok()?;
        let public = LabelPublicKey { key: *key.verifying_key() };
        Some(Self { key, public })
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> LabelPublicKey {
        self.public
    }

    /// The value of AI 8030 for the pack with this element string. The same again for the same pack.
    #[must_use]
    pub fn sign(&self, element_string: &str) -> String {
        let signature: Signature = self.key.sign(&message(element_string));
        let mut value = self.public.hint().to_vec();
        value.extend(signature.to_bytes());
        URL_SAFE_NO_PAD.encode(value)
    }
}

impl LabelPublicKey {
    /// Of the uncompressed point: 04, x, y. `None` for anything that is not on the curve.
    #[must_use]
    pub fn of_point(point: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_sec1_bytes(point).ok().filter(|_| point.first() == Some(&4))?;
        Some(Self { key })
    }

    /// The uncompressed point: 04, x, y, as WebCrypto reads it.
    #[must_use]
    pub fn point(&self) -> Vec<u8> {
        self.key.to_sec1_point(false).as_bytes().to_vec()
    }

    /// What signatures name the key by.
    #[must_use]
    pub fn hint(&self) -> [u8; HINT_BYTES] {
        let mut hint = [0; HINT_BYTES];
        hint.iter_mut().zip(Sha256::digest(self.point())).for_each(|(byte, from)| *byte = from);
        hint
    }

    /// Is this a value of AI 8030 that the key has made for the pack with this element string?
    #[must_use]
    pub fn verifies(&self, element_string: &str, value: &str) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(value).unwrap_or_default();
        let Some((hint, signature)) = bytes.split_at_checked(HINT_BYTES) else { return false };
        let whole = signature.len() == SIGNATURE_BYTES && hint == self.hint();
        let signature = Signature::from_slice(signature).ok().filter(|_| whole);
        signature.is_some_and(|signature| self.key.verify(&message(element_string), &signature).is_ok())
    }
}

/// The bytes that are signed.
fn message(element_string: &str) -> Vec<u8> {
    [CONTEXT.as_bytes(), &[0], element_string.as_bytes()].concat()
}
