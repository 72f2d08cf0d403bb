//! Against a database with checks and a report.

use super::super::story::Story;
use super::super::tests::{Phone, token};
use super::*;
use crate::testing::World;

fn of_code(code: &str, from: &str, until: &str, yes: bool) -> Forget {
    let some = |text: &str| Some(text.to_owned());
    Forget { code: some(code), from: some(from), until: some(until), case: None, yes }
}

#[tokio::test]
async fn m12_a_shopper_s_checks_lose_device_and_place_and_stay_checks() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let (code, store) = (story.path(0), &world.state.store);
    let mut phone = Phone::default();
    let form = format!("token={}", token(&phone.get(&world, &code).await.expect(200)));
    phone.post(&world, "/scan/check", &form, &[]).await.expect(204);
    let now = OffsetDateTime::now_utc();
    let at = |minutes: i64| (now + time::Duration::minutes(minutes)).format(&Rfc3339).expect("a time");
    let told = of_code(&code, &at(-5), &at(5), false).run(store).await.expect("found");
    assert!(told.starts_with("check of 20") && told.ends_with("run it again with --yes"), "{told}");
    assert!(store.check_devices().await.expect("asked")[0].0.len() == 32, "nothing was changed");
    let told = of_code(&code, &at(-5), &at(5), true).run(store).await.expect("done");
    assert!(told.ends_with("Device and place of 1 checks are gone"), "{told}");
    assert_eq!(store.check_devices().await.expect("asked"), [(Vec::new(), Vec::new())], "and the check is still one");
    for (wrong, words) in [
        (of_code(&code, &at(-9), &at(-5), true), "was not checked then"),
        (of_code(&code, &at(5), &at(-5), true), "is not after"),
        (of_code("A1", &at(-5), &at(5), true), "is no code"),
        (of_code(&code, "2026-11-30 09:00", &at(5), true), "--from: `2026-11-30 09:00` is no time"),
        (
            Forget { code: None, from: None, until: None, case: Some("TL-26-000000-00".to_owned()), yes: true },
            "no report",
        ),
    ] {
        let error = wrong.run(store).await.expect_err(words);
        assert!(format!("{error:#}").contains(words), "{error:#}");
    }
}

#[tokio::test]
async fn m12_a_report_loses_contact_words_and_photos_and_stays_a_report() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get(&world, &format!("/scan/report?code={}", story.path(0))).await.expect(200);
    let form = format!("token={}&what=seal&where=behind+the+station&contact=13900007341", token(&page));
    phone.post(&world, "/scan/report", &form, &[]).await.expect(200);
    let regulator = world.sign_in("regulator").await;
    let listed = world.call("GET", "/api/v1/reports", Some(&regulator), None).await.expect(200).json();
    let case = listed["items"][0]["case_number"].as_str().expect("a number").to_owned();
    let of = |yes| Forget { code: None, from: None, until: None, case: Some(case.clone()), yes };
    let shown = async || {
        let path = format!("/api/v1/reports/{case}");
        world.call("GET", &path, Some(&regulator), None).await.expect(200).json()
    };
    of(false).run(&world.state.store).await.expect("told");
    assert_eq!(shown().await["contact"], "13900007341", "nothing was changed");
    of(true).run(&world.state.store).await.expect("done");
    let left = shown().await;
    assert!(left["contact"].as_str().unwrap_or_default().is_empty(), "{left}");
    assert!(!left.to_string().contains("station"), "{left}");
    assert_eq!(left["report"]["case_number"], case.as_str());
}
