//! Public recall notices: FDA tables and openFDA enforcement reports, and USDA FSIS recalls of the same make.
//!
//! ```text
//! bytes --[decode]--> text --[csv_rows | json_rows]--> records --[fields]--> notices, or rows with a named fault
//!                                                                   '--[prose]--> scope: codes, lots, dates, what was not understood
//! notices, our products --[matching]--> what concerns us, why, and what is not known
//! notices of before and now --[change]--> new, changed, same, gone
//! ```
//! | matter | rule |
//! |---|---|
//! | encoding | byte order mark (UTF-8, UTF-16), else UTF-8 when all of it is, else Windows-1252, in which each byte is one character; Latin-1 is the same where Latin-1 has printable characters |
//! | rows | every record is a notice or a [`RowFault`]; [`Import::rows`] is their sum. The original of each is kept, character by character |
//! | what is refused | a record that cannot be split, has another number of cells than the header, has no id, or names neither firm nor product. Anything else that is odd is a [`Remark`] on the notice: a recall does not vanish for the spelling of a date |
//! | key | source and ids of the source: recall and product of an FDA table, recall number of openFDA and FSIS. The same file again gives the same keys. Two records with one key are both kept and named in [`Import::conflicts`] |
//! | GTIN | UPC-A, EAN-13, EAN-8, UPC-E, GTIN-14, with or without spaces and hyphens; only with a right check digit, as 14 digits. Others stand in [`Scope::doubtful`], with the GTINs that they could be |
//! | dates | month first, as the sources write; day first where the month cannot be. Two digits of a year are 20YY |
//! | basis | [`Basis::Stated`] when the text says what it is (`UPC`, `Lot`, `best by`), [`Basis::Inferred`] when only the form says it |
//! | unknown | what a label announces and could not be read is in [`Scope::not_understood`]; no lot and no date at all is [`Extent::NotStated`], which is not the whole product |
//!
//! FDA column names are those of the table and of its dictionary, openFDA names those of the public mapping. No FSIS file was
//! at hand: the names of its recall interface are from memory, and read where they occur.
//!
//! **Invariant:** no input makes this module panic, and none makes it take more than a few times the bytes of the file.

mod change;
mod csv_rows;
mod decode;
mod fields;
mod import;
mod json_rows;
mod matching;
mod prose;
mod values;

pub use change::{Change, FieldChange, compare};
pub use decode::Encoding;
pub use import::{Import, ImportError, Limits, read};
pub use matching::{LotAnswer, Match, Product, SUGGESTIONS_PER_NOTICE_MAX, Strength, Unknown, Why, match_notices};
pub use prose::{CODES_PER_NOTICE_MAX, extract};

use tracelight_domain::gs1::{Date, Gtin, Lot};

/// Who published it, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A table of recalled products of the FDA: recall id and product id.
    FdaTable,
    /// An enforcement report of openFDA: recall number.
    OpenFda,
    /// A recall or public health alert of USDA FSIS: recall number and language.
    Fsis,
}

impl Source {
    /// The word in front of its keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FdaTable => "fda",
            Self::OpenFda => "openfda",
            Self::Fsis => "fsis",
        }
    }
}

/// What tells a notice from all others, and stays when it is imported again: `fda:97962/217327`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeKey {
    /// Who published it.
    pub source: Source,
    /// Its ids there.
    pub id: String,
}

impl std::fmt::Display for NoticeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.source.name(), self.id)
    }
}

/// How grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Serious harm or death is probable.
    I,
    /// Temporary or reversible harm.
    II,
    /// Harm is not likely.
    III,
    /// A public health alert: no recall was asked for.
    HealthAlert,
    /// Not classified yet, or the source does not say.
    None,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Goods are being taken back.
    Ongoing,
    /// The firm has done what it could.
    Completed,
    /// The authority has closed it.
    Terminated,
    /// The source does not say, or says a word that is not known; then a [`Remark`] has the word.
    Unknown,
}

/// A record as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// As a spreadsheet numbers rows, the header being 1; in JSON, the record's place, from 1.
    pub row: u32,
    /// The line in the file that it begins in, from 1.
    pub line: u32,
    /// Its characters, all of them, without the line end behind it.
    pub text: String,
}

/// Something of a notice that was not read as what it should be. The notice stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The column, as the file names it.
    pub column: String,
    /// What stood there, shortened.
    pub found: String,
    /// What was expected.
    pub expected: &'static str,
}

/// A notice of one recalled product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its key.
    pub key: NoticeKey,
    /// The recall that it belongs to: one recall has many products.
    pub event: String,
    /// Who recalls.
    pub firm: String,
    /// How grave.
    pub class: Class,
    /// Where it stands.
    pub status: Status,
    /// When the recall began.
    pub initiated: Option<Date>,
    /// When it was published.
    pub reported: Option<Date>,
    /// When it was classified.
    pub classified: Option<Date>,
    /// When it was closed.
    pub terminated: Option<Date>,
    /// State, or city, state and country, as the source has them.
    pub region: String,
    /// Where the goods went, in the source's words.
    pub distribution: String,
    /// Why, in the source's words.
    pub reason: String,
    /// The product, in the source's words.
    pub product: String,
    /// Codes, lots and dates in the source's words, where it keeps them apart from the product.
    pub codes: String,
    /// What the prose names.
    pub scope: Scope,
    /// What of it could not be read.
    pub remarks: Vec<Remark>,
    /// The record.
    pub original: Original,
}

