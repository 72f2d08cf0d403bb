//! The numbers of a batch: the sum holds after every step of every order of steps, as a second account says.

use super::*;
use std::collections::BTreeMap;

on_both! {
    the_sum_holds_whatever_happens
    no_code_is_in_the_hands_of_two_lines
    the_books_close_when_nothing_is_open_and_then_nothing_moves
    codes_of_a_line_are_not_taken_back_with_their_import
    books_do_not_close_while_codes_are_made
    a_list_takes_nothing_of_what_a_person_declared
    two_blocks_at_once_share_what_is_free
}

const USER: (Uuid, &str) = (Uuid::nil(), "u");

/// What a second account holds of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Good,
    Scrapped,
    Sampled,
    Returned,
    Invalid,
    /// By a person; a list that is forgotten leaves it.
    Declared,
}

/// The second account: fate and line of every code.
#[derive(Default)]
struct Account {
    codes: BTreeMap<Serial, (Fate, Option<usize>)>,
    /// Lines that a person gave codes.
    given: BTreeSet<usize>,
    sealed: bool,
    closed: bool,
}

/// Steps by chance, the same for a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn line(index: usize) -> LineName {
    LineName::parse(["xian/line-1", "xian/line-2", "hall.b/l_3"][index]).expect("a line of constants")
}

fn free(fate: Fate, line: Option<usize>) -> bool {
    fate == Fate::Returned || (fate == Fate::Open && line.is_none())
}

impl Account {
    fn counts(&self, of: Option<Option<usize>>) -> CodeCounts {
        let mut counts = CodeCounts::default();
        for (fate, line) in self.codes.values() {
            if of.is_some_and(|of| of != *line) {
                continue;
            }
            counts.issued += 1;
            *match fate {
                Fate::Open => &mut counts.open,
                Fate::Good => &mut counts.commissioned,
                Fate::Scrapped => &mut counts.scrapped,
                Fate::Sampled => &mut counts.sampled,
                Fate::Returned => &mut counts.returned,
                Fate::Invalid | Fate::Declared => &mut counts.invalid,
            } += 1;
        }
        counts
    }

    fn held(&self, line: usize) -> Vec<Serial> {
        let held = self.codes.iter().filter(|(_, state)| **state == (Fate::Open, Some(line)));
        held.map(|(serial, _)| serial.clone()).collect()
    }

    /// The first free codes in the order of their bytes go to a line.
    fn take(&mut self, line: usize, count: usize) {
        let free = self.codes.values_mut().filter(|(fate, line)| free(*fate, *line));
        free.take(count).for_each(|state| *state = (Fate::Open, Some(line)));
    }

    fn set(&mut self, serials: &[Serial], fate: Fate) {
        for serial in serials {
            self.codes.get_mut(serial).expect("an issued code").0 = fate;
        }
    }

    /// In all, and by line, the store says the same, and it adds up.
    async fn compare(&self, store: &Store, batch: &BatchId, seed: u64) {
        let counts = store.code_count(batch).await.expect("counted");
        assert_eq!((counts, counts.differ()), (self.counts(None), 0), "seed {seed}");
        let lines = store.numbers_by_line(batch).await.expect("counted");
        for told in &lines {
            let index =
                told.line.as_ref().map(|name| (0..3).find(|index| line(*index).as_str() == name).expect("ours"));
            assert_eq!(told.counts, self.counts(Some(index)), "seed {seed}, {:?}", told.line);
            assert_eq!(told.counts.differ(), 0, "seed {seed}");
        }
        assert_eq!(lines.iter().map(|told| told.counts.issued).sum::<u64>(), counts.issued, "seed {seed}");
        let blocks = store.blocks_of(batch).await.expect("read");
        let held: u64 = (0..3).map(|index| self.held(index).len() as u64).sum();
        assert_eq!(blocks.iter().map(|block| block.open).sum::<u64>(), held, "seed {seed}");
        let open = store.open_numbers(batch, None, 1_000).await.expect("read");
        assert_eq!(open.len() as u64, counts.open, "seed {seed}");
    }
}

