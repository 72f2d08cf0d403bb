mod rules;

use super::*;
use calamine::{Data, Reader as _, Xlsx};
use proptest::prelude::*;
use serde_json::Value;
use std::io::{Cursor, Read as _};
use tracelight_domain::gs1::Date;

fn date(text: &str) -> Date {
    Date::parse_iso(text).expect("a date")
}

fn tlc(text: &str) -> Option<Tlc> {
    Some(Tlc::parse(text).expect("a lot code"))
}

fn place(name: &str) -> Option<Location> {
    let text = |part: &str| format!("{part} of {name}");
    Some(Location {
        code: String::new(),
        name: name.to_owned(),
        phone: "555-0100".to_owned(),
        street: text("street"),
        city: text("city"),
        state: "CA".to_owned(),
        postal: "93905".to_owned(),
        country: String::new(),
    })
}

fn quantity(amount: &str) -> Quantity {
    Quantity { amount: Some(Amount::parse(amount).expect("an amount")), uom: "CS".to_owned() }
}

fn product(name: &str) -> ProductDescription {
    ProductDescription { name: name.to_owned(), size: "12 oz".to_owned(), style: "clamshell".to_owned() }
}

fn document() -> Document {
    Document { kind: "BOL".to_owned(), number: "0042".to_owned() }
}

fn entry(id: &str, record: Record) -> Entry {
    Entry { id: id.to_owned(), food: "Leafy greens".to_owned(), kind: FoodKind::Produce, record }
}

fn packing(code: &str, at: &str) -> InitialPacking {
    InitialPacking {
        commodity: "Lettuce".to_owned(),
        variety: "=Romaine".to_owned(),
        received: Some(date("2026-05-01")),
        quantity_received: quantity("12.5"),
        harvest_location: place("Farm"),
        field: "North 7".to_owned(),
        harvester: "Crew".to_owned(),
        harvester_phone: "+1 555 0101".to_owned(),
        harvest_date: Some(date("2026-04-30")),
        tlc: tlc(code),
        product: product("Romaine hearts"),
        quantity_packed: quantity("40"),
        packing_location: place(at),
        packed: Some(date("2026-05-02")),
        document: document(),
        ..InitialPacking::default()
    }
}

fn shipping(code: &str, source: &str, from: &str) -> Shipping {
    Shipping {
        tlc: tlc(code),
        quantity: quantity("40"),
        product: product("Romaine hearts"),
        ship_to: place("Store"),
        ship_from: place(from),
        shipped: Some(date("2026-05-03")),
        source: place(source).map(TlcSource::Location),
        document: document(),
    }
}

fn receiving(code: &str, source: &str, supplier: Supplier) -> Receiving {
    Receiving {
        supplier,
        tlc: tlc(code),
        quantity: quantity("40"),
        product: product("Romaine hearts"),
        ship_from: place("Farm"),
        ship_to: place("Store"),
        received: Some(date("2026-05-04")),
        source: place(source).map(TlcSource::Location),
        document: document(),
    }
}

fn transformation(used: &[&str], produced: &[&str]) -> Transformation {
    let used = used.iter().map(|code| Used { tlc: tlc(code), product: product("Hearts"), quantity: quantity("1") });
    let made =
        produced.iter().map(|code| Produced { tlc: tlc(code), product: product("Mix"), quantity: quantity("2") });
    Transformation {
        used: used.collect(),
        produced: made.collect(),
        location: place("Kitchen"),
        transformed: Some(date("2026-05-05")),
        document: document(),
        source_reference: String::new(),
    }
}

