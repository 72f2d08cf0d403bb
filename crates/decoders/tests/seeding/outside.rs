//! What comes from devices, scanners, disks and browsers.

use crate::Seeds;
use prost::Message as _;
use tracelight_api::line::codec::{Encoding, encode, encode_ack};
use tracelight_api::line::{Ack, AckOutcome, Aggregation, LineOp, LineReason, LineState, Order, ReadingBody};
use tracelight_client::keys::Signer;
use tracelight_decoders::line::{reading, topic};
use tracelight_decoders::page_token::token::{PageToken, ScanSecret, Subject};
use tracelight_decoders::sparkplug::payload::{DataType, Metric, Payload, metric};
use tracelight_decoders::sparkplug::{payload, topic as sparkplug_topic};
use tracelight_decoders::spool::record;
use tracelight_domain::gs1::ai::Ai;
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::gs1::{Serial, digital_link, element_string};
use tracelight_epcis::Capture;
use tracelight_epcis::document::{Format, read};
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_testkit::alliance::{batch, gtin, sscc, unit};

fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("a value of constants")
}

/// A reading of each kind, its answers, its topic.
pub fn line(seeds: &mut Seeds) {
    let key = Signer::from_seed(&[5; 32]);
    let raw = || format!("01{}17271031", gtin()) + "10A24K07\u{1d}217F3K9QX2M4TB0002";
    let label = || format!("00{}", sscc(1));
    let order = Order {
        bundle: Some(Aggregation { count: 10, gtin: Some("19506000134359".into()) }),
        case: Some(Aggregation { count: 4, gtin: None }),
        grade_min: Some("C".into()),
        ..Order::default()
    };
    let ops = [
        ("open", LineOp::OpenBatch { gtin: gtin().to_string(), lot: batch().lot.to_string(), order: Some(order) }),
        ("verify", LineOp::Verify { raw: raw(), grade: "B".into() }),
        ("commission", LineOp::Commission { raw: raw() }),
        ("reject", LineOp::reject("]d2".to_owned() + &raw())),
        ("pack", LineOp::Pack { raw: raw() }),
        ("close_case", LineOp::close_case(label())),
        ("stack", LineOp::Stack { raw: label() }),
        ("close_pallet", LineOp::close_pallet(label())),
        ("break", LineOp::Break { raw: label(), reason: "torn".into() }),
        ("close", LineOp::close_batch()),
    ];
    for ((name, op), seq) in ops.into_iter().zip(0..) {
        let body = ReadingBody { boot: "0123456789abcdef".into(), seq, ts_ms: 1_795_305_600_000, op };
        for (encoding, form) in [(Encoding::Json, "reading"), (Encoding::Cbor, "cbor")] {
            let sign = |bytes: &[u8]| key.sign_reading(bytes).expect("a key in memory signs").to_vec();
            let payload = encode(encoding, &body, sign).expect("it is short");
            let read = reading::parse(&payload).expect("a good reading");
            assert_eq!((&read.body, read.encoding), (&body, encoding));
            let known = reading::Trust::Signed(tracelight_api::Text(key.public_key()));
            assert_eq!(reading::check_signature(&read, &known, reading::Way::Broker), Ok(()));
            seeds.insert(("line", format!("{form}-{name}")), payload);
        }
    }
    let topic = |kind: &str| format!("tt/v1/6901234000016/xian/line2/cam1/{kind}");
    assert!(topic::Place::of_event(&topic("evt")).is_some() && topic::Place::of_raw(&topic("raw")).is_some());
    seeds.insert(("line", "topic".into()), topic("evt").into());
    seeds.insert(("line", "topic-raw".into()), topic("raw").into());
    let ack = Ack {
        boot: "0123456789abcdef".into(),
        seq: Some(3),
        outcome: AckOutcome::Quarantined,
        contiguous: Some(3),
        reason: Some(LineReason::BadRead),
        detail: Some("the check digit is 1, not 2".into()),
        way_out: Some(LineReason::BadRead.way_out().into()),
    };
    seeds.insert(("line", "ack-cbor".into()), encode_ack(Encoding::Cbor, &ack).expect("an answer of constants"));
    seeds.insert(("line", "ack".into()), json(&ack));
    let state = LineState {
        gtin: Some(gtin().to_string()),
        lot: Some(batch().lot.to_string()),
        commissioned: 12,
        in_case: 2,
        on_pallet: 1,
        waiting: 4,
        ..LineState::default()
    };
    seeds.insert(("line", "state".into()), json(&state));
}

/// A birth, data under an alias, a death, and topics.
pub fn sparkplug(seeds: &mut Seeds) {
    let metric = |name: Option<&str>, alias, datatype: Option<DataType>, value| Metric {
        name: name.map(str::to_owned),
        alias,
        datatype: datatype.map(|datatype| datatype as u32),
        value: Some(value),
        ..Metric::default()
    };
    let session = metric(Some("bdSeq"), None, Some(DataType::UInt64), metric::Value::Long(3));
    let code = || metric::Value::Text(format!("01{}21S1", gtin()));
    let text = metric(Some("Read/Good"), Some(7), Some(DataType::String), code());
    let speed = metric(Some("Speed"), Some(8), Some(DataType::Double), metric::Value::Double(1.5));
    let message = |seq, metrics| Payload { timestamp: Some(1_795_305_600_000), metrics, seq, ..Payload::default() };
    let messages = [
        ("birth", message(Some(0), vec![session.clone(), text, speed])),
        ("data", message(Some(1), vec![metric(None, Some(7), None, code())])),
        ("death", message(None, vec![session])),
    ];
    for (name, message) in messages {
        let bytes = message.encode_to_vec();
        assert_eq!(payload::decode(&bytes), Ok(message));
        seeds.insert(("sparkplug", name.into()), bytes);
    }
    for (name, topic) in [("topic", "spBv1.0/plant/DDATA/packer/cam"), ("topic-state", "spBv1.0/STATE/tracelight")] {
        assert!(sparkplug_topic::Topic::parse(topic).is_some());
        seeds.insert(("sparkplug", name.into()), topic.into());
    }
}

