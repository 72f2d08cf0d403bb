use super::{Fault, Linter, cset39, cset64, cset82, digits};
use crate::gs1::ai::entries;
use crate::gs1::vectors::{cases, text};
use std::collections::BTreeMap;

type Check = fn(&str) -> Result<(), Fault>;

/// The function behind a name of the dictionary.
fn by_name(name: &str) -> Option<Check> {
    Some(match name {
        "csetnumeric" => digits,
        "cset82" => cset82,
        "cset39" => cset39,
        "cset64" => cset64,
        "csum" => |data| Linter::CheckDigit.check(data),
        "csumalpha" => |data| Linter::CheckPair.check(data),
        "gcppos1" => |data| Linter::Prefix.check(data),
        "gcppos2" => |data| Linter::PrefixAfterFirst.check(data),
        "yymmdd" => |data| Linter::Date.check(data),
        "yymmd0" => |data| Linter::DateOrMonth.check(data),
        "yyyymmdd" => |data| Linter::LongDate.check(data),
        "yyyymmd0" => |data| Linter::LongDateOrMonth.check(data),
        "hhmi" => |data| Linter::HourMinute.check(data),
        "hh" => |data| Linter::Hour.check(data),
        "mi" => |data| Linter::Minute.check(data),
        "ss" => |data| Linter::Second.check(data),
        "iso3166" => |data| Linter::Country.check(data),
        "iso3166999" => |data| Linter::CountryOr999.check(data),
        "iso3166alpha2" => |data| Linter::CountryLetters.check(data),
        "iso4217" => |data| Linter::Currency.check(data),
        "iso5218" => |data| Linter::Sex.check(data),
        "iban" => |data| Linter::Iban.check(data),
        "packagetype" => |data| Linter::PackageType.check(data),
        "mediatype" => |data| Linter::MediaType.check(data),
        "winding" => |data| Linter::Winding.check(data),
        "yesno" => |data| Linter::YesNo.check(data),
        "hyphen" => |data| Linter::Hyphen.check(data),
        "zero" => |data| Linter::Zero.check(data),
        "nonzero" => |data| Linter::NonZero.check(data),
        "nozeroprefix" => |data| Linter::NoZeroPrefix.check(data),
        "hasnondigit" => |data| Linter::HasNonDigit.check(data),
        "pcenc" => |data| Linter::PercentEncoded.check(data),
        "pieceoftotal" => |data| Linter::PieceOfTotal.check(data),
        "posinseqslash" => |data| Linter::PositionInSequence.check(data),
        "latitude" => |data| Linter::Latitude.check(data),
        "longitude" => |data| Linter::Longitude.check(data),
        "importeridx" => |data| Linter::ImporterIndex.check(data),
        "couponcode" => |data| Linter::Coupon.check(data),
        "couponposoffer" => |data| Linter::CouponPositiveOffer.check(data),
        _ => return None,
    })
}

/// The dictionary shows a fault as `20*13*10`.
fn highlighted(data: &str, fault: &Fault) -> String {
    let mut shown: Vec<char> = data.chars().collect();
    shown.insert((fault.start + fault.length).min(shown.len()), '*');
    shown.insert(fault.start, '*');
    shown.into_iter().collect()
}

/// Cases about the lookup of company prefixes in a service that the reference code can be given. We have no such hook.
fn is_about_the_prefix_service(name: &str, data: &str, rule: &str) -> bool {
    rule == "GCP_DATASOURCE_OFFLINE"
        || matches!((name, data, rule), ("gcppos1", "1234567", _) | ("gcppos2", "I1234567", "INVALID_GCP_PREFIX"))
}

#[test]
fn every_vector_of_the_dictionary() {
    let Some(cases) = cases("gs1-syntax/linters.json", 2_883) else {
        return;
    };
    let mut passed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut set_aside = 0_usize;
    for case in &cases {
        let (name, data) = (text(case, "linter"), text(case, "value"));
        let rule = text(case, "error").trim_start_matches("GS1_LINTER_");
        if is_about_the_prefix_service(name, data, rule) {
            set_aside += 1;
            continue;
        }
        let linter = by_name(name).unwrap_or_else(|| panic!("no linter {name}"));
        match linter(data) {
            Ok(()) => assert!(case["valid"] == true, "{name} accepts `{data}`, expected {rule}"),
            Err(fault) => {
                assert!(case["valid"] == false, "{name} refuses `{data}`: {fault:?}");
                assert_eq!(fault.rule, rule, "{name} `{data}`");
                assert_eq!(highlighted(data, &fault), text(case, "highlight"), "{name} `{data}` {rule}");
            }
        }
        *passed.entry(name).or_default() += 1;
    }
    assert_eq!(set_aside, 4, "cases about the prefix service");
    assert_eq!(passed.len(), 37, "linters with vectors: {passed:?}");
    assert!(passed.values().sum::<usize>() >= 2_879, "{passed:?}");
}

#[test]
fn every_linter_of_the_table_has_its_name() {
    for linter in entries().iter().flat_map(|entry| entry.components).flat_map(|component| component.linters) {
        let by_name = by_name(linter.name()).expect("a name of the dictionary");
        for data in ["", "0", "1", "00", "250606", "DE", "-", "1/2", "%20", "0010"] {
            assert_eq!(by_name(data), linter.check(data), "{}", linter.name());
        }
    }
}
