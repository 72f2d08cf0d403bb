//! Votes, and what they put in force: members, keys, validators.
//!
//! What keeps the chain alive, whatever is voted:
//! - never fewer than [`VALIDATORS_MIN`] validators (or as few as the genesis began with), never more than
//!   [`VALIDATORS_MAX`];
//! - at most `f` seats change in an epoch and the one before it together, `f = floor((n - 1) / 3)` of the smallest set of
//!   that time, but at least one. A boundary takes up the state of a block that may lie before the boundary, so changes of
//!   two epochs can meet in one step; together they stay within what a quorum bears. (It holds while a boundary block
//!   speaks of a state not older than its own epoch's first block.)
//! - proposals that take votes are counted ([`crate::governance`] says the bounds), and lapse;
//! - a newcomer gets its seat when it shows that it is in step, not when it is approved;
//! - a key belongs to one purpose and one member for ever, and is no key of small order.

use super::{Applied, Change, ChangeEvent, Commitments, Context, Ledger, Refusal, RuleError, Signer};
#[cfg(doc)]
use crate::governance::VALIDATORS_MIN;
use crate::governance::{
    GovernanceChange, MEMBERS_MAX, NewMember, OPEN_MAX, OPEN_PER_MEMBER_MAX, OPEN_SHARED_MAX, OpenProposal,
    PENDING_SEATS_MAX, PROPOSAL_BLOCKS_MAX, PendingSeat, ProposalStatus, READY_BLOCKS_MAX, Seat, SeatChange,
    VALIDATORS_MAX, faults_tolerated,
};
use crate::ids::{Hash, Height, MemberId, ProposalId, PublicKey};
use crate::state::{EventKind, KeyPurpose, MemberRole, ObjectId, Standing, StateBody};

/// What a member proposes.
pub(super) struct Proposed<'a> {
    pub proposal: ProposalId,
    pub change: &'a GovernanceChange,
    pub closes_at: Height,
    pub forced: &'a str,
}

pub(super) fn propose<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    proposed: &Proposed<'_>,
) -> Applied<L::Error> {
    let object = ObjectId::Proposal(proposed.proposal);
    context.must_be_new(&object)?;
    let last = context.height.saturating_add(PROPOSAL_BLOCKS_MAX);
    let closes_at = proposed.closes_at;
    if !(context.height..=last).contains(&closes_at) {
        return Err(Refusal::ClosesOutOfRange.into());
    }
    let opened = OpenProposal { proposal: proposed.proposal, by: signer.member, opened_ms: context.time_ms, closes_at };
    let agenda = put_on_agenda(context, opened)?;
    if !proposed.forced.is_empty() && proposed.forced != proposed.change.force_words() {
        return Err(Refusal::WrongWords.into());
    }
    // What could not be put in force is not voted on; only the limit of an epoch is another day's.
    match adopt(context, proposed.change) {
        Ok(_) | Err(RuleError::Refused(Refusal::TooManyChanges)) => {}
        Err(error) => return Err(error),
    }
    let body = StateBody::Proposal {
        change: proposed.change.clone(),
        by: signer.member,
        forced: proposed.forced.to_owned(),
        approvals: Vec::new(),
        objections: Vec::new(),
        status: ProposalStatus::Open,
        opened_ms: context.time_ms,
        closes_at,
    };
    Ok(vec![agenda, Change::new(object, body, ChangeEvent::of(EventKind::Proposed))])
}

/// The list of open proposals with one more, without those that have lapsed.
fn put_on_agenda<L: Ledger, C>(context: &Context<'_, L, C>, new: OpenProposal) -> Result<Change, RuleError<L::Error>> {
    let mut open = agenda(context)?;
    open.retain(|other| other.takes_votes(context.height, context.time_ms));
    let own = open.iter().filter(|other| other.by == new.by).count();
    if own >= OPEN_PER_MEMBER_MAX {
        return Err(Refusal::TooManyProposals.into());
    }
    if open.len() >= OPEN_MAX || (open.len() >= OPEN_SHARED_MAX && own > 0) {
        return Err(Refusal::AgendaFull.into());
    }
    open.push(new);
    Ok(agenda_change(open))
}

/// The list of open proposals without one that is decided. None of the changes of a vote touches the list.
fn take_off_agenda<L: Ledger, C>(
    context: &Context<'_, L, C>,
    decided: ProposalId,
) -> Result<Change, RuleError<L::Error>> {
    let mut open = agenda(context)?;
    open.retain(|other| other.proposal != decided);
    Ok(agenda_change(open))
}

