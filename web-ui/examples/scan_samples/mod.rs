//! Made-up pages that hold everything a page can show: for the gallery and for the tests of the pages.

use tracelight_api::rest::report::{Finding, ReportStatus};
use tracelight_web_ui::scan;
use tracelight_web_ui::scan::model::*;

/// 2026-11-22T06:02:00Z, 14:02 in China.
pub const NOW_MS: i64 = 1_795_327_320_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// 2026-11-03T01:12:00Z, 09:12 in China.
const MADE_MS: i64 = 1_793_668_320_000;

/// Every page there is in a language, by name.
pub fn all(lang: Lang) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut add = |name: &str, html: String| pages.push((name.to_owned(), html));
    for verdict in Verdict::ALL {
        add(verdict.name(), scan::render_scan_page(&page(verdict, lang)));
    }
    // One of each shape; below a bad verdict a card is good news taken back, or bad news.
    let shapes = ["pin", "pin-differs", "pin-before", "tag", "tag-opened"];
    for (name, marks) in marks().into_iter().filter(|(name, _)| shapes.contains(name)) {
        let verdicts = if name.starts_with("tag") { 2 } else { 1 };
        for verdict in [Verdict::FirstCheck, Verdict::Recalled].into_iter().take(verdicts) {
            let page = ScanPage { marks: Some(marks.clone()), ..page(verdict, lang) };
            add(&format!("{name}-{}", verdict.name()), scan::render_scan_page(&page));
        }
    }
    for answer in Answer::ALL {
        add(&format!("answer-{}", answer.name()), scan::render_answer_page(&answer_page(answer, lang)));
    }
    let told = PlacePage { frame: frame(lang), back_url: "/01/1/21/1".to_owned(), near: Some("Xi'an".to_owned()) };
    add("place", scan::render_place_page(&told));
    for (name, contact) in [("privacy", Some("privacy@qinhe.example".to_owned())), ("privacy-plain", None)] {
        let kept = scan::KeptDays { devices: 30, places: 30, checked: 30, contacts: 30, contacts_at_most: 180 };
        let page = scan::PrivacyPage { frame: frame(lang), alliance: "Qinhe alliance".to_owned(), contact, kept };
        add(name, scan::render_privacy_page(&page));
    }
    add("kept", scan::render_kept_page(&kept_page(lang, Some(Verdict::FirstCheck))));
    add("kept-recalled", scan::render_kept_page(&kept_page(lang, Some(Verdict::Recalled))));
    add("report", scan::render_report_page(&report_page(lang)));
    add("receipt", scan::render_report_receipt_page(&receipt_page(lang)));
    add("case", scan::render_case_page(&case_page(lang)));
    add("recalls", scan::render_recalls_page(&recalls_page(lang)));
    let out = RecallsPage { outage: Some("503-8C41-02F3".to_owned()), ..recalls_page(lang) };
    add("recalls-out", scan::render_recalls_page(&out));
    add("hologram-questions", scan::render_questions_page(&questions_page(lang, false)));
    add("hologram-empty", scan::render_questions_page(&questions_page(lang, true)));
    add("entry", scan::render_code_entry_page(&entry_page(lang)));
    pages
}

/// Every card of marks, by name.
pub fn marks() -> Vec<(&'static str, MarkCard)> {
    let form = |typed: &str, fault| PinForm {
        post_url: "/scan/pin".to_owned(),
        token: "8f14e45fceea167a5a36dedd4bea2543".to_owned(),
        typed: typed.to_owned(),
        fault,
    };
    let found = |found| MarkCard { found: Some(found), form: Some(form("", None)), hologram_url: None };
    let at_ms = NOW_MS - DAY_MS;
    vec![
        ("pin", MarkCard { found: None, form: Some(form("", None)), hologram_url: None }),
        ("pin-no-pin", MarkCard { found: None, form: Some(form("12 34", Some(PinFault::NoPin))), hologram_url: None }),
        ("pin-first", found(MarkFound::PinFirst)),
        ("pin-before", found(MarkFound::PinBefore { at_ms, count: 2 })),
        (
            "pin-differs",
            MarkCard {
                found: Some(MarkFound::PinDiffers { left: 3 }),
                form: Some(form("1234 5678", None)),
                hologram_url: None,
            },
        ),
        ("pin-last", found(MarkFound::PinDiffers { left: 0 })),
        ("pin-spent", found(MarkFound::PinSpent)),
        ("pin-unknown", found(MarkFound::PinUnknown)),
        ("tag", found(MarkFound::TagFresh)),
        ("tag-used", found(MarkFound::TagUsed { at_ms })),
        ("tag-opened", found(MarkFound::TagOpened)),
        ("tag-differs", found(MarkFound::TagDiffers)),
        ("tag-unreadable", found(MarkFound::TagUnreadable)),
        ("hologram", MarkCard { found: None, form: None, hologram_url: Some("/scan/hologram?code=x".to_owned()) }),
        ("hologram-fits", found(MarkFound::HologramFits)),
        ("hologram-differs", found(MarkFound::HologramDiffers)),
        ("hologram-open", found(MarkFound::HologramOpen)),
        ("mark-not-now", found(MarkFound::NotNow)),
        ("mark-too-often", found(MarkFound::TooOften { seconds: 40 })),
    ]
}

