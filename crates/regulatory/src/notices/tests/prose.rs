//! Prose as notices write it, every spelling that is promised, and any bytes at all.

use super::super::*;
use proptest::prelude::*;

fn scope(text: &str) -> Scope {
    extract(&[(Field::Codes, text)])
}

#[track_caller]
fn gtins(text: &str, expected: &[&str]) {
    let scope = scope(text);
    let found: Vec<String> = scope.gtins.iter().map(|found| found.value.to_string()).collect();
    assert_eq!(found, expected, "{text}");
    assert_eq!((scope.lots.len(), scope.dates.len()), (0, 0), "{text}: {scope:?}");
}

#[track_caller]
fn doubtful(text: &str, expected: &[&str]) {
    let scope = scope(text);
    assert_eq!(scope.gtins, [], "{text}");
    let found: Vec<&str> = scope.doubtful.iter().map(|doubtful| doubtful.digits.as_str()).collect();
    assert_eq!(found, expected, "{text}");
}

#[track_caller]
fn lots(text: &str, expected: &[&str]) {
    let scope = scope(text);
    let mut found: Vec<&str> = scope.lots.iter().map(|found| found.value.as_str()).collect();
    let ranges: Vec<String> =
        scope.lot_ranges.iter().map(|found| format!("{}..{}", found.value.from, found.value.to)).collect();
    found.extend(ranges.iter().map(String::as_str));
    assert_eq!(found, expected, "{text}: {scope:?}");
    assert_eq!(scope.gtins, [], "{text}");
}

/// `kind from to`, an open end as `*`.
#[track_caller]
fn dates(text: &str, expected: &[&str]) {
    let scope = scope(text);
    let end = |date: Option<Date>| date.map_or_else(|| "*".to_owned(), |date| date.to_string());
    let found: Vec<String> = scope
        .dates
        .iter()
        .map(|found| format!("{:?} {} {}", found.value.kind, end(found.value.from), end(found.value.to)))
        .collect();
    assert_eq!(found, expected, "{text}: {scope:?}");
    assert_eq!((scope.gtins.len(), scope.lots.len()), (0, 0), "{text}: {scope:?}");
}

#[track_caller]
fn gaps(text: &str, expected: &[Gap]) {
    let scope = scope(text);
    let found: Vec<Gap> = scope.not_understood.iter().map(|passage| passage.gap).collect();
    assert_eq!(found, expected, "{text}: {scope:?}");
}

#[test]
fn codes_in_all_their_spellings() {
    gtins("UPC 0 12345 67890 5", &["00012345678905"]);
    gtins("UPC: 012345678905.", &["00012345678905"]);
    gtins("UPC#0-12345-67890-5", &["00012345678905"]);
    gtins("UPC 0 12345-67890 5.  12 units per case", &["00012345678905"]);
    gtins("(UPC 012345678905)", &["00012345678905"]);
    gtins("U.P.C. code number 012345678905", &["00012345678905"]);
    gtins("EAN 4006381333931", &["04006381333931"]);
    gtins("EAN: 4 006381 333931", &["04006381333931"]);
    gtins("EAN-8: 96385074", &["00000096385074"]);
    gtins("GTIN 10012345678902", &["10012345678902"]);
    gtins("case UPC 100 12345 67890 2", &["10012345678902"]);
    gtins("UPC 1 00 12345 67890 2", &["10012345678902"]);
    gtins("UPC 0 425261 4", &["00042100005264"]);
    gtins("8 901000 000057", &["08901000000057"]);
    gtins("$5.99-16 oz 012345678905 in a box", &["00012345678905"]);
    gtins("UPC: \n8 oz - 012345678905\n1 lb. - 4006381333931\n", &["00012345678905", "04006381333931"]);
    gtins(
        "UPCs: 012345678905, 4006381333931 and 10012345678902",
        &["00012345678905", "04006381333931", "10012345678902"],
    );
    gtins("UPC012345678905", &["00012345678905"]);
    gtins("GTIN14 10012345678902", &["10012345678902"]);
    gtins("UPC 012345678905, 12/case", &["00012345678905"]);
    gtins("UPC 012345678905 24 ct", &["00012345678905"]);
}

