//! Object states and events.

use crate::codec::{Canonical, DecodeError, Reader, canonical_struct, canonical_tags, write_list};
use tracelight_domain::state::{
    Event, EventKind, History, KeyPurpose, Level, LogisticStatus, MemberRole, ObjectId, ObjectState, RecallStatus,
    ShipmentStatus, StateBody, UnitStatus,
};
use tracelight_domain::tx::OBJECTS_MAX;

/// Version of the state format.
const STATE_VERSION: u8 = 1;

canonical_tags!(MemberRole, "role": 1 = Manufacturer, 2 = Logistics, 3 = Pharmacy, 4 = Regulator);
canonical_tags!(KeyPurpose, "key purpose": 1 = Operator, 2 = Approver, 3 = Device);
canonical_tags!(UnitStatus, "unit status":
    1 = Active, 2 = Dispensed, 3 = Sold, 4 = Sampled, 5 = Destroyed, 6 = Stolen, 7 = Exported);
canonical_tags!(Level, "level": 1 = Case, 2 = Pallet);
canonical_tags!(ShipmentStatus, "shipment status": 1 = Open, 2 = Received, 3 = ReceivedInPart, 4 = Refused);
canonical_tags!(RecallStatus, "recall status": 1 = Opened, 2 = Approved, 3 = Closed);
canonical_tags!(EventKind, "event kind":
    1 = Registered, 2 = Sealed, 3 = Packed, 4 = Unpacked, 5 = Shipped, 6 = Received, 7 = ReceivedDamaged,
    8 = MissingOnArrival, 9 = Refused, 10 = Found, 11 = Lost, 12 = Stolen, 13 = Dispensed, 14 = Sold, 15 = Sampled,
    16 = Destroyed, 17 = Exported, 18 = Returned, 19 = RecallOpened, 20 = Recalled, 21 = RecallClosed, 22 = Anchored);
canonical_struct!(History { count, head });
canonical_struct!(Event { kind, height, time_ms, actor, peer, container, tx });

impl Canonical for ObjectState {
    fn write(&self, out: &mut Vec<u8>) {
        STATE_VERSION.write(out);
        self.history.write(out);
        self.body.write(out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(reader)? != STATE_VERSION {
            return Err(reader.invalid("state version", 1));
        }
        Ok(Self { history: Canonical::read(reader)?, body: Canonical::read(reader)? })
    }
}

impl Canonical for ObjectId {
    fn write(&self, out: &mut Vec<u8>) {
        macro_rules! put {
            ($tag:literal $(, $part:expr)+) => {{ out.push($tag); $($part.write(out);)+ }};
        }
        match self {
            Self::Member(id) => put!(1, id),
            Self::Key(id) => put!(2, id),
            Self::Product(id) => put!(3, id),
            Self::Batch(id) => put!(4, id),
            Self::Unit(id) => put!(5, id),
            Self::Logistic(id) => put!(6, id),
            Self::Shipment(id) => put!(7, id),
            Self::Recall(id) => put!(8, id),
            Self::Log(member, log) => put!(9, member, log),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match u8::read(r)? {
            1 => Self::Member(Canonical::read(r)?),
            2 => Self::Key(Canonical::read(r)?),
            3 => Self::Product(Canonical::read(r)?),
            4 => Self::Batch(Canonical::read(r)?),
            5 => Self::Unit(Canonical::read(r)?),
            6 => Self::Logistic(Canonical::read(r)?),
            7 => Self::Shipment(Canonical::read(r)?),
            8 => Self::Recall(Canonical::read(r)?),
            9 => Self::Log(Canonical::read(r)?, Canonical::read(r)?),
            _ => return Err(r.invalid("object kind", 1)),
        })
    }
}

impl Canonical for LogisticStatus {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::InStock => out.push(1),
            Self::InTransit(shipment) => {
                out.push(2);
                shipment.write(out);
            }
            Self::Short(shipment) => {
                out.push(3);
                shipment.write(out);
            }
            Self::Damaged => out.push(4),
            Self::Unpacked => out.push(5),
            Self::Lost => out.push(6),
            Self::Stolen => out.push(7),
        }
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match u8::read(r)? {
            1 => Self::InStock,
            2 => Self::InTransit(Canonical::read(r)?),
            3 => Self::Short(Canonical::read(r)?),
            4 => Self::Damaged,
            5 => Self::Unpacked,
            6 => Self::Lost,
            7 => Self::Stolen,
            _ => return Err(r.invalid("logistic status", 1)),
        })
    }
}

