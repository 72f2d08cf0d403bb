//! Votes: what they put in force, at which height, and every refusal on the way.

use crate::refusals::Case;
use crate::world::{
    EPOCH_BLOCKS, LOGISTICS, MAKER, PHARMACY, REGULATOR, Role, World, block_at, gln, product, validator,
};
use tracelight_domain::governance::{
    GovernanceChange, MEMBERS_MAX, NewMember, OPEN_MAX, OPEN_PER_MEMBER_MAX, OPEN_SHARED_MAX, OpenProposal,
    PENDING_SEATS_MAX, PROPOSAL_BLOCKS_MAX, PROPOSAL_DAYS_MAX, ProposalStatus, READY_BLOCKS_MAX, Seat, VALIDATORS_MAX,
};
use tracelight_domain::ids::{Hash, ProposalId, PublicKey};
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::{KeyPurpose, MemberRole, ObjectId, Standing, StateBody};
use tracelight_domain::tx::TxBody;
use tracelight_testkit::alliance::public;

fn newcomer() -> NewMember {
    NewMember {
        gln: gln(5),
        role: MemberRole::Manufacturer,
        name_en: "Fifth".into(),
        name_zh: "第五".into(),
        place_en: "Chengdu".into(),
        place_zh: "成都".into(),
        keys: vec![(public(31), KeyPurpose::Operator), (public(32), KeyPurpose::Approver)],
    }
}

fn add(number: u64) -> GovernanceChange {
    GovernanceChange::AddValidator { member: gln(MAKER), key: validator(number), address: "node.example:4900".into() }
}

fn replace(old: u64, new: u64) -> GovernanceChange {
    GovernanceChange::ReplaceValidator { old: validator(old), new: validator(new), address: String::new() }
}

fn remove(number: u64) -> GovernanceChange {
    GovernanceChange::RemoveValidator { key: validator(number) }
}

fn add_key(key: PublicKey, from: u64) -> GovernanceChange {
    GovernanceChange::AddKey { member: gln(MAKER), key, purpose: KeyPurpose::Operator, from }
}

fn seats(world: &World) -> Vec<Seat> {
    match world.body(&ObjectId::Validators) {
        Some(StateBody::Validators { seats, .. }) => seats,
        other => panic!("not the validators: {other:?}"),
    }
}

fn with_validators(change: impl FnOnce(&mut StateBody)) -> World {
    let mut world = World::new();
    change(world.ledger.0.get_mut(&ObjectId::Validators).expect("the genesis writes it"));
    world
}

/// A world with five validators, in which nothing counts against the limit any more.
fn five() -> World {
    let mut world = World::new();
    world.pass(add(5)).expect("agreed");
    world.ready(5).expect("in step");
    world.epochs_pass();
    world
}

fn standing(world: &World, member: u64) -> Standing {
    match world.body(&ObjectId::Member(gln(member))) {
        Some(StateBody::Member { standing, .. }) => standing,
        other => panic!("not a member: {other:?}"),
    }
}

/// So many proposals of members that act in no other test are open.
fn with_open(count: usize) -> World {
    let mut world = World::new();
    let (opened_ms, closes_at) = (world.time_ms, world.height + 30);
    let one = |n: usize| {
        let mut id = [0xee; 16];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        OpenProposal { proposal: ProposalId(id), by: gln(100 + n as u64), opened_ms, closes_at }
    };
    let open = (0..count).map(one).collect();
    world.ledger.0.insert(ObjectId::Agenda, StateBody::Agenda { open });
    world
}