/// Why a record is no notice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// A spreadsheet's empty row.
    #[error("the row is empty")]
    Blank,
    /// A quotation mark that nobody closes.
    #[error("a quotation mark opens and is not closed")]
    OpenQuote,
    /// Cells are missing or too many: a shifted row must not be read.
    #[error("the row has {found} cells, the header has {expected}")]
    Cells {
        /// Of the row.
        found: usize,
        /// Of the header.
        expected: usize,
    },
    /// Longer than is read.
    #[error("the record has {found} bytes, at most {most} are read")]
    TooLong {
        /// Its bytes.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// Not an object of JSON.
    #[error("the record cannot be read as JSON: {0}")]
    Json(String),
    /// A cell that a notice cannot be without.
    #[error("must not be empty")]
    Missing,
}

/// A record that is no notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// The column, as the file names it or as it would have to be named; `None` when the whole row is meant.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: RowProblem,
    /// The record, with its row.
    pub original: Original,
}

/// What a find rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The text says what it is.
    Stated,
    /// Its form says what it is: a check digit that is right by chance is right once in ten.
    Inferred,
}

/// A text of the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// [`Notice::product`].
    Product,
    /// [`Notice::codes`].
    Codes,
    /// [`Notice::reason`].
    Reason,
}

/// Something that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// What.
    pub value: T,
    /// What this rests on.
    pub basis: Basis,
    /// Where it stands.
    pub field: Field,
    /// As it is written there.
    pub text: String,
}

/// Why a code is doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The last digit should be another one.
    CheckDigit {
        /// This.
        expected: char,
    },
    /// No GTIN has so many digits: most often the check digit or the zeros in front are left out.
    Length {
        /// So many.
        found: usize,
    },
}

/// A code that is announced or formed as a GTIN and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubtful {
    /// Its digits.
    pub digits: String,
    /// What is wrong.
    pub doubt: Doubt,
    /// GTINs that it could be, with the check digit added or zeros put back. Guesses: at most [`Doubtful::GUESSES_MAX`].
    pub could_be: Vec<Gtin>,
    /// Where it stands.
    pub field: Field,
    /// As it is written there.
    pub text: String,
}

impl Doubtful {
    /// Of one code.
    pub const GUESSES_MAX: usize = 2;
}

/// From one lot to another, both included. Which lots are between them only the firm knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LotRange {
    /// The first.
    pub from: Lot,
    /// The last.
    pub to: Lot,
}

/// What a date on a pack means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateKind {
    /// Best by, best before, best if used by.
    BestBy,
    /// Use by, freeze by.
    UseBy,
    /// Sell by.
    SellBy,
    /// Expires.
    Expiry,
    /// Made or packed on.
    Production,
    /// Harvested on.
    Harvest,
    /// Sold, shipped or bought on: not on the pack.
    Sold,
    /// The text does not say.
    Unlabelled,
}

/// A date or a range of dates, both ends included; an end that is open is `None`, never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    /// What it is the date of.
    pub kind: DateKind,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

/// How much of the product is meant, as far as the text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// The text says: all lots, all dates.
    WholeProduct,
    /// The text names lots or dates.
    Limited,
    /// The text names neither; whether all of the product is meant is not known.
    NotStated,
}

/// Why a passage was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// A code with letters in place of digits, such as a price, or of which only a part is given.
    Placeholder,
    /// A lot is announced and none is recognised.
    Lot,
    /// A date is announced and none is recognised.
    Date,
    /// Two numbers: month and day, or month and year.
    AmbiguousDate,
    /// Days of a year, without the year.
    JulianDay,
    /// Serial numbers: they are not read.
    Serial,
    /// A national drug code: it is not read.
    DrugCode,
    /// More than [`CODES_PER_NOTICE_MAX`] finds; the rest was not read.
    TooMany,
}

/// A passage that announces something and was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// Why.
    pub gap: Gap,
    /// Where it stands.
    pub field: Field,
    /// The passage, shortened.
    pub text: String,
}

/// What the prose of a notice names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// How much of the product.
    pub extent: Extent,
    /// Codes with a right check digit, each once.
    pub gtins: Vec<Found<Gtin>>,
    /// Codes that are announced or formed as such and are wrong.
    pub doubtful: Vec<Doubtful>,
    /// Lots, each once.
    pub lots: Vec<Found<Lot>>,
    /// Ranges of lots.
    pub lot_ranges: Vec<Found<LotRange>>,
    /// Dates.
    pub dates: Vec<Found<DateRange>>,
    /// What was announced and not understood.
    pub not_understood: Vec<NotUnderstood>,
}

#[cfg(test)]
mod tests;