fn agenda<L: Ledger, C>(context: &Context<'_, L, C>) -> Result<Vec<OpenProposal>, RuleError<L::Error>> {
    Ok(match context.get(&ObjectId::Agenda)? {
        Some(StateBody::Agenda { open }) => open,
        _ => Vec::new(),
    })
}

/// It has no history: each proposal has its own.
const fn agenda_change(open: Vec<OpenProposal>) -> Change {
    Change { object: ObjectId::Agenda, body: StateBody::Agenda { open }, event: None }
}

pub(super) fn vote<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    signer: &Signer,
    proposal: ProposalId,
    approve: bool,
) -> Applied<L::Error> {
    let object = ObjectId::Proposal(proposal);
    let Some(mut body) = context.get(&object)? else { return Err(Refusal::UnknownProposal.into()) };
    let StateBody::Proposal { change, by, approvals, objections, status, opened_ms, closes_at, .. } = &mut body else {
        return Err(Refusal::UnknownProposal.into());
    };
    if *status != ProposalStatus::Open {
        return Err(Refusal::ProposalClosed.into());
    }
    let listed = OpenProposal { proposal, by: *by, opened_ms: *opened_ms, closes_at: *closes_at };
    if !listed.takes_votes(context.height, context.time_ms) {
        return Err(Refusal::ProposalLapsed.into());
    }
    if approvals.contains(&signer.member) || objections.contains(&signer.member) {
        return Err(Refusal::AlreadyVoted.into());
    }
    insert(if approve { &mut *approvals } else { &mut *objections }, signer.member);
    let (active, _) = roll(context)?;
    let of_active = |votes: &[MemberId]| votes.iter().filter(|member| active.binary_search(member).is_ok()).count();
    let mut changes = Vec::new();
    let kind = if 3 * of_active(approvals) > 2 * active.len() {
        // When it cannot be put in force now, this vote is refused by that rule's name and can be cast again later.
        changes = adopt(context, change)?;
        *status = ProposalStatus::Adopted;
        EventKind::Adopted
    } else if 3 * (active.len() - of_active(objections)) <= 2 * active.len() {
        *status = ProposalStatus::Rejected;
        EventKind::Rejected
    } else if approve {
        EventKind::VotedFor
    } else {
        EventKind::VotedAgainst
    };
    if matches!(kind, EventKind::Adopted | EventKind::Rejected) {
        changes.push(take_off_agenda(context, proposal)?);
    }
    changes.push(Change::new(object, body, ChangeEvent::of(kind)));
    Ok(changes)
}

/// What the change writes, or why it cannot be put in force now.
fn adopt<L: Ledger, C: Commitments>(context: &Context<'_, L, C>, change: &GovernanceChange) -> Applied<L::Error> {
    match change {
        GovernanceChange::AdmitMember(new) => admit_member(context, new),
        GovernanceChange::SuspendMember { member } => set_standing(context, *member, Standing::Suspended),
        GovernanceChange::ReinstateMember { member } => set_standing(context, *member, Standing::Active),
        GovernanceChange::RemoveMember { member } => remove_member(context, *member),
        GovernanceChange::AddValidator { member, key, address } => {
            let (_, standing) = member_of(context, *member)?;
            if standing != Standing::Active {
                return Err(Refusal::MemberInactive.into());
            }
            let seat = Seat { key: *key, member: *member, address: address.clone() };
            await_validator(context, seat, None)
        }
        GovernanceChange::ReplaceValidator { old, new, address } => {
            let council = Council::read(context)?;
            let Some(place) = council.seats.iter().find(|seat| seat.key == *old) else {
                return Err(Refusal::UnknownValidator.into());
            };
            let seat = Seat { key: *new, member: place.member, address: address.clone() };
            await_validator(context, seat, Some(*old))
        }
        GovernanceChange::RemoveValidator { key } => remove_validator(context, *key),
        GovernanceChange::AddKey { member, key, purpose, from } => {
            let (_, standing) = member_of(context, *member)?;
            if standing == Standing::Removed {
                return Err(Refusal::WrongStanding.into());
            }
            Ok(vec![new_key(context, *member, *key, *purpose, *from)?])
        }
        GovernanceChange::RotateKey { old, new, at } => {
            let (member, purpose, revoked) = revoke(context, *old, *at)?;
            let created = if purpose == KeyPurpose::Device {
                free_key(context, *new)?;
                key_change(*new, member, purpose, next_from(context, *at))
            } else {
                new_key(context, member, *new, purpose, *at)?
            };
            Ok(vec![revoked, created])
        }
        GovernanceChange::RevokeKey { key, at } => Ok(vec![revoke(context, *key, *at)?.2]),
    }
}