/// More codes of the batch.
async fn issue(store: &Store, batch: &BatchId, from: u64, count: u64) -> Vec<Serial> {
    let mut order = new_order(batch.lot.as_str(), count);
    order.batch = batch.clone();
    store.place_order(&order).await.expect("an order");
    let claimed = store.claim_order(Uuid::now_v7(), 1, 10).await.expect("it works").expect("an order waits");
    let serials = drawn(from, count);
    store.store_chunk(&claimed, &serials, 2, 10).await.expect("it works");
    serials
}

async fn planned(store: &Store, lot: &str) -> BatchId {
    let plan = BatchPlan { quantity: 100, secret: [1; 32] };
    store.plan_batch(&batch(lot), member(), &plan).await.expect("planned");
    batch(lot)
}

/// A line ends its order: each of its codes by chance, and perhaps a false list first, which the chain contradicts.
async fn end_order(store: &Store, batch: &BatchId, account: &mut Account, at: usize, dice: &mut Dice) {
    let mut lists: [Vec<Serial>; 5] = Default::default();
    for serial in account.held(at) {
        lists[dice.roll(5) as usize].push(serial);
    }
    let [good, scrapped, sampled, invalid, _unmet] = lists;
    let part = ManifestPart {
        batch: batch.clone(),
        member: member(),
        tx: TxId([9; 32]),
        first: 0,
        serials: good.clone(),
        gone: Gone { scrapped: scrapped.clone(), sampled: sampled.clone(), invalid: invalid.clone() },
        line: Some(line(at)),
        count_salt: [8; 16],
        last: true,
    };
    for _ in 0..dice.roll(3) {
        assert_eq!(store.store_manifest_part(&part).await.expect("it works"), StorePart::Stored);
        store.forget_manifest(batch).await.expect("it works");
        account.compare(store, batch, 0).await;
    }
    assert_eq!(store.store_manifest_part(&part).await.expect("it works"), StorePart::Stored);
    store.manifest_is_true(batch).await.expect("it works");
    for (serials, fate) in
        [(good, Fate::Good), (scrapped, Fate::Scrapped), (sampled, Fate::Sampled), (invalid, Fate::Invalid)]
    {
        account.set(&serials, fate);
    }
    for (fate, line) in account.codes.values_mut() {
        if *fate == Fate::Open && (line.is_none() || *line == Some(at)) {
            *fate = Fate::Returned;
        }
    }
    account.sealed = true;
}

/// Declares some codes invalid that are by chance open or not: only open ones count.
async fn declare(store: &Store, batch: &BatchId, account: &mut Account, dice: &mut Dice) {
    let (which, serials) = match dice.roll(3) {
        0 => {
            let at = dice.roll(3) as usize;
            (Which::Line(line(at)), account.held(at))
        }
        1 => {
            let open = account.codes.iter().filter(|(_, state)| **state == (Fate::Open, None));
            (Which::NoLine, open.map(|(serial, _)| serial.clone()).collect())
        }
        _ => {
            let named: Vec<Serial> = account.codes.keys().filter(|_| dice.roll(6) == 0).cloned().collect();
            let open = named.iter().filter(|serial| account.codes[*serial].0 == Fate::Open).cloned().collect();
            (Which::Named(named), open)
        }
    };
    let count = serials.len() as u64;
    let wrong = Invalid { which: which.clone(), count: count + 1, reason: "lost".to_owned() };
    let right = Invalid { count, ..wrong.clone() };
    let declare = async |invalid| store.declare_invalid(batch, invalid, USER, 5).await.expect("it works");
    if account.closed {
        assert_eq!(declare(&right).await, Invalidated::Closed);
        return;
    }
    assert_eq!(declare(&wrong).await, Invalidated::Differs(count));
    assert_eq!(declare(&right).await, Invalidated::Done);
    account.set(&serials, Fate::Declared);
}

