//! A text as words, marks and line ends.

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters and digits.
    Word,
    /// One other character.
    Mark(char),
    /// A line end.
    Break,
}

/// A piece, and whether something stands right in front of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    /// The place of its first byte.
    start: usize,
    /// No white space in front.
    pub glued: bool,
}

impl Token<'_> {
    pub(super) fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.is_word() && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_digits(&self) -> bool {
        self.is_word() && self.text.bytes().all(|byte| byte.is_ascii_digit())
    }

    pub(super) fn has_digit(&self) -> bool {
        self.text.bytes().any(|byte| byte.is_ascii_digit())
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The whole text.
pub(super) struct Tokens<'t> {
    text: &'t str,
    list: Vec<Token<'t>>,
}

/// Labels that are written in one with their value: `UPC012345678905`, `EXP04NOV2025`, `012345678905LOT`.
const LABELS: [&str; 4] = ["upc", "gtin", "lot", "exp"];

/// Where such a word is cut; its length when it is none. `GTIN14` is a label by itself.
fn label_end(word: &str) -> usize {
    let is_label = |text: &str| LABELS.iter().any(|label| text.eq_ignore_ascii_case(label));
    let letters = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let behind = |at: usize| word.get(at..).unwrap_or_default();
    if is_label(word.get(..letters).unwrap_or_default()) && !matches!(behind(letters), "" | "8" | "12" | "13" | "14") {
        letters
    } else if (8..=14).contains(&digits) && is_label(behind(digits)) {
        digits
    } else {
        word.len()
    }
}

impl<'t> Tokens<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut list: Vec<Token<'t>> = Vec::new();
        let mut characters = text.char_indices().peekable();
        let mut glued = false;
        while let Some((start, character)) = characters.next() {
            let mut end = start + character.len_utf8();
            let kind = if character == '\n' || character == '\r' {
                Kind::Break
            } else if character.is_whitespace() || character == '\u{feff}' {
                glued = false;
                continue;
            } else if character.is_alphanumeric() {
                while let Some((at, next)) = characters.next_if(|(_, next)| next.is_alphanumeric()) {
                    end = at + next.len_utf8();
                }
                Kind::Word
            } else {
                Kind::Mark(character)
            };
            let piece = text.get(start..end).unwrap_or_default();
            let (first, rest) = piece.split_at_checked(label_end(piece)).unwrap_or((piece, ""));
            list.push(Token { kind, text: first, start, glued });
            if !rest.is_empty() {
                list.push(Token { kind, text: rest, start: start + first.len(), glued: true });
            }
            glued = kind != Kind::Break;
        }
        Self { text, list }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Token<'t>> {
        self.list.get(at)
    }

    /// The piece in front.
    pub(super) fn before(&self, at: usize) -> Option<&Token<'t>> {
        self.list.get(at.checked_sub(1)?)
    }

    pub(super) fn mark(&self, at: usize) -> Option<char> {
        match self.get(at)?.kind {
            Kind::Mark(character) => Some(character),
            Kind::Word | Kind::Break => None,
        }
    }

    /// The mark when nothing stands between it and what is in front of it.
    pub(super) fn glued_mark(&self, at: usize) -> Option<char> {
        self.mark(at).filter(|_| self.get(at).is_some_and(|token| token.glued))
    }

    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.get(at).is_some_and(|token| token.is(word))
    }

    pub(super) fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    pub(super) fn is_break(&self, at: usize) -> bool {
        self.get(at).is_some_and(|token| token.kind == Kind::Break)
    }

    /// The text from one piece to in front of another, with what stands between them.
    pub(super) fn span(&self, from: usize, to: usize) -> &'t str {
        let start = self.get(from).map_or(self.text.len(), |token| token.start);
        let end = to.checked_sub(1).and_then(|last| self.get(last)).map_or(self.text.len(), Token::end);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The same as one line of bounded length.
    pub(super) fn passage(&self, from: usize, to: usize, chars_max: usize) -> String {
        let span = self.span(from, to.min(self.len()));
        span.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(chars_max).collect()
    }
}
