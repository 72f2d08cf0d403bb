//! FSMA 204, 21 CFR 1 subpart S: records of critical tracking events (CTE) with their key data elements (KDE), as the sortable
//! spreadsheet that the FDA may ask for within 24 hours.
//!
//! ```text
//! entries --[Selection: food, dates, lots, places]--> rows of each CTE --> xlsx: About | a sheet for each CTE | Records | Gaps |
//!                                                       |                        TLC checks | Glossary
//!                                                       '----------------> csv: one file for each CTE, the same columns
//! ```
//! | matter | rule |
//! |---|---|
//! | columns | those of the table for the CTE, in its order; a row is a line item. First land-based receiving (1.1335) is in no table that we have; its columns follow the paragraphs |
//! | transformation | one row for each pair of a lot used and a lot produced, so that each row stands alone when it is sorted. Quantities repeat and must not be added up; the first sheet says so |
//! | missing | a mandatory KDE that is not known is an empty cell and a [`Gap`] with its paragraph; nothing is made up. The parts of a location and of a product description are looked at one by one |
//! | selection | an entry that lacks what is selected by is kept, because nothing says that it is not meant; harvesting and cooling have no lot code, and are left out and counted when lots are selected |
//! | dates | calendar dates in the time zone that the request names; an event of several days has its last. A month without a day is text and a gap |
//! | text | never a formula: a text cell in the workbook, [`tracelight_domain::cell::neutral`] in CSV |
//! | lot codes | assigned only at initial packing, first land-based receiving, transformation, or receipt from an exempt entity; one creating record for each within its source: [`Finding`] |
//!
//! **Invariant:** the same request gives the same cells. The workbook library looks at the clock for a creation time, which is
//! replaced by that of the request.

mod cells;
mod check;
mod columns;
mod export;
mod records;
mod select;
mod write;

pub use cells::Cell;
pub use check::{Finding, check};
pub use columns::{Column, Cte, Need};
pub use export::{Export, ExportError, Gap, RECORDS_MAX, ROWS_MAX, Request, Row, Sheet, export};
pub use records::{
    Amount, Cooling, Document, Entry, ExemptPacking, FoodKind, Harvesting, InitialPacking, Landing, Location, Produced,
    ProductDescription, Quantity, Receiving, Record, Shipping, SproutPacking, Supplier, TextError, Tlc, TlcSource,
    Transformation, Used,
};
pub use select::Selection;

#[cfg(test)]
mod tests;
