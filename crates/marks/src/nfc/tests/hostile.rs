//! Addresses that no tag wrote.

use super::tag::{FILE, META};
use crate::nfc::sun::{SunError, open};
use crate::nfc::{AesKey, Bulk, Layout, MacFrom, Separate, URL_BYTES_MAX, UrlError};
use proptest::prelude::*;

const PICC: &str = "picc_data=FD91EC264309878BE6345CBE53BADF40";
const ENC: &str = "enc=CEE9A53E3E463EF1F459635736738962";
const MAC: &str = "cmac=ECC1E7F6C6C73BF6";

fn value(name: &str, expected: &'static str) -> UrlError {
    UrlError::Value { name: name.into(), expected }
}

#[test]
fn each_fault_has_its_name() {
    let missing = |name: &str| UrlError::Missing(name.into());
    let digits = "hexadecimal digits, two for a byte";
    for (query, fault) in [
        (String::new(), missing("uid")),
        (format!("{PICC}&{ENC}"), missing("cmac")),
        (format!("{PICC}&{MAC}"), missing("enc")),
        (format!("{PICC}&{PICC}&{ENC}&{MAC}"), UrlError::Twice("picc_data".into())),
        (format!("{PICC}&{ENC}&{MAC}&{MAC}"), UrlError::Twice("cmac".into())),
        (format!("{PICC}&{ENC}&cmac=ECC1"), value("cmac", "the 16 digits of a MAC")),
        (format!("{PICC}&{ENC}&cmac=ECC1E7F6C6C73BFX"), value("cmac", digits)),
        (format!("{PICC}&{ENC}&cmac=ECC1E7F6C6C73BF"), value("cmac", digits)),
        (format!("picc_data=AB&{ENC}&{MAC}"), UrlError::Message(SunError::Picc(1))),
        (format!("picc_data=&{ENC}&{MAC}"), UrlError::Message(SunError::Picc(0))),
        (format!("{PICC}&enc=ABCD&{MAC}"), UrlError::Message(SunError::File(2))),
        (format!("{PICC}&enc=&{MAC}"), UrlError::Message(SunError::File(0))),
        (format!("{PICC}&enc={}&{MAC}", "AB".repeat(272)), UrlError::Message(SunError::File(272))),
        (format!("{PICC}&{MAC}&{ENC}"), UrlError::Order("cmac".into())),
        (format!("uid=04&ctr=000006&{ENC}&{MAC}"), value("uid", "the 14 digits of a UID")),
        (format!("uid=041E3C8A2D6B80&ctr=6&{ENC}&{MAC}"), value("ctr", digits)),
        (format!("{}{PICC}", "x&".repeat(32)), UrlError::TooMany),
        ("x".repeat(URL_BYTES_MAX + 1), UrlError::TooLong(URL_BYTES_MAX + 1)),
    ] {
        assert_eq!(Layout::with_file().parse(&query), Err(fault), "{query}");
    }
    let bulk = Layout::Bulk(Bulk { parameter: "e".into() });
    assert_eq!(
        bulk.parse("e="),
        Err(value("e", "16 bytes of PICC data, whole blocks of file data and 8 bytes of MAC"))
    );
    let short = format!("e={}", "AB".repeat(23));
    assert!(matches!(bulk.parse(&short), Err(UrlError::Value { .. })), "a MAC and half of the rest");
}

#[test]
fn names_are_the_tags_own_and_the_text_between_is_as_it_was_mirrored() {
    // The MAC is over a status in clear and a separator of the maker's choice, which it protects.
    let layout = Layout::Separate(Separate {
        picc: "p".into(),
        uid: "u".into(),
        counter: "c".into(),
        file: None,
        mac: "m".into(),
        mac_from: MacFrom::Parameter("p".into()),
    });
    let with = |text: &str| layout.parse(&format!("https://x.example/a?v=1&{text}")).expect("a message");
    let tail = "&tt=Cc&m=0011223344556677";
    let upper = with(&format!("p={}{tail}", "AB".repeat(16)));
    assert_eq!(upper, with(&format!("p={}{tail}#top", "ab".repeat(16))), "digits are put back into upper case");
    assert_ne!(upper, with(&format!("p={}&tt=CC&m=0011223344556677", "AB".repeat(16))), "and nothing else is");
}

proptest! {
    /// Whatever is sent: an answer and no panic; and without the key no message is read.
    #[test]
    fn nothing_stops_the_reader(url in "[?&#=a-fA-F0-9picc_dataenccmacuidctr%é]{0,200}", bulk: bool) {
        let layout = if bulk { Layout::Bulk(Bulk { parameter: "e".into() }) } else { Layout::with_file() };
        if let Ok(message) = layout.parse(&url) {
            prop_assert!(open(&message, &AesKey::new(META), |_| Some(AesKey::new(FILE))).is_err());
        }
    }

    #[test]
    fn messages_of_the_right_form_are_refused_without_the_key(
        picc: [u8; 16], enc: [u8; 16], mac: [u8; 8],
    ) {
        let hex = super::tag::hex;
        let url = format!("?picc_data={}&enc={}&cmac={}", hex(&picc), hex(&enc), hex(&mac));
        let message = Layout::with_file().parse(&url).expect("of the right form");
        let read = open(&message, &AesKey::new(META), |_| Some(AesKey::new(FILE)));
        prop_assert_eq!(read, Err(SunError::MacDiffers));
    }
}
