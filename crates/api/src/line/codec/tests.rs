//! Golden bytes of both forms, and what is refused.

use super::*;
use crate::line::{AckOutcome, Aggregation, Counted, Fill, LineOp, LineReason, Order, Purpose};

fn body(op: LineOp) -> ReadingBody {
    ReadingBody { boot: "0123456789abcdef".into(), seq: 7, ts_ms: 1_700_000_000_000, op }
}

/// Not ed25519: the codec does not care, and the bytes can be read.
fn sign(bytes: &[u8]) -> Vec<u8> {
    vec![bytes.len() as u8; 64]
}

fn every_op() -> Vec<LineOp> {
    let raw = || "]d20109506000134352\u{1d}21S1".to_owned();
    let order = Order {
        bundle: Some(Aggregation { count: 10, gtin: Some("19506000134359".into()) }),
        case: Some(Aggregation { count: 4, gtin: None }),
        pallet: Some(Aggregation { count: 20, gtin: None }),
        grade_min: Some("C".into()),
        hold_for_release: true,
    };
    let (gtin, lot, reason) = ("09506000134352".to_owned(), "L1".to_owned(), "torn".to_owned());
    vec![
        LineOp::open(&gtin, &lot),
        LineOp::OpenBatch { gtin: gtin.clone(), lot: lot.clone(), order: Some(order) },
        LineOp::Print { raw: raw() },
        LineOp::Verify { raw: raw(), grade: "3.4".into() },
        LineOp::Commission { raw: raw() },
        LineOp::reject(raw()),
        LineOp::Reject { raw: raw(), reason: Some(reason.clone()) },
        LineOp::Sample { raw: raw(), purpose: Purpose::Retained },
        LineOp::Invalidate { raw: raw(), reason: reason.clone() },
        LineOp::Replace { old: raw(), new: raw(), reason: reason.clone() },
        LineOp::Pack { raw: raw() },
        LineOp::Unpack { raw: raw() },
        LineOp::CloseBundle { raw: raw(), fill: Fill::Full },
        LineOp::CloseCase { raw: raw(), fill: Fill::Mixed },
        LineOp::Stack { raw: raw() },
        LineOp::ClosePallet { raw: raw(), fill: Fill::Partial },
        LineOp::Break { raw: raw(), reason: reason.clone() },
        LineOp::Hold { reason },
        LineOp::Resume,
        LineOp::close_batch(),
        LineOp::CloseBatch { counted: Some(Counted { commissioned: 3, scrapped: 2, sampled: 1 }), carry: true },
        LineOp::CancelBatch,
        LineOp::ReleaseBatch { gtin, lot },
    ]
}

#[test]
fn both_forms_carry_every_reading_and_their_bytes_are_golden() {
    let mut found = String::new();
    for op in every_op() {
        let body = body(op);
        let json = encode(Encoding::Json, &body, sign).expect("fits");
        let cbor = encode(Encoding::Cbor, &body, sign).expect("fits");
        assert_eq!((encoding_of(&json), encoding_of(&cbor)), (Encoding::Json, Encoding::Cbor));
        for (payload, encoding) in [(&json, Encoding::Json), (&cbor, Encoding::Cbor)] {
            let reading = decode(payload).expect("reads back");
            assert_eq!((&reading.body, reading.encoding), (&body, encoding));
            assert_eq!(reading.sig, sign(&reading.signed), "the signed bytes are the ones that were signed");
        }
        let signed = decode(&json).expect("reads back").signed;
        found.push_str(&String::from_utf8(signed).expect("text"));
        found.push('\n');
        found.push_str(&hex::encode(decode(&cbor).expect("reads back").signed));
        found.push('\n');
    }
    let golden = include_str!("golden.txt");
    assert_eq!(found, golden, "a change is a new version and an ADR");
}