#[test]
fn what_a_code_rests_on_is_said() {
    let basis = |text: &str| scope(text).gtins.first().map(|found| found.basis);
    assert_eq!(basis("UPC 0 12345 67890 5"), Some(Basis::Stated));
    assert_eq!(basis("0 12345 67890 5"), Some(Basis::Inferred));
    assert_eq!(basis("SKU: 0 12345 67890 5"), Some(Basis::Inferred));
    assert_eq!(basis("0 12345 67890 5, that is UPC 0 12345 67890 5"), Some(Basis::Stated), "the better one stays");
    assert_eq!(scope("UPC 012345678905 UPC 012345678905").gtins.len(), 1);
}

#[test]
fn wrong_codes_are_doubtful_and_not_dropped() {
    doubtful("UPC 0 12345 67890 6", &["012345678906"]);
    doubtful("012345678906", &["012345678906"]);
    doubtful("UPC 1234567890, 6/case", &["1234567890"]);
    doubtful("UPC 12345 67890", &["1234567890"]);
    doubtful("UPC 12345678905", &["12345678905"]);
    let found = &scope("UPC 0 12345 67890 6").doubtful;
    assert_eq!(found.first().map(|doubtful| doubtful.doubt.clone()), Some(Doubt::CheckDigit { expected: '5' }));
    let could_be = |text: &str| -> Vec<String> {
        scope(text).doubtful.iter().flat_map(|doubtful| &doubtful.could_be).map(ToString::to_string).collect()
    };
    assert!(could_be("UPC 1234567890").contains(&"00012345678905".to_owned()), "the check digit is added");
    assert!(could_be("UPC 12345678905").contains(&"00012345678905".to_owned()), "a zero is put back");
    gaps("UPC: 2-77580-XXXXX-7, where X is the price", &[Gap::Placeholder]);
}

#[test]
fn numbers_that_are_no_codes_stay_alone() {
    for text in [
        "Phone 1(888)960-6024",
        "tel. +1 888 960 6024 12",
        "Item# 012345678905",
        "NO UPC",
        "UPC codes are on the package",
        "19800 8th Street East, Sonoma, CA 95476",
        "packed 12 jars per case, 27.6 oz (20 x 1.38-oz. 6-pack carton), 16/20, 1:5, ISO 9001:2000",
        "Plant #06-2374",
        "lots of flavor, a lot more",
        "best by date is on the bottom",
        "packed in 2x8lb pouches and produced in the USA",
        "code of practice",
    ] {
        let found = scope(text);
        let empty = Scope {
            extent: Extent::NotStated,
            gtins: vec![],
            doubtful: vec![],
            lots: vec![],
            lot_ranges: vec![],
            dates: vec![],
            not_understood: vec![],
        };
        assert_eq!(found, empty, "{text}");
    }
}

