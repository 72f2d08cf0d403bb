//! Sheets are printed to pixels by a foreign renderer and read by a foreign decoder.

mod hostile;
mod printed;
mod printer;
mod signed;

use crate::pdf::{Layout, draw};
use crate::sheet::PRESETS;
use crate::{LabelError, LabelFacts, csv};
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::Path;
use std::process::Command;
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial};
use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};

fn facts(lot: &str) -> LabelFacts {
    LabelFacts {
        public_base_url: "https://t.tracelight.example".to_owned(),
        gtin: Gtin::parse("09506000134352").expect("a valid GTIN"),
        lot: Lot::parse(lot).expect("a valid lot"),
        expires_on: Date::parse_iso("2027-10").expect("a valid month"),
        signing: None,
    }
}

/// Serials of full length, with the characters that a Digital Link has to escape among them.
fn serials(count: usize) -> Vec<Serial> {
    (0..count)
        .map(|index| {
            let text = match index % 3 {
                0 => format!("7F3K9QX2M4TBWZ{index:06}"),
                1 => format!("a/%?&+_-.{index:06}"),
                _ => format!("{index:04}"),
            };
            Serial::parse(&text).expect("a valid serial")
        })
        .collect()
}

fn layout(preset: usize, skip: usize) -> Layout {
    Layout { preset: PRESETS[preset], skip, first: NonZeroU64::MIN }
}

/// Width, height and grey pixels.
type Picture = (usize, usize, Vec<u8>);

/// Every page at 300 dpi as width, height and grey pixels.
fn rendered(pdf: &[u8], folder: &Path) -> Vec<Picture> {
    let file = folder.join("sheet.pdf");
    std::fs::write(&file, pdf).expect("a file in the temporary folder");
    let done = Command::new("pdftoppm")
        .args(["-r", "300", "-gray"])
        .arg(&file)
        .arg(folder.join("page"))
        .output()
        .expect("pdftoppm runs. Hint: install poppler-utils");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut pages: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pgm"))
        .collect();
    pages.sort();
    pages.iter().map(|path| pgm(&std::fs::read(path).expect("the page"))).collect()
}

/// Binary PGM with one byte a pixel: `P5 width height 255 pixels`.
fn pgm(bytes: &[u8]) -> Picture {
    let mut fields = Vec::new();
    let mut at = 0;
    while fields.len() < 4 {
        let length = bytes[at..].iter().position(u8::is_ascii_whitespace).expect("a header");
        fields.push(String::from_utf8(bytes[at..at + length].to_vec()).expect("an ASCII header"));
        at += length + 1;
    }
    assert_eq!((fields[0].as_str(), fields[3].as_str()), ("P5", "255"));
    let size = |field: &str| field.parse::<usize>().expect("a number");
    (size(&fields[1]), size(&fields[2]), bytes[at..].to_vec())
}

/// What a foreign decoder reads on a page, top to bottom, left to right.
fn decoded((width, height, pixels): &Picture) -> Vec<String> {
    let view = ImageView::from_slice(pixels, *width, *height, ImageFormat::Lum).expect("a picture");
    let reader = zxingcpp::read().formats([BarcodeFormat::QRCode]).try_harder(true);
    let mut rows: BTreeMap<(i32, i32), String> = BTreeMap::new();
    for code in reader.from(view).expect("the decoder runs") {
        let corner = code.position().top_left;
        // Labels of one row differ by less than a fifth of a label.
        assert!(rows.insert((corner.y / 100, corner.x), code.text()).is_none());
    }
    rows.into_values().collect()
}

#[test]
fn m5_a_foreign_decoder_reads_every_code_of_every_sheet_at_300_dpi() {
    for (preset, lot) in [(0, "A24K07"), (1, "LOT/2026-%11"), (2, "B1")] {
        let (facts, serials) = (facts(lot), serials(47));
        let pdf = draw(&facts, &serials, &layout(preset, 5)).expect("a sheet");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pages = rendered(&pdf, folder.path());
        assert_eq!(pages.len(), (47 + 5usize).div_ceil(PRESETS[preset].per_page()));
        let mut found: Vec<String> = pages.iter().flat_map(decoded).collect();
        let mut expected: Vec<String> =
            serials.iter().map(|serial| facts.digital_link(serial).expect("a link")).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "sheet {}", PRESETS[preset].name);
        for (link, serial) in found.iter().zip({
            let mut sorted = serials.clone();
            sorted.sort_by_key(|serial| facts.digital_link(serial).expect("a link"));
            sorted
        }) {
            let code = parse_scan(link.as_bytes()).expect("our own parser reads the link").unit().expect("a unit");
            assert_eq!((code.gtin, code.serial, code.lot), (facts.gtin, serial, Some(facts.lot.clone())));
        }
    }
}

