//! The list as feeds. The id of an entry is the address of its recall; it is updated when the recall is wound up.

use crate::clock::iso;
use crate::scan::page::RECALLS_URL;
use crate::store::{PublicRecall, RecallText, class_number};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::{Value, json};
use std::io::Write;
use tracelight_proof::hash::sha256;
use tracelight_web_ui::i18n::fill;
use tracelight_web_ui::scan::ScanTexts;
use tracelight_web_ui::scan::model::{Lang, PublishedRecall};

/// What a feed is made from.
pub struct Feed<'a> {
    /// Its language.
    pub lang: Lang,
    /// Scheme and host of this server.
    pub base: &'a str,
    /// The alliance's name.
    pub alliance: &'a str,
    /// Newest change first.
    pub items: &'a [(&'a PublicRecall, PublishedRecall)],
}

/// When a recall changed last.
pub fn changed_ms(recall: &PublicRecall) -> u64 {
    recall.closed.as_ref().unwrap_or(&recall.approved).time_ms
}

impl Feed<'_> {
    fn texts(&self) -> &'static ScanTexts {
        ScanTexts::of(self.lang)
    }

    fn title(&self) -> String {
        format!("{} · {}", self.texts().recalls_title, self.alliance)
    }

    fn address(&self, file: &str) -> String {
        format!("{}{RECALLS_URL}/{file}?lang={}", self.base, self.lang.tag())
    }

    fn home(&self) -> String {
        format!("{}{RECALLS_URL}", self.base)
    }

    fn title_of(&self, shown: &PublishedRecall) -> String {
        fill(self.texts().recalls_feed_item, &[("product", &shown.product), ("lot", &shown.lot)])
    }

    fn text_of(&self, shown: &PublishedRecall) -> String {
        let reason = shown.reason.as_deref().unwrap_or(self.texts().why_recalled_plain);
        match &shown.advice {
            Some(advice) => format!("{reason} {advice}"),
            None => reason.to_owned(),
        }
    }
}

fn status(recall: &PublicRecall) -> &'static str {
    if recall.closed.is_some() { "closed" } else { "in_force" }
}

/// JSON Feed 1.1. `_tracelight` says the same for programs.
pub fn json(feed: &Feed<'_>) -> Vec<u8> {
    let item = |(recall, shown): &(&PublicRecall, PublishedRecall)| {
        let url = format!("{}{}", feed.base, shown.url);
        let text = recall.text.as_ref();
        let advice = |of: fn(&RecallText) -> &String| text.map(of).filter(|advice| !advice.is_empty());
        json!({
            "id": url, "url": url, "title": feed.title_of(shown), "content_text": feed.text_of(shown),
            "date_published": iso(recall.approved.time_ms), "date_modified": iso(changed_ms(recall)),
            "authors": [{ "name": shown.maker }],
            "_tracelight": {
                "about": feed.home(), "recall": hex::encode(recall.id.0), "gtin": shown.gtin, "lot": shown.lot,
                "class": class_number(recall.class), "status": status(recall), "maker": recall.maker.to_string(),
                "reason_en": text.map(|text| &text.reason_en), "reason_zh": text.map(|text| &text.reason_zh),
                "advice_en": advice(|text| &text.advice_en), "advice_zh": advice(|text| &text.advice_zh), "approved": recall.approved, "closed": recall.closed,
            },
        })
    };
    let items: Vec<Value> = feed.items.iter().map(item).collect();
    let whole = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": feed.title(), "home_page_url": feed.home(),
        "feed_url": feed.address("feed.json"), "language": feed.lang.tag(), "items": items,
    });
    whole.to_string().into_bytes()
}

/// Atom (RFC 4287).
pub fn atom(feed: &Feed<'_>) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing into memory cannot fail.
    let _ = write_atom(&mut writer, feed);
    writer.into_inner()
}

fn write_atom(writer: &mut Writer<Vec<u8>>, feed: &Feed<'_>) -> std::io::Result<()> {
    let updated = feed.items.first().map_or(0, |(recall, _)| changed_ms(recall));
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = writer.create_element("feed").with_attribute(("xmlns", "http://www.w3.org/2005/Atom"));
    let root = root.with_attribute(("xml:lang", feed.lang.tag()));
    root.write_inner_content(|writer| {
        leaf(writer, "id", &feed.home())?;
        leaf(writer, "title", &feed.title())?;
        leaf(writer, "updated", &iso(updated))?;
        link(writer, "self", &feed.address("feed.atom"))?;
        link(writer, "alternate", &feed.home())?;
        for (recall, shown) in feed.items {
            writer.create_element("entry").write_inner_content(|writer| entry(writer, feed, recall, shown))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn entry<W: Write>(
    writer: &mut Writer<W>,
    feed: &Feed<'_>,
    recall: &PublicRecall,
    shown: &PublishedRecall,
) -> std::io::Result<()> {
    let url = format!("{}{}", feed.base, shown.url);
    leaf(writer, "id", &url)?;
    leaf(writer, "title", &feed.title_of(shown))?;
    leaf(writer, "published", &iso(recall.approved.time_ms))?;
    leaf(writer, "updated", &iso(changed_ms(recall)))?;
    link(writer, "alternate", &url)?;
    writer.create_element("author").write_inner_content(|writer| leaf(writer, "name", &shown.maker))?;
    for term in [format!("class-{}", class_number(recall.class)), status(recall).to_owned()] {
        writer.create_element("category").with_attribute(("term", term.as_str())).write_empty()?;
    }
    leaf(writer, "summary", &feed.text_of(shown))
}

fn leaf<W: Write>(writer: &mut Writer<W>, name: &str, text: &str) -> std::io::Result<()> {
    // What XML 1.0 has no room for, a person did not mean to write.
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().filter(allowed).collect();
    writer.create_element(name).write_text_content(BytesText::new(&text))?;
    Ok(())
}

fn link<W: Write>(writer: &mut Writer<W>, rel: &str, href: &str) -> std::io::Result<()> {
    writer.create_element("link").with_attributes([("rel", rel), ("href", href)]).write_empty()?;
    Ok(())
}

/// The feed, or 304 for whoever has it already.
pub fn answer(headers: &HeaderMap, body: Vec<u8>, media: &str) -> Response {
    let tag = format!("\"{}\"", sha256(&body));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { (StatusCode::OK, body).into_response() };
    let own = response.headers_mut();
    own.remove(header::CONTENT_TYPE);
    let texts = [(header::ETAG, tag.as_str()), (header::CONTENT_TYPE, media)];
    for (name, text) in texts {
        if let Ok(value) = HeaderValue::from_str(text) {
            own.insert(name, value);
        }
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::VARY, "accept-language, cookie"),
    ] {
        own.insert(name, HeaderValue::from_static(value));
    }
    response
}
