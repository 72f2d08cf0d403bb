//! Where a page stands.

use std::hash::{BuildHasherDefault, Hash as StdHash, Hasher};
use tracelight_domain::ids::Hash;

/// Nibbles of a key.
pub(in crate::store) const NIBBLES: usize = 64;

/// The first nibbles of all keys below a page. Sorts by depth, then by key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Path {
    depth: u8,
    /// Zero behind the depth.
    prefix: [u8; 32],
}

impl Path {
    pub const ROOT: Self = Self { depth: 0, prefix: [0; 32] };

    /// The path at this depth, at most [`NIBBLES`], on the way to `key`.
    pub fn of(key: &Hash, depth: usize) -> Self {
        let mut prefix = key.0;
        for (index, byte) in prefix.iter_mut().enumerate().skip(depth / 2) {
            *byte = if index == depth / 2 && depth % 2 == 1 { *byte & 0xf0 } else { 0 };
        }
        Self { depth: u8::try_from(depth.min(NIBBLES)).unwrap_or(u8::MAX), prefix }
    }

    /// Nibbles above the page.
    pub fn depth(&self) -> usize {
        usize::from(self.depth)
    }

    /// Bits above the page.
    pub fn bits(&self) -> usize {
        self.depth() * 4
    }

    /// The page below, of this nibble.
    pub fn child(&self, nibble: usize) -> Self {
        let mut child = *self;
        let nibble = u8::try_from(nibble & 0xf).unwrap_or_default();
        if let Some(byte) = child.prefix.get_mut(self.depth() / 2) {
            *byte |= if self.depth.is_multiple_of(2) { nibble << 4 } else { nibble };
        }
        child.depth += 1;
        child
    }

    /// The nibble of `key` that chooses among this page's slots.
    pub fn nibble(&self, key: &Hash) -> usize {
        let byte = key.0.get(self.depth() / 2).copied().unwrap_or_default();
        usize::from(if self.depth.is_multiple_of(2) { byte >> 4 } else { byte & 0xf })
    }

    /// Whether `key` lies below.
    pub fn leads_to(&self, key: &Hash) -> bool {
        Self::of(key, self.depth()) == *self
    }

    /// Whether the nibble before this page is that of `key`, whose earlier bytes are known to be the path's.
    pub fn ends_like(&self, key: &Hash) -> bool {
        let byte = |of: &[u8; 32]| of.get(self.depth() / 2).copied().unwrap_or_default() & 0xf0;
        self.depth.is_multiple_of(2) || byte(&self.prefix) == byte(&key.0)
    }

    /// Bytes that all keys below share.
    pub fn shared(&self) -> &[u8] {
        self.prefix.get(..self.depth() / 2).unwrap_or_default()
    }

    /// The row's key in the store.
    pub fn row(&self) -> PathRow {
        let mut bytes = [0; 33];
        let (depth, prefix) = bytes.split_at_mut(1);
        depth.copy_from_slice(&[self.depth]);
        prefix.copy_from_slice(&self.prefix);
        PathRow { bytes, length: 1 + self.depth().div_ceil(2) }
    }

    /// The path of a row's key.
    #[cfg(test)]
    pub fn of_row(row: &[u8]) -> Option<Self> {
        let (depth, nibbles) = row.split_first()?;
        let mut prefix = [0; 32];
        prefix.get_mut(..nibbles.len())?.copy_from_slice(nibbles);
        let path = Self::of(&Hash(prefix), usize::from(*depth));
        (path.depth == *depth && path.row().as_ref() == row).then_some(path)
    }
}

/// A path as the key of its row: depth, and the nibbles up to it. A block looks up and writes thousands.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct PathRow {
    bytes: [u8; 33],
    length: usize,
}

impl AsRef<[u8]> for PathRow {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.prefix.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        write!(f, "{}:", self.depth)?;
        digits.take(self.depth()).try_for_each(|nibble| write!(f, "{nibble:x}"))
    }
}

impl std::fmt::Debug for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Path({self})")
    }
}

impl StdHash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (head, _) = self.prefix.split_first_chunk().unwrap_or((&[0; 8], &[]));
        state.write_u64(u64::from_le_bytes(*head) ^ (u64::from(self.depth) << 58));
    }
}

/// Hashes what is random already: paths and keys are pieces of hashes.
#[derive(Clone, Copy, Default)]
pub(in crate::store) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let (head, _) = bytes.split_first_chunk().unwrap_or((&[0; 8], &[]));
        self.write_u64(u64::from_le_bytes(*head));
    }
    fn write_u64(&mut self, value: u64) {
        // The table takes its buckets from the low bits and its tags from the high ones.
        let product = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
    fn write_usize(&mut self, _: usize) {
        // The length prefix of an array of 32 bytes says nothing.
    }
}

/// For maps by [`Path`] or by key hash. Their order is never used.
pub(in crate::store) type MixerBuild = BuildHasherDefault<Mixer>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_down_and_comes_back_from_its_row() {
        let key = Hash(std::array::from_fn(|index| u8::try_from(index * 7 + 0x1d).expect("small")));
        let mut path = Path::ROOT;
        for depth in 0..=NIBBLES {
            assert_eq!(path, Path::of(&key, depth));
            assert!(path.leads_to(&key));
            assert_eq!(Path::of_row(path.row().as_ref()), Some(path));
            assert_eq!(path.row().as_ref().len(), 1 + depth.div_ceil(2));
            if depth < NIBBLES {
                path = path.child(path.nibble(&key));
            }
        }
        assert!(!Path::of(&key, 3).leads_to(&Hash::ZERO) && !Path::of(&key, 3).ends_like(&Hash::ZERO));
        assert!(Path::of(&key, 3).ends_like(&key) && Path::of(&key, 4).ends_like(&key));
        assert_eq!(Path::of_row(&[]), None);
        assert_eq!(Path::of_row(&[1, 0x1f]), None, "bits behind the depth");
        assert_eq!(Path::of_row(&[2]), None, "too short");
        assert_eq!(Path::of_row(&[65; 34]), None, "too deep");
    }
}