#[test]
fn m5_a_page_is_a4_and_its_ruler_is_fifty_millimetres() {
    let pdf = draw(&facts("A24K07"), &serials(1), &layout(0, 0)).expect("a sheet");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pages = rendered(&pdf, folder.path());
    let (width, height, pixels) = &pages[0];
    let mm = |millimetres: f64| (millimetres / 25.4 * 300.0).round();
    assert!((*width as f64 - mm(210.0)).abs() <= 1.0 && (*height as f64 - mm(297.0)).abs() <= 1.0);
    // The longest dark run in the ruler's row.
    let row = height - mm(6.0) as usize - 1;
    let (mut longest, mut run) = (0, 0);
    for y in row - 2..=row + 2 {
        for pixel in &pixels[y * width..(y + 1) * width] {
            run = if *pixel < 128 { run + 1 } else { 0 };
            longest = longest.max(run);
        }
    }
    assert!((longest as f64 - mm(50.0)).abs() <= 3.0, "{longest} pixels");
}

#[test]
fn people_read_what_the_code_says() {
    let serials = serials(2);
    let pdf = draw(&facts("A24K07"), &serials, &layout(0, 0)).expect("a sheet");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("sheet.pdf");
    std::fs::write(&file, pdf).expect("a file");
    let done = Command::new("pdftotext").arg(&file).arg("-").output().expect("pdftotext runs. Hint: poppler-utils");
    let text = String::from_utf8(done.stdout).expect("UTF-8");
    for wanted in ["09506000134352", "A24K07", "2027-10", serials[0].as_str(), serials[1].as_str(), "labels 1-2"] {
        assert!(text.contains(wanted), "`{wanted}` in:\n{text}");
    }
}

#[test]
fn the_same_labels_are_the_same_bytes() {
    let once = draw(&facts("A24K07"), &serials(3), &layout(0, 0)).expect("a sheet");
    assert_eq!(once, draw(&facts("A24K07"), &serials(3), &layout(0, 0)).expect("a sheet"));
}

#[test]
fn a_code_that_would_be_too_small_is_refused_with_the_way_out() {
    let mut facts = facts("A24K07");
    facts.public_base_url = format!("https://{}.example", "long-".repeat(30).trim_end_matches('-'));
    let refused = draw(&facts, &serials(1), &layout(2, 0)).expect_err("does not fit");
    assert!(matches!(refused, LabelError::TooSmall { .. }), "{refused}");
    assert!(refused.to_string().contains("choose a sheet with larger labels"));
}

#[test]
fn a_spreadsheet_reads_the_table_and_runs_nothing() {
    let facts = facts("=1+1");
    let mut bytes = csv::head().expect("a head");
    bytes.extend(csv::rows(&facts, &serials(3)).expect("rows"));
    let text = String::from_utf8(bytes).expect("UTF-8");
    let body = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = ::csv::Reader::from_reader(body.as_bytes());
    assert_eq!(reader.headers().expect("a head"), csv::COLUMNS.as_slice());
    let rows: Vec<::csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 3);
    for (row, serial) in rows.iter().zip(serials(3)) {
        assert_eq!((&row[0], &row[1], &row[2]), ("09506000134352", "'=1+1", "2027-10"));
        assert_eq!(&row[3], serial.as_str());
        assert_eq!(row[4], facts.digital_link(&serial).expect("a link"));
        let scan = parse_scan(row[5].as_bytes()).expect("an element string").unit().expect("a unit");
        assert_eq!((scan.serial, scan.lot), (serial, Some(facts.lot.clone())));
    }
}