pub const CASES: &[Case] = &[
    (Refusal::KeyNotYet, || {
        let mut world = World::new();
        let from = world.height + 50;
        world.pass(add_key(public(30), from))?;
        world.act_as(public(30), TxBody::RegisterProduct(product()))
    }),
    (Refusal::KeyTaken, || World::new().pass(add_key(validator(1), 0))),
    (Refusal::BadKey, || {
        let mut small = [0; 32];
        small[0] = 1;
        World::new().pass(add_key(PublicKey(small), 0))
    }),
    (Refusal::BadKey, || World::new().pass(add_key(PublicKey([2; 32]), 0))),
    (Refusal::BadKey, || {
        let device = PublicKey([2; 32]);
        World::new().act(Role::Maker, TxBody::RegisterDevice { device, label: String::new() })
    }),
    (Refusal::WrongPurpose, || {
        let mut world = World::new();
        let proposal = world.propose(add(5))?;
        world.act(Role::Maker, TxBody::Vote { proposal, approve: true })
    }),
    (Refusal::WrongPurpose, || {
        let mut keys = newcomer();
        keys.keys[0].1 = KeyPurpose::Validator;
        World::new().pass(GovernanceChange::AdmitMember(keys))
    }),
    (Refusal::CountOutOfRange, || {
        World::new().pass(GovernanceChange::AdmitMember(NewMember { keys: Vec::new(), ..newcomer() }))
    }),
    (Refusal::Duplicate, || {
        let mut twice = newcomer();
        twice.keys[1].0 = twice.keys[0].0;
        World::new().pass(GovernanceChange::AdmitMember(twice))
    }),
    (Refusal::AlreadyExists, || {
        World::new().pass(GovernanceChange::AdmitMember(NewMember { gln: gln(MAKER), ..newcomer() }))
    }),
    (Refusal::AlreadyExists, || {
        let mut world = World::new();
        world.pass(replace(1, 5))?;
        world.pass(replace(1, 6))
    }),
    (Refusal::UnknownMember, || {
        let member = gln(77);
        World::new().pass(GovernanceChange::SuspendMember { member })
    }),
    (Refusal::MemberInactive, || {
        let mut world = World::new();
        world.pass(GovernanceChange::SuspendMember { member: gln(MAKER) })?;
        world.act(Role::Maker, TxBody::RegisterProduct(product()))
    }),
    (Refusal::MemberInactive, || {
        let mut world = World::new();
        world.pass(GovernanceChange::SuspendMember { member: gln(PHARMACY) })?;
        world.propose(GovernanceChange::AddValidator {
            member: gln(PHARMACY),
            key: validator(5),
            address: String::new(),
        })?;
        Ok(())
    }),
    (Refusal::UnknownKey, || World::new().pass(GovernanceChange::RevokeKey { key: public(40), at: 0 })),
    (Refusal::KeyInactive, || {
        let mut world = World::new();
        let revoke = GovernanceChange::RevokeKey { key: Role::Pharmacy.key(), at: 20 };
        world.pass(revoke.clone())?;
        world.pass(revoke)
    }),
    (Refusal::UnknownProposal, || World::new().vote(Role::Approver, ProposalId([1; 16]), true)),
    (Refusal::ProposalClosed, || {
        let mut world = World::new();
        let proposal = world.propose(add(5))?;
        Role::VOTERS.iter().try_for_each(|role| world.vote(*role, proposal, true))
    }),
    (Refusal::ProposalClosed, || {
        let mut world = World::new();
        let proposal = world.propose(add(5))?;
        Role::VOTERS.iter().try_for_each(|role| world.vote(*role, proposal, false))
    }),
    (Refusal::ProposalLapsed, || {
        let mut world = World::new();
        let proposal = world.propose(add(5))?;
        world.height += 31;
        world.vote(Role::Approver, proposal, true)
    }),
    (Refusal::ProposalLapsed, || {
        // By the clock, however far the height is that it names.
        let mut world = World::new();
        let proposal = world.propose(add(5))?;
        world.days_pass(PROPOSAL_DAYS_MAX);
        world.vote(Role::Approver, proposal, true)?;
        world.time_ms += 1;
        world.vote(Role::PharmacyApprover, proposal, true)
    }),
    (Refusal::TooManyProposals, || {
        let mut world = World::new();
        (0..=OPEN_PER_MEMBER_MAX).try_for_each(|_| world.propose(add(5)).map(|_| ()))
    }),
    (Refusal::AgendaFull, || {
        // A member with none open still gets a place; a second one it does not get.
        let mut world = with_open(OPEN_SHARED_MAX);
        world.propose(add(5))?;
        world.propose(add(5)).map(|_| ())
    }),
    (Refusal::AgendaFull, || with_open(OPEN_MAX).propose(add(5)).map(|_| ())),
    (Refusal::AlreadyVoted, || {
        let mut world = World::new();
        let proposal = world.propose(add(5))?;
        world.vote(Role::Approver, proposal, true)?;
        world.vote(Role::Approver, proposal, false)
    }),
    (Refusal::WrongWords, || {
        let (proposal, forced) = (ProposalId([1; 16]), "remove validator".to_owned());
        World::new().act(Role::Maker, TxBody::Propose { proposal, change: add(5), closes_at: 9, forced })
    }),
    (Refusal::ClosesOutOfRange, || {
        let (proposal, forced) = (ProposalId([1; 16]), String::new());
        World::new().act(Role::Maker, TxBody::Propose { proposal, change: add(5), closes_at: 0, forced })
    }),
    (Refusal::ClosesOutOfRange, || {
        let (proposal, forced, closes_at) = (ProposalId([1; 16]), String::new(), PROPOSAL_BLOCKS_MAX + 2);
        World::new().act(Role::Maker, TxBody::Propose { proposal, change: add(5), closes_at, forced })
    }),
    (Refusal::TooFewValidators, || World::new().pass(remove(1))),
    (Refusal::TooManyValidators, || {
        let mut world = with_validators(|body| {
            let StateBody::Validators { seats, .. } = body else { return };
            let first = seats[0].clone();
            seats.resize(VALIDATORS_MAX, first);
        });
        world.pass(add(5))
    }),
    (Refusal::TooManyChanges, || {
        let mut world = five();
        world.pass(remove(5))?;
        world.pass(add(6))?;
        world.ready(6)
    }),
    (Refusal::TooManyPending, || {
        let mut world = World::new();
        (0..=PENDING_SEATS_MAX as u64).try_for_each(|number| world.pass(add(5 + number)))
    }),
    (Refusal::UnknownValidator, || World::new().pass(remove(9))),
    (Refusal::UnknownValidator, || World::new().pass(replace(9, 5))),
    (Refusal::NothingPending, || World::new().ready(1)),
    (Refusal::NotInStep, || {
        let mut world = World::new();
        world.pass(add(5))?;
        let height = world.height - 1;
        world.act_as(validator(5), TxBody::ValidatorReady { height, block: Hash([0xee; 32]) })
    }),
    (Refusal::NotInStep, || {
        let mut world = World::new();
        world.pass(add(5))?;
        let height = world.height - 1;
        world.height += READY_BLOCKS_MAX;
        world.act_as(validator(5), TxBody::ValidatorReady { height, block: block_at(height) })
    }),
    (Refusal::NotInStep, || {
        let mut world = World::new();
        world.pass(add(5))?;
        // Not even the block that orders it can be known to it.
        let height = world.height;
        world.act_as(validator(5), TxBody::ValidatorReady { height, block: block_at(height) })
    }),
    (Refusal::MemberHasValidator, || World::new().pass(GovernanceChange::RemoveMember { member: gln(MAKER) })),
    (Refusal::MemberHasValidator, || {
        let mut world = World::new();
        world.pass(GovernanceChange::AdmitMember(newcomer()))?;
        world.pass(GovernanceChange::AddValidator { member: gln(5), key: validator(5), address: String::new() })?;
        world.pass(GovernanceChange::RemoveMember { member: gln(5) })
    }),
    (Refusal::ValidatorKey, || World::new().pass(GovernanceChange::RevokeKey { key: validator(1), at: 0 })),
    (Refusal::ValidatorKey, || {
        World::new().pass(GovernanceChange::RotateKey { old: validator(1), new: public(30), at: 0 })
    }),
    (Refusal::BadAddress, || {
        let address = "somewhere".to_owned();
        World::new().pass(GovernanceChange::AddValidator { member: gln(MAKER), key: validator(5), address })
    }),
    (Refusal::BadAddress, || {
        let address = "a host:70000".to_owned();
        World::new().pass(GovernanceChange::AddValidator { member: gln(MAKER), key: validator(5), address })
    }),
    (Refusal::WrongStanding, || World::new().pass(GovernanceChange::ReinstateMember { member: gln(MAKER) })),
    (Refusal::WrongStanding, || {
        let mut world = World::new();
        let suspend = GovernanceChange::SuspendMember { member: gln(LOGISTICS) };
        world.pass(suspend.clone())?;
        world.pass(suspend)
    }),
    (Refusal::TooFewMembers, || {
        let mut world = World::new();
        for member in [MAKER, LOGISTICS, PHARMACY] {
            let body = StateBody::Member { role: MemberRole::Pharmacy, standing: Standing::Suspended };
            world.ledger.0.insert(ObjectId::Member(gln(member)), body);
        }
        world.ledger.0.insert(ObjectId::Roll, StateBody::Roll { active: vec![gln(REGULATOR)], admitted: 4 });
        let change = GovernanceChange::SuspendMember { member: gln(REGULATOR) };
        let (proposal, forced) = (ProposalId([1; 16]), String::new());
        world.act(Role::Regulator, TxBody::Propose { proposal, change, closes_at: 9, forced })
    }),
    (Refusal::TooManyMembers, || {
        let mut world = World::new();
        let admitted = u32::try_from(MEMBERS_MAX).expect("a small number");
        world.ledger.0.insert(ObjectId::Roll, StateBody::Roll { active: (1..=4).map(gln).collect(), admitted });
        world.pass(GovernanceChange::AdmitMember(newcomer()))
    }),
];

