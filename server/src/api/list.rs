//! One way to ask for any list: words, filters, an order, a place to begin.
//!
//! ```text
//! q        words, anywhere in what the list says it looks for them in, whatever their case
//! status   one of the list's states        gtin, lot   where the list has them        member   whose, where the list has that
//! sort     one of the list's columns, with `-` before it from the last to the first
//! cursor   `next` of the page before; belongs to the order that it was made in
//! limit    rows, 1 to 200; 50 when absent
//! ```
//! A page and a file ([`super::lists`]) are asked for in the same words and read by the same question; a file has all rows.

use super::sheet::ROWS_MAX;
use super::{PageQuery, line_of_text};
use crate::http::{ApiError, ApiResult};
use crate::store::listing::{Column, List, Place, Wanted};
use crate::store::lists::{self, Keyed, Narrowed, sorts};
use serde::Deserialize;
use tracelight_domain::gs1::{Gtin, Lot};

/// Bytes of the words.
const Q_BYTES_MAX: usize = 200;
/// Bytes of a cursor: a name, a text of a product and a key, in hexadecimal digits.
const CURSOR_BYTES_MAX: usize = 4_096;

/// Which rows of a list, in which order, from where on.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words that a row has, anywhere, whatever their case.
    pub q: Option<String>,
    /// A column of the list, with `-` before it from the last to the first.
    pub sort: Option<String>,
    /// A state of the list.
    pub status: Option<String>,
    /// GTIN, 8 to 14 digits, for lists of what belongs to a lot.
    pub gtin: Option<String>,
    /// Lot, likewise.
    pub lot: Option<String>,
    /// GLN of the member, for the regulator, in lists of one member's goods.
    pub member: Option<String>,
    /// `next` of the page before, in the same order.
    pub cursor: Option<String>,
    /// Rows, 1 to 200; 50 when absent.
    pub limit: Option<u64>,
}

/// What a list can be asked for.
#[derive(Debug)]
pub struct ListSpec {
    /// Its name in the address of its file.
    pub name: &'static str,
    list: &'static List,
    sorts: &'static [(&'static str, Column)],
    /// From the last to the first without a wish: the first column of `sorts`.
    newest_first: bool,
    statuses: &'static [&'static str],
    by_lot: bool,
    by_member: bool,
}

/// Products.
pub const PRODUCTS: ListSpec = ListSpec {
    name: "products",
    list: &lists::PRODUCTS,
    sorts: sorts::PRODUCTS,
    newest_first: false,
    statuses: &["medicine", "food"],
    by_lot: false,
    by_member: false,
};
/// Batches.
pub const BATCHES: ListSpec = ListSpec {
    name: "batches",
    list: &lists::BATCHES,
    sorts: sorts::BATCHES,
    newest_first: false,
    statuses: &["open", "sealed", "recalled"],
    by_lot: true,
    by_member: false,
};
/// Cases and pallets of one member.
pub const STOCK: ListSpec = ListSpec {
    name: "stock",
    list: &lists::STOCK,
    sorts: sorts::STOCK,
    newest_first: false,
    statuses: &["in_stock", "in_transit", "short", "damaged", "lost", "stolen"],
    by_lot: false,
    by_member: true,
};
/// Hand-overs of one member.
pub const SHIPMENTS: ListSpec = ListSpec {
    name: "shipments",
    list: &lists::SHIPMENTS,
    sorts: sorts::SHIPMENTS,
    newest_first: true,
    statuses: &["open", "received", "received_in_part", "refused", "disputed", "settled"],
    by_lot: false,
    by_member: true,
};
/// Recalls.
pub const RECALLS: ListSpec = ListSpec {
    name: "recalls",
    list: &lists::RECALLS,
    sorts: sorts::RECALLS,
    newest_first: true,
    statuses: &["opened", "approved", "closed"],
    by_lot: true,
    by_member: false,
};
/// Reports of suspected fakes.
pub const REPORTS: ListSpec = ListSpec {
    name: "reports",
    list: &lists::REPORTS,
    sorts: sorts::REPORTS,
    newest_first: true,
    statuses: &["received", "in_work", "closed"],
    by_lot: true,
    by_member: false,
};

/// Imports of one member.
pub const IMPORTS: ListSpec = ListSpec {
    name: "imports",
    list: &crate::store::IMPORTS,
    sorts: crate::store::IMPORT_SORTS,
    newest_first: true,
    statuses: &["checked", "refused", "applying", "applied", "undone"],
    by_lot: false,
    by_member: false,
};

