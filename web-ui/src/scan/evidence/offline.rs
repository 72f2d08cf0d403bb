//! The page that checks saved proofs and labels without a network: kept on a phone or a pharmacy's computer before it is needed.
//!
//! ```text
//! #conf   JSON: genesis hash that is pinned, base of the alliance's links, makers that sign labels: keys and products
//! #wasm, #lib   the checker, as in the evidence file of one pack
//! in      a file: the bytes of a bundle with its anchor, or the evidence file of one pack
//! out     whether the proof holds, for which code, as of which moment, and how long ago that is; which part does not hold
//! in      the link on a label, signed as `crates/labels`, `signature.rs`, says
//! out     whether its maker signed it, with what that proves and what not
//! ```
//! * A file that is read is not believed: of an evidence file only the proof is taken, never its genesis hash, its code or its script. A
//!   forger can make such a file that pins an alliance of his own; this page pins the one that it was made for.
//! * A proof is judged as of its own moment, and the page says how old that is and that recalls since then are not known.
//! * A label is checked by the browser itself (WebCrypto, ECDSA on P-256): a maker's key counts for that maker's products alone, and a link
//!   to another address than the alliance's own is no link of it, however good its signature. A key or product that the page does not know
//!   may be newer than the page: it says so, and gives no verdict.
//! * Where no maker signs labels the page has no form for them.
//! * It is one file and no service worker: the browser inside WeChat and most other apps' have none, and a file can be
//!   handed on and archived. It is offered as a download; its own content policy lets it load nothing.

use super::{EvidenceTexts, escaped, fails, head, holds, script};
use crate::i18n::fill;
use crate::scan::dates::Clock;
use std::collections::BTreeMap;

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
    /// Where the alliance's codes lead, without a slash at its end.
    pub base: &'a str,
    /// Who signs labels.
    pub makers: &'a [LabelMaker],
}

/// A maker that signs labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelMaker {
    /// Its name.
    pub name: String,
    /// Uncompressed points by hint, both hexadecimal.
    pub keys: BTreeMap<String, String>,
    /// Its products, GTIN-14.
    pub gtins: Vec<String>,
}

