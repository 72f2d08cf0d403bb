use super::*;
use std::collections::BTreeMap;

/// Every complete subtree, as a store keeps it.
#[derive(Default)]
struct Kept(BTreeMap<Place, Hash>);

impl Nodes for Kept {
    type Error = Place;
    fn node(&self, place: Place) -> Result<Hash, Place> {
        self.0.get(&place).copied().ok_or(place)
    }
}

fn entry(index: u64) -> [u8; 32] {
    let mut entry = [7; 32];
    entry[..8].copy_from_slice(&index.to_be_bytes());
    entry
}

fn log(size: u64) -> (Kept, Frontier) {
    let (mut kept, mut frontier) = (Kept::default(), Frontier::default());
    for index in 0..size {
        kept.0.extend(frontier.append(&entry(index)));
    }
    (kept, frontier)
}

/// MTH of RFC 6962 section 2.1, word for word.
fn reference(entries: &[[u8; 32]]) -> Hash {
    match entries {
        [] => empty_root(),
        [one] => leaf(one),
        more => {
            let mut k = 1;
            while k * 2 < more.len() {
                k *= 2;
            }
            node(&reference(&more[..k]), &reference(&more[k..]))
        }
    }
}

fn head(size: u64) -> LogHead {
    LogHead { size, root: log(size).1.root() }
}

/// Entries and roots of the reference implementation of RFC 6962 (google/certificate-transparency,
/// `merkletree/merkle_tree_test`), repeated in the tests of transparency-dev/merkle.
const VECTORS: [(&[u8], &str); 8] = [
    (&[], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (&[0x00], "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (&[0x10], "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (&[0x20, 0x21], "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (&[0x30, 0x31], "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    (&[0x40, 0x41, 0x42, 0x43], "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    (
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ),
    (
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
];

#[test]
fn roots_are_those_of_the_reference_implementation() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Frontier::default().root().to_string(), empty);
    let mut frontier = Frontier::default();
    for (entry, root) in VECTORS {
        frontier.append(entry);
        assert_eq!(frontier.root().to_string(), root, "{} entries", frontier.size());
    }
}

#[test]
fn proofs_have_the_hashes_of_the_rfcs_example() {
    // RFC 6962 section 2.1.3: seven entries d0..d6, leaves a..f and j.
    let (kept, _) = log(7);
    let place = |level, index| kept.node((level, index)).expect("complete");
    let (a, b, c, d, f, j) = (place(0, 0), place(0, 1), place(0, 2), place(0, 3), place(0, 5), place(0, 6));
    let (g, h, i, k) = (place(1, 0), place(1, 1), place(1, 2), place(2, 0));
    let l = node(&i, &j);
    let inclusion = |index| prove_inclusion(&kept, index, 7).expect("complete").expect("inside");
    assert_eq!(inclusion(0), [b, h, l]);
    assert_eq!(inclusion(3), [c, g, l]);
    assert_eq!(inclusion(4), [f, j, k]);
    assert_eq!(inclusion(6), [i, k]);
    let consistency = |from| prove_consistency(&kept, from, 7).expect("complete").expect("older");
    assert_eq!(consistency(3), [c, d, g, l]);
    assert_eq!(consistency(4), [l]);
    assert_eq!(consistency(6), [i, j, k]);
    assert_eq!(kept.node((0, 0)), Ok(a));
}

#[test]
fn every_size_has_the_root_of_the_definition_and_the_frontier_reads_back() {
    let (kept, _) = log(130);
    for size in 0..=130u64 {
        let entries: Vec<_> = (0..size).map(entry).collect();
        let frontier = log(size).1;
        assert_eq!(frontier.root(), reference(&entries), "{size} entries");
        assert_eq!(root(&kept, size), Ok(frontier.root()), "{size} entries");
        assert_eq!(Frontier::parse(&frontier.to_bytes(), 4096, "log"), Ok(frontier));
    }
}

#[test]
fn inclusion_holds_for_the_entry_and_its_place_only() {
    for size in 1..=34 {
        let (kept, frontier) = log(size);
        let root = frontier.root();
        for index in 0..size {
            let proof = prove_inclusion(&kept, index, size).expect("complete").expect("inside");
            assert!(proof.len() <= PROOF_HASHES_MAX);
            assert_eq!(verify_inclusion(&leaf(&entry(index)), index, size, &proof, &root), Ok(()));
            let wrong = verify_inclusion(&leaf(&entry(index + 1)), index, size, &proof, &root);
            assert_eq!(wrong, Err(LogError::WrongRoot));
            for other in (0..size).filter(|other| *other != index) {
                assert!(verify_inclusion(&leaf(&entry(index)), other, size, &proof, &root).is_err());
            }
            let longer = [proof.as_slice(), &[Hash::ZERO]].concat();
            assert!(matches!(
                verify_inclusion(&leaf(&entry(index)), index, size, &longer, &root),
                Err(LogError::Length { .. })
            ));
            if let Some((_, shorter)) = proof.split_last() {
                assert!(verify_inclusion(&leaf(&entry(index)), index, size, shorter, &root).is_err());
            }
        }
        assert_eq!(prove_inclusion(&kept, size, size), Ok(None));
        assert_eq!(verify_inclusion(&Hash::ZERO, size, size, &[], &root), Err(LogError::Beyond { asked: size, size }));
    }
}

#[test]
fn consistency_holds_between_any_two_sizes_and_for_no_other_log() {
    let size_max = 34;
    let (kept, _) = log(size_max);
    for to in 0..=size_max {
        for from in 0..=to {
            let proof = prove_consistency(&kept, from, to).expect("complete").expect("older");
            assert!(proof.len() <= PROOF_HASHES_MAX);
            assert_eq!(verify_consistency(&head(from), &head(to), &proof), Ok(()), "{from} to {to}");
            let forged = LogHead { size: from, root: Hash([9; 32]) };
            assert!(verify_consistency(&forged, &head(to), &proof).is_err(), "{from} to {to}");
            for at in 0..proof.len() {
                let mut changed = proof.clone();
                changed[at].0[5] ^= 1;
                assert_eq!(verify_consistency(&head(from), &head(to), &changed), Err(LogError::WrongRoot));
            }
            let longer = [proof.as_slice(), &[Hash::ZERO]].concat();
            assert!(verify_consistency(&head(from), &head(to), &longer).is_err());
            assert!(to == from || verify_consistency(&head(to), &head(from), &proof).is_err());
        }
    }
    assert_eq!(prove_consistency(&kept, 3, 2), Ok(None));
}

#[test]
fn the_largest_sizes_do_not_overflow() {
    let heads = |old, new| (LogHead { size: old, root: Hash([1; 32]) }, LogHead { size: new, root: Hash([2; 32]) });
    for (old, new) in [(1, u64::MAX), (u64::MAX - 1, u64::MAX), (u64::MAX, u64::MAX), (1 << 63, u64::MAX)] {
        let (old, new) = heads(old, new);
        for count in 0..=70 {
            assert!(verify_consistency(&old, &new, &vec![Hash::ZERO; count]).is_err());
            assert!(
                verify_inclusion(&Hash::ZERO, old.size - 1, new.size, &vec![Hash::ZERO; count], &new.root).is_err()
            );
        }
    }
}
