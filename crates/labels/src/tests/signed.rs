//! Signed labels: printed, read by a foreign decoder, and verified from what it read.

use super::{decoded, facts, layout, rendered, serials};
use crate::pdf::draw;
use crate::sheet::PRESETS;
use crate::signature::LabelKey;
use crate::symbol::Symbol;
use crate::{LabelError, LabelFacts, csv};
use tracelight_domain::gs1::ai::Ai;
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::gs1::{Date, Gtin, Lot, digital_link};

fn signed(lot: &str) -> (LabelKey, LabelFacts) {
    let key = LabelKey::new(&[7; 32]).expect("a key");
    (key.clone(), LabelFacts { signing: Some(key), ..facts(lot) })
}

fn signature_of(link: &str) -> String {
    let link = digital_link::parse(link).expect("a Digital Link of GS1");
    link.attributes.into_iter().find(|(ai, _)| *ai == Ai::DIGSIG).expect("it is signed").1
}

#[test]
fn c20_a_foreign_decoder_reads_signed_labels_and_they_verify() {
    for (preset, lot) in [(0, "A24K07"), (1, "LOT/2026-%11"), (2, "B1")] {
        let (key, facts) = signed(lot);
        let mut serials = serials(PRESETS[preset].per_page());
        if preset == 2 {
            // The smallest labels have room for serials that need no escapes in a link, as those are that are drawn here.
            serials.retain(|serial| !serial.as_str().contains('%'));
        }
        let pdf = draw(&facts, &serials, &layout(preset, 0)).expect("a sheet");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut found: Vec<String> = rendered(&pdf, folder.path()).iter().flat_map(decoded).collect();
        let link = |serial| facts.digital_link(serial).expect("a link");
        let mut expected: Vec<String> = serials.iter().map(link).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "sheet {}", PRESETS[preset].name);
        for link in found {
            let unit = parse_scan(link.as_bytes()).expect("a scan").unit().expect("a unit");
            let elements = facts.element_string(&unit.serial).expect("an element string");
            assert!(key.public().verifies(&elements, &signature_of(&link)), "{link}");
        }
    }
}

/// Figures of ADR 0022: how much larger a label gets by its signature.
#[test]
fn c20_a_signature_makes_the_link_longer_and_the_code_larger() {
    let (_, signed) = signed("A24K07");
    let bare = facts("A24K07");
    let serial = &serials(1)[0];
    let sizes = [bare, signed].map(|facts| {
        let link = facts.digital_link(serial).expect("a link");
        (link.len(), Symbol::qr(&link).expect("a code").columns())
    });
    assert_eq!(sizes, [(90, 37), (186, 53)], "characters of the link, modules of a side");
}

#[test]
fn c20_a_sheet_whose_labels_are_too_small_says_so() {
    let (_, facts) = signed("B1");
    let refused = draw(&facts, &serials(2)[1..], &layout(2, 0)).expect_err("it does not fit");
    assert!(matches!(refused, LabelError::TooSmall { .. }), "{refused}");
}

#[test]
fn c20_a_signature_holds_for_its_own_pack_and_key_alone() {
    let (key, facts) = signed("A24K07");
    let serials = serials(2);
    let string = |facts: &LabelFacts, at: usize| facts.element_string(&serials[at]).expect("an element string");
    let value = signature_of(&facts.digital_link(&serials[0]).expect("a link"));
    assert_eq!(value.len(), 90, "all that AI 8030 may hold");
    assert_eq!(value, key.sign(&string(&facts, 0)), "the same pack, the same label");
    assert!(key.public().verifies(&string(&facts, 0), &value));
    assert!(!key.public().verifies(&string(&facts, 1), &value));
    for other in [
        LabelFacts { gtin: Gtin::parse("06901234567892").expect("a GTIN"), ..facts.clone() },
        LabelFacts { lot: Lot::parse("A24K08").expect("a lot"), ..facts.clone() },
        LabelFacts { expires_on: Date::parse_iso("2028-10").expect("a month"), ..facts.clone() },
    ] {
        assert!(!key.public().verifies(&string(&other, 0), &value), "{other:?}");
    }
    let stranger = LabelKey::new(&[8; 32]).expect("a key");
    assert!(!stranger.public().verifies(&string(&facts, 0), &value));
    assert!(!key.public().verifies(&string(&facts, 0), &stranger.sign(&string(&facts, 0))));
    for at in 0..value.len() {
        let mut bent = value.clone().into_bytes();
        bent[at] = if bent[at] == b'A' { b'Q' } else { b'A' };
        let bent = String::from_utf8(bent).expect("text");
        assert!(!key.public().verifies(&string(&facts, 0), &bent), "character {at}");
        assert!(!key.public().verifies(&string(&facts, 0), &value[..at]), "the first {at}");
    }
    assert!(!key.public().verifies(&string(&facts, 0), &format!("{value}A")));
    assert!(
        LabelKey::new(&[0; 32]).is_none() && LabelKey::new(&[255; 32]).is_none(),
        "numbers of the curve's order alone"
    );
}

#[test]
fn c20_the_table_has_signed_links_and_plain_element_strings() {
    let (key, facts) = signed("A24K07");
    let table = String::from_utf8(csv::rows(&facts, &serials(1)).expect("rows")).expect("text");
    assert!(table.contains("&8030=") && !table.contains("\u{1d}8030"), "{table}");
    assert!(!format!("{facts:?} {key:?}").contains("0707"), "no secret in what a log might print");
}

/// The bytes of version 1: other software has to make and read the same.
#[test]
fn c20_the_first_version_stays_what_it_is() {
    let (key, facts) = signed("A24K07");
    let elements = facts.element_string(&serials(1)[0]).expect("an element string");
    assert_eq!(elements, "01095060001343521727100010A24K07\u{1d}217F3K9QX2M4TBWZ000000");
    assert_eq!(hex(&key.public().hint()), GOLDEN_HINT);
    assert_eq!(key.sign(&elements), GOLDEN);
}

const GOLDEN_HINT: &str = "c8f193";
const GOLDEN: &str = "yPGT34WWVy0wCEZWBZVcob51Grxi0COjf06Yp1kkHKq38vfnt0sD3rUcAJuW_4VfmNp_2Xx7999R3QqwM1HjoyajTg";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
