//! What the alliance decides by vote: members, keys and validators. Data and the preview; the rules are in
//! [`crate::rules::governance`].
//!
//! ```text
//! propose (operator's key) --> open --votes (approver's keys)--> adopted: applied in the block of the deciding vote
//!                                |------------------------------> rejected: so many said no that it cannot pass
//!                                '-- `closes_at` or 30 days ----> lapsed: no more votes are taken
//! ```
//! Each active member has one vote, and a change needs more than two thirds of the active members. Members propose with
//! an operator's key, which a server may hold, and vote with an approver's key, which it does not: whoever breaks into a
//! server can ask for a change but not grant it, and inside each member two persons look at it, as with a recall.
//!
//! How many may be open is bounded, so that nobody can bury a proposal under others: [`OPEN_PER_MEMBER_MAX`] of one member,
//! [`OPEN_MAX`] in all; and once [`OPEN_SHARED_MAX`] are open, whoever has one open already makes no second. An alliance of
//! up to 64 members so has a place for everybody at any time; in a larger one a blockade takes more than 64 members, who each
//! put their name to it, and ends by itself.
//!
//! A new validator is approved first and gets its seat only when it says, signed with its own key, that it holds a recent
//! block ([`crate::tx::TxBody::ValidatorReady`]): a committee that waits for a validator which was never started would
//! use up its tolerance of faults.

use crate::ids::{Height, MemberId, ProposalId, PublicKey};
use crate::rules::DAY_MS;
use crate::state::{KeyPurpose, MemberRole};
use std::collections::BTreeSet;

/// Validators in one set (the same bound as in `proof::certificate`).
pub const VALIDATORS_MAX: usize = 128;
/// Fewest validators, unless the genesis began with fewer: below four no fault is tolerated.
pub const VALIDATORS_MIN: usize = 4;
/// Approved validators that have not reported in yet.
pub const PENDING_SEATS_MAX: usize = 8;
/// Members of an alliance, whatever their standing.
pub const MEMBERS_MAX: usize = 512;
/// Keys with which a member is admitted.
pub const MEMBER_KEYS_MAX: usize = 16;
/// Bytes of a validator's address, `host:port`. With 128 seats the object stays below 16 KiB.
pub const ADDRESS_BYTES_MAX: usize = 64;
/// How far behind the tip the block may lie that a newcomer names as its own. Ten minutes of a quiet chain.
pub const READY_BLOCKS_MAX: u64 = 600;
/// A proposal may stay open for this many blocks at most: two months of a quiet chain, a day of a full one.
pub const PROPOSAL_BLOCKS_MAX: u64 = 5_000_000;
/// Days (BFT time) that a proposal may stay open at most, whatever height it names.
pub const PROPOSAL_DAYS_MAX: u64 = 30;
/// Open proposals of one member.
pub const OPEN_PER_MEMBER_MAX: usize = 4;
/// Open proposals up to which a member may have several.
pub const OPEN_SHARED_MAX: usize = 64;
/// Open proposals in all. The list of them is one object: 128 * 39 B = 5 KB.
pub const OPEN_MAX: usize = 128;
/// Bytes of the words that force a change.
pub const WORDS_BYTES_MAX: usize = 120;

/// A validator of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its key.
    pub key: PublicKey,
    /// The member that runs it.
    pub member: MemberId,
    /// Where its peers find it, `host:port`. Empty: as each node's own configuration says.
    pub address: String,
}

/// A validator that was approved and has not reported in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSeat {
    /// The seat it will have.
    pub seat: Seat,
    /// The validator whose place it takes.
    pub replaces: Option<PublicKey>,
    /// Height of its approval.
    pub since: Height,
}

/// A change of the set, remembered until it no longer counts against the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatChange {
    /// In which block.
    pub height: Height,
    /// Seats before it.
    pub seats: u32,
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalStatus {
    /// Takes votes until it closes.
    Open,
    /// More than two thirds agreed; it is in force.
    Adopted,
    /// It cannot reach two thirds any more.
    Rejected,
}

/// A proposal that takes votes, as the list of them holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenProposal {
    /// Which.
    pub proposal: ProposalId,
    /// Whose.
    pub by: MemberId,
    /// BFT time of the proposal, milliseconds since 1970.
    pub opened_ms: u64,
    /// The last height at which votes are taken.
    pub closes_at: Height,
}

impl OpenProposal {
    /// Whether votes are taken in a block of this height and BFT time.
    #[must_use]
    pub const fn takes_votes(&self, height: Height, time_ms: u64) -> bool {
        height <= self.closes_at && time_ms <= self.opened_ms.saturating_add(PROPOSAL_DAYS_MAX * DAY_MS)
    }
}

