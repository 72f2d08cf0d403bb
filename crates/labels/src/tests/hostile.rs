//! Text that wants to be more than text.

use super::printer::{commands, print_svg, print_zpl};
use super::{facts, serials};
use crate::grid::Resolution;
use crate::logistic::{self, LOGISTIC_STOCKS, LogisticFacts, NAME_BYTES_MAX};
use crate::unit::{self, Carrier, STOCKS};
use crate::zpl::PrinterFont;
use crate::{LabelError, svg, zpl};
use proptest::prelude::*;
use tracelight_domain::gs1::{Lot, Serial, Sscc};

/// The commands of a text without their parameters.
fn names(zpl: &str) -> Vec<String> {
    commands(zpl).into_iter().map(|(name, _)| name).collect()
}

fn label_with(from: &str, to: &str) -> crate::drawing::Drawing {
    let sscc = Sscc::build(0, "9506000", 1).expect("an SSCC");
    let facts = LogisticFacts { sscc, from: from.to_owned(), to: to.to_owned(), content: None };
    logistic::draw(&facts, LOGISTIC_STOCKS[2].label, Resolution::Dpi203.grid()).expect("fits")
}

/// Any text, with a leaning to what a printer or a browser would obey.
fn hostile() -> impl Strategy<Value = String> {
    let tokens = [
        "^XZ",
        "^XA",
        "~JR",
        "^FS",
        "^FD",
        "^FH",
        "^FH_",
        "\\5E",
        "_5E",
        "\\",
        "_",
        "~",
        "^",
        "\r\n",
        "\u{0}",
        "\u{1d}",
        "\u{10}",
        "^CI0",
        "^GFA,1,1,1,",
        "<script>",
        "</text>",
        "]]>",
        "&amp;",
        "\"",
        "药",
        "\u{202e}",
        "\u{ffff}",
        "^^",
    ];
    let part = prop_oneof![
        3 => proptest::sample::select(tokens.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn m6_any_name_leaves_the_same_commands(from in hostile(), to in hostile()) {
        let font = PrinterFont::parse("E:SIMSUN.TTF").expect("a font");
        let plain = names(&zpl::write(&label_with("A", "B"), None));
        let label = label_with(&from, &to);
        prop_assert_eq!(&names(&zpl::write(&label, None)), &plain);
        let with_font = names(&zpl::write(&label, Some(&font)));
        let faces: Vec<String> = with_font.iter().map(|name| name.replace("^A@", "^A0")).collect();
        prop_assert_eq!(faces, plain);
        // What was not cut off arrives as it was.
        let (_, texts) = print_zpl(&zpl::write(&label, None));
        let text = format!("FROM {from}");
        prop_assert!(texts.iter().any(|shown| *shown == text || text.starts_with(shown.trim_end_matches('.'))));
        // And the preview is one well-formed picture of the same parts.
        let (_, shown) = print_svg(&svg::write(&label));
        prop_assert_eq!(shown.len(), texts.len());
    }

    #[test]
    fn m6_any_lot_and_serial_leave_the_same_commands(
        lot in "[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{1,20}",
        serial in "[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{1,20}",
    ) {
        let plain = facts("A");
        let serial = Serial::parse(&serial).expect("in the character set");
        let hostile = crate::LabelFacts { lot: Lot::parse(&lot).expect("in the character set"), ..plain.clone() };
        let grid = Resolution::Dpi300.grid();
        let draw = |facts: &crate::LabelFacts, serial: &Serial| {
            unit::draw(facts, serial, Carrier::Gs1DataMatrix, STOCKS[2].label, grid).expect("fits")
        };
        let label = draw(&hostile, &serial);
        let text = zpl::write(&label, None);
        prop_assert_eq!(names(&text), names(&zpl::write(&draw(&plain, &serials(1)[0]), None)));
        let (_, texts) = print_zpl(&text);
        prop_assert_eq!((texts[3].as_str(), texts[7].as_str()), (lot.as_str(), serial.as_str()));
    }
}

#[test]
fn a_name_without_end_is_refused() {
    let sscc = Sscc::build(0, "9506000", 1).expect("an SSCC");
    let from = "a".repeat(NAME_BYTES_MAX + 1);
    let facts = LogisticFacts { sscc, from, to: String::new(), content: None };
    let refused = logistic::draw(&facts, LOGISTIC_STOCKS[0].label, Resolution::Dpi203.grid());
    assert!(matches!(refused, Err(LabelError::NameTooLong { .. })), "{refused:?}");
}
