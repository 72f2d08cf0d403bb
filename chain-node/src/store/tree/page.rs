//! A page and its bytes.

use super::path::{NIBBLES, Path};
use super::{BUCKET_MAX, Leaf, Subtree};
use std::sync::Arc;
use tracelight_domain::ids::Hash;
use tracelight_proof::codec::{Canonical as _, DecodeError, Reader};

/// Slots of an inner page.
pub(in crate::store) const SLOTS: usize = 16;
const INNER: u8 = 1;
const BUCKET: u8 = 2;

/// Four binary levels of the tree, or all leaves below. A clone is the same page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Page {
    Inner(Arc<Inner>),
    /// Sorted by key, not empty.
    Bucket(Arc<[Leaf]>),
}

/// The sixteen subtrees of the next nibble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Inner {
    present: u16,
    single: u16,
    hashes: [Hash; SLOTS],
}

impl Inner {
    pub const EMPTY: Self = Self { present: 0, single: 0, hashes: [Hash::ZERO; SLOTS] };

    /// The subtree of a nibble.
    pub fn slot(&self, nibble: usize) -> Subtree {
        let mark = 1u16 << (nibble & 0xf);
        let hash = self.hashes.get(nibble).copied().unwrap_or(Hash::ZERO);
        match (self.present & mark != 0, self.single & mark != 0) {
            (false, _) => Subtree::Empty,
            (true, true) => Subtree::Single(hash),
            (true, false) => Subtree::Many(hash),
        }
    }

    pub fn set(&mut self, nibble: usize, subtree: Subtree) {
        let mark = 1u16 << (nibble & 0xf);
        let flag = |bits: u16, on| if on { bits | mark } else { bits & !mark };
        self.present = flag(self.present, subtree != Subtree::Empty);
        self.single = flag(self.single, matches!(subtree, Subtree::Single(_)));
        if let Some(hash) = self.hashes.get_mut(nibble) {
            *hash = subtree.hash();
        }
    }

    /// Its slots from the leaves' side to its own root: 16, 8, 4, 2 and 1 subtrees.
    pub fn levels(&self) -> [Vec<Subtree>; 5] {
        let mut levels: [Vec<Subtree>; 5] = Default::default();
        let mut below: Vec<Subtree> = (0..SLOTS).map(|nibble| self.slot(nibble)).collect();
        for level in &mut levels {
            let above = below.chunks(2).map(|pair| match pair {
                [left, right] => Subtree::join(*left, *right),
                _ => Subtree::Empty,
            });
            let above = above.collect();
            *level = std::mem::replace(&mut below, above);
        }
        levels
    }

    /// The subtree of all its slots.
    pub fn subtree(&self) -> Subtree {
        let mut row: [Subtree; SLOTS] = std::array::from_fn(|nibble| self.slot(nibble));
        for width in [8, 4, 2, 1] {
            for index in 0..width {
                row[index] = Subtree::join(row[2 * index], row[2 * index + 1]);
            }
        }
        row[0]
    }
}

impl Page {
    /// The subtree that a page at this path holds.
    pub fn subtree(&self, path: &Path) -> Subtree {
        match self {
            Self::Inner(inner) => inner.subtree(),
            Self::Bucket(leaves) => Subtree::of_leaves(leaves, path.bits()),
        }
    }

    pub fn encode(&self, path: &Path) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(path, &mut out);
        out
    }

    /// Appends the page's bytes.
    pub fn write(&self, path: &Path, out: &mut Vec<u8>) {
        match self {
            Self::Inner(inner) => {
                out.push(INNER);
                inner.present.write(out);
                inner.single.write(out);
                for (nibble, hash) in inner.hashes.iter().enumerate() {
                    if inner.slot(nibble) != Subtree::Empty {
                        out.extend_from_slice(&hash.0);
                    }
                }
            }
            Self::Bucket(leaves) => {
                let shared = path.shared().len();
                out.push(BUCKET);
                out.push(u8::try_from(leaves.len()).unwrap_or(u8::MAX));
                for leaf in leaves.iter() {
                    out.extend_from_slice(leaf.key.0.get(shared..).unwrap_or_default());
                    out.extend_from_slice(&leaf.value.0);
                }
            }
        }
    }

    /// Reads the page of this path. Only what [`Page::encode`] writes for a page that can stand there is taken.
    pub fn decode(path: &Path, bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let page = match u8::read(&mut reader)? {
            INNER => Self::Inner(Arc::new(read_inner(&mut reader)?)),
            BUCKET => Self::Bucket(read_bucket(path, &mut reader)?.into()),
            _ => return Err(reader.invalid("page kind", 1)),
        };
        if path.depth() >= NIBBLES && matches!(page, Self::Inner(_)) {
            return Err(reader.invalid("page kind", bytes.len()));
        }
        reader.finish()?;
        Ok(page)
    }
}

