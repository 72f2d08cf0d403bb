//! Labels, streamed to a writer as they are made, and numbers of cases and pallets.

use crate::call::{Again, Call, Tracelight, asked, path, word};
use crate::error::Error;
use tokio::io::AsyncWrite;
use tracelight_api::rest::labels::{CodeCarrier, LabelFormat, NewSsccs, Ssccs};

/// Which labels of an order, on which sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheets {
    /// Number of the first code, from 0.
    pub first: u64,
    /// How many, 1 to [`PDF_LABELS_MAX`](tracelight_api::rest::goods::PDF_LABELS_MAX); all that are left when absent.
    pub count: Option<u64>,
    /// `a4-21`, `a4-24` or `a4-40`; the server's own choice when absent.
    pub preset: Option<String>,
    /// Labels of the first page that are used up already.
    pub skip: u64,
}

/// Which labels of an order, for which label printer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Number of the first code, from 0.
    pub first: u64,
    /// How many; all that are left when absent.
    pub count: Option<u64>,
    /// `50x30`, `60x40` or `100x50` (mm).
    pub stock: Option<String>,
    /// Dots an inch: 203, 300 or 600.
    pub dpi: Option<u16>,
    /// What carries the code.
    pub carrier: CodeCarrier,
}

/// How the label of a case or pallet is to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogisticLabel {
    /// What it comes as.
    pub format: LabelFormat,
    /// Paper: `a6`, `4x6in` or `a5`; the server's own choice when absent.
    pub stock: Option<String>,
    /// Dots an inch: 203, 300 or 600.
    pub dpi: Option<u16>,
    /// To whom it goes, one line.
    pub to: Option<String>,
    /// The sender's name in the other script: a font that is in the printer, such as `E:SIMSUN.TTF`.
    pub font: Option<String>,
}

/// Parts of a query that are there.
struct Query(Vec<(&'static str, String)>);

impl Query {
    fn with(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.0.extend(value.map(|value| (name, value.to_string())));
        self
    }

    fn on(&self, path: &str) -> String {
        asked(path, self.0.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

impl Tracelight {
    /// All codes of an order as CSV: GTIN, lot, expiry, serial, Digital Link, element string. Returns the bytes written.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Write`] of the writer. What was written before an error is not the whole table.
    pub async fn labels_csv(&self, order: &str, to: &mut (impl AsyncWrite + Unpin)) -> Result<u64, Error> {
        self.download(Call::get(path(&["orders", order, "labels.csv"])?), to).await
    }

    /// Sheets of labels as PDF, in true millimetres.
    ///
    /// # Errors
    /// As [`Tracelight::labels_csv`].
    pub async fn labels_pdf(
        &self,
        order: &str,
        sheets: &Sheets,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, Error> {
        let query = Query(vec![("first", sheets.first.to_string()), ("skip", sheets.skip.to_string())])
            .with("count", sheets.count)
            .with("preset", sheets.preset.as_deref());
        self.download(Call::get(query.on(&path(&["orders", order, "labels.pdf"])?)), to).await
    }

    /// Labels in ZPL II: a label printer takes the bytes as they are.
    ///
    /// # Errors
    /// As [`Tracelight::labels_csv`].
    pub async fn labels_zpl(
        &self,
        order: &str,
        printed: &Printed,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, Error> {
        let query = Query(vec![("first", printed.first.to_string()), ("carrier", word(printed.carrier)?)])
            .with("count", printed.count)
            .with("stock", printed.stock.as_deref())
            .with("dpi", printed.dpi);
        self.download(Call::get(query.on(&path(&["orders", order, "labels.zpl"])?)), to).await
    }

    /// New numbers for cases and pallets. Each call gives new ones, so it is never sent again by itself.
    ///
    /// # Errors
    /// [`Error`]; 409 when the member has no company prefix or no numbers left.
    pub async fn new_ssccs(&self, wanted: NewSsccs) -> Result<Ssccs, Error> {
        self.read(Call::post(path(&["ssccs"])?, &wanted, Again::Never)?).await
    }

    /// The label of a case or pallet.
    ///
    /// # Errors
    /// As [`Tracelight::labels_csv`].
    pub async fn logistic_label(
        &self,
        sscc: &str,
        label: &LogisticLabel,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<u64, Error> {
        let query = Query(vec![("format", word(label.format)?)])
            .with("stock", label.stock.as_deref())
            .with("dpi", label.dpi)
            .with("to", label.to.as_deref())
            .with("font", label.font.as_deref());
        self.download(Call::get(query.on(&path(&["logistic-units", sscc, "label"])?)), to).await
    }
}
