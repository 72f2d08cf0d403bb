//! Votes: a random walk of proposals, votes, newcomers and passing blocks, beside a count kept by hand.

use crate::world::{EPOCH_BLOCKS, Outcome, World, approver, block_at, gln, key, operator, validator};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::governance::{
    GovernanceChange, NewMember, OpenProposal, ProposalStatus, READY_BLOCKS_MAX, Seat, VALIDATORS_MAX, faults_tolerated,
};
use tracelight_domain::ids::{MemberId, ProposalId, PublicKey};
use tracelight_domain::rules::{DAY_MS, Refusal};
use tracelight_domain::state::{KeyPurpose, MemberRole, ObjectId, Standing, StateBody};
use tracelight_domain::tx::TxBody;

/// Members of the walk: four founders and two that may be admitted.
const ALL: [u8; 6] = [1, 2, 3, 4, 5, 6];

#[derive(Clone, Debug)]
enum Step {
    Propose(GovernanceChange),
    /// One after another, in the same turn.
    ProposeMany(Vec<GovernanceChange>),
    /// A member votes on one of the last proposals.
    Vote {
        member: u8,
        back: usize,
        approve: bool,
    },
    /// All members vote for the last proposal, in turn.
    AllFor,
    /// A newcomer shows a block so far behind.
    Ready {
        number: u8,
        behind: u64,
    },
    Blocks(u64),
    Days(u64),
}

fn change() -> impl Strategy<Value = GovernanceChange> {
    let member = || (1..7u8).prop_map(gln);
    let validator_number = || (1..13u8).prop_map(validator);
    let own_key = || (1..3u8, 1..7u8).prop_map(|(purpose, number)| key(purpose, number));
    let fresh = || (7..20u8).prop_map(|number| key(1, number));
    prop_oneof![
        2 => (5..7u8).prop_map(|number| GovernanceChange::AdmitMember(newcomer(number))),
        2 => member().prop_map(|member| GovernanceChange::SuspendMember { member }),
        2 => member().prop_map(|member| GovernanceChange::ReinstateMember { member }),
        1 => member().prop_map(|member| GovernanceChange::RemoveMember { member }),
        5 => (member(), validator_number())
            .prop_map(|(member, key)| GovernanceChange::AddValidator { member, key, address: String::new() }),
        3 => (validator_number(), validator_number())
            .prop_map(|(old, new)| GovernanceChange::ReplaceValidator { old, new, address: String::new() }),
        3 => validator_number().prop_map(|key| GovernanceChange::RemoveValidator { key }),
        2 => (member(), fresh(), 0..400u64).prop_map(|(member, key, from)| GovernanceChange::AddKey {
            member,
            key,
            purpose: KeyPurpose::Operator,
            from
        }),
        1 => (own_key(), fresh(), 0..400u64).prop_map(|(old, new, at)| GovernanceChange::RotateKey { old, new, at }),
        1 => (fresh(), 0..400u64).prop_map(|(key, at)| GovernanceChange::RevokeKey { key, at }),
    ]
}

