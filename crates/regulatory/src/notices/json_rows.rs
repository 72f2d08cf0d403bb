//! Records of a JSON file, each with its exact text: an object with a list `results` (openFDA), a list (FSIS), or objects one
//! after another.
//!
//! The text is cut at its outermost braces first and each piece is read alone, so that one broken record is one fault.

use serde_json::Value;

/// A piece of the file.
pub(super) struct Piece<'t> {
    /// The line that it begins in.
    pub line: u32,
    /// Its characters.
    pub text: &'t str,
    /// Its members, or what is wrong with it.
    pub value: Result<serde_json::Map<String, Value>, String>,
}

/// Does the text look like JSON at all? A table does not begin so.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The records, in their order; `None` when there is no list to be found.
pub(super) fn pieces(text: &str) -> Option<impl Iterator<Item = Piece<'_>>> {
    let (from, list) = match text.trim_start().as_bytes().first() {
        Some(b'[') => (text.find('[')? + 1, true),
        _ => match results(text) {
            Some(at) => (at, true),
            None => (0, false),
        },
    };
    Some(Pieces { text, at: from, list, line: 1, counted: 0 })
}

/// Where the list of the outermost member `results` begins.
fn results(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut scan = Scan::new(text, 0);
    while let Some((at, mark)) = scan.next() {
        match mark {
            Mark::Open => depth = depth.saturating_add(1),
            Mark::Close => depth = depth.saturating_sub(1),
            Mark::Text(name) if depth == 1 && name == "results" => {
                let behind = text.get(at + name.len() + 2..)?;
                let value = behind.trim_start().strip_prefix(':')?.trim_start();
                let list = value.strip_prefix('[')?;
                return Some(text.len() - list.len());
            }
            Mark::Text(_) | Mark::Comma => {}
        }
    }
    None
}

struct Pieces<'t> {
    text: &'t str,
    at: usize,
    list: bool,
    line: u32,
    counted: usize,
}

impl<'t> Pieces<'t> {
    fn line_of(&mut self, at: usize) -> u32 {
        let between = self.text.get(self.counted..at).unwrap_or_default();
        let breaks = between.bytes().filter(|byte| *byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.counted = at;
        self.line
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let rest = self.text.get(self.at..)?;
        let skipped = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let begin = self.at + (rest.len() - skipped.len());
        if skipped.is_empty() || (self.list && skipped.starts_with(']')) {
            return None;
        }
        let end = end_of_value(self.text, begin);
        self.at = end;
        let text = self.text.get(begin..end)?.trim_end();
        let value = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Err("not an object".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        Some(Piece { line: self.line_of(begin), text, value })
    }
}

/// Where the value that begins here ends: behind its last brace, or in front of the comma or bracket that follows it.
fn end_of_value(text: &str, begin: usize) -> usize {
    let mut depth = 0_u32;
    let mut scan = Scan::new(text, begin);
    while let Some((at, mark)) = scan.next() {
        match mark {
            Mark::Open => depth = depth.saturating_add(1),
            // A bracket of the list around it. A stray one in front is taken as a piece of its own, so that the way goes on.
            Mark::Close if depth == 0 => return at.max(begin + 1),
            Mark::Close => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            Mark::Comma if depth == 0 => return at,
            Mark::Comma | Mark::Text(_) => {}
        }
    }
    text.len()
}

enum Mark<'t> {
    Open,
    Close,
    Comma,
    Text(&'t str),
}

/// Braces, brackets, commas and texts, one after another; what stands in a text is no brace.
struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    const fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    fn next(&mut self) -> Option<(usize, Mark<'t>)> {
        let bytes = self.text.as_bytes();
        loop {
            let at = self.at;
            let byte = *bytes.get(at)?;
            self.at += 1;
            match byte {
                b'{' | b'[' => return Some((at, Mark::Open)),
                b'}' | b']' => return Some((at, Mark::Close)),
                b',' => return Some((at, Mark::Comma)),
                b'"' => {
                    while let Some(byte) = bytes.get(self.at) {
                        self.at += if *byte == b'\\' { 2 } else { 1 };
                        if *byte == b'"' {
                            break;
                        }
                    }
                    let inner = self.text.get(at + 1..self.at.saturating_sub(1)).unwrap_or_default();
                    return Some((at, Mark::Text(inner)));
                }
                _ => {}
            }
        }
    }
}
