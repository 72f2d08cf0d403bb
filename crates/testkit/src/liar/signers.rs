//! Lies about who signed: headers, certificates, changes of the validators, cosignatures.

use super::*;

pub(super) fn headers(stage: &mut Stage) {
    const SIGNATURE: &str = "the signature of validator";
    stage.lie("another root of the state", Part::Certificate, SIGNATURE, |_, b| b.header.state_root.0[3] ^= 1);
    stage.lie("a later time", Part::Certificate, SIGNATURE, |_, b| b.header.time_ms += 60_000);
    stage.lie("another height", Part::Certificate, SIGNATURE, |_, b| b.header.height += 1);
    stage.lie("another log", Part::Certificate, SIGNATURE, |_, b| {
        b.header.log_root.0[3] ^= 1;
        b.cosigned = None;
    });
    stage.lie("another parent", Part::Certificate, SIGNATURE, |_, b| b.header.parent = Hash::ZERO);
    stage.lie("the transactions of the block are hidden", Part::Certificate, SIGNATURE, |_, b| b.header.content = None);
    stage.lie("a header that speaks of itself", Part::Header, "comes after it", |_, b| {
        b.header.executed = b.header.height
    });
    stage.lie(
        "a header of before the last change of validators",
        Part::Header,
        "older than the last change",
        |_, b| {
            (b.header.height, b.header.executed) = (599, 598);
        },
    );
    stage.lie("a block of tomorrow", Part::Freshness, "in the future", |journey, b| {
        resign(journey, b, |header| header.time_ms = NOW_MS + 86_400_000);
    });
    stage.lie("another set decides from here on", Part::Certificate, SIGNATURE, |_, b| {
        b.header.next_validators = Some(Hash([5; 32]));
    });
}

/// A header that the whole quorum signs: what only faulty validators could make.
fn resign(journey: &Journey, bundle: &mut Bundle, change: impl FnOnce(&mut Header)) {
    let mut header = journey.header.clone();
    change(&mut header);
    let certificate = certify(&header, &journey.keys, &quorum(&journey.keys));
    bundle.header = ShortHeader::of(&header);
    bundle.certificate = ShortCertificate::of(&certificate).expect("a certificate");
}

fn sign_with(journey: &Journey, bundle: &mut Bundle, keys: &[SigningKey], signers: &[usize]) {
    let certificate = certify(&journey.header, keys, signers);
    bundle.certificate = ShortCertificate::of(&certificate).expect("a certificate");
}

pub(super) fn signatures(stage: &mut Stage) {
    const SIGNATURE: &str = "the signature of validator";
    stage.lie("too few signatures", Part::Certificate, "are needed", |journey, b| {
        sign_with(journey, b, &journey.keys, &[0, 1]);
    });
    stage.lie("no signature", Part::Certificate, "are needed", |journey, b| sign_with(journey, b, &journey.keys, &[]));
    stage.lie("one signature for two validators", Part::Certificate, SIGNATURE, |_, b| {
        b.certificate.signatures[1] = b.certificate.signatures[0];
    });
    stage.lie("a stranger's signature", Part::Certificate, SIGNATURE, |journey, b| {
        let mut keys = journey.keys.clone();
        keys[0] = validator_key(900);
        sign_with(journey, b, &keys, &quorum(&keys));
    });
    stage.lie("only strangers", Part::Certificate, SIGNATURE, |journey, b| {
        let keys: Vec<SigningKey> = (0..journey.keys.len()).map(|number| validator_key(900 + number)).collect();
        sign_with(journey, b, &keys, &quorum(&keys));
    });
    stage.lie("signatures under other numbers", Part::Certificate, SIGNATURE, |_, b| {
        b.certificate.signatures.swap(0, 1)
    });
    stage.lie("a signer who is none", Part::Certificate, "", |_, b| {
        b.certificate.signers[0] = 0x80 | (b.certificate.signers[0] & (b.certificate.signers[0] - 1));
    });
    stage.lie("signatures of another block", Part::Certificate, SIGNATURE, |journey, b| {
        let mut header = journey.header.clone();
        header.outcomes = Hash([3; 32]);
        let certificate = certify(&header, &journey.keys, &quorum(&journey.keys));
        b.certificate = ShortCertificate::of(&certificate).expect("a certificate");
    });
    stage.lie("signatures of a vote of another view", Part::Certificate, SIGNATURE, |_, b| b.certificate.view += 1);
    stage.lie("signatures of a vote of another epoch", Part::Certificate, SIGNATURE, |_, b| b.certificate.epoch += 1);
    stage.lie("signatures for another alliance", Part::Certificate, SIGNATURE, |journey, b| {
        let header = Header { chain: ChainId([9; 32]), ..journey.header.clone() };
        let certificate = certify(&header, &journey.keys, &quorum(&journey.keys));
        b.certificate = ShortCertificate::of(&certificate).expect("a certificate");
    });
    stage.lie("a certificate for another number of validators", Part::Certificate, "", |journey, b| {
        let mut keys = journey.keys.clone();
        keys.extend((0..12).map(|number| validator_key(900 + number)));
        sign_with(journey, b, &keys, &[0, 1, 2, 3]);
    });
}