#[test]
fn lots_in_all_their_spellings() {
    lots("Lot 24123", &["24123"]);
    lots("LOT#: 24123A", &["24123A"]);
    lots("Lot No. L-2305/7", &["L-2305/7"]);
    lots("Lot Code(s): A1, A2 and A3", &["A1", "A2", "A3"]);
    lots("Lot numbers 5123, 5124; 5125 & 5126", &["5123", "5124", "5125", "5126"]);
    lots("Batch # 230512", &["230512"]);
    lots("Lot/Batch Number: L2305-01", &["L2305-01"]);
    lots("Lots: 24123 24124 24125 12 oz", &["24123", "24124", "24125"]);
    lots("Lot Codes:\n5123A\n5124B\n", &["5123A", "5124B"]);
    lots("Lots 1001 through 1010", &["1001..1010"]);
    lots("Lot codes A100 - A120 and A130", &["A130", "A100..A120"]);
    lots("Code: AB1234", &["AB1234"]);
    lots("Production codes 51230, 51240", &["51230", "51240"]);
    lots("Lot#s 24123, 24124", &["24123", "24124"]);
    lots("Lots A-1 and S-12", &["A-1", "S-12"]);
    lots("Lot 24123, 24124, 12 oz", &["24123", "24124"]);
    lots("Lot A1234/A1235", &["A1234", "A1235"]);
    let mixed = scope("Lot A123 (exp 11/2025); A124 (exp 12/2025)");
    let found: Vec<_> = mixed.lots.iter().map(|lot| (lot.value.as_str(), lot.basis)).collect();
    assert_eq!(found, [("A123", Basis::Stated), ("A124", Basis::Inferred)]);
    assert_eq!(mixed.dates.len(), 2);
    let mixed = scope("UPC 012345678905 Lot# 24123 Best By 11/04/2025");
    assert_eq!((mixed.gtins.len(), mixed.lots.len(), mixed.dates.len()), (1, 1, 1));
    let mixed = scope("Best By: 05/12/2026 (lot 24123), 05/13/2026 (lot 24124)");
    let kinds: Vec<_> = mixed.dates.iter().map(|date| (date.value.kind, date.basis)).collect();
    assert_eq!(kinds, [(DateKind::BestBy, Basis::Stated), (DateKind::BestBy, Basis::Inferred)]);
    let glued = scope("UPC:012345678905LOT:24123 EXP04NOV2025");
    assert_eq!((glued.gtins.len(), glued.lots.len(), glued.dates.len()), (1, 1, 1));
    let long = scope("Lot: 123456789012, 123456789013");
    assert_eq!((long.lots.len(), long.doubtful.len(), long.gtins.len()), (2, 0, 0), "a long lot is no code");
}

#[test]
fn dates_in_all_their_spellings() {
    dates("best by 11/04/2025 to 04/19/2026", &["BestBy 2025-11-04 2026-04-19"]);
    dates("Best if used by: 11/4/25 - 4/19/26", &["BestBy 2025-11-04 2026-04-19"]);
    dates("BEST BEFORE 2025-11-04", &["BestBy 2025-11-04 2025-11-04"]);
    dates("Use or Freeze By NOV 04 2025", &["UseBy 2025-11-04 2025-11-04"]);
    dates("Use By Nov. 4, 2025 through Nov. 10, 2025", &["UseBy 2025-11-04 2025-11-10"]);
    dates("use by Nov 4-10, 2025", &["UseBy 2025-11-04 2025-11-10"]);
    dates("Sell By dates between November 4, 2025 and November 10, 2025", &["SellBy 2025-11-04 2025-11-10"]);
    dates(
        "sell-by 11/3/2025, 11/4/2025 and 11/5/2025",
        &["SellBy 2025-11-03 2025-11-03", "SellBy 2025-11-04 2025-11-04", "SellBy 2025-11-05 2025-11-05"],
    );
    dates("Exp. 11/2025", &["Expiry 2025-11 2025-11"]);
    dates("Expiration Date: 31 DEC 2025", &["Expiry 2025-12-31 2025-12-31"]);
    dates("EXP 04NOV2025", &["Expiry 2025-11-04 2025-11-04"]);
    dates("EXP: 4-Nov-25", &["Expiry 2025-11-04 2025-11-04"]);
    dates("Exp Nov 2025", &["Expiry 2025-11 2025-11"]);
    dates("expires 20251104", &["Expiry 2025-11-04 2025-11-04"]);
    dates("Harvested On:\n09 22 25", &["Harvest 2025-09-22 2025-09-22"]);
    dates("manufactured on 31/10/2025", &["Production 2025-10-31 2025-10-31"]);
    dates("best by dates on or before 11/04/2025", &["BestBy * 2025-11-04"]);
    dates("best by 11/04/2025 or earlier", &["BestBy * 2025-11-04"]);
    dates("use by 11/04/2025 and later", &["UseBy 2025-11-04 *"]);
    dates("best by dates 12/28 to 1/3/26", &["BestBy 2025-12-28 2026-01-03"]);
    dates("sold between 11/1/2025 and 11/4/2025", &["Sold 2025-11-01 2025-11-04"]);
    dates("marked 11/04/2025 on the side", &["Unlabelled 2025-11-04 2025-11-04"]);
    dates("Exp: 2027 JAN 15", &["Expiry 2027-01-15 2027-01-15"]);
    dates("BEST BY DEC 12 25", &["BestBy 2025-12-12 2025-12-12"]);
    dates("Best by 12/5/25-12/9/25", &["BestBy 2025-12-05 2025-12-09"]);
    dates("Best By Dates: Jan 5 2026, Jan 6 2026", &["BestBy 2026-01-05 2026-01-05", "BestBy 2026-01-06 2026-01-06"]);
    dates("Codes: 5/12/26 through 5/19/26", &["Unlabelled 2026-05-12 2026-05-19"]);
    dates("made from October 3, 2025, through October 10, 2025", &["Unlabelled 2025-10-03 2025-10-10"]);
    gaps("Lot No. / Exp. Date: 2401 / 01/2026, 2402 / 02/2026", &[Gap::Lot, Gap::Date]);
    gaps("EXP 12/26", &[Gap::AmbiguousDate]);
    gaps("Best by 99/99/2025", &[Gap::Date]);
    gaps("Julian dates 241 to 244", &[Gap::JulianDay]);
    gaps("Lot #: see label", &[Gap::Lot]);
    gaps("Lot code: 24 123 A1, 12 oz", &[Gap::Lot]);
    gaps("lot numbers starting with 25", &[Gap::Lot]);
    gaps("UPC ending in 67890", &[Gap::Placeholder]);
    gaps("Serial numbers 123 to 456", &[Gap::Serial]);
    gaps("NDC 0409-4888-34", &[Gap::DrugCode]);
}

