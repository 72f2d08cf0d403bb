//! From facts to what the pages of `web-ui` show. Pure: the reader, the time and the nonce come in.

use super::facts::{Looked, PackFacts, Standing};
use super::journey::{Station, shopper_steps};
use super::risk::told;
use super::token::{PageToken, Said, ScanSecret, Subject};
use crate::http::encoded;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::EventKind;
use tracelight_domain::tx::{ProductKind as DomainKind, RecallClass as DomainClass};
use tracelight_domain::verdict::{Verdict, judge};
use tracelight_proof::genesis::{Genesis, GenesisMember};
use tracelight_web_ui::scan::KEPT_URL;
use tracelight_web_ui::scan::model::{
    AnswerForm, ChainPoint, CheckLinks, CheckerAssets, CodeFacts, Device, EarlierChecks, Frame, KeepForm, Lang,
    ProductFacts, ProductKind, RecallClass, RecallFacts, ScanPage, TypedCode,
};

/// Minutes that the market's clock is ahead of UTC: China.
pub const UTC_OFFSET_MINUTES: i32 = 480;
/// Where the buttons and the "seen" signal post to.
pub const CHECK_URL: &str = "/scan/check";
/// The report form.
pub const REPORT_URL: &str = "/scan/report";
/// The page for typing a code.
pub const ENTRY_URL: &str = "/check";
/// Published recalls.
pub const RECALLS_URL: &str = "/recalls";
/// Characters that a query value keeps as they are.
const QUERY_KEEPS: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// Who asks, when, and on which page.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Language of the page.
    pub lang: Lang,
    /// What they hold.
    pub device: Device,
    /// What is kept of the device with this code, if it sent a cookie: of the day when it checked it, else of today.
    pub device_hash: Option<[u8; 32]>,
    /// As which device it has checked this code before.
    pub checked_as: Option<[u8; 16]>,
    /// Host as in the address bar.
    pub host: String,
    /// Now, milliseconds since 1970.
    pub now_ms: u64,
    /// Drawn for this page.
    pub page_nonce: [u8; 16],
}

/// Files of the checker, as the server serves them.
#[derive(Clone, Debug, Default)]
pub struct PageAssets {
    /// The page's own script.
    pub script_url: Option<String>,
    /// The checker.
    pub checker: Option<CheckerAssets>,
}

/// What every page of one server shares.
pub struct Site<'a> {
    /// The alliance.
    pub genesis: &'a Genesis,
    /// Its hash, in hex.
    pub genesis_hash: &'a str,
    /// For the forms.
    pub secret: &'a ScanSecret,
    /// Scripts.
    pub assets: &'a PageAssets,
}

/// The day in the market.
#[must_use]
pub fn market_day(now_ms: u64) -> i64 {
    tracelight_map::day_of(now_ms, UTC_OFFSET_MINUTES)
}

/// The frame of a page about a code, or about none.
#[must_use]
pub fn frame(reader: &Reader, subject: Option<&Subject>) -> Frame {
    let report = subject.map_or_else(
        || REPORT_URL.to_owned(),
        |subject| {
            let path = subject.path();
            format!("{REPORT_URL}?code={}", percent_encoding::utf8_percent_encode(&path, QUERY_KEEPS))
        },
    );
    Frame {
        lang: reader.lang,
        device: reader.device,
        host: reader.host.clone(),
        now_ms: signed(reader.now_ms),
        utc_offset_minutes: UTC_OFFSET_MINUTES,
        other_language_url: format!("?lang={}", reader.lang.other().tag()),
        report_url: Some(report),
        code_entry_url: ENTRY_URL.to_owned(),
        recalls_url: RECALLS_URL.to_owned(),
        privacy_url: Some(tracelight_web_ui::scan::PRIVACY_URL.to_owned()),
    }
}

