use super::{Ai, Entry, Flags, Set, check_associations, entries, entry_of, split_ai};
use crate::gs1::ai::AssociationError;

/// A row in the notation of the dictionary: AIs, flags, components, attributes, title.
fn as_dictionary(entry: &Entry) -> Vec<String> {
    let range = match entry.first == entry.last {
        true => entry.first.to_owned(),
        false => format!("{}-{}", entry.first, entry.last),
    };
    let flags = match entry.flags {
        Flags { predefined_length: true, query: true } => "*?",
        Flags { predefined_length: true, query: false } => "*",
        Flags { predefined_length: false, query: true } => "?",
        Flags { predefined_length: false, query: false } => "",
    };
    let components = entry.components.iter().map(|component| {
        let set = match component.set {
            Set::Digits => "N",
            Set::Cset82 => "X",
            Set::Cset39 => "Y",
            Set::Base64Url => "Z",
        };
        let dots = if component.min == component.max && component.max > 0 { "" } else { ".." };
        let part = format!("{set}{dots}{}", component.max);
        let part = if component.optional { format!("[{part}]") } else { part };
        component.linters.iter().fold(part, |part, linter| format!("{part},{}", linter.name()))
    });
    let mut words = vec![range, flags.to_owned()];
    words.extend(components);
    words.extend((!entry.req.is_empty()).then(|| format!("req={}", entry.req)));
    words.extend((!entry.ex.is_empty()).then(|| format!("ex={}", entry.ex)));
    words.extend(entry.key.map(|key| if key.is_empty() { "dlpkey".to_owned() } else { format!("dlpkey={key}") }));
    words.push(format!("# {}", entry.title));
    words.retain(|word| !word.is_empty() && word != "# ");
    words
}

#[test]
fn the_table_is_the_dictionary() {
    let Some(path) = tracelight_testkit::shared_data("gs1-syntax/gs1-syntax-dictionary.txt") else {
        return;
    };
    let text = std::fs::read_to_string(path).expect("the dictionary is readable");
    let rows: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(rows.len(), 224, "rows of the dictionary");
    assert_eq!(entries().len(), 224, "rows of the table");
    for (row, entry) in rows.iter().zip(entries()) {
        let (body, title) = row.split_once('#').unwrap_or((row, ""));
        let mut words: Vec<String> = body.split_whitespace().map(str::to_owned).collect();
        words.extend((!title.trim().is_empty()).then(|| format!("# {}", title.trim())));
        // The order of the attributes means nothing.
        let sorted = |mut words: Vec<String>| {
            words.sort_by_key(|word| {
                (word.starts_with("req=") || word.starts_with("ex=") || word.starts_with("dlpkey"), word.clone())
            });
            words
        };
        let (ours, theirs) = (as_dictionary(entry), words);
        let order = |words: &[String]| words.iter().filter(|word| !word.contains('=')).cloned().collect::<Vec<_>>();
        assert_eq!(order(&ours), order(&theirs));
        assert_eq!(sorted(ours), sorted(theirs));
    }
}

/// Every AI that the table knows, ranges spread out.
fn all_ais() -> Vec<String> {
    let spread = |entry: &Entry| {
        let number = |text: &str| text.parse::<u32>().expect("digits");
        let width = entry.first.len();
        (number(entry.first)..=number(entry.last)).map(move |ai| format!("{ai:0width$}")).collect::<Vec<_>>()
    };
    entries().iter().flat_map(spread).collect()
}

#[test]
fn no_ai_is_the_beginning_of_another() {
    let all = all_ais();
    assert_eq!(all.len(), 541, "application identifiers");
    for ai in &all {
        assert!(all.iter().filter(|other| other.starts_with(ai.as_str())).count() == 1, "{ai}");
        let parsed = Ai::parse(ai).expect("an AI of the table");
        assert_eq!((parsed.as_str(), parsed.to_string()), (ai.as_str(), ai.clone()));
        assert!(parsed.entry().is_some_and(|entry| entry.first <= ai.as_str() && ai.as_str() <= entry.last));
        assert_eq!(split_ai(&format!("{ai}9X")).map(|(found, _, rest)| (found, rest)), Some((parsed, "9X")));
    }
}

#[test]
fn unknown_numbers_are_no_ais() {
    for unknown in
        ["", "0", "1", "04", "09", "14", "18", "23", "236", "3106", "3999", "88", "89", "100", "7239x", "12345", "１0"]
    {
        assert!(Ai::parse(unknown).is_none(), "{unknown}");
    }
    assert!(entry_of("310x").is_none());
}

