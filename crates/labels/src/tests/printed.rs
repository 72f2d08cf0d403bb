//! Labels of printers, read by a foreign decoder, and understood by our own parser.

use super::printer::{print_svg, print_zpl};
use super::{Picture, facts, pgm, serials};
use crate::grid::Resolution;
use crate::logistic::{self, Content, LOGISTIC_STOCKS, LogisticFacts};
use crate::unit::{self, Carrier, STOCKS};
use crate::{pdf, svg, zpl};
use std::process::Command;
use tracelight_domain::gs1::ai::Ai;
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::gs1::{Date, Gtin, Lot, Sscc};
use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};

/// What a foreign decoder reads, as a scanner would send it: with its symbology identifier.
fn scanned((width, height, pixels): &Picture) -> Vec<(BarcodeFormat, String)> {
    let view = ImageView::from_slice(pixels, *width, *height, ImageFormat::Lum).expect("a picture");
    let formats = [BarcodeFormat::QRCode, BarcodeFormat::DataMatrix, BarcodeFormat::Code128];
    let reader = zxingcpp::read().formats(formats).try_harder(true);
    let codes = reader.from(view).expect("the decoder runs");
    let mut found: Vec<_> = codes
        .iter()
        .map(|code| {
            let text = String::from_utf8(code.bytes()).expect("ASCII");
            (code.format(), code.symbology_identifier() + &text)
        })
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found
}

#[test]
fn m6_every_label_of_a_pack_reads_as_its_serial_at_every_resolution() {
    for resolution in Resolution::ALL {
        for stock in STOCKS {
            for (carrier, identifier) in [(Carrier::QrDigitalLink, "]Q"), (Carrier::Gs1DataMatrix, "]d2")] {
                for serial in serials(3) {
                    let facts = facts("L/2026-%1");
                    let label = unit::draw(&facts, &serial, carrier, stock.label, resolution.grid()).expect("fits");
                    let (printed, texts) = print_zpl(&zpl::write(&label, None));
                    let (seen, seen_texts) = print_svg(&svg::write(&label));
                    assert!(printed == seen, "the preview is what is printed, dot for dot");
                    assert_eq!(texts, seen_texts);
                    let found = scanned(&printed);
                    let what = format!("{resolution:?} {} {carrier:?} {serial}", stock.name);
                    let [(_, code)] = &found[..] else { panic!("{what}: {found:?}") };
                    assert!(code.starts_with(identifier), "{what}: {code}");
                    let unit = parse_scan(code.as_bytes()).expect("our parser reads it").unit().expect("a unit");
                    assert_eq!((unit.gtin, &unit.serial, unit.lot), (facts.gtin, &serial, Some(facts.lot.clone())));
                    let expiry = unit.expiry.expect("an expiry");
                    assert_eq!(expiry.as_str(), facts.expires_on.yymmdd());
                    assert_eq!(texts[7], serial.as_str());
                }
            }
        }
    }
}

/// What the head of `zpl` says a label takes.
#[test]
fn a_label_is_a_few_kilobytes_at_every_resolution() {
    for (resolution, most) in Resolution::ALL.into_iter().zip(ZPL_BYTES_MOST) {
        let mut longest = 0;
        for (stock, carrier) in
            STOCKS.iter().flat_map(|stock| [(stock, Carrier::QrDigitalLink), (stock, Carrier::Gs1DataMatrix)])
        {
            for serial in serials(3) {
                let label =
                    unit::draw(&facts("L/2026-%1"), &serial, carrier, stock.label, resolution.grid()).expect("fits");
                longest = longest.max(zpl::write(&label, None).len());
            }
        }
        println!("{resolution:?}: {longest} bytes");
        assert!(longest <= most && longest > most / 2, "{resolution:?}: {longest} bytes, {most} are said");
    }
}

/// Bytes of the longest label of a pack, by resolution.
const ZPL_BYTES_MOST: [usize; 3] = [2_000, 3_000, 4_000];

fn pallet(lot: Option<&str>) -> LogisticFacts {
    LogisticFacts {
        sscc: Sscc::build(3, "9506000", 1_234_567).expect("an SSCC"),
        from: "Huaxin Pharmaceutical".to_owned(),
        to: "Jiuzhou Logistics".to_owned(),
        content: lot.map(|lot| Content {
            gtin: Gtin::parse("09506000134352").expect("a GTIN"),
            count: 48,
            lot: Some(Lot::parse(lot).expect("a lot")),
            expires_on: Some(Date::parse_iso("2027-10").expect("a month")),
        }),
    }
}

