//! The FSMA 204 spreadsheet: what a selection finds, the workbook, one event as CSV.

use crate::call::{Call, Tracelight, asked, path, word};
use crate::error::Error;
use tokio::io::AsyncWrite;
use tracelight_api::rest::fsma204::{Fsma204Cte, Fsma204Summary};

/// Which records. What is empty selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fsma204Selection {
    /// A food, by its GTIN.
    pub gtin: String,
    /// A traceability lot code: GTIN and lot as scanned or typed.
    pub tlc: String,
    /// The first day, `2026-11-01`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// GLN or name of a member that a record names.
    pub place: String,
    /// The zone of the days, such as `-05:00`; the server's own when empty.
    pub utc_offset: String,
}

impl Fsma204Selection {
    fn on(&self, path: &str, cte: Option<&str>) -> String {
        let pairs = [
            ("gtin", self.gtin.as_str()),
            ("tlc", &self.tlc),
            ("from", &self.from),
            ("to", &self.to),
            ("place", &self.place),
            ("utc_offset", &self.utc_offset),
        ];
        let pairs = pairs.into_iter().chain(cte.map(|cte| ("cte", cte)));
        asked(path, pairs.filter(|(_, value)| !value.is_empty()))
    }
}

impl Tracelight {
    /// How many records a selection finds, and what they lack.
    ///
    /// # Errors
    /// [`Error`]; `invalid_field` names the part of the selection that is wrong.
    pub async fn fsma204(&self, selection: &Fsma204Selection) -> Result<Fsma204Summary, Error> {
        self.read(Call::get(selection.on(&path(&["trace", "fsma204"])?, None))).await
    }

    /// The workbook (XLSX). Returns its bytes.
    ///
    /// # Errors
    /// [`Error`]; `too_many_rows` for more than
    /// [`FSMA204_ROWS_MAX`](tracelight_api::rest::fsma204::FSMA204_ROWS_MAX) rows.
    pub async fn fsma204_workbook(
        &self,
        selection: &Fsma204Selection,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, Error> {
        self.download(Call::get(selection.on(&path(&["trace", "fsma204.xlsx"])?, None)), to).await
    }

    /// The records of one event as CSV. Returns its bytes.
    ///
    /// # Errors
    /// As [`Tracelight::fsma204_workbook`].
    pub async fn fsma204_csv(
        &self,
        cte: Fsma204Cte,
        selection: &Fsma204Selection,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, Error> {
        let cte = word(cte)?;
        self.download(Call::get(selection.on(&path(&["trace", "fsma204.csv"])?, Some(&cte))), to).await
    }
}
