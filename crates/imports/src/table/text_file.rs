//! CSV, in UTF-8 or GB18030.

use super::{Builder, Cell, Format, TableError};
use encoding_rs::{GB18030, UTF_8};
use std::borrow::Cow;

/// Reads the file's rows.
pub(super) fn read(bytes: &[u8], builder: &mut Builder<'_>) -> Result<Format, TableError> {
    let (text, format) = decode(bytes)?;
    // A nul is in no text that a spreadsheet writes; it is what a picture or a program looks like.
    if text.contains('\0') {
        return Err(TableError::Encoding);
    }
    let delimiter = delimiter(&text);
    let mut numbers = row_numbers(&text, delimiter).into_iter();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record).map_err(|error| TableError::Csv(error.to_string()))? {
        number = numbers.next().unwrap_or(number + 1);
        let mut cells = Vec::with_capacity(record.len().min(builder.limits.columns_max));
        for (column, text) in record.iter().enumerate() {
            builder.admit(number, column, text)?;
            cells.push(Cell::text(text));
        }
        builder.row(number, cells)?;
    }
    Ok(format)
}

/// The number of each row that is not empty, as a spreadsheet counts: an empty line is a row, a line break within
/// quotation marks is none. The CSV library passes empty lines over without a word.
fn row_numbers(text: &str, delimiter: u8) -> Vec<u32> {
    let mut numbers = Vec::new();
    let (mut number, mut empty, mut quoted) = (1_u32, true, false);
    // A quotation mark opens at the beginning of a cell, and right after a closing one, which it makes a mark of the text.
    let mut may_open = true;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if quoted {
            quoted = byte != b'"';
            may_open = !quoted;
            continue;
        }
        match byte {
            b'\r' if bytes.peek() == Some(&b'\n') => {}
            b'\r' | b'\n' => {
                numbers.extend((!empty).then_some(number));
                number = number.saturating_add(1);
                (empty, may_open) = (true, true);
            }
            _ => {
                quoted = byte == b'"' && may_open;
                may_open = byte == delimiter;
                empty = false;
            }
        }
    }
    numbers.extend((!empty).then_some(number));
    numbers
}

fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Format), TableError> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let text = UTF_8.decode_without_bom_handling_and_without_replacement(rest).ok_or(TableError::Encoding)?;
        return Ok((text, Format::CsvUtf8));
    }
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok((text, Format::CsvUtf8));
    }
    // GB18030 has a byte order mark of its own, which few write.
    let rest = bytes.strip_prefix(b"\x84\x31\x95\x33").unwrap_or(bytes);
    let text = GB18030.decode_without_bom_handling_and_without_replacement(rest).ok_or(TableError::Encoding)?;
    Ok((text, Format::CsvGb18030))
}

/// Of comma, semicolon and tab the one that the first row has most of. What stands in quotation marks is text.
fn delimiter(text: &str) -> u8 {
    const KNOWN: [u8; 3] = [b'\t', b';', b','];
    let mut counts = [0_usize; KNOWN.len()];
    let (mut quoted, mut may_open) = (false, true);
    for byte in text.trim_start().bytes() {
        if quoted {
            quoted = byte != b'"';
            may_open = !quoted;
            continue;
        }
        if matches!(byte, b'\r' | b'\n') {
            break;
        }
        quoted = byte == b'"' && may_open;
        may_open = false;
        for (count, _) in counts.iter_mut().zip(KNOWN).filter(|(_, known)| *known == byte) {
            *count += 1;
            may_open = true;
        }
    }
    let most = counts.into_iter().zip(KNOWN).max_by_key(|(count, _)| *count);
    most.map_or(b',', |(_, delimiter)| delimiter)
}