/// Records of the spool: a small one, and two in a row.
pub fn spool(seeds: &mut Seeds) {
    let record = record::encode(7, b"one reading");
    seeds.insert(("spool", "record".into()), record.clone());
    seeds.insert(("spool", "two".into()), [record, record::encode(8, b"the next")].concat());
}

/// One pack in every syntax, and codes of other things.
pub fn scan(seeds: &mut Seeds) {
    let serial = "7F3K9QX2M4TB0002";
    let elements = [
        (Ai::GTIN, gtin().to_string()),
        (Ai::LOT, "A24K07".to_owned()),
        (Ai::EXPIRY, "271031".to_owned()),
        (Ai::SERIAL, serial.to_owned()),
    ];
    let elements_text = element_string::build(&elements).expect("right values");
    let link = digital_link::build("https://id.example/stem", &elements).expect("right values");
    let mut scans = vec![
        ("element-string", elements_text.clone()),
        ("datamatrix", format!("]d2{elements_text}")),
        ("code128", format!("]C1{elements_text}")),
        ("bracketed", element_string::bracketed(&elements)),
        ("link", link.clone()),
        ("link-qr", format!("]Q1{link}&99=INTERNAL&x=y#f")),
        ("sscc", format!("]C100{}", sscc(1))),
        ("ean13", "]E09506000134352".to_owned()),
        ("ean13-composite", "]E09506000134352|]e010A24K07".to_owned()),
        ("epc-sgtin", "urn:epc:id:sgtin:9506000.013435.SER1".to_owned()),
        ("epc-escaped", "urn:epc:id:sgtin:0614141.812345.6%2F7".to_owned()),
        ("epc-pattern", "urn:epc:idpat:sgtin:0614141.812345.*".to_owned()),
    ];
    // Examples of the standard: we read compressed links and write none.
    let compressed = ["https://id.example/DBHKVAdpQgowOQ", "https://id.gs1.org/ARHKVAdpQg"];
    for (at, link) in compressed.into_iter().enumerate() {
        let long = digital_link::decompress(link).expect("an example of the standard");
        let read = parse_scan(link.as_bytes()).expect("an example of the standard");
        assert_eq!(read.elements, digital_link::parse(&long).expect("a link").elements());
        scans.push((["compressed-serial", "compressed-gtin"][at], link.to_owned()));
    }
    for (name, text) in scans {
        assert!(parse_scan(text.as_bytes()).is_ok_and(|scan| !scan.elements.is_empty()), "{name}: {text}");
        seeds.insert(("scan", name.into()), text.into_bytes());
    }
    let drug = "81234567890123456789";
    assert!(tracelight_domain::china::DrugCode::parse(drug).is_ok());
    seeds.insert(("scan", "chinese-drug-code".into()), drug.into());
    let typed = "7f3k-9qx2 m4tb\u{2010}8888";
    assert!(tracelight_domain::serial::normalise_typed(typed).is_ok());
    seeds.insert(("scan", "typed-serial".into()), typed.into());
}

/// A token, the cookie, and a page to seal.
pub fn page_token(seeds: &mut Seeds) {
    let secret = ScanSecret::new([9; 32]);
    let subject = Subject { gtin: gtin(), lot: Some(batch().lot), serial: unit(2).serial };
    for (name, subject) in [("token", Some(subject)), ("token-of-no-code", None)] {
        let token = secret.seal(&PageToken {
            rendered_ms: 1_795_327_320_000,
            nonce: [7; 16],
            subject,
            said: None,
            checked_as: None,
        });
        assert!(secret.open(&token).is_ok());
        seeds.insert(("page_token", name.into()), token.into_bytes());
    }
    seeds.insert(("page_token", "device".into()), b"00112233445566778899aabbccddeeff".to_vec());
    let serial = Serial::parse("a/%?&+_-.000001AAAA").expect("a serial");
    seeds.insert(("page_token", "page".into()), format!("{} A24K07 {serial}", gtin()).into_bytes());
}

/// Documents of trading partners, written by hand: they stand in the corpus itself, and each is accepted.
pub fn epcis(seeds: &mut Seeds) {
    for (target, names) in [
        ("epcis_hash", &["event", "query", "urn"][..]),
        ("epcis_json", &["document", "object"][..]),
        ("epcis_xml", &["v1", "v2"][..]),
    ] {
        for name in names {
            let path = crate::folder(target).join(format!("{}{name}", crate::PREFIX));
            let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let format = if target == "epcis_xml" { Format::Xml } else { Format::Json };
            if !["query", "urn"].contains(name) {
                let read = read(&bytes, format, &Limits::default(), Policy::default());
                read.and_then(Capture::all_or_nothing).unwrap_or_else(|error| panic!("{target}/{name}: {error}"));
            }
            seeds.insert((target, (*name).to_owned()), bytes);
        }
    }
}

/// Tables as spreadsheets write them, made by hand: they stand in the corpus itself, and each is read.
pub fn imports(seeds: &mut Seeds) {
    for name in ["codes", "faults", "partners-gb18030", "products-xlsx", "semicolons"] {
        let path = crate::folder("imports").join(format!("{}{name}", crate::PREFIX));
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let table = tracelight_imports::table::read(&bytes, &tracelight_imports::limits::Limits::SERVER);
        assert!(table.is_ok_and(|table| !table.rows.is_empty()), "{name}");
        seeds.insert(("imports", name.into()), bytes);
    }
}