#[test]
fn the_extent_is_what_the_text_says() {
    assert_eq!(scope("All lots within expiry").extent, Extent::WholeProduct);
    assert_eq!(scope("all lot codes").extent, Extent::WholeProduct);
    assert_eq!(scope("Lot 24123").extent, Extent::Limited);
    assert_eq!(scope("best by 11/04/2025").extent, Extent::Limited);
    assert_eq!(scope("Chocolate bar, 2 oz.").extent, Extent::NotStated);
}

#[test]
fn a_flood_of_codes_ends_at_the_bound_and_says_so() {
    let many: String = (0..CODES_PER_NOTICE_MAX + 10).map(|number| format!("A{number:06}, ")).collect();
    let scope = scope(&format!("Lots {many}"));
    assert!(scope.lots.len() <= CODES_PER_NOTICE_MAX + 1);
    assert_eq!(scope.not_understood.last().map(|passage| passage.gap), Some(Gap::TooMany));
}

/// Each of these looked at the rest of the text from every word of it, once.
#[test]
fn long_texts_take_time_by_their_length() {
    let pieces = [
        "lot-1-",
        "UPC ,,, ",
        "UPC 1-",
        "lot a, ",
        "best by 1/2, ",
        "5/12/",
        "1 2 ",
        "exp (",
        "lot 1 (",
        "012345678905 ",
        "UPC 1234567, ",
    ];
    let begin = std::time::Instant::now();
    for piece in pieces {
        let text = piece.repeat(256 * 1024 / piece.len());
        let found = scope(&text);
        assert!(
            found.lots.len() + found.doubtful.len() + found.not_understood.len() <= CODES_PER_NOTICE_MAX + 1,
            "{piece}"
        );
    }
    let seconds = begin.elapsed().as_secs();
    assert!(seconds < 20, "{seconds} s for 3 MB");
}

/// Pieces that make prose out of which anything may come.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "UPC",
        "Lot",
        "best by",
        "use by",
        "exp",
        "code",
        "to",
        "-",
        "/",
        ",",
        "and",
        "\n",
        "all lots",
        "Nov",
        "2025",
        "11",
        "04",
        "0 12345 67890 5",
        "11/04/2025",
        "A123",
        "#",
        ":",
        "between",
        "or earlier",
        "é",
        "¿",
        "XXXXX",
        "99",
        "Julian",
        ".",
    ]);
    prop::collection::vec((words, prop::bool::ANY), 0..40).prop_map(|list| {
        list.into_iter().map(|(word, space)| format!("{word}{}", if space { " " } else { "" })).collect()
    })
}

