//! Bytes to text, without losing a character.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How the file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// With or without a byte order mark.
    Utf8,
    /// With a byte order mark, as spreadsheets save "Unicode text".
    Utf16,
    /// Latin-1 in what Latin-1 prints.
    Windows1252,
}

/// The text and how it was written. Windows-1252 gives each of the 256 bytes a character of its own, so that every file has a text
/// and its bytes could be had back.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, Encoding) {
    let marks = [(&b"\xff\xfe"[..], UTF_16LE), (b"\xfe\xff", UTF_16BE)];
    for (mark, encoding) in marks {
        let text =
            bytes.strip_prefix(mark).map(|rest| encoding.decode_without_bom_handling_and_without_replacement(rest));
        if let Some(Some(text)) = text {
            return (text, Encoding::Utf16);
        }
    }
    let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match UTF_8.decode_without_bom_handling_and_without_replacement(rest) {
        Some(text) => (text, Encoding::Utf8),
        None => (WINDOWS_1252.decode_without_bom_handling(bytes).0, Encoding::Windows1252),
    }
}
