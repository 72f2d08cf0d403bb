//! The scan pages as a shopper's browser gets them: every verdict in both languages, the forms, hostile data, and the
//! weight on the wire.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use tracelight_web_ui::i18n::placeholders;
use tracelight_web_ui::scan::marks::{MarkTexts, allows_good_news};
use tracelight_web_ui::scan::model::*;
use tracelight_web_ui::scan::{self, ScanTexts, render_scan_page};

#[path = "../examples/scan_samples/mod.rs"]
mod scan_samples;

use scan_samples as samples;

/// The table of the visual language, section 3, with the recall as of a food for infants.
const TABLE: [(Verdict, &str, &str, &str, &str, &str); 12] = [
    (Verdict::FirstCheck, "active", "Active code", "You are the first to check it", "编码有效", "您是第一个查询它的人"),
    (Verdict::CheckedBefore, "ask", "Checked before", "Was it you?", "此前查询过", "是您本人吗？"),
    (Verdict::SoldOrDispensed, "ask", "Already sold", "Was it sold to you?", "已售出", "是您购买的吗？"),
    (
        Verdict::CannotCheckNow,
        "out",
        "Cannot check now",
        "This says nothing about your pack",
        "暂时无法查询",
        "这不说明您的商品好或坏",
    ),
    (
        Verdict::Suspicious,
        "warn",
        "Possible copy",
        "Do not use it until someone has looked at it",
        "疑似被复制",
        "核实之前请勿使用",
    ),
    (Verdict::NotActivated, "warn", "Not released yet", "It should not be on sale", "尚未放行", "不应在售"),
    (Verdict::UnknownCode, "none", "Unknown code", "No member has issued it", "查无此编码", "没有成员发放过它"),
    (Verdict::BadSignature, "stop", "False code", "Its maker did not issue it", "编码不实", "不是企业签发的"),
    (Verdict::Recalled, "stop", "Recalled", "Do not feed it to anyone", "已召回", "请勿食用"),
    (Verdict::Expired, "stop", "Expired", "Do not use it", "已过期", "请勿使用"),
    (Verdict::Stolen, "stop", "Reported stolen", "Do not use it", "已报失窃", "请勿使用"),
    (Verdict::Decommissioned, "stop", "Taken out of use", "Do not use it", "已注销", "请勿使用"),
];

/// Every page there is, by name and language.
fn all_pages() -> Vec<(String, Lang, String)> {
    let of = |lang: Lang| {
        samples::all(lang).into_iter().map(move |(name, html)| (format!("{name} {}", lang.tag()), lang, html))
    };
    Lang::ALL.into_iter().flat_map(of).collect()
}

/// The text between two marks.
fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("`{start}` is in the page"));
    rest.split_once(end).unwrap_or_else(|| panic!("`{end}` follows `{start}`")).0
}

/// The page without the templates that only the script uses.
fn shown(html: &str) -> String {
    let mut out = String::new();
    for (index, piece) in html.split("<template").enumerate() {
        out.push_str(if index == 0 { piece } else { piece.split_once("</template>").expect("templates end").1 });
    }
    out
}

fn text_of(html: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    out
}

fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("a vector takes all bytes");
    encoder.finish().expect("a vector takes all bytes").len()
}

