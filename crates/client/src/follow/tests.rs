use super::*;
use crate::testing::{MAKER, TestChain};
use tracelight_api::Base64;
use tracelight_domain::gs1::Gtin;
use tracelight_domain::tx::{Product, ProductKind, TxBody};

fn product(chain: &mut TestChain, item: u64) -> SignedTx {
    let product = Product {
        gtin: Gtin::build(0, "6901234", item).expect("a GTIN of constants"),
        name_en: "Amoxicillin".to_owned(),
        name_zh: String::new(),
        detail: String::new(),
        approval: String::new(),
        hotline: String::new(),
        kind: ProductKind::Medicine,
    };
    chain.sign(MAKER, TxBody::RegisterProduct(product))
}

/// Five blocks: 2 registers a product, 3 tries it again and is refused.
fn chain() -> TestChain {
    let mut chain = TestChain::new();
    chain.block(&[]);
    let first = product(&mut chain, 1);
    assert_eq!(chain.block(&[first]), [None]);
    let again = product(&mut chain, 1);
    assert_eq!(chain.block(&[again]), [Some(Refusal::AlreadyExists)]);
    chain.block(&[]);
    chain.block(&[]);
    chain
}

fn follower(chain: &TestChain) -> VerifiedFollower {
    VerifiedFollower::new(&chain.genesis).expect("a good genesis")
}

fn heights(blocks: &[VerifiedBlock]) -> Vec<Height> {
    blocks.iter().map(|block| block.header.height).collect()
}

#[test]
fn blocks_come_out_in_order_with_their_outcomes_once_a_later_header_states_them() {
    let chain = chain();
    let blocks = chain.blocks_from(1, 10);
    for step in 1..=5 {
        let mut follower = follower(&chain);
        let mut seen = Vec::new();
        for part in blocks.chunks(step) {
            seen.extend(follower.push(part).expect("true blocks"));
        }
        // Block 5 has nothing after it that states its outcomes.
        assert_eq!(heights(&seen), [1, 2, 3, 4], "{step} blocks at a time");
        let outcomes: Vec<_> = seen.iter().flat_map(|block| block.txs.iter().map(|(_, outcome)| *outcome)).collect();
        assert_eq!(outcomes, [None, Some(Refusal::AlreadyExists)]);
        assert_eq!(seen.iter().map(|block| block.events).collect::<Vec<_>>(), [Some(0), Some(1), Some(1), Some(1)]);
    }
}

#[test]
fn a_follower_goes_on_where_it_stood_and_skips_what_it_has_seen() {
    let chain = chain();
    let mut first = follower(&chain);
    first.push(&chain.blocks_from(1, 3)).expect("true blocks");
    assert_eq!((first.position().height, first.next_height()), (2, 4));
    let mut second = VerifiedFollower::resume(&chain.genesis, first.position()).expect("a good genesis");
    assert_eq!(heights(&second.push(&chain.blocks_from(1, 10)).expect("true blocks")), [3, 4]);
}

#[test]
fn a_block_without_a_certificate_waits_for_one_that_links_to_it() {
    let chain = chain();
    let mut blocks = chain.blocks_from(1, 10);
    blocks.iter_mut().take(4).for_each(|block| block.certificate = None);
    let mut follower = follower(&chain);
    let (early, late) = blocks.split_at(4);
    assert_eq!(heights(&follower.push(early).expect("nothing wrong yet")), Vec::<Height>::new());
    assert_eq!(heights(&follower.push(late).expect("true blocks")), [1, 2, 3, 4]);
}

#[test]
fn too_few_signers_and_a_certificate_of_another_block_release_nothing() {
    let chain = chain();
    let mut blocks = chain.blocks_from(1, 3);
    let header = Header::decode(&blocks[2].header.0).expect("our own header");
    blocks[2].certificate = Some(Base64(chain.certify(&header, &[0, 3])));
    let mut checked = follower(&chain);
    let error = checked.push(&blocks).expect_err("two of four are no quorum");
    assert!(matches!(error, FollowError::Certificate { height: 3, source: CertificateError::TooFewSigners { .. } }));
    blocks[2].certificate = blocks[1].certificate.clone();
    let error = checked.push(&blocks).expect_err("it speaks of block 2");
    assert!(matches!(error, FollowError::Certificate { height: 3, source: CertificateError::WrongBlock }));
    assert_eq!(checked.position().height, 0, "a failed call changes nothing");
    assert_eq!(heights(&checked.push(&chain.blocks_from(1, 3)).expect("true blocks")), [1, 2]);
}

#[test]
fn a_changed_outcome_is_found_out() {
    let chain = chain();
    for lie in [vec![1], vec![0]] {
        let mut blocks = chain.blocks_from(1, 10);
        let at = if lie == [0] { 2 } else { 1 };
        blocks[at].outcomes = lie;
        let error = follower(&chain).push(&blocks).expect_err("a lie");
        assert!(matches!(error, FollowError::Outcomes { .. }), "{error}");
    }
    let mut blocks = chain.blocks_from(1, 10);
    blocks[1].outcomes.clear();
    let error = follower(&chain).push(&blocks).expect_err("an outcome is missing");
    assert_eq!(error, FollowError::Mismatch { height: 2, part: "number of outcomes" });
}