fn admit_member<L: Ledger, C: Commitments>(context: &Context<'_, L, C>, new: &NewMember) -> Applied<L::Error> {
    let object = ObjectId::Member(new.gln);
    context.must_be_new(&object)?;
    let (mut active, admitted) = roll(context)?;
    if usize::try_from(admitted).unwrap_or(usize::MAX) >= MEMBERS_MAX {
        return Err(Refusal::TooManyMembers.into());
    }
    if new.keys.is_empty() {
        return Err(Refusal::CountOutOfRange.into());
    }
    let mut changes: Vec<Change> = Vec::with_capacity(new.keys.len() + 2);
    for (key, purpose) in &new.keys {
        let change = new_key(context, new.gln, *key, *purpose, 0)?;
        if changes.iter().any(|before| before.object == change.object) {
            return Err(Refusal::Duplicate.into());
        }
        changes.push(change);
    }
    let body = StateBody::Member { role: new.role, standing: Standing::Active };
    changes.push(Change::new(object, body, ChangeEvent::of(EventKind::Registered)));
    insert(&mut active, new.gln);
    changes.push(roll_change(active, admitted + 1, EventKind::Registered));
    Ok(changes)
}

/// From active to suspended, or back.
fn set_standing<L: Ledger, C>(context: &Context<'_, L, C>, member: MemberId, standing: Standing) -> Applied<L::Error> {
    let (role, before) = member_of(context, member)?;
    let (mut active, admitted) = roll(context)?;
    let kind = match (before, standing) {
        (Standing::Active, Standing::Suspended) => {
            active.retain(|other| *other != member);
            EventKind::Suspended
        }
        (Standing::Suspended, Standing::Active) => {
            insert(&mut active, member);
            EventKind::Reinstated
        }
        _ => return Err(Refusal::WrongStanding.into()),
    };
    if active.is_empty() {
        return Err(Refusal::TooFewMembers.into());
    }
    let body = StateBody::Member { role, standing };
    let change = Change::new(ObjectId::Member(member), body, ChangeEvent::of(kind));
    Ok(vec![change, roll_change(active, admitted, kind)])
}

fn remove_member<L: Ledger, C>(context: &Context<'_, L, C>, member: MemberId) -> Applied<L::Error> {
    let (role, before) = member_of(context, member)?;
    if before == Standing::Removed {
        return Err(Refusal::WrongStanding.into());
    }
    let council = Council::read(context)?;
    let awaited = council.pending.iter().map(|pending| &pending.seat);
    if council.seats.iter().chain(awaited).any(|seat| seat.member == member) {
        return Err(Refusal::MemberHasValidator.into());
    }
    let (mut active, admitted) = roll(context)?;
    active.retain(|other| *other != member);
    if active.is_empty() {
        return Err(Refusal::TooFewMembers.into());
    }
    let body = StateBody::Member { role, standing: Standing::Removed };
    let change = Change::new(ObjectId::Member(member), body, ChangeEvent::of(EventKind::Removed));
    Ok(vec![change, roll_change(active, admitted, EventKind::Removed)])
}

/// The `Validators` object, taken apart.
struct Council {
    seats: Vec<Seat>,
    pending: Vec<PendingSeat>,
    changes: Vec<SeatChange>,
    seats_min: u32,
    epoch_blocks: u32,
}

impl Council {
    fn read<L: Ledger, C>(context: &Context<'_, L, C>) -> Result<Self, RuleError<L::Error>> {
        match context.get(&ObjectId::Validators)? {
            Some(StateBody::Validators { seats, pending, changes, seats_min, epoch_blocks }) => {
                Ok(Self { seats, pending, changes, seats_min, epoch_blocks })
            }
            // Every genesis writes it.
            _ => Err(Refusal::UnknownValidator.into()),
        }
    }

    fn change(self, kind: EventKind) -> Change {
        let Self { seats, pending, changes, seats_min, epoch_blocks } = self;
        let body = StateBody::Validators { seats, pending, changes, seats_min, epoch_blocks };
        Change::new(ObjectId::Validators, body, ChangeEvent::of(kind))
    }