/// Three questions about a hologram.
pub fn questions_page(lang: Lang, is_empty: bool) -> scan::QuestionsPage {
    let report = report_page(lang);
    let words = |zh: &str, en: &str| pick(lang, zh, en);
    scan::QuestionsPage {
        frame: frame(lang),
        post_url: "/scan/hologram".to_owned(),
        token: "8f14e45fceea167a5a36dedd4bea2543".to_owned(),
        product: report.product,
        code: report.code,
        questions: vec![
            (
                words("转动时，圆环的颜色怎样变化？", "Which way does the ring change its colour?"),
                vec![
                    words("由金变绿", "From gold to green"),
                    words("由绿变蓝", "From green to blue"),
                    words("不变", "Not at all"),
                ],
            ),
            (
                words("放大看，边线是什么？", "What is the line at the edge, under a lens?"),
                vec![words("一行小字", "A line of small letters"), words("一条实线", "A plain line")],
            ),
        ],
        back_url: "/01/06901234000771/21/8K2M".to_owned(),
        is_empty,
    }
}

/// A language's word.
fn pick(lang: Lang, zh: &str, en: &str) -> String {
    match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    }
}

pub fn frame(lang: Lang) -> Frame {
    Frame {
        lang,
        device: Device::Phone,
        host: "t.tracelight.example".to_owned(),
        now_ms: NOW_MS,
        utc_offset_minutes: 480,
        other_language_url: "?lang=other".to_owned(),
        report_url: Some("/report?code=1".to_owned()),
        code_entry_url: "/code".to_owned(),
        recalls_url: "/recalls".to_owned(),
        privacy_url: Some("/privacy".to_owned()),
    }
}

pub fn medicine(lang: Lang) -> ProductFacts {
    ProductFacts {
        name: pick(lang, "对乙酰氨基酚口服混悬液（儿童）", "Paracetamol oral suspension for children"),
        detail: Some(pick(lang, "100 ml：2.4 g", "100 ml, 2.4 g")),
        maker: pick(lang, "秦禾药业，西安", "Qinhe Pharma, Xi’an"),
        maker_short: pick(lang, "秦禾药业", "Qinhe Pharma"),
        kind: ProductKind::Medicine,
        approval: Some("国药准字 H20260000".to_owned()),
        hotline: Some("400 000 1700".to_owned()),
    }
}

pub fn porridge(lang: Lang) -> ProductFacts {
    ProductFacts {
        name: pick(lang, "婴儿有机燕麦香梨米粉", "Organic oat and pear porridge for babies"),
        detail: Some("200 g".to_owned()),
        maker: pick(lang, "沐田食品，洛阳", "Mutian Foods, Luoyang"),
        maker_short: pick(lang, "沐田食品", "Mutian Foods"),
        kind: ProductKind::InfantFood,
        approval: None,
        hotline: Some("400 000 1800".to_owned()),
    }
}

fn code(lot: &str, expiry: &str) -> CodeFacts {
    CodeFacts {
        gtin: "09521101530001".to_owned(),
        serial: "7F3K9QX2M4TB".to_owned(),
        lot: Some(lot.to_owned()),
        expiry: Some(expiry.to_owned()),
        made: Some("2026-11-03".to_owned()),
        path: "/01/09521101530001/21/7F3K9QX2M4TB".to_owned(),
    }
}

fn journey(verdict: Verdict, lang: Lang) -> Vec<JourneyStep> {
    let step = |what, place: Option<String>, after_ms, signed, state| JourneyStep {
        what,
        place,
        at_ms: MADE_MS + after_ms,
        signed,
        state,
    };
    let wuhan = Some(pick(lang, "武汉", "Wuhan"));
    let wholesaler = StepKind::Held(PartnerRole::Wholesaler);
    let pharmacy = StepKind::Held(PartnerRole::Pharmacy);
    let mut steps = vec![
        step(StepKind::Made, Some(pick(lang, "西安", "Xi’an")), 0, Signed::Line, StepState::Passed),
        step(StepKind::Sealed, None, 8 * HOUR_MS, Signed::OneSide, StepState::Passed),
        step(wholesaler, wuhan.clone(), 4 * DAY_MS + HOUR_MS, Signed::BothSides, StepState::Passed),
        step(pharmacy, wuhan, 6 * DAY_MS - HOUR_MS, Signed::BothSides, StepState::Now),
    ];
    if verdict == Verdict::Recalled {
        steps.push(step(StepKind::Recalled, None, 15 * DAY_MS, Signed::OneSide, StepState::Recalled));
    }
    steps
}

