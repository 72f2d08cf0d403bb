//! Certificates made here by hand from the layout in the module comment. That the layout is also the engine's is shown
//! by `chain-node/consensus/tests/certificates.rs`, against the engine itself.

use super::*;
use ed25519_dalek::{Signer as _, SigningKey};

const NAMESPACE: &[u8] = b"tracelight/consensus/v1/test";
const BLOCK: [u8; 32] = [0x5a; 32];

fn signing_keys(count: u8) -> Vec<SigningKey> {
    let mut keys: Vec<_> = (1..=count).map(|seed| SigningKey::from_bytes(&[seed; 32])).collect();
    keys.sort_by_key(|key| key.verifying_key().to_bytes());
    keys
}

fn validator_set(keys: &[SigningKey]) -> ValidatorSet {
    let public: Vec<_> = keys.iter().map(|key| key.verifying_key().to_bytes()).collect();
    ValidatorSet::new(&public).expect("keys of distinct seeds")
}

/// Epoch 0, view 300 (varint `ac 02`), parent view 299 (`ab 02`).
fn proposal() -> Vec<u8> {
    let mut bytes = vec![0x00, 0xac, 0x02, 0xab, 0x02];
    bytes.extend_from_slice(&BLOCK);
    bytes
}

fn certificate(keys: &[SigningKey], signers: &[usize]) -> Vec<u8> {
    let mut message = vec![u8::try_from(NAMESPACE.len() + 9).expect("short namespace")];
    message.extend_from_slice(NAMESPACE);
    message.extend_from_slice(b"_FINALIZE");
    message.extend_from_slice(&proposal());
    let mut bytes = proposal();
    bytes.extend_from_slice(&(keys.len() as u64).to_be_bytes());
    let mut bitmap = vec![0u8; keys.len().div_ceil(8)];
    for signer in signers {
        bitmap[signer / 8] |= 1 << (signer % 8);
    }
    bytes.extend_from_slice(&bitmap);
    bytes.push(u8::try_from(signers.len()).expect("few signers"));
    for signer in signers {
        bytes.extend_from_slice(&keys[*signer].sign(&message).to_bytes());
    }
    bytes
}

#[track_caller]
fn check(bytes: &[u8], validators: &ValidatorSet, expected: Result<&[usize], CertificateError>) {
    let verdict = Certificate::parse(bytes, validators).and_then(|it| it.verify(NAMESPACE, validators, &BLOCK));
    assert_eq!(verdict.as_ref().map(SignerIndices::as_slice).map_err(|error| *error), expected);
}

#[test]
fn a_quorum_makes_a_block_final() {
    let keys = signing_keys(4);
    let validators = validator_set(&keys);
    let bytes = certificate(&keys, &[0, 1, 3]);
    assert_eq!(bytes.len(), 239, "5 + 32 of proposal, 9 of bitmap, 1 of count, 3 * 64 of signatures");
    check(&bytes, &validators, Ok(&[0, 1, 3]));
    check(&certificate(&keys, &[0, 1, 2, 3]), &validators, Ok(&[0, 1, 2, 3]));

    let parsed = Certificate::parse(&bytes, &validators).expect("parsed just now");
    assert_eq!((parsed.epoch(), parsed.view(), parsed.parent_view()), (0, 300, 299));
    assert_eq!(parsed.encode(&validators), bytes);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let keys = signing_keys(4);
    let validators = validator_set(&keys);
    let good = certificate(&keys, &[0, 1, 3]);
    check(&certificate(&keys, &[0, 1]), &validators, Err(CertificateError::TooFewSigners { have: 2, need: 3 }));

    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    check(&with(10, 0), &validators, Err(CertificateError::WrongBlock));
    check(&with(44, 5), &validators, Err(CertificateError::WrongValidatorCount { expected: 4, found: 5 }));
    check(&with(45, 0b0010_1011), &validators, Err(CertificateError::UnknownSigner { signer: 5 }));
    let counts = CertificateError::SignatureCount { signers: 3, signatures: 2 };
    check(&with(46, 2), &validators, Err(counts));
    check(&with(47, good[47] ^ 1), &validators, Err(CertificateError::BadSignature { signer: 0 }));
    // The signature of validator 3 does not count as one of validator 2.
    check(&with(45, 0b0111), &validators, Err(CertificateError::BadSignature { signer: 2 }));
    check(&[], &validators, Err(CertificateError::Truncated { field: Field::Epoch }));
    check(&good[..238], &validators, Err(CertificateError::Truncated { field: Field::Signatures }));
    let mut longer = good.clone();
    longer.push(0);
    check(&longer, &validators, Err(CertificateError::NonCanonical { field: Field::End }));
    let huge = vec![0; CERTIFICATE_BYTES_MAX + 1];
    check(&huge, &validators, Err(CertificateError::TooLong { bytes: CERTIFICATE_BYTES_MAX + 1 }));

    let other = Certificate::parse(&good, &validators).expect("good bytes").verify(b"other", &validators, &BLOCK);
    assert_eq!(other, Err(CertificateError::BadSignature { signer: 0 }));
}