/// Everything on the label agrees with the facts; returns how many linear symbols there are.
#[track_caller]
fn check_logistic(facts: &LogisticFacts, picture: &Picture) -> usize {
    let found = scanned(picture);
    let (matrix, linear): (Vec<_>, Vec<_>) = found.iter().partition(|(format, _)| *format == BarcodeFormat::DataMatrix);
    let [(_, whole)] = &matrix[..] else { panic!("one DataMatrix: {found:?}") };
    let scan = parse_scan(whole.as_bytes()).expect("the DataMatrix holds a whole element string");
    assert_eq!(scan.sscc(), Some(facts.sscc));
    if let Some(content) = &facts.content {
        assert_eq!(scan.value(Ai::CONTENT), Some(content.gtin.as_str()));
        assert_eq!(scan.value(Ai::COUNT), Some(content.count.to_string().as_str()));
        assert_eq!(scan.lot(), content.lot);
        assert_eq!(scan.value(Ai::EXPIRY).map(str::to_owned), content.expires_on.map(|date| date.yymmdd()));
    }
    // The first in the order of text is the SSCC: (00).
    let alone = linear.first().expect("an SSCC");
    assert_eq!(parse_scan(alone.1.as_bytes()).expect("an SSCC").sscc(), Some(facts.sscc));
    // Associations hold over the symbols of a label, not within one: joined, they say what the DataMatrix says.
    for (_, code) in &linear {
        let data = code.strip_prefix("]C1").expect("FNC1 came first");
        for (ai, value) in tracelight_domain::gs1::element_string::parse(data).expect("an element string") {
            assert_eq!(scan.value(ai), Some(value.as_str()));
        }
    }
    linear.len()
}

#[test]
fn every_logistic_label_reads_as_its_sscc_and_its_content() {
    // Of a long lot the bars would be wider than the paper; (02)(37) is 99 mm wide.
    let cases = [(None, [1, 1, 1]), (Some("A24K07"), [3, 3, 3]), (Some("AbCdEfGhIjKlMnOpQrSt"), [2, 2, 2])];
    for (lot, wanted) in cases {
        let facts = pallet(lot);
        for (stock, linear) in LOGISTIC_STOCKS.into_iter().zip(wanted) {
            for resolution in Resolution::ALL {
                let label = logistic::draw(&facts, stock.label, resolution.grid()).expect("fits");
                let (printed, texts) = print_zpl(&zpl::write(&label, None));
                assert!(printed == print_svg(&svg::write(&label)).0, "the preview is what is printed, dot for dot");
                assert_eq!(check_logistic(&facts, &printed), linear, "{} {resolution:?} {lot:?}", stock.name);
                assert!(texts.contains(&format!("(00){}", facts.sscc)), "{texts:?}");
            }
        }
    }
}

#[test]
fn a_logistic_label_reads_off_paper_as_well() {
    let facts = pallet(Some("A24K07"));
    let label = logistic::draw(&facts, LOGISTIC_STOCKS[0].label, crate::grid::Grid::SHEET).expect("fits");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, page) = (folder.path().join("label.pdf"), folder.path().join("page"));
    std::fs::write(&file, pdf::single(&label).expect("a PDF")).expect("a file");
    let done = Command::new("pdftoppm").args(["-r", "300", "-gray", "-singlefile"]).arg(&file).arg(&page).status();
    assert!(done.expect("pdftoppm runs. Hint: install poppler-utils").success());
    let picture = pgm(&std::fs::read(page.with_extension("pgm")).expect("the page"));
    assert_eq!((picture.0, picture.1), (1241, 1749), "A6 at 300 dpi");
    assert_eq!(check_logistic(&facts, &picture), 3);
    let chinese = LogisticFacts { to: "九州".to_owned(), ..facts };
    let label = logistic::draw(&chinese, LOGISTIC_STOCKS[0].label, crate::grid::Grid::SHEET).expect("fits");
    let refused = pdf::single(&label).expect_err("the face has no such letters");
    assert!(refused.to_string().contains('九'), "{refused}");
}

#[test]
fn modules_and_bars_are_as_large_as_the_standard_wants() {
    for resolution in Resolution::ALL {
        let label = logistic::draw(&pallet(None), LOGISTIC_STOCKS[0].label, resolution.grid()).expect("fits");
        let sizes: Vec<(f32, f32)> = label
            .marks
            .iter()
            .filter_map(|mark| if let crate::drawing::Mark::Symbol(placed) = mark { Some(placed) } else { None })
            .map(|placed| (label.grid.mm(placed.module_width), label.grid.mm(placed.module_height)))
            .collect();
        let [(bar, height), (matrix, _)] = sizes[..] else { panic!("{sizes:?}") };
        assert!((0.495..=1.016).contains(&bar) && height >= 31.75 && matrix >= 0.743, "{sizes:?}");
    }
}