async fn close(store: &Store, batch: &BatchId, account: &mut Account) {
    let before = account.counts(None);
    let good = before.commissioned;
    let closed = store.close_books(batch, good, USER, 6).await.expect("it works");
    let in_hands: u64 = (0..3).map(|index| account.held(index).len() as u64).sum();
    match closed {
        Closed::Already => assert!(account.closed),
        Closed::Open(counts) => assert_eq!((counts.open, account.closed), (in_hands, false)),
        Closed::Done(counts) => {
            assert_eq!((in_hands, counts.open, counts.differ(), account.closed), (0, 0, 0, false));
            for (fate, line) in account.codes.values_mut() {
                if *fate == Fate::Open && line.is_none() {
                    *fate = Fate::Returned;
                }
            }
            account.closed = true;
        }
        Closed::Making(orders) => panic!("{orders} orders are at work, and each was filled"),
        Closed::Differs(counts) => panic!("the count is the one that was given: {counts:?}"),
    }
}

async fn step(store: &Store, batch: &BatchId, account: &mut Account, dice: &mut Dice, base: u64) {
    let at = dice.roll(3) as usize;
    match dice.roll(8) {
        0 if !account.sealed && !account.closed && account.codes.len() < 60 => {
            let (next, count) = (base + account.codes.len() as u64, 1 + dice.roll(9));
            for serial in issue(store, batch, next, count).await {
                account.codes.insert(serial, (Fate::Open, None));
            }
        }
        1 if !account.sealed => {
            let held = store.take_block(batch, &line(at), 3).await.expect("it works");
            if !account.given.contains(&at) && !account.closed {
                account.take(at, usize::MAX);
            }
            assert_eq!(held, account.held(at).len() as u64);
            assert_eq!(store.codes_of_line(batch, &line(at), None).await.expect("read"), account.held(at));
        }
        2 | 3 if !account.sealed => {
            let count = 1 + dice.roll(12);
            let free = account.codes.values().filter(|(fate, line)| free(*fate, *line)).count() as u64;
            let given = store.give_block(batch, (&line(at), count), USER, 4).await.expect("it works");
            match given {
                Given::Closed => assert!(account.closed),
                Given::TooFew(told) => assert!(told == free && free < count, "{told} {free} {count}"),
                Given::Block(_) => {
                    assert!(free >= count && !account.closed);
                    account.take(at, count as usize);
                    account.given.insert(at);
                }
            }
        }
        4 => {
            let blocks = store.blocks_of(batch).await.expect("read");
            if let Some(block) = blocks.get(dice.roll(blocks.len().max(1) as u64) as usize) {
                let id = Uuid::parse_str(&block.id).expect("an id");
                // The store knows which codes are in the block; the account learns it from what is gone afterwards.
                let before = store.open_numbers(batch, None, 1_000).await.expect("read");
                let back = store.return_block(batch, id, USER, 5).await.expect("it works").expect("it is there");
                assert_eq!(back, block.open);
                let after = store.open_numbers(batch, None, 1_000).await.expect("read");
                let gone: Vec<Serial> =
                    before.iter().filter(|code| !after.contains(code)).map(|code| serial(&code.serial)).collect();
                assert!(
                    gone.len() as u64 == back
                        && before.iter().all(|code| after.contains(code) || code.line.as_ref() == Some(&block.line))
                );
                account.set(&gone, Fate::Returned);
            }
        }
        5 => declare(store, batch, account, dice).await,
        6 => close(store, batch, account).await,
        7 if !account.sealed && !account.closed => end_order(store, batch, account, at, dice).await,
        _ => {}
    }
}

async fn the_sum_holds_whatever_happens(store: Store) {
    let (mut sealed, mut closed) = (0, 0);
    for seed in 1..=24u64 {
        let batch = planned(&store, &format!("W{seed}")).await;
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Serials belong to a product: each walk has its own thousand.
        let mut account = Account::default();
        let base = seed * 1_000;
        for serial in issue(&store, &batch, base, 20).await {
            account.codes.insert(serial, (Fate::Open, None));
        }
        for _ in 0..25 {
            step(&store, &batch, &mut account, &mut dice, base).await;
            account.compare(&store, &batch, seed).await;
        }
        sealed += u32::from(account.sealed);
        closed += u32::from(account.closed);
    }
    assert!(sealed > 5 && closed > 5, "the walks reach the end: {sealed} sealed, {closed} closed");
}