/// An entry of each CTE, the first and the last ones full.
fn one_of_each() -> Vec<Entry> {
    vec![
        entry("H1", Record::Harvesting(Harvesting { harvest_date: Some(date("2026-04-30")), ..Harvesting::default() })),
        entry("C1", Record::Cooling(Cooling::default())),
        entry("P1", Record::InitialPacking(packing("L1", "Shed"))),
        entry("S1", Record::SproutPacking(SproutPacking { tlc: tlc("L1"), ..SproutPacking::default() })),
        entry("X1", Record::ExemptPacking(ExemptPacking::default())),
        entry("F1", Record::Landing(Landing::default())),
        entry("D1", Record::Shipping(shipping("L1", "Shed", "Shed"))),
        entry("R1", Record::Receiving(receiving("L1", "Shed", Supplier::Covered))),
        entry("T1", Record::Transformation(transformation(&["L1", "L2"], &["M1", "M2", "M3"]))),
    ]
}

fn request<'a>(entries: &'a [Entry], selection: &'a Selection) -> Request<'a> {
    Request { entries, selection, time_zone: "America/Los_Angeles", made_on: date("2026-06-01"), glossary: &[] }
}

fn exported(entries: &[Entry], selection: &Selection) -> Export {
    export(&request(entries, selection)).expect("an export")
}

fn ids(export: &Export) -> Vec<&str> {
    let mut ids: Vec<&str> =
        export.sheets.iter().flat_map(|sheet| &sheet.rows).map(|row| row.record.as_str()).collect();
    ids.dedup();
    ids
}

fn open(export: &Export) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(export.xlsx().expect("a workbook"))).expect("calamine reads it")
}

#[test]
fn the_columns_are_those_of_the_shared_tables() {
    let Some(path) = tracelight_testkit::shared_data("fsma204/cte_kde_tables.json") else { return };
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("readable")).expect("JSON");
    let tables = file["cte"].as_object().expect("an object");
    assert_eq!(tables.len(), 8);
    let names = [
        ("harvesting", Cte::Harvesting),
        ("cooling", Cte::Cooling),
        ("initial_packing", Cte::InitialPacking),
        ("initial_packing_sprouts", Cte::SproutPacking),
        ("initial_packing_from_exempt", Cte::ExemptPacking),
        ("shipping", Cte::Shipping),
        ("receiving", Cte::Receiving),
        ("transformation", Cte::Transformation),
    ];
    let export = exported(&one_of_each(), &Selection::default());
    let mut book = open(&export);
    for (name, cte) in names {
        let table = &tables[&format!("{name} {}", cte.section())];
        let expected: Vec<&str> = table.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let ours: Vec<&str> = cte.columns().iter().map(|column| column.name).collect();
        assert_eq!(ours, expected, "{name}");
        let sheet = book.worksheet_range(cte.sheet()).expect("a sheet of each");
        let written: Vec<String> = sheet.rows().next().expect("a header").iter().map(ToString::to_string).collect();
        assert_eq!(written, expected, "{name} in the workbook");
        let csv = String::from_utf8(export.csv(cte).expect("a csv")).expect("UTF-8");
        let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
        assert_eq!(reader.headers().expect("a header").iter().collect::<Vec<_>>(), expected, "{name} in CSV");
    }
    let rules = &file["rules"];
    assert_eq!(rules["one_sheet_per_cte"], true);
    assert_eq!(rules["tlc_assigned_only_by"].as_array().map(Vec::len), Some(4));
    assert_eq!(file["location_description"].as_array().map(Vec::len), Some(6));
    assert_eq!(file["product_description"].as_array().map(Vec::len), Some(3));
}

#[test]
fn every_record_has_a_cell_for_each_of_its_columns_and_a_paragraph_for_each() {
    for entry in one_of_each() {
        let cte = entry.record.cte();
        assert_eq!(entry.rows().len(), entry.record.rows_count());
        for row in entry.rows() {
            assert_eq!(row.len(), cte.columns().len(), "{cte:?}");
        }
        let section = cte.section().split('(').next().expect("a section");
        assert!(cte.columns().iter().all(|column| column.cfr.starts_with(section)), "{cte:?}");
        assert!(cte.sheet().len() <= 31);
    }
}

