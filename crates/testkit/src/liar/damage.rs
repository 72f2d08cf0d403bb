//! Lies that nobody thought of: copies of the true bundles and of their anchor, each with one random change, or with a part of
//! another case at its place. Which part a checker names is its own affair; it must not say what no truth says.

use super::{Court, Lie};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Longest part that is cut out, doubled or taken from elsewhere, in bytes.
const PART_MAX: usize = 160;

impl Court {
    /// So many damaged copies; the same seed gives the same ones. None equals the copy that it was made from.
    #[must_use]
    pub fn damaged(&self, count: usize, seed: u64) -> Vec<Lie> {
        let truths: Vec<_> = self.cases.iter().filter(|case| case.part.is_none()).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut made = Vec::with_capacity(count);
        while made.len() < count {
            let truth = truths[rng.random_range(0..truths.len())];
            let other = &self.cases[rng.random_range(0..self.cases.len())];
            let mut lie = Lie { name: "a damaged copy", ..truth.clone() };
            if rng.random_ratio(1, 8) {
                damage(&mut lie.anchor, &other.anchor, &mut rng);
            } else {
                damage(&mut lie.bundle, &other.bundle, &mut rng);
            }
            if (&lie.bundle, &lie.anchor) != (&truth.bundle, &truth.anchor) {
                made.push(lie);
            }
        }
        made
    }
}

fn damage(bytes: &mut Vec<u8>, other: &[u8], rng: &mut ChaCha8Rng) {
    let at = rng.random_range(0..bytes.len());
    let end = (at + rng.random_range(1..=PART_MAX)).min(bytes.len());
    match rng.random_range(0..6) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = rng.random(),
        2 => drop(bytes.drain(at..end)),
        3 => {
            let part = bytes[at..end].to_vec();
            bytes.splice(at..at, part);
        }
        // At the same place, as a part of the same kind stands; or anywhere.
        4 => {
            let end = end.min(other.len());
            let part = other.get(at..end).unwrap_or_default().to_vec();
            bytes.splice(at..at + part.len(), part);
        }
        _ => {
            // Some liar sends nothing at all.
            let from = rng.random_range(0..other.len().max(1));
            let part = other[from..(from + end - at).min(other.len())].to_vec();
            bytes.splice(at..end, part);
        }
    }
}