#[test]
fn every_changed_byte_of_header_and_body_is_found_out() {
    let chain = chain();
    let truth = chain.blocks_from(1, 10);
    let found = |blocks: &[ChainBlock]| follower(&chain).push(blocks).is_err();
    for at in 0..truth[1].header.0.len() {
        let mut blocks = truth.clone();
        blocks[1].header.0[at] ^= 1;
        assert!(found(&blocks), "byte {at} of the header");
    }
    for at in 0..truth[1].body.0.len() {
        let mut blocks = truth.clone();
        blocks[1].body.0[at] ^= 1;
        assert!(found(&blocks), "byte {at} of the body");
    }
}

#[test]
fn a_gap_and_another_alliance_are_refused() {
    let chain = chain();
    let mut blocks = chain.blocks_from(1, 10);
    blocks.remove(1);
    let error = follower(&chain).push(&blocks).expect_err("block 2 is missing");
    assert_eq!(error, FollowError::Mismatch { height: 2, part: "height" });

    let mut other = chain.genesis.clone();
    other.name = "Somebody else".to_owned();
    let mut stranger = VerifiedFollower::new(&other).expect("a good genesis");
    let error = stranger.push(&chain.blocks_from(1, 2)).expect_err("another alliance");
    assert_eq!(error, FollowError::Mismatch { height: 1, part: "alliance" });
}

/// Epochs of eight blocks; the regulator's validator leaves after block 7 and comes back after block 15.
fn changing() -> TestChain {
    let mut chain = TestChain::new().with_epochs(8);
    for height in 1..=18 {
        match height {
            7 => chain.change_validators(vec![0, 1, 2]),
            15 => chain.change_validators(vec![0, 1, 2, 3]),
            _ => {}
        }
        chain.block(&[]);
    }
    chain
}

#[test]
fn a_follower_goes_along_when_the_validators_change() {
    let chain = changing();
    let blocks = chain.blocks_from(1, 100);
    for step in [1, 3, 7, 8, 18] {
        let mut follower = follower(&chain);
        let mut seen = Vec::new();
        for part in blocks.chunks(step) {
            seen.extend(follower.push(part).expect("true blocks"));
        }
        assert_eq!(heights(&seen), (1..=17).collect::<Vec<_>>(), "{step} blocks at a time");
    }
}

#[test]
fn a_follower_that_goes_on_is_led_to_the_validators_of_its_position() {
    let chain = changing();
    for stop in [3, 8, 9, 17] {
        let mut first = follower(&chain);
        first.push(&chain.blocks_from(1, stop)).expect("true blocks");
        let mut second = VerifiedFollower::resume(&chain.genesis, first.position()).expect("a good genesis");
        second.walk(&chain.steps()).expect("true steps");
        let rest = second.push(&chain.blocks_from(second.next_height(), 100)).expect("true blocks");
        assert_eq!(heights(&rest), (second.position().height + 1 - rest.len() as u64..=17).collect::<Vec<_>>());
        assert_eq!(second.position().height, 17, "resumed at {stop}");
    }
    // Without the steps it takes the genesis's validators for those of its position.
    let mut first = follower(&chain);
    first.push(&chain.blocks_from(1, 10)).expect("true blocks");
    let mut lost = VerifiedFollower::resume(&chain.genesis, first.position()).expect("a good genesis");
    let error = lost.push(&chain.blocks_from(10, 100)).expect_err("other validators");
    assert!(matches!(error, FollowError::Mismatch { part: "validators", .. }), "{error}");
    let mut steps = chain.steps();
    steps.remove(0);
    let late = Position { height: 17, ..first.position() };
    let mut lost = VerifiedFollower::resume(&chain.genesis, late).expect("a good genesis");
    assert!(matches!(lost.walk(&steps), Err(FollowError::Step { height: 15, .. })), "a step is left out");
}

#[test]
fn a_forged_change_of_the_validators_is_refused() {
    let chain = changing();
    let blocks = chain.blocks_from(1, 100);
    let at = 6;
    let refused = |change: &dyn Fn(&mut ChainBlock)| {
        let mut blocks = blocks.clone();
        change(&mut blocks[at]);
        let mut follower = follower(&chain);
        let error = follower.push(&blocks).expect_err("a lie");
        assert_eq!(follower.position().height, 0, "the follower is unchanged");
        error.to_string()
    };
    let error = refused(&|block| block.certificate = None);
    assert!(error.contains("without its certificate"), "{error}");
    let error = refused(&|block| block.next_validators = None);
    assert!(error.contains("keys are not given"), "{error}");
    let error = refused(&|block| {
        block.next_validators.as_mut().expect("given").pop();
    });
    assert!(error.contains("others than it names"), "{error}");
    // Keys of a stranger, named in a header that nobody signed.
    let forge = |block: &mut ChainBlock| {
        let stranger = tracelight_api::Text(PublicKey(blocks_key()));
        let mut header = Header::decode(&block.header.0).expect("a header");
        header.next_validators = validators_hash(&ValidatorSet::new(&[stranger.0.0]).expect("a key"));
        block.header = Base64(header.encode());
        block.next_validators = Some(vec![stranger]);
    };
    let error = refused(&forge);
    assert!(error.contains("block 7"), "{error}");
    // A change in the middle of an epoch, certified or not.
    let mut early = TestChain::new().with_epochs(8);
    early.change_validators(vec![0, 1, 2]);
    early.block(&[]);
    let error = follower(&early).push(&early.blocks_from(1, 1)).expect_err("not the last of an epoch");
    assert!(matches!(error, FollowError::Step { height: 1, .. }), "{error}");
}

fn blocks_key() -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(&[77; 32]).verifying_key().to_bytes()
}
