//! The bytes of a bundle. What a reader can work out from what stands before is not written, and nothing twice:
//!
//! ```text
//! bundle    = version u8 | 0 or 1, anchor (u32 | bytes) | header | certificate | cosigned | touch
//!             | count u8 | objects | their state proofs (`shared`)
//! cosigned  = 0 | 1 of this header, or 2 of an older log: entries fewer varint | root 32 | count u8 | hashes
//!             then: count u8 | cosignatures           cosignature = witness u8 | time, from the header's | 64 bytes
//! touch     = unit | lot | salt 16 | path | count commitment 32 | 0 or 1, SSCC, path
//! path      = count u8 | sides varint | hashes
//! object    = 0 batch, 1 unit, 2 case of the touch, or 3 and an object id
//!             | 1 present: length varint, value | 2 absent | 3 absent, another leaf: key 32, value hash 32
//!             | count varint | events
//! event     = kind u8 | flags u8: 1 peer, 2 container, 4 withdraws | height, from the last event's | time, from the last event's
//!             | actor | [peer] | [container] | [withdrawn position varint] | transaction
//! ```
//! Members, logistic units and transactions stand in full where they first occur and by their number after that:
//! `number varint`, and the value when the number is the next free one. The first event of an object counts from the header's
//! height and time. Reading ends with writing the bundle again and comparing: a bundle has one spelling.

use super::shared::{self, Item};
use super::steps::{ANCHOR_BYTES_MAX, Anchor};
use super::{
    BUNDLE_BYTES_MAX, BUNDLE_EVENTS_MAX, BUNDLE_OBJECTS_MAX, Bundle, BundleObject, Cosignature, Cosigned, OlderLog,
};
use crate::codec::{Canonical, DecodeError, Reader, write_blob, write_difference, write_varint};
use crate::genesis::WITNESSES_MAX;
use crate::log::PROOF_HASHES_MAX;
use crate::state_proof::{ProofLeaf, StateProof, VALUE_BYTES_MAX, state_key};
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::{BatchId, Hash, MemberId, TxId};
use tracelight_domain::state::{Event, ObjectId};
use tracelight_domain::tx::{PATH_STEPS_MAX, Path, UnitTouch};

const BUNDLE_VERSION: u8 = 2;
const HAS_PEER: u8 = 1;
const HAS_CONTAINER: u8 = 2;
const WITHDRAWS: u8 = 4;

/// Values in the order in which they first occurred.
struct Table<T>(Vec<T>);

impl<T: Canonical + PartialEq + Clone> Table<T> {
    fn write(&mut self, value: &T, out: &mut Vec<u8>) {
        match self.0.iter().position(|known| known == value) {
            Some(number) => write_varint(number as u64, out),
            None => {
                write_varint(self.0.len() as u64, out);
                value.write(out);
                self.0.push(value.clone());
            }
        }
    }

    fn read(&mut self, what: &'static str, r: &mut Reader<'_>) -> Result<T, DecodeError> {
        let number = r.small(self.0.len(), what)?;
        if let Some(known) = self.0.get(number) {
            return Ok(known.clone());
        }
        let value = T::read(r)?;
        self.0.push(value.clone());
        Ok(value)
    }
}

struct Tables {
    members: Table<MemberId>,
    logistic: Table<Sscc>,
    txs: Table<TxId>,
}

impl Tables {
    const fn new() -> Self {
        Self { members: Table(Vec::new()), logistic: Table(Vec::new()), txs: Table(Vec::new()) }
    }
}

impl Canonical for Bundle {
    fn write(&self, out: &mut Vec<u8>) {
        let mut tables = Tables::new();
        BUNDLE_VERSION.write(out);
        self.anchor.is_some().write(out);
        self.anchor.iter().for_each(|anchor| write_blob(&anchor.to_bytes(), out));
        self.header.write(out);
        self.certificate.write(out);
        write_cosigned(self.cosigned.as_ref(), self.header.time_ms, out);
        write_touch(&self.touch, &mut tables, out);
        out.push(count_byte(self.objects.len()));
        for object in &self.objects {
            write_object(self, object, &mut tables, out);
        }
        let items: Vec<Item<'_>> = self
            .objects
            .iter()
            .map(|object| Item {
                key: state_key(&object.id),
                leaf: &object.proof.leaf,
                siblings: &object.proof.siblings,
            })
            .collect();
        shared::write(&items, out);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut tables = Tables::new();
        if u8::read(r)? != BUNDLE_VERSION {
            return Err(r.invalid("bundle version", 1));
        }
        let anchor = if bool::read(r)? { Some(Anchor::decode(r.blob(ANCHOR_BYTES_MAX, "anchor")?)?) } else { None };
        let (header, certificate) = (super::ShortHeader::read(r)?, Canonical::read(r)?);
        let cosigned = read_cosigned(header.time_ms, r)?;
        let touch = read_touch(&mut tables, r)?;
        let mut bundle = Self { anchor, header, certificate, cosigned, touch, objects: Vec::new() };
        for _ in 0..at_most(BUNDLE_OBJECTS_MAX, "objects", r)? {
            let object = read_object(&bundle, &mut tables, r)?;
            bundle.objects.push(object);
        }
        let leaves: Vec<(Hash, &ProofLeaf)> =
            bundle.objects.iter().map(|object| (state_key(&object.id), &object.proof.leaf)).collect();
        let siblings = shared::read(&leaves, r)?;
        for (object, siblings) in bundle.objects.iter_mut().zip(siblings) {
            object.proof.siblings = siblings;
        }
        Ok(bundle)
    }
}

