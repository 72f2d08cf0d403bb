//! Tables of products, partners and codes: uploaded and checked, then applied as a whole.

use crate::call::{Again, Call, Tracelight, asked, path, until, word};
use crate::error::Error;
use crate::rows::Rows;
use std::time::Duration;
use tokio::io::AsyncWrite;
use tracelight_api::rest::imports::{Import, ImportKind, ImportLanguage, ImportState, Partner};

impl Tracelight {
    /// The table to fill in, as CSV.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn import_template(
        &self,
        kind: ImportKind,
        language: ImportLanguage,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, Error> {
        let (kind, language) = (word(kind)?, word(language)?);
        let pairs = [("kind", kind.as_str()), ("language", language.as_str())];
        self.download(Call::get(asked(&path(&["imports", "template"])?, pairs)), to).await
    }

    /// Uploads a table (CSV or XLSX, at most [`IMPORT_BYTES_MAX`](tracelight_api::rest::imports::IMPORT_BYTES_MAX)) and has it
    /// checked. Nothing is changed yet, and the same file again is the same import. `mapping` names columns whose headers are not
    /// the template's (`gtin:Artikel,lot:Charge`); empty when there are none.
    ///
    /// # Errors
    /// [`Error`]. A file with faults is an answer: its state is `refused`, and it lists them.
    pub async fn upload_import(
        &self,
        kind: ImportKind,
        name: &str,
        mapping: &str,
        file: Vec<u8>,
    ) -> Result<Import, Error> {
        let kind = word(kind)?;
        let pairs = [("kind", kind.as_str()), ("name", name), ("map", mapping)];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let call = Call::act(asked(&path(&["imports"])?, pairs), Again::Harmless);
        self.read(call.body("application/octet-stream", file.into())).await
    }

    /// Imports of the member, newest first.
    #[must_use]
    pub fn imports(&self) -> Rows<'_, Import> {
        Rows::of(self, path(&["imports"]))
    }

    /// One import.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn import(&self, id: &str) -> Result<Import, Error> {
        self.read(Call::get(path(&["imports", id])?)).await
    }

    /// The file again with what is wrong in a column of its own: to correct and upload.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn import_errors(
        &self,
        id: &str,
        language: ImportLanguage,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, Error> {
        let language = word(language)?;
        let path = path(&["imports", id, "errors.csv"])?;
        self.download(Call::get(asked(&path, [("language", language.as_str())])), to).await
    }

    /// Does what the file says, and asks again every two seconds until all of it is done: products go onto the chain one by one.
    ///
    /// # Errors
    /// [`Error::NotInTime`] after `within`: what is done stays, and the same call goes on. [`Error`]; `import_refused` for a file
    /// with faults.
    pub async fn apply_import(&self, id: &str, within: Duration) -> Result<Import, Error> {
        let path = path(&["imports", id, "apply"])?;
        let apply = || {
            let call = Call::act(path.clone(), Again::Harmless);
            async move {
                let import: Import = self.read(call).await?;
                Ok((import.state != ImportState::Applying).then_some(import))
            }
        };
        until(within, format!("import {id}"), apply).await
    }

    /// Takes an import of partners or codes back.
    ///
    /// # Errors
    /// [`Error`]; `codes_used`, `on_the_chain`.
    pub async fn undo_import(&self, id: &str) -> Result<Import, Error> {
        self.read(Call::act(path(&["imports", id, "undo"])?, Again::Harmless)).await
    }

    /// The member's address book.
    #[must_use]
    pub fn partners(&self) -> Rows<'_, Partner> {
        Rows::of(self, path(&["partners"]))
    }
}
