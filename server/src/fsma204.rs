//! Records of the network as records of 21 CFR 1 subpart S. What they lack is left empty, and is a gap of the export.
//!
//! | here | there |
//! |---|---|
//! | a lot without ingredients | initial packing, 1.1330(a): the event that assigns a lot code. What was received and harvested is not recorded here |
//! | a lot that was made from others | transformation, 1.1350(a), with the packs of each ingredient that went in by the case |
//! | a hand-over of a lot | shipping, 1.1340(a), of who ships; receiving, 1.1345(a), of who receives, without what was missing |
//! | GTIN and lot | traceability lot code, `(01)GTIN(10)LOT`; its source is the member that registered the lot, by its GLN |
//! | the signed transaction | reference document `TLTX`, an electronic record with key data elements, by its id |
//! | packs | `EA` |
//!
//! Whose: records are kept by who makes them. A member has those of its own lots and of its own side of a hand-over; the regulator
//! has everybody's.

use crate::alliance::Alliance;
use crate::store::{Fsma204Records, Moved, OwnLot};
use tracelight_domain::gs1::{Date, Gtin};
use tracelight_domain::ids::{BatchId, MemberId, TxId};
use tracelight_domain::trace::Packed;
use tracelight_regulatory::fsma204::{
    Amount, Document, Entry, FoodKind, InitialPacking, Location, Produced, ProductDescription, Quantity, Receiving,
    Record, Shipping, Tlc, TlcSource, Transformation, Used,
};

/// Codes of ours that the sheet explains.
pub const GLOSSARY: [(&str, &str); 2] = [
    ("TLTX", "Signed transaction on the alliance's chain; the reference document number is its id"),
    ("EA", "Each: one pack with a serial number of its own"),
];

/// What the first sheet says of all records.
pub const REMARKS: [(&str, &str); 4] = [
    (
        "Foods",
        "Every product that is registered as food. Whether a food is on the Food Traceability List is not recorded here.",
    ),
    (
        "Sheet: Initial packing",
        "Lots that were registered without ingredients. What was received, harvested and cooled is not recorded here.",
    ),
    (
        "Reference documents",
        "The signed transaction of the record. Invoices and bills of lading are not recorded here.",
    ),
    ("Errors", "Records that their signers have withdrawn are left out."),
];

/// The zone in which days are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Minutes from UTC, at most 14 hours each way.
    minutes: i32,
}

impl Zone {
    /// A zone by its distance from UTC in minutes.
    #[must_use]
    pub const fn of_minutes(minutes: i32) -> Self {
        Self { minutes }
    }

    /// Reads `+08:00` or `-05:00`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(hours) || !digits(minutes) {
            return None;
        }
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (minutes < 60 && hours * 60 + minutes <= 14 * 60).then_some(Self { minutes: sign * (hours * 60 + minutes) })
    }

    /// Its name in the sheet.
    #[must_use]
    pub fn name(self) -> String {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.abs();
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// The day of a time; `None` beyond the year 9999.
    #[must_use]
    pub fn day(self, ms: u64) -> Option<Date> {
        let local = i64::try_from(ms).ok()?.checked_add(i64::from(self.minutes) * 60_000)?;
        Date::from_days(local.div_euclid(86_400_000)).ok()
    }
}

/// Everything that decides how a record looks.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Names of members.
    pub alliance: &'a Alliance,
    /// Whose records; everybody's when absent.
    pub member: Option<MemberId>,
    /// The food that was selected.
    pub food: Option<Gtin>,
    /// The zone of dates.
    pub zone: Zone,
}

impl Look<'_> {
    fn is_own(&self, member: MemberId) -> bool {
        self.member.is_none_or(|own| own == member)
    }

    /// The network knows a code and a name; the rest of a location description is not recorded here.
    fn place(&self, member: MemberId) -> Option<Location> {
        Some(Location { code: member.to_string(), name: self.alliance.name_en(member), ..Location::default() })
    }

    /// The food of a record about these lots: the one that was selected, when it is among them.
    fn food(&self, lots: &[&BatchId], main: &BatchId) -> String {
        let selected = self.food.filter(|food| lots.iter().any(|lot| lot.gtin == *food));
        selected.unwrap_or(main.gtin).to_string()
    }
}

/// The records, in the order of lots and hand-overs.
#[must_use]
pub fn entries(records: &Fsma204Records, look: &Look<'_>) -> Vec<Entry> {
    let mut out = Vec::new();
    for (id, lot) in &records.lots {
        if lot.is_food && look.is_own(lot.read.maker) {
            out.extend(created(records, look, id, lot));
        }
    }
    for moved in &records.moved {
        out.extend(shipped(records, look, moved));
        out.extend(received(records, look, moved));
    }
    out
}

fn tlc(lot: &BatchId) -> Option<Tlc> {
    Tlc::parse(&lot.to_string()).ok()
}