    /// Uses up one of the changes of seats that this epoch and the one before may have. Call it before the change.
    fn spend(&mut self, height: Height) -> Result<(), Refusal> {
        let blocks = u64::from(self.epoch_blocks.max(1));
        self.changes.retain(|change| change.height / blocks + 1 >= height / blocks);
        let now = u32::try_from(self.seats.len()).unwrap_or(u32::MAX);
        let fewest = self.changes.iter().fold(now, |fewest, change| fewest.min(change.seats));
        let limit = faults_tolerated(usize::try_from(fewest).unwrap_or(usize::MAX)).max(1);
        if self.changes.len() >= limit {
            return Err(Refusal::TooManyChanges);
        }
        self.changes.push(SeatChange { height, seats: now });
        Ok(())
    }
}

/// Puts an approved validator on the list of those that have to show that they are in step.
fn await_validator<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    seat: Seat,
    replaces: Option<PublicKey>,
) -> Applied<L::Error> {
    let mut council = Council::read(context)?;
    let additions = council.pending.iter().filter(|pending| pending.replaces.is_none()).count();
    if replaces.is_none() && council.seats.len() + additions >= VALIDATORS_MAX {
        return Err(Refusal::TooManyValidators.into());
    }
    if council.pending.len() >= PENDING_SEATS_MAX {
        return Err(Refusal::TooManyPending.into());
    }
    if replaces.is_some() && council.pending.iter().any(|pending| pending.replaces == replaces) {
        return Err(Refusal::AlreadyExists.into());
    }
    if !is_address(&seat.address) {
        return Err(Refusal::BadAddress.into());
    }
    free_key(context, seat.key)?;
    let key = key_change(seat.key, seat.member, KeyPurpose::Validator, context.height + 1);
    council.pending.push(PendingSeat { seat, replaces, since: context.height });
    Ok(vec![key, council.change(EventKind::ValidatorApproved)])
}

fn remove_validator<L: Ledger, C>(context: &Context<'_, L, C>, key: PublicKey) -> Applied<L::Error> {
    let mut council = Council::read(context)?;
    if council.pending.iter().any(|pending| pending.seat.key == key) {
        council.pending.retain(|pending| pending.seat.key != key);
    } else if council.seats.iter().any(|seat| seat.key == key) {
        if council.seats.len() <= usize::try_from(council.seats_min).unwrap_or(usize::MAX) {
            return Err(Refusal::TooFewValidators.into());
        }
        council.spend(context.height)?;
        council.seats.retain(|seat| seat.key != key);
    } else {
        return Err(Refusal::UnknownValidator.into());
    }
    Ok(vec![retire(context, key)?, council.change(EventKind::ValidatorLeft)])
}

/// An approved validator shows a recent block, and takes its seat.
pub(super) fn ready<L: Ledger, C>(
    context: &Context<'_, L, C>,
    key: PublicKey,
    height: Height,
    block: Hash,
) -> Applied<L::Error> {
    let mut council = Council::read(context)?;
    let Some(place) = council.pending.iter().position(|pending| pending.seat.key == key) else {
        return Err(Refusal::NothingPending.into());
    };
    // The genesis block is nobody's proof of having kept up, and not every reader of the chain stores it.
    let recent = height >= 1 && height < context.height && context.height - height <= READY_BLOCKS_MAX;
    if !recent || context.ledger.block_id(height).map_err(RuleError::Storage)? != Some(block) {
        return Err(Refusal::NotInStep.into());
    }
    council.spend(context.height)?;
    let PendingSeat { seat, replaces, .. } = council.pending.remove(place);
    // A validator that has left meanwhile cannot be replaced; then the newcomer is an addition.
    let old = replaces.filter(|old| council.seats.iter().any(|seat| seat.key == *old));
    council.seats.retain(|seat| Some(seat.key) != old);
    if council.seats.len() >= VALIDATORS_MAX {
        return Err(Refusal::TooManyValidators.into());
    }
    let at = council.seats.partition_point(|before| before.key < seat.key);
    council.seats.insert(at, seat);
    let mut changes = Vec::with_capacity(2);
    let kind = match old {
        Some(old) => {
            changes.push(retire(context, old)?);
            EventKind::ValidatorReplaced
        }
        None => EventKind::ValidatorJoined,
    };
    changes.push(council.change(kind));
    Ok(changes)
}

