//! Text that was written with escapes, and where each of its bytes stood in the raw input.

use super::ScanError;

/// Unescaped text with the raw position of each byte, so that an error can point into what the person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gs1) struct Mapped {
    pub text: String,
    positions: Vec<usize>,
    end: usize,
}

impl Mapped {
    pub const fn new(start: usize) -> Self {
        Self { text: String::new(), positions: Vec::new(), end: start }
    }

    /// Adds an ASCII character that stood at `position`.
    pub fn push(&mut self, character: char, position: usize) {
        self.text.push(character);
        for _ in 0..character.len_utf8() {
            self.positions.push(position);
        }
        self.end = position.saturating_add(1);
    }

    /// The raw position of byte `index`; behind the end, where the text ended.
    pub fn position(&self, index: usize) -> usize {
        self.positions.get(index).copied().unwrap_or(self.end)
    }

    /// In a path, a plus is a plus.
    pub const fn path_character(character: char) -> char {
        character
    }

    /// In a query, a plus is a space.
    pub const fn query_character(character: char) -> char {
        match character {
            '+' => ' ',
            other => other,
        }
    }

    /// Undoes percent-encoding; `plain` maps the characters that stand unescaped. A `%` without two hexadecimal digits
    /// behind it stands for itself. Bytes above 127 become the characters U+0080 to U+00FF, which no value may hold.
    ///
    /// # Errors
    /// `%00`, which is never legal.
    pub fn percent_decoded(raw: &str, start: usize, plain: impl Fn(char) -> char) -> Result<Self, ScanError> {
        let mut decoded = Self::new(start);
        let mut rest = raw;
        while let Some(character) = rest.chars().next() {
            let position = start.saturating_add(raw.len().saturating_sub(rest.len()));
            let escape = rest.strip_prefix('%').and_then(|after| after.split_at_checked(2)).and_then(|(hex, tail)| {
                let all_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
                all_hex.then(|| u8::from_str_radix(hex, 16).ok())?.map(|byte| (byte, tail))
            });
            match escape {
                Some((0, _)) => {
                    return Err(ScanError::syntax("percent-encoding", position, "no zero byte", rest));
                }
                Some((byte, tail)) => {
                    decoded.push(char::from(byte), position);
                    decoded.end = position.saturating_add(3);
                    rest = tail;
                }
                None => {
                    decoded.push(plain(character), position);
                    rest = rest.get(character.len_utf8()..).unwrap_or_default();
                }
            }
        }
        Ok(decoded)
    }
}