/// Alerts of medicine packs.
pub const ALERTS: ListSpec = ListSpec {
    name: "alerts",
    list: &crate::store::ALERTS,
    sorts: crate::store::ALERT_SORTS,
    newest_first: true,
    statuses: &["open", "explained", "suspicious"],
    by_lot: true,
    by_member: false,
};

/// What is wished of a list, checked.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Which rows.
    pub narrowed: Narrowed,
    /// In which order, from where on; one row more than a page has.
    pub wanted: Wanted,
    order: String,
    rows: usize,
}

impl ListQuery {
    /// A page of a list.
    ///
    /// # Errors
    /// 400 naming the part.
    pub fn wish(&self, spec: &ListSpec) -> ApiResult<Wish> {
        let rows = PageQuery { cursor: None, limit: self.limit }.rows()?;
        self.parse(spec, rows)
    }

    /// All rows of a list, for a file.
    ///
    /// # Errors
    /// 400 naming the part; a file begins nowhere in the middle.
    pub fn whole(&self, spec: &ListSpec) -> ApiResult<Wish> {
        for (name, given) in [("cursor", self.cursor.is_some()), ("limit", self.limit.is_some())] {
            if given {
                return Err(ApiError::invalid(name, "a file has all rows; leave this out"));
            }
        }
        self.parse(spec, ROWS_MAX as u64)
    }

    fn parse(&self, spec: &ListSpec, rows: u64) -> ApiResult<Wish> {
        let q = self.q.as_deref().unwrap_or_default().trim();
        line_of_text("q", q, Q_BYTES_MAX)?;
        let (gtin, lot) = (there(&self.gtin), there(&self.lot));
        for (name, given, has) in [
            ("gtin", gtin.is_some(), spec.by_lot),
            ("lot", lot.is_some(), spec.by_lot),
            ("member", there(&self.member).is_some(), spec.by_member),
        ] {
            if given && !has {
                return Err(ApiError::invalid(name, "this list is not narrowed by it"));
            }
        }
        let gtin = gtin.map(Gtin::parse).transpose().map_err(|error| ApiError::from(error).field("gtin"))?;
        let lot = lot.map(Lot::parse).transpose().map_err(|error| ApiError::from(error).field("lot"))?;
        let narrowed = Narrowed {
            q: q.to_owned(),
            status: there(&self.status).map(|word| one_of("status", word, spec.statuses)).transpose()?,
            gtin,
            lot: lot.map(|lot| lot.as_bytes().to_vec()),
        };
        let (name, order, descending) = self.order(spec)?;
        let order_name = format!("{name}{}", if descending { "-" } else { "" });
        let columns: Vec<Column> = std::iter::once(order).chain(spec.list.key.iter().copied()).collect();
        let after = there(&self.cursor).map(|cursor| read_cursor(cursor, &order_name, &columns)).transpose()?;
        let wanted = Wanted { order, descending, after, limit: rows.saturating_add(1) };
        Ok(Wish { narrowed, wanted, order: order_name, rows: usize::try_from(rows).unwrap_or(usize::MAX) })
    }

    fn order(&self, spec: &ListSpec) -> ApiResult<(&'static str, Column, bool)> {
        let names: Vec<&'static str> = spec.sorts.iter().map(|(name, _)| *name).collect();
        let first = names.first().copied().unwrap_or_default();
        let (name, descending) = match there(&self.sort) {
            None => (first, spec.newest_first),
            Some(sort) => match sort.strip_prefix('-') {
                Some(name) => (one_of("sort", name, &names)?, true),
                None => (one_of("sort", sort, &names)?, false),
            },
        };
        let column = spec.sorts.iter().find(|(known, _)| *known == name).map(|(_, column)| *column);
        let column = column.ok_or_else(|| ApiError::invalid("sort", "this list has no order"))?;
        Ok((name, column, descending))
    }
}

/// A part that is not left empty: forms send what nobody filled in.
fn there(part: &Option<String>) -> Option<&str> {
    part.as_deref().filter(|part| !part.is_empty())
}

