use super::*;

const DAY_MS: u64 = 86_400_000;

/// A network's guess at a town on the 35th parallel, so many degrees east.
fn town(lon: i32) -> Place {
    Place { lat_mdeg: 35_000, lon_mdeg: lon * 1_000, reach_km: 50, source: Source::Network }
}

fn check(at_ms: u64, device: u8, lon: i32) -> Check {
    Check { at_ms, device: Some([device; 32]), place: Some(town(lon)), answer: Answer::None }
}

fn points(checks: &[Check], record: &Record) -> u32 {
    assess(checks, record).points()
}

#[test]
fn distances_are_those_of_the_globe() {
    let at = |lat_mdeg, lon_mdeg| Place { lat_mdeg, lon_mdeg, reach_km: 0, source: Source::Shared };
    // Beijing to Shanghai, Greenwich to the other side of the earth.
    assert!((1_060..=1_075).contains(&at(39_904, 116_407).km_apart(&at(31_230, 121_474))));
    assert_eq!(at(0, 0).km_apart(&at(0, 180_000)), 20_015);
    assert_eq!(at(0, 179_900).km_apart(&at(0, -179_900)), 22);
    assert_eq!(town(100).km_apart(&town(101)), 0, "91 km apart, and each reaches 50 km");
}

#[test]
fn one_person_alone_makes_nothing_suspicious() {
    let none = Record::default();
    let loud: Vec<Check> = (0..50)
        .map(|n| Check { answer: Answer::Differs, ..check(n * 700_000, 1, if n % 2 == 0 { 90 } else { 120 }) })
        .collect();
    assert_eq!(assess(&loud, &none).reason(), None, "{:?}", assess(&loud, &none));
    // Without a token devices cannot be told apart, so they are one.
    let bare: Vec<Check> = (0..50).map(|n| Check { device: None, ..check(n * 1_000, 1, 90) }).collect();
    assert_eq!(points(&bare, &none), 0);
}

#[test]
fn a_buyer_who_looks_again_and_says_so_is_one() {
    let none = Record::default();
    let mut days: Vec<Check> = (0..9).map(|n| check(n * 3_600_000, u8::try_from(n).expect("small"), 100)).collect();
    assert_eq!(points(&days, &none), 100 + 50);
    days.iter_mut().skip(1).for_each(|check| check.answer = Answer::Mine);
    assert_eq!(points(&days, &none), 0);
}

#[test]
fn what_somebody_found_counts_for_the_code_and_explains_what_was_before() {
    let of = |is_fake| Record { examined: Some(Examined { at_ms: 10 * DAY_MS, is_fake }), ..Record::default() };
    let at = |ms: u64| (0..8u8).map(|n| check(ms + u64::from(n) * 60_000, n, 100)).collect::<Vec<_>>();
    assert_eq!(
        assess(&[], &of(true)).reason().map(|finding| finding.fact.rule()),
        Some("found_fake"),
        "also unchecked"
    );
    let (before, after) = (at(9 * DAY_MS), at(11 * DAY_MS));
    assert_eq!(points(&before, &Record::default()), 150);
    assert_eq!(points(&before, &of(false)), 0, "it was looked into");
    assert_eq!(points(&after, &of(false)), 150, "and what comes later counts");
    let both = [before.clone(), after.clone()].concat();
    assert_eq!(points(&both, &of(false)), 150, "a device of before is new again");
    // An index in a fact is one of the whole list.
    let far = [check(9 * DAY_MS, 1, 90), check(11 * DAY_MS, 2, 100), check(11 * DAY_MS + 60_000, 3, 112)];
    let facts: Vec<Fact> = assess(&far, &of(false)).findings.into_iter().map(|finding| finding.fact).collect();
    assert!(matches!(facts[..], [Fact::TooFast { from: 1, to: 2, .. }]), "{facts:?}");
    let disowned = before.iter().map(|check| Check { answer: Answer::NotMine, ..check.clone() }).collect::<Vec<_>>();
    assert_eq!(points(&disowned, &of(false)), 0);
}

