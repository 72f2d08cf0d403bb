//! Physical marks: what a product carries, what was put on its items, and new PINs.

use crate::call::{Again, Call, Tracelight, path};
use crate::error::Error;
use tokio::io::AsyncWrite;
use tracelight_api::rest::marks::{KeptMarks, MarkPolicy, NewMarks, NewPins};

impl Tracelight {
    /// Which marks every item of a product carries.
    ///
    /// # Errors
    /// [`Error`]; `not_found` for a product of another maker.
    pub async fn mark_policy(&self, gtin: &str) -> Result<MarkPolicy, Error> {
        self.read(Call::get(path(&["products", gtin, "marks"])?)).await
    }

    /// Says which marks every item of a product carries.
    ///
    /// # Errors
    /// [`Error`]; `marks_off` on a server without keys of marks, `invalid_field` for a kind that it does not check.
    pub async fn set_mark_policy(&self, gtin: &str, policy: &MarkPolicy) -> Result<MarkPolicy, Error> {
        self.read(Call::put(path(&["products", gtin, "marks"])?, policy)?).await
    }

    /// Keeps marks of one kind that were put on items. Sending them again is harmless.
    ///
    /// # Errors
    /// [`Error`]; what became of each mark is in the answer.
    pub async fn keep_marks(&self, gtin: &str, kind: &str, marks: &NewMarks) -> Result<KeptMarks, Error> {
        self.read(Call::post(path(&["products", gtin, "marks", kind])?, marks, Again::Harmless)?).await
    }

    /// Makes PINs for codes of an order and writes serials and PINs as CSV. The server tells them this once.
    ///
    /// # Errors
    /// [`Error`]; `pins_made` when some of the codes have one; [`Error::Write`] of the writer: then ask with `replace`.
    pub async fn make_pins(
        &self,
        order: &str,
        pins: &NewPins,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, Error> {
        self.download(Call::post(path(&["orders", order, "pins"])?, pins, Again::Never)?, to).await
    }
}