fn packs(units: Option<u64>) -> Quantity {
    let amount = units.and_then(|units| Amount::parse(&units.to_string()).ok());
    let uom = if amount.is_some() { "EA".to_owned() } else { String::new() };
    Quantity { amount, uom }
}

fn document(tx: TxId) -> Document {
    Document { kind: "TLTX".to_owned(), number: tx.to_string() }
}

fn product(records: &Fsma204Records, lot: &BatchId) -> ProductDescription {
    let Some(known) = records.lots.get(lot) else { return ProductDescription::default() };
    let (en, zh) = &known.read.product;
    let name = if en.is_empty() { zh } else { en };
    ProductDescription { name: name.clone(), size: known.detail.clone(), style: String::new() }
}

fn source(records: &Fsma204Records, lot: &BatchId) -> Option<TlcSource> {
    Some(TlcSource::Reference(records.lots.get(lot)?.read.maker.to_string()))
}

/// The record that creates a lot code; `None` when its signer has withdrawn it.
fn created(records: &Fsma204Records, look: &Look<'_>, id: &BatchId, lot: &OwnLot) -> Option<Entry> {
    let (read, maker) = (&lot.read, lot.read.maker);
    let is_withdrawn = read.withdrawn.contains(&read.made_by);
    if is_withdrawn && read.made_from.is_empty() {
        return None;
    }
    // A making that was withdrawn, at the lot or at what went into it: the lot is there, and what it was made from is not known.
    let gone = |input: &BatchId| {
        is_withdrawn || records.lots.get(input).is_some_and(|lot| lot.read.withdrawn.contains(&read.made_by))
    };
    let made_from: Vec<&BatchId> = read.made_from.iter().filter(|input| !gone(input)).collect();
    let record = if made_from.is_empty() {
        Record::InitialPacking(InitialPacking {
            tlc: tlc(id),
            product: product(records, id),
            quantity_packed: packs(read.sealed),
            packing_location: look.place(maker),
            source_reference: maker.to_string(),
            packed: Some(read.made_on),
            document: document(read.made_by),
            ..InitialPacking::default()
        })
    } else {
        let used = |&input: &&BatchId| Used {
            tlc: tlc(input),
            product: product(records, input),
            quantity: packs(went_in(records.packed.get(input), read.made_by)),
        };
        let produced = Produced { tlc: tlc(id), product: product(records, id), quantity: packs(read.sealed) };
        Record::Transformation(Transformation {
            used: made_from.iter().map(used).collect(),
            produced: vec![produced],
            location: look.place(maker),
            source_reference: maker.to_string(),
            transformed: Some(read.made_on),
            document: document(read.made_by),
        })
    };
    let named: Vec<&BatchId> = made_from.into_iter().chain([id]).collect();
    Some(Entry { id: format!("lot {id}"), food: look.food(&named, id), kind: FoodKind::Other, record })
}

fn went_in(packed: Option<&Packed>, by: TxId) -> Option<u64> {
    Some(packed?.used.get(&by)?.units)
}

fn shipped(records: &Fsma204Records, look: &Look<'_>, moved: &Moved) -> Option<Entry> {
    let hand_over = &moved.hand_over;
    let record = Record::Shipping(Shipping {
        tlc: tlc(&moved.lot),
        quantity: packs(Some(moved.shipped)),
        product: product(records, &moved.lot),
        ship_to: look.place(hand_over.to),
        ship_from: look.place(hand_over.from),
        shipped: look.zone.day(hand_over.shipped.1),
        source: source(records, &moved.lot),
        document: document(hand_over.shipped.0),
    });
    look.is_own(hand_over.from).then(|| entry_of(look, moved, "shipped", record))
}

fn received(records: &Fsma204Records, look: &Look<'_>, moved: &Moved) -> Option<Entry> {
    let hand_over = &moved.hand_over;
    let ((tx, ms), units) = (hand_over.answered?, moved.received.filter(|units| *units > 0)?);
    let record = Record::Receiving(Receiving {
        tlc: tlc(&moved.lot),
        quantity: packs(Some(units)),
        product: product(records, &moved.lot),
        ship_from: look.place(hand_over.from),
        ship_to: look.place(hand_over.to),
        received: look.zone.day(ms),
        source: source(records, &moved.lot),
        document: document(tx),
        ..Receiving::default()
    });
    look.is_own(hand_over.to).then(|| entry_of(look, moved, "received", record))
}

fn entry_of(look: &Look<'_>, moved: &Moved, side: &str, record: Record) -> Entry {
    Entry {
        id: format!("hand-over {}, {}, {side}", moved.shipment, moved.lot),
        food: look.food(&[&moved.lot], &moved.lot),
        kind: FoodKind::Other,
        record,
    }
}

/// Rows that these records take: a transformation has one for each lot that went in.
#[must_use]
pub fn rows_count(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.record.rows_count()).sum()
}
