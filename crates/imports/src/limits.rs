//! Bounds on what is read. Worst case memory of one upload: the file, its unpacked form, and the table of its cells.

/// How much of a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file as uploaded.
    pub file_bytes_max: usize,
    /// Bytes of an XLSX with everything in it unpacked: what a zip bomb is refused by.
    pub unpacked_bytes_max: u64,
    /// Rows below the header.
    pub rows_max: usize,
    /// Columns.
    pub columns_max: usize,
    /// Characters of a cell.
    pub cell_chars_max: usize,
    /// Bytes of all cells together. 200,000 rows of 150 bytes.
    pub table_bytes_max: usize,
    /// Faults that are told; the others are counted.
    pub faults_max: usize,
}

impl Limits {
    /// What the server allows: 200,000 rows, of which 200 faults are told.
    pub const SERVER: Self = Self {
        file_bytes_max: 16 * 1024 * 1024,
        unpacked_bytes_max: 128 * 1024 * 1024,
        rows_max: 200_000,
        columns_max: 64,
        cell_chars_max: 1_000,
        table_bytes_max: 32 * 1024 * 1024,
        faults_max: 200,
    };
}
