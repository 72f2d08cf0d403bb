//! Links of products: levels, defaults, bounds.

use super::*;
use crate::resolver::links::Link;
use crate::resolver::vocabulary::LinkType;
use tracelight_api::rest::links::LINKS_PER_LEVEL_MAX;

on_both! {
    a_level_finds_its_own_links_byte_for_byte
    one_link_of_a_level_is_the_default
    two_writers_do_not_fill_a_level_beyond_its_bound
}

fn link(level: &str, href: &str) -> Link {
    Link {
        level: level.to_owned(),
        kind: LinkType::PIP,
        href: href.to_owned(),
        title: "说明书 \u{1f48a}".to_owned(),
        hreflang: vec!["en".to_owned(), "zh-CN".to_owned()],
        media_type: Some("text/html"),
        context: vec!["CN".to_owned()],
        is_default: false,
        forward_query: false,
    }
}

fn kept(link: Link, changed_ms: u64) -> KeptLink {
    KeptLink { id: Uuid::now_v7(), link, changed_ms }
}

fn gtin() -> Gtin {
    story::batch().gtin
}

async fn hrefs(store: &Store, levels: &[&str]) -> Vec<String> {
    let levels: Vec<String> = levels.iter().map(|level| (*level).to_owned()).collect();
    let links = store.links_of_levels(gtin(), &levels).await.expect("it works");
    links.into_iter().map(|link| link.href).collect()
}

async fn a_level_finds_its_own_links_byte_for_byte(store: Store) {
    for (at, level) in ["", "/10/a", "/10/A", "/10/A/21/s", "/10/A%20"].into_iter().enumerate() {
        let put = kept(link(level, &format!("https://x.example{level}")), at as u64);
        assert_eq!(store.put_link(gtin(), &put).await.expect("it works"), LinkPut::Kept);
        let read = store.links(gtin(), None, 100).await.expect("it works");
        assert!(read.contains(&put), "what is read is what was written");
    }
    assert_eq!(hrefs(&store, &["/10/A", ""]).await, ["https://x.example/10/A", "https://x.example"]);
    assert_eq!(hrefs(&store, &["/10/b"]).await, Vec::<String>::new());
    let other = Gtin::build(0, "6901234", 78).expect("a GTIN of constants");
    assert_eq!(store.links(other, None, 100).await.expect("it works"), vec![]);
    let id = store.links(gtin(), None, 1).await.expect("it works")[0].id;
    assert!(!store.delete_link(other, id).await.expect("it works"), "another product's");
    assert!(store.delete_link(gtin(), id).await.expect("it works"));
    assert!(!store.delete_link(gtin(), id).await.expect("it works"));
}

async fn one_link_of_a_level_is_the_default(store: Store) {
    let default =
        |level: &str, at| kept(Link { is_default: true, ..link(level, &format!("https://x.example/{at}")) }, at);
    for put in [default("", 1), default("/10/A", 2), default("", 3)] {
        store.put_link(gtin(), &put).await.expect("it works");
    }
    let all = store.links(gtin(), None, 100).await.expect("it works");
    let marked: Vec<&str> =
        all.iter().filter(|kept| kept.link.is_default).map(|kept| kept.link.href.as_str()).collect();
    assert_eq!(marked, ["https://x.example/2", "https://x.example/3"]);
}

async fn two_writers_do_not_fill_a_level_beyond_its_bound(store: Store) {
    // The row that writers of one product wait for.
    let mut chain = TestChain::new();
    story::play(&mut chain);
    project_all(&store, &chain, &verified(&chain)).await;
    let puts = (0..LINKS_PER_LEVEL_MAX + 4).map(|at| {
        let (store, put) = (store.clone(), kept(link("", "https://x.example/"), at));
        async move { store.put_link(gtin(), &put).await.expect("it works") }
    });
    let outcomes = futures::future::join_all(puts).await;
    let full = outcomes.iter().filter(|outcome| **outcome == LinkPut::Full).count();
    assert_eq!(full, 4);
    let more = kept(link("", "https://x.example/"), 0);
    assert_eq!(store.put_link(gtin(), &more).await.expect("it works"), LinkPut::Full);
}
