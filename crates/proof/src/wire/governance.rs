//! Members, keys and validators, as they are voted on.

use crate::codec::{Canonical, DecodeError, Reader, canonical_struct, canonical_tags, write_list, write_text};
use tracelight_domain::governance::{
    ADDRESS_BYTES_MAX, GovernanceChange, MEMBER_KEYS_MAX, NewMember, OpenProposal, PendingSeat, ProposalStatus, Seat,
    SeatChange,
};
use tracelight_domain::tx::TEXT_BYTES_MAX;

canonical_tags!(ProposalStatus, "proposal status": 1 = Open, 2 = Adopted, 3 = Rejected);
canonical_struct!(PendingSeat { seat, replaces, since });
canonical_struct!(SeatChange { height, seats });
canonical_struct!(OpenProposal { proposal, by, opened_ms, closes_at });

impl Canonical for Seat {
    fn write(&self, out: &mut Vec<u8>) {
        self.key.write(out);
        self.member.write(out);
        write_text(&self.address, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { key: Canonical::read(r)?, member: Canonical::read(r)?, address: address(r)? })
    }
}

impl Canonical for NewMember {
    fn write(&self, out: &mut Vec<u8>) {
        self.gln.write(out);
        self.role.write(out);
        for text in [&self.name_en, &self.name_zh, &self.place_en, &self.place_zh] {
            write_text(text, out);
        }
        write_list(&self.keys, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = |r: &mut Reader<'_>| r.text(TEXT_BYTES_MAX, "member's name").map(str::to_owned);
        Ok(Self {
            gln: Canonical::read(r)?,
            role: Canonical::read(r)?,
            name_en: text(r)?,
            name_zh: text(r)?,
            place_en: text(r)?,
            place_zh: text(r)?,
            keys: r.list(MEMBER_KEYS_MAX, "member's keys")?,
        })
    }
}

impl Canonical for GovernanceChange {
    fn write(&self, out: &mut Vec<u8>) {
        macro_rules! put {
            ($tag:literal $(, $part:expr)+) => {{ out.push($tag); $($part.write(out);)+ }};
        }
        match self {
            Self::AdmitMember(new) => put!(1, new),
            Self::SuspendMember { member } => put!(2, member),
            Self::ReinstateMember { member } => put!(3, member),
            Self::RemoveMember { member } => put!(4, member),
            Self::AddValidator { member, key, address } => {
                put!(5, member, key);
                write_text(address, out);
            }
            Self::ReplaceValidator { old, new, address } => {
                put!(6, old, new);
                write_text(address, out);
            }
            Self::RemoveValidator { key } => put!(7, key),
            Self::AddKey { member, key, purpose, from } => put!(8, member, key, purpose, from),
            Self::RotateKey { old, new, at } => put!(9, old, new, at),
            Self::RevokeKey { key, at } => put!(10, key, at),
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match u8::read(r)? {
            1 => Self::AdmitMember(Canonical::read(r)?),
            2 => Self::SuspendMember { member: Canonical::read(r)? },
            3 => Self::ReinstateMember { member: Canonical::read(r)? },
            4 => Self::RemoveMember { member: Canonical::read(r)? },
            5 => Self::AddValidator { member: Canonical::read(r)?, key: Canonical::read(r)?, address: address(r)? },
            6 => Self::ReplaceValidator { old: Canonical::read(r)?, new: Canonical::read(r)?, address: address(r)? },
            7 => Self::RemoveValidator { key: Canonical::read(r)? },
            8 => Self::AddKey {
                member: Canonical::read(r)?,
                key: Canonical::read(r)?,
                purpose: Canonical::read(r)?,
                from: Canonical::read(r)?,
            },
            9 => Self::RotateKey { old: Canonical::read(r)?, new: Canonical::read(r)?, at: Canonical::read(r)? },
            10 => Self::RevokeKey { key: Canonical::read(r)?, at: Canonical::read(r)? },
            _ => return Err(r.invalid("change", 1)),
        })
    }
}

fn address(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    reader.text(ADDRESS_BYTES_MAX, "address").map(str::to_owned)
}
