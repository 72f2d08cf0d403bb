//! Published messages, and every one in the shared data.

use super::tag;
use crate::bytes::unhex;
use crate::nfc::sun::{MAC_BYTES, Message, Picc, SunError, open, session_keys_of};
use crate::nfc::{AesKey, Counter, KeyError, Layout, MasterKey, Opened, Uid, UrlError, diversify};
use serde_json::Value;
use tracelight_testkit::shared_data;

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    unhex(hex).expect("hexadecimal digits").try_into().expect("as many bytes as asked for")
}

fn key(hex: &str) -> AesKey {
    AesKey::new(bytes(hex))
}

const ZERO: &str = "00000000000000000000000000000000";

fn opened(layout: &Layout, url: &str, meta: &str, file: &str) -> Result<Opened, SunError> {
    let message = layout.parse(url).expect("a message");
    open(&message, &key(meta), |_| Some(key(file)))
}

#[test]
fn the_examples_of_an12196() {
    let first = "https://ntag.example/?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086";
    let read = opened(&Layout::without_file(), first, ZERO, ZERO).expect("a true message");
    assert_eq!((read.uid, read.counter.get()), (Uid(bytes("04DE5F1EACC040")), 61));
    let second =
        "?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6";
    let read = opened(&Layout::with_file(), second, ZERO, ZERO).expect("a true message");
    assert_eq!((read.uid, read.counter.get()), (Uid(bytes("04958CAA5C5E80")), 8));
    assert_eq!(read.file.as_deref(), Some(b"xxxxxxxxxxxxxxxx".as_slice()));
    // Somebody's mail program has changed the case of the digits.
    assert_eq!(opened(&Layout::with_file(), &second.to_lowercase(), ZERO, ZERO), Ok(read));
    // The MAC is over the file data: without their text it does not fit.
    assert_eq!(opened(&Layout::without_file(), second, ZERO, ZERO), Err(SunError::MacDiffers));
}

#[test]
fn the_session_keys_of_an12196_page_10() {
    let counter = Counter::from_little_endian([1, 0, 0]);
    let keys = session_keys_of(&key("5ACE7E50AB65D5D51FD5BF5A16B8205B"), &Uid(bytes("04C767F2066180")), counter);
    assert!(keys.enc.is(&bytes("66DA61797E23DECA5D8ECA13BBADF7A9")));
    assert!(keys.mac.is(&bytes("3A3E8110E05311F7A3FCF0D969BF2B48")));
}

/// Three of nfc-developer/sdm-backend's tests (MIT): in clear, with keys that are not zero, all parts in one parameter.
#[test]
fn messages_of_tags_in_the_field() {
    let clear = "uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3";
    let read = opened(&Layout::without_file(), clear, ZERO, ZERO).expect("a true message");
    assert_eq!((read.uid, read.counter.get()), (Uid(bytes("041E3C8A2D6B80")), 6), "the counter is big endian");
    let changed = clear.replace("4B00064004B0B3D3", "AB00064004B0B3AB");
    assert_eq!(opened(&Layout::without_file(), &changed, ZERO, ZERO), Err(SunError::MacDiffers));

    let bulk = Layout::Bulk(crate::nfc::Bulk { parameter: "e".into() });
    let parts = ["8ACADDEF0A9B62CDAE39A16B83FC14DE", "B8436E11F627BB7F543FCC0C1E0D1A89", "238B2543A8DEBAD8"];
    let keys = ["42aff114f2cb3b6141be6dc95dfc5416", "b62a9baf092439bd43c62aee96b970c5"];
    let read = opened(&bulk, &format!("?e={}", parts.concat()), keys[0], keys[1]).expect("a true message");
    assert_eq!((read.uid, read.counter.get()), (Uid(bytes("041d3c8a2d6b80")), 291));
    assert_eq!(read.file.as_deref(), Some(b"NTXXqno_oBFpwy-V".as_slice()));

    let parts = ["4F5B914723915D456C038FE658686CD5", "5CE7DCDEA93F5DA7AAA0AADC97485ABF", "FFCD8DE82AD05289"];
    let keys = ["c3b653d8484d82fd9d5dc48840e1f94e", "97d1c3d765bc22ab707e80723e17b126"];
    let read = opened(&bulk, &format!("?e={}", parts.concat()), keys[0], keys[1]).expect("a true message");
    assert_eq!((read.uid, read.counter.get()), (Uid(bytes("047d5f2aaa6180")), 2));
    assert_eq!(read.file.as_deref(), Some(b"CC\x04aaaaEEEEEEEEE".as_slice()), "the seal is intact");
}

