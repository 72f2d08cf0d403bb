//! The page that checks saved proofs without a network: kept on a phone or a pharmacy's computer before it is needed.
//!
//! ```text
//! #conf   JSON: genesis hash that is pinned        #wasm, #lib   the checker, as in the evidence file of one pack
//! in      a file: the bytes of a bundle with its anchor, or the evidence file of one pack
//! out     whether the proof holds, for which code, as of which moment, and how long ago that is; which part does not hold
//! ```
//! * A file that is read is not believed: of an evidence file only the proof is taken, never its genesis hash, its code or its script. A
//!   forger can make such a file that pins an alliance of his own; this page pins the one that it was made for.
//! * A proof is judged as of its own moment, and the page says how old that is and that recalls since then are not known.
//! * It is one file and no service worker: the browser inside WeChat and most other apps' have none, and a file can be
//!   handed on and archived. It is offered as a download; its own content policy lets it load nothing.

use super::{EvidenceTexts, fails, head, holds, script};
use crate::i18n::fill;
use crate::scan::dates::Clock;

/// Where the page is offered.
pub const OFFLINE_URL: &str = "/offline";

/// What a page is made of.
#[derive(Clone, Debug)]
pub struct Offline<'a> {
    /// Language of the page, and the market's time.
    pub clock: Clock,
    /// When it was made, milliseconds since 1970.
    pub made_ms: i64,
    /// Genesis hash of the alliance, lower-case hexadecimal.
    pub chain: &'a str,
    /// The checker's script and WebAssembly.
    pub checker: (&'a [u8], &'a [u8]),
}

crate::catalogue! {
    /// Texts of the page that checks saved proofs.
    pub struct OfflineTexts {
        title { zh: "离线核验已保存的证明", en: "Check saved proofs offline" }
        what { zh: "请先保存好本页。以后没有网络时，用它打开已保存的证明文件，即可在本机核验。", en: "Keep this page. Without a network it checks proof files that you have saved, on your own device." }
        choose { zh: "选择证明文件", en: "Choose a proof file" }
        kinds { zh: "可选：从商品页下载的证明（.bin），或保存的离线页（.html）。", en: "A proof downloaded from a pack’s page (.bin), or a pack’s page kept for offline use (.html)." }
        other { zh: "这不是证明文件", en: "This is not a proof file" }
        other_line { zh: "请选择从商品页下载的证明，或保存的离线页。被截断或损坏的文件也无法读取。", en: "Choose a proof downloaded from a pack’s page, or a page that you kept. A file that was cut off or damaged cannot be read either." }
        code { zh: "请与包装上的编码核对", en: "Compare this code with the one on the pack" }
        old_hours { zh: "这是不到 {hours} 小时前的记录。", en: "This is the record of less than {hours} h ago." }
        old_days { zh: "这是 {days} 天前的记录。", en: "This is the record of {days} days ago." }
        old_future { zh: "记录的时间晚于本机时钟。请检查本机时间。", en: "The record is later than this device’s clock. Is the clock right?" }
        since { zh: "此后的召回、售出和查询无从得知；有网络时请重新扫码。", en: "Recalls, sales and checks since then are not known: scan the code again when there is a network." }
        pinned { zh: "本页认定的联盟（创世哈希）", en: "The alliance that this page pins (genesis hash)" }
        made { zh: "本页生成于 {day}。", en: "This page was made on {day}." }
    }
}

/// The page.
#[must_use]
pub fn render_offline_page(page: &Offline<'_>) -> String {
    use base64::Engine as _;
    let (t, e) = (OfflineTexts::of(page.clock.lang), EvidenceTexts::of(page.clock.lang));
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let (lib, wasm) = (base64(page.checker.0), base64(page.checker.1));
    let below = format!("<h1>{}</h1><p>{}</p>", t.title, t.what);
    let mut html = head(page.clock.lang, t.title, &below, e.no_script);
    html.push_str(&format!(
        "<section id=\"ask\"><h2><label for=\"file\">{}</label></h2><p><small>{}</small></p>\
         <input type=\"file\" id=\"file\" accept=\".bin,.html,.htm\" disabled></section>\
         <section id=\"wait\" role=\"status\" hidden><p>{}</p></section>\
         <section id=\"none\" role=\"alert\" hidden><p>{}</p></section>\
         <section id=\"other\" role=\"alert\" hidden><h2>{}</h2><p>{}</p></section>",
        t.choose, t.kinds, e.wait, e.none, t.other, t.other_line
    ));
    let number = |name: &str| format!("<b data-f=\"{name}\"></b>");
    let (hours, days) = (number("hours"), number("days"));
    let ages = [
        ("hours", fill(t.old_hours, &[("hours", &hours)])),
        ("days", fill(t.old_days, &[("days", &days)])),
        ("future", t.old_future.to_owned()),
    ];
    let ages = ages.map(|(name, words)| format!("<span data-old=\"{name}\" hidden>{words}</span>")).concat();
    let code = format!("<p>{}{}<br><b><code data-f=\"code\"></code></b></p>", t.code, e.colon);
    html.push_str(&holds(e, &format!("{code}<p>{ages} {}</p>", t.since)));
    html.push_str(&fails(page.clock.lang, e, ""));
    html.push_str(&format!(
        "<dl><dt>{}</dt><dd><code>{}</code><br><small>{} {}</small></dd></dl>",
        t.pinned,
        page.chain,
        e.genesis_hint,
        fill(t.made, &[("day", &page.clock.day_in_words(page.made_ms))])
    ));
    let conf = serde_json::json!({ "chain": page.chain }).to_string();
    for (id, kind, data) in
        [("conf", "application/json", conf.as_str()), ("lib", "text/plain", &lib), ("wasm", "text/plain", &wasm)]
    {
        html.push_str(&format!("<script type=\"{kind}\" id=\"{id}\">{data}</script>"));
    }
    html.push_str(&script(include_str!("any.js")));
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn a_page_pins_its_alliance_and_asks_for_nothing() {
        let chain = "9f".repeat(32);
        for lang in Lang::ALL {
            let clock = Clock { lang, utc_offset_minutes: 480 };
            let page =
                Offline { clock, made_ms: 1_795_000_000_000, chain: &chain, checker: (b"export default 1", b"\0asm") };
            let html = render_offline_page(&page);
            assert!(html.contains(&format!("{{\"chain\":\"{chain}\"}}")), "{html}");
            for foreign in ["http://", "https://", "src=", "href=", "fetch("] {
                assert!(!html.contains(foreign), "{foreign}: {html}");
            }
            assert!(!html.contains("{hours}") && !html.contains("{days}") && !html.contains("{day}"), "{html}");
            assert!(!html.contains("data-place"), "there are no sums to tell a place by");
        }
    }
}
