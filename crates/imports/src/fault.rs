//! What is wrong with a cell, with what was expected and what was found, in both languages.

use crate::template::Column;
use tracelight_domain::gs1::KeyError;

/// Characters of a found text that are shown.
const FOUND_CHARS_MAX: usize = 60;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// What sort of fault, for programs and tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The cell is empty and must not be.
    Missing,
    /// Not what the column expects, and where it begins to go wrong.
    Key(KeyError),
    /// None of the words that the column knows.
    Word,
    /// A spreadsheet wrote the number with an exponent; digits are lost for good.
    Exponent,
    /// A number of a length that no such code has: a spreadsheet dropped the zeros in front.
    LostZeros,
    /// The cell is a number where text is kept: zeros in front or digits behind may be lost.
    NumberForText,
    /// A spreadsheet took the text for a date.
    BecameDate,
    /// The serial number of a date, from a cell that lost its format.
    DateSerial,
    /// A formula that failed, or a truth value.
    NoText,
    /// A character that ends a line.
    Control,
    /// Too long for the ledger.
    TooLong,
    /// It is there already, with other data or from elsewhere. Only the caller can know.
    Known,
    /// No such batch of this member. Only the caller can know.
    NoBatch,
    /// The batch is sealed and takes no codes. Only the caller can know.
    BatchClosed,
    /// The same key as in an earlier row.
    Twice {
        /// That row.
        first: u32,
    },
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row, as the spreadsheet numbers it.
    pub row: u32,
    /// The column's name.
    pub column: &'static str,
    /// Where it stands in the file, from 1; `None` when the file has no such column.
    pub place: Option<usize>,
    /// What sort.
    pub problem: Problem,
    /// What should have stood there.
    pub expected: Words,
    /// What stood there, shortened.
    pub found: String,
}

impl Fault {
    pub(crate) fn new(row: u32, column: &'static Column, place: Option<usize>, problem: Problem, found: &str) -> Self {
        let found = found.chars().take(FOUND_CHARS_MAX).collect();
        Self { row, column: column.name, place, problem, expected: column.expected(), found }
    }

    /// The letters that a spreadsheet gives the column.
    #[must_use]
    pub fn letters(&self) -> Option<String> {
        let mut rest = self.place?;
        let mut letters = Vec::new();
        while rest > 0 {
            letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
            rest = (rest - 1) / 26;
        }
        Some(letters.iter().rev().collect())
    }

    /// What is wrong and what to do, in a sentence.
    #[must_use]
    pub fn message(&self) -> Words {
        let found = &self.found;
        match &self.problem {
            Problem::Missing => Words::new("此处不能为空", "must not be empty"),
            Problem::Key(error) => key_words(error),
            Problem::Word => Words::new(format!("“{found}”不是可选值"), format!("`{found}` is not one of the words")),
            Problem::Exponent => Words::new(
                format!("表格软件把长数字写成了“{found}”，后面的位数已丢失。请把该列设为文本，再重新填写"),
                format!(
                    "a spreadsheet wrote the long number as `{found}`, and its last digits are lost; format the column as text and enter it again"
                ),
            ),
            Problem::LostZeros => Words::new(
                format!("“{found}”的位数不对，可能被表格软件去掉了前面的 0。请把该列设为文本，补上 0"),
                format!(
                    "`{found}` has a length that no such code has; a spreadsheet may have dropped the zeros in front: format the column as text and put them back"
                ),
            ),
            Problem::NumberForText => Words::new(
                format!("“{found}”是数字单元格，前面的 0 或后面的位数可能已丢失。请把该列设为文本，再重新填写"),
                format!(
                    "`{found}` is a number cell, whose zeros in front or digits behind may be lost; format the column as text and enter it again"
                ),
            ),
            Problem::BecameDate => Words::new(
                format!("表格软件把它当成了日期“{found}”。请把该列设为文本，再重新填写"),
                format!("a spreadsheet took it for the date `{found}`; format the column as text and enter it again"),
            ),
            Problem::DateSerial => Words::new(
                format!("“{found}”是表格软件内部的日期序号。请把该列设为日期或文本"),
                format!(
                    "`{found}` is a spreadsheet's internal number of a date; format the column as a date or as text"
                ),
            ),
            Problem::NoText => Words::new(
                format!("“{found}”是公式结果或真假值，不是文字"),
                format!("`{found}` is a formula's failure or a truth value, not text"),
            ),
            Problem::Control => Words::new("含有换行或控制字符", "has a line break or a control character in it"),
            Problem::TooLong => Words::new("文字太长", "the text is too long"),
            Problem::Known => Words::new(format!("“{found}”已经存在"), format!("`{found}` is there already")),
            Problem::NoBatch => Words::new(
                format!("本企业没有批号为“{found}”的已登记批次，请先登记"),
                format!("your member has no batch `{found}` of this product; register it first"),
            ),
            Problem::BatchClosed => {
                Words::new(format!("批次“{found}”已封存"), format!("batch `{found}` is sealed and takes no more codes"))
            }
            Problem::Twice { first } => {
                Words::new(format!("与第 {first} 行重复"), format!("the same as in row {first}"))
            }
        }
    }
}

fn key_words(error: &KeyError) -> Words {
    let zh = match error {
        KeyError::Length { found, .. } => format!("长度为 {found} 个字符，不符合要求"),
        KeyError::Character { position, found, .. } => {
            format!("第 {position} 个字符“{}”不允许", found.escape_default())
        }
        KeyError::CheckDigit { position, expected, found, .. } => {
            format!("第 {position} 位校验码是 {found}，应为 {expected}")
        }
        KeyError::Value { position, found, .. } => format!("第 {position} 个字符起的“{found}”没有意义"),
    };
    Words { zh, en: error.to_string() }
}
