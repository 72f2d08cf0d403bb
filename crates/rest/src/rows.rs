//! Lists, page by page.

use crate::call::Tracelight;
use crate::error::Error;
use crate::pages::Pages;
use serde::de::DeserializeOwned;
use tracelight_api::rest::Page;

/// The rows of a list. Each page is asked for when the one before is used up, so that a long list takes no more memory than a
/// short one. What is added meanwhile may be seen or not.
#[derive(Debug)]
pub struct Rows<'c, T> {
    server: &'c Tracelight,
    pages: Pages,
    page: std::vec::IntoIter<T>,
}

impl<'c, T: DeserializeOwned> Rows<'c, T> {
    /// The rows under a path; a path that cannot be is told with the first row.
    pub(crate) fn of(server: &'c Tracelight, path: Result<String, Error>) -> Self {
        Self { server, pages: Pages::of(path, "cursor"), page: Vec::new().into_iter() }
    }

    /// The next row; `None` after the last, and after an error.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        loop {
            if let Some(row) = self.page.next() {
                return Ok(Some(row));
            }
            let Some(call) = self.pages.next()? else { return Ok(None) };
            let page: Page<T> = self.server.read(call).await?;
            self.pages.turned(page.items.len(), page.next)?;
            self.page = page.items.into_iter();
        }
    }

    /// The first rows, at most so many.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn first(mut self, count_max: usize) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        while rows.len() < count_max
            && let Some(row) = self.next().await?
        {
            rows.push(row);
        }
        Ok(rows)
    }
}
