//! The numbers of a batch: what became of each code, which line holds which, and the closing of its books.

use crate::call::{Again, Call, Tracelight, path};
use crate::error::Error;
use crate::rows::Rows;
use tracelight_api::rest::numbers::{Invalidate, NewBlock, Numbers, OpenNumber};

impl Tracelight {
    /// Where every code of a batch is, in all and by line.
    ///
    /// # Errors
    /// [`Error`]; `not_found` for a batch of another maker.
    pub async fn numbers(&self, gtin: &str, lot: &str) -> Result<Numbers, Error> {
        self.read(Call::get(path(&["batches", gtin, lot, "numbers"])?)).await
    }

    /// The codes of a batch of which nobody has said what became of them.
    #[must_use]
    pub fn open_numbers(&self, gtin: &str, lot: &str) -> Rows<'_, OpenNumber> {
        Rows::of(self, path(&["batches", gtin, lot, "numbers", "open"]))
    }

    /// Gives a line a block of free codes. Each call gives another block, so it is never sent again by itself.
    ///
    /// # Errors
    /// [`Error`]; `too_few_codes`, `batch_sealed`.
    pub async fn give_block(&self, gtin: &str, lot: &str, block: &NewBlock) -> Result<Numbers, Error> {
        self.read(Call::post(path(&["batches", gtin, lot, "blocks"])?, block, Again::Never)?).await
    }

    /// Takes the open rest of a block back from its line.
    ///
    /// # Errors
    /// [`Error`]; `nothing_open`.
    pub async fn return_block(&self, gtin: &str, lot: &str, block: &str) -> Result<Numbers, Error> {
        self.read(Call::act(path(&["batches", gtin, lot, "blocks", block, "return"])?, Again::Never)).await
    }

    /// Declares open codes invalid. How many stands in the request, and nothing happens when it is another number by now.
    ///
    /// # Errors
    /// [`Error`]; `numbers_changed`, `books_closed`.
    pub async fn invalidate_numbers(&self, gtin: &str, lot: &str, codes: &Invalidate) -> Result<Numbers, Error> {
        self.read(Call::post(path(&["batches", gtin, lot, "numbers", "invalidate"])?, codes, Again::Never)?).await
    }

    /// Closes the books of a batch. Nothing moves from then on.
    ///
    /// # Errors
    /// [`Error`]; `numbers_open`, `numbers_differ`, `batch_not_sealed`.
    pub async fn close_books(&self, gtin: &str, lot: &str) -> Result<Numbers, Error> {
        self.read(Call::act(path(&["batches", gtin, lot, "numbers", "close"])?, Again::Never)).await
    }
}