/// The answer to a scan.
#[must_use]
pub fn scan_page(site: &Site<'_>, reader: &Reader, subject: &Subject, looked: &Looked) -> ScanPage {
    let verdict = judge(&looked.knowledge(reader.device_hash.as_ref(), reader.now_ms), market_day(reader.now_ms));
    let mut page = empty_page(reader, Some(subject), verdict);
    match looked {
        Looked::Known(facts) => {
            fill(site, reader, subject, facts, &mut page);
        }
        Looked::Unknown => page.typed = Some(TypedCode { text: bracketed(subject), fault: None }),
        Looked::Unavailable { .. } => {}
    }
    page
}

/// "Cannot check now", with the number that finds the matter in the log.
#[must_use]
pub fn outage_page(reader: &Reader, subject: Option<&Subject>, incident: String) -> ScanPage {
    let mut page = empty_page(reader, subject, Verdict::CannotCheckNow);
    page.incident = Some(incident);
    page
}

/// "Unknown code", when what was shown names none.
#[must_use]
pub fn unknown_page(reader: &Reader) -> ScanPage {
    let mut page = empty_page(reader, None, Verdict::UnknownCode);
    page.typed = Some(TypedCode::default());
    page
}

fn empty_page(reader: &Reader, subject: Option<&Subject>, verdict: Verdict) -> ScanPage {
    let path = subject.map(Subject::path).unwrap_or_default();
    ScanPage {
        frame: frame(reader, subject),
        verdict,
        product: None,
        code: CodeFacts {
            gtin: subject.map(|subject| subject.gtin.to_string()).unwrap_or_default(),
            serial: subject.map(|subject| subject.serial.to_string()).unwrap_or_default(),
            path: path.clone(),
            ..CodeFacts::default()
        },
        journey: Vec::new(),
        earlier: EarlierChecks::default(),
        recall: None,
        suspicion: None,
        sold_at_ms: None,
        chain: None,
        check: None,
        answer: None,
        marks: None,
        keep: None,
        typed: None,
        script_url: None,
        retry_url: path,
        incident: None,
    }
}

fn fill(site: &Site<'_>, reader: &Reader, subject: &Subject, facts: &PackFacts, page: &mut ScanPage) {
    let member = |id: MemberId| site.genesis.member(id);
    let lang = reader.lang;
    page.product = Some(product(lang, facts, member(facts.maker)));
    page.code.lot = Some(facts.lot.to_string());
    page.code.expiry = Some(facts.expires_on.to_string());
    page.code.made = Some(facts.made_on.to_string());
    page.chain = Some(ChainPoint { height: facts.height, as_of_ms: signed(facts.as_of_ms) });
    if facts.standing == Standing::Sealed {
        let station = |id| member(id).map(|m| Station { role: m.role, place: place(lang, m).to_owned() });
        page.journey = shopper_steps(&facts.events, station);
        page.check = Some(CheckLinks {
            bundle_url: bundle_url(subject, facts),
            genesis_hash: site.genesis_hash.to_owned(),
            offline_url: site.assets.checker.is_some().then(|| offline_url(subject, facts, lang)),
            assets: site.assets.checker.clone(),
        });
    }
    // A code that is in no list of its batch may be anything that somebody has typed; of those nothing is counted.
    let counts = facts.standing != Standing::NotInBatch;
    if counts {
        page.script_url = site.assets.script_url.clone();
    }
    page.sold_at_ms = facts
        .events
        .iter()
        .rev()
        .find(|(_, event)| matches!(event.kind, EventKind::Dispensed | EventKind::Sold))
        .map(|(_, event)| signed(event.time_ms));
    page.earlier = earlier_checks(reader, facts);
    page.suspicion = facts.suspicion(lang);
    page.recall = recall(lang, facts);
    let token = site.secret.seal(&PageToken {
        rendered_ms: reader.now_ms,
        nonce: reader.page_nonce,
        subject: Some(Subject { lot: Some(facts.lot.clone()), ..subject.clone() }),
        said: Some(Said { verdict: page.verdict, height: facts.height, as_of_ms: facts.as_of_ms }),
        checked_as: reader.checked_as,
    });
    page.keep = Some(KeepForm { post_url: KEPT_URL.to_owned(), token: token.clone() });
    page.answer =
        counts.then(|| AnswerForm { post_url: CHECK_URL.to_owned(), token, seen_url: Some(CHECK_URL.to_owned()) });
}

