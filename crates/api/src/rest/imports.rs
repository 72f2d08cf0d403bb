//! Tables that people upload: products, partners and codes.
//!
//! ```text
//! upload --> checked --apply--> applying --> applied --undo--> undone
//!      '---> refused                   (the same file again: checked anew; of an applied one, nothing happens)
//! ```
//! All or nothing: a file with a fault changes nothing. Products go onto the chain one by one, and stay there; `applying`
//! with a number says how far it is, and asking again goes on.

use serde::{Deserialize, Serialize};

/// Bytes of an uploaded file.
pub const IMPORT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Products in one file: each is a transaction of its own.
pub const IMPORT_PRODUCTS_MAX: usize = 1_000;

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Products to register on the chain.
    Products,
    /// The member's address book.
    Partners,
    /// Serials that were made elsewhere, for batches that are registered and not sealed.
    Codes,
}

/// Language of headers and of the error file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportLanguage {
    /// Simplified Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// The dry run found no fault.
    Checked,
    /// The dry run found faults; nothing can be applied.
    Refused,
    /// Part of it is done; apply again to go on.
    Applying,
    /// All of it is done.
    Applied,
    /// It was done, and taken back.
    Undone,
}

impl ImportState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Checked, Self::Refused, Self::Applying, Self::Applied, Self::Undone];

    /// Its word in addresses and files, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Refused => "refused",
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Undone => "undone",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl ImportKind {
    /// Its word in addresses and files, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Partners => "partners",
            Self::Codes => "codes",
        }
    }
}

/// An uploaded file and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Import {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub kind: ImportKind,
    /// The file's name, as told.
    pub name: String,
    /// Where it stands.
    pub state: ImportState,
    /// Rows below the header.
    pub rows: u64,
    /// Rows with a fault.
    pub rows_refused: u64,
    /// Faults, of which the first stand below.
    pub faults_count: u64,
    /// The first faults, in the order of the file.
    pub faults: Vec<ImportFault>,
    /// Rows that are done.
    pub applied: u64,
    /// Who uploaded it.
    pub user: String,
    /// When, milliseconds.
    pub created_ms: u64,
}

/// What is wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportFault {
    /// The row, as the spreadsheet numbers it.
    pub row: u32,
    /// The column's name.
    pub column: String,
    /// Its letters in the file; absent when the file has no such column.
    pub letters: Option<String>,
    /// What is wrong, in Chinese.
    pub message_zh: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// What should stand there, in Chinese.
    pub expected_zh: String,
    /// What should stand there, in English.
    pub expected_en: String,
    /// What stands there, shortened.
    pub found: String,
}

/// A company in the member's address book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Partner {
    /// GLN.
    pub gln: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// `manufacturer`, `carrier`, `wholesaler`, `pharmacy`, `hospital` or `other`.
    pub role: String,
    /// Number of its licence.
    pub licence: String,
    /// The licence's last day, an ISO date.
    pub licence_until: Option<String>,
}
