//! Which lots belong to a graph. Breadth first, each lot read once, so that loops end and the nearest lots come in first when a
//! bound is met.

use super::{Bounds, Direction, Sight};
use crate::gs1::Date;
use crate::ids::{BatchId, MemberId, TxId};
use crate::tx::RecallClass;
use std::collections::{BTreeMap, BTreeSet};

/// A lot as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotRead {
    /// Who makes it.
    pub maker: MemberId,
    /// Product name in English and Chinese.
    pub product: (String, String),
    /// AI 11.
    pub made_on: Date,
    /// AI 17.
    pub expires_on: Date,
    /// The gravest recall in force.
    pub recalled: Option<RecallClass>,
    /// Packs that were sealed; `None` before the seal.
    pub sealed: Option<u64>,
    /// The transaction that made it: its registration, or the transformation.
    pub made_by: TxId,
    /// Lots that went into it.
    pub made_from: Vec<BatchId>,
    /// Lots that it went into.
    pub made_into: Vec<BatchId>,
    /// Transactions whose event in the history of this lot or of its lineage was withdrawn.
    pub withdrawn: BTreeSet<TxId>,
}

/// A lot of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Product and lot.
    pub id: BatchId,
    /// Steps from the lot that was asked for; below zero towards what it was made from. One that lies both ways is told forward.
    pub distance: i32,
    /// What is known of it; `None` when a lineage names a lot that is not registered.
    pub lot: Option<LotRead>,
    /// Everything is told of it.
    pub in_full: bool,
}

/// One lot was made into another. Both are places in [`Walked::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// What went in.
    pub from: usize,
    /// What came out.
    pub to: usize,
}

/// Where a walk came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walked {
    /// By distance, then by name.
    pub nodes: Vec<Node>,
    /// Every link between two of the nodes that is named by one of which everything is told. Ascending.
    pub links: Vec<Link>,
    /// Where a bound was met: place of the lot, and how many lots linked to it are not here.
    pub cut: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Forward,
    Back,
}

/// Steps to a lot, by way.
#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    forward: Option<u32>,
    back: Option<u32>,
}

impl Reached {
    fn by(&mut self, way: Way) -> &mut Option<u32> {
        match way {
            Way::Forward => &mut self.forward,
            Way::Back => &mut self.back,
        }
    }

    fn distance(self) -> i32 {
        let steps = |steps: u32| i32::try_from(steps).unwrap_or(i32::MAX);
        match (self.forward, self.back) {
            (Some(forward), _) => steps(forward),
            (None, Some(back)) => -steps(back),
            (None, None) => 0,
        }
    }
}

/// A step that is still to be taken.
#[derive(Clone, Debug)]
struct Step {
    /// From where; `None` for the first.
    near: Option<BatchId>,
    far: BatchId,
    way: Way,
}

/// A walk under way.
///
/// ```text
/// while let Some(wanted) = walk.wanted() { walk.take(wanted, read(wanted)) }    at most steps_max + 1 times
/// walk.finish()
/// ```
#[derive(Debug)]
pub struct Walk {
    asked: BatchId,
    sight: Sight,
    bounds: Bounds,
    depth: u32,
    read: BTreeMap<BatchId, Option<LotRead>>,
    reached: BTreeMap<BatchId, Reached>,
    steps: Vec<Step>,
    cut: BTreeMap<BatchId, BTreeSet<BatchId>>,
}

impl Walk {
    /// Begins at a lot.
    #[must_use]
    pub fn new(asked: BatchId, direction: Direction, sight: Sight, bounds: Bounds) -> Self {
        let ways: &[Way] = match direction {
            Direction::Forward => &[Way::Forward],
            Direction::Back => &[Way::Back],
            Direction::Both => &[Way::Forward, Way::Back],
        };
        let steps = ways.iter().map(|way| Step { near: None, far: asked.clone(), way: *way }).collect();
        let (read, reached, cut) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { asked, sight, bounds, depth: 0, read, reached, steps, cut }
    }

    /// The lots of the next level that have to be read for [`Walk::take`], none of them twice; `None` at the end. Steps beyond a
    /// bound are cut here.
    pub fn wanted(&mut self) -> Option<Vec<BatchId>> {
        if self.steps.is_empty() {
            return None;
        }
        let too_far = self.depth > self.bounds.steps_max;
        let mut wanted = BTreeSet::new();
        for step in std::mem::take(&mut self.steps) {
            let is_known = self.read.contains_key(&step.far) || wanted.contains(&step.far);
            let is_full = self.read.len().saturating_add(wanted.len()) >= self.bounds.lots_max;
            if too_far || (!is_known && is_full) {
                if let Some(near) = step.near {
                    self.cut.entry(near).or_default().insert(step.far);
                }
                continue;
            }
            if !is_known {
                wanted.insert(step.far.clone());
            }
            self.steps.push(step);
        }
        Some(wanted.into_iter().collect())
    }