/// A code as the forms about it show it.
#[must_use]
pub fn code_facts(subject: &Subject) -> CodeFacts {
    CodeFacts {
        gtin: subject.gtin.to_string(),
        serial: subject.serial.to_string(),
        lot: subject.lot.as_ref().map(ToString::to_string),
        path: subject.path(),
        ..CodeFacts::default()
    }
}

/// The product as a shopper reads it.
#[must_use]
pub fn product(lang: Lang, facts: &PackFacts, maker: Option<&GenesisMember>) -> ProductFacts {
    let named = &facts.product;
    let name = pick(lang, &named.name_en, &named.name_zh);
    let short = maker.map_or_else(|| facts.maker.to_string(), |m| pick(lang, &m.name_en, &m.name_zh).to_owned());
    let town = maker.map(|m| place(lang, m)).filter(|town| !town.is_empty());
    let comma = match lang {
        Lang::Zh => "，",
        Lang::En => ", ",
    };
    ProductFacts {
        name: name.to_owned(),
        detail: filled(&named.detail),
        maker: town.map_or_else(|| short.clone(), |town| format!("{short}{comma}{town}")),
        maker_short: short,
        kind: match named.kind {
            DomainKind::Medicine => ProductKind::Medicine,
            DomainKind::Food => ProductKind::Food,
        },
        approval: filled(&named.approval),
        hotline: filled(&named.hotline),
    }
}

fn earlier_checks(reader: &Reader, facts: &PackFacts) -> EarlierChecks {
    let earlier = facts.earlier(reader.device_hash.as_ref(), reader.now_ms);
    EarlierChecks {
        count: facts.earlier_count(reader.device_hash.as_ref(), reader.now_ms),
        listed: earlier
            .into_iter()
            .map(|check| told(check, reader.lang))
            .take(tracelight_web_ui::scan::EARLIER_SHOWN_MAX)
            .collect(),
    }
}

fn recall(lang: Lang, facts: &PackFacts) -> Option<RecallFacts> {
    let class = match facts.recalled? {
        DomainClass::One => RecallClass::I,
        DomainClass::Two => RecallClass::II,
        DomainClass::Three => RecallClass::III,
    };
    // Without the notice's text the page still says "recalled" and what to do; it takes its own sentence.
    let notice = facts.notice.as_ref()?;
    Some(RecallFacts {
        reason_zh: notice.text.reason_zh.clone(),
        reason_en: notice.text.reason_en.clone(),
        class,
        opened_at_ms: signed(notice.opened_ms),
        lots: vec![facts.lot.to_string()],
        advice: filled(pick(lang, &notice.text.advice_en, &notice.text.advice_zh)),
    })
}

fn bundle_url(subject: &Subject, facts: &PackFacts) -> String {
    format!("/v1/bundle/{}/{}/{}", subject.gtin, encoded(facts.lot.as_str()), encoded(subject.serial.as_str()))
}

/// The proof with its checker in one page, to be kept.
fn offline_url(subject: &Subject, facts: &PackFacts, lang: Lang) -> String {
    let (lot, serial) = (encoded(facts.lot.as_str()), encoded(subject.serial.as_str()));
    format!("/v1/evidence/{}/{lot}/{serial}?lang={}", subject.gtin, lang.tag())
}

fn bracketed(subject: &Subject) -> String {
    let lot = subject.lot.as_ref().map(|lot| format!("(10){lot}")).unwrap_or_default();
    format!("(01){}{lot}(21){}", subject.gtin, subject.serial)
}

fn place(lang: Lang, member: &GenesisMember) -> &str {
    pick(lang, &member.place_en, &member.place_zh)
}

pub(super) fn pick<'a>(lang: Lang, en: &'a str, zh: &'a str) -> &'a str {
    match lang {
        Lang::Zh if !zh.is_empty() => zh,
        _ if en.is_empty() => zh,
        _ => en,
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
