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
    for notice in &import.notices {
        for found in notice.scope.lots.iter() {
            println!("  lot {} {:?} {}", notice.key, found.basis, found.text);
        }
        for found in &notice.scope.dates {
            println!("  date {} {:?} {:?} {:?}", notice.key, found.basis, found.value, found.text);
        }
        for passage in &notice.scope.not_understood {
            println!("  not understood {} {:?} {}", notice.key, passage.gap, passage.text);
        }
        for found in notice.scope.gtins.iter().filter(|found| found.basis == Basis::Inferred) {
            println!("  inferred {} {}", notice.key, found.text.escape_debug());
        }
        for doubtful in &notice.scope.doubtful {
            println!("  doubtful {} {:?} {}", notice.key, doubtful.doubt, doubtful.text.escape_debug());
        }
    }
    assert_eq!(import.encoding, Encoding::Windows1252);
    assert_eq!((import.rows, import.notices.len(), import.faults.len()), (200, 200, 0));
}
