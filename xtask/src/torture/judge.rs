//! Compares the chain with what the devices sent.

use super::plant::{CASE_UNITS, LINES, OrderPlan, PALLET_CASES, Plant, REJECTS};
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tracelight_api::rest::line::Manifest;
use tracelight_client::chain::NodeClient;
use tracelight_client::follow::{VerifiedBlock, VerifiedFollower};
use tracelight_domain::gs1::{Lot, Serial, Sscc};
use tracelight_domain::ids::{Hash, Height, TxId};
use tracelight_domain::tx::{Content, TxBody};
use tracelight_proof::commitments::{unit_leaf, unit_salt};
use tracelight_proof::genesis::Genesis;
use tracelight_proof::merkle;
use tracelight_proof::signed::tx_id;

/// Blocks asked for at once.
const BLOCKS: usize = 200;
/// How long a node that was stopped may take to have the next block.
const CATCH_UP_MAX: Duration = Duration::from_secs(30);

/// What came of it.
#[derive(Debug, Default)]
pub struct Verdict {
    pub sent: u64,
    pub settled: u64,
    pub lost: u64,
    pub doubled: u64,
    pub reordered: u64,
    pub published_twice: u64,
    pub refused_full: u64,
}

/// What the chain holds of the lines, in its order.
#[derive(Debug, Default)]
struct OnChain {
    /// Lot, root, good packs, rejected ones, transaction.
    seals: Vec<(Lot, Hash, u64, u64, TxId)>,
    /// Case, root, transaction.
    cases: Vec<(Sscc, Hash, TxId)>,
    pallets: Vec<(Sscc, Vec<Sscc>)>,
    refused: u64,
}

pub async fn compare(plant: &Plant) -> anyhow::Result<Verdict> {
    let chain = read(plant).await?;
    let lists = plant.office.lists();
    let mut verdict = Verdict::default();
    told_by_devices(plant, &mut verdict)?;
    ensure!(chain.refused == 0, "{} transactions of the gateway were refused", chain.refused);
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); LINES];
    for order in &plant.orders {
        let place = judge_order(plant, order, &chain, &lists, &mut verdict)?;
        places[order.line].extend(place);
    }
    verdict.doubled += chain.seals.len().saturating_sub(plant.orders.len()) as u64;
    // Orders of a line stand on the chain as they were played.
    verdict.reordered += places.iter().map(|line| descents(line)).sum::<u64>();
    Ok(verdict)
}

/// What the devices say of themselves, and the gateway's own count of what it refused.
fn told_by_devices(plant: &Plant, verdict: &mut Verdict) -> anyhow::Result<()> {
    let folder = plant.data().parent().context("a folder")?.to_owned();
    for line in 0..LINES {
        let text = std::fs::read_to_string(folder.join(format!("device-{line}.log")))?;
        for summary in text.lines().filter(|line| line.starts_with('{')) {
            let summary: Value = serde_json::from_str(summary)?;
            verdict.sent += summary["readings"].as_u64().context("readings")?;
            verdict.published_twice += summary["published_twice"].as_u64().unwrap_or(0);
            verdict.refused_full += summary["acks"]["refused.spool_full"].as_u64().unwrap_or(0);
        }
    }
    Ok(())
}

async fn read(plant: &Plant) -> anyhow::Result<OnChain> {
    let nodes = NodeClient::with_access(plant.alliance.access()?)?;
    let genesis = Genesis::parse_checked(&std::fs::read(plant.alliance.genesis())?)?;
    let mut follower = VerifiedFollower::new(&genesis)?;
    let top = top(plant).await?;
    let mut chain = OnChain::default();
    let (mut moved, mut told) = (Instant::now(), 0);
    // The outcomes of a block are stated by one after it: that the block is here does not say what became of its transactions.
    while told < top {
        let blocks = nodes.blocks(follower.next_height(), BLOCKS, 1_000).await?.blocks;
        if !blocks.is_empty() {
            moved = Instant::now();
        }
        let next = follower.next_height();
        ensure!(moved.elapsed() < CATCH_UP_MAX, "no node gives block {next} of {top}");
        let released = follower.push(&blocks)?;
        told = released.last().map_or(told, |block| block.position.height);
        released.iter().for_each(|block| chain.take(block));
    }
    Ok(chain)
}