/// A member that joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMember {
    /// Its Global Location Number.
    pub gln: MemberId,
    /// What it does.
    pub role: MemberRole,
    /// Name in Latin script.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Town, in Latin script.
    pub place_en: String,
    /// Town, in Chinese.
    pub place_zh: String,
    /// Its first keys: operators and approvers.
    pub keys: Vec<(PublicKey, KeyPurpose)>,
}

/// What a vote decides.
///
/// A height that has passed when the vote is decided means the next block: a revocation is late rather than lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GovernanceChange {
    /// A member joins.
    AdmitMember(NewMember),
    /// A member may not sign or receive until it is reinstated: its licence has lapsed.
    SuspendMember {
        /// Who.
        member: MemberId,
    },
    /// A suspended member acts again.
    ReinstateMember {
        /// Who.
        member: MemberId,
    },
    /// A member leaves for good. Its validators have to leave first.
    RemoveMember {
        /// Who.
        member: MemberId,
    },
    /// A member gets a validator, once that reports in.
    AddValidator {
        /// Who runs it.
        member: MemberId,
        /// Its key.
        key: PublicKey,
        /// Where it is found; empty for "as configured".
        address: String,
    },
    /// A validator gives its seat to another of the same member, once that reports in.
    ReplaceValidator {
        /// The validator that leaves.
        old: PublicKey,
        /// The validator that comes.
        new: PublicKey,
        /// Where it is found.
        address: String,
    },
    /// A validator leaves, or an approved one is no longer awaited.
    RemoveValidator {
        /// Its key.
        key: PublicKey,
    },
    /// A member gets another key.
    AddKey {
        /// Whose.
        member: MemberId,
        /// The key.
        key: PublicKey,
        /// Operator or approver.
        purpose: KeyPurpose,
        /// First height at which it may sign.
        from: Height,
    },
    /// A key takes the place of another, with the same purpose.
    RotateKey {
        /// May sign below `at`.
        old: PublicKey,
        /// May sign from `at` on.
        new: PublicKey,
        /// The height.
        at: Height,
    },
    /// A key may not sign any more.
    RevokeKey {
        /// The key.
        key: PublicKey,
        /// First height at which it may not sign.
        at: Height,
    },
}

impl GovernanceChange {
    /// The stable name for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AdmitMember(_) => "admit_member",
            Self::SuspendMember { .. } => "suspend_member",
            Self::ReinstateMember { .. } => "reinstate_member",
            Self::RemoveMember { .. } => "remove_member",
            Self::AddValidator { .. } => "add_validator",
            Self::ReplaceValidator { .. } => "replace_validator",
            Self::RemoveValidator { .. } => "remove_validator",
            Self::AddKey { .. } => "add_key",
            Self::RotateKey { .. } => "rotate_key",
            Self::RevokeKey { .. } => "revoke_key",
        }
    }

    /// The words that force this change although its preview says that the chain would stop. They name the change and
    /// its subject, so that words meant for one change force no other.
    #[must_use]
    pub fn force_words(&self) -> String {
        let subject = match self {
            Self::AdmitMember(new) => new.gln.to_string(),
            Self::SuspendMember { member } | Self::ReinstateMember { member } | Self::RemoveMember { member } => {
                member.to_string()
            }
            Self::AddValidator { key, .. }
            | Self::RemoveValidator { key }
            | Self::AddKey { key, .. }
            | Self::RevokeKey { key, .. } => short(key),
            Self::ReplaceValidator { old, new, .. } | Self::RotateKey { old, new, .. } => {
                format!("{} by {}", short(old), short(new))
            }
        };
        format!("{} {subject} although the chain may stop", self.name().replace('_', " "))
    }
}

fn short(key: &PublicKey) -> String {
    key.to_string().chars().take(8).collect()
}

/// Validators that may fail, of `seats`: `floor((n - 1) / 3)`.
#[must_use]
pub const fn faults_tolerated(seats: usize) -> usize {
    seats.saturating_sub(1) / 3
}

/// Votes that `seats` validators need for a block.
#[must_use]
pub const fn quorum(seats: usize) -> usize {
    seats - faults_tolerated(seats)
}

/// What a change would do to the quorum, given who is on line now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// One sentence for people.
    pub sentence: String,
    /// Would the set that results have its quorum on line?
    pub safe: bool,
    /// Seats that result.
    pub seats: usize,
    /// Of these, on line now.
    pub online: usize,
    /// Votes they need for a block.
    pub quorum: usize,
    /// The exact words that force the change when it is not safe.
    pub force_words: String,
}

