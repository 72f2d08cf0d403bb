//! The evidence of one pack as a single file: proof, checker and page in one, to be kept, sent on, and opened without any network.
//!
//! ```text
//! #conf    JSON: genesis hash that is pinned, the code, the moment of which it speaks, length and two sums of the proof
//! #proof   the bundle with its anchor, in hexadecimal digits: one altered character is one altered byte
//! #wasm    the checker, the very one that phones load, in base64; #lib its script
//! ```
//! Nobody has to be trusted but whoever says which genesis hash is the alliance's: the page shows the one it pins, so that it can be
//! compared with what a regulator publishes. Everything else is checked from there on. The sums are no part of that: they only help to
//! name a single byte that was altered, and the byte is named when everything holds with it put back.
//!
//! A bundle is checked **as of the moment it was made**: later the state may be another, and the page says so. Its own content policy
//! lets it load nothing.

mod offline;

use tracelight_proof::bundle::Part;

use crate::i18n::{Lang, fill};

pub use offline::{LabelMaker, OFFLINE_URL, Offline, OfflineTexts, render_offline_page};

/// What a file is made of.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// Language of the page.
    pub lang: Lang,
    /// The pack, as people read it.
    pub subject: &'a str,
    /// Its Digital Link path, percent-encoded.
    pub code: &'a str,
    /// Genesis hash, hexadecimal.
    pub chain: &'a str,
    /// When it was made, milliseconds since 1970.
    pub made_ms: u64,
    /// The bundle with its anchor.
    pub bundle: &'a [u8],
    /// The checker's script and WebAssembly.
    pub checker: (&'a [u8], &'a [u8]),
}

crate::catalogue! {
    /// Texts of the evidence file.
    pub struct EvidenceTexts {
        title { zh: "一件商品的链上凭证", en: "Evidence of one pack" }
        wait { zh: "正在本机核验…", en: "Checking on this device…" }
        none { zh: "无法在此浏览器中核验。请换用较新的浏览器打开，或用命令行 tracelight verify 核验同一份证明。", en: "This browser could not run the check. Open the file in a newer one, or check the same proof with the command tracelight verify." }
        no_script { zh: "核验需要启用 JavaScript。文件本身不访问网络。", en: "JavaScript has to be on for the check. The file asks no network for anything." }
        ok { zh: "凭证成立", en: "The evidence holds" }
        ok_line { zh: "本机已从创世哈希起核验了全部签名和记录，没有访问网络。", en: "This device has checked every signature and the whole record from the genesis hash on, without any network." }
        bad { zh: "凭证不成立", en: "The evidence does not hold" }
        bad_line { zh: "请不要依据此文件作出判断。", en: "Do not rely on this file." }
        limit { zh: "凭证证明的是记录，不是实物。", en: "This proves the record, not the goods." }
        as_of { zh: "记录截至", en: "The record as of" }
        block { zh: "区块", en: "Block" }
        signed { zh: "签署成员", en: "Members that signed" }
        events { zh: "事件数", en: "Events" }
        maker { zh: "生产企业", en: "Maker" }
        custodian { zh: "当时的负责方", en: "Who answered for it" }
        unit { zh: "状态", en: "State" }
        u_active { zh: "在流通中", en: "In trade" }
        u_dispensed { zh: "已发给患者", en: "Dispensed to a patient" }
        u_sold { zh: "已售出", en: "Sold" }
        u_sampled { zh: "已抽样", en: "Taken as a sample" }
        u_destroyed { zh: "已销毁", en: "Destroyed" }
        u_stolen { zh: "已报失窃", en: "Reported stolen" }
        u_exported { zh: "已离开本市场", en: "Left the market" }
        made_on { zh: "生产日期", en: "Made on" }
        expires_on { zh: "有效期至", en: "Expires on" }
        recall { zh: "召回", en: "Recall" }
        recalled { zh: "当时已召回", en: "Recalled at that moment" }
        not_recalled { zh: "当时没有生效的召回", en: "No recall in force at that moment" }
        code { zh: "编码", en: "Code" }
        genesis { zh: "联盟创世哈希", en: "Alliance genesis" }
        genesis_hint { zh: "请与监管机构公布的哈希核对。", en: "Compare it with the one that the regulator publishes." }
        what { zh: "哪一部分不成立", en: "Which part does not hold" }
        place { zh: "哪里被改动", en: "What was altered" }
        place_byte { zh: "证明的第 {byte} 个字节现为 {is}，原为 {was}（十六进制）。改回后，全部核验成立。", en: "Byte {byte} of the proof is {is} and was {was} (hexadecimal). With it put back, everything holds." }
        place_letter { zh: "证明的第 {byte} 个字节不是十六进制数字。", en: "Byte {byte} of the proof is not written in hexadecimal digits." }
        place_length { zh: "证明有 {length} 个字节，应为 {expected} 个。", en: "The proof has {length} bytes; it had {expected}." }
        place_unknown { zh: "不止一个字节被改动，或者改动的是创世哈希、编码或时间。", en: "More than one byte was altered, or the genesis hash, the code or the time." }
        colon { zh: "：", en: ": " }
    }
}