#[test]
fn a_change_is_in_force_with_the_vote_that_makes_more_than_two_thirds() {
    let mut world = World::new();
    let proposal = world.propose(GovernanceChange::AdmitMember(newcomer())).expect("a sound change");
    let status = |world: &World| match world.body(&ObjectId::Proposal(proposal)) {
        Some(StateBody::Proposal { status, approvals, objections, .. }) => (status, approvals.len(), objections.len()),
        other => panic!("not a proposal: {other:?}"),
    };
    world.vote(Role::Approver, proposal, true).expect("the first");
    world.vote(Role::MakerApprover, proposal, false).expect("one is against");
    world.vote(Role::PharmacyApprover, proposal, true).expect("the second");
    assert_eq!(status(&world), (ProposalStatus::Open, 2, 1));
    assert!(world.body(&ObjectId::Member(gln(5))).is_none(), "two of four are not more than two thirds");
    world.vote(Role::LogisticsApprover, proposal, true).expect("the third");
    assert_eq!(status(&world), (ProposalStatus::Adopted, 3, 1));
    assert_eq!(standing(&world, 5), Standing::Active);
    // The newcomer acts from the next block on, and counts from now on: four of five have to agree.
    world.act_as(public(31), TxBody::RegisterProduct(product())).expect("its operator's key");
    let suspend = world.propose(GovernanceChange::SuspendMember { member: gln(5) }).expect("a sound change");
    for role in &Role::VOTERS[..3] {
        world.vote(*role, suspend, true).expect("a vote");
    }
    assert_eq!(standing(&world, 5), Standing::Active, "three of five are not more than two thirds");
    world.act_as(public(32), TxBody::Vote { proposal: suspend, approve: true }).expect("its approver's key");
    assert_eq!(standing(&world, 5), Standing::Suspended);
}

