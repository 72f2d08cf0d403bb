//! Keys, text and dates; and what holds for all parsers together.

mod dates;
mod keys;
mod prop;
