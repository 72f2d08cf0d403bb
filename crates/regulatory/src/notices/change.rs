//! What a newer file says differently.

use super::{Notice, NoticeKey};
use std::collections::BTreeMap;

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    New(NoticeKey),
    /// It says the same. Where in the file it stands, and how the file writes it, is no difference.
    Same(NoticeKey),
    /// It says something else.
    Changed {
        /// Which.
        key: NoticeKey,
        /// The parts that differ, in the order of [`Notice`].
        fields: Vec<FieldChange>,
    },
    /// The newer file does not have it. Authorities publish parts: this is no withdrawal.
    NotInFile(NoticeKey),
}

/// A part of a notice, before and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name in [`Notice`].
    pub field: &'static str,
    /// What it was.
    pub before: String,
    /// What it is.
    pub now: String,
}

/// The parts that make a notice, as texts. What the prose names follows from them, so that it would tell nothing twice.
fn parts(notice: &Notice) -> [(&'static str, String); 13] {
    let date = |date: Option<tracelight_domain::gs1::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    [
        ("event", notice.event.clone()),
        ("firm", notice.firm.clone()),
        ("class", format!("{:?}", notice.class)),
        ("status", format!("{:?}", notice.status)),
        ("initiated", date(notice.initiated)),
        ("reported", date(notice.reported)),
        ("classified", date(notice.classified)),
        ("terminated", date(notice.terminated)),
        ("region", notice.region.clone()),
        ("distribution", notice.distribution.clone()),
        ("reason", notice.reason.clone()),
        ("product", notice.product.clone()),
        ("codes", notice.codes.clone()),
    ]
}

type Parts = [(&'static str, String); 13];

/// The parts of all notices by their key; of records that share a key, in the order of what they say.
fn by_key(notices: &[Notice]) -> BTreeMap<&NoticeKey, Vec<Parts>> {
    let mut map: BTreeMap<&NoticeKey, Vec<Parts>> = BTreeMap::new();
    for notice in notices {
        map.entry(&notice.key).or_default().push(parts(notice));
    }
    map.values_mut().for_each(|list| list.sort());
    map
}

/// Compares two imports, one change for each key of either, in the order of the keys. The same file twice is all [`Change::Same`].
#[must_use]
pub fn compare(before: &[Notice], now: &[Notice]) -> Vec<Change> {
    let (before, now) = (by_key(before), by_key(now));
    let mut changes: Vec<(&NoticeKey, Change)> = Vec::with_capacity(now.len());
    for (key, new) in &now {
        let change = match before.get(key) {
            None => Change::New((*key).clone()),
            Some(old) if old == new => Change::Same((*key).clone()),
            Some(old) => Change::Changed { key: (*key).clone(), fields: differences(old, new) },
        };
        changes.push((key, change));
    }
    let gone = before.keys().filter(|key| !now.contains_key(*key));
    changes.extend(gone.map(|key| (*key, Change::NotInFile((*key).clone()))));
    changes.sort_by_key(|(key, _)| *key);
    changes.into_iter().map(|(_, change)| change).collect()
}

fn differences(old: &[Parts], new: &[Parts]) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    for (old, new) in old.iter().zip(new) {
        for ((field, before), (_, now)) in old.iter().zip(new) {
            if before != now {
                fields.push(FieldChange { field, before: before.clone(), now: now.clone() });
            }
        }
    }
    if old.len() != new.len() {
        fields.push(FieldChange { field: "records", before: old.len().to_string(), now: new.len().to_string() });
    }
    fields
}