#[test]
fn what_cannot_pass_any_more_is_rejected_at_once() {
    let mut world = World::new();
    let proposal = world.propose(add(5)).expect("a sound change");
    world.vote(Role::Approver, proposal, false).expect("the first no");
    world.vote(Role::MakerApprover, proposal, false).expect("the second no");
    assert_eq!(world.vote(Role::PharmacyApprover, proposal, true), Err(Refusal::ProposalClosed));
    assert!(world.body(&ObjectId::Key(validator(5))).is_none());
}

#[test]
fn a_deciding_vote_that_comes_too_early_can_be_cast_again() {
    let mut world = five();
    world.pass(add(6)).expect("approved");
    world.ready(6).expect("in step, and the only change of these epochs");
    let proposal = world.propose(remove(5)).expect("the limit is another day's");
    world.vote(Role::Approver, proposal, true).expect("a vote");
    world.vote(Role::PharmacyApprover, proposal, true).expect("a vote");
    assert_eq!(world.vote(Role::MakerApprover, proposal, true), Err(Refusal::TooManyChanges));
    assert_eq!(seats(&world).len(), 6);
    world.height += 20;
    assert_eq!(world.vote(Role::MakerApprover, proposal, true), Err(Refusal::TooManyChanges));
    let StateBody::Proposal { closes_at, .. } =
        world.ledger.0.get_mut(&ObjectId::Proposal(proposal)).expect("it is there")
    else {
        panic!("not a proposal")
    };
    *closes_at += 1_000;
    world.epochs_pass();
    world.vote(Role::MakerApprover, proposal, true).expect("now it can");
    assert_eq!(seats(&world).len(), 5);
}