fn one_of(field: &str, word: &str, known: &[&'static str]) -> ApiResult<&'static str> {
    let found = known.iter().find(|known| **known == word).copied();
    found.ok_or_else(|| {
        let detail = format!("`{}` is none, expected one of {}", word.escape_default(), known.join(", "));
        ApiError::invalid(field, detail)
    })
}

impl Wish {
    /// The rows of the page, and the cursor of the next when there is one.
    #[must_use]
    pub fn page<T>(&self, mut found: Keyed<T>) -> (Vec<T>, Option<String>) {
        let more = found.len() > self.rows;
        found.truncate(self.rows);
        let next = found.last().filter(|_| more).map(|(_, place)| write_cursor(&self.order, place));
        (found.into_iter().map(|(key, _)| key).collect(), next)
    }

    /// All rows of a file.
    ///
    /// # Errors
    /// 400 when there are more than a file has room for.
    pub fn all<T>(&self, found: Keyed<T>) -> ApiResult<Vec<T>> {
        super::sheet::check_rows(found.len())?;
        Ok(found.into_iter().map(|(key, _)| key).collect())
    }
}

/// `order.t686f.i42.b00ff`: the order, then each value with what it is.
fn write_cursor(order: &str, place: &[Place]) -> String {
    let mut out = order.to_owned();
    for value in place {
        out.push_str(&match value {
            Place::Text(text) => format!(".t{}", hex::encode(text)),
            Place::Int(number) => format!(".i{number}"),
            Place::Bytes(bytes) => format!(".b{}", hex::encode(bytes)),
        });
    }
    out
}

fn read_cursor(cursor: &str, order: &str, columns: &[Column]) -> ApiResult<Vec<Place>> {
    let wrong = || ApiError::invalid("cursor", "expected what `next` of the page before says, in the same order");
    if cursor.len() > CURSOR_BYTES_MAX {
        return Err(wrong());
    }
    let mut parts = cursor.split('.');
    if parts.next() != Some(order) {
        return Err(wrong());
    }
    let value = |part: &str| {
        let (kind, rest) = part.split_at_checked(1)?;
        match kind {
            "t" => String::from_utf8(hex::decode(rest).ok()?).ok().map(Place::Text),
            "i" => rest.parse().ok().map(Place::Int),
            "b" => hex::decode(rest).ok().map(Place::Bytes),
            _ => None,
        }
    };
    let place: Vec<Place> = parts.map(value).collect::<Option<_>>().ok_or_else(wrong)?;
    let fits =
        place.len() == columns.len() && columns.iter().zip(&place).all(|(column, value)| column.holds.fits(value));
    if fits { Ok(place) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(parts: &[(&str, &str)]) -> ListQuery {
        let mut query = ListQuery::default();
        for (name, value) in parts {
            let value = Some((*value).to_owned());
            match *name {
                "q" => query.q = value,
                "sort" => query.sort = value,
                "status" => query.status = value,
                "gtin" => query.gtin = value,
                "lot" => query.lot = value,
                "member" => query.member = value,
                _ => query.cursor = value,
            }
        }
        query
    }

    #[test]
    fn m9_a_cursor_comes_back_and_belongs_to_its_order() {
        let wish = asked(&[("sort", "-product")]).wish(&BATCHES).expect("good");
        let place =
            vec![Place::Text("Ibuprofen .~".into()), Place::Text("0".repeat(14)), Place::Bytes(b"A.1".to_vec())];
        let found: Keyed<u8> = (0..60).map(|row| (row, place.clone())).collect();
        let (rows, next) = wish.page(found);
        assert_eq!(rows.len(), 50);
        let next = next.expect("there is more");
        let again = asked(&[("sort", "-product"), ("cursor", &next)]).wish(&BATCHES).expect("good");
        assert_eq!(again.wanted.after, Some(place));
        for (sort, spec) in [("product", &BATCHES), ("-lot", &BATCHES), ("", &PRODUCTS)] {
            let refused = asked(&[("sort", sort), ("cursor", &next)]).wish(spec).expect_err("another order");
            assert_eq!(refused.0.field.as_deref(), Some("cursor"), "{sort}");
        }
        for cursor in ["gtin", "gtin.t", "gtin.tzz", "gtin.i1", "gtin.t00.t00.t00", "x", &"t".repeat(5_000)] {
            assert!(asked(&[("cursor", cursor)]).wish(&PRODUCTS).is_err(), "{cursor}");
        }
        assert_eq!(wish.page(vec![(1u8, Vec::new())]), (vec![1], None));
    }

    #[test]
    fn m9_what_a_list_does_not_have_is_named() {
        for (part, value) in
            [("sort", "weight"), ("status", "lost"), ("gtin", "x"), ("lot", ""), ("member", "6"), ("q", "a\nb")]
        {
            let refused = asked(&[(part, value)]).wish(&BATCHES);
            match value {
                "" => assert!(refused.is_ok(), "an empty part asks for nothing"),
                _ => assert_eq!(refused.expect_err("wrong").0.field.as_deref(), Some(part)),
            }
        }
        assert!(asked(&[("gtin", "06901234000771")]).wish(&PRODUCTS).is_err(), "this list has no lots");
        assert!(asked(&[("cursor", "gtin.t00")]).whole(&PRODUCTS).is_err(), "a file has all rows");
    }
}
