//! AES-128 keys and the three things that are done with them. The cipher and its modes are those of the `aes`, `cbc` and
//! `cmac` crates.
//!
//! A [`MasterKey`] is what a check is built with, and is never all zero: that is what tags leave the factory with, and what
//! many a sample derives zero keys of. An [`AesKey`] may be anything: session keys, and the keys of published vectors.

use aes::Aes128;
use aes::cipher::{BlockDecryptMut as _, BlockEncrypt as _, KeyInit as _, KeyIvInit as _};
use cmac::{Cmac, Mac as _};
use dbl::Dbl as _;
use std::fmt;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes that a key can be diversified by (AN10922, AES-128).
pub const DIVERSIFICATION_BYTES_MAX: usize = 31;

pub(super) type Block = [u8; 16];

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The key that every tag has when it leaves the factory.
    #[error("the key is all zero, which every tag has from the factory. Hint: was the key file ever filled in?")]
    AllZero,
    /// Nothing to diversify by, or more than AN10922 takes.
    #[error("a diversification input of {bytes} bytes, expected 1 to {DIVERSIFICATION_BYTES_MAX}")]
    Input {
        /// Its bytes.
        bytes: usize,
    },
}

/// A key of AES-128. Wiped when it is dropped, and never shown.
#[derive(Clone)]
pub struct AesKey(Zeroizing<Block>);

impl AesKey {
    /// A key of any value.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Is it this key? Takes the same time whatever the answer.
    #[must_use]
    pub fn is(&self, bytes: &[u8; 16]) -> bool {
        self.0.ct_eq(bytes).into()
    }

    /// CMAC (NIST SP 800-38B).
    pub(super) fn cmac(&self, message: &[u8]) -> Block {
        let mut mac = <Cmac<Aes128> as cmac::Mac>::new((&*self.0).into());
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    pub(super) fn encrypt_block(&self, block: Block) -> Block {
        let mut block = block.into();
        Aes128::new((&*self.0).into()).encrypt_block(&mut block);
        block.into()
    }

    /// CBC without padding; bytes behind the last whole block are not there by the callers' types.
    pub(super) fn cbc_decrypt(&self, iv: &Block, data: &[u8]) -> Vec<u8> {
        let mut cbc = cbc::Decryptor::<Aes128>::new((&*self.0).into(), iv.into());
        let (blocks, _) = data.as_chunks::<16>();
        let mut out = Vec::with_capacity(data.len());
        for block in blocks {
            let mut block = (*block).into();
            cbc.decrypt_block_mut(&mut block);
            out.extend(block);
        }
        out
    }
}

impl fmt::Debug for AesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesKey(..)")
    }
}

/// A key that tags are set up with.
#[derive(Clone, Debug)]
pub struct MasterKey(AesKey);

impl MasterKey {
    /// Takes a key into use.
    ///
    /// # Errors
    /// [`KeyError::AllZero`].
    pub fn new(bytes: [u8; 16]) -> Result<Self, KeyError> {
        if bool::from(bytes.ct_eq(&[0; 16])) { Err(KeyError::AllZero) } else { Ok(Self(AesKey::new(bytes))) }
    }

    /// The key itself.
    #[must_use]
    pub const fn key(&self) -> &AesKey {
        &self.0
    }
}

/// AN10922: the key of one tag, `CMAC(master, 01 ‖ input ‖ padding to 32 bytes)`.
///
/// Plain CMAC over `01 ‖ input` is the same from 16 bytes of input on. Below that AN10922 still pads to two blocks, where CMAC
/// would take one.
///
/// # Errors
/// [`KeyError::Input`].
pub fn diversify(master: &AesKey, input: &[u8]) -> Result<AesKey, KeyError> {
    if input.is_empty() || input.len() > DIVERSIFICATION_BYTES_MAX {
        return Err(KeyError::Input { bytes: input.len() });
    }
    let mut data = vec![1];
    data.extend(input);
    if data.len() > 16 {
        return Ok(AesKey::new(master.cmac(&data)));
    }
    data.push(0x80);
    data.resize(32, 0);
    // A padded message is masked by the second subkey, a whole one by the first. This one is padded, and whole to `cmac`: so
    // the mask that it will put on is taken off beforehand and the other put in its place.
    let first = aes::Block::from(master.encrypt_block([0; 16])).dbl();
    let second = first.dbl();
    for (byte, (one, two)) in data.iter_mut().skip(16).zip(first.iter().zip(second.iter())) {
        *byte ^= one ^ two;
    }
    Ok(AesKey::new(master.cmac(&data)))
}
