//! A tag to tap on: the chip's side of a SUN message.

use crate::nfc::sun::session_keys_of;
use crate::nfc::{AesKey, Counter, Uid};
use aes::Aes128;
use aes::cipher::{BlockEncryptMut as _, KeyIvInit as _};

pub const META: [u8; 16] = *b"meta key of ours";
pub const FILE: [u8; 16] = *b"file key of ours";
pub const UID: Uid = Uid([0x04, 1, 2, 3, 4, 5, 6]);

fn cbc(key: &[u8; 16], iv: [u8; 16], data: &[u8]) -> Vec<u8> {
    let mut cbc = cbc::Encryptor::<Aes128>::new(key.into(), &iv.into());
    let mut out = Vec::new();
    for block in data.as_chunks::<16>().0 {
        let mut block = (*block).into();
        cbc.encrypt_block_mut(&mut block);
        out.extend(block);
    }
    out
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// PICC data with this tag byte, under [`META`].
pub fn picc(tag: u8, uid: &Uid, counter: u32) -> Vec<u8> {
    let [low, middle, high, _] = counter.to_le_bytes();
    let mut clear = vec![tag];
    if tag & 0x80 != 0 {
        clear.extend(uid.0);
    }
    if tag & 0x40 != 0 {
        clear.extend([low, middle, high]);
    }
    clear.resize(16, 0x5A);
    cbc(&META, [0; 16], &clear)
}

pub fn mac(key: &AesKey, input: &str) -> String {
    hex(&key.cmac(input.as_bytes()).iter().skip(1).step_by(2).copied().collect::<Vec<u8>>())
}

/// One tap, without file data, as the address that a phone is shown.
pub fn tap(file_key: &AesKey, uid: &Uid, counter: u32) -> String {
    let session = session_keys_of(file_key, uid, little(counter));
    format!("https://t.example/?picc_data={}&cmac={}", hex(&picc(0xC7, uid, counter)), mac(&session.mac, ""))
}

/// One tap with sixteen bytes of file data in `enc`.
pub fn tap_with_file(uid: &Uid, counter: u32, file: &[u8; 16]) -> String {
    let session = session_keys_of(&AesKey::new(FILE), uid, little(counter));
    let [low, middle, high, _] = counter.to_le_bytes();
    let mut block = [0; 16];
    block[..3].copy_from_slice(&[low, middle, high]);
    let iv = session.enc.encrypt_block(block);
    let enc = hex(&one_block(&session.enc, iv, file));
    let mac = mac(&session.mac, &format!("{enc}&cmac="));
    format!("https://t.example/?picc_data={}&enc={enc}&cmac={mac}", hex(&picc(0xC7, uid, counter)))
}

/// CBC of one block is the block cipher over the sum of both.
fn one_block(key: &AesKey, iv: [u8; 16], data: &[u8; 16]) -> [u8; 16] {
    let mut block = *data;
    block.iter_mut().zip(iv).for_each(|(byte, other)| *byte ^= other);
    key.encrypt_block(block)
}

pub fn little(counter: u32) -> Counter {
    let [low, middle, high, _] = counter.to_le_bytes();
    Counter::from_little_endian([low, middle, high])
}