async fn no_code_is_in_the_hands_of_two_lines(store: Store) {
    let batch = planned(&store, "two").await;
    issue(&store, &batch, 0, 100).await;
    let given = store.give_block(&batch, (&line(0), 40), USER, 1).await.expect("it works");
    assert!(matches!(given, Given::Block(_)));
    // At once, and twice each.
    let lines = [line(0), line(1), line(2), line(1), line(2), line(0)];
    let held = futures::future::join_all(lines.iter().map(|line| store.take_block(&batch, line, 2))).await;
    assert!(held.iter().all(Result::is_ok), "{held:?}");
    let mut all = Vec::new();
    for index in 0..3 {
        let codes = store.codes_of_line(&batch, &line(index), None).await.expect("read");
        assert!(index > 0 || codes == drawn(0, 40), "who was given codes takes no others");
        all.extend(codes);
    }
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (100, 100));
    assert_eq!(store.give_block(&batch, (&line(0), 1), USER, 3).await.expect("it works"), Given::TooFew(0));
    let stranger = store.return_block(&super::batch("other"), Uuid::now_v7(), USER, 4).await.expect("it works");
    assert_eq!(stranger, None);
}

async fn the_books_close_when_nothing_is_open_and_then_nothing_moves(store: Store) {
    let batch = planned(&store, "books").await;
    let serials = issue(&store, &batch, 0, 10).await;
    store.give_block(&batch, (&line(0), 4), USER, 1).await.expect("given");
    let close = async |good| store.close_books(&batch, good, USER, 9).await.expect("it works");
    let Closed::Open(counts) = close(0).await else { panic!("four codes are with a line") };
    assert_eq!((counts.open, counts.returned), (4, 6), "what no line holds would come back");
    assert_eq!(store.code_count(&batch).await.expect("counted").open, 10, "and nothing has happened");
    let invalid = Invalid { which: Which::Line(line(0)), count: 4, reason: "reel was burnt".to_owned() };
    assert_eq!(store.declare_invalid(&batch, &invalid, USER, 5).await.expect("it works"), Invalidated::Done);
    assert!(matches!(close(3).await, Closed::Differs(_)), "the seal says three good packs");
    assert_eq!(store.books_closed(&batch).await.expect("read"), None);
    let Closed::Done(counts) = close(0).await else { panic!("nothing is open") };
    assert_eq!((counts.invalid, counts.returned, counts.differ()), (4, 6, 0));
    assert_eq!(close(0).await, Closed::Already);
    assert_eq!(store.give_block(&batch, (&line(1), 1), USER, 7).await.expect("it works"), Given::Closed);
    assert_eq!(store.take_block(&batch, &line(1), 7).await.expect("it works"), 0);
    let named = Invalid { which: Which::Named(serials), count: 0, reason: "x".to_owned() };
    assert_eq!(store.declare_invalid(&batch, &named, USER, 7).await.expect("it works"), Invalidated::Closed);
    let acts = store.number_acts(&batch).await.expect("read");
    let told: Vec<_> = acts.iter().map(|act| (act.codes, act.reason.as_str(), act.user.as_str())).collect();
    assert_eq!(told, [(10, "", "u"), (4, "reel was burnt", "u"), (4, "", "u")], "newest first");
}

async fn codes_of_a_line_are_not_taken_back_with_their_import(store: Store) {
    let batch = planned(&store, "L").await;
    let row = CodeRow { gtin: batch.gtin, lot: batch.lot.clone(), serial: serial("mine") };
    let import = new_import(ImportKind::Codes, 7);
    store.keep_import(&import, b"file").await.expect("kept");
    assert!(store.apply_codes(&import, &[(2, row)], 5).await.expect("applied"));
    assert_eq!(store.take_block(&batch, &line(0), 6).await.expect("taken"), 1);
    assert_eq!(store.undo_import(&import).await.expect("asked"), TakenBack::Used);
    assert_eq!(store.code_count(&batch).await.expect("counted").issued, 1);
}