fn set_of(keys: &[SigningKey]) -> ValidatorSet {
    ValidatorSet::new(&keys.iter().map(|key| key.verifying_key().to_bytes()).collect::<Vec<_>>()).expect("keys")
}

pub(super) fn validators(stage: &mut Stage) {
    let signature = "step 1: the signature of validator";
    stage.anchored("a change of validators is skipped", Part::Steps, "step 1", |anchor| drop(anchor.steps.remove(0)));
    stage.anchored("the last change of validators is left out", Part::Certificate, "", |anchor| {
        drop(anchor.steps.pop())
    });
    stage.anchored("changes of validators in another order", Part::Steps, "step 1", |anchor| anchor.steps.swap(0, 1));
    stage.anchored("a change of validators twice", Part::Steps, "step 2: block 599 is not", |anchor| {
        let again = anchor.steps[0].clone();
        anchor.steps.insert(1, again);
    });
    stage.anchored("another key joins", Part::Steps, signature, |anchor| {
        anchor.steps[0].join = vec![PublicKey(validator_key(900).verifying_key().to_bytes())];
    });
    stage.anchored("another validator leaves", Part::Steps, signature, |anchor| anchor.steps[0].leave = vec![2]);
    stage.anchored("a change signed by too few", Part::Steps, "are needed", |anchor| {
        let certificate = &mut anchor.steps[0].certificate;
        certificate.signatures.pop();
        certificate.signers[0] &= 0x03;
    });
    stage.anchored("a change in the middle of an epoch", Part::Steps, "is not the last", |anchor| {
        anchor.steps[1].header.height -= 1;
    });
    stage.anchored("a change that changes nobody", Part::Steps, "changes nobody", |anchor| {
        (anchor.steps[1].join, anchor.steps[1].leave) = (Vec::new(), Vec::new());
    });
    stage.anchored("a key joins that is there already", Part::Steps, "same key", |anchor| {
        let known = validator_key(2).verifying_key().to_bytes();
        (anchor.steps[0].leave, anchor.steps[0].join) = (Vec::new(), vec![PublicKey(known)]);
    });
    stage.anchored("a change to a key that accepts forgeries", Part::Steps, "small order", |anchor| {
        anchor.steps[0].join = vec![PublicKey([0; 32])];
    });
    stage.anchored("a change that a stranger signed", Part::Steps, signature, |anchor| {
        anchor.steps[0] = coup(anchor);
    });
    stage.anchored("a last change that the liar made", Part::Steps, "step 3", |anchor| {
        anchor.steps.push(later_coup(anchor));
    });
    stage.anchored("validators swapped in the genesis", Part::Genesis, "another alliance", |anchor| {
        let mut genesis = Genesis::parse_checked(&anchor.genesis).expect("ours");
        genesis.members[0].validator = PublicKey(validator_key(900).verifying_key().to_bytes());
        anchor.genesis = genesis.to_bytes();
    });
    stage.anchored("another name of a member", Part::Genesis, "another alliance", |anchor| {
        let mut genesis = Genesis::parse_checked(&anchor.genesis).expect("ours");
        genesis.members[1].name_en = "Trusty Logistics".into();
        anchor.genesis = genesis.to_bytes();
    });
    stage.anchored("another alliance altogether", Part::Genesis, "another alliance", |anchor| {
        *anchor = Journey::new(Plan { height: 1_300, others: 2, witnesses: 1, ..Plan::SMALL }).anchor();
    });
    stage.anchored("no genesis", Part::Genesis, "not a genesis", |anchor| anchor.genesis.clear());
}

/// The first change, to the liar's keys, signed by the liar's keys.
fn coup(anchor: &Anchor) -> Step {
    let genesis = Genesis::parse_checked(&anchor.genesis).expect("ours");
    let old = genesis.validators().expect("a set");
    let mut keys: Vec<SigningKey> = (0..old.len()).map(|number| validator_key(900 + number)).collect();
    keys.sort_by_key(|key| key.verifying_key().to_bytes());
    let next = set_of(&keys);
    let mut header = anchor.steps[0].header.expand(genesis.chain_id(), validators_hash(&old));
    header.next_validators = validators_hash(&next);
    let certificate = certify(&header, &keys, &quorum(&keys));
    Step::new(&header, &certificate, &old, &next).expect("a certificate")
}