fn read_inner(reader: &mut Reader<'_>) -> Result<Inner, DecodeError> {
    let (present, single) = (u16::read(reader)?, u16::read(reader)?);
    if present == 0 || single & !present != 0 {
        return Err(reader.invalid("page slots", 4));
    }
    let mut inner = Inner { present, single, hashes: [Hash::ZERO; SLOTS] };
    for (nibble, hash) in inner.hashes.iter_mut().enumerate() {
        if present & (1 << nibble) != 0 {
            *hash = Hash::read(reader)?;
        }
    }
    Ok(inner)
}

fn read_bucket(path: &Path, reader: &mut Reader<'_>) -> Result<Vec<Leaf>, DecodeError> {
    let count = usize::from(u8::read(reader)?);
    if count == 0 || count > BUCKET_MAX {
        return Err(reader.invalid("leaves of a page", 1));
    }
    let shared = path.shared();
    let mut leaves: Vec<Leaf> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut key = [0; 32];
        let (head, tail) = key.split_at_mut(shared.len());
        head.copy_from_slice(shared);
        tail.copy_from_slice(reader.take(tail.len(), "leaf's key")?);
        let leaf = Leaf { key: Hash(key), value: Hash::read(reader)? };
        let in_order = leaves.last().is_none_or(|before| before.key < leaf.key);
        // All keys share the path's bytes; an odd depth ends inside a byte.
        if !in_order || !path.ends_like(&leaf.key) {
            return Err(reader.invalid("leaf's key", 64 - shared.len()));
        }
        leaves.push(leaf);
    }
    Ok(leaves)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(first: u8, second: u8) -> Leaf {
        let mut key = [7; 32];
        (key[0], key[1]) = (first, second);
        Leaf { key: Hash(key), value: Hash([second; 32]) }
    }

    /// The layout on disk, frozen: another one needs another `FORMAT` and an ADR.
    #[test]
    fn pages_have_golden_bytes() {
        let path = Path::of(&leaf(0xab, 0xc0).key, 3);
        let bucket = Page::Bucket(Arc::new([leaf(0xab, 0xc1), leaf(0xab, 0xc2)]));
        let (sevens, ones, twos) = ("07".repeat(30), "c1".repeat(32), "c2".repeat(32));
        assert_eq!(hex::encode(bucket.encode(&path)), format!("0202c1{sevens}{ones}c2{sevens}{twos}"));
        let mut inner = Inner::EMPTY;
        inner.set(0, Subtree::Single(Hash([1; 32])));
        inner.set(10, Subtree::Many(Hash([2; 32])));
        let inner = Page::Inner(Arc::new(inner));
        assert_eq!(hex::encode(inner.encode(&path)), format!("0104010001{}{}", "01".repeat(32), "02".repeat(32)));
        assert_eq!(path.row().as_ref(), [3, 0xab, 0xc0]);
        for page in [&bucket, &inner] {
            let bytes = page.encode(&path);
            assert_eq!(Page::decode(&path, &bytes).as_ref(), Ok(page));
            for length in 0..bytes.len() {
                assert!(Page::decode(&path, &bytes[..length]).is_err(), "cut to {length}");
            }
            assert!(Page::decode(&path, &[bytes.as_slice(), &[0]].concat()).is_err(), "a byte more");
        }
    }

    #[test]
    fn bytes_that_no_page_has_are_refused() {
        let path = Path::of(&leaf(0xab, 0xc0).key, 3);
        let unsorted = Page::Bucket(Arc::new([leaf(0xab, 0xc2), leaf(0xab, 0xc1)]));
        let elsewhere = Page::Bucket(Arc::new([leaf(0xab, 0xd1)]));
        let many = Page::Bucket((0..=32).map(|i| leaf(0xab, i)).collect());
        for page in [unsorted, elsewhere, many, Page::Bucket(Arc::new([])), Page::Inner(Arc::new(Inner::EMPTY))] {
            assert!(Page::decode(&path, &page.encode(&path)).is_err(), "{page:?}");
        }
        assert!(Page::decode(&path, &[1, 0, 1, 0, 2]).is_err(), "single but not present");
        assert!(Page::decode(&path, &[3]).is_err(), "no kind");
    }

    #[test]
    fn levels_end_in_the_subtree() {
        let mut inner = Inner::EMPTY;
        for nibble in [1, 3, 4, 15] {
            inner.set(nibble, Subtree::Single(Hash([u8::try_from(nibble).expect("small"); 32])));
        }
        let levels = inner.levels();
        assert_eq!(levels.each_ref().map(Vec::len), [16, 8, 4, 2, 1]);
        assert_eq!(levels[4][0], inner.subtree());
    }
}
