//! How a list is asked for: which rows, in which order, from where on. The same for every list that can be long.
//!
//! ```text
//! SELECT order, key...  FROM the list  WHERE conditions AND (order, key...) is behind the cursor  ORDER BY order, key...  LIMIT n
//! ```
//! The answer is the keys of the rows; the list's own question then reads what is shown of them. A cursor names the place of a row by
//! values, not by a count, so a page begins where the one before ended, whatever was added or taken away meanwhile. The key makes the
//! order whole: no two rows stand at the same place.

use super::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, QueryResult, Value};

/// A value by which rows stand in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Text, compared byte by byte.
    Text(String),
    /// A number.
    Int(i64),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<&Place> for Value {
    fn from(place: &Place) -> Self {
        match place {
            Place::Text(text) => text.clone().into(),
            Place::Int(number) => (*number).into(),
            Place::Bytes(bytes) => bytes.clone().into(),
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// A number.
    Int,
    /// Bytes.
    Bytes,
}

impl Holds {
    /// Is this a value of such a column?
    #[must_use]
    pub const fn fits(self, place: &Place) -> bool {
        matches!(
            (self, place),
            (Self::Text, Place::Text(_)) | (Self::Int, Place::Int(_)) | (Self::Bytes, Place::Bytes(_))
        )
    }
}

/// A column that is never empty: its SQL and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// A column, or an expression of columns.
    pub sql: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// A list: where it stands, and by what its rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// Behind `FROM`.
    pub from: &'static str,
    /// The key of a row.
    pub key: &'static [Column],
}

/// Rows that are asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// By what they stand in order, before their key.
    pub order: Column,
    /// From the last to the first.
    pub descending: bool,
    /// The place behind which they begin: the value of the order, then those of the key.
    pub after: Option<Vec<Place>>,
    /// Rows at most.
    pub limit: u64,
}

/// Conditions that must all hold, with their values.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Conditions {
    parts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// One more.
    pub(in crate::store) fn add(&mut self, part: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.parts.push(part.into());
        self.values.extend(values);
    }

    /// What stands behind `WHERE`, with its values.
    pub(in crate::store) fn joined(self) -> (String, Vec<Value>) {
        let text = if self.parts.is_empty() { "1 = 1".to_owned() } else { self.parts.join(" AND ") };
        (text, self.values)
    }
}

impl Store {
    /// The places of the rows that are asked for, in order: the value of the order, then those of the key.
    pub(in crate::store) async fn places(
        &self,
        list: &List,
        wanted: &Wanted,
        mut conditions: Conditions,
    ) -> Result<Vec<Vec<Place>>, StoreError> {
        let columns: Vec<Column> = std::iter::once(wanted.order).chain(list.key.iter().copied()).collect();
        if let Some(after) = &wanted.after {
            let (part, values) = behind(&columns, after, wanted.descending);
            conditions.add(part, values);
        }
        let named: Vec<String> = columns.iter().enumerate().map(|(at, one)| format!("{} AS k{at}", one.sql)).collect();
        let way = if wanted.descending { " DESC" } else { "" };
        let order: Vec<String> = columns.iter().map(|one| format!("{}{way}", one.sql)).collect();
        let (holds, mut values) = conditions.joined();
        let (named, from, order) = (named.join(", "), list.from, order.join(", "));
        let text = format!("SELECT {named} FROM {from} WHERE {holds} ORDER BY {order} LIMIT ?");
        values.push(super::convert::int(wanted.limit).into());
        let rows = self.reader().query_all_raw(sql(self.reader(), &text, values)).await?;
        rows.iter().map(|row| columns.iter().enumerate().map(|(at, one)| place(row, at, one.holds)).collect()).collect()
    }
}

fn place(row: &QueryResult, at: usize, holds: Holds) -> Result<Place, StoreError> {
    let name = format!("k{at}");
    Ok(match holds {
        Holds::Text => Place::Text(row.try_get("", &name)?),
        Holds::Int => Place::Int(row.try_get("", &name)?),
        Holds::Bytes => Place::Bytes(row.try_get("", &name)?),
    })
}

/// `a > ? OR (a = ? AND b > ?) OR …`: behind a place in the order of the columns.
fn behind(columns: &[Column], after: &[Place], descending: bool) -> (String, Vec<Value>) {
    let sign = if descending { "<" } else { ">" };
    let mut parts = Vec::with_capacity(columns.len());
    let mut values: Vec<Value> = Vec::new();
    for at in 0..columns.len().min(after.len()) {
        let mut part: Vec<String> = columns.iter().take(at).map(|one| format!("{} = ?", one.sql)).collect();
        part.extend(columns.get(at).map(|one| format!("{} {sign} ?", one.sql)));
        parts.push(format!("({})", part.join(" AND ")));
        values.extend(after.iter().take(at + 1).map(Value::from));
    }
    (format!("({})", parts.join(" OR ")), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_a_place_is_later_in_the_first_column_that_differs() {
        let column = |sql| Column { sql, holds: Holds::Int };
        let columns = [column("a"), column("b"), column("c")];
        let after = [Place::Int(1), Place::Int(2), Place::Int(3)];
        let (text, values) = behind(&columns, &after, false);
        assert_eq!(text, "((a > ?) OR (a = ? AND b > ?) OR (a = ? AND b = ? AND c > ?))");
        assert_eq!(values.len(), 6);
        assert!(behind(&columns, &after, true).0.starts_with("((a < ?) OR"));
    }
}