impl Canonical for StateBody {
    fn write(&self, out: &mut Vec<u8>) {
        macro_rules! put {
            ($tag:literal $(, $part:expr)+) => {{ out.push($tag); $($part.write(out);)+ }};
        }
        match self {
            Self::Member { role, active } => put!(1, role, active),
            Self::Key { member, purpose, active, next_nonce } => put!(2, member, purpose, active, next_nonce),
            Self::Product { maker, kind, facts } => put!(3, maker, kind, facts),
            Self::Batch { maker, made_on, expires_on, unit_root, recalled } => {
                put!(4, maker, made_on, expires_on, unit_root, recalled);
            }
            Self::Unit { lot, status, custodian, since_ms } => put!(5, lot, status, custodian, since_ms),
            Self::Logistic { status, custodian, parent, content_root, content_count, level } => {
                put!(6, status, custodian, parent, content_root, content_count, level);
            }
            Self::Shipment { from, to, status, objects, due_ms } => {
                put!(7, from, to, status);
                write_list(objects, out);
                due_ms.write(out);
            }
            Self::Recall { batch, class, drill, status, opened_by, opened_for, notice } => {
                put!(8, batch, class, drill, status, opened_by, opened_for, notice);
            }
            Self::Log { size, root } => put!(9, size, root),
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match u8::read(r)? {
            1 => Self::Member { role: Canonical::read(r)?, active: Canonical::read(r)? },
            2 => Self::Key {
                member: Canonical::read(r)?,
                purpose: Canonical::read(r)?,
                active: Canonical::read(r)?,
                next_nonce: Canonical::read(r)?,
            },
            3 => Self::Product { maker: Canonical::read(r)?, kind: Canonical::read(r)?, facts: Canonical::read(r)? },
            4 => Self::Batch {
                maker: Canonical::read(r)?,
                made_on: Canonical::read(r)?,
                expires_on: Canonical::read(r)?,
                unit_root: Canonical::read(r)?,
                recalled: Canonical::read(r)?,
            },
            5 => Self::Unit {
                lot: Canonical::read(r)?,
                status: Canonical::read(r)?,
                custodian: Canonical::read(r)?,
                since_ms: Canonical::read(r)?,
            },
            6 => Self::Logistic {
                status: Canonical::read(r)?,
                custodian: Canonical::read(r)?,
                parent: Canonical::read(r)?,
                content_root: Canonical::read(r)?,
                content_count: Canonical::read(r)?,
                level: Canonical::read(r)?,
            },
            7 => Self::Shipment {
                from: Canonical::read(r)?,
                to: Canonical::read(r)?,
                status: Canonical::read(r)?,
                objects: r.list(OBJECTS_MAX, "objects")?,
                due_ms: Canonical::read(r)?,
            },
            8 => Self::Recall {
                batch: Canonical::read(r)?,
                class: Canonical::read(r)?,
                drill: Canonical::read(r)?,
                status: Canonical::read(r)?,
                opened_by: Canonical::read(r)?,
                opened_for: Canonical::read(r)?,
                notice: Canonical::read(r)?,
            },
            9 => Self::Log { size: Canonical::read(r)?, root: Canonical::read(r)? },
            _ => return Err(r.invalid("state kind", 1)),
        })
    }
}
