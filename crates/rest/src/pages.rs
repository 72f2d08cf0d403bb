//! The way through a list: which page comes next, and that the way ends.
//!
//! A server that sends a reader in a circle is found out however long the circle is: the token of every page is compared with that
//! of the page before it, and with one that is kept for twice as many pages each time (Brent). Pages without rows may follow each
//! other, [`EMPTY_PAGES_MAX`] of them.

use crate::call::{Call, asked};
use crate::error::Error;

/// Pages without a row, one after the other. A server that looks at so many rows a page and shows those of the caller may have some.
pub(crate) const EMPTY_PAGES_MAX: u32 = 1_000;

/// Where a reader of a list is.
#[derive(Debug)]
pub(crate) struct Pages {
    path: Result<String, Option<Error>>,
    /// The parameter that names a page.
    parameter: &'static str,
    next: Next,
    seen: Seen,
    empty: u32,
}

#[derive(Debug)]
enum Next {
    First,
    Token(String),
    End,
}

/// Tokens of pages that were asked for.
#[derive(Debug)]
struct Seen {
    last: Option<String>,
    kept: Option<String>,
    /// Pages since.
    age: u64,
    /// After so many the next token is kept.
    age_max: u64,
}

impl Seen {
    fn add(&mut self, token: String) {
        self.age += 1;
        if self.age >= self.age_max {
            (self.age, self.age_max) = (0, self.age_max.saturating_mul(2));
            self.kept = Some(token.clone());
        }
        self.last = Some(token);
    }

    fn holds(&self, token: &str) -> bool {
        [&self.last, &self.kept].into_iter().any(|seen| seen.as_deref() == Some(token))
    }
}

impl Pages {
    /// The pages under a path, each named by this parameter; a path that cannot be is told with the first page.
    pub(crate) fn of(path: Result<String, Error>, parameter: &'static str) -> Self {
        let seen = Seen { last: None, kept: None, age: 0, age_max: 1 };
        Self { path: path.map_err(Some), parameter, next: Next::First, seen, empty: 0 }
    }

    /// The call for the next page; `None` after the last, and after an error. [`Pages::turned`] says what it held.
    pub(crate) fn next(&mut self) -> Result<Option<Call>, Error> {
        let path = match &mut self.path {
            Ok(path) => path.as_str(),
            Err(error) => return error.take().map_or(Ok(None), Err),
        };
        // Whoever does not come to tell what the page held has come to the end.
        Ok(match std::mem::replace(&mut self.next, Next::End) {
            Next::End => None,
            Next::First => Some(Call::get(path.to_owned())),
            Next::Token(token) => {
                let call = Call::get(asked(path, [(self.parameter, token.as_str())]));
                self.seen.add(token);
                Some(call)
            }
        })
    }

    /// A page was read: so many rows, and the token of the page behind it.
    pub(crate) fn turned(&mut self, rows: usize, next: Option<String>) -> Result<(), Error> {
        let bad = |why: &str| {
            let path = self.path.as_deref().unwrap_or_default();
            Error::BadAnswer { call: Call::get(path.to_owned()).name(), why: why.to_owned() }
        };
        self.empty = if rows == 0 { self.empty.saturating_add(1) } else { 0 };
        let Some(token) = next else { return Ok(()) };
        if self.seen.holds(&token) {
            return Err(bad("the next page is said to be one that was read already"));
        }
        if self.empty > EMPTY_PAGES_MAX {
            return Err(bad("page after page has no rows and is said to be not the last"));
        }
        self.next = Next::Token(token);
        Ok(())
    }
}
