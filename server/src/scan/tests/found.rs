//! What a case ended with, on the page of the code that it was about, and in the record of the rules.

use super::super::story::Story;
use super::{Phone, h1, text, token};
use crate::testing::World;
use serde_json::{Value, json};

struct Desk {
    world: World,
    story: Story,
    regulator: String,
}

impl Desk {
    /// Two people who say that an earlier check was not theirs: the code looks copied.
    async fn open() -> Self {
        let world = World::start().await;
        let story = Story::sealed(&world, "A24K07").await;
        for _ in 0..2 {
            let mut phone = Phone::default();
            let form = format!("token={}&answer=not_mine", token(&phone.get(&world, &story.path(0)).await.expect(200)));
            phone.post(&world, "/scan/check", &form, &[]).await.expect(200);
        }
        let regulator = world.sign_in("regulator").await;
        Self { world, story, regulator }
    }

    async fn page(&self) -> crate::testing::Reply {
        Phone::default().get(&self.world, &self.story.path(0)).await.expect(200)
    }

    /// Somebody reports the code; the number of the case.
    async fn reported(&self) -> String {
        let mut phone = Phone::default();
        let page = phone.get(&self.world, &format!("/scan/report?code={}", self.story.path(0))).await.expect(200);
        let form = format!("token={}&what=looks&where=&contact=", token(&page));
        phone.post(&self.world, "/scan/report", &form, &[]).await.expect(200);
        let listed = self.world.call("GET", "/api/v1/reports", Some(&self.regulator), None).await.expect(200).json();
        listed["items"][0]["case_number"].as_str().expect("a number").to_owned()
    }

    async fn step(&self, case: &str, update: Value) {
        let path = format!("/api/v1/reports/{case}");
        self.world.call("PUT", &path, Some(&self.regulator), Some(update)).await.expect(200);
    }

    async fn rules(&self, user: &str) -> Value {
        self.world.call("GET", "/api/v1/reports/rules", Some(user), None).await.expect(200).json()
    }
}

#[tokio::test]
async fn a_finding_is_on_the_page_of_its_code_at_once_and_in_the_record_of_the_rules() {
    let desk = Desk::open().await;
    assert!(h1(&desk.page().await).contains("Possible copy"));
    let nothing = json!({ "fake": 0, "no_fake": 0, "rules": [] });
    assert_eq!(desk.rules(&desk.regulator).await, nothing);

    // No fake: what was said before is explained. The checks stay what they are.
    let first = desk.reported().await;
    let closed =
        |finding: &str| json!({ "revision": 0, "status": "closed", "finding": finding, "reply": "We looked." });
    desk.step(&first, closed("no_fake")).await;
    let page = desk.page().await;
    assert!(h1(&page).contains("Checked before"), "{}", h1(&page));
    let one = json!({ "fake": 0, "no_fake": 1, "rules": [{ "rule": "disowned", "fake": 0, "no_fake": 1 }] });
    assert_eq!(desk.rules(&desk.regulator).await, one);
    let maker = desk.world.sign_in("maker").await;
    assert_eq!(desk.rules(&maker).await, one, "it is their product");
    let pharmacy = desk.world.sign_in("pharmacy").await;
    desk.world.call("GET", "/api/v1/reports/rules", Some(&pharmacy), None).await.expect(403);

    // A fake: everybody who scans the code is told, whoever checked it before.
    let second = desk.reported().await;
    assert_ne!(first, second);
    desk.step(&second, closed("fake")).await;
    let page = desk.page().await;
    assert!(h1(&page).contains("Possible copy"), "{}", h1(&page));
    assert!(text(&page).contains("An item that carried this code was examined and was a fake."), "{}", text(&page));
    let both = json!({ "fake": 1, "no_fake": 1, "rules": [{ "rule": "disowned", "fake": 1, "no_fake": 1 }] });
    assert_eq!(desk.rules(&maker).await, both);
    let html = desk.world.call("GET", "/console/reports?lang=en", Some(&maker), None).await.expect(200);
    let html = String::from_utf8(html.body).expect("UTF-8");
    assert!(html.contains("What the rules had said, and what was found"), "{html}");
    assert!(html.contains("Somebody disowned a check, or the print differed"), "{html}");

    // One that is taken back counts no more; the one before it does.
    desk.step(&second, json!({ "revision": 1, "status": "in_work", "note": "Another pack after all." })).await;
    assert!(h1(&desk.page().await).contains("Checked before"));
    assert_eq!(desk.rules(&maker).await, one);
}

#[tokio::test]
async fn a_code_that_nobody_checked_is_told_of_a_fake_too_and_no_rule_had_said_anything() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let desk = Desk { regulator: world.sign_in("regulator").await, world, story };
    assert!(h1(&desk.page().await).contains("Active code"));
    let case = desk.reported().await;
    let update = json!({ "revision": 0, "status": "closed", "finding": "fake", "reply": "We looked." });
    desk.step(&case, update).await;
    assert!(h1(&desk.page().await).contains("Possible copy"));
    let rules = desk.rules(&desk.regulator).await;
    assert_eq!(rules["rules"], json!([{ "rule": "none", "fake": 1, "no_fake": 0 }]));
    let cannot = json!({ "revision": 1, "status": "closed", "finding": "cannot_tell", "reply": "We looked." });
    desk.step(&case, cannot).await;
    assert!(h1(&desk.page().await).contains("Active code"), "that says nothing about the code");
}
