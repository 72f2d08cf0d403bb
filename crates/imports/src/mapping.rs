//! Which column of a file is which.
//!
//! A header counts as the column's when it is its name, its Chinese or its English header, whatever its case and the
//! spaces around and within it. A mapping that is told outranks headers. Columns that nobody knows are passed over, among
//! them `error`, which our own error file adds.

use crate::fault::Words;
use crate::template::{Column, Kind};

/// Where the columns of a kind stand in a file: for each of [`Kind::columns`] its place, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping(Vec<Option<usize>>);

/// Why columns cannot be told apart.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A column that every row needs is not in the file.
    #[error("no column `{en}` (`{zh}`). Hint: name it so in the first row, or map it; the file has {found}")]
    Missing {
        /// Its English header.
        en: &'static str,
        /// Its Chinese header.
        zh: &'static str,
        /// The headers there are, shortened.
        found: String,
    },
    /// Two columns with one meaning.
    #[error("columns {first} and {second} are both `{en}`. Hint: rename one, or map it")]
    Twice {
        /// The column.
        en: &'static str,
        /// One place, from 1.
        first: usize,
        /// The other.
        second: usize,
    },
    /// A told mapping that names no column of the kind, or no header of the file.
    #[error("the mapping names `{0}`, which is not there")]
    Unknown(String),
}

impl MappingError {
    /// The same in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        let zh = match self {
            Self::Missing { zh, en, .. } => format!("缺少列“{zh}”（{en}）。请在首行写上该列名，或指定对应关系"),
            Self::Twice { first, second, en } => {
                format!("第 {first} 列与第 {second} 列都是“{en}”。请改名或指定对应关系")
            }
            Self::Unknown(name) => format!("对应关系中的“{name}”不存在"),
        };
        Words { zh, en: self.to_string() }
    }
}

fn folded(header: &str) -> String {
    header.chars().filter(|c| !c.is_whitespace() && *c != '_').flat_map(char::to_lowercase).collect()
}

fn means(column: &Column, header: &str) -> bool {
    let header = folded(header);
    [column.name, column.zh, column.en].into_iter().any(|name| folded(name) == header)
}

impl Mapping {
    /// Finds the columns by their headers; `told` are pairs of a column's name and a header of the file.
    ///
    /// # Errors
    /// [`MappingError`].
    pub fn of(kind: Kind, header: &[String], told: &[(String, String)]) -> Result<Self, MappingError> {
        for (name, _) in told {
            if !kind.columns().iter().any(|column| column.name == name) {
                return Err(MappingError::Unknown(shown(name)));
            }
        }
        let places = kind.columns().iter().map(|column| place(column, header, told)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(places))
    }

    /// The columns of the kind with their places.
    pub(crate) fn places(&self, kind: Kind) -> impl Iterator<Item = (&'static Column, Option<usize>)> + '_ {
        kind.columns().iter().zip(self.0.iter().copied())
    }
}

fn place(column: &Column, header: &[String], told: &[(String, String)]) -> Result<Option<usize>, MappingError> {
    if let Some((_, wanted)) = told.iter().find(|(name, _)| name == column.name) {
        let at = header.iter().position(|found| found == wanted);
        return at.map(Some).ok_or_else(|| MappingError::Unknown(shown(wanted)));
    }
    let taken = |text: &String| told.iter().any(|(_, wanted)| wanted == text);
    let mut found = header.iter().enumerate().filter(|(_, text)| means(column, text) && !taken(text));
    match (found.next(), found.next()) {
        (Some((first, _)), Some((second, _))) => {
            Err(MappingError::Twice { en: column.en, first: first + 1, second: second + 1 })
        }
        (Some((at, _)), None) => Ok(Some(at)),
        (None, _) if column.required => {
            let found = header.iter().take(12).map(|text| format!("`{}`", shown(text))).collect::<Vec<_>>().join(", ");
            Err(MappingError::Missing { en: column.en, zh: column.zh, found })
        }
        (None, _) => Ok(None),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
