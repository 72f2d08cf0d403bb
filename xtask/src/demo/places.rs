//! Shoppers of the demo: they check packs, and tell roughly where. One code is looked at in too many places, one was never issued,
//! so that the map has something to say; one person stands alone, and is not on it. What the map then says is part of the story.

use super::story::Lot;
use super::web::{self, A_PHONE, Person};
use anyhow::{Context, ensure};
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT};
use tracelight_api::rest::map::CheckMap;

/// Xi'an, a place 20 km away, Baoji, Hanzhong, and a mountain hut a thousand kilometres off.
const XIAN: (f64, f64) = (34.27, 108.95);
const LINTONG: (f64, f64) = (34.37, 109.21);
const BAOJI: (f64, f64) = (34.37, 107.15);
const HANZHONG: (f64, f64) = (33.07, 107.02);
const HUT: (f64, f64) = (28.60, 96.40);

/// Which pack, where, by how many devices. From the ninth device on, a code looks copied.
const CHECKED: [(Pack, (f64, f64), usize); 7] = [
    (Pack::Copied, BAOJI, 4),
    (Pack::Copied, XIAN, 9),
    (Pack::Copied, LINTONG, 4),
    (Pack::NeverIssued, HANZHONG, 4),
    (Pack::Fine(3), XIAN, 3),
    (Pack::Fine(4), HANZHONG, 3),
    (Pack::Fine(5), HUT, 1),
];

#[derive(Clone, Copy)]
enum Pack {
    Copied,
    NeverIssued,
    Fine(usize),
}

/// Checks packs of this lot.
pub async fn shoppers(base: &str, lot: &Lot) -> anyhow::Result<usize> {
    let mut checks = 0;
    for (pack, place, devices) in CHECKED {
        let path = match pack {
            Pack::Copied => lot.path(2),
            Pack::NeverIssued => format!("/01/{}/10/{}/21/8K2M4T6W9X3Z5C7V", lot.gtin, lot.lot),
            Pack::Fine(index) => lot.path(index),
        };
        for _ in 0..devices {
            check(base, &path, place).await.with_context(|| format!("a check of {path}"))?;
            checks += 1;
        }
    }
    Ok(checks)
}

/// What the regulator's map says of [`shoppers`].
pub async fn on_the_map(regulator: &Person, checks: usize) -> anyhow::Result<()> {
    let map: CheckMap = regulator.get("/map?days=1").await?;
    let (checks, shown) = (checks as u64, map.areas.iter().map(|area| area.counts.checks).sum::<u64>());
    ensure!(map.placed == checks, "{} of {checks} checks have a place", map.placed);
    ensure!(shown + map.elsewhere == checks && map.elsewhere == 1, "one stands alone: {shown} and {}", map.elsewhere);
    let gravest = map.clusters.first().context("what looks copied lies together")?;
    ensure!(gravest.counts.suspicious_codes > 0, "{gravest:?}");
    Ok(())
}

/// One person with a phone of their own: looks, answers, tells the place.
async fn check(base: &str, path: &str, (lat, lon): (f64, f64)) -> anyhow::Result<()> {
    let http = web::client()?;
    let page = http
        .get(format!("{base}{path}"))
        .header(ACCEPT, "text/html,*/*;q=0.8")
        .header(USER_AGENT, A_PHONE)
        .send()
        .await?;
    let cookies: Vec<String> = page
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| Some(cookie.to_str().ok()?.split(';').next()?.to_owned()))
        .collect();
    let html = page.text().await?;
    let token = html.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let token = token.context("the page has a form")?.to_owned();
    for (form, more) in [("check", "&answer=match".to_owned()), ("place", format!("&lat={lat:.2}&lon={lon:.2}"))] {
        let answer = http
            .post(format!("{base}/scan/{form}"))
            .header(COOKIE, cookies.join("; "))
            .header(USER_AGENT, A_PHONE)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(format!("token={token}{more}"))
            .send()
            .await?;
        ensure!(answer.status().is_success(), "/scan/{form}: {} {}", answer.status(), answer.text().await?);
    }
    Ok(())
}
