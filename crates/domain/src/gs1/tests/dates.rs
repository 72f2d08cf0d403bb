use crate::gs1::{DAYS_MAX, DAYS_MIN, Date};

#[track_caller]
fn date(text: &str) -> Date {
    Date::parse_iso(text).expect("a right date")
}

#[test]
fn century_rule() {
    // (YY on the pack, year of reading, year meant): 51 ahead is the century before, 50 behind the one after.
    for (yy, now, meant) in [
        (26, 2026, 2026),
        (76, 2026, 2076),
        (77, 2026, 1977),
        (0, 2026, 2000),
        (99, 2026, 1999),
        (49, 2099, 2149 - 100 + 100),
        (50, 2099, 2050),
        (0, 2050, 2100),
        (1, 2050, 2001),
        (99, 2000, 1999),
        (50, 2000, 2050),
        (51, 2000, 1951),
    ] {
        let read = Date::parse_yymmdd(&format!("{yy:02}0615"), now).expect("a right date");
        assert_eq!(read.year(), meant, "{yy:02} read in {now}");
    }
}

#[test]
fn day_zero_is_the_end_of_the_month() {
    let october = Date::parse_yymmdd("271000", 2026).expect("a month");
    assert_eq!((october.to_string(), october.last_day().to_string()), ("2027-10".into(), "2027-10-31".into()));
    assert_eq!(october.yymmdd(), "271000");
    assert_eq!(october.to_days(), date("2027-10-31").to_days());
    assert!(october > date("2027-10-31") && october < date("2027-11-01"));
    assert_eq!(date("2028-02").last_day(), date("2028-02-29"));
    assert_eq!(date("2100-02").last_day(), date("2100-02-28"));
    assert_eq!(date("2000-02").last_day(), date("2000-02-29"));
}

#[test]
fn wrong_dates_say_where() {
    let position = |text: &str| Date::parse_yymmdd(text, 2026).map_err(|error| error.position());
    assert_eq!(position("261301"), Err(3));
    assert_eq!(position("260001"), Err(3));
    assert_eq!(position("260230"), Err(5));
    assert_eq!(position("2602x0"), Err(5));
    assert_eq!(position("26023"), Err(5));
    assert_eq!(position("2602301"), Err(7));
    assert_eq!(position("2６0230"), Err(2));
    let iso = |text: &str| Date::parse_iso(text).map_err(|error| error.position());
    assert_eq!(iso("2027-10-32"), Err(9));
    assert_eq!(iso("2027-10-00"), Err(9));
    assert_eq!(iso("2027/10/01"), Err(5));
    assert_eq!(iso("2027-1-01"), Err(7));
    assert_eq!(iso("2027-10-01T"), Err(11));
    assert_eq!(iso("0000-01-01"), Err(1));
    assert_eq!(iso(""), Err(0));
    assert!(Date::new(2027, 2, 29).is_err() && Date::new(2028, 2, 29).is_ok());
}

#[test]
fn days_count_every_day_once() {
    assert_eq!(date("1970-01-01").to_days(), 0);
    assert_eq!(date("2000-03-01").to_days(), 11_017);
    assert_eq!((date("0001-01-01").to_days(), date("9999-12-31").to_days()), (DAYS_MIN, DAYS_MAX));
    assert!(Date::from_days(DAYS_MIN - 1).is_err() && Date::from_days(DAYS_MAX + 1).is_err());
    assert!(Date::from_days(i64::MIN).is_err() && Date::from_days(i64::MAX).is_err());
    let mut previous = Date::from_days(DAYS_MIN).expect("within the range");
    for days in DAYS_MIN + 1..=DAYS_MAX {
        let day = Date::from_days(days).expect("within the range");
        assert_eq!(day.to_days(), days);
        assert!(day > previous, "{day} follows {previous}");
        previous = day;
    }
}