#[test]
fn keys_are_diversified_as_in_an10922() {
    let published = [
        ("00112233445566778899AABBCCDDEEFF", "04782E21801D803042F54E585020416275", "A8DD63A3B89D54B37CA802473FDA9175"),
        // AN10957, pages 13 and 14: seven bytes alone, padded to two blocks.
        ("F3F9377698707B688EAF84ABE39E3791", "04DEADBEEFFEED", "0BB408BAFF98B6EE9F2E1585777F6A51"),
        // Where the padding changes: by a second program, of the block cipher alone, which gives the two above as well.
        ("F3F9377698707B688EAF84ABE39E3791", &"07".repeat(15), "CC1D6649EDEDA825448371A763B4366C"),
        ("F3F9377698707B688EAF84ABE39E3791", &"07".repeat(16), "A0ADFB776B9B2F228A81F3FCCA920489"),
        ("F3F9377698707B688EAF84ABE39E3791", &"07".repeat(31), "E82AC10D03169B3DDFD0C54152029B95"),
    ];
    for (master, input, derived) in published {
        let found = diversify(&key(master), &unhex(input).expect("digits")).expect("an input of a right length");
        assert!(found.is(&bytes(derived)), "{input}");
    }
    for length in [0, 32] {
        let refused = diversify(&key(ZERO), &vec![1; length]);
        assert_eq!(refused.err(), Some(KeyError::Input { bytes: length }));
    }
    // Around one block and two, where the padding changes, each input has a key of its own.
    let marks: std::collections::BTreeSet<[u8; 16]> =
        (1..=31).map(|n| diversify(&key(ZERO), &vec![7; n]).expect("a length").cmac(b"")).collect();
    assert_eq!(marks.len(), 31);
}

#[test]
fn the_factory_key_is_no_master_key() {
    assert_eq!(MasterKey::new([0; 16]).err(), Some(KeyError::AllZero));
    assert!(MasterKey::new(tag::META).is_ok());
    assert_eq!(format!("{:?}", MasterKey::new(tag::META)), "Ok(MasterKey(AesKey(..)))", "no key is shown");
}

#[test]
fn lrp_is_refused_by_its_name() {
    let url = "?picc_data=07D9CA2545881D4BFDD920BE1603268C0714420DD893A497&enc=D6E921C47DB4C17C56F979F81559BB83&cmac=F9481AC7D855BDB6";
    assert_eq!(Layout::with_file().parse(url), Err(UrlError::Message(SunError::Lrp)));
    let bulk = Layout::Bulk(crate::nfc::Bulk { parameter: "e".into() });
    let all = url.replace("?picc_data=", "?e=").replace("&enc=", "").replace("&cmac=", "");
    assert_eq!(bulk.parse(&all), Err(UrlError::Message(SunError::Lrp)));
}

fn text<'a>(case: &'a Value, field: &str) -> Option<&'a str> {
    case.get(field).and_then(Value::as_str)
}