/// The height of the node that is furthest on: what is final is known to a quorum, and the others, which were stopped, may be behind.
async fn top(plant: &Plant) -> anyhow::Result<Height> {
    let mut top = 0;
    for access in plant.alliance.access()? {
        top = top.max(NodeClient::with_access(vec![access])?.status().await?.height);
    }
    Ok(top)
}

impl OnChain {
    fn take(&mut self, block: &VerifiedBlock) {
        for (signed, refusal) in &block.txs {
            if refusal.is_some() {
                self.refused += 1;
                continue;
            }
            match &signed.tx.body {
                TxBody::SealBatch(seal) => {
                    let id = tx_id(&signed.tx);
                    self.seals.push((seal.batch.lot.clone(), seal.tree_root, seal.unit_count, seal.rejected, id));
                }
                TxBody::Pack { parent, content: Content::Units { root, .. } } => {
                    self.cases.push((*parent, *root, tx_id(&signed.tx)));
                }
                TxBody::Pack { parent, content: Content::Cases(cases) } => self.pallets.push((*parent, cases.clone())),
                _ => {}
            }
        }
    }
}

/// Judges one order; returns the place of its seal on the chain.
fn judge_order(
    plant: &Plant,
    order: &OrderPlan,
    chain: &OnChain,
    lists: &[Manifest],
    verdict: &mut Verdict,
) -> anyhow::Result<Option<usize>> {
    let lot = Lot::parse(&order.lot)?;
    let leaf = |serial: &Serial| unit_leaf(plant.gtin, &lot, serial, &unit_salt(&plant.secret, serial));
    let (good, rejected) = order.serials.split_at(order.serials.len() - REJECTS);
    let cases = good.len().div_ceil(CASE_UNITS) as u64;
    let pallets = cases.div_ceil(PALLET_CASES as u64);
    let mut seals = chain.seals.iter().enumerate().filter(|(_, (sealed, ..))| *sealed == lot);
    let Some((place, (_, root, count, gone, id))) = seals.next() else {
        // Nothing of the order is final.
        verdict.lost += good.len() as u64 * 2 + rejected.len() as u64 + 2 + 2 * cases + pallets;
        return Ok(None);
    };
    verdict.doubled += seals.count() as u64;
    let (serials, listed_gone) = batch_list(lists, &order.lot, *id)?;
    let proven = merkle::root(serials.iter().map(leaf).collect()) == *root && serials.len() as u64 == *count;
    ensure!(proven, "the list of {lot} does not hash to its root");
    ensure!(*gone == listed_gone.len() as u64, "the seal of {lot} says {gone} rejected, the list {listed_gone:?}");
    // Open, close, and each commission.
    verdict.settled += 2;
    compare_lists(good, &serials, verdict);
    compare_sets(rejected, &listed_gone, verdict);
    judge_cases(order, good, (cases, pallets), leaf, chain, lists, verdict)?;
    Ok(Some(place))
}

type Leaf<'a> = &'a dyn Fn(&Serial) -> Hash;

