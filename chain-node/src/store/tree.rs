//! The authenticated state: a compact binary Merkle tree over the hashed keys (`tracelight_proof::state_proof` specifies the
//! hashes), kept in pages of four binary levels each. The root is a function of the content alone, and so are the pages.
//!
//! ```text
//! tree_pages   depth u8 | the first depth nibbles of the keys below, zero-filled to a byte   ─►  page
//! page      =  01 | present u16 | single u16 | 32 bytes a present slot      inner: more than BUCKET_MAX leaves below
//!           |  02 | count u8 | (rest of the key | value hash 32)*           bucket: all 1 to BUCKET_MAX leaves below, by key
//! ```
//! A slot of an inner page is the subtree of one more nibble: its bit in `present` says that it has a leaf, its bit in `single`
//! that it has exactly one, and its 32 bytes are its hash. Every present slot has a page of its own. The rest of a key begins
//! with the byte in which the page's depth ends.
//!
//! An update goes down once for all keys of a block, in their order: level by level the pages that are not in memory are read
//! together, then each page is rewritten once. With ten million random keys a bucket holds ten leaves at depth 5, and what
//! lies above it is in memory: a key costs one read and one write of some 600 bytes.
//!
//! **Invariant:** nothing here writes; [`Change`] says what to write. No page is changed in place.

pub(super) mod build;
pub(super) mod page;
pub(super) mod path;
mod prove;
#[cfg(test)]
mod reference;
mod update;

pub(super) use page::Page;
pub(super) use path::Path;
pub(super) use prove::prove;
pub(super) use tracelight_proof::state_proof::{Leaf, Subtree, bit};
pub(super) use update::{Change, Changed, update};

use tracelight_domain::ids::Hash;

/// Leaves of one bucket. At ten million keys buckets hold ten on average, and one in 10^9 overflows; from forty million on
/// they are split in sixteen.
pub(super) const BUCKET_MAX: usize = 32;

/// What the tree is told of one key: the hash of its new value, or that it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub key: Hash,
    pub value: Option<Hash>,
}

/// Where pages come from.
pub(super) trait Pages {
    type Error;

    /// The page, if it is known without a read: `Some(None)` is known to be absent.
    fn known(&self, path: &Path) -> Option<Option<Page>>;

    /// Reads pages, given in ascending order.
    fn read(&self, paths: &[Path]) -> Result<Vec<Option<Page>>, Self::Error>;

    /// The error for a page that its parent names and that is not there, or contradicts its parent.
    fn wrong(&self, path: &Path) -> Self::Error;
}
