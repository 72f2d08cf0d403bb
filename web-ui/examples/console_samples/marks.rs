//! Canned marks of a product.

use tracelight_api::rest::marks::{
    CarriedMark, HologramOption, HologramQuestion, HologramQuestions, MarkFindings, MarkNeed, MarkOverview, MarkPolicy,
};

use super::{GTIN, product};

pub fn overview() -> MarkOverview {
    let carried = |kind: &str, need| CarriedMark { kind: kind.into(), need };
    let found = |kind: &str, verdict: &str, count| MarkFindings { kind: kind.into(), verdict: verdict.into(), count };
    let option = |zh: &str, en: &str| HologramOption { zh: zh.into(), en: en.into() };
    let kinds = ["cdp.score", "hologram.questions", "nfc.ntag424", "pin.covered", "rfid.tid"];
    MarkOverview {
        gtin: GTIN.into(),
        product_en: product().name_en,
        product_zh: product().name_zh,
        known: kinds.map(str::to_owned).to_vec(),
        policy: MarkPolicy {
            marks: vec![carried("nfc.ntag424", MarkNeed::Required), carried("hologram.questions", MarkNeed::Optional)],
            good_for_minutes: 60,
        },
        hologram: HologramQuestions {
            questions: vec![
                HologramQuestion {
                    zh: "转动时圆环怎样变色".into(),
                    en: "Which way does the ring change its colour".into(),
                    options: vec![option("由金变绿", "From gold to green"), option("不变", "Not at all")],
                    right: 0,
                },
                HologramQuestion {
                    zh: "放大看边线是什么".into(),
                    en: "What is the line at the edge under a lens".into(),
                    options: vec![option("一条实线", "A plain line"), option("一行小字", "A line of small letters")],
                    right: 1,
                },
            ],
            enough: 2,
        },
        enrolled: [("nfc.ntag424".to_owned(), 48_200)].into(),
        found: vec![
            found("nfc.ntag424", "genuine", 1_804),
            found("nfc.ntag424", "suspect", 3),
            found("nfc.ntag424", "inconclusive", 41),
            found("hologram.questions", "genuine", 210),
            found("hologram.questions", "suspect", 17),
        ],
    }
}