#[test]
fn a_key_ends_and_its_successor_begins_at_exactly_the_height() {
    let mut world = World::new();
    let (old, new, at) = (Role::Logistics.key(), public(30), 40);
    world.pass(GovernanceChange::RotateKey { old, new, at }).expect("agreed");
    let log = |size| TxBody::Anchor { log: Hash::ZERO, size, root: Hash::ZERO };
    world.height = at - 1;
    assert_eq!(world.act_as(new, log(1)), Err(Refusal::KeyNotYet));
    world.act_as(old, log(2)).expect("one block before");
    assert_eq!(world.height, at);
    assert_eq!(world.act_as(old, log(3)), Err(Refusal::KeyInactive));
    world.act_as(new, log(3)).expect("from this block on");
    // A revocation that names a height of the past holds from the next block on; it never reaches back.
    world.pass(GovernanceChange::RevokeKey { key: Role::Pharmacy.key(), at: 1 }).expect("agreed");
    let Some(StateBody::Key { until, .. }) = world.body(&ObjectId::Key(Role::Pharmacy.key())) else {
        panic!("the key is kept")
    };
    assert_eq!(until, Some(world.height), "the block after the vote");
    assert_eq!(world.act(Role::Pharmacy, log(1)), Err(Refusal::KeyInactive));
}

#[test]
fn a_validator_gets_its_seat_when_it_is_in_step() {
    let mut world = World::new();
    world.pass(add(5)).expect("agreed");
    assert_eq!(seats(&world).len(), 4, "approved is not seated");
    world.ready(5).expect("it shows a recent block");
    let after = seats(&world);
    assert_eq!(after.len(), 5);
    assert!(after.is_sorted_by(|a, b| a.key < b.key));
    assert!(after.iter().any(|seat| seat.key == validator(5) && seat.address == "node.example:4900"));
    assert_eq!(world.ready(5), Err(Refusal::NothingPending), "once");
    world.epochs_pass();
    world.pass(replace(1, 6)).expect("agreed");
    assert!(seats(&world).iter().any(|seat| seat.key == validator(1)), "the old one stays until the new one is there");
    world.ready(6).expect("in step");
    let keys: Vec<_> = seats(&world).iter().map(|seat| seat.key).collect();
    assert!(keys.contains(&validator(6)) && !keys.contains(&validator(1)) && keys.len() == 5);
    world.epochs_pass();
    world.pass(remove(6)).expect("five are one more than needed");
    assert_eq!(seats(&world).len(), 4);
    assert_eq!(world.ready(6), Err(Refusal::KeyInactive), "its key has ended");
    // An approved validator that nobody wants any more.
    world.pass(add(7)).expect("agreed");
    world.pass(remove(7)).expect("not awaited any more; no seat changes, so no limit");
    assert_eq!(world.ready(7), Err(Refusal::KeyInactive));
}

#[test]
fn seats_change_no_faster_than_faults_are_tolerated() {
    // Seven validators tolerate two faults: two changes in two epochs, the third waits.
    let mut world = five();
    for number in [6, 7] {
        world.pass(add(number)).expect("agreed");
        world.ready(number).expect("in step");
        world.epochs_pass();
    }
    for number in [8, 9, 10] {
        world.pass(add(number)).expect("agreed");
    }
    world.ready(8).expect("the first of seven");
    world.ready(9).expect("the second of eight");
    assert_eq!(world.ready(10), Err(Refusal::TooManyChanges));
    // The next epoch still counts the last one, because a boundary may take both up.
    let next = (world.height / u64::from(EPOCH_BLOCKS) + 1) * u64::from(EPOCH_BLOCKS);
    world.height = next + u64::from(EPOCH_BLOCKS) - 1;
    assert_eq!(world.ready(10), Err(Refusal::TooManyChanges));
    world.height = next + u64::from(EPOCH_BLOCKS);
    world.ready(10).expect("two epochs later");
}