/// Says what a change would do to the quorum. `seats` is the set as the ledger's `Validators` object has it, `online` are
/// the validators (and newcomers) that answer now.
#[must_use]
pub fn preview(seats: &[Seat], change: &GovernanceChange, online: &BTreeSet<PublicKey>) -> Preview {
    let mut keys: BTreeSet<PublicKey> = seats.iter().map(|seat| seat.key).collect();
    match change {
        GovernanceChange::AddValidator { key, .. } => {
            keys.insert(*key);
        }
        GovernanceChange::ReplaceValidator { old, new, .. } => {
            keys.remove(old);
            keys.insert(*new);
        }
        GovernanceChange::RemoveValidator { key } => {
            keys.remove(key);
        }
        _ => {}
    }
    let (total, on_line, needed) = (keys.len(), keys.intersection(online).count(), quorum(keys.len()));
    let safe = total > 0 && on_line >= needed;
    let end = match on_line.checked_sub(needed) {
        None => "the chain would stop".to_owned(),
        Some(_) if total == 0 => "the chain would stop".to_owned(),
        Some(0) => "the chain would go on, and stop with the next validator that fails".to_owned(),
        Some(spare) => format!("the chain would go on, and bear {spare} more that fail"),
    };
    let votes = if needed == 1 { "vote is" } else { "votes are" };
    let sentence = format!("{on_line} of {total} would remain on line and {needed} {votes} needed: {end}");
    Preview { sentence, safe, seats: total, online: on_line, quorum: needed, force_words: change.force_words() }
}

#[cfg(test)]
mod tests {
    use super::{GovernanceChange, PublicKey, Seat, faults_tolerated, preview, quorum};
    use crate::gs1::Gln;

    fn seats(count: u8) -> Vec<Seat> {
        let member = Gln::build("6901234", 1).expect("a small number fits");
        (0..count).map(|n| Seat { key: PublicKey([n; 32]), member, address: String::new() }).collect()
    }

    fn check(count: u8, online: &[u8], change: &GovernanceChange, safe: bool, sentence: &str) {
        let online = online.iter().map(|n| PublicKey([*n; 32])).collect();
        let found = preview(&seats(count), change, &online);
        assert_eq!((found.safe, found.sentence.as_str()), (safe, sentence));
    }

    #[test]
    fn the_preview_says_what_a_vote_would_do_to_the_quorum() {
        let remove = |n| GovernanceChange::RemoveValidator { key: PublicKey([n; 32]) };
        let stops = "4 of 7 would remain on line and 5 votes are needed: the chain would stop";
        check(8, &[0, 1, 2, 3, 7], &remove(7), false, stops);
        let narrow = "5 of 7 would remain on line and 5 votes are needed: the chain would go on, and stop with the next \
                      validator that fails";
        check(8, &[0, 1, 2, 3, 4], &remove(7), true, narrow);
        let member = seats(1).swap_remove(0).member;
        let add = GovernanceChange::AddValidator { member, key: PublicKey([9; 32]), address: String::new() };
        let with_newcomer =
            "5 of 5 would remain on line and 4 votes are needed: the chain would go on, and bear 1 more that fail";
        check(4, &[0, 1, 2, 3, 9], &add, true, with_newcomer);
        check(4, &[0, 1, 2], &add, false, "3 of 5 would remain on line and 4 votes are needed: the chain would stop");
        let replace = GovernanceChange::ReplaceValidator {
            old: PublicKey([0; 32]),
            new: PublicKey([9; 32]),
            address: String::new(),
        };
        check(
            4,
            &[0, 1, 2],
            &replace,
            false,
            "2 of 4 would remain on line and 3 votes are needed: the chain would stop",
        );
        // A change that touches no seat shows the quorum as it is.
        let suspend = GovernanceChange::SuspendMember { member };
        let as_it_is =
            "4 of 4 would remain on line and 3 votes are needed: the chain would go on, and bear 1 more that fail";
        check(4, &[0, 1, 2, 3], &suspend, true, as_it_is);
        check(1, &[0], &remove(0), false, "0 of 0 would remain on line and 0 votes are needed: the chain would stop");
    }

    #[test]
    fn quorums_are_those_of_the_certificate() {
        for (seats, faults, votes) in
            [(1, 0, 1), (3, 0, 3), (4, 1, 3), (5, 1, 4), (7, 2, 5), (16, 5, 11), (128, 42, 86)]
        {
            assert_eq!((faults_tolerated(seats), quorum(seats)), (faults, votes));
        }
    }

    #[test]
    fn words_force_one_change_only() {
        let key = |n| PublicKey([n; 32]);
        let words = GovernanceChange::RemoveValidator { key: key(0xab) }.force_words();
        assert_eq!(words, "remove validator abababab although the chain may stop");
        assert_ne!(words, GovernanceChange::RemoveValidator { key: key(0xac) }.force_words());
        assert_ne!(words, GovernanceChange::RevokeKey { key: key(0xab), at: 1 }.force_words());
        let long = GovernanceChange::ReplaceValidator { old: key(1), new: key(2), address: String::new() };
        assert!(long.force_words().len() <= super::WORDS_BYTES_MAX);
    }
}
