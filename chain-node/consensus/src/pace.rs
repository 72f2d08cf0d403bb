//! Who keeps pace, and when a view is not worth waiting for.
//!
//! A leader may wait for transactions, so the leader timeout is longer than a heartbeat: long enough that one validator with a
//! slow disk, leading each n-th view, sets the pace of all. Its *votes* say sooner that it is slow: it casts one in every view,
//! busy or quiet, with the same disk and the same network. So each node looks, for itself, at how long after a view's end each
//! validator's first vote in it arrives:
//!
//! ```text
//! a view    begins for a node when its first vote (the leader's, with the proposal) is here, and ends with its certificate
//! patience  PATIENCE_TIMES the median time from the one to the other, within PATIENCE_MIN and PATIENCE_MAX
//! lagging   no vote by then, in more than half of the newest VIEWS_JUDGED views that are old enough to be judged
//! ```
//! A node gives up a view (votes to skip it) before the leader timeout
//!
//! * as soon as it enters it, when its leader lags, has not proposed, and the others that keep pace are a quorum without it;
//! * when more validators than may be faulty have voted to skip it: then it cannot be notarized any more, unless somebody lies.
//!
//! The first rule alone skips at most as many validators as may be faulty. Votes to skip are always safe, and this changes
//! only when they are cast: a node that judges differently costs at most what the leader would have cost anyway. Who catches
//! up with its votes leads again, without a trial. Nothing here is agreed on, written down, or told to anybody.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

/// How much longer than the quorum a validator may need.
const PATIENCE_TIMES: u32 = 4;
/// On one fast machine a quorum needs a few milliseconds; the pauses of a scheduler are no reason to pass anybody over.
const PATIENCE_MIN: Duration = Duration::from_millis(40);
/// On the worst links a quorum needs half a second.
const PATIENCE_MAX: Duration = Duration::from_millis(500);
/// Views that are looked at. Two rounds of four validators.
const VIEWS_JUDGED: usize = 8;
/// With fewer nobody is judged.
const VIEWS_JUDGED_MIN: usize = 4;
/// Views remembered: those judged, and those that are too young for it. Worst case memory: 64 * 64 votes * 24 bytes = 100 KB.
const VIEWS_KEPT: usize = 64;

/// One view, as this node saw it.
#[derive(Debug, Default)]
struct View {
    /// Its certificate came.
    ended: Option<SystemTime>,
    /// When each validator's first vote in it came.
    votes: BTreeMap<usize, SystemTime>,
    /// Who voted to skip it.
    against: Vec<usize>,
}

impl View {
    fn begun(&self) -> Option<SystemTime> {
        self.votes.values().min().copied()
    }

    /// How long the quorum needed.
    fn took(&self) -> Option<Duration> {
        let (begun, ended) = (self.begun()?, self.ended?);
        Some(ended.duration_since(begun).unwrap_or_default())
    }
}

/// What a node that votes saw of the other validators in one epoch. Validators go by their number.
#[derive(Debug)]
pub(crate) struct Pace {
    validators: usize,
    quorum: usize,
    own: usize,
    views: BTreeMap<u64, View>,
    current: u64,
}

impl Pace {
    pub fn new(validators: usize, quorum: usize, own: usize) -> Self {
        Self { validators, quorum, own, views: BTreeMap::new(), current: 1 }
    }

    /// The view that the node is in.
    pub const fn current(&self) -> u64 {
        self.current
    }

    /// A vote for something came.
    pub fn voted(&mut self, view: u64, validator: usize, now: SystemTime) {
        self.view(view).votes.entry(validator).or_insert(now);
    }

    /// A vote to skip came.
    pub fn voted_to_skip(&mut self, view: u64, validator: usize, now: SystemTime) {
        self.voted(view, validator, now);
        let against = &mut self.view(view).against;
        if !against.contains(&validator) {
            against.push(validator);
        }
    }

    /// A certificate that ends a view came.
    pub fn ended(&mut self, view: u64, now: SystemTime) {
        self.view(view).ended.get_or_insert(now);
        self.current = self.current.max(view.saturating_add(1));
        while self.views.len() > VIEWS_KEPT {
            self.views.pop_first();
        }
    }

    fn view(&mut self, view: u64) -> &mut View {
        self.views.entry(view).or_default()
    }

    /// Is the view that the node is in not worth waiting for?
    pub fn is_hopeless(&self, leader: usize, now: SystemTime) -> bool {
        let view = self.views.get(&self.current);
        let against = view.map_or(0, |view| view.against.iter().filter(|validator| **validator != self.own).count());
        if against > self.validators.saturating_sub(self.quorum) {
            return true;
        }
        let proposed = view.is_some_and(|view| view.votes.contains_key(&leader));
        let lagging = self.lagging(now);
        !proposed && lagging.contains(&leader) && self.validators - lagging.len() >= self.quorum
    }

    /// The validators that lag, ascending.
    pub fn lagging(&self, now: SystemTime) -> Vec<usize> {
        let patience = self.patience();
        let old_enough = |view: &&View| {
            let due = view.ended.and_then(|ended| ended.checked_add(patience));
            due.is_some_and(|due| due <= now)
        };
        let judged: Vec<&View> = self.views.values().rev().filter(old_enough).take(VIEWS_JUDGED).collect();
        if judged.len() < VIEWS_JUDGED_MIN {
            return Vec::new();
        }
        let in_time = |view: &View, validator: &usize| {
            let due = view.ended.and_then(|ended| ended.checked_add(patience));
            view.votes.get(validator).is_some_and(|came| due.is_some_and(|due| *came <= due))
        };
        let lags = |validator: &usize| {
            let late = judged.iter().filter(|view| !in_time(view, validator)).count();
            *validator != self.own && 2 * late > judged.len()
        };
        (0..self.validators).filter(lags).collect()
    }