/// The regulation's "if applicable", one by one: a column that is not here must be there.
#[test]
fn only_what_the_regulation_lets_be_absent_may_be() {
    let optional: Vec<(Cte, &str)> = Cte::ALL
        .into_iter()
        .flat_map(|cte| cte.columns().iter().map(move |column| (cte, column)))
        .filter(|(_, column)| column.need != Need::Always)
        .map(|(cte, column)| (cte, column.name))
        .collect();
    let expected = [
        (Cte::Harvesting, "Variety"),
        (Cte::Harvesting, "Field Name"),
        (Cte::Cooling, "Variety"),
        (Cte::InitialPacking, "Variety"),
        (Cte::InitialPacking, "Field Name"),
        (Cte::InitialPacking, "Cooling Location"),
        (Cte::InitialPacking, "Cooling Date"),
        (Cte::InitialPacking, "TLC Source Reference"),
        (Cte::SproutPacking, "Seed Grower Location"),
        (Cte::SproutPacking, "Seed Harvest Date"),
        (Cte::SproutPacking, "Seed Supplier Lot Code"),
        (Cte::SproutPacking, "Sprouter Seed Lot Code"),
        (Cte::SproutPacking, "Seed Type"),
        (Cte::SproutPacking, "Taxonomic Name"),
        (Cte::SproutPacking, "Antimicrobial Treatment"),
        (Cte::ExemptPacking, "Variety"),
        (Cte::ExemptPacking, "TLC Source Reference"),
        (Cte::Landing, "TLC Source Reference"),
        (Cte::Transformation, "TLC Source Reference"),
    ];
    assert_eq!(optional, expected);
}