#[test]
fn a_number_has_one_form() {
    let read = |bytes: &[u8], bits| Reader { rest: bytes }.varint(bits, Field::View);
    let bad = Err(CertificateError::NonCanonical { field: Field::View });
    assert_eq!(read(&[0x00], 64), Ok(0));
    assert_eq!(read(&[0xac, 0x02], 64), Ok(300));
    assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 64), Ok(u64::MAX));
    assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0x0f], 32), Ok(u64::from(u32::MAX)));
    assert_eq!(read(&[0x80, 0x00], 64), bad, "zero in two bytes");
    assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], 64), bad, "65 bits");
    assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81], 64), bad, "eleven bytes");
    assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0x1f], 32), bad, "33 bits");
    assert_eq!(read(&[0x80], 64), Err(CertificateError::Truncated { field: Field::View }));

    for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX] {
        let mut bytes = Vec::new();
        write_varint(&mut bytes, value);
        assert_eq!(read(&bytes, 64), Ok(value));
    }
}

/// The 8 points of small order in all 14 encodings that decoders accept.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let hex = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    let byte = |text: &str, at: usize| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("hex above");
    hex.iter().map(|text| core::array::from_fn(|at| byte(text, at))).collect()
}

#[test]
fn keys_that_accept_forgeries_are_refused() {
    let honest = signing_keys(1)[0].verifying_key().to_bytes();
    // R the neutral element, s zero: a signature that nobody made.
    let mut forged = [0; 64];
    forged[0] = 1;
    for key in small_order_encodings() {
        let point = VerificationKey::try_from(key).expect("a point");
        assert!(point.verify(&Signature::from(forged), b"anything").is_ok(), "{key:02x?}");
        assert_eq!(ValidatorSet::new(&[honest, key]), Err(ValidatorSetError::SmallOrder { index: 1 }), "{key:02x?}");
    }
}

#[test]
fn a_validator_set_is_checked() {
    let keys: Vec<_> = signing_keys(7).iter().map(|key| key.verifying_key().to_bytes()).collect();
    let mut shuffled = keys.clone();
    shuffled.reverse();
    assert_eq!(ValidatorSet::new(&shuffled), ValidatorSet::new(&keys), "the order given does not matter");
    assert_eq!(ValidatorSet::new(&keys).expect("distinct").quorum(), 5);
    assert_eq!(ValidatorSet::new(&[]), Err(ValidatorSetError::Empty));
    assert_eq!(ValidatorSet::new(&[keys[0], keys[1], keys[0]]), Err(ValidatorSetError::Duplicate));
    let mut not_a_point = [0u8; 32];
    not_a_point[0] = 2;
    assert_eq!(ValidatorSet::new(&[keys[0], not_a_point]), Err(ValidatorSetError::NotAKey { index: 1 }));
    let many = vec![keys[0]; VALIDATORS_MAX + 1];
    assert_eq!(ValidatorSet::new(&many), Err(ValidatorSetError::TooMany { count: VALIDATORS_MAX + 1 }));
    for (count, quorum) in [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (7, 5), (16, 11), (64, 43), (128, 86)] {
        let set = validator_set(&signing_keys(count));
        assert_eq!(set.quorum(), quorum, "{count} validators");
    }
}