async fn books_do_not_close_while_codes_are_made(store: Store) {
    let batch = planned(&store, "making").await;
    let mut order = new_order(batch.lot.as_str(), 10);
    order.batch = batch.clone();
    store.place_order(&order).await.expect("an order");
    let close = async || store.close_books(&batch, 0, USER, 9).await.expect("it works");
    assert_eq!(close().await, Closed::Making(1), "it waits");
    let claimed = store.claim_order(Uuid::now_v7(), 1, 10).await.expect("it works").expect("an order waits");
    assert_eq!(close().await, Closed::Making(1), "it is made");
    let serials = drawn(0, 10);
    store.store_chunk(&claimed, &serials, 2, 10).await.expect("it works");
    assert!(matches!(close().await, Closed::Done(counts) if counts.returned == 10));
    // An order that comes to closed books all the same makes nothing, and ends.
    let mut late = new_order(batch.lot.as_str(), 10);
    late.batch = batch.clone();
    store.place_order(&late).await.expect("an order");
    let claimed = store.claim_order(Uuid::now_v7(), 20, 30).await.expect("it works").expect("an order waits");
    let stored = store.store_chunk(&claimed, &drawn(10, 10), 21, 30).await.expect("it works");
    assert_eq!(stored, ChunkStored::NotOurs);
    assert_eq!(store.code_count(&batch).await.expect("counted").issued, 10);
    assert!(store.claim_order(Uuid::now_v7(), 99, 100).await.expect("it works").is_none(), "it has ended");
}

async fn a_list_takes_nothing_of_what_a_person_declared(store: Store) {
    let batch = planned(&store, "declared").await;
    let serials = issue(&store, &batch, 0, 3).await;
    assert_eq!(store.take_block(&batch, &line(0), 1).await.expect("taken"), 3);
    let named = vec![serials[0].clone(), serials[1].clone()];
    let invalid = Invalid { which: Which::Named(named), count: 2, reason: "lost".to_owned() };
    assert_eq!(store.declare_invalid(&batch, &invalid, USER, 5).await.expect("it works"), Invalidated::Done);
    let part = ManifestPart {
        batch: batch.clone(),
        member: member(),
        tx: TxId([9; 32]),
        first: 0,
        serials: vec![serials[2].clone()],
        gone: Gone { scrapped: vec![serials[0].clone()], sampled: vec![serials[1].clone()], invalid: Vec::new() },
        line: Some(line(0)),
        count_salt: [8; 16],
        last: true,
    };
    for _ in 0..2 {
        assert_eq!(store.store_manifest_part(&part).await.expect("it works"), StorePart::Stored);
        let counts = store.code_count(&batch).await.expect("counted");
        assert_eq!((counts.invalid, counts.scrapped, counts.sampled, counts.open), (2, 0, 0, 1));
        store.forget_manifest(&batch).await.expect("it works");
        assert_eq!(store.code_count(&batch).await.expect("counted").invalid, 2, "the list alone is forgotten");
    }
}

async fn two_blocks_at_once_share_what_is_free(store: Store) {
    let batch = planned(&store, "at-once").await;
    issue(&store, &batch, 0, 100).await;
    let give = async |at: usize| store.give_block(&batch, (&line(at), 60), USER, 1).await.expect("it works");
    let (one, other) = tokio::join!(give(0), give(1));
    let given = [one, other].into_iter().filter(|given| matches!(given, Given::Block(_))).count();
    assert!(given == 1 && (one == Given::TooFew(40) || other == Given::TooFew(40)), "{one:?}, {other:?}");
    assert_eq!(store.blocks_of(&batch).await.expect("read").iter().map(|block| block.open).collect::<Vec<_>>(), [60]);
}
