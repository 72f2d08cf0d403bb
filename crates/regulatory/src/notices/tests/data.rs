//! The shared table of FDA recalls, and figures that were seen in it.

use super::super::*;
use std::collections::BTreeSet;

fn file() -> Option<Vec<u8>> {
    let path = tracelight_testkit::shared_data("recalls/fda_recalls_2024_2025.csv")?;
    Some(std::fs::read(path).expect("readable"))
}

#[test]
fn every_row_of_the_shared_table_is_a_notice_and_the_figures_hold() {
    let Some(bytes) = file() else { return };
    let import = read(&bytes, &Limits::SERVER).expect("a list of recalls");
    let scopes = || import.notices.iter().map(|notice| &notice.scope);
    let count = |of: fn(&Scope) -> usize| scopes().map(of).sum::<usize>();
    let gtins: BTreeSet<_> = scopes().flat_map(|scope| scope.gtins.iter().map(|found| found.value)).collect();
    let stated = scopes().flat_map(|scope| &scope.gtins).filter(|found| found.basis == Basis::Stated).count();
    println!("encoding {:?}, rows {}, notices {}", import.encoding, import.rows, import.notices.len());
    println!(
        "faults {}, remarks {}",
        import.faults.len(),
        import.notices.iter().map(|n| n.remarks.len()).sum::<usize>()
    );
    println!("gtins {} ({stated} stated, {} different)", count(|s| s.gtins.len()), gtins.len());
    println!("doubtful {}, lots {}", count(|s| s.doubtful.len()), count(|s| s.lots.len() + s.lot_ranges.len()));
    println!("dates {}, not understood {}", count(|s| s.dates.len()), count(|s| s.not_understood.len()));
    assert_eq!(import.encoding, Encoding::Windows1252);
    assert_eq!((import.rows, import.notices.len(), import.faults.len()), (200, 200, 0));
    assert_eq!(import.conflicts, []);
    assert!(import.notices.iter().all(|notice| notice.remarks.is_empty() && notice.initiated.is_some()));
    let class = |class| import.notices.iter().filter(|notice| notice.class == class).count();
    assert_eq!([class(Class::I), class(Class::II), class(Class::III)], [117, 79, 4]);
    let status = |status| import.notices.iter().filter(|notice| notice.status == status).count();
    assert_eq!([Status::Ongoing, Status::Completed, Status::Terminated].map(status), [183, 5, 12]);
    // Seen: 111 (95 stated), 108, 1, 6, 2.
    assert!(count(|s| s.gtins.len()) >= 111 && stated >= 95 && gtins.len() >= 110);
    assert!(count(|s| s.doubtful.len()) >= 108);
    assert!(count(|s| s.lots.len() + s.lot_ranges.len()) >= 1);
    assert!(count(|s| s.dates.len()) >= 6 && count(|s| s.not_understood.len()) >= 2);
}

/// What people read in a few of the rows.
#[test]
fn known_rows_give_what_stands_in_them() {
    let Some(bytes) = file() else { return };
    let import = read(&bytes, &Limits::SERVER).expect("a list of recalls");
    let scope =
        |id: &str| &import.notices.iter().find(|notice| notice.key.id.ends_with(id)).expect("the row is there").scope;
    let gtins = |id: &str| scope(id).gtins.iter().map(|found| found.value.to_string()).collect::<Vec<_>>();
    assert_eq!(gtins("/217327"), ["08901000000057"]);
    assert_eq!(gtins("/217612").len(), 5);
    assert_eq!(gtins("/217342").len(), 8);
    assert_eq!(gtins("/217715"), ["00041415546912", "10041415545912"], "a piece and its case");
    assert_eq!(gtins("/217305"), ["00818905028162"]);
    assert_eq!(gtins("/217130").len(), 6, "a list in which only the first codes are announced");
    let range = scope("/217162").dates[0].value;
    assert_eq!(range.from.zip(range.to).map(|(a, b)| format!("{a} {b}")).as_deref(), Some("2025-10-12 2025-10-29"));
}

/// The originals, with header and line ends, are the file: not a byte is lost, whatever was made of the rows.
#[test]
fn the_originals_are_the_file() {
    let Some(bytes) = file() else { return };
    let import = read(&bytes, &Limits::SERVER).expect("a list of recalls");
    let mut text = import.header.join(",");
    for notice in &import.notices {
        text.push_str("\r\n");
        text.push_str(&notice.original.text);
    }
    let (again, _, lossy) = encoding_rs::WINDOWS_1252.encode(&text);
    let squeeze =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect() };
    assert!(!lossy);
    assert_eq!(squeeze(&again), squeeze(&bytes));
}