#[test]
fn each_rule_speaks_at_its_bound_and_not_before() {
    let none = Record::default();
    let (hour, market) = (3_600_000, Record { market: Some(town(100)), ..Record::default() });
    // 1,092 km between the middles and 992 at least.
    assert_eq!(points(&[check(0, 1, 100), check(2 * hour, 2, 112)], &none), 0, "far, and not too fast");
    assert_eq!(points(&[check(0, 1, 100), check(hour, 2, 112)], &none), 10);
    assert_eq!(points(&[check(0, 1, 100), check(hour, 1, 112)], &none), 0, "one device with a tunnel");
    let back = [check(0, 1, 100), check(hour, 2, 112), check(2 * hour, 3, 100)];
    assert_eq!(points(&back, &none), 20 + 20, "twice, by three");

    let three = [check(0, 1, 90), check(DAY_MS, 2, 100), check(2 * DAY_MS, 3, 110)];
    assert_eq!(points(&three, &none), 10 + 20);
    let slow = [check(0, 1, 90), check(2 * DAY_MS, 2, 100), check(4 * DAY_MS, 3, 110)];
    assert_eq!(points(&slow, &none), 20, "three days are over");

    assert_eq!(points(&[check(0, 1, 102)], &market), 0);
    assert_eq!(points(&[check(0, 1, 104)], &market), 10);
    assert_eq!(points(&[check(0, 1, 104), check(DAY_MS, 2, 110)], &market), 40);
    assert_eq!(points(&[check(0, 1, 104), check(DAY_MS, 1, 110)], &market), 10, "one device that travels");
    let far = [check(0, 1, 90), check(9 * DAY_MS, 2, 104), check(18 * DAY_MS, 3, 110)];
    let assessment = assess(&far, &market);
    assert!(
        matches!(assessment.reason().map(|f| &f.fact), Some(Fact::WrongMarket { areas: 3, check: 2 })),
        "{assessment:?}"
    );
    let photograph = [check(0, 1, 90), check(hour, 2, 104), check(2 * hour, 3, 110)];
    assert!(assess(&photograph, &market).reason().is_none(), "{:?}", assess(&photograph, &market));
    assert_eq!(points(&[], &Record { strayed_neighbours: 4, ..Record::default() }), 15);
}

#[test]
fn the_stage_of_the_goods_counts_when_the_record_is_not_just_late() {
    let step = |since_ms, stage| Step { since_ms, stage, place: Some(town(100)) };
    let upstream = Record { steps: vec![step(0, Stage::Upstream)], ..Record::default() };
    assert_eq!(points(&[check(DAY_MS, 1, 110)], &upstream), 60);
    assert_eq!(points(&[check(DAY_MS, 1, 110), check(DAY_MS + 1, 2, 110)], &upstream), 100);
    assert_eq!(points(&[check(DAY_MS, 1, 100)], &upstream), 0, "whoever works with the goods");
    let nowhere = Check { place: None, ..check(DAY_MS, 1, 100) };
    assert_eq!(points(&[nowhere], &upstream), 0);
    let sent = Record { market: Some(town(110)), ..upstream.clone() };
    assert_eq!(points(&[check(DAY_MS, 1, 110)], &sent), 0, "at the outlet, which has not said yet that it came");
    let late = Record { steps: vec![step(0, Stage::Upstream), step(3 * DAY_MS, Stage::OnSale)], ..Record::default() };
    assert_eq!(points(&[check(DAY_MS, 1, 110)], &late), 0, "the record came two days later");

    let sold = Record { steps: vec![step(0, Stage::OnSale), step(DAY_MS, Stage::Sold)], ..Record::default() };
    let buyer = check(DAY_MS, 1, 100);
    assert_eq!(points(&[buyer.clone(), check(14 * DAY_MS, 2, 100)], &sold), 0, "the family");
    assert_eq!(points(&[buyer, check(30 * DAY_MS, 2, 100)], &sold), 10);
}

#[test]
fn strange_times_do_not_panic() {
    let record = Record {
        steps: vec![Step { since_ms: u64::MAX, stage: Stage::Sold, place: None }],
        market: Some(town(0)),
        strayed_neighbours: u32::MAX,
        examined: None,
    };
    let checks = [check(u64::MAX, 1, 179), check(0, 2, -180), check(5, 3, 0)];
    assert!(points(&checks, &record) > 0);
    for is_fake in [true, false] {
        let examined = Some(Examined { at_ms: 7, is_fake });
        assert!(points(&checks, &Record { examined, ..record.clone() }) > 0);
    }
}