/// A validator's key signs no more transactions. What it certifies is decided by the seats alone.
fn retire<L: Ledger, C>(context: &Context<'_, L, C>, key: PublicKey) -> Result<Change, RuleError<L::Error>> {
    let object = ObjectId::Key(key);
    let Some(StateBody::Key { member, purpose, from, next_nonce, .. }) = context.get(&object)? else {
        return Err(Refusal::UnknownKey.into());
    };
    let body = StateBody::Key { member, purpose, from, until: Some(context.height + 1), next_nonce };
    Ok(Change::new(object, body, ChangeEvent::of(EventKind::KeyRevoked)))
}

/// Ends a key that is not a validator's at `at`, or with the next block when that has passed.
fn revoke<L: Ledger, C>(
    context: &Context<'_, L, C>,
    key: PublicKey,
    at: Height,
) -> Result<(MemberId, KeyPurpose, Change), RuleError<L::Error>> {
    let object = ObjectId::Key(key);
    let Some(StateBody::Key { member, purpose, from, until, next_nonce }) = context.get(&object)? else {
        return Err(Refusal::UnknownKey.into());
    };
    if purpose == KeyPurpose::Validator {
        return Err(Refusal::ValidatorKey.into());
    }
    let at = next_from(context, at);
    // A key whose end is set already can end earlier, never later.
    if until.is_some_and(|until| until <= at) {
        return Err(Refusal::KeyInactive.into());
    }
    let body = StateBody::Key { member, purpose, from, until: Some(at), next_nonce };
    Ok((member, purpose, Change::new(object, body, ChangeEvent::of(EventKind::KeyRevoked))))
}

/// A key for people, which may sign from `from` on.
fn new_key<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    member: MemberId,
    key: PublicKey,
    purpose: KeyPurpose,
    from: Height,
) -> Result<Change, RuleError<L::Error>> {
    if !matches!(purpose, KeyPurpose::Operator | KeyPurpose::Approver) {
        return Err(Refusal::WrongPurpose.into());
    }
    free_key(context, key)?;
    Ok(key_change(key, member, purpose, next_from(context, from)))
}

fn key_change(key: PublicKey, member: MemberId, purpose: KeyPurpose, from: Height) -> Change {
    let body = StateBody::Key { member, purpose, from, until: None, next_nonce: 0 };
    Change::new(ObjectId::Key(key), body, ChangeEvent::of(EventKind::Registered))
}

/// A key that nobody has, and that signs only what its holder signs.
pub(super) fn free_key<L: Ledger, C: Commitments>(
    context: &Context<'_, L, C>,
    key: PublicKey,
) -> Result<(), RuleError<L::Error>> {
    if !context.commitments.is_sound_key(&key) {
        return Err(Refusal::BadKey.into());
    }
    match context.get(&ObjectId::Key(key))? {
        Some(_) => Err(Refusal::KeyTaken.into()),
        None => Ok(()),
    }
}

fn next_from<L, C>(context: &Context<'_, L, C>, height: Height) -> Height {
    height.max(context.height.saturating_add(1))
}

fn member_of<L: Ledger, C>(
    context: &Context<'_, L, C>,
    member: MemberId,
) -> Result<(MemberRole, Standing), RuleError<L::Error>> {
    match context.get(&ObjectId::Member(member))? {
        Some(StateBody::Member { role, standing }) => Ok((role, standing)),
        _ => Err(Refusal::UnknownMember.into()),
    }
}

fn roll<L: Ledger, C>(context: &Context<'_, L, C>) -> Result<(Vec<MemberId>, u32), RuleError<L::Error>> {
    match context.get(&ObjectId::Roll)? {
        Some(StateBody::Roll { active, admitted }) => Ok((active, admitted)),
        // Every genesis writes it.
        _ => Err(Refusal::UnknownMember.into()),
    }
}

fn roll_change(active: Vec<MemberId>, admitted: u32, kind: EventKind) -> Change {
    Change::new(ObjectId::Roll, StateBody::Roll { active, admitted }, ChangeEvent::of(kind))
}

/// Keeps the list ascending.
fn insert(members: &mut Vec<MemberId>, member: MemberId) {
    if let Err(at) = members.binary_search(&member) {
        members.insert(at, member);
    }
}

/// Empty, or `host:port` in printable ASCII.
fn is_address(address: &str) -> bool {
    if address.is_empty() {
        return true;
    }
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port_fits = digits && port.parse::<u16>().is_ok_and(|port| port > 0);
    port_fits && !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic())
}
