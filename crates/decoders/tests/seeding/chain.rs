//! What travels between validators, nodes, witnesses and phones.

use crate::Seeds;
use std::path::Path;
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY, REGULATOR, TestChain};
use tracelight_decoders::checker::verifier::verify_bundle;
use tracelight_decoders::engine::block::Block;
use tracelight_decoders::follow::follower::VerifiedFollower;
use tracelight_decoders::{checker, follow};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::tx::{Product, ProductKind, SignedTx, TxBody};
use tracelight_proof::block::Header;
use tracelight_proof::bundle::Bundle;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::log::LogHead;
use tracelight_proof::note::{AddCheckpoint, Checkpoint, Cosigner, Note, certification_line};
use tracelight_testkit::alliance::{
    AS_OF_MS, COSIGNED_S, anchor, batch, bundle_over, cosign, genesis, gtin, log, public, state, unit,
};
use tracelight_testkit::snapshot::{Files, snapshot as small_snapshot};

/// The golden bytes, each under the target that reads it.
pub fn golden(seeds: &mut Seeds) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/formats.txt");
    let golden = std::fs::read_to_string(file).expect("the golden bytes");
    for line in golden.lines() {
        let (name, hex) = line.split_once(' ').expect("a name and bytes");
        let target = match name.split('/').next() {
            Some("tx") => "transaction",
            Some("state" | "event" | "state_proof") => "state_proof",
            Some("genesis" | "anchor") => "genesis",
            Some("header" | "body") => "block",
            Some("certificate") => "certificate",
            Some("certified") => "certified",
            Some("bundle") => "bundle",
            Some("checkpoint" | "log_frontier" | "verdict_receipt") => "note",
            // Hashes and leaves: nobody decodes them.
            _ => continue,
        };
        let short = name.trim_start_matches("tx/").replace('/', "-");
        seeds.insert((target, short), hex::decode(hex).expect("hex"));
    }
}

/// A checkpoint that two witnesses have cosigned, and a request to one.
pub fn notes(seeds: &mut Seeds) {
    let chain = genesis().chain_id();
    let head = LogHead { size: 11, root: log(10).root() };
    let text = Checkpoint { chain, head }.text();
    let origin = Checkpoint { chain, head }.origin();
    let mut signatures = vec![certification_line(&origin, vec![7; 40])];
    for (number, name) in [(21, "consumers.example"), (22, "lab.example")] {
        let key = public(number);
        let cosigned = cosign(number - 21, chain, head, COSIGNED_S);
        signatures.push(Cosigner { name, key: &key }.line(COSIGNED_S, &cosigned.signature));
    }
    let note = Note { text, signatures };
    let proof = vec![log(4).root(), log(6).root()];
    assert_eq!(Note::parse(note.encode().as_bytes()).as_ref(), Ok(&note));
    seeds.insert(("note", "cosigned".into()), note.encode().into_bytes());
    seeds.insert(("note", "request".into()), AddCheckpoint { old_size: 7, proof, note }.encode().into_bytes());
}

fn product(chain: &mut TestChain, item: u64) -> SignedTx {
    let product = Product {
        gtin: Gtin::build(0, "6901234", item).expect("a GTIN of constants"),
        name_en: "Amoxicillin".to_owned(),
        name_zh: "阿莫西林".to_owned(),
        detail: String::new(),
        approval: String::new(),
        hotline: String::new(),
        kind: ProductKind::Medicine,
    };
    chain.sign(MAKER, TxBody::RegisterProduct(product))
}

/// A chain with a transaction that was applied and one that was refused, and one whose validators change.
pub fn chains() -> [(&'static str, TestChain); 2] {
    let mut quiet = TestChain::new();
    quiet.block(&[]);
    for _ in 0..2 {
        let tx = product(&mut quiet, 1);
        quiet.block(&[tx]);
    }
    quiet.block(&[]);
    quiet.block(&[]);
    let mut epochs = TestChain::new().with_epochs(8);
    for height in 1..=10 {
        if height == 7 {
            epochs.change_validators(vec![CARRIER, PHARMACY, REGULATOR]);
        }
        epochs.block(&[]);
    }
    [("blocks", quiet), ("epochs", epochs)]
}

/// Blocks for the engine and for followers.
pub fn blocks(seeds: &mut Seeds) {
    for (name, chain) in chains() {
        let blocks = chain.blocks_from(1, 16);
        let mut follower = VerifiedFollower::new(&chain.genesis).expect("a good genesis");
        let released = follower.push(&blocks).expect("true blocks").len();
        assert_eq!(released, blocks.len() - 1, "{name}: all but the newest are released");
        seeds.insert(("follow", name.into()), follow::input(&chain.genesis.to_bytes(), &blocks));
    }
    let [(_, chain), _] = chains();
    for block in chain.blocks_from(1, 2) {
        let height = Header::decode(&block.header.0).expect("a header").height;
        let length = u16::try_from(block.header.0.len()).expect("a short header").to_be_bytes();
        let seed = [length.as_slice(), &block.header.0, &block.body.0].concat();
        let read = Block { header: block.header.0.into(), body: block.body.0.into() };
        assert_eq!((read.height(), read.check(4096)), (height, Ok(())));
        seeds.insert(("engine", format!("block-{height}")), seed);
    }
}

/// Bundles as the phone gets them: with their anchor, and with the anchor apart.
pub fn checker(seeds: &mut Seeds) {
    let code = format!("/01/{}/10/{}/21/{}", gtin(), batch().lot, unit(2).serial);
    let chain = genesis().chain_id().to_string();
    let now = AS_OF_MS as f64;
    for (name, recalled) in [("sold", false), ("recalled", true)] {
        let whole = bundle_over(&state(recalled), 2);
        let apart = Bundle { anchor: None, ..whole.clone() };
        let empty = Vec::new();
        for (form, bundle, anchor) in [("whole", whole, empty), ("apart", apart, anchor().to_bytes())] {
            let bytes = bundle.to_bytes();
            let answer = verify_bundle(&bytes, &anchor, &chain, &code, now);
            assert!(answer.contains("\"ok\":true"), "{answer}");
            seeds.insert(("checker", format!("{name}-{form}")), checker::input(now, &code, &anchor, &bytes));
        }
    }
}

/// The files of the fixed alliance's snapshot, but for empty parts.
pub fn snapshot(seeds: &mut Seeds) {
    let files = small_snapshot();
    seeds.insert(("snapshot", "manifest".into()), files.manifest.to_bytes());
    for (number, part) in files.parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        seeds.insert(("snapshot", format!("part-{number:03}")), Files::file(part));
    }
    seeds.insert(("snapshot", "blocks".into()), Files::file(&files.blocks));
    seeds.insert(("snapshot", "validators".into()), Files::file(&files.validators));
    seeds.insert(("snapshot", "nonces".into()), Files::file(&files.nonces));
}