#[test]
fn the_workbook_reads_back_as_it_was_meant() {
    let export = exported(&one_of_each(), &Selection::default());
    let mut book = open(&export);
    let names = book.sheet_names();
    assert_eq!(names.len(), Cte::ALL.len() + 5);
    assert_eq!(
        (names.first().map(String::as_str), names.last().map(String::as_str)),
        (Some("About"), Some("Glossary"))
    );
    let packed = book.worksheet_range("Initial packing").expect("a sheet");
    assert_eq!(packed.get_value((1, 1)), Some(&Data::String("=Romaine".to_owned())), "text, no formula");
    assert_eq!(packed.get_value((1, 8)), Some(&Data::String("+1 555 0101".to_owned())));
    assert_eq!(packed.get_value((1, 3)), Some(&Data::Float(12.5)));
    let Some(Data::DateTime(received)) = packed.get_value((1, 2)) else { panic!("a date cell") };
    let (year, month, day, ..) = received.to_ymd_hms_milli();
    assert_eq!((year, month, day), (2026, 5, 1));
    let document = packed.get_value((1, 20));
    assert_eq!(document, Some(&Data::String("0042".to_owned())), "zeros in front stay");
    let made = book.worksheet_range("Transformation").expect("a sheet");
    let pairs: Vec<(String, String)> =
        made.rows().skip(1).map(|row| (row[0].to_string(), row[4].to_string())).collect();
    let expected = [("L1", "M1"), ("L1", "M2"), ("L1", "M3"), ("L2", "M1"), ("L2", "M2"), ("L2", "M3")];
    assert_eq!(pairs, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let about: Vec<String> =
        book.worksheet_range("About").expect("a sheet").rows().map(|row| format!("{}: {}", row[0], row[1])).collect();
    for words in
        ["Time zone of all dates: America/Los_Angeles", "Selected: Foods: all", "each pair", "1 records, 6 rows"]
    {
        assert!(about.iter().any(|line| line.contains(words)), "{words} in {about:#?}");
    }
    let formulas = book.worksheet_formula("Initial packing").expect("a sheet");
    assert!(formulas.rows().flatten().all(String::is_empty));
    let index = book.worksheet_range("Records").expect("a sheet");
    let sprouts = index.rows().find(|row| row[2] == Data::String("S1".to_owned())).expect("the sprouts are there");
    assert_eq!(sprouts[3].to_string(), "L1", "the lot that the table has no column for");
}

#[test]
fn headers_are_frozen_and_filtered_and_the_bytes_are_the_same_each_time() {
    let export = exported(&one_of_each(), &Selection::default());
    let bytes = export.xlsx().expect("a workbook");
    assert_eq!(bytes, export.xlsx().expect("a workbook"), "no time of now is in it");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a package");
    let mut core = String::new();
    archive.by_name("docProps/core.xml").expect("properties").read_to_string(&mut core).expect("readable");
    assert!(core.contains("2026-06-01T00:00:00Z"), "{core}");
    for number in 1..=Cte::ALL.len() + 5 {
        let mut xml = String::new();
        let mut member = archive.by_name(&format!("xl/worksheets/sheet{number}.xml")).expect("a sheet");
        member.read_to_string(&mut xml).expect("readable");
        assert!(xml.contains("state=\"frozen\"") && xml.contains("<autoFilter "), "sheet {number}");
    }
}

#[test]
fn what_is_missing_is_named_and_never_made_up() {
    let mut entries = one_of_each();
    for entry in &mut entries {
        entry.record = match entry.record.cte() {
            Cte::Harvesting => Record::Harvesting(Harvesting::default()),
            Cte::Cooling => Record::Cooling(Cooling::default()),
            Cte::InitialPacking => Record::InitialPacking(InitialPacking::default()),
            Cte::SproutPacking => Record::SproutPacking(SproutPacking::default()),
            Cte::ExemptPacking => Record::ExemptPacking(ExemptPacking::default()),
            Cte::Landing => Record::Landing(Landing::default()),
            Cte::Shipping => Record::Shipping(Shipping::default()),
            Cte::Receiving => Record::Receiving(Receiving::default()),
            Cte::Transformation => Record::Transformation(Transformation::default()),
        };
    }
    let export = exported(&entries, &Selection::default());
    for sheet in &export.sheets {
        assert!(sheet.rows.iter().flat_map(|row| &row.cells).all(|cell| *cell == Cell::Empty));
        let told: Vec<&str> = export.gaps.iter().filter(|gap| gap.cte == sheet.cte).map(|gap| gap.kde).collect();
        for column in sheet.cte.columns() {
            let expected = column.need != Need::IfApplicable;
            assert_eq!(told.contains(&column.name), expected, "{:?} {}", sheet.cte, column.name);
        }
    }
    let mut book = open(&export);
    let gaps = book.worksheet_range("Gaps").expect("a sheet");
    assert_eq!(gaps.rows().count(), export.gaps.len() + 1);
    let first: Vec<String> = gaps.rows().nth(1).expect("a gap").iter().map(ToString::to_string).collect();
    assert_eq!((first[0].as_str(), first[4].as_str()), ("H1", "21 CFR 1.1325(a)(1)(i)"));
}

#[test]
fn parts_of_a_place_and_a_month_without_a_day_are_gaps() {
    let mut record = shipping("L1", "Shed", "Shed");
    if let Some(place) = &mut record.ship_to {
        (place.phone, place.postal) = (String::new(), " ".to_owned());
    }
    record.shipped = Some(date("2026-05"));
    record.product.style.clear();
    let export = exported(&[entry("D1", Record::Shipping(record))], &Selection::default());
    let told: Vec<_> = export.gaps.iter().map(|gap| (gap.kde, gap.parts.clone(), gap.cfr)).collect();
    assert_eq!(
        told,
        [
            ("Product Description", vec!["packaging style"], "1.1340(a)(3)"),
            ("Ship To Location", vec!["phone number", "zip code"], "1.1340(a)(4)"),
            ("Ship Date", vec!["day"], "1.1340(a)(6)"),
        ]
    );
    let mut record = packing("L1", "Shed");
    record.cooling_location = Some(Location { name: "Cooler".to_owned(), ..Location::default() });
    let export = exported(&[entry("P1", Record::InitialPacking(record))], &Selection::default());
    assert_eq!(export.gaps.len(), 1, "what need not be there is whole when it is");
    let grown = |kind| {
        let mut entry = entry("H1", Record::Harvesting(Harvesting::default()));
        entry.kind = kind;
        exported(&[entry], &Selection::default()).gaps.iter().any(|gap| gap.kde == "Field Name")
    };
    assert!(grown(FoodKind::Produce) && grown(FoodKind::Aquaculture) && !grown(FoodKind::Other));
    let seeds = SproutPacking { taxonomic_name: "Medicago sativa".to_owned(), ..SproutPacking::default() };
    let export = exported(&[entry("S1", Record::SproutPacking(seeds))], &Selection::default());
    assert!(export.gaps.iter().all(|gap| gap.kde != "Seed Type"), "one of both is enough");
}

#[test]
fn codes_that_nobody_explains_are_in_the_glossary() {
    let mut record = shipping("L1", "Shed", "Shed");
    record.quantity.uom = "ZX9".to_owned();
    let entries = [entry("D1", Record::Shipping(record))];
    let selection = Selection::default();
    let own = [("BOL".to_owned(), "our bill".to_owned())];
    let export = export(&Request { glossary: &own, ..request(&entries, &selection) }).expect("an export");
    assert_eq!(export.unexplained.iter().collect::<Vec<_>>(), ["ZX9"]);
    assert_eq!(export.glossary.iter().filter(|(code, _)| code == "BOL").count(), 1);
    let mut book = open(&export);
    let glossary = book.worksheet_range("Glossary").expect("a sheet");
    let last: Vec<String> = glossary.rows().next_back().expect("a row").iter().map(ToString::to_string).collect();
    assert_eq!(last, ["ZX9", "not explained by the record keeper"]);
}

#[test]
fn bounds_are_refused_and_not_cut() {
    let lots: Vec<String> = (0..600).map(|number| format!("L{number}")).collect();
    let lots: Vec<&str> = lots.iter().map(String::as_str).collect();
    let entries = [entry("T1", Record::Transformation(transformation(&lots, &lots)))];
    let selection = Selection::default();
    assert_eq!(export(&request(&entries, &selection)), Err(ExportError::Rows { most: ROWS_MAX }));
    let mut record = packing("L1", "Shed");
    record.field = "x".repeat(40_000);
    let entries = [entry("P1", Record::InitialPacking(record))];
    assert!(matches!(export(&request(&entries, &selection)), Err(ExportError::CellText { found: 40_000, .. })));
    assert!(Tlc::parse("").is_err() && Tlc::parse("a\nb").is_err() && Tlc::parse(&"x".repeat(201)).is_err());
    for (text, shown) in [("12", Some("12")), ("12.5", Some("12.5")), ("0.050", Some("0.05"))] {
        assert_eq!(Amount::parse(text).ok().map(|amount| amount.to_string()).as_deref(), shown);
    }
    for text in ["", "-1", "1e5", "1.", ".5", "1.2345", "1234567890123", "１"] {
        assert!(Amount::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any text comes back from the workbook as text, and no CSV cell begins as a formula.
    #[test]
    fn texts_stay_texts(lead in "[=+@'\\-]?", rest in "[ -~é药]{1,40}", code in "[!-~]{1,30}") {
        let mut record = packing(&code, "Shed");
        record.variety = format!("{lead}{rest}");
        prop_assume!(!record.variety.trim().is_empty());
        let variety = record.variety.clone();
        let export = exported(&[entry("P1", Record::InitialPacking(record))], &Selection::default());
        let sheet = open(&export).worksheet_range("Initial packing").expect("a sheet");
        prop_assert_eq!(sheet.get_value((1, 1)), Some(&Data::String(variety.clone())));
        prop_assert_eq!(sheet.get_value((1, 12)), Some(&Data::String(code)));
        let csv = export.csv(Cte::InitialPacking).expect("a csv");
        let mut reader = csv::Reader::from_reader(&csv[3..]);
        for row in reader.records() {
            let row = row.expect("a row");
            prop_assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
            prop_assert_eq!(tracelight_domain::cell::restored(&row[1]), variety.as_str());
        }
    }
}