#[test]
fn a_member_leaves_after_its_validator_and_votes_no_more() {
    let mut world = five();
    let own: Vec<_> = seats(&world).iter().filter(|seat| seat.member == gln(LOGISTICS)).map(|seat| seat.key).collect();
    let leave = GovernanceChange::RemoveMember { member: gln(LOGISTICS) };
    assert_eq!(world.pass(leave.clone()), Err(Refusal::MemberHasValidator));
    world.pass(GovernanceChange::RemoveValidator { key: own[0] }).expect("five are one more than needed");
    world.pass(leave).expect("now it can");
    assert_eq!(standing(&world, LOGISTICS), Standing::Removed);
    let reinstate = world.propose(GovernanceChange::ReinstateMember { member: gln(LOGISTICS) }).map(|_| ());
    assert_eq!(reinstate, Err(Refusal::WrongStanding));
    // Three are left, and more than two thirds of three are all three.
    let proposal = world.propose(add_key(public(30), 0)).expect("a sound change");
    assert_eq!(world.vote(Role::LogisticsApprover, proposal, true), Err(Refusal::MemberInactive));
    world.vote(Role::Approver, proposal, true).expect("a vote");
    world.vote(Role::MakerApprover, proposal, true).expect("a vote");
    assert!(world.body(&ObjectId::Key(public(30))).is_none());
    world.vote(Role::PharmacyApprover, proposal, true).expect("a vote");
    assert!(world.body(&ObjectId::Key(public(30))).is_some());
}

#[test]
fn a_suspended_member_gives_back_and_does_nothing_else() {
    let mut world = World::with_sealed_pallet(1, 1);
    let pallet = world.sscc(100);
    let shipment = world.ship(Role::Maker, PHARMACY, &[pallet]).expect("its licence is good");
    world.pass(GovernanceChange::SuspendMember { member: gln(PHARMACY) }).expect("it has lapsed");
    assert_eq!(world.receive(Role::Pharmacy, shipment, &[]), Err(Refusal::MemberInactive));
    world.act(Role::Pharmacy, TxBody::Refuse { shipment }).expect("the goods find their way back");
    assert_eq!(world.ship(Role::Maker, PHARMACY, &[pallet]).map(|_| ()), Err(Refusal::MemberInactive));
    world.pass(GovernanceChange::ReinstateMember { member: gln(PHARMACY) }).expect("renewed");
    world.ship(Role::Maker, PHARMACY, &[pallet]).expect("again");
}

#[test]
fn a_change_can_be_forced_with_its_own_words() {
    let change = add(5);
    let (proposal, forced) = (ProposalId([1; 16]), change.force_words());
    let mut world = World::new();
    world.act(Role::Maker, TxBody::Propose { proposal, change, closes_at: 9, forced: forced.clone() }).expect("exact");
    assert!(matches!(
        world.body(&ObjectId::Proposal(proposal)),
        Some(StateBody::Proposal { forced: kept, .. }) if kept == forced
    ));
}

fn open(world: &World) -> Vec<ProposalId> {
    match world.body(&ObjectId::Agenda) {
        Some(StateBody::Agenda { open }) => open.iter().map(|open| open.proposal).collect(),
        other => panic!("no agenda: {other:?}"),
    }
}

#[test]
fn a_place_on_the_agenda_is_free_again_when_a_proposal_is_decided_or_has_lapsed() {
    let mut world = World::new();
    let proposals: Vec<_> = (0..OPEN_PER_MEMBER_MAX).map(|_| world.propose(add(5)).expect("a place")).collect();
    assert_eq!(open(&world), proposals);
    assert_eq!(world.propose(add(5)), Err(Refusal::TooManyProposals));
    // Rejected by two of four, adopted by three of four.
    for role in [Role::Approver, Role::PharmacyApprover] {
        world.vote(role, proposals[0], false).expect("a vote");
    }
    assert_eq!(open(&world), proposals[1..]);
    for role in Role::VOTERS.into_iter().take(3) {
        world.vote(role, proposals[1], true).expect("a vote");
    }
    assert_eq!(open(&world), proposals[2..]);
    // The third and fourth lapse: their places are free for whoever proposes next.
    world.height += 31;
    let later: Vec<_> = (0..OPEN_PER_MEMBER_MAX).map(|_| world.propose(add(6)).expect("a place")).collect();
    assert_eq!(open(&world), later);
    world.days_pass(PROPOSAL_DAYS_MAX + 1);
    let last = world.propose(add(6)).expect("a place");
    assert_eq!(open(&world), [last]);
}