/// Reads a bundle and refuses every spelling but the one that [`Bundle::to_bytes`] writes.
pub(super) fn decode(bytes: &[u8]) -> Result<Bundle, DecodeError> {
    let bundle = Bundle::parse(bytes, BUNDLE_BYTES_MAX, "bundle")?;
    let canonical = bundle.to_bytes();
    if canonical == bytes {
        return Ok(bundle);
    }
    let at = canonical.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(DecodeError::Invalid { what: "bundle in its one spelling", at })
}

fn count_byte(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

fn at_most(max: usize, what: &'static str, r: &mut Reader<'_>) -> Result<usize, DecodeError> {
    let count = usize::from(u8::read(r)?);
    if count > max { Err(DecodeError::TooLong { what, length: count as u64, max }) } else { Ok(count) }
}

fn write_hashes(hashes: &[Hash], out: &mut Vec<u8>) {
    out.push(count_byte(hashes.len()));
    hashes.iter().for_each(|hash| hash.write(out));
}

fn read_hashes(max: usize, what: &'static str, r: &mut Reader<'_>) -> Result<Vec<Hash>, DecodeError> {
    (0..at_most(max, what, r)?).map(|_| Hash::read(r)).collect()
}

fn write_cosigned(cosigned: Option<&Cosigned>, header_ms: u64, out: &mut Vec<u8>) {
    let Some(cosigned) = cosigned else { return out.push(0) };
    match &cosigned.older {
        None => out.push(1),
        Some(older) => {
            out.push(2);
            write_varint(older.entries_fewer, out);
            older.root.write(out);
            write_hashes(&older.proof, out);
        }
    }
    out.push(count_byte(cosigned.cosignatures.len()));
    for cosignature in &cosigned.cosignatures {
        out.push(cosignature.witness);
        write_difference(header_ms / 1000, cosignature.time_s, out);
        cosignature.signature.write(out);
    }
}

fn read_cosigned(header_ms: u64, r: &mut Reader<'_>) -> Result<Option<Cosigned>, DecodeError> {
    let older = match u8::read(r)? {
        0 => return Ok(None),
        1 => None,
        2 => Some(OlderLog {
            entries_fewer: r.varint("entries fewer")?,
            root: Canonical::read(r)?,
            proof: read_hashes(PROOF_HASHES_MAX, "consistency proof", r)?,
        }),
        _ => return Err(r.invalid("cosigned", 1)),
    };
    let cosignature = |r: &mut Reader<'_>| {
        Ok(Cosignature {
            witness: u8::read(r)?,
            time_s: r.difference(header_ms / 1000, "time of a cosignature")?,
            signature: r.array("cosignature")?,
        })
    };
    let count = at_most(WITNESSES_MAX, "cosignatures", r)?;
    let cosignatures = (0..count).map(|_| cosignature(r)).collect::<Result<_, _>>()?;
    Ok(Some(Cosigned { older, cosignatures }))
}

fn write_touch(touch: &UnitTouch, tables: &mut Tables, out: &mut Vec<u8>) {
    touch.unit.write(out);
    touch.lot.write(out);
    touch.salt.write(out);
    write_path(&touch.in_batch, out);
    touch.count_commitment.write(out);
    touch.in_case.is_some().write(out);
    if let Some((case, path)) = &touch.in_case {
        tables.logistic.write(case, out);
        write_path(path, out);
    }
}

fn read_touch(tables: &mut Tables, r: &mut Reader<'_>) -> Result<UnitTouch, DecodeError> {
    Ok(UnitTouch {
        unit: Canonical::read(r)?,
        lot: Canonical::read(r)?,
        salt: Canonical::read(r)?,
        in_batch: read_path(r)?,
        count_commitment: Canonical::read(r)?,
        in_case: if bool::read(r)? { Some((tables.logistic.read("case", r)?, read_path(r)?)) } else { None },
    })
}

fn write_path(path: &Path, out: &mut Vec<u8>) {
    out.push(count_byte(path.siblings.len()));
    write_varint(path.left, out);
    path.siblings.iter().for_each(|sibling| sibling.write(out));
}

fn read_path(r: &mut Reader<'_>) -> Result<Path, DecodeError> {
    let count = at_most(PATH_STEPS_MAX, "path", r)?;
    let left = r.varint("path")?;
    // A bit beyond the last sibling would be a second spelling of the same path.
    if left >> count != 0 {
        return Err(r.invalid("path", 1));
    }
    Ok(Path { left, siblings: (0..count).map(|_| Hash::read(r)).collect::<Result<_, _>>()? })
}

