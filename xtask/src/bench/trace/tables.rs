//! Rows of the read model as files of tab-separated values, and the statements that load them.
//!
//! A table is loaded by one statement into its empty self, without checks of uniqueness: InnoDB then sorts its indexes instead
//! of filling them row by row.

use anyhow::Context as _;
use std::collections::BTreeMap;
use std::fmt::{Arguments, Display};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tracelight_testkit::services::{Database, MariaDb};

/// Longest time for one table.
const LOAD_MAX: Duration = Duration::from_secs(1_800);

/// Tables with their columns in the order of the files. Bytes that are no text are hexadecimal there: `#`.
const TABLES: &[(&str, &str)] = &[
    ("rm_marker", "id height #block_id #outcomes time_ms events"),
    ("rm_object", "#object_key #state"),
    ("rm_event", "#object_key seq kind height time_ms actor peer container withdraws #tx_id"),
    ("rm_product", "gtin maker name_en name_zh detail approval hotline kind #tx_id height time_ms"),
    (
        "rm_batch",
        "gtin lot maker made_on expires_on #reg_tx reg_height reg_ms #seal_tx seal_height seal_ms #tree_root unit_count \
         #count_salt rejected sampled",
    ),
    (
        "rm_logistic",
        "sscc level status #shipment custodian parent #content_root content_count made_by #made_tx made_height #last_tx \
         last_height last_ms",
    ),
    ("rm_case_content", "sscc gtin lot units"),
    (
        "rm_shipment",
        "#id sender receiver status due_ms #ship_tx ship_height ship_ms #answer_tx answer_height answer_ms",
    ),
    ("rm_shipment_object", "#shipment idx sscc"),
    ("rm_shipment_case", "#shipment pallet sscc"),
    ("rm_shipment_remark", "#shipment sscc remark"),
    ("rm_unit", "gtin serial lot status custodian since_ms case_sscc #tx_id height"),
    ("manifest_unit", "gtin lot idx serial"),
];

/// What stands for nothing.
pub const NULL: &str = "\\N";

/// A value, or what stands for nothing.
pub fn or_null<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| NULL.to_owned(), |value| value.to_string())
}

/// The files.
pub struct Tables {
    files: BTreeMap<&'static str, Rows>,
}

struct Rows {
    path: PathBuf,
    file: BufWriter<File>,
    count: u64,
}

impl Tables {
    /// Empty files in a folder.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let new = |(name, _): &(&'static str, &str)| {
            let path = folder.join(format!("{name}.tsv"));
            let file = File::create(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
            Ok((*name, Rows { path, file: BufWriter::with_capacity(1 << 20, file), count: 0 }))
        };
        Ok(Self { files: TABLES.iter().map(new).collect::<anyhow::Result<_>>()? })
    }

    /// Adds a row: its values with tabs between them.
    pub fn row(&mut self, table: &str, values: Arguments<'_>) -> anyhow::Result<()> {
        let rows = self.files.get_mut(table).with_context(|| format!("`{table}` is not filled here"))?;
        rows.count += 1;
        Ok(writeln!(rows.file, "{values}")?)
    }

    /// Loads all files into the tables of a database, and tells how many rows that were.
    pub fn load(mut self, server: &MariaDb, database: &Database) -> anyhow::Result<u64> {
        let mut all = 0;
        for (name, columns) in TABLES {
            let Some(mut rows) = self.files.remove(name) else { continue };
            rows.file.flush()?;
            let began = Instant::now();
            eprintln!("loading {} rows of {name}", rows.count);
            server.query_within(&database.name, &statement(name, columns, &rows.path), LOAD_MAX)?;
            eprintln!("  {:.0} s", began.elapsed().as_secs_f64());
            all += rows.count;
            std::fs::remove_file(&rows.path)?;
        }
        Ok(all)
    }
}

fn statement(table: &str, columns: &str, file: &Path) -> String {
    let (mut named, mut set) = (Vec::new(), Vec::new());
    for column in columns.split_whitespace() {
        match column.strip_prefix('#') {
            Some(hex) => {
                named.push(format!("@{hex}"));
                set.push(format!("{hex} = UNHEX(@{hex})"));
            }
            None => named.push(column.to_owned()),
        }
    }
    let set = if set.is_empty() { String::new() } else { format!(" SET {}", set.join(", ")) };
    format!(
        "SET unique_checks = 0, foreign_key_checks = 0; \
         LOAD DATA LOCAL INFILE '{}' INTO TABLE {table} CHARACTER SET utf8mb4 ({}){set}; ANALYZE TABLE {table}",
        file.display(),
        named.join(", ")
    )
}