fn earlier(lang: Lang) -> EarlierChecks {
    let place = Some(pick(lang, "武汉", "Wuhan"));
    let at = |days| EarlierCheck { at_ms: NOW_MS - days * DAY_MS + 5 * HOUR_MS, place: place.clone() };
    EarlierChecks { count: 2, listed: vec![at(8), at(2)] }
}

fn recall(lang: Lang) -> RecallFacts {
    RecallFacts {
        reason_zh: "可能混有塑料碎片。".to_owned(),
        reason_en: "It may contain small pieces of plastic.".to_owned(),
        class: RecallClass::I,
        opened_at_ms: NOW_MS - 4 * DAY_MS,
        lots: vec!["B26H11".to_owned(), "B26H12".to_owned()],
        advice: Some(pick(
            lang,
            "出现咽喉或腹部疼痛、出血或呼吸困难，请当天就医，并带上包装。",
            "Pain in the throat or belly, blood, or trouble breathing: see a doctor today and take the pack with you.",
        )),
    }
}

fn too_fast(lang: Lang) -> Suspicion {
    let check = |zh, en, before_ms| EarlierCheck { at_ms: NOW_MS - before_ms, place: Some(pick(lang, zh, en)) };
    Suspicion::TooFast {
        from: check("武汉", "Wuhan", 19 * HOUR_MS),
        to: check("西安", "Xi’an", 19 * HOUR_MS - 35 * 60_000),
        km: 650,
    }
}

/// A page of one verdict with every fact that the verdict can have.
pub fn page(verdict: Verdict, lang: Lang) -> ScanPage {
    let outage = verdict == Verdict::CannotCheckNow;
    let known = !outage && verdict != Verdict::UnknownCode;
    let food = verdict == Verdict::Recalled;
    let product = if food { porridge(lang) } else { medicine(lang) };
    let mut code = if food { code("B26H12", "2027-04") } else { code("A24K07", "2027-10") };
    if !known {
        (code.lot, code.expiry, code.made) = (None, None, None);
    }
    let asks = matches!(verdict, Verdict::FirstCheck | Verdict::CheckedBefore | Verdict::SoldOrDispensed);
    let counted = matches!(verdict, Verdict::CheckedBefore | Verdict::SoldOrDispensed);
    ScanPage {
        frame: frame(lang),
        verdict,
        product: known.then_some(product),
        code,
        journey: if known { journey(verdict, lang) } else { Vec::new() },
        earlier: if counted { earlier(lang) } else { EarlierChecks::default() },
        recall: food.then(|| recall(lang)),
        suspicion: (verdict == Verdict::Suspicious).then(|| too_fast(lang)),
        sold_at_ms: (verdict == Verdict::SoldOrDispensed).then_some(NOW_MS - DAY_MS),
        chain: known.then_some(ChainPoint { height: 12_345, as_of_ms: NOW_MS - 2000 }),
        check: known.then(|| CheckLinks {
            bundle_url: "/bundle/09521101530001/7F3K9QX2M4TB".to_owned(),
            genesis_hash: "3f1c".repeat(16),
            offline_url: Some("/v1/evidence/06901234000771/7F3K9QX2M4TB".to_owned()),
            assets: Some(CheckerAssets {
                js_url: "/static/verifier.0000000000000000.js".to_owned(),
                wasm_url: "/static/verifier.0000000000000000.wasm".to_owned(),
                kb: 118,
            }),
        }),
        answer: asks.then(|| AnswerForm {
            post_url: "/answer".to_owned(),
            token: "8f14e45fceea167a5a36dedd4bea2543".to_owned(),
            seen_url: Some("/seen".to_owned()),
        }),
        marks: None,
        keep: known.then(|| KeepForm { post_url: "/scan/receipt".to_owned(), token: "8f14e45fceea167a".to_owned() }),
        typed: (verdict == Verdict::UnknownCode).then(|| TypedCode {
            text: "0952 1101 5300 07".to_owned(),
            fault: Some(CodeFault::CheckDigit { others: 13, expected: '1', found: '7' }),
        }),
        script_url: known.then(|| "/static/checker.0000000000000000.js".to_owned()),
        retry_url: "".to_owned(),
        incident: outage.then(|| "503-8C41-02".to_owned()),
    }
}

