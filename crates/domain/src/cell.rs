//! How a text of ours stands in a cell of somebody's spreadsheet, and how it comes back.
//!
//! A spreadsheet runs a cell that begins with `= + - @`, a tab or a carriage return as a formula, from a CSV file too.
//! Such a text gets an apostrophe in front, which [`restored`] takes away again: a file of ours may be filled in and sent
//! back. Serials that our own server makes never begin so; lots and names are typed by people.

use std::borrow::Cow;

fn would_run(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// The text as a spreadsheet may see it.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    // A text that looks like one of ours gets one more, so that the way back is always the same.
    let ours = text.strip_prefix('\'').is_some_and(|rest| would_run(rest.trim_start_matches('\'')));
    if would_run(text) || ours { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that [`neutral`] was given.
#[must_use]
pub fn restored(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| would_run(rest.trim_start_matches('\''))).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::{neutral, restored};

    #[test]
    fn nothing_that_runs_and_every_text_comes_back() {
        for text in ["", "A1", "=1+1", "+1", "-1", "@x", "\tx", "\rx", "'", "'a", "'=1", "''=1", "''", "a=1"] {
            let cell = neutral(text);
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            assert_eq!(restored(&cell), text);
        }
    }
}