/// What a case's tag sent, put together as sdm-backend does.
fn message(case: &Value) -> Result<Message, SunError> {
    let file = text(case, "enc_file_data").and_then(unhex);
    let name = text(case, "sdmmac_param").unwrap_or("cmac");
    let bulk = text(case, "param_mode").is_some_and(|mode| mode.ends_with("BULK")) || name.is_empty();
    let between = if bulk { String::new() } else { format!("&{name}=") };
    let input = file.as_ref().map(|file| tag::hex(file) + &between).unwrap_or_default();
    let picc = match text(case, "picc_enc_data").and_then(unhex) {
        Some(picc) => Picc::encrypted(&picc)?,
        None => Picc::Plain {
            uid: Uid(bytes(text(case, "uid").expect("a UID"))),
            counter: Counter::from_big_endian(bytes(text(case, "read_ctr").expect("a counter"))),
        },
    };
    Message::new(picc, file, bytes::<MAC_BYTES>(text(case, "sdmmac").expect("a MAC")), input.into_bytes())
}

fn check(case: &Value) -> Result<(), String> {
    let expect = &case["expect"];
    let file_key = key(text(case, "sdm_file_read_key").unwrap_or(ZERO));
    let meta = key(text(case, "sdm_meta_read_key").unwrap_or(ZERO));
    let read = message(case).and_then(|message| open(&message, &meta, |_| Some(file_key)));
    if text(expect, "encryption_mode").is_some_and(|mode| mode.ends_with("LRP")) {
        return if read == Err(SunError::Lrp) { Ok(()) } else { Err(format!("{read:?}")) };
    }
    if case["valid"] == Value::Bool(false) {
        return if read == Err(SunError::MacDiffers) { Ok(()) } else { Err(format!("{read:?}")) };
    }
    let read = read.map_err(|error| error.to_string())?;
    let wanted = (text(expect, "uid").and_then(unhex), expect["read_ctr"].as_u64(), text(expect, "file_data"));
    let found = (Some(read.uid.0.to_vec()), Some(u64::from(read.counter.get())), read.file.as_deref().map(tag::hex));
    let same = wanted.0.is_none_or(|uid| Some(uid) == found.0)
        && wanted.1.is_none_or(|counter| Some(counter) == found.1)
        && wanted.2.map(str::to_ascii_uppercase) == found.2;
    if same { Ok(()) } else { Err(format!("{read:?}")) }
}

#[test]
fn every_shared_message_is_read_and_refused_when_it_is_changed() {
    let Some(file) = shared_data("ntag424/vectors.json") else { return };
    let all: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("a file")).expect("JSON");
    let cases = all["sun"].as_array().expect("a list");
    let misses: Vec<String> =
        cases.iter().filter_map(|case| check(case).err().map(|why| format!("{}: {why}", case["case"]))).collect();
    assert!(misses.is_empty() && !cases.is_empty(), "{misses:#?}");
    println!("{} of {} messages", cases.len(), cases.len());
    for case in cases.iter().filter(|case| case["valid"] != Value::Bool(false)) {
        for field in ["sdmmac", "picc_enc_data", "sdm_file_read_key"] {
            let Some(value) = text(case, field) else { continue };
            let mut changed = case.clone();
            let last = if value.ends_with('0') { "1" } else { "0" };
            changed[field] = Value::from(format!("{}{last}", &value[..value.len() - 1]));
            changed["valid"] = Value::Bool(false);
            check(&changed).unwrap_or_else(|found| panic!("{field} of {} was changed: {found}", case["case"]));
        }
    }
}

#[test]
fn every_shared_key_is_derived() {
    let Some(file) = shared_data("ntag424/an10922_kdf.json") else { return };
    let all: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("a file")).expect("JSON");
    let cases = all["cases"].as_array().expect("a list");
    assert!(!cases.is_empty());
    for case in cases {
        // The file's input begins with the constant 01.
        let input = unhex(text(case, "input").expect("an input")).expect("digits");
        let (constant, input) = input.split_first().expect("not empty");
        assert_eq!(*constant, 1, "AES-128");
        let derived = diversify(&key(text(case, "master_key").expect("a key")), input).expect("a right length");
        assert!(derived.is(&bytes(text(case, "derived_key").expect("a key"))), "{case}");
    }
    println!("{} of {} keys", cases.len(), cases.len());
}
