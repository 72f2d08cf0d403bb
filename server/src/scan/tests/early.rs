//! Checks of codes that no pack carries yet: counted for the makers and the regulator, and no earlier check of anybody's pack.

use super::super::story::Story;
use super::super::token::Subject;
use super::{Phone, checks, h1, text, token};
use crate::store::{Counted, NewCheck};
use crate::testing::World;
use axum::http::header;
use tracelight_domain::verdict::Verdict;

/// Checks on the map of whoever signs in: all, and of codes that are not released.
async fn counted(world: &World, user: &str) -> (u64, u64) {
    let user = world.sign_in(user).await;
    let map = world.call("GET", "/api/v1/map", Some(&user), None).await.expect(200).json();
    let days = map["by_day"].as_array().expect("days");
    let not_released = days.iter().filter_map(|day| day["counts"][4].as_u64()).sum();
    (map["checks"].as_u64().expect("a number"), not_released)
}

#[tokio::test]
async fn a_code_that_somebody_has_before_it_is_sealed_is_on_the_map_and_is_no_earlier_check_of_the_pack() {
    let world = World::start().await;
    let story = Story::coded(&world, "A24K07", "2028-10").await;
    super::super::story::caught_up(&world).await;
    for _ in 0..2 {
        let mut phone = Phone::default();
        let page = phone.get(&world, &story.path(0)).await.expect(200);
        assert!(h1(&page).contains("Not released yet"), "{}", h1(&page));
        let seen = text(&page);
        let token =
            seen.split("data-token=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token to send");
        phone.post(&world, "/scan/check", &format!("token={token}"), &[]).await.expect(204);
        phone.post(&world, "/scan/check", &format!("token={token}"), &[]).await.expect(204);
    }
    assert_eq!(counted(&world, "maker").await, (2, 2));
    assert_eq!(counted(&world, "regulator").await, (2, 2));
    story.seal(&world).await;
    let mut buyer = Phone::default();
    let page = buyer.get(&world, &story.path(0)).await.expect(200);
    assert!(h1(&page).contains("Active code"), "nobody had the pack before: {}", h1(&page));
    assert_eq!(checks(&world, &story, 0).await, 0);
    buyer.post(&world, "/scan/check", &format!("token={}", token(&page)), &[]).await.expect(204);
    assert_eq!(checks(&world, &story, 0).await, 1);
    assert_eq!(counted(&world, "maker").await, (3, 2));
}

#[tokio::test]
async fn of_a_code_that_was_made_up_nothing_is_counted() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let made_up = story.path(0).replace(story.serials[0].as_str(), "NEVERISSUED");
    let mut phone = Phone::default();
    let page = phone.get_with(&world, &made_up, &[(header::ACCEPT.as_str(), "text/html")]).await;
    let html = text(&page);
    assert!(!html.contains("data-seen") && !html.contains("/scan/check"), "{html}");
    assert_eq!(counted(&world, "maker").await, (0, 0));
}

#[tokio::test]
async fn whoever_has_a_list_of_codes_cannot_use_up_the_room_for_checks_before_the_packs_are_sold() {
    let world = World::start().await;
    let story = Story::coded(&world, "A24K07", "2028-10").await;
    let unit = story.unit(0);
    let subject = Subject { gtin: unit.gtin, lot: None, serial: unit.serial };
    let count = async |at: u32, verdict: Verdict| {
        let mut device = [0; 32];
        device[..4].copy_from_slice(&at.to_be_bytes());
        let check = NewCheck {
            subject: &subject,
            at_ms: 1_000_000 * u64::from(at),
            device: Some(device),
            today: Some(device),
            verdict,
            nonce: *uuid::Uuid::new_v4().as_bytes(),
            answer: None,
            id: *uuid::Uuid::now_v7().as_bytes(),
        };
        world.state.store.count_check(&check).await.expect("counted")
    };
    for at in 0..1_000 {
        assert_eq!(count(at, Verdict::NotActivated).await, Counted::New, "{at}");
    }
    assert_eq!(count(1_000, Verdict::NotActivated).await, Counted::Same, "more are the same as many");
    assert_eq!(count(1_001, Verdict::FirstCheck).await, Counted::New, "the buyer's");
    assert_eq!(count(1_002, Verdict::CheckedBefore).await, Counted::New);
}