proptest! {
    /// Nothing panics, every find stands in the text, and every code has a right check digit.
    #[test]
    fn any_prose_is_read_and_finds_stand_in_it(text in prop_oneof![pieces(), "\\PC{0,200}", "(?s).{0,80}"]) {
        let scope = scope(&text);
        let lots = scope.lots.iter().map(|found| &found.text);
        let dates = scope.dates.iter().map(|found| &found.text);
        let gtins = scope.gtins.iter().map(|found| &found.text);
        for found in lots.chain(dates).chain(gtins).chain(scope.doubtful.iter().map(|doubtful| &doubtful.text)) {
            prop_assert!(text.contains(found.as_str()), "{found}");
        }
        for range in scope.dates.iter().map(|found| found.value) {
            prop_assert!(range.from.is_some() || range.to.is_some());
            prop_assert!(range.from.zip(range.to).is_none_or(|(from, to)| from <= to));
        }
    }

    /// A code with a right check digit is found in each way to print it; with a wrong one it is doubtful.
    #[test]
    fn every_upc_is_found_in_each_grouping(payload in "[0-9]{11}", style in 0_usize..4, wrong in 1_u8..10) {
        let check = tracelight_domain::gs1::check_digit(payload.as_bytes()).expect("digits");
        let write = |check: u8| {
            let digits = format!("{payload}{}", char::from(check));
            let (a, b, c, d) = (&digits[..1], &digits[1..6], &digits[6..11], &digits[11..]);
            match style {
                0 => format!("UPC {digits}"),
                1 => format!("UPC: {a} {b} {c} {d}, 6/case"),
                2 => format!("UPC {a}-{b}-{c}-{d}."),
                _ => format!("x {a} {b} {c} {d}\n"),
            }
        };
        let found = scope(&write(check));
        prop_assert_eq!(found.gtins.len(), 1);
        prop_assert_eq!(found.gtins[0].value.as_str(), format!("00{payload}{}", char::from(check)));
        let other = b'0' + (check - b'0' + wrong) % 10;
        let found = scope(&write(other));
        prop_assert_eq!(found.gtins.len(), 0);
        prop_assert_eq!(found.doubtful.len(), usize::from(style < 3));
    }

    /// Every date is read back from each spelling that is not ambiguous.
    #[test]
    fn every_date_is_read_in_each_spelling(days in 16_500_i64..27_700, style in 0_usize..8) {
        const NAMES: [&str; 12] =
            ["Jan", "Feb", "March", "Apr", "May", "June", "Jul", "Aug", "Sept", "Oct", "November", "Dec"];
        let date = Date::from_days(days).expect("a date");
        let (year, month, day) = (date.year(), date.month(), date.day());
        let name = NAMES[usize::from(month) - 1];
        let text = match style {
            0 => format!("{month:02}/{day:02}/{year}"),
            1 => format!("{month}/{day}/{:02}", year % 100),
            2 => format!("{year}-{month:02}-{day:02}"),
            3 => format!("{name} {day}, {year}"),
            4 => format!("{day:02} {} {year}", name.to_uppercase()),
            5 => format!("{day:02}{}{year}", &name.to_uppercase()[..3]),
            6 => format!("{year}{month:02}{day:02}"),
            _ => format!("{month:02}-{day:02}-{year}"),
        };
        prop_assume!(style != 5 && style != 6 || (2015..=2045).contains(&year));
        let found = scope(&format!("Best by {text}."));
        let range = DateRange { kind: DateKind::BestBy, from: Some(date), to: Some(date) };
        prop_assert_eq!(found.dates.iter().map(|found| found.value).collect::<Vec<_>>(), vec![range], "{}", text);
    }
}