pub fn report_page(lang: Lang) -> ReportPage {
    ReportPage {
        frame: frame(lang),
        post_url: "/report".to_owned(),
        token: "8f14e45fceea167a5a36dedd4bea2543".to_owned(),
        product: Some(medicine(lang)),
        code: Some(code("A24K07", "2027-10")),
        photos: Photos::Offered,
        retry: None,
    }
}

pub fn kept_page(lang: Lang, now: Option<Verdict>) -> KeptPage {
    let qr = "M4 4h7v1h-7zM4 10h7v1h-7zM4 4h1v7h-1zM10 4h1v7h-1zM6 6h3v3h-3zM14 4h7v1h-7zM14 10h7v1h-7zM4 14h7v1h-7z";
    KeptPage {
        frame: frame(lang),
        said: Some(Said {
            verdict: Verdict::FirstCheck,
            said_ms: NOW_MS - DAY_MS,
            code: code("A24K07", "2027-10"),
            height: 184_203,
        }),
        now,
        kind: ProductKind::Medicine,
        keep: (now == Some(Verdict::FirstCheck)).then(|| Keep {
            url: "/scan/receipt?r=TLR1.AAAA".to_owned(),
            qr: Some((25, qr.to_owned())),
            bundle: Some("AAAA".to_owned()),
        }),
    }
}

pub fn receipt_page(lang: Lang) -> ReceiptPage {
    ReceiptPage {
        frame: frame(lang),
        case_number: "TL-26-4K7M-93".to_owned(),
        received_at_ms: NOW_MS + 4 * 60_000,
        photos: 2,
        pdf_url: Some("/report/receipt.pdf".to_owned()),
        case_url: Some("/case".to_owned()),
        hotline: Some("12315".to_owned()),
    }
}

pub fn case_page(lang: Lang) -> CasePage {
    let found = CaseView {
        case_number: "TL-26-4K7M2P-93".to_owned(),
        received_at_ms: NOW_MS - 3 * DAY_MS,
        status: ReportStatus::Closed,
        finding: Some(Finding::NoFake),
        changed_at_ms: Some(NOW_MS - DAY_MS),
        reply: pick(
            lang,
            "该批次的包装自五月起更换。\n谢谢您的细心。",
            "The print of this lot was changed in May.\nThank you.",
        ),
    };
    CasePage { frame: frame(lang), typed: "TL-26-4K7M2P-93".to_owned(), found: Some(found), outage: None }
}

pub fn entry_page(lang: Lang) -> CodeEntryPage {
    let typed = TypedCode {
        text: "(01)0952110153000O(21)7F3K".to_owned(),
        fault: Some(CodeFault::NotAllowed { position: 18, found: 'O' }),
    };
    CodeEntryPage { frame: frame(lang), typed, camera_url: Some("/scan/camera-0000000000000000.js".to_owned()) }
}

pub fn recalls_page(lang: Lang) -> RecallsPage {
    let recall = |kind: &ProductFacts, lot: &str, class, closed_at_ms| PublishedRecall {
        product: kind.name.clone(),
        maker: kind.maker_short.clone(),
        gtin: "09521101530001".to_owned(),
        lot: lot.to_owned(),
        class,
        published_at_ms: NOW_MS - 3 * DAY_MS,
        closed_at_ms,
        reason: Some(pick(lang, "可能混有玻璃。", "It may hold glass.")),
        advice: Some(pick(lang, "吞咽疼痛或出血，请当天就医。", "Pain or blood: see a doctor today.")),
        hotline: kind.hotline.clone(),
        url: "/recalls?q=0303".to_owned(),
    };
    RecallsPage {
        frame: frame(lang),
        asked: "A24".to_owned(),
        found: vec![
            recall(&medicine(lang), "A24K07", RecallClass::I, None),
            recall(&porridge(lang), "A24-9", RecallClass::III, Some(NOW_MS - DAY_MS)),
        ],
        older_url: Some("/recalls?q=A24&before=0303".to_owned()),
        atom_url: "/recalls/feed.atom".to_owned(),
        json_url: "/recalls/feed.json".to_owned(),
        outage: None,
    }
}

pub fn answer_page(answer: Answer, lang: Lang) -> AnswerPage {
    let place =
        Some(PlaceForm { token: "8f14e45f".to_owned(), script_url: "/scan/place-0000000000000000.js".to_owned() });
    AnswerPage { frame: frame(lang), answer, back_url: "/01/1/21/1".to_owned(), product: Some(medicine(lang)), place }
}
