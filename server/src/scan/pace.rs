//! Whether shoppers get their answers in time on a busy day: 500 scans in a second, to this server over TCP.
//!
//! Half of the scans are of the packs that everybody looks at just now; each of the others is of a code that nobody has asked for
//! within the last second, so that the database is asked. A scan is asked for when it is due, whatever became of those before it, and its
//! time counts from then.

use super::story::{GTIN, PACKS, Story, ordered};
use crate::testing::World;
use std::time::Duration;
use tokio::time::Instant;

const PER_S: u32 = 500;
const SECONDS: u32 = 4;
/// Codes besides those of the sealed lot. Each is asked for again after 1.6 s, when nothing of its answer is held.
const CODES: usize = 400;
const P95_MAX: Duration = Duration::from_millis(300);
const P99_MAX: Duration = Duration::from_secs(1);
/// For the whole, so that a server that hangs fails.
const ASKED_WITHIN: Duration = Duration::from_secs(60);

/// Paths of codes that were made for a lot of their own, and are not in use yet.
async fn more_codes(world: &World) -> Vec<String> {
    let maker = world.sign_in("maker").await;
    let lot = "A24K99";
    let serials = ordered(world, &maker, lot, "2028-10", CODES).await;
    serials.iter().map(|serial| format!("/01/{GTIN}/10/{lot}/21/{serial}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c5_500_scans_in_a_second_are_answered_in_time() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let quiet = more_codes(&world).await;
    let origin = format!("http://{}", world.listen().await);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let gap = Duration::from_secs(1) / PER_S;
    let mut scans = tokio::task::JoinSet::new();
    let began = Instant::now();
    for at in 0..(PER_S * SECONDS) {
        let due = began + gap * at;
        tokio::time::sleep_until(due).await;
        let at = usize::try_from(at).expect("small");
        let path = if at % 2 == 0 { story.path(at / 2 % PACKS) } else { quiet[at / 2 % CODES].clone() };
        let request =
            client.get(format!("{origin}{path}")).header("accept", "text/html").header("accept-encoding", "br");
        scans.spawn(async move {
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 200, "{path}");
            answer.bytes().await.expect("a page");
            due.elapsed()
        });
    }
    let all = tokio::time::timeout(ASKED_WITHIN, scans.join_all()).await;
    let mut waits = all.expect("every scan is answered");
    waits.sort_unstable();
    let share = |of_100: usize| waits[waits.len() * of_100 / 100];
    println!("{} scans: p50 {:?}, p95 {:?}, p99 {:?}", waits.len(), share(50), share(95), share(99));
    assert!(share(95) <= P95_MAX, "p95 {:?}", share(95));
    assert!(share(99) <= P99_MAX, "p99 {:?}", share(99));
}