#[test]
fn the_outer_parts_and_answers_are_golden() {
    let small = body(LineOp::CancelBatch);
    let json = encode(Encoding::Json, &small, |_| vec![1; 64]).expect("fits");
    let cbor = encode(Encoding::Cbor, &small, |_| vec![1; 64]).expect("fits");
    assert!(String::from_utf8_lossy(&json).starts_with("{\"body\":\"{\\\"boot\\\":\\\"0123456789abcdef\\\""));
    assert!(String::from_utf8_lossy(&json).ends_with(
        "\"sig\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==\"}"
    ));
    // map(2), "body", byte string; ..., "sig", byte string of 64.
    assert_eq!(hex::encode(&cbor[..7]), "a264626f647958");
    assert_eq!(hex::encode(&cbor[cbor.len() - 70..cbor.len() - 62]), "6373696758400101");
    let ack = Ack {
        boot: "0123456789abcdef".into(),
        seq: Some(7),
        outcome: AckOutcome::Quarantined,
        contiguous: Some(7),
        reason: Some(LineReason::Duplicate),
        detail: Some("serial `S1` is commissioned already".into()),
        way_out: None,
    };
    let text = r#"{"boot":"0123456789abcdef","seq":7,"outcome":"quarantined","contiguous":7,"reason":"duplicate","detail":"serial `S1` is commissioned already"}"#;
    assert_eq!(encode_ack(Encoding::Json, &ack).expect("fits"), text.as_bytes());
    // By an encoder of another make.
    let bytes = "a664626f6f7470303132333435363738396162636465666373657107676f7574636f6d656b71756172616e7469\
                 6e65646a636f6e746967756f75730766726561736f6e696475706c69636174656664657461696c782373657269\
                 616c206053316020697320636f6d6d697373696f6e656420616c7265616479";
    let bytes: String = bytes.split_whitespace().collect();
    assert_eq!(hex::encode(encode_ack(Encoding::Cbor, &ack).expect("fits")), bytes);
    for encoding in [Encoding::Json, Encoding::Cbor] {
        let bytes = encode_ack(encoding, &ack).expect("fits");
        assert_eq!(decode_ack(&bytes), Ok(ack.clone()));
    }
}

#[test]
fn what_an_earlier_version_of_a_device_sends_is_read() {
    let old = r#"{"body":"{\"boot\":\"00\",\"seq\":1,\"ts_ms\":2,\"op\":{\"kind\":\"close_batch\"}}","sig":""}"#;
    assert_eq!(decode(old.as_bytes()).expect("reads").body.op, LineOp::close_batch());
    let old =
        r#"{"body":"{\"boot\":\"00\",\"seq\":1,\"ts_ms\":2,\"op\":{\"kind\":\"close_case\",\"raw\":\"x\"}}","sig":""}"#;
    assert_eq!(decode(old.as_bytes()).expect("reads").body.op, LineOp::close_case("x"));
    let old =
        r#"{"body":"{\"boot\":\"00\",\"seq\":1,\"ts_ms\":2,\"op\":{\"kind\":\"reject\",\"raw\":\"x\"}}","sig":""}"#;
    assert_eq!(decode(old.as_bytes()).expect("reads").body.op, LineOp::reject("x"));
}

#[test]
fn what_is_no_reading_is_refused_by_part() {
    let cbor = encode(Encoding::Cbor, &body(LineOp::Resume), sign).expect("fits");
    for cut in 0..cbor.len() {
        assert!(decode(&cbor[..cut]).is_err(), "cut at {cut}");
    }
    let mut longer = cbor.clone();
    longer.push(0);
    assert!(
        matches!(decode(&longer), Err(CodecError::Form { part: "payload", what }) if what.contains("1 bytes follow"))
    );
    assert_eq!(decode(&vec![b'{'; PAYLOAD_BYTES_MAX + 1]), Err(CodecError::TooLong(PAYLOAD_BYTES_MAX + 1)));
    assert!(matches!(decode(b"{\"body\":\"{}\",\"sig\":\"\"}"), Err(CodecError::Form { part: "body", .. })));
    assert!(matches!(
        decode(b"{\"body\":\"{}\",\"sig\":\"\",\"more\":1}"),
        Err(CodecError::Form { part: "payload", .. })
    ));
    // Deep nesting, and a claim of more elements than there are bytes.
    assert!(decode(&[0xa1; 4_000]).is_err());
    assert!(decode(&hex::decode("bbffffffffffffffff").expect("hex")).is_err());
    assert!(decode(&hex::decode("a264626f64795b00ffffffffffffff").expect("hex")).is_err());
    let long = body(LineOp::Commission { raw: "x".repeat(PAYLOAD_BYTES_MAX) });
    assert!(matches!(encode(Encoding::Cbor, &long, sign), Err(CodecError::TooLong(_))));
}

#[test]
fn the_documentation_names_every_kind_and_every_reason() {
    let text = include_str!("../../../../../docs/line.md");
    let named = |value: serde_json::Value| {
        let name = value.as_str().map_or_else(|| value["kind"].as_str().unwrap_or_default().to_owned(), str::to_owned);
        assert!(text.contains(&format!("`{name}`")), "docs/line.md does not name `{name}`");
    };
    every_op().iter().for_each(|op| named(serde_json::to_value(op).expect("plain data")));
    LineReason::ALL.iter().for_each(|reason| named(serde_json::to_value(reason).expect("plain data")));
}