crate::catalogue! {
    /// Texts of the page that checks saved proofs.
    pub struct OfflineTexts {
        title { zh: "离线核验", en: "Check offline" }
        what { zh: "请先保存好本页。以后没有网络时，用它可在本机核验已保存的证明。", en: "Keep this page. Without a network it checks saved proofs, on your own device." }
        what_labels { zh: "请先保存好本页。以后没有网络时，用它可在本机核验已保存的证明和标签上的签名。", en: "Keep this page. Without a network it checks saved proofs and signatures of labels, on your own device." }
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
        label { zh: "核验标签签名", en: "Check the signature of a label" }
        label_how { zh: "用相机读出包装上的二维码，复制其中的链接，粘贴到下面。", en: "Read the QR code on the pack with the camera, copy its link and paste it here." }
        label_link { zh: "标签上的链接", en: "Link on the label" }
        label_go { zh: "核验", en: "Check" }
        l_good { zh: "签名有效", en: "The signature holds" }
        l_maker { zh: "签发企业", en: "Issued by" }
        l_expires { zh: "有效期至", en: "Expires" }
        l_lot { zh: "批号", en: "Lot" }
        l_serial { zh: "序列号", en: "Serial" }
        l_compare { zh: "请与包装上印的文字逐项核对。", en: "Compare each of these with what is printed on the pack." }
        l_expired { zh: "按本机时钟，已过有效期。", en: "By this device’s clock it has expired." }
        l_proves { zh: "能证明：这个编码连同批号和有效期由该企业签发，之后没有被改动。", en: "What this proves: the company issued this code with this lot and expiry, and nobody has changed them since." }
        l_not { zh: "不能证明：这件商品是真品。复制的标签同样通过核验。是否已召回、已售出、被多次查询，只有联网扫码才能知道。", en: "What it does not prove: that the pack is the original. A copied label passes too. Whether it was recalled, sold or checked many times is known online only: scan the code when there is a network." }
        l_bad { zh: "签名不成立", en: "The signature does not hold" }
        l_bad_line { zh: "标签被改动过，或者不是该企业签发的。请勿使用；有网络时请举报。", en: "The label was altered, or the company did not issue it. Do not use the product, and report it when there is a network." }
        l_elsewhere { zh: "链接指向另一个网址", en: "The link leads to another address" }
        l_elsewhere_line { zh: "本联盟的编码都以 {base} 开头。仿冒标签常用相似的网址，请勿打开。", en: "Codes of this alliance begin with {base}. Forged labels often lead to an address that looks alike: do not open it." }
        l_unsigned { zh: "这个标签没有签名", en: "This label is not signed" }
        l_unsigned_line { zh: "不是所有企业都为标签签名，这不说明真假。请联网扫码。", en: "Not every maker signs labels, so this says nothing either way. Scan the code when there is a network." }
        l_unknown { zh: "本页无法判断这个标签", en: "This page cannot judge this label" }
        l_unknown_line { zh: "本页没有这个产品或这把签名密钥的资料：可能比本页新，也可能是伪造的。请联网扫码，或重新下载本页。", en: "It does not know the product or the key of the signature. They may be newer than the page, or made up. Scan the code when there is a network, or download this page again." }
        l_other { zh: "这不是商品编码的链接", en: "This is no link of a pack’s code" }
        l_other_line { zh: "请复制二维码中的完整链接。", en: "Copy the whole link that the QR code holds." }
        l_none { zh: "此浏览器无法核验签名", en: "This browser cannot check signatures" }
        l_none_line { zh: "请换用较新的浏览器打开本页。", en: "Open the page in a newer one." }
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
    // Where nobody signs labels, a form for them would only puzzle.
    let labels = !page.makers.is_empty();
    let below = format!("<h1>{}</h1><p>{}</p>", t.title, if labels { t.what_labels } else { t.what });
    let mut html = head(page.clock.lang, t.title, &below, e.no_script);
    html.push_str(&format!(
        "<section id=\"ask\" data-stays=\"y\"><h2><label for=\"file\">{}</label></h2><p><small>{}</small></p>\
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
    if labels {
        html.push_str(&label(t, page.base));
    }
    html.push_str(&format!(
        "<dl><dt>{}</dt><dd><code>{}</code><br><small>{} {}</small></dd></dl>",
        t.pinned,
        page.chain,
        e.genesis_hint,
        fill(t.made, &[("day", &page.clock.day_in_words(page.made_ms))])
    ));
    let makers = page.makers.iter();
    let makers =
        makers.map(|maker| serde_json::json!({ "name": maker.name, "keys": maker.keys, "gtins": maker.gtins }));
    let makers: Vec<serde_json::Value> = makers.collect();
    let conf = serde_json::json!({ "chain": page.chain, "base": page.base, "makers": makers });
    let conf = conf.to_string().replace('<', "\\u003c");
    for (id, kind, data) in
        [("conf", "application/json", conf.as_str()), ("lib", "text/plain", &lib), ("wasm", "text/plain", &wasm)]
    {
        html.push_str(&format!("<script type=\"{kind}\" id=\"{id}\">{data}</script>"));
    }
    let label = if labels { include_str!("label.js") } else { "" };
    html.push_str(&script(&["  const conf = JSON.parse(text(\"conf\"));\n", label, include_str!("any.js")].concat()));
    html
}

/// Where the link of a label is asked for, and every answer to it.
fn label(t: &OfflineTexts, base: &str) -> String {
    let base = format!("<b>{}</b>", escaped(base));
    let elsewhere = fill(t.l_elsewhere_line, &[("base", &base)]);
    let fact = |words: &str, name: &str| format!("<dt>{words}</dt><dd><b data-f=\"l_{name}\"></b></dd>");
    let mut out = format!(
        "<section id=\"label\" data-stays=\"y\"><h2>{}</h2><form id=\"label-form\"><p id=\"link-how\">{}</p><label for=\"link\">{}</label>\
         <input id=\"link\" type=\"text\" inputmode=\"url\" autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"link-how\" required>\
         <button id=\"label-go\" disabled>{}</button></form><div role=\"status\">",
        t.label, t.label_how, t.label_link, t.label_go
    );
    let facts =
        [(t.l_maker, "maker"), ("GTIN", "gtin"), (t.l_lot, "lot"), (t.l_expires, "expires"), (t.l_serial, "serial")];
    let facts = facts.map(|(words, name)| fact(words, name)).concat();
    out.push_str(&format!(
        "<div data-label=\"good\" hidden><h3>{}</h3><p data-expired=\"y\" hidden><b>{}</b></p><p>{}</p><dl>{facts}</dl><p>{}</p><p><b>{}</b></p></div>",
        t.l_good, t.l_expired, t.l_compare, t.l_proves, t.l_not
    ));
    for (name, title, line) in [
        ("bad", t.l_bad, t.l_bad_line),
        ("elsewhere", t.l_elsewhere, elsewhere.as_str()),
        ("unsigned", t.l_unsigned, t.l_unsigned_line),
        ("unknown", t.l_unknown, t.l_unknown_line),
        ("other", t.l_other, t.l_other_line),
        ("none", t.l_none, t.l_none_line),
    ] {
        out.push_str(&format!("<div data-label=\"{name}\" hidden><h3>{title}</h3><p>{line}</p></div>"));
    }
    out.push_str("</div></section>");
    out
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
            let maker = LabelMaker {
                name: "<b>A & B</script>".to_owned(),
                keys: [("a1b2c3".to_owned(), "04ff".to_owned())].into(),
                gtins: vec!["06901234000771".to_owned()],
            };
            let page = Offline {
                clock,
                made_ms: 1_795_000_000_000,
                chain: &chain,
                checker: (b"export default 1", b"\0asm"),
                base: "t.example",
                makers: &[maker],
            };
            let html = render_offline_page(&page);
            assert!(html.contains(&format!("\"chain\":\"{chain}\"")) && !html.contains("<b>A & B"), "{html}");
            for foreign in ["http://", "https://", "src=", "href=", "fetch("] {
                assert!(!html.contains(foreign), "{foreign}: {html}");
            }
            assert!(
                !html.contains("{base}")
                    && !html.contains("{hours}")
                    && !html.contains("{days}")
                    && !html.contains("{day}"),
                "{html}"
            );
            assert!(!html.contains("data-place"), "there are no sums to tell a place by");
            assert!(html.contains("label-form"), "{html}");
            let without = render_offline_page(&Offline { makers: &[], ..page });
            assert!(
                !without.contains("label-form") && !without.contains(OfflineTexts::of(lang).what_labels),
                "{without}"
            );
        }
    }
}
