//! Object states and events.

use crate::codec::{Canonical, DecodeError, Reader, canonical_struct, canonical_tags, write_list, write_text};
use tracelight_domain::governance::{MEMBERS_MAX, OPEN_MAX, PENDING_SEATS_MAX, VALIDATORS_MAX, WORDS_BYTES_MAX};
use tracelight_domain::state::{
    Dispute, Event, EventKind, History, KeyPurpose, LINEAGE_MAX, Level, LogisticStatus, MemberRole, ObjectId,
    ObjectState, RecallStatus, ShipmentStatus, Standing, StateBody, UnitStatus,
};
use tracelight_domain::tx::{INPUTS_MAX, OBJECTS_MAX};

/// Version of the state format. History: 1 = first, 2 = votes, quotas and disputes (ADR 0009).
const STATE_VERSION: u8 = 2;

canonical_tags!(MemberRole, "role": 1 = Manufacturer, 2 = Logistics, 3 = Pharmacy, 4 = Regulator);
canonical_tags!(KeyPurpose, "key purpose": 1 = Operator, 2 = Approver, 3 = Device, 4 = Validator);
canonical_tags!(Standing, "standing": 1 = Active, 2 = Suspended, 3 = Removed);
canonical_tags!(UnitStatus, "unit status":
    1 = Active, 2 = Dispensed, 3 = Sold, 4 = Sampled, 5 = Destroyed, 6 = Stolen, 7 = Exported);
canonical_tags!(Level, "level": 1 = Case, 2 = Pallet);
canonical_tags!(ShipmentStatus, "shipment status":
    1 = Open, 2 = Received, 3 = ReceivedInPart, 4 = Refused, 5 = Disputed, 6 = Settled);
canonical_tags!(RecallStatus, "recall status": 1 = Opened, 2 = Approved, 3 = Closed);
canonical_tags!(EventKind, "event kind":
    1 = Registered, 2 = Sealed, 3 = Packed, 4 = Unpacked, 5 = Shipped, 6 = Received, 7 = ReceivedDamaged,
    8 = MissingOnArrival, 9 = Refused, 10 = Found, 11 = Lost, 12 = Stolen, 13 = Dispensed, 14 = Sold, 15 = Sampled,
    16 = Destroyed, 17 = Exported, 18 = Returned, 19 = RecallOpened, 20 = Recalled, 21 = RecallClosed, 22 = Anchored,
    23 = Transformed, 24 = Disputed, 25 = SettlementOffered, 26 = DisputeSettled, 27 = Corrected, 28 = Proposed,
    29 = VotedFor, 30 = VotedAgainst, 31 = Adopted, 32 = Rejected, 33 = Suspended, 34 = Reinstated, 35 = Removed,
    36 = KeyRevoked, 37 = ValidatorApproved, 38 = ValidatorJoined, 39 = ValidatorReplaced, 40 = ValidatorLeft);