/// One more change after the true ones.
fn later_coup(anchor: &Anchor) -> Step {
    let mut step = anchor.steps[1].clone();
    step.header.height += u64::from(crate::journey::EPOCH_BLOCKS);
    (step.leave, step.join) = (vec![0], vec![PublicKey(validator_key(900).verifying_key().to_bytes())]);
    step
}

fn cosignatures(bundle: &mut Bundle) -> &mut Vec<Cosignature> {
    &mut bundle.cosigned.as_mut().expect("witnessed").cosignatures
}

pub(super) fn witnesses(stage: &mut Stage) {
    const OWN: &str = "is not its own, or of another checkpoint";
    stage.lie("a cosignature of another checkpoint", Part::Witness, OWN, |journey, b| {
        let (head, _) = journey.log.older(2_000);
        cosignatures(b)[0] = journey.cosign(0, head, NOW_MS / 1000);
    });
    stage.lie("a cosignature of another history", Part::Witness, OWN, |journey, b| {
        let head = LogHead { root: Hash([6; 32]), ..journey.log.head() };
        cosignatures(b)[1] = journey.cosign(1, head, NOW_MS / 1000);
    });
    stage.lie("a witness that the alliance does not have", Part::Witness, "no witness number 7", |journey, b| {
        let mut strange = journey.cosign(7, journey.log.head(), NOW_MS / 1000);
        strange.witness = 7;
        cosignatures(b)[1] = strange;
    });
    stage.lie("the witness's name with another key", Part::Witness, OWN, |journey, b| {
        let mut forged = journey.cosign(1, journey.log.head(), NOW_MS / 1000);
        forged.witness = 0;
        cosignatures(b)[0] = forged;
    });
    stage.lie("one witness counted twice", Part::Witness, "named twice", |_, b| {
        let again = cosignatures(b)[0];
        cosignatures(b)[1] = again;
    });
    stage.lie("a cosignature dated today", Part::Witness, OWN, |_, b| cosignatures(b)[0].time_s += 60);
    stage.lie("a cosignature of tomorrow", Part::Witness, "in the future", |journey, b| {
        cosignatures(b)[0] = journey.cosign(0, journey.log.head(), NOW_MS / 1000 + 86_400);
    });
    stage.lie("a certificate's key as a witness's", Part::Witness, OWN, |journey, b| {
        use ed25519_dalek::Signer as _;
        cosignatures(b)[0].signature = journey.keys[0].sign(b"checkpoint").to_bytes();
    });
    let older = |journey: &Journey, size: u64| {
        let (head, proof) = journey.log.older(size);
        let entries_fewer = journey.log.head().size - size;
        let cosignatures = vec![journey.cosign(0, head, NOW_MS / 1000 - 60)];
        Cosigned { older: Some(OlderLog { entries_fewer, root: head.root, proof }), cosignatures }
    };
    const CONTINUES: &str = "does not continue the cosigned one";
    stage.lie("an older log that was another", Part::Witness, CONTINUES, |journey, b| {
        let mut cosigned = older(journey, 2_000);
        let root = Hash([6; 32]);
        let head = LogHead { size: 2_000, root };
        cosigned.cosignatures = vec![journey.cosign(0, head, NOW_MS / 1000 - 60)];
        cosigned.older.as_mut().expect("older").root = root;
        b.cosigned = Some(cosigned);
    });
    stage.lie("an older log of another length", Part::Witness, CONTINUES, |journey, b| {
        let mut cosigned = older(journey, 2_000);
        cosigned.older.as_mut().expect("older").entries_fewer -= 1;
        b.cosigned = Some(cosigned);
    });
    stage.lie("an older log without the proof", Part::Witness, CONTINUES, |journey, b| {
        let mut cosigned = older(journey, 2_000);
        cosigned.older.as_mut().expect("older").proof.clear();
        b.cosigned = Some(cosigned);
    });
    stage.lie("a longer log than the header's", Part::Witness, "not older than the header's", |journey, b| {
        let mut cosigned = older(journey, 2_000);
        cosigned.older.as_mut().expect("older").entries_fewer = 1 << 40;
        b.cosigned = Some(cosigned);
    });
    stage.lie("witnesses without a signature", Part::Witness, "or none is", |_, b| cosignatures(b).clear());
}