/// The three objects that the touch names.
fn named(touch: &UnitTouch, number: u8) -> Option<ObjectId> {
    match number {
        0 => Some(ObjectId::Batch(BatchId { gtin: touch.unit.gtin, lot: touch.lot.clone() })),
        1 => Some(ObjectId::Unit(touch.unit.clone())),
        2 => touch.in_case.as_ref().map(|(case, _)| ObjectId::Logistic(*case)),
        _ => None,
    }
}

fn write_object(bundle: &Bundle, object: &BundleObject, tables: &mut Tables, out: &mut Vec<u8>) {
    match (0..3).find(|number| named(&bundle.touch, *number).as_ref() == Some(&object.id)) {
        Some(number) => out.push(number),
        None => {
            out.push(3);
            object.id.write(out);
        }
    }
    match &object.proof.leaf {
        ProofLeaf::Present(value) => {
            out.push(1);
            write_varint(value.len() as u64, out);
            out.extend_from_slice(value);
        }
        ProofLeaf::Absent => out.push(2),
        ProofLeaf::Other { key, value } => {
            out.push(3);
            key.write(out);
            value.write(out);
        }
    }
    write_varint(object.events.len() as u64, out);
    let (mut height, mut time_ms) = (bundle.header.height, bundle.header.time_ms);
    for event in &object.events {
        write_event(event, height, time_ms, tables, out);
        (height, time_ms) = (event.height, event.time_ms);
    }
}

fn read_object(bundle: &Bundle, tables: &mut Tables, r: &mut Reader<'_>) -> Result<BundleObject, DecodeError> {
    let number = u8::read(r)?;
    let id = match named(&bundle.touch, number) {
        Some(id) => id,
        None if number == 3 => ObjectId::read(r)?,
        None => return Err(r.invalid("object", 1)),
    };
    let leaf = match u8::read(r)? {
        1 => {
            let length = r.small(VALUE_BYTES_MAX, "state value")?;
            ProofLeaf::Present(r.take(length, "state value")?.to_vec())
        }
        2 => ProofLeaf::Absent,
        3 => ProofLeaf::Other { key: Canonical::read(r)?, value: Canonical::read(r)? },
        _ => return Err(r.invalid("proof kind", 1)),
    };
    let count = r.small(BUNDLE_EVENTS_MAX, "events")?;
    let mut events: Vec<Event> = Vec::with_capacity(count);
    let (mut height, mut time_ms) = (bundle.header.height, bundle.header.time_ms);
    for _ in 0..count {
        let event = read_event(height, time_ms, tables, r)?;
        (height, time_ms) = (event.height, event.time_ms);
        events.push(event);
    }
    Ok(BundleObject { id, proof: StateProof { leaf, siblings: Vec::new() }, events })
}

fn write_event(event: &Event, height: u64, time_ms: u64, tables: &mut Tables, out: &mut Vec<u8>) {
    let flag = |set: bool, bit| if set { bit } else { 0 };
    event.kind.write(out);
    let handed = flag(event.peer.is_some(), HAS_PEER) | flag(event.container.is_some(), HAS_CONTAINER);
    out.push(handed | flag(event.withdraws.is_some(), WITHDRAWS));
    write_difference(height, event.height, out);
    write_difference(time_ms, event.time_ms, out);
    tables.members.write(&event.actor, out);
    event.peer.iter().for_each(|peer| tables.members.write(peer, out));
    event.container.iter().for_each(|container| tables.logistic.write(container, out));
    event.withdraws.iter().for_each(|position| write_varint(u64::from(*position), out));
    tables.txs.write(&event.tx, out);
}

fn read_event(height: u64, time_ms: u64, tables: &mut Tables, r: &mut Reader<'_>) -> Result<Event, DecodeError> {
    let (kind, flags) = (Canonical::read(r)?, u8::read(r)?);
    if flags & !(HAS_PEER | HAS_CONTAINER | WITHDRAWS) != 0 {
        return Err(r.invalid("event flags", 1));
    }
    Ok(Event {
        kind,
        height: r.difference(height, "height")?,
        time_ms: r.difference(time_ms, "time")?,
        actor: tables.members.read("member", r)?,
        peer: if flags & HAS_PEER == 0 { None } else { Some(tables.members.read("member", r)?) },
        container: if flags & HAS_CONTAINER == 0 { None } else { Some(tables.logistic.read("container", r)?) },
        withdraws: if flags & WITHDRAWS == 0 { None } else { Some(position(r)?) },
        tx: tables.txs.read("transaction", r)?,
    })
}

fn position(r: &mut Reader<'_>) -> Result<u32, DecodeError> {
    u32::try_from(r.varint("withdrawn position")?).map_err(|_| r.invalid("withdrawn position", 1))
}