#[test]
fn c6_every_verdict_has_its_word_line_and_colour_in_both_languages() {
    for (verdict, role, word_en, line_en, word_zh, line_zh) in TABLE {
        for (lang, word, line) in [(Lang::En, word_en, line_en), (Lang::Zh, word_zh, line_zh)] {
            let html = render_scan_page(&samples::page(verdict, lang));
            let h1 = text_of(&format!("<h1{}", between(&html, "<h1", "</h1>")));
            assert_eq!(h1, format!("{word} {line}"), "{verdict:?} {lang:?}");
            assert!(html.starts_with(&format!(r#"<!DOCTYPE html><html lang="{}""#, lang.tag())), "{verdict:?}");
            assert!(html.contains(&format!(r#"class="v {role}""#)), "{verdict:?} is {role}");
            assert_eq!(shown(&html).matches("<h1").count(), 1, "{verdict:?}: one h1");
            assert!(html.contains(r#"role="status""#), "{verdict:?}: the field is a status");
        }
    }
}

#[test]
fn c6_a_page_has_one_next_action() {
    for verdict in Verdict::ALL {
        for lang in Lang::ALL {
            let html = shown(&render_scan_page(&samples::page(verdict, lang)));
            let filled = html.matches(r#"class="b p""#).count();
            let answers = html.matches(r#"name="answer""#).count();
            match verdict {
                Verdict::FirstCheck | Verdict::CheckedBefore | Verdict::SoldOrDispensed => {
                    assert_eq!((filled, answers), (0, 2), "{verdict:?}: two equal answers, none filled");
                    assert!(html.contains(r#"name="token""#), "{verdict:?}: the answer carries its token");
                }
                _ => assert_eq!((filled, answers), (1, 0), "{verdict:?}: one filled action"),
            }
        }
    }
}

#[test]
fn c7_words_claim_the_code_and_never_the_goods() {
    for (name, _, html) in all_pages() {
        let text = text_of(&html).to_lowercase();
        for word in ["genuine", "authentic", "正品", "真品", "保真", "guarantee", "!"] {
            assert!(!text.contains(word), "{name} says `{word}`");
        }
    }
}

#[test]
fn c11_an_outage_says_nothing_about_the_pack() {
    for lang in Lang::ALL {
        // Whatever the server has put in besides: a page that looks like an answer would be a lie.
        let mut page = samples::page(Verdict::FirstCheck, lang);
        page.verdict = Verdict::CannotCheckNow;
        page.incident = Some("503-8C41-02".to_owned());
        let html = render_scan_page(&page);
        for absent in ["A24K07", "Qinhe", "秦禾", "<template", "<script", r#"id="check""#, "--f:#b0131e"] {
            assert!(!html.contains(absent), "{lang:?}: `{absent}`");
        }
        let text = text_of(&html).to_lowercase();
        assert!(!text.contains("fake") && !text.contains('假'), "{lang:?}");
        for present in ["503-8C41-02", "t.tracelight.example/01/09521101530001/21/7F3K9QX2M4TB"] {
            assert!(html.contains(present), "{lang:?}: `{present}`");
        }
    }
}

#[test]
fn c10_a_recall_says_what_to_do_first_and_then_what_whoever_has_used_it_should_do() {
    let mut page = samples::page(Verdict::Recalled, Lang::En);
    let html = render_scan_page(&page);
    let steps = html.find(r#"<ol class="a">"#).expect("steps are shown");
    let facts = html.find("B26H11 and B26H12").expect("the lots are named");
    assert!(steps < facts, "a parent acts first");
    assert!(html.contains(r#"href="tel:4000001800""#));
    let advice = html.find("<h2>If someone has eaten it</h2>").expect("the advice is shown");
    assert!(steps < advice && advice < facts, "and then the proof that this lot is meant");
    page.recall.as_mut().expect("a recalled page has its recall").advice = None;
    assert!(!render_scan_page(&page).contains("If someone has eaten it"));
    page.recall = None;
    page.product = None;
    let bare = render_scan_page(&page);
    assert!(bare.contains("Its batch is recalled") && bare.contains("Do not use it"), "facts may be missing");
    assert_eq!(shown(&bare).matches(r#"class="b p""#).count(), 1);
}

/// Tags with their attributes' names, in order, as a parser that respects quotes sees them.
fn structure(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut chars = html.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '<' {
            continue;
        }
        let mut tag = String::new();
        let mut quoted = false;
        for c in chars.by_ref() {
            match c {
                '"' => quoted = !quoted,
                '>' if !quoted => break,
                c if !quoted => tag.push(c),
                _ => {}
            }
        }
        tags.push(tag);
    }
    tags
}

/// A page whose every text field holds `text`.
fn page_of(text: &str, verdict: Verdict) -> ScanPage {
    let some = || Some(text.to_owned());
    let mut page = samples::page(Verdict::CheckedBefore, Lang::En);
    page.verdict = verdict;
    (page.incident, page.retry_url) = (some(), text.to_owned());
    page.frame.host = text.to_owned();
    page.frame.other_language_url = text.to_owned();
    (page.frame.report_url, page.frame.privacy_url) = (some(), some());
    (page.frame.code_entry_url, page.frame.recalls_url) = (text.to_owned(), text.to_owned());
    let product = page.product.as_mut().expect("the sample has a product");
    (product.name, product.maker, product.maker_short) = (text.to_owned(), text.to_owned(), text.to_owned());
    (product.detail, product.approval, product.hotline) = (some(), some(), some());
    (page.code.lot, page.code.expiry, page.code.made) = (some(), some(), some());
    (page.code.gtin, page.code.path) = (text.to_owned(), text.to_owned());
    page.journey[0].place = some();
    page.earlier.listed[0].place = some();
    let answer = page.answer.as_mut().expect("the sample has a form");
    (answer.token, answer.post_url, answer.seen_url) = (text.to_owned(), text.to_owned(), some());
    let check = page.check.as_mut().expect("the sample can be checked");
    (check.bundle_url, check.genesis_hash, check.offline_url) = (text.to_owned(), text.to_owned(), some());
    page.typed =
        Some(TypedCode { text: text.to_owned(), fault: Some(CodeFault::NotAllowed { position: 1, found: '<' }) });
    let place = EarlierCheck { at_ms: samples::NOW_MS, place: some() };
    page.suspicion = Some(Suspicion::TooFast { from: place.clone(), to: place, km: 1 });
    page.recall = Some(RecallFacts {
        reason_zh: text.to_owned(),
        reason_en: text.to_owned(),
        class: RecallClass::II,
        opened_at_ms: 0,
        lots: vec![text.to_owned()],
        advice: some(),
    });
    page
}

#[test]
fn c7_a_check_where_a_pack_was_not_sent_is_told_with_its_town_and_without_one() {
    for (lang, near, far) in [
        (Lang::En, "It was checked near Xi&#39;an, where", "It was checked in a region where"),
        (Lang::Zh, "它在Xi&#39;an附近被查询", "它在没有发往的地区被查询。"),
    ] {
        for (place, words) in [(Some("Xi'an".to_owned()), near), (None, far)] {
            let mut page = samples::page(Verdict::Suspicious, lang);
            page.suspicion = Some(Suspicion::WrongMarket { place });
            let html = render_scan_page(&page).replace("&#x27;", "&#39;").replace("Xi'an", "Xi&#39;an");
            assert!(html.contains(words), "{html}");
        }
    }
}

#[test]
fn strangers_text_changes_no_markup() {
    let evil = r#"a word"><script>alert(1)</script><img src=x onerror='a'>{d}{n}&<!>&lt;"#;
    for verdict in Verdict::ALL {
        let (bad, good) = (render_scan_page(&page_of(evil, verdict)), render_scan_page(&page_of("a word", verdict)));
        assert_eq!(structure(&bad), structure(&good), "{verdict:?}");
        assert!(bad.contains("&lt;script&gt;alert(1)"), "{verdict:?}: the text itself is shown");
    }
    let report = |text: &str| {
        let mut page = samples::report_page(Lang::Zh);
        page.retry = Some(ReportRetry {
            fault: ReportFault::TextTooLong,
            what: Some(ReportWhat::Seal),
            place: text.to_owned(),
            contact: text.to_owned(),
        });
        page.post_url = text.to_owned();
        scan::render_report_page(&page)
    };
    assert_eq!(structure(&report(evil)), structure(&report("a word")));
    let recalls = |text: &str| {
        let mut page = samples::recalls_page(Lang::En);
        page.asked = text.to_owned();
        (page.older_url, page.atom_url, page.json_url) = (Some(text.to_owned()), text.to_owned(), text.to_owned());
        for recall in &mut page.found {
            (recall.product, recall.maker, recall.url) = (text.to_owned(), text.to_owned(), text.to_owned());
            (recall.gtin, recall.lot) = (text.to_owned(), text.to_owned());
            (recall.reason, recall.hotline) = (Some(text.to_owned()), Some(text.to_owned()));
        }
        scan::render_recalls_page(&page)
    };
    assert_eq!(structure(&recalls(evil)), structure(&recalls("a word")));
    let receipt = |text: &str| {
        let mut page = samples::receipt_page(Lang::Zh);
        (page.case_number, page.hotline, page.pdf_url) =
            (text.to_owned(), Some(text.to_owned()), Some(text.to_owned()));
        scan::render_report_receipt_page(&page)
    };
    assert_eq!(structure(&receipt(evil)), structure(&receipt("a word")));
}

#[test]
fn pages_keep_the_content_policy() {
    for (name, _, html) in all_pages() {
        for tag in html.split('<').skip(1).map(|piece| piece.split('>').next().unwrap_or_default()) {
            for attribute in [" style=", " onclick=", " onload=", " onerror=", " srcdoc="] {
                assert!(!tag.contains(attribute), "{name}: `{attribute}` in `<{tag}>`");
            }
            // The policy names each style by its hash, and scripts by their origin.
            assert!(!tag.starts_with("style") || tag == "style", "{name}: `<{tag}>` is a style that the policy misses");
            assert!(!tag.starts_with("script") || tag.contains(" src=\"/"), "{name}: `<{tag}>` is no file of ours");
            for foreign in ["http:", "https:", "//"] {
                let outside = tag.contains(&format!("=\"{foreign}"));
                assert!(!outside, "{name}: `<{tag}>` leaves our origin");
            }
        }
    }
}

#[test]
fn the_policy_allows_the_styles_of_its_page_and_no_other() {
    for (name, _, html) in all_pages() {
        let policy = scan::content_security_policy(&html);
        assert!(!policy.contains("unsafe-inline") && !policy.contains("nonce"), "{name}: {policy}");
        let styles = html.matches("<style>").count();
        assert!(styles > 0 && policy.matches("'sha256-").count() == styles, "{name}: {policy}");
        let other = scan::content_security_policy(&html.replacen("<style>", "<style>i{top:0}", 1));
        assert_ne!(policy, other, "{name}: a changed style is another one");
    }
    let known = scan::content_security_policy("<style>p{}</style>");
    // printf 'p{}' | openssl dgst -sha256 -binary | base64
    assert!(known.contains("style-src 'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y=';"), "{known}");
}

/// The names of the tokens are cut short in a page's style: a part that no page has asked for before may name one that is not there.
#[test]
fn a_style_names_no_token_that_its_page_does_not_have() {
    for (name, _, html) in all_pages() {
        for used in html.split("var(--").skip(1) {
            let token = used.split([')', ',']).next().expect("a first part");
            assert!(html.contains(&format!("--{token}:")), "{name}: `--{token}` is nowhere set");
        }
    }
}

#[test]
fn pages_are_light() {
    let mut heaviest = (0, String::new());
    for (name, _, html) in all_pages() {
        assert!(html.matches("<style").count() <= 2, "{name}: one style sheet, one in a template");
        let css = between(&html, "<style", "</style>");
        let css = css.split_once('>').expect("the tag ends").1;
        assert!(css.len() <= 4096, "{name}: {} bytes of CSS", css.len());
        let bytes = gzipped(html.as_bytes());
        assert!(bytes <= 14 * 1024, "{name}: {bytes} bytes compressed");
        if bytes > heaviest.0 {
            heaviest = (bytes, name);
        }
    }
    println!("heaviest page: {} with {} bytes compressed", heaviest.1, heaviest.0);
    for script in [scan::checker_js(), scan::place_js(), scan::camera_js()] {
        assert!(script.len() <= 4096 && script.is_ascii(), "{} bytes of script", script.len());
        assert!(!script.contains("innerHTML") && !script.contains("eval("), "a script makes no markup from text");
    }
}

#[test]
fn ids_are_unique_and_references_hold() {
    for (name, _, html) in all_pages() {
        let page = shown(&html);
        let mut ids: Vec<&str> = page.split(r#" id=""#).skip(1).filter_map(|rest| rest.split('"').next()).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}: an id stands twice");
        for attribute in [" for=\"", " aria-describedby=\"", " aria-labelledby=\"", " href=\"#"] {
            for value in page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
                for id in value.split(' ') {
                    assert!(ids.contains(&id), "{name}: `{id}` of `{attribute}` is missing");
                }
            }
        }
    }
}

#[test]
fn the_script_finds_what_it_looks_for() {
    let html = render_scan_page(&samples::page(Verdict::Recalled, Lang::En));
    for id in ["run", "get", "s", "t-run", "t-css", "t-ok", "t-fail", "t-none", "t-late", "f", "v", "m", "h", "check"] {
        assert!(html.contains(&format!(r#"id="{id}""#)), "#{id}");
    }
    for mark in ["data-strip", "data-panel", "data-field", "data-cards", "data-dots", "data-busy", "data-recalled"] {
        assert!(html.contains(mark), "{mark}");
    }
    for fact in ["n", "signed", "members", "witnesses", "witnesses_of", "events", "height", "time", "block_time"] {
        assert!(html.contains(&format!(r#"data-f="{fact}""#)), "data-f={fact}");
    }
    for unit in ["s", "min", "h"] {
        assert!(html.contains(&format!(r#"data-age="{unit}""#)), "data-age={unit}");
    }
    let parts = [
        "certificate",
        "header",
        "freshness",
        "state_proof",
        "history",
        "batch_path",
        "containment",
        "genesis",
        "subject",
        "format",
        "steps",
        "witness",
        "recalled",
    ];
    for part in parts {
        assert!(html.contains(&format!(r#"data-part="{part}""#)), "data-part={part}");
    }
    let script = scan::checker_js();
    assert!(!script.contains("innerHTML") && !script.contains("eval("), "the script makes no markup from text");
    assert!(script.is_ascii(), "the script holds no text for readers");
}

#[test]
fn a_page_without_anything_to_check_promises_no_check() {
    let mut page = samples::page(Verdict::FirstCheck, Lang::En);
    page.check = None;
    page.answer = None;
    let html = render_scan_page(&page);
    for absent in ["<script", "<template", "has not checked it yet", r#"id="run""#, r#"name="answer""#] {
        assert!(!html.contains(absent), "`{absent}`");
    }
    let html = render_scan_page(&samples::page(Verdict::FirstCheck, Lang::En));
    assert!(html.contains(r#"download=""#), "without scripts the proof can be downloaded");
    assert!(!html.contains("data-auto"), "118 KB wait for a tap");
    let mut small = samples::page(Verdict::FirstCheck, Lang::En);
    let links = small.check.as_mut().expect("the sample can be checked");
    links.assets.as_mut().expect("the sample has a checker").kb = scan::AUTO_CHECK_KB_MAX;
    assert!(render_scan_page(&small).contains("data-auto"));
}

#[test]
fn c12_a_typed_code_is_told_what_is_wrong() {
    let fault_text = |fault: CodeFault, lang| {
        let mut page = samples::entry_page(lang);
        page.typed.fault = Some(fault);
        let html = scan::render_code_entry_page(&page);
        assert!(html.contains(r#"aria-invalid="true""#));
        text_of(between(&html, r#"<p id="code-e" class="e">"#, "</p>"))
    };
    let digit = CodeFault::CheckDigit { others: 13, expected: '1', found: '7' };
    let char = CodeFault::NotAllowed { position: 18, found: 'O' };
    let length = CodeFault::Length { found: 13, expected: 14 };
    for (fault, lang, want) in [
        (digit.clone(), Lang::En, "The last digit does not fit. If the other 13 are right, it is 1, not 7."),
        (digit, Lang::Zh, "最后一位对不上。若前 13 位正确，应为 1，而不是 7。"),
        (char.clone(), Lang::En, "Character 18 does not fit. No code has “O” there."),
        (char, Lang::Zh, "第 18 个字符不对。这里不会出现“O”。"),
        (length, Lang::En, "The number of digits does not fit. There are 13; it should be 14."),
        (CodeFault::NoSerial, Lang::Zh, "缺少序列号。请把 (21) 后面的字符也输入。"),
        (CodeFault::Empty, Lang::En, "Please enter the code."),
    ] {
        assert_eq!(fault_text(fault, lang), want);
    }
}

#[test]
fn a_rejected_report_keeps_what_was_entered() {
    let mut page = samples::report_page(Lang::En);
    page.retry = Some(ReportRetry {
        fault: ReportFault::NothingChosen,
        what: None,
        place: "Shop 7, Wuhan".to_owned(),
        contact: "a@example".to_owned(),
    });
    let html = scan::render_report_page(&page);
    assert!(html.contains("Please choose what is wrong.") && html.contains(r#"aria-describedby="what-e""#));
    assert!(html.contains(r#"value="Shop 7, Wuhan""#) && html.contains(r#"value="a@example""#));
    assert!(!html.contains("checked"), "no answer is chosen for the reader");
    page.photos = Photos::NotOffered;
    let html = scan::render_report_page(&page);
    assert!(!html.contains(r#"type="file""#) && !html.contains("multipart"));
    assert_eq!(html.matches(r#"type="radio""#).count(), ReportWhat::ALL.len());
}

#[test]
fn both_languages_hold_the_same_facts() {
    for (key, zh, en) in ScanTexts::ENTRIES.iter().chain(MarkTexts::ENTRIES) {
        assert!(!zh.is_empty() && !en.is_empty(), "{key} is empty");
        assert_eq!(placeholders(zh), placeholders(en), "{key}");
        assert!(!en.chars().any(tracelight_web_ui::i18n::is_cjk), "{key}: Chinese in the English text");
        assert!(!zh.contains(['!', '?', ',']), "{key}: half-width punctuation in the Chinese text");
    }
    for (name, _, html) in all_pages() {
        let body = between(&html, "<body>", "</body>");
        let body = match body.split_once("<style") {
            Some((before, rest)) => format!("{before}{}", rest.split_once("</style>").expect("the rules end").1),
            None => body.to_owned(),
        };
        assert!(!text_of(&body).contains(['{', '}']), "{name}: a placeholder was not filled");
    }
}

#[test]
fn an_english_page_marks_chinese_runs() {
    let html = render_scan_page(&samples::page(Verdict::FirstCheck, Lang::En));
    assert!(html.contains(r#"<span lang="zh-CN">国药准字 H20260000</span>"#));
    assert!(html.contains(r#"lang="zh-CN" hreflang="zh-CN" class="l">中文</a>"#));
    let html = render_scan_page(&samples::page(Verdict::FirstCheck, Lang::Zh));
    assert!(html.contains(r#"lang="en" hreflang="en" class="l">English</a>"#));
}

/// The card of marks on a page of this verdict; empty when there is none.
fn mark_card(verdict: Verdict, lang: Lang, marks: MarkCard) -> String {
    let html = render_scan_page(&ScanPage { marks: Some(marks), ..samples::page(verdict, lang) });
    if html.contains(r#"id="mark""#) {
        between(&html, r#"id="mark" class="c">"#, "</section>").to_owned()
    } else {
        String::new()
    }
}

#[test]
fn c10_no_mark_is_good_news_below_a_verdict_that_outranks_it() {
    let good = ["Tag fits", "PIN fits", "标签相符", "密码相符"];
    let bad_news = ["tag-opened", "tag-differs", "pin-differs", "pin-last", "hologram-differs"];
    for lang in Lang::ALL {
        for verdict in Verdict::ALL {
            for (name, marks) in samples::marks() {
                let form_only = marks.found.is_none();
                let card = mark_card(verdict, lang, marks);
                let about = format!("{name} below {}: {card}", verdict.name());
                assert!(!card.contains(['{', '}']), "a placeholder was not filled: {about}");
                if allows_good_news(verdict) {
                    assert!(card.contains("<h2><svg"), "an icon and a word: {about}");
                    assert!(!card.contains("What stands above") && !card.contains("以上面的提示为准"), "{about}");
                    continue;
                }
                assert!(!good.iter().any(|words| card.contains(words)) && !card.contains("<form"), "{about}");
                let silent = verdict == Verdict::CannotCheckNow || form_only;
                let outranked = card.contains("What stands above counts") || card.contains("以上面的提示为准");
                assert_eq!(card.is_empty(), silent, "{about}");
                assert_eq!(outranked, !silent && !bad_news.contains(&name), "{about}");
            }
        }
    }
}

#[test]
fn c2_the_form_for_a_pin_says_what_is_wrong_beside_its_field() {
    let card = |name: &str, lang| {
        let marks = samples::marks().into_iter().find(|(known, _)| *known == name).expect("a sample").1;
        mark_card(Verdict::FirstCheck, lang, marks)
    };
    let fresh = card("pin", Lang::En);
    assert!(fresh.contains(r#"<form method="post" action="/scan/pin">"#), "{fresh}");
    assert!(fresh.contains(r#"<label for="pin">"#) && fresh.contains(r#"id="pin" name="pin" value="" required"#));
    assert!(fresh.contains(r#"aria-describedby="pin-h""#) && !fresh.contains("aria-invalid"), "{fresh}");
    assert!(fresh.contains(r#"name="token" value="8f14"#), "{fresh}");
    for (name, typed, en, zh) in [
        ("pin-differs", "1234 5678", "Tries left: 3.", "还可以试 3 次。"),
        ("pin-no-pin", "12 34", "It did not count as a try.", "没有算作一次尝试。"),
    ] {
        for (lang, words) in [(Lang::En, en), (Lang::Zh, zh)] {
            let card = card(name, lang);
            let error = between(&card, r#"<p id="pin-e" class="e">"#, "</p>");
            assert!(error.contains(words), "{error}");
            assert!(card.contains(r#"aria-describedby="pin-e pin-h" aria-invalid="true""#), "{card}");
            assert!(card.contains(&format!(r#"value="{typed}""#)), "what was typed stays: {card}");
        }
    }
    for over in ["pin-first", "pin-before", "pin-last", "pin-spent", "pin-unknown"] {
        assert!(!card(over, Lang::En).contains("<form"), "{over}: there is nothing to be typed");
    }
    assert!(card("tag", Lang::En).contains("<form"), "a tag leaves the PIN to be checked");
    let hostile = PinForm {
        post_url: "/scan/pin".to_owned(),
        token: "t".to_owned(),
        typed: r#""><script>alert(1)</script>"#.to_owned(),
        fault: Some(PinFault::NoPin),
    };
    let card =
        mark_card(Verdict::FirstCheck, Lang::En, MarkCard { found: None, form: Some(hostile), hologram_url: None });
    assert!(!card.contains("<script"), "{card}");
}

#[test]
fn c7_what_a_mark_proved_is_said_of_the_code_and_its_mark() {
    for (key, zh, en) in MarkTexts::ENTRIES {
        for word in ["genuine", "authentic", "real ", "safe", "fake"] {
            assert!(!en.to_lowercase().contains(word), "{key}: `{word}` in {en}");
        }
        for word in ["正品", "真品", "假", "放心", "安全"] {
            assert!(!zh.contains(word), "{key}: `{word}` in {zh}");
        }
    }
    for (name, marks) in samples::marks() {
        let Some(found) = marks.found else { continue };
        let card = mark_card(Verdict::FirstCheck, Lang::En, marks);
        let about = ["code", "tag", "PIN"].iter().any(|word| card.contains(word));
        assert!(about || found == MarkFound::NotNow, "{name}: {card}");
    }
    // A used answer of a tag is told as what it is.
    let used = MarkCard { found: Some(MarkFound::TagUsed { at_ms: 0 }), form: None, hologram_url: None };
    let card = mark_card(Verdict::FirstCheck, Lang::En, used);
    assert!(card.contains("no sign of a copy") && card.contains("Hold your phone to the tag again"), "{card}");
}
