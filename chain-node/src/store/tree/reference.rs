//! The tree by its definition, over a sorted map: what the pages have to agree with.

use super::path::MixerBuild;
use super::prove::Found;
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use tracelight_domain::state::ObjectId;
use tracelight_proof::state_proof::{EMPTY, leaf_hash, node_hash};

/// Pages in memory, read one by one.
#[derive(Clone, Default)]
struct Memory(HashMap<Path, Page, MixerBuild>);

#[derive(Debug, PartialEq, Eq)]
struct Wrong(String);

impl Pages for Memory {
    type Error = Wrong;

    fn known(&self, path: &Path) -> Option<Option<Page>> {
        // Half of the pages count as cached.
        path.depth().is_multiple_of(2).then(|| self.0.get(path).cloned())
    }

    fn read(&self, paths: &[Path]) -> Result<Vec<Option<Page>>, Wrong> {
        assert!(paths.is_sorted_by(|a, b| a < b), "reads are in order");
        let decoded = |path: &Path| {
            let page = self.0.get(path)?;
            Some(Page::decode(path, &page.encode(path)).expect("its own bytes"))
        };
        Ok(paths.iter().map(decoded).collect())
    }

    fn wrong(&self, path: &Path) -> Wrong {
        Wrong(path.to_string())
    }
}

impl Memory {
    fn write(&mut self, writes: &BTreeMap<Hash, Option<Hash>>) -> Hash {
        let writes: Vec<Write> = writes.iter().map(|(key, value)| Write { key: *key, value: *value }).collect();
        let change = update(self, &writes).expect("no page is wrong");
        assert!(change.pages.is_sorted_by(|a, b| a.path < b.path), "each page once");
        for changed in change.pages {
            assert_eq!(self.0.get(&changed.path), changed.before.as_ref());
            match changed.after {
                Some(page) => drop(self.0.insert(changed.path, page)),
                None => drop(self.0.remove(&changed.path)),
            }
        }
        change.root.hash()
    }
}

/// The definition, word for word.
fn root(leaves: &[(Hash, Hash)], bits: usize) -> Hash {
    match leaves {
        [] => EMPTY,
        [(key, value)] => leaf_hash(key, value),
        more => {
            let (left, right): (Vec<_>, Vec<_>) = more.iter().partition(|(key, _)| !bit(key, bits));
            node_hash(&root(&left, bits + 1), &root(&right, bits + 1))
        }
    }
}

fn found(leaves: &[(Hash, Hash)], key: &Hash) -> Found {
    let (mut here, mut siblings) = (leaves.to_vec(), Vec::new());
    while here.len() > 1 {
        let bits = siblings.len();
        let (mine, other): (Vec<_>, Vec<_>) = here.iter().partition(|(at, _)| bit(at, bits) == bit(key, bits));
        siblings.push((!other.is_empty()).then(|| root(&other, bits + 1)));
        here = mine;
    }
    siblings.reverse();
    Found { leaf: here.first().map(|(key, value)| Leaf { key: *key, value: *value }), siblings }
}

/// Keys of few different nibbles, so that long prefixes are shared: a random key, cut off somewhere by a constant.
fn key() -> impl Strategy<Value = Hash> {
    let shared = prop::sample::select(vec![0usize, 0, 0, 1, 2, 5, 31]);
    (any::<[u8; 32]>(), shared, 0..4u8).prop_map(|(random, shared, fill)| {
        Hash(std::array::from_fn(|index| if index < shared { fill * 0x55 } else { random[index] }))
    })
}

fn small_key() -> impl Strategy<Value = Hash> {
    (0..400u16).prop_map(|number| Hash(*blake3_like(number)))
}

/// Few enough keys that they are overwritten and removed again.
fn blake3_like(number: u16) -> Box<[u8; 32]> {
    let mut name = [0; 32];
    name[..2].copy_from_slice(&number.to_be_bytes());
    let id = ObjectId::Log(tracelight_domain::gs1::Gln::build("6901234", 1).expect("a number"), Hash(name));
    Box::new(tracelight_proof::state_proof::state_key(&id).0)
}

