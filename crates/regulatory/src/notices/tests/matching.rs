//! Which product a notice concerns, and what is said to be unknown.

use super::super::*;

fn notice(product: &str) -> Notice {
    let text = format!("recall_id,product_id,recalling_firm,product_description\n1,2,Acme,\"{product}\"\n");
    read(text.as_bytes(), &Limits::SERVER).expect("read").notices.remove(0)
}

fn product(gtin: &str, name: &str, lots: &[&str]) -> Product {
    let lots = lots.iter().map(|lot| Lot::parse(lot).expect("a lot")).collect();
    Product { gtin: Gtin::parse_padded(gtin).expect("a gtin"), name: name.to_owned(), brand: "Acme".to_owned(), lots }
}

fn matched(text: &str, products: &[Product]) -> Vec<Match> {
    match_notices(&[notice(text)], products)
}

#[test]
fn the_same_code_is_a_fact_and_another_level_is_likely() {
    let ours = [product("012345678905", "Nut bar", &["L1"]), product("4006381333931", "Pen", &[])];
    let found = matched("UPC 0 12345 67890 5 lot L1", &ours);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].product_index, found[0].strength), (0, Strength::Fact));
    assert_eq!(found[0].why, [Why::GtinExact { basis: Basis::Stated }]);
    let found = matched("0 12345 67890 5", &ours);
    assert_eq!((found[0].strength, &found[0].why[0]), (Strength::Likely, &Why::GtinExact { basis: Basis::Inferred }));
    let case = Gtin::parse("10012345678902").expect("a gtin");
    let found = matched("case UPC 10012345678902", &ours);
    assert_eq!(found[0].why, [Why::GtinOtherLevel { gtin: case, basis: Basis::Stated }]);
    assert_eq!(found[0].strength, Strength::Likely);
    assert_eq!(matched("UPC 0 36000 29145 2", &ours), []);
}

#[test]
fn a_doubtful_code_and_a_name_are_suggestions_and_never_more() {
    let ours = [product("012345678905", "Crunchy peanut bar", &[])];
    for text in ["UPC 1234567890", "UPC 12345678905", "UPC 0 12345 67890 6"] {
        let found = matched(text, &ours);
        assert!(matches!(found[0].why[..], [Why::DoubtfulCode { .. }]), "{text}");
        assert_eq!(found[0].strength, Strength::Suggestion, "{text}");
    }
    let found = matched("Acme brand crunchy PEANUT bars, bar 2 oz", &ours);
    let Why::NameSimilar { percent, words } = &found[0].why[0] else { panic!("by name") };
    assert_eq!((*percent, words.join(" ").as_str()), (100, "acme bar crunchy peanut"));
    assert_eq!(found[0].strength, Strength::Suggestion);
    assert_eq!(matched("Smooth almond spread", &ours), []);
    let many: Vec<Product> = (0..50).map(|_| ours[0].clone()).collect();
    assert_eq!(matched("Acme crunchy peanut bar", &many).len(), SUGGESTIONS_PER_NOTICE_MAX);
}

#[test]
fn lots_are_named_maybe_named_or_not_and_never_cleared() {
    let ours = [product("012345678905", "Nut bar", &["A-1", "a1", "B2", "1005"])];
    let found = &matched("UPC 012345678905. Lots A-1 and 1001 through 1010", &ours)[0];
    let text = |lots: &[Lot]| lots.iter().map(Lot::as_str).collect::<Vec<_>>().join(" ");
    let lots = &found.lots;
    assert_eq!(
        (text(&lots.named), text(&lots.maybe), text(&lots.not_named)),
        ("A-1".into(), "a1 1005".into(), "B2".into())
    );
    assert_eq!(found.unknown, []);
    let all = &matched("UPC 012345678905, all lots", &ours)[0];
    assert_eq!((all.lots.named.len(), all.unknown.len()), (4, 0));
    let none = &matched("UPC 012345678905", &ours)[0];
    assert_eq!(none.unknown, [Unknown::NoLotsNamed, Unknown::ExtentNotStated]);
    let several = &matched("UPC 012345678905 and UPC 4006381333931, lot #: see cap, best by 11/04/2025", &ours)[0];
    let gaps = Unknown::NotUnderstood(vec![Gap::Lot]);
    assert_eq!(several.unknown, [Unknown::NoLotsNamed, Unknown::DatesNotCompared, Unknown::NotTiedToProduct, gaps]);
    assert_eq!(several.dates.len(), 1);
}
