//! The style sheet of the consoles: the tokens and `console.css`, under a name that carries its hash, so that it may be
//! cached for ever.

use std::sync::OnceLock;

/// The style sheet.
pub fn sheet() -> &'static str {
    concat!(include_str!("../tokens.css"), include_str!("console.css"))
}

/// Its path on our origin.
pub fn path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| format!("/console/style-{:016x}.css", fnv(sheet().bytes())))
}

/// FNV-1a: names things, guards nothing.
pub fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