    /// Takes what was read of the lots that were wanted, and goes on. What is not in `found` is not registered.
    pub fn take(&mut self, wanted: Vec<BatchId>, mut found: BTreeMap<BatchId, LotRead>) {
        for id in wanted {
            let lot = found.remove(&id);
            self.read.insert(id, lot);
        }
        for step in std::mem::take(&mut self.steps) {
            if !self.is_withdrawn(&step) {
                self.enter(&step);
            }
        }
        self.depth = self.depth.saturating_add(1);
    }

    fn enter(&mut self, step: &Step) {
        let place = self.reached.entry(step.far.clone()).or_default().by(step.way);
        if place.is_some() {
            return;
        }
        *place = Some(self.depth);
        let Some(lot) = told(&self.read, self.sight, &step.far) else { return };
        let next = match step.way {
            Way::Forward => &lot.made_into,
            Way::Back => &lot.made_from,
        };
        let steps = next.iter().map(|far| Step { near: Some(step.far.clone()), far: far.clone(), way: step.way });
        self.steps.extend(steps);
    }

    fn is_withdrawn(&self, step: &Step) -> bool {
        let Some(near) = &step.near else { return false };
        match step.way {
            Way::Forward => is_withdrawn(&self.read, near, &step.far),
            Way::Back => is_withdrawn(&self.read, &step.far, near),
        }
    }

    /// The graph; `None` when the lot that was asked for is not registered, or is not told to whoever asks.
    #[must_use]
    pub fn finish(self) -> Option<Walked> {
        told(&self.read, self.sight, &self.asked)?;
        let mut order: Vec<(i32, BatchId)> =
            self.reached.iter().map(|(id, reached)| (reached.distance(), id.clone())).collect();
        order.sort();
        let places: BTreeMap<BatchId, usize> = order.iter().zip(0..).map(|((_, id), at)| (id.clone(), at)).collect();
        let links = self.links(&places);
        let cut = self.cut.iter().filter_map(|(near, far)| {
            let left_out = far.iter().filter(|far| !places.contains_key(*far)).count();
            Some((*places.get(near)?, left_out)).filter(|(_, left_out)| *left_out > 0)
        });
        let cut = cut.collect();
        let (mut read, sight) = (self.read, self.sight);
        let nodes = order.into_iter().map(|(distance, id)| {
            let lot = read.remove(&id).flatten();
            let in_full = lot.as_ref().is_some_and(|lot| sight.tells(lot.maker));
            Node { id, distance, lot, in_full }
        });
        Some(Walked { nodes: nodes.collect(), links, cut })
    }

    fn links(&self, places: &BTreeMap<BatchId, usize>) -> Vec<Link> {
        let mut links = BTreeSet::new();
        for id in places.keys() {
            let Some(lot) = told(&self.read, self.sight, id) else { continue };
            let into = lot.made_into.iter().map(|other| (id, other));
            let from = lot.made_from.iter().map(|other| (other, id));
            for (from, to) in into.chain(from) {
                if let (Some(at), Some(goes)) = (places.get(from), places.get(to))
                    && !is_withdrawn(&self.read, from, to)
                {
                    links.insert(Link { from: *at, to: *goes });
                }
            }
        }
        links.into_iter().collect()
    }
}

/// A lot of which everything is told.
fn told<'a>(read: &'a BTreeMap<BatchId, Option<LotRead>>, sight: Sight, id: &BatchId) -> Option<&'a LotRead> {
    read.get(id)?.as_ref().filter(|lot| sight.tells(lot.maker))
}

/// Was the making of `to` from `from` declared an error, on either side?
fn is_withdrawn(read: &BTreeMap<BatchId, Option<LotRead>>, from: &BatchId, to: &BatchId) -> bool {
    let lot = |id: &BatchId| read.get(id).and_then(Option::as_ref);
    let Some(made) = lot(to) else { return false };
    made.withdrawn.contains(&made.made_by) || lot(from).is_some_and(|used| used.withdrawn.contains(&made.made_by))
}