/// Parts of the proof, in the order in which they are checked.
const PARTS: [Part; 12] = [
    Part::Format,
    Part::Genesis,
    Part::Steps,
    Part::Header,
    Part::Certificate,
    Part::Freshness,
    Part::Witness,
    Part::Subject,
    Part::StateProof,
    Part::History,
    Part::BatchPath,
    Part::Containment,
];

const POLICY: &str =
    "default-src 'none'; script-src 'unsafe-inline' data: 'wasm-unsafe-eval'; style-src 'unsafe-inline'";

const STYLE: &str = "body{font:17px/1.5 system-ui,\"PingFang SC\",\"Noto Sans CJK SC\",\"Microsoft YaHei\",sans-serif;margin:0 auto;\
max-width:44em;padding:24px 20px 48px;color:#131a24;background:#fff}h1{font-size:28px;line-height:1.25;margin:0 0 4px}\
h2{font-size:22px;margin:0 0 4px}section{border:2px solid #131a24;border-radius:14px;padding:18px 20px;margin:20px 0}\
#bad{border-color:#b0131e}[data-label=bad] h3,[data-label=elsewhere] h3{color:#b0131e}dl{display:grid;grid-template-columns:auto 1fr;gap:6px 20px}dt{color:#4b5562}\
dd{margin:0;overflow-wrap:anywhere}code{font-family:ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}\
small{color:#4b5562}input,button{font:inherit;max-width:100%;min-height:48px}\
#link{width:100%;box-sizing:border-box;margin:4px 0 12px;padding:8px 12px;border:1px solid #77818f;border-radius:12px;background:transparent;color:inherit}\
button{padding:0 28px;border:0;border-radius:12px;background:#1c4daf;color:#fff;font-weight:650;cursor:pointer}button:disabled{opacity:.5;cursor:default}\
form p{margin:12px 0}h3{font-size:19px;margin:8px 0 4px}[hidden]{display:none}@page{size:A4;margin:16mm}@media(max-width:560px){dl{display:block}dt{margin-top:8px}}\
:root{color-scheme:light dark}@media(prefers-color-scheme:dark){body{color:#eaedf1;background:#0b0f14}section{border-color:#eaedf1}\
#bad{border-color:#fa8785}[data-label=bad] h3,[data-label=elsewhere] h3{color:#fa8785}dt,small{color:#a2aab5}button{background:#8ab2fc;color:#0b0f14}}@media print{body{color:#000;background:#fff}}";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The sums by which a single altered byte is found: of all bytes, and of all bytes times their place from 1.
fn sums(bytes: &[u8]) -> [u64; 2] {
    // A bundle is below 4 MiB: the second sum stays below 2^53, to where a browser's numbers are exact.
    bytes.iter().zip(1u64..).fold([0, 0], |[all, placed], (byte, place)| {
        [all.saturating_add(u64::from(*byte)), placed.saturating_add(place.saturating_mul(u64::from(*byte)))]
    })
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS.get(usize::from(half)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The file.
#[must_use]
pub fn render_evidence_file(evidence: &Evidence<'_>) -> String {
    use base64::Engine as _;
    let t = EvidenceTexts::of(evidence.lang);
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let (lib, wasm) = (base64(evidence.checker.0), base64(evidence.checker.1));
    let sums = sums(evidence.bundle);
    let conf = serde_json::json!({
        "chain": evidence.chain, "code": evidence.code, "made_ms": evidence.made_ms,
        "length": evidence.bundle.len(), "sums": sums,
    });
    let conf = conf.to_string().replace('<', "\\u003c");
    let (subject, chain) = (escaped(evidence.subject), escaped(evidence.chain));
    let mut html = String::with_capacity(lib.len() + wasm.len() + evidence.bundle.len() * 2 + 16_384);
    let below = format!("<h1>{}</h1><p><code>{subject}</code></p>", t.title);
    html.push_str(&head(evidence.lang, &format!("{} {subject}", t.title), &below, t.no_script));
    html.push_str(&format!(
        "<section id=\"wait\" role=\"status\"><p>{}</p></section><section id=\"none\" hidden><p>{}</p></section>",
        t.wait, t.none
    ));
    html.push_str(&holds(t, ""));
    html.push_str(&fails(evidence.lang, t, &altered_where(t)));
    html.push_str(&format!(
        "<dl><dt>{}</dt><dd><code>{}</code></dd><dt>{}</dt><dd><code>{chain}</code><br><small>{}</small></dd></dl>",
        t.code,
        escaped(evidence.code),
        t.genesis,
        t.genesis_hint
    ));
    for (id, kind, data) in [
        ("conf", "application/json", conf.as_str()),
        ("proof", "text/plain", &hex(evidence.bundle)),
        ("lib", "text/plain", &lib),
        ("wasm", "text/plain", &wasm),
    ] {
        html.push_str(&format!("<script type=\"{kind}\" id=\"{id}\">{data}</script>"));
    }
    html.push_str(&script(include_str!("evidence/one.js")));
    html
}

/// The last element: the common head of the scripts, and this rest of it.
fn script(rest: &str) -> String {
    format!("<script>{}{rest}</script></body></html>", include_str!("evidence/common.js"))
}

/// Everything before the first section.
fn head(lang: Lang, title: &str, below: &str, no_script: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"content-security-policy\" content=\"{POLICY}\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>{below}<noscript><p>{no_script}</p></noscript>",
        lang.tag()
    )
}

/// That it holds, with what it says; `first` stands below the heading.
fn holds(t: &EvidenceTexts, first: &str) -> String {
    let fact = |words: &str, name: &str| format!("<dt>{words}</dt><dd data-f=\"{name}\"></dd>");
    let mut out = format!("<section id=\"ok\" role=\"status\" hidden><h2>{}</h2>{first}<p>{}</p><dl>", t.ok, t.ok_line);
    for (words, name) in [
        (t.as_of, "as_of"),
        (t.maker, "maker"),
        (t.custodian, "custodian"),
        (t.made_on, "made_on"),
        (t.expires_on, "expires_on"),
        (t.events, "events"),
        (t.block, "height"),
    ] {
        out.push_str(&fact(words, name));
    }
    // The checker's own words for what happened to a pack.
    let states = [
        ("active", t.u_active),
        ("dispensed", t.u_dispensed),
        ("sold", t.u_sold),
        ("sampled", t.u_sampled),
        ("destroyed", t.u_destroyed),
        ("stolen", t.u_stolen),
        ("exported", t.u_exported),
    ];
    let states = states.map(|(name, words)| format!("<span data-unit=\"{name}\" hidden>{words}</span>")).concat();
    out.push_str(&format!("<dt>{}</dt><dd>{states}</dd>", t.unit));
    out.push_str(&format!(
        "<dt>{}</dt><dd><span data-f=\"members_signed\"></span> / <span data-f=\"members\"></span></dd>\
         <dt>{}</dt><dd><b data-recalled=\"true\">{}</b><span data-recalled=\"false\">{}</span></dd></dl><p>{}</p></section>",
        t.signed, t.recall, t.recalled, t.not_recalled, t.limit
    ));
    out
}

/// That it does not hold, and which part; `last` are more terms of the list.
fn fails(lang: Lang, t: &EvidenceTexts, last: &str) -> String {
    let mut out = format!(
        "<section id=\"bad\" role=\"alert\" hidden><h2>{}</h2><p>{}</p><dl><dt>{}</dt><dd>",
        t.bad, t.bad_line, t.what
    );
    for part in PARTS {
        let (title, words) = super::overlay::words_of_part(super::texts::ScanTexts::of(lang), part);
        out.push_str(&format!("<span data-part=\"{}\" hidden><b>{title}</b>{}{words}</span>", part.name(), t.colon));
    }
    out.push_str(&format!("<br><small data-f=\"message\" lang=\"en\"></small></dd>{last}</dl></section>"));
    out
}

/// Where a proof was altered, as far as its sums tell.
fn altered_where(t: &EvidenceTexts) -> String {
    let mut out = format!("<dt>{}</dt><dd>", t.place);
    let mark = |name: &str| format!("<b data-f=\"{name}\"></b>");
    let names = ["byte", "is", "was", "length", "expected"].map(|name| (name, mark(name)));
    let values = names.each_ref().map(|(name, mark)| (*name, mark.as_str()));
    for (name, words) in
        [("byte", t.place_byte), ("letter", t.place_letter), ("length", t.place_length), ("unknown", t.place_unknown)]
    {
        out.push_str(&format!("<span data-place=\"{name}\" hidden>{}</span>", fill(words, &values)));
    }
    out.push_str("</dd>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r3_a_file_holds_everything_and_asks_for_nothing() {
        let evidence = Evidence {
            lang: Lang::En,
            subject: "(01)06901234000771(21)<aB1>",
            code: "/01/06901234000771/21/%3CaB1%3E",
            chain: &"9f".repeat(32),
            made_ms: 1_795_000_000_000,
            bundle: &[1, 2, 255],
            checker: (b"export default 1", b"\0asm"),
        };
        for lang in Lang::ALL {
            let html = render_evidence_file(&Evidence { lang, ..evidence.clone() });
            assert!(html.contains("id=\"proof\">0102ff</script>") && html.contains("\"sums\":[258,770]"), "{html}");
            assert!(html.contains("&lt;aB1&gt;") && !html.contains("<aB1>"), "{html}");
            for foreign in ["http://", "https://", "src=", "href=", "fetch("] {
                assert!(!html.contains(foreign), "{foreign}: {html}");
            }
            assert_eq!(html.matches("data-part=").count(), PARTS.len());
            assert!(!html.contains("{byte}") && !html.contains("{expected}"), "{html}");
        }
    }
}
