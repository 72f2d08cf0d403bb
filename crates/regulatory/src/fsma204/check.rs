//! Rules of lot codes, looked at over all entries, selected or not.
//!
//! A lot code is assigned at initial packing, first land-based receiving, transformation, or receipt from an exempt entity; exactly
//! one record creates it within its source. Shipping and receiving pass it on: one that names its own place as the source, without a
//! record that creates the code there, has assigned it where it may not be.

use super::records::{Entry, Location, Record, Supplier, Tlc, TlcSource};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Finding {
    /// 1.1320(a), and uniqueness within the records of the source.
    #[error("`{tlc}` is created by {} records of one source: {}", .records.len(), .records.join(", "))]
    CreatedTwice {
        /// The code.
        tlc: String,
        /// The records.
        records: Vec<String>,
    },
    /// 1.1320(b).
    #[error(
        "`{tlc}` seems to be assigned at shipping: {record} names its own place as the source, and no record creates it there"
    )]
    AssignedAtShipping {
        /// The code.
        tlc: String,
        /// The record.
        record: String,
    },
    /// 1.1320(b).
    #[error(
        "`{tlc}` seems to be assigned at receiving from a supplier who is not exempt: {record} names its own place as the source, and no record creates it there"
    )]
    AssignedAtReceiving {
        /// The code.
        tlc: String,
        /// The record.
        record: String,
    },
    /// 1.1320(a): a transformation assigns a new code.
    #[error("`{tlc}` is both used and produced by {record}")]
    NotNew {
        /// The code.
        tlc: String,
        /// The record.
        record: String,
    },
}

impl Finding {
    /// The lot code that it is about.
    #[must_use]
    pub fn tlc(&self) -> &str {
        match self {
            Self::CreatedTwice { tlc, .. }
            | Self::AssignedAtShipping { tlc, .. }
            | Self::AssignedAtReceiving { tlc, .. }
            | Self::NotNew { tlc, .. } => tlc,
        }
    }
}

/// Names by which a source may be called: its code, its name.
fn names(location: &Location) -> BTreeSet<String> {
    let texts = [&location.code, &location.name];
    texts.into_iter().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty()).collect()
}

fn names_of_source(source: &TlcSource) -> BTreeSet<String> {
    match source {
        TlcSource::Location(location) => names(location),
        TlcSource::Reference(reference) => BTreeSet::from([reference.trim().to_lowercase()]),
    }
}

/// The codes that a record creates, and the names of the source.
fn created(record: &Record) -> Option<(Vec<&Tlc>, BTreeSet<String>)> {
    let of = |tlc: Vec<_>, location: &Option<Location>, reference: &str| {
        let mut names = location.as_ref().map(names).unwrap_or_default();
        names.extend(Some(reference.trim().to_lowercase()).filter(|reference| !reference.is_empty()));
        Some((tlc, names))
    };
    match record {
        Record::InitialPacking(r) => of(r.tlc.iter().collect(), &r.packing_location, &r.source_reference),
        Record::ExemptPacking(r) => of(r.tlc.iter().collect(), &r.packing_location, &r.source_reference),
        Record::Landing(r) => of(r.tlc.iter().collect(), &r.location, &r.source_reference),
        Record::Transformation(r) => {
            let codes: BTreeSet<&Tlc> = r.produced.iter().filter_map(|produced| produced.tlc.as_ref()).collect();
            of(codes.into_iter().collect(), &r.location, &r.source_reference)
        }
        // A code that the exempt supplier's own supplier had assigned keeps its source.
        Record::Receiving(r) if r.supplier == Supplier::Exempt => {
            let own = r.ship_to.as_ref().map(names).unwrap_or_default();
            let source = r.source.as_ref().map(names_of_source).unwrap_or_else(|| own.clone());
            (!own.is_disjoint(&source)).then(|| (r.tlc.iter().collect(), own))
        }
        Record::Receiving(_)
        | Record::Harvesting(_)
        | Record::Cooling(_)
        | Record::SproutPacking(_)
        | Record::Shipping(_) => None,
    }
}

/// All findings, in the order of the codes.
#[must_use]
pub fn check(entries: &[Entry]) -> Vec<Finding> {
    // The code, and a creating record's id and names of its source.
    let mut creators: BTreeMap<&Tlc, Vec<(&str, BTreeSet<String>)>> = BTreeMap::new();
    for entry in entries {
        if let Some((codes, source)) = created(&entry.record) {
            for tlc in codes {
                creators.entry(tlc).or_default().push((&entry.id, source.clone()));
            }
        }
    }
    let mut findings: BTreeSet<Finding> = BTreeSet::new();
    for (tlc, list) in &creators {
        findings.extend(created_twice(tlc, list));
    }
    let is_created = |tlc: &Tlc, source: &BTreeSet<String>| {
        creators.get(tlc).into_iter().flatten().any(|(_, names)| !names.is_disjoint(source))
    };
    for entry in entries {
        let (tlc, source, own, finding): (_, _, _, fn(String, String) -> Finding) = match &entry.record {
            Record::Shipping(r) => {
                (&r.tlc, &r.source, &r.ship_from, |tlc, record| Finding::AssignedAtShipping { tlc, record })
            }
            Record::Receiving(r) if r.supplier == Supplier::Covered => {
                (&r.tlc, &r.source, &r.ship_to, |tlc, record| Finding::AssignedAtReceiving { tlc, record })
            }
            Record::Transformation(r) => {
                let used: BTreeSet<&Tlc> = r.used.iter().filter_map(|used| used.tlc.as_ref()).collect();
                let again = r.produced.iter().filter_map(|produced| produced.tlc.as_ref());
                let again = again.filter(|tlc| used.contains(tlc));
                findings
                    .extend(again.map(|tlc| Finding::NotNew { tlc: tlc.as_str().into(), record: entry.id.clone() }));
                continue;
            }
            _ => continue,
        };
        let (Some(tlc), Some(source), Some(own)) = (tlc, source, own) else { continue };
        let source = names_of_source(source);
        if !source.is_disjoint(&names(own)) && !is_created(tlc, &source) {
            findings.insert(finding(tlc.as_str().to_owned(), entry.id.clone()));
        }
    }
    findings.into_iter().collect()
}

/// Records of one source that create the same code, source by source. A record without a source is not compared: its gap says so.
fn created_twice(tlc: &Tlc, list: &[(&str, BTreeSet<String>)]) -> Vec<Finding> {
    let mut by_name: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
    for (id, names) in list {
        for name in names {
            by_name.entry(name).or_default().push(id);
        }
    }
    let several: BTreeSet<Vec<&str>> = by_name.into_values().filter(|ids| ids.len() > 1).collect();
    let finding = |ids: Vec<&str>| Finding::CreatedTwice {
        tlc: tlc.as_str().to_owned(),
        records: ids.into_iter().map(str::to_owned).collect(),
    };
    several.into_iter().map(finding).collect()
}