fn blocks() -> impl Strategy<Value = Vec<BTreeMap<Hash, Option<Hash>>>> {
    let value = prop_oneof![4 => any::<[u8; 32]>().prop_map(|bytes| Some(Hash(bytes))), 3 => Just(None)];
    let any_key = prop_oneof![key(), small_key()];
    prop::collection::vec(prop::collection::btree_map(any_key, value, 0..120), 1..8)
}

/// The first key for which the tree with this page in place of its own proves something else, or names another page.
fn lie(sound: &Memory, root: Hash, keys: impl IntoIterator<Item = Hash>, path: &Path, damaged: Page) -> Option<Hash> {
    let mut tree = sound.clone();
    tree.0.insert(*path, damaged);
    keys.into_iter().find(|key| match prove(&tree, root, key) {
        Ok(found) => Ok(found) != prove(sound, root, key),
        Err(Wrong(named)) => named != path.to_string(),
    })
}

/// The two bits of each slot, which the page's hash does not always cover. Few keys, so that slots are empty or have one
/// leaf; more, so that all have some; and so many that inner pages stand below inner ones.
#[test]
fn no_flag_of_an_inner_page_is_taken_on_trust() {
    for (count, least) in [(40, 8), (400, 16), (900, 16 * 16)] {
        let mut tree = Memory::default();
        let keys: Vec<Hash> = (0..count).map(|number| Hash(*blake3_like(number))).collect();
        let root = tree.write(&keys.iter().map(|key| (*key, Some(*key))).collect());
        let mut flags = 0;
        for (path, page) in tree.0.iter().filter(|(_, page)| matches!(page, Page::Inner(_))) {
            let bytes = page.encode(path);
            for bit in 8..8 * 5 {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let Ok(damaged) = Page::decode(path, &flipped) else { continue };
                let below = keys.iter().copied().filter(|key| path.leads_to(key));
                assert_eq!(lie(&tree, root, below, path, damaged), None, "bit {bit} of page {path}");
                flags += 1;
            }
        }
        assert!(flags >= least, "of {count} keys only {flags} flags could be flipped");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn pages_agree_with_the_definition(blocks in blocks(), absent in prop::collection::vec(key(), 8)) {
        let mut content: BTreeMap<Hash, Hash> = BTreeMap::new();
        let mut tree = Memory::default();
        for block in &blocks {
            for (key, value) in block {
                match value {
                    Some(value) => drop(content.insert(*key, *value)),
                    None => drop(content.remove(key)),
                }
            }
            let leaves: Vec<(Hash, Hash)> = content.iter().map(|(key, value)| (*key, *value)).collect();
            let root = root(&leaves, 0);
            prop_assert_eq!(tree.write(block), root);
            for key in block.keys().chain(&absent) {
                prop_assert_eq!(prove(&tree, root, key), Ok(found(&leaves, key)));
            }
            // A tree built at once has the same pages: they are a function of the content.
            let mut built = HashMap::with_hasher(MixerBuild::default());
            let sorted = leaves.iter().map(|(key, value)| Ok::<_, Infallible>(Leaf { key: *key, value: *value }));
            let subtree = build::build(sorted, |path, page| {
                assert!(built.insert(*path, page.clone()).is_none(), "each page once");
                Ok(())
            });
            prop_assert_eq!(subtree.map(Subtree::hash), Ok(root));
            prop_assert!(built == tree.0);
        }
    }

    #[test]
    fn a_damaged_page_is_named_and_never_proves_anything(
        keys in prop::collection::btree_set(small_key(), 40..200), at in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(),
    ) {
        let mut tree = Memory::default();
        let root = tree.write(&keys.iter().map(|key| (*key, Some(*key))).collect());
        let mut paths: Vec<Path> = tree.0.keys().copied().collect();
        paths.sort();
        let path = paths[at.index(paths.len())];
        let mut bytes = tree.0[&path].encode(&path);
        let bit = flip.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(page) = Page::decode(&path, &bytes) else { return Ok(()) };
        prop_assert_eq!(lie(&tree, root, keys.iter().copied(), &path, page), None);
    }
}