fn newcomer(number: u8) -> NewMember {
    NewMember {
        gln: gln(number),
        role: MemberRole::Pharmacy,
        name_en: "New".into(),
        name_zh: "新".into(),
        place_en: "Here".into(),
        place_zh: "这里".into(),
        keys: vec![(operator(number), KeyPurpose::Operator), (approver(number), KeyPurpose::Approver)],
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let behind = prop_oneof![3 => 1..30u64, 1 => Just(READY_BLOCKS_MAX), 1 => Just(READY_BLOCKS_MAX + 1)];
    let step = prop_oneof![
        4 => change().prop_map(Step::Propose),
        1 => prop::collection::vec(change(), 5..7).prop_map(Step::ProposeMany),
        6 => (1..7u8, 0..3usize, prop::bool::weighted(0.8))
            .prop_map(|(member, back, approve)| Step::Vote { member, back, approve }),
        4 => Just(Step::AllFor),
        5 => (1..13u8, behind).prop_map(|(number, behind)| Step::Ready { number, behind }),
        2 => prop_oneof![1..15u64, 30..80u64].prop_map(Step::Blocks),
        1 => (1..40u64).prop_map(Step::Days),
    ];
    prop::collection::vec(step, 1..160)
}

/// What is counted by hand.
#[derive(Default)]
struct Count {
    proposals: Vec<ProposalId>,
    /// What each was proposed with, by hand.
    made: Vec<OpenProposal>,
    approvals: BTreeMap<ProposalId, BTreeSet<u8>>,
    adopted: BTreeMap<ProposalId, u32>,
    /// Heights at which a seat changed, with the seats before.
    seat_changes: Vec<(u64, usize)>,
    accepted: BTreeSet<&'static str>,
}

impl Count {
    /// The proposals that take votes in the next block.
    fn open(&self, world: &World) -> Vec<OpenProposal> {
        let is_open = |made: &&OpenProposal| {
            let body = world.body(&ObjectId::Proposal(made.proposal));
            matches!(body, Some(StateBody::Proposal { status: ProposalStatus::Open, .. }))
                && world.height <= made.closes_at
                && world.time_ms <= made.opened_ms + 30 * DAY_MS
        };
        self.made.iter().filter(is_open).copied().collect()
    }
}

/// The ledger's own list, without what has lapsed.
fn agenda(world: &World) -> Vec<OpenProposal> {
    let listed = match world.body(&ObjectId::Agenda) {
        Some(StateBody::Agenda { open }) => open.clone(),
        None => Vec::new(),
        other => panic!("not the agenda: {other:?}"),
    };
    listed.into_iter().filter(|open| open.takes_votes(world.height, world.time_ms)).collect()
}

fn seats(world: &World) -> Vec<Seat> {
    match world.body(&ObjectId::Validators) {
        Some(StateBody::Validators { seats, .. }) => seats.clone(),
        other => panic!("not the validators: {other:?}"),
    }
}

fn roll(world: &World) -> Vec<MemberId> {
    match world.body(&ObjectId::Roll) {
        Some(StateBody::Roll { active, .. }) => active.clone(),
        other => panic!("not the roll: {other:?}"),
    }
}

/// Everything that votes decide.
fn governed(world: &World) -> BTreeMap<ObjectId, StateBody> {
    let is =
        |id: &ObjectId| matches!(id, ObjectId::Member(_) | ObjectId::Key(_) | ObjectId::Validators | ObjectId::Roll);
    world.ledger.bodies.iter().filter(|(id, _)| is(id)).map(|(id, body)| (id.clone(), body.clone())).collect()
}

fn vote(world: &mut World, count: &mut Count, member: u8, proposal: ProposalId, approve: bool) {
    let (before, active) = (governed(world), roll(world));
    let outcome = world.act(approver(member), TxBody::Vote { proposal, approve });
    let Outcome::Applied(_) = outcome else {
        assert_eq!(governed(world), before, "a refused vote changed something: {outcome:?}");
        return;
    };
    assert!(active.contains(&gln(member)), "a vote of a member that has none");
    if approve {
        assert!(count.approvals.entry(proposal).or_default().insert(member), "a second vote of one member");
    }
    let Some(StateBody::Proposal { status, change, .. }) = world.body(&ObjectId::Proposal(proposal)) else {
        panic!("the proposal is gone");
    };
    if *status == ProposalStatus::Adopted {
        *count.adopted.entry(proposal).or_default() += 1;
        count.accepted.insert(change.name());
        let yes = count.approvals.get(&proposal).map_or(0, BTreeSet::len);
        let of_active = count.approvals[&proposal].iter().filter(|member| active.contains(&gln(**member))).count();
        assert!(3 * of_active > 2 * active.len(), "adopted with {yes} votes of {}", active.len());
    } else {
        assert_eq!(governed(world), before, "something changed before the vote was decided");
    }
}

fn play(world: &mut World, count: &mut Count, step: &Step) {
    match step {
        Step::Blocks(blocks) => world.height += blocks,
        Step::Days(days) => world.time_ms += days * DAY_MS,
        Step::ProposeMany(changes) => {
            changes.iter().for_each(|change| play(world, count, &Step::Propose(change.clone())));
        }
        Step::Propose(change) => {
            let before = governed(world);
            let number = u8::try_from(count.proposals.len()).expect("a short walk");
            let (proposal, closes_at) = (ProposalId([number; 16]), world.height + 60);
            let body = TxBody::Propose { proposal, change: change.clone(), closes_at, forced: String::new() };
            // Whoever may still speak proposes, in turn; some more often than they may.
            let active: Vec<u8> = ALL.into_iter().filter(|number| roll(world).contains(&gln(*number))).collect();
            let turn = usize::try_from(world.height / 16).expect("a short walk") % active.len();
            let proposer = *active.get(turn).expect("one is active");
            let by = gln(proposer);
            let open = count.open(world);
            let own = open.iter().filter(|made| made.by == by).count();
            let opened_ms = world.time_ms;
            let outcome = world.act(operator(proposer), body);
            let is_full = matches!(outcome, Outcome::Refused(Refusal::TooManyProposals | Refusal::AgendaFull));
            assert_eq!(is_full, own >= 4, "{own} of {} are open: {outcome:?}", open.len());
            if outcome.is_applied() {
                count.proposals.push(proposal);
                count.made.push(OpenProposal { proposal, by, opened_ms, closes_at });
            }
            if is_full {
                count.accepted.insert("full");
            }
            assert_eq!(governed(world), before, "a proposal alone changed something");
        }
        Step::Vote { member, back, approve } => {
            let Some(proposal) = count.proposals.iter().rev().nth(*back).copied() else { return };
            vote(world, count, *member, proposal, *approve);
        }
        Step::AllFor => {
            let Some(proposal) = count.proposals.last().copied() else { return };
            ALL.into_iter().for_each(|member| vote(world, count, member, proposal, true));
        }
        Step::Ready { number, behind } => {
            let height = world.height.saturating_sub(*behind);
            let before = seats(world);
            let body = TxBody::ValidatorReady { height, block: block_at(height) };
            let outcome = world.act(validator(*number), body);
            let seated = |seats: &[Seat]| seats.iter().any(|seat| seat.key == validator(*number));
            if outcome.is_applied() {
                assert!(*behind <= READY_BLOCKS_MAX && !seated(&before) && seated(&seats(world)));
                count.accepted.insert("ready");
            } else {
                assert_eq!(seats(world), before);
                assert!(
                    !matches!(outcome, Outcome::Refused(Refusal::NotInStep))
                        || *behind > READY_BLOCKS_MAX
                        || height == 0
                );
            }
        }
    }
}

fn keys(seats: &[Seat]) -> BTreeSet<PublicKey> {
    seats.iter().map(|seat| seat.key).collect()
}

/// What holds after every step.
fn check(world: &World, count: &mut Count, before: &[Seat]) {
    let now = seats(world);
    assert!((4..=VALIDATORS_MAX).contains(&now.len()), "{} validators", now.len());
    assert!(now.is_sorted_by(|a, b| a.key < b.key), "seats out of order or twice");
    let (old, new) = (keys(before), keys(&now));
    let (left, came) = (old.difference(&new).count(), new.difference(&old).count());
    assert!(left <= 1 && came <= 1, "{left} left and {came} came in one step");
    if left + came > 0 {
        let events = &world.ledger.events[&ObjectId::Validators];
        count.seat_changes.push((events.last().expect("a change has an event").height, before.len()));
    }
    // Between any two boundaries that a lagging state can span: two whole epochs.
    let epoch = |height: u64| height / u64::from(EPOCH_BLOCKS);
    for (last, _) in &count.seat_changes {
        let within: Vec<_> = count
            .seat_changes
            .iter()
            .filter(|(other, _)| epoch(*other) <= epoch(*last) && epoch(*other) + 1 >= epoch(*last))
            .collect();
        let fewest = within.iter().map(|(_, seats)| *seats).min().unwrap_or(0);
        let limit = faults_tolerated(fewest).max(1);
        assert!(within.len() <= limit, "{} changes of {fewest} seats in two epochs", within.len());
    }
    assert_eq!(agenda(world), count.open(world), "the list of open proposals");
    assert!(count.adopted.values().all(|times| *times == 1), "a proposal was put in force twice");
    // The roll is exactly the active members.
    let active: BTreeSet<MemberId> = world
        .ledger
        .bodies
        .iter()
        .filter_map(|(id, body)| match (id, body) {
            (ObjectId::Member(member), StateBody::Member { standing: Standing::Active, .. }) => Some(*member),
            _ => None,
        })
        .collect();
    let listed = roll(world);
    assert!(listed.is_sorted() && !listed.is_empty());
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), active);
    // No validator of a member that has left, and each seat's key is that member's.
    for seat in &now {
        let Some(StateBody::Key { member, purpose: KeyPurpose::Validator, until: None, .. }) =
            world.body(&ObjectId::Key(seat.key))
        else {
            panic!("the key of a seat is not a live validator's");
        };
        assert_eq!(*member, seat.member);
        let standing = world.body(&ObjectId::Member(seat.member));
        assert!(!matches!(standing, Some(StateBody::Member { standing: Standing::Removed, .. })));
    }
}

fn walk(steps: &[Step]) -> Count {
    let (mut world, mut count) = (World::new(), Count::default());
    for step in steps {
        let before = seats(&world);
        play(&mut world, &mut count, step);
        check(&world, &mut count, &before);
    }
    count
}

proptest! {
    #![proptest_config(Config::with_cases(256))]
    #[test]
    fn whatever_is_voted_the_alliance_stays_in_order(steps in steps()) {
        walk(&steps);
    }
}

#[test]
fn the_walks_reach_every_kind_of_change() {
    let config = Config::default();
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let mut accepted = BTreeSet::new();
    for _ in 0..400 {
        let steps = steps().new_tree(&mut runner).expect("a walk").current();
        accepted.extend(walk(&steps).accepted);
    }
    let wanted = [
        "admit_member",
        "suspend_member",
        "reinstate_member",
        "remove_member",
        "add_validator",
        "replace_validator",
        "remove_validator",
        "add_key",
        "rotate_key",
        "revoke_key",
        "ready",
        "full",
    ];
    let missing: Vec<_> = wanted.into_iter().filter(|name| !accepted.contains(name)).collect();
    assert!(missing.is_empty(), "no walk was allowed to {missing:?}");
}