canonical_struct!(History { count, head });
canonical_struct!(Event { kind, height, time_ms, actor, peer, container, withdraws, tx });
canonical_struct!(Dispute { by, reason, evidence, before, offer });

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
            Self::Validators => out.push(10),
            Self::Proposal(id) => put!(11, id),
            Self::Roll => out.push(12),
            Self::Lineage(id) => put!(13, id),
            Self::Agenda => out.push(14),
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
            10 => Self::Validators,
            11 => Self::Proposal(Canonical::read(r)?),
            12 => Self::Roll,
            13 => Self::Lineage(Canonical::read(r)?),
            14 => Self::Agenda,
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
            Self::Consumed => out.push(8),
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
            8 => Self::Consumed,
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
            Self::Member { role, standing } => put!(1, role, standing),
            Self::Key { member, purpose, from, until, next_nonce } => {
                put!(2, member, purpose, from, until, next_nonce);
            }
            Self::Product { maker, kind, facts } => put!(3, maker, kind, facts),
            Self::Batch { maker, made_on, expires_on, quota, unit_root, recalled } => {
                put!(4, maker, made_on, expires_on, quota, unit_root, recalled);
            }
            Self::Unit { lot, status, custodian, by, since_ms } => put!(5, lot, status, custodian, by, since_ms),
            Self::Logistic { status, custodian, parent, content_root, content_count, level } => {
                put!(6, status, custodian, parent, content_root, content_count, level);
            }
            Self::Shipment { from, to, status, objects, due_ms, dispute } => {
                put!(7, from, to, status);
                write_list(objects, out);
                due_ms.write(out);
                dispute.write(out);
            }
            Self::Recall { batch, class, drill, status, opened_by, opened_for, notice } => {
                put!(8, batch, class, drill, status, opened_by, opened_for, notice);
            }
            Self::Log { size, root } => put!(9, size, root),
            Self::Validators { .. }
            | Self::Proposal { .. }
            | Self::Roll { .. }
            | Self::Lineage { .. }
            | Self::Agenda { .. } => {
                write_governed(self, out);
            }
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match u8::read(r)? {
            1 => Self::Member { role: Canonical::read(r)?, standing: Canonical::read(r)? },
            2 => Self::Key {
                member: Canonical::read(r)?,
                purpose: Canonical::read(r)?,
                from: Canonical::read(r)?,
                until: Canonical::read(r)?,
                next_nonce: Canonical::read(r)?,
            },
            3 => Self::Product { maker: Canonical::read(r)?, kind: Canonical::read(r)?, facts: Canonical::read(r)? },
            4 => Self::Batch {
                maker: Canonical::read(r)?,
                made_on: Canonical::read(r)?,
                expires_on: Canonical::read(r)?,
                quota: Canonical::read(r)?,
                unit_root: Canonical::read(r)?,
                recalled: Canonical::read(r)?,
            },
            5 => Self::Unit {
                lot: Canonical::read(r)?,
                status: Canonical::read(r)?,
                custodian: Canonical::read(r)?,
                by: Canonical::read(r)?,
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
                dispute: Canonical::read(r)?,
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
            tag @ 10..=14 => read_governed(tag, r)?,
            _ => return Err(r.invalid("state kind", 1)),
        })
    }
}

/// The bodies 10 to 14: who has a say, and what was made from what.
fn write_governed(body: &StateBody, out: &mut Vec<u8>) {
    match body {
        StateBody::Validators { seats, pending, changes, seats_min, epoch_blocks } => {
            out.push(10);
            write_list(seats, out);
            write_list(pending, out);
            write_list(changes, out);
            seats_min.write(out);
            epoch_blocks.write(out);
        }
        StateBody::Proposal { change, by, forced, approvals, objections, status, opened_ms, closes_at } => {
            out.push(11);
            change.write(out);
            by.write(out);
            write_text(forced, out);
            write_list(approvals, out);
            write_list(objections, out);
            status.write(out);
            opened_ms.write(out);
            closes_at.write(out);
        }
        StateBody::Roll { active, admitted } => {
            out.push(12);
            write_list(active, out);
            admitted.write(out);
        }
        StateBody::Lineage { made_from, made_into } => {
            out.push(13);
            write_list(made_from, out);
            write_list(made_into, out);
        }
        StateBody::Agenda { open } => {
            out.push(14);
            write_list(open, out);
        }
        _ => {}
    }
}

fn read_governed(tag: u8, r: &mut Reader<'_>) -> Result<StateBody, DecodeError> {
    Ok(match tag {
        10 => StateBody::Validators {
            seats: r.list(VALIDATORS_MAX, "seats")?,
            pending: r.list(PENDING_SEATS_MAX, "pending seats")?,
            changes: r.list(VALIDATORS_MAX, "seat changes")?,
            seats_min: Canonical::read(r)?,
            epoch_blocks: Canonical::read(r)?,
        },
        11 => StateBody::Proposal {
            change: Canonical::read(r)?,
            by: Canonical::read(r)?,
            forced: r.text(WORDS_BYTES_MAX, "words")?.to_owned(),
            approvals: r.list(MEMBERS_MAX, "votes")?,
            objections: r.list(MEMBERS_MAX, "votes")?,
            status: Canonical::read(r)?,
            opened_ms: Canonical::read(r)?,
            closes_at: Canonical::read(r)?,
        },
        12 => StateBody::Roll { active: r.list(MEMBERS_MAX, "members")?, admitted: Canonical::read(r)? },
        13 => StateBody::Lineage { made_from: r.list(INPUTS_MAX, "lots")?, made_into: r.list(LINEAGE_MAX, "lots")? },
        14 => StateBody::Agenda { open: r.list(OPEN_MAX, "open proposals")? },
        _ => return Err(r.invalid("state kind", 1)),
    })
}