fn judge_cases(
    order: &OrderPlan,
    good: &[Serial],
    (cases, pallets): (u64, u64),
    leaf: impl Fn(&Serial) -> Hash,
    chain: &OnChain,
    lists: &[Manifest],
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let leaf: Leaf<'_> = &leaf;
    // Which case lists are of this order, and where their cases stand on the chain.
    let mut of_order: Vec<(usize, Sscc, Vec<Serial>)> = Vec::new();
    for list in lists {
        let Manifest::Case { sscc, tx_id, units, .. } = list else { continue };
        if units.first().is_none_or(|(lot, _)| *lot != order.lot) {
            continue;
        }
        let sscc = Sscc::parse(sscc)?;
        let id = TxId::parse_hex(tx_id).context("an id")?;
        let on_chain: Vec<usize> = (0..chain.cases.len()).filter(|at| chain.cases[*at].0 == sscc).collect();
        let [at] = on_chain.as_slice() else {
            verdict.doubled += on_chain.len().saturating_sub(1) as u64;
            continue;
        };
        let serials = units.iter().map(|(_, serial)| Ok(Serial::parse(serial)?)).collect::<anyhow::Result<Vec<_>>>()?;
        let root = merkle::root(serials.iter().map(leaf).collect());
        ensure!(
            (root, id) == (chain.cases[*at].1, chain.cases[*at].2),
            "the list of case {sscc} does not hash to its root"
        );
        of_order.push((*at, sscc, serials));
    }
    of_order.sort_by_key(|(at, ..)| *at);
    let packed: Vec<Serial> = of_order.iter().flat_map(|(.., serials)| serials.clone()).collect();
    compare_lists(good, &packed, verdict);
    let found = of_order.len() as u64;
    verdict.settled += found.min(cases);
    verdict.lost += cases.saturating_sub(found);
    verdict.doubled += found.saturating_sub(cases);
    let labels: Vec<Sscc> = of_order.iter().map(|(_, sscc, _)| *sscc).collect();
    let on_pallets: Vec<&(Sscc, Vec<Sscc>)> =
        chain.pallets.iter().filter(|(_, inside)| inside.iter().any(|case| labels.contains(case))).collect();
    let stacked: Vec<Sscc> = on_pallets.iter().flat_map(|(_, inside)| inside.clone()).collect();
    compare_lists(&labels, &stacked, verdict);
    let found = on_pallets.len() as u64;
    verdict.settled += found.min(pallets);
    verdict.lost += pallets.saturating_sub(found);
    verdict.doubled += found.saturating_sub(pallets);
    Ok(())
}

/// The parts of a batch's list, joined; they have to join without a gap.
fn batch_list(lists: &[Manifest], wanted: &str, id: TxId) -> anyhow::Result<(Vec<Serial>, Vec<Serial>)> {
    let (mut serials, mut gone) = (Vec::new(), Vec::new());
    for list in lists {
        let Manifest::Batch { lot, tx_id, first, serials: part, rejected, .. } = list else { continue };
        if lot != wanted {
            continue;
        }
        ensure!(*tx_id == id.to_string(), "the list of {lot} names another transaction");
        ensure!(*first == serials.len() as u64, "the parts of the list of {lot} do not join");
        for text in part {
            serials.push(Serial::parse(text)?);
        }
        for text in rejected {
            gone.push(Serial::parse(text)?);
        }
    }
    Ok((serials, gone))
}

/// Every one of `sent` once in `found`, in the same order.
fn compare_lists<T: Ord + Clone>(sent: &[T], found: &[T], verdict: &mut Verdict) {
    let place: BTreeMap<&T, usize> = sent.iter().zip(0..).collect();
    let mut times: BTreeMap<&T, u64> = BTreeMap::new();
    for one in found {
        *times.entry(one).or_default() += 1;
    }
    let there = sent.iter().filter(|one| times.contains_key(one)).count() as u64;
    verdict.settled += there;
    verdict.lost += sent.len() as u64 - there;
    verdict.doubled += times.values().map(|times| times - 1).sum::<u64>();
    verdict.doubled += times.keys().filter(|one| !place.contains_key(**one)).count() as u64;
    let places: Vec<usize> = found.iter().filter_map(|one| place.get(one).copied()).collect();
    verdict.reordered += descents(&places);
}

fn compare_sets(sent: &[Serial], found: &[Serial], verdict: &mut Verdict) {
    let mut sorted = found.to_vec();
    sorted.sort();
    let mut expected = sent.to_vec();
    expected.sort();
    compare_lists(&expected, &sorted, verdict);
}

/// How often a place is before the one that came before it.
fn descents(places: &[usize]) -> u64 {
    places.windows(2).filter(|pair| pair[0] > pair[1]).count() as u64
}