    fn patience(&self) -> Duration {
        let mut took: Vec<Duration> = self.views.values().rev().filter_map(View::took).take(VIEWS_JUDGED).collect();
        took.sort_unstable();
        let median = took.get(took.len() / 2).copied().unwrap_or(PATIENCE_MAX);
        (median * PATIENCE_TIMES).clamp(PATIENCE_MIN, PATIENCE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000 + ms)
    }

    /// Four validators, this one is 0; the leader of view v is v % 4.
    struct Run {
        pace: Pace,
        now_ms: u64,
    }

    impl Run {
        fn new() -> Self {
            Self { pace: Pace::new(4, 3, 0), now_ms: 0 }
        }

        /// Views of which each takes a quorum `took` ms; each validator's votes come so long after a view's end.
        fn views(&mut self, count: u64, every: u64, took: u64, late: [Option<u64>; 4]) {
            for _ in 0..count {
                let (view, begun) = (self.pace.current(), self.now_ms);
                self.pace.voted(view, (view % 3) as usize, at(begun));
                let ended = begun + took;
                self.pace.ended(view, at(ended));
                for (validator, late) in late.into_iter().enumerate() {
                    if let Some(late) = late {
                        self.pace.voted(view, validator, at(ended + late));
                    }
                }
                self.now_ms += every;
            }
        }

        fn lagging(&self) -> Vec<usize> {
            self.pace.lagging(at(self.now_ms))
        }

        fn is_hopeless(&self, leader: usize) -> bool {
            self.pace.is_hopeless(leader, at(self.now_ms))
        }
    }

    const GOOD: [Option<u64>; 4] = [Some(0); 4];

    #[test]
    fn who_votes_late_or_never_is_passed_over_while_the_others_are_a_quorum() {
        for late in [Some(200), None] {
            let mut run = Run::new();
            run.views(3, 20, 10, [Some(0), Some(0), Some(0), late]);
            assert!(!run.is_hopeless(3), "too few views to judge anybody");
            run.views(9, 20, 10, [Some(0), Some(0), Some(0), late]);
            assert_eq!(run.lagging(), [3]);
            assert!(run.is_hopeless(3));
            assert!(!run.is_hopeless(1) && !run.is_hopeless(2));
            // With another one gone, its votes are needed.
            run.views(12, 20, 10, [Some(0), None, Some(0), late]);
            assert_eq!(run.lagging(), [1, 3]);
            assert!(!run.is_hopeless(3) && !run.is_hopeless(1));
            // It catches up and leads again.
            run.views(12, 20, 10, GOOD);
            assert_eq!(run.lagging(), Vec::<usize>::new());
            assert!(!run.is_hopeless(3));
        }
    }

    #[test]
    fn patience_grows_with_what_a_quorum_needs_and_has_bounds() {
        // Far apart: the quorum itself needs 100 ms, so 200 ms more are no reason.
        let mut far = Run::new();
        far.views(12, 300, 100, [Some(0), Some(0), Some(0), Some(200)]);
        assert_eq!(far.lagging(), Vec::<usize>::new());
        // A quiet chain: one view a second, the same lateness counts.
        let mut quiet = Run::new();
        quiet.views(12, 1_000, 10, [Some(0), Some(0), Some(0), Some(200)]);
        assert_eq!(quiet.lagging(), [3]);
        // On one machine everybody is late by a pause of the scheduler now and then.
        let mut near = Run::new();
        near.views(12, 100, 1, [Some(0), Some(30), Some(30), Some(35)]);
        assert_eq!(near.lagging(), Vec::<usize>::new());
        let mut slow = Run::new();
        slow.views(12, 5_000, 2_000, [Some(0), Some(0), Some(0), Some(600)]);
        assert_eq!(slow.lagging(), [3], "patience ends somewhere");
    }

    #[test]
    fn late_now_and_then_is_forgiven() {
        let mut run = Run::new();
        for _ in 0..6 {
            run.views(1, 100, 10, [Some(0), Some(0), Some(0), None]);
            run.views(1, 100, 10, GOOD);
        }
        assert_eq!(run.lagging(), Vec::<usize>::new());
    }

    #[test]
    fn a_leader_that_has_proposed_is_not_given_up_over_its_past() {
        let mut run = Run::new();
        run.views(12, 20, 10, [Some(0), Some(0), Some(0), None]);
        assert!(run.is_hopeless(3));
        run.pace.voted(run.pace.current(), 3, at(run.now_ms));
        assert!(!run.is_hopeless(3));
    }

    #[test]
    fn what_more_than_the_faulty_skip_is_skipped() {
        let mut run = Run::new();
        let view = run.pace.current();
        run.pace.voted_to_skip(view, 0, at(0));
        run.pace.voted_to_skip(view, 1, at(0));
        run.pace.voted_to_skip(view, 1, at(1));
        run.pace.voted_to_skip(view + 1, 2, at(1));
        assert!(!run.is_hopeless(3), "one other and oneself may both be wrong");
        run.pace.voted_to_skip(view, 2, at(2));
        assert!(run.is_hopeless(3));
        run.pace.ended(view, at(3));
        assert!(!run.is_hopeless(0), "that was the view before");
    }

    #[test]
    fn a_clock_that_is_set_back_passes_nobody_over() {
        let mut run = Run::new();
        run.now_ms = 900_000;
        run.views(12, 100, 10, GOOD);
        run.now_ms = 0;
        run.views(3, 100, 10, GOOD);
        assert_eq!(run.lagging(), Vec::<usize>::new());
        assert!(run.pace.views.len() <= VIEWS_KEPT);
    }
}
