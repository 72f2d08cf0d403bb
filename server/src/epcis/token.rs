//! Where a page begins. A token holds all of it, so the server keeps nothing and nothing expires.
//!
//! ```text
//! token     page of crates/epcis (which query, how many events were given out)  "." snapshot  "." place
//! snapshot  entries of the log  "."  height of the ledger, both hex: later pages see what the first one saw
//! place     "o"            an answer in an order: the count says where
//!           "c" hex        an entry of the log
//!           "l" hex "-" hex   a history of the ledger by its key, and how many of its events were given out
//! ```

use super::jobs::bad_token;
use super::problem::EpcisResult;
use tracelight_epcis::query::PageToken;

/// Bytes of an object's key.
const KEY_BYTES_MAX: usize = 64;

/// What the pages of one answer see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Entries of the member's log.
    pub entries: u64,
    /// Height of the ledger.
    pub height: u64,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind so many events of an answer in an order.
    Ordered,
    /// At an entry of the log.
    Captured(u64),
    /// In a history of the ledger.
    Ledger {
        /// The object's key.
        key: Vec<u8>,
        /// Its events that were given out.
        skip: usize,
    },
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Which query, and how many events were given out.
    pub page: PageToken,
    /// What is seen.
    pub snapshot: Snapshot,
    /// Where the page begins.
    pub place: Place,
}

impl Token {
    /// As it stands in a URL.
    #[must_use]
    pub fn text(&self) -> String {
        let place = match &self.place {
            Place::Ordered => "o".to_owned(),
            Place::Captured(entry) => format!("c{entry:x}"),
            Place::Ledger { key, skip } => format!("l{}-{skip:x}", hex::encode(key)),
        };
        format!("{}.{:x}.{:x}.{place}", self.page, self.snapshot.entries, self.snapshot.height)
    }

    /// # Errors
    /// QueryParameterException for what is no token.
    pub fn parse(text: &str) -> EpcisResult<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [page, entries, height, place] = parts.as_slice() else { return Err(bad_token()) };
        let number = |text: &str| u64::from_str_radix(text, 16).map_err(|_| bad_token());
        let snapshot = Snapshot { entries: number(entries)?, height: number(height)? };
        Ok(Self { page: PageToken::parse(page)?, snapshot, place: parse_place(place).ok_or_else(bad_token)? })
    }
}

fn parse_place(text: &str) -> Option<Place> {
    if text == "o" {
        return Some(Place::Ordered);
    }
    if let Some(entry) = text.strip_prefix('c') {
        return Some(Place::Captured(u64::from_str_radix(entry, 16).ok()?));
    }
    let (key, skip) = text.strip_prefix('l')?.split_once('-')?;
    let key = hex::decode(key).ok().filter(|key| key.len() <= KEY_BYTES_MAX)?;
    Some(Place::Ledger { key, skip: usize::from_str_radix(skip, 16).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_back_and_others_refused() {
        let page = PageToken::new([("EQ_bizStep", "shipping")], 30);
        let snapshot = Snapshot { entries: 77, height: 12 };
        let places = [
            Place::Ordered,
            Place::Captured(31),
            Place::Ledger { key: vec![6, 1, 0xff], skip: 2 },
            Place::Ledger { key: Vec::new(), skip: 0 },
        ];
        for place in places {
            let token = Token { page, snapshot, place };
            assert_eq!(Token::parse(&token.text()).ok(), Some(token));
        }
        let long = format!("{page}.1.1.l{}-0", "ab".repeat(65));
        for bad in ["", "x", "1.2.3.o", &format!("{page}.1.1.q"), &format!("{page}.-1.1.o"), &long] {
            assert!(Token::parse(bad).is_err(), "{bad}");
        }
    }
}