#[test]
fn the_named_ais_are_in_the_table() {
    let named = [Ai::SSCC, Ai::GTIN, Ai::LOT, Ai::PRODUCTION_DATE, Ai::BEST_BEFORE, Ai::EXPIRY, Ai::SERIAL, Ai::CPV];
    let titles: Vec<&str> = named.iter().map(Ai::title).collect();
    let expected =
        ["SSCC", "GTIN", "BATCH/LOT", "PROD DATE", "BEST BEFORE or BEST BY", "USE BY or EXPIRY", "SERIAL", "CPV"];
    assert_eq!(titles, expected);
}

/// `ais` with a right enough value each; associations do not look at the values.
fn associated(ais: &[&str]) -> Result<(), AssociationError> {
    let elements: Vec<_> = ais.iter().map(|ai| (Ai::parse(ai).expect("an AI"), format!("value of {ai}"))).collect();
    check_associations(&elements)
}

#[test]
fn what_must_stand_together() {
    for good in [
        &["01"][..],
        &["01", "21"],
        &["01", "10", "17", "21"],
        &["00", "02", "37"],
        &["01", "235"],
        &["01", "21", "250"],
        &["01", "10", "7004"],
        &["01", "3922", "3103"],
        &["00", "8030"],
        &["8010", "8011", "8030"],
        &["99"],
        &["01", "01"],
    ] {
        assert_eq!(associated(good), Ok(()), "{good:?}");
    }
    for (alone, ai) in [
        (&["21"][..], "21"),
        (&["10"], "10"),
        (&["17"], "17"),
        (&["02", "00"], "02"),
        (&["37", "00"], "37"),
        (&["01", "250"], "250"),
        (&["01", "7004"], "7004"),
        (&["01", "3922"], "3922"),
        (&["01", "8030"], "8030"),
        (&["8010", "8030"], "8030"),
    ] {
        let error = associated(alone).expect_err("something is missing");
        assert!(matches!(error, AssociationError::Requires { .. }), "{alone:?}: {error}");
        assert_eq!(error.ai().as_str(), ai, "{alone:?}");
    }
    assert_eq!(
        associated(&["01", "250"]).map_err(|e| e.to_string()),
        Err("(250) needs (01) with (21), or (03) with (21), or (8006) with (21) beside it".into())
    );
}

#[test]
fn what_may_not_stand_together() {
    for pair in [
        ["01", "255"],
        ["01", "37"],
        ["02", "01"],
        ["21", "235"],
        ["3100", "3101"],
        ["3925", "3930"],
        ["3940", "8111"],
        ["420", "421"],
        ["422", "426"],
        ["8006", "01"],
        ["8017", "8018"],
        ["7250", "7251"],
        ["4330", "4331"],
    ] {
        for pair in [pair, [pair[1], pair[0]]] {
            let error = associated(&pair);
            assert!(matches!(error, Err(AssociationError::Excludes { .. })), "{pair:?}: {error:?}");
        }
    }
    assert_eq!(
        associated(&["3100", "3100"]).map_err(|error| error.ai().to_string()),
        Err("3100".into()),
        "01 is missing"
    );
    let twice = [(Ai::GTIN, "1".to_owned()), (Ai::GTIN, "2".to_owned())];
    assert_eq!(check_associations(&twice), Err(AssociationError::Conflict { ai: Ai::GTIN }));
}

#[test]
fn every_pair_that_the_dictionary_forbids_is_forbidden() {
    let all = all_ais();
    let mut pairs = 0_usize;
    for (index, ai) in all.iter().enumerate() {
        for other in all.iter().skip(index + 1) {
            let forbids = |a: &str, b: &str| {
                let patterns = entry_of(a).map_or("", |entry| entry.ex);
                patterns
                    .split(',')
                    .any(|p| p.len() == b.len() && p.chars().zip(b.chars()).all(|(p, b)| p == b || p == 'n'))
            };
            let forbidden = forbids(ai, other) || forbids(other, ai);
            let excluded = matches!(associated(&[ai, other]), Err(AssociationError::Excludes { .. }));
            assert_eq!(excluded, forbidden, "{ai} {other}");
            pairs += usize::from(forbidden);
        }
    }
    assert!(pairs > 900, "{pairs} forbidden pairs");
}

#[test]
fn formats_read_as_the_standard_writes_them() {
    let format = |ai: &str| Ai::parse(ai).and_then(|ai| ai.entry()).map(Entry::format);
    assert_eq!(format("17").as_deref(), Some("N6"));
    assert_eq!(format("21").as_deref(), Some("X..20"));
    assert_eq!(format("253").as_deref(), Some("N13+[X..17]"));
}
